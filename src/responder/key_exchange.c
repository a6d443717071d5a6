/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * KEY_EXCHANGE: a session begins. DSP0274 1.2 "KEY_EXCHANGE request and KEY_EXCHANGE_RSP response". */
#include <string.h>

#include <tspdm/secret.h>

#include "core/key_log.h"
#include "responder/responder.h"

enum { EXCHANGE_MAX = 512, SLOT_PARAM_MASK = 0x0F };

/* What the response is written from. */
struct answer {
	struct session *session;
	uint8_t chain_hash[TSPDM_HASH_MAX];
	uint8_t summary_hash[TSPDM_HASH_MAX];
	uint8_t random[TSPDM_RANDOM_LEN];
	uint8_t exchange[EXCHANGE_MAX];
	struct tspdm_view opaque;
	uint8_t opaque_room[RECORD_VERSION_ROOM];
};

/* DSP0274 1.2 "DHE secret computation". The peer's value is judged by the backend. */
static enum tspdm_status agree(
	struct tspdm_responder *p, struct request *q, struct tspdm_view peer_value, struct answer *answer)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct tspdm_buffer own = { answer->exchange, sizeof answer->exchange, 0 };
	struct tspdm_buffer secret = { p->job.dhe_secret, sizeof p->job.dhe_secret, 0 };
	struct tspdm_dhe_key *key = NULL;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_responder_own(
		q, crypto->ops->dhe_new(crypto, p->connection.selected.tables.supported[TSPDM_ALG_DHE], &key, &own)));
	status = crypto->ops->dhe_agree(crypto, key, peer_value, &secret);
	crypto->ops->dhe_free(crypto, key);
	if (status != TSPDM_ERR_KEY)
		TSPDM_TRY(tspdm_responder_own(q, status));
	TSPDM_TRY(status);
	if (own.len != peer_value.len || secret.len > secret.cap)
		return tspdm_responder_own(q, TSPDM_ERR_CRYPTO);
	p->job.dhe_secret_len = secret.len;
	return TSPDM_OK;
}

static enum tspdm_status collect(struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot,
	const struct tspdm_key_exchange *request, struct answer *answer)
{
	struct tspdm_crypto *crypto = p->config.crypto;

	TSPDM_TRY(tspdm_responder_write_record_version(p, q, answer->session, answer->opaque_room, &answer->opaque));
	if (request->summary_type != TSPDM_SUMMARY_NONE)
		TSPDM_TRY(tspdm_responder_summary(p, q, request->summary_type, answer->summary_hash));
	TSPDM_TRY(tspdm_responder_slot_digest(p, q, slot, answer->chain_hash));
	TSPDM_TRY(tspdm_responder_own(q, tspdm_session_knows(answer->session, TSPDM_ROLE_RESPONDER, slot->spki)));
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->random(crypto, answer->random, sizeof answer->random)));
	return agree(p, q, request->exchange_data, answer);
}

static enum tspdm_status write_unsigned(struct tspdm_responder *p, const struct tspdm_key_exchange *request,
	const struct answer *answer, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	struct tspdm_shape shape = tspdm_connection_shape(c);
	const struct session *s = answer->session;
	struct tspdm_key_exchange_rsp response = {
		.heartbeat_period = s->heartbeat_s,
		.session_id = (uint16_t)(s->id >> 16),
		.mutual_auth = s->mutual_auth,
		.slot = s->mutual_auth == TSPDM_MUTUAL_AUTH ? s->requester_slot & SLOT_PARAM_MASK : 0,
		.random = { answer->random, sizeof answer->random },
		.exchange_data = { answer->exchange, shape.exchange_data_len },
		.opaque = answer->opaque,
	};

	shape.summary_hash_len = tspdm_connection_summary_len(c, c->own_flags, request->summary_type);
	shape.has_verify_data = !s->is_clear;
	response.summary_hash = (struct tspdm_view){ answer->summary_hash, shape.summary_hash_len };
	return tspdm_write_key_exchange_rsp(out, &shape, &response);
}

/* V ‖ Cr ‖ KE ‖ (KR − Signature). */
static enum tspdm_status digest_of(
	const struct answer *answer, size_t hash_len, struct tspdm_view request, struct tspdm_view out, uint8_t *digest)
{
	struct session_transcript *th = &answer->session->th;

	TSPDM_TRY(tspdm_session_transcript_append(
		th, TH_RESPONDER_IDENTITY, (struct tspdm_view){ answer->chain_hash, hash_len }));
	TSPDM_TRY(tspdm_session_transcript_append(th, TH_EXCHANGE, request));
	TSPDM_TRY(tspdm_session_transcript_append(th, TH_EXCHANGE_RSP, out));
	return tspdm_session_transcript_digest(th, TH_USE_EXCHANGE_SIGNATURE, digest);
}

enum tspdm_status tspdm_responder_key_exchange_signed(
	struct tspdm_responder *p, struct tspdm_buffer *out, size_t signature_len)
{
	struct job *job = &p->job;
	struct session *s = job->opening;
	uint8_t th1[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_SIGNATURE,
		(struct tspdm_view){ out->ptr + (out->len - signature_len), signature_len }));
	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	TSPDM_TRY(tspdm_session_handshake(s, (struct tspdm_view){ job->dhe_secret, job->dhe_secret_len }, th1));
	tspdm_wipe(job->dhe_secret, sizeof job->dhe_secret);
	if (!s->is_clear) /* the room was asked for before the signature */
		TSPDM_TRY(tspdm_session_write_verify_data(s, VERIFY_EXCHANGE_RSP, out));
	s->phase = SESSION_HANDSHAKING;
	s->heard_us = p->now_us;
	job->opening = NULL; /* the session stands by itself */
	return (s->mutual_auth & MUTUAL_ENCAPSULATED_FORMS) != 0 ? tspdm_flow_begin(p, s) : TSPDM_OK;
}

enum tspdm_status tspdm_responder_key_exchange(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_key_exchange request;
	struct tspdm_slot slot;
	struct answer answer;
	uint8_t digest[TSPDM_HASH_MAX];
	struct session_wish wish;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_key_exchange(q->message, &shape, &request, &q->used));
	if (!tspdm_responder_summary_allowed(c, request.summary_type))
		return TSPDM_ERR_FIELD;
	if (shape.exchange_data_len == 0 || (c->own_flags & c->peer_flags & TSPDM_CAP_MAC) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(tspdm_responder_slot(p, q, request.slot, &slot));
	wish = (struct session_wish){ .kind = SESSION_CERTIFICATE,
		.session_id = request.session_id,
		.random = request.random.ptr,
		.opaque = request.opaque };
	TSPDM_TRY(tspdm_mutual_choose(p, &wish.mutual_auth, &wish.requester_slot));
	TSPDM_TRY(tspdm_responder_begin_session(p, q, &wish));
	answer.session = p->job.opening;
	tspdm_key_log_name(answer.session, request.random);
	TSPDM_TRY(collect(p, q, &slot, &request, &answer));
	status = write_unsigned(p, &request, &answer, out);
	if (status == TSPDM_OK || status == TSPDM_ERR_BUFFER) /* the size is told with what follows */
		status = tspdm_responder_signature_room(p, out);
	TSPDM_TRY(status);
	TSPDM_TRY(tspdm_responder_own(
		q, digest_of(&answer, shape.hash_len, request_bytes(q), tspdm_buffer_view(out), digest)));
	return tspdm_responder_sign(p, q, SIGNING_KEY_EXCHANGE_RSP, slot.signer, digest, out);
}
