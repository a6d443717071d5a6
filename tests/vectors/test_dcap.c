/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of genuine TDX and of genuine SGX quotes have in common. The answers are in expected.json beside the
 * samples. */
#include "test_dcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int dcap_open_all(struct dcap_cases *cases, const char *const names[])
{
	for (cases->count = 0; names[cases->count] != NULL; cases->count++)
		if (!dcap_case_open(&cases->items[cases->count], names[cases->count]))
			return -1;
	return 0;
}

void dcap_close_all(struct dcap_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		dcap_case_close(&cases->items[i]);
}

static void print_checks(const char *name, const struct dcap_result *result)
{
	const struct tspdm_checks *checks = &result->base->checks;

	printf("# %s: %s\n", name, tspdm_status_name(result->base->status));
	for (unsigned i = 0; i < checks->count; i++)
		printf("#   %u %s %s\n", checks->items[i].result, checks->items[i].name, checks->items[i].detail);
}

struct dcap_result dcap_expect(const char *name, const struct tspdm_dcap_input *in, enum tspdm_status want)
{
	struct dcap_result result;
	enum tspdm_status status = dcap_verify(in, &result);

	if (status != want)
		print_checks(name, &result);
	assert_int_equal(status, want);
	assert_int_equal(result.base->status, want);
	return result;
}

uint8_t dcap_check_result(const struct dcap_result *result, const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&result->base->checks, name);

	return check != NULL ? check->result : UINT8_MAX;
}

/* ---- Claims ---- */

static const char *hex(struct tspdm_view bytes)
{
	static char text[256];

	assert_true(bytes.len < sizeof text / 2);
	text[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.ptr[i]);
	return text;
}

static void same_array(struct tspdm_view bytes, const json_t *want)
{
	assert_int_equal(bytes.len, json_array_size(want));
	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(bytes.ptr[i], json_integer_value(json_array_get(want, i)));
}

/* Times are told with "Z" here and with "+00:00" there; serial numbers with a leading zero or without. */
static void same_text(const char *text, const char *want)
{
	if (strlen(want) == 25 && strcmp(want + 19, "+00:00") == 0) {
		assert_int_equal(strlen(text), 20);
		assert_memory_equal(text, want, 19);
		return;
	}
	if (strlen(text) == strlen(want) + 1 && text[0] == '0')
		text++;
	assert_string_equal(text, want);
}

static void same_claim(const struct tspdm_claim *claim, const json_t *want)
{
	switch (claim->kind) {
	case TSPDM_CLAIM_BYTES:
		if (json_is_array(want))
			same_array(claim->bytes, want);
		else
			assert_string_equal(hex(claim->bytes), json_string_value(want));
		return;
	case TSPDM_CLAIM_NUMBER:
		assert_true(json_is_integer(want));
		assert_int_equal(claim->number, json_integer_value(want));
		return;
	case TSPDM_CLAIM_TEXT:
		if (json_is_boolean(want))
			assert_string_equal(claim->text, json_is_true(want) ? "true" : "false");
		else
			same_text(claim->text, json_string_value(want));
		return;
	default:
		assert_int_equal(claim->kind, TSPDM_CLAIM_NULL);
		assert_true(json_is_null(want));
	}
}

static size_t same_claims(const struct tspdm_claims *claims, json_t *expected, const char *section, const char *prefix)
{
	const char *key;
	json_t *want;
	size_t compared = 0;

	json_object_foreach(json_object_get(expected, section), key, want)
	{
		char name[64];
		const struct tspdm_claim *claim;

		if (strcmp(section, "quote") == 0 && (strcmp(key, "sha256") == 0 || strcmp(key, "bytes") == 0))
			continue; /* about the file */
		snprintf(name, sizeof name, "%s%s", prefix, key);
		claim = tspdm_claims_find(claims, name);
		if (claim == NULL)
			fail_msg("there is no claim %s", name);
		else
			same_claim(claim, want);
		compared++;
	}
	assert_true(compared > 3);
	return compared;
}

void dcap_all_claims_are_as_expected(const struct dcap_cases *cases)
{
	static const char *const about_tcb[] = { "tcb_status", "tcb_date", "tcb_evaluation_data_number" };

	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = dcap_case_input(c, &c->sets[0]);
		struct dcap_result result;
		const struct tspdm_claims *claims;
		size_t compared = 0;

		(void)dcap_verify(&in, &result);
		claims = &result.base->claims;
		assert_int_equal(claims->lost, 0);
		compared += same_claims(claims, c->expected, "quote", "");
		compared += same_claims(claims, c->expected, "body", "");
		compared += same_claims(claims, c->expected, "pck", "pck.");
		compared += same_claims(claims, c->expected, "qe_report", "qe_report.");
		for (size_t k = 0; k < sizeof about_tcb / sizeof about_tcb[0]; k++)
			assert_non_null(tspdm_claims_find(claims, about_tcb[k]));
		assert_int_equal(compared + sizeof about_tcb / sizeof about_tcb[0], claims->count);
	}
}

/* ---- Status and verdict ---- */

static const json_t *member(const struct dcap_set *set, const char *object, const char *key)
{
	return json_object_get(json_object_get(set->expected, object), key);
}

static int64_t seconds(const json_t *text)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(json_string_value(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
	return (int64_t)timegm(&tm);
}

static void same_status(enum tspdm_tcb_status status, const json_t *want, enum tspdm_tcb_status if_absent)
{
	if (want == NULL || json_is_null(want))
		assert_int_equal(status, if_absent);
	else
		assert_string_equal(tspdm_tcb_status_name(status), json_string_value(want));
}

static void same_advisories(const struct tspdm_tcb *tcb, const json_t *want)
{
	assert_int_equal(tcb->advisories_lost, 0);
	assert_int_equal(tcb->advisory_count, json_array_size(want));
	for (unsigned i = 0; i < tcb->advisory_count; i++)
		assert_string_equal(tcb->advisories[i], json_string_value(json_array_get(want, i)));
}

static void same_levels(const struct tspdm_tcb *tcb, const struct dcap_set *set, bool is_tdx)
{
	const json_t *module = member(set, "matching", "module");
	const json_t *date = member(set, "matching", "tcbDate");

	same_status(tcb->status, json_object_get(set->expected, "tcb_status"), TSPDM_TCB_NOT_EVALUATED);
	same_status(tcb->sgx, member(set, "matching", "sgx_level"), TSPDM_TCB_NOT_SUPPORTED);
	same_status(tcb->tdx, member(set, "matching", "tdx_level"),
		is_tdx ? TSPDM_TCB_NOT_SUPPORTED : TSPDM_TCB_NOT_EVALUATED);
	same_status(tcb->module, member(set, "matching", "module_status"), TSPDM_TCB_NOT_EVALUATED);
	same_status(tcb->qe, member(set, "qe_identity", "status"), TSPDM_TCB_NOT_EVALUATED);
	assert_string_equal(tcb->module_id, module != NULL ? json_string_value(module) : "");
	assert_string_equal(tcb->date, date != NULL ? json_string_value(date) : "");
	same_advisories(tcb, json_object_get(set->expected, "advisory_ids"));
}

static void same_validity(const struct tspdm_tcb *tcb, const struct dcap_set *set)
{
	assert_int_equal(tcb->tcb_info_issued, seconds(member(set, "tcb_info", "issue")));
	assert_int_equal(tcb->tcb_info_expires, seconds(member(set, "tcb_info", "next_update")));
	assert_int_equal(tcb->qe_identity_issued, seconds(member(set, "qe_identity", "issue")));
	assert_int_equal(tcb->qe_identity_expires, seconds(member(set, "qe_identity", "next_update")));
	assert_int_equal(
		tcb->evaluation_number, json_integer_value(member(set, "tcb_info", "tcb_evaluation_data_number")));
}

static void crypto_checks_passed(const struct dcap_result *result)
{
	static const char *const names[] = { "parse", "anchor", "chain", "chain.time", "pck.extension",
		"qe.report.signature", "qe.report.data", "quote.signature", "qe.identity", "collateral.signature",
		"collateral.time", "tcb.platform", "tcb.evaluation" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (dcap_check_result(result, names[i]) != TSPDM_CHECK_OK)
			fail_msg("%s did not pass", names[i]);
	assert_int_equal(result->base->anchor, TSPDM_ANCHOR_BUILTIN);
	assert_string_equal(result->base->anchor_name, "Intel SGX Root CA");
}

/* UpToDate is accepted, other statuses only from a list, debug and what is below every level never. */
static enum tspdm_status verdict(const struct dcap_set *set, bool is_debug)
{
	const char *status = json_string_value(json_object_get(set->expected, "tcb_status"));

	if (strcmp(status, "UpToDate") != 0)
		return TSPDM_ERR_TCB_STATUS;
	return is_debug ? TSPDM_ERR_POLICY : TSPDM_OK;
}

static void judge(const struct dcap_case *c, const struct dcap_set *set)
{
	struct tspdm_dcap_input in = dcap_case_input(c, set);
	bool is_debug = json_is_true(json_object_get(json_object_get(c->expected, "body"), "debug"));
	bool has_crls = in.collateral.pck_crl.len != 0 && in.collateral.root_ca_crl.len != 0;
	struct dcap_result result = dcap_expect(c->name, &in, verdict(set, is_debug));
	bool is_hopeless = result.tcb->status == TSPDM_TCB_NOT_SUPPORTED;

	crypto_checks_passed(&result);
	same_levels(result.tcb, set, c->tee == TSPDM_TEE_TDX);
	same_validity(result.tcb, set);
	assert_int_equal(result.is_debug, is_debug);
	assert_int_equal(dcap_check_result(&result, "policy.debug"), is_debug ? TSPDM_CHECK_FAILED : TSPDM_CHECK_OK);
	assert_int_equal(dcap_check_result(&result, "revocation"), has_crls ? TSPDM_CHECK_OK : TSPDM_CHECK_SKIPPED);
	assert_int_equal(result.crl_checked, has_crls);
	printf("# %-45s %-22s %-34s %2u advisories%s%s: %s\n", c->name, set->name,
		tspdm_tcb_status_name(result.tcb->status), result.tcb->advisory_count, is_debug ? ", debug" : "",
		has_crls ? "" : ", CRL incomplete", tspdm_status_name(result.base->status));
	in.accept_tcb = UINT32_MAX;
	in.allow_debug = true;
	dcap_expect(c->name, &in, is_hopeless ? TSPDM_ERR_TCB_STATUS : TSPDM_OK);
}

void dcap_status_and_verdict_are_as_expected(const struct dcap_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		for (size_t k = 0; k < cases->items[i].set_count; k++)
			judge(&cases->items[i], &cases->items[i].sets[k]);
}

/* ---- Anchors ---- */

/* Everything that is not about the anchor is allowed. */
static struct tspdm_dcap_input lenient(const struct dcap_case *c, const struct dcap_set *set)
{
	struct tspdm_dcap_input in = dcap_case_input(c, set);

	in.accept_tcb = UINT32_MAX;
	in.allow_debug = true;
	return in;
}

void dcap_other_anchors_are_refused(const struct dcap_cases *cases)
{
	struct tspdm_view amd = dcap_sample("snp/02-milan-v2/ark.der");
	struct tspdm_view root = dcap_sample("tdx/intel_sgx_root_ca.pem");
	struct tspdm_view older = dcap_sample("sgx/intel_sgx_root_ca_older_issue.der");

	assert_true(amd.len != 0 && root.len != 0 && older.len != 0);
	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = lenient(c, &c->sets[0]);
		struct dcap_result result;

		in.no_builtin_roots = true;
		in.allow_standin = true;
		result = dcap_expect("no anchor", &in, TSPDM_ERR_EVIDENCE_ANCHOR);
		assert_int_equal(result.base->anchor, TSPDM_ANCHOR_NONE);
		in.roots = amd;
		dcap_expect("another anchor", &in, TSPDM_ERR_EVIDENCE_ANCHOR);
		in.roots = (struct tspdm_view){ (const uint8_t *)"rubbish", 7 };
		dcap_expect("roots that are none", &in, TSPDM_ERR_ARGUMENT);
		if (strstr(c->name, "notsupported") != NULL)
			continue;
		in.roots = root;
		result = dcap_expect("the root by name", &in, TSPDM_OK);
		assert_int_equal(result.base->anchor, TSPDM_ANCHOR_CONFIGURED);
		in.roots = older;
		dcap_expect("an older issue of the root", &in, TSPDM_OK);
	}
	dcap_sample_free(amd);
	dcap_sample_free(root);
	dcap_sample_free(older);
}

/* ---- Time and collateral ---- */

void dcap_time_decides(const struct dcap_cases *cases)
{
	enum { YEAR = 365 * 86400 };

	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = lenient(c, &c->sets[0]);
		int64_t expires = seconds(member(&c->sets[0], "tcb_info", "next_update"));
		int64_t qe_expires = seconds(member(&c->sets[0], "qe_identity", "next_update"));
		struct dcap_result result;

		in.collateral.pck_crl.len = 0;
		in.time = (expires < qe_expires ? expires : qe_expires) + 1;
		(void)dcap_verify(&in, &result);
		assert_int_equal(dcap_check_result(&result, "collateral.time"), TSPDM_CHECK_FAILED);
		assert_int_not_equal(result.base->status, TSPDM_OK);
		in.grace_s = 60;
		(void)dcap_verify(&in, &result);
		assert_int_equal(dcap_check_result(&result, "collateral.time"), TSPDM_CHECK_OK);
		in.time = c->sets[0].time - 20LL * YEAR;
		dcap_expect("long before", &in, TSPDM_ERR_COLLATERAL);
		in.time = c->sets[0].time + 20LL * YEAR;
		result = dcap_expect("long after", &in, TSPDM_ERR_COLLATERAL);
		assert_int_equal(dcap_check_result(&result, "chain.time"), TSPDM_CHECK_FAILED);
		in.time = 0;
		dcap_expect("no time", &in, TSPDM_ERR_ARGUMENT);
	}
}

void dcap_collateral_is_needed_unless_told(const struct dcap_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = lenient(c, &c->sets[0]);
		struct tspdm_dcap_collateral all = in.collateral;
		struct dcap_result result;

		in.collateral = (struct tspdm_dcap_collateral){ .root_ca_crl = all.root_ca_crl };
		result = dcap_expect("nothing", &in, TSPDM_ERR_COLLATERAL);
		assert_int_equal(result.tcb->status, TSPDM_TCB_NOT_EVALUATED);
		in.without_collateral = true;
		result = dcap_expect("nothing, as told", &in, TSPDM_OK);
		assert_int_equal(dcap_check_result(&result, "tcb.status"), TSPDM_CHECK_SKIPPED);
		assert_int_equal(result.tcb->status, TSPDM_TCB_NOT_EVALUATED);
		in.collateral.tcb_info = all.tcb_info; /* half of it is a mistake, not a choice */
		dcap_expect("TCB info only", &in, TSPDM_ERR_COLLATERAL);
		in.collateral.tcb_signing_chain = all.tcb_signing_chain;
		dcap_expect("no QE identity", &in, TSPDM_ERR_COLLATERAL);
		in.collateral.tcb_info.len = 0;
		in.collateral.qe_identity = all.qe_identity;
		dcap_expect("no TCB info", &in, TSPDM_ERR_COLLATERAL);
	}
}

void dcap_a_crl_is_needed_only_if_told(const struct dcap_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = lenient(c, &c->sets[0]);
		struct dcap_result result;

		if (strstr(c->name, "notsupported") != NULL)
			continue;
		in.collateral.root_ca_crl.len = 0;
		result = dcap_expect("no root CRL", &in, TSPDM_OK);
		assert_int_equal(dcap_check_result(&result, "revocation"), TSPDM_CHECK_SKIPPED);
		assert_false(result.crl_checked);
		in.require_crl = true;
		dcap_expect("no root CRL, required", &in, TSPDM_ERR_COLLATERAL);
		in.require_crl = false;
		in.collateral.root_ca_crl = c->sets[0].collateral.pck_crl;
		if (in.collateral.root_ca_crl.len != 0)
			dcap_expect("another's CRL", &in, TSPDM_ERR_COLLATERAL);
	}
}

/* TCB info of another FMSPC, the QE identity in the TCB info's place. */
void dcap_mixed_up_parts_are_refused(const struct dcap_cases *cases)
{
	size_t mixed = 0;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dcap_case *c = &cases->items[i];
		struct tspdm_dcap_input in = lenient(c, &c->sets[0]);
		const char *fmspc = json_string_value(json_object_get(json_object_get(c->expected, "pck"), "fmspc"));
		struct dcap_result result;

		for (size_t k = 0; k < cases->count; k++) {
			const struct dcap_case *o = &cases->items[k];
			const char *other =
				json_string_value(json_object_get(json_object_get(o->expected, "pck"), "fmspc"));

			if (strcmp(fmspc, other) == 0)
				continue;
			in.collateral.tcb_info = o->sets[0].collateral.tcb_info;
			result = dcap_expect("another platform's TCB info", &in, TSPDM_ERR_COLLATERAL);
			assert_int_equal(dcap_check_result(&result, "tcb.platform"), TSPDM_CHECK_FAILED);
			assert_int_equal(result.tcb->status, TSPDM_TCB_NOT_EVALUATED);
			mixed++;
		}
		in.collateral.tcb_info = in.collateral.qe_identity;
		dcap_expect("a QE identity for the TCB info", &in, TSPDM_ERR_COLLATERAL);
		in = lenient(c, &c->sets[0]);
		in.collateral.qe_identity = in.collateral.tcb_info;
		dcap_expect("a TCB info for the QE identity", &in, TSPDM_ERR_COLLATERAL);
		in = lenient(c, &c->sets[0]);
		in.evidence.tee = c->tee == TSPDM_TEE_TDX ? TSPDM_TEE_SGX : TSPDM_TEE_TDX;
		dcap_expect("another TEE", &in, TSPDM_ERR_EVIDENCE_FORM);
	}
	assert_true(mixed > 1);
}

void dcap_evaluation_numbers_have_a_minimum(const struct dcap_cases *cases)
{
	const struct dcap_case *c = &cases->items[0];
	struct tspdm_dcap_input in = lenient(c, &c->sets[0]);

	in.min_evaluation_number = 17;
	dcap_expect("as many", &in, TSPDM_OK);
	in.min_evaluation_number = 18;
	dcap_expect("too few", &in, TSPDM_ERR_COLLATERAL);
}
