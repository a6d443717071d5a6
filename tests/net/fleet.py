#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""One verifier attests as many endpoints as there are at the same time: none fails, also where hostile connections are in the
way of theirs. Memory of both sides for each connection is printed.

	fleet.py ATTESTER VERIFIER LOAD ENDPOINTS HOSTILE
"""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from many import PATIENCE_S, POLICY, SPARE, may_open
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from serving import Serving  # noqa: E402
from tap import finish, note, report, skip  # noqa: E402

SAMPLE_S = 0.05
WAIT = 60


class Sampler(threading.Thread):
    """The most descriptors and the most memory, in KiB, that a process has while this is entered."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.is_over = pid, threading.Event()
        self.fds = self.peak = self.fds_before = self.peak_before = 0

    def sample(self):
        with contextlib.suppress(OSError, StopIteration):  # it is gone
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1])
            self.fds, self.peak = max(self.fds, len(os.listdir(f"/proc/{self.pid}/fd"))), max(self.peak, peak)

    def run(self):
        while not self.is_over.wait(SAMPLE_S):
            self.sample()

    def __enter__(self):
        self.sample()
        self.fds_before, self.peak_before = self.fds, self.peak
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()


class InTheWay:
    """Hostile connections, for as long as this is entered."""

    def __init__(self, load, a, count):
        self.process = None
        if count:
            self.process = subprocess.Popen([load, "--connections", "1", "--depth", "connect", "--hostile", str(count), "--hold",
                "3600", a.wait_for_urls()[0]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            self.process.stdout.readline()  # they are there

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.communicate()


def run(verifier, hosts, count):
    """(verdicts, exit status, seconds, peak in KiB)"""
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        v = subprocess.Popen([verifier, f"@{hosts}", "--jobs", str(count), "--timeout", str(PATIENCE_S), "--json",
            "--allow-soft-tee", "--policy", POLICY, "--no-session"], stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.DEVNULL)
        with Sampler(v.pid) as sampler:
            v.wait()
        out.seek(0)
        return [json.loads(line) for line in out], v.returncode, time.monotonic() - begun, sampler.peak


def addresses(count, port):
    """Each a host of its own: all of 127.0.0.0/8 is this machine."""
    return [f"tcp://127.1.{n // 250}.{n % 250 + 1}:{port}\n" for n in range(count)]


def check(attester, verifier, load, count, hostile, scratch):
    name = f"{count} endpoints at the same time" + (f", {hostile} hostile connections" if hostile else "")
    hosts, one = scratch / "hosts", scratch / "one"
    with Serving(attester, "--tee", "soft", "--listen", "tcp://:0", "--listen", "tcp://127.0.0.1:0", "--log-level", "warn",
            "--max-connections", count + hostile + SPARE, "--idle-timeout", PATIENCE_S) as a:
        port = a.wait_for_urls(2)[0].rsplit(":", 1)[1]
        a.urls.pop(0)
        hosts.write_text("".join(addresses(count, port)))
        one.write_text("".join(addresses(1, port)))
        alone = run(verifier, one, 1)[3]
        with InTheWay(load, a, hostile):
            with Sampler(a.process.pid) as sampler:
                verdicts, status, seconds, peak = run(verifier, hosts, count)
        bad = [v for v in verdicts if v["status"]]
        report(status == 0 and len(verdicts) == count and not bad, f"{name}: none fails", f"exit status {status}",
            f"{len(verdicts)} verdicts, {len(bad)} bad", *bad[:2], a)
        report(len({v["subject"] for v in verdicts}) == count, f"{name}: each is told once")
        most = sampler.fds - sampler.fds_before
        report(most >= count * 0.9, f"{name}: they are connected at the same time", most)
        if not os.environ.get("TSPDM_INSTRUMENTED"):
            note(f"{name}: {seconds:.1f} s; {most} connections at a time; peak for each: attester "
                f"{(sampler.peak - sampler.peak_before) / count:.1f} KiB, verifier {(peak - alone) / count:.1f} KiB")
        report(a.end() == 0, f"{name}: the attester ends in order", a)


def main():
    attester, verifier, load, count, hostile = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    if not may_open(count + hostile + 2 * SPARE):
        skip("many endpoints", f"no {count + hostile} descriptors here (ulimit -Hn)")
        return finish()
    with tempfile.TemporaryDirectory() as scratch:
        check(attester, verifier, load, count, 0, pathlib.Path(scratch))
        check(attester, verifier, load, count, hostile, pathlib.Path(scratch))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
