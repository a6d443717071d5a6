#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-attester before a crowd: each limit, those who send slowly or nothing beside honest verifiers, and what a connection
costs.

	crowd.py ATTESTER VERIFIER
"""
import pathlib
import resource
import select
import socket
import sys
import time

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, WAIT, answers, connect, is_version, receive
from tap import finish, report, run, skip

AT = ["--listen", "tcp://127.0.0.1:0"]
PLAIN = [*AT, "--tee", "none"]
REFUSED = b"\0\0\x01\xc3"  # DSP0287: cannot operate as Responder
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"


def talk(s):
    s.sendall(VERSION_REQUEST)
    return is_version(receive(s, VERSION_LENGTH))


def attest(verifier, url):
    return run(verifier, url, "--allow-soft-tee", "--policy", POLICY)


def is_closed(s, seconds=0.0):
    """Whether the other end closes within so many seconds; what it says before goes."""
    end = time.monotonic() + seconds
    while True:
        readable, _, _ = select.select([s], [], [], max(0.0, end - time.monotonic()))
        if not readable:
            return False
        try:
            if not s.recv(4096):
                return True
        except ConnectionError:
            return True


def close(sockets):
    for s in sockets:
        s.close()


def check_total(program):
    with Serving(program, *PLAIN, "--max-connections", "3") as a:
        url = a.wait_for_urls()[0]
        talking = [connect(url) for _ in range(3)]
        report(all(talk(s) for s in talking), "connections within the limit are served", a)
        with connect(url) as further:
            report(receive(further, 64) == REFUSED, "while all have something to do one beyond it is refused", a)
        line = a.wait_for("refused")
        report(line is not None and "--max-connections" in line, "the log names the limit", a)
        talking.pop().close()
        a.wait_for("closed by the peer")
        mute = connect(url)
        time.sleep(0.5)
        report(answers(url), "who sits there without a word gives its place to one who has something to say", a)
        report(is_closed(mute, WAIT) and not any(is_closed(s) for s in talking), "and nobody else does", a)
        close([mute, *talking])


def check_per_peer(program):
    with Serving(program, *PLAIN, "--max-per-peer", "2") as a:
        url = a.wait_for_urls()[0]
        host, port = url.split("//")[1].rsplit(":", 1)
        sockets = [connect(url), connect(url)]
        report(all(talk(s) for s in sockets), "an address has its connections", a)
        with connect(url) as third:
            report(receive(third, 64) == REFUSED, "and not one more", a)
        line = a.wait_for("refused")
        report(line is not None and "--max-per-peer" in line, "the log names the limit", a)
        with socket.create_connection((host, int(port)), WAIT, source_address=("127.0.0.2", 0)) as other:
            report(talk(other), "another address has its own", a)
        sockets.pop().close()
        a.wait_for("closed by the peer")
        report(answers(url), "a place that is free is given again", a)
        close(sockets)


def check_handshakes(program, verifier):
    with Serving(program, *AT, "--tee", "soft", "--max-handshakes", "2") as a:
        url = a.wait_for_urls()[0]
        first, second = connect(url), connect(url)
        report(talk(first) and talk(second), "handshakes within the limit go on", a)
        with connect(url) as third:
            report(receive(third, 64) == REFUSED, "one beyond it is refused", a)
        line = a.wait_for("refused")
        report(line is not None and "--max-handshakes" in line, "the log names the limit", a)
        first.close()
        a.wait_for("closed by the peer")
        report(attest(verifier, url).status == 0, "with room for it, a verifier comes through", a)
        second.close()


def check_times(program):
    """Generous towards slow machines: only that it does not happen early, and happens."""
    limits = ["--first-timeout", "1", "--frame-timeout", "2", "--idle-timeout", "1"]
    with Serving(program, *PLAIN, *limits) as a:
        url = a.wait_for_urls()[0]
        began = time.monotonic()
        mute, idle, slow = connect(url), connect(url), connect(url)
        report(talk(idle) and talk(slow), "who says something is answered", a)
        started = time.monotonic()
        slow.sendall(VERSION_REQUEST[:1])
        report(is_closed(mute, WAIT) and time.monotonic() - began > 0.9, "who says nothing is let go", a)
        report(is_closed(idle, WAIT), "who says nothing more, too", a)
        sent = 1
        while sent < len(VERSION_REQUEST) - 1 and not is_closed(slow, 0.4):
            slow.sendall(VERSION_REQUEST[sent:sent + 1])
            sent += 1
        report(is_closed(slow, WAIT) and time.monotonic() - started > 1.8, "who sends a byte now and then does not last either", a)
        report(a.wait_for("took too long") is not None, "the log tells why", a)
        close([mute, idle, slow])


def flood(s):
    """Asks and asks, and takes no answer, until the other end hangs up. How much is on its way before it cannot answer any more
    is the kernel's business, so a full socket is only waited for."""
    rest, end = VERSION_REQUEST, time.monotonic() + WAIT
    s.setblocking(False)
    while time.monotonic() < end:
        try:
            _, writable, _ = select.select([], [s], [], 0.1)
            if writable:
                rest = rest[s.send(rest):] or VERSION_REQUEST
        except ConnectionError:
            return


def check_slow_reader(program, scratch):
    with Serving(program, *PLAIN, "--listen", f"unix:{scratch}", "--frame-timeout", "1") as a:
        with connect(a.wait_for_urls(2)[1]) as slow:
            flood(slow)
            report(a.wait_for("not taken") is not None, "who does not take its answers is let go", a)


def check_memory(program):
    """Part of a large message is kept for each; 2 MiB do not suffice for all of them."""
    with Serving(program, *PLAIN, "--max-memory", "2", "--max-message", "65000", "--log-level", "info") as a:
        url = a.wait_for_urls()[0]
        part = (60000).to_bytes(2, "little") + b"\x01\x05" + bytes(50000)
        sockets = []
        for _ in range(60):
            s = connect(url)
            s.settimeout(WAIT)
            try:
                s.sendall(part)
            except ConnectionError:
                pass
            sockets.append(s)
        a.wait_for_any("--max-memory", "gives its place")
        ended = sum(is_closed(s, 0.05) for s in sockets)
        report(0 < ended < 60, "where memory is used up connections end, and others stay", ended, a)
        report(answers(url), "then who is idle gives its memory to one who has something to say", a)
        close(sockets)
        report(a.end() == 0, "the attester lives on", a)


def check_flood(program, verifier):
    """As many as may be sit there in silence, and come back when they are dropped; verifiers come through all the same."""
    count = 300
    with Serving(program, *AT, "--tee", "soft", "--max-connections", count, "--log-level", "warn") as a:
        url = a.wait_for_urls()[0]
        flood = [connect(url) for _ in range(count)]
        for s in flood[::3]:
            s.sendall(VERSION_REQUEST[:3])
        time.sleep(0.3)
        for i in range(3):
            r = attest(verifier, url)
            report(r.status == 0, f"verifier {i} comes through a flood of idle connections", r, a)
            flood.append(connect(url))
        dropped = [line for line in a.lines if "gives its place" in line]
        report(0 < len(dropped) < 20, "the log is not flooded by it", len(dropped), *dropped[:3])
        close(flood)
        report(a.end() == 0, "and it ends in order", a)


def check_log(program):
    """Who comes and goes without a word fills no disk."""
    with Serving(program, *PLAIN) as a:
        url = a.wait_for_urls()[0]
        began = time.monotonic()
        for _ in range(500):
            connect(url).close()
        report(answers(url), "a connection is answered after many that came and went", a)
        a.wait_for("GET_VERSION")
        told = sum("nothing asked" in line for line in a.lines)
        report(0 < told <= 20 * (time.monotonic() - began + 2), "of those a bounded number has lines", told)
        time.sleep(1.1)
        connect(url).close()
        report(a.wait_for("are not listed") is not None, "and the others are counted", *a.lines[-3:])


def memory_kib(process, which):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith(which)).split()[1])


def check_cost(program):
    """The measure is coarse, the bound is a fraction of what a message takes."""
    count = 500
    for scheme, is_mute in (("tcp", False), ("tls", True)):
        what = f"an idle connection of {scheme}://, {'without a word' if is_mute else 'that was answered'}, holds at most 16 KiB"
        with Serving(program, "--listen", f"{scheme}://127.0.0.1:0", "--tee", "none", "--max-message", "65000", "--log-level",
                "error") as a:
            url = a.wait_for_urls()[0]
            before = memory_kib(a.process, "VmRSS")
            if memory_kib(a.process, "VmSize") > 1 << 30:
                skip(what, "a sanitizer's memory is not the program's")
                continue
            sockets = [connect(url) for _ in range(count)]
            good = is_mute or all(talk(s) for s in sockets)
            time.sleep(0.2)
            each = (memory_kib(a.process, "VmRSS") - before) / count
            print(f"# {scheme}: {each:.1f} KiB")
            report(good and each <= 16, what, each)
            close(sockets)


def check_descriptors(program):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    code = "import resource,os,sys;resource.setrlimit(resource.RLIMIT_NOFILE,(int(sys.argv[1]),int(sys.argv[2])));" \
        "os.execv(sys.argv[3],sys.argv[3:])"
    r = run(sys.executable, "-c", code, 100, 100, program, *PLAIN, "--max-connections", 1000)
    report(r.status == 2 and "--max-connections 1000" in r.err and "LimitNOFILE" in r.err,
        "more connections than there can be descriptors are refused, with advice", r)
    most = min(hard, 600)
    with Serving(sys.executable, "-c", code, 64, most, program, *PLAIN) as a:
        url = a.wait_for_urls()[0]
        sockets = [connect(url) for _ in range(300)]
        report(all(talk(s) for s in sockets), "the limit of descriptors is raised, and unasked connections fit into it", a)
        close(sockets)
    del soft


def main():
    program, verifier = sys.argv[1:3]
    check_total(program)
    check_per_peer(program)
    check_handshakes(program, verifier)
    check_times(program)
    check_slow_reader(program, f"@tspdm-crowd-{time.monotonic_ns()}")
    check_memory(program)
    check_flood(program, verifier)
    check_log(program)
    check_cost(program)
    check_descriptors(program)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
