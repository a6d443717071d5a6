/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading and replaying the CCEL. TCG PC Client Platform Firmware Profile "TCG_PCR_EVENT2", "TCG_EfiSpecIDEvent". */
#include <tspdm/ccel.h>

#include <openssl/evp.h>

#include "base/cursor.h"

enum {
	SHA1_LEN = 20,
	TPM_ALG_SHA384 = 0x000C,
	SPEC_ID_LEN = 16,
	END_OF_LOG = 0xFF, /* what the area is filled with */
};

/* The first event is in the form of TCG 1.2, with one SHA-1 digest of zeros. Its data says which algorithms follow. */
static bool read_spec_id(struct tspdm_view data)
{
	static const uint8_t signature[SPEC_ID_LEN] = "Spec ID Event03";
	struct reader r = reader_of(data);
	const uint8_t *seen = read_bytes(&r, SPEC_ID_LEN);
	uint32_t algorithms;
	uint16_t algorithm, size;

	read_bytes(&r, 4 + 4); /* platform class, version, errata, size of UINTN */
	algorithms = read_u32(&r);
	algorithm = read_u16(&r);
	size = read_u16(&r);
	return !r.failed && memcmp(seen, signature, SPEC_ID_LEN) == 0 && algorithms == 1 &&
	       algorithm == TPM_ALG_SHA384 && size == TSPDM_RTMR_LEN;
}

enum tspdm_status tspdm_ccel_open(struct tspdm_view area, struct tspdm_ccel *out)
{
	struct reader r = reader_of(area);
	struct tspdm_view data;
	uint32_t type;

	*out = (struct tspdm_ccel){ { NULL, 0 } };
	(void)read_u32(&r); /* register: of no meaning here */
	type = read_u32(&r);
	read_bytes(&r, SHA1_LEN);
	data = read_view(&r, read_u32(&r));
	if (r.failed || type != TSPDM_CCEL_NO_ACTION || !read_spec_id(data))
		return TSPDM_ERR_EVIDENCE_FORM;
	out->left = (struct tspdm_view){ r.next, r.left };
	return TSPDM_OK;
}

/* The area is larger than the log: what is left is filled with one byte, or cleared. */
static bool is_filling(struct tspdm_view left)
{
	uint8_t fill = left.len != 0 ? left.ptr[0] : 0;

	if (fill != 0 && fill != END_OF_LOG)
		return false;
	for (size_t i = 0; i < left.len; i++)
		if (left.ptr[i] != fill)
			return false;
	return true;
}

enum tspdm_status tspdm_ccel_next(struct tspdm_ccel *log, struct tspdm_ccel_event *out)
{
	struct reader r = reader_of(log->left);
	uint32_t digests;
	uint16_t algorithm;

	*out = (struct tspdm_ccel_event){ 0 };
	if (is_filling(log->left)) {
		log->left.len = 0;
		return TSPDM_AGAIN;
	}
	out->mr = read_u32(&r);
	out->type = read_u32(&r);
	digests = read_u32(&r);
	algorithm = read_u16(&r);
	out->digest = read_view(&r, TSPDM_RTMR_LEN);
	out->data = read_view(&r, read_u32(&r));
	if (r.failed || digests != 1 || algorithm != TPM_ALG_SHA384)
		return TSPDM_ERR_EVIDENCE_FORM;
	log->left = (struct tspdm_view){ r.next, r.left };
	return TSPDM_OK;
}

static enum tspdm_status extend(uint8_t *rtmr, struct tspdm_view digest)
{
	uint8_t both[2 * TSPDM_RTMR_LEN];

	memcpy(both, rtmr, TSPDM_RTMR_LEN);
	memcpy(both + TSPDM_RTMR_LEN, digest.ptr, TSPDM_RTMR_LEN);
	return EVP_Digest(both, sizeof both, rtmr, NULL, EVP_sha384(), NULL) == 1 ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

/* MRTD is measured by the TDX module before there is a log: an event for it extends nothing. */
static enum tspdm_status replay(struct tspdm_ccel *log, uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN], unsigned *count)
{
	struct tspdm_ccel_event event;
	enum tspdm_status status;

	while ((status = tspdm_ccel_next(log, &event)) == TSPDM_OK) {
		if (event.type == TSPDM_CCEL_NO_ACTION)
			continue;
		if (event.mr == TSPDM_CCEL_MRTD || event.mr > TSPDM_RTMRS)
			return TSPDM_ERR_EVIDENCE_FORM;
		TSPDM_TRY(extend(rtmr[event.mr - 1], event.digest));
		(*count)++;
	}
	return status == TSPDM_AGAIN ? TSPDM_OK : status;
}

enum tspdm_status tspdm_ccel_replay(struct tspdm_view area, uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN], unsigned *count)
{
	struct tspdm_ccel log;
	unsigned extended = 0;
	enum tspdm_status status = tspdm_ccel_open(area, &log);

	memset(rtmr, 0, TSPDM_RTMRS * TSPDM_RTMR_LEN);
	if (status == TSPDM_OK)
		status = replay(&log, rtmr, &extended);
	if (status != TSPDM_OK) {
		memset(rtmr, 0, TSPDM_RTMRS * TSPDM_RTMR_LEN);
		extended = 0;
	}
	if (count != NULL)
		*count = extended;
	return status;
}
