/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0287 in a stream: goldens, control messages, the two readings of PayloadLength, and what is refused. */
#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NOT_SUPPORTED "0000 01 C1"
#define TOO_LARGE "0000 01 C0"

/* clang-format off */
static const struct framing_case listener_cases[] = {
	{ .name = "GET_VERSION", .stream = "0600 01 05 10840000", .body = "10840000" },
	{ .name = "a record", .stream = "0700 01 06 0102030405", .kind = TSPDM_KIND_SECURED, .body = "0102030405" },
	{ .name = "the next frame stays", .stream = "0600 01 05 10840000 0600 01", .body = "10840000", .left = 3 },
	{ .name = "length of two bytes", .stream = "0600 01 05 1084", .status = TSPDM_AGAIN },
	{ .name = "a role inquiry is declined", .stream = "0000 01 BF", .event = TSPDM_FRAME_REPLY, .body = "0000 01 C2", .detail = 0xBF },
	{ .name = "too large", .stream = "0000 01 C0", .event = TSPDM_FRAME_REFUSED, .detail = 0xC0 },
	{ .name = "not supported", .stream = "0000 01 C1", .event = TSPDM_FRAME_REFUSED, .detail = 0xC1 },
	{ .name = "no requester", .stream = "0000 01 C2", .event = TSPDM_FRAME_REFUSED, .detail = 0xC2 },
	{ .name = "no responder", .stream = "0000 01 C3", .event = TSPDM_FRAME_REFUSED, .detail = 0xC3 },
	{ .name = "a reserved error", .stream = "0000 01 C4", .event = TSPDM_FRAME_REFUSED, .detail = 0xC4 },
	{ .name = "the last reserved error", .stream = "0000 01 FF", .event = TSPDM_FRAME_REFUSED, .detail = 0xFF },
	{ .name = "an error that counts its header", .stream = "0200 01 C1", .event = TSPDM_FRAME_REFUSED, .detail = 0xC1 },
	{ .name = "the same, strict", .stream = "0200 01 C1", .is_strict = true, .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "an error with a body", .stream = "0400 01 C1 0000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "version 0", .stream = "0600 00 05 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "version 2", .stream = "0600 02 05 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "type 0", .stream = "0600 01 00 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "type 7", .stream = "0600 01 07 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "type BE", .stream = "0600 01 BE 10840000", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "length 0", .stream = "0000 01 05", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "length 1", .stream = "0100 01 05", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "length 2: no message", .stream = "0200 01 05", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "length 2: no record", .stream = "0200 01 06", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "as large as allowed", .stream = "0A00 01 05 1122334455667788", .max = 8, .body = "1122334455667788" },
	{ .name = "one byte more", .stream = "0B00 01 05", .max = 8, .status = TSPDM_ERR_TOO_LARGE, .body = TOO_LARGE },
	{ .name = "the largest length", .stream = "FFFF 01 05", .status = TSPDM_ERR_TOO_LARGE, .body = TOO_LARGE },
	{ .name = "HTTP", .stream = "474554202F20485454502F312E310D0A", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "TLS", .stream = "1603010200010001", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
	{ .name = "GET_VERSION that counts the message alone", .stream = "0400 01 05 10840000", .body = "10840000" },
	{ .name = "the same, strict: two bytes", .stream = "0400 01 05 10840000", .is_strict = true, .body = "1084", .left = 2 },
	{ .name = "a record does not settle the reading", .stream = "0400 01 06 10840000", .kind = TSPDM_KIND_SECURED, .body = "1084", .left = 2 },
};

static const struct framing_case connecting_cases[] = {
	{ .name = "VERSION", .stream = "0A00 01 05 1004000000010012", .body = "1004000000010012" },
	{ .name = "a role inquiry is what we do anyway", .stream = "0000 01 BF", .event = TSPDM_FRAME_HELLO, .detail = 0xBF },
	{ .name = "the de-facto reading stays", .stream = "0400 01 05 10840000", .body = "1084", .left = 2 },
	{ .name = "a bad version is told", .stream = "0A00 03 05", .status = TSPDM_ERR_FRAME, .body = NOT_SUPPORTED },
};
/* clang-format on */

static void a_listener_takes_and_refuses(void **state)
{
	(void)state;
	struct framing_case cases[LEN(listener_cases)];

	memcpy(cases, listener_cases, sizeof cases);
	for (size_t i = 0; i < LEN(cases); i++)
		cases[i].is_listener = true;
	check_cases(&tspdm_framing_dsp0287, cases, LEN(cases));
}

static void the_connecting_end_takes_and_refuses(void **state)
{
	(void)state;
	check_cases(&tspdm_framing_dsp0287, connecting_cases, LEN(connecting_cases));
}

static void messages_are_wrapped_as_the_standard_shows(void **state)
{
	(void)state;
	struct tspdm_framer framer;

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
	check_wrap(&framer, TSPDM_KIND_PLAIN, "10840000", "0600 01 05 10840000");
	check_wrap(&framer, TSPDM_KIND_SECURED, "0102030405", "0700 01 06 0102030405");
	assert_ptr_equal(tspdm_framer_binding(&framer), &tspdm_binding_tcp);
}

static void the_length_field_limits_a_message(void **state)
{
	(void)state;
	static uint8_t message[65534], room[65600];
	struct tspdm_framer framer;
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
	assert_int_equal(tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, 65534 }, &out),
		TSPDM_ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	assert_int_equal(
		tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, 65533 }, &out), TSPDM_OK);
	assert_int_equal(out.len, 65537);
	assert_int_equal(room[0], 0xFF);
	assert_int_equal(room[1], 0xFF);
	assert_int_equal(tspdm_binding_tcp.max_message, 65533);
	assert_int_equal(tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, 0 }, &out),
		TSPDM_ERR_ARGUMENT);
}

/* After the first frame the reading is settled, in both directions and for good. */
static void a_peer_that_counts_the_message_alone_is_spoken_to_so(void **state)
{
	(void)state;
	struct bytes stream = hex("0400 01 05 10840000 0600 01 05 10E100000102");
	struct tspdm_view left = view_of(&stream);
	struct tspdm_framer framer;
	struct tspdm_frame frame;

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, true);
	assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_OK);
	assert_int_equal(frame.body.len, 4);
	check_wrap(&framer, TSPDM_KIND_PLAIN, "100400000000", "0600 01 05 100400000000");
	assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_OK);
	assert_int_equal(frame.body.len, 6);
	assert_int_equal(left.len, 0);
}

static void a_later_length_of_four_does_not_change_the_reading(void **state)
{
	(void)state;
	struct bytes stream = hex("0600 01 05 10840000 0400 01 05 1084 0600 01 05 10840000");
	static const size_t lens[] = { 4, 2, 4 };
	struct tspdm_view left = view_of(&stream);
	struct tspdm_framer framer;
	struct tspdm_frame frame;

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, true);
	for (size_t i = 0; i < LEN(lens); i++) {
		assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_OK);
		assert_int_equal(frame.body.len, lens[i]);
	}
	assert_int_equal(left.len, 0);
}

static void there_is_no_opening_and_no_closing(void **state)
{
	(void)state;
	struct tspdm_framer framer;
	struct tspdm_buffer out = { 0 };

	tspdm_framer_init(&framer, &tspdm_framing_dsp0287, false);
	assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_OK);
	assert_int_equal(tspdm_framer_close(&framer, &out), TSPDM_OK);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_takes_and_refuses),
		cmocka_unit_test(the_connecting_end_takes_and_refuses),
		cmocka_unit_test(messages_are_wrapped_as_the_standard_shows),
		cmocka_unit_test(the_length_field_limits_a_message),
		cmocka_unit_test(a_peer_that_counts_the_message_alone_is_spoken_to_so),
		cmocka_unit_test(a_later_length_of_four_does_not_change_the_reading),
		cmocka_unit_test(there_is_no_opening_and_no_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
