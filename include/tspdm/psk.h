/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Pre-shared keys: who holds them for requesters and responders. Sessions by pre-shared key (DSP0274 "PSK_EXCHANGE request")
 * need neither certificates nor Diffie-Hellman: whoever knows the secret that the PSKHint names is the peer.
 *
 *	static const struct tspdm_psk keys[] = { { .hint = hint, .secret = secret } };
 *	struct tspdm_psk_table table;
 *	tspdm_psk_table_init(&table, keys, 1);
 *	config.psk = &table.base;
 *	config.capabilities |= TSPDM_CAP_PSK_WITH_CONTEXT;	// requesters: TSPDM_CAP_PSK
 *
 * A secret is as good as the random numbers that it was made of: 32 bytes of them, and not a password, since whoever sees an
 * exchange can try passwords at leisure. Nothing recorded stays secret once the key is known, because no Diffie-Hellman
 * protects it. TSPDM_CAP_PSK without ResponderContext lets the requester's side alone make a session fresh: a recorded
 * PSK_EXCHANGE can be repeated by anybody, and each of the responder's answers to it is a chance that keys come up again.
 * It is for responders that have no random numbers.
 */
#ifndef TSPDM_PSK_H
#define TSPDM_PSK_H

#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSPDM_PSK_MAX = 512 /**< longest secret that a store can hand out, bytes */ };

struct tspdm_psk_store;

/** Contract of a store (memory, a file, an HSM). `lookup` or `extract` is required; where both are set `extract` is used.
 * One store may serve many requesters and responders. Its functions do not use the object that calls them. */
struct tspdm_psk_store_ops {
	size_t size;
	const char *name;
	/** Gives the secret that a hint names.
	 * @param hint    the PSKHint, any bytes, perhaps none. A responder's comes from the peer, in the clear
	 * @param secret  room for TSPDM_PSK_MAX bytes, which the caller wipes as soon as the session's first key is derived
	 * @retval TSPDM_ERR_PSK  the hint names none; a responder answers InvalidRequest
	 * @retval TSPDM_AGAIN    later: a responder answers ResponseNotReady, and calls again with the same hint
	 * Any other failure is the store's own: a responder answers Unspecified. */
	enum tspdm_status (*lookup)(
		struct tspdm_psk_store *store, struct tspdm_view hint, struct tspdm_buffer *secret);
	/** HMAC-Hash(salt, secret), the Handshake-Secret of DSP0274 "Key schedule": the secret never leaves the store.
	 * @param hash  enum tspdm_hash_algorithm
	 * @param salt  of the length of the hash: the HMAC's key
	 * @param out   as many bytes
	 * Returns as `lookup`. */
	enum tspdm_status (*extract)(struct tspdm_psk_store *store, struct tspdm_view hint, uint32_t hash,
		struct tspdm_view salt, uint8_t *out);
};

struct tspdm_psk_store {
	const struct tspdm_psk_store_ops *ops;
};

/** A pre-shared key in memory. */
struct tspdm_psk {
	struct tspdm_view hint; /**< compared byte by byte; empty: the key of requesters that give no hint */
	struct tspdm_view secret; /**< 1 to TSPDM_PSK_MAX bytes */
};

/** A store from a table. The keys are the caller's, who wipes them, and live as long as the store. */
struct tspdm_psk_table {
	struct tspdm_psk_store base;
	const struct tspdm_psk *keys; /**< the first whose hint fits is taken */
	size_t count;
};

/** Makes the store. */
TSPDM_API void tspdm_psk_table_init(struct tspdm_psk_table *table, const struct tspdm_psk *keys, size_t count);

#ifdef __cplusplus
}
#endif
#endif
