/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_framer_open(), _pull() and _wrap() of each framing.
 *
 * Input: framing, role, strictness and opening (1 byte), `max` (1), size of the pieces (1), then the stream. Checked: a
 * pull takes no more than it was given and nothing when it fails; a body lies in the stream or in the frame; the stream
 * means the same whole and in pieces; what is wrapped is pulled again as it was. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/transport.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

enum { CONTROL_LEN = 3, MAX_UNIT = 16 };

struct control {
	const struct tspdm_framing *framing;
	bool is_listener, is_strict, is_opened;
	size_t max, piece;
};

static struct control read_control(const uint8_t *data)
{
	static const struct tspdm_framing *const framings[] = { &tspdm_framing_dsp0287, &tspdm_framing_emu_none,
		&tspdm_framing_emu_mctp, &tspdm_framing_emu_doe, &tspdm_framing_emu_tcp, &tspdm_framing_emu_any };
	struct control c = { .framing = framings[(data[0] & 7U) % (sizeof framings / sizeof framings[0])] };

	c.is_listener = (data[0] & 0x08U) != 0;
	c.is_strict = (data[0] & 0x10U) != 0;
	c.is_opened = (data[0] & 0x20U) != 0;
	c.max = (size_t)data[1] * MAX_UNIT;
	c.piece = (size_t)data[2] + 1;
	return c;
}

static void open_dialogue(struct tspdm_framer *framer)
{
	uint8_t room[TSPDM_FRAME_OVERHEAD];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
	enum tspdm_status status = tspdm_framer_open(framer, &out);

	CHECK(status != TSPDM_ERR_BUFFER);
	CHECK(out.len <= sizeof room);
}

static struct tspdm_framer new_framer(const struct control *c)
{
	struct tspdm_framer framer;

	tspdm_framer_init(&framer, c->framing, c->is_listener);
	framer.is_strict = c->is_strict;
	if (c->is_opened)
		open_dialogue(&framer);
	return framer;
}

static bool lies_in(struct tspdm_view inner, const uint8_t *outer, size_t outer_len)
{
	return inner.len == 0 ||
	       (inner.ptr >= outer && inner.len <= outer_len && (size_t)(inner.ptr - outer) <= outer_len - inner.len);
}

/* Everything that a caller can see of a stream, folded into one number. */
static uint64_t fold(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001B3);
	return hash;
}

static enum tspdm_status pull_one(
	struct tspdm_framer *framer, struct tspdm_view *stream, const struct control *c, uint64_t *hash)
{
	struct tspdm_view before = *stream;
	struct tspdm_frame frame;
	enum tspdm_status status = tspdm_framer_pull(framer, stream, c->max, &frame);
	int event = (int)frame.event;
	int outcome = (int)status;

	CHECK(lies_in(frame.body, before.ptr, before.len) || lies_in(frame.body, frame.room, sizeof frame.room));
	if (status == TSPDM_OK) {
		CHECK(stream->len < before.len && stream->ptr + stream->len == before.ptr + before.len);
		CHECK(frame.event != TSPDM_FRAME_MESSAGE || (frame.body.len != 0 && frame.body.len < c->max + 4));
	} else {
		CHECK(stream->ptr == before.ptr && stream->len == before.len);
		CHECK(status == TSPDM_AGAIN || status == TSPDM_ERR_FRAME || status == TSPDM_ERR_TOO_LARGE);
	}
	if (status == TSPDM_AGAIN)
		return status;
	*hash = fold(*hash, &outcome, sizeof outcome);
	*hash = fold(*hash, &event, sizeof event);
	*hash = fold(*hash, frame.body.ptr, frame.body.len);
	if (status == TSPDM_OK && c->is_opened)
		open_dialogue(framer);
	return status;
}

/* The stream comes in pieces, each frame in memory of just the size that has arrived. */
static uint64_t walk(const struct control *c, struct tspdm_view stream, size_t piece)
{
	struct tspdm_framer framer = new_framer(c);
	uint64_t hash = UINT64_C(0xCBF29CE484222325);
	enum tspdm_status status = TSPDM_AGAIN;
	size_t taken = 0;

	for (size_t arrived = 0; status == TSPDM_AGAIN && arrived < stream.len;) {
		uint8_t *copy = NULL;
		struct tspdm_view left;

		arrived = stream.len - arrived > piece ? arrived + piece : stream.len;
		copy = malloc(arrived - taken != 0 ? arrived - taken : 1);
		CHECK(copy != NULL);
		memcpy(copy, stream.ptr + taken, arrived - taken);
		left = (struct tspdm_view){ copy, arrived - taken };
		do {
			status = pull_one(&framer, &left, c, &hash);
		} while (status == TSPDM_OK);
		taken = arrived - left.len;
		free(copy);
	}
	return hash;
}

static void wrap_and_pull(const struct control *c, enum tspdm_message_kind kind, struct tspdm_view message)
{
	struct tspdm_framer sender, receiver;
	struct tspdm_buffer out = { 0 };
	struct tspdm_view stream;
	struct tspdm_frame frame;
	enum tspdm_status status = TSPDM_OK;

	tspdm_framer_init(&sender, c->framing, !c->is_listener);
	tspdm_framer_init(&receiver, c->framing, c->is_listener);
	receiver.is_strict = true;
	status = tspdm_framer_wrap(&sender, kind, message, &out);
	if (status != TSPDM_ERR_BUFFER)
		return;
	CHECK(out.len <= message.len + TSPDM_FRAME_OVERHEAD);
	out = (struct tspdm_buffer){ .ptr = malloc(out.len), .cap = out.len };
	CHECK(out.ptr != NULL);
	CHECK(tspdm_framer_wrap(&sender, kind, message, &out) == TSPDM_OK);
	stream = tspdm_buffer_view(&out);
	CHECK(tspdm_framer_pull(&receiver, &stream, message.len, &frame) == TSPDM_OK);
	CHECK(stream.len == 0 && frame.event == TSPDM_FRAME_MESSAGE && frame.kind == kind);
	CHECK(frame.body.len >= message.len && frame.body.len - message.len < 4);
	CHECK(memcmp(frame.body.ptr, message.ptr, message.len) == 0);
	free(out.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control c;
	struct tspdm_view stream;

	if (size < CONTROL_LEN)
		return 0;
	c = read_control(data);
	stream = (struct tspdm_view){ data + CONTROL_LEN, size - CONTROL_LEN };
	CHECK(walk(&c, stream, SIZE_MAX) == walk(&c, stream, c.piece));
	wrap_and_pull(&c, TSPDM_KIND_PLAIN, stream);
	wrap_and_pull(&c, TSPDM_KIND_SECURED, stream);
	return 0;
}
