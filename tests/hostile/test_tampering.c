/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A hostile wire: each message of the attestation flow dropped, doubled, cut off, with a bit flipped, replayed, put in
 * another's place, or from another responder. Nothing of it is ever accepted, nothing crashes, and the requester can begin
 * anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"

enum { RECORDED_MAX = 64 };

/* What the hook does to message `target`. */
struct plan {
	enum {
		NOTHING,
		DROP_ONCE,
		DROP_ALWAYS,
		DOUBLE,
		CUT,
		FLIP,
		SWAP,  /* with the recorded message `argument` */
		REPLAY /* all responses are those of the recording */
	} what;
	unsigned target;
	size_t argument;
	bool is_done;
};

static struct {
	uint8_t *bytes;
	size_t len;
	bool is_request;
} recorded[RECORDED_MAX];
static unsigned recorded_count;

static void record(void *context, struct pair_message *m)
{
	(void)context;
	assert_true(m->number < RECORDED_MAX);
	recorded[m->number].bytes = malloc(m->len);
	assert_non_null(recorded[m->number].bytes);
	memcpy(recorded[m->number].bytes, m->bytes, m->len);
	recorded[m->number].len = m->len;
	recorded[m->number].is_request = m->is_request;
	recorded_count = m->number + 1;
}

static void put(struct pair_message *m, unsigned from)
{
	memcpy(m->bytes, recorded[from].bytes, recorded[from].len);
	m->len = recorded[from].len;
}

static void tamper(void *context, struct pair_message *m)
{
	struct plan *plan = context;

	if (plan->what == REPLAY && !m->is_request && m->number < recorded_count)
		put(m, m->number);
	if (plan->what == DROP_ALWAYS)
		m->is_dropped = m->number >= plan->target && m->is_request == recorded[plan->target].is_request;
	if (m->number != plan->target || plan->is_done)
		return;
	plan->is_done = true;
	if (plan->what == DROP_ONCE)
		m->is_dropped = true;
	if (plan->what == DOUBLE)
		m->is_doubled = true;
	if (plan->what == CUT)
		m->len = plan->argument;
	if (plan->what == FLIP)
		m->bytes[plan->argument / 8] ^= (uint8_t)(1U << plan->argument % 8);
	if (plan->what == SWAP)
		put(m, (unsigned)plan->argument);
}

static void make_recording(void)
{
	struct pair *pair = pair_new(NULL);

	pair->hook = record;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	pair_free(pair);
}

/* Runs the flow under a plan; after a failure nobody is authenticated or measured, and a second try works. */
static enum tspdm_status attest_under(struct pair *pair, struct plan *plan)
{
	enum tspdm_status status;

	pair->hook = tamper;
	pair->hook_context = plan;
	pair->messages = 0;
	status = pair_attest(pair);
	if (status != TSPDM_OK) {
		assert_false(tspdm_requester_measured(pair->requester)->is_verified);
		assert_int_equal(tspdm_requester_measured(pair->requester)->record.len, 0);
	}
	pair->hook = NULL;
	return status;
}

static void expect_refusal(struct pair *pair, struct plan plan, const char *what)
{
	enum tspdm_status status = attest_under(pair, &plan);

	if (status == TSPDM_OK)
		fail_msg("%s of message %u (%s), argument %zu, was accepted", what, plan.target,
			tspdm_code_name(recorded[plan.target].bytes[1]), plan.argument);
}

static void expect_recovery(struct pair *pair)
{
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
}

static void any_flipped_bit_is_noticed(void **state)
{
	struct pair *pair = pair_new(NULL);
	unsigned flips = 0;

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		for (size_t byte = 0; byte < recorded[k].len; byte++) {
			/* every bit of the fields at the front, one of each byte of what follows */
			unsigned step = byte < 48 ? 1 : 8;

			for (unsigned bit = step == 8 ? byte % 8 : 0; bit < 8; bit += step) {
				expect_refusal(pair, (struct plan){ FLIP, k, byte * 8 + bit, false }, "a flipped bit");
				flips++;
			}
		}
		expect_recovery(pair);
	}
	printf("# %u flipped bits in %u messages\n", flips, recorded_count);
	pair_free(pair);
}

static void any_message_cut_off_is_refused(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		for (size_t len = 1; len < recorded[k].len; len += len < 128 ? 1 : 37)
			expect_refusal(pair, (struct plan){ CUT, k, len, false }, "a cut");
		expect_recovery(pair);
	}
	pair_free(pair);
}

static void a_message_lost_once_is_repeated_where_that_changes_no_transcript(void **state)
{
	struct pair *pair = pair_new(NULL);
	unsigned recovered = 0;

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		enum tspdm_status status = attest_under(pair, &(struct plan){ DROP_ONCE, k, 0, false });

		/* a lost request was never seen by the responder; of a lost response it has the transcript already */
		if (recorded[k].is_request)
			assert_int_equal(status, TSPDM_OK);
		recovered += status == TSPDM_OK;
		expect_recovery(pair);
	}
	printf("# %u of %u lost messages made up for by a retry\n", recovered, recorded_count);
	pair_free(pair);
}

static void a_dead_wire_ends_in_a_timeout(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		struct plan plan = { DROP_ALWAYS, k, 0, false };

		assert_int_equal(attest_under(pair, &plan), TSPDM_ERR_TIMEOUT);
		expect_recovery(pair);
	}
	pair_free(pair);
}

static void a_doubled_message_is_never_worse_than_a_failure(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		(void)attest_under(pair, &(struct plan){ DOUBLE, k, 0, false });
		expect_recovery(pair);
	}
	pair_free(pair);
}

static void a_message_in_anothers_place_is_refused(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned k = 0; k < recorded_count; k++) {
		for (unsigned from = 0; from < recorded_count; from++) {
			/* the same bytes as those that are expected: nothing would have changed */
			if (from == k || (recorded[from].len == recorded[k].len &&
						 memcmp(recorded[from].bytes, recorded[k].bytes, recorded[k].len) == 0))
				continue;
			expect_refusal(pair, (struct plan){ SWAP, k, from, false }, "a swap");
		}
		expect_recovery(pair);
	}
	pair_free(pair);
}

static void a_replayed_run_is_refused(void **state)
{
	struct pair *pair = pair_new(NULL);
	struct plan plan = { REPLAY, UINT32_MAX, 0, false };

	(void)state;
	assert_int_equal(attest_under(pair, &plan), TSPDM_ERR_SIGNATURE);
	expect_recovery(pair);
	pair_free(pair);
}

/* ---- A man in the middle with a responder of his own ---- */

struct relay {
	struct pair *other;
	uint8_t code; /* responses with this code come from the other responder */
};

static void relay(void *context, struct pair_message *m)
{
	struct relay *r = context;
	static uint8_t kept[512];
	static size_t kept_len;
	struct tspdm_buffer response = { m->bytes, PAIR_MESSAGE_MAX, 0 };

	if (m->is_request) {
		kept_len = m->len < sizeof kept ? m->len : 0;
		memcpy(kept, m->bytes, kept_len);
		return;
	}
	assert_int_equal(tspdm_responder_handle(r->other->responder, pair_now_us(), TSPDM_KIND_PLAIN,
				 (struct tspdm_view){ kept, kept_len }, &response),
		TSPDM_OK);
	if (m->bytes[1] == r->code)
		m->len = response.len;
}

static void answers_of_another_responder_are_refused(void **state)
{
	static const uint8_t codes[] = { TSPDM_DIGESTS, TSPDM_CERTIFICATE, TSPDM_CHALLENGE_AUTH, TSPDM_MEASUREMENTS };

	(void)state;
	for (size_t i = 0; i < sizeof codes; i++) {
		struct relay r = { pair_new(&(struct pair_options){ .asym = TSPDM_ASYM_ECDSA_P384 }), codes[i] };
		struct pair *pair = pair_new(&(struct pair_options){ .allow_unanchored = true });

		pair->hook = relay;
		pair->hook_context = &r;
		assert_int_not_equal(pair_attest(pair), TSPDM_OK);
		pair_free(pair);
		pair_free(r.other);
	}
}

static int begin(void **state)
{
	(void)state;
	make_recording();
	return recorded_count > 10 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < recorded_count; i++)
		free(recorded[i].bytes);
	pair_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_flipped_bit_is_noticed),
		cmocka_unit_test(any_message_cut_off_is_refused),
		cmocka_unit_test(a_message_lost_once_is_repeated_where_that_changes_no_transcript),
		cmocka_unit_test(a_dead_wire_ends_in_a_timeout),
		cmocka_unit_test(a_doubled_message_is_never_worse_than_a_failure),
		cmocka_unit_test(a_message_in_anothers_place_is_refused),
		cmocka_unit_test(a_replayed_run_is_refused),
		cmocka_unit_test(answers_of_another_responder_are_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
