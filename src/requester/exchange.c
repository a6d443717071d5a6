/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The exchange engine: sending, timeouts, identical retries, Busy, ResponseNotReady and RESPOND_IF_READY,
 * RequestResynch. DSP0274 "Timing requirements", "ERROR response", "RESPOND_IF_READY request". */
#include <string.h>

#include "requester/requester.h"

enum { ST1_US = 100000, SIGNER_WAIT_US = 1000 };

static uint8_t count_of(uint8_t configured)
{
	return configured == TSPDM_NO_RETRIES ? 0 : configured;
}

/* 2^exponent µs, never more than the patience: the peer's exponents are bytes that may say anything. */
static uint64_t exponent_us(const struct tspdm_requester *r, uint8_t exponent)
{
	uint64_t us = exponent < 63 ? UINT64_C(1) << exponent : UINT64_MAX;

	return us < r->config.patience_us ? us : r->config.patience_us;
}

static uint64_t later(uint64_t now_us, uint64_t by_us)
{
	return by_us > UINT64_MAX - now_us ? UINT64_MAX : now_us + by_us;
}

struct tspdm_view tspdm_requester_request(const struct tspdm_requester *r)
{
	return (struct tspdm_view){ r->config.request, r->engine.request_len };
}

static struct tspdm_view outgoing(const struct tspdm_requester *r)
{
	if (r->engine.chunk.step != CHUNK_NONE)
		return r->engine.chunk.message;
	if (r->engine.asks_if_ready)
		return (struct tspdm_view){ r->engine.if_ready, sizeof r->engine.if_ready };
	return tspdm_requester_request(r);
}

static void show(const struct tspdm_requester *r, bool is_request, struct tspdm_view message)
{
	if (r->config.observer.see != NULL)
		r->config.observer.see(r->config.observer.context, is_request,
			r->engine.session != NULL ? r->engine.session->id : 0, message);
}

void tspdm_requester_enter(struct tspdm_requester *r, struct session *session)
{
	r->engine.session = session;
	tspdm_transcript_context(&r->c.transcript, session != NULL ? &session->log : NULL);
}

/* The job is over. A session whose keys may be out of step, or whose handshake failed, is over with it. */
static void leave(struct tspdm_requester *r, bool has_failed)
{
	struct session *s = r->engine.session;

	tspdm_requester_chunk_end(r);
	tspdm_requester_enter(r, NULL);
	if (has_failed && s != NULL && (r->engine.is_session_lost || s->phase != SESSION_ESTABLISHED))
		tspdm_requester_end(r, s);
}

/* Nothing is repeated in a session: a lost response, or a failed transport, leaves sequence numbers that do not fit. */
static bool is_loss(enum tspdm_status status)
{
	return status == TSPDM_ERR_TIMEOUT || tspdm_status_class(status) == TSPDM_CLASS_TRANSPORT;
}

static void fail(struct tspdm_requester *r, enum tspdm_status status)
{
	struct engine *e = &r->engine;

	r->error.status = status;
	if (e->exchange != NULL) {
		r->error.request_code = e->exchange->request_code;
		if (r->error.clause[0] == '\0')
			r->error.clause = e->exchange->clause;
	}
	e->is_session_lost = e->is_session_lost || is_loss(status);
	e->pause_us = 0;
	tspdm_requester_cancel_signature(r);
	if (e->job != NULL && e->job->abandon != NULL)
		e->job->abandon(r);
	leave(r, true);
	e->job = NULL;
	e->state = ENGINE_FAILED;
}

enum tspdm_status tspdm_requester_broken(
	struct tspdm_requester *r, enum tspdm_status status, const char *clause, uint8_t detail)
{
	r->error.clause = clause;
	r->error.detail = detail;
	return status;
}

void tspdm_requester_fail(struct tspdm_requester *r, enum tspdm_status status)
{
	if (r->engine.job != NULL)
		fail(r, status);
}

/* Before a request goes out for the first time the transcripts learn of it, as the responder's do. */
static enum tspdm_status prepare(struct tspdm_requester *r)
{
	struct engine *e = &r->engine;
	struct tspdm_buffer request = { r->config.request, r->config.request_len, 0 };
	enum tspdm_status status = e->exchange->write(r, &request);

	if (status == TSPDM_AGAIN) {
		e->state = ENGINE_PREPARE;
		return TSPDM_OK;
	}
	TSPDM_TRY(status);
	if (request.len > request.cap)
		return TSPDM_ERR_BUFFER;
	e->request_len = request.len;
	TSPDM_TRY(tspdm_requester_chunk_begin(r));
	e->state = e->pause_us != 0 ? ENGINE_PAUSE : ENGINE_SEND;
	return tspdm_transcript_request(&r->c.transcript, e->exchange->request_code);
}

static enum tspdm_status begin_exchange(struct tspdm_requester *r)
{
	struct engine *e = &r->engine;

	tspdm_requester_chunk_end(r);
	e->asks_if_ready = false;
	e->has_begun = false;
	e->sendings = 0;
	e->busy_count = 0;
	return prepare(r);
}

static void advance(struct tspdm_requester *r)
{
	struct engine *e = &r->engine;
	const struct exchange *next = NULL;
	enum tspdm_status status;

	r->error.clause = "";
	status = e->job->next(r, &next);
	if (status == TSPDM_OK && next == NULL) {
		leave(r, false);
		e->job = NULL;
		e->exchange = NULL;
		e->state = ENGINE_DONE;
		return;
	}
	if (status == TSPDM_OK) {
		e->exchange = next;
		status = begin_exchange(r);
	}
	if (status != TSPDM_OK)
		fail(r, status);
}

enum tspdm_status tspdm_requester_begin(struct tspdm_requester *r, const struct job *job, enum tspdm_phase needed)
{
	struct session *s = NULL;

	if (r->engine.job != NULL || r->c.phase < needed)
		return TSPDM_ERR_STATE;
	if (r->selected_id != 0) {
		s = tspdm_session_find(&r->sessions, r->selected_id);
		if (s == NULL)
			return TSPDM_ERR_SESSION_ENDED;
	}
	return tspdm_requester_begin_in(r, job, needed, s);
}

enum tspdm_status tspdm_requester_begin_in(
	struct tspdm_requester *r, const struct job *job, enum tspdm_phase needed, struct session *session)
{
	struct engine *e = &r->engine;

	if (e->job != NULL || r->c.phase < needed)
		return TSPDM_ERR_STATE;
	tspdm_requester_enter(r, session);
	e->is_session_lost = false;
	r->error = (struct tspdm_requester_error){ .clause = "" };
	e->job = job;
	e->exchange = NULL;
	advance(r);
	return TSPDM_OK;
}

/* T1 and T2, DSP0274 "Timing specification for SPDM messages". */
static uint64_t answer_us(const struct tspdm_requester *r)
{
	const struct chunking *chunk = &r->engine.chunk;
	bool knows_ct = r->c.phase >= TSPDM_PHASE_AFTER_CAPABILITIES;
	bool is_request =
		chunk->step == CHUNK_NONE || (chunk->step == CHUNK_SENDING && tspdm_chunk_is_last(&chunk->out));
	uint64_t work = r->engine.exchange->is_crypto && is_request && knows_ct ? exponent_us(r, r->c.peer_ct_exponent)
										: ST1_US;

	return later(r->config.rtt_us, work < ST1_US ? ST1_US : work);
}

/* In a session nothing is repeated, so it waits for as long as all repetitions would. */
static uint64_t wait_us(const struct tspdm_requester *r)
{
	uint64_t once = answer_us(r), times = 1U + count_of(r->config.retries);

	if (r->engine.session == NULL)
		return once;
	return once > UINT64_MAX / times ? UINT64_MAX : once * times;
}

/* The patience is for the whole exchange: what was spent on Busy and the like is gone. */
static uint64_t deadline_of(const struct tspdm_requester *r, uint64_t now_us)
{
	uint64_t answer = later(now_us, wait_us(r)), end = later(r->engine.begun_us, r->config.patience_us);

	return answer < end ? answer : end;
}

static enum tspdm_step send(struct tspdm_requester *r, uint64_t now_us, struct tspdm_io *io)
{
	struct engine *e = &r->engine;

	if (!e->has_begun)
		e->begun_us = now_us;
	e->has_begun = true;
	e->sendings++;
	e->state = ENGINE_AWAIT;
	e->deadline_us = deadline_of(r, now_us);
	io->out = outgoing(r);
	io->kind = e->session != NULL ? TSPDM_KIND_SECURED : TSPDM_KIND_PLAIN;
	io->deadline_us = e->deadline_us;
	show(r, true, io->out);
	if (e->session != NULL) {
		enum tspdm_status status = tspdm_requester_seal_message(r, outgoing(r), &io->out);

		if (status != TSPDM_OK) {
			e->is_session_lost = true;
			fail(r, status);
			return TSPDM_STEP_FAILED;
		}
	}
	return TSPDM_STEP_SEND;
}

static bool is_patience_over(const struct tspdm_requester *r, uint64_t now_us)
{
	return r->engine.has_begun && now_us - r->engine.begun_us >= r->config.patience_us;
}

/* The same bytes again, so that a repeated CHALLENGE carries the same nonce; transcripts count the exchange once. */
static void time_out(struct tspdm_requester *r, uint64_t now_us)
{
	struct engine *e = &r->engine;

	if (e->session != NULL || e->sendings > count_of(r->config.retries) || is_patience_over(r, now_us))
		fail(r, TSPDM_ERR_TIMEOUT);
	else
		e->state = ENGINE_SEND;
}

static void end_backoff(struct tspdm_requester *r, uint64_t now_us)
{
	struct engine *e = &r->engine;

	if (now_us - e->begun_us > r->config.patience_us ||
		e->backoff_us > r->config.patience_us - (now_us - e->begun_us)) {
		fail(r, e->asks_if_ready ? TSPDM_ERR_NOT_READY : TSPDM_ERR_BUSY);
		return;
	}
	e->deadline_us = later(now_us, e->backoff_us);
	e->state = ENGINE_WAIT;
}

/* The signer, or source of evidence, says how long it still needs, and is asked again then. */
static void wait_for_signer(struct tspdm_requester *r, uint64_t now_us)
{
	uint32_t signer = r->signing.pending.retry_us, source = r->asking.retry_us;
	uint32_t estimate = signer > source ? signer : source;

	r->engine.deadline_us = later(now_us, estimate > SIGNER_WAIT_US ? estimate : SIGNER_WAIT_US);
}

/* Its time is not the responder's: the exchange begins when the request is complete. */
static void go_on_preparing(struct tspdm_requester *r, uint64_t now_us)
{
	struct engine *e = &r->engine;
	enum tspdm_status status = TSPDM_OK;

	if (!e->has_begun) {
		e->has_begun = true;
		e->begun_us = now_us;
		wait_for_signer(r, now_us);
		return;
	}
	if (now_us < e->deadline_us)
		return;
	status = is_patience_over(r, now_us) ? TSPDM_ERR_NOT_READY : prepare(r);
	if (status != TSPDM_OK)
		fail(r, status);
	else if (e->state == ENGINE_PREPARE)
		wait_for_signer(r, now_us);
	else
		e->has_begun = false;
}

enum tspdm_step tspdm_requester_step(struct tspdm_requester *r, uint64_t now_us, struct tspdm_io *io)
{
	struct engine *e = &r->engine;

	*io = (struct tspdm_io){ .deadline_us = UINT64_MAX };
	r->now_us = now_us;
	if (tspdm_requester_expire(r) && e->job != NULL)
		fail(r, TSPDM_ERR_TIMEOUT);
	if (e->state == ENGINE_PREPARE)
		go_on_preparing(r, now_us);
	if (e->state == ENGINE_PAUSE) {
		e->deadline_us = later(now_us, e->pause_us);
		e->pause_us = 0;
		e->state = ENGINE_WAIT;
	}
	if (e->state == ENGINE_BACKOFF)
		end_backoff(r, now_us);
	if (e->state == ENGINE_WAIT && now_us >= e->deadline_us)
		e->state = ENGINE_SEND;
	if (e->state == ENGINE_AWAIT && now_us >= e->deadline_us)
		time_out(r, now_us);
	io->deadline_us = e->deadline_us;
	switch (e->state) {
	case ENGINE_SEND:
		return send(r, now_us, io);
	case ENGINE_AWAIT:
		return TSPDM_STEP_RECEIVE;
	case ENGINE_WAIT:
	case ENGINE_PAUSE:
	case ENGINE_PREPARE:
		return TSPDM_STEP_WAIT;
	case ENGINE_FAILED:
		return TSPDM_STEP_FAILED;
	case ENGINE_IDLE:
	case ENGINE_BACKOFF:
	case ENGINE_DONE:
		break;
	}
	return TSPDM_STEP_DONE;
}

/* ---- Responses ---- */

static void back_off(struct tspdm_requester *r, uint64_t us)
{
	r->engine.backoff_us = us;
	r->engine.sendings = 0;
	r->engine.state = ENGINE_BACKOFF;
}

static enum tspdm_status on_busy(struct tspdm_requester *r)
{
	struct engine *e = &r->engine;
	uint8_t doublings = e->busy_count < 16 ? e->busy_count : 16;

	if (e->busy_count >= count_of(r->config.busy_retries))
		return TSPDM_ERR_BUSY;
	e->busy_count++;
	e->asks_if_ready = false;
	if (e->chunk.step == CHUNK_NONE)
		TSPDM_TRY(tspdm_requester_chunk_begin(r));
	back_off(r, (uint64_t)r->config.busy_wait_us << doublings);
	return TSPDM_OK;
}

static enum tspdm_status on_not_ready(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	static const char clause[] = "DSP0274 1.2 \"ResponseNotReady extended error data\"";
	struct engine *e = &r->engine;
	struct tspdm_not_ready late;
	enum tspdm_status status = tspdm_read_not_ready(error, &late);

	if (status != TSPDM_OK)
		return tspdm_requester_broken(r, status, clause, 0);
	if (!e->exchange->may_be_late)
		return tspdm_requester_broken(r, TSPDM_ERR_UNEXPECTED, clause, 0);
	if (late.request_code != e->exchange->request_code)
		return tspdm_requester_broken(r, TSPDM_ERR_ECHO, clause, 0);
	if (late.rdtm <= 1) /* WTMax = RDT · RDTM − RTT would leave no time to ask */
		return tspdm_requester_broken(r, TSPDM_ERR_FIELD, clause, 0);
	e->if_ready[0] = r->c.version;
	e->if_ready[1] = TSPDM_RESPOND_IF_READY;
	e->if_ready[2] = late.request_code;
	e->if_ready[3] = late.token;
	e->asks_if_ready = true;
	back_off(r, exponent_us(r, late.rdt_exponent));
	return TSPDM_OK;
}

static enum tspdm_status on_other_error(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	enum tspdm_status status = TSPDM_ERR_PEER;

	if (error->code == TSPDM_ERROR_REQUEST_RESYNCH) {
		tspdm_requester_forget_judgement(r);
		tspdm_requester_drop(r);
		memset(&r->negotiated, 0, sizeof r->negotiated);
		return TSPDM_ERR_RESYNCH;
	}
	if (error->code == TSPDM_ERROR_RESET_REQUIRED) /* not now, but then: something else than a refusal */
		status = TSPDM_ERR_RESET_REQUIRED;
	if (r->engine.exchange->refused != NULL)
		status = r->engine.exchange->refused(r, error);
	if (status == TSPDM_OK)
		advance(r);
	return status;
}

static enum tspdm_status on_error(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_error_response error;
	size_t used;

	TSPDM_TRY(tspdm_read_error(message, &error, &used));
	r->error.peer_error = error.code;
	r->error.peer_error_data = error.data;
	if (error.code == TSPDM_ERROR_DECRYPT_ERROR)
		r->engine.is_session_lost = true;
	if (!tspdm_requester_chunk_may_fail(r, error.code))
		return tspdm_requester_broken(r, TSPDM_ERR_UNEXPECTED, "DSP0274 1.2 \"ERROR response\"", 0);
	if (error.code == TSPDM_ERROR_LARGE_RESPONSE)
		return tspdm_requester_chunk_large(r, &error);
	if (error.code == TSPDM_ERROR_RESPONSE_NOT_READY)
		return on_not_ready(r, &error);
	r->engine.log_resets++;
	TSPDM_TRY(tspdm_transcript_error(&r->c.transcript));
	return error.code == TSPDM_ERROR_BUSY ? on_busy(r) : on_other_error(r, &error);
}

/* GET_VERSION is answered with 1.0; an ERROR before a version is agreed may be, too. */
static bool is_version_right(const struct tspdm_requester *r, const struct tspdm_header *header)
{
	uint8_t code = r->engine.exchange->request_code;

	if (code == TSPDM_GET_VERSION)
		return header->version == TSPDM_V10;
	if (code == TSPDM_GET_CAPABILITIES && header->code == TSPDM_ERROR && header->version == TSPDM_V10)
		return true;
	return header->version == r->c.version;
}

/* What comes in one piece, with the binding's padding. */
static bool is_too_large(const struct tspdm_requester *r, struct tspdm_view message)
{
	const struct connection *c = &r->c;
	bool has_sizes = c->version >= TSPDM_V12 && c->phase >= TSPDM_PHASE_AFTER_CAPABILITIES;
	uint64_t most = has_sizes ? r->config.data_transfer_size : r->config.max_message;

	return message.len >= most + (c->binding->alignment > 1 ? c->binding->alignment : 1U);
}

/* The response to the request itself, however it came. */
static enum tspdm_status read_whole(struct tspdm_requester *r, struct tspdm_view message)
{
	struct engine *e = &r->engine;
	struct tspdm_header header;

	TSPDM_TRY(tspdm_read_header(message, &header));
	if (!is_version_right(r, &header))
		return TSPDM_ERR_VERSION;
	if (header.code == TSPDM_ERROR)
		return e->chunk.is_whole ? TSPDM_ERR_CHUNK_CONTENT : on_error(r, message);
	if (header.code == TSPDM_CHUNK_SEND_ACK || header.code == TSPDM_CHUNK_RESPONSE)
		return e->chunk.was_sent || e->chunk.is_whole ? TSPDM_ERR_CHUNK_CONTENT : TSPDM_ERR_UNEXPECTED;
	if (header.code != e->exchange->response_code)
		return TSPDM_ERR_UNEXPECTED;
	TSPDM_TRY(e->exchange->read(r, message));
	r->error.peer_error = 0;
	r->error.peer_error_data = 0;
	return TSPDM_AGAIN;
}

static enum tspdm_status read_response(struct tspdm_requester *r, struct tspdm_view message)
{
	struct engine *e = &r->engine;
	struct tspdm_header header;
	enum tspdm_status status;

	if (is_too_large(r, message))
		return TSPDM_ERR_TOO_LARGE;
	TSPDM_TRY(tspdm_read_header(message, &header));
	if (!is_version_right(r, &header))
		return TSPDM_ERR_VERSION;
	if (e->chunk.step != CHUNK_NONE && header.code != TSPDM_ERROR) {
		status = tspdm_requester_chunk_take(r, &message);
		if (status != TSPDM_OK)
			return status == TSPDM_AGAIN ? TSPDM_OK : status;
	}
	status = read_whole(r, message);
	if (status != TSPDM_AGAIN) /* an ERROR that was dealt with, or a failure */
		return status;
	e->stale_code = header.code;
	e->stale_count = e->sendings > 0 ? (uint8_t)(e->sendings - 1) : 0;
	advance(r);
	return TSPDM_OK;
}

/* A late answer to a repetition of the exchange before, whose first answer has been taken already. */
static bool is_stale(struct tspdm_requester *r, struct tspdm_view message)
{
	struct engine *e = &r->engine;

	if (e->chunk.step != CHUNK_NONE)
		return tspdm_requester_chunk_is_stale(r, message);
	if (e->stale_count == 0 || message.len < 2 || message.ptr[1] != e->stale_code)
		return false;
	if (message.ptr[1] == e->exchange->response_code && !tspdm_requester_is_old_ack(r, message))
		return false;
	e->stale_count--;
	return true;
}

static void take(struct tspdm_requester *r, struct tspdm_view message)
{
	enum tspdm_status status;

	show(r, false, message);
	if (r->engine.session == NULL && is_stale(r, message))
		return;
	status = read_response(r, message);
	if (status != TSPDM_OK && r->engine.state != ENGINE_FAILED)
		fail(r, status);
}

static enum tspdm_status take_record(struct tspdm_requester *r, struct tspdm_view record)
{
	struct tspdm_view message;
	enum tspdm_status status = tspdm_requester_open_record(r, record, &message);

	if (status == TSPDM_AGAIN)
		return TSPDM_OK;
	if (status == TSPDM_ERR_STATE)
		return status;
	if (status == TSPDM_OK)
		take(r, message);
	else
		fail(r, status);
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_input(
	struct tspdm_requester *r, enum tspdm_message_kind kind, struct tspdm_view message)
{
	if (kind == TSPDM_KIND_SECURED)
		return take_record(r, message);
	/* what comes in the clear while a session is under way is nobody's word: ignored */
	if (r->engine.state != ENGINE_AWAIT || r->engine.session != NULL)
		return TSPDM_ERR_STATE;
	take(r, message);
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_trim(struct tspdm_requester *r, struct tspdm_view *message, size_t used)
{
	if (r->engine.session != NULL || r->engine.chunk.is_whole)
		return message->len == used ? TSPDM_OK : TSPDM_ERR_TRAILING;
	TSPDM_TRY(tspdm_check_padding(r->c.binding, *message, used));
	message->len = used;
	return TSPDM_OK;
}
