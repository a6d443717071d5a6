/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Keys and signatures of the software TEE. Nothing here is secret: who has the library can make the same keys. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/cursor.h"
#include "soft_tee.h"

EVP_PKEY *tspdm_soft_rsa_key(const uint8_t *der)
{
	return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &der, TSPDM_SOFT_RSA_KEY_LEN);
}

/* Of four primes (RFC 8017 "multi-prime RSA"): seen from outside as any other, and made in a tenth of the time. */
EVP_PKEY *tspdm_soft_fresh_rsa_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (context == NULL || EVP_PKEY_keygen_init(context) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_bits(context, 4096) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_primes(context, 4) != 1 || EVP_PKEY_generate(context, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

enum tspdm_status tspdm_soft_bytes(const char *label, uint64_t number, uint8_t *out, size_t len)
{
	uint8_t room[96], digest[64];
	struct tspdm_buffer text = { .ptr = room, .cap = sizeof room };
	struct tspdm_view view = { (const uint8_t *)label, strlen(label) };

	write_view(&text, view);
	write_u32(&text, (uint32_t)number);
	write_u32(&text, (uint32_t)(number >> 32));
	if (len > sizeof digest || write_end(&text) != TSPDM_OK)
		return TSPDM_ERR_ARGUMENT;
	if (EVP_Digest(room, text.len, digest, NULL, EVP_sha512(), NULL) != 1)
		return TSPDM_ERR_CRYPTO;
	memcpy(out, digest, len);
	return TSPDM_OK;
}

static EVP_PKEY *import_key(const char *curve, const BIGNUM *secret, const uint8_t *point, size_t point_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key = NULL;

	if (build != NULL && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) == 1)
		parameters = OSSL_PARAM_BLD_to_param(build);
	if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* The secret is 1 + (512 bits mod (n - 1)): FIPS 186-5 "Key Pair Generation using Extra Random Bits". */
static bool multiply(const EC_GROUP *group, const uint8_t *seed, BIGNUM *secret, EC_POINT *point)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *top = BN_dup(EC_GROUP_get0_order(group));
	bool ok = context != NULL && top != NULL && BN_bin2bn(seed, 64, secret) != NULL && BN_sub_word(top, 1) == 1 &&
		  BN_nnmod(secret, secret, top, context) == 1 && BN_add_word(secret, 1) == 1 &&
		  EC_POINT_mul(group, point, secret, NULL, NULL, context) == 1;

	BN_free(top);
	BN_CTX_free(context);
	return ok;
}

EVP_PKEY *tspdm_soft_ec_key(int curve, const char *label, uint64_t number)
{
	uint8_t seed[64], encoded[133];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
	EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
	BIGNUM *secret = BN_new();
	EVP_PKEY *key = NULL;

	if (point != NULL && secret != NULL && tspdm_soft_bytes(label, number, seed, sizeof seed) == TSPDM_OK &&
		multiply(group, seed, secret, point)) {
		size_t len =
			EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof encoded, NULL);

		key = len != 0 ? import_key(OBJ_nid2sn(curve), secret, encoded, len) : NULL;
	}
	BN_free(secret);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

static enum tspdm_status split_signature(const uint8_t *der, size_t der_len, uint8_t *rs, size_t len)
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	int half = (int)(len / 2);
	bool ok = signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), rs, half) == half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(signature), rs + half, half) == half;

	ECDSA_SIG_free(signature);
	return ok ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_soft_sign(EVP_PKEY *key, const EVP_MD *hash, struct tspdm_view data, uint8_t *rs, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[160];
	size_t der_len = sizeof der;
	bool ok = context != NULL && EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
		  EVP_DigestSign(context, der, &der_len, data.ptr, data.len) == 1;

	EVP_MD_CTX_free(context);
	return ok ? split_signature(der, der_len, rs, len) : TSPDM_ERR_CRYPTO;
}
