/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The envelopes that hardly are any: MCTP's message type byte (DSP0275, DSP0276), and bare messages. */
#include "framing.h"

#include "base/cursor.h"

enum {
	MCTP_SPDM = 0x05,
	MCTP_SECURED = 0x06,
};

static void write_mctp(enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	write_u8(out, kind == TSPDM_KIND_SECURED ? MCTP_SECURED : MCTP_SPDM);
	write_view(out, message);
}

/* The top bit is IC, the integrity check; DSP0275 "SPDM over MCTP": it is 0, so a byte with it set is another type. */
static enum tspdm_status read_mctp(
	struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	struct reader r = reader_of(payload);
	uint8_t type = read_u8(&r);

	(void)framer;
	(void)reply;
	if (r.left == 0 || (type != MCTP_SPDM && type != MCTP_SECURED))
		return TSPDM_ERR_FRAME;
	frame->event = TSPDM_FRAME_MESSAGE;
	frame->kind = type == MCTP_SECURED ? TSPDM_KIND_SECURED : TSPDM_KIND_PLAIN;
	frame->body = read_view(&r, r.left);
	return TSPDM_OK;
}

const struct tspdm_envelope tspdm_envelope_mctp = {
	.binding = &tspdm_stream_mctp,
	.head_len = 1,
	.has_secured = true,
	.max_body = UINT32_MAX - 1,
	.write = write_mctp,
	.read = read_mctp,
};

static void write_bare(enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	(void)kind;
	write_view(out, message);
}

static enum tspdm_status read_bare(
	struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	(void)framer;
	(void)reply;
	if (payload.len == 0)
		return TSPDM_ERR_FRAME;
	frame->event = TSPDM_FRAME_MESSAGE;
	frame->kind = TSPDM_KIND_PLAIN;
	frame->body = payload;
	return TSPDM_OK;
}

const struct tspdm_envelope tspdm_envelope_none = {
	.binding = &tspdm_stream_none,
	.max_body = UINT32_MAX,
	.write = write_bare,
	.read = read_bare,
};
