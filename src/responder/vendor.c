/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * VENDOR_DEFINED_REQUEST: evidence is the responder's own affair; the rest is handed to the handler that
 * is registered for its ids, else to the device. */
#include <string.h>

#include "base/config.h"
#include "responder/responder.h"

/* ---- Handlers ---- */

static bool is_for(const struct tspdm_vendor_handler *h, uint16_t standard_id, struct tspdm_view vendor_id)
{
	return h->standard_id == standard_id && h->vendor_id.len == vendor_id.len &&
	       (vendor_id.len == 0 || memcmp(h->vendor_id.ptr, vendor_id.ptr, vendor_id.len) == 0);
}

static const struct tspdm_vendor_handler *find_handler(
	const struct tspdm_responder_config *c, size_t count, uint16_t standard_id, struct tspdm_view vendor_id)
{
	for (size_t i = 0; i < count; i++)
		if (is_for(&c->vendor_handlers[i], standard_id, vendor_id))
			return &c->vendor_handlers[i];
	return NULL;
}

enum tspdm_status tspdm_responder_check_vendors(const struct tspdm_responder_config *c)
{
	if (c->vendor_handler_count != 0 && c->vendor_handlers == NULL)
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = 0; i < c->vendor_handler_count; i++) {
		const struct tspdm_vendor_handler *h = &c->vendor_handlers[i];

		if (h->answer == NULL || h->vendor_id.len > TSPDM_VENDOR_ID_MAX ||
			(h->vendor_id.len != 0 && h->vendor_id.ptr == NULL))
			return TSPDM_ERR_ARGUMENT;
		TSPDM_TRY(tspdm_check_reserved(h->reserved, sizeof h->reserved));
		if (find_handler(c, i, h->standard_id, h->vendor_id) != NULL)
			return TSPDM_ERR_ARGUMENT;
	}
	return TSPDM_OK;
}

void tspdm_responder_cancel_vendor(const struct tspdm_vendor_handler *owner, struct tspdm_pending *pending)
{
	if ((pending->job != NULL || pending->stage != 0) && owner->cancel != NULL)
		owner->cancel(owner->context, pending);
	*pending = (struct tspdm_pending){ 0 };
}

/* ---- The answer ---- */

static bool is_in_session(const struct tspdm_responder *p)
{
	return p->session != NULL && p->session->phase == SESSION_ESTABLISHED;
}

/* NULL: the device, or evidence. What nobody answers gives nothing up that waits. */
static enum tspdm_status choose_owner(const struct tspdm_responder *p, const struct tspdm_vendor_defined *message,
	const struct tspdm_vendor_handler **owner)
{
	const struct tspdm_responder_config *c = &p->config;

	*owner = NULL;
	if (tspdm_responder_is_evidence(p, message))
		return TSPDM_OK;
	if (p->session != NULL)
		TSPDM_TRY(tspdm_session_is_open_to_application(p->session));
	*owner = find_handler(c, c->vendor_handler_count, message->standard_id, message->vendor_id);
	if (*owner == NULL)
		return c->device->ops->vendor != NULL ? TSPDM_OK : TSPDM_ERR_UNSUPPORTED;
	return (*owner)->needs_session && !is_in_session(p) ? TSPDM_ERR_SESSION_REQUIRED : TSPDM_OK;
}

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

static enum tspdm_status call_owner(
	struct tspdm_responder *p, const struct tspdm_vendor_request *request, struct tspdm_buffer *payload)
{
	struct tspdm_device *device = p->config.device;
	const struct tspdm_vendor_handler *owner = p->job.owner;
	struct tspdm_pending *pending = &p->job.answering;

	if (owner != NULL)
		return owner->answer(owner->context, request, payload, pending);
	return device->ops->vendor(device, request, payload, pending);
}

/* What is about the request; everything else is the handler's own trouble. */
static bool is_refusal(enum tspdm_status status)
{
	return status == TSPDM_ERR_UNSUPPORTED || status == TSPDM_ERR_FIELD || status == TSPDM_ERR_UNEXPECTED ||
	       status == TSPDM_ERR_SESSION_REQUIRED || status == TSPDM_ERR_BUSY || status == TSPDM_ERR_BUFFER;
}

static enum tspdm_status call(struct tspdm_responder *p, struct request *q, const struct tspdm_vendor_defined *message,
	struct tspdm_buffer *payload)
{
	const struct tspdm_vendor_request request = { .standard_id = message->standard_id,
		.vendor_id = message->vendor_id,
		.payload = message->payload,
		.session = is_in_session(p) ? p->session->id : 0 };
	enum tspdm_status status;

	status = call_owner(p, &request, payload);
	return is_refusal(status) ? status : tspdm_job_note(p, q, status, &p->job.answering);
}

/* The handler writes the payload in its place, behind what comes before it; a length that does not fit counts on. */
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
							 : call(p, q, message, &payload);
	if (status == TSPDM_ERR_BUFFER)
		out->len = payload.len > SIZE_MAX - at ? SIZE_MAX : at + payload.len;
	*written = (struct tspdm_view){ payload.ptr, payload.len };
	return status;
}

enum tspdm_status tspdm_responder_vendor_defined(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct tspdm_vendor_handler *owner;
	struct tspdm_vendor_defined message, answer;
	size_t at = 0;

	TSPDM_TRY(tspdm_read_vendor_defined(q->message, &shape, &message, &q->used));
	TSPDM_TRY(choose_owner(p, &message, &owner));
	tspdm_job_begin(p, q);
	p->job.owner = owner;
	answer = (struct tspdm_vendor_defined){
		.is_large = message.is_large, .standard_id = message.standard_id, .vendor_id = message.vendor_id
	};
	TSPDM_TRY(tspdm_responder_own(q, payload_at(&shape, &answer, &at)));
	TSPDM_TRY(write_payload(p, q, &message, at, out, &answer.payload));
	return tspdm_write_vendor_defined(out, &shape, TSPDM_VENDOR_DEFINED_RESPONSE, &answer);
}
