/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One quote from /dev/attestation. The file is made when it is opened, from the report data written last: both are opened
 * anew for each request, and the quote is looked at, whether it is about these report data. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static enum tspdm_status refuse(struct tspdm_sgx_request *q, const char *file, const char *why, bool is_transient)
{
	q->is_transient = is_transient;
	if (q->reason_cap != 0)
		snprintf(q->reason, q->reason_cap, "%s/%s: %s", q->source->root, file, why);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

static enum tspdm_status fail(struct tspdm_sgx_request *q, const char *file, int error)
{
	const char *why = "cannot be used";
	char text[96];

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		why = "not there; is this an SGX enclave, in a library OS?";
		break;
	case EACCES:
	case EPERM:
		why = "not allowed; the enclave's manifest enables no remote attestation";
		break;
	case EINTR:
	case EAGAIN:
	case EBUSY:
		why = "busy or interrupted every time";
		break;
	case EIO:
		why = "the platform failed to make a quote; does its quoting service run?";
		break;
	default:
		break;
	}
	snprintf(text, sizeof text, "%s (error %d)", why, error);
	return refuse(q, file, text, error == EINTR || error == EAGAIN || error == EBUSY);
}

static enum tspdm_status open_file(struct tspdm_sgx_request *q, const char *file, int flags, int *out)
{
	char path[SGX_ROOT_MAX + SGX_NAME_MAX];

	snprintf(path, sizeof path, "%s/%s", q->source->root, file);
	*out = q->source->calls.open_file(path, flags | O_CLOEXEC);
	return *out >= 0 ? TSPDM_OK : fail(q, file, errno);
}

static enum tspdm_status read_file(struct tspdm_sgx_request *q, const char *file, struct tspdm_buffer *out)
{
	enum tspdm_status status;
	int fd, error;

	TSPDM_TRY(open_file(q, file, O_RDONLY, &fd));
	status = tspdm_worker_read(q->source->calls.read_file, fd, out);
	error = errno;
	(void)q->source->calls.close_file(fd);
	switch (status) {
	case TSPDM_OK:
		return TSPDM_OK;
	case TSPDM_ERR_SYSTEM:
		return fail(q, file, error);
	case TSPDM_ERR_TOO_LARGE:
		return refuse(q, file, "larger than any evidence", false);
	default:
		return refuse(q, file, "out of memory", false);
	}
}

/* One write of them all: what is shorter would be filled up with zeros. */
static enum tspdm_status write_report_data(struct tspdm_sgx_request *q, const uint8_t *report_data)
{
	static const char file[] = "user_report_data";
	enum tspdm_status status = TSPDM_OK;
	ssize_t written;
	int fd;

	TSPDM_TRY(open_file(q, file, O_WRONLY, &fd));
	written = q->source->calls.write_file(fd, report_data, TSPDM_REPORT_DATA_LEN);
	if (written < 0)
		status = fail(q, file, errno);
	else if (written != TSPDM_REPORT_DATA_LEN)
		status = refuse(q, file, "only a part was written", true);
	if (q->source->calls.close_file(fd) != 0 && status == TSPDM_OK)
		status = fail(q, file, errno);
	return status;
}

/* ---- The kind of attestation ---- */

static enum tspdm_status judge_type(struct tspdm_sgx_request *q, struct tspdm_view type)
{
	static const char file[] = "attestation_type";

	while (type.len > 0 && (type.ptr[type.len - 1] == '\n' || type.ptr[type.len - 1] == '\0'))
		type.len--;
	if (type.len == 4 && memcmp(type.ptr, "dcap", 4) == 0)
		return TSPDM_OK;
	if (type.len == 4 && memcmp(type.ptr, "none", 4) == 0)
		return refuse(q, file, "none: the enclave's manifest enables no remote attestation", false);
	return refuse(q, file, "the enclave's attestation is not DCAP", false);
}

enum tspdm_status tspdm_sgx_ask_type(struct tspdm_sgx_request *q)
{
	struct tspdm_buffer type = { NULL, 0, 0 };
	enum tspdm_status status = read_file(q, "attestation_type", &type);

	if (status == TSPDM_OK)
		status = judge_type(q, tspdm_buffer_view(&type));
	free(type.ptr);
	return status;
}

/* ---- A request ---- */

static enum tspdm_status try_once(void *request, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_sgx_request *q = request;
	const char *wrong;

	TSPDM_TRY(write_report_data(q, report_data));
	TSPDM_TRY(read_file(q, "quote", &out->report));
	wrong = tspdm_worker_recognise(out, TSPDM_TEE_SGX, report_data);
	return wrong == NULL ? TSPDM_OK : refuse(q, "quote", wrong, true); /* others may write report data too */
}

enum tspdm_status tspdm_sgx_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	const struct tspdm_sgx_source *source = (const struct tspdm_sgx_source *)worker;
	struct tspdm_sgx_request q = { .source = source, .reason = out->reason, .reason_cap = sizeof out->reason };
	const struct tspdm_worker_tries tries = { source->attempts, source->backoff_us, try_once, &q, &q.is_transient };

	return tspdm_worker_try(worker, &tries, report_data, out);
}
