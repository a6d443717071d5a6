/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * AEAD: the key is set up once for each direction, a record changes the nonce only. Tags of 16 bytes, nonces of 12. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/secret.h>

#include "internal.h"

enum { TAG_LEN = 16 };

struct tspdm_aead_key {
	EVP_CIPHER_CTX *context;
	bool is_seal;
};

/* By bit position in AEADCipherSuite. SM4-GCM came after OpenSSL 3.0: fetched at run time, since 3.0 may be what we were
 * built with. */
static const char *const names[OSSL_CIPHERS] = { "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "SM4-GCM" };

void tspdm_ossl_ciphers_fetch(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_CIPHERS; i++)
		ossl->cipher[i] = EVP_CIPHER_fetch(NULL, names[i], NULL);
}

void tspdm_ossl_ciphers_free(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_CIPHERS; i++)
		EVP_CIPHER_free(ossl->cipher[i]);
}

enum tspdm_status tspdm_ossl_aead_new(
	struct tspdm_crypto *crypto, uint32_t aead, bool is_seal, struct tspdm_view key, struct tspdm_aead_key **out)
{
	unsigned i = tspdm_ossl_index(aead, OSSL_CIPHERS);
	const EVP_CIPHER *cipher = i < OSSL_CIPHERS ? tspdm_ossl_of(crypto)->cipher[i] : NULL;
	struct tspdm_aead_key *made;

	*out = NULL;
	if (cipher == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (key.len != tspdm_algorithm_size(TSPDM_KIND_AEAD, aead))
		return TSPDM_ERR_ARGUMENT;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return TSPDM_ERR_MEMORY;
	made->is_seal = is_seal;
	made->context = EVP_CIPHER_CTX_new();
	if (made->context == NULL ||
		EVP_CipherInit_ex2(made->context, cipher, key.ptr, NULL, is_seal ? 1 : 0, NULL) != 1) {
		tspdm_ossl_aead_free(crypto, made);
		return TSPDM_ERR_MEMORY;
	}
	*out = made;
	return TSPDM_OK;
}

/* All but the tag. `ptr` may be NULL where `len` is 0. */
static bool run(EVP_CIPHER_CTX *context, const uint8_t *nonce, struct tspdm_view associated, uint8_t *data, size_t len)
{
	int written = 0;

	if (EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, NULL) != 1)
		return false;
	if (associated.len != 0 && EVP_CipherUpdate(context, NULL, &written, associated.ptr, (int)associated.len) != 1)
		return false;
	return len == 0 || (EVP_CipherUpdate(context, data, &written, data, (int)len) == 1 && written == (int)len);
}

/* All of them are stream ciphers: nothing is left to write at the end. */
static bool finish(EVP_CIPHER_CTX *context)
{
	uint8_t none[EVP_MAX_BLOCK_LENGTH];
	int written = 0;

	return EVP_CipherFinal_ex(context, none, &written) == 1 && written == 0;
}

enum tspdm_status tspdm_ossl_aead_seal(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, uint8_t *tag)
{
	(void)crypto;
	if (!key->is_seal || len > INT_MAX || associated.len > INT_MAX)
		return TSPDM_ERR_ARGUMENT;
	if (run(key->context, nonce, associated, data, len) && finish(key->context) &&
		EVP_CIPHER_CTX_ctrl(key->context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1)
		return TSPDM_OK;
	tspdm_wipe(data, len); /* half done, it could be sent by mistake */
	return TSPDM_ERR_CRYPTO;
}

static enum tspdm_status open_record(EVP_CIPHER_CTX *context, const uint8_t *nonce, struct tspdm_view associated,
	uint8_t *data, size_t len, const uint8_t *tag)
{
	uint8_t copy[TAG_LEN];

	memcpy(copy, tag, sizeof copy);
	if (!run(context, nonce, associated, data, len) ||
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof copy, copy) != 1)
		return TSPDM_ERR_CRYPTO;
	return finish(context) ? TSPDM_OK : TSPDM_ERR_MAC;
}

enum tspdm_status tspdm_ossl_aead_open(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, const uint8_t *tag)
{
	enum tspdm_status status;

	(void)crypto;
	if (key->is_seal || len > INT_MAX || associated.len > INT_MAX)
		return TSPDM_ERR_ARGUMENT;
	ERR_set_mark();
	status = open_record(key->context, nonce, associated, data, len, tag);
	ERR_pop_to_mark();
	if (status != TSPDM_OK)
		tspdm_wipe(data, len); /* unauthenticated plaintext */
	return status;
}

void tspdm_ossl_aead_free(struct tspdm_crypto *crypto, struct tspdm_aead_key *key)
{
	(void)crypto;
	if (key == NULL)
		return;
	EVP_CIPHER_CTX_free(key->context); /* wipes the key schedule */
	free(key);
}
