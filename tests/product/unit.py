#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The unit of tspdm-attester: that systemd understands it, and how much of the system it leaves to a program that was taken
over.

	unit.py UNIT PROGRAM
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from tap import finish, report, run, skip  # noqa: E402

MOST_EXPOSED = 25  # tenths; a unit without any sandboxing has 96


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    program = os.path.realpath(sys.argv[2])
    command = re.search(r"^ExecStart=(\S+) \$TSPDM_ATTESTER_OPTIONS$", text, re.MULTILINE)
    report(command is not None and command[1].startswith("/") and command[1].endswith("/tspdm-attester"),
        "it starts the program where that is installed", command)
    options = re.search(r'^Environment="TSPDM_ATTESTER_OPTIONS=(.*)"$', text, re.MULTILINE)
    r = run(program, *options[1].split(), "--help")
    report(r.status == 0, "its options are some that the program has", r)
    if shutil.which("systemd-analyze") is None:
        skip("systemd understands it", "no systemd-analyze")
        return finish()
    with tempfile.TemporaryDirectory() as name:
        unit = pathlib.Path(name) / "tspdm-attester.service"
        unit.write_text(text.replace(command[1], program), encoding="utf-8")
        r = run("systemd-analyze", "verify", "--man=no", unit)
        report(r.status == 0 and r.err == "", "systemd understands it", r)
        if "--offline" not in run("systemd-analyze", "--help").out:
            skip("it is hardened", "systemd-analyze is too old to judge files")
            return finish()
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}",
            str(unit)], capture_output=True, check=False, timeout=60)
        report(done.returncode == 0, "it is hardened", done.stdout.decode("utf-8", "replace"), done.stderr.decode())
    return finish()


if __name__ == "__main__":
    sys.exit(main())
