# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The programs, the verifier here and the attester there; see network.py."""
import copy
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
import forms  # noqa: E402
from network import THERE  # noqa: E402
from serving import Serving  # noqa: E402
from tap import Result  # noqa: E402

WAIT = 60


class Ends(forms.Forms):
    def __init__(self, attester, verifier, scratch):
        super().__init__(attester, verifier, HERE.parent / "interop/make_requester.py", scratch)
        self.here = self.there = None

    def join(self, here, there):
        self.here, self.there = here, there

    def serve(self, *options, at):
        return Serving(*self.there.inside(self.attester, "--listen", at, *options))

    def command(self, a, *options):
        urls = a.wait_for_urls()
        return self.here.inside(self.verifier, urls[0] if urls else "unix:/nonexistent/attester", *options)

    def attest(self, a, *options):
        return Result(subprocess.run(self.command(a, *options), stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=WAIT))

    def start(self, a, *options):
        return subprocess.Popen(self.command(a, *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def at(self, scheme):
        return f"{scheme}://{THERE}:0"

    def beside(self, name):
        """The same, with a directory of its own for what it sends and gets."""
        other = copy.copy(self)
        other.scratch = self.scratch / name
        other.scratch.mkdir()
        return other
