/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a status to the ERROR that the requester gets, as a table: DSP0274 1.2 "ERROR response". */
#include "base/cursor.h"
#include "responder/responder.h"

enum {
	RDT_EXPONENT_MIN = 10, /* about a millisecond, for a device that gives no estimate */
	RDT_EXPONENT_MAX = 25, /* about half a minute; whoever needs longer says "not ready" again */
	RDTM = 255,            /* the answer is kept until it is fetched or given up */
};

/* What is not listed is the responder's own trouble: Unspecified. `since` is the first version that has the code; before
 * it the code is `before`. */
static const struct error_rule {
	enum tspdm_status status;
	uint8_t code, since, before;
} rules[] = {
	/* form */
	{ TSPDM_ERR_TRUNCATED, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_TRAILING, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_LENGTH, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_FIELD, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CODE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	/* values that are not allowed here */
	{ TSPDM_ERR_CAPABILITIES, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_ECHO, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_SLOT, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_PORTION, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_MEASUREMENT, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_DOWNGRADE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_HANDLE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_SEQUENCE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_SIZE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_BEYOND, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_LAST_EARLY, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_LAST_LATE, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHUNK_CONTENT, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CHAIN_ROOT_HASH, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	/* requests that are not allowed here */
	{ TSPDM_ERR_VERSION, TSPDM_ERROR_VERSION_MISMATCH, TSPDM_V10, 0 },
	{ TSPDM_ERR_UNEXPECTED, TSPDM_ERROR_UNEXPECTED_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_NOT_ATTESTED, TSPDM_ERROR_UNEXPECTED_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_UNSUPPORTED, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_CAPABILITY_MISSING, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_SESSION_REQUIRED, TSPDM_ERROR_SESSION_REQUIRED, TSPDM_V12, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_POLICY, TSPDM_ERROR_INVALID_POLICY, TSPDM_V13, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_IN_FLIGHT, TSPDM_ERROR_REQUEST_IN_FLIGHT, TSPDM_V11, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_NOTHING_PENDING, TSPDM_ERROR_NO_PENDING_REQUESTS, TSPDM_V13, TSPDM_ERROR_UNEXPECTED_REQUEST },
	{ TSPDM_ERR_RESPONSE_CODE, TSPDM_ERROR_INVALID_RESPONSE_CODE, TSPDM_V11, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_RESYNCH, TSPDM_ERROR_REQUEST_RESYNCH, TSPDM_V10, 0 },
	/* what does not authenticate */
	{ TSPDM_ERR_KEY, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_PSK, TSPDM_ERROR_INVALID_REQUEST, TSPDM_V10, 0 },
	{ TSPDM_ERR_SIGNATURE, TSPDM_ERROR_DECRYPT_ERROR, TSPDM_V11, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_MAC, TSPDM_ERROR_DECRYPT_ERROR, TSPDM_V11, TSPDM_ERROR_UNSPECIFIED },
	/* resources */
	{ TSPDM_ERR_STORAGE, TSPDM_ERROR_OPERATION_FAILED, TSPDM_V13, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_RESET_REQUIRED, TSPDM_ERROR_RESET_REQUIRED, TSPDM_V12, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_SESSION_LIMIT, TSPDM_ERROR_SESSION_LIMIT_EXCEEDED, TSPDM_V11, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_BUSY, TSPDM_ERROR_BUSY, TSPDM_V10, 0 },
	{ TSPDM_ERR_TOO_LARGE, TSPDM_ERROR_REQUEST_TOO_LARGE, TSPDM_V12, TSPDM_ERROR_INVALID_REQUEST },
	{ TSPDM_ERR_BUFFER, TSPDM_ERROR_RESPONSE_TOO_LARGE, TSPDM_V12, TSPDM_ERROR_UNSPECIFIED },
};

enum tspdm_status tspdm_responder_own(struct request *q, enum tspdm_status status)
{
	if (status < 0)
		q->is_own_fault = true;
	return status;
}

static uint8_t code_of(const struct request *q, enum tspdm_status status)
{
	if (q->is_own_fault)
		return TSPDM_ERROR_UNSPECIFIED;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].status == status)
			return q->error_version >= rules[i].since ? rules[i].code : rules[i].before;
	return TSPDM_ERROR_UNSPECIFIED;
}

enum tspdm_status tspdm_responder_error(
	const struct request *q, enum tspdm_status status, struct tspdm_buffer *out, uint8_t *code)
{
	uint8_t room[4];
	struct tspdm_buffer size = { room, sizeof room, 0 };
	struct tspdm_error_response error = { .code = code_of(q, status) };

	*code = error.code;
	if (error.code == TSPDM_ERROR_UNSUPPORTED_REQUEST)
		error.data = q->header.code;
	if (error.code == TSPDM_ERROR_RESPONSE_TOO_LARGE) {
		write_u32(&size, q->response_size > UINT32_MAX ? UINT32_MAX : (uint32_t)q->response_size);
		error.extended = tspdm_buffer_view(&size);
	}
	return tspdm_write_error(out, q->error_version, &error);
}

/* The smallest exponent that covers the device's estimate. */
static uint8_t rdt_exponent(uint32_t retry_us)
{
	uint8_t exponent = RDT_EXPONENT_MIN;

	while (exponent < RDT_EXPONENT_MAX && (UINT32_C(1) << exponent) < retry_us)
		exponent++;
	return exponent;
}

enum tspdm_status tspdm_responder_not_ready(
	const struct tspdm_responder *p, const struct request *q, struct tspdm_buffer *out)
{
	const struct job *job = &p->job;
	const uint8_t data[] = { rdt_exponent(job->retry_us), job->code, job->token, RDTM };
	const struct tspdm_error_response error = { .code = TSPDM_ERROR_RESPONSE_NOT_READY,
		.extended = { data, sizeof data } };

	return tspdm_write_error(out, q->error_version, &error);
}
