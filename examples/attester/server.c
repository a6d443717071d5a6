/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The server: listeners, signals and the list of connections on one event loop. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "attester.h"

enum {
	ACCEPT_BURST = 64, /* connections taken at once: others have to be served too */
	PAUSE_S = 1,       /* where the system has no descriptor left */
};

struct listening {
	struct server *server;
	struct tspdm_listener *listener;
	struct event *readable, *resume;
};

struct server {
	const struct attester *attester;
	struct event_base *base;
	struct event *signals[2];
	struct listening listening[LIST_MAX];
	unsigned listening_count;
	struct connection *connections;
	unsigned connection_count, accepted_count;
	struct tspdm_tls_context *tls; /* of the listeners that have it; NULL: none has */
	uint8_t *room;
};

/* ---- Connections ---- */

static void stop_listening(struct server *s)
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

void server_forget(struct server *server, struct connection *c)
{
	struct connection **at = &server->connections;

	while (*at != NULL && *at != c)
		at = connection_next(*at);
	if (*at != NULL)
		*at = *connection_next(c);
	server->connection_count--;
	if (server->attester->options->is_once)
		(void)event_base_loopbreak(server->base);
}

static void serve(struct listening *l, int fd)
{
	struct server *s = l->server;
	const struct accepted accepted = {
		.server = s,
		.base = s->base,
		.attester = s->attester,
		.room = { s->room, RESPONSE_MAX, 0 },
		.framing = tspdm_listener_framing(l->listener),
		.tls = tspdm_listener_is_tls(l->listener) ? s->tls : NULL,
		.number = ++s->accepted_count,
		.fd = fd,
	};
	struct connection *c;

	if (s->connection_count >= s->attester->options->max_connections) {
		connection_refuse(&accepted);
		return;
	}
	c = connection_new(&accepted);
	if (c == NULL) {
		close(fd);
		log_line(LOG_ERROR, "refused", NULL, "a connection was refused: out of memory");
		return;
	}
	*connection_next(c) = s->connections;
	s->connections = c;
	s->connection_count++;
}

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
			stop_listening(s);
			if (s->connections == NULL)
				(void)event_base_loopbreak(s->base);
			return;
		}
	}
}

/* ---- Beginning and end ---- */

/* Before anything listens: a connection must not find TLS missing. */
static enum exit_status open_tls(struct server *s)
{
	const struct options *o = s->attester->options;
	char why[WHY_MAX] = "";

	if (!options_want_tls(o) || tls_open(&o->tls, true, &s->tls, why))
		return EXIT_GOOD;
	log_line(LOG_ERROR, "tls", NULL, "tspdm-attester: %s", why);
	return EXIT_USAGE;
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

static bool listen_on_all(struct server *s)
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

static void on_signal(evutil_socket_t number, short what, void *context)
{
	struct server *s = context;

	(void)what;
	log_line(LOG_INFO, "signal", NULL, "%s: ending", number == SIGINT ? "SIGINT" : "SIGTERM");
	(void)event_base_loopbreak(s->base);
}

static bool open_loop(struct server *s)
{
	s->base = event_base_new();
	s->room = malloc(RESPONSE_MAX);
	if (s->base == NULL || s->room == NULL)
		return false;
	s->signals[0] = evsignal_new(s->base, SIGINT, on_signal, s);
	s->signals[1] = evsignal_new(s->base, SIGTERM, on_signal, s);
	return s->signals[0] != NULL && s->signals[1] != NULL && event_add(s->signals[0], NULL) == 0 &&
	       event_add(s->signals[1], NULL) == 0;
}

static void close_all(struct server *s)
{
	stop_listening(s);
	while (s->connections != NULL)
		connection_end(s->connections, "the attester ends");
	for (size_t i = 0; i < COUNT(s->signals); i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	if (s->base != NULL)
		event_base_free(s->base);
	tspdm_tls_context_free(s->tls);
	free(s->room);
}

enum exit_status server_run(const struct attester *a)
{
	struct server s = { .attester = a };
	enum exit_status status = open_tls(&s);

	if (status != EXIT_GOOD)
		return status;
	if (!open_loop(&s))
		status = EXIT_SYSTEM;
	else if (!listen_on_all(&s))
		status = EXIT_LISTEN;
	else if (event_base_dispatch(s.base) < 0)
		status = EXIT_SYSTEM;
	if (status == EXIT_SYSTEM)
		log_line(LOG_ERROR, "system", NULL, "tspdm-attester: no event loop to be had");
	close_all(&s);
	return status;
}
