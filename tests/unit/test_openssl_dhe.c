/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Diffie-Hellman of the OpenSSL backend: both sides agree, and what is no element of the group is refused. */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "openssl_support.h"

enum { VALUE_MAX = 512 };

struct side {
	struct tspdm_dhe_key *key;
	uint8_t value[VALUE_MAX];
	uint8_t secret[VALUE_MAX];
	struct tspdm_buffer secret_buffer;
	size_t len;
};

static void make_side(struct tspdm_crypto *crypto, uint32_t dhe, struct side *s)
{
	struct tspdm_buffer out = { .ptr = s->value, .cap = sizeof s->value };

	assert_int_equal(crypto->ops->dhe_new(crypto, dhe, &s->key, &out), TSPDM_OK);
	assert_int_equal(out.len, tspdm_algorithm_size(TSPDM_KIND_DHE, dhe));
	s->len = out.len;
}

static enum tspdm_status agree(struct tspdm_crypto *crypto, struct side *own, const uint8_t *value, size_t len)
{
	own->secret_buffer = (struct tspdm_buffer){ .ptr = own->secret, .cap = sizeof own->secret };
	return crypto->ops->dhe_agree(crypto, own->key, (struct tspdm_view){ value, len }, &own->secret_buffer);
}

static void both_sides_agree_in_every_group(void **state)
{
	struct tspdm_crypto *crypto = *state;

	for (uint32_t dhe = 1; dhe <= TSPDM_DHE_SECP521R1; dhe <<= 1) {
		struct side a, b;

		make_side(crypto, dhe, &a);
		make_side(crypto, dhe, &b);
		assert_memory_not_equal(a.value, b.value, a.len);
		assert_int_equal(agree(crypto, &a, b.value, b.len), TSPDM_OK);
		assert_int_equal(agree(crypto, &b, a.value, a.len), TSPDM_OK);
		assert_int_equal(a.secret_buffer.len, dhe >= TSPDM_DHE_SECP256R1 ? a.len / 2 : a.len);
		assert_int_equal(b.secret_buffer.len, a.secret_buffer.len);
		assert_memory_equal(a.secret, b.secret, a.secret_buffer.len);
		crypto->ops->dhe_free(crypto, a.key);
		crypto->ops->dhe_free(crypto, b.key);
	}
	crypto->ops->dhe_free(crypto, NULL);
}

static void refuse(struct tspdm_crypto *crypto, struct side *own, const uint8_t *value, size_t len)
{
	assert_int_equal(agree(crypto, own, value, len), TSPDM_ERR_KEY);
	assert_int_equal(own->secret_buffer.len, 0);
	assert_int_equal(ERR_peek_error(), 0);
}

static void values_of_another_length_are_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t value[VALUE_MAX + 1] = { 0 };

	for (uint32_t dhe = 1; dhe <= TSPDM_DHE_SECP521R1; dhe <<= 1) {
		struct side s;

		make_side(crypto, dhe, &s);
		memcpy(value, s.value, s.len);
		refuse(crypto, &s, value, 0);
		refuse(crypto, &s, value, s.len - 1);
		refuse(crypto, &s, value, s.len + 1);
		refuse(crypto, &s, value, s.len / 2);
		crypto->ops->dhe_free(crypto, s.key);
	}
}

static void points_off_the_curve_are_refused(void **state)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t value[VALUE_MAX];

	for (uint32_t dhe = TSPDM_DHE_SECP256R1; dhe <= TSPDM_DHE_SECP521R1; dhe <<= 1) {
		struct side s, peer;

		make_side(crypto, dhe, &s);
		make_side(crypto, dhe, &peer);
		memcpy(value, peer.value, peer.len);
		value[peer.len - 1] ^= 1; /* y */
		refuse(crypto, &s, value, peer.len);
		memcpy(value, peer.value, peer.len);
		memset(value + peer.len / 2, 0, peer.len / 2);
		refuse(crypto, &s, value, peer.len);
		memset(value, 0, peer.len); /* would be the point at infinity */
		refuse(crypto, &s, value, peer.len);
		memset(value, 0xFF, peer.len); /* coordinates beyond p */
		refuse(crypto, &s, value, peer.len);
		crypto->ops->dhe_free(crypto, s.key);
		crypto->ops->dhe_free(crypto, peer.key);
	}
}

/* p of a group of RFC 7919, from OpenSSL's table; `p` has room for `len` bytes. */
static void read_p(const char *name, uint8_t *p, size_t len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_utf8_string("group", (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end() };
	EVP_PKEY *group = NULL;
	BIGNUM *number = NULL;

	assert_int_equal(EVP_PKEY_paramgen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_params(context, params), 1);
	assert_int_equal(EVP_PKEY_paramgen(context, &group), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(group, "p", &number), 1);
	assert_int_equal(BN_bn2binpad(number, p, (int)len), (int)len);
	BN_free(number);
	EVP_PKEY_free(group);
	EVP_PKEY_CTX_free(context);
}

static void refuse_edges(struct tspdm_crypto *crypto, struct side *s, const uint8_t *p)
{
	uint8_t value[VALUE_MAX] = { 0 };

	refuse(crypto, s, value, s->len); /* 0 */
	value[s->len - 1] = 1;
	refuse(crypto, s, value, s->len); /* 1 */
	memcpy(value, p, s->len);
	refuse(crypto, s, value, s->len); /* p */
	value[s->len - 1] ^= 1;
	refuse(crypto, s, value, s->len); /* p - 1 */
	value[s->len - 1] ^= 3;
	refuse(crypto, s, value, s->len); /* p - 2 has no root: outside of the subgroup that 2 generates */
	memset(value, 0xFF, s->len);
	refuse(crypto, s, value, s->len);
}

static void ffdhe_values_at_the_edges_are_refused(void **state)
{
	static const char *const names[] = { "ffdhe2048", "ffdhe3072", "ffdhe4096" };
	struct tspdm_crypto *crypto = *state;
	uint8_t p[VALUE_MAX], two[VALUE_MAX] = { 0 };

	for (unsigned i = 0; i < COUNT(names); i++) {
		struct side s;

		make_side(crypto, 1U << i, &s);
		read_p(names[i], p, s.len);
		refuse_edges(crypto, &s, p);
		memset(two, 0, sizeof two);
		two[s.len - 1] = 2; /* the generator: the secret is then our own public value */
		assert_int_equal(agree(crypto, &s, two, s.len), TSPDM_OK);
		assert_memory_equal(s.secret, s.value, s.len);
		crypto->ops->dhe_free(crypto, s.key);
	}
}

/* Secrets that begin with a zero byte keep it. */
static void secrets_are_padded_on_the_left(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct side own, peer;
	bool seen = false;

	make_side(crypto, TSPDM_DHE_SECP256R1, &own);
	for (unsigned i = 0; i < 20000 && !seen; i++) { /* 1 in 256 */
		make_side(crypto, TSPDM_DHE_SECP256R1, &peer);
		assert_int_equal(agree(crypto, &own, peer.value, peer.len), TSPDM_OK);
		assert_int_equal(own.secret_buffer.len, 32);
		seen = own.secret[0] == 0;
		crypto->ops->dhe_free(crypto, peer.key);
	}
	assert_true(seen);
	crypto->ops->dhe_free(crypto, own.key);
}

static void unknown_groups_and_small_buffers_are_refused(void **state)
{
	static const uint32_t masks[] = { 0, 3, TSPDM_DHE_SM2_P256, 1U << 7 };
	struct tspdm_crypto *crypto = *state;
	uint8_t room[VALUE_MAX];
	struct tspdm_dhe_key *key;
	struct side s;

	for (size_t i = 0; i < COUNT(masks); i++) {
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

		assert_int_equal(crypto->ops->dhe_new(crypto, masks[i], &key, &out), TSPDM_ERR_UNSUPPORTED);
		assert_null(key);
	}
	struct tspdm_buffer small = { .ptr = room, .cap = 63 };
	assert_int_equal(crypto->ops->dhe_new(crypto, TSPDM_DHE_SECP256R1, &key, &small), TSPDM_ERR_BUFFER);
	assert_null(key);
	make_side(crypto, TSPDM_DHE_SECP256R1, &s);
	small = (struct tspdm_buffer){ .ptr = room, .cap = 31 };
	assert_int_equal(
		crypto->ops->dhe_agree(crypto, s.key, (struct tspdm_view){ s.value, s.len }, &small), TSPDM_ERR_BUFFER);
	crypto->ops->dhe_free(crypto, s.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_agree_in_every_group),
		cmocka_unit_test(values_of_another_length_are_refused),
		cmocka_unit_test(points_off_the_curve_are_refused),
		cmocka_unit_test(ffdhe_values_at_the_edges_are_refused),
		cmocka_unit_test(secrets_are_padded_on_the_left),
		cmocka_unit_test(unknown_groups_and_small_buffers_are_refused),
	};

	return cmocka_run_group_tests_name("openssl dhe", tests, new_crypto, free_crypto);
}
