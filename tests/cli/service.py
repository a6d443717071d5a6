#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-attester as a service: it ends when what is under way is over, reads certificates and keys anew while it runs, tells
its manager, and a slow TEE holds up nobody.

	service.py ATTESTER VERIFIER
"""
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, WAIT, answers, ask, connect, is_version, negotiate, receive
from tap import finish, report, run, skip

AT = ["--listen", "tcp://127.0.0.1:0"]
PLAIN = [*AT, "--tee", "none"]
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"
ATTEST = ["--allow-soft-tee", "--policy", POLICY]


def talk(s):
    s.sendall(VERSION_REQUEST)
    return is_version(receive(s, VERSION_LENGTH))


def is_refused(url):
    try:
        connect(url).close()
    except ConnectionError:
        return True
    return False


def attesting(verifier, url, *more):
    return subprocess.Popen([verifier, url, *map(str, ATTEST), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


# ---- Ending ----

def check_ending(program):
    with Serving(program, *PLAIN, "--grace", "60") as a:
        url = a.wait_for_urls()[0]
        mute, talking = connect(url), connect(url)
        talk(talking)
        a.process.send_signal(signal.SIGTERM)
        report(receive(mute, 1) == b"" and is_refused(url), "at SIGTERM nobody new is let in, and who is idle is let go", a)
        report(talk(talking), "who is in a handshake goes on", a)
        talking.close()
        mute.close()
        report(a.wait_for_end() == 0, "and when the last is gone it ends in order", a)
    with Serving(program, *PLAIN, "--grace", "1") as a:
        with connect(a.wait_for_urls()[0]) as talking:
            talk(talking)
            began = time.monotonic()
            report(a.end() == 0 and time.monotonic() - began > 0.9, "--grace is how long it waits for them", a)
            report(receive(talking, 1) == b"", "then they are let go", a)
    with Serving(program, *PLAIN, "--grace", "3600") as a:
        with connect(a.wait_for_urls()[0]) as talking:
            talk(talking)
            a.process.send_signal(signal.SIGTERM)
            a.wait_for("SIGTERM: ending;")
            report(a.end(signal.SIGINT) == 0 and a.wait_for("at once") is not None, "a second signal ends it at once", a)
    with Serving(program, *PLAIN, "--grace", "0") as a:
        with connect(a.wait_for_urls()[0]) as talking:
            talk(talking)
            report(a.end() == 0, "--grace 0 waits for nobody", a)


def check_ending_while_attested(program, verifier):
    with Serving(program, *AT, "--tee", "soft", "--delay", "400", "--grace", "60", "--log-level", "debug") as a:
        url = a.wait_for_urls()[0]
        v = attesting(verifier, url)
        seen = a.wait_for("CHALLENGE: ResponseNotReady")
        status = a.end()
        out = v.communicate(timeout=WAIT)[0].decode()
        report(seen is not None and v.returncode == 0 and status == 0, "an attestation under way is completed", out, a)


# ---- Reading anew ----

def make_identity(scratch, name):
    key, cert = scratch / "key.new", scratch / "cert.new"
    r = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", key,
        "-out", cert, "-days", "30", "-subj", f"/CN={name}")
    assert r.status == 0, r
    key.rename(scratch / "key.pem")
    cert.rename(scratch / "cert.pem")


def digests(s):
    return ask(s, b"\x11\x81\0\0")


def tls_certificate(url):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, port = url.split("//")[1].rsplit(":", 1)
    with socket.create_connection((host, int(port)), WAIT) as s:
        with context.wrap_socket(s) as wrapped:
            return wrapped.getpeercert(True)


def reload(a, words):
    a.process.send_signal(signal.SIGHUP)
    return a.wait_for(words)


def check_reload(program, scratch):
    cert, key = scratch / "cert.pem", scratch / "key.pem"
    make_identity(scratch, "first")
    with Serving(program, *PLAIN, "--listen", "tls://127.0.0.1:0", "--cert", cert, "--key", key, "--tls-cert", cert,
            "--tls-key", key) as a:
        urls = a.wait_for_urls(2)
        old = connect(urls[0])
        good = negotiate(old)
        first, first_tls = digests(old), tls_certificate(urls[1])
        report(good and first[1:2] == b"\x01", "a connection asks for digests", first.hex(), a)

        make_identity(scratch, "second")
        report(reload(a, "read anew") is not None, "SIGHUP reads certificates and keys anew", a)
        with connect(urls[0]) as new:
            negotiate(new)
            second = digests(new)
            report(second[1:2] == b"\x01" and second != first, "new connections have the new certificate", a)
        report(digests(old) == first, "those that are there keep what they began with", a)
        report(tls_certificate(urls[1]) != first_tls, "tls:// shows the new certificate too", a)

        cert.write_text("this is no certificate\n")
        line = reload(a, "stays in force")
        report(line is not None and "cert.pem" in line, "what cannot be used is refused with the reason", a)
        with connect(urls[0]) as new:
            negotiate(new)
            report(digests(new) == second, "and what was read before stays in force", a)
        old.close()
        report(a.end() == 0, "it ends in order", a)


def check_reload_of_evidence(program, verifier, scratch):
    """An identity made in memory is made anew, with evidence inside; --write-root follows. The capture goes on."""
    root, pcap = scratch / "root.pem", scratch / "capture.pcap"
    with Serving(program, *AT, "--tee", "soft", "--write-root", root, "--pcap", pcap) as a:
        url = a.wait_for_urls()[0]
        report(run(verifier, url, *ATTEST).status == 0, "it is attested", a)
        a.wait_for("evidence given")
        before, length = root.read_bytes(), pcap.stat().st_size
        report(reload(a, "read anew") is not None and root.read_bytes() != before, "SIGHUP makes a new identity, with its root", a)
        r = run(verifier, url, *ATTEST, "--trust", root)
        report(r.status == 0, "which is attested like the first", r, a)
        report(a.end() == 0 and pcap.stat().st_size > length > 0, "the capture was not begun anew", pcap.stat().st_size, length)


def check_reload_under_load(program, verifier):
    """Configurations come and go while others are attested, in sessions and inside of TLS too."""
    ways = [("tcp", []), ("tls", []), ("tcp", ["--session"]), ("tls", ["--session"])]
    with Serving(program, *AT, "--listen", "tls://127.0.0.1:0", "--tee", "soft", "--log-level", "warn") as a:
        urls, sent = a.wait_for_urls(2), 0
        for attempt in range(3):
            running = [attesting(verifier, urls[scheme == "tls"], *more) for scheme, more in ways]
            while any(v.poll() is None for v in running):
                a.process.send_signal(signal.SIGHUP)
                sent += 1
                time.sleep(0.05)
            said = [v.communicate(timeout=WAIT)[0].decode() for v in running]
            report(all(v.returncode == 0 for v in running), f"SIGHUP disturbs nobody who is being attested, {attempt}", *said, a)
        report(0 < sum("read anew" in line for line in a.lines) < sent, "one reload answers several signals", sent, a)
        report(a.end() == 0, "and leaves nothing behind", a)


# ---- The service manager ----

def check_notify(program, scratch):
    for name, bound in ((f"{scratch}/notify", f"{scratch}/notify"), (f"@tspdm-{os.getpid()}", f"\0tspdm-{os.getpid()}")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(WAIT)
            manager.bind(bound)
            with Serving("env", f"NOTIFY_SOCKET={name}", program, *PLAIN) as a:
                report(manager.recv(4096) == b"READY=1" and answers(a.wait_for_urls()[0]), f"{name[0]}: READY=1 once it listens", a)
                now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                a.process.send_signal(signal.SIGHUP)
                told = re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=(\d+)", manager.recv(4096))
                report(told is not None and int(told[1]) >= now, f"{name[0]}: RELOADING=1, with the time", told, a)
                report(manager.recv(4096) == b"READY=1", f"{name[0]}: READY=1 when that is over", a)
                a.process.send_signal(signal.SIGTERM)
                report(manager.recv(4096) == b"STOPPING=1" and a.wait_for_end() == 0, f"{name[0]}: STOPPING=1 at the end", a)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(WAIT)
        manager.bind(f"{scratch}/watchdog")
        with Serving("env", f"NOTIFY_SOCKET={scratch}/watchdog", "WATCHDOG_USEC=200000", program, *PLAIN) as a:
            report([manager.recv(4096) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"],
                "signs of life as often as they are wanted", a)
    for bad in ("relative", "@", "", "/" + "x" * 200, f"{scratch}/nobody"):
        with Serving("env", f"NOTIFY_SOCKET={bad}", program, *PLAIN) as a:
            report(answers(a.wait_for_urls()[0]) and a.end() == 0, f"a manager at '{bad[:20]}' that cannot be told is none", a)


# ---- A slow TEE ----

def check_slow_evidence(program, verifier):
    delay = 2.0
    with Serving(program, *AT, "--tee", "soft", "--delay", int(delay * 1000)) as a:
        url = a.wait_for_urls()[0]
        began, before_cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        v = attesting(verifier, url, "--no-challenge")
        longest, asked = 0.0, 0
        with connect(url) as other:
            while v.poll() is None and time.monotonic() - began < WAIT:
                before = time.monotonic()
                good = talk(other)
                longest = max(longest, time.monotonic() - before) if good else WAIT
                asked += 1
                time.sleep(0.05)
        out = v.stdout.read().decode()
        v.stdout.close()
        took, after_cpu = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after_cpu.ru_utime + after_cpu.ru_stime - before_cpu.ru_utime - before_cpu.ru_stime
        report(v.returncode == 0 and took > delay, "evidence that takes two seconds is waited for", out, a)
        report(asked > 10 and longest < delay / 2, "meanwhile others are answered", asked, longest, a)
        line = a.wait_for("evidence given")
        retries = sum(int(n or 1) for n in re.findall(r"RESPOND_IF_READY(?: x(\d+))?", line or ""))
        report(line is not None and 0 < retries < 20, "the verifier does not keep asking all the time", retries, a)
        report(used < took / 2, "nor is it busy while it waits", used, took)


def main():
    program, verifier = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_ending(program)
        check_ending_while_attested(program, verifier)
        if shutil.which("openssl") is None:
            skip("reading anew", "no openssl to make certificates with")
        else:
            check_reload(program, scratch)
        check_reload_of_evidence(program, verifier, scratch)
        check_reload_under_load(program, verifier)
        check_notify(program, scratch)
        check_slow_evidence(program, verifier)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
