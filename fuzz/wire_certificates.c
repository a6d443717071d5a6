/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * targets: tspdm_read_digests, tspdm_read_get_certificate, tspdm_read_certificate and their writers */
#include "wire.h"

WIRE_HARNESS(TSPDM_DIGESTS, TSPDM_GET_CERTIFICATE, TSPDM_CERTIFICATE)
