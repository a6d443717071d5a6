/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on who the two sides are: DIGESTS, CERTIFICATE, CHALLENGE_AUTH, and the keys that signatures verify with. */
#include <string.h>

#include "base/cursor.h"
#include "core/chain.h"
#include "observer/observer.h"

enum { DER_SEQUENCE = 0x30, SIGNED_SLOT_MASK = 0x0F };

static bool can_hash(const struct tspdm_observer *o)
{
	return o->c.transcript.is_open && o->digest != NULL && o->mutual != NULL;
}

static struct tspdm_view bytes_of(const struct kept_chain *chain)
{
	return (struct tspdm_view){ chain->bytes, chain->len };
}

/* NULL: not received whole. */
static const struct kept_chain *whole_chain(const struct tspdm_observer *o, unsigned side, unsigned slot)
{
	const struct kept_chain *chain = slot < TSPDM_SLOTS ? &o->sides[side].chains[slot] : NULL;

	return chain != NULL && chain->is_whole ? chain : NULL;
}

static bool is_public_key_slot(unsigned slot)
{
	return slot == TSPDM_SLOT_PUBLIC_KEY || slot == TSPDM_SLOT_PARAM_PUBLIC_KEY;
}

/* ---- Digests ---- */

static uint8_t compare_digest(const struct tspdm_observer *o, const uint8_t *digest, struct tspdm_view told)
{
	if (told.len != tspdm_algorithm_size(TSPDM_KIND_HASH, o->c.transcript.hash))
		return TSPDM_SEEN_NO_MATERIAL;
	return memcmp(digest, told.ptr, told.len) == 0 ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

/* The slot's chain, or the provisioned key, against the digest that DIGESTS or CHALLENGE_AUTH told. */
static uint8_t check_digest(struct tspdm_observer *o, unsigned side, unsigned slot, struct tspdm_view told)
{
	const struct kept_chain *chain = whole_chain(o, side, slot);
	const struct side *s = &o->sides[side];
	struct tspdm_view data = { NULL, 0 };
	uint8_t digest[TSPDM_HASH_MAX], result;

	if (chain != NULL)
		data = bytes_of(chain);
	else if (is_public_key_slot(slot))
		data = (struct tspdm_view){ s->public_key, s->public_key_len };
	if (data.len == 0 || !can_hash(o) || tspdm_digest(o->crypto, o->digest, data, digest) != TSPDM_OK)
		return TSPDM_SEEN_NO_MATERIAL;
	result = compare_digest(o, digest, told);
	if (result != TSPDM_SEEN_BAD || chain == NULL || !chain->is_doubtful)
		return result;
	o->sides[side].chains[slot].is_whole = false; /* the other one is in force */
	return TSPDM_SEEN_NO_MATERIAL;
}

bool tspdm_look_identity(struct look *l, unsigned side, unsigned slot, uint8_t *digest)
{
	struct tspdm_observer *o = l->o;
	const struct kept_chain *chain = whole_chain(o, side, slot);
	const struct side *s = &o->sides[side];

	if (!can_hash(o))
		return false;
	if (chain != NULL)
		return tspdm_digest(o->crypto, o->digest, bytes_of(chain), digest) == TSPDM_OK;
	if (slot < TSPDM_SLOTS && (s->digest_slots & 1U << slot) != 0) {
		memcpy(digest, s->digests[slot], TSPDM_HASH_MAX);
		return true;
	}
	if (!is_public_key_slot(slot) || s->public_key_len == 0)
		return false;
	return tspdm_digest(o->crypto, o->digest, (struct tspdm_view){ s->public_key, s->public_key_len }, digest) ==
	       TSPDM_OK;
}

/* ---- Keys ---- */

static uint32_t asym_of(const struct tspdm_observer *o, unsigned side)
{
	const struct tspdm_algorithms *a = &o->c.selected;
	uint32_t asym = side == SIDE_RESPONDER ? a->base_asym : a->tables.supported[TSPDM_ALG_REQ_ASYM];

	return asym & o->support.asym;
}

/* Judges a chain without anchors or dates. TSPDM_ERR_UNSUPPORTED: there is nothing to judge it with. */
static enum tspdm_status judge_chain(struct tspdm_observer *o, unsigned side, const struct kept_chain *chain,
	struct chain_parts *parts, struct tspdm_chain_result *result)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&o->c);
	uint32_t flags = side == SIDE_RESPONDER ? o->c.peer_flags : o->c.own_flags;
	struct tspdm_chain_check check;

	if (asym_of(o, side) == 0 || !can_hash(o))
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(tspdm_chain_read(bytes_of(chain), shape.version, shape.hash_len, parts));
	check = (struct tspdm_chain_check){
		.certificates = parts->certificates,
		.root_hash = parts->root_hash,
		.hash = o->c.selected.base_hash,
		.asym = asym_of(o, side),
		.is_requester = side == SIDE_REQUESTER,
		.is_alias = (flags & TSPDM_CAP_ALIAS_CERT) != 0,
		.allow_unanchored = true,
	};
	return o->crypto->ops->check_chain(o->crypto, &check, result);
}

static struct tspdm_public_key *key_of(struct tspdm_observer *o, unsigned side, unsigned slot)
{
	const struct kept_chain *chain = whole_chain(o, side, slot);
	const struct side *s = &o->sides[side];
	struct tspdm_chain_result result = { 0 };
	struct chain_parts parts;
	struct tspdm_public_key *key = NULL;

	if (chain != NULL)
		return judge_chain(o, side, chain, &parts, &result) == TSPDM_OK ? result.leaf_key : NULL;
	if (!is_public_key_slot(slot) || s->public_key_len == 0 || asym_of(o, side) == 0)
		return NULL;
	if (o->crypto->ops->public_key_new(o->crypto, asym_of(o, side),
		    (struct tspdm_view){ s->public_key, s->public_key_len }, &key) != TSPDM_OK)
		return NULL;
	return key;
}

/* Some that sign with Ed448 leave the context empty: what is signed over names it anyway. */
static enum tspdm_status verify(struct tspdm_observer *o, struct tspdm_public_key *key, struct signing_input *input,
	struct tspdm_view signature)
{
	enum tspdm_status status = o->crypto->ops->verify(o->crypto, key, &input->tbs, signature);

	if (status == TSPDM_OK || input->tbs.asym != TSPDM_ASYM_ED448)
		return status;
	input->tbs.context.len = 0;
	return o->crypto->ops->verify(o->crypto, key, &input->tbs, signature);
}

/* Before 1.2 the byte order of RSA's octets and of ECDSA's two integers was not said. */
static enum tspdm_status verify_reversed(struct tspdm_observer *o, struct tspdm_public_key *key,
	struct signing_input *input, struct tspdm_view signature)
{
	const uint32_t ecdsa = TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384 | TSPDM_ASYM_ECDSA_P521;
	uint8_t reversed[TSPDM_SIGNATURE_MAX];
	size_t part = (input->tbs.asym & ecdsa) != 0 ? signature.len / 2 : signature.len;

	if (o->c.version >= TSPDM_V12 || part == 0 || signature.len > sizeof reversed)
		return TSPDM_ERR_SIGNATURE;
	for (size_t i = 0; i < signature.len; i++)
		reversed[i] = signature.ptr[i / part * part + part - 1 - i % part];
	return verify(o, key, input, (struct tspdm_view){ reversed, signature.len });
}

static bool is_doubtful(const struct tspdm_observer *o, unsigned side, unsigned slot)
{
	const struct kept_chain *chain = whole_chain(o, side, slot);

	return chain != NULL && chain->is_doubtful;
}

uint8_t tspdm_look_signature(struct look *l, unsigned side, unsigned slot, enum signing_use use, const uint8_t *digest,
	struct tspdm_view signature)
{
	struct tspdm_observer *o = l->o;
	struct tspdm_public_key *key = key_of(o, side, slot);
	enum tspdm_role role = side == SIDE_RESPONDER ? TSPDM_ROLE_RESPONDER : TSPDM_ROLE_REQUESTER;
	struct signing_input input;
	enum tspdm_status status;

	if (key == NULL)
		return TSPDM_SEEN_NO_MATERIAL;
	status =
		tspdm_signing_input(&input, o->c.version, role, use, asym_of(o, side), o->c.selected.base_hash, digest);
	if (status == TSPDM_OK)
		status = verify(o, key, &input, signature);
	if (status == TSPDM_ERR_SIGNATURE)
		status = verify_reversed(o, key, &input, signature);
	o->crypto->ops->public_key_free(o->crypto, key);
	if (status == TSPDM_ERR_CRYPTO || status == TSPDM_ERR_UNSUPPORTED || status == TSPDM_ERR_MEMORY)
		return TSPDM_SEEN_NO_MATERIAL;
	if (status == TSPDM_OK)
		return TSPDM_SEEN_OK;
	return is_doubtful(o, side, slot) ? TSPDM_SEEN_NO_MATERIAL : TSPDM_SEEN_BAD;
}

/* ---- The transcript of the requester's authentication: M1/M2 of DSP0274 1.2 "Basic mutual authentication" ---- */

/* It begins with VCA from 1.2 on, and with nothing before. */
static enum tspdm_status reset_mutual(struct tspdm_observer *o)
{
	if (o->c.version < TSPDM_V12)
		return o->crypto->ops->hash_reset(o->crypto, o->mutual);
	return o->crypto->ops->hash_copy(o->crypto, o->mutual, o->c.transcript.vca);
}

static enum tspdm_status append_mutual(struct look *l, size_t behind)
{
	struct tspdm_observer *o = l->o;

	TSPDM_TRY(o->crypto->ops->hash_update(o->crypto, o->mutual, tspdm_look_request(l)));
	return o->crypto->ops->hash_update(o->crypto, o->mutual, tspdm_look_body(l, behind));
}

/* Puts an exchange into M1/M2 of whoever answers. */
static enum tspdm_status append_b(struct look *l, bool is_digests)
{
	struct tspdm_observer *o = l->o;

	if (!can_hash(o))
		return TSPDM_OK;
	if (!l->is_inner)
		return tspdm_transcript_b(&o->c.transcript, is_digests, tspdm_look_request(l), tspdm_look_body(l, 0));
	if (look_session(l) != NULL)
		return TSPDM_OK;
	if (is_digests)
		TSPDM_TRY(reset_mutual(o));
	return append_mutual(l, 0);
}

/* ---- DIGESTS ---- */

static enum tspdm_status see_header(struct look *l)
{
	l->seen->used = sizeof l->seen->header;
	return TSPDM_OK;
}

static void keep_message(struct look *l, uint8_t *bytes, size_t *len)
{
	if (l->seen->used > DIGESTS_MAX)
		return;
	memcpy(bytes, l->message.ptr, l->seen->used);
	*len = l->seen->used;
}

/* DSP0274 1.3: with several keys the first DIGESTS of the connection, and of the requester the first encapsulated answer
 * of a handshake, are part of the sessions' transcripts. */
static void keep_for_sessions(struct look *l)
{
	struct tspdm_observer *o = l->o;
	struct seen_session *s = look_session(l) != NULL ? look_session(l) : o->clear_session;

	if (!l->is_inner) {
		if (o->is_first_request && o->is_multi_key[SIDE_RESPONDER] && look_session(l) == NULL)
			keep_message(l, o->digests, &o->digests_len);
		o->is_first_request = false;
		return;
	}
	if (s != NULL && !s->is_flow_begun && s->info.phase == TSPDM_SEEN_HANDSHAKE && o->is_multi_key[SIDE_REQUESTER])
		keep_message(l, s->digests, &s->digests_len);
}

static enum tspdm_status see_digests(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct side *side = &l->o->sides[look_side(l)];
	struct tspdm_digests digests;

	TSPDM_TRY(tspdm_read_digests(l->message, &shape, &digests, &l->seen->used));
	side->digest_slots = digests.provisioned_slots;
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (digests.digest[slot].len != 0)
			memcpy(side->digests[slot], digests.digest[slot].ptr, digests.digest[slot].len);
	if (!l->is_inner && look_session(l) == NULL)
		l->o->is_m_tainted = false;
	keep_for_sessions(l);
	return append_b(l, true);
}

/* ---- CERTIFICATE ---- */

static enum tspdm_status see_get_certificate(struct look *l)
{
	struct tspdm_get_certificate ask;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_get_certificate(l->message, &shape, &ask, &l->seen->used);
}

/* Puts a portion where the request asked for it; a chain that was whole begins anew at offset 0. */
static void keep_portion(struct kept_chain *chain, const struct tspdm_certificate *portion, uint32_t offset)
{
	if (offset == 0) {
		chain->len = 0;
		chain->is_whole = chain->is_doubtful = false;
	}
	if (chain->is_whole || offset != chain->len || portion->portion.len > sizeof chain->bytes - chain->len)
		return;
	if (portion->portion.len != 0)
		memcpy(chain->bytes + chain->len, portion->portion.ptr, portion->portion.len);
	chain->len += (uint32_t)portion->portion.len;
	chain->is_whole = portion->portion.len != 0 && portion->remainder == 0;
}

static size_t count_certificates(struct tspdm_view certificates)
{
	struct reader r = reader_of(certificates);
	size_t count = 0;

	for (; r.left != 0 && !r.failed; count++) {
		uint8_t tag = read_u8(&r);
		uint8_t first = read_u8(&r);
		size_t len = first < 0x80 ? first : 0;

		if (tag != DER_SEQUENCE || first > 0x82)
			return 0;
		for (unsigned i = 0x80; i < first; i++)
			len = len << 8 | read_u8(&r);
		read_bytes(&r, len);
	}
	return r.failed ? 0 : count;
}

static uint8_t check_root(struct tspdm_observer *o, const struct chain_parts *parts)
{
	struct reader r = reader_of(parts->certificates);
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_view root = parts->certificates;
	size_t len = 0;
	uint8_t first;

	read_u8(&r);
	first = read_u8(&r);
	if (first > 0x82)
		return TSPDM_SEEN_BAD;
	for (unsigned i = 0x80; i < first; i++)
		len = len << 8 | read_u8(&r);
	len = (first < 0x80 ? first : len) + (root.len - r.left);
	if (r.failed || len > root.len)
		return TSPDM_SEEN_BAD;
	root.len = len;
	if (!can_hash(o) || tspdm_digest(o->crypto, o->digest, root, digest) != TSPDM_OK)
		return TSPDM_SEEN_NO_MATERIAL;
	return compare_digest(o, digest, parts->root_hash);
}

/* A chain that has come whole. What a chain is refused for besides signatures is not the observer's business. */
static void check_whole(struct look *l, unsigned slot)
{
	struct tspdm_observer *o = l->o;
	struct side *side = &o->sides[look_side(l)];
	const struct tspdm_shape shape = tspdm_connection_shape(&o->c);
	struct tspdm_chain_result result = { 0 };
	struct chain_parts parts;
	size_t count;
	uint8_t links = TSPDM_SEEN_NO_MATERIAL;
	enum tspdm_status status;

	if ((side->digest_slots & 1U << slot) != 0)
		tspdm_look_result(l, TSPDM_CHECK_DIGEST_OF_CHAIN,
			check_digest(
				o, look_side(l), slot, (struct tspdm_view){ side->digests[slot], shape.hash_len }));
	if (tspdm_chain_read(bytes_of(&side->chains[slot]), shape.version, shape.hash_len, &parts) != TSPDM_OK)
		return;
	tspdm_look_result(l, TSPDM_CHECK_CHAIN_ROOT_HASH, check_root(o, &parts));
	count = count_certificates(parts.certificates);
	status = judge_chain(o, look_side(l), &side->chains[slot], &parts, &result);
	o->crypto->ops->public_key_free(o->crypto, result.leaf_key);
	if (status == TSPDM_OK)
		links = TSPDM_SEEN_OK;
	else if (status == TSPDM_ERR_CHAIN_SIGNATURE)
		links = TSPDM_SEEN_BAD;
	tspdm_look_results(l, TSPDM_CHECK_CHAIN_LINKS, links, count != 0 ? count - 1 : 0);
}

static enum tspdm_status see_certificate(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_get_certificate ask;
	struct tspdm_certificate portion;
	struct kept_chain *chain;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_certificate(l->message, &shape, &portion, &l->seen->used));
	TSPDM_TRY(tspdm_read_get_certificate(tspdm_look_request(l), &shape, &ask, &ask_len));
	if (portion.slot < TSPDM_SLOTS && portion.slot == ask.slot && !ask.size_requested) {
		chain = &l->o->sides[look_side(l)].chains[portion.slot];
		keep_portion(chain, &portion, ask.offset);
		if (chain->is_whole && portion.remainder == 0)
			check_whole(l, portion.slot);
	}
	return append_b(l, false);
}

/* ---- CHALLENGE_AUTH ---- */

static enum tspdm_status see_challenge(struct look *l)
{
	struct tspdm_challenge ask;
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_challenge(l->message, &shape, &ask, &l->seen->used);
}

static bool is_equal(struct tspdm_view a, struct tspdm_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static uint8_t check_echo(const struct tspdm_challenge *ask, const struct tspdm_challenge_auth *auth)
{
	bool is_good = auth->slot == (ask->slot & SIGNED_SLOT_MASK) &&
		       is_equal(ask->requester_context, auth->requester_context);

	return is_good ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD;
}

static enum tspdm_status check_mutual(struct look *l, unsigned slot, struct tspdm_view signature)
{
	struct tspdm_observer *o = l->o;
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t result = TSPDM_SEEN_NO_MATERIAL;

	if (can_hash(o) && look_session(l) == NULL) {
		TSPDM_TRY(append_mutual(l, signature.len));
		TSPDM_TRY(o->crypto->ops->hash_final(o->crypto, o->mutual, digest));
		result = tspdm_look_signature(l, SIDE_REQUESTER, slot, SIGNING_CHALLENGE_AUTH, digest, signature);
		TSPDM_TRY(reset_mutual(o));
	}
	tspdm_look_result(l, TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_SIGNATURE, result);
	return TSPDM_OK;
}

static enum tspdm_status check_challenge(struct look *l, unsigned slot, struct tspdm_view signature)
{
	struct tspdm_observer *o = l->o;
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t result = TSPDM_SEEN_NO_MATERIAL;

	if (!can_hash(o)) {
		tspdm_look_result(l, TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE, result);
		return TSPDM_OK;
	}
	TSPDM_TRY(tspdm_transcript_challenge(
		&o->c.transcript, tspdm_look_request(l), tspdm_look_body(l, signature.len), digest));
	if (!o->is_m_tainted)
		result = tspdm_look_signature(l, SIDE_RESPONDER, slot, SIGNING_CHALLENGE_AUTH, digest, signature);
	tspdm_look_result(l, TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE, result);
	o->is_m_tainted = false;
	TSPDM_TRY(reset_mutual(o)); /* basic mutual authentication begins here */
	return tspdm_transcript_authenticated(&o->c.transcript);
}

static enum tspdm_status see_challenge_auth(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_challenge ask;
	struct tspdm_challenge_auth auth;
	size_t ask_len;

	TSPDM_TRY(tspdm_read_challenge(tspdm_look_request(l), &shape, &ask, &ask_len));
	if (!l->is_inner)
		shape.summary_hash_len = tspdm_connection_summary_len(&l->o->c, l->o->c.peer_flags, ask.summary_type);
	TSPDM_TRY(tspdm_read_challenge_auth(l->message, &shape, &auth, &l->seen->used));
	tspdm_look_result(l,
		l->is_inner ? TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_CHAIN_HASH : TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH,
		check_digest(l->o, look_side(l), ask.slot, auth.chain_hash));
	tspdm_look_result(l, l->is_inner ? TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_ECHO : TSPDM_CHECK_CHALLENGE_AUTH_ECHO,
		check_echo(&ask, &auth));
	return l->is_inner ? check_mutual(l, ask.slot, auth.signature) : check_challenge(l, ask.slot, auth.signature);
}

const struct family tspdm_families_identity[] = {
	{ TSPDM_GET_DIGESTS, TSPDM_DIGESTS, PLACE_CLEAR | PLACE_SESSION | PLACE_INNER, see_header, see_digests },
	{ TSPDM_GET_CERTIFICATE, TSPDM_CERTIFICATE, PLACE_CLEAR | PLACE_SESSION | PLACE_INNER, see_get_certificate,
		see_certificate },
	{ TSPDM_CHALLENGE, TSPDM_CHALLENGE_AUTH, PLACE_CLEAR | PLACE_INNER, see_challenge, see_challenge_auth },
	{ 0 },
};
