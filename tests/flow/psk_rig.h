/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of sessions by pre-shared key share. */
#ifndef TEST_PSK_RIG_H
#define TEST_PSK_RIG_H

#include <tspdm/psk.h>

#include "session_rig.h"

#define PSK_BASIC (TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)
#define PSK_SECURE (PSK_BASIC | TSPDM_CAP_ENCRYPT)
#define WITH_CONTEXT TSPDM_CAP_PSK_WITH_CONTEXT
#define ALONE TSPDM_CAP_PSK

static const uint8_t first_secret[32] = "first secret of thirty-two byte";
static const uint8_t second_secret[17] = "second secret ...";
static const uint8_t wrong_secret[32] = "something else of the same size";

#define TEXT(text)                                                                                                     \
	{                                                                                                              \
		(const uint8_t *)(text), sizeof(text) - 1                                                              \
	}
#define BYTES(array)                                                                                                   \
	{                                                                                                              \
		array, sizeof(array)                                                                                   \
	}

static const struct tspdm_psk good_keys[] = {
	{ TEXT("first"), BYTES(first_secret) },
	{ TEXT("second"), BYTES(second_secret) },
	{ { NULL, 0 }, BYTES(second_secret) },
};
static const struct tspdm_psk wrong_keys[] = {
	{ TEXT("first"), BYTES(wrong_secret) },
	{ TEXT("unknown"), BYTES(first_secret) },
	{ { NULL, 0 }, BYTES(wrong_secret) },
};
static const struct tspdm_view first_hint = TEXT("first");

/* Both sides hold the good keys, unless the options say something else. */
static inline struct pair *psk_pair(uint32_t form, struct pair_options options)
{
	static struct tspdm_psk_table table;

	tspdm_psk_table_init(&table, good_keys, COUNT(good_keys));
	if (options.session_capabilities == 0)
		options.session_capabilities = PSK_SECURE;
	options.requester_capabilities = options.session_capabilities | TSPDM_CAP_PSK;
	options.session_capabilities |= form;
	options.heartbeat_s = 5;
	if (options.dhe == 0)
		options.dhe = TSPDM_DHE_SECP256R1;
	if (options.requester_psk == NULL)
		options.requester_psk = &table.base;
	if (options.responder_psk == NULL)
		options.responder_psk = &table.base;
	return pair_new(&options);
}

static inline enum tspdm_status open_by_psk(struct pair *pair, struct tspdm_view hint, uint32_t *id)
{
	const struct tspdm_open_psk_session job = { .hint = hint, .summary_type = TSPDM_SUMMARY_ALL };

	*id = 0;
	TSPDM_TRY(tspdm_requester_open_psk_session(pair->requester, &job));
	TSPDM_TRY(pair_run(pair));
	*id = tspdm_requester_opened(pair->requester);
	return TSPDM_OK;
}

/* A connection with one session by pre-shared key. */
static inline struct pair *open_psk_pair(uint32_t form, uint32_t *id)
{
	struct pair *pair = psk_pair(form, (struct pair_options){ .retries = 0 });

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, id), TSPDM_OK);
	pair->messages = 0;
	return pair;
}

#endif
