/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SEV-SNP verification where one thing is wrong and all the rest is right and signed: so it is that one check which
 * refuses. Roots are the test's own, named as anchors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snp_forge.h"

static struct forged forged;
static struct tspdm_snp_finding *finding;

static enum tspdm_status verify(const struct forge_plan *plan, bool require_crl)
{
	struct tspdm_view certificates[4];
	struct tspdm_snp_input in = { .size = sizeof in, .certificates = certificates, .certificate_count = 4 };

	assert_true(forge(plan, &forged));
	certificates[0] = forged.crl;
	certificates[1] = forged.root;
	certificates[2] = forged.ek;
	certificates[3] = forged.ca;
	in.evidence =
		(struct tspdm_evidence){ TSPDM_TEE_SEV_SNP, { forged.report, sizeof forged.report }, { NULL, 0 } };
	in.roots = forged.root;
	in.time = FORGE_TIME;
	in.require_crl = require_crl;
	return tspdm_snp_verify(&in, finding);
}

static void tell(const char *name)
{
	printf("# %s\n", name);
	for (unsigned i = 0; i < finding->base.checks.count; i++)
		printf("#   %u %s %s\n", finding->base.checks.items[i].result, finding->base.checks.items[i].name,
			finding->base.checks.items[i].detail);
}

static void as_planned_is_good(struct forge_plan *p)
{
	(void)p;
}

static void hwid_as_octets(struct forge_plan *p)
{
	p->hwid_octets = true;
}

static void masked(struct forge_plan *p)
{
	memset(p->report + 0x1a0, 0, 64);
}

static void provisional(struct forge_plan *p)
{
	p->report[0x38 + 7] = 230;
}

static void unknown_reserved_bits(struct forge_plan *p)
{
	p->report[0x210] = 1;
	p->report[0x40] = 0x40;
}

static void stepping_in_the_name(struct forge_plan *p)
{
	p->ek_product = "Milan-B1";
}

static void crl_without_us(struct forge_plan *p)
{
	p->crl = true;
}

static const struct good_row {
	const char *name;
	const char *product;
	bool vlek;
	void (*change)(struct forge_plan *p);
	const char *skipped; /* a check that has to be skipped visibly */
} good_rows[] = {
	{ "Milan", "Milan", false, as_planned_is_good, "revocation" },
	{ "Genoa", "Genoa", false, as_planned_is_good, NULL },
	{ "Turin", "Turin", false, as_planned_is_good, NULL },
	{ "Turin, HWID as OCTET STRING", "Turin", false, hwid_as_octets, NULL },
	{ "Milan VLEK", "Milan", true, as_planned_is_good, "hwid" },
	{ "Turin VLEK", "Turin", true, as_planned_is_good, "hwid" },
	{ "HWID as OCTET STRING", "Milan", false, hwid_as_octets, NULL },
	{ "masked", "Milan", false, masked, "hwid" },
	{ "provisional", "Milan", false, provisional, "tcb.committed" },
	{ "unknown features", "Genoa", false, unknown_reserved_bits, "reserved" },
	{ "stepping", "Milan", false, stepping_in_the_name, NULL },
	{ "a CRL that does not name us", "Milan", false, crl_without_us, NULL },
};

static void sound_evidence_under_a_named_root_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good_rows / sizeof good_rows[0]; i++) {
		const struct good_row *row = &good_rows[i];
		struct forge_plan plan = forge_plan(row->product, row->vlek);

		row->change(&plan);
		if (verify(&plan, plan.crl) != TSPDM_OK)
			tell(row->name);
		assert_int_equal(finding->base.status, TSPDM_OK);
		assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_CONFIGURED);
		assert_string_equal(finding->product_name, row->product);
		assert_int_equal(finding->crl_checked, plan.crl);
		if (row->skipped != NULL)
			assert_int_equal(
				tspdm_checks_find(&finding->base.checks, row->skipped)->result, TSPDM_CHECK_SKIPPED);
	}
}

static void hwid_other(struct forge_plan *p)
{
	p->hwid[63] ^= 1;
}

static void hwid_short(struct forge_plan *p)
{
	p->hwid_len = 8;
}

static void hwid_odd(struct forge_plan *p)
{
	p->hwid_len = 32;
}

static void chip_id_longer(struct forge_plan *p)
{
	p->report[0x1a0 + 8] = 1;
}

static void hwid_missing(struct forge_plan *p)
{
	p->hwid_len = 0;
}

static void csp_id_in_vcek(struct forge_plan *p)
{
	p->csp_id = "CN=x";
}

static void csp_id_missing(struct forge_plan *p)
{
	p->csp_id = NULL;
}

static void hwid_in_vlek(struct forge_plan *p)
{
	p->hwid_len = 64;
}

static void tcb_other(struct forge_plan *p)
{
	p->spl[8]--;
}

static void tcb_reserved_other(struct forge_plan *p)
{
	p->spl[5] = 1;
}

static void spl_missing(struct forge_plan *p)
{
	p->has_spl[3] = false;
}

static void fmc_too_many(struct forge_plan *p)
{
	p->has_spl[9] = true;
}

static void fmc_missing(struct forge_plan *p)
{
	p->has_spl[9] = false;
}

static void spl_twice(struct forge_plan *p)
{
	p->repeated = "1.3.6.1.4.1.3704.1.3.1";
}

static void unknown_twice(struct forge_plan *p)
{
	p->repeated = "1.3.6.1.4.1.3704.1.1";
}

static void integer_not_der(struct forge_plan *p)
{
	p->long_integer = true;
}

static void says_vlek(struct forge_plan *p)
{
	p->report[0x48] = 1 << 2;
}

static void says_vcek(struct forge_plan *p)
{
	p->report[0x48] = 0;
}

static void says_reserved_key(struct forge_plan *p)
{
	p->report[0x48] = 3 << 2;
}

static void says_unsigned(struct forge_plan *p)
{
	p->report[0x48] = 7 << 2;
}

static void algorithm_0(struct forge_plan *p)
{
	p->report[0x34] = 0;
}

static void algorithm_high_byte(struct forge_plan *p)
{
	p->report[0x37] = 1;
}

static void on_p256(struct forge_plan *p)
{
	p->p256 = true;
}

static void zero_r(uint8_t *report)
{
	memset(report + 0x2a0, 0, 72);
}

static void zero_both(uint8_t *report)
{
	memset(report + 0x2a0, 0, 144);
}

static void high_r(uint8_t *report)
{
	report[0x2a0 + 48] = 1;
}

static void high_s(uint8_t *report)
{
	report[0x2a0 + 143] = 1;
}

static void padding(uint8_t *report)
{
	report[TSPDM_SNP_REPORT_LEN - 1] = 1;
}

static void tamper_zero_r(struct forge_plan *p)
{
	p->tamper = zero_r;
}

static void tamper_high_r(struct forge_plan *p)
{
	p->tamper = high_r;
}

static void tamper_high_s(struct forge_plan *p)
{
	p->tamper = high_s;
}

static void tamper_padding(struct forge_plan *p)
{
	p->tamper = padding;
}

static void masked_key_unsigned(struct forge_plan *p)
{
	p->report[0x48] = 2;
	p->tamper = zero_both;
}

static void cpuid_genoa(struct forge_plan *p)
{
	p->report[0x189] = 0x11;
}

static void cpuid_unknown(struct forge_plan *p)
{
	p->report[0x188] = 0x1b;
}

static void name_of_other_product(struct forge_plan *p)
{
	p->ek_product = "Genoa";
}

static void name_longer(struct forge_plan *p)
{
	p->ek_product = "Milano";
}

static void reported_above(struct forge_plan *p)
{
	p->report[0x38] = 3;
	p->report[0x1e0] = 3;
}

static void committed_above(struct forge_plan *p)
{
	p->report[0x1e0 + 6] = 25;
}

static void ca_of_other_kind(struct forge_plan *p)
{
	p->ca_name = "SEV-VLEK-Milan";
}

static void ca_of_other_product(struct forge_plan *p)
{
	p->ca_name = "SEV-Genoa";
}

static void root_of_other_name(struct forge_plan *p)
{
	p->root_name = "Some Root";
}

static void root_with_tail(struct forge_plan *p)
{
	p->root_name = "ARK-Milan2";
}

static void ca_is_no_ca(struct forge_plan *p)
{
	p->ca_is_no_ca = true;
}

static void ca_by_other(struct forge_plan *p)
{
	p->sign_ca_by_other = true;
}

static void ek_expired(struct forge_plan *p)
{
	p->ek_to = -1;
}

static void ek_not_yet(struct forge_plan *p)
{
	p->ek_from = 1;
}

static void ca_expired(struct forge_plan *p)
{
	p->ca_to = -1;
}

static void revoked(struct forge_plan *p)
{
	p->crl = true;
	p->crl_revokes = true;
}

static void revoked_by_a_stale_crl(struct forge_plan *p)
{
	revoked(p);
	p->crl_to = -1;
}

static void stale_crl(struct forge_plan *p)
{
	p->crl = true;
	p->crl_to = -1;
}

static void forged_crl(struct forge_plan *p)
{
	p->crl = true;
	p->crl_by_other = true;
}

static const struct bad_row {
	const char *name;
	const char *product;
	bool vlek;
	void (*change)(struct forge_plan *p);
	const char *check; /* the one that fails */
	enum tspdm_status status;
} bad_rows[] = {
	{ "HWID of another chip", "Milan", false, hwid_other, "hwid", TSPDM_ERR_EVIDENCE_HWID },
	{ "short HWID on Milan", "Milan", false, hwid_short, "hwid", TSPDM_ERR_EVIDENCE_HWID },
	{ "CHIP_ID longer than Turin's", "Turin", false, chip_id_longer, "hwid", TSPDM_ERR_EVIDENCE_HWID },
	{ "HWID of an odd length", "Milan", false, hwid_odd, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VCEK without HWID", "Milan", false, hwid_missing, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VCEK with CSP_ID", "Milan", false, csp_id_in_vcek, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VLEK without CSP_ID", "Milan", true, csp_id_missing, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VLEK with HWID", "Milan", true, hwid_in_vlek, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "key of another TCB", "Genoa", false, tcb_other, "tcb.match", TSPDM_ERR_EVIDENCE_TCB },
	{ "VLEK of another TCB", "Genoa", true, tcb_other, "tcb.match", TSPDM_ERR_EVIDENCE_TCB },
	{ "key of another reserved SPL", "Milan", false, tcb_reserved_other, "tcb.match", TSPDM_ERR_EVIDENCE_TCB },
	{ "no SNP SPL", "Milan", false, spl_missing, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "FMC on Milan", "Milan", false, fmc_too_many, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "no FMC on Turin", "Turin", false, fmc_missing, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "an SPL twice", "Milan", false, spl_twice, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "the version twice", "Milan", false, unknown_twice, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "INTEGER not in DER", "Milan", false, integer_not_der, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VCEK for a report by VLEK", "Milan", false, says_vlek, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VLEK for a report by VCEK", "Milan", true, says_vcek, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "reserved SIGNING_KEY", "Milan", false, says_reserved_key, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "SIGNING_KEY none", "Milan", false, says_unsigned, "key.kind", TSPDM_ERR_EVIDENCE_UNSIGNED },
	{ "masked key", "Milan", false, masked_key_unsigned, "key.kind", TSPDM_ERR_EVIDENCE_UNSIGNED },
	{ "algorithm 0", "Milan", false, algorithm_0, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "algorithm 0x01000001", "Milan", false, algorithm_high_byte, "report.signature",
		TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "P-256", "Milan", false, on_p256, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "R zero", "Milan", false, tamper_zero_r, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "R too large", "Milan", false, tamper_high_r, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "S too large", "Milan", false, tamper_high_s, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "bytes behind S", "Milan", false, tamper_padding, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE },
	{ "CPUID of Genoa", "Milan", false, cpuid_genoa, "product", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "CPUID of nothing known", "Milan", false, cpuid_unknown, "product", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "product name of Genoa", "Milan", false, name_of_other_product, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "product name with a tail", "Milan", false, name_longer, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "REPORTED above CURRENT", "Milan", false, reported_above, "tcb.order", TSPDM_ERR_EVIDENCE_TCB },
	{ "COMMITTED above CURRENT", "Milan", false, committed_above, "tcb.order", TSPDM_ERR_EVIDENCE_TCB },
	{ "ASVK over VCEK", "Milan", false, ca_of_other_kind, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "ASK of Genoa under ARK-Milan", "Milan", false, ca_of_other_product, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "root of another name", "Milan", false, root_of_other_name, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "root name with a tail", "Milan", false, root_with_tail, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "ASK that is no CA", "Milan", false, ca_is_no_ca, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "ASK not signed by the root", "Milan", false, ca_by_other, "chain", TSPDM_ERR_EVIDENCE_CHAIN },
	{ "VCEK over", "Milan", false, ek_expired, "chain.time", TSPDM_ERR_COLLATERAL },
	{ "VCEK not begun", "Milan", false, ek_not_yet, "chain.time", TSPDM_ERR_COLLATERAL },
	{ "ASK over", "Milan", false, ca_expired, "chain.time", TSPDM_ERR_COLLATERAL },
	{ "ASK revoked", "Milan", false, revoked, "revocation", TSPDM_ERR_REVOKED },
	{ "ASK revoked by an old CRL", "Milan", false, revoked_by_a_stale_crl, "revocation", TSPDM_ERR_REVOKED },
	{ "old CRL", "Milan", false, stale_crl, "revocation", TSPDM_ERR_COLLATERAL },
	{ "CRL by another key", "Milan", false, forged_crl, "revocation", TSPDM_ERR_COLLATERAL },
};

static void one_wrong_thing_is_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
		const struct bad_row *row = &bad_rows[i];
		struct forge_plan plan = forge_plan(row->product, row->vlek);
		const struct tspdm_check *check;

		row->change(&plan);
		(void)!verify(&plan, false);
		check = tspdm_checks_find(&finding->base.checks, row->check);
		if (finding->base.status != row->status || check == NULL || check->status != row->status)
			tell(row->name);
		assert_int_equal(finding->base.status, row->status);
		assert_non_null(check);
		assert_int_equal(check->result, TSPDM_CHECK_FAILED);
		assert_int_equal(check->status, row->status);
		assert_true(check->detail[0] != '\0');
	}
}

static void an_unsigned_report_without_certificates_is_called_unsigned(void **state)
{
	struct forge_plan plan = forge_plan("Milan", false);
	struct tspdm_snp_input in = { .size = sizeof in, .time = FORGE_TIME };

	(void)state;
	says_unsigned(&plan);
	assert_true(forge(&plan, &forged));
	in.evidence =
		(struct tspdm_evidence){ TSPDM_TEE_SEV_SNP, { forged.report, sizeof forged.report }, { NULL, 0 } };
	assert_int_equal(tspdm_snp_verify(&in, finding), TSPDM_ERR_EVIDENCE_UNSIGNED);
}

static void a_root_that_nobody_named_is_no_anchor(void **state)
{
	struct forge_plan plan = forge_plan("Turin", false);
	struct tspdm_view certificates[3];
	struct tspdm_snp_input in = { .size = sizeof in,
		.time = FORGE_TIME,
		.certificates = certificates,
		.certificate_count = 3,
		.allow_standin = true };

	(void)state;
	assert_true(forge(&plan, &forged));
	certificates[0] = forged.root;
	certificates[1] = forged.ca;
	certificates[2] = forged.ek;
	in.evidence =
		(struct tspdm_evidence){ TSPDM_TEE_SEV_SNP, { forged.report, sizeof forged.report }, { NULL, 0 } };
	assert_int_equal(tspdm_snp_verify(&in, finding), TSPDM_ERR_EVIDENCE_ANCHOR);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
}

/* The host's table is full of certificates; the caller's own come first and are not crowded out. */
static void a_flood_of_certificates_does_not_hide_the_callers(void **state)
{
	struct forge_plan plan = forge_plan("Milan", false);
	struct tspdm_view certificates[3];
	struct tspdm_snp_certificates flood = { { NULL, 0 } };
	static uint8_t room[5 * 65536];
	static uint8_t many[65536];
	struct tspdm_buffer w = { .ptr = room, .cap = sizeof room };
	struct tspdm_snp_input in = {
		.size = sizeof in, .time = FORGE_TIME, .certificates = certificates, .certificate_count = 3
	};

	(void)state;
	assert_true(forge(&plan, &forged));
	for (size_t len = 0; len + forged.ek.len <= sizeof many; len += forged.ek.len) {
		memcpy(many + len, forged.ek.ptr, forged.ek.len);
		many[len + forged.ek.len - 1] ^= 1; /* no longer signed */
		flood.vcek = flood.ask = flood.ark = flood.vlek = (struct tspdm_view){ many, len + forged.ek.len };
	}
	assert_int_equal(tspdm_snp_write_table(&w, &flood), TSPDM_OK);
	certificates[0] = forged.ek;
	certificates[1] = forged.ca;
	certificates[2] = forged.root;
	in.roots = forged.root;
	in.evidence = (struct tspdm_evidence){ TSPDM_TEE_SEV_SNP, { forged.report, sizeof forged.report },
		tspdm_buffer_view(&w) };
	assert_int_equal(tspdm_snp_verify(&in, finding), TSPDM_OK);
	assert_int_equal(tspdm_checks_find(&finding->base.checks, "certificates")->result, TSPDM_CHECK_SKIPPED);
	in.certificate_count = 0;
	assert_int_not_equal(tspdm_snp_verify(&in, finding), TSPDM_OK);
}

static int set_up(void **state)
{
	(void)state;
	finding = calloc(1, sizeof *finding);
	return finding != NULL && forge_keys_new() ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(finding);
	forge_keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_evidence_under_a_named_root_is_accepted),
		cmocka_unit_test(one_wrong_thing_is_enough),
		cmocka_unit_test(an_unsigned_report_without_certificates_is_called_unsigned),
		cmocka_unit_test(a_root_that_nobody_named_is_no_anchor),
		cmocka_unit_test(a_flood_of_certificates_does_not_hide_the_callers),
	};

	return cmocka_run_group_tests_name("snp-verify", tests, set_up, tear_down);
}
