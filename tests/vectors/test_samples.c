/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * All genuine samples in one table: what each is, at which time it is judged and with which collateral, and the verdict of
 * the built-in policy, which has to be the one in the samples' expected.json; and that with any other anchor each is refused.
 * Field by field they are compared in test_snp.c, test_tdx.c, test_sgx.c and test_device_report.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/appraisal.h>
#include <tspdm/device_report.h>
#include <tspdm/openssl.h>

#include "dcap_case.h"
#include "snp_case.h"

#define GPU "spdm-device/01-gh100-1.1"

enum { CERTIFICATES_MAX = 16384, TURIN_TIME = 1767225600 /* 2026-01-01 */ };

static struct tspdm_policy *policy;
static struct tspdm_any_finding *finding;
static struct tspdm_verdict *verdict;
static struct tspdm_view amd_root, intel_root;
static unsigned rows;

/* ---- A row ---- */

static void print_row(const char *name, const char *set, int64_t when, const char *what)
{
	time_t seconds = (time_t)when;
	char day[16] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
	printf("# sample %-46s at %s%s%s: %s\n", name, day, set[0] != '\0' ? ", " : "", set, what);
	rows++;
}

static enum tspdm_verdict_kind appraise(const struct tspdm_verify_input *in)
{
	struct tspdm_subject subject = { .evidence_wanted = true, .time = in->time };

	(void)!tspdm_verify_evidence(in, finding);
	subject.evidence = finding->found;
	tspdm_appraise(policy, &subject, verdict);
	return verdict->kind;
}

static bool is_trusted(void)
{
	return verdict->kind == TSPDM_VERDICT_ACCEPT || verdict->kind == TSPDM_VERDICT_WARN;
}

/* Judged as expected; without its root, and with another manufacturer's in the place of it, refused for that reason. */
static void judge(const char *name, const char *set, struct tspdm_verify_input *in, bool is_good, const char *what)
{
	char text[512];
	const struct tspdm_view *other = memcmp(name, "snp", 3) == 0 ? &intel_root : &amd_root;

	(void)appraise(in);
	snprintf(text, sizeof text, "%s; %s%s%.200s; other anchors: refused", what,
		is_trusted() ? "trusted" : "NOT TRUSTED", is_trusted() ? "" : ", ",
		is_trusted() ? "" : verdict->reason);
	if (is_trusted() != is_good)
		fail_msg("%s, %s: %s", name, set, text);
	assert_int_equal(tspdm_found_base(&finding->found)->anchor, TSPDM_ANCHOR_BUILTIN);
	in->no_builtin_roots = true;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(appraise(in), TSPDM_VERDICT_REJECT);
		assert_int_equal(verdict->status, TSPDM_ERR_EVIDENCE_ANCHOR);
		in->snp_roots = in->dcap_roots = *other;
		in->allow_standin = true; /* nor is it the software TEE's */
	}
	print_row(name, set, in->time, text);
}

/* The claim that a verifier compares with its reference values. */
static void same_bytes(const char *claim, const char *hex)
{
	const struct tspdm_claim *found = tspdm_claims_find(&tspdm_found_base(&finding->found)->claims, claim);
	char text[129] = "";

	assert_non_null(found);
	assert_non_null(hex);
	for (size_t i = 0; i < found->bytes.len && i < 64; i++)
		sprintf(text + 2 * i, "%02x", found->bytes.ptr[i]);
	assert_string_equal(text, hex);
}

static const char *text_at(const json_t *object, const char *outer, const char *inner)
{
	return json_string_value(json_object_get(json_object_get(object, outer), inner));
}

/* ---- SEV-SNP ---- */

static void judge_report(const char *name)
{
	struct tspdm_view certificates[3];
	struct tspdm_verify_input in = { .size = sizeof in, .policy = policy, .certificates = certificates };
	struct snp_case c;
	const char *wanted;
	char path[96], what[256];

	assert_true(snp_case_open(&c, name));
	in.time = snp_case_input(&c, certificates).time;
	in.certificate_count = 3;
	in.evidence = c.report;
	wanted = text_at(c.expected, "verdict", "recommended_default");
	assert_non_null(wanted);
	(void)appraise(&in);
	same_bytes("measurement", text_at(c.expected, "report", "measurement"));
	snprintf(path, sizeof path, "snp/%s", name);
	snprintf(what, sizeof what, "SEV-SNP v%u, %s, %s, VMPL %u, %.16s...", finding->of.snp.report.version,
		text_at(c.expected, "endorsement_key", "product"), c.is_vlek ? "VLEK" : "VCEK",
		finding->of.snp.report.vmpl, text_at(c.expected, "report", "measurement"));
	if (strstr(wanted, "debug") != NULL) /* the reason is the expected one */
		assert_memory_equal(verdict->reason, "policy.debug: ", 14);
	judge(path, "", &in, strncmp(wanted, "accept", 6) == 0, what);
	snp_case_close(&c);
}

static void every_sev_snp_sample_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++)
		judge_report(snp_case_names[i]);
}

/* There is no genuine report of a Turin: its key alone is read, and its chain judged. */
static void the_turin_key_is_read(void **state)
{
	static const char *const files[] = { "certs/vcek_turin_only.der", "certs/ask_turin.der",
		"certs/ark_turin.der" };
	struct tspdm_view certificates[3];
	struct snp_case milan;
	struct tspdm_snp_input in;
	struct tspdm_snp_finding *f = &finding->of.snp;

	(void)state;
	assert_true(snp_case_open(&milan, snp_case_names[1]));
	in = snp_case_input(&milan, certificates);
	for (size_t i = 0; i < 3; i++)
		certificates[i] = snp_sample(files[i]);
	in.time = TURIN_TIME;
	assert_int_equal(tspdm_snp_verify(&in, f), TSPDM_ERR_EVIDENCE_SIGNATURE); /* a report of another chip */
	assert_string_equal(f->base.anchor_name, "ARK-Turin");
	assert_int_equal(tspdm_checks_find(&f->base.checks, "chain")->result, TSPDM_CHECK_OK);
	assert_int_equal(tspdm_checks_find(&f->base.checks, "key.kind")->result, TSPDM_CHECK_OK);
	assert_non_null(strstr(tspdm_checks_find(&f->base.checks, "tcb.match")->detail, "key: fmc "));
	print_row("snp/certs/vcek_turin_only.der", "", in.time,
		"VCEK of a Turin, chain to ARK-Turin good; no report of it");
	in.no_builtin_roots = true;
	(void)!tspdm_snp_verify(&in, f);
	assert_int_equal(f->base.anchor, TSPDM_ANCHOR_NONE);
	for (size_t i = 0; i < 3; i++)
		snp_sample_free(certificates[i]);
	snp_case_close(&milan);
}

/* ---- TDX and SGX ---- */

static void judge_quote(const struct dcap_case *c, const struct dcap_set *set)
{
	struct tspdm_verify_input in = { .size = sizeof in,
		.evidence = c->quote,
		.policy = policy,
		.collateral = set->collateral,
		.time = set->time };
	bool is_td = c->tee == TSPDM_TEE_TDX, is_debug;
	const char *status = json_string_value(json_object_get(set->expected, "tcb_status"));
	const char *key = is_td ? "mr_td" : "mr_enclave";
	size_t advisories = json_array_size(json_object_get(set->expected, "advisory_ids"));
	const struct tspdm_claim *claim;
	char what[256];

	assert_non_null(status);
	(void)appraise(&in);
	is_debug = is_td ? finding->of.tdx.report.is_debug : finding->of.sgx.is_debug;
	assert_int_equal(is_debug, json_is_true(json_object_get(json_object_get(c->expected, "body"), "debug")));
	same_bytes(key, text_at(c->expected, "body", key));
	claim = tspdm_claims_find(&tspdm_found_base(&finding->found)->claims, "tcb_status");
	assert_non_null(claim);
	assert_string_equal(claim->text, status);
	assert_int_equal((is_td ? &finding->of.tdx.tcb : &finding->of.sgx.tcb)->advisory_count, advisories);
	snprintf(what, sizeof what, "%s v%u, %.16s..., TCB %s, %zu advisor%s%s", is_td ? "TDX" : "SGX", c->quote.ptr[0],
		text_at(c->expected, "body", key), status, advisories, advisories == 1 ? "y" : "ies",
		is_debug ? ", debug" : "");
	judge(c->name, set->name, &in, strcmp(status, "UpToDate") == 0 && !is_debug, what);
}

static void judge_quotes(const char *const names[])
{
	for (; *names != NULL; names++) {
		struct dcap_case c;

		assert_true(dcap_case_open(&c, *names));
		for (size_t i = 0; i < c.set_count; i++)
			judge_quote(&c, &c.sets[i]);
		dcap_case_close(&c);
	}
}

static void every_tdx_sample_has_its_status_and_verdict(void **state)
{
	(void)state;
	judge_quotes(dcap_tdx_names);
}

static void every_sgx_sample_has_its_status_and_verdict(void **state)
{
	(void)state;
	judge_quotes(dcap_sgx_names);
}

/* ---- The GPU ---- */

static void the_gpu_s_exchange_verifies(void **state)
{
	struct tspdm_view request = dcap_sample(GPU "/get_measurements.bin"),
			  response = dcap_sample(GPU "/measurements.bin");
	struct tspdm_view pem = dcap_sample(GPU "/chain.pem");
	uint8_t der[CERTIFICATES_MAX];
	struct tspdm_buffer chain = { der, sizeof der, 0 };
	struct tspdm_device_finding *device = calloc(1, sizeof *device);
	struct tspdm_device_report report = {
		.size = sizeof report, .request = request, .response = response, .time = TURIN_TIME
	};
	struct tspdm_crypto *crypto;

	(void)state;
	assert_non_null(device);
	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	assert_int_equal(tspdm_openssl_certificates(pem, &chain), TSPDM_OK);
	report.certificates = tspdm_buffer_view(&chain);
	assert_int_equal(tspdm_device_verify(crypto, &report, device), TSPDM_OK);
	assert_int_equal(device->base.anchor, TSPDM_ANCHOR_BUILTIN);
	print_row(GPU, "", report.time, "SPDM 1.1, NVIDIA GH100, 64 blocks, signed; genuine; other anchors: refused");
	report.no_builtin_roots = true;
	assert_int_equal(tspdm_device_verify(crypto, &report, device), TSPDM_ERR_EVIDENCE_ANCHOR);
	report.anchors = amd_root;
	assert_int_equal(tspdm_device_verify(crypto, &report, device), TSPDM_ERR_EVIDENCE_ANCHOR);
	tspdm_openssl_free(crypto);
	free(device);
	dcap_sample_free(request);
	dcap_sample_free(response);
	dcap_sample_free(pem);
}

/* ---- All of them ---- */

static void none_was_left_out(void **state)
{
	(void)state;
	printf("# %u rows\n", rows);
	assert_true(rows >= SNP_CASE_COUNT + 1 + 15 + 3 + 1);
}

static int open_all(void **state)
{
	(void)state;
	finding = calloc(1, sizeof *finding);
	verdict = calloc(1, sizeof *verdict);
	amd_root = dcap_sample("snp/02-milan-v2/ark.der");
	intel_root = dcap_sample("tdx/intel_sgx_root_ca.pem");
	if (finding == NULL || verdict == NULL || amd_root.len == 0 || intel_root.len == 0)
		return -1;
	return tspdm_policy_genuine(&policy) == TSPDM_OK ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	tspdm_policy_free(policy);
	dcap_sample_free(amd_root);
	dcap_sample_free(intel_root);
	free(finding);
	free(verdict);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sev_snp_sample_has_its_verdict),
		cmocka_unit_test(the_turin_key_is_read),
		cmocka_unit_test(every_tdx_sample_has_its_status_and_verdict),
		cmocka_unit_test(every_sgx_sample_has_its_status_and_verdict),
		cmocka_unit_test(the_gpu_s_exchange_verifies),
		cmocka_unit_test(none_was_left_out),
	};

	if (!snp_samples_exist() || !dcap_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata\n");
		return 77;
	}
	return cmocka_run_group_tests_name("samples", tests, open_all, close_all);
}
