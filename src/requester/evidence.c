/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that asks for evidence in a session, and what the evidence messages share. docs/profile.md "Session evidence". */
#include <string.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "requester/requester.h"

enum { STAGE_ASK, STAGE_DONE };
enum { VENDOR_ID_LEN = 4, REQUEST_HEAD = 5, MS_US = 1000, SECOND_US = 1000000 };
enum { POLL_LEAST_US = 5000 }; /* a responder's "at once" is no reason to ask thousands of times */

static const char clause[] = "tspdm profile \"Session evidence\"";

/* ---- What the jobs share ---- */

enum tspdm_status tspdm_requester_check_attested(const struct tspdm_requester *r)
{
	const struct session *s = r->selected_id != 0 ? tspdm_session_find(&r->sessions, r->selected_id) : NULL;

	return s != NULL ? tspdm_session_is_open_to_application(s) : TSPDM_OK;
}

enum tspdm_status tspdm_requester_begin_evidence(struct tspdm_requester *r, const struct job *job)
{
	return tspdm_requester_begin(r, job, TSPDM_PHASE_NEGOTIATED);
}

enum tspdm_status tspdm_requester_take_channel(struct asking *a, struct tspdm_view channel)
{
	if (channel.len > sizeof a->channel || (channel.ptr == NULL && channel.len != 0))
		return TSPDM_ERR_ARGUMENT;
	if (channel.len != 0)
		memcpy(a->channel, channel.ptr, channel.len);
	a->channel_len = channel.len;
	return TSPDM_OK;
}

static struct tspdm_vendor_defined vendor_message(
	const struct tspdm_requester *r, uint8_t id[VENDOR_ID_LEN], struct tspdm_view payload)
{
	struct tspdm_buffer w = { id, VENDOR_ID_LEN, 0 };

	write_u32(&w, r->config.evidence_enterprise);
	return (struct tspdm_vendor_defined){
		.standard_id = TSPDM_EVIDENCE_STANDARD, .vendor_id = { id, VENDOR_ID_LEN }, .payload = payload
	};
}

/* The payload's place in a request; no room there is told when the request is written. */
static enum tspdm_status payload_room(
	const struct tspdm_requester *r, const struct tspdm_buffer *request, struct tspdm_buffer *payload)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	uint8_t id[VENDOR_ID_LEN];
	const struct tspdm_vendor_defined empty = vendor_message(r, id, (struct tspdm_view){ NULL, 0 });
	struct tspdm_buffer count = { NULL, 0, 0 };

	if (tspdm_write_vendor_defined(&count, &shape, TSPDM_VENDOR_DEFINED_REQUEST, &empty) != TSPDM_ERR_BUFFER)
		return TSPDM_ERR_ARGUMENT;
	if (count.len >= request->cap)
		return TSPDM_ERR_BUFFER;
	*payload = (struct tspdm_buffer){ request->ptr + count.len, request->cap - count.len, 0 };
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_evidence_room(
	struct tspdm_requester *r, struct tspdm_buffer *request, size_t nonce_len, struct tspdm_buffer *items)
{
	struct tspdm_buffer payload;

	TSPDM_TRY(payload_room(r, request, &payload));
	if (payload.cap <= REQUEST_HEAD + nonce_len)
		return TSPDM_ERR_BUFFER;
	*items = (struct tspdm_buffer){ payload.ptr + REQUEST_HEAD + nonce_len, payload.cap - REQUEST_HEAD - nonce_len,
		0 };
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_write_evidence(
	struct tspdm_requester *r, struct tspdm_buffer *request, const struct tspdm_evidence_request *ask)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_vendor_defined message;
	struct tspdm_buffer payload;
	uint8_t id[VENDOR_ID_LEN];

	r->asking.opcode = ask->opcode;
	TSPDM_TRY(payload_room(r, request, &payload));
	TSPDM_TRY(tspdm_write_evidence_request(&payload, ask));
	message = vendor_message(r, id, tspdm_buffer_view(&payload));
	return tspdm_write_vendor_defined(request, &shape, TSPDM_VENDOR_DEFINED_REQUEST, &message);
}

static enum tspdm_status status_of(const struct tspdm_evidence_answer *answer)
{
	switch (answer->status) {
	case TSPDM_EVIDENCE_OK:
	case TSPDM_EVIDENCE_PENDING:
		return TSPDM_OK;
	case TSPDM_EVIDENCE_UNAVAILABLE:
		return TSPDM_ERR_EVIDENCE_MISSING;
	default:
		return TSPDM_ERR_EVIDENCE_REFUSED;
	}
}

enum tspdm_status tspdm_requester_read_evidence(
	struct tspdm_requester *r, struct tspdm_view message, struct tspdm_evidence_answer *answer)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_vendor_defined vendor;
	struct reader id;
	size_t used;

	TSPDM_TRY(tspdm_read_vendor_defined(message, &shape, &vendor, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	id = reader_of(vendor.vendor_id);
	if (vendor.standard_id != TSPDM_EVIDENCE_STANDARD || vendor.vendor_id.len != VENDOR_ID_LEN ||
		read_u32(&id) != r->config.evidence_enterprise)
		return TSPDM_ERR_ECHO;
	TSPDM_TRY(tspdm_read_evidence_answer(vendor.payload, answer));
	if (answer->opcode != r->asking.opcode)
		return TSPDM_ERR_ECHO;
	return status_of(answer);
}

/* ---- GET, then POLL until it is there ---- */

static enum tspdm_status write_ask(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct asking *a = &r->asking;
	const struct tspdm_evidence_request ask = {
		.opcode = a->is_waiting ? TSPDM_EVIDENCE_POLL : TSPDM_EVIDENCE_GET,
		.flags = a->is_waiting ? 0 : a->flags,
		.nonce = { a->nonce, sizeof a->nonce },
	};

	return tspdm_requester_write_evidence(r, request, &ask);
}

/* Asks again when the responder wants it: not sooner, not after the patience, and before the session is taken for dead. */
static enum tspdm_status wait_for_it(struct tspdm_requester *r, uint32_t retry_ms)
{
	struct asking *a = &r->asking;
	const struct session *s = r->engine.session;
	uint64_t pause = (uint64_t)retry_ms * MS_US;

	if (!a->is_waiting)
		a->since_us = r->now_us;
	a->is_waiting = true;
	if (pause < POLL_LEAST_US)
		pause = POLL_LEAST_US;
	if (s->heartbeat_s != 0 && pause > (uint64_t)s->heartbeat_s * SECOND_US)
		pause = (uint64_t)s->heartbeat_s * SECOND_US;
	if (r->now_us - a->since_us > r->config.patience_us ||
		pause > r->config.patience_us - (r->now_us - a->since_us))
		return TSPDM_ERR_NOT_READY;
	r->engine.pause_us = pause;
	return TSPDM_OK;
}

/* The report data is computed while the session is certain to be there. */
static enum tspdm_status keep(struct tspdm_requester *r, const struct tspdm_evidence_answer *answer)
{
	struct asking *a = &r->asking;
	struct tspdm_session_evidence *shown = &r->shown;

	write_view(&a->room, answer->items);
	TSPDM_TRY(write_end(&a->room));
	shown->items = tspdm_buffer_view(&a->room);
	TSPDM_TRY(tspdm_evidence_of_items(shown->items, &shown->evidence));
	memcpy(shown->nonce, a->nonce, sizeof shown->nonce);
	TSPDM_TRY(tspdm_session_bind(r->engine.session, TSPDM_ROLE_RESPONDER,
		(struct tspdm_view){ a->nonce, sizeof a->nonce }, (struct tspdm_view){ a->channel, a->channel_len },
		shown->report_data));
	shown->session = r->engine.session->id;
	a->stage = STAGE_DONE;
	return TSPDM_OK;
}

static enum tspdm_status read_answer(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_evidence_answer answer;

	TSPDM_TRY(tspdm_requester_read_evidence(r, message, &answer));
	if (answer.status == TSPDM_EVIDENCE_PENDING)
		return wait_for_it(r, answer.retry_ms);
	return keep(r, &answer);
}

/* A responder that does not know these messages has no evidence to show in a session. */
static enum tspdm_status refused(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	(void)r;
	return error->code == TSPDM_ERROR_UNSUPPORTED_REQUEST ? TSPDM_ERR_EVIDENCE_MISSING : TSPDM_ERR_PEER;
}

static const struct exchange ask_exchange = { TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, true, true,
	clause, write_ask, read_answer, refused };

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->asking.stage == STAGE_DONE ? NULL : &ask_exchange;
	return TSPDM_OK;
}

static void abandon(struct tspdm_requester *r)
{
	memset(&r->shown, 0, sizeof r->shown);
}

static const struct job get_job = { next, abandon };

enum tspdm_status tspdm_requester_get_evidence(struct tspdm_requester *r, const struct tspdm_get_evidence *job)
{
	struct tspdm_crypto *crypto;

	if (r == NULL || job == NULL || job->room == NULL || (job->flags & ~TSPDM_EVIDENCE_WANT_ALL) != 0)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	if (r->selected_id == 0)
		return TSPDM_ERR_SESSION_REQUIRED;
	crypto = r->config.crypto;
	memset(&r->shown, 0, sizeof r->shown);
	r->asking = (struct asking){ .flags = job->flags, .room = { job->room, job->room_cap, 0 } };
	TSPDM_TRY(tspdm_requester_take_channel(&r->asking, job->channel));
	TSPDM_TRY(crypto->ops->random(crypto, r->asking.nonce, sizeof r->asking.nonce));
	return tspdm_requester_begin_evidence(r, &get_job);
}

/* ---- For the caller ---- */

const struct tspdm_session_evidence *tspdm_requester_evidence(const struct tspdm_requester *r)
{
	return &r->shown;
}

enum tspdm_status tspdm_requester_bind_evidence(const struct tspdm_requester *r, uint32_t session, enum tspdm_role role,
	struct tspdm_view nonce, struct tspdm_view channel, uint8_t *report_data)
{
	const struct session *s = tspdm_session_find(&r->sessions, session);

	return s != NULL ? tspdm_session_bind(s, role, nonce, channel, report_data) : TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_requester_evidence_exporter(
	const struct tspdm_requester *r, uint32_t session, enum tspdm_role role, uint8_t *exporter)
{
	const struct session *s = tspdm_session_find(&r->sessions, session);

	return s != NULL ? tspdm_session_exporter(s, role, exporter) : TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_requester_bind_measured(
	const struct tspdm_requester *r, struct tspdm_view channel, uint8_t *report_data)
{
	const struct tspdm_measured *m = &r->measured;
	const struct tspdm_measurement_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = r->negotiated.version,
		.slot = m->slot,
		.spki = r->identity.spki,
		.nonce = { m->nonce, sizeof m->nonce },
	};

	if (!m->is_verified)
		return TSPDM_ERR_STATE;
	if (m->session == 0)
		return tspdm_bind_measurement_evidence(r->config.crypto, &binding, report_data);
	return tspdm_requester_bind_evidence(r, m->session, TSPDM_ROLE_RESPONDER, binding.nonce, channel, report_data);
}

enum tspdm_status tspdm_requester_attested(struct tspdm_requester *r, uint32_t session)
{
	struct session *s = tspdm_session_find(&r->sessions, session);

	if (s == NULL || s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	s->evidence.is_must = false;
	return TSPDM_OK;
}
