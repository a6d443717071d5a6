/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Records: opened in the caller's room, answered, and the answer sealed where it was written. A record that belongs to no
 * session is dropped; one that does not authenticate ends its session. */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

enum { HANDSHAKE_US = 60000000, SECOND_US = 1000000 };

void tspdm_responder_end(struct tspdm_responder *p, struct session *s)
{
	if (p->job.is_begun && p->job.session_id != 0 && p->job.session_id == s->id)
		tspdm_job_end(p);
	tspdm_responder_evidence_end(p, s->id);
	tspdm_flow_leave(p, s);
	tspdm_responder_chunk_end(p, s->id);
	tspdm_session_wipe(s);
}

/* A handshake that nobody goes on with is given up, so that it takes up no room for ever. */
static bool is_over(const struct session *s, uint64_t now_us)
{
	if (s->phase == SESSION_HANDSHAKING)
		return now_us > s->heard_us && now_us - s->heard_us > HANDSHAKE_US;
	return tspdm_session_is_lost(s, now_us);
}

void tspdm_responder_expire(struct tspdm_responder *p)
{
	for (unsigned i = 0; i < p->sessions.count; i++)
		if (is_over(&p->sessions.all[i], p->now_us))
			tspdm_responder_end(p, &p->sessions.all[i]);
}

enum tspdm_status tspdm_responder_settle(struct tspdm_responder *p, struct session *s)
{
	enum tspdm_status status = TSPDM_OK;
	enum after after = p->after;

	p->after = AFTER_NOTHING;
	if (after == AFTER_ESTABLISH)
		status = tspdm_session_establish(s);
	s->heard_us = p->now_us;
	if (after == AFTER_END || status != TSPDM_OK)
		tspdm_responder_end(p, s);
	return status;
}

/* ---- Answers ---- */

/* Room for a plaintext where it will stand in the record. */
static struct tspdm_buffer room_in(const struct session *s, const struct tspdm_buffer *record, size_t head)
{
	size_t around = head + tspdm_session_tail_len(s);
	struct tspdm_buffer room = { NULL, 0, 0 };

	if (record->cap - record->len > around) {
		room.ptr = record->ptr + record->len + head;
		room.cap = record->cap - record->len - around;
	}
	return room;
}

/* Seals what stands in its place behind `response`. */
static enum tspdm_status seal(struct session *s, struct tspdm_buffer *response, size_t len)
{
	struct tspdm_buffer record = { response->ptr + response->len, response->cap - response->len, 0 };

	TSPDM_TRY(tspdm_session_seal(s, &record, len));
	response->len += record.len;
	return TSPDM_OK;
}

static enum tspdm_status answer_message(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *response)
{
	struct session *s = p->session;
	struct tspdm_buffer room = room_in(s, response, tspdm_session_head_len(s));
	enum tspdm_status status = tspdm_responder_answer(p, q, &room);

	if (status == TSPDM_OK)
		status = seal(s, response, room.len);
	if (status != TSPDM_OK && status != TSPDM_ERR_BUFFER)
		p->after = AFTER_END;
	return status;
}

/* The last word of a session: with its keys, if there is room for it. */
static enum tspdm_status answer_failure(
	struct tspdm_responder *p, enum tspdm_status reason, struct tspdm_buffer *response)
{
	struct session *s = p->session;
	struct tspdm_buffer room = room_in(s, response, tspdm_session_head_len(s));
	const struct tspdm_error_response error = { .code = TSPDM_ERROR_DECRYPT_ERROR };

	p->after = AFTER_END;
	p->last.status = reason;
	p->last.error_code = error.code;
	if (tspdm_write_error(&room, p->connection.version, &error) == TSPDM_OK)
		(void)seal(s, response, room.len);
	return TSPDM_OK;
}

/* Application data in a session that is not attested: not taken, and the session lives on. */
static enum tspdm_status answer_too_early(struct tspdm_responder *p, struct tspdm_buffer *response)
{
	struct session *s = p->session;
	struct tspdm_buffer room = room_in(s, response, tspdm_session_head_len(s));
	const struct tspdm_error_response error = { .code = TSPDM_ERROR_UNEXPECTED_REQUEST };

	p->last.status = TSPDM_ERR_NOT_ATTESTED;
	p->last.error_code = error.code;
	TSPDM_TRY(tspdm_write_error(&room, p->connection.version, &error));
	return seal(s, response, room.len);
}

static enum tspdm_status answer_application(
	struct tspdm_responder *p, struct tspdm_view data, struct tspdm_buffer *response)
{
	const struct tspdm_application_hook *hook = &p->config.application;
	struct session *s = p->session;
	size_t head = tspdm_record_head_len(&s->seal);
	struct tspdm_buffer room = room_in(s, response, head);
	struct tspdm_buffer record = { response->ptr, response->cap, 0 };

	if (hook->take == NULL || s->phase != SESSION_ESTABLISHED || tspdm_record_is_pending(&s->open))
		return answer_failure(p, TSPDM_ERR_UNEXPECTED, response);
	if (s->evidence.is_must)
		return answer_too_early(p, response);
	hook->take(hook->context, s->id, data, &room);
	if (room.len == 0)
		return TSPDM_OK;
	if (room.len > room.cap)
		return TSPDM_ERR_BUFFER;
	record.ptr += response->len;
	record.cap -= response->len;
	TSPDM_TRY(tspdm_session_seal_data(s, tspdm_buffer_view(&room), &record));
	response->len += record.len;
	return TSPDM_OK;
}

static enum tspdm_status open_and_answer(
	struct tspdm_responder *p, struct tspdm_view record, struct tspdm_buffer *response)
{
	struct session *s = p->session;
	struct tspdm_record_opened opened;
	struct request q = { 0 };
	enum tspdm_status status;

	if (record.len > p->config.record_len)
		return answer_failure(p, TSPDM_ERR_TOO_LARGE, response);
	memmove(p->config.record, record.ptr, record.len);
	status = tspdm_session_open(s, p->config.record, record.len, &opened);
	if (status != TSPDM_OK)
		return answer_failure(p, status, response);
	s->heard_us = p->now_us;
	p->is_new_key = opened.is_pending;
	if (!tspdm_session_message(s, opened.data, &q.message))
		return answer_application(p, opened.data, response);
	q.used = q.message.len;
	return answer_message(p, &q, response);
}

/* A handshake in the clear has no records yet; to them it is a session that does not exist. */
static struct session *session_of(struct tspdm_responder *p, struct tspdm_view record)
{
	struct session *s;
	uint32_t id;

	if (tspdm_record_session(record, &id) != TSPDM_OK)
		return NULL;
	s = tspdm_session_find(&p->sessions, id);
	if (s == NULL || s->phase == SESSION_ESTABLISHED)
		return s;
	return s->phase == SESSION_HANDSHAKING && !s->is_clear ? s : NULL;
}

enum tspdm_status tspdm_responder_record(
	struct tspdm_responder *p, struct tspdm_view record, struct tspdm_buffer *response)
{
	struct session *s = session_of(p, record);
	enum tspdm_status status, settled;

	if (s == NULL)
		return TSPDM_OK;
	p->session = s;
	tspdm_transcript_context(&p->connection.transcript, &s->log);
	status = open_and_answer(p, record, response);
	p->session = NULL;
	p->is_new_key = false;
	tspdm_transcript_context(&p->connection.transcript, NULL);
	tspdm_wipe(p->config.record, record.len < p->config.record_len ? record.len : p->config.record_len);
	settled = tspdm_responder_settle(p, s);
	return status != TSPDM_OK ? status : settled;
}

/* ---- For the caller ---- */

static struct session *established(struct tspdm_responder *p, uint32_t id)
{
	struct session *s = tspdm_session_find(&p->sessions, id);

	return s != NULL && s->phase == SESSION_ESTABLISHED ? s : NULL;
}

size_t tspdm_responder_sessions(const struct tspdm_responder *responder, uint32_t *ids, size_t cap)
{
	size_t count = 0;

	for (unsigned i = 0; i < responder->sessions.count; i++) {
		if (responder->sessions.all[i].phase != SESSION_ESTABLISHED)
			continue;
		if (count < cap)
			ids[count] = responder->sessions.all[i].id;
		count++;
	}
	return count;
}

enum tspdm_status tspdm_responder_export_secret(
	struct tspdm_responder *responder, uint32_t session, struct tspdm_buffer *secret)
{
	struct session *s = established(responder, session);

	return s != NULL ? tspdm_session_export(s, secret) : TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_responder_seal(
	struct tspdm_responder *responder, uint32_t session, struct tspdm_view data, struct tspdm_buffer *record)
{
	struct session *s = established(responder, session);

	return s != NULL ? tspdm_session_seal_data(s, data, record) : TSPDM_ERR_SESSION;
}

uint64_t tspdm_responder_deadline_us(const struct tspdm_responder *responder)
{
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < responder->sessions.count; i++) {
		const struct session *s = &responder->sessions.all[i];
		uint64_t patience = UINT64_C(2) * SECOND_US * s->heartbeat_s + 1;

		if (s->phase == SESSION_ESTABLISHED && s->heartbeat_s != 0 && s->heard_us <= UINT64_MAX - patience &&
			s->heard_us + patience < first)
			first = s->heard_us + patience;
	}
	return first;
}

void tspdm_responder_expire_sessions(struct tspdm_responder *responder, uint64_t now_us)
{
	responder->now_us = now_us;
	tspdm_responder_expire(responder);
}
