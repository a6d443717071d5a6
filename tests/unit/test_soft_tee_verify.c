/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE against the SEV-SNP verifier: accepted only when the stand-in is allowed, and each defect is refused
 * for its own reason. */
#include "soft_tee_help.h"

#include <stdlib.h>

static struct tspdm_snp_finding *verify(const struct tspdm_soft_tee_config *config, bool allow_standin)
{
	struct tspdm_evidence_source *source = make_source(config);
	struct tspdm_evidence_job *job = begin(source, 0x5A);
	struct tspdm_snp_input input = { .size = sizeof input, .allow_standin = allow_standin, .time = NOW };
	struct tspdm_snp_finding *finding = calloc(1, sizeof *finding);
	enum tspdm_status status;

	assert_non_null(finding);
	input.evidence = finish(source, job);
	status = tspdm_snp_verify(&input, finding);
	assert_int_equal(status, finding->base.status);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	return finding;
}

static void each_version_product_and_signer(void (*check)(const struct tspdm_soft_tee_config *config))
{
	static const uint32_t versions[] = { 2, 3, 5 };
	static const enum tspdm_snp_product products[] = { TSPDM_SNP_MILAN, TSPDM_SNP_GENOA, TSPDM_SNP_TURIN };

	for (size_t v = 0; v < 3; v++)
		for (size_t p = 0; p < 3; p++)
			for (int use_vlek = 0; use_vlek < 2; use_vlek++) {
				struct tspdm_soft_tee_config config = honest();

				config.report_version = versions[v];
				config.product = products[p];
				config.use_vlek = use_vlek;
				check(&config);
			}
}

static void check_allowed(const struct tspdm_soft_tee_config *config)
{
	struct tspdm_snp_finding *finding = verify(config, true);

	assert_int_equal(finding->base.status, TSPDM_OK);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_STANDIN);
	assert_int_equal(finding->product, config->product);
	assert_int_equal(finding->report.version, config->report_version);
	assert_int_equal(finding->report.signing_key, config->use_vlek ? TSPDM_SNP_VLEK : TSPDM_SNP_VCEK);
	assert_int_equal(finding->csp_id[0] != '\0', config->use_vlek);
	assert_int_equal(finding->report.report_data[63], 0x5A);
	assert_true(finding->report.reserved_is_zero);
	assert_false(finding->provisional);
	free(finding);
}

static void sound_evidence_verifies_where_the_stand_in_is_allowed(void **state)
{
	(void)state;
	each_version_product_and_signer(check_allowed);
}

static void check_refused(const struct tspdm_soft_tee_config *config)
{
	struct tspdm_snp_finding *finding = verify(config, false);

	assert_int_equal(finding->base.status, TSPDM_ERR_EVIDENCE_SOFT);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
	free(finding);
}

static void sound_evidence_is_refused_where_it_is_not(void **state)
{
	(void)state;
	each_version_product_and_signer(check_refused);
}

static const struct defect {
	enum tspdm_soft_defect defect;
	enum tspdm_status status;
	const char *check; /* the one that fails */
	const char *also;  /* another one that follows from it */
} defects[] = {
	{ TSPDM_SOFT_FLIP_SIGNATURE, TSPDM_ERR_EVIDENCE_SIGNATURE, "report.signature" },
	{ TSPDM_SOFT_FLIP_REPORT, TSPDM_ERR_EVIDENCE_SIGNATURE, "report.signature" },
	{ TSPDM_SOFT_WRONG_HWID, TSPDM_ERR_EVIDENCE_HWID, "hwid" },
	{ TSPDM_SOFT_WRONG_TCB, TSPDM_ERR_EVIDENCE_TCB, "tcb.match" },
	{ TSPDM_SOFT_EXPIRED, TSPDM_ERR_COLLATERAL, "chain.time" },
	{ TSPDM_SOFT_FOREIGN_ROOT, TSPDM_ERR_EVIDENCE_ANCHOR, "anchor" },
	{ TSPDM_SOFT_UNSIGNED, TSPDM_ERR_EVIDENCE_UNSIGNED, "key.kind", "report.signature" },
	{ TSPDM_SOFT_REVOKED, TSPDM_ERR_REVOKED, "revocation" },
	{ TSPDM_SOFT_WRONG_KEY_KIND, TSPDM_ERR_EVIDENCE_CHAIN, "key.kind" },
};

static void each_defect_is_refused_for_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
		struct tspdm_soft_tee_config config = honest();
		struct tspdm_snp_finding *finding;
		const struct tspdm_check *check;

		config.defects = defects[i].defect;
		finding = verify(&config, true);
		check = tspdm_checks_find(&finding->base.checks, defects[i].check);
		if (finding->base.status != defects[i].status || check == NULL || check->status != defects[i].status)
			fail_msg("defect %#x: %s, %s", (unsigned)defects[i].defect,
				tspdm_status_name(finding->base.status), check != NULL ? check->detail : "no check");
		free(finding);
	}
}

static void a_defect_fails_no_check_but_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
		struct tspdm_soft_tee_config config = honest();
		struct tspdm_snp_finding *finding;

		config.defects = defects[i].defect;
		finding = verify(&config, true);
		for (unsigned c = 0; c < finding->base.checks.count; c++) {
			const struct tspdm_check *check = &finding->base.checks.items[c];

			if (check->result != TSPDM_CHECK_FAILED || strcmp(check->name, defects[i].check) == 0)
				continue;
			if (defects[i].also == NULL || strcmp(check->name, defects[i].also) != 0)
				fail_msg("defect %#x: also %s, %s", (unsigned)defects[i].defect, check->name,
					check->detail);
		}
		free(finding);
	}
}

static void without_certificates_nothing_is_accepted(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_snp_finding *finding;

	(void)state;
	config.defects = TSPDM_SOFT_NO_CERTIFICATES;
	finding = verify(&config, true);
	assert_int_equal(finding->base.status, TSPDM_ERR_COLLATERAL);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
	free(finding);
}

/* What is genuine but unwanted is the policy's business, and about another request the binding's. */
static void defects_of_content_are_left_to_policy_and_binding(void **state)
{
	static const struct {
		enum tspdm_soft_defect defect;
		uint64_t policy;
		uint8_t report_data;
	} rows[] = {
		{ TSPDM_SOFT_DEBUG, TSPDM_SNP_POLICY_DEBUG, 0x5A },
		{ TSPDM_SOFT_MIGRATION, TSPDM_SNP_POLICY_MIGRATE_MA, 0x5A },
		{ TSPDM_SOFT_WRONG_REPORT_DATA, 0, 0xA5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tspdm_soft_tee_config config = honest();
		struct tspdm_snp_finding *finding;

		config.defects = rows[i].defect;
		finding = verify(&config, true);
		assert_int_equal(finding->base.status, TSPDM_OK);
		assert_int_equal(finding->report.policy & (TSPDM_SNP_POLICY_DEBUG | TSPDM_SNP_POLICY_MIGRATE_MA),
			rows[i].policy);
		assert_int_equal(finding->report.report_data[0], rows[i].report_data);
		free(finding);
	}
}

static void tdx_quotes_are_no_snp_evidence(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_snp_finding *finding;

	(void)state;
	config.kind = TSPDM_TEE_TDX;
	finding = verify(&config, true);
	assert_int_equal(finding->base.status, TSPDM_ERR_EVIDENCE_FORM);
	free(finding);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_evidence_verifies_where_the_stand_in_is_allowed),
		cmocka_unit_test(sound_evidence_is_refused_where_it_is_not),
		cmocka_unit_test(each_defect_is_refused_for_its_own_reason),
		cmocka_unit_test(a_defect_fails_no_check_but_its_own),
		cmocka_unit_test(without_certificates_nothing_is_accepted),
		cmocka_unit_test(defects_of_content_are_left_to_policy_and_binding),
		cmocka_unit_test(tdx_quotes_are_no_snp_evidence),
	};

	return cmocka_run_group_tests_name("soft_tee_verify", tests, NULL, NULL);
}
