/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer inside: what it keeps of a connection, its two sides and its sessions, and how its files hand on a message. */
#ifndef TSPDM_OBSERVER_OBSERVER_H
#define TSPDM_OBSERVER_OBSERVER_H

#include <tspdm/observer.h>
#include <tspdm/session_messages.h>

#include "core/connection.h"
#include "core/record.h"
#include "core/session_transcript.h"
#include "core/signing.h"

enum {
	PENDING_MAX =
		4096, /* KEY_EXCHANGE with the largest ExchangeData and OpaqueData; longer requests are not needed again */
	INNER_MAX = 256,
	PUBLIC_KEY_MAX = 1024,
	DIGESTS_MAX = 4 + TSPDM_SLOTS * (TSPDM_HASH_MAX + 4),
	SESSIONS = 8,
	RECORD_MAX = 4 + 8 + 2 + UINT16_MAX + 4,
	EVENTS_MAX = 8, /* a record, chunk, large message, encapsulated message, and their answers */
};

/* Where a message may come. */
enum place {
	PLACE_CLEAR = 1 << 0,
	PLACE_SESSION = 1 << 1,
	PLACE_INNER = 1 << 2, /* encapsulated */
};

struct kept_chain {
	uint32_t len; /* received so far */
	bool is_whole;
	bool is_doubtful; /* SET_CERTIFICATE named another one: whether that is in force yet cannot be seen */
	uint8_t bytes[TSPDM_CHAIN_MAX];
};

/* What is known of the identity of one end. */
struct side {
	uint8_t digest_slots;
	uint8_t digests[TSPDM_SLOTS][TSPDM_HASH_MAX];
	struct kept_chain chains[TSPDM_SLOTS];
	size_t public_key_len;
	uint8_t public_key[PUBLIC_KEY_MAX];
};

enum { SIDE_RESPONDER, SIDE_REQUESTER, SIDES };

/* A request that awaits its response. */
struct pending {
	uint8_t code; /* 0: none */
	size_t len;   /* of its bytes; 0: longer than is kept */
};

struct seen_session;

/* Requests and answers alternate in the clear, and in each session by itself. */
struct context {
	struct seen_session *session; /* NULL: in the clear */
	uint8_t chunk_code;           /* CHUNK_SEND or CHUNK_GET that awaits its answer; 0: none */
	struct pending outer, inner;
	uint8_t outer_bytes[PENDING_MAX];
	uint8_t inner_bytes[INNER_MAX];
};

struct seen_session {
	struct tspdm_seen_session info;
	bool is_used;
	bool has_finished_keys;
	bool has_stream[KEY_DIRECTIONS];
	bool is_l_tainted;
	bool has_th2;                         /* the handshake is over, and was seen whole */
	bool is_flow_begun;                   /* an encapsulated response of the handshake was seen */
	bool is_update_right;                 /* KEY_UPDATE came under the key that it should */
	bool is_last_pending[KEY_DIRECTIONS]; /* the last record came under a key that is not confirmed */
	uint8_t record_version;
	uint8_t random[TSPDM_RANDOM_LEN];
	uint8_t th2[TSPDM_HASH_MAX];
	struct context context;
	struct key_schedule schedule;
	struct session_transcript th;
	struct handshake_secrets handshake;
	struct tspdm_record_stream in[KEY_DIRECTIONS];
	struct tspdm_hash *log; /* L1/L2 of this session */
	size_t digests_len;     /* Dq */
	uint8_t digests[DIGESTS_MAX];
};

/* One direction's message in chunks. */
struct assembly {
	uint8_t *bytes;
	size_t cap;
	struct context *context; /* whose transfer it is; NULL: none under way */
	uint8_t handle;
	uint32_t next;
	size_t len, size;
};

struct tspdm_observer {
	struct tspdm_crypto *crypto;
	struct tspdm_crypto_support support;
	struct tspdm_observer_config config;
	struct connection c; /* own flags: the requester's; peer flags: the responder's */
	struct tspdm_negotiate_algorithms offer;
	struct tspdm_hash *digest; /* for single digests */
	struct tspdm_hash *mutual; /* M1/M2 of the requester's authentication */
	bool is_multi_key[SIDES];  /* MULTI_KEY_CONN_RSP, MULTI_KEY_CONN_REQ */
	bool is_m_tainted; /* a message that belongs into M1/M2 was not seen whole (chunks): no BAD may come of it */
	bool is_l_tainted;
	bool is_first_request; /* nothing was asked since ALGORITHMS */
	bool has_summary[2];   /* of all measurements, of the TCB */
	uint8_t summary[2][TSPDM_HASH_MAX];
	size_t digests_len; /* Dr */
	uint8_t digests[DIGESTS_MAX];
	uint8_t implied[sizeof(struct tspdm_header)]; /* a request that is not sent */
	unsigned session_count;
	struct seen_session *clear_session; /* whose handshake is going on in the clear */
	struct context clear;
	struct assembly large[2]; /* requests, responses */
	unsigned event_count;
	struct tspdm_seen events[EVENTS_MAX];
	struct seen_session sessions[SESSIONS];
	struct side sides[SIDES];
	uint8_t record[RECORD_MAX];
	uint8_t spare[RECORD_MAX];
};

/* One message being looked at. */
struct look {
	struct tspdm_observer *o;
	struct context *context;
	struct tspdm_seen *seen;
	struct tspdm_view message;
	bool is_inner;
};

/* A message of a family: `seen->used` is set, the connection follows, checks are added. */
typedef enum tspdm_status look_message(struct look *l);

/* A request and its response. */
struct family {
	uint8_t request_code;
	uint8_t response_code;
	uint8_t places;
	look_message *request;
	look_message *response;
};

/* ---- observer.c ---- */

/* Looks at a message inside another one. What `used` says of it comes back. */
size_t tspdm_look_inside(
	struct look *outer, enum tspdm_seen_carrier carrier, bool is_request, struct tspdm_view message);
/* A new event to be shown, of the same place; NULL: there are too many. */
struct tspdm_seen *tspdm_observer_event(
	struct tspdm_observer *o, const struct context *context, bool is_from_requester);
/* A whole message of a context, and all that is in it. */
void tspdm_observer_look(struct tspdm_observer *o, struct context *context, bool is_request, struct tspdm_view message);
/* Shows what has come together. */
void tspdm_observer_show(struct tspdm_observer *o);
/* Notes a request that will be answered. */
void tspdm_look_await(struct look *l);
/* What was seen of the messages may not be whole. */
void tspdm_look_taint(struct look *l);

static inline struct seen_session *look_session(const struct look *l)
{
	return l->context->session;
}

/* Whose key signs this response, whose chain this is. */
static inline unsigned look_side(const struct look *l)
{
	return l->is_inner ? SIDE_REQUESTER : SIDE_RESPONDER;
}

/* The shape of this message. */
struct tspdm_shape tspdm_look_shape(const struct look *l);
/* The request that this response answers. */
struct tspdm_view tspdm_look_request(const struct look *l);
/* The message without padding, and without `behind` bytes at its end. */
struct tspdm_view tspdm_look_body(const struct look *l, size_t behind);
void tspdm_look_result(struct look *l, enum tspdm_check_kind kind, uint8_t result);
void tspdm_look_results(struct look *l, enum tspdm_check_kind kind, uint8_t result, size_t count);

/* Takes the next message of a session, of a record that somebody else has opened. TSPDM_ERR_SESSION: there is none of this
 * number. What is found goes to config.see. */
enum tspdm_status tspdm_observer_see_opened(
	struct tspdm_observer *o, uint32_t session, bool is_request, struct tspdm_view message);

/* ---- The families ---- */

extern const struct family tspdm_families_connection[]; /* negotiate.c; each ends with a row of zeros */
extern const struct family tspdm_families_identity[];   /* identity.c */
extern const struct family tspdm_families_measure[];    /* measure.c */
extern const struct family tspdm_families_session[];    /* session.c */
extern const struct family tspdm_families_control[];    /* control.c */
extern const struct family tspdm_families_carrier[];    /* encapsulated.c */
extern const struct family tspdm_families_provision[];  /* provision.c */

/* chunk.c: messages that carry others in pieces, and do not answer requests themselves. */
bool tspdm_look_is_chunk(uint8_t code);
enum tspdm_status tspdm_look_chunk(struct look *l);
/* LargeResponse was answered. */
void tspdm_look_large_response(struct look *l, uint8_t handle);

/* ---- identity.c ---- */

/* What was signed over, against the key of the signer's slot (0xF, 0xFF: the provisioned key). */
uint8_t tspdm_look_signature(struct look *l, unsigned side, unsigned slot, enum signing_use use, const uint8_t *digest,
	struct tspdm_view signature);
/* The digest of a slot's chain, or of the provisioned key: from the bytes, else as DIGESTS told it. */
bool tspdm_look_identity(struct look *l, unsigned side, unsigned slot, uint8_t *digest);
/* csr.c */
uint8_t tspdm_look_csr(struct look *l, struct tspdm_view csr);

/* ---- measure.c ---- */

uint8_t tspdm_look_summary(const struct look *l, uint8_t summary_type, struct tspdm_view told);

/* ---- records.c ---- */

/* The session of this number; NULL: there is none. */
struct seen_session *tspdm_observer_session(struct tspdm_observer *o, uint32_t id);
/* A slot for a session that opens; the oldest one's, where all are taken. Zeroed, in the handshake. */
struct seen_session *tspdm_observer_session_open(struct tspdm_observer *o, uint32_t id);
void tspdm_observer_session_close(struct tspdm_observer *o, struct seen_session *s);
/* Makes the streams of both directions from their secrets. */
void tspdm_observer_streams(struct tspdm_observer *o, struct seen_session *s, uint8_t secrets[][TSPDM_HASH_MAX]);
/* Nothing more can be opened with them. */
void tspdm_observer_drop_streams(struct seen_session *s);
/* Asks for a secret. */
bool tspdm_observer_secret(struct tspdm_observer *o, const struct seen_session *s, enum tspdm_secret_kind kind,
	struct tspdm_view hint, struct tspdm_buffer *out);

#endif
