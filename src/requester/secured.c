/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Records at the requester's end: requests sealed in the caller's room, responses opened in it; and what can be asked of
 * sessions. */
#include <string.h>

#include "requester/requester.h"

enum { SECOND_US = 1000000 };

enum tspdm_status tspdm_requester_seal_message(
	struct tspdm_requester *r, struct tspdm_view message, struct tspdm_view *record)
{
	struct session *s = r->engine.session;
	struct tspdm_buffer room = { r->config.record, r->config.record_len, 0 };
	size_t head = tspdm_session_head_len(s);

	if (room.cap < head + tspdm_session_tail_len(s) || room.cap - head - tspdm_session_tail_len(s) < message.len)
		return TSPDM_ERR_BUFFER;
	memcpy(room.ptr + head, message.ptr, message.len);
	TSPDM_TRY(tspdm_session_seal(s, &room, message.len));
	*record = tspdm_buffer_view(&room);
	return TSPDM_OK;
}

/* Whoever sent it knows the keys and breaks the rules, or does not know them: the session is over. */
static enum tspdm_status lose(struct tspdm_requester *r, struct session *s, enum tspdm_status status)
{
	bool is_awaited = r->engine.job != NULL && r->engine.session == s;

	if (is_awaited) {
		r->engine.is_session_lost = true;
		return status;
	}
	tspdm_requester_end(r, s);
	return TSPDM_AGAIN;
}

static enum tspdm_status take_application(struct tspdm_requester *r, struct session *s, struct tspdm_view data)
{
	const struct tspdm_application_hook *hook = &r->config.application;

	if (hook->take == NULL || s->phase != SESSION_ESTABLISHED)
		return lose(r, s, TSPDM_ERR_UNEXPECTED);
	if (s->evidence.is_must)
		return lose(r, s, TSPDM_ERR_NOT_ATTESTED);
	hook->take(hook->context, s->id, data, NULL);
	return TSPDM_AGAIN;
}

static struct session *session_of(struct tspdm_requester *r, struct tspdm_view record)
{
	struct session *s;
	uint32_t id;

	if (tspdm_record_session(record, &id) != TSPDM_OK)
		return NULL;
	s = tspdm_session_find(&r->sessions, id);
	if (s == NULL || s->phase == SESSION_ESTABLISHED)
		return s;
	return s->phase == SESSION_HANDSHAKING && !s->is_clear ? s : NULL;
}

enum tspdm_status tspdm_requester_open_record(
	struct tspdm_requester *r, struct tspdm_view record, struct tspdm_view *message)
{
	struct session *s = session_of(r, record);
	struct tspdm_record_opened opened;
	enum tspdm_status status;

	if (s == NULL)
		return TSPDM_ERR_STATE;
	if (record.len > r->config.record_len)
		return lose(r, s, TSPDM_ERR_TOO_LARGE);
	memmove(r->config.record, record.ptr, record.len);
	status = tspdm_session_open(s, r->config.record, record.len, &opened);
	if (status != TSPDM_OK)
		return lose(r, s, status);
	s->heard_us = r->now_us;
	if (!tspdm_session_message(s, opened.data, message))
		return take_application(r, s, opened.data);
	if (r->engine.state != ENGINE_AWAIT || r->engine.session != s)
		return lose(r, s, TSPDM_ERR_UNEXPECTED);
	r->engine.is_new_key = opened.is_pending;
	return TSPDM_OK;
}

bool tspdm_requester_expire(struct tspdm_requester *r)
{
	bool is_current = false;

	for (unsigned i = 0; i < r->sessions.count; i++) {
		struct session *s = &r->sessions.all[i];

		if (!tspdm_session_is_lost(s, r->now_us))
			continue;
		if (r->engine.job != NULL && r->engine.session == s)
			is_current = true; /* ends with its job */
		else
			tspdm_requester_end(r, s);
	}
	return is_current;
}

/* ---- For the caller ---- */

static struct session *established(struct tspdm_requester *r, uint32_t id)
{
	struct session *s = tspdm_session_find(&r->sessions, id);

	return s != NULL && s->phase == SESSION_ESTABLISHED ? s : NULL;
}

static uint64_t heartbeat_due(const struct session *s)
{
	uint64_t period = (uint64_t)SECOND_US * s->heartbeat_s;

	return period == 0 || s->heard_us > UINT64_MAX - period ? UINT64_MAX : s->heard_us + period;
}

enum tspdm_status tspdm_requester_session(
	const struct tspdm_requester *r, uint32_t session, struct tspdm_session_info *out)
{
	for (unsigned i = 0; i < r->sessions.count; i++) {
		const struct session *s = &r->sessions.all[i];

		if (s->phase != SESSION_ESTABLISHED || s->id != session)
			continue;
		*out = (struct tspdm_session_info){
			.id = s->id,
			.record_version = s->record_version,
			.heartbeat_s = s->heartbeat_s,
			.is_mac_only = s->is_mac_only,
			.is_handshake_clear = s->is_clear,
			.is_psk = s->kind != SESSION_CERTIFICATE,
			.summary_len = s->summary_len,
			.heartbeat_due_us = heartbeat_due(s),
			.is_mutual = s->is_mutual,
			.requester_slot = s->requester_slot,
			.is_attested = !s->evidence.is_must,
		};
		memcpy(out->summary_hash, s->summary, sizeof out->summary_hash);
		return TSPDM_OK;
	}
	*out = (struct tspdm_session_info){ .heartbeat_due_us = UINT64_MAX };
	return TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_requester_use_session(struct tspdm_requester *r, uint32_t session)
{
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	if (session != 0 && established(r, session) == NULL)
		return TSPDM_ERR_SESSION;
	r->selected_id = session;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_export_secret(
	struct tspdm_requester *r, uint32_t session, struct tspdm_buffer *secret)
{
	struct session *s = established(r, session);

	return s != NULL ? tspdm_session_export(s, secret) : TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_requester_seal(
	struct tspdm_requester *r, uint32_t session, struct tspdm_view data, struct tspdm_buffer *record)
{
	struct session *s = established(r, session);

	if (s == NULL)
		return TSPDM_ERR_SESSION;
	if (r->engine.job != NULL && r->engine.session == s)
		return TSPDM_ERR_STATE;
	return tspdm_session_seal_data(s, data, record);
}
