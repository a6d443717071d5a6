/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that asks a vendor-defined question. */
#include "base/cursor.h"
#include "requester/requester.h"

static const char clause[] = "DSP0274 1.2 \"VENDOR_DEFINED_RESPONSE response\"";

static enum tspdm_status write_vendor(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	request->len = r->engine.request_len; /* written when the job was begun, so that the caller's views may go */
	return TSPDM_OK;
}

static enum tspdm_status read_vendor(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_vendor_defined answer;
	size_t used;

	TSPDM_TRY(tspdm_read_vendor_defined(message, &shape, &answer, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	if (answer.standard_id != r->vendor.standard_id || answer.vendor_id.len != r->vendor.vendor_id.len)
		return TSPDM_ERR_ECHO;
	if (answer.vendor_id.len != 0 &&
		memcmp(answer.vendor_id.ptr, r->vendor.vendor_id.ptr, answer.vendor_id.len) != 0)
		return TSPDM_ERR_ECHO;
	r->vendor_response->len = 0;
	write_view(r->vendor_response, answer.payload);
	r->is_vendor_done = true;
	return write_end(r->vendor_response);
}

/* A VENDOR_DEFINED exchange may take as long as its definition says, so ResponseNotReady is taken too. */
static const struct exchange vendor_exchange = { TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, true,
	true, clause, write_vendor, read_vendor, NULL };

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->is_vendor_done ? NULL : &vendor_exchange;
	return TSPDM_OK;
}

static void abandon(struct tspdm_requester *r)
{
	r->vendor_response->len = 0;
}

static const struct job vendor_job = { next, abandon };

enum tspdm_status tspdm_requester_vendor(
	struct tspdm_requester *r, const struct tspdm_vendor_defined *request, struct tspdm_buffer *response)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_buffer room = { r->config.request, r->config.request_len, 0 };
	size_t used;

	if (request == NULL || response == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(tspdm_requester_check_attested(r));
	TSPDM_TRY(tspdm_write_vendor_defined(&room, &shape, TSPDM_VENDOR_DEFINED_REQUEST, request));
	r->engine.request_len = room.len;
	TSPDM_TRY(tspdm_read_vendor_defined(tspdm_buffer_view(&room), &shape, &r->vendor, &used));
	r->vendor_response = response;
	r->is_vendor_done = false;
	return tspdm_requester_begin(r, &vendor_job, TSPDM_PHASE_NEGOTIATED);
}
