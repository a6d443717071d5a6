/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0287 1.0 "Role-Inquiry": which end is the Requester, where either may have opened the connection; what each type of
 * message is to each of the four ends; and the limits of the length field. */
#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NOT_SUPPORTED "0000 01 C1"
#define TOO_LARGE "0000 01 C0"
#define NO_RESPONDER "0000 01 C3"

/* clang-format off */
static const struct framing_case listening_requester[] = {
	{ .name = "the responder says so", .stream = "0000 01 BF", .event = TSPDM_FRAME_HELLO, .detail = 0xBF },
	{ .name = "the same, header counted", .stream = "0200 01 BF", .event = TSPDM_FRAME_HELLO, .detail = 0xBF },
	{ .name = "the same, strict", .stream = "0200 01 BF", .is_strict = true, .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "another requester", .stream = "0600 01 05 10840000", .status = TSPDM_ERR_FRAME, .body = NO_RESPONDER },
	{ .name = "a record at once", .stream = "0600 01 06 10840000", .status = TSPDM_ERR_FRAME, .body = NO_RESPONDER },
	{ .name = "the other reading is not guessed", .stream = "0400 01 05 10840000", .status = TSPDM_ERR_FRAME, .body = NO_RESPONDER },
	{ .name = "it is refused", .stream = "0000 01 C2", .event = TSPDM_FRAME_REFUSED, .detail = 0xC2 },
	{ .name = "an unknown type", .stream = "0600 01 07 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "another version", .stream = "0000 02 BF", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
};

static const struct framing_case connecting_responder[] = {
	{ .name = "GET_VERSION", .stream = "0600 01 05 10840000", .body = "10840000" },
	{ .name = "GET_VERSION that counts the message alone", .stream = "0400 01 05 10840000", .body = "10840000" },
	{ .name = "the same, strict: two bytes", .stream = "0400 01 05 10840000", .is_strict = true, .body = "1084", .left = 2 },
	{ .name = "another responder", .stream = "0000 01 BF", .event = TSPDM_FRAME_REPLY, .body = "0000 01 C2", .detail = 0xBF },
	{ .name = "the peer is no requester", .stream = "0000 01 C2", .event = TSPDM_FRAME_REFUSED, .detail = 0xC2 },
	{ .name = "too large", .stream = "0B00 01 05", .max = 8, .status = TSPDM_ERR_TOO_LARGE, .body = TOO_LARGE },
};

static const struct framing_case connecting_requester[] = {
	{ .name = "the peer is no responder", .stream = "0000 01 C3", .event = TSPDM_FRAME_REFUSED, .detail = 0xC3 },
	{ .name = "too large", .stream = "0000 01 C0", .event = TSPDM_FRAME_REFUSED, .detail = 0xC0 },
	{ .name = "not supported", .stream = "0000 01 C1", .event = TSPDM_FRAME_REFUSED, .detail = 0xC1 },
	{ .name = "a record", .stream = "0700 01 06 0102030405", .kind = TSPDM_KIND_SECURED, .body = "0102030405" },
	{ .name = "type 4", .stream = "0600 01 04 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "type BE", .stream = "0000 01 BE", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "a role inquiry with a body", .stream = "0400 01 BF 0000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "too large for its receiver", .stream = "0B00 01 05", .max = 8, .status = TSPDM_ERR_TOO_LARGE, .body = TOO_LARGE },
	{ .name = "smaller than its header", .stream = "0100 01 06", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
};
/* clang-format on */

static void check_end(const struct framing_case *rows, size_t count, bool is_listener, bool is_swapped)
{
	for (size_t i = 0; i < count; i++) {
		struct framing_case c = rows[i];

		c.is_listener = is_listener;
		c.is_swapped = is_swapped;
		check_cases(&tspdm_framing_dsp0287, &c, 1);
	}
}

static void a_requester_that_listens_takes_responders_only(void **state)
{
	(void)state;
	check_end(listening_requester, LEN(listening_requester), true, true);
}

static void a_responder_that_connects_takes_requests(void **state)
{
	(void)state;
	check_end(connecting_responder, LEN(connecting_responder), false, true);
}

static void a_requester_that_connects_takes_answers_and_errors(void **state)
{
	(void)state;
	check_end(connecting_requester, LEN(connecting_requester), false, false);
}

/* Each of the 256 types, alone and with a body: none is taken for another one, and none is left undecided. */
static void each_type_is_a_message_a_control_or_refused(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool is_message = type == 5 || type == 6;
		const uint8_t bare[] = { 0, 0, 1, (uint8_t)type };
		const uint8_t full[] = { 4, 0, 1, (uint8_t)type, 0x10, 0x84 };
		struct tspdm_view streams[] = { { bare, sizeof bare }, { full, sizeof full } };
		struct tspdm_framer framer;
		struct tspdm_frame frame;

		tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
		assert_int_equal(
			tspdm_framer_pull(&framer, &streams[0], 64, &frame), type >= 0xBF ? TSPDM_OK : TSPDM_ERR_FRAME);
		tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
		assert_int_equal(
			tspdm_framer_pull(&framer, &streams[1], 64, &frame), is_message ? TSPDM_OK : TSPDM_ERR_FRAME);
	}
}

/* At each of the four ends, whatever the type: who speaks another version may mean something else by it. */
static void every_other_version_is_refused(void **state)
{
	(void)state;
	static const uint8_t types[] = { 0x05, 0x06, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xFF };
	static const uint8_t not_supported[] = { 0, 0, 1, 0xC1 };

	for (unsigned n = 0; n < 256 * LEN(types) * 4; n++) {
		uint8_t type = types[n % LEN(types)], version = (uint8_t)(n / LEN(types) / 4);
		const uint8_t bytes[] = { type < 0xBF ? 6 : 0, 0, version, type, 0x10, 0x84, 0, 0 };
		struct tspdm_view stream = { bytes, type < 0xBF ? 8 : 4 };
		struct tspdm_framer framer;
		struct tspdm_frame frame;

		if (version == 1)
			continue;
		tspdm_framer_init(&framer, &tspdm_framing_dsp0287, (n / LEN(types) & 1) != 0);
		framer.is_swapped = (n / LEN(types) & 2) != 0;
		assert_int_equal(tspdm_framer_pull(&framer, &stream, 64, &frame), TSPDM_ERR_FRAME);
		assert_int_equal(frame.body.len, sizeof not_supported);
		assert_memory_equal(frame.body.ptr, not_supported, sizeof not_supported);
	}
}

/* An error is the end of the matter: were it answered, two peers could go on for ever. */
static void an_error_is_never_answered(void **state)
{
	(void)state;
	for (unsigned type = 0xC0; type < 256; type++)
		for (unsigned end = 0; end < 4; end++) {
			const uint8_t bytes[] = { 0, 0, 1, (uint8_t)type };
			struct tspdm_view stream = { bytes, sizeof bytes };
			struct tspdm_framer framer;
			struct tspdm_frame frame;

			tspdm_framer_init(&framer, &tspdm_framing_dsp0287, (end & 1) != 0);
			framer.is_swapped = (end & 2) != 0;
			assert_int_equal(tspdm_framer_pull(&framer, &stream, 64, &frame), TSPDM_OK);
			assert_int_equal(frame.event, TSPDM_FRAME_REFUSED);
			assert_int_equal(frame.body.len, 0);
		}
}

static struct tspdm_framer framer_of(bool is_listener)
{
	struct tspdm_framer framer;

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, is_listener);
	framer.is_swapped = true;
	return framer;
}

/* The whole dialogue, each end fed with what the other wrote. */
static void two_ends_with_roles_swapped_understand_each_other(void **state)
{
	(void)state;
	static const uint8_t inquiry[] = { 0, 0, 1, 0xBF };
	uint8_t room[64];
	struct tspdm_framer responder = framer_of(false), requester = framer_of(true);
	struct tspdm_buffer out = { room, sizeof room, 0 };
	struct tspdm_view stream;
	struct tspdm_frame frame;

	assert_int_equal(tspdm_framer_open(&requester, &out), TSPDM_AGAIN);
	assert_int_equal(out.len, 0);
	assert_int_equal(tspdm_framer_open(&responder, &out), TSPDM_OK);
	assert_int_equal(out.len, sizeof inquiry);
	assert_memory_equal(room, inquiry, sizeof inquiry);

	stream = tspdm_buffer_view(&out);
	assert_int_equal(tspdm_framer_pull(&requester, &stream, 64, &frame), TSPDM_OK);
	assert_int_equal(frame.event, TSPDM_FRAME_HELLO);
	out.len = 0;
	assert_int_equal(tspdm_framer_open(&requester, &out), TSPDM_OK);
	assert_int_equal(out.len, 0);
	check_wrap(&requester, TSPDM_KIND_PLAIN, "10840000", "0600 01 05 10840000");

	stream = (struct tspdm_view){ (const uint8_t *)"\x0A\x00\x01\x05\x10\x04\x00\x00\x00\x01\x00\x12", 12 };
	assert_int_equal(tspdm_framer_pull(&requester, &stream, 64, &frame), TSPDM_OK);
	assert_int_equal(frame.event, TSPDM_FRAME_MESSAGE);
	assert_int_equal(frame.body.len, 8);
}

static void the_inquiry_needs_room(void **state)
{
	(void)state;
	uint8_t room[3];
	struct tspdm_framer responder = framer_of(false);
	struct tspdm_buffer out = { room, sizeof room, 0 };

	assert_int_equal(tspdm_framer_open(&responder, &out), TSPDM_ERR_BUFFER);
}

static void other_framings_cannot_tell_roles(void **state)
{
	(void)state;
	static const struct tspdm_framing *const others[] = { &tspdm_framing_emu_mctp, &tspdm_framing_emu_doe,
		&tspdm_framing_emu_tcp, &tspdm_framing_emu_none };

	for (size_t i = 0; i < 2 * LEN(others); i++) {
		uint8_t room[TSPDM_FRAME_OVERHEAD];
		struct tspdm_buffer out = { room, sizeof room, 0 };
		struct tspdm_framer framer;

		tspdm_framer_init(&framer, others[i / 2], i % 2 != 0);
		framer.is_swapped = true;
		assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_ERR_UNSUPPORTED);
		assert_int_equal(out.len, 0);
	}
}

/* The largest frame that there can be, split at every byte of its header and near its end. */
static void the_largest_message_arrives_whole(void **state)
{
	(void)state;
	static uint8_t message[65533], stream[65537];
	struct tspdm_buffer out = { stream, sizeof stream, 0 };
	struct tspdm_framer framer;
	struct tspdm_frame frame;
	static const size_t splits[] = { 0, 1, 2, 3, 4, 5, 32768, 65535, 65536 };

	memset(message, 0xA5, sizeof message);
	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
	assert_int_equal(
		tspdm_framer_wrap(&framer, TSPDM_KIND_SECURED, (struct tspdm_view){ message, sizeof message }, &out),
		TSPDM_OK);
	for (size_t i = 0; i < LEN(splits); i++) {
		struct tspdm_view part = { stream, splits[i] };

		assert_int_equal(tspdm_framer_pull(&framer, &part, sizeof message, &frame), TSPDM_AGAIN);
		assert_int_equal(part.len, splits[i]);
	}
	out.len = sizeof stream;
	struct tspdm_view whole = tspdm_buffer_view(&out);
	assert_int_equal(tspdm_framer_pull(&framer, &whole, sizeof message, &frame), TSPDM_OK);
	assert_int_equal(frame.body.len, sizeof message);
	assert_memory_equal(frame.body.ptr, message, sizeof message);
	assert_int_equal(whole.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_requester_that_listens_takes_responders_only),
		cmocka_unit_test(a_responder_that_connects_takes_requests),
		cmocka_unit_test(a_requester_that_connects_takes_answers_and_errors),
		cmocka_unit_test(each_type_is_a_message_a_control_or_refused),
		cmocka_unit_test(every_other_version_is_refused),
		cmocka_unit_test(an_error_is_never_answered),
		cmocka_unit_test(two_ends_with_roles_swapped_understand_each_other),
		cmocka_unit_test(the_inquiry_needs_room),
		cmocka_unit_test(other_framings_cannot_tell_roles),
		cmocka_unit_test(the_largest_message_arrives_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
