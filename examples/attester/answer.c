/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The answers of one connection: a responder that has memory to work in while it answers, and after that what it uses. */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <tspdm/secret.h>

#include "connection.h"
#include "results.h"

#define CAPS_OF_SESSIONS                                                                                               \
	(TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT |                 \
		TSPDM_CAP_KEY_UPD | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR)

/* ---- Memory ---- */

static void free_small(struct connection *c, uint8_t *small, size_t len)
{
	tspdm_wipe(small, len);
	free(small);
	rooms_release(c->rooms, len);
}

/* Where each room is in struct tspdm_responder_rooms, by enum room_kind. */
static void *room_at(const struct tspdm_responder_rooms *r, enum room_kind kind)
{
	void *const all[] = { r->scratch, r->record, r->large, r->requester_chain, r->sessions };

	return all[kind];
}

static void set_room(struct tspdm_responder_rooms *r, enum room_kind kind, void *room)
{
	uint8_t **const all[] = { &r->scratch, &r->record, &r->large, &r->requester_chain };

	if (kind == ROOM_SESSIONS)
		r->sessions = room;
	else
		*all[kind] = room;
}

/* Idle ones go where there is none left. */
static void *take(struct connection *c, enum room_kind kind)
{
	void *room = rooms_take(c->rooms, kind);

	while (room == NULL && server_make_place(c->server, &c->member))
		room = rooms_take(c->rooms, kind);
	return room;
}

/* A request that waits comes back from the room of its own that it had meanwhile. */
static enum tspdm_status widen_scratch(struct connection *c)
{
	struct tspdm_responder_rooms *held = &c->held;
	uint8_t *small = held->scratch, *whole = take(c, ROOM_SCRATCH);
	size_t len = held->scratch_len;

	if (whole == NULL)
		return TSPDM_ERR_MEMORY;
	memcpy(whole, small, len);
	held->scratch = whole;
	held->scratch_len = 0;
	if (tspdm_responder_move_rooms(c->responder, held) != TSPDM_OK)
		abort(); /* it would write into memory that is no more */
	free_small(c, small, len);
	return TSPDM_OK;
}

/* And goes there, of just its length. Where there is no memory for that it stays. */
static void narrow_scratch(struct connection *c)
{
	struct tspdm_responder_rooms *held = &c->held;
	size_t len = c->responder != NULL ? tspdm_responder_scratch_used(c->responder) : 0;
	uint8_t *whole = held->scratch, *small;

	if (len == 0 || held->scratch_len != 0 || !rooms_claim(c->rooms, len))
		return;
	small = malloc(len);
	if (small == NULL) {
		rooms_release(c->rooms, len);
		return;
	}
	memcpy(small, whole, len);
	held->scratch = small;
	held->scratch_len = len;
	if (tspdm_responder_move_rooms(c->responder, held) != TSPDM_OK)
		abort();
	tspdm_wipe(whole, len);
	rooms_give(c->rooms, ROOM_SCRATCH, whole);
}

/* What is missing for answering comes. What did come is given back with the rest. */
static enum tspdm_status lend(struct connection *c)
{
	if (c->held.scratch_len != 0)
		TSPDM_TRY(widen_scratch(c));
	for (enum room_kind kind = ROOM_SCRATCH; kind <= ROOM_SESSIONS; kind++) {
		if (c->rooms->sizes[kind] == 0 || room_at(&c->held, kind) != NULL)
			continue;
		set_room(&c->held, kind, take(c, kind));
		if (room_at(&c->held, kind) == NULL)
			return TSPDM_ERR_MEMORY;
	}
	return c->responder != NULL ? tspdm_responder_move_rooms(c->responder, &c->held) : TSPDM_OK;
}

static void give(struct connection *c, const struct tspdm_responder_rooms *r, enum room_kind kind)
{
	if (kind == ROOM_SCRATCH && r->scratch_len != 0)
		free_small(c, r->scratch, r->scratch_len);
	else
		rooms_give(c->rooms, kind, room_at(r, kind));
}

/* What is not in use goes to others. enum room_kind has the order of the bits of enum tspdm_responder_room. */
static void take_back(struct connection *c)
{
	uint32_t used = c->responder != NULL ? tspdm_responder_rooms_in_use(c->responder) : 0;
	struct tspdm_responder_rooms before = c->held;

	_Static_assert(
		1 << ROOM_SESSIONS == TSPDM_ROOM_SESSIONS && 1 << ROOM_LARGE == TSPDM_ROOM_LARGE, "a room has its bit");
	for (enum room_kind kind = ROOM_SCRATCH; kind <= ROOM_SESSIONS; kind++)
		if ((used & 1U << kind) == 0)
			set_room(&c->held, kind, NULL);
	if (c->held.scratch == NULL)
		c->held.scratch_len = 0;
	if (c->responder != NULL && tspdm_responder_move_rooms(c->responder, &c->held) != TSPDM_OK)
		abort(); /* it would write into memory of others */
	for (enum room_kind kind = ROOM_SCRATCH; kind <= ROOM_SESSIONS; kind++)
		if ((used & 1U << kind) == 0)
			give(c, &before, kind);
	narrow_scratch(c);
}

enum tspdm_status answer_room(struct connection *c)
{
	if (c->out.ptr != NULL)
		return TSPDM_OK;
	c->out = (struct tspdm_buffer){ take(c, ROOM_OUT), c->rooms->sizes[ROOM_OUT], 0 };
	return c->out.ptr != NULL ? TSPDM_OK : TSPDM_ERR_MEMORY;
}

void answer_free(struct connection *c)
{
	c->attester->capture->metrics.sessions -= c->sessions;
	application_free(&c->application);
	if (c->responder != NULL) {
		void *memory = c->responder;

		tspdm_responder_wipe(c->responder);
		c->responder = NULL;
		free(memory);
		rooms_release(c->rooms, tspdm_responder_size());
	}
	take_back(c);
}

/* ---- The responder ---- */

static void configure(struct connection *c, struct tspdm_responder_config *config)
{
	const size_t *sizes = c->rooms->sizes;

	attester_configure(c->attester, config);
	config->binding = tspdm_framer_binding(&c->framer);
	config->device = &c->device.base;
	c->application.binding = config->binding;
	config->application = (struct tspdm_application_hook){ application_take, &c->application };
	config->scratch = c->held.scratch;
	config->scratch_len = sizes[ROOM_SCRATCH];
	config->sessions = c->held.sessions;
	config->sessions_len = sizes[ROOM_SESSIONS];
	config->record = c->held.record;
	config->record_len = sizes[ROOM_RECORD];
	config->requester_chain = c->held.requester_chain;
	config->requester_chain_len = sizes[ROOM_REQUESTER_CHAIN];
	config->large = c->held.large;
	config->large_len = sizes[ROOM_LARGE];
	mutual_configure(c->attester, config, c->history.peer);
	if (tspdm_binding_is(config->binding, &tspdm_binding_none)) { /* it carries no records */
		config->capabilities &= ~(uint32_t)CAPS_OF_SESSIONS;
		config->mutual = TSPDM_MUTUAL_NONE;
	}
}

static enum tspdm_status make_responder(struct connection *c)
{
	struct tspdm_responder_config config;
	enum tspdm_status status;
	void *memory;

	if (c->responder != NULL)
		return TSPDM_OK;
	if (!connection_claim(c, tspdm_responder_size()))
		return TSPDM_ERR_MEMORY;
	configure(c, &config);
	memory = malloc(tspdm_responder_size());
	status = memory != NULL ? wire_channel(&c->wire, c->channel, &config.channel) : TSPDM_ERR_MEMORY;
	c->judge = (struct peer_judge){
		.attester = c->attester, .peer = c->history.peer, .responder = &c->responder, .channel = config.channel
	};
	attest_peer_configure(c->attester, &c->judge, &config);
	results_configure(c->attester, &c->judge, &config);
	if (status == TSPDM_OK)
		status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &c->responder);
	if (status == TSPDM_OK)
		return TSPDM_OK;
	c->responder = NULL;
	free(memory);
	rooms_release(c->rooms, tspdm_responder_size());
	return status;
}

/* ---- Sessions ---- */

uint64_t answer_session_left_us(const struct connection *c)
{
	uint64_t due_us = c->responder != NULL ? tspdm_responder_deadline_us(c->responder) : UINT64_MAX;
	uint64_t now_us = tspdm_now_us();

	if (due_us == UINT64_MAX)
		return UINT64_MAX;
	return due_us > now_us ? due_us - now_us : 0;
}

static void count_sessions(struct connection *c)
{
	struct metrics *m = &c->attester->capture->metrics;
	unsigned before = c->sessions, opened = c->application.opened;

	application_settle(&c->application, c->responder);
	c->sessions = (unsigned)tspdm_responder_sessions(c->responder, NULL, 0);
	m->sessions_opened += c->application.opened - opened;
	m->sessions += c->sessions;
	m->sessions -= before;
}

/* Sessions are let go of at their time, also where no further message comes. */
static void settle(struct connection *c)
{
	uint64_t left_us = answer_session_left_us(c);
	const struct timeval left = { (time_t)(left_us / 1000000), (suseconds_t)(left_us % 1000000) };

	count_sessions(c);
	rekey_settle(&c->rekey, c->responder, c->attester->options, c->history.peer);
	if (left_us == UINT64_MAX)
		(void)event_del(c->heartbeat);
	else
		(void)event_add(c->heartbeat, &left);
}

void answer_expired(struct connection *c)
{
	tspdm_responder_expire_sessions(c->responder, tspdm_now_us());
	settle(c);
	take_back(c);
}

/* ---- Answers ---- */

/* No answer may be larger than a frame of this binding carries, whatever the peer says it takes. */
static struct tspdm_buffer room_for(const struct connection *c)
{
	struct tspdm_buffer room = server_room(c->server);
	size_t most = tspdm_framer_binding(&c->framer)->max_message;

	if (room.cap > most)
		room.cap = most;
	return room;
}

static enum tspdm_status handle(struct connection *c, const struct tspdm_frame *frame, struct tspdm_buffer *response)
{
	TSPDM_TRY(make_responder(c));
	return tspdm_responder_handle(c->responder, tspdm_now_us(), frame->kind, frame->body, response);
}

/* For the log, and for those who count. */
static void note(struct connection *c, struct tspdm_view request)
{
	const struct tspdm_responder_outcome outcome = tspdm_responder_last(c->responder);
	struct metrics *m = &c->attester->capture->metrics;
	struct history *h = &c->history;
	bool was_authenticated = h->is_authenticated, was_attested = h->is_attested;

	history_note(h, request, outcome);
	m->requests += outcome.request_code != 0;
	if (outcome.error_code != 0)
		m->errors[outcome.error_code]++;
	m->authenticated += h->is_authenticated && !was_authenticated;
	m->attested += h->is_attested && !was_attested;
}

static enum tspdm_status respond(struct connection *c, const struct tspdm_frame *frame)
{
	/* what a record holds is not for the history to see */
	bool is_plain = frame->kind == TSPDM_KIND_PLAIN;
	struct tspdm_buffer response = room_for(c);

	pcap_message(&c->capture, tspdm_framer_binding(&c->framer), true, frame->kind, frame->body);
	TSPDM_TRY(handle(c, frame, &response));
	note(c, is_plain ? frame->body : (struct tspdm_view){ NULL, 0 });
	settle(c);
	if (response.len == 0)
		return TSPDM_OK;
	pcap_message(&c->capture, tspdm_framer_binding(&c->framer), false, frame->kind, tspdm_buffer_view(&response));
	TSPDM_TRY(answer_room(c));
	return tspdm_framer_wrap(&c->framer, frame->kind, tspdm_buffer_view(&response), &c->out);
}

enum tspdm_status answer_message(struct connection *c, const struct tspdm_frame *frame)
{
	enum tspdm_status status = lend(c);

	if (status == TSPDM_OK)
		status = respond(c, frame);
	take_back(c);
	return status;
}
