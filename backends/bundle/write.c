/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Writing bundles: RFC 8949 "Core Deterministic Encoding Requirements". */
#include <tspdm/bundle.h>

#include "../cbor/items.h"
#include "base/config.h"
#include "base/cursor.h"
#include "core/digest.h"
#include "layout.h"

static struct tspdm_view text_of(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

enum tspdm_status tspdm_bundle_write_message(struct tspdm_buffer *out, const struct tspdm_bundle_message *message)
{
	if (message->bytes.len == 0 || message->bytes.len > TSPDM_BUNDLE_MESSAGE_MAX)
		return TSPDM_ERR_ARGUMENT;
	tspdm_cbor_write(out, ITEM_ARRAY, 3);
	tspdm_cbor_write(out, ITEM_NUMBER, message->is_request ? 0 : 1);
	tspdm_cbor_write(out, ITEM_NUMBER, message->session);
	tspdm_cbor_write_string(out, ITEM_BYTES, message->bytes);
	return write_end(out);
}

/* ---- Members: left out where they are empty ---- */

static void write_string(struct tspdm_buffer *out, uint64_t key, enum cbor_kind kind, struct tspdm_view value)
{
	if (value.len == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, key);
	tspdm_cbor_write_string(out, kind, value);
}

static void write_number(struct tspdm_buffer *out, uint64_t key, uint64_t value)
{
	tspdm_cbor_write(out, ITEM_NUMBER, key);
	tspdm_cbor_write(out, ITEM_NUMBER, value);
}

static void write_messages(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	if (b->message_count == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, KEY_MESSAGES);
	tspdm_cbor_write(out, ITEM_ARRAY, b->message_count);
	write_view(out, b->messages);
}

static void write_session(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	if (b->session == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, KEY_SESSION);
	tspdm_cbor_write(out, ITEM_MAP,
		2U + (b->channel.len != 0) + (b->requester_key.len != 0) + (b->requester_certificates.len != 0));
	write_number(out, SESSION_ID, b->session);
	write_string(out, SESSION_EXPORTER, ITEM_BYTES, b->exporter);
	write_string(out, SESSION_CHANNEL, ITEM_BYTES, b->channel);
	write_string(out, SESSION_REQUESTER_KEY, ITEM_BYTES, b->requester_key);
	write_string(out, SESSION_REQUESTER_CERTIFICATES, ITEM_BYTES, b->requester_certificates);
}

static void write_certificates(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	if (b->certificate_count == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, KEY_CERTIFICATES);
	tspdm_cbor_write(out, ITEM_ARRAY, b->certificate_count);
	for (uint32_t i = 0; i < b->certificate_count; i++)
		tspdm_cbor_write_string(out, ITEM_BYTES, b->certificates[i]);
}

static unsigned count_collateral(struct tspdm_dcap_collateral *c)
{
	unsigned count = 0;

	for (unsigned key = 1; key <= COLLATERAL_PARTS; key++)
		count += tspdm_bundle_collateral(c, key)->len != 0;
	return count;
}

static void write_collateral(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	struct tspdm_dcap_collateral copy = b->collateral;
	unsigned count = count_collateral(&copy);

	if (count == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, KEY_COLLATERAL);
	tspdm_cbor_write(out, ITEM_MAP, count);
	for (unsigned key = 1; key <= COLLATERAL_PARTS; key++)
		write_string(out, key, ITEM_BYTES, *tspdm_bundle_collateral(&copy, key));
}

static void write_devices(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	if (b->device_count == 0)
		return;
	tspdm_cbor_write(out, ITEM_NUMBER, KEY_DEVICES);
	tspdm_cbor_write(out, ITEM_ARRAY, b->device_count);
	for (uint32_t i = 0; i < b->device_count; i++) {
		struct tspdm_device_record copy = b->devices[i];

		tspdm_cbor_write(out, ITEM_MAP, copy.vca.len != 0 ? DEVICE_PARTS : DEVICE_PARTS - 1);
		for (unsigned key = 1; key <= DEVICE_PARTS; key++)
			write_string(out, key, ITEM_BYTES, *tspdm_bundle_device(&copy, key));
	}
}

/* ---- The whole ---- */

static unsigned count_members(const struct tspdm_bundle *b)
{
	struct tspdm_dcap_collateral copy = b->collateral;

	return 3U + (b->policy.len != 0) + (b->age_s != 0) + (b->message_count != 0) + (b->session != 0) +
	       (b->evidence.len != 0) + (b->certificate_count != 0) + (count_collateral(&copy) != 0) +
	       (b->event_log.len != 0) + (b->device_count != 0);
}

static void write_content(struct tspdm_buffer *out, const struct tspdm_bundle *b)
{
	tspdm_cbor_write(out, ITEM_MAP, count_members(b));
	write_number(out, KEY_TIME, (uint64_t)b->time);
	write_string(out, KEY_ENDPOINT, ITEM_TEXT, b->endpoint);
	write_string(out, KEY_VERIFIER, ITEM_TEXT, b->verifier);
	write_string(out, KEY_POLICY, ITEM_TEXT, b->policy);
	if (b->age_s != 0)
		write_number(out, KEY_AGE, b->age_s);
	write_messages(out, b);
	write_session(out, b);
	write_string(out, KEY_EVIDENCE, ITEM_BYTES, b->evidence);
	write_certificates(out, b);
	write_collateral(out, b);
	write_string(out, KEY_EVENT_LOG, ITEM_BYTES, b->event_log);
	write_devices(out, b);
}

enum tspdm_status tspdm_bundle_write(
	struct tspdm_crypto *crypto, const struct tspdm_bundle *bundle, struct tspdm_buffer *out)
{
	struct tspdm_buffer measure = { NULL, 0, 0 };
	uint8_t digest[TSPDM_HASH_MAX] = { 0 };
	size_t first;

	if (bundle->size != sizeof *bundle || tspdm_bundle_misfit(bundle) != NULL)
		return TSPDM_ERR_ARGUMENT;
	write_content(&measure, bundle);
	if (measure.len > TSPDM_BUNDLE_MAX - BUNDLE_HEAD_MAX - BUNDLE_DIGEST_LEN)
		return TSPDM_ERR_ARGUMENT;
	tspdm_cbor_write(out, ITEM_ARRAY, 3);
	tspdm_cbor_write_string(out, ITEM_TEXT, text_of(BUNDLE_LABEL));
	tspdm_cbor_write(out, ITEM_BYTES, measure.len);
	first = out->len;
	write_content(out, bundle);
	if (out->len <= out->cap)
		TSPDM_TRY(tspdm_digest_once(
			crypto, TSPDM_HASH_SHA384, (struct tspdm_view){ out->ptr + first, out->len - first }, digest));
	tspdm_cbor_write_string(out, ITEM_BYTES, (struct tspdm_view){ digest, BUNDLE_DIGEST_LEN });
	return write_end(out);
}
