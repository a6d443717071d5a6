/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_DIGESTS and GET_CERTIFICATE: the chains of the slots. */
#include <string.h>

#include "core/chain.h"
#include "responder/responder.h"

enum { GET_DIGESTS_LEN = 4 };

enum tspdm_status tspdm_responder_digests(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_digests digests = { 0 };
	uint8_t room[TSPDM_SLOTS][TSPDM_HASH_MAX];

	q->used = GET_DIGESTS_LEN;
	if (shape.is_exact && q->message.len != q->used)
		return TSPDM_ERR_TRAILING;
	p->last_chain = (struct last_chain){ .has_digest = false }; /* here B begins: nothing of before is taken over */
	TSPDM_TRY(tspdm_responder_slot_mask(p, q, &digests.provisioned_slots));
	if (digests.provisioned_slots == 0)
		return tspdm_responder_own(q, TSPDM_ERR_SLOT);
	digests.supported_slots = digests.provisioned_slots;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		struct tspdm_slot slot;

		if ((digests.provisioned_slots & 1U << i) == 0)
			continue;
		TSPDM_TRY(tspdm_responder_own(q, tspdm_responder_slot(p, q, i, &slot)));
		TSPDM_TRY(tspdm_responder_slot_digest(p, q, &slot, room[i]));
		digests.digest[i] = (struct tspdm_view){ room[i], shape.hash_len };
	}
	TSPDM_TRY(tspdm_write_digests(out, &shape, &digests));
	return tspdm_responder_own(
		q, tspdm_transcript_b(&c->transcript, true, request_bytes(q), tspdm_buffer_view(out)));
}

/* How much of the chain fits a response: the room, less what the message has beside it. */
static enum tspdm_status portion_room(
	const struct tspdm_shape *shape, const struct tspdm_certificate *empty, struct tspdm_buffer *out, size_t *room)
{
	struct tspdm_buffer count = { NULL, 0, 0 };

	if (tspdm_write_certificate(&count, shape, empty) != TSPDM_ERR_BUFFER)
		return TSPDM_ERR_ARGUMENT;
	if (count.len > out->cap) {
		out->len = count.len;
		return TSPDM_ERR_BUFFER;
	}
	*room = out->cap - count.len;
	return TSPDM_OK;
}

/* min(asked for, rest, room). Offset and Length are the peer's: no sum of them is ever made. */
static enum tspdm_status write_portion(const struct chain_image *image, const struct tspdm_shape *shape,
	const struct tspdm_get_certificate *request, struct tspdm_buffer *out)
{
	struct tspdm_certificate certificate = { .slot = request->slot, .is_large = request->is_large };
	uint32_t rest, len = request->length;
	size_t room;

	if (request->offset >= image->len)
		return TSPDM_ERR_PORTION;
	rest = image->len - request->offset;
	TSPDM_TRY(portion_room(shape, &certificate, out, &room));
	if (len > rest)
		len = rest;
	if (len > room)
		len = (uint32_t)room;
	certificate.remainder = rest - len;
	certificate.portion.len = len; /* without a pointer: filled in below */
	TSPDM_TRY(tspdm_write_certificate(out, shape, &certificate));
	if (len != 0)
		tspdm_chain_copy(image, request->offset, len, out->ptr + (out->len - len));
	return TSPDM_OK;
}

/* DSP0274 1.3 "SlotSizeRequested": the size only, Offset and Length are ignored. */
static enum tspdm_status write_slot_size(const struct chain_image *image, const struct tspdm_shape *shape,
	const struct tspdm_get_certificate *request, struct tspdm_buffer *out)
{
	const struct tspdm_certificate certificate = {
		.slot = request->slot, .is_large = request->is_large, .remainder = image->len
	};

	return tspdm_write_certificate(out, shape, &certificate);
}

enum tspdm_status tspdm_responder_certificate(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_get_certificate request;
	struct tspdm_slot slot;
	const struct chain_image *image;

	TSPDM_TRY(tspdm_read_get_certificate(q->message, &shape, &request, &q->used));
	TSPDM_TRY(tspdm_responder_slot(p, q, request.slot, &slot));
	TSPDM_TRY(tspdm_responder_slot_image(p, q, &slot, &image));
	TSPDM_TRY(request.size_requested ? write_slot_size(image, &shape, &request, out)
					 : write_portion(image, &shape, &request, out));
	return tspdm_responder_own(
		q, tspdm_transcript_b(&c->transcript, false, request_bytes(q), tspdm_buffer_view(out)));
}
