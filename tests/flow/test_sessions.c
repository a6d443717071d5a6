/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sessions between a requester and a responder in one process: the combinations that are legal, and what runs in them. */
#include "session_rig.h"

/* ---- What all combinations can do ---- */

static enum tspdm_status run_vendor(struct pair *pair)
{
	static const uint8_t vendor[] = { 0x34, 0x12 };
	const struct tspdm_vendor_defined ask = { .standard_id = 3, .vendor_id = { vendor, sizeof vendor } };
	struct tspdm_buffer answer = { room, sizeof room, 0 };

	TSPDM_TRY(tspdm_requester_vendor(pair->requester, &ask, &answer));
	return pair_run(pair);
}

static void check_keys_agree(struct pair *pair, uint32_t id)
{
	uint8_t ours[TSPDM_HASH_MAX], theirs[TSPDM_HASH_MAX];
	struct tspdm_buffer a = { ours, sizeof ours, 0 }, b = { theirs, sizeof theirs, 0 };

	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &a), TSPDM_OK);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &b), TSPDM_OK);
	assert_int_equal(a.len, b.len);
	assert_true(a.len >= 32);
	assert_memory_equal(ours, theirs, a.len);
	/* it is there once */
	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &a), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &b), TSPDM_ERR_STATE);
}

static void measure_in(struct pair *pair, uint32_t id)
{
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
}

static void run_whole(const struct pair_options *options)
{
	struct pair *pair = pair_new(options);
	struct tspdm_session_info info;
	bool is_mac_only = (options->session_capabilities & TSPDM_CAP_ENCRYPT) == 0;
	bool is_clear = (options->session_capabilities & TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR) != 0;
	uint32_t id;

	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	assert_int_equal(info.is_mac_only, is_mac_only);
	assert_int_equal(info.is_handshake_clear, is_clear);
	assert_int_equal(info.record_version, 0x12);
	assert_int_equal(pair->records, is_clear ? 0 : 2);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->version, options->version);
	if (options->dhe != 0)
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->dhe, options->dhe);
	if (options->aead != 0)
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->aead, options->aead);
	check_keys_agree(pair, id);
	measure_in(pair, id);
	if ((options->session_capabilities & TSPDM_CAP_KEY_UPD) != 0) {
		assert_int_equal(update(pair, id, true), TSPDM_OK);
		assert_int_equal(update(pair, id, false), TSPDM_OK);
		measure_in(pair, id);
	}
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	check_no_session(pair);
	assert_int_equal(pair->seen_bad, 0);
	pair_free(pair);
}

static void every_combination_of_algorithms_opens_a_session(void **state)
{
	static const uint32_t caps[] = { FULL, BASIC, SECURE | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR,
		BASIC | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_KEY_UPD };
	static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_tcp,
		&tspdm_binding_doe };
	unsigned runs = 0;

	(void)state;
	for (uint32_t dhe = TSPDM_DHE_FFDHE2048; dhe <= TSPDM_DHE_SECP521R1; dhe <<= 1)
		for (uint32_t aead = TSPDM_AEAD_AES_128_GCM; aead <= TSPDM_AEAD_CHACHA20_POLY1305; aead <<= 1)
			for (size_t c = 0; c < 2 * COUNT(caps); c++) {
				const struct pair_options options = { .version = c % 2 != 0 ? TSPDM_V11 : TSPDM_V12,
					.dhe = dhe,
					.aead = aead,
					.session_capabilities = caps[c / 2],
					.binding = bindings[runs % COUNT(bindings)] };

				run_whole(&options);
				runs++;
			}
	printf("# %u combinations\n", runs);
}

static void every_signature_and_hash_opens_a_session(void **state)
{
	static const uint32_t asyms[] = { TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ECDSA_P521,
		TSPDM_ASYM_RSASSA_3072, TSPDM_ASYM_RSAPSS_3072, TSPDM_ASYM_ED25519 };
	static const uint32_t hashes[] = { TSPDM_HASH_SHA256, TSPDM_HASH_SHA384, TSPDM_HASH_SHA512, TSPDM_HASH_SHA3_256,
		TSPDM_HASH_SHA3_384, TSPDM_HASH_SHA3_512 };

	(void)state;
	for (size_t a = 0; a < COUNT(asyms); a++)
		for (size_t h = 0; h < 2 * COUNT(hashes); h++) {
			const struct pair_options options = { .version = h < COUNT(hashes) ? TSPDM_V12 : TSPDM_V11,
				.asym = asyms[a],
				.hash = hashes[h % COUNT(hashes)],
				.dhe = TSPDM_DHE_SECP256R1,
				.session_capabilities = h % 2 == 0 ? FULL : SECURE | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };

			if (tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, asyms[a])->since <= options.version)
				run_whole(&options);
		}
}

static void what_only_one_side_has_is_not_used(void **state)
{
	const struct pair_options options = { .version = session_version,
		.session_capabilities = FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR,
		.requester_capabilities = BASIC,
		.heartbeat_s = 5 };
	struct pair *pair = pair_new(&options);
	struct tspdm_session_info info;
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	assert_true(info.is_mac_only);
	assert_false(info.is_handshake_clear);
	assert_int_equal(info.heartbeat_s, 0);
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(update(pair, id, true), TSPDM_ERR_CAPABILITY_MISSING);
	pair_free(pair);
}

static void without_the_capability_there_is_no_session(void **state)
{
	const struct pair_options neither = { .session_capabilities = 0 };
	struct pair *pair = pair_new(&neither);
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_ERR_CAPABILITY_MISSING);
	pair_free(pair);
}

/* ---- In a session ---- */

static void keys_are_updated_many_times(void **state)
{
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(update(pair, id, i % 2 == 0), TSPDM_OK);
		assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	}
	measure_in(pair, id);
	pair_free(pair);
}

static void evidence_is_measured_in_a_session(void **state)
{
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_true(tspdm_requester_measured(pair->requester)->record.len > 1000);
	pair_free(pair);
}

static void late_signatures_and_evidence_are_waited_for(void **state)
{
	const struct pair_options options = { .version = session_version,
		.session_capabilities = FULL,
		.dhe = TSPDM_DHE_SECP256R1,
		.has_evidence = true,
		.signature_delay_us = 300000,
		.evidence_delay_us = 300000 };
	struct pair *pair = pair_new(&options);
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_true(pair->not_ready >= 2); /* CHALLENGE, KEY_EXCHANGE */
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_OK);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	check_no_session(pair);
	pair_free(pair);
}

static void a_series_in_the_session_and_one_outside_are_two(void **state)
{
	struct tspdm_measure ask = { .operation = TSPDM_MEASUREMENT_COUNT };
	uint32_t id, other;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(pair_open_another(pair, &other), TSPDM_OK);
	/* an unsigned exchange stands in each log; the signatures cover their own only */
	for (unsigned i = 0; i < 3; i++) {
		const uint32_t ids[] = { id, 0, other };

		assert_int_equal(tspdm_requester_use_session(pair->requester, ids[i]), TSPDM_OK);
		assert_int_equal(tspdm_requester_measure(pair->requester, &ask), TSPDM_OK);
		assert_int_equal(pair_run(pair), TSPDM_OK);
	}
	for (unsigned i = 0; i < 3; i++) {
		const uint32_t ids[] = { other, id, 0 };

		assert_int_equal(tspdm_requester_use_session(pair->requester, ids[i]), TSPDM_OK);
		assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
		assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	}
	pair_free(pair);
}

static void an_error_in_a_session_comes_with_its_keys(void **state)
{
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(run_vendor(pair), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(pair->records, 4);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK); /* the session goes on */
	pair_free(pair);
}

static enum tspdm_status note_session(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	(void)response, (void)pending;
	*(uint32_t *)context = request->session;
	return TSPDM_OK;
}

/* What a device gives away in a session only, it must not take for one that is in the clear. */
static void a_vendor_handler_knows_in_which_session_it_is_asked(void **state)
{
	uint32_t id, seen = 1;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	pair->device.vendor = note_session;
	pair->device.vendor_context = &seen;
	assert_int_equal(run_vendor(pair), TSPDM_OK);
	assert_int_equal(seen, 0);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(run_vendor(pair), TSPDM_OK);
	assert_int_equal(seen, id);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	assert_int_equal(run_vendor(pair), TSPDM_OK);
	assert_int_equal(seen, 0);
	pair_free(pair);
}

static void certificates_are_fetched_in_a_session(void **state)
{
	struct tspdm_authenticate job = { .skip_challenge = true };
	uint32_t id;
	struct pair *pair = open_pair(FULL, &tspdm_binding_tcp, &id);

	(void)state;
	job.chain = pair->chain, job.chain_cap = sizeof pair->chain;
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_true(tspdm_requester_identity(pair->requester)->is_anchored);
	/* and CHALLENGE is for the clear */
	job.skip_challenge = false;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_STATE);
	pair_free(pair);
}

static void sessions_are_interleaved(void **state)
{
	uint32_t ids[4], refused;
	struct pair *pair = open_pair(FULL, NULL, &ids[0]);

	(void)state;
	for (unsigned i = 1; i < COUNT(ids); i++)
		assert_int_equal(pair_open_another(pair, &ids[i]), TSPDM_OK);
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(heartbeat(pair, ids[i % 4]), TSPDM_OK);
		assert_int_equal(update(pair, ids[(i + 1) % 4], i % 3 == 0), TSPDM_OK);
		measure_in(pair, ids[(i + 2) % 4]);
	}
	/* four is the responder's maximum */
	assert_int_equal(pair_open_another(pair, &refused), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_SESSION_LIMIT_EXCEEDED);
	assert_int_equal(close_session(pair, ids[2]), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &ids[2]), TSPDM_OK);
	for (unsigned i = 0; i < COUNT(ids); i++)
		assert_int_equal(close_session(pair, ids[i]), TSPDM_OK);
	check_no_session(pair);
	pair_free(pair);
}

static void application_data_goes_both_ways(void **state)
{
	static const uint8_t data[] = { 0x7E, 1, 2, 3, 4, 0x01 };
	static const uint8_t spdm[] = { 0x05, 0x12, 0xE8, 0, 0 };
	const struct tspdm_view message = { data, sizeof data };
	uint8_t record[256];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	size_t len;
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(tspdm_requester_seal(pair->requester, id, message, &out), TSPDM_OK);
		len = pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&out), room);
		assert_int_equal(pair->taken, i);
		assert_int_equal(
			tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, (struct tspdm_view){ room, len }),
			TSPDM_OK);
		assert_int_equal(pair->taken_back_len, sizeof data);
		assert_int_equal(pair->taken_back[0], data[5]);
		/* and unasked */
		assert_int_equal(tspdm_responder_seal(pair->responder, id, message, &out), TSPDM_OK);
		assert_int_equal(
			tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, tspdm_buffer_view(&out)), TSPDM_OK);
		assert_memory_equal(pair->taken_back, data, sizeof data);
		assert_int_equal(update(pair, id, true), TSPDM_OK);
	}
	assert_int_equal(tspdm_requester_seal(pair->requester, id, (struct tspdm_view){ spdm, sizeof spdm }, &out),
		TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_requester_seal(pair->requester, id + 1, message, &out), TSPDM_ERR_SESSION);
	pair_free(pair);
}

static void records_of_doe_carry_spdm_alone(void **state)
{
	static const uint8_t data[] = { 0x7E, 1, 2, 3 };
	uint8_t record[256];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	uint32_t id;
	struct pair *pair = open_pair(FULL, &tspdm_binding_doe, &id);

	(void)state;
	assert_int_equal(tspdm_requester_seal(pair->requester, id, (struct tspdm_view){ data, sizeof data }, &out),
		TSPDM_ERR_UNSUPPORTED);
	pair_free(pair);
}

/* ---- Time ---- */

static void a_silent_session_is_ended_by_both(void **state)
{
	struct tspdm_session_info info;
	struct tspdm_io io;
	uint32_t id;
	struct pair *pair = open_pair(FULL, NULL, &id);
	uint64_t due;

	(void)state;
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	due = info.heartbeat_due_us;
	assert_true(due > pair_now_us() && due <= pair_now_us() + 5000000);
	assert_true(tspdm_responder_deadline_us(pair->responder) <= pair_now_us() + 10000001);
	tspdm_responder_expire_sessions(pair->responder, pair_now_us() + 9000000);
	(void)tspdm_requester_step(pair->requester, pair_now_us() + 9000000, &io);
	assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1);
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	tspdm_responder_expire_sessions(pair->responder, tspdm_responder_deadline_us(pair->responder));
	(void)tspdm_requester_step(pair->requester, pair_now_us() + 11000000, &io);
	check_no_session(pair);
	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_ERR_SESSION);
	assert_int_equal(heartbeat(pair, id), TSPDM_ERR_SESSION);
	pair_free(pair);
}

static void an_abandoned_handshake_is_forgotten(void **state)
{
	struct pair *pair;
	uint32_t id;

	(void)state;
	pair = open_pair(FULL, NULL, &id);
	pair->responder->sessions.all[1] =
		(struct session){ .phase = SESSION_HANDSHAKING, .id = 77, .heard_us = pair_now_us() };
	tspdm_responder_expire_sessions(pair->responder, pair_now_us() + 59000000);
	assert_int_equal(pair->responder->sessions.all[1].phase, SESSION_HANDSHAKING);
	tspdm_responder_expire_sessions(pair->responder, pair_now_us() + 61000000);
	assert_int_equal(pair->responder->sessions.all[1].phase, SESSION_FREE);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_of_algorithms_opens_a_session),
		cmocka_unit_test(every_signature_and_hash_opens_a_session),
		IN_EACH_VERSION(what_only_one_side_has_is_not_used),
		cmocka_unit_test(without_the_capability_there_is_no_session),
		cmocka_unit_test(a_vendor_handler_knows_in_which_session_it_is_asked),
		IN_EACH_VERSION(keys_are_updated_many_times),
		IN_EACH_VERSION(evidence_is_measured_in_a_session),
		IN_EACH_VERSION(late_signatures_and_evidence_are_waited_for),
		IN_EACH_VERSION(a_series_in_the_session_and_one_outside_are_two),
		IN_EACH_VERSION(an_error_in_a_session_comes_with_its_keys),
		IN_EACH_VERSION(certificates_are_fetched_in_a_session),
		IN_EACH_VERSION(sessions_are_interleaved),
		IN_EACH_VERSION(application_data_goes_both_ways),
		IN_EACH_VERSION(records_of_doe_carry_spdm_alone),
		IN_EACH_VERSION(a_silent_session_is_ended_by_both),
		IN_EACH_VERSION(an_abandoned_handshake_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
