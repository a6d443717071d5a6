#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Descriptors and memory of an attester and of a verifying process before and after many connections, one after the other and
several at a time: no more than before. Figures are printed.

	leaks.py ATTESTER LOAD CONNECTIONS
"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from serving import Serving  # noqa: E402
from tap import finish, note, report  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
# What is freed is given back at once, so that figures tell of what is not.
EXACT = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0:glibc.malloc.trim_threshold=65536"
# depth, how many at a time, share of the connections
ROUNDS = (("connect", 1, 0.6), ("connect", 50, 0.2), ("attest", 1, 0.08), ("attest", 20, 0.06), ("session", 1, 0.06))
SLACK_B = 8  # for each connection: less than any allocation, as OpenSSL's may be a few bytes larger the second time
SLACK_KIB = 256
SLACK_AT_ONCE_KIB = 1024  # heaps that connections at the same time have cut into pieces
TIMEOUT = 3600


def measure(load, a, *options):
    done = subprocess.run([load, *(str(o) for o in options), "--attester", str(a.process.pid), "--policy", POLICY,
        a.wait_for_urls()[0]], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    return done, json.loads(done.stdout) if done.stdout else None


def check(load, a, scheme, round_, total):
    depth, at_once, share = round_
    count = max(int(total * share / 2), at_once)
    name = f"{scheme}, {depth}, {count} connections, {at_once} at a time"
    done, f = measure(load, a, "--connections", count, "--at-once", at_once, "--depth", depth, "--warm-up",
        max(2 * at_once, 20))
    if not report(done.returncode == 0 and f and f["connections"] == count and not f["failed"], name, done, a):
        return
    v, t = f["verifier"], f["attester"]
    note(f"{name}: attester {t['fds'][0]} to {t['fds'][1]} descriptors, {t['rss_kib'][0]} to {t['rss_kib'][1]} KiB; verifier "
        f"{v['fds'][0]} to {v['fds'][1]}, {v['rss_kib'][0]} to {v['rss_kib'][1]} KiB, heap {f['heap'][0]} to {f['heap'][1]} B")
    report(t["fds"][0] == t["fds"][1] and v["fds"][0] == v["fds"][1], f"{name}: no descriptor is left", f)
    if os.environ.get("TSPDM_INSTRUMENTED"):
        return  # a sanitizer keeps what is freed, and finds leaks itself
    slack = SLACK_KIB if at_once == 1 else SLACK_AT_ONCE_KIB
    report(t["rss_kib"][1] <= t["rss_kib"][0] + slack, f"{name}: the attester does not grow", f)
    report(f["heap"][1] < f["heap"][0] + SLACK_B * count, f"{name}: nor does the verifier's heap", f)


def main():
    attester, load, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["GLIBC_TUNABLES"] = EXACT
    for scheme in ("tcp", "tls"):
        with Serving(attester, "--tee", "soft", "--listen", f"{scheme}://127.0.0.1:0", "--log-level", "warn") as a:
            for round_ in ROUNDS:
                check(load, a, scheme, round_, total)
            report(a.end() == 0, f"{scheme}: it ends in order", a)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
