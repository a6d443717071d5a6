/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A cache of digests in sets of a few: where one is full, the entry that was put there first is forgotten. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "proof.h"

enum {
	WAYS = 8,
	ENTRIES_MAX = 1 << 24,
};

struct set {
	unsigned next;                          /* to be put somewhere */
	uint8_t digests[WAYS][TSPDM_PROOF_LEN]; /* zero: none */
};

struct tspdm_signature_cache {
	pthread_mutex_t lock;
	struct tspdm_signature_cache_figures figures;
	size_t set_count;
	struct set sets[];
};

/* A digest is as good as random. */
static struct set *set_of(struct tspdm_signature_cache *c, const uint8_t *digest)
{
	uint32_t number = (uint32_t)digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16;

	return &c->sets[number % c->set_count];
}

static bool is_in(const struct set *set, const uint8_t *digest)
{
	for (size_t i = 0; i < WAYS; i++)
		if (memcmp(set->digests[i], digest, TSPDM_PROOF_LEN) == 0)
			return true;
	return false;
}

/* Each part with its length, so that nothing can move from one to the next. */
static bool digest_parts(const char *kind, const struct tspdm_view *parts, size_t count, uint8_t *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		       EVP_DigestUpdate(context, kind, strlen(kind) + 1) == 1;

	for (size_t i = 0; is_good && i < count; i++) {
		uint64_t len = parts[i].len;

		is_good = EVP_DigestUpdate(context, &len, sizeof len) == 1 &&
			  EVP_DigestUpdate(context, parts[i].ptr, parts[i].len) == 1;
	}
	is_good = is_good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return is_good;
}

bool tspdm_proof_is_known(struct tspdm_signature_cache *cache, const char *kind, const struct tspdm_view *parts,
	size_t count, uint8_t digest[TSPDM_PROOF_LEN])
{
	static const uint8_t none[TSPDM_PROOF_LEN];
	bool is_known;

	memset(digest, 0, TSPDM_PROOF_LEN);
	if (cache == NULL || !digest_parts(kind, parts, count, digest) || memcmp(digest, none, sizeof none) == 0)
		return false;
	pthread_mutex_lock(&cache->lock);
	is_known = is_in(set_of(cache, digest), digest);
	*(is_known ? &cache->figures.hits : &cache->figures.misses) += 1;
	pthread_mutex_unlock(&cache->lock);
	return is_known;
}

void tspdm_proof_keep(struct tspdm_signature_cache *cache, const uint8_t digest[TSPDM_PROOF_LEN])
{
	struct set *set;

	if (cache == NULL)
		return;
	pthread_mutex_lock(&cache->lock);
	set = set_of(cache, digest);
	if (!is_in(set, digest)) { /* another thread may have been as fast; a zero digest changes nothing */
		memcpy(set->digests[set->next], digest, TSPDM_PROOF_LEN);
		set->next = (set->next + 1) % WAYS;
	}
	pthread_mutex_unlock(&cache->lock);
}

enum tspdm_status tspdm_signature_cache_new(size_t max_entries, struct tspdm_signature_cache **out)
{
	struct tspdm_signature_cache *c;
	size_t set_count = (max_entries + WAYS - 1) / WAYS;

	*out = NULL;
	if (max_entries == 0 || max_entries > ENTRIES_MAX)
		return TSPDM_ERR_ARGUMENT;
	c = calloc(1, sizeof *c + set_count * sizeof c->sets[0]);
	if (c == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return TSPDM_ERR_MEMORY;
	}
	c->set_count = set_count;
	*out = c;
	return TSPDM_OK;
}

void tspdm_signature_cache_free(struct tspdm_signature_cache *cache)
{
	if (cache == NULL)
		return;
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

struct tspdm_signature_cache_figures tspdm_signature_cache_figures(struct tspdm_signature_cache *cache)
{
	struct tspdm_signature_cache_figures figures;

	pthread_mutex_lock(&cache->lock);
	figures = cache->figures;
	pthread_mutex_unlock(&cache->lock);
	return figures;
}
