/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The server: signals and what all connections share, on one event loop. */
#include <signal.h>
#include <stdlib.h>

#include <event2/event.h>

#include "server.h"

/* ---- What connections call ---- */

void server_heard(struct server *server, struct member *m, enum standing standing)
{
	crowd_heard(&server->crowd, m, standing, tspdm_now_us());
}

void server_forget(struct server *server, struct member *m)
{
	crowd_leave(&server->crowd, m);
	if (server->attester->options->is_once)
		(void)event_base_loopbreak(server->base);
}

struct tspdm_buffer server_room(const struct server *server)
{
	return (struct tspdm_buffer){ server->room, RESPONSE_MAX, 0 };
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
	if (s->base == NULL || s->room == NULL || !rooms_init(&s->rooms, s->attester))
		return false;
	s->signals[0] = evsignal_new(s->base, SIGINT, on_signal, s);
	s->signals[1] = evsignal_new(s->base, SIGTERM, on_signal, s);
	return s->signals[0] != NULL && s->signals[1] != NULL && event_add(s->signals[0], NULL) == 0 &&
	       event_add(s->signals[1], NULL) == 0;
}

static void end_connections(struct server *s)
{
	for (enum standing standing = STANDING_FRESH; standing < STANDINGS; standing++) {
		struct member *m;

		while ((m = crowd_oldest(&s->crowd, standing)) != NULL)
			connection_end(connection_of(m), "the attester ends");
	}
}

static void close_all(struct server *s)
{
	reception_close(s);
	end_connections(s);
	crowd_free(&s->crowd);
	rooms_free(&s->rooms);
	for (size_t i = 0; i < COUNT(s->signals); i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	if (s->base != NULL)
		event_base_free(s->base);
	tspdm_tls_context_free(s->tls);
	free(s->room);
}

static void set_limits(struct server *s)
{
	const struct limits *limits = &s->attester->options->limits;
	const struct crowd_limits crowd = {
		.connections = limits->connections,
		.per_peer = limits->per_peer,
		.handshakes = limits->handshakes,
	};

	crowd_init(&s->crowd, &crowd);
}

enum exit_status server_run(struct attester *a)
{
	struct server s = { .attester = a };
	enum exit_status status = open_tls(&s);

	if (status != EXIT_GOOD)
		return status;
	set_limits(&s);
	if (!open_loop(&s))
		status = EXIT_SYSTEM;
	else if (!reception_open(&s))
		status = EXIT_LISTEN;
	else if (event_base_dispatch(s.base) < 0)
		status = EXIT_SYSTEM;
	if (status == EXIT_SYSTEM)
		log_line(LOG_ERROR, "system", NULL, "tspdm-attester: no event loop to be had");
	close_all(&s);
	return status;
}
