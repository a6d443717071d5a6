#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A man in the middle of TLS, with a certificate that the verifier trusts. He ends TLS on both sides and passes the frames
through as they are, so that all of SPDM comes from the honest attester: certificates, signatures, quotes and sessions are
genuine. Only evidence that holds the value of the TLS connection (RFC 9266) gives him away.

	tls_middle.py ATTESTER VERIFIER
"""
import json
import pathlib
import select
import socket
import ssl
import sys
import tempfile
import threading

from serving import Serving
from tap import finish, report, run
from tls_pki import Pki

WAIT = 60
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"
SECRET = "the key of the disk"
RELAYED = "relayed through another TLS connection"


def write_policy(path, session):
    policy = json.loads(POLICY.read_text())
    policy["binding"]["session"] = session
    path.write_text(json.dumps(policy))
    return path


class Middle:
    """Takes connections on one side, inside TLS where he has a certificate, and makes one for each on the other. What he has
    seen of the content he keeps."""
    def __init__(self, to, pair=None, to_tls=True):
        self.address = (to.split("//")[1].rsplit(":", 1)[0], int(to.rsplit(":", 1)[1]))
        self.front = self.back = None
        if pair:
            self.front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.front.load_cert_chain(*pair)
            self.front.set_alpn_protocols(["spdm"])
        if to_tls:
            self.back = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self.back.check_hostname = False
            self.back.verify_mode = ssl.CERT_NONE
            self.back.set_alpn_protocols(["spdm"])
        self.seen = b""
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'tls' if pair else 'tcp'}://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                taken, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(taken,), daemon=True).start()

    def relay(self, taken):
        made = socket.create_connection(self.address, WAIT)
        try:
            if self.front:
                taken = self.front.wrap_socket(taken, server_side=True)
            if self.back:
                made = self.back.wrap_socket(made)
            self.connections += 1
            while self.pass_on(taken, made):
                pass
        except OSError:
            pass  # one side has gone
        finally:
            for end in (taken, made):
                try:
                    end.unwrap().close()
                except (OSError, ValueError, AttributeError):
                    end.close()

    def pass_on(self, taken, made):
        """What TLS has decrypted already shows in no descriptor: each read takes more than a record holds."""
        for end in select.select([taken, made], [], [], WAIT)[0]:
            content = end.recv(65536)
            while isinstance(end, ssl.SSLSocket) and end.pending():
                content += end.recv(65536)
            if not content:
                return False
            self.seen += content
            (made if end is taken else taken).sendall(content)
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


class Programs:
    def __init__(self, attester, verifier, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.pki = Pki(scratch)
        self.required = write_policy(scratch / "required.json", "required")
        self.optional = write_policy(scratch / "optional.json", "optional")
        self.kept = scratch / "kept"

    def serve(self, scheme, *options):
        return Serving(self.attester, "--listen", f"{scheme}://127.0.0.1:0", "--tee", "soft", "--receive", self.kept,
            "--write-root", self.scratch / "attester.pem", *options)

    def attest(self, url, policy, *options):
        self.kept.unlink(missing_ok=True)
        return run(self.verifier, url, "--json", "--allow-soft-tee", "--policy", policy, *options)

    def arrived(self):
        return self.kept.exists() and self.kept.read_text() == SECRET

    def stolen(self):
        """A certificate and its key, good for the address that the verifier connects to."""
        return self.pki.path("server.pem"), self.pki.path("server.key")


def binding_of(r):
    """The check of the session's binding; what is missing has no such check."""
    return next((c for c in json.loads(r.out)["checks"] if c["name"] == "binding.session"), {"result": "", "detail": ""})


def check_direct(p):
    with p.serve("tls", *p.pki.pair("server")) as a:
        url = a.wait_for_urls()[0]
        r = p.attest(url, p.required, "--send", SECRET, "--tls-trust", p.pki.path("root.pem"))
        report(r.status == 0 and p.arrived(), "over tls:// without anybody in between the secret arrives", r, a)
        report("TLS connection around it" in binding_of(r)["detail"], "and the evidence is bound to the TLS connection", r)
        r = p.attest(url, p.required, "--send", SECRET, "--pcap", p.scratch / "x.pcap")
        report(r.status == 0 and "TLS connection around it" in binding_of(r)["detail"], "also when it is captured", r, a)
        r = p.attest(url, p.required, "--watch", 1, "--hold", 2)
        verdicts = [json.loads(line) for line in r.out.splitlines()]
        report(r.status == 0 and len(verdicts) >= 2 and all(v["binding"]["session"] == "ok" for v in verdicts),
            "each time that it is watched", r, a)
    with p.serve("tcp") as a:
        r = p.attest(a.wait_for_urls()[0], p.required)
        report(r.status == 0 and "TLS" not in binding_of(r)["detail"], "without TLS there is no such binding", r, a)


def expect_relay(p, middle, name, policy, *options):
    r = p.attest(middle.url, policy, "--send", SECRET, *options)
    report(r.status == 6 and middle.connections != 0, f"{name} is refused", r)
    report(binding_of(r)["result"] == "failed" and RELAYED in binding_of(r)["detail"], "as a relay through TLS", r)
    told = json.loads(r.out)
    failed = [c["name"] for c in told["checks"] if c["result"] == "failed"]
    report(failed == ["binding.session"], "by this alone: all else is the honest attester's", r)
    report(not p.kept.exists() and SECRET.encode() not in middle.seen, "and the secret is not given away", r)


def check_middle(p):
    trust = ["--tls-trust", p.pki.path("root.pem")]
    with p.serve("tls", *p.pki.pair("server")) as a, Middle(a.wait_for_urls()[0], p.stolen()) as middle:
        expect_relay(p, middle, "a man in the middle with the attester's certificate", p.required, *trust)
        expect_relay(p, middle, "the same where no certificate is demanded", p.required)
        expect_relay(p, middle, "the same where the session's evidence is not demanded but shown", p.optional, *trust)
    p.pki.leaf("middle", "root", "subjectAltName=IP:127.0.0.1")
    of_his_own = p.pki.path("middle.pem"), p.pki.path("middle.key")
    with p.serve("tls") as a, Middle(a.wait_for_urls()[0], of_his_own) as middle:
        expect_relay(p, middle, "one with a certificate of his own, by the trusted root", p.required, *trust)
        text = run(p.verifier, middle.url, "--allow-soft-tee", "--policy", p.required, "--send", SECRET)
        report(text.status == 6 and RELAYED in text.out, "a person is told so, too", text)


def check_limits(p):
    """What certificates, measurements and the session's keys alone cannot stop."""
    with p.serve("tls", *p.pki.pair("server")) as a, Middle(a.wait_for_urls()[0], p.stolen()) as middle:
        trust = ["--tls-trust", p.pki.path("root.pem")]
        r = p.attest(middle.url, p.optional, "--no-session", *trust)
        report(r.status == 0 and json.loads(r.out)["binding"]["session"] == "none" and middle.connections == 1,
            "certificate and measurement evidence alone do not stop him", r)
        r = run(p.verifier, middle.url, "--json", "--evidence", "none", "--trust", p.scratch / "attester.pem", "--policy",
            "genuine", *trust, "--send", SECRET)
        report(middle.connections == 2 and binding_of(r)["result"] != "failed", "nor do certificates of both SPDM and TLS", r)
        report(SECRET.encode() not in middle.seen, "though what SPDM's own session carries he does not read", r)


def check_half(p):
    """TLS on one side only."""
    with p.serve("tcp") as a, Middle(a.wait_for_urls()[0], p.stolen(), to_tls=False) as middle:
        r = p.attest(middle.url, p.required, "--send", SECRET)
        report(r.status == 6 and "not bound to the TLS connection" in binding_of(r)["detail"] and not p.kept.exists(),
            "TLS that ends before the attester is seen for what it is", r)
    with p.serve("tls") as a, Middle(a.wait_for_urls()[0]) as middle:
        r = p.attest(middle.url, p.required, "--send", SECRET)
        report(r.status == 6 and binding_of(r)["result"] == "failed" and not p.kept.exists(),
            "so is TLS that the verifier knows nothing of", r)
    with p.serve("tls") as a, Middle(a.wait_for_urls()[0], to_tls=False) as middle:
        r = p.attest(middle.url.replace("tcp:", "tls:"), p.required, "--send", SECRET)
        report(r.status == 0 and p.arrived(), "who passes TLS on as it is does no harm", r, a)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        p = Programs(*sys.argv[1:], pathlib.Path(scratch))
        check_direct(p)
        check_middle(p)
        check_limits(p)
        check_half(p)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
