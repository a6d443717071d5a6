/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The server: what all connections share, on one event loop. */
#include <stdlib.h>

#include <event2/event.h>

#include "notify.h"
#include "server.h"

enum { WORDLESS_LINES = 20 /* a second, of connections on which nothing was asked */ };

/* ---- What connections call ---- */

void server_heard(struct server *server, struct member *m, enum standing standing)
{
	crowd_heard(&server->crowd, m, standing, tspdm_now_us());
}

void server_forget(struct server *server, struct member *m)
{
	crowd_leave(&server->crowd, m);
	if (server->attester->options->is_once || (server->is_ending && crowd_count(&server->crowd) == 0))
		(void)event_base_loopbreak(server->base);
}

bool server_make_place(struct server *server, const struct member *but)
{
	struct member *m = crowd_idlest(&server->crowd, but, tspdm_now_us());
	unsigned more;

	if (m == NULL)
		return false;
	if (log_may(&server->drops, &more))
		log_line(LOG_WARN, "dropped", json_pack("{si}", "more", (int)more),
			"an idle connection gives its place to another one; %u others before", more);
	server->attester->capture->metrics.dropped++;
	connection_end(connection_of(m), "dropped for another one");
	return true;
}

bool server_may_tell(struct server *server)
{
	unsigned held_back;
	bool may = log_may(&server->wordless, &held_back);

	if (held_back != 0)
		log_line(LOG_INFO, "not-listed", json_pack("{si}", "more", (int)held_back),
			"%u connections on which nothing was asked are not listed", held_back);
	return may;
}

struct tspdm_buffer server_room(const struct server *server)
{
	return (struct tspdm_buffer){ server->room, RESPONSE_MAX, 0 };
}

/* ---- Beginning and end ---- */

static bool open_loop(struct server *s)
{
	s->base = event_base_new();
	s->room = malloc(RESPONSE_MAX);
	if (s->base == NULL || s->room == NULL || !rooms_init(&s->rooms, s->attester))
		return false;
	return service_open(s);
}

static bool open_metrics(struct server *s)
{
	const char *endpoint = s->attester->options->metrics;
	char why[WHY_MAX] = "";

	if (endpoint == NULL)
		return true;
	s->metrics = metrics_open(s, endpoint, why);
	if (s->metrics == NULL)
		log_line(LOG_ERROR, "metrics", NULL, "tspdm-attester: --metrics: %s", why);
	return s->metrics != NULL;
}

static void close_all(struct server *s)
{
	reception_close(s);
	metrics_close(s->metrics);
	service_end_all(s);
	crowd_free(&s->crowd);
	rooms_free(&s->rooms);
	service_close(s);
	if (s->base != NULL)
		event_base_free(s->base);
	free(s->room);
	attester_release(s->attester);
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

static enum exit_status serve(struct server *s)
{
	notify_ready();
	return event_base_dispatch(s->base) < 0 ? EXIT_SYSTEM : EXIT_GOOD;
}

enum exit_status server_run(struct attester *a)
{
	struct server s = { .attester = attester_hold(a), .wordless = { .most = WORDLESS_LINES } };
	enum exit_status status = EXIT_GOOD;

	set_limits(&s);
	if (!open_loop(&s))
		status = EXIT_SYSTEM;
	else if (!open_metrics(&s) || !reception_open(&s))
		status = EXIT_LISTEN;
	else
		status = serve(&s);
	if (status == EXIT_SYSTEM)
		log_line(LOG_ERROR, "system", NULL, "tspdm-attester: no event loop to be had");
	close_all(&s);
	return status;
}
