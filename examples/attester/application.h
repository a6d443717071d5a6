/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The sessions of one connection, for the log, and what is done with the application data in them. */
#ifndef ATTESTER_APPLICATION_H
#define ATTESTER_APPLICATION_H

#include "../common/application.h"
#include "attester.h"

enum { SESSIONS = 4 /* at a time, on a connection */ };

/* What is said in one session. A message begins with its first part and ends when the last part of the answer is given. */
struct conversation {
	uint32_t session; /* 0: free */
	bool has_all;     /* the peer has said its last part */
	bool is_broken;   /* what came could not be kept */
	uint64_t received, sent;
	size_t replied; /* bytes of --reply that are given already */
	uint8_t *echo;  /* what is still to be echoed */
	size_t echo_len;
	int fd;        /* --receive while it is being written; -1: it is not */
	char *partial; /* its name until it is whole */
};

struct application {
	const struct options *options;
	const struct tspdm_binding *binding;
	const struct file *reply;
	const char *peer; /* for the log */
	unsigned opened;
	struct conversation all[SESSIONS];
};

void application_init(struct application *app, const struct options *o, const struct file *reply, const char *peer);
void application_free(struct application *app);
/* The hook of records, and the device's handler of VENDOR_DEFINED messages. */
void application_take(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer);
enum tspdm_status application_vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending);
/* After each request: tells of sessions that began and ended. */
void application_settle(struct application *app, const struct tspdm_responder *responder);

#endif
