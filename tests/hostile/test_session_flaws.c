/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Flaws of responders with sessions, one test for each way: docs/known-flaws.md. The requester does everything by hand. */
#include "guest.h"

#include <tspdm/psk.h>

#include "responder/responder.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { OK = -1, NOTHING = -2, TRANSFER = 256, LARGE = 4096 };

static const struct guest_finish unsigned_finish = { .is_unsigned = true };
static const uint8_t secret[32] = "the secret of a session by hand";
static const struct tspdm_psk keys[] = { { { (const uint8_t *)"hint", 4 }, { secret, sizeof secret } } };
static uint8_t large[3 * LARGE];

/* A responder that asks for no mutual authentication, and has sessions of both kinds. */
static struct guest *plain_guest(uint8_t version)
{
	static struct tspdm_psk_table table;
	struct guest *g = guest_new();

	tspdm_psk_table_init(&table, keys, COUNT(keys));
	g->version = version;
	g->hint = keys[0].hint;
	g->flags |= TSPDM_CAP_PSK | TSPDM_CAP_HBEAT;
	g->config.versions = TSPDM_VERSION_BIT(version);
	g->config.mutual = TSPDM_MUTUAL_NONE;
	g->config.capabilities |= TSPDM_CAP_PSK_WITH_CONTEXT | TSPDM_CAP_HBEAT;
	g->config.psk = &table.base;
	return g;
}

static struct guest *connected_guest(uint8_t version)
{
	struct guest *g = plain_guest(version);

	guest_start(g);
	return g;
}

static const uint8_t versions[] = { TSPDM_V11, TSPDM_V12 };

/* ---- F01, F02: FINISH where it does not belong ---- */

static void F02_finish_in_the_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct guest *g = connected_guest(versions[i]);
		const struct guest_finish in_clear = { .is_unsigned = true, .is_elsewhere = true, .channel = NULL };

		assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
		assert_int_equal(guest_finish(g, &g->stays[0], &in_clear),
			versions[i] == TSPDM_V12 ? TSPDM_ERROR_SESSION_REQUIRED : TSPDM_ERROR_UNSPECIFIED);
		assert_int_equal(guest_sessions(g), 0);
		guest_free(g);
	}
}

/* The right proof of one handshake, under the keys of another session: one in its handshake, or one that is open. */
static void F02_finish_in_another_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (unsigned is_open = 0; is_open < 2; is_open++) {
			struct guest *g = connected_guest(versions[i]);
			struct stay *other = &g->stays[1];
			const struct guest_finish elsewhere = {
				.is_unsigned = true, .is_elsewhere = true, .channel = &other->s
			};

			assert_int_equal(guest_key_exchange(g, other), OK);
			if (is_open != 0)
				assert_int_equal(guest_finish(g, other, &unsigned_finish), OK);
			assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
			assert_int_equal(guest_finish(g, &g->stays[0], &elsewhere),
				is_open != 0 ? TSPDM_ERROR_UNEXPECTED_REQUEST : TSPDM_ERROR_DECRYPT_ERROR);
			assert_int_equal(guest_sessions(g), is_open);
			guest_free(g);
		}
}

/* Each finish in each kind of session, with the proof that the other kind would want. */
static void F01_finish_of_the_other_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (unsigned is_psk = 0; is_psk < 2; is_psk++) {
			struct guest *g = connected_guest(versions[i]);
			struct stay *stay = &g->stays[0];
			uint8_t message[256];
			size_t len;

			assert_int_equal(is_psk ? guest_psk_exchange(g, stay) : guest_key_exchange(g, stay), OK);
			len = is_psk ? guest_write_psk_finish(g, stay, message, sizeof message)
				     : guest_write_finish(g, stay, &unsigned_finish, message, sizeof message);
			message[1] = is_psk ? TSPDM_FINISH : TSPDM_PSK_FINISH;
			assert_int_equal(guest_send(g, &stay->s, message, len), TSPDM_ERROR_UNEXPECTED_REQUEST);
			assert_int_equal(guest_sessions(g), 0);
			guest_free(g);
		}
}

/* ---- F02: the application phase before FINISH ---- */

/* Data keys that are derived without FINISH are keys of nothing. */
static void F02_application_phase_without_finish(void **state)
{
	static const uint8_t codes[] = { TSPDM_HEARTBEAT, TSPDM_KEY_UPDATE, TSPDM_END_SESSION, TSPDM_GET_MEASUREMENTS,
		TSPDM_GET_DIGESTS, TSPDM_GET_CERTIFICATE, TSPDM_VENDOR_DEFINED_REQUEST };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (size_t k = 0; k < COUNT(codes); k++)
			for (unsigned is_psk = 0; is_psk < 2; is_psk++) {
				struct guest *g = connected_guest(versions[i]);
				struct stay *stay = &g->stays[0];
				int error = is_psk ? guest_psk_exchange(g, stay) : guest_key_exchange(g, stay);

				assert_int_equal(error, OK);
				error = guest_send_code(g, &stay->s, codes[k]);
				/* a capability that is missing, too, may be told first */
				assert_true(error == TSPDM_ERROR_UNEXPECTED_REQUEST ||
					    error == TSPDM_ERROR_UNSUPPORTED_REQUEST);
				assert_int_equal(guest_sessions(g), 0);
				guest_free(g);
			}
}

/* GET_VERSION, and all that follows, in the middle of a handshake: what was agreed before ends nothing any more. */
static void F02_handshake_across_get_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (unsigned is_clear = 0; is_clear < 2; is_clear++) {
			struct guest *g = plain_guest(versions[i]);
			struct stay kept;
			uint8_t message[256];
			size_t len;

			if (is_clear != 0) {
				g->flags |= TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
				g->config.capabilities |= TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
			}
			guest_start(g);
			assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
			len = guest_write_finish(g, &g->stays[0], &unsigned_finish, message, sizeof message);
			kept = g->stays[0];
			guest_connect(g);
			if (is_clear != 0)
				assert_int_not_equal(guest_send(g, NULL, message, len), OK);
			else
				assert_int_equal(guest_send(g, &kept.s, message, len), NOTHING);
			assert_int_equal(guest_sessions(g), 0);
			guest_free(g);
		}
}

/* ---- F05 ---- */

static void check_wiped(const struct guest *g)
{
	static const struct session none;
	const struct session_table *table = &g->responder->sessions;

	assert_int_equal(table->count, GUEST_SESSIONS);
	for (unsigned i = 0; i < table->count; i++)
		assert_memory_equal(&table->all[i], &none, sizeof none);
}

/* Of a session that is open and of one in its handshake not a byte is left. */
static void F05_secrets_after_resync(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct guest *g = connected_guest(versions[i]);

		assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
		assert_int_equal(guest_finish(g, &g->stays[0], &unsigned_finish), OK);
		assert_int_equal(guest_psk_exchange(g, &g->stays[1]), OK);
		assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_VERSION), OK);
		check_wiped(g);
		assert_int_equal(guest_send_code(g, &g->stays[0].s, TSPDM_HEARTBEAT), NOTHING);
		guest_free(g);
	}
}

/* ---- F23: opaque data ---- */

/* The exchange, with the list cut to `len` bytes: by its length field, and by its end. */
static int send_cut(struct guest *g, const struct stay *stay, size_t opaque_at, size_t len, bool is_told)
{
	uint8_t *copy = malloc(opaque_at + len);
	size_t told = is_told ? len : stay->exchange_len - opaque_at;
	size_t length_at = stay->exchange[1] == TSPDM_KEY_EXCHANGE ? opaque_at - 2 : 10;
	int error;

	assert_non_null(copy);
	memcpy(copy, stay->exchange, opaque_at + len);
	copy[length_at] = (uint8_t)told;
	copy[length_at + 1] = (uint8_t)(told >> 8);
	error = guest_send(g, NULL, copy, opaque_at + len);
	free(copy);
	return error;
}

static void F23_truncated_opaque_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (unsigned is_psk = 0; is_psk < 2; is_psk++) {
			struct guest *g = connected_guest(versions[i]);
			struct stay *stay = &g->stays[0];
			size_t at;

			if (is_psk)
				guest_write_psk_exchange(g, stay);
			else
				guest_write_key_exchange(g, stay);
			at = is_psk ? 12U + 4U + 32U : 4U + 4U + 32U + 64U + 2U;
			assert_true(stay->exchange_len > at);
			for (size_t len = 0; at + len < stay->exchange_len; len++) {
				assert_int_equal(send_cut(g, stay, at, len, true), TSPDM_ERROR_INVALID_REQUEST);
				assert_int_equal(send_cut(g, stay, at, len, false), TSPDM_ERROR_INVALID_REQUEST);
			}
			assert_int_equal(guest_send(g, NULL, stay->exchange, stay->exchange_len), OK);
			guest_free(g);
		}
}

/* Counts and lengths inside the list that say more than there is: each byte of it, at its largest. */
static void F23_opaque_list_that_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct guest *g = connected_guest(versions[i]);
		struct stay *stay = &g->stays[0];
		size_t at = 4U + 4U + 32U + 64U + 2U, refused = 0;

		guest_write_key_exchange(g, stay);
		for (size_t k = at; k < stay->exchange_len; k++) {
			uint8_t byte = stay->exchange[k];
			uint8_t *copy = malloc(stay->exchange_len);
			int error;

			assert_non_null(copy);
			memcpy(copy, stay->exchange, stay->exchange_len);
			copy[k] = 0xFF;
			error = guest_send(g, NULL, copy, stay->exchange_len);
			/* padding, and versions that nobody has, harm nobody */
			assert_true(error == TSPDM_ERROR_INVALID_REQUEST || error == OK);
			refused += error != OK && byte != 0xFF;
			free(copy);
			guest_connect(g);
		}
		assert_true(refused >= 6);
		guest_free(g);
	}
}

/* ---- F25, F22: chunks ---- */

static struct guest *chunk_guest(void)
{
	struct guest *g = plain_guest(TSPDM_V12);

	g->flags |= TSPDM_CAP_CHUNK;
	g->config.capabilities |= TSPDM_CAP_CHUNK;
	g->config.max_message = LARGE;
	g->config.data_transfer_size = TRANSFER;
	g->config.large = large;
	g->config.large_len = sizeof large;
	guest_start(g);
	return g;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* CHUNK_SEND: `size` is what it says of itself, `len` what it has. @returns the ErrorCode inside CHUNK_SEND_ACK, or OK */
static int send_chunk(struct guest *g, uint16_t sequence, bool is_last, uint32_t whole, uint32_t size, size_t len)
{
	size_t head = sequence == 0 ? 16 : 12;
	uint8_t *message = calloc(1, head + len);
	int error;

	assert_non_null(message);
	message[0] = TSPDM_V12;
	message[1] = TSPDM_CHUNK_SEND;
	message[2] = is_last;
	message[3] = 9; /* Handle */
	message[4] = (uint8_t)sequence;
	put_u32(message + 8, size);
	if (sequence == 0)
		put_u32(message + 12, whole);
	error = guest_send(g, NULL, message, head + len);
	free(message);
	if (error != OK)
		return error;
	assert_int_equal(g->response.ptr[1], TSPDM_CHUNK_SEND_ACK);
	if ((g->response.ptr[2] & 1) == 0)
		return OK;
	assert_int_equal(g->response.ptr[7], TSPDM_ERROR);
	return g->response.ptr[8];
}

static void F25_overlong_chunk(void **state)
{
	static const struct {
		uint32_t whole, size;
		size_t len;
	} firsts[] = {
		{ 300, 240, 239 },        /* one byte more than there is */
		{ 300, 0xFFFFFFFF, 240 }, /* with the header it wraps */
		{ 300, 0xFFFFFFF0, 240 }, /* to nothing at all */
		{ 300, 301, 240 },        /* more than the whole */
		{ 300, 300, 300 },        /* more than a transfer */
		{ 0xFFFFFFFF, 240, 240 }, /* a whole that nobody can take */
		{ LARGE + 1, 240, 240 },
		{ 0, 240, 240 },
	};
	static const struct {
		uint32_t size;
		size_t len;
	} seconds[] = {
		{ 61, 61 },               /* one byte more than the whole */
		{ 60, 59 },               /* and than there is */
		{ 0xFFFFFFFF, 60 },       /* one less than before, if it wraps */
		{ 0xFFFFFFFF - 239, 60 }, /* to nothing */
		{ 0xFFFFFFFF - 179, 60 }, /* to the whole: 240 + this is 60 */
		{ 240, 240 },
	};
	struct guest *g = chunk_guest();

	(void)state;
	for (size_t i = 0; i < COUNT(firsts); i++) {
		int error = send_chunk(g, 0, false, firsts[i].whole, firsts[i].size, firsts[i].len);

		assert_true(error == TSPDM_ERROR_INVALID_REQUEST || error == TSPDM_ERROR_REQUEST_TOO_LARGE);
		assert_false(g->responder->chunking.in.is_active);
	}
	for (size_t i = 0; i < COUNT(seconds); i++) {
		assert_int_equal(send_chunk(g, 0, false, 300, 240, 240), OK);
		assert_int_equal(
			send_chunk(g, 1, true, 0, seconds[i].size, seconds[i].len), TSPDM_ERROR_INVALID_REQUEST);
		assert_false(g->responder->chunking.in.is_active);
	}
	guest_free(g);
}

/* A FINISH that comes in chunks is the same FINISH: it proves no more than in one piece. */
static void F02_finish_in_chunks_in_the_clear(void **state)
{
	struct guest *g = chunk_guest();
	uint8_t message[256], first[16 + 30] = { TSPDM_V12, TSPDM_CHUNK_SEND, 0, 3 },
					 last[12 + 64] = { TSPDM_V12, TSPDM_CHUNK_SEND, 1, 3, 1 };
	size_t len = 4 + 64;

	(void)state;
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	memset(message, 0, sizeof message);
	(void)guest_write_finish(g, &g->stays[0], &unsigned_finish, message, sizeof message);
	put_u32(first + 8, 30);
	put_u32(first + 12, (uint32_t)len);
	memcpy(first + 16, message, 30);
	put_u32(last + 8, (uint32_t)(len - 30));
	memcpy(last + 12, message + 30, len - 30);
	assert_int_equal(guest_send(g, NULL, first, sizeof first), OK);
	assert_int_equal(guest_send(g, NULL, last, 12 + len - 30), OK);
	assert_int_equal(g->response.ptr[7], TSPDM_ERROR);
	assert_int_equal(g->response.ptr[8], TSPDM_ERROR_SESSION_REQUIRED);
	assert_int_equal(guest_sessions(g), 0);
	guest_free(g);
}

static int end(void **state)
{
	(void)state;
	guest_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F01_finish_of_the_other_kind),
		cmocka_unit_test(F02_finish_in_the_clear),
		cmocka_unit_test(F02_finish_in_another_session),
		cmocka_unit_test(F02_finish_in_chunks_in_the_clear),
		cmocka_unit_test(F02_application_phase_without_finish),
		cmocka_unit_test(F02_handshake_across_get_version),
		cmocka_unit_test(F05_secrets_after_resync),
		cmocka_unit_test(F23_truncated_opaque_list),
		cmocka_unit_test(F23_opaque_list_that_lies),
		cmocka_unit_test(F25_overlong_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
