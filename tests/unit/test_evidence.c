/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Recognising, splitting and writing the raw form of evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/evidence.h>

enum { SNP_LEN = 1184, QUOTE_MAX = 1024 };

static uint8_t room[4096];

static void put32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static struct tspdm_view snp(uint32_t version, uint32_t algorithm, size_t len)
{
	memset(room, 0, sizeof room);
	put32(room, version);
	put32(room + 0x34, algorithm);
	return (struct tspdm_view){ room, len };
}

static void reports_are_recognised_by_version_and_algorithm(void **state)
{
	static const struct row {
		uint32_t version, algorithm;
		size_t len;
		bool is_snp;
	} rows[] = {
		{ 2, 1, SNP_LEN, true },
		{ 3, 1, SNP_LEN, true },
		{ 5, 1, SNP_LEN + 24, true },
		{ 6, 1, SNP_LEN, true },
		{ 0xffff, 1, SNP_LEN, true },
		{ 0, 1, SNP_LEN, false },
		{ 1, 1, SNP_LEN, false },
		{ 0x10000, 1, SNP_LEN, false },
		{ 0xffffffff, 1, SNP_LEN, false },
		{ 2, 0, SNP_LEN, false },
		{ 2, 2, SNP_LEN, false },
		{ 2, 0x101, SNP_LEN, false },
		{ 2, 1, SNP_LEN - 1, false },
		{ 2, 1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tspdm_evidence out;
		enum tspdm_status status =
			tspdm_read_evidence(snp(rows[i].version, rows[i].algorithm, rows[i].len), &out);

		assert_int_equal(status, rows[i].is_snp ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
		assert_int_equal(out.tee, rows[i].is_snp ? TSPDM_TEE_SEV_SNP : TSPDM_TEE_NONE);
		if (!rows[i].is_snp)
			continue;
		assert_int_equal(out.report.len, SNP_LEN);
		assert_ptr_equal(out.report.ptr, room);
		assert_int_equal(out.certificates.len, rows[i].len - SNP_LEN);
	}
}

/* A quote: header, (body type and size,) body, length of the signature data, signature data. @returns its length */
static size_t quote(uint8_t version, uint32_t tee, uint16_t body_type, size_t body, size_t signature)
{
	size_t at = 48;

	memset(room, 0, sizeof room);
	room[0] = version;
	room[2] = 2;
	put32(room + 4, tee);
	if (version == 5) {
		room[at] = (uint8_t)body_type;
		put32(room + at + 2, (uint32_t)body);
		at += 6;
	}
	memset(room + at, 0x5a, body);
	at += body;
	put32(room + at, (uint32_t)signature);
	memset(room + at + 4, 0xa5, signature);
	return at + 4 + signature;
}

static const struct quote_row {
	const char *name;
	uint8_t version;
	uint32_t tee;
	uint16_t body_type;
	size_t body;
	enum tspdm_tee is;
} quote_rows[] = {
	{ "SGX 3", 3, 0, 0, 384, TSPDM_TEE_SGX },
	{ "SGX 4", 4, 0, 0, 384, TSPDM_TEE_SGX },
	{ "SGX 5", 5, 0, 1, 384, TSPDM_TEE_SGX },
	{ "TDX 4", 4, 0x81, 0, 584, TSPDM_TEE_TDX },
	{ "TDX 5, TD 1.0", 5, 0x81, 2, 584, TSPDM_TEE_TDX },
	{ "TDX 5, TD 1.5", 5, 0x81, 3, 648, TSPDM_TEE_TDX },
	{ "version 3 as TDX", 3, 0x81, 0, 584, TSPDM_TEE_NONE },
	{ "version 2", 2, 0, 0, 384, TSPDM_TEE_NONE },
	{ "version 6", 6, 0x81, 0, 584, TSPDM_TEE_NONE },
	{ "unknown TEE", 4, 0x82, 0, 584, TSPDM_TEE_NONE },
	{ "SGX body in a TDX quote", 5, 0x81, 1, 384, TSPDM_TEE_NONE },
	{ "TD body in an SGX quote", 5, 0, 3, 648, TSPDM_TEE_NONE },
	{ "TD 1.5 body cut", 5, 0x81, 3, 647, TSPDM_TEE_NONE },
	{ "TD 1.0 body of the size of 1.5", 5, 0x81, 2, 648, TSPDM_TEE_NONE },
	{ "unknown body", 5, 0x81, 4, 648, TSPDM_TEE_NONE },
};

static void quotes_are_recognised_by_their_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof quote_rows / sizeof quote_rows[0]; i++) {
		const struct quote_row *row = &quote_rows[i];
		size_t len = quote(row->version, row->tee, row->body_type, row->body, 100);
		struct tspdm_evidence out;
		enum tspdm_status status = tspdm_read_evidence((struct tspdm_view){ room, len }, &out);

		if (out.tee != row->is)
			printf("# %s: %s\n", row->name, tspdm_tee_name(out.tee));
		assert_int_equal(out.tee, row->is);
		assert_int_equal(status, row->is != TSPDM_TEE_NONE ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
		assert_int_equal(out.report.len, row->is != TSPDM_TEE_NONE ? len : 0);
		assert_int_equal(out.certificates.len, 0);
	}
}

static void a_quote_with_zeros_behind_it_is_taken_without_them(void **state)
{
	size_t len = quote(4, 0x81, 0, 584, 100);
	struct tspdm_evidence out;

	(void)state;
	assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, len + 1000 }, &out), TSPDM_OK);
	assert_int_equal(out.report.len, len);
	room[len + 999] = 1;
	assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, len + 1000 }, &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(out.tee, TSPDM_TEE_NONE);
}

static void a_cut_quote_is_refused(void **state)
{
	size_t len = quote(5, 0x81, 3, 648, 100);
	struct tspdm_evidence out;

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, cut }, &out), TSPDM_ERR_EVIDENCE_FORM);
	put32(room + 48 + 6 + 648, 0xffffffff);
	assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, len }, &out), TSPDM_ERR_EVIDENCE_FORM);
	put32(room + 48 + 6 + 648, 0);
	assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, len }, &out), TSPDM_ERR_EVIDENCE_FORM);
}

static void a_quote_of_an_unknown_key_type_is_refused(void **state)
{
	struct tspdm_evidence out;
	size_t len = quote(4, 0x81, 0, 584, 100);

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		room[2] = (uint8_t)type;
		assert_int_equal(tspdm_read_evidence((struct tspdm_view){ room, len }, &out),
			type == 2 || type == 3 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
	}
}

static void written_evidence_reads_back(void **state)
{
	static const uint8_t table[24];
	struct tspdm_evidence in = { TSPDM_TEE_SEV_SNP, snp(3, 1, SNP_LEN), { table, sizeof table } };
	uint8_t raw[SNP_LEN + sizeof table];
	struct tspdm_buffer w = { .ptr = raw, .cap = sizeof raw };
	struct tspdm_evidence out;

	(void)state;
	assert_int_equal(tspdm_write_evidence(&w, &in), TSPDM_OK);
	assert_int_equal(tspdm_read_evidence(tspdm_buffer_view(&w), &out), TSPDM_OK);
	assert_int_equal(out.tee, TSPDM_TEE_SEV_SNP);
	assert_memory_equal(out.report.ptr, in.report.ptr, SNP_LEN);
	assert_int_equal(out.certificates.len, sizeof table);
	w = (struct tspdm_buffer){ .ptr = raw, .cap = sizeof raw - 1 };
	assert_int_equal(tspdm_write_evidence(&w, &in), TSPDM_ERR_BUFFER);
	assert_int_equal(w.len, sizeof raw);
}

static void what_is_no_evidence_is_not_written(void **state)
{
	struct tspdm_view report = snp(3, 1, SNP_LEN);
	struct tspdm_evidence none = { TSPDM_TEE_NONE, report, { NULL, 0 } };
	struct tspdm_evidence cut = { TSPDM_TEE_SEV_SNP, { report.ptr, SNP_LEN - 1 }, { NULL, 0 } };
	struct tspdm_evidence empty = { TSPDM_TEE_TDX, { NULL, 0 }, { NULL, 0 } };
	struct tspdm_evidence beside = { TSPDM_TEE_TDX, report, report };
	uint8_t raw[8];
	struct tspdm_buffer w = { .ptr = raw, .cap = sizeof raw };

	(void)state;
	assert_int_equal(tspdm_write_evidence(&w, &none), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_evidence(&w, &cut), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_write_evidence(&w, &empty), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_write_evidence(&w, &beside), TSPDM_ERR_ARGUMENT);
	assert_int_equal(w.len, 0);
}

static void tees_have_names(void **state)
{
	(void)state;
	assert_string_equal(tspdm_tee_name(TSPDM_TEE_SEV_SNP), "sev-snp");
	assert_string_equal(tspdm_tee_name(TSPDM_TEE_TDX), "tdx");
	assert_string_equal(tspdm_tee_name(TSPDM_TEE_SGX), "sgx");
	assert_string_equal(tspdm_tee_name(TSPDM_TEE_NONE), "none");
	assert_string_equal(tspdm_tee_name((enum tspdm_tee)99), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_recognised_by_version_and_algorithm),
		cmocka_unit_test(quotes_are_recognised_by_their_header),
		cmocka_unit_test(a_quote_with_zeros_behind_it_is_taken_without_them),
		cmocka_unit_test(a_cut_quote_is_refused),
		cmocka_unit_test(a_quote_of_an_unknown_key_type_is_refused),
		cmocka_unit_test(written_evidence_reads_back),
		cmocka_unit_test(what_is_no_evidence_is_not_written),
		cmocka_unit_test(tees_have_names),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
