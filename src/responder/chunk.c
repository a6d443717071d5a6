/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Large messages, DSP0274 1.2 "CHUNK_SEND request" and "CHUNK_GET request": a request that comes in chunks is answered as if
 * it had come in one piece, and any response that does not fit a transfer waits to be fetched. */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

static bool is_agreed(const struct tspdm_responder *p)
{
	return (p->config.capabilities & p->connection.peer_flags & TSPDM_CAP_CHUNK) != 0;
}

static uint32_t here(const struct tspdm_responder *p)
{
	return p->session != NULL ? p->session->id : 0;
}

/* ---- Giving up ---- */

static void forget_in(struct tspdm_responder *p)
{
	if (p->chunking.in.is_begun)
		tspdm_wipe(p->config.large, p->chunking.in.have);
	p->chunking.in = (struct chunk_in){ .is_begun = false };
	p->chunking.in_session = 0;
}

static uint8_t *response_at(const struct tspdm_responder *p)
{
	return p->config.large + p->config.max_message;
}

static void forget_out(struct tspdm_responder *p)
{
	struct chunking *c = &p->chunking;

	if (c->out.is_active)
		tspdm_wipe(response_at(p), c->out.total);
	c->out = (struct chunk_out){ .is_active = false };
	c->out_session = 0;
	c->is_given = false;
	c->after = AFTER_NOTHING;
}

void tspdm_responder_chunk_end(struct tspdm_responder *p, uint32_t session_id)
{
	if (session_id == 0)
		return;
	if (p->chunking.in_session == session_id)
		forget_in(p);
	if (p->chunking.out_session == session_id)
		forget_out(p);
}

void tspdm_responder_chunk_drop(struct tspdm_responder *p)
{
	forget_in(p);
	forget_out(p);
}

/* ---- What the dispatcher asks ---- */

bool tspdm_responder_chunk_blocks(const struct tspdm_responder *p, const struct request *q)
{
	return p->chunking.in.is_active && p->chunking.in_session == here(p) && q->header.code != TSPDM_CHUNK_SEND;
}

/* DSP0274 1.2 "Large SPDM message transfer mechanism": these are never large. */
bool tspdm_responder_chunk_forbidden(const struct request *q)
{
	return tspdm_responder_is_chunk(q->header.code) || q->header.code == TSPDM_GET_VERSION ||
	       q->header.code == TSPDM_GET_CAPABILITIES;
}

static bool may_be_large(const struct tspdm_responder *p, const struct request *q)
{
	return is_agreed(p) && !tspdm_responder_is_chunk(q->header.code) && q->header.code != TSPDM_GET_VERSION &&
	       q->header.code != TSPDM_GET_CAPABILITIES;
}

static uint32_t chunk_size(const struct tspdm_responder *p, size_t most)
{
	size_t size = tspdm_chunk_transfer(most, p->connection.binding->alignment);

	return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

/* No more than the requester takes, and no more than chunks of this size can carry. */
static size_t large_cap(const struct tspdm_responder *p, size_t most)
{
	const struct connection *c = &p->connection;
	size_t cap = p->config.large_len - p->config.max_message;
	uint32_t capacity = tspdm_chunk_capacity(chunk_size(p, most), c->version);

	if (cap > c->peer_max_message)
		cap = c->peer_max_message;
	return cap < capacity ? cap : capacity;
}

struct tspdm_buffer tspdm_responder_chunk_room(
	struct tspdm_responder *p, const struct request *q, const struct tspdm_buffer *room, size_t most)
{
	size_t cap;

	if (!may_be_large(p, q))
		return *room;
	/* "Only CHUNK_GET or GET_VERSION follow LargeResponse": a requester that goes on otherwise gave the response up */
	if (!tspdm_responder_chunk_blocks(p, q))
		forget_out(p);
	cap = large_cap(p, most);
	if (cap <= room->cap || p->chunking.out.is_active)
		return *room;
	return (struct tspdm_buffer){ response_at(p), cap, 0 };
}

/* A session's bytes do not stay where nobody fetches them. */
static void move(struct tspdm_responder *p, const struct tspdm_buffer *response, struct tspdm_buffer *room)
{
	memcpy(room->ptr, response->ptr, response->len);
	room->len = response->len;
	if (p->session != NULL)
		tspdm_wipe(response->ptr, response->len);
}

bool tspdm_responder_chunk_deliver(
	struct tspdm_responder *p, const struct tspdm_buffer *response, struct tspdm_buffer *room, size_t most)
{
	struct chunking *c = &p->chunking;
	uint8_t handle = (uint8_t)(c->handle + 1);
	const struct tspdm_error_response error = { .code = TSPDM_ERROR_LARGE_RESPONSE, .extended = { &handle, 1 } };

	if (response->ptr == room->ptr) {
		room->len = response->len;
		return false;
	}
	if (response->len <= room->cap) {
		move(p, response, room);
		return false;
	}
	/* neither fails: chunk_room() gave no more room than chunks carry, and at least a transfer of the smallest size */
	if (tspdm_chunk_begin(&c->out, handle, response->len, chunk_size(p, most), p->connection.version) != TSPDM_OK ||
		tspdm_write_error(room, p->connection.version, &error) != TSPDM_OK)
		return false;
	c->handle = handle;
	c->out_session = here(p);
	c->is_given = false;
	c->after = p->after;
	p->after = AFTER_NOTHING;
	p->last.error_code = error.code;
	return true;
}

/* ---- CHUNK_SEND ---- */

static enum tspdm_status write_ack(const struct tspdm_responder *p, const struct tspdm_chunk *chunk,
	bool is_early_error, struct tspdm_view response, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct tspdm_chunk_send_ack ack = {
		.is_early_error = is_early_error,
		.handle = chunk->handle,
		.sequence = chunk->sequence,
		.response = response,
	};

	return tspdm_write_chunk_send_ack(out, &shape, &ack);
}

/* The transfer is over; the requester learns why. */
static enum tspdm_status refuse_early(struct tspdm_responder *p, struct request *q, const struct tspdm_chunk *chunk,
	enum tspdm_status status, struct tspdm_buffer *out)
{
	uint8_t bytes[TSPDM_MIN_DATA_TRANSFER_SIZE];
	struct tspdm_buffer error = { bytes, sizeof bytes, 0 };

	if (p->chunking.in_session == here(p))
		forget_in(p);
	p->last.status = status;
	if (tspdm_transcript_error(&p->connection.transcript) != TSPDM_OK)
		p->needs_resynch = true;
	TSPDM_TRY(tspdm_responder_error(q, status, &error, &p->last.error_code));
	return write_ack(p, chunk, true, tspdm_buffer_view(&error), out);
}

/* A chunk of another channel's transfer is none of this one's; a first chunk takes the place of that transfer. Between
 * ERROR(LargeResponse) and the last CHUNK_GET it tells that the response is not wanted any more. */
static enum tspdm_status take(struct tspdm_responder *p, const struct request *q, const struct tspdm_chunk *chunk)
{
	struct chunking *c = &p->chunking;
	const struct chunk_limits limits = {
		.transfer = p->config.data_transfer_size,
		.message = p->config.max_message,
	};
	struct chunk_in none = { .is_begun = false };

	if (c->in.is_begun && c->in_session == here(p)) {
		if (p->session == NULL && tspdm_chunk_is_repeated(&c->in, chunk, p->config.large))
			return TSPDM_OK;
		if (c->in.is_active)
			return tspdm_chunk_take(&c->in, chunk, q->used, &limits, p->config.large);
	}
	if (chunk->sequence != 0)
		return TSPDM_ERR_CHUNK_SEQUENCE;
	TSPDM_TRY(tspdm_chunk_take(&none, chunk, q->used, &limits, p->config.large));
	c->in = none;
	c->in_session = here(p);
	if (c->out_session == here(p))
		forget_out(p);
	return TSPDM_OK;
}

/* DSP0274 1.2 "CHUNK_SEND_ACK response": an answer that does not fit behind its head is fetched by itself, and
 * ERROR(LargeResponse) comes instead of CHUNK_SEND_ACK. The request stays where it is for a repetition of its last chunk,
 * but not in a session, where nothing is repeated. */
static enum tspdm_status answer_whole(
	struct tspdm_responder *p, const struct tspdm_chunk *chunk, struct tspdm_buffer *out)
{
	size_t head = chunk_ack_head(p->connection.version);
	struct request whole = {
		.message = { p->config.large, p->chunking.in.total }, .used = p->chunking.in.total, .is_whole = true
	};
	struct tspdm_buffer room = { out->ptr + head, out->cap - head, 0 };
	bool is_large;

	TSPDM_TRY(tspdm_responder_respond(p, &whole, &room, out->cap, &is_large));
	if (p->session != NULL)
		forget_in(p);
	if (!is_large)
		return write_ack(p, chunk, false, tspdm_buffer_view(&room), out);
	memmove(out->ptr, room.ptr, room.len);
	out->len = room.len;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_chunk_send(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_chunk chunk;
	enum tspdm_status status;

	if (out->cap < TSPDM_MIN_DATA_TRANSFER_SIZE) /* the caller's room; the requester's is never so small */
		return TSPDM_ERR_BUFFER;
	status = tspdm_read_chunk_send(q->message, &shape, &chunk, &q->used);
	if (status == TSPDM_OK)
		status = take(p, q, &chunk);
	if (status != TSPDM_OK)
		return refuse_early(p, q, &chunk, status, out);
	if (p->chunking.in.is_active)
		return write_ack(p, &chunk, false, (struct tspdm_view){ NULL, 0 }, out);
	return answer_whole(p, &chunk, out);
}

/* ---- CHUNK_GET ---- */

/* The chunk asked for is the one given last, once more, or the one after it. Once the last was given nothing is pending:
 * it is kept for its own repetition only. */
static enum tspdm_status turn_to(struct chunking *c, const struct tspdm_chunk_get *request)
{
	bool is_over = c->is_given && tspdm_chunk_is_last(&c->out);

	if (request->handle != c->out.handle)
		return is_over ? TSPDM_ERR_UNEXPECTED : TSPDM_ERR_CHUNK_HANDLE;
	if (!is_over && c->is_given && request->sequence == c->out.sequence + UINT64_C(1)) {
		tspdm_chunk_advance(&c->out);
		c->is_given = false;
	}
	if (request->sequence != c->out.sequence)
		return is_over ? TSPDM_ERR_UNEXPECTED : TSPDM_ERR_CHUNK_SEQUENCE;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_chunk_get(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct chunking *c = &p->chunking;
	struct tspdm_chunk_get request;
	struct tspdm_chunk chunk;

	if (!c->out.is_active || c->out_session != here(p))
		return TSPDM_ERR_UNEXPECTED;
	TSPDM_TRY(tspdm_read_chunk_get(q->message, &shape, &request, &q->used));
	TSPDM_TRY(turn_to(c, &request));
	chunk = tspdm_chunk_current(&c->out, response_at(p));
	TSPDM_TRY(tspdm_write_chunk_response(out, &shape, &chunk));
	if (chunk.is_last && !c->is_given) {
		p->after = c->after;
		c->after = AFTER_NOTHING;
	}
	c->is_given = true;
	if (chunk.is_last && p->session != NULL)
		forget_out(p);
	return TSPDM_OK;
}
