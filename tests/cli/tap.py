# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Numbered results for meson, and running a program under test."""
import subprocess
import threading

count = failed = 0
lock = threading.Lock()


def report(is_good, name, *notes):
    global count, failed
    with lock:
        count += 1
        failed += not is_good
        print("ok" if is_good else "not ok", count, "-", name)
        for text in notes if not is_good else ():
            print_note(text)
    return is_good


def print_note(text):
    for line in str(text).splitlines():
        print("#", line)


def note(text):
    """Figures and the like, for who reads the log."""
    with lock:
        print_note(text)


def skip(name, reason):
    global count
    count += 1
    print("ok", count, "-", name, "# SKIP", reason)


def finish():
    print(f"1..{count}")
    return 1 if failed or not count else 0


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __str__(self):
        return f"exit status {self.status}\nstdout: {self.out}\nstderr: {self.err}"


def run(program, *arguments, given=b""):
    command = [str(program), *(str(a) for a in arguments)]
    return Result(subprocess.run(command, input=given, capture_output=True, check=False, timeout=60))
