#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-dump --verify over the recorded traffic of another implementation, against the counts of an independent decoder:
the same messages, sessions and records, at least the same checks, nothing bad and nothing undecoded. And it says BAD
where a byte of that traffic is another one.

	dump_captures.py PROGRAM SHARED_DIR [NAME...]
"""
import json
import pathlib
import struct
import sys
import tempfile

from capture_file import packets_of
from tap import finish, report, run, skip

SAME = ("version", "hash", "asym", "messages", "encapsulated", "sessions", "records", "undecoded_bytes",
        "tolerated_trailing_bytes")
# Captures in which single bytes are changed, one of each binding that has a link type of its own.
FLIPPED = ("conn-attest", "mutauth-v1.2-no-w_encap", "psk-context", "session-handshake-encrypted-nomut")


def arguments_of(case, directory):
    """The secrets and keys that are told beside a capture, as options."""
    arguments = []
    if case.get("first_session_dhe_secret"):
        arguments += ["--dhe-secret", case["first_session_dhe_secret"]]
    for hint, psk in case.get("psk_by_hint", {}).items():
        arguments += ["--psk", f"{hint}:{psk}"]
    if case.get("psk_hex") and "psk_by_hint" not in case:
        arguments += ["--psk", case["psk_hex"]]
    for key, option, who in (("requester_chain", "--chain", "requester:"), ("responder_public_key", "--public-key", "")):
        if case.get(key):
            path = directory / key
            path.write_bytes(bytes.fromhex(case[key]))
            arguments += [option, f"{who}{path}"]
    return arguments


def dump(program, capture, arguments):
    result = run(program, capture, "--verify", "--json", *arguments)
    return result.status, json.loads(result.out)["summary"] if result.out else None


def differences(summary, expected):
    """What does not agree, a line each."""
    found = [f"{key}: {summary[key]} instead of {expected[key]}" for key in SAME if summary[key] != expected[key]]
    for kind, counts in expected["checks"].items():
        got = summary["checks"].get(kind, {"ok": 0, "bad": 0, "no_material": 0})
        if got["ok"] < counts["ok"] or got["no_material"] != counts["no_material"]:
            found.append(f"{kind}: {got} instead of {counts}")
    for kind, counts in summary["checks"].items():
        if counts["bad"]:
            found.append(f"{kind}: {counts['bad']} bad")
    return found + summary["bad"] + summary["problems"]


class Captures:
    def __init__(self, program, shared, directory):
        self.program = program
        self.directory = directory
        self.captures = shared / "vectors" / "captures"
        self.expected = json.loads((shared / "tools" / "captures-expected.json").read_text(encoding="utf-8"))

    def arguments(self, name):
        case = json.loads((self.captures / f"{name}.json").read_text(encoding="utf-8"))
        return arguments_of(case, self.directory)

    def bytes_of(self, name):
        return bytearray((self.captures / f"{name}.pcap").read_bytes())

    def dump_bytes(self, name, data):
        path = self.directory / "changed.pcap"
        path.write_bytes(data)
        return dump(self.program, path, self.arguments(name))

    def agrees(self, name):
        status, summary = dump(self.program, self.captures / f"{name}.pcap", self.arguments(name))
        found = differences(summary, self.expected[name]) if summary else ["no summary"]
        report(not found and status == 0, name, f"exit status {status}", *found)

    def flip(self, name, which, place):
        """Changes a byte at the end of a packet."""
        data = self.bytes_of(name)
        start, length = list(packets_of(data))[which]
        data[start + length - place] ^= 1
        return self.dump_bytes(name, data)

    def last_of(self, name, code):
        """The last packet whose message has this code."""
        data = self.bytes_of(name)
        found = [i for i, (start, _) in enumerate(packets_of(data)) if data[start + 6] == code]
        return found[-1] if found else None

    def spoilt(self, name):
        """The last byte of signed, MACed and encrypted messages."""
        for what, code in (("CHALLENGE_AUTH", 0x03), ("MEASUREMENTS", 0x60), ("KEY_EXCHANGE_RSP", 0x64),
                           ("FINISH", 0xE5), ("FINISH_RSP", 0x65), ("PSK_EXCHANGE_RSP", 0x66)):
            which = self.last_of(name, code) if code in (0x03, 0x60) else self.first_of(name, code)
            if which is None:
                continue
            status, summary = self.flip(name, which, 1)
            bad = sum(c["bad"] for c in summary["checks"].values())
            report(status == 1 and bad >= 1 and summary["bad"], f"{name}: a changed {what} is BAD", status, summary["checks"])
        which = self.first_record(name)
        if which is not None:
            status, summary = self.flip(name, which, 1)
            report(status == 1 and summary["checks"]["record"]["bad"] >= 1, f"{name}: a changed record is BAD", status,
                   summary["checks"])

    def first_of(self, name, code):
        data = self.bytes_of(name)
        found = [i for i, (start, _) in enumerate(packets_of(data)) if data[start + 4] == 5 and data[start + 6] == code]
        return found[0] if found else None

    def first_record(self, name):
        data = self.bytes_of(name)
        found = [i for i, (start, _) in enumerate(packets_of(data)) if data[start + 4] == 6]
        return found[0] if found else None

    def damaged(self, name):
        """Files that end early or say nonsense: told, and never a crash."""
        data = self.bytes_of(name)
        for cut in (len(data) - 1, len(data) // 2, 24 + 16 + 2, 24 + 3):
            status, summary = self.dump_bytes(name, data[:cut])
            report(status == 1 and summary and summary["problems"], f"{name}: cut off after {cut} bytes", status, summary)
        status, summary = self.dump_bytes(name, data[:10])
        report(status == 2 and summary is None, f"{name}: no capture file", status, summary)
        longer = bytearray(data)
        struct.pack_into("<I", longer, 24 + 8, 0x7FFFFFFF)
        status, summary = self.dump_bytes(name, longer)
        report(status == 1 and summary["problems"], f"{name}: a packet of 2 GiB", status, summary)

    def survives(self, name, step):
        """Any byte may be another one: exit status 0 or 1, a whole summary."""
        data = self.bytes_of(name)
        wrong = []
        for at in range(24, len(data), step):
            changed = bytearray(data)
            changed[at] ^= 0xFF
            status, summary = self.dump_bytes(name, changed)
            if status not in (0, 1) or summary is None:
                wrong.append(f"byte {at}: exit status {status}")
        report(not wrong, f"{name}: a changed byte anywhere", *wrong[:5])

    def without_secrets(self, name):
        """What cannot be computed is never said to be ok."""
        status, summary = dump(self.program, self.captures / f"{name}.pcap", [])
        mine = [k for k in summary["checks"] if k.endswith("verify_data") and summary["checks"][k]["ok"]]
        report(status == 0 and not mine and summary["records"]["opened"] == 0, f"{name}: no secret, no ok", status, mine)

    def wrong_secret(self, name):
        wrong = ["--dhe-secret", "00" * 48, "--psk", "00" * 32]
        status, summary = dump(self.program, self.captures / f"{name}.pcap", wrong)
        bad = sum(summary["checks"][k]["bad"] for k in summary["checks"] if k.endswith("verify_data"))
        report(status == 1 and bad >= 1 and summary["records"]["opened"] == 0, f"{name}: a wrong secret is BAD", status,
               summary["checks"])


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (shared / "tools" / "captures-expected.json").is_file():
        skip("recorded traffic", f"none in {shared}")
        return finish()
    with tempfile.TemporaryDirectory() as directory:
        captures = Captures(program, shared, pathlib.Path(directory))
        for name in sys.argv[3:] or sorted(captures.expected):
            captures.agrees(name)
        for name in FLIPPED:
            captures.spoilt(name)
        for name in ("conn-attest", "trans-tcp-v1.2", "trans-pci_doe-v1.2"):
            captures.damaged(name)
        captures.survives("conn-attest", 211)
        captures.survives("trans-tcp-v1.2", 1999)
        captures.survives("psk-context", 499)
        for name in ("session-minimal-p256", "psk-context"):
            captures.without_secrets(name)
            captures.wrong_secret(name)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
