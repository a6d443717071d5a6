/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The evidence messages: what a requester in a session is shown of the device's TEE, and what it shows of its own.
 * docs/profile.md "Session evidence". The report data is computed here, from the session's state: the peer's bytes are the
 * nonce in it and nothing else. */
#include <string.h>

#include <tspdm/evidence_messages.h>
#include <tspdm/secret.h>

#include "base/cursor.h"
#include "responder/responder.h"

enum { VENDOR_ID_LEN = 4, ANSWER_HEAD = 8, ITEM_HEAD = 6, CHANNEL_MAX = 64, MS_US = 1000 };

bool tspdm_responder_is_upkeep(uint8_t code)
{
	switch (code) {
	case TSPDM_VENDOR_DEFINED_REQUEST: /* evidence alone: its handler sees to that */
	case TSPDM_GET_MEASUREMENTS:
	case TSPDM_RESPOND_IF_READY:
	case TSPDM_CHUNK_SEND:
	case TSPDM_CHUNK_GET:
	case TSPDM_HEARTBEAT:
	case TSPDM_KEY_UPDATE:
	case TSPDM_GET_ENCAPSULATED_REQUEST: /* the responder's own KEY_UPDATE */
	case TSPDM_DELIVER_ENCAPSULATED_RESPONSE:
	case TSPDM_END_SESSION:
		return true;
	default:
		return false;
	}
}

enum tspdm_status tspdm_responder_configure_evidence(struct tspdm_responder_config *c)
{
	if (c->evidence_enterprise == 0)
		c->evidence_enterprise = TSPDM_EVIDENCE_ENTERPRISE;
	if (c->channel.len > CHANNEL_MAX || (c->channel.ptr == NULL && c->channel.len != 0) ||
		(c->evidence_items == NULL && c->evidence_item_count != 0) ||
		c->evidence_item_count > TSPDM_EVIDENCE_ITEMS_MAX - 2)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

bool tspdm_responder_is_evidence(const struct tspdm_responder *p, const struct tspdm_vendor_defined *message)
{
	const struct tspdm_responder_config *c = &p->config;
	struct reader id = reader_of(message->vendor_id);

	if (message->standard_id != TSPDM_EVIDENCE_STANDARD || message->vendor_id.len != VENDOR_ID_LEN ||
		read_u32(&id) != c->evidence_enterprise)
		return false;
	if (message->payload.len != 0 && (message->payload.ptr[0] & TSPDM_EVIDENCE_NOT) != 0)
		return false;
	return tspdm_responder_has_evidence(p) || c->presented.judge != NULL || c->presented.result != NULL;
}

/* What is asked for in a session commits to that, as everything there does. */
enum tspdm_status tspdm_responder_bind_measured(
	const struct tspdm_responder *p, const struct tspdm_measurement_binding *binding, uint8_t *report_data)
{
	if (p->session == NULL)
		return tspdm_bind_measurement_evidence(p->config.crypto, binding, report_data);
	return tspdm_session_bind(p->session, TSPDM_ROLE_RESPONDER, binding->nonce, p->config.channel, report_data);
}

/* ---- What is under way ---- */

void tspdm_responder_evidence_drop(struct tspdm_responder *p)
{
	struct evidence_serving *e = &p->evidence;
	struct tspdm_device *device = p->config.device;

	if ((e->pending.job != NULL || e->pending.stage != 0) && device->ops->cancel != NULL)
		device->ops->cancel(device, &e->pending);
	tspdm_wipe(e, sizeof *e);
}

void tspdm_responder_evidence_end(struct tspdm_responder *p, uint32_t session_id)
{
	if (session_id != 0 && p->evidence.session_id == session_id)
		tspdm_responder_evidence_drop(p);
}

/* ---- Answers ---- */

static enum tspdm_status answer_without_items(struct tspdm_responder *p, struct tspdm_buffer *payload, uint8_t opcode,
	uint8_t answer_status, enum tspdm_status reason)
{
	const struct tspdm_evidence_answer answer = { .opcode = opcode, .status = answer_status };

	p->last.status = reason;
	return tspdm_write_evidence_answer(payload, &answer);
}

static bool is_wanted(uint8_t flags, uint16_t type)
{
	if (type == TSPDM_ITEM_SNP_CERTIFICATES)
		return (flags & TSPDM_EVIDENCE_WANT_CERTIFICATES) != 0;
	if (type == TSPDM_ITEM_CCEL)
		return (flags & TSPDM_EVIDENCE_WANT_EVENT_LOG) != 0;
	if (type >= TSPDM_ITEM_TCB_INFO && type <= TSPDM_ITEM_ROOT_CA_CRL)
		return (flags & TSPDM_EVIDENCE_WANT_COLLATERAL) != 0;
	if (type == TSPDM_ITEM_DEVICE_REPORT)
		return (flags & TSPDM_EVIDENCE_WANT_DEVICES) != 0;
	return true;
}

/* Items in their place behind the answer's head; the length counts on where they do not fit. */
struct items {
	struct tspdm_buffer bytes;
	uint8_t count;
};

/* What a payload's 16 bit length has no room for is left out. */
static bool has_room(const struct items *items, size_t value_len)
{
	size_t most = UINT16_MAX - ANSWER_HEAD - ITEM_HEAD;

	return items->bytes.len <= most && value_len <= most - items->bytes.len;
}

static void append(struct items *items, uint8_t flags, const struct tspdm_evidence_item *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(flags, from[i].type) || !has_room(items, from[i].value.len))
			continue;
		(void)!tspdm_write_evidence_item(&items->bytes, from[i].type, from[i].value);
		items->count++;
	}
}

static enum tspdm_status answer_items(struct tspdm_buffer *payload, uint8_t opcode, const struct items *items)
{
	const struct tspdm_evidence_answer answer = {
		.opcode = opcode, .item_count = items->count, .items = { items->bytes.ptr, items->bytes.len }
	};

	if (items->bytes.len > items->bytes.cap) {
		payload->len = items->bytes.len > SIZE_MAX - ANSWER_HEAD ? SIZE_MAX : ANSWER_HEAD + items->bytes.len;
		return TSPDM_ERR_BUFFER;
	}
	return tspdm_write_evidence_answer(payload, &answer);
}

static struct items items_behind_head(const struct tspdm_buffer *payload)
{
	struct items items = { { NULL, 0, 0 }, 0 };

	if (payload->cap > ANSWER_HEAD) {
		items.bytes.ptr = payload->ptr + ANSWER_HEAD;
		items.bytes.cap = payload->cap - ANSWER_HEAD;
	}
	return items;
}

static enum tspdm_status show(
	struct tspdm_responder *p, const struct tspdm_evidence *evidence, struct tspdm_buffer *payload, uint8_t opcode)
{
	struct items items = items_behind_head(payload);
	struct tspdm_evidence_item own[2];
	unsigned count = tspdm_evidence_items(evidence, own);

	if (!has_room(&items, evidence->report.len))
		return TSPDM_ERR_EVIDENCE_SOURCE;
	append(&items, p->evidence.flags, own, count);
	append(&items, p->evidence.flags, p->config.evidence_items, p->config.evidence_item_count);
	return answer_items(payload, opcode, &items);
}

static enum tspdm_status say_pending(uint32_t retry_us, struct tspdm_buffer *payload, uint8_t opcode)
{
	const struct tspdm_evidence_answer answer = {
		.opcode = opcode, .status = TSPDM_EVIDENCE_PENDING, .retry_ms = retry_us / MS_US + 1
	};

	return tspdm_write_evidence_answer(payload, &answer);
}

/* ---- GET, POLL: the requester wants to see evidence ---- */

/* Shown once, and ended then: nothing is kept that could be shown for another nonce, or a second time. */
static enum tspdm_status go_on(struct tspdm_responder *p, struct tspdm_buffer *payload, uint8_t opcode)
{
	struct evidence_serving *e = &p->evidence;
	struct tspdm_device *device = p->config.device;
	struct tspdm_evidence evidence = { .tee = TSPDM_TEE_NONE };
	enum tspdm_status status = device->ops->evidence(device, e->report_data, &evidence, &e->pending);

	if (status == TSPDM_AGAIN)
		return say_pending(e->pending.retry_us, payload, opcode);
	if (status == TSPDM_OK)
		status = show(p, &evidence, payload, opcode);
	else
		status = answer_without_items(p, payload, opcode, TSPDM_EVIDENCE_UNAVAILABLE, status);
	tspdm_responder_evidence_drop(p);
	return status;
}

static enum tspdm_status on_get(struct tspdm_responder *p, struct request *q,
	const struct tspdm_evidence_request *request, struct tspdm_buffer *payload)
{
	struct evidence_serving *e = &p->evidence;

	if (!tspdm_responder_has_evidence(p))
		return answer_without_items(
			p, payload, request->opcode, TSPDM_EVIDENCE_UNAVAILABLE, TSPDM_ERR_EVIDENCE_MISSING);
	if (e->session_id != 0 && e->session_id != p->session->id)
		return TSPDM_ERR_BUSY;
	tspdm_responder_evidence_drop(p);
	TSPDM_TRY(tspdm_responder_own(q, tspdm_session_bind(p->session, TSPDM_ROLE_RESPONDER, request->nonce,
						 p->config.channel, e->report_data)));
	e->session_id = p->session->id;
	e->flags = request->flags;
	memcpy(e->nonce, request->nonce.ptr, sizeof e->nonce);
	return go_on(p, payload, request->opcode);
}

static enum tspdm_status on_poll(
	struct tspdm_responder *p, const struct tspdm_evidence_request *request, struct tspdm_buffer *payload)
{
	const struct evidence_serving *e = &p->evidence;

	if (e->session_id != p->session->id || !tspdm_equal_secret(e->nonce, request->nonce.ptr, sizeof e->nonce))
		return TSPDM_ERR_UNEXPECTED;
	return go_on(p, payload, request->opcode);
}

/* ---- CHALLENGE, PRESENT: the requester is a TEE itself ---- */

static enum tspdm_status on_challenge(
	struct tspdm_responder *p, struct request *q, uint8_t opcode, struct tspdm_buffer *payload)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct session_evidence *e = &p->session->evidence;
	struct items items = items_behind_head(payload);
	struct tspdm_evidence_item nonce = { TSPDM_ITEM_NONCE, { e->challenge, sizeof e->challenge } };

	if (p->config.presented.judge == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->random(crypto, e->challenge, sizeof e->challenge)));
	e->is_challenged = true;
	e->challenged_us = p->now_us;
	append(&items, 0, &nonce, 1);
	return answer_items(payload, opcode, &items);
}

static enum tspdm_status judge(struct tspdm_responder *p, struct request *q, struct tspdm_presented *presented)
{
	const struct tspdm_presented_hook *hook = &p->config.presented;

	TSPDM_TRY(tspdm_responder_own(q, tspdm_session_bind(p->session, TSPDM_ROLE_REQUESTER,
						 (struct tspdm_view){ presented->nonce, sizeof presented->nonce },
						 p->config.channel, presented->report_data)));
	return hook->judge(hook->context, presented);
}

/* A nonce serves one presentation, whatever comes of it. */
static enum tspdm_status on_present(struct tspdm_responder *p, struct request *q,
	const struct tspdm_evidence_request *request, struct tspdm_buffer *payload)
{
	struct session_evidence *e = &p->session->evidence;
	struct tspdm_presented presented = { .session = p->session->id, .items = request->items };
	enum tspdm_status status;

	if (p->config.presented.judge == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (!e->is_challenged)
		return TSPDM_ERR_UNEXPECTED;
	e->is_challenged = false;
	memcpy(presented.nonce, e->challenge, sizeof presented.nonce);
	presented.challenged_us = e->challenged_us;
	tspdm_wipe(e->challenge, sizeof e->challenge);
	if (tspdm_evidence_of_items(request->items, &presented.evidence) != TSPDM_OK)
		return TSPDM_ERR_FIELD;
	status = judge(p, q, &presented);
	if (q->is_own_fault)
		return status;
	e->is_must = status != TSPDM_OK; /* what was accepted earlier no longer counts */
	if (status != TSPDM_OK)
		return answer_without_items(p, payload, request->opcode, TSPDM_EVIDENCE_REFUSED, status);
	return answer_without_items(p, payload, request->opcode, TSPDM_EVIDENCE_OK, TSPDM_OK);
}

/* ---- RESULT ---- */

static enum tspdm_status on_result(
	struct tspdm_responder *p, const struct tspdm_evidence_request *request, struct tspdm_buffer *payload)
{
	const struct tspdm_presented_hook *hook = &p->config.presented;
	enum tspdm_status status;

	if (hook->result == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	status = hook->result(hook->context, p->session->id, request->items);
	return answer_without_items(
		p, payload, request->opcode, status == TSPDM_OK ? TSPDM_EVIDENCE_OK : TSPDM_EVIDENCE_REFUSED, status);
}

enum tspdm_status tspdm_responder_evidence(struct tspdm_responder *p, struct request *q,
	const struct tspdm_vendor_defined *message, struct tspdm_buffer *payload)
{
	struct tspdm_evidence_request request;

	if (p->session == NULL)
		return TSPDM_ERR_SESSION_REQUIRED;
	if (tspdm_read_evidence_request(message->payload, &request) != TSPDM_OK)
		return TSPDM_ERR_FIELD; /* its version is not the connection's: no VersionMismatch */
	switch (request.opcode) {
	case TSPDM_EVIDENCE_GET:
		return on_get(p, q, &request, payload);
	case TSPDM_EVIDENCE_POLL:
		return on_poll(p, &request, payload);
	case TSPDM_EVIDENCE_CHALLENGE:
		return on_challenge(p, q, request.opcode, payload);
	case TSPDM_EVIDENCE_PRESENT:
		return on_present(p, q, &request, payload);
	case TSPDM_EVIDENCE_RESULT:
		return on_result(p, &request, payload);
	default:
		return TSPDM_ERR_FIELD;
	}
}

/* ---- For the caller ---- */

enum tspdm_status tspdm_responder_bind_evidence(const struct tspdm_responder *responder, uint32_t session,
	enum tspdm_role role, struct tspdm_view nonce, struct tspdm_view channel, uint8_t *report_data)
{
	const struct session *s = tspdm_session_find(&responder->sessions, session);

	return s != NULL ? tspdm_session_bind(s, role, nonce, channel, report_data) : TSPDM_ERR_SESSION;
}

enum tspdm_status tspdm_responder_attested(struct tspdm_responder *responder, uint32_t session)
{
	struct session *s = tspdm_session_find(&responder->sessions, session);

	if (s == NULL || s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	s->evidence.is_must = false;
	return TSPDM_OK;
}
