/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "ERROR response". */
#include "wire/wire.h"

enum { EXTENDED_MAX = 32 };

/* Len, VendorID, OpaqueErrorData. The last has no length of its own: all that is there belongs to it, up to the limit. */
static size_t vendor_len(struct reader r)
{
	size_t there = r.left < EXTENDED_MAX ? r.left : EXTENDED_MAX;
	size_t least = 1U + read_u8(&r);

	return least > there ? least : there;
}

/* How long ExtendedErrorData is follows from the code; what is behind it is a transport's padding. */
static size_t extended_len(uint8_t code, struct reader r)
{
	switch (code) {
	case TSPDM_ERROR_RESPONSE_NOT_READY:
	case TSPDM_ERROR_RESPONSE_TOO_LARGE:
	case TSPDM_ERROR_DATA_TOO_LARGE:
		return 4;
	case TSPDM_ERROR_LARGE_RESPONSE:
		return 1;
	case TSPDM_ERROR_VENDOR_DEFINED:
		return vendor_len(r);
	default:
		return 0;
	}
}

enum tspdm_status tspdm_read_error(struct tspdm_view message, struct tspdm_error_response *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	size_t len;

	*out = (struct tspdm_error_response){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_ERROR, &header));
	out->code = header.param1;
	out->data = header.param2;
	len = extended_len(header.param1, r);
	if (len > EXTENDED_MAX)
		return TSPDM_ERR_LENGTH;
	out->extended = read_view(&r, len);
	return read_finish(&r, message, used);
}

enum tspdm_status tspdm_write_error(struct tspdm_buffer *out, uint8_t version, const struct tspdm_error_response *error)
{
	size_t len = extended_len(error->code, reader_of(error->extended));

	if (len > EXTENDED_MAX || !wire_has_len(error->extended, len))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, version, TSPDM_ERROR, error->code, error->data);
	write_view(out, error->extended);
	return write_end(out);
}

enum tspdm_status tspdm_read_not_ready(const struct tspdm_error_response *error, struct tspdm_not_ready *out)
{
	struct reader r = reader_of(error->extended);

	if (error->code != TSPDM_ERROR_RESPONSE_NOT_READY)
		return TSPDM_ERR_CODE;
	out->rdt_exponent = read_u8(&r);
	out->request_code = read_u8(&r);
	out->token = read_u8(&r);
	out->rdtm = read_u8(&r);
	return read_end(&r);
}
