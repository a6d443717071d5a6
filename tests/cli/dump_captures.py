#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-dump --verify over the recorded traffic of another implementation, against the counts of an independent decoder:
the same messages, sessions and records, at least the same checks, nothing bad and nothing undecoded.

usage: dump_captures.py PROGRAM SHARED_DIR [NAME...]
"""
import json
import os
import subprocess
import sys
import tempfile


def arguments_of(case, directory):
    """The secrets and keys that are told beside a capture, as options."""
    arguments = []
    if case.get("first_session_dhe_secret"):
        arguments += ["--dhe-secret", case["first_session_dhe_secret"]]
    for hint, psk in case.get("psk_by_hint", {}).items():
        arguments += ["--psk", f"{hint}:{psk}"]
    if case.get("psk_hex") and "psk_by_hint" not in case:
        arguments += ["--psk", case["psk_hex"]]
    for key, option in (("requester_chain", "--chain"), ("responder_public_key", "--public-key")):
        if case.get(key):
            path = os.path.join(directory, key)
            with open(path, "wb") as file:
                file.write(bytes.fromhex(case[key]))
            arguments += [option, f"requester:{path}" if key == "requester_chain" else path]
    return arguments


def dump(program, capture, arguments):
    result = subprocess.run([program, capture, "--verify", "--json", *arguments], capture_output=True, check=False)
    return result.returncode, json.loads(result.stdout)["summary"] if result.stdout else None


def differences(summary, expected):
    """What does not agree, a line each."""
    found = []
    for key in ("version", "hash", "asym", "messages", "encapsulated", "sessions", "records", "undecoded_bytes",
                "tolerated_trailing_bytes"):
        if summary[key] != expected[key]:
            found.append(f"{key}: {summary[key]} instead of {expected[key]}")
    for kind, counts in expected["checks"].items():
        got = summary["checks"].get(kind, {"ok": 0, "bad": 0, "no_material": 0})
        if got["ok"] < counts["ok"] or got["no_material"] != counts["no_material"]:
            found.append(f"{kind}: {got} instead of {counts}")
    for kind, counts in summary["checks"].items():
        if counts["bad"]:
            found.append(f"{kind}: {counts['bad']} bad")
    return found + summary["bad"] + summary["problems"]


def main():
    program, shared = sys.argv[1:3]
    captures = os.path.join(shared, "vectors", "captures")
    table = os.path.join(shared, "tools", "captures-expected.json")
    if not os.path.isdir(captures) or not os.path.isfile(table):
        print(f"1..0 # SKIP no recorded traffic in {shared}")
        return
    with open(table, encoding="utf-8") as file:
        expected = json.load(file)
    names = sys.argv[3:] or sorted(expected)
    print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        with open(os.path.join(captures, name + ".json"), encoding="utf-8") as file, \
                tempfile.TemporaryDirectory() as directory:
            arguments = arguments_of(json.load(file), directory)
            status, summary = dump(program, os.path.join(captures, name + ".pcap"), arguments)
        found = differences(summary, expected[name]) if summary else ["no summary"]
        if status != 0:
            found.append(f"exit status {status}")
        for line in found:
            print(f"# {line}")
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
    print("# done")


if __name__ == "__main__":
    main()
