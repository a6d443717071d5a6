/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "VERSION response". */
#include "wire/wire.h"

enum tspdm_status tspdm_read_version(struct tspdm_view message, struct tspdm_version_response *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_VERSION, &header));
	read_u8(&r); /* Reserved */
	out->entry_count = read_u8(&r);
	if (!r.failed && out->entry_count == 0)
		return TSPDM_ERR_LENGTH;
	out->entries = read_view(&r, 2U * out->entry_count);
	return read_finish(&r, message, used);
}

uint16_t tspdm_version_entry(const struct tspdm_version_response *version, unsigned i)
{
	struct reader r = reader_of(version->entries);

	if (i >= version->entry_count)
		return 0;
	read_bytes(&r, 2U * i);
	return read_u16(&r);
}

enum tspdm_status tspdm_write_version(struct tspdm_buffer *out, uint32_t versions)
{
	uint8_t count = 0;

	for (unsigned minor = 0; minor < 16; minor++)
		count = (uint8_t)(count + (versions >> minor & 1U));
	if (count == 0 || versions >> 16 != 0)
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, TSPDM_V10, TSPDM_VERSION, 0, 0);
	write_u8(out, 0);
	write_u8(out, count);
	for (unsigned minor = 16; minor-- > 0;)
		if ((versions & 1U << minor) != 0)
			write_u16(out, (uint16_t)(0x1000U | minor << 8));
	return write_end(out);
}
