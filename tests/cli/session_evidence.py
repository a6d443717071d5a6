#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier and tspdm-attester with policies that demand evidence of the session: shown, late, missing.

	session_evidence.py ATTESTER VERIFIER
"""
import json
import pathlib
import re
import sys
import tempfile
import time

from serving import Serving
from tap import finish, report, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"


def write_policy(path, **binding):
    policy = json.loads(POLICY.read_text())
    policy["binding"] = {"certificate": "required", "measurement": "required", **binding}
    path.write_text(json.dumps(policy))
    return path


def checks_of(r):
    return {c["name"]: c for c in json.loads(r.out.splitlines()[-1])["checks"]}


class Programs:
    def __init__(self, attester, verifier):
        self.attester, self.verifier = attester, verifier

    def serve(self, *options):
        return Serving(self.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "soft", *options)

    def attest(self, a, *options):
        return run(self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", *options)


def check_demanded(p, scratch):
    required = write_policy(scratch / "required.json", session="required", max_age_s=60)
    kept = scratch / "kept"
    with p.serve("--receive", kept) as a:
        r = p.attest(a, "--json", "--policy", required, "--send", "a secret")
        told = json.loads(r.out)
        report(r.status == 0 and told["binding"]["session"] == "ok" and kept.read_bytes() == b"a secret",
            "a secret goes over the session whose evidence is good", r, a)
        names = [c["name"] for c in told["checks"]]
        report(names.index("binding.session") < names.index("session.application") and
            checks_of(r)["policy.age"]["result"] == "ok", "after its evidence was judged", r, a)
        r = p.attest(a, "--json", "--policy", required, "--no-session")
        report(r.status == 6, "without a session the policy is not met", r, a)
        report(checks_of(r)["binding.session"]["result"] == "failed", "and it is told", r, a)
        r = p.attest(a, "--json", "--policy", POLICY)
        report(r.status == 0 and json.loads(r.out)["binding"]["session"] == "ok", "it is looked for unasked", r, a)


def check_watched(p, scratch):
    required = write_policy(scratch / "required.json", session="required")
    with p.serve() as a:
        r = p.attest(a, "--json", "--policy", required, "--watch", 1, "--hold", 2)
        told = [json.loads(line) for line in r.out.splitlines()]
        details = [next(c["detail"] for c in t["checks"] if c["name"] == "binding.measurement") for t in told]
        report(r.status == 0 and len(told) >= 2 and "key of slot 0" in details[0],
            "evidence among measurements is about the key where there is no session yet", r, a)
        report(all("the session that it was asked for in" in d for d in details[1:]), "and about the session in it", details)


def check_enterprise(p, scratch):
    required = write_policy(scratch / "required.json", session="required")
    with p.serve("--enterprise", "4242") as a:
        r = p.attest(a, "--json", "--policy", required, "--enterprise", "4242")
        report(r.status == 0 and json.loads(r.out)["binding"]["session"] == "ok", "both may use a number of their own", r, a)
        r = p.attest(a, "--json", "--policy", required)
        report(r.status == 6 and checks_of(r)["binding.session"]["result"] == "failed", "but it has to be the same", r, a)
    for value in ("0", "4294967296", "acme"):
        r = run(p.verifier, "tcp://127.0.0.1:1", "--enterprise", value)
        report(r.status == 2 and "must be 1 to" in r.err, f"{value} is no such number", r)


def check_none(p, scratch):
    required = write_policy(scratch / "required.json", session="required")
    with p.serve("--caps", "-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD") as a:
        r = p.attest(a, "--json", "--policy", required)
        report(r.status == 6 and checks_of(r)["binding.session"]["result"] == "failed",
            "a peer without sessions does not meet it", r, a)
        r = p.attest(a, "--json", "--policy", write_policy(scratch / "optional.json", session="optional"))
        report(r.status == 0 and json.loads(r.out)["binding"]["session"] == "none",
            "but meets a policy that does not demand it", r, a)


def check_late(p, scratch):
    required = write_policy(scratch / "required.json", session="required")
    with p.serve("--delay", 700) as a:
        began = time.monotonic()
        r = p.attest(a, "--json", "--policy", required)
        report(r.status == 0 and time.monotonic() - began >= 0.7, "evidence that takes long is waited for", r, a)
        line = a.wait_for("GET_VERSION") or ""
        asked = re.search(r"VENDOR_DEFINED_REQUEST x(\d+)", line)
        report(asked is not None and 2 <= int(asked[1]) <= 9, "by a few questions", line)


def check_suggested(p):
    with p.serve() as a:
        r = p.attest(a)
        at = r.out.find("\n{")
        policy = json.loads(r.out[at:]) if at >= 0 else {}
        report(r.status == 7 and policy.get("binding", {}).get("session") == "required",
            "the policy that is suggested demands what was seen", r, a)


def main():
    p = Programs(*sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_demanded(p, scratch)
        check_watched(p, scratch)
        check_enterprise(p, scratch)
        check_none(p, scratch)
        check_late(p, scratch)
        check_suggested(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
