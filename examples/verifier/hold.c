/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --hold: the session is kept by heartbeats, at the times that it wants them, until its time is over or a signal comes. */
#include <poll.h>
#include <stdio.h>

#include "attest.h"
#include "task.h"

enum {
	SERVE_US = 2000000, /* between questions whether the peer wants something */
	S_US = 1000000,
};

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

/* TSPDM_ERR_INTERRUPTED: a signal came. */
static enum tspdm_status wait_until(struct attest *t, uint64_t deadline_us)
{
	int fd = t->transport->ops->poll_handle(t->transport);

	while (tspdm_now_us() < deadline_us) {
		enum tspdm_status status;

		TSPDM_TRY(drain(t));
		status = task_idle(t->m->tasks, fd, POLLIN, deadline_us);
		if (status != TSPDM_OK && status != TSPDM_ERR_TIMEOUT)
			return status;
	}
	return TSPDM_OK;
}

/* ---- Holding ---- */

struct hold {
	uint64_t end_us, watch_us, serve_us; /* UINT64_MAX: never */
	uint64_t beats, served;
	bool is_interrupted;
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

/* What is due after a wait. */
static bool do_due(struct attest *t, struct hold *h, uint64_t heartbeat_us)
{
	if (tspdm_now_us() >= heartbeat_us) {
		h->beats++;
		if (!session_job(t, "session.hold", tspdm_requester_heartbeat(t->requester, t->session)))
			return false;
	}
	if (!serve(t, h))
		return false;
	if (tspdm_now_us() < h->watch_us)
		return true;
	h->watch_us = tspdm_now_us() + (uint64_t)t->m->options->watch_s * S_US;
	return watch_again(t);
}

static bool turn(struct attest *t, struct hold *h)
{
	struct tspdm_session_info info;
	enum tspdm_status status = tspdm_requester_session(t->requester, t->session, &info);

	if (status == TSPDM_OK)
		status = wait_until(t, earliest(h, info.heartbeat_due_us));
	else
		status = TSPDM_ERR_SESSION_ENDED;
	h->is_interrupted = status == TSPDM_ERR_INTERRUPTED;
	if (h->is_interrupted)
		return true;
	if (status != TSPDM_OK)
		return session_check(t, "session.hold", status, "%s", tspdm_status_text(status));
	return do_due(t, h, info.heartbeat_due_us);
}

bool hold_run(struct attest *t)
{
	const struct options *o = t->m->options;
	uint64_t now_us = tspdm_now_us();
	struct hold h = { .end_us = UINT64_MAX, .watch_us = UINT64_MAX, .serve_us = UINT64_MAX };
	char served[64] = "";
	bool is_good = true;

	if (o->hold_s == 0 && o->watch_s == 0)
		return true;
	if (o->hold_s != 0)
		h.end_us = now_us + (uint64_t)o->hold_s * S_US;
	if (o->watch_s != 0)
		h.watch_us = now_us + (uint64_t)o->watch_s * S_US;
	if ((o->capabilities & t->a->negotiated.peer_capabilities & TSPDM_CAP_ENCAP) != 0)
		h.serve_us = now_us + SERVE_US;
	task_shield(t->m->tasks); /* before anything is said: who reads it may send a signal at once */
	if (o->watch_s != 0 && t->m->report != NULL)
		is_good = t->m->report(t->m, t->a);
	hand_over_complain(t->a); /* of the first; the later ones are told in their turn */
	if (o->watch_s == 0 && !o->is_quiet)
		fprintf(stderr, "tspdm-verifier: holding session %08x for %u s\n", t->session, o->hold_s);
	while (is_good && !h.is_interrupted && tspdm_now_us() < h.end_us)
		is_good = turn(t, &h);
	if (h.served != 0)
		snprintf(served, sizeof served, ", %llu requests of the peer's", (unsigned long long)h.served);
	return is_good && session_check(t, "session.hold", TSPDM_OK, "%llu heartbeats answered%s%s",
				  (unsigned long long)h.beats, served, h.is_interrupted ? ", ended by a signal" : "");
}
