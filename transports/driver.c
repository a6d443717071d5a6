/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The blocking drivers: a requester or a responder on top of a carrier, for those who bring no event loop. */
#include <errno.h>
#include <time.h>

#include <tspdm/requester.h>
#include <tspdm/responder.h>
#include <tspdm/transport.h>

enum {
	SEND_US = 10000000, /* a peer that does not read for so long is not coming back */
	US_PER_S = 1000000,
	NS_PER_US = 1000,
};

/* One built against an older header has a shorter table. */
static bool has_rest(const struct tspdm_transport_ops *o)
{
	return o->size >= offsetof(struct tspdm_transport_ops, rest) + sizeof o->rest && o->rest != NULL;
}

static enum tspdm_status rest_until(struct tspdm_transport *t, uint64_t deadline_us)
{
	struct timespec until = { .tv_sec = (time_t)(deadline_us / US_PER_S),
		.tv_nsec = (long)(deadline_us % US_PER_S) * NS_PER_US };

	if (has_rest(t->ops)) {
		enum tspdm_status status = t->ops->rest(t, deadline_us);

		return status == TSPDM_ERR_TIMEOUT ? TSPDM_OK : status;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		continue;
	return TSPDM_OK;
}

static enum tspdm_status send_in_time(
	struct tspdm_transport *t, enum tspdm_message_kind kind, struct tspdm_view message)
{
	return t->ops->send(t, kind, message, tspdm_now_us() + SEND_US);
}

/* That nothing came is for the requester to judge: it repeats, or gives up. A message that it did not await is ignored.
 */
static enum tspdm_status feed(struct tspdm_requester *r, struct tspdm_transport *t, uint64_t deadline_us)
{
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;
	struct tspdm_view message = { 0 };
	enum tspdm_status status = t->ops->receive(t, &kind, &message, deadline_us);

	if (status == TSPDM_ERR_TIMEOUT)
		return TSPDM_OK;
	TSPDM_TRY(status);
	status = tspdm_requester_input(r, kind, message);
	return status == TSPDM_ERR_STATE ? TSPDM_OK : status;
}

enum tspdm_status tspdm_run(struct tspdm_requester *requester, struct tspdm_transport *transport)
{
	for (;;) {
		struct tspdm_io io = { 0 };
		enum tspdm_status status = TSPDM_OK;

		switch (tspdm_requester_step(requester, tspdm_now_us(), &io)) {
		case TSPDM_STEP_SEND:
			status = send_in_time(transport, io.kind, io.out);
			break;
		case TSPDM_STEP_RECEIVE:
			status = feed(requester, transport, io.deadline_us);
			break;
		case TSPDM_STEP_WAIT:
			status = rest_until(transport, io.deadline_us);
			break;
		case TSPDM_STEP_DONE:
			return TSPDM_OK;
		case TSPDM_STEP_FAILED:
			return tspdm_requester_error(requester)->status;
		}
		if (status != TSPDM_OK) {
			tspdm_requester_fail(requester, status);
			return status;
		}
	}
}

static enum tspdm_status answer_one(struct tspdm_responder *p, struct tspdm_transport *t, struct tspdm_buffer room)
{
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;
	struct tspdm_view request = { 0 };

	TSPDM_TRY(t->ops->receive(t, &kind, &request, UINT64_MAX));
	TSPDM_TRY(tspdm_responder_handle(p, tspdm_now_us(), kind, request, &room));
	if (room.len == 0)
		return TSPDM_OK;
	return send_in_time(t, kind, tspdm_buffer_view(&room));
}

enum tspdm_status tspdm_serve(
	struct tspdm_responder *responder, struct tspdm_transport *transport, struct tspdm_buffer room)
{
	enum tspdm_status status = TSPDM_OK;

	room.len = 0;
	while (status == TSPDM_OK)
		status = answer_one(responder, transport, room);
	return status;
}
