/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine SGX quotes, made by Intel hardware, with collateral that Intel issued: every field, every status, the verdict,
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

static void a_status_is_accepted_only_if_it_is_listed(void **state)
{
	struct tspdm_dcap_input in = dcap_case_input(&cases.items[0], &cases.items[0].sets[0]);

	(void)state;
	in.accept_tcb = ~TSPDM_TCB_BIT(TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
	dcap_expect("all others", &in, TSPDM_ERR_TCB_STATUS);
	in.accept_tcb = ~in.accept_tcb;
	dcap_expect("this one", &in, TSPDM_OK);
}

static int open_cases(void **state)
{
	(void)state;
	return dcap_open_all(&cases, dcap_sgx_names);
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
		cmocka_unit_test(a_status_is_accepted_only_if_it_is_listed),
	};

	if (!dcap_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata\n");
		return 77;
	}
	return cmocka_run_group_tests_name("sgx", tests, open_cases, close_cases);
}
