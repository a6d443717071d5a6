/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verification of a TD's quote: what is particular to TDX, around what quotes have in common. */
#include <string.h>

#include "../dcap/internal.h"
#include "../findings/complete.h"

#define FIELD(array) ((struct tspdm_view){ (array), sizeof(array) })

static void claim_report(struct tspdm_claims *claims, const struct tspdm_td_report *report)
{
	static const char *const rtmrs[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	tspdm_claims_bytes(claims, "tee_tcb_svn", FIELD(report->tee_tcb_svn));
	tspdm_claims_bytes(claims, "mr_seam", FIELD(report->mr_seam));
	tspdm_claims_bytes(claims, "mr_signer_seam", FIELD(report->mr_signer_seam));
	tspdm_claims_bytes(claims, "seam_attributes", FIELD(report->seam_attributes));
	tspdm_claims_bytes(claims, "td_attributes", FIELD(report->td_attributes));
	tspdm_claims_bytes(claims, "xfam", FIELD(report->xfam));
	tspdm_claims_bytes(claims, "mr_td", FIELD(report->mr_td));
	tspdm_claims_bytes(claims, "mr_config_id", FIELD(report->mr_config_id));
	tspdm_claims_bytes(claims, "mr_owner", FIELD(report->mr_owner));
	tspdm_claims_bytes(claims, "mr_owner_config", FIELD(report->mr_owner_config));
	for (size_t i = 0; i < 4; i++)
		tspdm_claims_bytes(claims, rtmrs[i], FIELD(report->rtmr[i]));
	tspdm_claims_bytes(claims, "report_data", FIELD(report->report_data));
	if (report->is_td15) {
		tspdm_claims_bytes(claims, "tee_tcb_svn_2", FIELD(report->tee_tcb_svn_2));
		tspdm_claims_bytes(claims, "mr_service_td", FIELD(report->mr_service_td));
	}
	tspdm_claims_text(claims, "debug", "%s", report->is_debug ? "true" : "false");
}

static bool parse(struct tspdm_tdx_finding *finding, const struct tspdm_evidence *evidence)
{
	enum tspdm_status status = tspdm_dcap_parse(evidence, TSPDM_TEE_TDX, &finding->quote, &finding->qe_report);

	if (status == TSPDM_OK)
		status = tspdm_tdx_read_report(finding->quote.body, &finding->report);
	tspdm_dcap_tell_parse(&finding->base.checks, status, evidence, &finding->quote);
	return status == TSPDM_OK;
}

enum tspdm_status tspdm_tdx_verify(const struct tspdm_dcap_input *input, struct tspdm_tdx_finding *finding)
{
	struct dcap_job job = { .input = input,
		.finding = &finding->base,
		.checks = &finding->base.checks,
		.quote = &finding->quote,
		.td = &finding->report,
		.qe = &finding->qe_report,
		.pck = &finding->pck,
		.tcb = &finding->tcb,
		.crl_checked = &finding->crl_checked };

	tspdm_finding_clear(finding, sizeof *finding);
	finding->base.tee = TSPDM_TEE_TDX;
	finding->base.status = tspdm_dcap_check_input(input);
	if (finding->base.status != TSPDM_OK)
		return finding->base.status;
	if (parse(finding, &input->evidence)) {
		job.is_debug = finding->report.is_debug;
		tspdm_dcap_claim_quote(&finding->base.claims, &finding->quote);
		claim_report(&finding->base.claims, &finding->report);
		finding->base.status = tspdm_dcap_run(&job);
	} else {
		finding->base.status = tspdm_checks_status(&finding->base.checks);
	}
	return finding->base.status;
}
