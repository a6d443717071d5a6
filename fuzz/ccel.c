/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes the event log of a TD: tspdm_ccel_open(), tspdm_ccel_next(), tspdm_ccel_replay(). */
#include <stdlib.h>
#include <string.h>

#include <tspdm/ccel.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void inside(struct tspdm_view part, struct tspdm_view whole)
{
	check(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

/* @returns events that extend an RTMR; -1: malformed */
static long walk(struct tspdm_view area)
{
	struct tspdm_ccel log = { { NULL, 0 } };
	struct tspdm_ccel_event event;
	enum tspdm_status status;
	long count = 0;

	if (tspdm_ccel_open(area, &log) != TSPDM_OK)
		return -1;
	while ((status = tspdm_ccel_next(&log, &event)) == TSPDM_OK) {
		inside(log.left, area);
		inside(event.data, area);
		inside(event.digest, area);
		check(event.type == TSPDM_CCEL_NO_ACTION || event.digest.len == TSPDM_RTMR_LEN);
		count += event.type != TSPDM_CCEL_NO_ACTION && event.mr != TSPDM_CCEL_MRTD;
	}
	check(status == TSPDM_AGAIN || status == TSPDM_ERR_EVIDENCE_FORM);
	return status == TSPDM_AGAIN ? count : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	struct tspdm_view area = { data, size };
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	long walked = walk(area);
	unsigned count = 0;
	enum tspdm_status status = tspdm_ccel_replay(area, rtmr, &count);

	check(status == TSPDM_OK || status == TSPDM_ERR_EVIDENCE_FORM);
	if (status == TSPDM_OK)
		check(walked == (long)count);
	else
		check(memcmp(rtmr, zeros, sizeof zeros) == 0);
	return 0;
}
