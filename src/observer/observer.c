/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer: follows a connection as neither requester nor responder, decodes each message with the same codecs,
 * keeps the same transcripts, and recomputes digests and signatures where it has the material. Here: its memory, and how
 * a message finds the family that reads it. */
#include <string.h>

#include "base/config.h"
#include "core/capabilities.h"
#include "observer/observer.h"

#include <tspdm/secret.h>

/* An observer takes any padding: it tells how much of a message its fields account for. */
static const struct tspdm_binding any_binding = { .name = "observer", .alignment = 1 };

size_t tspdm_observer_size(void)
{
	return sizeof(struct tspdm_observer);
}

enum tspdm_status tspdm_observer_init(
	void *memory, size_t memory_len, struct tspdm_crypto *crypto, struct tspdm_observer **out)
{
	struct tspdm_observer *o = memory;

	if (memory == NULL || crypto == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (memory_len < sizeof *o)
		return TSPDM_ERR_BUFFER;
	memset(o, 0, sizeof *o);
	o->crypto = crypto;
	crypto->ops->supported(crypto, &o->support);
	tspdm_connection_init(&o->c, crypto, &any_binding, 0);
	*out = o;
	return TSPDM_OK;
}

enum tspdm_status tspdm_observer_follow(struct tspdm_observer *o, const struct tspdm_observer_config *config)
{
	size_t half;

	if (o == NULL || config == NULL)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_take_config(&o->config, sizeof o->config, config, config->size, sizeof o->config));
	half = o->config.chunks.cap / 2;
	o->large[0] = (struct assembly){ .bytes = o->config.chunks.ptr, .cap = half };
	if (half != 0)
		o->large[1] = (struct assembly){ .bytes = o->config.chunks.ptr + half, .cap = half };
	return TSPDM_OK;
}

void tspdm_observer_wipe(struct tspdm_observer *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < SESSIONS; i++)
		tspdm_observer_session_close(o, &o->sessions[i]);
	o->crypto->ops->hash_free(o->crypto, o->digest);
	o->crypto->ops->hash_free(o->crypto, o->mutual);
	tspdm_connection_drop(&o->c);
	tspdm_wipe(o, sizeof *o);
}

static enum tspdm_status keep(struct tspdm_observer *o, unsigned side, unsigned slot, struct tspdm_view chain)
{
	struct kept_chain *kept;

	if (slot >= TSPDM_SLOTS)
		return TSPDM_ERR_ARGUMENT;
	if (chain.len > TSPDM_CHAIN_MAX)
		return TSPDM_ERR_TOO_LARGE;
	kept = &o->sides[side].chains[slot];
	if (chain.len != 0)
		memcpy(kept->bytes, chain.ptr, chain.len);
	kept->len = (uint32_t)chain.len;
	kept->is_whole = true;
	return TSPDM_OK;
}

enum tspdm_status tspdm_observer_chain(struct tspdm_observer *o, unsigned slot, struct tspdm_view chain)
{
	return keep(o, SIDE_RESPONDER, slot, chain);
}

enum tspdm_status tspdm_observer_requester_chain(struct tspdm_observer *o, unsigned slot, struct tspdm_view chain)
{
	return keep(o, SIDE_REQUESTER, slot, chain);
}

enum tspdm_status tspdm_observer_public_key(struct tspdm_observer *o, bool is_requester, struct tspdm_view spki)
{
	struct side *side = &o->sides[is_requester ? SIDE_REQUESTER : SIDE_RESPONDER];

	if (spki.len > sizeof side->public_key)
		return TSPDM_ERR_TOO_LARGE;
	if (spki.len != 0)
		memcpy(side->public_key, spki.ptr, spki.len);
	side->public_key_len = spki.len;
	return TSPDM_OK;
}

/* ---- What the families use ---- */

/* DSP0274 1.4 "ML-KEM", "ML-DSA", "SLH-DSA": sizes by bit. */
static size_t size_of_bit(const uint16_t *sizes, size_t count, uint32_t bit)
{
	for (size_t i = 0; i < count; i++)
		if (bit == 1U << i)
			return sizes[i];
	return 0;
}

static size_t exchange_len(const struct tspdm_observer *o, bool is_request)
{
	static const uint16_t encapsulation_keys[] = { 800, 1184, 1568 };
	static const uint16_t ciphertexts[] = { 768, 1088, 1568 };
	const uint16_t *selected = o->c.selected.tables.supported;

	if (selected[TSPDM_ALG_KEM] == 0)
		return tspdm_algorithm_size(TSPDM_KIND_DHE, selected[TSPDM_ALG_DHE]);
	return size_of_bit(is_request ? encapsulation_keys : ciphertexts, 3, selected[TSPDM_ALG_KEM]);
}

static size_t signature_len(const struct tspdm_observer *o, unsigned side)
{
	static const uint16_t pqc[] = { 2420, 3309, 4627, 7856, 7856, 17088, 17088, 16224, 16224, 35664, 35664, 29792,
		29792, 49856, 49856 };
	const struct tspdm_algorithms *a = &o->c.selected;
	bool is_responder = side == SIDE_RESPONDER;
	uint32_t asym = is_responder ? a->base_asym : a->tables.supported[TSPDM_ALG_REQ_ASYM];
	uint32_t pqc_asym = is_responder ? a->pqc_asym : a->tables.supported[TSPDM_ALG_REQ_PQC_ASYM];

	if (asym == 0 && pqc_asym != 0)
		return size_of_bit(pqc, sizeof pqc / sizeof pqc[0], pqc_asym);
	return tspdm_algorithm_size(TSPDM_KIND_ASYM, asym);
}

struct tspdm_shape tspdm_look_shape(const struct look *l)
{
	struct tspdm_shape shape = tspdm_connection_shape(&l->o->c);

	shape.multi_key = l->o->is_multi_key[look_side(l)];
	shape.is_exact = look_session(l) != NULL && !l->is_inner;
	shape.exchange_data_len = (uint16_t)exchange_len(l->o, l->seen->is_request);
	shape.signature_len = (uint16_t)signature_len(l->o, look_side(l));
	return shape;
}

struct tspdm_view tspdm_look_request(const struct look *l)
{
	const struct context *c = l->context;

	return l->is_inner ? (struct tspdm_view){ c->inner_bytes, c->inner.len }
			   : (struct tspdm_view){ c->outer_bytes, c->outer.len };
}

struct tspdm_view tspdm_look_body(const struct look *l, size_t behind)
{
	size_t used = l->seen->used;

	return (struct tspdm_view){ l->message.ptr, behind <= used ? used - behind : 0 };
}

static bool is_signature(enum tspdm_check_kind kind)
{
	return kind == TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE || kind == TSPDM_CHECK_MEASUREMENTS_SIGNATURE ||
	       kind == TSPDM_CHECK_ENDPOINT_INFO_SIGNATURE || kind == TSPDM_CHECK_KEY_EXCHANGE_RSP_SIGNATURE ||
	       kind == TSPDM_CHECK_FINISH_SIGNATURE || kind == TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_SIGNATURE ||
	       kind == TSPDM_CHECK_ENCAP_ENDPOINT_INFO_SIGNATURE;
}

static bool is_digest(enum tspdm_check_kind kind)
{
	return kind == TSPDM_CHECK_DIGEST_OF_CHAIN || kind == TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH ||
	       kind == TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_CHAIN_HASH;
}

void tspdm_look_results(struct look *l, enum tspdm_check_kind kind, uint8_t result, size_t count)
{
	struct tspdm_seen *seen = l->seen;

	if (result == TSPDM_SEEN_NOTHING || count == 0 || seen->result_count == TSPDM_SEEN_RESULTS_MAX)
		return;
	seen->results[seen->result_count++] = (struct tspdm_seen_result){ (uint8_t)kind, result, (uint16_t)count };
	if (is_signature(kind))
		seen->signature = result;
	if (is_digest(kind))
		seen->digest = result;
}

void tspdm_look_result(struct look *l, enum tspdm_check_kind kind, uint8_t result)
{
	tspdm_look_results(l, kind, result, 1);
}

void tspdm_look_taint(struct look *l)
{
	struct seen_session *s = look_session(l);

	if (s != NULL) {
		s->is_l_tainted = true;
		return;
	}
	l->o->is_m_tainted = true;
	l->o->is_l_tainted = true;
}

void tspdm_look_await(struct look *l)
{
	struct pending *p = l->is_inner ? &l->context->inner : &l->context->outer;
	uint8_t *bytes = l->is_inner ? l->context->inner_bytes : l->context->outer_bytes;
	size_t cap = l->is_inner ? sizeof l->context->inner_bytes : sizeof l->context->outer_bytes;

	*p = (struct pending){ .code = l->seen->header.code };
	if (l->seen->used > cap || l->seen->status != TSPDM_OK)
		return;
	memcpy(bytes, l->message.ptr, l->seen->used);
	p->len = l->seen->used;
}

/* ---- Which family ---- */

static const struct family *const all_families[] = { tspdm_families_connection, tspdm_families_identity,
	tspdm_families_measure, tspdm_families_session, tspdm_families_control, tspdm_families_carrier,
	tspdm_families_provision };

static const struct family *family_of(bool is_request, uint8_t code)
{
	for (size_t i = 0; i < sizeof all_families / sizeof all_families[0]; i++)
		for (const struct family *f = all_families[i]; f->request_code != 0; f++)
			if ((is_request ? f->request_code : f->response_code) == code)
				return f;
	return NULL;
}

static bool is_in_place(const struct look *l, const struct family *family)
{
	if (l->is_inner)
		return (family->places & PLACE_INNER) != 0;
	return (family->places & (look_session(l) != NULL ? PLACE_SESSION : PLACE_CLEAR)) != 0;
}

/* ---- Following ---- */

static void see_request(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_seen *seen = l->seen;
	uint8_t code = seen->header.code;
	const struct family *family = family_of(true, code);

	if (code == TSPDM_RESPOND_IF_READY) {
		seen->used = sizeof seen->header;
		return; /* the request that it asks after stays pending */
	}
	if (!l->is_inner && o->c.phase == TSPDM_PHASE_NEGOTIATED)
		seen->status = tspdm_transcript_request(&o->c.transcript, code);
	if (seen->status == TSPDM_OK && family == NULL)
		seen->status = TSPDM_ERR_UNSUPPORTED;
	if (seen->status == TSPDM_OK && !is_in_place(l, family))
		seen->status = TSPDM_ERR_UNEXPECTED;
	if (seen->status == TSPDM_OK)
		seen->status = family->request(l);
	tspdm_look_await(l);
	if (!l->is_inner && code != TSPDM_GET_DIGESTS)
		o->is_first_request = false;
}

/* An update that was refused never happened. */
static void cancel_update(struct seen_session *s)
{
	for (size_t i = 0; i < KEY_DIRECTIONS; i++)
		if (s->has_stream[i])
			tspdm_record_cancel(&s->in[i]);
}

static void see_error(struct look *l)
{
	struct tspdm_seen *seen = l->seen;
	struct pending *pending = l->is_inner ? &l->context->inner : &l->context->outer;
	struct tspdm_error_response error;
	uint8_t code = pending->code;

	seen->status = tspdm_read_error(l->message, &error, &seen->used);
	if (seen->status != TSPDM_OK || error.code == TSPDM_ERROR_RESPONSE_NOT_READY)
		return;
	if (error.code == TSPDM_ERROR_LARGE_RESPONSE && !l->is_inner) {
		tspdm_look_large_response(l, error.extended.len != 0 ? error.extended.ptr[0] : error.data);
		return;
	}
	*pending = (struct pending){ 0 };
	if (code == TSPDM_KEY_UPDATE && look_session(l) != NULL)
		cancel_update(look_session(l));
	if (l->is_inner)
		return;
	if (error.code == TSPDM_ERROR_REQUEST_RESYNCH)
		tspdm_connection_drop(&l->o->c);
	else
		seen->status = tspdm_transcript_error(&l->o->c.transcript);
}

static void see_response(struct look *l)
{
	struct tspdm_seen *seen = l->seen;
	struct pending *pending = l->is_inner ? &l->context->inner : &l->context->outer;
	const struct family *family = family_of(false, seen->header.code);

	if (seen->header.code == TSPDM_ERROR) {
		see_error(l);
		return;
	}
	if (family == NULL)
		seen->status = TSPDM_ERR_UNSUPPORTED;
	else if (family->request_code != pending->code || !is_in_place(l, family))
		seen->status = TSPDM_ERR_UNEXPECTED;
	else
		seen->status = family->response(l);
	*pending = (struct pending){ 0 };
}

static void look_at(struct look *l)
{
	struct tspdm_seen *seen = l->seen;

	seen->status = tspdm_read_header(l->message, &seen->header);
	if (seen->status != TSPDM_OK)
		return;
	if (!l->is_inner && tspdm_look_is_chunk(seen->header.code))
		seen->status = seen->carrier == TSPDM_CARRIER_NONE ? tspdm_look_chunk(l) : TSPDM_ERR_UNEXPECTED;
	else if (seen->is_request)
		see_request(l);
	else
		see_response(l);
	if (seen->status != TSPDM_OK) /* what a decoder left there is not to be used */
		seen->used = 0;
}

struct tspdm_seen *tspdm_observer_event(struct tspdm_observer *o, const struct context *context, bool is_from_requester)
{
	struct tspdm_seen *seen;

	if (o->event_count == EVENTS_MAX)
		return NULL;
	seen = &o->events[o->event_count++];
	*seen = (struct tspdm_seen){ .is_from_requester = is_from_requester };
	if (context->session == NULL)
		return seen;
	seen->session = &context->session->info;
	seen->session_id = context->session->info.id;
	return seen;
}

size_t tspdm_look_inside(
	struct look *outer, enum tspdm_seen_carrier carrier, bool is_request, struct tspdm_view message)
{
	struct look l = { outer->o, outer->context, NULL, message, outer->is_inner };

	l.seen = tspdm_observer_event(l.o, l.context, outer->seen->is_from_requester);
	if (l.seen == NULL)
		return message.len;
	l.seen->carrier = (uint8_t)carrier;
	l.seen->is_from_requester = outer->seen->is_from_requester && carrier != TSPDM_CARRIER_IMPLIED;
	l.seen->is_request = is_request;
	l.seen->message = message;
	l.is_inner = outer->is_inner || carrier != TSPDM_CARRIER_CHUNKS;
	look_at(&l);
	return l.seen->status == TSPDM_OK ? l.seen->used : message.len;
}

/* Messages of a session have its L1/L2. */
void tspdm_observer_look(struct tspdm_observer *o, struct context *context, bool is_request, struct tspdm_view message)
{
	struct look l = { o, context, tspdm_observer_event(o, context, is_request), message, false };

	if (l.seen == NULL)
		return;
	l.seen->is_request = is_request;
	l.seen->message = message;
	if (context->session != NULL)
		tspdm_transcript_context(&o->c.transcript, &context->session->log);
	look_at(&l);
	tspdm_transcript_context(&o->c.transcript, NULL);
}

void tspdm_observer_show(struct tspdm_observer *o)
{
	for (unsigned i = 0; o->config.see != NULL && i < o->event_count; i++)
		o->config.see(o->config.context, &o->events[i]);
}

void tspdm_observer_see(struct tspdm_observer *o, bool is_request, struct tspdm_view message, struct tspdm_seen *out)
{
	o->event_count = 0;
	tspdm_observer_look(o, &o->clear, is_request, message);
	tspdm_observer_show(o);
	*out = o->events[0];
}
