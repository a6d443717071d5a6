#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""SM2 and SM3 between tspdm-attester and tspdm-verifier, and in tspdm-dump: taken where both name them, and never unasked;
keys and certificates of the openssl command.

	sm.py ATTESTER VERIFIER DUMP
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from capture_file import packets_of
from serving import Serving
from tap import finish, report, run, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
SM = ["--asym", "sm2", "--hash", "sm3", "--meas-hash", "sm3"]
CHALLENGE_AUTH_LEN = 4 + 32 + 32 + 2 + 64  # header, chain hash, nonce, empty opaque data, signature
EXTENSIONS = """[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
"""


class Programs:
    def __init__(self, attester, verifier, dump):
        self.attester, self.verifier, self.dump = attester, verifier, dump

    def has_sm2(self):
        """Whether OpenSSL has it: an attester with such a key comes to listen."""
        with self.serve("--asym", "sm2") as a:
            return a.wait_for_urls() is not None

    def serve(self, *options, tee="soft"):
        return Serving(self.attester, "--listen", "tcp://127.0.0.1:0", "--tee", tee, *options)

    def attest(self, a, *options, policy=POLICY):
        return run(self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--policy", policy, "--json", *options)


def algorithms_of(r):
    return json.loads(r.out.splitlines()[-1])["spdm"]["algorithms"] if r.out else None


def check_session(p, scratch):
    """A session with everything in it, captured and read again."""
    policy, pcap, keys = scratch / "policy.json", scratch / "sm.pcap", scratch / "sm.keys"
    strict = json.loads(POLICY.read_text())
    strict["spdm"] = {"versions": ["1.2"], "asym": ["sm2"], "hash": ["sm3"]}
    policy.write_text(json.dumps(strict))
    with p.serve(*SM, "--pcap", pcap, "--pcap-format", "tcp", "--keylog", keys) as a:
        r = p.attest(a, "--session", "--heartbeats", 1, "--key-updates", 2, *SM, policy=policy)
        report(r.status == 0, "a session with SM2 and SM3 is trusted by a policy that asks for them", r, a)
        report(algorithms_of(r) == {"asym": "sm2", "hash": "sm3", "measurement_hash": "sm3"},
            "the verdict names the algorithms", r)
        strict["spdm"] = {"versions": ["1.2"], "asym": ["ecdsa-p384"], "hash": ["sha384"]}
        policy.write_text(json.dumps(strict))
        r = p.attest(a, *SM, policy=policy)
        report(r.status == 7 and "policy.spdm.asym: sm2 is not listed" in r.out, "one that asks for others refuses it",
            r, a)
        a.end()
    r = run(p.dump, pcap, "--verify", "--json", "--keylog", keys)
    summary = json.loads(r.out)["summary"]
    checks = summary["checks"]
    report(r.status == 0 and summary["asym"] == "sm2" and summary["hash"] == "sm3" and not summary["bad"],
        "tspdm-dump reads it and finds nothing bad", r)
    for kind in ("challenge_auth_signature", "measurements_signature", "key_exchange_rsp_signature",
            "key_exchange_rsp_verify_data", "finish_verify_data", "record"):
        got = checks.get(kind, {"ok": 0, "bad": 0, "no_material": 0})
        report(got["ok"] > 0 and got["bad"] == got["no_material"] == 0, f"tspdm-dump verifies: {kind}", got)
    check_spoilt(p, pcap, keys, scratch)


def check_spoilt(p, pcap, keys, scratch):
    """CHALLENGE_AUTH ends with s."""
    data, spoilt = bytearray(pcap.read_bytes()), scratch / "spoilt.pcap"
    ends = [at + n for at, n in packets_of(data)
        if CHALLENGE_AUTH_LEN < n < 2 * CHALLENGE_AUTH_LEN and data[at + n - CHALLENGE_AUTH_LEN:][:2] == b"\x12\x03"]
    data[ends[0] - 1] ^= 1
    spoilt.write_bytes(data)
    r = run(p.dump, spoilt, "--verify", "--json", "--keylog", keys)
    bad = json.loads(r.out)["summary"]["checks"]["challenge_auth_signature"]["bad"]
    report(bad == 1 and r.status != 0, "tspdm-dump says BAD where a bit of the signature is another one", r)


def check_unasked(p):
    """What only one side names is not taken."""
    with p.serve(*SM) as a:
        r = p.attest(a)
        report(r.status == 4 and "nothing in common" in r.out, "a verifier does not offer it by itself", r, a)
    with p.serve() as a:
        for options in (["--asym", "sm2"], ["--hash", "sm3"]):
            r = p.attest(a, *options)
            report(r.status == 4 and "nothing in common" in r.out,
                f"an attester does not select it by itself: {' '.join(options)}", r, a)
    with p.serve("--hash", "sm3,sha256") as a:
        r = p.attest(a, "--hash", "sm3,sha256")
        report(r.status == 0 and algorithms_of(r)["hash"] == "sha256", "of several, it comes last", r, a)
        r = p.attest(a, "--hash", "sm3")
        report(r.status == 0 and algorithms_of(r) == {"asym": "ecdsa-p384", "hash": "sm3", "measurement_hash": "sha384"},
            "SM3 goes together with ECDSA", r, a)
        r = p.attest(a, "--hash", "sm3", "--versions", "1.1")
        report(r.status == 4 and "nothing in common" in r.out, "not before 1.2", r, a)


def check_refusals(p):
    """What no OpenSSL has is named."""
    r = run(p.attester, "--tee", "none", "--listen", "tcp://127.0.0.1:0", "--dhe", "sm2-p256")
    report(r.status == 2 and "--dhe sm2-p256: OpenSSL here does not have it" in r.err, "the key agreement of SM2", r)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)


def make_chain(scratch, identity):
    """root.pem, chain.pem and leaf.key, signed by the openssl command with an identity."""
    (scratch / "ext").write_text(EXTENSIONS)
    key, root, leaf = scratch / "root.key", scratch / "root.pem", scratch / "leaf.pem"
    signed = ["-sm3", "-sigopt", f"distid:{identity}"]
    for name in ("root", "leaf"):
        openssl("genpkey", "-algorithm", "SM2", "-out", scratch / f"{name}.key")
        openssl("req", "-new", "-key", scratch / f"{name}.key", *signed, "-subj", f"/CN={name}", "-out",
            scratch / f"{name}.csr")
    checked = ["-vfyopt", f"distid:{identity}", "-days", "30", "-extfile", scratch / "ext"]
    openssl("x509", "-req", "-in", scratch / "root.csr", *checked, *signed, "-signkey", key, "-extensions", "root",
        "-out", root)
    openssl("x509", "-req", "-in", scratch / "leaf.csr", *checked, *signed, "-CA", root, "-CAkey", key, "-set_serial",
        "7", "-extensions", "leaf", "-out", leaf)
    (scratch / "chain.pem").write_text(leaf.read_text() + root.read_text())


def check_mutual(p, scratch):
    """The verifier's own identity is of SM2."""
    own = ["--session", "--mutual", "--cert", scratch / "chain.pem", "--key", scratch / "leaf.key"]
    asking = ["--mutual", "require", "--trust", scratch / "root.pem"]
    with p.serve(*asking, "--req-asym", "sm2") as a:
        r = p.attest(a, *own, "--req-asym", "sm2")
        report(r.status == 0 and json.loads(r.out)["spdm"]["session"]["mutual"], "the verifier proves itself with SM2", r, a)
        r = p.attest(a, *own)
        report(r.status == 2 and "--req-asym sm2: has to be given" in r.err, "its key has to be named", r)
    with p.serve(*asking) as a:
        r = p.attest(a, *own, "--req-asym", "sm2")
        report(r.status == 4 and "nothing in common" in r.out, "an attester does not ask for it by itself", r, a)


def check_files(p, scratch):
    """Identities that the openssl command made; the one that it takes for certificates by default is the empty one."""
    if shutil.which("openssl") is None:
        skip("identities of the openssl command", "there is no openssl command")
        return
    given = ["--cert", scratch / "chain.pem", "--key", scratch / "leaf.key"]
    plain = ["--tee", "none", "--listen", "tcp://127.0.0.1:0", *given]
    for identity in ("1234567812345678", ""):
        make_chain(scratch, identity)
        with p.serve(*given, "--asym", "sm2", tee="none") as a:
            r = run(p.verifier, a.wait_for_urls()[0], "--trust", scratch / "root.pem", "--asym", "sm2", "--session",
                "--evidence", "none", "--json")
            names = {c["name"]: c["result"] for c in json.loads(r.out)["checks"]}
            report(names.get("spdm.anchor") == names.get("spdm.signature") == names.get("session.open") == "ok",
                f"a chain signed with the identity '{identity}' is anchored", r, a)
    check_mutual(p, scratch)
    r = run(p.attester, *plain)
    report(r.status == 2 and "--asym sm2: has to be given" in r.err, "a key for SM2 alone has to be named", r)
    make_chain(scratch, "somebody else")
    r = run(p.attester, *plain, "--asym", "sm2")
    report(r.status not in (0, None) and "chain.pem" in r.err, "a chain signed with another identity is refused", r)


def main():
    p = Programs(*sys.argv[1:4])
    if not p.has_sm2():
        skip("SM2 and SM3", "OpenSSL here does not have them")
        return finish()
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        check_session(p, scratch)
        check_unasked(p)
        check_refusals(p)
        check_files(p, scratch)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
