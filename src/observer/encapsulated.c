/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on requests of the responder: GET_ENCAPSULATED_REQUEST, DELIVER_ENCAPSULATED_RESPONSE and what they carry. */
#include "observer/observer.h"

static enum tspdm_status see_get(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_get_encapsulated_request(l->message, &shape, &l->seen->used);
}

/* Whose bytes end where the inner message's end: what follows is padding of the outer one. */
static void look_inside(struct look *l, bool is_request, struct tspdm_view inner)
{
	size_t head = l->seen->used - inner.len;

	l->seen->used = head + tspdm_look_inside(l, TSPDM_CARRIER_ENCAPSULATED, is_request, inner);
}

static enum tspdm_status see_request(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_encapsulated m;

	TSPDM_TRY(tspdm_read_encapsulated_request(l->message, &shape, &m, &l->seen->used));
	look_inside(l, true, m.message);
	return TSPDM_OK;
}

/* DSP0274 1.2 "KEY_EXCHANGE_RSP", MutAuthRequested bit 2: the first GET_DIGESTS is not sent. */
static void imply_get_digests(struct look *l)
{
	struct tspdm_buffer out = { l->o->implied, sizeof l->o->implied, 0 };
	const struct tspdm_header request = { .version = l->o->c.version, .code = TSPDM_GET_DIGESTS };

	if (tspdm_write_header(&out, &request) == TSPDM_OK)
		tspdm_look_inside(l, TSPDM_CARRIER_IMPLIED, true, tspdm_buffer_view(&out));
}

static enum tspdm_status see_deliver(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = look_session(l) != NULL ? look_session(l) : l->o->clear_session;
	struct tspdm_encapsulated m;

	TSPDM_TRY(tspdm_read_deliver_encapsulated(l->message, &shape, &m, &l->seen->used));
	if (m.request_id == 0 && l->context->inner.code == 0)
		imply_get_digests(l);
	look_inside(l, false, m.message);
	if (s != NULL && s->info.phase == TSPDM_SEEN_HANDSHAKE)
		s->is_flow_begun = true;
	return TSPDM_OK;
}

static enum tspdm_status see_ack(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_encapsulated_ack m;

	TSPDM_TRY(tspdm_read_encapsulated_ack(l->message, &shape, &m, &l->seen->used));
	if (m.message.len != 0)
		look_inside(l, true, m.message);
	return TSPDM_OK;
}

const struct family tspdm_families_carrier[] = {
	{ TSPDM_GET_ENCAPSULATED_REQUEST, TSPDM_ENCAPSULATED_REQUEST, PLACE_CLEAR | PLACE_SESSION, see_get,
		see_request },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, TSPDM_ENCAPSULATED_RESPONSE_ACK, PLACE_CLEAR | PLACE_SESSION,
		see_deliver, see_ack },
	{ 0 },
};
