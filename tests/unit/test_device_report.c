/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reports of a device of our own, for the versions that no genuine device of the test data has: signed elsewhere, by another
 * implementation of cryptography, and kept in the corpus of the fuzzer. Also what a policy makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/appraisal.h>
#include <tspdm/openssl.h>

enum { FILE_MAX = 8192, HEAD_LEN = 8, AT_TIME = 1767225600 /* 2026-01-01 */ };

struct world {
	uint8_t bytes[FILE_MAX];
	size_t len;
	struct tspdm_device_report report;
	struct tspdm_crypto *crypto;
	struct tspdm_device_finding finding;
	struct tspdm_verdict verdict;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	*state = w;
	return w != NULL && tspdm_openssl_new(&w->crypto) == TSPDM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	tspdm_openssl_free(w->crypto);
	free(w);
	return 0;
}

static struct tspdm_view take(const uint8_t **at, size_t len)
{
	struct tspdm_view out = { *at, len };

	*at += len;
	return out;
}

static size_t number_at(const uint8_t *bytes)
{
	return (size_t)(bytes[0] | bytes[1] << 8);
}

/* Reads a report; its chain begins with the root, which is trusted. */
static void load(struct world *w, const char *name)
{
	const uint8_t *at = w->bytes + HEAD_LEN;
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", TSPDM_CORPUS_DIR, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	w->len = fread(w->bytes, 1, sizeof w->bytes, f);
	fclose(f);
	w->report = (struct tspdm_device_report){ .size = sizeof w->report, .time = AT_TIME };
	w->report.request = take(&at, number_at(w->bytes));
	w->report.response = take(&at, number_at(w->bytes + 2));
	w->report.vca = take(&at, number_at(w->bytes + 4));
	w->report.certificates = take(&at, w->len - (size_t)(at - w->bytes));
	w->report.anchors = w->report.certificates;
	w->report.anchors.len = 4 + (size_t)(w->report.certificates.ptr[2] << 8 | w->report.certificates.ptr[3]);
}

static enum tspdm_status verify(struct world *w)
{
	return tspdm_device_verify(w->crypto, &w->report, &w->finding);
}

static const char *const names[] = { "v11", "v12", "v13" };

static void reports_of_every_version_verify(void **state)
{
	static const uint8_t versions[] = { TSPDM_V11, TSPDM_V12, TSPDM_V13 };
	struct world *w = *state;

	for (size_t i = 0; i < 3; i++) {
		load(w, names[i]);
		assert_int_equal(verify(w), TSPDM_OK);
		assert_int_equal(w->finding.version, versions[i]);
		assert_int_equal(w->finding.block_count, 2);
		assert_int_equal(w->finding.asym, TSPDM_ASYM_ECDSA_P256);
		assert_int_equal(w->finding.hash, TSPDM_HASH_SHA256);
		assert_int_equal(w->finding.certificates[1].dice.ueid.len, 3);
		assert_int_equal(w->finding.base.anchor, TSPDM_ANCHOR_CONFIGURED);
	}
}

/* All of the bytes, chain and messages before included, but those of the root: that is the anchor itself. */
static void a_flipped_bit_anywhere_is_refused(void **state)
{
	struct world *w = *state;
	size_t chain;

	for (size_t i = 0; i < 3; i++) {
		load(w, names[i]);
		w->report.hash = TSPDM_HASH_SHA256;
		w->report.strict = TSPDM_STRICT_ALL;
		chain = (size_t)(w->report.certificates.ptr - w->bytes);
		for (size_t at = HEAD_LEN; at < w->len; at++) {
			if (at >= chain && at < chain + w->report.anchors.len)
				continue;
			w->bytes[at] ^= (uint8_t)(1U << at % 8);
			if (verify(w) == TSPDM_OK)
				fail_msg("%s: accepted with a bit of byte %zu flipped", names[i], at);
			w->bytes[at] ^= (uint8_t)(1U << at % 8);
		}
		assert_int_equal(verify(w), TSPDM_OK);
	}
}

static void what_a_report_is_signed_with_must_be_there(void **state)
{
	struct world *w = *state;

	load(w, "v12");
	for (size_t len = w->report.vca.len; len-- > 0;) {
		w->report.vca.len = len;
		assert_int_not_equal(verify(w), TSPDM_OK);
	}
}

static void without_the_root_nobody_vouches_for_it(void **state)
{
	struct world *w = *state;

	load(w, "v12");
	w->report.anchors.len = 0;
	assert_int_equal(verify(w), TSPDM_ERR_EVIDENCE_ANCHOR);
}

static void dates_are_judged(void **state)
{
	struct world *w = *state;

	load(w, "v12");
	w->report.time = 4102444800; /* 2100 */
	assert_int_equal(verify(w), TSPDM_ERR_CHAIN_TIME);
}

#define POLICY(flags)                                                                                                  \
	"{ \"version\": 1, \"anchors\": { \"device\": [\"configured\"] }, \"accept\": [ { \"tee\": \"device\","        \
	"\"measurements\": \"any\", \"fwids\": \"any\", \"flags\": " flags " } ],"                                     \
	"\"binding\": { \"certificate\": \"none\", \"measurement\": \"none\" } }"

static enum tspdm_status judge(struct world *w, const char *text)
{
	struct tspdm_subject subject = { .name = "device", .evidence_wanted = true, .time = AT_TIME };
	struct tspdm_policy *policy = NULL;

	subject.evidence.device = &w->finding;
	assert_int_equal(
		tspdm_policy_read((struct tspdm_view){ (const uint8_t *)text, strlen(text) }, &policy, NULL, 0),
		TSPDM_OK);
	memset(&w->verdict, 0, sizeof w->verdict);
	tspdm_appraise(policy, &subject, &w->verdict);
	tspdm_policy_free(policy);
	return w->verdict.status;
}

/* The leaf says "debug", and tells about the first eight flags only. */
static void flags_are_judged(void **state)
{
	struct world *w = *state;

	load(w, "v12");
	assert_int_equal(verify(w), TSPDM_OK);
	assert_int_equal(judge(w, POLICY("\"any\"")), TSPDM_OK);
	assert_int_equal(judge(w, POLICY("{ \"forbidden\": [\"not_secure\"] }")), TSPDM_OK);
	assert_int_equal(judge(w, POLICY("{ \"forbidden\": [\"debug\"] }")), TSPDM_ERR_POLICY);
	assert_int_equal(judge(w, POLICY("{ \"forbidden\": [\"not_tcb\"] }")), TSPDM_ERR_POLICY); /* not told */
	assert_int_equal(judge(w, POLICY("{ \"forbidden\": [], \"required\": [\"debug\"] }")), TSPDM_OK);
	assert_int_equal(judge(w, POLICY("{ \"forbidden\": [], \"required\": [\"recovery\"] }")), TSPDM_ERR_POLICY);
}

static void what_is_not_genuine_is_not_accepted(void **state)
{
	struct world *w = *state;

	load(w, "v12");
	w->bytes[HEAD_LEN + 6] ^= 1;
	assert_int_equal(verify(w), TSPDM_ERR_SIGNATURE);
	assert_int_equal(judge(w, POLICY("\"any\"")), TSPDM_ERR_SIGNATURE);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_of_every_version_verify),
		cmocka_unit_test(a_flipped_bit_anywhere_is_refused),
		cmocka_unit_test(what_a_report_is_signed_with_must_be_there),
		cmocka_unit_test(without_the_root_nobody_vouches_for_it),
		cmocka_unit_test(dates_are_judged),
		cmocka_unit_test(flags_are_judged),
		cmocka_unit_test(what_is_not_genuine_is_not_accepted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
