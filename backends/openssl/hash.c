/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Digests, running hashes and HMAC. */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "internal.h"

struct tspdm_hash {
	EVP_MD_CTX *context;
	const EVP_MD *md; /* the instance's, which outlives it */
};

static const char *const names[OSSL_HASHES] = { "SHA2-256", "SHA2-384", "SHA2-512", "SHA3-256", "SHA3-384", "SHA3-512",
	OSSL_SM3 };

void tspdm_ossl_hashes_fetch(struct tspdm_ossl_hashes *hashes)
{
	for (unsigned i = 0; i < OSSL_HASHES; i++)
		hashes->md[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

void tspdm_ossl_hashes_free(struct tspdm_ossl_hashes *hashes)
{
	for (unsigned i = 0; i < OSSL_HASHES; i++)
		EVP_MD_free(hashes->md[i]);
}

const EVP_MD *tspdm_ossl_md(const struct tspdm_ossl_hashes *hashes, uint32_t hash)
{
	unsigned i = tspdm_ossl_index(hash, OSSL_HASHES);

	return i < OSSL_HASHES ? hashes->md[i] : NULL;
}

enum tspdm_status tspdm_ossl_digest(
	const struct tspdm_ossl_hashes *hashes, uint32_t hash, struct tspdm_view data, uint8_t *out, size_t *len)
{
	const EVP_MD *md = tspdm_ossl_md(hashes, hash);
	unsigned written = 0;

	if (md == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (EVP_Digest(data.ptr, data.len, out, &written, md, NULL) != 1)
		return TSPDM_ERR_CRYPTO;
	*len = written;
	return TSPDM_OK;
}

enum tspdm_status tspdm_ossl_hash_new(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_hash **out)
{
	const EVP_MD *md = tspdm_ossl_md(&tspdm_ossl_of(crypto)->hashes, hash);
	struct tspdm_hash *made;

	*out = NULL;
	if (md == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return TSPDM_ERR_MEMORY;
	made->md = md;
	made->context = EVP_MD_CTX_new();
	if (made->context == NULL || EVP_DigestInit_ex2(made->context, md, NULL) != 1) {
		tspdm_ossl_hash_free(crypto, made);
		return TSPDM_ERR_MEMORY;
	}
	*out = made;
	return TSPDM_OK;
}

/* OpenSSL 3.0 makes the algorithm's state anew on a reset and on a copy, one allocation each; nothing here does. */
enum tspdm_status tspdm_ossl_hash_reset(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	(void)crypto;
	return EVP_DigestInit_ex2(hash->context, hash->md, NULL) == 1 ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_ossl_hash_update(struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data)
{
	(void)crypto;
	return EVP_DigestUpdate(hash->context, data.ptr, data.len) == 1 ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_ossl_hash_copy(
	struct tspdm_crypto *crypto, struct tspdm_hash *to, const struct tspdm_hash *from)
{
	(void)crypto;
	if (to->md != from->md)
		return TSPDM_ERR_ARGUMENT;
	return EVP_MD_CTX_copy_ex(to->context, from->context) == 1 ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_ossl_hash_final(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out)
{
	(void)crypto;
	return EVP_DigestFinal_ex(hash->context, out, NULL) == 1 ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

void tspdm_ossl_hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	(void)crypto;
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->context); /* providers cleanse their state */
	free(hash);
}

/* HMAC contexts name their digest and have it fetched: that is done once, here. The key of zeros is there because
 * OpenSSL 3.0 refuses to duplicate a context that never had one. */
static EVP_MAC_CTX *hmac_template(EVP_MAC *mac, const char *digest)
{
	static const uint8_t zeros[TSPDM_HASH_MAX];
	char name[16];
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);

	OPENSSL_strlcpy(name, digest, sizeof name);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	if (context != NULL && EVP_MAC_init(context, zeros, sizeof zeros, params) == 1)
		return context;
	EVP_MAC_CTX_free(context);
	return NULL;
}

bool tspdm_ossl_hmac_new(struct tspdm_ossl *ossl)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	bool good = mac != NULL;

	for (unsigned i = 0; i < OSSL_HASHES && good; i++) {
		if (ossl->hashes.md[i] == NULL)
			continue;
		ossl->hmac[i] = hmac_template(mac, names[i]);
		good = ossl->hmac[i] != NULL;
	}
	EVP_MAC_free(mac); /* the contexts keep it */
	return good;
}

void tspdm_ossl_hmac_free(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_HASHES; i++)
		EVP_MAC_CTX_free(ossl->hmac[i]);
}

static bool hmac_run(
	EVP_MAC_CTX *context, struct tspdm_view key, const struct tspdm_view *parts, size_t part_count, uint8_t *out)
{
	static const uint8_t empty;
	size_t len = 0;

	/* a NULL key would mean "the last one again" */
	if (EVP_MAC_init(context, key.len != 0 ? key.ptr : &empty, key.len, NULL) != 1)
		return false;
	for (size_t i = 0; i < part_count; i++)
		if (parts[i].len != 0 && EVP_MAC_update(context, parts[i].ptr, parts[i].len) != 1)
			return false;
	return EVP_MAC_final(context, out, &len, TSPDM_HASH_MAX) == 1;
}

enum tspdm_status tspdm_ossl_hmac(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view key,
	const struct tspdm_view *parts, size_t part_count, uint8_t *out)
{
	unsigned i = tspdm_ossl_index(hash, OSSL_HASHES);
	EVP_MAC_CTX *context;

	if (i == OSSL_HASHES || tspdm_ossl_of(crypto)->hmac[i] == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	context = EVP_MAC_CTX_dup(tspdm_ossl_of(crypto)->hmac[i]);
	if (context == NULL)
		return TSPDM_ERR_MEMORY;
	bool good = hmac_run(context, key, parts, part_count, out);
	EVP_MAC_CTX_free(context); /* wipes the key */
	return good ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}
