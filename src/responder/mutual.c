/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Mutual authentication: whether and how a requester has to prove who it is, what it claims to be, and what that comes to.
 * DSP0274 1.2 "Session-based mutual authentication", "Basic mutual authentication". */
#include <string.h>

#include <tspdm/secret.h>

#include "core/digest.h"
#include "responder/responder.h"

/* ---- The configuration ---- */

static bool is_configured(const struct tspdm_responder_config *c)
{
	return c->mutual != TSPDM_MUTUAL_NONE || c->basic_mutual;
}

static enum tspdm_status check_values(const struct tspdm_responder_config *c)
{
	bool is_one_form = c->mutual_form == TSPDM_MUTUAL_AUTH || c->mutual_form == TSPDM_MUTUAL_AUTH_ENCAPSULATED ||
			   c->mutual_form == TSPDM_MUTUAL_AUTH_IMPLICIT;
	bool is_known = c->requester_certificates.len != 0 || c->requester_key.len != 0;

	if (c->mutual > TSPDM_MUTUAL_REQUIRE || !is_one_form || c->requester_slot >= TSPDM_SLOTS)
		return TSPDM_ERR_ARGUMENT;
	if (c->mutual_form == TSPDM_MUTUAL_AUTH && !is_known)
		return TSPDM_ERR_ARGUMENT;
	return c->requester_chain != NULL || is_known ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

/* A provisioned key that nothing can be verified with is told at once, not when a requester comes. */
static enum tspdm_status check_key(const struct tspdm_responder_config *c)
{
	struct tspdm_public_key *key = NULL;

	if (c->requester_key.len == 0)
		return TSPDM_OK;
	if (c->requester_key.len > SPKI_MAX)
		return TSPDM_ERR_KEY;
	TSPDM_TRY(c->crypto->ops->public_key_new(c->crypto, c->req_asym, c->requester_key, &key));
	c->crypto->ops->public_key_free(c->crypto, key);
	return TSPDM_OK;
}

enum tspdm_status tspdm_mutual_configure(struct tspdm_responder *p)
{
	struct tspdm_responder_config *c = &p->config;
	struct tspdm_crypto_support support = { 0 };

	if (!is_configured(c))
		return (c->capabilities & TSPDM_CAP_MUT_AUTH) != 0 ? TSPDM_ERR_UNSUPPORTED : TSPDM_OK;
	c->crypto->ops->supported(c->crypto, &support);
	if (c->req_asym == 0)
		c->req_asym = tspdm_default_algorithms(TSPDM_KIND_ASYM, support.asym) & UINT16_MAX;
	if ((c->req_asym & ~support.asym) != 0 || c->req_asym > UINT16_MAX || c->req_asym == 0)
		return TSPDM_ERR_UNSUPPORTED;
	if (c->mutual_form == 0)
		c->mutual_form =
			c->requester_certificates.len != 0 ? TSPDM_MUTUAL_AUTH : TSPDM_MUTUAL_AUTH_ENCAPSULATED;
	TSPDM_TRY(check_values(c));
	TSPDM_TRY(check_key(c));
	c->capabilities |= TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP;
	if (c->mutual != TSPDM_MUTUAL_NONE && (c->capabilities & TSPDM_CAP_KEY_EX) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	if (c->basic_mutual && (c->capabilities & TSPDM_CAP_CHAL) == 0)
		return TSPDM_ERR_UNSUPPORTED;
	p->offer.req_asym = (uint16_t)c->req_asym;
	return TSPDM_OK;
}

/* ---- The policy on a connection ---- */

static bool can_sign(const struct connection *c)
{
	return (c->own_flags & c->peer_flags & TSPDM_CAP_MUT_AUTH) != 0 &&
	       c->selected.tables.supported[TSPDM_ALG_REQ_ASYM] != 0;
}

/* A requester that has a key instead of certificates has nothing to show: the key is known, or it cannot be asked. */
static bool has_key_alone(const struct connection *c)
{
	return (c->peer_flags & TSPDM_CAP_PUB_KEY_ID) != 0;
}

bool tspdm_mutual_is_provisioned(const struct tspdm_responder *p)
{
	if (has_key_alone(&p->connection))
		return p->config.requester_key.len != 0;
	return p->config.requester_certificates.len != 0 && (p->connection.peer_flags & TSPDM_CAP_CERT) != 0;
}

/* Encapsulated GET_DIGESTS and GET_CERTIFICATE need them answered. */
static bool can_show_chain(const struct tspdm_responder *p)
{
	const struct connection *c = &p->connection;

	return p->config.requester_chain != NULL && (c->own_flags & c->peer_flags & TSPDM_CAP_ENCAP) != 0 &&
	       (c->peer_flags & TSPDM_CAP_CERT) != 0;
}

static uint8_t form_of(const struct tspdm_responder *p)
{
	uint8_t wanted = p->config.mutual_form;

	if (!can_sign(&p->connection))
		return 0;
	if (has_key_alone(&p->connection) || wanted == TSPDM_MUTUAL_AUTH)
		return tspdm_mutual_is_provisioned(p) ? TSPDM_MUTUAL_AUTH : 0;
	return can_show_chain(p) ? wanted : 0;
}

enum tspdm_status tspdm_mutual_choose(const struct tspdm_responder *p, uint8_t *form, uint8_t *slot)
{
	*form = p->config.mutual != TSPDM_MUTUAL_NONE ? form_of(p) : 0;
	*slot = has_key_alone(&p->connection) ? TSPDM_SLOT_PUBLIC_KEY : p->config.requester_slot;
	return *form == 0 && p->config.mutual == TSPDM_MUTUAL_REQUIRE ? TSPDM_ERR_POLICY : TSPDM_OK;
}

bool tspdm_mutual_wants_basic(const struct tspdm_responder *p)
{
	const struct connection *c = &p->connection;

	return p->config.basic_mutual && can_sign(c) && (c->own_flags & c->peer_flags & TSPDM_CAP_ENCAP) != 0 &&
	       (c->peer_flags & TSPDM_CAP_CHAL) != 0 && (tspdm_mutual_is_provisioned(p) || can_show_chain(p));
}

/* ---- Claims ---- */

void tspdm_claim_drop(struct tspdm_responder *p, struct claim *claim)
{
	if (claim->key != NULL)
		p->config.crypto->ops->public_key_free(p->config.crypto, claim->key);
	memset(claim, 0, sizeof *claim);
}

static enum tspdm_status judge(
	struct tspdm_responder *p, struct tspdm_view certificates, struct tspdm_view root_hash, struct claim *claim)
{
	const struct tspdm_algorithms *s = &p->connection.selected;
	const struct tspdm_chain_check check = {
		.certificates = certificates,
		.root_hash = root_hash,
		.hash = s->base_hash,
		.asym = s->tables.supported[TSPDM_ALG_REQ_ASYM],
		.anchors = p->config.requester_anchors,
		.time = p->config.time,
		.is_requester = true,
		.allow_unanchored = p->config.allow_unanchored_requester,
	};
	struct tspdm_buffer spki = { claim->spki, sizeof claim->spki, 0 };
	struct tspdm_chain_result result;

	TSPDM_TRY(tspdm_peer_judge(p->config.crypto, &check, &spki, &result));
	claim->key = result.leaf_key;
	claim->is_anchored = result.is_anchored;
	claim->certificates = certificates;
	claim->leaf = result.leaf;
	claim->spki_len = spki.len;
	return TSPDM_OK;
}

static enum tspdm_status claim_key(struct tspdm_responder *p, struct claim *claim)
{
	const struct tspdm_responder_config *c = &p->config;
	const struct tspdm_algorithms *s = &p->connection.selected;

	TSPDM_TRY(tspdm_digest_once(c->crypto, s->base_hash, c->requester_key, claim->digest));
	memcpy(claim->spki, c->requester_key.ptr, c->requester_key.len);
	claim->spki_len = c->requester_key.len;
	return c->crypto->ops->public_key_new(
		c->crypto, s->tables.supported[TSPDM_ALG_REQ_ASYM], c->requester_key, &claim->key);
}

static enum tspdm_status claim_chain(struct tspdm_responder *p, struct tspdm_hash *hash, struct claim *claim)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	size_t hash_len = tspdm_connection_shape(&p->connection).hash_len;
	const struct tspdm_slot slot = { .certificates = p->config.requester_certificates,
		.root = p->config.requester_root };
	struct chain_image image;

	TSPDM_TRY(tspdm_chain_image(&image, crypto, hash, hash_len, p->connection.version, &slot));
	TSPDM_TRY(tspdm_chain_digest(&image, crypto, hash, claim->digest));
	return judge(
		p, slot.certificates, (struct tspdm_view){ image.head + image.head_len - hash_len, hash_len }, claim);
}

enum tspdm_status tspdm_claim_provisioned(struct tspdm_responder *p, uint8_t slot, struct claim *claim)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct tspdm_hash *hash = NULL;
	enum tspdm_status status;

	claim->slot = slot;
	claim->is_provisioned = true;
	if (slot == TSPDM_SLOT_PUBLIC_KEY)
		return claim_key(p, claim);
	status = crypto->ops->hash_new(crypto, p->connection.selected.base_hash, &hash);
	if (status == TSPDM_OK)
		status = claim_chain(p, hash, claim);
	crypto->ops->hash_free(crypto, hash);
	return status;
}

enum tspdm_status tspdm_claim_gathered(struct tspdm_responder *p, struct claim *claim)
{
	const struct connection *c = &p->connection;
	size_t hash_len = tspdm_connection_shape(c).hash_len;
	struct tspdm_view chain = gathering_view(&p->flow.chain);
	struct chain_parts parts;

	TSPDM_TRY(tspdm_digest_once(c->crypto, c->selected.base_hash, chain, claim->digest));
	if (!tspdm_equal_secret(claim->digest, p->flow.slot_digest, hash_len))
		return TSPDM_ERR_DIGEST;
	TSPDM_TRY(tspdm_chain_read(chain, c->version, hash_len, &parts));
	claim->slot = p->flow.chain.slot;
	claim->chain = chain;
	return judge(p, parts.certificates, parts.root_hash, claim);
}

/* ---- What is proved ---- */

void tspdm_mutual_forget(struct tspdm_responder *p)
{
	memset(&p->requester, 0, sizeof p->requester);
}

enum tspdm_status tspdm_mutual_accept(struct tspdm_responder *p, const struct claim *claim, const struct session *s)
{
	const struct tspdm_requester_hook *hook = &p->config.requester_hook;
	struct proved *r = &p->requester;

	memcpy(r->digest, claim->digest, sizeof r->digest);
	memcpy(r->spki, claim->spki, sizeof r->spki);
	r->told = (struct tspdm_requester_identity){
		.is_authenticated = true,
		.is_anchored = claim->is_anchored,
		.is_provisioned = claim->is_provisioned,
		.slot = claim->slot,
		.session = s != NULL ? s->id : 0,
		.chain = claim->chain,
		.certificates = claim->certificates,
		.leaf = claim->leaf,
		.spki = { r->spki, claim->spki_len },
		.digest = { r->digest, tspdm_connection_shape(&p->connection).hash_len },
	};
	if (hook->decide == NULL || hook->decide(hook->context, &r->told) == TSPDM_OK)
		return TSPDM_OK;
	tspdm_mutual_forget(p);
	return TSPDM_ERR_POLICY;
}

/* ---- FINISH ---- */

/* Whose signature is to be verified. The flow's claim moves out of it: it serves one FINISH. */
static enum tspdm_status take_claim(struct tspdm_responder *p, const struct session *s, struct claim *claim)
{
	struct flow *flow = &p->flow;

	if (s->mutual_auth == TSPDM_MUTUAL_AUTH)
		return tspdm_claim_provisioned(p, s->requester_slot, claim);
	if (flow->purpose != FLOW_MUTUAL || flow->session != s || flow->state == FLOW_FAILED)
		return TSPDM_ERR_UNEXPECTED;
	if (flow->state != FLOW_DONE)
		return TSPDM_ERR_IN_FLIGHT;
	*claim = flow->claim;
	flow->claim = (struct claim){ .key = NULL };
	return TSPDM_OK;
}

static enum tspdm_status verify_finish(
	struct tspdm_responder *p, struct session *s, const struct claim *claim, struct tspdm_view signature)
{
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_session_transcript_digest(&s->th, TH_USE_FINISH_SIGNATURE, digest));
	TSPDM_TRY(
		tspdm_peer_verify(&p->connection, TSPDM_ROLE_REQUESTER, SIGNING_FINISH, claim->key, digest, signature));
	return tspdm_session_transcript_append(&s->th, TH_FINISH_SIGNATURE, signature);
}

enum tspdm_status tspdm_mutual_finish(struct tspdm_responder *p, struct session *s, struct tspdm_view unverified,
	const struct tspdm_finish *finish, struct claim *claim)
{
	struct tspdm_view unsigned_part = { unverified.ptr, unverified.len - finish->signature.len };
	bool is_asked = s->mutual_auth != 0;

	if (is_asked)
		TSPDM_TRY(take_claim(p, s, claim));
	if (finish->is_signed != is_asked)
		return TSPDM_ERR_DOWNGRADE;
	if (!is_asked)
		return tspdm_session_transcript_append(&s->th, TH_FINISH, unsigned_part);
	if (finish->slot != claim->slot)
		return TSPDM_ERR_SLOT;
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_REQUESTER_IDENTITY,
		(struct tspdm_view){ claim->digest, tspdm_connection_shape(&p->connection).hash_len }));
	TSPDM_TRY(tspdm_session_transcript_append(&s->th, TH_FINISH, unsigned_part));
	return verify_finish(p, s, claim, finish->signature);
}

/* ---- For the caller ---- */

const struct tspdm_requester_identity *tspdm_responder_requester(const struct tspdm_responder *responder)
{
	return &responder->requester.told;
}

enum tspdm_status tspdm_responder_session(
	const struct tspdm_responder *responder, uint32_t session, struct tspdm_served_session *out)
{
	const struct session *s = tspdm_session_find(&responder->sessions, session);

	*out = (struct tspdm_served_session){ 0 };
	if (s == NULL || s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	out->id = s->id;
	out->record_version = s->record_version;
	out->heartbeat_s = s->heartbeat_s;
	out->is_mac_only = s->is_mac_only;
	out->is_handshake_clear = s->is_clear;
	out->is_update_pending = s->asked.step != ASKED_NOTHING;
	out->is_attested = !s->evidence.is_must;
	if (!s->is_mutual)
		return TSPDM_OK;
	out->is_mutual = true;
	out->requester_slot = s->requester_slot;
	out->digest_len = (uint8_t)tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);
	memcpy(out->requester_digest, s->requester_digest, sizeof out->requester_digest);
	return TSPDM_OK;
}
