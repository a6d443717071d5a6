#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Verifier and attester at the two ends of a bad link: late, lost, reordered and doubled packets change nothing of what is
attested and said, in any flow.

	impaired.py ATTESTER VERIFIER BAD_LINK
"""
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile

from ends import Ends, forms
from network import network, why_not
from session_evidence import write_policy
from tap import finish, note, report, skip

BAD = {"delay": 3, "jitter": 2, "loss": 2, "reorder": 10, "duplicate": 3}
SCHEMES = ("tcp", "tls")
AT_ONCE = 10
IN_PIECES = 2 << 10  # each chunk is a round trip


def shortened(form):
    """Not as much is said where each chunk waits for the one before."""
    mine, theirs, session, checks, size = form
    return mine, theirs, session, checks, IN_PIECES if "--data-transfer-size" in mine else size


def check_tee(f, scheme, kind):
    """Evidence of each kind, large ones in chunks: in certificate, measurement and session, then a secret to who has them."""
    required = write_policy(f.scratch / "policy.json", session="required", max_age_s=60)
    kept = f.scratch / "kept"
    secret = os.urandom(1000)
    (f.scratch / "secret").write_bytes(secret)
    policy = ["--policy", required] if kind == "sev-snp" else []
    with f.serve(*forms.SOFT, "--soft-kind", kind, "--receive", kept, "--data-transfer-size", 1024, at=f.at(scheme)) as a:
        options = ["--json", "--allow-soft-tee", "--data-transfer-size", 1024]
        if not policy:
            r = f.attest(a, *options, "--write-policy", f.scratch / "written.json")
            policy = ["--policy", f.scratch / "written.json"]
        r = f.attest(a, *options, *policy, "--send", f.scratch / "secret")
        verdict = json.loads(r.out) if r.out else {"binding": {}}
        line = a.wait_for("GET_VERSION") or ""
        report(r.status == 0 and verdict["binding"].get("session") == "ok" and kept.exists() and
            kept.read_bytes() == secret, f"{scheme}: the secret goes to whom evidence of {kind} shows", r, a)
        report("CHUNK_GET" in line, f"{scheme}: evidence of {kind} goes in chunks", line, a)


def check_kept(f, scheme):
    """A session of some seconds, attested again and again."""
    with f.serve(*forms.SOFT, "--heartbeat", 1, at=f.at(scheme)) as a:
        r = f.attest(a, *forms.BY_EVIDENCE, "--watch", 1, "--hold", 4, "--json")
        verdicts = [json.loads(line) for line in r.out.splitlines()]
        report(r.status == 0 and len(verdicts) >= 4 and all(v["verdict"] == "warn" for v in verdicts) and
            len({v["spdm"]["session"]["id"] for v in verdicts}) == 1, f"{scheme}: a session is held, and watched", r, a)


def check_mutual_tee(f, scheme):
    """Two TEEs attest each other in a session, and inside of tls:// by pre-shared key."""
    policy = write_policy(f.scratch / "policy.json", session="required")
    key = ["--tls-psk", f"guest:{f.psk}"] if scheme == "tls" else []
    peer = ["--attest-peer", "require", "--peer-policy", policy, "--allow-soft-tee"]
    with f.serve(*forms.SOFT, *peer, *key, "--app", "echo", at=f.at(scheme)) as a:
        r = f.attest(a, *forms.SOFT, *key, "--allow-soft-tee", "--policy", policy, "--send", "a secret", "--quiet")
        report(r.status == 0 and r.out == "a secret" and a.wait_for("is accepted") is not None,
            f"{scheme}: two TEEs attest each other", r, a)


def jobs_of(f):
    """Those of many round trips first."""
    jobs = []
    for scheme in SCHEMES:
        for name, form in f.all().items():
            jobs.append((forms.check_one, f.beside(f"{scheme} {name}"), name, shortened(form), f.at(scheme)))
        for kind in ("sev-snp", "tdx", "sgx"):
            jobs.append((check_tee, f.beside(f"{scheme} {kind}"), scheme, kind))
        jobs.append((check_mutual_tee, f.beside(f"{scheme} mutual"), scheme))
        jobs.append((check_kept, f.beside(f"{scheme} kept"), scheme))
    return sorted(jobs, key=lambda job: "chunked" not in str(job[2]))


def check_all(f):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(*job) for job in jobs_of(f)]:
            done.result()


def main():
    reason = why_not()
    if reason:
        skip("a bad link", reason)
        return finish()
    attester, verifier, bad_link = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        f = Ends(attester, verifier, pathlib.Path(name))
        with network(bad_link, **BAD) as (here, there, link):
            note(f"{link.kind}: {BAD}")
            f.join(here, there)
            check_all(f)
        note(link.told)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
