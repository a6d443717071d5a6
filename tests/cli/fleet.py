#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-verifier with many endpoints: lists of them, good ones among dead, silent and refused ones, what they share, and how
it is ended.

	fleet.py ATTESTER VERIFIER
"""
import collections
import json
import os
import pathlib
import pty
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from serving import Serving, nobody
from tap import finish, report, run, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs/examples/soft-demo-policy.json"
WAIT = 60
FEW = ["--dhe", "secp256r1"]  # what is quickest


class Silent:
    """Takes connections, answers nothing, and counts them."""

    def __init__(self, closes=False, port=0):
        self.closes = closes
        self.taken = []
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.url = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                taken, _ = self.listener.accept()
            except OSError:
                return
            with self.changed:
                self.taken.append(taken)
                self.changed.notify_all()
            if self.closes:
                taken.close()

    def wait_for(self, count):
        with self.changed:
            return self.changed.wait_for(lambda: len(self.taken) >= count, WAIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for taken in self.taken:
            taken.close()


class Programs:
    def __init__(self, attester, verifier):
        self.attester, self.verifier = attester, verifier

    def serve(self, *options, count=1):
        listens = ["--listen", "tcp://127.0.0.1:0"] * count
        return Serving(self.attester, *listens, "--tee", "soft", *options)

    def command(self, *arguments):
        return [str(a) for a in (self.verifier, *arguments, "--allow-soft-tee", "--policy", POLICY)]

    def attest(self, *arguments, given=b""):
        return run(*self.command(*arguments), given=given)

    def start(self, *arguments, **how):
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **how)


def verdicts(r):
    return [json.loads(line) for line in r.out.splitlines()]


# ---- Two hundred of all kinds ----

def check_mixture(p, scratch):
    with p.serve(count=6) as good, p.serve("--soft-defect", "debug") as refused, p.serve("--soft-defect", "flip-signature") as forged, \
            Silent() as silent, Silent(closes=True) as closing, nobody() as dead:
        good_urls = good.wait_for_urls(6)
        expected = {**{u: 0 for u in good_urls}, refused.wait_for_urls()[0]: 7, forged.wait_for_urls()[0]: 6,
            dead: 3, silent.url: 3, closing.url: 3, f"unix:{scratch}/nobody": 3}
        urls = list(expected)
        fleet = [urls[i % len(urls)] for i in range(200)]
        (scratch / "hosts").write_text("\n".join(fleet))
        r = p.attest(f"@{scratch}/hosts", "--jobs", 40, "--timeout", 3, "--json", *FEW)
        told = verdicts(r)
        wrong = [v for v in told if v["status"] != expected[v["subject"]]]
        report(len(told) == 200, "200 endpoints have 200 lines of JSON", len(told), r.err)
        report(collections.Counter(v["subject"] for v in told) == collections.Counter(fleet), "each its own", r.err)
        report(not wrong, "each has the status that it has by itself", wrong[:1], refused, good)
        report(r.status == 7, "the exit status is the worst of them", r.status)
        report("attested" not in r.err, "nothing is said of progress where nobody looks", r.err)
        r = p.attest(*fleet[:60], "--jobs", 60, "--timeout", 3, *FEW)
        lines = r.out.splitlines()
        report(len(lines) == 61 and lines[-1].startswith("60 endpoints: ") and r.status == 7 and
            sum("TRUSTED, WITH A REMARK: accept[0]" in line for line in lines) == sum(not expected[u] for u in fleet[:60]),
            "a person gets a line for each, and a sum", r)


def check_schemes(p, scratch):
    listens = ["tls://127.0.0.1:0", "emu+mctp://127.0.0.1:0", f"unix:{scratch}/attester"]
    with Serving(p.attester, *(a for url in listens for a in ("--listen", url)), "--tee", "soft") as a:
        urls = a.wait_for_urls(3)
        r = p.attest(*urls * 10, "--jobs", 30, "--timeout", 20, "--json", *FEW)
        told = verdicts(r)
        report(r.status == 0 and collections.Counter(v["subject"] for v in told) == dict.fromkeys(urls, 10),
            "a fleet may be of every scheme", r, a)
        r = p.attest(*urls * 3, "--jobs", 9, "--hold", 1, "--json", *FEW)
        report(r.status == 0 and len(verdicts(r)) == 9, "and its sessions may be held at a time", r, a)


def is_localhost_known():
    """A bare system has no /etc/hosts; and where the name is first that of ::1, nobody listens there."""
    try:
        return ("127.0.0.1", 0) in [found[4] for found in socket.getaddrinfo("localhost", 0, socket.AF_INET)]
    except OSError:
        return False


def check_names(p, url):
    r = p.attest("tcp://nobody.invalid", "tcp://nobody.invalid", "--json")
    reasons = [v["reason"] for v in verdicts(r)]
    report(r.status == 3 and len(reasons) == 2 and all("nobody.invalid" in reason for reason in reasons),
        "a name that nobody has", r.out, r.err)
    if not is_localhost_known():
        skip("hosts may be named", "localhost is not known here")
        return
    r = p.attest(*[url.replace("127.0.0.1", "localhost")] * 40, "--json", "--jobs", 40)
    report(r.status == 0 and [v["status"] for v in verdicts(r)] == [0] * 40, "hosts may be named", r.out, r.err)


def check_lists(p, scratch):
    with p.serve() as a, nobody() as dead:
        url = a.wait_for_urls()[0]
        text = f"# a fleet\n\n  {url}  # the first\r\n\t\n{dead}#not a comment\n{url}"
        bad = p.attest("@-", given=text.encode())
        report(bad.status == 2 and "(standard input):5: " in bad.err and "#not" in bad.err and bad.out == "",
            "a line that is no endpoint is told by its number", bad)
        r = p.attest("@-", "--jobs", 1, "--json", "--timeout", 5, given=text.replace("#not", " #not").encode())
        report([v["subject"] for v in verdicts(r)] == [url, dead, url] and r.status == 3,
            "comments, blanks and line ends do not count; one job keeps the order", r)
        (scratch / "one").write_text(url + "\n")
        r = p.attest(f"@{scratch}/one", dead, f"@{scratch}/one", "--json", "--jobs", 1)
        report([v["subject"] for v in verdicts(r)] == [url, dead, url], "lists and endpoints may be mixed", r)
        check_names(p, url)

        r = p.attest(f"@{scratch}/one")
        report(r.status == 0 and r.out.splitlines()[-1].startswith("1 endpoints: 1 trusted"),
            "a list of one has the form of a list", r)
        r = p.attest(f"@{scratch}/one", "--quiet")
        report(r.status == 0 and r.out == "", "--quiet says nothing", r)
    for name, content, words in [("a zero byte", b"tcp://a\0b\n", "zero byte"), ("no endpoint", b"# none\n\n", "no endpoint"),
            ("no scheme", b"tcp://a\n\nhost.example\n", ":3: host.example: no scheme"),
            ("a scheme that cannot be connected to", b"emu://host\n", ":1: ")]:
        (scratch / "bad").write_bytes(content)
        r = p.attest(f"@{scratch}/bad")
        report(r.status == 2 and words in r.err and str(scratch / "bad") in r.err, f"a list with {name} is a usage error", r)
    r = p.attest("@-", "@-", given=b"tcp://127.0.0.1:1\n")
    report(r.status == 2 and "read once" in r.err, "standard input is read once", r)
    r = p.attest("@-", "--send", "-", given=b"tcp://127.0.0.1:1\n")
    report(r.status == 2 and "both want standard input" in r.err, "standard input is not the secret, too", r)


# ---- At the same time, and how much it takes ----

def check_concurrency(p):
    with Silent() as silent:
        v = p.start(*[silent.url] * 300, "--jobs", "200", "--timeout", "30")
        report(silent.wait_for(200), "200 jobs are 200 connections at a time", len(silent.taken))
        report(len(silent.taken) == 200, "and no more than that", len(silent.taken))
        v.send_signal(signal.SIGINT)
        out, err = v.communicate(timeout=WAIT)
        report(v.returncode == -signal.SIGINT and out == "0 endpoints: 0 trusted, 0 not trusted, 0 without a verdict, in" +
            out[out.rfind("in") + 2:] and "of 300 endpoints 300 were not attested" in err,
            "what is interrupted is told, and not judged", v.returncode, out, err)


def limit_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (30, 80))


def check_descriptors(p):
    with p.serve() as a:
        url = a.wait_for_urls()[0]
        v = p.start(*[url] * 60, "--jobs", "60", "--json", *FEW, preexec_fn=limit_files)
        out, err = v.communicate(timeout=WAIT)
        report(v.returncode == 0 and "80 descriptors" in err and "48 endpoints at a time" in err,
            "who has few descriptors has fewer jobs, and is told so", v.returncode, err, out[-300:])


def high_water(pid):
    """KiB that a process took at most so far; 0: it is gone. wait4(2) would count what it was before exec(2), too."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def peak(p, *arguments):
    # the test runner has malloc(3) fill what it gives and takes back, so that all of it would be written to
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}
    v = subprocess.Popen(p.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=plain)
    most = 0
    while v.poll() is None:
        most = max(most, high_water(v.pid))
        time.sleep(0.01)
    return v.returncode, most


def check_memory(p, scratch):
    jobs = 150
    with p.serve() as a:
        (scratch / "same").write_text("\n".join(a.wait_for_urls() * jobs))
        one, least = peak(p, f"@{scratch}/same", "--jobs", 1, "--timeout", 30, *FEW)
        many, most = peak(p, f"@{scratch}/same", "--jobs", jobs, "--timeout", 30, *FEW)
        each = (most - least) / jobs
        print(f"# {least} KiB with one job, {most} KiB with {jobs}: {each:.0f} KiB for each attestation")
        # instrumented builds keep what was freed
        is_plain = least < 20000
        report(one == many == 0 and (each < 400 or not is_plain), "an attestation takes some hundred KiB", one, many, each)


def run_with_few_ports(p):
    """In a network namespace of its own, which has four ports for connections."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40003\n", encoding="ascii")
    with Silent(port=5000) as silent:
        r = p.attest(*[silent.url] * 12, "--jobs", 12, "--timeout", 1, "--json")
    print(r.out)
    return r.status


def check_ports(p):
    unshare = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*unshare, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode != 0:
        skip("who has no ports left is told so", "no network namespace can be made here")
        return
    r = run(*unshare, sys.executable, __file__, p.attester, p.verifier, "--few-ports")
    reasons = [json.loads(line)["reason"] for line in r.out.splitlines() if line] if r.status == 3 else []
    without = sum("no local address or port is left" in reason for reason in reasons)
    report(r.status == 3 and len(reasons) == 12 and without >= 8, "who has no ports left is told so", without, r)


# ---- What they share ----

def requests_of(a):
    return [line for line in a.lines if "GET_VERSION" in line]


def check_cache(p):
    with p.serve() as a:
        url = a.wait_for_urls()[0]
        r = p.attest(url, url, url, "--jobs", 1, "--json")
        a.end()
        fetched = ["GET_CERTIFICATE" in line for line in requests_of(a)]
        report(r.status == 0 and fetched == [True, False, False], "a chain that was judged is not fetched again", fetched, r, a)
        first, again = verdicts(r)[0], verdicts(r)[2]
        report(first["checks"] == again["checks"] or [c["name"] for c in first["checks"]] ==
            [c["name"] for c in again["checks"]], "and all that was checked is checked", first, again)


# ---- Attempts ----

def check_retries(p):
    with Silent(closes=True) as closing:
        r = p.attest(closing.url, "--connect-retries", 4, "--retry-delay", 20, "--json")
        report(r.status == 3 and len(closing.taken) == 5 and len(verdicts(r)) == 1,
            "who breaks off is tried again, and told once", len(closing.taken), r)
    with p.serve("--soft-defect", "debug") as refused:
        r = p.attest(refused.wait_for_urls()[0], "--connect-retries", 4, "--retry-delay", 20, "--json")
        refused.end()
        report(r.status == 7 and len(requests_of(refused)) == 1, "who is refused is not asked again", r, refused)
    r = p.attest("tcp://", "--connect-retries", 1000, "--json")
    report(r.status == 2, "an endpoint that is none is not tried again", r)
    with tempfile.TemporaryDirectory() as name:
        at = f"unix:{name}/late"
        v = p.start(at, "--connect-retries", "1000", "--retry-delay", "50", "--json")
        with Serving(p.attester, "--listen", at, "--tee", "soft") as a:
            out, err = v.communicate(timeout=WAIT)
            report(v.returncode == 0 and json.loads(out)["status"] == 0, "who comes late is attested", out, err, a)


# ---- Again and again ----

def check_watch(p):
    with p.serve(count=2) as a, p.serve() as b:
        urls = a.wait_for_urls(2) + b.wait_for_urls()
        v = p.start(*urls, "--watch", "1", "--json")
        told = [json.loads(v.stdout.readline()) for _ in range(9)]
        v.send_signal(signal.SIGTERM)
        _, err = v.communicate(timeout=WAIT)
        times = collections.Counter(t["subject"] for t in told)
        report(set(times) == set(urls) and max(times.values()) <= 4 and all(t["status"] == 0 for t in told),
            "each of many is attested again", times, err)
        report(v.returncode == 0, "a signal ends the watch in order", v.returncode, err)
        b.wait_for("GET_CERTIFICATE")
        fetched = ["GET_CERTIFICATE" in line for line in requests_of(b)]
        report(len(fetched) >= 2 and fetched.count(True) == 1, "and its chain is fetched once", fetched)
        v = p.start(*urls, "--watch", "1", "--timeout", "2")
        first = [v.stdout.readline() for _ in urls]
        b.end()
        line = v.stdout.readline()
        report(all("TRUSTED" in t for t in first) and urls[2] in line and "CHANGED: verdict" in line, "what changed is told, and nothing else", first, line)
        v.send_signal(signal.SIGINT)
        v.communicate(timeout=WAIT)
        report(v.returncode == 3, "the newest verdicts are the exit status", v.returncode)


# ---- The end before the end, and on the way ----

def check_interruption(p):
    with p.serve() as a, Silent() as silent:
        v = p.start(a.wait_for_urls()[0], silent.url, silent.url, "--timeout", "50", "--connect-retries", "9", "--json")
        line = v.stdout.readline()
        silent.wait_for(2)
        v.send_signal(signal.SIGINT)
        out, err = v.communicate(timeout=WAIT)
        report(v.returncode == -signal.SIGINT and json.loads(line)["status"] == 0 and out == "" and
            "of 3 endpoints 2 were not attested" in err, "what is done before a signal is told", v.returncode, line, out, err)
        v = p.start(silent.url, "--timeout", "50", "--json")
        silent.wait_for(3)
        v.send_signal(signal.SIGTERM)
        out, err = v.communicate(timeout=WAIT)
        report(v.returncode == -signal.SIGTERM and out == "", "one endpoint can be interrupted, too", v.returncode, out, err)


def check_progress(p):
    master, slave = pty.openpty()
    with p.serve() as a:
        v = subprocess.Popen(p.command(*a.wait_for_urls() * 5, "--json", "--jobs", "1", *FEW), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        shown = b""
        while True:
            try:
                got = os.read(master, 4096)
            except OSError:
                break
            if not got:
                break
            shown += got
        out, _ = v.communicate(timeout=WAIT)
        os.close(master)
    report(v.returncode == 0 and len(out.splitlines()) == 5 and b"0 of 5 attested, 1 at work" in shown and
        shown.endswith(b"\r\x1b[K"), "a terminal shows how far it has come", shown)


def main():
    p = Programs(*sys.argv[1:3])
    if "--few-ports" in sys.argv:
        return run_with_few_ports(p)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        check_mixture(p, scratch)
        check_schemes(p, scratch)
        check_lists(p, scratch)
        check_memory(p, scratch)
    check_concurrency(p)
    check_descriptors(p)
    check_ports(p)
    check_cache(p)
    check_retries(p)
    check_watch(p)
    check_interruption(p)
    check_progress(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
