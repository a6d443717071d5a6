/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Revocation: the root's CRL covers the PCK issuer and the TCB signing certificate, the PCK issuer's covers the PCK
 * certificate. What is not at hand is "not checked", never "good". RFC 5280 "CRL validation". */
#include <openssl/err.h>

#include "internal.h"

#define PCS "https://api.trustedservices.intel.com/sgx/certification/v4/"

enum answer { MISSING, GOOD, REVOKED, BAD, STALE };

static bool is_current(const X509_CRL *crl, const struct tspdm_dcap_input *input)
{
	int64_t from = tspdm_dcap_time(X509_CRL_get0_lastUpdate(crl));
	int64_t to = tspdm_dcap_time(X509_CRL_get0_nextUpdate(crl));

	return from >= 0 && to >= 0 && from <= input->time && input->time <= to + (int64_t)input->grace_s;
}

static bool names_any(X509_CRL *crl, X509 *const subjects[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		X509_REVOKED *entry;

		if (subjects[i] != NULL && X509_CRL_get0_by_cert(crl, &entry, subjects[i]) != 0)
			return true;
	}
	return false;
}

/* A critical extension narrows a CRL down (delta, indirect, by reason): Intel's have none. */
static bool is_of(X509_CRL *crl, X509 *issuer, struct tspdm_signature_cache *cache)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
	       X509_CRL_get_signature_nid(crl) == NID_ecdsa_with_SHA256 &&
	       X509_CRL_get_ext_by_critical(crl, 1, -1) < 0 && tspdm_dcap_crl_verify(cache, crl, issuer);
}

/* What names a certificate counts also when it is old: nothing is taken off such a list in time. */
static enum answer ask(struct tspdm_view bytes, X509 *issuer, X509 *const subjects[], size_t count,
	const struct tspdm_dcap_input *input)
{
	X509_CRL *crl;
	enum answer answer;

	if (bytes.len == 0)
		return MISSING;
	crl = tspdm_dcap_read_crl(bytes);
	if (crl == NULL || issuer == NULL || !is_of(crl, issuer, input->signatures))
		answer = BAD;
	else if (names_any(crl, subjects, count))
		answer = REVOKED;
	else
		answer = is_current(crl, input) ? GOOD : STALE;
	X509_CRL_free(crl);
	ERR_clear_error();
	return answer;
}

/* @returns whether it is a failure, and has been told */
static bool tell_failure(struct dcap_job *job, enum answer answer, const char *whose, const char *address)
{
	switch (answer) {
	case REVOKED:
		tspdm_checks_add(job->checks, "revocation", TSPDM_ERR_REVOKED,
			"the %s CRL names a certificate of this evidence or of its collateral", whose);
		return true;
	case BAD:
		tspdm_checks_add(job->checks, "revocation", TSPDM_ERR_COLLATERAL,
			"the %s CRL is not one that its issuer signed; fetch it from %s", whose, address);
		return true;
	case STALE:
		tspdm_checks_add(job->checks, "revocation", TSPDM_ERR_COLLATERAL,
			"the %s CRL is not valid at this time; fetch it from %s", whose, address);
		return true;
	case MISSING:
		if (!job->input->require_crl)
			return false;
		tspdm_checks_add(job->checks, "revocation", TSPDM_ERR_COLLATERAL,
			"the %s CRL is missing, but required; fetch it from %s", whose, address);
		return true;
	default:
		return false;
	}
}

void tspdm_dcap_check_revocation(struct dcap_job *job)
{
	X509 *const of_root[] = { job->intermediate, job->tcb_signer, job->qe_signer };
	enum answer root = ask(job->input->collateral.root_ca_crl, job->root, of_root, 3, job->input);
	enum answer pck = ask(job->input->collateral.pck_crl, job->intermediate, &job->leaf, 1, job->input);
	bool is_bad =
		tell_failure(job, root, "root's", "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");

	is_bad |= tell_failure(job, pck, "PCK issuer's", PCS "pckcrl?ca=platform&encoding=der (or ca=processor)");
	if (is_bad)
		return;
	job->passed |= DCAP_RAN_REVOCATION;
	*job->crl_checked = root == GOOD && pck == GOOD && job->leaf != NULL && job->intermediate != NULL;
	if (*job->crl_checked)
		tspdm_checks_add(job->checks, "revocation", TSPDM_OK, "neither CRL names a certificate");
	else
		tspdm_checks_skip(job->checks, "revocation", "not checked: %s%s%s not given",
			root == MISSING ? "the root's CRL" : "", root == MISSING && pck == MISSING ? ", " : "",
			pck == MISSING ? "the PCK issuer's CRL" : "");
}
