/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * PCIe data objects (PCIe 6.x "Data Object Exchange"): the object around a message, and DOE Discovery at both ends. */
#include "framing.h"

#include "base/cursor.h"

enum {
	VENDOR_PCI_SIG = 0x0001,
	VENDOR_NONE = 0xFFFF, /* answers an index that is not there */
	DISCOVERY = 0x00,
	CMA_SPDM = 0x01,
	CMA_SECURED = 0x02,
	ENTRIES = 3, /* the object types above; index and type are the same number */
	DWORD = 4,
	MAX_DWORDS = 1 << 18,
	HEADER_DWORDS = TSPDM_DOE_HEADER / DWORD,
};

/* Length: bits 17:0 count DWORDs, the header's two as well; 0 stands for 2^18. */
static void write_header(uint8_t type, size_t body_dwords, struct tspdm_buffer *out)
{
	write_u16(out, VENDOR_PCI_SIG);
	write_u8(out, type);
	write_u8(out, 0);
	write_u32(out, (uint32_t)(HEADER_DWORDS + body_dwords) % MAX_DWORDS);
}

static void write_object(enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	size_t padding = (DWORD - message.len % DWORD) % DWORD;

	write_header(kind == TSPDM_KIND_SECURED ? CMA_SECURED : CMA_SPDM, (message.len + padding) / DWORD, out);
	write_view(out, message);
	write_zeros(out, padding);
}

void tspdm_doe_write_discovery(uint8_t index, struct tspdm_buffer *out)
{
	write_header(DISCOVERY, 1, out);
	write_u8(out, index);
	write_u24(out, 0); /* Version of DOE 1.0, reserved */
}

/* A request: Index, Version, reserved. Answered with vendor, type, and the next index or 0. */
static enum tspdm_status answer_discovery(uint8_t index, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	bool is_there = index < ENTRIES;

	write_header(DISCOVERY, 1, reply);
	write_u16(reply, is_there ? VENDOR_PCI_SIG : VENDOR_NONE);
	write_u8(reply, is_there ? index : 0);
	write_u8(reply, is_there ? (uint8_t)((index + 1) % ENTRIES) : 0);
	frame->event = TSPDM_FRAME_REPLY;
	return TSPDM_OK;
}

/* A response. The index has to grow, so that the walk ends after at most 255 entries. */
static enum tspdm_status take_discovery(struct tspdm_framer *framer, struct reader *r, struct tspdm_frame *frame)
{
	uint16_t vendor = read_u16(r);
	uint8_t type = read_u8(r);
	uint8_t next = read_u8(r);

	if (framer->state != TSPDM_OPENING_DISCOVERY_SENT || (next != 0 && next <= framer->index))
		return TSPDM_ERR_FRAME;
	if (vendor == VENDOR_PCI_SIG && type == CMA_SPDM)
		framer->found = 1;
	framer->state = next == 0 ? TSPDM_OPENING_DONE : TSPDM_OPENING_DISCOVER;
	framer->index = next;
	frame->event = TSPDM_FRAME_HELLO;
	return TSPDM_OK;
}

static enum tspdm_status read_discovery(
	struct tspdm_framer *framer, struct reader *r, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	if (r->left != DWORD)
		return TSPDM_ERR_FRAME;
	if (framer->is_listener)
		return answer_discovery(read_u8(r), frame, reply);
	return take_discovery(framer, r, frame);
}

/* Some write an object without its padding where the carrier tells its size anyway. Nothing depends on the padding: only a
 * reader of the message knows where that ends. */
static bool is_whole(size_t dwords, size_t len, bool is_strict)
{
	return is_strict ? len == dwords * DWORD : len <= dwords * DWORD && dwords * DWORD - len < DWORD;
}

/* Reserved bits are not judged: DOE 1.1 has given some of them a meaning. The body keeps its padding, because only a
 * reader of the message knows where that ends. */
static enum tspdm_status read_object(
	struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	struct reader r = reader_of(payload);
	uint16_t vendor = read_u16(&r);
	uint8_t type = read_u8(&r);
	uint8_t reserved = read_u8(&r);
	size_t dwords = read_u32(&r) % MAX_DWORDS;

	(void)reserved;
	if (r.failed || r.left == 0 || vendor != VENDOR_PCI_SIG)
		return TSPDM_ERR_FRAME;
	if (!is_whole(dwords != 0 ? dwords : MAX_DWORDS, payload.len, framer->is_strict))
		return TSPDM_ERR_FRAME;
	if (type == DISCOVERY)
		return read_discovery(framer, &r, frame, reply);
	if (type != CMA_SPDM && type != CMA_SECURED)
		return TSPDM_ERR_FRAME;
	frame->event = TSPDM_FRAME_MESSAGE;
	frame->kind = type == CMA_SECURED ? TSPDM_KIND_SECURED : TSPDM_KIND_PLAIN;
	frame->body = read_view(&r, r.left);
	return TSPDM_OK;
}

const struct tspdm_envelope tspdm_envelope_doe = {
	.binding = &tspdm_stream_doe,
	.head_len = TSPDM_DOE_HEADER,
	.has_discovery = true,
	.has_secured = true,
	.max_body = TSPDM_DOE_MAX_BODY,
	.write = write_object,
	.read = read_object,
};
