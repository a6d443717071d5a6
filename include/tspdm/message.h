/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The messages of DSP0274: each has a struct of values and views, a reader and a writer. These are the codecs that both
 * roles, the observer, the fuzzers and the tests use. They judge form only: whether a value is allowed where it stands is
 * the business of whoever asked for the message.
 *
 *	struct tspdm_digests digests;
 *	size_t used;
 *	if (tspdm_read_digests(message, &shape, &digests, &used) == TSPDM_OK && digests.digest[0].len != 0)
 *		puts("slot 0 has a chain");
 *
 * All readers: `message` is a whole SPDM message, header included; views in `*out` point into it and live as long as it.
 * `*used` is the size computed from the fields; a transport's padding may follow (DSP0274 "Generic SPDM message format"),
 * and is never part of a transcript, so `used` is what transcripts take. After a failure `*out` is not to be used.
 * They return
 *  - TSPDM_OK
 *  - TSPDM_ERR_CODE       the message has another code
 *  - TSPDM_ERR_TRUNCATED  it ends inside a field
 *  - TSPDM_ERR_LENGTH     a count or length in it contradicts another, or exceeds what the standard allows
 *  - TSPDM_ERR_FIELD      a field that must have one value (FixedAlgCount) has another
 *  - TSPDM_ERR_TRAILING   bytes follow its last field, and shape.is_exact; messages that no session carries do not ask
 *
 * All writers append to `out`, which counts on past its end: they return TSPDM_OK or TSPDM_ERR_BUFFER (then out->len is
 * the size needed), and TSPDM_ERR_ARGUMENT for values that no message can carry. SPDMVersion is written from the shape,
 * except GET_VERSION and VERSION, which always carry 1.0. Reserved fields are written as zero and not judged on reading.
 */
#ifndef TSPDM_MESSAGE_H
#define TSPDM_MESSAGE_H

#include <tspdm/spdm.h>
#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the bytes of a message do not tell: the connection's version and sizes, and what the request asked for. */
struct tspdm_shape {
	uint8_t version;              /**< enum tspdm_version */
	uint8_t hash_len;             /**< H, bytes */
	uint8_t measurement_hash_len; /**< MH, bytes */
	uint8_t summary_hash_len;     /**< MSHLength: H if a summary was asked for and MEAS_CAP is set, else 0 */
	uint16_t signature_len;       /**< SigLen of whoever signs this message */
	bool is_signed;               /**< MEASUREMENTS: the request asked for a signature */
	bool multi_key;               /**< DIGESTS, 1.3 and later: MULTI_KEY_CONN of the answering side */
	bool has_verify_data;         /**< KEY_EXCHANGE_RSP, FINISH_RSP: ResponderVerifyData is in it (<tspdm/session_messages.h>) */
	bool is_exact;                /**< the message came in a session, which tells its size: TSPDM_ERR_TRAILING for bytes
	                                   behind the last field; false: they are a transport's padding */
	uint16_t exchange_data_len;   /**< D, ExchangeData of this message: of both directions with DHE; the encapsulation key
	                                   in the request and the ciphertext in the response with a KEM of 1.4 */
};

/** The four bytes that begin each message. */
struct tspdm_header {
	uint8_t version;
	uint8_t code;
	uint8_t param1;
	uint8_t param2;
};

/** Reads the first four bytes of any message. GET_VERSION, GET_DIGESTS, RESPOND_IF_READY have no more.
 * @retval TSPDM_ERR_TRUNCATED  fewer than four bytes */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_header(struct tspdm_view message, struct tspdm_header *out);

/** Writes four bytes. @see the head of this file for errors */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_header(
	struct tspdm_buffer *out, const struct tspdm_header *header);

/* ---- DSP0274 "GET_VERSION request", "VERSION response" ---- */

struct tspdm_version_response {
	uint8_t entry_count;
	struct tspdm_view entries; /**< entry_count × u16; tspdm_version_entry() */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_version(
	struct tspdm_view message, struct tspdm_version_response *out, size_t *used);

/** @param versions  a set of TSPDM_VERSION_BIT(), written in descending order */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_version(struct tspdm_buffer *out, uint32_t versions);

/** @returns the i-th VersionNumberEntry (major in bits 15:12, minor 11:8, update 7:4, alpha 3:0); 0 behind the last */
TSPDM_API uint16_t tspdm_version_entry(const struct tspdm_version_response *version, unsigned i);

/* ---- DSP0274 "GET_CAPABILITIES request", "CAPABILITIES response" ---- */

/** Both directions; what a version lacks is 0 on reading and ignored on writing. */
struct tspdm_capabilities {
	uint8_t param1;             /**< 1.3 and later: bit 0, Supported Algorithms */
	uint8_t ct_exponent;        /**< CT is 2^ct_exponent µs */
	uint16_t ext_flags;         /**< 1.4 */
	uint32_t flags;             /**< enum tspdm_capability */
	uint32_t data_transfer_size;/**< 1.2 and later */
	uint32_t max_message_size;  /**< 1.2 and later */
	struct tspdm_view supported_algorithms; /**< response, 1.3 and later, where param1 bit 0 is set */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_get_capabilities(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_capabilities *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_get_capabilities(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_capabilities *capabilities);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_capabilities(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_capabilities *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_capabilities(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_capabilities *capabilities);

/* ---- DSP0274 "NEGOTIATE_ALGORITHMS request", "ALGORITHMS response" ---- */

/** AlgType of the AlgStructure tables. */
enum tspdm_alg_type {
	TSPDM_ALG_DHE = 2,
	TSPDM_ALG_AEAD = 3,
	TSPDM_ALG_REQ_ASYM = 4,
	TSPDM_ALG_KEY_SCHEDULE = 5,
	TSPDM_ALG_REQ_PQC_ASYM = 6, /**< 1.4 */
	TSPDM_ALG_KEM = 7,          /**< 1.4 */
	TSPDM_ALG_TYPES = 8,
};

/** Both directions: in the request a set of offers, in the response at most one bit of each. */
struct tspdm_algorithm_tables {
	uint16_t present;                   /**< bit n: a table with AlgType n is in the message */
	uint16_t supported[TSPDM_ALG_TYPES];/**< AlgSupported, by AlgType */
	uint8_t external_count[TSPDM_ALG_TYPES]; /**< ExtAlgCount; DMTF defines no extended algorithm: 0 on writing */
};

struct tspdm_negotiate_algorithms {
	uint8_t measurement_specification; /**< bit 0: DMTF */
	uint8_t other_params;              /**< bits 3:0 opaque data formats; 1.3: bit 4 ResponderMultiKeyConn */
	uint32_t base_asym;                /**< enum tspdm_asym */
	uint32_t base_hash;                /**< enum tspdm_hash_algorithm */
	uint32_t pqc_asym;                 /**< 1.4 */
	uint8_t mel_specification;         /**< 1.3 */
	uint8_t ext_asym_count;            /**< 0 on writing */
	uint8_t ext_hash_count;            /**< 0 on writing */
	struct tspdm_algorithm_tables tables; /**< 1.1 and later */
};

struct tspdm_algorithms {
	uint8_t measurement_specification;
	uint8_t other_params;
	uint32_t measurement_hash; /**< MeasurementHashAlgo: the responder's choice, not offered */
	uint32_t base_asym;
	uint32_t base_hash;
	uint32_t pqc_asym;         /**< 1.4 */
	uint8_t mel_specification; /**< 1.3 */
	uint8_t ext_asym_count;    /**< 0 on writing */
	uint8_t ext_hash_count;    /**< 0 on writing */
	struct tspdm_algorithm_tables tables;
};

/** Checks Length, the counts, the order of the tables and FixedAlgCount too (DSP0274 "AlgStructure"). `*used` is Length. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_negotiate_algorithms(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_negotiate_algorithms *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_negotiate_algorithms(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_negotiate_algorithms *offer);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_algorithms(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_algorithms *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_algorithms(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_algorithms *selection);

/* ---- DSP0274 "DIGESTS response" ---- */

struct tspdm_digests {
	uint8_t supported_slots;   /**< 1.3 and later */
	uint8_t provisioned_slots; /**< bit n: slot n has a digest below */
	struct tspdm_view digest[TSPDM_SLOTS]; /**< empty where the slot is not provisioned; shape.hash_len bytes else */
	uint8_t key_pair_id[TSPDM_SLOTS];      /**< multi-key connections only, as the next two */
	uint8_t certificate_info[TSPDM_SLOTS];
	uint16_t key_usage[TSPDM_SLOTS];
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_digests(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_digests *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_digests(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_digests *digests);

/* ---- DSP0274 "GET_CERTIFICATE request", "CERTIFICATE response" ---- */

struct tspdm_get_certificate {
	uint8_t slot;
	bool is_large;       /**< 1.4: LargeCertChain; offset and length then have 32 bits on the wire */
	bool size_requested; /**< 1.3: SlotSizeRequested */
	uint32_t offset;
	uint32_t length;
};

struct tspdm_certificate {
	uint8_t slot;
	bool is_large;           /**< 1.4 */
	uint8_t certificate_info;/**< 1.3 */
	uint32_t remainder;      /**< bytes behind this portion */
	struct tspdm_view portion;
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_get_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_certificate *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_get_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_certificate *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_certificate *out, size_t *used);
/** `certificate->portion.ptr` may be NULL with a length: the room is then counted and left for the caller to fill. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_certificate *certificate);

/* ---- DSP0274 "CHALLENGE request", "CHALLENGE_AUTH response" ---- */

struct tspdm_challenge {
	uint8_t slot;         /**< 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	uint8_t summary_type; /**< enum tspdm_summary */
	struct tspdm_view nonce;             /**< TSPDM_NONCE_LEN */
	struct tspdm_view requester_context; /**< 1.3: TSPDM_CONTEXT_LEN; else empty */
};

struct tspdm_challenge_auth {
	uint8_t slot;           /**< bits 3:0 of Param1 */
	bool basic_mutual_auth; /**< bit 7 of Param1 */
	uint8_t slot_mask;
	struct tspdm_view chain_hash; /**< shape.hash_len */
	struct tspdm_view nonce;
	struct tspdm_view summary_hash; /**< shape.summary_hash_len */
	struct tspdm_view opaque;
	struct tspdm_view requester_context;
	struct tspdm_view signature; /**< shape.signature_len; an empty view on writing leaves it to the caller to append */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_challenge(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_challenge *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_challenge(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_challenge *challenge);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_challenge_auth(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_challenge_auth *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_challenge_auth(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_challenge_auth *auth);

/* ---- DSP0274 "GET_MEASUREMENTS request", "MEASUREMENTS response" ---- */

struct tspdm_get_measurements {
	bool is_signed;        /**< SignatureRequested; nonce and slot are in the message only then */
	bool is_raw;           /**< RawBitStreamRequested, 1.2 and later */
	bool is_new;           /**< NewMeasurementRequested, 1.3 and later */
	uint8_t operation;     /**< TSPDM_MEASUREMENT_COUNT, an index, or TSPDM_MEASUREMENT_ALL */
	uint8_t slot;          /**< 0..7, 0xF for the provisioned public key; 1.1 and later */
	struct tspdm_view nonce;
	struct tspdm_view requester_context; /**< 1.3 */
};

struct tspdm_measurements {
	uint8_t total;          /**< Param1: number of indices, where the request's operation was COUNT */
	uint8_t slot;
	uint8_t content_changed;/**< bits 5:4 of Param2, as 0..3; 1.2 and later */
	uint8_t block_count;
	struct tspdm_view record; /**< block_count blocks: tspdm_next_block() */
	struct tspdm_view nonce;
	struct tspdm_view opaque;
	struct tspdm_view requester_context; /**< 1.3 */
	struct tspdm_view signature;         /**< where shape.is_signed; an empty view on writing: as in CHALLENGE_AUTH */
};

/** One block of a measurement record; for the DMTF specification also what is inside. */
struct tspdm_measurement_block {
	uint8_t index;
	uint8_t specification;
	struct tspdm_view measurement; /**< the bytes behind MeasurementSize */
	struct tspdm_view whole;       /**< the block with its header, as it enters a summary hash */
	uint8_t type;                  /**< DMTF: DMTFSpecMeasurementValueType with bit 7 */
	struct tspdm_view value;       /**< DMTF: the value */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_get_measurements(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_measurements *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_get_measurements(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_measurements *request);
/** Judges the frame of the record only; its blocks are read by tspdm_next_block(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_measurements(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_measurements *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_measurements(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_measurements *measurements);

/** Takes the first block off a record.
 * @param record  in: what is left of the record; out: what is left behind the block
 * @retval TSPDM_ERR_TRUNCATED  the record ends inside the block, or is empty
 * @retval TSPDM_ERR_LENGTH     DMTF: the sizes inside and outside contradict each other */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_next_block(
	struct tspdm_view *record, struct tspdm_measurement_block *out);

/** Writes one block of the DMTF specification.
 * @param type   DMTFSpecMeasurementValueType with bit 7
 * @param value  at most 65532 bytes */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_block(
	struct tspdm_buffer *out, uint8_t index, uint8_t type, struct tspdm_view value);

/* ---- DSP0274 "VENDOR_DEFINED_REQUEST request", "VENDOR_DEFINED_RESPONSE response" ---- */

struct tspdm_vendor_defined {
	bool is_large;        /**< 1.4 */
	uint16_t standard_id; /**< StandardID, the registry of standards bodies */
	struct tspdm_view vendor_id;
	struct tspdm_view payload;
};

/** Reads either direction; the code tells which. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_vendor_defined(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_vendor_defined *out, size_t *used);
/** @param code  TSPDM_VENDOR_DEFINED_REQUEST or TSPDM_VENDOR_DEFINED_RESPONSE */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_vendor_defined(struct tspdm_buffer *out,
	const struct tspdm_shape *shape, uint8_t code, const struct tspdm_vendor_defined *message);

/* ---- DSP0274 "ERROR response" ---- */

struct tspdm_error_response {
	uint8_t code; /**< enum tspdm_error_code */
	uint8_t data; /**< Param2 */
	struct tspdm_view extended; /**< at most 32 bytes */
};

/** ExtendedErrorData of ResponseNotReady. */
struct tspdm_not_ready {
	uint8_t rdt_exponent; /**< RDT is 2^rdt_exponent µs; any value may come, it is never used as a shift unchecked */
	uint8_t request_code;
	uint8_t token;
	uint8_t rdtm;
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_error(
	struct tspdm_view message, struct tspdm_error_response *out, size_t *used);
/** @param version  of the connection; TSPDM_V10 before one is selected */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_error(
	struct tspdm_buffer *out, uint8_t version, const struct tspdm_error_response *error);
/** @retval TSPDM_ERR_CODE  the error is not ResponseNotReady */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_not_ready(
	const struct tspdm_error_response *error, struct tspdm_not_ready *out);

#ifdef __cplusplus
}
#endif
#endif
