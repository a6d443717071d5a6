/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SM2 signatures (GB/T 32918.2): of messages, and of certificates and requests. The signer's identity goes into the digest
 * that is signed, and the standards leave it open; OpenSSL's default for it is never relied on. */
#include <openssl/core_names.h>

#include "base/cursor.h"
#include "internal.h"

/* DSP0274 1.2 "Signature generation" names GB/T 32918.2 and no identity. Deployed implementations take the empty one, as far
 * as is known; no peer of another make has confirmed it. */
#define MESSAGE_IDENTITY ""

/* GM/T 0009 "default value of the user identity", which RFC 8998 "SM2 signature algorithm" cites; and the empty identity,
 * which is what OpenSSL's own commands sign with unless told. */
static const char *const certificate_identities[] = { "1234567812345678", "" };

static bool set_identity(EVP_PKEY_CTX *context, const char *identity)
{
	return EVP_PKEY_CTX_set1_id(context, identity, (int)strlen(identity)) == 1;
}

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
		 set_identity(inner, MESSAGE_IDENTITY))
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
		    set_identity(inner, MESSAGE_IDENTITY) &&
		    EVP_DigestSign(context, der, &der_len, tbs->data.ptr, tbs->data.len) == 1 &&
		    tspdm_ossl_ecdsa_from_der(der, der_len, out, len);

	EVP_MD_CTX_free(context);
	return good ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

/* ---- Certificates and requests ---- */

EVP_MD_CTX *tspdm_ossl_certifier(EVP_PKEY *key, const EVP_MD *md)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;

	if (context != NULL && EVP_DigestSignInit(context, &inner, md, NULL, key) == 1 &&
		(!EVP_PKEY_is_a(key, OSSL_SM2) || set_identity(inner, certificate_identities[0])))
		return context;
	EVP_MD_CTX_free(context);
	return NULL;
}

static ASN1_OCTET_STRING *identity_string(const char *identity)
{
	ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();

	if (string != NULL &&
		ASN1_OCTET_STRING_set(string, (const unsigned char *)identity, (int)strlen(identity)) == 1)
		return string;
	ASN1_OCTET_STRING_free(string);
	return NULL;
}

bool tspdm_ossl_is_signed_by(X509 *certificate, EVP_PKEY *key)
{
	if (X509_get_signature_nid(certificate) != NID_SM2_with_SM3)
		return key != NULL && X509_verify(certificate, key) == 1;
	for (size_t i = 0; i < sizeof certificate_identities / sizeof certificate_identities[0]; i++) {
		ASN1_OCTET_STRING *identity = identity_string(certificate_identities[i]);

		if (identity == NULL || key == NULL) {
			ASN1_OCTET_STRING_free(identity);
			return false;
		}
		X509_set0_distinguishing_id(certificate, identity);
		if (X509_verify(certificate, key) == 1)
			return true;
	}
	return false;
}

void tspdm_ossl_find_identity(X509 *certificate, X509 *issuer)
{
	if (X509_get_signature_nid(certificate) == NID_SM2_with_SM3)
		(void)tspdm_ossl_is_signed_by(certificate, X509_get0_pubkey(issuer));
}

bool tspdm_ossl_is_request_signed(X509_REQ *request)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);

	if (key == NULL || X509_REQ_get_signature_nid(request) != NID_SM2_with_SM3)
		return key != NULL && X509_REQ_verify(request, key) == 1;
	for (size_t i = 0; i < sizeof certificate_identities / sizeof certificate_identities[0]; i++) {
		ASN1_OCTET_STRING *identity = identity_string(certificate_identities[i]);

		if (identity == NULL)
			return false;
		X509_REQ_set0_distinguishing_id(request, identity);
		if (X509_REQ_verify(request, key) == 1)
			return true;
	}
	return false;
}
