/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The messages of DSP0274 that open, keep and end sessions, that carry others (encapsulated, in chunks), and that provision
 * certificates; and the general opaque data in which the sides of a session agree on a version of DSP0277. What the head of
 * <tspdm/message.h> says of readers, writers, `used` and statuses holds here.
 *
 *	struct tspdm_key_exchange m;
 *	struct tspdm_supported_versions offer;
 *	if (tspdm_read_key_exchange(message, &shape, &m, &used) == TSPDM_OK &&
 *		tspdm_read_supported_versions(m.opaque, &shape, &offer) == TSPDM_OK)
 *		printf("%u versions\n", offer.count);
 *
 * Signatures and verify data are made over the bytes before them. So a writer that is given an empty view for one of them
 * ends there, and leaves it and all that follows to the caller to append; what follows must then be empty too.
 *
 * Messages that carry another one without its length (encapsulated ones, CHUNK_SEND_ACK) reach to the end of `message`: in
 * the clear the view of the inner message may include a transport's padding. The inner message's reader tells.
 */
#ifndef TSPDM_SESSION_MESSAGES_H
#define TSPDM_SESSION_MESSAGES_H

#include <tspdm/message.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_RANDOM_LEN = 32,          /**< RandomData of KEY_EXCHANGE and KEY_EXCHANGE_RSP, bytes */
	TSPDM_PSK_CONTEXT_MIN = 32,     /**< RequesterContext of PSK_EXCHANGE, least bytes */
	TSPDM_SLOT_PARAM_PUBLIC_KEY = 0x0F, /**< SlotIDParam, where it has four bits: the provisioned public key */
	TSPDM_AEAD_LIMIT_NONE = 64,     /**< AeadLimitExponent: as if it were not there */
};

/** SessionPolicy. */
enum tspdm_session_policy {
	TSPDM_POLICY_TERMINATION = 1 << 0, /**< 1.2: an update that affects measurements ends the session only where the
	                                        responder's own policy says so */
	TSPDM_POLICY_ALL_EVENTS = 1 << 1,  /**< 1.3: subscribes to all events */
};

/** MutAuthRequested; at most one bit. */
enum tspdm_mutual_auth {
	TSPDM_MUTUAL_AUTH = 1 << 0,              /**< the requester signs FINISH, with SlotIDParam's key */
	TSPDM_MUTUAL_AUTH_ENCAPSULATED = 1 << 1, /**< after GET_ENCAPSULATED_REQUEST */
	TSPDM_MUTUAL_AUTH_IMPLICIT = 1 << 2,     /**< the first encapsulated request, GET_DIGESTS, is implied */
};

/* ---- DSP0274 "KEY_EXCHANGE request", "KEY_EXCHANGE_RSP response" ---- */

struct tspdm_key_exchange {
	uint8_t summary_type;    /**< enum tspdm_summary */
	uint8_t slot;            /**< 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	uint16_t session_id;     /**< ReqSessionID */
	uint8_t session_policy;  /**< enum tspdm_session_policy, those bits that the version has; 0 in 1.1 */
	struct tspdm_view random;        /**< TSPDM_RANDOM_LEN */
	struct tspdm_view exchange_data; /**< shape.exchange_data_len */
	struct tspdm_view opaque;
};

struct tspdm_key_exchange_rsp {
	uint8_t heartbeat_period; /**< seconds; 0: none */
	uint16_t session_id;      /**< RspSessionID */
	uint8_t mutual_auth;      /**< MutAuthRequested, bits 2:0: enum tspdm_mutual_auth */
	uint8_t slot;             /**< SlotIDParam, bits 3:0; means something with TSPDM_MUTUAL_AUTH only */
	struct tspdm_view random;        /**< TSPDM_RANDOM_LEN */
	struct tspdm_view exchange_data; /**< shape.exchange_data_len */
	struct tspdm_view summary_hash;  /**< shape.summary_hash_len */
	struct tspdm_view opaque;
	struct tspdm_view signature;   /**< shape.signature_len; on writing may be empty, see above */
	struct tspdm_view verify_data; /**< shape.hash_len where shape.has_verify_data; on writing may be empty, see above */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_key_exchange(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_exchange *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_key_exchange(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_exchange *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_key_exchange_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_exchange_rsp *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_key_exchange_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_exchange_rsp *response);

/* ---- DSP0274 "FINISH request", "FINISH_RSP response" ---- */

struct tspdm_finish {
	bool is_signed;                /**< SignatureIncluded */
	uint8_t slot;                  /**< 0..7, or TSPDM_SLOT_PUBLIC_KEY; 0 unless signed */
	struct tspdm_view opaque;      /**< 1.4; else empty */
	struct tspdm_view signature;   /**< shape.signature_len (the requester's) where signed; on writing as above */
	struct tspdm_view verify_data; /**< shape.hash_len; on writing may be empty, see above */
};

struct tspdm_finish_rsp {
	struct tspdm_view opaque;      /**< 1.4; else empty */
	struct tspdm_view verify_data; /**< shape.hash_len where shape.has_verify_data; on writing may be empty, see above */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_finish(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_finish *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_finish(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_finish *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_finish_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_finish_rsp *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_finish_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_finish_rsp *response);

/* ---- DSP0274 "PSK_EXCHANGE request", "PSK_EXCHANGE_RSP response", "PSK_FINISH request", "PSK_FINISH_RSP response" ---- */

struct tspdm_psk_exchange {
	uint8_t summary_type;   /**< enum tspdm_summary */
	uint8_t session_policy; /**< as in KEY_EXCHANGE */
	uint16_t session_id;    /**< ReqSessionID */
	struct tspdm_view hint; /**< PSKHint; may be empty */
	struct tspdm_view requester_context; /**< at least TSPDM_PSK_CONTEXT_MIN bytes, else TSPDM_ERR_LENGTH */
	struct tspdm_view opaque;
};

struct tspdm_psk_exchange_rsp {
	uint8_t heartbeat_period; /**< seconds; 0: none */
	uint16_t session_id;      /**< RspSessionID */
	struct tspdm_view summary_hash;      /**< shape.summary_hash_len */
	struct tspdm_view responder_context; /**< empty: PSK_FINISH does not follow */
	struct tspdm_view opaque;
	struct tspdm_view verify_data; /**< shape.hash_len, always in it; on writing may be empty, see above */
};

struct tspdm_psk_finish {
	struct tspdm_view opaque;      /**< 1.4; else empty */
	struct tspdm_view verify_data; /**< shape.hash_len; on writing may be empty, see above */
};

struct tspdm_psk_finish_rsp {
	struct tspdm_view opaque; /**< 1.4; else empty */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_psk_exchange(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_exchange *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_psk_exchange(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_exchange *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_psk_exchange_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_exchange_rsp *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_psk_exchange_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_exchange_rsp *response);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_psk_finish(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_finish *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_psk_finish(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_finish *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_psk_finish_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_finish_rsp *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_psk_finish_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_finish_rsp *response);

/* ---- DSP0274 "HEARTBEAT request", "KEY_UPDATE request", "END_SESSION request" and their responses ---- */

/** Param1 of KEY_UPDATE. */
enum tspdm_key_update_operation {
	TSPDM_UPDATE_KEY = 1,
	TSPDM_UPDATE_ALL_KEYS = 2,
	TSPDM_VERIFY_NEW_KEY = 3,
};

/** Both directions: the response copies the request. */
struct tspdm_key_update {
	uint8_t operation; /**< enum tspdm_key_update_operation; any value may come */
	uint8_t tag;
};

struct tspdm_end_session {
	bool clears_state; /**< the negotiated state that CACHE_CAP lets the responder keep is to be cleared */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_heartbeat(
	struct tspdm_view message, const struct tspdm_shape *shape, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_heartbeat(
	struct tspdm_buffer *out, const struct tspdm_shape *shape);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_heartbeat_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_heartbeat_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_key_update(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_update *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_key_update(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_update *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_key_update_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_update *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_key_update_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_update *response);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_end_session(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_end_session *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_end_session(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_end_session *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_end_session_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_end_session_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape);

/* ---- DSP0274 "GET_ENCAPSULATED_REQUEST request", "ENCAPSULATED_REQUEST response",
 *      "DELIVER_ENCAPSULATED_RESPONSE request", "ENCAPSULATED_RESPONSE_ACK response" ---- */

/** ENCAPSULATED_REQUEST and DELIVER_ENCAPSULATED_RESPONSE. */
struct tspdm_encapsulated {
	uint8_t request_id;        /**< in DELIVER_ENCAPSULATED_RESPONSE a copy; 0 for the implied GET_DIGESTS */
	struct tspdm_view message; /**< the inner message, at least its four bytes; see above for its end */
};

/** Param2 of ENCAPSULATED_RESPONSE_ACK; the layout follows from it, so that another value is TSPDM_ERR_FIELD. */
enum tspdm_ack_payload {
	TSPDM_ACK_ABSENT = 0,  /**< the flow is over */
	TSPDM_ACK_PRESENT = 1, /**< the next encapsulated request */
	TSPDM_ACK_SLOT = 2,    /**< the flow is over; FINISH is to use this slot */
};

struct tspdm_encapsulated_ack {
	uint8_t request_id;        /**< of the next request */
	uint8_t payload;           /**< enum tspdm_ack_payload */
	uint8_t ack_request_id;    /**< 1.2 and later: RequestID of what was delivered */
	uint8_t slot;              /**< TSPDM_ACK_SLOT */
	struct tspdm_view message; /**< TSPDM_ACK_PRESENT: the inner request, at least its four bytes; else empty */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_get_encapsulated_request(
	struct tspdm_view message, const struct tspdm_shape *shape, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_get_encapsulated_request(
	struct tspdm_buffer *out, const struct tspdm_shape *shape);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_encapsulated_request(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_encapsulated_request(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated *response);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_deliver_encapsulated(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_deliver_encapsulated(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_encapsulated_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated_ack *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_encapsulated_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated_ack *response);

/* ---- DSP0274 "CHUNK_SEND request", "CHUNK_SEND_ACK response", "CHUNK_GET request", "CHUNK_RESPONSE response" ---- */

/** CHUNK_SEND and CHUNK_RESPONSE. The reader refuses what no chunk can be: with TSPDM_ERR_FIELD a chunk 0 that is the last,
 * with TSPDM_ERR_LENGTH an empty chunk and a chunk 0 that is not smaller than the whole; the writer with
 * TSPDM_ERR_ARGUMENT. How chunks fit together is the receiver's business. */
struct tspdm_chunk {
	bool is_last;
	uint8_t handle;
	uint32_t sequence;       /**< ChunkSeqNo; 16 bits before 1.4 */
	uint32_t message_size;   /**< LargeMessageSize; in chunk 0 only, else 0 */
	struct tspdm_view bytes; /**< SPDMchunk */
};

struct tspdm_chunk_send_ack {
	bool is_early_error;        /**< EarlyErrorDetected: the response is an ERROR, TSPDM_ERR_TRUNCATED if it is not there */
	uint8_t handle;
	uint32_t sequence;          /**< as above */
	struct tspdm_view response; /**< ResponseToLargeRequest, at least four bytes, or empty (fewer bytes are padding); see
	                                 above for its end */
};

struct tspdm_chunk_get {
	uint8_t handle;
	uint32_t sequence; /**< as above */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_chunk_send(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_chunk_send(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_chunk_send_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk_send_ack *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_chunk_send_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk_send_ack *response);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_chunk_get(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk_get *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_chunk_get(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk_get *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_chunk_response(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_chunk_response(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk *response);

/* ---- DSP0274 "GET_CSR request", "CSR response", "SET_CERTIFICATE request", "SET_CERTIFICATE_RSP response" ---- */

struct tspdm_get_csr {
	uint8_t key_pair_id; /**< 1.3 and later, as the next three */
	uint8_t model;       /**< CSRCertModel, 0..7 */
	uint8_t tag;         /**< CSRTrackingTag, 0..7 */
	bool is_overwrite;
	struct tspdm_view requester_info; /**< DER CertificationRequestInfo; may be empty */
	struct tspdm_view opaque;
};

struct tspdm_csr {
	struct tspdm_view csr; /**< DER, PKCS #10; not empty, else TSPDM_ERR_LENGTH */
};

struct tspdm_set_certificate {
	uint8_t slot;        /**< bits 3:0 of Param1 */
	uint8_t model;       /**< 1.3 and later: SetCertModel, 0..7 */
	bool is_erase;       /**< 1.3 and later */
	uint8_t key_pair_id; /**< 1.3 and later */
	struct tspdm_view chain; /**< the certificate-chain structure, as long as its Length says; empty with Erase.
	                              TSPDM_ERR_LENGTH (on writing _ARGUMENT) where Length does not hold header and RootHash */
};

struct tspdm_set_certificate_rsp {
	uint8_t slot; /**< bits 3:0 of Param1 */
};

TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_get_csr(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_csr *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_get_csr(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_csr *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_csr(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_csr *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_csr(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_csr *response);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_set_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_set_certificate *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_set_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_set_certificate *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_set_certificate_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_set_certificate_rsp *out, size_t *used);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_set_certificate_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_set_certificate_rsp *response);

/* ---- DSP0277 "General opaque data format" (SPDM 1.1), DSP0274 "General opaque data format" (OpaqueDataFmt1, 1.2) ---- */

/** A container, judged as a whole. */
struct tspdm_opaque {
	uint8_t count;              /**< TotalElements */
	struct tspdm_view elements; /**< for tspdm_next_opaque_element(), `count` times */
};

struct tspdm_opaque_element {
	uint8_t id;                  /**< registry or standards body; 0: DMTF */
	struct tspdm_view vendor_id; /**< at most TSPDM_VENDOR_ID_MAX bytes; empty for the DMTF */
	struct tspdm_view data;
};

/** Reads a container, and every element in it, so that no later step over them fails. The container follows from the
 * version: 1.1 has DSP0277's, 1.2 and later have OpaqueDataFmt1 (it is the caller who knows whether that was negotiated).
 * @param opaque  OpaqueData of a message, whole
 * @retval TSPDM_ERR_TRUNCATED  it ends inside its header or an element, or has fewer elements than TotalElements
 * @retval TSPDM_ERR_TRAILING   it has more
 * @retval TSPDM_ERR_LENGTH     it is longer than TSPDM_OPAQUE_MAX, not a multiple of four, or gives the DMTF a VendorID
 * @retval TSPDM_ERR_FIELD      1.1: SpecID or OpaqueVersion is another
 * @retval TSPDM_ERR_ARGUMENT   SPDM 1.0, which has no container */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_opaque(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_opaque *out);

/** Takes the first element off.
 * @param elements  in: what is left of them; out: what is left behind the element and its padding
 * @retval TSPDM_ERR_TRUNCATED  they end inside the element or its padding, or there is none
 * @retval TSPDM_ERR_LENGTH     the DMTF has a VendorID */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_next_opaque_element(
	struct tspdm_view *elements, struct tspdm_opaque_element *out);

/** Writes a container's header; `count` elements are to follow.
 * @retval TSPDM_ERR_ARGUMENT  SPDM 1.0 */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_opaque_header(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, uint8_t count);

/** Writes one element and its padding. It is the caller who keeps the whole within TSPDM_OPAQUE_MAX. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_opaque_element(
	struct tspdm_buffer *out, const struct tspdm_opaque_element *element);

/* ---- DSP0277 "Secured message opaque element data format" ---- */

/** What a request for a session offers. Versions have the layout of VersionNumberEntry: 1.1 is 0x1100. */
struct tspdm_supported_versions {
	uint8_t count;            /**< at least 1 */
	struct tspdm_view list;   /**< count × u16; tspdm_supported_version() */
	uint8_t aead_limit;       /**< AeadLimitExponent, DSP0277 1.3; TSPDM_AEAD_LIMIT_NONE where there is none */
};

/** What the response selects. */
struct tspdm_selected_version {
	uint16_t version;
	uint8_t aead_limit; /**< as above */
};

/** Reads the offer out of the OpaqueData of KEY_EXCHANGE or PSK_EXCHANGE. Elements of others, and of the DMTF with an
 * unknown SMDataID, are skipped. Whether empty OpaqueData will do is the caller's business.
 * @retval  as tspdm_read_opaque(), and
 * @retval TSPDM_ERR_LENGTH  a DMTF element's size is not what its content demands, or the list is empty
 * @retval TSPDM_ERR_FIELD   no list or two of them, two limits or one beyond 64, or another SMDataVersion than 1 */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_supported_versions(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_supported_versions *out);

/** @returns the i-th version; 0 behind the last */
TSPDM_API uint16_t tspdm_supported_version(const struct tspdm_supported_versions *offer, unsigned i);

/** Writes a whole container with the list in it, and the limit where it is not TSPDM_AEAD_LIMIT_NONE.
 * @param versions    `count` of them, written as they stand
 * @param count       at least 1
 * @param aead_limit  at most TSPDM_AEAD_LIMIT_NONE */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_supported_versions(struct tspdm_buffer *out,
	const struct tspdm_shape *shape, const uint16_t *versions, uint8_t count, uint8_t aead_limit);

/** Reads the selection out of the OpaqueData of KEY_EXCHANGE_RSP or PSK_EXCHANGE_RSP. Errors as of
 * tspdm_read_supported_versions(). Whether it was offered is the caller's business. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_selected_version(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_selected_version *out);

/** Writes a whole container with the selection in it, and the limit where it is not TSPDM_AEAD_LIMIT_NONE. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_selected_version(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_selected_version *selection);

#ifdef __cplusplus
}
#endif
#endif
