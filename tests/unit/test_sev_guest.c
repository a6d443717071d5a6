/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/sev-guest source against an injected table of system calls: one answer for each ioctl, in order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/sev_guest.h>

struct answer {
	int error;
	uint64_t exitinfo2;
	uint32_t needed, status;
};

static struct answer answers[4];
static unsigned asked, extended, open_files;

static int fake_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	open_files++;
	return 5;
}

static int fake_close(int fd)
{
	open_files--;
	return fd == 5 ? 0 : -1;
}

/* The structures by their offsets, in the fact sheet's words: 32 bytes, then 96 or 112. */
static int fake_control(int fd, unsigned long number, void *argument)
{
	const struct answer *a = &answers[asked < 3 ? asked : 3];
	uint8_t *call = argument, *request, *response, *certificates;
	uint64_t at[3];
	uint32_t len;

	memcpy(at, call + 8, 16);
	request = (uint8_t *)(uintptr_t)at[0];
	response = (uint8_t *)(uintptr_t)at[1];
	memcpy(call + 24, &a->exitinfo2, 8);
	asked++;
	if (number == 0xC0205302UL) {
		extended++;
		memcpy(&at[2], request + 96, 8);
		memcpy(&len, request + 104, 4);
		certificates = (uint8_t *)(uintptr_t)at[2];
		if (len % 4096 != 0)
			a = &(struct answer){ .error = EINVAL };
		if (a->needed != 0)
			memcpy(request + 104, &a->needed, 4);
		if (a->error == 0)
			memset(certificates, 0xA5, len);
	}
	errno = a->error;
	if (a->error != 0 || fd != 5 || call[0] != 1)
		return -1;
	/* MSG_REPORT_RSP is the firmware's, little-endian whatever the host */
	for (unsigned i = 0; i < 4; i++) {
		response[i] = (uint8_t)(a->status >> 8 * i);
		response[4 + i] = (uint8_t)(1184U >> 8 * i);
	}
	response[0x20] = 3;
	response[0x20 + 0x34] = 1;
	memcpy(response + 0x20 + 0x50, request, 64);
	return 0;
}

static const struct tspdm_sev_guest_calls calls = { sizeof calls, fake_open, fake_control, fake_close };

static enum tspdm_status request(
	struct tspdm_evidence_source *source, struct tspdm_evidence *seen, size_t *certificates)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { 1, 2, 3 };
	struct tspdm_evidence_job *job;
	enum tspdm_status status;
	uint32_t retry_us;

	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	while ((status = source->ops->poll(source, job, seen, &retry_us)) == TSPDM_AGAIN)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
	*certificates = seen->certificates.len;
	if (status == TSPDM_OK)
		assert_memory_equal(seen->report.ptr + 0x50, report_data, sizeof report_data);
	source->ops->end(source, job);
	assert_int_equal(open_files, 0);
	return status;
}

static void each_answer_is_understood(void **state)
{
	const uint64_t too_small = UINT64_C(1) << 32, busy = UINT64_C(2) << 32;
	const struct {
		struct answer answers[4];
		unsigned asked, extended;
		size_t certificates;
		const char *reason; /* NULL: good */
	} rows[] = {
		{ { { 0 } }, 1, 1, 4096, NULL },
		{ { { EIO, too_small, 8192, 0 }, { 0 } }, 2, 2, 8192, NULL },
		{ { { EIO, too_small, 8192, 0 }, { EIO, too_small, 16384, 0 }, { 0 } }, 3, 2, 0, NULL },
		{ { { EIO, busy, 0, 0 }, { EIO, busy, 0, 0 }, { 0 } }, 3, 3, 4096, NULL },
		{ { { EIO, busy, 0, 0 }, { EIO, busy, 0, 0 }, { EIO, busy, 0, 0 }, { EIO, busy, 0, 0 } }, 3, 3, 0,
			"too busy for requests" },
		{ { { ETIMEDOUT, busy, 0, 0 } }, 1, 1, 0, "longer than the driver waits" },
		{ { { .status = 0x16 } }, 1, 1, 0, "status 0x16, invalid parameters" },
		{ { { .status = 0x27 } }, 1, 1, 0, "status 0x27, invalid key" },
		{ { { EIO, 0x15, 0, 0 } }, 1, 1, 0, "the firmware failed" },
		{ { { EIO, 0xFF, 0, 0 } }, 1, 1, 0, "before it came to the firmware" },
		{ { { EINVAL, 0xFF, 0, 0 } }, 1, 1, 0, "refuses the request" },
		{ { { ENOTTY, 0xFF, 0, 0 } }, 1, 1, 0, "no key to the firmware" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tspdm_sev_guest_config config = {
			.size = sizeof config, .calls = &calls, .attempts = 3, .backoff_us = 1, .certificate_cap = 4096
		};
		struct tspdm_evidence_source *source;
		struct tspdm_evidence seen;
		size_t certificates;

		memcpy(answers, rows[i].answers, sizeof answers);
		asked = extended = 0;
		assert_int_equal(tspdm_sev_guest_new(&config, &source), TSPDM_OK);
		assert_int_equal(request(source, &seen, &certificates),
			rows[i].reason == NULL ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(asked, rows[i].asked);
		assert_int_equal(extended, rows[i].extended);
		assert_int_equal(certificates, rows[i].certificates);
		assert_true(rows[i].reason == NULL || strstr(tspdm_sev_guest_reason(source), rows[i].reason) != NULL);
		if (rows[i].answers[0].error == ENOTTY) { /* for good */
			assert_int_equal(request(source, &seen, &certificates), TSPDM_ERR_EVIDENCE_SOURCE);
			assert_int_equal(asked, 1);
		}
		tspdm_sev_guest_free(source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_answer_is_understood) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
