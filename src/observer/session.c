/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on how sessions open: KEY_EXCHANGE and FINISH, PSK_EXCHANGE and PSK_FINISH, their transcripts, signatures
 * and verify data. A session whose transcript or secret is not known is followed all the same. */
#include <string.h>

#include <tspdm/secret.h>

#include "observer/observer.h"

enum { HANDSHAKE_IN_THE_CLEAR = TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };

static bool is_clear(const struct tspdm_observer *o)
{
	return (o->c.own_flags & o->c.peer_flags & HANDSHAKE_IN_THE_CLEAR) != 0;
}

/* After a failure the transcript is closed, and says so to who asks it for a digest. */
static void append(struct seen_session *s, enum th_part part, struct tspdm_view bytes)
{
	enum tspdm_status status = tspdm_session_transcript_append(&s->th, part, bytes);

	if (status != TSPDM_OK)
		tspdm_session_transcript_close(&s->th);
}

static bool digest_of(struct seen_session *s, enum th_use use, uint8_t *digest)
{
	return s->th.crypto != NULL && tspdm_session_transcript_digest(&s->th, use, digest) == TSPDM_OK;
}

static struct seen_session *begin(struct look *l, uint32_t id, bool is_psk, bool is_session_clear, enum th_form form)
{
	struct tspdm_observer *o = l->o;
	const struct tspdm_algorithms *a = &o->c.selected;
	struct seen_session *s = tspdm_observer_session_open(o, id);

	s->info.is_psk = is_psk;
	s->info.is_clear = is_session_clear;
	s->info.is_mac_only = (o->c.own_flags & o->c.peer_flags & TSPDM_CAP_ENCRYPT) == 0;
	s->schedule = (struct key_schedule){ o->crypto, o->c.transcript.hash, a->tables.supported[TSPDM_ALG_AEAD],
		o->c.version };
	l->seen->session = &s->info;
	if (is_session_clear)
		o->clear_session = s;
	if (!o->c.transcript.is_open)
		return s;
	if (tspdm_session_transcript_open(&s->th, &o->c.transcript, form) != TSPDM_OK ||
		tspdm_transcript_new_log(&o->c.transcript, &s->log) != TSPDM_OK)
		tspdm_session_transcript_close(&s->th);
	return s;
}

/* ---- Secrets ---- */

static enum tspdm_status take_secret(struct tspdm_observer *o, struct seen_session *s, struct tspdm_view hint,
	const uint8_t *th1, struct tspdm_buffer *room)
{
	enum key_source source = s->info.is_psk ? KEY_SOURCE_PSK : KEY_SOURCE_DHE;

	if (tspdm_observer_secret(o, s, s->info.is_psk ? TSPDM_SECRET_PSK : TSPDM_SECRET_DHE, hint, room))
		return tspdm_key_handshake(&s->schedule, source, tspdm_buffer_view(room), th1, &s->handshake);
	room->len = 0;
	if (tspdm_observer_secret(o, s, TSPDM_SECRET_HANDSHAKE, hint, room) &&
		room->len == tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash))
		return tspdm_key_handshake_from(&s->schedule, room->ptr, th1, &s->handshake);
	return TSPDM_ERR_STATE;
}

/* The secrets of the handshake, if TH1 and what they come from are known. */
static void derive_handshake(struct tspdm_observer *o, struct seen_session *s, struct tspdm_view hint)
{
	uint8_t th1[TSPDM_HASH_MAX];
	uint8_t bytes[PUBLIC_KEY_MAX];
	struct tspdm_buffer room = { bytes, sizeof bytes, 0 };

	if (!digest_of(s, TH_USE_TH1, th1))
		return;
	s->has_finished_keys = take_secret(o, s, hint, th1, &room) == TSPDM_OK;
	tspdm_wipe(bytes, sizeof bytes);
	s->info.has_keys = s->has_finished_keys;
	if (s->has_finished_keys && !s->info.is_clear)
		tspdm_observer_streams(o, s, s->handshake.direction);
}

static void forget_keys(struct seen_session *s)
{
	tspdm_observer_drop_streams(s);
	s->info.has_keys = false;
}

/* The handshake is over: the data secrets, if TH2 is known. */
static void establish(struct tspdm_observer *o, struct seen_session *s)
{
	struct data_secrets data = { 0 };

	s->has_th2 = digest_of(s, TH_USE_TH2, s->th2);
	if (s->has_finished_keys && s->has_th2 &&
		tspdm_key_data(&s->schedule, &s->handshake, s->th2, &data) == TSPDM_OK)
		tspdm_observer_streams(o, s, data.direction);
	else
		forget_keys(s);
	tspdm_key_wipe_data(&data);
	tspdm_key_wipe_handshake(&s->handshake);
	s->has_finished_keys = false;
	tspdm_session_transcript_close(&s->th);
	s->info.phase = TSPDM_SEEN_APPLICATION_PHASE;
	if (o->clear_session == s)
		o->clear_session = NULL;
}

static uint8_t check_verify_data(
	struct seen_session *s, enum th_use use, enum key_direction direction, struct tspdm_view told)
{
	uint8_t digest[TSPDM_HASH_MAX];
	enum tspdm_status status;

	if (!s->has_finished_keys || !digest_of(s, use, digest))
		return TSPDM_SEEN_NO_MATERIAL;
	status = tspdm_key_check_verify_data(&s->schedule, s->handshake.finished[direction], digest, told);
	if (status == TSPDM_ERR_MAC)
		return TSPDM_SEEN_BAD;
	return status == TSPDM_OK ? TSPDM_SEEN_OK : TSPDM_SEEN_NO_MATERIAL;
}

/* Which version of DSP0277 was selected; the container is not there in every case. */
static uint8_t record_version_of(struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	struct tspdm_selected_version selection;

	if (tspdm_read_selected_version(opaque, shape, &selection) != TSPDM_OK)
		return 0x12;
	return (uint8_t)(selection.version >> 8);
}

/* ---- KEY_EXCHANGE ---- */

static enum tspdm_status see_key_exchange(struct look *l)
{
	struct tspdm_key_exchange ask;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_key_exchange(l->message, &shape, &ask, &l->seen->used);
}

/* V, Dr, Cr, KEY_EXCHANGE. */
static void begin_transcript(struct look *l, struct seen_session *s, unsigned slot)
{
	struct tspdm_observer *o = l->o;
	uint8_t identity[TSPDM_HASH_MAX];
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);

	if (!tspdm_look_identity(l, SIDE_RESPONDER, slot, identity)) {
		tspdm_session_transcript_close(&s->th);
		return;
	}
	if (o->digests_len != 0 && o->is_multi_key[SIDE_RESPONDER])
		append(s, TH_RESPONDER_DIGESTS, (struct tspdm_view){ o->digests, o->digests_len });
	append(s, TH_RESPONDER_IDENTITY, (struct tspdm_view){ identity, hash_len });
	append(s, TH_EXCHANGE, tspdm_look_request(l));
}

static void check_exchange(
	struct look *l, struct seen_session *s, unsigned slot, const struct tspdm_key_exchange_rsp *m)
{
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t result = TSPDM_SEEN_NO_MATERIAL;
	const struct tspdm_view no_hint = { NULL, 0 };

	begin_transcript(l, s, slot);
	append(s, TH_EXCHANGE_RSP, tspdm_look_body(l, m->signature.len + m->verify_data.len));
	if (digest_of(s, TH_USE_EXCHANGE_SIGNATURE, digest))
		result = tspdm_look_signature(l, SIDE_RESPONDER, slot, SIGNING_KEY_EXCHANGE_RSP, digest, m->signature);
	tspdm_look_result(l, TSPDM_CHECK_KEY_EXCHANGE_RSP_SIGNATURE, result);
	append(s, TH_EXCHANGE_SIGNATURE, m->signature);
	derive_handshake(l->o, s, no_hint);
	if (s->info.is_clear)
		return;
	tspdm_look_result(l, TSPDM_CHECK_KEY_EXCHANGE_RSP_VERIFY_DATA,
		check_verify_data(s, TH_USE_TH1, KEY_DIRECTION_RESPONSE, m->verify_data));
	append(s, TH_EXCHANGE_VERIFY, m->verify_data);
}

static enum tspdm_status see_key_exchange_rsp(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_key_exchange ask;
	struct tspdm_key_exchange_rsp answer;
	struct seen_session *s;
	size_t ask_len, response_len = shape.exchange_data_len;
	bool is_session_clear = is_clear(o);

	l->seen->is_request = true; /* whose ExchangeData is read first */
	shape.exchange_data_len = tspdm_look_shape(l).exchange_data_len;
	l->seen->is_request = false;
	TSPDM_TRY(tspdm_read_key_exchange(tspdm_look_request(l), &shape, &ask, &ask_len));
	shape.exchange_data_len = (uint16_t)response_len;
	shape.summary_hash_len = tspdm_connection_summary_len(&o->c, o->c.peer_flags, ask.summary_type);
	shape.has_verify_data = !is_session_clear;
	TSPDM_TRY(tspdm_read_key_exchange_rsp(l->message, &shape, &answer, &l->seen->used));
	s = begin(l, ask.session_id | (uint32_t)answer.session_id << 16, false, is_session_clear,
		is_session_clear ? TH_CERTIFICATE_CLEAR : TH_CERTIFICATE);
	s->info.mutual_auth = answer.mutual_auth;
	s->record_version = record_version_of(answer.opaque, &shape);
	memcpy(s->random, ask.random.ptr, sizeof s->random);
	tspdm_look_result(
		l, TSPDM_CHECK_KEY_EXCHANGE_RSP_SUMMARY, tspdm_look_summary(l, ask.summary_type, answer.summary_hash));
	check_exchange(l, s, ask.slot, &answer);
	return TSPDM_OK;
}

/* ---- FINISH ---- */

/* The session that FINISH is about: that of its record, or the one whose handshake is in the clear. */
static struct seen_session *finishing(struct look *l, bool is_psk)
{
	struct seen_session *s = look_session(l) != NULL ? look_session(l) : l->o->clear_session;

	if (s == NULL || s->info.phase != TSPDM_SEEN_HANDSHAKE || s->info.is_psk != is_psk)
		return NULL;
	l->seen->session = &s->info;
	return s;
}

/* Dq and Cq come in with FINISH, which says whose key signs it. */
static void append_requester(struct look *l, struct seen_session *s, unsigned slot)
{
	uint8_t identity[TSPDM_HASH_MAX];
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);

	if (!tspdm_look_identity(l, SIDE_REQUESTER, slot, identity)) {
		tspdm_session_transcript_close(&s->th);
		return;
	}
	if (s->digests_len != 0)
		append(s, TH_REQUESTER_DIGESTS, (struct tspdm_view){ s->digests, s->digests_len });
	append(s, TH_REQUESTER_IDENTITY, (struct tspdm_view){ identity, hash_len });
}

static void check_finish_signature(struct look *l, struct seen_session *s, const struct tspdm_finish *m)
{
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t result = TSPDM_SEEN_NO_MATERIAL;

	if (digest_of(s, TH_USE_FINISH_SIGNATURE, digest))
		result = tspdm_look_signature(l, SIDE_REQUESTER, m->slot, SIGNING_FINISH, digest, m->signature);
	tspdm_look_result(l, TSPDM_CHECK_FINISH_SIGNATURE, result);
	append(s, TH_FINISH_SIGNATURE, m->signature);
}

static enum tspdm_status see_finish(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = finishing(l, false);
	struct tspdm_finish m;

	shape.signature_len = 0;
	if (l->seen->header.param1 != 0) { /* signed, by the requester */
		l->is_inner = true;
		shape.signature_len = tspdm_look_shape(l).signature_len;
		l->is_inner = false;
	}
	TSPDM_TRY(tspdm_read_finish(l->message, &shape, &m, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	if (m.is_signed)
		append_requester(l, s, m.slot);
	append(s, TH_FINISH, tspdm_look_body(l, m.signature.len + m.verify_data.len));
	if (m.is_signed)
		check_finish_signature(l, s, &m);
	tspdm_look_result(l, TSPDM_CHECK_FINISH_VERIFY_DATA,
		check_verify_data(s, TH_USE_FINISH_VERIFY, KEY_DIRECTION_REQUEST, m.verify_data));
	append(s, TH_FINISH_VERIFY, m.verify_data);
	return TSPDM_OK;
}

static enum tspdm_status see_finish_rsp(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = finishing(l, false);
	struct tspdm_finish_rsp m;

	shape.has_verify_data = is_clear(l->o);
	TSPDM_TRY(tspdm_read_finish_rsp(l->message, &shape, &m, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	append(s, TH_FINISH_RSP, tspdm_look_body(l, m.verify_data.len));
	if (shape.has_verify_data) {
		tspdm_look_result(l, TSPDM_CHECK_FINISH_RSP_VERIFY_DATA,
			check_verify_data(s, TH_USE_FINISH_RSP_VERIFY, KEY_DIRECTION_RESPONSE, m.verify_data));
		append(s, TH_FINISH_RSP_VERIFY, m.verify_data);
	}
	establish(l->o, s);
	return TSPDM_OK;
}

/* ---- PSK_EXCHANGE ---- */

static enum tspdm_status see_psk_exchange(struct look *l)
{
	struct tspdm_psk_exchange ask;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_psk_exchange(l->message, &shape, &ask, &l->seen->used);
}

static enum tspdm_status see_psk_exchange_rsp(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_psk_exchange ask;
	struct tspdm_psk_exchange_rsp answer;
	struct seen_session *s;
	size_t ask_len;
	bool is_alone;

	TSPDM_TRY(tspdm_read_psk_exchange(tspdm_look_request(l), &shape, &ask, &ask_len));
	shape.summary_hash_len = tspdm_connection_summary_len(&o->c, o->c.peer_flags, ask.summary_type);
	TSPDM_TRY(tspdm_read_psk_exchange_rsp(l->message, &shape, &answer, &l->seen->used));
	is_alone = answer.responder_context.len == 0;
	s = begin(l, ask.session_id | (uint32_t)answer.session_id << 16, true, false, is_alone ? TH_PSK_ALONE : TH_PSK);
	s->record_version = record_version_of(answer.opaque, &shape);
	memcpy(s->random, ask.requester_context.ptr, sizeof s->random);
	tspdm_look_result(
		l, TSPDM_CHECK_PSK_EXCHANGE_RSP_SUMMARY, tspdm_look_summary(l, ask.summary_type, answer.summary_hash));
	append(s, TH_EXCHANGE, tspdm_look_request(l));
	append(s, TH_EXCHANGE_RSP, tspdm_look_body(l, answer.verify_data.len));
	derive_handshake(o, s, ask.hint);
	tspdm_look_result(l, TSPDM_CHECK_PSK_EXCHANGE_RSP_VERIFY_DATA,
		check_verify_data(s, TH_USE_TH1, KEY_DIRECTION_RESPONSE, answer.verify_data));
	append(s, TH_EXCHANGE_VERIFY, answer.verify_data);
	if (is_alone)
		establish(o, s);
	return TSPDM_OK;
}

static enum tspdm_status see_psk_finish(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = finishing(l, true);
	struct tspdm_psk_finish m;

	TSPDM_TRY(tspdm_read_psk_finish(l->message, &shape, &m, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	append(s, TH_FINISH, tspdm_look_body(l, m.verify_data.len));
	tspdm_look_result(l, TSPDM_CHECK_PSK_FINISH_VERIFY_DATA,
		check_verify_data(s, TH_USE_FINISH_VERIFY, KEY_DIRECTION_REQUEST, m.verify_data));
	append(s, TH_FINISH_VERIFY, m.verify_data);
	return TSPDM_OK;
}

static enum tspdm_status see_psk_finish_rsp(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = finishing(l, true);
	struct tspdm_psk_finish_rsp m;

	TSPDM_TRY(tspdm_read_psk_finish_rsp(l->message, &shape, &m, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	append(s, TH_FINISH_RSP, tspdm_look_body(l, 0));
	establish(l->o, s);
	return TSPDM_OK;
}

const struct family tspdm_families_session[] = {
	{ TSPDM_KEY_EXCHANGE, TSPDM_KEY_EXCHANGE_RSP, PLACE_CLEAR, see_key_exchange, see_key_exchange_rsp },
	{ TSPDM_FINISH, TSPDM_FINISH_RSP, PLACE_CLEAR | PLACE_SESSION, see_finish, see_finish_rsp },
	{ TSPDM_PSK_EXCHANGE, TSPDM_PSK_EXCHANGE_RSP, PLACE_CLEAR, see_psk_exchange, see_psk_exchange_rsp },
	{ TSPDM_PSK_FINISH, TSPDM_PSK_FINISH_RSP, PLACE_SESSION, see_psk_finish, see_psk_finish_rsp },
	{ 0 },
};
