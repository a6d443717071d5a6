/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What costs no allocation, and what happens when there is no memory: OpenSSL's allocations are counted, and all from
 * the n-th on made to fail, for growing n, until the call succeeds. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "openssl_support.h"

static unsigned long allocations;
static unsigned long fail_at; /* 0: never */

static void *counted_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	allocations++;
	if (fail_at != 0 && allocations >= fail_at)
		return NULL;
	return realloc(old, size);
}

static void *counted_malloc(size_t size, const char *file, int line)
{
	return counted_realloc(NULL, size, file, line);
}

static void counted_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

static void records_cost_no_allocation(void **state)
{
	static const uint8_t key[32] = { 1 }, nonce[12] = { 2 };
	struct tspdm_crypto *crypto = *state;
	uint8_t data[256] = { 3 }, tag[16];

	for (uint32_t aead = 1; aead <= TSPDM_AEAD_CHACHA20_POLY1305; aead <<= 1) {
		struct tspdm_view view = { key, tspdm_algorithm_size(TSPDM_KIND_AEAD, aead) };
		struct tspdm_view associated = from_text("header");
		struct tspdm_aead_key *seal, *open;

		assert_int_equal(crypto->ops->aead_new(crypto, aead, true, view, &seal), TSPDM_OK);
		assert_int_equal(crypto->ops->aead_new(crypto, aead, false, view, &open), TSPDM_OK);
		allocations = 0;
		for (unsigned i = 0; i < 10; i++) {
			assert_int_equal(
				crypto->ops->aead_seal(crypto, seal, nonce, associated, data, 256, tag), TSPDM_OK);
			assert_int_equal(
				crypto->ops->aead_open(crypto, open, nonce, associated, data, 256, tag), TSPDM_OK);
		}
		assert_int_equal(allocations, 0);
		crypto->ops->aead_free(crypto, seal);
		crypto->ops->aead_free(crypto, open);
	}
}

static bool has_sm3(struct tspdm_crypto *crypto)
{
	struct tspdm_crypto_support support;

	crypto->ops->supported(crypto, &support);
	return (support.hash & TSPDM_HASH_SM3) != 0;
}

static void hashing_a_message_costs_no_allocation(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t digest[TSPDM_HASH_MAX];

	for (uint32_t hash = 1; hash <= TSPDM_HASH_SM3; hash <<= 1) {
		struct tspdm_hash *running;

		if (hash == TSPDM_HASH_SM3 && !has_sm3(crypto))
			continue;
		assert_int_equal(crypto->ops->hash_new(crypto, hash, &running), TSPDM_OK);
		allocations = 0;
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(crypto->ops->hash_update(crypto, running, from_text("message")), TSPDM_OK);
		assert_int_equal(crypto->ops->hash_final(crypto, running, digest), TSPDM_OK);
		assert_int_equal(allocations, 0);
		assert_int_equal(crypto->ops->hash_reset(crypto, running), TSPDM_OK);
		assert_true(allocations <= 1); /* OpenSSL 3.0 makes the state anew */
		struct tspdm_hash *copy;
		assert_int_equal(crypto->ops->hash_new(crypto, hash, &copy), TSPDM_OK);
		allocations = 0;
		assert_int_equal(crypto->ops->hash_copy(crypto, copy, running), TSPDM_OK);
		assert_true(allocations <= 1);
		crypto->ops->hash_free(crypto, running);
		crypto->ops->hash_free(crypto, copy);
	}
}

/* Each tries one function from the beginning, and undoes it. */
static enum tspdm_status try_new(struct tspdm_crypto *crypto)
{
	struct tspdm_crypto *made;
	enum tspdm_status status = tspdm_openssl_new(&made);

	(void)crypto;
	tspdm_openssl_free(made);
	return status;
}

static enum tspdm_status try_hash(struct tspdm_crypto *crypto)
{
	struct tspdm_hash *hash;
	enum tspdm_status status = crypto->ops->hash_new(crypto, TSPDM_HASH_SHA384, &hash);

	crypto->ops->hash_free(crypto, hash);
	return status;
}

static enum tspdm_status try_hmac(struct tspdm_crypto *crypto)
{
	struct tspdm_view part = from_text("part");
	uint8_t mac[TSPDM_HASH_MAX];

	return crypto->ops->hmac(crypto, TSPDM_HASH_SHA384, part, &part, 1, mac);
}

static enum tspdm_status try_dhe(struct tspdm_crypto *crypto)
{
	uint8_t value[96], secret[48];
	struct tspdm_buffer value_buffer = { .ptr = value, .cap = sizeof value };
	struct tspdm_buffer secret_buffer = { .ptr = secret, .cap = sizeof secret };
	struct tspdm_dhe_key *key;
	enum tspdm_status status = crypto->ops->dhe_new(crypto, TSPDM_DHE_SECP384R1, &key, &value_buffer);

	if (status == TSPDM_OK)
		status = crypto->ops->dhe_agree(crypto, key, tspdm_buffer_view(&value_buffer), &secret_buffer);
	crypto->ops->dhe_free(crypto, key);
	return status;
}

static enum tspdm_status try_aead(struct tspdm_crypto *crypto)
{
	static const uint8_t bytes[32];
	struct tspdm_aead_key *key;
	enum tspdm_status status = crypto->ops->aead_new(
		crypto, TSPDM_AEAD_AES_256_GCM, true, (struct tspdm_view){ bytes, sizeof bytes }, &key);

	crypto->ops->aead_free(crypto, key);
	return status;
}

static struct tspdm_openssl_identity *identity; /* for the two below */

static enum tspdm_status try_chain(struct tspdm_crypto *crypto)
{
	struct tspdm_slot slot;
	struct tspdm_chain_result result;
	uint8_t root_hash[48];

	tspdm_openssl_identity_slot(identity, &slot);
	struct tspdm_chain_check check = { .certificates = slot.certificates,
		.root_hash = { root_hash, sizeof root_hash },
		.hash = TSPDM_HASH_SHA384,
		.asym = slot.asym,
		.anchors = slot.certificates };
	unsigned long saved = fail_at;
	fail_at = 0;
	size_t root_len = 4U + (size_t)(slot.certificates.ptr[2] << 8 | slot.certificates.ptr[3]);
	EVP_Digest(slot.certificates.ptr, root_len, root_hash, NULL, EVP_sha384(), NULL);
	allocations = 0;
	fail_at = saved;
	enum tspdm_status status = crypto->ops->check_chain(crypto, &check, &result);
	if (status != TSPDM_OK)
		assert_null(result.leaf_key);
	crypto->ops->public_key_free(crypto, result.leaf_key);
	return status;
}

static enum tspdm_status try_signature(struct tspdm_crypto *crypto)
{
	struct tspdm_slot slot;
	struct tspdm_to_be_signed tbs = { .asym = TSPDM_ASYM_ECDSA_P384, .hash = TSPDM_HASH_SHA384 };
	uint8_t bytes[96];
	struct tspdm_buffer out = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_pending pending = { 0 };
	struct tspdm_public_key *key;

	tspdm_openssl_identity_slot(identity, &slot);
	tbs.data = slot.spki;
	TSPDM_TRY(slot.signer->ops->sign(slot.signer, &tbs, &out, &pending));
	TSPDM_TRY(crypto->ops->public_key_new(crypto, tbs.asym, slot.spki, &key));
	enum tspdm_status status = crypto->ops->verify(crypto, key, &tbs, tspdm_buffer_view(&out));
	crypto->ops->public_key_free(crypto, key);
	return status;
}

static enum tspdm_status try_identity(struct tspdm_crypto *crypto)
{
	struct tspdm_openssl_make how = { .size = sizeof how };
	struct tspdm_openssl_identity *made;
	enum tspdm_status status = tspdm_openssl_identity_make(&how, &made);

	(void)crypto;
	tspdm_openssl_identity_free(made);
	return status;
}

static void without_memory_every_function_fails_and_recovers(void **state)
{
	static const struct {
		const char *name;
		enum tspdm_status (*attempt)(struct tspdm_crypto *crypto);
	} rows[] = { { "new", try_new }, { "hash", try_hash }, { "hmac", try_hmac }, { "dhe", try_dhe },
		{ "aead", try_aead }, { "chain", try_chain }, { "signature", try_signature },
		{ "identity", try_identity } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned long n = 0;
		enum tspdm_status status;

		assert_int_equal(rows[i].attempt(*state), TSPDM_OK); /* what is made only once is there from here on */
		do {
			allocations = 0;
			fail_at = n += 1 + n / 32; /* each of the first, then ever fewer */
			status = rows[i].attempt(*state);
			fail_at = 0;
			ERR_clear_error();
		} while (status != TSPDM_OK && n < 100000);
		if (status != TSPDM_OK)
			print_message("# %s: %s\n", rows[i].name, tspdm_status_name(status));
		assert_int_equal(status, TSPDM_OK);
		assert_int_equal(rows[i].attempt(*state), TSPDM_OK);
	}
}

static int set_up(void **state)
{
	struct tspdm_openssl_make how = { .size = sizeof how };

	if (tspdm_openssl_identity_make(&how, &identity) != TSPDM_OK)
		return -1;
	return new_crypto(state);
}

static int tear_down(void **state)
{
	tspdm_openssl_identity_free(identity);
	return free_crypto(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_cost_no_allocation),
		cmocka_unit_test(hashing_a_message_costs_no_allocation),
		cmocka_unit_test(without_memory_every_function_fails_and_recovers),
	};

	/* before OpenSSL allocates anything, or it refuses */
	if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
		return 1;
	return cmocka_run_group_tests_name("openssl allocations", tests, set_up, tear_down);
}
