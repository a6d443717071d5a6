/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Signatures of the OpenSSL backend: published answers, and every algorithm with every hash, good and spoilt. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "openssl_support.h"

enum { KEYS = 9 };

/* One identity for each kind of key: RSA keys serve both schemes. SM2 is the last, and not in every OpenSSL. */
static const uint32_t key_kinds[KEYS] = { TSPDM_ASYM_RSASSA_2048, TSPDM_ASYM_RSASSA_3072, TSPDM_ASYM_RSASSA_4096,
	TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ECDSA_P521, TSPDM_ASYM_ED25519, TSPDM_ASYM_ED448,
	TSPDM_ASYM_SM2 };
static const uint32_t key_fits[KEYS] = { TSPDM_ASYM_RSASSA_2048 | TSPDM_ASYM_RSAPSS_2048,
	TSPDM_ASYM_RSASSA_3072 | TSPDM_ASYM_RSAPSS_3072, TSPDM_ASYM_RSASSA_4096 | TSPDM_ASYM_RSAPSS_4096,
	TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ECDSA_P521, TSPDM_ASYM_ED25519, TSPDM_ASYM_ED448,
	TSPDM_ASYM_SM2 };

static uint32_t all_asym;

struct fixture {
	struct tspdm_crypto *crypto;
	unsigned keys; /* how many there are */
	struct tspdm_openssl_identity *identity[KEYS];
	struct tspdm_slot slot[KEYS];
	struct tspdm_public_key *key[KEYS];
};

static int set_up(void **state)
{
	static struct fixture fixture;
	struct tspdm_crypto_support support;

	if (tspdm_openssl_new(&fixture.crypto) != TSPDM_OK)
		return -1;
	fixture.crypto->ops->supported(fixture.crypto, &support);
	all_asym = support.asym;
	fixture.keys = (all_asym & TSPDM_ASYM_SM2) != 0 ? KEYS : KEYS - 1;
	if (fixture.keys != KEYS)
		print_message("# no SM2 in this OpenSSL\n");
	for (unsigned i = 0; i < fixture.keys; i++) {
		struct tspdm_openssl_make make = { .size = sizeof make, .asym = key_kinds[i], .single = true };

		if (tspdm_openssl_identity_make(&make, &fixture.identity[i]) != TSPDM_OK)
			return -1;
		tspdm_openssl_identity_slot(fixture.identity[i], &fixture.slot[i]);
		if (fixture.crypto->ops->public_key_new(
			    fixture.crypto, key_fits[i], fixture.slot[i].spki, &fixture.key[i]) != TSPDM_OK)
			return -1;
	}
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < f->keys; i++) {
		f->crypto->ops->public_key_free(f->crypto, f->key[i]);
		tspdm_openssl_identity_free(f->identity[i]);
	}
	tspdm_openssl_free(f->crypto);
	return 0;
}

static unsigned key_for(uint32_t asym)
{
	unsigned i = 0;

	while ((key_fits[i] & asym) == 0)
		i++;
	return i;
}

static enum tspdm_status verify(
	struct fixture *f, const struct tspdm_to_be_signed *tbs, const uint8_t *signature, size_t len)
{
	return f->crypto->ops->verify(
		f->crypto, f->key[key_for(tbs->asym)], tbs, (struct tspdm_view){ signature, len });
}

static size_t sign(struct fixture *f, const struct tspdm_to_be_signed *tbs, uint8_t *signature)
{
	struct tspdm_signer *signer = f->slot[key_for(tbs->asym)].signer;
	struct tspdm_buffer out = { .ptr = signature, .cap = TSPDM_SIGNATURE_MAX };
	struct tspdm_pending pending = { 0 };

	assert_int_equal(signer->ops->sign(signer, tbs, &out, &pending), TSPDM_OK);
	assert_int_equal(out.len, tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym));
	assert_null(pending.job);
	return out.len;
}

static void every_algorithm_verifies_what_it_signed_under_every_hash(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX];

	for (uint32_t asym = 1; asym <= TSPDM_ASYM_ED448; asym <<= 1)
		for (uint32_t hash = 1; hash <= TSPDM_HASH_SHA3_512; hash <<= 1) {
			struct tspdm_to_be_signed tbs = { .asym = asym, .hash = hash, .data = from_text("message") };

			if ((asym & all_asym) == 0)
				continue;
			size_t len = sign(f, &tbs, signature);
			assert_int_equal(verify(f, &tbs, signature, len), TSPDM_OK);
			tbs.data = from_text("messagf");
			assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
		}
}

static struct tspdm_view digest_of(struct fixture *f, uint32_t hash, struct tspdm_view data, uint8_t *room)
{
	struct tspdm_hash *running;

	assert_int_equal(f->crypto->ops->hash_new(f->crypto, hash, &running), TSPDM_OK);
	assert_int_equal(f->crypto->ops->hash_update(f->crypto, running, data), TSPDM_OK);
	assert_int_equal(f->crypto->ops->hash_final(f->crypto, running, room), TSPDM_OK);
	f->crypto->ops->hash_free(f->crypto, running);
	return (struct tspdm_view){ room, tspdm_algorithm_size(TSPDM_KIND_HASH, hash) };
}

/* A signature over a message is one over its digest: the forms of 1.1 and 1.2 differ in who hashes. */
static void a_digest_given_is_not_hashed_again(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX], room[TSPDM_HASH_MAX];

	for (uint32_t asym = 1; asym <= TSPDM_ASYM_ECDSA_P521; asym <<= 1) {
		struct tspdm_to_be_signed message = {
			.asym = asym, .hash = TSPDM_HASH_SHA384, .data = from_text("message")
		};
		struct tspdm_to_be_signed digest = { .asym = asym,
			.hash = TSPDM_HASH_SHA384,
			.is_digest = true,
			.data = digest_of(f, TSPDM_HASH_SHA384, message.data, room) };
		size_t len = sign(f, &message, signature);

		assert_int_equal(verify(f, &digest, signature, len), TSPDM_OK);
		len = sign(f, &digest, signature);
		assert_int_equal(verify(f, &message, signature, len), TSPDM_OK);
		digest.is_digest = false;
		assert_int_equal(verify(f, &digest, signature, len), TSPDM_ERR_SIGNATURE);
		digest.is_digest = true;
		digest.data.len--;
		assert_int_equal(verify(f, &digest, signature, len), TSPDM_ERR_ARGUMENT);
	}
}

static void eddsa_and_sm2_take_no_digest(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[TSPDM_SIGNATURE_MAX] = { 0 };
	struct tspdm_to_be_signed tbs = { .hash = TSPDM_HASH_SHA256, .is_digest = true, .data = { bytes, 32 } };
	struct tspdm_buffer out = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_pending pending = { 0 };

	for (unsigned i = 6; i < f->keys; i++) {
		struct tspdm_signer *signer = f->slot[i].signer;

		tbs.asym = key_kinds[i];
		assert_int_equal(
			verify(f, &tbs, bytes, tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs.asym)), TSPDM_ERR_ARGUMENT);
		assert_int_equal(signer->ops->sign(signer, &tbs, &out, &pending), TSPDM_ERR_ARGUMENT);
	}
	assert_int_equal(out.len, 0);
}

static void a_signature_changed_in_any_byte_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX];

	for (uint32_t asym = 1; asym <= TSPDM_ASYM_ED448; asym <<= 1) {
		struct tspdm_to_be_signed tbs = { .asym = asym, .hash = TSPDM_HASH_SHA256, .data = from_text("m") };

		if ((asym & all_asym) == 0)
			continue;
		size_t len = sign(f, &tbs, signature);
		for (size_t i = 0; i < len; i++) {
			signature[i] ^= (uint8_t)(1U << i % 8);
			assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
			signature[i] ^= (uint8_t)(1U << i % 8);
		}
		assert_int_equal(verify(f, &tbs, signature, len), TSPDM_OK);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void signatures_of_wrong_length_or_of_one_value_are_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX + 1] = { 0 };

	for (uint32_t asym = 1; asym <= TSPDM_ASYM_ED448; asym <<= 1) {
		struct tspdm_to_be_signed tbs = { .asym = asym, .hash = TSPDM_HASH_SHA256, .data = from_text("m") };

		if ((asym & all_asym) == 0)
			continue;
		size_t len = sign(f, &tbs, signature);
		assert_int_equal(verify(f, &tbs, signature, len - 1), TSPDM_ERR_SIGNATURE);
		assert_int_equal(verify(f, &tbs, signature, len + 1), TSPDM_ERR_SIGNATURE);
		assert_int_equal(verify(f, &tbs, signature, 0), TSPDM_ERR_SIGNATURE);
		memset(signature, 0, sizeof signature);
		assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
		memset(signature, 0xFF, sizeof signature);
		assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
	}
}

static void a_key_serves_its_own_algorithms_only(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX] = { 0 };
	struct tspdm_buffer out = { .ptr = signature, .cap = sizeof signature };
	struct tspdm_pending pending = { 0 };

	for (unsigned i = 0; i < f->keys; i++)
		for (uint32_t asym = 1; asym <= 1U << 13; asym <<= 1) {
			struct tspdm_to_be_signed tbs = {
				.asym = asym, .hash = TSPDM_HASH_SHA256, .data = from_text("m")
			};
			struct tspdm_view view = { signature, tspdm_algorithm_size(TSPDM_KIND_ASYM, asym) };
			struct tspdm_signer *signer = f->slot[i].signer;
			struct tspdm_public_key *key;

			if ((key_fits[i] & asym) != 0)
				continue;
			assert_int_equal(f->crypto->ops->verify(f->crypto, f->key[i], &tbs, view), TSPDM_ERR_KEY);
			assert_int_equal(signer->ops->sign(signer, &tbs, &out, &pending), TSPDM_ERR_UNSUPPORTED);
			assert_int_equal(
				f->crypto->ops->public_key_new(f->crypto, asym, f->slot[i].spki, &key), TSPDM_ERR_KEY);
			assert_null(key);
		}
	assert_int_equal(out.len, 0);
}

static void pss_and_pkcs1_are_not_taken_for_each_other(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX];
	struct tspdm_to_be_signed tbs = {
		.asym = TSPDM_ASYM_RSASSA_2048, .hash = TSPDM_HASH_SHA256, .data = from_text("m")
	};
	size_t len = sign(f, &tbs, signature);

	tbs.asym = TSPDM_ASYM_RSAPSS_2048;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
	len = sign(f, &tbs, signature);
	tbs.asym = TSPDM_ASYM_RSASSA_2048;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
	tbs.asym = TSPDM_ASYM_RSAPSS_2048;
	tbs.hash = TSPDM_HASH_SHA3_256;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
}

static void too_little_room_is_told_and_left_alone(void **state)
{
	struct fixture *f = *state;
	uint8_t room[64];
	struct tspdm_signer *signer = f->slot[3].signer;
	struct tspdm_to_be_signed tbs = { .asym = TSPDM_ASYM_ECDSA_P256, .hash = TSPDM_HASH_SHA256 };
	struct tspdm_buffer out = { .ptr = room, .cap = 63 };
	struct tspdm_pending pending = { .retry_us = 1 };

	assert_int_equal(signer->ops->sign(signer, &tbs, &out, &pending), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, 64);
	signer->ops->cancel(signer, &pending);
	assert_int_equal(pending.retry_us, 0);
}

static void a_public_key_is_written_as_it_was_read(void **state)
{
	struct fixture *f = *state;
	uint8_t room[600];

	for (unsigned i = 0; i < f->keys; i++) {
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		struct tspdm_view spki = f->slot[i].spki;

		assert_int_equal(f->crypto->ops->public_key_spki(f->crypto, f->key[i], &out), TSPDM_OK);
		assert_int_equal(out.len, spki.len);
		assert_memory_equal(room, spki.ptr, spki.len);
		out = (struct tspdm_buffer){ .ptr = room, .cap = 10 };
		assert_int_equal(f->crypto->ops->public_key_spki(f->crypto, f->key[i], &out), TSPDM_ERR_BUFFER);
		assert_int_equal(out.len, spki.len);
	}
}

static void a_public_key_cut_short_or_followed_by_bytes_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t room[600];

	for (unsigned i = 0; i < f->keys; i++) {
		struct tspdm_view spki = f->slot[i].spki;
		struct tspdm_public_key *key;

		memcpy(room, spki.ptr, spki.len);
		room[spki.len] = 0;
		for (size_t len = 0; len <= spki.len + 1; len++) {
			if (len == spki.len)
				continue;
			assert_int_equal(f->crypto->ops->public_key_new(
						 f->crypto, all_asym, (struct tspdm_view){ room, len }, &key),
				TSPDM_ERR_KEY);
			assert_null(key);
		}
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* OpenSSL 3.0 has no RSA with SM3: what it cannot do is told as such, and not as a bad signature. */
static void rsa_with_sm3_is_signed_and_verified_or_unsupported(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX] = { 0 };

	for (uint32_t asym = TSPDM_ASYM_RSASSA_2048; asym <= TSPDM_ASYM_RSAPSS_2048; asym <<= 1) {
		struct tspdm_to_be_signed tbs = { .asym = asym, .hash = TSPDM_HASH_SM3, .data = from_text("m") };
		struct tspdm_signer *signer = f->slot[key_for(asym)].signer;
		struct tspdm_buffer out = { signature, sizeof signature, 0 };
		struct tspdm_pending pending = { 0 };
		enum tspdm_status status = signer->ops->sign(signer, &tbs, &out, &pending);

		assert_true(status == TSPDM_OK || status == TSPDM_ERR_UNSUPPORTED);
		assert_int_equal(verify(f, &tbs, signature, 256), status);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

/* The point of a P-256 key moved off the curve. */
static void a_point_off_the_curve_is_no_key(void **state)
{
	struct fixture *f = *state;
	struct tspdm_view spki = f->slot[3].spki;
	struct tspdm_public_key *key;
	uint8_t room[128];

	memcpy(room, spki.ptr, spki.len);
	room[spki.len - 1] ^= 1;
	assert_int_equal(
		f->crypto->ops->public_key_new(f->crypto, all_asym, (struct tspdm_view){ room, spki.len }, &key),
		TSPDM_ERR_KEY);
}

static void sign_with_salt(EVP_PKEY *pkey, const uint8_t *digest, int salt_len, uint8_t *signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	size_t len = 256;

	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_len), 1);
	assert_int_equal(EVP_PKEY_sign(context, signature, &len, digest, 32), 1);
	EVP_PKEY_CTX_free(context);
}

static void a_pss_salt_is_as_long_as_the_hash(void **state)
{
	static const int lengths[] = { 0, 20, 31, 32, 33, 222 };
	struct fixture *f = *state;
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	uint8_t signature[256], digest[32] = { 1 }, *spki = NULL;
	struct tspdm_view der = { NULL, (size_t)i2d_PUBKEY(pkey, &spki) };
	struct tspdm_to_be_signed tbs = { .asym = TSPDM_ASYM_RSAPSS_2048,
		.hash = TSPDM_HASH_SHA256,
		.is_digest = true,
		.data = { digest, sizeof digest } };
	struct tspdm_public_key *key;

	der.ptr = spki;
	assert_int_equal(f->crypto->ops->public_key_new(f->crypto, tbs.asym, der, &key), TSPDM_OK);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		sign_with_salt(pkey, digest, lengths[i], signature);
		assert_int_equal(f->crypto->ops->verify(f->crypto, key, &tbs, (struct tspdm_view){ signature, 256 }),
			lengths[i] == 32 ? TSPDM_OK : TSPDM_ERR_SIGNATURE);
	}
	f->crypto->ops->public_key_free(f->crypto, key);
	OPENSSL_free(spki);
	EVP_PKEY_free(pkey);
}

/* Writes a key in a form that SPDM does not have, and expects it to be refused. */
static void refuse_key(struct fixture *f, EVP_PKEY *pkey)
{
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(pkey, &spki);
	struct tspdm_public_key *key;

	assert_true(len > 0);
	assert_int_equal(
		f->crypto->ops->public_key_new(f->crypto, UINT32_MAX, (struct tspdm_view){ spki, (size_t)len }, &key),
		TSPDM_ERR_KEY);
	OPENSSL_free(spki);
	EVP_PKEY_free(pkey);
}

/* id-RSASSA-PSS: SPDM's RSA keys are of rsaEncryption. */
static EVP_PKEY *pss_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &pkey), 1);
	EVP_PKEY_CTX_free(context);
	return pkey;
}

static void keys_that_spdm_does_not_name_are_refused(void **state)
{
	EVP_PKEY *spelt_out = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(spelt_out, "encoding", "explicit"), 1);
	refuse_key(*state, spelt_out);
	refuse_key(*state, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"));
	refuse_key(*state, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024));
	refuse_key(*state, pss_key());
	refuse_key(*state, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
}

#define ED448_KEY                                                                                                      \
	"3043300506032b6571033a0043ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb007428"       \
	"02b8438ea4cb82169c235160627b4c3a9480"

/* RFC 6979 "ECDSA, 256 Bits (Prime Field)", SHA-256, "sample"; RFC 8032 "Test Vectors for Ed25519", test 2, and "Test
 * Vectors for Ed448", 1 octet, without and with context. */
static const struct {
	uint32_t asym;
	const char *spki, *message, *context, *signature;
	unsigned long since; /* OpenSSL that can; 0: all */
} answers[] = {
	{ TSPDM_ASYM_ECDSA_P256,
		"3059301306072a8648ce3d020106082a8648ce3d03010703420004"
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
		"73616d706c65", "",
		"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		0 },
	{ TSPDM_ASYM_ED25519,
		"302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		0 },
	{ TSPDM_ASYM_ED448, ED448_KEY, "03", "",
		"26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633"
		"fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0f"
		"f3348ab21aa4adafd1d234441cf807c03a00",
		0 },
	/* signed with the empty context though one is due: what deployed implementations do */
	{ TSPDM_ASYM_ED448, ED448_KEY, "03", "666f6f",
		"26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633"
		"fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0f"
		"f3348ab21aa4adafd1d234441cf807c03a00",
		0 },
	{ TSPDM_ASYM_ED448, ED448_KEY, "03", "666f6f",
		"d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb842d60721"
		"7fce6e042f6815ea000c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d"
		"5428407e85dcbc98a49155c13764e66c3c00",
		0x30200000UL },
};

static void published_signatures_verify(void **state)
{
	struct fixture *f = *state;
	uint8_t spki_room[128], message_room[32], context_room[32], signature_room[128];

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct tspdm_to_be_signed tbs = { .asym = answers[i].asym,
			.hash = TSPDM_HASH_SHA256,
			.data = from_hex(answers[i].message, message_room, sizeof message_room),
			.context = from_hex(answers[i].context, context_room, sizeof context_room) };
		struct tspdm_view spki = from_hex(answers[i].spki, spki_room, sizeof spki_room);
		struct tspdm_view signature = from_hex(answers[i].signature, signature_room, sizeof signature_room);
		struct tspdm_public_key *key;
		bool can = OpenSSL_version_num() >= answers[i].since;

		assert_int_equal(f->crypto->ops->public_key_new(f->crypto, answers[i].asym, spki, &key), TSPDM_OK);
		assert_int_equal(
			f->crypto->ops->verify(f->crypto, key, &tbs, signature), can ? TSPDM_OK : TSPDM_ERR_SIGNATURE);
		message_room[0] ^= 1;
		assert_int_equal(f->crypto->ops->verify(f->crypto, key, &tbs, signature), TSPDM_ERR_SIGNATURE);
		f->crypto->ops->public_key_free(f->crypto, key);
	}
}

/* OpenSSL takes a context from 3.2 on. */
static bool has_contexts(void)
{
	return OpenSSL_version_num() >= 0x30200000UL;
}

/* As deployed peers do, docs/profile.md. */
static void ed448_signs_without_context_and_takes_either(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX];
	struct tspdm_to_be_signed tbs = { .asym = TSPDM_ASYM_ED448,
		.hash = TSPDM_HASH_SHA256,
		.data = from_text("m"),
		.context = from_text("responder-challenge_auth signing") };
	struct tspdm_to_be_signed without = tbs;
	size_t len = sign(f, &tbs, signature);

	without.context.len = 0;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_OK);
	assert_int_equal(verify(f, &without, signature, len), TSPDM_OK);
	tbs.is_strict = true;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_ERR_SIGNATURE);
	if (!has_contexts())
		return;
	len = sign(f, &tbs, signature);
	tbs.is_strict = false;
	assert_int_equal(verify(f, &tbs, signature, len), TSPDM_OK);
}

static void strictly_ed448_has_its_context(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[TSPDM_SIGNATURE_MAX];
	struct tspdm_to_be_signed tbs = { .asym = TSPDM_ASYM_ED448,
		.hash = TSPDM_HASH_SHA256,
		.is_strict = true,
		.data = from_text("m"),
		.context = from_text("responder-challenge_auth signing") };
	struct tspdm_signer *signer = f->slot[key_for(tbs.asym)].signer;
	struct tspdm_buffer out = { signature, sizeof signature, 0 };
	struct tspdm_pending pending = { 0 };
	enum tspdm_status status = signer->ops->sign(signer, &tbs, &out, &pending);

	assert_int_equal(status, has_contexts() ? TSPDM_OK : TSPDM_ERR_UNSUPPORTED);
	if (status != TSPDM_OK)
		return;
	assert_int_equal(verify(f, &tbs, signature, out.len), TSPDM_OK);
	tbs.context = from_text("responder-measurements signing");
	assert_int_equal(verify(f, &tbs, signature, out.len), TSPDM_ERR_SIGNATURE);
	tbs.context.len = 0;
	assert_int_equal(verify(f, &tbs, signature, out.len), TSPDM_ERR_SIGNATURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_verifies_what_it_signed_under_every_hash),
		cmocka_unit_test(a_digest_given_is_not_hashed_again),
		cmocka_unit_test(eddsa_and_sm2_take_no_digest),
		cmocka_unit_test(a_signature_changed_in_any_byte_is_refused),
		cmocka_unit_test(signatures_of_wrong_length_or_of_one_value_are_refused),
		cmocka_unit_test(a_key_serves_its_own_algorithms_only),
		cmocka_unit_test(pss_and_pkcs1_are_not_taken_for_each_other),
		cmocka_unit_test(too_little_room_is_told_and_left_alone),
		cmocka_unit_test(a_public_key_is_written_as_it_was_read),
		cmocka_unit_test(a_public_key_cut_short_or_followed_by_bytes_is_refused),
		cmocka_unit_test(rsa_with_sm3_is_signed_and_verified_or_unsupported),
		cmocka_unit_test(a_point_off_the_curve_is_no_key),
		cmocka_unit_test(a_pss_salt_is_as_long_as_the_hash),
		cmocka_unit_test(keys_that_spdm_does_not_name_are_refused),
		cmocka_unit_test(published_signatures_verify),
		cmocka_unit_test(ed448_signs_without_context_and_takes_either),
		cmocka_unit_test(strictly_ed448_has_its_context),
	};

	return cmocka_run_group_tests_name("openssl signatures", tests, set_up, tear_down);
}
