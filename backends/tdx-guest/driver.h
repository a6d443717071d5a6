/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The structure of /dev/tdx_guest and the messages of the host's quote generation service, by their layouts. */
#ifndef TSPDM_TDX_GUEST_DRIVER_H
#define TSPDM_TDX_GUEST_DRIVER_H

#include <assert.h>
#include <stdint.h>

#define TDX_GET_REPORT0 0xC4405401UL

enum {
	TDX_REPORT_LEN = 1024,
	TDX_REPORT_TYPE = 0x81, /* the first byte of a TDREPORT */
	TDX_REPORT_DATA_AT = 128,
	/* A message of the service: a frame of its length in big-endian form, which does not count itself; then, little-endian,
	 * major and minor version u16, type, size with this header, error u32. A request goes on with the sizes of report and id
	 * list u32 and the report, a response with the sizes of the id selected and of the quote u32, id and quote. */
	QGS_FRAME_LEN = 4,
	QGS_MESSAGE_MAX = 1 << 16,
	QGS_MAJOR = 1,
	QGS_MINOR = 0,
	QGS_GET_QUOTE = 0,
	QGS_QUOTE = 1,
	QGS_HEADER_LEN = 16,
	QGS_REQUEST_LEN = QGS_HEADER_LEN + 8 + TDX_REPORT_LEN,
};

struct tdx_report_call {
	uint8_t report_data[64];
	uint8_t report[TDX_REPORT_LEN];
};

static_assert(sizeof(struct tdx_report_call) == 1088, "as the ioctl's number says");

#endif
