/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * CBOR (RFC 8949), read item by item, which allocates nothing, so that no length in it can make us; and written in the
 * shortest form. */
#ifndef TSPDM_CBOR_ITEMS_H
#define TSPDM_CBOR_ITEMS_H

#include <stdbool.h>

#include <tspdm/types.h>

enum { CBOR_HEAD_MAX = 9 };

enum cbor_kind {
	ITEM_OTHER, /* one without content: a negative or floating point number, a simple value */
	ITEM_NUMBER,
	ITEM_BYTES,
	ITEM_TEXT,
	ITEM_ARRAY,
	ITEM_MAP,
	ITEM_TAG,
	ITEM_INDEFINITE, /* the beginning or the end of something whose length is not told: nothing of ours has it */
};

/* One item's head, and a string's bytes. */
struct cbor_item {
	enum cbor_kind kind;
	uint64_t number; /* value, count, tag */
	struct tspdm_view bytes;
	size_t head_len;
};

/* Takes the next item off `in`. A count is refused that the bytes left cannot hold, at one byte an item. */
bool tspdm_cbor_next(struct tspdm_view *in, struct cbor_item *out);
bool tspdm_cbor_next_is(struct tspdm_view *in, enum cbor_kind kind, struct cbor_item *out);
/* Passes over an item with all that is in it. */
bool tspdm_cbor_skip(struct tspdm_view *in);
/* Whether its head is as short as it can be. */
bool tspdm_cbor_is_shortest(const struct cbor_item *item);

/* Write an item's head; a whole string. */
void tspdm_cbor_write(struct tspdm_buffer *out, enum cbor_kind kind, uint64_t number);
void tspdm_cbor_write_string(struct tspdm_buffer *out, enum cbor_kind kind, struct tspdm_view bytes);

#endif
