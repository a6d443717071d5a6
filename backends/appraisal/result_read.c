/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Relying on a result: RFC 7515 "JWS Compact Serialization", RFC 8725 "JSON Web Token Best Current Practices", RFC 7519 for the
 * times, draft-ietf-rats-ear-03 for what it says. The key decides what algorithm there is; the header is believed in nothing. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <tspdm/result.h>

#include "base/config.h"
#include "jose.h"

enum { SKEW_S = 300, JWT_MAX = 1 << 20 };

/* Profiles, and how they spell the claims. */
static const char *const profiles[] = { TSPDM_EAR_PROFILE, "tag:github.com,2023:veraison/ear" };

struct reading {
	const struct tspdm_result_demand *want;
	struct tspdm_result *out;
	struct jose_token token;
	json_t *header, *claims;
};

static bool refuse(struct reading *r, const char *name, enum tspdm_status status, const char *why)
{
	tspdm_checks_add(&r->out->checks, name, status, "%s", why);
	return false;
}

static bool pass(struct reading *r, const char *name, const char *what)
{
	tspdm_checks_add(&r->out->checks, name, TSPDM_OK, "%s", what);
	return true;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL ? value : "";
}

/* ---- Signature ---- */

static bool check_form(struct reading *r, struct tspdm_view jwt)
{
	if (jwt.len > JWT_MAX || !tspdm_jose_split(jwt, &r->token))
		return refuse(r, "result.form", TSPDM_ERR_EVIDENCE_FORM,
			"no JWT: three parts in base64url, with dots between them");
	r->header = tspdm_jose_json(r->token.header);
	if (!json_is_object(r->header))
		return refuse(r, "result.form", TSPDM_ERR_EVIDENCE_FORM, "its header is no JSON object");
	return pass(r, "result.form", "a signed JWT");
}

/* RFC 8725 "Use Explicit Typing"; plain JWT is what others write. */
static bool is_known_type(const char *type)
{
	static const char *const types[] = { "eat+jwt", "application/eat+jwt", "JWT", "" };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static bool check_algorithm(struct reading *r, EVP_PKEY *key)
{
	const char *algorithm = tspdm_jose_algorithm(key);

	if (json_object_get(r->header, "crit") != NULL)
		return refuse(r, "result.algorithm", TSPDM_ERR_SIGNATURE,
			"its header has extensions that must be understood");
	if (!is_known_type(text_of(r->header, "typ")))
		return refuse(r, "result.algorithm", TSPDM_ERR_SIGNATURE, "a token of another type");
	if (strcmp(text_of(r->header, "alg"), algorithm) != 0) {
		tspdm_checks_add(&r->out->checks, "result.algorithm", TSPDM_ERR_SIGNATURE,
			"it says \"%.40s\"; the key signs by %s", text_of(r->header, "alg"), algorithm);
		return false;
	}
	return pass(r, "result.algorithm", algorithm);
}

static bool check_signature(struct reading *r)
{
	EVP_PKEY *key = tspdm_jose_public_key(r->want->key);
	bool is_good;

	if (key == NULL)
		return refuse(r, "result.signature", TSPDM_ERR_KEY,
			"the verifier's key must be a public key or a certificate, P-256 or P-384");
	is_good = check_algorithm(r, key) && tspdm_jose_verify(key, &r->token);
	EVP_PKEY_free(key);
	if (is_good)
		return pass(r, "result.signature", "by the verifier's key");
	return tspdm_checks_status(&r->out->checks) == TSPDM_OK &&
	       refuse(r, "result.signature", TSPDM_ERR_SIGNATURE, "another key made it, or it was changed");
}

/* ---- Claims ---- */

/* A claim under either spelling: "ear_status", "ear.status". */
static const json_t *claim(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	char dotted[48];
	size_t len = strlen(name);

	if (value != NULL || len >= sizeof dotted)
		return value;
	for (size_t i = 0; i <= len; i++)
		dotted[i] = name[i] == '_' ? (i == 3 ? '.' : '-') : name[i];
	return json_object_get(object, dotted);
}

static bool check_profile(struct reading *r)
{
	const char *profile;

	r->claims = tspdm_jose_json(r->token.payload);
	profile = text_of(r->claims, "eat_profile");
	for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
		if (strcmp(profiles[i], profile) == 0)
			return pass(r, "result.profile", profile);
	return refuse(
		r, "result.profile", TSPDM_ERR_EVIDENCE_FORM, "signed, but no attestation result of a known profile");
}

/* RFC 8725, RFC 9711: times are integers. */
static bool take_time(const json_t *claims, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(claims, name);

	*out = json_integer_value(value);
	return value == NULL || (json_is_integer(value) && *out > 0);
}

static const char *time_fault(
	const struct tspdm_result_demand *want, const struct tspdm_result *out, int64_t not_before)
{
	int64_t skew = want->skew_s == UINT32_MAX ? 0 : want->skew_s != 0 ? want->skew_s : SKEW_S;

	if (out->issued == 0)
		return "it does not tell when it was made";
	if (out->issued > INT64_MAX / 2 || out->expires > INT64_MAX / 2 || not_before > INT64_MAX / 2)
		return "a time that cannot be";
	if (out->issued > want->time + skew || not_before > want->time + skew)
		return "it is not valid yet; do the clocks agree?";
	if (out->expires != 0 && want->time > out->expires + skew)
		return "it has expired; ask for a new one";
	if (want->max_age_s != 0 && want->time - out->issued > (int64_t)want->max_age_s + skew)
		return "it is older than is allowed; ask for a new one";
	return NULL;
}

static bool check_time(struct reading *r)
{
	struct tspdm_result *out = r->out;
	int64_t not_before;
	const char *fault;

	if (!take_time(r->claims, "iat", &out->issued) || !take_time(r->claims, "exp", &out->expires) ||
		!take_time(r->claims, "nbf", &not_before))
		return refuse(r, "result.time", TSPDM_ERR_EVIDENCE_FORM, "a time is no positive integer");
	fault = time_fault(r->want, out, not_before);
	if (fault != NULL)
		return refuse(r, "result.time", TSPDM_ERR_COLLATERAL, fault);
	if (out->expires != 0 || r->want->max_age_s != 0)
		return pass(r, "result.time", "valid");
	tspdm_checks_skip(&out->checks, "result.time", "it has no end, and nobody says how old it may be");
	return true;
}

static bool has_text(const json_t *list, const char *wanted)
{
	bool has = json_is_string(list) && strcmp(json_string_value(list), wanted) == 0;

	for (size_t i = 0; !has && i < json_array_size(list); i++)
		has = json_is_string(json_array_get(list, i)) &&
		      strcmp(json_string_value(json_array_get(list, i)), wanted) == 0;
	return has;
}

static bool check_nonce(struct reading *r)
{
	struct tspdm_view want = r->want->nonce;
	char *text;
	bool is_there;

	if (want.len == 0) {
		tspdm_checks_skip(&r->out->checks, "result.nonce", "nobody says for which nonce it has to be");
		return true;
	}
	text = tspdm_jose_base64url(want);
	is_there = text != NULL && has_text(json_object_get(r->claims, "eat_nonce"), text);
	free(text);
	return is_there ? pass(r, "result.nonce", "the one that was given")
			: refuse(r, "result.nonce", TSPDM_ERR_EVIDENCE_NONCE,
				  "it was made for another nonce: an old one, or somebody else's");
}

/* RFC 7638: of a key those members count that every key of its kind has. */
static bool is_same_key(const json_t *confirmed, const json_t *holder)
{
	const char *name;
	json_t *value;

	if (!json_is_object(confirmed) || holder == NULL)
		return false;
	json_object_foreach(
		(json_t *)holder, name, value) if (!json_equal(json_object_get(confirmed, name), value)) return false;
	return true;
}

static bool confirms_certificate(const json_t *cnf, struct tspdm_view certificate)
{
	uint8_t digest[32];
	char *text = NULL;
	bool is_same;

	if (certificate.len == 0 || !tspdm_jose_sha256(certificate, digest))
		return false;
	text = tspdm_jose_base64url((struct tspdm_view){ digest, sizeof digest });
	is_same = text != NULL && strcmp(text_of(cnf, "x5t#S256"), text) == 0;
	free(text);
	return is_same;
}

static bool check_holder(struct reading *r)
{
	const json_t *cnf = json_object_get(r->claims, "cnf");
	json_t *holder;
	bool is_same;

	if (r->want->holder.len == 0 && r->want->certificate.len == 0) {
		tspdm_checks_skip(
			&r->out->checks, "result.holder", "nobody says whose key was seen: it is about somebody");
		return true;
	}
	holder = tspdm_jose_jwk(r->want->holder);
	is_same = is_same_key(json_object_get(cnf, "jwk"), holder) || confirms_certificate(cnf, r->want->certificate);
	json_decref(holder);
	return is_same ? pass(r, "result.holder", "it is about this key")
		       : refuse(r, "result.holder", TSPDM_ERR_EVIDENCE_KEY,
				 "it is about another key than the holder's");
}

/* ---- What it says ---- */

static bool take_tier(const json_t *value, enum tspdm_trust_tier *out)
{
	static const enum tspdm_trust_tier tiers[] = { TSPDM_TRUST_NONE, TSPDM_TRUST_AFFIRMING, TSPDM_TRUST_WARNING,
		TSPDM_TRUST_CONTRAINDICATED };

	for (size_t i = 0; json_is_string(value) && i < sizeof tiers / sizeof tiers[0]; i++)
		if (strcmp(json_string_value(value), tspdm_trust_tier_name(tiers[i])) == 0) {
			*out = tiers[i];
			return true;
		}
	return false;
}

/* Trust is no number: what claims nothing is no better than what is affirmed. */
static int badness(enum tspdm_trust_tier tier)
{
	return tier == TSPDM_TRUST_NONE ? TSPDM_TRUST_WARNING - 1 : (int)tier;
}

static bool take_entry(const json_t *vector, const char *name, int8_t *out, enum tspdm_trust_tier *worst)
{
	const json_t *value = json_object_get(vector, name);
	json_int_t number = json_integer_value(value);
	enum tspdm_trust_tier tier;

	if (value == NULL)
		return true;
	if (!json_is_integer(value) || number < INT8_MIN || number > INT8_MAX)
		return false;
	*out = (int8_t)number;
	tier = tspdm_trust_tier_of((int)number);
	if (tier > *worst)
		*worst = tier;
	return true;
}

static bool take_vector(const json_t *vector, struct tspdm_trust_vector *v, enum tspdm_trust_tier *worst)
{
	const struct {
		const char *name;
		int8_t *field;
	} rows[] = {
		{ "instance-identity", &v->instance_identity },
		{ "configuration", &v->configuration },
		{ "executables", &v->executables },
		{ "file-system", &v->file_system },
		{ "hardware", &v->hardware },
		{ "runtime-opaque", &v->runtime_opaque },
		{ "storage-opaque", &v->storage_opaque },
		{ "sourced-data", &v->sourced_data },
	};

	if (vector != NULL && !json_is_object(vector))
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!take_entry(vector, rows[i].name, rows[i].field, worst))
			return false;
	return true;
}

/* draft-ietf-rats-ear-03 "ear_status": not better than the worst of the vector. */
static bool take_part(struct reading *r, const char *name, const json_t *submodule)
{
	struct tspdm_result_part *part = &r->out->parts[r->out->part_count];
	enum tspdm_trust_tier worst = TSPDM_TRUST_NONE;
	size_t len = strlen(name);

	if (r->out->part_count == TSPDM_RESULT_PARTS_MAX || len >= sizeof part->name)
		return refuse(r, "result.status", TSPDM_ERR_EVIDENCE_FORM,
			"more submodules, or longer names, than are taken");
	memcpy(part->name, name, len + 1);
	if (!take_tier(claim(submodule, "ear_status"), &part->status) ||
		!take_vector(claim(submodule, "ear_trustworthiness_vector"), &part->vector, &worst))
		return refuse(r, "result.status", TSPDM_ERR_EVIDENCE_FORM,
			"a submodule without status, or with a vector that is none");
	if (worst > TSPDM_TRUST_AFFIRMING && badness(part->status) < (int)worst && part->status != TSPDM_TRUST_NONE)
		return refuse(
			r, "result.status", TSPDM_ERR_EVIDENCE_FORM, "a status that is better than what it comes from");
	r->out->part_count++;
	return true;
}

static bool is_device(const char *name)
{
	return strncmp(name, "device-", 7) == 0;
}

static bool check_policy(struct reading *r, const json_t *submods)
{
	const char *name;
	json_t *part;

	if (r->want->policy == NULL)
		return true;
	json_object_foreach((json_t *)submods, name,
		part) if (!is_device(name) && !has_text(claim(part, "ear_appraisal_policy_ids"), r->want->policy) &&
			  !has_text(claim(part, "ear_appraisal_policy_id"), r->want->policy)) return refuse(r,
		"result.policy", TSPDM_ERR_POLICY, "it was made by another policy");
	return pass(r, "result.policy", r->want->policy);
}

static bool check_status(struct reading *r)
{
	const json_t *submods = json_object_get(r->claims, "submods");
	const char *name;
	json_t *part;

	if (json_object_size(submods) == 0)
		return refuse(r, "result.status", TSPDM_ERR_EVIDENCE_FORM, "it says nothing about anybody");
	if (!check_policy(r, submods))
		return false;
	json_object_foreach((json_t *)submods, name, part) if (!take_part(r, name, part)) return false;
	return pass(r, "result.status", "each status fits its vector");
}

/* ---- The whole ---- */

static void copy_name(char *out, const char *from)
{
	size_t len = strnlen(from, TSPDM_RESULT_NAME_MAX - 1);

	for (size_t i = 0; i < len; i++)
		out[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	out[len] = '\0';
}

static enum tspdm_trust_tier worst_of(const struct tspdm_result *out)
{
	enum tspdm_trust_tier worst = TSPDM_TRUST_AFFIRMING;

	for (unsigned i = 0; i < out->part_count; i++)
		if (badness(out->parts[i].status) > badness(worst))
			worst = out->parts[i].status;
	return out->part_count != 0 ? worst : TSPDM_TRUST_NONE;
}

static void read_result(struct reading *r, struct tspdm_view jwt)
{
	const json_t *verifier;

	if (!check_form(r, jwt) || !check_signature(r) || !check_profile(r))
		return;
	verifier = claim(r->claims, "ear_verifier_id");
	copy_name(r->out->developer, text_of(verifier, "developer"));
	copy_name(r->out->build, text_of(verifier, "build"));
	/* each is told, whatever the others say */
	(void)check_time(r);
	(void)check_nonce(r);
	(void)check_holder(r);
	(void)check_status(r);
}

enum tspdm_status tspdm_result_verify(
	struct tspdm_view jwt, const struct tspdm_result_demand *demand, struct tspdm_result *out)
{
	struct tspdm_result_demand want;
	struct reading r = { .want = &want, .out = out };

	memset(out, 0, sizeof *out);
	out->status =
		tspdm_take_config(&want, sizeof want, demand, demand->size, sizeof want); /* all fields are of 0.1 */
	if (out->status == TSPDM_OK && want.time <= 0)
		out->status = TSPDM_ERR_ARGUMENT;
	if (out->status != TSPDM_OK)
		return out->status;
	read_result(&r, jwt);
	out->status = tspdm_checks_status(&out->checks);
	if (out->status == TSPDM_OK)
		out->tier = worst_of(out);
	else
		out->part_count = 0;
	json_decref(r.header);
	json_decref(r.claims);
	tspdm_jose_free(&r.token);
	return out->status;
}
