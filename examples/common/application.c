/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Parts of application data: written, read. */
#include <string.h>

#include "application.h"

enum {
	MCTP_VENDOR_IANA = 0x7F, /* DSP0239 "Vendor defined - IANA" */
	MCTP_HEAD = 5,
	PART_HEAD = 8,
	PART_VERSION = 0x81, /* bit 7: no evidence message, which on PCIe DOE has the same VendorID */
	PART_END = 1U << 0,
	PART_REFUSED = 1U << 1,
};

const uint8_t application_vendor_id[APPLICATION_VENDOR_LEN] = { APPLICATION_ENTERPRISE & 0xFF,
	APPLICATION_ENTERPRISE >> 8, 0, 0 };

/* DSP0236 has vendor IDs most significant byte first. */
static const uint8_t mctp_head[MCTP_HEAD] = { MCTP_VENDOR_IANA, 0, 0, APPLICATION_ENTERPRISE >> 8,
	APPLICATION_ENTERPRISE & 0xFF };

bool application_is_vendor(const struct tspdm_binding *binding)
{
	return binding->inner_header == TSPDM_INNER_NONE;
}

static size_t outer_len(const struct tspdm_binding *binding)
{
	return binding->inner_header == TSPDM_INNER_MCTP ? sizeof mctp_head : 0;
}

size_t application_head_len(const struct tspdm_binding *binding)
{
	return outer_len(binding) + PART_HEAD;
}

/* Bytes 2 and 3 are zero, so that over TCP nobody takes it for an SPDM message with the header of DSP0287. */
static void write_head(uint8_t *at, const struct application_part *part)
{
	memset(at, 0, PART_HEAD);
	at[0] = PART_VERSION;
	at[1] = (uint8_t)((part->is_end ? PART_END : 0U) | (part->is_refused ? PART_REFUSED : 0U));
	for (unsigned i = 0; i < 4; i++)
		at[4 + i] = (uint8_t)(part->room >> 8 * i);
}

bool application_write(
	struct tspdm_buffer *out, const struct tspdm_binding *binding, const struct application_part *part)
{
	size_t outer = outer_len(binding), need = outer + PART_HEAD + part->data.len;
	bool fits = out->len <= out->cap && need <= out->cap - out->len;
	uint8_t *at;

	if (fits) {
		at = out->ptr + out->len;
		memcpy(at, mctp_head, outer);
		write_head(at + outer, part);
		if (part->data.len != 0)
			memcpy(at + outer + PART_HEAD, part->data.ptr, part->data.len);
	}
	out->len += need;
	return fits;
}

bool application_read(struct tspdm_view in, const struct tspdm_binding *binding, struct application_part *part)
{
	size_t outer = outer_len(binding);
	const uint8_t *at;

	if (in.len < outer + PART_HEAD || memcmp(in.ptr, mctp_head, outer) != 0)
		return false;
	at = in.ptr + outer;
	if (at[0] != PART_VERSION || (at[1] & ~(PART_END | PART_REFUSED)) != 0 || at[2] != 0 || at[3] != 0)
		return false;
	*part = (struct application_part){
		.is_end = (at[1] & PART_END) != 0,
		.is_refused = (at[1] & PART_REFUSED) != 0,
		.room = at[4] | (uint32_t)at[5] << 8 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 24,
		.data = { at + PART_HEAD, in.len - outer - PART_HEAD },
	};
	return true;
}
