/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on sessions as a whole: their slots, their secrets, and the records that are opened with them. */
#include <string.h>

#include <tspdm/secret.h>

#include "observer/observer.h"

enum { MCTP_TYPE_SPDM = 0x05, TCP_VERSION = 0x01, TCP_TYPE_SPDM = 0x05, TCP_HEADER = 4 };

/* ---- Slots ---- */

void tspdm_observer_drop_streams(struct seen_session *s)
{
	for (size_t i = 0; i < KEY_DIRECTIONS; i++)
		if (s->has_stream[i])
			tspdm_record_wipe(&s->in[i]);
	s->has_stream[0] = s->has_stream[1] = false;
}

void tspdm_observer_session_close(struct tspdm_observer *o, struct seen_session *s)
{
	tspdm_observer_drop_streams(s);
	tspdm_session_transcript_close(&s->th);
	o->crypto->ops->hash_free(o->crypto, s->log);
	if (o->clear_session == s)
		o->clear_session = NULL;
	for (size_t i = 0; i < 2; i++)
		if (o->large[i].context == &s->context)
			o->large[i].context = NULL;
	tspdm_wipe(s, sizeof *s);
}

/* The one with this number, a free one, the oldest one. */
static struct seen_session *choose(struct tspdm_observer *o, uint32_t id)
{
	struct seen_session *best = &o->sessions[0];

	for (size_t i = 0; i < SESSIONS; i++) {
		struct seen_session *s = &o->sessions[i];

		if (s->is_used && s->info.id == id)
			return s;
		if (best->is_used && (!s->is_used || s->info.serial < best->info.serial))
			best = s;
	}
	return best;
}

struct seen_session *tspdm_observer_session_open(struct tspdm_observer *o, uint32_t id)
{
	struct seen_session *s = choose(o, id);

	tspdm_observer_session_close(o, s);
	s->is_used = true;
	s->info.id = id;
	s->info.serial = o->session_count++;
	s->info.phase = TSPDM_SEEN_HANDSHAKE;
	s->context.session = s;
	return s;
}

struct seen_session *tspdm_observer_session(struct tspdm_observer *o, uint32_t id)
{
	for (size_t i = 0; i < SESSIONS; i++)
		if (o->sessions[i].is_used && o->sessions[i].info.id == id)
			return &o->sessions[i];
	return NULL;
}

/* ---- Secrets ---- */

bool tspdm_observer_secret(struct tspdm_observer *o, const struct seen_session *s, enum tspdm_secret_kind kind,
	struct tspdm_view hint, struct tspdm_buffer *out)
{
	const struct tspdm_secret_name name = {
		.kind = (uint8_t)kind,
		.session_id = s->info.id,
		.serial = s->info.serial,
		.random = { s->random, sizeof s->random },
		.hint = hint,
		.is_psk = s->info.is_psk,
	};

	return o->config.secret != NULL && o->config.secret(o->config.context, &name, out) && out->len <= out->cap;
}

static bool open_stream(
	struct tspdm_observer *o, struct seen_session *s, enum key_direction direction, const uint8_t *secret)
{
	const struct tspdm_record_config config = {
		.size = sizeof config,
		.crypto = o->crypto,
		.binding = o->config.binding,
		.session_id = s->info.id,
		.hash = s->schedule.hash,
		.aead = s->schedule.aead,
		.spdm_version = s->schedule.version,
		.record_version = s->record_version,
		.sequence_order = s->record_version < 0x12 ? TSPDM_SEQUENCE_EITHER : TSPDM_SEQUENCE_LITTLE_ENDIAN,
		.is_mac_only = s->info.is_mac_only,
		.secret = { secret, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) },
		.spare = { o->spare, sizeof o->spare, 0 },
	};
	struct tspdm_record_stream *made;

	if (s->has_stream[direction])
		tspdm_record_wipe(&s->in[direction]);
	s->has_stream[direction] =
		o->config.binding != NULL &&
		tspdm_record_init(&s->in[direction], sizeof s->in[direction], &config, &made) == TSPDM_OK;
	s->is_last_pending[direction] = false;
	return s->has_stream[direction];
}

void tspdm_observer_streams(struct tspdm_observer *o, struct seen_session *s, uint8_t secrets[][TSPDM_HASH_MAX])
{
	s->info.has_keys = true;
	for (unsigned i = 0; i < KEY_DIRECTIONS; i++)
		s->info.has_keys = open_stream(o, s, (enum key_direction)i, secrets[i]) && s->info.has_keys;
}

/* A key log may tell the data secrets alone. The handshake is then over for this direction with the first record that
 * they open; until then the stream stays at its beginning. */
static bool open_logged(struct tspdm_observer *o, struct seen_session *s, enum key_direction direction)
{
	bool is_request = direction == KEY_DIRECTION_REQUEST;
	uint8_t bytes[TSPDM_HASH_MAX];
	struct tspdm_buffer room = { bytes, sizeof bytes, 0 };
	const struct tspdm_view no_hint = { NULL, 0 };
	bool is_there = tspdm_observer_secret(
		o, s, is_request ? TSPDM_SECRET_REQUEST_DATA : TSPDM_SECRET_RESPONSE_DATA, no_hint, &room);

	is_there = is_there && room.len == tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) &&
		   open_stream(o, s, direction, bytes);
	tspdm_wipe(bytes, sizeof bytes);
	return is_there;
}

/* ---- Records ---- */

/* What a record carries: an SPDM message, or other application data. */
static bool is_spdm(const struct tspdm_binding *binding, struct tspdm_view data, struct tspdm_view *message)
{
	size_t head = 0;

	if (binding->inner_header == TSPDM_INNER_MCTP) {
		head = 1;
		if (data.len < head || data.ptr[0] != MCTP_TYPE_SPDM)
			return false;
	}
	if (binding->inner_header == TSPDM_INNER_TCP) {
		head = TCP_HEADER;
		if (data.len < head || data.ptr[2] != TCP_VERSION || data.ptr[3] != TCP_TYPE_SPDM)
			return false;
	}
	*message = (struct tspdm_view){ head != 0 ? data.ptr + head : data.ptr, data.len - head };
	return true;
}

static void see_opened(struct tspdm_observer *o, struct seen_session *s, bool is_request, struct tspdm_view data)
{
	struct tspdm_view message;
	struct tspdm_seen *seen;

	if (is_spdm(o->config.binding, data, &message)) {
		tspdm_observer_look(o, &s->context, is_request, message);
		return;
	}
	seen = tspdm_observer_event(o, &s->context, is_request);
	if (seen == NULL)
		return;
	seen->what = TSPDM_SEEN_APPLICATION;
	seen->is_request = is_request;
	seen->message = data;
	seen->used = data.len;
}

static void mark(struct tspdm_seen *seen, enum tspdm_seen_what what, enum tspdm_status status)
{
	seen->what = (uint8_t)what;
	seen->status = status;
	if (what == TSPDM_SEEN_SEALED)
		return;
	seen->result_count = 1;
	seen->results[0] = (struct tspdm_seen_result){ TSPDM_CHECK_RECORD,
		what == TSPDM_SEEN_RECORD ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD, 1 };
}

/* Where the log has one direction's secrets alone, the other's part in a key update is not seen: each record may then be the
 * first one of the next generation. */
static bool is_alone(const struct seen_session *s, enum key_direction direction)
{
	return s->has_stream[direction] && !s->has_stream[1 - direction];
}

static void look_ahead(struct seen_session *s, enum key_direction direction)
{
	if (!is_alone(s, direction) || tspdm_record_is_pending(&s->in[direction]))
		return;
	if (tspdm_record_update(&s->in[direction]) != TSPDM_OK)
		tspdm_record_fail(&s->in[direction]);
}

static void catch_up(struct seen_session *s, enum key_direction direction)
{
	if (is_alone(s, direction) && s->is_last_pending[direction] &&
		tspdm_record_confirm(&s->in[direction]) == TSPDM_OK)
		s->info.generation[direction]++;
}

static void open_record(struct tspdm_observer *o, struct seen_session *s, struct tspdm_seen *seen, bool is_request,
	struct tspdm_view record)
{
	enum key_direction direction = is_request ? KEY_DIRECTION_REQUEST : KEY_DIRECTION_RESPONSE;
	bool had_stream = s->has_stream[direction];
	struct tspdm_record_opened opened;
	enum tspdm_status status;

	if ((!had_stream && !open_logged(o, s, direction)) || record.len > sizeof o->record) {
		s->info.sealed++;
		return;
	}
	look_ahead(s, direction);
	memcpy(o->record, record.ptr, record.len);
	status = tspdm_record_open(&s->in[direction], o->record, record.len, &opened);
	if (status != TSPDM_OK && (!had_stream || s->info.opened[direction] == 0) && !s->info.has_keys) {
		s->info.sealed++; /* a record of the handshake, which the log does not open */
		return;
	}
	if (status != TSPDM_OK) {
		s->info.sealed++;
		mark(seen, TSPDM_SEEN_FORGED, status);
		return;
	}
	if (!s->info.has_keys)
		s->info.phase = TSPDM_SEEN_APPLICATION_PHASE;
	s->info.has_keys = true;
	s->info.opened[direction]++;
	s->is_last_pending[direction] = opened.is_pending;
	catch_up(s, direction);
	mark(seen, TSPDM_SEEN_RECORD, TSPDM_OK);
	seen->used = record.len;
	see_opened(o, s, is_request, opened.data);
}

enum tspdm_status tspdm_observer_see_opened(
	struct tspdm_observer *o, uint32_t session, bool is_request, struct tspdm_view message)
{
	struct seen_session *s = tspdm_observer_session(o, session);

	if (s == NULL)
		return TSPDM_ERR_SESSION;
	o->event_count = 0;
	tspdm_observer_look(o, &s->context, is_request, message);
	tspdm_observer_show(o);
	return TSPDM_OK;
}

void tspdm_observer_record(struct tspdm_observer *o, bool is_request, struct tspdm_view record)
{
	struct seen_session *s = NULL;
	struct tspdm_seen *seen;
	uint32_t id = 0;

	o->event_count = 0;
	if (tspdm_record_session(record, &id) == TSPDM_OK)
		s = tspdm_observer_session(o, id);
	seen = tspdm_observer_event(o, s != NULL ? &s->context : &o->clear, is_request);
	mark(seen, TSPDM_SEEN_SEALED, record.len < sizeof id ? TSPDM_ERR_TRUNCATED : TSPDM_OK);
	seen->session_id = id;
	seen->is_request = is_request;
	seen->message = record;
	if (s != NULL)
		open_record(o, s, seen, is_request, record);
	tspdm_observer_show(o);
	tspdm_wipe(o->record, record.len <= sizeof o->record ? record.len : 0);
}
