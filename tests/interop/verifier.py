#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier against an independent responder: each binding and algorithm is attested, each fault is noticed.

	verifier.py PROGRAM SHARED_DIR
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from tap import finish, report, run  # noqa: E402

BINDINGS = [("emu", "mctp"), ("emu", "doe"), ("emu", "tcp"), ("dsp0287", "tcp")]
ALGORITHMS = [("ecdsa-p256", "sha256"), ("ecdsa-p384", "sha384"), ("rsapss-3072", "sha384"), ("rsassa-3072", "sha384"),
    ("ed25519", "sha512")]

# fault, options of the verifier, exit status, and what the reason speaks of
FAULTS = [
    ("flip-signature", [], 5, "CHALLENGE"),
    ("flip-signature", ["--no-challenge"], 5, "GET_MEASUREMENTS"),
    ("bad-digest", [], 5, "digest"),
    ("bad-chain-hash", [], 5, "digest"),
    ("wrong-slot", [], 4, "slot"),
    ("zero-portion", [], 4, "portions"),
    ("truncate:CAPABILITIES", [], 4, "GET_CAPABILITIES"),
    ("truncate:ALGORITHMS", [], 4, "NEGOTIATE_ALGORITHMS"),
    ("truncate:DIGESTS", [], 4, "GET_DIGESTS"),
    ("truncate:CERTIFICATE", [], 4, "GET_CERTIFICATE"),
    ("truncate:CHALLENGE_AUTH", [], 4, "CHALLENGE"),
    ("truncate:MEASUREMENTS", [], 4, "GET_MEASUREMENTS"),
    ("wrong-code:DIGESTS", [], 4, "another request"),
    ("wrong-version:CAPABILITIES", [], 4, "another SPDM version"),
    ("resynch:GET_DIGESTS", [], 4, "RequestResynch"),
    ("drop:GET_DIGESTS", ["--timeout", "2"], 3, "no answer"),
    ("busy-forever", ["--timeout", "2"], 4, "busy"),
]
# The first measurement is kept and shown for ever; the second connection has to notice.
REPLAY = ("replay-measurement", 5, "GET_MEASUREMENTS")


class Peer:
    """A responder on a free port."""

    def __init__(self, shared, scratch, framing="emu", binding="mctp", asym="ecdsa-p384", hash_name="sha384", fault=None):
        self.root = scratch / "root.der"
        command = [sys.executable, str(shared / "tools/spdm_peer.py"), "respond", "--listen", "127.0.0.1:0", "--framing",
            framing, "--binding", binding, "--versions", "1.2", "--asym", asym, "--hash", hash_name, "--write-root",
            str(self.root)]
        if fault is not None:
            command += ["--fault", fault]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        port = self.process.stdout.readline().strip().rpartition(":")[2]
        scheme = "tcp" if framing == "dsp0287" else "emu+" + binding
        self.endpoint = f"{scheme}://127.0.0.1:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def attest(self, program, *options):
        return run(program, self.endpoint, "--evidence", "none", "--trust", self.root, "--policy", "genuine", "--json",
            *options)


def reason(result):
    return json.loads(result.out)["reason"]


def check_sound(program, shared, scratch):
    for framing, binding in BINDINGS:
        for asym, hash_name in ALGORITHMS if binding == "mctp" else ALGORITHMS[:2]:
            with Peer(shared, scratch, framing, binding, asym, hash_name) as peer:
                r = peer.attest(program)
                verdict = json.loads(r.out)
                is_good = r.status == 0 and verdict["spdm"]["algorithms"]["asym"] == asym
                report(is_good and verdict["spdm"]["measurements_signed"], f"{framing} {binding} {asym} {hash_name}", r)


def check_choices(program, shared, scratch):
    """Without its root, with a narrowed offer, and without evidence where it is demanded."""
    with Peer(shared, scratch) as peer:
        r = run(program, peer.endpoint, "--evidence", "none", "--policy", "genuine", "--json")
        report(r.status == 5 and "--trust" in reason(r), "a chain whose root is not trusted is refused", r)
        r = run(program, peer.endpoint, "--trust", peer.root, "--policy", "genuine", "--json")
        report(r.status == 6 and "no TEE evidence" in reason(r), "missing evidence is refused", r)
        r = peer.attest(program, "--asym", "ed25519")
        report(r.status in (4, 5), "nothing in common is a failure", r)
        r = peer.attest(program, "--meas-hash", "sha3-512")
        report(r.status == 4 and "--meas-hash" in reason(r), "a measurement hash that was not asked for is refused", r)
        r = peer.attest(program, "--measurements", "1,3", "--no-challenge")
        blocks = [b["index"] for b in json.loads(r.out)["spdm"]["measurements"]]
        report(r.status == 0 and blocks == [1, 3], "the measurements asked for are fetched", r)
        r = peer.attest(program, "--measurements", "77")
        report(r.status == 4, "a measurement that is not there is the peer's ERROR", r)
        r = peer.attest(program, "--slot", "7")
        report(r.status == 4, "an empty slot is a protocol failure", r)


def check_faults(program, shared, scratch):
    for fault, options, status, words in FAULTS:
        with Peer(shared, scratch, fault=fault) as peer:
            r = peer.attest(program, *options)
            report(r.status == status and words in reason(r), f"{fault} {' '.join(options)}", r)
    fault, status, words = REPLAY
    with Peer(shared, scratch, fault=fault) as peer:
        report(peer.attest(program).status == 0, f"{fault}: the first is fresh")
        r = peer.attest(program)
        report(r.status == status and words in reason(r), fault, r)
    with Peer(shared, scratch, fault="busy:2") as peer:
        report(peer.attest(program).status == 0, "a peer that is busy for a while is waited for")


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (shared / "tools/spdm_peer.py").is_file():
        print(f"1..0 # SKIP no independent peer in {shared}")
        return 0
    if importlib.util.find_spec("cryptography") is None:
        print("1..0 # SKIP python has no module cryptography")
        return 0
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_sound(program, shared, scratch)
        check_choices(program, shared, scratch)
        check_faults(program, shared, scratch)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
