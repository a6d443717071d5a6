/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The backend's instance: what this OpenSSL has, random numbers, and the vtable. */
#include <limits.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "internal.h"

unsigned tspdm_ossl_index(uint32_t bit, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (bit == UINT32_C(1) << i)
			return i;
	return count;
}

static void supported(struct tspdm_crypto *crypto, struct tspdm_crypto_support *out)
{
	*out = tspdm_ossl_of(crypto)->support;
}

static enum tspdm_status fill_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	(void)crypto;
	while (len > 0) {
		int part = len > INT_MAX ? INT_MAX : (int)len;

		if (RAND_bytes(out, part) != 1)
			return TSPDM_ERR_RANDOM;
		out += part;
		len -= (size_t)part;
	}
	return TSPDM_OK;
}

static const struct tspdm_crypto_ops ops = {
	.size = sizeof ops,
	.name = "openssl",
	.supported = supported,
	.random = fill_random,
	.hash_new = tspdm_ossl_hash_new,
	.hash_reset = tspdm_ossl_hash_reset,
	.hash_update = tspdm_ossl_hash_update,
	.hash_copy = tspdm_ossl_hash_copy,
	.hash_final = tspdm_ossl_hash_final,
	.hash_free = tspdm_ossl_hash_free,
	.hmac = tspdm_ossl_hmac,
	.public_key_new = tspdm_ossl_public_key_new,
	.public_key_spki = tspdm_ossl_public_key_spki,
	.public_key_free = tspdm_ossl_public_key_free,
	.verify = tspdm_ossl_verify,
	.check_chain = tspdm_ossl_check_chain,
	.dhe_new = tspdm_ossl_dhe_new,
	.dhe_agree = tspdm_ossl_dhe_agree,
	.dhe_free = tspdm_ossl_dhe_free,
	.aead_new = tspdm_ossl_aead_new,
	.aead_seal = tspdm_ossl_aead_seal,
	.aead_open = tspdm_ossl_aead_open,
	.aead_free = tspdm_ossl_aead_free,
};

/* A build or a provider (FIPS) may lack some of them. */
static bool has_signature(const char *name)
{
	EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, name, NULL);
	bool has = signature != NULL;

	EVP_SIGNATURE_free(signature);
	return has;
}

static uint32_t supported_asym(const struct tspdm_ossl *ossl)
{
	return (has_signature("RSA") ? OSSL_RSASSA | OSSL_RSAPSS : 0U) | (has_signature("ECDSA") ? OSSL_ECDSA : 0U) |
	       (has_signature("ED25519") ? TSPDM_ASYM_ED25519 : 0U) | (has_signature("ED448") ? TSPDM_ASYM_ED448 : 0U) |
	       (tspdm_ossl_md(&ossl->hashes, TSPDM_HASH_SM3) != NULL && has_signature(OSSL_SM2) ? TSPDM_ASYM_SM2 : 0U);
}

static void announce(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_HASHES; i++)
		ossl->support.hash |= ossl->hashes.md[i] != NULL ? 1U << i : 0U;
	for (unsigned i = 0; i < OSSL_GROUPS; i++)
		ossl->support.dhe |= ossl->group[i] != NULL ? 1U << i : 0U;
	for (unsigned i = 0; i < OSSL_CIPHERS; i++)
		ossl->support.aead |= ossl->cipher[i] != NULL ? 1U << i : 0U;
	ossl->support.asym = supported_asym(ossl);
}

enum tspdm_status tspdm_openssl_new(struct tspdm_crypto **out)
{
	struct tspdm_ossl *ossl = calloc(1, sizeof *ossl);

	*out = NULL;
	if (ossl == NULL)
		return TSPDM_ERR_MEMORY;
	ossl->base.ops = &ops;
	ERR_set_mark();
	tspdm_ossl_hashes_fetch(&ossl->hashes);
	tspdm_ossl_groups_new(ossl);
	tspdm_ossl_ciphers_fetch(ossl);
	announce(ossl);
	bool good = tspdm_ossl_hmac_new(ossl) && ossl->support.hash != 0;
	ERR_pop_to_mark();
	if (!good) {
		tspdm_openssl_free(&ossl->base);
		return TSPDM_ERR_CRYPTO;
	}
	*out = &ossl->base;
	return TSPDM_OK;
}

void tspdm_openssl_free(struct tspdm_crypto *crypto)
{
	struct tspdm_ossl *ossl = tspdm_ossl_of(crypto);

	if (ossl == NULL)
		return;
	tspdm_ossl_hmac_free(ossl);
	tspdm_ossl_hashes_free(&ossl->hashes);
	tspdm_ossl_groups_free(ossl);
	tspdm_ossl_ciphers_free(ossl);
	free(ossl);
}
