/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Names, pins and signatures for the verifiers of TEE evidence. */
#include "x509.h"

#include <ctype.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>

void tspdm_x509_common_name(const X509_NAME *name, char out[X509_NAME_TEXT_MAX])
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *value;
	int len;

	out[0] = '\0';
	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	len = ASN1_STRING_length(value);
	if (len <= 0 || len >= X509_NAME_TEXT_MAX)
		return;
	for (int i = 0; i < len; i++)
		if (!isprint(ASN1_STRING_get0_data(value)[i]))
			return;
	memcpy(out, ASN1_STRING_get0_data(value), (size_t)len);
	out[len] = '\0';
}

bool tspdm_x509_spki_digest(const X509 *certificate, uint8_t out[32])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return ok;
}

size_t tspdm_x509_ecdsa_der(BIGNUM *r, BIGNUM *s, unsigned char *out, size_t cap)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int len = 0;

	if (r != NULL && s != NULL && signature != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = NULL; /* now the signature's */
		s = NULL;
		len = i2d_ECDSA_SIG(signature, NULL);
		len = len > 0 && (size_t)len <= cap ? i2d_ECDSA_SIG(signature, &out) : 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return len > 0 ? (size_t)len : 0;
}

bool tspdm_x509_verifies(EVP_PKEY *key, const EVP_MD *hash, struct tspdm_view data, struct tspdm_view signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = key != NULL && context != NULL && signature.len != 0 &&
		  EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
		  EVP_DigestVerify(context, signature.ptr, signature.len, data.ptr, data.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return ok;
}
