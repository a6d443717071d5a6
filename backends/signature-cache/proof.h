/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What verifiers ask a cache of signatures. */
#ifndef TSPDM_SIGNATURE_CACHE_PROOF_H
#define TSPDM_SIGNATURE_CACHE_PROOF_H

#include <tspdm/signature_cache.h>

enum { TSPDM_PROOF_LEN = 32 };

/** Whether it was found good before.
 * @param cache   NULL: there is none, and nothing is known
 * @param kind    of proof; constant
 * @param parts   all that the answer depends on
 * @param digest  for tspdm_proof_keep(), once it was found good */
bool tspdm_proof_is_known(struct tspdm_signature_cache *cache, const char *kind, const struct tspdm_view *parts,
	size_t count, uint8_t digest[TSPDM_PROOF_LEN]);
void tspdm_proof_keep(struct tspdm_signature_cache *cache, const uint8_t digest[TSPDM_PROOF_LEN]);

#endif
