/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Relying on results: a good one is read, and one that is forged, confused about its algorithm, of another key, nonce, holder or
 * policy, out of date, or that contradicts itself is not. Signed here with OpenSSL alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <tspdm/result.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW 1767225600

enum { TEXT_MAX = 8192 };

static EVP_PKEY *p256, *p384, *other;
static uint8_t spki[3][512], pem[2048];
static size_t spki_len[3], pem_len;
static struct tspdm_result result; /* large */

/* ---- Signing ---- */

static size_t encode(const uint8_t *bytes, size_t len, char *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t at = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (i + 2 < len ? bytes[i + 2] : 0);

		for (unsigned k = 0; k < (len - i >= 3 ? 4 : len - i + 1); k++)
			out[at++] = alphabet[group >> (18 - 6 * k) & 0x3F];
	}
	out[at] = '\0';
	return at;
}

static size_t sign_ecdsa(EVP_PKEY *key, const EVP_MD *hash, const char *text, uint8_t *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int half = key == p384 ? 48 : 32;
	uint8_t der[256];
	const uint8_t *next = der;
	size_t len = sizeof der;
	ECDSA_SIG *pair;

	assert_int_equal(EVP_DigestSignInit(context, NULL, hash, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, der, &len, (const uint8_t *)text, strlen(text)), 1);
	pair = d2i_ECDSA_SIG(NULL, &next, (long)len);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, half), half);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, half), half);
	ECDSA_SIG_free(pair);
	EVP_MD_CTX_free(context);
	return 2 * (size_t)half;
}

enum how { WITH_P256, WITH_P384, WITH_OTHER, WITH_SHA384, WITH_NOTHING, WITH_HMAC };

/* A token of any header and payload. */
static void make(const char *header, const char *payload, enum how how, char *out)
{
	EVP_PKEY *key = how == WITH_P384 ? p384 : how == WITH_OTHER ? other : p256;
	const EVP_MD *hash = how == WITH_P384 || how == WITH_SHA384 ? EVP_sha384() : EVP_sha256();
	uint8_t signature[256];
	unsigned hmac_len = 0;
	size_t at = encode((const uint8_t *)header, strlen(header), out), len = 0;

	out[at++] = '.';
	at += encode((const uint8_t *)payload, strlen(payload), out + at);
	if (how == WITH_HMAC) { /* the public key, as everybody has it, for a secret */
		HMAC(EVP_sha256(), pem, (int)pem_len, (const uint8_t *)out, at, signature, &hmac_len);
		len = hmac_len;
	} else if (how != WITH_NOTHING) {
		len = sign_ecdsa(key, hash, out, signature);
	}
	out[at++] = '.';
	(void)encode(signature, len, out + at);
}

#define ES256 "{\"alg\":\"ES256\",\"typ\":\"eat+jwt\"}"
#define ES384 "{\"alg\":\"ES384\",\"typ\":\"eat+jwt\"}"
#define HEAD "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"iat\":1767225000,"
#define VERIFIER "\"ear_verifier_id\":{\"developer\":\"tspdm\",\"build\":\"1\"},"
#define PART(status, vector)                                                                                           \
	"\"sev-snp\":{\"ear_status\":\"" status "\",\"ear_trustworthiness_vector\":{" vector "},"                      \
	"\"ear_appraisal_policy_ids\":[\"tspdm:policy:genuine\"]}"
#define GOOD_VECTOR "\"hardware\":2,\"executables\":3,\"instance-identity\":2"
#define GOOD_PART PART("affirming", GOOD_VECTOR)
#define SUBMODS(parts) "\"submods\":{" parts "}"
#define GOOD "{" HEAD VERIFIER SUBMODS(GOOD_PART) "}"

static struct tspdm_result_demand demand(void)
{
	return (struct tspdm_result_demand){
		.size = sizeof(struct tspdm_result_demand), .key = { spki[0], spki_len[0] }, .time = NOW
	};
}

static enum tspdm_status verify_with(const char *jwt, const struct tspdm_result_demand *want)
{
	enum tspdm_status status =
		tspdm_result_verify((struct tspdm_view){ (const uint8_t *)jwt, strlen(jwt) }, want, &result);

	assert_int_equal(status, result.status);
	if (status != TSPDM_OK) {
		assert_int_equal(result.tier, TSPDM_TRUST_NONE);
		assert_int_equal(result.part_count, 0);
	}
	return status;
}

static enum tspdm_status verify(const char *jwt)
{
	const struct tspdm_result_demand want = demand();

	return verify_with(jwt, &want);
}

/* ---- Good ones ---- */

static void a_good_result_is_read(void **state)
{
	char jwt[TEXT_MAX];

	(void)state;
	make(ES256, GOOD, WITH_P256, jwt);
	assert_int_equal(verify(jwt), TSPDM_OK);
	assert_int_equal(result.tier, TSPDM_TRUST_AFFIRMING);
	assert_int_equal(result.issued, 1767225000);
	assert_int_equal(result.expires, 0);
	assert_string_equal(result.developer, "tspdm");
	assert_int_equal(result.part_count, 1);
	assert_string_equal(result.parts[0].name, "sev-snp");
	assert_int_equal(result.parts[0].vector.hardware, 2);
	assert_int_equal(result.parts[0].vector.executables, 3);
	assert_int_equal(tspdm_checks_find(&result.checks, "result.time")->result, TSPDM_CHECK_SKIPPED);
	strcat(jwt, "\n");
	assert_int_equal(verify(jwt), TSPDM_OK);
}

static void keys_are_taken_in_each_form(void **state)
{
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX];

	(void)state;
	make(ES256, GOOD, WITH_P256, jwt);
	want.key = (struct tspdm_view){ pem, pem_len };
	assert_int_equal(verify_with(jwt, &want), TSPDM_OK);
	make(ES384, GOOD, WITH_P384, jwt);
	want.key = (struct tspdm_view){ spki[1], spki_len[1] };
	assert_int_equal(verify_with(jwt, &want), TSPDM_OK);
}

/* draft-ietf-rats-ear before -03, as others write it. */
static void the_older_spelling_is_read(void **state)
{
	char jwt[TEXT_MAX];

	(void)state;
	make("{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
		"{\"eat_profile\":\"tag:github.com,2023:veraison/ear\",\"iat\":1767225000,\"ear.verifier-id\":"
		"{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{\"X\":{\"ear.status\":\"warning\","
		"\"ear.trustworthiness-vector\":{\"hardware\":32},\"ear.appraisal-policy-id\":\"p\"}}}",
		WITH_P256, jwt);
	assert_int_equal(verify(jwt), TSPDM_OK);
	assert_int_equal(result.tier, TSPDM_TRUST_WARNING);
	assert_string_equal(result.build, "b");
	assert_int_equal(result.parts[0].vector.hardware, 32);
}

static void the_worst_submodule_is_the_tier(void **state)
{
	static const struct {
		const char *parts;
		enum tspdm_trust_tier tier;
	} rows[] = {
		{ GOOD_PART ",\"device-1\":{\"ear_status\":\"contraindicated\"}", TSPDM_TRUST_CONTRAINDICATED },
		{ GOOD_PART ",\"device-1\":{\"ear_status\":\"warning\"}", TSPDM_TRUST_WARNING },
		{ GOOD_PART ",\"device-1\":{\"ear_status\":\"none\"}", TSPDM_TRUST_NONE },
		{ GOOD_PART ",\"device-1\":{\"ear_status\":\"affirming\"}", TSPDM_TRUST_AFFIRMING },
		{ PART("none", ""), TSPDM_TRUST_NONE },
		{ PART("contraindicated", "\"hardware\":99"), TSPDM_TRUST_CONTRAINDICATED },
	};
	char jwt[TEXT_MAX], payload[TEXT_MAX / 2];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(payload, sizeof payload, "{" HEAD SUBMODS("%s") "}", rows[i].parts);
		make(ES256, payload, WITH_P256, jwt);
		assert_int_equal(verify(jwt), TSPDM_OK);
		assert_int_equal(result.tier, rows[i].tier);
	}
}

/* ---- Forged ---- */

static void a_forged_signature_is_refused(void **state)
{
	static const struct {
		const char *name, *header;
		enum how how;
		enum tspdm_status status;
	} rows[] = {
		{ "no algorithm, no signature", "{\"alg\":\"none\"}", WITH_NOTHING, TSPDM_ERR_SIGNATURE },
		{ "no algorithm, in capitals", "{\"alg\":\"NONE\"}", WITH_NOTHING, TSPDM_ERR_SIGNATURE },
		{ "no algorithm, a good signature", "{\"alg\":\"none\"}", WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "no algorithm told", "{\"typ\":\"eat+jwt\"}", WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "an algorithm that is a number", "{\"alg\":256}", WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "the public key as HMAC's secret", "{\"alg\":\"HS256\"}", WITH_HMAC, TSPDM_ERR_SIGNATURE },
		{ "HMAC under the right name", ES256, WITH_HMAC, TSPDM_ERR_SIGNATURE },
		{ "the other algorithm", ES384, WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "the other hash", ES256, WITH_SHA384, TSPDM_ERR_SIGNATURE },
		{ "another curve's key", ES384, WITH_P384, TSPDM_ERR_SIGNATURE },
		{ "another key", ES256, WITH_OTHER, TSPDM_ERR_SIGNATURE },
		{ "no signature", ES256, WITH_NOTHING, TSPDM_ERR_SIGNATURE },
		{ "another type", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "extensions that must be understood", "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
			WITH_P256, TSPDM_ERR_SIGNATURE },
		{ "a header with an algorithm twice", "{\"alg\":\"ES256\",\"alg\":\"none\"}", WITH_P256,
			TSPDM_ERR_EVIDENCE_FORM },
		{ "a header that is a list", "[\"ES256\"]", WITH_P256, TSPDM_ERR_EVIDENCE_FORM },
	};
	char jwt[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		make(rows[i].header, GOOD, rows[i].how, jwt);
		if (verify(jwt) != rows[i].status)
			fail_msg("%s: %s", rows[i].name, tspdm_status_name(result.status));
	}
}

/* A key that the token brings itself is nobody's. */
static void keys_in_the_header_do_not_count(void **state)
{
	char jwt[TEXT_MAX];

	(void)state;
	make("{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"},\"kid\":\"x\"}",
		GOOD, WITH_OTHER, jwt);
	assert_int_equal(verify(jwt), TSPDM_ERR_SIGNATURE);
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
	char jwt[TEXT_MAX], copy[TEXT_MAX];
	size_t len;

	(void)state;
	make(ES256, GOOD, WITH_P256, jwt);
	len = strlen(jwt);
	for (size_t i = 0; i < 7 * len; i++) {
		memcpy(copy, jwt, len + 1);
		copy[i / 7] ^= (char)(1 << i % 7);
		if (copy[i / 7] == '\0')
			continue;
		assert_int_not_equal(verify(copy), TSPDM_OK);
	}
	for (size_t i = 0; i < len; i++) {
		memcpy(copy, jwt, len + 1);
		copy[i] = '\0';
		assert_int_not_equal(verify(copy), TSPDM_OK);
	}
}

static void texts_that_are_no_token_are_refused(void **state)
{
	static const char *const rows[] = { "", ".", "..", "...", "a.b.c", "e30.e30.", "{}", "e30=.e30.AA", "e30.e30.A",
		"e31.e30.AA", "e30.e30.AA.AA", "e30 .e30.AA" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_not_equal(verify(rows[i]), TSPDM_OK);
}

static void keys_that_are_none_are_refused(void **state)
{
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX];

	(void)state;
	make(ES256, GOOD, WITH_P256, jwt);
	want.key.len--;
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_KEY);
	want.key.len = 0;
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_KEY);
	want.key = (struct tspdm_view){ spki[2], spki_len[2] }; /* Ed25519 */
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_KEY);
}

/* ---- Not what was asked for ---- */

static void times_are_judged(void **state)
{
	static const struct {
		const char *claims;
		int64_t now;
		uint32_t max_age_s, skew_s;
		enum tspdm_status status;
	} rows[] = {
		{ "\"iat\":1000,\"exp\":2000", 1500, 0, UINT32_MAX, TSPDM_OK },
		{ "\"iat\":1000,\"exp\":2000", 2000, 0, UINT32_MAX, TSPDM_OK },
		{ "\"iat\":1000,\"exp\":2000", 2001, 0, UINT32_MAX, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000,\"exp\":2000", 2300, 0, 0, TSPDM_OK },
		{ "\"iat\":1000,\"exp\":2000", 2301, 0, 0, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000,\"exp\":2000", 999, 0, UINT32_MAX, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000,\"exp\":2000", 699, 0, 0, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000,\"nbf\":1500", 1499, 0, UINT32_MAX, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000,\"nbf\":1500", 1500, 0, UINT32_MAX, TSPDM_OK },
		{ "\"iat\":1000", 1060, 60, UINT32_MAX, TSPDM_OK },
		{ "\"iat\":1000", 1061, 60, UINT32_MAX, TSPDM_ERR_COLLATERAL },
		{ "\"exp\":2000", 1000, 0, 0, TSPDM_ERR_COLLATERAL },
		{ "\"iat\":1000.5", 1500, 0, 0, TSPDM_ERR_EVIDENCE_FORM },
		{ "\"iat\":\"1000\"", 1500, 0, 0, TSPDM_ERR_EVIDENCE_FORM },
		{ "\"iat\":-1", 1500, 0, 0, TSPDM_ERR_EVIDENCE_FORM },
		{ "\"iat\":1000,\"exp\":0", 1500, 0, 0, TSPDM_ERR_EVIDENCE_FORM },
		{ "\"iat\":1000,\"exp\":null", 1500, 0, 0, TSPDM_ERR_EVIDENCE_FORM },
		{ "\"iat\":1000,\"exp\":9223372036854775807", 1500, 0, 0, TSPDM_ERR_COLLATERAL },
	};
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX], payload[TEXT_MAX / 2];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(payload, sizeof payload, "{\"eat_profile\":\"%s\",%s," SUBMODS(GOOD_PART) "}",
			TSPDM_EAR_PROFILE, rows[i].claims);
		make(ES256, payload, WITH_P256, jwt);
		want.time = rows[i].now;
		want.max_age_s = rows[i].max_age_s;
		want.skew_s = rows[i].skew_s;
		if (verify_with(jwt, &want) != rows[i].status)
			fail_msg("%s at %lld: %s", rows[i].claims, (long long)rows[i].now,
				tspdm_status_name(result.status));
	}
}

static void the_nonce_is_compared(void **state)
{
	static const struct {
		const char *claim;
		enum tspdm_status status;
	} rows[] = {
		{ "\"eat_nonce\":\"AAECAwQFBgc\",", TSPDM_OK },
		{ "\"eat_nonce\":[\"_________w8\",\"AAECAwQFBgc\"],", TSPDM_OK },
		{ "\"eat_nonce\":\"AAECAwQFBgg\",", TSPDM_ERR_EVIDENCE_NONCE },
		{ "\"eat_nonce\":\"AAECAwQFBgc=\",", TSPDM_ERR_EVIDENCE_NONCE },
		{ "\"eat_nonce\":\"\",", TSPDM_ERR_EVIDENCE_NONCE },
		{ "\"eat_nonce\":[],", TSPDM_ERR_EVIDENCE_NONCE },
		{ "\"eat_nonce\":{\"AAECAwQFBgc\":1},", TSPDM_ERR_EVIDENCE_NONCE },
		{ "", TSPDM_ERR_EVIDENCE_NONCE },
	};
	static const uint8_t nonce[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX], payload[TEXT_MAX / 2];

	(void)state;
	want.nonce = (struct tspdm_view){ nonce, sizeof nonce };
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(payload, sizeof payload, "{" HEAD "%s" SUBMODS(GOOD_PART) "}", rows[i].claim);
		make(ES256, payload, WITH_P256, jwt);
		if (verify_with(jwt, &want) != rows[i].status)
			fail_msg("%s: %s", rows[i].claim, tspdm_status_name(result.status));
	}
}

/* The JWK of a P-256 key, as RFC 7517 has it. */
static void write_jwk(EVP_PKEY *key, char *out, size_t cap)
{
	BIGNUM *x = NULL, *y = NULL;
	uint8_t bytes[32];
	char text[2][64];

	assert_int_equal(EVP_PKEY_get_bn_param(key, "qx", &x), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, "qy", &y), 1);
	assert_int_equal(BN_bn2binpad(x, bytes, 32), 32);
	(void)encode(bytes, 32, text[0]);
	assert_int_equal(BN_bn2binpad(y, bytes, 32), 32);
	(void)encode(bytes, 32, text[1]);
	BN_free(x);
	BN_free(y);
	snprintf(out, cap, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\",\"use\":\"sig\"}", text[0],
		text[1]);
}

static void the_holders_key_is_confirmed(void **state)
{
	static const uint8_t certificate[] = "any bytes";
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX], payload[TEXT_MAX / 2], jwk[512], digest_text[64];
	uint8_t digest[32];

	(void)state;
	write_jwk(p256, jwk, sizeof jwk);
	snprintf(payload, sizeof payload, "{" HEAD "\"cnf\":{\"jwk\":%s}," SUBMODS(GOOD_PART) "}", jwk);
	make(ES256, payload, WITH_P256, jwt);
	want.holder = (struct tspdm_view){ spki[0], spki_len[0] };
	assert_int_equal(verify_with(jwt, &want), TSPDM_OK);
	want.holder = (struct tspdm_view){ spki[1], spki_len[1] };
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_EVIDENCE_KEY);
	want.holder = (struct tspdm_view){ spki[0], spki_len[0] - 1 };
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_EVIDENCE_KEY);
	want.holder = (struct tspdm_view){ spki[0], spki_len[0] };
	make(ES256, GOOD, WITH_P256, jwt); /* no cnf */
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_EVIDENCE_KEY);
	assert_int_equal(EVP_Digest(certificate, sizeof certificate, digest, NULL, EVP_sha256(), NULL), 1);
	(void)encode(digest, sizeof digest, digest_text);
	snprintf(
		payload, sizeof payload, "{" HEAD "\"cnf\":{\"x5t#S256\":\"%s\"}," SUBMODS(GOOD_PART) "}", digest_text);
	make(ES256, payload, WITH_P256, jwt);
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_EVIDENCE_KEY);
	want.certificate = (struct tspdm_view){ certificate, sizeof certificate };
	assert_int_equal(verify_with(jwt, &want), TSPDM_OK);
	want.certificate.len--;
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_EVIDENCE_KEY);
}

static void the_policy_is_compared(void **state)
{
	struct tspdm_result_demand want = demand();
	char jwt[TEXT_MAX];

	(void)state;
	make(ES256, GOOD, WITH_P256, jwt);
	want.policy = "tspdm:policy:genuine";
	assert_int_equal(verify_with(jwt, &want), TSPDM_OK);
	want.policy = "ni:///sha-256;other";
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_POLICY);
	make(ES256, "{" HEAD SUBMODS(GOOD_PART ",\"x\":{\"ear_status\":\"affirming\"}") "}", WITH_P256, jwt);
	want.policy = "tspdm:policy:genuine";
	assert_int_equal(verify_with(jwt, &want), TSPDM_ERR_POLICY);
}

static void what_contradicts_itself_is_refused(void **state)
{
	static const char *const rows[] = {
		"{\"eat_profile\":\"tag:example.com,2026:x\",\"iat\":1767225000," SUBMODS(GOOD_PART) "}",
		"{\"iat\":1767225000," SUBMODS(GOOD_PART) "}",
		"{" HEAD "\"iat\":1767225000," SUBMODS(GOOD_PART) "}",
		"{" HEAD VERIFIER "\"submods\":{}}",
		"{" HEAD VERIFIER "\"submods\":[]}",
		"{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"iat\":1767225000}",
		"{" HEAD SUBMODS(PART("affirming", "\"hardware\":32")) "}",
		"{" HEAD SUBMODS(PART("affirming", "\"executables\":96")) "}",
		"{" HEAD SUBMODS(PART("warning", "\"hardware\":99")) "}",
		"{" HEAD SUBMODS(PART("warning", "\"hardware\":-128")) "}",
		"{" HEAD SUBMODS(PART("trusted", GOOD_VECTOR)) "}",
		"{" HEAD SUBMODS(PART("affirming", "\"hardware\":128")) "}",
		"{" HEAD SUBMODS(PART("affirming", "\"hardware\":2.0")) "}",
		"{" HEAD SUBMODS(PART("affirming", "\"hardware\":\"2\"")) "}",
		"{" HEAD SUBMODS("\"x\":{\"ear_status\":2}") "}",
		"{" HEAD SUBMODS("\"x\":{}") "}",
		"{" HEAD SUBMODS("\"x\":\"affirming\"") "}",
		"{" HEAD SUBMODS("\"x\":{\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":[2]}") "}",
		"[]",
		"no JSON",
	};
	char jwt[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		make(ES256, rows[i], WITH_P256, jwt);
		if (verify(jwt) != TSPDM_ERR_EVIDENCE_FORM)
			fail_msg("%s: %s", rows[i], tspdm_status_name(result.status));
	}
}

static void too_many_submodules_are_refused(void **state)
{
	static char jwt[2 * TEXT_MAX], payload[TEXT_MAX];
	size_t at = (size_t)snprintf(payload, sizeof payload, "{" HEAD "\"submods\":{");

	(void)state;
	for (unsigned i = 0; i <= TSPDM_RESULT_PARTS_MAX; i++)
		at += (size_t)snprintf(payload + at, sizeof payload - at, "%s\"%u\":{\"ear_status\":\"affirming\"}",
			i != 0 ? "," : "", i);
	snprintf(payload + at, sizeof payload - at, "}}");
	make(ES256, payload, WITH_P256, jwt);
	assert_int_equal(verify(jwt), TSPDM_ERR_EVIDENCE_FORM);
}

static void a_demand_that_is_none_is_refused(void **state)
{
	struct tspdm_result_demand want = demand();

	(void)state;
	want.time = 0;
	assert_int_equal(verify_with("", &want), TSPDM_ERR_ARGUMENT);
	want = demand();
	want.size = 1;
	assert_int_equal(verify_with("", &want), TSPDM_ERR_ARGUMENT);
}

/* ---- Keys ---- */

static EVP_PKEY *new_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	return key;
}

static void write_spki(EVP_PKEY *key, unsigned i)
{
	uint8_t *next = spki[i];
	int len = i2d_PUBKEY(key, &next);

	assert_true(len > 0 && (size_t)len <= sizeof spki[i]);
	spki_len[i] = (size_t)len;
}

static int begin(void **state)
{
	EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	(void)state;
	p256 = new_key("P-256");
	p384 = new_key("P-384");
	other = new_key("P-256");
	write_spki(p256, 0);
	write_spki(p384, 1);
	write_spki(edwards, 2);
	EVP_PKEY_free(edwards);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, p256), 1);
	pem_len = (size_t)BIO_get_mem_data(bio, &text);
	memcpy(pem, text, pem_len);
	BIO_free(bio);
	return 0;
}

static int end(void **state)
{
	(void)state;
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(other);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_result_is_read),
		cmocka_unit_test(keys_are_taken_in_each_form),
		cmocka_unit_test(the_older_spelling_is_read),
		cmocka_unit_test(the_worst_submodule_is_the_tier),
		cmocka_unit_test(a_forged_signature_is_refused),
		cmocka_unit_test(keys_in_the_header_do_not_count),
		cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
		cmocka_unit_test(texts_that_are_no_token_are_refused),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(times_are_judged),
		cmocka_unit_test(the_nonce_is_compared),
		cmocka_unit_test(the_holders_key_is_confirmed),
		cmocka_unit_test(the_policy_is_compared),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(too_many_submodules_are_refused),
		cmocka_unit_test(a_demand_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
