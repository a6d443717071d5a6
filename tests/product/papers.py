#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Compiles each ```c block of README.md and docs/, so that what a reader copies works.

	papers.py SOURCE_ROOT

A block is a whole source file; what is only a fragment is not marked as c.
"""
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```c\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]


def compiles(root, source):
    command = [*os.environ.get("CC", "cc").split(), "-I", str(root / "include"), *FLAGS]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    for line in result.stderr.splitlines():
        print("#", line)
    return result.returncode == 0


def main():
    root = pathlib.Path(sys.argv[1])
    count = failed = 0
    for paper in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        text = paper.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            count += 1
            line = text.count("\n", 0, block.start()) + 1
            good = compiles(root, block.group(1))
            failed += not good
            print("ok" if good else "not ok", count, "-", f"{paper.relative_to(root)}:{line}")
    print(f"1..{count}")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
