/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A memory of signatures that were found good, which many verifications share: who appraises a fleet meets the same TCB
 * info, revocation lists and issuers each time.
 *
 *	struct tspdm_signature_cache *cache;
 *	status = tspdm_signature_cache_new(4096, &cache);
 *	input.signatures = cache;		// of each verification
 *	...
 *	tspdm_signature_cache_free(cache);	// when the last of them is over
 *
 * What is remembered is a digest over all that a signature's goodness depends on: the key, what is signed, the signature;
 * for a path of certificates all of them. Whatever depends on the time, on revocation, on anchors or on a policy is judged
 * anew each time. Failures are not remembered.
 */
#ifndef TSPDM_SIGNATURE_CACHE_H
#define TSPDM_SIGNATURE_CACHE_H

#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_signature_cache;

/** Makes a cache that any number of threads may use at a time. It takes 32 bytes for each entry, at once, and forgets
 * entries when it is full.
 * @param max_entries  rounded up
 * @retval TSPDM_ERR_ARGUMENT  max_entries is 0, or more than 2^24
 * @retval TSPDM_ERR_MEMORY    there is none */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_signature_cache_new(
	size_t max_entries, struct tspdm_signature_cache **out);
/** No verification may use it any more. NULL is allowed. */
TSPDM_API void tspdm_signature_cache_free(struct tspdm_signature_cache *cache);

struct tspdm_signature_cache_figures {
	uint64_t hits, misses;
};
/** What it was good for so far. */
TSPDM_API struct tspdm_signature_cache_figures tspdm_signature_cache_figures(struct tspdm_signature_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
