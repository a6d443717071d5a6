/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "HEARTBEAT request", "KEY_UPDATE request", "END_SESSION request" and their responses: four bytes each. */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum { CLEAR_STATE = 1 };

enum tspdm_status tspdm_read_heartbeat(struct tspdm_view message, const struct tspdm_shape *shape, size_t *used)
{
	return tspdm_wire_read_bare(message, TSPDM_HEARTBEAT, shape, used);
}

enum tspdm_status tspdm_write_heartbeat(struct tspdm_buffer *out, const struct tspdm_shape *shape)
{
	return tspdm_wire_write_bare(out, TSPDM_HEARTBEAT, shape);
}

enum tspdm_status tspdm_read_heartbeat_ack(struct tspdm_view message, const struct tspdm_shape *shape, size_t *used)
{
	return tspdm_wire_read_bare(message, TSPDM_HEARTBEAT_ACK, shape, used);
}

enum tspdm_status tspdm_write_heartbeat_ack(struct tspdm_buffer *out, const struct tspdm_shape *shape)
{
	return tspdm_wire_write_bare(out, TSPDM_HEARTBEAT_ACK, shape);
}

static enum tspdm_status read_update(struct tspdm_view message, uint8_t code, const struct tspdm_shape *shape,
	struct tspdm_key_update *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_key_update){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, code, &header));
	out->operation = header.param1;
	out->tag = header.param2;
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_read_key_update(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_update *out, size_t *used)
{
	return read_update(message, TSPDM_KEY_UPDATE, shape, out, used);
}

enum tspdm_status tspdm_write_key_update(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_update *request)
{
	tspdm_wire_put_header(out, shape->version, TSPDM_KEY_UPDATE, request->operation, request->tag);
	return write_end(out);
}

enum tspdm_status tspdm_read_key_update_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_update *out, size_t *used)
{
	return read_update(message, TSPDM_KEY_UPDATE_ACK, shape, out, used);
}

enum tspdm_status tspdm_write_key_update_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_update *response)
{
	tspdm_wire_put_header(out, shape->version, TSPDM_KEY_UPDATE_ACK, response->operation, response->tag);
	return write_end(out);
}

enum tspdm_status tspdm_read_end_session(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_end_session *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_end_session){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_END_SESSION, &header));
	out->clears_state = (header.param1 & CLEAR_STATE) != 0;
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_end_session(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_end_session *request)
{
	tspdm_wire_put_header(out, shape->version, TSPDM_END_SESSION, request->clears_state ? CLEAR_STATE : 0, 0);
	return write_end(out);
}

enum tspdm_status tspdm_read_end_session_ack(struct tspdm_view message, const struct tspdm_shape *shape, size_t *used)
{
	return tspdm_wire_read_bare(message, TSPDM_END_SESSION_ACK, shape, used);
}

enum tspdm_status tspdm_write_end_session_ack(struct tspdm_buffer *out, const struct tspdm_shape *shape)
{
	return tspdm_wire_write_bare(out, TSPDM_END_SESSION_ACK, shape);
}
