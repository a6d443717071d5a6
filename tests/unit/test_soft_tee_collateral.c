/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's collateral against the verifiers: its machine is up to date by it, each defect that it shows is
 * refused for its own reason, and nothing of it may be altered. */
#include "soft_tee_help.h"

#include <stdio.h>
#include <stdlib.h>

#include <tspdm/appraisal.h>

enum { FILES_MAX = 8, FILE_MAX = 16384, DAY = 86400 };

static struct {
	char name[64];
	uint8_t bytes[FILE_MAX];
	size_t len;
} files[FILES_MAX];
static unsigned file_count;

static enum tspdm_status keep(void *context, const char *name, struct tspdm_view content)
{
	(void)context;
	assert_true(file_count < FILES_MAX && content.len <= FILE_MAX);
	snprintf(files[file_count].name, sizeof files[0].name, "%s", name);
	memcpy(files[file_count].bytes, content.ptr, content.len);
	files[file_count++].len = content.len;
	return TSPDM_OK;
}

static struct tspdm_view file_named(const char *name)
{
	for (unsigned i = 0; i < file_count; i++)
		if (strcmp(files[i].name, name) == 0)
			return (struct tspdm_view){ files[i].bytes, files[i].len };
	fail_msg("no file %s", name);
	return (struct tspdm_view){ NULL, 0 };
}

static struct tspdm_soft_tee_config playing(enum tspdm_tee kind, uint32_t version, uint32_t defects)
{
	struct tspdm_soft_tee_config config = honest();

	config.kind = kind;
	config.report_version = version;
	config.defects = defects;
	return config;
}

static struct tspdm_evidence_source *publish(const struct tspdm_soft_tee_config *config)
{
	struct tspdm_evidence_source *source = make_source(config);

	file_count = 0;
	assert_int_equal(tspdm_soft_tee_collateral(source, keep, NULL), TSPDM_OK);
	return source;
}

/* The files as they are now; UpToDate alone is accepted, CRLs are demanded. */
static struct tspdm_dcap_input input_at(int64_t time)
{
	return (struct tspdm_dcap_input){
		.size = sizeof(struct tspdm_dcap_input),
		.collateral = {
			.tcb_info = file_named("tcb_info.json"),
			.qe_identity = file_named("qe_identity.json"),
			.tcb_signing_chain = file_named("tcb_signing_chain.pem"),
			.pck_crl = file_named("pck_crl.der"),
			.pck_crl_issuer_chain = file_named("pck_crl_issuer_chain.pem"),
			.root_ca_crl = file_named("root_ca_crl.der"),
		},
		.allow_standin = true,
		.require_crl = true,
		.time = time,
	};
}

static struct tspdm_sgx_finding *verify_enclave(struct tspdm_evidence_source *source)
{
	struct tspdm_evidence_job *job = begin(source, 0x5A);
	struct tspdm_sgx_finding *finding = calloc(1, sizeof *finding);
	struct tspdm_dcap_input input = input_at(NOW);
	enum tspdm_status status;

	assert_non_null(finding);
	input.evidence = finish(source, job);
	status = tspdm_sgx_verify(&input, finding);
	assert_int_equal(status, finding->base.status);
	source->ops->end(source, job);
	return finding;
}

static struct tspdm_tdx_finding *verify_quote(struct tspdm_evidence_source *source, int64_t time)
{
	struct tspdm_evidence_job *job = begin(source, 0x5A);
	struct tspdm_tdx_finding *finding = calloc(1, sizeof *finding);
	struct tspdm_dcap_input input = input_at(time);
	enum tspdm_status status;

	assert_non_null(finding);
	input.evidence = finish(source, job);
	status = tspdm_tdx_verify(&input, finding);
	assert_int_equal(status, finding->base.status);
	source->ops->end(source, job);
	return finding;
}

static void the_machine_is_up_to_date_by_its_own_collateral(void **state)
{
	(void)state;
	for (uint32_t version = 4; version <= 5; version++) {
		const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, version, 0);
		struct tspdm_evidence_source *source = publish(&config);
		struct tspdm_tdx_finding *finding = verify_quote(source, NOW);

		assert_int_equal(finding->base.status, TSPDM_OK);
		assert_int_equal(finding->quote.version, version);
		assert_int_equal(finding->report.is_td15, version == 5);
		assert_int_equal(finding->tcb.status, TSPDM_TCB_UP_TO_DATE);
		assert_string_equal(finding->tcb.module_id, "TDX_01");
		assert_int_equal(finding->tcb.evaluation_number, 17);
		assert_int_equal(finding->tcb.advisory_count, 0);
		assert_true(finding->crl_checked);
		free(finding);
		tspdm_soft_tee_free(source);
	}
}

static void an_enclave_is_up_to_date_as_well(void **state)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_SGX, 0, 0);
	struct tspdm_evidence_source *source = publish(&config);
	struct tspdm_sgx_finding *finding = verify_enclave(source);
	uint8_t report_data[64];

	(void)state;
	memset(report_data, 0x5A, sizeof report_data);
	assert_int_equal(finding->base.status, TSPDM_OK);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_STANDIN);
	assert_int_equal(finding->quote.version, 3);
	assert_int_equal(finding->tcb.status, TSPDM_TCB_UP_TO_DATE);
	assert_memory_equal(finding->report.report_data, report_data, sizeof report_data);
	assert_int_equal(finding->report.isv_prod_id, 1);
	assert_false(finding->is_debug);
	assert_true(finding->crl_checked);
	free(finding);
	tspdm_soft_tee_free(source);
}

static const struct defect {
	enum tspdm_soft_defect defect;
	enum tspdm_status status;
	const char *check;
} defects[] = {
	{ TSPDM_SOFT_WRONG_TCB, TSPDM_ERR_TCB_STATUS, "tcb.status" },
	{ TSPDM_SOFT_WRONG_HWID, TSPDM_ERR_COLLATERAL, "tcb.platform" },
	{ TSPDM_SOFT_REVOKED, TSPDM_ERR_REVOKED, "revocation" },
	{ TSPDM_SOFT_FLIP_SIGNATURE, TSPDM_ERR_EVIDENCE_SIGNATURE, "quote.signature" },
	{ TSPDM_SOFT_FLIP_REPORT, TSPDM_ERR_EVIDENCE_SIGNATURE, "quote.signature" },
	{ TSPDM_SOFT_FOREIGN_ROOT, TSPDM_ERR_EVIDENCE_ANCHOR, "anchor" },
	{ TSPDM_SOFT_EXPIRED, TSPDM_ERR_COLLATERAL, "chain.time" },
	{ TSPDM_SOFT_DEBUG, TSPDM_ERR_POLICY, "policy.debug" },
};

static void each_defect_is_refused_for_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof defects / sizeof defects[0]; i++) {
		const struct defect *d = &defects[i / 2];
		const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4 + i % 2, (uint32_t)d->defect);
		struct tspdm_evidence_source *source = publish(&config);
		struct tspdm_tdx_finding *finding = verify_quote(source, NOW);
		const struct tspdm_check *check = tspdm_checks_find(&finding->base.checks, d->check);

		if (finding->base.status != d->status || check == NULL || check->result != TSPDM_CHECK_FAILED)
			fail_msg("defect %#x, version %u: %s", (unsigned)d->defect, config.report_version,
				tspdm_status_text(finding->base.status));
		free(finding);
		tspdm_soft_tee_free(source);
	}
}

static void each_defect_of_an_enclave_is_refused_for_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
		const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_SGX, 3, (uint32_t)defects[i].defect);
		struct tspdm_evidence_source *source = publish(&config);
		struct tspdm_sgx_finding *finding = verify_enclave(source);
		const struct tspdm_check *check = tspdm_checks_find(&finding->base.checks, defects[i].check);

		if (finding->base.status != defects[i].status || check == NULL || check->result != TSPDM_CHECK_FAILED)
			fail_msg("defect %#x: %s", config.defects, tspdm_status_text(finding->base.status));
		free(finding);
		tspdm_soft_tee_free(source);
	}
}

/* One set of files is not taken for the other. */
static void collateral_of_tdx_is_none_of_sgx(void **state)
{
	const struct tspdm_soft_tee_config tdx = playing(TSPDM_TEE_TDX, 4, 0), sgx = playing(TSPDM_TEE_SGX, 3, 0);
	struct tspdm_evidence_source *enclave = make_source(&sgx), *td = publish(&tdx);
	struct tspdm_sgx_finding *finding = verify_enclave(enclave);

	(void)state;
	assert_int_equal(finding->base.status, TSPDM_ERR_COLLATERAL);
	free(finding);
	tspdm_soft_tee_free(enclave);
	tspdm_soft_tee_free(td);
}

static void what_is_out_of_date_says_so_with_its_advisory(void **state)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4, TSPDM_SOFT_WRONG_TCB);
	struct tspdm_evidence_source *source = publish(&config);
	struct tspdm_tdx_finding *finding = verify_quote(source, NOW);

	(void)state;
	assert_int_equal(finding->tcb.status, TSPDM_TCB_OUT_OF_DATE);
	assert_int_equal(finding->tcb.advisory_count, 1);
	free(finding);
	tspdm_soft_tee_free(source);
}

static void nothing_of_it_may_be_altered(void **state)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4, 0);
	struct tspdm_evidence_source *source = publish(&config);
	static const char *const names[] = { "tcb_info.json", "qe_identity.json", "tcb_signing_chain.pem",
		"pck_crl.der", "root_ca_crl.der" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct tspdm_view file = file_named(names[i]);
		uint8_t *bytes = (uint8_t *)file.ptr;
		struct tspdm_tdx_finding *finding;

		bytes[file.len / 3] ^= 1;
		finding = verify_quote(source, NOW);
		if (finding->base.status == TSPDM_OK)
			fail_msg("%s was altered, and is believed", names[i]);
		free(finding);
		bytes[file.len / 3] ^= 1;
	}
	tspdm_soft_tee_free(source);
}

static void it_is_valid_for_its_month_alone(void **state)
{
	static const int64_t times[] = { NOW - 2 * DAY, NOW + 31 * DAY };
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4, 0);
	struct tspdm_evidence_source *source = publish(&config);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tspdm_tdx_finding *finding = verify_quote(source, times[i]);

		assert_int_equal(finding->base.status, TSPDM_ERR_COLLATERAL);
		free(finding);
	}
	tspdm_soft_tee_free(source);
}

static void collateral_of_one_chip_is_no_other_roots(void **state)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4, 0);
	const struct tspdm_soft_tee_config foreign = playing(TSPDM_TEE_TDX, 4, TSPDM_SOFT_FOREIGN_ROOT);
	struct tspdm_evidence_source *source = make_source(&config), *other = publish(&foreign);
	struct tspdm_tdx_finding *finding = verify_quote(source, NOW);

	(void)state;
	assert_int_equal(finding->base.status, TSPDM_ERR_COLLATERAL);
	free(finding);
	tspdm_soft_tee_free(source);
	tspdm_soft_tee_free(other);
}

static enum tspdm_status verify_report(uint32_t defect)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_SEV_SNP, 3, 0);
	const struct tspdm_soft_tee_config publisher = playing(TSPDM_TEE_SEV_SNP, 3, defect);
	struct tspdm_evidence_source *source = make_source(&config), *other = publish(&publisher);
	struct tspdm_evidence_job *job = begin(source, 1);
	const struct tspdm_view certificates[] = { file_named("ask.der"), file_named("ark.der"),
		file_named("crl.der") };
	struct tspdm_snp_input input = { .size = sizeof input,
		.certificates = certificates,
		.certificate_count = 3,
		.allow_standin = true,
		.require_crl = true,
		.time = NOW };
	struct tspdm_snp_finding *finding = calloc(1, sizeof *finding);
	enum tspdm_status status;

	assert_non_null(finding);
	input.evidence = finish(source, job);
	status = tspdm_snp_verify(&input, finding);
	assert_true(status != TSPDM_OK || finding->crl_checked);
	free(finding);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	tspdm_soft_tee_free(other);
	return status;
}

static void a_report_is_judged_by_its_crl_too(void **state)
{
	(void)state;
	assert_int_equal(verify_report(0), TSPDM_OK);
	assert_int_equal(verify_report(TSPDM_SOFT_REVOKED), TSPDM_ERR_REVOKED);
}

static enum tspdm_status stop(void *context, const char *name, struct tspdm_view content)
{
	(void)name;
	(void)content;
	return --*(int *)context != 0 ? TSPDM_OK : TSPDM_ERR_SYSTEM;
}

static void a_writer_that_fails_ends_it(void **state)
{
	(void)state;
	for (int at = 1; at <= 9; at++) {
		const struct tspdm_soft_tee_config config = playing(at <= 6 ? TSPDM_TEE_TDX : TSPDM_TEE_SEV_SNP, 0, 0);
		struct tspdm_evidence_source *source = make_source(&config);
		int left = at <= 6 ? at : at - 6;

		assert_int_equal(tspdm_soft_tee_collateral(source, stop, &left), TSPDM_ERR_SYSTEM);
		assert_int_equal(left, 0);
		tspdm_soft_tee_free(source);
	}
}

static void missing_arguments_are_refused(void **state)
{
	const struct tspdm_soft_tee_config config = playing(TSPDM_TEE_TDX, 4, 0);
	struct tspdm_evidence_source *source = make_source(&config);

	(void)state;
	assert_int_equal(tspdm_soft_tee_collateral(NULL, keep, NULL), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_soft_tee_collateral(source, NULL, NULL), TSPDM_ERR_ARGUMENT);
	tspdm_soft_tee_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_is_up_to_date_by_its_own_collateral),
		cmocka_unit_test(an_enclave_is_up_to_date_as_well),
		cmocka_unit_test(each_defect_is_refused_for_its_own_reason),
		cmocka_unit_test(each_defect_of_an_enclave_is_refused_for_its_own_reason),
		cmocka_unit_test(collateral_of_tdx_is_none_of_sgx),
		cmocka_unit_test(what_is_out_of_date_says_so_with_its_advisory),
		cmocka_unit_test(nothing_of_it_may_be_altered),
		cmocka_unit_test(it_is_valid_for_its_month_alone),
		cmocka_unit_test(collateral_of_one_chip_is_no_other_roots),
		cmocka_unit_test(a_report_is_judged_by_its_crl_too),
		cmocka_unit_test(a_writer_that_fails_ends_it),
		cmocka_unit_test(missing_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
