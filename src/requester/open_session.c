/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that opens a session: KEY_EXCHANGE in the clear, FINISH under the handshake's keys or in the clear. */
#include <string.h>

#include <tspdm/secret.h>

#include "core/key_log.h"
#include "core/signing.h"
#include "requester/requester.h"

enum { STAGE_EXCHANGE, STAGE_MUTUAL, STAGE_FINISH, STAGE_DONE };
enum { EXCHANGE_MAX = 512 };

static const char exchange_clause[] = "DSP0274 1.2 \"KEY_EXCHANGE_RSP response\"";
static const char finish_clause[] = "DSP0274 1.2 \"FINISH_RSP response\"";

static void forget_key(struct tspdm_requester *r)
{
	if (r->opening.key != NULL)
		r->config.crypto->ops->dhe_free(r->config.crypto, r->opening.key);
	r->opening.key = NULL;
}

/* ---- KEY_EXCHANGE ---- */

static enum tspdm_status choose_random(struct tspdm_requester *r)
{
	struct tspdm_crypto *crypto = r->config.crypto;

	TSPDM_TRY(tspdm_requester_choose_session_id(r));
	return crypto->ops->random(crypto, r->opening.random, sizeof r->opening.random);
}

static enum tspdm_status write_key_exchange(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	struct opening *o = &r->opening;
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	uint8_t exchange[EXCHANGE_MAX], opaque_room[RECORD_OFFER_ROOM];
	struct tspdm_buffer own = { exchange, sizeof exchange, 0 };
	struct tspdm_key_exchange ask = {
		.summary_type = o->job.summary_type,
		.slot = r->identity.slot,
		.session_policy = o->job.policy_termination ? TSPDM_POLICY_TERMINATION : 0,
		.random = { o->random, sizeof o->random },
	};

	TSPDM_TRY(choose_random(r));
	ask.session_id = o->session_id;
	TSPDM_TRY(crypto->ops->dhe_new(crypto, r->c.selected.tables.supported[TSPDM_ALG_DHE], &o->key, &own));
	if (own.len != shape.exchange_data_len)
		return TSPDM_ERR_CRYPTO;
	TSPDM_TRY(tspdm_requester_write_record_offer(r, opaque_room, &ask.opaque));
	ask.exchange_data = tspdm_buffer_view(&own);
	return tspdm_write_key_exchange(request, &shape, &ask);
}

/* The responder's signature over V ‖ Cr ‖ KE ‖ (KR − Signature). */
static enum tspdm_status check_signature(
	struct tspdm_requester *r, struct tspdm_view message, const struct tspdm_key_exchange_rsp *response)
{
	struct session_transcript *th = &r->opening.session->th;
	size_t hash_len = tspdm_connection_shape(&r->c).hash_len;
	struct tspdm_view body = { message.ptr, message.len - response->signature.len - response->verify_data.len };
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_append(
		th, TH_RESPONDER_IDENTITY, (struct tspdm_view){ r->judgement.digest, hash_len }));
	TSPDM_TRY(tspdm_session_transcript_append(th, TH_EXCHANGE, tspdm_requester_request(r)));
	TSPDM_TRY(tspdm_session_transcript_append(th, TH_EXCHANGE_RSP, body));
	TSPDM_TRY(tspdm_session_transcript_digest(th, TH_USE_EXCHANGE_SIGNATURE, digest));
	TSPDM_TRY(tspdm_requester_verify(r, SIGNING_KEY_EXCHANGE_RSP, digest, response->signature));
	return tspdm_session_transcript_append(th, TH_EXCHANGE_SIGNATURE, response->signature);
}

static enum tspdm_status agree(struct tspdm_requester *r, struct tspdm_view peer_value, const uint8_t *th1)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	uint8_t room[DHE_SECRET_MAX];
	struct tspdm_buffer secret = { room, sizeof room, 0 };
	enum tspdm_status status = crypto->ops->dhe_agree(crypto, r->opening.key, peer_value, &secret);

	if (status == TSPDM_OK && secret.len > secret.cap)
		status = TSPDM_ERR_CRYPTO;
	if (status == TSPDM_OK)
		status = tspdm_session_handshake(r->opening.session, tspdm_buffer_view(&secret), th1);
	tspdm_wipe(room, sizeof room);
	forget_key(r);
	return status;
}

static enum tspdm_status make_keys(struct tspdm_requester *r, const struct tspdm_key_exchange_rsp *response)
{
	struct session *s = r->opening.session;
	uint8_t th1[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	TSPDM_TRY(agree(r, response->exchange_data, th1));
	if (s->is_clear)
		return TSPDM_OK;
	return tspdm_session_check_verify_data(s, VERIFY_EXCHANGE_RSP, response->verify_data);
}

static enum tspdm_status read_key_exchange_rsp(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_key_exchange_rsp response;
	struct session_grant granted;
	size_t used;

	shape.summary_hash_len = tspdm_connection_summary_len(&r->c, r->c.peer_flags, r->opening.job.summary_type);
	shape.has_verify_data = !tspdm_session_is_clear(&r->c);
	TSPDM_TRY(tspdm_read_key_exchange_rsp(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_requester_take_mutual(r, response.mutual_auth, response.slot));
	granted = (struct session_grant){ .kind = SESSION_CERTIFICATE,
		.session_id = response.session_id,
		.heartbeat_period = response.heartbeat_period,
		.summary_hash = response.summary_hash,
		.opaque = response.opaque };
	TSPDM_TRY(tspdm_requester_begin_session(r, &granted));
	tspdm_key_log_name(r->opening.session, (struct tspdm_view){ r->opening.random, sizeof r->opening.random });
	TSPDM_TRY(check_signature(r, message, &response));
	TSPDM_TRY(tspdm_session_knows(r->opening.session, TSPDM_ROLE_RESPONDER, r->identity.spki));
	TSPDM_TRY(make_keys(r, &response));
	r->opening.session->phase = SESSION_HANDSHAKING;
	if (!r->opening.session->is_clear)
		tspdm_requester_enter(r, r->opening.session);
	r->opening.stage = STAGE_MUTUAL;
	return TSPDM_OK;
}

/* ---- FINISH ---- */

static enum tspdm_status write_finish(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct session *s = r->opening.session;

	TSPDM_TRY(tspdm_requester_write_finish(r, s, request));
	return tspdm_session_write_verify_data(s, VERIFY_FINISH, request);
}

static enum tspdm_status read_finish_rsp(struct tspdm_requester *r, struct tspdm_view message)
{
	struct session *s = r->opening.session;
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_finish_rsp response;
	size_t used;

	shape.has_verify_data = s->is_clear;
	TSPDM_TRY(tspdm_read_finish_rsp(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_session_transcript_append(
		&s->th, TH_FINISH_RSP, (struct tspdm_view){ message.ptr, used - response.verify_data.len }));
	if (s->is_clear)
		TSPDM_TRY(tspdm_session_check_verify_data(s, VERIFY_FINISH_RSP, response.verify_data));
	TSPDM_TRY(tspdm_requester_establish(r));
	r->opening.stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange exchanges[] = {
	[STAGE_EXCHANGE] = { TSPDM_KEY_EXCHANGE, TSPDM_KEY_EXCHANGE_RSP, true, true, exchange_clause,
		write_key_exchange, read_key_exchange_rsp, NULL },
	[STAGE_FINISH] = { TSPDM_FINISH, TSPDM_FINISH_RSP, true, true, finish_clause, write_finish, read_finish_rsp,
		NULL },
};

/* ---- The job ---- */

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	if (r->opening.stage == STAGE_MUTUAL) {
		TSPDM_TRY(tspdm_requester_next_mutual(r, exchange));
		if (*exchange != NULL)
			return TSPDM_OK;
		r->opening.stage = STAGE_FINISH;
	}
	*exchange = r->opening.stage < STAGE_DONE ? &exchanges[r->opening.stage] : NULL;
	return TSPDM_OK;
}

static void abandon(struct tspdm_requester *r)
{
	forget_key(r);
	tspdm_requester_end_flow(r);
	if (r->opening.session != NULL)
		tspdm_requester_end(r, r->opening.session);
	r->opening.session = NULL;
}

static const struct job open_job = { next, abandon };

static enum tspdm_status check_job(struct tspdm_requester *r, const struct tspdm_open_session *job)
{
	uint32_t needed = TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC;

	if (job->summary_type != TSPDM_SUMMARY_NONE && job->summary_type != TSPDM_SUMMARY_TCB &&
		job->summary_type != TSPDM_SUMMARY_ALL)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED || r->leaf_key == NULL)
		return TSPDM_ERR_STATE;
	if ((r->c.own_flags & r->c.peer_flags & needed) != needed)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (!tspdm_connection_has_opaque(&r->c))
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (job->require_mutual && (r->c.own_flags & r->c.peer_flags & TSPDM_CAP_MUT_AUTH) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (job->summary_type != TSPDM_SUMMARY_NONE && (r->c.peer_flags & TSPDM_CAP_MEAS_MASK) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	return tspdm_session_free_slot(&r->sessions) != NULL ? TSPDM_OK : TSPDM_ERR_SESSION_LIMIT;
}

enum tspdm_status tspdm_requester_open_session(struct tspdm_requester *r, const struct tspdm_open_session *job)
{
	if (r == NULL || job == NULL)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_job(r, job));
	r->opening = (struct opening){ .job = *job };
	return tspdm_requester_begin_in(r, &open_job, TSPDM_PHASE_NEGOTIATED, NULL);
}

uint32_t tspdm_requester_opened(const struct tspdm_requester *r)
{
	return r->opened_id;
}
