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

bool tspdm_dcap_verify_by_key(EVP_PKEY *key, struct tspdm_view data, struct tspdm_view signature)
{
	unsigned char der[DER_MAX];
	size_t len;

	if (signature.len != P256_SIGNATURE_LEN)
		return false;
	len = tspdm_x509_ecdsa_der(
		BN_bin2bn(signature.ptr, HALF, NULL), BN_bin2bn(signature.ptr + HALF, HALF, NULL), der, sizeof der);
	return tspdm_x509_verifies(key, EVP_sha256(), data, (struct tspdm_view){ der, len });
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
