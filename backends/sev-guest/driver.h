/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The structures of /dev/sev-guest, by their layout: fields stand at their natural offsets, so there is no padding. */
#ifndef TSPDM_SEV_GUEST_DRIVER_H
#define TSPDM_SEV_GUEST_DRIVER_H

#include <assert.h>
#include <stdint.h>

#define SEV_GET_REPORT 0xC0205300UL
#define SEV_GET_EXT_REPORT 0xC0205302UL

enum {
	SEV_MESSAGE_VERSION = 1,
	SEV_RESPONSE_LEN = 4000,
	SEV_REPORT_AT = 0x20, /* in the response */
	SEV_PAGE = 4096,
	SEV_CERTIFICATES_DEFAULT = 16384,
	SEV_CERTIFICATES_MAX = 1 << 20,
	/* upper half of exitinfo2 */
	SEV_VMM_INVALID_LEN = 1,
	SEV_VMM_BUSY = 2,
	/* lower half of exitinfo2: as the driver leaves it where the firmware was not asked */
	SEV_FIRMWARE_NOT_CALLED = 0xFF,
	/* status of the response */
	SEV_STATUS_INVALID_PARAMETERS = 0x16,
	SEV_STATUS_INVALID_KEY = 0x27,
};

struct sev_call {
	uint8_t message_version;
	uint8_t reserved[7]; /* older drivers have a version of 4 bytes */
	uint64_t request;    /* addresses */
	uint64_t response;
	uint64_t exitinfo2;
};

struct sev_request {
	uint8_t report_data[64];
	uint32_t vmpl;
	uint8_t reserved[28];
	/* of the extended request only */
	uint64_t certificates;
	uint32_t certificates_len;
	uint32_t padding;
};

static_assert(sizeof(struct sev_call) == 32, "as the ioctl's number says");
static_assert(sizeof(struct sev_request) == 112, "as the driver reads it");

#endif
