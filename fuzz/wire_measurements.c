/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_get_measurements, tspdm_read_measurements, tspdm_next_block and their writers */
#include "wire.h"

WIRE_HARNESS(TSPDM_GET_MEASUREMENTS, TSPDM_MEASUREMENTS)
