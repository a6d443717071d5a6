/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The tables of statuses, codes, capabilities and algorithms, walked from end to end; and the secrets' helpers. */
#include <tspdm/secret.h>
#include <tspdm/spdm.h>

#include "wire_case.h"

#define STATUS(name, value, text) { name, #name },
static const struct {
	enum tspdm_status status;
	const char *name;
} statuses[] = { TSPDM_STATUS_ROWS(STATUS) };

static enum tspdm_status_class class_of(int value)
{
	return value >= 0 ? TSPDM_CLASS_SUCCESS : (enum tspdm_status_class)(-value / 100);
}

static void every_status_has_name_text_and_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		enum tspdm_status status = statuses[i].status;

		assert_string_equal(tspdm_status_name(status), statuses[i].name);
		assert_true(strlen(tspdm_status_text(status)) > 5);
		assert_string_not_equal(tspdm_status_text(status), "unknown status");
		assert_int_equal(tspdm_status_class(status), class_of((int)status));
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(status, statuses[k].status);
			assert_string_not_equal(tspdm_status_text(status), tspdm_status_text(statuses[k].status));
		}
	}
}

static void each_class_begins_at_its_hundred(void **state)
{
	(void)state;
	assert_int_equal(tspdm_status_class(TSPDM_AGAIN), TSPDM_CLASS_SUCCESS);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_ARGUMENT), TSPDM_CLASS_CALLER);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_BUFFER), TSPDM_CLASS_RESOURCE);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_TRUNCATED), TSPDM_CLASS_FORM);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_VERSION), TSPDM_CLASS_RULE);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_PEER), TSPDM_CLASS_PEER);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_SIGNATURE), TSPDM_CLASS_CRYPTO);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_EVIDENCE_NONCE), TSPDM_CLASS_EVIDENCE);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_POLICY), TSPDM_CLASS_POLICY);
	assert_int_equal(tspdm_status_class(TSPDM_ERR_FRAME), TSPDM_CLASS_TRANSPORT);
}

static void a_number_that_is_no_status_is_the_callers_mistake(void **state)
{
	static const int numbers[] = { -1, -99, -199, -999, -1000, -2147483647 - 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		assert_int_equal(tspdm_status_class((enum tspdm_status)numbers[i]), TSPDM_CLASS_CALLER);
		assert_string_equal(tspdm_status_text((enum tspdm_status)numbers[i]), "unknown status");
		assert_string_equal(tspdm_status_name((enum tspdm_status)numbers[i]), "unknown status");
	}
}

static unsigned named(const char *name_of(uint8_t))
{
	unsigned count = 0;

	for (unsigned i = 0; i < 256; i++) {
		bool has_name = strcmp(name_of((uint8_t)i), "reserved") != 0;

		count += has_name;
		for (unsigned k = 0; has_name && k < i; k++)
			assert_string_not_equal(name_of((uint8_t)i), name_of((uint8_t)k));
	}
	return count;
}

/* DSP0274 1.4 "SPDM request codes", "SPDM response codes": 30 requests, 29 responses to them, ERROR. */
static void every_code_has_one_name(void **state)
{
	(void)state;
	assert_int_equal(named(tspdm_code_name), 60);
	assert_int_equal(named(tspdm_error_code_name), 26);
	assert_string_equal(tspdm_code_name(0x84), "GET_VERSION");
	assert_string_equal(tspdm_code_name(0x7F), "ERROR");
	assert_string_equal(tspdm_code_name(0x00), "reserved");
	assert_string_equal(tspdm_error_code_name(0x42), "ResponseNotReady");
	assert_string_equal(tspdm_error_code_name(0x00), "reserved");
}

static void a_response_is_its_request_without_the_high_bit(void **state)
{
	(void)state;
	for (unsigned code = 0x80; code < 0xFF; code++) {
		bool has_request = strcmp(tspdm_code_name((uint8_t)code), "reserved") != 0;
		bool has_response = strcmp(tspdm_code_name((uint8_t)(code & 0x7FU)), "reserved") != 0;

		assert_int_equal(has_request, has_response);
	}
}

static void measurement_types_have_names_with_and_without_the_raw_bit(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 0x80; type++) {
		const char *name = tspdm_measurement_type_name((uint8_t)type);

		assert_string_equal(name, tspdm_measurement_type_name((uint8_t)(type | TSPDM_MEASUREMENT_RAW)));
		assert_int_equal(strcmp(name, "reserved") != 0, type <= TSPDM_MEASUREMENT_STRUCTURED_MANIFEST);
	}
}

static void capability_rows_are_distinct_and_cover_all_flags(void **state)
{
	const struct tspdm_capability_name *row;
	uint32_t covered = 0;

	(void)state;
	for (unsigned i = 0; (row = tspdm_capability_row(i)) != NULL; i++) {
		assert_int_not_equal(row->value, 0);
		assert_int_equal(row->value & ~row->mask, 0);
		covered |= row->mask;
		for (unsigned k = 0; k < i; k++) {
			const struct tspdm_capability_name *other = tspdm_capability_row(k);

			assert_string_not_equal(row->name, other->name);
			assert_true(
				row->mask == other->mask ? row->value != other->value : (row->mask & other->mask) == 0);
		}
	}
	assert_true(covered == UINT32_MAX);
	assert_null(tspdm_capability_row(UINT32_MAX));
}

static void algorithm_rows_are_distinct_within_their_kind(void **state)
{
	const struct tspdm_algorithm *row;

	(void)state;
	for (unsigned i = 0; (row = tspdm_algorithm_row(i)) != NULL; i++) {
		assert_true(row->bit != 0 && (row->bit & (row->bit - 1)) == 0);
		assert_in_range(row->since, TSPDM_V10, TSPDM_V14);
		assert_ptr_equal(tspdm_algorithm_by_bit(row->kind, row->bit), row);
		assert_ptr_equal(tspdm_algorithm_by_name(row->kind, row->name), row);
		assert_int_equal(tspdm_algorithm_size(row->kind, row->bit), row->size);
		for (unsigned k = 0; k < i; k++) {
			const struct tspdm_algorithm *other = tspdm_algorithm_row(k);

			if (row->kind != other->kind)
				continue;
			assert_int_not_equal(row->bit, other->bit);
			assert_int_not_equal(row->rank, other->rank);
			assert_string_not_equal(row->name, other->name);
		}
	}
	assert_null(tspdm_algorithm_row(UINT32_MAX));
}

/* Sizes from the fact of the algorithm, not from the table. */
static void algorithms_have_the_sizes_of_the_standard(void **state)
{
	static const struct {
		enum tspdm_algorithm_kind kind;
		const char *name;
		uint32_t bit;
		size_t size;
	} facts[] = {
		{ TSPDM_KIND_ASYM, "rsassa-2048", 1U << 0, 256 },
		{ TSPDM_KIND_ASYM, "rsapss-3072", 1U << 3, 384 },
		{ TSPDM_KIND_ASYM, "ecdsa-p256", 1U << 4, 64 },
		{ TSPDM_KIND_ASYM, "rsapss-4096", 1U << 6, 512 },
		{ TSPDM_KIND_ASYM, "ecdsa-p384", 1U << 7, 96 },
		{ TSPDM_KIND_ASYM, "ecdsa-p521", 1U << 8, 132 },
		{ TSPDM_KIND_ASYM, "ed25519", 1U << 10, 64 },
		{ TSPDM_KIND_ASYM, "ed448", 1U << 11, 114 },
		{ TSPDM_KIND_HASH, "sha256", 1U << 0, 32 },
		{ TSPDM_KIND_HASH, "sha384", 1U << 1, 48 },
		{ TSPDM_KIND_HASH, "sha3-512", 1U << 5, 64 },
		{ TSPDM_KIND_MEASUREMENT_HASH, "sha256", 1U << 1, 32 },
		{ TSPDM_KIND_DHE, "ffdhe3072", 1U << 1, 384 },
		{ TSPDM_KIND_DHE, "secp384r1", 1U << 4, 96 },
		{ TSPDM_KIND_AEAD, "aes-256-gcm", 1U << 1, 32 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		const struct tspdm_algorithm *row = tspdm_algorithm_by_name(facts[i].kind, facts[i].name);

		assert_non_null(row);
		assert_int_equal(row->bit, facts[i].bit);
		assert_int_equal(row->size, facts[i].size);
	}
}

static void what_is_no_algorithm_is_not_found(void **state)
{
	(void)state;
	assert_null(tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, 0));
	assert_null(tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, 3));
	assert_null(tspdm_algorithm_by_bit(TSPDM_KIND_HASH, 1U << 31));
	assert_int_equal(tspdm_algorithm_size(TSPDM_KIND_HASH, 3), 0);
	assert_null(tspdm_algorithm_by_name(TSPDM_KIND_HASH, ""));
	assert_null(tspdm_algorithm_by_name(TSPDM_KIND_HASH, "sha38"));
	assert_null(tspdm_algorithm_by_name(TSPDM_KIND_HASH, "sha3844"));
	assert_null(tspdm_algorithm_by_name(TSPDM_KIND_HASH, "SHA384"));
	assert_null(tspdm_algorithm_by_name(TSPDM_KIND_ASYM, "sha384"));
}

static void secrets_are_equal_only_if_every_bit_is(void **state)
{
	uint8_t a[48] = { 7 };
	uint8_t b[48] = { 7 };

	(void)state;
	assert_true(tspdm_equal_secret(a, b, sizeof a));
	assert_true(tspdm_equal_secret(a, b, 0));
	for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
		b[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(tspdm_equal_secret(a, b, sizeof a));
		b[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void wiping_zeroes_the_bytes_and_no_others(void **state)
{
	uint8_t bytes[] = { 1, 2, 3, 4 };

	(void)state;
	tspdm_wipe(bytes + 1, 2);
	assert_memory_equal(bytes, "\x01\x00\x00\x04", 4);
	tspdm_wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_name_text_and_class),
		cmocka_unit_test(each_class_begins_at_its_hundred),
		cmocka_unit_test(a_number_that_is_no_status_is_the_callers_mistake),
		cmocka_unit_test(every_code_has_one_name),
		cmocka_unit_test(a_response_is_its_request_without_the_high_bit),
		cmocka_unit_test(measurement_types_have_names_with_and_without_the_raw_bit),
		cmocka_unit_test(capability_rows_are_distinct_and_cover_all_flags),
		cmocka_unit_test(algorithm_rows_are_distinct_within_their_kind),
		cmocka_unit_test(algorithms_have_the_sizes_of_the_standard),
		cmocka_unit_test(what_is_no_algorithm_is_not_found),
		cmocka_unit_test(secrets_are_equal_only_if_every_bit_is),
		cmocka_unit_test(wiping_zeroes_the_bytes_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
