/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_MEASUREMENTS: blocks from the device, and fresh TEE evidence as block 0xFD. */
#include "responder/responder.h"

enum {
	RECORD_AT = 8,      /* of MeasurementRecordData in MEASUREMENTS: blocks are written in their place */
	BLOCK_VALUE_AT = 7, /* of the value in a block */
	BLOCK_VALUE_MAX = 65532,
	RECORD_MAX = 0xFFFFFF,
	NO_SLOT = 0,
};

/* A request with what it leads to. */
struct asked {
	struct tspdm_get_measurements request;
	struct tspdm_slot slot; /* where it is to be signed */
	const struct tspdm_block *blocks;
	size_t block_count;
	bool has_fresh; /* block 0xFD is fresh evidence */
};

/* What writing blocks needs; counts them. */
struct record {
	struct tspdm_buffer bytes;
	unsigned count;
};

/* SlotIDParam has four bits; what they cannot name is no slot. */
static unsigned slot_of(uint8_t slot_param)
{
	return slot_param == TSPDM_SLOT_PARAM_PUBLIC_KEY ? TSPDM_SLOT_PUBLIC_KEY : slot_param;
}

static enum tspdm_status check_request(struct tspdm_responder *p, struct request *q, struct asked *a)
{
	const struct connection *c = &p->connection;
	uint8_t operation = a->request.operation;

	if (c->selected.measurement_specification == 0)
		return TSPDM_ERR_UNEXPECTED;
	if (operation > 0xEF && operation < TSPDM_INDEX_MANIFEST) /* reserved */
		return TSPDM_ERR_FIELD;
	if (!a->request.is_signed)
		return TSPDM_OK;
	if ((c->own_flags & TSPDM_CAP_MEAS_MASK) != TSPDM_CAP_MEAS_SIG)
		return TSPDM_ERR_FIELD;
	return tspdm_responder_slot(p, q, slot_of(a->request.slot), &a->slot);
}

/* Evidence is shown raw only if it is bound to the nonce of this very request. Before 1.2 a requester cannot ask for a form,
 * and the responder chooses: a block that exists fresh is shown so. */
static bool wants_evidence(const struct tspdm_responder *p, const struct tspdm_get_measurements *request)
{
	bool is_raw = request->is_raw || p->connection.version < TSPDM_V12;

	if (!request->is_signed || !is_raw || !tspdm_responder_has_evidence(p))
		return false;
	return request->operation == TSPDM_INDEX_MANIFEST ||
	       (request->operation == TSPDM_MEASUREMENT_ALL && p->config.evidence_in_all);
}

/* Asks for evidence once; what came stays in the job while the rest of the response is not ready. */
static enum tspdm_status make_evidence(struct tspdm_responder *p, struct request *q, const struct asked *a)
{
	struct tspdm_device *device = p->config.device;
	struct job *job = &p->job;
	const struct tspdm_measurement_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = p->connection.version,
		.slot = a->request.slot,
		.spki = a->slot.spki,
		.nonce = a->request.nonce,
	};
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];

	if (job->has_evidence)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_responder_own(q, tspdm_responder_bind_measured(p, &binding, report_data)));
	TSPDM_TRY(tspdm_job_note(
		p, q, device->ops->evidence(device, report_data, &job->evidence, &job->answering), &job->answering));
	job->has_evidence = true;
	return TSPDM_OK;
}

/* The value is written in its place first, then the block around it. */
static enum tspdm_status append_evidence(struct tspdm_responder *p, struct request *q, struct record *record)
{
	struct tspdm_buffer *bytes = &record->bytes;
	struct tspdm_buffer value = { NULL, 0, 0 };
	enum tspdm_status status;

	if (bytes->len < bytes->cap && bytes->cap - bytes->len > BLOCK_VALUE_AT) {
		value.ptr = bytes->ptr + bytes->len + BLOCK_VALUE_AT;
		value.cap = bytes->cap - bytes->len - BLOCK_VALUE_AT;
	}
	status = tspdm_write_evidence(&value, &p->job.evidence);
	if (status != TSPDM_ERR_BUFFER)
		TSPDM_TRY(tspdm_responder_own(q, status));
	if (value.len > BLOCK_VALUE_MAX)
		return tspdm_responder_own(q, TSPDM_ERR_MEASUREMENT);
	record->count++;
	status = tspdm_write_block(bytes, TSPDM_INDEX_MANIFEST, TSPDM_MEASUREMENT_MANIFEST | TSPDM_MEASUREMENT_RAW,
		(struct tspdm_view){ value.ptr, value.len });
	return status == TSPDM_ERR_BUFFER ? TSPDM_OK : status; /* the length counts on, and tells in the end */
}

static enum tspdm_status append_block(struct tspdm_responder *p, struct request *q, const struct tspdm_block *block,
	bool is_raw, struct record *record)
{
	struct shown_block shown;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_responder_show_block(p, q, block, is_raw, &shown));
	record->count++;
	status = tspdm_write_block(&record->bytes, shown.index, shown.type, shown.value);
	return status == TSPDM_ERR_BUFFER ? TSPDM_OK : status;
}

/* What a device with evidence lists as 0xFD is about its identity and not fresh: never shown raw. */
static bool must_be_digest(const struct tspdm_responder *p, const struct tspdm_block *block)
{
	return block->index == TSPDM_INDEX_MANIFEST && tspdm_responder_has_evidence(p);
}

static bool is_hidden(const struct tspdm_responder *p, const struct tspdm_block *block)
{
	size_t digest_len = tspdm_connection_shape(&p->connection).measurement_hash_len;

	if (!must_be_digest(p, block))
		return false;
	return digest_len == 0 || (block->form == TSPDM_BLOCK_DIGEST && block->value.len != digest_len);
}

static enum tspdm_status append_listed(struct tspdm_responder *p, struct request *q, const struct tspdm_block *block,
	bool is_raw, struct record *record)
{
	struct tspdm_block digest = *block;

	if (is_hidden(p, block))
		return TSPDM_OK;
	if (!must_be_digest(p, block))
		return append_block(p, q, block, is_raw, record);
	if (digest.form != TSPDM_BLOCK_DIGEST)
		digest.form = TSPDM_BLOCK_RAW_OR_DIGEST;
	return append_block(p, q, &digest, false, record);
}

static bool is_asked_for(uint8_t operation, uint8_t index)
{
	return operation == TSPDM_MEASUREMENT_ALL || operation == index;
}

/* The blocks that an operation asks for, ascending; fresh evidence stands where 0xFD stands. */
static enum tspdm_status append_blocks(
	struct tspdm_responder *p, struct request *q, const struct asked *a, uint8_t operation, struct record *record)
{
	bool is_pending = a->has_fresh && is_asked_for(operation, TSPDM_INDEX_MANIFEST);

	for (size_t i = 0; i < a->block_count; i++) {
		const struct tspdm_block *block = &a->blocks[i];

		if (is_pending && block->index >= TSPDM_INDEX_MANIFEST) {
			TSPDM_TRY(append_evidence(p, q, record));
			is_pending = false;
		}
		if (!is_asked_for(operation, block->index) || (a->has_fresh && block->index == TSPDM_INDEX_MANIFEST))
			continue;
		TSPDM_TRY(append_listed(p, q, block, a->request.is_raw, record));
	}
	return is_pending ? append_evidence(p, q, record) : TSPDM_OK;
}

/* The number of blocks is what "all" would show for the same attributes. No evidence is made to count it. */
static uint8_t count_blocks(const struct tspdm_responder *p, const struct asked *a)
{
	struct tspdm_get_measurements all = a->request;
	unsigned count = 0;
	bool has_fresh;

	all.operation = TSPDM_MEASUREMENT_ALL;
	has_fresh = wants_evidence(p, &all);
	for (size_t i = 0; i < a->block_count; i++)
		if (!(has_fresh && a->blocks[i].index == TSPDM_INDEX_MANIFEST) && !is_hidden(p, &a->blocks[i]))
			count++;
	return (uint8_t)(count + (has_fresh ? 1 : 0));
}

static enum tspdm_status write_unsigned(
	struct tspdm_responder *p, struct request *q, const struct asked *a, struct tspdm_buffer *out)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	uint8_t nonce[TSPDM_NONCE_LEN];
	struct record record = { { NULL, 0, 0 }, 0 };
	struct tspdm_measurements m = {
		.slot = a->request.is_signed ? a->request.slot : NO_SLOT,
		.nonce = { nonce, sizeof nonce },
		.requester_context = a->request.requester_context,
	};

	if (out->cap > RECORD_AT) {
		record.bytes.ptr = out->ptr + RECORD_AT;
		record.bytes.cap = out->cap - RECORD_AT;
	}
	if (a->request.operation == TSPDM_MEASUREMENT_COUNT) {
		m.total = count_blocks(p, a);
	} else {
		TSPDM_TRY(append_blocks(p, q, a, a->request.operation, &record));
		if (record.count == 0 && a->request.operation != TSPDM_MEASUREMENT_ALL)
			return TSPDM_ERR_MEASUREMENT;
		if (record.bytes.len > RECORD_MAX)
			return tspdm_responder_own(q, TSPDM_ERR_MEASUREMENT);
	}
	TSPDM_TRY(tspdm_responder_own(q, crypto->ops->random(crypto, nonce, sizeof nonce)));
	shape.is_signed = a->request.is_signed;
	m.block_count = (uint8_t)record.count;
	m.record = (struct tspdm_view){ record.bytes.ptr, record.bytes.len };
	return tspdm_write_measurements(out, &shape, &m);
}

static enum tspdm_status finish_signed(
	struct tspdm_responder *p, struct request *q, const struct asked *a, struct tspdm_buffer *out)
{
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_responder_signature_room(p, out));
	TSPDM_TRY(tspdm_responder_own(q, tspdm_transcript_measurements(&p->connection.transcript, request_bytes(q),
						 tspdm_buffer_view(out), digest)));
	return tspdm_responder_sign(p, q, SIGNING_MEASUREMENTS, a->slot.signer, digest, out);
}

enum tspdm_status tspdm_responder_measurements(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct asked a = { .blocks = NULL };
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_get_measurements(q->message, &shape, &a.request, &q->used));
	TSPDM_TRY(check_request(p, q, &a));
	tspdm_job_begin(p, q);
	a.has_fresh = wants_evidence(p, &a.request);
	if (a.has_fresh) /* before measuring: its list is good until the next call on the device */
		TSPDM_TRY(make_evidence(p, q, &a));
	TSPDM_TRY(tspdm_responder_measure(p, q, &a.blocks, &a.block_count));
	status = write_unsigned(p, q, &a, out);
	if (status == TSPDM_ERR_BUFFER && a.request.is_signed) /* the size is told with the signature */
		return tspdm_responder_signature_room(p, out);
	TSPDM_TRY(status);
	if (a.request.is_signed)
		return finish_signed(p, q, &a, out);
	return tspdm_responder_own(q, tspdm_transcript_l(&c->transcript, request_bytes(q), tspdm_buffer_view(out)));
}
