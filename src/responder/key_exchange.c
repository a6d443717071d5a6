/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * KEY_EXCHANGE: a session begins. DSP0274 1.2 "KEY_EXCHANGE request and KEY_EXCHANGE_RSP response". */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

enum { EXCHANGE_MAX = 512, OPAQUE_ROOM = 16, SLOT_PARAM_MASK = 0x0F };
enum { ENCAPSULATED_FORMS = TSPDM_MUTUAL_AUTH_ENCAPSULATED | TSPDM_MUTUAL_AUTH_IMPLICIT };

/* What the response is written from. */
struct answer {
	struct session *session;
	uint8_t chain_hash[TSPDM_HASH_MAX];
	uint8_t summary_hash[TSPDM_HASH_MAX];
	uint8_t random[TSPDM_RANDOM_LEN];
	uint8_t exchange[EXCHANGE_MAX];
	uint8_t opaque_room[OPAQUE_ROOM];
	struct tspdm_buffer opaque;
};

struct session *tspdm_responder_clear_handshake(struct tspdm_responder *p)
{
	for (unsigned i = 0; i < p->sessions.count; i++)
		if (p->sessions.all[i].phase == SESSION_HANDSHAKING && p->sessions.all[i].is_clear)
			return &p->sessions.all[i];
	return NULL;
}

/* ---- Judging the request ---- */

/* The highest version of DSP0277 that both have. */
static enum tspdm_status select_record_version(
	const struct connection *c, const struct tspdm_shape *shape, struct tspdm_view opaque, uint16_t *selected)
{
	struct tspdm_supported_versions offer;

	*selected = 0;
	if ((c->selected.other_params & TSPDM_OPAQUE_FORMAT_1) == 0) /* no form in which to agree on a version */
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_read_supported_versions(opaque, shape, &offer));
	for (unsigned i = 0; i < offer.count; i++)
		for (unsigned k = 0; k < RECORD_VERSIONS; k++)
			if (tspdm_supported_version(&offer, i) == tspdm_record_versions[k] &&
				tspdm_record_versions[k] > *selected)
				*selected = tspdm_record_versions[k];
	return *selected != 0 ? TSPDM_OK : TSPDM_ERR_FIELD;
}

/* An identical request once more: its answer was lost, and the session that it began is of no use to anybody. */
static void drop_repeated(struct tspdm_responder *p, const struct tspdm_key_exchange *request)
{
	for (unsigned i = 0; i < p->sessions.count; i++) {
		struct session *s = &p->sessions.all[i];

		if (s->phase == SESSION_HANDSHAKING && (s->id & 0xFFFFU) == request->session_id &&
			memcmp(s->random, request->random.ptr, sizeof s->random) == 0)
			tspdm_responder_end(p, s);
	}
}

static enum tspdm_status choose_id(struct tspdm_responder *p, uint16_t req_id, uint32_t *id)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	uint8_t random[2];

	*id = 0;
	TSPDM_TRY(crypto->ops->random(crypto, random, sizeof random));
	for (unsigned i = 0; i <= p->sessions.count; i++) {
		uint16_t rsp_id = (uint16_t)((random[0] | random[1] << 8) + (int)i);

		*id = req_id | (uint32_t)rsp_id << 16;
		if (*id != 0 && tspdm_session_find(&p->sessions, *id) == NULL)
			return TSPDM_OK;
	}
	return TSPDM_ERR_SESSION_LIMIT;
}

/* The job owns the session from here on, until its response is complete. */
static enum tspdm_status begin(
	struct tspdm_responder *p, struct request *q, const struct tspdm_key_exchange *request, uint16_t record_version)
{
	struct session *s;
	uint8_t mutual_auth, requester_slot;
	uint32_t id;

	TSPDM_TRY(tspdm_mutual_choose(p, &mutual_auth, &requester_slot));
	tspdm_job_begin(p, q);
	drop_repeated(p, request);
	if (tspdm_responder_clear_handshake(p) != NULL)
		return TSPDM_ERR_UNEXPECTED;
	if ((mutual_auth & ENCAPSULATED_FORMS) != 0 && tspdm_flow_is_taken(p))
		return TSPDM_ERR_BUSY;
	s = tspdm_session_free_slot(&p->sessions);
	if (s == NULL)
		return TSPDM_ERR_SESSION_LIMIT;
	TSPDM_TRY(tspdm_responder_own(q, choose_id(p, request->session_id, &id)));
	TSPDM_TRY(tspdm_responder_own(q, tspdm_session_begin(s, &p->connection, id, false)));
	s->record_version = (uint8_t)(record_version >> 8);
	s->mutual_auth = mutual_auth;
	s->requester_slot = requester_slot;
	s->heard_us = p->now_us;
	if ((p->config.capabilities & p->connection.peer_flags & TSPDM_CAP_HBEAT) != 0)
		s->heartbeat_s = p->config.heartbeat_s;
	memcpy(s->random, request->random.ptr, sizeof s->random);
	p->job.opening = s;
	p->job.tail_len = s->is_clear ? 0 : tspdm_connection_shape(&p->connection).hash_len;
	return TSPDM_OK;
}

/* ---- The response ---- */

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
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct tspdm_selected_version selection = { .version = (uint16_t)(answer->session->record_version << 8),
		.aead_limit = TSPDM_AEAD_LIMIT_NONE };

	answer->opaque = (struct tspdm_buffer){ answer->opaque_room, sizeof answer->opaque_room, 0 };
	TSPDM_TRY(tspdm_responder_own(q, tspdm_write_selected_version(&answer->opaque, &shape, &selection)));
	if (request->summary_type != TSPDM_SUMMARY_NONE)
		TSPDM_TRY(tspdm_responder_summary(p, q, request->summary_type, answer->summary_hash));
	TSPDM_TRY(tspdm_responder_slot_digest(p, q, slot, answer->chain_hash));
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
		.opaque = tspdm_buffer_view(&answer->opaque),
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

static enum tspdm_status append_verify_data(struct session *s, const uint8_t *th1, struct tspdm_buffer *out)
{
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);
	struct tspdm_view verify_data = { out->ptr + out->len, hash_len };

	if (s->is_clear)
		return TSPDM_OK;
	if (out->cap - out->len < hash_len)
		return TSPDM_ERR_ARGUMENT; /* the room was asked for before the signature */
	TSPDM_TRY(tspdm_key_verify_data(
		&s->schedule, s->handshake.finished[KEY_DIRECTION_RESPONSE], th1, out->ptr + out->len));
	out->len += hash_len;
	return tspdm_session_transcript_append(&s->th, TH_EXCHANGE_VERIFY, verify_data);
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
	TSPDM_TRY(append_verify_data(s, th1, out));
	s->phase = SESSION_HANDSHAKING;
	s->heard_us = p->now_us;
	job->opening = NULL; /* the session stands by itself */
	return (s->mutual_auth & ENCAPSULATED_FORMS) != 0 ? tspdm_flow_begin(p, s) : TSPDM_OK;
}

enum tspdm_status tspdm_responder_key_exchange(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_key_exchange request;
	struct tspdm_slot slot;
	struct answer answer;
	uint8_t digest[TSPDM_HASH_MAX];
	uint16_t record_version;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_key_exchange(q->message, &shape, &request, &q->used));
	if (!tspdm_responder_summary_allowed(c, request.summary_type))
		return TSPDM_ERR_FIELD;
	if (shape.exchange_data_len == 0 || (c->own_flags & c->peer_flags & TSPDM_CAP_MAC) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(tspdm_responder_slot(p, q, request.slot, &slot));
	TSPDM_TRY(select_record_version(c, &shape, request.opaque, &record_version));
	if (!q->is_resumed || p->job.opening == NULL)
		TSPDM_TRY(begin(p, q, &request, record_version));
	answer.session = p->job.opening;
	TSPDM_TRY(collect(p, q, &slot, &request, &answer));
	status = write_unsigned(p, &request, &answer, out);
	if (status == TSPDM_OK || status == TSPDM_ERR_BUFFER) /* the size is told with what follows */
		status = tspdm_responder_signature_room(p, out);
	TSPDM_TRY(status);
	TSPDM_TRY(tspdm_responder_own(
		q, digest_of(&answer, shape.hash_len, request_bytes(q), tspdm_buffer_view(out), digest)));
	return tspdm_responder_sign(p, q, SIGNING_KEY_EXCHANGE_RSP, slot.signer, digest, out);
}
