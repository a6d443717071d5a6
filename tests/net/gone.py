#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A network that goes black, before or in the middle of what the programs do, and attesters that die or hang meanwhile: the
verifier says so and ends with exit status 3, in time, and the attester serves others.

	gone.py ATTESTER VERIFIER BAD_LINK
"""
import concurrent.futures
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from ends import Ends, forms
from network import has_tun, network, why_not
from tap import finish, note, report, skip

SCHEMES = ("tcp", "tls")
AT_ONCE = 8
PATIENCE = 2  # seconds that a verifier is told to wait for an answer
LATE = 6  # seconds; more than one round trip may take by DSP0274
LIMIT = 30  # seconds that it may take altogether; what TCP itself allows is many minutes
LINK = {"delay": 1}
WORDS = ("no answer", "in time", "no handshake", "timed out", "No route", "unreachable", "closed", "cut off")
# Packets of both directions that get through; an attestation has about a hundred.
BLACK_AFTER = (1, 3, 4, 7, 11, 16, 24, 33, 41)
ATTEST = [*forms.BY_EVIDENCE, "--timeout", PATIENCE, "--retries", 0]


def ended(process):
    """(exit status, output, seconds); a verifier that does not end in time is ended."""
    begun = time.monotonic()
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return process.returncode, (out + err).decode("utf-8", "replace"), time.monotonic() - begun


def expect_gone(process, name, *notes):
    status, told, seconds = ended(process)
    report(status == 3 and seconds < LIMIT and "NOT TRUSTED" in told and any(w in told for w in WORDS),
        f"{name}: exit status 3, and why", f"exit status {status} after {seconds:.1f} s", told[-1500:], *notes)


def hold(f, a):
    """A verifier that has a session and keeps it."""
    v = f.start(a, *ATTEST, "--hold", 3600)
    for line in v.stderr:
        if b"session" in line:  # it says so
            break
    return v


def is_served(f, a, name):
    r = f.attest(a, *forms.BY_EVIDENCE)
    report(r.status == 0, f"{name}: and then others are served", r, a)


def check_black(f, bad_link, scheme, packets):
    name = f"{scheme}: a link that is black after {packets} packets"
    with network(bad_link, **LINK, **{"black-after": packets}) as (here, there, link):
        f.join(here, there)
        with f.serve(*forms.SOFT, at=f.at(scheme)) as a:
            expect_gone(f.start(a, *ATTEST), name, a)
    blacked = [int(part.split(",")[0]) for part in link.told.split("dropped while black ")[1:]]
    report(len(blacked) == 2 and sum(blacked) > 0, f"{name}: packets were dropped", link.told)


def check_dead(f, bad_link, scheme):
    """Nobody was ever there."""
    with network(bad_link, **LINK) as (here, there, link):
        f.join(here, there)
        with f.serve(*forms.SOFT, at=f.at(scheme)) as a:
            a.wait_for_urls()
            link.blacken()
            expect_gone(f.start(a, *ATTEST), f"{scheme}: a dead peer", a)
            link.mend()
            is_served(f, a, f"{scheme}: a dead peer")


def check_held(f, bad_link, scheme):
    """A session is there, and nothing comes through any more: both ends notice."""
    name = f"{scheme}: a link that goes black while a session is held"
    with network(bad_link, **LINK) as (here, there, link):
        f.join(here, there)
        with f.serve(*forms.SOFT, "--heartbeat", 1, at=f.at(scheme)) as a:
            v = hold(f, a)
            link.blacken()
            expect_gone(v, name, a)
            report(a.wait_for(": ended") is not None, f"{name}: the attester lets the session go", a)
            link.mend()
            is_served(f, a, name)


def check_half_open(f, bad_link, scheme):
    """The attester's machine starts anew while nothing comes through: the verifier's half of the connection is left."""
    name = f"{scheme}: a half-open connection"
    with network(bad_link, **LINK) as (here, there, link):
        f.join(here, there)
        with f.serve(*forms.SOFT, "--heartbeat", 4, at=f.at(scheme)) as a:
            v = hold(f, a)
            link.blacken()
            a.process.kill()
            a.wait_for_end()
            there.do("ip", "address", "flush", "dev", "link0")  # its goodbye goes nowhere
            there.do("ip", "address", "add", "10.78.0.2/24", "dev", "link0")
            link.mend()
            expect_gone(v, name)


def check_hanging(f, bad_link, scheme):
    """The attester's machine answers still, the attester does not."""
    with network(bad_link, **LINK) as (here, there, _):
        f.join(here, there)
        with f.serve(*forms.SOFT, "--heartbeat", 1, at=f.at(scheme)) as a:
            a.wait_for_urls()
            a.process.send_signal(signal.SIGSTOP)
            expect_gone(f.start(a, *ATTEST), f"{scheme}: an attester that hangs from the start", a)
            a.process.send_signal(signal.SIGCONT)
            v = hold(f, a)
            a.process.send_signal(signal.SIGSTOP)
            expect_gone(v, f"{scheme}: an attester that hangs in a session", a)
            a.process.send_signal(signal.SIGCONT)
            is_served(f, a, f"{scheme}: an attester that hung")


def check_slow(f, bad_link, scheme):
    """Who is late is not asked twice: the second answer would be taken for that to the next request."""
    with network(bad_link, **LINK) as (here, there, _):
        f.join(here, there)
        with f.serve(*forms.SOFT, at=f.at(scheme)) as a:
            a.wait_for_urls()
            a.process.send_signal(signal.SIGSTOP)
            v = f.start(a, *forms.BY_EVIDENCE, "--timeout", LIMIT - 5)
            time.sleep(LATE)
            a.process.send_signal(signal.SIGCONT)
            status, told, _ = ended(v)
            line = a.wait_for("GET_VERSION") or ""
            report(status == 0 and "GET_VERSION GET_CAPABILITIES" in line, f"{scheme}: an attester that is late is asked once",
                f"exit status {status}", told[-1500:], a)


def main():
    reason = why_not()
    if reason:
        skip("peers that are gone", reason)
        return finish()
    attester, verifier, bad_link = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        f = Ends(attester, verifier, pathlib.Path(scratch))
        jobs = []
        for scheme in SCHEMES:
            for check in (check_held, check_half_open, check_hanging, check_slow, check_dead):
                jobs.append(pool.submit(check, f.beside(f"{scheme} {check.__name__}"), bad_link, scheme))
            for packets in BLACK_AFTER if has_tun() else ():
                jobs.append(pool.submit(check_black, f.beside(f"{scheme} {packets}"), bad_link, scheme, packets))
        if not has_tun():
            skip("a link that goes black in the middle", "no /dev/net/tun here")
        note(f"{len(jobs)} networks, {AT_ONCE} at a time")
        for job in jobs:
            job.result()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
