/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Both roles in one process: every algorithm, every way to measure, late answers, fresh evidence. What the two agree on is
 * recomputed by an observer in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "pair.h"

#include <tspdm/appraisal.h>

static unsigned count_blocks(struct tspdm_view record, uint8_t indices[256])
{
	struct tspdm_measurement_block block;
	unsigned count = 0;

	while (record.len != 0) {
		assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
		indices[count++] = block.index;
	}
	return count;
}

static void attest_once(uint8_t version, uint32_t asym, uint32_t hash)
{
	struct pair *pair = pair_new(&(struct pair_options){ .version = version, .asym = asym, .hash = hash });
	const struct tspdm_negotiated *n = tspdm_requester_negotiated(pair->requester);

	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(n->version, version);
	assert_int_equal(n->asym, asym);
	assert_int_equal(n->hash, hash);
	assert_true(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_true(tspdm_requester_identity(pair->requester)->is_anchored);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(pair->seen_ok, 2);
	assert_int_equal(pair->seen_bad, 0);
	pair_free(pair);
}

static bool has_algorithm(enum tspdm_algorithm_kind kind, uint32_t supported, uint32_t bit, uint8_t version)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL && (supported & bit) != 0 && row->since <= version;
}

static unsigned attest_with_each_algorithm(uint8_t version, const struct tspdm_crypto_support *support)
{
	unsigned combinations = 0;

	for (uint32_t asym = 1; asym != 0 && asym <= support->asym; asym <<= 1)
		for (uint32_t hash = 1; hash <= support->hash; hash <<= 1)
			if (has_algorithm(TSPDM_KIND_ASYM, support->asym, asym, version) &&
				has_algorithm(TSPDM_KIND_HASH, support->hash, hash, version) &&
				pair_can_sign(asym, hash)) {
				attest_once(version, asym, hash);
				combinations++;
			}
	return combinations;
}

static void every_signature_and_hash_algorithm_attests(void **state)
{
	struct tspdm_crypto_support support = { 0 };
	struct tspdm_crypto *crypto;

	(void)state;
	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	crypto->ops->supported(crypto, &support);
	tspdm_openssl_free(crypto);
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
		unsigned combinations = attest_with_each_algorithm(version, &support);

		printf("# 1.%u: %u combinations of signature and hash\n", version & 0x0FU, combinations);
		assert_true(combinations >=
			    (version >= TSPDM_V12 ? 60U : 54U)); /* EdDSA came with 1.2, as did SM2 and SM3 */
	}
}

static void every_binding_attests_padding_included(void **state)
{
	static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe,
		&tspdm_binding_tcp, &tspdm_binding_none };

	(void)state;
	for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
		for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
			struct pair *pair =
				pair_new(&(struct pair_options){ .version = version, .binding = bindings[i] });

			assert_int_equal(pair_attest(pair), TSPDM_OK);
			pair_free(pair);
		}
}

static void small_messages_bring_the_chain_in_portions(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .requester_max = 300 });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_true(pair->messages >= 6 + 2 + 2 * 3 + 2); /* at least three portions */
	/* all blocks do not fit, one does */
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_int_equal(pair_measure(pair, 1, false, false), TSPDM_OK);
	pair_free(pair);
}

static void blocks_one_by_one_are_signed_together(void **state)
{
	uint8_t indices[256];

	(void)state;
	for (unsigned row = 0; row < 6; row++) {
		struct pair *pair = pair_new(
			&(struct pair_options){ .version = (uint8_t)(TSPDM_V10 + row / 2), .is_sparse = row % 2 != 0 });

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_OK);
		assert_true(tspdm_requester_measured(pair->requester)->is_verified);
		assert_int_equal(count_blocks(tspdm_requester_measured(pair->requester)->record, indices), PAIR_BLOCKS);
		for (unsigned i = 0; i < PAIR_BLOCKS; i++)
			assert_int_equal(indices[i], pair->blocks[i].index);
		assert_int_equal(pair->seen_bad, 0);
		pair_free(pair);
	}
}

/* A man in the middle tells of one block less; the gaps make the requester begin its series again. */
static void tell_fewer(void *context, struct pair_message *m)
{
	unsigned *told = context;

	if (m->is_request || m->bytes[1] != TSPDM_MEASUREMENTS || m->bytes[4] != 0)
		return;
	m->bytes[2] = PAIR_BLOCKS - 1;
	(*told)++;
}

static void the_number_of_blocks_is_under_the_signature(void **state)
{
	(void)state;
	for (unsigned row = 0; row < 6; row++) {
		struct pair *pair = pair_new(
			&(struct pair_options){ .version = (uint8_t)(TSPDM_V10 + row / 2), .is_sparse = row % 2 != 0 });
		unsigned told = 0;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		pair->hook = tell_fewer;
		pair->hook_context = &told;
		assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_ERR_SIGNATURE);
		assert_true(told != 0);
		pair_free(pair);
	}
}

static void raw_and_digest_forms_are_what_was_asked_for(void **state)
{
	struct pair *pair = pair_new(NULL);
	struct tspdm_measurement_block block;
	struct tspdm_view record;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, 2, true, false), TSPDM_OK);
	record = tspdm_requester_measured(pair->requester)->record;
	assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
	assert_int_equal(block.type, TSPDM_MEASUREMENT_FIRMWARE | TSPDM_MEASUREMENT_RAW);
	assert_int_equal(block.value.len, pair->blocks[1].value.len);
	assert_memory_equal(block.value.ptr, pair->blocks[1].value.ptr, block.value.len);
	assert_int_equal(pair_measure(pair, 2, false, false), TSPDM_OK);
	record = tspdm_requester_measured(pair->requester)->record;
	assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
	assert_int_equal(block.type, TSPDM_MEASUREMENT_FIRMWARE);
	assert_int_equal(block.value.len, 48);
	pair_free(pair);
}

static void a_known_chain_is_not_fetched_again(void **state)
{
	struct pair *pair = pair_new(NULL);
	struct tspdm_authenticate job = { .chain = pair->chain, .chain_cap = sizeof pair->chain };
	unsigned before;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	job.known_len = tspdm_requester_identity(pair->requester)->chain.len;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	before = pair->messages;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(pair->messages - before, 4); /* digests and challenge */
	assert_true(tspdm_requester_identity(pair->requester)->was_known);
	/* a chain that is not the slot's any more is fetched */
	pair->chain[100] ^= 1;
	before = pair->messages;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_true(pair->messages - before > 4);
	pair_free(pair);
}

static enum tspdm_status (*real_check_chain)(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result);
static unsigned judgements;

static enum tspdm_status count_check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result)
{
	judgements++;
	return real_check_chain(crypto, check, result);
}

/* A crypto instance that counts how often a chain is judged. */
static struct tspdm_crypto *counting_crypto(struct tspdm_crypto_ops *ops)
{
	struct tspdm_crypto *crypto;

	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	*ops = *crypto->ops;
	real_check_chain = ops->check_chain;
	ops->check_chain = count_check_chain;
	crypto->ops = ops;
	judgements = 0;
	return crypto;
}

static enum tspdm_status authenticate_known(struct pair *pair, size_t known_len)
{
	const struct tspdm_authenticate job = {
		.chain = pair->chain, .chain_cap = sizeof pair->chain, .known_len = known_len
	};

	TSPDM_TRY(pair_connect(pair));
	TSPDM_TRY(tspdm_requester_authenticate(pair->requester, &job));
	return pair_run(pair);
}

static void spoil_auth(void *context, struct pair_message *m)
{
	(void)context;
	if (m->len > 2 && m->bytes[1] == TSPDM_CHALLENGE_AUTH)
		m->bytes[m->len - 1] ^= 1;
}

static void a_chain_is_judged_once_by_a_requester(void **state)
{
	struct tspdm_crypto_ops ops;
	struct tspdm_crypto *crypto = counting_crypto(&ops);
	struct pair *pair = pair_new(&(struct pair_options){ .requester_crypto = crypto });
	struct tspdm_identity first;
	size_t len;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(judgements, 1);
	first = *tspdm_requester_identity(pair->requester);
	len = first.chain.len;
	assert_int_equal(authenticate_known(pair, len), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_int_equal(judgements, 1);
	assert_true(tspdm_requester_identity(pair->requester)->is_anchored);
	assert_ptr_equal(tspdm_requester_identity(pair->requester)->leaf.ptr, first.leaf.ptr);
	assert_int_equal(tspdm_requester_identity(pair->requester)->leaf.len, first.leaf.len);
	assert_int_equal(tspdm_requester_identity(pair->requester)->spki.len, first.spki.len);
	/* fetched anew, it is still the same chain */
	assert_int_equal(authenticate_known(pair, 0), TSPDM_OK);
	assert_int_equal(judgements, 1);
	pair_free(pair);
	tspdm_openssl_free(crypto);
}

static void after_a_failure_a_chain_is_judged_again(void **state)
{
	struct tspdm_crypto_ops ops;
	struct tspdm_crypto *crypto = counting_crypto(&ops);
	struct pair *pair = pair_new(&(struct pair_options){ .requester_crypto = crypto });
	size_t len;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	len = tspdm_requester_identity(pair->requester)->chain.len;
	pair->hook = spoil_auth;
	assert_int_equal(authenticate_known(pair, len), TSPDM_ERR_SIGNATURE);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(tspdm_requester_identity(pair->requester)->spki.len, 0);
	assert_int_equal(judgements, 1);
	pair->hook = NULL;
	assert_int_equal(authenticate_known(pair, len), TSPDM_OK);
	assert_int_equal(judgements, 2);
	pair_free(pair);
	tspdm_openssl_free(crypto);
}

static void a_judgement_is_not_carried_over_to_another_requester(void **state)
{
	struct tspdm_crypto_ops ops;
	struct tspdm_crypto *crypto = counting_crypto(&ops);
	struct pair *trusting = pair_new(&(struct pair_options){ .requester_crypto = crypto });
	struct pair *without = pair_new(&(struct pair_options){ .requester_crypto = crypto, .no_anchor = true });
	size_t len;

	(void)state;
	assert_int_equal(pair_attest(trusting), TSPDM_OK);
	len = tspdm_requester_identity(trusting->requester)->chain.len;
	memcpy(without->chain, trusting->chain, len);
	assert_int_equal(authenticate_known(without, len), TSPDM_ERR_CHAIN_UNTRUSTED);
	assert_int_equal(judgements, 2);
	pair_free(trusting);
	pair_free(without);
	tspdm_openssl_free(crypto);
}

static void late_signatures_come_through_respond_if_ready(void **state)
{
	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
		struct pair *pair =
			pair_new(&(struct pair_options){ .version = version, .signature_delay_us = 900000 });

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		assert_true(pair->not_ready >= 4); /* several times for each of two signatures */
		assert_int_equal(pair->seen_ok, 2);
		assert_int_equal(pair->seen_bad, 0);
		pair_free(pair);
	}
}

static void an_answer_that_never_gets_ready_ends_the_job(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .signature_delay_us = UINT32_MAX });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_NOT_READY);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	pair_free(pair);
}

/* ---- Evidence ---- */

static void verify_evidence(struct pair *pair, enum tspdm_status expected)
{
	const struct tspdm_measured *m = tspdm_requester_measured(pair->requester);
	const struct tspdm_measurement_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = tspdm_requester_negotiated(pair->requester)->version,
		.slot = 0,
		.spki = tspdm_requester_identity(pair->requester)->spki,
		.nonce = { m->nonce, sizeof m->nonce },
	};
	struct tspdm_any_finding *finding = calloc(1, sizeof *finding);
	struct tspdm_verify_input input = { .size = sizeof input, .allow_standin = true, .time = (int64_t)time(NULL) };
	struct tspdm_view record = m->record, seen;
	struct tspdm_measurement_block block;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	assert_non_null(finding);
	assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
	assert_int_equal(block.index, TSPDM_INDEX_MANIFEST);
	assert_int_equal(block.type, TSPDM_MEASUREMENT_MANIFEST | TSPDM_MEASUREMENT_RAW);
	input.evidence = block.value;
	assert_int_equal(tspdm_verify_evidence(&input, finding), TSPDM_OK);
	seen = tspdm_found_report_data(&finding->found);
	assert_int_equal(seen.len, sizeof report_data);
	assert_int_equal(tspdm_bind_measurement_evidence(pair->crypto, &binding, report_data), TSPDM_OK);
	if (expected == TSPDM_OK)
		assert_memory_equal(seen.ptr, report_data, sizeof report_data);
	else
		assert_memory_not_equal(seen.ptr, report_data, sizeof report_data);
	free(finding);
}

static void fresh_evidence_is_bound_to_key_and_nonce(void **state)
{
	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
		struct pair *pair = pair_new(&(struct pair_options){ .version = version, .has_evidence = true });

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
			assert_true(tspdm_requester_measured(pair->requester)->is_verified);
			verify_evidence(pair, TSPDM_OK);
		}
		pair_free(pair);
	}
}

static void late_evidence_is_bound_to_the_first_request(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){
		.has_evidence = true, .evidence_delay_us = 2000000, .signature_delay_us = 300000 });

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	pair->not_ready = 0;
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_true(pair->not_ready >= 2);
	verify_evidence(pair, TSPDM_OK);
	pair_free(pair);
}

/* Through ResponseNotReady, whose announced time is kept: a handful of messages for two seconds. */
static void a_quote_that_takes_two_seconds_is_waited_for_without_busy_polling(void **state)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct pair *pair = pair_new(
			&(struct pair_options){ .has_evidence = true, .tee = kinds[i], .evidence_delay_us = 2000000 });
		uint64_t began;

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		pair->messages = pair->not_ready = 0;
		began = pair_now_us();
		assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
		assert_true(pair_now_us() - began >= 2000000 && pair_now_us() - began < 6000000);
		assert_true(pair->not_ready >= 1 && pair->messages <= 8);
		verify_evidence(pair, TSPDM_OK);
		pair_free(pair);
	}
}

/* Asked for twice it is made twice, and each is about its own nonce: the second is no answer to the first. */
static void no_quote_serves_two_nonces(void **state)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct pair *pair = pair_new(&(struct pair_options){ .has_evidence = true, .tee = kinds[i] });
		uint8_t first[PAIR_MESSAGE_MAX];
		struct tspdm_view record;

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
		verify_evidence(pair, TSPDM_OK);
		record = tspdm_requester_measured(pair->requester)->record;
		assert_true(record.len > 1000 && record.len <= sizeof first);
		memcpy(first, record.ptr, record.len);
		assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
		verify_evidence(pair, TSPDM_OK);
		assert_memory_not_equal(first, tspdm_requester_measured(pair->requester)->record.ptr, record.len);
		memcpy(pair->record, first, record.len); /* the first one once more, for the second nonce */
		verify_evidence(pair, TSPDM_ERR_EVIDENCE_NONCE);
		pair_free(pair);
	}
}

static void replayed_evidence_is_not_bound(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .has_evidence = true, .defects = TSPDM_SOFT_REPLAY });

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	verify_evidence(pair, TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	verify_evidence(pair, TSPDM_ERR_EVIDENCE_NONCE);
	pair_free(pair);
}

static void evidence_without_a_nonce_is_never_shown_raw(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .has_evidence = true });
	const struct tspdm_measure unsigned_job = { .operation = TSPDM_INDEX_MANIFEST,
		.is_raw = true,
		.record = pair->record,
		.record_cap = sizeof pair->record };
	struct tspdm_measurement_block block;
	struct tspdm_view record;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_measure(pair->requester, &unsigned_job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_false(tspdm_requester_measured(pair->requester)->is_verified);
	record = tspdm_requester_measured(pair->requester)->record;
	assert_int_equal(tspdm_next_block(&record, &block), TSPDM_OK);
	assert_int_equal(block.type, TSPDM_MEASUREMENT_MANIFEST); /* the digest form */
	pair_free(pair);
}

/* ---- What is refused before a message is sent ---- */

static void nobody_is_trusted_without_an_anchor(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .no_anchor = true });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_CHAIN_UNTRUSTED);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(tspdm_requester_identity(pair->requester)->leaf.len, 0);
	pair_free(pair);
	pair = pair_new(&(struct pair_options){ .no_anchor = true, .allow_unanchored = true });
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_false(tspdm_requester_identity(pair->requester)->is_anchored);
	pair_free(pair);
}

static void jobs_out_of_order_are_refused(void **state)
{
	struct pair *pair = pair_new(NULL);
	struct tspdm_measure measure = { .operation = TSPDM_MEASUREMENT_ALL,
		.is_signed = true,
		.record = pair->record,
		.record_cap = sizeof pair->record };
	struct tspdm_io io;

	(void)state;
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_STATE);
	assert_int_equal(pair_measure(pair, 1, false, false), TSPDM_ERR_STATE);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, 1, false, false), TSPDM_ERR_STATE); /* no identity to verify with */
	assert_int_equal(tspdm_requester_connect(pair->requester), TSPDM_OK);
	assert_int_equal(tspdm_requester_connect(pair->requester), TSPDM_ERR_STATE); /* one is under way */
	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_SEND);
	assert_int_equal(tspdm_requester_measure(pair->requester, &measure), TSPDM_ERR_STATE);
	tspdm_requester_fail(pair->requester, TSPDM_ERR_CLOSED);
	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_FAILED);
	assert_int_equal(tspdm_requester_error(pair->requester)->status, TSPDM_ERR_CLOSED);
	assert_int_equal(pair_attest(pair), TSPDM_OK); /* begun anew, all is well */
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
		cmocka_unit_test(every_signature_and_hash_algorithm_attests),
		cmocka_unit_test(every_binding_attests_padding_included),
		cmocka_unit_test(small_messages_bring_the_chain_in_portions),
		cmocka_unit_test(blocks_one_by_one_are_signed_together),
		cmocka_unit_test(the_number_of_blocks_is_under_the_signature),
		cmocka_unit_test(raw_and_digest_forms_are_what_was_asked_for),
		cmocka_unit_test(a_known_chain_is_not_fetched_again),
		cmocka_unit_test(a_chain_is_judged_once_by_a_requester),
		cmocka_unit_test(after_a_failure_a_chain_is_judged_again),
		cmocka_unit_test(a_judgement_is_not_carried_over_to_another_requester),
		cmocka_unit_test(late_signatures_come_through_respond_if_ready),
		cmocka_unit_test(an_answer_that_never_gets_ready_ends_the_job),
		cmocka_unit_test(fresh_evidence_is_bound_to_key_and_nonce),
		cmocka_unit_test(late_evidence_is_bound_to_the_first_request),
		cmocka_unit_test(a_quote_that_takes_two_seconds_is_waited_for_without_busy_polling),
		cmocka_unit_test(no_quote_serves_two_nonces),
		cmocka_unit_test(replayed_evidence_is_not_bound),
		cmocka_unit_test(evidence_without_a_nonce_is_never_shown_raw),
		cmocka_unit_test(nobody_is_trusted_without_an_anchor),
		cmocka_unit_test(jobs_out_of_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
