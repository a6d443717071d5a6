/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The responder: a function from request to response. It does no I/O, reads no clock and allocates nothing; one object
 * serves one connection.
 *
 *	struct tspdm_responder_config config = { .size = sizeof config, .crypto = crypto, .device = &device.base,
 *		.binding = transport->binding, .max_message = 65000 };
 *	void *memory = malloc(tspdm_responder_size());
 *	status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);
 *	...
 *	status = tspdm_responder_handle(responder, tspdm_now_us(), TSPDM_KIND_PLAIN, request, &response);
 *	if (status == TSPDM_OK && response.len != 0)
 *		send(response);
 */
#ifndef TSPDM_RESPONDER_H
#define TSPDM_RESPONDER_H

#include <tspdm/crypto.h>
#include <tspdm/device.h>
#include <tspdm/evidence_messages.h>
#include <tspdm/observer.h>
#include <tspdm/psk.h>
#include <tspdm/record.h>
#include <tspdm/session_messages.h>
#include <tspdm/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Mutual authentication: DSP0274 "Session-based mutual authentication", "Basic mutual authentication" ---- */

/** Whether the requester of a session has to prove who it is. */
enum tspdm_mutual_policy {
	TSPDM_MUTUAL_NONE,    /**< it is not asked */
	TSPDM_MUTUAL_ASK,     /**< it is asked where both sides are able to; then FINISH has to prove it. Other requesters
	                           get sessions too: tspdm_served_session.is_mutual tells which is which */
	TSPDM_MUTUAL_REQUIRE, /**< there are no sessions for requesters that cannot be asked */
};

/** Who the requester is. Views of the responder's memory, of config.requester_chain, or of what was provisioned. */
struct tspdm_requester_identity {
	bool is_authenticated; /**< it proved that it has the key */
	bool is_anchored;      /**< its chain ends in a trust anchor; false also for a key that was provisioned as such */
	bool is_provisioned;   /**< the chain or key is the configuration's, not one that the requester showed */
	uint8_t slot;          /**< 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	uint32_t session;      /**< in whose handshake; 0: by basic mutual authentication */
	struct tspdm_view chain;        /**< the certificate-chain structure; empty where it was provisioned */
	struct tspdm_view certificates; /**< its DER certificates; empty where only a key was provisioned */
	struct tspdm_view leaf;         /**< DER of the leaf; likewise */
	struct tspdm_view spki;         /**< DER SubjectPublicKeyInfo */
	struct tspdm_view digest;       /**< of the chain structure or the key, by the connection's hash */
};

/** Decides on a requester that proved who it is, before it has anything from that. Anything but TSPDM_OK refuses it: a
 * session ends, basic mutual authentication fails. It must not call the responder. */
struct tspdm_requester_hook {
	enum tspdm_status (*decide)(void *context, const struct tspdm_requester_identity *identity);
	void *context;
};

/* ---- Evidence in sessions: docs/profile.md "Session evidence" ---- */

/** Evidence that a requester presented about itself. Views that live while the hook runs. */
struct tspdm_presented {
	uint32_t session;
	struct tspdm_evidence evidence;
	struct tspdm_view items; /**< all that came with it: tspdm_next_evidence_item() */
	uint8_t nonce[TSPDM_NONCE_LEN];             /**< the responder's own, for this evidence alone */
	uint8_t report_data[TSPDM_REPORT_DATA_LEN]; /**< what the evidence must have, from the responder's own state */
	uint64_t challenged_us;  /**< when the nonce was given, on the clock of tspdm_responder_handle() */
};

/** Takes what requesters present in sessions. Its functions may call those of the responder that take it const, no other. */
struct tspdm_presented_hook {
	/** Verifies evidence, whose report data must be `report_data`, and appraises it. TSPDM_OK accepts, and the session
	 * then is attested; anything else refuses it, and the session then is held back as by config.must_attest, also if it
	 * was attested before. NULL: requesters cannot present any. */
	enum tspdm_status (*judge)(void *context, const struct tspdm_presented *presented);
	/** Takes attestation results about the responder, items TSPDM_ITEM_RESULT_*. Anything but TSPDM_OK refuses them.
	 * NULL: they cannot be given. */
	enum tspdm_status (*result)(void *context, uint32_t session, struct tspdm_view items);
	void *context;
};

/** Begins with its size, so that it can grow; zero means the default. All that it points to is the caller's and outlives
 * the responder; memory to work in until tspdm_responder_move_rooms() takes it back. */
struct tspdm_responder_config {
	size_t size;
	struct tspdm_crypto *crypto;
	struct tspdm_device *device;
	const struct tspdm_binding *binding;
	uint32_t versions;     /**< set of TSPDM_VERSION_BIT(); default: 1.1 and 1.2, without 1.1 where the capabilities are
	                            illegal in it. 1.0 is there for who asks for it */
	uint32_t capabilities; /**< enum tspdm_capability; default: what the device's vtable can do. Checked for legality */
	uint32_t asym;         /**< what may be selected; default: what slot 0's key can sign with. TSPDM_ASYM_SM2,
	                            TSPDM_HASH_SM3 and, below, TSPDM_AEAD_SM4_GCM are never selected by default, only where
	                            they are named; a device whose keys are all for SM2 has to name it */
	uint32_t hash;         /**< default: what the backend supports, without SM3 */
	uint32_t measurement_hash; /**< one bit of MeasurementHashAlgo; default: of the selected base hash */
	uint32_t max_message;  /**< MaxSPDMmsgSize: the largest request taken, bytes; default 4096, and without chunks never
	                            more than what the binding carries */
	uint8_t ct_exponent;   /**< CTExponent; default 20, about one second */
	bool evidence_in_all;  /**< whether a signed GET_MEASUREMENTS for all blocks in raw form makes fresh evidence too; else
	                            only one for 0xFD by itself does, and among all 0xFD is the digest of what the device
	                            lists there, if anything. The count of blocks is of what "all" would show */
	uint8_t reserved[6];   /**< 0 */
	uint8_t *scratch;      /**< where what is not ready yet is kept; NULL: a device that says TSPDM_AGAIN gets Busy answered */
	size_t scratch_len;    /**< bytes; the largest response plus the largest request */
	struct tspdm_observer_hook observer; /**< sees each message; optional */

	/* Sessions: there are some where `capabilities` says KEY_EX, PSK or PSK_WITH_CONTEXT, which is not the default. It needs MAC (with ENCRYPT or
	 * without), `sessions`, `record`, and a binding that carries records. HBEAT, KEY_UPD and HANDSHAKE_IN_THE_CLEAR as wanted. */
	uint32_t dhe;            /**< what may be selected; default: what the backend supports */
	uint32_t aead;           /**< likewise, without SM4-GCM */
	uint8_t heartbeat_s;     /**< HeartbeatPeriod, seconds, where both sides have HBEAT; default 0: none */
	uint8_t reserved2[7];    /**< 0 */
	void *sessions;          /**< memory for sessions, aligned as by malloc; as many as fit there are at most at a time */
	size_t sessions_len;     /**< bytes: n * tspdm_session_size(); four suit most */
	uint8_t *record;         /**< where records are opened; max_message and 64 bytes more take every legal one */
	size_t record_len;       /**< bytes; a longer record ends its session */
	struct tspdm_application_hook application; /**< takes application data that is no SPDM message; optional: without
	                              it such a record ends its session */
	struct tspdm_psk_store *psk; /**< where `capabilities` says PSK or PSK_WITH_CONTEXT; such sessions need no certificates */
	uint32_t strict;         /**< enum tspdm_strict; default: no tolerance is taken away */
	uint8_t reserved3[4];    /**< 0 */

	/* Mutual authentication. MUT_AUTH and ENCAP are announced where it is configured, and MUT_AUTH only there; ENCAP may be
	 * announced without it, for tspdm_responder_ask_key_update(). */
	uint8_t mutual;         /**< enum tspdm_mutual_policy, of sessions; needs KEY_EX */
	uint8_t mutual_form;    /**< enum tspdm_mutual_auth, one bit. Default: TSPDM_MUTUAL_AUTH where `requester_certificates`
	                             are given, else TSPDM_MUTUAL_AUTH_ENCAPSULATED. A requester that has a provisioned key
	                             instead of certificates (PUB_KEY_ID) is always asked in the first form, for that key */
	uint8_t requester_slot; /**< which of the requester's slots is asked for, 0..7 */
	bool basic_mutual;      /**< CHALLENGE_AUTH asks for basic mutual authentication where both sides are able to; needs
	                             CHAL. Until it is over other requests in the clear get RequestInFlight. What it comes to
	                             is told by tspdm_responder_requester(); nothing else depends on it */
	bool allow_unanchored_requester; /**< DANGEROUS unless `requester_hook` decides on the key: as
	                             tspdm_requester_config.allow_unanchored_chain */
	uint8_t reserved4[3];   /**< 0 */
	uint32_t req_asym;      /**< what the requester may sign with; default: what the backend verifies, without SM2 */
	uint8_t reserved5[4];   /**< 0 */
	struct tspdm_view requester_anchors;      /**< concatenated DER of the trust anchors of requesters' chains */
	int64_t time;                             /**< seconds since 1970, for the validity of requesters' certificates; 0:
	                                               dates are not judged */
	struct tspdm_view requester_certificates; /**< the chain in `requester_slot`, known beforehand: concatenated DER, root
	                                               side first. Needed for TSPDM_MUTUAL_AUTH */
	struct tspdm_view requester_root;         /**< DER of its root, where it is not the first of them; else empty */
	struct tspdm_view requester_key;          /**< DER SubjectPublicKeyInfo: the requester's provisioned public key */
	uint8_t *requester_chain;                 /**< where chains that requesters show are put together; needed unless all
	                                               is provisioned. 65535 bytes take every legal one */
	size_t requester_chain_len;               /**< bytes; a longer chain is refused */
	struct tspdm_requester_hook requester_hook; /**< optional: without it who is anchored or provisioned is accepted */

	/* Chunks (DSP0274 "Large SPDM message transfer mechanism"): where `large` is there, and both sides have CHUNK, requests
	 * up to max_message come in chunks, and responses go in chunks. Without it, data_transfer_size is max_message, and
	 * the binding limits both. */
	uint32_t data_transfer_size; /**< DataTransferSize, the largest request that comes in one piece; default max_message,
	                                  and never more than what the binding carries */
	uint8_t reserved6[4];        /**< 0 */
	uint8_t *large;              /**< room for the large message under way in each direction; needed for CHUNK, which the
	                                  default of `capabilities` then has */
	size_t large_len;            /**< bytes: max_message for a request, and behind it what the largest response takes */

	/* Provisioning: GET_CSR and SET_CERTIFICATE are answered where `capabilities` says CSR and SET_CERT, which is not the
	 * default. With ALIAS_CERT chains end in the Device Certificate CA, else in the leaf. CERT_INSTALL_RESET allows the
	 * device to say TSPDM_ERR_RESET_REQUIRED. The standard lets anybody set the chain of slot 0, of the key that the
	 * device has; a device that does not want that refuses (struct tspdm_new_chain tells whether there is a session). */
	bool is_trusted_environment; /**< chains of slots 1 to 7 may be set outside of sessions too; for factories */
	uint8_t reserved7[7];        /**< 0 */

	const struct tspdm_vendor_handler *vendor_handlers; /**< asked before the device, each for its own StandardID and
	                              VendorID, which no two share; live as long as the responder */
	size_t vendor_handler_count;

	struct tspdm_key_log_hook key_log; /**< DANGEROUS: takes all secrets of all sessions; for finding faults. Default:
	                                        nobody is told */

	/* Evidence in sessions: served where the device has evidence, or a function of the hook is there. */
	uint32_t evidence_enterprise; /**< VendorID of its messages, under TSPDM_EVIDENCE_STANDARD; default
	                                   TSPDM_EVIDENCE_ENTERPRISE */
	bool must_attest;             /**< a new session is established, but not attested: until `presented` accepts evidence
	                                   in it, or tspdm_responder_attested() is called, nothing passes but the messages of
	                                   evidence, GET_MEASUREMENTS, HEARTBEAT, KEY_UPDATE and END_SESSION, and what carries
	                                   them. Other messages and application data get UnexpectedRequest */
	uint8_t reserved8[3];         /**< 0 */
	struct tspdm_view channel;    /**< exporter of the TLS connection around it, at most 64 bytes; empty: there is none */
	struct tspdm_presented_hook presented;
	const struct tspdm_evidence_item *evidence_items; /**< collateral and event log that go with the evidence where the
	                                   requester wants them; a type that is neither always goes. May be NULL */
	size_t evidence_item_count;   /**< at most TSPDM_EVIDENCE_ITEMS_MAX - 2 */
};

/** @returns bytes of memory that a responder needs */
TSPDM_API size_t tspdm_responder_size(void);

/** Makes a responder in `memory` (aligned as by malloc).
 * @retval TSPDM_ERR_ARGUMENT      a pointer that is needed is NULL, or config->size is none that was ever released
 * @retval TSPDM_ERR_UNSUPPORTED   the configuration asks for what this release, the backend or the device cannot do
 * @retval TSPDM_ERR_CAPABILITIES  config->capabilities are illegal (DSP0274 "Flag fields definitions for the Responder")
 * @retval TSPDM_ERR_BUFFER        memory_len is too small
 * @retval TSPDM_ERR_KEY           config->requester_key is malformed, or not of an algorithm of config->req_asym
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO  from the backend */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_init(
	void *memory, size_t memory_len, const struct tspdm_responder_config *config, struct tspdm_responder **out);

/** Wipes it and gives back what it took from the backend; the memory is the caller's again. NULL is allowed. */
TSPDM_API void tspdm_responder_wipe(struct tspdm_responder *responder);

/** Answers one request.
 * @param now_us    the time, on any monotonic clock
 * @param kind      whether the transport brought a message in the clear or a record
 * @param request   one whole message, framing removed; not kept
 * @param response  appended to; its free room is the largest response. Empty afterwards: nothing is to be sent
 * @retval TSPDM_OK            response is to be sent, also if it is an ERROR; tspdm_responder_last() tells
 * @retval TSPDM_ERR_BUFFER    the room does not even hold an ERROR
 * @retval TSPDM_ERR_ARGUMENT  a pointer is NULL
 * @retval TSPDM_ERR_STATE     memory that it needs was taken away (tspdm_responder_move_rooms()) */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_handle(struct tspdm_responder *responder, uint64_t now_us,
	enum tspdm_message_kind kind, struct tspdm_view request, struct tspdm_buffer *response);

/** What the last request was, and what came of it. For logs. */
struct tspdm_responder_outcome {
	uint8_t request_code;
	uint8_t error_code; /**< enum tspdm_error_code that was answered; 0: none */
	enum tspdm_status status; /**< the reason for the ERROR, or for evidence that was unavailable or refused; TSPDM_OK
	                               where there is none */
};
TSPDM_API struct tspdm_responder_outcome tspdm_responder_last(const struct tspdm_responder *responder);

/** @returns how far the connection has come */
TSPDM_API enum tspdm_phase tspdm_responder_phase(const struct tspdm_responder *responder);

/** Tells what was negotiated; all zero before. */
TSPDM_API void tspdm_responder_negotiated(const struct tspdm_responder *responder, struct tspdm_negotiated *out);

/** @returns who the requester is: what the last authentication came to, by a handshake or after CHALLENGE. All zero where
 * there was none, or it failed, or another is under way, or the session that it belonged to is over */
TSPDM_API const struct tspdm_requester_identity *tspdm_responder_requester(const struct tspdm_responder *responder);

/** Copies out the Negotiated State, which a responder with CACHE keeps over a Reset, or for a requester that comes back on another
 * channel. It is no secret, and is checked when it is taken up again.
 * @param state  appended to; 600 bytes are enough as a rule
 * @retval TSPDM_ERR_STATE               nothing is negotiated, or END_SESSION said to clear it
 * @retval TSPDM_ERR_CAPABILITY_MISSING  config.capabilities has no CACHE
 * @retval TSPDM_ERR_UNSUPPORTED         the version is below 1.2
 * @retval TSPDM_ERR_BUFFER              state->len tells the size needed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_save_state(
	const struct tspdm_responder *responder, struct tspdm_buffer *state);

/** Takes a saved state up: the connection is as after NEGOTIATE_ALGORITHMS. Drops everything established before.
 * @retval TSPDM_ERR_ARGUMENT  it is no state, or not one of this configuration; nothing is negotiated now */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_restore_state(
	struct tspdm_responder *responder, struct tspdm_view state);

/* ---- Memory for many. Between two messages most of the configuration's memory holds nothing: who serves thousands of
 * connections lends it to the responder that has a message to answer, and takes back what it does not use afterwards ---- */

enum tspdm_responder_room {
	TSPDM_ROOM_SCRATCH = 1,
	TSPDM_ROOM_RECORD = 2,
	TSPDM_ROOM_LARGE = 4,
	TSPDM_ROOM_REQUESTER_CHAIN = 8,
	TSPDM_ROOM_SESSIONS = 16,
};

/** @returns set of enum tspdm_responder_room: what holds something that has to be there at the next call. Never the
 * record's, where something is only while tspdm_responder_handle() runs. What was in the others is wiped, but for
 * certificates and messages that came, or went, in the clear */
TSPDM_API uint32_t tspdm_responder_rooms_in_use(const struct tspdm_responder *responder);

/** Each as the member of struct tspdm_responder_config with its name, of the length that was given there; NULL: none now. */
struct tspdm_responder_rooms {
	uint8_t *scratch;
	size_t scratch_len; /**< 0: that of the configuration; less suffices between messages for what is in use */
	uint8_t *record;
	uint8_t *large;
	uint8_t *requester_chain;
	void *sessions; /**< aligned as by malloc */
};

/** @returns how many bytes of `scratch`, from its first, are in use: a request that waits, and its response as far as it is made */
TSPDM_API size_t tspdm_responder_scratch_used(const struct tspdm_responder *responder);

/** Gives a responder other memory. What is in use has to stay as it is; the rest is the caller's again. All may be NULL that
 * is not in use: tspdm_responder_handle() then refuses until it has what the configuration had.
 *
 * Scratch may move while it is in use: the caller copies what is used to the new place before, and wipes the old one after.
 * So a request that waits need not hold more memory than its own length: while scratch is shorter than that of the
 * configuration, tspdm_responder_handle() refuses too.
 * @retval TSPDM_ERR_ARGUMENT  `rooms` is NULL, or has some that the configuration had none of
 * @retval TSPDM_ERR_STATE     it would move, or take away, what is in use; nothing has moved */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_move_rooms(
	struct tspdm_responder *responder, const struct tspdm_responder_rooms *rooms);

/* ---- Sessions. They are told by their number, ReqSessionID | RspSessionID << 16 ---- */

/** Lists the sessions whose handshake is complete.
 * @param ids  room for `cap` numbers
 * @returns    how many there are; only the first `cap` are written */
TSPDM_API size_t tspdm_responder_sessions(const struct tspdm_responder *responder, uint32_t *ids, size_t cap);

struct tspdm_served_session {
	uint32_t id;
	uint8_t record_version;  /**< DSP0277, 0x10 to 0x12 */
	uint8_t heartbeat_s;     /**< HeartbeatPeriod in force; 0: none */
	bool is_mac_only;
	bool is_handshake_clear;
	bool is_mutual;          /**< the requester proved in the handshake who it is: */
	uint8_t requester_slot;  /**< by the key of this slot, 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	uint8_t digest_len;      /**< 0 where it did not */
	uint8_t requester_digest[TSPDM_HASH_MAX]; /**< as tspdm_requester_identity.digest */
	bool is_update_pending;  /**< tspdm_responder_ask_key_update() was called, and is not answered completely yet */
	bool is_attested;        /**< nothing is held back, or no more */
};
/** @retval TSPDM_ERR_SESSION  there is no such session whose handshake is complete */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_session(
	const struct tspdm_responder *responder, uint32_t session, struct tspdm_served_session *out);

/** Wants new keys for the responses of a session: the requester is asked by an encapsulated KEY_UPDATE when it comes with
 * GET_ENCAPSULATED_REQUEST; how it learns that it should is the application's business. Until that is over
 * tspdm_responder_seal() may say TSPDM_ERR_STATE. A requester that answers with ERROR keeps the keys as they are.
 * @retval TSPDM_ERR_SESSION             there is no such session
 * @retval TSPDM_ERR_CAPABILITY_MISSING  one of the two sides has no KEY_UPD and ENCAP
 * @retval TSPDM_ERR_STATE               it is asked for already
 * @see DSP0274 1.2 "KEY_UPDATE request", "GET_ENCAPSULATED_REQUEST request" */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_ask_key_update(
	struct tspdm_responder *responder, uint32_t session);

/** Takes the export master secret of a session (DSP0274 "Export Master Secret"), of the length of the hash, for keys of the
 * application. It is there once: the responder wipes its copy.
 * @retval TSPDM_ERR_SESSION  there is no such session
 * @retval TSPDM_ERR_STATE    it was taken before
 * @retval TSPDM_ERR_NOT_ATTESTED  nothing of the application's happens in this session yet
 * @retval TSPDM_ERR_BUFFER   secret->len tells the size needed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_export_secret(
	struct tspdm_responder *responder, uint32_t session, struct tspdm_buffer *secret);

/** Seals application data that is not the answer to a record: a record to be sent as TSPDM_KIND_SECURED.
 * @param data    in the form of struct tspdm_application_hook
 * @param record  room for the data and 64 bytes; its contents are replaced
 * @retval TSPDM_ERR_SESSION         there is no such session
 * @retval TSPDM_ERR_STATE           a key update is under way; later
 * @retval TSPDM_ERR_NOT_ATTESTED    the session is not attested yet
 * @retval TSPDM_ERR_ARGUMENT        the data is empty, or would be taken for an SPDM message
 * @retval TSPDM_ERR_UNSUPPORTED     records of this binding carry SPDM messages only
 * @retval TSPDM_ERR_BUFFER          record->len tells the size needed
 * @retval TSPDM_ERR_TOO_LARGE, TSPDM_ERR_SEQUENCE_LIMIT, TSPDM_ERR_CRYPTO  as of tspdm_record_seal() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_seal(
	struct tspdm_responder *responder, uint32_t session, struct tspdm_view data, struct tspdm_buffer *record);

/** Computes what the report data of evidence in a session must be (tspdm_bind_session_evidence()), from the session's state.
 * @param role     the attester's
 * @param nonce    the verifier's, TSPDM_NONCE_LEN bytes
 * @param channel  exporter of the TLS connection around it; empty: there is none
 * @param report_data  TSPDM_REPORT_DATA_LEN bytes
 * @retval TSPDM_ERR_SESSION   there is no such session, or its handshake is not complete
 * @retval TSPDM_ERR_ARGUMENT  of no such role, or a length that cannot be */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_bind_evidence(const struct tspdm_responder *responder,
	uint32_t session, enum tspdm_role role, struct tspdm_view nonce, struct tspdm_view channel,
	uint8_t *report_data);

/** Says that a session is attested: config.must_attest holds it back no more. @retval TSPDM_ERR_SESSION */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_attested(
	struct tspdm_responder *responder, uint32_t session);

/** When the first of the sessions is lost for want of heartbeats. tspdm_responder_handle() looks at the time by itself; who
 * wants their secrets gone also where no message comes calls tspdm_responder_expire_sessions() at this time.
 * @returns UINT64_MAX where no session has heartbeats */
TSPDM_API uint64_t tspdm_responder_deadline_us(const struct tspdm_responder *responder);
TSPDM_API void tspdm_responder_expire_sessions(struct tspdm_responder *responder, uint64_t now_us);

#ifdef __cplusplus
}
#endif
#endif
