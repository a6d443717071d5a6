/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who is connected: how many in all and from each address, who has come how far, and who goes first where there is no room
 * for another one. Knows nothing of sockets. */
#ifndef ATTESTER_CROWD_H
#define ATTESTER_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far a connection has come. Those before STANDING_SERVED are in a handshake: nobody has anything of them yet. */
enum standing {
	STANDING_FRESH,   /* no whole frame has come */
	STANDING_TALKING, /* messages, but nothing is proved or opened yet */
	STANDING_SERVED,  /* it was authenticated to, measured for, or has had a session */
	STANDINGS,
};

/* Where a peer is. Peers without a network address are all one. */
struct peer_address {
	uint8_t len;       /* 0: none */
	uint8_t bytes[16]; /* IPv4, the upper half of IPv6, or the CID of vsock */
};

struct peer_entry;

/* What a connection is to the crowd. */
struct member {
	struct member *before, *after;
	enum standing standing;
	uint64_t heard_us; /* when it came, or its last whole frame did */
	struct peer_entry *peer;
};

struct crowd_limits {
	uint32_t connections;
	uint32_t per_peer;   /* 0: no limit */
	uint32_t handshakes; /* 0: no limit */
};

struct crowd {
	struct crowd_limits limits;
	struct member all[STANDINGS]; /* ends of rings: who was heard of longest ago comes first */
	unsigned counts[STANDINGS];
	void *peers; /* of tsearch(3) */
};

enum admission {
	ADMITTED,
	REFUSED_CONNECTIONS,
	REFUSED_PEER,
	REFUSED_HANDSHAKES,
	REFUSED_MEMORY,
	ADMISSIONS,
};

void crowd_init(struct crowd *crowd, const struct crowd_limits *limits);
/* Whoever is in it has left. */
void crowd_free(struct crowd *crowd);

unsigned crowd_count(const struct crowd *crowd);
/* Of those before STANDING_SERVED. */
unsigned crowd_handshakes(const struct crowd *crowd);

/* Whether another one may come from there. */
enum admission crowd_admits(const struct crowd *crowd, const struct peer_address *from);
/* Comes in, as STANDING_FRESH. False: memory is short. */
bool crowd_join(struct crowd *crowd, struct member *m, const struct peer_address *from, uint64_t now_us);
void crowd_leave(struct crowd *crowd, struct member *m);
/* A whole frame has come, with which it has come so far. */
void crowd_heard(struct crowd *crowd, struct member *m, enum standing standing, uint64_t now_us);

/* Who has to go for another one: of those in a handshake that are idle the one that was silent for longest, of them who has
 * not said a word before others. `but` does not count. NULL: nobody is idle. */
struct member *crowd_idlest(const struct crowd *crowd, const struct member *but, uint64_t now_us);
/* The one of a standing that was silent for longest; NULL: there is none. */
struct member *crowd_oldest(const struct crowd *crowd, enum standing standing);
/* The next one of the same standing, which was silent for less long; NULL: there is none. */
struct member *crowd_next(const struct crowd *crowd, const struct member *m);

#endif
