/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What somebody on the wire, or a peer that breaks the rules, can try against sessions by pre-shared key. */
#include "psk_rig.h"

static const uint32_t forms[] = { WITH_CONTEXT, ALONE };

static struct pair *connected(uint32_t form, struct pair_options options)
{
	struct pair *pair = psk_pair(form, options);

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	return pair;
}

/* ---- On the wire ---- */

struct attack {
	unsigned number; /* of the message */
	size_t byte;
	bool is_done;
};

static void flip(void *context, struct pair_message *message)
{
	struct attack *attack = context;

	if (message->number != attack->number || attack->byte >= message->len)
		return;
	attack->is_done = true;
	message->bytes[attack->byte] ^= 0x10;
}

/* Whatever bit changes, the requester has no session; and with ResponderContext the responder has none that the requester
 * does not have, but for the last message. Without it the responder cannot know. */
static void a_changed_bit_of_the_exchange_opens_nothing(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++)
		for (unsigned number = 0; number < (forms[f] == ALONE ? 2U : 4U); number++)
			for (size_t byte = 0; byte < 240; byte += 1) {
				struct attack attack = { .number = number, .byte = byte };
				struct pair *pair =
					connected(forms[f], (struct pair_options){ .retries = TSPDM_NO_RETRIES });
				enum tspdm_status status;
				uint32_t id;

				pair->hook = flip;
				pair->hook_context = &attack;
				status = open_by_psk(pair, first_hint, &id);
				/* reserved bits of Param2 are in the transcripts, too */
				assert_true(attack.is_done == (status != TSPDM_OK));
				if (attack.is_done) {
					assert_int_equal(tspdm_requester_opened(pair->requester), 0);
					check_wiped(requester_sessions(pair->requester));
					if (forms[f] == WITH_CONTEXT && number < 3)
						assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
				}
				pair_free(pair);
			}
}

static void take_context_out(void *context, struct pair_message *m)
{
	const size_t summary_len = 48, context_at = 12 + summary_len;

	(void)context;
	if (m->is_request || m->kind != TSPDM_KIND_PLAIN || m->bytes[1] != TSPDM_PSK_EXCHANGE_RSP)
		return;
	memmove(m->bytes + context_at, m->bytes + context_at + m->bytes[8], m->len - context_at - m->bytes[8]);
	m->len -= m->bytes[8];
	m->bytes[8] = 0;
}

/* Not even a responder that has the key may leave out the half of the handshake that it announced. */
static void a_missing_responder_context_is_refused(void **state)
{
	struct pair *pair = connected(WITH_CONTEXT, (struct pair_options){ .hash = TSPDM_HASH_SHA384 });
	uint32_t id;

	(void)state;
	pair->hook = take_context_out;
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_FIELD);
	assert_string_equal(tspdm_requester_error(pair->requester)->clause, "DSP0274 1.2 \"ResponderContext\"");
	check_wiped(requester_sessions(pair->requester));
	pair_free(pair);
}

static void announce_another_form(void *context, struct pair_message *m)
{
	(void)context;
	if (!m->is_request && m->bytes[1] == TSPDM_CAPABILITIES) /* bits 11:10 of Flags */
		m->bytes[9] = (uint8_t)((m->bytes[9] & ~0x0CU) | (m->bytes[9] & 0x08U ? 0x04U : 0x08U));
}

/* PSK_CAP is in VCA, and that is in the transcript. */
static void a_changed_psk_cap_is_noticed(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++) {
		struct pair *pair = psk_pair(forms[f], (struct pair_options){ .retries = TSPDM_NO_RETRIES });
		uint32_t id;

		pair->hook = announce_another_form;
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_FIELD);
		check_wiped(requester_sessions(pair->requester));
		pair_free(pair);
	}
}

static void keep_exchange(void *context, struct pair_message *m)
{
	static uint8_t kept[1024];

	if (!m->is_request || m->kind != TSPDM_KIND_PLAIN || m->bytes[1] != TSPDM_PSK_EXCHANGE)
		return;
	memcpy(kept, m->bytes, m->len);
	*(struct tspdm_view *)context = (struct tspdm_view){ kept, m->len };
}

/* Who repeats what he has recorded does not take the session from those who use it, nor gets the keys of it. */
static void a_replayed_exchange_does_not_touch_a_session_in_use(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++) {
		struct pair *pair = connected(forms[f], (struct pair_options){ .retries = TSPDM_NO_RETRIES });
		struct tspdm_view kept = { NULL, 0 };
		uint32_t id;

		pair->hook = keep_exchange;
		pair->hook_context = &kept;
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		assert_int_equal(heartbeat(pair, id), TSPDM_OK);
		for (unsigned i = 0; i < 8; i++) {
			const struct session *s = &pair->responder->sessions.all[1];

			assert_int_equal(ask_clear(pair, kept.ptr, kept.len), 0);
			assert_true(s->phase == SESSION_HANDSHAKING || tspdm_session_is_unused(s));
			assert_int_not_equal(s->id, id);
			assert_int_equal(pair->responder->sessions.all[2].phase, SESSION_FREE);
		}
		assert_int_equal(heartbeat(pair, id), TSPDM_OK);
		pair_free(pair);
	}
}

/* ---- Keys that are not there, or not the same ---- */

static void another_secret_opens_nothing(void **state)
{
	struct tspdm_psk_table wrong;

	(void)state;
	tspdm_psk_table_init(&wrong, wrong_keys, COUNT(wrong_keys));
	for (size_t f = 0; f < COUNT(forms); f++)
		for (unsigned side = 0; side < 2; side++) {
			struct pair_options options = { .retries = TSPDM_NO_RETRIES };
			struct pair *pair;
			uint32_t id;

			*(side == 0 ? &options.requester_psk : &options.responder_psk) = &wrong.base;
			pair = connected(forms[f], options);
			assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_MAC);
			assert_int_equal(open_by_psk(pair, (struct tspdm_view){ NULL, 0 }, &id), TSPDM_ERR_MAC);
			assert_int_equal(tspdm_requester_opened(pair->requester), 0);
			check_wiped(requester_sessions(pair->requester));
			if (forms[f] == WITH_CONTEXT)
				assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
			pair_free(pair);
		}
}

static void a_hint_that_the_requester_does_not_know_is_not_sent(void **state)
{
	struct pair *pair = connected(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES });
	uint32_t id;

	(void)state;
	assert_int_equal(open_by_psk(pair, (struct tspdm_view)TEXT("firs"), &id), TSPDM_ERR_PSK);
	assert_int_equal(open_by_psk(pair, (struct tspdm_view)TEXT("first "), &id), TSPDM_ERR_PSK);
	assert_int_equal(pair->messages, 0);
	pair_free(pair);
}

static void a_hint_that_the_responder_does_not_know_is_refused(void **state)
{
	struct tspdm_psk_table wrong;
	struct pair *pair;
	uint32_t id;

	(void)state;
	tspdm_psk_table_init(&wrong, wrong_keys, COUNT(wrong_keys));
	for (size_t f = 0; f < COUNT(forms); f++) {
		pair = connected(
			forms[f], (struct pair_options){ .retries = TSPDM_NO_RETRIES, .requester_psk = &wrong.base });
		assert_int_equal(open_by_psk(pair, (struct tspdm_view)TEXT("unknown"), &id), TSPDM_ERR_PEER);
		assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(tspdm_responder_last(pair->responder).status, TSPDM_ERR_PSK);
		check_no_session(pair);
		pair_free(pair);
	}
}

static void a_hint_too_long_for_the_request_is_refused(void **state)
{
	static uint8_t hint[4096];
	const struct tspdm_psk key = { BYTES(hint), BYTES(first_secret) };
	struct tspdm_psk_table table;
	struct pair *pair;
	uint32_t id;

	(void)state;
	tspdm_psk_table_init(&table, &key, 1);
	pair = connected(WITH_CONTEXT, (struct pair_options){ .requester_psk = &table.base });
	assert_int_equal(open_by_psk(pair, key.hint, &id), TSPDM_ERR_BUFFER);
	check_no_session(pair);
	pair_free(pair);
}

/* ---- Requests by hand ---- */

#define OFFER 0x01, 0, 0, 0, 0, 0, 5, 0, 1, 1, 1, 0x00, 0x12, 0, 0, 0

/* 1.2, hint "first", 32 bytes of context, one version offered. */
static const uint8_t plain_exchange[12 + 5 + 32 + 16] = { TSPDM_V12, TSPDM_PSK_EXCHANGE, 0, 0, 0x34, 0x12, 5, 0, 32, 0,
	16, 0, 'f', 'i', 'r', 's', 't', [12 + 5 + 32] = OFFER };

static void malformed_exchanges_are_refused(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		size_t len; /* 0: all of it */
		uint8_t error;
	} cases[] = {
		{ "as it should be", 0, TSPDM_V12, 0, 0 },
		{ "a context of 31", 8, 31, sizeof plain_exchange - 1, TSPDM_ERROR_INVALID_REQUEST },
		{ "no context", 8, 0, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "a hint of nothing, which names no key", 6, 0, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "another hint", 12, 'F', 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "a hint past the end", 7, 0xFF, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "a context past the end", 9, 0xFF, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "opaque data past the end", 10, 17, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "no opaque data", 10, 0, sizeof plain_exchange - 16, TSPDM_ERROR_INVALID_REQUEST },
		{ "opaque data of too many bytes", 11, 0x04, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "more elements than there are", 12 + 5 + 32, 2, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "a list past its element", 12 + 5 + 32 + 10, 2, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "no common version", 12 + 5 + 32 + 12, 0x20, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "an unknown summary type", 2, 2, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "another SPDM version", 0, TSPDM_V11, 0, TSPDM_ERROR_VERSION_MISMATCH },
		{ "its header only", 0, TSPDM_V12, 4, TSPDM_ERROR_INVALID_REQUEST },
	};
	/* of the key without a hint there is none here */
	static const struct tspdm_psk keys[] = { { TEXT("first"), BYTES(first_secret) } };
	struct tspdm_psk_table table;

	(void)state;
	tspdm_psk_table_init(&table, keys, COUNT(keys));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair *pair = connected(WITH_CONTEXT, (struct pair_options){ .responder_psk = &table.base });
		uint8_t message[sizeof plain_exchange];

		print_message("# %s\n", cases[i].name);
		memcpy(message, plain_exchange, sizeof message);
		message[cases[i].at] = cases[i].value;
		assert_int_equal(
			ask_clear(pair, message, cases[i].len != 0 ? cases[i].len : sizeof message), cases[i].error);
		if (cases[i].error != 0)
			check_no_session(pair);
		pair_free(pair);
	}
}

static void whoever_has_not_announced_psk_gets_none(void **state)
{
	struct pair_options options = { .session_capabilities = FULL };
	struct pair *pair = pair_new(&options);
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(ask_clear(pair, plain_exchange, sizeof plain_exchange), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	pair_free(pair);
	/* the responder has it, the requester has not */
	pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .session_capabilities = FULL });
	requester_own(pair->requester)->flags = FULL;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(ask_clear(pair, plain_exchange, sizeof plain_exchange), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	check_no_session(pair);
	pair_free(pair);
}

/* Identical bytes are a retry; others are another session, for which there has to be room. */
static void there_are_as_many_handshakes_as_there_is_room_for(void **state)
{
	struct pair *pair = connected(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES });
	uint8_t message[sizeof plain_exchange];

	(void)state;
	memcpy(message, plain_exchange, sizeof message);
	for (unsigned i = 0; i < 4; i++) {
		message[12 + 5 + 31] = (uint8_t)i;
		for (unsigned k = 0; k < 3; k++)
			assert_int_equal(ask_clear(pair, message, sizeof message), 0);
	}
	message[12 + 5 + 31] = 4;
	assert_int_equal(ask_clear(pair, message, sizeof message), TSPDM_ERROR_SESSION_LIMIT_EXCEEDED);
	pair_free(pair);
}

/* ---- PSK_FINISH ---- */

static const uint8_t finish_message[4 + 48] = { TSPDM_V12, TSPDM_FINISH };
static const uint8_t psk_finish_message[4 + 48] = { TSPDM_V12, TSPDM_PSK_FINISH };
static const struct tspdm_view finishes[] = { BYTES(finish_message), BYTES(psk_finish_message) };

/* Drops the last request of a handshake. */
static void stop_before_finish(void *context, struct pair_message *m)
{
	(void)context;
	m->is_dropped = m->is_request && (m->kind == TSPDM_KIND_SECURED || m->bytes[1] == TSPDM_FINISH);
}

/* Leaves both sides in the handshake of a session by pre-shared key or by certificate, and gives the requester's end of
 * it, which sees the handshake's keys once more. */
static struct pair *handshaking(bool is_psk, uint32_t capabilities, uint32_t *id)
{
	struct pair *pair = psk_pair(
		WITH_CONTEXT, (struct pair_options){ .session_capabilities = capabilities, .hash = TSPDM_HASH_SHA384 });
	const struct tspdm_open_psk_session job = { .hint = first_hint };
	const struct tspdm_open_session certificate = { .summary_type = TSPDM_SUMMARY_NONE };
	struct tspdm_io io;

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	if (is_psk)
		assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &job), TSPDM_OK);
	else
		assert_int_equal(tspdm_requester_open_session(pair->requester, &certificate), TSPDM_OK);
	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_SEND);
	assert_int_equal(tspdm_requester_input(pair->requester, TSPDM_KIND_PLAIN,
				 (struct tspdm_view){ room, pair_ask(pair, TSPDM_KIND_PLAIN, io.out, room) }),
		TSPDM_OK);
	*id = pair->responder->sessions.all[0].id;
	assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
	return pair;
}

/* F01: the full matrix of what begins and what ends a handshake, in the session and in the clear. The keys are the right
 * ones: it is the kind of session that is wrong. */
static void f01_neither_finish_ends_the_handshake_of_the_other(void **state)
{
	static const uint32_t capabilities[] = { FULL, BASIC, FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };

	(void)state;
	for (unsigned i = 0; i < COUNT(capabilities) * 2; i++) {
		const bool is_psk = i % 2 != 0;
		const bool is_clear = !is_psk && (capabilities[i / 2] & TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR) != 0;
		uint32_t id;
		struct pair *pair = handshaking(is_psk, capabilities[i / 2], &id);
		const struct tspdm_view wrong = finishes[is_psk ? 0 : 1];

		assert_int_equal(ask_clear(pair, wrong.ptr, wrong.len), TSPDM_ERROR_SESSION_REQUIRED);
		if (!is_clear)
			assert_int_equal(ask_in(pair, id, wrong.ptr, wrong.len), TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
		/* and PSK_FINISH is for nobody in the clear */
		assert_int_equal(
			ask_clear(pair, psk_finish_message, sizeof psk_finish_message), TSPDM_ERROR_SESSION_REQUIRED);
		assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
		pair_free(pair);
	}
}

static void f01_neither_finish_is_taken_in_an_open_session(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++) {
		struct pair *pair = psk_pair(forms[f], (struct pair_options){ .session_capabilities = FULL });
		uint32_t ids[2];

		assert_int_equal(pair_open(pair, &ids[0]), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, first_hint, &ids[1]), TSPDM_OK);
		for (size_t i = 0; i < COUNT(ids); i++)
			for (size_t k = 0; k < COUNT(finishes); k++)
				assert_int_equal(ask_in(pair, ids[i], finishes[k].ptr, finishes[k].len),
					TSPDM_ERROR_UNEXPECTED_REQUEST);
		for (size_t i = 0; i < COUNT(ids); i++)
			assert_int_equal(heartbeat(pair, ids[i]), TSPDM_OK);
		pair_free(pair);
	}
}

static void psk_finish_with_wrong_verify_data_destroys_the_session(void **state)
{
	uint32_t id;
	struct pair *pair = handshaking(true, FULL, &id);

	(void)state;
	assert_int_equal(ask_in(pair, id, psk_finish_message, sizeof psk_finish_message), TSPDM_ERROR_DECRYPT_ERROR);
	check_wiped(&pair->responder->sessions);
	pair_free(pair);
}

static void a_psk_finish_of_another_length_destroys_the_session(void **state)
{
	static const size_t lens[] = { 3, 4, 51, 53 };

	(void)state;
	for (size_t i = 0; i < COUNT(lens); i++) {
		const uint8_t message[64] = { TSPDM_V12, TSPDM_PSK_FINISH };
		uint32_t id;
		struct pair *pair = handshaking(true, FULL, &id);

		assert_int_equal(ask_in(pair, id, message, lens[i]), TSPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
		if (lens[i] >= 4)
			check_wiped(&pair->responder->sessions);
		pair_free(pair);
	}
}

static void only_psk_finish_is_taken_in_the_handshake(void **state)
{
	static const uint8_t codes[] = { TSPDM_GET_CAPABILITIES, TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_GET_DIGESTS,
		TSPDM_GET_CERTIFICATE, TSPDM_CHALLENGE, TSPDM_GET_MEASUREMENTS, TSPDM_KEY_EXCHANGE, TSPDM_PSK_EXCHANGE,
		TSPDM_HEARTBEAT, TSPDM_KEY_UPDATE, TSPDM_END_SESSION, TSPDM_VENDOR_DEFINED_REQUEST };
	uint32_t id;
	struct pair *pair = handshaking(true, FULL, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		const uint8_t message[64] = { TSPDM_V12, codes[i], 1 };

		assert_int_equal(ask_in(pair, id, message, sizeof message), TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	pair_free(pair);
}

static void psk_exchange_is_refused_in_a_session(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++) {
		uint32_t id;
		struct pair *pair = open_psk_pair(forms[f], &id);

		assert_int_equal(
			ask_in(pair, id, plain_exchange, sizeof plain_exchange), TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(heartbeat(pair, id), TSPDM_OK);
		pair_free(pair);
	}
}

/* FINISH in the clear speaks of the most recent handshake: there is none but that of KEY_EXCHANGE. */
static void psk_exchange_is_refused_while_a_handshake_is_in_the_clear(void **state)
{
	uint32_t id;
	struct pair *pair = handshaking(false, FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR, &id);

	(void)state;
	assert_int_equal(ask_clear(pair, plain_exchange, sizeof plain_exchange), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(pair->responder->sessions.all[1].phase, SESSION_FREE);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	pair_free(pair);
}

/* One handshake's last message in another one's session. */
static void a_psk_finish_does_not_fit_another_session(void **state)
{
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES });
	struct tspdm_view answer = { room, 0 };
	struct tspdm_io io;
	const struct tspdm_open_psk_session job = { .hint = first_hint };
	uint8_t other[sizeof plain_exchange];
	uint8_t record[512];
	uint32_t second;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &job), TSPDM_OK);
	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_SEND);
	answer.len = pair_ask(pair, TSPDM_KIND_PLAIN, io.out, room);
	assert_int_equal(tspdm_requester_input(pair->requester, TSPDM_KIND_PLAIN, answer), TSPDM_OK);
	memcpy(other, plain_exchange, sizeof other);
	assert_int_equal(ask_clear(pair, other, sizeof other), 0);
	second = pair->responder->sessions.all[1].id;
	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_SEND);
	assert_int_equal(io.kind, TSPDM_KIND_SECURED);
	memcpy(record, io.out.ptr, io.out.len);
	for (unsigned i = 0; i < 4; i++)
		record[i] = (uint8_t)(second >> (8 * i));
	assert_true(pair_ask(pair, TSPDM_KIND_SECURED, (struct tspdm_view){ record, io.out.len }, room) > 0);
	assert_int_equal(tspdm_responder_last(pair->responder).error_code, TSPDM_ERROR_DECRYPT_ERROR);
	assert_int_equal(pair->responder->sessions.all[1].phase, SESSION_FREE);
	/* the one that it was for takes it, and once */
	answer.len = pair_ask(pair, TSPDM_KIND_SECURED, io.out, room);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1);
	assert_int_equal(tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, answer), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	pair_free(pair);
}

/* F05 */
static void get_version_wipes_sessions_by_psk(void **state)
{
	static const uint8_t get_version[] = { TSPDM_V10, TSPDM_GET_VERSION, 0, 0 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		uint32_t id;
		struct pair *pair = i < 2 ? open_psk_pair(forms[i], &id) : handshaking(true, FULL, &id);

		assert_int_equal(ask_clear(pair, get_version, sizeof get_version), 0);
		check_wiped(&pair->responder->sessions);
		pair_free(pair);
	}
}

/* ---- Configurations ---- */

static void configurations_that_cannot_be_are_refused(void **state)
{
	static const struct tspdm_psk_store_ops no_ops = { .size = sizeof no_ops };
	static struct tspdm_psk_store useless = { &no_ops }, empty;
	static const struct {
		uint32_t responder, requester;
		struct tspdm_psk_store *store; /* NULL: none */
		bool has_store;
	} cases[] = {
		{ TSPDM_CAP_MAC | TSPDM_CAP_PSK_MASK, TSPDM_CAP_MAC | TSPDM_CAP_PSK_MASK, NULL, true },
		{ TSPDM_CAP_PSK, TSPDM_CAP_PSK, NULL, true },
		{ TSPDM_CAP_PSK | TSPDM_CAP_ENCRYPT, TSPDM_CAP_PSK | TSPDM_CAP_ENCRYPT, NULL, true },
		{ PSK_SECURE | TSPDM_CAP_PSK | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR,
			PSK_SECURE | TSPDM_CAP_PSK | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR, NULL, true },
		{ PSK_SECURE | TSPDM_CAP_PSK, PSK_SECURE | TSPDM_CAP_PSK, NULL, false },
		{ PSK_SECURE | TSPDM_CAP_PSK, PSK_SECURE | TSPDM_CAP_PSK, &useless, true },
		{ PSK_SECURE | TSPDM_CAP_PSK, PSK_SECURE | TSPDM_CAP_PSK, &empty, true },
		/* 10b is a responder's */
		{ PSK_SECURE, PSK_SECURE | TSPDM_CAP_PSK_WITH_CONTEXT, NULL, true },
	};
	uint32_t id;
	struct pair *pair = open_psk_pair(WITH_CONTEXT, &id);
	void *memory = malloc(tspdm_responder_size() + tspdm_requester_size());
	void *spare = malloc(tspdm_session_size());

	(void)state;
	assert_true(memory != NULL && spare != NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_responder_config responder = pair->responder->config;
		struct tspdm_requester_config requester = *requester_config(pair->requester);
		struct tspdm_psk_store *good = responder.psk;
		struct tspdm_responder *p;
		struct tspdm_requester *r;

		responder.capabilities = cases[i].responder;
		requester.capabilities = cases[i].requester;
		responder.sessions = requester.sessions = spare;
		responder.sessions_len = requester.sessions_len = tspdm_session_size();
		responder.psk = cases[i].store != NULL ? cases[i].store : good;
		if (!cases[i].has_store)
			responder.psk = NULL;
		requester.psk = responder.psk;
		assert_int_not_equal(tspdm_responder_init(memory, tspdm_responder_size(), &responder, &p), TSPDM_OK);
		assert_int_not_equal(tspdm_requester_init(memory, tspdm_requester_size(), &requester, &r), TSPDM_OK);
	}
	free(memory);
	free(spare);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

static void jobs_that_cannot_be_are_refused(void **state)
{
	static const struct {
		struct tspdm_open_psk_session job;
		enum tspdm_status status;
	} cases[] = {
		{ { .hint = TEXT("first"), .summary_type = 2 }, TSPDM_ERR_ARGUMENT },
		{ { .hint = { NULL, 3 } }, TSPDM_ERR_ARGUMENT },
		{ { .hint = { first_secret, 65536 } }, TSPDM_ERR_ARGUMENT },
		{ { .hint = TEXT("first"), .reserved = { [4] = 1 } }, TSPDM_ERR_UNSUPPORTED },
		{ { .hint = TEXT("nobody's") }, TSPDM_ERR_PSK },
	};
	const struct tspdm_open_psk_session good = { .hint = first_hint };
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES });

	(void)state;
	assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &good), TSPDM_ERR_STATE);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_open_psk_session(NULL, &good), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_requester_open_psk_session(pair->requester, NULL), TSPDM_ERR_ARGUMENT);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &cases[i].job), cases[i].status);
	assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &good), TSPDM_OK);
	assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &good), TSPDM_ERR_STATE);
	pair->hook = stop_before_finish;
	assert_int_not_equal(pair_run(pair), TSPDM_OK);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_bit_of_the_exchange_opens_nothing),
		cmocka_unit_test(a_missing_responder_context_is_refused),
		cmocka_unit_test(a_changed_psk_cap_is_noticed),
		cmocka_unit_test(a_replayed_exchange_does_not_touch_a_session_in_use),
		cmocka_unit_test(another_secret_opens_nothing),
		cmocka_unit_test(a_hint_that_the_requester_does_not_know_is_not_sent),
		cmocka_unit_test(a_hint_that_the_responder_does_not_know_is_refused),
		cmocka_unit_test(a_hint_too_long_for_the_request_is_refused),
		cmocka_unit_test(malformed_exchanges_are_refused),
		cmocka_unit_test(whoever_has_not_announced_psk_gets_none),
		cmocka_unit_test(there_are_as_many_handshakes_as_there_is_room_for),
		cmocka_unit_test(f01_neither_finish_ends_the_handshake_of_the_other),
		cmocka_unit_test(f01_neither_finish_is_taken_in_an_open_session),
		cmocka_unit_test(psk_finish_with_wrong_verify_data_destroys_the_session),
		cmocka_unit_test(a_psk_finish_of_another_length_destroys_the_session),
		cmocka_unit_test(only_psk_finish_is_taken_in_the_handshake),
		cmocka_unit_test(psk_exchange_is_refused_in_a_session),
		cmocka_unit_test(psk_exchange_is_refused_while_a_handshake_is_in_the_clear),
		cmocka_unit_test(a_psk_finish_does_not_fit_another_session),
		cmocka_unit_test(get_version_wipes_sessions_by_psk),
		cmocka_unit_test(configurations_that_cannot_be_are_refused),
		cmocka_unit_test(jobs_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
