/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Digests, HMAC, AEAD and random numbers of the OpenSSL backend, against published answers. */
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "openssl_support.h"

/* What not every OpenSSL has, a part of it is left out of the tables: visibly. */
static bool has(struct tspdm_crypto *crypto, enum tspdm_algorithm_kind kind, uint32_t bit)
{
	struct tspdm_crypto_support support;

	crypto->ops->supported(crypto, &support);
	if (((kind == TSPDM_KIND_HASH ? support.hash : support.aead) & bit) != 0)
		return true;
	print_message("# no %s in this OpenSSL\n", tspdm_algorithm_by_bit(kind, bit)->name);
	return false;
}

/* FIPS 180-4 and FIPS 202 examples, GB/T 32905 "example 1": the digest of "abc". */
static const struct {
	uint32_t hash;
	const char *digest;
} digests[] = {
	{ TSPDM_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ TSPDM_HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			     "8086072ba1e7cc2358baeca134c825a7" },
	{ TSPDM_HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ TSPDM_HASH_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
	{ TSPDM_HASH_SHA3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
			       "98d88cea927ac7f539f1edf228376d25" },
	{ TSPDM_HASH_SHA3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
			       "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0" },
	{ TSPDM_HASH_SM3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
};

static void digests_are_those_of_the_standard(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t expected[TSPDM_HASH_MAX], digest[TSPDM_HASH_MAX];

	for (size_t i = 0; i < COUNT(digests); i++) {
		struct tspdm_view want = from_hex(digests[i].digest, expected, sizeof expected);
		struct tspdm_hash *hash, *copy;

		if (!has(crypto, TSPDM_KIND_HASH, digests[i].hash))
			continue;
		assert_int_equal(crypto->ops->hash_new(crypto, digests[i].hash, &hash), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_new(crypto, digests[i].hash, &copy), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, hash, from_text("a")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_copy(crypto, copy, hash), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, hash, from_text("something else")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, copy, from_text("bc")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_final(crypto, copy, digest), TSPDM_OK);
		assert_memory_equal(digest, want.ptr, want.len);

		assert_int_equal(crypto->ops->hash_reset(crypto, hash), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, hash, from_text("abc")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ NULL, 0 }), TSPDM_OK);
		memset(digest, 0, sizeof digest);
		assert_int_equal(crypto->ops->hash_final(crypto, hash, digest), TSPDM_OK);
		assert_memory_equal(digest, want.ptr, want.len);

		/* a finished hash is of use again after a copy */
		assert_int_equal(crypto->ops->hash_reset(crypto, copy), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_update(crypto, copy, from_text("abc")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_copy(crypto, hash, copy), TSPDM_OK);
		memset(digest, 0, sizeof digest);
		assert_int_equal(crypto->ops->hash_final(crypto, hash, digest), TSPDM_OK);
		assert_memory_equal(digest, want.ptr, want.len);
		crypto->ops->hash_free(crypto, hash);
		crypto->ops->hash_free(crypto, copy);
	}
	crypto->ops->hash_free(crypto, NULL);
}

static void what_is_no_single_hash_is_unsupported(void **state)
{
	static const uint32_t masks[] = { 0, 3, 1U << 7, UINT32_MAX };
	struct tspdm_crypto *crypto = *state;
	struct tspdm_view key = from_text("key");
	uint8_t out[TSPDM_HASH_MAX];

	for (size_t i = 0; i < COUNT(masks); i++) {
		struct tspdm_hash *hash = (struct tspdm_hash *)&crypto;

		assert_int_equal(crypto->ops->hash_new(crypto, masks[i], &hash), TSPDM_ERR_UNSUPPORTED);
		assert_null(hash);
		assert_int_equal(crypto->ops->hmac(crypto, masks[i], key, &key, 1, out), TSPDM_ERR_UNSUPPORTED);
	}
}

static void a_copy_between_algorithms_is_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct tspdm_hash *a, *b;

	assert_int_equal(crypto->ops->hash_new(crypto, TSPDM_HASH_SHA256, &a), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_new(crypto, TSPDM_HASH_SHA3_256, &b), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_copy(crypto, a, b), TSPDM_ERR_ARGUMENT);
	crypto->ops->hash_free(crypto, a);
	crypto->ops->hash_free(crypto, b);
}

/* RFC 4231 test case 2; the empty key and data are RFC 2104 computed with Python's hashlib and hmac; SM3 is
 * printf 'what do ya want for nothing?' | openssl dgst -sm3 -hmac Jefe, and Python's hmac has the same. */
static const struct {
	uint32_t hash;
	const char *key, *data, *mac;
} macs[] = {
	{ TSPDM_HASH_SHA256, "Jefe", "what do ya want for nothing?",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ TSPDM_HASH_SHA384, "Jefe", "what do ya want for nothing?",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649" },
	{ TSPDM_HASH_SHA512, "Jefe", "what do ya want for nothing?",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ TSPDM_HASH_SHA3_256, "Jefe", "what do ya want for nothing?",
		"c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5" },
	{ TSPDM_HASH_SM3, "Jefe", "what do ya want for nothing?",
		"2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882" },
	{ TSPDM_HASH_SHA256, "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

static void macs_are_those_of_the_standard(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t expected[TSPDM_HASH_MAX], mac[TSPDM_HASH_MAX];

	for (size_t i = 0; i < COUNT(macs); i++) {
		struct tspdm_view want = from_hex(macs[i].mac, expected, sizeof expected);
		struct tspdm_view data = from_text(macs[i].data);

		if (!has(crypto, TSPDM_KIND_HASH, macs[i].hash))
			continue;
		for (size_t cut = 0; cut <= data.len; cut++) {
			struct tspdm_view parts[2] = { { data.ptr, cut }, { data.ptr + cut, data.len - cut } };

			memset(mac, 0, sizeof mac);
			assert_int_equal(crypto->ops->hmac(crypto, macs[i].hash, from_text(macs[i].key), parts, 2, mac),
				TSPDM_OK);
			assert_memory_equal(mac, want.ptr, want.len);
		}
	}
}

static const char gcm_plain[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
				"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char chacha_plain[] = "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
				   "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
				   "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
				   "637265656e20776f756c642062652069742e";

/* "The Galois/Counter Mode of Operation" (McGrew, Viega) test cases 4 and 16; RFC 8439 "Example and Test Vector for
 * AEAD_CHACHA20_POLY1305"; RFC 8998 "SM4-GCM Test Vectors", which Python's cryptography 48 with OpenSSL 4.0.0 has, too. */
static const struct seal_case {
	uint32_t aead;
	const char *key, *nonce, *associated, *plain, *sealed, *tag;
} seals[] = {
	{ TSPDM_AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2", gcm_plain,
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		"5bc94fbc3221a5db94fae95ae7121a47" },
	{ TSPDM_AEAD_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
		"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", gcm_plain,
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		"76fc6ece0f4e1768cddf8853bb2d551b" },
	{ TSPDM_AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
		"070000004041424344454647", "50515253c0c1c2c3c4c5c6c7", chacha_plain,
		"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
		"3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
		"92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
		"3ff4def08e4b7a9de576d26586cec64b6116",
		"1ae10b594f09e26a7e902ecbd0600691" },
	{ TSPDM_AEAD_SM4_GCM, "0123456789abcdeffedcba9876543210", "00001234567800000000abcd",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
		"eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
		"17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
		"d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
		"83de3541e4c2b58177e065a9bf7b62ec" },
};

/* A case in bytes, and both directions of its key. */
struct record {
	uint8_t key_room[32], nonce[12], associated_room[32], plain_room[128], sealed_room[128], tag[16];
	struct tspdm_view associated, plain, sealed;
	struct tspdm_aead_key *seal, *open;
};

static void make_record(struct tspdm_crypto *crypto, const struct seal_case *c, struct record *r)
{
	struct tspdm_view key = from_hex(c->key, r->key_room, sizeof r->key_room);

	from_hex(c->nonce, r->nonce, sizeof r->nonce);
	from_hex(c->tag, r->tag, sizeof r->tag);
	r->associated = from_hex(c->associated, r->associated_room, sizeof r->associated_room);
	r->plain = from_hex(c->plain, r->plain_room, sizeof r->plain_room);
	r->sealed = from_hex(c->sealed, r->sealed_room, sizeof r->sealed_room);
	assert_int_equal(crypto->ops->aead_new(crypto, c->aead, true, key, &r->seal), TSPDM_OK);
	assert_int_equal(crypto->ops->aead_new(crypto, c->aead, false, key, &r->open), TSPDM_OK);
}

static void free_record(struct tspdm_crypto *crypto, struct record *r)
{
	crypto->ops->aead_free(crypto, r->seal);
	crypto->ops->aead_free(crypto, r->open);
}

static void records_are_those_of_the_standard_again_and_again(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t data[128], tag[16];

	for (size_t i = 0; i < COUNT(seals); i++) {
		struct record r;

		if (!has(crypto, TSPDM_KIND_AEAD, seals[i].aead))
			continue;
		make_record(crypto, &seals[i], &r);
		for (unsigned again = 0; again < 3; again++) {
			uint8_t other[12] = { (uint8_t)again };

			memcpy(data, r.plain.ptr, r.plain.len);
			assert_int_equal(
				crypto->ops->aead_seal(crypto, r.seal, r.nonce, r.associated, data, r.plain.len, tag),
				TSPDM_OK);
			assert_memory_equal(data, r.sealed.ptr, r.sealed.len);
			assert_memory_equal(tag, r.tag, 16);
			assert_int_equal(
				crypto->ops->aead_open(crypto, r.open, r.nonce, r.associated, data, r.plain.len, tag),
				TSPDM_OK);
			assert_memory_equal(data, r.plain.ptr, r.plain.len);
			/* another nonce in between leaves nothing behind */
			assert_int_equal(
				crypto->ops->aead_seal(crypto, r.seal, other, r.associated, data, 7, tag), TSPDM_OK);
			assert_int_equal(crypto->ops->aead_open(crypto, r.open, r.nonce, r.associated, data, 7, tag),
				TSPDM_ERR_MAC);
		}
		free_record(crypto, &r);
	}
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void expect_mac_error(struct tspdm_crypto *crypto, struct record *r)
{
	uint8_t data[128];

	memcpy(data, r->sealed.ptr, r->sealed.len);
	assert_int_equal(crypto->ops->aead_open(crypto, r->open, r->nonce, r->associated, data, r->sealed.len, r->tag),
		TSPDM_ERR_MAC);
	assert_true(all_zero(data, r->sealed.len));
}

static void flip_each_byte(struct tspdm_crypto *crypto, struct record *r, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= (uint8_t)(1U << i % 8);
		expect_mac_error(crypto, r);
		bytes[i] ^= (uint8_t)(1U << i % 8);
	}
}

static void a_record_changed_anywhere_is_refused_and_wiped(void **state)
{
	struct tspdm_crypto *crypto = *state;

	for (size_t i = 0; i < COUNT(seals); i++) {
		struct record r;

		if (!has(crypto, TSPDM_KIND_AEAD, seals[i].aead))
			continue;
		make_record(crypto, &seals[i], &r);
		flip_each_byte(crypto, &r, r.sealed_room, r.sealed.len);
		flip_each_byte(crypto, &r, r.associated_room, r.associated.len);
		flip_each_byte(crypto, &r, r.nonce, sizeof r.nonce);
		flip_each_byte(crypto, &r, r.tag, sizeof r.tag);
		r.sealed.len--;
		expect_mac_error(crypto, &r);
		r.sealed.len++;
		r.associated.len--;
		expect_mac_error(crypto, &r);
		r.associated.len = 0;
		expect_mac_error(crypto, &r);
		assert_int_equal(ERR_peek_error(), 0);
		free_record(crypto, &r);
	}
}

static void a_record_without_data_still_has_a_tag(void **state)
{
	struct tspdm_crypto *crypto = *state;

	for (size_t i = 0; i < COUNT(seals); i++) {
		struct record r;
		uint8_t tag[16];

		if (!has(crypto, TSPDM_KIND_AEAD, seals[i].aead))
			continue;
		make_record(crypto, &seals[i], &r);
		assert_int_equal(crypto->ops->aead_seal(crypto, r.seal, r.nonce, r.associated, NULL, 0, tag), TSPDM_OK);
		assert_int_equal(crypto->ops->aead_open(crypto, r.open, r.nonce, r.associated, NULL, 0, tag), TSPDM_OK);
		tag[15] ^= 1;
		assert_int_equal(
			crypto->ops->aead_open(crypto, r.open, r.nonce, r.associated, NULL, 0, tag), TSPDM_ERR_MAC);
		free_record(crypto, &r);
	}
}

static void keys_of_another_length_cipher_or_direction_are_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t bytes[33] = { 0 }, tag[16] = { 0 };
	struct tspdm_aead_key *key;
	struct record r;

	for (size_t i = 0; i < COUNT(seals); i++) {
		bool is_there = has(crypto, TSPDM_KIND_AEAD, seals[i].aead);

		for (size_t len = 0; len <= sizeof bytes; len++) {
			if (is_there && len == tspdm_algorithm_size(TSPDM_KIND_AEAD, seals[i].aead))
				continue;
			assert_int_equal(crypto->ops->aead_new(
						 crypto, seals[i].aead, true, (struct tspdm_view){ bytes, len }, &key),
				is_there ? TSPDM_ERR_ARGUMENT : TSPDM_ERR_UNSUPPORTED);
			assert_null(key);
		}
	}
	assert_int_equal(crypto->ops->aead_new(crypto, 1U << 4, true, (struct tspdm_view){ bytes, 16 }, &key),
		TSPDM_ERR_UNSUPPORTED);
	make_record(crypto, &seals[0], &r);
	assert_int_equal(
		crypto->ops->aead_seal(crypto, r.open, r.nonce, r.associated, bytes, 4, tag), TSPDM_ERR_ARGUMENT);
	assert_int_equal(
		crypto->ops->aead_open(crypto, r.seal, r.nonce, r.associated, bytes, 4, tag), TSPDM_ERR_ARGUMENT);
	free_record(crypto, &r);
}

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text != NULL ? text : "";
}

/* DSP0277 1.1 "Secured Message format": the nonce is the IV, XOR the sequence number in little-endian. */
static void open_shared_record(struct tspdm_crypto *crypto, const json_t *row)
{
	const struct tspdm_algorithm *aead = tspdm_algorithm_by_name(TSPDM_KIND_AEAD, text_of(row, "aead"));
	uint64_t sequence = (uint64_t)json_integer_value(json_object_get(row, "sequence_number"));
	uint8_t key_room[32], nonce[12], associated_room[64], plain_room[2048], record_room[2048];
	struct tspdm_view key = from_hex(text_of(row, "key"), key_room, sizeof key_room);
	struct tspdm_view associated = from_hex(text_of(row, "associated_data"), associated_room, 64);
	struct tspdm_view plain = from_hex(text_of(row, "plaintext"), plain_room, sizeof plain_room);
	struct tspdm_view record = from_hex(text_of(row, "record"), record_room, sizeof record_room);
	struct tspdm_aead_key *open;

	from_hex(text_of(row, "iv"), nonce, sizeof nonce);
	for (unsigned i = 0; i < 8; i++)
		nonce[i] ^= (uint8_t)(sequence >> 8 * i);
	assert_non_null(aead);
	assert_true(record.len >= associated.len + 16);
	size_t len = record.len - associated.len - 16;
	assert_int_equal(crypto->ops->aead_new(crypto, aead->bit, false, key, &open), TSPDM_OK);
	assert_int_equal(crypto->ops->aead_open(crypto, open, nonce, associated, record_room + associated.len, len,
				 record_room + associated.len + len),
		TSPDM_OK);
	crypto->ops->aead_free(crypto, open);
	assert_int_equal(len, plain.len);
	assert_memory_equal(record_room + associated.len, plain.ptr, len);
}

static void shared_records_open(void **state)
{
	json_t *root = json_load_file(TSPDM_SHARED_DIR "/vectors/key-schedule.json", 0, NULL);
	const json_t *row;
	size_t i, opened = 0;

	if (root == NULL)
		skip();
	json_array_foreach(json_object_get(root, "secured_message_records"), i, row)
	{
		if (strcmp(text_of(row, "mode"), "encrypt+mac") != 0)
			continue;
		open_shared_record(*state, row);
		opened++;
	}
	json_decref(root);
	assert_true(opened > 0);
}

static void random_numbers_differ(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	assert_int_equal(crypto->ops->random(crypto, a, sizeof a), TSPDM_OK);
	assert_int_equal(crypto->ops->random(crypto, b, sizeof b), TSPDM_OK);
	assert_memory_not_equal(a, b, sizeof a);
	assert_false(all_zero(a, sizeof a));
	assert_int_equal(crypto->ops->random(crypto, a, 0), TSPDM_OK);
}

/* SM2, SM3 and SM4-GCM where this OpenSSL has them; the key agreement of SM2 never. */
static void only_what_is_implemented_is_announced(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct tspdm_crypto_support support;
	EVP_MD *sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
	EVP_SIGNATURE *sm2 = EVP_SIGNATURE_fetch(NULL, "SM2", NULL);
	EVP_CIPHER *sm4 = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);

	ERR_clear_error();
	crypto->ops->supported(crypto, &support);
	assert_int_equal(support.hash, 0x3FU | (sm3 != NULL ? (unsigned)TSPDM_HASH_SM3 : 0U));
	assert_int_equal(support.asym, sm2 != NULL && sm3 != NULL ? 0xFFFU : 0xFFFU & ~(unsigned)TSPDM_ASYM_SM2);
	assert_int_equal(support.dhe, 0x3F);
	assert_int_equal(support.aead, 0x7U | (sm4 != NULL ? (unsigned)TSPDM_AEAD_SM4_GCM : 0U));
	EVP_MD_free(sm3);
	EVP_SIGNATURE_free(sm2);
	EVP_CIPHER_free(sm4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(what_is_no_single_hash_is_unsupported),
		cmocka_unit_test(a_copy_between_algorithms_is_refused),
		cmocka_unit_test(macs_are_those_of_the_standard),
		cmocka_unit_test(records_are_those_of_the_standard_again_and_again),
		cmocka_unit_test(a_record_changed_anywhere_is_refused_and_wiped),
		cmocka_unit_test(a_record_without_data_still_has_a_tag),
		cmocka_unit_test(keys_of_another_length_cipher_or_direction_are_refused),
		cmocka_unit_test(shared_records_open),
		cmocka_unit_test(random_numbers_differ),
		cmocka_unit_test(only_what_is_implemented_is_announced),
	};

	return cmocka_run_group_tests_name("openssl primitives", tests, new_crypto, free_crypto);
}
