/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Generations of a direction's key (KEY_UPDATE), and the two byte orders of DSP0277 1.0 and 1.1: a second try never makes
 * something acceptable that no key sealed. */
#include "record_pair.h"

static const char update[] = "\x12\xe9\x01\x01";
static const char verify[] = "\x12\xe9\x03\x02";

static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe, &tspdm_binding_tcp };

static void a_new_generation_opens_and_is_confirmed(void **state)
{
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(bindings); i++)
		for (unsigned mac = 0; mac < 2; mac++) {
			struct tspdm_record_opened opened;
			struct pair p;
			size_t len;

			pair_open(&p, *state, bindings[i], mac == 1);
			for (unsigned round = 0; round < 10; round++) {
				len = pair_seal(&p, update, room, sizeof room);
				pair_opens(&p, update, room, len);
				assert_int_equal(tspdm_record_update(p.in), TSPDM_OK);
				assert_int_equal(tspdm_record_update(p.out), TSPDM_OK);
				assert_true(tspdm_record_is_pending(p.in));
				len = pair_seal(&p, verify, room, sizeof room);
				assert_int_equal(tspdm_record_open(p.in, room, len, &opened), TSPDM_OK);
				assert_true(opened.is_pending);
				assert_int_equal(tspdm_record_confirm(p.in), TSPDM_OK);
				assert_int_equal(tspdm_record_confirm(p.out), TSPDM_OK);
				assert_int_equal(p.in->current.sequence, 1);
				assert_int_equal(p.out->current.sequence, 1);
			}
			pair_close(&p);
		}
}

/* The ACK was lost: the requester, still on the old key, repeats KEY_UPDATE. */
static void the_old_key_opens_until_the_new_is_confirmed(void **state)
{
	uint8_t room[PAIR_ROOM], late[PAIR_ROOM];
	struct tspdm_record_opened opened;

	for (size_t i = 0; i < COUNT(bindings); i++) {
		struct pair p;
		size_t len;

		pair_open(&p, *state, bindings[i], false);
		len = pair_seal(&p, update, room, sizeof room);
		pair_opens(&p, update, room, len);
		assert_int_equal(tspdm_record_update(p.in), TSPDM_OK);
		assert_int_equal(tspdm_record_update(p.in), TSPDM_ERR_STATE); /* never a second generation */
		len = pair_seal(&p, update, room, sizeof room);
		assert_int_equal(tspdm_record_open(p.in, room, len, &opened), TSPDM_OK);
		assert_false(opened.is_pending);
		pair_seal(&p, update, late, sizeof late);
		assert_int_equal(tspdm_record_update(p.out), TSPDM_OK);
		len = pair_seal(&p, verify, room, sizeof room);
		pair_opens(&p, verify, room, len);
		assert_int_equal(tspdm_record_confirm(p.in), TSPDM_OK);
		pair_refuses(&p, bindings[i]->sequence_len != 0 ? TSPDM_ERR_SEQUENCE : TSPDM_ERR_MAC, update, late,
			len); /* the old one is gone */
		pair_close(&p);
	}
}

static void what_no_key_sealed_is_refused_by_both(void **state)
{
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];
	struct pair p;
	size_t len;

	pair_open(&p, *state, &tspdm_binding_doe, false);
	assert_int_equal(tspdm_record_update(p.in), TSPDM_OK);
	len = pair_seal(&p, update, room, sizeof room);
	for (size_t bit = 8 * 6; bit < 8 * len; bit++) {
		memcpy(copy, room, len);
		copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
		pair_refuses(&p, TSPDM_ERR_MAC, update, copy, len);
	}
	pair_opens(&p, update, room, len);
	memcpy(copy, room, len);
	pair_close(&p);
}

static void dropping_an_unused_generation_goes_back(void **state)
{
	uint8_t room[PAIR_ROOM];
	struct pair p;
	size_t len;

	pair_open(&p, *state, &tspdm_binding_doe, false);
	assert_int_equal(tspdm_record_update(p.in), TSPDM_OK);
	tspdm_record_cancel(p.in);
	assert_false(tspdm_record_is_pending(p.in));
	assert_int_equal(tspdm_record_confirm(p.in), TSPDM_ERR_STATE);
	len = pair_seal(&p, update, room, sizeof room);
	pair_opens(&p, update, room, len);
	assert_int_equal(tspdm_record_update(p.in), TSPDM_OK); /* no harm: it was not used */
	pair_close(&p);
}

static void a_generation_that_was_used_is_not_derived_again(void **state)
{
	uint8_t room[PAIR_ROOM];
	struct pair p;

	pair_open(&p, *state, &tspdm_binding_doe, false);
	assert_int_equal(tspdm_record_update(p.out), TSPDM_OK);
	pair_seal(&p, verify, room, sizeof room);
	tspdm_record_cancel(p.out);
	tspdm_record_cancel(p.out);
	assert_int_equal(tspdm_record_update(p.out), TSPDM_ERR_STATE);
	pair_seal(&p, verify, room, sizeof room); /* the old one goes on */
	assert_int_equal(p.out->current.sequence, 1);
	pair_close(&p);
}

static void a_stream_of_a_bare_key_has_no_update(void **state)
{
	struct tspdm_record_config c = pair_config(*state, &tspdm_binding_doe, true);
	struct tspdm_record_stream memory, *s;

	c.secret.len = 0;
	c.key = (struct tspdm_view){ pair_secret, 32 };
	c.iv = (struct tspdm_view){ pair_secret, 12 };
	assert_int_equal(tspdm_record_init(&memory, sizeof memory, &c, &s), TSPDM_OK);
	assert_int_equal(tspdm_record_update(s), TSPDM_ERR_STATE);
	tspdm_record_wipe(s);
}

/* What was not tried twice for want of room is lost; with room of the caller's it is not. */
static void a_long_record_needs_room_for_its_second_try(void **state)
{
	static char text[600];
	uint8_t room[PAIR_ROOM], spare[PAIR_ROOM];

	memset(text, 'x', sizeof text - 1);
	for (unsigned has_room = 0; has_room < 2; has_room++) {
		struct tspdm_record_config out = pair_config(*state, &tspdm_binding_doe, true);
		struct tspdm_record_config in = pair_config(*state, &tspdm_binding_doe, false);
		struct pair p;
		size_t len;

		if (has_room == 1)
			in.spare = (struct tspdm_buffer){ spare, sizeof spare, 0 };
		pair_init(&p, &out, &in);
		assert_int_equal(tspdm_record_update(p.in), TSPDM_OK);
		len = pair_seal(&p, text, room, sizeof room);
		if (has_room == 1)
			pair_opens(&p, text, room, len);
		else
			pair_refuses(&p, TSPDM_ERR_MAC, text, room, len);
		pair_close(&p);
	}
}

/* ---- Byte order of the sequence number in the nonce ---- */

static void open_orders(struct pair *p, void **state, enum tspdm_sequence_order out, enum tspdm_sequence_order in)
{
	struct tspdm_record_config o = pair_config(*state, &tspdm_binding_mctp, true);
	struct tspdm_record_config i = pair_config(*state, &tspdm_binding_mctp, false);

	o.record_version = i.record_version = 0x11;
	o.sequence_order = (uint8_t)out;
	i.sequence_order = (uint8_t)in;
	pair_init(p, &o, &i);
}

static void big_endian_nonces_stand_at_the_right(void **state)
{
	static const uint8_t iv[12] = { 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB };
	static const uint8_t want[12] = { 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA7, 0xA5, 0xA3, 0xAD, 0xAF, 0xAD, 0xA3 };
	uint8_t nonce[12];

	(void)state;
	tspdm_record_nonce(iv, UINT64_C(0x0102030405060708), true, nonce);
	assert_memory_equal(nonce, want, sizeof want);
}

static void either_order_is_found_and_kept(void **state)
{
	static const enum tspdm_sequence_order orders[] = { TSPDM_SEQUENCE_LITTLE_ENDIAN, TSPDM_SEQUENCE_BIG_ENDIAN };
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(orders); i++) {
		struct pair p;

		open_orders(&p, state, orders[i], TSPDM_SEQUENCE_EITHER);
		for (unsigned n = 0; n < 5; n++) {
			size_t len = pair_seal(&p, update, room, sizeof room);

			pair_opens(&p, update, room, len);
			assert_int_equal(tspdm_record_order(p.in), n == 0 ? TSPDM_SEQUENCE_EITHER : orders[i]);
		}
		assert_int_equal(tspdm_record_set_order(p.out, orders[1 - i]), TSPDM_OK);
		pair_refuses(&p, TSPDM_ERR_MAC, update, room, pair_seal(&p, update, room, sizeof room));
		pair_close(&p);
	}
}

static void the_other_order_is_refused_unless_asked_for(void **state)
{
	static const enum tspdm_sequence_order orders[][2] = {
		{ TSPDM_SEQUENCE_BIG_ENDIAN, TSPDM_SEQUENCE_LITTLE_ENDIAN },
		{ TSPDM_SEQUENCE_LITTLE_ENDIAN, TSPDM_SEQUENCE_BIG_ENDIAN },
	};
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(orders); i++) {
		struct pair p;

		open_orders(&p, state, orders[i][0], orders[i][1]);
		pair_opens(&p, update, room, pair_seal(&p, update, room, sizeof room)); /* number 0 is the same */
		pair_refuses(&p, TSPDM_ERR_MAC, update, room, pair_seal(&p, update, room, sizeof room));
		pair_close(&p);
	}
}

static void a_forged_record_settles_no_order(void **state)
{
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];
	struct pair p;
	size_t len;

	open_orders(&p, state, TSPDM_SEQUENCE_BIG_ENDIAN, TSPDM_SEQUENCE_EITHER);
	pair_opens(&p, update, room, pair_seal(&p, update, room, sizeof room));
	len = pair_seal(&p, update, room, sizeof room);
	memcpy(copy, room, len);
	copy[len - 1] ^= 1;
	pair_refuses(&p, TSPDM_ERR_MAC, update, copy, len);
	assert_int_equal(tspdm_record_order(p.in), TSPDM_SEQUENCE_EITHER);
	pair_opens(&p, update, room, len);
	assert_int_equal(tspdm_record_set_order(p.out, TSPDM_SEQUENCE_EITHER), TSPDM_ERR_ARGUMENT);
	pair_close(&p);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_generation_opens_and_is_confirmed),
		TEST(the_old_key_opens_until_the_new_is_confirmed),
		TEST(what_no_key_sealed_is_refused_by_both),
		TEST(dropping_an_unused_generation_goes_back),
		TEST(a_generation_that_was_used_is_not_derived_again),
		TEST(a_stream_of_a_bare_key_has_no_update),
		TEST(a_long_record_needs_room_for_its_second_try),
		TEST(big_endian_nonces_stand_at_the_right),
		TEST(either_order_is_found_and_kept),
		TEST(the_other_order_is_refused_unless_asked_for),
		TEST(a_forged_record_settles_no_order),
	};

	return cmocka_run_group_tests_name("record_update", tests, new_crypto, free_crypto);
}
