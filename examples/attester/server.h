/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The server, as its files see it: server.c runs the loop, reception.c lets peers in. */
#ifndef ATTESTER_SERVER_H
#define ATTESTER_SERVER_H

#include "attester.h"
#include "crowd.h"
#include "rooms.h"

struct listening {
	struct server *server;
	struct tspdm_listener *listener;
	struct event *readable, *resume;
};

struct server {
	struct attester *attester; /* for connections to come */
	struct event_base *base;
	struct event *signals[2];
	struct listening listening[LIST_MAX];
	unsigned listening_count;
	unsigned accepted_count;
	struct crowd crowd;
	struct rooms rooms;
	struct tspdm_tls_context *tls; /* of the listeners that have it; NULL: none has */
	uint8_t *room;                 /* where responses are built */
	struct log_brake refusals, drops;
};

/* ---- reception.c ---- */

bool reception_open(struct server *s);
void reception_close(struct server *s);

/* ---- descriptors.c ---- */

/* Makes the system give as many descriptors as the options need. */
enum exit_status descriptors_open(struct options *o, char *why);

#endif
