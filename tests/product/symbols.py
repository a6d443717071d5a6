#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Checks the symbols of a built library.

	symbols.py needs ARCHIVE		the freestanding core calls nothing but memcpy, memmove, memset, memcmp
	symbols.py names ARCHIVE		every external name begins with tspdm_
	symbols.py exports LIBRARY SCRIPT	what is exported is what `SCRIPT --list` finds in the public headers
"""
import os
import subprocess
import sys

MEM = {"memcpy", "memmove", "memset", "memcmp"}
# What the linker makes itself, for position-independent code.
LINKER = {"_GLOBAL_OFFSET_TABLE_"}
SKIP = 77


def nm(*arguments):
    """[(symbol, type letter, archive member)] as nm tells them."""
    command = [os.environ.get("NM", "nm"), "--format=posix", "--print-file-name", *arguments]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        where, _, rest = line.partition(": ")
        fields = rest.split()
        if len(fields) >= 2:
            yield fields[0].partition("@")[0], fields[1], where


def complain(problems):
    for problem in sorted(problems):
        print(problem)
    return 1 if problems else 0


def needs(archive):
    inside = {name for name, _, _ in nm("--defined-only", "--extern-only", archive)}
    if not inside:
        return complain({"the archive defines nothing"})
    return complain({
        f"{where} needs {name}"
        for name, _, where in nm("--undefined-only", archive)
        if name not in inside | MEM | LINKER
    })


def names(archive):
    return complain({
        f"{where}: {name} is external and does not begin with tspdm_"
        for name, _, where in nm("--defined-only", "--extern-only", archive)
        if not name.startswith("tspdm_")
    })


def exports(library, script):
    listed = subprocess.run([sys.executable, script, "--list"], check=True, capture_output=True, text=True)
    declared = set(listed.stdout.split())
    # A version node is an absolute symbol (A) of its own.
    exported = {name for name, letter, _ in nm("--dynamic", "--defined-only", library) if letter != "A"}
    return complain({f"{name}: declared in a public header, not defined" for name in declared - exported}
        | {f"{name}: exported, not declared in a public header" for name in exported - declared})


def main():
    if os.environ.get("TSPDM_INSTRUMENTED"):
        print("an instrumented build: its symbols are not those of the product")
        return SKIP
    checks = {"needs": needs, "names": names, "exports": exports}
    return checks[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
