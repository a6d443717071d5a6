/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Knowing the software TEE's roots, so that its evidence is told from that of unknown roots and of hardware. */
#ifndef TSPDM_SEV_SNP_STANDIN_H
#define TSPDM_SEV_SNP_STANDIN_H

#include <tspdm/types.h>

/* Whether a SHA-256 of a SubjectPublicKeyInfo is that of a root of the software TEE. */
bool tspdm_snp_is_standin_root(const uint8_t spki_digest[32]);

#endif
