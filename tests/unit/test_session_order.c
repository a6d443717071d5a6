/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The order of the sequence number in a nonce, which DSP0277 left open before 1.2: one end finds out what the other does,
 * and follows. */
#include "core/session.h"
#include "openssl_support.h"

enum { ROOM = 256, MESSAGE_LEN = 4, SESSION_ID = 0x00020001 };

struct ends {
	struct connection connection[2];
	struct session session[2]; /* the requester's, the responder's */
};

static struct ends *ends_new(struct tspdm_crypto *crypto, uint8_t record_version, uint8_t seal_order, uint32_t strict)
{
	static const uint8_t th1[TSPDM_HASH_MAX] = { 1 };
	struct ends *ends = calloc(1, sizeof *ends);

	assert_non_null(ends);
	for (unsigned i = 0; i < 2; i++) {
		struct connection *c = &ends->connection[i];
		struct session *s = &ends->session[i];

		tspdm_connection_init(
			c, crypto, &tspdm_binding_mctp, TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT);
		c->version = TSPDM_V11;
		c->peer_flags = c->own_flags;
		c->selected.base_hash = TSPDM_HASH_SHA256;
		c->selected.tables.supported[TSPDM_ALG_AEAD] = TSPDM_AEAD_AES_128_GCM;
		c->strict = i == 1 ? strict : 0;
		assert_int_equal(tspdm_transcript_open(&c->transcript, c->version, TSPDM_HASH_SHA256), TSPDM_OK);
		assert_int_equal(tspdm_session_begin(s, c, SESSION_CERTIFICATE, SESSION_ID, i == 0), TSPDM_OK);
		s->record_version = record_version;
		s->seal_order = i == 0 ? seal_order : TSPDM_SEQUENCE_LITTLE_ENDIAN;
		assert_int_equal(tspdm_session_handshake(s, from_text("a shared secret"), th1), TSPDM_OK);
	}
	return ends;
}

static void ends_free(struct ends *ends)
{
	for (unsigned i = 0; i < 2; i++) {
		tspdm_session_wipe(&ends->session[i]);
		tspdm_connection_drop(&ends->connection[i]);
	}
	free(ends);
}

/* One record from an end to the other. */
static enum tspdm_status carry(struct ends *ends, unsigned from)
{
	struct session *s = &ends->session[from];
	uint8_t room[ROOM] = { 0 };
	struct tspdm_buffer record = { room, sizeof room, 0 };
	struct tspdm_record_opened opened;

	assert_int_equal(tspdm_session_seal(s, &record, MESSAGE_LEN), TSPDM_OK);
	return tspdm_session_open(&ends->session[1 - from], room, record.len, &opened);
}

static void a_responder_follows_the_order_of_its_peer(void **state)
{
	static const uint8_t versions[] = { 0x10, 0x11 };

	for (size_t v = 0; v < COUNT(versions); v++)
		for (uint8_t order = TSPDM_SEQUENCE_LITTLE_ENDIAN; order <= TSPDM_SEQUENCE_BIG_ENDIAN; order++) {
			struct ends *ends = ends_new(*state, versions[v], order, 0);

			for (unsigned i = 0; i < 300; i++) {
				assert_int_equal(carry(ends, 0), TSPDM_OK);
				assert_int_equal(carry(ends, 1), TSPDM_OK);
			}
			assert_int_equal(ends->session[1].open_order, order);
			assert_int_equal(ends->session[1].seal_order, order);
			assert_int_equal(tspdm_record_order(&ends->session[1].seal), order);
			ends_free(ends);
		}
}

static void a_new_generation_of_keys_keeps_the_order(void **state)
{
	struct ends *ends = ends_new(*state, 0x11, TSPDM_SEQUENCE_BIG_ENDIAN, 0);

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(carry(ends, 0), TSPDM_OK);
		assert_int_equal(carry(ends, 1), TSPDM_OK);
	}
	for (unsigned i = 0; i < 2; i++) {
		memset(ends->session[i].data.direction, 7, sizeof ends->session[i].data.direction);
		assert_int_equal(tspdm_session_establish(&ends->session[i]), TSPDM_OK);
	}
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(carry(ends, 0), TSPDM_OK);
		assert_int_equal(carry(ends, 1), TSPDM_OK);
	}
	assert_int_equal(tspdm_record_order(&ends->session[1].open), TSPDM_SEQUENCE_BIG_ENDIAN);
	ends_free(ends);
}

/* With sequence number 0 there is nothing to see. */
static void nothing_but_little_endian_is_taken_by_who_is_strict(void **state)
{
	struct ends *ends = ends_new(*state, 0x11, TSPDM_SEQUENCE_BIG_ENDIAN, TSPDM_STRICT_SEQUENCE_ORDER);

	assert_int_equal(carry(ends, 0), TSPDM_OK);
	assert_int_equal(carry(ends, 0), TSPDM_ERR_MAC);
	ends_free(ends);
}

static void from_1_2_on_there_is_one_order(void **state)
{
	struct ends *ends = ends_new(*state, 0x12, TSPDM_SEQUENCE_BIG_ENDIAN, 0);

	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(carry(ends, 0), TSPDM_OK);
	assert_int_equal(tspdm_record_order(&ends->session[0].seal), TSPDM_SEQUENCE_LITTLE_ENDIAN);
	assert_int_equal(tspdm_record_order(&ends->session[1].open), TSPDM_SEQUENCE_LITTLE_ENDIAN);
	ends_free(ends);
}

/* Nonces of both orders would meet under one key. */
static void who_has_sealed_more_than_one_record_does_not_turn_round(void **state)
{
	struct ends *ends = ends_new(*state, 0x11, TSPDM_SEQUENCE_BIG_ENDIAN, 0);

	ends->session[0].open_order = TSPDM_SEQUENCE_LITTLE_ENDIAN; /* it follows nobody */
	assert_int_equal(carry(ends, 1), TSPDM_OK);
	assert_int_equal(carry(ends, 1), TSPDM_OK);
	assert_int_equal(carry(ends, 0), TSPDM_OK);
	assert_int_equal(carry(ends, 0), TSPDM_OK);
	assert_int_equal(ends->session[1].open_order, TSPDM_SEQUENCE_BIG_ENDIAN);
	assert_int_equal(ends->session[1].seal_order, TSPDM_SEQUENCE_LITTLE_ENDIAN);
	assert_int_equal(tspdm_record_order(&ends->session[1].seal), TSPDM_SEQUENCE_LITTLE_ENDIAN);
	assert_int_equal(carry(ends, 1), TSPDM_OK);
	assert_int_equal(carry(ends, 0), TSPDM_OK);
	ends_free(ends);
}

static void a_changed_record_is_wrong_in_either_order(void **state)
{
	struct ends *ends = ends_new(*state, 0x10, TSPDM_SEQUENCE_BIG_ENDIAN, 0);
	uint8_t room[ROOM] = { 0 };
	struct tspdm_buffer record = { room, sizeof room, 0 };
	struct tspdm_record_opened opened;

	assert_int_equal(carry(ends, 0), TSPDM_OK);
	assert_int_equal(tspdm_session_seal(&ends->session[0], &record, MESSAGE_LEN), TSPDM_OK);
	room[record.len - 1] ^= 1;
	assert_int_equal(tspdm_session_open(&ends->session[1], room, record.len, &opened), TSPDM_ERR_MAC);
	assert_int_equal(ends->session[1].open_order, TSPDM_SEQUENCE_EITHER);
	ends_free(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_responder_follows_the_order_of_its_peer),
		cmocka_unit_test(a_new_generation_of_keys_keeps_the_order),
		cmocka_unit_test(nothing_but_little_endian_is_taken_by_who_is_strict),
		cmocka_unit_test(from_1_2_on_there_is_one_order),
		cmocka_unit_test(who_has_sealed_more_than_one_record_does_not_turn_round),
		cmocka_unit_test(a_changed_record_is_wrong_in_either_order),
	};

	return cmocka_run_group_tests(tests, new_crypto, free_crypto);
}
