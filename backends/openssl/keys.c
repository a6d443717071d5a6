/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Public keys: SubjectPublicKeyInfo in and out, and which algorithms of SPDM a key is for. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>

#include "base/cursor.h"
#include "internal.h"

static const struct {
	int bits;
	uint32_t fits;
} rsa_sizes[] = {
	{ 2048, TSPDM_ASYM_RSASSA_2048 | TSPDM_ASYM_RSAPSS_2048 },
	{ 3072, TSPDM_ASYM_RSASSA_3072 | TSPDM_ASYM_RSAPSS_3072 },
	{ 4096, TSPDM_ASYM_RSASSA_4096 | TSPDM_ASYM_RSAPSS_4096 },
};

/* By the type that OpenSSL gives the key: it signs with ECDSA where one of the SM2 curve is taken for an EC key. */
static const struct {
	const char *type, *group;
	uint32_t fits;
} curves[] = {
	{ "EC", "prime256v1", TSPDM_ASYM_ECDSA_P256 },
	{ "EC", "secp384r1", TSPDM_ASYM_ECDSA_P384 },
	{ "EC", "secp521r1", TSPDM_ASYM_ECDSA_P521 },
	{ OSSL_SM2, "SM2", TSPDM_ASYM_SM2 },
};

static uint32_t rsa_fits(const EVP_PKEY *pkey)
{
	for (size_t i = 0; i < sizeof rsa_sizes / sizeof rsa_sizes[0]; i++)
		if (EVP_PKEY_get_bits(pkey) == rsa_sizes[i].bits)
			return rsa_sizes[i].fits;
	return 0;
}

/* Curves come by name only (RFC 5480 "implicitCurve and specifiedCurve MUST NOT be used"): parameters spelt out could
 * be those of a named curve but for the generator. */
static uint32_t ec_fits(const EVP_PKEY *pkey)
{
	char group[32];
	size_t len = 0;
	int is_explicit = 1;

	if (EVP_PKEY_get_group_name(pkey, group, sizeof group, &len) != 1 ||
		EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 ||
		is_explicit != 0)
		return 0;
	for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
		if (EVP_PKEY_is_a(pkey, curves[i].type) && strcmp(group, curves[i].group) == 0)
			return curves[i].fits;
	return 0;
}

/* RSA keys are of rsaEncryption; one of id-RSASSA-PSS, which SPDM does not name, fits nothing. */
uint32_t tspdm_ossl_key_fits(const EVP_PKEY *pkey)
{
	if (EVP_PKEY_is_a(pkey, "RSA"))
		return rsa_fits(pkey);
	if (EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_is_a(pkey, OSSL_SM2))
		return ec_fits(pkey);
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return TSPDM_ASYM_ED25519;
	return EVP_PKEY_is_a(pkey, "ED448") ? TSPDM_ASYM_ED448 : 0;
}

enum tspdm_status tspdm_ossl_public_key_take(EVP_PKEY *pkey, uint32_t asym, struct tspdm_public_key **out)
{
	uint32_t fits = pkey != NULL ? tspdm_ossl_key_fits(pkey) : 0;
	struct tspdm_public_key *key = NULL;

	*out = NULL;
	if ((fits & asym) != 0)
		key = calloc(1, sizeof *key);
	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return (fits & asym) != 0 ? TSPDM_ERR_MEMORY : TSPDM_ERR_KEY;
	}
	key->pkey = pkey;
	key->fits = fits;
	key->verifier = tspdm_ossl_ready(pkey, fits, false);
	*out = key;
	return TSPDM_OK;
}

/* To encode the key itself OpenSSL 3.0 searches all its encoders, which takes as long as a verification with P-256. */
enum tspdm_status tspdm_ossl_public_key_of(X509 *certificate, uint32_t asym, struct tspdm_public_key **out)
{
	struct tspdm_public_key *key;

	TSPDM_TRY(tspdm_ossl_public_key_take(X509_get_pubkey(certificate), asym, &key));
	key->spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key->spki);
	if (key->spki_len <= 0) {
		tspdm_ossl_public_key_free(NULL, key);
		*out = NULL;
		return TSPDM_ERR_MEMORY;
	}
	*out = key;
	return TSPDM_OK;
}

enum tspdm_status tspdm_ossl_public_key_new(
	struct tspdm_crypto *crypto, uint32_t asym, struct tspdm_view spki, struct tspdm_public_key **out)
{
	const uint8_t *next = spki.ptr;
	enum tspdm_status status = TSPDM_ERR_KEY;
	EVP_PKEY *pkey;

	(void)crypto;
	*out = NULL;
	if (spki.len == 0 || spki.len > LONG_MAX)
		return TSPDM_ERR_KEY;
	ERR_set_mark();
	pkey = d2i_PUBKEY(NULL, &next, (long)spki.len);
	if (pkey != NULL && next != spki.ptr + spki.len)
		EVP_PKEY_free(pkey);
	else
		status = tspdm_ossl_public_key_take(pkey, asym, out);
	ERR_pop_to_mark();
	return status;
}

enum tspdm_status tspdm_ossl_public_key_spki(
	struct tspdm_crypto *crypto, const struct tspdm_public_key *key, struct tspdm_buffer *out)
{
	uint8_t *der = NULL;
	int len;

	(void)crypto;
	if (key->spki != NULL) {
		write_view(out, (struct tspdm_view){ key->spki, (size_t)key->spki_len });
		return write_end(out);
	}
	len = i2d_PUBKEY(key->pkey, &der);
	if (len <= 0)
		return TSPDM_ERR_MEMORY;
	write_view(out, (struct tspdm_view){ der, (size_t)len });
	OPENSSL_free(der);
	return write_end(out);
}

void tspdm_ossl_public_key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	(void)crypto;
	if (key == NULL)
		return;
	EVP_PKEY_CTX_free(key->verifier);
	EVP_PKEY_free(key->pkey);
	OPENSSL_free(key->spki);
	free(key);
}
