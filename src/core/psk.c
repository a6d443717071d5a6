/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a PSKHint to the Handshake-Secret; and the store of keys in memory. */
#include <string.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "core/psk.h"

bool tspdm_psk_store_is_usable(const struct tspdm_psk_store *store)
{
	return store != NULL && store->ops != NULL && (store->ops->lookup != NULL || store->ops->extract != NULL);
}

static enum tspdm_status look_up(
	struct tspdm_psk_store *store, const struct key_schedule *k, struct tspdm_view hint, uint8_t *out)
{
	uint8_t room[TSPDM_PSK_MAX];
	struct tspdm_buffer secret = { room, sizeof room, 0 };
	enum tspdm_status status = store->ops->lookup(store, hint, &secret);

	if (status == TSPDM_OK && (secret.len == 0 || secret.len > sizeof room))
		status = TSPDM_ERR_CRYPTO;
	if (status == TSPDM_OK)
		status = tspdm_key_handshake_secret(k, KEY_SOURCE_PSK, tspdm_buffer_view(&secret), out);
	tspdm_wipe(room, sizeof room);
	return status;
}

static enum tspdm_status extract(
	struct tspdm_psk_store *store, const struct key_schedule *k, struct tspdm_view hint, uint8_t *out)
{
	const struct tspdm_view salt = { tspdm_key_salt_0(k, KEY_SOURCE_PSK),
		tspdm_algorithm_size(TSPDM_KIND_HASH, k->hash) };

	return store->ops->extract(store, hint, k->hash, salt, out);
}

enum tspdm_status tspdm_psk_handshake_secret(
	struct tspdm_psk_store *store, const struct key_schedule *k, struct tspdm_view hint, uint8_t *out)
{
	enum tspdm_status status =
		store->ops->extract != NULL ? extract(store, k, hint, out) : look_up(store, k, hint, out);

	if (status != TSPDM_OK)
		tspdm_wipe(out, TSPDM_HASH_MAX);
	return status;
}

/* ---- The table ---- */

/* base is the first member */
static enum tspdm_status table_lookup(
	struct tspdm_psk_store *store, struct tspdm_view hint, struct tspdm_buffer *secret)
{
	const struct tspdm_psk_table *table = (const struct tspdm_psk_table *)store;

	for (size_t i = 0; i < table->count; i++) {
		const struct tspdm_psk *key = &table->keys[i];

		if (key->hint.len != hint.len || (hint.len != 0 && memcmp(key->hint.ptr, hint.ptr, hint.len) != 0))
			continue;
		write_view(secret, key->secret);
		return write_end(secret);
	}
	return TSPDM_ERR_PSK;
}

static const struct tspdm_psk_store_ops table_ops = { sizeof table_ops, "table", table_lookup, NULL };

void tspdm_psk_table_init(struct tspdm_psk_table *table, const struct tspdm_psk *keys, size_t count)
{
	*table = (struct tspdm_psk_table){ .base = { &table_ops }, .keys = keys, .count = count };
}
