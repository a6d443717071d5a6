/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0287, SPDM over TCP: as a stream's framing, and as an envelope inside the emulator's socket.
 *
 * PayloadLength has two readings. De facto it counts BindingVersion, MessageType and the message; some read the
 * standard as counting the message alone. Where another header tells the true size (the emulator's socket) either is
 * taken. In a stream the wrong choice loses the place for good, so nothing is guessed from how many bytes happen to
 * have arrived. One case is certain: a connection begins with GET_VERSION, which is four bytes long. A PayloadLength of
 * 4 there would be a message of two bytes in the de-facto reading, and no SPDM message is that short; so that peer
 * counts the message alone, and is spoken to in the same way from then on. A strict framer does not do this. The
 * connecting end cannot: a peer of the other reading never understood its GET_VERSION. */
#include "framing.h"

#include "base/cursor.h"

enum {
	BINDING_VERSION = 0x01,
	COUNTED_HEADER = 2, /* BindingVersion and MessageType */
	GET_VERSION_LEN = 4,
};

/* Values of tspdm_framer.state. */
enum reading {
	READING_OPEN,
	READING_DE_FACTO,
	READING_MESSAGE_ONLY,
};

/* Value of tspdm_framer.index, where the listener is the Requester: the peer has said that it is the Responder. */
enum { ROLE_KNOWN = 1 };

struct header {
	uint16_t length;
	uint8_t version, type;
};

static struct header read_header(struct reader *r)
{
	struct header h = { 0 };

	h.length = read_u16(r);
	h.version = read_u8(r);
	h.type = read_u8(r);
	return h;
}

static void write_header(struct header h, struct tspdm_buffer *out)
{
	write_u16(out, h.length);
	write_u8(out, h.version);
	write_u8(out, h.type);
}

void tspdm_dsp0287_write_control(uint8_t type, struct tspdm_buffer *out)
{
	write_header((struct header){ 0, BINDING_VERSION, type }, out);
}

static enum tspdm_status refuse(uint8_t error, struct tspdm_buffer *reply)
{
	tspdm_dsp0287_write_control(error, reply);
	return error == TSPDM_DSP0287_TOO_LARGE ? TSPDM_ERR_TOO_LARGE : TSPDM_ERR_FRAME;
}

static bool is_responder(const struct tspdm_framer *framer)
{
	return framer->is_listener != framer->is_swapped;
}

static bool is_control(uint8_t type)
{
	return type >= TSPDM_DSP0287_ROLE_INQUIRY;
}

static bool is_message(uint8_t type)
{
	return type == TSPDM_DSP0287_PLAIN || type == TSPDM_DSP0287_SECURED;
}

/* Role-Inquiry asks the receiver to act as requester: a responder of ours does not, a requester does so anyway.
 * All types above it are errors, those still reserved too; an error is never answered. */
static enum tspdm_status take_control(
	struct tspdm_framer *framer, struct header h, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	bool is_counted = !framer->is_strict && h.length == COUNTED_HEADER;

	if (h.length != 0 && !is_counted)
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	frame->detail = h.type;
	if (h.type != TSPDM_DSP0287_ROLE_INQUIRY) {
		frame->event = TSPDM_FRAME_REFUSED;
	} else if (is_responder(framer)) {
		frame->event = TSPDM_FRAME_REPLY;
		tspdm_dsp0287_write_control(TSPDM_DSP0287_NO_REQUESTER, reply);
	} else {
		framer->index = ROLE_KNOWN;
		frame->event = TSPDM_FRAME_HELLO;
	}
	return TSPDM_OK;
}

static void take_message(uint8_t type, struct tspdm_view body, struct tspdm_frame *frame)
{
	frame->event = TSPDM_FRAME_MESSAGE;
	frame->kind = type == TSPDM_DSP0287_SECURED ? TSPDM_KIND_SECURED : TSPDM_KIND_PLAIN;
	frame->body = body;
}

/* ---- In a stream ---- */

/* What connects acts as the Requester unless it says otherwise, and two of them have nothing to tell each other. */
static bool is_second_requester(const struct tspdm_framer *framer)
{
	return framer->is_swapped && framer->is_listener && framer->index != ROLE_KNOWN;
}

/* The only PayloadLength that settles the reading, and only in a connection's first frame; see the top. */
static void settle_reading(struct tspdm_framer *framer, struct header h)
{
	bool is_message_only = is_responder(framer) && !framer->is_strict && h.type == TSPDM_DSP0287_PLAIN &&
			       h.length == GET_VERSION_LEN;

	if (framer->state == READING_OPEN)
		framer->state = is_message_only ? READING_MESSAGE_ONLY : READING_DE_FACTO;
}

static enum tspdm_status pull_message(struct tspdm_framer *framer, struct header h, struct reader *r, size_t max,
	struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	size_t counted = 0;

	if (is_second_requester(framer))
		return refuse(TSPDM_DSP0287_NO_RESPONDER, reply);
	settle_reading(framer, h);
	counted = framer->state == READING_MESSAGE_ONLY ? 0 : COUNTED_HEADER;
	if (h.length <= counted)
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	if (h.length - counted > max)
		return refuse(TSPDM_DSP0287_TOO_LARGE, reply);
	if (r->left < h.length - counted)
		return TSPDM_AGAIN;
	take_message(h.type, read_view(r, h.length - counted), frame);
	return TSPDM_OK;
}

static enum tspdm_status pull_frame(struct tspdm_framer *framer, struct reader *r, size_t max,
	struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	struct header h = read_header(r);

	if (r->failed)
		return TSPDM_AGAIN;
	if (h.version != BINDING_VERSION)
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	if (is_control(h.type))
		return take_control(framer, h, frame, reply);
	if (!is_message(h.type))
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	return pull_message(framer, h, r, max, frame, reply);
}

static enum tspdm_status pull(
	struct tspdm_framer *framer, struct tspdm_view *stream, size_t max, struct tspdm_frame *frame)
{
	struct reader r = reader_of(*stream);
	struct tspdm_buffer reply = { .ptr = frame->room, .cap = sizeof frame->room };
	enum tspdm_status status = pull_frame(framer, &r, max, frame, &reply);

	if (reply.len != 0)
		frame->body = tspdm_buffer_view(&reply);
	if (status == TSPDM_OK)
		tspdm_stream_advance(stream, stream->len - r.left);
	return status;
}

static void write_message(
	enum tspdm_message_kind kind, size_t counted, struct tspdm_view message, struct tspdm_buffer *out)
{
	struct header h = { .length = (uint16_t)(counted + message.len), .version = BINDING_VERSION };

	h.type = kind == TSPDM_KIND_SECURED ? TSPDM_DSP0287_SECURED : TSPDM_DSP0287_PLAIN;
	write_header(h, out);
	write_view(out, message);
}

static enum tspdm_status wrap(
	struct tspdm_framer *framer, enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	write_message(kind, framer->state == READING_MESSAGE_ONLY ? 0 : COUNTED_HEADER, message, out);
	return write_end(out);
}

/* DSP0287 1.0 "Role-Inquiry": a Responder that connects has to say so, or both ends wait for the other's GET_VERSION. A
 * Requester that listens waits for that. */
static enum tspdm_status open_roles(struct tspdm_framer *framer, struct tspdm_buffer *out)
{
	if (!framer->is_swapped)
		return TSPDM_OK;
	if (framer->is_listener)
		return framer->index == ROLE_KNOWN ? TSPDM_OK : TSPDM_AGAIN;
	tspdm_dsp0287_write_control(TSPDM_DSP0287_ROLE_INQUIRY, out);
	return write_end(out);
}

const struct tspdm_framing tspdm_framing_dsp0287 = {
	.name = "dsp0287",
	.envelope = &tspdm_envelope_tcp,
	.open = open_roles,
	.pull = pull,
	.wrap = wrap,
};

/* ---- As an envelope ---- */

static void write_envelope(enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	write_message(kind, COUNTED_HEADER, message, out);
}

static void write_too_large(struct tspdm_buffer *out)
{
	tspdm_dsp0287_write_control(TSPDM_DSP0287_TOO_LARGE, out);
}

static enum tspdm_status read_envelope(
	struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame, struct tspdm_buffer *reply)
{
	struct reader r = reader_of(payload);
	struct header h = read_header(&r);
	bool is_de_facto = h.length == r.left + COUNTED_HEADER;
	bool is_message_only = !framer->is_strict && h.length == r.left;

	if (r.failed || h.version != BINDING_VERSION)
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	if (is_control(h.type) && r.left == 0)
		return take_control(framer, h, frame, reply);
	if (!is_message(h.type) || r.left == 0 || !(is_de_facto || is_message_only))
		return refuse(TSPDM_DSP0287_NOT_SUPPORTED, reply);
	take_message(h.type, read_view(&r, r.left), frame);
	return TSPDM_OK;
}

const struct tspdm_envelope tspdm_envelope_tcp = {
	.binding = &tspdm_binding_tcp,
	.head_len = TSPDM_DSP0287_HEADER,
	.has_secured = true,
	.max_body = TSPDM_DSP0287_MAX_BODY,
	.write = write_envelope,
	.read = read_envelope,
	.write_too_large = write_too_large,
};
