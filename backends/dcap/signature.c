/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * ECDSA P-256 with SHA-256 as quotes and collateral have it: r and s, x and y as 32 bytes each, big-endian. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "internal.h"

enum { HALF = 32, DER_MAX = 8 + 2 * (HALF + 1) };

/* @returns the length; 0 on failure */
static int to_der(struct tspdm_view rs, unsigned char out[DER_MAX])
{
	BIGNUM *r = BN_bin2bn(rs.ptr, HALF, NULL);
	BIGNUM *s = BN_bin2bn(rs.ptr + HALF, HALF, NULL);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int len = 0;

	if (r != NULL && s != NULL && signature != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = NULL; /* now the signature's */
		s = NULL;
		len = i2d_ECDSA_SIG(signature, NULL) <= DER_MAX ? i2d_ECDSA_SIG(signature, &out) : 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return len > 0 ? len : 0;
}

bool tspdm_dcap_verify_by_key(EVP_PKEY *key, struct tspdm_view data, struct tspdm_view signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[DER_MAX];
	int len = signature.len == P256_SIGNATURE_LEN ? to_der(signature, der) : 0;
	bool ok = len != 0 && key != NULL && context != NULL &&
		  EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(context, der, (size_t)len, data.ptr, data.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return ok;
}

/* EVP_PKEY_fromdata() refuses what is not a point of the curve; EVP_PKEY_public_check() makes sure of it. */
static EVP_PKEY *key_of_point(struct tspdm_view point)
{
	uint8_t encoded[1 + P256_POINT_LEN] = { POINT_CONVERSION_UNCOMPRESSED };
	char group[] = "P-256";
	OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded),
		OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY_CTX *checker;
	EVP_PKEY *key = NULL;

	memcpy(encoded + 1, point.ptr, P256_POINT_LEN);
	if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1)
		(void)EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, parameters);
	EVP_PKEY_CTX_free(maker);
	checker = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	if (checker == NULL || EVP_PKEY_public_check(checker) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EVP_PKEY_CTX_free(checker);
	return key;
}

bool tspdm_dcap_verify_by_point(struct tspdm_view point, struct tspdm_view data, struct tspdm_view signature)
{
	EVP_PKEY *key = point.len == P256_POINT_LEN ? key_of_point(point) : NULL;
	bool ok = tspdm_dcap_verify_by_key(key, data, signature);

	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}
