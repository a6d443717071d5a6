/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_version, tspdm_version_entry, tspdm_write_version, tspdm_read_header, tspdm_write_header */
#include "wire.h"

WIRE_HARNESS(TSPDM_VERSION, TSPDM_GET_VERSION, TSPDM_GET_DIGESTS, TSPDM_RESPOND_IF_READY)
