/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading bundles. A bundle may come from anybody: each length is the bytes' own, each count is bounded, and there is one
 * way only to write what it says. */
#include <stdio.h>

#include <tspdm/bundle.h>
#include <tspdm/secret.h>

#include "../cbor/items.h"
#include "base/cursor.h"
#include "core/digest.h"
#include "layout.h"

/* One that is read; `bad` names what is wrong with it, NULL: nothing. */
struct reading {
	struct tspdm_bundle *out;
	const char *bad;
};

static bool refuse(struct reading *r, const char *what)
{
	if (r->bad == NULL)
		r->bad = what;
	return false;
}

/* ---- Items: of the kind that is wanted, in the shortest form ---- */

static bool take(struct tspdm_view *in, enum cbor_kind kind, struct cbor_item *item)
{
	return tspdm_cbor_next_is(in, kind, item) && tspdm_cbor_is_shortest(item);
}

static bool take_number(struct tspdm_view *in, uint64_t most, uint64_t *out)
{
	struct cbor_item item;

	if (!take(in, ITEM_NUMBER, &item) || item.number > most)
		return false;
	*out = item.number;
	return true;
}

/* What is empty is left out. */
static bool take_string(struct tspdm_view *in, enum cbor_kind kind, struct tspdm_view *out)
{
	struct cbor_item item;

	if (!take(in, kind, &item) || item.bytes.len == 0)
		return false;
	*out = item.bytes;
	return true;
}

static bool take_count(struct tspdm_view *in, uint64_t most, uint32_t *out)
{
	struct cbor_item item;

	if (!take(in, ITEM_ARRAY, &item) || item.number == 0 || item.number > most)
		return false;
	*out = (uint32_t)item.number;
	return true;
}

/* Members come in the order of their keys, so that none comes twice. */
typedef bool take_member(struct tspdm_view *in, uint64_t key, void *to);

static bool take_map(struct tspdm_view *in, take_member *member, void *to)
{
	struct cbor_item map;
	uint64_t key, last = 0;

	if (!take(in, ITEM_MAP, &map) || map.number == 0)
		return false;
	for (uint64_t i = 0; i < map.number; i++, last = key)
		if (!take_number(in, KEY_DEVICES, &key) || key <= last || !member(in, key, to))
			return false;
	return true;
}

/* ---- Messages ---- */

static bool take_message(struct tspdm_view *in, struct tspdm_bundle_message *out)
{
	uint64_t direction, session;
	struct cbor_item array;

	if (!take(in, ITEM_ARRAY, &array) || array.number != 3 || !take_number(in, 1, &direction) ||
		!take_number(in, UINT32_MAX, &session) || !take_string(in, ITEM_BYTES, &out->bytes))
		return false;
	out->is_request = direction == 0;
	out->session = (uint32_t)session;
	return out->bytes.len <= TSPDM_BUNDLE_MESSAGE_MAX;
}

enum tspdm_status tspdm_bundle_next_message(struct tspdm_view *messages, struct tspdm_bundle_message *out)
{
	if (messages->len == 0)
		return TSPDM_ERR_TRUNCATED;
	return take_message(messages, out) ? TSPDM_OK : TSPDM_ERR_FIELD;
}

static bool take_messages(struct tspdm_view *in, struct tspdm_bundle *out)
{
	struct tspdm_bundle_message message;
	const uint8_t *first;

	if (!take_count(in, TSPDM_BUNDLE_MESSAGES_MAX, &out->message_count))
		return false;
	first = in->ptr;
	for (uint32_t i = 0; i < out->message_count; i++)
		if (!take_message(in, &message))
			return false;
	out->messages = (struct tspdm_view){ first, (size_t)(in->ptr - first) };
	return true;
}

/* ---- Maps within ---- */

static bool take_session_member(struct tspdm_view *in, uint64_t key, void *to)
{
	struct tspdm_bundle *out = to;
	uint64_t id = 0;

	switch (key) {
	case SESSION_ID:
		if (!take_number(in, UINT32_MAX, &id))
			return false;
		out->session = (uint32_t)id;
		return id != 0;
	case SESSION_EXPORTER:
		return take_string(in, ITEM_BYTES, &out->exporter);
	case SESSION_CHANNEL:
		return take_string(in, ITEM_BYTES, &out->channel);
	case SESSION_REQUESTER_KEY:
		return take_string(in, ITEM_BYTES, &out->requester_key);
	case SESSION_REQUESTER_CERTIFICATES:
		return take_string(in, ITEM_BYTES, &out->requester_certificates);
	default:
		return false;
	}
}

static bool take_collateral_member(struct tspdm_view *in, uint64_t key, void *to)
{
	struct tspdm_view *part = tspdm_bundle_collateral(to, key);

	return part != NULL && take_string(in, ITEM_BYTES, part);
}

static bool take_device_member(struct tspdm_view *in, uint64_t key, void *to)
{
	struct tspdm_view *part = tspdm_bundle_device(to, key);

	return part != NULL && take_string(in, ITEM_BYTES, part);
}

/* ---- Arrays within ---- */

static bool take_certificates(struct tspdm_view *in, struct tspdm_bundle *out)
{
	if (!take_count(in, TSPDM_BUNDLE_CERTIFICATES_MAX, &out->certificate_count))
		return false;
	for (uint32_t i = 0; i < out->certificate_count; i++)
		if (!take_string(in, ITEM_BYTES, &out->certificates[i]))
			return false;
	return true;
}

static bool take_devices(struct tspdm_view *in, struct tspdm_bundle *out)
{
	if (!take_count(in, TSPDM_DEVICES_MAX, &out->device_count))
		return false;
	for (uint32_t i = 0; i < out->device_count; i++)
		if (!take_map(in, take_device_member, &out->devices[i]))
			return false;
	return true;
}

/* ---- The whole ---- */

static bool take_time(struct tspdm_view *in, struct tspdm_bundle *out)
{
	uint64_t time;

	if (!take_number(in, INT64_MAX, &time))
		return false;
	out->time = (int64_t)time;
	return true;
}

static bool take_age(struct tspdm_view *in, struct tspdm_bundle *out)
{
	uint64_t age;

	if (!take_number(in, UINT32_MAX, &age))
		return false;
	out->age_s = (uint32_t)age;
	return age != 0;
}

static bool take_content_member(struct tspdm_view *in, uint64_t key, void *to)
{
	struct reading *r = to;
	struct tspdm_bundle *out = r->out;

	switch (key) {
	case KEY_TIME:
		return take_time(in, out) || refuse(r, "time");
	case KEY_ENDPOINT:
		return take_string(in, ITEM_TEXT, &out->endpoint) || refuse(r, "endpoint");
	case KEY_VERIFIER:
		return take_string(in, ITEM_TEXT, &out->verifier) || refuse(r, "verifier");
	case KEY_POLICY:
		return take_string(in, ITEM_TEXT, &out->policy) || refuse(r, "policy");
	case KEY_AGE:
		return take_age(in, out) || refuse(r, "age");
	case KEY_MESSAGES:
		return take_messages(in, out) || refuse(r, "messages");
	case KEY_SESSION:
		return take_map(in, take_session_member, out) || refuse(r, "session");
	case KEY_EVIDENCE:
		return take_string(in, ITEM_BYTES, &out->evidence) || refuse(r, "evidence");
	case KEY_CERTIFICATES:
		return take_certificates(in, out) || refuse(r, "certificates");
	case KEY_COLLATERAL:
		return take_map(in, take_collateral_member, &out->collateral) || refuse(r, "collateral");
	case KEY_EVENT_LOG:
		return take_string(in, ITEM_BYTES, &out->event_log) || refuse(r, "event log");
	case KEY_DEVICES:
		return take_devices(in, out) || refuse(r, "devices");
	default:
		return refuse(r, "keys");
	}
}

/* `written` is what the writer would make of what was read: what it would not is refused, whatever it is. */
static bool take_content(struct reading *r, struct tspdm_view content)
{
	bool is_good = take_map(&content, take_content_member, r);

	if (r->bad == NULL && !is_good)
		r->bad = "keys";
	if (r->bad == NULL && content.len != 0)
		r->bad = "end";
	if (r->bad == NULL)
		r->bad = tspdm_bundle_misfit(r->out);
	return r->bad == NULL;
}

static bool take_label(struct tspdm_view *in)
{
	struct cbor_item array, label;

	return take(in, ITEM_ARRAY, &array) && array.number == 3 && take(in, ITEM_TEXT, &label) &&
	       label.bytes.len == sizeof BUNDLE_LABEL - 1 &&
	       memcmp(label.bytes.ptr, BUNDLE_LABEL, sizeof BUNDLE_LABEL - 1) == 0;
}

bool tspdm_bundle_is(struct tspdm_view bytes)
{
	return take_label(&bytes);
}

static enum tspdm_status fail(enum tspdm_status status, char *why, size_t why_len, const char *what, const char *which)
{
	if (why != NULL && why_len != 0)
		snprintf(why, why_len, "%s%s", what, which);
	return status;
}

static enum tspdm_status check_digest(struct tspdm_crypto *crypto, struct tspdm_view content, struct tspdm_view told)
{
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_digest_once(crypto, TSPDM_HASH_SHA384, content, digest));
	return memcmp(digest, told.ptr, BUNDLE_DIGEST_LEN) == 0 ? TSPDM_OK : TSPDM_ERR_DIGEST;
}

enum tspdm_status tspdm_bundle_read(
	struct tspdm_crypto *crypto, struct tspdm_view bytes, struct tspdm_bundle *out, char *why, size_t why_len)
{
	struct reading r = { .out = out };
	struct tspdm_view content, digest;
	enum tspdm_status status;

	memset(out, 0, sizeof *out);
	out->size = sizeof *out;
	if (bytes.len > TSPDM_BUNDLE_MAX || !take_label(&bytes))
		return fail(TSPDM_ERR_EVIDENCE_FORM, why, why_len, "no bundle of this version", "");
	if (!take_string(&bytes, ITEM_BYTES, &content) || !take_string(&bytes, ITEM_BYTES, &digest) ||
		digest.len != BUNDLE_DIGEST_LEN || bytes.len != 0)
		return fail(TSPDM_ERR_EVIDENCE_FORM, why, why_len, "cut, or with something behind its end", "");
	status = check_digest(crypto, content, digest);
	if (status != TSPDM_OK)
		return fail(status, why, why_len, "damaged: its digest is not that of its content", "");
	if (!take_content(&r, content)) {
		memset(out, 0, sizeof *out);
		return fail(TSPDM_ERR_EVIDENCE_FORM, why, why_len, "malformed: ", r.bad);
	}
	return TSPDM_OK;
}
