/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "GET_CSR request", "CSR response", "SET_CERTIFICATE request", "SET_CERTIFICATE_RSP response". */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum {
	MODEL_MAX = 7,
	TAG_MAX = 7,
	TAG_SHIFT = 3,
	OVERWRITE = 0x80,
	SLOT_MASK = 0x0F,
	SET_MODEL_SHIFT = 4,
	ERASE = 0x80,
	CHAIN_HEADER_LEN = 4,
};

/* Key pairs, models, tags and Erase came with 1.3; their bits are reserved before. */
static bool has_key_pairs(const struct tspdm_shape *shape)
{
	return shape->version >= TSPDM_V13;
}

enum tspdm_status tspdm_read_get_csr(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_csr *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	size_t info_len, opaque_len;

	*out = (struct tspdm_get_csr){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_GET_CSR, &header));
	if (has_key_pairs(shape)) {
		out->key_pair_id = header.param1;
		out->model = header.param2 & MODEL_MAX;
		out->tag = header.param2 >> TAG_SHIFT & TAG_MAX;
		out->is_overwrite = (header.param2 & OVERWRITE) != 0;
	}
	info_len = read_u16(&r);
	opaque_len = read_u16(&r);
	if (opaque_len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_LENGTH;
	out->requester_info = read_view(&r, info_len);
	out->opaque = read_view(&r, opaque_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_get_csr(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_csr *request)
{
	bool is_known = has_key_pairs(shape);
	unsigned param2 =
		request->model | (unsigned)request->tag << TAG_SHIFT | (request->is_overwrite ? OVERWRITE : 0);

	if (request->model > MODEL_MAX || request->tag > TAG_MAX || request->requester_info.len > UINT16_MAX ||
		request->opaque.len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_GET_CSR, is_known ? request->key_pair_id : 0,
		is_known ? (uint8_t)param2 : 0);
	write_u16(out, (uint16_t)request->requester_info.len);
	write_u16(out, (uint16_t)request->opaque.len);
	write_view(out, request->requester_info);
	write_view(out, request->opaque);
	return write_end(out);
}

enum tspdm_status tspdm_read_csr(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_csr *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	size_t csr_len;

	*out = (struct tspdm_csr){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CSR, &header));
	csr_len = read_u16(&r);
	read_u16(&r);
	if (!r.failed && csr_len == 0)
		return TSPDM_ERR_LENGTH;
	out->csr = read_view(&r, csr_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_csr(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_csr *response)
{
	if (response->csr.len == 0 || response->csr.len > UINT16_MAX)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_CSR, 0, 0);
	write_u16(out, (uint16_t)response->csr.len);
	write_u16(out, 0);
	write_view(out, response->csr);
	return write_end(out);
}

/* Length of the chain that begins here, DSP0274 "Certificate chain format": two bytes and two reserved ones, in 1.4 four. 0
 * where there is no header, or Length does not hold it and RootHash. */
static size_t chain_len(const struct reader *at, const struct tspdm_shape *shape)
{
	struct reader r = *at;
	size_t len = shape->version >= TSPDM_V14 ? read_u32(&r) : read_u16(&r);

	return len >= CHAIN_HEADER_LEN + (size_t)shape->hash_len ? len : 0;
}

static enum tspdm_status read_chain(struct reader *r, const struct tspdm_shape *shape, struct tspdm_view *chain)
{
	size_t len = chain_len(r, shape);

	if (r->left < CHAIN_HEADER_LEN)
		return TSPDM_ERR_TRUNCATED;
	if (len == 0)
		return TSPDM_ERR_LENGTH;
	*chain = read_view(r, len);
	return TSPDM_OK;
}

enum tspdm_status tspdm_read_set_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_set_certificate *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_set_certificate){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_SET_CERTIFICATE, &header));
	out->slot = header.param1 & SLOT_MASK;
	if (has_key_pairs(shape)) {
		out->model = header.param1 >> SET_MODEL_SHIFT & MODEL_MAX;
		out->is_erase = (header.param1 & ERASE) != 0;
		out->key_pair_id = header.param2;
	}
	if (!out->is_erase)
		TSPDM_TRY(read_chain(&r, shape, &out->chain));
	return wire_finish(&r, message, shape, used);
}

/* Without a chain where it is erased, and only there; with one that is as long as it says elsewhere. */
static bool is_chain_good(const struct tspdm_set_certificate *request, const struct tspdm_shape *shape)
{
	struct reader r = reader_of(request->chain);

	if (request->is_erase)
		return has_key_pairs(shape) && request->chain.len == 0;
	return request->chain.len != 0 && chain_len(&r, shape) == request->chain.len;
}

enum tspdm_status tspdm_write_set_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_set_certificate *request)
{
	bool is_known = has_key_pairs(shape);
	unsigned param1 = request->slot;

	if (request->slot > SLOT_MASK || request->model > MODEL_MAX || !is_chain_good(request, shape))
		return TSPDM_ERR_ARGUMENT;
	if (is_known)
		param1 |= (unsigned)request->model << SET_MODEL_SHIFT | (request->is_erase ? ERASE : 0);
	tspdm_wire_put_header(
		out, shape->version, TSPDM_SET_CERTIFICATE, (uint8_t)param1, is_known ? request->key_pair_id : 0);
	write_view(out, request->chain);
	return write_end(out);
}

enum tspdm_status tspdm_wire_write_chain(struct tspdm_buffer *out, const struct tspdm_shape *shape, uint8_t slot,
	struct tspdm_view head, struct tspdm_view certificates)
{
	tspdm_wire_put_header(out, shape->version, TSPDM_SET_CERTIFICATE, slot & SLOT_MASK, 0);
	write_view(out, head);
	write_view(out, certificates);
	return write_end(out);
}

enum tspdm_status tspdm_read_set_certificate_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_set_certificate_rsp *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_set_certificate_rsp){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_SET_CERTIFICATE_RSP, &header));
	out->slot = header.param1 & SLOT_MASK;
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_set_certificate_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_set_certificate_rsp *response)
{
	if (response->slot > SLOT_MASK)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_SET_CERTIFICATE_RSP, response->slot, 0);
	return write_end(out);
}
