/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Large messages: cutting one into chunks, and putting one together again. All the arithmetic of DSP0274 1.2 "Large SPDM
 * message transfer mechanism" is here; who sends which chunk when is the roles' business. */
#ifndef TSPDM_CORE_CHUNK_H
#define TSPDM_CORE_CHUNK_H

#include <tspdm/session_messages.h>

/* What stands in front of SPDMchunk: in the first chunk LargeMessageSize too. */
enum { CHUNK_HEAD = 12, CHUNK_FIRST_HEAD = 16, CHUNK_GET_MAX = 8 };

/* Bytes in front of ResponseToLargeRequest, and all of CHUNK_GET: ChunkSeqNo has 32 bits from 1.4 on. */
static inline size_t chunk_ack_head(uint8_t version)
{
	return version >= TSPDM_V14 ? 8 : 6;
}

/* What the receiver of a large message takes. */
struct chunk_limits {
	uint32_t transfer; /* its DataTransferSize: the longest chunk message */
	uint32_t message;  /* its MaxSPDMmsgSize: the longest large message */
	bool may_be_small; /* LargeMessageSize need not exceed MinDataTransferSize: it did not fit CHUNK_SEND_ACK */
};

/* A large message on its way here. */
struct chunk_in {
	bool is_active; /* chunks are to come */
	bool is_begun;  /* some came; with !is_active: all */
	uint8_t handle;
	uint32_t total; /* LargeMessageSize */
	uint32_t have;
	uint32_t last_at; /* where the chunk that came last begins */
	uint64_t next;    /* ChunkSeqNo; never one that does not fit its field */
};

/* Appends a chunk to what is in `room`, of at least limits->message bytes. `used` is the length of the chunk message.
 * TSPDM_ERR_TOO_LARGE: LargeMessageSize; TSPDM_ERR_CHUNK_HANDLE, _SEQUENCE, _SIZE, _BEYOND, _LAST_EARLY, _LAST_LATE: the
 * chunk is not the next one. After a failure nothing changed. */
enum tspdm_status tspdm_chunk_take(struct chunk_in *t, const struct tspdm_chunk *chunk, size_t used,
	const struct chunk_limits *limits, uint8_t *room);
/* Whether a chunk is the one that came last, once more. */
bool tspdm_chunk_is_repeated(const struct chunk_in *t, const struct tspdm_chunk *chunk, const uint8_t *room);

/* A large message on its way there. */
struct chunk_out {
	bool is_active;
	uint8_t handle;
	uint32_t total;
	uint32_t most;    /* bytes of a chunk message */
	uint32_t at, len; /* of the chunk under way */
	uint32_t sequence;
};

/* The longest chunk message where a transfer takes `most` bytes and the binding pads to its alignment: some receivers
 * count the padding. Nothing can be done for them where so short a chunk message would be illegal. */
size_t tspdm_chunk_transfer(size_t most, unsigned alignment);
/* The longest message that chunk messages of `most` bytes can carry: ChunkSeqNo does not wrap. 0: none, they are shorter
 * than MinDataTransferSize. */
uint32_t tspdm_chunk_capacity(uint32_t most, uint8_t version);
/* Begins with the first chunk of a message. TSPDM_ERR_TOO_LARGE where it is beyond the capacity; TSPDM_ERR_LENGTH where it
 * would have one chunk only. */
enum tspdm_status tspdm_chunk_begin(struct chunk_out *t, uint8_t handle, size_t total, uint32_t most, uint8_t version);
/* The chunk under way; `message` is all of the large message. */
struct tspdm_chunk tspdm_chunk_current(const struct chunk_out *t, const uint8_t *message);
bool tspdm_chunk_is_last(const struct chunk_out *t);
/* On to the next one, unless it is the last. */
void tspdm_chunk_advance(struct chunk_out *t);

#endif
