#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Bundles from the command line: written while an endpoint or a file is judged, and judged again with the same outcome; devices
beside a guest, from directories and from the attester; results that are relied on.

	bundles.py ATTESTER VERIFIER MAKE_REQUESTER SHARED_DIR
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from serving import Serving
from tap import finish, report, run, skip

SOFT = ["--tee", "soft"]
ALLOW = ["--allow-soft-tee"]
AT = "2026-01-01T00:00:00Z"
LIVE_ONLY = {"session.open", "session.end", "session.mutual", "spdm.mutual", "session.psk"}


class World:
    def __init__(self, attester, verifier, make, shared, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.device = pathlib.Path(shared) / "testdata/spdm-device/01-gh100-1.1"
        self.alice = scratch / "alice"
        self.alice.mkdir()
        subprocess.run([sys.executable, make, self.alice, "ecdsa-p384"], check=True, stdin=subprocess.DEVNULL)
        subprocess.run(["openssl", "pkey", "-in", self.alice / "leaf.key", "-pubout", "-out", self.alice / "leaf.pub"], check=True)
        self.bundle = scratch / "bundle.cbor"
        self.count = 0

    def serve(self, *options, at="tcp://127.0.0.1:0"):
        return Serving(self.attester, "--listen", at, *options)

    def attest(self, a, *options):
        return run(self.verifier, (a.wait_for_urls() or ["unix:/nonexistent/attester"])[0], *options)

    def appraise(self, *options, bundle=None):
        return run(self.verifier, "--appraise", bundle or self.bundle, *options)

    def policy_of(self, a, *options):
        self.count += 1
        policy = self.scratch / f"policy-{self.count}.json"
        r = self.attest(a, "--write-policy", policy, *options)
        return policy if policy.exists() else report(False, "a policy is written", r) or policy


def checks_of(verdict):
    return {(c["name"], c["result"]) for c in verdict["checks"] if c["name"] not in LIVE_ONLY and c["name"] != "bundle.record"}


def in_an_hour():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def is_same(live, again):
    """Whether two verdicts agree, in all that a record can show."""
    same = ("verdict", "status", "evidence", "tcb", "binding")
    return all(live[key] == again[key] for key in same) and checks_of(live) == checks_of(again) and \
        live["spdm"]["measurements"] == again["spdm"]["measurements"] and \
        live["identity"]["key_sha256"] == again["identity"]["key_sha256"]


def check_round_trips(w):
    me = ["--cert", w.alice / "chain.pem", "--key", w.alice / "leaf.key", "--mutual"]
    clear = ["--caps", "+HANDSHAKE_IN_THE_CLEAR"]
    plain = ["--evidence", "none", "--trust", w.scratch / "root.pem"]
    collateral = w.scratch / "collateral"
    rows = {
        "sev-snp": (SOFT, ALLOW, ALLOW),
        "tdx": ([*SOFT, "--soft-kind", "tdx"], ALLOW, ALLOW),
        "tdx with collateral": ([*SOFT, "--soft-kind", "tdx", "--write-collateral", collateral],
            [*ALLOW, "--collateral", collateral], ALLOW),
        "sgx": ([*SOFT, "--soft-kind", "sgx"], ALLOW, ALLOW),
        "1.1": (SOFT, [*ALLOW, "--versions", "1.1"], ALLOW),
        "no session": (SOFT, [*ALLOW, "--no-session"], ALLOW),
        "in chunks": ([*SOFT, "--caps", "+CHUNK"], [*ALLOW, "--data-transfer-size", 512], ALLOW),
        "handshake in the clear": ([*SOFT, *clear], [*ALLOW, *clear], ALLOW),
        "mutual": ([*SOFT, "--mutual", "require", "--trust", w.alice / "root.pem"], [*ALLOW, *me], ALLOW),
        "mutual, by a chain that the attester has": ([*SOFT, "--mutual", "require", "--mutual-form", "plain", "--trust",
            w.alice / "root.pem", "--requester-cert", w.alice / "chain.pem"], [*ALLOW, *me], ALLOW),
        "mutual, by a key": ([*SOFT, "--mutual", "require", "--requester-key", w.alice / "leaf.pub"],
            [*ALLOW, *me, "--public-key-only"], ALLOW),
        "a plain device": (["--tee", "none", "--write-root", w.scratch / "root.pem"], plain, plain),
    }
    for name, (attester, verifier, appraiser) in rows.items():
        with w.serve(*attester) as a:
            policy = w.policy_of(a, *verifier)
            live = w.attest(a, *verifier, "--policy", policy, "--bundle", w.bundle, "--json")
            again = w.appraise(*appraiser, "--policy", policy, "--json")
            report(live.status == 0 and again.status == 0 and is_same(json.loads(live.out), json.loads(again.out)),
                f"{name}: the same verdict from the bundle", live, again)
        with w.serve(*attester, *(["--soft-measurement", "ab" * 48] if "soft" in attester and "sgx" not in attester
                else [])) as other:
            live = w.attest(other, *verifier, "--policy", policy, "--bundle", w.bundle, "--json")
            again = w.appraise(*appraiser, "--policy", policy, "--json")
            report(live.status == again.status and json.loads(live.out)["verdict"] == json.loads(again.out)["verdict"],
                f"{name}: and of another, whatever it is", live, again)


def check_refusals(w):
    with w.serve(*SOFT) as a:
        policy = w.policy_of(a, *ALLOW)
        good = ["--policy", policy, *ALLOW]
        w.attest(a, *good, "--bundle", w.bundle)
        report(w.appraise(*good).status == 0, "a bundle is trusted by its policy")
        report(w.appraise("--policy", policy).status == 6, "not without --allow-soft-tee")
        report(w.appraise(*ALLOW).status == 7, "not without a policy")
        r = w.appraise(*good, "--at", "2020-01-01T00:00:00Z")
        report(r.status != 0, "not before there were its certificates", r)
        r = w.appraise(*good, "--bundle", w.scratch / "again")
        report(r.status == 1 and "bundle already" in r.err and not (w.scratch / "again").exists(),
            "a bundle is not bundled again", r)
        aged = json.loads(policy.read_text())
        aged["binding"]["max_age_s"] = 60
        (w.scratch / "aged.json").write_text(json.dumps(aged))
        r = w.appraise("--policy", w.scratch / "aged.json", *ALLOW, "--at", in_an_hour())
        report(r.status == 7 and "seconds old" in r.out, "an old bundle is old", r)
    whole = w.bundle.read_bytes()
    changed = w.scratch / "changed.cbor"
    for name, content in {"cut": whole[:-1], "damaged": whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:],
            "longer": whole + b"\0"}.items():
        changed.write_bytes(content)
        r = w.appraise(*good, bundle=changed)
        report(r.status in (5, 6) and "bundle:" in r.out, f"one that is {name} is refused", r)
    r = run(w.verifier, "unix:/nonexistent/attester", "--bundle", w.scratch / "none.cbor")
    report(r.status == 3 and "nothing written" in r.err and not (w.scratch / "none.cbor").exists(),
        "nothing is written where nothing came", r)
    changed.write_bytes(b"report")
    for option in (["--evidence", "none"], ["--peer-key", w.alice / "leaf.pub"]):
        r = w.appraise(*option, bundle=changed)
        report(r.status == 2, f"{option[0]} goes with a bundle only", r)


def check_bare(w):
    with w.serve(*SOFT, "--soft-defect", "flip-report") as a:
        live = w.attest(a, *ALLOW, "--policy", "genuine", "--bundle", w.bundle, "--json")
        again = w.appraise(*ALLOW, "--policy", "genuine", "--json")
        report(live.status == 6 and again.status == 6, "a forgery stays one", live, again)


def check_devices(w):
    if not w.device.exists():
        skip("devices beside a guest", "the shared samples are not here")
        return
    directory = ["--device", w.device]
    with w.serve(*SOFT) as a:
        policy = w.policy_of(a, *ALLOW, *directory)
        text = json.loads(policy.read_text())
        report(text["devices"] == 1 and [e["tee"] for e in text["accept"]] == ["sev-snp", "device"],
            "the policy that is written has the device", text)
        good = [*ALLOW, "--policy", policy]
        r = w.attest(a, *good, *directory, "--bundle", w.bundle, "--json")
        report(r.status == 0 and json.loads(r.out)["devices"][0]["genuine"], "a guest and its device are trusted together", r)
        report(w.appraise(*good).status == 0, "and from their bundle")
        r = w.attest(a, *good, "--json")
        report(r.status == 7 and "policy.devices" in r.out, "the guest alone is not what the policy wants", r)
        text["accept"][1]["measurements"][0]["digest"] = ["5a" * len(bytes.fromhex(
            text["accept"][1]["measurements"][0]["digest"][0]))]
        other = w.scratch / "other-device.json"
        other.write_text(json.dumps(text))
        r = w.attest(a, *ALLOW, "--policy", other, *directory)
        report(r.status == 7 and "policy.device" in r.out, "a device with other measurements is refused", r)
        changed = w.scratch / "device"
        changed.mkdir()
        for file in w.device.iterdir():
            content = bytearray(file.read_bytes())
            if file.name == "measurements.bin":
                content[100] ^= 1
            (changed / file.name).write_bytes(content)
        r = w.attest(a, *good, "--device", changed)
        report(r.status == 5 and "✗ device" in r.out, "a device with a flipped bit takes the guest's trust away", r)
        r = w.attest(a, *good, "--device", w.scratch / "nowhere")
        report(r.status == 2 and "nowhere" in r.err, "a device that is not there is a usage error", r)
    with w.serve(*SOFT, "--device-report", w.device) as a:
        r = w.attest(a, *good, "--json", "--bundle", w.bundle)
        report(r.status == 0 and json.loads(r.out)["devices"][0]["name"] == "the peer's device 1",
            "an attester vouches for its device", r)
        report(w.appraise(*good).status == 0, "and so does the bundle of it")
        r = w.attest(a, *good, "--no-session")
        report(r.status != 0, "without a session nobody vouches", r)
    with w.serve(*SOFT, "--device-report", changed) as a:
        r = w.attest(a, *good)
        report(r.status == 5, "an attester vouches for no changed report", r)
    r = run(w.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "none", "--device-report", w.device)
    report(r.status == 2 and "--device-report" in r.err, "who has no evidence vouches for nobody", r)
    r = run(w.attester, "--listen", "tcp://127.0.0.1:0", *SOFT, "--device-report", w.scratch)
    report(r.status == 2 and "get_measurements.bin" in r.err, "a directory without report is a usage error", r)
    r = run(w.verifier, "--appraise", w.device, "--policy", "genuine", "--at", AT, "--bundle", w.bundle)
    again = w.appraise("--policy", "genuine", "--at", AT)
    report(r.status == again.status == 0, "a device alone is bundled and appraised again", r, again)


def new_key(w, name, curve):
    private, public = w.scratch / f"{name}.pem", w.scratch / f"{name}-public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", private],
        check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


def check_results(w):
    private, public = new_key(w, "verifier", "P-256")
    _, stranger = new_key(w, "stranger", "P-256")
    _, wider = new_key(w, "wider", "P-384")
    result = w.scratch / "result.jwt"
    with w.serve(*SOFT) as a:
        policy = w.policy_of(a, *ALLOW)
        r = w.attest(a, *ALLOW, "--policy", policy, "--result", result, "--sign-key", private, "--json")
        nonce = json.loads(r.out)["binding"]["nonce"]

    def check(*options, key=public, file=result):
        return run(w.verifier, "--check-result", file, "--result-key", key, *options)
    r = check("--json", "--policy", policy, "--max-age", 600, "--result-nonce", nonce)
    found = json.loads(r.out)
    report(r.status == 0 and found["valid"] and found["result"] == "warning" and found["schema"] == "tspdm.result/1",
        "a result is relied on", r)
    report(check("--json").out.count("\n") == 1 and check("--quiet").out == "", "and told as the options want it")
    for name, options, status, words in (
            ("another nonce", ["--result-nonce", "00" * 32], 6, "another nonce"),
            ("another policy", ["--policy", "genuine"], 7, "another policy"),
            ("another holder", ["--holder", stranger], 6, "another key"),
            ("a time when it was too old", ["--max-age", 60, "--at", "2036-01-01T00:00:00Z"], 8, "older"),
            ("a time before it was made", ["--at", "2020-01-01T00:00:00Z"], 8, "not valid yet")):
        r = check(*options)
        report(r.status == status and words in r.out and "NOT TO BE RELIED ON" in r.out, f"not with {name}", r)
    report(check(key=stranger).status == 5, "not by another key")
    report(check(key=wider).status == 5, "not by a key of another algorithm")
    header, payload, signature = result.read_text().strip().split(".")
    forged = w.scratch / "forged.jwt"
    for name, text in {"alg none": f"eyJhbGciOiJub25lIn0.{payload}.", "no signature": f"{header}.{payload}.",
            "another payload": f"{header}.{payload[:-4]}AAAA.{signature}", "two parts": f"{header}.{payload}"}.items():
        forged.write_text(text)
        report(check(file=forged).status in (5, 6), f"{name} is refused")
    for name, arguments, words in (
            ("no key", ["--check-result", result], "--result-key"),
            ("a key that is none", ["--check-result", result, "--result-key", result], "--result-key"),
            ("a file that is not there", ["--check-result", "/nonexistent", "--result-key", public], "/nonexistent"),
            ("an endpoint", ["--check-result", result, "--result-key", public, "unix:/x"], "offline"),
            ("a short nonce", ["--check-result", result, "--result-key", public, "--result-nonce", "00"], "8 to 64"),
            ("a holder without result", ["unix:/x", "--holder", public], "--check-result")):
        r = run(w.verifier, *arguments)
        report(r.status == 2 and words in r.err, f"{name} is a usage error", r)


def main():
    attester, verifier, make, shared = sys.argv[1:5]
    with tempfile.TemporaryDirectory() as scratch:
        w = World(attester, verifier, make, shared, pathlib.Path(scratch))
        check_round_trips(w)
        check_refusals(w)
        check_bare(w)
        check_devices(w)
        check_results(w)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
