/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What somebody on the wire, or a peer that breaks the rules, can try against sessions. */
#include "session_rig.h"

/* ---- An attacker on the wire ---- */

struct attack {
	unsigned number; /* of the message */
	size_t byte;     /* a bit of it is changed; the last one where it is shorter */
	bool is_truncated;
	bool is_plain;
	bool is_done;
};

static void flip(void *context, struct pair_message *message)
{
	struct attack *attack = context;

	if (message->number != attack->number)
		return;
	attack->is_done = true;
	if (attack->is_truncated)
		message->len -= 1;
	else
		message->bytes[attack->byte < message->len ? attack->byte : message->len - 1] ^= 0x10;
}

/* Whatever bit of the exchange changes, no session comes out of it at either side that the other one does not have. */
static void a_changed_bit_of_the_handshake_opens_nothing(void **state)
{
	(void)state;
	for (unsigned clear = 0; clear < 2; clear++) {
		const struct pair_options options = { .session_capabilities =
							      FULL | (clear ? TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR : 0),
			.dhe = TSPDM_DHE_SECP256R1,
			.retries = TSPDM_NO_RETRIES };
		struct pair *pair = pair_new(&options);

		for (unsigned number = 0; number < 4; number++)
			for (size_t byte = number < 2 ? 4 : 0; byte < (number < 2 ? 330U : 60U); byte += 3) {
				struct attack attack = { .number = number, .byte = byte };
				uint32_t id;
				enum tspdm_status status;

				pair->hook = NULL;
				assert_int_equal(pair_connect(pair), TSPDM_OK);
				assert_int_equal(pair_authenticate(pair), TSPDM_OK);
				pair->messages = 0;
				pair->hook = flip;
				pair->hook_context = &attack;
				status = pair_open_another(pair, &id);
				assert_true(attack.is_done || status != TSPDM_OK);
				/* an ERROR instead of FINISH_RSP, or one that cannot be read */
				assert_int_not_equal(status, TSPDM_OK);
				assert_int_equal(tspdm_requester_opened(pair->requester), 0);
				for (unsigned i = 0; i < requester_sessions(pair->requester)->count; i++)
					assert_int_equal(
						requester_sessions(pair->requester)->all[i].phase, SESSION_FREE);
				if (number < 3)
					assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
			}
		pair_free(pair);
	}
}

static void a_changed_record_ends_the_session(void **state)
{
	static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe };

	(void)state;
	for (unsigned b = 0; b < COUNT(bindings); b++)
		for (unsigned number = 0; number < 2; number++)
			for (size_t byte = 4; byte < 44; byte++) {
				struct attack attack = { .number = number, .byte = byte };
				uint32_t id;
				struct pair *pair =
					open_pair(byte % 2 ? FULL : BASIC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD,
						bindings[b], &id);

				pair->hook = flip;
				pair->hook_context = &attack;
				assert_int_not_equal(heartbeat(pair, id), TSPDM_OK);
				assert_true(attack.is_done);
				assert_int_equal(heartbeat(pair, id), TSPDM_ERR_SESSION);
				if (number == 0)
					check_no_session(pair);
				pair_free(pair);
			}
}

static void a_truncated_record_ends_the_session(void **state)
{
	struct attack attack = { .is_truncated = true };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	pair->hook = flip;
	pair->hook_context = &attack;
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_DECRYPT_ERROR);
	check_no_session(pair);
	pair_free(pair);
}

static void drop(void *context, struct pair_message *message)
{
	message->is_dropped = message->number == *(unsigned *)context;
}

static void a_lost_record_ends_the_session(void **state)
{
	(void)state;
	for (unsigned number = 0; number < 2; number++) {
		uint32_t id;
		struct pair *pair = open_pair(FULL, NULL, &id);

		pair->hook = drop;
		pair->hook_context = &number;
		assert_int_equal(heartbeat(pair, id), TSPDM_ERR_TIMEOUT);
		assert_int_equal(heartbeat(pair, id), TSPDM_ERR_SESSION);
		pair_free(pair);
	}
}

static void twice(void *context, struct pair_message *message)
{
	message->is_doubled = message->number == *(unsigned *)context;
}

static void a_replayed_record_is_not_taken(void **state)
{
	unsigned number = 0;
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	pair->hook = twice;
	pair->hook_context = &number;
	assert_int_not_equal(heartbeat(pair, id), TSPDM_OK);
	check_no_session(pair);
	pair_free(pair);
	/* a response: the session is over at the requester */
	number = 1;
	pair = open_pair(FULL, NULL, &id);
	pair->hook = twice;
	pair->hook_context = &number;
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_SESSION);
	pair_free(pair);
}

static void a_record_out_of_order_is_not_taken(void **state)
{
	static const uint8_t data[] = { 0x7E, 9 };
	const struct tspdm_view message = { data, sizeof data };
	uint8_t first[128], second[128];
	struct tspdm_buffer a = { first, sizeof first, 0 }, b = { second, sizeof second, 0 };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(tspdm_requester_seal(pair->requester, id, message, &a), TSPDM_OK);
	assert_int_equal(tspdm_requester_seal(pair->requester, id, message, &b), TSPDM_OK);
	assert_true(pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&b), room) > 0); /* DecryptError */
	assert_int_equal(pair->taken, 0);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	assert_int_equal(pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&a), room), 0); /* no session: nothing */
	pair_free(pair);
}

static void a_record_does_not_fit_another_session(void **state)
{
	static const uint8_t data[] = { 0x7E, 9 };
	uint8_t record[128];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	uint32_t id, other;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(pair_open_another(pair, &other), TSPDM_OK);
	assert_int_equal(
		tspdm_requester_seal(pair->requester, id, (struct tspdm_view){ data, sizeof data }, &out), TSPDM_OK);
	for (unsigned i = 0; i < 4; i++)
		record[i] = (uint8_t)(other >> (8 * i));
	assert_true(pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&out), room) > 0);
	assert_int_equal(pair->taken, 0);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1); /* the one that was not named */
	pair_free(pair);
}

static void a_record_of_no_session_is_dropped(void **state)
{
	static const uint8_t lost[64] = { 1, 2, 3, 4 };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	for (size_t len = 0; len <= sizeof lost; len++) {
		assert_int_equal(pair_ask(pair, TSPDM_KIND_SECURED, (struct tspdm_view){ lost, len }, room), 0);
		assert_int_equal(
			tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, (struct tspdm_view){ lost, len }),
			TSPDM_ERR_STATE);
	}
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

/* ---- Requests where they do not belong ---- */

/* What tells a requester that it needs a session; 1.1 has no code of its own for that. */
#define SESSION_REQUIRED (session_version >= TSPDM_V12 ? TSPDM_ERROR_SESSION_REQUIRED : TSPDM_ERROR_UNSPECIFIED)

static void requests_of_sessions_are_refused_in_the_clear(void **state)
{
	static const uint8_t codes[] = { TSPDM_HEARTBEAT, TSPDM_KEY_UPDATE, TSPDM_END_SESSION, TSPDM_FINISH };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		const uint8_t message[36] = { session_version, codes[i], 1 };

		assert_int_equal(ask_clear(pair, message, sizeof message), SESSION_REQUIRED);
	}
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

static void requests_that_begin_connections_are_refused_in_a_session(void **state)
{
	static const uint8_t codes[] = { TSPDM_GET_CAPABILITIES, TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_CHALLENGE,
		TSPDM_KEY_EXCHANGE, TSPDM_FINISH };
	static const uint8_t get_version[] = { TSPDM_V10, TSPDM_GET_VERSION, 0, 0 };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		const uint8_t message[64] = { session_version, codes[i] };

		assert_int_equal(ask_in(pair, id, message, sizeof message), TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	assert_int_equal(ask_in(pair, id, get_version, sizeof get_version), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

static void a_request_in_a_session_is_exactly_as_long_as_it_is(void **state)
{
	static const uint8_t codes[] = { TSPDM_HEARTBEAT, TSPDM_KEY_UPDATE, TSPDM_END_SESSION, TSPDM_GET_DIGESTS };
	uint32_t id;
	struct pair *pair = open_pair(FULL, &tspdm_binding_doe, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		for (size_t len = 1; len < 8; len++) {
			const uint8_t message[8] = { session_version, codes[i], 1 };

			if (len != 4)
				assert_int_equal(ask_in(pair, id, message, len), TSPDM_ERROR_INVALID_REQUEST);
		}
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

static void key_updates_out_of_order_are_refused(void **state)
{
	const uint8_t update_key[] = { session_version, TSPDM_KEY_UPDATE, TSPDM_UPDATE_KEY, 1 };
	const uint8_t again[] = { session_version, TSPDM_KEY_UPDATE, TSPDM_UPDATE_KEY, 2 };
	const uint8_t verify[] = { session_version, TSPDM_KEY_UPDATE, TSPDM_VERIFY_NEW_KEY, 3 };
	const uint8_t unknown[] = { session_version, TSPDM_KEY_UPDATE, 4, 3 };
	const uint8_t heart[] = { session_version, TSPDM_HEARTBEAT, 0, 0 };
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);
	struct session *s = tspdm_session_find(requester_sessions(pair->requester), id);

	(void)state;
	assert_int_equal(ask_in(pair, id, verify, sizeof verify), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(ask_in(pair, id, unknown, sizeof unknown), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(ask_in(pair, id, update_key, sizeof update_key), 0);
	assert_int_equal(ask_in(pair, id, update_key, sizeof update_key), 0); /* its repetition */
	assert_int_equal(ask_in(pair, id, again, sizeof again), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(ask_in(pair, id, heart, sizeof heart), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(ask_in(pair, id, verify, sizeof verify), TSPDM_ERROR_INVALID_REQUEST); /* the old key */
	assert_int_equal(tspdm_record_update(&s->seal), TSPDM_OK);
	assert_int_equal(ask_in(pair, id, again, sizeof again), TSPDM_ERROR_INVALID_REQUEST); /* the new one */
	assert_int_equal(ask_in(pair, id, verify, sizeof verify), 0);
	assert_int_equal(tspdm_record_confirm(&s->seal), TSPDM_OK);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	pair_free(pair);
}

/* F05: what GET_VERSION leaves of sessions, also in the middle of a handshake. */
static void get_version_wipes_all_sessions(void **state)
{
	static const uint8_t get_version[] = { TSPDM_V10, TSPDM_GET_VERSION, 0, 0 };
	uint32_t id, other;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(pair_open_another(pair, &other), TSPDM_OK);
	assert_int_equal(ask_clear(pair, get_version, sizeof get_version), 0);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_TIMEOUT);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	check_no_session(pair);
	pair_free(pair);
}

/* Everything of a handshake but its end. */
static void stop_before_finish(void *context, struct pair_message *message)
{
	struct tspdm_view *kept = context;

	if (message->is_request && (message->kind == TSPDM_KIND_SECURED || message->bytes[1] == TSPDM_FINISH)) {
		static uint8_t room_kept[512];

		memcpy(room_kept, message->bytes, message->len);
		*kept = (struct tspdm_view){ room_kept, message->len };
		message->is_dropped = true;
	}
}

static struct pair *handshaking_pair(uint32_t capabilities, struct tspdm_view *finish)
{
	const struct pair_options options = { .version = session_version,
		.session_capabilities = capabilities,
		.dhe = TSPDM_DHE_SECP256R1,
		.retries = TSPDM_NO_RETRIES };
	struct pair *pair = pair_new(&options);
	uint32_t id;

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	pair->hook = stop_before_finish;
	pair->hook_context = finish;
	assert_int_equal(pair_open_another(pair, &id), TSPDM_ERR_TIMEOUT);
	pair->hook = NULL;
	assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
	assert_true(finish->len != 0);
	return pair;
}

static void a_second_handshake_in_the_clear_is_refused(void **state)
{
	struct tspdm_view finish = { NULL, 0 };
	struct pair *pair = handshaking_pair(FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR, &finish);
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open_another(pair, &id), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNEXPECTED_REQUEST);
	/* the first one is still good */
	assert_int_equal(ask_clear(pair, finish.ptr, finish.len), 0);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1);
	/* and FINISH comes once */
	assert_int_equal(ask_clear(pair, finish.ptr, finish.len), SESSION_REQUIRED);
	pair_free(pair);
}

static void finish_with_a_changed_mac_destroys_the_session(void **state)
{
	struct tspdm_view finish = { NULL, 0 };
	struct pair *pair = handshaking_pair(FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR, &finish);
	uint8_t changed[512];

	(void)state;
	memcpy(changed, finish.ptr, finish.len);
	changed[finish.len - 1] ^= 1;
	assert_int_equal(ask_clear(pair, changed, finish.len), TSPDM_ERROR_DECRYPT_ERROR);
	check_no_session(pair);
	assert_int_equal(ask_clear(pair, finish.ptr, finish.len), SESSION_REQUIRED);
	pair_free(pair);
}

/* The requester's handshake with somebody who knows nothing of PSK: by hand, in the session. */
static void f01_cross_protocol_finish(void **state)
{
	struct tspdm_view finish = { NULL, 0 };
	struct pair *pair = handshaking_pair(FULL, &finish);
	struct session *s = &pair->responder->sessions.all[0];
	const uint8_t psk_finish[4 + 48] = { session_version, TSPDM_PSK_FINISH };
	uint8_t secret[TSPDM_HASH_MAX];
	struct tspdm_record_config config = { .size = sizeof config,
		.crypto = pair->crypto,
		.binding = &tspdm_binding_mctp,
		.session_id = s->id,
		.hash = s->schedule.hash,
		.aead = s->schedule.aead,
		.spdm_version = session_version,
		.is_seal = true };
	uint8_t record[256];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	void *memory = malloc(tspdm_record_size());
	struct tspdm_record_stream *stream;
	size_t head;

	(void)state;
	assert_non_null(memory);
	memcpy(secret, s->handshake.direction[KEY_DIRECTION_REQUEST], sizeof secret);
	config.secret = (struct tspdm_view){ secret, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) };
	assert_int_equal(tspdm_record_init(memory, tspdm_record_size(), &config, &stream), TSPDM_OK);
	head = tspdm_record_head_len(stream);
	record[head] = 5;
	memcpy(record + head + 1, psk_finish, sizeof psk_finish);
	assert_int_equal(tspdm_record_seal(stream, &out, sizeof psk_finish + 1), TSPDM_OK);
	assert_true(pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&out), room) > 0);
	assert_int_equal(tspdm_responder_last(pair->responder).error_code, TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	assert_int_equal(ask_clear(pair, psk_finish, sizeof psk_finish), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	tspdm_record_wipe(stream);
	free(memory);
	pair_free(pair);
}

/* A peer that knows the keys, and whose record says that it has more data than it has. */
static void f26_authenticated_malformed(void **state)
{
	static const uint16_t lens[] = { 4, 100, 0xFFFF };

	(void)state;
	for (size_t i = 0; i < COUNT(lens); i++) {
		uint32_t id;
		struct pair *pair = open_pair(FULL, NULL, &id);
		struct record_generation *g = &requester_sessions(pair->requester)->all[0].seal.current;
		uint8_t record[8 + 5 + 16] = { (uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16),
			(uint8_t)(id >> 24), 0, 0, 5 + 16, 0, (uint8_t)lens[i], (uint8_t)(lens[i] >> 8), 5,
			session_version, TSPDM_HEARTBEAT };

		assert_int_equal(pair->crypto->ops->aead_seal(pair->crypto, g->key, g->iv,
					 (struct tspdm_view){ record, 8 }, record + 8, 5, record + 13),
			TSPDM_OK);
		assert_true(pair_ask(pair, TSPDM_KIND_SECURED, (struct tspdm_view){ record, sizeof record }, room) > 0);
		assert_int_equal(tspdm_responder_last(pair->responder).error_code, TSPDM_ERROR_DECRYPT_ERROR);
		assert_int_equal(tspdm_responder_last(pair->responder).status, TSPDM_ERR_LENGTH);
		assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
		pair_free(pair);
	}
}

static void finish_in_the_clear_does_not_end_an_encrypted_handshake(void **state)
{
	struct tspdm_view finish = { NULL, 0 };
	struct pair *pair = handshaking_pair(FULL, &finish);
	const uint8_t message[4 + 64] = { session_version, TSPDM_FINISH };

	(void)state;
	assert_int_equal(ask_clear(pair, message, 4 + 48), SESSION_REQUIRED);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
	assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
	pair_free(pair);
}

static void get_version_in_the_middle_of_a_handshake_wipes_it(void **state)
{
	static const uint8_t get_version[] = { TSPDM_V10, TSPDM_GET_VERSION, 0, 0 };
	static const uint32_t caps[] = { FULL, FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };

	(void)state;
	for (size_t i = 0; i < COUNT(caps); i++) {
		struct tspdm_view finish = { NULL, 0 };
		struct pair *pair = handshaking_pair(caps[i], &finish);

		assert_int_equal(ask_clear(pair, get_version, sizeof get_version), 0);
		check_no_session(pair);
		if (i == 0)
			assert_int_equal(pair_ask(pair, TSPDM_KIND_SECURED, finish, room), 0);
		else
			assert_int_equal(ask_clear(pair, finish.ptr, finish.len), TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
		pair_free(pair);
	}
}

/* ---- A responder that asks for what this requester does not do ---- */

static void ask_mutual(void *context, struct pair_message *message)
{
	(void)context;
	if (!message->is_request && message->kind == TSPDM_KIND_PLAIN && message->bytes[1] == TSPDM_KEY_EXCHANGE_RSP)
		message->bytes[6] = TSPDM_MUTUAL_AUTH;
}

static void mutual_authentication_is_refused(void **state)
{
	const struct pair_options options = { .session_capabilities = FULL, .dhe = TSPDM_DHE_SECP256R1 };
	struct pair *pair = pair_new(&options);
	uint32_t id;

	(void)state;
	pair->hook = ask_mutual;
	assert_int_equal(pair_open(pair, &id), TSPDM_ERR_DOWNGRADE);
	assert_string_equal(tspdm_requester_error(pair->requester)->clause, "DSP0274 1.2 \"MutAuthRequested\"");
	assert_int_equal(requester_sessions(pair->requester)->all[0].phase, SESSION_FREE);
	pair_free(pair);
}

static void configurations_that_cannot_be_are_refused(void **state)
{
	static const struct {
		uint32_t capabilities;
		unsigned sessions;
		bool has_record;
		enum tspdm_status status;
	} cases[] = {
		{ TSPDM_CAP_KEY_EX, 1, true, TSPDM_ERR_CAPABILITIES },
		{ TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT, 1, true, TSPDM_ERR_UNSUPPORTED },
		{ SECURE, 1, false, TSPDM_ERR_ARGUMENT },
		{ SECURE, 0, true, TSPDM_ERR_ARGUMENT },
		{ SECURE | TSPDM_CAP_MUT_AUTH, 1, true, TSPDM_ERR_UNSUPPORTED },
		{ SECURE | TSPDM_CAP_PSK, 1, true, TSPDM_ERR_UNSUPPORTED },
		{ SECURE | TSPDM_CAP_CHUNK, 1, true, TSPDM_ERR_ARGUMENT },
		{ SECURE, 1, true, TSPDM_OK },
	};
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);
	void *memory = malloc(tspdm_responder_size() + tspdm_requester_size());
	void *spare = malloc(tspdm_session_size());

	(void)state;
	assert_true(memory != NULL && spare != NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_responder_config responder = pair->responder->config;
		struct tspdm_requester_config requester = *requester_config(pair->requester);
		struct tspdm_responder *p = NULL;
		struct tspdm_requester *r = NULL;

		responder.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | cases[i].capabilities;
		requester.capabilities = cases[i].capabilities;
		responder.sessions = requester.sessions = spare;
		responder.sessions_len = requester.sessions_len = cases[i].sessions * tspdm_session_size();
		if (!cases[i].has_record)
			responder.record = requester.record = NULL, responder.record_len = requester.record_len = 0;
		assert_int_equal(tspdm_responder_init(memory, tspdm_responder_size(), &responder, &p) == TSPDM_OK,
			cases[i].status == TSPDM_OK);
		if (p != NULL)
			tspdm_responder_wipe(p);
		assert_int_equal(tspdm_requester_init(memory, tspdm_requester_size(), &requester, &r) == TSPDM_OK,
			cases[i].status == TSPDM_OK);
		if (r != NULL)
			tspdm_requester_wipe(r);
	}
	free(memory);
	free(spare);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EACH_VERSION(a_changed_bit_of_the_handshake_opens_nothing),
		IN_EACH_VERSION(a_changed_record_ends_the_session),
		IN_EACH_VERSION(a_truncated_record_ends_the_session),
		IN_EACH_VERSION(a_lost_record_ends_the_session),
		IN_EACH_VERSION(a_replayed_record_is_not_taken),
		IN_EACH_VERSION(a_record_out_of_order_is_not_taken),
		IN_EACH_VERSION(a_record_does_not_fit_another_session),
		IN_EACH_VERSION(a_record_of_no_session_is_dropped),
		IN_EACH_VERSION(requests_of_sessions_are_refused_in_the_clear),
		IN_EACH_VERSION(requests_that_begin_connections_are_refused_in_a_session),
		IN_EACH_VERSION(a_request_in_a_session_is_exactly_as_long_as_it_is),
		IN_EACH_VERSION(key_updates_out_of_order_are_refused),
		IN_EACH_VERSION(get_version_wipes_all_sessions),
		IN_EACH_VERSION(a_second_handshake_in_the_clear_is_refused),
		IN_EACH_VERSION(finish_with_a_changed_mac_destroys_the_session),
		IN_EACH_VERSION(f01_cross_protocol_finish),
		IN_EACH_VERSION(f26_authenticated_malformed),
		IN_EACH_VERSION(finish_in_the_clear_does_not_end_an_encrypted_handshake),
		IN_EACH_VERSION(get_version_in_the_middle_of_a_handshake_wipes_it),
		IN_EACH_VERSION(mutual_authentication_is_refused),
		IN_EACH_VERSION(configurations_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
