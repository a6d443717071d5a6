/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_vendor_defined, tspdm_write_vendor_defined */
#include "wire.h"

WIRE_HARNESS(TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE)
