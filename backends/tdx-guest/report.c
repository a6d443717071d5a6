/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A TDREPORT from /dev/tdx_guest, and one request for evidence: the report, then its quote. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum tspdm_status tspdm_tdx_refuse(
	struct tspdm_tdx_request *q, const char *whose, const char *why, int error, bool is_transient)
{
	q->is_transient = is_transient;
	if (q->reason_cap != 0 && error != 0)
		snprintf(q->reason, q->reason_cap, "%s: %s (error %d)", whose, why, error);
	else if (q->reason_cap != 0)
		snprintf(q->reason, q->reason_cap, "%s: %s", whose, why);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

enum tspdm_status tspdm_tdx_open(struct tspdm_tdx_request *q, int *out)
{
	const struct tspdm_tdx_source *source = q->source;
	const char *why = "cannot be opened";

	*out = source->calls.open_file(source->path, O_RDWR | O_CLOEXEC);
	if (*out >= 0)
		return TSPDM_OK;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		why = "not there; is this a TDX guest, with the tdx_guest module loaded?";
	else if (errno == EACCES || errno == EPERM)
		why = "not allowed; only root may";
	return tspdm_tdx_refuse(q, source->path, why, errno, errno == EINTR);
}

static const char *meaning_of(int error)
{
	switch (error) {
	case EIO:
		return "the TDX module failed to make a report";
	case EINTR:
		return "interrupted every time";
	case EBUSY:
	case EAGAIN:
		return "busy every time";
	case ENOTTY:
	case EINVAL:
		return "the driver does not know the request for a report; is this a TDX guest's device?";
	case ENOMEM:
		return "the kernel is out of memory";
	default:
		return "the request for a report failed";
	}
}

/* What the driver filled in: a TD's report, about what was asked. */
static enum tspdm_status take_report(
	struct tspdm_tdx_request *q, const struct tdx_report_call *call, const uint8_t *report_data, uint8_t *report)
{
	if (call->report[0] != TDX_REPORT_TYPE)
		return tspdm_tdx_refuse(q, q->source->path, "what came is no TDREPORT", 0, false);
	if (memcmp(call->report + TDX_REPORT_DATA_AT, report_data, TSPDM_REPORT_DATA_LEN) != 0)
		return tspdm_tdx_refuse(q, q->source->path, "the report was made for other report data", 0, false);
	memcpy(report, call->report, TDX_REPORT_LEN);
	return TSPDM_OK;
}

enum tspdm_status tspdm_tdx_report(struct tspdm_tdx_request *q, const uint8_t *report_data, uint8_t *report)
{
	struct tdx_report_call call = { .report = { 0 } };
	int fd, error = 0;

	memcpy(call.report_data, report_data, sizeof call.report_data);
	TSPDM_TRY(tspdm_tdx_open(q, &fd));
	if (q->source->calls.control(fd, TDX_GET_REPORT0, &call) < 0)
		error = errno != 0 ? errno : EIO;
	(void)q->source->calls.close_file(fd);
	if (error != 0)
		return tspdm_tdx_refuse(q, q->source->path, meaning_of(error), error,
			error == EINTR || error == EBUSY || error == EAGAIN);
	return take_report(q, &call, report_data, report);
}

static enum tspdm_status try_once(void *request, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_tdx_request *q = request;
	uint8_t report[TDX_REPORT_LEN];
	const char *wrong;

	TSPDM_TRY(tspdm_tdx_report(q, report_data, report));
	TSPDM_TRY(tspdm_qgs_quote(q, report, &out->report));
	wrong = tspdm_worker_recognise(out, TSPDM_TEE_TDX, report_data);
	return wrong == NULL ? TSPDM_OK : tspdm_tdx_refuse(q, "the quote generation service", wrong, 0, false);
}

enum tspdm_status tspdm_tdx_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_tdx_source *source = (struct tspdm_tdx_source *)worker;
	struct tspdm_tdx_request q = { .source = source, .reason = out->reason, .reason_cap = sizeof out->reason };
	const struct tspdm_worker_tries tries = { source->attempts, source->backoff_us, try_once, &q, &q.is_transient };

	return tspdm_worker_try(worker, &tries, report_data, out);
}
