#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier's command line: what it says of itself, what it refuses, and with which exit status.

	verifier_usage.py PROGRAM VERSION
"""
import json
import pathlib
import re
import sys
import tempfile

from serving import nobody
from tap import finish, report, run

# programs.md, "Exit status": one table for --help, the man page and these tests
EXIT_STATUSES = ["0 trusted", "1 internal", "2 usage", "3 no connection", "4 protocol", "5 authentication",
    "6 evidence missing", "7 refused by the policy", "8 collateral"]

REFUSED = [
    ("no endpoint", [], "no endpoint"),
    ("an unknown option", ["--frobnicate"], "--frobnicate"),
    ("an option without its argument", ["--policy"], "--policy needs an argument"),
    ("an argument for an option that takes none", ["--json=yes", "unix:/x"], "--json=yes"),
    ("a bad evidence mode", ["--evidence", "maybe", "unix:/x"], "required, optional or none"),
    ("a peer's key that is not there", ["--peer-key", "/nonexistent/key", "unix:/x"], "/nonexistent/key"),
    ("a peer's key that is none", ["--peer-key", "/dev/null", "unix:/x"], "no public key"),
    ("a peer's key and a slot", ["--peer-key", "/x", "--slot", "0", "unix:/x"], "no --slot"),
    ("a peer's key of a file", ["--peer-key", "/x", "--appraise", "/x"], "No such file"),
    ("a slot beyond 7", ["--slot", "8", "unix:/x"], "must be 0 to 7"),
    ("a negative slot", ["--slot", "-1", "unix:/x"], "must be 0 to 7"),
    ("an empty slot", ["--slot", "", "unix:/x"], "must be 0 to 7"),
    ("an unknown version", ["--versions", "1.7", "unix:/x"], "list of versions"),
    ("an empty version", ["--versions", "1.2,", "unix:/x"], "list of versions"),
    ("an unknown algorithm", ["--asym", "ecdsa-p999", "unix:/x"], "algorithm names"),
    ("a hash as signature algorithm", ["--asym", "sha384", "unix:/x"], "algorithm names"),
    ("an index of 0", ["--measurements", "0", "unix:/x"], "1 to 254"),
    ("an index of 255", ["--measurements", "1,255", "unix:/x"], "1 to 254"),
    ("no time at all", ["--timeout", "0", "unix:/x"], "seconds"),
    ("too small a message", ["--max-message", "41", "unix:/x"], "42 to 65000"),
    ("too large a message", ["--max-message", "65001", "unix:/x"], "42 to 65000"),
    ("too small a piece", ["--data-transfer-size", "41", "unix:/x"], "42 to 65000"),
    ("a piece that is no number", ["--data-transfer-size", "-64", "unix:/x"], "42 to 65000"),
    ("a piece larger than the whole", ["--max-message", "64", "--data-transfer-size", "65", "unix:/x"],
        "larger than --max-message"),
    ("words for a number", ["--retries", "many", "unix:/x"], "0 to 100"),
    ("a policy twice", ["--policy", "a", "--policy", "b", "unix:/x"], "twice"),
    ("an endpoint beside a file", ["--appraise", "x", "unix:/x"], "offline"),
    ("report data of an endpoint", ["--report-data", "00", "unix:/x"], "--appraise"),
    ("odd report data", ["--appraise", "x", "--report-data", "000"], "1 to 64 bytes"),
    ("report data of 65 bytes", ["--appraise", "x", "--report-data", "00" * 65], "1 to 64 bytes"),
    ("report data that is no hex", ["--appraise", "x", "--report-data", "0g"], "1 to 64 bytes"),
    ("a policy that is not there", ["--policy", "/nonexistent/policy", "unix:/x"], "/nonexistent/policy"),
    ("roots that are not there", ["--trust", "/nonexistent/root", "unix:/x"], "/nonexistent/root"),
    ("roots without a certificate", ["--trust", "/dev/null", "unix:/x"], "no certificate"),
    ("an unknown DHE group", ["--dhe", "x25519", "unix:/x"], "algorithm names"),
    ("an unknown AEAD suite", ["--aead", "aes-192-gcm", "unix:/x"], "algorithm names"),
    ("another key schedule", ["--key-schedule", "hkdf", "unix:/x"], "must be spdm"),
    ("an unknown capability", ["--caps", "+FLYING", "unix:/x"], "standard's names"),
    ("a capability without a sign", ["--caps", "MAC", "unix:/x"], "standard's names"),
    ("a responder's capability", ["--caps", "+MEAS_SIG", "unix:/x"], "no such capability"),
    ("encryption without MAC", ["--caps", "-MAC", "unix:/x"], "do not go together"),
    ("a session without a key exchange", ["--caps", "-KEY_EX", "unix:/x", "--session"], "takes KEY_EX away"),
    ("a session and none", ["--session", "--no-session", "unix:/x"], "contradicts"),
    ("none and a session", ["--no-session", "--session", "unix:/x"], "contradicts"),
    ("something to send without a session", ["--no-session", "--send", "text", "unix:/x"], "--no-session forbids"),
    ("heartbeats without a session", ["--heartbeats", "1", "--no-session", "unix:/x"], "contradicts"),
    ("no heartbeats", ["--heartbeats", "0", "unix:/x"], "1 to 100000"),
    ("words for key updates", ["--key-updates", "many", "unix:/x"], "1 to 100000"),
    ("no time to hold", ["--hold", "0", "unix:/x"], "seconds"),
    ("no time to watch", ["--watch", "-1", "unix:/x"], "seconds"),
    ("a watch without a session", ["--watch", "1", "--no-session", "unix:/x"], "--no-session forbids"),
    ("two endpoints to hold and to watch", ["--watch", "1", "--hold", "9", "unix:/x", "unix:/y"], "makes new ones"),
    ("one file for two answers", ["--receive", "/nonexistent/r", "unix:/x", "unix:/y"], "--receive takes one"),
    ("no jobs", ["--jobs", "0", "unix:/x"], "1 to 20000"),
    ("more jobs than there may be", ["--jobs", "20001", "unix:/x"], "1 to 20000"),
    ("words for retries", ["--connect-retries", "often", "unix:/x"], "0 to 1000"),
    ("no delay", ["--retry-delay", "0", "unix:/x"], "milliseconds"),
    ("a list that is not there", ["@/nonexistent/hosts"], "/nonexistent/hosts"),
    ("a list without a name", ["@"], "@FILE"),
    ("an empty list", ["@/dev/null"], "/dev/null: no endpoint in it"),
    ("two endpoints to provision", ["--get-csr", "/x", "unix:/x", "unix:/y"], "one endpoint"),
    ("a chain for slot 8", ["--set-cert", "8:x", "unix:/x"], "0 to 7"),
    ("no chain for a slot", ["--set-cert", "1:", "unix:/x"], "needs a file"),
    ("a chain that is not there", ["--set-cert", "/nonexistent/c", "unix:/x"], "/nonexistent/c"),
    ("a chain that is none", ["--set-cert", "/dev/null", "unix:/x"], "--set-cert /dev/null"),
    ("a certificate request of nobody", ["--get-csr", "/x", "--appraise", "/dev/null"], "need an endpoint"),
    ("a misspelt file to send", ["--send", "/nonexistent/secret", "unix:/x"], "no such file"),
    ("something to send twice", ["--send", "a", "--send", "b", "unix:/x"], "twice"),
    ("standard output twice", ["--receive", "-", "--json", "unix:/x"], "both want standard output"),
    ("a result that nobody signs", ["--result", "/nonexistent/r", "unix:/x"], "--result and --sign-key go together"),
    ("a key that signs nothing", ["--sign-key", "/nonexistent/k", "unix:/x"], "goes with --result and --give-result"),
    ("a result to give that nobody signs", ["--give-result", "unix:/x"], "--give-result needs --sign-key"),
    ("a result to give by a key that is none", ["--give-result", "--sign-key", "/dev/null", "unix:/x"], "P-256 or P-384"),
    ("a result to give without a session", ["--give-result", "--sign-key", "k", "--no-session", "unix:/x"], "contradicts"),
    ("no session, and a result to give", ["--no-session", "--give-result", "--sign-key", "k", "unix:/x"],
        "--no-session forbids"),
    ("a result to give offline", ["--give-result", "--sign-key", "k", "--appraise", "x"], "offline"),
    ("a result to give, and one to check", ["--check-result", "r", "--result-key", "k", "--give-result"], "offline"),
    ("a result of two endpoints", ["--result", "r", "--sign-key", "k", "unix:/x", "unix:/y"], "--result takes one"),
    ("a policy of two endpoints", ["--write-policy", "/nonexistent/p", "unix:/x", "unix:/y"], "--write-policy takes one"),
    ("a key that is not there", ["--result", "r", "--sign-key", "/nonexistent/k", "unix:/x"], "/nonexistent/k"),
    ("a key that is none", ["--result", "r", "--sign-key", "/dev/null", "unix:/x"], "P-256 or P-384"),
    ("a policy over a file", ["--write-policy", "/dev/null", "unix:/x"], "not overwritten"),
    ("a session offline", ["--appraise", "x", "--send", "text"], "offline"),
    ("a key without a hint", ["--psk", "/dev/null", "unix:/x"], "HINT:FILE"),
    ("a pre-shared key that is not there", ["--psk", "hint:/nonexistent/key", "unix:/x"], "/nonexistent/key"),
    ("a pre-shared key that is no file", ["--psk", "hint:/dev/null", "unix:/x"], "regular file"),
    ("two pre-shared keys", ["--psk", "a:/x", "--psk", "b:/y", "unix:/x"], "twice"),
    ("a pre-shared key without a session", ["--no-session", "--psk", "a:/x", "unix:/x"], "--no-session forbids"),
    ("a pre-shared key offline", ["--appraise", "x", "--psk", "a:/x"], "offline"),
    ("sessions by no pre-shared key", ["--caps", "+PSK", "unix:/x"], "comes with --psk"),
    ("a chain without a key", ["--cert", "/x", "unix:/x"], "slot 0 has a --cert but no --key"),
    ("a key without a chain", ["--key", "3:/x", "unix:/x"], "slot 3 has a --key but no --cert"),
    ("a slot of its own beyond 7", ["--cert", "8:/x", "--key", "8:/x", "unix:/x"], "0 to 7"),
    ("a chain of its own that is not there", ["--cert", "/nonexistent/c", "--key", "/x", "unix:/x"], "/nonexistent/c"),
    ("a chain of its own that is none", ["--cert", "/dev/null", "--key", "/dev/null", "unix:/x"], "/dev/null"),
    ("nobody who wants to be asked", ["--mutual", "unix:/x"], "--mutual needs somebody to be"),
    ("nobody who wants to be challenged", ["--basic-mutual", "unix:/x"], "--basic-mutual needs somebody to be"),
    ("the public key of nobody", ["--public-key-only", "unix:/x"], "--public-key-only needs somebody to be"),
    ("signatures of nobody", ["--req-asym", "ecdsa-p384", "unix:/x"], "--req-asym needs somebody to be"),
    ("unknown signatures", ["--req-asym", "ecdsa-p999", "unix:/x"], "algorithm names"),
    ("a capability that --cert brings", ["--caps", "+MUT_AUTH", "unix:/x"], "comes with --cert and --key"),
    ("a capability that a public key brings", ["--caps", "+PUB_KEY_ID", "unix:/x"], "comes with --public-key-only"),
    ("the public key of another slot", ["--cert", "1:/x", "--key", "1:/x", "--public-key-only", "unix:/x"], "slot 0"),
    ("an identity offline", ["--appraise", "x", "--cert", "/x", "--key", "/x"], "offline"),
    ("two identities at once", ["--cert", "/x", "--key", "/x", "--mutual", "--psk", "a:/x", "unix:/x"], "--psk"),
    ("to be asked in no session", ["--cert", "/x", "--key", "/x", "--mutual", "--no-session", "unix:/x"],
        "contradicts"),
    ("to be challenged without CHALLENGE", ["--cert", "/x", "--key", "/x", "--basic-mutual", "--no-challenge",
        "unix:/x"], "--no-challenge forbids"),
    ("a capture that cannot be written", ["--pcap", "/nonexistent/p", "unix:/x"], "/nonexistent/p: No such file"),
    ("a capture twice", ["--pcap", "a", "--pcap", "b", "unix:/x"], "twice"),
    ("an unknown capture format", ["--pcap", "a", "--pcap-format", "pcapng", "unix:/x"], "tcp, spdm-dump or user"),
    ("a capture format without a capture", ["--pcap-format", "tcp", "unix:/x"], "goes with --pcap"),
    ("a link type for TCP", ["--pcap", "a", "--pcap-format", "user", "tcp://x"], "take --pcap-format tcp"),
    ("a link type for bare messages", ["--pcap", "a", "--pcap-format", "spdm-dump", "emu+none://x"],
        "take --pcap-format tcp"),
    ("a capture offline", ["--appraise", "x", "--pcap", "a"], "offline"),
    ("a key log offline", ["--appraise", "x", "--keylog", "a"], "offline"),
    ("a key log that cannot be written", ["--keylog", "/nonexistent/k", "unix:/x"], "/nonexistent/k: No such file"),
    ("a key log that is no file", ["--keylog", "/dev/null", "unix:/x"], "no file"),
    ("certificates that are not there", ["--appraise", "x", "--certs", "/nonexistent/c"], "/nonexistent/c"),
]

BAD_TIMES = ["yesterday", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-13-01T00:00:00Z",
    "2026-01-31T24:00:00Z", "2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00Zjunk", "1969-12-31T23:59:59Z"]

LATER = ["--heartbeat"]


def check_refusals(program):
    for name, arguments, words in REFUSED:
        r = run(program, *arguments)
        report(r.status == 2 and words in r.err and r.out == "", f"{name} is a usage error", r)
    for time in BAD_TIMES:
        r = run(program, "--appraise", "x", "--at", time)
        report(r.status == 2 and "RFC 3339" in r.err, f"the time {time} is a usage error", r)


def check_later(program):
    for option in LATER:
        for spelling in ([option, "x", "unix:/x"], [option + "=x", "unix:/x"]):
            r = run(program, *spelling)
            report(r.status == 2 and f"{option} is not in this release" in r.err, f"{spelling[0]} is refused by name", r)


def check_help(program, version):
    r = run(program, "--help")
    text = re.sub(r"\s+", " ", r.out)
    report(r.status == 0 and all(s in text for s in EXIT_STATUSES), "--help has each exit status", r)
    report(all(len(line) <= 100 for line in r.out.splitlines()), "--help is not too wide", r)
    r = run(program, "--version")
    report(r.status == 0 and r.out == f"tspdm-verifier {version}\n", "--version says the version", r)


def check_documents(program, root):
    """Each option of --help is in the man page and in the completion, and none besides."""
    options = set(re.findall(r"^  --([a-z-]+)", run(program, "--help").out, re.MULTILINE))
    man = (root / "docs/man/tspdm-verifier.1").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.It Fl Fl ([a-z-]+)", man, re.MULTILINE))
    report(described == options, "the man page describes the options of --help", sorted(described ^ options))
    completion = (root / "docs/completion/tspdm-verifier").read_text(encoding="utf-8")
    completed = set(re.findall(r"--([a-z-]+)", completion))
    report(completed == options, "the completion knows the options of --help", sorted(completed ^ options))


def check_example_policies(program, root, scratch):
    """What a reader copies is read."""
    text = (root / "docs/policy.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    report(len(examples) > 0, "docs/policy.md has an example")
    for path in sorted((root / "docs/examples").glob("*policy*.json")):
        examples.append(path.read_text(encoding="utf-8"))
    for number, example in enumerate(examples):
        (scratch / "example.json").write_text(example)
        r = run(program, "--policy", scratch / "example.json", f"unix:{scratch}/none")
        report(r.status == 3, f"example policy {number} is read", r)


def check_policy(program, scratch):
    policy = scratch / "policy.json"
    policy.write_text('{"version": 1, "acept": []}')
    r = run(program, "--policy", policy, "unix:/x")
    report(r.status == 2 and "policy.json: acept: unknown key" in r.err, "a bad policy is named with the key's place", r)


def check_connections(program, scratch):
    with nobody() as nowhere:
        r = run(program, nowhere, "--policy", "genuine")
        report(r.status == 3 and "connect" in r.out, "nobody listening is exit status 3", r)
        r = run(program, nowhere, f"unix:{scratch}/none", "--json")
        report(r.status == 3 and len(r.out.splitlines()) == 2, "each endpoint has a line of JSON", r)
        r = run(program, nowhere, "--quiet")
        report(r.status == 3 and r.out == "", "--quiet says nothing", r)
    r = run(program, f"unix:{scratch}/none", "--json")
    verdict = json.loads(r.out)
    is_complete = {"schema", "subject", "verdict", "status", "reason", "spdm", "identity", "evidence", "tcb", "binding",
        "checks", "device", "devices", "time"} == set(verdict)
    report(r.status == 3 and is_complete and verdict["status"] == 3 and verdict["verdict"] == "error",
        "the JSON is complete also without a connection", r)
    r = run(program, "nothing://like.this")
    report(r.status == 2, "an endpoint that cannot be understood is a usage error", r)


def check_files(program, scratch):
    r = run(program, "--appraise", scratch / "none", "--policy", "genuine")
    report(r.status == 2, "a file that is not there is a usage error", r)
    for name, content in [("empty", b""), ("short", b"\x02\0\0\0" + bytes(100)), ("text", b"hello, world\n" * 200)]:
        (scratch / name).write_bytes(content)
        r = run(program, "--appraise", scratch / name, "--policy", "genuine")
        report(r.status == 6 and "neither an SEV-SNP report" in r.out, f"{name}: no evidence is exit status 6", r)
    r = run(program, "--appraise", "-", "--json", given=b"not evidence")
    report(r.status == 6 and json.loads(r.out)["subject"] == "-", "- is standard input", r)


def main():
    program, version = sys.argv[1:]
    root = pathlib.Path(__file__).resolve().parents[2]
    check_help(program, version)
    check_documents(program, root)
    check_refusals(program)
    check_later(program)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_policy(program, scratch)
        check_example_policies(program, root, scratch)
        check_connections(program, scratch)
        check_files(program, scratch)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
