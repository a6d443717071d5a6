/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "FINISH request", "FINISH_RSP response". */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum { SIGNATURE_INCLUDED = 1 };

enum tspdm_status tspdm_read_finish(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_finish *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_finish){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_FINISH, &header));
	out->is_signed = (header.param1 & SIGNATURE_INCLUDED) != 0;
	out->slot = out->is_signed ? header.param2 : 0;
	TSPDM_TRY(tspdm_wire_read_late_opaque(&r, shape, &out->opaque));
	if (out->is_signed)
		out->signature = read_view(&r, shape->signature_len);
	out->verify_data = read_view(&r, shape->hash_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_finish(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_finish *request)
{
	if (!wire_has_late_opaque(request->opaque, shape) || (!request->is_signed && request->slot != 0) ||
		!wire_may_end_with(request->signature, request->is_signed ? shape->signature_len : 0) ||
		!wire_may_end_with(request->verify_data, shape->hash_len) ||
		(request->is_signed && request->signature.len == 0 && request->verify_data.len != 0))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(
		out, shape->version, TSPDM_FINISH, request->is_signed ? SIGNATURE_INCLUDED : 0, request->slot);
	tspdm_wire_put_late_opaque(out, shape, request->opaque);
	write_view(out, request->signature);
	write_view(out, request->verify_data);
	return write_end(out);
}

enum tspdm_status tspdm_read_finish_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_finish_rsp *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_finish_rsp){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_FINISH_RSP, &header));
	TSPDM_TRY(tspdm_wire_read_late_opaque(&r, shape, &out->opaque));
	out->verify_data = read_view(&r, wire_verify_data_len(shape));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_finish_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_finish_rsp *response)
{
	if (!wire_has_late_opaque(response->opaque, shape) ||
		!wire_may_end_with(response->verify_data, wire_verify_data_len(shape)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_FINISH_RSP, 0, 0);
	tspdm_wire_put_late_opaque(out, shape, response->opaque);
	write_view(out, response->verify_data);
	return write_end(out);
}
