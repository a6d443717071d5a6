/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Many verifiers in one process and one thread, honest ones and others, against one attester. */
#ifndef TSPDM_TESTS_NET_LOAD_H
#define TSPDM_TESTS_NET_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tspdm/appraisal.h>
#include <tspdm/requester.h>
#include <tspdm/tls.h>

/* How far an honest connection goes. */
enum depth {
	DEPTH_CONNECT, /* to what is negotiated */
	DEPTH_ATTEST,  /* to a verdict by the policy on certificate, fresh evidence and their binding */
	DEPTH_SESSION, /* and to the end of a session */
};

struct options {
	struct sockaddr_in at;
	bool is_tls;
	bool is_together; /* all are connected before the first is attested, and stay until the last one is */
	enum depth depth;
	unsigned connections, at_once, hostile;
	unsigned warm_up; /* connections before figures are taken, as caches fill with the first ones */
	unsigned patience_s;
	unsigned hold_s; /* how long hostile ones stay after the last honest one */
	unsigned
		again; /* connections altogether that are begun anew where they were refused before anything was negotiated */
	pid_t attester; /* whose memory and descriptors are told; 0: nobody's */
	const char *policy;
};

struct load;

/* What epoll tells of. The first member of whoever waits. */
struct source {
	void (*on_ready)(void *self, uint32_t events);
};

struct client;
struct hostile;

struct load {
	struct options o;
	int epoll;
	struct tspdm_crypto *crypto;
	struct tspdm_policy *policy;
	struct tspdm_tls_context *tls;
	struct client **clients; /* at_once of them; NULL: free */
	struct hostile *hostile;
	unsigned sources;       /* made so far: each has an address of its own among many of this machine */
	uint64_t not_before_us; /* when the next is opened */
	unsigned refused;       /* and begun anew */
	unsigned begun, open, connected, finished, failed, open_max;
	unsigned hostile_begun, hostile_open, hostile_closed, hostile_answered;
	uint64_t took_min_us, took_max_us, took_sum_us; /* of each honest one, from its first SYN */
	char why[256];                                  /* the first that failed */
};

/* A non-blocking socket that connects. @returns -1: the system has none */
int load_connect(struct load *l);
void load_watch(struct load *l, struct source *s, int fd, uint32_t events, bool is_new);

/* @returns false: there can be no more now */
bool client_open(struct load *l, struct client **slot);
/* What its time says: answers that are late, steps that are due. */
void client_tick(struct client *c, uint64_t now_us);
/* Lets one that was held back go on. */
void client_release(struct client *c);
bool client_is_held(const struct client *c);
void client_close(struct client *c);

/* What a TEE's evidence, fresh and in the certificate, is worth by the policy. */
enum tspdm_status judge(const struct load *l, const struct tspdm_requester *r, struct tspdm_view *why);

bool hostile_open(struct load *l);
void hostile_tick(struct load *l);
void hostile_close(struct load *l);

#endif
