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
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

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

static void a_peer_without_evidence_shows_none(void **state)
{
	uint32_t id;
	struct pair_options options = { .has_evidence = false };
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_ERR_EVIDENCE_MISSING); /* UnsupportedRequest */
	pair_free(pair);
}

static enum tspdm_status cannot_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	(void)source, (void)report_data;
	*out = NULL;
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

static const struct tspdm_evidence_source_ops broken_ops = { .size = sizeof broken_ops, .begin = cannot_begin };

static void a_source_that_fails_is_told_and_the_session_goes_on(void **state)
{
	const struct pair_options options = { .has_evidence = true };
	struct tspdm_evidence_source broken = { &broken_ops };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	pair->device.evidence = &broken;
	assert_int_equal(get(pair), TSPDM_ERR_EVIDENCE_MISSING);
	assert_int_equal(tspdm_responder_last(pair->responder).status, TSPDM_ERR_EVIDENCE_SOURCE);
	assert_int_equal(tspdm_responder_last(pair->responder).error_code, 0);
	pair->device.evidence = pair->evidence;
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	pair_free(pair);
}

static void certificates_collateral_and_log_come_where_they_are_wanted(void **state)
{
	static const uint8_t log[] = "an event log", info[] = "TCB info", other[] = "of a later release";
	static const struct tspdm_evidence_item items[] = {
		{ TSPDM_ITEM_CCEL, { log, sizeof log } },
		{ TSPDM_ITEM_TCB_INFO, { info, sizeof info } },
		{ 0x4711, { other, sizeof other } },
	};
	static const struct {
		uint8_t flags;
		unsigned count;
	} cases[] = { { 0, 2 }, { TSPDM_EVIDENCE_WANT_CERTIFICATES, 3 }, { TSPDM_EVIDENCE_WANT_EVENT_LOG, 3 },
		{ TSPDM_EVIDENCE_WANT_COLLATERAL, 3 }, { 7, 5 } };
	const struct pair_options options = { .has_evidence = true, .items = items, .item_count = COUNT(items) };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_evidence_item item;
		struct tspdm_view left;
		unsigned count = 0;

		assert_int_equal(get_into(pair, cases[i].flags, sizeof shown_room), TSPDM_OK);
		left = tspdm_requester_evidence(pair->requester)->items;
		while (tspdm_next_evidence_item(&left, &item) == TSPDM_OK)
			count++;
		assert_int_equal(count, cases[i].count);
	}
	pair_free(pair);
}

static void evidence_larger_than_a_message_comes_in_chunks(void **state)
{
	const struct pair_options options = { .has_evidence = true, .transfer = 1024 };
	uint32_t id;
	struct pair *pair;

	(void)state;
	session_version = TSPDM_V12;
	pair = open_with(&options, &id);
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	assert_true(pair->messages > 4);
	pair_free(pair);
}

static void evidence_without_room_for_it_is_none(void **state)
{
	const struct pair_options options = { .has_evidence = true };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(get_into(pair, 0, 100), TSPDM_ERR_BUFFER);
	assert_int_equal(tspdm_requester_evidence(pair->requester)->session, 0);
	assert_int_equal(get(pair), TSPDM_OK);
	pair_free(pair);
}

static void evidence_of_another_enterprise_is_not_known(void **state)
{
	const struct pair_options both = {
		.has_evidence = true, .evidence_enterprise = 4711, .requester_enterprise = 4711
	};
	const struct pair_options one = { .has_evidence = true, .evidence_enterprise = 4711 };
	uint32_t id;
	struct pair *pair = open_with(&both, &id);

	(void)state;
	assert_int_equal(get(pair), TSPDM_OK);
	pair_free(pair);
	pair = open_with(&one, &id);
	assert_int_equal(get(pair), TSPDM_ERR_EVIDENCE_MISSING);
	pair_free(pair);
}

static void evidence_is_asked_for_in_a_session_only(void **state)
{
	const struct pair_options options = { .has_evidence = true };
	const struct tspdm_get_evidence job = { .room = shown_room, .room_cap = sizeof shown_room };
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
	assert_int_equal(tspdm_requester_get_evidence(pair->requester, &job), TSPDM_ERR_SESSION_REQUIRED);
	assert_int_equal(tspdm_requester_get_evidence(pair->requester, NULL), TSPDM_ERR_ARGUMENT);
	pair_free(pair);
}

/* ---- What a requester of ours would not send ---- */

static size_t vendor_request(uint8_t *out, uint8_t version, const uint8_t *payload, size_t len)
{
	const uint8_t head[] = { version, TSPDM_VENDOR_DEFINED_REQUEST, 0, 0, 4, 0, 4, 0xD9, 0x7E, 0, 0, (uint8_t)len,
		0 };

	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, payload, len);
	return sizeof head + len;
}

static void evidence_messages_that_are_not_legal_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint8_t payload[48];
		size_t len;
		uint8_t error;
	} cases[] = {
		{ "empty", { 0 }, 0, TSPDM_ERROR_INVALID_REQUEST },
		{ "version 2", { 2, 1, 0, 32 }, 37, TSPDM_ERROR_INVALID_REQUEST },
		{ "opcode 0", { 1, 0, 0, 0, 0 }, 5, TSPDM_ERROR_INVALID_REQUEST },
		{ "opcode 6", { 1, 6, 0, 0, 0 }, 5, TSPDM_ERROR_INVALID_REQUEST },
		{ "GET without nonce", { 1, 1, 0, 0, 0 }, 5, TSPDM_ERROR_INVALID_REQUEST },
		{ "GET with a nonce of 31 bytes", { 1, 1, 0, 31 }, 36, TSPDM_ERROR_INVALID_REQUEST },
		{ "GET cut off", { 1, 1, 0, 32 }, 36, TSPDM_ERROR_INVALID_REQUEST },
		{ "GET with more behind it", { 1, 1, 0, 32 }, 38, TSPDM_ERROR_INVALID_REQUEST },
		{ "POLL without GET", { 1, 2, 0, 32 }, 37, TSPDM_ERROR_UNEXPECTED_REQUEST },
		{ "CHALLENGE where nothing is taken", { 1, 4, 0, 0, 0 }, 5, TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ "PRESENT where nothing is taken", { 1, 5, 0, 0, 1, 1, 0, 1, 0, 0, 0, 9 }, 12,
			TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ "RESULT where nothing is taken", { 1, 3, 0, 0, 1, 13, 0, 1, 0, 0, 0, 9 }, 12,
			TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ "not an evidence message", { 0x81, 1, 0, 0, 0 }, 5, TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ "GET", { 1, 1, 0, 32 }, 37, 0 },
	};
	const struct pair_options options = { .has_evidence = true };
	uint8_t message[80];
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = vendor_request(message, TSPDM_V12, cases[i].payload, cases[i].len);
		uint8_t error;

		if (session_version == TSPDM_V11)
			message[0] = TSPDM_V11;
		error = ask_in(pair, id, message, len);
		if (error != cases[i].error)
			fail_msg("%s: 0x%02x", cases[i].name, error);
	}
	pair_free(pair);
}

static void evidence_messages_in_the_clear_are_refused(void **state)
{
	static const uint8_t ask[37] = { 1, 1, 0, 32 };
	const struct pair_options options = { .has_evidence = true };
	uint8_t message[80];
	uint32_t id;
	struct pair *pair;
	size_t len;

	(void)state;
	session_version = TSPDM_V12;
	pair = open_with(&options, &id);
	len = vendor_request(message, TSPDM_V12, ask, sizeof ask);
	assert_int_equal(ask_clear(pair, message, len), TSPDM_ERROR_SESSION_REQUIRED);
	pair_free(pair);
}

static void pending_evidence_is_one_session_s_and_ends_with_it(void **state)
{
	static const uint8_t ask[37] = { 1, 1, 0, 32 }, poll[37] = { 1, 2, 0, 32 }, other[37] = { 1, 2, 0, 32, 1 };
	const struct pair_options options = { .has_evidence = true, .evidence_delay_us = 1000000000 };
	uint8_t message[80];
	uint32_t id, second;
	struct pair *pair;

	(void)state;
	session_version = TSPDM_V12;
	pair = open_with(&options, &id);
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &second), TSPDM_OK);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, ask, sizeof ask)), 0);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, poll, sizeof poll)), 0);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, other, sizeof other)),
		TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(ask_in(pair, second, message, vendor_request(message, TSPDM_V12, poll, sizeof poll)),
		TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(
		ask_in(pair, second, message, vendor_request(message, TSPDM_V12, ask, sizeof ask)), TSPDM_ERROR_BUSY);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	assert_int_equal(ask_in(pair, second, message, vendor_request(message, TSPDM_V12, ask, sizeof ask)), 0);
	assert_int_equal(pair->responder->evidence.session_id, second);
	assert_int_equal(close_session(pair, second), TSPDM_OK);
	assert_int_equal(pair->responder->evidence.session_id, 0);
	pair_free(pair);
}

/* ---- The requester is a TEE itself ---- */

struct judge {
	unsigned asked;
	bool refuses;
	unsigned results;
};

static enum tspdm_status judge_presented(void *context, const struct tspdm_presented *presented)
{
	struct judge *judge = context;

	judge->asked++;
	if (judge->refuses)
		return TSPDM_ERR_POLICY;
	return judge_evidence(&presented->evidence, presented->report_data);
}

static enum tspdm_status take_result(void *context, uint32_t session, struct tspdm_view items)
{
	struct judge *judge = context;

	judge->results++;
	assert_int_not_equal(session, 0);
	assert_int_not_equal(items.len, 0);
	return judge->refuses ? TSPDM_ERR_POLICY : TSPDM_OK;
}

static struct tspdm_evidence_source *own_tee(enum tspdm_tee kind, uint32_t delay_us, uint32_t defects)
{
	const struct tspdm_soft_tee_config config = { .size = sizeof config,
		.kind = kind,
		.delay_us = delay_us,
		.defects = defects,
		.seed = 7,
		.now_us = pair_now_us };
	struct tspdm_evidence_source *source;

	assert_int_equal(tspdm_soft_tee_new(&config, &source), TSPDM_OK);
	return source;
}

static enum tspdm_status present(struct pair *pair, struct tspdm_evidence_source *source, struct tspdm_view channel)
{
	const struct tspdm_present_evidence job = { .source = source, .channel = channel };

	TSPDM_TRY(tspdm_requester_present_evidence(pair->requester, &job));
	return pair_run(pair);
}

static struct pair *open_judge(struct judge *judge, bool must_attest, uint32_t *id)
{
	const struct pair_options options = { .has_evidence = true,
		.presented = { judge_presented, take_result, judge },
		.responder_must_attest = must_attest,
		.request_len = 16384 };

	return open_with(&options, id);
}

static void two_tees_attest_each_other(void **state)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct judge judge = { 0 };
		struct tspdm_evidence_source *tee = own_tee(kinds[i], 500000, 0);
		uint32_t id;
		struct pair *pair = open_judge(&judge, true, &id);
		struct tspdm_served_session served;

		assert_int_equal(get(pair), TSPDM_OK);
		assert_int_equal(judge_shown(pair), TSPDM_OK);
		assert_int_equal(tspdm_responder_session(pair->responder, id, &served), TSPDM_OK);
		assert_false(served.is_attested);
		assert_int_equal(present(pair, tee, (struct tspdm_view){ NULL, 0 }), TSPDM_OK);
		assert_int_equal(judge.asked, 1);
		assert_int_equal(tspdm_responder_session(pair->responder, id, &served), TSPDM_OK);
		assert_true(served.is_attested);
		pair_free(pair);
		tspdm_soft_tee_free(tee);
	}
}

static void evidence_of_a_requester_that_is_wrong_is_refused(void **state)
{
	static const uint8_t elsewhere[] = "another connection";
	static const struct {
		const char *name;
		uint32_t defects;
		bool refuses;
		struct tspdm_view channel;
	} cases[] = {
		{ "not wanted", 0, true, { NULL, 0 } },
		{ "another report data", TSPDM_SOFT_WRONG_REPORT_DATA, false, { NULL, 0 } },
		{ "not signed right", TSPDM_SOFT_FLIP_SIGNATURE, false, { NULL, 0 } },
		{ "about another TLS connection", 0, false, { elsewhere, sizeof elsewhere } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct judge judge = { .refuses = cases[i].refuses };
		struct tspdm_evidence_source *tee = own_tee(TSPDM_TEE_SEV_SNP, 0, cases[i].defects);
		uint32_t id;
		struct pair *pair = open_judge(&judge, true, &id);
		struct tspdm_served_session served;

		if (present(pair, tee, cases[i].channel) != TSPDM_ERR_EVIDENCE_REFUSED)
			fail_msg("%s: not refused", cases[i].name);
		assert_int_equal(judge.asked, 1);
		assert_int_equal(tspdm_responder_session(pair->responder, id, &served), TSPDM_OK);
		assert_false(served.is_attested);
		pair_free(pair);
		tspdm_soft_tee_free(tee);
	}
}

static void presenting_where_it_cannot_be_fails_and_ends_the_source_s_job(void **state)
{
	const struct pair_options small = { .has_evidence = true };
	struct tspdm_evidence_source broken = { &broken_ops }, *tee = own_tee(TSPDM_TEE_SEV_SNP, 0, 0);
	struct judge judge = { 0 };
	uint32_t id;
	struct pair *pair = open_with(&small, &id);

	(void)state;
	assert_int_equal(present(pair, tee, (struct tspdm_view){ NULL, 0 }), TSPDM_ERR_EVIDENCE_REFUSED);
	pair_free(pair);
	pair = open_judge(&judge, false, &id);
	assert_int_equal(present(pair, &broken, (struct tspdm_view){ NULL, 0 }), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_int_equal(judge.asked, 0);
	assert_int_equal(present(pair, tee, (struct tspdm_view){ NULL, 0 }), TSPDM_OK);
	pair_free(pair);
	tspdm_soft_tee_free(tee);
}

static void a_challenge_serves_one_presentation(void **state)
{
	static const uint8_t challenge[] = { 1, 4, 0, 0, 0 };
	static const uint8_t nothing[] = { 1, 5, 0, 0, 1, 13, 0, 1, 0, 0, 0, 9 }; /* items without evidence */
	struct judge judge = { 0 };
	uint8_t message[80];
	uint32_t id;
	struct pair *pair;

	(void)state;
	session_version = TSPDM_V12;
	pair = open_judge(&judge, false, &id);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, nothing, sizeof nothing)),
		TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, challenge, sizeof challenge)), 0);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, nothing, sizeof nothing)),
		TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(ask_in(pair, id, message, vendor_request(message, TSPDM_V12, nothing, sizeof nothing)),
		TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(judge.asked, 0);
	pair_free(pair);
}

static void a_result_is_given_to_the_attester(void **state)
{
	static const uint8_t jwt[] = "eyJhbGciOiJFUzM4NCJ9.e30.AA";
	struct judge judge = { 0 };
	uint32_t id;
	struct pair *pair = open_judge(&judge, false, &id);
	const struct tspdm_view value = { jwt, sizeof jwt - 1 };

	(void)state;
	assert_int_equal(tspdm_requester_give_result(pair->requester, TSPDM_ITEM_TDX_QUOTE, value), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_requester_give_result(pair->requester, TSPDM_ITEM_RESULT_JWT, value), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	judge.refuses = true;
	assert_int_equal(tspdm_requester_give_result(pair->requester, TSPDM_ITEM_RESULT_CWT, value), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_ERR_EVIDENCE_REFUSED);
	assert_int_equal(judge.results, 2);
	pair_free(pair);
}

/* ---- Established, not attested ---- */

static const uint8_t greeting[] = { 0x7F, 1, 2, 3 }; /* MCTP: a message type that is not SPDM */

static enum tspdm_status say(struct pair *pair, uint32_t id, uint8_t *code)
{
	struct tspdm_buffer record = { pair->request_record, sizeof pair->request_record, 0 };
	struct tspdm_record_opened opened;
	struct session *s = tspdm_session_find(requester_sessions(pair->requester), id);
	struct tspdm_view message;
	size_t got;

	*code = 0;
	TSPDM_TRY(tspdm_requester_seal(pair->requester, id, (struct tspdm_view){ greeting, sizeof greeting }, &record));
	got = pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&record), room);
	assert_true(got > 0);
	assert_int_equal(tspdm_record_open(&s->open, room, got, &opened), TSPDM_OK);
	if (tspdm_session_message(s, opened.data, &message))
		*code = message.ptr[1] == TSPDM_ERROR ? message.ptr[2] : 0xFF;
	return TSPDM_OK;
}

static void a_responder_takes_nothing_of_the_application_before_it_is_attested(void **state)
{
	static const uint8_t foreign[] = { 0x12, TSPDM_VENDOR_DEFINED_REQUEST, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t digests[] = { 0x12, TSPDM_GET_DIGESTS, 0, 0 };
	const struct pair_options options = { .has_evidence = true, .responder_must_attest = true, .heartbeat_s = 5 };
	uint8_t secret[TSPDM_HASH_MAX], code;
	struct tspdm_buffer out = { secret, sizeof secret, 0 }, record = { room, sizeof room, 0 };
	const struct tspdm_view data = { greeting, sizeof greeting };
	uint32_t id;
	struct pair *pair;

	(void)state;
	session_version = TSPDM_V12;
	pair = open_with(&options, &id);
	assert_int_equal(say(pair, id, &code), TSPDM_OK);
	assert_int_equal(code, TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(tspdm_responder_last(pair->responder).status, TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(pair->taken, 0);
	assert_int_equal(ask_in(pair, id, foreign, sizeof foreign), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(ask_in(pair, id, digests, sizeof digests), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(tspdm_responder_seal(pair->responder, id, data, &record), TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &out), TSPDM_ERR_NOT_ATTESTED);

	assert_int_equal(heartbeat(pair, id), TSPDM_OK); /* upkeep passes, and evidence */
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);

	assert_int_equal(tspdm_responder_attested(pair->responder, id + 1), TSPDM_ERR_SESSION);
	assert_int_equal(tspdm_responder_attested(pair->responder, id), TSPDM_OK);
	assert_int_equal(say(pair, id, &code), TSPDM_OK);
	assert_int_equal(pair->taken, 1);
	assert_int_equal(ask_in(pair, id, foreign, sizeof foreign), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(ask_in(pair, id, digests, sizeof digests), 0);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &out), TSPDM_OK);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	pair_free(pair);
}

static void a_requester_says_nothing_of_the_application_before_it_is_attested(void **state)
{
	const struct pair_options options = { .has_evidence = true, .requester_must_attest = true, .heartbeat_s = 5 };
	const struct tspdm_vendor_defined vendor = { .standard_id = 0 };
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	uint8_t secret[TSPDM_HASH_MAX], code;
	struct tspdm_buffer out = { secret, sizeof secret, 0 };
	struct tspdm_session_info info;
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	assert_false(info.is_attested);
	assert_int_equal(say(pair, id, &code), TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(tspdm_requester_vendor(pair->requester, &vendor, &answer), TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &out), TSPDM_ERR_NOT_ATTESTED);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(get(pair), TSPDM_OK);
	assert_int_equal(judge_shown(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_attested(pair->requester, id + 1), TSPDM_ERR_SESSION);
	assert_int_equal(tspdm_requester_attested(pair->requester, id), TSPDM_OK);
	assert_int_equal(say(pair, id, &code), TSPDM_OK);
	assert_int_equal(pair->taken, 1);
	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &out), TSPDM_OK);
	pair_free(pair);
}

static void application_data_that_comes_too_early_ends_the_session(void **state)
{
	const struct pair_options options = { .has_evidence = true, .requester_must_attest = true };
	struct tspdm_buffer record = { room, sizeof room, 0 };
	struct tspdm_session_info info;
	uint32_t id;
	struct pair *pair = open_with(&options, &id);

	(void)state;
	assert_int_equal(
		tspdm_responder_seal(pair->responder, id, (struct tspdm_view){ greeting, sizeof greeting }, &record),
		TSPDM_OK);
	assert_int_equal(
		tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, tspdm_buffer_view(&record)), TSPDM_OK);
	assert_int_equal(pair->taken_back_len, 0);
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_ERR_SESSION);
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
		cmocka_unit_test(a_peer_without_evidence_shows_none),
		cmocka_unit_test(a_source_that_fails_is_told_and_the_session_goes_on),
		cmocka_unit_test(certificates_collateral_and_log_come_where_they_are_wanted),
		cmocka_unit_test(evidence_larger_than_a_message_comes_in_chunks),
		cmocka_unit_test(evidence_without_room_for_it_is_none),
		cmocka_unit_test(evidence_of_another_enterprise_is_not_known),
		cmocka_unit_test(evidence_is_asked_for_in_a_session_only),
		IN_EACH_VERSION(evidence_messages_that_are_not_legal_are_refused),
		cmocka_unit_test(evidence_messages_in_the_clear_are_refused),
		cmocka_unit_test(pending_evidence_is_one_session_s_and_ends_with_it),
		IN_EACH_VERSION(two_tees_attest_each_other),
		cmocka_unit_test(evidence_of_a_requester_that_is_wrong_is_refused),
		cmocka_unit_test(presenting_where_it_cannot_be_fails_and_ends_the_source_s_job),
		cmocka_unit_test(a_challenge_serves_one_presentation),
		cmocka_unit_test(a_result_is_given_to_the_attester),
		cmocka_unit_test(a_responder_takes_nothing_of_the_application_before_it_is_attested),
		cmocka_unit_test(a_requester_says_nothing_of_the_application_before_it_is_attested),
		cmocka_unit_test(application_data_that_comes_too_early_ends_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
