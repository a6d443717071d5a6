/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * PSK_EXCHANGE: a session begins, and without ResponderContext it is complete. DSP0274 1.2 "PSK_EXCHANGE request",
 * "PSK_EXCHANGE_RSP response". */
#include <string.h>

#include <tspdm/secret.h>

#include "core/chain.h"
#include "core/key_log.h"
#include "core/psk.h"
#include "responder/responder.h"

/* What the response is written from. */
struct answer {
	uint8_t summary_hash[TSPDM_HASH_MAX];
	uint8_t context[TSPDM_HASH_MAX]; /* ResponderContext: nothing but a nonce, as long as the hash */
	uint8_t secret[TSPDM_HASH_MAX];  /* Handshake-Secret */
	struct tspdm_view opaque;
	uint8_t opaque_room[RECORD_VERSION_ROOM];
};

/* RequesterContext is of any length and need not be random at its beginning: the whole request tells its repetition. */
static enum tspdm_status begin(struct tspdm_responder *p, struct request *q, const struct tspdm_psk_exchange *request)
{
	bool has_context = (p->config.capabilities & TSPDM_CAP_PSK_MASK) == TSPDM_CAP_PSK_WITH_CONTEXT;
	uint8_t digest[TSPDM_HASH_MAX];
	const struct session_wish wish = { .kind = has_context ? SESSION_PSK : SESSION_PSK_ALONE,
		.session_id = request->session_id,
		.random = digest,
		.opaque = request->opaque };

	TSPDM_TRY(tspdm_responder_own(
		q, tspdm_digest(p->config.crypto, p->connection.transcript.scratch, request_bytes(q), digest)));
	return tspdm_responder_begin_session(p, q, &wish);
}

/* The secret comes last: nothing waits while it is here. */
static enum tspdm_status collect(
	struct tspdm_responder *p, struct request *q, const struct tspdm_psk_exchange *request, struct answer *answer)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	const struct session *s = p->job.opening;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_responder_write_record_version(p, q, s, answer->opaque_room, &answer->opaque));
	if (request->summary_type != TSPDM_SUMMARY_NONE)
		TSPDM_TRY(tspdm_responder_summary(p, q, request->summary_type, answer->summary_hash));
	if (s->kind == SESSION_PSK)
		TSPDM_TRY(tspdm_responder_own(q, crypto->ops->random(crypto, answer->context, sizeof answer->context)));
	status = tspdm_psk_handshake_secret(p->config.psk, &s->schedule, request->hint, answer->secret);
	return status == TSPDM_ERR_PSK ? status : tspdm_responder_own(q, status);
}

/* All but ResponderVerifyData, for which there is room. */
static enum tspdm_status write_unproved(struct tspdm_responder *p, const struct tspdm_psk_exchange *request,
	const struct answer *answer, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	const struct session *s = p->job.opening;
	struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_psk_exchange_rsp response = {
		.heartbeat_period = s->heartbeat_s,
		.session_id = (uint16_t)(s->id >> 16),
		.responder_context = { answer->context, s->kind == SESSION_PSK ? shape.hash_len : 0 },
		.opaque = answer->opaque,
	};
	enum tspdm_status status;

	shape.summary_hash_len = tspdm_connection_summary_len(c, c->own_flags, request->summary_type);
	response.summary_hash = (struct tspdm_view){ answer->summary_hash, shape.summary_hash_len };
	status = tspdm_write_psk_exchange_rsp(out, &shape, &response);
	if (status == TSPDM_OK && out->cap - out->len >= shape.hash_len)
		return TSPDM_OK;
	out->len += shape.hash_len;
	return status == TSPDM_OK ? TSPDM_ERR_BUFFER : status;
}

/* TH1, the keys, ResponderVerifyData; where no PSK_FINISH follows, TH2 and the session too. */
static enum tspdm_status prove(
	struct session *s, struct tspdm_view request, const uint8_t *secret, struct tspdm_buffer *out)
{
	uint8_t th1[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_EXCHANGE, request));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_RSP, tspdm_buffer_view(out)));
	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	TSPDM_TRY(tspdm_session_handshake_from(s, secret, th1));
	TSPDM_TRY(tspdm_session_write_verify_data(s, VERIFY_EXCHANGE_RSP, out));
	s->phase = SESSION_HANDSHAKING;
	if (s->kind == SESSION_PSK)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_session_derive(s));
	return tspdm_session_establish(s);
}

static enum tspdm_status answer_request(struct tspdm_responder *p, struct request *q,
	const struct tspdm_psk_exchange *request, struct answer *answer, struct tspdm_buffer *out)
{
	struct session *s;

	TSPDM_TRY(begin(p, q, request));
	s = p->job.opening;
	TSPDM_TRY(collect(p, q, request, answer));
	TSPDM_TRY(write_unproved(p, request, answer, out));
	tspdm_key_log_name(s, request->requester_context);
	tspdm_key_log_psk(s, p->config.psk, request->hint);
	TSPDM_TRY(tspdm_responder_own(q, prove(s, request_bytes(q), answer->secret, out)));
	s->heard_us = p->now_us;
	p->job.opening = NULL; /* the session stands by itself */
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_psk_exchange(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_psk_exchange request;
	struct answer answer;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_psk_exchange(q->message, &shape, &request, &q->used));
	if (!tspdm_responder_summary_allowed(c, request.summary_type))
		return TSPDM_ERR_FIELD;
	if ((c->own_flags & c->peer_flags & TSPDM_CAP_MAC) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	status = answer_request(p, q, &request, &answer, out);
	tspdm_wipe(answer.secret, sizeof answer.secret);
	return status;
}
