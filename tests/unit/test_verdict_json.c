/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What becomes of a verdict: its JSON, the policy that is suggested for a subject, and exit statuses. */
#include "verdict_world.h"

#define GOOD(change)                                                                                                   \
	{                                                                                                              \
#change, change, TSPDM_VERDICT_ACCEPT, TSPDM_OK, ""                                                    \
	}

/* ---- The verdict itself ---- */

static void zeroed_memory_is_no_acceptance(void **state)
{
	struct world *w = *state;
	char *json;

	memset(&w->verdict, 0, sizeof w->verdict);
	assert_string_equal(tspdm_verdict_name(w->verdict.kind), "error");
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	assert_non_null(strstr(json, "\"verdict\":\"error\",\"status\":1,"));
	free(json);
	assert_string_equal(tspdm_verdict_name((enum tspdm_verdict_kind)99), "error");
}

/* Every key, of every level that programs may rely on. */
static void check_complete(const char *text)
{
	static const struct {
		const char *object;
		const char *keys[15];
	} rows[] = {
		{ NULL, { "schema", "subject", "verdict", "status", "reason", "spdm", "identity", "evidence", "tcb",
				"binding", "device", "devices", "checks", "time" } },
		{ "spdm", { "version", "algorithms", "slot", "measurements", "measurements_signed", "session" } },
		{ "identity",
			{ "subject", "key_sha256", "certificate_sha256", "authenticated", "anchored", "provisioned" } },
		{ "evidence", { "tee", "anchor", "claims" } },
		{ "tcb", { "status", "date", "advisories", "evaluation_number" } },
		{ "binding", { "certificate", "measurement", "session", "report_data", "nonce" } },
	};
	json_t *root = json_loads(text, 0, NULL);

	assert_non_null(root);
	assert_null(strchr(text, '\n'));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const json_t *object = rows[i].object == NULL ? root : json_object_get(root, rows[i].object);
		size_t count = 0;

		for (; count < COUNT(rows[i].keys) && rows[i].keys[count] != NULL; count++)
			if (json_object_get(object, rows[i].keys[count]) == NULL)
				fail_msg("%s: no %s", rows[i].object, rows[i].keys[count]);
		assert_int_equal(json_object_size(object), count);
	}
	json_decref(root);
}

static void the_json_is_complete_also_when_there_is_nothing(void **state)
{
	struct world *w = *state;
	struct tspdm_subject nothing = { .name = "bad \xff name" };
	char *json;

	appraise(w);
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	check_complete(json);
	free(json);
	tspdm_appraise(NULL, &nothing, &w->verdict);
	assert_int_equal(tspdm_verdict_json(&nothing, &w->verdict, &json), TSPDM_OK);
	check_complete(json);
	assert_non_null(strstr(json, "\"subject\":\"bad ? name\""));
	assert_non_null(strstr(json, "\"evidence\":{\"tee\":null,\"anchor\":null,\"claims\":null}"));
	free(json);
}

static void the_json_has_the_session_that_was_opened(void **state)
{
	static const struct tspdm_session_info info = {
		.id = 0xFE01FF02, .record_version = 0x12, .heartbeat_s = 20, .is_mac_only = true
	};
	static const struct tspdm_session_info by_key = { .id = 1, .record_version = 0x12, .is_psk = true };
	struct world *w = *state;
	char *json;

	appraise(w);
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	assert_non_null(strstr(json, "\"session\":null"));
	free(json);
	w->negotiated.dhe = TSPDM_DHE_SECP384R1;
	w->negotiated.aead = TSPDM_AEAD_AES_256_GCM;
	w->subject.session = &info;
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	assert_non_null(strstr(json, "\"session\":{\"id\":\"fe01ff02\",\"dhe\":\"secp384r1\",\"aead\":\"aes-256-gcm\","
				     "\"record_version\":\"1.2\",\"mac_only\":true,\"handshake_in_the_clear\":false,"
				     "\"heartbeat\":20,\"psk\":false,\"mutual\":false}"));
	free(json);
	w->subject.session = &by_key;
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	assert_non_null(strstr(json, "\"dhe\":null"));
	assert_non_null(strstr(json, "\"psk\":true,\"mutual\":false}"));
	free(json);
}

static void the_json_says_what_was_found(void **state)
{
	static const char *const parts[] = {
		"\"schema\":\"tspdm.verdict/1\"",
		"\"verdict\":\"accept\",\"status\":0,",
		"\"version\":\"1.2\"",
		"\"algorithms\":{\"asym\":\"ecdsa-p384\",\"hash\":\"sha384\",\"measurement_hash\":\"sha384\"}",
		"\"index\":1,\"type\":1,\"name\":\"mutable firmware\",\"digest\":\"6666",
		"\"index\":2,\"type\":1,\"name\":\"mutable firmware\",\"digest\":null,\"raw\":\"abcd\"",
		"\"tee\":\"sev-snp\"",
		"\"kind\":\"hardware\",\"name\":\"ARK-Milan\"",
		"\"policy\":\"0x3011f\"",
		"\"vmpl\":0,\"launch_mit_vector\":null",
		"\"certificate\":\"ok\",\"measurement\":\"ok\",\"session\":\"none\",\"report_data\":\"none\"",
		"{\"name\":\"report.signature\",\"result\":\"ok\",\"detail\":\"good\"}",
		"\"time\":\"2023-11-14T22:13:20Z\"",
	};
	struct world *w = *state;
	char *json;

	appraise(w);
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strstr(json, parts[i]) == NULL)
			fail_msg("no %s in %s", parts[i], json);
	free(json);
}

/* ---- The suggestion ---- */

static void suggestion_accepts(struct world *w, const char *name)
{
	uint8_t room[8192];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
	json_t *policy;

	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_OK);
	policy = json_loadb((const char *)room, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(policy);
	json_decref(w->policy);
	w->policy = policy;
	appraise(w);
	if (w->verdict.status != TSPDM_OK)
		fail_msg("%s: %s", name, w->verdict.reason);
}

static void unchanged(struct world *w)
{
	(void)w;
}

static void turin(struct world *w)
{
	w->subject.certificate_evidence.snp = NULL;
	w->subject.binding.count = 0;
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_OK, "bound");
	w->evidence.product = TSPDM_SNP_TURIN;
	w->evidence.reported.has_fmc = true;
	w->evidence.reported.fmc = 1;
}

static void the_suggested_policy_accepts_the_subject(void **state)
{
	static const struct change changes[] = {
		GOOD(unchanged),
		GOOD(turin),
		GOOD(certificate_only),
		GOOD(pinned_root),
		GOOD(plain_device),
		GOOD(bare),
		GOOD(debug_guest),
		GOOD(migration),
		GOOD(cxl_not_named),
		GOOD(provisional),
		GOOD(standin_not_allowed),
		GOOD(vlek_not_listed),
		GOOD(other_vmpl),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct world *w;

		make_world((void **)&w);
		changes[i].apply(w);
		if (changes[i].apply != certificate_only && changes[i].apply != turin &&
			w->subject.certificate_evidence.snp != NULL)
			w->certificate_evidence = w->evidence;
		suggestion_accepts(w, changes[i].name);
		drop_world((void **)&w);
	}
}

/* The values of one subject do not accept another. */
static void the_suggested_policy_accepts_nobody_else(void **state)
{
	struct world *w = *state;

	suggestion_accepts(w, "unchanged");
	w->evidence.report.measurement[47] ^= 1;
	w->certificate_evidence.report.measurement[47] ^= 1;
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
	w->evidence.report.measurement[47] ^= 1;
	w->certificate_evidence.report.measurement[47] ^= 1;
	w->record[20] ^= 1;
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
}

static void there_is_no_suggestion_for_what_is_not_genuine(void **state)
{
	struct world *w = *state;
	uint8_t room[16];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_BUFFER);
	assert_true(out.len > 100);
	not_genuine(w);
	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_EVIDENCE_SIGNATURE);
	missing_evidence(w);
	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_EVIDENCE_MISSING);
}

/* ---- Exit statuses ---- */

#define VALUE(name, value, text) (enum tspdm_status)(value),

static void each_status_has_the_exit_status_of_its_class(void **state)
{
	static const enum tspdm_status all[] = { TSPDM_STATUS_ROWS(VALUE) };
	static const int by_hundred[] = { 0, 1, 1, 4, 4, 4, 5, 6, 7, 3 };
	static const struct {
		enum tspdm_status status;
		int exit_status;
	} special[] = {
		{ TSPDM_AGAIN, 1 },
		{ TSPDM_ERR_TIMEOUT, 3 },
		{ TSPDM_ERR_POLICY_FORM, 2 },
		{ TSPDM_ERR_ENDPOINT, 2 },
		{ TSPDM_ERR_COLLATERAL, 8 },
		{ TSPDM_ERR_REVOKED, 8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		int expected = by_hundred[-(int)all[i] / 100];

		for (size_t j = 0; j < COUNT(special); j++)
			if (special[j].status == all[i])
				expected = special[j].exit_status;
		if (tspdm_exit_status(all[i]) != expected)
			fail_msg("%s: %d", tspdm_status_name(all[i]), tspdm_exit_status(all[i]));
	}
	assert_int_equal(tspdm_exit_status((enum tspdm_status) - 12345), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)
	const struct CMUnitTest tests[] = {
		TEST(zeroed_memory_is_no_acceptance),
		TEST(the_json_is_complete_also_when_there_is_nothing),
		TEST(the_json_has_the_session_that_was_opened),
		TEST(the_json_says_what_was_found),
		TEST(the_suggested_policy_accepts_the_subject),
		TEST(the_suggested_policy_accepts_nobody_else),
		TEST(there_is_no_suggestion_for_what_is_not_genuine),
		TEST(each_status_has_the_exit_status_of_its_class),
	};

	return cmocka_run_group_tests_name("verdict_json", tests, NULL, NULL);
}
