/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Certificates and CRLs of the software TEE. The common names are the manufacturers', since verifiers go by them; the
 * organization says what it really is. */
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "soft_tee.h"

#define ORGANIZATION "tspdm software TEE (not hardware)"

static bool name_entry(X509_NAME *name, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool put_name(X509 *certificate, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return name_entry(name, "O", ORGANIZATION) && name_entry(name, "OU", "worthless: keys are published") &&
	       name_entry(name, "CN", common_name);
}

static bool put_dates(X509 *certificate, int64_t not_before, int64_t not_after)
{
	return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_after) != NULL;
}

/* One of the extensions that OpenSSL knows, in its notation. */
static bool put_known(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool ok;

	if (value == NULL)
		return true;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool put_unknown(X509 *certificate, const struct tspdm_soft_extension *from)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(from->oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	bool ok = oid != NULL && value != NULL && ASN1_OCTET_STRING_set(value, from->value, (int)from->len) == 1;

	if (ok)
		extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ok;
}

static bool put_extensions(X509 *certificate, X509 *issuer, const struct tspdm_soft_certificate *what)
{
	bool ok = put_known(certificate, issuer, NID_basic_constraints, what->constraints) &&
		  put_known(certificate, issuer, NID_key_usage, what->usage) &&
		  put_known(certificate, issuer, NID_crl_distribution_points, what->crl_at);

	if (what->has_key_ids)
		ok = ok && put_known(certificate, issuer, NID_subject_key_identifier, "hash") &&
		     put_known(certificate, issuer, NID_authority_key_identifier, "keyid:always");
	for (size_t i = 0; i < what->extension_count; i++)
		ok = ok && put_unknown(certificate, &what->extensions[i]);
	return ok;
}

/* AMD's CAs sign RSASSA-PSS, MGF1 with the same hash, a salt of its length. */
static EVP_MD_CTX *signing_context(EVP_PKEY *key, const EVP_MD *hash, bool is_pss)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	bool ok = context != NULL && EVP_DigestSignInit(context, &parameters, hash, NULL, key) == 1;

	if (is_pss)
		ok = ok && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, hash) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
	if (ok)
		return context;
	EVP_MD_CTX_free(context);
	return NULL;
}

static bool fill(X509 *certificate, const struct tspdm_soft_certificate *what)
{
	X509 *issuer = what->issuer != NULL ? what->issuer->certificate : certificate;

	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), what->serial) == 1 &&
	       put_name(certificate, what->common_name) &&
	       X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
	       put_dates(certificate, what->not_before, what->not_after) &&
	       X509_set_pubkey(certificate, what->key) == 1 && put_extensions(certificate, issuer, what);
}

enum tspdm_status tspdm_soft_certify(const struct tspdm_soft_certificate *what, X509 **out)
{
	EVP_PKEY *signer = what->issuer != NULL ? what->issuer->key : what->key;
	EVP_MD_CTX *context = signing_context(signer, what->hash, what->is_pss);
	X509 *certificate = X509_new();
	bool ok = context != NULL && certificate != NULL && fill(certificate, what) &&
		  X509_sign_ctx(certificate, context) > 0;

	EVP_MD_CTX_free(context);
	if (!ok) {
		X509_free(certificate);
		return TSPDM_ERR_CRYPTO;
	}
	*out = certificate;
	return TSPDM_OK;
}

static bool crl_entry(X509_CRL *crl, uint64_t serial, const ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	bool ok = entry != NULL && number != NULL && ASN1_INTEGER_set_uint64(number, serial) == 1 &&
		  X509_REVOKED_set_serialNumber(entry, number) == 1 &&
		  X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)when) == 1 &&
		  X509_CRL_add0_revoked(crl, entry) == 1;

	ASN1_INTEGER_free(number);
	if (!ok)
		X509_REVOKED_free(entry);
	return ok;
}

static bool fill_crl(X509_CRL *crl, const struct tspdm_soft_authority *issuer, uint64_t serial, int64_t time)
{
	ASN1_TIME *last = ASN1_TIME_set(NULL, (time_t)(time - 86400));
	ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)(time + 30 * 86400));
	bool ok = last != NULL && next != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
		  X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->certificate)) == 1 &&
		  X509_CRL_set1_lastUpdate(crl, last) == 1 && X509_CRL_set1_nextUpdate(crl, next) == 1 &&
		  (serial == 0 || crl_entry(crl, serial, last)) && X509_CRL_sort(crl) == 1;

	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	return ok;
}

enum tspdm_status tspdm_soft_revoke(
	const struct tspdm_soft_authority *issuer, uint64_t serial, int64_t time, X509_CRL **out)
{
	bool is_rsa = EVP_PKEY_is_a(issuer->key, "RSA") == 1; /* AMD's; Intel's are P-256 */
	EVP_MD_CTX *context = signing_context(issuer->key, is_rsa ? EVP_sha384() : EVP_sha256(), is_rsa);
	X509_CRL *crl = X509_CRL_new();
	bool ok = context != NULL && crl != NULL && fill_crl(crl, issuer, serial, time) &&
		  X509_CRL_sign_ctx(crl, context) > 0;

	EVP_MD_CTX_free(context);
	if (!ok) {
		X509_CRL_free(crl);
		return TSPDM_ERR_CRYPTO;
	}
	*out = crl;
	return TSPDM_OK;
}
