/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that measures: GET_MEASUREMENTS at once, or as a series whose last request asks for the signature over all of
 * L1/L2. An ERROR empties L1/L2 on both sides, so a series that met one begins again. */
#include <string.h>

#include "core/signing.h"
#include "requester/requester.h"

enum { RESTARTS_MAX = 3, INDEX_LAST = 0xFE };

static const char clause[] = "DSP0274 1.2 \"MEASUREMENTS response\"";
static const char block_clause[] = "DSP0274 1.2 \"Measurement block\"";

static bool is_present(const struct measuring *m, unsigned index)
{
	return (m->present[index / 8] & 1U << index % 8) != 0;
}

/* ---- One exchange ---- */

/* SlotIDParam has four bits: the provisioned key's 0xFF is 0xF there. */
static uint8_t slot_param(const struct tspdm_requester *r)
{
	return r->identity.slot & TSPDM_SLOT_PARAM_PUBLIC_KEY;
}

static enum tspdm_status write_get_measurements(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct measuring *m = &r->measuring;
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_get_measurements ask = {
		.is_signed = m->is_signed,
		.is_raw = m->job.is_raw,
		.operation = m->operation,
		.slot = slot_param(r),
		.nonce = { r->measured.nonce, sizeof r->measured.nonce },
	};

	if (m->is_signed)
		TSPDM_TRY(r->config.crypto->ops->random(r->config.crypto, r->measured.nonce, sizeof r->measured.nonce));
	return tspdm_write_get_measurements(request, &shape, &ask);
}

static enum tspdm_status check_block(
	const struct tspdm_requester *r, const struct tspdm_measurement_block *block, unsigned last_index)
{
	size_t digest_len = tspdm_algorithm_size(TSPDM_KIND_MEASUREMENT_HASH, r->c.selected.measurement_hash);

	if (block->specification != r->c.selected.measurement_specification)
		return TSPDM_ERR_MEASUREMENT;
	if (block->index == 0 || block->index > INDEX_LAST || block->index <= last_index)
		return TSPDM_ERR_MEASUREMENT;
	if ((block->type & TSPDM_MEASUREMENT_RAW) == 0 && block->value.len != digest_len)
		return TSPDM_ERR_MEASUREMENT;
	return TSPDM_OK;
}

/* The blocks: as many as told, ascending, of the selected specification, and the one that was asked for. */
static enum tspdm_status check_record(struct tspdm_requester *r, const struct tspdm_measurements *answer)
{
	struct tspdm_view rest = answer->record;
	struct tspdm_measurement_block block = { 0 };

	for (unsigned i = 0; i < answer->block_count; i++) {
		unsigned last_index = block.index;
		enum tspdm_status status = tspdm_next_block(&rest, &block);

		if (status == TSPDM_OK)
			status = check_block(r, &block, last_index);
		if (status != TSPDM_OK)
			return tspdm_requester_broken(r, status, block_clause, block.index);
	}
	if (rest.len != 0)
		return tspdm_requester_broken(r, TSPDM_ERR_TRAILING, block_clause, block.index);
	return TSPDM_OK;
}

static enum tspdm_status check_answer(struct tspdm_requester *r, const struct tspdm_measurements *answer)
{
	const struct measuring *m = &r->measuring;
	bool is_single = m->operation != TSPDM_MEASUREMENT_COUNT && m->operation != TSPDM_MEASUREMENT_ALL;

	/* GET_MEASUREMENTS of 1.0 names no slot, and the response has a reserved byte there */
	if (m->is_signed && r->c.version >= TSPDM_V11 && answer->slot != slot_param(r))
		return TSPDM_ERR_SLOT;
	if (!tspdm_requester_opaque_ok(r, answer->opaque))
		return TSPDM_ERR_LENGTH;
	if (m->operation == TSPDM_MEASUREMENT_COUNT && (answer->block_count != 0 || answer->record.len != 0))
		return TSPDM_ERR_MEASUREMENT;
	if (is_single && answer->block_count != 1)
		return TSPDM_ERR_MEASUREMENT;
	TSPDM_TRY(check_record(r, answer));
	if (is_single && answer->record.ptr[0] != m->operation)
		return TSPDM_ERR_MEASUREMENT;
	return TSPDM_OK;
}

/* L1/L2, and the signature where one was asked for. */
static enum tspdm_status check_signature(
	struct tspdm_requester *r, struct tspdm_view message, const struct tspdm_measurements *answer)
{
	struct transcript *t = &r->c.transcript;
	struct tspdm_view body = { message.ptr, message.len - answer->signature.len };
	uint8_t digest[TSPDM_HASH_MAX];

	if (r->c.selected.base_hash == 0) /* a responder that signs nothing at all: no transcript either */
		return TSPDM_OK;
	TSPDM_TRY(tspdm_transcript_l(t, tspdm_requester_request(r), body));
	if (!r->measuring.is_signed)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_transcript_l_digest(t, digest));
	TSPDM_TRY(tspdm_transcript_reset_l(t));
	TSPDM_TRY(tspdm_requester_verify(r, SIGNING_MEASUREMENTS, digest, answer->signature));
	r->measured.is_verified = true;
	return TSPDM_OK;
}

static enum tspdm_status keep(struct tspdm_requester *r, const struct tspdm_measurements *answer)
{
	struct measuring *m = &r->measuring;

	if (m->operation == TSPDM_MEASUREMENT_COUNT) {
		r->measured.total = answer->total;
		m->is_counted = true;
		return TSPDM_OK;
	}
	if (answer->record.len > m->record.cap - m->record.len)
		return TSPDM_ERR_BUFFER;
	if (answer->record.len != 0)
		memcpy(m->record.ptr + m->record.len, answer->record.ptr, answer->record.len);
	m->record.len += answer->record.len;
	m->found = (uint8_t)(m->found + answer->block_count);
	if (m->operation != TSPDM_MEASUREMENT_ALL)
		m->present[m->operation / 8] |= (uint8_t)(1U << m->operation % 8);
	return TSPDM_OK;
}

static enum tspdm_status read_measurements(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_measurements answer;
	size_t used;

	shape.is_signed = r->measuring.is_signed;
	TSPDM_TRY(tspdm_read_measurements(message, &shape, &answer, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(check_answer(r, &answer));
	TSPDM_TRY(check_signature(r, message, &answer));
	TSPDM_TRY(keep(r, &answer));
	r->measured.content_changed = answer.content_changed;
	r->measured.slot = r->c.version >= TSPDM_V11 ? answer.slot : 0;
	r->measured.session = r->engine.session != NULL ? r->engine.session->id : 0;
	return TSPDM_OK;
}

static enum tspdm_status refused(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	struct measuring *m = &r->measuring;

	/* while the indices are being found out, one that does not exist is no failure */
	if (!m->job.one_by_one || m->is_mapped || m->operation == TSPDM_MEASUREMENT_COUNT ||
		m->operation >= INDEX_LAST || error->code != TSPDM_ERROR_INVALID_REQUEST)
		return TSPDM_ERR_PEER;
	return TSPDM_OK;
}

static const struct exchange measurements_exchange = { TSPDM_GET_MEASUREMENTS, TSPDM_MEASUREMENTS, true, true, clause,
	write_get_measurements, read_measurements, refused };

/* ---- At once ---- */

static void finish(struct tspdm_requester *r)
{
	struct measuring *m = &r->measuring;

	m->is_done = true;
	r->measured.record = tspdm_buffer_view(&m->record);
	if (m->job.operation != TSPDM_MEASUREMENT_COUNT && !m->is_counted)
		r->measured.total = m->found;
}

static enum tspdm_status next_at_once(struct tspdm_requester *r, const struct exchange **exchange)
{
	struct measuring *m = &r->measuring;

	if (r->engine.exchange != NULL) {
		finish(r);
		return TSPDM_OK;
	}
	m->operation = m->job.operation;
	m->is_signed = m->job.is_signed;
	*exchange = &measurements_exchange;
	return TSPDM_OK;
}

/* ---- One by one ---- */

static enum tspdm_status restart(struct tspdm_requester *r)
{
	struct measuring *m = &r->measuring;

	if (m->restarts++ >= RESTARTS_MAX)
		return tspdm_requester_broken(r, TSPDM_ERR_MEASUREMENT, clause, 0);
	m->found = 0;
	m->is_counted = false; /* the number of blocks has to be under the signature, too */
	m->record.len = 0;
	m->resets_seen = r->engine.log_resets;
	return TSPDM_OK;
}

/* The index to ask for after the last one; 0 where there is none left. */
static unsigned next_index(const struct measuring *m)
{
	unsigned index = m->operation + 1U;

	while (m->is_mapped && index <= INDEX_LAST && !is_present(m, index))
		index++;
	return index <= INDEX_LAST ? index : 0;
}

static enum tspdm_status ask_index(struct tspdm_requester *r)
{
	struct measuring *m = &r->measuring;
	unsigned index = next_index(m);

	if (index == 0)
		return tspdm_requester_broken(r, TSPDM_ERR_MEASUREMENT, clause, 0);
	m->operation = (uint8_t)index;
	m->is_signed = m->job.is_signed && m->found + 1 == r->measured.total;
	return TSPDM_OK;
}

static enum tspdm_status ask_count(struct tspdm_requester *r)
{
	r->measuring.operation = TSPDM_MEASUREMENT_COUNT;
	r->measuring.is_signed = false;
	return TSPDM_OK;
}

/* A series is the count and then each block, all of it in one L1/L2. */
static enum tspdm_status next_one_by_one(struct tspdm_requester *r, const struct exchange **exchange)
{
	struct measuring *m = &r->measuring;

	*exchange = &measurements_exchange;
	if (!m->is_counted)
		return ask_count(r);
	if (m->found != r->measured.total)
		return ask_index(r);
	m->is_mapped = true;
	if (m->resets_seen != r->engine.log_resets && m->job.is_signed) {
		TSPDM_TRY(restart(r));
		return ask_count(r);
	}
	finish(r);
	*exchange = NULL;
	return TSPDM_OK;
}

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	if (r->measuring.job.one_by_one && r->measuring.job.operation == TSPDM_MEASUREMENT_ALL)
		return next_one_by_one(r, exchange);
	return next_at_once(r, exchange);
}

static void abandon(struct tspdm_requester *r)
{
	memset(&r->measured, 0, sizeof r->measured);
	if (tspdm_transcript_reset_l(&r->c.transcript) != TSPDM_OK)
		tspdm_requester_drop(r);
}

static const struct job measure_job = { next, abandon };

static enum tspdm_status check_job(const struct tspdm_requester *r, const struct tspdm_measure *job)
{
	uint32_t cap = r->c.peer_flags & TSPDM_CAP_MEAS_MASK;

	if (job->record == NULL && job->operation != TSPDM_MEASUREMENT_COUNT)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	if (cap == 0 || (job->is_signed && cap != TSPDM_CAP_MEAS_SIG) || r->c.selected.measurement_specification == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	return job->is_signed && r->leaf_key == NULL ? TSPDM_ERR_STATE : TSPDM_OK;
}

enum tspdm_status tspdm_requester_measure(struct tspdm_requester *r, const struct tspdm_measure *job)
{
	TSPDM_TRY(check_job(r, job));
	memset(&r->measured, 0, sizeof r->measured);
	r->measuring = (struct measuring){
		.job = *job,
		.record = { job->record, job->record_cap, 0 },
		.resets_seen = r->engine.log_resets,
	};
	return tspdm_requester_begin(r, &measure_job, TSPDM_PHASE_NEGOTIATED);
}
