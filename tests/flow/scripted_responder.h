/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder that asks for mutual authentication as a script says, also in ways that no responder may; and a requester
 * with an identity of its own. What the requester signs and delivers is verified here, or kept for the test to look at. */
#ifndef TEST_SCRIPTED_RESPONDER_H
#define TEST_SCRIPTED_RESPONDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>

#include "core/session.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SESSION_CAPS (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT | TSPDM_CAP_KEY_UPD)
#define MUTUAL_CAPS (TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_CERT | TSPDM_CAP_CHAL)

enum { SCRIPT_ROOM = 4096, SCRIPT_KEPT = 24, SCRIPT_ASKS = 12 };

/* What the responder does; zero is: it asks for nothing. */
struct script {
	uint32_t
		capabilities; /* beyond CERT, CHAL; default SESSION_CAPS | MUTUAL_CAPS without those of the requester alone */
	uint8_t mutual;       /* MutAuthRequested */
	uint8_t slot_param; /* SlotIDParam */
	bool is_basic;      /* BasicMutAuthReq */
	struct {
		uint8_t bytes[64];
		size_t len;
	} asks[SCRIPT_ASKS]; /* encapsulated requests, in order; an implied GET_DIGESTS is not among them */
	size_t ask_count;
	bool is_endless;     /* the last is asked again and again */
	uint8_t end;         /* Param2 of the last ENCAPSULATED_RESPONSE_ACK */
	uint8_t end_slot;    /* and its slot */
	bool has_wrong_echo; /* AckRequestID is another */
	uint8_t error_at;    /* this delivery, from 1, is answered by this ERROR */
	uint8_t error;
	uint8_t new_key_at; /* this answer to a delivery, from 1, comes under a new key of the responder's */
	bool is_lossy; /* in the clear each delivery has to come twice, and the acknowledgement before comes again */
};

struct delivered {
	uint8_t request_id;
	size_t len;
	uint8_t bytes[1024];
};

struct scripted {
	struct script script;
	struct tspdm_crypto *crypto;
	struct tspdm_openssl_identity *identity, *own;
	struct tspdm_slot slot;     /* of the responder */
	struct tspdm_slot slots[8]; /* of the requester */
	struct tspdm_slot key;      /* of the requester: provisioned */
	struct connection c;
	struct session s;
	struct tspdm_hash *digest;
	uint8_t chain_digest[TSPDM_HASH_MAX];
	size_t asked; /* encapsulated requests so far */
	uint8_t request_id;
	struct delivered delivered[SCRIPT_KEPT];
	size_t delivery_count;
	struct tspdm_finish finish; /* the one that came; its views are gone */
	unsigned finishes;          /* whose signature, if there was to be one, and MAC were right */
	uint8_t mut_b[SCRIPT_ROOM]; /* VCA, then the inner messages of basic mutual authentication */
	size_t mut_b_len;
	struct tspdm_requester_config config;
	struct tspdm_requester *requester;
	uint8_t last_ack[SCRIPT_ROOM];
	size_t last_ack_len;
	bool was_lost;
	unsigned messages; /* that came from the requester */
	unsigned waits;    /* steps that said WAIT */
	uint64_t now_us;
	unsigned sign_delay, sign_left, signatures, cancelled;
	bool is_sign_failing;
	bool stops_at_wait; /* TSPDM_AGAIN where the requester waits for its signer */
	struct tspdm_signer slow;
	struct tspdm_signer *real;
	void *memory, *sessions;
	uint8_t request[1024], record[SCRIPT_ROOM], chain[SCRIPT_ROOM], answer[SCRIPT_ROOM];
};

/* A pair whose requester has an identity in slots 0 and 3; a test changes `config`, `slots` or `script`, then starts. */
struct scripted *scripted_new(void);
void scripted_start(struct scripted *t);
void scripted_free(struct scripted *t);
/* Adds an encapsulated request. */
void scripted_ask(struct scripted *t, const uint8_t *request, size_t len);

/* Steps the requester until its job is over. */
enum tspdm_status scripted_run(struct scripted *t, enum tspdm_status begun);
/* Connects and authenticates; the first failure. */
enum tspdm_status scripted_authenticate(struct scripted *t, bool require_mutual);
/* The same, without CHALLENGE, and opens a session. */
enum tspdm_status scripted_open(struct scripted *t, bool require_mutual);
enum tspdm_status scripted_open_again(struct scripted *t, bool require_mutual);
/* The ErrorCode that a delivery carried; 0: it was none. */
uint8_t scripted_error_of(const struct scripted *t, size_t delivery);

#endif
