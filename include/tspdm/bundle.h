/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Bundles: all that an appraisal was made from, in one file (CBOR; docs/bundle.md), for anyone to appraise it again,
 * offline, without trust in who recorded it. Messages are recorded as they were on the wire, and everything is recomputed
 * from them: transcripts, signatures, the session's TH2, what evidence has to be bound to. Trust anchors, policy and time
 * are the appraiser's own.
 *
 *	struct tspdm_bundle *bundle = malloc(sizeof *bundle);
 *	struct tspdm_bundle_input how = { .size = sizeof how, .bundle = bundle, .verify = &verify };
 *	char why[128];
 *	if (tspdm_bundle_read(crypto, file, bundle, why, sizeof why) != TSPDM_OK)
 *		fprintf(stderr, "%s\n", why);	// "damaged: its digest is not that of its content"
 *	status = tspdm_bundle_subject_new(crypto, &how, &subject);
 *	tspdm_appraise(policy, tspdm_bundle_subject(subject), verdict);
 *	tspdm_bundle_subject_free(subject);
 *
 * What no record can prove is that its nonces were fresh, and when it was made: that is the recorder's word. Nor does it hold
 * secrets: of a session by pre-shared key there is nothing that would tell who the peer was.
 */
#ifndef TSPDM_BUNDLE_H
#define TSPDM_BUNDLE_H

#include <tspdm/appraisal.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_BUNDLE_MAX = 8 << 20, /**< bytes of a bundle */
	TSPDM_BUNDLE_MESSAGES_MAX = 8192,
	TSPDM_BUNDLE_MESSAGE_MAX = 1 << 20,
	TSPDM_BUNDLE_CERTIFICATES_MAX = 256,
	TSPDM_BUNDLE_TEXT_MAX = 255,
};

/** One SPDM message of the record, in plaintext: what struct tspdm_observer_hook is shown. */
struct tspdm_bundle_message {
	bool is_request;
	uint32_t session; /**< in which it was sent; 0: in the clear */
	struct tspdm_view bytes;
};

/** What a bundle says. Views of its bytes. Large: put it on the heap. For writing begin with zeroes and set `size`: what is
 * empty is left out. There are messages, or evidence, or devices. */
struct tspdm_bundle {
	size_t size;
	int64_t time;                /**< of the appraisal that was recorded, seconds since 1970 */
	uint32_t age_s;              /**< seconds that the evidence was old by then, at most */
	uint32_t session;            /**< in which evidence was shown; 0: in none */
	struct tspdm_view endpoint;  /**< whose it is: printable ASCII */
	struct tspdm_view verifier;  /**< the recorder's name and version: printable ASCII */
	struct tspdm_view policy;    /**< which one it was judged by: tspdm_policy_id() of <tspdm/result.h>; printable ASCII */
	struct tspdm_view messages;  /**< the record: tspdm_bundle_next_message() */
	struct tspdm_view exporter;  /**< of the session: tspdm_requester_evidence_exporter() */
	struct tspdm_view channel;   /**< exporter of the TLS connection around it; empty: there was none */
	struct tspdm_view requester_key; /**< DER SubjectPublicKeyInfo of the recorder's own key, where it was provisioned to
	                                  the peer and no message has it */
	struct tspdm_view requester_certificates; /**< DER of the recorder's own chain, beginning with the root, where the peer
	                                  has authenticated it; messages that bring it count before */
	struct tspdm_view evidence;  /**< bare evidence, that came over no connection */
	uint32_t message_count;
	uint32_t certificate_count;
	struct tspdm_view certificates[TSPDM_BUNDLE_CERTIFICATES_MAX]; /**< of SEV-SNP, and CRLs: struct tspdm_verify_input */
	struct tspdm_dcap_collateral collateral;
	struct tspdm_view event_log;
	uint32_t device_count;
	uint32_t reserved;
	struct tspdm_device_record devices[TSPDM_DEVICES_MAX];
};

/** Appends a message to a record: to what struct tspdm_bundle.messages is a view of.
 * @retval TSPDM_ERR_BUFFER  out->len tells the size needed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bundle_write_message(
	struct tspdm_buffer *out, const struct tspdm_bundle_message *message);
/** Takes the first message off a record.
 * @retval TSPDM_ERR_TRUNCATED  there is none left
 * @retval TSPDM_ERR_FIELD      it is malformed, which it is not in a bundle that was read */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bundle_next_message(
	struct tspdm_view *messages, struct tspdm_bundle_message *out);

/** Writes a bundle: always the same bytes for the same content.
 * @retval TSPDM_ERR_ARGUMENT  a field is longer than the reader takes, or has characters that it does not take
 * @retval TSPDM_ERR_BUFFER    out->len tells the size needed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bundle_write(
	struct tspdm_crypto *crypto, const struct tspdm_bundle *bundle, struct tspdm_buffer *out);

/** Whether bytes claim to be a bundle: they begin as one. */
TSPDM_API bool tspdm_bundle_is(struct tspdm_view bytes);

/** Reads a bundle, and refuses what tspdm_bundle_write() would not have written: unknown, double or unordered keys, longer
 * forms of numbers, bytes behind the end.
 * @param bytes  must outlive `out`
 * @param why    filled on failure, for a person
 * @retval TSPDM_ERR_EVIDENCE_FORM  it is no bundle
 * @retval TSPDM_ERR_DIGEST         its content is not what was written: damaged */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bundle_read(struct tspdm_crypto *crypto, struct tspdm_view bytes,
	struct tspdm_bundle *out, char *why, size_t why_len);

/** How to appraise a bundle. Begins with its size; zero means the default. */
struct tspdm_bundle_input {
	size_t size;
	const struct tspdm_bundle *bundle;
	const struct tspdm_verify_input *verify; /**< what evidence is verified by: policy, roots, time. `evidence` is not used.
	                                          Certificates count beside the bundle's, collateral and event log
	                                          instead of its */
	struct tspdm_view anchors;  /**< DER of trust anchors of SPDM certificate chains and of devices */
	struct tspdm_view peer_key; /**< DER SubjectPublicKeyInfo of a peer that has no certificates; empty: none is trusted */
	uint32_t strict;            /**< enum tspdm_strict, for devices */
	bool evidence_wanted;       /**< missing evidence is a failure */
	uint8_t reserved[3];        /**< 0 */
};

/** A subject with all that it points to. */
struct tspdm_bundle_subject;

/** Recomputes everything, and puts together what there is to be appraised. What is wrong with the record becomes a failed
 * check "bundle.record" of the subject, which is then never accepted.
 * @param out  set unless there is no memory; views of the bundle and of the input's memory
 * @retval TSPDM_ERR_ARGUMENT     the time is missing, or `size` is too small
 * @retval TSPDM_ERR_UNSUPPORTED  a field that is unknown here is not zero
 * @retval TSPDM_ERR_MEMORY */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_bundle_subject_new(
	struct tspdm_crypto *crypto, const struct tspdm_bundle_input *input, struct tspdm_bundle_subject **out);
/** @returns what to give to tspdm_appraise(); lives until tspdm_bundle_subject_free() */
TSPDM_API const struct tspdm_subject *tspdm_bundle_subject(const struct tspdm_bundle_subject *subject);
/** NULL is allowed. */
TSPDM_API void tspdm_bundle_subject_free(struct tspdm_bundle_subject *subject);

#ifdef __cplusplus
}
#endif
#endif
