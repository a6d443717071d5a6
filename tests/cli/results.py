#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the verifier leaves behind: a policy from a known-good run, and a signed result, checked with openssl.

	results.py ATTESTER VERIFIER
"""
import base64
import hashlib
import json
import pathlib
import stat
import subprocess
import sys
import tempfile

from serving import Serving
from tap import finish, report, run

AT = ["--listen", "tcp://127.0.0.1:0", "--tee", "soft"]
KINDS = {"sev-snp": "policy.json", "tdx": "policy-tdx.json"}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_der(pair):
    def integer(raw):
        body = raw.lstrip(b"\0") or b"\0"
        body = b"\0" + body if body[0] & 0x80 else body
        return b"\x02" + bytes([len(body)]) + body
    half = len(pair) // 2
    body = integer(pair[:half]) + integer(pair[half:])
    return b"\x30" + bytes([len(body)]) + body


class Key:
    def __init__(self, scratch, curve, name, digest, algorithm):
        self.path, self.public = scratch / f"{name}.pem", scratch / f"{name}-public.pem"
        self.digest, self.algorithm = digest, algorithm
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", self.path],
            check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-out", self.public], check=True)

    def verifies(self, scratch, jwt):
        text, signature = jwt.rsplit(".", 1)
        (scratch / "signature").write_bytes(encode_der(decode(signature)))
        done = subprocess.run(["openssl", "dgst", f"-{self.digest}", "-verify", self.public, "-signature",
            scratch / "signature"], input=text.encode(), capture_output=True, check=False)
        return done.returncode == 0


class World:
    def __init__(self, attester, verifier, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.keys = [Key(scratch, "P-256", "p256", "sha256", "ES256"), Key(scratch, "P-384", "p384", "sha384", "ES384")]
        self.result = scratch / "result.jwt"

    def attest(self, a, *options):
        return run(self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", *options)

    def sign(self, key):
        return ["--result", self.result, "--sign-key", key.path]

    def read(self):
        jwt = self.result.read_text().strip()
        header, claims, _ = jwt.split(".")
        return jwt, json.loads(decode(header)), json.loads(decode(claims))


def check_policies(w):
    for kind, name in KINDS.items():
        policy = w.scratch / name
        with Serving(w.attester, *AT, "--soft-kind", kind) as a:
            r = w.attest(a, "--write-policy", policy)
            report(r.status == 7 and policy.exists() and "software TEE, which anyone" in r.err and '"accept"' not in r.out,
                f"{kind}: a policy is written, and nothing trusted yet", r)
            report(stat.S_IMODE(policy.stat().st_mode) & ~0o022 == 0o644, f"{kind}: others may read it", oct(policy.stat().st_mode))
            before = policy.read_text()
            r = w.attest(a, "--policy", policy)
            report(r.status == 0, f"{kind}: by it the guest is trusted", r)
            r = w.attest(a, "--write-policy", policy)
            report(r.status == 2 and "not overwritten" in r.err and policy.read_text() == before,
                f"{kind}: a policy that is there stays as it is", r)
            again = w.scratch / ("again-" + name)
            r = w.attest(a, "--policy", policy, "--write-policy", again, "--json")
            report(r.status == 0 and again.read_text() == before and json.loads(r.out)["verdict"] == "warn",
                f"{kind}: who is trusted may be written down too", r)
        with Serving(w.attester, *AT, "--soft-kind", kind, "--soft-measurement", "cd" * 48) as a:
            r = w.attest(a, "--policy", policy)
            report(r.status == 7, f"{kind}: by it another guest is refused", r)
    nothing = w.scratch / "nothing.json"
    with Serving(w.attester, *AT, "--soft-defect", "flip-report") as a:
        r = w.attest(a, "--write-policy", nothing)
        report(r.status == 6 and not nothing.exists() and "nothing written" in r.err, "a forgery is not written down", r)
    with Serving(w.attester, *AT) as a:
        r = w.attest(a, "--write-policy", "/nonexistent/policy")
        report(r.status == 7 and "/nonexistent/policy" in r.err, "a policy that cannot be written is told", r)


def check_good_result(w):
    policy = w.scratch / KINDS["tdx"]
    collateral = w.scratch / "collateral"
    with Serving(w.attester, *AT, "--soft-kind", "tdx", "--write-collateral", collateral) as a:
        for key, other in (w.keys, w.keys[::-1]):
            r = w.attest(a, "--policy", policy, "--collateral", collateral, "--json", *w.sign(key))
            jwt, header, claims = w.read()
            report(r.status == 0 and header["alg"] == key.algorithm and key.verifies(w.scratch, jwt),
                f"openssl verifies the signature, {key.algorithm}", r, header)
            head, body, signature = jwt.split(".")
            altered = ".".join([head, body[:-6] + ("A" if body[-6] != "A" else "B") + body[-5:], signature])
            report(not key.verifies(w.scratch, altered), f"and none over other claims, {key.algorithm}")
        part = claims["submods"]["tdx"]
        verdict = json.loads(r.out)
        digest = base64.urlsafe_b64encode(hashlib.sha256(policy.read_bytes()).digest()).decode().rstrip("=")
        report(part["ear_appraisal_policy_ids"] == [f"ni:///sha-256;{digest}"], "it names the policy by its digest", part)
        report(part["ear_status"] == "warning" and part["ear_trustworthiness_vector"]["hardware"] == 32 and
            part["ear_trustworthiness_vector"]["executables"] == 3, "the software TEE is never affirmed", part)
        report(decode(claims["eat_nonce"]).hex() == verdict["binding"]["nonce"], "it has the nonce of the exchange", claims)
        jwk = claims["cnf"]["jwk"]
        point = b"\x04" + decode(jwk["x"]) + decode(jwk["y"])
        spki = bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200") + point
        report(jwk["crv"] == "P-384" and hashlib.sha256(spki).hexdigest() == verdict["identity"]["key_sha256"],
            "it confirms the attester's key", claims)


def check_bad_result(w):
    key = w.keys[0]
    with Serving(w.attester, *AT, "--soft-defect", "flip-signature") as a:
        r = w.attest(a, "--policy", w.scratch / KINDS["sev-snp"], *w.sign(key))
        jwt, _, claims = w.read()
        part = claims["submods"]["sev-snp"]
        report(r.status == 6 and key.verifies(w.scratch, jwt) and part["ear_status"] == "contraindicated" and
            part["ear_trustworthiness_vector"]["hardware"] == 99, "a forgery has a result too", r, part)
        report(part["tspdm_verdict"]["verdict"] == "reject" and part["tspdm_verdict"]["status"] == 6, "with the reason", part)
    r = run(w.verifier, f"unix:{w.scratch}/none", "--policy", "genuine", *w.sign(key))
    jwt, _, claims = w.read()
    report(r.status == 3 and key.verifies(w.scratch, jwt) and claims["submods"]["spdm"]["ear_status"] == "none" and
        "cnf" not in claims and "eat_nonce" not in claims, "who cannot be reached is neither trusted nor refused", r, claims)
    with Serving(w.attester, *AT) as a:
        r = w.attest(a, "--policy", w.scratch / KINDS["sev-snp"], "--result", "/nonexistent/r", "--sign-key", key.path)
        report(r.status == 1 and "/nonexistent/r" in r.err, "a result that cannot be written is told by the status", r)


def main():
    with tempfile.TemporaryDirectory() as name:
        w = World(*sys.argv[1:3], pathlib.Path(name))
        check_policies(w)
        check_good_result(w)
        check_bad_result(w)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
