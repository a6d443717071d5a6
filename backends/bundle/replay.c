/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Going through a record as an observer does, who holds no secret: of the responder's messages those count that it signed,
 * and of a session what evidence in it commits to. Nothing that was not verified becomes a fact. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../device-report/report.h"
#include "core/chain.h"
#include "observer/observer.h"

enum { CHUNKS_ROOM = 2 * TSPDM_BUNDLE_MESSAGE_MAX, SIGNED_SLOT_MASK = 0x0F };

struct replay {
	struct tspdm_crypto *crypto;
	const struct tspdm_bundle_input *in;
	struct tspdm_observer *o;
	struct bundle_facts *facts;
	unsigned number; /* of the message */
	struct {         /* the request that awaits its response */
		uint8_t code, param2;
		uint32_t session;
		struct tspdm_view message;
	} asked;
	uint8_t slot;                   /* whose key signs, where facts->has_identity */
	size_t record_len;              /* blocks that came */
	bool is_waiting;                /* the request was not answered yet */
	bool is_opening;                /* a session was begun, and is not open */
	uint32_t exchanged;             /* the session that the responder signed; 0: none */
	uint8_t chain[TSPDM_CHAIN_MAX]; /* the recorder's */
};

static void fail(struct replay *r, enum tspdm_status status, const char *what)
{
	if (r->facts->status != TSPDM_OK)
		return;
	r->facts->status = status;
	snprintf(r->facts->why, sizeof r->facts->why, "message %u: %s", r->number, what);
}

static void fail_in(struct replay *r, const struct tspdm_seen *seen, enum tspdm_status status)
{
	char what[120];

	snprintf(what, sizeof what, "%s: %s", tspdm_code_name(seen->header.code), tspdm_status_text(status));
	fail(r, status, what);
}

/* ---- Results of the observer ---- */

static enum tspdm_status status_of(unsigned kind)
{
	switch (kind) {
	case TSPDM_CHECK_ALGORITHMS_SELECTION:
		return TSPDM_ERR_NOT_OFFERED;
	case TSPDM_CHECK_DIGEST_OF_CHAIN:
	case TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH:
	case TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_CHAIN_HASH:
		return TSPDM_ERR_DIGEST;
	case TSPDM_CHECK_CHAIN_ROOT_HASH:
		return TSPDM_ERR_CHAIN_ROOT_HASH;
	case TSPDM_CHECK_CHAIN_LINKS:
		return TSPDM_ERR_CHAIN_SIGNATURE;
	case TSPDM_CHECK_CHALLENGE_AUTH_ECHO:
	case TSPDM_CHECK_MEASUREMENTS_ECHO:
	case TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_ECHO:
		return TSPDM_ERR_ECHO;
	default:
		return TSPDM_ERR_SIGNATURE;
	}
}

static bool passed(const struct tspdm_seen *seen, enum tspdm_check_kind kind)
{
	for (unsigned i = 0; i < seen->result_count; i++)
		if (seen->results[i].kind == kind)
			return seen->results[i].result == TSPDM_SEEN_OK;
	return false;
}

/* Under which keys a message came cannot be seen here. */
static bool is_about_keys(unsigned kind)
{
	return kind == TSPDM_CHECK_KEY_UPDATE_GENERATION || kind == TSPDM_CHECK_ENCAP_KEY_UPDATE_GENERATION;
}

/* Whether a message is such as it may be; what it proves comes after. */
static bool is_sound(struct replay *r, const struct tspdm_seen *seen)
{
	enum tspdm_status status = seen->status;

	if (status == TSPDM_OK && seen->used != seen->message.len)
		status = TSPDM_ERR_TRAILING;
	for (unsigned i = 0; status == TSPDM_OK && i < seen->result_count; i++)
		if (seen->results[i].result == TSPDM_SEEN_BAD && !is_about_keys(seen->results[i].kind))
			status = status_of(seen->results[i].kind);
	if (status != TSPDM_OK)
		fail_in(r, seen, status);
	return status == TSPDM_OK;
}

/* ---- Who signs ---- */

static uint8_t slot_of(uint8_t param)
{
	return param == TSPDM_SLOT_PARAM_PUBLIC_KEY ? TSPDM_SLOT_PUBLIC_KEY : param;
}

static enum tspdm_status judge(
	struct replay *r, unsigned side, struct tspdm_view structure, struct tspdm_chain_result *result)
{
	const struct connection *c = &r->o->c;
	bool is_requester = side == SIDE_REQUESTER;
	struct chain_parts parts;
	struct tspdm_chain_check check;

	TSPDM_TRY(tspdm_chain_read(structure, c->version, tspdm_connection_shape(c).hash_len, &parts));
	check = (struct tspdm_chain_check){
		.certificates = parts.certificates,
		.root_hash = parts.root_hash,
		.hash = c->selected.base_hash,
		.asym = is_requester ? c->selected.tables.supported[TSPDM_ALG_REQ_ASYM] : c->selected.base_asym,
		.anchors = r->in->anchors,
		.time = is_requester ? 0 : r->in->verify->time,
		.is_requester = is_requester,
		.is_alias = ((is_requester ? c->own_flags : c->peer_flags) & TSPDM_CAP_ALIAS_CERT) != 0,
		.allow_unanchored = true, /* told apart by appraisal */
	};
	return r->crypto->ops->check_chain(r->crypto, &check, result);
}

/* Judges a chain, and writes its leaf's key. */
static enum tspdm_status take_key(struct replay *r, unsigned side, struct tspdm_view structure, uint8_t *spki,
	size_t *spki_len, struct tspdm_chain_result *result)
{
	struct tspdm_buffer out = { spki, REPLAY_SPKI_MAX, 0 };
	enum tspdm_status status = judge(r, side, structure, result);

	if (status == TSPDM_OK)
		status = r->crypto->ops->public_key_spki(r->crypto, result->leaf_key, &out);
	r->crypto->ops->public_key_free(r->crypto, result->leaf_key);
	result->leaf_key = NULL;
	*spki_len = status == TSPDM_OK ? out.len : 0;
	return status;
}

static enum tspdm_status keep_chain(struct replay *r, const struct kept_chain *kept)
{
	struct bundle_facts *f = r->facts;
	struct tspdm_view structure = { f->chain, kept->len };
	struct tspdm_chain_result result = { 0 };
	struct chain_parts parts;

	memcpy(f->chain, kept->bytes, kept->len);
	f->chain_len = kept->len;
	TSPDM_TRY(take_key(r, SIDE_RESPONDER, structure, f->spki, &f->spki_len, &result));
	TSPDM_TRY(tspdm_chain_read(structure, r->o->c.version, tspdm_connection_shape(&r->o->c).hash_len, &parts));
	f->identity = (struct tspdm_identity){
		.is_anchored = result.is_anchored,
		.slot = r->slot,
		.chain = structure,
		.certificates = parts.certificates,
		.leaf = result.leaf,
		.spki = { f->spki, f->spki_len },
	};
	return TSPDM_OK;
}

/* The key that the appraiser says is the peer's. */
static void keep_provisioned(struct replay *r)
{
	struct bundle_facts *f = r->facts;

	memcpy(f->spki, r->in->peer_key.ptr, r->in->peer_key.len);
	f->spki_len = r->in->peer_key.len;
	f->identity = (struct tspdm_identity){
		.slot = TSPDM_SLOT_PUBLIC_KEY,
		.spki = { f->spki, f->spki_len },
		.is_provisioned = true,
	};
}

static bool is_same_chain(const struct bundle_facts *f, const struct kept_chain *kept)
{
	return kept->is_whole && kept->len == f->chain_len && memcmp(kept->bytes, f->chain, kept->len) == 0;
}

/* All that counts is signed by one key, of one chain: one that takes another's place later has signed nothing of it. */
static bool take_signer(struct replay *r, const struct tspdm_seen *seen, uint8_t slot)
{
	const struct kept_chain *kept = slot < TSPDM_SLOTS ? &r->o->sides[SIDE_RESPONDER].chains[slot] : NULL;
	struct bundle_facts *f = r->facts;
	enum tspdm_status status = TSPDM_OK;

	if (f->has_identity)
		status = slot != r->slot || (kept != NULL && !is_same_chain(f, kept)) ? TSPDM_ERR_SLOT : TSPDM_OK;
	else if (kept == NULL && (slot != TSPDM_SLOT_PUBLIC_KEY || r->in->peer_key.len == 0))
		status = TSPDM_ERR_SLOT;
	r->slot = slot;
	if (status == TSPDM_OK && !f->has_identity && kept == NULL)
		keep_provisioned(r);
	if (status == TSPDM_OK && !f->has_identity && kept != NULL)
		status = keep_chain(r, kept);
	if (status != TSPDM_OK)
		fail_in(r, seen, status);
	f->has_identity = status == TSPDM_OK;
	return f->has_identity;
}

/* ---- Connection ---- */

/* GET_VERSION: all that was established before is no more. */
static void forget(struct replay *r)
{
	struct bundle_facts *f = r->facts;

	f->has_negotiated = f->has_identity = f->has_measured = f->has_session = false;
	f->fresh.raw.len = f->shown.raw.len = f->requester_spki_len = 0;
	f->shown.is_shown = f->shown.is_computed = false;
	f->measured = (struct tspdm_measured){ 0 };
	r->record_len = 0;
	r->exchanged = 0;
}

/* The recorder's own chain, as the peer had it before: in whichever slot it says that it signs with. */
static enum tspdm_status give_requester_chain(struct replay *r)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->o->c);
	const struct tspdm_slot slot = { .certificates = r->in->bundle->requester_certificates };
	struct chain_image image;

	if (slot.certificates.len == 0 || r->o->digest == NULL)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_chain_image(&image, r->crypto, r->o->digest, shape.hash_len, shape.version, &slot));
	if (image.len > sizeof r->chain)
		return TSPDM_ERR_TOO_LARGE;
	tspdm_chain_copy(&image, 0, image.len, r->chain);
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		TSPDM_TRY(tspdm_observer_requester_chain(r->o, i, (struct tspdm_view){ r->chain, image.len }));
	return TSPDM_OK;
}

static void take_negotiated(struct replay *r, const struct tspdm_seen *seen)
{
	enum tspdm_status status = give_requester_chain(r);

	if (status != TSPDM_OK)
		fail_in(r, seen, status);
	r->facts->has_negotiated = true;
	r->facts->negotiated = tspdm_connection_negotiated(&r->o->c);
}

static void take_challenge_auth(struct replay *r, const struct tspdm_seen *seen)
{
	if (passed(seen, TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE) && passed(seen, TSPDM_CHECK_CHALLENGE_AUTH_ECHO) &&
		passed(seen, TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH) &&
		take_signer(r, seen, slot_of(seen->header.param1 & SIGNED_SLOT_MASK)))
		r->facts->identity.is_authenticated = true;
}

/* ---- Measurements ---- */

/* What evidence of this session has to commit to: docs/profile.md "Session evidence". */
static bool bind_to_session(
	struct replay *r, const struct seen_session *s, struct tspdm_view nonce, uint8_t *report_data)
{
	const struct tspdm_bundle *b = r->in->bundle;
	const struct bundle_facts *f = r->facts;
	struct tspdm_session_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = r->o->c.version,
		.hash = r->o->c.selected.base_hash,
		.exporter = b->exporter,
		.own_spki = { f->spki, f->spki_len },
		.peer_spki = { f->requester_spki, f->requester_spki_len },
		.nonce = nonce,
		.channel = b->channel,
	};

	/* who shared a key with the attester is nothing that a record could show */
	if (s == NULL || !s->has_th2 || !f->has_session || f->session.id != s->info.id || s->info.is_psk)
		return false;
	binding.session_id = s->info.id;
	binding.th2 = (struct tspdm_view){ s->th2, tspdm_algorithm_size(TSPDM_KIND_HASH, binding.hash) };
	return tspdm_bind_session_evidence(r->crypto, &binding, report_data) == TSPDM_OK;
}

/* Evidence: block 0xFD, raw, asked for alone. Returns false where it is another measurement. */
static bool take_fresh(struct replay *r, const struct tspdm_seen *seen, const struct tspdm_get_measurements *ask,
	const struct tspdm_measurements *m)
{
	struct bundle_facts *f = r->facts;
	struct tspdm_view rest = m->record;
	struct tspdm_measurement_block block;

	if (ask->operation != TSPDM_INDEX_MANIFEST || m->record.len > sizeof f->fresh_record ||
		tspdm_next_block(&rest, &block) != TSPDM_OK || block.index != TSPDM_INDEX_MANIFEST ||
		(block.type & TSPDM_MEASUREMENT_RAW) == 0)
		return false;
	memcpy(f->fresh_record, block.value.ptr, block.value.len);
	f->fresh.raw = (struct tspdm_view){ f->fresh_record, block.value.len };
	memcpy(f->fresh.nonce, ask->nonce.ptr, TSPDM_NONCE_LEN);
	f->fresh.slot = m->slot;
	/* the nonce that evidence has to commit to is the one that is told */
	memcpy(f->measured.nonce, ask->nonce.ptr, TSPDM_NONCE_LEN);
	f->measured.slot = m->slot;
	f->measured.session = seen->session_id;
	f->measured.is_verified = !f->has_measured || f->measured.is_verified;
	f->has_measured = true;
	f->fresh.is_in_session = seen->session_id != 0;
	f->fresh.is_computed =
		f->fresh.is_in_session &&
		bind_to_session(r, tspdm_observer_session(r->o, seen->session_id), ask->nonce, f->fresh.report_data);
	return true;
}

/* Blocks that no signature has come for yet are kept behind those that are signed. */
static enum tspdm_status append_blocks(struct replay *r, const struct tspdm_measurements *m)
{
	unsigned index = 0;

	TSPDM_TRY(tspdm_report_walk_blocks(m, r->o->c.selected.measurement_hash, &index));
	if (m->record.len > sizeof r->facts->record - r->record_len)
		return TSPDM_ERR_TOO_LARGE;
	if (m->record.len != 0)
		memcpy(r->facts->record + r->record_len, m->record.ptr, m->record.len);
	r->record_len += m->record.len;
	return TSPDM_OK;
}

/* L1/L2 is over: what came in it without a signature will not be signed any more. */
static void drop_unsigned(struct replay *r)
{
	r->record_len = r->facts->measured.is_verified ? r->facts->measured.record.len : 0;
}

/* What signed blocks there are stays what counts, once there are any. */
static void note_measured(struct replay *r, const struct tspdm_get_measurements *ask,
	const struct tspdm_measurements *m, bool is_verified)
{
	struct tspdm_measured *measured = &r->facts->measured;

	if (measured->is_verified && !is_verified)
		return;
	r->facts->has_measured = true;
	measured->is_verified = is_verified;
	measured->record = (struct tspdm_view){ r->facts->record, r->record_len };
	measured->total = ask->operation == TSPDM_MEASUREMENT_COUNT ? m->total : m->block_count;
	measured->content_changed = m->content_changed;
	measured->slot = m->slot;
	if (is_verified)
		memcpy(measured->nonce, ask->nonce.ptr, TSPDM_NONCE_LEN);
}

static bool is_verified(struct replay *r, const struct tspdm_seen *seen, const struct tspdm_get_measurements *ask)
{
	return passed(seen, TSPDM_CHECK_MEASUREMENTS_SIGNATURE) && passed(seen, TSPDM_CHECK_MEASUREMENTS_ECHO) &&
	       take_signer(r, seen, slot_of(ask->slot));
}

static void take_measurements(struct replay *r, const struct tspdm_seen *seen)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->o->c);
	struct tspdm_get_measurements ask;
	struct tspdm_measurements m;
	enum tspdm_status status;
	size_t used;
	bool is_signed;

	status = tspdm_read_get_measurements(r->asked.message, &shape, &ask, &used);
	shape.is_signed = ask.is_signed;
	if (status == TSPDM_OK)
		status = tspdm_read_measurements(seen->message, &shape, &m, &used);
	if (status != TSPDM_OK) {
		fail_in(r, seen, status);
		return;
	}
	is_signed = ask.is_signed && is_verified(r, seen, &ask);
	if (ask.is_signed && !is_signed) {
		drop_unsigned(r);
		return;
	}
	if (is_signed && take_fresh(r, seen, &ask, &m))
		return;
	status = append_blocks(r, &m);
	if (status != TSPDM_OK)
		fail_in(r, seen, status);
	else
		note_measured(r, &ask, &m, is_signed);
}

/* ---- Sessions ---- */

static void take_exchange(struct replay *r, const struct tspdm_seen *seen)
{
	r->exchanged = 0;
	r->facts->has_session = r->facts->session.is_mutual = false;
	if (seen->session != NULL && passed(seen, TSPDM_CHECK_KEY_EXCHANGE_RSP_SIGNATURE) &&
		take_signer(r, seen, slot_of(r->asked.param2)))
		r->exchanged = seen->session->id;
}

/* The key that the recorder proved to have; what the responder made of it is in TH2. */
static void take_finish(struct replay *r, const struct tspdm_seen *seen)
{
	const struct side *side = &r->o->sides[SIDE_REQUESTER];
	uint8_t slot = slot_of(seen->header.param2);
	struct tspdm_chain_result result = { 0 };
	struct bundle_facts *f = r->facts;
	enum tspdm_status status = TSPDM_OK;

	if (seen->session == NULL || seen->session->id != r->exchanged)
		return;
	f->requester_spki_len = 0;
	if (seen->header.param1 == 0 || !passed(seen, TSPDM_CHECK_FINISH_SIGNATURE))
		return;
	f->session.is_mutual = true;
	f->session.requester_slot = slot;
	if (slot < TSPDM_SLOTS) {
		const struct kept_chain *kept = &side->chains[slot];

		status = take_key(r, SIDE_REQUESTER, (struct tspdm_view){ kept->bytes, kept->len }, f->requester_spki,
			&f->requester_spki_len, &result);
	} else {
		memcpy(f->requester_spki, side->public_key, side->public_key_len);
		f->requester_spki_len = side->public_key_len;
	}
	if (status != TSPDM_OK)
		fail_in(r, seen, status);
}

/* FINISH_RSP, or what ends the handshake with a pre-shared key. */
static void take_session(struct replay *r, const struct tspdm_seen *seen)
{
	const struct tspdm_seen_session *s = seen->session;
	bool is_mutual = r->facts->session.is_mutual;

	if (s == NULL || s->phase != TSPDM_SEEN_APPLICATION_PHASE)
		return;
	r->is_opening = false;
	if (!s->is_psk && r->exchanged != s->id)
		return;
	r->facts->has_session = true;
	r->facts->session = (struct tspdm_session_info){
		.id = s->id,
		.record_version = tspdm_observer_session(r->o, s->id)->record_version,
		.is_mac_only = s->is_mac_only,
		.is_handshake_clear = s->is_clear,
		.is_psk = s->is_psk,
		.is_mutual = is_mutual,
		.requester_slot = r->facts->session.requester_slot,
		.heartbeat_due_us = UINT64_MAX,
	};
}

/* ---- Evidence in sessions ---- */

static bool read_payload(struct replay *r, struct tspdm_view message, struct tspdm_view *payload)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->o->c);
	struct tspdm_vendor_defined vendor;
	size_t used;

	if (tspdm_read_vendor_defined(message, &shape, &vendor, &used) != TSPDM_OK ||
		vendor.standard_id != TSPDM_EVIDENCE_STANDARD)
		return false;
	*payload = vendor.payload;
	return true;
}

static void take_shown(struct replay *r, const struct tspdm_seen *seen)
{
	const struct seen_session *s = tspdm_observer_session(r->o, seen->session_id);
	struct bundle_facts *f = r->facts;
	struct tspdm_buffer raw = { f->shown_raw, sizeof f->shown_raw, 0 };
	struct tspdm_view asked, answered;
	struct tspdm_evidence_request ask;
	struct tspdm_evidence_answer answer;
	struct tspdm_evidence evidence;

	if (s == NULL || seen->session_id != r->in->bundle->session || !read_payload(r, r->asked.message, &asked) ||
		!read_payload(r, seen->message, &answered) || tspdm_read_evidence_request(asked, &ask) != TSPDM_OK ||
		(ask.opcode != TSPDM_EVIDENCE_GET && ask.opcode != TSPDM_EVIDENCE_POLL) ||
		tspdm_read_evidence_answer(answered, &answer) != TSPDM_OK || answer.opcode != ask.opcode ||
		answer.status != TSPDM_EVIDENCE_OK)
		return;
	f->shown.is_shown = true;
	f->shown.raw.len = 0;
	if (tspdm_evidence_of_items(answer.items, &evidence) == TSPDM_OK &&
		tspdm_write_evidence(&raw, &evidence) == TSPDM_OK)
		f->shown.raw = tspdm_buffer_view(&raw);
	f->shown.is_computed = bind_to_session(r, s, ask.nonce, f->shown.report_data);
}

/* ---- The record ---- */

static bool is_followed_up(uint8_t code)
{
	return code == TSPDM_RESPOND_IF_READY || code == TSPDM_CHUNK_SEND || code == TSPDM_CHUNK_GET;
}

static void take_request(struct replay *r, const struct tspdm_seen *seen)
{
	uint8_t code = seen->header.code;

	if (code == TSPDM_GET_VERSION)
		forget(r);
	if (code == TSPDM_KEY_EXCHANGE || code == TSPDM_PSK_EXCHANGE)
		r->is_opening = true;
	if (code == TSPDM_FINISH)
		take_finish(r, seen);
	if (is_followed_up(code))
		return;
	if (r->is_waiting)
		fail(r, TSPDM_ERR_UNEXPECTED, "a request, and the one before has no answer");
	r->is_waiting = true;
	if (code != TSPDM_GET_MEASUREMENTS || seen->session_id != r->asked.session)
		drop_unsigned(r);
	r->asked.code = code;
	r->asked.param2 = seen->header.param2;
	r->asked.session = seen->session_id;
	r->asked.message = seen->message;
}

/* The answer comes later, or in pieces. */
static bool is_put_off(uint8_t error)
{
	return error == TSPDM_ERROR_RESPONSE_NOT_READY || error == TSPDM_ERROR_LARGE_RESPONSE;
}

static bool is_piece(uint8_t code)
{
	return code == TSPDM_CHUNK_RESPONSE || code == TSPDM_CHUNK_SEND_ACK;
}

static void take_response(struct replay *r, const struct tspdm_seen *seen)
{
	if (r->asked.session != seen->session_id || is_piece(seen->header.code))
		return;
	r->is_waiting = seen->header.code == TSPDM_ERROR && is_put_off(seen->header.param1);
	switch (seen->header.code) {
	case TSPDM_ALGORITHMS:
		take_negotiated(r, seen);
		break;
	case TSPDM_CHALLENGE_AUTH:
		take_challenge_auth(r, seen);
		break;
	case TSPDM_MEASUREMENTS:
		take_measurements(r, seen);
		break;
	case TSPDM_KEY_EXCHANGE_RSP:
		take_exchange(r, seen);
		break;
	case TSPDM_PSK_EXCHANGE_RSP:
	case TSPDM_FINISH_RSP:
	case TSPDM_PSK_FINISH_RSP:
		take_session(r, seen);
		break;
	case TSPDM_VENDOR_DEFINED_RESPONSE:
		take_shown(r, seen);
		break;
	case TSPDM_ERROR:
		if (!r->is_waiting)
			drop_unsigned(r);
		break;
	default:
		break;
	}
}

static void on_seen(void *context, const struct tspdm_seen *seen)
{
	struct replay *r = context;

	if (r->facts->status != TSPDM_OK || !is_sound(r, seen) || seen->carrier == TSPDM_CARRIER_ENCAPSULATED ||
		seen->carrier == TSPDM_CARRIER_IMPLIED)
		return;
	if (seen->is_request)
		take_request(r, seen);
	else
		take_response(r, seen);
}

static void see(struct replay *r, const struct tspdm_bundle_message *m)
{
	struct tspdm_seen seen;

	if (m->session == 0)
		tspdm_observer_see(r->o, m->is_request, m->bytes, &seen);
	else if (tspdm_observer_see_opened(r->o, m->session, m->is_request, m->bytes) != TSPDM_OK)
		fail(r, TSPDM_ERR_SESSION, "of a session that was not opened");
}

static enum tspdm_status begin(struct replay *r, uint8_t *chunks)
{
	const struct tspdm_observer_config config = {
		.size = sizeof config,
		.see = on_seen,
		.context = r,
		.chunks = { chunks, CHUNKS_ROOM, 0 },
	};

	TSPDM_TRY(tspdm_observer_follow(r->o, &config));
	TSPDM_TRY(tspdm_observer_public_key(r->o, false, r->in->peer_key));
	return tspdm_observer_public_key(r->o, true, r->in->bundle->requester_key);
}

static enum tspdm_status run(struct replay *r, void *memory, uint8_t *chunks)
{
	struct tspdm_view rest = r->in->bundle->messages;
	struct tspdm_bundle_message message;

	TSPDM_TRY(tspdm_observer_init(memory, tspdm_observer_size(), r->crypto, &r->o));
	TSPDM_TRY(begin(r, chunks));
	while (r->facts->status == TSPDM_OK && tspdm_bundle_next_message(&rest, &message) == TSPDM_OK) {
		r->number++;
		see(r, &message);
	}
	if (r->is_waiting)
		fail(r, TSPDM_ERR_UNEXPECTED, "the last one, a request without an answer");
	if (r->is_opening)
		fail(r, TSPDM_ERR_UNEXPECTED, "the last one; a session was to be opened, and was not");
	return TSPDM_OK;
}

enum tspdm_status tspdm_bundle_replay(
	struct tspdm_crypto *crypto, const struct tspdm_bundle_input *input, struct bundle_facts *facts)
{
	struct replay *r = calloc(1, sizeof *r); /* large */
	void *memory = malloc(tspdm_observer_size());
	uint8_t *chunks = malloc(CHUNKS_ROOM);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	if (r != NULL && memory != NULL && chunks != NULL) {
		r->crypto = crypto;
		r->in = input;
		r->facts = facts;
		status = run(r, memory, chunks);
		tspdm_observer_wipe(r->o);
	}
	free(r);
	free(chunks);
	free(memory);
	return status;
}
