/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the responder's files share: the object, a request on its way through the dispatch table, the handlers. */
#ifndef TSPDM_RESPONDER_RESPONDER_H
#define TSPDM_RESPONDER_RESPONDER_H

#include <tspdm/message.h>
#include <tspdm/responder.h>

#include "core/chain.h"
#include "core/chunk.h"
#include "core/connection.h"
#include "core/peer_identity.h"
#include "core/session.h"
#include "core/signing.h"

/* A request that the device or the signer did not finish at once: what is needed to go on with it. One at a time. While
 * it waits, config.scratch holds the request and, once it is being signed, behind it the response without signature. */
struct job {
	bool is_begun;   /* something below may have to be cancelled */
	bool is_waiting; /* ResponseNotReady was answered; RESPOND_IF_READY may come */
	bool is_signing; /* the response is complete but for its signature */
	bool has_evidence;
	uint8_t code; /* of the request */
	uint8_t token;
	uint32_t session_id; /* in which the request came; 0: in the clear */
	uint32_t retry_us;
	size_t request_len;  /* in config.scratch */
	size_t response_len; /* behind it */
	struct tspdm_pending measuring;
	struct tspdm_pending answering;           /* evidence, or a vendor-defined request */
	const struct tspdm_vendor_handler *owner; /* whose `answering` is; NULL: the device's */
	struct tspdm_pending signature;
	struct tspdm_evidence evidence;
	enum signing_use use;
	struct tspdm_signer *signer;
	struct signing_input input; /* must stay the same until the signer is done */
	size_t tail_len;            /* bytes that follow the signature */
	struct session *opening;    /* KEY_EXCHANGE, PSK_EXCHANGE: given up with the job */
	uint8_t dhe_secret[DHE_SECRET_MAX];
	size_t dhe_secret_len;
};

/* What the response that is under way does to its session once it is sealed. */
enum after {
	AFTER_NOTHING,
	AFTER_ESTABLISH,
	AFTER_END,
};

/* Large messages under way, one in each direction: a requester has one request outstanding, DSP0274 1.2 "Requirements for
 * Requesters". Each belongs to where it began, a session or the clear, and no other goes on with it; a large request that
 * begins elsewhere takes the place of the one under way, and a request elsewhere that of a response not fetched yet. */
struct chunking {
	struct chunk_in in; /* in the first max_message bytes of config.large */
	uint32_t in_session;
	struct chunk_out out; /* behind them */
	uint32_t out_session;
	bool is_given;    /* the chunk under way was answered */
	uint8_t handle;   /* of the large response last begun */
	enum after after; /* what the response does once its last chunk is answered */
};

/* Where the last of the VCA exchanges is in the transcript, so that its retry can be answered with the same bytes. */
struct retry {
	uint8_t code; /* 0: nothing that could be retried */
	uint16_t request_at, request_len;
	uint16_t response_at, response_len;
};

/* The chain that was dealt with last: an attestation needs the same digests up to three times. */
struct last_chain {
	uint32_t generation;            /* of the device */
	struct tspdm_view certificates; /* the slot's that it was made from; empty: there is none */
	struct tspdm_view root;
	struct chain_image image;
	bool has_digest;
	uint8_t digest[TSPDM_HASH_MAX]; /* of the whole structure */
};

/* Who the requester says it is: judged, but not proved. */
struct claim {
	struct tspdm_public_key *key;
	bool is_anchored;
	bool is_provisioned;
	uint8_t slot;                   /* 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	uint8_t digest[TSPDM_HASH_MAX]; /* of the chain structure, or of the key */
	struct tspdm_view chain;        /* empty: provisioned */
	struct tspdm_view certificates; /* empty: a key alone */
	struct tspdm_view leaf;
	size_t spki_len;
	uint8_t spki[SPKI_MAX];
};

/* Who it proved to be: what tspdm_responder_requester() shows, and the bytes behind it. */
struct proved {
	struct tspdm_requester_identity told;
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t spki[SPKI_MAX];
};

enum flow_purpose {
	FLOW_NONE,
	FLOW_MUTUAL, /* in the handshake of `session` */
	FLOW_BASIC,  /* after CHALLENGE_AUTH, in the clear */
};

enum flow_state {
	FLOW_PENDING, /* no encapsulated request was fetched yet */
	FLOW_ASKED,   /* one waits for its response */
	FLOW_DONE,    /* the claim is judged; for FLOW_BASIC also proved */
	FLOW_FAILED,
};

enum { INNER_REQUEST_MAX = 44, FLOW_ANSWER_MAX = 8 + INNER_REQUEST_MAX };

/* Encapsulated requests that find out who the requester is. One flow at a time on a connection. */
struct flow {
	enum flow_purpose purpose;
	enum flow_state state;
	struct session *session;
	bool was_answered;  /* a response was delivered */
	uint8_t request_id; /* of what waits for its response */
	uint8_t request[INNER_REQUEST_MAX];
	size_t request_len;
	uint8_t slot_digest[TSPDM_HASH_MAX]; /* what DIGESTS told */
	struct gathering chain;
	struct tspdm_hash *m; /* M1/M2 of the requester; NULL: it does not sign one */
	struct claim claim;
	uint8_t heard[TSPDM_HASH_MAX];   /* digest of the last delivery in the clear, and what it was answered: its */
	uint8_t answer[FLOW_ANSWER_MAX]; /* repetition gets the same */
	size_t answer_len;
};

/* Evidence that is made for a requester in a session: one at a time. It outlives the request that began it, and ends when
 * it was shown, failed, or its session is over. */
struct evidence_serving {
	uint32_t session_id; /* 0: none is under way */
	uint8_t flags;       /* of GET */
	uint8_t nonce[TSPDM_NONCE_LEN];
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_pending pending;
};

struct tspdm_responder {
	struct connection connection;
	struct tspdm_responder_config config; /* defaults filled in */
	struct algorithm_offer offer;
	struct tspdm_hash *measurement_hash; /* of MeasurementHashAlgo; NULL where it is "raw bit stream only" */
	bool needs_resynch;                  /* ALGORITHMS had nothing in common */
	bool is_state_cleared;               /* by END_SESSION: what was negotiated must not outlive the connection */
	bool is_homeless;                    /* some of the configuration's memory was taken away */
	size_t scratch_len;                  /* what there is of scratch now */
	uint8_t next_token;
	struct retry retry;
	struct last_chain last_chain;
	struct job job;
	struct chunking chunking;
	struct tspdm_responder_outcome last;
	struct session_table sessions;
	struct session *session; /* whose message is handled now; NULL: it came in the clear */
	bool is_new_key;         /* it came under a key that is not verified yet */
	enum after after;
	uint64_t now_us;
	struct flow flow;
	uint8_t next_request_id; /* of encapsulated requests */
	uint8_t next_tag;        /* of the responder's own KEY_UPDATE */
	struct proved requester;
	struct evidence_serving evidence;
};

/* One request and what its handling finds out. */
struct request {
	struct tspdm_view message;
	struct tspdm_header header;
	size_t used;           /* bytes that its fields account for; the whole message until they are read */
	uint8_t error_version; /* SPDMVersion of an ERROR */
	bool is_resumed;       /* RESPOND_IF_READY, or a retry: the request is handled once more */
	bool is_whole;         /* it came in chunks */
	bool is_own_fault;     /* what went wrong is not the request: Unspecified */
	size_t response_size;  /* of a response that found no room */
};

/* The part of the message that its fields account for: what transcripts and observers take. */
static inline struct tspdm_view request_bytes(const struct request *q)
{
	return (struct tspdm_view){ q->message.ptr, q->used };
}

/* Handlers are called with a request that its rule allows. They append the response to `out`, which begins at its first
 * byte and ends where the requester or the caller's room does. After a failure nothing of `out` is sent. */
typedef enum tspdm_status handler(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out);

handler tspdm_responder_version;
handler tspdm_responder_capabilities;
handler tspdm_responder_algorithms;
handler tspdm_responder_digests;
handler tspdm_responder_certificate;
handler tspdm_responder_challenge;
handler tspdm_responder_measurements;
handler tspdm_responder_vendor_defined;
handler tspdm_responder_respond_if_ready;
handler tspdm_responder_key_exchange;
handler tspdm_responder_finish;
handler tspdm_responder_psk_exchange;
handler tspdm_responder_psk_finish;
handler tspdm_responder_heartbeat;
handler tspdm_responder_key_update;
handler tspdm_responder_end_session;
handler tspdm_responder_get_encapsulated;
handler tspdm_responder_deliver_encapsulated;
handler tspdm_responder_chunk_send;
handler tspdm_responder_chunk_get;
handler tspdm_responder_csr;
handler tspdm_responder_set_certificate;

/* Handles a request again that waits: the retry of its bytes, or RESPOND_IF_READY. */
enum tspdm_status tspdm_responder_resume(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out);

/* error.c */

/* Marks a failure as the responder's own, whatever its status: it answers Unspecified. */
enum tspdm_status tspdm_responder_own(struct request *q, enum tspdm_status status);
/* Writes the ERROR for a status and tells its code. */
enum tspdm_status tspdm_responder_error(
	const struct request *q, enum tspdm_status status, struct tspdm_buffer *out, uint8_t *code);
/* Writes ERROR(ResponseNotReady) for the job that waits. */
enum tspdm_status tspdm_responder_not_ready(
	const struct tspdm_responder *p, const struct request *q, struct tspdm_buffer *out);

/* job.c */

/* Makes room for the job of a new request; what waited is given up. Does nothing for a resumed request. */
void tspdm_job_begin(struct tspdm_responder *p, const struct request *q);
/* Gives up, or finishes with, what the device and the signer hold. */
void tspdm_job_end(struct tspdm_responder *p);
/* Notes how long a call wants to be waited for, and passes its status on as the responder's own. */
enum tspdm_status tspdm_job_note(
	struct tspdm_responder *p, struct request *q, enum tspdm_status status, const struct tspdm_pending *pending);
/* Keeps the request for RESPOND_IF_READY. TSPDM_ERR_BUSY where there is no room for it. */
enum tspdm_status tspdm_job_wait(struct tspdm_responder *p, const struct request *q);
/* Whether a message is the request that waits. */
bool tspdm_job_is_retry(const struct tspdm_responder *p, struct tspdm_view message);

/* sign.c */

/* TSPDM_ERR_BUFFER, with the size in `out`, where no signature fits behind the response. */
enum tspdm_status tspdm_responder_signature_room(const struct tspdm_responder *p, struct tspdm_buffer *out);
/* Signs a response that is complete but for its signature, appends that, and does to the transcripts what the response
 * does. `digest` is of the transcript that is signed. */
enum tspdm_status tspdm_responder_sign(struct tspdm_responder *p, struct request *q, enum signing_use use,
	struct tspdm_signer *signer, const uint8_t *digest, struct tspdm_buffer *out);
/* Goes on with a signature that was not ready. */
enum tspdm_status tspdm_responder_sign_on(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out);

/* slots.c */

/* What a slot needs to be one: certificates, or as TSPDM_SLOT_PUBLIC_KEY the key. */
static inline bool slot_has_key(unsigned number, const struct tspdm_slot *slot)
{
	return number == TSPDM_SLOT_PUBLIC_KEY ? slot->spki.len != 0 && slot->certificates.len == 0
					       : slot->certificates.len != 0;
}
/* A slot, or the provisioned public key, that can sign with the negotiated algorithm. TSPDM_ERR_SLOT for any other. */
enum tspdm_status tspdm_responder_slot(
	struct tspdm_responder *p, struct request *q, unsigned number, struct tspdm_slot *out);
/* The image of a slot's chain, in the responder's memory: good until that of another is wanted. */
enum tspdm_status tspdm_responder_slot_image(
	struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot, const struct chain_image **image);
/* The digest of a slot's chain structure, or of the provisioned key. */
enum tspdm_status tspdm_responder_slot_digest(
	struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot, uint8_t *digest);
/* Bit n: slot n is there. */
enum tspdm_status tspdm_responder_slot_mask(struct tspdm_responder *p, struct request *q, uint8_t *mask);

/* provision.c */

/* The device's count of changes of its slots. */
uint32_t tspdm_responder_generation(const struct tspdm_responder *p);
/* Whether the device does what the flags announce of provisioning. */
bool tspdm_responder_can_provision(const struct tspdm_responder *p);
/* TSPDM_ERR_RESET_REQUIRED where the requester may be told of it; any other failure is the responder's own. */
enum tspdm_status tspdm_responder_reset_or_own(
	const struct tspdm_responder *p, struct request *q, enum tspdm_status status);

/* blocks.c */

/* The device's measurements, checked: TSPDM_AGAIN, or a failure of the responder's own. */
enum tspdm_status tspdm_responder_measure(
	struct tspdm_responder *p, struct request *q, const struct tspdm_block **blocks, size_t *count);
/* A block as it is shown; `value` may point to `digest`. */
struct shown_block {
	uint8_t index;
	uint8_t type; /* with bit 7 */
	struct tspdm_view value;
	uint8_t digest[TSPDM_HASH_MAX];
};
enum tspdm_status tspdm_responder_show_block(struct tspdm_responder *p, struct request *q,
	const struct tspdm_block *block, bool is_raw, struct shown_block *out);
/* MeasurementSummaryHash, DSP0274 1.2 "CHALLENGE_AUTH response". */
enum tspdm_status tspdm_responder_summary(
	struct tspdm_responder *p, struct request *q, uint8_t summary_type, uint8_t *digest);
/* Whether the device makes TEE evidence. */
bool tspdm_responder_has_evidence(const struct tspdm_responder *p);

/* Whether a MeasurementSummaryHash of this type can be given. */
bool tspdm_responder_summary_allowed(const struct connection *c, uint8_t type);

/* begin_session.c */

/* What KEY_EXCHANGE and PSK_EXCHANGE say of the session that they ask for. */
/* The forms of mutual authentication in which encapsulated requests go before FINISH. */
enum { MUTUAL_ENCAPSULATED_FORMS = TSPDM_MUTUAL_AUTH_ENCAPSULATED | TSPDM_MUTUAL_AUTH_IMPLICIT };

struct session_wish {
	enum session_kind kind;
	uint16_t session_id;      /* ReqSessionID */
	const uint8_t *random;    /* TSPDM_RANDOM_LEN bytes that are the same in a repetition only */
	struct tspdm_view opaque; /* with the offer of DSP0277 versions */
	uint8_t mutual_auth;      /* MutAuthRequested, and the slot asked for; 0 with PSK */
	uint8_t requester_slot;
};
/* Begins the session as p->job.opening, which the job owns until the response is complete. Where the request is resumed it
 * is there already. */
enum tspdm_status tspdm_responder_begin_session(
	struct tspdm_responder *p, struct request *q, const struct session_wish *wish);
/* OpaqueData of the response: the version of DSP0277 that was selected. */
enum { RECORD_VERSION_ROOM = 20 };
enum tspdm_status tspdm_responder_write_record_version(struct tspdm_responder *p, struct request *q,
	const struct session *s, uint8_t room[RECORD_VERSION_ROOM], struct tspdm_view *out);
/* The handshake in the clear that waits for FINISH; NULL: there is none. */
struct session *tspdm_responder_clear_handshake(struct tspdm_responder *p);

/* key_exchange.c */

/* KEY_EXCHANGE_RSP has its signature: the handshake's keys, and ResponderVerifyData. */
enum tspdm_status tspdm_responder_key_exchange_signed(
	struct tspdm_responder *p, struct tspdm_buffer *out, size_t signature_len);

/* mutual.c: the policy, and claims */

/* Takes what the configuration says of mutual authentication: flags and algorithms that go with it. */
enum tspdm_status tspdm_mutual_configure(struct tspdm_responder *p);
/* How a session's requester is to prove who it is: enum tspdm_mutual_auth, 0 for not at all, and its slot.
 * TSPDM_ERR_POLICY where it would have to and cannot. */
enum tspdm_status tspdm_mutual_choose(const struct tspdm_responder *p, uint8_t *form, uint8_t *slot);
/* Whether CHALLENGE_AUTH asks for basic mutual authentication. */
bool tspdm_mutual_wants_basic(const struct tspdm_responder *p);
/* Whether the requester is one whose chain or key is known beforehand. */
bool tspdm_mutual_is_provisioned(const struct tspdm_responder *p);
/* What is provisioned for a slot: judged, with its key. */
enum tspdm_status tspdm_claim_provisioned(struct tspdm_responder *p, uint8_t slot, struct claim *claim);
/* The chain that the flow has put together: judged, with its key. */
enum tspdm_status tspdm_claim_gathered(struct tspdm_responder *p, struct claim *claim);
void tspdm_claim_drop(struct tspdm_responder *p, struct claim *claim);
/* The claim is proved: the application decides, then it is the requester's identity. TSPDM_ERR_POLICY */
enum tspdm_status tspdm_mutual_accept(struct tspdm_responder *p, const struct claim *claim, const struct session *s);
void tspdm_mutual_forget(struct tspdm_responder *p);
/* FINISH up to RequesterVerifyData: in the transcript, with the signature that was asked for, or none. The claim that the
 * signature proves; without key where none was asked for. The caller drops it. */
enum tspdm_status tspdm_mutual_finish(struct tspdm_responder *p, struct session *s, struct tspdm_view unverified,
	const struct tspdm_finish *finish, struct claim *claim);

/* encapsulated.c */

/* Begins a flow: of a session's handshake, or NULL for basic mutual authentication. */
enum tspdm_status tspdm_flow_begin(struct tspdm_responder *p, struct session *s);
/* Whether a flow is under way, or FINISH has still to prove what it came to: no other may begin. */
bool tspdm_flow_is_taken(const struct tspdm_responder *p);
void tspdm_flow_drop(struct tspdm_responder *p);
/* A session is over: so is what is known by it. */
void tspdm_flow_leave(struct tspdm_responder *p, const struct session *s);
/* Whether a request may come while encapsulated ones wait. TSPDM_ERR_IN_FLIGHT */
enum tspdm_status tspdm_encapsulated_allows(const struct tspdm_responder *p, uint8_t code);
/* The RequestID of a new encapsulated request; never 0, which is the implied GET_DIGESTS'. */
uint8_t tspdm_encapsulated_id(struct tspdm_responder *p);
/* The shape of the requester's messages: what it signs is by ReqBaseAsymAlg. */
struct tspdm_shape tspdm_encapsulated_shape(const struct tspdm_responder *p);

/* identify.c: the encapsulated requests of a flow */

/* Writes the flow's next request into it. */
enum tspdm_status tspdm_identify_ask(struct tspdm_responder *p, uint8_t code);
/* Takes the response to it: the code of what is to be asked next; 0: the flow is done. `used` as of readers. */
enum tspdm_status tspdm_identify_take(
	struct tspdm_responder *p, struct request *q, struct tspdm_view response, size_t *used, uint8_t *next);

/* ask_update.c */

/* The responder's own KEY_UPDATE: what to ask when the requester comes for it, and its answers. */
enum tspdm_status tspdm_ask_update(struct tspdm_responder *p, struct tspdm_buffer *out);
enum tspdm_status tspdm_ask_update_answered(struct tspdm_responder *p, struct request *q,
	const struct tspdm_encapsulated *delivered, struct tspdm_buffer *out);

/* evidence.c: the messages of docs/profile.md "Session evidence" */

/* Takes what the configuration says of them. */
enum tspdm_status tspdm_responder_configure_evidence(struct tspdm_responder_config *c);
/* Whether a vendor-defined request is one of them, and they are served. */
bool tspdm_responder_is_evidence(const struct tspdm_responder *p, const struct tspdm_vendor_defined *message);
/* Appends the answer's payload. */
enum tspdm_status tspdm_responder_evidence(struct tspdm_responder *p, struct request *q,
	const struct tspdm_vendor_defined *message, struct tspdm_buffer *payload);
/* Report data of evidence among measurements. */
enum tspdm_status tspdm_responder_bind_measured(
	const struct tspdm_responder *p, const struct tspdm_measurement_binding *binding, uint8_t *report_data);
/* Gives up what is under way in a session, or everywhere. */
void tspdm_responder_evidence_end(struct tspdm_responder *p, uint32_t session_id);
void tspdm_responder_evidence_drop(struct tspdm_responder *p);
/* Whether a request passes in a session that is not attested; which vendor-defined ones, their handler knows. */
bool tspdm_responder_is_upkeep(uint8_t code);

/* secured.c */

/* Answers one record. */
enum tspdm_status tspdm_responder_record(
	struct tspdm_responder *p, struct tspdm_view record, struct tspdm_buffer *response);
/* Does what `after` says to a session. */
enum tspdm_status tspdm_responder_settle(struct tspdm_responder *p, struct session *s);
/* Ends a session; what waits in it is given up. */
void tspdm_responder_end(struct tspdm_responder *p, struct session *s);
/* Ends the sessions that were silent for too long. */
void tspdm_responder_expire(struct tspdm_responder *p);

/* chunk.c */

/* Whether a request of this code carries a large message, or fetches one: it is in no transcript. */
static inline bool tspdm_responder_is_chunk(uint8_t code)
{
	return code == TSPDM_CHUNK_SEND || code == TSPDM_CHUNK_GET;
}
/* Whether a request comes between the chunks of another one. */
bool tspdm_responder_chunk_blocks(const struct tspdm_responder *p, const struct request *q);
/* Whether a request that came in chunks may not. */
bool tspdm_responder_chunk_forbidden(const struct request *q);
/* Where the response is written: more than `room`, if it may go in chunks. `most` is the size of a transfer. What was
 * pending is given up. */
struct tspdm_buffer tspdm_responder_chunk_room(
	struct tspdm_responder *p, const struct request *q, const struct tspdm_buffer *room, size_t most);
/* Brings the response into `room`: itself, or ERROR(LargeResponse) for it. True: the latter. */
bool tspdm_responder_chunk_deliver(
	struct tspdm_responder *p, const struct tspdm_buffer *response, struct tspdm_buffer *room, size_t most);
/* Gives up what is under way in a session, or everything, and wipes it. */
void tspdm_responder_chunk_end(struct tspdm_responder *p, uint32_t session_id);
void tspdm_responder_chunk_drop(struct tspdm_responder *p);

/* parts.c; attestation_only.c in a build for attestation alone */

/* The capability flags that this build can announce. */
uint32_t tspdm_responder_parts(void);
/* Takes the caller's memory for sessions, if there are any by the configuration. */
enum tspdm_status tspdm_responder_take_sessions(struct tspdm_responder *p);
/* Begins with other memory for them, of which none is in use. */
enum tspdm_status tspdm_responder_table_sessions(struct tspdm_responder *p);
void tspdm_responder_drop_sessions(struct tspdm_responder *p);
/* Gives up a session that is not open yet. */
void tspdm_responder_abandon(struct session *s);
/* Whether KEY_UPDATE is waiting for its VerifyNewKey. */
bool tspdm_responder_awaits_new_key(const struct session *s);

/* vendor.c */

/* TSPDM_ERR_ARGUMENT: the configuration's handlers are not complete, or two are for the same ids. */
enum tspdm_status tspdm_responder_check_vendors(const struct tspdm_responder_config *c);
/* Ends what a handler left in `pending`. */
void tspdm_responder_cancel_vendor(const struct tspdm_vendor_handler *owner, struct tspdm_pending *pending);

/* dispatch.c */

/* Answers a message within `room`, an ERROR included; `most` is the size of a transfer. *is_large: the answer is
 * ERROR(LargeResponse). */
enum tspdm_status tspdm_responder_respond(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *room, size_t most, bool *is_large);

/* Answers a message that came in p->session, or in the clear: the plaintext of the response, appended. */
enum tspdm_status tspdm_responder_answer(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *response);

/* Back to before GET_VERSION. */
void tspdm_responder_drop(struct tspdm_responder *p);

#endif
