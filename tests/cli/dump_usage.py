#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""tspdm-dump's command line: what it says of itself, what it refuses, and what it makes of small captures.

	dump_usage.py PROGRAM VERSION
"""
import json
import pathlib
import re
import struct
import sys
import tempfile

from tap import finish, report, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/man/tspdm-dump.1"
COMPLETION = pathlib.Path(__file__).resolve().parents[2] / "docs/completion/tspdm-dump"

REFUSED = [
    ("no file", [], "one capture file"),
    ("two files", ["a", "b"], "one capture file"),
    ("an unknown option", ["--frobnicate", "a"], "--frobnicate"),
    ("an option without its value", ["a", "--keylog"], "--keylog"),
    ("a secret that is no hex", ["a", "--dhe-secret", "0g"], "must be hex"),
    ("an odd secret", ["a", "--dhe-secret", "000"], "must be hex"),
    ("an empty secret", ["a", "--dhe-secret", ""], "must be hex"),
    ("a secret of 513 bytes", ["a", "--dhe-secret", "00" * 513], "must be hex"),
    ("two DHE secrets", ["a", "--dhe-secret", "00", "--dhe-secret", "00"], "twice"),
    ("a PSK that is no hex", ["a", "--psk", "hint:zz"], "[HINT:]HEX"),
    ("an empty PSK", ["a", "--psk", "hint:"], "[HINT:]HEX"),
    ("a key log that is not there", ["a", "--keylog", "/nonexistent/keys"], "/nonexistent/keys"),
    ("a chain that is not there", ["a", "--chain", "requester:0:/nonexistent/chain"], "/nonexistent/chain"),
    ("a capture that is not there", ["/nonexistent/capture"], "/nonexistent/capture"),
    ("a capture that is none", ["/dev/null"], "tspdm-dump"),
]

GET_VERSION = b"\x10\x84\x00\x00"
VERSION = b"\x10\x04\x00\x00\x00\x01\x00\x12"


def pcap(link, *packets):
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for number, packet in enumerate(packets):
        data += struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet
    return data


def pcapng(link, *packets):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 65535))
    for packet in packets:
        data += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + packet)
    return data


def mctp(message, flags=0xC0):
    return b"\x01\x00\x00" + bytes([flags]) + message


def doe(message):
    return struct.pack("<HBBI", 1, 1, 0, 2 + len(message) // 4) + message


def tcp(sequence, payload, is_client=True, flags=0x18):
    ports = (40000, 4194) if is_client else (4194, 40000)
    segment = struct.pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, 0x7F000001, 0x7F000001)
    return bytes(12) + b"\x08\x00" + ip + segment


def frame(message):
    return struct.pack("<HBB", len(message) + 2, 1, 5) + message


def check_refusals(program):
    for name, arguments, words in REFUSED:
        r = run(program, *arguments)
        report(r.status == 2 and words in r.err and r.out == "", f"{name} is a usage error", r)


def check_papers(program, version):
    r = run(program, "--help")
    options = set(re.findall(r"--[a-z-]+", r.out)) | {"--verbose"}
    page = PAGE.read_text(encoding="utf-8").replace("\\-", "-").replace("Fl Fl ", "--")
    completion = COMPLETION.read_text(encoding="utf-8")
    report(r.status == 0 and len(options) > 8, "--help lists options", r)
    report(all(o in page for o in options), "the man page has every option", [o for o in options if o not in page])
    report(all(o in completion for o in options), "the completion has every option",
           [o for o in options if o not in completion])
    r = run(program, "--version")
    report(r.status == 0 and r.out == f"tspdm-dump {version}\n", "--version", r)


def summary_of(program, directory, data, *arguments):
    path = directory / "x.pcap"
    path.write_bytes(data)
    r = run(program, path, "--json", "--verify", *arguments)
    return r, json.loads(r.out)["summary"] if r.out else {}


def check_links(program, directory):
    both = {"GET_VERSION": 1, "VERSION": 1}
    halves = (mctp(b"\x05" + VERSION[:3], 0x80), mctp(VERSION[3:], 0x50))
    cases = [
        ("MCTP", pcap(291, mctp(b"\x05" + GET_VERSION), mctp(b"\x05" + VERSION))),
        ("MCTP in USER0", pcap(147, mctp(b"\x05" + GET_VERSION), mctp(b"\x05" + VERSION))),
        ("MCTP in two packets", pcap(291, mctp(b"\x05" + GET_VERSION), *halves)),
        ("DOE", pcap(292, doe(GET_VERSION), doe(VERSION))),
        ("DOE in USER1", pcap(148, doe(GET_VERSION), doe(VERSION))),
        ("DOE in pcapng", pcapng(292, doe(GET_VERSION), doe(VERSION))),
        ("TCP", pcap(1, tcp(100, b"", flags=2), tcp(101, frame(GET_VERSION)), tcp(7, frame(VERSION), False))),
        ("TCP byte by byte", pcap(1, *(tcp(5 + i, frame(GET_VERSION)[i:i + 1]) for i in range(8)),
                                  tcp(7, frame(VERSION), False))),
        ("TCP out of order, and twice", pcap(1, tcp(100, b"", flags=2), tcp(104, frame(GET_VERSION)[3:]),
                                             tcp(101, frame(GET_VERSION)[:3]), tcp(101, frame(GET_VERSION)),
                                             tcp(7, frame(VERSION), False))),
    ]
    for name, data in cases:
        r, summary = summary_of(program, directory, data)
        report(r.status == 0 and summary.get("messages") == both and not summary["problems"], name, r)
    r, summary = summary_of(program, directory, pcap(113, b"\x00"))
    report(r.status == 2 and "113" in r.err, "an unknown link type", r)


def check_gaps(program, directory):
    data = pcap(1, tcp(100, b"", flags=2), tcp(101, frame(GET_VERSION)), tcp(200, frame(GET_VERSION)),
                tcp(7, frame(VERSION), False))
    r, summary = summary_of(program, directory, data)
    report(r.status == 1 and any("91 bytes" in p for p in summary["problems"])
           and summary["messages"]["GET_VERSION"] == 2, "bytes that were not captured are told", r)
    for name, packet, link in (("a DOE object with another length", doe(GET_VERSION)[:-4] + b"\x00", 292),
                               ("an MCTP packet without a message", b"\x01", 291),
                               ("an end without a beginning", mctp(b"\x05" + GET_VERSION, 0x40), 291),
                               ("a message of three bytes", mctp(b"\x05\x10\x84\x00"), 291),
                               ("an unexpected response", mctp(b"\x05" + VERSION), 291),
                               ("a reserved code", mctp(b"\x05\x10\xF8\x00\x00"), 291)):
        r, summary = summary_of(program, directory, pcap(link, packet))
        report(r.status == 1 and summary["problems"], f"{name} is a problem", r)
    r, summary = summary_of(program, directory, pcap(291, mctp(b"\x06" + bytes(40))))
    report(r.status == 0 and summary["records"] == {"opened": 0, "sealed": 1, "application": 0},
           "a record of no session stays sealed", r)


def check_keylog(program, directory):
    path = directory / "keys"
    data = pcap(292, doe(GET_VERSION), doe(VERSION))
    good = f"# comment\n\nSPDM_DHE_SECRET 0000ffff {'ab' * 32} {'cd' * 48}\nSPDM_RSP_DATA_SECRET_12 00000001 {'00' * 32} 00\n"
    path.write_text(good, encoding="utf-8")
    r, _ = summary_of(program, directory, data, "--keylog", path)
    report(r.status == 0, "a key log is read", r)
    for line, words in ((f"SPDM_KEY 00000001 {'00' * 32} 00", "label"), (f"SPDM_PSK_1 00000001 {'00' * 32} 00", "label"),
                        (f"SPDM_REQ_DATA_SECRET_ 00000001 {'00' * 32} 00", "label"),
                        (f"SPDM_PSK 001 {'00' * 32} 00", "session id"), (f"SPDM_PSK 00000001 {'00' * 31} 00", "random"),
                        (f"SPDM_PSK 00000001 {'00' * 32}", "secret"), (f"SPDM_PSK 00000001 {'00' * 32} 0", "secret"),
                        (f"SPDM_PSK 00000001 {'00' * 32} 00 00", "follows"), ("SPDM_PSK", "session id")):
        path.write_text(good + line + "\n", encoding="utf-8")
        r, _ = summary_of(program, directory, data, "--keylog", path)
        report(r.status == 2 and "line 5" in r.err and words in r.err, f"refused: {line[:40]}", r)


def check_text(program, directory):
    path = directory / "x.pcap"
    path.write_bytes(pcap(292, doe(GET_VERSION), doe(VERSION)))
    r = run(program, path, "-v", "--hex")
    report(r.status == 0 and "-> GET_VERSION" in r.out and "<- VERSION" in r.out and "versions    1.2" in r.out
           and "10 84 00 00" in r.out, "lines, fields and bytes", r)


def main():
    program, version = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        check_refusals(program)
        check_papers(program, version)
        check_links(program, directory)
        check_gaps(program, directory)
        check_keylog(program, directory)
        check_text(program, directory)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
