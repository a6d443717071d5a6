/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * FINISH: the requester proves that it has the handshake's keys. DSP0274 1.2 "FINISH request and FINISH_RSP response".
 * Whatever is wrong with it, the session is no more. */
#include <string.h>

#include "responder/responder.h"

/* The signature, where mutual authentication was asked for, then the verify data, and the application's word on who it is. */
static enum tspdm_status check_finish(
	struct tspdm_responder *p, struct session *s, struct tspdm_view message, const struct tspdm_finish *finish)
{
	struct tspdm_view unverified = { message.ptr, message.len - finish->verify_data.len };
	struct claim claim = { .key = NULL };
	enum tspdm_status status = tspdm_mutual_finish(p, s, unverified, finish, &claim);

	if (status == TSPDM_OK)
		status = tspdm_session_check_verify_data(s, VERIFY_FINISH, finish->verify_data);
	if (status == TSPDM_OK && s->mutual_auth != 0) {
		status = tspdm_mutual_accept(p, &claim, s);
		s->is_mutual = status == TSPDM_OK;
		memcpy(s->requester_digest, claim.digest, sizeof s->requester_digest);
	}
	if (status == TSPDM_OK && s->is_mutual)
		status =
			tspdm_session_knows(s, TSPDM_ROLE_REQUESTER, (struct tspdm_view){ claim.spki, claim.spki_len });
	tspdm_claim_drop(p, &claim);
	return status;
}

static enum tspdm_status answer(struct session *s, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	const struct tspdm_finish_rsp response = { .opaque = { NULL, 0 } };

	TSPDM_TRY(tspdm_write_finish_rsp(out, shape, &response));
	if (s->is_clear && out->cap - out->len < shape->hash_len) {
		out->len += shape->hash_len;
		return TSPDM_ERR_BUFFER;
	}
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_FINISH_RSP, tspdm_buffer_view(out)));
	if (s->is_clear) /* ResponderVerifyData, which KEY_EXCHANGE_RSP did not have */
		TSPDM_TRY(tspdm_session_write_verify_data(s, VERIFY_FINISH_RSP, out));
	return tspdm_session_derive(s);
}

enum tspdm_status tspdm_responder_finish(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct tspdm_shape shape = tspdm_encapsulated_shape(p); /* the signature is the requester's */
	struct session *s = p->session != NULL ? p->session : tspdm_responder_clear_handshake(p);
	struct tspdm_finish finish;

	p->after = AFTER_END;
	shape.has_verify_data = s->is_clear;
	TSPDM_TRY(tspdm_read_finish(q->message, &shape, &finish, &q->used));
	TSPDM_TRY(check_finish(p, s, request_bytes(q), &finish));
	TSPDM_TRY(tspdm_responder_own(q, answer(s, &shape, out)));
	if (p->flow.purpose == FLOW_MUTUAL && p->flow.session == s)
		tspdm_flow_drop(p);
	p->after = AFTER_ESTABLISH;
	return TSPDM_OK;
}
