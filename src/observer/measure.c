/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on measurements: their signatures and summaries, the measurement extension log, endpoint information. */
#include <string.h>

#include "base/cursor.h"
#include "core/chain.h"
#include "observer/observer.h"

enum {
	SIGNATURE_REQUESTED = 1,
	SLOT_MASK = 0x0F,
	INDEX_LAST = 0xFE, /* the last that a summary takes */
};

static enum tspdm_status see_get_measurements(struct look *l)
{
	struct tspdm_get_measurements ask;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_get_measurements(l->message, &shape, &ask, &l->seen->used);
}

/* Deployed responders count code as their TCB. */
static bool is_tcb(const struct tspdm_measurement_block *block)
{
	uint8_t type = block->type & 0x7F;

	return type == TSPDM_MEASUREMENT_ROM || type == TSPDM_MEASUREMENT_FIRMWARE;
}

/* DSP0274 "MeasurementSummaryHash" of blocks that were all shown. */
static enum tspdm_status summarize(struct tspdm_observer *o, struct tspdm_view record, unsigned count, bool is_tcb_only)
{
	struct tspdm_measurement_block block;

	TSPDM_TRY(o->crypto->ops->hash_reset(o->crypto, o->digest));
	for (unsigned i = 0; i < count; i++) {
		TSPDM_TRY(tspdm_next_block(&record, &block));
		if (block.index <= INDEX_LAST && (!is_tcb_only || is_tcb(&block)))
			TSPDM_TRY(o->crypto->ops->hash_update(o->crypto, o->digest, block.whole));
	}
	return o->crypto->ops->hash_final(o->crypto, o->digest, o->summary[is_tcb_only]);
}

static void keep_summaries(struct look *l, const struct tspdm_get_measurements *ask, const struct tspdm_measurements *m)
{
	struct tspdm_observer *o = l->o;

	if (ask->operation != TSPDM_MEASUREMENT_ALL || o->digest == NULL || (ask->is_raw && o->has_summary[0]))
		return;
	for (unsigned i = 0; i < 2; i++)
		o->has_summary[i] = summarize(o, m->record, m->block_count, i == 1) == TSPDM_OK;
}

uint8_t tspdm_look_summary(const struct look *l, uint8_t summary_type, struct tspdm_view told)
{
	const struct tspdm_observer *o = l->o;
	unsigned which = summary_type == TSPDM_SUMMARY_TCB;

	if (told.len == 0)
		return TSPDM_SEEN_NOTHING;
	if (!o->has_summary[which] || memcmp(o->summary[which], told.ptr, told.len) != 0)
		return TSPDM_SEEN_NO_MATERIAL;
	return TSPDM_SEEN_OK;
}

static uint8_t check_echo(const struct tspdm_get_measurements *ask, const struct tspdm_measurements *m)
{
	bool is_good = ask->slot == m->slot && ask->requester_context.len == m->requester_context.len;

	if (is_good && ask->requester_context.len != 0)
		is_good = memcmp(ask->requester_context.ptr, m->requester_context.ptr, m->requester_context.len) == 0;
	return is_good ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

static enum tspdm_status check_signed(struct look *l, unsigned slot, struct tspdm_view signature)
{
	struct tspdm_observer *o = l->o;
	struct seen_session *s = look_session(l);
	bool *is_tainted = s != NULL ? &s->is_l_tainted : &o->is_l_tainted;
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t result = TSPDM_SEEN_NO_MATERIAL;

	if (o->c.transcript.is_open && (s == NULL || s->log != NULL)) {
		TSPDM_TRY(tspdm_transcript_measurements(
			&o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, signature.len), digest));
		if (!*is_tainted)
			result = tspdm_look_signature(l, SIDE_RESPONDER, slot, SIGNING_MEASUREMENTS, digest, signature);
	}
	tspdm_look_result(l, TSPDM_CHECK_MEASUREMENTS_SIGNATURE, result);
	*is_tainted = false;
	return tspdm_transcript_reset_l(&o->c.transcript);
}

static enum tspdm_status see_measurements(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_get_measurements ask;
	struct tspdm_measurements answer;
	struct tspdm_measurement_block block;
	struct tspdm_view rest;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_get_measurements(tspdm_look_request(l), &shape, &ask, &ask_len));
	shape.is_signed = ask.is_signed;
	TSPDM_TRY(tspdm_read_measurements(l->message, &shape, &answer, &l->seen->used));
	rest = answer.record;
	for (unsigned i = 0; i < answer.block_count; i++)
		TSPDM_TRY(tspdm_next_block(&rest, &block));
	if (rest.len != 0)
		return TSPDM_ERR_TRAILING;
	keep_summaries(l, &ask, &answer);
	if (ask.is_signed) {
		tspdm_look_result(l, TSPDM_CHECK_MEASUREMENTS_ECHO, check_echo(&ask, &answer));
		return check_signed(l, ask.slot, answer.signature);
	}
	if (!o->c.transcript.is_open || (look_session(l) != NULL && look_session(l)->log == NULL))
		return TSPDM_OK;
	return tspdm_transcript_l(&o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, 0));
}

/* ---- DSP0274 1.3 "MEASUREMENT_EXTENSION_LOG response" ---- */

static enum tspdm_status see_get_log(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header) + 8); /* offset, length */
	return read_finish(&r, l->message, &l->seen->used);
}

static enum tspdm_status see_log(struct look *l)
{
	struct reader r = reader_of(l->message);
	uint32_t len;

	read_bytes(&r, sizeof(struct tspdm_header));
	len = read_u32(&r);
	read_u32(&r); /* remainder */
	read_bytes(&r, len);
	return read_finish(&r, l->message, &l->seen->used);
}

/* ---- DSP0274 1.3 "ENDPOINT_INFO response" ---- */

/* SlotID, and whether a signature is asked for. */
static bool is_signed_ask(struct tspdm_view request)
{
	return request.len > sizeof(struct tspdm_header) &&
	       (request.ptr[sizeof(struct tspdm_header)] & SIGNATURE_REQUESTED) != 0;
}

static enum tspdm_status see_get_endpoint_info(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header) + 4); /* attributes, reserved */
	if (is_signed_ask(l->message))
		read_bytes(&r, TSPDM_NONCE_LEN);
	return read_finish(&r, l->message, &l->seen->used);
}

/* IL1/IL2: VCA and this exchange, whatever else there was. */
static uint8_t check_endpoint_info(struct look *l, struct tspdm_view request, struct tspdm_view signature)
{
	struct tspdm_observer *o = l->o;
	const struct tspdm_crypto_ops *ops = o->crypto->ops;
	uint8_t digest[TSPDM_HASH_MAX];

	if (!o->c.transcript.is_open || o->digest == NULL ||
		ops->hash_copy(o->crypto, o->digest, o->c.transcript.vca) != TSPDM_OK ||
		ops->hash_update(o->crypto, o->digest, request) != TSPDM_OK ||
		ops->hash_update(o->crypto, o->digest, tspdm_look_body(l, signature.len)) != TSPDM_OK ||
		ops->hash_final(o->crypto, o->digest, digest) != TSPDM_OK)
		return TSPDM_SEEN_NO_MATERIAL;
	return tspdm_look_signature(
		l, look_side(l), request.ptr[3] & SLOT_MASK, SIGNING_ENDPOINT_INFO, digest, signature);
}

static enum tspdm_status see_endpoint_info(struct look *l)
{
	struct tspdm_view request = tspdm_look_request(l);
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct reader r = reader_of(l->message);
	struct tspdm_view signature = { NULL, 0 };
	bool is_signed = is_signed_ask(request);

	read_bytes(&r, sizeof(struct tspdm_header) + 4);
	if (is_signed)
		read_bytes(&r, TSPDM_NONCE_LEN);
	read_bytes(&r, read_u32(&r));
	if (is_signed)
		signature = read_view(&r, shape.signature_len);
	TSPDM_TRY(read_finish(&r, l->message, &l->seen->used));
	if (is_signed)
		tspdm_look_result(l,
			l->is_inner ? TSPDM_CHECK_ENCAP_ENDPOINT_INFO_SIGNATURE : TSPDM_CHECK_ENDPOINT_INFO_SIGNATURE,
			check_endpoint_info(l, request, signature));
	return TSPDM_OK;
}

const struct family tspdm_families_measure[] = {
	{ TSPDM_GET_MEASUREMENTS, TSPDM_MEASUREMENTS, PLACE_CLEAR | PLACE_SESSION, see_get_measurements,
		see_measurements },
	{ TSPDM_GET_MEASUREMENT_EXTENSION_LOG, TSPDM_MEASUREMENT_EXTENSION_LOG, PLACE_CLEAR | PLACE_SESSION,
		see_get_log, see_log },
	{ TSPDM_GET_ENDPOINT_INFO, TSPDM_ENDPOINT_INFO, PLACE_CLEAR | PLACE_SESSION | PLACE_INNER,
		see_get_endpoint_info, see_endpoint_info },
	{ 0 },
};
