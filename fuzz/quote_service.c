/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes what the host's quote generation service answers a TD: tspdm_qgs_quote(). The input is what comes over the
 * connection, in portions of the size in its first byte (0: all at once); then the service hangs up. */
#include <stdlib.h>
#include <string.h>

#include "../backends/tdx-guest/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct tspdm_view left;
	size_t portion;
	unsigned open_files;
} service;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int connect_service(uint32_t cid, uint32_t port, uint32_t timeout_ms)
{
	(void)cid, (void)port, (void)timeout_ms;
	service.open_files++;
	return 3;
}

static int wait_for(int fd, bool to_write, uint32_t timeout_ms)
{
	(void)to_write, (void)timeout_ms;
	return fd == 3 ? 1 : 0;
}

static ssize_t take(int fd, void *out, size_t cap)
{
	size_t n = service.left.len < cap ? service.left.len : cap;

	check(fd == 3 && cap != 0);
	if (service.portion != 0 && n > service.portion)
		n = service.portion;
	if (n != 0)
		memcpy(out, service.left.ptr, n);
	service.left.ptr += n;
	service.left.len -= n;
	return (ssize_t)n;
}

static ssize_t drop(int fd, const void *bytes, size_t len)
{
	check(fd == 3 && bytes != NULL);
	return (ssize_t)len;
}

static int hang_up(int fd)
{
	service.open_files--;
	return fd == 3 ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t report[TDX_REPORT_LEN];
	struct tspdm_tdx_source source = { .cid = 2, .port = 4050, .timeout_ms = 60000 };
	char reason[256] = "";
	struct tspdm_tdx_request q = { .source = &source, .reason = reason, .reason_cap = sizeof reason };
	struct tspdm_buffer quote = { NULL, 0, 0 };
	enum tspdm_status status;

	if (size == 0)
		return 0;
	source.calls = (struct tspdm_tdx_guest_calls){ .size = sizeof source.calls,
		.connect_service = connect_service,
		.wait = wait_for,
		.read_file = take,
		.write_file = drop,
		.close_file = hang_up };
	service.portion = data[0];
	service.left = (struct tspdm_view){ data + 1, size - 1 };
	status = tspdm_qgs_quote(&q, report, &quote);
	check(service.open_files == 0);
	if (status == TSPDM_OK)
		check(quote.len != 0 && quote.len <= quote.cap && quote.len < size);
	else
		check(status == TSPDM_ERR_EVIDENCE_SOURCE && reason[0] != '\0');
	free(quote.ptr);
	return 0;
}
