/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Path validation by OpenSSL with one trusted root, and what was wrong with a chain in words. */
#ifndef TSPDM_SEV_SNP_PATHS_H
#define TSPDM_SEV_SNP_PATHS_H

#include "internal.h"

enum { SNP_WHY_MAX = TSPDM_DETAIL_MAX };

/* Everything that OpenSSL complained about, sorted by whose check it is. */
struct snp_path_result {
	int error;        /* the first X509_V_ERR_* about the chain itself; X509_V_OK if there is none */
	int depth;        /* where: 0 is the leaf */
	bool time_failed; /* a certificate's validity */
	bool revoked;
	bool crl_stale;
	int crl_error; /* any other trouble with the CRL */
};

/* Runs X509_verify_cert() for leaf, intermediate (may be NULL) and a root that alone is trusted; with a CRL also
 * whether the leaf is revoked. */
void tspdm_snp_path_verify(
	X509 *leaf, X509 *intermediate, X509 *root, X509_CRL *crl, int64_t time, struct snp_path_result *out);

/* Whether a certificate of the chain is missing; what, and where to get it. */
enum tspdm_status tspdm_snp_chain_missing(
	const struct snp_chain *chain, const struct tspdm_snp_report *report, char why[SNP_WHY_MAX]);
/* What is wrong with a complete chain. After TSPDM_OK `why` describes the chain. */
enum tspdm_status tspdm_snp_chain_fault(
	const struct snp_chain *chain, const struct snp_path_result *path, char why[SNP_WHY_MAX]);

#endif
