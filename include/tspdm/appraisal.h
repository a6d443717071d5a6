/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Appraisal: from findings to a verdict, by a policy that a person wrote. Verification says whether evidence is genuine;
 * appraisal says whether it is wanted. Nothing is trusted without a policy.
 *
 *	struct tspdm_policy *policy;
 *	char why[256];
 *	if (tspdm_policy_read(text, &policy, why, sizeof why) != TSPDM_OK)
 *		fprintf(stderr, "%s\n", why);	// "accept[0].min_tcb.Milan.snp: must be an integer of 0 to 255"
 *	tspdm_appraise(policy, &subject, verdict);
 */
#ifndef TSPDM_APPRAISAL_H
#define TSPDM_APPRAISAL_H

#include <tspdm/device_report.h>
#include <tspdm/findings.h>
#include <tspdm/requester.h>
#include <tspdm/responder.h>
#include <tspdm/sev_snp.h>
#include <tspdm/sgx.h>
#include <tspdm/tdx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_signature_cache; /* <tspdm/signature_cache.h> */

/* ---- Evidence in certificates (docs/profile.md; OID 2.23.133.5.4.9) ---- */

#define TSPDM_OID_TAGGED_EVIDENCE "2.23.133.5.4.9"

/** Makes the claims-buffer: a CBOR map with "pubkey-hash" = [7, SHA-384(SPKI)].
 * @param out  TSPDM_CLAIMS_BUFFER_MAX suffices */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_claims(
	struct tspdm_crypto *crypto, struct tspdm_view spki, struct tspdm_buffer *out);

/** Makes the extension's value: a tagged CBOR array of the raw evidence and the claims-buffer. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_tagged_evidence(
	struct tspdm_buffer *out, const struct tspdm_evidence *evidence, struct tspdm_view claims);

/** What a certificate says with such an extension. Views of the certificate. */
struct tspdm_tagged_evidence {
	struct tspdm_evidence evidence;
	struct tspdm_view claims;     /**< the bytes that the report data is the hash of; empty: a bare quote, whose report data
	                                   is SHA-256 of the SPKI itself */
	uint8_t hash_id;              /**< 1 SHA-256, 7 SHA-384, 8 SHA-512; 0: no pubkey-hash in it */
	struct tspdm_view key_hash;
};

/** Finds and reads evidence in a leaf certificate: the tagged array, also in a conceptual message wrapper (a CBOR record, or
 * "evidence" of a collection; in DICE's extension or in id-pe-cmw), or the bare quote of older RA-TLS.
 * @param room  the certificate's extension is copied here, views of `out` point into it
 * @retval TSPDM_ERR_EVIDENCE_MISSING  there is no such extension
 * @retval TSPDM_ERR_EVIDENCE_FORM     it is malformed, or stands twice */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_certificate_evidence(
	struct tspdm_view certificate, struct tspdm_buffer *room, struct tspdm_tagged_evidence *out);

/** Checks that certificate evidence is about this key: pubkey-hash is the SPKI's, and the report data the claims' hash.
 * @retval TSPDM_ERR_EVIDENCE_KEY  one of them is not */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_check_certificate_binding(struct tspdm_crypto *crypto,
	const struct tspdm_tagged_evidence *tagged, struct tspdm_view spki, const uint8_t *report_data);

/* ---- Policy ---- */

struct tspdm_policy;

/** Reads a policy (JSON; docs/policy.md).
 * @param why  filled on failure: the key, its place, and what it should be
 * @retval TSPDM_ERR_POLICY_FORM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_policy_read(
	struct tspdm_view json, struct tspdm_policy **out, char *why, size_t why_len);

/** The built-in policy "genuine": hardware roots, debug off, TCB up to date where collateral lets it be judged, no
 * reference values. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_policy_genuine(struct tspdm_policy **out);

/** NULL is allowed. */
TSPDM_API void tspdm_policy_free(struct tspdm_policy *policy);

/** Whether a policy's anchors name the software TEE; a verifier still needs to be told to allow it. */
TSPDM_API bool tspdm_policy_allows_standin(const struct tspdm_policy *policy);

/* ---- Evidence of any kind ---- */

/** Findings about a piece of evidence, whichever TEE it is of: at most one is not NULL. Zeroed: there is no evidence. */
struct tspdm_found {
	const struct tspdm_snp_finding *snp;
	const struct tspdm_tdx_finding *tdx;
	const struct tspdm_sgx_finding *sgx;
	const struct tspdm_device_finding *device; /**< <tspdm/device_report.h>: no TEE, appraised through the same door */
};

/** @returns what all findings have; NULL where there is no evidence */
TSPDM_API const struct tspdm_finding *tspdm_found_base(const struct tspdm_found *found);
/** @returns the report data, TSPDM_REPORT_DATA_LEN bytes; empty where no report could be read */
TSPDM_API struct tspdm_view tspdm_found_report_data(const struct tspdm_found *found);
/** Whether two pieces of evidence come from one guest, or enclave, on one machine.
 * @returns NULL if they do; else what differs, in words: "chips", "measurements", "TEEs" … */
TSPDM_API const char *tspdm_found_difference(const struct tspdm_found *a, const struct tspdm_found *b);

/** A finding with room for any kind. Large: put it on the heap; it must not be moved, `found` points into it. */
struct tspdm_any_finding {
	struct tspdm_found found;
	union {
		struct tspdm_snp_finding snp;
		struct tspdm_tdx_finding tdx;
		struct tspdm_sgx_finding sgx;
	} of;
};

/** What to verify evidence of any kind by. Begins with its size; zero means the default. */
struct tspdm_verify_input {
	size_t size;
	struct tspdm_view evidence;          /**< in the raw form, see tspdm_read_evidence(); must outlive the finding */
	const struct tspdm_policy *policy;   /**< what its entries allow or demand is passed on to verification, and judged
	                                          entry by entry in tspdm_appraise(). NULL: nothing is demanded of the TCB,
	                                          as nothing will be trusted */
	const struct tspdm_view *certificates; /**< SEV-SNP: as in struct tspdm_snp_input */
	size_t certificate_count;
	struct tspdm_view snp_roots;
	struct tspdm_dcap_collateral collateral; /**< TDX and SGX: as in struct tspdm_dcap_input */
	struct tspdm_view pck_chain;
	struct tspdm_view dcap_roots;
	bool no_builtin_roots;
	bool allow_standin;
	uint8_t reserved[6];
	int64_t time; /**< seconds since 1970; must be given */
	struct tspdm_view event_log; /**< TDX: the CCEL (<tspdm/ccel.h>), replayed against RTMR0 to RTMR2; empty: none is at
	                                  hand. RTMR3 belongs to the running system, whose log is another */
	struct tspdm_signature_cache *signatures; /**< TDX and SGX: as in struct tspdm_dcap_input */
};

/** Recognises evidence and verifies it. Evidence of no known kind is a finding as well, with a failed check "parse".
 * @returns the finding's status; see tspdm_snp_verify(), tspdm_tdx_verify() and tspdm_sgx_verify() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_verify_evidence(
	const struct tspdm_verify_input *input, struct tspdm_any_finding *out);

/** Writes the policy that would accept a subject, as JSON for a person to read and edit.
 * @retval TSPDM_ERR_EVIDENCE_*  none would: there is no evidence, or it is not genuine
 * @retval TSPDM_ERR_BUFFER      out->len tells the size needed */
struct tspdm_subject;
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_policy_suggest(
	const struct tspdm_subject *subject, struct tspdm_buffer *out);

/* ---- Verdict ---- */

/** A device that is attached to what is appraised, by its signed measurements. */
struct tspdm_subject_device {
	const char *name; /**< for people: where its report came from */
	const struct tspdm_device_finding *finding;
};

/** What is appraised. What is not there is NULL or empty, and then checked as missing. */
struct tspdm_subject {
	const char *name;                            /**< endpoint or file */
	const struct tspdm_negotiated *negotiated;   /**< NULL: bare evidence, there is no peer that it has to be about */
	const struct tspdm_identity *identity;
	const struct tspdm_measured *measured;       /**< ordinary measurements */
	struct tspdm_found evidence;                 /**< the fresh evidence, or the file's */
	struct tspdm_found certificate_evidence;     /**< the leaf's */
	struct tspdm_checks binding;                 /**< results of "binding.certificate" (the leaf's key is the quoted one),
	                                                  "binding.measurement" (fresh, for this nonce and key), and for bare
	                                                  evidence "binding.report_data" */
	bool evidence_wanted;                        /**< missing evidence is a failure */
	int64_t time;
	const struct tspdm_session_info *session;    /**< a session that was opened; NULL: none was */
	struct tspdm_found session_evidence;         /**< evidence that was shown in it; its result "binding.session" is in
	                                                  `binding` */
	bool is_preliminary;                         /**< a session is to follow: what the policy demands of that is not missing
	                                                  yet. Such a verdict says whether to open one, and no more */
	uint32_t evidence_age_s;                     /**< seconds since this end chose the nonce of the newest evidence */
	const struct tspdm_subject_device *devices;  /**< attached to it: each has to be genuine, and accepted by an entry for
	                                                  devices, or there is no acceptance at all */
	uint32_t device_count;                       /**< at most TSPDM_DEVICES_MAX */
	bool is_requester;                           /**< a requester that presented evidence in a session: this evidence is
	                                                  what is known of it, so a binding to the session is demanded whatever
	                                                  the policy says, and no other. `identity` may be NULL */
};

/** @returns the evidence that a verdict on a subject is about: the session's, else the fresh one, else the certificate's */
TSPDM_API const struct tspdm_found *tspdm_subject_evidence(const struct tspdm_subject *subject);

/** What binds the evidence in a leaf to the leaf's key. */
struct tspdm_leaf_check {
	struct tspdm_crypto *crypto;
	const struct tspdm_identity *identity;      /**< whose leaf it is */
	const struct tspdm_tagged_evidence *tagged; /**< what tspdm_read_certificate_evidence() found there */
	struct tspdm_found found;                   /**< findings about it */
};

/** Checks that the certificate's evidence is about the key of the certificate: adds "binding.certificate". Evidence whose form
 * was wrong gets no such check: it has a failed one already. */
TSPDM_API void tspdm_check_leaf_binding(const struct tspdm_leaf_check *what, struct tspdm_checks *checks);

/** What binds the evidence in a MEASUREMENTS response to the request, and what helps to tell why it does not. */
struct tspdm_fresh_check {
	const struct tspdm_identity *identity; /**< of who signed it */
	enum tspdm_status status;              /**< of tspdm_requester_bind_measured(), or tspdm_bind_measurement_evidence(): a
	                                            failed one is what the check says */
	uint8_t expected[TSPDM_REPORT_DATA_LEN]; /**< what that computed from this end's own state */
	bool is_in_session;                    /**< it was asked for in a session */
	struct tspdm_found found;              /**< findings about it */
	struct tspdm_found certificate;        /**< findings about the certificate's evidence; may be empty */
};

/** Checks that fresh evidence is about the key that signs, and answers this request: adds "binding.measurement". A mismatch is
 * told apart, into replayed and relayed, by "binding.certificate" among the checks so far, and by what the certificate's
 * evidence is about. Evidence whose form was wrong gets no such check. */
TSPDM_API void tspdm_check_fresh_binding(const struct tspdm_fresh_check *what, struct tspdm_checks *checks);

/** What binds evidence to a session, and what helps to tell why it does not. */
struct tspdm_session_check {
	struct tspdm_crypto *crypto;
	const struct tspdm_requester *requester; /**< in whose session it was shown, which is still open */
	struct tspdm_view channel;               /**< as of struct tspdm_get_evidence */
	struct tspdm_found found;                /**< findings about tspdm_requester_evidence() */
	struct tspdm_found other;                /**< about the certificate's or the measurement's evidence; may be empty */
};

/** Checks that evidence was made by the responder, in this session, for the nonce of tspdm_requester_get_evidence(): adds
 * "binding.session". Evidence whose form was wrong gets no such check: it has a failed one already. */
TSPDM_API void tspdm_check_session_binding(const struct tspdm_session_check *what, struct tspdm_checks *checks);

/** The same at the other end: evidence that a requester presented. */
struct tspdm_presented_check {
	const struct tspdm_responder *responder; /**< to whom it was presented */
	const struct tspdm_presented *presented;
	struct tspdm_view channel;               /**< config.channel of the responder */
	struct tspdm_found found;                /**< findings about presented->evidence */
};

/** Checks that evidence was made by the requester, in this session, for the responder's nonce: adds "binding.session". */
TSPDM_API void tspdm_check_presented_binding(const struct tspdm_presented_check *what, struct tspdm_checks *checks);

enum tspdm_verdict_kind {
	TSPDM_VERDICT_ERROR = 0, /**< zeroed memory is no acceptance */
	TSPDM_VERDICT_REJECT,
	TSPDM_VERDICT_WARN,      /**< accepted with something to be said */
	TSPDM_VERDICT_ACCEPT,
};
/** @returns "error", "reject", "warn" or "accept" */
TSPDM_API const char *tspdm_verdict_name(enum tspdm_verdict_kind kind);

/** The outcome. Large: put it on the heap. */
struct tspdm_verdict {
	enum tspdm_verdict_kind kind;
	enum tspdm_status status; /**< the first reason; TSPDM_OK only with ACCEPT and WARN */
	char reason[TSPDM_DETAIL_MAX];
	int entry;                /**< which accept entry matched; -1: none */
	struct tspdm_checks checks; /**< verification, binding and policy, in this order */
};

/** Appraises. @param policy  NULL: nothing is trusted; the checks are listed all the same */
TSPDM_API void tspdm_appraise(
	const struct tspdm_policy *policy, const struct tspdm_subject *subject, struct tspdm_verdict *out);

/** @returns the exit status of the programs for a status: 0, 1, 3, 4, 5, 6, 7 or 8 (man tspdm-verifier, EXIT STATUS); 2,
 * usage, only for TSPDM_ERR_POLICY_FORM and TSPDM_ERR_ENDPOINT */
TSPDM_API int tspdm_exit_status(enum tspdm_status status);

/** Renders a verdict as one line of JSON, schema "tspdm.verdict/1", always complete.
 * @param json  to be freed with free() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_verdict_json(
	const struct tspdm_subject *subject, const struct tspdm_verdict *verdict, char **json);

#ifdef __cplusplus
}
#endif
#endif
