/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_challenge, tspdm_read_challenge_auth and their writers */
#include "wire.h"

WIRE_HARNESS(TSPDM_CHALLENGE, TSPDM_CHALLENGE_AUTH)
