/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The encapsulated requests by which a requester shows who it is: GET_DIGESTS, GET_CERTIFICATE in portions and, in basic
 * mutual authentication, CHALLENGE. DSP0274 1.2, the clauses of those names. */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

/* What is around a portion: DELIVER_ENCAPSULATED_RESPONSE and the fixed part of CERTIFICATE. */
enum { AROUND_PORTION = 4 + 8 };

static uint32_t portion_limit(const struct tspdm_responder *p)
{
	return p->config.max_message - AROUND_PORTION;
}

/* ---- Asking ---- */

static enum tspdm_status write_challenge(
	struct tspdm_responder *p, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	uint8_t nonce[TSPDM_NONCE_LEN];
	const struct tspdm_challenge ask = { .slot = p->flow.claim.slot, .nonce = { nonce, sizeof nonce } };

	TSPDM_TRY(crypto->ops->random(crypto, nonce, sizeof nonce));
	return tspdm_write_challenge(out, shape, &ask);
}

enum tspdm_status tspdm_identify_ask(struct tspdm_responder *p, uint8_t code)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	const struct tspdm_header header = { shape.version, TSPDM_GET_DIGESTS, 0, 0 };
	struct flow *flow = &p->flow;
	struct tspdm_buffer out = { flow->request, sizeof flow->request, 0 };
	struct tspdm_get_certificate ask;
	enum tspdm_status status;

	switch (code) {
	case TSPDM_GET_DIGESTS:
		status = tspdm_write_header(&out, &header);
		break;
	case TSPDM_GET_CERTIFICATE:
		ask = tspdm_gathering_ask(&flow->chain, portion_limit(p));
		status = tspdm_write_get_certificate(&out, &shape, &ask);
		break;
	case TSPDM_CHALLENGE:
		status = write_challenge(p, &shape, &out);
		break;
	default:
		return TSPDM_ERR_STATE;
	}
	flow->request_len = out.len;
	return status;
}

/* ---- Answers ---- */

/* mutB and mutC, DSP0274 1.2 "M1/M2 for the requester": of basic mutual authentication only. */
static enum tspdm_status append(struct tspdm_responder *p, struct request *q, struct tspdm_view response)
{
	struct flow *flow = &p->flow;
	const struct tspdm_crypto_ops *ops = p->config.crypto->ops;

	if (flow->m == NULL)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_responder_own(q,
		ops->hash_update(p->config.crypto, flow->m, (struct tspdm_view){ flow->request, flow->request_len })));
	return tspdm_responder_own(q, ops->hash_update(p->config.crypto, flow->m, response));
}

static enum tspdm_status take_digests(
	struct tspdm_responder *p, struct request *q, struct tspdm_view response, size_t *used, uint8_t *next)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	struct flow *flow = &p->flow;
	struct tspdm_digests digests;

	TSPDM_TRY(tspdm_read_digests(response, &shape, &digests, used));
	if (digests.digest[flow->chain.slot].len == 0)
		return TSPDM_ERR_SLOT;
	memcpy(flow->slot_digest, digests.digest[flow->chain.slot].ptr, shape.hash_len);
	*next = TSPDM_GET_CERTIFICATE;
	return append(p, q, (struct tspdm_view){ response.ptr, *used });
}

static enum tspdm_status take_certificate(
	struct tspdm_responder *p, struct request *q, struct tspdm_view response, size_t *used, uint8_t *next)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	struct flow *flow = &p->flow;
	struct tspdm_certificate portion;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_certificate(response, &shape, &portion, used));
	status = tspdm_gathering_check(&flow->chain, portion_limit(p), &portion);
	if (status == TSPDM_ERR_BUFFER) /* the room for chains, not that of the response */
		return tspdm_responder_own(q, status);
	TSPDM_TRY(status);
	TSPDM_TRY(append(p, q, (struct tspdm_view){ response.ptr, *used }));
	tspdm_gathering_take(&flow->chain, &portion);
	*next = TSPDM_GET_CERTIFICATE;
	if (!gathering_is_complete(&flow->chain))
		return TSPDM_OK;
	*next = flow->purpose == FLOW_BASIC ? TSPDM_CHALLENGE : 0;
	return tspdm_claim_gathered(p, &flow->claim);
}

/* DSP0274 1.2 "CHALLENGE_AUTH response": BasicMutAuthReq is for the responder's; nor are there measurements. */
static enum tspdm_status check_auth(
	const struct tspdm_responder *p, const struct tspdm_shape *shape, const struct tspdm_challenge_auth *auth)
{
	const struct connection *c = &p->connection;
	const struct claim *claim = &p->flow.claim;
	bool is_key = claim->slot == TSPDM_SLOT_PUBLIC_KEY;
	bool may_be_opaque = c->version < TSPDM_V12 || (c->selected.other_params & 0x0FU) != 0;

	if (auth->slot != (is_key ? TSPDM_SLOT_PARAM_PUBLIC_KEY : claim->slot))
		return TSPDM_ERR_SLOT;
	if (!is_key && (auth->slot_mask & 1U << claim->slot) == 0)
		return TSPDM_ERR_SLOT;
	if (auth->basic_mutual_auth)
		return TSPDM_ERR_FIELD;
	if (auth->opaque.len != 0 && !may_be_opaque)
		return TSPDM_ERR_LENGTH;
	return tspdm_equal_secret(auth->chain_hash.ptr, claim->digest, shape->hash_len) ? TSPDM_OK : TSPDM_ERR_DIGEST;
}

static enum tspdm_status take_challenge_auth(
	struct tspdm_responder *p, struct request *q, struct tspdm_view response, size_t *used, uint8_t *next)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	struct tspdm_crypto *crypto = p->config.crypto;
	struct flow *flow = &p->flow;
	struct tspdm_challenge_auth auth;
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_read_challenge_auth(response, &shape, &auth, used));
	TSPDM_TRY(check_auth(p, &shape, &auth));
	TSPDM_TRY(append(p, q, (struct tspdm_view){ response.ptr, *used - auth.signature.len }));
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->hash_final(crypto, flow->m, digest)));
	TSPDM_TRY(tspdm_peer_verify(
		&p->connection, TSPDM_ROLE_REQUESTER, SIGNING_CHALLENGE_AUTH, flow->claim.key, digest, auth.signature));
	*next = 0;
	return tspdm_mutual_accept(p, &flow->claim, NULL);
}

enum tspdm_status tspdm_identify_take(
	struct tspdm_responder *p, struct request *q, struct tspdm_view response, size_t *used, uint8_t *next)
{
	switch (p->flow.request[1]) {
	case TSPDM_GET_DIGESTS:
		return take_digests(p, q, response, used, next);
	case TSPDM_GET_CERTIFICATE:
		return take_certificate(p, q, response, used, next);
	default:
		return take_challenge_auth(p, q, response, used, next);
	}
}
