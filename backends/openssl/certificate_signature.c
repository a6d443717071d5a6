/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Signatures of certificates and of requests for them, by keys of any kind: which hash a key takes, and for SM2 the signer's
 * identity, which goes into the digest that is signed. */
#include "internal.h"

/* GM/T 0009 "default value of the user identity", which RFC 8998 "SM2 signature algorithm" cites; and the empty identity,
 * which is what OpenSSL's own commands sign with unless told. */
static const char *const identities[] = { "1234567812345678", "" };

static bool set_identity(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set1_id(context, identities[0], (int)strlen(identities[0])) == 1;
}

/* OpenSSL 3.0 signs with ECDSA and SHA-3, but does not know that combination when it verifies a certificate; and looks for
 * that of SM2 by another kind of key than it has. */
bool tspdm_ossl_can_certify(
	const struct tspdm_ossl_hashes *hashes, const EVP_PKEY *key, uint32_t hash, const EVP_MD **md)
{
	uint32_t fits = tspdm_ossl_key_fits(key);
	int nid = NID_undef;

	*md = NULL;
	if ((fits & OSSL_EDDSA) != 0)
		return true;
	*md = tspdm_ossl_md(hashes, fits == TSPDM_ASYM_SM2 ? (uint32_t)TSPDM_HASH_SM3 : hash);
	return *md != NULL && (fits == TSPDM_ASYM_SM2 || OBJ_find_sigid_by_algs(&nid, EVP_MD_get_type(*md),
								 EVP_PKEY_get_base_id(key)) == 1);
}

EVP_MD_CTX *tspdm_ossl_certifier(EVP_PKEY *key, const EVP_MD *md)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;

	if (context != NULL && EVP_DigestSignInit(context, &inner, md, NULL, key) == 1 &&
		(!EVP_PKEY_is_a(key, OSSL_SM2) || set_identity(inner)))
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
	if (key == NULL || X509_get_signature_nid(certificate) != NID_SM2_with_SM3)
		return key != NULL && X509_verify(certificate, key) == 1;
	for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++) {
		ASN1_OCTET_STRING *identity = identity_string(identities[i]);

		if (identity == NULL)
			return false;
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
	for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++) {
		ASN1_OCTET_STRING *identity = identity_string(identities[i]);

		if (identity == NULL)
			return false;
		X509_REQ_set0_distinguishing_id(request, identity);
		if (X509_REQ_verify(request, key) == 1)
			return true;
	}
	return false;
}
