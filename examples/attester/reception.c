/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who comes in: listeners, and the limits of those who are there at a time. */
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "connection.h"
#include "server.h"

enum {
	ACCEPT_BURST = 64, /* connections taken at once: others have to be served too */
	PAUSE_S = 1,       /* where the system has no descriptor left */
};

/* ---- Admission ---- */

static const char *reason_of(enum admission refused)
{
	static const char *const reasons[] = {
		[REFUSED_CONNECTIONS] = "as many connections are open as may be (--max-connections)",
		[REFUSED_PEER] = "its address has as many connections as one may have (--max-per-peer)",
		[REFUSED_HANDSHAKES] = "as many handshakes are under way as may be (--max-handshakes)",
		[REFUSED_MEMORY] = "no memory is left for connections (--max-memory)",
	};

	return reasons[refused];
}

static void refuse_peer(struct server *s, const struct accepted *accepted, enum admission refused)
{
	unsigned more;

	s->attester->capture->metrics.refused[refused]++;
	connection_refuse(accepted);
	if (log_may(&s->refusals, &more))
		log_line(LOG_WARN, "refused", json_pack("{ss si}", "peer", accepted->peer, "more", (int)more),
			"%s: refused: %s; %u others before", accepted->peer, reason_of(refused), more);
}

static enum admission admit(struct server *s, const struct peer_address *from)
{
	enum admission admission = crowd_admits(&s->crowd, from);

	while (admission == REFUSED_CONNECTIONS || admission == REFUSED_HANDSHAKES) {
		if (!server_make_place(s, NULL))
			return admission;
		admission = crowd_admits(&s->crowd, from);
	}
	return admission;
}

static enum admission begin(struct server *s, const struct accepted *accepted, const struct peer_address *from)
{
	struct connection *c = connection_new(accepted);

	if (c == NULL && server_make_place(s, NULL))
		c = connection_new(accepted);
	if (c == NULL)
		return REFUSED_MEMORY;
	if (crowd_join(&s->crowd, connection_member(c), from, tspdm_now_us())) {
		s->attester->capture->metrics.accepted++;
		return ADMITTED;
	}
	connection_abandon(c);
	return REFUSED_MEMORY;
}

static void serve(struct listening *l, int fd)
{
	struct server *s = l->server;
	char peer[HISTORY_PEER_MAX];
	struct peer_address from;
	const struct accepted accepted = {
		.server = s,
		.base = s->base,
		.attester = s->attester,
		.rooms = &s->rooms,
		.framing = tspdm_listener_framing(l->listener),
		.tls = tspdm_listener_is_tls(l->listener) ? s->attester->tls : NULL,
		.peer = peer,
		.number = ++s->accepted_count,
		.fd = fd,
	};
	enum admission admission;

	peer_look(fd, accepted.number, peer, &from);
	admission = admit(s, &from);
	if (admission == ADMITTED)
		admission = begin(s, &accepted, &from);
	if (admission != ADMITTED)
		refuse_peer(s, &accepted, admission);
}

/* ---- Listeners ---- */

static void on_resume(evutil_socket_t fd, short what, void *context)
{
	struct listening *l = context;

	(void)fd, (void)what;
	(void)event_add(l->readable, NULL);
}

/* Connections wait in the system's queue for a while, instead of the loop spinning on them. */
static void pause_listening(struct listening *l)
{
	const struct timeval pause = { .tv_sec = PAUSE_S };

	log_line(LOG_ERROR, "accept", NULL, "%s: no connection can be accepted now", tspdm_listener_url(l->listener));
	(void)event_del(l->readable);
	(void)event_add(l->resume, &pause);
}

static void on_connecting(evutil_socket_t fd, short what, void *context)
{
	struct listening *l = context;
	struct server *s = l->server;

	(void)fd, (void)what;
	for (unsigned i = 0; i < ACCEPT_BURST; i++) {
		int accepted = -1;
		enum tspdm_status status = tspdm_listener_accept(l->listener, &accepted);

		if (status == TSPDM_AGAIN)
			return;
		if (status != TSPDM_OK) {
			pause_listening(l);
			return;
		}
		serve(l, accepted);
		if (s->attester->options->is_once) {
			reception_close(s);
			if (crowd_count(&s->crowd) == 0)
				(void)event_base_loopbreak(s->base);
			return;
		}
	}
}

static bool listen_on(struct server *s, const char *endpoint)
{
	struct listening *l = &s->listening[s->listening_count];
	struct tspdm_endpoint_error why = { "" };
	enum tspdm_status status = tspdm_listener_open(endpoint, &l->listener, &why);

	if (status != TSPDM_OK) {
		l->listener = NULL;
		log_line(LOG_ERROR, "listen", json_pack("{ss}", "endpoint", endpoint), "tspdm-attester: %.200s: %s",
			endpoint, why.text[0] != '\0' ? why.text : tspdm_status_text(status));
		return false;
	}
	s->listening_count++;
	l->server = s;
	l->resume = evtimer_new(s->base, on_resume, l);
	l->readable = event_new(s->base, tspdm_listener_fd(l->listener), EV_READ | EV_PERSIST, on_connecting, l);
	return l->readable != NULL && l->resume != NULL && event_add(l->readable, NULL) == 0;
}

bool reception_open(struct server *s)
{
	const struct text_list *endpoints = &s->attester->options->listen;

	for (unsigned i = 0; i < endpoints->count; i++)
		if (!listen_on(s, endpoints->items[i]))
			return false;
	for (unsigned i = 0; i < s->listening_count; i++) {
		const char *url = tspdm_listener_url(s->listening[i].listener);

		log_line(LOG_ALWAYS, "listening", json_pack("{ss}", "endpoint", url), "listening on %s", url);
	}
	return true;
}

void reception_close(struct server *s)
{
	for (unsigned i = 0; i < s->listening_count; i++) {
		struct listening *l = &s->listening[i];

		if (l->readable != NULL)
			event_free(l->readable);
		if (l->resume != NULL)
			event_free(l->resume);
		tspdm_listener_close(l->listener);
	}
	s->listening_count = 0;
}
