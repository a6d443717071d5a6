/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the codecs share: how each begins. */
#ifndef TSPDM_WIRE_H
#define TSPDM_WIRE_H

#include <tspdm/message.h>

#include "base/cursor.h"

/* Begins to read a message of one code. TSPDM_ERR_TRUNCATED, TSPDM_ERR_CODE. */
enum tspdm_status tspdm_wire_begin(
	struct reader *r, struct tspdm_view message, uint8_t code, struct tspdm_header *header);

/* Appends the four bytes that begin a message. */
void tspdm_wire_put_header(struct tspdm_buffer *w, uint8_t version, uint8_t code, uint8_t param1, uint8_t param2);

/* A view of a field that is absent, or has exactly one size. */
static inline bool wire_has_len(struct tspdm_view view, size_t len)
{
	return view.len == len && (len == 0 || view.ptr != NULL);
}

/* How a codec ends whose message may come in a session: there the record tells the size, and nothing pads it. */
static inline enum tspdm_status wire_finish(
	const struct reader *r, struct tspdm_view message, const struct tspdm_shape *shape, size_t *used)
{
	TSPDM_TRY(read_finish(r, message, used));
	return shape->is_exact && r->left != 0 ? TSPDM_ERR_TRAILING : TSPDM_OK;
}

/* OpaqueDataLength and OpaqueData, DSP0274 "Opaque data". */
enum tspdm_status tspdm_wire_read_opaque(struct reader *r, struct tspdm_view *opaque);
void tspdm_wire_put_opaque(struct tspdm_buffer *w, struct tspdm_view opaque);

/* What NEGOTIATE_ALGORITHMS and the Supported Algorithms Block of CAPABILITIES have in common: MeasurementSpecification to
 * the last table. Cleared by the caller before. TSPDM_ERR_TRUNCATED, TSPDM_ERR_LENGTH, TSPDM_ERR_FIELD. */
enum tspdm_status tspdm_wire_read_offer(
	struct reader *r, uint8_t version, unsigned tables, struct tspdm_negotiate_algorithms *out);

/* RequesterContext, 1.3 and later. */
static inline size_t wire_context_len(const struct tspdm_shape *shape)
{
	return shape->version >= TSPDM_V13 ? TSPDM_CONTEXT_LEN : 0;
}

/* Messages of a header alone, whose parameters are reserved. TSPDM_ERR_TRUNCATED, TSPDM_ERR_CODE, TSPDM_ERR_TRAILING. */
enum tspdm_status tspdm_wire_read_bare(
	struct tspdm_view message, uint8_t code, const struct tspdm_shape *shape, size_t *used);
enum tspdm_status tspdm_wire_write_bare(struct tspdm_buffer *w, uint8_t code, const struct tspdm_shape *shape);

/* OpaqueDataLength and OpaqueData where the message has them from 1.4 on: FINISH, PSK_FINISH and their responses. */
enum tspdm_status tspdm_wire_read_late_opaque(
	struct reader *r, const struct tspdm_shape *shape, struct tspdm_view *opaque);
void tspdm_wire_put_late_opaque(struct tspdm_buffer *w, const struct tspdm_shape *shape, struct tspdm_view opaque);

static inline bool wire_has_late_opaque(struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	return opaque.len <= (shape->version >= TSPDM_V14 ? TSPDM_OPAQUE_MAX : 0);
}

/* A field that the caller of a writer gives in its one size, or appends himself. */
static inline bool wire_may_end_with(struct tspdm_view view, size_t len)
{
	return view.len == 0 || wire_has_len(view, len);
}

/* ResponderVerifyData where it depends on HANDSHAKE_IN_THE_CLEAR_CAP. */
static inline size_t wire_verify_data_len(const struct tspdm_shape *shape)
{
	return shape->has_verify_data ? shape->hash_len : 0;
}

/* The bits of SessionPolicy that the version has. */
static inline uint8_t wire_policy_bits(const struct tspdm_shape *shape)
{
	if (shape->version < TSPDM_V12)
		return 0;
	return shape->version < TSPDM_V13 ? 1 : 3;
}

/* SET_CERTIFICATE whose chain is in two pieces: its header with RootHash, and the certificates. */
enum tspdm_status tspdm_wire_write_chain(struct tspdm_buffer *out, const struct tspdm_shape *shape, uint8_t slot,
	struct tspdm_view head, struct tspdm_view certificates);

/* A whole message that ends another one: all that is left, at least a header. */
static inline struct tspdm_view wire_read_inner(struct reader *r)
{
	size_t least = sizeof(struct tspdm_header);

	return read_view(r, r->left > least ? r->left : least);
}

static inline bool wire_is_inner(struct tspdm_view message)
{
	return message.ptr != NULL && message.len >= sizeof(struct tspdm_header);
}

#endif
