/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine TDX quotes, made by Intel hardware, with collateral that Intel issued: every field, every status, the verdict,
 * and refusal of everything put together wrongly. */
#include <stdio.h>

#include "test_dcap.h"

static struct dcap_cases cases;

#define TEST(name)                                                                                                     \
	static void name(void **state)                                                                                 \
	{                                                                                                              \
		(void)state;                                                                                           \
		dcap_##name(&cases);                                                                                   \
	}

TEST(all_claims_are_as_expected)
TEST(status_and_verdict_are_as_expected)
TEST(other_anchors_are_refused)
TEST(time_decides)
TEST(collateral_is_needed_unless_told)
TEST(a_crl_is_needed_only_if_told)
TEST(mixed_up_parts_are_refused)
TEST(evaluation_numbers_have_a_minimum)

/* The buffer as the guest driver gave it: 8000 bytes, of which 3065 zeros. */
static void zeros_behind_a_quote_are_passed_over_and_nothing_else(void **state)
{
	struct tspdm_view read = dcap_sample("tdx/04-v4-gcp-ccel/quote_as_read.bin");
	struct tspdm_dcap_input in = dcap_case_input(&cases.items[3], &cases.items[3].sets[0]);

	(void)state;
	assert_int_equal(read.len, 8000);
	in.evidence.report = read;
	dcap_expect("zeros", &in, TSPDM_OK);
	((uint8_t *)(uintptr_t)read.ptr)[7999] = 1;
	dcap_expect("rubbish", &in, TSPDM_ERR_EVIDENCE_FORM);
	dcap_sample_free(read);
}

/* The platform's status counts, also where the module is up to date. */
static void an_outdated_platform_is_not_saved_by_its_module(void **state)
{
	struct tspdm_dcap_input in = dcap_case_input(&cases.items[8], &cases.items[8].sets[0]);
	struct dcap_result result = dcap_expect(cases.items[8].name, &in, TSPDM_ERR_TCB_STATUS);

	(void)state;
	assert_int_equal(result.tcb->module, TSPDM_TCB_UP_TO_DATE);
	assert_int_equal(result.tcb->status, TSPDM_TCB_OUT_OF_DATE);
}

static int open_cases(void **state)
{
	(void)state;
	return dcap_open_all(&cases, dcap_tdx_names);
}

static int close_cases(void **state)
{
	(void)state;
	dcap_close_all(&cases);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_claims_are_as_expected),
		cmocka_unit_test(status_and_verdict_are_as_expected),
		cmocka_unit_test(other_anchors_are_refused),
		cmocka_unit_test(time_decides),
		cmocka_unit_test(collateral_is_needed_unless_told),
		cmocka_unit_test(a_crl_is_needed_only_if_told),
		cmocka_unit_test(mixed_up_parts_are_refused),
		cmocka_unit_test(evaluation_numbers_have_a_minimum),
		cmocka_unit_test(zeros_behind_a_quote_are_passed_over_and_nothing_else),
		cmocka_unit_test(an_outdated_platform_is_not_saved_by_its_module),
	};

	if (!dcap_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata\n");
		return 77;
	}
	return cmocka_run_group_tests_name("tdx", tests, open_cases, close_cases);
}
