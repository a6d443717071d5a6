#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-attester's command line: what it says of itself, what it refuses, and with which exit status.

	attester_usage.py PROGRAM VERSION
"""
import json
import os
import pathlib
import re
import sys
import tempfile

from tap import finish, report, run, skip

EXIT_STATUSES = ["0 ended in order", "1 internal or system error", "2 usage", "3 cannot listen", "6 no TEE"]
AT = ["--listen", "tcp://127.0.0.1:0"]
PLAIN = [*AT, "--tee", "none"]

REFUSED = [
    ("no endpoint", ["--tee", "none"], "no --listen"),
    ("an unknown option", ["--frobnicate"], "--frobnicate"),
    ("an option without its argument", ["--listen"], "--listen needs an argument"),
    ("an argument for an option that takes none", ["--once=yes", *AT], "--once=yes"),
    ("an endpoint without its option", [*PLAIN, "tcp://127.0.0.1:1"], "--listen"),
    ("an unknown TEE", [*AT, "--tee", "trustzone"], "must be auto"),
    ("a certificate without a key", [*PLAIN, "--cert", "x"], "no --key"),
    ("a key without a certificate", [*PLAIN, "--key", "3:x"], "slot 3 has a --key but no --cert"),
    ("a slot of 8", [*PLAIN, "--cert", "8:x", "--key", "8:x"], "0 to 7"),
    ("no file behind a slot", [*PLAIN, "--cert", "1:"], "needs a file"),
    ("a slot twice", [*PLAIN, "--cert", "x", "--cert", "0:y"], "twice"),
    ("a certificate that is not there", [*PLAIN, "--cert", "/nonexistent/c", "--key", "/dev/null"], "/nonexistent/c"),
    ("a key that is not there", [*PLAIN, "--cert", "/dev/null", "--key", "/nonexistent/k"], "/nonexistent/k"),
    ("a certificate that is none", [*PLAIN, "--cert", "/dev/null", "--key", "/dev/null"], "/dev/null"),
    ("a root that cannot be written", [*PLAIN, "--write-root", "/nonexistent/r"], "/nonexistent/r"),
    ("measurements that are not there", [*PLAIN, "--measurements", "/nonexistent/m"], "/nonexistent/m"),
    ("an unknown version", [*PLAIN, "--versions", "1.7"], "list of versions"),
    ("a version of a later release", [*PLAIN, "--versions", "1.2,1.3"], "1.0, 1.1 and 1.2"),
    ("an unknown algorithm", [*PLAIN, "--asym", "ecdsa-p999"], "algorithm names"),
    ("an algorithm that the key is not for", [*PLAIN, "--asym", "ecdsa-p256,ecdsa-p384"], "--asym ecdsa-p256"),
    ("two measurement hashes", [*PLAIN, "--meas-hash", "sha256,sha384"], "one algorithm"),
    ("a key that cannot be written", [*PLAIN, "--write-public-key", "/nonexistent/k"], "/nonexistent/k"),
    ("a root of a key alone", [*PLAIN, "--public-key-only", "--write-root", "/x"], "no certificates"),
    ("a key alone in 1.0", [*PLAIN, "--public-key-only", "--versions", "1.0"], "1.0 has no keys"),
    ("two keys as the only one", [*PLAIN, "--public-key-only", "--cert", "0:/x", "--key", "0:/x", "--cert", "1:/x", "--key",
        "1:/x"], "several slots"),
    ("a key alone by --caps", [*PLAIN, "--caps", "-CERT,+PUB_KEY_ID"], "--public-key-only"),
    ("an unknown capability", [*PLAIN, "--caps", "+FLYING"], "standard's names"),
    ("a capability without a sign", [*PLAIN, "--caps", "CHAL"], "standard's names"),
    ("sessions by a pre-shared key that is not there", [*PLAIN, "--caps", "+PSK"], "--psk HINT:FILE"),
    ("a pre-shared key without a hint", [*PLAIN, "--psk", "/dev/null"], "HINT:FILE"),
    ("a pre-shared key without a file", [*PLAIN, "--psk", "hint:"], "HINT:FILE"),
    ("a pre-shared key that is not there", [*PLAIN, "--psk", "hint:/nonexistent/k"], "/nonexistent/k: No such file"),
    ("a pre-shared key that is no file", [*PLAIN, "--psk", "hint:/dev/null"], "regular file"),
    ("mutual authentication of nobody", [*PLAIN, "--caps", "-CHAL,+MUT_AUTH"], "comes with --mutual"),
    ("an unknown policy for requesters", [*PLAIN, "--mutual", "perhaps"], "none, ask or require"),
    ("an unknown form", [*PLAIN, "--mutual-form", "loud"], "plain, encapsulated or implicit"),
    ("requesters whom nothing vouches for", [*PLAIN, "--mutual", "require"], "needs --trust"),
    ("a requester's chain without a root", [*PLAIN, "--mutual", "ask", "--requester-cert", "/x"], "needs --trust"),
    ("new keys without KEY_UPD", [*PLAIN, "--update-keys", "5", "--caps", "-KEY_UPD"], "needs KEY_UPD"),
    ("new keys all the time", [*PLAIN, "--update-keys", "0"], "1 to 31536000"),
    ("algorithms of nobody", [*PLAIN, "--req-asym", "ecdsa-p384"], "--req-asym goes with --mutual"),
    ("an unknown algorithm of requesters", [*PLAIN, "--req-asym", "ecdsa-p999"], "algorithm names"),
    ("a trusted root for nothing", [*PLAIN, "--trust", "/x"], "--trust goes with --mutual"),
    ("a form for nothing", [*PLAIN, "--mutual", "none", "--mutual-form", "plain"], "--mutual-form goes with"),
    ("a requester's key for nothing", [*PLAIN, "--requester-key", "/x"], "--requester-key goes with"),
    ("the plain form of the unknown", [*PLAIN, "--mutual", "ask", "--mutual-form", "plain", "--trust", "/x"],
        "needs --requester-cert"),
    ("a root that is not there", [*PLAIN, "--basic-mutual", "--trust", "/nonexistent/t"], "/nonexistent/t"),
    ("a root that is none", [*PLAIN, "--mutual", "ask", "--trust", "/dev/null"], "no certificate"),
    ("a requester's key that is none", [*PLAIN, "--mutual", "ask", "--requester-key", "/dev/null"], "no public key"),
    ("responses beyond 1.3", [*PLAIN, "--caps", "+LARGE_RESP"], "1.3 and later"),
    ("a capability of 1.3", [*PLAIN, "--caps", "+EVENT"], "1.3 and later"),
    ("provisioning without a store", [*PLAIN, "--caps", "+SET_CERT"], "comes with --provision"),
    ("resets for nothing", [*PLAIN, "--caps", "+CERT_INSTALL_RESET"], "goes with --provision"),
    ("a trusted environment for nothing", [*PLAIN, "--trusted-environment"], "goes with --provision"),
    ("provisioning of a key that does not last", [*PLAIN, "--provision", "/tmp"], "--cert and --key"),
    ("provisioning below alias certificates", [*PLAIN, "--provision", "/tmp", "--cert", "x", "--key", "x", "--caps",
        "+ALIAS_CERT"], "ALIAS_CERT"),
    ("no capability at all", [*PLAIN, "--caps", "-CERT,-CHAL,-MEAS_SIG,-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD"], "can do nothing"),
    ("capabilities that contradict each other", [*PLAIN, "--caps", "-CERT"], "do not go together"),
    ("results of anybody", [*PLAIN, "--accept-result", "/tmp/r"], "--accept-result needs --result-key"),
    ("a verifier's key for nothing", [*PLAIN, "--result-key", "/x"], "go with --accept-result"),
    ("anybody's result for nothing", [*PLAIN, "--unverified-result"], "go with --accept-result"),
    ("results of anybody and of one", [*PLAIN, "--accept-result", "/tmp/r", "--result-key", "/x", "--unverified-result"],
        "takes anybody's"),
    ("a verifier's key that is not there", [*PLAIN, "--accept-result", "/tmp/r", "--result-key", "/nonexistent/k"],
        "/nonexistent/k"),
    ("a verifier's key that is none", [*PLAIN, "--accept-result", "/tmp/r", "--result-key", "/dev/null"], "P-256 or P-384"),
    ("results kept nowhere", [*PLAIN, "--accept-result", "/nonexistent/r", "--unverified-result"], "No such file"),
    ("results kept in a directory", [*PLAIN, "--accept-result", "/tmp", "--unverified-result"], "no file"),
    ("results without sessions", [*PLAIN, "--accept-result", "/tmp/r", "--unverified-result", "--caps",
        "-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD"], "takes KEY_EX away"),
    ("results about a key without certificates", [*PLAIN, "--accept-result", "/tmp/r", "--result-key", "/x",
        "--public-key-only"], "--public-key-only"),
    ("an unknown DHE group", [*PLAIN, "--dhe", "x25519"], "algorithm names"),
    ("an unknown AEAD suite", [*PLAIN, "--aead", "aes-192-gcm"], "algorithm names"),
    ("another key schedule", [*PLAIN, "--key-schedule", "hkdf"], "must be spdm"),
    ("too long a heartbeat period", [*PLAIN, "--heartbeat", "256"], "0 to 255"),
    ("unknown handling of application data", [*PLAIN, "--app", "eat"], "refuse, echo or discard"),
    ("data refused and kept", [*PLAIN, "--app", "refuse", "--receive", "x"], "contradicts"),
    ("two answers to the same data", [*PLAIN, "--app", "echo", "--reply", "/dev/null"], "two answers"),
    ("a reply that is not there", [*PLAIN, "--reply", "/nonexistent/reply"], "/nonexistent/reply"),
    ("application data without sessions", [*PLAIN, "--app", "echo", "--caps", "-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD"],
        "takes KEY_EX away"),
    ("sessions without MAC", [*PLAIN, "--caps", "-MAC"], "do not go together"),
    ("too small a message", [*PLAIN, "--max-message", "41"], "42 to 65000"),
    ("too small a piece", [*PLAIN, "--data-transfer-size", "41"], "42 to 65000"),
    ("a piece that is no number", [*PLAIN, "--data-transfer-size", "64k"], "42 to 65000"),
    ("a piece larger than the whole", [*PLAIN, "--max-message", "1024", "--data-transfer-size", "1025"], "larger than --max-message"),
    ("a negative delay", [*PLAIN, "--delay", "-1"], "milliseconds"),
    ("no connections", [*PLAIN, "--max-connections", "0"], "1 to 100000"),
    ("more of a peer than there can be", [*PLAIN, "--max-per-peer", "100001"], "0 to 100000"),
    ("a negative number of handshakes", [*PLAIN, "--max-handshakes", "-1"], "0 to 100000"),
    ("no memory", [*PLAIN, "--max-memory", "1"], "2 to 1048576"),
    ("no time for the first message", [*PLAIN, "--first-timeout", "0"], "1 to 86400"),
    ("endless time for a message", [*PLAIN, "--frame-timeout", "86401"], "1 to 86400"),
    ("a time that is no number", [*PLAIN, "--idle-timeout", "1m"], "1 to 86400"),
    ("a grace without end", [*PLAIN, "--grace", "86401"], "0 to 86400"),
    ("a capture that cannot be written", [*PLAIN, "--pcap", "/nonexistent/p"], "/nonexistent/p: No such file"),
    ("an unknown capture format", [*PLAIN, "--pcap", "a", "--pcap-format", "pcapng"], "tcp, spdm-dump or user"),
    ("a capture format without a capture", [*PLAIN, "--pcap-format", "tcp"], "goes with --pcap"),
    ("a link type for TCP", [*PLAIN, "--pcap", "a", "--pcap-format", "user"], "take --pcap-format tcp"),
    ("a key log that cannot be written", [*PLAIN, "--keylog", "/nonexistent/k"], "/nonexistent/k: No such file"),
    ("a key log that is no file", [*PLAIN, "--keylog", "/dev/null"], "no file"),
    ("an unknown log level", [*PLAIN, "--log-level", "loud"], "error, warn"),
    ("a defect without the software TEE", [*PLAIN, "--soft-defect", "debug"], "--tee soft"),
    ("a software TEE that plays another", [*AT, "--tee", "soft", "--soft-kind", "cca"], "sev-snp, tdx or sgx"),
    ("a software TEE on hardware", [*AT, "--tee", "tdx", "--soft-kind", "tdx"], "--soft-kind goes with --tee soft"),
    ("a quote of version 3", [*AT, "--tee", "soft", "--soft-kind", "tdx", "--soft-report-version", "3"], "4 or 5"),
    ("an SGX quote of version 4", [*AT, "--tee", "soft", "--soft-kind", "sgx", "--soft-report-version", "4"], "of SGX 3"),
    ("an enclave that migrates", [*AT, "--tee", "soft", "--soft-kind", "sgx", "--soft-defect", "migration"], "cannot play"),
    ("a defect that TDX does not have", [*AT, "--tee", "soft", "--soft-kind", "tdx", "--soft-defect", "unsigned"],
        "cannot play this"),
    ("collateral of no software TEE", [*PLAIN, "--write-collateral", "/x"], "--write-collateral goes with --tee soft"),
    ("collateral that cannot be written", [*AT, "--tee", "soft", "--write-collateral", "/nonexistent/c"], "/nonexistent/c"),
    ("collateral where a file is", [*AT, "--tee", "soft", "--write-collateral", "/dev/null"], "/dev/null"),
    ("a short measurement", [*AT, "--tee", "soft", "--soft-measurement", "00"], "48 bytes"),
    ("a measurement that is no hex", [*AT, "--tee", "soft", "--soft-measurement", "zz" * 48], "48 bytes"),
    ("an unknown defect", [*AT, "--tee", "soft", "--soft-defect", "ugly"], "list of defects"),
    ("report version 4", [*AT, "--tee", "soft", "--soft-report-version", "4"], "2, 3 or 5"),
]

BAD_KEYS = [
    ("that its group may read", b"22" * 32, 0o640, "chmod 600"),
    ("that everybody may read", b"22" * 32, 0o604, "chmod 600"),
    ("that its group may write", b"22" * 32, 0o620, "chmod 600"),
    ("of nothing", b"", 0o600, "1 to 512 bytes"),
    ("of 513 bytes", b"\x80" * 513, 0o600, "1 to 512 bytes"),
    ("of 513 bytes in hex", b"80" * 513, 0o600, "1 to 512 bytes"),
    ("without end", b"80" * 100000, 0o600, "too long"),
]

BAD_MEASUREMENTS = [
    ("no JSON", "[", ""),
    ("no list", "{}", "must be a list"),
    ("no object", "[1]", "[0]: must be an object"),
    ("an unknown key", '[{"index": 1, "typ": "rom"}]', "[0].typ: unknown key"),
    ("a key twice", '[{"index": 1, "index": 2}]', "duplicate"),
    ("no index", '[{"type": "rom", "raw": ""}]', "[0].index"),
    ("index 0", '[{"index": 0, "type": "rom", "raw": ""}]', "[0].index"),
    ("a reserved index", '[{"index": 240, "type": "rom", "raw": ""}]', "[0].index"),
    ("index 255", '[{"index": 255, "type": "rom", "raw": ""}]', "[0].index"),
    ("an index as text", '[{"index": "1", "type": "rom", "raw": ""}]', "[0].index"),
    ("an index twice", '[{"index": 1, "type": "rom", "raw": ""}, {"index": 1, "type": "rom", "raw": ""}]', "[1].index"),
    ("no type", '[{"index": 1, "raw": ""}]', "[0].type"),
    ("an unknown type", '[{"index": 1, "type": "magic", "raw": ""}]', "[0].type"),
    ("a device mode elsewhere", '[{"index": 1, "type": "device-mode", "raw": "' + "00" * 16 + '"}]', "[0].type"),
    ("something else as device mode", '[{"index": 254, "type": "rom", "raw": ""}]', "[0].type"),
    ("something else as manifest", '[{"index": 253, "type": "rom", "raw": ""}]', "[0].type"),
    ("no value", '[{"index": 1, "type": "rom"}]', "needs one of"),
    ("two values", '[{"index": 1, "type": "rom", "raw": "00", "file": "/x"}]', "only one of"),
    ("odd hex", '[{"index": 1, "type": "rom", "raw": "000"}]', "[0].raw"),
    ("a number as value", '[{"index": 1, "type": "rom", "raw": 5}]', "[0].raw"),
    ("a short digest", '[{"index": 1, "type": "rom", "digest": "00"}]', "[0].digest"),
    ("a digest of a version", '[{"index": 1, "type": "version", "digest": "' + "00" * 48 + '"}]', "[0].digest"),
    ("a short security version", '[{"index": 1, "type": "svn", "raw": "01"}]', "[0].raw"),
    ("a file that is not there", '[{"index": 1, "type": "rom", "file": "/nonexistent/f"}]', "[0].file: /nonexistent/f"),
    ("a TCB mark as text", '[{"index": 1, "type": "rom", "raw": "", "tcb": "yes"}]', "[0].tcb"),
]


def check_help(program, version):
    r = run(program, "--help")
    text = re.sub(r"\s+", " ", r.out)
    report(r.status == 0 and all(s in text for s in EXIT_STATUSES), "--help has each exit status", r)
    report(all(len(line) <= 100 for line in r.out.splitlines()), "--help is not too wide", r)
    r = run(program, "--version")
    report(r.status == 0 and r.out == f"tspdm-attester {version}\n", "--version says the version", r)


def check_documents(program, root):
    """Each option of --help is in the man page and in the completion, and none besides."""
    options = set(re.findall(r"^  --([a-z-]+)", run(program, "--help").out, re.MULTILINE))
    man = (root / "docs/man/tspdm-attester.1").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.It Fl Fl ([a-z-]+)", man, re.MULTILINE))
    report(described == options, "the man page describes the options of --help", sorted(described ^ options))
    completion = (root / "docs/completion/tspdm-attester").read_text(encoding="utf-8")
    completed = set(re.findall(r"--([a-z-]+)", completion))
    report(completed == options, "the completion knows the options of --help", sorted(completed ^ options))


def check_refusals(program):
    for name, arguments, words in REFUSED:
        r = run(program, *arguments)
        report(r.status == 2 and words in r.err and r.out == "", f"{name} is a usage error", r)


def check_measurements(program, scratch):
    path = scratch / "blocks.json"
    for name, text, words in BAD_MEASUREMENTS:
        path.write_text(text)
        r = run(program, *PLAIN, "--measurements", path)
        report(r.status == 2 and "blocks.json" in r.err and words in r.err, f"measurements with {name} are refused", r)
    for index in (16, 253, 254):
        entry = {"index": index, "type": "manifest" if index == 253 else "rom", "raw": "00"}
        path.write_text(json.dumps([entry]))
        r = run(program, *AT, "--tee", "soft", "--measurements", path)
        report(r.status == 2 and "[0].index" in r.err, f"index {index} is the TEE's own", r)


def check_keys(program, scratch):
    path = scratch / "psk"
    for name, content, mode, words in BAD_KEYS:
        path.write_bytes(content)
        path.chmod(mode)
        r = run(program, *PLAIN, "--psk", f"hint:{path}")
        report(r.status == 2 and str(path) in r.err and words in r.err, f"a pre-shared key {name} is refused", r)
    path.write_bytes(b"11" * 32)
    path.chmod(0o600)
    r = run(program, *PLAIN, "--psk", f"hint:{path}", "--psk", f"hint:{path}")
    report(r.status == 2 and "has a key already" in r.err, "two pre-shared keys under one hint are refused", r)
    r = run(program, *PLAIN, "--psk", f"hint:{path}", "--caps", "-MAC")
    report(r.status == 2 and "do not go together" in r.err, "pre-shared keys without MAC are refused", r)
    path.write_bytes(b"password")
    r = run(program, "--listen", "tcp://192.0.2.1:1", "--tee", "none", "--psk", f"hint:{path}")
    report(r.status == 3 and "8 bytes can be found by trying" in r.err, "a short pre-shared key is warned of", r)
    report("password" not in r.err, "no secret is printed", r)


def check_endpoints(program, scratch):
    (scratch / "file").write_text("not a socket")
    for name, url in [("an address of nobody's", "tcp://192.0.2.1:1"), ("no URL", "nowhere"),
            ("a file in the way", f"unix:{scratch}/file"), ("no directory", "unix:/nonexistent/socket")]:
        r = run(program, "--tee", "none", *AT, "--listen", url)
        report(r.status == 3 and url in r.err and "listening on" not in r.err, f"{name}: exit status 3", r)
    report((scratch / "file").read_text() == "not a socket", "a file in the way is left alone")


def check_hardware(program):
    """Here is none; a test on a machine that has it would need that very hardware."""
    places = ("/sys/kernel/config/tsm/report", "/dev/sev-guest", "/dev/tdx_guest", "/dev/attestation")
    if any(os.path.exists(p) for p in places):
        skip("what is said without hardware", "this machine has some")
        return
    for kind in ("auto", "sev-snp", "tdx", "sgx"):
        r = run(program, *AT, "--tee", kind)
        report(r.status == 6 and all(p in r.err for p in places) and f"--tee {kind}: " in r.err,
            f"--tee {kind} without hardware ends with status 6 and says where it looked", r)
        report("listening on" not in r.err, f"--tee {kind} without hardware serves nobody", r)
        report("--tee soft" in r.err, f"--tee {kind} without hardware names what does without", r)
    r = run(program, *AT)
    report(r.status == 6 and "--tee auto: " in r.err, "--tee auto is the default", r)


def main():
    program, version = sys.argv[1:]
    check_help(program, version)
    check_documents(program, pathlib.Path(__file__).resolve().parents[2])
    check_refusals(program)
    with tempfile.TemporaryDirectory() as name:
        check_measurements(program, pathlib.Path(name))
        check_keys(program, pathlib.Path(name))
        check_endpoints(program, pathlib.Path(name))
    check_hardware(program)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
