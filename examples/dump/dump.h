/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-dump: shows the SPDM messages of a capture, opens what it has the secrets of, and checks what can be checked. */
#ifndef EXAMPLES_DUMP_H
#define EXAMPLES_DUMP_H

#include <stdio.h>

#include <tspdm/observer.h>

#include "../common/common.h"

enum {
	SECRET_MAX = 512,
	SESSIONS_SHOWN = 256,
	FLOWS_MAX = 16, /* TCP connections of a capture */
	CHUNK_ROOM = 2 * 1024 * 1024,
	EXIT_BAD = 1,
	EXIT_USAGE = 2,
};

/* ---- options.c ---- */

struct options {
	bool wants_help, wants_version, is_json, is_verify, is_hex, is_verbose;
	const char *file;
	const char *keylog;
	const char *dhe_secret;
	struct text_list psks, chains, public_keys;
};

bool options_read(struct options *o, int argc, char **argv, char *why);
void options_help(void);

/* ---- secrets.c ---- */

/* One line of a key log, or an option. */
struct secret {
	uint8_t kind;        /* enum tspdm_secret_kind */
	bool is_any_session; /* from the command line */
	unsigned generation;
	uint32_t session_id;
	uint8_t random[32];
	size_t hint_len; /* of a PSK that is for one hint only */
	uint8_t hint[256];
	size_t len;
	uint8_t bytes[SECRET_MAX];
};

struct secrets {
	struct secret *all;
	size_t count, cap;
	bool is_dhe_used; /* the one of the command line: it is the first session's */
};

/* Adds a line of a key log. Empty lines and those that begin with # are none. */
bool secrets_line(struct secrets *s, const char *line, char *why);
bool secrets_keylog(struct secrets *s, const char *path, char *why);
bool secrets_dhe(struct secrets *s, const char *hex, char *why);
bool secrets_psk(struct secrets *s, const char *text, char *why);
/* What an observer asks. */
bool secrets_find(struct secrets *s, const struct tspdm_secret_name *name, struct tspdm_buffer *out);
/* Wipes and frees. */
void secrets_free(struct secrets *s);

/* ---- report.c ---- */

struct report;

struct report *report_new(const struct options *o);
void report_free(struct report *r);
/* The packet that what follows is in, counted from 1. */
void report_packet(struct report *r, unsigned number, double seconds);
void report_seen(struct report *r, unsigned flow, const struct tspdm_seen *seen);
/* Something of a transport that is no SPDM message: "discovery". */
void report_other(struct report *r, const char *name);
/* Something that cannot be understood, or is missing. */
void report_problem(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_lost(struct report *r, size_t bytes);
/* Prints what comes at the end. @returns whether nothing was bad */
bool report_finish(struct report *r);

/* ---- fields.c ---- */

/* Prints the fields of a message, a line each. */
void print_fields(FILE *out, const struct tspdm_seen *seen);
void print_hex(FILE *out, struct tspdm_view bytes);

/* ---- flow.c ---- */

struct flows;

/* What is needed to follow a connection. */
struct material {
	const struct options *options;
	struct tspdm_crypto *crypto;
	struct secrets secrets;
	struct file chains[LIST_MAX];
	struct file public_keys[LIST_MAX];
	struct report *report;
};

struct flow;

/* A connection with an observer of its own. NULL: out of memory. */
struct flow *flow_new(struct material *m, unsigned number);
void flow_free(struct flow *f);
/* @param is_request  who sent it, where the transport tells; else ignored, and it follows from what came before */
void flow_message(struct flow *f, const struct tspdm_binding *binding, bool is_secured, struct tspdm_view message,
	const bool *is_request);

/* ---- link.c: what packets carry ---- */

struct links;

struct links *links_new(struct material *m, int link_type);
void links_free(struct links *l);
/* Whether this program knows the link type. */
bool links_knows(int link_type);
void links_packet(struct links *l, struct tspdm_view packet);
/* What was waited for does not come any more. */
void links_end(struct links *l);

/* ---- tcp.c ---- */

struct tcp;

struct tcp *tcp_new(struct material *m);
void tcp_free(struct tcp *t);
void tcp_packet(struct tcp *t, struct tspdm_view ip);
void tcp_end(struct tcp *t);

/* Takes the frames off the front of a stream. @returns bytes taken; SIZE_MAX: these are no frames */
size_t frames_take(struct material *m, struct flow *f, bool is_from_client, bool is_emulator, struct tspdm_view stream);

/* ---- packets.c: the messages in DOE objects and MCTP packets ---- */

void packet_doe(struct material *m, struct flow *f, struct tspdm_view object, const bool *is_request);
void packet_mctp_message(struct material *m, struct flow *f, struct tspdm_view message, const bool *is_request);

#endif
