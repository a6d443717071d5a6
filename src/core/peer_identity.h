/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What either role does to find out who the other is: a chain fetched in portions, judged, and signatures verified with its
 * key. */
#ifndef TSPDM_CORE_PEER_IDENTITY_H
#define TSPDM_CORE_PEER_IDENTITY_H

#include "core/connection.h"
#include "core/signing.h"

enum { SPKI_MAX = 640, PORTIONS_MAX = 2048 };

/* A certificate-chain structure on its way here, into the caller's room. */
struct gathering {
	uint8_t *room;
	size_t cap;
	uint8_t slot;
	uint32_t len;   /* received so far */
	uint32_t total; /* 0: not told yet */
	unsigned portions;
};

static inline bool gathering_is_complete(const struct gathering *g)
{
	return g->total != 0 && g->len == g->total;
}
static inline struct tspdm_view gathering_view(const struct gathering *g)
{
	return (struct tspdm_view){ g->room, g->len };
}

/* What to ask for next; `limit` is the largest portion that a response can bring. */
struct tspdm_get_certificate tspdm_gathering_ask(const struct gathering *g, uint32_t limit);
/* Whether a portion fits what is there: TSPDM_ERR_SLOT, TSPDM_ERR_PORTION; TSPDM_ERR_BUFFER where the room is too small.
 * Each must bring the chain forward, and all must speak of one length: work is bounded whatever the peer sends. */
enum tspdm_status tspdm_gathering_check(
	const struct gathering *g, uint32_t limit, const struct tspdm_certificate *portion);
/* Takes a portion that was checked. */
void tspdm_gathering_take(struct gathering *g, const struct tspdm_certificate *portion);

/* Judges a chain by the backend and writes its leaf's SubjectPublicKeyInfo. After a failure there is no key. */
enum tspdm_status tspdm_peer_judge(struct tspdm_crypto *crypto, const struct tspdm_chain_check *check,
	struct tspdm_buffer *spki, struct tspdm_chain_result *result);

/* Verifies a signature of the peer's, whose role `signer` is; `digest` is of the transcript that was signed.
 * TSPDM_ERR_STATE: there is no key. */
enum tspdm_status tspdm_peer_verify(const struct connection *c, enum tspdm_role signer, enum signing_use use,
	const struct tspdm_public_key *key, const uint8_t *digest, struct tspdm_view signature);

#endif
