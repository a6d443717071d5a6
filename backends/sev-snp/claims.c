/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a report says, as claims. */
#include "internal.h"

static void claim_tcb(struct tspdm_claims *claims, const char *name, const struct tspdm_snp_tcb *tcb)
{
	struct tspdm_claim *claim = tspdm_claims_add(claims, name, TSPDM_CLAIM_TCB);
	unsigned i = 0;

	if (claim == NULL)
		return;
	if (tcb->has_fmc) {
		claim->parts[i].name = "fmc";
		claim->parts[i++].value = tcb->fmc;
	}
	claim->parts[i].name = "bootloader";
	claim->parts[i++].value = tcb->bootloader;
	claim->parts[i].name = "tee";
	claim->parts[i++].value = tcb->tee;
	claim->parts[i].name = "snp";
	claim->parts[i++].value = tcb->snp;
	claim->parts[i].name = "microcode";
	claim->parts[i].value = tcb->microcode;
}

static const char *signing_key_name(uint8_t signing_key)
{
	switch (signing_key) {
	case TSPDM_SNP_VCEK:
		return "VCEK";
	case TSPDM_SNP_VLEK:
		return "VLEK";
	case TSPDM_SNP_UNSIGNED:
		return "none";
	default:
		return "reserved";
	}
}

static void claim_version(struct tspdm_claims *claims, const char *name, const uint8_t version[3])
{
	tspdm_claims_text(claims, name, "%u.%u.%u", version[0], version[1], version[2]);
}

static void claim_cpuid(struct tspdm_claims *claims, const struct tspdm_snp_report *report)
{
	if (report->version < 3)
		tspdm_claims_null(claims, "cpuid_fam_mod_step");
	else
		tspdm_claims_text(claims, "cpuid_fam_mod_step", "%02x%02x%02x", report->cpuid_family,
			report->cpuid_model, report->cpuid_stepping);
}

static void claim_mitigations(struct tspdm_claims *claims, const struct tspdm_snp_report *report)
{
	if (report->version < 5) {
		tspdm_claims_null(claims, "launch_mit_vector");
		tspdm_claims_null(claims, "current_mit_vector");
		return;
	}
	tspdm_claims_number(claims, "launch_mit_vector", report->launch_mit_vector);
	tspdm_claims_number(claims, "current_mit_vector", report->current_mit_vector);
}

#define FIELD(array) ((struct tspdm_view){ (array), sizeof(array) })

static void claim_identity(struct tspdm_claims *claims, const struct tspdm_snp_report *report)
{
	tspdm_claims_bytes(claims, "report_data", FIELD(report->report_data));
	tspdm_claims_bytes(claims, "measurement", FIELD(report->measurement));
	tspdm_claims_bytes(claims, "host_data", FIELD(report->host_data));
	tspdm_claims_bytes(claims, "id_key_digest", FIELD(report->id_key_digest));
	tspdm_claims_bytes(claims, "author_key_digest", FIELD(report->author_key_digest));
	tspdm_claims_bytes(claims, "report_id", FIELD(report->report_id));
	tspdm_claims_bytes(claims, "report_id_ma", FIELD(report->report_id_ma));
}

void tspdm_snp_claims(struct tspdm_snp_finding *finding)
{
	const struct tspdm_snp_report *report = &finding->report;
	struct tspdm_claims *claims = &finding->base.claims;

	*claims = (struct tspdm_claims){ 0 };
	tspdm_claims_number(claims, "version", report->version);
	tspdm_claims_number(claims, "guest_svn", report->guest_svn);
	tspdm_claims_flags(claims, "policy", report->policy);
	tspdm_claims_bytes(claims, "family_id", FIELD(report->family_id));
	tspdm_claims_bytes(claims, "image_id", FIELD(report->image_id));
	tspdm_claims_number(claims, "vmpl", report->vmpl);
	tspdm_claims_number(claims, "signature_algo", report->signature_algorithm);
	claim_tcb(claims, "current_tcb", &finding->current);
	tspdm_claims_flags(claims, "platform_info", report->platform_info);
	tspdm_claims_flags(claims, "key_info", report->key_info);
	tspdm_claims_text(claims, "signing_key", "%s", signing_key_name(report->signing_key));
	claim_identity(claims, report);
	claim_tcb(claims, "reported_tcb", &finding->reported);
	claim_cpuid(claims, report);
	tspdm_claims_bytes(claims, "chip_id", FIELD(report->chip_id));
	claim_tcb(claims, "committed_tcb", &finding->committed);
	claim_version(claims, "current_version", report->current_version);
	claim_version(claims, "committed_version", report->committed_version);
	claim_tcb(claims, "launch_tcb", &finding->launch);
	claim_mitigations(claims, report);
}
