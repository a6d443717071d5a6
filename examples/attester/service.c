/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The server as a service: it ends when what is under way is over, takes new certificates and keys while it runs, and tells
 * its manager. */
#include <signal.h>
#include <string.h>

#include <event2/event.h>

#include "connection.h"
#include "notify.h"
#include "server.h"

enum {
	S_US = 1000000,
	SWEEP_US = 100000,
	RELOAD_PAUSE_US = 1000000, /* from one reload to the next: nobody is answered meanwhile */
	FRESH_GRACE_US = 250000,   /* what came just now may be about to speak */
	SERVED_GRACE_US = 2000000, /* silence after which nothing more is expected of who was served */
};

/* ---- Ending ---- */

/* Whether a connection is in the middle of something. Who is not authenticated to yet may take all of --grace. */
static bool is_under_way(const struct member *m, uint64_t now_us)
{
	uint64_t silent_us = now_us > m->heard_us ? now_us - m->heard_us : 0;

	switch (m->standing) {
	case STANDING_FRESH:
		return silent_us < FRESH_GRACE_US;
	case STANDING_SERVED:
		return silent_us < SERVED_GRACE_US || connection_is_busy(connection_of((struct member *)(uintptr_t)m));
	default:
		return true;
	}
}

static void end_those(struct server *s, bool all)
{
	uint64_t now_us = tspdm_now_us();

	for (enum standing standing = STANDING_FRESH; standing < STANDINGS; standing++) {
		struct member *m = crowd_oldest(&s->crowd, standing);

		while (m != NULL) {
			struct member *next = crowd_next(&s->crowd, m);

			if (all || !is_under_way(m, now_us))
				connection_end(connection_of(m), "the attester ends");
			m = next;
		}
	}
}

void service_end_all(struct server *s)
{
	end_those(s, true);
}

/* Until the last is gone, or time is up. */
static void on_sweep(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval pause = { .tv_usec = SWEEP_US };
	struct server *s = context;

	(void)fd, (void)what;
	end_those(s, tspdm_now_us() >= s->end_us);
	if (crowd_count(&s->crowd) == 0 || event_add(s->sweep, &pause) != 0)
		(void)event_base_loopbreak(s->base);
}

static void on_end(evutil_socket_t number, short what, void *context)
{
	struct server *s = context;
	const char *name = number == SIGINT ? "SIGINT" : "SIGTERM";

	(void)what;
	if (s->is_ending) {
		log_line(LOG_WARN, "signal", NULL, "%s: ending at once", name);
		(void)event_base_loopbreak(s->base);
		return;
	}
	log_line(LOG_INFO, "signal", NULL, "%s: ending; %u connections", name, crowd_count(&s->crowd));
	notify_stopping();
	s->is_ending = true;
	s->end_us = tspdm_now_us() + (uint64_t)s->attester->options->limits.grace_s * S_US;
	reception_close(s);
	on_sweep(-1, 0, s);
}

/* ---- Reloading ---- */

/* Connections keep what they began with. */
static void on_reload(evutil_socket_t fd, short what, void *context)
{
	struct server *s = context;
	struct attester *fresh = NULL;
	char why[WHY_MAX] = "";

	(void)fd, (void)what;
	if (s->is_ending)
		return;
	notify_reloading();
	if (attester_new(s->attester->options, s->attester, &fresh, why) == EXIT_GOOD) {
		attester_release(s->attester);
		s->attester = fresh;
		fresh->capture->metrics.reloads++;
		log_line(LOG_ALWAYS, "reloaded", NULL, "SIGHUP: certificates and keys are read anew");
	} else {
		s->attester->capture->metrics.reloads_failed++;
		log_line(LOG_ERROR, "reload-failed", NULL, "SIGHUP: what was read before stays in force: %s", why);
	}
	s->reloaded_us = tspdm_now_us();
	notify_ready();
}

/* However many signals come, one reload answers them. */
static void on_hangup(evutil_socket_t number, short what, void *context)
{
	struct server *s = context;
	uint64_t due_us = s->reloaded_us != 0 ? s->reloaded_us + RELOAD_PAUSE_US : 0, now_us = tspdm_now_us();
	const struct timeval wait = { .tv_usec = due_us > now_us ? (suseconds_t)(due_us - now_us - 1) : 0 };

	(void)number, (void)what;
	if (!event_pending(s->reload, EV_TIMEOUT, NULL))
		(void)event_add(s->reload, &wait);
}

/* ---- Beginning ---- */

static void on_alive(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what, (void)context;
	notify_alive();
}

static bool watch_over(struct server *s)
{
	uint64_t period_us = notify_alive_us();
	const struct timeval period = { (time_t)(period_us / S_US), (suseconds_t)(period_us % S_US) };

	if (period_us == 0)
		return true;
	s->alive = event_new(s->base, -1, EV_PERSIST, on_alive, s);
	return s->alive != NULL && event_add(s->alive, &period) == 0;
}

bool service_open(struct server *s)
{
	s->signals[0] = evsignal_new(s->base, SIGINT, on_end, s);
	s->signals[1] = evsignal_new(s->base, SIGTERM, on_end, s);
	s->signals[2] = evsignal_new(s->base, SIGHUP, on_hangup, s);
	s->reload = evtimer_new(s->base, on_reload, s);
	s->sweep = evtimer_new(s->base, on_sweep, s);
	for (size_t i = 0; i < COUNT(s->signals); i++)
		if (s->signals[i] == NULL || event_add(s->signals[i], NULL) != 0)
			return false;
	return s->sweep != NULL && s->reload != NULL && watch_over(s);
}

void service_close(struct server *s)
{
	for (size_t i = 0; i < COUNT(s->signals); i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	if (s->sweep != NULL)
		event_free(s->sweep);
	if (s->reload != NULL)
		event_free(s->reload);
	if (s->alive != NULL)
		event_free(s->alive);
}
