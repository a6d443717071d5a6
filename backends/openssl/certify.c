/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Making identities in memory. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/config.h"
#include "base/cursor.h"
#include "internal.h"

enum {
	CLOCK_SKEW_S = 300,
	LIFETIME_S = 86400,
	SERIAL_LEN = 16,
};

/* What is being made. */
struct certification {
	struct tspdm_openssl_make make; /* with the defaults put in */
	struct tspdm_ossl_hashes hashes;
	const EVP_MD *md; /* that certificates are signed with; NULL: the key brings its own */
	EVP_PKEY *key;
	EVP_PKEY *ca_key;
	X509 *certificate[2]; /* CA and leaf, or the leaf only */
	unsigned count;
	struct tspdm_view spki;
	const struct tspdm_openssl_extension *extensions;
	size_t extension_count;
};

static enum tspdm_status take_make(const struct tspdm_openssl_make *from, struct tspdm_openssl_make *to)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	to->asym = to->asym != 0 ? to->asym : (uint32_t)TSPDM_ASYM_ECDSA_P384;
	to->hash = to->hash != 0 ? to->hash : (uint32_t)TSPDM_HASH_SHA384;
	to->common_name = to->common_name != NULL ? to->common_name : "tspdm identity";
	to->not_before = to->not_before != 0 ? to->not_before : (int64_t)time(NULL) - CLOCK_SKEW_S;
	to->lifetime_s = to->lifetime_s != 0 ? to->lifetime_s : LIFETIME_S;
	return TSPDM_OK;
}

static EVP_PKEY *generate(uint32_t asym)
{
	switch (asym) {
	case TSPDM_ASYM_RSASSA_2048:
	case TSPDM_ASYM_RSAPSS_2048:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	case TSPDM_ASYM_RSASSA_3072:
	case TSPDM_ASYM_RSAPSS_3072:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
	case TSPDM_ASYM_RSASSA_4096:
	case TSPDM_ASYM_RSAPSS_4096:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)4096);
	case TSPDM_ASYM_ECDSA_P256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case TSPDM_ASYM_ECDSA_P384:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	case TSPDM_ASYM_ECDSA_P521:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	case TSPDM_ASYM_SM2:
		return EVP_PKEY_Q_keygen(NULL, NULL, OSSL_SM2);
	case TSPDM_ASYM_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case TSPDM_ASYM_ED448:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	default:
		return NULL;
	}
}

/* RFC 5280 "Serial Number": positive, hard to guess. */
static bool set_serial(X509 *certificate)
{
	uint8_t bytes[SERIAL_LEN];
	BIGNUM *number;
	bool good;

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x7FU) | 0x40U);
	number = BN_bin2bn(bytes, sizeof bytes, NULL);
	good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return good;
}

static bool set_name(X509_NAME *name, const char *common_name)
{
	return X509_NAME_add_entry_by_NID(
		       name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool set_dates(X509 *certificate, const struct tspdm_openssl_make *make)
{
	time_t from = (time_t)make->not_before;

	return ASN1_TIME_adj(X509_getm_notBefore(certificate), from, 0, 0) != NULL &&
	       ASN1_TIME_adj(X509_getm_notAfter(certificate), from, 0, (long)make->lifetime_s) != NULL;
}

static bool add_known(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool good;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

static bool add_given(X509 *certificate, const struct tspdm_openssl_extension *given)
{
	ASN1_OBJECT *oid = given->oid != NULL ? OBJ_txt2obj(given->oid, 1) : NULL;
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	bool good;

	if (oid != NULL && value != NULL && given->value.len <= INT32_MAX &&
		ASN1_OCTET_STRING_set(value, given->value.ptr, (int)given->value.len) == 1)
		extension = X509_EXTENSION_create_by_OBJ(NULL, oid, given->is_critical ? 1 : 0, value);
	good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return good;
}

/* The body that both certificates have. */
static bool set_body(X509 *certificate, X509 *issuer, const char *name, EVP_PKEY *key, const struct certification *c)
{
	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       set_name(X509_get_subject_name(certificate), name) &&
	       X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
	       set_dates(certificate, &c->make) && X509_set_pubkey(certificate, key) == 1;
}

static bool sign_certificate(X509 *certificate, EVP_PKEY *key, const struct certification *c)
{
	EVP_MD_CTX *context = tspdm_ossl_certifier(key, c->md);
	bool good = context != NULL && X509_sign_ctx(certificate, context) > 0;

	EVP_MD_CTX_free(context);
	return good;
}

static bool make_ca(X509 *ca, const struct certification *c)
{
	return set_body(ca, ca, "tspdm throw-away CA", c->ca_key, c) &&
	       add_known(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_known(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_known(ca, ca, NID_subject_key_identifier, "hash") && sign_certificate(ca, c->ca_key, c);
}

/* DSP0274 1.2 "Leaf certificate": no CA, keyUsage with digitalSignature. */
static bool make_leaf(X509 *leaf, X509 *issuer, const struct certification *c)
{
	bool good = set_body(leaf, issuer, c->make.common_name, c->key, c) &&
		    add_known(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		    add_known(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
		    add_known(leaf, issuer, NID_subject_key_identifier, "hash") &&
		    (issuer == leaf || add_known(leaf, issuer, NID_authority_key_identifier, "keyid:always"));

	for (size_t i = 0; good && i < c->extension_count; i++)
		good = add_given(leaf, &c->extensions[i]);
	return good && sign_certificate(leaf, issuer == leaf ? c->key : c->ca_key, c);
}

static enum tspdm_status make_certificates(struct certification *c)
{
	unsigned leaf = c->make.single ? 0 : 1;

	c->count = leaf + 1;
	for (unsigned i = 0; i < c->count; i++) {
		c->certificate[i] = X509_new();
		if (c->certificate[i] == NULL)
			return TSPDM_ERR_MEMORY;
	}
	if (!c->make.single && !make_ca(c->certificate[0], c))
		return TSPDM_ERR_CRYPTO;
	return make_leaf(c->certificate[leaf], c->certificate[0], c) ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

static enum tspdm_status make_keys(struct certification *c)
{
	c->key = generate(c->make.asym);
	if (c->key == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (c->make.single)
		return TSPDM_OK;
	c->ca_key = generate(c->make.asym); /* of the same kind: who can verify messages can verify the chain */
	return c->ca_key != NULL ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

static enum tspdm_status ask_extensions(struct certification *c)
{
	if (c->make.extensions == NULL)
		return TSPDM_OK;
	return c->make.extensions(c->make.context, c->spki, &c->extensions, &c->extension_count);
}

static enum tspdm_status run(struct certification *c, struct tspdm_openssl_identity **out)
{
	EVP_PKEY *key;
	uint8_t *spki = NULL;
	enum tspdm_status status;
	int len;

	tspdm_ossl_hashes_fetch(&c->hashes);
	TSPDM_TRY(make_keys(c));
	if (tspdm_ossl_md(&c->hashes, c->make.hash) == NULL ||
		!tspdm_ossl_can_certify(&c->hashes, c->key, c->make.hash, &c->md))
		return TSPDM_ERR_UNSUPPORTED;
	len = i2d_PUBKEY(c->key, &spki);
	if (len <= 0)
		return TSPDM_ERR_MEMORY;
	c->spki = (struct tspdm_view){ spki, (size_t)len };
	status = ask_extensions(c);
	if (status == TSPDM_OK)
		status = make_certificates(c);
	OPENSSL_free(spki);
	if (status != TSPDM_OK)
		return status;
	key = c->key;
	c->key = NULL;
	return tspdm_ossl_identity_new(key, c->certificate, c->count, out);
}

enum tspdm_status tspdm_openssl_identity_make(
	const struct tspdm_openssl_make *make, struct tspdm_openssl_identity **out)
{
	struct certification c = { .count = 0 };
	enum tspdm_status status;

	*out = NULL;
	TSPDM_TRY(take_make(make, &c.make));
	ERR_set_mark();
	status = run(&c, out);
	ERR_pop_to_mark();
	tspdm_ossl_hashes_free(&c.hashes);
	EVP_PKEY_free(c.key);
	EVP_PKEY_free(c.ca_key);
	X509_free(c.certificate[0]);
	X509_free(c.certificate[1]);
	return status;
}
