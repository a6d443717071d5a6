/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The emulator's socket: each packet has a big-endian header of Command, TransportType and PayloadSize; NORMAL carries
 * a message in its binding's envelope. Not a standard but what programs that test SPDM speak, QEMU's devices among them
 * (which connect without TEST). The obsolete header without TransportType is not spoken. */
#include "framing.h"

#include "base/cursor.h"

enum {
	COMMAND_NORMAL = 0x0001,
	COMMAND_ROLE_INQUIRY = 0x01BF, /* no command: the bare Role-Inquiry of DSP0287, read as one */
	COMMAND_CONTINUE = 0xFFFD,
	COMMAND_SHUTDOWN = 0xFFFE,
	COMMAND_UNKNOWN = 0xFFFF,
	COMMAND_TEST = 0xDEAD,
	HELLO_LEN = 14,
};

static const uint8_t client_hello[HELLO_LEN] = "Client Hello!";
static const uint8_t server_hello[HELLO_LEN] = "Server Hello!";

struct packet {
	uint32_t command, transport_type, size;
};

static uint32_t read_be32(struct reader *r)
{
	uint32_t v = read_u32(r);

	return v >> 24 | (v >> 8 & 0xFF00U) | (v << 8 & 0xFF0000U) | v << 24;
}

static void write_be32(struct tspdm_buffer *out, uint32_t v)
{
	write_u8(out, (uint8_t)(v >> 24));
	write_u8(out, (uint8_t)(v >> 16));
	write_u8(out, (uint8_t)(v >> 8));
	write_u8(out, (uint8_t)v);
}

static void write_header(const struct tspdm_framer *framer, uint32_t command, size_t size, struct tspdm_buffer *out)
{
	write_be32(out, command);
	write_be32(out, framer->framing->transport_type);
	write_be32(out, (uint32_t)size);
}

static void write_packet(
	const struct tspdm_framer *framer, uint32_t command, struct tspdm_view payload, struct tspdm_buffer *out)
{
	write_header(framer, command, payload.len, out);
	write_view(out, payload);
}

static void write_hello(const struct tspdm_framer *framer, const uint8_t *hello, struct tspdm_buffer *out)
{
	write_packet(framer, COMMAND_TEST, (struct tspdm_view){ hello, HELLO_LEN }, out);
}

/* A reply in the frame's own room, around what the envelope may have put there already. */
static void set_reply(
	const struct tspdm_framer *framer, uint32_t command, size_t payload_len, struct tspdm_frame *frame)
{
	struct tspdm_buffer head = { .ptr = frame->room, .cap = sizeof frame->room };

	write_header(framer, command, payload_len, &head);
	frame->body = (struct tspdm_view){ frame->room, TSPDM_EMULATOR_HEADER + payload_len };
}

/* ---- One function for each command. The payload is there in full. ---- */

static enum tspdm_status take_normal(struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame)
{
	struct tspdm_buffer reply = { .ptr = frame->room + TSPDM_EMULATOR_HEADER,
		.cap = sizeof frame->room - TSPDM_EMULATOR_HEADER };
	enum tspdm_status status = framer->framing->envelope->read(framer, payload, frame, &reply);

	if (reply.len != 0)
		set_reply(framer, COMMAND_NORMAL, reply.len, frame);
	return status;
}

static enum tspdm_status take_test(struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame)
{
	const uint8_t *expected = framer->is_listener ? client_hello : server_hello;

	if (payload.len != HELLO_LEN || memcmp(payload.ptr, expected, HELLO_LEN) != 0)
		return TSPDM_ERR_FRAME;
	if (framer->is_listener) {
		struct tspdm_buffer out = { .ptr = frame->room, .cap = sizeof frame->room };

		write_hello(framer, server_hello, &out);
		frame->event = TSPDM_FRAME_REPLY;
		frame->body = tspdm_buffer_view(&out);
		return TSPDM_OK;
	}
	if (framer->state != TSPDM_OPENING_HELLO_SENT)
		return TSPDM_ERR_FRAME;
	framer->state = framer->framing->envelope->has_discovery ? TSPDM_OPENING_DISCOVER : TSPDM_OPENING_DONE;
	frame->event = TSPDM_FRAME_HELLO;
	return TSPDM_OK;
}

/* SHUTDOWN, CONTINUE: the listener repeats the command; to the connecting end it is that answer. */
static enum tspdm_status take_end(
	struct tspdm_framer *framer, uint32_t command, struct tspdm_view payload, struct tspdm_frame *frame)
{
	if (payload.len != 0)
		return TSPDM_ERR_FRAME;
	frame->event = TSPDM_FRAME_SHUTDOWN;
	if (framer->is_listener)
		set_reply(framer, command, 0, frame);
	return TSPDM_OK;
}

static enum tspdm_status take_other(struct tspdm_framer *framer, struct tspdm_frame *frame)
{
	if (!framer->is_listener)
		return TSPDM_ERR_FRAME;
	frame->event = TSPDM_FRAME_REPLY;
	set_reply(framer, COMMAND_UNKNOWN, 0, frame);
	return TSPDM_OK;
}

static enum tspdm_status take_packet(
	struct tspdm_framer *framer, uint32_t command, struct tspdm_view payload, struct tspdm_frame *frame)
{
	switch (command) {
	case COMMAND_NORMAL:
		return take_normal(framer, payload, frame);
	case COMMAND_TEST:
		return take_test(framer, payload, frame);
	case COMMAND_CONTINUE:
	case COMMAND_SHUTDOWN:
		return take_end(framer, command, payload, frame);
	case COMMAND_UNKNOWN:
		frame->event = TSPDM_FRAME_REFUSED;
		return TSPDM_OK;
	default:
		return take_other(framer, frame);
	}
}

/* ---- Pull ---- */

/* A responder program that connects to a listening requester says so with the four bytes of DSP0287 and no header. */
static enum tspdm_status take_role_inquiry(
	const struct tspdm_framer *framer, struct tspdm_view *stream, struct tspdm_frame *frame)
{
	struct tspdm_buffer reply = { .ptr = frame->room, .cap = sizeof frame->room };

	frame->event = TSPDM_FRAME_HELLO;
	if (framer->is_listener) {
		frame->event = TSPDM_FRAME_REPLY;
		tspdm_dsp0287_write_control(TSPDM_DSP0287_NO_REQUESTER, &reply);
		frame->body = tspdm_buffer_view(&reply);
	}
	tspdm_stream_advance(stream, TSPDM_DSP0287_HEADER);
	return TSPDM_OK;
}

static const struct tspdm_framing *framing_of_type(uint32_t transport_type)
{
	static const struct tspdm_framing *const known[] = { &tspdm_framing_emu_none, &tspdm_framing_emu_mctp,
		&tspdm_framing_emu_doe, &tspdm_framing_emu_tcp };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i]->transport_type == transport_type)
			return known[i];
	return NULL;
}

/* Where the framing is "any", the first packet decides; a later packet of another type ends the dialogue. */
static bool settle_type(struct tspdm_framer *framer, uint32_t transport_type)
{
	const struct tspdm_framing *framing = framing_of_type(transport_type);

	if (framing == NULL)
		return false;
	if (framer->framing->envelope == NULL)
		framer->framing = framing;
	return framer->framing == framing;
}

static bool size_is_allowed(const struct tspdm_framer *framer, const struct packet *p, size_t max)
{
	const struct tspdm_envelope *envelope = framer->framing->envelope;

	if (p->command == COMMAND_TEST)
		return p->size <= HELLO_LEN;
	if (p->size <= envelope->head_len)
		return true;
	return tspdm_body_fits(p->size - envelope->head_len, max, envelope->binding->alignment);
}

static enum tspdm_status refuse_large(
	const struct tspdm_framer *framer, const struct packet *p, struct tspdm_frame *frame)
{
	struct tspdm_buffer reply = { .ptr = frame->room + TSPDM_EMULATOR_HEADER,
		.cap = sizeof frame->room - TSPDM_EMULATOR_HEADER };

	if (p->command == COMMAND_TEST)
		return TSPDM_ERR_FRAME;
	if (framer->framing->envelope->write_too_large != NULL) {
		framer->framing->envelope->write_too_large(&reply);
		set_reply(framer, COMMAND_NORMAL, reply.len, frame);
	}
	return TSPDM_ERR_TOO_LARGE;
}

static enum tspdm_status pull(
	struct tspdm_framer *framer, struct tspdm_view *stream, size_t max, struct tspdm_frame *frame)
{
	struct reader r = reader_of(*stream);
	struct packet p = { .command = read_be32(&r) };
	enum tspdm_status status = TSPDM_OK;

	if (!r.failed && p.command == COMMAND_ROLE_INQUIRY)
		return take_role_inquiry(framer, stream, frame);
	p.transport_type = read_be32(&r);
	p.size = read_be32(&r);
	if (r.failed)
		return TSPDM_AGAIN;
	if (!settle_type(framer, p.transport_type))
		return TSPDM_ERR_FRAME;
	if (!size_is_allowed(framer, &p, max))
		return refuse_large(framer, &p, frame);
	if (r.left < p.size)
		return TSPDM_AGAIN;
	status = take_packet(framer, p.command, read_view(&r, p.size), frame);
	if (status == TSPDM_OK)
		tspdm_stream_advance(stream, TSPDM_EMULATOR_HEADER + (size_t)p.size);
	return status;
}

/* ---- What we send ---- */

/* The next packet of the opening; the state moves only when it fitted. */
static enum tspdm_status send_opening(
	struct tspdm_framer *framer, const struct tspdm_buffer *out, enum tspdm_opening next)
{
	TSPDM_TRY(write_end(out));
	framer->state = (uint8_t)next;
	return TSPDM_AGAIN;
}

static enum tspdm_status open_emulator(struct tspdm_framer *framer, struct tspdm_buffer *out)
{
	switch ((enum tspdm_opening)framer->state) {
	case TSPDM_OPENING_START:
		if (framer->framing->envelope == NULL)
			return TSPDM_ERR_STATE;
		write_hello(framer, client_hello, out);
		return send_opening(framer, out, TSPDM_OPENING_HELLO_SENT);
	case TSPDM_OPENING_DISCOVER:
		write_header(framer, COMMAND_NORMAL, TSPDM_DOE_HEADER + 4, out);
		tspdm_doe_write_discovery(framer->index, out);
		return send_opening(framer, out, TSPDM_OPENING_DISCOVERY_SENT);
	case TSPDM_OPENING_HELLO_SENT:
	case TSPDM_OPENING_DISCOVERY_SENT:
		return TSPDM_AGAIN;
	case TSPDM_OPENING_DONE:
		break;
	}
	return framer->framing->envelope->has_discovery && framer->found == 0 ? TSPDM_ERR_UNSUPPORTED : TSPDM_OK;
}

static enum tspdm_status close_emulator(struct tspdm_framer *framer, struct tspdm_buffer *out)
{
	if (framer->framing->envelope == NULL)
		return TSPDM_OK;
	write_header(framer, COMMAND_SHUTDOWN, 0, out);
	return write_end(out);
}

static enum tspdm_status wrap(
	struct tspdm_framer *framer, enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	const struct tspdm_envelope *envelope = framer->framing->envelope;
	size_t padding = (size_t)(envelope->binding->alignment - 1) & (0 - message.len);

	write_header(framer, COMMAND_NORMAL, envelope->head_len + message.len + padding, out);
	envelope->write(kind, message, out);
	return write_end(out);
}

/* clang-format off */
#define EMULATOR .open = open_emulator, .close = close_emulator, .pull = pull, .wrap = wrap
const struct tspdm_framing tspdm_framing_emu_none =
	{ .name = "emu+none", .transport_type = 0, .envelope = &tspdm_envelope_none, EMULATOR };
const struct tspdm_framing tspdm_framing_emu_mctp =
	{ .name = "emu+mctp", .transport_type = 1, .envelope = &tspdm_envelope_mctp, EMULATOR };
const struct tspdm_framing tspdm_framing_emu_doe =
	{ .name = "emu+doe", .transport_type = 2, .envelope = &tspdm_envelope_doe, EMULATOR };
const struct tspdm_framing tspdm_framing_emu_tcp =
	{ .name = "emu+tcp", .transport_type = 3, .envelope = &tspdm_envelope_tcp, EMULATOR };
const struct tspdm_framing tspdm_framing_emu_any =
	{ .name = "emu", EMULATOR };
/* clang-format on */
