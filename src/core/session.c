/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A session from its first message to its end, as both roles see it. */
#include <string.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "core/key_log.h"
#include "core/session.h"

const uint16_t tspdm_record_versions[RECORD_VERSIONS] = { 0x1000, 0x1100, 0x1200 };

enum { SESSIONS_MAX = 256 };            /* of one connection; each is looked for one by one */
enum { RECORD_VERSION_ORDERED = 0x12 }; /* from here on a nonce has the sequence number in one order only */
enum { MCTP_TYPE_SPDM = 0x05, TCP_VERSION = 0x01, TCP_TYPE_SPDM = 0x05, TCP_COUNTED = 2, SECOND_US = 1000000 };

struct key_schedule tspdm_session_schedule(const struct connection *c)
{
	const struct tspdm_algorithms *a = &c->selected;

	return (struct key_schedule){ c->crypto, a->base_hash, a->tables.supported[TSPDM_ALG_AEAD], c->version };
}

bool tspdm_session_is_unused(const struct session *s)
{
	return s->kind == SESSION_PSK_ALONE && s->phase == SESSION_ESTABLISHED && s->open.current.sequence == 0;
}

static enum th_form form_of(const struct session *s)
{
	switch (s->kind) {
	case SESSION_PSK:
		return TH_PSK;
	case SESSION_PSK_ALONE:
		return TH_PSK_ALONE;
	case SESSION_CERTIFICATE:
		break;
	}
	return s->is_clear ? TH_CERTIFICATE_CLEAR : TH_CERTIFICATE;
}

enum tspdm_status tspdm_session_begin(
	struct session *s, struct connection *c, enum session_kind kind, uint32_t id, bool is_requester)
{
	enum tspdm_status status;

	memset(s, 0, sizeof *s);
	s->phase = SESSION_OPENING;
	s->id = id;
	s->kind = kind;
	s->is_clear = kind == SESSION_CERTIFICATE && tspdm_session_is_clear(c);
	s->is_mac_only = tspdm_session_is_mac_only(c);
	s->is_seal_requester = is_requester;
	s->open_order =
		(c->strict & TSPDM_STRICT_SEQUENCE_ORDER) != 0 ? TSPDM_SEQUENCE_LITTLE_ENDIAN : TSPDM_SEQUENCE_EITHER;
	s->binding = c->binding;
	s->schedule = tspdm_session_schedule(c);
	s->key_log = c->key_log;
	status = tspdm_session_transcript_open(&s->th, &c->transcript, form_of(s));
	if (status == TSPDM_OK)
		status = tspdm_transcript_new_log(&c->transcript, &s->log);
	if (status != TSPDM_OK)
		tspdm_session_wipe(s);
	return status;
}

/* ---- Keys ---- */

/* DSP0277 1.2 fixed the order; before that who opens finds out. */
static uint8_t order_of(const struct session *s, bool is_seal)
{
	if (s->record_version >= RECORD_VERSION_ORDERED)
		return TSPDM_SEQUENCE_LITTLE_ENDIAN;
	return is_seal ? s->seal_order : s->open_order;
}

static enum tspdm_status open_stream(
	struct session *s, struct tspdm_record_stream *stream, bool is_seal, uint8_t secrets[][TSPDM_HASH_MAX])
{
	enum key_direction direction = is_seal == s->is_seal_requester ? KEY_DIRECTION_REQUEST : KEY_DIRECTION_RESPONSE;
	const struct tspdm_record_config config = {
		.size = sizeof config,
		.crypto = s->schedule.crypto,
		.binding = s->binding,
		.session_id = s->id,
		.hash = s->schedule.hash,
		.aead = s->schedule.aead,
		.spdm_version = s->schedule.version,
		.record_version = s->record_version,
		.is_seal = is_seal,
		.is_mac_only = s->is_mac_only,
		.sequence_order = order_of(s, is_seal),
		.secret = { secrets[direction], tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) },
	};
	struct tspdm_record_stream *made;

	tspdm_record_wipe(stream);
	return tspdm_record_init(stream, sizeof *stream, &config, &made);
}

static enum tspdm_status open_streams(struct session *s, uint8_t secrets[][TSPDM_HASH_MAX])
{
	TSPDM_TRY(open_stream(s, &s->seal, true, secrets));
	return open_stream(s, &s->open, false, secrets);
}

static struct tspdm_view secret_view(const struct session *s, const uint8_t *secret)
{
	return (struct tspdm_view){ secret, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) };
}

static enum tspdm_secret_kind data_secret(bool is_request)
{
	return is_request ? TSPDM_SECRET_REQUEST_DATA : TSPDM_SECRET_RESPONSE_DATA;
}

enum tspdm_status tspdm_session_handshake(struct session *s, struct tspdm_view dhe_secret, const uint8_t *th1)
{
	uint8_t handshake[TSPDM_HASH_MAX];
	enum tspdm_status status = tspdm_key_handshake_secret(&s->schedule, KEY_SOURCE_DHE, dhe_secret, handshake);

	if (status == TSPDM_OK) {
		tspdm_key_log(s, TSPDM_SECRET_DHE, 0, dhe_secret);
		status = tspdm_session_handshake_from(s, handshake, th1);
	}
	tspdm_wipe(handshake, sizeof handshake);
	return status;
}

enum tspdm_status tspdm_session_handshake_from(struct session *s, const uint8_t *handshake_secret, const uint8_t *th1)
{
	TSPDM_TRY(tspdm_key_handshake_from(&s->schedule, handshake_secret, th1, &s->handshake));
	tspdm_key_log(s, TSPDM_SECRET_HANDSHAKE, 0, secret_view(s, handshake_secret));
	return s->is_clear ? TSPDM_OK : open_streams(s, s->handshake.direction);
}

enum tspdm_status tspdm_session_update(struct session *s, struct tspdm_record_stream *stream)
{
	TSPDM_TRY(tspdm_record_update(stream));
	tspdm_key_log(s, data_secret(stream->is_seal == s->is_seal_requester), stream->pending.number,
		secret_view(s, stream->pending.secret));
	return TSPDM_OK;
}

/* DSP0274 1.2 "Transcript and transcript hash calculation rules": what each proof is over, whose key it is made with. */
static const struct {
	enum th_use use;
	enum th_part part;
	enum key_direction direction;
} verify_rules[] = {
	[VERIFY_EXCHANGE_RSP] = { TH_USE_TH1, TH_EXCHANGE_VERIFY, KEY_DIRECTION_RESPONSE },
	[VERIFY_FINISH] = { TH_USE_FINISH_VERIFY, TH_FINISH_VERIFY, KEY_DIRECTION_REQUEST },
	[VERIFY_FINISH_RSP] = { TH_USE_FINISH_RSP_VERIFY, TH_FINISH_RSP_VERIFY, KEY_DIRECTION_RESPONSE },
};

enum tspdm_status tspdm_session_write_verify_data(struct session *s, enum verify_data which, struct tspdm_buffer *out)
{
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t *at = write_space(out, hash_len);

	if (at == NULL)
		return TSPDM_ERR_BUFFER;
	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, verify_rules[which].use, digest));
	TSPDM_TRY(
		tspdm_key_verify_data(&s->schedule, s->handshake.finished[verify_rules[which].direction], digest, at));
	return tspdm_session_transcript_append(&s->th, verify_rules[which].part, (struct tspdm_view){ at, hash_len });
}

enum tspdm_status tspdm_session_check_verify_data(struct session *s, enum verify_data which, struct tspdm_view received)
{
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, verify_rules[which].use, digest));
	TSPDM_TRY(tspdm_key_check_verify_data(
		&s->schedule, s->handshake.finished[verify_rules[which].direction], digest, received));
	return tspdm_session_transcript_append(&s->th, verify_rules[which].part, received);
}

enum tspdm_status tspdm_session_derive(struct session *s)
{
	uint8_t th2[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_TH2, th2));
	TSPDM_TRY(tspdm_key_data(&s->schedule, &s->handshake, th2, &s->data));
	for (unsigned i = 0; i < KEY_DIRECTIONS; i++)
		tspdm_key_log(s, data_secret(i == KEY_DIRECTION_REQUEST), 0, secret_view(s, s->data.direction[i]));
	tspdm_key_wipe_handshake(&s->handshake);
	tspdm_session_keep_binding(s, th2);
	return TSPDM_OK;
}

enum tspdm_status tspdm_session_establish(struct session *s)
{
	enum tspdm_status status = open_streams(s, s->data.direction);

	tspdm_wipe(s->data.direction, sizeof s->data.direction);
	tspdm_session_transcript_close(&s->th);
	s->has_export = status == TSPDM_OK;
	s->phase = SESSION_ESTABLISHED;
	return status;
}

void tspdm_session_wipe(struct session *s)
{
	struct tspdm_crypto *crypto = s->schedule.crypto;

	tspdm_record_wipe(&s->seal);
	tspdm_record_wipe(&s->open);
	tspdm_session_transcript_close(&s->th);
	if (crypto != NULL)
		crypto->ops->hash_free(crypto, s->log);
	tspdm_wipe(s, sizeof *s);
}

enum tspdm_status tspdm_session_export(struct session *s, struct tspdm_buffer *out)
{
	size_t len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);

	if (s->phase != SESSION_ESTABLISHED || !s->has_export)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(tspdm_session_is_open_to_application(s));
	write_view(out, (struct tspdm_view){ s->data.export_master, len });
	TSPDM_TRY(write_end(out));
	TSPDM_TRY(tspdm_session_keep_exporters(s));
	tspdm_key_wipe_data(&s->data);
	s->has_export = false;
	return TSPDM_OK;
}

/* ---- The table ---- */

size_t tspdm_session_size(void)
{
	return sizeof(struct session);
}

enum tspdm_status tspdm_session_table(struct session_table *table, void *memory, size_t len)
{
	size_t count = len / sizeof(struct session);

	if (memory == NULL || count == 0)
		return TSPDM_ERR_ARGUMENT;
	table->all = memory;
	table->count = count < SESSIONS_MAX ? (unsigned)count : SESSIONS_MAX;
	memset(memory, 0, table->count * sizeof(struct session));
	return TSPDM_OK;
}

struct session *tspdm_session_find(const struct session_table *table, uint32_t id)
{
	for (unsigned i = 0; i < table->count; i++)
		if (table->all[i].phase != SESSION_FREE && table->all[i].id == id)
			return &table->all[i];
	return NULL;
}

struct session *tspdm_session_free_slot(const struct session_table *table)
{
	for (unsigned i = 0; i < table->count; i++)
		if (table->all[i].phase == SESSION_FREE)
			return &table->all[i];
	return NULL;
}

bool tspdm_session_is_lost(const struct session *s, uint64_t now_us)
{
	return s->phase == SESSION_ESTABLISHED && s->heartbeat_s != 0 && now_us > s->heard_us &&
	       now_us - s->heard_us > UINT64_C(2) * SECOND_US * s->heartbeat_s;
}

/* ---- Application data: DSP0276 "Application data", DSP0287 "SPDM over TCP header" ---- */

static size_t inner_len(const struct session *s)
{
	static const uint8_t lens[] = { [TSPDM_INNER_NONE] = 0, [TSPDM_INNER_MCTP] = 1, [TSPDM_INNER_TCP] = 4 };

	return s->binding->inner_header < sizeof lens ? lens[s->binding->inner_header] : 0;
}

static bool is_spdm(const struct session *s, struct tspdm_view data)
{
	if (data.len < inner_len(s))
		return false;
	switch (s->binding->inner_header) {
	case TSPDM_INNER_MCTP:
		return data.ptr[0] == MCTP_TYPE_SPDM;
	case TSPDM_INNER_TCP:
		return data.ptr[2] == TCP_VERSION && data.ptr[3] == TCP_TYPE_SPDM;
	default:
		return true;
	}
}

bool tspdm_session_message(const struct session *s, struct tspdm_view data, struct tspdm_view *message)
{
	if (!is_spdm(s, data))
		return false;
	*message = (struct tspdm_view){ data.ptr, data.len - inner_len(s) };
	if (inner_len(s) != 0)
		message->ptr += inner_len(s);
	return true;
}

size_t tspdm_session_head_len(const struct session *s)
{
	return tspdm_record_head_len(&s->seal) + inner_len(s);
}

size_t tspdm_session_tail_len(const struct session *s)
{
	return tspdm_record_tail_len(&s->seal);
}

/* A number above 0 shows the order. This end follows it as long as it has not sealed with a number above 0 itself: no key
 * has nonces of both orders. */
static void follow_order(struct session *s)
{
	enum tspdm_sequence_order order = tspdm_record_order(&s->open);

	if (s->open_order != TSPDM_SEQUENCE_EITHER || order == TSPDM_SEQUENCE_EITHER)
		return;
	s->open_order = (uint8_t)order;
	if (s->seal.current.sequence <= 1 && tspdm_record_set_order(&s->seal, order) == TSPDM_OK)
		s->seal_order = (uint8_t)order;
}

enum tspdm_status tspdm_session_open(struct session *s, uint8_t *record, size_t len, struct tspdm_record_opened *opened)
{
	TSPDM_TRY(tspdm_record_open(&s->open, record, len, opened));
	if (s->record_version < RECORD_VERSION_ORDERED)
		follow_order(s);
	return TSPDM_OK;
}

static void write_inner(const struct session *s, struct tspdm_buffer *out, size_t message_len)
{
	if (s->binding->inner_header == TSPDM_INNER_MCTP)
		write_u8(out, MCTP_TYPE_SPDM);
	if (s->binding->inner_header != TSPDM_INNER_TCP)
		return;
	write_u16(out, (uint16_t)(message_len + TCP_COUNTED));
	write_u8(out, TCP_VERSION);
	write_u8(out, TCP_TYPE_SPDM);
}

enum tspdm_status tspdm_session_seal(struct session *s, struct tspdm_buffer *record, size_t message_len)
{
	struct tspdm_buffer inner = { record->ptr, record->cap, tspdm_record_head_len(&s->seal) };

	if (message_len > tspdm_record_data_max(&s->seal) - inner_len(s))
		return TSPDM_ERR_TOO_LARGE;
	write_inner(s, &inner, message_len);
	TSPDM_TRY(write_end(&inner));
	return tspdm_record_seal(&s->seal, record, inner_len(s) + message_len);
}

enum tspdm_status tspdm_session_seal_data(struct session *s, struct tspdm_view data, struct tspdm_buffer *record)
{
	size_t head = tspdm_record_head_len(&s->seal);

	if (s->phase != SESSION_ESTABLISHED || tspdm_record_is_pending(&s->seal))
		return TSPDM_ERR_STATE;
	TSPDM_TRY(tspdm_session_is_open_to_application(s));
	if (s->binding->inner_header == TSPDM_INNER_NONE)
		return TSPDM_ERR_UNSUPPORTED;
	if (data.len == 0 || is_spdm(s, data))
		return TSPDM_ERR_ARGUMENT;
	if (data.len > tspdm_record_data_max(&s->seal))
		return TSPDM_ERR_TOO_LARGE;
	if (record->cap < head + data.len + tspdm_session_tail_len(s)) {
		record->len = head + data.len + tspdm_session_tail_len(s);
		return TSPDM_ERR_BUFFER;
	}
	memmove(record->ptr + head, data.ptr, data.len);
	return tspdm_record_seal(&s->seal, record, data.len);
}
