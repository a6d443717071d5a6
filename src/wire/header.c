/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The header of all messages, and the opaque data that several end with. */
#include "wire/wire.h"

enum tspdm_status tspdm_read_header(struct tspdm_view message, struct tspdm_header *out)
{
	struct reader r = reader_of(message);

	out->version = read_u8(&r);
	out->code = read_u8(&r);
	out->param1 = read_u8(&r);
	out->param2 = read_u8(&r);
	return r.failed ? TSPDM_ERR_TRUNCATED : TSPDM_OK;
}

void tspdm_wire_put_header(struct tspdm_buffer *w, uint8_t version, uint8_t code, uint8_t param1, uint8_t param2)
{
	write_u8(w, version);
	write_u8(w, code);
	write_u8(w, param1);
	write_u8(w, param2);
}

enum tspdm_status tspdm_write_header(struct tspdm_buffer *out, const struct tspdm_header *header)
{
	tspdm_wire_put_header(out, header->version, header->code, header->param1, header->param2);
	return write_end(out);
}

enum tspdm_status tspdm_wire_begin(
	struct reader *r, struct tspdm_view message, uint8_t code, struct tspdm_header *header)
{
	*r = reader_of(message);
	TSPDM_TRY(tspdm_read_header(message, header));
	if (header->code != code)
		return TSPDM_ERR_CODE;
	read_bytes(r, sizeof *header);
	return TSPDM_OK;
}

enum tspdm_status tspdm_wire_read_opaque(struct reader *r, struct tspdm_view *opaque)
{
	size_t len = read_u16(r);

	if (len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_LENGTH;
	*opaque = read_view(r, len);
	return TSPDM_OK;
}

void tspdm_wire_put_opaque(struct tspdm_buffer *w, struct tspdm_view opaque)
{
	write_u16(w, (uint16_t)opaque.len);
	write_view(w, opaque);
}

enum tspdm_status tspdm_wire_read_bare(
	struct tspdm_view message, uint8_t code, const struct tspdm_shape *shape, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	TSPDM_TRY(tspdm_wire_begin(&r, message, code, &header));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_wire_write_bare(struct tspdm_buffer *w, uint8_t code, const struct tspdm_shape *shape)
{
	tspdm_wire_put_header(w, shape->version, code, 0, 0);
	return write_end(w);
}

enum tspdm_status tspdm_wire_read_late_opaque(
	struct reader *r, const struct tspdm_shape *shape, struct tspdm_view *opaque)
{
	return shape->version >= TSPDM_V14 ? tspdm_wire_read_opaque(r, opaque) : TSPDM_OK;
}

void tspdm_wire_put_late_opaque(struct tspdm_buffer *w, const struct tspdm_shape *shape, struct tspdm_view opaque)
{
	if (shape->version >= TSPDM_V14)
		tspdm_wire_put_opaque(w, opaque);
}
