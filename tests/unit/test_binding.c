/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The report data of evidence. The expected values are not the library's but Python's:
 *
 *	import hashlib, struct
 *	spki = bytes(range(91)); nonce = bytes(range(0xa0, 0xc0))
 *	f = lambda b: struct.pack('<H', len(b)) + b
 *	for role, slot, version in ((1, 0, 0x12), (2, 0, 0x12), (1, 7, 0x11)):
 *		print(hashlib.sha512(b'tspdm measurement evidence v1\0' + bytes([role, version]) +
 *			f(hashlib.sha384(spki).digest()) + f(nonce) + f(bytes([slot]))).hexdigest())
 *	print(hashlib.sha256(b'\xa1\x6bpubkey-hash').hexdigest()) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include <tspdm/evidence.h>

/* Just the hashes of a crypto backend, and one that fails at the n-th call. */
struct hash_only {
	struct tspdm_crypto base;
	unsigned calls, fail_at;
	unsigned made, freed;
};

struct tspdm_hash {
	EVP_MD_CTX *context;
};

static enum tspdm_status count(struct tspdm_crypto *crypto)
{
	struct hash_only *own = (struct hash_only *)crypto;

	return ++own->calls == own->fail_at ? TSPDM_ERR_CRYPTO : TSPDM_OK;
}

static enum tspdm_status hash_new(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_hash **out)
{
	static struct tspdm_hash the_hash;
	const EVP_MD *md = hash == TSPDM_HASH_SHA256   ? EVP_sha256()
			   : hash == TSPDM_HASH_SHA384 ? EVP_sha384()
						       : EVP_sha512();

	TSPDM_TRY(count(crypto));
	assert_true(hash == TSPDM_HASH_SHA256 || hash == TSPDM_HASH_SHA384 || hash == TSPDM_HASH_SHA512);
	the_hash.context = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestInit_ex(the_hash.context, md, NULL), 1);
	((struct hash_only *)crypto)->made++;
	*out = &the_hash;
	return TSPDM_OK;
}

static enum tspdm_status hash_update(struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data)
{
	TSPDM_TRY(count(crypto));
	assert_int_equal(EVP_DigestUpdate(hash->context, data.ptr, data.len), 1);
	return TSPDM_OK;
}

static enum tspdm_status hash_final(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out)
{
	TSPDM_TRY(count(crypto));
	assert_int_equal(EVP_DigestFinal_ex(hash->context, out, NULL), 1);
	return TSPDM_OK;
}

static void hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	if (hash == NULL)
		return;
	((struct hash_only *)crypto)->freed++;
	EVP_MD_CTX_free(hash->context);
	hash->context = NULL;
}

static const struct tspdm_crypto_ops ops = { .size = sizeof ops,
	.name = "hashes",
	.hash_new = hash_new,
	.hash_update = hash_update,
	.hash_final = hash_final,
	.hash_free = hash_free };

static uint8_t spki[91];
static uint8_t nonce[TSPDM_NONCE_LEN];
static const uint8_t claims[] = "\xa1\x6bpubkey-hash";

static struct tspdm_measurement_binding good(void)
{
	for (size_t i = 0; i < sizeof spki; i++)
		spki[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof nonce; i++)
		nonce[i] = (uint8_t)(0xa0 + i);
	return (struct tspdm_measurement_binding){ .role = TSPDM_ROLE_RESPONDER,
		.version = TSPDM_V12,
		.slot = 0,
		.spki = { spki, sizeof spki },
		.nonce = { nonce, sizeof nonce } };
}

static void is(const uint8_t *bytes, size_t len, const char *hex)
{
	char text[2 * TSPDM_REPORT_DATA_LEN + 1] = "";

	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	assert_string_equal(text, hex);
}

static void measurement_evidence_is_bound_as_the_profile_says(void **state)
{
	static const struct row {
		enum tspdm_role role;
		uint8_t slot, version;
		const char *report_data;
	} rows[] = {
		{ TSPDM_ROLE_RESPONDER, 0, TSPDM_V12,
			"fe93ab1b2f7cd52c0bbca96dae52ca52845a849cfe99986c7205a8ea3558dc66"
			"65bbb7ba2437910f8d020c2e38d9fa234feff921a075cfb28ca1e5f31996f04b" },
		{ TSPDM_ROLE_REQUESTER, 0, TSPDM_V12,
			"cfa91dc7ebd64e43a32c6f9181ba2b561cd09e048b7f802bca6f74121a93dc90"
			"455fc7e8db7732e1b42434189f3ec4f0fa2957384f2e868ffd33657a8d062df0" },
		{ TSPDM_ROLE_RESPONDER, 7, TSPDM_V11,
			"f5ed5ec83cee975e6f17f4aafeaadca5899726a143e5f3f517cc083b9baa818b"
			"b5c96052b6a8e3943f459e9a4006c775a1738f77583b7368988107f06ff03190" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hash_only crypto = { .base = { &ops } };
		struct tspdm_measurement_binding binding = good();
		uint8_t report_data[TSPDM_REPORT_DATA_LEN];

		binding.role = rows[i].role;
		binding.slot = rows[i].slot;
		binding.version = rows[i].version;
		assert_int_equal(tspdm_bind_measurement_evidence(&crypto.base, &binding, report_data), TSPDM_OK);
		is(report_data, sizeof report_data, rows[i].report_data);
		assert_int_equal(crypto.made, crypto.freed);
	}
}

static void certificate_evidence_is_bound_as_the_profile_says(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_view view = { claims, sizeof claims - 1 };

	(void)state;
	memset(report_data, 0xff, sizeof report_data);
	assert_int_equal(tspdm_bind_certificate_evidence(&crypto.base, view, report_data), TSPDM_OK);
	is(report_data, 32, "40f73c768a66d21cf6d61aa004be6c1bd8cc7ea456ea9f7cd2aebede2e0fc154");
	for (size_t i = 32; i < sizeof report_data; i++)
		assert_int_equal(report_data[i], 0);
	view.len = 0;
	assert_int_equal(tspdm_bind_certificate_evidence(&crypto.base, view, report_data), TSPDM_ERR_ARGUMENT);
}

static void every_input_changes_the_report_data(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	struct tspdm_measurement_binding binding = good();
	uint8_t first[TSPDM_REPORT_DATA_LEN];
	uint8_t other[TSPDM_REPORT_DATA_LEN];

	(void)state;
	assert_int_equal(tspdm_bind_measurement_evidence(&crypto.base, &binding, first), TSPDM_OK);
	for (unsigned change = 0; change < 6; change++) {
		binding = good();
		binding.role = change == 0 ? TSPDM_ROLE_REQUESTER : binding.role;
		binding.version = change == 1 ? TSPDM_V13 : binding.version;
		binding.slot = change == 2 ? 1 : binding.slot;
		binding.spki.len -= change == 3;
		spki[90] ^= (uint8_t)(change == 4);
		nonce[31] ^= (uint8_t)(change == 5);
		assert_int_equal(tspdm_bind_measurement_evidence(&crypto.base, &binding, other), TSPDM_OK);
		assert_memory_not_equal(first, other, sizeof first);
	}
}

static void a_nonce_of_another_length_no_key_or_no_role_is_refused(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	(void)state;
	for (unsigned change = 0; change < 5; change++) {
		struct tspdm_measurement_binding binding = good();

		binding.nonce.len = change == 0 ? 31 : change == 1 ? 0 : TSPDM_NONCE_LEN;
		binding.spki.len = change == 2 ? 0 : sizeof spki;
		if (change > 2)
			binding.role = (enum tspdm_role)(change == 3 ? 0 : 3);
		assert_int_equal(
			tspdm_bind_measurement_evidence(&crypto.base, &binding, report_data), TSPDM_ERR_ARGUMENT);
	}
	assert_int_equal(crypto.calls, 0);
}

static void a_failing_backend_is_handed_up(void **state)
{
	struct tspdm_measurement_binding binding = good();
	struct tspdm_view view = { claims, sizeof claims - 1 };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		struct hash_only crypto = { .base = { &ops }, .fail_at = n };

		assert_int_equal(
			tspdm_bind_measurement_evidence(&crypto.base, &binding, report_data), TSPDM_ERR_CRYPTO);
		assert_int_equal(crypto.made, crypto.freed);
		crypto = (struct hash_only){ .base = { &ops }, .fail_at = n };
		assert_int_equal(tspdm_bind_certificate_evidence(&crypto.base, view, report_data),
			n <= 3 ? TSPDM_ERR_CRYPTO : TSPDM_OK);
		assert_int_equal(crypto.made, crypto.freed);
	}
}

/* ---- Session evidence ---- */

static uint8_t th2[48], exporter[TSPDM_EVIDENCE_EXPORTER_LEN], channel[32], peer_spki[120];

static struct tspdm_session_binding good_session(void)
{
	struct tspdm_measurement_binding common = good();

	memset(th2, 0x22, sizeof th2);
	memset(exporter, 0x33, sizeof exporter);
	memset(channel, 0x44, sizeof channel);
	memset(peer_spki, 0x55, sizeof peer_spki);
	return (struct tspdm_session_binding){ .role = TSPDM_ROLE_RESPONDER,
		.version = TSPDM_V12,
		.hash = TSPDM_HASH_SHA384,
		.session_id = 0x12345678,
		.th2 = { th2, sizeof th2 },
		.exporter = { exporter, sizeof exporter },
		.own_spki = common.spki,
		.peer_spki = { peer_spki, sizeof peer_spki },
		.nonce = common.nonce };
}

/* The rule of docs/profile.md, written out once more with nothing but a byte count. */
static void session_evidence_commits_to_what_the_profile_says(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	struct tspdm_session_binding binding = good_session();
	uint8_t input[512], expected[64], seen[TSPDM_REPORT_DATA_LEN], key[48];
	size_t at = 0;

	(void)state;
	memcpy(input, "tspdm session evidence v1", 26);
	at = 26;
	memcpy(input + at, "\x01\x12\x02\x00\x00\x00\x78\x56\x34\x12\x30\x00", 12);
	at += 12;
	memcpy(input + at, th2, 48);
	at += 48;
	memcpy(input + at, "\x20\x00", 2);
	memcpy(input + at + 2, exporter, 32);
	at += 34;
	assert_int_equal(EVP_Digest(spki, sizeof spki, key, NULL, EVP_sha384(), NULL), 1);
	memcpy(input + at, "\x30\x00", 2);
	memcpy(input + at + 2, key, 48);
	at += 50;
	assert_int_equal(EVP_Digest(peer_spki, sizeof peer_spki, key, NULL, EVP_sha384(), NULL), 1);
	memcpy(input + at, "\x30\x00", 2);
	memcpy(input + at + 2, key, 48);
	at += 50;
	memcpy(input + at, "\x20\x00", 2);
	memcpy(input + at + 2, nonce, 32);
	at += 34;
	assert_int_equal(EVP_Digest(input, at, expected, NULL, EVP_sha512(), NULL), 1);
	assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, seen), TSPDM_OK);
	assert_memory_equal(seen, expected, sizeof expected);
	binding.channel = (struct tspdm_view){ channel, sizeof channel };
	memcpy(input + at, "\x20\x00", 2);
	memcpy(input + at + 2, channel, 32);
	assert_int_equal(EVP_Digest(input, at + 34, expected, NULL, EVP_sha512(), NULL), 1);
	assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, seen), TSPDM_OK);
	assert_memory_equal(seen, expected, sizeof expected);
}

static void every_part_of_a_session_changes_the_report_data(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	struct tspdm_session_binding binding = good_session();
	uint8_t first[TSPDM_REPORT_DATA_LEN], other[TSPDM_REPORT_DATA_LEN];

	(void)state;
	assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, first), TSPDM_OK);
	for (unsigned change = 0; change < 11; change++) {
		binding = good_session();
		binding.role = change == 0 ? TSPDM_ROLE_REQUESTER : binding.role;
		binding.version = change == 1 ? TSPDM_V13 : binding.version;
		binding.session_id ^= change == 2 ? 0x10000 : 0;
		binding.hash = change == 3 ? TSPDM_HASH_SHA3_384 : binding.hash;
		binding.own_spki.len = change == 4 ? 0 : binding.own_spki.len;
		binding.peer_spki.len = change == 5 ? 0 : binding.peer_spki.len;
		if (change == 6)
			binding.peer_spki = binding.own_spki;
		th2[47] ^= (uint8_t)(change == 7);
		exporter[31] ^= (uint8_t)(change == 8);
		nonce[0] ^= (uint8_t)(change == 9);
		if (change == 10)
			binding.channel = (struct tspdm_view){ channel, 1 };
		assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, other), TSPDM_OK);
		assert_memory_not_equal(first, other, sizeof first);
	}
	binding = good_session();
	binding.own_spki = binding.peer_spki;
	binding.peer_spki = good_session().own_spki; /* the two keys are not exchangeable: no reflection */
	assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, other), TSPDM_OK);
	assert_memory_not_equal(first, other, sizeof first);
}

static void a_session_binding_with_a_field_of_another_length_is_refused(void **state)
{
	struct hash_only crypto = { .base = { &ops } };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	(void)state;
	for (unsigned change = 0; change < 7; change++) {
		struct tspdm_session_binding binding = good_session();

		binding.role = change == 0 ? (enum tspdm_role)3 : binding.role;
		binding.hash = change == 1 ? 0 : binding.hash;
		binding.th2.len = change == 2 ? 32 : binding.th2.len;
		binding.exporter.len = change == 3 ? 0 : binding.exporter.len;
		binding.nonce.len = change == 4 ? 31 : binding.nonce.len;
		binding.session_id = change == 5 ? 0 : binding.session_id;
		if (change == 6)
			binding.channel = (struct tspdm_view){ peer_spki, 65 };
		assert_int_equal(tspdm_bind_session_evidence(&crypto.base, &binding, report_data), TSPDM_ERR_ARGUMENT);
	}
	assert_int_equal(crypto.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measurement_evidence_is_bound_as_the_profile_says),
		cmocka_unit_test(certificate_evidence_is_bound_as_the_profile_says),
		cmocka_unit_test(every_input_changes_the_report_data),
		cmocka_unit_test(a_nonce_of_another_length_no_key_or_no_role_is_refused),
		cmocka_unit_test(session_evidence_commits_to_what_the_profile_says),
		cmocka_unit_test(every_part_of_a_session_changes_the_report_data),
		cmocka_unit_test(a_session_binding_with_a_field_of_another_length_is_refused),
		cmocka_unit_test(a_failing_backend_is_handed_up),
	};

	return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
