/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine quotes and collateral with one bit flipped in each byte: never accepted, and never a better status than the
 * unflipped has. Takes the name of a case and what to flip in: "quote"; or the number of a set of collateral, from 0 on,
 * with "-info" for its TCB info, which is the largest, and "-rest" for the rest; then "all" for every bit instead of one in each byte. What is not about the flips is allowed here, so that outdated and
 * debugged samples serve as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dcap_case.h"

static struct dcap_case sample;
static bool every_bit;
static size_t set_number;

static struct tspdm_dcap_input lenient(const struct dcap_set *set)
{
	struct tspdm_dcap_input in = dcap_case_input(&sample, set);

	in.accept_tcb = UINT32_MAX;
	in.allow_debug = true;
	in.require_crl = in.collateral.pck_crl.len != 0 && in.collateral.root_ca_crl.len != 0;
	return in;
}

/* A sample that is below every level is never accepted; then the checks have to tell the flip all the same. */
static bool is_refused(const struct tspdm_dcap_input *in, enum tspdm_status unflipped, unsigned failures)
{
	struct dcap_result result;
	enum tspdm_status status = dcap_verify(in, &result);
	unsigned count = 0;

	if (unflipped == TSPDM_OK)
		return status != TSPDM_OK;
	for (unsigned i = 0; i < result.base->checks.count; i++)
		count += result.base->checks.items[i].result == TSPDM_CHECK_FAILED &&
			 strcmp(result.base->checks.items[i].name, "tcb.status") != 0;
	return status != TSPDM_OK && count > failures;
}

static void flip_all(
	const char *what, const struct tspdm_dcap_input *in, enum tspdm_status unflipped, struct tspdm_view bytes)
{
	uint8_t *at = (uint8_t *)(uintptr_t)bytes.ptr;

	for (size_t i = 0; i < bytes.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			if (!every_bit && bit != i % 8)
				continue;
			at[i] ^= (uint8_t)(1U << bit);
			if (!is_refused(in, unflipped, 0))
				fail_msg("%s: not refused with bit %u of byte %zu of %zu flipped", what, bit, i,
					bytes.len);
			at[i] ^= (uint8_t)(1U << bit);
		}
}

static enum tspdm_status judge_unflipped(const struct tspdm_dcap_input *in)
{
	struct dcap_result result;
	enum tspdm_status status = dcap_verify(in, &result);

	if (status != TSPDM_OK) {
		assert_int_equal(status, TSPDM_ERR_TCB_STATUS);
		assert_int_equal(result.tcb->status, TSPDM_TCB_NOT_SUPPORTED);
	}
	return status;
}

static void a_flipped_bit_of_the_quote_is_refused(void **state)
{
	struct tspdm_dcap_input in = lenient(&sample.sets[0]);
	enum tspdm_status unflipped = judge_unflipped(&in);

	(void)state;
	flip_all("quote", &in, unflipped, sample.quote);
	assert_int_equal(judge_unflipped(&in), unflipped); /* flipped back: nothing else was the reason */
}

static void a_flipped_bit_of_the_tcb_info_is_refused(void **state)
{
	struct tspdm_dcap_input in = lenient(&sample.sets[set_number]);
	enum tspdm_status unflipped = judge_unflipped(&in);

	(void)state;
	flip_all("TCB info", &in, unflipped, in.collateral.tcb_info);
	assert_int_equal(judge_unflipped(&in), unflipped);
}

static void a_flipped_bit_of_other_collateral_is_refused(void **state)
{
	struct tspdm_dcap_input in = lenient(&sample.sets[set_number]);
	const struct tspdm_dcap_collateral *c = &in.collateral;
	enum tspdm_status unflipped = judge_unflipped(&in);

	(void)state;
	flip_all("QE identity", &in, unflipped, c->qe_identity);
	flip_all("TCB signing chain", &in, unflipped, c->tcb_signing_chain);
	flip_all("QE identity signing chain", &in, unflipped, c->qe_identity_signing_chain);
	flip_all("PCK CRL", &in, unflipped, c->pck_crl);
	flip_all("root CRL", &in, unflipped, c->root_ca_crl);
	assert_int_equal(judge_unflipped(&in), unflipped);
}

/* The issuers of the PCK CRL stand in the quote too, so that a bad copy of them may do no harm: then the finding is the
 * same as without the flip, and by the quote's own chain. */
static void a_flipped_bit_beside_the_crl_changes_nothing_or_is_refused(void **state)
{
	struct tspdm_dcap_input in = lenient(&sample.sets[set_number]);
	struct tspdm_view chain = in.collateral.pck_crl_issuer_chain;
	enum tspdm_status unflipped = judge_unflipped(&in);
	struct dcap_result result;

	(void)state;
	for (size_t i = 0; i < chain.len; i++) {
		uint8_t *at = (uint8_t *)(uintptr_t)chain.ptr + i;

		*at ^= (uint8_t)(1U << i % 8);
		if (dcap_verify(&in, &result) == TSPDM_OK)
			assert_true(unflipped == TSPDM_OK && result.base->anchor == TSPDM_ANCHOR_BUILTIN &&
				    result.crl_checked == (in.collateral.pck_crl.len != 0));
		*at ^= (uint8_t)(1U << i % 8);
	}
	assert_int_equal(judge_unflipped(&in), unflipped);
}

static int close_sample(void **state)
{
	(void)state;
	dcap_case_close(&sample);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest quote[] = { cmocka_unit_test(a_flipped_bit_of_the_quote_is_refused) };
	const struct CMUnitTest info[] = { cmocka_unit_test(a_flipped_bit_of_the_tcb_info_is_refused) };
	const struct CMUnitTest rest[] = {
		cmocka_unit_test(a_flipped_bit_of_other_collateral_is_refused),
		cmocka_unit_test(a_flipped_bit_beside_the_crl_changes_nothing_or_is_refused),
	};

	char *kind;

	if (!dcap_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata\n");
		return 77;
	}
	every_bit = argc > 3 && strcmp(argv[3], "all") == 0;
	if (argc < 3 || !dcap_case_open(&sample, argv[1]))
		return 2;
	if (strcmp(argv[2], "quote") == 0)
		return cmocka_run_group_tests_name(argv[1], quote, NULL, close_sample);
	set_number = strtoul(argv[2], &kind, 10);
	if (set_number >= sample.set_count)
		return 2;
	if (strcmp(kind, "-info") == 0)
		return cmocka_run_group_tests_name(argv[1], info, NULL, close_sample);
	return cmocka_run_group_tests_name(argv[1], rest, NULL, close_sample);
}
