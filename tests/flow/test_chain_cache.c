/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Requesters that share what they judged: when a chain is not fetched and judged again, and when it has to be. */
#include <pthread.h>
#include <time.h>

#include <tspdm/chain_cache.h>

#include "session_rig.h"

/* The common backend, counting how often it judges a chain. One vtable for all, as instances of one backend have. */
static struct {
	struct tspdm_crypto_ops ops;
	const struct tspdm_crypto_ops *real;
	unsigned judged;
	bool tells_no_dates;
} counted;

static struct tspdm_crypto *real_crypto;

static enum tspdm_status count_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result)
{
	enum tspdm_status status = counted.real->check_chain(crypto, check, result);

	counted.judged++;
	if (counted.tells_no_dates)
		result->valid_from = result->valid_until = 0;
	return status;
}

/* The backend's instance, with another vtable. */
static struct tspdm_crypto *counting(void)
{
	if (real_crypto == NULL) {
		assert_int_equal(tspdm_openssl_new(&real_crypto), TSPDM_OK);
		counted.real = real_crypto->ops;
		counted.ops = *real_crypto->ops;
		counted.ops.check_chain = count_chain;
		real_crypto->ops = &counted.ops;
	}
	counted.judged = 0;
	counted.tells_no_dates = false;
	return real_crypto;
}

static struct tspdm_chain_cache *new_cache(size_t bytes)
{
	struct tspdm_chain_cache *cache;

	assert_int_equal(tspdm_memory_chain_cache_new(bytes, &cache), TSPDM_OK);
	return cache;
}

static unsigned fetched; /* GET_CERTIFICATE, seen on the way */

static void count_requests(void *context, struct pair_message *m)
{
	(void)context;
	fetched += m->is_request && m->len > 1 && m->bytes[1] == TSPDM_GET_CERTIFICATE;
}

/* A new requester meets a responder; how it went, and whether anything had to be fetched. */
static enum tspdm_status meet(struct pair_options options, struct tspdm_identity *identity)
{
	struct pair *pair;
	enum tspdm_status status;

	options.requester_crypto = real_crypto;
	pair = pair_new(&options);
	pair->hook = count_requests;
	fetched = 0;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	status = pair_authenticate(pair);
	if (identity != NULL)
		*identity = *tspdm_requester_identity(pair->requester);
	if (status == TSPDM_OK) {
		assert_true(tspdm_requester_identity(pair->requester)->is_authenticated);
		assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
		assert_int_equal(pair->seen_bad, 0);
	}
	pair_free(pair);
	return status;
}

static void a_chain_is_fetched_and_judged_once_for_all(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);
	const struct pair_options options = { .chain_cache = cache };
	struct tspdm_identity first, identity;

	(void)state;
	counting();
	assert_int_equal(meet(options, &first), TSPDM_OK);
	assert_false(first.was_known);
	assert_int_not_equal(fetched, 0);
	assert_int_equal(counted.judged, 1);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(meet(options, &identity), TSPDM_OK);
		assert_true(identity.was_known);
		assert_int_equal(identity.is_anchored, first.is_anchored);
		assert_int_equal(identity.chain.len, first.chain.len);
		assert_int_equal(identity.leaf.len, first.leaf.len);
		assert_int_equal(identity.leaf.ptr - identity.chain.ptr, first.leaf.ptr - first.chain.ptr);
		assert_int_equal(identity.spki.len, first.spki.len);
		assert_int_equal(fetched, 0);
		assert_int_equal(counted.judged, 1);
	}
	assert_int_equal(tspdm_memory_chain_cache_figures(cache).hits, 5);
	assert_int_equal(tspdm_memory_chain_cache_figures(cache).entries, 1);
	tspdm_memory_chain_cache_free(cache);
}

static void a_session_is_opened_with_a_chain_from_the_cache(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);
	const struct pair_options options = { .chain_cache = cache, .session_capabilities = SECURE };
	uint32_t id;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct pair *pair = pair_new(&options);

		assert_int_equal(pair_open(pair, &id), TSPDM_OK);
		assert_int_equal(tspdm_requester_identity(pair->requester)->was_known, i == 1);
		assert_int_equal(close_session(pair, id), TSPDM_OK);
		pair_free(pair);
	}
	tspdm_memory_chain_cache_free(cache);
}

#define YEAR INT64_C(31557600)

static void what_was_judged_under_other_conditions_is_judged_again(void **state)
{
	struct tspdm_openssl_identity *other;
	const struct tspdm_openssl_make make = { .size = sizeof make };
	struct tspdm_slot slot;
	const int64_t now = (int64_t)time(NULL) + 3600; /* identities made here are valid from now on */

	(void)state;
	assert_int_equal(tspdm_openssl_identity_make(&make, &other), TSPDM_OK);
	tspdm_openssl_identity_slot(other, &slot);
	{
		size_t root_len = 4 + (size_t)slot.certificates.ptr[2] * 256 + slot.certificates.ptr[3];
		const struct {
			struct pair_options first, second;
			unsigned judged;
		} cases[] = {
			{ { .time = 0 }, { .time = 0 }, 1 },
			{ { .time = now }, { .time = now + 1 }, 1 },
			{ { .time = 0 }, { .time = now }, 2 },
			{ { .time = now }, { .time = 0 }, 2 },
			{ { .allow_unanchored = true }, { .allow_unanchored = false }, 2 },
			{ { .allow_unanchored = false }, { .allow_unanchored = true }, 2 },
			{ { .no_anchor = true, .allow_unanchored = true }, { .allow_unanchored = true }, 2 },
			{ { .time = 0 }, { .further_anchors = { slot.certificates.ptr, root_len } }, 2 },
			{ { .hash = TSPDM_HASH_SHA256 }, { .hash = TSPDM_HASH_SHA384 }, 2 },
			{ { .asym = TSPDM_ASYM_ECDSA_P256 }, { .asym = TSPDM_ASYM_ECDSA_P384 }, 2 },
			{ { .capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG },
				{ .capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG |
						  TSPDM_CAP_ALIAS_CERT },
				2 },
		};

		for (size_t i = 0; i < COUNT(cases); i++) {
			struct pair_options first = cases[i].first, second = cases[i].second;

			first.chain_cache = second.chain_cache = new_cache(1 << 20);
			counting();
			assert_int_equal(meet(first, NULL), TSPDM_OK);
			assert_int_equal(counted.judged, 1);
			(void)!meet(second, NULL);
			if (counted.judged != cases[i].judged)
				fail_msg("case %zu: judged %u times", i, counted.judged);
			tspdm_memory_chain_cache_free(first.chain_cache);
		}
	}
	tspdm_openssl_identity_free(other);
}

/* F07: trust is the configuration's, whoever found the chain good before. */
static void a_requester_without_anchors_is_not_led_by_one_that_has_them(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);

	(void)state;
	counting();
	assert_int_equal(meet((struct pair_options){ .chain_cache = cache }, NULL), TSPDM_OK);
	assert_int_equal(meet((struct pair_options){ .chain_cache = cache, .no_anchor = true }, NULL),
		TSPDM_ERR_CHAIN_UNTRUSTED);
	assert_int_equal(
		meet((struct pair_options){ .chain_cache = cache, .no_anchor = true, .allow_unanchored = true }, NULL),
		TSPDM_OK);
	assert_int_equal(meet((struct pair_options){ .chain_cache = cache, .no_anchor = true }, NULL),
		TSPDM_ERR_CHAIN_UNTRUSTED);
	tspdm_memory_chain_cache_free(cache);
}

static void what_has_expired_is_not_taken(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);
	const int64_t now = (int64_t)time(NULL) + 3600;
	struct pair_options options = { .chain_cache = cache, .time = now };

	(void)state;
	counting();
	assert_int_equal(meet(options, NULL), TSPDM_OK);
	for (int64_t year = 1; year < 12000; year += year) {
		enum tspdm_status status;

		options.time = now + year * YEAR;
		status = meet(options, NULL);
		if (status != TSPDM_OK) {
			assert_int_equal(status, TSPDM_ERR_CHAIN_TIME);
			assert_int_equal(counted.judged, 2);
			break;
		}
		assert_int_equal(counted.judged, 1);
	}
	options.time = 1; /* before all of it */
	assert_int_equal(meet(options, NULL), TSPDM_ERR_CHAIN_TIME);
	options.time = now;
	counted.judged = 0;
	assert_int_equal(meet(options, NULL), TSPDM_OK);
	assert_int_equal(counted.judged, 0);
	tspdm_memory_chain_cache_free(cache);
}

static void without_dates_from_the_backend_nothing_is_kept_that_has_some(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);
	struct pair_options options = { .chain_cache = cache, .time = (int64_t)time(NULL) + 3600 };

	(void)state;
	counting();
	counted.tells_no_dates = true;
	assert_int_equal(meet(options, NULL), TSPDM_OK);
	assert_int_equal(tspdm_memory_chain_cache_figures(cache).entries, 0);
	options.time = 0;
	assert_int_equal(meet(options, NULL), TSPDM_OK);
	assert_int_equal(tspdm_memory_chain_cache_figures(cache).entries, 1);
	tspdm_memory_chain_cache_free(cache);
}

static void what_is_refused_is_not_kept(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);

	(void)state;
	counting();
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(meet((struct pair_options){ .chain_cache = cache, .no_anchor = true }, NULL),
			TSPDM_ERR_CHAIN_UNTRUSTED);
		assert_int_equal(counted.judged, i);
		assert_int_equal(tspdm_memory_chain_cache_figures(cache).entries, 0);
	}
	tspdm_memory_chain_cache_free(cache);
}

static void spoil_signature(void *context, struct pair_message *m)
{
	(void)context;
	if (!m->is_request && m->bytes[1] == TSPDM_CHALLENGE_AUTH)
		m->bytes[m->len - 1] ^= 1;
}

static void the_key_is_proved_each_time(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 20);
	const struct pair_options options = { .chain_cache = cache };
	struct pair *pair;

	(void)state;
	counting();
	assert_int_equal(meet(options, NULL), TSPDM_OK);
	pair = pair_new(&options);
	pair->hook = spoil_signature;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_SIGNATURE);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(tspdm_requester_identity(pair->requester)->spki.len, 0);
	pair_free(pair);
	tspdm_memory_chain_cache_free(cache);
}

/* ---- A cache that does not keep to its contract ---- */

struct spoiled {
	struct tspdm_chain_cache base;
	struct tspdm_chain_cache *real;
	enum { CHAIN_BYTE, CHAIN_SHORT, LEAF_AT, LEAF_LEN, NO_LEAF, NO_SPKI, LONG_SPKI, BAD_SPKI, SPOILS } how;
};

static bool spoiled_lookup(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
	struct tspdm_chain_judgement *out, struct tspdm_buffer *chain)
{
	struct spoiled *s = (struct spoiled *)cache;

	if (!s->real->ops->lookup(s->real, key, out, chain))
		return false;
	if (s->how == CHAIN_BYTE)
		chain->ptr[chain->len - 1] ^= 1;
	chain->len -= s->how == CHAIN_SHORT;
	if (s->how == LEAF_AT)
		out->leaf_at = UINT32_MAX;
	if (s->how == LEAF_LEN)
		out->leaf_len += 1;
	if (s->how == NO_LEAF)
		out->leaf_len = 0;
	if (s->how == NO_SPKI)
		out->spki_len = 0;
	if (s->how == LONG_SPKI)
		out->spki_len = TSPDM_SPKI_MAX + 1;
	if (s->how == BAD_SPKI)
		out->spki[0] ^= 0xFF;
	return true;
}

static void spoiled_store(struct tspdm_chain_cache *cache, const struct tspdm_chain_key *key,
	const struct tspdm_chain_judgement *judgement, struct tspdm_view chain)
{
	struct spoiled *s = (struct spoiled *)cache;

	s->real->ops->store(s->real, key, judgement, chain);
}

static void rubbish_from_a_cache_is_as_good_as_nothing(void **state)
{
	static const struct tspdm_chain_cache_ops ops = { sizeof ops, "spoiled", spoiled_lookup, spoiled_store };

	(void)state;
	for (unsigned how = 0; how < SPOILS; how++) {
		struct spoiled s = { .base = { &ops }, .real = new_cache(1 << 20), .how = how };
		const struct pair_options options = { .chain_cache = &s.base };

		counting();
		assert_int_equal(meet(options, NULL), TSPDM_OK);
		assert_int_equal(meet(options, NULL), TSPDM_OK);
		assert_int_equal(counted.judged, 2);
		assert_int_not_equal(fetched, 0);
		tspdm_memory_chain_cache_free(s.real);
	}
}

/* ---- The cache in memory by itself ---- */

static struct tspdm_chain_key key_of(unsigned i)
{
	struct tspdm_chain_key key = { .hash = 1, .asym = 2 };

	memcpy(key.chain, &i, sizeof i);
	return key;
}

static void put(struct tspdm_chain_cache *cache, unsigned i, size_t len)
{
	const struct tspdm_chain_key key = key_of(i);
	const struct tspdm_chain_judgement judgement = { .leaf_at = i };

	memset(room, (int)i, len);
	cache->ops->store(cache, &key, &judgement, (struct tspdm_view){ room, len });
}

static bool has(struct tspdm_chain_cache *cache, unsigned i, size_t len)
{
	const struct tspdm_chain_key key = key_of(i);
	struct tspdm_chain_judgement judgement;
	uint8_t bytes[4096];
	struct tspdm_buffer chain = { bytes, sizeof bytes, 0 };

	if (!cache->ops->lookup(cache, &key, &judgement, &chain))
		return false;
	assert_int_equal(chain.len, len);
	assert_int_equal(judgement.leaf_at, i);
	for (size_t k = 0; k < len; k++)
		assert_int_equal(bytes[k], (uint8_t)i);
	return true;
}

static void what_was_not_used_for_longest_goes_first(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(16 * 2048);
	size_t count;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		put(cache, i, 1000);
		assert_true(has(cache, i, 1000));
		assert_true(has(cache, 0, 1000)); /* always used, so always there */
		assert_true(tspdm_memory_chain_cache_figures(cache).bytes <= 16 * 2048);
	}
	count = tspdm_memory_chain_cache_figures(cache).entries;
	assert_true(count > 8 && count <= 32);
	for (unsigned i = 1; i < 1000; i++)
		assert_int_equal(has(cache, i, 1000), i > 1000 - count);
	tspdm_memory_chain_cache_free(cache);
}

static void what_is_stored_again_replaces_what_was(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 16);

	(void)state;
	put(cache, 7, 100);
	put(cache, 7, 200);
	assert_true(has(cache, 7, 200));
	assert_int_equal(tspdm_memory_chain_cache_figures(cache).entries, 1);
	tspdm_memory_chain_cache_free(cache);
}

static void what_does_not_fit_is_not_kept(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(4096);
	struct tspdm_chain_cache *none = NULL;

	(void)state;
	put(cache, 1, 100);
	put(cache, 2, 4096);
	put(cache, 3, 0);
	assert_true(has(cache, 1, 100));
	assert_false(has(cache, 2, 4096));
	assert_false(has(cache, 3, 0));
	tspdm_memory_chain_cache_free(cache);
	assert_int_equal(tspdm_memory_chain_cache_new(0, &none), TSPDM_ERR_ARGUMENT);
	assert_null(none);
	tspdm_memory_chain_cache_free(NULL);
}

static void a_room_that_is_too_small_gets_nothing(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(1 << 16);
	const struct tspdm_chain_key key = key_of(1);
	struct tspdm_chain_judgement judgement;
	uint8_t bytes[100] = { 0x77 };
	struct tspdm_buffer small = { bytes, 99, 0 }, used = { bytes, 100, 1 };

	(void)state;
	put(cache, 1, 100);
	assert_false(cache->ops->lookup(cache, &key, &judgement, &small));
	assert_false(cache->ops->lookup(cache, &key, &judgement, &used));
	assert_int_equal(small.len, 0);
	assert_int_equal(bytes[0], 0x77);
	tspdm_memory_chain_cache_free(cache);
}

static void *hammer(void *context)
{
	struct tspdm_chain_cache *cache = context;
	uint8_t bytes[512];

	for (unsigned i = 0; i < 5000; i++) {
		const struct tspdm_chain_key key = key_of(i % 50);
		struct tspdm_chain_judgement judgement = { .leaf_at = i % 50 };
		struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

		if (cache->ops->lookup(cache, &key, &judgement, &out)) {
			if (judgement.leaf_at != i % 50 || out.len != 300 || bytes[299] != i % 50)
				return cache; /* torn */
		} else {
			memset(bytes, (int)(i % 50), 300);
			cache->ops->store(cache, &key, &judgement, (struct tspdm_view){ bytes, 300 });
		}
	}
	return NULL;
}

static void threads_do_not_see_half_an_entry(void **state)
{
	struct tspdm_chain_cache *cache = new_cache(20 * 1400);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, cache), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *torn = cache;

		assert_int_equal(pthread_join(threads[i], &torn), 0);
		assert_null(torn);
	}
	tspdm_memory_chain_cache_free(cache);
}

static int end_all(void **state)
{
	if (real_crypto != NULL)
		real_crypto->ops = counted.real;
	tspdm_openssl_free(real_crypto);
	return end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_fetched_and_judged_once_for_all),
		cmocka_unit_test(a_session_is_opened_with_a_chain_from_the_cache),
		cmocka_unit_test(what_was_judged_under_other_conditions_is_judged_again),
		cmocka_unit_test(a_requester_without_anchors_is_not_led_by_one_that_has_them),
		cmocka_unit_test(what_has_expired_is_not_taken),
		cmocka_unit_test(without_dates_from_the_backend_nothing_is_kept_that_has_some),
		cmocka_unit_test(what_is_refused_is_not_kept),
		cmocka_unit_test(the_key_is_proved_each_time),
		cmocka_unit_test(rubbish_from_a_cache_is_as_good_as_nothing),
		cmocka_unit_test(what_was_not_used_for_longest_goes_first),
		cmocka_unit_test(what_is_stored_again_replaces_what_was),
		cmocka_unit_test(what_does_not_fit_is_not_kept),
		cmocka_unit_test(a_room_that_is_too_small_gets_nothing),
		cmocka_unit_test(threads_do_not_see_half_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, end_all);
}
