/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A cache of judged chains in memory: buckets by digest, and one list from the entry that was used last to the one that
 * goes first. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/chain_cache.h>

enum { BUCKETS = 1024 };

struct entry {
	struct entry *next_in_bucket;
	struct entry *newer, *older;
	struct tspdm_chain_key key;
	struct tspdm_chain_judgement judgement;
	size_t chain_len;
	uint8_t chain[];
};

struct memory_cache {
	struct tspdm_chain_cache base;
	pthread_mutex_t lock;
	size_t max_bytes, bytes, entries;
	uint64_t hits, misses;
	struct entry *newest, *oldest;
	struct entry *buckets[BUCKETS];
};

/* base is the first member */
static struct memory_cache *memory_of(struct tspdm_chain_cache *cache)
{
	return (struct memory_cache *)cache;
}

static size_t size_of(size_t chain_len)
{
	return sizeof(struct entry) + chain_len;
}

/* A digest is as good as random, but for one that a responder made up to meet another's bucket: that costs a walk. */
static struct entry **bucket_of(struct memory_cache *m, const struct tspdm_chain_key *key)
{
	return &m->buckets[(key->chain[0] | (unsigned)key->chain[1] << 8) % BUCKETS];
}

static void unlink_age(struct memory_cache *m, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &m->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &m->oldest) = e->newer;
}

static void make_newest(struct memory_cache *m, struct entry *e)
{
	e->newer = NULL;
	e->older = m->newest;
	*(m->newest != NULL ? &m->newest->newer : &m->oldest) = e;
	m->newest = e;
}

static struct entry *find(struct memory_cache *m, const struct tspdm_chain_key *key)
{
	struct entry *e = *bucket_of(m, key);

	while (e != NULL && memcmp(&e->key, key, sizeof *key) != 0)
		e = e->next_in_bucket;
	return e;
}

static void drop(struct memory_cache *m, struct entry *e)
{
	struct entry **at = bucket_of(m, &e->key);

	while (*at != e)
		at = &(*at)->next_in_bucket;
	*at = e->next_in_bucket;
	unlink_age(m, e);
	m->bytes -= size_of(e->chain_len);
	m->entries--;
	free(e);
}

static bool give(struct memory_cache *m, struct entry *e, struct tspdm_chain_judgement *out, struct tspdm_buffer *chain)
{
	if (e == NULL || chain->len > chain->cap || e->chain_len > chain->cap - chain->len) {
		m->misses++;
		return false;
	}
	*out = e->judgement;
	memcpy(chain->ptr + chain->len, e->chain, e->chain_len);
	chain->len += e->chain_len;
	unlink_age(m, e);
	make_newest(m, e);
	m->hits++;
	return true;
}

static bool lookup(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
	struct tspdm_chain_judgement *out, struct tspdm_buffer *chain)
{
	struct memory_cache *m = memory_of(cache);
	bool is_there;

	pthread_mutex_lock(&m->lock);
	is_there = give(m, find(m, key), out, chain);
	pthread_mutex_unlock(&m->lock);
	return is_there;
}

static struct entry *new_entry(
	const struct tspdm_chain_key *key, const struct tspdm_chain_judgement *judgement, struct tspdm_view chain)
{
	struct entry *e = malloc(size_of(chain.len));

	if (e == NULL)
		return NULL;
	*e = (struct entry){ .key = *key, .judgement = *judgement, .chain_len = chain.len };
	memcpy(e->chain, chain.ptr, chain.len);
	return e;
}

static void take(struct memory_cache *m, struct entry *e)
{
	struct entry *before = find(m, &e->key);
	struct entry **bucket = bucket_of(m, &e->key);

	if (before != NULL) /* another requester was as fast, or what was there has expired */
		drop(m, before);
	while (m->oldest != NULL && m->bytes > m->max_bytes - size_of(e->chain_len)) {
		struct entry *oldest = m->oldest;

		m->oldest = oldest->newer;
		drop(m, oldest);
	}
	e->next_in_bucket = *bucket;
	*bucket = e;
	make_newest(m, e);
	m->bytes += size_of(e->chain_len);
	m->entries++;
}

static void store(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
	const struct tspdm_chain_judgement *judgement, struct tspdm_view chain)
{
	struct memory_cache *m = memory_of(cache);
	struct entry *e;

	if (chain.len == 0 || chain.len > SIZE_MAX / 2 || size_of(chain.len) > m->max_bytes)
		return;
	e = new_entry(key, judgement, chain);
	if (e == NULL) /* it is a cache: the chain is fetched again */
		return;
	pthread_mutex_lock(&m->lock);
	take(m, e);
	pthread_mutex_unlock(&m->lock);
}

static const struct tspdm_chain_cache_ops ops = {
	.size = sizeof ops,
	.name = "memory",
	.lookup = lookup,
	.store = store,
};

enum tspdm_status tspdm_memory_chain_cache_new(size_t max_bytes, struct tspdm_chain_cache **out)
{
	struct memory_cache *m;

	*out = NULL;
	if (max_bytes == 0)
		return TSPDM_ERR_ARGUMENT;
	m = calloc(1, sizeof *m);
	if (m == NULL || pthread_mutex_init(&m->lock, NULL) != 0) {
		free(m);
		return TSPDM_ERR_MEMORY;
	}
	m->base.ops = &ops;
	m->max_bytes = max_bytes;
	*out = &m->base;
	return TSPDM_OK;
}

void tspdm_memory_chain_cache_free(struct tspdm_chain_cache *cache)
{
	struct memory_cache *m = memory_of(cache);

	if (m == NULL)
		return;
	for (struct entry *e = m->newest, *older; e != NULL; e = older) {
		older = e->older;
		free(e);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}

struct tspdm_chain_cache_figures tspdm_memory_chain_cache_figures(struct tspdm_chain_cache *cache)
{
	struct memory_cache *m = memory_of(cache);
	struct tspdm_chain_cache_figures figures;

	pthread_mutex_lock(&m->lock);
	figures = (struct tspdm_chain_cache_figures){
		.hits = m->hits, .misses = m->misses, .entries = m->entries, .bytes = m->bytes
	};
	pthread_mutex_unlock(&m->lock);
	return figures;
}
