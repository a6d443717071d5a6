/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine evidence with one bit flipped is never accepted: the signed part, the signature, the endorsement key with its
 * extensions. Takes the name of a case, and "all" for every bit instead of one in each byte; or one of "chain"
 * (intermediate and root), "table" (the host's) and "crl". */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snp_case.h"

enum {
	SIGNATURE_LEN = 144,   /* R and S; zeros follow */
	BEFORE_EXTENSIONS = 8, /* their headers */
	EXTENSIONS_LEN = 240,
	CRL_TIME = 1673740800, /* 2023-01-15 */
};

static struct snp_case sample;
static bool every_bit;
static struct tspdm_snp_finding *finding;

static void refused_with_flip(const struct tspdm_snp_input *in, uint8_t *bytes, size_t at, unsigned bit)
{
	bytes[at] ^= (uint8_t)(1U << bit);
	if (tspdm_snp_verify(in, finding) == TSPDM_OK)
		fail_msg("accepted with bit %u of byte %zu flipped", bit, at);
	bytes[at] ^= (uint8_t)(1U << bit);
}

/* Flips in `bytes`, which the input refers to, and verifies each time. In the end the unflipped has to pass: else the
 * flipped ones were refused for another reason. */
static void never_accepted(const struct tspdm_snp_input *in, uint8_t *bytes, size_t from, size_t to, bool every)
{
	for (size_t at = from; at < to; at++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (every || bit == at % 8)
				refused_with_flip(in, bytes, at, bit);
	assert_int_equal(tspdm_snp_verify(in, finding), TSPDM_OK);
}

static void a_flipped_bit_of_the_report_is_refused(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&sample, certificates);
	uint8_t report[TSPDM_SNP_REPORT_LEN];

	(void)state;
	memcpy(report, sample.report.ptr, sizeof report);
	in.evidence.report.ptr = report;
	never_accepted(&in, report, 0, TSPDM_SNP_SIGNED_LEN + SIGNATURE_LEN, every_bit);
	never_accepted(&in, report, TSPDM_SNP_SIGNED_LEN + SIGNATURE_LEN, sizeof report, false);
}

/* Where AMD's extensions begin: the arc 1.3.6.1.4.1.3704.1 in DER. */
static size_t extensions_at(struct tspdm_view certificate)
{
	static const uint8_t arc[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01 };

	for (size_t i = 0; i + sizeof arc <= certificate.len; i++)
		if (memcmp(certificate.ptr + i, arc, sizeof arc) == 0)
			return i;
	return 0;
}

static void a_flipped_bit_of_the_endorsement_key_is_refused(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&sample, certificates);
	uint8_t *copy = malloc(sample.ek.len);
	size_t from = extensions_at(sample.ek);

	(void)state;
	assert_non_null(copy);
	assert_true(from > 300 && from < sample.ek.len);
	memcpy(copy, sample.ek.ptr, sample.ek.len);
	certificates[0].ptr = copy;
	never_accepted(&in, copy, 0, from - BEFORE_EXTENSIONS, false);
	never_accepted(&in, copy, from - BEFORE_EXTENSIONS, from + EXTENSIONS_LEN, every_bit);
	never_accepted(&in, copy, from + EXTENSIONS_LEN, sample.ek.len, false);
	free(copy);
}

/* Intermediate and root: a bit of each byte. */
static void a_flipped_bit_of_the_chain_is_refused(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&sample, certificates);

	(void)state;
	for (size_t i = 1; i < 3; i++) {
		struct tspdm_view whole = certificates[i];
		uint8_t *copy = malloc(whole.len);

		assert_non_null(copy);
		memcpy(copy, whole.ptr, whole.len);
		certificates[i].ptr = copy;
		never_accepted(&in, copy, 0, whole.len, false);
		certificates[i].ptr = whole.ptr;
		free(copy);
	}
}

/* The certificate table that the host gives is nobody's word: whatever it says, the chain has to verify. Bits that do not
 * matter to it (of line ends in PEM, of names that stand beside) may still be flipped; then the finding is the same. */
static void a_flipped_bit_of_the_table_changes_nothing_or_is_refused(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&sample, certificates);
	uint8_t *copy = malloc(sample.auxblob.len + 1);
	unsigned refused = 0;

	(void)state;
	assert_non_null(copy);
	assert_true(sample.auxblob.len != 0);
	memcpy(copy, sample.auxblob.ptr, sample.auxblob.len);
	in.certificate_count = 0;
	in.evidence.certificates = (struct tspdm_view){ copy, sample.auxblob.len };
	for (size_t at = 0; at < sample.auxblob.len; at++) {
		copy[at] ^= (uint8_t)(1U << at % 8);
		if (tspdm_snp_verify(&in, finding) != TSPDM_OK)
			refused++;
		else
			assert_string_equal(finding->base.anchor_name, "ARK-Genoa");
		copy[at] ^= (uint8_t)(1U << at % 8);
	}
	assert_int_equal(tspdm_snp_verify(&in, finding), TSPDM_OK);
	assert_true(refused > sample.auxblob.len / 2);
	free(copy);
}

/* The one genuine CRL is older than every report of its product, so that no report can be accepted beside it: it is its own
 * check that must not say it was good. */
static void a_flipped_bit_of_a_crl_is_refused(void **state)
{
	struct tspdm_view crl = snp_sample("crl/ark_genoa_20221031.crl"), certificates[4];
	struct tspdm_snp_input in = snp_case_input(&sample, certificates);

	(void)state;
	assert_true(crl.len != 0);
	certificates[3] = crl;
	in.certificate_count = 4;
	in.require_crl = true;
	in.time = CRL_TIME;
	(void)!tspdm_snp_verify(&in, finding);
	assert_true(finding->crl_checked);
	for (size_t at = 0; at < crl.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			((uint8_t *)(uintptr_t)crl.ptr)[at] ^= (uint8_t)(1U << bit);
			(void)!tspdm_snp_verify(&in, finding);
			if (finding->crl_checked ||
				tspdm_checks_find(&finding->base.checks, "revocation")->result != TSPDM_CHECK_FAILED)
				fail_msg("a CRL with bit %u of byte %zu flipped was taken", bit, at);
			((uint8_t *)(uintptr_t)crl.ptr)[at] ^= (uint8_t)(1U << bit);
		}
	snp_sample_free(crl);
}

static int open_sample(void **state)
{
	(void)state;
	finding = calloc(1, sizeof *finding);
	return finding != NULL && sample.report.len == TSPDM_SNP_REPORT_LEN ? 0 : -1;
}

static int close_sample(void **state)
{
	(void)state;
	free(finding);
	snp_case_close(&sample);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_of_the_report_is_refused),
		cmocka_unit_test(a_flipped_bit_of_the_endorsement_key_is_refused),
	};
	const struct CMUnitTest chain[] = { cmocka_unit_test(a_flipped_bit_of_the_chain_is_refused) };
	const struct CMUnitTest table[] = { cmocka_unit_test(
		a_flipped_bit_of_the_table_changes_nothing_or_is_refused) };
	const struct CMUnitTest crl[] = { cmocka_unit_test(a_flipped_bit_of_a_crl_is_refused) };
	const char *what = argc > 2 ? argv[2] : "some";

	if (!snp_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata/snp\n");
		return 77;
	}
	every_bit = strcmp(what, "all") == 0;
	if (argc < 2 || !snp_case_open(&sample, argv[1]))
		return 2;
	if (strcmp(what, "chain") == 0)
		return cmocka_run_group_tests_name(argv[1], chain, open_sample, close_sample);
	if (strcmp(what, "table") == 0)
		return cmocka_run_group_tests_name(argv[1], table, open_sample, close_sample);
	if (strcmp(what, "crl") == 0)
		return cmocka_run_group_tests_name(argv[1], crl, open_sample, close_sample);
	return cmocka_run_group_tests_name(argv[1], tests, open_sample, close_sample);
}
