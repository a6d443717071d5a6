#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier's options about a connection, tried on an independent responder.

	verifier_options.py PROGRAM SHARED_DIR
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from tap import finish, report, run  # noqa: E402


class Peer:
    """A responder on a free port."""

    def __init__(self, shared, scratch):
        self.root = scratch / "root.der"
        command = [sys.executable, str(shared / "tools/spdm_peer.py"), "respond", "--listen", "127.0.0.1:0", "--framing", "emu",
            "--binding", "mctp", "--versions", "1.2", "--write-root", str(self.root)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.endpoint = "emu+mctp://127.0.0.1:" + self.process.stdout.readline().strip().rpartition(":")[2]

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
        check_choices(program, shared, scratch)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
