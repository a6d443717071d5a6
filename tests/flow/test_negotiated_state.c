/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Negotiated State that outlives a connection: what both sides go on with, and what is none of theirs. DSP0274 1.2 "CACHE_CAP",
 * "END_SESSION request". */
#include "session_rig.h"

static const uint32_t capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG | TSPDM_CAP_CACHE;

struct saved {
	uint8_t bytes[1200];
	struct tspdm_buffer buffer;
};

static struct pair *new_pair(struct pair_options options)
{
	if (options.capabilities == 0)
		options.capabilities = capabilities;
	return pair_new(&options);
}

static enum tspdm_status save_both(struct pair *pair, struct saved *asks, struct saved *answers)
{
	asks->buffer = (struct tspdm_buffer){ asks->bytes, sizeof asks->bytes, 0 };
	answers->buffer = (struct tspdm_buffer){ answers->bytes, sizeof answers->bytes, 0 };
	TSPDM_TRY(tspdm_requester_save_state(pair->requester, &asks->buffer));
	return tspdm_responder_save_state(pair->responder, &answers->buffer);
}

static struct tspdm_view view_of(const struct saved *saved)
{
	return tspdm_buffer_view(&saved->buffer);
}

/* Both sides of a connection that was, in a pair of its own. */
static void saved_of(struct pair_options options, struct saved *asks, struct saved *answers)
{
	struct pair *pair = new_pair(options);

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(save_both(pair, asks, answers), TSPDM_OK);
	assert_int_equal(asks->buffer.len, answers->buffer.len);
	assert_memory_equal(asks->bytes, answers->bytes, asks->buffer.len);
	pair_free(pair);
}

static enum tspdm_status use(struct pair *pair)
{
	uint32_t id;

	TSPDM_TRY(pair_authenticate(pair));
	TSPDM_TRY(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false));
	if (pair->options.session_capabilities == 0)
		return TSPDM_OK;
	TSPDM_TRY(pair_open_another(pair, &id));
	return close_session(pair, id);
}

static void both_sides_go_on_without_a_word(void **state)
{
	static const struct pair_options cases[] = {
		{ .asym = TSPDM_ASYM_ECDSA_P256 },
		{ .session_capabilities = SECURE },
		{ .session_capabilities = FULL, .dhe = TSPDM_DHE_SECP256R1 },
		{ .asym = TSPDM_ASYM_ECDSA_P384, .hash = TSPDM_HASH_SHA3_384 },
		{ .transfer = 512, .session_capabilities = SECURE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct saved asks, answers;
		struct pair *pair;

		saved_of(cases[i], &asks, &answers);
		pair = new_pair(cases[i]);
		assert_int_equal(tspdm_responder_restore_state(pair->responder, view_of(&answers)), TSPDM_OK);
		assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_OK);
		assert_int_equal(pair->messages, 0);
		assert_int_not_equal(tspdm_requester_negotiated(pair->requester)->hash, 0);
		assert_int_equal(use(pair), TSPDM_OK);
		/* and it can be saved once more */
		assert_int_equal(save_both(pair, &asks, &answers), TSPDM_OK);
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(use(pair), TSPDM_OK);
		pair_free(pair);
	}
}

static void a_responder_that_has_lost_it_says_so(void **state)
{
	struct saved asks, answers;
	struct pair *pair;

	(void)state;
	saved_of((struct pair_options){ .heartbeat_s = 0 }, &asks, &answers);
	pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_OK);
	assert_int_not_equal(pair_authenticate(pair), TSPDM_OK); /* the ERROR is one of 1.0: no version is agreed on */
	assert_int_equal(tspdm_responder_last(pair->responder).status, TSPDM_ERR_UNEXPECTED);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(use(pair), TSPDM_OK);
	pair_free(pair);
}

/* F04: what was agreed with another is in the signature, whoever puts it into the cache. */
static void states_of_two_connections_do_not_verify(void **state)
{
	const struct pair_options weak = { .hash = TSPDM_HASH_SHA256, .requester_max = 8192 };
	struct saved asks, answers, other;
	struct pair *pair;

	(void)state;
	saved_of((struct pair_options){ .hash = TSPDM_HASH_SHA256 }, &asks, &other);
	saved_of(weak, &other, &answers);
	pair = new_pair((struct pair_options){ .hash = TSPDM_HASH_SHA256 });
	assert_int_equal(tspdm_responder_restore_state(pair->responder, view_of(&answers)), TSPDM_OK);
	assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_SIGNATURE);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	pair_free(pair);
}

static void a_state_of_another_configuration_is_refused(void **state)
{
	struct saved asks, answers;
	struct pair *pair;

	(void)state;
	saved_of((struct pair_options){ .hash = TSPDM_HASH_SHA256 }, &asks, &answers);
	pair = new_pair((struct pair_options){ .hash = TSPDM_HASH_SHA384 });
	assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->hash, 0);
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_STATE);
	pair_free(pair);
	pair = new_pair((struct pair_options){ .capabilities = capabilities & ~(uint32_t)TSPDM_CAP_CHAL });
	assert_int_equal(tspdm_responder_restore_state(pair->responder, view_of(&answers)), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_responder_phase(pair->responder), TSPDM_PHASE_NOT_STARTED);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair_free(pair);
}

static void a_changed_byte_is_noticed_or_signed_over(void **state)
{
	struct saved asks, answers;
	unsigned taken = 0;

	(void)state;
	saved_of((struct pair_options){ .heartbeat_s = 0 }, &asks, &answers);
	for (size_t i = 0; i < asks.buffer.len; i++) {
		struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

		asks.bytes[i] ^= 0x10;
		answers.bytes[i] ^= 0x10;
		/* a reserved byte of a request may be anything, but both sides sign over it */
		if (tspdm_responder_restore_state(pair->responder, view_of(&answers)) == TSPDM_OK) {
			asks.bytes[i] ^= 0x10;
			assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_OK);
			assert_int_equal(pair_authenticate(pair), TSPDM_ERR_SIGNATURE);
			asks.bytes[i] ^= 0x10;
		}
		answers.bytes[i] ^= 0x10;
		assert_int_equal(tspdm_responder_restore_state(pair->responder, view_of(&answers)), TSPDM_OK);
		if (tspdm_requester_resume(pair->requester, view_of(&asks)) == TSPDM_OK) {
			taken++;
			assert_int_not_equal(pair_authenticate(pair), TSPDM_OK);
			assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
		}
		asks.bytes[i] ^= 0x10;
		pair_free(pair);
	}
	assert_true(taken < asks.buffer.len / 2);
}

static void what_is_cut_short_or_too_long_is_no_state(void **state)
{
	struct saved asks, answers;
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

	(void)state;
	saved_of((struct pair_options){ .heartbeat_s = 0 }, &asks, &answers);
	for (size_t len = 0; len <= asks.buffer.len + 1; len++) {
		uint8_t *exact = malloc(len + 1);
		struct tspdm_view cut = { exact, len };

		memset(exact, 0, len + 1);
		memcpy(exact, asks.bytes, len < asks.buffer.len ? len : asks.buffer.len);
		if (len != asks.buffer.len) {
			assert_int_equal(tspdm_requester_resume(pair->requester, cut), TSPDM_ERR_ARGUMENT);
			assert_int_equal(tspdm_responder_restore_state(pair->responder, cut), TSPDM_ERR_ARGUMENT);
		}
		free(exact);
	}
	pair_free(pair);
}

static void there_is_nothing_to_save_without_a_connection_or_the_capability(void **state)
{
	struct saved asks, answers;
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	struct tspdm_buffer small = { room, 20, 0 };

	(void)state;
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_responder_save_state(pair->responder, &answers.buffer), TSPDM_ERR_STATE);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_save_state(pair->requester, &small), TSPDM_ERR_BUFFER);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_OK);
	assert_int_equal(small.len, asks.buffer.len);
	pair_free(pair);
	pair = new_pair((struct pair_options){ .capabilities = capabilities & ~(uint32_t)TSPDM_CAP_CACHE });
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(tspdm_responder_save_state(pair->responder, &answers.buffer), TSPDM_ERR_CAPABILITY_MISSING);
	pair_free(pair);
	pair = new_pair((struct pair_options){ .version = TSPDM_V11 });
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(tspdm_responder_save_state(pair->responder, &answers.buffer), TSPDM_ERR_UNSUPPORTED);
	pair_free(pair);
}

static void end_session_preserves_or_clears(void **state)
{
	struct saved asks, answers;
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id, other;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &other), TSPDM_OK);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_OK);
	assert_int_equal(tspdm_requester_close_and_clear(pair->requester, other), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	check_no_session(pair);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_responder_save_state(pair->responder, &answers.buffer), TSPDM_ERR_STATE);
	/* on this connection it is in force still; a new one has a new one */
	assert_int_equal(use(pair), TSPDM_OK);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_OK);
	pair_free(pair);
}

static void taking_a_state_up_ends_what_was_before(void **state)
{
	struct saved asks, answers;
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(save_both(pair, &asks, &answers), TSPDM_OK);
	assert_int_equal(tspdm_responder_restore_state(pair->responder, view_of(&answers)), TSPDM_OK);
	assert_int_equal(tspdm_requester_resume(pair->requester, view_of(&asks)), TSPDM_OK);
	check_no_session(pair);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(pair_open_another(pair, &id), TSPDM_ERR_STATE);
	assert_int_equal(use(pair), TSPDM_OK);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_go_on_without_a_word),
		cmocka_unit_test(a_responder_that_has_lost_it_says_so),
		cmocka_unit_test(states_of_two_connections_do_not_verify),
		cmocka_unit_test(a_state_of_another_configuration_is_refused),
		cmocka_unit_test(a_changed_byte_is_noticed_or_signed_over),
		cmocka_unit_test(what_is_cut_short_or_too_long_is_no_state),
		cmocka_unit_test(there_is_nothing_to_save_without_a_connection_or_the_capability),
		cmocka_unit_test(end_session_preserves_or_clears),
		cmocka_unit_test(taking_a_state_up_ends_what_was_before),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
