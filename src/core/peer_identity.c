/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Finding out who the other role is. */
#include <string.h>

#include "core/peer_identity.h"

struct tspdm_get_certificate tspdm_gathering_ask(const struct gathering *g, uint32_t limit)
{
	uint32_t left = g->total != 0 ? g->total - g->len : TSPDM_CHAIN_MAX;

	return (struct tspdm_get_certificate){
		.slot = g->slot,
		.offset = g->len,
		.length = left < limit ? left : limit,
	};
}

enum tspdm_status tspdm_gathering_check(
	const struct gathering *g, uint32_t limit, const struct tspdm_certificate *portion)
{
	uint64_t total = (uint64_t)g->len + portion->portion.len + portion->remainder;

	if (portion->slot != g->slot)
		return TSPDM_ERR_SLOT;
	if (portion->portion.len == 0 || g->portions >= PORTIONS_MAX || total > TSPDM_CHAIN_MAX)
		return TSPDM_ERR_PORTION;
	if (portion->portion.len > limit || (g->total != 0 && total != g->total))
		return TSPDM_ERR_PORTION;
	return total > g->cap ? TSPDM_ERR_BUFFER : TSPDM_OK;
}

void tspdm_gathering_take(struct gathering *g, const struct tspdm_certificate *portion)
{
	memcpy(g->room + g->len, portion->portion.ptr, portion->portion.len);
	g->len += (uint32_t)portion->portion.len;
	g->total = g->len + portion->remainder;
	g->portions++;
}

enum tspdm_status tspdm_peer_judge(struct tspdm_crypto *crypto, const struct tspdm_chain_check *check,
	struct tspdm_buffer *spki, struct tspdm_chain_result *result)
{
	enum tspdm_status status;

	*result = (struct tspdm_chain_result){ 0 };
	TSPDM_TRY(crypto->ops->check_chain(crypto, check, result));
	status = crypto->ops->public_key_spki(crypto, result->leaf_key, spki);
	if (status == TSPDM_OK && spki->len > spki->cap)
		status = TSPDM_ERR_KEY;
	if (status != TSPDM_OK) {
		crypto->ops->public_key_free(crypto, result->leaf_key);
		result->leaf_key = NULL;
	}
	return status;
}

enum tspdm_status tspdm_peer_verify(const struct connection *c, enum tspdm_role signer, enum signing_use use,
	const struct tspdm_public_key *key, const uint8_t *digest, struct tspdm_view signature)
{
	const struct tspdm_algorithms *s = &c->selected;
	uint32_t asym = signer == TSPDM_ROLE_RESPONDER ? s->base_asym : s->tables.supported[TSPDM_ALG_REQ_ASYM];
	struct signing_input input;

	if (key == NULL)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(tspdm_signing_input(&input, c->version, signer, use, asym, s->base_hash, digest));
	return tspdm_verify_signature(c->crypto, key, &input, signature, c->strict);
}
