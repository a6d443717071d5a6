/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * JOSE, as far as attestation results need it. RFC 7515 (JWS), RFC 7517 and 7518 (JWK, ES256, ES384), RFC 7638
 * (thumbprints), RFC 8037 (Ed25519, Ed448). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "jose.h"

enum { SIGNATURE_MAX = 160, COORDINATE_MAX = 66, RSA_MAX = 2048 };

/* ---- Texts ---- */

char *tspdm_jose_base64url(struct tspdm_view bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *out = bytes.len < SIZE_MAX / 4 ? malloc((bytes.len / 3 + 1) * 4 + 1) : NULL;
	uint32_t group = 0;
	unsigned bits = 0;
	size_t len = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.len; i++) {
		group = (group << 8 | bytes.ptr[i]) & 0xFFFF;
		for (bits += 8; bits >= 6; bits -= 6)
			out[len++] = alphabet[group >> (bits - 6) & 0x3F];
	}
	if (bits != 0)
		out[len++] = alphabet[group << (6 - bits) & 0x3F];
	out[len] = '\0';
	return out;
}

bool tspdm_jose_sha256(struct tspdm_view bytes, uint8_t out[32])
{
	return EVP_Digest(bytes.ptr, bytes.len, out, NULL, EVP_sha256(), NULL) == 1;
}

/* Sets a member of bytes in base64url. */
static bool set_bytes(json_t *object, const char *name, const uint8_t *bytes, size_t len)
{
	char *text = tspdm_jose_base64url((struct tspdm_view){ bytes, len });
	bool ok = text != NULL && json_object_set_new(object, name, json_string(text)) == 0;

	free(text);
	return ok;
}

/* ---- Keys ---- */

static const struct curve {
	const char *group, *name, *algorithm; /* OpenSSL's and JWK's names; NULL: we do not sign with it */
	size_t len;                           /* of a coordinate */
} curves[] = {
	{ "prime256v1", "P-256", "ES256", 32 },
	{ "secp384r1", "P-384", "ES384", 48 },
	{ "secp521r1", "P-521", NULL, 66 },
};

static const struct curve *curve_of(const EVP_PKEY *key)
{
	char group[32];

	if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
		if (strcmp(curves[i].group, group) == 0)
			return &curves[i];
	return NULL;
}

static bool set_number(json_t *jwk, const char *name, const EVP_PKEY *key, const char *parameter, size_t len)
{
	uint8_t bytes[RSA_MAX];
	BIGNUM *number = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, parameter, &number) == 1;

	if (ok && len == 0) /* no fixed width */
		len = (size_t)BN_num_bytes(number);
	ok = ok && len <= sizeof bytes && BN_bn2binpad(number, bytes, (int)len) == (int)len &&
	     set_bytes(jwk, name, bytes, len);
	BN_free(number);
	return ok;
}

static bool set_octets(json_t *jwk, const char *name, const EVP_PKEY *key)
{
	uint8_t bytes[COORDINATE_MAX];
	size_t len = sizeof bytes;

	return EVP_PKEY_get_raw_public_key(key, bytes, &len) == 1 && set_bytes(jwk, name, bytes, len);
}

static json_t *jwk_of(const EVP_PKEY *key)
{
	const struct curve *curve = curve_of(key);
	const char *edwards = EVP_PKEY_is_a(key, "ED25519") ? "Ed25519" : EVP_PKEY_is_a(key, "ED448") ? "Ed448" : NULL;
	json_t *jwk = NULL;
	bool ok = false;

	if (curve != NULL) {
		jwk = json_pack("{s:s, s:s}", "kty", "EC", "crv", curve->name);
		ok = jwk != NULL && set_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, curve->len) &&
		     set_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->len);
	} else if (edwards != NULL) {
		jwk = json_pack("{s:s, s:s}", "kty", "OKP", "crv", edwards);
		ok = jwk != NULL && set_octets(jwk, "x", key);
	} else if (EVP_PKEY_is_a(key, "RSA")) {
		jwk = json_pack("{s:s}", "kty", "RSA");
		ok = jwk != NULL && set_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0) &&
		     set_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	}
	if (ok)
		return jwk;
	json_decref(jwk);
	return NULL;
}

json_t *tspdm_jose_jwk(struct tspdm_view spki)
{
	const uint8_t *next = spki.ptr;
	json_t *jwk = NULL;
	EVP_PKEY *key;

	if (spki.len == 0 || spki.len > LONG_MAX)
		return NULL;
	ERR_set_mark();
	key = d2i_PUBKEY(NULL, &next, (long)spki.len);
	if (key != NULL)
		jwk = jwk_of(key);
	EVP_PKEY_free(key);
	ERR_pop_to_mark();
	return jwk;
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *out, int cap, int is_writing, void *context)
{
	(void)out, (void)cap, (void)is_writing, (void)context;
	return -1;
}

EVP_PKEY *tspdm_jose_private_key(struct tspdm_view bytes)
{
	const uint8_t *next = bytes.ptr;
	const struct curve *curve;
	EVP_PKEY *key;
	BIO *pem;

	if (bytes.len == 0 || bytes.len > INT_MAX)
		return NULL;
	ERR_set_mark();
	pem = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
	key = pem != NULL ? PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL) : NULL;
	if (key == NULL)
		key = d2i_AutoPrivateKey(NULL, &next, (long)bytes.len);
	BIO_free(pem);
	curve = key != NULL ? curve_of(key) : NULL;
	if (curve == NULL || curve->algorithm == NULL) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_pop_to_mark();
	return key;
}

/* ---- Signatures ---- */

/* r and s, each as long as a coordinate. RFC 7518 "Digital Signature with ECDSA" */
static bool to_fixed(const uint8_t *der, size_t der_len, uint8_t *rs, size_t half)
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	bool ok = signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), rs, (int)half) == (int)half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(signature), rs + half, (int)half) == (int)half;

	ECDSA_SIG_free(signature);
	return ok;
}

static bool sign(EVP_PKEY *key, const struct curve *curve, const char *text, uint8_t *rs)
{
	const EVP_MD *hash = curve->len == 48 ? EVP_sha384() : EVP_sha256();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[SIGNATURE_MAX];
	size_t len = sizeof der;
	bool ok = context != NULL && EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
		  EVP_DigestSign(context, der, &len, (const uint8_t *)text, strlen(text)) == 1 &&
		  to_fixed(der, len, rs, curve->len);

	EVP_MD_CTX_free(context);
	return ok;
}

/* RFC 7638: the hash of the JWK with its members sorted and no blanks. */
static char *thumbprint(const EVP_PKEY *key)
{
	json_t *jwk = jwk_of(key);
	char *text = jwk != NULL ? json_dumps(jwk, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	char *out = NULL;
	uint8_t digest[32];

	if (text != NULL && tspdm_jose_sha256((struct tspdm_view){ (const uint8_t *)text, strlen(text) }, digest))
		out = tspdm_jose_base64url((struct tspdm_view){ digest, sizeof digest });
	free(text);
	json_decref(jwk);
	return out;
}

/* The JSON in base64url. */
static char *encode(json_t *object)
{
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	char *out = NULL;

	if (text != NULL)
		out = tspdm_jose_base64url((struct tspdm_view){ (const uint8_t *)text, strlen(text) });
	free(text);
	return out;
}

/* "a.b", malloc()ed. */
static char *join(const char *a, const char *b)
{
	size_t len = a != NULL && b != NULL ? strlen(a) + strlen(b) + 2 : 0;
	char *out = len != 0 ? malloc(len) : NULL;

	if (out != NULL)
		snprintf(out, len, "%s.%s", a, b);
	return out;
}

static char *signing_input(EVP_PKEY *key, const struct curve *curve, const char *type, json_t *claims)
{
	char *kid = thumbprint(key);
	json_t *header =
		kid != NULL ? json_pack("{s:s, s:s, s:s}", "alg", curve->algorithm, "typ", type, "kid", kid) : NULL;
	char *head = encode(header), *body = encode(claims), *input = join(head, body);

	free(head);
	free(body);
	free(kid);
	json_decref(header);
	return input;
}

enum tspdm_status tspdm_jose_sign(EVP_PKEY *key, const char *type, json_t *claims, char **jwt)
{
	const struct curve *curve = curve_of(key);
	uint8_t rs[2 * COORDINATE_MAX];
	char *input, *signature;

	*jwt = NULL;
	if (curve == NULL || curve->algorithm == NULL)
		return TSPDM_ERR_KEY;
	input = signing_input(key, curve, type, claims);
	if (input == NULL)
		return TSPDM_ERR_MEMORY;
	if (!sign(key, curve, input, rs)) {
		free(input);
		return TSPDM_ERR_CRYPTO;
	}
	signature = tspdm_jose_base64url((struct tspdm_view){ rs, 2 * curve->len });
	*jwt = join(input, signature);
	free(signature);
	free(input);
	return *jwt != NULL ? TSPDM_OK : TSPDM_ERR_MEMORY;
}
