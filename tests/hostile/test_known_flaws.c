/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Flaws that implementations of SPDM are publicly known to have had, one test for each that this release could have. The
 * names begin with the flaw's number in the project's list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"

/* A hook that replaces the n-th response of one code by other bytes, or changes it. */
struct forge {
	uint8_t code;
	unsigned skip; /* so many of them pass first */
	uint8_t bytes[256];
	size_t len; /* 0: `change` is called instead */
	void (*change)(struct forge *forge, struct pair_message *m);
	unsigned argument;
	unsigned done;
	bool is_for_ever;
};

static void forge_response(void *context, struct pair_message *m)
{
	struct forge *f = context;

	if (m->is_request || m->bytes[1] != f->code || (f->done != 0 && !f->is_for_ever))
		return;
	if (f->skip != 0) {
		f->skip--;
		return;
	}
	f->done++;
	if (f->len == 0) {
		f->change(f, m);
		return;
	}
	memcpy(m->bytes, f->bytes, f->len);
	m->len = f->len;
}

static enum tspdm_status attest_forged(struct pair *pair, struct forge *forge)
{
	enum tspdm_status status;

	pair->hook = forge_response;
	pair->hook_context = forge;
	status = pair_attest(pair);
	assert_true(forge->done != 0);
	pair->hook = NULL;
	return status;
}

static void set_u32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* ---- F04 ---- */

enum { MEASUREMENT_SPEC_AT = 6, OTHER_PARAMS_AT = 7, MEASUREMENT_HASH_AT = 8, ASYM_AT = 12, HASH_AT = 16 };

static const struct selection {
	const char *name;
	unsigned at;
	uint32_t value;
	enum tspdm_status expected;
} selections[] = {
	{ "a signature algorithm that was not offered", ASYM_AT, TSPDM_ASYM_RSASSA_2048, TSPDM_ERR_NOT_OFFERED },
	{ "a signature algorithm of no version", ASYM_AT, UINT32_C(1) << 31, TSPDM_ERR_NOT_OFFERED },
	{ "two signature algorithms", ASYM_AT, TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384, TSPDM_ERR_AMBIGUOUS },
	{ "no signature algorithm", ASYM_AT, 0, TSPDM_ERR_NO_COMMON_ALGORITHM },
	{ "SM2, which nobody offered", ASYM_AT, TSPDM_ASYM_SM2, TSPDM_ERR_NOT_OFFERED },
	{ "SM3, which nobody offered", HASH_AT, TSPDM_HASH_SM3, TSPDM_ERR_NOT_OFFERED },
	{ "two hashes", HASH_AT, TSPDM_HASH_SHA256 | TSPDM_HASH_SHA384, TSPDM_ERR_AMBIGUOUS },
	{ "no hash", HASH_AT, 0, TSPDM_ERR_NO_COMMON_ALGORITHM },
	{ "two measurement hashes", MEASUREMENT_HASH_AT, 6, TSPDM_ERR_AMBIGUOUS },
	{ "an unknown measurement hash", MEASUREMENT_HASH_AT, 0x80000000, TSPDM_ERR_NOT_OFFERED },
	{ "no measurement hash", MEASUREMENT_HASH_AT, 0, TSPDM_ERR_NO_COMMON_ALGORITHM },
};

static void change_selection(struct forge *f, struct pair_message *m)
{
	set_u32(m->bytes + selections[f->argument].at, selections[f->argument].value);
}

static void change_byte(struct forge *f, struct pair_message *m)
{
	m->bytes[f->argument & 0xFF] = (uint8_t)(f->argument >> 8);
}

static void F04_algorithm_downgrade(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned i = 0; i < sizeof selections / sizeof selections[0]; i++) {
		struct forge forge = { .code = TSPDM_ALGORITHMS, .change = change_selection, .argument = i };
		enum tspdm_status status = attest_forged(pair, &forge);

		if (status != selections[i].expected)
			fail_msg("%s: %s", selections[i].name, tspdm_status_name(status));
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->asym, 0);
	}
	for (unsigned value = 0; value < 256; value++) { /* opaque formats: one of those offered, or none */
		struct forge forge = {
			.code = TSPDM_ALGORITHMS, .change = change_byte, .argument = OTHER_PARAMS_AT | value << 8
		};
		enum tspdm_status status = attest_forged(pair, &forge);

		assert_int_equal(status == TSPDM_OK, value == TSPDM_OPAQUE_FORMAT_1); /* what was selected indeed */
		if ((value & 0x0F) != 0 && (value & 0x0F) != TSPDM_OPAQUE_FORMAT_1)
			assert_true(status == TSPDM_ERR_NOT_OFFERED || status == TSPDM_ERR_AMBIGUOUS);
	}
	pair_free(pair);
}

/* ---- F05, F06 ---- */

static void F05_identity_after_resync(void **state)
{
	struct forge forge = {
		.code = TSPDM_MEASUREMENTS, .bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_REQUEST_RESYNCH, 0 }, .len = 4
	};
	struct pair *pair = pair_new(NULL);

	(void)state;
	assert_int_equal(attest_forged(pair, &forge), TSPDM_ERR_RESYNCH);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->version, 0);
	assert_int_equal(pair_measure(pair, 1, false, false), TSPDM_ERR_STATE);
	pair_free(pair);
}

static void F06_transcript_extra_message(void **state)
{
	static const uint8_t answered[] = { TSPDM_DIGESTS, TSPDM_CERTIFICATE, TSPDM_CHALLENGE_AUTH,
		TSPDM_MEASUREMENTS };
	static const uint8_t id[2] = { 0x34, 0x12 };
	const struct tspdm_vendor_defined question = { .standard_id = 3, .vendor_id = { id, sizeof id } };
	uint8_t room[16];
	struct tspdm_buffer response = { room, sizeof room, 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof answered; i++) { /* Busy in between leaves both sides' transcripts alike */
		struct forge forge = {
			.code = answered[i], .bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_BUSY, 0 }, .len = 4
		};
		struct pair *pair = pair_new(NULL);
		enum tspdm_status status = attest_forged(pair, &forge);

		/* this Busy is a lie: the responder has answered. Where that entered its transcript the signature fails;
		 * never may it verify over other bytes */
		assert_true(status == TSPDM_OK || status == TSPDM_ERR_SIGNATURE);
		pair->seen_bad = 0;
		assert_int_equal(pair_attest(pair), TSPDM_OK);
		/* and a refused request between authentication and measurement is in neither side's */
		assert_int_equal(tspdm_requester_vendor(pair->requester, &question, &response), TSPDM_OK);
		assert_int_equal(pair_run(pair), TSPDM_ERR_PEER);
		assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
		assert_int_equal(pair->seen_bad, 0);
		pair_free(pair);
	}
}

/* ---- F07, F08, F09 ---- */

static void F07_fail_open_root(void **state)
{
	struct pair *pair = pair_new(&(struct pair_options){ .no_anchor = true });

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_ERR_CHAIN_UNTRUSTED);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	pair_free(pair);
}

static void F08_negotiated_unsupported_version(void **state)
{
	static const uint8_t minors[] = { 0, 3, 4, 5, 15 };
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof minors; i++) {
		struct forge forge = { .code = TSPDM_VERSION,
			.bytes = { 0x10, TSPDM_VERSION, 0, 0, 0, 1, 0, (uint8_t)(0x10 | minors[i]) },
			.len = 8 };

		assert_int_equal(attest_forged(pair, &forge), TSPDM_ERR_NO_COMMON_VERSION);
	}
	/* 2.2 is not 1.2 */
	assert_int_equal(attest_forged(pair, &(struct forge){ .code = TSPDM_VERSION,
						     .bytes = { 0x10, TSPDM_VERSION, 0, 0, 0, 1, 0, 0x22 },
						     .len = 8 }),
		TSPDM_ERR_NO_COMMON_VERSION);
	pair_free(pair);
}

static void F09_no_common_algorithm(void **state)
{
	const struct tspdm_authenticate job = { .chain = (uint8_t[64]){ 0 }, .chain_cap = 64 };
	struct pair *pair = pair_new(&(struct pair_options){ .asym = TSPDM_ASYM_ECDSA_P256 });
	uint8_t request[256];
	const struct tspdm_requester_config config = { .size = sizeof config,
		.crypto = pair->crypto,
		.binding = &tspdm_binding_mctp,
		.request = request,
		.request_len = sizeof request,
		.asym = TSPDM_ASYM_ED25519 };

	(void)state;
	tspdm_requester_wipe(pair->requester);
	assert_int_equal(
		tspdm_requester_init(pair->requester, tspdm_requester_size(), &config, &pair->requester), TSPDM_OK);
	assert_int_equal(pair_connect(pair), TSPDM_ERR_NO_COMMON_ALGORITHM);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_STATE);
	assert_int_not_equal(tspdm_responder_phase(pair->responder), TSPDM_PHASE_NOT_STARTED);
	/* the responder now wants a new start of everybody */
	{
		static const uint8_t get_digests[] = { 0x12, TSPDM_GET_DIGESTS, 0, 0 };
		uint8_t room[64];
		struct tspdm_buffer response = { room, sizeof room, 0 };

		assert_int_equal(tspdm_responder_handle(pair->responder, 1, TSPDM_KIND_PLAIN,
					 (struct tspdm_view){ get_digests, sizeof get_digests }, &response),
			TSPDM_OK);
		assert_int_equal(room[1], TSPDM_ERROR);
		assert_int_equal(room[2], TSPDM_ERROR_REQUEST_RESYNCH);
	}
	pair_free(pair);
}

/* ---- F20: exponents ---- */

static void F20_exponent_shift(void **state)
{
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (unsigned exponent = 0; exponent < 256; exponent++) {
		struct forge late = { .code = TSPDM_CHALLENGE_AUTH,
			.bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_RESPONSE_NOT_READY, 0, (uint8_t)exponent,
				TSPDM_CHALLENGE, 7, 4 },
			.len = 8 };
		uint64_t before = pair_now_us();
		enum tspdm_status status = attest_forged(pair, &late);

		/* the responder knows of no such token; but that is found out after the wait, or not waited for */
		assert_int_equal(status, exponent < 26 ? TSPDM_ERR_PEER : TSPDM_ERR_NOT_READY);
		assert_true(pair_now_us() - before < 120000000);
	}
	for (unsigned exponent = 0; exponent < 256; exponent++) { /* CTExponent: a dead wire is noticed in time */
		struct forge dead = {
			.code = TSPDM_CAPABILITIES, .change = change_byte, .argument = 5 | exponent << 8
		};

		assert_int_equal(attest_forged(pair, &dead) == TSPDM_OK, exponent == 20); /* else not what was signed */
	}
	pair_free(pair);
}

static void not_ready_that_breaks_its_rules_is_refused(void **state)
{
	static const struct {
		uint8_t code, request_code, token, rdtm;
		enum tspdm_status expected;
	} cases[] = {
		{ TSPDM_CHALLENGE_AUTH, TSPDM_GET_DIGESTS, 1, 4, TSPDM_ERR_ECHO },
		{ TSPDM_CHALLENGE_AUTH, TSPDM_CHALLENGE, 1, 0, TSPDM_ERR_FIELD },
		{ TSPDM_CHALLENGE_AUTH, TSPDM_CHALLENGE, 1, 1, TSPDM_ERR_FIELD },
		{ TSPDM_ALGORITHMS, TSPDM_NEGOTIATE_ALGORITHMS, 1, 4, TSPDM_ERR_UNEXPECTED },
		{ TSPDM_CAPABILITIES, TSPDM_GET_CAPABILITIES, 1, 4, TSPDM_ERR_UNEXPECTED },
	};
	struct pair *pair = pair_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct forge forge = { .code = cases[i].code,
			.bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_RESPONSE_NOT_READY, 0, 4, cases[i].request_code,
				cases[i].token, cases[i].rdtm },
			.len = 8 };

		assert_int_equal(attest_forged(pair, &forge), cases[i].expected);
	}
	pair_free(pair);
}

/* ---- F22, F24, F31: lengths, counts, endless work ---- */

static void F22_offset_length_wrap(void **state)
{
	static const uint32_t values[] = { 0, 1, 2, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF };
	struct pair *pair = pair_new(NULL);
	uint32_t whole;

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	whole = (uint32_t)tspdm_requester_identity(pair->requester)->chain.len;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		for (size_t k = 0; k < sizeof values / sizeof values[0] + 3; k++) {
			uint32_t offset = k < 7 ? values[k] : whole - 1 + (uint32_t)(k - 7);
			uint8_t request[8] = { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, (uint8_t)offset,
				(uint8_t)(offset >> 8), (uint8_t)values[i], (uint8_t)(values[i] >> 8) };
			uint8_t *room = malloc(4096);
			struct tspdm_buffer response = { room, 4096, 0 };
			uint32_t portion, rest;

			assert_non_null(room);
			assert_int_equal(tspdm_responder_handle(pair->responder, 1, TSPDM_KIND_PLAIN,
						 (struct tspdm_view){ request, sizeof request }, &response),
				TSPDM_OK);
			if (offset >= whole) {
				assert_int_equal(room[1], TSPDM_ERROR);
				assert_int_equal(room[2], TSPDM_ERROR_INVALID_REQUEST);
			} else if (room[1] == TSPDM_CERTIFICATE) {
				portion = (uint32_t)room[4] + room[5] * 256U;
				rest = (uint32_t)room[6] + room[7] * 256U;
				assert_int_equal(offset + portion + rest, whole);
				assert_true(portion <= values[i] && response.len == 8 + portion);
			}
			free(room);
		}
	}
	pair_free(pair);
}

static void zero_portion(struct forge *f, struct pair_message *m)
{
	(void)f;
	memset(m->bytes + 4, 0, 2);
	m->len = 8;
}

static void one_byte_portion(struct forge *f, struct pair_message *m)
{
	uint32_t rest = (uint32_t)m->bytes[4] + m->bytes[5] * 256U + m->bytes[6] + m->bytes[7] * 256U - 1;

	m->bytes[4] = (uint8_t)(1 + f->argument); /* and then never fewer left: f->argument is 0 */
	m->bytes[5] = 0;
	m->bytes[6] = (uint8_t)rest;
	m->bytes[7] = (uint8_t)(rest >> 8);
	m->len = 9;
}

/* 256 bytes, and always as many left as before. */
static void endless_portion(struct forge *f, struct pair_message *m)
{
	(void)f;
	m->bytes[4] = 0;
	m->bytes[5] = 1;
	m->bytes[6] = 0;
	m->bytes[7] = 0x10;
	m->len = 8 + 256;
}

static void F24_zero_count(void **state)
{
	static const uint8_t no_versions[] = { 0x10, TSPDM_VERSION, 0, 0, 0, 0 };
	static const uint8_t no_digests[] = { 0x12, TSPDM_DIGESTS, 0, 0 };
	struct forge version = { .code = TSPDM_VERSION, .len = sizeof no_versions };
	struct forge digests = { .code = TSPDM_DIGESTS, .len = sizeof no_digests };
	struct forge portion = { .code = TSPDM_CERTIFICATE, .change = zero_portion };
	struct pair *pair = pair_new(NULL);

	(void)state;
	memcpy(version.bytes, no_versions, sizeof no_versions);
	memcpy(digests.bytes, no_digests, sizeof no_digests);
	assert_true(tspdm_status_class(attest_forged(pair, &version)) == TSPDM_CLASS_FORM);
	assert_true(tspdm_status_class(attest_forged(pair, &digests)) == TSPDM_CLASS_FORM);
	assert_int_equal(attest_forged(pair, &portion), TSPDM_ERR_PORTION);
	pair_free(pair);
}

static void F31_endless_loop(void **state)
{
	struct forge busy = { .code = TSPDM_DIGESTS,
		.bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_BUSY, 0 },
		.len = 4,
		.is_for_ever = true };
	struct forge late = { .code = TSPDM_DIGESTS,
		.bytes = { 0x12, TSPDM_ERROR, TSPDM_ERROR_RESPONSE_NOT_READY, 0, 20, TSPDM_GET_DIGESTS, 1, 4 },
		.len = 8,
		.is_for_ever = true };
	struct forge crumbs = { .code = TSPDM_CERTIFICATE, .change = one_byte_portion, .is_for_ever = true };
	struct forge endless = { .code = TSPDM_CERTIFICATE, .change = endless_portion, .is_for_ever = true };
	struct pair *pair = pair_new(NULL);

	(void)state;
	assert_int_equal(attest_forged(pair, &busy), TSPDM_ERR_BUSY);
	assert_int_not_equal(attest_forged(pair, &late), TSPDM_OK);
	assert_int_not_equal(attest_forged(pair, &crumbs), TSPDM_OK);
	assert_true(crumbs.done <= 2048);
	assert_int_equal(attest_forged(pair, &endless), TSPDM_ERR_PORTION);
	assert_true(endless.done <= 2);
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	pair_free(pair);
}

/* ---- F28, F29, F41 ---- */

static void F28_abort_leak(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < 20;
		steps++) { /* given up after so many steps, twice; leaks are for the tools to see */
		struct pair *pair = pair_new(NULL);

		for (unsigned twice = 0; twice < 2; twice++) {
			struct tspdm_io io;

			assert_int_equal(tspdm_requester_connect(pair->requester), TSPDM_OK);
			for (unsigned i = 0; i < steps; i++)
				(void)tspdm_requester_step(pair->requester, pair_now_us() + i * 1000000, &io);
			tspdm_requester_fail(pair->requester, TSPDM_ERR_CLOSED);
			if (steps % 2 == 0)
				(void)pair_connect(pair);
			if (steps % 3 == 0)
				(void)pair_authenticate(pair);
		}
		pair_free(pair);
	}
}

static void F29_misaligned(void **state)
{
	struct pair *pair = pair_new(NULL);
	uint8_t *memory = malloc(PAIR_MESSAGE_MAX + 8);

	(void)state;
	assert_non_null(memory);
	for (unsigned odd = 1; odd < 8; odd += 2) {
		struct tspdm_io io;

		assert_int_equal(tspdm_requester_connect(pair->requester), TSPDM_OK);
		while (tspdm_requester_step(pair->requester, pair_now_us(), &io) == TSPDM_STEP_SEND) {
			struct tspdm_buffer response = { memory + odd, PAIR_MESSAGE_MAX, 0 };
			uint8_t request[256];

			memcpy(request + odd, io.out.ptr, io.out.len);
			assert_int_equal(tspdm_responder_handle(pair->responder, 1, TSPDM_KIND_PLAIN,
						 (struct tspdm_view){ request + odd, io.out.len }, &response),
				TSPDM_OK);
			assert_int_equal(
				tspdm_requester_input(pair->requester, TSPDM_KIND_PLAIN, tspdm_buffer_view(&response)),
				TSPDM_OK);
		}
		assert_int_equal(tspdm_requester_error(pair->requester)->status, TSPDM_OK);
	}
	free(memory);
	pair_free(pair);
}

static void F41_zeroed_memory_says_nothing_good(void **state)
{
	const struct tspdm_identity nobody = { 0 };
	const struct tspdm_measured nothing = { 0 };
	struct pair *pair = pair_new(NULL);

	(void)state;
	assert_memory_equal(tspdm_requester_identity(pair->requester), &nobody, sizeof nobody);
	assert_memory_equal(tspdm_requester_measured(pair->requester), &nothing, sizeof nothing);
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_memory_equal(tspdm_requester_identity(pair->requester), &nobody, sizeof nobody);
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
		cmocka_unit_test(F04_algorithm_downgrade),
		cmocka_unit_test(F05_identity_after_resync),
		cmocka_unit_test(F06_transcript_extra_message),
		cmocka_unit_test(F07_fail_open_root),
		cmocka_unit_test(F08_negotiated_unsupported_version),
		cmocka_unit_test(F09_no_common_algorithm),
		cmocka_unit_test(F20_exponent_shift),
		cmocka_unit_test(not_ready_that_breaks_its_rules_is_refused),
		cmocka_unit_test(F22_offset_length_wrap),
		cmocka_unit_test(F24_zero_count),
		cmocka_unit_test(F28_abort_leak),
		cmocka_unit_test(F29_misaligned),
		cmocka_unit_test(F31_endless_loop),
		cmocka_unit_test(F41_zeroed_memory_says_nothing_good),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
