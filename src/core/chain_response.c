/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * CERTIFICATE as either role answers it, DSP0274 1.2 "CERTIFICATE response". */
#include "core/chain_response.h"

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

enum tspdm_status tspdm_chain_response(const struct chain_image *image, const struct tspdm_shape *shape,
	const struct tspdm_get_certificate *request, struct tspdm_buffer *out)
{
	return request->size_requested ? write_slot_size(image, shape, request, out)
				       : write_portion(image, shape, request, out);
}
