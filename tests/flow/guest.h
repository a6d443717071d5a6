/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester that does each step of mutual authentication by hand, so that a test can do it wrong: against a responder that
 * asks who it is. What it computes comes from the core's transcripts and key schedule. */
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/openssl.h>
#include <tspdm/responder.h>

#include "core/chain.h"
#include "core/session.h"
#include "core/signing.h"

enum { GUEST_ROOM = 16384, GUEST_CHAIN_MAX = 8192, GUEST_SESSIONS = 2 };

#define GUEST_FLAGS                                                                                                    \
	((uint32_t)(TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC |           \
		    TSPDM_CAP_KEY_UPD | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP))

/* One handshake or session of the guest's. */
struct stay {
	struct session s;
	uint8_t mutual_auth, slot_param; /* what KEY_EXCHANGE_RSP asked for */
	uint8_t exchange[256];           /* the KEY_EXCHANGE, for its repetition */
	size_t exchange_len;
};

struct guest {
	struct tspdm_crypto *crypto;
	struct tspdm_openssl_identity *host_identity, *identity,
		*stranger; /* responder's, guest's, and somebody else's */
	struct tspdm_basic_device device;
	struct tspdm_slot slot; /* the guest's chain and signer */
	struct tspdm_responder_config config;
	struct tspdm_responder *responder;
	void *memory, *sessions;
	uint32_t flags;         /* of the guest */
	uint8_t version;        /* of SPDM; default 1.2 */
	uint32_t transfer;      /* DataTransferSize of the guest; default as large as its messages */
	struct tspdm_view hint; /* of its pre-shared key */
	struct connection c;
	struct stay stays[GUEST_SESSIONS];
	struct tspdm_hash *m; /* its M1/M2 */
	struct tspdm_hash *hash;
	uint8_t chain[GUEST_CHAIN_MAX]; /* the structure that it shows */
	uint32_t chain_len;
	uint32_t portion; /* the most that it shows at once */
	bool has_key_alone;
	uint8_t digest[TSPDM_HASH_MAX]; /* of the chain, or of the key */
	unsigned decided;               /* how often the application was asked */
	enum tspdm_status verdict;      /* what it says */
	struct tspdm_requester_identity seen;
	uint64_t now_us;
	struct tspdm_view response; /* the last: plaintext */
	uint8_t ask_id;             /* of the encapsulated request in `ask`, the last one that came */
	uint8_t ask[64];
	size_t ask_len;
	uint8_t ack_payload, ack_slot;
	uint8_t room[GUEST_ROOM], record[GUEST_ROOM], opened[GUEST_ROOM], chain_room[GUEST_CHAIN_MAX];
	uint8_t answer[GUEST_ROOM]; /* the inner response */
	size_t answer_len;
};

/* A responder that requires encapsulated mutual authentication; a test changes `config` and `flags` before it starts. */
struct guest *guest_new(void);
/* Makes the responder; makes it, and connects. */
void guest_make(struct guest *g);
void guest_start(struct guest *g);
/* Begins again, and goes as far as this. */
void guest_enter(struct guest *g, enum tspdm_phase phase);
void guest_connect(struct guest *g);
void guest_free(struct guest *g);
/* Frees the identities. */
void guest_end(void);
/* Shows another chain: of an identity, or none but the key. */
void guest_show(struct guest *g, struct tspdm_openssl_identity *identity);

/* Sends a message, in a session or in the clear where that is NULL. @returns the ErrorCode; -1 for a response that is no
 * ERROR, -2 where nothing came back */
int guest_send(struct guest *g, struct session *s, const uint8_t *message, size_t len);
int guest_send_code(struct guest *g, struct session *s, uint8_t code);

/* All as guest_send(). */
int guest_challenge(struct guest *g);
int guest_key_exchange(struct guest *g, struct stay *stay);
/* The channel of its handshake: the session, or NULL where it is in the clear. */
struct session *guest_channel(struct stay *stay);
/* GET_ENCAPSULATED_REQUEST. */
int guest_fetch(struct guest *g, struct session *channel);
/* Makes the right inner answer to what was asked last. */
void guest_answer(struct guest *g);
/* Delivers the inner answer, with this RequestID. */
int guest_deliver(struct guest *g, struct session *channel, uint8_t id);
/* Fetches, unless the first request is implied, and answers until the flow is over, or for `steps` deliveries. */
int guest_flow(struct guest *g, struct session *channel, bool is_implied, unsigned steps);

struct guest_finish {
	bool is_unsigned, is_forged_signature, is_forged_mac;
	bool is_slot_given;
	uint8_t slot;
	struct session *channel; /* where `is_elsewhere` */
	bool is_elsewhere;
};
/* FINISH; the session is established where that succeeds. */
int guest_finish(struct guest *g, struct stay *stay, const struct guest_finish *how);

/* Well-formed requests, not sent; exchanges are in stay->exchange. FINISH and PSK_FINISH prove what `stay` knows. */
size_t guest_write_get_capabilities(const struct guest *g, uint8_t ct_exponent, uint8_t *message, size_t cap);
size_t guest_write_negotiate(const struct guest *g, uint32_t hashes, uint8_t *message, size_t cap);
void guest_write_key_exchange(struct guest *g, struct stay *stay);
void guest_write_psk_exchange(struct guest *g, struct stay *stay);
size_t guest_write_finish(
	struct guest *g, struct stay *stay, const struct guest_finish *how, uint8_t *message, size_t cap);
size_t guest_write_psk_finish(struct guest *g, struct stay *stay, uint8_t *message, size_t cap);

int guest_psk_exchange(struct guest *g, struct stay *stay);
int guest_psk_finish(struct guest *g, struct stay *stay);

/* Number of sessions that the responder has whose handshake is complete. */
size_t guest_sessions(const struct guest *g);

#endif
