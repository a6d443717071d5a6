/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One connection: a framer, a responder and two buffers. It reads until a frame is whole, answers it, writes the answer
 * with one call, and reads no further while some of that is still to be written. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include <linux/vm_sockets.h>

#include <tspdm/message.h>
#include <tspdm/secret.h>

#include "application.h"
#include "attester.h"
#include "history.h"
#include "rekey.h"
#include "wire.h"

enum {
	FIRST_FRAME_S = 10, /* for the opening */
	IDLE_S = 60,        /* between whole frames, and for taking an answer */
	EXCESS = 4096,      /* how much too large a request may be to get an ERROR for it: beyond, the stream ends */
};

#define CAPS_OF_SESSIONS                                                                                               \
	(TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT |                 \
		TSPDM_CAP_KEY_UPD | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR)

struct connection {
	struct connection *next;
	struct server *server;
	const struct attester *attester;
	struct tspdm_buffer room;
	struct event *readable, *writable, *patience;
	struct event *heartbeat; /* when the first session is lost */
	struct wire wire;
	uint8_t channel[TSPDM_CHANNEL_LEN]; /* of TLS; evidence that is shown in sessions is bound to it */
	bool is_ending;                     /* once what is to be written is written */
	const char *reason;
	struct tspdm_framer framer;
	void *memory;
	struct tspdm_responder *responder; /* made when the first message tells the binding */
	uint8_t *scratch;
	size_t scratch_len;
	void *sessions;
	uint8_t *requester_chain; /* NULL: requesters are not asked who they are */
	uint8_t *record;          /* where the responder opens records */
	uint8_t *large;           /* and where chunks are put together, and cut; NULL: no chunks */
	size_t large_len;
	size_t frame_max;
	uint8_t *in;
	size_t in_len, in_cap;
	struct tspdm_buffer out;
	size_t out_sent;
	struct history history;
	struct tspdm_basic_device device; /* the attester's, with this connection's application */
	struct application application;
	struct rekey rekey;
	struct pcap_stream capture;
};

struct connection **connection_next(struct connection *c)
{
	return &c->next;
}

/* ---- Peers ---- */

static void name_peer(const struct accepted *accepted, char *out, size_t cap)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_vm vm;
		struct sockaddr_storage room;
	} from = { 0 };
	socklen_t len = sizeof from;
	char host[INET6_ADDRSTRLEN] = "";

	if (getpeername(accepted->fd, &from.any, &len) != 0)
		from.any.sa_family = AF_UNSPEC;
	if (from.any.sa_family == AF_INET && inet_ntop(AF_INET, &from.v4.sin_addr, host, sizeof host) != NULL)
		snprintf(out, cap, "%s:%u", host, ntohs(from.v4.sin_port));
	else if (from.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &from.v6.sin6_addr, host, sizeof host) != NULL)
		snprintf(out, cap, "[%s]:%u", host, ntohs(from.v6.sin6_port));
	else if (from.any.sa_family == AF_VSOCK)
		snprintf(out, cap, "vsock %u:%u", from.vm.svm_cid, from.vm.svm_port);
	else
		snprintf(out, cap, "connection %u", accepted->number);
}

void connection_refuse(const struct accepted *accepted)
{
	/* DSP0287 1.0 "Error messages": PayloadLength 0, BindingVersion 1, Cannot Operate as Responder */
	static const uint8_t frame[] = { 0, 0, 1, 0xC3 };
	uint8_t drain[512];
	char peer[HISTORY_PEER_MAX];

	name_peer(accepted, peer, sizeof peer);
	if (accepted->framing == &tspdm_framing_dsp0287 && accepted->tls == NULL)
		(void)!send(accepted->fd, frame, sizeof frame, MSG_NOSIGNAL);
	(void)shutdown(accepted->fd, SHUT_WR);
	(void)!recv(accepted->fd, drain, sizeof drain, MSG_DONTWAIT); /* unread bytes would reset the connection */
	close(accepted->fd);
	log_line(LOG_WARN, "refused", json_pack("{ss}", "peer", peer), "%s: refused: %u connections are open", peer,
		accepted->attester->options->max_connections);
}

/* ---- The end ---- */

static void free_connection(struct connection *c)
{
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	if (c->patience != NULL)
		event_free(c->patience);
	if (c->heartbeat != NULL)
		event_free(c->heartbeat);
	application_free(&c->application);
	tspdm_responder_wipe(c->responder);
	free(c->memory);
	free(c->scratch);
	if (c->record != NULL)
		tspdm_wipe(c->record, c->frame_max);
	free(c->record);
	free(c->large);
	free(c->sessions);
	free(c->requester_chain);
	free(c->in);
	free(c->out.ptr);
	free(c);
}

void connection_end(struct connection *c, const char *reason)
{
	struct server *server = c->server;

	pcap_end(&c->capture);
	history_log(&c->history, reason);
	wire_close(&c->wire);
	server_forget(server, c);
	free_connection(c);
}

static void be_patient(struct connection *c, int seconds)
{
	const struct timeval limit = { .tv_sec = seconds };

	(void)event_add(c->patience, &limit);
}

static void on_patience(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	connection_end(context, "no message for too long");
}

/* ---- Answers ---- */

static enum tspdm_status make_responder(struct connection *c)
{
	struct tspdm_responder_config config;

	if (c->responder != NULL)
		return TSPDM_OK;
	attester_configure(c->attester, &config);
	config.binding = tspdm_framer_binding(&c->framer);
	config.device = &c->device.base;
	c->application.binding = config.binding;
	config.application = (struct tspdm_application_hook){ application_take, &c->application };
	config.scratch = c->scratch;
	config.scratch_len = c->scratch_len;
	config.sessions = c->sessions;
	config.sessions_len = SESSIONS * tspdm_session_size();
	config.record = c->record;
	config.record_len = c->frame_max;
	config.requester_chain = c->requester_chain;
	config.requester_chain_len = c->requester_chain != NULL ? REQUESTER_CHAIN_MAX : 0;
	mutual_configure(c->attester, &config, c->history.peer);
	TSPDM_TRY(wire_channel(&c->wire, c->channel, &config.channel));
	config.large = c->large;
	config.large_len = c->large_len;
	if (config.binding == &tspdm_binding_none) { /* it carries no records */
		config.capabilities &= ~(uint32_t)CAPS_OF_SESSIONS;
		config.mutual = TSPDM_MUTUAL_NONE;
	}
	return tspdm_responder_init(c->memory, tspdm_responder_size(), &config, &c->responder);
}

/* No answer may be larger than a frame of this binding carries, whatever the peer says it takes. */
static struct tspdm_buffer room_for(const struct connection *c)
{
	struct tspdm_buffer room = c->room;
	size_t most = tspdm_framer_binding(&c->framer)->max_message;

	if (room.cap > most)
		room.cap = most;
	return room;
}

/* A peer that has to speak less often than others keep silent is not hung up on before its session is lost. */
static void be_patient_with_sessions(struct connection *c, uint64_t left_us)
{
	uint64_t seconds = left_us / 1000000 + 1;

	if (seconds > IDLE_S)
		be_patient(c, (int)seconds);
}

/* Sessions that nobody keeps alive are let go of at their time, also where no further message comes. */
static void settle(struct connection *c)
{
	uint64_t due_us = tspdm_responder_deadline_us(c->responder), now_us = tspdm_now_us();
	uint64_t left_us = due_us > now_us ? due_us - now_us : 0;
	const struct timeval left = { (time_t)(left_us / 1000000), (suseconds_t)(left_us % 1000000) };

	application_settle(&c->application, c->responder);
	rekey_settle(&c->rekey, c->responder, c->attester->options, c->history.peer);
	if (due_us == UINT64_MAX) {
		(void)event_del(c->heartbeat);
		return;
	}
	(void)event_add(c->heartbeat, &left);
	be_patient_with_sessions(c, left_us);
}

static void on_heartbeat_due(evutil_socket_t fd, short what, void *context)
{
	struct connection *c = context;

	(void)fd, (void)what;
	tspdm_responder_expire_sessions(c->responder, tspdm_now_us());
	settle(c);
}

static enum tspdm_status answer(struct connection *c, const struct tspdm_frame *frame)
{
	/* what a record holds is not for the history to see */
	bool is_plain = frame->kind == TSPDM_KIND_PLAIN;
	struct tspdm_buffer response;

	TSPDM_TRY(make_responder(c));
	pcap_message(&c->capture, tspdm_framer_binding(&c->framer), true, frame->kind, frame->body);
	response = room_for(c);
	TSPDM_TRY(tspdm_responder_handle(c->responder, tspdm_now_us(), frame->kind, frame->body, &response));
	history_note(&c->history, is_plain ? frame->body : (struct tspdm_view){ NULL, 0 },
		tspdm_responder_last(c->responder));
	settle(c);
	if (response.len == 0)
		return TSPDM_OK;
	pcap_message(&c->capture, tspdm_framer_binding(&c->framer), false, frame->kind, tspdm_buffer_view(&response));
	return tspdm_framer_wrap(&c->framer, frame->kind, tspdm_buffer_view(&response), &c->out);
}

static void put(struct connection *c, struct tspdm_view bytes)
{
	if (bytes.len == 0 || bytes.len > c->out.cap - c->out.len)
		return;
	memcpy(c->out.ptr + c->out.len, bytes.ptr, bytes.len);
	c->out.len += bytes.len;
}

static void end_after_writing(struct connection *c, const char *reason)
{
	c->is_ending = true;
	c->reason = reason;
}

static void take_frame(struct connection *c, const struct tspdm_frame *frame)
{
	enum tspdm_status status = TSPDM_OK;

	be_patient(c, IDLE_S);
	switch (frame->event) {
	case TSPDM_FRAME_MESSAGE:
		status = answer(c, frame);
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
	if (status == TSPDM_OK)
		return;
	c->out.len = 0; /* what does not fit is counted too, but was not written */
	end_after_writing(c, tspdm_status_text(status));
}

/* ---- Reading and writing ---- */

/* Returns false where the connection is no more. */
static bool flush(struct connection *c)
{
	while (c->out_sent < c->out.len) {
		struct tspdm_view left = { c->out.ptr + c->out_sent, c->out.len - c->out_sent };
		enum tspdm_status status = wire_send(&c->wire, &left);

		c->out_sent = c->out.len - left.len;
		if (status == TSPDM_AGAIN)
			return true;
		if (status != TSPDM_OK) {
			connection_end(c, wire_reason(&c->wire, status));
			return false;
		}
	}
	c->out.len = c->out_sent = 0;
	if (!c->is_ending)
		return true;
	connection_end(c, c->reason);
	return false;
}

/* Takes one frame off what was read. TSPDM_AGAIN: none is whole. */
static enum tspdm_status pull(struct connection *c, struct tspdm_view *stream)
{
	struct tspdm_frame frame = { 0 };
	enum tspdm_status status = tspdm_framer_pull(&c->framer, stream, c->frame_max, &frame);

	if (status == TSPDM_OK) {
		take_frame(c, &frame);
	} else if (status != TSPDM_AGAIN) {
		put(c, frame.body);
		end_after_writing(c, tspdm_status_text(status));
	}
	return status;
}

/* Answers what was read, until something has to wait for being written. Returns false where the connection is no more. */
static bool process(struct connection *c)
{
	struct tspdm_view stream = { c->in, c->in_len };
	enum tspdm_status status = TSPDM_OK;

	while (status == TSPDM_OK && c->out.len == 0 && !c->is_ending) {
		status = pull(c, &stream);
		if ((c->out.len != 0 || c->is_ending) && !flush(c))
			return false;
	}
	if (stream.len != 0)
		memmove(c->in, stream.ptr, stream.len);
	c->in_len = stream.len;
	return true;
}

static void watch(struct connection *c)
{
	bool is_writing = c->wire.events == POLLOUT;

	(void)event_add(is_writing ? c->writable : c->readable, NULL);
	(void)event_del(is_writing ? c->readable : c->writable);
}

/* Returns false where the connection is no more. */
static bool receive(struct connection *c)
{
	struct tspdm_buffer in = { c->in, c->in_cap, c->in_len };
	enum tspdm_status status = wire_receive(&c->wire, &in);

	c->in_len = in.len;
	if (status == TSPDM_OK)
		return process(c);
	if (status == TSPDM_AGAIN)
		return true;
	connection_end(c, wire_reason(&c->wire, status));
	return false;
}

/* One read for each event, so that no peer has more of the loop than others; but what TLS has decrypted shows in no event.
 * TLS may also wait for writing in order to read, and the other way round. */
static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct connection *c = context;

	(void)fd, (void)what;
	if (!flush(c) || !process(c))
		return;
	if (c->out.len == 0) {
		c->wire.events = POLLIN;
		do
			if (!receive(c))
				return;
		while (c->out.len == 0 && wire_is_pending(&c->wire));
	}
	watch(c);
}

/* ---- The beginning ---- */

static bool make_room(struct connection *c, const struct accepted *accepted)
{
	struct tspdm_responder_config config;

	attester_configure(accepted->attester, &config);
	c->frame_max = (size_t)config.max_message + EXCESS;
	c->in_cap = c->frame_max + 2 * TSPDM_FRAME_OVERHEAD;
	c->scratch_len = RESPONSE_MAX + c->frame_max;
	c->out.cap = RESPONSE_MAX + 2 * TSPDM_FRAME_OVERHEAD;
	c->memory = malloc(tspdm_responder_size());
	c->scratch = malloc(c->scratch_len);
	c->sessions = malloc(SESSIONS * tspdm_session_size());
	c->record = malloc(c->frame_max);
	if (mutual_is_wanted(accepted->attester)) {
		c->requester_chain = malloc(REQUESTER_CHAIN_MAX);
		if (c->requester_chain == NULL)
			return false;
	}
	if ((config.capabilities & TSPDM_CAP_CHUNK) != 0) {
		c->large_len = config.max_message + RESPONSE_MAX;
		c->large = malloc(c->large_len);
	}
	c->in = malloc(c->in_cap);
	c->out.ptr = malloc(c->out.cap);
	c->readable = event_new(accepted->base, accepted->fd, EV_READ | EV_PERSIST, on_ready, c);
	c->writable = event_new(accepted->base, accepted->fd, EV_WRITE | EV_PERSIST, on_ready, c);
	c->patience = evtimer_new(accepted->base, on_patience, c);
	c->heartbeat = evtimer_new(accepted->base, on_heartbeat_due, c);
	return (c->large != NULL || c->large_len == 0) && c->memory != NULL && c->scratch != NULL &&
	       c->record != NULL && c->sessions != NULL && c->in != NULL && c->out.ptr != NULL && c->readable != NULL &&
	       c->writable != NULL && c->patience != NULL && c->heartbeat != NULL;
}

struct connection *connection_new(const struct accepted *accepted)
{
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->server = accepted->server;
	c->attester = accepted->attester;
	c->room = accepted->room;
	tspdm_framer_init(&c->framer, accepted->framing, true);
	c->framer.is_strict = accepted->attester->options->is_strict;
	name_peer(accepted, c->history.peer, sizeof c->history.peer);
	pcap_begin(&c->capture, accepted->attester->pcap, accepted->framing == &tspdm_framing_dsp0287);
	application_init(&c->application, accepted->attester->options, &accepted->attester->reply, c->history.peer);
	c->device = accepted->attester->device;
	provision_share((struct attester *)(uintptr_t)accepted->attester, &c->device);
	c->device.vendor = application_vendor;
	c->device.vendor_context = &c->application;
	if (!wire_open(&c->wire, accepted->fd, accepted->tls) || !make_room(c, accepted)) {
		tspdm_tls_free(c->wire.tls);
		free_connection(c);
		return NULL;
	}
	be_patient(c, FIRST_FRAME_S);
	watch(c);
	log_line(LOG_DEBUG, "accepted", NULL, "%s: accepted", c->history.peer);
	return c;
}
