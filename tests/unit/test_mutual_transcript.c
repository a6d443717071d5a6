/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * M1/M2 of a requester against digests of the bytes that DSP0274 says are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/openssl.h>

#include "core/digest.h"
#include "core/mutual_transcript.h"

enum { LEN = 48 };

#define TEXT(text) ((struct tspdm_view){ (const uint8_t *)(text), sizeof(text) - 1 })

struct world {
	struct tspdm_crypto *crypto;
	struct transcript connection;
	struct mutual_transcript t;
};

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	assert_int_equal(tspdm_openssl_new(&w->crypto), TSPDM_OK);
	tspdm_transcript_init(&w->connection, w->crypto);
	assert_int_equal(tspdm_transcript_vca(&w->connection, TEXT("V"), TEXT("CA")), TSPDM_OK);
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	tspdm_mutual_transcript_close(&w->t);
	tspdm_mutual_transcript_close(&w->t);
	tspdm_transcript_drop(&w->connection);
	tspdm_openssl_free(w->crypto);
	free(w);
	return 0;
}

static void open_in(struct world *w, uint8_t version)
{
	assert_int_equal(tspdm_transcript_open(&w->connection, version, TSPDM_HASH_SHA384), TSPDM_OK);
	assert_int_equal(tspdm_mutual_transcript_begin(&w->t, &w->connection), TSPDM_OK);
}

static void check(struct world *w, struct tspdm_view bytes)
{
	uint8_t digest[TSPDM_HASH_MAX], expected[TSPDM_HASH_MAX];

	assert_int_equal(tspdm_mutual_transcript_challenge(&w->t, TEXT("challenge"), TEXT("auth"), digest), TSPDM_OK);
	assert_int_equal(tspdm_digest_once(w->crypto, TSPDM_HASH_SHA384, bytes, expected), TSPDM_OK);
	assert_memory_equal(digest, expected, LEN);
}

static void b(struct world *w, bool is_digests, struct tspdm_view request, struct tspdm_view response)
{
	assert_int_equal(tspdm_mutual_transcript_b(&w->t, is_digests, request, response), TSPDM_OK);
}

static void from_1_2_on_vca_stands_first(void **state)
{
	struct world *w = *state;

	open_in(w, TSPDM_V12);
	check(w, TEXT("VCAchallengeauth"));
	b(w, true, TEXT("d"), TEXT("D"));
	b(w, false, TEXT("c"), TEXT("C"));
	check(w, TEXT("VCAdDcCchallengeauth"));
	check(w, TEXT("VCAdDcCchallengeauth")); /* CHALLENGE is not kept */
}

static void in_1_1_vca_is_not_in_it(void **state)
{
	struct world *w = *state;

	open_in(w, TSPDM_V11);
	b(w, true, TEXT("d"), TEXT("D"));
	b(w, false, TEXT("c"), TEXT("C"));
	check(w, TEXT("dDcCchallengeauth"));
}

static void get_digests_begins_anew(void **state)
{
	static const uint8_t versions[] = { TSPDM_V11, TSPDM_V12 };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof versions; i++) {
		open_in(w, versions[i]);
		b(w, false, TEXT("old"), TEXT("OLD"));
		b(w, true, TEXT("d"), TEXT("D"));
		check(w, i == 0 ? TEXT("dDchallengeauth") : TEXT("VCAdDchallengeauth"));
		tspdm_mutual_transcript_close(&w->t);
	}
}

static void the_connection_s_own_transcript_is_not_touched(void **state)
{
	struct world *w = *state;
	uint8_t before[TSPDM_HASH_MAX], after[TSPDM_HASH_MAX];

	open_in(w, TSPDM_V12);
	assert_int_equal(tspdm_transcript_challenge(&w->connection, TEXT("x"), TEXT("y"), before), TSPDM_OK);
	b(w, true, TEXT("d"), TEXT("D"));
	check(w, TEXT("VCAdDchallengeauth"));
	assert_int_equal(tspdm_transcript_challenge(&w->connection, TEXT("x"), TEXT("y"), after), TSPDM_OK);
	assert_memory_equal(before, after, LEN);
}

static void nothing_is_signed_before_it_is_begun(void **state)
{
	struct world *w = *state;
	uint8_t digest[TSPDM_HASH_MAX];

	assert_int_equal(tspdm_mutual_transcript_begin(&w->t, &w->connection), TSPDM_ERR_STATE); /* no hash yet */
	assert_int_equal(tspdm_mutual_transcript_b(&w->t, true, TEXT("d"), TEXT("D")), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_mutual_transcript_challenge(&w->t, TEXT("c"), TEXT("a"), digest), TSPDM_ERR_STATE);
	open_in(w, TSPDM_V12);
	tspdm_mutual_transcript_close(&w->t);
	assert_int_equal(tspdm_mutual_transcript_challenge(&w->t, TEXT("c"), TEXT("a"), digest), TSPDM_ERR_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(from_1_2_on_vca_stands_first, begin, end),
		cmocka_unit_test_setup_teardown(in_1_1_vca_is_not_in_it, begin, end),
		cmocka_unit_test_setup_teardown(get_digests_begins_anew, begin, end),
		cmocka_unit_test_setup_teardown(the_connection_s_own_transcript_is_not_touched, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_signed_before_it_is_begun, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
