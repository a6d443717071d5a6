/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SM2 signatures of the OpenSSL backend: against what the openssl command made, and against the digest of GB/T 32918.2 made
 * by hand; keys, chains and requests. All of it is skipped where OpenSSL has no SM2. */
#include <openssl/err.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "openssl_support.h"
#include "sm2_samples.h"

enum { ROOM = 4096, WHEN = 1800000000, LEN = 64, DIGEST = 32 };

struct fixture {
	struct tspdm_crypto *crypto;
	struct tspdm_openssl_identity *identity; /* made */
	struct tspdm_slot slot;
	struct tspdm_public_key *key;
};

static bool has_sm2(struct tspdm_crypto *crypto)
{
	struct tspdm_crypto_support support;

	crypto->ops->supported(crypto, &support);
	return (support.asym & TSPDM_ASYM_SM2) != 0;
}

static int set_up(void **state)
{
	static struct fixture f;
	struct tspdm_openssl_make make = { .size = sizeof make, .asym = TSPDM_ASYM_SM2 };

	if (tspdm_openssl_new(&f.crypto) != TSPDM_OK)
		return -1;
	*state = &f;
	if (!has_sm2(f.crypto)) {
		print_message("# no SM2 in this OpenSSL\n");
		return 0;
	}
	if (tspdm_openssl_identity_make(&make, &f.identity) != TSPDM_OK)
		return -1;
	tspdm_openssl_identity_slot(f.identity, &f.slot);
	return f.crypto->ops->public_key_new(f.crypto, TSPDM_ASYM_SM2, f.slot.spki, &f.key) == TSPDM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->crypto->ops->public_key_free(f->crypto, f->key);
	tspdm_openssl_identity_free(f->identity);
	tspdm_openssl_free(f->crypto);
	return 0;
}

static struct fixture *fixture_of(void **state)
{
	struct fixture *f = *state;

	if (f->key == NULL)
		skip();
	return f;
}

static const struct tspdm_to_be_signed message = { .asym = TSPDM_ASYM_SM2,
	.hash = TSPDM_HASH_SHA384, /* SM2 takes SM3 all the same */
	.data = { (const uint8_t *)"message", 7 } };

static void sign(struct fixture *f, const struct tspdm_to_be_signed *tbs, uint8_t *signature)
{
	struct tspdm_buffer out = { signature, LEN, 0 };
	struct tspdm_pending pending = { 0 };

	assert_int_equal(f->slot.signer->ops->sign(f->slot.signer, tbs, &out, &pending), TSPDM_OK);
	assert_int_equal(out.len, LEN);
	assert_int_equal(ERR_peek_error(), 0);
}

static enum tspdm_status verify(struct fixture *f, struct tspdm_public_key *key, const uint8_t *signature, size_t len)
{
	enum tspdm_status status =
		f->crypto->ops->verify(f->crypto, key, &message, (struct tspdm_view){ signature, len });

	assert_int_equal(ERR_peek_error(), 0);
	return status;
}

/* ---- Messages ---- */

static EVP_PKEY *read_sample_key(void)
{
	BIO *bio = BIO_new_mem_buf(sm2_leaf_key, -1);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	assert_non_null(pkey);
	BIO_free(bio);
	return pkey;
}

static struct tspdm_public_key *sample_key(struct fixture *f)
{
	EVP_PKEY *pkey = read_sample_key();
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(pkey, &spki);
	struct tspdm_public_key *key;

	assert_int_equal(f->crypto->ops->public_key_new(
				 f->crypto, TSPDM_ASYM_SM2, (struct tspdm_view){ spki, (size_t)len }, &key),
		TSPDM_OK);
	OPENSSL_free(spki);
	EVP_PKEY_free(pkey);
	return key;
}

static void a_signature_of_the_openssl_command_with_the_empty_identity_verifies(void **state)
{
	struct fixture *f = fixture_of(state);
	struct tspdm_public_key *key = sample_key(f);
	uint8_t room[LEN];

	from_hex(sm2_signatures[SM2_EMPTY], room, sizeof room);
	assert_int_equal(verify(f, key, room, LEN), TSPDM_OK);
	assert_int_equal(verify(f, f->key, room, LEN), TSPDM_ERR_SIGNATURE);
	from_hex(sm2_signatures[SM2_CUSTOMARY], room, sizeof room);
	assert_int_equal(verify(f, key, room, LEN), TSPDM_ERR_SIGNATURE);
	f->crypto->ops->public_key_free(f->crypto, key);
}

/* GB/T 32918.5: a, b, and the generator's coordinates. */
static const char curve[] = "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
			    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
			    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
			    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";

/* GB/T 32918.2 "pre-processing": Z is the digest of ENTL (the identity's length, none here), a, b, the generator and the
 * public key; what is signed is the digest of Z and the message. */
static void digest_by_hand(struct tspdm_view spki, struct tspdm_view data, uint8_t *out)
{
	uint8_t entered[2 + 3 * 64] = { 0 }, last[DIGEST + 64];

	from_hex(curve, entered + 2, 128);
	memcpy(entered + 130, spki.ptr + spki.len - 64, 64);
	assert_int_equal(EVP_Digest(entered, sizeof entered, last, NULL, EVP_sm3(), NULL), 1);
	memcpy(last + DIGEST, data.ptr, data.len);
	assert_int_equal(EVP_Digest(last, DIGEST + data.len, out, NULL, EVP_sm3(), NULL), 1);
}

static int verify_digest(EVP_PKEY *pkey, const uint8_t *digest, const uint8_t *signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	uint8_t *der = NULL;
	int len, verified;

	ECDSA_SIG_set0(pair, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL));
	len = i2d_ECDSA_SIG(pair, &der);
	assert_int_equal(EVP_PKEY_verify_init(context), 1);
	verified = EVP_PKEY_verify(context, der, (size_t)len, digest, DIGEST);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return verified;
}

static void what_is_signed_is_the_digest_with_the_empty_identity(void **state)
{
	struct fixture *f = fixture_of(state);
	uint8_t signature[LEN], digest[DIGEST];
	const uint8_t *next = f->slot.spki.ptr;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &next, (long)f->slot.spki.len);

	sign(f, &message, signature);
	digest_by_hand(f->slot.spki, message.data, digest);
	assert_int_equal(verify_digest(pkey, digest, signature), 1);
	digest[0] ^= 1;
	assert_int_equal(verify_digest(pkey, digest, signature), 0);
	EVP_PKEY_free(pkey);
}

static void every_flipped_bit_of_a_signature_is_refused(void **state)
{
	struct fixture *f = fixture_of(state);
	uint8_t signature[LEN];

	sign(f, &message, signature);
	for (size_t i = 0; i < 8 * sizeof signature; i++) {
		signature[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_equal(verify(f, f->key, signature, LEN), TSPDM_ERR_SIGNATURE);
		signature[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	assert_int_equal(verify(f, f->key, signature, LEN), TSPDM_OK);
}

/* n is the order of the group, GB/T 32918.5: r and s are between 0 and n, and r + s is not n. */
static void values_out_of_range_and_other_lengths_are_refused(void **state)
{
	static const char order[] = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
	struct fixture *f = fixture_of(state);
	uint8_t signature[LEN + 1] = { 0 }, spoilt[LEN + 1] = { 0 };

	sign(f, &message, signature);
	for (size_t len = 0; len <= sizeof signature; len++)
		assert_int_equal(verify(f, f->key, signature, len), len == LEN ? TSPDM_OK : TSPDM_ERR_SIGNATURE);
	for (size_t half = 0; half < LEN; half += LEN / 2) {
		memcpy(spoilt, signature, LEN);
		memset(spoilt + half, 0, LEN / 2);
		assert_int_equal(verify(f, f->key, spoilt, LEN), TSPDM_ERR_SIGNATURE);
		from_hex(order, spoilt + half, LEN / 2);
		assert_int_equal(verify(f, f->key, spoilt, LEN), TSPDM_ERR_SIGNATURE);
		memset(spoilt + half, 0xFF, LEN / 2);
		assert_int_equal(verify(f, f->key, spoilt, LEN), TSPDM_ERR_SIGNATURE);
	}
}

static void a_digest_is_not_taken_for_the_message(void **state)
{
	struct fixture *f = fixture_of(state);
	struct tspdm_to_be_signed tbs = message;
	uint8_t bytes[LEN] = { 0 };
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
	struct tspdm_pending pending = { 0 };

	tbs.is_digest = true;
	tbs.data = (struct tspdm_view){ bytes, DIGEST };
	assert_int_equal(f->slot.signer->ops->sign(f->slot.signer, &tbs, &out, &pending), TSPDM_ERR_ARGUMENT);
	assert_int_equal(out.len, 0);
	assert_int_equal(
		f->crypto->ops->verify(f->crypto, f->key, &tbs, (struct tspdm_view){ bytes, LEN }), TSPDM_ERR_ARGUMENT);
}

/* ---- Keys ---- */

static enum tspdm_status take_key(struct fixture *f, uint32_t asym, EVP_PKEY *pkey)
{
	struct tspdm_public_key *key;
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(pkey, &spki);
	enum tspdm_status status;

	assert_true(len > 0);
	status = f->crypto->ops->public_key_new(f->crypto, asym, (struct tspdm_view){ spki, (size_t)len }, &key);
	f->crypto->ops->public_key_free(f->crypto, key);
	OPENSSL_free(spki);
	EVP_PKEY_free(pkey);
	return status;
}

static void keys_of_other_curves_or_forms_are_refused(void **state)
{
	struct fixture *f = fixture_of(state);
	EVP_PKEY *spelt_out = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(spelt_out, "encoding", "explicit"), 1);
	assert_int_equal(take_key(f, UINT32_MAX, spelt_out), TSPDM_ERR_KEY);
	assert_int_equal(take_key(f, TSPDM_ASYM_SM2, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")), TSPDM_ERR_KEY);
	assert_int_equal(take_key(f, UINT32_MAX & ~(uint32_t)TSPDM_ASYM_SM2, EVP_PKEY_Q_keygen(NULL, NULL, "SM2")),
		TSPDM_ERR_KEY);
	assert_int_equal(take_key(f, TSPDM_ASYM_SM2, EVP_PKEY_Q_keygen(NULL, NULL, "SM2")), TSPDM_OK);
	/* generated as an EC key it is the same SubjectPublicKeyInfo */
	assert_int_equal(take_key(f, TSPDM_ASYM_SM2, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "SM2")), TSPDM_OK);
}

/* ---- Certificates ---- */

static size_t put_pem(const char *pem, uint8_t *out)
{
	struct tspdm_buffer der = { out, ROOM, 0 };

	assert_int_equal(tspdm_openssl_certificates(from_text(pem), &der), TSPDM_OK);
	return der.len;
}

/* Judges root and leaf; the root is shown, or only known, or nobody knows it and it may be so. */
static enum tspdm_status judge(struct fixture *f, const char *root, const char *leaf, bool is_shown, bool is_known)
{
	uint8_t chain[2 * ROOM], hash[DIGEST];
	size_t root_len = put_pem(root, chain), leaf_len = put_pem(leaf, chain + root_len);
	struct tspdm_view whole = { chain, root_len + leaf_len }, below = { chain + root_len, leaf_len };
	struct tspdm_chain_check check = { .certificates = is_shown ? whole : below,
		.root_hash = { hash, sizeof hash },
		.hash = TSPDM_HASH_SM3,
		.asym = TSPDM_ASYM_SM2,
		.anchors = { chain, is_known ? root_len : 0 },
		.time = WHEN,
		.allow_unanchored = !is_known };
	struct tspdm_chain_result result;
	enum tspdm_status status;

	EVP_Digest(chain, root_len, hash, NULL, EVP_sm3(), NULL);
	status = f->crypto->ops->check_chain(f->crypto, &check, &result);
	f->crypto->ops->public_key_free(f->crypto, result.leaf_key);
	assert_int_equal(ERR_peek_error(), 0);
	return status;
}

static void chains_of_the_openssl_command_pass_with_either_identity(void **state)
{
	struct fixture *f = fixture_of(state);

	for (unsigned r = 0; r < SM2_OTHER; r++)
		for (unsigned l = 0; l < SM2_OTHER; l++) {
			assert_int_equal(judge(f, sm2_roots[r], sm2_leaves[l], true, true), TSPDM_OK);
			assert_int_equal(judge(f, sm2_roots[r], sm2_leaves[l], false, true), TSPDM_OK);
			assert_int_equal(judge(f, sm2_roots[r], sm2_leaves[l], true, false), TSPDM_OK);
		}
}

static void certificates_signed_with_another_identity_are_refused(void **state)
{
	struct fixture *f = fixture_of(state);
	const char *const *roots = sm2_roots, *const *leaves = sm2_leaves;

	assert_int_equal(judge(f, roots[SM2_EMPTY], leaves[SM2_OTHER], true, true), TSPDM_ERR_CHAIN_SIGNATURE);
	assert_int_equal(judge(f, roots[SM2_EMPTY], leaves[SM2_OTHER], false, true), TSPDM_ERR_CHAIN_SIGNATURE);
	assert_int_equal(judge(f, roots[SM2_OTHER], leaves[SM2_EMPTY], true, false), TSPDM_ERR_CHAIN_UNTRUSTED);
	/* an anchor is known byte for byte: its own signature does not count */
	assert_int_equal(judge(f, roots[SM2_OTHER], leaves[SM2_EMPTY], true, true), TSPDM_OK);
}

static void a_leaf_with_any_bit_of_its_signature_flipped_is_refused(void **state)
{
	struct fixture *f = fixture_of(state);
	uint8_t chain[2 * ROOM], hash[DIGEST];
	size_t root_len = put_pem(sm2_roots[SM2_CUSTOMARY], chain);
	size_t len = root_len + put_pem(sm2_leaves[SM2_CUSTOMARY], chain + root_len);
	const struct tspdm_chain_check check = { .certificates = { chain, len },
		.root_hash = { hash, sizeof hash },
		.hash = TSPDM_HASH_SM3,
		.asym = TSPDM_ASYM_SM2,
		.anchors = { chain, root_len },
		.time = WHEN };
	struct tspdm_chain_result result;

	EVP_Digest(chain, root_len, hash, NULL, EVP_sm3(), NULL);
	for (size_t bit = 8 * (len - 64); bit < 8 * len; bit++) {
		chain[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_not_equal(f->crypto->ops->check_chain(f->crypto, &check, &result), TSPDM_OK);
		assert_null(result.leaf_key);
		chain[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_int_equal(f->crypto->ops->check_chain(f->crypto, &check, &result), TSPDM_OK);
	f->crypto->ops->public_key_free(f->crypto, result.leaf_key);
}

static void identities_load_with_either_identity_string(void **state)
{
	fixture_of(state);
	for (unsigned i = 0; i < SM2_IDENTITIES; i++) {
		char chain[ROOM];
		struct tspdm_openssl_identity *identity;
		enum tspdm_status status;
		int len = snprintf(chain, sizeof chain, "%s%s", sm2_leaves[i], sm2_roots[i]);

		assert_true(len > 0 && (size_t)len < sizeof chain);
		status = tspdm_openssl_identity_load(from_text(chain), from_text(sm2_leaf_key), &identity);
		assert_int_equal(status, i == SM2_OTHER ? TSPDM_ERR_CHAIN_FORM : TSPDM_OK);
		tspdm_openssl_identity_free(identity);
	}
}

/* ---- What is made here ---- */

static ASN1_OCTET_STRING *string_of(const char *text)
{
	ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();

	assert_int_equal(ASN1_OCTET_STRING_set(string, (const unsigned char *)text, (int)strlen(text)), 1);
	return string;
}

static void certificates_are_made_with_the_customary_identity(void **state)
{
	struct fixture *f = fixture_of(state);
	const uint8_t *next = f->slot.certificates.ptr;
	X509 *ca = d2i_X509(NULL, &next, (long)f->slot.certificates.len);
	X509 *leaf = d2i_X509(NULL, &next, (long)f->slot.certificates.len - (next - f->slot.certificates.ptr));

	assert_int_equal(X509_get_signature_nid(leaf), NID_SM2_with_SM3);
	X509_set0_distinguishing_id(leaf, string_of("1234567812345678"));
	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
	X509_set0_distinguishing_id(leaf, string_of(""));
	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 0);
	ERR_clear_error();
	X509_free(ca);
	X509_free(leaf);
}

static void requests_are_made_with_the_customary_identity(void **state)
{
	struct fixture *f = fixture_of(state);
	uint8_t room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	const uint8_t *next = room;
	X509_REQ *request;

	assert_int_equal(tspdm_openssl_identity_csr(f->identity, "a device", &out), TSPDM_OK);
	assert_int_equal(tspdm_openssl_csr_verify(tspdm_buffer_view(&out), NULL), TSPDM_OK);
	request = d2i_X509_REQ(NULL, &next, (long)out.len);
	assert_int_equal(X509_REQ_get_signature_nid(request), NID_SM2_with_SM3);
	X509_REQ_set0_distinguishing_id(request, string_of("1234567812345678"));
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	X509_REQ_free(request);
	room[out.len - 1] ^= 1;
	assert_int_equal(tspdm_openssl_csr_verify(tspdm_buffer_view(&out), NULL), TSPDM_ERR_SIGNATURE);
	assert_int_equal(ERR_peek_error(), 0);
}

static void requests_of_the_openssl_command_verify_with_either_identity(void **state)
{
	uint8_t room[ROOM];

	fixture_of(state);
	for (unsigned i = 0; i < SM2_IDENTITIES; i++)
		assert_int_equal(tspdm_openssl_csr_verify(from_hex(sm2_requests[i], room, sizeof room), NULL),
			i == SM2_OTHER ? TSPDM_ERR_SIGNATURE : TSPDM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_the_openssl_command_with_the_empty_identity_verifies),
		cmocka_unit_test(what_is_signed_is_the_digest_with_the_empty_identity),
		cmocka_unit_test(every_flipped_bit_of_a_signature_is_refused),
		cmocka_unit_test(values_out_of_range_and_other_lengths_are_refused),
		cmocka_unit_test(a_digest_is_not_taken_for_the_message),
		cmocka_unit_test(keys_of_other_curves_or_forms_are_refused),
		cmocka_unit_test(chains_of_the_openssl_command_pass_with_either_identity),
		cmocka_unit_test(certificates_signed_with_another_identity_are_refused),
		cmocka_unit_test(a_leaf_with_any_bit_of_its_signature_flipped_is_refused),
		cmocka_unit_test(identities_load_with_either_identity_string),
		cmocka_unit_test(certificates_are_made_with_the_customary_identity),
		cmocka_unit_test(requests_are_made_with_the_customary_identity),
		cmocka_unit_test(requests_of_the_openssl_command_verify_with_either_identity),
	};

	return cmocka_run_group_tests_name("openssl sm2", tests, set_up, tear_down);
}
