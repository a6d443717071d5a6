/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Judging a certificate chain: DSP0274 1.2 "Certificate chain format" and "Leaf certificate", RFC 5280 "Certification
 * Path Validation". Names, profile and trust are checked here one by one, so that each cause has its status and its
 * place; signatures, dates, path lengths and name constraints are OpenSSL's, along exactly the path that the peer
 * showed. */
#include <time.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <tspdm/secret.h>

#include "internal.h"

struct chain {
	const struct tspdm_chain_check *check;
	const struct tspdm_ossl_hashes *hashes;
	unsigned count;
	unsigned at; /* which certificate is being judged */
	struct tspdm_view der[OSSL_CERTIFICATES];
	X509 *certificate[OSSL_CERTIFICATES];
	X509 *anchor; /* the anchor that signed the first certificate, where the chain does not begin with the root */
	bool is_anchored;
};

static enum tspdm_status parse(struct chain *c)
{
	struct tspdm_view rest = c->check->certificates;

	for (c->count = 0; rest.len != 0; c->count++) {
		c->at = c->count;
		if (c->count == OSSL_CERTIFICATES || !tspdm_ossl_next_der(&rest, &c->der[c->count]))
			return TSPDM_ERR_CHAIN_FORM;
		c->certificate[c->count] = tspdm_ossl_certificate(c->der[c->count]);
		if (c->certificate[c->count] == NULL)
			return TSPDM_ERR_CHAIN_FORM;
	}
	return c->count != 0 ? TSPDM_OK : TSPDM_ERR_CHAIN_FORM;
}

static enum tspdm_status is_root(const struct chain *c, struct tspdm_view der, bool *is)
{
	uint8_t digest[TSPDM_HASH_MAX];
	size_t len = 0;

	TSPDM_TRY(tspdm_ossl_digest(c->hashes, c->check->hash, der, digest, &len));
	*is = c->check->root_hash.len == len && tspdm_equal_secret(digest, c->check->root_hash.ptr, len);
	return TSPDM_OK;
}

/* The chain begins with the root: that must be an anchor itself. */
static enum tspdm_status match_anchor(struct chain *c)
{
	struct tspdm_view rest = c->check->anchors;
	struct tspdm_view anchor;

	while (rest.len != 0) {
		if (!tspdm_ossl_next_der(&rest, &anchor))
			return TSPDM_ERR_ARGUMENT;
		c->is_anchored |= tspdm_ossl_der_equal(anchor, c->der[0]);
	}
	return TSPDM_OK;
}

/* The chain begins below the root: the anchor with that hash. */
static enum tspdm_status find_anchor(struct chain *c)
{
	struct tspdm_view rest = c->check->anchors;
	struct tspdm_view anchor;
	bool is = false;

	while (rest.len != 0 && !is) {
		if (!tspdm_ossl_next_der(&rest, &anchor))
			return TSPDM_ERR_ARGUMENT;
		TSPDM_TRY(is_root(c, anchor, &is));
	}
	if (!is)
		return X509_self_signed(c->certificate[0], 0) == 1 ? TSPDM_ERR_CHAIN_ROOT_HASH
								   : TSPDM_ERR_CHAIN_UNTRUSTED;
	c->anchor = tspdm_ossl_certificate(anchor);
	c->is_anchored = c->anchor != NULL;
	return c->anchor != NULL ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

/* DSP0274 1.2 "Certificate chain format": the first certificate is the root, with RootHash as its hash, or signed by
 * it. */
static enum tspdm_status check_root(struct chain *c)
{
	bool is = false;

	c->at = 0;
	TSPDM_TRY(is_root(c, c->der[0], &is));
	return is ? match_anchor(c) : find_anchor(c);
}

static enum tspdm_status check_one(struct chain *c)
{
	X509 *issuer = c->at == 0 ? c->anchor : c->certificate[c->at - 1];
	X509 *own = c->certificate[c->at];

	TSPDM_TRY(tspdm_ossl_check_form(own));
	if (issuer != NULL && X509_NAME_cmp(X509_get_issuer_name(own), X509_get_subject_name(issuer)) != 0)
		return TSPDM_ERR_CHAIN_SIGNATURE;
	TSPDM_TRY(tspdm_ossl_check_extensions(own));
	if (c->at == c->count - 1)
		return tspdm_ossl_check_leaf(own, c->check);
	return tspdm_ossl_check_issuer(own);
}

static enum tspdm_status check_profile(struct chain *c)
{
	for (c->at = 0; c->at < c->count; c->at++)
		TSPDM_TRY(check_one(c));
	c->at = c->count - 1;
	return TSPDM_OK;
}

static const struct {
	int error;
	enum tspdm_status status;
} causes[] = {
	{ X509_V_ERR_CERT_NOT_YET_VALID, TSPDM_ERR_CHAIN_TIME },
	{ X509_V_ERR_CERT_HAS_EXPIRED, TSPDM_ERR_CHAIN_TIME },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, TSPDM_ERR_CHAIN_FORM },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, TSPDM_ERR_CHAIN_FORM },
	{ X509_V_ERR_INVALID_EXTENSION, TSPDM_ERR_CHAIN_FORM },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_PERMITTED_VIOLATION, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_EXCLUDED_VIOLATION, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_SUBTREE_MINMAX, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_INVALID_CA, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_INVALID_NON_CA, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_INVALID_PURPOSE, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED, TSPDM_ERR_CHAIN_USAGE },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, TSPDM_ERR_KEY },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, TSPDM_ERR_KEY },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, TSPDM_ERR_KEY },
	{ X509_V_ERR_OUT_OF_MEM, TSPDM_ERR_MEMORY },
};

/* The rest (no issuer found, key identifiers that contradict, a weak digest, a bad signature) means: not properly
 * signed by the one before. */
static enum tspdm_status cause(int error)
{
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		if (causes[i].error == error)
			return causes[i].status;
	return TSPDM_ERR_CHAIN_SIGNATURE;
}

/* OpenSSL counts from the leaf. */
static unsigned place(const struct chain *c, int depth)
{
	return depth >= 0 && (unsigned)depth < c->count ? c->count - 1 - (unsigned)depth : 0;
}

/* Whether OpenSSL went the way that was shown, and took no short cut around a certificate. */
static bool is_path(const struct chain *c, const STACK_OF(X509) * path)
{
	unsigned outside = c->anchor != NULL ? 1 : 0;

	if (sk_X509_num(path) != (int)(c->count + outside))
		return false;
	for (unsigned i = 0; i < c->count; i++)
		if (X509_cmp(sk_X509_value(path, (int)i), c->certificate[c->count - 1 - i]) != 0)
			return false;
	return true;
}

static void set_parameters(const struct chain *c, X509_VERIFY_PARAM *parameters)
{
	/* extensions were judged in check_profile(), by a longer list than OpenSSL's */
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_IGNORE_CRITICAL;

	if (c->check->time == 0)
		flags |= X509_V_FLAG_NO_CHECK_TIME;
	else
		X509_VERIFY_PARAM_set_time(parameters, (time_t)c->check->time);
	X509_VERIFY_PARAM_set_flags(parameters, flags);
	X509_VERIFY_PARAM_set_auth_level(parameters, 2); /* 112 bits: no MD5, no SHA-1, no RSA below 2048 */
}

static enum tspdm_status run_path(struct chain *c, X509_STORE_CTX *context)
{
	int verified = X509_verify_cert(context);

	if (verified == 1 && is_path(c, X509_STORE_CTX_get0_chain(context)))
		return TSPDM_OK;
	if (verified < 0)
		return TSPDM_ERR_CRYPTO;
	c->at = verified == 1 ? c->count - 1 : place(c, X509_STORE_CTX_get_error_depth(context));
	return verified == 1 ? TSPDM_ERR_CHAIN_SIGNATURE : cause(X509_STORE_CTX_get_error(context));
}

static bool fill(const struct chain *c, STACK_OF(X509) * trusted, STACK_OF(X509) * shown)
{
	if (trusted == NULL || shown == NULL)
		return false;
	for (unsigned i = 0; i < c->count; i++)
		if (sk_X509_push(shown, c->certificate[i]) == 0)
			return false;
	return sk_X509_push(trusted, c->anchor != NULL ? c->anchor : c->certificate[0]) != 0;
}

/* OpenSSL's verification takes one identity for a signature of SM2: the one that fits is found here, before. */
static void find_identities(const struct chain *c)
{
	X509 *issuer = c->anchor != NULL ? c->anchor : c->certificate[0];

	for (unsigned i = 0; i < c->count; i++) {
		tspdm_ossl_find_identity(c->certificate[i], issuer);
		issuer = c->certificate[i];
	}
}

/* The path from the leaf up to the anchor, or to the first certificate; whether that one is trusted is not judged here.
 */
static enum tspdm_status check_path(struct chain *c)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	STACK_OF(X509) *shown = sk_X509_new_null();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	find_identities(c);
	if (context != NULL && fill(c, trusted, shown) &&
		X509_STORE_CTX_init(context, NULL, c->certificate[c->count - 1], shown) == 1) {
		X509_STORE_CTX_set0_trusted_stack(context, trusted);
		set_parameters(c, X509_STORE_CTX_get0_param(context));
		status = run_path(c, context);
	}
	X509_STORE_CTX_free(context);
	sk_X509_free(shown);
	sk_X509_free(trusted);
	return status;
}

/* No anchor means no trust, unless the caller said otherwise; and then the chain must at least end in itself. */
static enum tspdm_status check_trust(struct chain *c)
{
	c->at = 0;
	if (c->is_anchored)
		return TSPDM_OK;
	if (!c->check->allow_unanchored)
		return TSPDM_ERR_CHAIN_UNTRUSTED;
	return X509_self_signed(c->certificate[0], 1) == 1 ? TSPDM_OK : TSPDM_ERR_CHAIN_UNTRUSTED;
}

static enum tspdm_status take_leaf_key(struct chain *c, struct tspdm_public_key **out)
{
	c->at = c->count - 1;
	return tspdm_ossl_public_key_of(c->certificate[c->at], c->check->asym, out);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void narrow(const X509 *certificate, struct tspdm_chain_result *result)
{
	int64_t from = seconds_of(X509_get0_notBefore(certificate));
	int64_t until = seconds_of(X509_get0_notAfter(certificate)); /* X509_verify_cert(): no more at that second */

	if (from > result->valid_from)
		result->valid_from = from;
	if (until < result->valid_until)
		result->valid_until = until;
}

static void tell_validity(const struct chain *c, struct tspdm_chain_result *result)
{
	result->valid_from = 0;
	result->valid_until = INT64_MAX;
	for (unsigned i = 0; i < c->count; i++)
		narrow(c->certificate[i], result);
	if (c->anchor != NULL)
		narrow(c->anchor, result);
}

static enum tspdm_status judge(struct chain *c, struct tspdm_public_key **leaf_key)
{
	TSPDM_TRY(parse(c));
	TSPDM_TRY(check_root(c));
	TSPDM_TRY(check_profile(c));
	TSPDM_TRY(take_leaf_key(c, leaf_key));
	TSPDM_TRY(check_path(c));
	return check_trust(c);
}

enum tspdm_status tspdm_ossl_check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result)
{
	struct chain c = { .check = check, .hashes = &tspdm_ossl_of(crypto)->hashes };
	struct tspdm_public_key *leaf_key = NULL;
	enum tspdm_status status;

	*result = (struct tspdm_chain_result){ 0 };
	ERR_set_mark();
	status = judge(&c, &leaf_key);
	ERR_pop_to_mark();
	if (status == TSPDM_OK) {
		result->leaf_key = leaf_key;
		result->leaf = c.der[c.count - 1];
		result->is_anchored = c.is_anchored;
		tell_validity(&c, result);
	} else {
		result->failed_at = (uint8_t)c.at;
		tspdm_ossl_public_key_free(crypto, leaf_key);
	}
	for (unsigned i = 0; i < OSSL_CERTIFICATES; i++)
		X509_free(c.certificate[i]);
	X509_free(c.anchor);
	return status;
}
