/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TCP connections of a capture: IPv4 packets put into order, each direction a stream of frames. What is missing is told,
 * and the next segment is taken as the beginning of a frame. */
#include <stdlib.h>
#include <string.h>

#include "dump.h"

enum {
	IP_TCP = 6,
	SPDM_PORT = 4194,
	EMULATOR_PORT = 2323,
	FLAG_FIN = 1,
	FLAG_SYN = 2,
	FLAG_RST = 4,
	FLAG_ACK = 16,
	WAITING_MAX = 64,
	STREAM_MAX = 1 << 22,
};

/* A segment that came too early. */
struct waiting {
	uint32_t sequence;
	size_t len;
	uint8_t *bytes;
};

struct stream {
	bool is_begun;
	bool is_lost; /* no frames were found: until the next segment */
	uint32_t next;
	size_t len, cap;
	uint8_t *bytes; /* not taken yet */
	unsigned waiting_count;
	struct waiting waiting[WAITING_MAX];
};

struct connection {
	uint8_t address[2][4]; /* of the client, of the listener */
	uint16_t port[2];
	bool is_framing_known, is_emulator;
	struct flow *flow;
	struct stream streams[2]; /* from the client, from the listener */
};

struct tcp {
	struct material *material;
	unsigned count, made;
	struct connection *all[FLOWS_MAX];
};

/* One segment, in the words of its headers. */
struct segment {
	const uint8_t *address[2]; /* from, to */
	uint16_t port[2];
	uint32_t sequence;
	uint8_t flags;
	struct tspdm_view data;
};

static uint16_t big16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t big32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct tcp *tcp_new(struct material *m)
{
	struct tcp *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->material = m;
	return t;
}

static void free_connection(struct connection *c)
{
	for (size_t i = 0; i < 2; i++) {
		for (unsigned k = 0; k < c->streams[i].waiting_count; k++)
			free(c->streams[i].waiting[k].bytes);
		free(c->streams[i].bytes);
	}
	flow_free(c->flow);
	free(c);
}

void tcp_free(struct tcp *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->count; i++)
		free_connection(t->all[i]);
	free(t);
}

/* IPv4 with TCP in it; false: something else, or cut off. */
static bool parse(struct tspdm_view ip, struct segment *s)
{
	size_t head, len, tcp_head;

	if (ip.len < 20 || ip.ptr[0] >> 4 != 4 || ip.ptr[9] != IP_TCP)
		return false;
	head = 4U * (ip.ptr[0] & 15U);
	len = big16(ip.ptr + 2);
	if (head < 20 || len > ip.len || len < head + 20) /* Ethernet pads short packets */
		return false;
	tcp_head = 4U * (ip.ptr[head + 12] >> 4);
	if (tcp_head < 20 || tcp_head > len - head)
		return false;
	s->address[0] = ip.ptr + 12;
	s->address[1] = ip.ptr + 16;
	s->port[0] = big16(ip.ptr + head);
	s->port[1] = big16(ip.ptr + head + 2);
	s->sequence = big32(ip.ptr + head + 4);
	s->flags = ip.ptr[head + 13];
	s->data = (struct tspdm_view){ ip.ptr + head + tcp_head, len - head - tcp_head };
	return true;
}

/* ---- Connections ---- */

static bool is_end(const struct connection *c, unsigned end, const uint8_t *address, uint16_t port)
{
	return c->port[end] == port && memcmp(c->address[end], address, 4) == 0;
}

static struct connection *find(struct tcp *t, const struct segment *s, unsigned *from)
{
	for (unsigned i = t->count; i-- > 0;)
		for (unsigned end = 0; end < 2; end++)
			if (is_end(t->all[i], end, s->address[0], s->port[0]) &&
				is_end(t->all[i], 1 - end, s->address[1], s->port[1])) {
				*from = end;
				return t->all[i];
			}
	return NULL;
}

/* Who opened it, else who has the port that is known, else the lower one. */
static unsigned listening_end(const struct segment *s)
{
	if ((s->flags & FLAG_SYN) != 0)
		return (s->flags & FLAG_ACK) != 0 ? 0 : 1;
	for (unsigned end = 0; end < 2; end++)
		if (s->port[end] == SPDM_PORT || s->port[end] == EMULATOR_PORT)
			return end;
	return s->port[0] < s->port[1] ? 0 : 1;
}

static struct connection *add(struct tcp *t, const struct segment *s, unsigned *from)
{
	unsigned listener = listening_end(s);
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->flow = flow_new(t->material, t->made);
	if (c->flow == NULL) {
		free(c);
		return NULL;
	}
	for (unsigned end = 0; end < 2; end++) {
		unsigned place = end == listener ? 1 : 0;

		memcpy(c->address[place], s->address[end], 4);
		c->port[place] = s->port[end];
	}
	if (t->count == FLOWS_MAX) { /* the oldest one goes */
		free_connection(t->all[0]);
		t->count--;
		for (unsigned i = 0; i < t->count; i++)
			t->all[i] = t->all[i + 1];
	}
	t->all[t->count++] = c;
	t->made++;
	*from = listener == 0 ? 1 : 0;
	return c;
}

/* ---- Streams ---- */

/* DSP0287 has a version where the emulator's command has a zero, or (role inquiry) nothing behind it. */
static bool choose_framing(struct connection *c, const struct stream *s)
{
	if (c->is_framing_known)
		return true;
	if (s->len < 4)
		return false;
	c->is_emulator = s->bytes[0] == 0 && s->bytes[1] == 0 && (s->bytes[2] != 1 || s->len > 4);
	c->is_framing_known = s->len > 4 || c->is_emulator;
	return c->is_framing_known;
}

static void drop(struct stream *s, size_t n)
{
	s->len -= n;
	memmove(s->bytes, s->bytes + n, s->len);
}

static void drain(struct tcp *t, struct connection *c, unsigned from)
{
	struct stream *s = &c->streams[from];
	size_t taken;

	if (s->is_lost || !choose_framing(c, s))
		return;
	taken = frames_take(t->material, c->flow, from == 0, c->is_emulator, (struct tspdm_view){ s->bytes, s->len });
	if (taken != SIZE_MAX) {
		drop(s, taken);
		return;
	}
	report_problem(t->material->report, "%zu bytes of TCP port %u are no frame", s->len, c->port[1]);
	report_lost(t->material->report, s->len);
	s->len = 0;
	s->is_lost = true;
}

static void append(struct tcp *t, struct stream *s, struct tspdm_view data)
{
	if (data.len > s->cap - s->len) {
		size_t cap = 2 * (s->len + data.len);
		uint8_t *larger = cap <= STREAM_MAX ? realloc(s->bytes, cap) : NULL;

		if (larger == NULL) {
			report_problem(t->material->report, "%zu bytes of a TCP stream are no frame", s->len);
			report_lost(t->material->report, s->len + data.len);
			s->len = 0;
			return;
		}
		s->bytes = larger;
		s->cap = cap;
	}
	memcpy(s->bytes + s->len, data.ptr, data.len);
	s->len += data.len;
}

/* What is new of a segment at the place where the stream goes on. */
static void take(struct tcp *t, struct connection *c, unsigned from, uint32_t sequence, struct tspdm_view data)
{
	struct stream *s = &c->streams[from];
	uint32_t behind = s->next - sequence;

	if (behind >= data.len) /* sent again */
		return;
	data.ptr += behind;
	data.len -= behind;
	s->next += (uint32_t)data.len;
	s->is_lost = false;
	append(t, s, data);
	drain(t, c, from);
}

static bool is_early(const struct stream *s, uint32_t sequence)
{
	return (int32_t)(sequence - s->next) > 0;
}

/* The waiting segment that is the next in order. */
static unsigned nearest(const struct stream *s)
{
	unsigned best = 0;

	for (unsigned i = 1; i < s->waiting_count; i++)
		if ((int32_t)(s->waiting[i].sequence - s->waiting[best].sequence) < 0)
			best = i;
	return best;
}

/* Takes what waited as long as it goes on; `is_forced`: over the gap. */
static void take_waiting(struct tcp *t, struct connection *c, unsigned from, bool is_forced)
{
	struct stream *s = &c->streams[from];

	while (s->waiting_count != 0) {
		unsigned i = nearest(s);
		struct waiting w = s->waiting[i];

		if (is_early(s, w.sequence) && !is_forced)
			return;
		if (is_early(s, w.sequence)) {
			report_problem(t->material->report, "%u bytes of the TCP stream are not in the capture",
				(unsigned)(w.sequence - s->next));
			report_lost(t->material->report, s->len);
			s->len = 0;
			s->next = w.sequence;
		}
		s->waiting[i] = s->waiting[--s->waiting_count];
		take(t, c, from, w.sequence, (struct tspdm_view){ w.bytes, w.len });
		free(w.bytes);
	}
}

static void wait_for_gap(struct tcp *t, struct connection *c, unsigned from, const struct segment *segment)
{
	struct stream *s = &c->streams[from];
	struct waiting *w;

	if (s->waiting_count == WAITING_MAX)
		take_waiting(t, c, from, true);
	w = &s->waiting[s->waiting_count];
	w->bytes = malloc(segment->data.len);
	if (w->bytes == NULL)
		return;
	memcpy(w->bytes, segment->data.ptr, segment->data.len);
	w->sequence = segment->sequence;
	w->len = segment->data.len;
	s->waiting_count++;
}

static void take_segment(struct tcp *t, struct connection *c, unsigned from, const struct segment *segment)
{
	struct stream *s = &c->streams[from];
	bool is_syn = (segment->flags & FLAG_SYN) != 0;

	if (is_syn || !s->is_begun) {
		s->is_begun = true;
		s->next = segment->sequence + is_syn;
	}
	if (segment->data.len == 0)
		return;
	if (is_early(s, segment->sequence + is_syn)) {
		wait_for_gap(t, c, from, segment);
		return;
	}
	take(t, c, from, segment->sequence + is_syn, segment->data);
	take_waiting(t, c, from, false);
}

void tcp_packet(struct tcp *t, struct tspdm_view ip)
{
	struct segment s = { 0 };
	struct connection *c;
	unsigned from = 0;

	if (!parse(ip, &s)) {
		report_other(t->material->report, "no TCP");
		return;
	}
	c = find(t, &s, &from);
	if (c != NULL && (s.flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN && c->streams[0].is_begun)
		c = NULL; /* the same ports once more: a new connection */
	if (c == NULL && (s.data.len != 0 || (s.flags & FLAG_SYN) != 0))
		c = add(t, &s, &from);
	if (c != NULL)
		take_segment(t, c, from, &s);
}

void tcp_end(struct tcp *t)
{
	for (unsigned i = 0; i < t->count; i++)
		for (unsigned from = 0; from < 2; from++) {
			struct stream *s = &t->all[i]->streams[from];

			take_waiting(t, t->all[i], from, true);
			if (s->len != 0 && s->len != 4) /* a role inquiry may stand alone */
				report_problem(t->material->report,
					"the TCP stream ends inside a frame, after %zu bytes", s->len);
			if (s->len != 0)
				report_lost(t->material->report, s->len);
		}
}
