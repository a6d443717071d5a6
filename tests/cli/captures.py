#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the programs capture of themselves, read back: every message is decoded, every record opened, every check made and
none bad; by tspdm-dump, and by an independent decoder where there is one.

	captures.py ATTESTER VERIFIER DUMP SHARED_DIR
"""
import json
import os
import pathlib
import ssl
import struct
import subprocess
import sys
import tempfile

import forms
from serving import Serving
from tap import finish, report, run, skip
from tls import has_loopback

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
SYSTEM_PYTHON = "/usr/bin/python3"
IN_SESSION = ["--heartbeats", 2, "--key-updates", 3, "--send", "a secret of some length " * 50]
CLEAR = ["--caps", "+HANDSHAKE_IN_THE_CLEAR"]
MAC_ONLY = ["--caps", "-ENCRYPT"]
# name: what the verifier is told, and the attester
FORMS = {
    "encrypted": ([], []),
    "handshake in the clear": (CLEAR, CLEAR),
    "MAC only": (MAC_ONLY, []),
    "MAC only, handshake in the clear": (["--caps", "-ENCRYPT,+HANDSHAKE_IN_THE_CLEAR"], CLEAR),
    "in chunks": (["--data-transfer-size", 100], ["--data-transfer-size", 200]),
    "in 1.1": (["--versions", "1.1"], []),
    "other algorithms": (["--dhe", "ffdhe2048", "--aead", "chacha20-poly1305", "--hash", "sha256"], []),
}
VERIFIER_FORMS = ("mutual, encapsulated", "mutual, implicit, in the clear", "mutual, by public key", "basic mutual",
    "pre-shared key", "pre-shared key, MAC only", "chunked and mutual")
# The same over tls://, whose captures hold the frames inside.
TLS_FORMS = ("MAC only, handshake in the clear", "in chunks")
SECRET = "70" * 40
HINT = "the hint"
PEER_SESSION = "attest,session,measure,heartbeat,keyupdate,end"
PEER_PSK = ["--psk", SECRET, "--psk-hint", HINT, "--do", "attest,psk,measure,heartbeat,keyupdate,end"]
PEER_KNOWN = ["--cert", "chain.pem", "--key", "leaf.key", "--do", PEER_SESSION]
KNOWN = ["--trust", "root.pem", "--caps", "+HANDSHAKE_IN_THE_CLEAR"]
# name: what the attester is told, and the peer that asks
PEER_FORMS = {
    "by certificate": ([], ["--do", PEER_SESSION]),
    "by pre-shared key": (["--psk", f"{HINT}:psk", "--caps", "+PSK_WITH_CONTEXT"], PEER_PSK),
    "by pre-shared key, without context": (["--psk", f"{HINT}:psk", "--caps", "+PSK"], PEER_PSK),
    "by pre-shared key, MAC only": (["--psk", f"{HINT}:psk"], [*PEER_PSK, "--caps=-ENCRYPT"]),
    "mutual": ([*KNOWN, "--mutual", "require"], PEER_KNOWN),
    "mutual, in the clear": ([*KNOWN, "--mutual", "require"], [*PEER_KNOWN, "--in-clear"]),
    "mutual, GET_DIGESTS implied": ([*KNOWN, "--mutual", "require", "--mutual-form", "implicit"], PEER_KNOWN),
    "basic mutual": ([*KNOWN, "--basic-mutual"], PEER_KNOWN),
}


class Capture:
    """A capture and its key log."""

    def __init__(self, scratch, name):
        self.pcap, self.keys = scratch / f"{name}.pcap", scratch / f"{name}.keys"
        for path in (self.pcap, self.keys):
            path.unlink(missing_ok=True)

    def options(self, form="tcp"):
        return ["--pcap", self.pcap, "--pcap-format", form, "--keylog", self.keys]

    def lines(self):
        return self.keys.read_text().splitlines()

    def secret(self, label):
        """The first secret of a label, hex; None: there is none."""
        return next((line.split()[3] for line in self.lines() if line.split()[0] == label), None)


class Programs:
    def __init__(self, attester, verifier, dump, shared):
        self.attester, self.verifier, self.dump = attester, verifier, dump
        self.peer = pathlib.Path(shared) / "tools/spdm_peer.py"
        has_peer = self.peer.exists() and os.path.exists(SYSTEM_PYTHON)
        self.has_peer = has_peer and run(SYSTEM_PYTHON, "-c", "import cryptography").status == 0

    def serve(self, *options, at, tee="soft"):
        return Serving(self.attester, "--listen", at, "--tee", tee, *options)

    def attest(self, a, *options):
        return run(self.verifier, a.wait_for_urls()[0].replace("vsock://any", "vsock://local"), "--allow-soft-tee", "--policy", POLICY, *options)

    def summary(self, pcap, keys=None, known=()):
        r = run(self.dump, pcap, "--verify", "--json", *(["--keylog", keys] if keys else []), *known)
        return r, json.loads(r.out)["summary"] if r.out else None

    def read_independently(self, capture):
        """The faults that the other decoder finds, or None: there are none."""
        known = {"first_session_dhe_secret": capture.secret("SPDM_DHE_SECRET"), "psk_hex": capture.secret("SPDM_PSK")}
        path = capture.pcap.with_suffix(".json")
        path.write_text(json.dumps({k: v for k, v in known.items() if v}))
        done = subprocess.run([SYSTEM_PYTHON, self.peer, "verify", capture.pcap, "--json", path], capture_output=True,
            text=True, timeout=120, check=False)
        s = json.loads(done.stdout) if done.stdout else None
        if done.returncode or s is None:
            return done.stdout + done.stderr
        unclear = [name for name, c in s["checks"].items() if c["no_material"] or c["bad"]]
        return f"{unclear}, {s['records']}" if unclear or s["records"]["sealed"] else None


def faults_of(r, s, has_session=True):
    """What is not as it should be with a capture whose secrets are all there."""
    if s is None:
        return str(r)
    found = [f"{name}: {c}" for name, c in s["checks"].items() if c["bad"] or c["no_material"] or not c["ok"]]
    found += s["bad"] + s["problems"]
    if r.status != 0 or s["undecoded_bytes"] or s["records"]["sealed"]:
        found.append(f"exit status {r.status}, {s['undecoded_bytes']} bytes undecoded, records: {s['records']}")
    if has_session != bool(s["records"]["opened"]) or "measurements_signature" not in s["checks"]:
        found.append(f"sessions: {s['sessions']}, checks: {sorted(s['checks'])}")
    return found


def check_one(p, capture, name, has_session=True, independent=True, known=()):
    r, s = p.summary(capture.pcap, capture.keys, known)
    report(not faults_of(r, s, has_session), f"{name}: all of it verifies", faults_of(r, s, has_session))
    modes = [path.stat().st_mode & 0o777 for path in (capture.pcap, capture.keys)]
    report(modes == [0o600, 0o600], f"{name}: the files are for their owner's eyes", modes)
    if independent and p.has_peer:
        faults = p.read_independently(capture)
        report(faults is None, f"{name}: the independent decoder agrees", faults)
    return s


def check_both(p, scratch, at, name, form="tcp", mine=(), theirs=(), has_session=True, independent=True):
    """A verifier and an attester that capture the same connection, each at its end."""
    ours, other = Capture(scratch, "verifier"), Capture(scratch, "attester")
    work = IN_SESSION if has_session else []
    with p.serve("--app", "echo", *other.options(form), *theirs, at=at) as a:
        r = p.attest(a, *work, *ours.options(form), *mine)
        a.end()
        if not report(r.status == 0, f"{name}: attested", r, a):
            return
        report("WARNING: --keylog" in r.err and "WARNING: --keylog" in str(a), f"{name}: both warn of the key log", r, a)
    one = check_one(p, ours, f"{name}, the verifier's", has_session, independent)
    two = check_one(p, other, f"{name}, the attester's", has_session, independent)
    report(one == two, f"{name}: both saw the same", one, two)
    report(ours.lines() == other.lines() or sorted(ours.lines()) == sorted(other.lines()),
        f"{name}: both know the same secrets", ours.keys.read_text(), other.keys.read_text())


def check_endpoints(p, scratch):
    endpoints = ["tcp://127.0.0.1:0", "tls://127.0.0.1:0", f"unix:{scratch}/socket", "emu+mctp://127.0.0.1:0",
        "emu+doe://127.0.0.1:0", "emu+tcp://127.0.0.1:0"]
    if has_loopback():
        endpoints.append("vsock://any:0")
    else:
        skip("vsock://", "no vsock loopback in this kernel (modprobe vsock_loopback)")
    for at in endpoints:
        scheme = at.split(":")[0]
        check_both(p, scratch, at, scheme, independent=scheme.startswith("emu"))
    check_both(p, scratch, "emu+none://127.0.0.1:0", "emu+none", has_session=False)
    for binding in ("mctp", "doe"):
        for form in ("spdm-dump", "user"):
            check_both(p, scratch, f"emu+{binding}://127.0.0.1:0", f"{binding} as {form}", form,
                independent=form == "spdm-dump")
    for name, (mine, theirs) in FORMS.items():
        for at in ("emu+mctp://127.0.0.1:0", "emu+doe://127.0.0.1:0", "tcp://127.0.0.1:0"):
            check_both(p, scratch, at, f"{at.split(':')[0]}, {name}", mine=mine, theirs=theirs,
                independent=at.startswith("emu"))
    for name in TLS_FORMS:
        mine, theirs = FORMS[name]
        check_both(p, scratch, "tls://127.0.0.1:0", f"tls, {name}", mine=mine, theirs=theirs, independent=False)


def check_verifier_forms(p, scratch):
    """Whom the verifier is known to, and by what."""
    made = scratch / "made"
    made.mkdir()
    try:
        f = forms.Forms(p.attester, p.verifier, ROOT / "tests/interop/make_requester.py", made)
    except ImportError:
        skip("mutual authentication and pre-shared keys", "no python3-cryptography to make requesters with")
        return
    der = made / "alice.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(f.alice.public.read_text().replace("PUBLIC KEY", "CERTIFICATE")))
    for scheme in ("tcp", "tls"):
        for name, (mine, theirs, session, _, _) in f.all().items():
            if name not in VERIFIER_FORMS:
                continue
            capture = Capture(scratch, "known")
            with f.serve(*theirs, "--app", "echo", at=f"{scheme}://127.0.0.1:0") as a:
                r = f.attest(a, *mine, *IN_SESSION, *capture.options())
                if report(r.status == 0, f"{scheme}, {name}: attested", r, a):
                    known = ["--public-key", f"requester:{der}"] if "public key" in name else []
                    check_one(p, capture, f"{scheme}, {name}", independent=False, known=known)
                    report((capture.secret("SPDM_PSK") is not None) == session.get("psk", False),
                        f"{scheme}, {name}: the key log is of such a session", capture.lines())


def check_peer(p, scratch):
    """Forms that the verifier does not have, with the independent peer as requester."""
    if not p.has_peer:
        skip("sessions of the independent peer", "it is not there")
        return
    subprocess.run([SYSTEM_PYTHON, ROOT / "tests/interop/make_requester.py", scratch, "ecdsa-p384"], check=True)
    (scratch / "psk").write_text(SECRET)
    (scratch / "psk").chmod(0o600)
    files = {name: str(scratch / name) for name in ("chain.pem", "leaf.key", "root.pem")}
    files[f"{HINT}:psk"] = f"{HINT}:{scratch / 'psk'}"
    for framing, binding in (("emu", "mctp"), ("emu", "doe"), ("emu", "tcp"), ("dsp0287", "tcp")):
        scheme = "tcp" if framing == "dsp0287" else f"emu+{binding}"
        for name, (theirs, does) in PEER_FORMS.items():
            capture = Capture(scratch, "peer")
            root = scratch / "attester-root.pem"
            with p.serve("--write-root", root, *capture.options(), *(files.get(o, o) for o in theirs),
                    at=f"{scheme}://127.0.0.1:0", tee="none") as a:
                where = a.wait_for_urls()[0].split("//")[1]
                r = run(SYSTEM_PYTHON, p.peer, "request", where, "--framing", framing, "--binding", binding,
                    "--versions", "1.2", "--root", root, *(files.get(o, o) for o in does))
                a.end()
                if not report(r.status == 0, f"{scheme}, {name}: the peer is content", r, a):
                    continue
            check_one(p, capture, f"{scheme}, {name}", independent=framing == "emu")


# ---- Secrets ----

def check_labels(p, scratch):
    """Each label alone opens what it can, and one that is wrong opens nothing."""
    capture, part = Capture(scratch, "labels"), scratch / "part.keys"
    with p.serve("--app", "echo", at="tcp://127.0.0.1:0") as a:
        r = p.attest(a, *IN_SESSION, *capture.options())
        if not report(r.status == 0, "a session to open in parts", r, a):
            return
    lines = {line.split()[0]: line for line in capture.lines()}
    report(set(lines) == {"SPDM_DHE_SECRET", "SPDM_HANDSHAKE_SECRET", *(f"SPDM_{d}_DATA_SECRET_{n}" for d in ("REQ", "RSP")
        for n in range(4)[:4 if d == "REQ" else 3])}, "each secret has its line", sorted(lines))
    _, whole = p.summary(capture.pcap, capture.keys)
    total = whole["sessions"][0]["opened"]
    for label in ("SPDM_DHE_SECRET", "SPDM_HANDSHAKE_SECRET"):
        part.write_text(lines[label] + "\n")
        r, s = p.summary(capture.pcap, part)
        report(s == whole and r.status == 0, f"{label} alone opens all", r)
    handshake = 1  # FINISH, FINISH_RSP
    for label, side, other in (("SPDM_REQ_DATA_SECRET_0", "req", "rsp"), ("SPDM_RSP_DATA_SECRET_0", "rsp", "req")):
        part.write_text(lines[label] + "\n")
        r, s = p.summary(capture.pcap, part)
        opened = s["sessions"][0]["opened"]
        report(r.status == 0 and opened[other] == 0 and opened[side] == total[side] - handshake and
            s["sessions"][0]["generation"][side] == whole["sessions"][0]["generation"][side],
            f"{label} alone opens the records of one side, over all key updates", opened, total, r)
    part.write_text(lines["SPDM_REQ_DATA_SECRET_0"] + "\n" + lines["SPDM_RSP_DATA_SECRET_0"] + "\n")
    r, s = p.summary(capture.pcap, part)
    report(r.status == 0 and s["sessions"][0]["opened"] == {side: total[side] - handshake for side in total},
        "both data secrets open all but the handshake", s["sessions"], total)
    check_wrong(p, capture, part, lines)
    r, s = p.summary(capture.pcap)
    report(r.status == 0 and s["records"]["opened"] == 0 and s["records"]["sealed"] == whole["records"]["opened"],
        "without a key log nothing is opened", s)


def flipped(line, word, at=0):
    words = line.split()
    digit = words[word][at]
    words[word] = words[word][:at] + format(int(digit, 16) ^ 1, "x") + words[word][at + 1:]
    return " ".join(words)


def check_wrong(p, capture, part, lines):
    for label in ("SPDM_DHE_SECRET", "SPDM_HANDSHAKE_SECRET"):
        for at in (0, 17, -1):
            at = at % len(lines[label].split()[3])
            part.write_text(flipped(lines[label], 3, at) + "\n")
            r, s = p.summary(capture.pcap, part)
            report(r.status == 1 and s["checks"]["key_exchange_rsp_verify_data"]["bad"] == 1 and
                s["records"]["opened"] == 0, f"{label} with digit {at} another one is BAD, and opens nothing", r)
    for label in ("SPDM_REQ_DATA_SECRET_0", "SPDM_RSP_DATA_SECRET_0"):
        part.write_text(flipped(lines[label], 3) + "\n")
        r, s = p.summary(capture.pcap, part)
        report(s["records"]["opened"] == 0, f"{label} with another digit opens nothing", r)
    for word, what in ((1, "session"), (2, "random")):
        part.write_text(flipped(lines["SPDM_DHE_SECRET"], word) + "\n")
        r, s = p.summary(capture.pcap, part)
        report(s["records"]["opened"] == 0 and r.status == 0, f"the secret of another {what} opens nothing", r)


def check_keylog_file(p, scratch):
    """A key log is added to, and never where others could read it."""
    capture = Capture(scratch, "log")
    with p.serve(at="tcp://127.0.0.1:0") as a:
        for sessions in (1, 2):
            r = p.attest(a, "--session", *capture.options())
            report(r.status == 0 and len(capture.lines()) == 4 * sessions and len(set(capture.lines())) == 4 * sessions,
                f"session {sessions} is added to the log", r, a)
        before = capture.keys.read_text()
        for mode in (0o640, 0o604, 0o660, 0o622):
            capture.keys.chmod(mode)
            r = p.attest(a, "--session", "--keylog", capture.keys)
            report(r.status == 2 and "chmod 600" in r.err and capture.keys.read_text() == before,
                f"a log of mode {mode:o} is refused", r)
        link = scratch / "link"
        link.symlink_to(capture.keys)
        capture.keys.chmod(0o600)
        r = p.attest(a, "--session", "--keylog", link)
        report(r.status == 2 and capture.keys.read_text() == before, "a link to a log is refused", r)
        r = p.attest(a, "--session")
        report(r.status == 0 and "keylog" not in r.err and capture.keys.read_text() == before,
            "without --keylog nothing is told", r)
        r = p.attest(a, "--session", "--pcap", "/dev/full")
        report(r.status == 0 and "the capture is not complete" in r.err, "a full disk is told, and stops nobody", r)


# ---- The packets themselves ----

def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def packets_of(path):
    data = path.read_bytes()
    magic, major, minor, _, _, snap, link = struct.unpack("<IHHIIII", data[:24])
    report((magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 1) and snap >= 65535, "the file's header is that of Ethernet")
    at, packets = 24, []
    while at < len(data):
        _, micro, kept, length = struct.unpack("<IIII", data[at:at + 16])
        if micro >= 1000000 or kept != length or at + 16 + kept > len(data):
            return []
        packets.append(data[at + 16:at + 16 + kept])
        at += 16 + kept
    return packets


def faults_of_packet(packet, ends):
    """`ends`: the next sequence number by sending end."""
    ip, tcp = packet[14:34], packet[34:]
    faults = []
    if packet[12:14] != b"\x08\0" or ip[0] != 0x45 or ip[9] != 6 or struct.unpack(">H", ip[2:4])[0] != len(packet) - 14:
        faults.append("no TCP over IPv4")
    if checksum(ip) != 0xFFFF or checksum(ip[12:20] + struct.pack(">HH", 6, len(tcp)) + tcp) != 0xFFFF:
        faults.append("a checksum is wrong")
    source, target, sequence, acknowledged, offset, flags = struct.unpack(">HHIIBB", tcp[:14])
    me, other = (source, target), (target, source)
    if flags & 2:
        ends[me] = sequence
    if sequence != ends.get(me) or (flags & 16 and acknowledged != ends.get(other)):
        faults.append(f"{source} to {target}: sequence {sequence}, acknowledging {acknowledged}, {ends}")
    ends[me] = ends.get(me, 0) + len(tcp) - 4 * (offset >> 4) + bool(flags & 3)
    return faults


def check_packets(p, scratch):
    """Several connections in one capture: each by itself, in packets as TCP has them."""
    capture = Capture(scratch, "many")
    with p.serve("--app", "echo", *capture.options(), at="tcp://127.0.0.1:0") as a:
        big = scratch / "big"
        big.write_bytes(os.urandom(100000))
        for i in range(3):
            r = p.attest(a, "--send", big, "--receive", scratch / "back")
            report(r.status == 0, f"connection {i}", r, a)
        parallel = [subprocess.Popen([p.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--policy", POLICY, "--session",
            "--heartbeats", "20", "--key-updates", "20"], stdout=subprocess.DEVNULL) for _ in range(3)]
        report([child.wait(60) for child in parallel] == [0, 0, 0], "three at once", a)
        a.end()
    packets = packets_of(capture.pcap)
    ends, faults = {}, []
    for packet in packets:
        faults += faults_of_packet(packet, ends)
    ports = {pair for pair in ends if pair[1] == 4194}
    report(not faults and len(packets) > 100, "checksums, sequence and acknowledgement numbers are right", *faults[:5])
    report(len(ports) == 6, "each connection has a port of its own", ports)
    flags = [packet[47] for packet in packets]
    report(flags.count(0x02) == flags.count(0x12) == 6 and flags.count(0x11) == 12, "each begins and ends", flags)
    r, s = p.summary(capture.pcap, capture.keys)
    report(not faults_of(r, s) and len(s["sessions"]) == 6, "all sessions of all connections verify", faults_of(r, s))
    with p.serve(*capture.options("spdm-dump"), at="emu://127.0.0.1:0") as a:
        url = a.wait_for_urls()[0].split("//")[1]
        first = run(p.verifier, f"emu+doe://{url}", "--allow-soft-tee", "--policy", POLICY)
        other = run(p.verifier, f"emu+mctp://{url}", "--allow-soft-tee", "--policy", POLICY)
        a.end()
        report(first.status == 0 and other.status == 0 and str(a).count("the capture is not complete") == 1,
            "a second link type is left out, and that is told once", first, other, a)
    r, s = p.summary(capture.pcap, capture.keys)
    report(not faults_of(r, s) and s["messages"]["GET_VERSION"] == 1, "and the first one verifies", faults_of(r, s))


def main():
    p = Programs(*sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_endpoints(p, scratch)
        check_verifier_forms(p, scratch)
        check_labels(p, scratch)
        check_keylog_file(p, scratch)
        check_packets(p, scratch)
        check_peer(p, scratch)
    sys.exit(finish())


if __name__ == "__main__":
    main()
