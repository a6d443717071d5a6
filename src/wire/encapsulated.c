/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "GET_ENCAPSULATED_REQUEST request", "ENCAPSULATED_REQUEST response", "DELIVER_ENCAPSULATED_RESPONSE request",
 * "ENCAPSULATED_RESPONSE_ACK response". The inner message has no length: it reaches to the end of the outer one. */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum { ACK_RESERVED = 3 };

enum tspdm_status tspdm_read_get_encapsulated_request(
	struct tspdm_view message, const struct tspdm_shape *shape, size_t *used)
{
	return tspdm_wire_read_bare(message, TSPDM_GET_ENCAPSULATED_REQUEST, shape, used);
}

enum tspdm_status tspdm_write_get_encapsulated_request(struct tspdm_buffer *out, const struct tspdm_shape *shape)
{
	return tspdm_wire_write_bare(out, TSPDM_GET_ENCAPSULATED_REQUEST, shape);
}

static enum tspdm_status read_carrier(struct tspdm_view message, uint8_t code, const struct tspdm_shape *shape,
	struct tspdm_encapsulated *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_encapsulated){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, code, &header));
	out->request_id = header.param1;
	out->message = wire_read_inner(&r);
	return wire_finish(&r, message, shape, used);
}

static enum tspdm_status write_carrier(
	struct tspdm_buffer *out, uint8_t code, const struct tspdm_shape *shape, const struct tspdm_encapsulated *m)
{
	if (!wire_is_inner(m->message))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, code, m->request_id, 0);
	write_view(out, m->message);
	return write_end(out);
}

enum tspdm_status tspdm_read_encapsulated_request(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated *out, size_t *used)
{
	return read_carrier(message, TSPDM_ENCAPSULATED_REQUEST, shape, out, used);
}

enum tspdm_status tspdm_write_encapsulated_request(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated *response)
{
	return write_carrier(out, TSPDM_ENCAPSULATED_REQUEST, shape, response);
}

enum tspdm_status tspdm_read_deliver_encapsulated(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated *out, size_t *used)
{
	return read_carrier(message, TSPDM_DELIVER_ENCAPSULATED_RESPONSE, shape, out, used);
}

enum tspdm_status tspdm_write_deliver_encapsulated(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated *request)
{
	return write_carrier(out, TSPDM_DELIVER_ENCAPSULATED_RESPONSE, shape, request);
}

/* AckRequestID came with 1.2. */
static bool has_ack_request_id(const struct tspdm_shape *shape)
{
	return shape->version >= TSPDM_V12;
}

enum tspdm_status tspdm_read_encapsulated_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_encapsulated_ack *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_encapsulated_ack){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_ENCAPSULATED_RESPONSE_ACK, &header));
	out->request_id = header.param1;
	out->payload = header.param2;
	if (out->payload > TSPDM_ACK_SLOT)
		return TSPDM_ERR_FIELD;
	if (has_ack_request_id(shape)) {
		out->ack_request_id = read_u8(&r);
		read_bytes(&r, ACK_RESERVED);
	}
	if (out->payload == TSPDM_ACK_PRESENT)
		out->message = wire_read_inner(&r);
	if (out->payload == TSPDM_ACK_SLOT)
		out->slot = read_u8(&r);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_encapsulated_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_encapsulated_ack *response)
{
	bool has_message = response->payload == TSPDM_ACK_PRESENT;

	if (response->payload > TSPDM_ACK_SLOT || (response->payload != TSPDM_ACK_SLOT && response->slot != 0) ||
		(has_message ? !wire_is_inner(response->message) : response->message.len != 0))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(
		out, shape->version, TSPDM_ENCAPSULATED_RESPONSE_ACK, response->request_id, response->payload);
	if (has_ack_request_id(shape)) {
		write_u8(out, response->ack_request_id);
		write_zeros(out, ACK_RESERVED);
	}
	if (has_message)
		write_view(out, response->message);
	if (response->payload == TSPDM_ACK_SLOT)
		write_u8(out, response->slot);
	return write_end(out);
}
