/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The certificate table, which a hostile host writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/sev_snp.h>

enum { ENTRY = 24, TABLE = 256 };

static const uint8_t vcek_guid[16] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b,
	0xe8, 0xac, 0xcd };
static const uint8_t ask_guid[16] = { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3,
	0x27, 0xc7, 0x82 };
static const uint8_t other_guid[16] = { 0xec, 0xae, 0x0c, 0x0f };

static uint8_t table[TABLE];

static void entry(size_t i, const uint8_t *guid, uint32_t offset, uint32_t len)
{
	uint8_t *at = table + i * ENTRY;

	memcpy(at, guid, 16);
	for (unsigned k = 0; k < 4; k++) {
		at[16 + k] = (uint8_t)(offset >> 8 * k);
		at[20 + k] = (uint8_t)(len >> 8 * k);
	}
}

static void blank(void)
{
	for (size_t i = 0; i < TABLE; i++)
		table[i] = i < 4 * ENTRY ? 0 : (uint8_t)i;
}

/* Reads from memory of just that size, so that a sanitizer sees a byte too far. */
static enum tspdm_status read(size_t len, struct tspdm_snp_certificates *out)
{
	uint8_t *exact = malloc(len != 0 ? len : 1);
	enum tspdm_status status;

	memcpy(exact, table, len);
	status = tspdm_snp_read_table((struct tspdm_view){ exact, len }, out);
	if (status == TSPDM_OK && out->vcek.len != 0) {
		size_t at = (size_t)(out->vcek.ptr - exact);

		assert_true(at <= len && out->vcek.len <= len - at);
		out->vcek.ptr = table + at;
	}
	free(exact);
	return status;
}

static void entries_are_bounded(void **state)
{
	static const struct row {
		const char *name;
		uint32_t offset, len;
		bool ok;
	} rows[] = {
		{ "behind the terminator", 48, 10, true },
		{ "up to the end", 48, TABLE - 48, true },
		{ "nothing at the end", TABLE, 0, true },
		{ "one byte too long", 48, TABLE - 47, false },
		{ "one byte too far", TABLE, 1, false },
		{ "nothing beyond the end", TABLE + 1, 0, false },
		{ "in the terminator", 47, 1, false },
		{ "in the entries", 0, 24, false },
		{ "huge length", 48, UINT32_MAX, false },
		{ "huge offset", UINT32_MAX, 10, false },
		{ "32-bit wrap to a good end", UINT32_MAX - 9, 58, false },
		{ "both huge", UINT32_MAX, UINT32_MAX, false },
		{ "sign bit", 0x80000030, 10, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const uint8_t *guids[] = { vcek_guid, other_guid };

		for (size_t k = 0; k < 2; k++) {
			struct tspdm_snp_certificates out;
			enum tspdm_status status;

			blank();
			entry(0, guids[k], rows[i].offset, rows[i].len);
			status = read(TABLE, &out);
			if (status != (rows[i].ok ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM))
				printf("# %s\n", rows[i].name);
			assert_int_equal(status, rows[i].ok ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
			assert_int_equal(out.vcek.len, k == 0 && rows[i].ok ? rows[i].len : 0);
		}
	}
}

static void a_failure_leaves_nothing_of_the_good_entries(void **state)
{
	struct tspdm_snp_certificates out;

	(void)state;
	blank();
	entry(0, vcek_guid, 100, 10);
	entry(1, ask_guid, 100, 1000);
	assert_int_equal(read(TABLE, &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(out.vcek.len, 0);
	assert_int_equal(out.ask.len, 0);
}

static void entries_may_overlap_and_the_first_of_a_kind_counts(void **state)
{
	struct tspdm_snp_certificates out;

	(void)state;
	blank();
	entry(0, vcek_guid, 100, 50);
	entry(1, ask_guid, 120, 50);
	entry(2, vcek_guid, 200, 5);
	assert_int_equal(read(TABLE, &out), TSPDM_OK);
	assert_int_equal(out.vcek.len, 50);
	assert_int_equal(out.vcek.ptr[0], 100);
	assert_int_equal(out.ask.len, 50);
	assert_int_equal(out.ark.len, 0);
}

static void a_table_without_terminator_is_refused(void **state)
{
	struct tspdm_snp_certificates out;

	(void)state;
	memset(table, 0, sizeof table);
	for (size_t i = 0; i < TABLE / ENTRY; i++)
		entry(i, vcek_guid, TABLE, 0);
	for (size_t len = 1; len < TABLE / ENTRY * ENTRY; len++)
		assert_int_equal(read(len, &out), TSPDM_ERR_EVIDENCE_FORM);
	memset(table, 0, sizeof table);
	for (size_t len = 1; len < ENTRY; len++)
		assert_int_equal(read(len, &out), TSPDM_ERR_EVIDENCE_FORM);
}

static void no_certificates_are_no_failure(void **state)
{
	struct tspdm_snp_certificates out;

	(void)state;
	memset(table, 0, sizeof table);
	assert_int_equal(read(0, &out), TSPDM_OK);
	assert_int_equal(read(ENTRY, &out), TSPDM_OK);
	assert_int_equal(read(TABLE, &out), TSPDM_OK); /* a zero-filled page: the host has none */
	assert_int_equal(out.vcek.len, 0);
}

static void a_written_table_reads_back(void **state)
{
	struct tspdm_snp_certificates in = {
		.vlek = { (const uint8_t *)"vlek", 4 },
		.ask = { (const uint8_t *)"intermediate", 12 },
		.ark = { (const uint8_t *)"root", 4 },
		.crl = { (const uint8_t *)"list", 4 },
	};
	struct tspdm_buffer w = { .ptr = table, .cap = sizeof table };
	struct tspdm_snp_certificates out;

	(void)state;
	assert_int_equal(tspdm_snp_write_table(&w, &in), TSPDM_OK);
	assert_int_equal(w.len, 5 * ENTRY + 24);
	assert_int_equal(tspdm_snp_read_table(tspdm_buffer_view(&w), &out), TSPDM_OK);
	assert_int_equal(out.vcek.len, 0);
	assert_int_equal(out.vlek.len, 4);
	assert_memory_equal(out.ask.ptr, "intermediate", 12);
	assert_memory_equal(out.crl.ptr, "list", 4);
	w = (struct tspdm_buffer){ .ptr = table, .cap = 5 * ENTRY + 23 };
	assert_int_equal(tspdm_snp_write_table(&w, &in), TSPDM_ERR_BUFFER);
	assert_int_equal(w.len, 5 * ENTRY + 24);
	in.vcek.len = (size_t)UINT32_MAX + 1;
	assert_int_equal(tspdm_snp_write_table(&w, &in), TSPDM_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_bounded),
		cmocka_unit_test(a_failure_leaves_nothing_of_the_good_entries),
		cmocka_unit_test(entries_may_overlap_and_the_first_of_a_kind_counts),
		cmocka_unit_test(a_table_without_terminator_is_refused),
		cmocka_unit_test(no_certificates_are_no_failure),
		cmocka_unit_test(a_written_table_reads_back),
	};

	return cmocka_run_group_tests_name("snp-table", tests, NULL, NULL);
}
