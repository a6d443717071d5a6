/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The vendor-defined evidence messages, docs/profile.md section 6. */
#include <tspdm/evidence_messages.h>
#include <tspdm/spdm.h>

#include "base/cursor.h"

/* What an opcode has: a nonce and items in the request, items in the answer. */
static const struct opcode {
	uint8_t opcode;
	bool has_nonce, has_items, is_answered_with_items;
} opcodes[] = {
	{ TSPDM_EVIDENCE_GET, true, false, true },
	{ TSPDM_EVIDENCE_POLL, true, false, true },
	{ TSPDM_EVIDENCE_RESULT, false, true, false },
	{ TSPDM_EVIDENCE_CHALLENGE, false, false, true },
	{ TSPDM_EVIDENCE_PRESENT, false, true, false },
};

static const struct opcode *opcode_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof opcodes / sizeof opcodes[0]; i++)
		if (opcodes[i].opcode == code)
			return &opcodes[i];
	return NULL;
}

/* Flags that are not known are left for later versions: a responder passes over them. */
static enum tspdm_status check_request(const struct tspdm_evidence_request *request)
{
	const struct opcode *opcode = opcode_of(request->opcode);

	if (opcode == NULL || request->nonce.len != (opcode->has_nonce ? TSPDM_NONCE_LEN : 0U) ||
		(request->item_count != 0) != opcode->has_items)
		return TSPDM_ERR_FIELD;
	return TSPDM_OK;
}

static enum tspdm_status check_answer(const struct tspdm_evidence_answer *answer)
{
	const struct opcode *opcode = opcode_of(answer->opcode);
	bool is_pending = answer->status == TSPDM_EVIDENCE_PENDING;

	if (opcode == NULL || answer->status > TSPDM_EVIDENCE_REFUSED || (answer->retry_ms != 0 && !is_pending))
		return TSPDM_ERR_FIELD;
	if (is_pending && answer->opcode != TSPDM_EVIDENCE_GET && answer->opcode != TSPDM_EVIDENCE_POLL)
		return TSPDM_ERR_FIELD;
	if ((answer->item_count != 0) != (answer->status == TSPDM_EVIDENCE_OK && opcode->is_answered_with_items))
		return TSPDM_ERR_FIELD;
	return TSPDM_OK;
}

/* Exactly `count` items, and nothing behind them. */
static enum tspdm_status read_items(struct reader *r, unsigned count, struct tspdm_view *out)
{
	struct tspdm_view left;
	struct tspdm_evidence_item item;

	if (count > TSPDM_EVIDENCE_ITEMS_MAX)
		return TSPDM_ERR_FIELD;
	*out = left = read_view(r, r->left);
	for (unsigned i = 0; i < count; i++)
		TSPDM_TRY(tspdm_next_evidence_item(&left, &item));
	if (left.len != 0)
		return TSPDM_ERR_TRAILING;
	return read_end(r);
}

enum tspdm_status tspdm_read_evidence_request(struct tspdm_view payload, struct tspdm_evidence_request *out)
{
	struct reader r = reader_of(payload);
	uint8_t version = read_u8(&r);

	*out = (struct tspdm_evidence_request){ 0 };
	out->opcode = read_u8(&r);
	out->flags = read_u8(&r);
	out->nonce = read_view(&r, read_u8(&r));
	out->item_count = read_u8(&r);
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	if (version != TSPDM_EVIDENCE_MESSAGE_VERSION)
		return TSPDM_ERR_VERSION;
	TSPDM_TRY(check_request(out));
	return read_items(&r, out->item_count, &out->items);
}

enum tspdm_status tspdm_read_evidence_answer(struct tspdm_view payload, struct tspdm_evidence_answer *out)
{
	struct reader r = reader_of(payload);
	uint8_t version = read_u8(&r);

	*out = (struct tspdm_evidence_answer){ 0 };
	out->opcode = read_u8(&r);
	out->status = read_u8(&r);
	out->item_count = read_u8(&r);
	out->retry_ms = read_u32(&r);
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	if (version != TSPDM_EVIDENCE_MESSAGE_VERSION)
		return TSPDM_ERR_VERSION;
	TSPDM_TRY(check_answer(out));
	return read_items(&r, out->item_count, &out->items);
}

enum tspdm_status tspdm_next_evidence_item(struct tspdm_view *items, struct tspdm_evidence_item *out)
{
	struct reader r = reader_of(*items);

	out->type = read_u16(&r);
	out->value = read_view(&r, read_u32(&r));
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	*items = (struct tspdm_view){ r.next, r.left };
	return TSPDM_OK;
}

/* What is written must be what can be read: one rule for both. */
static enum tspdm_status check_items(struct tspdm_view items, unsigned count)
{
	struct reader r = reader_of(items);
	struct tspdm_view unused;

	return read_items(&r, count, &unused) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

enum tspdm_status tspdm_write_evidence_request(struct tspdm_buffer *out, const struct tspdm_evidence_request *request)
{
	if (check_request(request) != TSPDM_OK || (request->flags & ~TSPDM_EVIDENCE_WANT_ALL) != 0)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_items(request->items, request->item_count));
	write_u8(out, TSPDM_EVIDENCE_MESSAGE_VERSION);
	write_u8(out, request->opcode);
	write_u8(out, request->flags);
	write_u8(out, (uint8_t)request->nonce.len);
	write_view(out, request->nonce);
	write_u8(out, request->item_count);
	write_view(out, request->items);
	return write_end(out);
}

enum tspdm_status tspdm_write_evidence_answer(struct tspdm_buffer *out, const struct tspdm_evidence_answer *answer)
{
	if (check_answer(answer) != TSPDM_OK)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(check_items(answer->items, answer->item_count));
	write_u8(out, TSPDM_EVIDENCE_MESSAGE_VERSION);
	write_u8(out, answer->opcode);
	write_u8(out, answer->status);
	write_u8(out, answer->item_count);
	write_u32(out, answer->retry_ms);
	write_view(out, answer->items);
	return write_end(out);
}

enum tspdm_status tspdm_write_evidence_item(struct tspdm_buffer *out, uint16_t type, struct tspdm_view value)
{
	if (value.len > UINT32_MAX)
		return TSPDM_ERR_ARGUMENT;
	write_u16(out, type);
	write_u32(out, (uint32_t)value.len);
	write_view(out, value);
	return write_end(out);
}

static uint16_t type_of(enum tspdm_tee tee)
{
	if (tee == TSPDM_TEE_SEV_SNP)
		return TSPDM_ITEM_SNP_REPORT;
	return tee == TSPDM_TEE_TDX ? TSPDM_ITEM_TDX_QUOTE : TSPDM_ITEM_SGX_QUOTE;
}

unsigned tspdm_evidence_items(const struct tspdm_evidence *evidence, struct tspdm_evidence_item items[2])
{
	items[0] = (struct tspdm_evidence_item){ type_of(evidence->tee), evidence->report };
	items[1] = (struct tspdm_evidence_item){ TSPDM_ITEM_SNP_CERTIFICATES, evidence->certificates };
	return evidence->certificates.len != 0 ? 2 : 1;
}

static enum tspdm_tee tee_of(uint16_t type)
{
	switch (type) {
	case TSPDM_ITEM_SNP_REPORT:
		return TSPDM_TEE_SEV_SNP;
	case TSPDM_ITEM_TDX_QUOTE:
		return TSPDM_TEE_TDX;
	case TSPDM_ITEM_SGX_QUOTE:
		return TSPDM_TEE_SGX;
	default:
		return TSPDM_TEE_NONE;
	}
}

enum tspdm_status tspdm_evidence_of_items(struct tspdm_view items, struct tspdm_evidence *out)
{
	struct tspdm_evidence_item item;

	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_NONE };
	while (items.len != 0) {
		enum tspdm_tee tee;

		if (tspdm_next_evidence_item(&items, &item) != TSPDM_OK)
			return TSPDM_ERR_EVIDENCE_FORM;
		tee = tee_of(item.type);
		if (tee != TSPDM_TEE_NONE && out->tee != TSPDM_TEE_NONE)
			return TSPDM_ERR_EVIDENCE_FORM;
		if (tee != TSPDM_TEE_NONE) {
			out->tee = tee;
			out->report = item.value;
		}
		if (item.type == TSPDM_ITEM_SNP_CERTIFICATES)
			out->certificates = item.value;
	}
	if (out->tee != TSPDM_TEE_SEV_SNP && out->certificates.len != 0)
		return out->tee == TSPDM_TEE_NONE ? TSPDM_ERR_EVIDENCE_MISSING : TSPDM_ERR_EVIDENCE_FORM;
	return out->tee != TSPDM_TEE_NONE ? TSPDM_OK : TSPDM_ERR_EVIDENCE_MISSING;
}
