/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * ATTESTATION_REPORT byte by byte, product lines, TCB layouts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/sev_snp.h>

static uint8_t bytes[TSPDM_SNP_REPORT_LEN];

static struct tspdm_view report(uint8_t version)
{
	memset(bytes, 0, sizeof bytes);
	bytes[0] = version;
	return (struct tspdm_view){ bytes, sizeof bytes };
}

static void another_length_or_version_is_refused(void **state)
{
	struct tspdm_snp_report out;
	struct tspdm_view view = report(2);
	uint8_t longer[TSPDM_SNP_REPORT_LEN + 1] = { 2 };

	(void)state;
	assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
	for (size_t len = 0; len < sizeof bytes; len++)
		assert_int_equal(
			tspdm_snp_read_report((struct tspdm_view){ bytes, len }, &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(
		tspdm_snp_read_report((struct tspdm_view){ longer, sizeof longer }, &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_snp_read_report(report(0), &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_snp_read_report(report(1), &out), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_snp_read_report(report(200), &out), TSPDM_OK); /* the layout of 5; policy decides */
}

/* Where the reserved bytes of each version are: AMD 56860. */
static bool is_reserved(unsigned version, size_t at)
{
	return (at >= 0x4c && at < 0x50) || (at >= (version < 3 ? 0x188U : 0x18bU) && at < 0x1a0) || at == 0x1eb ||
	       at == 0x1ef || (at >= (version < 5 ? 0x1f8U : 0x208U) && at < 0x2a0) || (at >= 0x49 && at < 0x4c);
}

static void reserved_bytes_are_noticed_and_no_other(void **state)
{
	static const uint8_t versions[] = { 2, 3, 4, 5, 6 };

	(void)state;
	for (size_t v = 0; v < sizeof versions; v++)
		for (size_t at = 4; at < sizeof bytes; at++) {
			struct tspdm_view view = report(versions[v]);
			struct tspdm_snp_report out;

			bytes[at] = 1;
			assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
			if (out.reserved_is_zero == is_reserved(versions[v], at))
				printf("# version %u, byte 0x%zx\n", versions[v], at);
			assert_int_equal(out.reserved_is_zero, !is_reserved(versions[v], at));
		}
}

static void key_info_is_taken_apart(void **state)
{
	struct tspdm_snp_report out;
	struct tspdm_view view = report(3);

	(void)state;
	for (unsigned info = 0; info < 256; info++) {
		bytes[0x48] = (uint8_t)info;
		assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
		assert_int_equal(out.author_key_en, info & 1);
		assert_int_equal(out.mask_chip_key, info >> 1 & 1);
		assert_int_equal(out.signing_key, info >> 2 & 7);
		assert_int_equal(out.reserved_is_zero, info >> 5 == 0);
		assert_int_equal(out.key_info, info);
	}
}

static void products_are_told_by_family_and_model(void **state)
{
	static const struct row {
		uint8_t version, family, model;
		enum tspdm_snp_product product;
	} rows[] = {
		{ 3, 0x19, 0x00, TSPDM_SNP_MILAN },
		{ 3, 0x19, 0x01, TSPDM_SNP_MILAN },
		{ 5, 0x19, 0x0f, TSPDM_SNP_MILAN },
		{ 3, 0x19, 0x10, TSPDM_SNP_GENOA },
		{ 3, 0x19, 0x1f, TSPDM_SNP_GENOA },
		{ 3, 0x19, 0xa0, TSPDM_SNP_GENOA },
		{ 3, 0x19, 0xaf, TSPDM_SNP_GENOA },
		{ 3, 0x1a, 0x00, TSPDM_SNP_TURIN },
		{ 3, 0x1a, 0x11, TSPDM_SNP_TURIN },
		{ 2, 0x19, 0x01, TSPDM_SNP_UNKNOWN },
		{ 3, 0x19, 0x20, TSPDM_SNP_UNKNOWN },
		{ 3, 0x19, 0x9f, TSPDM_SNP_UNKNOWN },
		{ 3, 0x19, 0xb0, TSPDM_SNP_UNKNOWN },
		{ 3, 0x1a, 0x12, TSPDM_SNP_UNKNOWN },
		{ 3, 0x1a, 0x50, TSPDM_SNP_UNKNOWN },
		{ 3, 0x17, 0x01, TSPDM_SNP_UNKNOWN },
		{ 3, 0x00, 0x00, TSPDM_SNP_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tspdm_snp_report out;
		struct tspdm_view view = report(rows[i].version);

		bytes[0x188] = rows[i].family;
		bytes[0x189] = rows[i].model;
		assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
		assert_int_equal(tspdm_snp_product_of(&out), rows[i].product);
	}
	assert_string_equal(tspdm_snp_product_name(TSPDM_SNP_MILAN), "Milan");
	assert_string_equal(tspdm_snp_product_name((enum tspdm_snp_product)99), "unknown");
}

static void tcbs_have_two_layouts(void **state)
{
	struct tspdm_snp_tcb milan = tspdm_snp_tcb(TSPDM_SNP_MILAN, UINT64_C(0x0807060504030201));
	struct tspdm_snp_tcb turin = tspdm_snp_tcb(TSPDM_SNP_TURIN, UINT64_C(0x0807060504030201));

	(void)state;
	assert_false(milan.has_fmc);
	assert_int_equal(milan.fmc, 0);
	assert_int_equal(milan.bootloader, 1);
	assert_int_equal(milan.tee, 2);
	assert_int_equal(milan.snp, 7);
	assert_int_equal(milan.microcode, 8);
	assert_true(turin.has_fmc);
	assert_int_equal(turin.fmc, 1);
	assert_int_equal(turin.bootloader, 2);
	assert_int_equal(turin.tee, 3);
	assert_int_equal(turin.snp, 4);
	assert_int_equal(turin.microcode, 8);
}

static void mitigation_vectors_begin_with_version_5(void **state)
{
	struct tspdm_snp_report out;
	struct tspdm_view view = report(5);

	(void)state;
	bytes[0x1f8] = 3;
	bytes[0x207] = 0x80;
	assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
	assert_int_equal(out.launch_mit_vector, 3);
	assert_true(out.current_mit_vector == UINT64_C(1) << 63);
	bytes[0] = 3;
	assert_int_equal(tspdm_snp_read_report(view, &out), TSPDM_OK);
	assert_int_equal(out.launch_mit_vector, 0);
	assert_true(out.current_mit_vector == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_length_or_version_is_refused),
		cmocka_unit_test(reserved_bytes_are_noticed_and_no_other),
		cmocka_unit_test(key_info_is_taken_apart),
		cmocka_unit_test(products_are_told_by_family_and_model),
		cmocka_unit_test(tcbs_have_two_layouts),
		cmocka_unit_test(mitigation_vectors_begin_with_version_5),
	};

	return cmocka_run_group_tests_name("snp-report", tests, NULL, NULL);
}
