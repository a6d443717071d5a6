/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A verdict as EAR (draft-ietf-rats-ear-03), signed as JWT: RFC 7515 "JWS Compact Serialization", RFC 7518 "ECDSA",
 * RFC 7800 for the peer's key. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <tspdm/result.h>

#include "base/config.h"
#include "jose.h"

enum { NONCE_MIN = 8, NONCE_MAX = 64 }; /* RFC 9711 "eat_nonce Claim" */

/* ---- Parts ---- */

static json_t *base64url(struct tspdm_view bytes)
{
	char *text = tspdm_jose_base64url(bytes);
	json_t *string = text != NULL ? json_string(text) : NULL;

	free(text);
	return string;
}

/* Sets a member; takes the value over. False: there is no memory, or the value is NULL. */
static bool set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0;
}

static json_t *vector_json(const struct tspdm_trust_vector *v)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "instance-identity", v->instance_identity,
		"configuration", v->configuration, "executables", v->executables, "file-system", v->file_system,
		"hardware", v->hardware, "runtime-opaque", v->runtime_opaque, "storage-opaque", v->storage_opaque,
		"sourced-data", v->sourced_data);
}

/* RFC 6920 "Naming Things with Hashes": the policy is named by what it says. */
enum tspdm_status tspdm_policy_id(struct tspdm_view text, char *out)
{
	uint8_t digest[32];
	char *name;

	if (text.len == 0) {
		snprintf(out, TSPDM_POLICY_ID_MAX, "tspdm:policy:genuine");
		return TSPDM_OK;
	}
	if (!tspdm_jose_sha256(text, digest))
		return TSPDM_ERR_CRYPTO;
	name = tspdm_jose_base64url((struct tspdm_view){ digest, sizeof digest });
	if (name == NULL)
		return TSPDM_ERR_MEMORY;
	snprintf(out, TSPDM_POLICY_ID_MAX, "ni:///sha-256;%s", name);
	free(name);
	return TSPDM_OK;
}

static json_t *policy_ids(const struct tspdm_result_config *config)
{
	char id[TSPDM_POLICY_ID_MAX];

	if (config->policy == NULL)
		return json_array();
	return tspdm_policy_id(config->policy_text, id) == TSPDM_OK ? json_pack("[s]", id) : NULL;
}

/* Details come from the peer in part; a JSON text has to be UTF-8. */
static json_t *reason_json(const struct tspdm_verdict *verdict)
{
	char copy[TSPDM_DETAIL_MAX];
	size_t len = strnlen(verdict->reason, sizeof copy - 1);

	for (size_t i = 0; i < len; i++)
		copy[i] = (char)((verdict->reason[i] & 0x80) != 0 ? '?' : verdict->reason[i]);
	return json_stringn(copy, len);
}

static json_t *appraisal_json(const struct tspdm_subject *subject, const struct tspdm_verdict *verdict,
	const struct tspdm_result_config *config)
{
	struct tspdm_trust_vector vector;

	tspdm_result_vector(config->policy, subject, verdict, &vector);
	return json_pack("{s:s, s:o, s:o, s:{s:s, s:i, s:o}}", "ear_status",
		tspdm_trust_tier_name(tspdm_result_status(verdict, &vector)), "ear_trustworthiness_vector",
		vector_json(&vector), "ear_appraisal_policy_ids", policy_ids(config), "tspdm_verdict", "verdict",
		tspdm_verdict_name(verdict->kind), "status", tspdm_exit_status(verdict->status), "reason",
		reason_json(verdict));
}

/* A submodule for each device that is attached: "device-1" and so on. */
static bool add_devices(json_t *submods, const struct tspdm_subject *subject, const struct tspdm_verdict *verdict,
	const struct tspdm_result_config *config)
{
	struct tspdm_trust_vector vector;
	char name[TSPDM_RESULT_NAME_MAX];

	for (unsigned i = 0; i < subject->device_count; i++) {
		enum tspdm_trust_tier status = tspdm_result_device(subject, verdict, i, &vector);

		snprintf(name, sizeof name, "device-%u", i + 1);
		if (!set(submods, name,
			    json_pack("{s:s, s:o, s:o}", "ear_status", tspdm_trust_tier_name(status),
				    "ear_trustworthiness_vector", vector_json(&vector), "ear_appraisal_policy_ids",
				    policy_ids(config))))
			return false;
	}
	return true;
}

/* What the submodule is called: its TEE, or the plain device that shows none. */
static const char *submodule_name(const struct tspdm_subject *subject)
{
	const struct tspdm_finding *finding = tspdm_found_base(&subject->evidence);

	if (finding == NULL)
		finding = tspdm_found_base(&subject->certificate_evidence);
	return finding != NULL && finding->tee != TSPDM_TEE_NONE ? tspdm_tee_name(finding->tee) : "spdm";
}

/* A key that the peer did not prove is not confirmed. */
static bool has_proved_key(const struct tspdm_subject *subject)
{
	const struct tspdm_identity *identity = subject->identity;

	return identity != NULL && identity->leaf.len != 0 &&
	       (identity->is_authenticated || (subject->measured != NULL && subject->measured->is_verified));
}

/* RFC 7800 "Representation of an Asymmetric Proof-of-Possession Key"; RFC 8705 "x5t#S256" where there is no JWK. */
static json_t *confirmation(const struct tspdm_identity *identity)
{
	json_t *jwk = tspdm_jose_jwk(identity->spki);
	uint8_t digest[32];

	if (jwk != NULL)
		return json_pack("{s:o}", "jwk", jwk);
	if (!tspdm_jose_sha256(identity->leaf, digest))
		return NULL;
	return json_pack("{s:o}", "x5t#S256", base64url((struct tspdm_view){ digest, sizeof digest }));
}

static struct tspdm_view nonce_of(const struct tspdm_subject *subject, const struct tspdm_result_config *config)
{
	if (config->nonce.len != 0)
		return config->nonce;
	if (subject->measured != NULL && subject->measured->is_verified)
		return (struct tspdm_view){ subject->measured->nonce, TSPDM_NONCE_LEN };
	return (struct tspdm_view){ NULL, 0 };
}

static json_t *claims_json(const struct tspdm_subject *subject, const struct tspdm_verdict *verdict,
	const struct tspdm_result_config *config)
{
	int64_t time = config->time != 0 ? config->time : subject->time;
	struct tspdm_view nonce = nonce_of(subject, config);
	json_t *claims = json_pack("{s:s, s:I, s:{s:s, s:s}, s:{s:o}}", "eat_profile", TSPDM_EAR_PROFILE, "iat",
		(json_int_t)time, "ear_verifier_id", "developer",
		config->developer != NULL ? config->developer : "tspdm", "build",
		config->build != NULL ? config->build : "libtspdm", "submods", submodule_name(subject),
		appraisal_json(subject, verdict, config));
	bool ok = claims != NULL;

	if (config->lifetime_s != 0)
		ok = ok && set(claims, "exp", json_integer((json_int_t)time + (json_int_t)config->lifetime_s));
	if (nonce.len != 0)
		ok = ok && set(claims, "eat_nonce", base64url(nonce));
	if (has_proved_key(subject))
		ok = ok && set(claims, "cnf", confirmation(subject->identity));
	ok = ok && add_devices(json_object_get(claims, "submods"), subject, verdict, config);
	if (ok)
		return claims;
	json_decref(claims);
	return NULL;
}

/* ---- The whole ---- */

static enum tspdm_status take(struct tspdm_result_config *to, const struct tspdm_result_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	if (to->reserved != 0)
		return TSPDM_ERR_UNSUPPORTED;
	if (to->nonce.len != 0 && (to->nonce.len < NONCE_MIN || to->nonce.len > NONCE_MAX))
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

enum tspdm_status tspdm_result_ear(const struct tspdm_subject *subject, const struct tspdm_verdict *verdict,
	const struct tspdm_result_config *config, char **jwt)
{
	struct tspdm_result_config complete;
	enum tspdm_status status = TSPDM_ERR_MEMORY;
	json_t *claims;
	EVP_PKEY *key;

	if (subject == NULL || verdict == NULL || config == NULL || jwt == NULL)
		return TSPDM_ERR_ARGUMENT;
	*jwt = NULL;
	TSPDM_TRY(take(&complete, config));
	key = tspdm_jose_private_key(complete.key);
	if (key == NULL)
		return TSPDM_ERR_KEY;
	claims = claims_json(subject, verdict, &complete);
	if (claims != NULL)
		status = tspdm_jose_sign(key, "eat+jwt", claims, jwt);
	json_decref(claims);
	EVP_PKEY_free(key);
	return status;
}
