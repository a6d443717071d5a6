#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Sessions in which more than the attester is authenticated, or by other means, and those in small pieces: mutual
authentication in each form, pre-shared keys, chunks. Over every endpoint, and what is refused.

	forms.py ATTESTER VERIFIER MAKE_REQUESTER
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from serving import Serving
from tap import finish, report, run, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
MIB = 1 << 20
CLEAR = ["--caps", "+HANDSHAKE_IN_THE_CLEAR"]
SMALL = ["--data-transfer-size", 64]
NO_CERTIFICATES = ["--tee", "none", "--caps", "-CERT,-CHAL,-KEY_EX,-MEAS_SIG,+MEAS_NO_SIG"]
BY_KEY = ["--evidence", "none", "--policy", "genuine"]
BY_EVIDENCE = ["--allow-soft-tee", "--policy", POLICY]
SOFT = ["--tee", "soft"]


class Requester:
    """Somebody to be: root, chain and key in a directory."""
    def __init__(self, make, directory, algorithm):
        directory.mkdir()
        subprocess.run([sys.executable, make, directory, algorithm], check=True, stdin=subprocess.DEVNULL)
        self.root, self.chain, self.key = (directory / name for name in ("root.pem", "chain.pem", "leaf.key"))
        self.public = directory / "leaf.pub"
        self.identity = ["--cert", self.chain, "--key", self.key]


class Forms:
    def __init__(self, attester, verifier, make, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.alice = Requester(make, scratch / "alice", "ecdsa-p384")
        self.bob = Requester(make, scratch / "bob", "ecdsa-p256")
        write_public_key(self.alice)
        self.psk, self.other_psk = self.secret("psk", os.urandom(32).hex()), self.secret("other", os.urandom(32).hex())

    def secret(self, name, text):
        path = self.scratch / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def serve(self, *options, at="tcp://127.0.0.1:0"):
        return Serving(self.attester, "--listen", at, *options)

    def attest(self, a, *options):
        urls = a.wait_for_urls()
        return run(self.verifier, urls[0] if urls else "unix:/nonexistent/attester", *options)

    def endpoints(self):
        return ["emu+mctp://127.0.0.1:0", "emu+doe://127.0.0.1:0", "emu+tcp://127.0.0.1:0", "tcp://127.0.0.1:0",
            f"unix:{self.scratch}/socket"]

    def all(self):
        """name: what the verifier is told, and the attester; members of spdm.session; checks; how much is said"""
        alice, psk = self.alice, f"a hint:{self.psk}"
        trust = ["--mutual", "require", "--trust", alice.root]
        me = [*alice.identity, "--mutual", *BY_EVIDENCE]
        plain = [*SOFT, *trust, "--mutual-form", "plain", "--requester-cert", alice.chain]
        mutual = {"psk": False, "mutual": True}
        checks = {"session.mutual": "ok"}
        by_psk = {"psk": True, "mutual": False, "dhe": None}
        return {
            "mutual, encapsulated": (me, [*SOFT, *trust], mutual, checks, MIB),
            "mutual, encapsulated, in the clear": ([*me, *CLEAR], [*SOFT, *trust, *CLEAR],
                {**mutual, "handshake_in_the_clear": True}, checks, 5000),
            "mutual, implicit": (me, [*SOFT, *trust, "--mutual-form", "implicit"], mutual, checks, MIB),
            "mutual, implicit, in the clear": ([*me, *CLEAR], [*SOFT, *trust, "--mutual-form", "implicit", *CLEAR],
                {**mutual, "handshake_in_the_clear": True}, checks, 5000),
            "mutual, plain": (me, plain, mutual, checks, MIB),
            "mutual, plain, in the clear": ([*me, *CLEAR], [*plain, *CLEAR],
                {**mutual, "handshake_in_the_clear": True}, checks, 5000),
            "mutual, by public key": ([*me, "--public-key-only"],
                [*SOFT, "--mutual", "require", "--requester-key", alice.public], mutual, checks, MIB),
            "basic mutual": ([*alice.identity, "--basic-mutual", *BY_EVIDENCE],
                [*SOFT, "--basic-mutual", "--trust", alice.root], {"mutual": False},
                {"spdm.mutual": "ok", "session.mutual": "skipped"}, 5000),
            "mutual, both ways": ([*me, "--basic-mutual"], [*SOFT, *trust, "--basic-mutual"], mutual,
                {"spdm.mutual": "ok", **checks}, 5000),
            "pre-shared key": (["--psk", psk, *BY_EVIDENCE], [*SOFT, "--psk", psk], by_psk, {"session.psk": "ok"}, MIB),
            "pre-shared key without context": (["--psk", psk, *BY_EVIDENCE], [*SOFT, "--psk", psk, "--caps", "+PSK"],
                by_psk, {"session.psk": "ok"}, MIB),
            "pre-shared key and no certificates": (["--psk", psk, *BY_KEY], [*NO_CERTIFICATES, "--psk", psk], by_psk,
                {"session.psk": "ok"}, MIB),
            "pre-shared key, MAC only": (["--psk", psk, *BY_EVIDENCE, "--caps", "-ENCRYPT"], [*SOFT, "--psk", psk],
                {**by_psk, "mac_only": True}, {"session.psk": "ok"}, 5000),
            "chunked": ([*SMALL, *BY_EVIDENCE], [*SOFT, *SMALL], {"psk": False}, {}, 100 << 10),
            "chunked and mutual": ([*SMALL, *me], [*SOFT, *trust, *SMALL], mutual, checks, 100 << 10),
            "chunked, by pre-shared key": ([*SMALL, "--psk", psk, *BY_EVIDENCE], [*SOFT, "--psk", psk, *SMALL], by_psk,
                {"session.psk": "ok"}, 100 << 10),
        }


def write_public_key(requester):
    from cryptography.hazmat.primitives import serialization
    key = serialization.load_pem_private_key(requester.key.read_bytes(), None)
    requester.public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo))


def check_one(f, name, form, at):
    mine, theirs, session, checks, size = form
    sent, back = f.scratch / "sent", f.scratch / "back"
    sent.write_bytes(os.urandom(size))
    expected = {**checks, **{f"session.{n}": "ok" for n in ("open", "heartbeat", "keys", "application", "end")}}
    with f.serve("--app", "echo", *theirs, at=at) as a:
        r = f.attest(a, "--json", "--heartbeats", 3, "--key-updates", 10, "--send", sent, "--receive", back, *mine)
        verdict = json.loads(r.out) if r.out else {"checks": [], "spdm": {}}
        seen = {c["name"]: c["result"] for c in verdict["checks"] if c["name"] == "spdm.mutual" or
            c["name"].startswith("session.")}
        s = verdict["spdm"].get("session") or {}
        name = f"{at.split(':')[0]}: {name}"
        report(r.status == 0 and seen == expected and session.items() <= s.items() and back.exists() and
            back.read_bytes() == sent.read_bytes(), f"{name}: all that was asked is done, {size} bytes each way", r, a)
        line = a.wait_for("GET_VERSION") or ""
        is_seen = "CHUNK_GET" in line if "chunked" in name else "HEARTBEAT x3" in line and "KEY_UPDATE x20" in line
        is_known = "mutual" not in name or a.wait_for("the requester is") is not None
        report(is_seen and is_known and ("END_SESSION" in line or "not shown" in line), f"{name}: the attester saw it", a)
    back.unlink(missing_ok=True)


def check_forms(f):
    for at in f.endpoints():
        for name, form in f.all().items():
            check_one(f, name, form, at)


def check_versions(f):
    for version in ("1.1", "1.2"):
        for name, form in f.all().items():
            if version == "1.1" and "chunked" in name:
                continue
            mine, theirs, session, checks, _ = form
            both = ["--versions", version]
            with f.serve("--app", "echo", *theirs, *both) as a:
                r = f.attest(a, "--json", "--key-updates", 2, "--send", "a word", *mine, *both)
                verdict = json.loads(r.out)
                report(r.status == 0 and verdict["spdm"]["version"] == version and
                    session.items() <= verdict["spdm"]["session"].items(), f"{name}, by SPDM {version}", r, a)


def check_bare(f):
    """Where there are no records there are no sessions, so nobody is known in one."""
    psk = f"a hint:{f.psk}"
    for name, mine, theirs in (
            ("a pre-shared key", ["--psk", psk, *BY_EVIDENCE], [*SOFT, "--psk", psk]),
            ("a pre-shared key and no certificates", ["--psk", psk, *BY_KEY], [*NO_CERTIFICATES, "--psk", psk]),
            ("mutual authentication", [*f.alice.identity, "--mutual", *BY_EVIDENCE],
                [*SOFT, "--mutual", "require", "--trust", f.alice.root])):
        with f.serve(*theirs, at="emu+none://127.0.0.1:0") as a:
            r = f.attest(a, *mine)
            report(r.status == 4 and "carries no sessions" in r.out, f"{name} over bare messages fails", r, a)


def check_algorithms(f):
    """Whatever a requester signs with; and what both sides are told to."""
    for at, algorithm in enumerate(("ecdsa-p256", "rsapss-3072", "ed25519")):
        who = Requester(sys.argv[3], f.scratch / f"who{at}", algorithm)
        with f.serve(*SOFT, "--mutual", "require", "--trust", who.root) as a:
            r = f.attest(a, *who.identity, "--mutual", *BY_EVIDENCE)
            report(r.status == 0 and "session.mutual" in r.out, f"a requester signs by {algorithm}", r, a)
    for mine, theirs, status in ((["--req-asym", "ecdsa-p384"], [], 0), ([], ["--req-asym", "ecdsa-p384"], 0),
            ([], ["--req-asym", "ecdsa-p256"], 4)):
        with f.serve(*SOFT, "--mutual", "require", "--trust", f.alice.root, *theirs) as a:
            r = f.attest(a, *f.alice.identity, "--mutual", *BY_EVIDENCE, *mine)
            report(r.status == status, f"--req-asym: {mine} and {theirs} is status {status}", r, a)
    with f.serve(*SOFT) as a:
        r = f.attest(a, *f.alice.identity, "--req-asym", "ecdsa-p521", *BY_EVIDENCE)
        report(r.status == 2 and "--req-asym" in r.err, "a key that does not sign so is a usage error", r)
    r = run(f.verifier, "unix:/x", "--cert", f.alice.chain, "--key", f.bob.key)
    report(r.status == 2 and "no private key for the leaf" in r.err, "another's key is a usage error", r)


def refusals(f):
    """name: what the verifier is told, and the attester; the exit status, and words of the output"""
    alice, bob, psk = f.alice, f.bob, f"a hint:{f.psk}"
    me = [*alice.identity, *BY_EVIDENCE]
    bobs = [*SOFT, "--mutual", "require", "--trust", bob.root]
    key_of_bob = f.scratch / "bob.pub"
    write_public_key(bob)
    bob.public.rename(key_of_bob)
    return {
        "another pre-shared key": (["--psk", f"a hint:{f.other_psk}", *BY_EVIDENCE], [*SOFT, "--psk", psk], 5,
            "has another key by the hint"),
        "another pre-shared key, without context": (["--psk", f"a hint:{f.other_psk}", *BY_EVIDENCE],
            [*SOFT, "--psk", psk, "--caps", "+PSK"], 5, "has another key by the hint"),
        "another pre-shared key, and no certificates": (["--psk", f"a hint:{f.other_psk}", *BY_KEY],
            [*NO_CERTIFICATES, "--psk", psk], 5, "has another key by the hint"),
        "another hint": (["--psk", f"another:{f.psk}", *BY_EVIDENCE], [*SOFT, "--psk", psk], 4,
            "does it have a key by the hint"),
        "no hint": (["--psk", f":{f.psk}", *BY_EVIDENCE], [*SOFT, "--psk", psk], 4, "does it have a key by the hint"),
        "another hint, and no certificates": (["--psk", f"another:{f.psk}", *BY_KEY], [*NO_CERTIFICATES, "--psk", psk],
            4, "does it have a key by the hint"),
        "an attester without pre-shared keys": (["--psk", psk, *BY_EVIDENCE], SOFT, 4, "no sessions by pre-shared key"),
        "no certificates, and evidence wanted": (["--psk", psk, "--policy", "genuine"],
            [*NO_CERTIFICATES, "--psk", psk], 4, "--evidence none is content"),
        "no certificates, and a root wanted": (["--psk", psk, *BY_KEY, "--trust", alice.root],
            [*NO_CERTIFICATES, "--psk", psk], 4, "as --trust wants it to"),
        "no certificates, and no pre-shared key": (BY_KEY, [*NO_CERTIFICATES, "--psk", psk], 4, "known by --psk"),
        "no certificates, and no policy": (["--psk", psk, "--evidence", "none"], [*NO_CERTIFICATES, "--psk", psk], 7,
            "NOT TRUSTED"),
        "a pre-shared key, and a plain device of unknown root": (["--psk", psk, *BY_KEY],
            ["--tee", "none", "--psk", psk], 5, "give its root with --trust"),
        "a requester of an unknown root": ([*me, "--mutual"], bobs, 4, "does it trust the root of --cert"),
        "a requester of an unknown root, implicitly": ([*me, "--mutual"], [*bobs, "--mutual-form", "implicit"], 4,
            "does it trust the root of --cert"),
        "a requester of an unknown root, after CHALLENGE": (me, [*SOFT, "--basic-mutual", "--trust", bob.root], 4,
            "does it trust the root of --cert"),
        "a requester who is not the one provisioned": ([*me, "--mutual"],
            [*bobs, "--mutual-form", "plain", "--requester-cert", bob.chain], 4, "session.open"),
        "a public key that is not the one provisioned": ([*me, "--mutual", "--public-key-only"],
            [*SOFT, "--mutual", "require", "--requester-key", key_of_bob], 4, "session.open"),
        "nobody, where somebody is required": ([*BY_EVIDENCE, "--session"], bobs, 4, "give --cert and --key"),
        "an attester that asks nobody": ([*me, "--mutual"], SOFT, 4, "asks nobody"),
        "an attester that asks nobody after CHALLENGE": ([*me, "--basic-mutual"], SOFT, 4, "spdm.authenticate"),
        "an attester that asks after CHALLENGE only": ([*me, "--mutual"],
            [*SOFT, "--basic-mutual", "--trust", alice.root], 4, "has not asked who this is"),
        "an attester that asks in the session only": ([*me, "--basic-mutual"],
            [*SOFT, "--mutual", "require", "--trust", alice.root], 4, "has not asked who this is"),
    }


def check_refusals(f):
    for name, (mine, theirs, status, words) in refusals(f).items():
        with f.serve("--app", "echo", *theirs) as a:
            r = f.attest(a, *mine, "--send", "a secret")
            report(r.status == status and words in r.out and "a secret" not in r.out,
                f"{name} is status {status}, and told", r, a)
            # by a key without context the attester is done before the verifier has seen its answer
            report("established" not in str(a) or status == 7 or "without context" in name,
                f"{name}: there is no session", a)


def check_choices(f):
    """What is left to the other side."""
    alice, psk = f.alice, f"a hint:{f.psk}"
    with f.serve(*SOFT, "--mutual", "ask", "--trust", alice.root) as a:
        r = f.attest(a, "--json", *BY_EVIDENCE)
        report(r.status == 0 and not json.loads(r.out)["spdm"]["session"]["mutual"], "who may be nobody is nobody", r, a)
        r = f.attest(a, "--json", *alice.identity, *BY_EVIDENCE)
        report(r.status == 0 and json.loads(r.out)["spdm"]["session"]["mutual"], "who is asked says who he is", r, a)
        r = f.attest(a, "--json", *alice.identity, *BY_EVIDENCE, "--caps", "-MUT_AUTH")
        report(r.status == 0 and not json.loads(r.out)["spdm"]["session"]["mutual"], "unless --caps takes it away", r, a)
    with f.serve(*SOFT) as a:
        r = f.attest(a, *alice.identity, *BY_EVIDENCE)
        report(r.status == 0 and "- session.mutual" in r.out, "who is not asked is told so", r, a)
    with f.serve(*SOFT, "--psk", psk) as a:
        r = f.attest(a, *BY_EVIDENCE)
        report(r.status == 0 and "session.psk" not in r.out, "a key that nobody names is not used", r, a)
        weak = f.secret("weak", "0102")
        r = f.attest(a, "--psk", f"weak:{weak}", *BY_EVIDENCE)
        report(r.status == 4 and "can be found by trying" in r.err, "a weak key is warned of", r, a)
    with f.serve(*NO_CERTIFICATES, "--psk", psk) as a:
        r = f.attest(a, "--psk", psk, *BY_KEY, "--watch", 1, "--hold", 3, "--json")
        verdicts = [json.loads(line) for line in r.out.splitlines()]
        names = [c["name"] for c in verdicts[-1]["checks"]]
        report(r.status == 0 and len(verdicts) >= 3 and len(names) == len(set(names)) and
            all(v["spdm"]["measurements"] for v in verdicts), "who is known by a key is watched", r, a)


def check_asked_updates(f):
    """New keys that the attester wants, while the verifier holds a session."""
    psk = f"a hint:{f.psk}"
    for name, mine in (("by +ENCAP", ["--caps", "+ENCAP"]), ("by --cert", f.alice.identity),
            ("by pre-shared key", ["--psk", psk, "--caps", "+ENCAP"])):
        with f.serve(*SOFT, "--psk", psk, "--update-keys", 1, "--app", "echo") as a:
            r = f.attest(a, *BY_EVIDENCE, *mine, "--hold", 7, "--send", "a word", "--quiet", "--json")
            checks = {c["name"]: c for c in json.loads(r.out)["checks"]}
            report(r.status == 0 and "requests of the peer's" in checks["session.hold"]["detail"] and
                checks["session.end"]["result"] == "ok", f"{name}: the attester gets new keys", r, a)
            report("new keys are wanted" in str(a), f"{name}: its log says so", a)
    with f.serve(*SOFT, "--update-keys", 1) as a:
        r = f.attest(a, *BY_EVIDENCE, "--hold", 3)
        report(r.status == 0 and "of the peer's" not in r.out and "are wanted" not in str(a),
            "who has no ENCAP keeps its keys", r, a)


def main():
    try:
        import cryptography  # noqa: F401
    except ImportError:
        skip("forms", "no python3-cryptography to make requesters with")
        return finish()
    attester, verifier, make = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        f = Forms(attester, verifier, make, pathlib.Path(name))
        check_forms(f)
        check_versions(f)
        check_bare(f)
        check_algorithms(f)
        check_refusals(f)
        check_choices(f)
        check_asked_updates(f)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
