/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Cursors: the one place where bounds of a message are checked. A reader fails once and stays failed, so that a codec
 * reads like the table in the standard and checks at its end. A writer counts on past its end, so that one code path
 * both measures and writes. Integers are little-endian (DSP0274 "Byte ordering"). */
#ifndef TSPDM_BASE_CURSOR_H
#define TSPDM_BASE_CURSOR_H

#include <string.h>

#include <tspdm/status.h>
#include <tspdm/types.h>

struct reader {
	const uint8_t *next;
	size_t left;
	bool failed;
};

static inline struct reader reader_of(struct tspdm_view view)
{
	struct reader r = { .next = view.ptr, .left = view.len };

	return r;
}

/* The bounds check of every parser. NULL after a failure. */
static inline const uint8_t *read_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = r->next;

	if (r->failed || n > r->left) {
		r->next = NULL;
		r->left = 0;
		r->failed = true;
		return NULL;
	}
	if (n != 0)
		r->next += n;
	r->left -= n;
	return p;
}

static inline uint8_t read_u8(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t read_u16(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 2);

	return (uint16_t)(p != NULL ? p[0] | p[1] << 8 : 0);
}

static inline uint32_t read_u24(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 3);

	return p != NULL ? p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 : 0;
}

static inline uint32_t read_u32(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 4);

	return p != NULL ? p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static inline uint64_t read_u64(struct reader *r)
{
	uint64_t low = read_u32(r);

	return low | (uint64_t)read_u32(r) << 32;
}

/* An empty view after a failure, and for n == 0. */
static inline struct tspdm_view read_view(struct reader *r, size_t n)
{
	struct tspdm_view view = { read_bytes(r, n), 0 };

	if (view.ptr != NULL)
		view.len = n;
	return view;
}

/* A reader that cannot leave the next n bytes; failed if they are not there. */
static inline struct reader read_sub(struct reader *r, size_t n)
{
	struct reader sub = { .next = read_bytes(r, n), .left = n };

	if (r->failed)
		sub = (struct reader){ .failed = true };
	return sub;
}

/* How a codec ends that takes the transport's padding: *used is what it read. */
static inline enum tspdm_status read_finish(const struct reader *r, struct tspdm_view message, size_t *used)
{
	*used = r->failed ? 0 : message.len - r->left;
	return r->failed ? TSPDM_ERR_TRUNCATED : TSPDM_OK;
}

/* How a codec ends that fills its field exactly. */
static inline enum tspdm_status read_end(const struct reader *r)
{
	if (r->failed)
		return TSPDM_ERR_TRUNCATED;
	return r->left != 0 ? TSPDM_ERR_TRAILING : TSPDM_OK;
}

/* NULL where the room does not suffice, and for n == 0; the length counts on. */
static inline uint8_t *write_space(struct tspdm_buffer *w, size_t n)
{
	size_t at = w->len;

	w->len = n > SIZE_MAX - at ? SIZE_MAX : at + n;
	return n != 0 && w->len <= w->cap ? w->ptr + at : NULL;
}

static inline void write_u8(struct tspdm_buffer *w, uint8_t v)
{
	uint8_t *p = write_space(w, 1);

	if (p != NULL)
		p[0] = v;
}

static inline void write_u16(struct tspdm_buffer *w, uint16_t v)
{
	write_u8(w, (uint8_t)v);
	write_u8(w, (uint8_t)(v >> 8));
}

static inline void write_u24(struct tspdm_buffer *w, uint32_t v)
{
	write_u16(w, (uint16_t)v);
	write_u8(w, (uint8_t)(v >> 16));
}

static inline void write_u32(struct tspdm_buffer *w, uint32_t v)
{
	write_u16(w, (uint16_t)v);
	write_u16(w, (uint16_t)(v >> 16));
}

static inline void write_view(struct tspdm_buffer *w, struct tspdm_view v)
{
	uint8_t *p = write_space(w, v.len);

	if (p != NULL)
		memmove(p, v.ptr, v.len); /* the bytes may stand in their place already */
}

static inline void write_zeros(struct tspdm_buffer *w, size_t n)
{
	uint8_t *p = write_space(w, n);

	if (p != NULL)
		memset(p, 0, n);
}

/* Fills two bytes that were written before, for a length that stands in front of its data. */
static inline void write_fill16(struct tspdm_buffer *w, size_t at, uint16_t v)
{
	if (at > w->cap || w->cap - at < 2)
		return;
	w->ptr[at] = (uint8_t)v;
	w->ptr[at + 1] = (uint8_t)(v >> 8);
}

static inline enum tspdm_status write_end(const struct tspdm_buffer *w)
{
	return w->len <= w->cap ? TSPDM_OK : TSPDM_ERR_BUFFER;
}

#endif
