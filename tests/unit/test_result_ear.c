/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attestation results: the signature is verified here with OpenSSL alone, the claims are read back, and the status is never
 * better than anything that it stands on. */
#include "verdict_world.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <tspdm/result.h>

enum { TEXT_MAX = 8192 };

/* ---- Reading a JWT without the library ---- */

static size_t decode(const char *text, size_t len, uint8_t *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t group = 0;
	unsigned bits = 0;
	size_t out_len = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = strchr(alphabet, text[i]);

		assert_true(text[i] != '\0' && at != NULL);
		group = group << 6 | (uint32_t)(at - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[out_len++] = (uint8_t)(group >> bits);
		}
	}
	return out_len;
}

struct jwt {
	json_t *header, *claims;
	uint8_t signature[256];
	size_t signature_len, signed_len;
};

static json_t *decode_json(const char *text, size_t len)
{
	uint8_t bytes[TEXT_MAX];
	json_t *object;

	assert_true(len < sizeof bytes);
	object = json_loadb((const char *)bytes, decode(text, len, bytes), JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(object));
	return object;
}

static void take_apart(const char *text, struct jwt *out)
{
	const char *first = strchr(text, '.'), *second = first != NULL ? strchr(first + 1, '.') : NULL;

	assert_non_null(second);
	assert_null(strchr(second + 1, '.'));
	out->header = decode_json(text, (size_t)(first - text));
	out->claims = decode_json(first + 1, (size_t)(second - first - 1));
	assert_true(strlen(second + 1) < sizeof out->signature);
	out->signature_len = decode(second + 1, strlen(second + 1), out->signature);
	out->signed_len = (size_t)(second - text);
}

static void drop(struct jwt *jwt)
{
	json_decref(jwt->header);
	json_decref(jwt->claims);
}

/* RFC 7518: r and s of one length, over the two parts as they stand. */
static bool verifies(EVP_PKEY *key, const EVP_MD *hash, const char *text, const struct jwt *jwt)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int half = (int)jwt->signature_len / 2;
	uint8_t *der = NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok;
	int len;

	assert_non_null(pair);
	assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(jwt->signature, half, NULL),
				 BN_bin2bn(jwt->signature + half, half, NULL)),
		1);
	len = i2d_ECDSA_SIG(pair, &der);
	assert_true(len > 0);
	ok = EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
	     EVP_DigestVerify(context, der, (size_t)len, (const uint8_t *)text, jwt->signed_len) == 1;
	EVP_MD_CTX_free(context);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return ok;
}

/* ---- Making one ---- */

static struct tspdm_view pem_of(EVP_PKEY *key, const char *passphrase, uint8_t *room)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct tspdm_view pem = { room, 0 };
	int len;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, passphrase != NULL ? EVP_aes_128_cbc() : NULL, NULL, 0,
				 NULL, (void *)(uintptr_t)passphrase),
		1);
	len = BIO_read(bio, room, TEXT_MAX);
	assert_true(len > 0);
	pem.len = (size_t)len;
	BIO_free(bio);
	return pem;
}

static struct tspdm_policy *policy_of(struct world *w, char **text)
{
	struct tspdm_policy *policy = NULL;
	char why[256] = "";

	*text = json_dumps(w->policy, 0);
	if (tspdm_policy_read((struct tspdm_view){ (const uint8_t *)*text, strlen(*text) }, &policy, why, sizeof why) !=
		TSPDM_OK)
		fail_msg("%s", why);
	return policy;
}

static json_t *submodule(const struct jwt *jwt, const char *name)
{
	return json_object_get(json_object_get(jwt->claims, "submods"), name);
}

static const char *text_at(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

/* Appraises the world and signs the verdict. */
static void make(struct world *w, EVP_PKEY *key, struct tspdm_result_config config, char **text, struct jwt *out)
{
	uint8_t room[TEXT_MAX];
	char *policy_text;
	struct tspdm_policy *policy = policy_of(w, &policy_text);

	tspdm_appraise(policy, &w->subject, &w->verdict);
	config.size = sizeof config;
	config.policy = policy;
	config.policy_text = (struct tspdm_view){ (const uint8_t *)policy_text, strlen(policy_text) };
	config.key = pem_of(key, NULL, room);
	assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, &config, text), TSPDM_OK);
	take_apart(*text, out);
	tspdm_policy_free(policy);
	free(policy_text);
}

static void the_signature_verifies_by_both_algorithms(void **state)
{
	static const struct {
		const char *curve, *algorithm;
		size_t len;
	} rows[] = { { "P-256", "ES256", 64 }, { "P-384", "ES384", 96 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const EVP_MD *hash = i == 0 ? EVP_sha256() : EVP_sha384();
		EVP_PKEY *key = EVP_EC_gen(rows[i].curve), *other = EVP_EC_gen(rows[i].curve);
		struct jwt jwt;
		char *text;

		make(*state, key, (struct tspdm_result_config){ 0 }, &text, &jwt);
		assert_string_equal(text_at(jwt.header, "alg"), rows[i].algorithm);
		assert_string_equal(text_at(jwt.header, "typ"), "eat+jwt");
		assert_int_equal(strlen(text_at(jwt.header, "kid")), 43);
		assert_int_equal(jwt.signature_len, rows[i].len);
		assert_true(verifies(key, hash, text, &jwt));
		assert_false(verifies(other, hash, text, &jwt));
		text[jwt.signed_len - 3] ^= 1;
		assert_false(verifies(key, hash, text, &jwt));
		drop(&jwt);
		free(text);
		EVP_PKEY_free(key);
		EVP_PKEY_free(other);
	}
}

static void the_claims_are_those_of_the_profile(void **state)
{
	struct world *w = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct jwt jwt;
	char *text;
	uint8_t nonce[64];
	json_t *part, *ids;

	memset(w->measured.nonce, 0xA5, sizeof w->measured.nonce);
	make(w, key, (struct tspdm_result_config){ .lifetime_s = 3600, .build = "test 1" }, &text, &jwt);
	assert_string_equal(text_at(jwt.claims, "eat_profile"), "tag:ietf.org,2026:rats/ear#03");
	assert_int_equal(json_integer_value(json_object_get(jwt.claims, "iat")), 1700000000);
	assert_int_equal(json_integer_value(json_object_get(jwt.claims, "exp")), 1700003600);
	assert_string_equal(text_at(json_object_get(jwt.claims, "ear_verifier_id"), "developer"), "tspdm");
	assert_string_equal(text_at(json_object_get(jwt.claims, "ear_verifier_id"), "build"), "test 1");
	assert_int_equal(decode(text_at(jwt.claims, "eat_nonce"), strlen(text_at(jwt.claims, "eat_nonce")), nonce), 32);
	assert_memory_equal(nonce, w->measured.nonce, 32);
	assert_int_equal(json_object_size(json_object_get(jwt.claims, "submods")), 1);
	part = submodule(&jwt, "sev-snp");
	ids = json_object_get(part, "ear_appraisal_policy_ids");
	assert_int_equal(json_array_size(ids), 1);
	assert_memory_equal(json_string_value(json_array_get(ids, 0)), "ni:///sha-256;", 14);
	assert_int_equal(strlen(json_string_value(json_array_get(ids, 0))), 14 + 43);
	assert_int_equal(json_object_size(json_object_get(part, "ear_trustworthiness_vector")), 8);
	assert_string_equal(text_at(json_object_get(part, "tspdm_verdict"), "verdict"), "accept");
	drop(&jwt);
	free(text);
	EVP_PKEY_free(key);
}

static void without_a_nonce_or_an_end_there_is_no_such_claim(void **state)
{
	struct world *w = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct jwt jwt;
	char *text;

	w->measured.is_verified = false;
	make(w, key, (struct tspdm_result_config){ .time = 5 }, &text, &jwt);
	assert_null(json_object_get(jwt.claims, "eat_nonce"));
	assert_null(json_object_get(jwt.claims, "exp"));
	assert_int_equal(json_integer_value(json_object_get(jwt.claims, "iat")), 5);
	drop(&jwt);
	free(text);
	EVP_PKEY_free(key);
}

static void the_peers_key_is_confirmed_where_it_was_proved(void **state)
{
	struct world *w = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *keys[] = { EVP_EC_gen("P-384"), EVP_RSA_gen(2048), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
	static const char *const members[][2] = { { "EC", "y" }, { "RSA", "n" }, { "OKP", "x" } };
	static const size_t lengths[] = { 64, 342, 43 }; /* of the member, in base64url */
	uint8_t spki[1024];
	struct jwt jwt;
	char *text;

	for (size_t i = 0; i < COUNT(keys); i++) {
		uint8_t *next = spki;
		json_t *jwk;

		w->identity.spki = (struct tspdm_view){ spki, (size_t)i2d_PUBKEY(keys[i], &next) };
		make(w, key, (struct tspdm_result_config){ 0 }, &text, &jwt);
		jwk = json_object_get(json_object_get(jwt.claims, "cnf"), "jwk");
		assert_string_equal(text_at(jwk, "kty"), members[i][0]);
		assert_int_equal(strlen(text_at(jwk, members[i][1])), lengths[i]);
		assert_null(json_object_get(jwk, "d"));
		drop(&jwt);
		free(text);
		EVP_PKEY_free(keys[i]);
	}
	w->identity.spki = (struct tspdm_view){ w->leaf, sizeof w->leaf }; /* no key that JWK knows */
	make(w, key, (struct tspdm_result_config){ 0 }, &text, &jwt);
	assert_int_equal(strlen(text_at(json_object_get(jwt.claims, "cnf"), "x5t#S256")), 43);
	drop(&jwt);
	free(text);
	w->identity.is_authenticated = w->measured.is_verified = false;
	make(w, key, (struct tspdm_result_config){ 0 }, &text, &jwt);
	assert_null(json_object_get(jwt.claims, "cnf"));
	drop(&jwt);
	free(text);
	EVP_PKEY_free(key);
}

/* ---- The vector ---- */

static void as_it_is(struct world *w)
{
	(void)w;
}

static void compare_measurement(struct world *w)
{
	char hex[97];

	memset(hex, '1', 96);
	hex[96] = '\0';
	json_object_set_new(entry(w), "measurement", json_pack("[s]", hex));
}

static void compare_all(struct world *w)
{
	char hex[65];

	memset(hex, '2', 64);
	hex[64] = '\0';
	compare_measurement(w);
	json_object_set_new(entry(w), "host_data", json_pack("[s]", hex));
}

static void any_tcb(struct world *w)
{
	compare_measurement(w);
	json_object_set_new(entry(w), "min_tcb", json_string("any"));
}

static void another_measurement(struct world *w)
{
	compare_measurement(w);
	w->evidence.report.measurement[0] ^= 1;
	w->certificate_evidence.report.measurement[0] ^= 1;
}

static void debug(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_DEBUG;
}

static void allowed_debug(struct world *w)
{
	compare_all(w);
	debug(w);
	json_object_set_new(json_object_get(entry(w), "policy"), "debug", json_true());
}

static void allowed_migration(struct world *w)
{
	compare_all(w);
	w->evidence.report.policy |= TSPDM_SNP_POLICY_MIGRATE_MA;
	json_object_set_new(json_object_get(entry(w), "policy"), "migrate_ma", json_true());
}

static void low_tcb(struct world *w)
{
	w->evidence.reported.snp = 1;
}

static void provisional_firmware(struct world *w)
{
	compare_all(w);
	w->evidence.provisional = true;
}

static void another_product(struct world *w)
{
	json_object_set_new(entry(w), "product", json_pack("[s]", "Genoa"));
	json_object_set_new(entry(w), "min_tcb",
		json_pack("{s:{s:i, s:i, s:i, s:i}}", "Genoa", "bootloader", 0, "tee", 0, "snp", 0, "microcode", 0));
}

static void fail_with(struct world *w, const char *check, enum tspdm_status status)
{
	tspdm_checks_add(&w->evidence.base.checks, check, status, "no");
	w->evidence.base.status = status;
}

static void bad_signature(struct world *w)
{
	fail_with(w, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE);
}

static void foreign_anchor(struct world *w)
{
	fail_with(w, "anchor", TSPDM_ERR_EVIDENCE_ANCHOR);
	w->evidence.base.anchor = TSPDM_ANCHOR_NONE;
}

static void revoked(struct world *w)
{
	fail_with(w, "revocation", TSPDM_ERR_REVOKED);
}

static void expired(struct world *w)
{
	fail_with(w, "chain.time", TSPDM_ERR_COLLATERAL);
}

static void standin(struct world *w)
{
	compare_all(w);
	w->evidence.base.anchor = w->certificate_evidence.base.anchor = TSPDM_ANCHOR_STANDIN;
	json_object_set_new(json_object_get(w->policy, "anchors"), "standin", json_pack("[s]", "builtin"));
}

static void another_key(struct world *w)
{
	memset(&w->subject.binding, 0, sizeof w->subject.binding);
	tspdm_checks_add(&w->subject.binding, "binding.certificate", TSPDM_ERR_EVIDENCE_KEY, "no");
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_OK, "yes");
}

static void certificate_fails_with(struct world *w, enum tspdm_status status)
{
	tspdm_checks_add(&w->certificate_evidence.base.checks, "report.signature", status, "no");
	w->certificate_evidence.base.status = status;
}

static void forged_certificate(struct world *w)
{
	certificate_fails_with(w, TSPDM_ERR_EVIDENCE_SIGNATURE);
}

static void stale_certificate(struct world *w)
{
	certificate_fails_with(w, TSPDM_ERR_TCB_STATUS);
}

static void nobody_signed(struct world *w)
{
	w->identity.is_authenticated = w->measured.is_verified = false;
}

static void no_evidence(struct world *w)
{
	w->subject.evidence.snp = w->subject.certificate_evidence.snp = NULL;
}

static void anchored_device(struct world *w)
{
	no_evidence(w);
	w->subject.evidence_wanted = false;
	w->identity.is_anchored = true;
}

static const struct row {
	const char *name;
	void (*change)(struct world *w);
	enum tspdm_trust_tier status;
	struct tspdm_trust_vector vector;
} rows[] = {
	{ "nothing compared", as_it_is, TSPDM_TRUST_WARNING, { 2, 3, 33, 0, 2, 2, 0, 0 } },
	{ "measurement compared", compare_measurement, TSPDM_TRUST_AFFIRMING, { 2, 3, 3, 0, 2, 2, 0, 0 } },
	{ "all compared", compare_all, TSPDM_TRUST_AFFIRMING, { 2, 2, 3, 0, 2, 2, 0, 0 } },
	{ "any TCB", any_tcb, TSPDM_TRUST_WARNING, { 2, 3, 3, 0, 32, 2, 0, 0 } },
	{ "another measurement", another_measurement, TSPDM_TRUST_CONTRAINDICATED, { 2, 32, 33, 0, 32, 2, 0, 0 } },
	{ "debug", debug, TSPDM_TRUST_CONTRAINDICATED, { 97, 96, 33, 0, 32, 96, 0, 0 } },
	{ "debug allowed", allowed_debug, TSPDM_TRUST_CONTRAINDICATED, { 97, 96, 3, 0, 2, 96, 0, 0 } },
	{ "migration allowed", allowed_migration, TSPDM_TRUST_CONTRAINDICATED, { 97, 32, 3, 0, 2, 2, 0, 0 } },
	{ "a low TCB", low_tcb, TSPDM_TRUST_CONTRAINDICATED, { 2, 32, 33, 0, 96, 2, 0, 0 } },
	{ "provisional firmware", provisional_firmware, TSPDM_TRUST_WARNING, { 2, 2, 3, 0, 32, 2, 0, 0 } },
	{ "another product", another_product, TSPDM_TRUST_CONTRAINDICATED, { 2, 32, 33, 0, 97, 2, 0, 0 } },
	{ "a bad signature", bad_signature, TSPDM_TRUST_CONTRAINDICATED, { 0, 0, 0, 0, 99, 0, 0, 0 } },
	{ "a foreign anchor", foreign_anchor, TSPDM_TRUST_CONTRAINDICATED, { 0, 0, 0, 0, 97, 0, 0, 0 } },
	{ "a revoked key", revoked, TSPDM_TRUST_CONTRAINDICATED, { 0, 0, 0, 0, 96, 0, 0, 0 } },
	{ "an expired chain", expired, TSPDM_TRUST_CONTRAINDICATED, { 0, 0, 0, 0, 96, 0, 0, 0 } },
	{ "the stand-in", standin, TSPDM_TRUST_WARNING, { 2, 2, 3, 0, 32, 32, 0, 0 } },
	{ "another key", another_key, TSPDM_TRUST_CONTRAINDICATED, { 97, 3, 33, 0, 2, 2, 0, 0 } },
	{ "a forged certificate", forged_certificate, TSPDM_TRUST_CONTRAINDICATED, { 97, 3, 33, 0, 2, 2, 0, 0 } },
	{ "a certificate of an old TCB", stale_certificate, TSPDM_TRUST_CONTRAINDICATED, { 2, 3, 33, 0, 2, 2, 0, 0 } },
	{ "nobody signed", nobody_signed, TSPDM_TRUST_CONTRAINDICATED, { 99, 3, 33, 0, 2, 2, 0, 0 } },
	{ "no evidence", no_evidence, TSPDM_TRUST_CONTRAINDICATED, { 97, 0, 0, 0, 0, 0, 0, 0 } },
	{ "a plain device", anchored_device, TSPDM_TRUST_AFFIRMING, { 2, 0, 0, 0, 0, 0, 0, 0 } },
};

static void check_row(const struct row *row)
{
	void *state;
	struct tspdm_trust_vector v;
	struct tspdm_policy *policy;
	struct world *w;
	char *text;

	make_world(&state);
	w = state;
	row->change(w);
	policy = policy_of(w, &text);
	tspdm_appraise(policy, &w->subject, &w->verdict);
	tspdm_result_vector(policy, &w->subject, &w->verdict, &v);
	if (memcmp(&v, &row->vector, sizeof v) != 0 || tspdm_result_status(&w->verdict, &v) != row->status)
		fail_msg("%s: identity %d configuration %d executables %d hardware %d runtime %d: %s (%s)", row->name,
			v.instance_identity, v.configuration, v.executables, v.hardware, v.runtime_opaque,
			tspdm_trust_tier_name(tspdm_result_status(&w->verdict, &v)), w->verdict.reason);
	tspdm_policy_free(policy);
	free(text);
	drop_world(&state);
}

static void each_finding_has_its_place_in_the_vector(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}

/* draft-ietf-rats-ear "ear_status": never better than the worst entry. Every value, in every place, with every verdict. */
static void the_status_is_never_better_than_the_worst_entry(void **state)
{
	struct world *w = *state;

	for (int kind = TSPDM_VERDICT_ERROR; kind <= TSPDM_VERDICT_ACCEPT; kind++)
		for (int place = 0; place < 8; place++)
			for (int value = INT8_MIN; value <= INT8_MAX; value++) {
				struct tspdm_trust_vector v = { .hardware = 2 };
				enum tspdm_trust_tier status;

				((int8_t *)&v)[place] = (int8_t)value;
				w->verdict.kind = (enum tspdm_verdict_kind)kind;
				w->verdict.status = TSPDM_OK;
				status = tspdm_result_status(&w->verdict, &v);
				if (tspdm_trust_tier_of(value) > TSPDM_TRUST_AFFIRMING)
					assert_true(status >= tspdm_trust_tier_of(value));
				assert_true(status != TSPDM_TRUST_AFFIRMING || kind == TSPDM_VERDICT_ACCEPT);
				assert_true(status == TSPDM_TRUST_CONTRAINDICATED || kind != TSPDM_VERDICT_REJECT);
			}
}

static void tiers_begin_where_the_draft_says(void **state)
{
	static const struct {
		int value;
		enum tspdm_trust_tier tier;
	} values[] = { { -128, TSPDM_TRUST_CONTRAINDICATED }, { -97, TSPDM_TRUST_CONTRAINDICATED },
		{ -96, TSPDM_TRUST_WARNING }, { -33, TSPDM_TRUST_WARNING }, { -32, TSPDM_TRUST_AFFIRMING },
		{ -2, TSPDM_TRUST_AFFIRMING }, { -1, TSPDM_TRUST_NONE }, { 0, TSPDM_TRUST_NONE },
		{ 1, TSPDM_TRUST_NONE }, { 2, TSPDM_TRUST_AFFIRMING }, { 31, TSPDM_TRUST_AFFIRMING },
		{ 32, TSPDM_TRUST_WARNING }, { 95, TSPDM_TRUST_WARNING }, { 96, TSPDM_TRUST_CONTRAINDICATED },
		{ 127, TSPDM_TRUST_CONTRAINDICATED } };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		assert_int_equal(tspdm_trust_tier_of(values[i].value), values[i].tier);
	assert_string_equal(tspdm_trust_tier_name(TSPDM_TRUST_CONTRAINDICATED), "contraindicated");
	assert_string_equal(tspdm_trust_tier_name((enum tspdm_trust_tier)7), "none");
}

static void a_verdict_that_was_never_reached_affirms_nothing(void **state)
{
	static struct tspdm_subject subject;
	static struct tspdm_verdict verdict;
	struct tspdm_trust_vector v;

	(void)state;
	verdict.entry = -1;
	tspdm_result_vector(NULL, &subject, &verdict, &v);
	assert_int_equal(tspdm_result_status(&verdict, &v), TSPDM_TRUST_NONE);
	verdict.kind = TSPDM_VERDICT_ACCEPT;
	verdict.status = TSPDM_ERR_POLICY; /* contradicts itself */
	assert_int_equal(tspdm_result_status(&verdict, &v), TSPDM_TRUST_CONTRAINDICATED);
}

/* ---- Refusals ---- */

static enum tspdm_status sign_with(struct world *w, struct tspdm_view key)
{
	struct tspdm_result_config config = { .size = sizeof config, .key = key };
	char *text = (char *)w;
	enum tspdm_status status = tspdm_result_ear(&w->subject, &w->verdict, &config, &text);

	assert_true(status == TSPDM_OK || text == NULL);
	if (status == TSPDM_OK)
		free(text);
	return status;
}

static void keys_of_other_kinds_are_refused(void **state)
{
	static uint8_t room[TEXT_MAX];
	EVP_PKEY *good = EVP_EC_gen("P-256");
	EVP_PKEY *bad[] = { EVP_EC_gen("P-521"), EVP_EC_gen("secp256k1"), EVP_RSA_gen(2048),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
	uint8_t *next = room;

	assert_int_equal(sign_with(*state, pem_of(good, NULL, room)), TSPDM_OK);
	assert_int_equal(sign_with(*state, pem_of(good, "secret", room)), TSPDM_ERR_KEY);
	assert_int_equal(sign_with(*state, (struct tspdm_view){ room, (size_t)i2d_PrivateKey(good, &next) }), TSPDM_OK);
	next = room;
	assert_int_equal(
		sign_with(*state, (struct tspdm_view){ room, (size_t)i2d_PUBKEY(good, &next) }), TSPDM_ERR_KEY);
	assert_int_equal(sign_with(*state, (struct tspdm_view){ (const uint8_t *)"key", 3 }), TSPDM_ERR_KEY);
	assert_int_equal(sign_with(*state, (struct tspdm_view){ NULL, 0 }), TSPDM_ERR_KEY);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(sign_with(*state, pem_of(bad[i], NULL, room)), TSPDM_ERR_KEY);
		EVP_PKEY_free(bad[i]);
	}
	EVP_PKEY_free(good);
}

static void wrong_configurations_are_refused(void **state)
{
	static uint8_t room[TEXT_MAX], nonce[65];
	struct world *w = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct tspdm_result_config config = { .size = sizeof config, .key = pem_of(key, NULL, room) };
	char *text = NULL;

	assert_int_equal(tspdm_result_ear(NULL, &w->verdict, &config, &text), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_result_ear(&w->subject, NULL, &config, &text), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, NULL, &text), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, &config, NULL), TSPDM_ERR_ARGUMENT);
	for (size_t len = 1; len <= 65; len++) {
		config.nonce = (struct tspdm_view){ nonce, len };
		assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, &config, &text),
			len < 8 || len > 64 ? TSPDM_ERR_ARGUMENT : TSPDM_OK);
		free(text);
	}
	config.nonce.len = 0;
	config.reserved = 1;
	assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, &config, &text), TSPDM_ERR_UNSUPPORTED);
	config.reserved = 0;
	config.size = 8;
	assert_int_equal(tspdm_result_ear(&w->subject, &w->verdict, &config, &text), TSPDM_ERR_ARGUMENT);
	EVP_PKEY_free(key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_signature_verifies_by_both_algorithms),
		TEST(the_claims_are_those_of_the_profile),
		TEST(without_a_nonce_or_an_end_there_is_no_such_claim),
		TEST(the_peers_key_is_confirmed_where_it_was_proved),
		TEST(each_finding_has_its_place_in_the_vector),
		TEST(the_status_is_never_better_than_the_worst_entry),
		TEST(tiers_begin_where_the_draft_says),
		TEST(a_verdict_that_was_never_reached_affirms_nothing),
		TEST(keys_of_other_kinds_are_refused),
		TEST(wrong_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
