/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_negotiate_algorithms, tspdm_read_algorithms and their writers */
#include "wire.h"

WIRE_HARNESS(TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS)
