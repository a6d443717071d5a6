/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder that has its memory for one message at a time does all that others do; and what it does not let go of. */
#include "session_rig.h"

enum { SMALLEST = TSPDM_MIN_DATA_TRANSFER_SIZE };

static uint32_t in_use(const struct pair *pair)
{
	return tspdm_responder_rooms_in_use(pair->responder);
}

/* ---- Without a home ---- */

static void a_nomad_is_attested(void **state)
{
	static const struct pair_options ways[] = {
		{ .has_evidence = true },
		{ .has_evidence = true, .transfer = SMALLEST },
		{ .has_evidence = true, .evidence_delay_us = 30000 },
		{ .signature_delay_us = 30000 },
		{ .has_evidence = true, .evidence_delay_us = 30000, .signature_delay_us = 30000, .transfer = 64 },
		{ .basic_mutual = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct pair_options options = ways[i];
		struct pair *pair;

		options.is_nomad = true;
		pair = pair_new(&options);
		assert_int_equal(pair_attest(pair), TSPDM_OK);
		assert_true(tspdm_requester_measured(pair->requester)->is_verified);
		/* the last chunk may be asked for once more */
		assert_int_equal(in_use(pair), options.basic_mutual    ? TSPDM_ROOM_REQUESTER_CHAIN
					       : options.transfer != 0 ? TSPDM_ROOM_LARGE
								       : 0);
		pair_free(pair);
	}
}

static void run_sessions(const struct pair_options *options)
{
	struct pair *pair = pair_new(options);
	uint32_t first, second;

	assert_int_equal(pair_open(pair, &first), TSPDM_OK);
	assert_true((in_use(pair) & TSPDM_ROOM_SESSIONS) != 0);
	assert_int_equal(pair_open_another(pair, &second), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, first), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, true, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(update(pair, second, true), TSPDM_OK);
	assert_int_equal(close_session(pair, second), TSPDM_OK);
	assert_int_equal(heartbeat(pair, first), TSPDM_OK);
	assert_int_equal(close_session(pair, first), TSPDM_OK);
	assert_int_equal(in_use(pair) & TSPDM_ROOM_SESSIONS, 0);
	pair_free(pair);
}

static void a_nomad_has_sessions(void **state)
{
	static const uint8_t forms[] = { 0, TSPDM_MUTUAL_AUTH, TSPDM_MUTUAL_AUTH_ENCAPSULATED,
		TSPDM_MUTUAL_AUTH_IMPLICIT };
	static const uint32_t transfers[] = { 0, 100 };

	(void)state;
	for (size_t i = 0; i < COUNT(forms) * COUNT(transfers); i++) {
		const struct pair_options options = { .is_nomad = true,
			.session_capabilities = FULL,
			.heartbeat_s = 5,
			.dhe = TSPDM_DHE_SECP256R1,
			.signature_delay_us = 20000,
			.mutual_form = forms[i % COUNT(forms)],
			.transfer = transfers[i / COUNT(forms)] };

		run_sessions(&options);
	}
}

/* ---- What stays ---- */

static void begin_waiting(struct pair *pair)
{
	const struct tspdm_authenticate job = { .chain = pair->chain, .chain_cap = sizeof pair->chain };

	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	while ((in_use(pair) & TSPDM_ROOM_SCRATCH) == 0)
		assert_int_equal(pair_step(pair), TSPDM_AGAIN);
}

static void what_waits_stays(void **state)
{
	const struct pair_options options = { .is_nomad = true, .signature_delay_us = 1000000 };
	struct pair *pair = pair_new(&options);
	struct tspdm_responder_rooms other = { 0 };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(in_use(pair), 0);
	begin_waiting(pair);
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &other), TSPDM_ERR_STATE);
	other = pair->lent;
	assert_int_equal(other.scratch_len, tspdm_responder_scratch_used(pair->responder));
	other.scratch_len--;
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &other), TSPDM_ERR_STATE);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(in_use(pair), 0);
	assert_int_equal(tspdm_responder_scratch_used(pair->responder), 0);
	pair_free(pair);
}

static void what_waits_is_given_up_where_it_is(void **state)
{
	const struct pair_options options = { .is_nomad = true, .signature_delay_us = 1000000 };
	struct pair *pair = pair_new(&options);

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	begin_waiting(pair);
	pair_free(pair); /* the room is as long as what waits: more than that is not to be wiped */
}

static void a_large_response_stays_until_it_is_fetched_or_given_up(void **state)
{
	static const uint8_t get_version[] = { 0x10, TSPDM_GET_VERSION, 0, 0 };
	const struct pair_options options = { .is_nomad = true, .transfer = SMALLEST };
	struct pair *pair = pair_new(&options);
	struct tspdm_responder_rooms other = { 0 };
	uint8_t challenge[4 + TSPDM_NONCE_LEN] = { TSPDM_V12, TSPDM_CHALLENGE };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_not_equal(
		pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ challenge, sizeof challenge }, room), 0);
	assert_int_equal(room[2], TSPDM_ERROR_LARGE_RESPONSE);
	assert_int_equal(in_use(pair), TSPDM_ROOM_LARGE);
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &other), TSPDM_ERR_STATE);
	assert_int_not_equal(
		pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ get_version, sizeof get_version }, room), 0);
	assert_int_equal(in_use(pair), 0);
	pair_free(pair);
}

/* Nothing of what waited is left in memory that others get. */
static void what_waited_is_wiped(void **state)
{
	static const uint8_t get_version[] = { 0x10, TSPDM_GET_VERSION, 0, 0 };
	const struct pair_options options = { .signature_delay_us = 1000000 };
	struct pair *pair = pair_new(&options);

	(void)state;
	memset(pair->scratch, 0, sizeof pair->scratch);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	begin_waiting(pair);
	assert_int_equal(pair->scratch[1], TSPDM_CHALLENGE);
	assert_int_not_equal(
		pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ get_version, sizeof get_version }, room), 0);
	for (size_t i = 0; i < sizeof pair->scratch; i++)
		assert_int_equal(pair->scratch[i], 0);
	pair_free(pair);
}

/* ---- What is refused ---- */

static void without_memory_nothing_is_answered(void **state)
{
	static const uint8_t get_version[] = { 0x10, TSPDM_GET_VERSION, 0, 0 };
	const struct pair_options options = { .session_capabilities = FULL, .transfer = 100 };
	struct pair *pair = pair_new(&options);
	const struct tspdm_responder_rooms whole = { .scratch = pair->scratch,
		.record = pair->response_record,
		.large = pair->response_large,
		.sessions = pair->response_sessions };
	struct tspdm_buffer response = { room, sizeof room, 0 };

	(void)state;
	for (unsigned missing = 0; missing < 5; missing++) {
		struct tspdm_responder_rooms rooms = whole;

		if (missing == 4)
			rooms.scratch_len = sizeof pair->scratch - 1;
		else if (missing == 3)
			rooms.sessions = NULL;
		else
			*(missing == 0 ? &rooms.scratch : missing == 1 ? &rooms.record : &rooms.large) = NULL;
		assert_int_equal(tspdm_responder_move_rooms(pair->responder, &rooms), TSPDM_OK);
		assert_int_equal(tspdm_responder_handle(pair->responder, 0, TSPDM_KIND_PLAIN,
					 (struct tspdm_view){ get_version, sizeof get_version }, &response),
			TSPDM_ERR_STATE);
		assert_int_equal(response.len, 0);
	}
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &whole), TSPDM_OK);
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	pair_free(pair);
}

static void only_what_was_configured_is_lent(void **state)
{
	const struct pair_options options = { .max_message = 4096 };
	struct pair *pair = pair_new(&options);
	struct tspdm_responder_rooms rooms = { .large = pair->response_large };

	(void)state;
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, NULL), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &rooms), TSPDM_ERR_ARGUMENT);
	rooms = (struct tspdm_responder_rooms){ .requester_chain = pair->requester_chain };
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &rooms), TSPDM_ERR_ARGUMENT);
	assert_int_equal(pair_attest(pair), TSPDM_OK); /* nothing has moved */
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nomad_is_attested),
		cmocka_unit_test(a_nomad_has_sessions),
		cmocka_unit_test(what_waits_stays),
		cmocka_unit_test(what_waits_is_given_up_where_it_is),
		cmocka_unit_test(a_large_response_stays_until_it_is_fetched_or_given_up),
		cmocka_unit_test(what_waited_is_wiped),
		cmocka_unit_test(without_memory_nothing_is_answered),
		cmocka_unit_test(only_what_was_configured_is_lent),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	pair_end();
	return failed;
}
