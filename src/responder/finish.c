/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * FINISH: the requester proves that it has the handshake's keys. DSP0274 1.2 "FINISH request and FINISH_RSP response".
 * Whatever is wrong with it, the session is no more. */
#include "responder/responder.h"

static enum tspdm_status check_finish(
	struct session *s, struct tspdm_view message, size_t used, const struct tspdm_finish *finish)
{
	/* no mutual authentication was asked for: a signature was not, either */
	if (finish->is_signed)
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_session_transcript_append(
		&s->th, TH_FINISH, (struct tspdm_view){ message.ptr, used - finish->verify_data.len }));
	return tspdm_session_check_verify_data(s, VERIFY_FINISH, finish->verify_data);
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
	struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct session *s = p->session != NULL ? p->session : tspdm_responder_clear_handshake(p);
	struct tspdm_finish finish;

	p->after = AFTER_END;
	shape.has_verify_data = s->is_clear;
	TSPDM_TRY(tspdm_read_finish(q->message, &shape, &finish, &q->used));
	TSPDM_TRY(check_finish(s, q->message, q->used, &finish));
	TSPDM_TRY(tspdm_responder_own(q, answer(s, &shape, out)));
	p->after = AFTER_ESTABLISH;
	return TSPDM_OK;
}
