/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The memory of signatures: it knows what it was told, and takes nothing else for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../backends/signature-cache/proof.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct tspdm_view view_of(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

static bool is_known(struct tspdm_signature_cache *c, const char *kind, const char *a, const char *b, uint8_t *digest)
{
	const struct tspdm_view parts[] = { view_of(a), view_of(b) };

	return tspdm_proof_is_known(c, kind, parts, b[0] != '\0' ? 2 : 1, digest);
}

static void what_was_kept_is_known_and_nothing_like_it(void **state)
{
	(void)state;
	static const char *const others[][3] = {
		{ "path", "ab", "d" },
		{ "path", "a", "bc" }, /* the same bytes, cut elsewhere */
		{ "path", "abc", "" },
		{ "CRL", "ab", "c" },
		{ "patha", "b", "c" },
		{ "path", "c", "ab" },
	};
	struct tspdm_signature_cache *c = NULL;
	uint8_t digest[TSPDM_PROOF_LEN];

	assert_int_equal(tspdm_signature_cache_new(100, &c), TSPDM_OK);
	assert_false(is_known(c, "path", "ab", "c", digest));
	assert_false(is_known(c, "path", "ab", "c", digest)); /* having asked is no proof */
	tspdm_proof_keep(c, digest);
	assert_true(is_known(c, "path", "ab", "c", digest));
	for (size_t i = 0; i < LEN(others); i++)
		assert_false(is_known(c, others[i][0], others[i][1], others[i][2], digest));
	assert_int_equal(tspdm_signature_cache_figures(c).hits, 1);
	assert_int_equal(tspdm_signature_cache_figures(c).misses, 2 + LEN(others));
	tspdm_signature_cache_free(c);
}

/* What was put there first goes first; what is kept twice takes one place. */
static void a_full_cache_forgets(void **state)
{
	(void)state;
	struct tspdm_signature_cache *c = NULL;
	uint8_t digest[TSPDM_PROOF_LEN];
	char name[2] = "";

	assert_int_equal(tspdm_signature_cache_new(8, &c), TSPDM_OK); /* one set */
	for (char i = 0; i < 9; i++) {
		name[0] = (char)('a' + i);
		assert_false(is_known(c, "path", name, "", digest));
		tspdm_proof_keep(c, digest);
		tspdm_proof_keep(c, digest);
	}
	assert_false(is_known(c, "path", "a", "", digest));
	for (char i = 1; i < 9; i++) {
		name[0] = (char)('a' + i);
		assert_true(is_known(c, "path", name, "", digest));
	}
	tspdm_signature_cache_free(c);
}

static void an_empty_place_is_no_proof(void **state)
{
	(void)state;
	static const uint8_t zeros[TSPDM_PROOF_LEN];
	struct tspdm_signature_cache *c = NULL;
	uint8_t digest[TSPDM_PROOF_LEN] = { 1 };

	assert_false(is_known(NULL, "path", "a", "", digest));
	assert_memory_equal(digest, zeros, sizeof zeros);
	tspdm_proof_keep(NULL, digest);
	assert_int_equal(tspdm_signature_cache_new(8, &c), TSPDM_OK);
	tspdm_proof_keep(c, zeros);
	assert_false(is_known(c, "path", "a", "", digest));
	tspdm_signature_cache_free(c);
	tspdm_signature_cache_free(NULL);
}

static void sizes_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	struct tspdm_signature_cache *c = NULL;

	assert_int_equal(tspdm_signature_cache_new(0, &c), TSPDM_ERR_ARGUMENT);
	assert_null(c);
	assert_int_equal(tspdm_signature_cache_new(SIZE_MAX, &c), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_signature_cache_new((1 << 24) + 1, &c), TSPDM_ERR_ARGUMENT);
	assert_null(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_is_known_and_nothing_like_it),
		cmocka_unit_test(a_full_cache_forgets),
		cmocka_unit_test(an_empty_place_is_no_proof),
		cmocka_unit_test(sizes_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
