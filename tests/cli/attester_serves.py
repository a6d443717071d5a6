#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-attester at work: how it begins and ends, that peers do not disturb each other, its limits, its log, and what the
verifier says of it.

	attester_serves.py ATTESTER VERIFIER
"""
import json
import pathlib
import shutil
import signal
import sys
import tempfile

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, answers, are_versions, connect, is_version, receive
from tap import finish, report, run, skip

AT = ["--listen", "tcp://127.0.0.1:0"]
PLAIN = [*AT, "--tee", "none"]

# What is wrong with the evidence: the verifier's exit status.
DEFECTS = {"flip-signature": 6, "flip-report": 6, "debug": 7, "wrong-report-data": 6, "replay": 6, "wrong-hwid": 6,
    "wrong-tcb": 6, "foreign-root": 6, "unsigned": 6, "no-certificates": 8, "migration": 7, "expired": 8,
    "revoked": 8, "wrong-key-kind": 6}


def check_beginning_and_end(program, scratch):
    path = scratch / "socket"
    for number in (signal.SIGTERM, signal.SIGINT):
        with Serving(program, *PLAIN, "--listen", f"unix:{path}") as a:
            urls = a.wait_for_urls(2)
            report(urls is not None and all(answers(u) for u in urls) and not urls[0].endswith(":0"),
                "it says where it listens, with the port in force", a)
            idle = connect(urls[0])
            report(path.is_socket(), "the socket file is there", a)
            status = a.end(number)
            report(status == 0 and not path.exists(), f"{number.name} ends it in order, without a socket file left", a)
            report(receive(idle, 1) == b"", "who is connected then is let go", a)
            idle.close()
    with Serving(program, *PLAIN, "--once") as a:
        url = a.wait_for_urls()[0]
        report(answers(url) and a.wait_for_end() == 0, "--once ends in order after one connection", a)


def check_neighbours(program):
    garbage = {"zeros": bytes(4096), "text": b"GET / HTTP/1.1\r\n\r\n", "a huge length": b"\xff\xff\x01\x05" + bytes(64),
        "a wrong binding version": b"\x06\x00\x09\x05\x10\x84\x00\x00", "an empty frame": b"\x02\x00\x01\x05"}
    with Serving(program, *PLAIN) as a:
        url = a.wait_for_urls()[0]
        with connect(url) as good:
            for name, content in garbage.items():
                with connect(url) as bad:
                    bad.sendall(content)
                    bad.shutdown(1)
                    receive(bad, 4096)
                good.sendall(VERSION_REQUEST)
                report(is_version(receive(good, VERSION_LENGTH)), f"a peer that sends {name} disturbs nobody", a)
            with connect(url) as slow:
                slow.sendall(VERSION_REQUEST[:3])
                good.sendall(VERSION_REQUEST)
                report(is_version(receive(good, VERSION_LENGTH)), "half a frame holds up nobody", a)
                slow.sendall(VERSION_REQUEST[3:])
                report(is_version(receive(slow, VERSION_LENGTH)), "and is answered once it is whole", a)
            good.sendall(VERSION_REQUEST * 200)
            got = receive(good, 200 * VERSION_LENGTH)
            report(are_versions(got, 200), "many requests at once are all answered", a)
        report(a.end() == 0, "and it still ends in order", a)


def check_slow_reader(program, scratch):
    """The system takes some hundred small answers for a local socket; then the attester has to wait for the reader."""
    with Serving(program, *PLAIN, "--listen", f"unix:{scratch}/slow") as a:
        urls = a.wait_for_urls(2)
        with connect(urls[1]) as slow:
            slow.setblocking(False)
            asked = 0
            while asked < 20000:
                try:
                    slow.sendall(VERSION_REQUEST)
                except BlockingIOError:
                    break
                asked += 1
            report(asked < 20000 and answers(urls[0]), "who does not read is not read from, and holds up nobody", asked, a)
            slow.settimeout(60)
            got = receive(slow, asked * VERSION_LENGTH)
            report(are_versions(got, asked),
                "and gets each answer once it reads", len(got), a)


def check_limit(program):
    with Serving(program, *PLAIN, "--max-connections", "2") as a:
        url = a.wait_for_urls()[0]
        first, second = connect(url), connect(url)
        for s in (first, second):
            s.sendall(VERSION_REQUEST)
            report(is_version(receive(s, VERSION_LENGTH)), "a connection within the limit is served", a)
        with connect(url) as third:
            report(receive(third, 64) == b"\0\0\x01\xc3", "one beyond it is told so, and closed", a)
        first.close()
        report(a.wait_for("closed by the peer") is not None and answers(url), "a place that is free is given again", a)
        second.close()


def check_log(program):
    with Serving(program, *PLAIN) as a:
        answers(a.wait_for_urls()[0])
        line = a.wait_for("GET_VERSION")
        report(line is not None and line.startswith("127.0.0.1:") and "closed by the peer" in line,
            "each connection has a line", a)
    with Serving(program, *PLAIN, "--log-json", "--log-level", "debug") as a:
        url = a.wait_for_urls()[0]
        with connect(url) as s:
            s.sendall(VERSION_REQUEST + bytes([0x06, 0, 1, 5, 0x12, 0xE6, 0, 0]))
            receive(s, VERSION_LENGTH + 8)
        a.wait_for("closed by the peer")
        a.end()
        events = [json.loads(line) for line in a.lines]
        last = next(e for e in events if e["event"] == "connection")
        report(all({"time", "level", "event", "message"} <= set(e) for e in events), "each line of --log-json is an object", a)
        report(last["requests"] == 2 and last["errors"] == 1 and "PSK_EXCHANGE (UnsupportedRequest)" in last["message"],
            "it tells requests and what they were refused with", a)
    with Serving(program, *PLAIN, "--log-level", "error") as a:
        report(answers(a.wait_for_urls()[0]) and a.end() == 0 and len(a.lines) == 1,
            "--log-level error leaves but the line that scripts wait for", a)


def attest(verifier, url, *options):
    return run(verifier, url, "--allow-soft-tee", "--policy",
        pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json", *options)


def check_evidence(program, verifier):
    with Serving(program, *AT, "--tee", "soft") as a:
        url = a.wait_for_urls()[0]
        report("NOT HARDWARE" in a.lines[0], "the software TEE says what it is", a)
        r = attest(verifier, url)
        report(r.status == 0, "the verifier trusts the software TEE if told to", r, a)
        line = a.wait_for("evidence given")
        report(line is not None and "authenticated slot 0" in line, "the log says so", a)
        r = run(verifier, url, "--policy", "genuine")
        report(r.status == 6, "and not otherwise", r, a)
    for version in (2, 5):
        with Serving(program, *AT, "--tee", "soft", "--soft-report-version", version) as a:
            r = attest(verifier, a.wait_for_urls()[0])
            report(r.status == 0, f"reports of version {version} too", r, a)
    with Serving(program, *AT, "--tee", "soft", "--soft-measurement", "ab" * 48, "--soft-seed", 7) as a:
        r = attest(verifier, a.wait_for_urls()[0])
        report(r.status == 7 and "abababab" in r.out, "another guest is refused by the policy", r, a)
    with Serving(program, *AT, "--tee", "soft", "--delay", 20) as a:
        r = attest(verifier, a.wait_for_urls()[0])
        report(r.status == 0 and "ResponseNotReady" in (a.wait_for("GET_MEASUREMENTS") or ""),
            "evidence and signatures may be late", r, a)
    for defect, status in DEFECTS.items():
        with Serving(program, *AT, "--tee", "soft", "--soft-defect", defect) as a:
            r = attest(verifier, a.wait_for_urls()[0])
            report(r.status == status, f"{defect}: the verifier's exit status is {status}", r, a)


def check_devices(program, verifier, scratch):
    root, blocks, measured = scratch / "root.pem", scratch / "blocks.json", scratch / "measured"
    measured.write_bytes(b"abc")
    blocks.write_text(json.dumps([{"index": 5, "type": "rom", "file": str(measured), "tcb": True},
        {"index": 3, "type": "svn", "raw": "0700000000000000"}]))
    for asym in ("ecdsa-p256", "ecdsa-p384", "rsapss-3072", "ed25519"):
        with Serving(program, *PLAIN, "--asym", asym, "--write-root", root, "--measurements", blocks) as a:
            url = a.wait_for_urls()[0]
            r = run(verifier, url, "--evidence", "none", "--trust", root)
            # SHA-384 of "abc" is FIPS 180-4's own example
            report(r.status == 7 and "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163" in r.out and "07" in r.out,
                f"a plain device with {asym} shows what it was given", r, a)
            r = run(verifier, url, "--evidence", "none")
            report(r.status == 5, "and is not trusted without its root", r, a)
    with Serving(program, *PLAIN, "--caps", "-CHAL", "--write-root", root) as a:
        r = run(verifier, a.wait_for_urls()[0], "--evidence", "none", "--trust", root)
        report(r.status == 7 and "GET_MEASUREMENTS" in a.wait_for("measured") and "CHALLENGE" not in str(a),
            "a capability taken away is not there", r, a)


def make_chain(scratch, slot):
    """A self-signed leaf by the profile of DSP0274, with its key."""
    cert, key = scratch / f"cert{slot}.pem", scratch / f"key{slot}.pem"
    r = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", key,
        "-out", cert, "-subj", f"/CN=slot {slot}", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "keyUsage=critical,digitalSignature")
    return (cert, key) if r.status == 0 else None


def check_slots(program, verifier, scratch):
    if shutil.which("openssl") is None:
        skip("chains from files", "no openssl to make them with")
        return
    (cert0, key0), (cert3, key3) = make_chain(scratch, 0), make_chain(scratch, 3)
    chains = ["--cert", cert0, "--key", f"0:{key0}", "--cert", f"3:{cert3}", "--key", f"3:{key3}"]
    with Serving(program, *PLAIN, *chains) as a:
        url = a.wait_for_urls()[0]
        for slot, cert in ((0, cert0), (3, cert3)):
            r = run(verifier, url, "--evidence", "none", "--slot", slot, "--trust", cert)
            report(r.status == 7 and f"CN = slot {slot}" in r.out, f"slot {slot} has the chain that was given for it", r, a)
        r = run(verifier, url, "--evidence", "none", "--slot", 3, "--trust", cert0)
        report(r.status == 5, "and no other", r, a)
        r = run(verifier, url, "--evidence", "none", "--slot", 1, "--trust", cert0)
        report(r.status == 4, "a slot without one is refused", r, a)
    r = run(program, *PLAIN, "--cert", cert0, "--key", key3)
    report(r.status == 2 and "no private key for the leaf" in r.err, "a key of another chain is refused", r)
    with Serving(program, *AT, "--tee", "soft", "--cert", cert0, "--key", key0) as a:
        r = attest(verifier, a.wait_for_urls()[0])
        report(r.status in (6, 7) and a.wait_for("no certificate carries it") is not None and "binding.measurement" in r.out,
            "with a chain from a file the evidence is fresh only, and the log says so", r, a)


def main():
    program, verifier = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_beginning_and_end(program, scratch)
        check_neighbours(program)
        check_slow_reader(program, scratch)
        check_limit(program)
        check_log(program)
        check_evidence(program, verifier)
        check_devices(program, verifier, scratch)
        check_slots(program, verifier, scratch)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
