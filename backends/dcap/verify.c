/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verification of a quote, in the order that Intel gives. Every check is run as far as it can be, every check writes
 * itself down, and the verdict is good only if each that is needed did run and pass: none is assumed. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "../findings/complete.h"
#include "internal.h"

void tspdm_dcap_note(struct dcap_job *job, const char *name, enum tspdm_status status, unsigned bit, const char *detail)
{
	tspdm_checks_add(job->checks, name, status, "%s", detail);
	if (status == TSPDM_OK)
		job->passed |= bit;
}

enum tspdm_status tspdm_dcap_check_input(const struct tspdm_dcap_input *input)
{
	const uint8_t *bytes = (const uint8_t *)input;

	if (input->size < sizeof *input)
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = sizeof *input; i < input->size; i++) /* a field of a later version: not to be ignored */
		if (bytes[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	if (!tspdm_dcap_is_zero((struct tspdm_view){ input->reserved, sizeof input->reserved }))
		return TSPDM_ERR_UNSUPPORTED;
	return input->time > 0 ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

enum tspdm_status tspdm_dcap_parse(const struct tspdm_evidence *evidence, enum tspdm_tee tee, struct tspdm_quote *quote,
	struct tspdm_sgx_report *qe)
{
	static const uint8_t intel[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95,
		0x7f, 0x06, 0x07 };

	if (evidence->tee != tee)
		return TSPDM_ERR_EVIDENCE_FORM;
	TSPDM_TRY(tspdm_read_quote(evidence->report, quote));
	if ((quote->body_kind == TSPDM_QUOTE_BODY_SGX) != (tee == TSPDM_TEE_SGX) ||
		memcmp(quote->qe_vendor_id, intel, sizeof intel) != 0)
		return TSPDM_ERR_EVIDENCE_FORM;
	return tspdm_read_sgx_report(quote->qe_report, qe);
}

void tspdm_dcap_tell_parse(struct tspdm_checks *checks, enum tspdm_status status, const struct tspdm_evidence *evidence,
	const struct tspdm_quote *quote)
{
	if (status == TSPDM_OK)
		tspdm_checks_add(checks, "parse", status, "quote version %u, body %s", quote->version,
			tspdm_quote_body_name(quote->body_kind));
	else
		tspdm_checks_add(checks, "parse", status,
			"this is no ECDSA P-256 quote of Intel's quoting enclave for this TEE: %zu bytes of %s",
			evidence->report.len, tspdm_tee_name(evidence->tee));
}

static bool take_roots(struct dcap_job *job)
{
	if (job->input->roots.len == 0 || tspdm_dcap_read_roots(job->input->roots, &job->roots))
		return true;
	tspdm_checks_add(
		job->checks, "anchor", TSPDM_ERR_ARGUMENT, "there is no certificate in what was given as roots");
	return false;
}

static void check_debug(struct dcap_job *job)
{
	const char *what = job->td != NULL ? "TD" : "enclave";

	if (job->is_debug && !job->input->allow_debug) {
		tspdm_checks_add(job->checks, "policy.debug", TSPDM_ERR_POLICY,
			"the %s is under debug: its owner's host can read and change it", what);
		return;
	}
	tspdm_checks_add(job->checks, "policy.debug", TSPDM_OK, "the %s is%s under debug%s", what,
		job->is_debug ? "" : " not", job->is_debug ? ", which was allowed" : "");
	job->passed |= DCAP_RAN_DEBUG;
}

static void run_checks(struct dcap_job *job)
{
	tspdm_dcap_find_chain(job);
	tspdm_dcap_check_chain(job);
	tspdm_dcap_check_signatures(job);
	tspdm_dcap_read_collateral(job);
	tspdm_dcap_check_revocation(job);
	tspdm_dcap_check_qe_identity(job);
	tspdm_dcap_check_tcb(job);
	check_debug(job);
}

static void release(struct dcap_job *job)
{
	X509_free(job->tcb_signer);
	X509_free(job->qe_signer);
	free(job->tcb_info);
	free(job->identity);
	tspdm_dcap_certificates_free(&job->given);
	tspdm_dcap_certificates_free(&job->roots);
	ERR_clear_error();
}

enum tspdm_status tspdm_dcap_run(struct dcap_job *job)
{
	enum tspdm_status status;

	job->passed |= DCAP_RAN_PARSE;
	if (take_roots(job))
		run_checks(job);
	status = tspdm_checks_complete(job->checks, job->passed, DCAP_RAN_ALL);
	tspdm_dcap_claim_rest(job);
	release(job);
	return status;
}
