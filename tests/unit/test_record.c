/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Records of DSP0277: what is sealed is opened, and nothing else is. */
#include "record_pair.h"

static const char hello[] = "attack at dawn, not at dusk";

static const struct shape {
	const struct tspdm_binding *binding;
	bool is_mac_only;
} shapes[] = {
	{ &tspdm_binding_mctp, false },
	{ &tspdm_binding_mctp, true },
	{ &tspdm_binding_doe, false },
	{ &tspdm_binding_doe, true },
	{ &tspdm_binding_tcp, false },
	{ &tspdm_binding_tcp, true },
};

static void open_shape(struct pair *p, void **state, const struct shape *shape)
{
	pair_open(p, *state, shape->binding, shape->is_mac_only);
}

static void what_is_sealed_is_opened_at_any_alignment(void **state)
{
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct pair p;

		open_shape(&p, state, &shapes[i]);
		for (size_t at = 0; at < 17; at++) {
			size_t len = pair_seal(&p, hello, room + at, sizeof room - at);

			assert_int_equal(len, tspdm_record_head_len(p.out) + strlen(hello) + TSPDM_RECORD_TAG_LEN);
			assert_int_equal(holds(room + at, len, hello), shapes[i].is_mac_only);
			memmove(room + at + 1, room + at, len);
			pair_opens(&p, hello, room + at + 1, len);
		}
		pair_close(&p);
	}
}

static void empty_data_and_the_longest_are_carried(void **state)
{
	uint8_t *room = calloc(1, 70000);
	struct tspdm_record_opened opened;

	assert_non_null(room);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct tspdm_buffer record = { .ptr = room, .cap = 70000 };
		struct pair p;
		size_t max;

		open_shape(&p, state, &shapes[i]);
		max = tspdm_record_data_max(p.out);
		assert_int_equal(pair_seal(&p, "", room, 70000), tspdm_record_head_len(p.out) + 16);
		pair_opens(&p, "", room, tspdm_record_head_len(p.out) + 16);
		assert_int_equal(tspdm_record_seal(p.out, &record, max + 1), TSPDM_ERR_TOO_LARGE);
		assert_int_equal(record.len, 0);
		assert_int_equal(tspdm_record_seal(p.out, &record, max), TSPDM_OK);
		assert_int_equal(record.ptr[tspdm_record_head_len(p.out) - (shapes[i].is_mac_only ? 2 : 4)], 0xFF);
		assert_int_equal(tspdm_record_open(p.in, room, record.len, &opened), TSPDM_OK);
		assert_int_equal(opened.data.len, max);
		pair_close(&p);
	}
	free(room);
}

static void a_flipped_bit_anywhere_is_refused(void **state)
{
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct pair p;
		size_t len;

		open_shape(&p, state, &shapes[i]);
		len = pair_seal(&p, hello, room, sizeof room);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			struct tspdm_record_opened opened;
			enum tspdm_status status;

			memcpy(copy, room, len);
			copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
			status = tspdm_record_open(p.in, copy, len, &opened);
			if (status == TSPDM_OK)
				fail_msg("bit %zu flipped: accepted", bit);
			assert_int_equal(opened.data.len, 0);
			if (status == TSPDM_ERR_MAC)
				assert_false(holds(copy, len, hello));
		}
		pair_opens(&p, hello, room, len);
		pair_close(&p);
	}
}

static void each_field_has_its_refusal(void **state)
{
	static const struct {
		size_t at;
		uint8_t flip;
		enum tspdm_status want;
	} rows[] = {
		{ 0, 1, TSPDM_ERR_SESSION },
		{ 3, 0x80, TSPDM_ERR_SESSION },
		{ 4, 1, TSPDM_ERR_SEQUENCE },
		{ 5, 1, TSPDM_ERR_SEQUENCE },
		{ 6, 0x40, TSPDM_ERR_TRUNCATED },
		{ 7, 0x80, TSPDM_ERR_TRUNCATED },
		{ 6, 1, TSPDM_ERR_TRAILING },
		{ 8, 1, TSPDM_ERR_MAC },
		{ 20, 1, TSPDM_ERR_MAC },
	};
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];
	struct pair p;
	size_t len;

	open_shape(&p, state, &shapes[0]);
	len = pair_seal(&p, hello, room, sizeof room);
	assert_int_equal(room[6] & 1, 1); /* so that flipping it shortens the record by one */
	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(copy, room, len);
		copy[rows[i].at] ^= rows[i].flip;
		pair_refuses(&p, rows[i].want, hello, copy, len);
	}
	pair_opens(&p, hello, room, len);
	pair_close(&p);
}

static void a_truncated_record_is_refused(void **state)
{
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct pair p;
		size_t len;

		open_shape(&p, state, &shapes[i]);
		len = pair_seal(&p, hello, room, sizeof room);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *exact = malloc(cut + 1);

			assert_non_null(exact);
			memcpy(exact, room, cut);
			pair_refuses(&p, TSPDM_ERR_TRUNCATED, hello, exact, cut);
			free(exact);
		}
		pair_close(&p);
	}
}

/* Length, where it stands, becomes each value that is too small for a record. */
static void a_length_below_the_least_is_refused(void **state)
{
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		size_t at = 4 + (size_t)shapes[i].binding->sequence_len, least = shapes[i].is_mac_only ? 16 : 18;
		struct pair p;

		open_shape(&p, state, &shapes[i]);
		pair_seal(&p, hello, room, sizeof room);
		room[at + 1] = 0;
		for (size_t length = 0; length < least; length++) {
			room[at] = (uint8_t)length;
			pair_refuses(&p, TSPDM_ERR_LENGTH, hello, room, at + 2 + length);
		}
		room[at] = (uint8_t)least;
		pair_refuses(&p, TSPDM_ERR_MAC, hello, room, at + 2 + least);
		pair_close(&p);
	}
}

static void a_replayed_record_is_refused(void **state)
{
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		bool is_explicit = shapes[i].binding->sequence_len != 0;
		struct pair p;
		size_t len;

		open_shape(&p, state, &shapes[i]);
		len = pair_seal(&p, hello, room, sizeof room);
		memcpy(copy, room, len);
		pair_opens(&p, hello, room, len);
		pair_refuses(&p, is_explicit ? TSPDM_ERR_SEQUENCE : TSPDM_ERR_MAC, hello, copy, len);
		len = pair_seal(&p, hello, room, sizeof room);
		pair_opens(&p, hello, room, len); /* the stream goes on */
		pair_close(&p);
	}
}

static void a_record_out_of_order_is_refused(void **state)
{
	uint8_t first[PAIR_ROOM], second[PAIR_ROOM], copy[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		bool is_explicit = shapes[i].binding->sequence_len != 0;
		struct pair p;
		size_t len;

		open_shape(&p, state, &shapes[i]);
		len = pair_seal(&p, hello, first, sizeof first);
		pair_seal(&p, hello, second, sizeof second);
		memcpy(copy, second, len);
		pair_refuses(&p, is_explicit ? TSPDM_ERR_SEQUENCE : TSPDM_ERR_MAC, hello, copy, len);
		pair_opens(&p, hello, first, len);
		pair_opens(&p, hello, second, len);
		pair_close(&p);
	}
}

/* The sequence number that is carried repeats after 2^16 records; the nonce does not. */
static void the_same_low_bytes_are_not_the_same_number(void **state)
{
	uint8_t room[PAIR_ROOM];
	struct pair p;
	size_t len;

	open_shape(&p, state, &shapes[0]);
	p.in->current.sequence = 0x10000;
	len = pair_seal(&p, hello, room, sizeof room);
	pair_refuses(&p, TSPDM_ERR_MAC, hello, room, len);
	p.out->current.sequence = 0x10000;
	len = pair_seal(&p, hello, room, sizeof room);
	pair_opens(&p, hello, room, len);
	pair_close(&p);
}

static void a_record_of_another_session_is_refused(void **state)
{
	struct tspdm_record_config out = pair_config(*state, &tspdm_binding_doe, true);
	struct tspdm_record_config in = pair_config(*state, &tspdm_binding_doe, false);
	uint8_t room[PAIR_ROOM];
	uint32_t session;
	struct pair p;
	size_t len;

	out.session_id = 0x33331111;
	pair_init(&p, &out, &in);
	len = pair_seal(&p, hello, room, sizeof room);
	assert_int_equal(tspdm_record_session((struct tspdm_view){ room, len }, &session), TSPDM_OK);
	assert_int_equal(session, 0x33331111);
	assert_int_equal(tspdm_record_session((struct tspdm_view){ room, 3 }, &session), TSPDM_ERR_TRUNCATED);
	pair_refuses(&p, TSPDM_ERR_SESSION, hello, room, len);
	room[2] = room[3] = 0x22; /* relabelled */
	pair_refuses(&p, TSPDM_ERR_MAC, hello, room, len);
	pair_close(&p);
}

/* A peer that knows the key makes an authentic record with any inner length. */
static size_t forge(struct pair *p, uint16_t inner, size_t plain_len, uint8_t *room)
{
	struct record_generation *g = &p->out->current;
	struct tspdm_crypto *crypto = p->out->schedule.crypto;
	size_t head = tspdm_record_head_len(p->out) - 2;
	size_t length = plain_len + TSPDM_RECORD_TAG_LEN;
	uint8_t nonce[AEAD_IV_LEN];

	memset(room, 0, head);
	memcpy(room, "\x11\x11\x22\x22", 4);
	room[4] = (uint8_t)(head > 6 ? g->sequence : length);
	room[head - 2] = (uint8_t)length;
	room[head - 1] = (uint8_t)(length >> 8);
	memset(room + head, 0, plain_len);
	memcpy(room + head + 2, hello, plain_len - 2 < strlen(hello) ? plain_len - 2 : strlen(hello));
	room[head] = (uint8_t)inner;
	room[head + 1] = (uint8_t)(inner >> 8);
	tspdm_record_nonce(g->iv, g->sequence++, false, nonce);
	assert_int_equal(crypto->ops->aead_seal(crypto, g->key, nonce, (struct tspdm_view){ room, head }, room + head,
				 plain_len, room + head + plain_len),
		TSPDM_OK);
	return head + length;
}

static void an_authentic_record_with_a_wrong_inner_length_is_refused(void **state)
{
	static const struct {
		const struct tspdm_binding *binding;
		size_t plain_len;
		uint16_t inner;
		enum tspdm_status want;
	} rows[] = {
		{ &tspdm_binding_doe, 42, 40, TSPDM_OK },
		{ &tspdm_binding_doe, 42, 41, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_doe, 42, 39, TSPDM_ERR_LENGTH }, /* no random bytes over DOE */
		{ &tspdm_binding_doe, 42, 42, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_doe, 42, 0xFFFF, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_doe, 42, 0, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_doe, 2, 0, TSPDM_OK },
		{ &tspdm_binding_doe, 2, 1, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_tcp, 42, 39, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_mctp, 62, 60, TSPDM_OK },
		{ &tspdm_binding_mctp, 62, 28, TSPDM_OK },
		{ &tspdm_binding_mctp, 62, 27, TSPDM_ERR_LENGTH },
		{ &tspdm_binding_mctp, 62, 61, TSPDM_ERR_LENGTH },
	};
	struct tspdm_record_opened opened;
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair p;
		size_t len;

		pair_open(&p, *state, rows[i].binding, false);
		len = forge(&p, rows[i].inner, rows[i].plain_len, room);
		if (rows[i].want != TSPDM_OK)
			pair_refuses(&p, rows[i].want, "attack", room, len);
		else
			assert_int_equal(tspdm_record_open(p.in, room, len, &opened), TSPDM_OK);
		assert_int_equal(p.in->current.sequence, 1); /* authentic: it cannot be shown again */
		pair_close(&p);
	}
}

static void padding_of_the_binding_is_taken_and_nothing_more(void **state)
{
	static const struct {
		const struct tspdm_binding *binding;
		const char *padding;
		size_t len;
		enum tspdm_status want;
	} rows[] = {
		{ &tspdm_binding_doe, "\0\0\0", 3, TSPDM_OK },
		{ &tspdm_binding_doe, "\0\0\0\0", 4, TSPDM_ERR_TRAILING },
		{ &tspdm_binding_doe, "\0\1\0", 3, TSPDM_ERR_TRAILING },
		{ &tspdm_binding_tcp, "\0", 1, TSPDM_ERR_TRAILING },
		{ &tspdm_binding_mctp, "\0", 1, TSPDM_ERR_TRAILING },
	};
	uint8_t room[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair p;
		size_t len;

		pair_open(&p, *state, rows[i].binding, false);
		len = pair_seal(&p, hello, room, sizeof room);
		memcpy(room + len, rows[i].padding, rows[i].len);
		if (rows[i].want == TSPDM_OK)
			pair_opens(&p, hello, room, len + rows[i].len);
		else
			pair_refuses(&p, rows[i].want, hello, room, len + rows[i].len);
		pair_close(&p);
	}
}

static void random_bytes_hide_the_length_where_the_binding_allows(void **state)
{
	struct tspdm_record_config out = pair_config(*state, &tspdm_binding_mctp, true);
	struct tspdm_record_config in = pair_config(*state, &tspdm_binding_mctp, false);
	size_t least = SIZE_MAX, most = 0;
	uint8_t room[PAIR_ROOM];
	struct pair p;

	out.padding_max = 32;
	pair_init(&p, &out, &in);
	assert_int_equal(tspdm_record_tail_len(p.out), 48);
	for (size_t i = 0; i < 200; i++) {
		size_t len = pair_seal(&p, hello, room, sizeof room);

		least = len < least ? len : least;
		most = len > most ? len : most;
		pair_opens(&p, hello, room, len);
	}
	assert_true(most > least);
	assert_true(most <= tspdm_record_head_len(p.out) + strlen(hello) + 48);
	pair_close(&p);
}

static void the_last_sequence_number_is_never_passed(void **state)
{
	static const uint64_t limits[] = { 3, 0 };
	uint8_t room[PAIR_ROOM], copy[PAIR_ROOM];

	for (size_t i = 0; i < COUNT(limits); i++) {
		struct tspdm_record_config out = pair_config(*state, &tspdm_binding_doe, true);
		struct tspdm_record_config in = pair_config(*state, &tspdm_binding_doe, false);
		struct tspdm_buffer record = { .ptr = room, .cap = sizeof room };
		uint64_t end = limits[i] != 0 ? limits[i] : UINT64_MAX;
		struct pair p;
		size_t len;

		out.sequence_limit = in.sequence_limit = limits[i];
		pair_init(&p, &out, &in);
		p.out->current.sequence = p.in->current.sequence = end - 1;
		assert_int_equal(tspdm_record_left(p.out), 1);
		len = pair_seal(&p, hello, room, sizeof room);
		memcpy(copy, room, len);
		pair_opens(&p, hello, room, len);
		assert_int_equal(tspdm_record_left(p.out), 0);
		assert_int_equal(tspdm_record_seal(p.out, &record, 4), TSPDM_ERR_SEQUENCE_LIMIT);
		assert_int_equal(p.out->current.sequence, end);
		pair_refuses(&p, TSPDM_ERR_SEQUENCE_LIMIT, hello, copy, len);
		pair_close(&p);
	}
}

static void a_buffer_too_small_is_told_and_left_alone(void **state)
{
	uint8_t room[PAIR_ROOM];
	struct tspdm_buffer record = { .ptr = room };
	struct pair p;
	size_t len;

	open_shape(&p, state, &shapes[0]);
	memcpy(room + tspdm_record_head_len(p.out), hello, strlen(hello));
	len = tspdm_record_head_len(p.out) + strlen(hello) + 16;
	for (record.cap = 0; record.cap < len; record.cap++) {
		assert_int_equal(tspdm_record_seal(p.out, &record, strlen(hello)), TSPDM_ERR_BUFFER);
		assert_int_equal(record.len, len);
	}
	assert_int_equal(tspdm_record_seal(p.out, &record, strlen(hello)), TSPDM_OK);
	pair_opens(&p, hello, room, len);
	pair_close(&p);
}

static void a_stream_has_one_direction(void **state)
{
	uint8_t room[PAIR_ROOM];
	struct tspdm_buffer record = { .ptr = room, .cap = sizeof room };
	struct tspdm_record_opened opened;
	struct pair p;

	open_shape(&p, state, &shapes[0]);
	assert_int_equal(tspdm_record_seal(p.in, &record, 4), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_record_open(p.out, room, sizeof room, &opened), TSPDM_ERR_ARGUMENT);
	pair_close(&p);
}

static enum tspdm_status failing_seal(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, uint8_t *tag)
{
	(void)crypto, (void)key, (void)nonce, (void)associated, (void)data, (void)len, (void)tag;
	return TSPDM_ERR_CRYPTO;
}

/* A backend that breaks its contract and leaves plaintext behind. */
static enum tspdm_status leaking_open(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, const uint8_t *tag)
{
	(void)crypto, (void)key, (void)nonce, (void)associated, (void)tag;
	memcpy(data + 2, hello, len - 2 < strlen(hello) ? len - 2 : strlen(hello));
	return TSPDM_ERR_MAC;
}

static void a_failed_backend_leaves_no_plaintext_and_no_key(void **state)
{
	struct tspdm_crypto *crypto = *state;
	const struct tspdm_crypto_ops *ops = crypto->ops;
	struct tspdm_crypto_ops broken = *ops;
	uint8_t room[PAIR_ROOM];
	struct tspdm_buffer record = { .ptr = room, .cap = sizeof room };
	struct pair p;
	size_t len;

	broken.aead_seal = failing_seal;
	broken.aead_open = leaking_open;
	open_shape(&p, state, &shapes[0]);
	len = pair_seal(&p, hello, room, sizeof room);
	crypto->ops = &broken;
	pair_refuses(&p, TSPDM_ERR_MAC, hello, room, len);
	memcpy(room + tspdm_record_head_len(p.out), hello, strlen(hello));
	assert_int_equal(tspdm_record_seal(p.out, &record, strlen(hello)), TSPDM_ERR_CRYPTO);
	crypto->ops = ops;
	assert_int_equal(record.len, 0);
	assert_false(holds(room, len, hello));
	assert_int_equal(tspdm_record_seal(p.out, &record, strlen(hello)), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_record_left(p.out), 0);
	pair_close(&p);
}

static void a_wiped_stream_holds_nothing(void **state)
{
	struct pair p;
	static const uint8_t zeros[sizeof(struct tspdm_record_stream)];

	open_shape(&p, state, &shapes[0]);
	assert_int_equal(tspdm_record_update(p.out), TSPDM_OK);
	pair_close(&p);
	pair_close(&p); /* and again */
	assert_memory_equal(&p.out_memory, zeros, sizeof zeros);
	assert_memory_equal(&p.in_memory, zeros, sizeof zeros);
	tspdm_record_wipe(NULL);
}

/* ---- Configuration ---- */

static void spoil(struct tspdm_record_config *c, size_t how)
{
	static uint8_t byte;

	switch (how) {
	case 0:
		c->size--;
		break;
	case 1:
		c->crypto = NULL;
		break;
	case 2:
		c->binding = NULL;
		break;
	case 3:
		c->aead = 0;
		break;
	case 4:
		c->aead = 3;
		break;
	case 5:
		c->aead = 1U << 20;
		break;
	case 6:
		c->hash = 0;
		break;
	case 7:
		c->hash = TSPDM_HASH_SHA256;
		break; /* the secret is longer */
	case 8:
		c->secret.len = 0;
		break;
	case 9:
		c->key = c->secret;
		break; /* both */
	case 10:
		c->record_version = 0x0F;
		break;
	case 11:
		c->record_version = 0x14;
		break;
	case 12:
		c->padding_max = 33;
		break;
	case 13:
		c->padding_max = 1, c->is_mac_only = true;
		break;
	case 14:
		c->sequence_order = TSPDM_SEQUENCE_BIG_ENDIAN;
		break; /* with 1.2 */
	case 15:
		c->sequence_order = TSPDM_SEQUENCE_EITHER, c->record_version = 0x11;
		break; /* to seal */
	case 16:
		c->sequence_order = 3, c->record_version = 0x11;
		break;
	case 17:
		c->spare = (struct tspdm_buffer){ &byte, 1, 0 };
		break; /* to seal */
	default:
		c->padding_max = 1, c->is_seal = false;
		break;
	}
}

static void a_configuration_that_contradicts_itself_is_refused(void **state)
{
	struct tspdm_record_stream memory, *s;
	struct tspdm_record_config good = pair_config(*state, &tspdm_binding_mctp, true);

	for (size_t how = 0; how < 19; how++) {
		struct tspdm_record_config c = good;

		spoil(&c, how);
		if (tspdm_record_init(&memory, sizeof memory, &c, &s) != TSPDM_ERR_ARGUMENT)
			fail_msg("case %zu is not refused", how);
		assert_null(s);
	}
	good.reserved[1] = 1;
	assert_int_equal(tspdm_record_init(&memory, sizeof memory, &good, &s), TSPDM_ERR_UNSUPPORTED);
	good.reserved[1] = 0;
	good.spdm_version = TSPDM_V10;
	assert_int_equal(tspdm_record_init(&memory, sizeof memory, &good, &s), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(tspdm_record_init(&memory, tspdm_record_size() - 1, &good, &s), TSPDM_ERR_BUFFER);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sealed_is_opened_at_any_alignment),
		TEST(empty_data_and_the_longest_are_carried),
		TEST(a_flipped_bit_anywhere_is_refused),
		TEST(each_field_has_its_refusal),
		TEST(a_truncated_record_is_refused),
		TEST(a_length_below_the_least_is_refused),
		TEST(a_replayed_record_is_refused),
		TEST(a_record_out_of_order_is_refused),
		TEST(the_same_low_bytes_are_not_the_same_number),
		TEST(a_record_of_another_session_is_refused),
		TEST(an_authentic_record_with_a_wrong_inner_length_is_refused),
		TEST(padding_of_the_binding_is_taken_and_nothing_more),
		TEST(random_bytes_hide_the_length_where_the_binding_allows),
		TEST(the_last_sequence_number_is_never_passed),
		TEST(a_buffer_too_small_is_told_and_left_alone),
		TEST(a_stream_has_one_direction),
		TEST(a_failed_backend_leaves_no_plaintext_and_no_key),
		TEST(a_wiped_stream_holds_nothing),
		TEST(a_configuration_that_contradicts_itself_is_refused),
	};

	return cmocka_run_group_tests_name("record", tests, new_crypto, free_crypto);
}
