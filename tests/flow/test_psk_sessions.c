/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sessions by pre-shared key between both roles. */
#include "core/psk.h"
#include "psk_rig.h"

/* ---- Opening, using, closing ---- */

static enum tspdm_status measure_in(struct pair *pair, uint32_t id)
{
	const struct tspdm_measure job = {
		.operation = TSPDM_MEASUREMENT_ALL, .record = pair->record, .record_cap = sizeof pair->record
	};

	TSPDM_TRY(tspdm_requester_use_session(pair->requester, id));
	TSPDM_TRY(tspdm_requester_measure(pair->requester, &job));
	TSPDM_TRY(pair_run(pair));
	return tspdm_requester_use_session(pair->requester, 0);
}

static void exchange_application_data(struct pair *pair, uint32_t id)
{
	static const uint8_t data[] = { 0x7E, 1, 2, 0x7E };
	uint8_t record[128];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	size_t len;

	assert_int_equal(
		tspdm_requester_seal(pair->requester, id, (struct tspdm_view){ data, sizeof data }, &out), TSPDM_OK);
	len = pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&out), room);
	assert_int_equal(
		tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, (struct tspdm_view){ room, len }), TSPDM_OK);
	assert_int_equal(pair->taken_back_len, sizeof data);
}

static void check_exported(struct pair *pair, uint32_t id)
{
	uint8_t ours[TSPDM_HASH_MAX] = { 0 }, theirs[TSPDM_HASH_MAX] = { 1 };
	struct tspdm_buffer a = { ours, sizeof ours, 0 }, b = { theirs, sizeof theirs, 0 };

	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &a), TSPDM_OK);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &b), TSPDM_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(ours, theirs, a.len);
}

static void use_and_close(struct pair *pair, uint32_t id)
{
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(update(pair, id, false), TSPDM_OK);
	assert_int_equal(measure_in(pair, id), TSPDM_OK);
	if (pair->options.binding == &tspdm_binding_mctp)
		exchange_application_data(pair, id);
	check_exported(pair, id);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	check_no_session(pair);
}

static const struct {
	const char *name;
	uint32_t form;
	uint32_t capabilities;
	uint32_t hash, aead;
	const struct tspdm_binding *binding;
	uint8_t version; /* 0: 1.2 */
} combinations[] = {
	{ "with context", WITH_CONTEXT, PSK_SECURE, TSPDM_HASH_SHA384, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_mctp, 0 },
	{ "alone", ALONE, PSK_SECURE, TSPDM_HASH_SHA384, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_mctp, 0 },
	{ "MAC only", WITH_CONTEXT, PSK_BASIC, TSPDM_HASH_SHA256, TSPDM_AEAD_AES_128_GCM, &tspdm_binding_mctp, 0 },
	{ "MAC only, alone", ALONE, PSK_BASIC, TSPDM_HASH_SHA512, TSPDM_AEAD_CHACHA20_POLY1305, &tspdm_binding_mctp,
		0 },
	{ "DOE", WITH_CONTEXT, PSK_SECURE, TSPDM_HASH_SHA512, TSPDM_AEAD_AES_128_GCM, &tspdm_binding_doe, 0 },
	{ "DOE, alone", ALONE, PSK_SECURE, TSPDM_HASH_SHA256, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_doe, 0 },
	{ "TCP", WITH_CONTEXT, PSK_SECURE, TSPDM_HASH_SHA3_256, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_tcp, 0 },
	{ "TCP, alone, MAC only", ALONE, PSK_BASIC, TSPDM_HASH_SHA384, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_tcp, 0 },
	{ "1.1", WITH_CONTEXT, PSK_SECURE, TSPDM_HASH_SHA384, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_mctp, TSPDM_V11 },
	{ "1.1, alone", ALONE, PSK_SECURE, TSPDM_HASH_SHA512, TSPDM_AEAD_AES_256_GCM, &tspdm_binding_doe, TSPDM_V11 },
};

/* Also a version that is not offered by default: the messages' forms, and what goes into the keys, differ. */
static void force_version(struct pair *pair, uint8_t version)
{
	if (version == 0)
		return;
	pair->responder->config.versions = TSPDM_VERSION_BIT(version);
	((struct tspdm_requester_config *)(uintptr_t)requester_config(pair->requester))->versions =
		TSPDM_VERSION_BIT(version);
}

static void a_pre_shared_key_opens_a_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(combinations); i++) {
		const bool is_alone = combinations[i].form == ALONE;
		struct tspdm_session_info info;
		struct pair *pair = psk_pair(combinations[i].form,
			(struct pair_options){ .session_capabilities = combinations[i].capabilities,
				.hash = combinations[i].hash,
				.aead = combinations[i].aead,
				.binding = combinations[i].binding });
		uint32_t id;

		print_message("# %s\n", combinations[i].name);
		force_version(pair, combinations[i].version);
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->messages = 0;
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		assert_int_equal(pair->messages, is_alone ? 2 : 4);
		assert_int_equal(pair->records, is_alone ? 0 : 2);
		assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
		assert_true(info.is_psk && !info.is_handshake_clear);
		assert_int_equal(info.is_mac_only, (combinations[i].capabilities & TSPDM_CAP_ENCRYPT) == 0);
		assert_int_equal(info.summary_len, tspdm_algorithm_size(TSPDM_KIND_HASH, combinations[i].hash));
		assert_int_equal(info.heartbeat_s, 5);
		assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1);
		use_and_close(pair, id);
		pair_free(pair);
	}
}

static void a_connection_needs_no_certificates(void **state)
{
	static const uint32_t forms[] = { WITH_CONTEXT, ALONE };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct pair *pair = psk_pair(
			forms[i], (struct pair_options){ .no_identity = true, .capabilities = TSPDM_CAP_MEAS_NO_SIG });
		const struct tspdm_negotiated *n = tspdm_requester_negotiated(pair->requester);
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(n->asym, 0);
		assert_int_equal(n->dhe, 0);
		assert_int_not_equal(n->hash, 0);
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		use_and_close(pair, id);
		pair_free(pair);
	}
}

/* The summaries are those of a session by certificate, which others check against the device. */
static void the_measurement_summary_is_that_of_key_exchange(void **state)
{
	static const uint8_t types[] = { TSPDM_SUMMARY_NONE, TSPDM_SUMMARY_TCB, TSPDM_SUMMARY_ALL };
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .session_capabilities = FULL });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	for (size_t i = 0; i < COUNT(types); i++) {
		const struct tspdm_open_session certificate = { .summary_type = types[i] };
		const struct tspdm_open_psk_session psk = { .hint = first_hint, .summary_type = types[i] };
		struct tspdm_session_info a, b;

		assert_int_equal(tspdm_requester_open_session(pair->requester, &certificate), TSPDM_OK);
		assert_int_equal(pair_run(pair), TSPDM_OK);
		assert_int_equal(tspdm_requester_session(pair->requester, tspdm_requester_opened(pair->requester), &a),
			TSPDM_OK);
		assert_int_equal(close_session(pair, a.id), TSPDM_OK);
		assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &psk), TSPDM_OK);
		assert_int_equal(pair_run(pair), TSPDM_OK);
		assert_int_equal(tspdm_requester_session(pair->requester, tspdm_requester_opened(pair->requester), &b),
			TSPDM_OK);
		assert_int_equal(close_session(pair, b.id), TSPDM_OK);
		assert_true(!a.is_psk && b.is_psk);
		assert_int_equal(b.summary_len != 0, types[i] != TSPDM_SUMMARY_NONE);
		assert_int_equal(a.summary_len, b.summary_len);
		assert_memory_equal(a.summary_hash, b.summary_hash, sizeof a.summary_hash);
	}
	pair_free(pair);
}

static void sessions_of_both_kinds_live_side_by_side(void **state)
{
	static const uint32_t clear[] = { 0, TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };

	(void)state;
	for (size_t i = 0; i < COUNT(clear); i++) {
		struct pair *pair =
			psk_pair(WITH_CONTEXT, (struct pair_options){ .session_capabilities = FULL | clear[i] });
		uint32_t ids[4];

		assert_int_equal(pair_open(pair, &ids[0]), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, first_hint, &ids[1]), TSPDM_OK);
		assert_int_equal(pair_open_another(pair, &ids[2]), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, (struct tspdm_view)TEXT("second"), &ids[3]), TSPDM_OK);
		for (size_t k = 0; k < COUNT(ids); k++)
			assert_int_equal(heartbeat(pair, ids[k]), TSPDM_OK);
		for (size_t k = 0; k < COUNT(ids); k++)
			assert_int_equal(update(pair, ids[k], true), TSPDM_OK);
		for (size_t k = 0; k < COUNT(ids); k++) {
			assert_int_equal(close_session(pair, ids[k]), TSPDM_OK);
			assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 3 - k);
		}
		check_no_session(pair);
		pair_free(pair);
	}
}

static void no_hint_names_the_key_without_one(void **state)
{
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = 0 });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, (struct tspdm_view){ NULL, 0 }, &id), TSPDM_OK);
	use_and_close(pair, id);
	pair_free(pair);
}

/* ---- RequesterContext ---- */

static void note_context(void *context, struct pair_message *message)
{
	if (message->is_request && message->kind == TSPDM_KIND_PLAIN && message->bytes[1] == TSPDM_PSK_EXCHANGE)
		*(unsigned *)context = message->bytes[8] | (unsigned)message->bytes[9] << 8;
}

static void the_requester_context_is_as_long_as_the_rules_say(void **state)
{
	static const struct {
		uint32_t hash;
		uint8_t asked;
		unsigned sent; /* 0: refused */
	} cases[] = {
		{ TSPDM_HASH_SHA256, 0, 32 },
		{ TSPDM_HASH_SHA256, 32, 32 },
		{ TSPDM_HASH_SHA256, 31, 0 },
		{ TSPDM_HASH_SHA256, 1, 0 },
		{ TSPDM_HASH_SHA256, 64, 64 },
		{ TSPDM_HASH_SHA256, 65, 0 },
		{ TSPDM_HASH_SHA256, 255, 0 },
		{ TSPDM_HASH_SHA384, 0, 48 },
		{ TSPDM_HASH_SHA384, 47, 0 },
		{ TSPDM_HASH_SHA384, 50, 50 },
		{ TSPDM_HASH_SHA512, 0, 64 },
		{ TSPDM_HASH_SHA512, 63, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct tspdm_open_psk_session job = { .hint = first_hint, .context_len = cases[i].asked };
		struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .hash = cases[i].hash });
		unsigned sent = 0;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->hook = note_context;
		pair->hook_context = &sent;
		assert_int_equal(tspdm_requester_open_psk_session(pair->requester, &job),
			cases[i].sent != 0 ? TSPDM_OK : TSPDM_ERR_ARGUMENT);
		if (cases[i].sent != 0)
			assert_int_equal(pair_run(pair), TSPDM_OK);
		assert_int_equal(sent, cases[i].sent);
		pair_free(pair);
	}
}

/* ---- Messages that get lost ---- */

static void drop(void *context, struct pair_message *message)
{
	message->is_dropped = message->number == *(unsigned *)context;
}

static void a_lost_exchange_is_repeated(void **state)
{
	static const uint32_t forms[] = { WITH_CONTEXT, ALONE };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (unsigned number = 0; number < 2; number++) {
			struct pair *pair = psk_pair(forms[i], (struct pair_options){ .retries = 2 });
			uint32_t id;

			assert_int_equal(pair_connect(pair), TSPDM_OK);
			pair->messages = 0;
			pair->hook = drop;
			pair->hook_context = &number;
			assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
			pair->hook = NULL;
			assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 1);
			for (unsigned k = 1; k < pair->responder->sessions.count; k++)
				assert_int_equal(pair->responder->sessions.all[k].phase, SESSION_FREE);
			use_and_close(pair, id);
			pair_free(pair);
		}
}

static void a_lost_psk_finish_ends_the_handshake(void **state)
{
	(void)state;
	for (unsigned number = 2; number < 4; number++) {
		struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = 2 });
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->messages = 0;
		pair->hook = drop;
		pair->hook_context = &number;
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_TIMEOUT);
		check_wiped(requester_sessions(pair->requester));
		pair->hook = NULL;
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		assert_int_equal(heartbeat(pair, id), TSPDM_OK);
		pair_free(pair);
	}
}

static void a_handshake_that_nobody_goes_on_with_is_given_up(void **state)
{
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES });
	unsigned number = 2;
	uint64_t then;
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	pair->hook = drop;
	pair->hook_context = &number;
	then = pair_now_us();
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_TIMEOUT);
	assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
	tspdm_responder_expire_sessions(pair->responder, then + 59000000);
	assert_int_equal(pair->responder->sessions.all[0].phase, SESSION_HANDSHAKING);
	tspdm_responder_expire_sessions(pair->responder, then + 61000000);
	check_no_session(pair);
	pair_free(pair);
}

/* ---- Stores ---- */

struct other_store {
	struct tspdm_psk_store base;
	unsigned calls, late;
	enum tspdm_status status; /* of the last call */
	size_t len;               /* of the secret; 0: of the first key */
	struct tspdm_crypto *crypto;
};

static enum tspdm_status lookup(struct tspdm_psk_store *base, struct tspdm_view hint, struct tspdm_buffer *secret)
{
	struct other_store *store = (struct other_store *)base;

	assert_int_equal(hint.len, first_hint.len);
	assert_memory_equal(hint.ptr, first_hint.ptr, hint.len);
	if (store->calls++ < store->late)
		return TSPDM_AGAIN;
	assert_int_equal(secret->cap, TSPDM_PSK_MAX);
	memcpy(secret->ptr, first_secret, sizeof first_secret);
	secret->len = store->len != 0 ? store->len - 1 : sizeof first_secret;
	return store->status;
}

/* As an HSM does it: nothing but the HMAC comes out. */
static enum tspdm_status extract(
	struct tspdm_psk_store *base, struct tspdm_view hint, uint32_t hash, struct tspdm_view salt, uint8_t *out)
{
	struct other_store *store = (struct other_store *)base;
	const struct tspdm_view secret = BYTES(first_secret);

	assert_int_equal(hint.len, first_hint.len);
	store->calls++;
	assert_int_equal(store->crypto->ops->hmac(store->crypto, hash, salt, &secret, 1, out), TSPDM_OK);
	return store->status;
}

static const struct tspdm_psk_store_ops lookup_ops = { sizeof lookup_ops, "lookup", lookup, NULL };
static const struct tspdm_psk_store_ops extract_ops = { sizeof extract_ops, "extract", NULL, extract };

static void a_store_may_keep_its_secrets_to_itself(void **state)
{
	struct other_store store = { .base = { &extract_ops } };
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .responder_psk = &store.base });
	uint32_t id;

	(void)state;
	store.crypto = pair->crypto;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	assert_int_equal(store.calls, 1);
	use_and_close(pair, id);
	pair_free(pair);
}

static void the_salt_of_1_3_goes_to_the_store_too(void **state)
{
	struct other_store store = { .base = { &extract_ops } };
	struct tspdm_psk_table table;
	uint8_t a[TSPDM_HASH_MAX], b[TSPDM_HASH_MAX];

	(void)state;
	assert_int_equal(tspdm_openssl_new(&store.crypto), TSPDM_OK);
	tspdm_psk_table_init(&table, good_keys, COUNT(good_keys));
	for (unsigned version = TSPDM_V11; version <= TSPDM_V14; version++) {
		const struct key_schedule k = { store.crypto, TSPDM_HASH_SHA384, TSPDM_AEAD_AES_256_GCM,
			(uint8_t)version };

		assert_int_equal(tspdm_psk_handshake_secret(&store.base, &k, first_hint, a), TSPDM_OK);
		assert_int_equal(tspdm_psk_handshake_secret(&table.base, &k, first_hint, b), TSPDM_OK);
		assert_memory_equal(a, b, 48);
	}
	tspdm_openssl_free(store.crypto);
}

static void a_responder_waits_for_its_store(void **state)
{
	struct other_store store = { .base = { &lookup_ops }, .late = 3 };
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .responder_psk = &store.base });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	assert_int_equal(store.calls, 4);
	assert_int_equal(pair->not_ready, 3);
	use_and_close(pair, id);
	pair_free(pair);
}

static void a_requester_asks_its_store_before_it_sends(void **state)
{
	struct other_store store = { .base = { &lookup_ops }, .late = 1 };
	struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .requester_psk = &store.base });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_AGAIN);
	store.status = TSPDM_ERR_SYSTEM;
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_SYSTEM);
	assert_int_equal(pair->messages, 0);
	store.status = TSPDM_OK;
	assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
	pair_free(pair);
}

/* A responder's own trouble is not the request's fault. */
static void a_store_that_fails_answers_unspecified(void **state)
{
	static const struct {
		enum tspdm_status status;
		size_t len;
	} cases[] = {
		{ TSPDM_ERR_SYSTEM, 0 },
		{ TSPDM_ERR_KEY, 0 },
		{ TSPDM_OK, 1 }, /* an empty secret */
		{ TSPDM_OK, TSPDM_PSK_MAX + 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct other_store store = { .base = { &lookup_ops }, .status = cases[i].status, .len = cases[i].len };
		struct pair *pair = psk_pair(WITH_CONTEXT, (struct pair_options){ .responder_psk = &store.base });
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_ERR_PEER);
		assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNSPECIFIED);
		check_no_session(pair);
		store.status = TSPDM_OK;
		store.len = 0;
		assert_int_equal(open_by_psk(pair, first_hint, &id), TSPDM_OK);
		pair_free(pair);
	}
}

/* ---- Secrets ---- */

static bool contains(const void *memory, size_t len, const uint8_t *wanted, size_t wanted_len)
{
	const uint8_t *bytes = memory;

	for (size_t i = 0; i + wanted_len <= len; i++)
		if (memcmp(bytes + i, wanted, wanted_len) == 0)
			return true;
	return false;
}

static void check_forgotten(struct pair *pair, const uint8_t *wanted, size_t len)
{
	assert_false(contains(pair->requester, tspdm_requester_size(), wanted, len));
	assert_false(contains(pair->responder, tspdm_responder_size(), wanted, len));
	assert_false(contains(pair->request_sessions, 8 * tspdm_session_size(), wanted, len));
	assert_false(contains(pair->response_sessions, 4 * tspdm_session_size(), wanted, len));
}

/* Whatever the end is: a session, a refusal, or no answer at all. */
static void neither_side_keeps_the_key(void **state)
{
	static const unsigned lost[] = { 0, 1, 2, 3, 100 };
	static const uint32_t forms[] = { WITH_CONTEXT, ALONE };

	(void)state;
	for (size_t i = 0; i < COUNT(lost) * COUNT(forms); i++) {
		unsigned number = lost[i / 2];
		struct pair *pair = psk_pair(forms[i % 2], (struct pair_options){ .retries = TSPDM_NO_RETRIES });
		struct key_schedule k;
		uint8_t handshake_secret[TSPDM_HASH_MAX];
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		k = tspdm_session_schedule(&pair->responder->connection);
		assert_int_equal(
			tspdm_psk_handshake_secret(pair->options.responder_psk, &k, first_hint, handshake_secret),
			TSPDM_OK);
		pair->messages = 0;
		pair->hook = drop;
		pair->hook_context = &number;
		(void)!open_by_psk(pair, first_hint, &id);
		check_forgotten(pair, first_secret, sizeof first_secret);
		check_forgotten(pair, handshake_secret, 32);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pre_shared_key_opens_a_session),
		cmocka_unit_test(a_connection_needs_no_certificates),
		cmocka_unit_test(the_measurement_summary_is_that_of_key_exchange),
		cmocka_unit_test(sessions_of_both_kinds_live_side_by_side),
		cmocka_unit_test(no_hint_names_the_key_without_one),
		cmocka_unit_test(the_requester_context_is_as_long_as_the_rules_say),
		cmocka_unit_test(a_lost_exchange_is_repeated),
		cmocka_unit_test(a_lost_psk_finish_ends_the_handshake),
		cmocka_unit_test(a_handshake_that_nobody_goes_on_with_is_given_up),
		cmocka_unit_test(a_store_may_keep_its_secrets_to_itself),
		cmocka_unit_test(the_salt_of_1_3_goes_to_the_store_too),
		cmocka_unit_test(a_responder_waits_for_its_store),
		cmocka_unit_test(a_requester_asks_its_store_before_it_sends),
		cmocka_unit_test(a_store_that_fails_answers_unspecified),
		cmocka_unit_test(neither_side_keeps_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
