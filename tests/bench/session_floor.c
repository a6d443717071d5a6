/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The floor of a session, from KEY_EXCHANGE to END_SESSION_ACK: what the standard demands of both roles, made directly on
 * OpenSSL with algorithms fetched and contexts there. Both roles: an ephemeral key, the agreement, the transcript hashed
 * once with a digest where one is asked for, the HMACs of the key schedule, keys set in contexts, the AEAD call of each
 * record; one side signs and the other verifies. */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "sessions.h"

enum {
	TRANSCRIPT_LEN = 640, /* V, KE, KR, F: close to what the suites have */
	DIGESTS = 4,          /* signature, TH1, RequesterVerifyData, TH2 */
	/* Extract; S0, S1; Salt_1 and the master secret; two finished keys; key and IV of four directions; S2, S3; export;
	 * two verify data. DSP0274 "Key schedule" */
	HMACS = 1 + 2 + 2 + 2 + 8 + 2 + 1 + 2,
	KEYS = 4, /* set in contexts by each role */
	KEY_LEN = 32,
	IV_LEN = 12,
	TAG_LEN = 16,
	SHARED_MAX = 512,
};

struct session_floor {
	enum session_form form;
	const struct traffic *traffic;
	struct floor *signatures;
	EVP_PKEY *group;
	EVP_PKEY *other; /* the other role's ephemeral key */
	EVP_MD *md;
	EVP_MD_CTX *hash;
	EVP_MAC *mac;
	EVP_MAC_CTX *hmac;
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *context;
	size_t hash_len;
	uint8_t room[16384];
};

static const uint8_t key[KEY_LEN] = "a key of thirty-two bytes or so";

static EVP_PKEY *make_group(const char *name)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end() };
	EVP_PKEY *group = NULL;

	CHECK(context != NULL && EVP_PKEY_paramgen_init(context) == 1 &&
		EVP_PKEY_CTX_set_params(context, params) == 1 && EVP_PKEY_paramgen(context, &group) == 1);
	EVP_PKEY_CTX_free(context);
	return group;
}

static EVP_PKEY *generate(struct session_floor *f)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, f->group, NULL);
	EVP_PKEY *pair = NULL;

	CHECK(context != NULL && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &pair) == 1);
	EVP_PKEY_CTX_free(context);
	return pair;
}

static const char *hash_name(uint32_t hash)
{
	return hash == TSPDM_HASH_SHA256 ? "SHA2-256" : hash == TSPDM_HASH_SHA384 ? "SHA2-384" : "SHA2-512";
}

struct session_floor *bench_session_floor_new(
	const struct rig *rig, enum session_form form, const struct traffic *traffic)
{
	struct session_floor *f = calloc(1, sizeof *f);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)hash_name(rig->suite->hash), 0),
		OSSL_PARAM_construct_end() };

	CHECK(f != NULL);
	f->form = form;
	f->traffic = traffic;
	f->signatures = bench_floor_new(rig);
	f->group = make_group(rig->suite->dhe == TSPDM_DHE_SECP256R1 ? "P-256" : "P-384");
	f->md = EVP_MD_fetch(NULL, hash_name(rig->suite->hash), NULL);
	f->hash = EVP_MD_CTX_new();
	f->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	f->hmac = EVP_MAC_CTX_new(f->mac);
	f->cipher = EVP_CIPHER_fetch(
		NULL, rig->suite->aead == TSPDM_AEAD_AES_128_GCM ? "AES-128-GCM" : "AES-256-GCM", NULL);
	f->context = EVP_CIPHER_CTX_new();
	f->hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, rig->suite->hash);
	CHECK(f->md != NULL && f->hash != NULL && f->hmac != NULL && f->cipher != NULL && f->context != NULL);
	CHECK(EVP_MAC_CTX_set_params(f->hmac, params) == 1);
	f->other = generate(f);
	return f;
}

void bench_session_floor_free(struct session_floor *f)
{
	bench_floor_free(f->signatures);
	EVP_PKEY_free(f->group);
	EVP_PKEY_free(f->other);
	EVP_MD_free(f->md);
	EVP_MD_CTX_free(f->hash);
	EVP_MAC_CTX_free(f->hmac);
	EVP_MAC_free(f->mac);
	EVP_CIPHER_free(f->cipher);
	EVP_CIPHER_CTX_free(f->context);
	free(f);
}

/* ---- Running ---- */

/* The other's public value as it came, and the secret with it. */
static void agree(struct session_floor *f, EVP_PKEY *own, EVP_PKEY *other)
{
	uint8_t *encoded = NULL, shared[SHARED_MAX];
	size_t len = EVP_PKEY_get1_encoded_public_key(other, &encoded), shared_len = sizeof shared;
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);

	CHECK(len != 0 && peer != NULL && context != NULL);
	CHECK(EVP_PKEY_copy_parameters(peer, f->group) == 1 &&
		EVP_PKEY_set1_encoded_public_key(peer, encoded, len) == 1);
	CHECK(EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
		EVP_PKEY_derive(context, shared, &shared_len) == 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	OPENSSL_free(encoded);
}

/* One role's half: a pair of its own, and the secret with the other's. */
static void exchange(struct session_floor *f)
{
	EVP_PKEY *own = generate(f);

	agree(f, own, f->other);
	EVP_PKEY_free(own);
}

static void hash_once(struct session_floor *f, size_t len)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	CHECK(EVP_DigestInit_ex2(f->hash, f->md, NULL) == 1 && EVP_DigestUpdate(f->hash, f->room, len) == 1 &&
		EVP_DigestFinal_ex(f->hash, out, NULL) == 1);
}

static void schedule(struct session_floor *f)
{
	uint8_t out[EVP_MAX_MD_SIZE];
	size_t len;

	for (unsigned i = 0; i < HMACS; i++)
		CHECK(EVP_MAC_init(f->hmac, f->room, f->hash_len, NULL) == 1 &&
			EVP_MAC_update(f->hmac, f->room, 80) == 1 &&
			EVP_MAC_final(f->hmac, out, &len, sizeof out) == 1);
}

static void role(struct session_floor *f)
{
	uint8_t random[TSPDM_RANDOM_LEN];

	CHECK(RAND_bytes(random, sizeof random) == 1);
	hash_once(f, TRANSCRIPT_LEN);
	for (unsigned i = 1; i < DIGESTS; i++)
		hash_once(f, 32);
	schedule(f);
	for (unsigned i = 0; i < KEYS; i++)
		CHECK(EVP_EncryptInit_ex2(f->context, f->cipher, key, key, NULL) == 1);
}

/* Sealing a record; opening one makes the same calls the other way round. Each record is sealed by one role and opened by
 * the other. */
static void take_record(struct session_floor *f, size_t len)
{
	uint8_t tag[TAG_LEN];
	int written;

	CHECK(len <= sizeof f->room);
	CHECK(EVP_EncryptInit_ex2(f->context, NULL, NULL, key, NULL) == 1);
	CHECK(EVP_EncryptUpdate(f->context, NULL, &written, key, 14) == 1);
	CHECK(EVP_EncryptUpdate(f->context, f->room, &written, f->room, (int)len) == 1);
	CHECK(EVP_EncryptFinal_ex(f->context, f->room, &written) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(f->context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);
}

static void either(struct session_floor *f)
{
	role(f);
	if (f->form != SESSION_FORM_PSK)
		exchange(f);
	for (unsigned i = 0; i < f->traffic->count; i++)
		take_record(f, f->traffic->len[i]);
}

void bench_session_floor(struct session_floor *f, enum bench_role who)
{
	if (who != BENCH_RESPONDER) {
		either(f);
		if (f->form != SESSION_FORM_PSK)
			bench_floor_verify(f->signatures);
		if (f->form == SESSION_FORM_MUTUAL)
			bench_floor_sign(f->signatures);
	}
	if (who != BENCH_REQUESTER) {
		either(f);
		if (f->form != SESSION_FORM_PSK)
			bench_floor_sign(f->signatures);
		if (f->form == SESSION_FORM_MUTUAL)
			bench_floor_judge(f->signatures);
	}
}
