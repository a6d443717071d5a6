/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --metrics: what the attester counts, told over HTTP to whoever is on the same machine. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <tspdm/message.h>

#include "metrics.h"
#include "server.h"

enum {
	HEADERS_MAX = 8192,
	CLIENT_S = 10,
};

#define PREFIX "tspdm_attester_"

struct metrics_endpoint {
	struct server *server;
	struct tspdm_listener *listener;
	struct evhttp *http;
};

/* ---- Counting ---- */

/* Hardware takes from some milliseconds (a report of SEV-SNP) to some seconds (a quote while others wait for theirs). */
static const uint64_t bounds_us[EVIDENCE_BUCKETS] = { 1000, 5000, 10000, 50000, 100000, 500000, 1000000, 2500000,
	5000000, 10000000 };

void metrics_evidence(struct metrics *m, uint64_t took_us)
{
	m->evidence_given++;
	m->evidence_us += took_us;
	for (unsigned i = 0; i < EVIDENCE_BUCKETS; i++)
		m->evidence_within[i] += took_us <= bounds_us[i];
}

/* ---- Text ---- */

static void begin(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	(void)evbuffer_add_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void value(struct evbuffer *out, const char *name, uint64_t number)
{
	(void)evbuffer_add_printf(out, PREFIX "%s %llu\n", name, (unsigned long long)number);
}

static void labelled(struct evbuffer *out, const char *name, const char *label, const char *what, uint64_t number)
{
	(void)evbuffer_add_printf(out, PREFIX "%s{%s=\"%s\"} %llu\n", name, label, what, (unsigned long long)number);
}

static void single(struct evbuffer *out, const char *name, const char *type, const char *help, uint64_t number)
{
	begin(out, name, type, help);
	value(out, name, number);
}

static void write_connections(struct evbuffer *out, const struct server *s, const struct metrics *m)
{
	static const char *const standings[] = { "fresh", "talking", "served" };
	static const char *const reasons[] = { NULL, "connections", "peer", "handshakes", "memory" };

	_Static_assert(COUNT(standings) == STANDINGS && COUNT(reasons) == ADMISSIONS, "each has a name");
	begin(out, "connections", "gauge", "Connections that are open, by how far they have come.");
	for (unsigned i = 0; i < STANDINGS; i++)
		labelled(out, "connections", "standing", standings[i], s->crowd.counts[i]);
	single(out, "handshakes", "gauge", "Connections that nothing was authenticated to yet.",
		crowd_handshakes(&s->crowd));
	single(out, "connections_accepted_total", "counter", "Connections that were let in.", m->accepted);
	begin(out, "connections_refused_total", "counter", "Connections that were refused, by the limit.");
	for (unsigned i = ADMITTED + 1; i < ADMISSIONS; i++)
		labelled(out, "connections_refused_total", "limit", reasons[i], m->refused[i]);
	single(out, "connections_dropped_total", "counter", "Idle connections that gave their place to another one.",
		m->dropped);
	single(out, "connections_authenticated_total", "counter", "Connections with a CHALLENGE that was answered.",
		m->authenticated);
	single(out, "connections_attested_total", "counter",
		"Connections that were given evidence outside of sessions.", m->attested);
	single(out, "connection_memory_bytes", "gauge", "Memory that connections hold.", s->rooms.used);
	single(out, "connection_memory_limit_bytes", "gauge", "The most that they may hold.", s->rooms.most);
}

static void write_requests(struct evbuffer *out, const struct metrics *m)
{
	single(out, "requests_total", "counter", "SPDM requests that were answered, with ERROR or otherwise.",
		m->requests);
	begin(out, "errors_total", "counter", "ERROR responses, by their code.");
	for (unsigned code = 0; code <= UINT8_MAX; code++)
		if (m->errors[code] != 0)
			labelled(out, "errors_total", "code", tspdm_error_code_name((uint8_t)code), m->errors[code]);
	single(out, "sessions", "gauge", "Sessions that are established.", m->sessions);
	single(out, "sessions_total", "counter", "Sessions that were established.", m->sessions_opened);
}

static void write_evidence(struct evbuffer *out, const struct metrics *m)
{
	single(out, "evidence_requests_total", "counter", "Evidence that was asked of the TEE.", m->evidence_wanted);
	single(out, "evidence_failures_total", "counter", "Evidence that the TEE did not give.", m->evidence_failed);
	begin(out, "evidence_seconds", "histogram", "How long evidence took, until its peer was given it.");
	for (unsigned i = 0; i < EVIDENCE_BUCKETS; i++)
		(void)evbuffer_add_printf(out, PREFIX "evidence_seconds_bucket{le=\"%g\"} %llu\n",
			(double)bounds_us[i] / 1e6, (unsigned long long)m->evidence_within[i]);
	labelled(out, "evidence_seconds_bucket", "le", "+Inf", m->evidence_given);
	(void)evbuffer_add_printf(out, PREFIX "evidence_seconds_sum %.6f\n", (double)m->evidence_us / 1e6);
	value(out, "evidence_seconds_count", m->evidence_given);
}

static void write_service(struct evbuffer *out, const struct metrics *m)
{
	begin(out, "info", "gauge", "Which program this is.");
	labelled(out, "info", "version", TSPDM_PROGRAM_VERSION, 1);
	begin(out, "reloads_total", "counter", "SIGHUP, by what came of it.");
	labelled(out, "reloads_total", "result", "good", m->reloads);
	labelled(out, "reloads_total", "result", "failed", m->reloads_failed);
}

/* ---- HTTP ---- */

static void on_request(struct evhttp_request *request, void *context)
{
	const struct metrics_endpoint *endpoint = context;
	const struct metrics *m = &endpoint->server->attester->capture->metrics;
	struct evbuffer *out = evbuffer_new();

	if (out == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	write_service(out, m);
	write_connections(out, endpoint->server, m);
	write_requests(out, m);
	write_evidence(out, m);
	(void)evhttp_add_header(
		evhttp_request_get_output_headers(request), "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

/* Numbers tell who is here and when: they are for this machine. */
static bool is_local(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} bound = { 0 };
	socklen_t len = sizeof bound;

	if (getsockname(fd, &bound.any, &len) != 0)
		return false;
	if (bound.any.sa_family == AF_INET)
		return ntohl(bound.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (bound.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&bound.v6.sin6_addr);
	return bound.any.sa_family == AF_UNIX;
}

static bool serve_http(struct metrics_endpoint *e)
{
	/* it listens already, and its socket is the listener's to close */
	struct evconnlistener *accepting = evconnlistener_new(
		e->server->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, tspdm_listener_fd(e->listener));

	if (accepting == NULL)
		return false;
	e->http = evhttp_new(e->server->base);
	if (e->http == NULL || evhttp_bind_listener(e->http, accepting) == NULL) {
		evconnlistener_free(accepting);
		return false;
	}
	evhttp_set_allowed_methods(e->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(e->http, HEADERS_MAX);
	evhttp_set_max_body_size(e->http, 0);
	evhttp_set_timeout(e->http, CLIENT_S);
	return evhttp_set_cb(e->http, "/metrics", on_request, e) == 0;
}

struct metrics_endpoint *metrics_open(struct server *s, const char *endpoint, char *why)
{
	struct metrics_endpoint *e = calloc(1, sizeof *e);
	struct tspdm_endpoint_error error = { "" };

	snprintf(why, WHY_MAX, "out of memory");
	if (e == NULL)
		return NULL;
	e->server = s;
	if (tspdm_listener_open(endpoint, &e->listener, &error) != TSPDM_OK) {
		e->listener = NULL;
		snprintf(why, WHY_MAX, "%s", error.text);
	} else if (!is_local(tspdm_listener_fd(e->listener))) {
		snprintf(why, WHY_MAX, "%.200s is not on this machine alone; take 127.0.0.1, [::1] or unix:PATH",
			endpoint);
	} else if (serve_http(e)) {
		log_line(LOG_ALWAYS, "metrics", json_pack("{ss}", "endpoint", tspdm_listener_url(e->listener)),
			"metrics at %s", tspdm_listener_url(e->listener));
		return e;
	}
	metrics_close(e);
	return NULL;
}

void metrics_close(struct metrics_endpoint *endpoint)
{
	if (endpoint == NULL)
		return;
	if (endpoint->http != NULL)
		evhttp_free(endpoint->http);
	tspdm_listener_close(endpoint->listener);
	free(endpoint);
}
