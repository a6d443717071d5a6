#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""check.py TSPDM-BENCH: runs it once and checks its form and the figures that hold whatever else the machine does.

No time is judged here.
"""
import json
import os
import subprocess
import sys

ROWS = {
    "attestation": {"suite", "what", "tspdm_us", "floor_us", "ratio", "ratio_p10", "ratio_p90"},
    "sessions": {"suite", "what", "records", "peak_heap", "tspdm_us", "floor_us", "ratio", "ratio_p10", "ratio_p90"},
    "records": {"suite", "bytes", "allocations", "tspdm_us", "floor_us", "ratio", "ratio_p10", "ratio_p90"},
    "evidence": {"what", "per_second", "tspdm_us", "floor_us", "ratio", "ratio_p10", "ratio_p90"},
    "scaling": {"suite", "in_flight", "us_each", "ratio_to_one"},
    "memory": {"what", "value"},
}
MOST = {
    "core: allocations of an attestation": 0,
    "core: stack of an attestation, bytes": 8192,
    "requester, bytes": 8192,
    "responder, bytes": 8192,
    "session, bytes": 2048,
}


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def main():
    if os.environ.get("TSPDM_INSTRUMENTED"):
        print("an instrumented build: its stack and allocations are not those of the product")
        return 77
    program = sys.argv[1]
    result = run(program, "--json", "--rounds", "1", "--connections", "1")
    problems = [f"exit status {result.returncode}: {result.stderr}"] if result.returncode else []
    told = json.loads(result.stdout) if not problems else {}
    for name, keys in ROWS.items():
        rows = told.get(name, [])
        if not rows or any(set(row) != keys for row in rows):
            problems.append(f"{name}: missing, or not of the rows that are documented")
    values = {row["what"]: row["value"] for row in told.get("memory", [])}
    for what, most in MOST.items():
        if values.get(what, most + 1) > most:
            problems.append(f"{what}: {values.get(what)}, more than {most}")
    allocating = [row for row in told.get("records", []) if row["allocations"] != 0]
    if allocating:
        problems.append(f"records allocate: {allocating}")
    if run(program, "--help").returncode != 0:
        problems.append("--help fails")
    for wrong in (["--rounds", "0"], ["--rounds", "x"], ["--unknown"], ["surplus"]):
        if run(program, *wrong).returncode != 2:
            problems.append(f"{wrong}: not refused as wrong usage")
    print("\n".join(problems) or f"{len(values)} figures of memory, all within their limits")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
