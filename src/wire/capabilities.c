/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "GET_CAPABILITIES request", "CAPABILITIES response". */
#include "wire/wire.h"

enum { SUPPORTED_ALGORITHMS = 1 };

/* Up to where the fixed fields go: nothing in a 1.0 request, the flags in 1.0 responses and 1.1, the sizes from 1.2 on.
 */
static void read_fields(struct reader *r, uint8_t version, struct tspdm_capabilities *out)
{
	read_u8(r); /* Reserved */
	out->ct_exponent = read_u8(r);
	out->ext_flags = read_u16(r);
	out->flags = read_u32(r);
	if (version < TSPDM_V14)
		out->ext_flags = 0; /* Reserved */
	if (version < TSPDM_V12)
		return;
	out->data_transfer_size = read_u32(r);
	out->max_message_size = read_u32(r);
}

static void write_fields(struct tspdm_buffer *w, uint8_t version, const struct tspdm_capabilities *c)
{
	write_u8(w, 0);
	write_u8(w, c->ct_exponent);
	write_u16(w, version >= TSPDM_V14 ? c->ext_flags : 0);
	write_u32(w, c->flags);
	if (version < TSPDM_V12)
		return;
	write_u32(w, c->data_transfer_size);
	write_u32(w, c->max_message_size);
}

enum tspdm_status tspdm_read_get_capabilities(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_capabilities *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_capabilities){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_GET_CAPABILITIES, &header));
	if (shape->version >= TSPDM_V13)
		out->param1 = header.param1;
	if (shape->version >= TSPDM_V11)
		read_fields(&r, shape->version, out);
	return read_finish(&r, message, used);
}

enum tspdm_status tspdm_write_get_capabilities(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_capabilities *capabilities)
{
	uint8_t param1 = shape->version >= TSPDM_V13 ? capabilities->param1 & SUPPORTED_ALGORITHMS : 0;

	tspdm_wire_put_header(out, shape->version, TSPDM_GET_CAPABILITIES, param1, 0);
	if (shape->version >= TSPDM_V11)
		write_fields(out, shape->version, capabilities);
	return write_end(out);
}

/* The Supported Algorithms Block is a NEGOTIATE_ALGORITHMS request from its Param1 on, sized by its counts. Its Length
 * is read in two ways: deployed peers count the block, the text can be read as counting the request that it is cut from,
 * two bytes more. */
static enum tspdm_status read_supported_algorithms(struct reader *r, uint8_t version, struct tspdm_view *block)
{
	struct tspdm_negotiate_algorithms ignored = { 0 };
	struct tspdm_view rest = { r->next, r->left };
	unsigned tables = read_u8(r);
	size_t length;

	read_u8(r); /* Reserved */
	length = read_u16(r);
	TSPDM_TRY(tspdm_wire_read_offer(r, version, tables, &ignored));
	*block = (struct tspdm_view){ rest.ptr, rest.len - r->left };
	return length == block->len || length == block->len + 2 ? TSPDM_OK : TSPDM_ERR_LENGTH;
}

/* Whoever writes the block brings it as bytes; what its own reader would refuse is not sent. */
static bool is_block(struct tspdm_view bytes, uint8_t version)
{
	struct reader r = reader_of(bytes);
	struct tspdm_view block;

	return read_supported_algorithms(&r, version, &block) == TSPDM_OK && r.left == 0;
}

enum tspdm_status tspdm_read_capabilities(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_capabilities *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_capabilities){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CAPABILITIES, &header));
	if (shape->version >= TSPDM_V13)
		out->param1 = header.param1;
	read_fields(&r, shape->version, out);
	if ((out->param1 & SUPPORTED_ALGORITHMS) != 0)
		TSPDM_TRY(read_supported_algorithms(&r, shape->version, &out->supported_algorithms));
	return read_finish(&r, message, used);
}

enum tspdm_status tspdm_write_capabilities(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_capabilities *capabilities)
{
	bool has_block = shape->version >= TSPDM_V13 && (capabilities->param1 & SUPPORTED_ALGORITHMS) != 0;

	if (has_block && !is_block(capabilities->supported_algorithms, shape->version))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_CAPABILITIES, has_block ? SUPPORTED_ALGORITHMS : 0, 0);
	write_fields(out, shape->version, capabilities);
	if (has_block)
		write_view(out, capabilities->supported_algorithms);
	return write_end(out);
}
