/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One row of a framing test: bytes of a stream, and what is made of them, whole and split at every byte. */
#ifndef TSPDM_TESTS_FRAMING_CASE_H
#define TSPDM_TESTS_FRAMING_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/transport.h>

enum { HEX_CAP = 256 };

struct bytes {
	size_t len;
	uint8_t at[HEX_CAP];
};

static inline struct bytes hex(const char *text)
{
	struct bytes b = { 0 };

	for (const char *p = text; *p != '\0'; p++) {
		char pair[3] = { p[0], 0, 0 };

		if (*p == ' ')
			continue;
		pair[1] = *++p;
		assert_true(b.len < HEX_CAP);
		b.at[b.len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return b;
}

static inline struct tspdm_view view_of(const struct bytes *b)
{
	return (struct tspdm_view){ b->at, b->len };
}

struct framing_case {
	const char *name;
	const char *stream; /* hex */
	bool is_listener, is_strict, is_swapped;
	size_t max; /* 0: 4096 */
	enum tspdm_status status;
	enum tspdm_frame_event event;
	enum tspdm_message_kind kind;
	const char *body; /* hex; also the last word of a failure */
	uint8_t detail;
	size_t left; /* bytes of the stream that are not of this frame */
};

static inline void check_result(const struct framing_case *c, enum tspdm_status status, struct tspdm_view left,
	size_t expected_left, const struct tspdm_frame *frame)
{
	struct bytes body = hex(c->body != NULL ? c->body : "");

	if (status != c->status)
		fail_msg("%s: %s", c->name, tspdm_status_name(status));
	if (frame->body.len != body.len || (body.len != 0 && memcmp(frame->body.ptr, body.at, body.len) != 0))
		fail_msg("%s: body of %zu bytes", c->name, frame->body.len);
	if (left.len != expected_left)
		fail_msg("%s: %zu bytes left", c->name, left.len);
	if (status == TSPDM_OK && (frame->event != c->event || frame->kind != c->kind || frame->detail != c->detail))
		fail_msg("%s: event %d, kind %d, detail %d", c->name, (int)frame->event, (int)frame->kind,
			frame->detail);
}

/* The bytes arrive one by one, in memory of just that size. The outcome is that of the whole. */
static inline void check_split(const struct framing_case *c, struct tspdm_framer framer, const struct bytes *stream)
{
	size_t max = c->max != 0 ? c->max : 4096;

	for (size_t n = 0; n <= stream->len; n++) {
		uint8_t *copy = malloc(n + 1);
		struct tspdm_view view = { copy, n };
		struct tspdm_frame frame;
		enum tspdm_status status = TSPDM_OK;

		assert_non_null(copy);
		copy = realloc(copy, n != 0 ? n : 1);
		assert_non_null(copy);
		memcpy(copy, stream->at, n);
		view.ptr = copy;
		status = tspdm_framer_pull(&framer, &view, max, &frame);
		if (status != TSPDM_AGAIN) {
			size_t left = c->status == TSPDM_OK ? n - (stream->len - c->left) : n;

			check_result(c, status, view, left, &frame);
			free(copy);
			return;
		}
		assert_int_equal(view.len, n);
		assert_int_equal(frame.body.len, 0);
		free(copy);
	}
	if (c->status != TSPDM_AGAIN)
		fail_msg("%s: never decided", c->name);
}

static inline void check_case(const struct framing_case *c, struct tspdm_framer framer)
{
	struct bytes stream = hex(c->stream);
	struct tspdm_view left = view_of(&stream);
	struct tspdm_framer split = framer;
	struct tspdm_frame frame;
	enum tspdm_status status = tspdm_framer_pull(&framer, &left, c->max != 0 ? c->max : 4096, &frame);

	check_result(c, status, left, c->status == TSPDM_OK ? c->left : stream.len, &frame);
	check_split(c, split, &stream);
}

static inline void check_cases(const struct tspdm_framing *framing, const struct framing_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tspdm_framer framer;

		tspdm_framer_init(&framer, framing, cases[i].is_listener);
		framer.is_strict = cases[i].is_strict;
		framer.is_swapped = cases[i].is_swapped;
		check_case(&cases[i], framer);
	}
}

/* Wraps and compares with golden bytes; also measured with no room at all. */
static inline void check_wrap(
	struct tspdm_framer *framer, enum tspdm_message_kind kind, const char *message, const char *expected)
{
	struct bytes in = hex(message), want = hex(expected);
	uint8_t room[HEX_CAP];
	struct tspdm_buffer none = { 0 };
	struct tspdm_buffer out = { .ptr = room, .cap = want.len };

	assert_int_equal(tspdm_framer_wrap(framer, kind, view_of(&in), &none), TSPDM_ERR_BUFFER);
	assert_int_equal(none.len, want.len);
	assert_int_equal(tspdm_framer_wrap(framer, kind, view_of(&in), &out), TSPDM_OK);
	assert_int_equal(out.len, want.len);
	assert_memory_equal(room, want.at, want.len);
}

#endif
