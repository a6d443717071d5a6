/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The jobs that tell the responder something: evidence of this requester, made for the responder's nonce, and an
 * attestation result. docs/profile.md "Session evidence". */
#include <string.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "requester/requester.h"

enum { STAGE_CHALLENGE, STAGE_PRESENT, STAGE_DONE };
enum { EVIDENCE_ITEMS = 2 };

static const char clause[] = "tspdm profile \"Session evidence\"";

void tspdm_requester_cancel_source(struct tspdm_requester *r)
{
	struct asking *a = &r->asking;

	if (a->is_making)
		a->source->ops->end(a->source, a->making);
	a->is_making = false;
	a->making = NULL;
	a->retry_us = 0;
}

/* A responder that does not know these messages, or this one of them, takes nothing. */
static enum tspdm_status refused(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	(void)r;
	return error->code == TSPDM_ERROR_UNSUPPORTED_REQUEST ? TSPDM_ERR_EVIDENCE_REFUSED : TSPDM_ERR_PEER;
}

/* ---- CHALLENGE ---- */

static enum tspdm_status write_challenge(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_evidence_request ask = { .opcode = TSPDM_EVIDENCE_CHALLENGE };

	return tspdm_requester_write_evidence(r, request, &ask);
}

/* Exactly one nonce; items of other types are passed over. */
static enum tspdm_status take_nonce(struct asking *a, struct tspdm_view items)
{
	struct tspdm_evidence_item item;
	unsigned found = 0;

	while (items.len != 0) {
		TSPDM_TRY(tspdm_next_evidence_item(&items, &item));
		if (item.type != TSPDM_ITEM_NONCE)
			continue;
		if (item.value.len != sizeof a->nonce)
			return TSPDM_ERR_FIELD;
		memcpy(a->nonce, item.value.ptr, sizeof a->nonce);
		found++;
	}
	return found == 1 ? TSPDM_OK : TSPDM_ERR_FIELD;
}

static enum tspdm_status read_challenge(struct tspdm_requester *r, struct tspdm_view message)
{
	struct asking *a = &r->asking;
	struct tspdm_evidence_answer answer;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	TSPDM_TRY(tspdm_requester_read_evidence(r, message, &answer));
	TSPDM_TRY(take_nonce(a, answer.items));
	TSPDM_TRY(tspdm_session_bind(r->engine.session, TSPDM_ROLE_REQUESTER,
		(struct tspdm_view){ a->nonce, sizeof a->nonce }, (struct tspdm_view){ a->channel, a->channel_len },
		report_data));
	TSPDM_TRY(a->source->ops->begin(a->source, report_data, &a->making));
	a->is_making = true;
	a->stage = STAGE_PRESENT;
	return TSPDM_OK;
}

/* ---- PRESENT ---- */

/* Called again until the source is done. */
static enum tspdm_status write_present(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct asking *a = &r->asking;
	struct tspdm_evidence_request ask = { .opcode = TSPDM_EVIDENCE_PRESENT };
	struct tspdm_evidence evidence = { .tee = TSPDM_TEE_NONE };
	struct tspdm_evidence_item items[EVIDENCE_ITEMS];
	struct tspdm_buffer bytes;

	TSPDM_TRY(a->source->ops->poll(a->source, a->making, &evidence, &a->retry_us));
	TSPDM_TRY(tspdm_requester_evidence_room(r, request, 0, &bytes));
	ask.item_count = (uint8_t)tspdm_evidence_items(&evidence, items);
	for (unsigned i = 0; i < ask.item_count; i++)
		TSPDM_TRY(tspdm_write_evidence_item(&bytes, items[i].type, items[i].value));
	ask.items = tspdm_buffer_view(&bytes);
	tspdm_requester_cancel_source(r); /* it is in the request now */
	return tspdm_requester_write_evidence(r, request, &ask);
}

static enum tspdm_status read_verdict(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_evidence_answer answer;

	TSPDM_TRY(tspdm_requester_read_evidence(r, message, &answer));
	r->asking.stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange exchanges[] = {
	[STAGE_CHALLENGE] = { TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, true, true, clause,
		write_challenge, read_challenge, refused },
	[STAGE_PRESENT] = { TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, true, true, clause,
		write_present, read_verdict, refused },
};

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->asking.stage < STAGE_DONE ? &exchanges[r->asking.stage] : NULL;
	return TSPDM_OK;
}

static const struct job present_job = { next, tspdm_requester_cancel_source };

static enum tspdm_status check_state(const struct tspdm_requester *r)
{
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	return r->selected_id != 0 ? TSPDM_OK : TSPDM_ERR_SESSION_REQUIRED;
}

enum tspdm_status tspdm_requester_present_evidence(struct tspdm_requester *r, const struct tspdm_present_evidence *job)
{
	if (r == NULL || job == NULL || job->source == NULL)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_state(r));
	r->asking = (struct asking){ .source = job->source };
	TSPDM_TRY(tspdm_requester_take_channel(&r->asking, job->channel));
	return tspdm_requester_begin_evidence(r, &present_job);
}

/* ---- RESULT ---- */

static enum tspdm_status write_result(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_evidence_request ask = { .opcode = TSPDM_EVIDENCE_RESULT, .item_count = 1 };
	const struct tspdm_evidence_item *item = &r->asking.result;
	struct tspdm_buffer bytes;

	TSPDM_TRY(tspdm_requester_evidence_room(r, request, 0, &bytes));
	TSPDM_TRY(tspdm_write_evidence_item(&bytes, item->type, item->value));
	ask.items = tspdm_buffer_view(&bytes);
	return tspdm_requester_write_evidence(r, request, &ask);
}

static const struct exchange result_exchange = { TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, true,
	true, clause, write_result, read_verdict, refused };

static enum tspdm_status next_result(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->asking.stage == STAGE_DONE ? NULL : &result_exchange;
	return TSPDM_OK;
}

static const struct job result_job = { next_result, NULL };

enum tspdm_status tspdm_requester_give_result(struct tspdm_requester *r, uint16_t type, struct tspdm_view value)
{
	if (r == NULL || value.ptr == NULL || value.len == 0 ||
		(type != TSPDM_ITEM_RESULT_JWT && type != TSPDM_ITEM_RESULT_CWT))
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_state(r));
	r->asking = (struct asking){ .result = { type, value } };
	return tspdm_requester_begin_evidence(r, &result_job);
}
