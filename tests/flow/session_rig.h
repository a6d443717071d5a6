/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of sessions share. */
#ifndef TEST_SESSION_RIG_H
#define TEST_SESSION_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/connection.h"
#include "pair.h"
#include "inside.h"
#include "responder/responder.h"

#define BASIC (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC)
#define SECURE (BASIC | TSPDM_CAP_ENCRYPT)
#define FULL (SECURE | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t room[PAIR_MESSAGE_MAX];
static uint8_t session_version; /* of SPDM, in which the tests open their sessions; 0: the default */

static inline int in_1_1(void **state)
{
	(void)state;
	session_version = TSPDM_V11;
	return 0;
}

static inline int in_1_2(void **state)
{
	(void)state;
	session_version = TSPDM_V12;
	return 0;
}

/* A test in each version that has sessions. */
#define IN_EACH_VERSION(test)                                                                                          \
	{ #test "_in_1_1", test, in_1_1, NULL, NULL },                                                                 \
	{                                                                                                              \
#test "_in_1_2", test, in_1_2, NULL, NULL                                                              \
	}

static inline enum tspdm_status close_session(struct pair *pair, uint32_t id)
{
	TSPDM_TRY(tspdm_requester_close_session(pair->requester, id));
	return pair_run(pair);
}

static inline enum tspdm_status heartbeat(struct pair *pair, uint32_t id)
{
	TSPDM_TRY(tspdm_requester_heartbeat(pair->requester, id));
	return pair_run(pair);
}

static inline enum tspdm_status update(struct pair *pair, uint32_t id, bool all)
{
	TSPDM_TRY(tspdm_requester_update_keys(pair->requester, id, all));
	return pair_run(pair);
}

/* Not a byte of a session is left. */
static inline void check_wiped(const struct session_table *table)
{
	static const struct session none;

	assert_int_not_equal(table->count, 0);
	for (unsigned i = 0; i < table->count; i++)
		assert_memory_equal(&table->all[i], &none, sizeof none);
}

static inline void check_no_session(struct pair *pair)
{
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	check_wiped(&pair->responder->sessions);
	check_wiped(requester_sessions(pair->requester));
}

static inline struct pair *open_pair(uint32_t capabilities, const struct tspdm_binding *binding, uint32_t *id)
{
	const struct pair_options options = { .version = session_version,
		.session_capabilities = capabilities,
		.binding = binding,
		.dhe = TSPDM_DHE_SECP256R1,
		.heartbeat_s = 5,
		.has_evidence = true };
	struct pair *pair = pair_new(&options);

	assert_int_equal(pair_open(pair, id), TSPDM_OK);
	pair->messages = 0;
	return pair;
}

static inline uint8_t ask_clear(struct pair *pair, const uint8_t *message, size_t len)
{
	size_t got = pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, len }, room);

	assert_true(got >= 4);
	return room[1] == TSPDM_ERROR ? room[2] : 0;
}

/* Asks in the session by hand: what the requester would never send. */
static inline uint8_t ask_in(struct pair *pair, uint32_t id, const uint8_t *message, size_t len)
{
	struct session *s = tspdm_session_find(requester_sessions(pair->requester), id);
	struct tspdm_buffer record = { pair->request_record, sizeof pair->request_record, 0 };
	struct tspdm_record_opened opened;
	struct tspdm_view answer;
	size_t got;

	memcpy(record.ptr + tspdm_session_head_len(s), message, len);
	assert_int_equal(tspdm_session_seal(s, &record, len), TSPDM_OK);
	got = pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&record), room);
	assert_true(got > 0);
	assert_int_equal(tspdm_record_open(&s->open, room, got, &opened), TSPDM_OK);
	assert_true(tspdm_session_message(s, opened.data, &answer));
	return answer.ptr[1] == TSPDM_ERROR ? answer.ptr[2] : 0;
}

static inline int end(void **state)
{
	(void)state;
	pair_end();
	return 0;
}

#endif
