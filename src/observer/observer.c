/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer: follows a connection as neither requester nor responder, decodes each message with the same codecs,
 * keeps the same transcripts, and recomputes digests and signatures where it has the material. */
#include <string.h>

#include <tspdm/observer.h>
#include <tspdm/secret.h>

#include "core/chain.h"
#include "core/connection.h"
#include "core/signing.h"

enum { REQUEST_MAX = 256 };

/* An observer takes any padding: it tells how much of a message its fields account for. */
static const struct tspdm_binding any_binding = { .name = "observer", .alignment = 1 };

struct kept_chain {
	uint32_t len; /* received so far */
	bool is_whole;
	uint8_t bytes[TSPDM_CHAIN_MAX];
};

struct tspdm_observer {
	struct tspdm_crypto *crypto;
	struct tspdm_crypto_support support;
	struct connection c;
	struct tspdm_hash *digest;
	bool is_multi_key;     /* MULTI_KEY_CONN_RSP */
	bool offers_multi_key; /* ResponderMultiKeyConn of the request */
	bool is_m_tainted; /* a message that belongs into M1/M2 was not seen whole (chunks): no BAD may come of it */
	bool is_l_tainted;
	uint8_t pending_code; /* of the request that awaits its response; 0: none */
	size_t pending_len;   /* of its bytes; 0: longer than is kept */
	uint8_t pending[REQUEST_MAX];
	uint8_t digest_slots;
	uint8_t digests[TSPDM_SLOTS][TSPDM_HASH_MAX];
	struct kept_chain chains[TSPDM_SLOTS];
};

/* A family of messages: how its request and its response are read. */
struct family {
	uint8_t request_code;
	uint8_t response_code;
	enum tspdm_status (*request)(struct tspdm_observer *o, struct tspdm_view message, size_t *used);
	enum tspdm_status (*response)(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen);
};

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

void tspdm_observer_wipe(struct tspdm_observer *o)
{
	if (o == NULL)
		return;
	o->crypto->ops->hash_free(o->crypto, o->digest);
	tspdm_connection_drop(&o->c);
	tspdm_wipe(o, sizeof *o);
}

enum tspdm_status tspdm_observer_chain(struct tspdm_observer *o, unsigned slot, struct tspdm_view chain)
{
	if (slot >= TSPDM_SLOTS)
		return TSPDM_ERR_ARGUMENT;
	if (chain.len > TSPDM_CHAIN_MAX)
		return TSPDM_ERR_TOO_LARGE;
	if (chain.len != 0)
		memcpy(o->chains[slot].bytes, chain.ptr, chain.len);
	o->chains[slot].len = (uint32_t)chain.len;
	o->chains[slot].is_whole = true;
	return TSPDM_OK;
}

static struct tspdm_shape shape_of(const struct tspdm_observer *o)
{
	struct tspdm_shape shape = tspdm_connection_shape(&o->c);

	shape.multi_key = o->is_multi_key;
	return shape;
}

static struct tspdm_view pending(const struct tspdm_observer *o)
{
	return (struct tspdm_view){ o->pending, o->pending_len };
}

static struct tspdm_view trimmed(struct tspdm_view message, size_t used)
{
	message.len = used;
	return message;
}

static bool can_hash(const struct tspdm_observer *o)
{
	return o->c.transcript.is_open && o->digest != NULL;
}

/* ---- What is recomputed ---- */

/* The slot's chain against the digest that DIGESTS or CHALLENGE_AUTH told. */
static uint8_t check_digest(struct tspdm_observer *o, unsigned slot, struct tspdm_view told)
{
	struct kept_chain *chain = slot < TSPDM_SLOTS ? &o->chains[slot] : NULL;
	uint8_t digest[TSPDM_HASH_MAX];

	if (chain == NULL || !chain->is_whole || !can_hash(o))
		return TSPDM_SEEN_NO_MATERIAL;
	if (tspdm_digest(o->crypto, o->digest, (struct tspdm_view){ chain->bytes, chain->len }, digest) != TSPDM_OK)
		return TSPDM_SEEN_NO_MATERIAL;
	return memcmp(digest, told.ptr, told.len) == 0 ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

/* The last DER element of a chain is the leaf; its key is found by judging the chain without anchors or dates. */
static struct tspdm_public_key *leaf_key(struct tspdm_observer *o, unsigned slot)
{
	const struct kept_chain *chain = slot < TSPDM_SLOTS ? &o->chains[slot] : NULL;
	const struct tspdm_shape shape = shape_of(o);
	struct tspdm_chain_result result = { 0 };
	struct chain_parts parts;
	struct tspdm_chain_check check;

	if (chain == NULL || !chain->is_whole || (o->support.asym & o->c.selected.base_asym) == 0)
		return NULL;
	if (tspdm_chain_read((struct tspdm_view){ chain->bytes, chain->len }, shape.version, shape.hash_len, &parts) !=
		TSPDM_OK)
		return NULL;
	check = (struct tspdm_chain_check){
		.certificates = parts.certificates,
		.root_hash = parts.root_hash,
		.hash = o->c.selected.base_hash,
		.asym = o->c.selected.base_asym,
		.is_alias = (o->c.peer_flags & TSPDM_CAP_ALIAS_CERT) != 0,
		.allow_unanchored = true,
	};
	return o->crypto->ops->check_chain(o->crypto, &check, &result) == TSPDM_OK ? result.leaf_key : NULL;
}

static uint8_t check_signature(struct tspdm_observer *o, unsigned slot, enum signing_use use, const uint8_t *digest,
	struct tspdm_view signature)
{
	const struct tspdm_algorithms *s = &o->c.selected;
	struct tspdm_public_key *key = leaf_key(o, slot);
	struct signing_input input;
	enum tspdm_status status;

	if (key == NULL)
		return TSPDM_SEEN_NO_MATERIAL;
	status = tspdm_signing_input(
		&input, o->c.version, TSPDM_ROLE_RESPONDER, use, s->base_asym, s->base_hash, digest);
	if (status == TSPDM_OK)
		status = tspdm_verify_signature(o->crypto, key, &input, signature, 0);
	o->crypto->ops->public_key_free(o->crypto, key);
	return status == TSPDM_OK ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

/* ---- Requests ---- */

static enum tspdm_status see_header(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_header header;

	(void)o;
	*used = sizeof header;
	return tspdm_read_header(message, &header);
}

static enum tspdm_status see_get_version(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	tspdm_connection_drop(&o->c);
	o->is_multi_key = o->offers_multi_key = o->is_m_tainted = o->is_l_tainted = false;
	o->digest_slots = 0;
	return see_header(o, message, used);
}

static enum tspdm_status see_get_capabilities(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_capabilities capabilities;
	struct tspdm_shape shape = shape_of(o);

	shape.version = message.ptr[0]; /* this request selects the version */
	o->c.version = shape.version;
	TSPDM_TRY(tspdm_read_get_capabilities(message, &shape, &capabilities, used));
	o->c.own_flags = capabilities.flags;
	return TSPDM_OK;
}

static enum tspdm_status see_negotiate(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_negotiate_algorithms offer;
	struct tspdm_shape shape = shape_of(o);

	TSPDM_TRY(tspdm_read_negotiate_algorithms(message, &shape, &offer, used));
	o->offers_multi_key = shape.version >= TSPDM_V13 && (offer.other_params & 0x10) != 0;
	return TSPDM_OK;
}

static enum tspdm_status see_get_certificate(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_get_certificate ask;
	struct tspdm_shape shape = shape_of(o);

	return tspdm_read_get_certificate(message, &shape, &ask, used);
}

static enum tspdm_status see_challenge(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_challenge ask;
	struct tspdm_shape shape = shape_of(o);

	return tspdm_read_challenge(message, &shape, &ask, used);
}

static enum tspdm_status see_get_measurements(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_get_measurements ask;
	struct tspdm_shape shape = shape_of(o);

	return tspdm_read_get_measurements(message, &shape, &ask, used);
}

static enum tspdm_status see_vendor_request(struct tspdm_observer *o, struct tspdm_view message, size_t *used)
{
	struct tspdm_vendor_defined ask;
	struct tspdm_shape shape = shape_of(o);

	return tspdm_read_vendor_defined(message, &shape, &ask, used);
}

/* ---- Responses ---- */

static enum tspdm_status see_version(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_version_response version;

	TSPDM_TRY(tspdm_read_version(message, &version, &seen->used));
	o->c.phase = TSPDM_PHASE_AFTER_VERSION;
	return tspdm_transcript_vca(&o->c.transcript, pending(o), trimmed(message, seen->used));
}

static enum tspdm_status see_capabilities(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_capabilities capabilities;
	struct tspdm_shape shape = shape_of(o);

	TSPDM_TRY(tspdm_read_capabilities(message, &shape, &capabilities, &seen->used));
	tspdm_connection_peer(&o->c, &capabilities);
	o->c.phase = TSPDM_PHASE_AFTER_CAPABILITIES;
	return tspdm_transcript_vca(&o->c.transcript, pending(o), trimmed(message, seen->used));
}

static enum tspdm_status see_algorithms(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_shape shape = shape_of(o);
	uint32_t multi_key = o->c.peer_flags & TSPDM_CAP_MULTI_KEY_MASK;
	uint32_t hash;

	TSPDM_TRY(tspdm_read_algorithms(message, &shape, &o->c.selected, &seen->used));
	TSPDM_TRY(tspdm_transcript_vca(&o->c.transcript, pending(o), trimmed(message, seen->used)));
	o->is_multi_key = multi_key == TSPDM_CAP_MULTI_KEY_ONLY ||
			  (multi_key == TSPDM_CAP_MULTI_KEY_NEGOTIABLE && o->offers_multi_key);
	o->c.phase = TSPDM_PHASE_NEGOTIATED;
	hash = o->c.selected.base_hash & o->support.hash;
	o->crypto->ops->hash_free(o->crypto, o->digest);
	o->digest = NULL;
	TSPDM_TRY(tspdm_transcript_open(&o->c.transcript, o->c.version, hash));
	return hash != 0 ? o->crypto->ops->hash_new(o->crypto, hash, &o->digest) : TSPDM_OK;
}

static enum tspdm_status see_digests(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_shape shape = shape_of(o);
	struct tspdm_digests digests;

	TSPDM_TRY(tspdm_read_digests(message, &shape, &digests, &seen->used));
	o->digest_slots = digests.provisioned_slots;
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (digests.digest[slot].len != 0)
			memcpy(o->digests[slot], digests.digest[slot].ptr, digests.digest[slot].len);
	o->is_m_tainted = false;
	if (!o->c.transcript.is_open)
		return TSPDM_OK;
	return tspdm_transcript_b(&o->c.transcript, true, pending(o), trimmed(message, seen->used));
}

/* Puts a portion where the request asked for it; a chain that was whole begins anew at offset 0. */
static void keep_portion(struct tspdm_observer *o, const struct tspdm_certificate *portion, uint32_t offset)
{
	struct kept_chain *chain = &o->chains[portion->slot % TSPDM_SLOTS];

	if (offset == 0)
		*chain = (struct kept_chain){ 0 };
	if (chain->is_whole || offset != chain->len || portion->portion.len > sizeof chain->bytes - chain->len)
		return;
	if (portion->portion.len != 0)
		memcpy(chain->bytes + chain->len, portion->portion.ptr, portion->portion.len);
	chain->len += (uint32_t)portion->portion.len;
	chain->is_whole = portion->portion.len != 0 && portion->remainder == 0;
}

static enum tspdm_status see_certificate(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_shape shape = shape_of(o);
	struct tspdm_get_certificate ask;
	struct tspdm_certificate portion;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_certificate(message, &shape, &portion, &seen->used));
	TSPDM_TRY(tspdm_read_get_certificate(pending(o), &shape, &ask, &ask_len));
	keep_portion(o, &portion, ask.offset);
	if (portion.remainder == 0 && portion.slot < TSPDM_SLOTS && (o->digest_slots & 1U << portion.slot) != 0)
		seen->digest =
			check_digest(o, portion.slot, (struct tspdm_view){ o->digests[portion.slot], shape.hash_len });
	if (!o->c.transcript.is_open)
		return TSPDM_OK;
	return tspdm_transcript_b(&o->c.transcript, false, pending(o), trimmed(message, seen->used));
}

static enum tspdm_status see_challenge_auth(
	struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_shape shape = shape_of(o);
	struct tspdm_challenge ask;
	struct tspdm_challenge_auth auth;
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_view body;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_challenge(pending(o), &shape, &ask, &ask_len));
	shape.summary_hash_len = tspdm_connection_summary_len(&o->c, o->c.peer_flags, ask.summary_type);
	TSPDM_TRY(tspdm_read_challenge_auth(message, &shape, &auth, &seen->used));
	seen->digest = check_digest(o, ask.slot, auth.chain_hash);
	seen->signature = TSPDM_SEEN_NO_MATERIAL;
	if (!o->c.transcript.is_open)
		return TSPDM_OK;
	body = trimmed(message, seen->used - auth.signature.len);
	TSPDM_TRY(tspdm_transcript_challenge(&o->c.transcript, pending(o), body, digest));
	if (!o->is_m_tainted)
		seen->signature = check_signature(o, ask.slot, SIGNING_CHALLENGE_AUTH, digest, auth.signature);
	o->is_m_tainted = false;
	return tspdm_transcript_authenticated(&o->c.transcript);
}

static enum tspdm_status check_measurements(struct tspdm_observer *o, unsigned slot, bool is_signed,
	struct tspdm_view body, struct tspdm_view signature, struct tspdm_seen *seen)
{
	uint8_t digest[TSPDM_HASH_MAX];

	seen->signature = is_signed ? TSPDM_SEEN_NO_MATERIAL : TSPDM_SEEN_NOTHING;
	if (!o->c.transcript.is_open)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_transcript_l(&o->c.transcript, pending(o), body));
	if (!is_signed)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_transcript_l_digest(&o->c.transcript, digest));
	if (!o->is_l_tainted)
		seen->signature = check_signature(o, slot, SIGNING_MEASUREMENTS, digest, signature);
	o->is_l_tainted = false;
	return tspdm_transcript_reset_l(&o->c.transcript);
}

static enum tspdm_status see_measurements(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_shape shape = shape_of(o);
	struct tspdm_get_measurements ask;
	struct tspdm_measurements answer;
	struct tspdm_measurement_block block;
	struct tspdm_view rest;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_get_measurements(pending(o), &shape, &ask, &ask_len));
	shape.is_signed = ask.is_signed;
	TSPDM_TRY(tspdm_read_measurements(message, &shape, &answer, &seen->used));
	rest = answer.record;
	for (unsigned i = 0; i < answer.block_count; i++)
		TSPDM_TRY(tspdm_next_block(&rest, &block));
	if (rest.len != 0)
		return TSPDM_ERR_TRAILING;
	return check_measurements(o, ask.slot, ask.is_signed, trimmed(message, seen->used - answer.signature.len),
		answer.signature, seen);
}

static enum tspdm_status see_vendor_response(
	struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_vendor_defined answer;
	struct tspdm_shape shape = shape_of(o);

	return tspdm_read_vendor_defined(message, &shape, &answer, &seen->used);
}

static const struct family families[] = {
	{ TSPDM_GET_VERSION, TSPDM_VERSION, see_get_version, see_version },
	{ TSPDM_GET_CAPABILITIES, TSPDM_CAPABILITIES, see_get_capabilities, see_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS, see_negotiate, see_algorithms },
	{ TSPDM_GET_DIGESTS, TSPDM_DIGESTS, see_header, see_digests },
	{ TSPDM_GET_CERTIFICATE, TSPDM_CERTIFICATE, see_get_certificate, see_certificate },
	{ TSPDM_CHALLENGE, TSPDM_CHALLENGE_AUTH, see_challenge, see_challenge_auth },
	{ TSPDM_GET_MEASUREMENTS, TSPDM_MEASUREMENTS, see_get_measurements, see_measurements },
	{ TSPDM_VENDOR_DEFINED_REQUEST, TSPDM_VENDOR_DEFINED_RESPONSE, see_vendor_request, see_vendor_response },
};

static const struct family *family_of(bool is_request, uint8_t code)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if ((is_request ? families[i].request_code : families[i].response_code) == code)
			return &families[i];
	return NULL;
}

/* ---- Following ---- */

static void taint(struct tspdm_observer *o, uint8_t code)
{
	if (code != TSPDM_CHUNK_SEND && code != TSPDM_CHUNK_GET)
		return;
	o->is_m_tainted = true; /* what the chunks carry is not followed */
	o->is_l_tainted = true;
}

static void see_request(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	uint8_t code = seen->header.code;
	const struct family *family = family_of(true, code);

	if (code == TSPDM_RESPOND_IF_READY) {
		seen->used = sizeof seen->header;
		return; /* the request that it asks after stays pending */
	}
	taint(o, code);
	o->pending_code = code;
	o->pending_len = 0;
	if (o->c.phase == TSPDM_PHASE_NEGOTIATED && code != TSPDM_CHUNK_SEND && code != TSPDM_CHUNK_GET)
		seen->status = tspdm_transcript_request(&o->c.transcript, code);
	if (seen->status == TSPDM_OK)
		seen->status = family != NULL ? family->request(o, message, &seen->used) : TSPDM_ERR_UNSUPPORTED;
	if (seen->status != TSPDM_OK || seen->used > sizeof o->pending)
		return;
	memcpy(o->pending, message.ptr, seen->used);
	o->pending_len = seen->used;
}

static void see_error(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	struct tspdm_error_response error;

	seen->status = tspdm_read_error(message, &error, &seen->used);
	if (seen->status != TSPDM_OK || error.code == TSPDM_ERROR_RESPONSE_NOT_READY)
		return;
	o->pending_code = 0;
	if (error.code == TSPDM_ERROR_LARGE_RESPONSE)
		taint(o, TSPDM_CHUNK_GET);
	if (error.code == TSPDM_ERROR_REQUEST_RESYNCH)
		tspdm_connection_drop(&o->c);
	else
		seen->status = tspdm_transcript_error(&o->c.transcript);
}

static void see_response(struct tspdm_observer *o, struct tspdm_view message, struct tspdm_seen *seen)
{
	const struct family *family = family_of(false, seen->header.code);

	if (seen->header.code == TSPDM_ERROR) {
		see_error(o, message, seen);
		return;
	}
	if (family == NULL) {
		seen->status = TSPDM_ERR_UNSUPPORTED;
	} else if (family->request_code != o->pending_code || o->pending_len == 0) {
		seen->status = o->pending_code == family->request_code ? TSPDM_ERR_UNSUPPORTED : TSPDM_ERR_UNEXPECTED;
	} else {
		seen->status = family->response(o, message, seen);
	}
	o->pending_code = 0;
}

void tspdm_observer_see(struct tspdm_observer *o, bool is_request, struct tspdm_view message, struct tspdm_seen *out)
{
	struct tspdm_seen seen = { 0 };

	seen.status = tspdm_read_header(message, &seen.header);
	if (seen.status == TSPDM_OK && is_request)
		see_request(o, message, &seen);
	else if (seen.status == TSPDM_OK)
		see_response(o, message, &seen);
	*out = seen;
}
