/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder refuses of GET_CSR and SET_CERTIFICATE, and with which ERROR; nothing changes by it. */
#include "responder/responder.h"
#include "store.h"

enum { ROOM = 40000 };

struct message {
	uint8_t b[ROOM];
	size_t len;
};

static uint8_t answer[PAIR_MESSAGE_MAX];

static int ask(struct pair *pair, const struct message *m)
{
	uint8_t *copy = malloc(m->len); /* of exactly its size: reading beyond it shows */
	size_t len;

	memcpy(copy, m->b, m->len);
	len = pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ copy, m->len }, answer);
	free(copy);
	assert_true(len >= 4);
	return answer[1] == TSPDM_ERROR ? answer[2] : -1;
}

static size_t hash_len_of(const struct pair *pair)
{
	return tspdm_algorithm_size(TSPDM_KIND_HASH, tspdm_requester_negotiated(pair->requester)->hash);
}

/* Of the first certificate, or of all where that is none. */
static size_t first_len(struct tspdm_view chain)
{
	size_t len = chain.ptr[1] == 0x81 ? 3U + chain.ptr[2] : 4U + chain.ptr[2] * 256U + chain.ptr[3];

	return len < chain.len ? len : chain.len;
}

/* SET_CERTIFICATE with a chain and its proper header. */
static void put_set(struct message *m, struct pair *pair, uint8_t param1, struct tspdm_view chain)
{
	size_t hash_len = hash_len_of(pair), total = 4 + hash_len + chain.len;
	size_t root_len = first_len(chain);
	struct tspdm_hash *hash = NULL;
	struct tspdm_crypto *crypto = pair->crypto;

	assert_true(total + 4 <= sizeof m->b);
	memcpy(m->b,
		(const uint8_t[]){
			0x12, TSPDM_SET_CERTIFICATE, param1, 0, (uint8_t)total, (uint8_t)(total >> 8), 0, 0 },
		8);
	assert_int_equal(
		crypto->ops->hash_new(crypto, tspdm_requester_negotiated(pair->requester)->hash, &hash), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ chain.ptr, root_len }), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_final(crypto, hash, m->b + 8), TSPDM_OK);
	crypto->ops->hash_free(crypto, hash);
	memcpy(m->b + 8 + hash_len, chain.ptr, chain.len);
	m->len = 4 + total;
}

static void set_length(struct message *m, size_t length)
{
	m->b[4] = (uint8_t)length;
	m->b[5] = (uint8_t)(length >> 8);
}

static struct pair *connected(struct store *store, uint32_t capabilities)
{
	struct pair *pair = store_pair(store, capabilities, 0);

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	return pair;
}

/* ---- SET_CERTIFICATE: chains ---- */

static const struct {
	const char *name;
	enum flaw flaw;
	int error;
	unsigned calls; /* whether the device was asked */
} chains[] = {
	{ "sound", SOUND, -1, 1 },
	{ "of another key", OTHER_KEY, TSPDM_ERROR_UNSPECIFIED, 0 },
	{ "with a broken signature", BROKEN_SIGNATURE, TSPDM_ERROR_UNSPECIFIED, 0 },
	{ "that ends in a certificate of the other model", LEAF_IS_CA, TSPDM_ERROR_UNSPECIFIED, 0 },
};

static void chains_are_judged_before_they_are_kept(void **state)
{
	const uint32_t models[] = { 0, TSPDM_CAP_ALIAS_CERT };
	static struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(chains) * COUNT(models); i++) {
		size_t n = i / COUNT(models);
		struct store store;
		struct pair *pair = connected(&store, PROVISIONS | models[i % COUNT(models)]);
		struct tspdm_view before = pair->device.slots[0].certificates;
		uint8_t room[CHAIN_ROOM];

		print_message("# %s\n", chains[n].name);
		put_set(&m, pair, 0, store_chain(&store, chains[n].flaw, 1, room));
		assert_int_equal(ask(pair, &m), chains[n].error);
		assert_int_equal(store.calls, chains[n].calls);
		assert_int_equal(pair->device.generation, chains[n].calls);
		assert_int_equal(pair->device.slots[0].certificates.ptr == before.ptr, chains[n].error != -1);
		store_free(&store, pair);
	}
}

static void a_leaf_without_key_usage_is_refused(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	put_set(&m, pair, 0, store_chain(&store, NO_KEY_USAGE, 1, room));
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_UNSPECIFIED);
	store_free(&store, pair);
}

static void a_chain_without_its_root_is_refused(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];
	struct tspdm_view chain = store_chain(&store, SOUND, 1, room);
	size_t root_len = first_len(chain);

	(void)state;
	put_set(&m, pair, 0, (struct tspdm_view){ chain.ptr + root_len, chain.len - root_len });
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_UNSPECIFIED);
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

/* ---- SET_CERTIFICATE: fields ---- */

static void a_root_hash_that_is_not_the_root_s_is_invalid(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];
	struct tspdm_view chain = store_chain(&store, SOUND, 1, room);

	(void)state;
	for (size_t i = 0; i < hash_len_of(pair); i++) {
		put_set(&m, pair, 0, chain);
		m.b[8 + i] ^= 0x10;
		assert_int_equal(ask(pair, &m), TSPDM_ERROR_INVALID_REQUEST);
	}
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static void slots_that_do_not_exist_are_invalid(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];
	struct tspdm_view chain = store_chain(&store, SOUND, 1, room);

	(void)state;
	for (uint8_t slot = 8; slot < 16; slot++) {
		put_set(&m, pair, slot, chain);
		assert_int_equal(ask(pair, &m), TSPDM_ERROR_INVALID_REQUEST);
	}
	pair->responder->config.is_trusted_environment = true;
	pair->device.slots[6] = (struct tspdm_slot){ .asym = 0 }; /* the device has no key for it */
	put_set(&m, pair, 6, chain);
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static void a_wrong_length_is_invalid(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];
	struct tspdm_view chain = store_chain(&store, SOUND, 1, room);
	size_t hash_len = hash_len_of(pair), total = 4 + hash_len + chain.len;
	const size_t wrong[] = { 0, 1, 3, 4, 4 + hash_len - 1, 4 + hash_len, total + 1, total + 100, 0xFFFF };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		put_set(&m, pair, 0, chain);
		set_length(&m, wrong[i]);
		assert_int_equal(ask(pair, &m), TSPDM_ERROR_INVALID_REQUEST);
	}
	put_set(&m, pair, 0, chain); /* too short inside the chain: bytes are left, and the chain is broken */
	set_length(&m, total - 1);
	assert_int_not_equal(ask(pair, &m), -1);
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static void a_truncated_chain_is_refused_at_every_byte(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);
	uint8_t room[CHAIN_ROOM];
	size_t whole;

	(void)state;
	put_set(&m, pair, 0, store_chain(&store, SOUND, 1, room));
	whole = m.len;
	for (size_t len = 4; len < whole; len++) {
		m.len = len;
		assert_int_equal(ask(pair, &m), TSPDM_ERROR_INVALID_REQUEST);
	}
	/* Length tells the shorter one: now it is the certificates that end early */
	for (size_t len = whole - 1; len > whole - 300; len -= 13) {
		m.len = len;
		set_length(&m, len - 4);
		assert_int_equal(ask(pair, &m), TSPDM_ERROR_UNSPECIFIED);
	}
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static void certificates_that_are_none_are_refused(void **state)
{
	static const uint8_t junk[][6] = { { 0 }, { 0x30, 0x84, 1, 0, 0, 0 }, { 0x30, 0x80, 0, 0 },
		{ 0x30, 0x03, 1, 2, 3 }, { 0x31, 0x04, 1, 2, 3, 4 }, { 0x30, 0x83, 0xFF, 0xFF, 0xFF, 0 } };
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);

	(void)state;
	for (size_t i = 0; i < COUNT(junk); i++) {
		put_set(&m, pair, 0, (struct tspdm_view){ junk[i], sizeof junk[i] });
		assert_true(ask(pair, &m) == TSPDM_ERROR_UNSPECIFIED || answer[2] == TSPDM_ERROR_INVALID_REQUEST);
	}
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static void a_chain_that_is_too_large_is_refused(void **state)
{
	static struct message m;
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);

	(void)state;
	memset(&m, 0, sizeof m);
	memcpy(m.b, (const uint8_t[]){ 0x12, TSPDM_SET_CERTIFICATE, 0, 0 }, 4);
	m.len = PAIR_MESSAGE_MAX + 16;
	set_length(&m, m.len - 4);
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_REQUEST_TOO_LARGE);
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

/* ---- What the device says ---- */

static const struct {
	enum tspdm_status outcome;
	uint32_t capabilities;
	uint8_t error;
} outcomes[] = {
	{ TSPDM_ERR_STORAGE, 0, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_KEY, 0, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_SLOT, 0, TSPDM_ERROR_INVALID_REQUEST },
	{ TSPDM_ERR_UNSUPPORTED, 0, TSPDM_ERROR_UNSUPPORTED_REQUEST },
	{ TSPDM_ERR_BUSY, 0, TSPDM_ERROR_BUSY },
	{ TSPDM_ERR_SYSTEM, 0, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_RESET_REQUIRED, 0, TSPDM_ERROR_UNSPECIFIED },
	{ TSPDM_ERR_RESET_REQUIRED, TSPDM_CAP_CERT_INSTALL_RESET, TSPDM_ERROR_RESET_REQUIRED },
};

static void what_the_device_says_is_what_the_requester_hears(void **state)
{
	static struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct store store;
		struct pair *pair = connected(&store, PROVISIONS | outcomes[i].capabilities);
		struct tspdm_view before = pair->device.slots[0].certificates;
		uint8_t room[CHAIN_ROOM];

		print_message("# %s\n", tspdm_status_name(outcomes[i].outcome));
		store.outcome = outcomes[i].outcome;
		put_set(&m, pair, 0, store_chain(&store, SOUND, 1, room));
		assert_int_equal(ask(pair, &m), outcomes[i].error);
		assert_int_equal(store.calls, 1);
		assert_int_equal(pair->device.generation, 0);
		assert_ptr_equal(pair->device.slots[0].certificates.ptr, before.ptr);
		store_free(&store, pair);
	}
}

/* From 1.3 on there is a code for it. */
static void a_failure_to_store_is_operation_failed_in_later_versions(void **state)
{
	struct request q = { .error_version = TSPDM_V13 };
	uint8_t room[64], code = 0;
	struct tspdm_buffer out = { room, sizeof room, 0 };

	(void)state;
	assert_int_equal(tspdm_responder_error(&q, TSPDM_ERR_STORAGE, &out, &code), TSPDM_OK);
	assert_int_equal(code, TSPDM_ERROR_OPERATION_FAILED);
}

static enum tspdm_status waits_for_reset(struct tspdm_device *device, unsigned slot, struct tspdm_slot *out)
{
	(void)device, (void)slot, (void)out;
	return TSPDM_ERR_RESET_REQUIRED;
}

/* Until the reset, the slot's digests and certificates may be refused so too, and nothing else may. */
static void a_slot_that_waits_for_a_reset_says_so(void **state)
{
	static const struct message digests = { { 0x12, TSPDM_GET_DIGESTS, 0, 0 }, 4 };
	static const struct message certificate = { { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 64, 0 }, 8 };
	static const struct message challenge = { { 0x12, TSPDM_CHALLENGE, 0, 0 }, 36 };
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS | TSPDM_CAP_CERT_INSTALL_RESET);
	struct tspdm_device_ops ops = *pair->device.base.ops;

	(void)state;
	ops.slot = waits_for_reset;
	pair->device.base.ops = &ops;
	assert_int_equal(ask(pair, &digests), TSPDM_ERROR_RESET_REQUIRED);
	assert_int_equal(ask(pair, &certificate), TSPDM_ERROR_RESET_REQUIRED);
	assert_int_equal(ask(pair, &challenge), TSPDM_ERROR_UNSPECIFIED);
	store_free(&store, pair);
}

/* ---- GET_CSR ---- */

static const struct {
	const char *name;
	uint8_t info_len, opaque_len, data[8];
	size_t len;
	int error;
} requests[] = {
	{ "bare", 0, 0, { 0 }, 8, -1 },
	{ "RequesterInfo that is no DER", 3, 0, { 1, 2, 3 }, 11, TSPDM_ERROR_INVALID_REQUEST },
	{ "RequesterInfo that is an empty SEQUENCE", 2, 0, { 0x30, 0 }, 10, TSPDM_ERROR_INVALID_REQUEST },
	{ "RequesterInfo that ends early", 4, 0, { 0x30, 0x10, 2, 1 }, 12, TSPDM_ERROR_INVALID_REQUEST },
	{ "RequesterInfo longer than the message", 9, 0, { 0x30, 0 }, 16, TSPDM_ERROR_INVALID_REQUEST },
	{ "OpaqueData longer than the message", 0, 9, { 0 }, 16, TSPDM_ERROR_INVALID_REQUEST },
	{ "OpaqueData that is no list", 0, 3, { 1, 0, 0 }, 11, TSPDM_ERROR_INVALID_REQUEST },
	{ "OpaqueData of fewer elements than it says", 0, 4, { 2, 0, 0, 0 }, 12, TSPDM_ERROR_INVALID_REQUEST },
	{ "an empty list as OpaqueData", 0, 4, { 0, 0, 0, 0 }, 12, -1 },
	{ "without its lengths", 0, 0, { 0 }, 5, TSPDM_ERROR_INVALID_REQUEST },
};

static void malformed_requests_for_a_request_are_invalid(void **state)
{
	static struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct store store;
		struct pair *pair = connected(&store, PROVISIONS);

		print_message("# %s\n", requests[i].name);
		memset(&m, 0, sizeof m);
		memcpy(m.b,
			(const uint8_t[]){
				0x12, TSPDM_GET_CSR, 0, 0, requests[i].info_len, 0, requests[i].opaque_len, 0 },
			8);
		memcpy(m.b + 8, requests[i].data, sizeof requests[i].data);
		m.len = requests[i].len;
		assert_int_equal(ask(pair, &m), requests[i].error);
		store_free(&store, pair);
	}
}

static void a_request_that_does_not_fit_tells_its_size(void **state)
{
	static const struct message m = { { 0x12, TSPDM_GET_CSR }, 8 };
	struct store store;
	struct pair *pair = connected(&store, PROVISIONS);

	(void)state;
	pair->responder->connection.peer_data_transfer_size = 64;
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_true(answer[4] + 256 * answer[5] > 100);
	store_free(&store, pair);
}

/* ---- Capabilities ---- */

static void what_is_not_announced_is_not_supported(void **state)
{
	static struct message m, csr = { { 0x12, TSPDM_GET_CSR }, 8 };
	struct store store;
	struct pair *pair = connected(&store, ATTESTS | TSPDM_CAP_SET_CERT);
	uint8_t room[CHAIN_ROOM];

	(void)state;
	assert_int_equal(ask(pair, &csr), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(answer[3], TSPDM_GET_CSR);
	store_free(&store, pair);
	pair = connected(&store, ATTESTS);
	put_set(&m, pair, 0, store_chain(&store, SOUND, 1, room));
	assert_int_equal(ask(pair, &m), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(answer[3], TSPDM_SET_CERTIFICATE);
	assert_int_equal(store.calls, 0);
	store_free(&store, pair);
}

static enum tspdm_status try_flags(struct pair *pair, const struct tspdm_device_ops *ops, uint32_t flags)
{
	struct tspdm_device device = { ops };
	struct tspdm_basic_device basic = pair->device;
	struct tspdm_responder_config config = pair->responder->config;
	void *memory = malloc(tspdm_responder_size());
	struct tspdm_responder *responder = NULL;
	enum tspdm_status status;

	basic.base = device;
	config.device = &basic.base;
	config.capabilities = flags;
	status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);
	tspdm_responder_wipe(responder);
	free(memory);
	return status;
}

static void a_device_that_cannot_is_not_announced(void **state)
{
	struct store store;
	struct pair *pair = store_pair(&store, ATTESTS, 0);
	struct tspdm_device_ops ops = *pair->device.base.ops;

	(void)state;
	assert_int_equal(try_flags(pair, &ops, PROVISIONS), TSPDM_OK);
	assert_int_equal(try_flags(pair, &ops, ATTESTS | TSPDM_CAP_CSR), TSPDM_ERR_CAPABILITIES);
	assert_int_equal(try_flags(pair, &ops, ATTESTS | TSPDM_CAP_CERT_INSTALL_RESET), TSPDM_ERR_CAPABILITIES);
	ops.generation = NULL;
	assert_int_equal(try_flags(pair, &ops, PROVISIONS), TSPDM_ERR_UNSUPPORTED);
	ops = *pair->device.base.ops;
	ops.csr = NULL;
	assert_int_equal(try_flags(pair, &ops, PROVISIONS), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(try_flags(pair, &ops, ATTESTS | TSPDM_CAP_SET_CERT), TSPDM_OK);
	ops = *pair->device.base.ops;
	ops.size = offsetof(struct tspdm_device_ops, csr); /* from before there was any of it */
	assert_int_equal(try_flags(pair, &ops, PROVISIONS), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(try_flags(pair, &ops, ATTESTS), TSPDM_OK);
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
		cmocka_unit_test(chains_are_judged_before_they_are_kept),
		cmocka_unit_test(a_leaf_without_key_usage_is_refused),
		cmocka_unit_test(a_chain_without_its_root_is_refused),
		cmocka_unit_test(a_root_hash_that_is_not_the_root_s_is_invalid),
		cmocka_unit_test(slots_that_do_not_exist_are_invalid),
		cmocka_unit_test(a_wrong_length_is_invalid),
		cmocka_unit_test(a_truncated_chain_is_refused_at_every_byte),
		cmocka_unit_test(certificates_that_are_none_are_refused),
		cmocka_unit_test(a_chain_that_is_too_large_is_refused),
		cmocka_unit_test(what_the_device_says_is_what_the_requester_hears),
		cmocka_unit_test(a_failure_to_store_is_operation_failed_in_later_versions),
		cmocka_unit_test(a_slot_that_waits_for_a_reset_says_so),
		cmocka_unit_test(malformed_requests_for_a_request_are_invalid),
		cmocka_unit_test(a_request_that_does_not_fit_tells_its_size),
		cmocka_unit_test(what_is_not_announced_is_not_supported),
		cmocka_unit_test(a_device_that_cannot_is_not_announced),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
