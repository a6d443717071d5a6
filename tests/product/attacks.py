#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Checks the table of attacks in docs/profile.md: every test that it names is there and runs, every status and check is one, and
each attack of which a verifier must know has a row.

	attacks.py SOURCE_ROOT
"""
import pathlib
import re
import sys

from known_flaws import check, tests_of

SECTION = re.compile(r"^## \d+\. Attacks, .*?$(.*?)^## ", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")
STATUS = re.compile(r"\bTSPDM_ERR_\w+")
ATTACKS = {"relay", "replay", "reflection", "key swap", "cross-session", "cross-protocol", "diversion", "signing oracle"}


def rows_of(paper):
    section = SECTION.search(paper)
    rows = ROW.findall(section.group(1)) if section else []
    return [row for row in rows if row[0] != "attack" and not row[0].startswith("---")]


def main():
    root = pathlib.Path(sys.argv[1])
    rows = rows_of((root / "docs/profile.md").read_text(encoding="utf-8"))
    statuses = set(STATUS.findall((root / "include/tspdm/status.h").read_text(encoding="utf-8")))
    known, results = tests_of(root), []
    for attack, _, tests, stopped in rows:
        names = NAME.findall(tests)
        missing = [n for n in names if n not in known] + [s for s in STATUS.findall(stopped) if s not in statuses]
        results.append((names and not missing, f"{attack}: {', '.join(missing) or 'all there'}"))
    absent = ATTACKS - {row[0] for row in rows}
    results.append((not absent, f"each attack has a row: {', '.join(sorted(absent)) or 'all there'}"))
    good = [check(i, bool(result), what) for i, (result, what) in enumerate(results, 1)]
    print(f"1..{len(good)}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
