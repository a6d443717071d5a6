/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "GET_MEASUREMENTS request", "MEASUREMENTS response", "Measurement block", "DMTF specification for the
 * Measurement field of a measurement block". */
#include "wire/wire.h"

enum {
	SIGNATURE_REQUESTED = 1,
	RAW_REQUESTED = 2,
	NEW_REQUESTED = 4,
	SLOT_MASK = 0x0F,
	CHANGED_SHIFT = 4,
	RECORD_MAX = 0xFFFFFF,
	DMTF_HEADER_LEN = 3,
	VALUE_MAX = UINT16_MAX - DMTF_HEADER_LEN,
};

enum tspdm_status tspdm_read_get_measurements(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_measurements *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_get_measurements){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_GET_MEASUREMENTS, &header));
	out->is_signed = (header.param1 & SIGNATURE_REQUESTED) != 0;
	out->is_raw = shape->version >= TSPDM_V12 && (header.param1 & RAW_REQUESTED) != 0;
	out->is_new = shape->version >= TSPDM_V13 && (header.param1 & NEW_REQUESTED) != 0;
	out->operation = header.param2;
	if (out->is_signed) {
		out->nonce = read_view(&r, TSPDM_NONCE_LEN);
		if (shape->version >= TSPDM_V11)
			out->slot = read_u8(&r) & SLOT_MASK;
	}
	out->requester_context = read_view(&r, wire_context_len(shape));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_get_measurements(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_measurements *request)
{
	unsigned flags = request->is_signed ? SIGNATURE_REQUESTED : 0;

	if (request->is_raw && shape->version >= TSPDM_V12)
		flags |= RAW_REQUESTED;
	if (request->is_new && shape->version >= TSPDM_V13)
		flags |= NEW_REQUESTED;
	if ((request->is_signed && !wire_has_len(request->nonce, TSPDM_NONCE_LEN)) || request->slot > SLOT_MASK ||
		!wire_has_len(request->requester_context, wire_context_len(shape)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_GET_MEASUREMENTS, (uint8_t)flags, request->operation);
	if (request->is_signed) {
		write_view(out, request->nonce);
		if (shape->version >= TSPDM_V11)
			write_u8(out, request->slot);
	}
	write_view(out, request->requester_context);
	return write_end(out);
}

enum tspdm_status tspdm_read_measurements(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_measurements *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_measurements){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_MEASUREMENTS, &header));
	out->total = header.param1;
	out->slot = header.param2 & SLOT_MASK;
	if (shape->version >= TSPDM_V12)
		out->content_changed = header.param2 >> CHANGED_SHIFT & 3U;
	out->block_count = read_u8(&r);
	out->record = read_view(&r, read_u24(&r));
	out->nonce = read_view(&r, TSPDM_NONCE_LEN);
	TSPDM_TRY(tspdm_wire_read_opaque(&r, &out->opaque));
	out->requester_context = read_view(&r, wire_context_len(shape));
	if (shape->is_signed)
		out->signature = read_view(&r, shape->signature_len);
	if (!r.failed && (out->block_count == 0) != (out->record.len == 0))
		return TSPDM_ERR_LENGTH;
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_measurements(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_measurements *m)
{
	unsigned changed = shape->version >= TSPDM_V12 ? m->content_changed : 0;

	if (m->record.len > RECORD_MAX || (m->block_count == 0) != (m->record.len == 0) ||
		!wire_has_len(m->nonce, TSPDM_NONCE_LEN) || m->opaque.len > TSPDM_OPAQUE_MAX ||
		!wire_has_len(m->requester_context, wire_context_len(shape)) || m->slot > SLOT_MASK || changed > 3 ||
		(m->signature.len != 0 && (!shape->is_signed || !wire_has_len(m->signature, shape->signature_len))))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(
		out, shape->version, TSPDM_MEASUREMENTS, m->total, (uint8_t)(m->slot | changed << CHANGED_SHIFT));
	write_u8(out, m->block_count);
	write_u24(out, (uint32_t)m->record.len);
	write_view(out, m->record);
	write_view(out, m->nonce);
	tspdm_wire_put_opaque(out, m->opaque);
	write_view(out, m->requester_context);
	write_view(out, m->signature);
	return write_end(out);
}

/* Inside a block of the DMTF specification: value type, value size, value. */
static enum tspdm_status read_dmtf(struct tspdm_measurement_block *block)
{
	struct reader r = reader_of(block->measurement);

	block->type = read_u8(&r);
	block->value = read_view(&r, read_u16(&r));
	return read_end(&r) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_LENGTH;
}

enum tspdm_status tspdm_next_block(struct tspdm_view *record, struct tspdm_measurement_block *out)
{
	struct reader r = reader_of(*record);

	*out = (struct tspdm_measurement_block){ 0 };
	out->index = read_u8(&r);
	out->specification = read_u8(&r);
	out->measurement = read_view(&r, read_u16(&r));
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	out->whole = (struct tspdm_view){ record->ptr, record->len - r.left };
	if (out->specification == TSPDM_MEASUREMENT_SPEC_DMTF)
		TSPDM_TRY(read_dmtf(out));
	*record = (struct tspdm_view){ r.next, r.left };
	return TSPDM_OK;
}

enum tspdm_status tspdm_write_block(struct tspdm_buffer *out, uint8_t index, uint8_t type, struct tspdm_view value)
{
	if (value.len > VALUE_MAX)
		return TSPDM_ERR_ARGUMENT;
	write_u8(out, index);
	write_u8(out, TSPDM_MEASUREMENT_SPEC_DMTF);
	write_u16(out, (uint16_t)(DMTF_HEADER_LEN + value.len));
	write_u8(out, type);
	write_u16(out, (uint16_t)value.len);
	write_view(out, value);
	return write_end(out);
}
