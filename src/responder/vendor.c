/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * VENDOR_DEFINED_REQUEST: evidence is the responder's own affair; the rest is handed to the device. */
#include "responder/responder.h"

/* What stands in front of the payload: written in full once its length is known. */
static enum tspdm_status payload_at(
	const struct tspdm_shape *shape, const struct tspdm_vendor_defined *message, size_t *at)
{
	struct tspdm_buffer count = { NULL, 0, 0 };

	if (tspdm_write_vendor_defined(&count, shape, TSPDM_VENDOR_DEFINED_RESPONSE, message) != TSPDM_ERR_BUFFER)
		return TSPDM_ERR_ARGUMENT;
	*at = count.len;
	return TSPDM_OK;
}

static enum tspdm_status call_device(struct tspdm_responder *p, struct request *q,
	const struct tspdm_vendor_defined *message, struct tspdm_buffer *payload)
{
	struct tspdm_device *device = p->config.device;
	struct tspdm_pending *pending = &p->job.answering;
	bool is_inside = p->session != NULL && p->session->phase == SESSION_ESTABLISHED;
	const struct tspdm_vendor_request request = { .standard_id = message->standard_id,
		.vendor_id = message->vendor_id,
		.payload = message->payload,
		.session = is_inside ? p->session->id : 0 };
	enum tspdm_status status = device->ops->vendor(device, &request, payload, pending);

	/* these two are about the request; everything else is the device's own trouble */
	if (status == TSPDM_ERR_UNSUPPORTED || status == TSPDM_ERR_FIELD || status == TSPDM_ERR_BUFFER)
		return status;
	return tspdm_job_note(p, q, status, pending);
}

/* The device writes the payload in its place, behind what comes before it; a length that does not fit counts on. */
static enum tspdm_status write_payload(struct tspdm_responder *p, struct request *q,
	const struct tspdm_vendor_defined *message, size_t at, struct tspdm_buffer *out, struct tspdm_view *written)
{
	struct tspdm_buffer payload = { NULL, 0, 0 };
	enum tspdm_status status;

	if (at < out->cap) {
		payload.ptr = out->ptr + at;
		payload.cap = out->cap - at;
	}
	status = tspdm_responder_is_evidence(p, message) ? tspdm_responder_evidence(p, q, message, &payload)
							 : call_device(p, q, message, &payload);
	if (status == TSPDM_ERR_BUFFER)
		out->len = payload.len > SIZE_MAX - at ? SIZE_MAX : at + payload.len;
	*written = (struct tspdm_view){ payload.ptr, payload.len };
	return status;
}

enum tspdm_status tspdm_responder_vendor_defined(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_vendor_defined message, answer;
	size_t at = 0;

	TSPDM_TRY(tspdm_read_vendor_defined(q->message, &shape, &message, &q->used));
	if (!tspdm_responder_is_evidence(p, &message)) {
		if (p->session != NULL)
			TSPDM_TRY(tspdm_session_is_open_to_application(p->session));
		if (p->config.device->ops->vendor == NULL)
			return TSPDM_ERR_UNSUPPORTED;
	}
	tspdm_job_begin(p, q);
	answer = (struct tspdm_vendor_defined){
		.is_large = message.is_large, .standard_id = message.standard_id, .vendor_id = message.vendor_id
	};
	TSPDM_TRY(tspdm_responder_own(q, payload_at(&shape, &answer, &at)));
	TSPDM_TRY(write_payload(p, q, &message, at, out, &answer.payload));
	return tspdm_write_vendor_defined(out, &shape, TSPDM_VENDOR_DEFINED_RESPONSE, &answer);
}
