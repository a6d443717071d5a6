/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * PSK_FINISH: the requester proves that it has the handshake's keys. DSP0274 1.2 "PSK_FINISH request", "PSK_FINISH_RSP
 * response". Whatever is wrong with it, the session is no more. */
#include "responder/responder.h"

static enum tspdm_status check_finish(
	struct session *s, struct tspdm_view message, const struct tspdm_psk_finish *finish)
{
	TSPDM_TRY(tspdm_session_transcript_append(
		&s->th, TH_FINISH, (struct tspdm_view){ message.ptr, message.len - finish->verify_data.len }));
	return tspdm_session_check_verify_data(s, VERIFY_FINISH, finish->verify_data);
}

static enum tspdm_status answer(struct session *s, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	const struct tspdm_psk_finish_rsp response = { .opaque = { NULL, 0 } };

	TSPDM_TRY(tspdm_write_psk_finish_rsp(out, shape, &response));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_FINISH_RSP, tspdm_buffer_view(out)));
	return tspdm_session_derive(s);
}

enum tspdm_status tspdm_responder_psk_finish(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct session *s = p->session;
	struct tspdm_psk_finish finish;

	p->after = AFTER_END;
	TSPDM_TRY(tspdm_read_psk_finish(q->message, &shape, &finish, &q->used));
	TSPDM_TRY(check_finish(s, request_bytes(q), &finish));
	TSPDM_TRY(tspdm_responder_own(q, answer(s, &shape, out)));
	p->after = AFTER_ESTABLISH;
	return TSPDM_OK;
}
