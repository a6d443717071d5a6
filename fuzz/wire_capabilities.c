/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_get_capabilities, tspdm_read_capabilities and their writers */
#include "wire.h"

WIRE_HARNESS(TSPDM_GET_CAPABILITIES, TSPDM_CAPABILITIES)
