#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Enrolment by the programs: the verifier fetches a certificate request, a CA certifies it, the verifier puts the chain into
a slot, and the attester serves it, also after a restart.

	provisioning.py ATTESTER VERIFIER
"""
import pathlib
import shutil
import sys
import tempfile

from serving import Serving
from tap import finish, report, run, skip

POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/soft-demo-policy.json"
LEAF = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"]


def openssl(*args):
    r = run("openssl", *args)
    if r.status != 0:
        raise RuntimeError(r.err)
    return r


class Enrolment:
    def __init__(self, attester, verifier, scratch):
        self.attester, self.verifier, self.scratch = attester, verifier, scratch
        self.store, self.csr, self.ca = scratch / "store", scratch / "csr.pem", scratch / "ca.pem"
        self.store.mkdir()
        self.policy = scratch / "policy.json" # chains from files carry no evidence
        self.policy.write_text(POLICY.read_text().replace('"certificate": "required"', '"certificate": "none"'))
        self.make_key("device", *LEAF)
        self.make_key("other", *LEAF)
        self.make_key("ca", "-addext", "keyUsage=critical,keyCertSign")
        (scratch / "leaf.ext").write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")

    def make_key(self, name, *extensions):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout",
            self.scratch / f"{name}.key", "-out", self.scratch / f"{name}.pem", "-subj", f"/CN={name}", *extensions)

    def certify(self, name):
        """The chain for what is in the certificate request."""
        leaf, chain = self.scratch / f"{name}-leaf.pem", self.scratch / f"{name}-chain.pem"
        openssl("x509", "-req", "-in", self.csr, "-CA", self.ca, "-CAkey", self.scratch / "ca.key", "-extfile",
            self.scratch / "leaf.ext", "-days", "30", "-out", leaf)
        chain.write_text(self.ca.read_text() + leaf.read_text())
        return chain

    def serve(self, *options):
        return Serving(self.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "soft", "--cert", self.scratch / "device.pem",
            "--key", self.scratch / "device.key", "--provision", self.store, *options)

    def attest(self, url, *options):
        return run(self.verifier, url, "--allow-soft-tee", "--policy", self.policy, *options)

    def is_served(self, url, slot):
        return self.attest(url, "--slot", slot, "--no-session", "--trust", self.ca, "--json")


def check_enrolment(e):
    with e.serve() as a:
        url = a.wait_for_urls()[0]
        r = e.attest(url, "--get-csr", e.csr)
        report(r.status == 0 and "of the key that was authenticated" in r.out and
            run("openssl", "req", "-in", e.csr, "-verify", "-noout").status == 0, "a certificate request is fetched", r, a)
        chain = e.certify("first")
        r = e.attest(url, "--set-cert", f"3:{chain}")
        report(r.status == 0 and "slot 3 has the chain" in r.out and "in a session" in (a.wait_for("new chain") or ""),
            "the chain is put into slot 3, in the session", r, a)
        r = e.attest(url, "--set-cert", f"4:{chain}", "--no-session")
        report(r.status == 4 and "UnexpectedRequest" in r.out, "outside of a session it is refused", r, a)
        r = e.attest(url, "--set-cert", chain, "--no-session")
        report(r.status == 0, "slot 0 takes no session", r, a)
        for slot in (0, 3):
            r = e.is_served(url, slot)
            report(r.status == 0 and '"anchored":true' in r.out.replace(" ", ""), f"slot {slot} shows the CA's chain", r, a)
    with e.serve() as a:
        url = a.wait_for_urls()[0]
        for slot in (0, 3):
            report(e.is_served(url, slot).status == 0, f"slot {slot} shows it after a restart", a)
    report(sorted(p.name for p in e.store.iterdir()) == ["slot0.der", "slot3.der"], "nothing else is in the directory",
        list(e.store.iterdir()))


def check_refusals(e):
    chain = e.scratch / "first-chain.pem"
    with e.serve() as a:
        url = a.wait_for_urls()[0]
        r = e.attest(url, "--set-cert", f"2:{e.scratch / 'other.pem'}")
        report(r.status == 4 and "Unspecified" in r.out and not (e.store / "slot2.der").exists(),
            "the chain of another key is refused", r, a)
        e.store.rename(e.scratch / "away")
        r = e.attest(url, "--set-cert", f"2:{chain}")
        report(r.status == 4 and "cannot be kept" in (a.wait_for("cannot be kept") or ""), "so is one that cannot be kept",
            r, a)
        (e.scratch / "away").rename(e.store)
        r = e.attest(url, "--slot", "2", "--no-session")
        report(r.status != 0, "and the slot is as empty as before", r, a)
    with e.serve("--trusted-environment") as a:
        r = e.attest(a.wait_for_urls()[0], "--no-session", "--set-cert", f"7:{chain}")
        report(r.status == 0, "in a trusted environment every slot can be set in the clear", r, a)
    with e.serve("--caps", "+CERT_INSTALL_RESET") as a:
        url = a.wait_for_urls()[0]
        r = e.attest(url, "--set-cert", f"5:{chain}")
        report(r.status == 0 and "shown after a reset" in r.out, "a device may take the chain at its next start", r, a)
        report(e.is_served(url, 5).status != 0, "and not before", a)
    with e.serve() as a:
        report(e.is_served(a.wait_for_urls()[0], 5).status == 0, "but then", a)
    (e.store / "slot5.der").write_bytes(b"\x30\x03abc")
    r = run(e.attester, "--listen", "tcp://127.0.0.1:0", "--tee", "none", "--cert", e.scratch / "device.pem", "--key",
        e.scratch / "device.key", "--provision", e.store)
    report(r.status == 2 and "slot5.der" in r.err, "a chain that was spoiled meanwhile is not served", r)


def main():
    if shutil.which("openssl") is None:
        skip("provisioning", "no openssl to play the CA with")
    else:
        with tempfile.TemporaryDirectory() as scratch:
            e = Enrolment(sys.argv[1], sys.argv[2], pathlib.Path(scratch))
            check_enrolment(e)
            check_refusals(e)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
