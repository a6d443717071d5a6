/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "PSK_EXCHANGE request", "PSK_EXCHANGE_RSP response", "PSK_FINISH request", "PSK_FINISH_RSP response". */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum tspdm_status tspdm_read_psk_exchange(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_exchange *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	size_t hint_len, context_len, opaque_len;

	*out = (struct tspdm_psk_exchange){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_PSK_EXCHANGE, &header));
	out->summary_type = header.param1;
	out->session_policy = header.param2 & wire_policy_bits(shape);
	out->session_id = read_u16(&r);
	hint_len = read_u16(&r);
	context_len = read_u16(&r);
	opaque_len = read_u16(&r);
	if (!r.failed && (context_len < TSPDM_PSK_CONTEXT_MIN || opaque_len > TSPDM_OPAQUE_MAX))
		return TSPDM_ERR_LENGTH;
	out->hint = read_view(&r, hint_len);
	out->requester_context = read_view(&r, context_len);
	out->opaque = read_view(&r, opaque_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_psk_exchange(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_exchange *request)
{
	if (request->hint.len > UINT16_MAX || request->requester_context.len < TSPDM_PSK_CONTEXT_MIN ||
		request->requester_context.len > UINT16_MAX || request->opaque.len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_PSK_EXCHANGE, request->summary_type,
		request->session_policy & wire_policy_bits(shape));
	write_u16(out, request->session_id);
	write_u16(out, (uint16_t)request->hint.len);
	write_u16(out, (uint16_t)request->requester_context.len);
	write_u16(out, (uint16_t)request->opaque.len);
	write_view(out, request->hint);
	write_view(out, request->requester_context);
	write_view(out, request->opaque);
	return write_end(out);
}

enum tspdm_status tspdm_read_psk_exchange_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_exchange_rsp *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	size_t context_len, opaque_len;

	*out = (struct tspdm_psk_exchange_rsp){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_PSK_EXCHANGE_RSP, &header));
	out->heartbeat_period = header.param1;
	out->session_id = read_u16(&r);
	read_u16(&r);
	context_len = read_u16(&r);
	opaque_len = read_u16(&r);
	if (opaque_len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_LENGTH;
	out->summary_hash = read_view(&r, shape->summary_hash_len);
	out->responder_context = read_view(&r, context_len);
	out->opaque = read_view(&r, opaque_len);
	out->verify_data = read_view(&r, shape->hash_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_psk_exchange_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_exchange_rsp *response)
{
	if (!wire_has_len(response->summary_hash, shape->summary_hash_len) ||
		response->responder_context.len > UINT16_MAX || response->opaque.len > TSPDM_OPAQUE_MAX ||
		!wire_may_end_with(response->verify_data, shape->hash_len))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_PSK_EXCHANGE_RSP, response->heartbeat_period, 0);
	write_u16(out, response->session_id);
	write_u16(out, 0);
	write_u16(out, (uint16_t)response->responder_context.len);
	write_u16(out, (uint16_t)response->opaque.len);
	write_view(out, response->summary_hash);
	write_view(out, response->responder_context);
	write_view(out, response->opaque);
	write_view(out, response->verify_data);
	return write_end(out);
}

enum tspdm_status tspdm_read_psk_finish(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_finish *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_psk_finish){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_PSK_FINISH, &header));
	TSPDM_TRY(tspdm_wire_read_late_opaque(&r, shape, &out->opaque));
	out->verify_data = read_view(&r, shape->hash_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_psk_finish(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_finish *request)
{
	if (!wire_has_late_opaque(request->opaque, shape) || !wire_may_end_with(request->verify_data, shape->hash_len))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_PSK_FINISH, 0, 0);
	tspdm_wire_put_late_opaque(out, shape, request->opaque);
	write_view(out, request->verify_data);
	return write_end(out);
}

enum tspdm_status tspdm_read_psk_finish_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_psk_finish_rsp *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_psk_finish_rsp){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_PSK_FINISH_RSP, &header));
	TSPDM_TRY(tspdm_wire_read_late_opaque(&r, shape, &out->opaque));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_psk_finish_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_psk_finish_rsp *response)
{
	if (!wire_has_late_opaque(response->opaque, shape))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_PSK_FINISH_RSP, 0, 0);
	tspdm_wire_put_late_opaque(out, shape, response->opaque);
	return write_end(out);
}
