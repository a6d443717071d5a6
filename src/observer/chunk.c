/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on messages in chunks: puts them together, and looks at the whole as if it had come at once. What cannot be
 * put together taints the transcripts that it would have been part of. */
#include <string.h>

#include "observer/observer.h"

bool tspdm_look_is_chunk(uint8_t code)
{
	return code == TSPDM_CHUNK_SEND || code == TSPDM_CHUNK_SEND_ACK || code == TSPDM_CHUNK_GET ||
	       code == TSPDM_CHUNK_RESPONSE;
}

static void abandon(struct look *l, struct assembly *a)
{
	a->context = NULL;
	tspdm_look_taint(l);
}

static void begin(struct look *l, struct assembly *a, uint8_t handle)
{
	a->context = l->context;
	a->handle = handle;
	a->next = 0;
	a->len = a->size = 0;
}

void tspdm_look_large_response(struct look *l, uint8_t handle)
{
	begin(l, &l->o->large[1], handle);
}

/* Whether the chunk goes on where the last one ended. */
static bool fits(const struct look *l, const struct assembly *a, const struct tspdm_chunk *chunk)
{
	return a->context == l->context && a->handle == chunk->handle && a->next == chunk->sequence &&
	       chunk->bytes.len <= a->size - a->len && chunk->is_last == (chunk->bytes.len == a->size - a->len);
}

/* Takes a chunk; the whole message is looked at when the last one has come. */
static void take(struct look *l, struct assembly *a, const struct tspdm_chunk *chunk, bool is_request)
{
	if (chunk->sequence == 0 && a->context == l->context)
		a->size = chunk->message_size <= a->cap ? chunk->message_size : 0;
	if (a->size == 0 || !fits(l, a, chunk)) {
		abandon(l, a);
		return;
	}
	memcpy(a->bytes + a->len, chunk->bytes.ptr, chunk->bytes.len);
	a->len += chunk->bytes.len;
	a->next++;
	if (!chunk->is_last)
		return;
	a->context = NULL;
	tspdm_look_inside(l, TSPDM_CARRIER_CHUNKS, is_request, (struct tspdm_view){ a->bytes, a->len });
}

static enum tspdm_status see_send(struct look *l, const struct tspdm_shape *shape)
{
	struct assembly *a = &l->o->large[0];
	struct tspdm_chunk chunk;

	TSPDM_TRY(tspdm_read_chunk_send(l->message, shape, &chunk, &l->seen->used));
	l->context->chunk_code = TSPDM_CHUNK_SEND;
	if (chunk.sequence == 0)
		begin(l, a, chunk.handle);
	take(l, a, &chunk, true);
	return TSPDM_OK;
}

/* The answer to the whole is in the answer to its last chunk. */
static enum tspdm_status see_send_ack(struct look *l, const struct tspdm_shape *shape)
{
	struct tspdm_chunk_send_ack ack;
	size_t head;

	if (l->context->chunk_code != TSPDM_CHUNK_SEND)
		return TSPDM_ERR_UNEXPECTED;
	l->context->chunk_code = 0;
	TSPDM_TRY(tspdm_read_chunk_send_ack(l->message, shape, &ack, &l->seen->used));
	if (ack.is_early_error)
		l->o->large[0].context = NULL;
	if (ack.response.len == 0)
		return TSPDM_OK;
	head = l->seen->used - ack.response.len;
	l->seen->used = head + tspdm_look_inside(l, TSPDM_CARRIER_CHUNKS, false, ack.response);
	return TSPDM_OK;
}

static enum tspdm_status see_get(struct look *l, const struct tspdm_shape *shape)
{
	struct tspdm_chunk_get ask;

	l->context->chunk_code = TSPDM_CHUNK_GET;
	return tspdm_read_chunk_get(l->message, shape, &ask, &l->seen->used);
}

static enum tspdm_status see_response(struct look *l, const struct tspdm_shape *shape)
{
	struct tspdm_chunk chunk;

	if (l->context->chunk_code != TSPDM_CHUNK_GET)
		return TSPDM_ERR_UNEXPECTED;
	l->context->chunk_code = 0;
	TSPDM_TRY(tspdm_read_chunk_response(l->message, shape, &chunk, &l->seen->used));
	take(l, &l->o->large[1], &chunk, false);
	return TSPDM_OK;
}

enum tspdm_status tspdm_look_chunk(struct look *l)
{
	const struct tspdm_shape shape = tspdm_look_shape(l);

	switch (l->seen->header.code) {
	case TSPDM_CHUNK_SEND:
		return see_send(l, &shape);
	case TSPDM_CHUNK_SEND_ACK:
		return see_send_ack(l, &shape);
	case TSPDM_CHUNK_GET:
		return see_get(l, &shape);
	default:
		return see_response(l, &shape);
	}
}
