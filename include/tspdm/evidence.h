/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TEE evidence: where it comes from, how it travels in a measurement block, and the one place that computes what its
 * report data must be. Verification is in <tspdm/sev_snp.h>, <tspdm/tdx.h> and <tspdm/sgx.h>, appraisal in <tspdm/appraisal.h>.
 *
 *	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
 *	struct tspdm_measurement_binding b = { .role = TSPDM_ROLE_RESPONDER, .version = TSPDM_V12, .slot = 0,
 *		.spki = spki, .nonce = nonce };
 *	status = tspdm_bind_measurement_evidence(crypto, &b, report_data);
 */
#ifndef TSPDM_EVIDENCE_H
#define TSPDM_EVIDENCE_H

#include <tspdm/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_REPORT_DATA_LEN = 64,  /**< bytes, on all three TEEs */
	TSPDM_CLAIMS_BUFFER_MAX = 192,
};

enum tspdm_tee {
	TSPDM_TEE_NONE = 0,
	TSPDM_TEE_SEV_SNP = 1,
	TSPDM_TEE_TDX = 2,
	TSPDM_TEE_SGX = 3,
	TSPDM_TEE_DEVICE = 4, /**< no TEE: a device that is attached to one, by its signed measurements */
};

/** @returns "sev-snp", "tdx", "sgx", "device" or "none" */
TSPDM_API const char *tspdm_tee_name(enum tspdm_tee tee);

/** Evidence as a TEE hands it out; views of the source's or the message's memory. */
struct tspdm_evidence {
	enum tspdm_tee tee;
	struct tspdm_view report;       /**< ATTESTATION_REPORT or quote */
	struct tspdm_view certificates; /**< SEV-SNP: the certificate table (auxblob); may be empty */
};

/** Writes the raw form in which evidence travels in a measurement block and in a certificate: the report, then the
 * certificate table. A reader that knows only the TEE's own format finds it at offset 0. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_evidence(
	struct tspdm_buffer *out, const struct tspdm_evidence *evidence);

/** Recognises the kind of evidence and splits it; also a bare report, a quote, a configfs-tsm outblob.
 * @retval TSPDM_ERR_EVIDENCE_FORM  none of the known kinds */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_evidence(struct tspdm_view raw, struct tspdm_evidence *out);

/* ---- Binding: what the report data must be ---- */

enum tspdm_role {
	TSPDM_ROLE_RESPONDER = 1,
	TSPDM_ROLE_REQUESTER = 2,
};

/** Everything that fresh measurement evidence commits to. */
struct tspdm_measurement_binding {
	enum tspdm_role role;    /**< of the attester */
	uint8_t version;         /**< SPDMVersion of the connection */
	uint8_t slot;            /**< SlotIDParam of the request */
	struct tspdm_view spki;  /**< DER SubjectPublicKeyInfo of the slot's leaf */
	struct tspdm_view nonce; /**< of GET_MEASUREMENTS, TSPDM_NONCE_LEN bytes */
};

/** Report data of evidence in a signed MEASUREMENTS outside a session:
 * SHA-512("tspdm measurement evidence v1" ‖ 0 ‖ role ‖ version ‖ len16 ‖ SHA-384(SPKI) ‖ len16 ‖ nonce ‖ len16 ‖ slot),
 * the lengths little-endian. docs/profile.md has the rule with its reasons.
 * @param report_data  TSPDM_REPORT_DATA_LEN bytes
 * @retval TSPDM_ERR_ARGUMENT  the nonce has another length, or the SPKI is empty */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bind_measurement_evidence(
	struct tspdm_crypto *crypto, const struct tspdm_measurement_binding *binding, uint8_t *report_data);

/** Everything that session evidence commits to. Attester and verifier fill it from their own state of the session, which
 * tspdm_responder_bind_evidence() and tspdm_requester_bind_evidence() do. */
struct tspdm_session_binding {
	enum tspdm_role role;      /**< of the attester */
	uint8_t version;           /**< SPDMVersion of the connection */
	uint32_t hash;             /**< BaseHashSel: enum tspdm_hash_algorithm */
	uint32_t session_id;       /**< ReqSessionID | RspSessionID << 16 */
	struct tspdm_view th2;     /**< of the hash's length */
	struct tspdm_view exporter;/**< TSPDM_EVIDENCE_EXPORTER_LEN bytes: tspdm_evidence_exporter() */
	struct tspdm_view own_spki;/**< DER SubjectPublicKeyInfo of the attester's identity key; empty with PSK */
	struct tspdm_view peer_spki; /**< of the verifier's; empty where he has not shown one */
	struct tspdm_view nonce;   /**< the verifier's, TSPDM_NONCE_LEN bytes */
	struct tspdm_view channel; /**< exporter of the TLS connection around it (RFC 9266); empty: there is none */
};

enum { TSPDM_EVIDENCE_EXPORTER_LEN = 32 };

/** Report data of evidence made in a session:
 * SHA-512("tspdm session evidence v1" ‖ 0 ‖ role ‖ version ‖ hash32 ‖ session32 ‖ len16 TH2 ‖ len16 exporter ‖
 * len16 SHA-384(own SPKI) ‖ len16 SHA-384(peer SPKI) ‖ len16 nonce [‖ len16 channel]); an empty SPKI stands as an empty
 * field, an empty channel not at all. docs/profile.md has the rule with its reasons.
 * @param report_data  TSPDM_REPORT_DATA_LEN bytes
 * @retval TSPDM_ERR_ARGUMENT  a field has a length that it cannot have */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bind_session_evidence(
	struct tspdm_crypto *crypto, const struct tspdm_session_binding *binding, uint8_t *report_data);

/** The exporter value of one role's evidence: HKDF-Expand(export master secret, "tspdm evidence exporter" ‖ 0 ‖ role, 32).
 * For who has taken the export master secret out of a session; the session's own functions do without.
 * @param secret    of the hash's length
 * @param exporter  TSPDM_EVIDENCE_EXPORTER_LEN bytes; the caller wipes it */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_evidence_exporter(struct tspdm_crypto *crypto, uint32_t hash,
	struct tspdm_view secret, enum tspdm_role role, uint8_t *exporter);

/** Report data of evidence in a certificate: SHA-256(claims-buffer), then 32 zero bytes (CCC interoperable RA-TLS).
 * @param claims  the claims-buffer exactly as in the certificate */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bind_certificate_evidence(
	struct tspdm_crypto *crypto, struct tspdm_view claims, uint8_t *report_data);

/* ---- Sources ---- */

struct tspdm_evidence_source;
struct tspdm_evidence_job; /**< one request for evidence, the source's own */

/** Contract of an evidence source (configfs-tsm, the software TEE, a test). Making evidence may take seconds: begin
 * returns at once, poll is asked again until it says something else than TSPDM_AGAIN. A source serialises its requests
 * itself and never hands out evidence made for other report data. */
struct tspdm_evidence_source_ops {
	size_t size;
	const char *name;
	enum tspdm_tee tee;

	/** Begins a request. @param report_data  TSPDM_REPORT_DATA_LEN bytes, copied
	 * @retval TSPDM_ERR_EVIDENCE_SOURCE  the TEE refused */
	enum tspdm_status (*begin)(
		struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out);
	/** @param out       views that live until end()
	 * @param retry_us  with TSPDM_AGAIN: an estimate of the time still needed, microseconds
	 * @retval TSPDM_AGAIN                not yet
	 * @retval TSPDM_ERR_EVIDENCE_SOURCE  it failed; end() is still to be called */
	enum tspdm_status (*poll)(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
		struct tspdm_evidence *out, uint32_t *retry_us);
	/** Ends the job, whether it was done or not. NULL is allowed. */
	void (*end)(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job);
};

/** The head of every source instance. */
struct tspdm_evidence_source {
	const struct tspdm_evidence_source_ops *ops;
};

#ifdef __cplusplus
}
#endif
#endif
