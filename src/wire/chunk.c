/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "CHUNK_SEND request", "CHUNK_SEND_ACK response", "CHUNK_GET request", "CHUNK_RESPONSE response". */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum { LAST_CHUNK = 1, EARLY_ERROR = 1 };

/* ChunkSeqNo has 32 bits from 1.4 on. */
static uint32_t sequence_max(const struct tspdm_shape *shape)
{
	return shape->version >= TSPDM_V14 ? UINT32_MAX : UINT16_MAX;
}

static uint32_t read_sequence(struct reader *r, const struct tspdm_shape *shape)
{
	return sequence_max(shape) == UINT32_MAX ? read_u32(r) : read_u16(r);
}

static void write_sequence(struct tspdm_buffer *w, const struct tspdm_shape *shape, uint32_t sequence)
{
	if (sequence_max(shape) == UINT32_MAX)
		write_u32(w, sequence);
	else
		write_u16(w, (uint16_t)sequence);
}

/* The two bytes of a chunk's header that 1.4 gave to ChunkSeqNo. */
static size_t reserved_len(const struct tspdm_shape *shape)
{
	return sequence_max(shape) == UINT32_MAX ? 0 : 2;
}

/* DSP0274 "CHUNK_SEND request": ChunkSize is not zero, a large message has at least two chunks, and only the first tells
 * LargeMessageSize. */
static enum tspdm_status judge_chunk(bool is_last, uint32_t sequence, uint32_t message_size, size_t chunk_len)
{
	if (sequence == 0 && is_last)
		return TSPDM_ERR_FIELD;
	if (chunk_len == 0 || (sequence == 0 ? message_size <= chunk_len : message_size != 0))
		return TSPDM_ERR_LENGTH;
	return TSPDM_OK;
}

static enum tspdm_status read_chunk(
	struct tspdm_view message, uint8_t code, const struct tspdm_shape *shape, struct tspdm_chunk *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	uint32_t chunk_len;

	*out = (struct tspdm_chunk){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, code, &header));
	out->is_last = (header.param1 & LAST_CHUNK) != 0;
	out->handle = header.param2;
	out->sequence = read_sequence(&r, shape);
	read_bytes(&r, reserved_len(shape));
	chunk_len = read_u32(&r);
	if (!r.failed && out->sequence == 0)
		out->message_size = read_u32(&r);
	if (!r.failed)
		TSPDM_TRY(judge_chunk(out->is_last, out->sequence, out->message_size, chunk_len));
	out->bytes = read_view(&r, chunk_len);
	return wire_finish(&r, message, shape, used);
}

static enum tspdm_status write_chunk(
	struct tspdm_buffer *out, uint8_t code, const struct tspdm_shape *shape, const struct tspdm_chunk *m)
{
	if (m->sequence > sequence_max(shape) || m->bytes.len > UINT32_MAX || m->bytes.ptr == NULL ||
		judge_chunk(m->is_last, m->sequence, m->message_size, m->bytes.len) != TSPDM_OK)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, code, m->is_last ? LAST_CHUNK : 0, m->handle);
	write_sequence(out, shape, m->sequence);
	write_zeros(out, reserved_len(shape));
	write_u32(out, (uint32_t)m->bytes.len);
	if (m->sequence == 0)
		write_u32(out, m->message_size);
	write_view(out, m->bytes);
	return write_end(out);
}

enum tspdm_status tspdm_read_chunk_send(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk *out, size_t *used)
{
	return read_chunk(message, TSPDM_CHUNK_SEND, shape, out, used);
}

enum tspdm_status tspdm_write_chunk_send(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk *request)
{
	return write_chunk(out, TSPDM_CHUNK_SEND, shape, request);
}

enum tspdm_status tspdm_read_chunk_response(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk *out, size_t *used)
{
	return read_chunk(message, TSPDM_CHUNK_RESPONSE, shape, out, used);
}

enum tspdm_status tspdm_write_chunk_response(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk *response)
{
	return write_chunk(out, TSPDM_CHUNK_RESPONSE, shape, response);
}

/* Less than a header behind the fixed part is a transport's padding: nothing tells whether a response is there. */
enum tspdm_status tspdm_read_chunk_send_ack(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk_send_ack *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_chunk_send_ack){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CHUNK_SEND_ACK, &header));
	out->is_early_error = (header.param1 & EARLY_ERROR) != 0;
	out->handle = header.param2;
	out->sequence = read_sequence(&r, shape);
	if (out->is_early_error || r.left >= sizeof header)
		out->response = wire_read_inner(&r);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_chunk_send_ack(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk_send_ack *response)
{
	bool has_response = response->is_early_error || response->response.len != 0;

	if (response->sequence > sequence_max(shape) || (has_response && !wire_is_inner(response->response)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_CHUNK_SEND_ACK, response->is_early_error ? EARLY_ERROR : 0,
		response->handle);
	write_sequence(out, shape, response->sequence);
	write_view(out, response->response);
	return write_end(out);
}

enum tspdm_status tspdm_read_chunk_get(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_chunk_get *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_chunk_get){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CHUNK_GET, &header));
	out->handle = header.param2;
	out->sequence = read_sequence(&r, shape);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_chunk_get(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_chunk_get *request)
{
	if (request->sequence > sequence_max(shape))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_CHUNK_GET, 0, request->handle);
	write_sequence(out, shape, request->sequence);
	return write_end(out);
}
