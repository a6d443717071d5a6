#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The software TEE that plays TDX and SGX, from the attester's certificate to the verifier's verdict by collateral.

	tdx_standin.py ATTESTER VERIFIER
"""
import json
import pathlib
import sys
import tempfile

from serving import Serving
from tap import finish, report, run

AT = ["--listen", "tcp://127.0.0.1:0", "--tee", "soft", "--soft-kind", "tdx"]

# Exit statuses against a policy that demands current collateral with CRLs.
DEFECTS = {"flip-signature": 6, "flip-report": 6, "debug": 7, "migration": 7, "wrong-report-data": 6, "replay": 6,
    "expired": 8, "foreign-root": 6, "no-certificates": 8, "wrong-tcb": 7, "wrong-hwid": 8, "revoked": 8}


class World:
    def __init__(self, attester, verifier, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.collateral = scratch / "collateral"
        self.policy = scratch / "policy.json"

    def serve(self, *options):
        return Serving(self.attester, *AT, "--write-collateral", self.collateral, *options)

    def attest(self, a, *options):
        return run(self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--json", *options)


def suggest(w, a):
    """The policy that the verifier suggests, with collateral and CRLs demanded."""
    r = run(w.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--collateral", w.collateral)
    text = r.out[r.out.find("\n{\n"):]
    policy = json.loads(text)
    entry = policy["accept"][0]
    report(r.status == 7 and entry["tee"] == "tdx" and entry["tcb_status"] == ["UpToDate"], "a policy is suggested", r)
    entry["require_collateral"] = entry["require_crl"] = True
    policy.pop("spdm")
    w.policy.write_text(json.dumps(policy))


def check_sound(w):
    for version in (4, 5):
        with w.serve("--soft-report-version", version) as a:
            if version == 4:
                suggest(w, a)
            r = w.attest(a, "--policy", w.policy, "--collateral", w.collateral)
            v = json.loads(r.out)
            report(r.status == 0 and v["verdict"] == "warn" and v["tcb"]["status"] == "UpToDate" and
                v["evidence"]["claims"]["version"] == version, f"a quote of version {version} is trusted, up to date", r, a)
            indices = [b["index"] for b in v["spdm"]["measurements"]]
            report({16, 17, 18, 19, 20, 21, 22, 253, 254} <= set(indices), "its registers are measurement blocks", indices)
            r = w.attest(a, "--policy", w.policy)
            report(r.status == 8, "without collateral it is not, by a policy that demands it", r)
            r = run(w.verifier, a.urls[0], "--policy", w.policy, "--collateral", w.collateral)
            report(r.status == 6, "nor where the software TEE was not allowed", r)
            r = w.attest(a, "--policy", "genuine", "--collateral", w.collateral)
            report(r.status == 7, "nor by the policy for genuine hardware", r)
    with w.serve("--soft-measurement", "ab" * 48) as a:
        r = w.attest(a, "--policy", w.policy, "--collateral", w.collateral)
        report(r.status == 7 and "policy.measurement" in r.out, "another TD is refused", r)


def check_longest(w):
    """The verdict with the most checks: every one of them is there to the end."""
    policy, secret = w.scratch / "longest.json", w.scratch / "secret"
    secret.write_bytes(b"a secret")
    with w.serve("--receive", w.scratch / "received") as a:
        r = w.attest(a, "--collateral", w.collateral, "--write-policy", policy)
        report(r.status == 7 and policy.exists(), "a policy that pins all it sees is written", r)
        r = w.attest(a, "--collateral", w.collateral, "--policy", policy, "--send", secret)
        checks = json.loads(r.out)["checks"]
        report(r.status == 0 and checks[-1]["name"] == "session.end" and len(checks) > 48,
            "its verdict is told whole, to the end of the session", r)


def check_defects(w):
    for defect, status in DEFECTS.items():
        with w.serve("--soft-defect", defect) as a:
            r = w.attest(a, "--policy", w.policy, "--collateral", w.collateral)
            report(r.status == status, f"{defect}: the verifier's exit status is {status}", r)


def check_enclave(w):
    """The same of an enclave, whose policy is written by the verifier."""
    policy, collateral = w.scratch / "sgx.json", w.scratch / "sgx"
    at = ["--listen", "tcp://127.0.0.1:0", "--tee", "soft", "--soft-kind", "sgx", "--write-collateral", collateral]
    given = ["--allow-soft-tee", "--collateral", collateral, "--json"]
    with Serving(w.attester, *at) as a:
        r = run(w.verifier, a.wait_for_urls()[0], *given, "--write-policy", policy)
        report(r.status == 7 and policy.exists(), "a policy for an enclave is written", r)
        r = run(w.verifier, a.urls[0], *given, "--policy", policy)
        v = json.loads(r.out)
        report(r.status == 0 and v["evidence"]["tee"] == "sgx" and v["tcb"]["status"] == "UpToDate",
            "by it the enclave is trusted, up to date", r, a)
        report({16, 17, 18, 19, 253, 254} <= {b["index"] for b in v["spdm"]["measurements"]}, "with its measurement blocks", r)
        r = run(w.verifier, a.urls[0], *given, "--policy", policy, "--session")
        v = json.loads(r.out)
        report(r.status == 0 and v["evidence"]["tee"] == "sgx", "by it the enclave is trusted in a session too", r, a)
        r = run(w.verifier, a.urls[0], *given[1:], "--policy", policy)
        report(r.status == 6, "but not where the software TEE was not allowed", r)
    with Serving(w.attester, *at, "--soft-measurement", "ab" * 32 + "00" * 16) as a:
        r = run(w.verifier, a.wait_for_urls()[0], *given, "--policy", policy)
        report(r.status == 7 and "policy.measurement" in r.out and "ab" * 32 in r.out, "an enclave of another MRENCLAVE is refused", r)
        r = run(w.verifier, a.urls[0], *given, "--policy", policy, "--session")
        report(r.status == 7 and "policy.measurement" in r.out, "in a session too", r)
    for defect, status in DEFECTS.items():
        if defect != "migration":
            with Serving(w.attester, *at, "--soft-defect", defect) as a:
                r = run(w.verifier, a.wait_for_urls()[0], *given, "--policy", policy)
                report(r.status == status, f"{defect} of an enclave: the verifier's exit status is {status}", r)


def main():
    with tempfile.TemporaryDirectory() as name:
        w = World(*sys.argv[1:3], pathlib.Path(name))
        check_sound(w)
        check_longest(w)
        check_defects(w)
        check_enclave(w)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
