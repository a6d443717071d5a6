/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that opens a session by a pre-shared key: PSK_EXCHANGE in the clear and, where the responder gave a context,
 * PSK_FINISH under the handshake's keys. */
#include <tspdm/secret.h>

#include "base/config.h"
#include "core/key_log.h"
#include "core/psk.h"
#include "requester/requester.h"

enum { STAGE_EXCHANGE, STAGE_FINISH, STAGE_DONE };
enum { CONTEXT_MAX = 64 };

static const char exchange_clause[] = "DSP0274 1.2 \"PSK_EXCHANGE_RSP response\"";
static const char finish_clause[] = "DSP0274 1.2 \"PSK_FINISH_RSP response\"";
static const char context_clause[] = "DSP0274 1.2 \"ResponderContext\"";

/* What the responder announced that it does. */
static enum session_kind kind_of(const struct connection *c)
{
	return (c->peer_flags & TSPDM_CAP_PSK_MASK) == TSPDM_CAP_PSK_WITH_CONTEXT ? SESSION_PSK : SESSION_PSK_ALONE;
}

/* ---- PSK_EXCHANGE ---- */

static enum tspdm_status write_psk_exchange(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	struct opening *o = &r->opening;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	uint8_t context[CONTEXT_MAX], opaque_room[RECORD_OFFER_ROOM];
	struct tspdm_psk_exchange ask = {
		.summary_type = o->job.summary_type,
		.session_policy = o->job.policy_termination ? TSPDM_POLICY_TERMINATION : 0,
		.hint = o->hint,
		.requester_context = { context, o->context_len },
	};

	o->hint = (struct tspdm_view){ NULL, 0 }; /* the caller's: good until here */
	TSPDM_TRY(tspdm_requester_choose_session_id(r));
	ask.session_id = o->session_id;
	TSPDM_TRY(crypto->ops->random(crypto, context, o->context_len));
	TSPDM_TRY(tspdm_requester_write_record_offer(r, opaque_room, &ask.opaque));
	return tspdm_write_psk_exchange(request, &shape, &ask);
}

/* Hint and context are known from the request alone by now. */
static enum tspdm_status log_psk(struct tspdm_requester *r, struct session *s)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_psk_exchange ask;
	size_t used;

	TSPDM_TRY(tspdm_read_psk_exchange(tspdm_requester_request(r), &shape, &ask, &used));
	tspdm_key_log_name(s, ask.requester_context);
	tspdm_key_log_psk(s, r->config.psk, ask.hint);
	return TSPDM_OK;
}

static enum tspdm_status make_keys(
	struct tspdm_requester *r, struct tspdm_view message, const struct tspdm_psk_exchange_rsp *response)
{
	struct opening *o = &r->opening;
	struct session *s = o->session;
	struct tspdm_view body = { message.ptr, message.len - response->verify_data.len };
	enum tspdm_status status;
	uint8_t th1[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_EXCHANGE, tspdm_requester_request(r)));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_RSP, body));
	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	status = tspdm_session_handshake_from(s, o->handshake_secret, th1);
	tspdm_wipe(o->handshake_secret, sizeof o->handshake_secret);
	TSPDM_TRY(status);
	return tspdm_session_check_verify_data(s, VERIFY_EXCHANGE_RSP, response->verify_data);
}

static enum tspdm_status read_psk_exchange_rsp(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_psk_exchange_rsp response;
	struct session_grant granted;
	size_t used;

	shape.summary_hash_len = tspdm_connection_summary_len(&r->c, r->c.peer_flags, r->opening.job.summary_type);
	TSPDM_TRY(tspdm_read_psk_exchange_rsp(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	granted = (struct session_grant){ .kind = kind_of(&r->c),
		.session_id = response.session_id,
		.heartbeat_period = response.heartbeat_period,
		.summary_hash = response.summary_hash,
		.opaque = response.opaque };
	if ((granted.kind == SESSION_PSK) != (response.responder_context.len != 0))
		return tspdm_requester_broken(r, TSPDM_ERR_FIELD, context_clause, 0);
	TSPDM_TRY(tspdm_requester_begin_session(r, &granted));
	TSPDM_TRY(log_psk(r, r->opening.session));
	TSPDM_TRY(make_keys(r, message, &response));
	if (granted.kind == SESSION_PSK_ALONE) {
		r->opening.stage = STAGE_DONE;
		return tspdm_requester_establish(r);
	}
	r->opening.session->phase = SESSION_HANDSHAKING;
	tspdm_requester_enter(r, r->opening.session);
	r->opening.stage = STAGE_FINISH;
	return TSPDM_OK;
}

/* ---- PSK_FINISH ---- */

static enum tspdm_status write_psk_finish(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct session *s = r->opening.session;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	const struct tspdm_psk_finish finish = { .opaque = { NULL, 0 } };

	TSPDM_TRY(tspdm_write_psk_finish(request, &shape, &finish));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_FINISH, tspdm_buffer_view(request)));
	return tspdm_session_write_verify_data(s, VERIFY_FINISH, request);
}

static enum tspdm_status read_psk_finish_rsp(struct tspdm_requester *r, struct tspdm_view message)
{
	struct session *s = r->opening.session;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_psk_finish_rsp response;
	size_t used;

	TSPDM_TRY(tspdm_read_psk_finish_rsp(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_FINISH_RSP, message));
	TSPDM_TRY(tspdm_requester_establish(r));
	r->opening.stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange exchanges[] = {
	[STAGE_EXCHANGE] = { TSPDM_PSK_EXCHANGE, TSPDM_PSK_EXCHANGE_RSP, true, true, exchange_clause,
		write_psk_exchange, read_psk_exchange_rsp, NULL },
	[STAGE_FINISH] = { TSPDM_PSK_FINISH, TSPDM_PSK_FINISH_RSP, true, true, finish_clause, write_psk_finish,
		read_psk_finish_rsp, NULL },
};

/* ---- The job ---- */

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->opening.stage < STAGE_DONE ? &exchanges[r->opening.stage] : NULL;
	return TSPDM_OK;
}

static void abandon(struct tspdm_requester *r)
{
	struct session *s = r->opening.session;

	tspdm_wipe(&r->opening, sizeof r->opening);
	if (s != NULL)
		tspdm_requester_end(r, s);
}

static const struct job open_psk_job = { next, abandon };

/* RequesterContext: at least 32 bytes and, as 1.1 has it, the hash's length. 0: the least. */
static enum tspdm_status check_context_len(const struct tspdm_requester *r, uint8_t asked, uint8_t *len)
{
	uint8_t hash_len = tspdm_connection_shape(&r->c).hash_len;
	uint8_t least = hash_len > TSPDM_PSK_CONTEXT_MIN ? hash_len : TSPDM_PSK_CONTEXT_MIN;

	*len = asked != 0 ? asked : least;
	return *len >= least && *len <= CONTEXT_MAX ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

static enum tspdm_status check_job(const struct tspdm_requester *r, const struct tspdm_open_psk_session *job)
{
	uint32_t needed = TSPDM_CAP_PSK_MASK | TSPDM_CAP_MAC;

	if (job->summary_type != TSPDM_SUMMARY_NONE && job->summary_type != TSPDM_SUMMARY_TCB &&
		job->summary_type != TSPDM_SUMMARY_ALL)
		return TSPDM_ERR_ARGUMENT;
	if (job->hint.len > UINT16_MAX || (job->hint.ptr == NULL && job->hint.len != 0))
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_check_reserved(job->reserved, sizeof job->reserved));
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	if ((tspdm_flags_of_both(r->c.own_flags, r->c.peer_flags) & needed) != needed ||
		!tspdm_connection_has_opaque(&r->c))
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (job->summary_type != TSPDM_SUMMARY_NONE && (r->c.peer_flags & TSPDM_CAP_MEAS_MASK) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	return tspdm_session_free_slot(&r->sessions) != NULL ? TSPDM_OK : TSPDM_ERR_SESSION_LIMIT;
}

enum tspdm_status tspdm_requester_open_psk_session(struct tspdm_requester *r, const struct tspdm_open_psk_session *job)
{
	struct key_schedule schedule;
	uint8_t context_len;

	if (r == NULL || job == NULL)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_job(r, job));
	TSPDM_TRY(check_context_len(r, job->context_len, &context_len));
	r->opening = (struct opening){
		.job = { .summary_type = job->summary_type, .policy_termination = job->policy_termination },
		.hint = job->hint,
		.context_len = context_len,
	};
	schedule = tspdm_session_schedule(&r->c);
	TSPDM_TRY(tspdm_psk_handshake_secret(r->config.psk, &schedule, job->hint, r->opening.handshake_secret));
	return tspdm_requester_begin_in(r, &open_psk_job, TSPDM_PHASE_NEGOTIATED, NULL);
}
