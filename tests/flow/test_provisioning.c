/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_CSR and SET_CERTIFICATE between both roles: every slot, both models, in the clear and in a session. */
#include "responder/responder.h"
#include "store.h"

static enum tspdm_status get_csr(struct pair *pair, struct tspdm_buffer *csr)
{
	csr->len = 0;
	TSPDM_TRY(tspdm_requester_get_csr(pair->requester, (struct tspdm_view){ NULL, 0 }, csr));
	return pair_run(pair);
}

/* Connects, and opens a session where it is wanted: jobs are in it then. */
static void begin(struct pair *pair, bool is_in_session)
{
	uint32_t id = 0;

	if (!is_in_session) {
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		return;
	}
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
}

static void check_csr(struct pair *pair, struct tspdm_view csr)
{
	uint8_t room[512];
	struct tspdm_buffer spki = { room, sizeof room, 0 };

	assert_int_equal(tspdm_openssl_csr_verify(csr, &spki), TSPDM_OK);
	assert_int_equal(spki.len, pair->device.slots[0].spki.len);
	assert_memory_equal(room, pair->device.slots[0].spki.ptr, spki.len);
}

static void a_certificate_request_is_signed_with_the_device_s_key(void **state)
{
	(void)state;
	for (unsigned in_session = 0; in_session < 2; in_session++) {
		struct store store;
		struct pair *pair = store_pair(&store, PROVISIONS, SECURE);
		uint8_t room[2048];
		struct tspdm_buffer csr = { room, sizeof room, 0 };

		begin(pair, in_session != 0);
		assert_int_equal(get_csr(pair, &csr), TSPDM_OK);
		check_csr(pair, tspdm_buffer_view(&csr));
		store_free(&store, pair);
	}
}

static const struct {
	const char *name;
	uint32_t model;
	bool is_in_session;
} ways[] = {
	{ "DeviceCert in the clear", 0, false },
	{ "DeviceCert in a session", 0, true },
	{ "AliasCert in the clear", TSPDM_CAP_ALIAS_CERT, false },
	{ "AliasCert in a session", TSPDM_CAP_ALIAS_CERT, true },
};

static void check_slot(struct pair *pair, const struct store *store, uint8_t slot, struct tspdm_view chain)
{
	const struct tspdm_identity *identity = tspdm_requester_identity(pair->requester);

	assert_int_equal(store->last.slot, slot);
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
	assert_int_equal(authenticate_slot(pair, slot), TSPDM_OK);
	assert_true(identity->is_authenticated);
	assert_true(identity->certificates.len >= chain.len);
	assert_memory_equal(identity->certificates.ptr, chain.ptr, chain.len);
}

static void chains_of_all_slots_can_be_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct store store;
		struct pair *pair = store_pair(&store, PROVISIONS | ways[i].model, SECURE);
		uint8_t room[CHAIN_ROOM];
		uint32_t id;

		print_message("# %s\n", ways[i].name);
		pair->responder->config.is_trusted_environment = !ways[i].is_in_session;
		begin(pair, ways[i].is_in_session);
		id = tspdm_requester_opened(pair->requester);
		for (uint8_t slot = 0; slot < 8; slot++) {
			struct tspdm_view chain = store_chain(&store, SOUND, slot, room);

			assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
			assert_int_equal(set_chain(pair, slot, chain), TSPDM_OK);
			assert_int_equal(store.last.is_in_session, ways[i].is_in_session);
			assert_int_equal(store.last.is_device_ca, ways[i].model != 0);
			check_slot(pair, &store, slot, chain);
		}
		assert_int_equal(pair->seen_bad, 0);
		store_free(&store, pair);
	}
}

static void slot_zero_can_be_set_in_the_clear(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	begin(pair, false);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
	store_free(&store, pair);
}

static void other_slots_take_a_session(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, SECURE);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	begin(pair, false);
	for (uint8_t slot = 1; slot < 8; slot++) {
		assert_int_equal(set_chain(pair, slot, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_PEER);
		assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

/* ---- What was kept of the slot before ---- */

/* The digest by which responder and device show a slot, past the requester. */
static void ask_digest(struct pair *pair, uint8_t *digest)
{
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	memcpy(digest, tspdm_requester_digest(pair->requester, 0).ptr, 32);
}

/* RootHash of slot 0 by GET_CERTIFICATE, without GET_DIGESTS before, which would empty the cache. */
static void ask_root_hash(struct pair *pair, uint8_t *hash)
{
	static const uint8_t request[] = { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 52, 0 };
	static uint8_t answer[PAIR_MESSAGE_MAX];
	size_t len = pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ request, sizeof request }, answer);

	assert_int_equal(len, 8 + 52);
	assert_int_equal(answer[1], TSPDM_CERTIFICATE);
	memcpy(hash, answer + 12, 48);
}

/* Both chains are of one length and stand in the same memory: the responder's cache must not take one for the other. */
static void a_changed_chain_shows_at_once_also_on_other_connections(void **state)
{
	struct store store, unused;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	struct pair *other = store_pair(&unused, PROVISIONS, 0);
	uint8_t first[CHAIN_ROOM], second[CHAIN_ROOM], hashes[4][48];
	struct tspdm_view one, two;

	(void)state;
	other->responder->config.device = &pair->device.base;
	begin(pair, false);
	begin(other, false);
	one = store_chain(&store, SOUND, 1, first);
	two = store_chain(&store, SOUND, 2, second);
	assert_int_equal(one.len, two.len);
	assert_int_equal(set_chain(pair, 0, one), TSPDM_OK);
	ask_root_hash(pair, hashes[0]);
	ask_root_hash(other, hashes[1]);
	assert_int_equal(set_chain(pair, 0, two), TSPDM_OK);
	ask_root_hash(pair, hashes[2]);
	ask_root_hash(other, hashes[3]);
	assert_memory_equal(hashes[0], hashes[1], 48);
	assert_memory_equal(hashes[2], hashes[3], 48);
	assert_memory_not_equal(hashes[0], hashes[2], 48);
	EVP_PKEY_free(unused.root);
	EVP_PKEY_free(unused.device_ca);
	pair_free(other);
	store_free(&store, pair);
}

/* The chain of slot 0 as the responder shows it, in one answer, under the observer's eyes. */
static uint8_t observe_certificate(struct pair *pair)
{
	static const uint8_t request[] = { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 0xFF, 0xFF };
	static uint8_t answer[PAIR_MESSAGE_MAX];
	const struct tspdm_view ask = { request, sizeof request };
	size_t len = pair_ask(pair, TSPDM_KIND_PLAIN, ask, answer);
	struct tspdm_seen seen;

	tspdm_observer_see(pair->observer, true, ask, &seen);
	tspdm_observer_see(pair->observer, false, (struct tspdm_view){ answer, len }, &seen);
	return seen.digest;
}

static void who_observes_does_not_take_the_new_chain_for_a_forgery(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM], digest[32];

	(void)state;
	begin(pair, false);
	ask_digest(pair, digest);
	assert_int_equal(observe_certificate(pair), TSPDM_SEEN_OK);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
	assert_int_equal(observe_certificate(pair), TSPDM_SEEN_NOTHING);
	ask_digest(pair, digest);
	assert_int_equal(observe_certificate(pair), TSPDM_SEEN_OK);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
	assert_int_equal(observe_certificate(pair), TSPDM_SEEN_OK); /* the same one again */
	store_free(&store, pair);
}

static void the_requester_forgets_what_it_knew_of_the_slot(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM], before[32], after[32];

	(void)state;
	begin(pair, false);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	ask_digest(pair, before);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
	assert_int_equal(tspdm_requester_digest(pair->requester, 0).len, 0);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	ask_digest(pair, after);
	assert_memory_not_equal(before, after, 32);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_false(tspdm_requester_identity(pair->requester)->was_known);
	store_free(&store, pair);
}

static void the_identity_of_another_slot_stays(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	pair->responder->config.is_trusted_environment = true;
	begin(pair, false);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_int_equal(set_chain(pair, 5, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
	assert_true(tspdm_requester_identity(pair->requester)->is_authenticated);
	store_free(&store, pair);
}

/* ---- Later ---- */

static void a_device_may_take_its_time(void **state)
{
	(void)state;
	for (unsigned in_session = 0; in_session < 2; in_session++) {
		struct store store;
		struct pair *pair = store_pair(&store, PROVISIONS, SECURE);
		uint8_t room[CHAIN_ROOM], csr_room[2048];
		struct tspdm_buffer csr = { csr_room, sizeof csr_room, 0 };

		begin(pair, in_session != 0);
		store.delay = 3;
		assert_int_equal(get_csr(pair, &csr), TSPDM_OK);
		check_csr(pair, tspdm_buffer_view(&csr));
		assert_int_equal(store.calls, 4);
		store.delay = 3;
		assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_OK);
		assert_int_equal(store.calls, 8);
		assert_int_equal(pair->not_ready, in_session ? 0 : 6);
		store_free(&store, pair);
	}
}

static void a_reset_that_is_needed_is_told_apart(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS | TSPDM_CAP_CERT_INSTALL_RESET, 0);
	uint8_t room[CHAIN_ROOM], csr_room[2048], before[32], after[32];
	struct tspdm_buffer csr = { csr_room, sizeof csr_room, 0 };

	(void)state;
	store.outcome = store.csr_outcome = TSPDM_ERR_RESET_REQUIRED;
	begin(pair, false);
	ask_digest(pair, before);
	assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_RESET_REQUIRED);
	assert_int_equal(csr.len, 0);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_RESET_REQUIRED);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_RESET_REQUIRED);
	store.delay = 2; /* and so it is when the device finds it out late */
	assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_RESET_REQUIRED);
	store.delay = 2;
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_RESET_REQUIRED);
	ask_digest(pair, after);
	assert_memory_equal(before, after, 32);
	store_free(&store, pair);
}

static void without_the_capability_nobody_is_told_of_a_reset(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	store.outcome = TSPDM_ERR_RESET_REQUIRED;
	begin(pair, false);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNSPECIFIED);
	store_free(&store, pair);
}

/* ---- The requester's own rules ---- */

static void what_the_responder_does_not_announce_is_not_sent(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, ATTESTS, 0);
	uint8_t room[CHAIN_ROOM], csr_room[2048];
	struct tspdm_buffer csr = { csr_room, sizeof csr_room, 0 };

	(void)state;
	begin(pair, false);
	assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_CAPABILITY_MISSING);
	store_free(&store, pair);
}

static void nothing_is_asked_before_a_connection(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM];
	struct tspdm_buffer csr = { room, sizeof room, 0 };
	const struct tspdm_view none = { NULL, 0 };

	(void)state;
	assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_STATE);
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_STATE);
	begin(pair, false);
	assert_int_equal(set_chain(pair, 8, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_ARGUMENT);
	assert_int_equal(set_chain(pair, 0, none), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_requester_get_csr(pair->requester, none, NULL), TSPDM_ERR_ARGUMENT);
	store_free(&store, pair);
}

static void room_that_is_too_small_is_told(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[16384] = { 0x30, 0x82, 0x3F, 0xFC };
	struct tspdm_buffer csr = { room, 10, 0 };
	const struct tspdm_view long_chain = { room, sizeof room };

	(void)state;
	begin(pair, false);
	assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_BUFFER);
	assert_true(csr.len > 100);
	assert_int_equal(set_chain(pair, 0, long_chain), TSPDM_ERR_BUFFER);
	store_free(&store, pair);
}

static void name_another_slot(void *context, struct pair_message *m)
{
	(void)context;
	if (!m->is_request && m->bytes[1] == TSPDM_SET_CERTIFICATE_RSP)
		m->bytes[2] = 3;
}

static void another_slot_in_the_answer_is_refused(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	begin(pair, false);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	pair->hook = name_another_slot;
	assert_int_equal(set_chain(pair, 0, store_chain(&store, SOUND, 1, room)), TSPDM_ERR_ECHO);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated); /* who knows what it shows now */
	store_free(&store, pair);
}

static void cut_short(void *context, struct pair_message *m)
{
	if (!m->is_request && m->bytes[1] == TSPDM_CSR)
		m->len = *(size_t *)context;
}

static void a_truncated_certificate_request_is_refused(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, PROVISIONS, 0);
	uint8_t room[2048];
	struct tspdm_buffer csr = { room, sizeof room, 0 };
	size_t whole;

	(void)state;
	begin(pair, false);
	assert_int_equal(get_csr(pair, &csr), TSPDM_OK);
	whole = csr.len; /* give or take a few bytes: no two signatures have one length */
	for (size_t cut = 4; cut < whole; cut += 7) {
		pair->hook = cut_short;
		pair->hook_context = &cut;
		assert_int_equal(get_csr(pair, &csr), TSPDM_ERR_TRUNCATED);
		assert_int_equal(csr.len, 0);
	}
	store_free(&store, pair);
}

static int end(void **state)
{
	(void)state;
	pair_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_request_is_signed_with_the_device_s_key),
		cmocka_unit_test(chains_of_all_slots_can_be_set),
		cmocka_unit_test(slot_zero_can_be_set_in_the_clear),
		cmocka_unit_test(other_slots_take_a_session),
		cmocka_unit_test(a_changed_chain_shows_at_once_also_on_other_connections),
		cmocka_unit_test(who_observes_does_not_take_the_new_chain_for_a_forgery),
		cmocka_unit_test(the_requester_forgets_what_it_knew_of_the_slot),
		cmocka_unit_test(the_identity_of_another_slot_stays),
		cmocka_unit_test(a_device_may_take_its_time),
		cmocka_unit_test(a_reset_that_is_needed_is_told_apart),
		cmocka_unit_test(without_the_capability_nobody_is_told_of_a_reset),
		cmocka_unit_test(what_the_responder_does_not_announce_is_not_sent),
		cmocka_unit_test(nothing_is_asked_before_a_connection),
		cmocka_unit_test(room_that_is_too_small_is_told),
		cmocka_unit_test(another_slot_in_the_answer_is_refused),
		cmocka_unit_test(a_truncated_certificate_request_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
