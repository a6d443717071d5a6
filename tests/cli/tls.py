#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tls:// between the programs, and against others: openssl's client and server, peers that cut the stream off, that send
something else, that never finish their handshake. vsock:// and abstract sockets too.

	tls.py ATTESTER VERIFIER
"""
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from serving import Serving, VERSION_LENGTH, VERSION_REQUEST, answers, is_version, receive
from tap import finish, report, run, skip
from tls_pki import Pki, openssl

WAIT = 60
SOFT = ["--tee", "soft"]
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"
ATTEST = ["--policy", POLICY, "--allow-soft-tee"]


def address_of(url):
    host, port = url.split("//")[1].rsplit(":", 1)
    return host, int(port)


def raw(url):
    return socket.create_connection(address_of(url), WAIT)


def tls(url, cert=None):
    """A client that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["spdm"])
    if cert:
        context.load_cert_chain(*cert)
    return context.wrap_socket(raw(url), suppress_ragged_eofs=False)


def expect(verifier, status, words, name, *arguments):
    r = run(verifier, *arguments)
    report(r.status == status and words in r.out + r.err, name, r)


def check_programs(attester, verifier, pki):
    with Serving(attester, "--listen", "tls://127.0.0.1:0", *SOFT, "--app", "echo") as a:
        url = a.wait_for_urls()[0]
        expect(verifier, 0, "hello there", "a session over tls:// with a certificate made on the spot", url, *ATTEST,
            "--send", "hello there")
        expect(verifier, 5, "certificate is refused", "which nobody takes who demands another", url, *ATTEST,
            "--tls-trust", pki.path("root.pem"))
        expect(verifier, 3, "", "tcp:// does not reach a tls:// endpoint", url.replace("tls:", "tcp:"), *ATTEST,
            "--timeout", "10")
        report(a.end() == 0, "it ends in order", a)
    with Serving(attester, "--listen", "tcp://127.0.0.1:0", *SOFT) as a:
        url = a.wait_for_urls()[0]
        expect(verifier, 3, "TLS: ", "tls:// does not reach a tcp:// endpoint", url.replace("tcp:", "tls:"), *ATTEST)
        report(answers(url), "which is not disturbed by it", a)


def check_trust(attester, verifier, pki):
    with Serving(attester, "--listen", "tls://127.0.0.1:0", "--listen", "tls://127.0.0.2:0", *SOFT, *pki.pair("server")) as a:
        url, elsewhere = a.wait_for_urls(2)
        trust = ["--tls-trust", pki.path("root.pem")]
        expect(verifier, 0, "", "the right root is taken", url, *ATTEST, *trust)
        expect(verifier, 0, "", "so is the certificate itself", url, *ATTEST, "--tls-trust", pki.path("server.pem"))
        expect(verifier, 0, "", "any is where none is demanded", url, *ATTEST)
        expect(verifier, 0, "", "a name of the certificate is taken", url, *ATTEST, *trust, "--tls-name", "attester.example")
        expect(verifier, 5, "certificate is refused", "the wrong root is refused", url, *ATTEST, "--tls-trust",
            pki.path("other.pem"))
        expect(verifier, 5, "ostname mismatch", "a name that is not in the certificate is refused", url, *ATTEST, *trust,
            "--tls-name", "other.example")
        expect(verifier, 5, "certificate is refused", "so is an address that is not in it", elsewhere, *ATTEST,
            *trust)
        expect(verifier, 6, "", "a certificate of TLS is no evidence", url, "--policy", "genuine", *trust)


def check_clients(attester, verifier, pki):
    with Serving(attester, "--listen", "tls://127.0.0.1:0", *SOFT, *pki.pair("server"), "--tls-trust",
            pki.path("root.pem")) as a:
        url = a.wait_for_urls()[0]
        expect(verifier, 0, "", "a client with a certificate is served", url, *ATTEST, *pki.pair("client"))
        expect(verifier, 3, "", "one without is not", url, *ATTEST)
        report(a.wait_for("shows no certificate") is not None, "which the log tells", a)
        expect(verifier, 3, "", "one with a certificate of somebody else's is not", url, *ATTEST, *pki.pair("stranger"))
        report(a.wait_for("certificate is refused") is not None, "which the log tells too", a)


def key_file(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return path


SHARED = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
OTHER = SHARED.replace("0", "1")


def check_keys(attester, verifier, scratch):
    key, other = key_file(scratch / "tls.psk", SHARED), key_file(scratch / "other.psk", OTHER)
    with Serving(attester, "--listen", "tls://127.0.0.1:0", *SOFT, "--tls-psk", f"guest:{key}", "--tls-psk",
            f"second:{other}") as a:
        url = a.wait_for_urls()[0]
        expect(verifier, 0, "", "a client with the pre-shared key is served", url, *ATTEST, "--tls-psk", f"guest:{key}")
        expect(verifier, 0, "", "so is one with the other", url, *ATTEST, "--tls-psk", f"second:{other}")
        r = run(verifier, url, "--json", *ATTEST, "--tls-psk", f"guest:{key}")
        report("TLS connection around it" in r.out, "and evidence is bound to that connection", r)
        expect(verifier, 3, "have this pre-shared key", "the wrong key is refused", url, *ATTEST, "--tls-psk",
            f"guest:{other}")
        report(a.wait_for("another pre-shared key by this identity") is not None, "which the log tells", a)
        expect(verifier, 3, "have this pre-shared key", "an identity that nobody has is refused", url, *ATTEST, "--tls-psk",
            f"nobody:{key}")
        report(a.wait_for("no pre-shared key by an identity that is known") is not None, "which the log tells too", a)
        expect(verifier, 3, "", "so is a client without a key", url, *ATTEST)
        at = "{}:{}".format(*address_of(url))
        r = openssl("s_client", "-connect", at, "-tls1_3", "-psk", SHARED, "-psk_identity", "guest", "-alpn", "spdm", input=b"")
        report(r.returncode == 0 and b"ALPN protocol: spdm" in r.stdout, "openssl s_client gets in by the key",
            r.stdout.decode("utf-8", "replace"))
        r = openssl("s_client", "-connect", at, "-tls1_3", "-psk", OTHER, "-psk_identity", "guest", input=b"")
        report(r.returncode != 0, "and not by another", r.stdout.decode("utf-8", "replace"))


def check_key_against_certificate(attester, verifier, pki, scratch):
    key = key_file(scratch / "tls.psk", SHARED)
    with Serving(attester, "--listen", "tls://127.0.0.1:0", *SOFT, *pki.pair("server")) as a:
        expect(verifier, 5, "shows a certificate instead", "a server without the key is refused, whatever it shows",
            a.wait_for_urls()[0], *ATTEST, "--tls-psk", f"guest:{key}")


def read_past(stream, words):
    seen = b""
    while words not in seen:
        more = stream.read(4096)
        if not more:
            break
        seen += more


def after_key_update(at, command):
    """What GET_VERSION brings after a command of s_client that updates its keys, or the server's with them."""
    with subprocess.Popen(["openssl", "s_client", "-connect", at, "-tls1_3"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as client:
        read_past(client.stdout, b"Verify return code")
        client.stdin.write(command + b"\n")
        read_past(client.stdout, b"KEYUPDATE\n")
        client.stdin.write(VERSION_REQUEST)
        return client.stdout.read(VERSION_LENGTH)


def check_versions(attester):
    with Serving(attester, "--listen", "tls://127.0.0.1:0", "--tee", "none") as a:
        url = a.wait_for_urls()[0]
        at = "{}:{}".format(*address_of(url))
        r = openssl("s_client", "-connect", at, "-tls1_3", "-alpn", "spdm", input=b"")
        text = r.stdout.decode("utf-8", "replace")
        report("TLSv1.3" in text and "ALPN protocol: spdm" in text and r.returncode == 0,
            "openssl s_client reaches it with TLS 1.3", text)
        r = openssl("s_client", "-connect", at, "-tls1_2", input=b"")
        report(r.returncode != 0 and b"alert" in r.stderr, "and with TLS 1.2 does not", r.stderr.decode())
        r = openssl("s_client", "-connect", at, "-alpn", "http/1.1", input=b"")
        report(r.returncode != 0 and b"no application protocol" in r.stderr, "nor does another protocol", r.stderr.decode())
        r = openssl("s_client", "-connect", at, "-tls1_3", "-sess_out", "/dev/null", input=b"Q\n")
        report(b"New Session Ticket" not in r.stdout, "there is nothing to resume", r.stdout.decode())
        for command in (b"K", b"k"):
            got = after_key_update(at, command)
            report(is_version(got), f"a request after KeyUpdate ({command.decode()}) is answered", got, a)
        with tls(url) as s:
            s.sendall(VERSION_REQUEST)
            report(is_version(receive(s, VERSION_LENGTH)), "another TLS client gets its VERSION", a)
            for byte in VERSION_REQUEST:
                s.sendall(bytes([byte]))
            report(is_version(receive(s, VERSION_LENGTH)), "also with each byte in a record of its own", a)
            s.sendall(VERSION_REQUEST * 300)
            got = receive(s, 300 * VERSION_LENGTH)
            report(len(got) == 300 * VERSION_LENGTH, "and with many requests in one record", a)


def check_hostile(attester):
    garbage = {"zeros": bytes(4096), "text": b"GET / HTTP/1.1\r\n\r\n", "frames without TLS": VERSION_REQUEST * 10,
        "a huge record": b"\x16\x03\x01\xff\xff\x01" + bytes(70000), "an empty record": b"\x16\x03\x01\x00\x00" * 40,
        "an alert": b"\x15\x03\x03\x00\x02\x02\x28"}
    with Serving(attester, "--listen", "tls://127.0.0.1:0", "--tee", "none") as a:
        url = a.wait_for_urls()[0]
        slow = raw(url)
        slow.sendall(b"\x16\x03\x01")
        silent = raw(url)
        begun = time.monotonic()
        for name, content in garbage.items():
            with raw(url) as bad:
                try:
                    bad.sendall(content)
                    bad.shutdown(socket.SHUT_WR)
                    receive(bad, 4096)
                except OSError:
                    pass  # reset: refused as well
            with tls(url) as good:
                good.sendall(VERSION_REQUEST)
                report(is_version(receive(good, VERSION_LENGTH)), f"a peer that sends {name} disturbs nobody", a)
        with tls(url) as cut:
            cut.sendall(VERSION_REQUEST)
            receive(cut, VERSION_LENGTH)
            socket.socket(fileno=cut.detach()).close()
        report(a.wait_for("without close_notify") is not None, "a stream that is cut off is told from an end", a)
        with tls(url) as whole:
            whole.sendall(VERSION_REQUEST)
            receive(whole, VERSION_LENGTH)
            whole.unwrap().close()
        report(a.wait_for("closed by the peer") is not None, "and close_notify is an end", a)
        report(receive(slow, 1) == b"" and receive(silent, 1) == b"" and time.monotonic() - begun < 50,
            "a handshake that never comes to its end is ended", a)
        slow.close()
        silent.close()
        report(a.end() == 0, "and it still ends in order", a)


def check_verifier_against_hostile(verifier):
    answers_of = {"closes at once": b"", "speaks something else": b"220 mail.example ESMTP\r\n"}
    for name, content in answers_of.items():
        with socket.create_server(("127.0.0.1", 0)) as server:
            process = subprocess.Popen([str(verifier), f"tls://127.0.0.1:{server.getsockname()[1]}", *map(str, ATTEST), "--timeout",
                "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            peer, _ = server.accept()
            peer.sendall(content)
            peer.shutdown(socket.SHUT_WR)
            receive(peer, 65536)
            peer.close()
            text = process.communicate(timeout=WAIT)[0].decode("utf-8", "replace")
            report(process.returncode == 3, f"a server that {name} is no connection", f"{process.returncode}\n{text}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        expect(verifier, 3, "no handshake in time", "a server that is silent is given up", "--timeout", "1",
            f"tls://127.0.0.1:{server.getsockname()[1]}", *ATTEST)


def check_usage(attester, verifier, pki):
    listen = ["--listen", "tls://127.0.0.1:0", "--tee", "none"]
    cert, key = pki.path("server.pem"), pki.path("server.key")
    shared = key_file(pki.path("shared.psk"), SHARED)
    cases = [
        (attester, "go together", [*listen, "--tls-cert", cert]),
        (attester, "go together", [*listen, "--tls-key", key]),
        (attester, "go with --listen tls://", ["--listen", "tcp://127.0.0.1:0", "--tls-cert", cert, "--tls-key", key]),
        (attester, "is not that of the certificate", [*listen, "--tls-cert", cert, "--tls-key", pki.path("client.key")]),
        (attester, "certificate for TLS cannot be read", [*listen, "--tls-cert", key, "--tls-key", key]),
        (attester, "to trust in TLS cannot be read", [*listen, "--tls-trust", key]),
        (attester, "no/such", [*listen, "--tls-trust", "no/such"]),
        (verifier, "go together", ["tls://127.0.0.1:1", "--tls-cert", cert]),
        (verifier, "--tls-name goes with --tls-trust", ["tls://127.0.0.1:1", "--tls-name", "x"]),
        (verifier, "no tls:// there", ["--appraise", cert, "--tls-trust", cert]),
        (verifier, "to trust in TLS cannot be read", ["tls://127.0.0.1:1", "--tls-trust", key]),
        (attester, "go with --listen tls://", ["--listen", "tcp://127.0.0.1:0", "--tls-psk", f"a:{shared}"]),
        (attester, "must be ID:FILE", [*listen, "--tls-psk", shared]),
        (attester, "this hint has a key already", [*listen, "--tls-psk", f"a:{shared}", "--tls-psk", f"a:{shared}"]),
        (attester, "no --tls-cert", [*listen, "--tls-psk", f"a:{shared}", "--tls-cert", cert, "--tls-key", key]),
        (attester, "1 to 128 bytes", [*listen, "--tls-psk", f":{shared}"]),
        (attester, "16 to 512 bytes", [*listen, "--tls-psk", f"a:{key_file(pki.path('short'), SHARED[:30])}"]),
        (attester, "chmod 600", [*listen, "--tls-psk", f"a:{key_file(pki.path('open'), SHARED, 0o640)}"]),
        (verifier, "--tls-psk: no/such", ["tls://127.0.0.1:1", "--tls-psk", "a:no/such"]),
        (verifier, "given twice", ["tls://127.0.0.1:1", "--tls-psk", f"a:{shared}", "--tls-psk", f"b:{shared}"]),
        (verifier, "no --tls-trust", ["tls://127.0.0.1:1", "--tls-psk", f"a:{shared}", "--tls-trust", cert]),
    ]
    for program, words, arguments in cases:
        expect(program, 2, words, f"{pathlib.Path(program).name}: {words}", *arguments)


def check_abstract(attester, verifier):
    name = f"unix:@tspdm-test-{time.monotonic_ns()}"
    with Serving(attester, "--listen", name, *SOFT) as a:
        report(a.wait_for_urls() == [name], "an abstract socket is listened on", a)
        expect(verifier, 0, "", "and reached", name, *ATTEST)
        with Serving(attester, "--listen", name, *SOFT) as second:
            report(second.wait_for_end() == 3, "by one attester only", second)
    expect(verifier, 3, "refused", "nobody is there then", name, *ATTEST)


def has_loopback():
    """Whether a connection within this machine arrives, which takes the module vsock_loopback."""
    try:
        with socket.socket(socket.AF_VSOCK) as server, socket.socket(socket.AF_VSOCK) as client:
            server.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
            server.listen()
            client.settimeout(5)
            client.connect((1, server.getsockname()[1]))
            return True
    except (OSError, AttributeError):
        return False


def check_vsock(attester, verifier):
    if not has_loopback():
        skip("vsock:// between the programs", "no vsock loopback in this kernel (modprobe vsock_loopback)")
        expect(verifier, 3, "vsock://local:4194", "a kernel without says so", "vsock://local:4194", *ATTEST, "--timeout", "5")
        return
    with Serving(attester, "--listen", "vsock://any:0", *SOFT) as a:
        url = a.wait_for_urls()[0]
        report(url.startswith("vsock://any:"), "vsock:// is listened on", a)
        expect(verifier, 0, "", "and reached", url.replace("any", "local"), *ATTEST)


def main():
    attester, verifier = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        pki = Pki(pathlib.Path(scratch))
        check_usage(attester, verifier, pki)
        check_programs(attester, verifier, pki)
        check_trust(attester, verifier, pki)
        check_clients(attester, verifier, pki)
        check_keys(attester, verifier, pki.scratch)
        check_key_against_certificate(attester, verifier, pki, pki.scratch)
    check_versions(attester)
    check_hostile(attester)
    check_verifier_against_hostile(verifier)
    check_abstract(attester, verifier)
    check_vsock(attester, verifier)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
