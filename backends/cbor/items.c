/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * CBOR (RFC 8949), read and written item by item. */
#include "items.h"

#include <cbor.h>

#include "base/cursor.h"

/* ---- Reading ---- */

static void on_uint8(void *context, uint8_t value)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint16(void *context, uint16_t value)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint32(void *context, uint32_t value)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint64(void *context, uint64_t value)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_bytes(void *context, cbor_data bytes, size_t len)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_BYTES, .bytes = { bytes, len } };
}

static void on_text(void *context, cbor_data bytes, size_t len)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_TEXT, .bytes = { bytes, len } };
}

static void on_array(void *context, size_t count)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_ARRAY, .number = count };
}

static void on_map(void *context, size_t count)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_MAP, .number = count };
}

static void on_tag(void *context, uint64_t tag)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_TAG, .number = tag };
}

static void on_indefinite(void *context)
{
	*(struct cbor_item *)context = (struct cbor_item){ .kind = ITEM_INDEFINITE };
}

static struct cbor_callbacks callbacks(void)
{
	struct cbor_callbacks all = cbor_empty_callbacks;

	all.uint8 = on_uint8;
	all.uint16 = on_uint16;
	all.uint32 = on_uint32;
	all.uint64 = on_uint64;
	all.byte_string = on_bytes;
	all.string = on_text;
	all.array_start = on_array;
	all.map_start = on_map;
	all.tag = on_tag;
	all.byte_string_start = on_indefinite;
	all.string_start = on_indefinite;
	all.indef_array_start = on_indefinite;
	all.indef_map_start = on_indefinite;
	all.indef_break = on_indefinite;
	return all;
}

bool tspdm_cbor_next(struct tspdm_view *in, struct cbor_item *out)
{
	struct cbor_callbacks all = callbacks();
	struct cbor_decoder_result result;

	*out = (struct cbor_item){ .kind = ITEM_OTHER };
	if (in->len == 0)
		return false;
	result = cbor_stream_decode(in->ptr, in->len, &all, out);
	if (result.status != CBOR_DECODER_FINISHED || result.read == 0 || result.read > in->len)
		return false;
	out->head_len = result.read - out->bytes.len;
	in->ptr += result.read;
	in->len -= result.read;
	if (out->kind == ITEM_ARRAY || out->kind == ITEM_MAP)
		return out->number <= in->len;
	return out->kind != ITEM_INDEFINITE;
}

bool tspdm_cbor_next_is(struct tspdm_view *in, enum cbor_kind kind, struct cbor_item *out)
{
	return tspdm_cbor_next(in, out) && out->kind == kind;
}

/* Each turn takes a byte at least; nesting needs no stack, since all that is of interest is how many items are still to
 * come. */
bool tspdm_cbor_skip(struct tspdm_view *in)
{
	struct cbor_item item;

	for (uint64_t pending = 1; pending > 0; pending--) {
		if (pending > in->len || !tspdm_cbor_next(in, &item))
			return false;
		if (item.kind == ITEM_ARRAY)
			pending += item.number;
		else if (item.kind == ITEM_MAP)
			pending += 2 * item.number;
		else if (item.kind == ITEM_TAG)
			pending++;
	}
	return true;
}

/* RFC 8949 "Preferred Serialization": the value, length, count or tag stands in the head. */
static size_t shortest_head(uint64_t value)
{
	if (value < 24)
		return 1;
	return value <= UINT8_MAX ? 2 : value <= UINT16_MAX ? 3 : value <= UINT32_MAX ? 5 : CBOR_HEAD_MAX;
}

bool tspdm_cbor_is_shortest(const struct cbor_item *item)
{
	bool is_string = item->kind == ITEM_BYTES || item->kind == ITEM_TEXT;

	return item->head_len == shortest_head(is_string ? item->bytes.len : item->number);
}

/* ---- Writing ---- */

void tspdm_cbor_write(struct tspdm_buffer *out, enum cbor_kind kind, uint64_t number)
{
	uint8_t head[CBOR_HEAD_MAX];
	size_t len = 0;

	switch (kind) {
	case ITEM_NUMBER:
		len = cbor_encode_uint(number, head, sizeof head);
		break;
	case ITEM_BYTES:
		len = cbor_encode_bytestring_start(number, head, sizeof head);
		break;
	case ITEM_TEXT:
		len = cbor_encode_string_start(number, head, sizeof head);
		break;
	case ITEM_ARRAY:
		len = cbor_encode_array_start(number, head, sizeof head);
		break;
	case ITEM_MAP:
		len = cbor_encode_map_start(number, head, sizeof head);
		break;
	case ITEM_TAG:
		len = cbor_encode_tag(number, head, sizeof head);
		break;
	case ITEM_OTHER:
	case ITEM_INDEFINITE:
		break;
	}
	write_view(out, (struct tspdm_view){ head, len });
}

void tspdm_cbor_write_string(struct tspdm_buffer *out, enum cbor_kind kind, struct tspdm_view bytes)
{
	tspdm_cbor_write(out, kind, bytes.len);
	write_view(out, bytes);
}
