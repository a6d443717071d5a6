/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine SEV-SNP reports, made by AMD hardware: every field, the verdict, and refusal of everything put together
 * wrongly. The answers are in expected.json beside the samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snp_case.h"

static struct snp_case cases[SNP_CASE_COUNT];
static struct tspdm_snp_finding *finding;

static int open_cases(void **state)
{
	(void)state;
	finding = calloc(1, sizeof *finding);
	for (size_t i = 0; i < SNP_CASE_COUNT; i++)
		if (!snp_case_open(&cases[i], snp_case_names[i]))
			return -1;
	return finding != NULL ? 0 : -1;
}

static int close_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++)
		snp_case_close(&cases[i]);
	free(finding);
	return 0;
}

/* Runs a verification and tells what is not as wanted. */
static void expect(const char *name, const struct tspdm_snp_input *in, enum tspdm_status want)
{
	enum tspdm_status status = tspdm_snp_verify(in, finding);

	if (status != want) {
		printf("# %s: %s instead of %s\n", name, tspdm_status_name(status), tspdm_status_name(want));
		for (unsigned i = 0; i < finding->base.checks.count; i++)
			printf("#   %u %s %s\n", finding->base.checks.items[i].result,
				finding->base.checks.items[i].name, finding->base.checks.items[i].detail);
	}
	assert_int_equal(status, want);
	assert_int_equal(finding->base.status, want);
}

static uint8_t result_of(const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&finding->base.checks, name);

	return check != NULL ? check->result : UINT8_MAX;
}

static void to_hex(struct tspdm_view bytes, char *out)
{
	out[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		sprintf(out + 2 * i, "%02x", bytes.ptr[i]);
}

static void same_tcb(const struct tspdm_claim *claim, json_t *want)
{
	size_t count = 0;

	for (; count < 8 && claim->parts[count].name != NULL; count++) {
		json_t *part = json_object_get(want, claim->parts[count].name);

		assert_true(json_is_integer(part));
		assert_int_equal(claim->parts[count].value, json_integer_value(part));
	}
	assert_int_equal(count, json_object_size(want));
}

static void same_claim(const struct tspdm_claim *claim, json_t *want)
{
	char text[256];

	switch (claim->kind) {
	case TSPDM_CLAIM_BYTES:
		assert_true(claim->bytes.len < sizeof text / 2);
		to_hex(claim->bytes, text);
		assert_string_equal(text, json_string_value(want));
		return;
	case TSPDM_CLAIM_NUMBER:
		assert_true(json_is_integer(want));
		assert_int_equal(claim->number, json_integer_value(want));
		return;
	case TSPDM_CLAIM_FLAGS:
		snprintf(text, sizeof text, "0x%llx", (unsigned long long)claim->number);
		assert_string_equal(text, json_string_value(want));
		return;
	case TSPDM_CLAIM_TEXT:
		assert_string_equal(claim->text, json_string_value(want));
		return;
	case TSPDM_CLAIM_TCB:
		same_tcb(claim, want);
		return;
	default:
		assert_int_equal(claim->kind, TSPDM_CLAIM_NULL);
		assert_true(json_is_null(want));
	}
}

static void all_claims_are_as_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[i], certificates);
		json_t *report = json_object_get(cases[i].expected, "report");
		const char *key;
		json_t *want;
		size_t compared = 0;

		expect(cases[i].name, &in, TSPDM_OK);
		assert_int_equal(finding->base.claims.lost, 0);
		json_object_foreach(report, key, want)
		{
			const struct tspdm_claim *claim = tspdm_claims_find(&finding->base.claims, key);

			if (strcmp(key, "sha256") == 0 || strcmp(key, "bytes") == 0)
				continue; /* about the file */
			if (claim == NULL)
				printf("# %s: no claim %s\n", cases[i].name, key);
			assert_non_null(claim);
			same_claim(claim, want);
			compared++;
		}
		assert_int_equal(compared, finding->base.claims.count);
	}
}

static void genuine_evidence_is_genuine(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[i], certificates);
		json_t *key = json_object_get(cases[i].expected, "endorsement_key");
		json_t *verdict = json_object_get(cases[i].expected, "verdict");
		json_t *csp_id = json_object_get(key, "csp_id");

		expect(cases[i].name, &in, TSPDM_OK);
		assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_BUILTIN);
		assert_string_equal(finding->product_name, json_string_value(json_object_get(key, "product")));
		assert_int_equal(finding->provisional, json_is_true(json_object_get(verdict, "provisional_firmware")));
		assert_int_equal(
			result_of("tcb.committed"), finding->provisional ? TSPDM_CHECK_SKIPPED : TSPDM_CHECK_OK);
		assert_string_equal(finding->csp_id, json_is_string(csp_id) ? json_string_value(csp_id) : "");
		assert_int_equal(result_of("hwid"), cases[i].is_vlek ? TSPDM_CHECK_SKIPPED : TSPDM_CHECK_OK);
		assert_int_equal(result_of("revocation"), TSPDM_CHECK_SKIPPED);
		assert_int_equal(result_of("reserved"), TSPDM_CHECK_OK);
		assert_false(finding->crl_checked);
	}
}

static void validity_is_judged_at_the_time_given(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[i], certificates);

		in.time = cases[i].not_before;
		expect(cases[i].name, &in, TSPDM_OK);
		in.time = cases[i].not_after - 1;
		expect(cases[i].name, &in, TSPDM_OK);
		in.time = cases[i].not_before - 1;
		expect(cases[i].name, &in, TSPDM_ERR_COLLATERAL);
		assert_int_equal(result_of("chain.time"), TSPDM_CHECK_FAILED);
		in.time = cases[i].not_after + 1;
		expect(cases[i].name, &in, TSPDM_ERR_COLLATERAL);
		in.time = INT64_C(4102444800); /* 2100: the roots are over too */
		expect(cases[i].name, &in, TSPDM_ERR_COLLATERAL);
		in.time = 0;
		expect(cases[i].name, &in, TSPDM_ERR_ARGUMENT);
	}
}

static void another_root_is_no_anchor(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[i], certificates);
		const char *others[] = { "certs/ark_turin.der", "certs/ask_milan.der" };

		in.no_builtin_roots = true;
		expect(cases[i].name, &in, TSPDM_ERR_EVIDENCE_ANCHOR);
		assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
		in.allow_standin = true;
		expect(cases[i].name, &in, TSPDM_ERR_EVIDENCE_ANCHOR);
		for (size_t k = 0; k < 2; k++) {
			in.roots = snp_sample(others[k]);
			expect(cases[i].name, &in, TSPDM_ERR_EVIDENCE_ANCHOR);
			snp_sample_free(in.roots);
		}
		in.roots = cases[i].ark;
		expect(cases[i].name, &in, TSPDM_OK);
		assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_CONFIGURED);
	}
}

static void a_named_root_serves_where_the_evidence_brings_none(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&cases[1], certificates);

	(void)state;
	in.certificate_count = 2;
	expect("no ARK", &in, TSPDM_ERR_COLLATERAL);
	in.roots = cases[1].ark;
	expect("named ARK", &in, TSPDM_OK);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_BUILTIN);
	in.roots = (struct tspdm_view){ (const uint8_t *)"rubbish", 7 };
	expect("roots that are none", &in, TSPDM_ERR_ARGUMENT);
}

static void the_endorsement_key_of_another_sample_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++)
		for (size_t k = 0; k < SNP_CASE_COUNT; k++) {
			struct tspdm_view certificates[3];
			struct tspdm_snp_input in = snp_case_input(&cases[k], certificates);

			if (i == k)
				continue;
			in.evidence.report = cases[i].report;
			assert_int_not_equal(tspdm_snp_verify(&in, finding), TSPDM_OK);
			assert_int_equal(result_of("report.signature"), TSPDM_CHECK_FAILED);
			assert_int_equal(result_of("chain"), TSPDM_CHECK_OK);
			if (!cases[i].is_vlek && !cases[k].is_vlek)
				assert_int_equal(result_of("hwid"), TSPDM_CHECK_FAILED);
		}
}

static void the_right_key_is_found_among_many(void **state)
{
	struct tspdm_view all[3 * SNP_CASE_COUNT];

	(void)state;
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		all[3 * i] = cases[i].ark;
		all[3 * i + 1] = cases[i].ek;
		all[3 * i + 2] = cases[i].ca;
	}
	for (size_t i = 0; i < SNP_CASE_COUNT; i++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[i], certificates);

		in.certificates = all;
		in.certificate_count = 3 * SNP_CASE_COUNT;
		expect(cases[i].name, &in, TSPDM_OK);
	}
}

static void the_intermediate_of_another_product_is_refused(void **state)
{
	static const char *const others[] = { "certs/ask_turin.der", "certs/asvk_genoa.der", "certs/asvk_milan.der" };

	(void)state;
	for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[1], certificates);

		certificates[1] = snp_sample(others[k]);
		expect(others[k], &in, TSPDM_ERR_COLLATERAL);
		assert_int_equal(result_of("chain"), TSPDM_CHECK_FAILED);
		snp_sample_free(certificates[1]);
	}
}

static void a_missing_certificate_is_told_with_its_address(void **state)
{
	static const char *const wanted[] = {
		"https://kdsintf.amd.com/vcek/v1/Genoa/"
		"d2421d976f95ce0ba849b7cc5c789122f1e59c77a037272c137ae4d188bb102adbc7c53d0302bff82a432c94a305dec7a7a270"
		"ceb19a10f0"
		"4a83316c6486968d?blSPL=10&teeSPL=00&snpSPL=25&ucodeSPL=84",
		"https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain",
		"https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain",
	};

	(void)state;
	for (size_t missing = 0; missing < 3; missing++) {
		struct tspdm_view certificates[3];
		struct tspdm_snp_input in = snp_case_input(&cases[4], certificates);
		const struct tspdm_check *chain;

		certificates[missing].len = 0;
		expect("missing certificate", &in, TSPDM_ERR_COLLATERAL);
		chain = tspdm_checks_find(&finding->base.checks, "chain");
		assert_non_null(chain);
		assert_non_null(strstr(chain->detail, wanted[missing]));
	}
}

/* The auxblob of configfs-tsm, with PEM in it, is all that is needed. */
static void the_certificate_table_of_the_host_suffices(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&cases[2], certificates);
	struct tspdm_evidence evidence;
	struct tspdm_view auxblob = cases[2].auxblob;
	uint8_t raw[16384];
	struct tspdm_buffer w = { .ptr = raw, .cap = sizeof raw };

	(void)state;
	assert_int_equal(auxblob.len, 6577);
	in.certificate_count = 0;
	in.evidence.certificates = auxblob;
	expect("auxblob", &in, TSPDM_OK);
	assert_int_equal(tspdm_write_evidence(&w, &in.evidence), TSPDM_OK);
	assert_int_equal(tspdm_read_evidence(tspdm_buffer_view(&w), &evidence), TSPDM_OK);
	in.evidence = evidence;
	expect("raw evidence", &in, TSPDM_OK);
	in.evidence.certificates = (struct tspdm_view){ NULL, 0 };
	in.certificates = &auxblob;
	in.certificate_count = 1;
	expect("auxblob given as a file", &in, TSPDM_OK);
	in.evidence.certificates = (struct tspdm_view){ auxblob.ptr, auxblob.len - 1 };
	expect("a good file beside a cut table", &in, TSPDM_OK);
	assert_int_equal(result_of("certificates"), TSPDM_CHECK_SKIPPED);
	in.certificate_count = 0;
	expect("a cut table", &in, TSPDM_ERR_COLLATERAL);
}

/* The first intermediate of Genoa is on the genuine CRL, the second is not. */
static void a_revoked_intermediate_is_refused(void **state)
{
	struct tspdm_view crl = snp_sample("crl/ark_genoa_20221031.crl");
	struct tspdm_view revoked = snp_sample("crl/ask_genoa_serial_20001_revoked.der");
	struct tspdm_view certificates[4];
	struct tspdm_snp_input in = snp_case_input(&cases[2], certificates);
	const struct tspdm_check *check;

	(void)state;
	in.time = 1673740800; /* 2023-01-15, before this VCEK was made: only "chain.time" and "revocation" matter */
	certificates[3] = crl;
	in.certificate_count = 4;
	expect("good intermediate", &in, TSPDM_ERR_COLLATERAL);
	assert_int_equal(result_of("chain.time"), TSPDM_CHECK_FAILED);
	assert_int_equal(result_of("revocation"), TSPDM_CHECK_OK);
	assert_true(finding->crl_checked);
	certificates[1] = revoked;
	assert_int_not_equal(tspdm_snp_verify(&in, finding), TSPDM_OK);
	check = tspdm_checks_find(&finding->base.checks, "revocation");
	assert_int_equal(check->status, TSPDM_ERR_REVOKED);
	assert_non_null(strstr(check->detail, "https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain"));
	assert_false(finding->crl_checked);
	snp_sample_free(crl);
	snp_sample_free(revoked);
}

static void a_crl_that_is_stale_forged_or_missing_is_told(void **state)
{
	struct tspdm_view crl = snp_sample("crl/ark_genoa_20221031.crl");
	struct tspdm_view certificates[4];
	struct tspdm_snp_input in = snp_case_input(&cases[2], certificates);
	uint8_t *forged = malloc(crl.len);

	(void)state;
	certificates[3] = crl;
	in.certificate_count = 4;
	expect("stale", &in, TSPDM_ERR_COLLATERAL);
	assert_int_equal(result_of("revocation"), TSPDM_CHECK_FAILED);
	memcpy(forged, crl.ptr, crl.len);
	forged[crl.len - 1] ^= 1;
	certificates[3].ptr = forged;
	expect("forged", &in, TSPDM_ERR_COLLATERAL);
	in.certificate_count = 3;
	in.require_crl = true;
	expect("missing", &in, TSPDM_ERR_COLLATERAL);
	in.require_crl = false;
	expect("not asked for", &in, TSPDM_OK);
	/* a CRL of another root says nothing */
	in = snp_case_input(&cases[1], certificates);
	certificates[3] = crl;
	in.certificate_count = 4;
	expect("of another root", &in, TSPDM_OK);
	assert_false(finding->crl_checked);
	in.require_crl = true;
	expect("of another root, required", &in, TSPDM_ERR_COLLATERAL);
	free(forged);
	snp_sample_free(crl);
}

/* There is no Turin report to be had, but a Turin VCEK: FMC level, HWID of 8 bytes. */
static void a_turin_key_is_read_and_its_chain_verifies(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&cases[1], certificates);
	const struct tspdm_check *tcb;

	(void)state;
	certificates[0] = snp_sample("certs/vcek_turin_only.der");
	certificates[1] = snp_sample("certs/ask_turin.der");
	certificates[2] = snp_sample("certs/ark_turin.der");
	in.time = 1767225600; /* 2026-01-01 */
	expect("Turin key for a Milan report", &in, TSPDM_ERR_EVIDENCE_SIGNATURE);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_BUILTIN);
	assert_string_equal(finding->base.anchor_name, "ARK-Turin");
	assert_int_equal(result_of("chain"), TSPDM_CHECK_OK);
	assert_int_equal(result_of("chain.time"), TSPDM_CHECK_OK);
	assert_int_equal(result_of("key.kind"), TSPDM_CHECK_OK);
	assert_int_equal(result_of("hwid"), TSPDM_CHECK_FAILED);
	tcb = tspdm_checks_find(&finding->base.checks, "tcb.match");
	assert_int_equal(tcb->status, TSPDM_ERR_EVIDENCE_TCB);
	assert_non_null(strstr(tcb->detail, "key: fmc "));
	for (size_t i = 0; i < 3; i++)
		snp_sample_free(certificates[i]);
}

static void only_a_whole_report_is_parsed(void **state)
{
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = snp_case_input(&cases[1], certificates);

	(void)state;
	for (size_t len = 0; len < TSPDM_SNP_REPORT_LEN; len++) {
		in.evidence.report.len = len;
		expect("cut report", &in, TSPDM_ERR_EVIDENCE_FORM);
	}
	in.evidence.report.len = TSPDM_SNP_REPORT_LEN;
	in.evidence.tee = TSPDM_TEE_TDX;
	expect("another TEE", &in, TSPDM_ERR_EVIDENCE_FORM);
	in.evidence.tee = TSPDM_TEE_SEV_SNP;
	in.size -= 1;
	expect("a shorter input", &in, TSPDM_ERR_ARGUMENT);
	in.size += 1;
	in.reserved[4] = 1;
	expect("an unknown option", &in, TSPDM_ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_claims_are_as_expected),
		cmocka_unit_test(genuine_evidence_is_genuine),
		cmocka_unit_test(validity_is_judged_at_the_time_given),
		cmocka_unit_test(another_root_is_no_anchor),
		cmocka_unit_test(a_named_root_serves_where_the_evidence_brings_none),
		cmocka_unit_test(the_endorsement_key_of_another_sample_is_refused),
		cmocka_unit_test(the_right_key_is_found_among_many),
		cmocka_unit_test(the_intermediate_of_another_product_is_refused),
		cmocka_unit_test(a_missing_certificate_is_told_with_its_address),
		cmocka_unit_test(the_certificate_table_of_the_host_suffices),
		cmocka_unit_test(a_revoked_intermediate_is_refused),
		cmocka_unit_test(a_crl_that_is_stale_forged_or_missing_is_told),
		cmocka_unit_test(a_turin_key_is_read_and_its_chain_verifies),
		cmocka_unit_test(only_a_whole_report_is_parsed),
	};

	if (!snp_samples_exist()) {
		printf("1..0 # SKIP no samples in " TSPDM_SHARED_DIR "/testdata/snp\n");
		return 77;
	}
	return cmocka_run_group_tests_name("snp", tests, open_cases, close_cases);
}
