/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Inside a requester. A job is a function that names the next exchange; an exchange writes one request and reads its
 * response; the engine (exchange.c) does the sending, waiting and repeating that all of them share. */
#ifndef TSPDM_REQUESTER_INTERNAL_H
#define TSPDM_REQUESTER_INTERNAL_H

#include <tspdm/requester.h>

#include "core/chain.h"
#include "core/chunk.h"
#include "core/connection.h"
#include "core/mutual_transcript.h"
#include "core/peer_identity.h"
#include "core/session.h"
#include "core/signing.h"

struct tspdm_requester;

/* One request and its response. */
struct exchange {
	uint8_t request_code;
	uint8_t response_code;
	bool is_crypto;     /* CT instead of ST1, DSP0274 "Timing requirements" */
	bool may_be_late;   /* ResponseNotReady is a legal answer */
	const char *clause; /* where the response is described */
	/* Writes the request, header included. TSPDM_AGAIN: a signer takes its time; it is called again, and the room is
	 * as it left it. */
	enum tspdm_status (*write)(struct tspdm_requester *r, struct tspdm_buffer *request);
	/* Reads the response: form, then rules, then transcripts; begins with tspdm_requester_trim(). */
	enum tspdm_status (*read)(struct tspdm_requester *r, struct tspdm_view message);
	/* Deals with an ERROR that the engine does not know what to do with; NULL: it fails the job. TSPDM_OK: dealt
	 * with. */
	enum tspdm_status (*refused)(struct tspdm_requester *r, const struct tspdm_error_response *error);
};

/* A job. */
struct job {
	/* The next exchange; NULL: the job is done. Called at the start and after each exchange. */
	enum tspdm_status (*next)(struct tspdm_requester *r, const struct exchange **exchange);
	/* The job failed: nothing of what it was about may be believed. */
	void (*abandon)(struct tspdm_requester *r);
};

enum engine_state {
	ENGINE_IDLE,
	ENGINE_PREPARE, /* the request is not written completely yet: a signer takes its time */
	ENGINE_PAUSE,   /* wait `pause_us` from the next step on, then send */
	ENGINE_SEND,    /* `outgoing` is to be sent */
	ENGINE_AWAIT,
	ENGINE_BACKOFF, /* wait `backoff_us` from the next step on, then send */
	ENGINE_WAIT,    /* until `deadline_us`, then send */
	ENGINE_DONE,
	ENGINE_FAILED,
};

enum chunk_step { CHUNK_NONE, CHUNK_SENDING, CHUNK_GETTING };

/* The large message of the exchange under way: its request, then its response. While the request goes out, config.large
 * has the chunk message, then the response as far as it came. */
struct chunking {
	enum chunk_step step;
	bool was_sent;  /* the request went in chunks */
	bool is_whole;  /* the response under judgement came in chunks */
	uint8_t handle; /* of the large request last begun */
	uint8_t stale;  /* answers to repetitions of the chunk message before that may still come */
	size_t used;    /* bytes of config.large to wipe */
	struct chunk_out out;
	struct chunk_in in;
	uint8_t in_handle;          /* as ERROR(LargeResponse) told */
	struct tspdm_view message;  /* chunk message that is to go out */
	uint8_t get[CHUNK_GET_MAX]; /* CHUNK_GET */
};

/* One exchange under way. */
struct engine {
	enum engine_state state;
	const struct job *job;
	const struct exchange *exchange;
	size_t request_len;  /* of the request in config.request */
	uint8_t if_ready[4]; /* RESPOND_IF_READY */
	bool asks_if_ready;  /* it goes out instead of the request */
	bool has_begun;      /* begun_us is set */
	bool is_shown;       /* the transcripts know of the request */
	uint8_t sendings;    /* of what is outgoing now */
	uint8_t busy_count;
	uint8_t stale_code;  /* answers to repetitions of the exchange before may still come: their code, */
	uint8_t stale_count; /* and how many */
	uint64_t begun_us;
	uint64_t deadline_us;
	uint64_t backoff_us;
	uint64_t pause_us;       /* before the next exchange; 0: none */
	struct session *session; /* in which the exchange is; NULL: in the clear */
	bool is_session_lost;    /* the failure is one that no session survives */
	bool is_new_key;         /* the response came under a key that is not confirmed yet */
	struct chunking chunk;
	unsigned log_resets; /* how often an ERROR emptied L1/L2 */
};

struct authentication {
	struct tspdm_authenticate job;
	struct gathering chain;
	uint8_t stage;
	bool is_judged; /* the chain in job.chain passed, or the provisioned key */
	uint8_t nonce[TSPDM_NONCE_LEN];
};

/* The judgement of a chain that may be used again on this requester: anchors and time of judgement stay as configured,
 * so whatever else it depends on is here. */
struct judgement {
	struct tspdm_public_key *key;   /* NULL: there is none, or requester.leaf_key has the key */
	uint8_t digest[TSPDM_HASH_MAX]; /* of the whole chain structure, or of the provisioned key */
	uint32_t hash;                  /* its algorithm; 0: it is a key, and what it says is no word on any chain */
	uint32_t asym;
	bool is_alias;
	bool is_anchored;
	size_t leaf_at, leaf_len; /* in the chain structure */
	size_t spki_len;          /* in requester.spki */
};

struct measuring {
	struct tspdm_measure job;
	uint8_t operation; /* of the exchange under way */
	bool is_signed;    /* likewise */
	bool is_counted;
	bool is_mapped; /* `present` is complete */
	bool is_done;
	uint8_t restarts;
	uint8_t found;
	unsigned resets_seen; /* engine.log_resets at the start of the series */
	uint8_t present[32];  /* indices that exist, a bit each */
	struct tspdm_buffer record;
};

struct opening {
	struct tspdm_open_session job;
	uint8_t stage;
	uint16_t session_id; /* ReqSessionID */
	uint8_t random[TSPDM_RANDOM_LEN];
	struct tspdm_dhe_key *key;
	struct tspdm_view hint;                   /* PSK_EXCHANGE: the caller's, until the request is written */
	uint8_t context_len;                      /* of RequesterContext */
	uint8_t handshake_secret[TSPDM_HASH_MAX]; /* from the PSK; wiped once the session has its keys */
	struct session *session;
};

/* Where an encapsulated request came from: what may be asked depends on it. */
enum flow_use {
	FLOW_BASIC = 1 << 0,     /* after CHALLENGE_AUTH with BasicMutAuthReq */
	FLOW_HANDSHAKE = 1 << 1, /* between KEY_EXCHANGE_RSP and FINISH */
	FLOW_CLEAR = 1 << 2,     /* asked for without a hint from the responder, in the clear */
	FLOW_SESSION = 1 << 3,   /* and in a session */
};

enum { ASK_MAX = 64 }; /* longer than each encapsulated request that is understood */

struct encapsulated_flow {
	uint8_t use; /* enum flow_use */
	uint8_t stage;
	uint8_t request_id; /* of `ask` */
	uint8_t last_id;    /* of the one before */
	bool has_slot;      /* the responder named `slot` at the end */
	uint8_t slot;
	bool is_challenged;        /* CHALLENGE was answered */
	uint8_t ask[ASK_MAX];      /* the request that is answered next */
	size_t ask_len;            /* with a transport's padding */
	unsigned rounds;           /* answers delivered */
	unsigned answered;         /* of these not by ERROR */
	enum tspdm_status refused; /* why the last request was answered by ERROR */
	enum tspdm_status doom;    /* what the job ends with once the ERROR is delivered */
	struct mutual_transcript transcript;
};

/* The mutual authentication of the session that is being opened. */
struct mutual {
	uint8_t requested; /* MutAuthRequested */
	uint8_t slot;      /* as in FINISH */
};

/* A signature of the requester's own, from the first call of the signer on. */
struct own_signature {
	bool is_under_way;
	size_t body_len; /* of what is written in front of it */
	struct tspdm_signer *signer;
	struct tspdm_pending pending;
	struct signing_input input;
};

/* Evidence under way: the responder's, or the requester's own, or a result. */
struct asking {
	uint8_t stage;
	uint8_t opcode; /* of the request under way */
	uint8_t flags;
	struct tspdm_buffer room; /* the caller's */
	uint8_t channel[TSPDM_HASH_MAX];
	size_t channel_len;
	bool is_waiting; /* the responder has said "pending", at */
	uint64_t since_us;
	uint8_t nonce[TSPDM_NONCE_LEN];
	struct tspdm_evidence_item result;
	struct tspdm_evidence_source *source; /* of the requester's own evidence */
	struct tspdm_evidence_job *making;
	bool is_making;
	uint32_t retry_us; /* of the source */
};

struct controlling {
	struct tspdm_key_update update;
	uint8_t stage;
	bool clears_state; /* END_SESSION */
};

struct provisioning {
	struct tspdm_view requester_info; /* the caller's, until the request is written */
	struct tspdm_view certificates;   /* likewise */
	struct tspdm_buffer *csr;         /* the caller's room */
	uint8_t slot;
	bool is_done;
};

struct tspdm_requester {
	struct tspdm_requester_config config;
	struct algorithm_offer offer;
	struct tspdm_capabilities own;
	struct connection c;
	struct engine engine;
	struct tspdm_requester_error error;
	struct tspdm_negotiate_algorithms offered;
	struct tspdm_negotiated negotiated;
	uint8_t connect_stage;
	bool has_digests;
	uint8_t digest_slots;
	uint8_t digests[TSPDM_SLOTS][TSPDM_HASH_MAX];
	struct authentication authentication;
	struct tspdm_hash *digest;            /* for digests besides transcripts */
	struct tspdm_public_key *leaf_key;    /* of the judged chain */
	uint8_t chain_digest[TSPDM_HASH_MAX]; /* of the chain in authentication.job.chain, or of the provisioned key */
	struct judgement judgement;
	uint8_t spki[SPKI_MAX];
	uint8_t summary_hash[TSPDM_HASH_MAX];
	struct tspdm_identity identity;
	struct measuring measuring;
	struct tspdm_measured measured;
	struct tspdm_buffer *vendor_response;
	struct tspdm_vendor_defined vendor; /* views of config.request */
	bool is_vendor_done;
	struct provisioning provisioning;
	uint64_t now_us; /* of the last step */
	struct session_table sessions;
	uint32_t selected_id; /* session that jobs run in; 0: in the clear */
	uint32_t opened_id;   /* that was opened last */
	uint8_t next_tag;     /* of KEY_UPDATE */
	struct opening opening;
	struct controlling controlling;
	bool is_state_cleared; /* by END_SESSION: what was negotiated is good for this connection only */
	struct encapsulated_flow flow;
	struct mutual mutual;
	struct own_signature signing;
	struct asking asking;
	struct tspdm_session_evidence shown;
};

/* Begins a job, in the session that is selected. TSPDM_ERR_STATE while another is under way, or before the phase;
 * TSPDM_ERR_SESSION_ENDED where that session is no more. */
enum tspdm_status tspdm_requester_begin(struct tspdm_requester *r, const struct job *job, enum tspdm_phase needed);
/* Begins a job in a session of the job's own choice; NULL: in the clear. */
enum tspdm_status tspdm_requester_begin_in(
	struct tspdm_requester *r, const struct job *job, enum tspdm_phase needed, struct session *session);
/* What follows in this job is in the session; NULL: in the clear. */
void tspdm_requester_enter(struct tspdm_requester *r, struct session *session);

/* Back to before connect(): nothing is negotiated, and the job that was under way failed. */
void tspdm_requester_forget_negotiation(struct tspdm_requester *r);
/* Drops the connection with all its sessions. */
void tspdm_requester_drop(struct tspdm_requester *r);
/* Wipes a session. */
void tspdm_requester_end(struct tspdm_requester *r, struct session *session);

/* begin_session.c */

/* Chooses ReqSessionID, into r->opening. */
enum tspdm_status tspdm_requester_choose_session_id(struct tspdm_requester *r);
/* OpaqueData of the request: the versions of DSP0277 that there are. */
enum { RECORD_OFFER_ROOM = 32 };
enum tspdm_status tspdm_requester_write_record_offer(
	struct tspdm_requester *r, uint8_t room[RECORD_OFFER_ROOM], struct tspdm_view *out);
/* What KEY_EXCHANGE_RSP and PSK_EXCHANGE_RSP say of the session. Nothing in it is authentic yet. */
struct session_grant {
	enum session_kind kind;
	uint16_t session_id; /* RspSessionID */
	uint8_t heartbeat_period;
	struct tspdm_view summary_hash;
	struct tspdm_view opaque; /* with the version of DSP0277 that was selected */
};
/* Begins the session as r->opening.session. */
enum tspdm_status tspdm_requester_begin_session(struct tspdm_requester *r, const struct session_grant *granted);
/* The handshake is complete: r->opening.session becomes the session that was opened. */
enum tspdm_status tspdm_requester_establish(struct tspdm_requester *r);

/* secured.c */

/* Seals the message that is to go out in the session under way. */
enum tspdm_status tspdm_requester_seal_message(
	struct tspdm_requester *r, struct tspdm_view message, struct tspdm_view *record);
/* chunk.c */

/* The request is written: prepares its first chunk, if it needs any. TSPDM_ERR_TOO_LARGE: the peer takes no such request. */
enum tspdm_status tspdm_requester_chunk_begin(struct tspdm_requester *r);
/* Judges an answer to a chunk message. TSPDM_AGAIN: it was dealt with; TSPDM_OK: *message is the response to the request. */
enum tspdm_status tspdm_requester_chunk_take(struct tspdm_requester *r, struct tspdm_view *message);
/* A late answer to a repeated chunk message, which nobody waits for. */
bool tspdm_requester_chunk_is_stale(struct tspdm_requester *r, struct tspdm_view message);
/* Whether an ERROR may answer a chunk message by itself. */
bool tspdm_requester_chunk_may_fail(const struct tspdm_requester *r, uint8_t code);
/* ERROR(LargeResponse): prepares the first CHUNK_GET. */
enum tspdm_status tspdm_requester_chunk_large(struct tspdm_requester *r, const struct tspdm_error_response *error);
/* The exchange is over: wipes what it left. */
void tspdm_requester_chunk_end(struct tspdm_requester *r);

/* Opens what arrived; application data goes to the caller's hook.
 * TSPDM_AGAIN: it is nothing for the exchange under way, and was dealt with */
enum tspdm_status tspdm_requester_open_record(
	struct tspdm_requester *r, struct tspdm_view record, struct tspdm_view *message);
/* Ends sessions that were silent for too long. True: the one under way is among them. */
bool tspdm_requester_expire(struct tspdm_requester *r);

/* Cuts the transport's padding off a response. TSPDM_ERR_TRAILING where it is none. */
enum tspdm_status tspdm_requester_trim(struct tspdm_requester *r, struct tspdm_view *message, size_t used);

/* Returns the status, and notes which rule was broken, and at what. */
enum tspdm_status tspdm_requester_broken(
	struct tspdm_requester *r, enum tspdm_status status, const char *clause, uint8_t detail);

/* The request that is under way, as in transcripts. */
struct tspdm_view tspdm_requester_request(const struct tspdm_requester *r);

/* Forgets who answered. The judgement of his chain stays, for the next time that the same chain is shown. */
void tspdm_requester_forget_identity(struct tspdm_requester *r);
/* Forgets the identity and the judgement. */
void tspdm_requester_forget_judgement(struct tspdm_requester *r);

/* Puts the chain that DIGESTS speaks of into `chain`, and its judgement where this requester's own would be, if the cache
 * has both. */
bool tspdm_requester_recall_chain(struct tspdm_requester *r, struct tspdm_buffer *chain);
/* Tells the cache what was just judged. */
void tspdm_requester_remember_chain(
	struct tspdm_requester *r, struct tspdm_view chain, const struct tspdm_chain_result *result);

/* Checks that the provisioned key, if there is one, is one that can be verified with. TSPDM_ERR_KEY */
enum tspdm_status tspdm_requester_take_peer_key(struct tspdm_requester *r);
/* Makes the provisioned key the one that answers have to be signed with. */
enum tspdm_status tspdm_requester_judge_key(struct tspdm_requester *r);

/* Verifies the responder's signature of a message with the judged chain's key. */
enum tspdm_status tspdm_requester_verify(
	struct tspdm_requester *r, int use, const uint8_t *digest, struct tspdm_view signature);

/* OpaqueData is only allowed where a format for it was selected, DSP0274 1.2 "OtherParamsSelection". */
bool tspdm_requester_opaque_ok(const struct tspdm_requester *r, struct tspdm_view opaque);

extern const struct exchange tspdm_exchange_digests;

/* ---- The requester as one that is asked ---- */

/* Checks that the configuration has what its flags announce, and offers the algorithms for it. TSPDM_ERR_ARGUMENT: there is
 * no such identity; TSPDM_ERR_UNSUPPORTED: its keys do not sign with what is to be offered. */
enum tspdm_status tspdm_requester_take_identity(struct tspdm_requester *r);

/* The algorithm of the requester's signatures; 0: none was selected. */
uint32_t tspdm_requester_own_asym(const struct tspdm_requester *r);
/* The shape of messages that the requester signs. */
struct tspdm_shape tspdm_requester_own_shape(const struct tspdm_requester *r);
/* A slot that fits what was negotiated, or with TSPDM_SLOT_PUBLIC_KEY the provisioned key. TSPDM_ERR_SLOT: there is
 * none. */
enum tspdm_status tspdm_requester_own_slot(
	const struct tspdm_requester *r, unsigned number, const struct tspdm_slot **slot);
uint8_t tspdm_requester_own_slots(const struct tspdm_requester *r);
enum tspdm_status tspdm_requester_own_image(
	struct tspdm_requester *r, const struct tspdm_slot *slot, struct chain_image *image);
/* Of the slot's chain structure, or of the provisioned key. */
enum tspdm_status tspdm_requester_own_digest(struct tspdm_requester *r, unsigned number, uint8_t *digest);

/* Appends the signature to what stands in `out`. TSPDM_AGAIN: tspdm_requester_sign_on() then, with the same room. */
enum tspdm_status tspdm_requester_sign(struct tspdm_requester *r, enum signing_use use, struct tspdm_signer *signer,
	const uint8_t *digest, struct tspdm_buffer *out);
enum tspdm_status tspdm_requester_sign_on(struct tspdm_requester *r, struct tspdm_buffer *out);
/* Gives up the signature that is under way, if one is. */
void tspdm_requester_cancel_signature(struct tspdm_requester *r);

/* evidence.c: what its jobs share */

/* Begins a job in the session that is used. */
enum tspdm_status tspdm_requester_begin_evidence(struct tspdm_requester *r, const struct job *job);
/* Keeps what the job says of the channel. */
enum tspdm_status tspdm_requester_take_channel(struct asking *a, struct tspdm_view channel);
/* Where the items of a request stand: behind what is written in front of them. */
enum tspdm_status tspdm_requester_evidence_room(
	struct tspdm_requester *r, struct tspdm_buffer *request, size_t nonce_len, struct tspdm_buffer *items);
/* Writes a request; its items may stand in their place already. */
enum tspdm_status tspdm_requester_write_evidence(
	struct tspdm_requester *r, struct tspdm_buffer *request, const struct tspdm_evidence_request *ask);
/* Reads the answer to asking.opcode. A status that is not OK or PENDING is a failure. */
enum tspdm_status tspdm_requester_read_evidence(
	struct tspdm_requester *r, struct tspdm_view message, struct tspdm_evidence_answer *answer);
/* present_evidence.c: gives up the requester's own evidence, if some is being made. */
void tspdm_requester_cancel_source(struct tspdm_requester *r);
/* TSPDM_ERR_NOT_ATTESTED: the job may not run in the session that is used. */
enum tspdm_status tspdm_requester_check_attested(const struct tspdm_requester *r);

/* A flow of encapsulated requests as part of a job. */
enum tspdm_status tspdm_requester_begin_flow(struct tspdm_requester *r, enum flow_use use, bool is_implicit);
/* The next exchange of it; none: it is over. */
enum tspdm_status tspdm_requester_next_in_flow(struct tspdm_requester *r, const struct exchange **exchange);
void tspdm_requester_end_flow(struct tspdm_requester *r);
/* Whether it acknowledges the delivery before the one under way: from 1.2 on ENCAPSULATED_RESPONSE_ACK tells. */
bool tspdm_requester_is_old_ack(const struct tspdm_requester *r, struct tspdm_view message);
/* Writes the answer to flow.ask, or ERROR. */
enum tspdm_status tspdm_requester_answer(struct tspdm_requester *r, struct tspdm_buffer *out);
enum tspdm_status tspdm_requester_answer_challenge(struct tspdm_requester *r, struct tspdm_buffer *out);

/* Judges MutAuthRequested and SlotIDParam of KEY_EXCHANGE_RSP, and begins what they ask for. */
enum tspdm_status tspdm_requester_take_mutual(struct tspdm_requester *r, uint8_t requested, uint8_t slot_param);
/* The next exchange before FINISH; none: FINISH may follow. */
enum tspdm_status tspdm_requester_next_mutual(struct tspdm_requester *r, const struct exchange **exchange);
/* Writes FINISH up to RequesterVerifyData, and appends it to the session's transcript. TSPDM_AGAIN as of `write`. */
enum tspdm_status tspdm_requester_write_finish(
	struct tspdm_requester *r, struct session *s, struct tspdm_buffer *request);
/* The same for BasicMutAuthReq of CHALLENGE_AUTH. */
enum tspdm_status tspdm_requester_take_basic_mutual(struct tspdm_requester *r, bool is_requested);
enum tspdm_status tspdm_requester_next_basic_mutual(struct tspdm_requester *r, const struct exchange **exchange);

#endif
