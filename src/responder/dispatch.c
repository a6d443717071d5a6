/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The dispatch table, and the one function that knows all refusals (DSP0274 1.2 "SPDM request codes", "Error code and
 * error data"). */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

enum { HEADER_LEN = 4 };

#define IN(phase) (1U << (phase))
#define ANY_PHASE 0xFFU
#define VERSIONED IN(TSPDM_PHASE_AFTER_VERSION)
#define CAPABLE IN(TSPDM_PHASE_AFTER_CAPABILITIES)
#define NEGOTIATED IN(TSPDM_PHASE_NEGOTIATED)
#define CLEAR 1U
#define HANDSHAKE 2U
#define SESSION 4U
/* Flags that have to be announced by both sides. */
#define CAPS_OF_SESSIONS (TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK)
#define CAPS_OF_BOTH (CAPS_OF_SESSIONS | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD | TSPDM_CAP_ENCAP | TSPDM_CAP_CHUNK)
/* Whose requests a responder without them does not know. */
#define CAPS_OF_OPTIONS (CAPS_OF_BOTH | TSPDM_CAP_CSR | TSPDM_CAP_SET_CERT)
/* Timing classes of DSP0274 "Timing requirements": only what may take CT may say ResponseNotReady. */
#define ST1 false
#define CT true

static const struct rule {
	uint8_t code, since, until; /* request code; first and last SPDM version that has it */
	uint32_t needs;             /* our capability flags: one of these; 0: none */
	uint8_t phases, channels;   /* of the connection; in the clear, in a session's handshake, in a session */
	bool may_wait;
	handler *handle;
} rules[] = {
	/* clang-format off */
	{ TSPDM_GET_VERSION, TSPDM_V10, TSPDM_V14, 0, ANY_PHASE, CLEAR, ST1, tspdm_responder_version },
	{ TSPDM_GET_CAPABILITIES, TSPDM_V10, TSPDM_V14, 0, VERSIONED, CLEAR, ST1, tspdm_responder_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_V10, TSPDM_V14, 0, CAPABLE, CLEAR, ST1, tspdm_responder_algorithms },
	{ TSPDM_GET_DIGESTS, TSPDM_V10, TSPDM_V14, TSPDM_CAP_CERT, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_digests },
	{ TSPDM_GET_CERTIFICATE, TSPDM_V10, TSPDM_V14, TSPDM_CAP_CERT, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_certificate },
	{ TSPDM_CHALLENGE, TSPDM_V10, TSPDM_V14, TSPDM_CAP_CHAL, NEGOTIATED, CLEAR, CT, tspdm_responder_challenge },
	{ TSPDM_GET_MEASUREMENTS, TSPDM_V10, TSPDM_V14, TSPDM_CAP_MEAS_MASK, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_measurements },
	/* ST1 "unless the definition says otherwise": a device that says TSPDM_AGAIN does */
	{ TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_V10, TSPDM_V14, 0, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_vendor_defined },
	{ TSPDM_RESPOND_IF_READY, TSPDM_V10, TSPDM_V14, 0, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_respond_if_ready },
	{ TSPDM_KEY_EXCHANGE, TSPDM_V11, TSPDM_V14, TSPDM_CAP_KEY_EX, NEGOTIATED, CLEAR, CT,
		tspdm_responder_key_exchange },
	/* in the clear only where a handshake in the clear is under way: see channel_of() */
	{ TSPDM_FINISH, TSPDM_V11, TSPDM_V14, TSPDM_CAP_KEY_EX, NEGOTIATED, HANDSHAKE, ST1, tspdm_responder_finish },
	{ TSPDM_PSK_EXCHANGE, TSPDM_V11, TSPDM_V14, TSPDM_CAP_PSK_MASK, NEGOTIATED, CLEAR, CT,
		tspdm_responder_psk_exchange },
	{ TSPDM_PSK_FINISH, TSPDM_V11, TSPDM_V14, TSPDM_CAP_PSK_MASK, NEGOTIATED, HANDSHAKE, ST1,
		tspdm_responder_psk_finish },
	{ TSPDM_HEARTBEAT, TSPDM_V11, TSPDM_V14, TSPDM_CAP_HBEAT, NEGOTIATED, SESSION, ST1,
		tspdm_responder_heartbeat },
	{ TSPDM_KEY_UPDATE, TSPDM_V11, TSPDM_V14, TSPDM_CAP_KEY_UPD, NEGOTIATED, SESSION, ST1,
		tspdm_responder_key_update },
	{ TSPDM_END_SESSION, TSPDM_V11, TSPDM_V14, CAPS_OF_SESSIONS, NEGOTIATED, SESSION, ST1,
		tspdm_responder_end_session },
	{ TSPDM_GET_ENCAPSULATED_REQUEST, TSPDM_V11, TSPDM_V14, TSPDM_CAP_ENCAP, NEGOTIATED,
		CLEAR | HANDSHAKE | SESSION, ST1, tspdm_responder_get_encapsulated },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, TSPDM_V11, TSPDM_V14, TSPDM_CAP_ENCAP, NEGOTIATED,
		CLEAR | HANDSHAKE | SESSION, ST1, tspdm_responder_deliver_encapsulated },
	{ TSPDM_CHUNK_SEND, TSPDM_V12, TSPDM_V14, TSPDM_CAP_CHUNK, CAPABLE | NEGOTIATED, CLEAR | HANDSHAKE | SESSION,
		ST1, tspdm_responder_chunk_send },
	{ TSPDM_CHUNK_GET, TSPDM_V12, TSPDM_V14, TSPDM_CAP_CHUNK, CAPABLE | NEGOTIATED, CLEAR | HANDSHAKE | SESSION,
		ST1, tspdm_responder_chunk_get },
	{ TSPDM_GET_CSR, TSPDM_V12, TSPDM_V14, TSPDM_CAP_CSR, NEGOTIATED, CLEAR | SESSION, CT, tspdm_responder_csr },
	{ TSPDM_SET_CERTIFICATE, TSPDM_V12, TSPDM_V14, TSPDM_CAP_SET_CERT, NEGOTIATED, CLEAR | SESSION, CT,
		tspdm_responder_set_certificate },
	/* clang-format on */
};

static const struct rule *rule_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].code == code)
			return &rules[i];
	return NULL;
}

static bool is_version_selected(const struct connection *c)
{
	return c->phase >= TSPDM_PHASE_AFTER_CAPABILITIES;
}

/* A request of sessions is one that this responder has only if both sides have sessions. */
static bool has_capability(const struct tspdm_responder *p, const struct rule *rule)
{
	uint32_t flags = p->config.capabilities;

	if ((rule->needs & CAPS_OF_BOTH) != 0)
		flags = tspdm_flags_of_both(flags, p->connection.peer_flags);
	return rule->needs == 0 || (rule->needs & flags) != 0;
}

/* DSP0274 1.1 has certificates fetched outside sessions only; what asks for them inside is answered all the same, unless
 * that is switched off. */
static bool is_for_the_clear(const struct tspdm_responder *p, uint8_t code)
{
	const struct connection *c = &p->connection;

	return c->version < TSPDM_V12 && (c->strict & TSPDM_STRICT_IN_SESSION) != 0 &&
	       (code == TSPDM_GET_DIGESTS || code == TSPDM_GET_CERTIFICATE);
}

static enum tspdm_status check_channel(struct tspdm_responder *p, const struct rule *rule)
{
	unsigned channel = CLEAR;

	if (p->session != NULL)
		channel = p->session->phase == SESSION_ESTABLISHED ? SESSION : HANDSHAKE;
	else if (rule->code == TSPDM_FINISH && tspdm_responder_clear_handshake(p) != NULL)
		channel = HANDSHAKE;
	if ((rule->channels & channel) == 0 || (channel == SESSION && is_for_the_clear(p, rule->code)))
		return channel == CLEAR ? TSPDM_ERR_SESSION_REQUIRED : TSPDM_ERR_UNEXPECTED;
	if (channel == SESSION && p->session->evidence.is_must && !tspdm_responder_is_upkeep(rule->code))
		return TSPDM_ERR_NOT_ATTESTED;
	/* DSP0274 1.2 "KEY_UPDATE request": VerifyNewKey follows at once */
	if (channel == SESSION && tspdm_responder_awaits_new_key(p->session) && rule->code != TSPDM_KEY_UPDATE)
		return TSPDM_ERR_UNEXPECTED;
	return TSPDM_OK;
}

/* F01: what ends the handshake of the other kind of session is refused whatever this responder has, and whatever phase the
 * session is in. In the clear there is a handshake of KEY_EXCHANGE only. */
static bool is_finish_of_other_kind(const struct session *s, uint8_t code)
{
	return code == (s->kind == SESSION_CERTIFICATE ? TSPDM_PSK_FINISH : TSPDM_FINISH);
}

/* The largest message that is taken, with the binding's padding. A chunk that is too large is CHUNK_SEND's to refuse. */
static bool is_too_large(const struct tspdm_responder *p, const struct request *q)
{
	const struct connection *c = &p->connection;
	uint32_t most = p->config.max_message;

	if (q->header.code == TSPDM_CHUNK_SEND)
		return false;
	if (!q->is_whole && is_version_selected(c) && c->version >= TSPDM_V12)
		most = p->config.data_transfer_size;
	return q->message.len >= (uint64_t)most + (c->binding->alignment > 1 ? c->binding->alignment : 1U);
}

/* The refusals that need no look at the request's fields, in the order in which they are made. */
static enum tspdm_status check(struct tspdm_responder *p, const struct request *q, const struct rule *rule)
{
	const struct connection *c = &p->connection;

	if (q->message.len < HEADER_LEN)
		return TSPDM_ERR_TRUNCATED;
	if (q->header.code == TSPDM_GET_VERSION)
		return p->session == NULL ? TSPDM_OK : TSPDM_ERR_UNEXPECTED;
	if (is_too_large(p, q))
		return TSPDM_ERR_TOO_LARGE;
	if (p->needs_resynch)
		return TSPDM_ERR_RESYNCH;
	if (p->session != NULL && is_finish_of_other_kind(p->session, q->header.code))
		return TSPDM_ERR_UNEXPECTED;
	if (rule == NULL || (is_version_selected(c) && (rule->since > c->version || rule->until < c->version)))
		return TSPDM_ERR_UNSUPPORTED;
	if (is_version_selected(c) && q->header.version != c->version)
		return TSPDM_ERR_VERSION;
	if ((rule->phases & IN(c->phase)) == 0)
		return TSPDM_ERR_UNEXPECTED;
	if (!has_capability(p, rule))
		return TSPDM_ERR_CAPABILITY_MISSING;
	TSPDM_TRY(check_channel(p, rule));
	return tspdm_encapsulated_allows(p, q->header.code);
}

/* Identical GET_CAPABILITIES or NEGOTIATE_ALGORITHMS once more: its answer was lost, and is given again. */
static bool is_vca_retry(const struct tspdm_responder *p, const struct request *q)
{
	const struct retry *retry = &p->retry;

	return p->session == NULL && retry->code != 0 && q->message.len >= retry->request_len &&
	       memcmp(q->message.ptr, p->connection.transcript.vca_bytes + retry->request_at, retry->request_len) == 0;
}

static enum tspdm_status answer_vca_retry(const struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct retry *retry = &p->retry;

	q->used = retry->request_len;
	out->len = retry->response_len;
	if (out->len > out->cap || out->ptr == NULL)
		return TSPDM_ERR_BUFFER;
	memcpy(out->ptr, p->connection.transcript.vca_bytes + retry->response_at, out->len);
	return TSPDM_OK;
}

/* What a request that is not ready comes to: kept, or given up where its class or the room does not allow that. */
static enum tspdm_status settle(struct tspdm_responder *p, const struct request *q, const struct rule *rule)
{
	if (rule->may_wait && tspdm_job_wait(p, q) == TSPDM_OK)
		return TSPDM_AGAIN;
	tspdm_job_end(p);
	return TSPDM_ERR_BUSY;
}

static enum tspdm_status run(
	struct tspdm_responder *p, struct request *q, const struct rule *rule, struct tspdm_buffer *out)
{
	enum tspdm_status status;

	if (rule == NULL) /* refused by check() already */
		return TSPDM_ERR_UNSUPPORTED;
	if (q->is_resumed && p->job.is_signing)
		status = tspdm_responder_sign_on(p, q, out);
	else
		status = rule->handle(p, q, out);
	if (status == TSPDM_AGAIN)
		return settle(p, q, rule);
	/* the job of this request is over; one that waits for another one stays */
	if (q->is_resumed || !p->job.is_waiting)
		tspdm_job_end(p);
	return status;
}

enum tspdm_status tspdm_responder_resume(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct rule *rule = rule_of(p->job.code);

	if (rule == NULL)
		return TSPDM_ERR_STATE;
	q->message = (struct tspdm_view){ p->config.scratch, p->job.request_len };
	q->is_resumed = true;
	return run(p, q, rule, out);
}

enum tspdm_status tspdm_responder_respond_if_ready(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct request waiting = *q;
	enum tspdm_status status;

	q->used = HEADER_LEN;
	if (p->session != NULL && q->message.len != q->used)
		return TSPDM_ERR_TRAILING;
	if (!p->job.is_waiting || p->job.session_id != (p->session != NULL ? p->session->id : 0))
		return TSPDM_ERR_UNEXPECTED;
	if (q->header.param1 != p->job.code || q->header.param2 != p->job.token)
		return TSPDM_ERR_ECHO;
	status = tspdm_responder_resume(p, &waiting, out);
	q->is_resumed = true;
	q->is_own_fault = waiting.is_own_fault;
	return status;
}

static enum tspdm_status answer_job_retry(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct request waiting = *q;
	enum tspdm_status status;

	q->used = p->job.request_len;
	q->is_resumed = true;
	status = tspdm_responder_resume(p, &waiting, out);
	q->is_own_fault = waiting.is_own_fault;
	return status;
}

static enum tspdm_status dispatch(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct rule *rule = rule_of(q->header.code);

	if (q->is_whole && tspdm_responder_chunk_forbidden(q))
		return TSPDM_ERR_CHUNK_CONTENT;
	/* a responder without sessions, or provisioning, does not know their requests */
	if (rule != NULL && (rule->needs & CAPS_OF_OPTIONS) != 0 && (rule->needs & p->config.capabilities) == 0)
		rule = NULL;
	if (tspdm_responder_chunk_blocks(p, q)) {
		TSPDM_TRY(check(p, q, rule));
		if (q->header.code != TSPDM_GET_VERSION)
			return TSPDM_ERR_UNEXPECTED;
	}
	if (!p->needs_resynch && is_vca_retry(p, q))
		return answer_vca_retry(p, q, out);
	if (q->header.code != p->retry.code && !tspdm_responder_is_chunk(q->header.code)) /* a retry follows at once */
		p->retry.code = 0;
	if (q->message.len >= HEADER_LEN && tspdm_job_is_retry(p, q->message))
		return answer_job_retry(p, q, out);
	TSPDM_TRY(check(p, q, rule));
	if (q->header.code != TSPDM_RESPOND_IF_READY && !tspdm_responder_is_chunk(q->header.code))
		TSPDM_TRY(tspdm_responder_own(q, tspdm_transcript_request(&p->connection.transcript, q->header.code)));
	return run(p, q, rule, out);
}

/* Turns anything but a response into ERROR. */
static enum tspdm_status refuse(
	struct tspdm_responder *p, struct request *q, enum tspdm_status status, struct tspdm_buffer *out)
{
	q->response_size = out->len;
	out->len = 0;
	p->last.status = status;
	if (status == TSPDM_AGAIN) {
		p->last.error_code = TSPDM_ERROR_RESPONSE_NOT_READY;
		return tspdm_responder_not_ready(p, q, out);
	}
	/* running hashes that cannot even be reset prove nothing any more */
	if (tspdm_transcript_error(&p->connection.transcript) != TSPDM_OK)
		p->needs_resynch = true;
	return tspdm_responder_error(q, status, out, &p->last.error_code);
}

static void observe(const struct tspdm_responder *p, bool is_request, struct tspdm_view message)
{
	const struct tspdm_observer_hook *hook = &p->config.observer;

	if (hook->see != NULL)
		hook->see(hook->context, is_request, p->session != NULL ? p->session->id : 0, message);
}

/* Room for a response: the caller's, but not more than the requester takes in one transfer. */
static struct tspdm_buffer room_of(const struct tspdm_responder *p, const struct tspdm_buffer *response)
{
	const struct connection *c = &p->connection;
	struct tspdm_buffer room = { response->ptr, response->cap - response->len, 0 };

	if (response->len != 0)
		room.ptr += response->len;
	if (is_version_selected(c) && room.cap > c->peer_data_transfer_size)
		room.cap = c->peer_data_transfer_size;
	return room;
}

enum tspdm_status tspdm_responder_respond(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *room, size_t most, bool *is_large)
{
	const struct connection *c = &p->connection;
	struct tspdm_buffer out;
	enum tspdm_status status;

	*is_large = false;
	q->error_version = is_version_selected(c) ? c->version : TSPDM_V10;
	if (tspdm_read_header(q->message, &q->header) == TSPDM_OK && q->header.code == TSPDM_GET_VERSION &&
		p->session == NULL)
		q->error_version = TSPDM_V10;
	p->last.request_code = q->header.code;
	out = tspdm_responder_chunk_room(p, q, room, most);
	status = dispatch(p, q, &out);
	if (status == TSPDM_OK) {
		*is_large = tspdm_responder_chunk_deliver(p, &out, room, most);
		return TSPDM_OK;
	}
	room->len = out.len; /* the size that a response was found to have */
	return refuse(p, q, status, room);
}

enum tspdm_status tspdm_responder_answer(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *response)
{
	struct tspdm_buffer out = room_of(p, response);
	bool is_large;

	TSPDM_TRY(tspdm_responder_respond(p, q, &out, out.cap, &is_large));
	observe(p, true, request_bytes(q));
	observe(p, false, tspdm_buffer_view(&out));
	response->len += out.len;
	return TSPDM_OK;
}

/* A message in the clear; FINISH among them, where the handshake is. */
static enum tspdm_status answer_plain(
	struct tspdm_responder *p, struct tspdm_view message, struct tspdm_buffer *response)
{
	struct request q = { .message = message, .used = message.len };
	struct session *handshake = tspdm_responder_clear_handshake(p);
	enum tspdm_status status = tspdm_responder_answer(p, &q, response);

	if (p->after != AFTER_NOTHING && handshake != NULL)
		(void)tspdm_responder_settle(p, handshake); /* without keys there is no session: records are dropped */
	return status;
}

enum tspdm_status tspdm_responder_handle(struct tspdm_responder *responder, uint64_t now_us,
	enum tspdm_message_kind kind, struct tspdm_view request, struct tspdm_buffer *response)
{
	struct tspdm_responder *p = responder;

	if (p == NULL || response == NULL || (request.ptr == NULL && request.len != 0) ||
		response->len > response->cap || (response->ptr == NULL && response->cap != 0))
		return TSPDM_ERR_ARGUMENT;
	if (p->is_homeless)
		return TSPDM_ERR_STATE;
	p->last = (struct tspdm_responder_outcome){ 0 };
	p->now_us = now_us;
	p->after = AFTER_NOTHING;
	tspdm_responder_expire(p);
	if (kind == TSPDM_KIND_SECURED)
		return tspdm_responder_record(p, request, response);
	return answer_plain(p, request, response);
}
