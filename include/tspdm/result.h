/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attestation results: a verdict for others to rely on, as a signed EAR (draft-ietf-rats-ear-03, a JWT) with the trust
 * vector of AR4SI (draft-ietf-rats-ar4si). Written for every verdict, good or bad.
 *
 *	struct tspdm_result_config config = { .size = sizeof config, .policy = policy, .policy_text = text };
 *	config.key = pem;	// a private key, P-256 (ES256) or P-384 (ES384)
 *	char *jwt;
 *	tspdm_appraise(policy, &subject, verdict);
 *	status = tspdm_result_ear(&subject, verdict, &config, &jwt);
 *	...
 *	free(jwt);
 *
 * Who relies on a result verifies it with the verifier's public key:
 *
 *	struct tspdm_result_demand demand = { .size = sizeof demand, .key = pub, .time = time(NULL), .nonce = nonce };
 *	if (tspdm_result_verify(jwt, &demand, result) == TSPDM_OK && result->tier == TSPDM_TRUST_AFFIRMING)
 *		...
 */
#ifndef TSPDM_RESULT_H
#define TSPDM_RESULT_H

#include <tspdm/appraisal.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSPDM_EAR_PROFILE "tag:ietf.org,2026:rats/ear#03"

/** Tiers of trust, from 0 (nothing is claimed) up to the worst. */
enum tspdm_trust_tier {
	TSPDM_TRUST_NONE = 0,
	TSPDM_TRUST_AFFIRMING = 2,
	TSPDM_TRUST_WARNING = 32,
	TSPDM_TRUST_CONTRAINDICATED = 96,
};
/** @returns "none", "affirming", "warning" or "contraindicated" */
TSPDM_API const char *tspdm_trust_tier_name(enum tspdm_trust_tier tier);
/** @returns the tier that a value of the vector is in: -1 to 1 none, 2 to 31 (and -32 to -2) affirming, 32 to 95 (and -96
 * to -33) warning, the rest contraindicated */
TSPDM_API enum tspdm_trust_tier tspdm_trust_tier_of(int value);

/** The trust vector. What each value means for us is in docs/policy.md, "The verdict as EAR". */
struct tspdm_trust_vector {
	int8_t instance_identity;
	int8_t configuration;
	int8_t executables;
	int8_t file_system;    /**< never claimed: 0 */
	int8_t hardware;
	int8_t runtime_opaque;
	int8_t storage_opaque; /**< never claimed: 0 */
	int8_t sourced_data;   /**< never claimed: 0 */
};

/** Makes the vector of a verdict.
 * @param policy  the one that the verdict was made by: tells what was compared, and what "any" was written for. NULL: none */
TSPDM_API void tspdm_result_vector(const struct tspdm_policy *policy, const struct tspdm_subject *subject,
	const struct tspdm_verdict *verdict, struct tspdm_trust_vector *out);
/** @returns the status that goes with them: the verdict's own tier (accept affirming, warn warning, reject contraindicated,
 * error none), or the worst of the vector if that is worse; affirming only for a verdict that accepts */
TSPDM_API enum tspdm_trust_tier tspdm_result_status(
	const struct tspdm_verdict *verdict, const struct tspdm_trust_vector *vector);

/** Makes the vector of a device that is attached to a subject: `hardware` and `instance-identity` by its report, `executables`
 * by what the policy says of it, the rest 0. @returns the status that goes with it */
TSPDM_API enum tspdm_trust_tier tspdm_result_device(const struct tspdm_subject *subject,
	const struct tspdm_verdict *verdict, unsigned device, struct tspdm_trust_vector *out);

struct tspdm_result_config {
	size_t size;
	const struct tspdm_policy *policy; /**< that the verdict was made by; NULL: none, and no policy is named */
	struct tspdm_view policy_text;     /**< its text, named by its digest (RFC 6920: "ni:///sha-256;..."); empty: the
	                                        built-in policy, named "tspdm:policy:genuine" */
	struct tspdm_view key;             /**< private key that signs, PEM or DER, not encrypted: P-256 or P-384 */
	const char *developer;             /**< of ear_verifier_id; NULL: "tspdm" */
	const char *build;                 /**< NULL: "libtspdm" */
	int64_t time;                      /**< `iat`, seconds since 1970; 0: the subject's */
	uint32_t lifetime_s;               /**< `exp` is so much later; 0: no `exp` */
	uint32_t reserved;
	struct tspdm_view nonce;           /**< `eat_nonce`, 8 to 64 bytes: of who relies on the result; empty: the nonce that
	                                        the peer's signed measurements answer, if there is one */
};

enum { TSPDM_POLICY_ID_MAX = 64 }; /**< with the zero byte */

/** Writes how a policy is named: by the digest of its text (RFC 6920: "ni:///sha-256;..."), the built-in one
 * "tspdm:policy:genuine".
 * @param text  empty: the built-in one
 * @param out   TSPDM_POLICY_ID_MAX bytes
 * @retval TSPDM_ERR_CRYPTO, TSPDM_ERR_MEMORY */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_policy_id(struct tspdm_view text, char *out);

/** Writes a verdict as a signed EAR: JWS compact, typ "eat+jwt", alg "ES256" or "ES384". The peer's key is confirmed in
 * `cnf` (RFC 7800) where it was proved: a JWK, or of a key that JWK does not know the certificate's digest. A result is about
 * a key, not about a session: who relies on it has to see that key used.
 * @param jwt  to be freed with free()
 * @retval TSPDM_ERR_ARGUMENT     a pointer is NULL, `size` is too small, or the nonce has another length
 * @retval TSPDM_ERR_UNSUPPORTED  a field that is unknown here is not zero
 * @retval TSPDM_ERR_KEY          the key cannot be read, or is of another kind
 * @retval TSPDM_ERR_CRYPTO, TSPDM_ERR_MEMORY */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_result_ear(const struct tspdm_subject *subject,
	const struct tspdm_verdict *verdict, const struct tspdm_result_config *config, char **jwt);

/* ---- Relying on a result ---- */

/** What a result has to be. Begins with its size; zero means the default. */
struct tspdm_result_demand {
	size_t size;
	struct tspdm_view key;         /**< public key of the verifier that is trusted, P-256 or P-384: SubjectPublicKeyInfo or a
	                                    certificate, PEM or DER. It alone tells the algorithm: what the result says of
	                                    itself has to agree */
	int64_t time;                  /**< seconds since 1970; must be given */
	uint32_t max_age_s;            /**< since `iat`; default: only `exp` ends it */
	uint32_t skew_s;               /**< how far clocks may differ; default 300, UINT32_MAX: not at all */
	struct tspdm_view nonce;       /**< has to be an `eat_nonce`; empty: not looked at */
	struct tspdm_view holder;      /**< SubjectPublicKeyInfo (DER) that was seen used: `cnf` has to confirm it; empty: not
	                                    looked at, and then the result is about somebody, whoever that is */
	struct tspdm_view certificate; /**< of the holder, DER: for `cnf` that names the certificate (x5t#S256) */
	const char *policy;            /**< has to be among the policies' names (tspdm_policy_id()) of each submodule that is
	                                    no device; NULL: any */
};

enum { TSPDM_RESULT_PARTS_MAX = 16, TSPDM_RESULT_NAME_MAX = 64 };

/** What one submodule of a result says. */
struct tspdm_result_part {
	char name[TSPDM_RESULT_NAME_MAX];
	enum tspdm_trust_tier status; /**< never better than the worst of the vector */
	struct tspdm_trust_vector vector;
};

/** What a result says. Large: put it on the heap. */
struct tspdm_result {
	enum tspdm_status status;   /**< TSPDM_OK only if it may be relied on, whatever it says */
	enum tspdm_trust_tier tier; /**< the worst of all submodules; TSPDM_TRUST_NONE unless `status` is TSPDM_OK */
	int64_t issued, expires;    /**< `iat`, `exp`; 0: there is none */
	char developer[TSPDM_RESULT_NAME_MAX], build[TSPDM_RESULT_NAME_MAX]; /**< ear_verifier_id */
	unsigned part_count;
	struct tspdm_result_part parts[TSPDM_RESULT_PARTS_MAX];
	struct tspdm_checks checks; /**< "result.form", "result.algorithm", "result.signature", "result.profile", "result.time",
	                                 "result.nonce", "result.holder", "result.policy", "result.status" */
};

/** Verifies a result and reads it: a JWT as tspdm_result_ear() writes it, or one of an older draft or by others that
 * spell the claims with dots ("ear.status"). Nothing of it is told before its signature is verified.
 * @param jwt  the text; white space around it does not count
 * @returns out->status: TSPDM_OK does not mean that the subject is trusted, which out->tier tells
 * @retval TSPDM_ERR_ARGUMENT        the time is missing, or `size` is too small
 * @retval TSPDM_ERR_KEY             the key cannot be read, or is of another kind
 * @retval TSPDM_ERR_SIGNATURE       another key made it, or it was changed; also where it names another algorithm, or none
 * @retval TSPDM_ERR_EVIDENCE_FORM   it is no result, or contradicts itself
 * @retval TSPDM_ERR_EVIDENCE_NONCE  it was made for another nonce
 * @retval TSPDM_ERR_EVIDENCE_KEY    it is about another key than the holder's
 * @retval TSPDM_ERR_COLLATERAL      it is out of date, or not valid yet
 * @retval TSPDM_ERR_POLICY          it was made by another policy */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_result_verify(
	struct tspdm_view jwt, const struct tspdm_result_demand *demand, struct tspdm_result *out);

/** @returns the exit status of the programs for a result that was verified: 0 where it may be relied on and is affirming or a
 * warning, 7 where it is neither, else that of its status */
TSPDM_API int tspdm_result_exit_status(const struct tspdm_result *result);

/** Renders what was found as one line of JSON, schema "tspdm.result/1", always complete.
 * @param subject  where it came from
 * @param json     to be freed with free() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_result_json(
	const char *subject, const struct tspdm_result *result, char **json);

#ifdef __cplusplus
}
#endif
#endif
