#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""mandoc has nothing to say about the man pages, and each item of their lists has a text of its own.

	man_pages.py SOURCE_ROOT
"""
import pathlib
import shutil
import sys

from tap import finish, report, run, skip

# Pages that are not installed where the tests run.
NOT_HERE = "referenced manual not found"


def items_without_text(page):
    """An item whose next line is another one, or the end of the list."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [line for line, following in zip(lines, lines[1:]) if line.startswith(".It Fl") and following.startswith((".It", ".El"))]


def options_said_twice(page):
    items = [line.split(" Ar ")[0] for line in page.read_text(encoding="utf-8").splitlines() if line.startswith(".It Fl Fl")]
    return sorted({item for item in items if items.count(item) > 1})


def main():
    pages = sorted((pathlib.Path(sys.argv[1]) / "docs/man").glob("*.[1-9]"))
    report(len(pages) > 0, "there are man pages")
    for page in pages:
        wrong = items_without_text(page) + options_said_twice(page)
        report(not wrong, f"{page.name}: each option is there once, with its text", "\n".join(wrong))
        if shutil.which("mandoc") is None:
            skip(page.name, "no mandoc")
            continue
        found = [line for line in run("mandoc", "-Tlint", page).out.splitlines() if NOT_HERE not in line]
        report(not found, page.name, "\n".join(found))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
