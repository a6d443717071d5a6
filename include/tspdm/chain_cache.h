/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A cache of judged certificate chains that many requesters share: who attests a fleet, again and again, fetches and judges
 * each chain once.
 *
 *	struct tspdm_chain_cache *cache;
 *	status = tspdm_memory_chain_cache_new(16 << 20, &cache);
 *	config.chain_cache = cache;		// of each requester
 *	...
 *	tspdm_memory_chain_cache_free(cache);	// when the last of them is gone
 *
 * After DIGESTS a requester looks for a chain with the slot's digest that was judged under its own conditions. Where there
 * is one, neither GET_CERTIFICATE nor the judgement is repeated; that the responder has the key it proves anew each time.
 * What was judged by other anchors, with or without dates, or with another allow_unanchored_chain is never taken, nor what
 * has expired since.
 */
#ifndef TSPDM_CHAIN_CACHE_H
#define TSPDM_CHAIN_CACHE_H

#include <tspdm/spdm.h>
#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSPDM_SPKI_MAX = 640 }; /**< bytes of the longest SubjectPublicKeyInfo of TSPDM_ASYM_ algorithms */

/** Which chain, and how it was judged. Without gaps, unused bytes zero: keys are equal where their bytes are. */
struct tspdm_chain_key {
	uint32_t hash; /**< algorithm of the digests */
	uint32_t asym; /**< what the leaf's key is for */
	uint8_t chain[TSPDM_HASH_MAX];      /**< digest of the certificate-chain structure, as in DIGESTS */
	uint8_t conditions[TSPDM_HASH_MAX]; /**< digest of all else that the judgement depends on */
};

/** That it was found good, and what is in it. */
struct tspdm_chain_judgement {
	int64_t valid_from;  /**< seconds since 1970: all of it is valid from then on, */
	int64_t valid_until; /**< and no more at that second; both 0: dates were not judged */
	uint32_t leaf_at;    /**< of the leaf's DER in the structure */
	uint32_t leaf_len;
	uint32_t spki_len;
	bool is_anchored;
	uint8_t reserved[3]; /**< 0 */
	uint8_t spki[TSPDM_SPKI_MAX]; /**< DER SubjectPublicKeyInfo of the leaf */
};

struct tspdm_chain_cache;

/** Contract of a cache. What it gives is believed: it must be as well guarded as the requesters' own memory. */
struct tspdm_chain_cache_ops {
	size_t size; /**< of this struct */
	const char *name;
	/** @param chain  the structure's bytes, room for them; appended to
	 * @returns true: it is there, whole; false: it is not, or the room is too small */
	bool (*lookup)(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
		struct tspdm_chain_judgement *out, struct tspdm_buffer *chain);
	/** Keeps what fits; a cache may forget at any time. */
	void (*store)(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
		const struct tspdm_chain_judgement *judgement, struct tspdm_view chain);
};

struct tspdm_chain_cache {
	const struct tspdm_chain_cache_ops *ops;
};

/* ---- In memory ---- */

/** Makes a cache on the heap that any number of threads may use at a time: it has a lock of its own, held while an entry is
 * looked for and copied. What was not used for longest is forgotten first.
 * @param max_bytes  that all entries together take at most; an attester's chain takes 2 to 8 KiB
 * @retval TSPDM_ERR_ARGUMENT  max_bytes is 0
 * @retval TSPDM_ERR_MEMORY    there is none */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_memory_chain_cache_new(
	size_t max_bytes, struct tspdm_chain_cache **out);
/** No requester may use it any more. NULL is allowed. */
TSPDM_API void tspdm_memory_chain_cache_free(struct tspdm_chain_cache *cache);

struct tspdm_chain_cache_figures {
	uint64_t hits, misses;
	size_t entries, bytes;
};
/** What it was good for so far. */
TSPDM_API struct tspdm_chain_cache_figures tspdm_memory_chain_cache_figures(struct tspdm_chain_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
