/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on how a connection begins: GET_VERSION to ALGORITHMS, and on VENDOR_DEFINED. */
#include <string.h>

#include "core/capabilities.h"
#include "observer/observer.h"

enum { MULTI_KEY_CONN = 0x10 }; /* of OtherParams */

/* None survives a new negotiation: neither its transcripts nor its hashes are of the new one. */
static void close_sessions(struct tspdm_observer *o)
{
	for (size_t i = 0; i < SESSIONS; i++)
		tspdm_observer_session_close(o, &o->sessions[i]);
}

static enum tspdm_status see_get_version(struct look *l)
{
	struct tspdm_observer *o = l->o;

	tspdm_connection_drop(&o->c);
	o->c.own_flags = o->c.configured_flags = 0;
	o->is_multi_key[SIDE_RESPONDER] = o->is_multi_key[SIDE_REQUESTER] = false;
	o->is_m_tainted = o->is_l_tainted = o->is_first_request = false;
	o->has_summary[0] = o->has_summary[1] = false;
	o->digests_len = 0;
	o->sides[SIDE_RESPONDER].digest_slots = o->sides[SIDE_REQUESTER].digest_slots = 0;
	close_sessions(o);
	l->seen->used = sizeof l->seen->header;
	return TSPDM_OK;
}

static enum tspdm_status see_version(struct look *l)
{
	struct tspdm_version_response version;

	TSPDM_TRY(tspdm_read_version(l->message, &version, &l->seen->used));
	l->o->c.phase = TSPDM_PHASE_AFTER_VERSION;
	return tspdm_transcript_vca(&l->o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, 0));
}

static enum tspdm_status see_get_capabilities(struct look *l)
{
	struct tspdm_capabilities capabilities;
	struct tspdm_shape shape = tspdm_look_shape(l);

	shape.version = l->seen->header.version; /* this request selects the version */
	l->o->c.version = shape.version;
	TSPDM_TRY(tspdm_read_get_capabilities(l->message, &shape, &capabilities, &l->seen->used));
	l->o->c.own_flags = l->o->c.configured_flags = capabilities.flags & tspdm_flags_of_version(shape.version);
	return TSPDM_OK;
}

static enum tspdm_status see_capabilities(struct look *l)
{
	struct tspdm_capabilities capabilities;
	struct tspdm_shape shape = tspdm_look_shape(l);

	TSPDM_TRY(tspdm_read_capabilities(l->message, &shape, &capabilities, &l->seen->used));
	tspdm_connection_peer(&l->o->c, &capabilities);
	l->o->c.phase = TSPDM_PHASE_AFTER_CAPABILITIES;
	return tspdm_transcript_vca(&l->o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, 0));
}

static enum tspdm_status see_negotiate(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_negotiate_algorithms(l->message, &shape, &l->o->offer, &l->seen->used);
}

static bool is_one_of(uint32_t selected, uint32_t offered)
{
	return (selected & (selected - 1)) == 0 && (selected & ~offered) == 0;
}

static uint8_t check_selection(const struct tspdm_negotiate_algorithms *offer, const struct tspdm_algorithms *a)
{
	bool is_good = is_one_of(a->base_asym, offer->base_asym) && is_one_of(a->base_hash, offer->base_hash) &&
		       is_one_of(a->pqc_asym, offer->pqc_asym) &&
		       is_one_of(a->measurement_specification, offer->measurement_specification) &&
		       is_one_of(a->mel_specification, offer->mel_specification) &&
		       is_one_of(a->other_params & 0xFU, offer->other_params & 0xFU) &&
		       (a->measurement_hash & (a->measurement_hash - 1)) == 0;

	for (size_t i = 0; i < TSPDM_ALG_TYPES; i++)
		is_good = is_good && is_one_of(a->tables.supported[i], offer->tables.supported[i]);
	return is_good ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

/* DSP0274 1.3 "MULTI_KEY_CONN_RSP": what the other side asked for, unless the capability leaves no choice. */
static bool is_multi_key(uint32_t flags, uint8_t params)
{
	uint32_t multi_key = flags & TSPDM_CAP_MULTI_KEY_MASK;

	return multi_key == TSPDM_CAP_MULTI_KEY_ONLY ||
	       (multi_key == TSPDM_CAP_MULTI_KEY_NEGOTIABLE && (params & MULTI_KEY_CONN) != 0);
}

/* The hashes that only an observer has: for single digests, and for the requester's M1/M2. */
static enum tspdm_status make_hashes(struct tspdm_observer *o, uint32_t hash)
{
	o->crypto->ops->hash_free(o->crypto, o->digest);
	o->crypto->ops->hash_free(o->crypto, o->mutual);
	o->digest = o->mutual = NULL;
	if (hash == 0)
		return TSPDM_OK;
	TSPDM_TRY(o->crypto->ops->hash_new(o->crypto, hash, &o->digest));
	return o->crypto->ops->hash_new(o->crypto, hash, &o->mutual);
}

static enum tspdm_status see_algorithms(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_shape shape = tspdm_look_shape(l);
	bool has_keys = shape.version >= TSPDM_V13;
	uint32_t hash;

	TSPDM_TRY(tspdm_read_algorithms(l->message, &shape, &o->c.selected, &l->seen->used));
	tspdm_look_result(l, TSPDM_CHECK_ALGORITHMS_SELECTION, check_selection(&o->offer, &o->c.selected));
	TSPDM_TRY(tspdm_transcript_vca(&o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, 0)));
	o->is_multi_key[SIDE_RESPONDER] = has_keys && is_multi_key(o->c.peer_flags, o->offer.other_params);
	o->is_multi_key[SIDE_REQUESTER] = has_keys && is_multi_key(o->c.own_flags, o->c.selected.other_params);
	o->is_first_request = true;
	o->c.phase = TSPDM_PHASE_NEGOTIATED;
	close_sessions(o);
	hash = o->c.selected.base_hash & o->support.hash;
	TSPDM_TRY(tspdm_transcript_open(&o->c.transcript, o->c.version, hash));
	return make_hashes(o, hash);
}

static enum tspdm_status see_vendor(struct look *l)
{
	struct tspdm_vendor_defined message;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_vendor_defined(l->message, &shape, &message, &l->seen->used);
}

const struct family tspdm_families_connection[] = {
	{ TSPDM_GET_VERSION, TSPDM_VERSION, PLACE_CLEAR, see_get_version, see_version },
	{ TSPDM_GET_CAPABILITIES, TSPDM_CAPABILITIES, PLACE_CLEAR, see_get_capabilities, see_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS, PLACE_CLEAR, see_negotiate, see_algorithms },
	{ TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, PLACE_CLEAR | PLACE_SESSION | PLACE_INNER,
		see_vendor, see_vendor },
	{ 0 },
};
