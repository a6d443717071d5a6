/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A reader of recorded traffic, just large enough for the captures at hand. */
#include "capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/transport.h>

#include "base/cursor.h"

enum { LINK_ETHERNET = 1, LINK_MCTP = 291, LINK_DOE = 292, MCTP_SPDM = 5, DOE_CMA_SPDM = 1 };

/* One direction of the TCP stream. */
struct stream {
	uint8_t bytes[1 << 20];
	size_t len;
	struct tspdm_framer framer;
};

struct walk {
	capture_visit *visit;
	void *context;
	unsigned count;
	struct stream *streams; /* 0: to the listener, 1: from it */
};

static void give(struct walk *w, struct tspdm_view message)
{
	assert_true(message.len >= 4);
	w->visit(w->context, message.ptr[1] >= 0x80, message);
	w->count++;
}

static void take_mctp(struct walk *w, struct tspdm_view packet)
{
	struct reader r = reader_of(packet);

	read_u32(&r);
	if (read_u8(&r) == MCTP_SPDM)
		give(w, read_view(&r, r.left));
}

static void take_doe(struct walk *w, struct tspdm_view packet)
{
	struct reader r = reader_of(packet);
	uint8_t type;

	read_u16(&r);
	type = read_u8(&r);
	read_u8(&r);
	assert_int_equal(read_u32(&r) & 0x3FFFF, packet.len / 4);
	if (type == DOE_CMA_SPDM)
		give(w, read_view(&r, r.left));
}

/* The TransportType of a stream's first packet tells its binding. */
static bool choose_framing(struct stream *s, bool is_listener)
{
	static const struct tspdm_framing *const framings[] = { &tspdm_framing_emu_none, &tspdm_framing_emu_mctp,
		&tspdm_framing_emu_doe, &tspdm_framing_emu_tcp };

	uint8_t room[TSPDM_FRAME_OVERHEAD];
	struct tspdm_buffer hello = { room, sizeof room, 0 };

	if (s->framer.framing != NULL)
		return true;
	if (s->len < 8)
		return false;
	assert_true(s->bytes[7] < sizeof framings / sizeof framings[0]);
	tspdm_framer_init(&s->framer, framings[s->bytes[7]], is_listener);
	if (!is_listener) /* as if the hello that is answered here had been ours */
		assert_int_equal(tspdm_framer_open(&s->framer, &hello), TSPDM_AGAIN);
	return true;
}

/* Frames as they become whole; hellos and records are not for us. */
static void drain(struct walk *w, struct stream *s)
{
	for (;;) {
		struct tspdm_view rest = { s->bytes, s->len };
		struct tspdm_frame frame;

		if (tspdm_framer_pull(&s->framer, &rest, sizeof s->bytes, &frame) != TSPDM_OK)
			return;
		if (frame.event == TSPDM_FRAME_MESSAGE && frame.kind == TSPDM_KIND_PLAIN)
			give(w, frame.body);
		memmove(s->bytes, rest.ptr, rest.len);
		s->len = rest.len;
	}
}

static void take_ethernet(struct walk *w, struct tspdm_view packet)
{
	struct reader r = reader_of(packet);
	size_t ip_header, ip_len, tcp_header;
	unsigned from, to;
	struct stream *s;

	read_bytes(&r, 14);
	ip_header = 4U * (read_u8(&r) & 15U);
	read_u8(&r);
	ip_len = read_u8(&r) * 256U;
	ip_len += read_u8(&r);
	read_bytes(&r, ip_header - 4);
	from = read_u8(&r) * 256U;
	from += read_u8(&r);
	to = read_u8(&r) * 256U;
	to += read_u8(&r);
	read_bytes(&r, 8);
	tcp_header = 4U * (read_u8(&r) >> 4);
	read_bytes(&r, tcp_header - 13);
	assert_false(r.failed);
	s = &w->streams[to < from ? 0 : 1]; /* the listener has the lower port */
	ip_len -= ip_header + tcp_header;   /* Ethernet pads short packets */
	assert_true(ip_len <= r.left && ip_len <= sizeof s->bytes - s->len);
	memcpy(s->bytes + s->len, r.next, ip_len);
	s->len += ip_len;
	if (choose_framing(s, to < from))
		drain(w, s);
}

static struct tspdm_view read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	long len;
	uint8_t *bytes;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = ftell(file);
	assert_true(len > 24);
	rewind(file);
	bytes = malloc((size_t)len);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)len, file), (size_t)len);
	fclose(file);
	return (struct tspdm_view){ bytes, (size_t)len };
}

static void take(struct walk *w, uint32_t link, struct tspdm_view packet)
{
	if (link == LINK_ETHERNET)
		take_ethernet(w, packet);
	else if (link == LINK_MCTP)
		take_mctp(w, packet);
	else if (link == LINK_DOE)
		take_doe(w, packet);
	else
		fail_msg("link type %u", link);
}

unsigned capture_walk(const char *path, capture_visit *visit, void *context)
{
	struct walk w = { visit, context, 0, NULL };
	struct tspdm_view file = read_file(path);
	struct reader r = reader_of(file);
	uint32_t link;

	assert_int_equal(read_u32(&r), 0xA1B2C3D4);
	read_bytes(&r, 16);
	link = read_u32(&r) & 0xFFFF;
	w.streams = calloc(2, sizeof *w.streams);
	assert_non_null(w.streams);
	while (r.left != 0) {
		uint32_t captured;

		read_bytes(&r, 8);
		captured = read_u32(&r);
		assert_int_equal(captured, read_u32(&r)); /* nothing was cut off */
		take(&w, link, read_view(&r, captured));
		assert_false(r.failed);
	}
	free(w.streams);
	free((void *)(uintptr_t)file.ptr);
	return w.count;
}
