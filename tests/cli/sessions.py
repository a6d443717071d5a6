#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Sessions of tspdm-verifier with tspdm-attester: every form of them, what is said in them, and how they end.

	sessions.py ATTESTER VERIFIER
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from serving import Serving
from tap import finish, report, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
MIB = 1 << 20
DHE = ["ffdhe2048", "ffdhe3072", "ffdhe4096", "secp256r1", "secp384r1", "secp521r1"]
AEAD = ["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"]
NO_SESSIONS = "-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD"
# name: what the verifier is told, and the attester; the members of spdm.session that tell
FORMS = {
    "encrypted": ([], [], {"mac_only": False, "handshake_in_the_clear": False}),
    "handshake in the clear": (["--caps", "+HANDSHAKE_IN_THE_CLEAR"], ["--caps", "+HANDSHAKE_IN_THE_CLEAR"],
        {"mac_only": False, "handshake_in_the_clear": True}),
    "MAC only by the verifier": (["--caps", "-ENCRYPT"], [], {"mac_only": True, "handshake_in_the_clear": False}),
    "MAC only by the attester": ([], ["--caps", "-ENCRYPT"], {"mac_only": True, "handshake_in_the_clear": False}),
    "MAC only, handshake in the clear": (["--caps", "-ENCRYPT,+HANDSHAKE_IN_THE_CLEAR"],
        ["--caps", "+HANDSHAKE_IN_THE_CLEAR"], {"mac_only": True, "handshake_in_the_clear": True}),
    "handshake in the clear wanted by one side only": (["--caps", "+HANDSHAKE_IN_THE_CLEAR"], [],
        {"mac_only": False, "handshake_in_the_clear": False}),
}


class Programs:
    def __init__(self, attester, verifier):
        self.attester, self.verifier = attester, verifier

    def serve(self, *options, at="tcp://127.0.0.1:0", tee="soft"):
        return Serving(self.attester, "--listen", at, "--tee", tee, *options)

    def attest(self, a, *options, policy=POLICY, given=b""):
        return run(self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--policy", policy, *options, given=given)

    def start(self, a, *options):
        return subprocess.Popen([self.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--policy", str(POLICY),
            *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def session_of(r):
    return json.loads(r.out.splitlines()[-1])["spdm"]["session"]


def check_bindings(p, scratch):
    """All that there is to do in a session, over every endpoint."""
    sent, back, kept = scratch / "sent", scratch / "back", scratch / "kept"
    sent.write_bytes(os.urandom(MIB))
    for at in ("emu+mctp://127.0.0.1:0", "emu+doe://127.0.0.1:0", "emu+tcp://127.0.0.1:0", "tcp://127.0.0.1:0",
            f"unix:{scratch}/socket"):
        scheme = at.split(":")[0]
        with p.serve("--app", "echo", at=at) as a:
            r = p.attest(a, "--json", "--heartbeats", 3, "--key-updates", 10, "--send", sent, "--receive", back)
            checks = {c["name"]: c["result"] for c in json.loads(r.out)["checks"] if c["name"].startswith("session.")}
            report(r.status == 0 and checks == {f"session.{n}": "ok" for n in
                ("open", "heartbeat", "keys", "application", "end")}, f"{scheme}: a session does all that was asked", r, a)
            report(back.exists() and back.read_bytes() == sent.read_bytes(), f"{scheme}: 1 MiB goes there and back", r, a)
            line = a.wait_for("GET_VERSION") or ""
            report("HEARTBEAT x3" in line and "KEY_UPDATE x20" in line and "END_SESSION" in line,
                f"{scheme}: the attester saw it", a)
        back.unlink(missing_ok=True)
        with p.serve("--receive", kept, "--reply", sent, at=at) as a:
            r = p.attest(a, "--send", "a secret", "--receive", back)
            report(r.status == 0 and kept.exists() and kept.read_bytes() == b"a secret" and
                kept.stat().st_mode & 0o077 == 0, f"{scheme}: the secret is kept, for its owner's eyes", r, a)
            report(back.exists() and back.read_bytes() == sent.read_bytes(), f"{scheme}: the reply is given", r, a)
            report(a.wait_for(f"8 bytes of application data received, {MIB} sent") is not None and
                a.wait_for("ended") is not None, f"{scheme}: the log says so", a)
        for path in (back, kept):
            path.unlink(missing_ok=True)


def check_forms(p):
    for name, (mine, theirs, expected) in FORMS.items():
        with p.serve("--app", "echo", *theirs) as a:
            r = p.attest(a, "--json", "--key-updates", 2, "--heartbeats", 1, "--send", "x" * 5000, *mine)
            s = session_of(r) or {}
            report(r.status == 0 and expected.items() <= s.items() and s["record_version"] == "1.2" and
                s["heartbeat"] == 20, name, r, a)
    for option, names in (("dhe", DHE), ("aead", AEAD)):
        with p.serve("--app", "echo") as a:
            for name in names:
                r = p.attest(a, "--json", f"--{option}", name, "--key-schedule", "spdm", "--send", "text")
                report(r.status == 0 and session_of(r)[option] == name, f"{name}, as the verifier wants it", r, a)
        for name in names:
            with p.serve(f"--{option}", name, "--key-schedule", "spdm") as a:
                r = p.attest(a, "--json")
                report(r.status == 0 and session_of(r)[option] == name, f"{name}, as the attester wants it", r, a)
    with p.serve("--dhe", "secp384r1") as a:
        r = p.attest(a, "--session", "--dhe", "ffdhe2048")
        report(r.status == 4, "nothing in common is a protocol failure", r, a)
    with p.serve("--heartbeat", 0) as a:
        r = p.attest(a, "--heartbeats", 1)
        report(r.status == 4 and "session.heartbeat" in r.out, "heartbeats that the session has not are told", r, a)


def check_without(p):
    """Who has no sessions is attested all the same, unless one is asked for."""
    for name, options, at in (("without KEY_EX", ["--caps", NO_SESSIONS], "tcp://127.0.0.1:0"),
            ("over bare messages", [], "emu+none://127.0.0.1:0")):
        with p.serve(*options, at=at) as a:
            r = p.attest(a)
            report(r.status == 0 and "- session.open" in r.out, f"an attester {name} is attested", r, a)
            for asked in (["--session"], ["--send", "text"], ["--hold", 1]):
                r = p.attest(a, *asked)
                report(r.status == 4 and "session.open" in r.out, f"{name}, {asked[0]} fails", r, a)
    with p.serve() as a:
        r = p.attest(a, "--no-session")
        report(r.status == 0 and "session" not in r.out and "KEY_EXCHANGE" not in a.wait_for("GET_VERSION"),
            "--no-session opens none", r, a)
        r = p.attest(a, "--json", "--caps", "-KEY_EX,-ENCRYPT,-MAC,-HBEAT,-KEY_UPD")
        report(r.status == 0 and session_of(r) is None, "a verifier without KEY_EX opens none", r, a)


def check_release(p, scratch):
    """A secret goes nowhere but to whom the policy trusts."""
    kept, other = scratch / "kept", scratch / "other-policy.json"
    other.write_text(POLICY.read_text().replace("50f77ee0", "50f77ee1"))
    refusals = {"another guest is expected": ([], ["--send", "a secret"], other, 7),
        "the guest can be debugged": (["--soft-defect", "debug"], ["--send", "a secret"], POLICY, 7),
        "the report is forged": (["--soft-defect", "flip-signature"], ["--send", "a secret"], POLICY, 6),
        "the evidence is a replay": (["--soft-defect", "replay"], ["--send", "a secret"], POLICY, 6)}
    for name, (theirs, mine, policy, status) in refusals.items():
        with p.serve("--receive", kept, "--log-level", "debug", *theirs) as a:
            r = p.attest(a, *mine, policy=policy)
            a.end()
            report(r.status == status and not kept.exists() and "session" not in str(a) and
                "KEY_EXCHANGE" not in str(a), f"{name}: nothing is sent, and no session opened", r, a)
            report("no session is opened" in r.out, f"{name}: and the report says so", r)
    with p.serve("--receive", kept) as a:
        r = run(p.verifier, a.wait_for_urls()[0], "--allow-soft-tee", "--send", "a secret")
        report(r.status == 7 and not kept.exists(), "without a policy nothing is sent", r, a)
        r = p.attest(a, "--send", "-", "--quiet", given=b"from a pipe")
        report(r.status == 0 and kept.read_bytes() == b"from a pipe" and r.out == "", "what is piped in is sent", r, a)
        r = p.attest(a, "--send", "/dev/null")
        report(r.status == 0 and kept.read_bytes() == b"", "nothing at all is a message, too", r, a)
    kept.unlink()
    with p.serve() as a:
        r = p.attest(a, "--send", "a secret")
        report(r.status == 4 and "takes no application data" in r.out, "an attester that wants none refuses it", r, a)
    with p.serve("--receive", "/nonexistent/kept") as a:
        r = p.attest(a, "--send", "a secret")
        report(r.status == 4 and a.wait_for("/nonexistent/kept") is not None, "what cannot be kept is refused", r, a)
    with p.serve("--app", "discard") as a:
        r = p.attest(a, "--send", "a secret")
        report(r.status == 0 and "8 bytes sent, 0 received" in r.out, "what is discarded has no answer", r, a)
    with p.serve("--app", "echo") as a:
        r = p.attest(a, "--quiet", "--send", "a word")
        report(r.status == 0 and r.out == "a word", "what is answered goes to standard output", r, a)
        r = p.attest(a, "--json", "--send", "a word")
        report(r.status == 0 and len(r.out.splitlines()) == 1, "unless that is for JSON", r, a)
        r = p.attest(a, "--send", "a word", "--receive", "/nonexistent/file")
        report(r.status == 1 and "/nonexistent/file" in r.err, "an answer that cannot be written is told", r, a)
    for size in (48, 64, 600):
        with p.serve("--app", "echo", "--max-message", size) as a:
            r = p.attest(a, "--quiet", "--no-challenge", "--send", "0123456789" * 30)
            large_enough = size == 600
            report((r.status == 0 and r.out == "0123456789" * 30) if large_enough else r.status in (4, 6),
                f"an attester that takes {size} bytes at once", r, a)


def wait_until_held(v):
    """It is attested then, too, and a signal ends it in order. A sanitizer may have said something before."""
    for line in v.stderr:
        if b"holding session" in line:
            return


def check_holding(p):
    with p.serve("--heartbeat", 1) as a:
        r = p.attest(a, "--hold", 3, "--json")
        checks = {c["name"]: c for c in json.loads(r.out)["checks"]}
        report(r.status == 0 and checks["session.hold"]["result"] == "ok" and checks["session.end"]["result"] == "ok" and
            "HEARTBEAT" in a.wait_for("GET_VERSION"), "a session is held by heartbeats", r, a)
        for number in (signal.SIGINT, signal.SIGTERM):
            a.lines.clear()
            v = p.start(a, "--hold", "3600")
            a.wait_for("established")
            wait_until_held(v)
            v.send_signal(number)
            out, _ = v.communicate(timeout=60)
            line = a.wait_for("GET_VERSION") or ""
            report(v.returncode == 0 and b"ended by a signal" in out and "END_SESSION" in line,
                f"{number.name} ends it in order", out, a)
        a.lines.clear()
        v = p.start(a, "--hold", "3600")
        a.wait_for("established")
        wait_until_held(v)
        v.send_signal(signal.SIGSTOP)
        line = a.wait_for("ended")
        report(line is not None and "session" in line, "who is silent for two periods loses the session", a)
        v.send_signal(signal.SIGCONT)
        out, _ = v.communicate(timeout=60)
        report(v.returncode in (3, 4, 5) and b"session." in out, "and is told so", v.returncode, out, a)
    with p.serve("--heartbeat", 1) as a:
        v = p.start(a, "--hold", "3600")
        a.wait_for("established")
        a.process.kill()
        out, _ = v.communicate(timeout=60)
        report(v.returncode == 3 and b"session." in out, "an attester that is gone is exit status 3", v.returncode, out)


def read_verdicts(v, count):
    return [json.loads(v.stdout.readline()) for _ in range(count)]


def check_watching(p):
    with p.serve("--heartbeat", 30) as a:
        v = p.start(a, "--watch", "1", "--json")
        first = read_verdicts(v, 3)
        v.send_signal(signal.SIGINT)
        out, _ = v.communicate(timeout=60)
        last = json.loads(out.splitlines()[-1])
        nonces = {x["binding"]["nonce"] for x in first}
        report(v.returncode == 0 and len(nonces) == 3 and len({x["spdm"]["session"]["id"] for x in first}) == 1 and
            all(x["status"] == 0 and x["binding"]["measurement"] == "ok" for x in first),
            "each time there is fresh evidence over the same session", first, a)
        report([c["result"] for c in last["checks"] if c["name"] == "session.end"] == ["ok"], "which ends in order", last)
        line = a.wait_for("GET_VERSION") or ""
        report(line.count("KEY_EXCHANGE") == 1 and "END_SESSION" in line, "and was opened once", a)
        v = p.start(a, "--watch", "1", "--hold", "3")
        out, _ = v.communicate(timeout=60)
        report(v.returncode == 0 and b"unchanged" in out and b"CHANGED" not in out, "nothing changed, it says", out, a)
        v = p.start(a, "--watch", "1", "--json")
        read_verdicts(v, 2)
        a.process.kill()
        out, _ = v.communicate(timeout=60)
        last = json.loads(out.splitlines()[-1])
        report(v.returncode == 3 and last["verdict"] == "error", "who is gone is not trusted any more", v.returncode, last)


def check_several(p):
    """Sessions of several connections do not disturb each other."""
    with p.serve("--app", "echo", "--heartbeat", 5) as a:
        held = [p.start(a, "--hold", "3600") for _ in range(3)]
        for v in held:
            wait_until_held(v)
        r = p.attest(a, "--quiet", "--key-updates", 3, "--send", "x" * 9000)
        report(r.status == 0 and r.out == "x" * 9000, "a session beside three others", r, a)
        for v in held:
            v.send_signal(signal.SIGINT)
        report([v.wait(60) for v in held] == [0, 0, 0], "which end in order", a)
        for v in held:
            v.stdout.close()
            v.stderr.close()


def main():
    p = Programs(*sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_bindings(p, scratch)
        check_forms(p)
        check_without(p)
        check_release(p, scratch)
        check_holding(p)
        check_watching(p)
        check_several(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
