/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester and a responder in one process, joined by a pipe that a test can tamper with, under a clock of its own. An
 * observer listens in the middle and recomputes what it can. */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/responder.h>
#include <tspdm/soft_tee.h>

enum { PAIR_MESSAGE_MAX = 32768, PAIR_BLOCKS = 5, PAIR_ROOMS = 5 };

/* What a test makes different; zero is a P-256 responder with certificates, measurements and no evidence. */
struct pair_options {
	uint32_t asym;                       /* of the responder's key; default ECDSA P-256 */
	uint32_t hash;                       /* offered; default all */
	uint32_t max_message;                /* of both; default PAIR_MESSAGE_MAX */
	uint32_t requester_max;              /* of the requester alone */
	uint32_t capabilities;               /* of the responder; default what its device can do */
	const struct tspdm_binding *binding; /* default MCTP */
	bool has_evidence;
	bool no_anchor; /* the requester has no trust anchor */
	bool allow_unanchored;
	bool is_sparse; /* the measurement indices have gaps */
	uint32_t evidence_delay_us;
	uint32_t signature_delay_us;
	uint32_t defects;                      /* of the soft TEE */
	struct tspdm_crypto *requester_crypto; /* default the common one */
	uint8_t retries;                       /* of the requester; default 3 */
	uint32_t session_capabilities;         /* of both, beyond what they have; default none */
	uint32_t requester_capabilities;       /* of the requester, where they are to differ */
	uint32_t dhe, aead;                    /* of both; default all */
	uint8_t heartbeat_s;
	struct tspdm_psk_store *requester_psk, *responder_psk;
	bool no_identity;  /* the responder has no certificates */
	uint8_t version;   /* the only one of both; default what the roles offer by themselves */
	uint32_t versions; /* of the responder, where they are to differ */
	uint32_t requester_versions;
	uint32_t strict; /* of the requester */
	uint32_t responder_strict;
	uint32_t transfer;           /* DataTransferSize of both: chunks; default none, max_message */
	uint32_t requester_transfer; /* of the requester alone */
	bool is_by_key; /* the responder has a public key instead of certificates; the requester knows it, */
	struct tspdm_view known_key; /* or takes this one for it; also where the responder has certificates */
	const struct tspdm_vendor_handler *handlers; /* of the responder */
	size_t handler_count;
	struct tspdm_chain_cache *chain_cache; /* of the requester */
	int64_t time;
	struct tspdm_view further_anchors; /* beside the responder's root */
	struct tspdm_key_log_hook requester_key_log, responder_key_log;
	uint8_t mutual_form;         /* enum tspdm_mutual_auth: sessions have to have it, in this form; default none */
	bool basic_mutual;           /* CHALLENGE_AUTH asks for it, and authenticate() requires it */
	bool has_requester_key;      /* the requester has a provisioned key instead of certificates */
	uint32_t requester_asym;     /* of the requester's key; default ECDSA P-256 */
	uint32_t requester_delay_us; /* of its signatures */
	enum tspdm_tee tee;          /* of the soft TEE; default SEV-SNP */
	size_t request_len;          /* room for requests; default 4096 */
	uint32_t evidence_enterprise, requester_enterprise;
	bool responder_must_attest, requester_must_attest;
	struct tspdm_view channel; /* the responder's */
	struct tspdm_presented_hook presented;
	const struct tspdm_evidence_item *items;
	size_t item_count;
	uint64_t patience_us;
	bool is_nomad; /* the responder's memory is lent for one message: what is not in use goes after each */
	struct tspdm_observer_hook requester_observer;
	bool leaves_open; /* the responder names no algorithms, not even those that only then are taken */
};

/* A signer that says "not yet" until `delay_us` are over. */
struct pair_signer {
	struct tspdm_signer base;
	struct tspdm_signer *real;
	uint32_t delay_us;
	uint64_t since_us;
};

/* One message on its way. A test's hook may change it in place (room for PAIR_MESSAGE_MAX bytes), drop it, or double it. */
struct pair_message {
	bool is_request;
	unsigned number; /* of the messages of this run, from 0 */
	enum tspdm_message_kind kind;
	uint8_t *bytes;
	size_t len;
	bool is_dropped;
	bool is_doubled;
};
typedef void pair_hook(void *context, struct pair_message *message);

struct pair {
	struct pair_options options;
	struct tspdm_crypto *crypto;
	struct tspdm_openssl_identity *identity;
	struct tspdm_basic_device device;
	struct tspdm_block blocks[PAIR_BLOCKS];
	struct tspdm_evidence_source *evidence;
	struct tspdm_requester *requester;
	struct tspdm_responder *responder;
	struct tspdm_observer *observer;
	pair_hook *hook;
	void *hook_context;
	unsigned messages; /* sent so far in this run */
	unsigned seen_ok;  /* signatures that the observer verified */
	unsigned seen_bad;
	unsigned not_ready;      /* ERROR(ResponseNotReady) seen */
	unsigned records;        /* seen */
	unsigned taken;          /* application data that the responder was given */
	uint8_t taken_back[256]; /* and the requester */
	size_t taken_back_len;
	void *request_sessions, *response_sessions;
	uint8_t request_record[PAIR_MESSAGE_MAX + 64];
	uint8_t response_record[PAIR_MESSAGE_MAX + 64];
	uint8_t request_room[16384];
	uint8_t scratch[2 * PAIR_MESSAGE_MAX];
	uint8_t request_large[PAIR_MESSAGE_MAX];
	uint8_t response_large[2 * PAIR_MESSAGE_MAX];
	uint8_t chain[PAIR_MESSAGE_MAX];
	uint8_t record[PAIR_MESSAGE_MAX];
	uint8_t anchor[4096];
	struct pair_signer slow_signer;
	struct tspdm_slot requester_slot;
	struct pair_signer requester_signer;
	uint8_t requester_chain[PAIR_MESSAGE_MAX]; /* where the responder puts it together */
	struct tspdm_responder_rooms lent;         /* to a nomad, */
	size_t lent_len[PAIR_ROOMS];               /* and how long they are */
};

/* The clock of all pairs, microseconds. */
uint64_t pair_now_us(void);

/* Makes a pair, on the heap; asserts. Identities are made once for each algorithm and kept for the whole program. */
struct pair *pair_new(const struct pair_options *options);
void pair_free(struct pair *pair);
/* Whether the backend signs with both: OpenSSL 3.0 has no RSA with SM3. What it does not is told, once. */
bool pair_can_sign(uint32_t asym, uint32_t hash);
/* Frees the identities. */
void pair_end(void);

/* One step of the requester's: TSPDM_AGAIN while its job is under way. */
enum tspdm_status pair_step(struct pair *pair);
/* Steps the requester until its job is over. */
enum tspdm_status pair_run(struct pair *pair);

/* Jobs with what most tests want; begun and run. */
enum tspdm_status pair_connect(struct pair *pair);
enum tspdm_status pair_authenticate(struct pair *pair);
enum tspdm_status pair_measure(struct pair *pair, uint8_t operation, bool is_raw, bool one_by_one);
/* connect, authenticate, open a session; the first failure */
enum tspdm_status pair_open(struct pair *pair, uint32_t *id);
enum tspdm_status pair_open_another(struct pair *pair, uint32_t *id);
/* Gives a message to the responder and takes its answer, past the requester. */
size_t pair_ask(struct pair *pair, enum tspdm_message_kind kind, struct tspdm_view request, uint8_t *room);

/* connect, authenticate, measure all; the first failure */
enum tspdm_status pair_attest(struct pair *pair);

#endif
