/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * New keys for the responses, which the responder asks for: encapsulated KEY_UPDATE, then VerifyNewKey under the new key.
 * DSP0274 1.2 "KEY_UPDATE request". */
#include "responder/responder.h"

enum { CARRIER_LEN = 4, HEADER_LEN = 4 };

enum tspdm_status tspdm_responder_ask_key_update(struct tspdm_responder *responder, uint32_t session)
{
	struct tspdm_responder *p = responder;
	struct session *s = tspdm_session_find(&p->sessions, session);
	uint32_t needed = TSPDM_CAP_KEY_UPD | TSPDM_CAP_ENCAP;

	if (s == NULL || s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	if ((p->connection.own_flags & p->connection.peer_flags & needed) != needed)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (s->asked.step != ASKED_NOTHING)
		return TSPDM_ERR_STATE;
	s->asked.step = ASKED_WANTED;
	return TSPDM_OK;
}

static struct tspdm_key_update update_of(const struct session *s)
{
	return (struct tspdm_key_update){
		.operation = s->asked.step == ASKED_VERIFY ? TSPDM_VERIFY_NEW_KEY : TSPDM_UPDATE_KEY,
		.tag = s->asked.tag,
	};
}

/* Writes the inner KEY_UPDATE of the step, with a new RequestID and tag. */
static enum tspdm_status write_inner(struct tspdm_responder *p, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct session *s = p->session;
	struct tspdm_key_update update;

	s->asked.request_id = tspdm_encapsulated_id(p);
	s->asked.tag = p->next_tag++;
	update = update_of(s);
	return tspdm_write_key_update(out, &shape, &update);
}

enum tspdm_status tspdm_ask_update(struct tspdm_responder *p, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	uint8_t room[HEADER_LEN];
	struct tspdm_buffer inner = { room, sizeof room, 0 };
	struct tspdm_encapsulated ask;

	if (p->session->asked.step == ASKED_NOTHING)
		return TSPDM_ERR_NOTHING_PENDING;
	if (p->session->asked.step != ASKED_WANTED)
		return TSPDM_ERR_IN_FLIGHT;
	TSPDM_TRY(write_inner(p, &inner));
	ask = (struct tspdm_encapsulated){ p->session->asked.request_id, tspdm_buffer_view(&inner) };
	TSPDM_TRY(tspdm_write_encapsulated_request(out, &shape, &ask));
	p->session->asked.step = ASKED_UPDATE;
	return TSPDM_OK;
}

/* UpdateKey is acknowledged: from here on responses are under the new key, the next request among them. VerifyNewKey is: the
 * old key is gone. */
static enum tspdm_status advance(struct tspdm_responder *p, uint8_t delivered, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct session *s = p->session;
	uint8_t room[HEADER_LEN];
	struct tspdm_buffer inner = { room, sizeof room, 0 };
	struct tspdm_encapsulated_ack ack = { .payload = TSPDM_ACK_ABSENT, .ack_request_id = delivered };

	if (s->asked.step == ASKED_VERIFY) {
		TSPDM_TRY(tspdm_record_confirm(&s->seal));
		s->asked.step = ASKED_NOTHING;
		return tspdm_write_encapsulated_ack(out, &shape, &ack);
	}
	TSPDM_TRY(tspdm_session_update(s, &s->seal));
	s->asked.step = ASKED_VERIFY;
	TSPDM_TRY(write_inner(p, &inner));
	ack.payload = TSPDM_ACK_PRESENT;
	ack.request_id = s->asked.request_id;
	ack.message = tspdm_buffer_view(&inner);
	return tspdm_write_encapsulated_ack(out, &shape, &ack);
}

/* The keys stay as they are; but once there is a new one the two sides are no longer known to be in step. */
static enum tspdm_status refused(struct tspdm_responder *p, uint8_t delivered, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct tspdm_encapsulated_ack ack = { .payload = TSPDM_ACK_ABSENT, .ack_request_id = delivered };

	if (p->session->asked.step == ASKED_VERIFY)
		p->after = AFTER_END;
	p->session->asked.step = ASKED_NOTHING;
	return tspdm_write_encapsulated_ack(out, &shape, &ack);
}

enum tspdm_status tspdm_ask_update_answered(struct tspdm_responder *p, struct request *q,
	const struct tspdm_encapsulated *delivered, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct session *s = p->session;
	const struct tspdm_key_update asked = update_of(s);
	struct tspdm_key_update update;
	struct tspdm_header inner;
	enum tspdm_status status;
	size_t used;

	if (s->asked.step != ASKED_UPDATE && s->asked.step != ASKED_VERIFY)
		return TSPDM_ERR_UNEXPECTED;
	if (delivered->request_id != s->asked.request_id)
		return TSPDM_ERR_ECHO;
	TSPDM_TRY(tspdm_read_header(delivered->message, &inner));
	if (inner.version != p->connection.version)
		return TSPDM_ERR_FIELD;
	if (inner.code == TSPDM_ERROR)
		return refused(p, delivered->request_id, out);
	if (inner.code != TSPDM_KEY_UPDATE_ACK)
		return TSPDM_ERR_RESPONSE_CODE;
	TSPDM_TRY(tspdm_read_key_update_ack(delivered->message, &shape, &update, &used));
	if (update.operation != asked.operation || update.tag != asked.tag)
		return TSPDM_ERR_ECHO;
	q->used = CARRIER_LEN + used;
	status = advance(p, delivered->request_id, out);
	if (status != TSPDM_OK) /* new keys that the other side may not know of */
		p->after = AFTER_END;
	return tspdm_responder_own(q, status);
}
