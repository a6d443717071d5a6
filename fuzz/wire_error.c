/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_error, tspdm_read_not_ready, tspdm_write_error */
#include "wire.h"

WIRE_HARNESS(TSPDM_ERROR)
