/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who is connected: how many in all and from each address, who has come how far, and who goes first where there is no room
 * for another one. Knows nothing of sockets. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"

/* Silence that makes one who is in a handshake idle. Who has just come gets the time to say something even while others
 * press; who was answered may be at work on that. */
enum {
	FRESH_IDLE_US = 250000,
	TALKING_IDLE_US = 5000000,
};

/* Connections from one address. */
struct peer_entry {
	struct peer_address address;
	unsigned count;
};

static int compare(const void *a, const void *b)
{
	const struct peer_entry *left = a, *right = b;

	if (left->address.len != right->address.len)
		return left->address.len < right->address.len ? -1 : 1;
	return memcmp(left->address.bytes, right->address.bytes, left->address.len);
}

void crowd_init(struct crowd *crowd, const struct crowd_limits *limits)
{
	*crowd = (struct crowd){ .limits = *limits };
	for (unsigned i = 0; i < STANDINGS; i++)
		crowd->all[i].before = crowd->all[i].after = &crowd->all[i];
}

void crowd_free(struct crowd *crowd)
{
	while (crowd->peers != NULL) {
		struct peer_entry *entry = *(struct peer_entry **)crowd->peers;

		(void)tdelete(entry, &crowd->peers, compare);
		free(entry);
	}
}

unsigned crowd_count(const struct crowd *crowd)
{
	return crowd_handshakes(crowd) + crowd->counts[STANDING_SERVED];
}

unsigned crowd_handshakes(const struct crowd *crowd)
{
	return crowd->counts[STANDING_FRESH] + crowd->counts[STANDING_TALKING];
}

/* ---- Addresses ---- */

static struct peer_entry *find(const struct crowd *crowd, const struct peer_address *from)
{
	const struct peer_entry key = { .address = *from };
	void *node = tfind(&key, (void *const *)&crowd->peers, compare);

	return node != NULL ? *(struct peer_entry **)node : NULL;
}

static struct peer_entry *find_or_add(struct crowd *crowd, const struct peer_address *from)
{
	struct peer_entry *entry = find(crowd, from);

	if (entry != NULL)
		return entry;
	entry = malloc(sizeof *entry);
	if (entry == NULL)
		return NULL;
	*entry = (struct peer_entry){ .address = *from };
	if (tsearch(entry, &crowd->peers, compare) != NULL)
		return entry;
	free(entry);
	return NULL;
}

/* ---- Coming and going ---- */

static void link_last(struct crowd *crowd, struct member *m, enum standing standing)
{
	struct member *end = &crowd->all[standing];

	m->standing = standing;
	m->before = end->before;
	m->after = end;
	m->before->after = m;
	end->before = m;
	crowd->counts[standing]++;
}

static void unlink_member(struct crowd *crowd, struct member *m)
{
	m->before->after = m->after;
	m->after->before = m->before;
	crowd->counts[m->standing]--;
}

enum admission crowd_admits(const struct crowd *crowd, const struct peer_address *from)
{
	const struct crowd_limits *limits = &crowd->limits;
	const struct peer_entry *entry = from->len != 0 ? find(crowd, from) : NULL;

	/* nobody else has to go for one who has enough */
	if (limits->per_peer != 0 && entry != NULL && entry->count >= limits->per_peer)
		return REFUSED_PEER;
	if (limits->handshakes != 0 && crowd_handshakes(crowd) >= limits->handshakes)
		return REFUSED_HANDSHAKES;
	return crowd_count(crowd) >= limits->connections ? REFUSED_CONNECTIONS : ADMITTED;
}

bool crowd_join(struct crowd *crowd, struct member *m, const struct peer_address *from, uint64_t now_us)
{
	*m = (struct member){ .heard_us = now_us };
	if (from->len != 0) {
		m->peer = find_or_add(crowd, from);
		if (m->peer == NULL)
			return false;
		m->peer->count++;
	}
	link_last(crowd, m, STANDING_FRESH);
	return true;
}

void crowd_leave(struct crowd *crowd, struct member *m)
{
	struct peer_entry *entry = m->peer;

	unlink_member(crowd, m);
	m->peer = NULL;
	if (entry == NULL || --entry->count != 0)
		return;
	(void)tdelete(entry, &crowd->peers, compare);
	free(entry);
}

void crowd_heard(struct crowd *crowd, struct member *m, enum standing standing, uint64_t now_us)
{
	unlink_member(crowd, m);
	m->heard_us = now_us;
	link_last(crowd, m, standing);
}

/* ---- Who goes ---- */

struct member *crowd_oldest(const struct crowd *crowd, enum standing standing)
{
	const struct member *end = &crowd->all[standing];

	return end->after != end ? end->after : NULL;
}

struct member *crowd_next(const struct crowd *crowd, const struct member *m)
{
	return m->after != &crowd->all[m->standing] ? m->after : NULL;
}

struct member *crowd_idlest(const struct crowd *crowd, const struct member *but, uint64_t now_us)
{
	static const uint64_t patience_us[] = {
		[STANDING_FRESH] = FRESH_IDLE_US, [STANDING_TALKING] = TALKING_IDLE_US
	};

	for (enum standing standing = STANDING_FRESH; standing < STANDING_SERVED; standing++) {
		struct member *m = crowd_oldest(crowd, standing);

		if (m != NULL && m == but)
			m = crowd_next(crowd, m);
		if (m != NULL && now_us >= m->heard_us && now_us - m->heard_us >= patience_us[standing])
			return m;
	}
	return NULL;
}
