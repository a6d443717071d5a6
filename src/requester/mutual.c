/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester's side of mutual authentication: what a responder may ask for in KEY_EXCHANGE_RSP and CHALLENGE_AUTH, the
 * slot that comes out of it, and the signature in FINISH. DSP0274 1.2 "Mutual authentication". */
#include "requester/requester.h"

static const char mutual_clause[] = "DSP0274 1.2 \"MutAuthRequested\"";
static const char basic_clause[] = "DSP0274 1.2 \"Basic mutual authentication\"";

/* SlotIDParam names a provisioned public key by another number than FINISH does. */
static uint8_t slot_of_param(uint8_t param)
{
	return param == TSPDM_SLOT_PARAM_PUBLIC_KEY ? TSPDM_SLOT_PUBLIC_KEY : param;
}

static enum tspdm_status choose_slot(struct tspdm_requester *r, uint8_t slot)
{
	const struct tspdm_slot *unused;

	r->mutual.slot = slot;
	if (tspdm_requester_own_slot(r, slot, &unused) != TSPDM_OK)
		return tspdm_requester_broken(r, TSPDM_ERR_SLOT, mutual_clause, slot);
	return TSPDM_OK;
}

/* Nothing is asked for that this side cannot give, nor in a form that both cannot go through. */
static enum tspdm_status judge(struct tspdm_requester *r, uint8_t requested)
{
	uint32_t both = r->c.own_flags & r->c.peer_flags;

	if ((both & TSPDM_CAP_MUT_AUTH) == 0)
		return TSPDM_ERR_DOWNGRADE;
	if ((requested & (requested - 1U)) != 0)
		return TSPDM_ERR_FIELD;
	if (requested != TSPDM_MUTUAL_AUTH && ((both & TSPDM_CAP_ENCAP) == 0 || (r->c.own_flags & TSPDM_CAP_CERT) == 0))
		return TSPDM_ERR_CAPABILITY_MISSING;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_take_mutual(struct tspdm_requester *r, uint8_t requested, uint8_t slot_param)
{
	enum tspdm_status status;

	r->mutual = (struct mutual){ .requested = requested };
	if (requested == 0)
		return r->opening.job.require_mutual
			       ? tspdm_requester_broken(r, TSPDM_ERR_DOWNGRADE, mutual_clause, requested)
			       : TSPDM_OK;
	status = judge(r, requested);
	if (status != TSPDM_OK)
		return tspdm_requester_broken(r, status, mutual_clause, requested);
	if (requested == TSPDM_MUTUAL_AUTH)
		return choose_slot(r, slot_of_param(slot_param));
	return tspdm_requester_begin_flow(r, FLOW_HANDSHAKE, requested == TSPDM_MUTUAL_AUTH_IMPLICIT);
}

/* A flow that ends without a slot means slot 0: deployed responders say it so. Not so where it ended since this side could
 * not answer. */
static enum tspdm_status end_of_flow(struct tspdm_requester *r)
{
	const struct encapsulated_flow *f = &r->flow;

	if (!f->has_slot && f->refused != TSPDM_OK)
		return tspdm_requester_broken(r, f->refused, mutual_clause, f->ask[1]);
	return choose_slot(r, f->has_slot ? f->slot : 0);
}

enum tspdm_status tspdm_requester_next_mutual(struct tspdm_requester *r, const struct exchange **exchange)
{
	if (r->mutual.requested == 0 || r->mutual.requested == TSPDM_MUTUAL_AUTH)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_requester_next_in_flow(r, exchange));
	return *exchange == NULL ? end_of_flow(r) : TSPDM_OK;
}

/* ---- FINISH ---- */

/* FINISH up to its signature; with one, also what it is made over. */
static enum tspdm_status begin_finish(struct tspdm_requester *r, struct session *s, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_requester_own_shape(r);
	bool is_signed = r->mutual.requested != 0;
	const struct tspdm_finish finish = { .is_signed = is_signed, .slot = r->mutual.slot };
	uint8_t digest[TSPDM_HASH_MAX];

	if (is_signed) {
		TSPDM_TRY(tspdm_requester_own_digest(r, r->mutual.slot, digest));
		TSPDM_TRY(tspdm_session_transcript_append(
			&s->th, TH_REQUESTER_IDENTITY, (struct tspdm_view){ digest, shape.hash_len }));
	}
	TSPDM_TRY(tspdm_write_finish(request, &shape, &finish));
	return tspdm_session_transcript_append(&s->th, TH_FINISH, tspdm_buffer_view(request));
}

static enum tspdm_status sign_finish(struct tspdm_requester *r, struct session *s, struct tspdm_buffer *request)
{
	const struct tspdm_slot *slot;
	uint8_t digest[TSPDM_HASH_MAX];

	if (r->signing.is_under_way)
		return tspdm_requester_sign_on(r, request);
	TSPDM_TRY(tspdm_requester_own_slot(r, r->mutual.slot, &slot));
	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_FINISH_SIGNATURE, digest));
	return tspdm_requester_sign(r, SIGNING_FINISH, slot->signer, digest, request);
}

enum tspdm_status tspdm_requester_write_finish(
	struct tspdm_requester *r, struct session *s, struct tspdm_buffer *request)
{
	size_t len = tspdm_requester_own_shape(r).signature_len;
	const struct tspdm_slot *slot;

	if (!r->signing.is_under_way)
		TSPDM_TRY(begin_finish(r, s, request));
	if (r->mutual.requested == 0)
		return TSPDM_OK;
	TSPDM_TRY(sign_finish(r, s, request));
	TSPDM_TRY(tspdm_requester_own_slot(r, r->mutual.slot, &slot));
	TSPDM_TRY(tspdm_session_knows(s, TSPDM_ROLE_REQUESTER, slot->spki));
	s->is_mutual = true;
	s->requester_slot = r->mutual.slot;
	return tspdm_session_transcript_append(
		&s->th, TH_FINISH_SIGNATURE, (struct tspdm_view){ request->ptr + request->len - len, len });
}

/* ---- After CHALLENGE_AUTH ---- */

enum tspdm_status tspdm_requester_take_basic_mutual(struct tspdm_requester *r, bool is_requested)
{
	uint32_t both = r->c.own_flags & r->c.peer_flags;

	if (!is_requested)
		return r->authentication.job.require_mutual
			       ? tspdm_requester_broken(r, TSPDM_ERR_DOWNGRADE, basic_clause, 0)
			       : TSPDM_OK;
	if ((both & TSPDM_CAP_MUT_AUTH) == 0)
		return tspdm_requester_broken(r, TSPDM_ERR_FIELD, basic_clause, 0);
	if ((both & TSPDM_CAP_ENCAP) == 0 || (r->c.own_flags & TSPDM_CAP_CHAL) == 0)
		return tspdm_requester_broken(r, TSPDM_ERR_CAPABILITY_MISSING, basic_clause, 0);
	return tspdm_requester_begin_flow(r, FLOW_BASIC, false);
}

enum tspdm_status tspdm_requester_next_basic_mutual(struct tspdm_requester *r, const struct exchange **exchange)
{
	TSPDM_TRY(tspdm_requester_next_in_flow(r, exchange));
	if (*exchange != NULL)
		return TSPDM_OK;
	r->identity.is_mutual = r->flow.is_challenged && r->flow.refused == TSPDM_OK;
	if (r->authentication.job.require_mutual && !r->identity.is_mutual)
		return tspdm_requester_broken(r, TSPDM_ERR_DOWNGRADE, basic_clause, r->flow.ask[1]);
	return TSPDM_OK;
}
