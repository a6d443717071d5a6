/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --hold: the session is kept by heartbeats, at the times that it wants them, until its time is over or a signal comes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "attest.h"

enum {
	SERVE_US = 2000000, /* between questions whether the peer wants something */
	S_US = 1000000,
	NS_PER_US = 1000,
	POLL_MAX_S = 3600,
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
	(void)number;
	is_interrupted = 1;
}

/* The signals come while the program waits, and at no other time: what it does then is not torn. */
struct guard {
	sigset_t waiting; /* the mask while waiting */
	struct sigaction before[2];
};

static const int numbers[2] = { SIGINT, SIGTERM };

static void guard_begin(struct guard *g)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t both;

	is_interrupted = 0;
	sigemptyset(&both);
	for (unsigned i = 0; i < COUNT(numbers); i++)
		sigaddset(&both, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, &both, &g->waiting);
	for (unsigned i = 0; i < COUNT(numbers); i++)
		(void)sigaction(numbers[i], &action, &g->before[i]);
}

static void guard_end(struct guard *g)
{
	(void)sigprocmask(SIG_SETMASK, &g->waiting, NULL); /* one that came meanwhile is still taken here */
	for (unsigned i = 0; i < COUNT(numbers); i++)
		(void)sigaction(numbers[i], &g->before[i], NULL);
}

/* ---- Waiting ---- */

/* Takes what the peer says unasked, of which there should be nothing, and notices when it is gone. */
static enum tspdm_status drain(struct attest *t)
{
	for (;;) {
		enum tspdm_message_kind kind;
		struct tspdm_view message;
		struct tspdm_io io;
		enum tspdm_status status = t->transport->ops->receive(t->transport, &kind, &message, 0);

		if (status == TSPDM_ERR_TIMEOUT)
			return TSPDM_OK;
		TSPDM_TRY(status);
		(void)tspdm_requester_step(t->requester, tspdm_now_us(), &io);
		(void)!tspdm_requester_input(t->requester, kind, message);
	}
}

static enum tspdm_status wait_until(struct attest *t, const struct guard *g, uint64_t deadline_us)
{
	struct pollfd readable = { .fd = t->transport->ops->poll_handle(t->transport), .events = POLLIN };
	uint64_t now_us = tspdm_now_us();

	while (now_us < deadline_us && !is_interrupted) {
		uint64_t left_us = deadline_us - now_us;
		struct timespec left = { .tv_sec = POLL_MAX_S };

		TSPDM_TRY(drain(t));
		if (left_us < (uint64_t)POLL_MAX_S * S_US)
			left = (struct timespec){ (time_t)(left_us / S_US), (long)(left_us % S_US) * NS_PER_US };
		if (ppoll(&readable, 1, &left, &g->waiting) < 0 && errno != EINTR)
			return TSPDM_ERR_SYSTEM;
		now_us = tspdm_now_us();
	}
	return TSPDM_OK;
}

/* ---- Holding ---- */

struct hold {
	uint64_t end_us, watch_us, serve_us; /* UINT64_MAX: never */
	uint64_t beats, served;
};

static uint64_t earliest(const struct hold *h, uint64_t heartbeat_us)
{
	uint64_t first = h->end_us < h->watch_us ? h->end_us : h->watch_us;

	if (h->serve_us < first)
		first = h->serve_us;
	return first < heartbeat_us ? first : heartbeat_us;
}

/* A responder cannot speak first: it is asked whether it wants new keys. */
static bool serve(struct attest *t, struct hold *h)
{
	if (tspdm_now_us() < h->serve_us)
		return true;
	if (!session_job(t, "session.hold", tspdm_requester_serve_encapsulated(t->requester, t->session)))
		return false;
	h->served += tspdm_requester_served(t->requester);
	h->serve_us = tspdm_now_us() + SERVE_US;
	return true;
}

/* One wait and what is due after it. */
static bool turn(struct attest *t, const struct guard *g, struct hold *h)
{
	struct tspdm_session_info info;
	enum tspdm_status status = tspdm_requester_session(t->requester, t->session, &info);

	if (status == TSPDM_OK)
		status = wait_until(t, g, earliest(h, info.heartbeat_due_us));
	else
		status = TSPDM_ERR_SESSION_ENDED;
	if (status != TSPDM_OK)
		return session_check(t, "session.hold", status, "%s", tspdm_status_text(status));
	if (!is_interrupted && tspdm_now_us() >= info.heartbeat_due_us) {
		h->beats++;
		if (!session_job(t, "session.hold", tspdm_requester_heartbeat(t->requester, t->session)))
			return false;
	}
	if (!is_interrupted && !serve(t, h))
		return false;
	if (is_interrupted || tspdm_now_us() < h->watch_us)
		return true;
	h->watch_us = tspdm_now_us() + (uint64_t)t->m->options->watch_s * S_US;
	return watch_again(t);
}

bool hold_run(struct attest *t)
{
	const struct options *o = t->m->options;
	uint64_t now_us = tspdm_now_us();
	struct hold h = { .end_us = UINT64_MAX, .watch_us = UINT64_MAX, .serve_us = UINT64_MAX };
	char served[64] = "";
	struct guard g;
	bool is_good = true;

	if (o->hold_s == 0 && o->watch_s == 0)
		return true;
	if (o->hold_s != 0)
		h.end_us = now_us + (uint64_t)o->hold_s * S_US;
	if (o->watch_s != 0)
		h.watch_us = now_us + (uint64_t)o->watch_s * S_US;
	if ((o->capabilities & t->a->negotiated.peer_capabilities & TSPDM_CAP_ENCAP) != 0)
		h.serve_us = now_us + SERVE_US;
	guard_begin(&g); /* before anything is said: who reads it may send a signal at once */
	if (o->watch_s != 0 && t->m->report != NULL)
		is_good = t->m->report(o, t->a);
	if (o->watch_s == 0 && !o->is_quiet)
		fprintf(stderr, "tspdm-verifier: holding session %08x for %u s\n", t->session, o->hold_s);
	while (is_good && !is_interrupted && tspdm_now_us() < h.end_us)
		is_good = turn(t, &g, &h);
	guard_end(&g);
	if (h.served != 0)
		snprintf(served, sizeof served, ", %llu requests of the peer's", (unsigned long long)h.served);
	return is_good && session_check(t, "session.hold", TSPDM_OK, "%llu heartbeats answered%s%s",
				  (unsigned long long)h.beats, served, is_interrupted ? ", ended by a signal" : "");
}
