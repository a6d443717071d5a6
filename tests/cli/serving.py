# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A program that serves in the background, for tests: started, waited for until it listens, ended in order."""
import contextlib
import re
import signal
import socket
import subprocess
import threading

WAIT = 60
VERSION_REQUEST = bytes([0x06, 0x00, 0x01, 0x05, 0x10, 0x84, 0x00, 0x00])  # DSP0287 frame with GET_VERSION


@contextlib.contextmanager
def nobody():
    """The endpoint of a port at which nobody listens, and that the system gives to nobody else meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{taken.getsockname()[1]}"


class Serving:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([str(program), *(str(a) for a in arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.lines = []
        self.urls = []
        self.changed = threading.Condition()
        self.is_ended = False
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for raw in self.process.stderr:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            with self.changed:
                self.lines.append(line)
                found = re.search(r"listening on ([^\" ]+)", line)
                if found:
                    self.urls.append(found.group(1))
                self.changed.notify_all()
        with self.changed:
            self.is_ended = True
            self.changed.notify_all()

    def wait_for(self, words):
        """Waits for a line with these words; returns it, or None where the program ended without."""
        return self.wait_for_any(words)

    def wait_for_any(self, *choice):
        def found():
            return next((line for line in self.lines if any(words in line for words in choice)), None)
        with self.changed:
            self.changed.wait_for(lambda: found() is not None or self.is_ended, WAIT)
            return found()

    def wait_for_urls(self, count=1):
        with self.changed:
            self.changed.wait_for(lambda: len(self.urls) >= count or self.is_ended, WAIT)
            return self.urls if len(self.urls) >= count else None

    def wait_for_end(self):
        status = self.process.wait(WAIT)
        self.reader.join(WAIT)
        self.process.stderr.close()
        return status

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait_for_end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.wait_for_end()

    def __str__(self):
        return "\n".join(self.lines)


def connect(url):
    """A bare connection to tcp:// or unix:."""
    if url.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(WAIT)
        path = url[len("unix:"):]
        s.connect("\0" + path[1:] if path.startswith("@") else path)
        return s
    host, port = url.split("//")[1].rsplit(":", 1)
    return socket.create_connection((host, int(port)), WAIT)


VERSION_LENGTH = 14  # the header of DSP0287, and VERSION with the two entries that are listed by default


def receive(s, length):
    """At most `length` bytes, fewer where the peer closes."""
    got = b""
    try:
        while len(got) < length:
            more = s.recv(length - len(got))
            if not more:
                break
            got += more
    except ConnectionError:
        pass
    return got


def is_version(got):
    return len(got) >= 8 and got[2:4] == b"\x01\x05" and got[5] == 0x04


def are_versions(got, count):
    step = VERSION_LENGTH
    return len(got) == count * step and all(is_version(got[i:i + step]) for i in range(0, len(got), step))


def answers(url):
    """Whether GET_VERSION is answered there."""
    with connect(url) as s:
        s.sendall(VERSION_REQUEST)
        return is_version(receive(s, VERSION_LENGTH))


def ask(s, message):
    """One message in a frame of DSP0287."""
    s.sendall((len(message) + 2).to_bytes(2, "little") + b"\x01\x05" + message)
    head = receive(s, 4)
    return receive(s, int.from_bytes(head[:2], "little") - 2)


def negotiate(s):
    """SPDM 1.1 with ECDSA P-384 and SHA-384, as DSP0274 has the messages."""
    ask(s, b"\x10\x84\0\0")
    ask(s, b"\x11\xe1\0\0" + bytes(8))
    answer = ask(s, b"\x11\xe3\0\0" + b"\x20\0\x01\0" + b"\x80\0\0\0" + b"\x02\0\0\0" + bytes(16))
    return answer[1:2] == b"\x63"
