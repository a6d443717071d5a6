/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence among measurements, block 0xFD: what it is bound to where it is asked for in a session, and in the clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/appraisal.h>

#include "pair.h"
#include "responder/responder.h"

#define SECURE (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT)

static struct pair *open_with(const struct pair_options *wanted, uint32_t *id)
{
	struct pair_options options = *wanted;
	struct pair *pair;

	options.has_evidence = true;
	options.session_capabilities = SECURE;
	pair = pair_new(&options);
	assert_int_equal(pair_open(pair, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, *id), TSPDM_OK);
	return pair;
}

static enum tspdm_status close_session(struct pair *pair, uint32_t id)
{
	TSPDM_TRY(tspdm_requester_close_session(pair->requester, id));
	return pair_run(pair);
}

/* What a verifier does: is it genuine, and is its report data what this end computes. */
static enum tspdm_status judge_evidence(const struct tspdm_evidence *evidence, const uint8_t *report_data)
{
	struct tspdm_any_finding *finding = calloc(1, sizeof *finding);
	uint8_t raw[PAIR_MESSAGE_MAX];
	struct tspdm_buffer whole = { raw, sizeof raw, 0 };
	struct tspdm_verify_input input = { .size = sizeof input, .allow_standin = true, .time = (int64_t)time(NULL) };
	struct tspdm_view seen;
	enum tspdm_status status;

	assert_non_null(finding);
	assert_int_equal(tspdm_write_evidence(&whole, evidence), TSPDM_OK);
	input.evidence = tspdm_buffer_view(&whole);
	status = tspdm_verify_evidence(&input, finding);
	seen = tspdm_found_report_data(&finding->found);
	if (status == TSPDM_OK && (seen.len != TSPDM_REPORT_DATA_LEN || memcmp(seen.ptr, report_data, seen.len) != 0))
		status = TSPDM_ERR_EVIDENCE_NONCE;
	free(finding);
	return status;
}

static enum tspdm_status judge_block(struct pair *pair, const uint8_t *report_data)
{
	struct tspdm_view record = tspdm_requester_measured(pair->requester)->record;
	struct tspdm_measurement_block block;
	struct tspdm_evidence evidence;

	assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
	assert_int_equal(block.index, TSPDM_INDEX_MANIFEST);
	assert_int_equal(tspdm_read_evidence(block.value, &evidence), TSPDM_OK);
	return judge_evidence(&evidence, report_data);
}

/* What block 0xFD commits to where it is asked for in the clear. */
static void bind_in_the_clear(struct pair *pair, uint8_t *report_data)
{
	const struct tspdm_measured *m = tspdm_requester_measured(pair->requester);
	const struct tspdm_measurement_binding binding = { .role = TSPDM_ROLE_RESPONDER,
		.version = tspdm_requester_negotiated(pair->requester)->version,
		.spki = tspdm_requester_identity(pair->requester)->spki,
		.nonce = { m->nonce, sizeof m->nonce } };

	assert_int_equal(tspdm_bind_measurement_evidence(pair->crypto, &binding, report_data), TSPDM_OK);
}

static void a_block_of_evidence_is_bound_to_the_session_that_it_is_asked_for_in(void **state)
{
	static const uint8_t exporter[TSPDM_CHANNEL_LEN] = { 7 };
	const struct tspdm_view none = { NULL, 0 }, channel = { exporter, sizeof exporter };

	(void)state;
	for (unsigned is_late = 0; is_late < 2; is_late++) {
		const struct pair_options options = { .has_evidence = true, .evidence_delay_us = is_late ? 500000 : 0 };
		uint8_t expected[TSPDM_REPORT_DATA_LEN], clear[TSPDM_REPORT_DATA_LEN];
		uint32_t id;
		struct pair *pair = open_with(&options, &id);

		pair->responder->config.channel = channel;
		assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
		assert_int_equal(tspdm_requester_measured(pair->requester)->session, id);
		assert_int_equal(tspdm_requester_bind_measured(pair->requester, channel, expected), TSPDM_OK);
		assert_int_equal(judge_block(pair, expected), TSPDM_OK);
		bind_in_the_clear(pair, clear);
		assert_int_equal(judge_block(pair, clear), TSPDM_ERR_EVIDENCE_NONCE);
		assert_int_equal(tspdm_requester_bind_measured(pair->requester, none, expected), TSPDM_OK);
		assert_int_equal(judge_block(pair, expected), TSPDM_ERR_EVIDENCE_NONCE);
		assert_int_equal(close_session(pair, id), TSPDM_OK);
		assert_int_equal(tspdm_requester_bind_measured(pair->requester, none, expected), TSPDM_ERR_SESSION);

		assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
		assert_int_equal(tspdm_requester_measured(pair->requester)->session, 0);
		assert_int_equal(tspdm_requester_bind_measured(pair->requester, channel, expected), TSPDM_OK);
		bind_in_the_clear(pair, clear);
		assert_memory_equal(expected, clear, sizeof clear);
		assert_int_equal(judge_block(pair, clear), TSPDM_OK);
		pair_free(pair);
	}
}

static void what_was_not_signed_binds_nothing(void **state)
{
	const struct pair_options options = { 0 };
	const struct tspdm_view none = { NULL, 0 };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN], record[4096];
	const struct tspdm_measure job = {
		.operation = TSPDM_MEASUREMENT_ALL, .record = record, .record_cap = sizeof record
	};
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(tspdm_requester_measure(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_bind_measured(pair->requester, none, report_data), TSPDM_ERR_STATE);
	pair_free(pair);
}

static int end(void **state)
{
	(void)state;
	pair_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_of_evidence_is_bound_to_the_session_that_it_is_asked_for_in),
		cmocka_unit_test(what_was_not_signed_binds_nothing),
	};

	return cmocka_run_group_tests_name("session_measurements", tests, NULL, end);
}
