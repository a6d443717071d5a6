/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Identities: made in memory, loaded in every form, refused where key and chain do not fit, and their requests. */
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "openssl_support.h"

enum { ROOM = 16384 };

static struct tspdm_openssl_identity *make(const struct tspdm_openssl_make *how)
{
	struct tspdm_openssl_identity *identity;

	assert_int_equal(tspdm_openssl_identity_make(how, &identity), TSPDM_OK);
	assert_int_equal(ERR_peek_error(), 0);
	return identity;
}

static enum tspdm_status judge(
	struct tspdm_crypto *crypto, const struct tspdm_slot *slot, uint32_t asym, int64_t when, bool allow_unanchored)
{
	uint8_t hash[32];
	size_t root_len = 4U + (size_t)(slot->certificates.ptr[2] << 8 | slot->certificates.ptr[3]);
	struct tspdm_chain_check check = { .certificates = slot->certificates,
		.root_hash = { hash, sizeof hash },
		.hash = TSPDM_HASH_SHA256,
		.asym = asym,
		.anchors = { slot->certificates.ptr, allow_unanchored ? 0 : root_len },
		.time = when,
		.allow_unanchored = allow_unanchored };
	struct tspdm_chain_result result;

	EVP_Digest(slot->certificates.ptr, root_len, hash, NULL, EVP_sha256(), NULL);
	enum tspdm_status status = crypto->ops->check_chain(crypto, &check, &result);
	crypto->ops->public_key_free(crypto, result.leaf_key);
	return status;
}

static void a_made_identity_passes_its_own_chain_check(void **state)
{
	static const uint32_t kinds[] = { 0, TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P521, TSPDM_ASYM_ED25519,
		TSPDM_ASYM_ED448, TSPDM_ASYM_RSAPSS_2048 };
	static const uint32_t hashes[] = { 0, TSPDM_HASH_SHA256, TSPDM_HASH_SHA512 };

	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t h = 0; h < COUNT(hashes); h++) {
			struct tspdm_openssl_make how = { .size = sizeof how,
				.asym = kinds[i],
				.hash = hashes[h],
				.single = i % 2 == 1,
				.not_before = 1700000000,
				.lifetime_s = 3600 };
			struct tspdm_openssl_identity *identity = make(&how);
			uint32_t asym = kinds[i] != 0 ? kinds[i] : (uint32_t)TSPDM_ASYM_ECDSA_P384;
			struct tspdm_slot slot;

			tspdm_openssl_identity_slot(identity, &slot);
			assert_true((slot.asym & asym) != 0);
			assert_int_equal(slot.root.len, 0);
			assert_int_equal(judge(*state, &slot, asym, 1700000000, false), TSPDM_OK);
			assert_int_equal(judge(*state, &slot, asym, 1700003599, true), TSPDM_OK);
			assert_int_equal(judge(*state, &slot, asym, 1699999999, false), TSPDM_ERR_CHAIN_TIME);
			assert_int_equal(judge(*state, &slot, asym, 1700003602, false), TSPDM_ERR_CHAIN_TIME);
			tspdm_openssl_identity_free(identity);
		}
}

/* Which of them OpenSSL can verify depends on its version: what it cannot must not be made. */
static void a_certificate_under_sha3_is_verified_or_refused(void **state)
{
	static const uint32_t kinds[] = { TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_RSASSA_2048, TSPDM_ASYM_ED25519 };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct tspdm_openssl_make how = { .size = sizeof how, .asym = kinds[i], .hash = TSPDM_HASH_SHA3_256 };
		struct tspdm_openssl_identity *identity;
		struct tspdm_slot slot;
		enum tspdm_status status = tspdm_openssl_identity_make(&how, &identity);

		if (status == TSPDM_ERR_UNSUPPORTED) {
			assert_int_not_equal(kinds[i], TSPDM_ASYM_ED25519);
			continue;
		}
		assert_int_equal(status, TSPDM_OK);
		tspdm_openssl_identity_slot(identity, &slot);
		assert_int_equal(judge(*state, &slot, kinds[i], (int64_t)time(NULL), false), TSPDM_OK);
		tspdm_openssl_identity_free(identity);
	}
}

static void the_defaults_are_valid_now(void **state)
{
	struct tspdm_openssl_make how = { .size = sizeof how };
	struct tspdm_openssl_identity *identity = make(&how);
	struct tspdm_view leaf;
	struct tspdm_slot slot;
	char subject[64], cut[9];
	size_t root_len;

	tspdm_openssl_identity_slot(identity, &slot);
	assert_int_equal(slot.asym, TSPDM_ASYM_ECDSA_P384);
	assert_int_equal(judge(*state, &slot, TSPDM_ASYM_ECDSA_P384, (int64_t)time(NULL), false), TSPDM_OK);
	root_len = 4U + (size_t)(slot.certificates.ptr[2] << 8 | slot.certificates.ptr[3]);
	leaf = (struct tspdm_view){ slot.certificates.ptr + root_len, slot.certificates.len - root_len };
	assert_int_equal(tspdm_openssl_subject(leaf, subject, sizeof subject), TSPDM_OK);
	assert_string_equal(subject, "CN = tspdm identity");
	assert_int_equal(tspdm_openssl_subject(leaf, cut, sizeof cut), TSPDM_OK);
	assert_string_equal(cut, "CN = tsp");
	assert_int_equal(tspdm_openssl_subject(leaf, cut, 0), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_openssl_subject(slot.certificates, cut, sizeof cut), TSPDM_ERR_CHAIN_FORM);
	assert_string_equal(cut, "");
	tspdm_openssl_identity_free(identity);
	tspdm_openssl_identity_free(NULL);
}

static void a_subject_cannot_drive_a_terminal(void **state)
{
	struct tspdm_openssl_make how = { .size = sizeof how, .single = true, .common_name = "a\033[2Jb\nc" };
	struct tspdm_openssl_identity *identity = make(&how);
	struct tspdm_slot slot;
	char subject[128];

	(void)state;
	tspdm_openssl_identity_slot(identity, &slot);
	assert_int_equal(tspdm_openssl_subject(slot.certificates, subject, sizeof subject), TSPDM_OK);
	assert_null(strchr(subject, '\033'));
	assert_null(strchr(subject, '\n'));
	tspdm_openssl_identity_free(identity);
}

struct asked {
	struct tspdm_openssl_extension extension[2];
	enum tspdm_status status;
	uint8_t spki[256];
	size_t spki_len;
};

static enum tspdm_status give_extensions(
	void *context, struct tspdm_view spki, const struct tspdm_openssl_extension **out, size_t *count)
{
	struct asked *asked = context;

	memcpy(asked->spki, spki.ptr, spki.len);
	asked->spki_len = spki.len;
	*out = asked->extension;
	*count = 2;
	return asked->status;
}

static X509 *leaf_of(const struct tspdm_slot *slot)
{
	const uint8_t *next = slot->certificates.ptr;
	const uint8_t *end = next + slot->certificates.len;
	X509 *leaf = NULL;

	while (next != end) {
		X509_free(leaf);
		leaf = d2i_X509(NULL, &next, (long)(end - next));
		assert_non_null(leaf);
	}
	return leaf;
}

static void asked_extensions_are_in_the_leaf(void **state)
{
	static const uint8_t value[] = { 0x04, 0x03, 1, 2, 3 };
	struct asked asked = { .extension = { { "2.23.133.5.4.9", false, { value, sizeof value } },
				       { "1.2.3.4.5", true, { value, sizeof value } } } };
	struct tspdm_openssl_make how = { .size = sizeof how, .extensions = give_extensions, .context = &asked };
	struct tspdm_openssl_identity *identity = make(&how);
	ASN1_OBJECT *oid = OBJ_txt2obj("2.23.133.5.4.9", 1);
	struct tspdm_slot slot;
	X509 *leaf;
	X509_EXTENSION *found;

	tspdm_openssl_identity_slot(identity, &slot);
	assert_int_equal(asked.spki_len, slot.spki.len);
	assert_memory_equal(asked.spki, slot.spki.ptr, slot.spki.len);
	leaf = leaf_of(&slot);
	found = X509_get_ext(leaf, X509_get_ext_by_OBJ(leaf, oid, -1));
	assert_non_null(found);
	assert_int_equal(X509_EXTENSION_get_critical(found), 0);
	assert_int_equal(ASN1_STRING_length(X509_EXTENSION_get_data(found)), sizeof value);
	assert_memory_equal(ASN1_STRING_get0_data(X509_EXTENSION_get_data(found)), value, sizeof value);
	assert_int_equal(judge(*state, &slot, TSPDM_ASYM_ECDSA_P384, 0, false), TSPDM_ERR_CHAIN_EXTENSION);
	X509_free(leaf);
	ASN1_OBJECT_free(oid);
	tspdm_openssl_identity_free(identity);
}

static void what_cannot_be_made_is_refused(void **state)
{
	struct asked failing = { .status = TSPDM_ERR_EVIDENCE_SOURCE };
	struct asked nameless = { .status = TSPDM_OK };
	const struct {
		struct tspdm_openssl_make how;
		enum tspdm_status status;
	} rows[] = {
		{ { .size = 0 }, TSPDM_ERR_ARGUMENT },
		{ { .size = sizeof(struct tspdm_openssl_make) - 1 }, TSPDM_ERR_ARGUMENT },
		{ { .size = sizeof rows[0].how, .reserved = { 1 } }, TSPDM_ERR_UNSUPPORTED },
		{ { .size = sizeof rows[0].how, .asym = 3 }, TSPDM_ERR_UNSUPPORTED },
		{ { .size = sizeof rows[0].how, .hash = 1U << 7 }, TSPDM_ERR_UNSUPPORTED },
		/* no certificate is signed with ECDSA and SM3 */
		{ { .size = sizeof rows[0].how, .hash = TSPDM_HASH_SM3 }, TSPDM_ERR_UNSUPPORTED },
		{ { .size = sizeof rows[0].how, .extensions = give_extensions, .context = &failing },
			TSPDM_ERR_EVIDENCE_SOURCE },
		{ { .size = sizeof rows[0].how, .extensions = give_extensions, .context = &nameless },
			TSPDM_ERR_CRYPTO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_openssl_identity *identity;

		assert_int_equal(tspdm_openssl_identity_make(&rows[i].how, &identity), rows[i].status);
		assert_null(identity);
	}
}

/* A configuration of a later version: what it adds must be zero. */
static void a_longer_configuration_may_not_ask_for_more(void **state)
{
	struct {
		struct tspdm_openssl_make how;
		uint64_t added;
	} later = { .how = { .size = sizeof later, .asym = TSPDM_ASYM_ECDSA_P256 } };
	struct tspdm_openssl_identity *identity;

	(void)state;
	tspdm_openssl_identity_free(make(&later.how));
	later.added = 1;
	assert_int_equal(tspdm_openssl_identity_make(&later.how, &identity), TSPDM_ERR_UNSUPPORTED);
}

/* A key and a chain of two in every form. */
struct files {
	EVP_PKEY *key, *ca_key;
	X509 *certificate[2]; /* root, leaf */
	uint8_t key_der[4096], key_pem[8192], pem_root_first[ROOM], pem_leaf_first[ROOM], der_root_first[ROOM],
		der_leaf_first[ROOM];
	struct tspdm_view views[6];
};
enum { KEY_DER, KEY_PEM, PEM_ROOT_FIRST, PEM_LEAF_FIRST, DER_ROOT_FIRST, DER_LEAF_FIRST };

static X509 *certify(EVP_PKEY *key, const char *name, EVP_PKEY *issuer_key, const char *issuer)
{
	X509 *certificate = X509_new();

	X509_set_version(certificate, X509_VERSION_3);
	X509_NAME_add_entry_by_txt(
		X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_NAME_add_entry_by_txt(
		X509_get_issuer_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
	ASN1_TIME_set(X509_getm_notBefore(certificate), 0);
	ASN1_TIME_set(X509_getm_notAfter(certificate), 2000000000);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
	return certificate;
}

static struct tspdm_view taken(BIO *bio, uint8_t *room)
{
	char *text;
	size_t len = (size_t)BIO_get_mem_data(bio, &text);

	memcpy(room, text, len);
	BIO_free(bio);
	return (struct tspdm_view){ room, len };
}

static struct tspdm_view write_pem(X509 *first, X509 *second, uint8_t *room)
{
	BIO *bio = BIO_new(BIO_s_mem());

	BIO_puts(bio, "some words before\n");
	PEM_write_bio_X509(bio, first);
	BIO_puts(bio, "\n# and between\n");
	PEM_write_bio_X509(bio, second);
	return taken(bio, room);
}

static struct tspdm_view write_der(X509 *first, X509 *second, uint8_t *room)
{
	uint8_t *next = room;

	i2d_X509(first, &next);
	i2d_X509(second, &next);
	return (struct tspdm_view){ room, (size_t)(next - room) };
}

static void make_files(struct files *f)
{
	BIO *bio = BIO_new(BIO_s_mem());
	uint8_t *next = f->key_der;

	f->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	f->ca_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	f->certificate[0] = certify(f->ca_key, "root", f->ca_key, "root");
	f->certificate[1] = certify(f->key, "leaf", f->ca_key, "root");
	f->views[KEY_DER] = (struct tspdm_view){ f->key_der, (size_t)i2d_PrivateKey(f->key, &next) };
	PEM_write_bio_PrivateKey(bio, f->key, NULL, NULL, 0, NULL, NULL);
	f->views[KEY_PEM] = taken(bio, f->key_pem);
	f->views[PEM_ROOT_FIRST] = write_pem(f->certificate[0], f->certificate[1], f->pem_root_first);
	f->views[PEM_LEAF_FIRST] = write_pem(f->certificate[1], f->certificate[0], f->pem_leaf_first);
	f->views[DER_ROOT_FIRST] = write_der(f->certificate[0], f->certificate[1], f->der_root_first);
	f->views[DER_LEAF_FIRST] = write_der(f->certificate[1], f->certificate[0], f->der_leaf_first);
}

static void free_files(struct files *f)
{
	EVP_PKEY_free(f->key);
	EVP_PKEY_free(f->ca_key);
	X509_free(f->certificate[0]);
	X509_free(f->certificate[1]);
	free(f);
}

static void every_form_loads_as_root_first_der(void **state)
{
	struct files *f = calloc(1, sizeof *f);

	(void)state;
	assert_non_null(f);
	make_files(f);
	for (unsigned chain = PEM_ROOT_FIRST; chain <= DER_LEAF_FIRST; chain++)
		for (unsigned key = KEY_DER; key <= KEY_PEM; key++) {
			struct tspdm_openssl_identity *identity;
			struct tspdm_slot slot;

			assert_int_equal(
				tspdm_openssl_identity_load(f->views[chain], f->views[key], &identity), TSPDM_OK);
			assert_int_equal(ERR_peek_error(), 0);
			tspdm_openssl_identity_slot(identity, &slot);
			assert_int_equal(slot.certificates.len, f->views[DER_ROOT_FIRST].len);
			assert_memory_equal(slot.certificates.ptr, f->der_root_first, slot.certificates.len);
			assert_int_equal(slot.asym, TSPDM_ASYM_ECDSA_P256);
			tspdm_openssl_identity_free(identity);
		}
	free_files(f);
}

static void refuse(struct tspdm_view chain, struct tspdm_view key, enum tspdm_status status)
{
	struct tspdm_openssl_identity *identity;

	assert_int_equal(tspdm_openssl_identity_load(chain, key, &identity), status);
	assert_null(identity);
	assert_int_equal(ERR_peek_error(), 0);
}

static struct tspdm_view shortened(struct tspdm_view view, size_t by)
{
	return (struct tspdm_view){ view.ptr, view.len - by };
}

static void what_does_not_fit_together_does_not_load(void **state)
{
	struct files *f = calloc(1, sizeof *f), *other = calloc(1, sizeof *other);
	const struct tspdm_view nothing = { NULL, 0 };
	uint8_t mixed_room[ROOM];

	(void)state;
	assert_non_null(f);
	assert_non_null(other);
	make_files(f);
	make_files(other);
	const struct tspdm_view *v = f->views;
	refuse(v[PEM_ROOT_FIRST], other->views[KEY_PEM], TSPDM_ERR_KEY);
	refuse(v[DER_LEAF_FIRST], other->views[KEY_DER], TSPDM_ERR_KEY);
	refuse(v[DER_ROOT_FIRST], nothing, TSPDM_ERR_KEY);
	refuse(v[DER_ROOT_FIRST], from_text("no key at all"), TSPDM_ERR_KEY);
	refuse(v[DER_ROOT_FIRST], shortened(v[KEY_DER], 1), TSPDM_ERR_KEY);
	refuse(v[DER_ROOT_FIRST], shortened(v[KEY_PEM], 60), TSPDM_ERR_KEY);
	refuse(v[DER_ROOT_FIRST], v[PEM_ROOT_FIRST], TSPDM_ERR_KEY);
	refuse(nothing, v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	refuse(from_text("no chain at all"), v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	refuse(v[KEY_PEM], v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	refuse(v[KEY_DER], v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	refuse(shortened(v[DER_ROOT_FIRST], 1), v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	refuse(shortened(v[PEM_ROOT_FIRST], 60), v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	/* a leaf of the same issuer's name, signed by another key */
	refuse(write_der(f->certificate[0], other->certificate[1], mixed_room), other->views[KEY_PEM],
		TSPDM_ERR_CHAIN_FORM);
	refuse(write_der(f->certificate[1], f->certificate[1], mixed_room), v[KEY_PEM], TSPDM_ERR_CHAIN_FORM);
	free_files(f);
	free_files(other);
}

/* A key under a pass phrase is refused, and nobody is asked for one. */
static void an_encrypted_key_is_refused(void **state)
{
	struct files *f = calloc(1, sizeof *f);
	uint8_t room[8192];
	BIO *bio = BIO_new(BIO_s_mem());

	(void)state;
	assert_non_null(f);
	make_files(f);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, f->key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
	refuse(f->views[DER_ROOT_FIRST], taken(bio, room), TSPDM_ERR_KEY);
	free_files(f);
}

static void certificates_are_appended_or_not_at_all(void **state)
{
	struct files *f = calloc(1, sizeof *f);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room, .len = 3 };

	(void)state;
	assert_non_null(f);
	make_files(f);
	assert_int_equal(tspdm_openssl_certificates(f->views[PEM_ROOT_FIRST], &out), TSPDM_OK);
	assert_int_equal(out.len, 3 + f->views[DER_ROOT_FIRST].len);
	assert_memory_equal(room + 3, f->der_root_first, f->views[DER_ROOT_FIRST].len);
	assert_int_equal(tspdm_openssl_certificates(f->views[KEY_PEM], &out), TSPDM_ERR_CHAIN_FORM);
	assert_int_equal(
		tspdm_openssl_certificates(shortened(f->views[DER_ROOT_FIRST], 1), &out), TSPDM_ERR_CHAIN_FORM);
	assert_int_equal(out.len, 3 + f->views[DER_ROOT_FIRST].len);
	out = (struct tspdm_buffer){ .ptr = room, .cap = 100 };
	assert_int_equal(tspdm_openssl_certificates(f->views[PEM_ROOT_FIRST], &out), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, f->views[DER_ROOT_FIRST].len);
	free_files(f);
}

static void a_request_names_and_proves_the_key(void **state)
{
	static const uint32_t kinds[] = { TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ED25519, TSPDM_ASYM_RSASSA_2048 };
	uint8_t room[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct tspdm_openssl_make how = { .size = sizeof how, .asym = kinds[i], .single = true };
		struct tspdm_openssl_identity *identity = make(&how);
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		const uint8_t *next = room;
		struct tspdm_slot slot;
		uint8_t *spki = NULL;

		assert_int_equal(tspdm_openssl_identity_csr(identity, "a device", &out), TSPDM_OK);
		X509_REQ *request = d2i_X509_REQ(NULL, &next, (long)out.len);
		assert_non_null(request);
		assert_ptr_equal(next, room + out.len);
		assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
		tspdm_openssl_identity_slot(identity, &slot);
		assert_int_equal(i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &spki), slot.spki.len);
		assert_memory_equal(spki, slot.spki.ptr, slot.spki.len);
		OPENSSL_free(spki);
		X509_REQ_free(request);
		out = (struct tspdm_buffer){ .ptr = room, .cap = 20 };
		assert_int_equal(tspdm_openssl_identity_csr(identity, "a device", &out), TSPDM_ERR_BUFFER);
		tspdm_openssl_identity_free(identity);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_identity_passes_its_own_chain_check),
		cmocka_unit_test(a_certificate_under_sha3_is_verified_or_refused),
		cmocka_unit_test(the_defaults_are_valid_now),
		cmocka_unit_test(a_subject_cannot_drive_a_terminal),
		cmocka_unit_test(asked_extensions_are_in_the_leaf),
		cmocka_unit_test(what_cannot_be_made_is_refused),
		cmocka_unit_test(a_longer_configuration_may_not_ask_for_more),
		cmocka_unit_test(every_form_loads_as_root_first_der),
		cmocka_unit_test(what_does_not_fit_together_does_not_load),
		cmocka_unit_test(an_encrypted_key_is_refused),
		cmocka_unit_test(certificates_are_appended_or_not_at_all),
		cmocka_unit_test(a_request_names_and_proves_the_key),
	};

	return cmocka_run_group_tests_name("openssl identities", tests, new_crypto, free_crypto);
}
