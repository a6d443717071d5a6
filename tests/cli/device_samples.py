#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier --appraise DIRECTORY over the signed measurements of a genuine device: all of it is shown, the policy that
it suggests accepts it and no other, and it is refused once a bit is flipped. What is flipped is a sample; the vector test
flips in every byte.

	device_samples.py PROGRAM SHARED_DIR
"""
import base64
import json
import pathlib
import shutil
import sys
import tempfile

from tap import finish, report, run

FILES = ["get_measurements.bin", "measurements.bin", "chain.pem"]
AT = ("--at", "2026-01-01T00:00:00Z")
FWID = "f5c384aebb579217a2c66b17ed0f28e6a9b8d639041acd7b4721cec004f7275494ba94bb5cdfdb3055ee051762b1f75d"


def appraise(program, directory, *more):
    return run(program, "--appraise", directory, *AT, *more)


def check_shown(program, case, expected):
    r = appraise(program, case, "--policy", "genuine", "--json")
    verdict = json.loads(r.out)
    report(r.status == 0 and verdict["verdict"] == "accept", f"{case.name} is genuine", r)
    seen = [(b["index"], b["type"], b["digest"] or b["raw"]) for b in verdict["spdm"]["measurements"]]
    wanted = [(b["index"], b["value_type"] & 0x7F, b["value"]) for b in expected["measurements"]]
    report(seen == wanted and len(seen) == 64, f"{case.name}: every block is shown", r)
    device = verdict["device"]
    leaf = device["certificates"][-1]
    fwids = [f for info in leaf["tcb_infos"] for f in info["fwids"]]
    report(fwids == [{"hash": "sha384", "digest": FWID}], f"{case.name}: the TcbInfo is shown", leaf)
    report((device["version"], device["asym"], device["hash"], device["requester_nonce"], device["signed"]) ==
        (expected["spdm_version"], expected["base_asym"], expected["base_hash"], expected["requester_nonce"], True),
        f"{case.name}: what was negotiated is shown", device)
    text = appraise(program, case, "--policy", "genuine")
    blocks = [line for line in text.out.splitlines() if line.startswith("  block ")]
    report(len(blocks) == 64 and FWID in text.out and "NVIDIA:GH100:" in text.out, f"{case.name}: a person sees it too", text)


def check_policies(program, case, scratch):
    r = appraise(program, case)
    report(r.status == 7 and "no policy given" in r.out, "nothing is trusted without a policy", r)
    policy = json.loads(r.out[r.out.index("\n{\n"):])
    path = scratch / "policy.json"

    def judged(change, what, check):
        changed = json.loads(json.dumps(policy))
        change(changed["accept"][0])
        path.write_text(json.dumps(changed))
        r = appraise(program, case, "--policy", path, "--json")
        verdict = json.loads(r.out) if r.out else {"checks": []}
        failed = [c["name"] for c in verdict["checks"] if c["result"] == "failed"]
        report((r.status, failed) == ((0, []) if check is None else (7, [check, "policy.accept"])), what, r)

    judged(lambda e: None, "the policy that was suggested accepts", None)
    judged(lambda e: e["measurements"][1].update(digest=["00" * 48]), "another digest of a block is not accepted",
        "policy.device.measurements")
    judged(lambda e: e["measurements"].append({"index": 200, "digest": "any"}), "a block that is not there is missed",
        "policy.device.measurements")
    judged(lambda e: e.update(fwids={"sha384": ["00" * 48]}), "other firmware is not accepted", "policy.device.fwids")
    judged(lambda e: e.update(fwids={"sha256": [FWID[:64]]}), "a digest counts for its hash only", "policy.device.fwids")
    judged(lambda e: e["flags"].update(required=["not_tcb"]), "a flag that is required is missed", "policy.device.flags")
    judged(lambda e: e.update(min_svn=1), "a security version is missed", "policy.device.svn")
    judged(lambda e: e.update(device_info=["NVIDIA:GH100:0"]), "another device is not accepted", "policy.device.name")
    policy["anchors"]["device"] = ["00" * 32]
    path.write_text(json.dumps(policy))
    r = appraise(program, case, "--policy", path)
    report(r.status == 7 and "policy.anchor" in r.out, "another root is not accepted", r)


def copy(case, scratch):
    to = scratch / "changed"
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    for name in FILES:
        (to / name).write_bytes((case / name).read_bytes())
    return to


def refused(program, directory):
    r = appraise(program, directory, "--policy", "genuine")
    return r.status in (4, 5, 6) and "TRUSTED" not in r.out.replace("NOT TRUSTED", "")


def check_flips(program, case, scratch):
    for name in FILES[:2]:
        content = (case / name).read_bytes()
        wrong = []
        for at in range(0, len(content), 1 + len(content) // 40):
            to = copy(case, scratch)
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8
            (to / name).write_bytes(changed)
            if not refused(program, to):
                wrong.append(at)
        report(not wrong, f"a bit flipped in {name} is refused", wrong)
    check_certificate_flips(program, case, scratch)


def check_certificate_flips(program, case, scratch):
    blocks = (case / "chain.pem").read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    ders = [base64.b64decode(b.split("-----END")[0]) for b in blocks]
    wrong = []
    for which, der in enumerate(ders[:-1]):  # of the root the key counts
        for at in range(4, len(der), 1 + len(der) // 8):
            changed = bytearray(der)
            changed[at] ^= 1 << at % 8
            to = copy(case, scratch)
            (to / "chain.pem").unlink()
            (to / "chain.der").write_bytes(b"".join(ders[:which] + [bytes(changed)] + ders[which + 1:]))
            if not refused(program, to):
                wrong.append((which, at))
    report(not wrong, "a bit flipped in a certificate is refused", wrong)


def check_incomplete(program, case, scratch):
    for name in FILES:
        to = copy(case, scratch)
        (to / name).unlink()
        r = appraise(program, to, "--policy", "genuine")
        report(r.status == 2 and name in r.out, f"{name} is missed", r)
    to = copy(case, scratch)
    (to / "vca.bin").write_bytes(b"\x10\x84\x00\x00")
    report(refused(program, to), "messages before it that do not fit are refused")


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    cases = sorted(p for p in (shared / "testdata" / "spdm-device").glob("*") if p.is_dir())
    if not cases:
        print("1..0 # SKIP no devices among the test data")
        return 0
    for case in cases:
        with tempfile.TemporaryDirectory() as scratch:
            check_shown(program, case, json.loads((case / "expected.json").read_text()))
            check_policies(program, case, pathlib.Path(scratch))
            check_flips(program, case, pathlib.Path(scratch))
            check_incomplete(program, case, pathlib.Path(scratch))
    return finish()


sys.exit(main())
