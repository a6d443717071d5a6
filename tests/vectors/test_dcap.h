/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of genuine TDX and of genuine SGX quotes have in common. Each test's `state` is its NULL-ended list of
 * cases, opened. */
#ifndef TESTS_TEST_DCAP_H
#define TESTS_TEST_DCAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dcap_case.h"

enum { DCAP_CASES_MAX = 10 };

struct dcap_cases {
	struct dcap_case items[DCAP_CASES_MAX];
	size_t count;
};

int dcap_open_all(struct dcap_cases *cases, const char *const names[]);
void dcap_close_all(struct dcap_cases *cases);

/* Verifies; prints the checks where the status is another than wanted. */
struct dcap_result dcap_expect(const char *name, const struct tspdm_dcap_input *in, enum tspdm_status want);
uint8_t dcap_check_result(const struct dcap_result *result, const char *name); /* UINT8_MAX: there is none */

void dcap_all_claims_are_as_expected(const struct dcap_cases *cases);
void dcap_status_and_verdict_are_as_expected(const struct dcap_cases *cases);
void dcap_other_anchors_are_refused(const struct dcap_cases *cases);
void dcap_time_decides(const struct dcap_cases *cases);
void dcap_collateral_is_needed_unless_told(const struct dcap_cases *cases);
void dcap_a_crl_is_needed_only_if_told(const struct dcap_cases *cases);
void dcap_mixed_up_parts_are_refused(const struct dcap_cases *cases);
void dcap_evaluation_numbers_have_a_minimum(const struct dcap_cases *cases);

#endif
