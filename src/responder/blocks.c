/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Measurement blocks: the device's list, the form in which each is shown, the summary hash. */
#include <string.h>

#include "core/chain.h"
#include "responder/responder.h"

enum {
	BLOCK_HEAD_LEN =
		7, /* Index, MeasurementSpecification, MeasurementSize; type and size of the DMTF measurement */
	BLOCK_VALUE_MAX = 65532,
};

static bool is_index_assigned(uint8_t index)
{
	return (index >= 0x01 && index <= 0xEF) || index == TSPDM_INDEX_MANIFEST || index == TSPDM_INDEX_DEVICE_MODE;
}

/* A list that no message can carry is the device's fault, not the request's. */
static enum tspdm_status check_list(const struct tspdm_block *blocks, size_t count)
{
	unsigned previous = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_index_assigned(blocks[i].index) || blocks[i].index <= previous ||
			blocks[i].value.len > BLOCK_VALUE_MAX || (blocks[i].type & TSPDM_MEASUREMENT_RAW) != 0)
			return TSPDM_ERR_MEASUREMENT;
		previous = blocks[i].index;
	}
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_measure(
	struct tspdm_responder *p, struct request *q, const struct tspdm_block **blocks, size_t *count)
{
	struct tspdm_device *device = p->config.device;
	struct tspdm_pending *pending = &p->job.measuring;

	*blocks = NULL;
	*count = 0;
	if (device->ops->measure == NULL)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_job_note(p, q, device->ops->measure(device, blocks, count, pending), pending));
	return tspdm_responder_own(q, check_list(*blocks, *count));
}

enum tspdm_status tspdm_responder_show_block(struct tspdm_responder *p, struct request *q,
	const struct tspdm_block *block, bool is_raw, struct shown_block *out)
{
	size_t digest_len = tspdm_connection_shape(&p->connection).measurement_hash_len;
	bool is_digest_already = block->form == TSPDM_BLOCK_DIGEST && block->value.len == digest_len;
	bool is_hashed = block->form == TSPDM_BLOCK_RAW_OR_DIGEST && !is_raw && digest_len != 0;

	out->index = block->index;
	out->value = block->value;
	out->type = block->type;
	if (is_hashed) {
		out->value = (struct tspdm_view){ out->digest, digest_len };
		return tspdm_responder_own(
			q, tspdm_digest(p->config.crypto, p->measurement_hash, block->value, out->digest));
	}
	if (!is_digest_already)
		out->type |= TSPDM_MEASUREMENT_RAW;
	return TSPDM_OK;
}

/* Hashes a block as it would stand in a record, without a copy of its value. */
static enum tspdm_status hash_block(
	struct tspdm_crypto *crypto, struct tspdm_hash *hash, const struct shown_block *block)
{
	uint8_t room[BLOCK_HEAD_LEN];
	struct tspdm_buffer head = { room, sizeof room, 0 };
	enum tspdm_status status = tspdm_write_block(&head, block->index, block->type, block->value);

	/* the value is counted and left out: there is room for the head only */
	if (status != TSPDM_ERR_BUFFER && status != TSPDM_OK)
		return status;
	TSPDM_TRY(crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ room, sizeof room }));
	return crypto->ops->hash_update(crypto, hash, block->value);
}

enum tspdm_status tspdm_responder_summary(
	struct tspdm_responder *p, struct request *q, uint8_t summary_type, uint8_t *digest)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct tspdm_hash *hash = p->connection.transcript.scratch;
	const struct tspdm_block *blocks;
	size_t count, hashed = 0;

	TSPDM_TRY(tspdm_responder_measure(p, q, &blocks, &count));
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->hash_reset(crypto, hash)));
	for (size_t i = 0; i < count; i++) {
		struct shown_block shown;

		if (summary_type == TSPDM_SUMMARY_TCB && !blocks[i].is_tcb)
			continue;
		TSPDM_TRY(tspdm_responder_show_block(p, q, &blocks[i], false, &shown));
		TSPDM_TRY(tspdm_responder_own(q, hash_block(crypto, hash, &shown)));
		hashed++;
	}
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->hash_final(crypto, hash, digest)));
	if (hashed == 0) /* "if there are no measurable components, this field shall be 0" */
		memset(digest, 0, TSPDM_HASH_MAX);
	return TSPDM_OK;
}
