/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of tspdm-attester share: the options, who the attester is, the server and its connections, the log. */
#ifndef ATTESTER_H
#define ATTESTER_H

#include <jansson.h>

#include <tspdm/device_report.h>
#include <tspdm/openssl.h>
#include <tspdm/responder.h>

#include "../common/common.h"
#include "../common/keylog.h"
#include "../common/pcap.h"
#include "../common/psk.h"
#include "../common/tee.h"
#include "../common/tls.h"
#include "crowd.h"
#include "metrics.h"

/* Of the man page. */
enum exit_status {
	EXIT_GOOD = 0,
	EXIT_SYSTEM = 1,
	EXIT_USAGE = 2,
	EXIT_LISTEN = 3,
	EXIT_NO_TEE = 6,
};

/* ---- log.c: standard error, as text or one JSON object on a line ---- */

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
	LOG_ALWAYS, /* what scripts wait for, and what nobody may miss */
};

void log_setup(enum log_level most, bool is_json);
bool log_wants(enum log_level level);
/* @param event   what kind of line, for those who read JSON
 * @param fields  more members of the JSON object, or NULL; taken over */
__attribute__((format(printf, 4, 5))) void log_line(
	enum log_level level, const char *event, json_t *fields, const char *format, ...);

/* Lines that peers can make come as often as they like: so many a second at most, and the others are counted. */
struct log_brake {
	unsigned most; /* 0: 1 */
	unsigned written, held_back;
	uint64_t until_us;
};
/* Whether a line may be written now; so many of its kind were not in the second before. */
bool log_may(struct log_brake *brake, unsigned *held_back);

/* ---- options.c ---- */

enum app_choice {
	APP_REFUSE,
	APP_ECHO,
	APP_DISCARD, /* what is received is kept where --receive says; else nowhere */
};

/* Of those who connect. 0: no limit, where that is allowed. */
struct limits {
	uint32_t connections;
	uint32_t per_peer;    /* from one address */
	uint32_t handshakes;  /* connections that nobody was served on yet */
	uint32_t first_s;     /* until the first whole frame */
	uint32_t frame_s;     /* from a frame's first byte to its last, and for taking an answer */
	uint32_t idle_s;      /* between frames */
	uint32_t memory_mib;  /* of all connections together */
	uint32_t grace_s;     /* for ending */
	bool has_connections; /* they were asked for */
};

enum peer_choice {
	PEER_NONE,
	PEER_ASK,     /* who presents evidence has to present good evidence */
	PEER_REQUIRE, /* and who presents none gets nothing of the application's */
};

struct options {
	struct text_list listen;
	struct tls_options tls;
	struct tee_options tee;
	const char *certs[TSPDM_SLOTS], *keys[TSPDM_SLOTS];
	const char *write_root, *write_public_key;
	const char *write_collateral;
	struct text_list device_reports;
	const char *measurements;
	const char *provision;
	bool is_trusted_environment;
	struct text_list psks;
	uint32_t versions, asym, hash; /* 0: whatever there is */
	uint32_t measurement_hash;     /* one bit */
	uint32_t dhe, aead;            /* 0: whatever there is */
	uint8_t heartbeat_s;           /* 0: none */
	enum app_choice app;
	bool has_app;
	const char *receive, *reply;
	uint32_t capabilities;
	uint32_t enterprise;                      /* 0: the default */
	uint32_t max_message, data_transfer_size; /* 0: not given */
	uint32_t delay_us;
	enum tspdm_mutual_policy mutual;
	unsigned mutual_form; /* enum tspdm_mutual_auth; 0: not given */
	bool is_basic_mutual;
	struct text_list trust;
	const char *requester_cert, *requester_key;
	enum peer_choice attest_peer;
	const char *peer_policy, *peer_collateral;
	bool allow_soft_tee;
	const char *accept_result;
	struct text_list result_keys;
	bool is_result_unverified;
	uint32_t req_asym;      /* 0: whatever there is */
	uint32_t update_keys_s; /* 0: never */
	bool is_key_alone;      /* served without certificates */
	struct limits limits;
	enum log_level log_level;
	bool is_log_json;
	bool is_once;
	bool is_strict;
	bool wants_help;
	bool wants_version;
	struct pcap_options pcap;
	const char *keylog;
	const char *metrics;
};

/* Reads the command line. On failure `why` says what is wrong with it. */
bool options_read(struct options *o, int argc, char **argv, char *why);
void options_help(void);
/* Whether one of the endpoints is tls://. */
bool options_want_tls(const struct options *o);

/* ---- delay.c: a signer that takes its time ---- */

struct delayed_signer {
	struct tspdm_signer base;
	struct tspdm_signer *inner;
	uint32_t delay_us;
};

void delayed_signer_init(struct delayed_signer *signer, struct tspdm_signer *inner, uint32_t delay_us);

/* ---- measurements.c ---- */

enum { BLOCKS_MAX = 241 }; /* indices 1 to 0xEF, 0xFD and 0xFE */

/* Measurement blocks, ascending by index, each with a value of its own. */
struct block_list {
	struct tspdm_block items[BLOCKS_MAX];
	size_t count;
};

/* Adds a block with a copy of its value. False: the index is taken, or memory is short. */
bool blocks_add(struct block_list *list, const struct tspdm_block *block);
/* Adds those of --measurements. */
bool blocks_read(struct block_list *list, const struct options *o, struct tspdm_crypto *crypto, char *why);
/* What a plain device has to say of itself: the program that runs, its version, its mode. */
bool blocks_of_program(struct block_list *list, struct tspdm_crypto *crypto, uint32_t measurement_hash, char *why);
void blocks_free(struct block_list *list);

/* Digest of a file by MeasurementHashAlgo; SHA-384 where that is "raw". */
bool digest_file(
	struct tspdm_crypto *crypto, uint32_t measurement_hash, const char *path, struct tspdm_buffer *out, char *why);

/* ---- capture.c: --pcap, --keylog, and what is counted ---- */

/* What is captured and counted. All attesters that take each other's place hold the same. */
struct capture {
	unsigned holders;
	struct pcap_file *pcap; /* NULL: no capture */
	struct keylog *keylog;
	struct metrics metrics;
};

/* NULL: memory is short. */
struct capture *capture_new(void);
bool capture_open(struct capture *capture, const struct options *o, char *why);
struct capture *capture_hold(struct capture *capture);
/* NULL is allowed. */
void capture_release(struct capture *capture);

/* ---- meter.c: evidence, counted and timed ---- */

struct metered_source {
	struct tspdm_evidence_source base;
	struct tspdm_evidence_source_ops ops;
	struct tspdm_evidence_source *inner;
	struct metrics *metrics;
};

/* @returns the source that counts what `inner` gives */
struct tspdm_evidence_source *meter(
	struct metered_source *m, struct tspdm_evidence_source *inner, struct metrics *metrics);

/* ---- identity.c, evidence.c: who the attester is; the same for all connections ---- */

/* Reports of devices, as items of evidence. */
struct device_list {
	unsigned count;
	struct tspdm_evidence_item items[TSPDM_DEVICES_MAX];
	uint8_t *values[TSPDM_DEVICES_MAX];
};

struct attester {
	unsigned holders; /* connections, and the server for those to come */
	const struct options *options;
	struct tspdm_crypto *crypto;
	struct tspdm_basic_device device;
	struct tee tee;
	struct tspdm_evidence_source *source; /* its; NULL: a plain device */
	struct metered_source metered;        /* what the device has of it */
	struct tspdm_openssl_identity *identities[TSPDM_SLOTS];
	struct delayed_signer signers[TSPDM_SLOTS];
	struct block_list blocks;
	struct device_list devices;
	struct psk_keys psk;
	struct file reply;                    /* of --reply */
	struct file provisioned[TSPDM_SLOTS]; /* chains that were set */
	struct tspdm_device_ops sharing;      /* of the connections' devices, where chains can be set */
	uint8_t *evidence;                    /* of the identity made in memory, in its raw form */
	size_t evidence_len;
	struct {
		struct file anchors, certificates, key;
	} mutual;                        /* DER: what is known of requesters */
	struct peer_material *peers;     /* attest_peer.c; NULL: their TEEs are nobody's business */
	struct result_keys *result_keys; /* results.c; NULL: no results are taken */
	struct capture *capture;
	struct tspdm_tls_context *tls; /* of the listeners that have it; NULL: none has */
};

/* Makes one of what the options name.
 * @param before  the one whose place it takes, of the same options; it goes on with what that captures. NULL: none
 * Returns the exit status, with the reason in `why`. */
enum exit_status attester_new(const struct options *o, const struct attester *before, struct attester **out, char *why);
/* It lives as long as somebody holds it. */
struct attester *attester_hold(struct attester *a);
void attester_release(struct attester *a);
/* The first slot that has a certificate. There is one. */
const struct tspdm_slot *attester_slot(const struct attester *a);
/* What responders are made of; the binding and the scratch room are missing. */
void attester_configure(const struct attester *a, struct tspdm_responder_config *config);

/* Makes the identity of a slot in memory, with evidence inside where there is a TEE. */
enum tspdm_status evidence_identity(struct attester *a, const struct tspdm_openssl_make *base, unsigned slot);
/* The measurement blocks that speak of the TEE. */
bool evidence_blocks(struct attester *a, char *why);

/* ---- tee_blocks.c ---- */

/* Adds what evidence says as measurement blocks. */
enum tspdm_status tee_blocks(struct block_list *list, const struct tspdm_evidence *evidence, uint32_t measurement_hash);

/* ---- devices.c: --device-report ---- */

bool devices_open(struct attester *a, char *why);
void devices_free(struct attester *a);

/* ---- collateral.c: --write-collateral; there is a software TEE ---- */

bool collateral_write(const struct attester *a, char *why);

/* ---- provision.c: chains that requesters set ---- */

bool provision_open(struct attester *a, char *why);
/* Makes a copy of the attester's device show the attester's slots, whatever becomes of them. */
void provision_share(struct attester *a, struct tspdm_basic_device *device);
void provision_free(struct attester *a);

/* ---- mutual.c: who the requesters are ---- */

enum { REQUESTER_CHAIN_MAX = 65535 };

/* Reads what the options name. */
bool mutual_open(struct attester *a, char *why);
void mutual_free(struct attester *a);
/* Whether requesters are asked who they are, for which there has to be room. */
bool mutual_is_wanted(const struct attester *a);
/* What responders do about it. `peer` is for the log, and has to last as long as the responder. */
void mutual_configure(const struct attester *a, struct tspdm_responder_config *config, char *peer);

/* ---- server.c, reception.c, connection.c ---- */

enum {
	RESPONSE_MAX = 131072, /* evidence with its certificates has to fit */
};

struct server;
struct connection;
struct rooms;

/* Listens on all endpoints and serves until a signal, or the end of --once. */
enum exit_status server_run(struct attester *a);

/* What a connection is made of. */
struct accepted {
	struct server *server;
	struct event_base *base;
	struct attester *attester;
	struct rooms *rooms;
	const struct tspdm_framing *framing;
	struct tspdm_tls_context *tls; /* NULL: the frames are bare */
	const char *peer;              /* for the log */
	unsigned number;
	int fd;
};

/* Takes over a socket. NULL where memory is short; the socket is still the caller's. */
struct connection *connection_new(const struct accepted *accepted);
/* Closes and frees, with a line in the log. */
void connection_end(struct connection *c, const char *reason);
/* What the server knows it by. */
struct member *connection_member(struct connection *c);
struct connection *connection_of(struct member *m);
/* Whether a request came in part, waits, or has an answer that is not taken yet. */
bool connection_is_busy(const struct connection *c);
/* Frees one that was just made; the socket is the caller's again. */
void connection_abandon(struct connection *c);
/* Tells a peer that there is no room for it, and closes. */
void connection_refuse(const struct accepted *accepted);

/* Called by a connection: a whole frame came; it ends; it wants room for a response, one at a time. */
void server_heard(struct server *server, struct member *m, enum standing standing);
void server_forget(struct server *server, struct member *m);
/* Somebody who only sits there goes for one who has something to say: `but`, or one who has just come (NULL). False: nobody
 * does. */
bool server_make_place(struct server *server, const struct member *but);
/* Whether the end of a connection on which nothing was asked may have its line in the log. */
bool server_may_tell(struct server *server);
struct tspdm_buffer server_room(const struct server *server);

#endif
