/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Chains that some requester judged before, under the same conditions: <tspdm/chain_cache.h>. */
#include <string.h>

#include <tspdm/secret.h>

#include "requester/requester.h"

_Static_assert((size_t)SPKI_MAX == (size_t)TSPDM_SPKI_MAX, "a cached key fits a requester");
_Static_assert(sizeof(struct tspdm_chain_key) == 2 * sizeof(uint32_t) + 2 * TSPDM_HASH_MAX, "keys have no gaps");

/* What tspdm_chain_check has beside the chain and its algorithms, the layout of the structure, and who judged. */
static enum tspdm_status digest_conditions(struct tspdm_requester *r, uint8_t *digest)
{
	static const char label[] = "tspdm chain judgement v1";
	const struct tspdm_requester_config *c = &r->config;
	const struct tspdm_crypto_ops *ops = c->crypto->ops;
	const uintptr_t backend = (uintptr_t)ops; /* in a memory that they share */
	const uint8_t flags[] = { r->c.version >= TSPDM_V14, (r->c.peer_flags & TSPDM_CAP_ALIAS_CERT) != 0,
		c->allow_unanchored_chain, c->time != 0 };
	const struct tspdm_view parts[] = {
		{ (const uint8_t *)label, sizeof label },
		{ flags, sizeof flags },
		{ (const uint8_t *)&backend, sizeof backend },
		c->anchors,
	};

	TSPDM_TRY(ops->hash_reset(c->crypto, r->digest));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i].len != 0)
			TSPDM_TRY(ops->hash_update(c->crypto, r->digest, parts[i]));
	return ops->hash_final(c->crypto, r->digest, digest);
}

static enum tspdm_status make_key(
	struct tspdm_requester *r, struct tspdm_view chain_digest, struct tspdm_chain_key *key)
{
	*key = (struct tspdm_chain_key){ .hash = r->c.selected.base_hash, .asym = r->c.selected.base_asym };
	memcpy(key->chain, chain_digest.ptr, chain_digest.len);
	return digest_conditions(r, key->conditions);
}

/* Dates pass; everything else was compared with the key. */
static bool is_valid_now(const struct tspdm_requester *r, const struct tspdm_chain_judgement *j)
{
	int64_t now = r->config.time;

	return now == 0 || (j->valid_from <= now && now < j->valid_until);
}

static bool is_consistent(const struct tspdm_chain_judgement *j, size_t chain_len)
{
	return j->spki_len != 0 && j->spki_len <= SPKI_MAX && j->leaf_len != 0 && j->leaf_at <= chain_len &&
	       j->leaf_len <= chain_len - j->leaf_at;
}

/* As if this requester had judged it itself. */
static enum tspdm_status take(
	struct tspdm_requester *r, const struct tspdm_chain_key *key, const struct tspdm_chain_judgement *from)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	struct judgement *j = &r->judgement;

	tspdm_requester_forget_judgement(r);
	TSPDM_TRY(crypto->ops->public_key_new(
		crypto, key->asym, (struct tspdm_view){ from->spki, from->spki_len }, &j->key));
	memcpy(j->digest, key->chain, sizeof j->digest);
	j->hash = key->hash;
	j->asym = key->asym;
	j->is_alias = (r->c.peer_flags & TSPDM_CAP_ALIAS_CERT) != 0;
	j->is_anchored = from->is_anchored;
	j->leaf_at = from->leaf_at;
	j->leaf_len = from->leaf_len;
	j->spki_len = from->spki_len;
	memcpy(r->spki, from->spki, from->spki_len);
	return TSPDM_OK;
}

bool tspdm_requester_recall_chain(struct tspdm_requester *r, struct tspdm_buffer *chain)
{
	struct tspdm_chain_cache *cache = r->config.chain_cache;
	struct tspdm_view told = tspdm_requester_digest(r, r->authentication.job.slot);
	struct tspdm_chain_judgement judgement;
	struct tspdm_chain_key key;
	uint8_t digest[TSPDM_HASH_MAX];

	if (cache == NULL || told.len == 0 || make_key(r, told, &key) != TSPDM_OK)
		return false;
	if (!cache->ops->lookup(cache, &key, &judgement, chain))
		return false;
	if (!is_valid_now(r, &judgement) || !is_consistent(&judgement, chain->len))
		return false;
	if (tspdm_digest(r->config.crypto, r->digest, tspdm_buffer_view(chain), digest) != TSPDM_OK ||
		!tspdm_equal_secret(digest, told.ptr, told.len))
		return false;
	if (take(r, &key, &judgement) != TSPDM_OK)
		return false;
	memcpy(r->chain_digest, digest, told.len);
	return true;
}

void tspdm_requester_remember_chain(
	struct tspdm_requester *r, struct tspdm_view chain, const struct tspdm_chain_result *result)
{
	struct tspdm_chain_cache *cache = r->config.chain_cache;
	const struct judgement *j = &r->judgement;
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, r->c.selected.base_hash);
	struct tspdm_chain_judgement judgement = {
		.valid_from = r->config.time != 0 ? result->valid_from : 0,
		.valid_until = r->config.time != 0 ? result->valid_until : 0,
		.leaf_at = (uint32_t)j->leaf_at,
		.leaf_len = (uint32_t)j->leaf_len,
		.spki_len = (uint32_t)j->spki_len,
		.is_anchored = j->is_anchored,
	};
	struct tspdm_chain_key key;

	/* a backend that does not tell for how long: then it is good for this moment only */
	if (cache == NULL || !is_valid_now(r, &judgement))
		return;
	if (make_key(r, (struct tspdm_view){ r->chain_digest, hash_len }, &key) != TSPDM_OK)
		return;
	memcpy(judgement.spki, r->spki, j->spki_len);
	cache->ops->store(cache, &key, &judgement, chain);
}
