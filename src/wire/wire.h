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

#endif
