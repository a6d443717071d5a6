#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The small programs, run against each other.

	minimal.py REQUESTER RESPONDER EVENT_LOOP
"""
import hashlib
import pathlib
import sys
import tempfile

from serving import Serving, connect
from tap import finish, report, run


def main():
    requester, responder, event_loop = sys.argv[1:]
    lines = {p: len((pathlib.Path(__file__).resolve().parents[2] / "examples" / p).read_text().splitlines())
        for p in ("minimal-requester.c", "minimal-responder.c")}
    report(max(lines.values()) < 100, "they have fewer than 100 lines", lines)
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name) / "root.der"
        for url in ("tcp://127.0.0.1:0", f"unix:{name}/socket", "emu+mctp://127.0.0.1:0"):
            with Serving(responder, url, root) as r:
                at = r.wait_for_urls()[0]
                for turn in ("first", "second"):
                    done = run(requester, at, root)
                    expected = "  1 mutable firmware " + hashlib.sha384(b"what this device runs").hexdigest()
                    report(done.status == 0 and done.out.strip() == expected.strip(),
                        f"the {turn} peer is shown the measurement over {url.split(':', maxsplit=1)[0]}", done, r)
                done = run(requester, at, "/dev/null")
                report(done.status == 1, "without its root nothing is shown", done, r)
                with connect(at) as bad:
                    bad.sendall(bytes(64))
                done = run(requester, at, root)
                report(done.status == 0, "a peer that sends rubbish is followed by others", done, r)
        with Serving(responder, f"unix:{name}/socket", root) as r:
            r.wait_for_urls()
            done = run(event_loop, f"{name}/socket", root)
            report(done.status == 0 and done.out == "authenticated\n", "the event loop authenticates its peer", done, r)
            done = run(event_loop, f"{name}/socket", "/dev/null")
            report(done.status == 1 and "trust anchor" in done.err, "and nobody without a root", done, r)
        report(run(event_loop, f"{name}/nobody", root).status == 3, "nobody listening is told")
        for program in (requester, responder):
            report(run(program).status == 1, "without arguments they fail")
        report(run(responder, "nowhere", root).status == 1, "an endpoint that is none is told")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
