/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A report as one item of the evidence messages: docs/profile.md "Devices". */
#include <tspdm/device_report.h>

#include "base/cursor.h"

static void write_part(struct tspdm_buffer *out, struct tspdm_view part)
{
	write_u32(out, (uint32_t)part.len);
	write_view(out, part);
}

static struct tspdm_view read_part(struct reader *r)
{
	return read_view(r, read_u32(r));
}

enum tspdm_status tspdm_write_device_item(struct tspdm_buffer *out, const struct tspdm_device_record *record)
{
	if (record->request.len == 0 || record->response.len == 0 || record->certificates.len == 0 ||
		record->request.len > UINT32_MAX || record->response.len > UINT32_MAX || record->vca.len > UINT32_MAX ||
		record->certificates.len > UINT32_MAX)
		return TSPDM_ERR_ARGUMENT;
	write_part(out, record->request);
	write_part(out, record->response);
	write_part(out, record->vca);
	write_part(out, record->certificates);
	return write_end(out);
}

enum tspdm_status tspdm_read_device_item(struct tspdm_view value, struct tspdm_device_record *out)
{
	struct reader r = reader_of(value);

	out->request = read_part(&r);
	out->response = read_part(&r);
	out->vca = read_part(&r);
	out->certificates = read_part(&r);
	TSPDM_TRY(read_end(&r));
	return out->request.len != 0 && out->response.len != 0 && out->certificates.len != 0 ? TSPDM_OK
											     : TSPDM_ERR_FIELD;
}
