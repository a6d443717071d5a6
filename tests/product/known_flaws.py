#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Checks docs/known-flaws.md: every test that it names is there and runs, and every test named after a flaw is in it.

	known_flaws.py SOURCE_ROOT
"""
import pathlib
import re
import sys

ROW = re.compile(r"^\| (F\d\d) \| (.+) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")
# a row of a cmocka table, by whichever macro; the function must be one, too
LISTED = re.compile(r"\b(?:cmocka_unit_test\w*|IN_EACH\w*|TEST)\((\w+)")
DEFINED = re.compile(r"^static void (\w+)\(void \*\*", re.MULTILINE)
MESON_TEST = re.compile(r"\btest\('([\w-]+)'")
AFTER_A_FLAW = re.compile(r"[Ff]\d\d_")


def built(directory, name, text):
    """Whether a test's source is listed in its suite, or made of a name that is."""
    stem = name.removeprefix("test_").removesuffix(".c")
    return re.search(rf"'{re.escape(stem)}'|'{re.escape(name)}'", text.get(directory, "")) is not None


def tests_of(root):
    meson = {d: (d / "meson.build").read_text(encoding="utf-8") for d in (root / "tests").iterdir()
             if (d / "meson.build").is_file()}
    names = set()
    for path in (root / "tests").rglob("*.c"):
        text = path.read_text(encoding="utf-8")
        if built(path.parent, path.name, meson):
            names |= set(LISTED.findall(text)) & set(DEFINED.findall(text))
    for text in meson.values():
        names |= set(MESON_TEST.findall(text))
    return names


def check(number, good, what):
    print("ok" if good else "not ok", number, "-", what)
    return good


def main():
    root = pathlib.Path(sys.argv[1])
    paper = (root / "docs" / "known-flaws.md").read_text(encoding="utf-8")
    known, named, results = tests_of(root), set(), []
    for flaw, _, cell in ROW.findall(paper):
        names = NAME.findall(cell)
        missing = [n for n in names if n not in known and not ("/" in n and (root / n).is_file())]
        named |= set(names)
        results.append((names and not missing, f"{flaw}: {', '.join(missing) or 'all there'}"))
    for name in sorted(n for n in known if AFTER_A_FLAW.match(n)):
        results.append((name in named, f"{name} is in the list"))
    numbers = [flaw for flaw, _, _ in ROW.findall(paper)]
    results.append((len(numbers) >= 25 and len(numbers) == len(set(numbers)), "each flaw stands there once"))
    good = [check(i, bool(result), what) for i, (result, what) in enumerate(results, 1)]
    print(f"1..{len(good)}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
