/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "VENDOR_DEFINED_REQUEST request", "VENDOR_DEFINED_RESPONSE response": one layout. */
#include "wire/wire.h"

enum { LARGE = 0x80 };

static bool is_vendor_code(uint8_t code)
{
	return code == TSPDM_VENDOR_DEFINED_REQUEST || code == TSPDM_VENDOR_DEFINED_RESPONSE;
}

enum tspdm_status tspdm_read_vendor_defined(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_vendor_defined *out, size_t *used)
{
	struct reader r = reader_of(message);
	struct tspdm_header header;
	size_t payload_len;

	*out = (struct tspdm_vendor_defined){ 0 };
	TSPDM_TRY(tspdm_read_header(message, &header));
	if (!is_vendor_code(header.code))
		return TSPDM_ERR_CODE;
	read_bytes(&r, sizeof header);
	out->is_large = shape->version >= TSPDM_V14 && (header.param1 & LARGE) != 0;
	out->standard_id = read_u16(&r);
	out->vendor_id = read_view(&r, read_u8(&r));
	payload_len = read_u16(&r);
	if (out->is_large)
		payload_len = read_u32(&r);
	out->payload = read_view(&r, payload_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_vendor_defined(struct tspdm_buffer *out, const struct tspdm_shape *shape, uint8_t code,
	const struct tspdm_vendor_defined *message)
{
	bool is_large = shape->version >= TSPDM_V14 && message->is_large;
	size_t payload_len = message->payload.len;

	if (!is_vendor_code(code) || message->is_large != is_large || message->vendor_id.len > TSPDM_VENDOR_ID_MAX ||
		payload_len > (is_large ? UINT32_MAX : UINT16_MAX))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, code, is_large ? LARGE : 0, 0);
	write_u16(out, message->standard_id);
	write_u8(out, (uint8_t)message->vendor_id.len);
	write_view(out, message->vendor_id);
	write_u16(out, is_large ? 0 : (uint16_t)payload_len);
	if (is_large)
		write_u32(out, (uint32_t)payload_len);
	write_view(out, message->payload);
	return write_end(out);
}
