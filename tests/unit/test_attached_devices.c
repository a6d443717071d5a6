/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Devices beside a guest: one verdict over all of them, what the policy asks of them, how they stand in results and in suggested
 * policies, and how their reports travel. */
#include "verdict_world.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <tspdm/result.h>

/* A guest with two devices that a policy accepts. */
struct two {
	struct world *w;
	struct tspdm_device_finding *findings[2];
	struct tspdm_subject_device devices[2];
	uint8_t record[55];
};

static void add_entry(struct world *w, const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	json_array_append_new(json_object_get(w->policy, "accept"), value);
}

#define ANY_DEVICE "{\"tee\":\"device\",\"measurements\":\"any\",\"fwids\":\"any\",\"flags\":\"any\"}"
#define BLOCK(byte)                                                                                                    \
	"{\"index\":1,\"digest\":[\"" byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte  \
	"\"]}"
#define THIS_DEVICE "{\"tee\":\"device\",\"measurements\":[" BLOCK("666666") "],\"fwids\":\"any\",\"flags\":\"any\"}"
#define OTHER_DEVICE "{\"tee\":\"device\",\"measurements\":[" BLOCK("676767") "],\"fwids\":\"any\",\"flags\":\"any\"}"

static struct tspdm_device_finding *new_device(struct two *t)
{
	struct tspdm_device_finding *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->base.tee = TSPDM_TEE_DEVICE;
	f->base.anchor = TSPDM_ANCHOR_CONFIGURED;
	memset(f->base.anchor_spki, 0x5A, sizeof f->base.anchor_spki);
	snprintf(f->base.anchor_name, sizeof f->base.anchor_name, "Vendor");
	tspdm_checks_add(&f->base.checks, "report.signature", TSPDM_OK, "good");
	f->version = TSPDM_V12;
	f->is_signed = true;
	f->block_count = 1;
	f->record = (struct tspdm_view){ t->record, sizeof t->record };
	return f;
}

static int make_two(void **state)
{
	struct two *t = calloc(1, sizeof *t);
	void *w = NULL;

	assert_non_null(t);
	assert_int_equal(make_world(&w), 0);
	t->w = w;
	memcpy(t->record, t->w->record, sizeof t->record);
	for (unsigned i = 0; i < 2; i++) {
		t->findings[i] = new_device(t);
		t->devices[i] = (struct tspdm_subject_device){ i == 0 ? "first" : "second", t->findings[i] };
	}
	t->w->subject.devices = t->devices;
	t->w->subject.device_count = 2;
	set(json_object_get(t->w->policy, "anchors"), "device", "[\"configured\"]");
	*state = t;
	return 0;
}

static int drop_two(void **state)
{
	struct two *t = *state;
	void *w = t->w;

	free(t->findings[0]);
	free(t->findings[1]);
	free(t);
	return drop_world(&w);
}

static void expect(struct two *t, enum tspdm_verdict_kind kind, enum tspdm_status status, const char *words)
{
	appraise(t->w);
	if (t->w->verdict.kind != kind || t->w->verdict.status != status || strstr(t->w->verdict.reason, words) == NULL)
		fail_msg("%s: %s", tspdm_status_name(t->w->verdict.status), t->w->verdict.reason);
}

/* ---- One verdict ---- */

static void devices_that_an_entry_accepts_leave_the_verdict_as_it_is(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	set(t->w->policy, "devices", "2");
	expect(t, TSPDM_VERDICT_ACCEPT, TSPDM_OK, "accept[0] matches");
	assert_int_equal(t->w->verdict.entry, 0);
}

static void a_device_that_is_not_genuine_takes_the_trust_away(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	t->findings[1]->base.status = TSPDM_ERR_SIGNATURE;
	tspdm_checks_add(&t->findings[1]->base.checks, "report.signature", TSPDM_ERR_SIGNATURE, "flipped");
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_SIGNATURE, "second: report.signature: flipped");
}

/* A finding that says otherwise than its checks, or has none, is no good one. */
static void findings_that_contradict_themselves_are_not_genuine(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	t->findings[0]->base.checks.count = 0;
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_EVIDENCE_FORM, "first");
	tspdm_checks_add(&t->findings[0]->base.checks, "parse", TSPDM_OK, "good");
	t->findings[0]->base.status = TSPDM_ERR_EVIDENCE_ANCHOR;
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_EVIDENCE_ANCHOR, "first");
}

static void a_device_that_no_entry_accepts_is_refused(void **state)
{
	struct two *t = *state;

	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "no accept entry for devices");
	add_entry(t->w, OTHER_DEVICE);
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "policy.device.measurements");
	add_entry(t->w, THIS_DEVICE);
	expect(t, TSPDM_VERDICT_ACCEPT, TSPDM_OK, "accept[0] matches");
}

static void a_device_under_another_anchor_is_refused(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	set(json_object_get(t->w->policy, "anchors"), "device", "[\"builtin\"]");
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "anchors for devices");
}

static void as_many_devices_as_the_policy_wants_have_to_be_there(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	set(t->w->policy, "devices", "3");
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "at least: 3; shown: 2");
	t->w->subject.is_preliminary = true; /* some may yet be shown in the session */
	expect(t, TSPDM_VERDICT_ACCEPT, TSPDM_OK, "accept[0]");
	t->w->subject.is_preliminary = false;
	t->w->subject.device_count = 0;
	set(t->w->policy, "devices", "0");
	expect(t, TSPDM_VERDICT_ACCEPT, TSPDM_OK, "accept[0]");
}

static void a_guest_that_is_refused_is_so_whatever_its_devices_are(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	other_vmpl(t->w);
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "policy.vmpl");
}

static void devices_do_not_make_up_for_missing_evidence(void **state)
{
	struct two *t = *state;

	add_entry(t->w, ANY_DEVICE);
	missing_evidence(t->w);
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_EVIDENCE_MISSING, "no TEE evidence");
}

/* ---- Suggestions ---- */

static void the_suggested_policy_accepts_guest_and_devices(void **state)
{
	struct two *t = *state;
	uint8_t room[32768];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	assert_int_equal(tspdm_policy_suggest(&t->w->subject, &out), TSPDM_OK);
	json_decref(t->w->policy);
	t->w->policy = json_loadb((const char *)room, out.len, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(t->w->policy, "devices")), 2);
	assert_int_equal(json_array_size(json_object_get(t->w->policy, "accept")), 2); /* the devices are alike */
	expect(t, TSPDM_VERDICT_ACCEPT, TSPDM_OK, "accept[0]");
	t->record[10] ^= 1;
	expect(t, TSPDM_VERDICT_REJECT, TSPDM_ERR_POLICY, "policy.device.measurements");
}

static void no_policy_is_suggested_for_a_device_that_is_not_genuine(void **state)
{
	struct two *t = *state;
	uint8_t room[32768];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	t->findings[0]->base.status = TSPDM_ERR_SIGNATURE;
	assert_int_equal(tspdm_policy_suggest(&t->w->subject, &out), TSPDM_ERR_SIGNATURE);
}

/* ---- Results ---- */

static void each_device_has_a_vector_of_its_own(void **state)
{
	struct two *t = *state;
	struct tspdm_trust_vector v;

	add_entry(t->w, THIS_DEVICE);
	t->findings[1]->base.status = TSPDM_ERR_EVIDENCE_ANCHOR;
	appraise(t->w);
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 0, &v), TSPDM_TRUST_AFFIRMING);
	assert_int_equal(v.hardware, 2);
	assert_int_equal(v.executables, 3);
	assert_int_equal(v.instance_identity, 2);
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 1, &v), TSPDM_TRUST_CONTRAINDICATED);
	assert_int_equal(v.hardware, 97);
	assert_int_equal(v.executables, 0);
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 2, &v), TSPDM_TRUST_NONE);
	t->record[10] ^= 1;
	appraise(t->w);
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 0, &v), TSPDM_TRUST_CONTRAINDICATED);
	assert_int_equal(v.executables, 33);
	t->w->has_no_policy = true;
	appraise(t->w);
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 0, &v), TSPDM_TRUST_NONE);
	memset(&t->w->verdict, 0, sizeof t->w->verdict); /* of a verdict that has not come so far */
	assert_int_equal(tspdm_result_device(&t->w->subject, &t->w->verdict, 0, &v), TSPDM_TRUST_NONE);
}

/* Written, and read by who relies on it. */
static void devices_are_submodules_of_the_result(void **state)
{
	struct two *t = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t private[512], public[512], *next = private;
	struct tspdm_result_config config = { .size = sizeof config };
	struct tspdm_result_demand want = { .size = sizeof want, .time = 1700000000 };
	struct tspdm_result *result = malloc(sizeof *result);
	char *jwt = NULL;

	add_entry(t->w, THIS_DEVICE);
	appraise(t->w);
	config.key = (struct tspdm_view){ private, (size_t)i2d_PrivateKey(key, &next) };
	next = public;
	want.key = (struct tspdm_view){ public, (size_t)i2d_PUBKEY(key, &next) };
	assert_int_equal(tspdm_result_ear(&t->w->subject, &t->w->verdict, &config, &jwt), TSPDM_OK);
	assert_int_equal(
		tspdm_result_verify((struct tspdm_view){ (const uint8_t *)jwt, strlen(jwt) }, &want, result), TSPDM_OK);
	assert_int_equal(result->part_count, 3);
	assert_string_equal(result->parts[0].name, "sev-snp");
	assert_string_equal(result->parts[1].name, "device-1");
	assert_string_equal(result->parts[2].name, "device-2");
	assert_int_equal(result->parts[2].status, TSPDM_TRUST_AFFIRMING);
	assert_int_equal(result->parts[2].vector.executables, 3);
	free(jwt);
	free(result);
	EVP_PKEY_free(key);
}

/* ---- Reports on their way ---- */

static void a_report_travels_as_an_item(void **state)
{
	static const uint8_t bytes[] = "request response vca chain";
	const struct tspdm_device_record rows[] = {
		{ { bytes, 7 }, { bytes + 8, 8 }, { bytes + 17, 3 }, { bytes + 21, 5 } },
		{ { bytes, 7 }, { bytes + 8, 8 }, { NULL, 0 }, { bytes + 21, 5 } },
	};
	uint8_t room[128];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_buffer out = { room, sizeof room, 0 };
		struct tspdm_device_record read;

		assert_int_equal(tspdm_write_device_item(&out, &rows[i]), TSPDM_OK);
		assert_int_equal(out.len, 16 + 20 + rows[i].vca.len);
		assert_int_equal(tspdm_read_device_item(tspdm_buffer_view(&out), &read), TSPDM_OK);
		assert_int_equal(read.vca.len, rows[i].vca.len);
		assert_memory_equal(read.certificates.ptr, "chain", 5);
		for (size_t len = 0; len < out.len; len++)
			assert_int_not_equal(tspdm_read_device_item((struct tspdm_view){ room, len }, &read), TSPDM_OK);
		assert_int_equal(
			tspdm_read_device_item((struct tspdm_view){ room, out.len + 1 }, &read), TSPDM_ERR_TRAILING);
		out = (struct tspdm_buffer){ room, 10, 0 };
		assert_int_equal(tspdm_write_device_item(&out, &rows[i]), TSPDM_ERR_BUFFER);
	}
}

static void a_report_without_a_part_is_none(void **state)
{
	static const uint8_t bytes[] = "part", zeros[16];
	struct tspdm_device_record record = { { bytes, 4 }, { bytes, 4 }, { bytes, 4 }, { NULL, 0 } }, read;
	uint8_t room[128];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	assert_int_equal(tspdm_write_device_item(&out, &record), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_read_device_item((struct tspdm_view){ zeros, sizeof zeros }, &read), TSPDM_ERR_FIELD);
	memset(room, 0xFF, 16); /* lengths beyond all */
	assert_int_equal(tspdm_read_device_item((struct tspdm_view){ room, 16 }, &read), TSPDM_ERR_TRUNCATED);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, make_two, drop_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TWO(devices_that_an_entry_accepts_leave_the_verdict_as_it_is),
		WITH_TWO(a_device_that_is_not_genuine_takes_the_trust_away),
		WITH_TWO(findings_that_contradict_themselves_are_not_genuine),
		WITH_TWO(a_device_that_no_entry_accepts_is_refused),
		WITH_TWO(a_device_under_another_anchor_is_refused),
		WITH_TWO(as_many_devices_as_the_policy_wants_have_to_be_there),
		WITH_TWO(a_guest_that_is_refused_is_so_whatever_its_devices_are),
		WITH_TWO(devices_do_not_make_up_for_missing_evidence),
		WITH_TWO(the_suggested_policy_accepts_guest_and_devices),
		WITH_TWO(no_policy_is_suggested_for_a_device_that_is_not_genuine),
		WITH_TWO(each_device_has_a_vector_of_its_own),
		WITH_TWO(devices_are_submodules_of_the_result),
		cmocka_unit_test(a_report_travels_as_an_item),
		cmocka_unit_test(a_report_without_a_part_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
