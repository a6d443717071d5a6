/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "KEY_EXCHANGE request", "KEY_EXCHANGE_RSP response". */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum { MUTUAL_AUTH_MASK = 0x07, SLOT_MASK = 0x0F };

enum tspdm_status tspdm_read_key_exchange(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_exchange *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_key_exchange){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_KEY_EXCHANGE, &header));
	out->summary_type = header.param1;
	out->slot = header.param2;
	out->session_id = read_u16(&r);
	out->session_policy = read_u8(&r) & wire_policy_bits(shape);
	read_u8(&r);
	out->random = read_view(&r, TSPDM_RANDOM_LEN);
	out->exchange_data = read_view(&r, shape->exchange_data_len);
	TSPDM_TRY(tspdm_wire_read_opaque(&r, &out->opaque));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_key_exchange(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_exchange *request)
{
	if (!wire_has_len(request->random, TSPDM_RANDOM_LEN) ||
		!wire_has_len(request->exchange_data, shape->exchange_data_len) ||
		request->opaque.len > TSPDM_OPAQUE_MAX)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_KEY_EXCHANGE, request->summary_type, request->slot);
	write_u16(out, request->session_id);
	write_u8(out, request->session_policy & wire_policy_bits(shape));
	write_u8(out, 0);
	write_view(out, request->random);
	write_view(out, request->exchange_data);
	tspdm_wire_put_opaque(out, request->opaque);
	return write_end(out);
}

enum tspdm_status tspdm_read_key_exchange_rsp(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_key_exchange_rsp *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_key_exchange_rsp){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_KEY_EXCHANGE_RSP, &header));
	out->heartbeat_period = header.param1;
	out->session_id = read_u16(&r);
	out->mutual_auth = read_u8(&r) & MUTUAL_AUTH_MASK;
	out->slot = read_u8(&r) & SLOT_MASK;
	out->random = read_view(&r, TSPDM_RANDOM_LEN);
	out->exchange_data = read_view(&r, shape->exchange_data_len);
	out->summary_hash = read_view(&r, shape->summary_hash_len);
	TSPDM_TRY(tspdm_wire_read_opaque(&r, &out->opaque));
	out->signature = read_view(&r, shape->signature_len);
	out->verify_data = read_view(&r, wire_verify_data_len(shape));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_key_exchange_rsp(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_key_exchange_rsp *m)
{
	if (m->mutual_auth > MUTUAL_AUTH_MASK || m->slot > SLOT_MASK || !wire_has_len(m->random, TSPDM_RANDOM_LEN) ||
		!wire_has_len(m->exchange_data, shape->exchange_data_len) ||
		!wire_has_len(m->summary_hash, shape->summary_hash_len) || m->opaque.len > TSPDM_OPAQUE_MAX ||
		!wire_may_end_with(m->signature, shape->signature_len) ||
		!wire_may_end_with(m->verify_data, wire_verify_data_len(shape)) ||
		(m->signature.len == 0 && m->verify_data.len != 0))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_KEY_EXCHANGE_RSP, m->heartbeat_period, 0);
	write_u16(out, m->session_id);
	write_u8(out, m->mutual_auth);
	write_u8(out, m->slot);
	write_view(out, m->random);
	write_view(out, m->exchange_data);
	write_view(out, m->summary_hash);
	tspdm_wire_put_opaque(out, m->opaque);
	write_view(out, m->signature);
	write_view(out, m->verify_data);
	return write_end(out);
}
