/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The memory of connections: large rooms go to whoever has a message under way and come back after it; what all connections
 * hold together is counted, and limited. */
#ifndef ATTESTER_ROOMS_H
#define ATTESTER_ROOMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum room_kind {
	ROOM_SCRATCH, /* these as in struct tspdm_responder_rooms */
	ROOM_RECORD,
	ROOM_LARGE,
	ROOM_REQUESTER_CHAIN,
	ROOM_SESSIONS,
	ROOM_OUT, /* what is to be written */
	ROOM_KINDS,
};

enum { SPARE_ROOMS = 4 /* of each kind are kept for the next */ };

struct rooms {
	size_t sizes[ROOM_KINDS]; /* 0: there is no such room */
	size_t used, most;        /* bytes that connections hold */
	void *spare[ROOM_KINDS][SPARE_ROOMS];
	unsigned spare_count[ROOM_KINDS];
	uint8_t *in; /* where bytes are received; what is no whole frame does not stay there */
	size_t in_len;
};

/* Of what responders of this configuration need. False: memory is short. */
struct attester;
bool rooms_init(struct rooms *r, const struct attester *a);
void rooms_free(struct rooms *r);

/* Counts bytes that a connection holds by itself. False: there are none left. */
bool rooms_claim(struct rooms *r, size_t len);
void rooms_release(struct rooms *r, size_t len);

/* NULL: there is none left. What is in it is of no meaning. */
void *rooms_take(struct rooms *r, enum room_kind kind);
/* NULL is allowed. */
void rooms_give(struct rooms *r, enum room_kind kind, void *room);

#endif
