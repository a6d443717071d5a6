/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One report from /dev/sev-guest. The ioctl's result, the host's and the firmware's word in exitinfo2, and the status in the
 * response are four things, and each is looked at. The driver wipes its key after a failure that it did not expect, so
 * nothing is asked again but where the answer says that it may be. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum {
	BACKOFF_MAX_US = 8000000,
	SEV_REPORT_MIN = 1184,
};

enum verdict { GOOD, FAILED, THROTTLED, NEEDS_ROOM };

struct request {
	struct tspdm_sev_source *source;
	struct tspdm_worker_product *out;
	int fd;
	int error;
	uint64_t exitinfo2;
	uint32_t certificates_needed; /* by the driver's answer */
	struct sev_request body;
	uint8_t response[SEV_RESPONSE_LEN];
};

/* ---- Words ---- */

enum tspdm_status tspdm_sev_open(const struct tspdm_sev_source *source, int *out, char *reason, size_t cap)
{
	const char *why = "cannot be opened";

	*out = source->calls.open_file(source->path, O_RDWR | O_CLOEXEC);
	if (*out >= 0)
		return TSPDM_OK;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		why = "not there; is this an SEV-SNP guest, with the sev-guest module loaded?";
	else if (errno == EACCES || errno == EPERM)
		why = "not allowed; only root may";
	if (cap != 0)
		snprintf(reason, cap, "%s: %s (error %d)", source->path, why, errno);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

static enum verdict fail(struct request *q, const char *why)
{
	snprintf(q->out->reason, sizeof q->out->reason, "%s: %s (error %d, exitinfo2 %#llx)", q->source->path, why,
		q->error, (unsigned long long)q->exitinfo2);
	return FAILED;
}

static const char *meaning_of(const struct request *q)
{
	uint32_t firmware = (uint32_t)q->exitinfo2;

	switch (q->error) {
	case ENOTTY:
		return "the driver has no key to the firmware (any more); only a restart of the guest brings it back";
	case ETIMEDOUT:
		return "the host was too busy for longer than the driver waits";
	case EINVAL:
		return "the driver refuses the request";
	case EACCES:
	case EPERM:
		return "not allowed";
	case ENOMEM:
		return "the kernel is out of memory";
	default:
		break;
	}
	if (q->exitinfo2 >> 32 != 0)
		return "the host failed the request";
	if (firmware != 0 && firmware != SEV_FIRMWARE_NOT_CALLED)
		return "the firmware failed the request";
	return "the request failed before it came to the firmware";
}

/* ---- The call ---- */

static enum verdict judge_failure(struct request *q)
{
	uint64_t host = q->exitinfo2 >> 32;

	if (q->error == ENOTTY)
		q->source->is_dead = true;
	if (q->error == EIO && host == SEV_VMM_INVALID_LEN) {
		(void)fail(q, "the driver has no room for the host's certificates");
		return NEEDS_ROOM;
	}
	if (q->error == EINTR || q->error == EAGAIN || q->error == EBUSY || (q->error == EIO && host == SEV_VMM_BUSY)) {
		(void)fail(q, "the host is too busy for requests of this guest");
		return THROTTLED;
	}
	return fail(q, meaning_of(q));
}

static enum verdict call(struct request *q, unsigned long number)
{
	struct sev_call arguments = {
		.message_version = SEV_MESSAGE_VERSION,
		.request = (uintptr_t)&q->body,
		.response = (uintptr_t)q->response,
	};
	int result;

	memset(q->response, 0, sizeof q->response);
	errno = 0;
	result = q->source->calls.control(q->fd, number, &arguments);
	q->error = result < 0 ? errno : 0;
	q->exitinfo2 = arguments.exitinfo2;
	q->certificates_needed = q->body.certificates_len;
	return result < 0 ? judge_failure(q) : GOOD;
}

/* Again where the host throttles, after longer and longer pauses. */
static enum verdict call_patiently(struct request *q, unsigned long number)
{
	const struct sev_request body = q->body;
	uint64_t pause = q->source->backoff_us;

	for (uint32_t tries = 1;; tries++) {
		enum verdict verdict;

		q->body = body;
		verdict = call(q, number);
		if (verdict != THROTTLED || tries >= q->source->attempts)
			return verdict;
		if (!tspdm_worker_pause(&q->source->worker, pause))
			return verdict;
		pause = pause * 2 < BACKOFF_MAX_US ? pause * 2 : BACKOFF_MAX_US;
	}
}

/* ---- Report and certificates ---- */

/* The driver wants whole pages. */
static bool make_room(struct request *q, uint32_t len)
{
	struct tspdm_buffer *room = &q->out->certificates;
	size_t cap = ((size_t)len + SEV_PAGE - 1) / SEV_PAGE * SEV_PAGE;

	free(room->ptr);
	*room = (struct tspdm_buffer){ aligned_alloc(SEV_PAGE, cap), cap, 0 };
	if (room->ptr == NULL)
		return false;
	memset(room->ptr, 0, cap);
	q->body.certificates = (uintptr_t)room->ptr;
	q->body.certificates_len = (uint32_t)cap;
	return true;
}

static enum verdict ask_with_certificates(struct request *q)
{
	const struct sev_request fresh = q->body;
	uint32_t room = q->source->certificate_cap;
	enum verdict verdict = NEEDS_ROOM;

	for (unsigned tries = 0; tries < 2 && verdict == NEEDS_ROOM; tries++) {
		q->body = fresh;
		if (!make_room(q, room))
			return fail(q, "out of memory");
		verdict = call_patiently(q, SEV_GET_EXT_REPORT);
		if (verdict == NEEDS_ROOM && (q->certificates_needed <= q->out->certificates.cap ||
						     q->certificates_needed > SEV_CERTIFICATES_MAX))
			break;
		room = q->certificates_needed;
	}
	if (verdict == GOOD)
		q->out->certificates.len = q->out->certificates.cap;
	q->body = fresh;
	return verdict;
}

/* Certificates can come from elsewhere, the report cannot: where the driver has no room for them it is asked for the report
 * alone. */
static enum verdict ask(struct request *q)
{
	enum verdict verdict = q->source->no_certificates ? NEEDS_ROOM : ask_with_certificates(q);

	return verdict == NEEDS_ROOM ? call_patiently(q, SEV_GET_REPORT) : verdict;
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const char *meaning_of_status(uint32_t status, char *room, size_t cap)
{
	const char *text = "";

	if (status == SEV_STATUS_INVALID_PARAMETERS)
		text = ", invalid parameters: this guest may not ask for that VMPL?";
	else if (status == SEV_STATUS_INVALID_KEY)
		text = ", invalid key";
	snprintf(room, cap, "the firmware answers status 0x%x%s", status, text);
	return room;
}

static enum verdict take_report(struct request *q)
{
	uint32_t status = get_u32(q->response), len = get_u32(q->response + 4);
	char text[128];

	if (status != 0)
		return fail(q, meaning_of_status(status, text, sizeof text));
	if (len < SEV_REPORT_MIN || len > SEV_RESPONSE_LEN - SEV_REPORT_AT)
		return fail(q, "the response has no report of a possible size");
	q->out->report = (struct tspdm_buffer){ malloc(len), len, len };
	if (q->out->report.ptr == NULL)
		return fail(q, "out of memory");
	memcpy(q->out->report.ptr, q->response + SEV_REPORT_AT, len);
	return GOOD;
}

static enum verdict make(struct request *q, const uint8_t *report_data)
{
	enum verdict verdict;
	const char *wrong;

	q->body = (struct sev_request){ .vmpl = q->source->vmpl };
	memcpy(q->body.report_data, report_data, sizeof q->body.report_data);
	verdict = ask(q);
	if (verdict == GOOD)
		verdict = take_report(q);
	if (verdict != GOOD)
		return verdict;
	wrong = tspdm_worker_recognise(q->out, TSPDM_TEE_SEV_SNP, report_data);
	return wrong == NULL ? GOOD : fail(q, wrong);
}

enum tspdm_status tspdm_sev_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_sev_source *source = (struct tspdm_sev_source *)worker;
	struct request q = { .source = source, .out = out, .fd = -1, .error = ENOTTY };
	enum verdict verdict;

	if (source->is_dead) {
		(void)fail(&q, meaning_of(&q));
		return TSPDM_ERR_EVIDENCE_SOURCE;
	}
	TSPDM_TRY(tspdm_sev_open(source, &q.fd, out->reason, sizeof out->reason));
	verdict = make(&q, report_data);
	(void)source->calls.close_file(q.fd);
	return verdict == GOOD ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE;
}
