#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-attester --metrics: that others can read it, and that it counts what happened.

	metrics.py ATTESTER VERIFIER
"""
import http.client
import pathlib
import re
import signal
import socket
import sys
import tempfile
import time

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, WAIT, ask, connect, is_version, negotiate, receive
from tap import finish, report, run

AT = ["--listen", "tcp://127.0.0.1:0"]
METRICS = ["--metrics", "tcp://127.0.0.1:0"]
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"
SAMPLE = re.compile(r"^(tspdm_attester_[a-z_]+)((?:\{[a-z]+=\"[^\"\\]*\"\})?) ([0-9.]+)$")


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WAIT)
        self.sock.connect(self.host)


def client(a):
    url = a.wait_for("metrics at").split()[-1].rstrip('"')
    if url.startswith("unix:"):
        return Unix(url[len("unix:"):])
    host, port = url.split("//")[1].rsplit(":", 1)
    return http.client.HTTPConnection(host, int(port), timeout=WAIT)


def fetch(a, path="/metrics", method="GET"):
    c = client(a)
    c.request(method, path)
    response = c.getresponse()
    text = response.read().decode()
    c.close()
    return response, text


def numbers(a):
    _, text = fetch(a)
    return {m[1] + m[2]: float(m[3]) for m in map(SAMPLE.match, text.splitlines()) if m}


def value(a, name):
    return numbers(a).get("tspdm_attester_" + name, 0.0)


def becomes(a, name, wanted):
    """Whether a number is this soon: closing is noticed by the loop, not at once."""
    end = time.monotonic() + WAIT
    while value(a, name) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    return value(a, name) == wanted


def check_form(a):
    response, text = fetch(a)
    report(response.status == 200 and response.getheader("Content-Type").startswith("text/plain; version=0.0.4"),
        "it is the text that Prometheus reads", response.status, response.headers)
    kinds, wrong = {}, []
    for line in text.splitlines():
        told = re.match(r"^# (HELP|TYPE) (tspdm_attester_[a-z_]+) (.+)$", line)
        sample = SAMPLE.match(line)
        if told:
            kinds.setdefault(told[2], []).append(told[3])
        elif sample is None or re.sub(r"_(bucket|sum|count)$", "", sample[1]) not in kinds and sample[1] not in kinds:
            wrong.append(line)
    report(not wrong and text.endswith("\n"), "each line is a sample of something that was explained", *wrong)
    report(all(len(k) == 2 and k[1] in ("counter", "gauge", "histogram") for k in kinds.values()),
        "everything is explained once, with its type", kinds)
    report(all(name.endswith("_total") == (k[1] == "counter") for name, k in kinds.items()), "counters are named as such", kinds)
    for method, path, status in (("GET", "/", 404), ("GET", "/metrics/../metrics", 404), ("POST", "/metrics", 405)):
        response, _ = fetch(a, path, method)
        report(response.status in (status, 501), f"{method} {path} is refused", response.status)


def check_connections(program):
    with Serving(program, *AT, *METRICS, "--tee", "none", "--max-connections", "3") as a:
        url = a.wait_for_urls()[0]
        check_form(a)
        report(value(a, "connections_accepted_total") == 0, "at first nobody has come", a)
        sockets = [connect(url) for _ in range(3)]
        for s in sockets[1:]:
            s.sendall(VERSION_REQUEST)
            report(is_version(receive(s, VERSION_LENGTH)), "a connection is served", a)
        sockets[1].sendall(bytes([0x06, 0, 1, 5, 0x12, 0xE6, 0, 0]))
        receive(sockets[1], 8)
        n = numbers(a)
        report(becomes(a, 'connections{standing="fresh"}', 1), "one has said nothing", n)
        report(n['tspdm_attester_connections{standing="talking"}'] == 2 and n["tspdm_attester_handshakes"] == 3,
            "two are in a handshake", n)
        report(n["tspdm_attester_requests_total"] == 3, "their requests are counted", n)
        report(n.get('tspdm_attester_errors_total{code="UnsupportedRequest"}') == 1, "and the ERROR, by its code", n)
        held = n["tspdm_attester_connection_memory_bytes"]
        report(3 * 1024 < held < 3 * 65536 and n["tspdm_attester_connection_memory_limit_bytes"] == 512 << 20,
            "their memory is told, and its limit", n)
        sockets[0].sendall(VERSION_REQUEST)
        receive(sockets[0], VERSION_LENGTH)
        with connect(url) as further:
            receive(further, 64)
        report(becomes(a, 'connections_refused_total{limit="connections"}', 1), "who was refused is counted", a)
        for s in sockets:
            s.close()
        report(becomes(a, "handshakes", 0) and value(a, "connection_memory_bytes") == 0,
            "when they have gone nothing is left of them", numbers(a))
        report(value(a, "connections_accepted_total") == 3, "and they are not forgotten", a)
        mute = [connect(url) for _ in range(3)]
        becomes(a, 'connections{standing="fresh"}', 3)
        time.sleep(0.5)
        with connect(url) as further:
            further.sendall(VERSION_REQUEST)
            receive(further, VERSION_LENGTH)
            report(value(a, "connections_dropped_total") == 1, "who had to go for another one is counted", a)
        for s in mute:
            s.close()
        report(a.end() == 0, "it ends in order", a)


def check_evidence(program, verifier, scratch):
    with Serving(program, *AT, "--metrics", f"unix:{scratch}/metrics", "--tee", "soft", "--delay", "60") as a:
        url = a.wait_for_urls()[0]
        check_form(a)
        before = numbers(a)
        r = run(verifier, url, "--allow-soft-tee", "--policy", POLICY)
        a.wait_for("evidence given")
        n = numbers(a)
        report(r.status == 0 and n["tspdm_attester_connections_attested_total"] == 1 and
            n["tspdm_attester_connections_authenticated_total"] == 1, "an attestation is counted", r, n)
        given = n["tspdm_attester_evidence_seconds_count"] - before["tspdm_attester_evidence_seconds_count"]
        took = n["tspdm_attester_evidence_seconds_sum"] - before["tspdm_attester_evidence_seconds_sum"]
        report(given >= 1 and n["tspdm_attester_evidence_requests_total"] == n["tspdm_attester_evidence_seconds_count"] and
            took >= 0.06 * given, "evidence is counted, and how long it took", given, took)
        steps = [v for name, v in n.items() if name.startswith("tspdm_attester_evidence_seconds_bucket")]
        report(len(steps) == 11 and steps == sorted(steps) and steps[-1] == n["tspdm_attester_evidence_seconds_count"] and
            n['tspdm_attester_evidence_seconds_bucket{le="0.05"}'] == 0, "the histogram adds up", steps)
        report(n.get('tspdm_attester_errors_total{code="ResponseNotReady"}', 0) >= 1, "ResponseNotReady is an ERROR too", n)
        a.process.send_signal(signal.SIGHUP)
        a.wait_for("read anew")
        n = numbers(a)
        report(n['tspdm_attester_reloads_total{result="good"}'] == 1 and n["tspdm_attester_connections_attested_total"] == 1,
            "SIGHUP is counted, and nothing is forgotten by it", n)
        report(a.end() == 0 and not (scratch / "metrics").exists(), "no socket file is left", a)


def check_memory(program):
    """Requests that wait for a slow TEE, and answers that nobody takes, hold no more than they are long."""
    count = 20
    with Serving(program, *AT, *METRICS, "--tee", "none", "--delay", "60000") as a:
        url = a.wait_for_urls()[0]
        sockets = [connect(url) for _ in range(count)]
        good = all(negotiate(s) for s in sockets)
        waiting = [ask(s, b"\x11\x83\0\0" + bytes(32))[1:3] for s in sockets]
        each = value(a, "connection_memory_bytes") / count
        report(good and waiting == [b"\x7f\x42"] * count and each <= 16384, "a request that waits holds little", waiting[0], each)
        for s in sockets:
            s.close()
        report(becomes(a, "handshakes", 0) and value(a, "connection_memory_bytes") == 0, "which is given back", numbers(a))
        with connect(url) as slow:
            slow.setblocking(False)
            end = time.monotonic() + WAIT
            stuck = 0
            while stuck < 20 and time.monotonic() < end:
                try:
                    slow.send(VERSION_REQUEST * 100)
                    stuck = 0
                except BlockingIOError:
                    stuck += 1
                    time.sleep(0.02)
            held = value(a, "connection_memory_bytes")
            report(stuck == 20 and held < 100 * 1024, "nor does who does not read hold a room for large answers", stuck, held)


def check_sessions(program, verifier):
    with Serving(program, *AT, *METRICS, "--tee", "soft", "--app", "echo") as a:
        url = a.wait_for_urls()[0]
        r = run(verifier, url, "--allow-soft-tee", "--policy", POLICY, "--send", POLICY)
        report(r.status == 0 and becomes(a, "sessions", 0) and value(a, "sessions_total") == 1,
            "a session is counted, and its end noticed", r, numbers(a))


def check_refusals(program):
    for endpoint, status, words in (("tcp://0.0.0.0:0", 3, "not on this machine alone"), ("tcp://127.0.0.1", 2, "ADDRESS:PORT"),
            ("tls://127.0.0.1:1", 2, "ADDRESS:PORT"), ("tcp://[::1]", 2, "ADDRESS:PORT"),
            ("unix:/nonexistent/directory/m", 3, "/nonexistent")):
        r = run(program, *AT, "--tee", "none", "--metrics", endpoint)
        report(r.status == status and words in r.err, f"--metrics {endpoint} is refused", r)


def main():
    program, verifier = sys.argv[1:3]
    check_connections(program)
    with tempfile.TemporaryDirectory() as name:
        check_evidence(program, verifier, pathlib.Path(name))
    check_memory(program)
    check_sessions(program, verifier)
    check_refusals(program)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
