/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The memory of connections: large rooms go to whoever has a message under way and come back after it; what all connections
 * hold together is counted, and limited. */
#include <stdlib.h>

#include "application.h"
#include "connection.h"
#include "rooms.h"

enum { MIB = 1024 * 1024 };

bool rooms_init(struct rooms *r, const struct attester *a)
{
	struct tspdm_responder_config config;
	size_t frame_max;

	attester_configure(a, &config);
	frame_max = connection_frame_max(a);
	*r = (struct rooms){ .most = (size_t)a->options->limits.memory_mib * MIB };
	r->sizes[ROOM_SCRATCH] = RESPONSE_MAX + frame_max;
	r->sizes[ROOM_RECORD] = frame_max;
	if ((config.capabilities & TSPDM_CAP_CHUNK) != 0)
		r->sizes[ROOM_LARGE] = config.max_message + RESPONSE_MAX;
	if (mutual_is_wanted(a))
		r->sizes[ROOM_REQUESTER_CHAIN] = REQUESTER_CHAIN_MAX;
	r->sizes[ROOM_SESSIONS] = SESSIONS * tspdm_session_size();
	r->sizes[ROOM_OUT] = RESPONSE_MAX + 2 * TSPDM_FRAME_OVERHEAD;
	r->in_len = frame_max + 2 * TSPDM_FRAME_OVERHEAD;
	r->in = malloc(r->in_len);
	return r->in != NULL;
}

void rooms_free(struct rooms *r)
{
	for (unsigned kind = 0; kind < ROOM_KINDS; kind++)
		for (unsigned i = 0; i < r->spare_count[kind]; i++)
			free(r->spare[kind][i]);
	free(r->in);
}

bool rooms_claim(struct rooms *r, size_t len)
{
	if (len > r->most || r->used > r->most - len)
		return false;
	r->used += len;
	return true;
}

void rooms_release(struct rooms *r, size_t len)
{
	r->used -= len;
}

void *rooms_take(struct rooms *r, enum room_kind kind)
{
	void *room;

	if (!rooms_claim(r, r->sizes[kind]))
		return NULL;
	if (r->spare_count[kind] != 0)
		return r->spare[kind][--r->spare_count[kind]];
	room = malloc(r->sizes[kind]);
	if (room == NULL)
		rooms_release(r, r->sizes[kind]);
	return room;
}

void rooms_give(struct rooms *r, enum room_kind kind, void *room)
{
	if (room == NULL)
		return;
	rooms_release(r, r->sizes[kind]);
	if (r->spare_count[kind] < SPARE_ROOMS)
		r->spare[kind][r->spare_count[kind]++] = room;
	else
		free(room);
}
