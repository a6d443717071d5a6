# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Certificates for tests of TLS, made by openssl."""
import subprocess

WAIT = 60


def openssl(*arguments, **more):
    command = ["openssl", *(str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, timeout=WAIT, check=False, **more)


class Pki:
    """A root and a certificate for 127.0.0.1, another root, and a client's certificate."""
    def __init__(self, scratch):
        self.scratch = scratch
        self.root("root")
        self.root("other")
        self.leaf("server", "root", "subjectAltName=IP:127.0.0.1,DNS:attester.example")
        self.leaf("client", "root", "extendedKeyUsage=clientAuth")
        self.leaf("stranger", "other", "extendedKeyUsage=clientAuth")

    def path(self, name):
        return self.scratch / name

    def root(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-days", "30", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"))

    def leaf(self, name, root, extension):
        self.path("extension").write_text(extension + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", self.path(f"{name}.key"), "-out", self.path("request"))
        openssl("x509", "-req", "-in", self.path("request"), "-CA", self.path(f"{root}.pem"), "-CAkey",
            self.path(f"{root}.key"), "-CAcreateserial", "-days", "30", "-extfile", self.path("extension"), "-out",
            self.path(f"{name}.pem"))

    def pair(self, name):
        return ["--tls-cert", self.path(f"{name}.pem"), "--tls-key", self.path(f"{name}.key")]
