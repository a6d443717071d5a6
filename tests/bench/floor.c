/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The floor: what the standard demands of cryptography for the recorded attestation, made directly on OpenSSL. Algorithms
 * are fetched, keys, anchors and contexts are there before; each byte of a transcript is hashed once by each role, each
 * digest made once; nothing is framed, decoded or decided. The signatures verify, so it is the same work. */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>

#include "bench.h"

#include "../../backends/openssl/internal.h"
#include "core/signing.h"

enum { TRANSCRIPT_MAX = 4 * MESSAGE_MAX, SIGNATURE_MAX = 512, CERTIFICATES = 2 };

/* One signature: over a transcript, for a use, as OpenSSL takes it. */
struct signed_part {
	size_t len;
	uint8_t transcript[TRANSCRIPT_MAX];
	enum signing_use use;
	size_t signature_len;
	uint8_t signature[SIGNATURE_MAX];
};

struct floor {
	const struct rig *rig;
	EVP_MD *md;
	EVP_MD_CTX *hash;
	EVP_MD_CTX *pure; /* for EdDSA */
	EVP_PKEY *private_key;
	EVP_PKEY *known_key; /* of a chain judged before */
	EVP_PKEY_CTX *signer;
	EVP_PKEY_CTX *known_verifier;
	X509_STORE *store;
	struct tspdm_view structure; /* of the certificate chain, in the recording */
	struct tspdm_view certificates;
	struct tspdm_view root;
	struct signed_part full[2];
	struct signed_part again[2];
};

/* ---- Making ---- */

static void append(struct signed_part *part, const struct recording *r, unsigned from, unsigned count, size_t cut)
{
	for (unsigned i = from; i < from + count; i++) {
		size_t len = r->len[i] - (i + 1 == from + count ? cut : 0);

		CHECK(part->len + len <= sizeof part->transcript);
		memcpy(part->transcript + part->len, r->bytes[i], len);
		part->len += len;
	}
}

/* r and s in DER, as OpenSSL wants them, before anything is measured. */
static void take_signature(struct signed_part *part, const uint8_t *bytes, size_t len, uint32_t asym)
{
	uint8_t *out = part->signature;
	int half = (int)(len / 2);
	ECDSA_SIG *pair;

	CHECK(len + 16 <= sizeof part->signature);
	memcpy(part->signature, bytes, len);
	part->signature_len = len;
	if ((asym & OSSL_ECDSA) == 0)
		return;
	pair = ECDSA_SIG_new();
	CHECK(pair != NULL);
	CHECK(ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL), BN_bin2bn(bytes + half, half, NULL)) == 1);
	part->signature_len = (size_t)i2d_ECDSA_SIG(pair, &out);
	ECDSA_SIG_free(pair);
}

/* Messages 0 to 5 are VCA; then B to before the challenge; the challenge; the measurements. */
static void take_parts(struct signed_part parts[2], const struct recording *r, uint32_t asym)
{
	size_t len = tspdm_algorithm_size(TSPDM_KIND_ASYM, asym);
	unsigned last = r->count - 2;

	CHECK(r->count >= 12 && r->len[last + 1] > len && r->len[last - 1] > len);
	parts[0].use = SIGNING_CHALLENGE_AUTH;
	append(&parts[0], r, 0, last, len);
	take_signature(&parts[0], r->bytes[last - 1] + r->len[last - 1] - len, len, asym);
	parts[1].use = SIGNING_MEASUREMENTS;
	append(&parts[1], r, 0, 6, 0);
	append(&parts[1], r, last, 2, len);
	take_signature(&parts[1], r->bytes[last + 1] + r->len[last + 1] - len, len, asym);
}

static EVP_PKEY_CTX *new_context(EVP_PKEY *key, bool is_sign, const struct suite *suite, const EVP_MD *md)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	CHECK(context != NULL);
	CHECK((is_sign ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) == 1);
	if ((suite->asym & OSSL_RSAPSS) == 0)
		return context;
	CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
	CHECK(EVP_PKEY_CTX_set_signature_md(context, md) == 1);
	CHECK(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1);
	CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
	return context;
}

static X509 *parse(struct tspdm_view *rest)
{
	const uint8_t *next = rest->ptr;
	X509 *certificate = d2i_X509(NULL, &next, (long)rest->len);

	CHECK(certificate != NULL);
	rest->len -= (size_t)(next - rest->ptr);
	rest->ptr = next;
	return certificate;
}

static void make_keys(struct floor *f)
{
	const struct suite *suite = f->rig->suite;
	struct tspdm_view rest = f->rig->root;
	struct tspdm_view spki = f->rig->slot.spki;
	X509 *root = parse(&rest);
	const uint8_t *next = spki.ptr;

	f->store = X509_STORE_new();
	CHECK(f->store != NULL && X509_STORE_add_cert(f->store, root) == 1);
	X509_free(root);
	f->private_key = f->rig->identity->key;
	f->known_key = d2i_PUBKEY(NULL, &next, (long)spki.len);
	CHECK(f->known_key != NULL);
	if ((suite->asym & OSSL_EDDSA) != 0)
		return;
	f->signer = new_context(f->private_key, true, suite, f->md);
	f->known_verifier = new_context(f->known_key, false, suite, f->md);
}

struct floor *bench_floor_new(const struct rig *rig)
{
	static const char *const names[] = { "SHA2-256", "SHA2-384", "SHA2-512" };
	struct floor *f = calloc(1, sizeof *f);
	const struct recording *r = &rig->full;
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, rig->suite->hash);

	CHECK(f != NULL);
	f->rig = rig;
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (rig->suite->hash == 1U << i)
			f->md = EVP_MD_fetch(NULL, names[i], NULL);
	f->hash = EVP_MD_CTX_new();
	f->pure = EVP_MD_CTX_new();
	CHECK(f->md != NULL && f->hash != NULL && f->pure != NULL);
	make_keys(f);
	/* CERTIFICATE with the whole chain: 8 bytes, the structure's head of 4, RootHash */
	f->structure = (struct tspdm_view){ r->bytes[9] + 8, r->len[9] - 8 };
	f->certificates = (struct tspdm_view){ f->structure.ptr + 4 + hash_len, f->structure.len - 4 - hash_len };
	f->root = rig->root;
	take_parts(f->full, r, rig->suite->asym);
	take_parts(f->again, &rig->again, rig->suite->asym);
	return f;
}

void bench_floor_free(struct floor *f)
{
	EVP_PKEY_CTX_free(f->signer);
	EVP_PKEY_CTX_free(f->known_verifier);
	EVP_PKEY_free(f->known_key);
	X509_STORE_free(f->store);
	EVP_MD_CTX_free(f->hash);
	EVP_MD_CTX_free(f->pure);
	EVP_MD_free(f->md);
	free(f);
}

/* ---- Running ---- */

static size_t digest(struct floor *f, const uint8_t *data, size_t len, uint8_t *out)
{
	unsigned written = 0;

	CHECK(EVP_DigestInit_ex2(f->hash, f->md, NULL) == 1 && EVP_DigestUpdate(f->hash, data, len) == 1 &&
		EVP_DigestFinal_ex(f->hash, out, &written) == 1);
	return written;
}

/* M of a transcript; for RSA and ECDSA its digest. */
static size_t to_be_signed(struct floor *f, const struct signed_part *part, uint8_t *out)
{
	const struct suite *suite = f->rig->suite;
	struct signing_input input;
	uint8_t transcript[EVP_MAX_MD_SIZE];

	digest(f, part->transcript, part->len, transcript);
	CHECK(tspdm_signing_input(&input, TSPDM_V12, TSPDM_ROLE_RESPONDER, part->use, suite->asym, suite->hash,
		      transcript) == TSPDM_OK);
	if ((suite->asym & OSSL_EDDSA) == 0)
		return digest(f, input.tbs.data.ptr, input.tbs.data.len, out);
	memcpy(out, input.tbs.data.ptr, input.tbs.data.len);
	return input.tbs.data.len;
}

static void sign_part(struct floor *f, const struct signed_part *part)
{
	uint8_t data[sizeof(struct signing_input)];
	uint8_t signature[SIGNATURE_MAX];
	size_t len = to_be_signed(f, part, data);
	size_t signature_len = sizeof signature;

	if (f->signer != NULL) {
		CHECK(EVP_PKEY_sign(f->signer, signature, &signature_len, data, len) == 1);
		return;
	}
	CHECK(EVP_DigestSignInit_ex(f->pure, NULL, NULL, NULL, NULL, f->private_key, NULL) == 1);
	CHECK(EVP_DigestSign(f->pure, signature, &signature_len, data, len) == 1);
	CHECK(EVP_MD_CTX_reset(f->pure) == 1);
}

static void verify_part(struct floor *f, const struct signed_part *part, EVP_PKEY *key, EVP_PKEY_CTX *verifier)
{
	uint8_t data[sizeof(struct signing_input)];
	size_t len = to_be_signed(f, part, data);

	if (verifier != NULL) {
		CHECK(EVP_PKEY_verify(verifier, part->signature, part->signature_len, data, len) == 1);
		return;
	}
	CHECK(EVP_DigestVerifyInit_ex(f->pure, NULL, NULL, NULL, NULL, key, NULL) == 1);
	CHECK(EVP_DigestVerify(f->pure, part->signature, part->signature_len, data, len) == 1);
	CHECK(EVP_MD_CTX_reset(f->pure) == 1);
}

static void randoms(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN];

	CHECK(RAND_bytes(nonce, sizeof nonce) == 1 && RAND_bytes(nonce, sizeof nonce) == 1);
}

static void hash_blocks(struct floor *f)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	for (unsigned i = 0; i < BLOCKS; i++)
		if (f->rig->blocks[i].form == TSPDM_BLOCK_RAW_OR_DIGEST)
			digest(f, f->rig->blocks[i].value.ptr, f->rig->blocks[i].value.len, out);
}

static void hash_chain(struct floor *f)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	digest(f, f->structure.ptr, f->structure.len, out);
	digest(f, f->root.ptr, f->root.len, out); /* RootHash */
}

static void verify_path(struct floor *f, X509 *leaf, STACK_OF(X509) * shown)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *parameters;

	CHECK(context != NULL && X509_STORE_CTX_init(context, f->store, leaf, shown) == 1);
	parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)f->rig->time);
	X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(parameters, 2);
	CHECK(X509_verify_cert(context) == 1);
	X509_STORE_CTX_free(context);
}

/* Parses the chain, verifies it, and then signatures with its leaf's key. */
static void verify_all(struct floor *f, unsigned signatures)
{
	struct tspdm_view rest = f->certificates;
	X509 *certificate[CERTIFICATES];
	STACK_OF(X509) *shown = sk_X509_new_null();
	EVP_PKEY_CTX *verifier = NULL;
	EVP_PKEY *key;

	for (unsigned i = 0; i < CERTIFICATES; i++) {
		certificate[i] = parse(&rest);
		CHECK(sk_X509_push(shown, certificate[i]) > 0);
	}
	verify_path(f, certificate[CERTIFICATES - 1], shown);
	key = X509_get0_pubkey(certificate[CERTIFICATES - 1]);
	if (f->known_verifier != NULL)
		verifier = new_context(key, false, f->rig->suite, f->md);
	for (unsigned i = 0; i < signatures; i++)
		verify_part(f, &f->full[i], key, verifier);
	EVP_PKEY_CTX_free(verifier);
	sk_X509_pop_free(shown, X509_free);
}

void bench_floor_responder(struct floor *f)
{
	randoms();
	hash_chain(f);
	hash_blocks(f);
	for (unsigned i = 0; i < 2; i++)
		sign_part(f, &f->full[i]);
}

void bench_floor_requester(struct floor *f)
{
	randoms();
	hash_chain(f);
	verify_all(f, 2);
}

void bench_floor_again(struct floor *f)
{
	randoms();
	hash_chain(f);
	hash_blocks(f);
	for (unsigned i = 0; i < 2; i++)
		sign_part(f, &f->again[i]);
	randoms();
	hash_chain(f);
	for (unsigned i = 0; i < 2; i++)
		verify_part(f, &f->again[i], f->known_key, f->known_verifier);
}

void bench_floor_sign(struct floor *f)
{
	sign_part(f, &f->again[1]);
}

void bench_floor_verify(struct floor *f)
{
	verify_part(f, &f->again[1], f->known_key, f->known_verifier);
}

void bench_floor_judge(struct floor *f)
{
	hash_chain(f);
	verify_all(f, 1);
}
