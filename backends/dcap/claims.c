/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Claims that the quotes of both TEEs make: the quote itself, the PCK, the quoting enclave, the TCB. */
#include <stdio.h>

#include "internal.h"

#define FIELD(array) ((struct tspdm_view){ (array), sizeof(array) })

void tspdm_dcap_claim_quote(struct tspdm_claims *claims, const struct tspdm_quote *quote)
{
	*claims = (struct tspdm_claims){ 0 };
	tspdm_claims_number(claims, "version", quote->version);
	tspdm_claims_number(claims, "att_key_type", quote->attestation_key_type);
	tspdm_claims_text(claims, "tee_type", "0x%08x", quote->tee_type);
	tspdm_claims_text(claims, "body", "%s", tspdm_quote_body_name(quote->body_kind));
	tspdm_claims_number(claims, "signature_data_len", quote->signature_data_len);
	if (quote->outer_certification_type != 0)
		tspdm_claims_number(claims, "outer_cert_data_type", quote->outer_certification_type);
	else
		tspdm_claims_null(claims, "outer_cert_data_type");
	tspdm_claims_number(claims, "inner_cert_data_type", quote->certification_type);
	tspdm_claims_number(claims, "qe_auth_data_len", quote->qe_authentication.len);
	tspdm_claims_bytes(claims, "header_8_12", FIELD(quote->header_8_12));
	tspdm_claims_bytes(claims, "qe_vendor_id", FIELD(quote->qe_vendor_id));
	tspdm_claims_bytes(claims, "user_data", FIELD(quote->user_data));
}

static void claim_time(struct tspdm_claims *claims, const char *name, int64_t when)
{
	char text[DCAP_TIME_TEXT];

	tspdm_dcap_time_text(when, text);
	tspdm_claims_text(claims, name, "%s", text);
}

static void claim_pck(struct tspdm_claims *claims, const struct tspdm_pck *pck)
{
	if (!pck->is_read)
		return;
	tspdm_claims_text(claims, "pck.issuer_cn", "%s", pck->issuer);
	tspdm_claims_text(claims, "pck.serial", "%s", pck->serial);
	claim_time(claims, "pck.not_before", pck->not_before);
	claim_time(claims, "pck.not_after", pck->not_after);
	tspdm_claims_bytes(claims, "pck.fmspc", FIELD(pck->fmspc));
	tspdm_claims_bytes(claims, "pck.pceid", FIELD(pck->pce_id));
	tspdm_claims_bytes(claims, "pck.tcb_comp_svn", FIELD(pck->component_svn));
	tspdm_claims_number(claims, "pck.pcesvn", pck->pce_svn);
	tspdm_claims_bytes(claims, "pck.cpusvn", FIELD(pck->cpu_svn));
	tspdm_claims_number(claims, "pck.sgx_type", pck->sgx_type);
}

static void claim_tcb(struct tspdm_claims *claims, const struct tspdm_tcb *tcb)
{
	tspdm_claims_text(claims, "tcb_status", "%s", tspdm_tcb_status_name(tcb->status));
	if (tcb->date[0] != '\0')
		tspdm_claims_text(claims, "tcb_date", "%s", tcb->date);
	else
		tspdm_claims_null(claims, "tcb_date");
	if (tcb->evaluation_number != 0)
		tspdm_claims_number(claims, "tcb_evaluation_data_number", tcb->evaluation_number);
	else
		tspdm_claims_null(claims, "tcb_evaluation_data_number");
}

void tspdm_dcap_claim_rest(const struct dcap_job *job)
{
	struct tspdm_claims *claims = &job->finding->claims;

	claim_pck(claims, job->pck);
	tspdm_claims_bytes(claims, "qe_report.mr_enclave", FIELD(job->qe->mr_enclave));
	tspdm_claims_bytes(claims, "qe_report.mr_signer", FIELD(job->qe->mr_signer));
	tspdm_claims_number(claims, "qe_report.isv_prod_id", job->qe->isv_prod_id);
	tspdm_claims_number(claims, "qe_report.isv_svn", job->qe->isv_svn);
	claim_tcb(claims, job->tcb);
}
