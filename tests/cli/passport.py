#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Results that verifiers hand over to attesters, which keep them to show to others: tspdm-verifier --give-result and
tspdm-attester --accept-result, and hands that give what they like.

	passport.py ATTESTER VERIFIER GIVE_RESULT
"""
import base64
import json
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time

from serving import Serving
from tap import finish, report, run
from tls_pki import Pki

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
OTHER = "0badc0de" * 12
SESSION_REQUIRED = "error 11"


def make_key(scratch, name, curve):
    private, public = scratch / f"{name}.pem", scratch / f"{name}.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", private],
        check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


def told(a, words, count=1):
    """Whether the log comes to tell this so often; its lines arrive when they like."""
    def have():
        return sum(words in line for line in a.lines) >= count
    with a.changed:
        a.changed.wait_for(lambda: have() or a.is_ended, 60)
        return have()


def result_check(r):
    return {c["name"]: c for c in json.loads(r.out.splitlines()[-1])["checks"]}.get("session.result")


def encode(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw_signature(der):
    """The two integers of an ECDSA signature for P-256, as JWS has them."""
    first = 4 + der[3]
    return b"".join(n.lstrip(b"\0").rjust(32, b"\0") for n in (der[4:first], der[first + 2:]))


def sign(key, claims):
    """What the verifier with this key could have said."""
    text = encode(b'{"alg":"ES256","typ":"eat+jwt"}') + "." + encode(json.dumps(claims).encode())
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), capture_output=True, check=True).stdout
    return text + "." + encode(raw_signature(der))


def claims_of(path):
    body = path.read_text().split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


class Programs:
    def __init__(self, attester, verifier, give_result, scratch):
        self.attester, self.verifier, self.give_result, self.scratch = attester, verifier, give_result, scratch
        self.key, self.public = make_key(scratch, "first", "P-256")
        self.other_key, self.other_public = make_key(scratch, "second", "P-384")
        self.place = scratch / "place"
        self.place.mkdir()
        self.kept = self.place / "result.jwt"
        self.own = scratch / "attester.pub"

    def plain(self, *options, listen="tcp://127.0.0.1:0"):
        return Serving(self.attester, "--listen", listen, "--tee", "soft", *options)

    def serve(self, *options, listen="tcp://127.0.0.1:0", keys=None):
        self.kept.unlink(missing_ok=True)
        given = [o for k in keys or [self.public] for o in ("--result-key", k)]
        return self.plain("--accept-result", self.kept, "--write-public-key", self.own, *given, *options, listen=listen)

    def serve_anybody(self, *options):
        self.kept.unlink(missing_ok=True)
        return self.plain("--accept-result", self.kept, "--unverified-result", *options)

    def attest(self, urls, *options, key=None, policy=POLICY):
        policies = ["--policy", policy] if policy else []
        return run(self.verifier, *urls, "--json", "--allow-soft-tee", *policies, "--give-result", "--sign-key",
            key or self.key, *options)

    def give(self, a, path, form="jwt", times=1):
        said, taken = run(self.give_result, a.wait_for_urls()[0], path, form, times).out.split("\n")[:2]
        return said, int(taken)

    def check(self, *options, key=None):
        return run(self.verifier, "--check-result", self.kept, "--result-key", key or self.public, *options)


def check_handed_over(p):
    written = p.scratch / "written.jwt"
    with p.serve() as a:
        r = p.attest(a.wait_for_urls(), "--result", written)
        report(r.status == 0 and result_check(r)["result"] == "ok", "a result is handed over", r, a)
        report(p.kept.exists() and p.kept.read_bytes() == written.read_bytes(), "it is the one that --result writes", r, a)
        report(stat.S_IMODE(p.kept.stat().st_mode) & ~0o022 == 0o644, "others may read it", oct(p.kept.stat().st_mode))
        report(told(a, "a result about this attester is kept: warning"), "the log tells", a)
        r = p.check("--holder", p.own, "--policy", POLICY, "--max-age", 600)
        report(r.status == 0 and "it is about this key" in r.out, "who sees it relies on it", r)
        r = p.check("--holder", p.other_public)
        report(r.status == 6, "about this attester alone", r)
        p.kept.unlink()
        r = p.attest(a.wait_for_urls(), "--send", "x")
        report(p.kept.exists() and result_check(r)["result"] == "ok" and r.status != 0,
            "before application data, whatever becomes of that", r, a)
        r = p.attest(a.wait_for_urls(), "--send", "x", "--result", written)
        report(claims_of(written)["submods"]["sev-snp"]["tspdm_verdict"]["verdict"] == "error" and p.check().status == 0,
            "a verdict that is lost later is another result", r, a)
        before = p.kept.stat().st_ino
        said, taken = p.give(a, p.kept, times=20)
        report((said, taken) == ("taken", 20) and p.kept.stat().st_ino == before, "the same again is taken, and nothing written",
            said, taken, a)
        report([f.name for f in p.place.iterdir()] == [p.kept.name], "there is one file", list(p.place.iterdir()))


def check_not_taken(p):
    with p.plain() as a:
        r = p.attest(a.wait_for_urls())
        detail = result_check(r)
        report(r.status == 0 and json.loads(r.out)["verdict"] == "warn", "where nobody takes results the verdict stands", r, a)
        report(detail["result"] == "skipped" and "--accept-result" in detail["detail"], "a check tells", r)
        report("was not handed over: the attester takes no results" in r.err and r.err.count("tspdm-verifier:") == 1,
            "and standard error, once", r)
        said = p.give(a, p.key)
        report(said == ("error 7", 0), "the answer is UnsupportedRequest", said, a)
    with p.serve() as a:
        r = p.attest(a.wait_for_urls(), key=p.other_key)
        report(r.status == 0 and "the attester refuses it" in r.err and result_check(r)["result"] == "skipped",
            "a verifier that is not known is refused, and its verdict stands", r, a)
        report(told(a, "no key of --result-key has signed it") and not p.kept.exists(), "as the log tells", a)
    with p.serve("--max-message", "1200") as a:
        r = p.attest(a.wait_for_urls())
        report(r.status == 0 and "--max-message" in r.err and not p.kept.exists(), "what is too large for it is not sent", r, a)
    with p.serve() as a:
        urls = a.wait_for_urls()
        p.place.rename(p.scratch / "elsewhere")
        r = p.attest(urls)
        report(r.status == 0 and "refuses" in r.err and told(a, "refused: No such file"), "what cannot be kept is not taken", r, a)
        (p.scratch / "elsewhere").rename(p.place)


def check_verdicts(p):
    with p.serve() as a:
        r = p.attest(a.wait_for_urls(), policy=None)
        report(r.status == 7 and result_check(r)["result"] == "ok" and told(a, "is kept: contraindicated"),
            "a bad result is handed over too, where there is a session", r, a)
        report(p.check().status == 7, "and says so itself", p.check())
    with p.serve("--soft-measurement", OTHER) as a:
        r = p.attest(a.wait_for_urls())
        report(r.status == 7 and "there was no session to give it in" in r.err and not p.kept.exists(),
            "with who is refused before a session none is opened for that", r, a)
        report(result_check(r)["result"] == "skipped", "which a check tells", r)
    with p.serve("--attest-peer", "require", "--peer-policy", POLICY, "--allow-soft-tee") as a:
        r = p.attest(a.wait_for_urls(), "--tee", "soft", "--soft-measurement", OTHER)
        report(r.status == 6 and "ended before" in result_check(r)["detail"] and not p.kept.exists(),
            "nor is there one for who does not accept the verifier", r, a)
    r = p.attest([f"unix:{p.scratch}/none"])
    report(r.status == 3 and result_check(r)["result"] == "skipped" and "handed over" not in r.err,
        "who cannot be reached is told once", r)


def check_key(p):
    stray = p.scratch / "stray.jwt"
    with p.serve() as a:
        p.attest(a.wait_for_urls())
        stray.write_bytes(p.kept.read_bytes())
    with p.serve() as a:
        said = p.give(a, stray)
        report(said == ("refused", 0) and not p.kept.exists(), "a result about another attester is refused", said, a)
        report(told(a, "it is about another key than this attester's"), "as the log tells", a)
        p.kept.write_bytes(stray.read_bytes())
        r = p.attest(a.wait_for_urls())
        report(r.status == 0 and p.kept.read_bytes() != stray.read_bytes() and p.check("--holder", p.own).status == 0,
            "one that an earlier run left is replaced", r, a)


def check_order(p):
    first = p.scratch / "old.jwt"
    with p.serve(keys=[p.public, p.other_public]) as a:
        p.attest(a.wait_for_urls())
        first.write_bytes(p.kept.read_bytes())
        time.sleep(1.1)  # `iat` counts seconds
        r = p.attest(a.wait_for_urls(), key=p.other_key)
        report(r.status == 0 and p.check(key=p.other_public).status == 0 and p.check().status == 5,
            "another verifier's result takes the place of the first one", r, a)
        second = p.kept.read_bytes()
        said = p.give(a, first)
        report(said == ("refused", 0) and told(a, "it is older than the one that is kept") and p.kept.read_bytes() == second,
            "and not the other way round", said, a)
        report([f.name for f in p.place.iterdir()] == [p.kept.name], "there is one file all the same", list(p.place.iterdir()))


def check_garbage(p):
    good, bad = p.scratch / "good.jwt", p.scratch / "bad"
    with p.serve("--log-level", "info") as a:
        p.attest(a.wait_for_urls())
        good.write_bytes(p.kept.read_bytes())
        head, body, signature = good.read_text().strip().split(".")
        cases = [
            ("garbage", "\x1b[2J a result", "jwt", "it is no JWT"),
            ("two parts", f"{head}.{body}", "jwt", "it is no JWT"),
            ("other claims", f"{head}.{body[:-6]}{'A' if body[-6] != 'A' else 'B'}{body[-5:]}.{signature}", "jwt", "has signed it"),
            ("no signature", f"eyJhbGciOiJub25lIn0.{body}.", "jwt", "has signed it"),
            ("dots", "..", "jwt", "refused: it is no"),
            ("much", "A" * 20000, "jwt", "it is too large"),
            ("a CWT", good.read_text(), "cwt", "it is no JWT"),
            ("two at a time", good.read_text(), "twice", "there are several"),
        ]
        for name, text, form, reason in cases:
            bad.write_text(text)
            said = p.give(a, bad, form)
            report(said == ("refused", 0) and told(a, reason) and p.kept.read_bytes() == good.read_bytes(),
                f"{name}: refused", said, a)
        said = p.give(a, good, "both")
        report(said == ("taken", 1), "one in two forms is taken", said, a)
        said = p.give(a, good, "clear")
        report(said == (SESSION_REQUIRED, 0), "outside of sessions none is", said, a)
        before, begun = len(a.lines), time.monotonic()
        said = p.give(a, bad, "twice", 2000)
        seconds = time.monotonic() - begun
        a.end()
        lines = sum("is refused" in line for line in a.lines[before:])
        report(said == ("refused", 0) and lines <= 2 + seconds, "many are refused, with a line each second", said, lines, seconds)
        report([f.name for f in p.place.iterdir()] == [p.kept.name], "and nothing is left of them", list(p.place.iterdir()))


def check_claims(p):
    text, now = p.scratch / "said", int(time.time())
    with p.serve() as a:
        p.attest(a.wait_for_urls())
        claims, kept = claims_of(p.kept), p.kept.read_bytes()
        cases = [
            ("of tomorrow", {"iat": now + 86400}, "it is out of date, or not valid yet"),
            ("that has expired", {"exp": now - 3600}, "it is out of date, or not valid yet"),
            ("about nobody", {"cnf": {}}, "it is about another key"),
            ("that is no result", {"eat_profile": "tag:example.org,2026:other"}, "it is no attestation result"),
            ("that says nothing", {"submods": {}}, "it is no attestation result"),
        ]
        for name, change, reason in cases:
            text.write_text(sign(p.key, {**claims, **change}))
            said = p.give(a, text)
            report(said == ("refused", 0) and told(a, reason) and p.kept.read_bytes() == kept, f"one {name} is refused", said, a)
        text.write_text(sign(p.key, {**claims, "exp": now + 3600}))
        said = p.give(a, text)
        report(said == ("taken", 1) and p.kept.read_bytes() == text.read_bytes() + b"\n", "one that ends later is taken", said, a)


def check_unverified(p):
    text, victim = p.scratch / "text", p.scratch / "victim"
    victim.write_text("untouched")
    with p.serve_anybody() as a:
        part = p.kept.with_name(p.kept.name + ".part")
        part.symlink_to(victim)
        text.write_text("a.b.c")
        said = p.give(a, text)
        report(said == ("taken", 1) and p.kept.read_text() == "a.b.c\n" and told(a, "is kept: unverified"),
            "what is not verified is kept, if that was asked for", said, a)
        report(victim.read_text() == "untouched" and not p.kept.is_symlink(), "never through a link", list(p.place.iterdir()))
        text.write_text("\x1b[2J")
        said = p.give(a, text)
        report(said == ("refused", 0) and p.kept.read_text() == "a.b.c\n", "in the form of a JWT alone", said, a)
        r = p.attest(a.wait_for_urls())
        report(r.status == 0 and p.check().status == 0, "and the next one takes its place", r, a)


def check_carriers(p):
    pki = Pki(p.scratch)
    listeners = [("tls://127.0.0.1:0", pki.pair("server"), ["--tls-trust", pki.path("root.pem")]),
        (f"unix:{p.scratch}/socket", [], []), ("emu+mctp://127.0.0.1:0", [], []), ("emu+doe://127.0.0.1:0", [], [])]
    for url, serving, options in listeners:
        with p.serve(*serving, listen=url) as a:
            r = p.attest(a.wait_for_urls(), *options)
            report(r.status == 0 and p.check("--holder", p.own).status == 0, f"over {url.split(':')[0]}", r, a)
    psk = p.scratch / "session.psk"
    psk.write_text("00112233445566778899aabbccddeeff")
    psk.chmod(0o600)
    small = ["--data-transfer-size", "600"]
    for name, serving, options in [("by pre-shared key", ["--psk", f"vm:{psk}"], ["--psk", f"vm:{psk}"]),
            ("in pieces", small, small), ("in SPDM 1.1", ["--versions", "1.1"], []),
            ("after the verifier was attested", ["--attest-peer", "require", "--peer-policy", POLICY, "--allow-soft-tee"],
                ["--tee", "soft"])]:
        with p.serve(*serving) as a:
            r = p.attest(a.wait_for_urls(), *options)
            report(r.status == 0 and p.check("--holder", p.own).status == 0, name, r, a)


def check_plain(p):
    root = p.scratch / "root.pem"
    p.kept.unlink(missing_ok=True)
    with Serving(p.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "none", "--write-root", root, "--accept-result", p.kept,
            "--result-key", p.public, "--write-public-key", p.own) as a:
        r = p.attest(a.wait_for_urls(), "--evidence", "none", "--trust", root, policy="genuine")
        report(r.status == 0 and p.check("--holder", p.own).status == 0 and list(claims_of(p.kept)["submods"]) == ["spdm"],
            "a device without evidence is handed a result, too", r, a)


def check_watch(p):
    written = p.scratch / "watched.jwt"
    with p.serve() as a:
        r = p.attest(a.wait_for_urls(), "--watch", 1, "--hold", 3, "--result", written)
        report(r.status == 0 and told(a, "is kept", 2), "each time that it is watched there is a new one", r, a)
        report(p.kept.read_bytes() == written.read_bytes(), "the last one is kept", a)
    with p.plain() as a:
        r = p.attest(a.wait_for_urls(), "--watch", 1, "--hold", 2)
        report(r.status == 0 and r.err.count("was not handed over") >= 2, "who does not take it is watched on", r, a)


def check_fleet(p):
    places = [p.scratch / f"fleet-{i}" for i in range(3)]
    attesters = [p.plain("--accept-result", f"{place}.jwt", "--write-public-key", f"{place}.pub", "--result-key", p.public)
        for place in places]
    attesters.append(p.plain())
    urls = [a.wait_for_urls()[0] for a in attesters]
    try:
        r = p.attest(urls, "--jobs", 2)
        report(r.status == 0 and len(r.out.splitlines()) == 4, "many are attested, and handed their results", r)
        for place in places:
            c = run(p.verifier, "--check-result", f"{place}.jwt", "--result-key", p.public, "--holder", f"{place}.pub")
            report(c.status == 0, f"{place.name}: about itself", c)
        report(r.err.count("was not handed over") == 1 and f"{urls[3]}: the result was not" in r.err,
            "the one that takes none is named", r)
        with Serving(p.verifier, *urls, "--quiet", "--allow-soft-tee", "--policy", POLICY, "--give-result", "--sign-key", p.key,
                "--watch", 1) as v:
            report(told(attesters[0], "is kept", 3), "in each round anew", attesters[0], v)
            v.end(signal.SIGINT)
    finally:
        for a in attesters:
            a.__exit__()


def check_reload(p):
    key = p.scratch / "changing.pub"
    key.write_bytes(p.public.read_bytes())
    with p.serve(keys=[key]) as a:
        key.write_bytes(p.other_public.read_bytes())
        a.wait_for_urls()
        a.process.send_signal(signal.SIGHUP)
        report(a.wait_for("read anew") is not None, "keys are read anew by SIGHUP", a)
        r = p.attest(a.wait_for_urls())
        report("refuses" in r.err, "after which another verifier's result counts", r, a)
        r = p.attest(a.wait_for_urls(), key=p.other_key)
        report(result_check(r)["result"] == "ok" and p.check(key=p.other_public).status == 0, "and is kept", r, a)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        p = Programs(*sys.argv[1:], pathlib.Path(scratch))
        check_handed_over(p)
        check_not_taken(p)
        check_verdicts(p)
        check_key(p)
        check_order(p)
        check_garbage(p)
        check_claims(p)
        check_unverified(p)
        check_carriers(p)
        check_plain(p)
        check_watch(p)
        check_fleet(p)
        check_reload(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
