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
	struct event *signals[3];
	struct event *sweep;  /* while it ends */
	struct event *reload; /* soon */
	uint64_t reloaded_us; /* when it was done last; 0: never */
	struct event *alive;  /* for the service manager; NULL: it does not ask */
	bool is_ending;
	uint64_t end_us; /* when it ends whatever is under way */
	struct listening listening[LIST_MAX];
	unsigned listening_count;
	unsigned accepted_count;
	struct crowd crowd;
	struct rooms rooms;
	uint8_t *room; /* where responses are built */
	struct log_brake refusals, drops, wordless;
	struct metrics_endpoint *metrics; /* NULL: nobody is told */
};

/* ---- reception.c ---- */

bool reception_open(struct server *s);
void reception_close(struct server *s);

/* ---- service.c ---- */

/* SIGINT, SIGTERM and SIGHUP, and the service manager's wish for signs of life. */
bool service_open(struct server *s);
void service_close(struct server *s);
void service_end_all(struct server *s);

/* ---- descriptors.c ---- */

/* Makes the system give as many descriptors as the options need. */
enum exit_status descriptors_open(struct options *o, char *why);

#endif
