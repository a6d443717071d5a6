/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Certificate requests by RequesterInfo: what is taken over, what never is, and where the limits are (F21). */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "openssl_support.h"

enum { ROOM = 16384 };

static struct tspdm_openssl_identity *make(uint32_t asym)
{
	const struct tspdm_openssl_make how = { .size = sizeof how, .asym = asym };
	struct tspdm_openssl_identity *identity;

	assert_int_equal(tspdm_openssl_identity_make(&how, &identity), TSPDM_OK);
	return identity;
}

/* The wish of a requester, as bytes: a CertificationRequestInfo is the first element of a PKCS #10 request. */
struct wish {
	unsigned parts, value_len; /* of the subject */
	unsigned attributes;
	const char *extension; /* basicConstraints in an extensionRequest */
};

static void add_extension_request(X509_REQ *request, const char *value)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();

	sk_X509_EXTENSION_push(list, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, value));
	assert_int_equal(X509_REQ_add_extensions(request, list), 1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

/* A block of exactly its size, so that reading beyond shows. */
static struct tspdm_view make_wish(const struct wish *w)
{
	X509_REQ *request = X509_REQ_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t value[4096], *der = NULL, *info;
	const uint8_t *inner;
	struct tspdm_view wish;
	long len = 0;
	int tag, class;

	memset(value, 'x', sizeof value);
	X509_REQ_set_version(request, X509_REQ_VERSION_1);
	X509_REQ_set_pubkey(request, key);
	for (unsigned i = 0; i < w->parts; i++) /* an unlimited kind of value: OpenSSL checks the others itself */
		assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "1.3.6.1.4.1.99999.1",
					 MBSTRING_ASC, value, (int)w->value_len, -1, 0),
			1);
	for (unsigned i = 0; i < w->attributes; i++) {
		char oid[32];

		snprintf(oid, sizeof oid, "1.3.6.1.4.1.99999.2.%u", i);
		assert_int_equal(X509_REQ_add1_attr_by_txt(request, oid, MBSTRING_ASC, value, 4), 1);
	}
	if (w->extension != NULL)
		add_extension_request(request, w->extension);
	assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
	assert_true(i2d_X509_REQ(request, &der) > 0);
	inner = der;
	ASN1_get_object(&inner, &len, &tag, &class, ROOM);
	info = (uint8_t *)(uintptr_t)inner;
	ASN1_get_object(&inner, &len, &tag, &class, ROOM);
	wish.len = (size_t)(inner - info) + (size_t)len;
	wish.ptr = memcpy(malloc(wish.len), info, wish.len);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	X509_REQ_free(request);
	return wish;
}

static void free_wish(struct tspdm_view wish)
{
	free((void *)(uintptr_t)wish.ptr);
}

static enum tspdm_status ask(const struct tspdm_openssl_identity *identity, uint32_t asym, uint32_t hash,
	struct tspdm_view info, struct tspdm_buffer *out)
{
	const struct tspdm_csr_request request = { .requester_info = info, .asym = asym, .hash = hash };
	enum tspdm_status status;

	out->len = 0;
	status = tspdm_openssl_identity_request(identity, &request, "a device", out);
	assert_int_equal(ERR_peek_error(), 0);
	return status;
}

static X509_REQ *parse(const struct tspdm_buffer *out)
{
	const uint8_t *next = out->ptr;
	X509_REQ *request = d2i_X509_REQ(NULL, &next, (long)out->len);

	assert_non_null(request);
	assert_ptr_equal(next, out->ptr + out->len);
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	return request;
}

static void check_key(const struct tspdm_openssl_identity *identity, const struct tspdm_buffer *out)
{
	uint8_t room[1024];
	struct tspdm_buffer spki = { room, sizeof room, 0 };
	struct tspdm_slot slot;

	tspdm_openssl_identity_slot((struct tspdm_openssl_identity *)(uintptr_t)identity, &slot);
	assert_int_equal(tspdm_openssl_csr_verify(tspdm_buffer_view(out), &spki), TSPDM_OK);
	assert_int_equal(spki.len, slot.spki.len);
	assert_memory_equal(spki.ptr, slot.spki.ptr, spki.len);
}

static const uint32_t kinds[] = { TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ECDSA_P521,
	TSPDM_ASYM_RSAPSS_2048, TSPDM_ASYM_RSASSA_3072, TSPDM_ASYM_ED25519, TSPDM_ASYM_ED448 };
static const uint32_t hashes[] = { TSPDM_HASH_SHA256, TSPDM_HASH_SHA512, TSPDM_HASH_SHA3_256, 0 };

static void keys_of_all_kinds_get_a_request_that_verifies(void **state)
{
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct tspdm_openssl_identity *identity = make(kinds[i]);

		for (size_t h = 0; h < COUNT(hashes); h++) {
			assert_int_equal(
				ask(identity, kinds[i], hashes[h], (struct tspdm_view){ NULL, 0 }, &out), TSPDM_OK);
			check_key(identity, &out);
		}
		tspdm_openssl_identity_free(identity);
	}
}

static void subject_and_attributes_are_the_requester_s_and_the_key_is_not(void **state)
{
	const struct wish w = { .parts = 2, .value_len = 5, .attributes = 3, .extension = "CA:TRUE" };
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ECDSA_P384);
	struct tspdm_view wish = make_wish(&w);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	X509_REQ *request;

	(void)state;
	assert_int_equal(ask(identity, TSPDM_ASYM_ECDSA_P384, TSPDM_HASH_SHA384, wish, &out), TSPDM_OK);
	request = parse(&out);
	assert_int_equal(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 2);
	assert_int_equal(X509_REQ_get_attr_count(request), 4);
	check_key(identity, &out);
	X509_REQ_free(request);
	free_wish(wish);
	tspdm_openssl_identity_free(identity);
}

static void an_empty_subject_is_filled_in(void **state)
{
	const struct wish w = { .attributes = 1 };
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ECDSA_P256);
	struct tspdm_view wish = make_wish(&w);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	char name[64] = "";
	X509_REQ *request;

	(void)state;
	assert_true(wish.len < 128); /* so short that its header has one length byte */
	assert_int_equal(ask(identity, TSPDM_ASYM_ECDSA_P256, TSPDM_HASH_SHA384, wish, &out), TSPDM_OK);
	request = parse(&out);
	X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, name, sizeof name);
	assert_string_equal(name, "a device");
	X509_REQ_free(request);
	free_wish(wish);
	tspdm_openssl_identity_free(identity);
}

static const struct {
	const char *name;
	struct wish wish;
	enum tspdm_status status;
} limits[] = {
	{ "a part of 256 bytes", { .parts = 1, .value_len = 256 }, TSPDM_OK },
	{ "a part of 257 bytes", { .parts = 1, .value_len = 257 }, TSPDM_ERR_FIELD },
	{ "a part of 3000 bytes", { .parts = 1, .value_len = 3000 }, TSPDM_ERR_FIELD },
	{ "a part longer than everything may be", { .parts = 1, .value_len = 4096 }, TSPDM_ERR_FIELD },
	{ "16 parts", { .parts = 16, .value_len = 9 }, TSPDM_OK },
	{ "17 parts", { .parts = 17, .value_len = 9 }, TSPDM_ERR_FIELD },
	{ "100 parts", { .parts = 100, .value_len = 1 }, TSPDM_ERR_FIELD },
	{ "32 attributes", { .attributes = 32 }, TSPDM_OK },
	{ "33 attributes", { .attributes = 33 }, TSPDM_ERR_FIELD },
	{ "more than 4096 bytes", { .parts = 16, .value_len = 256, .attributes = 3 }, TSPDM_ERR_FIELD },
};

static void what_a_requester_wishes_has_limits(void **state)
{
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ECDSA_P256);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct tspdm_view wish = make_wish(&limits[i].wish);

		print_message("# %s\n", limits[i].name);
		assert_int_equal(ask(identity, TSPDM_ASYM_ECDSA_P256, 0, wish, &out), limits[i].status);
		assert_true((out.len == 0) == (limits[i].status != TSPDM_OK));
		free_wish(wish);
	}
	tspdm_openssl_identity_free(identity);
}

static void a_malformed_wish_is_refused_at_every_byte(void **state)
{
	const struct wish w = { .parts = 1, .value_len = 9, .attributes = 1 };
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ECDSA_P256);
	struct tspdm_view wish = make_wish(&w);
	uint8_t room[ROOM], *longer = malloc(wish.len + 1);
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	for (size_t len = 1; len < wish.len; len++) {
		uint8_t *cut = memcpy(malloc(len), wish.ptr, len);

		assert_int_equal(ask(identity, TSPDM_ASYM_ECDSA_P256, 0, (struct tspdm_view){ cut, len }, &out),
			TSPDM_ERR_FIELD);
		free(cut);
	}
	memcpy(longer, wish.ptr, wish.len);
	longer[wish.len] = 0;
	assert_int_equal(ask(identity, TSPDM_ASYM_ECDSA_P256, 0, (struct tspdm_view){ longer, wish.len + 1 }, &out),
		TSPDM_ERR_FIELD);
	free(longer);
	free_wish(wish);
	tspdm_openssl_identity_free(identity);
}

/* Whatever the bytes say, a request is of the identity's key, or none is made. */
static void a_wish_with_any_byte_changed_does_no_harm(void **state)
{
	const struct wish w = { .parts = 2, .value_len = 9, .attributes = 1, .extension = "CA:FALSE" };
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ED25519);
	struct tspdm_view wish = make_wish(&w);
	uint8_t room[ROOM], *changed = malloc(wish.len);
	struct tspdm_buffer out = { room, sizeof room, 0 };
	unsigned refused = 0;

	(void)state;
	for (size_t i = 0; i < wish.len; i++)
		for (unsigned by = 1; by < 256; by = by * 2 + 1) {
			memcpy(changed, wish.ptr, wish.len);
			changed[i] ^= (uint8_t)by;
			if (ask(identity, TSPDM_ASYM_ED25519, 0, (struct tspdm_view){ changed, wish.len }, &out) ==
				TSPDM_OK)
				check_key(identity, &out);
			else
				refused++;
		}
	assert_true(refused > wish.len / 4);
	free(changed);
	free_wish(wish);
	tspdm_openssl_identity_free(identity);
}

static void every_room_that_is_too_small_is_told(void **state)
{
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ED25519);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	const struct tspdm_view none = { NULL, 0 };
	size_t whole;

	(void)state;
	assert_int_equal(ask(identity, TSPDM_ASYM_ED25519, 0, none, &out), TSPDM_OK);
	whole = out.len;
	for (size_t cap = 0; cap < whole; cap++) {
		struct tspdm_buffer small = { malloc(cap + 1), cap, 0 };

		assert_int_equal(ask(identity, TSPDM_ASYM_ED25519, 0, none, &small), TSPDM_ERR_BUFFER);
		assert_int_equal(small.len, whole);
		free(small.ptr);
	}
	tspdm_openssl_identity_free(identity);
}

static void a_key_of_another_algorithm_makes_none(void **state)
{
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ECDSA_P256);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	assert_int_equal(
		ask(identity, TSPDM_ASYM_ECDSA_P384, 0, (struct tspdm_view){ NULL, 0 }, &out), TSPDM_ERR_UNSUPPORTED);
	tspdm_openssl_identity_free(identity);
}

static void a_request_that_was_changed_does_not_verify(void **state)
{
	struct tspdm_openssl_identity *identity = make(TSPDM_ASYM_ED25519);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	struct tspdm_view csr;

	(void)state;
	assert_int_equal(ask(identity, TSPDM_ASYM_ED25519, 0, (struct tspdm_view){ NULL, 0 }, &out), TSPDM_OK);
	csr = tspdm_buffer_view(&out);
	assert_int_equal(tspdm_openssl_csr_verify(csr, NULL), TSPDM_OK);
	for (size_t i = 0; i < csr.len; i++) {
		room[i] ^= 1;
		assert_int_not_equal(tspdm_openssl_csr_verify(csr, NULL), TSPDM_OK);
		room[i] ^= 1;
	}
	for (size_t len = 0; len < csr.len; len++)
		assert_int_equal(tspdm_openssl_csr_verify((struct tspdm_view){ csr.ptr, len }, NULL), TSPDM_ERR_FIELD);
	tspdm_openssl_identity_free(identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_all_kinds_get_a_request_that_verifies),
		cmocka_unit_test(subject_and_attributes_are_the_requester_s_and_the_key_is_not),
		cmocka_unit_test(an_empty_subject_is_filled_in),
		cmocka_unit_test(what_a_requester_wishes_has_limits),
		cmocka_unit_test(a_malformed_wish_is_refused_at_every_byte),
		cmocka_unit_test(a_wish_with_any_byte_changed_does_no_harm),
		cmocka_unit_test(every_room_that_is_too_small_is_told),
		cmocka_unit_test(a_key_of_another_algorithm_makes_none),
		cmocka_unit_test(a_request_that_was_changed_does_not_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
