/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The emulator's socket with each binding: goldens, commands, the opening dialogue, and what is refused. */
#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CLIENT_HELLO "436C69656E742048656C6C6F2100"
#define SERVER_HELLO "5365727665722048656C6C6F2100"

/* clang-format off */
static const struct framing_case mctp_listener[] = {
	{ .name = "GET_VERSION without a hello", .stream = "00000001 00000001 00000005 05 10840000", .body = "10840000" },
	{ .name = "a record", .stream = "00000001 00000001 00000005 06 01020304", .kind = TSPDM_KIND_SECURED, .body = "01020304" },
	{ .name = "two packets", .stream = "00000001 00000001 00000005 05 10840000 00000001", .body = "10840000", .left = 4 },
	{ .name = "TEST is answered", .stream = "0000DEAD 00000001 0000000E" CLIENT_HELLO, .event = TSPDM_FRAME_REPLY, .body = "0000DEAD 00000001 0000000E" SERVER_HELLO },
	{ .name = "TEST with the server's words", .stream = "0000DEAD 00000001 0000000E" SERVER_HELLO, .status = TSPDM_ERR_FRAME },
	{ .name = "TEST without NUL", .stream = "0000DEAD 00000001 0000000D 436C69656E742048656C6C6F21", .status = TSPDM_ERR_FRAME },
	{ .name = "TEST with more than the hello", .stream = "0000DEAD 00000001 0000000F" CLIENT_HELLO "00", .status = TSPDM_ERR_FRAME },
	{ .name = "SHUTDOWN", .stream = "0000FFFE 00000001 00000000", .event = TSPDM_FRAME_SHUTDOWN, .body = "0000FFFE 00000001 00000000" },
	{ .name = "CONTINUE", .stream = "0000FFFD 00000001 00000000", .event = TSPDM_FRAME_SHUTDOWN, .body = "0000FFFD 00000001 00000000" },
	{ .name = "SHUTDOWN with a payload", .stream = "0000FFFE 00000001 00000001 00", .status = TSPDM_ERR_FRAME },
	{ .name = "UNKNOWN is not answered", .stream = "0000FFFF 00000001 00000000", .event = TSPDM_FRAME_REFUSED },
	{ .name = "a command out of band", .stream = "00008001 00000001 00000004 FFFFFFFF", .event = TSPDM_FRAME_REPLY, .body = "0000FFFF 00000001 00000000" },
	{ .name = "QEMU's storage command", .stream = "00000002 00000001 00000002 0102", .event = TSPDM_FRAME_REPLY, .body = "0000FFFF 00000001 00000000" },
	{ .name = "an unknown command that is too large", .stream = "00001234 00000001 00000012", .max = 16, .status = TSPDM_ERR_TOO_LARGE },
	{ .name = "command 0", .stream = "00000000 00000001 00000000", .event = TSPDM_FRAME_REPLY, .body = "0000FFFF 00000001 00000000" },
	{ .name = "the bare role inquiry is declined", .stream = "000001BF", .event = TSPDM_FRAME_REPLY, .body = "000001C2" },
	{ .name = "another transport type", .stream = "00000001 00000002 00000005", .status = TSPDM_ERR_FRAME },
	{ .name = "an unknown transport type", .stream = "00000001 00000009 00000005", .status = TSPDM_ERR_FRAME },
	{ .name = "a little-endian header", .stream = "01000000 01000000 05000000 05 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "the obsolete short header", .stream = "00000001 00000005 05108400 00", .max = 64, .status = TSPDM_ERR_FRAME },
	{ .name = "no payload", .stream = "00000001 00000001 00000000", .status = TSPDM_ERR_FRAME },
	{ .name = "a type byte and no message", .stream = "00000001 00000001 00000001 05", .status = TSPDM_ERR_FRAME },
	{ .name = "PLDM in the clear", .stream = "00000001 00000001 00000003 01 0203", .status = TSPDM_ERR_FRAME },
	{ .name = "the integrity check bit", .stream = "00000001 00000001 00000005 85 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "as large as allowed", .stream = "00000001 00000001 00000009 05 1122334455667788", .max = 8, .body = "1122334455667788" },
	{ .name = "one byte more", .stream = "00000001 00000001 0000000A", .max = 8, .status = TSPDM_ERR_TOO_LARGE },
	{ .name = "the largest size", .stream = "00000001 00000001 FFFFFFFF", .status = TSPDM_ERR_TOO_LARGE },
	{ .name = "HTTP", .stream = "474554202F20485454502F312E310D0A", .status = TSPDM_ERR_FRAME },
};

static const struct framing_case mctp_connecting[] = {
	{ .name = "VERSION", .stream = "00000001 00000001 00000009 05 1004000000010012", .body = "1004000000010012" },
	{ .name = "the bare role inquiry", .stream = "000001BF 0000", .event = TSPDM_FRAME_HELLO, .left = 2 },
	{ .name = "a hello nobody asked for", .stream = "0000DEAD 00000001 0000000E" SERVER_HELLO, .status = TSPDM_ERR_FRAME },
	{ .name = "SHUTDOWN", .stream = "0000FFFE 00000001 00000000", .event = TSPDM_FRAME_SHUTDOWN },
	{ .name = "CONTINUE", .stream = "0000FFFD 00000001 00000000", .event = TSPDM_FRAME_SHUTDOWN },
	{ .name = "UNKNOWN", .stream = "0000FFFF 00000001 00000000", .event = TSPDM_FRAME_REFUSED },
	{ .name = "an unknown command", .stream = "00008001 00000001 00000000", .status = TSPDM_ERR_FRAME },
};

static const struct framing_case tcp_listener[] = {
	{ .name = "GET_VERSION", .stream = "00000001 00000003 00000008 0600 01 05 10840000", .body = "10840000" },
	{ .name = "a record", .stream = "00000001 00000003 00000008 0600 01 06 10840000", .kind = TSPDM_KIND_SECURED, .body = "10840000" },
	{ .name = "the message alone counted", .stream = "00000001 00000003 00000008 0400 01 05 10840000", .body = "10840000" },
	{ .name = "the same, strict", .stream = "00000001 00000003 00000008 0400 01 05 10840000", .is_strict = true, .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "neither reading", .stream = "00000001 00000003 00000008 0500 01 05 10840000", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "a bad version", .stream = "00000001 00000003 00000008 0600 02 05 10840000", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "a bad type", .stream = "00000001 00000003 00000008 0600 01 07 10840000", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "a cut header", .stream = "00000001 00000003 00000003 0600 01", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "no message", .stream = "00000001 00000003 00000004 0200 01 05", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "a framed role inquiry", .stream = "00000001 00000003 00000004 0000 01 BF", .event = TSPDM_FRAME_REPLY, .body = "00000001 00000003 00000004 0000 01 C2", .detail = 0xBF },
	{ .name = "a framed error", .stream = "00000001 00000003 00000004 0000 01 C0", .event = TSPDM_FRAME_REFUSED, .detail = 0xC0 },
	{ .name = "an error with a body", .stream = "00000001 00000003 00000005 0000 01 C0 00", .status = TSPDM_ERR_FRAME, .body = "00000001 00000003 00000004 0000 01 C1" },
	{ .name = "too large", .stream = "00000001 00000003 0000000D", .max = 8, .status = TSPDM_ERR_TOO_LARGE, .body = "00000001 00000003 00000004 0000 01 C0" },
};

static const struct framing_case none_listener[] = {
	{ .name = "GET_VERSION", .stream = "00000001 00000000 00000004 10840000", .body = "10840000" },
	{ .name = "no message", .stream = "00000001 00000000 00000000", .status = TSPDM_ERR_FRAME },
	{ .name = "too large", .stream = "00000001 00000000 00000009", .max = 8, .status = TSPDM_ERR_TOO_LARGE },
};
/* clang-format on */

static void check_listener(const struct tspdm_framing *framing, const struct framing_case *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct framing_case row = rows[i];

		row.is_listener = true;
		check_cases(framing, &row, 1);
	}
}

static void a_listener_for_mctp_takes_and_refuses(void **state)
{
	(void)state;
	check_listener(&tspdm_framing_emu_mctp, mctp_listener, LEN(mctp_listener));
}

static void a_listener_for_tcp_takes_and_refuses(void **state)
{
	(void)state;
	check_listener(&tspdm_framing_emu_tcp, tcp_listener, LEN(tcp_listener));
}

static void a_listener_for_bare_messages_takes_and_refuses(void **state)
{
	(void)state;
	check_listener(&tspdm_framing_emu_none, none_listener, LEN(none_listener));
}

static void the_connecting_end_takes_and_refuses(void **state)
{
	(void)state;
	check_cases(&tspdm_framing_emu_mctp, mctp_connecting, LEN(mctp_connecting));
}

static void messages_are_wrapped_for_each_binding(void **state)
{
	(void)state;
	static const struct {
		const struct tspdm_framing *framing;
		enum tspdm_message_kind kind;
		const char *message, *expected;
	} rows[] = {
		{ &tspdm_framing_emu_none, TSPDM_KIND_PLAIN, "10840000", "00000001 00000000 00000004 10840000" },
		{ &tspdm_framing_emu_mctp, TSPDM_KIND_PLAIN, "10840000", "00000001 00000001 00000005 05 10840000" },
		{ &tspdm_framing_emu_mctp, TSPDM_KIND_SECURED, "0102", "00000001 00000001 00000003 06 0102" },
		{ &tspdm_framing_emu_doe, TSPDM_KIND_PLAIN, "10840000",
			"00000001 00000002 0000000C 0100 01 00 03000000 10840000" },
		{ &tspdm_framing_emu_doe, TSPDM_KIND_SECURED, "0102030405",
			"00000001 00000002 00000010 0100 02 00 04000000 0102030405 000000" },
		{ &tspdm_framing_emu_tcp, TSPDM_KIND_PLAIN, "10840000",
			"00000001 00000003 00000008 0600 01 05 10840000" },
		{ &tspdm_framing_emu_tcp, TSPDM_KIND_SECURED, "0102", "00000001 00000003 00000006 0400 01 06 0102" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_framer framer;

		tspdm_framer_init(&framer, rows[i].framing, false);
		check_wrap(&framer, rows[i].kind, rows[i].message, rows[i].expected);
	}
}

static void bare_messages_have_no_records(void **state)
{
	(void)state;
	struct bytes message = hex("01020304");
	struct tspdm_framer framer;
	struct tspdm_buffer out = { 0 };

	tspdm_framer_init(&framer, &tspdm_framing_emu_none, false);
	assert_int_equal(
		tspdm_framer_wrap(&framer, TSPDM_KIND_SECURED, view_of(&message), &out), TSPDM_ERR_UNSUPPORTED);
}

static void check_sent(const struct tspdm_buffer *out, const char *expected)
{
	struct bytes want = hex(expected);

	assert_int_equal(out->len, want.len);
	assert_memory_equal(out->ptr, want.at, want.len);
}

static void the_opening_waits_for_the_hello(void **state)
{
	(void)state;
	struct framing_case answer = {
		.name = "hello", .stream = "0000DEAD 00000001 0000000E" SERVER_HELLO, .event = TSPDM_FRAME_HELLO
	};
	struct tspdm_framer framer;
	uint8_t room[TSPDM_FRAME_OVERHEAD];
	struct tspdm_buffer small = { .ptr = room, .cap = 25 };
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
	struct tspdm_buffer nothing = { 0 };
	struct bytes stream = hex(answer.stream);
	struct tspdm_view left = view_of(&stream);
	struct tspdm_frame frame;

	tspdm_framer_init(&framer, &tspdm_framing_emu_mctp, false);
	assert_int_equal(tspdm_framer_open(&framer, &small), TSPDM_ERR_BUFFER);
	assert_int_equal(small.len, 26);
	assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_AGAIN);
	check_sent(&out, "0000DEAD 00000001 0000000E" CLIENT_HELLO);
	assert_int_equal(tspdm_framer_open(&framer, &nothing), TSPDM_AGAIN);
	check_case(&answer, framer);
	assert_int_equal(tspdm_framer_pull(&framer, &left, 16, &frame), TSPDM_OK);
	assert_int_equal(tspdm_framer_open(&framer, &nothing), TSPDM_OK);
	assert_int_equal(nothing.len, 0);
}

static void a_wrong_hello_is_refused(void **state)
{
	(void)state;
	struct framing_case wrong[] = {
		{ .name = "our own", .stream = "0000DEAD 00000001 0000000E" CLIENT_HELLO, .status = TSPDM_ERR_FRAME },
		{ .name = "empty", .stream = "0000DEAD 00000001 00000000", .status = TSPDM_ERR_FRAME },
		{ .name = "type", .stream = "0000DEAD 00000002 0000000E" SERVER_HELLO, .status = TSPDM_ERR_FRAME },
	};

	for (size_t i = 0; i < LEN(wrong); i++) {
		struct tspdm_framer framer;
		uint8_t room[TSPDM_FRAME_OVERHEAD];
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

		tspdm_framer_init(&framer, &tspdm_framing_emu_mctp, false);
		assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_AGAIN);
		check_case(&wrong[i], framer);
	}
}

static void the_connecting_end_says_shutdown_and_the_listener_nothing(void **state)
{
	(void)state;
	struct tspdm_framer framer;
	uint8_t room[TSPDM_FRAME_OVERHEAD];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

	tspdm_framer_init(&framer, &tspdm_framing_emu_doe, false);
	assert_int_equal(tspdm_framer_close(&framer, &out), TSPDM_OK);
	check_sent(&out, "0000FFFE 00000002 00000000");
	out.len = 0;
	tspdm_framer_init(&framer, &tspdm_framing_emu_doe, true);
	assert_int_equal(tspdm_framer_close(&framer, &out), TSPDM_OK);
	assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_OK);
	assert_int_equal(out.len, 0);
}

static void the_first_packet_tells_the_binding(void **state)
{
	(void)state;
	static const struct {
		const char *first;
		const struct tspdm_binding *binding;
		const char *second, *second_of_other_type;
	} rows[] = {
		{ "00000001 00000000 00000004 10840000", &tspdm_binding_none, "00000001 00000000 00000001 10",
			"00000001 00000001 00000005" },
		{ "00000001 00000001 00000005 05 10840000", &tspdm_binding_mctp, "00000001 00000001 00000002 05 10",
			"00000001 00000002 00000005" },
		{ "00000001 00000002 0000000C 0100 01 00 03000000 10840000", &tspdm_binding_doe,
			"0000FFFE 00000002 00000000", "0000FFFE 00000003 00000000" },
		{ "0000DEAD 00000003 0000000E" CLIENT_HELLO, &tspdm_binding_tcp,
			"00000001 00000003 00000008 0600 01 05 10840000", "00000001 00000000 00000004" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes first = hex(rows[i].first), second = hex(rows[i].second),
			     other = hex(rows[i].second_of_other_type), message = hex("10840000");
		struct tspdm_view left = view_of(&first);
		struct tspdm_buffer out = { 0 };
		struct tspdm_framer framer;
		struct tspdm_frame frame;

		tspdm_framer_init(&framer, &tspdm_framing_emu_any, true);
		assert_null(tspdm_framer_binding(&framer));
		assert_int_equal(
			tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, view_of(&message), &out), TSPDM_ERR_STATE);
		assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_OK);
		assert_true(tspdm_binding_is(tspdm_framer_binding(&framer), rows[i].binding));
		left = view_of(&second);
		assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_OK);
		left = view_of(&other);
		assert_int_equal(tspdm_framer_pull(&framer, &left, 64, &frame), TSPDM_ERR_FRAME);
	}
}

static void an_unknown_binding_cannot_be_opened(void **state)
{
	(void)state;
	struct tspdm_framer framer;
	struct tspdm_buffer out = { 0 };

	tspdm_framer_init(&framer, &tspdm_framing_emu_any, false);
	assert_int_equal(tspdm_framer_open(&framer, &out), TSPDM_ERR_STATE);
	assert_int_equal(tspdm_framer_close(&framer, &out), TSPDM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_for_mctp_takes_and_refuses),
		cmocka_unit_test(a_listener_for_tcp_takes_and_refuses),
		cmocka_unit_test(a_listener_for_bare_messages_takes_and_refuses),
		cmocka_unit_test(the_connecting_end_takes_and_refuses),
		cmocka_unit_test(messages_are_wrapped_for_each_binding),
		cmocka_unit_test(bare_messages_have_no_records),
		cmocka_unit_test(the_opening_waits_for_the_hello),
		cmocka_unit_test(a_wrong_hello_is_refused),
		cmocka_unit_test(the_connecting_end_says_shutdown_and_the_listener_nothing),
		cmocka_unit_test(the_first_packet_tells_the_binding),
		cmocka_unit_test(an_unknown_binding_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
