# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What tests need to know of a classic capture file."""
import struct


def packets_of(data):
    """Where each packet of a classic capture file begins, and its length."""
    at = 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield at + 16, length
        at += 16 + length
