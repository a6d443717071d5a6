/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * CHALLENGE: proves that the responder has the key of a slot. */
#include "responder/responder.h"

bool tspdm_responder_summary_allowed(const struct connection *c, uint8_t type)
{
	if (type == TSPDM_SUMMARY_NONE)
		return true;
	/* without a measurement specification in common there are no blocks to summarise */
	return (type == TSPDM_SUMMARY_TCB || type == TSPDM_SUMMARY_ALL) && (c->own_flags & TSPDM_CAP_MEAS_MASK) != 0 &&
	       c->selected.measurement_specification != 0;
}

/* What the response is written from. */
struct answer {
	uint8_t chain_hash[TSPDM_HASH_MAX];
	uint8_t summary_hash[TSPDM_HASH_MAX];
	uint8_t nonce[TSPDM_NONCE_LEN];
};

static enum tspdm_status collect(struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot,
	uint8_t summary_type, struct answer *answer)
{
	struct tspdm_crypto *crypto = p->config.crypto;

	if (summary_type != TSPDM_SUMMARY_NONE)
		TSPDM_TRY(tspdm_responder_summary(p, q, summary_type, answer->summary_hash));
	TSPDM_TRY(tspdm_responder_slot_digest(p, q, slot, answer->chain_hash));
	return tspdm_responder_own(q, crypto->ops->random(crypto, answer->nonce, sizeof answer->nonce));
}

static enum tspdm_status write_unsigned(struct tspdm_responder *p, struct request *q,
	const struct tspdm_challenge *request, const struct answer *answer, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_challenge_auth auth = { .slot = request->slot & TSPDM_SLOT_PARAM_PUBLIC_KEY,
		.basic_mutual_auth = tspdm_mutual_wants_basic(p) };

	shape.summary_hash_len = tspdm_connection_summary_len(c, c->own_flags, request->summary_type);
	if (request->slot != TSPDM_SLOT_PUBLIC_KEY)
		TSPDM_TRY(tspdm_responder_slot_mask(p, q, &auth.slot_mask));
	auth.chain_hash = (struct tspdm_view){ answer->chain_hash, shape.hash_len };
	auth.summary_hash = (struct tspdm_view){ answer->summary_hash, shape.summary_hash_len };
	auth.nonce = (struct tspdm_view){ answer->nonce, sizeof answer->nonce };
	auth.requester_context = request->requester_context;
	return tspdm_write_challenge_auth(out, &shape, &auth);
}

enum tspdm_status tspdm_responder_challenge(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_challenge request;
	struct tspdm_slot slot;
	struct answer answer;
	uint8_t digest[TSPDM_HASH_MAX];
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_challenge(q->message, &shape, &request, &q->used));
	if (!tspdm_responder_summary_allowed(c, request.summary_type))
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_responder_slot(p, q, request.slot, &slot));
	if (tspdm_mutual_wants_basic(p) && p->flow.purpose == FLOW_MUTUAL && tspdm_flow_is_taken(p))
		return TSPDM_ERR_BUSY; /* a handshake has to be finished first */
	tspdm_job_begin(p, q);
	TSPDM_TRY(collect(p, q, &slot, request.summary_type, &answer));
	status = write_unsigned(p, q, &request, &answer, out);
	if (status == TSPDM_OK || status == TSPDM_ERR_BUFFER) /* the size is told with the signature */
		status = tspdm_responder_signature_room(p, out);
	TSPDM_TRY(status);
	TSPDM_TRY(tspdm_responder_own(
		q, tspdm_transcript_challenge(&c->transcript, request_bytes(q), tspdm_buffer_view(out), digest)));
	return tspdm_responder_sign(p, q, SIGNING_CHALLENGE_AUTH, slot.signer, digest, out);
}
