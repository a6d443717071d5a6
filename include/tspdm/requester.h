/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester: jobs (connect, authenticate, measure …) that are begun and then stepped until they are done. It does no
 * I/O, reads no clock and allocates nothing; one object serves one connection, any number of them one thread.
 *
 *	status = tspdm_requester_connect(r);	// begins a job; then:
 *	for (;;) {
 *		switch (tspdm_requester_step(r, now(), &io)) {
 *		case TSPDM_STEP_SEND:    send(io.out); break;
 *		case TSPDM_STEP_RECEIVE: if (receive_until(io.deadline_us, &message)) tspdm_requester_input(r, kind, message); break;
 *		case TSPDM_STEP_WAIT:    sleep_until(io.deadline_us); break;
 *		case TSPDM_STEP_DONE:    return TSPDM_OK;
 *		case TSPDM_STEP_FAILED:  return tspdm_requester_error(r)->status;
 *		}
 *	}
 *
 * tspdm_run() of <tspdm/transport.h> is that loop. After a failure the connection can be begun anew with
 * tspdm_requester_connect(); what was established stays valid only where the failed job's description says so.
 */
#ifndef TSPDM_REQUESTER_H
#define TSPDM_REQUESTER_H

#include <tspdm/chain_cache.h>
#include <tspdm/crypto.h>
#include <tspdm/device.h>
#include <tspdm/evidence_messages.h>
#include <tspdm/message.h>
#include <tspdm/observer.h>
#include <tspdm/psk.h>
#include <tspdm/record.h>
#include <tspdm/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** For `retries` and `busy_retries` of struct tspdm_requester_config, where zero means the default. */
enum { TSPDM_NO_RETRIES = 0xFF };

/** Begins with its size, so that it can grow; zero means the default. All that it points to is the caller's and outlives
 * the requester. */
struct tspdm_requester_config {
	size_t size;
	struct tspdm_crypto *crypto;
	const struct tspdm_binding *binding;
	uint8_t *request;      /**< room in which requests are built and kept for retries */
	size_t request_len;    /**< bytes, at least 256, with sessions 640; more only for large vendor-defined requests */
	uint32_t versions;     /**< set of TSPDM_VERSION_BIT(): of these the highest that the responder has is taken, and where
	                            it has none the connection fails. Default: 1.1 and 1.2, without 1.1 where `capabilities` are
	                            illegal in it. Below 1.2 only CHALLENGE and KEY_EXCHANGE prove that nobody lowered the
	                            version: the signature of MEASUREMENTS does not cover it */
	uint32_t capabilities; /**< the requester's own flags; default: none. What they announce must be configured below */
	uint32_t asym;         /**< offers; default: what the backend supports, without TSPDM_ASYM_SM2, TSPDM_HASH_SM3 and,
	                            below, TSPDM_AEAD_SM4_GCM, which are offered only where they are named */
	uint32_t hash;
	uint32_t max_message;  /**< MaxSPDMmsgSize: the largest response taken, bytes; default 65000, and without chunks never
	                            more than what the binding carries */
	uint32_t rtt_us;       /**< round trip for timeouts; default: the binding's, and where nothing can get lost nor is
	                            repeated the patience */
	uint32_t busy_wait_us; /**< wait after Busy, doubled each time; default 50 ms */
	uint64_t patience_us;  /**< longest total time for one exchange, retries, Busy and ResponseNotReady included; it also caps
	                            what the peer's exponents may ask for. Default 60 s */
	uint8_t retries;       /**< repetitions of an unanswered request; default 3, over a lossless binding none */
	uint8_t busy_retries;  /**< default 10 */
	uint8_t ct_exponent;   /**< the requester's own CTExponent */
	bool allow_unanchored_chain; /**< DANGEROUS unless evidence certifies the key: a chain that ends in no anchor passes
	                            authentication, and tspdm_identity.is_anchored says so (DSP0274 leaves trust anchors to the
	                            user; TEE identities are self-made) */
	uint8_t reserved[4];   /**< 0 */
	struct tspdm_view anchors; /**< concatenated DER of the trust anchors of certificate chains; may be empty */
	int64_t time;          /**< seconds since 1970, for the validity of certificates; 0: dates are not judged */
	struct tspdm_observer_hook observer; /**< sees each message; optional */

	/* Sessions: there are some where `capabilities` says KEY_EX or PSK, which is not the default. It needs MAC (with ENCRYPT or
	 * without), `sessions`, `record`, and a binding that carries records. HBEAT, KEY_UPD and HANDSHAKE_IN_THE_CLEAR as wanted. */
	uint32_t dhe;         /**< offers; default: what the backend supports */
	uint32_t aead;
	uint8_t reserved2[8]; /**< 0 */
	void *sessions;       /**< memory for sessions, aligned as by malloc; as many as fit there are at most at a time */
	size_t sessions_len;  /**< bytes: n * tspdm_session_size(); four suit most */
	uint8_t *record;      /**< where records are made and opened; the larger of max_message and the largest request, and 64
	                           bytes more, take every legal one */
	size_t record_len;    /**< bytes; a longer record ends its session */
	struct tspdm_application_hook application; /**< takes application data that is no SPDM message, also while no job is
	                           under way; optional: without it such a record ends its session */
	struct tspdm_psk_store *psk; /**< where `capabilities` says PSK */
	uint32_t strict;         /**< enum tspdm_strict; default: no tolerance is taken away */
	uint8_t sequence_order;  /**< enum tspdm_sequence_order, to seal with where the responder takes DSP0277 1.0 or 1.1:
	                              little-endian, or big-endian for one that is known to want that. A responder learns the
	                              order from its peer; a requester cannot */
	uint8_t reserved3[3];    /**< 0 */

	/* The requester's own identity, for responders that authenticate it in turn. It is shown where `capabilities` says so:
	 * CERT and CHAL go with `slots`, PUB_KEY_ID instead of CERT with `public_key`, MUT_AUTH with either, and ENCAP lets the
	 * responder ask. `request` then has at least 640 bytes. */
	const struct tspdm_slot *slots;      /**< by number; a slot without certificates or signer is empty. A signer may say
	                                          TSPDM_AGAIN: the job waits for it, within the patience */
	size_t slot_count;                   /**< at most 8 */
	const struct tspdm_slot *public_key; /**< a key that was provisioned to the responder: `spki`, `asym` and `signer` */
	uint32_t req_asym;                   /**< offers; default: what these can sign with, without TSPDM_ASYM_SM2 */
	uint8_t reserved4[4];                /**< 0 */

	/* Chunks (DSP0274 "Large SPDM message transfer mechanism"): where `large` is there, and both sides have CHUNK, responses
	 * up to max_message come in chunks, and requests go in chunks. Without it, data_transfer_size is max_message, and the
	 * binding limits both. */
	uint32_t data_transfer_size; /**< DataTransferSize, the largest response that comes in one piece; default max_message,
	                                  and never more than what the binding carries */
	uint8_t reserved5[4];        /**< 0 */
	uint8_t *large;              /**< room for the large message under way; needed for CHUNK, which the default of
	                                  `capabilities` then has */
	size_t large_len;            /**< bytes, at least max_message */

	struct tspdm_view peer_key; /**< DER SubjectPublicKeyInfo of a responder that has no certificates (PUB_KEY_ID), learnt by
	                           a way that is trusted; used where tspdm_authenticate.slot says so; may be empty */
	struct tspdm_chain_cache *chain_cache; /**< of judged chains, shared with other requesters; optional */

	struct tspdm_key_log_hook key_log; /**< DANGEROUS: takes all secrets of all sessions; for finding faults. Default:
	                                        nobody is told */

	/* Evidence in sessions. */
	uint32_t evidence_enterprise; /**< VendorID of its messages, under TSPDM_EVIDENCE_STANDARD; default
	                                   TSPDM_EVIDENCE_ENTERPRISE */
	bool must_attest;             /**< a new session is established, but not attested: until tspdm_requester_attested() the
	                                   jobs get_digests, authenticate and vendor, application data and the export master
	                                   secret are refused in it: TSPDM_ERR_NOT_ATTESTED. Application data that comes ends
	                                   it */
	uint8_t reserved6[3];         /**< 0 */
};

/** @returns bytes of memory that a requester needs */
TSPDM_API size_t tspdm_requester_size(void);

/** Makes a requester in `memory` (aligned as by malloc). Errors as of tspdm_responder_init(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_init(
	void *memory, size_t memory_len, const struct tspdm_requester_config *config, struct tspdm_requester **out);

/** Wipes it and gives back what it took from the backend. NULL is allowed. */
TSPDM_API void tspdm_requester_wipe(struct tspdm_requester *requester);

/* ---- Stepping ---- */

enum tspdm_step {
	TSPDM_STEP_SEND,    /**< io->out is to be sent */
	TSPDM_STEP_RECEIVE, /**< give a message to tspdm_requester_input(), or step again at io->deadline_us */
	TSPDM_STEP_WAIT,    /**< nothing is awaited; step again at io->deadline_us */
	TSPDM_STEP_DONE,    /**< the job is done; its results can be read */
	TSPDM_STEP_FAILED,  /**< tspdm_requester_error() says what, where and why */
};

struct tspdm_io {
	struct tspdm_view out;       /**< SEND: in the requester's memory, good until the next call on it */
	enum tspdm_message_kind kind;/**< SEND: in the clear or a record */
	uint64_t deadline_us;        /**< RECEIVE, WAIT: on the clock of `now_us` */
};

/** Moves the job on as far as it goes without input. May be called at any time, also without need.
 * @param now_us  the time, on any monotonic clock */
TSPDM_API enum tspdm_step tspdm_requester_step(struct tspdm_requester *requester, uint64_t now_us, struct tspdm_io *io);

/** Gives the message that arrived.
 * @param message  one whole SPDM message or record, framing removed; read before the call returns, not kept. Records count
 *                 as heard at the time of the last step
 * @retval TSPDM_OK          step next; whether the job liked the message is what the step tells
 * @retval TSPDM_ERR_STATE   no message is awaited; it is ignored */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_input(
	struct tspdm_requester *requester, enum tspdm_message_kind kind, struct tspdm_view message);

/** Ends the current job with a failure of the transport's, so that it is told in the same way as others. */
TSPDM_API void tspdm_requester_fail(struct tspdm_requester *requester, enum tspdm_status status);

/** What went wrong; status is TSPDM_OK where nothing did. */
struct tspdm_requester_error {
	enum tspdm_status status;
	uint8_t request_code;    /**< the exchange that failed; 0: none was under way */
	uint8_t peer_error;      /**< the ErrorCode that the peer answered; 0: none */
	uint8_t peer_error_data; /**< Param2 of the peer's ERROR */
	uint8_t detail;          /**< certificate chain: which certificate, 0 is the root side; measurements: block index */
	const char *clause;      /**< the rule that was broken, as `DSP0274 1.2 "CERTIFICATE response"`; never NULL */
};
TSPDM_API const struct tspdm_requester_error *tspdm_requester_error(const struct tspdm_requester *requester);

/* ---- Jobs. Each returns TSPDM_ERR_STATE while another is under way, or before what it needs ---- */

/** GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. Drops everything established before. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_connect(struct tspdm_requester *requester);

/** Copies out the Negotiated State, to go on with it on a later connection: the six messages that led to it, in a form of this
 * library. It is no secret, and is checked when it is taken up again. Not between jobs' beginning and end.
 * @param state  appended to; 600 bytes are enough as a rule
 * @retval TSPDM_ERR_STATE               nothing is negotiated, or close_and_clear() cleared it
 * @retval TSPDM_ERR_CAPABILITY_MISSING  the responder keeps none (CACHE)
 * @retval TSPDM_ERR_UNSUPPORTED         the version is below 1.2, whose M1/M2 do not have what was cached
 * @retval TSPDM_ERR_BUFFER              state->len tells the size needed
 * @see DSP0274 1.2 "CACHE_CAP" */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_save_state(
	const struct tspdm_requester *requester, struct tspdm_buffer *state);

/** Goes on with a saved state instead of connect(): nothing is sent. Drops everything established before. Whether the responder
 * still has the state shows with the next job: one that has lost it answers by an ERROR, and the job fails; connect()
 * then. Both sides sign over the messages of then.
 * @retval TSPDM_ERR_STATE     a job is under way
 * @retval TSPDM_ERR_ARGUMENT  it is no state, or not one of this configuration; nothing is negotiated now */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_resume(
	struct tspdm_requester *requester, struct tspdm_view state);

/** What was negotiated; all zero before. */
TSPDM_API const struct tspdm_negotiated *tspdm_requester_negotiated(const struct tspdm_requester *requester);

/** GET_DIGESTS. The digests are kept, for authenticate() to skip certificates that are known already. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_get_digests(struct tspdm_requester *requester);
/** @returns a digest of hash length, in the requester's memory; empty where the slot is empty or not asked yet */
TSPDM_API struct tspdm_view tspdm_requester_digest(const struct tspdm_requester *requester, unsigned slot);

/** How to authenticate. */
struct tspdm_authenticate {
	uint8_t slot;              /**< 0..7; TSPDM_SLOT_PUBLIC_KEY: config.peer_key instead of certificates, for a responder with
	                                PUB_KEY_ID. The rest is the same but for `chain`, which is not needed */
	bool skip_challenge;       /**< the chain is fetched and judged, but possession of its key not proved here */
	uint8_t summary_type;      /**< enum tspdm_summary: measurement summary asked for in CHALLENGE */
	bool require_mutual;       /**< TSPDM_ERR_DOWNGRADE where the responder does not challenge this requester in turn */
	uint8_t reserved[4];       /**< 0 */
	uint8_t *chain;            /**< room for the certificate-chain structure; keep it as long as the identity is used */
	size_t chain_cap;          /**< bytes */
	size_t known_len;          /**< `chain` holds this many bytes of a chain judged before: where the digest still fits, it is
	                                not fetched again, and on a requester that judged the same chain itself, not judged
	                                again either. 0: nothing is known */
};

/** GET_DIGESTS, GET_CERTIFICATE (in portions), judgement of the chain, CHALLENGE. After a failure nobody is authenticated.
 * A responder that wants basic mutual authentication is answered as part of this job: its GET_DIGESTS, GET_CERTIFICATE and
 * CHALLENGE, until it wants nothing more.
 * @retval TSPDM_ERR_CAPABILITY_MISSING  also: mutual authentication is required, and one of the two sides has no MUT_AUTH */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_authenticate(
	struct tspdm_requester *requester, const struct tspdm_authenticate *job);

/** Who answered. Views of the caller's chain room and of the requester's memory. */
struct tspdm_identity {
	bool is_authenticated; /**< CHALLENGE_AUTH verified on this connection */
	bool is_anchored;      /**< the chain ends in a trust anchor */
	bool was_known;        /**< no certificate had to be fetched */
	uint8_t slot;          /**< TSPDM_SLOT_PUBLIC_KEY: by the provisioned key; there are no certificates then */
	uint8_t slot_mask;     /**< CHALLENGE_AUTH: provisioned slots */
	bool is_mutual;        /**< the responder challenged this requester in turn, and was answered; what it thinks of the
	                            answer it does not say */
	struct tspdm_view chain;        /**< the certificate-chain structure */
	struct tspdm_view certificates; /**< the DER certificates in it */
	struct tspdm_view leaf;         /**< DER of the leaf */
	struct tspdm_view spki;         /**< DER SubjectPublicKeyInfo of the leaf, or the provisioned key */
	struct tspdm_view summary_hash; /**< of CHALLENGE_AUTH; empty if not asked for */
	bool is_provisioned;   /**< the key is config.peer_key: trusted because the configuration says so */
};
/** @returns all zero where nobody is authenticated and no chain was judged */
TSPDM_API const struct tspdm_identity *tspdm_requester_identity(const struct tspdm_requester *requester);

/** How to measure. */
struct tspdm_measure {
	uint8_t operation;  /**< an index, TSPDM_MEASUREMENT_ALL, or TSPDM_MEASUREMENT_COUNT */
	bool is_signed;     /**< needs an identity: authenticate() first */
	bool is_raw;        /**< RawBitStreamRequested */
	bool one_by_one;    /**< with ALL: asks for the number, then block by block, the last one signed (DSP0274 L1/L2) */
	uint8_t reserved[4];
	uint8_t *record;    /**< room for the measurement record */
	size_t record_cap;  /**< bytes */
};

/** GET_MEASUREMENTS. After a failure no measurement is known. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_measure(
	struct tspdm_requester *requester, const struct tspdm_measure *job);

/** What was measured. */
struct tspdm_measured {
	bool is_verified;       /**< the signature over L1/L2 verified with the identity's key */
	uint8_t total;          /**< number of indices, where COUNT was asked, else of blocks */
	uint8_t content_changed;/**< MEASUREMENTS Param2 bits 5:4 */
	uint8_t slot;           /**< SlotIDParam: 0xF for the provisioned key */
	struct tspdm_view record; /**< blocks, in the caller's room: tspdm_next_block() */
	uint8_t nonce[TSPDM_NONCE_LEN]; /**< the one this requester sent, where signed; evidence is bound to it */
	uint32_t session;         /**< in which it was measured; 0: in the clear. Evidence is bound to it, too */
};
TSPDM_API const struct tspdm_measured *tspdm_requester_measured(const struct tspdm_requester *requester);

/** Computes what the report data of raw evidence in block 0xFD of the last measure job must be, from this end's own state: in the
 * clear as tspdm_bind_measurement_evidence(), in a session as tspdm_requester_bind_evidence() (docs/profile.md section 3).
 * @param channel      exporter of the TLS connection around a session; empty: there is none. In the clear it is no part of it
 * @param report_data  TSPDM_REPORT_DATA_LEN bytes
 * @retval TSPDM_ERR_STATE    nothing that was signed was measured, or its signature did not verify
 * @retval TSPDM_ERR_SESSION  the session is no more
 * @retval TSPDM_ERR_CRYPTO, TSPDM_ERR_ARGUMENT */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_bind_measured(
	const struct tspdm_requester *requester, struct tspdm_view channel, uint8_t *report_data);

/** VENDOR_DEFINED_REQUEST.
 * @param request   standard_id, vendor_id and payload are copied before the call returns
 * @param response  room for the response's payload; must outlive the job
 * The answer's StandardID and VendorID must be the request's (else TSPDM_ERR_ECHO). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_vendor(struct tspdm_requester *requester,
	const struct tspdm_vendor_defined *request, struct tspdm_buffer *response);

/* ---- Provisioning: in the clear, or in the session that is in use. Each fails with TSPDM_ERR_RESET_REQUIRED where the
 * responder has to be reset first, and TSPDM_ERR_CAPABILITY_MISSING where it does not announce it ---- */

/** GET_CSR.
 * @param requester_info  what the request shall say: DER CertificationRequestInfo (RFC 2986), whose key is ignored; or empty
 * @param csr             room for the certificate request (DER, PKCS #10), which is nobody's word yet: whoever certifies it
 *                        verifies it. Must outlive the job; at most 65535 bytes
 * The request has to fit config.request and what the responder takes, or fails with TSPDM_ERR_BUFFER, TSPDM_ERR_TOO_LARGE.
 * @retval TSPDM_ERR_RESET_REQUIRED  of the job: the responder makes one after a reset; then ask again */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_get_csr(
	struct tspdm_requester *requester, struct tspdm_view requester_info, struct tspdm_buffer *csr);

/** SET_CERTIFICATE. Digests that were asked before are forgotten, and so is the identity if it is of that slot.
 * @param slot          0 to 7; what is not 0 takes a session, unless the responder is in a trusted environment
 * @param certificates  concatenated DER, beginning with the root; up to the leaf, or for a responder with ALIAS_CERT up to
 *                      its Device Certificate CA. Read before the call returns. The request, of 72 bytes more at SHA-512,
 *                      has to fit config.request and what the responder takes
 * @retval TSPDM_ERR_RESET_REQUIRED  of the job: the chain is taken, and shows after a reset */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_set_certificate(
	struct tspdm_requester *requester, uint8_t slot, struct tspdm_view certificates);

/* ---- Sessions: DSP0274 "Session", DSP0277. They are told by their number, ReqSessionID | RspSessionID << 16.
 *
 *	struct tspdm_open_session how = { .summary_type = TSPDM_SUMMARY_ALL };
 *	status = tspdm_requester_open_session(r, &how);		// after tspdm_requester_authenticate(); then run the job
 *	id = tspdm_requester_opened(r);
 *	status = tspdm_requester_use_session(r, id);		// jobs run in the session from now on
 *	...
 *	status = tspdm_requester_close_session(r, id);
 *
 * Nothing is repeated in a session, since a repeated record cannot be told from a replay: a request waits for as long as
 * all repetitions would, and where no answer comes the session is over. So it is where a record does not authenticate, and
 * where the peer answers DecryptError. A failure of another kind, such as the peer's ERROR, ends the job only. ---- */

struct tspdm_open_session {
	uint8_t summary_type; /**< enum tspdm_summary: measurement summary asked for */
	bool policy_termination; /**< SessionPolicy.TerminationPolicy */
	bool require_mutual;  /**< TSPDM_ERR_DOWNGRADE where the responder does not authenticate this requester */
	uint8_t reserved[5];  /**< 0 */
};

/** KEY_EXCHANGE and FINISH, with the identity's slot and key: authenticate() first, with or without CHALLENGE. After a
 * failure there is no session. A responder that authenticates this requester in turn is served in between, in each form
 * that DSP0274 has: the slot it names signs FINISH. It is refused, with tspdm_requester_error.detail for MutAuthRequested
 * or the slot: TSPDM_ERR_DOWNGRADE where the two sides did not both announce MUT_AUTH, TSPDM_ERR_CAPABILITY_MISSING where
 * the form needs ENCAP or CERT that is not there, TSPDM_ERR_FIELD for several forms at once, TSPDM_ERR_SLOT for a slot that
 * is empty, TSPDM_ERR_UNEXPECTED for encapsulated requests other than GET_DIGESTS and GET_CERTIFICATE, TSPDM_ERR_ENDLESS
 * for more of them than any chain can need.
 * @retval TSPDM_ERR_CAPABILITY_MISSING  one of the two sides has no KEY_EX and MAC; or mutual authentication is required,
 *                                       and one of them has no MUT_AUTH
 * @retval TSPDM_ERR_SESSION_LIMIT       config.sessions has no room for another */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_open_session(
	struct tspdm_requester *requester, const struct tspdm_open_session *job);

/** How to open a session by pre-shared key. */
struct tspdm_open_psk_session {
	struct tspdm_view hint; /**< PSKHint, at most what config.request has room for besides 140 bytes; not kept. May be empty */
	uint8_t summary_type;   /**< as of struct tspdm_open_session */
	bool policy_termination;
	uint8_t context_len;    /**< of RequesterContext, random bytes: at least 32 and the hash's length, at most 64; default:
	                             the least */
	uint8_t reserved[5];    /**< 0 */
};

/** PSK_EXCHANGE and, where the responder's PSK_CAP tells of a ResponderContext, PSK_FINISH. Nobody needs to be
 * authenticated before. config.psk is asked before the call returns, and what it gave is wiped when the keys are made. After
 * a failure there is no session.
 * @retval TSPDM_ERR_PSK                 config.psk knows no key by this hint
 * @retval TSPDM_AGAIN                   config.psk is not ready; call again
 * @retval TSPDM_ERR_CAPABILITY_MISSING  one of the two sides has no PSK and MAC
 * @retval TSPDM_ERR_SESSION_LIMIT       config.sessions has no room for another */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_open_psk_session(
	struct tspdm_requester *requester, const struct tspdm_open_psk_session *job);
/** @returns the session that was opened last; 0: none was on this connection */
TSPDM_API uint32_t tspdm_requester_opened(const struct tspdm_requester *requester);

struct tspdm_session_info {
	uint32_t id;
	uint8_t record_version; /**< DSP0277, 0x10 to 0x12 */
	uint8_t heartbeat_s;    /**< HeartbeatPeriod in force; 0: none */
	bool is_mac_only;
	bool is_handshake_clear;
	uint8_t summary_len;    /**< 0 if not asked for */
	uint8_t summary_hash[TSPDM_HASH_MAX];
	uint64_t heartbeat_due_us; /**< when to send the next HEARTBEAT, on the clock of the steps; UINT64_MAX: never. After
	                                another period without an answer the session is over */
	bool is_psk;            /**< a pre-shared key opened it, and no certificate had a part in it */
	bool is_mutual;         /**< FINISH was signed: the responder has authenticated this requester */
	uint8_t requester_slot; /**< with the key of this slot, or TSPDM_SLOT_PUBLIC_KEY */
	bool is_attested;       /**< nothing is held back, or no more */
	uint8_t reserved[4];
};
/** @retval TSPDM_ERR_SESSION  there is no such session, or it is no more */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_session(
	const struct tspdm_requester *requester, uint32_t session, struct tspdm_session_info *out);

/** Where the jobs get_digests, authenticate (without CHALLENGE), measure, get_csr, set_certificate and vendor run from now on.
 * @param session  0: in the clear
 * @retval TSPDM_ERR_SESSION  there is no such session
 * @retval TSPDM_ERR_STATE    a job is under way */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_use_session(
	struct tspdm_requester *requester, uint32_t session);

/** HEARTBEAT. @retval TSPDM_ERR_CAPABILITY_MISSING  the session has no heartbeats */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_heartbeat(
	struct tspdm_requester *requester, uint32_t session);
/** KEY_UPDATE and VerifyNewKey: new keys for both directions, or for the requests only. Where it fails after the responder
 * has new keys, the session is over.
 * @retval TSPDM_ERR_CAPABILITY_MISSING  one of the two sides has no KEY_UPD */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_update_keys(
	struct tspdm_requester *requester, uint32_t session, bool all);
/** GET_ENCAPSULATED_REQUEST, and answers until the responder wants nothing more: GET_DIGESTS and GET_CERTIFICATE, in a
 * session also KEY_UPDATE of the responder's own direction; anything else is answered by ERROR. Whoever has a hint that
 * there is something, or a timer, begins this job; that there is nothing is no failure. Where the responder uses a new key
 * without the KEY_UPDATE that belongs to it, the session is over.
 * @param session  0: in the clear
 * @retval TSPDM_ERR_CAPABILITY_MISSING  one of the two sides has no ENCAP */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_serve_encapsulated(
	struct tspdm_requester *requester, uint32_t session);
/** @returns how many encapsulated requests were answered, other than by ERROR, since the last job began that may have
 * any */
TSPDM_API unsigned tspdm_requester_served(const struct tspdm_requester *requester);

/* ---- Evidence in sessions: docs/profile.md "Session evidence". The jobs run in the session that is used:
 * TSPDM_ERR_SESSION_REQUIRED where none is ---- */

struct tspdm_get_evidence {
	uint8_t flags;             /**< set of enum tspdm_evidence_flag: what is wanted beside it */
	uint8_t reserved[7];       /**< 0 */
	struct tspdm_view channel; /**< exporter of the TLS connection around it, at most 64 bytes, copied; empty: none */
	uint8_t *room;             /**< for the evidence; keep it as long as that is used */
	size_t room_cap;           /**< bytes */
};

/** Asks the responder for evidence of itself, for a nonce of its own, and waits while it is made: as long as the responder
 * wants between two questions, within config.patience_us altogether. After a failure there is none.
 * @retval TSPDM_ERR_EVIDENCE_MISSING  the job fails so: the responder has none, or does not know these messages
 * @retval TSPDM_ERR_EVIDENCE_REFUSED  likewise: not for this requester, or not now
 * @retval TSPDM_ERR_NOT_READY         likewise: it was not made within the patience */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_get_evidence(
	struct tspdm_requester *requester, const struct tspdm_get_evidence *job);

/** What came. Nothing of it is verified. */
struct tspdm_session_evidence {
	uint32_t session;               /**< in which it came; 0: there is none */
	struct tspdm_evidence evidence; /**< views of the job's room */
	struct tspdm_view items;        /**< all that came: tspdm_next_evidence_item() */
	uint8_t nonce[TSPDM_NONCE_LEN];
	uint8_t report_data[TSPDM_REPORT_DATA_LEN]; /**< what the evidence must have, from the requester's own state */
};
TSPDM_API const struct tspdm_session_evidence *tspdm_requester_evidence(const struct tspdm_requester *requester);

struct tspdm_present_evidence {
	struct tspdm_evidence_source *source; /**< makes it, and may take its time; must outlive the job */
	struct tspdm_view channel; /**< as of struct tspdm_get_evidence */
};

/** Shows the responder evidence of this requester, which is a TEE itself: asks for a nonce, has evidence made for it, and
 * presents that. config.request has to have room for it and 64 bytes more.
 * @retval TSPDM_ERR_EVIDENCE_REFUSED  the job fails so: the responder does not accept it, or takes none
 * @retval TSPDM_ERR_EVIDENCE_SOURCE   likewise: the source failed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_present_evidence(
	struct tspdm_requester *requester, const struct tspdm_present_evidence *job);

/** Gives the responder an attestation result about itself, for it to show to others.
 * @param type   TSPDM_ITEM_RESULT_JWT or TSPDM_ITEM_RESULT_CWT
 * @param value  must outlive the job; config.request has to have room for it and 64 bytes more
 * @retval TSPDM_ERR_EVIDENCE_REFUSED  the job fails so: the responder takes none, or not this */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_give_result(
	struct tspdm_requester *requester, uint16_t type, struct tspdm_view value);

/** As tspdm_responder_bind_evidence(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_bind_evidence(const struct tspdm_requester *requester,
	uint32_t session, enum tspdm_role role, struct tspdm_view nonce, struct tspdm_view channel,
	uint8_t *report_data);

/** Copies out the exporter value of a role's evidence (tspdm_evidence_exporter()), for a record of what evidence is bound to.
 * Nothing else of the session follows from it.
 * @param exporter  TSPDM_EVIDENCE_EXPORTER_LEN bytes
 * @retval TSPDM_ERR_SESSION   there is no such session, or its handshake is not complete
 * @retval TSPDM_ERR_ARGUMENT  of no such role */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_evidence_exporter(
	const struct tspdm_requester *requester, uint32_t session, enum tspdm_role role, uint8_t *exporter);

/** Says that a session is attested: config.must_attest holds it back no more. @retval TSPDM_ERR_SESSION */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_attested(
	struct tspdm_requester *requester, uint32_t session);

/** END_SESSION. The session is over, also if that fails. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_close_session(
	struct tspdm_requester *requester, uint32_t session);
/** The same, and the responder is to forget the Negotiated State that it would keep for later connections; on this one it
 * stays in force (END_SESSION "Negotiated State Clearing Indicator"). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_close_and_clear(
	struct tspdm_requester *requester, uint32_t session);

/** As tspdm_responder_export_secret(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_export_secret(
	struct tspdm_requester *requester, uint32_t session, struct tspdm_buffer *secret);
/** As tspdm_responder_seal(). The answer, if one comes, is given to tspdm_requester_input() and goes to the hook.
 * @retval TSPDM_ERR_STATE  also: a job is under way in this session */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_requester_seal(
	struct tspdm_requester *requester, uint32_t session, struct tspdm_view data, struct tspdm_buffer *record);

#ifdef __cplusplus
}
#endif
#endif
