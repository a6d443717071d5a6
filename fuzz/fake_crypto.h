/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A crypto vtable without cryptography, for harnesses: deterministic, and fast. Digests are a mixing of the bytes, random
 * numbers count, a signature repeats the digest of what is signed. `fail_at` lets the n-th call fail. */
#ifndef TSPDM_FUZZ_FAKE_CRYPTO_H
#define TSPDM_FUZZ_FAKE_CRYPTO_H

#include <stdlib.h>
#include <string.h>

#include <tspdm/crypto.h>
#include <tspdm/device.h>

struct tspdm_hash {
	uint32_t algorithm;
	uint64_t state[8];
	uint64_t count;
};

struct fake_crypto {
	struct tspdm_crypto base;
	uint32_t fail_at; /* 0: never */
	uint32_t calls;
	uint8_t counter;
	unsigned hashes; /* alive; 0 in the end */
	unsigned keys;   /* likewise: of DHE and AEAD */
};

static inline bool fake_fails(struct tspdm_crypto *crypto)
{
	struct fake_crypto *fake = (struct fake_crypto *)crypto;

	return ++fake->calls == fake->fail_at;
}

static inline void fake_supported(struct tspdm_crypto *crypto, struct tspdm_crypto_support *out)
{
	(void)crypto;
	*out = (struct tspdm_crypto_support){ .hash = TSPDM_HASH_SHA256 | TSPDM_HASH_SHA384 | TSPDM_HASH_SHA512,
		.asym = TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384,
		.dhe = TSPDM_DHE_SECP256R1,
		.aead = TSPDM_AEAD_AES_128_GCM };
}

static inline enum tspdm_status fake_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_RANDOM;
	memset(out, ++((struct fake_crypto *)crypto)->counter, len);
	return TSPDM_OK;
}

static inline void fake_hash_start(struct tspdm_hash *hash)
{
	for (size_t i = 0; i < 8; i++)
		hash->state[i] = UINT64_C(0x9E3779B97F4A7C15) * (i + 1 + hash->algorithm);
	hash->count = 0;
}

static inline enum tspdm_status fake_hash_new(struct tspdm_crypto *crypto, uint32_t algorithm, struct tspdm_hash **out)
{
	if (fake_fails(crypto) || tspdm_algorithm_size(TSPDM_KIND_HASH, algorithm) == 0)
		return TSPDM_ERR_MEMORY;
	*out = malloc(sizeof **out);
	if (*out == NULL)
		return TSPDM_ERR_MEMORY;
	(*out)->algorithm = algorithm;
	fake_hash_start(*out);
	((struct fake_crypto *)crypto)->hashes++;
	return TSPDM_OK;
}

static inline enum tspdm_status fake_hash_reset(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	fake_hash_start(hash);
	return TSPDM_OK;
}

static inline enum tspdm_status fake_hash_update(
	struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	for (size_t i = 0; i < data.len; i++) {
		uint64_t *word = &hash->state[hash->count++ % 8];

		*word = (*word ^ data.ptr[i]) * UINT64_C(0x100000001B3);
	}
	return TSPDM_OK;
}

static inline enum tspdm_status fake_hash_copy(
	struct tspdm_crypto *crypto, struct tspdm_hash *to, const struct tspdm_hash *from)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	if (to->algorithm != from->algorithm)
		abort(); /* against the contract */
	*to = *from;
	return TSPDM_OK;
}

static inline enum tspdm_status fake_hash_final(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out)
{
	uint64_t mixed = hash->count;

	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	for (size_t i = 0; i < 8; i++) /* every word into every byte of the digest */
		mixed = (mixed ^ hash->state[i]) * UINT64_C(0x9E3779B97F4A7C15);
	for (size_t i = 0; i < tspdm_algorithm_size(TSPDM_KIND_HASH, hash->algorithm); i++) {
		mixed = (mixed ^ mixed >> 29 ^ hash->state[i % 8]) * UINT64_C(0x9E3779B97F4A7C15) + hash->count;
		out[i] = (uint8_t)(mixed >> 56);
	}
	return TSPDM_OK;
}

static inline void fake_hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	if (hash == NULL)
		return;
	((struct fake_crypto *)crypto)->hashes--;
	free(hash);
}

/* ---- Sessions. A secret is the sum of two public values, a tag is all zero or not, nothing is encrypted: a harness can
 * write records, and break them. ---- */

struct tspdm_dhe_key {
	uint8_t value;
};

struct tspdm_aead_key {
	bool is_seal;
};

enum { FAKE_DHE_LEN = 64, FAKE_TAG_LEN = 16 };

static inline enum tspdm_status fake_hmac(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view key,
	const struct tspdm_view *parts, size_t part_count, uint8_t *out)
{
	size_t len = tspdm_algorithm_size(TSPDM_KIND_HASH, hash);

	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i + key.ptr[i % key.len]);
	for (size_t p = 0; p < part_count; p++)
		for (size_t i = 0; i < parts[p].len; i++)
			out[i % len] = (uint8_t)(out[i % len] * 31 + parts[p].ptr[i]);
	return TSPDM_OK;
}

static inline enum tspdm_status fake_dhe_new(
	struct tspdm_crypto *crypto, uint32_t dhe, struct tspdm_dhe_key **out, struct tspdm_buffer *public_value)
{
	if (fake_fails(crypto) || dhe != TSPDM_DHE_SECP256R1)
		return TSPDM_ERR_CRYPTO;
	*out = calloc(1, sizeof **out);
	if (*out == NULL || public_value->cap - public_value->len < FAKE_DHE_LEN)
		abort();
	((struct fake_crypto *)crypto)->keys++;
	memset(public_value->ptr + public_value->len, 7, FAKE_DHE_LEN);
	public_value->len += FAKE_DHE_LEN;
	(*out)->value = 7;
	return TSPDM_OK;
}

static inline enum tspdm_status fake_dhe_agree(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key,
	struct tspdm_view peer_value, struct tspdm_buffer *secret)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	if (peer_value.len != FAKE_DHE_LEN || peer_value.ptr[0] == 0xFF)
		return TSPDM_ERR_KEY;
	for (size_t i = 0; i < 32; i++)
		secret->ptr[secret->len++] = (uint8_t)(peer_value.ptr[i] + key->value);
	return TSPDM_OK;
}

static inline void fake_dhe_free(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key)
{
	if (key == NULL)
		return;
	((struct fake_crypto *)crypto)->keys--;
	free(key);
}

static inline enum tspdm_status fake_aead_new(
	struct tspdm_crypto *crypto, uint32_t aead, bool is_seal, struct tspdm_view key, struct tspdm_aead_key **out)
{
	if (fake_fails(crypto) || aead != TSPDM_AEAD_AES_128_GCM || key.len != 16)
		return TSPDM_ERR_CRYPTO;
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		abort();
	((struct fake_crypto *)crypto)->keys++;
	(*out)->is_seal = is_seal;
	return TSPDM_OK;
}

static inline enum tspdm_status fake_aead_seal(struct tspdm_crypto *crypto, struct tspdm_aead_key *key,
	const uint8_t *nonce, struct tspdm_view associated, uint8_t *data, size_t len, uint8_t *tag)
{
	(void)nonce, (void)associated, (void)data, (void)len;
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	if (!key->is_seal)
		abort();
	memset(tag, 0, FAKE_TAG_LEN);
	return TSPDM_OK;
}

static inline enum tspdm_status fake_aead_open(struct tspdm_crypto *crypto, struct tspdm_aead_key *key,
	const uint8_t *nonce, struct tspdm_view associated, uint8_t *data, size_t len, const uint8_t *tag)
{
	static const uint8_t zero[FAKE_TAG_LEN];

	(void)nonce, (void)associated;
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	if (key->is_seal)
		abort();
	if (memcmp(tag, zero, sizeof zero) == 0)
		return TSPDM_OK;
	memset(data, 0, len);
	return TSPDM_ERR_MAC;
}

static inline void fake_aead_free(struct tspdm_crypto *crypto, struct tspdm_aead_key *key)
{
	if (key == NULL)
		return;
	((struct fake_crypto *)crypto)->keys--;
	free(key);
}

static const struct tspdm_crypto_ops fake_crypto_ops = {
	.size = sizeof fake_crypto_ops,
	.name = "fake",
	.supported = fake_supported,
	.random = fake_random,
	.hash_new = fake_hash_new,
	.hash_reset = fake_hash_reset,
	.hash_update = fake_hash_update,
	.hash_copy = fake_hash_copy,
	.hash_final = fake_hash_final,
	.hash_free = fake_hash_free,
	.hmac = fake_hmac,
	.dhe_new = fake_dhe_new,
	.dhe_agree = fake_dhe_agree,
	.dhe_free = fake_dhe_free,
	.aead_new = fake_aead_new,
	.aead_seal = fake_aead_seal,
	.aead_open = fake_aead_open,
	.aead_free = fake_aead_free,
};

/* The bytes of the signature of a message: what a fake signer writes, and a fake verifier would compare with. */
static inline uint8_t fake_signature_byte(struct tspdm_view message, size_t i)
{
	return message.len != 0 ? (uint8_t)(message.ptr[message.len - 1 - i % message.len] ^ i) : (uint8_t)i;
}

#endif
