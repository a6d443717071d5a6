/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From the PCK to the quote: the PCK signs the quoting enclave's report, the report commits to the attestation key, the
 * attestation key signs the quote. Intel SGX ECDSA quote library reference "Quote format". */
#include <string.h>

#include <openssl/evp.h>

#include "internal.h"

static void check_qe_signature(struct dcap_job *job)
{
	bool ok;

	if (job->leaf == NULL) {
		tspdm_checks_skip(job->checks, "qe.report.signature", "there is no PCK certificate");
		return;
	}
	ok = tspdm_dcap_is_p256(job->leaf) && tspdm_dcap_verify_by_key(X509_get0_pubkey(job->leaf),
						      job->quote->qe_report, job->quote->qe_report_signature);
	tspdm_dcap_note(job, "qe.report.signature", ok ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SIGNATURE, DCAP_RAN_QE_SIGNATURE,
		ok ? "by the PCK"
		   : "the PCK did not sign this quoting enclave's report: the quote was altered, or the "
		     "certificate is another platform's");
}

/* SHA-256 of the attestation key and the authentication data, then 32 zero bytes. */
static bool commits(const struct tspdm_quote *quote, const uint8_t report_data[64])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t wanted[64] = { 0 };
	bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		  EVP_DigestUpdate(context, quote->attestation_key.ptr, quote->attestation_key.len) == 1 &&
		  EVP_DigestUpdate(context, quote->qe_authentication.ptr, quote->qe_authentication.len) == 1 &&
		  EVP_DigestFinal_ex(context, wanted, NULL) == 1;

	EVP_MD_CTX_free(context);
	return ok && memcmp(wanted, report_data, sizeof wanted) == 0;
}

static void check_qe_data(struct dcap_job *job)
{
	bool ok = commits(job->quote, job->qe->report_data);

	tspdm_dcap_note(job, "qe.report.data", ok ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SIGNATURE, DCAP_RAN_QE_DATA,
		ok ? "it commits to the attestation key"
		   : "the quoting enclave's report does not commit to this attestation key");
}

static void check_quote_signature(struct dcap_job *job)
{
	const struct tspdm_quote *quote = job->quote;
	bool ok = tspdm_dcap_verify_by_point(quote->attestation_key, quote->signed_bytes, quote->signature);

	tspdm_dcap_note(job, "quote.signature", ok ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SIGNATURE, DCAP_RAN_QUOTE_SIGNATURE,
		ok ? "by the attestation key, ECDSA P-256 with SHA-256"
		   : "the attestation key did not sign this quote: it was altered");
}

void tspdm_dcap_check_signatures(struct dcap_job *job)
{
	check_qe_signature(job);
	check_qe_data(job);
	check_quote_signature(job);
}

void tspdm_dcap_check_qe_identity(struct dcap_job *job)
{
	struct dcap_qe_identity known;
	const struct dcap_qe_identity *identity = job->identity;
	const char *difference;

	if (identity == NULL) {
		tspdm_dcap_builtin_qe(job->td != NULL, &known);
		identity = &known;
	}
	difference = tspdm_dcap_qe_difference(identity, job->qe);
	if (difference != NULL) {
		tspdm_checks_add(job->checks, "qe.identity", TSPDM_ERR_EVIDENCE_CHAIN,
			"this is not Intel's quoting enclave: its %s is another", difference);
		return;
	}
	tspdm_checks_add(job->checks, "qe.identity", TSPDM_OK, "%s, ISVSVN %u",
		job->identity != NULL ? "as the QE identity says" : "the signer is Intel's, by the list built in",
		job->qe->isv_svn);
	job->passed |= DCAP_RAN_QE_IDENTITY;
}
