/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whether a comparison of secrets branches on their bytes: they are told to valgrind as undefined, which counts each branch
 * that depends on them. It has to be run by valgrind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <valgrind/memcheck.h>

#include <tspdm/openssl.h>
#include <tspdm/secret.h>

#include "core/key_schedule.h"

enum { LEN = 48 };

/* What valgrind has to find, or it finds nothing. */
static bool differ_early(const uint8_t *a, const uint8_t *b)
{
	for (unsigned i = 0; i < LEN; i++)
		if (((const volatile uint8_t *)a)[i] != b[i])
			return true;
	return false;
}

/* Branches on undefined bytes while two secrets are compared that differ in the byte `at`; LEN: in none. */
static unsigned branches(bool is_naive, unsigned at)
{
	uint8_t a[LEN] = { 1, 2, 3 }, b[LEN] = { 1, 2, 3 };
	unsigned before = (unsigned)VALGRIND_COUNT_ERRORS, count;
	bool is_equal;

	if (at < LEN)
		b[at] ^= 0x10;
	(void)VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof a);
	is_equal = is_naive ? !differ_early(a, b) : tspdm_equal_secret(a, b, LEN);
	count = (unsigned)VALGRIND_COUNT_ERRORS - before;
	(void)VALGRIND_MAKE_MEM_DEFINED(&is_equal, sizeof is_equal); /* the verdict is public */
	assert_int_equal(is_equal, at >= LEN);
	return count;
}

static void F42_memcmp_mac(void **state)
{
	(void)state;
	if (!RUNNING_ON_VALGRIND)
		skip();
	assert_true(branches(true, LEN) > 0);
	for (unsigned at = 0; at <= LEN; at++)
		assert_int_equal(branches(false, at), 0);
}

/* The MAC of FINISH: one branch, on the verdict, wherever the first wrong byte is. */
static void F42_verify_data_is_compared_as_a_whole(void **state)
{
	static const uint8_t finished[LEN] = { 5 }, digest[LEN] = { 6 };
	struct key_schedule k = { .hash = TSPDM_HASH_SHA384, .version = TSPDM_V12 };
	uint8_t right[LEN], wrong[LEN];

	(void)state;
	if (!RUNNING_ON_VALGRIND)
		skip();
	assert_int_equal(tspdm_openssl_new(&k.crypto), TSPDM_OK);
	assert_int_equal(tspdm_key_verify_data(&k, finished, digest, right), TSPDM_OK);
	for (unsigned at = 0; at <= LEN; at++) {
		unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;
		enum tspdm_status status;

		memcpy(wrong, right, LEN);
		if (at < LEN)
			wrong[at] ^= 0x10;
		(void)VALGRIND_MAKE_MEM_UNDEFINED(wrong, sizeof wrong);
		status = tspdm_key_check_verify_data(&k, finished, digest, (struct tspdm_view){ wrong, LEN });
		assert_true((unsigned)VALGRIND_COUNT_ERRORS - before <= 1);
		(void)VALGRIND_MAKE_MEM_DEFINED(&status, sizeof status);
		assert_int_equal(status, at < LEN ? TSPDM_ERR_MAC : TSPDM_OK);
	}
	tspdm_openssl_free(k.crypto);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F42_memcmp_mac),
		cmocka_unit_test(F42_verify_data_is_compared_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
