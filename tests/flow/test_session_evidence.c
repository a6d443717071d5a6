/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in a session: asked for, made slowly, presented the other way, refused; and sessions that are established, not
 * attested. */
#include <time.h>

#include "session_rig.h"

#include <tspdm/appraisal.h>

static uint8_t shown_room[PAIR_MESSAGE_MAX];

static struct pair *open_with(const struct pair_options *wanted, uint32_t *id)
{
	struct pair_options options = *wanted;
	struct pair *pair;

	options.version = session_version;
	options.session_capabilities = options.session_capabilities != 0 ? options.session_capabilities : FULL;
	options.dhe = TSPDM_DHE_SECP256R1;
	pair = pair_new(&options);
	assert_int_equal(pair_open(pair, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, *id), TSPDM_OK);
	pair->messages = 0;
	return pair;
}

static enum tspdm_status get_into(struct pair *pair, uint8_t flags, size_t cap)
{
	const struct tspdm_get_evidence job = { .flags = flags, .room = shown_room, .room_cap = cap };

	TSPDM_TRY(tspdm_requester_get_evidence(pair->requester, &job));
	return pair_run(pair);
}

static enum tspdm_status get(struct pair *pair)
{
	return get_into(pair, TSPDM_EVIDENCE_WANT_CERTIFICATES, sizeof shown_room);
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

static enum tspdm_status judge_shown(struct pair *pair)
{
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(pair->requester);

	assert_int_not_equal(shown->session, 0);
	return judge_evidence(&shown->evidence, shown->report_data);
}

/* ---- GET ---- */

static void evidence_of_each_tee_is_bound_to_the_session(void **state)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct pair_options options = { .has_evidence = true, .tee = kinds[i] };
		uint8_t expected[TSPDM_REPORT_DATA_LEN];
		const struct tspdm_session_evidence *shown;
		uint32_t id;
		struct pair *pair = open_with(&options, &id);

		assert_int_equal(get(pair), TSPDM_OK);
		shown = tspdm_requester_evidence(pair->requester);
		assert_int_equal(shown->session, id);
		assert_int_equal(shown->evidence.tee, kinds[i]);
		assert_int_equal(judge_shown(pair), TSPDM_OK);
		/* both ends say the same of it */
		assert_int_equal(tspdm_responder_bind_evidence(pair->responder, id, TSPDM_ROLE_RESPONDER,
					 (struct tspdm_view){ shown->nonce, sizeof shown->nonce },
					 (struct tspdm_view){ NULL, 0 }, expected),
			TSPDM_OK);
		assert_memory_equal(expected, shown->report_data, sizeof expected);
		assert_int_equal(pair->messages, 2);
		pair_free(pair);
	}
}

static void evidence_is_bound_after_the_export_secret_was_taken(void **state)
{
	const struct pair_options options = { .has_evidence = true };
	uint8_t secret[TSPDM_HASH_MAX];
	struct tspdm_buffer out = { secret, sizeof secret, 0 };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &out), TSPDM_OK);
	out.len = 0;
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &out), TSPDM_OK);
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	pair_free(pair);
}

static void evidence_is_made_anew_for_each_nonce_also_after_key_updates(void **state)
{
	const struct pair_options options = { .has_evidence = true };
	uint8_t first[TSPDM_REPORT_DATA_LEN];
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_OK);
	memcpy(first, tspdm_requester_evidence(pair->requester)->report_data, sizeof first);
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	assert_memory_not_equal(first, tspdm_requester_evidence(pair->requester)->report_data, sizeof first);
	pair_free(pair);
}

static void slow_evidence_is_waited_for_without_busy_polling(void **state)
{
	const struct pair_options options = { .has_evidence = true, .evidence_delay_us = 2000000 };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);
	uint64_t began = pair_now_us();

	(void)state;
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	assert_true(pair_now_us() - began >= 2000000);
	assert_true(pair->messages >= 4 && pair->messages <= 8);
	pair_free(pair);
}

static void evidence_that_takes_longer_than_the_patience_is_given_up(void **state)
{
	const struct pair_options options = {
		.has_evidence = true, .evidence_delay_us = 30000000, .patience_us = 3000000
	};
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_ERR_NOT_READY);
	assert_int_equal(tspdm_requester_evidence(pair->requester)->session, 0);
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_CAPABILITY_MISSING); /* the session is still there: */
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	pair_free(pair);
}

static void heartbeats_of_slow_evidence_are_its_polls(void **state)
{
	const struct pair_options options = { .has_evidence = true, .evidence_delay_us = 20000000, .heartbeat_s = 2 };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	pair_free(pair);
}

static void evidence_that_fails_is_unavailable(void **state)
{
	uint32_t id;
	struct pair_options options = { .has_evidence = false };
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_ERR_EVIDENCE_MISSING); /* UnsupportedRequest */
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EACH_VERSION(evidence_of_each_tee_is_bound_to_the_session),
		cmocka_unit_test(evidence_is_bound_after_the_export_secret_was_taken),
		IN_EACH_VERSION(evidence_is_made_anew_for_each_nonce_also_after_key_updates),
		cmocka_unit_test(slow_evidence_is_waited_for_without_busy_polling),
		cmocka_unit_test(evidence_that_takes_longer_than_the_patience_is_given_up),
		cmocka_unit_test(heartbeats_of_slow_evidence_are_its_polls),
		cmocka_unit_test(evidence_that_fails_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
