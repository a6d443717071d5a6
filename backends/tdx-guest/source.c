/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/tdx_guest source: the system's calls, and configuration. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/config.h"
#include "internal.h"

enum {
	DEFAULT_TIMEOUT_MS = 30000, /* as long as the kernel waits where it asks the host itself */
	DEFAULT_ATTEMPTS = 4,
	DEFAULT_BACKOFF_US = 100000,
};

/* ---- The system's calls ---- */

static int open_file(const char *path, int flags)
{
	return open(path, flags);
}

static int control(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument);
}

static int wait_for(int fd, bool to_write, uint32_t timeout_ms)
{
	struct pollfd one = { .fd = fd, .events = to_write ? POLLOUT : POLLIN };

	return poll(&one, 1, timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX);
}

/* A connection that is under way, to its end. @returns errno, or 0 */
static int await_connection(int fd, uint32_t timeout_ms)
{
	int ready = wait_for(fd, true, timeout_ms), error = 0;
	socklen_t len = sizeof error;

	if (ready == 0)
		return ETIMEDOUT;
	if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

static int connect_service(uint32_t cid, uint32_t port, uint32_t timeout_ms)
{
	const struct sockaddr_vm to = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
		error = errno == EINPROGRESS ? await_connection(fd, timeout_ms) : errno;
	if (error == 0)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

/* A host that hangs up is an error, not a signal. */
static ssize_t write_file(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL);
}

static const struct tspdm_tdx_guest_calls system_calls = {
	.size = sizeof system_calls,
	.open_file = open_file,
	.control = control,
	.connect_service = connect_service,
	.wait = wait_for,
	.read_file = read,
	.write_file = write_file,
	.close_file = close,
};

/* ---- Configuration ---- */

static enum tspdm_status take(struct tspdm_tdx_guest_config *to, const struct tspdm_tdx_guest_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->path == NULL)
		to->path = "/dev/tdx_guest";
	if (to->calls == NULL)
		to->calls = &system_calls;
	if (strlen(to->path) >= TDX_PATH_MAX || to->calls->size < sizeof system_calls)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

static void configure(struct tspdm_tdx_source *source, const struct tspdm_tdx_guest_config *config)
{
	memcpy(source->path, config->path, strlen(config->path) + 1);
	source->calls = *config->calls;
	source->cid = config->cid != 0 ? config->cid : TSPDM_QUOTE_SERVICE_CID;
	source->port = config->port != 0 ? config->port : TSPDM_QUOTE_SERVICE_PORT;
	source->timeout_ms = config->timeout_ms != 0 ? config->timeout_ms : DEFAULT_TIMEOUT_MS;
	source->attempts = config->attempts != 0 ? config->attempts : DEFAULT_ATTEMPTS;
	source->backoff_us = config->backoff_us != 0 ? config->backoff_us : DEFAULT_BACKOFF_US;
}

/* Are device and service there, and may they be used? */
static enum tspdm_status look(struct tspdm_tdx_source *source, const struct tspdm_tdx_guest_config *config)
{
	struct tspdm_tdx_request q = {
		.source = source,
		.reason = config->reason,
		.reason_cap = config->reason != NULL ? config->reason_cap : 0,
	};
	int fd;

	TSPDM_TRY(tspdm_tdx_open(&q, &fd));
	(void)source->calls.close_file(fd);
	TSPDM_TRY(tspdm_qgs_connect(&q, &fd));
	(void)source->calls.close_file(fd);
	return TSPDM_OK;
}

enum tspdm_status tspdm_tdx_guest_new(const struct tspdm_tdx_guest_config *config, struct tspdm_evidence_source **out)
{
	struct tspdm_tdx_guest_config complete;
	struct tspdm_tdx_source *source;
	enum tspdm_status status;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&complete, config));
	source = calloc(1, sizeof *source);
	if (source == NULL)
		return TSPDM_ERR_MEMORY;
	configure(source, &complete);
	status = look(source, &complete);
	if (status == TSPDM_OK)
		status = tspdm_worker_init(&source->worker, tspdm_tdx_produce);
	if (status != TSPDM_OK) {
		free(source);
		return status;
	}
	tspdm_worker_describe(&source->worker, TSPDM_TEE_TDX, "/dev/tdx_guest, quotes by vsock://%u:%u",
		(unsigned)source->cid, (unsigned)source->port);
	*out = &source->worker.base;
	return TSPDM_OK;
}

void tspdm_tdx_guest_free(struct tspdm_evidence_source *source)
{
	tspdm_worker_free(source);
}

const char *tspdm_tdx_guest_reason(const struct tspdm_evidence_source *source)
{
	return tspdm_worker_reason(source);
}
