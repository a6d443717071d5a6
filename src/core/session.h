/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What both roles know of one session: its phase, secrets, transcripts and record streams. The secrets of a phase are gone
 * when it ends. */
#ifndef TSPDM_CORE_SESSION_H
#define TSPDM_CORE_SESSION_H

#include <tspdm/session_messages.h>

#include "core/connection.h"
#include "core/record.h"
#include "core/session_evidence.h"
#include "core/session_transcript.h"

enum { DHE_SECRET_MAX = 512 };

/* DSP0277 versions that are spoken, as they stand in messages; the highest common one is taken. */
enum { RECORD_VERSIONS = 3 };
extern const uint16_t tspdm_record_versions[RECORD_VERSIONS];

enum session_phase {
	SESSION_FREE,
	SESSION_OPENING,     /* KEY_EXCHANGE is not answered completely yet */
	SESSION_HANDSHAKING, /* before FINISH_RSP */
	SESSION_ESTABLISHED,
};

/* How it was opened. FINISH never ends a handshake that PSK_EXCHANGE began, nor PSK_FINISH one that KEY_EXCHANGE did. */
enum session_kind {
	SESSION_CERTIFICATE,
	SESSION_PSK,       /* with ResponderContext: PSK_FINISH follows */
	SESSION_PSK_ALONE, /* without: there is no handshake phase */
};

/* A key update that the responder asks for by encapsulated requests. */
struct asked_update {
	enum { ASKED_NOTHING, ASKED_WANTED, ASKED_UPDATE, ASKED_VERIFY } step;
	uint8_t request_id;
	uint8_t tag;
};

struct session {
	enum session_phase phase;
	enum session_kind kind;
	uint32_t id; /* ReqSessionID | RspSessionID << 16; never 0 */
	bool is_clear;
	bool is_mac_only;
	bool is_seal_requester; /* this end is the requester */
	bool has_export;        /* data.export_master is still there */
	uint8_t heartbeat_s;    /* 0: none */
	uint8_t record_version;
	uint8_t seal_order;               /* enum tspdm_sequence_order, of records before 1.2 */
	uint8_t open_order;               /* what the peer uses, as far as it has shown */
	uint64_t heard_us;                /* when the last record came, or the handshake began */
	uint8_t random[TSPDM_RANDOM_LEN]; /* of KEY_EXCHANGE, or PSK_EXCHANGE's digest, to know its repetition */
	struct tspdm_key_update update;   /* the one that is not verified yet */
	struct asked_update asked;        /* responder: one of its own */
	uint8_t mutual_auth;              /* MutAuthRequested: how FINISH has to prove who the requester is */
	uint8_t requester_slot;           /* with whose key: 0..7, or TSPDM_SLOT_PUBLIC_KEY */
	bool is_mutual;                   /* it did */
	uint8_t summary_len;
	uint8_t requester_digest[TSPDM_HASH_MAX];
	const struct tspdm_binding *binding;
	struct key_schedule schedule;
	struct tspdm_key_log_hook key_log;
	uint8_t exchange_random[TSPDM_RANDOM_LEN]; /* what names its secrets in a key log */
	struct session_transcript th;
	union {
		struct handshake_secrets handshake; /* until the data secrets are derived, */
		struct session_bound bound;         /* from then on */
	};
	struct data_secrets data;
	uint8_t summary[TSPDM_HASH_MAX]; /* MeasurementSummaryHash that the requester was given */
	struct tspdm_hash *log;          /* L1/L2 of this session */
	struct session_evidence evidence;
	struct tspdm_record_stream seal, open;
};

/* What the two sides' flags make of their sessions. */
static inline bool tspdm_session_is_clear(const struct connection *c)
{
	return (c->own_flags & c->peer_flags & TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR) != 0;
}
static inline bool tspdm_session_is_mac_only(const struct connection *c)
{
	return (c->own_flags & c->peer_flags & TSPDM_CAP_ENCRYPT) == 0;
}

/* What the keys of a connection's sessions depend on. */
struct key_schedule tspdm_session_schedule(const struct connection *c);
/* Whether a session without handshake phase has never been used: nothing tells that the requester knows of it. */
bool tspdm_session_is_unused(const struct session *s);

/* Begins a session in a free slot: SESSION_OPENING, with a transcript that has VCA. After a failure it is free. */
enum tspdm_status tspdm_session_begin(
	struct session *s, struct connection *c, enum session_kind kind, uint32_t id, bool is_requester);
/* Secrets of the handshake phase and, unless it is in the clear, its record streams. `th1` of the hash's length. */
enum tspdm_status tspdm_session_handshake(struct session *s, struct tspdm_view dhe_secret, const uint8_t *th1);
/* The same from the Handshake-Secret. */
enum tspdm_status tspdm_session_handshake_from(struct session *s, const uint8_t *handshake_secret, const uint8_t *th1);

/* The next generation of a direction's keys, as tspdm_record_update(). */
enum tspdm_status tspdm_session_update(struct session *s, struct tspdm_record_stream *stream);

/* Where the two sides prove that they have the handshake's keys. */
enum verify_data {
	VERIFY_EXCHANGE_RSP, /* KEY_EXCHANGE_RSP, PSK_EXCHANGE_RSP */
	VERIFY_FINISH,       /* FINISH, PSK_FINISH */
	VERIFY_FINISH_RSP,   /* FINISH_RSP where the handshake is in the clear */
};
/* Appends verify data over the transcript as it stands, to the message and to the transcript. TSPDM_ERR_BUFFER, with the
 * size in `out`, where there is no room. */
enum tspdm_status tspdm_session_write_verify_data(struct session *s, enum verify_data which, struct tspdm_buffer *out);
/* Compares what the peer sent, and appends it to the transcript. TSPDM_ERR_MAC where it is not that. */
enum tspdm_status tspdm_session_check_verify_data(
	struct session *s, enum verify_data which, struct tspdm_view received);

/* The handshake's last message is under way or here: secrets and streams of the application phase, from the transcript as
 * it stands. `derive` while the last message has still to be sealed with the keys of the handshake; `establish` after. */
enum tspdm_status tspdm_session_derive(struct session *s);
enum tspdm_status tspdm_session_establish(struct session *s);
/* Wipes everything; the slot is free again. */
void tspdm_session_wipe(struct session *s);

/* The sessions of a connection: the caller's memory, as many as fit. */
struct session_table {
	struct session *all;
	unsigned count;
};

/* Takes the caller's memory. TSPDM_ERR_ARGUMENT where not even one session fits. */
enum tspdm_status tspdm_session_table(struct session_table *table, void *memory, size_t len);
/* A session by its number; NULL: there is none. */
struct session *tspdm_session_find(const struct session_table *table, uint32_t id);
/* A free slot; NULL: there is none. */
struct session *tspdm_session_free_slot(const struct session_table *table);

/* Bytes in front of an SPDM message in a record, and most behind it. */
size_t tspdm_session_head_len(const struct session *s);
size_t tspdm_session_tail_len(const struct session *s);
/* Seals an SPDM message that stands tspdm_session_head_len() bytes into `record`. */
enum tspdm_status tspdm_session_seal(struct session *s, struct tspdm_buffer *record, size_t message_len);
/* Seals application data that is no SPDM message. TSPDM_ERR_ARGUMENT where it would be read as one, or is empty;
 * TSPDM_ERR_UNSUPPORTED where the binding's records carry SPDM alone. */
enum tspdm_status tspdm_session_seal_data(struct session *s, struct tspdm_view data, struct tspdm_buffer *record);
/* Opens a record in its place, and follows the peer's order of the sequence number once that shows. */
enum tspdm_status tspdm_session_open(
	struct session *s, uint8_t *record, size_t len, struct tspdm_record_opened *opened);
/* The SPDM message in what a record carried. False: it is other application data. */
bool tspdm_session_message(const struct session *s, struct tspdm_view data, struct tspdm_view *message);

/* Takes the export master secret out: it is there once. TSPDM_ERR_STATE: it is not, or no more. */
enum tspdm_status tspdm_session_export(struct session *s, struct tspdm_buffer *out);

/* Whether nothing came for twice the heartbeat period, DSP0274 1.2 "HEARTBEAT request". */
bool tspdm_session_is_lost(const struct session *s, uint64_t now_us);

#endif
