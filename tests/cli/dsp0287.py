#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""DSP0287 on the wire, byte for byte, with a bare socket as the other end of each program: every message type, every version,
lengths, errors, Role-Inquiry, and bytes that come one by one. Over tcp://, unix: and tls://.

	dsp0287.py ATTESTER VERIFIER
"""
import contextlib
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, answers, connect, is_version, receive
from tap import finish, report
from tls import tls

WAIT = 60
PAUSE_S = 0.002  # so that each byte comes by itself
PLAIN, SECURED, ROLE_INQUIRY, TOO_LARGE, NOT_SUPPORTED, NO_REQUESTER = 0x05, 0x06, 0xBF, 0xC0, 0xC1, 0xC2
VERSION = bytes([0x0A, 0, 1, 5, 0x10, 0x04, 0, 0, 0, 1, 0, 0x12])
MAX = 512  # of the attester's messages


def control(kind):
    return bytes([0, 0, 1, kind])


def frame(kind, body, version=1):
    return (len(body) + 2).to_bytes(2, "little") + bytes([version, kind]) + body


def open_(url):
    return tls(url) if url.startswith("tls:") else connect(url)


def ask(url, sent, length=64):
    """What is answered until the attester hangs up, or `length` bytes."""
    with open_(url) as s:
        with contextlib.suppress(OSError):  # it may have hung up already
            s.sendall(sent)
        try:
            return receive(s, length)
        except OSError:
            return b""


def ask_all(url, cases):
    """Names of the cases that are answered in another way. The attester hangs up after each."""
    return [f"{name}: {got.hex()}" for name, sent, expected in cases for got in [ask(url, sent)] if got != expected]


# ---- The attester: a Responder that listens ----

def check_types(a, url):
    body = bytes([0x10, 0x84, 0, 0])
    full = [(f"type {t:02x}", frame(t, body), control(NOT_SUPPORTED)) for t in range(256) if t not in (PLAIN, SECURED)]
    bad = ask_all(url, full)
    report(not bad, f"{url}: messages of every other type are refused by Not Supported", *bad[:5], a)
    errors = [(f"error {t:02x}", control(t), b"") for t in range(TOO_LARGE, 256)]
    bad = ask_all(url, errors)
    report(not bad, f"{url}: an error, known or reserved, ends the connection without an answer", *bad[:5], a)
    bare = [(f"bare {t:02x}", control(t), control(NOT_SUPPORTED)) for t in range(ROLE_INQUIRY)]
    bad = ask_all(url, bare)
    report(not bad, f"{url}: what has no body and is no control message is refused", *bad[:5], a)
    got = ask(url, control(ROLE_INQUIRY) + VERSION_REQUEST, 4 + VERSION_LENGTH)
    report(got[:4] == control(NO_REQUESTER) and is_version(got[4:]),
        f"{url}: a Role-Inquiry is answered by Cannot Operate as Requester, and then the connection goes on", got.hex(), a)


def check_headers(a, url):
    bad = ask_all(url, [(f"version {v}", frame(PLAIN, VERSION_REQUEST[4:], v), control(NOT_SUPPORTED)) for v in range(256)
        if v != 1])
    report(not bad, f"{url}: every other BindingVersion is refused by Not Supported", *bad[:5], a)
    bad = ask_all(url, [(f"length {n}, type {t}", bytes([n, 0, 1, t]), control(NOT_SUPPORTED)) for n in range(3)
        for t in (PLAIN, SECURED)])
    report(not bad, f"{url}: a length that leaves no message is refused", *bad, a)
    bad = ask_all(url, [(f"length {n:x}", n.to_bytes(2, "little") + bytes([1, t]), control(TOO_LARGE))
        for n in (0x8000, 0xFFFF) for t in (PLAIN, SECURED)])
    report(not bad, f"{url}: a message that is far too large is refused by Too Large, when its header has come", *bad, a)


def check_splits(a, url):
    """Two requests, cut at every byte, and then in single bytes."""
    both = VERSION_REQUEST * 2
    bad = []
    for at in range(1, len(both)):
        with open_(url) as s:
            s.sendall(both[:at])
            time.sleep(PAUSE_S)
            s.sendall(both[at:])
            got = receive(s, 2 * VERSION_LENGTH)
        if not is_version(got[:VERSION_LENGTH]) or got[VERSION_LENGTH:] != got[:VERSION_LENGTH]:
            bad.append(f"at {at}: {got.hex()}")
    report(not bad, f"{url}: requests that are cut at any byte are answered", *bad, a)
    with open_(url) as s:
        for byte in both:
            s.sendall(bytes([byte]))
            time.sleep(PAUSE_S)
        got = receive(s, 2 * VERSION_LENGTH)
    report(len(got) == 2 * VERSION_LENGTH, f"{url}: also byte by byte", got.hex(), a)
    if url.startswith("tls:"):
        return  # which has an end of its own: tls.py
    bad = [f"after {n}: {got.hex()}" for n in range(1, len(VERSION_REQUEST)) for got in [cut_short(url, n)] if got]
    report(not bad, f"{url}: what is cut short is not answered", *bad, a)


def cut_short(url, length):
    """What is answered to the beginning of a request and then the end."""
    with connect(url) as s:
        s.sendall(VERSION_REQUEST[:length])
        s.shutdown(socket.SHUT_WR)
        return receive(s, 64)


def check_attester(attester, scratch):
    for at in ("tcp://127.0.0.1:0", f"unix:{scratch}/socket", "tls://127.0.0.1:0"):
        with Serving(attester, "--listen", at, "--tee", "none", "--max-message", MAX, "--log-level",
                "error") as a:
            url = a.wait_for_urls()[0]
            check_types(a, url)
            check_headers(a, url)
            check_splits(a, url)
            if not at.startswith("tls:"):
                report(answers(url), f"{url}: it serves as before", a)
            report(a.end() == 0, f"{url}: and ends in order", a)


# ---- The verifier: a Requester that connects ----

def answer(server, said, got):
    """Answers the first request by what is given, piece by piece, and keeps what comes after that."""
    peer, _ = server.accept()
    peer.settimeout(WAIT)
    with peer:
        first = receive(peer, len(VERSION_REQUEST))
        for piece in said:
            peer.sendall(piece)
            time.sleep(PAUSE_S)
        got.append((first, receive(peer, 4)))


def attest(verifier, *said):
    """(result of a verifier that is answered so, its first request, and the four bytes that follow)"""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT)
        thread = threading.Thread(target=answer, args=(server, said, got))
        thread.start()
        done = subprocess.run([verifier, f"tcp://127.0.0.1:{server.getsockname()[1]}", "--policy", "genuine", "--timeout",
            "5", "--retries", "0"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=WAIT)
        thread.join(WAIT)
    return done, *got[0]


def check_verifier(verifier):
    for kind, name in ((0xC0, "Too Large"), (0xC1, "Not Supported"), (0xC2, "Cannot Operate as Requester"),
            (0xC3, "Cannot Operate as Responder"), (0xC4, "a reserved error"), (0xFF, "the last reserved error")):
        done, first, then = attest(verifier, control(kind))
        report(done.returncode == 3 and first == VERSION_REQUEST and then == b"" and "refused" in done.stdout,
            f"a peer that answers {name} is exit status 3, and is not answered", done, then.hex())
    for name, said, expected in (
            ("an unknown type", frame(0x07, b"\0" * 4), NOT_SUPPORTED),
            ("type BE", frame(0xBE, b"\0" * 4), NOT_SUPPORTED),
            ("version 0", frame(PLAIN, VERSION[4:], 0), NOT_SUPPORTED),
            ("version 2", frame(PLAIN, VERSION[4:], 2), NOT_SUPPORTED),
            ("a length of 0", bytes([0, 0, 1, PLAIN]), NOT_SUPPORTED),
            ("a length of 1", bytes([1, 0, 1, PLAIN]), NOT_SUPPORTED),
            ("a length of 2", bytes([2, 0, 1, PLAIN]), NOT_SUPPORTED),
            ("an error with a body", frame(0xC1, b"\0"), NOT_SUPPORTED)):
        done, first, then = attest(verifier, said)
        report(done.returncode == 3 and then == control(expected), f"{name} is refused by Not Supported, with exit status 3",
            done, then.hex())
    # what follows VERSION is GET_CAPABILITIES in its frame
    for name, said in (("VERSION", [VERSION]), ("a Role-Inquiry before VERSION", [control(ROLE_INQUIRY) + VERSION]),
            ("VERSION byte by byte", [bytes([b]) for b in VERSION])):
        done, _, then = attest(verifier, *said)
        report(then[2:] == b"\x01\x05", f"{name} is taken, and the verifier goes on", done, then.hex())


def main():
    attester, verifier = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        check_attester(attester, pathlib.Path(scratch))
    check_verifier(verifier)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
