/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Signatures in the encodings of DSP0274 1.2 "Signature generation" and "Signature verification". RSA and ECDSA sign a
 * digest, which is made here; EdDSA signs the message itself, and so does SM2, in sm2.c. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "internal.h"

/* The digest to sign: given, up to 1.1; of M, from 1.2 on (DSP0274 1.2 "Signature generation"). */
static enum tspdm_status digest_of(
	const struct tspdm_ossl_hashes *hashes, const struct tspdm_to_be_signed *tbs, uint8_t *digest, size_t *len)
{
	if (!tbs->is_digest)
		return tspdm_ossl_digest(hashes, tbs->hash, tbs->data, digest, len);
	*len = tspdm_algorithm_size(TSPDM_KIND_HASH, tbs->hash);
	if (*len == 0 || tbs->data.len != *len)
		return TSPDM_ERR_ARGUMENT;
	memcpy(digest, tbs->data.ptr, *len);
	return TSPDM_OK;
}

/* RSAPSS: hash and MGF1 hash are BaseHash, the salt is as long as a digest, on both sides. ECDSA has no parameters. False
 * where OpenSSL does not sign with this hash: RSA with SM3. */
static bool set_padding(EVP_PKEY_CTX *context, const EVP_MD *md, uint32_t asym)
{
	if ((asym & OSSL_ECDSA) != 0)
		return true;
	if ((asym & OSSL_RSASSA) != 0)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_signature_md(context, md) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(context, md) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

size_t tspdm_ossl_ecdsa_to_der(struct tspdm_view signature, uint8_t *der)
{
	int half = (int)(signature.len / 2);
	BIGNUM *r = BN_bin2bn(signature.ptr, half, NULL);
	BIGNUM *s = BN_bin2bn(signature.ptr + half, half, NULL);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int len = 0;

	if (r == NULL || s == NULL || pair == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else {
		len = i2d_ECDSA_SIG(pair, NULL) <= OSSL_ECDSA_DER_MAX ? i2d_ECDSA_SIG(pair, &der) : 0;
	}
	ECDSA_SIG_free(pair);
	return len > 0 ? (size_t)len : 0;
}

bool tspdm_ossl_ecdsa_from_der(const uint8_t *der, size_t der_len, uint8_t *out, size_t len)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	int half = (int)(len / 2);
	bool good = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, half) == half &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, half) == half;

	ECDSA_SIG_free(pair);
	return good;
}

static enum tspdm_status verify_encoded(
	EVP_PKEY_CTX *context, uint32_t asym, struct tspdm_view signature, const uint8_t *digest, size_t digest_len)
{
	uint8_t der[OSSL_ECDSA_DER_MAX];

	if ((asym & OSSL_ECDSA) != 0) {
		signature.len = tspdm_ossl_ecdsa_to_der(signature, der);
		signature.ptr = der;
		if (signature.len == 0)
			return TSPDM_ERR_MEMORY;
	}
	return EVP_PKEY_verify(context, signature.ptr, signature.len, digest, digest_len) == 1 ? TSPDM_OK
											       : TSPDM_ERR_SIGNATURE;
}

EVP_PKEY_CTX *tspdm_ossl_ready(EVP_PKEY *pkey, uint32_t fits, bool is_sign)
{
	EVP_PKEY_CTX *context = (fits & OSSL_ECDSA) != 0 ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;

	if (context != NULL && (is_sign ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) == 1)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

static enum tspdm_status verify_digest(const struct tspdm_ossl_hashes *hashes, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	uint8_t digest[TSPDM_HASH_MAX];
	size_t len = 0;
	enum tspdm_status status = TSPDM_ERR_CRYPTO;
	EVP_PKEY_CTX *context;

	TSPDM_TRY(digest_of(hashes, tbs, digest, &len));
	if (key->verifier != NULL) /* the key is one thread's at a time, and verifying leaves nothing behind */
		return verify_encoded(key->verifier, tbs->asym, signature, digest, len);
	context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (context != NULL && EVP_PKEY_verify_init(context) == 1)
		status = set_padding(context, tspdm_ossl_md(hashes, tbs->hash), tbs->asym)
				 ? verify_encoded(context, tbs->asym, signature, digest, len)
				 : TSPDM_ERR_UNSUPPORTED;
	EVP_PKEY_CTX_free(context);
	return status;
}

/* OpenSSL takes a context string for Ed448 from 3.2 on; asked at run time, since 3.0 may be what we were built with. */
static bool set_context_string(EVP_PKEY_CTX *context, struct tspdm_view string)
{
	static const char name[] = "context-string";
	const OSSL_PARAM *settable = EVP_PKEY_CTX_settable_params(context);
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	uint8_t copy[255]; /* RFC 8032 "Ed448ph and Ed448": at most 255 bytes */

	if (settable == NULL || OSSL_PARAM_locate_const(settable, name) == NULL || string.len > sizeof copy)
		return false;
	memcpy(copy, string.ptr, string.len);
	params[0] = OSSL_PARAM_construct_octet_string(name, copy, string.len);
	return EVP_PKEY_CTX_set_params(context, params) == 1;
}

static bool verify_pure(
	EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, struct tspdm_view string, struct tspdm_view signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	bool good = context != NULL && EVP_DigestVerifyInit_ex(context, &inner, NULL, NULL, NULL, pkey, NULL) == 1 &&
		    (string.len == 0 || set_context_string(inner, string)) &&
		    EVP_DigestVerify(context, signature.ptr, signature.len, tbs->data.ptr, tbs->data.len) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

/* DSP0274 1.2 "Signature generation": Ed448 takes spdm_context as its context. Deployed implementations sign with an
 * empty one; since spdm_context is also part of M (combined_spdm_prefix), a signature with an empty context is as well
 * bound to its use, and is accepted as the second attempt, or as the only one where OpenSSL cannot set a context. */
static enum tspdm_status verify_eddsa(EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	const struct tspdm_view none = { NULL, 0 };

	if (tbs->is_digest) /* EdDSA is of 1.2, and has no digest */
		return TSPDM_ERR_ARGUMENT;
	if (tbs->asym == TSPDM_ASYM_ED448 && tbs->context.len != 0 && verify_pure(pkey, tbs, tbs->context, signature))
		return TSPDM_OK;
	if (tbs->asym == TSPDM_ASYM_ED448 && tbs->context.len != 0 && tbs->is_strict)
		return TSPDM_ERR_SIGNATURE;
	return verify_pure(pkey, tbs, none, signature) ? TSPDM_OK : TSPDM_ERR_SIGNATURE;
}

enum tspdm_status tspdm_ossl_verify(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	size_t len = tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym);
	enum tspdm_status status;

	if (len == 0 || (key->fits & tbs->asym) == 0)
		return TSPDM_ERR_KEY;
	if (signature.len != len)
		return TSPDM_ERR_SIGNATURE;
	ERR_set_mark();
	if ((tbs->asym & OSSL_EDDSA) != 0)
		status = verify_eddsa(key->pkey, tbs, signature);
	else if (tbs->asym == TSPDM_ASYM_SM2)
		status = tspdm_ossl_verify_sm2(key->pkey, tbs, signature);
	else
		status = verify_digest(&tspdm_ossl_of(crypto)->hashes, key, tbs, signature);
	ERR_pop_to_mark();
	return status;
}

static enum tspdm_status sign_encoded(
	EVP_PKEY_CTX *context, uint32_t asym, const uint8_t *digest, size_t digest_len, uint8_t *out, size_t len)
{
	uint8_t der[OSSL_ECDSA_DER_MAX];
	size_t der_len = sizeof der;
	size_t written = len;

	if ((asym & OSSL_ECDSA) == 0)
		return EVP_PKEY_sign(context, out, &written, digest, digest_len) == 1 && written == len
			       ? TSPDM_OK
			       : TSPDM_ERR_CRYPTO;
	if (EVP_PKEY_sign(context, der, &der_len, digest, digest_len) != 1)
		return TSPDM_ERR_CRYPTO;
	return tspdm_ossl_ecdsa_from_der(der, der_len, out, len) ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

/* A context of one's own, since threads may share the identity. */
static enum tspdm_status new_signing_context(
	const struct tspdm_openssl_identity *identity, const struct tspdm_to_be_signed *tbs, EVP_PKEY_CTX **out)
{
	EVP_PKEY_CTX *context = identity->ready != NULL ? EVP_PKEY_CTX_dup(identity->ready) : NULL;
	enum tspdm_status status = TSPDM_OK;

	*out = context;
	if (context != NULL) /* else there is none to copy, or a provider whose contexts cannot be copied */
		return TSPDM_OK;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, identity->key, NULL);
	if (context == NULL || EVP_PKEY_sign_init(context) != 1)
		status = TSPDM_ERR_CRYPTO;
	else if (!set_padding(context, tspdm_ossl_md(&identity->hashes, tbs->hash), tbs->asym))
		status = TSPDM_ERR_UNSUPPORTED;
	if (status != TSPDM_OK)
		EVP_PKEY_CTX_free(context);
	else
		*out = context;
	return status;
}

static enum tspdm_status sign_digest(
	const struct tspdm_openssl_identity *identity, const struct tspdm_to_be_signed *tbs, uint8_t *out, size_t len)
{
	uint8_t digest[TSPDM_HASH_MAX];
	size_t digest_len = 0;
	enum tspdm_status status;
	EVP_PKEY_CTX *context;

	TSPDM_TRY(digest_of(&identity->hashes, tbs, digest, &digest_len));
	TSPDM_TRY(new_signing_context(identity, tbs, &context));
	status = sign_encoded(context, tbs->asym, digest, digest_len, out, len);
	EVP_PKEY_CTX_free(context);
	return status;
}

/* Ed448's context is empty unless the standard's is insisted on: deployed peers expect that. See verify_eddsa(). */
static enum tspdm_status sign_eddsa(EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, uint8_t *out, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	size_t written = len;
	bool is_settable = true;
	bool good = context != NULL && EVP_DigestSignInit_ex(context, &inner, NULL, NULL, NULL, pkey, NULL) == 1;

	if (good && tbs->asym == TSPDM_ASYM_ED448 && tbs->context.len != 0 && tbs->is_strict)
		is_settable = set_context_string(inner, tbs->context);
	good = good && is_settable && EVP_DigestSign(context, out, &written, tbs->data.ptr, tbs->data.len) == 1 &&
	       written == len;
	EVP_MD_CTX_free(context);
	if (!is_settable)
		return TSPDM_ERR_UNSUPPORTED;
	return good ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_ossl_sign(const struct tspdm_openssl_identity *identity, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature)
{
	size_t len = tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym);
	enum tspdm_status status;
	uint8_t *out;

	if (len == 0 || (identity->fits & tbs->asym) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	if ((tbs->asym & (OSSL_EDDSA | TSPDM_ASYM_SM2)) != 0 && tbs->is_digest)
		return TSPDM_ERR_ARGUMENT;
	out = write_space(signature, len);
	if (out == NULL)
		return TSPDM_ERR_BUFFER;
	ERR_set_mark();
	if ((tbs->asym & OSSL_EDDSA) != 0)
		status = sign_eddsa(identity->key, tbs, out, len);
	else if (tbs->asym == TSPDM_ASYM_SM2)
		status = tspdm_ossl_sign_sm2(identity->key, tbs, out, len);
	else
		status = sign_digest(identity, tbs, out, len);
	ERR_pop_to_mark();
	if (status != TSPDM_OK)
		signature->len -= len;
	return status;
}
