/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verification of an enclave's quote: what is particular to SGX, around what quotes have in common. */
#include <tspdm/sgx.h>

#include <string.h>

#include "../dcap/internal.h"
#include "../findings/complete.h"

#define FIELD(array) ((struct tspdm_view){ (array), sizeof(array) })

static void claim_report(struct tspdm_claims *claims, const struct tspdm_sgx_report *report, bool is_debug)
{
	tspdm_claims_bytes(claims, "cpu_svn", FIELD(report->cpu_svn));
	tspdm_claims_text(claims, "misc_select", "0x%08x", report->misc_select);
	tspdm_claims_bytes(claims, "attributes", FIELD(report->attributes));
	tspdm_claims_bytes(claims, "mr_enclave", FIELD(report->mr_enclave));
	tspdm_claims_bytes(claims, "mr_signer", FIELD(report->mr_signer));
	tspdm_claims_number(claims, "isv_prod_id", report->isv_prod_id);
	tspdm_claims_number(claims, "isv_svn", report->isv_svn);
	tspdm_claims_bytes(claims, "report_data", FIELD(report->report_data));
	tspdm_claims_text(claims, "debug", "%s", is_debug ? "true" : "false");
	if ((report->attributes[0] & TSPDM_SGX_KSS) == 0) /* else zero, and meaningless */
		return;
	tspdm_claims_bytes(claims, "config_id", FIELD(report->config_id));
	tspdm_claims_number(claims, "config_svn", report->config_svn);
	tspdm_claims_bytes(claims, "isv_ext_prod_id", FIELD(report->isv_ext_prod_id));
	tspdm_claims_bytes(claims, "isv_family_id", FIELD(report->isv_family_id));
}

static bool parse(struct tspdm_sgx_finding *finding, const struct tspdm_evidence *evidence)
{
	enum tspdm_status status = tspdm_dcap_parse(evidence, TSPDM_TEE_SGX, &finding->quote, &finding->qe_report);

	if (status == TSPDM_OK)
		status = tspdm_read_sgx_report(finding->quote.body, &finding->report);
	if (status == TSPDM_OK && (finding->report.attributes[0] & TSPDM_SGX_INIT) == 0)
		status = TSPDM_ERR_EVIDENCE_FORM;
	tspdm_dcap_tell_parse(&finding->base.checks, status, evidence, &finding->quote);
	return status == TSPDM_OK;
}

enum tspdm_status tspdm_sgx_verify(const struct tspdm_dcap_input *input, struct tspdm_sgx_finding *finding)
{
	struct dcap_job job = { .input = input,
		.finding = &finding->base,
		.checks = &finding->base.checks,
		.quote = &finding->quote,
		.qe = &finding->qe_report,
		.pck = &finding->pck,
		.tcb = &finding->tcb,
		.crl_checked = &finding->crl_checked };

	tspdm_finding_clear(finding, sizeof *finding);
	finding->base.tee = TSPDM_TEE_SGX;
	finding->base.status = tspdm_dcap_check_input(input);
	if (finding->base.status != TSPDM_OK)
		return finding->base.status;
	if (parse(finding, &input->evidence)) {
		finding->is_debug = (finding->report.attributes[0] & TSPDM_SGX_DEBUG) != 0;
		job.is_debug = finding->is_debug;
		tspdm_dcap_claim_quote(&finding->base.claims, &finding->quote);
		claim_report(&finding->base.claims, &finding->report, finding->is_debug);
		finding->base.status = tspdm_dcap_run(&job);
	} else {
		finding->base.status = tspdm_checks_status(&finding->base.checks);
	}
	return finding->base.status;
}
