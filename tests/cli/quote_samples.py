#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier --appraise over genuine TDX and SGX quotes: claims, TCB status and verdict are what expected.json says
at the stated time, with the collateral beside it. Prints a table of all samples.

	quote_samples.py PROGRAM SHARED_DIR
"""
import json
import pathlib
import sys
import tempfile

from tap import finish, report, run

# In expected.json -> in the claims, where the names differ
FIELDS = {
    "tdx": ["mr_td", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "td_attributes", "xfam", "report_data", "tee_tcb_svn", "mr_seam"],
    "sgx": ["mr_enclave", "mr_signer", "isv_prod_id", "isv_svn", "report_data", "attributes"],
}


def appraise(program, quote, collateral, at, *more):
    given = ["--collateral", collateral] if collateral is not None else []
    r = run(program, "--appraise", quote, *given, "--at", at, "--json", *more)
    return r, json.loads(r.out)


def wanted_status(expected, evaluation):
    """The exit status under the built-in policy: up to date and not under debug, or it is refused by the policy."""
    good = evaluation["tcb_status"] == "UpToDate" and not expected["body"]["debug"]
    return 0 if good else 7


def check_claims(case, tee, expected, verdict):
    claims = verdict["evidence"]["claims"]
    wrong = [f for f in FIELDS[tee] if f in expected["body"] and claims.get(f) != expected["body"][f]]
    seen = [f for f in FIELDS[tee] if f in expected["body"]]
    report(len(seen) >= 5 and not wrong, f"{case.name}: the claims are the quote's", wrong)


def check_evaluation(program, case, tee, expected, evaluation):
    collateral = case / evaluation["collateral"]
    r, verdict = appraise(program, case / "quote.bin", collateral, evaluation["at"], "--policy", "genuine")
    status = wanted_status(expected, evaluation)
    tcb = verdict["tcb"]
    report(r.status == status == verdict["status"] and verdict["verdict"] == ("accept" if status == 0 else "reject"),
        f"{case.name} with {collateral.name}: {'accepted' if status == 0 else 'refused'}", verdict["reason"], r.status)
    report(tcb["status"] == evaluation["tcb_status"] and tcb["advisories"] == evaluation["advisory_ids"] and
        verdict["evidence"]["anchor"]["kind"] == "hardware",
        f"{case.name} with {collateral.name}: TCB {evaluation['tcb_status']}, {len(evaluation['advisory_ids'])} advisories", tcb)
    print(f"# {tee:4} {case.name:42} {evaluation['at'][:10]} {tcb['status']:34} exit {r.status}")
    check_claims(case, tee, expected, verdict)


def check_suggestion(program, case, tee, expected, evaluation, scratch):
    """What is printed without a policy accepts the quote; one value changed, and it does not."""
    collateral = case / evaluation["collateral"]
    r = run(program, "--appraise", case / "quote.bin", "--collateral", collateral, "--at", evaluation["at"])
    report(r.status in (6, 7) and r.out.rstrip() != "", f"{case.name}: nothing is trusted without a policy", r)
    if evaluation["tcb_status"] in ("Revoked", "NotSupported"):
        report("\n{\n" not in r.out, f"{case.name}: no policy accepts {evaluation['tcb_status']}", r)
        return
    policy = json.loads(r.out[r.out.index("\n{\n"):])
    path = scratch / "policy.json"
    path.write_text(json.dumps(policy))
    r, verdict = appraise(program, case / "quote.bin", collateral, evaluation["at"], "--policy", path)
    report(r.status == 0, f"{case.name}: the policy that was printed accepts it", verdict["reason"])
    entry = policy["accept"][0]
    for key, value in {"tdx": {"mrtd": ["00" * 48], "rtmr": {"2": ["11" * 48]},
            "attributes": {"value": "0000000000000080", "mask": "0000000000000080"}, "tcb_status": ["TDRelaunchAdvised"],
            "mr_service_td": ["22" * 48], "min_tcb_evaluation_number": 1000},
            "sgx": {"mrenclave": ["00" * 32], "mrsigner": ["00" * 32], "isv_prod_id": 4711, "min_isv_svn": 60000,
            "tcb_status": ["ConfigurationNeeded"], "fmspc": ["00" * 6]}}[tee].items():
        path.write_text(json.dumps({**policy, "accept": [{**entry, key: value}]}))
        r, verdict = appraise(program, case / "quote.bin", collateral, evaluation["at"], "--policy", path)
        report(r.status == 7 and verdict["verdict"] == "reject", f"{case.name}: another {key} is refused", verdict["reason"])
    path.write_text(json.dumps({**policy, "anchors": {"snp": ["builtin"], "tdx": [], "sgx": []}}))
    r, verdict = appraise(program, case / "quote.bin", collateral, evaluation["at"], "--policy", path)
    report(r.status == 7 and "policy.anchor" in verdict["reason"], f"{case.name}: refused where its root is no anchor",
        verdict["reason"])


def check_collateral(program, case, evaluation):
    """Without collateral the TCB is not judged, which the built-in policy lets pass and says; a CRL can be demanded."""
    r, verdict = appraise(program, case / "quote.bin", None, evaluation["at"], "--policy", "genuine")
    report(verdict["tcb"]["status"] == "NotEvaluated" and r.status == 0, f"{case.name}: without collateral, not evaluated", r)
    r, verdict = appraise(program, case / "quote.bin", case / evaluation["collateral"], "2031-01-01T00:00:00Z", "--policy",
        "genuine")
    report(r.status == 8, f"{case.name}: expired collateral is refused", verdict["reason"])


def check_event_log(program, shared, scratch):
    case = shared / "testdata/tdx/04-v4-gcp-ccel"
    log = case / "ccel_data.bin"
    evaluation = json.loads((case / "expected.json").read_text())["evaluations"][0]
    r, verdict = appraise(program, case / "quote.bin", case / evaluation["collateral"], evaluation["at"], "--policy", "genuine",
        "--event-log", log)
    found = [c for c in verdict["checks"] if c["name"] == "event_log"]
    report(r.status == 0 and found and found[0]["result"] == "ok", "the genuine event log leads to the RTMRs", verdict["reason"])
    data = bytearray(log.read_bytes())
    data[200] ^= 1
    (scratch / "log").write_bytes(data)
    r, verdict = appraise(program, case / "quote.bin", case / evaluation["collateral"], evaluation["at"], "--policy", "genuine",
        "--event-log", scratch / "log")
    report(r.status == 6 and "event_log" in verdict["reason"], "a changed event log is refused", verdict["reason"], r.status)


def check_flips(program, case, evaluation, scratch):
    good = (case / "quote.bin").read_bytes()
    flipped = scratch / "quote.bin"
    taken = []
    for at in range(0, len(good) - 8, 97):
        data = bytearray(good)
        data[at] ^= 1 << at % 8
        flipped.write_bytes(data)
        r, verdict = appraise(program, flipped, case / evaluation["collateral"], evaluation["at"], "--policy", "genuine")
        if verdict["verdict"] == "accept":
            taken.append(at)
    # PEM has bytes that mean nothing: the newline before it, and those that base64 does not use
    report(len(taken) <= 1, f"{case.name}: refused after a flip", taken)


def check_case(program, case, tee):
    expected = json.loads((case / "expected.json").read_text())
    for evaluation in expected["evaluations"]:
        check_evaluation(program, case, tee, expected, evaluation)
    with tempfile.TemporaryDirectory() as name:
        check_suggestion(program, case, tee, expected, expected["evaluations"][0], pathlib.Path(name))
        if case.name.startswith("02"):
            check_flips(program, case, expected["evaluations"][0], pathlib.Path(name))
    if case.name.startswith("01"):
        check_collateral(program, case, expected["evaluations"][0])


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (shared / "testdata/tdx").is_dir():
        print(f"1..0 # SKIP no genuine evidence in {shared}")
        return 0
    for tee in ("tdx", "sgx"):
        for case in sorted(p.parent for p in (shared / "testdata" / tee).glob("*/expected.json")):
            check_case(program, case, tee)
    with tempfile.TemporaryDirectory() as name:
        check_event_log(program, shared, pathlib.Path(name))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
