/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The report's signature: ECDSA P-384 over SHA-384 of bytes 000 to 29F. AMD 56860 "Signing with ECDSA P-384". */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "internal.h"

enum { P384_LEN = 48, DER_MAX = 8 + 2 * (P384_LEN + 1) };

/* R or S: little-endian, in 72 bytes of which the upper 24 are zero. NULL if it is none. */
static BIGNUM *read_number(const uint8_t bytes[72])
{
	struct tspdm_view high = { bytes + P384_LEN, 72 - P384_LEN };
	struct tspdm_view low = { bytes, P384_LEN };

	if (!tspdm_snp_is_zero(high) || tspdm_snp_is_zero(low))
		return NULL;
	return BN_lebin2bn(bytes, P384_LEN, NULL);
}

static bool is_p384(const EVP_PKEY *key)
{
	char group[32] = "";

	return key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && strcmp(group, "secp384r1") == 0;
}

enum tspdm_status tspdm_snp_signature_check(
	X509 *ek, const struct tspdm_snp_report *report, struct tspdm_view bytes, const char **why)
{
	EVP_PKEY *key = X509_get0_pubkey(ek);
	struct tspdm_view padding;
	unsigned char der[DER_MAX];
	struct tspdm_view signature = { der, 0 };

	*why = "SIGNATURE_ALGO is not 1 (ECDSA P-384 with SHA-384), the only one defined";
	if (report->signature_algorithm != 1)
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "the report is of the wrong length";
	if (bytes.len != TSPDM_SNP_REPORT_LEN)
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "the bytes behind R and S are not zero";
	padding =
		(struct tspdm_view){ bytes.ptr + TSPDM_SNP_REPORT_LEN - SNP_SIGNATURE_PADDING, SNP_SIGNATURE_PADDING };
	if (!tspdm_snp_is_zero(padding))
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "the endorsement key is not an EC key on P-384";
	if (!is_p384(key))
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "R or S is zero or larger than 48 bytes";
	signature.len = tspdm_x509_ecdsa_der(
		read_number(report->signature_r), read_number(report->signature_s), der, sizeof der);
	if (signature.len == 0)
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "it was not made by this endorsement key over this report: the report was altered, or the key is of "
	       "another chip or TCB";
	if (!tspdm_x509_verifies(key, EVP_sha384(), (struct tspdm_view){ bytes.ptr, TSPDM_SNP_SIGNED_LEN }, signature))
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = NULL;
	return TSPDM_OK;
}
