/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Telling the application the secrets of sessions, where it asked for them. */
#include "core/key_log.h"

#include <string.h>

#include <tspdm/secret.h>

void tspdm_key_log_name(struct session *s, struct tspdm_view random)
{
	size_t len = random.len < sizeof s->exchange_random ? random.len : sizeof s->exchange_random;

	memset(s->exchange_random, 0, sizeof s->exchange_random);
	if (len != 0)
		memcpy(s->exchange_random, random.ptr, len);
}

static void tell(const struct session *s, struct tspdm_secret_name name, struct tspdm_view secret)
{
	name.session_id = s->id;
	name.random = (struct tspdm_view){ s->exchange_random, sizeof s->exchange_random };
	name.is_psk = s->kind != SESSION_CERTIFICATE;
	s->key_log.log(s->key_log.context, &name, secret);
}

void tspdm_key_log(const struct session *s, enum tspdm_secret_kind kind, unsigned generation, struct tspdm_view secret)
{
	if (s->key_log.log != NULL)
		tell(s, (struct tspdm_secret_name){ .kind = (uint8_t)kind, .generation = generation }, secret);
}

void tspdm_key_log_psk(const struct session *s, struct tspdm_psk_store *store, struct tspdm_view hint)
{
	uint8_t room[TSPDM_PSK_MAX];
	struct tspdm_buffer secret = { room, sizeof room, 0 };

	if (s->key_log.log == NULL || store->ops->lookup == NULL || store->ops->extract != NULL)
		return;
	if (store->ops->lookup(store, hint, &secret) == TSPDM_OK && secret.len <= secret.cap)
		tell(s, (struct tspdm_secret_name){ .kind = TSPDM_SECRET_PSK, .hint = hint },
			(struct tspdm_view){ secret.ptr, secret.len });
	tspdm_wipe(room, sizeof room);
}
