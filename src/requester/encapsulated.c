/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The flow of encapsulated requests: GET_ENCAPSULATED_REQUEST, then DELIVER_ENCAPSULATED_RESPONSE until the responder wants
 * nothing more. It is a part of other jobs, and with tspdm_requester_serve_encapsulated() a job of its own. */
#include <string.h>

#include "requester/requester.h"

/* More than a chain of 64 KiB takes in the smallest portions that come to anything. */
enum { ROUNDS_MAX = 4096 };
enum { STAGE_GET, STAGE_DELIVER, STAGE_DONE };

static const char request_clause[] = "DSP0274 1.2 \"ENCAPSULATED_REQUEST response\"";
static const char ack_clause[] = "DSP0274 1.2 \"ENCAPSULATED_RESPONSE_ACK response\"";
static const char update_clause[] = "DSP0274 1.2 \"KEY_UPDATE request\"";
static const char kinds_clause[] = "DSP0274 1.2 \"Session-based mutual authentication\"";

void tspdm_requester_end_flow(struct tspdm_requester *r)
{
	tspdm_mutual_transcript_close(&r->flow.transcript);
	r->flow.stage = STAGE_DONE;
}

/* A message that is cut off here is too long for all that is understood; its reader finds too much behind it. */
static void keep(struct tspdm_requester *r, uint8_t request_id, struct tspdm_view request)
{
	struct encapsulated_flow *f = &r->flow;

	f->ask_len = request.len < sizeof f->ask ? request.len : sizeof f->ask;
	memcpy(f->ask, request.ptr, f->ask_len);
	f->last_id = f->request_id;
	f->request_id = request_id;
	f->stage = STAGE_DELIVER;
}

enum tspdm_status tspdm_requester_begin_flow(struct tspdm_requester *r, enum flow_use use, bool is_implicit)
{
	const uint8_t get_digests[] = { r->c.version, TSPDM_GET_DIGESTS, 0, 0 };

	tspdm_requester_end_flow(r);
	memset(&r->flow, 0, sizeof r->flow);
	r->flow.use = (uint8_t)use;
	r->flow.stage = STAGE_GET;
	if (is_implicit)
		keep(r, 0, (struct tspdm_view){ get_digests, sizeof get_digests });
	if (use != FLOW_BASIC)
		return TSPDM_OK;
	return tspdm_mutual_transcript_begin(&r->flow.transcript, &r->c.transcript);
}

/* ---- GET_ENCAPSULATED_REQUEST ---- */

static enum tspdm_status write_get(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);

	return tspdm_write_get_encapsulated_request(request, &shape);
}

static enum tspdm_status read_request(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_encapsulated ask;
	size_t used;

	TSPDM_TRY(tspdm_read_encapsulated_request(message, &shape, &ask, &used));
	keep(r, ask.request_id, ask.message);
	return TSPDM_OK;
}

/* Nothing is wanted: NoPendingRequests from 1.3 on, UnexpectedRequest before. That is an answer to one who asks whether
 * there is something, and a refusal for one who was told that there is. */
static enum tspdm_status refused_get(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	uint8_t nothing = r->c.version < TSPDM_V13 ? TSPDM_ERROR_UNEXPECTED_REQUEST : TSPDM_ERROR_NO_PENDING_REQUESTS;

	if (error->code != nothing || (r->flow.use & (FLOW_CLEAR | FLOW_SESSION)) == 0)
		return TSPDM_ERR_PEER;
	tspdm_requester_end_flow(r);
	return TSPDM_OK;
}

/* ---- DELIVER_ENCAPSULATED_RESPONSE ---- */

/* How long a request may be: what the room takes, what the responder takes, and in a session what a record takes. Chunks
 * make each of them fit. */
static size_t request_room(const struct tspdm_requester *r, const struct tspdm_buffer *request)
{
	const struct session *s = r->engine.session;
	size_t room = request->cap, around, most;

	if ((r->c.own_flags & r->c.peer_flags & TSPDM_CAP_CHUNK) != 0)
		return room < r->c.peer_max_message ? room : r->c.peer_max_message;
	if (room > r->c.peer_data_transfer_size)
		room = r->c.peer_data_transfer_size;
	if (s == NULL)
		return room;
	around = tspdm_session_head_len(s) + tspdm_session_tail_len(s);
	most = r->config.record_len > around ? r->config.record_len - around : 0;
	if (room > most)
		room = most;
	most = tspdm_record_data_max(&s->seal) - (tspdm_session_head_len(s) - tspdm_record_head_len(&s->seal));
	return room < most ? room : most;
}

static enum tspdm_status write_deliver(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_header header = { r->c.version, TSPDM_DELIVER_ENCAPSULATED_RESPONSE, r->flow.request_id, 0 };
	size_t room = request_room(r, request);
	struct tspdm_buffer answer;

	TSPDM_TRY(tspdm_write_header(request, &header));
	if (room < request->len)
		return TSPDM_ERR_BUFFER;
	answer = (struct tspdm_buffer){ request->ptr + request->len, room - request->len, 0 };
	TSPDM_TRY(tspdm_requester_answer(r, &answer));
	request->len += answer.len;
	return TSPDM_OK;
}

/* The first record under the responder's new key carries VerifyNewKey. Where he stays with the old key there was no
 * update; where he uses the new one for something else, nobody knows what he holds. */
static enum tspdm_status check_new_key(struct tspdm_requester *r, const struct tspdm_encapsulated_ack *ack)
{
	struct session *s = r->engine.session;
	bool is_verify = ack->payload == TSPDM_ACK_PRESENT && ack->message.ptr[1] == TSPDM_KEY_UPDATE &&
			 ack->message.ptr[2] == TSPDM_VERIFY_NEW_KEY;

	if (s == NULL || !tspdm_record_is_pending(&s->open))
		return TSPDM_OK;
	if (!r->engine.is_new_key) {
		tspdm_record_cancel(&s->open);
		return TSPDM_OK;
	}
	if (is_verify)
		return TSPDM_OK;
	r->engine.is_session_lost = true;
	return tspdm_requester_broken(r, TSPDM_ERR_UNEXPECTED, update_clause, 0);
}

static enum tspdm_status check_ack(struct tspdm_requester *r, const struct tspdm_encapsulated_ack *ack)
{
	struct encapsulated_flow *f = &r->flow;

	if (r->c.version >= TSPDM_V12 && ack->ack_request_id != f->request_id)
		return tspdm_requester_broken(r, TSPDM_ERR_ECHO, ack_clause, ack->ack_request_id);
	TSPDM_TRY(check_new_key(r, ack));
	if (f->doom != TSPDM_OK)
		return tspdm_requester_broken(r, f->doom, kinds_clause, f->ask[1]);
	if (ack->payload == TSPDM_ACK_SLOT && f->use != FLOW_HANDSHAKE)
		return tspdm_requester_broken(r, TSPDM_ERR_FIELD, ack_clause, ack->payload);
	if (ack->payload == TSPDM_ACK_PRESENT && f->rounds >= ROUNDS_MAX)
		return tspdm_requester_broken(r, TSPDM_ERR_ENDLESS, ack_clause, 0);
	return TSPDM_OK;
}

static enum tspdm_status read_ack(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct encapsulated_flow *f = &r->flow;
	struct tspdm_encapsulated_ack ack;
	size_t used;

	TSPDM_TRY(tspdm_read_encapsulated_ack(message, &shape, &ack, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(check_ack(r, &ack));
	f->rounds++;
	if (ack.payload == TSPDM_ACK_PRESENT) {
		keep(r, ack.request_id, ack.message);
		return TSPDM_OK;
	}
	f->has_slot = ack.payload == TSPDM_ACK_SLOT;
	f->slot = ack.slot;
	tspdm_requester_end_flow(r);
	return TSPDM_OK;
}

bool tspdm_requester_is_old_ack(const struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_encapsulated_ack ack;
	size_t used;

	return r->c.version >= TSPDM_V12 && tspdm_read_encapsulated_ack(message, &shape, &ack, &used) == TSPDM_OK &&
	       ack.ack_request_id == r->flow.last_id && ack.ack_request_id != r->flow.request_id;
}

static const struct exchange exchanges[] = {
	[STAGE_GET] = { TSPDM_GET_ENCAPSULATED_REQUEST, TSPDM_ENCAPSULATED_REQUEST, true, true, request_clause,
		write_get, read_request, refused_get },
	[STAGE_DELIVER] = { TSPDM_DELIVER_ENCAPSULATED_RESPONSE, TSPDM_ENCAPSULATED_RESPONSE_ACK, true, true,
		ack_clause, write_deliver, read_ack, NULL },
};

enum tspdm_status tspdm_requester_next_in_flow(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->flow.stage < STAGE_DONE ? &exchanges[r->flow.stage] : NULL;
	return TSPDM_OK;
}

/* ---- The job ---- */

/* An ERROR under the old key: the responder has no new one. */
static void abandon(struct tspdm_requester *r)
{
	struct session *s = r->engine.session;

	tspdm_requester_end_flow(r);
	if (s == NULL || !tspdm_record_is_pending(&s->open))
		return;
	if (r->engine.is_new_key)
		r->engine.is_session_lost = true;
	else
		tspdm_record_cancel(&s->open);
}

static const struct job serve_job = { tspdm_requester_next_in_flow, abandon };

enum tspdm_status tspdm_requester_serve_encapsulated(struct tspdm_requester *r, uint32_t session)
{
	struct session *s = NULL;

	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	if (session != 0) {
		s = tspdm_session_find(&r->sessions, session);
		if (s == NULL || s->phase != SESSION_ESTABLISHED)
			return TSPDM_ERR_SESSION;
	}
	if ((r->c.own_flags & r->c.peer_flags & TSPDM_CAP_ENCAP) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	TSPDM_TRY(tspdm_requester_begin_flow(r, s != NULL ? FLOW_SESSION : FLOW_CLEAR, false));
	return tspdm_requester_begin_in(r, &serve_job, TSPDM_PHASE_NEGOTIATED, s);
}

unsigned tspdm_requester_served(const struct tspdm_requester *r)
{
	return r->flow.answered;
}
