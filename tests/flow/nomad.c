/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A pair whose responder has its memory for one message at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nomad.h"

/* The members of struct tspdm_responder_rooms, by the bits of enum tspdm_responder_room. */
static void *room_at(const struct pair *pair, unsigned i)
{
	const struct tspdm_responder_rooms *r = &pair->lent;
	void *const all[PAIR_ROOMS] = { r->scratch, r->record, r->large, r->requester_chain, r->sessions };

	return all[i];
}

static void set_room(struct pair *pair, unsigned i, void *room)
{
	struct tspdm_responder_rooms *r = &pair->lent;
	uint8_t **const all[PAIR_ROOMS - 1] = { &r->scratch, &r->record, &r->large, &r->requester_chain };

	if (i < PAIR_ROOMS - 1)
		*all[i] = room;
	else
		r->sessions = room;
}

void nomad_begin(struct pair *pair, const struct tspdm_responder_config *config)
{
	const size_t lens[PAIR_ROOMS] = { config->scratch_len, config->record_len, config->large_len,
		config->requester_chain_len, config->sessions_len };

	memcpy(pair->lent_len, lens, sizeof lens);
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &pair->lent), TSPDM_OK);
}

/* What waits moves to a room of its own, of just that length, and back. */
static void *move_scratch(struct pair *pair, size_t cap)
{
	size_t used = tspdm_responder_scratch_used(pair->responder);
	uint8_t *before = pair->lent.scratch, *after = malloc(cap);

	assert_non_null(after);
	memcpy(after, before, used);
	pair->lent.scratch = after;
	pair->lent.scratch_len = cap;
	return before;
}

void nomad_lend(struct pair *pair)
{
	void *small = pair->lent.scratch != NULL ? move_scratch(pair, pair->lent_len[0]) : NULL;

	for (unsigned i = 0; i < PAIR_ROOMS; i++) {
		void *room;

		if (pair->lent_len[i] == 0 || room_at(pair, i) != NULL)
			continue;
		room = malloc(pair->lent_len[i]);
		assert_non_null(room);
		memset(room, 0xA5, pair->lent_len[i]);
		set_room(pair, i, room);
	}
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &pair->lent), TSPDM_OK);
	free(small);
}

void nomad_take_back(struct pair *pair)
{
	uint32_t used = tspdm_responder_rooms_in_use(pair->responder);
	void *gone[PAIR_ROOMS] = { NULL };

	if ((used & TSPDM_ROOM_SCRATCH) != 0)
		gone[0] = move_scratch(pair, tspdm_responder_scratch_used(pair->responder));
	for (unsigned i = 0; i < PAIR_ROOMS; i++)
		if ((used & 1U << i) == 0) {
			gone[i] = room_at(pair, i);
			set_room(pair, i, NULL);
		}
	assert_int_equal(tspdm_responder_move_rooms(pair->responder, &pair->lent), TSPDM_OK);
	for (unsigned i = 0; i < PAIR_ROOMS; i++)
		free(gone[i]);
}

void nomad_free(struct pair *pair)
{
	for (unsigned i = 0; i < PAIR_ROOMS; i++)
		free(room_at(pair, i));
}
