#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Two confidential VMs attest each other: tspdm-verifier --tee and tspdm-attester --attest-peer, and requesters that cheat.

	mutual_tee.py ATTESTER VERIFIER FALSE_PEER
"""
import json
import pathlib
import signal
import sys
import tempfile

from serving import Serving
from tap import finish, report, run
from tls_pki import Pki

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
SECRET = "the key of the disk"
GOOD = "50f77ee0" * 12
OTHER = "0badc0de" * 12


def write_policy(path, change=None, **binding):
    policy = json.loads(POLICY.read_text())
    policy["binding"].update(binding)
    if change:
        change(policy)
    path.write_text(json.dumps(policy))
    return path


def checks_of(r):
    return {c["name"]: c for c in json.loads(r.out.splitlines()[-1])["checks"]}


def told(a, words, count):
    """Whether the log comes to tell this so often; its lines arrive when they like."""
    def have():
        return sum(words in line for line in a.lines) >= count
    with a.changed:
        a.changed.wait_for(lambda: have() or a.is_ended, 60)
        return have()


class Programs:
    def __init__(self, attester, verifier, false_peer, scratch):
        self.attester, self.verifier, self.false_peer, self.scratch = attester, verifier, false_peer, scratch
        self.policy = write_policy(scratch / "policy.json", session="required")
        self.kept = scratch / "kept"

    def serve(self, *options, scheme="tcp", tee=("--tee", "soft"), policy=None, demand="require"):
        return Serving(self.attester, "--listen", f"{scheme}://127.0.0.1:0", *tee, "--attest-peer", demand, "--peer-policy",
            policy or self.policy, "--allow-soft-tee", "--receive", self.kept, *options)

    def attest(self, a, *options, policy=None):
        self.kept.unlink(missing_ok=True)
        return run(self.verifier, a.wait_for_urls()[0], "--json", "--allow-soft-tee", "--policy", policy or self.policy,
            "--send", SECRET, *options)

    def cheat(self, a, how):
        r = run(self.false_peer, a.wait_for_urls()[0], how)
        return r, dict(line.split(": ", 1) for line in r.out.splitlines())

    def arrived(self):
        return self.kept.exists() and self.kept.read_text() == SECRET


def check_good(p):
    with p.serve() as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0 and p.arrived(), "two good TEEs attest each other, and the secret arrives", r, a)
        names = list(checks_of(r))
        report(names.index("binding.session") < names.index("session.tee") < names.index("session.application"),
            "first the attester is judged, then the verifier, then the secret goes", r)
        line = a.wait_for("the requester's evidence (sev-snp) is accepted")
        report(line is not None, "the attester's log tells", a)
        r = p.attest(a, "--tee", "soft", "--watch", 1, "--hold", 2)
        report(r.status == 0, "evidence is presented again each time that it is watched", r, a)
        report(told(a, "is accepted", 3), "which the log tells each time", a)
    for kind in ("tdx", "sgx"):
        one_of_kind(p, kind)


def one_of_kind(p, kind):
    collateral, policy = p.scratch / f"{kind}.d", p.scratch / f"{kind}.json"
    soft = ["--tee", "soft", "--soft-kind", kind]
    with Serving(p.attester, "--listen", "tcp://127.0.0.1:0", *soft, "--write-collateral", collateral) as a:
        run(p.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--collateral", collateral, "--write-policy", policy)
    text = json.loads(policy.read_text())
    text.get("spdm", {}).pop("measurements", None)  # a requester shows none
    policy.write_text(json.dumps(text))
    with p.serve("--peer-collateral", collateral, policy=policy) as a:
        r = p.attest(a, *soft)
        report(r.status == 0 and p.arrived(), f"a requester in {kind} is judged by its collateral", r, a)
    with p.serve(policy=policy) as a:
        r = p.attest(a, *soft)
        report(r.status == 6 and not p.kept.exists(), "and refused without", r, a)


def check_wrong(p):
    cases = [
        ("another measurement", ["--soft-measurement", OTHER], "policy.measurement"),
        ("a forged signature", ["--soft-defect", "flip-signature"], "report.signature"),
        ("debugging on", ["--soft-defect", "debug"], "policy.debug"),
        ("evidence for something else", ["--soft-defect", "wrong-report-data"], "binding.session"),
        ("a foreign root", ["--soft-defect", "foreign-root"], "anchor"),
    ]
    with p.serve() as a:
        for name, options, reason in cases:
            r = p.attest(a, "--tee", "soft", *options)
            report(r.status == 6 and checks_of(r)["session.tee"]["result"] == "failed", f"a verifier with {name} is refused", r)
            report(a.wait_for(f"is refused: {reason}") is not None, f"for {reason}, as the log tells", a)
            report(not p.kept.exists() and "session.application" not in checks_of(r), "and no secret passes", r)
        r = p.attest(a, "--tee", "soft", "--soft-defect", "replay", "--watch", 1, "--hold", 3)
        report(r.status == 6 and a.wait_for("is refused: binding.session: it was not made in this session for this nonce"),
            "evidence that was good once is not a second time", r, a)
        r = p.attest(a)
        report(r.status != 0 and "--tee" in checks_of(r)["session.application"]["detail"] and not p.kept.exists(),
            "a verifier that shows none gets nothing, and is told what is missing", r, a)
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0 and p.arrived(), "and a good one still is served", r, a)


def check_attester_wrong(p):
    with p.serve("--soft-measurement", OTHER) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 7 and "session.tee" not in checks_of(r) and not p.kept.exists(),
            "to an attester that is not accepted a verifier proves nothing", r, a)
    with Serving(p.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "soft", "--receive", p.kept) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 6 and checks_of(r)["session.tee"]["result"] == "failed" and not p.kept.exists(),
            "--tee fails where nobody asks for it", r, a)


def check_cheats(p):
    cases = {
        "reflected": "it is about the responder, not about the requester (reflected)",
        "replayed": "it was not made in this session for this nonce",
        "relayed": "it was not made in this session for this nonce",
        "other-key": "it was made for a certificate, not for a session",
    }
    with p.serve() as a:
        r, said = p.cheat(a, "honest")
        report(said == {"presented": "accepted", "more": "answered"}, "a requester of the library's is accepted", r, a)
        for number, (how, reason) in enumerate(cases.items()):
            r, said = p.cheat(a, how)
            report(said == {"presented": "refused", "more": "error 4"}, f"{how} evidence is refused, and nothing more passes", r, a)
            report(told(a, reason, 1 + sum(reason == before for before in list(cases.values())[:number])),
                f"because {reason}", a)
        r, said = p.cheat(a, "unchallenged")
        report(said == {"presented": "error 4", "more": "error 4"}, "evidence without a nonce to answer is not taken", r, a)
        r, said = p.cheat(a, "none")
        report(said == {"more": "error 4"}, "without evidence nothing passes", r, a)


def check_ask(p):
    with p.serve(demand="ask") as a:
        r = p.attest(a)
        report(r.status == 0 and p.arrived(), "where it is asked for, but not required, a verifier without TEE is served", r, a)
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0 and p.arrived(), "and so is one with a good one", r, a)
        r = p.attest(a, "--tee", "soft", "--soft-measurement", OTHER)
        report(r.status == 6 and not p.kept.exists(), "but not one whose evidence is wrong", r, a)
        r, said = p.cheat(a, "reflected")
        report(said == {"presented": "refused", "more": "error 4"}, "who cheats is held back", r, a)


def check_policy(p):
    strange = write_policy(p.scratch / "strange.json", certificate="required", measurement="required", session="none")
    with p.serve(policy=strange) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0, "bindings that a requester cannot have are not demanded", r, a)
        r, said = p.cheat(a, "relayed")
        report(said["presented"] == "refused", "and that to the session always is", r, a)
    aged = write_policy(p.scratch / "aged.json", max_age_s=60)
    with p.serve(policy=aged) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0, "a nonce that was answered at once is young enough", r, a)
    with Serving(p.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "soft", "--attest-peer", "require", "--peer-policy",
            p.policy) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 6 and a.wait_for("the software TEE") is not None, "the software TEE is accepted only when allowed", r, a)
    listed = write_policy(p.scratch / "versions.json", lambda policy: policy.update(spdm={"versions": ["1.1"]}))
    with p.serve(policy=listed) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 6 and a.wait_for("policy.spdm.version: 1.2 is not listed") is not None,
            "what the policy says of SPDM is looked at", r, a)


def check_reload(p):
    policy = write_policy(p.scratch / "changing.json")
    with p.serve(policy=policy) as a:
        r = p.attest(a, "--tee", "soft")
        report(r.status == 0, "a policy accepts", r, a)
        write_policy(policy, lambda text: text["accept"][0].update(measurement=[OTHER]))
        a.process.send_signal(signal.SIGHUP)
        report(a.wait_for("read anew") is not None, "and is read anew by SIGHUP", a)
        r = p.attest(a, "--tee", "soft")
        report(r.status == 6 and a.wait_for("is refused: policy.measurement") is not None, "after which it is another", r, a)


def check_carriers(p):
    pki = Pki(p.scratch)
    with p.serve(*pki.pair("server"), scheme="tls") as a:
        r = p.attest(a, "--tee", "soft", "--tls-trust", pki.path("root.pem"))
        report(r.status == 0 and p.arrived(), "over tls:// it is bound to the TLS connection on both sides", r, a)
        r, said = p.cheat(a, "honest")
        report(said == {"presented": "refused", "more": "error 4"} and
            a.wait_for("not bound to the TLS connection") is not None, "evidence that is not is refused", r, a)
    key = p.scratch / "session.psk"
    key.write_text("00112233445566778899aabbccddeeff")
    key.chmod(0o600)
    with p.serve("--psk", f"vm:{key}") as a:
        r = p.attest(a, "--tee", "soft", "--psk", f"vm:{key}")
        report(r.status == 0 and p.arrived(), "so do sessions by pre-shared key", r, a)
    with p.serve("--delay", "300", "--data-transfer-size", "600") as a:
        r = p.attest(a, "--tee", "soft", "--data-transfer-size", "600")
        report(r.status == 0 and p.arrived(), "and evidence in pieces", r, a)


def check_usage(p):
    listen = ["--listen", "tcp://127.0.0.1:0", "--tee", "none"]
    cases = [
        (p.attester, "needs a policy", [*listen, "--attest-peer", "ask"]),
        (p.attester, "go with --attest-peer", [*listen, "--peer-policy", "genuine"]),
        (p.attester, "go with --attest-peer", [*listen, "--allow-soft-tee"]),
        (p.attester, "none, ask or require", [*listen, "--attest-peer", "maybe"]),
        (p.attester, "no/such", [*listen, "--attest-peer", "ask", "--peer-policy", "no/such"]),
        (p.attester, "no/dir", [*listen, "--attest-peer", "ask", "--peer-policy", "genuine", "--peer-collateral", "no/dir"]),
        (p.attester, "needs sessions", [*listen, "--attest-peer", "ask", "--peer-policy", "genuine", "--caps", "-KEY_EX"]),
        (p.verifier, "must be auto", ["tcp://127.0.0.1:1", "--tee", "abacus"]),
        (p.verifier, "needs a session", ["tcp://127.0.0.1:1", "--no-session", "--tee", "soft"]),
        (p.verifier, "goes with --tee soft", ["tcp://127.0.0.1:1", "--soft-seed", "1"]),
    ]
    for program, words, arguments in cases:
        r = run(program, *arguments)
        report(r.status == 2 and words in r.err, f"{pathlib.Path(program).name}: {words}", r)
    hardware = any(pathlib.Path(d).exists() for d in ("/dev/sev-guest", "/dev/tdx_guest", "/sys/kernel/config/tsm/report"))
    if not hardware:
        r = run(p.verifier, "tcp://127.0.0.1:1", "--tee", "auto")
        report(r.status == 6 and "Without hardware" in r.err, "a verifier without TEE hardware says so", r)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        p = Programs(*sys.argv[1:], pathlib.Path(scratch))
        check_usage(p)
        check_good(p)
        check_wrong(p)
        check_attester_wrong(p)
        check_cheats(p)
        check_ask(p)
        check_policy(p)
        check_reload(p)
        check_carriers(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
