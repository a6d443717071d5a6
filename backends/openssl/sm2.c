/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SM2 signatures of messages (GB/T 32918.2). The signer's identity goes into the digest that is signed, and the standards leave
 * it open; OpenSSL's default for it is never relied on. */
#include "base/cursor.h"
#include "internal.h"

/* DSP0274 1.2 "Signature generation" names GB/T 32918.2 and no identity. Deployed implementations take the empty one, as far
 * as is known; no peer of another make has confirmed it. */
static const char identity[] = "";

enum tspdm_status tspdm_ossl_verify_sm2(
	EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	uint8_t der[OSSL_ECDSA_DER_MAX];
	size_t der_len = tspdm_ossl_ecdsa_to_der(signature, der);
	EVP_PKEY_CTX *inner = NULL;
	enum tspdm_status status = TSPDM_ERR_CRYPTO;
	EVP_MD_CTX *context;

	if (tbs->is_digest) /* SM2 is of 1.2, and hashes its identity before the message */
		return TSPDM_ERR_ARGUMENT;
	context = EVP_MD_CTX_new();
	if (der_len == 0 || context == NULL)
		status = TSPDM_ERR_MEMORY;
	else if (EVP_DigestVerifyInit_ex(context, &inner, OSSL_SM3, NULL, NULL, pkey, NULL) == 1 &&
		 EVP_PKEY_CTX_set1_id(inner, identity, sizeof identity - 1) == 1)
		status = EVP_DigestVerify(context, der, der_len, tbs->data.ptr, tbs->data.len) == 1
				 ? TSPDM_OK
				 : TSPDM_ERR_SIGNATURE;
	EVP_MD_CTX_free(context);
	return status;
}

enum tspdm_status tspdm_ossl_sign_sm2(EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, uint8_t *out, size_t len)
{
	uint8_t der[OSSL_ECDSA_DER_MAX];
	size_t der_len = sizeof der;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	bool good = context != NULL && EVP_DigestSignInit_ex(context, &inner, OSSL_SM3, NULL, NULL, pkey, NULL) == 1 &&
		    EVP_PKEY_CTX_set1_id(inner, identity, sizeof identity - 1) == 1 &&
		    EVP_DigestSign(context, der, &der_len, tbs->data.ptr, tbs->data.len) == 1 &&
		    tspdm_ossl_ecdsa_from_der(der, der_len, out, len);

	EVP_MD_CTX_free(context);
	return good ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}
