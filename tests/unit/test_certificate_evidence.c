/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in certificates: what is written is read, what is malformed is refused, and a genuine certificate of another
 * implementation (Gramine, from the CCC's interoperability tests) is understood. The expected bytes are composed here by
 * hand after RFC 8949. */
#include <stdlib.h>

#include <openssl/pem.h>

#include "certificate_case.h"

/* ---- What is written, and read again ---- */

static void the_claims_name_the_key_by_its_sha_384(void **state)
{
	uint8_t expected[1 + 12 + 2 + 52] = "\xA1\x6Bpubkey-hash\x58\x34\x82\x07\x58\x30";

	(void)state;
	SHA384(spki.ptr, spki.len, expected + 19);
	assert_view(view_of(&claims), (struct tspdm_view){ expected, sizeof expected });
}

static void evidence_of_each_kind_is_read_as_it_was_written(void **state)
{
	static const struct {
		enum tspdm_tee kind;
		const char *head;
		size_t head_len;
	} rows[] = {
		{ TSPDM_TEE_SEV_SNP, "\xDA\x00\x1A\x75\x04\x82\x59", 7 },
		{ TSPDM_TEE_TDX, "\xD9\xEA\x60\x82\x59", 5 },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct soft soft = make_evidence(rows[i].kind, view_of(&claims));
		uint8_t bytes[12000];
		struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
		struct tspdm_tagged_evidence tagged;

		assert_int_equal(tspdm_write_tagged_evidence(&w, &soft.evidence, view_of(&claims)), TSPDM_OK);
		assert_memory_equal(bytes, rows[i].head, rows[i].head_len);
		assert_int_equal(read_from(view_of(&w), 1, &tagged), TSPDM_OK);
		assert_int_equal(tagged.evidence.tee, rows[i].kind);
		assert_view(tagged.evidence.report, soft.evidence.report);
		assert_view(tagged.evidence.certificates, soft.evidence.certificates);
		assert_view(tagged.claims, view_of(&claims));
		assert_int_equal(tagged.hash_id, 7);
		assert_int_equal(
			tspdm_check_certificate_binding(crypto, &tagged, spki, report_data_of(&tagged.evidence)),
			TSPDM_OK);
		drop_evidence(&soft);
	}
}

static void a_wrapping_octet_string_is_taken_off(void **state)
{
	uint8_t bytes[12000] = { 0x04, 0x82 };
	size_t len = by_hand(view_of(&claims), bytes + 4, sizeof bytes - 4);
	struct tspdm_tagged_evidence tagged;

	(void)state;
	bytes[2] = (uint8_t)(len >> 8);
	bytes[3] = (uint8_t)len;
	assert_int_equal(read_from((struct tspdm_view){ bytes, len + 4 }, 1, &tagged), TSPDM_OK);
	assert_view(tagged.claims, view_of(&claims));
	bytes[3]++;
	assert_int_equal(read_from((struct tspdm_view){ bytes, len + 4 }, 1, &tagged), TSPDM_ERR_EVIDENCE_FORM);
	bytes[3] = (uint8_t)(bytes[3] - 2);
	assert_int_equal(read_from((struct tspdm_view){ bytes, len + 4 }, 1, &tagged), TSPDM_ERR_EVIDENCE_FORM);
	bytes[1] = 0x80; /* indefinite length is BER, not DER */
	assert_int_equal(read_from((struct tspdm_view){ bytes, len + 4 }, 1, &tagged), TSPDM_ERR_EVIDENCE_FORM);
}

/* The claims buffer with a map of `count` whose entries are `first`, the pubkey-hash and `last`. */
static size_t more_claims(uint8_t *out, uint8_t count, struct tspdm_view first, struct tspdm_view last)
{
	struct tspdm_buffer w = { .ptr = out, .cap = 512 };
	uint8_t head = (uint8_t)(0xA0 | count);

	put(&w, &head, 1);
	put(&w, first.ptr, first.len);
	put(&w, claims.ptr + 1, claims.len - 1);
	put(&w, last.ptr, last.len);
	return w.len;
}

static const struct {
	const char *name, *bytes;
	size_t len;
} unknown_claims[] = {
	{ "a nonce", "\x65nonce\x43\x01\x02\x03", 10 },
	{ "a longer name", "\x6Cpubkey-hash2\x01", 14 },
	{ "a name in bytes", "\x4Bpubkey-hash\x01", 13 },
	{ "numbers as keys", "\x01\x20", 2 },
	{ "nested maps", "\x61x\xA1\x82\x01\x02\xA1\x61y\x84\xF4\xF6\xFB\0\0\0\0\0\0\0\0\xC1\x1A\0\0\0\0", 27 },
	{ "a key that is a tagged array", "\xC1\x81\x00\xF5", 4 },
};

static void unknown_claims_are_passed_over_but_covered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof unknown_claims / sizeof unknown_claims[0]; i++) {
		uint8_t buffer[512], bytes[12000];
		struct tspdm_view claim = { (const uint8_t *)unknown_claims[i].bytes, unknown_claims[i].len };
		struct tspdm_view about = { buffer, more_claims(buffer, 3, claim, claim) };
		struct tspdm_tagged_evidence tagged;
		uint8_t forged[TSPDM_REPORT_DATA_LEN];
		size_t len;

		len = by_hand(about, bytes, sizeof bytes);
		if (read_from((struct tspdm_view){ bytes, len }, 1, &tagged) != TSPDM_OK)
			fail_msg("%s", unknown_claims[i].name);
		assert_view(tagged.claims, about);
		assert_int_equal(
			tspdm_check_certificate_binding(crypto, &tagged, spki, report_data_of(&tagged.evidence)),
			TSPDM_OK);
		assert_int_equal(tspdm_bind_certificate_evidence(crypto, view_of(&claims), forged), TSPDM_OK);
		assert_int_equal(
			tspdm_check_certificate_binding(crypto, &tagged, spki, forged), TSPDM_ERR_EVIDENCE_KEY);
	}
}

/* ---- Malformed claims ---- */

static const struct {
	const char *name, *bytes;
	size_t len;
} bad_claims[] = {
	{ "no map", "\x80", 1 },
	{ "nothing", "", 0 },
	{ "bytes behind the map", "\xA0\x00", 2 },
	{ "a map without its entry", "\xA1", 1 },
	{ "a key without a value", "\xA1\x61x", 3 },
	{ "pubkey-hash without a value", "\xA1\x6Bpubkey-hash", 13 },
	{ "pubkey-hash of another type", "\xA1\x6Bpubkey-hash\x63xyz", 17 },
	{ "an empty pubkey-hash", "\xA1\x6Bpubkey-hash\x40", 14 },
	{ "pubkey-hash with no array", "\xA1\x6Bpubkey-hash\x42\x07\x40", 16 },
	{ "pubkey-hash of one element", "\xA1\x6Bpubkey-hash\x42\x81\x07", 16 },
	{ "an unknown hash", "\xA1\x6Bpubkey-hash\x44\x82\x02\x41\x00", 18 },
	{ "a hash id beyond a byte", "\xA1\x6Bpubkey-hash\x46\x82\x19\x01\x01\x41\x00", 20 },
	{ "a hash of a wrong length", "\xA1\x6Bpubkey-hash\x44\x82\x07\x41\x00", 18 },
	{ "an indefinite map", "\xBF\xFF", 2 },
	{ "an indefinite array within", "\xA1\x61x\x9F\xFF", 5 },
	{ "an indefinite string within", "\xA1\x61x\x5F\x41\x00\xFF", 7 },
	{ "a break alone", "\xA1\x61x\xFF", 4 },
	{ "a huge map", "\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9 },
	{ "a huge array within", "\xA1\x61x\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12 },
	{ "a huge map within", "\xA1\x61x\xBB\x80\x00\x00\x00\x00\x00\x00\x00", 12 },
	{ "a huge string within", "\xA1\x61x\x5B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0", 12 },
	{ "a reserved head", "\xA1\x61x\x1C", 4 },
	{ "a tag of nothing", "\xA1\x61x\xC1", 4 },
};

static void malformed_claims_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_claims / sizeof bad_claims[0]; i++) {
		struct soft soft = make_evidence(TSPDM_TEE_TDX, view_of(&claims));
		uint8_t bytes[12000];
		struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
		struct tspdm_tagged_evidence tagged;

		put(&w, "\xD9\xEA\x60\x82", 4);
		put_byte_string(&w, soft.evidence.report);
		put_byte_string(&w, (struct tspdm_view){ (const uint8_t *)bad_claims[i].bytes, bad_claims[i].len });
		if (read_from(view_of(&w), 1, &tagged) != TSPDM_ERR_EVIDENCE_FORM)
			fail_msg("%s", bad_claims[i].name);
		assert_int_equal(tagged.evidence.tee, TSPDM_TEE_NONE);
		assert_null(tagged.claims.ptr);
		drop_evidence(&soft);
	}
}

static void pubkey_hash_twice_is_refused(void **state)
{
	uint8_t buffer[512], bytes[12000];
	struct tspdm_view again = { claims.ptr + 1, claims.len - 1 };
	struct tspdm_view about = { buffer, more_claims(buffer, 2, again, (struct tspdm_view){ NULL, 0 }) };
	struct tspdm_tagged_evidence tagged;
	size_t len = by_hand(about, bytes, sizeof bytes);

	(void)state;
	assert_int_equal(read_from((struct tspdm_view){ bytes, len }, 1, &tagged), TSPDM_ERR_EVIDENCE_FORM);
}

/* Nested as deep as a certificate is long: no stack may pay for it. */
static void deep_nesting_is_read_without_recursion(void **state)
{
	enum { DEPTH = 60000 };
	static uint8_t nested[DEPTH + 8];
	static uint8_t bytes[DEPTH + 12000];
	static uint8_t large_room[sizeof bytes];
	struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
	struct soft soft = make_evidence(TSPDM_TEE_TDX, view_of(&claims));
	struct tspdm_buffer room = { .ptr = large_room, .cap = sizeof large_room };
	struct tspdm_tagged_evidence tagged;
	struct tspdm_view certificate;

	(void)state;
	memcpy(nested, "\xA1\x61x", 3);
	memset(nested + 3, 0x81, DEPTH);
	put(&w, "\xD9\xEA\x60\x82", 4);
	put_byte_string(&w, soft.evidence.report);
	put_byte_string(&w, (struct tspdm_view){ nested, DEPTH + 4 });
	certificate = certificate_with(view_of(&w), 1);
	assert_int_equal(tspdm_read_certificate_evidence(certificate, &room, &tagged), TSPDM_OK);
	assert_int_equal(tagged.hash_id, 0);
	OPENSSL_free((void *)certificate.ptr);
	w.ptr[w.len - 1] = 0x81; /* the innermost array is empty-handed */
	assert_int_equal(tspdm_read_tagged_evidence(view_of(&w), &tagged), TSPDM_ERR_EVIDENCE_FORM);
	drop_evidence(&soft);
}

/* ---- Malformed evidence ---- */

/* `change` spoils a well-formed extension of a TDX quote; returns its new length. */
struct spoiling {
	const char *name;
	size_t (*change)(uint8_t *bytes, size_t len);
};

static size_t tag_of_a_report(uint8_t *bytes, size_t len)
{
	bytes[2] = 0x61; /* 60001: a TDREPORT, which only the same machine can check */
	return len;
}

static size_t tag_of_snp(uint8_t *bytes, size_t len)
{
	memmove(bytes + 2, bytes, len);
	memcpy(bytes, "\xDA\x00\x1A\x75\x04", 5);
	return len + 2;
}

static size_t no_tag(uint8_t *bytes, size_t len)
{
	memmove(bytes, bytes + 3, len - 3);
	return len - 3;
}

static size_t three_elements(uint8_t *bytes, size_t len)
{
	bytes[3] = 0x83;
	bytes[len] = 0x00;
	return len + 1;
}

static size_t one_element(uint8_t *bytes, size_t len)
{
	bytes[3] = 0x81;
	return len;
}

static size_t indefinite(uint8_t *bytes, size_t len)
{
	bytes[3] = 0x9F;
	bytes[len] = 0xFF;
	return len + 1;
}

static size_t trailing(uint8_t *bytes, size_t len)
{
	bytes[len] = 0x00;
	return len + 1;
}

static size_t truncated(uint8_t *bytes, size_t len)
{
	(void)bytes;
	return len - 1;
}

static size_t text_for_bytes(uint8_t *bytes, size_t len)
{
	bytes[4] = 0x79;
	return len;
}

static size_t unknown_quote(uint8_t *bytes, size_t len)
{
	bytes[7] = 9; /* its version */
	return len;
}

static size_t quote_too_long(uint8_t *bytes, size_t len)
{
	bytes[7 + 632]++; /* its signature data's length */
	return len;
}

static size_t empty(uint8_t *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return 0;
}

static const struct spoiling spoilings[] = {
	{ "the tag of a local report", tag_of_a_report },
	{ "a quote tagged as SEV-SNP", tag_of_snp },
	{ "no tag", no_tag },
	{ "three elements", three_elements },
	{ "one element", one_element },
	{ "an indefinite array", indefinite },
	{ "a byte too many", trailing },
	{ "a byte too few", truncated },
	{ "text for bytes", text_for_bytes },
	{ "a quote of unknown version", unknown_quote },
	{ "a quote longer than it is", quote_too_long },
	{ "nothing at all", empty },
};

static void malformed_evidence_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spoilings / sizeof spoilings[0]; i++) {
		uint8_t bytes[12000];
		size_t len = by_hand(view_of(&claims), bytes, sizeof bytes - 8);
		struct tspdm_tagged_evidence tagged;

		len = spoilings[i].change(bytes, len);
		if (read_from((struct tspdm_view){ bytes, len }, 1, &tagged) != TSPDM_ERR_EVIDENCE_FORM)
			fail_msg("%s", spoilings[i].name);
		assert_null(tagged.evidence.report.ptr);
	}
}

static void an_snp_report_tagged_as_a_quote_is_refused(void **state)
{
	struct soft soft = make_evidence(TSPDM_TEE_SEV_SNP, view_of(&claims));
	uint8_t bytes[12000];
	struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_tagged_evidence tagged;

	(void)state;
	put(&w, "\xD9\xEA\x60\x82", 4);
	put_byte_string(&w, soft.evidence.report);
	put_byte_string(&w, view_of(&claims));
	assert_int_equal(read_from(view_of(&w), 1, &tagged), TSPDM_ERR_EVIDENCE_FORM);
	drop_evidence(&soft);
}

/* Peers put a bare certificate there; the report counts all the same. */
static void what_is_no_table_behind_an_snp_report_is_left_out(void **state)
{
	struct soft soft = make_evidence(TSPDM_TEE_SEV_SNP, view_of(&claims));
	uint8_t bytes[4000];
	struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_evidence odd = { .tee = TSPDM_TEE_SEV_SNP, .report = soft.evidence.report };
	uint8_t no_table[100];
	struct tspdm_tagged_evidence tagged;

	(void)state;
	memset(no_table, 0x30, sizeof no_table);
	odd.certificates = (struct tspdm_view){ no_table, sizeof no_table };
	assert_int_equal(tspdm_write_tagged_evidence(&w, &odd, view_of(&claims)), TSPDM_OK);
	assert_int_equal(read_from(view_of(&w), 1, &tagged), TSPDM_OK);
	assert_view(tagged.evidence.report, soft.evidence.report);
	assert_int_equal(tagged.evidence.certificates.len, 0);
	drop_evidence(&soft);
}

/* ---- The certificate ---- */

static void a_certificate_without_the_extension_has_no_evidence(void **state)
{
	struct tspdm_tagged_evidence tagged;

	(void)state;
	assert_int_equal(read_from((struct tspdm_view){ NULL, 0 }, 0, &tagged), TSPDM_ERR_EVIDENCE_MISSING);
}

static void the_extension_twice_is_refused(void **state)
{
	uint8_t bytes[12000];
	size_t len = by_hand(view_of(&claims), bytes, sizeof bytes);
	struct tspdm_tagged_evidence tagged;

	(void)state;
	assert_int_equal(read_from((struct tspdm_view){ bytes, len }, 2, &tagged), TSPDM_ERR_EVIDENCE_FORM);
}

static void what_is_no_certificate_is_refused(void **state)
{
	uint8_t bytes[12000];
	struct tspdm_view value = { bytes, by_hand(view_of(&claims), bytes, sizeof bytes) };
	struct tspdm_view certificate = certificate_with(value, 1);
	struct tspdm_buffer room = { .ptr = room_bytes, .cap = sizeof room_bytes };
	struct tspdm_tagged_evidence tagged;
	uint8_t *longer = calloc(1, certificate.len + 1);

	(void)state;
	memcpy(longer, certificate.ptr, certificate.len);
	assert_int_equal(
		tspdm_read_certificate_evidence((struct tspdm_view){ longer, certificate.len + 1 }, &room, &tagged),
		TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(
		tspdm_read_certificate_evidence((struct tspdm_view){ longer, certificate.len - 1 }, &room, &tagged),
		TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_read_certificate_evidence((struct tspdm_view){ NULL, 0 }, &room, &tagged),
		TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(room.len, 0);
	free(longer);
	OPENSSL_free((void *)certificate.ptr);
}

static void too_little_room_is_told_with_what_is_needed(void **state)
{
	uint8_t bytes[12000];
	struct tspdm_view value = { bytes, by_hand(view_of(&claims), bytes, sizeof bytes) };
	struct tspdm_view certificate = certificate_with(value, 1);
	struct tspdm_buffer room = { .ptr = room_bytes, .cap = value.len - 1 };
	struct tspdm_tagged_evidence tagged;

	(void)state;
	assert_int_equal(tspdm_read_certificate_evidence(certificate, &room, &tagged), TSPDM_ERR_BUFFER);
	assert_int_equal(room.len, value.len);
	room = (struct tspdm_buffer){ .ptr = room_bytes, .cap = value.len };
	assert_int_equal(tspdm_read_certificate_evidence(certificate, &room, &tagged), TSPDM_OK);
	OPENSSL_free((void *)certificate.ptr);
}

static void writing_refuses_what_it_cannot_carry(void **state)
{
	struct soft soft = make_evidence(TSPDM_TEE_TDX, view_of(&claims));
	uint8_t bytes[64];
	struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_evidence odd = soft.evidence;

	(void)state;
	assert_int_equal(tspdm_write_tagged_evidence(&w, &soft.evidence, view_of(&claims)), TSPDM_ERR_BUFFER);
	assert_int_equal(w.len, 4 + 3 + soft.evidence.report.len + 2 + claims.len);
	assert_int_equal(
		tspdm_write_tagged_evidence(&w, &soft.evidence, (struct tspdm_view){ NULL, 0 }), TSPDM_ERR_ARGUMENT);
	odd.tee = TSPDM_TEE_NONE;
	assert_int_equal(tspdm_write_tagged_evidence(&w, &odd, view_of(&claims)), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_claims(crypto, (struct tspdm_view){ NULL, 0 }, &w), TSPDM_ERR_ARGUMENT);
	w.len = 0;
	w.cap = 10;
	assert_int_equal(tspdm_write_claims(crypto, spki, &w), TSPDM_ERR_BUFFER);
	assert_int_equal(w.len, claims.len);
	drop_evidence(&soft);
}

/* ---- The binding ---- */

static void evidence_about_another_key_is_refused(void **state)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN], other[sizeof spki_bytes];
	struct tspdm_tagged_evidence tagged = {
		.claims = view_of(&claims), .hash_id = 7, .key_hash = { claims.ptr + 19, 48 }
	};

	(void)state;
	assert_int_equal(tspdm_bind_certificate_evidence(crypto, tagged.claims, report_data), TSPDM_OK);
	assert_int_equal(tspdm_check_certificate_binding(crypto, &tagged, spki, report_data), TSPDM_OK);
	memcpy(other, spki.ptr, spki.len);
	other[spki.len - 1] ^= 1;
	assert_int_equal(
		tspdm_check_certificate_binding(crypto, &tagged, (struct tspdm_view){ other, spki.len }, report_data),
		TSPDM_ERR_EVIDENCE_KEY);
}

static void every_byte_of_the_report_data_counts(void **state)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_tagged_evidence tagged = {
		.claims = view_of(&claims), .hash_id = 7, .key_hash = { claims.ptr + 19, 48 }
	};

	(void)state;
	assert_int_equal(tspdm_bind_certificate_evidence(crypto, tagged.claims, report_data), TSPDM_OK);
	for (size_t i = 0; i < sizeof report_data; i++) {
		report_data[i] ^= 0x80;
		assert_int_equal(
			tspdm_check_certificate_binding(crypto, &tagged, spki, report_data), TSPDM_ERR_EVIDENCE_KEY);
		report_data[i] ^= 0x80;
	}
}

static void claims_that_name_no_key_bind_nothing(void **state)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN], digest[64];
	struct tspdm_tagged_evidence tagged = { .claims = view_of(&claims), .key_hash = { digest, 48 } };

	(void)state;
	SHA384(spki.ptr, spki.len, digest);
	assert_int_equal(tspdm_bind_certificate_evidence(crypto, tagged.claims, report_data), TSPDM_OK);
	for (unsigned id = 0; id < 256; id++) {
		tagged.hash_id = (uint8_t)id;
		assert_int_equal(tspdm_check_certificate_binding(crypto, &tagged, spki, report_data),
			id == 7 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_KEY);
	}
	tagged.hash_id = 7;
	tagged.key_hash.len = 47;
	assert_int_equal(tspdm_check_certificate_binding(crypto, &tagged, spki, report_data), TSPDM_ERR_EVIDENCE_KEY);
}

/* ---- A genuine certificate ---- */

static uint8_t *genuine_der(size_t *len)
{
	BIO *file = BIO_new_file(TSPDM_SHARED_DIR "/testdata/sgx/03-v3-debug-outofdate/ra_tls_cert.pem", "r");
	uint8_t *der = NULL;
	X509 *certificate;
	int der_len;

	if (file == NULL)
		return NULL;
	certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);
	assert_non_null(certificate);
	der_len = i2d_X509(certificate, &der);
	assert_true(der_len > 0);
	*len = (size_t)der_len;
	X509_free(certificate);
	BIO_free(file);
	return der;
}

static void a_genuine_gramine_certificate_is_understood(void **state)
{
	struct tspdm_buffer room = { .ptr = room_bytes, .cap = sizeof room_bytes };
	struct tspdm_tagged_evidence tagged;
	const uint8_t *report_data;
	uint8_t digest[32], *der, *key_der = NULL;
	struct tspdm_view genuine_spki;
	X509 *certificate;
	size_t len = 0;

	(void)state;
	der = genuine_der(&len);
	if (der == NULL) {
		print_message("# no test data in " TSPDM_SHARED_DIR "\n");
		skip();
	}
	assert_int_equal(tspdm_read_certificate_evidence((struct tspdm_view){ der, len }, &room, &tagged), TSPDM_OK);
	assert_int_equal(tagged.evidence.tee, TSPDM_TEE_SGX);
	assert_int_equal(tagged.evidence.report.len, 4734);
	assert_int_equal(tagged.hash_id, 1);
	report_data = tagged.evidence.report.ptr + 48 + 320;
	SHA256(tagged.claims.ptr, tagged.claims.len, digest);
	assert_memory_equal(digest, report_data, sizeof digest);
	certificate = parse((struct tspdm_view){ der, len });
	spki_digest(certificate, digest);
	assert_memory_equal(digest, tagged.key_hash.ptr, sizeof digest);
	genuine_spki.len = (size_t)i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key_der);
	genuine_spki.ptr = key_der;
	assert_int_equal(tspdm_check_certificate_binding(crypto, &tagged, genuine_spki, report_data), TSPDM_OK);
	assert_int_equal(tspdm_check_certificate_binding(crypto, &tagged, spki, report_data), TSPDM_ERR_EVIDENCE_KEY);
	OPENSSL_free(key_der);
	OPENSSL_free(der);
	X509_free(certificate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_claims_name_the_key_by_its_sha_384),
		cmocka_unit_test(evidence_of_each_kind_is_read_as_it_was_written),
		cmocka_unit_test(a_wrapping_octet_string_is_taken_off),
		cmocka_unit_test(unknown_claims_are_passed_over_but_covered),
		cmocka_unit_test(malformed_claims_are_refused),
		cmocka_unit_test(pubkey_hash_twice_is_refused),
		cmocka_unit_test(deep_nesting_is_read_without_recursion),
		cmocka_unit_test(malformed_evidence_is_refused),
		cmocka_unit_test(an_snp_report_tagged_as_a_quote_is_refused),
		cmocka_unit_test(what_is_no_table_behind_an_snp_report_is_left_out),
		cmocka_unit_test(a_certificate_without_the_extension_has_no_evidence),
		cmocka_unit_test(the_extension_twice_is_refused),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(too_little_room_is_told_with_what_is_needed),
		cmocka_unit_test(writing_refuses_what_it_cannot_carry),
		cmocka_unit_test(evidence_about_another_key_is_refused),
		cmocka_unit_test(every_byte_of_the_report_data_counts),
		cmocka_unit_test(claims_that_name_no_key_bind_nothing),
		cmocka_unit_test(a_genuine_gramine_certificate_is_understood),
	};

	return cmocka_run_group_tests_name("certificate_evidence", tests, set_up, tear_down);
}
