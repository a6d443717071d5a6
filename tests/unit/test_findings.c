/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Lists of checks and claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/findings.h>

static struct tspdm_checks checks;
static struct tspdm_claims claims;

static int empty(void **state)
{
	(void)state;
	memset(&checks, 0, sizeof checks);
	memset(&claims, 0, sizeof claims);
	return 0;
}

static void no_check_at_all_is_no_success(void **state)
{
	(void)state;
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_ERR_ARGUMENT);
}

static void the_first_failure_is_the_status(void **state)
{
	(void)state;
	tspdm_checks_add(&checks, "a", TSPDM_OK, NULL);
	tspdm_checks_skip(&checks, "b", "not asked for");
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_OK);
	tspdm_checks_add(&checks, "c", TSPDM_ERR_EVIDENCE_TCB, "seen %u", 3U);
	tspdm_checks_add(&checks, "d", TSPDM_ERR_EVIDENCE_HWID, NULL);
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_ERR_EVIDENCE_TCB);
	assert_string_equal(checks.items[2].detail, "seen 3");
	assert_string_equal(checks.items[3].detail, "");
}

static void what_is_not_a_success_is_a_failure(void **state)
{
	(void)state;
	tspdm_checks_add(&checks, "later", TSPDM_AGAIN, NULL);
	assert_int_equal(checks.items[0].result, TSPDM_CHECK_FAILED);
	assert_true((int)tspdm_checks_status(&checks) < 0);
	memset(&checks, 0, sizeof checks);
	checks.count = 1; /* zeroed memory */
	assert_true((int)tspdm_checks_status(&checks) < 0);
	checks.items[0].result = 77;
	assert_true((int)tspdm_checks_status(&checks) < 0);
	checks.count = TSPDM_CHECKS_MAX + 1;
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_ERR_ARGUMENT);
}

static void a_lost_check_is_no_success(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TSPDM_CHECKS_MAX; i++)
		tspdm_checks_add(&checks, "ok", TSPDM_OK, NULL);
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_OK);
	tspdm_checks_add(&checks, "bad", TSPDM_ERR_EVIDENCE_SIGNATURE, "lost");
	tspdm_checks_skip(&checks, "skipped", "lost");
	assert_int_equal(checks.lost, 2);
	assert_int_equal(tspdm_checks_status(&checks), TSPDM_ERR_BUFFER);
}

static void a_check_is_found_and_its_failure_first(void **state)
{
	(void)state;
	assert_null(tspdm_checks_find(&checks, "twice"));
	tspdm_checks_add(&checks, "twice", TSPDM_OK, "first");
	tspdm_checks_skip(&checks, "twice", "second");
	assert_string_equal(tspdm_checks_find(&checks, "twice")->detail, "first");
	tspdm_checks_add(&checks, "twice", TSPDM_ERR_EVIDENCE_FORM, "third");
	assert_string_equal(tspdm_checks_find(&checks, "twice")->detail, "third");
	assert_null(tspdm_checks_find(&checks, "twic"));
}

static void details_are_cut_and_printable(void **state)
{
	char text[2 * TSPDM_DETAIL_MAX];

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	tspdm_checks_add(&checks, "long", TSPDM_OK, "%s", text);
	assert_int_equal(strlen(checks.items[0].detail), TSPDM_DETAIL_MAX - 1);
	tspdm_checks_add(&checks, "control", TSPDM_OK, "%s", "a\x1b[31mb\nc\xc3\xa4\x7f");
	assert_string_equal(checks.items[1].detail, "a?[31mb?c???");
	tspdm_claims_text(&claims, "t", "%s\n", text);
	assert_int_equal(strlen(claims.items[0].text), sizeof claims.items[0].text - 1);
}

static void claims_are_kept_as_given(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	(void)state;
	tspdm_claims_bytes(&claims, "bytes", (struct tspdm_view){ bytes, sizeof bytes });
	tspdm_claims_number(&claims, "number", UINT64_MAX);
	tspdm_claims_flags(&claims, "flags", 0x30000);
	tspdm_claims_null(&claims, "null");
	assert_ptr_equal(tspdm_claims_find(&claims, "bytes")->bytes.ptr, bytes);
	assert_int_equal(tspdm_claims_find(&claims, "number")->number, UINT64_MAX);
	assert_int_equal(tspdm_claims_find(&claims, "flags")->kind, TSPDM_CLAIM_FLAGS);
	assert_int_equal(tspdm_claims_find(&claims, "null")->kind, TSPDM_CLAIM_NULL);
	assert_null(tspdm_claims_find(&claims, "other"));
}

static void claims_without_room_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TSPDM_CLAIMS_MAX; i++)
		assert_non_null(tspdm_claims_add(&claims, "n", TSPDM_CLAIM_NUMBER));
	assert_null(tspdm_claims_add(&claims, "n", TSPDM_CLAIM_NUMBER));
	tspdm_claims_text(&claims, "t", "x");
	tspdm_claims_number(&claims, "n", 1);
	tspdm_claims_bytes(&claims, "b", (struct tspdm_view){ NULL, 0 });
	assert_int_equal(claims.count, TSPDM_CLAIMS_MAX);
	assert_int_equal(claims.lost, 4);
}

static void anchor_kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(tspdm_anchor_kind_name(TSPDM_ANCHOR_NONE), "none");
	assert_string_equal(tspdm_anchor_kind_name(TSPDM_ANCHOR_BUILTIN), "hardware");
	assert_string_equal(tspdm_anchor_kind_name(TSPDM_ANCHOR_CONFIGURED), "configured");
	assert_string_equal(tspdm_anchor_kind_name(TSPDM_ANCHOR_STANDIN), "stand-in");
	assert_string_equal(tspdm_anchor_kind_name((enum tspdm_anchor_kind)99), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_check_at_all_is_no_success, empty),
		cmocka_unit_test_setup(the_first_failure_is_the_status, empty),
		cmocka_unit_test_setup(what_is_not_a_success_is_a_failure, empty),
		cmocka_unit_test_setup(a_lost_check_is_no_success, empty),
		cmocka_unit_test_setup(a_check_is_found_and_its_failure_first, empty),
		cmocka_unit_test_setup(details_are_cut_and_printable, empty),
		cmocka_unit_test_setup(claims_are_kept_as_given, empty),
		cmocka_unit_test_setup(claims_without_room_are_counted, empty),
		cmocka_unit_test_setup(anchor_kinds_have_names, empty),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
