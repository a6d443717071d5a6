/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * HEARTBEAT, KEY_UPDATE and END_SESSION, DSP0274 1.2, the clauses of those names. */
#include "responder/responder.h"

enum tspdm_status tspdm_responder_heartbeat(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);

	/* one in a session whose period is 0 may be acknowledged, too */
	TSPDM_TRY(tspdm_read_heartbeat(q->message, &shape, &q->used));
	return tspdm_write_heartbeat_ack(out, &shape);
}

/* New keys are derived once: a request that is repeated, its answer having been lost, is only answered again. */
static enum tspdm_status update(struct session *s, const struct tspdm_key_update *request, bool is_new_key)
{
	if (tspdm_record_is_pending(&s->open)) {
		bool is_repeated =
			!is_new_key && request->operation == s->update.operation && request->tag == s->update.tag;

		return is_repeated ? TSPDM_OK : TSPDM_ERR_FIELD;
	}
	TSPDM_TRY(tspdm_record_update(&s->open));
	if (request->operation == TSPDM_UPDATE_ALL_KEYS && tspdm_record_update(&s->seal) != TSPDM_OK) {
		tspdm_record_cancel(&s->open);
		return TSPDM_ERR_CRYPTO;
	}
	s->update = *request;
	return TSPDM_OK;
}

static enum tspdm_status verify(struct session *s, bool is_new_key)
{
	if (!tspdm_record_is_pending(&s->open) || !is_new_key)
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_record_confirm(&s->open));
	return tspdm_record_is_pending(&s->seal) ? tspdm_record_confirm(&s->seal) : TSPDM_OK;
}

/* A backend that fails here leaves nothing half done, but keys that cannot be trusted to be in step. */
static enum tspdm_status settle(struct tspdm_responder *p, struct request *q, enum tspdm_status status)
{
	if (status == TSPDM_OK || status == TSPDM_ERR_FIELD)
		return status;
	p->after = AFTER_END;
	return tspdm_responder_own(q, status);
}

enum tspdm_status tspdm_responder_key_update(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_key_update request;

	TSPDM_TRY(tspdm_read_key_update(q->message, &shape, &request, &q->used));
	switch (request.operation) {
	case TSPDM_UPDATE_KEY:
	case TSPDM_UPDATE_ALL_KEYS:
		TSPDM_TRY(settle(p, q, update(p->session, &request, p->is_new_key)));
		break;
	case TSPDM_VERIFY_NEW_KEY:
		TSPDM_TRY(settle(p, q, verify(p->session, p->is_new_key)));
		break;
	default:
		return TSPDM_ERR_FIELD;
	}
	return tspdm_write_key_update_ack(out, &shape, &request);
}

enum tspdm_status tspdm_responder_end_session(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_end_session request;

	TSPDM_TRY(tspdm_read_end_session(q->message, &shape, &request, &q->used));
	p->is_state_cleared |= request.clears_state; /* without CACHE_CAP nothing is kept anyway */
	TSPDM_TRY(tspdm_write_end_session_ack(out, &shape));
	p->after = AFTER_END;
	return TSPDM_OK;
}
