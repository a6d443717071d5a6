/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The key schedule: HKDF of RFC 5869 with the labels of DSP0274 1.2 "Key schedule". */
#include "core/key_schedule.h"

#include <tspdm/secret.h>

#include "base/cursor.h"

enum { HKDF_BLOCKS_MAX = 255 };

static const struct tspdm_view no_context;

/* DSP0274 1.2 "Key schedule", the table of bin_strs: the labels by their number. */
static const struct {
	uint8_t len;
	char text[13];
} labels[] = {
	[KEY_LABEL_DERIVED] = { 7, "derived" },
	[KEY_LABEL_REQUEST_HANDSHAKE] = { 11, "req hs data" },
	[KEY_LABEL_RESPONSE_HANDSHAKE] = { 11, "rsp hs data" },
	[KEY_LABEL_REQUEST_DATA] = { 12, "req app data" },
	[KEY_LABEL_RESPONSE_DATA] = { 12, "rsp app data" },
	[KEY_LABEL_KEY] = { 3, "key" },
	[KEY_LABEL_IV] = { 2, "iv" },
	[KEY_LABEL_FINISHED] = { 8, "finished" },
	[KEY_LABEL_EXPORT_MASTER] = { 10, "exp master" },
	[KEY_LABEL_TRAFFIC_UPDATE] = { 11, "traffic upd" },
};

static size_t hash_len(const struct key_schedule *k)
{
	return tspdm_algorithm_size(TSPDM_KIND_HASH, k->hash);
}

static struct tspdm_view digest_view(const struct key_schedule *k, const uint8_t *bytes)
{
	return (struct tspdm_view){ bytes, hash_len(k) };
}

/* Every entry asks this first: with an unknown hash all lengths would be 0, and all secrets alike. */
static enum tspdm_status check_schedule(const struct key_schedule *k)
{
	return hash_len(k) != 0 && hash_len(k) <= TSPDM_HASH_MAX ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

enum tspdm_status tspdm_key_bin_str(
	uint8_t version, enum key_label label, uint16_t length, struct tspdm_view context, struct tspdm_buffer *out)
{
	char text[] = "spdm1.0 ";

	if (version < TSPDM_V11 || version > TSPDM_V14)
		return TSPDM_ERR_UNSUPPORTED;
	text[6] = (char)('0' + (version & 0x0F));
	write_u16(out, length);
	write_view(out, (struct tspdm_view){ (const uint8_t *)text, sizeof text - 1 });
	write_view(out, (struct tspdm_view){ (const uint8_t *)labels[label].text, labels[label].len });
	write_view(out, context);
	return write_end(out);
}

/* RFC 5869 "Step 2: Expand". */
enum tspdm_status tspdm_key_hkdf_expand(
	const struct key_schedule *k, const uint8_t *secret, struct tspdm_view info, uint8_t *out, size_t len)
{
	uint8_t block[TSPDM_HASH_MAX];
	size_t block_len = hash_len(k);
	enum tspdm_status status = TSPDM_OK;
	uint8_t counter = 1;

	if (len > HKDF_BLOCKS_MAX * block_len)
		return TSPDM_ERR_ARGUMENT;
	for (size_t done = 0; status == TSPDM_OK && done < len; counter++) {
		struct tspdm_view parts[] = { { block, done == 0 ? 0 : block_len }, info, { &counter, 1 } };
		size_t n = len - done < block_len ? len - done : block_len;

		status = k->crypto->ops->hmac(k->crypto, k->hash, digest_view(k, secret), parts, 3, block);
		if (status == TSPDM_OK)
			memcpy(out + done, block, n);
		done += n;
	}
	tspdm_wipe(block, sizeof block);
	if (status != TSPDM_OK)
		tspdm_wipe(out, len);
	return status;
}

enum tspdm_status tspdm_key_expand(const struct key_schedule *k, const uint8_t *secret, enum key_label label,
	struct tspdm_view context, uint8_t *out, size_t len)
{
	uint8_t room[KEY_BIN_STR_MAX];
	struct tspdm_buffer bin_str = { .ptr = room, .cap = sizeof room };

	TSPDM_TRY(check_schedule(k));
	if (len > UINT16_MAX)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_key_bin_str(k->version, label, (uint16_t)len, context, &bin_str));
	return tspdm_key_hkdf_expand(k, secret, tspdm_buffer_view(&bin_str), out, len);
}

/* A secret, finished key or salt: as long as the hash. */
static enum tspdm_status derive(const struct key_schedule *k, const uint8_t *secret, enum key_label label,
	struct tspdm_view context, uint8_t *out)
{
	return tspdm_key_expand(k, secret, label, context, out, hash_len(k));
}

/* DSP0274 1.3 "PSK key schedule" fills Salt_0 with 0xFF; before that, and with DHE, it is zeros. */
const uint8_t *tspdm_key_salt_0(const struct key_schedule *k, enum key_source source)
{
	/* clang-format off */
	static const uint8_t zeros[TSPDM_HASH_MAX];
	static const uint8_t ones[] = {
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	};
	/* clang-format on */

	_Static_assert(sizeof ones == TSPDM_HASH_MAX, "as long as the longest hash");
	return source == KEY_SOURCE_PSK && k->version >= TSPDM_V13 ? ones : zeros;
}

enum tspdm_status tspdm_key_handshake_secret(
	const struct key_schedule *k, enum key_source source, struct tspdm_view secret, uint8_t *out)
{
	const uint8_t *salt = tspdm_key_salt_0(k, source);

	TSPDM_TRY(check_schedule(k));
	if (secret.len == 0)
		return TSPDM_ERR_ARGUMENT;
	return k->crypto->ops->hmac(k->crypto, k->hash, digest_view(k, salt), &secret, 1, out);
}

enum tspdm_status tspdm_key_master_secret(const struct key_schedule *k, const uint8_t *handshake_secret, uint8_t *out)
{
	static const uint8_t zeros[TSPDM_HASH_MAX];
	uint8_t salt_1[TSPDM_HASH_MAX];
	struct tspdm_view filled = digest_view(k, zeros);
	enum tspdm_status status = derive(k, handshake_secret, KEY_LABEL_DERIVED, no_context, salt_1);

	if (status == TSPDM_OK)
		status = k->crypto->ops->hmac(k->crypto, k->hash, digest_view(k, salt_1), &filled, 1, out);
	tspdm_wipe(salt_1, sizeof salt_1);
	return status;
}

/* The secrets of both directions under labels that follow each other. */
static enum tspdm_status derive_directions(const struct key_schedule *k, const uint8_t *secret, enum key_label request,
	enum key_label response, const uint8_t *th, uint8_t out[KEY_DIRECTIONS][TSPDM_HASH_MAX])
{
	TSPDM_TRY(derive(k, secret, request, digest_view(k, th), out[KEY_DIRECTION_REQUEST]));
	return derive(k, secret, response, digest_view(k, th), out[KEY_DIRECTION_RESPONSE]);
}

static enum tspdm_status derive_finished(const struct key_schedule *k, struct handshake_secrets *s)
{
	for (size_t i = 0; i < KEY_DIRECTIONS; i++)
		TSPDM_TRY(derive(k, s->direction[i], KEY_LABEL_FINISHED, no_context, s->finished[i]));
	return TSPDM_OK;
}

enum tspdm_status tspdm_key_handshake_from(const struct key_schedule *k, const uint8_t *handshake_secret,
	const uint8_t *th1, struct handshake_secrets *out)
{
	enum tspdm_status status;

	memset(out, 0, sizeof *out);
	status = derive_directions(
		k, handshake_secret, KEY_LABEL_REQUEST_HANDSHAKE, KEY_LABEL_RESPONSE_HANDSHAKE, th1, out->direction);
	if (status == TSPDM_OK)
		status = derive_finished(k, out);
	if (status == TSPDM_OK)
		status = tspdm_key_master_secret(k, handshake_secret, out->master);
	if (status != TSPDM_OK)
		tspdm_key_wipe_handshake(out);
	return status;
}

enum tspdm_status tspdm_key_handshake(const struct key_schedule *k, enum key_source source, struct tspdm_view secret,
	const uint8_t *th1, struct handshake_secrets *out)
{
	uint8_t handshake[TSPDM_HASH_MAX];
	enum tspdm_status status = tspdm_key_handshake_secret(k, source, secret, handshake);

	memset(out, 0, sizeof *out);
	if (status == TSPDM_OK)
		status = tspdm_key_handshake_from(k, handshake, th1, out);
	tspdm_wipe(handshake, sizeof handshake);
	return status;
}

enum tspdm_status tspdm_key_data(
	const struct key_schedule *k, struct handshake_secrets *handshake, const uint8_t *th2, struct data_secrets *out)
{
	enum tspdm_status status;

	memset(out, 0, sizeof *out);
	status = derive_directions(
		k, handshake->master, KEY_LABEL_REQUEST_DATA, KEY_LABEL_RESPONSE_DATA, th2, out->direction);
	if (status == TSPDM_OK)
		status = derive(k, handshake->master, KEY_LABEL_EXPORT_MASTER, digest_view(k, th2), out->export_master);
	tspdm_wipe(handshake->master, sizeof handshake->master);
	if (status == TSPDM_OK)
		return TSPDM_OK;
	tspdm_key_wipe_handshake(handshake);
	tspdm_key_wipe_data(out);
	return status;
}

enum tspdm_status tspdm_key_record(const struct key_schedule *k, const uint8_t *secret, struct record_keys *out)
{
	size_t key_len = tspdm_algorithm_size(TSPDM_KIND_AEAD, k->aead);
	enum tspdm_status status = key_len != 0 && key_len <= sizeof out->key ? TSPDM_OK : TSPDM_ERR_ARGUMENT;

	memset(out, 0, sizeof *out);
	if (status == TSPDM_OK)
		status = tspdm_key_expand(k, secret, KEY_LABEL_KEY, no_context, out->key, key_len);
	if (status == TSPDM_OK)
		status = tspdm_key_expand(k, secret, KEY_LABEL_IV, no_context, out->iv, sizeof out->iv);
	if (status != TSPDM_OK)
		tspdm_key_wipe_record(out);
	return status;
}

enum tspdm_status tspdm_key_update(const struct key_schedule *k, const uint8_t *secret, uint8_t *next)
{
	return derive(k, secret, KEY_LABEL_TRAFFIC_UPDATE, no_context, next);
}

enum tspdm_status tspdm_key_verify_data(
	const struct key_schedule *k, const uint8_t *finished, const uint8_t *digest, uint8_t *out)
{
	struct tspdm_view part = digest_view(k, digest);

	TSPDM_TRY(check_schedule(k));
	return k->crypto->ops->hmac(k->crypto, k->hash, digest_view(k, finished), &part, 1, out);
}

enum tspdm_status tspdm_key_check_verify_data(
	const struct key_schedule *k, const uint8_t *finished, const uint8_t *digest, struct tspdm_view received)
{
	uint8_t expected[TSPDM_HASH_MAX];
	enum tspdm_status status = tspdm_key_verify_data(k, finished, digest, expected);

	if (status == TSPDM_OK &&
		(received.len != hash_len(k) || !tspdm_equal_secret(received.ptr, expected, received.len)))
		status = TSPDM_ERR_MAC;
	tspdm_wipe(expected, sizeof expected);
	return status;
}

void tspdm_key_wipe_handshake(struct handshake_secrets *secrets)
{
	tspdm_wipe(secrets, sizeof *secrets);
}

void tspdm_key_wipe_data(struct data_secrets *secrets)
{
	tspdm_wipe(secrets, sizeof *secrets);
}

void tspdm_key_wipe_record(struct record_keys *keys)
{
	tspdm_wipe(keys, sizeof *keys);
}
