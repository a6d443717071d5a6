#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Packs genuine samples as inputs of the harnesses, each in the form that its harness takes.

	genuine_corpus.py TESTDATA OUT			writes OUT/HARNESS/SAMPLE
	genuine_corpus.py TESTDATA --replay DIR		gives them to DIR/replay-HARNESS and prints TAP

The samples stay where they are: they are the vendors', and not part of this project.
"""
import base64
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

LOG_END = 18101  # of the one event log; zeros or FF follow

COLLATERAL = ["tcb_info.json", "qe_identity.json", "tcb_signing_chain.pem", "qe_identity_signing_chain.pem", "pck_crl.der",
    "pck_crl_issuer_chain.pem", "root_ca_crl.der"]


def content(path):
    return path.read_bytes() if path.exists() else b""


def pieces(*parts):
    return b"".join(struct.pack("<H", min(len(p), 0xFFFF)) + p[:0xFFFF] for p in parts)


def der_of(pem):
    return [base64.b64decode(body) for body in re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.DOTALL)]


def signed_object(answer, name):
    """The object that is signed, byte for byte."""
    text = answer.decode()
    begin = text.index("{", text.index(f'"{name}"'))
    _, end = json.JSONDecoder().raw_decode(text, begin)
    return text[begin:end].encode()


def snp(case):
    report = content(case / "report.bin")
    key = content(case / "vcek.der") or content(case / "vlek.der")
    issuer = content(case / "ask.der") or content(case / "asvk.der")
    root, table = content(case / "ark.der"), content(case / "auxblob.bin")
    yield "snp_report", report + table
    named_root_only = b"\x03"
    yield "snp_certificates", named_root_only + pieces(report, b"", root, key, issuer, root)
    if table:
        yield "snp_table", table
        yield "snp_certificates", named_root_only + pieces(report, table, root)


def quote(case, kind):
    raw = content(case / "quote.bin")
    is_td = kind == "tdx"
    yield f"{kind}_quote", raw
    for path in sorted(case.glob("collateral-*")):
        parts = [content(path / name) for name in COLLATERAL]
        yield "dcap_collateral", b"\x20" + pieces(raw, *parts)
        yield "tcb_info", (b"\x00" if is_td else b"\x01") + signed_object(parts[0], "tcbInfo")
        yield "tcb_info", (b"\x02" if is_td else b"\x03") + signed_object(parts[1], "enclaveIdentity")
        yield "tcb_info", b"\x04" + parts[0]
    log = content(case / "ccel_data.bin")
    if log:
        yield "ccel", log[:LOG_END + 64]
    certificate = content(case / "ra_tls_cert.pem")
    if certificate:
        yield "certificate_evidence", b"\x00" + der_of(certificate)[0]


def device(case):
    chain = der_of(content(case / "chain.pem"))
    request, response = content(case / "get_measurements.bin"), content(case / "measurements.bin")
    yield "device_report", struct.pack("<HHHH", len(request), len(response), 0, 0) + request + response + b"".join(chain)
    for certificate in chain:
        yield "dice", b"\x00" + certificate


def samples(testdata):
    for case in sorted(testdata.glob("snp/[0-9]*")):
        yield case, snp(case)
    for kind in ("tdx", "sgx"):
        for case in sorted(testdata.glob(f"{kind}/[0-9]*")):
            yield case, quote(case, kind)
    for case in sorted(testdata.glob("spdm-device/[0-9]*")):
        yield case, device(case)


def pack(testdata, out):
    """@returns the harnesses that got something"""
    harnesses = {}
    for case, inputs in samples(testdata):
        for number, (harness, data) in enumerate(inputs):
            directory = out / harness
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{case.parent.name}-{case.name}-{number}").write_bytes(data)
            harnesses[harness] = harnesses.get(harness, 0) + 1
    return harnesses


def replay(testdata, programs):
    if not (testdata / "snp").exists():
        print(f"1..0 # SKIP no samples in {testdata}")
        return 0
    with tempfile.TemporaryDirectory() as name:
        harnesses = pack(testdata, pathlib.Path(name))
        print(f"1..{len(harnesses)}")
        failed = 0
        for number, (harness, count) in enumerate(sorted(harnesses.items()), 1):
            r = subprocess.run([programs / f"replay-{harness}", f"{name}/{harness}"], capture_output=True, text=True,
                timeout=60, check=False)
            good = r.returncode == 0
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {harness}: {count} genuine inputs")
            if not good:
                print("\n".join(f"# {line}" for line in (r.stdout + r.stderr).splitlines()[-20:]))
    return 1 if failed else 0


def main():
    testdata = pathlib.Path(sys.argv[1])
    if sys.argv[2] == "--replay":
        return replay(testdata, pathlib.Path(sys.argv[3]))
    harnesses = pack(testdata, pathlib.Path(sys.argv[2]))
    print(f"# {sum(harnesses.values())} inputs for {len(harnesses)} harnesses")
    return 0


if __name__ == "__main__":
    sys.exit(main())
