/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * PCIe data objects inside the emulator's socket: objects, padding, the Length field, and discovery at both ends. */
#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NORMAL "00000001 00000002 "

/* clang-format off */
static const struct framing_case objects[] = {
	{ .name = "GET_VERSION", .stream = NORMAL "0000000C 0100 01 00 03000000 10840000", .body = "10840000" },
	{ .name = "a record", .stream = NORMAL "0000000C 0100 02 00 03000000 01020304", .kind = TSPDM_KIND_SECURED, .body = "01020304" },
	{ .name = "the padding stays", .stream = NORMAL "00000010 0100 01 00 04000000 1084000011 000000", .body = "1084000011 000000" },
	{ .name = "reserved bits of Length", .stream = NORMAL "0000000C 0100 01 00 03000400 10840000", .body = "10840000" },
	{ .name = "the reserved byte", .stream = NORMAL "0000000C 0100 01 07 03000000 10840000", .body = "10840000" },
	{ .name = "Length too small", .stream = NORMAL "0000000C 0100 01 00 02000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "Length too large", .stream = NORMAL "0000000C 0100 01 00 04000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "Length 0 means 2^18", .stream = NORMAL "0000000C 0100 01 00 00000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "without its padding", .stream = NORMAL "0000000D 0100 01 00 04000000 1084000011", .body = "1084000011" },
	{ .name = "the same, strict", .is_strict = true, .stream = NORMAL "0000000D 0100 01 00 04000000 1084000011", .status = TSPDM_ERR_FRAME },
	{ .name = "a record without its padding", .stream = NORMAL "0000000B 0100 02 00 03000000 010203", .kind = TSPDM_KIND_SECURED, .body = "010203" },
	{ .name = "its padding not counted", .stream = NORMAL "0000000D 0100 01 00 03000000 1084000011", .status = TSPDM_ERR_FRAME },
	{ .name = "a whole DWORD missing", .stream = NORMAL "0000000C 0100 01 00 04000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "no whole DWORD of discovery", .stream = NORMAL "0000000B 0100 00 00 03000000 000000", .status = TSPDM_ERR_FRAME },
	{ .name = "another vendor", .stream = NORMAL "0000000C 8680 01 00 03000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "an object type of DOE 1.1", .stream = NORMAL "0000000C 0100 03 00 03000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "an unknown object type", .stream = NORMAL "0000000C 0100 FF 00 03000000 10840000", .status = TSPDM_ERR_FRAME },
	{ .name = "a header and no message", .stream = NORMAL "00000008 0100 01 00 02000000", .status = TSPDM_ERR_FRAME },
	{ .name = "a cut header", .stream = NORMAL "00000004 0100 01 00", .status = TSPDM_ERR_FRAME },
	{ .name = "no object", .stream = NORMAL "00000000", .status = TSPDM_ERR_FRAME },
	{ .name = "padding does not make it too large", .stream = NORMAL "00000010 0100 01 00 04000000 1084000011 000000", .max = 5, .body = "1084000011 000000" },
	{ .name = "a DWORD too large", .stream = NORMAL "00000014", .max = 8, .status = TSPDM_ERR_TOO_LARGE },
	{ .name = "discovery 0", .stream = NORMAL "0000000C 0100 00 00 03000000 00000000", .event = TSPDM_FRAME_REPLY, .body = NORMAL "0000000C 0100 00 00 03000000 0100 00 01" },
	{ .name = "discovery 1", .stream = NORMAL "0000000C 0100 00 00 03000000 01000000", .event = TSPDM_FRAME_REPLY, .body = NORMAL "0000000C 0100 00 00 03000000 0100 01 02" },
	{ .name = "discovery 2, of DOE 1.1", .stream = NORMAL "0000000C 0100 00 00 03000000 02020000", .event = TSPDM_FRAME_REPLY, .body = NORMAL "0000000C 0100 00 00 03000000 0100 02 00" },
	{ .name = "discovery behind the end", .stream = NORMAL "0000000C 0100 00 00 03000000 03000000", .event = TSPDM_FRAME_REPLY, .body = NORMAL "0000000C 0100 00 00 03000000 FFFF 00 00" },
	{ .name = "discovery of two DWORDs", .stream = NORMAL "00000010 0100 00 00 04000000 0000000000000000", .status = TSPDM_ERR_FRAME },
};
/* clang-format on */

static void a_listener_takes_and_refuses_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(objects); i++) {
		struct framing_case row = objects[i];

		row.is_listener = true;
		check_cases(&tspdm_framing_emu_doe, &row, 1);
	}
}

static void a_discovery_object_nobody_asked_for_is_refused(void **state)
{
	(void)state;
	struct framing_case row = {
		.name = "unasked", .stream = NORMAL "0000000C 0100 00 00 03000000 0100 00 01", .status = TSPDM_ERR_FRAME
	};

	check_cases(&tspdm_framing_emu_doe, &row, 1);
}

/* Drives the opening against answers given in hex; returns how it ended. */
static enum tspdm_status discover(const char *const *answers, struct bytes *asked)
{
	struct tspdm_framer framer;
	struct tspdm_frame frame;
	enum tspdm_status status = TSPDM_AGAIN;

	*asked = (struct bytes){ 0 };
	tspdm_framer_init(&framer, &tspdm_framing_emu_doe, false);
	for (;; answers++) {
		uint8_t room[TSPDM_FRAME_OVERHEAD];
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		struct bytes answer;
		struct tspdm_view left;

		status = tspdm_framer_open(&framer, &out);
		if (status != TSPDM_AGAIN)
			return status;
		if (out.len == 24)
			asked->at[asked->len++] = room[20];
		if (*answers == NULL)
			return TSPDM_AGAIN;
		answer = hex(*answers);
		left = view_of(&answer);
		status = tspdm_framer_pull(&framer, &left, 64, &frame);
		if (status != TSPDM_OK)
			return status;
		assert_int_equal(frame.event, TSPDM_FRAME_HELLO);
	}
}

#define HELLO "0000DEAD 00000002 0000000E 5365727665722048656C6C6F2100"
#define ENTRY NORMAL "0000000C 0100 00 00 03000000 "

static void the_connecting_end_walks_the_discovery(void **state)
{
	(void)state;
	static const struct {
		const char *answers[6];
		enum tspdm_status status;
		size_t asked;
	} rows[] = {
		{ { HELLO, ENTRY "01000001", ENTRY "01000102", ENTRY "01000200" }, TSPDM_OK, 3 },
		{ { HELLO, ENTRY "01000100" }, TSPDM_OK, 1 },
		{ { HELLO, ENTRY "01000005", ENTRY "86800109", ENTRY "01000100" }, TSPDM_OK, 3 },
		{ { HELLO, ENTRY "01000000" }, TSPDM_ERR_UNSUPPORTED, 1 },
		{ { HELLO, ENTRY "01000001", ENTRY "86800100" }, TSPDM_ERR_UNSUPPORTED, 2 },
		{ { HELLO, ENTRY "FFFF0000" }, TSPDM_ERR_UNSUPPORTED, 1 },
		{ { HELLO, ENTRY "01000001", ENTRY "01000101" }, TSPDM_ERR_FRAME, 2 },
		{ { HELLO, ENTRY "01000005", ENTRY "01000102" }, TSPDM_ERR_FRAME, 2 },
		{ { HELLO, NULL }, TSPDM_AGAIN, 1 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes asked;

		assert_int_equal(discover(rows[i].answers, &asked), rows[i].status);
		assert_int_equal(asked.len, rows[i].asked);
		assert_int_equal(asked.at[0], 0);
	}
}

static void both_ends_agree(void **state)
{
	(void)state;
	struct tspdm_framer client, server;
	enum tspdm_status status = TSPDM_AGAIN;

	tspdm_framer_init(&client, &tspdm_framing_emu_doe, false);
	tspdm_framer_init(&server, &tspdm_framing_emu_any, true);
	for (unsigned rounds = 0; status == TSPDM_AGAIN; rounds++) {
		uint8_t room[TSPDM_FRAME_OVERHEAD];
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		struct tspdm_frame question, answer;
		struct tspdm_view stream;

		assert_true(rounds < 5);
		status = tspdm_framer_open(&client, &out);
		if (status == TSPDM_OK)
			break;
		stream = tspdm_buffer_view(&out);
		assert_int_equal(tspdm_framer_pull(&server, &stream, 64, &question), TSPDM_OK);
		assert_int_equal(question.event, TSPDM_FRAME_REPLY);
		assert_int_equal(tspdm_framer_pull(&client, &question.body, 64, &answer), TSPDM_OK);
		assert_int_equal(answer.event, TSPDM_FRAME_HELLO);
	}
	assert_int_equal(status, TSPDM_OK);
	assert_true(tspdm_binding_is(tspdm_framer_binding(&server), &tspdm_binding_doe));
}

static void the_largest_object_has_length_zero(void **state)
{
	(void)state;
	size_t message_len = tspdm_binding_doe.max_message, cap = message_len + TSPDM_FRAME_OVERHEAD;
	uint8_t *message = calloc(1, message_len + 1), *room = malloc(cap);
	struct tspdm_buffer out = { .ptr = room, .cap = cap };
	struct tspdm_view view = { message, message_len }, stream;
	struct tspdm_framer framer;
	struct tspdm_frame frame;

	assert_non_null(message);
	assert_non_null(room);
	tspdm_framer_init(&framer, &tspdm_framing_emu_doe, true);
	assert_int_equal(tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, view, &out), TSPDM_OK);
	assert_int_equal(out.len, 12 + 1048576);
	assert_memory_equal(room + 16, "\0\0\0\0", 4);
	stream = tspdm_buffer_view(&out);
	assert_int_equal(tspdm_framer_pull(&framer, &stream, message_len, &frame), TSPDM_OK);
	assert_int_equal(frame.body.len, message_len);
	view.len++;
	assert_int_equal(tspdm_framer_wrap(&framer, TSPDM_KIND_PLAIN, view, &out), TSPDM_ERR_TOO_LARGE);
	free(message);
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_takes_and_refuses_objects),
		cmocka_unit_test(a_discovery_object_nobody_asked_for_is_refused),
		cmocka_unit_test(the_connecting_end_walks_the_discovery),
		cmocka_unit_test(both_ends_agree),
		cmocka_unit_test(the_largest_object_has_length_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
