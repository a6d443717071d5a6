#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Many connections at the same time: all are opened before the first is attested, none fails, and hostile ones beside them or
in their place stop nobody. Figures are printed.

	many.py ATTESTER LOAD CONNECTIONS HOSTILE
"""
import json
import os
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from serving import Serving  # noqa: E402
from tap import finish, note, report, skip  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
SPARE = 200  # descriptors for other things
TIMEOUT = 3000
PATIENCE_S = 900  # between two messages of a connection, as one thread comes round to all others meanwhile
FEW = 50  # honest ones that come while others take all places
AGAIN = 4  # times that each of them comes again at most, on an average


def may_open(count):
    """Lets this process and those it starts have so many descriptors, or tells that they may not."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
    except (OSError, ValueError):
        return False
    return True


def serve(attester, scheme, connections):
    return Serving(attester, "--tee", "soft", "--listen", f"{scheme}://127.0.0.1:0", "--log-level", "warn",
        "--max-connections", connections, "--idle-timeout", PATIENCE_S)


def attest(load, a, *options):
    done = subprocess.run([load, *(str(o) for o in options), "--attester", str(a.process.pid), "--policy", POLICY,
        a.wait_for_urls()[0]], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    return done, json.loads(done.stdout) if done.stdout else None


def kib_each(side, count):
    return (side["peak_kib"] - side["rss_kib"][0]) / count


def check(attester, load, scheme, depth, count, hostile):
    beside = f", {hostile} hostile beside them" if hostile else ""
    name = f"{scheme}: {count} at the same time, {depth}{beside}"
    with serve(attester, scheme, count + hostile + SPARE) as a:
        done, f = attest(load, a, "--connections", count, "--at-once", count, "--together", "--depth", depth, "--hostile",
            hostile, "--patience", PATIENCE_S)
        if not report(done.returncode == 0 and f and f["connections"] == count and not f["failed"], f"{name}: none fails",
                done, a):
            return
        report(f["open_at_once"] == count, f"{name}: all are open at once", f)
        if hostile:
            report(f["hostile"]["open"] > hostile / 4 and f["hostile"]["closed"] > 0,
                f"{name}: the others are there, and come anew when they are hung up on", f)
        if not os.environ.get("TSPDM_INSTRUMENTED"):
            note(f"{name}: {f['seconds']} s; the slowest took {f['slowest_s']} s; peak for each connection: attester "
                f"{kib_each(f['attester'], count):.1f} KiB, verifier {kib_each(f['verifier'], count):.1f} KiB; hostile: "
                f"{f['hostile']}")
        report(a.end() == 0, f"{name}: the attester ends in order", a)


def check_crowded_out(attester, load, hostile):
    """Others take every place there is, and more: those who are idle have to make room."""
    limit = hostile // 2
    name = f"tcp: {hostile} hostile ones where {limit} are served"
    with serve(attester, "tcp", limit) as a:
        done, f = attest(load, a, "--connections", FEW, "--at-once", 2, "--hostile", hostile, "--again",
            AGAIN * FEW)
        if report(done.returncode == 0 and f and not f["failed"], f"{name}: {FEW} honest ones are attested", done, a):
            note(f"{name}: {f['seconds']} s, the slowest of {FEW} took {f['slowest_s']} s, "
                f"{f['refused']} were turned away at first; {f['hostile']}")
            report(f["hostile"]["closed"] > 0, f"{name}: hostile ones have to go", f)


def main():
    attester, load, count, hostile = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if not may_open(count + hostile + 2 * SPARE):
        skip("many connections", f"no {count + hostile} descriptors here (ulimit -Hn)")
        return finish()
    check(attester, load, "tcp", "connect", count, 0)
    check(attester, load, "tcp", "attest", count, hostile)
    check(attester, load, "tls", "attest", count // 5, hostile // 5)
    check_crowded_out(attester, load, hostile)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
