/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One connection: a framer and a responder. It reads until a frame is whole, answers it, writes the answer with one call,
 * and reads no further while some of that is still to be written. Memory for messages it has while there are some. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include <tspdm/message.h>
#include <tspdm/secret.h>

#include "connection.h"

enum {
	EXCESS = 4096,        /* how much too large a request may be to get an ERROR for it: beyond, the stream ends */
	IN_LEAST = 512,       /* what is left of a frame gets at first */
	EVENT_COST = 1024,    /* four events, and what the loop keeps for them */
	HASH_COST = 2048,     /* running hashes, which the crypto backend allocates */
	TLS_COST = 16 * 1024, /* measured: OpenSSL's state of an idle connection */
};

static const char memory_is_short[] = "no memory is left for connections (--max-memory)";

size_t connection_frame_max(const struct attester *a)
{
	struct tspdm_responder_config config;

	attester_configure(a, &config);
	return (size_t)config.max_message + EXCESS;
}

struct member *connection_member(struct connection *c)
{
	return &c->member;
}

struct connection *connection_of(struct member *m)
{
	return (struct connection *)m; /* the first member */
}

bool connection_claim(struct connection *c, size_t len)
{
	while (!rooms_claim(c->rooms, len))
		if (!server_make_place(c->server, &c->member))
			return false;
	return true;
}

bool connection_is_busy(const struct connection *c)
{
	return c->in_len != 0 || c->out.len != 0 || c->held.scratch != NULL;
}

void connection_refuse(const struct accepted *accepted)
{
	/* DSP0287 1.0 "Error messages": PayloadLength 0, BindingVersion 1, Cannot Operate as Responder */
	static const uint8_t frame[] = { 0, 0, 1, 0xC3 };
	uint8_t drain[512];

	if (accepted->framing == &tspdm_framing_dsp0287 && accepted->tls == NULL)
		(void)!send(accepted->fd, frame, sizeof frame, MSG_NOSIGNAL);
	(void)shutdown(accepted->fd, SHUT_WR);
	(void)!recv(accepted->fd, drain, sizeof drain, MSG_DONTWAIT); /* unread bytes would reset the connection */
	close(accepted->fd);
}

/* ---- The end ---- */

static size_t cost_of(const struct connection *c)
{
	return sizeof *c + EVENT_COST + HASH_COST + (c->wire.context != NULL ? TLS_COST : 0);
}

static void free_in(struct connection *c)
{
	if (c->in == NULL)
		return;
	rooms_release(c->rooms, c->in_cap);
	tspdm_wipe(c->in, c->in_cap);
	free(c->in);
	c->in = NULL;
	c->in_len = c->in_cap = 0;
}

static void free_out(struct connection *c)
{
	if (c->is_out_own) {
		rooms_release(c->rooms, c->out.cap);
		free(c->out.ptr);
	} else {
		rooms_give(c->rooms, ROOM_OUT, c->out.ptr);
	}
	c->is_out_own = false;
	c->out = (struct tspdm_buffer){ NULL, 0, 0 };
	c->out_sent = 0;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void free_connection(struct connection *c)
{
	free_event(c->readable);
	free_event(c->writable);
	free_event(c->patience);
	free_event(c->heartbeat);
	answer_free(c);
	free_in(c);
	free_out(c);
	attester_release(c->attester);
	free(c);
}

void connection_end(struct connection *c, const char *reason)
{
	struct server *server = c->server;

	pcap_end(&c->capture);
	if (c->history.requests != 0 || server_may_tell(server))
		history_log(&c->history, reason);
	rooms_release(c->rooms, cost_of(c));
	wire_close(&c->wire);
	server_forget(server, &c->member);
	free_connection(c);
}

void connection_abandon(struct connection *c)
{
	pcap_end(&c->capture);
	rooms_release(c->rooms, cost_of(c));
	free_connection(c);
}

/* ---- Patience ---- */

static uint64_t patience_s(const struct connection *c)
{
	const struct limits *limits = &c->attester->options->limits;
	uint64_t left_us;

	switch (c->waiting) {
	case WAITING_FIRST:
		return limits->first_s;
	case WAITING_REST:
	case WAITING_TAKEN:
		return limits->frame_s;
	case WAITING_NEXT:
		break;
	}
	/* a peer that has to speak less often than others keep silent is not hung up on before its session is lost */
	left_us = answer_session_left_us(c);
	return left_us == UINT64_MAX || left_us / 1000000 < limits->idle_s ? limits->idle_s : left_us / 1000000 + 1;
}

static enum waiting what_for(const struct connection *c)
{
	if (c->out.len != 0)
		return WAITING_TAKEN;
	if (c->frames == 0)
		return WAITING_FIRST;
	return c->in_len != 0 ? WAITING_REST : WAITING_NEXT;
}

/* Patience begins anew with each whole frame, not with each byte. */
static void be_patient(struct connection *c)
{
	enum waiting waiting = what_for(c);
	struct timeval limit = { 0 };

	if (waiting == c->waiting && c->frames == c->counted && event_pending(c->patience, EV_TIMEOUT, NULL))
		return;
	c->waiting = waiting;
	c->counted = c->frames;
	limit.tv_sec = (time_t)patience_s(c);
	(void)event_add(c->patience, &limit);
}

static void on_patience(evutil_socket_t fd, short what, void *context)
{
	static const char *const reasons[] = {
		[WAITING_FIRST] = "no message for too long",
		[WAITING_REST] = "the rest of a message took too long",
		[WAITING_NEXT] = "no message for too long",
		[WAITING_TAKEN] = "the answer was not taken for too long",
	};
	struct connection *c = context;

	(void)fd, (void)what;
	connection_end(c, reasons[c->waiting]);
}

static void on_heartbeat_due(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	answer_expired(context);
}

/* ---- Frames ---- */

static void put(struct connection *c, struct tspdm_view bytes)
{
	if (bytes.len == 0 || answer_room(c) != TSPDM_OK || bytes.len > c->out.cap - c->out.len)
		return;
	memcpy(c->out.ptr + c->out.len, bytes.ptr, bytes.len);
	c->out.len += bytes.len;
}

static void end_after_writing(struct connection *c, const char *reason)
{
	c->is_ending = true;
	c->reason = reason;
}

static enum standing standing_of(const struct connection *c)
{
	const struct history *h = &c->history;

	return h->is_authenticated || h->is_measured || c->application.opened != 0 ? STANDING_SERVED : STANDING_TALKING;
}

static void take_frame(struct connection *c, const struct tspdm_frame *frame)
{
	enum tspdm_status status = TSPDM_OK;

	switch (frame->event) {
	case TSPDM_FRAME_MESSAGE:
		status = answer_message(c, frame);
		break;
	case TSPDM_FRAME_REPLY:
		put(c, frame->body);
		break;
	case TSPDM_FRAME_SHUTDOWN:
		put(c, frame->body);
		end_after_writing(c, "ended in order");
		break;
	case TSPDM_FRAME_REFUSED:
		end_after_writing(c, "the peer refused a frame");
		break;
	case TSPDM_FRAME_HELLO:
		break;
	}
	c->frames++;
	server_heard(c->server, &c->member, standing_of(c));
	if (status == TSPDM_OK)
		return;
	c->out.len = 0; /* what does not fit is counted too, but was not written */
	end_after_writing(c, status == TSPDM_ERR_MEMORY ? memory_is_short : tspdm_status_text(status));
}

/* Takes one frame off what was read. TSPDM_AGAIN: none is whole. */
static enum tspdm_status pull(struct connection *c, struct tspdm_view *stream)
{
	struct tspdm_frame frame = { 0 };
	enum tspdm_status status = tspdm_framer_pull(&c->framer, stream, connection_frame_max(c->attester), &frame);

	if (status == TSPDM_OK) {
		take_frame(c, &frame);
	} else if (status != TSPDM_AGAIN) {
		put(c, frame.body);
		end_after_writing(c, tspdm_status_text(status));
	}
	return status;
}

/* ---- Reading and writing ---- */

/* What the peer does not take yet gets a room of just its length: who does not read has no more than that. Where there is no
 * memory for it, all stays as it is. */
static void keep_out(struct connection *c)
{
	size_t len = c->out.len - c->out_sent;
	uint8_t *own;

	if (c->is_out_own || !rooms_claim(c->rooms, len))
		return;
	own = malloc(len);
	if (own == NULL) {
		rooms_release(c->rooms, len);
		return;
	}
	memcpy(own, c->out.ptr + c->out_sent, len);
	rooms_give(c->rooms, ROOM_OUT, c->out.ptr);
	c->out.ptr = own;
	c->out.cap = c->out.len = len;
	c->out_sent = 0;
	c->is_out_own = true;
}

/* Returns false where the connection is no more. */
static bool flush(struct connection *c)
{
	while (c->out_sent < c->out.len) {
		struct tspdm_view left = { c->out.ptr + c->out_sent, c->out.len - c->out_sent };
		enum tspdm_status status = wire_send(&c->wire, &left);

		c->out_sent = c->out.len - left.len;
		if (status == TSPDM_AGAIN) {
			keep_out(c);
			return true;
		}
		if (status != TSPDM_OK) {
			connection_end(c, wire_reason(&c->wire, status));
			return false;
		}
	}
	free_out(c);
	if (!c->is_ending)
		return true;
	connection_end(c, c->reason);
	return false;
}

/* Answers what was read, until something has to wait for being written. Returns false where the connection is no more. */
static bool process(struct connection *c, struct tspdm_view *stream)
{
	enum tspdm_status status = TSPDM_OK;

	while (status == TSPDM_OK && c->out.len == 0 && !c->is_ending) {
		status = pull(c, stream);
		if ((c->out.len != 0 || c->is_ending) && !flush(c))
			return false;
	}
	return true;
}

/* Makes the connection's own room larger: at least `len` bytes, at most what a frame takes. */
static bool grow_in(struct connection *c, size_t len)
{
	size_t cap = c->in_cap != 0 ? c->in_cap : IN_LEAST;
	uint8_t *room;

	while (cap < len)
		cap *= 2;
	if (cap > c->rooms->in_len)
		cap = c->rooms->in_len;
	if (!connection_claim(c, cap - c->in_cap))
		return false;
	room = realloc(c->in, cap);
	if (room == NULL) {
		rooms_release(c->rooms, cap - c->in_cap);
		return false;
	}
	c->in = room;
	c->in_cap = cap;
	return true;
}

/* What is no whole frame yet stays with the connection, in room of its own: where it is already, if there is some.
 * Returns false where the connection is no more. */
static bool keep_rest(struct connection *c, struct tspdm_view stream)
{
	if (stream.len == 0) {
		free_in(c);
		return true;
	}
	if (c->in == NULL && !grow_in(c, stream.len)) {
		connection_end(c, memory_is_short);
		return false;
	}
	memmove(c->in, stream.ptr, stream.len);
	c->in_len = stream.len;
	return true;
}

static bool process_rest(struct connection *c)
{
	struct tspdm_view stream = { c->in, c->in_len };

	return c->in == NULL || (process(c, &stream) && keep_rest(c, stream));
}

/* Where bytes are received: behind what is there, or in the room that all share. */
static bool room_to_receive(struct connection *c, struct tspdm_buffer *in)
{
	*in = (struct tspdm_buffer){ c->rooms->in, c->rooms->in_len, 0 };
	if (c->in == NULL)
		return true;
	if (c->in_len == c->in_cap && !grow_in(c, c->in_cap + 1))
		return false;
	*in = (struct tspdm_buffer){ c->in, c->in_cap, c->in_len };
	return true;
}

/* Returns false where the connection is no more. */
static bool receive(struct connection *c)
{
	struct tspdm_buffer in;
	struct tspdm_view stream;
	enum tspdm_status status;

	if (!room_to_receive(c, &in)) {
		connection_end(c, memory_is_short);
		return false;
	}
	status = wire_receive(&c->wire, &in);
	stream = tspdm_buffer_view(&in);
	if (status == TSPDM_OK)
		return process(c, &stream) && keep_rest(c, stream);
	if (status == TSPDM_AGAIN)
		return true;
	connection_end(c, wire_reason(&c->wire, status));
	return false;
}

static void watch(struct connection *c)
{
	bool is_writing = c->wire.events == POLLOUT;

	(void)event_add(is_writing ? c->writable : c->readable, NULL);
	(void)event_del(is_writing ? c->readable : c->writable);
}

/* One read for each event, so that no peer has more of the loop than others; but what TLS has decrypted shows in no event.
 * TLS may also wait for writing in order to read, and the other way round. */
static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct connection *c = context;

	(void)fd, (void)what;
	if (!flush(c) || !process_rest(c))
		return;
	if (c->out.len == 0) {
		c->wire.events = POLLIN;
		do
			if (!receive(c))
				return;
		while (c->out.len == 0 && wire_is_pending(&c->wire));
	}
	be_patient(c);
	watch(c);
}

/* ---- The beginning ---- */

static bool make_events(struct connection *c, const struct accepted *accepted)
{
	c->readable = event_new(accepted->base, accepted->fd, EV_READ | EV_PERSIST, on_ready, c);
	c->writable = event_new(accepted->base, accepted->fd, EV_WRITE | EV_PERSIST, on_ready, c);
	c->patience = evtimer_new(accepted->base, on_patience, c);
	c->heartbeat = evtimer_new(accepted->base, on_heartbeat_due, c);
	return c->readable != NULL && c->writable != NULL && c->patience != NULL && c->heartbeat != NULL;
}

static void set_up(struct connection *c, const struct accepted *accepted)
{
	struct attester *a = accepted->attester;

	c->server = accepted->server;
	c->rooms = accepted->rooms;
	c->attester = attester_hold(a);
	tspdm_framer_init(&c->framer, accepted->framing, true);
	c->framer.is_strict = a->options->is_strict;
	snprintf(c->history.peer, sizeof c->history.peer, "%s", accepted->peer);
	application_init(&c->application, a->options, &a->reply, c->history.peer);
	c->device = a->device;
	provision_share(a, &c->device);
	c->device.vendor = application_vendor;
	c->device.vendor_context = &c->application;
}

struct connection *connection_new(const struct accepted *accepted)
{
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	set_up(c, accepted);
	wire_open(&c->wire, accepted->fd, accepted->tls);
	if (!make_events(c, accepted) || !rooms_claim(c->rooms, cost_of(c))) {
		free_connection(c);
		return NULL;
	}
	pcap_begin(&c->capture, c->attester->capture->pcap, accepted->framing == &tspdm_framing_dsp0287);
	be_patient(c);
	watch(c);
	log_line(LOG_DEBUG, "accepted", NULL, "%s: accepted", c->history.peer);
	return c;
}
