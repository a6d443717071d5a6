#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""mandoc has nothing to say about the man pages.

	man_pages.py SOURCE_ROOT
"""
import pathlib
import shutil
import sys

from tap import finish, report, run, skip

# Pages that are not installed where the tests run.
NOT_HERE = "referenced manual not found"


def main():
    pages = sorted((pathlib.Path(sys.argv[1]) / "docs/man").glob("*.[1-9]"))
    report(len(pages) > 0, "there are man pages")
    for page in pages:
        if shutil.which("mandoc") is None:
            skip(page.name, "no mandoc")
            continue
        found = [line for line in run("mandoc", "-Tlint", page).out.splitlines() if NOT_HERE not in line]
        report(not found, page.name, "\n".join(found))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
