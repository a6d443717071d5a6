#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier --appraise over genuine SEV-SNP evidence: each says what its expected.json says, and is refused once a
bit is flipped. What is flipped is a sample, spread over the fields; the unit tests flip every bit.

	verifier_samples.py PROGRAM SHARED_DIR
"""
import datetime
import json
import pathlib
import sys
import tempfile

from tap import finish, report, run

SIGNED_LEN = 672
# Offsets into the report: one in each field of the signed part, then R and S
REPORT_BYTES = [0x00, 0x04, 0x08, 0x0A, 0x10, 0x30, 0x38, 0x40, 0x48, 0x50, 0x8F, 0x90, 0xBF, 0xC0, 0xE0, 0x140, 0x180, 0x187,
    0x188, 0x1A0, 0x1E0, 0x1F0, 0x200, 0x29F, 0x2A0, 0x2CF, 0x2D0, 0x2E8, 0x317, 0x318]
REPORT_FIELDS = ["version", "guest_svn", "policy", "vmpl", "platform_info", "signing_key", "report_data", "measurement",
    "host_data", "id_key_digest", "report_id", "chip_id", "current_tcb", "reported_tcb", "committed_tcb", "launch_tcb"]
AMD_OID = bytes.fromhex("2b060104019c78")  # 1.3.6.1.4.1.3704, the arc of the extensions


def certificates(case):
    return sorted(p for p in case.iterdir() if p.suffix == ".der")


def moment(expected):
    start = datetime.datetime.fromisoformat(expected["endorsement_key"]["not_before"])
    return (start + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def appraise(program, report_file, certs, at, *more):
    options = [o for c in certs for o in ("--certs", c)]
    return run(program, "--appraise", report_file, *options, "--at", at, "--json", *more)


def check_genuine(program, case, expected, at):
    r = appraise(program, case / "report.bin", certificates(case), at, "--policy", "genuine")
    verdict = json.loads(r.out)
    wanted = "reject" if expected["verdict"]["recommended_default"].startswith("reject") else "accept"
    status = 7 if wanted == "reject" else 0
    report(verdict["verdict"] == wanted and r.status == verdict["status"] == status, f"{case.name} is {wanted}ed", r)
    claims = verdict["evidence"]["claims"]
    wrong = [f for f in REPORT_FIELDS if claims.get(f) != expected["report"][f]]
    report(not wrong, f"{case.name}: the claims are the report's", wrong)
    report(verdict["evidence"]["anchor"]["kind"] == "hardware", f"{case.name}: the anchor is hardware", r)
    return verdict


def check_policies(program, case, expected, at, scratch):
    """The suggested policy accepts; with one value changed it does not; without a policy nothing is trusted."""
    certs = certificates(case)
    r = run(program, "--appraise", case / "report.bin", *[o for c in certs for o in ("--certs", c)], "--at", at)
    report(r.status == 7 and "no policy given" in r.out, f"{case.name}: nothing is trusted without a policy", r)
    policy = json.loads(r.out[r.out.index("\n{\n"):])
    path = scratch / "policy.json"
    path.write_text(json.dumps(policy))
    r = appraise(program, case / "report.bin", certs, at, "--policy", path)
    report(r.status == 0, f"{case.name}: the policy that was printed accepts it", r)
    policy["accept"][0]["measurement"] = ["00" * 48]
    path.write_text(json.dumps(policy))
    r = appraise(program, case / "report.bin", certs, at, "--policy", path)
    reason = json.loads(r.out)["reason"]
    seen = expected["report"]["measurement"]
    report(r.status == 7 and seen in reason and "0000" in reason,
        f"{case.name}: another measurement is refused, expected and seen are named", reason)


def check_report_data(program, case, expected, at):
    certs = certificates(case)
    data = expected["report"]["report_data"]
    r = appraise(program, case / "report.bin", certs, at, "--policy", "genuine", "--report-data", data)
    report(json.loads(r.out)["binding"]["report_data"] == "ok", f"{case.name}: the report data is as given", r)
    other = ("00" if data[:2] != "00" else "01") + data[2:]
    r = appraise(program, case / "report.bin", certs, at, "--policy", "genuine", "--report-data", other)
    report(r.status == 6 and json.loads(r.out)["binding"]["report_data"] == "failed",
        f"{case.name}: other report data is refused", r)


def flip(source, at, bit, target):
    data = bytearray(source.read_bytes())
    data[at] ^= 1 << bit
    target.write_bytes(data)


def check_flipped_report(program, case, at, scratch):
    flipped = scratch / "report.bin"
    taken = []
    for number, offset in enumerate(REPORT_BYTES):
        flip(case / "report.bin", offset, number % 8, flipped)
        r = appraise(program, flipped, certificates(case), at, "--policy", "genuine")
        verdict = json.loads(r.out)
        if r.status != 6 or verdict["verdict"] != "reject":
            taken.append(f"{offset:#x}: {r.status} {verdict['reason']}")
    report(not taken, f"{case.name}: refused after a flip of the report", *taken)


def check_flipped_certificate(program, case, at, scratch):
    key = next(p for p in certificates(case) if p.name in ("vcek.der", "vlek.der"))
    others = [p for p in certificates(case) if p != key]
    data = key.read_bytes()
    first, last = data.index(AMD_OID), data.rindex(AMD_OID)
    flipped = scratch / key.name
    taken = []
    for number, offset in enumerate(range(first, last + 24, 17)):
        flip(key, offset, number % 8, flipped)
        r = appraise(program, case / "report.bin", [*others, flipped], at, "--policy", "genuine")
        if r.status not in (6, 8) or json.loads(r.out)["verdict"] != "reject":
            taken.append(f"{offset:#x}: {r.status}")
    report(not taken, f"{case.name}: refused after a flip of the key's extensions", *taken)


def check_case(program, case, scratch):
    expected = json.loads((case / "expected.json").read_text())
    at = moment(expected)
    check_genuine(program, case, expected, at)
    check_policies(program, case, expected, at, scratch)
    check_report_data(program, case, expected, at)
    check_flipped_report(program, case, at, scratch)
    check_flipped_certificate(program, case, at, scratch)
    r = appraise(program, case / "report.bin", [], at, "--policy", "genuine")
    report(r.status == 8, f"{case.name}: without certificates collateral is missing", r)
    r = appraise(program, case / "report.bin", certificates(case), "2019-01-01T00:00:00Z", "--policy", "genuine")
    report(r.status == 8, f"{case.name}: certificates that are not valid yet are refused", r)


def check_forms(program, snp, scratch):
    """The directory as a whole, the auxblob, raw evidence with its table, and a pipe."""
    case = snp / "03-genoa-v3-auxblob"
    at = moment(json.loads((case / "expected.json").read_text()))
    r = run(program, "--appraise", case / "report.bin", "--certs", case, "--at", at, "--policy", "genuine", "--json")
    report(r.status == 0, "--certs takes a directory, whatever else is in it", r)
    r = appraise(program, case / "report.bin", [case / "auxblob.bin"], at, "--policy", "genuine")
    report(r.status == 0, "--certs takes an auxblob", r)
    raw = (case / "report.bin").read_bytes() + (case / "auxblob.bin").read_bytes()
    (scratch / "raw").write_bytes(raw)
    r = appraise(program, scratch / "raw", [], at, "--policy", "genuine")
    report(r.status == 0, "raw evidence brings its certificates", r)
    r = run(program, "--appraise", "-", "--at", at, "--policy", "genuine", "--json", given=raw)
    report(r.status == 0, "evidence comes through a pipe", r)
    other = snp / "05-genoa-v5-mitvector"
    r = appraise(program, case / "report.bin", certificates(other), at, "--policy", "genuine")
    report(r.status in (6, 8), "another chip's key is refused", r)


def check_revocation(program, snp, scratch):
    """The first intermediate of Genoa is on the genuine CRL."""
    case = snp / "03-genoa-v3-auxblob"
    policy = scratch / "policy.json"
    collateral = scratch / "collateral"
    collateral.mkdir()
    (collateral / "genoa.crl").write_bytes((snp / "crl/ark_genoa_20221031.crl").read_bytes())
    genuine = {"version": 1, "anchors": {"snp": ["builtin"]}, "accept": [{"tee": "sev-snp", "product": "any",
        "measurement": "any", "min_tcb": "any", "policy": {"debug": False, "migrate_ma": False, "smt": True}, "vmpl": "any",
        "host_data": "any", "signer": ["vcek"], "require_crl": True}],
        "binding": {"certificate": "optional", "measurement": "optional"}}
    policy.write_text(json.dumps(genuine))
    at = moment(json.loads((case / "expected.json").read_text()))
    r = appraise(program, case / "report.bin", certificates(case), at, "--policy", policy)
    report(r.status == 8, "a CRL that the policy demands is missed", r)
    r = appraise(program, case / "report.bin", certificates(case), at, "--policy", policy, "--collateral", collateral)
    report(r.status == 8, "an outdated CRL is no CRL", r)


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    snp = shared / "testdata/snp"
    if not snp.is_dir():
        print(f"1..0 # SKIP no genuine evidence in {shared}")
        return 0
    for case in sorted(p.parent for p in snp.glob("*/expected.json")):
        with tempfile.TemporaryDirectory() as name:
            check_case(program, case, pathlib.Path(name))
    with tempfile.TemporaryDirectory() as name:
        check_forms(program, snp, pathlib.Path(name))
        check_revocation(program, snp, pathlib.Path(name))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
