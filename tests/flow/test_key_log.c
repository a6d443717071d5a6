/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The key log: what it tells, under which names, and that it tells nothing to who did not ask. */
#include "psk_rig.h"

/* ---- What was told ---- */

struct entry {
	struct tspdm_secret_name name;
	uint8_t random[32];
	uint8_t hint[16];
	uint8_t secret[TSPDM_PSK_MAX];
	size_t secret_len;
};

struct log {
	struct entry entries[64];
	size_t count;
};

static struct log ours, theirs;

static void take(void *context, const struct tspdm_secret_name *name, struct tspdm_view secret)
{
	struct log *log = context;
	struct entry *e = &log->entries[log->count++];

	assert_true(log->count <= COUNT(log->entries));
	assert_int_equal(name->random.len, sizeof e->random);
	assert_true(name->hint.len <= sizeof e->hint);
	assert_in_range(secret.len, 1, sizeof e->secret);
	e->name = *name;
	memcpy(e->random, name->random.ptr, sizeof e->random);
	if (name->hint.len != 0)
		memcpy(e->hint, name->hint.ptr, name->hint.len);
	memcpy(e->secret, secret.ptr, secret.len);
	e->secret_len = secret.len;
}

static const struct entry *find(const struct log *log, enum tspdm_secret_kind kind, unsigned generation)
{
	for (size_t i = 0; i < log->count; i++)
		if (log->entries[i].name.kind == kind && log->entries[i].name.generation == generation)
			return &log->entries[i];
	return NULL;
}

static int forget(void **state)
{
	(void)state;
	memset(&ours, 0, sizeof ours);
	memset(&theirs, 0, sizeof theirs);
	return 0;
}

/* Both ends tell the same, each once. */
static void check_alike(void)
{
	assert_int_equal(ours.count, theirs.count);
	for (size_t i = 0; i < ours.count; i++) {
		const struct entry *a = &ours.entries[i];
		const struct entry *b = find(&theirs, (enum tspdm_secret_kind)a->name.kind, a->name.generation);

		assert_ptr_equal(find(&ours, (enum tspdm_secret_kind)a->name.kind, a->name.generation), a);
		assert_non_null(b);
		assert_int_equal(a->name.session_id, b->name.session_id);
		assert_int_equal(a->name.is_psk, b->name.is_psk);
		assert_memory_equal(a->random, b->random, sizeof a->random);
		assert_int_equal(a->name.hint.len, b->name.hint.len);
		assert_memory_equal(a->hint, b->hint, sizeof a->hint);
		assert_int_equal(a->secret_len, b->secret_len);
		assert_memory_equal(a->secret, b->secret, a->secret_len);
	}
}

/* RandomData stands behind the header, ReqSessionID, SessionPolicy and a reserved byte. */
static void keep_random(void *context, struct pair_message *m)
{
	if (m->is_request && m->kind == TSPDM_KIND_PLAIN && m->bytes[1] == TSPDM_KEY_EXCHANGE)
		memcpy(context, m->bytes + 8, 32);
}

static struct pair_options with_logs(struct pair_options o)
{
	o.requester_key_log = (struct tspdm_key_log_hook){ take, &ours };
	o.responder_key_log = (struct tspdm_key_log_hook){ take, &theirs };
	return o;
}

static uint32_t run_session(uint32_t capabilities, uint8_t *random)
{
	const struct pair_options options = with_logs((struct pair_options){
		.session_capabilities = capabilities, .dhe = TSPDM_DHE_SECP256R1, .heartbeat_s = 5 });
	struct pair *pair = pair_new(&options);
	uint32_t id;

	pair->hook = keep_random;
	pair->hook_context = random;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	if ((capabilities & TSPDM_CAP_KEY_UPD) != 0) {
		assert_int_equal(update(pair, id, true), TSPDM_OK);
		assert_int_equal(update(pair, id, false), TSPDM_OK);
	}
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	pair_free(pair);
	return id;
}

/* ---- Tests ---- */

static void both_ends_tell_the_secrets_of_a_session_by_their_names(void **state)
{
	static const uint32_t caps[] = { FULL, BASIC, SECURE | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };
	uint8_t random[32];

	for (size_t i = 0; i < COUNT(caps); i++) {
		uint32_t id;

		forget(state);
		id = run_session(caps[i], random);
		check_alike();
		assert_int_equal(ours.count, (caps[i] & TSPDM_CAP_KEY_UPD) != 0 ? 7 : 4);
		assert_int_equal(ours.entries[0].name.kind, TSPDM_SECRET_DHE);
		assert_int_equal(ours.entries[0].secret_len, 32);
		assert_int_equal(ours.entries[1].name.kind, TSPDM_SECRET_HANDSHAKE);
		assert_non_null(find(&ours, TSPDM_SECRET_REQUEST_DATA, 0));
		assert_non_null(find(&ours, TSPDM_SECRET_RESPONSE_DATA, 0));
		assert_null(find(&ours, TSPDM_SECRET_PSK, 0));
		for (size_t k = 0; k < ours.count; k++) {
			assert_int_equal(ours.entries[k].name.session_id, id);
			assert_false(ours.entries[k].name.is_psk);
			assert_memory_equal(ours.entries[k].random, random, sizeof random);
		}
	}
}

static void each_key_update_counts_for_its_direction(void **state)
{
	uint8_t random[32];

	(void)state;
	(void)run_session(FULL, random); /* both directions, then requests alone */
	assert_non_null(find(&ours, TSPDM_SECRET_REQUEST_DATA, 1));
	assert_non_null(find(&ours, TSPDM_SECRET_RESPONSE_DATA, 1));
	assert_non_null(find(&ours, TSPDM_SECRET_REQUEST_DATA, 2));
	assert_null(find(&ours, TSPDM_SECRET_RESPONSE_DATA, 2));
	assert_memory_not_equal(find(&ours, TSPDM_SECRET_REQUEST_DATA, 1)->secret,
		find(&ours, TSPDM_SECRET_REQUEST_DATA, 2)->secret, 32);
}

static void one_end_tells_nothing_of_what_the_other_was_asked_for(void **state)
{
	const struct pair_options logs = with_logs((struct pair_options){ .retries = 0 });
	struct pair_options options = { .session_capabilities = FULL, .dhe = TSPDM_DHE_SECP256R1, .heartbeat_s = 5 };
	uint32_t id;

	for (unsigned asked = 0; asked < 3; asked++) { /* nobody, the requester, the responder */
		struct pair *pair;

		forget(state);
		options.requester_key_log = asked == 1 ? logs.requester_key_log : (struct tspdm_key_log_hook){ 0 };
		options.responder_key_log = asked == 2 ? logs.responder_key_log : (struct tspdm_key_log_hook){ 0 };
		pair = pair_new(&options);
		assert_int_equal(pair_open(pair, &id), TSPDM_OK);
		assert_int_equal(update(pair, id, true), TSPDM_OK);
		assert_int_equal(ours.count, asked == 1 ? 6 : 0);
		assert_int_equal(theirs.count, asked == 2 ? 6 : 0);
		pair_free(pair);
	}
}

static void a_pre_shared_key_is_told_with_its_hint(void **state)
{
	static const uint32_t forms[] = { WITH_CONTEXT, ALONE };
	uint32_t id;

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct pair *pair;

		forget(state);
		pair = psk_pair(forms[i], with_logs((struct pair_options){ .retries = 0 }));
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		check_alike();
		assert_int_equal(ours.count, 4);
		assert_int_equal(ours.entries[0].name.kind, TSPDM_SECRET_PSK);
		assert_true(ours.entries[0].name.is_psk);
		assert_int_equal(ours.entries[0].secret_len, sizeof first_secret);
		assert_memory_equal(ours.entries[0].secret, first_secret, sizeof first_secret);
		assert_memory_equal(ours.entries[0].hint, first_hint.ptr, first_hint.len);
		assert_null(find(&ours, TSPDM_SECRET_DHE, 0));
		pair_free(pair);
	}
}

/* ---- Stores that count, and that keep their keys ---- */

struct counting_store {
	struct tspdm_psk_store base;
	unsigned asked;
	struct tspdm_crypto *crypto;
};

static enum tspdm_status count_lookup(
	struct tspdm_psk_store *store, struct tspdm_view hint, struct tspdm_buffer *secret)
{
	struct counting_store *s = (struct counting_store *)store;

	(void)hint;
	s->asked++;
	assert_true(secret->cap >= sizeof first_secret);
	memcpy(secret->ptr, first_secret, sizeof first_secret);
	secret->len = sizeof first_secret;
	return TSPDM_OK;
}

static enum tspdm_status extract_inside(
	struct tspdm_psk_store *store, struct tspdm_view hint, uint32_t hash, struct tspdm_view salt, uint8_t *out)
{
	struct counting_store *s = (struct counting_store *)store;
	const struct tspdm_view secret = { first_secret, sizeof first_secret };

	(void)hint;
	return s->crypto->ops->hmac(s->crypto, hash, salt, &secret, 1, out);
}

static void a_store_is_asked_once_unless_there_is_a_log(void **state)
{
	static const struct tspdm_psk_store_ops ops = { sizeof ops, "counting", count_lookup, NULL };
	struct counting_store store = { .base = { &ops } };
	struct pair_options options = { .requester_psk = &store.base };
	struct pair *pair = psk_pair(WITH_CONTEXT, options);
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	assert_int_equal(store.asked, 1);
	assert_int_equal(ours.count, 0);
	pair_free(pair);
	store.asked = 0;
	pair = psk_pair(WITH_CONTEXT, with_logs(options));
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	assert_int_equal(store.asked, 2);
	pair_free(pair);
}

static void a_key_that_never_leaves_its_store_is_not_told(void **state)
{
	static const struct tspdm_psk_store_ops ops = { sizeof ops, "inside", count_lookup, extract_inside };
	struct counting_store store = { .base = { &ops } };
	struct pair *pair =
		psk_pair(WITH_CONTEXT, with_logs((struct pair_options){ .requester_psk = &store.base, .retries = 0 }));
	uint32_t id;

	(void)state;
	store.crypto = pair->crypto;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	assert_int_equal(store.asked, 0);
	assert_int_equal(ours.count, 3);
	assert_null(find(&ours, TSPDM_SECRET_PSK, 0));
	assert_non_null(find(&ours, TSPDM_SECRET_HANDSHAKE, 0));
	assert_int_equal(theirs.count, 4);
	pair_free(pair);
}

static void a_key_exchange_that_fails_tells_nothing(void **state)
{
	const struct pair_options options = with_logs((struct pair_options){ .session_capabilities = FULL,
		.dhe = TSPDM_DHE_SECP256R1,
		.heartbeat_s = 5,
		.retries = TSPDM_NO_RETRIES });
	const struct tspdm_open_session job = { .summary_type = TSPDM_SUMMARY_NONE, .require_mutual = true };
	struct pair *pair = pair_new(&options);

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_int_not_equal(tspdm_requester_open_session(pair->requester, &job), TSPDM_OK);
	assert_int_equal(ours.count, 0);
	assert_int_equal(theirs.count, 0);
	pair_free(pair);
}

static void each_kind_of_secret_has_a_label_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TSPDM_SECRET_KINDS; i++) {
		assert_non_null(tspdm_secret_label(i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(tspdm_secret_label(i), tspdm_secret_label(k));
	}
	assert_null(tspdm_secret_label(TSPDM_SECRET_KINDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_ends_tell_the_secrets_of_a_session_by_their_names, forget),
		cmocka_unit_test_setup(each_key_update_counts_for_its_direction, forget),
		cmocka_unit_test_setup(one_end_tells_nothing_of_what_the_other_was_asked_for, forget),
		cmocka_unit_test_setup(a_pre_shared_key_is_told_with_its_hint, forget),
		cmocka_unit_test_setup(a_store_is_asked_once_unless_there_is_a_log, forget),
		cmocka_unit_test_setup(a_key_that_never_leaves_its_store_is_not_told, forget),
		cmocka_unit_test_setup(a_key_exchange_that_fails_tells_nothing, forget),
		cmocka_unit_test_setup(each_kind_of_secret_has_a_label_of_its_own, forget),
	};

	return cmocka_run_group_tests_name("key_log", tests, NULL, end);
}
