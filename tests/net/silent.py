#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Peers that accept a connection and say nothing, or a byte now and then, or never come to the end of a message: the verifier
ends in the time that --timeout gives, with exit status 3 and a reason.

	silent.py VERIFIER
"""
import concurrent.futures
import contextlib
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from tap import finish, report  # noqa: E402
from tls_pki import Pki  # noqa: E402

WAIT = 60
PATIENCE = 2  # seconds that the verifier is told to wait for an answer
LIMIT = 25  # seconds that it may take on a busy machine; less than the drips last
DRIPS_S = 40
AT_ONCE = 7
PAUSE_S = 0.5
SCHEMES = ("tcp", "unix", "emu+mctp", "emu+doe", "emu+tcp", "emu+none", "tls")
FRAME = bytes([0xFE, 0x7F, 0x01, 0x05]) + bytes(1)  # DSP0287: 32 KiB are to come, and do not
RECORD = b"\x16\x03\x03\x3f\xff\x02"  # TLS: so are 16 KiB of a handshake
EMULATOR = bytes([0, 0, 0xDE, 0xAD, 0, 0, 0, 1, 0, 0, 0, 14])  # so is an answer to the hello


def say_nothing(peer, is_over):
    del peer
    is_over.wait(DRIPS_S)


def drip(*words):
    """Says the words and then, for ever, a zero now and then."""
    def behave(peer, is_over):
        peer.sendall(b"".join(words))
        until = time.monotonic() + DRIPS_S
        while time.monotonic() < until and not is_over.wait(PAUSE_S):
            peer.sendall(b"\0")
    return behave


def read_alone(peer, is_over):
    """Takes everything."""
    peer.settimeout(DRIPS_S)
    while not is_over.is_set() and peer.recv(4096):
        pass


@contextlib.contextmanager
def peer_of(behave, scheme, scratch, context=None):
    """Yields the endpoint of somebody who accepts one connection and behaves so."""
    is_over = threading.Event()
    path = scratch / f"silent-{threading.get_ident()}-{time.monotonic_ns()}"
    server = socket.socket(socket.AF_UNIX if scheme == "unix" else socket.AF_INET)
    server.bind(str(path) if scheme == "unix" else ("127.0.0.1", 0))
    server.listen()
    server.settimeout(WAIT)

    def serve():
        with contextlib.suppress(OSError):
            peer, _ = server.accept()
            with context.wrap_socket(peer, server_side=True) if context else peer as inside:
                behave(inside, is_over)
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"unix:{path}" if scheme == "unix" else f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
    finally:
        is_over.set()
        server.close()
        thread.join(WAIT)


def check(verifier, scratch, words, name, behave, scheme, context=None):
    begun = time.monotonic()
    with peer_of(behave, scheme, scratch, context) as url:
        command = [verifier, url, "--policy", "genuine", "--timeout", str(PATIENCE)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True) as v:
            try:
                told, _ = v.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                v.kill()
                told, _ = v.communicate()
    seconds = time.monotonic() - begun
    report(v.returncode == 3 and PATIENCE <= seconds < LIMIT and any(w in told for w in words), f"{scheme}: {name}",
        f"exit status {v.returncode} after {seconds:.1f} s", told)


def cases_of(scratch):
    """What is shown, how the peer behaves, over what, and inside of which TLS."""
    for scheme in SCHEMES:
        yield "who accepts and is silent is given up", say_nothing, scheme
    yield "so is who takes all and is silent", read_alone, "tcp"
    for scheme, begin in (("tcp", FRAME), ("unix", FRAME), ("tls", RECORD), ("emu+mctp", EMULATOR)):
        yield "a message that comes by drops is given up", drip(begin), scheme
    pki = Pki(scratch)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.path("server.pem"), pki.path("server.key"))
    context.set_alpn_protocols(["spdm"])
    yield "who is silent inside is given up", read_alone, "tls", context
    yield "so is who drips inside", drip(FRAME), "tls", context


def main():
    late = ("no answer within the time allowed", "not answered in time", "no handshake in time")
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        cases = list(cases_of(pathlib.Path(directory)))
        for done in [pool.submit(check, sys.argv[1], pathlib.Path(directory), late, *case) for case in cases]:
            done.result()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
