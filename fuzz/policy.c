/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes reading policies (tspdm_policy_read) and judging by them (tspdm_appraise): the input is the policy's text. What is
 * refused says why and leaves nothing behind; what is taken judges a subject without ever accepting one that is not
 * genuine, not bound, or not proved to hold its key. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/appraisal.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tspdm_snp_finding finding;
static struct tspdm_verdict verdict;

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static void make_genuine(uint8_t variant)
{
	memset(&finding, 0, sizeof finding);
	finding.base.tee = TSPDM_TEE_SEV_SNP;
	finding.base.anchor = (enum tspdm_anchor_kind)(variant % 4);
	tspdm_checks_add(&finding.base.checks, "report.signature", TSPDM_OK, NULL);
	finding.product = (enum tspdm_snp_product)(variant / 4 % 4);
	finding.report.version = 3;
	finding.report.reserved_is_zero = true;
	finding.report.policy = TSPDM_SNP_POLICY_RESERVED_ONE | TSPDM_SNP_POLICY_SMT;
	finding.report.vmpl = variant / 16;
	memset(finding.report.measurement, variant, sizeof finding.report.measurement);
}

static bool is_accepted(const struct tspdm_policy *policy, const struct tspdm_subject *subject)
{
	memset(&verdict, 0xA5, sizeof verdict);
	tspdm_appraise(policy, subject, &verdict);
	check(memchr(verdict.reason, '\0', sizeof verdict.reason) != NULL);
	check((verdict.status == TSPDM_OK) ==
		(verdict.kind == TSPDM_VERDICT_ACCEPT || verdict.kind == TSPDM_VERDICT_WARN));
	return verdict.status == TSPDM_OK;
}

static void judge(const struct tspdm_policy *policy, uint8_t variant)
{
	static const uint8_t leaf[] = { 0x30, 0 };
	struct tspdm_negotiated negotiated = {
		.version = TSPDM_V12, .asym = TSPDM_ASYM_ECDSA_P384, .hash = TSPDM_HASH_SHA384
	};
	struct tspdm_identity identity = { .is_authenticated = true, .leaf = { leaf, sizeof leaf } };
	struct tspdm_subject subject = {
		.name = "fuzz", .evidence = { .snp = &finding }, .evidence_wanted = true, .time = 1
	};

	make_genuine(variant);
	(void)is_accepted(policy, &subject);
	subject.negotiated = &negotiated;
	subject.identity = &identity;
	check(!is_accepted(policy, &subject)); /* bound to nothing */
	tspdm_checks_add(&subject.binding, "binding.measurement", TSPDM_OK, NULL);
	tspdm_checks_add(&subject.binding, "binding.certificate", TSPDM_OK, NULL);
	if (is_accepted(policy, &subject))
		check(verdict.entry >= 0 && finding.base.anchor != TSPDM_ANCHOR_NONE);
	identity.is_authenticated = false;
	check(!is_accepted(policy, &subject));
	identity.is_authenticated = true;
	finding.base.status = TSPDM_ERR_EVIDENCE_SIGNATURE;
	check(!is_accepted(policy, &subject));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_policy *policy = NULL;
	char why[64] = "";

	if (tspdm_policy_read((struct tspdm_view){ data, size }, &policy, why, sizeof why) != TSPDM_OK) {
		check(policy == NULL && why[0] != '\0' && memchr(why, '\0', sizeof why) != NULL);
		return 0;
	}
	for (unsigned variant = 0; variant < 96; variant++)
		judge(policy, (uint8_t)variant);
	tspdm_policy_free(policy);
	return 0;
}
