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

/* @returns the length; 0 if R or S is out of range */
static int to_der(const struct tspdm_snp_report *report, unsigned char out[DER_MAX])
{
	BIGNUM *r = read_number(report->signature_r);
	BIGNUM *s = read_number(report->signature_s);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int len = 0;

	if (r != NULL && s != NULL && signature != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = NULL; /* now the signature's */
		s = NULL;
		len = i2d_ECDSA_SIG(signature, NULL) <= DER_MAX ? i2d_ECDSA_SIG(signature, &out) : 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return len > 0 ? len : 0;
}

static bool is_p384(const EVP_PKEY *key)
{
	char group[32] = "";

	return key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && strcmp(group, "secp384r1") == 0;
}

static bool verifies(EVP_PKEY *key, const unsigned char *signature, int len, struct tspdm_view data)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
		  EVP_DigestVerify(context, signature, (size_t)len, data.ptr, data.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return ok;
}

enum tspdm_status tspdm_snp_signature_check(
	X509 *ek, const struct tspdm_snp_report *report, struct tspdm_view bytes, const char **why)
{
	EVP_PKEY *key = X509_get0_pubkey(ek);
	struct tspdm_view padding;
	unsigned char der[DER_MAX];
	int len;

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
	len = to_der(report, der);
	if (len == 0)
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = "it was not made by this endorsement key over this report: the report was altered, or the key is of "
	       "another chip or TCB";
	if (!verifies(key, der, len, (struct tspdm_view){ bytes.ptr, TSPDM_SNP_SIGNED_LEN }))
		return TSPDM_ERR_EVIDENCE_SIGNATURE;
	*why = NULL;
	return TSPDM_OK;
}
