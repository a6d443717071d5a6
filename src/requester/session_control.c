/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The jobs that keep and end a session: HEARTBEAT, KEY_UPDATE, END_SESSION. */
#include "requester/requester.h"

enum { STAGE_FIRST, STAGE_VERIFY, STAGE_DONE };

static const char heartbeat_clause[] = "DSP0274 1.2 \"HEARTBEAT_ACK response\"";
static const char update_clause[] = "DSP0274 1.2 \"KEY_UPDATE_ACK response\"";
static const char end_clause[] = "DSP0274 1.2 \"END_SESSION_ACK response\"";

static enum tspdm_status begin(struct tspdm_requester *r, const struct job *job, uint32_t id, uint32_t needed)
{
	struct session *s;

	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	s = tspdm_session_find(&r->sessions, id);
	if (s == NULL)
		return TSPDM_ERR_SESSION;
	if ((r->c.own_flags & r->c.peer_flags & needed) != needed)
		return TSPDM_ERR_CAPABILITY_MISSING;
	r->controlling.stage = STAGE_FIRST;
	return tspdm_requester_begin_in(r, job, TSPDM_PHASE_NEGOTIATED, s);
}

/* ---- HEARTBEAT ---- */

static enum tspdm_status write_heartbeat(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);

	return tspdm_write_heartbeat(request, &shape);
}

static enum tspdm_status read_heartbeat_ack(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	size_t used;

	TSPDM_TRY(tspdm_read_heartbeat_ack(message, &shape, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	r->controlling.stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange heartbeat_exchange = { TSPDM_HEARTBEAT, TSPDM_HEARTBEAT_ACK, false, false,
	heartbeat_clause, write_heartbeat, read_heartbeat_ack, NULL };

static enum tspdm_status next_heartbeat(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->controlling.stage == STAGE_DONE ? NULL : &heartbeat_exchange;
	return TSPDM_OK;
}

static const struct job heartbeat_job = { next_heartbeat, NULL };

enum tspdm_status tspdm_requester_heartbeat(struct tspdm_requester *r, uint32_t session)
{
	const struct session *s = tspdm_session_find(&r->sessions, session);

	if (s != NULL && s->heartbeat_s == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	return begin(r, &heartbeat_job, session, TSPDM_CAP_HBEAT);
}

/* ---- KEY_UPDATE ---- */

/* With both directions the answer comes under the new key already, an ERROR under the old one. */
static enum tspdm_status write_key_update(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct controlling *k = &r->controlling;
	struct session *s = r->engine.session;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);

	k->update.tag = r->next_tag++;
	if (k->stage == STAGE_VERIFY)
		k->update.operation = TSPDM_VERIFY_NEW_KEY;
	else if (k->update.operation == TSPDM_UPDATE_ALL_KEYS)
		TSPDM_TRY(tspdm_record_update(&s->open));
	return tspdm_write_key_update(request, &shape, &k->update);
}

static enum tspdm_status confirm_first(struct tspdm_requester *r)
{
	struct session *s = r->engine.session;

	if (r->controlling.update.operation == TSPDM_UPDATE_ALL_KEYS) {
		if (!r->engine.is_new_key)
			return TSPDM_ERR_MAC;
		TSPDM_TRY(tspdm_record_confirm(&s->open));
	}
	TSPDM_TRY(tspdm_record_update(&s->seal));
	r->controlling.stage = STAGE_VERIFY;
	return TSPDM_OK;
}

static enum tspdm_status read_key_update_ack(struct tspdm_requester *r, struct tspdm_view message)
{
	struct controlling *k = &r->controlling;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_key_update ack;
	size_t used;

	TSPDM_TRY(tspdm_read_key_update_ack(message, &shape, &ack, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	r->engine.is_session_lost = true; /* until both sides are known to have the same keys */
	if (ack.operation != k->update.operation || ack.tag != k->update.tag)
		return TSPDM_ERR_ECHO;
	if (k->stage == STAGE_FIRST) {
		TSPDM_TRY(confirm_first(r));
		return TSPDM_OK;
	}
	TSPDM_TRY(tspdm_record_confirm(&r->engine.session->seal));
	k->stage = STAGE_DONE;
	r->engine.is_session_lost = false;
	return TSPDM_OK;
}

static const struct exchange update_exchange = { TSPDM_KEY_UPDATE, TSPDM_KEY_UPDATE_ACK, true, false, update_clause,
	write_key_update, read_key_update_ack, NULL };

static enum tspdm_status next_update(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->controlling.stage == STAGE_DONE ? NULL : &update_exchange;
	return TSPDM_OK;
}

/* An ERROR to the first request changes no keys. */
static void abandon_update(struct tspdm_requester *r)
{
	struct session *s = r->engine.session;

	if (s != NULL && !r->engine.is_session_lost)
		tspdm_record_cancel(&s->open);
}

static const struct job update_job = { next_update, abandon_update };

enum tspdm_status tspdm_requester_update_keys(struct tspdm_requester *r, uint32_t session, bool all)
{
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	r->controlling.update.operation = all ? TSPDM_UPDATE_ALL_KEYS : TSPDM_UPDATE_KEY;
	return begin(r, &update_job, session, TSPDM_CAP_KEY_UPD);
}

/* ---- END_SESSION ---- */

static enum tspdm_status write_end_session(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	const struct tspdm_end_session end = { .clears_state = r->controlling.clears_state };

	r->engine.is_session_lost = true;
	return tspdm_write_end_session(request, &shape, &end);
}

static enum tspdm_status read_end_session_ack(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	size_t used;

	TSPDM_TRY(tspdm_read_end_session_ack(message, &shape, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	tspdm_requester_end(r, r->engine.session);
	r->is_state_cleared |= r->controlling.clears_state;
	r->controlling.stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange end_exchange = { TSPDM_END_SESSION, TSPDM_END_SESSION_ACK, false, false, end_clause,
	write_end_session, read_end_session_ack, NULL };

static enum tspdm_status next_end(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->controlling.stage == STAGE_DONE ? NULL : &end_exchange;
	return TSPDM_OK;
}

static const struct job end_job = { next_end, NULL };

static enum tspdm_status close_session(struct tspdm_requester *r, uint32_t session, bool clears_state)
{
	enum tspdm_status status;

	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	r->controlling.clears_state = clears_state;
	status = begin(r, &end_job, session, 0);
	if (status == TSPDM_OK && r->selected_id == session)
		r->selected_id = 0;
	return status;
}

enum tspdm_status tspdm_requester_close_session(struct tspdm_requester *r, uint32_t session)
{
	return close_session(r, session, false);
}

enum tspdm_status tspdm_requester_close_and_clear(struct tspdm_requester *r, uint32_t session)
{
	return close_session(r, session, true);
}
