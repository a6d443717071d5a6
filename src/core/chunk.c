/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Cutting and joining large messages. */
#include <string.h>

#include "core/chunk.h"

static uint32_t sequence_max(uint8_t version)
{
	return version >= TSPDM_V14 ? UINT32_MAX : UINT16_MAX;
}

static size_t head_of(uint64_t sequence)
{
	return sequence == 0 ? CHUNK_FIRST_HEAD : CHUNK_HEAD;
}

/* ---- In ---- */

/* DSP0274 1.2 "CHUNK_SEND request", LargeMessageSize: above MinDataTransferSize, and not above MaxSPDMmsgSize. */
static enum tspdm_status check_total(uint32_t total, const struct chunk_limits *limits)
{
	if (total > limits->message)
		return TSPDM_ERR_TOO_LARGE;
	return total <= TSPDM_MIN_DATA_TRANSFER_SIZE && !limits->may_be_small ? TSPDM_ERR_CHUNK_SIZE : TSPDM_OK;
}

/* All but the last fill at least a transfer of the smallest legal size, so that their number is bounded. */
static bool is_size_right(const struct tspdm_chunk *chunk, size_t used, const struct chunk_limits *limits)
{
	size_t least = TSPDM_MIN_DATA_TRANSFER_SIZE - head_of(chunk->sequence);

	return used <= limits->transfer && chunk->bytes.len != 0 && (chunk->is_last || chunk->bytes.len >= least);
}

static enum tspdm_status check_place(const struct chunk_in *t, const struct tspdm_chunk *chunk)
{
	if (t->is_active && chunk->handle != t->handle)
		return TSPDM_ERR_CHUNK_HANDLE;
	return chunk->sequence != (t->is_active ? t->next : 0) ? TSPDM_ERR_CHUNK_SEQUENCE : TSPDM_OK;
}

static enum tspdm_status check_sum(uint32_t left, const struct tspdm_chunk *chunk)
{
	if (chunk->bytes.len > left)
		return TSPDM_ERR_CHUNK_BEYOND;
	if (chunk->is_last && chunk->bytes.len != left)
		return TSPDM_ERR_CHUNK_LAST_EARLY;
	return !chunk->is_last && chunk->bytes.len == left ? TSPDM_ERR_CHUNK_LAST_LATE : TSPDM_OK;
}

enum tspdm_status tspdm_chunk_take(struct chunk_in *t, const struct tspdm_chunk *chunk, size_t used,
	const struct chunk_limits *limits, uint8_t *room)
{
	uint32_t total = t->is_active ? t->total : chunk->message_size;
	uint32_t have = t->is_active ? t->have : 0;

	TSPDM_TRY(check_place(t, chunk));
	TSPDM_TRY(check_total(total, limits));
	if (!is_size_right(chunk, used, limits))
		return TSPDM_ERR_CHUNK_SIZE;
	TSPDM_TRY(check_sum(total - have, chunk));
	memcpy(room + have, chunk->bytes.ptr, chunk->bytes.len);
	*t = (struct chunk_in){ .is_active = !chunk->is_last,
		.is_begun = true,
		.handle = chunk->handle,
		.total = total,
		.have = have + (uint32_t)chunk->bytes.len,
		.last_at = have,
		.next = (uint64_t)chunk->sequence + 1 };
	return TSPDM_OK;
}

bool tspdm_chunk_is_repeated(const struct chunk_in *t, const struct tspdm_chunk *chunk, const uint8_t *room)
{
	return t->is_begun && chunk->handle == t->handle && (uint64_t)chunk->sequence + 1 == t->next &&
	       chunk->is_last == !t->is_active && chunk->bytes.len == t->have - t->last_at &&
	       chunk->message_size == (t->next == 1 ? t->total : 0) &&
	       memcmp(chunk->bytes.ptr, room + t->last_at, chunk->bytes.len) == 0;
}

/* ---- Out ---- */

size_t tspdm_chunk_transfer(size_t most, unsigned alignment)
{
	size_t whole = alignment > 1 ? most - most % alignment : most;

	return whole >= TSPDM_MIN_DATA_TRANSFER_SIZE ? whole : most;
}

uint32_t tspdm_chunk_capacity(uint32_t most, uint8_t version)
{
	uint64_t all;

	if (most < TSPDM_MIN_DATA_TRANSFER_SIZE)
		return 0;
	/* below 2^64: both factors are below 2^32 */
	all = (uint64_t)(most - CHUNK_HEAD) * sequence_max(version) + (most - CHUNK_FIRST_HEAD);
	return all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
}

enum tspdm_status tspdm_chunk_begin(struct chunk_out *t, uint8_t handle, size_t total, uint32_t most, uint8_t version)
{
	if (total > tspdm_chunk_capacity(most, version))
		return TSPDM_ERR_TOO_LARGE;
	if (total <= most - CHUNK_FIRST_HEAD) /* the first chunk must not be the last */
		return TSPDM_ERR_LENGTH;
	*t = (struct chunk_out){
		.is_active = true,
		.handle = handle,
		.total = (uint32_t)total,
		.most = most,
		.len = most - CHUNK_FIRST_HEAD,
	};
	return TSPDM_OK;
}

struct tspdm_chunk tspdm_chunk_current(const struct chunk_out *t, const uint8_t *message)
{
	return (struct tspdm_chunk){
		.is_last = tspdm_chunk_is_last(t),
		.handle = t->handle,
		.sequence = t->sequence,
		.message_size = t->sequence == 0 ? t->total : 0,
		.bytes = { message + t->at, t->len },
	};
}

bool tspdm_chunk_is_last(const struct chunk_out *t)
{
	return t->total - t->at == t->len;
}

void tspdm_chunk_advance(struct chunk_out *t)
{
	uint32_t left = t->total - t->at - t->len;

	if (left == 0)
		return;
	t->at += t->len;
	t->len = left < t->most - CHUNK_HEAD ? left : t->most - CHUNK_HEAD;
	t->sequence++;
}
