/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the framings share among themselves: the vtable of a way to frame a stream, and that of an envelope, the
 * binding's own header around one message, which the emulator's socket carries as a payload. */
#ifndef TSPDM_TRANSPORTS_FRAMING_H
#define TSPDM_TRANSPORTS_FRAMING_H

#include <tspdm/transport.h>

enum {
	TSPDM_DOE_HEADER = 8,
	TSPDM_DOE_MAX_BODY = 4 * (1 << 18) - TSPDM_DOE_HEADER,
	TSPDM_DSP0287_HEADER = 4,
	TSPDM_DSP0287_MAX_BODY = 0xFFFF - 2,
	TSPDM_EMULATOR_HEADER = 12,
};

/** The binding's header and padding around one message. */
struct tspdm_envelope {
	const struct tspdm_binding *binding;
	uint8_t head_len;   /**< bytes in front of the message */
	bool has_discovery; /**< the connecting end asks what the other can take before it sends messages */
	bool has_secured;   /**< there is a way to mark a record */
	uint32_t max_body;  /**< largest message that the length fields can tell */

	/** Appends header, message and padding. `message` is no longer than max_body. */
	void (*write)(enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out);

	/** Judges one whole payload: sets event, kind, body and detail of `frame`; what the peer is to be answered goes
	 * to `reply`, which has room for 20 bytes: event TSPDM_FRAME_REPLY, or a failure's last word.
	 * @retval TSPDM_ERR_FRAME */
	enum tspdm_status (*read)(struct tspdm_framer *framer, struct tspdm_view payload, struct tspdm_frame *frame,
		struct tspdm_buffer *reply);

	/** Writes the error message for a payload that is too large; NULL: the binding has none. */
	void (*write_too_large)(struct tspdm_buffer *out);
};

/** The bindings of those names, over a stream. */
extern const struct tspdm_binding tspdm_stream_mctp;
extern const struct tspdm_binding tspdm_stream_doe;
extern const struct tspdm_binding tspdm_stream_none;

extern const struct tspdm_envelope tspdm_envelope_mctp;
extern const struct tspdm_envelope tspdm_envelope_doe;
extern const struct tspdm_envelope tspdm_envelope_tcp;
extern const struct tspdm_envelope tspdm_envelope_none;

/** The functions are those of <tspdm/transport.h>, arguments checked. */
struct tspdm_framing {
	const char *name;
	const struct tspdm_envelope *envelope; /**< NULL: not known before the first packet */
	uint32_t transport_type;               /**< the emulator's TransportType */
	enum tspdm_status (*open)(struct tspdm_framer *framer, struct tspdm_buffer *out);  /**< NULL: nothing to send */
	enum tspdm_status (*close)(struct tspdm_framer *framer, struct tspdm_buffer *out); /**< NULL: nothing to send */
	enum tspdm_status (*pull)(
		struct tspdm_framer *framer, struct tspdm_view *stream, size_t max, struct tspdm_frame *frame);
	enum tspdm_status (*wrap)(struct tspdm_framer *framer, enum tspdm_message_kind kind, struct tspdm_view message,
		struct tspdm_buffer *out);
};

/** How far the opening dialogue of the emulator's socket has come: values of tspdm_framer.state, connecting end. */
enum tspdm_opening {
	TSPDM_OPENING_START,
	TSPDM_OPENING_HELLO_SENT,
	TSPDM_OPENING_DISCOVER, /**< ask for entry tspdm_framer.index next */
	TSPDM_OPENING_DISCOVERY_SENT,
	TSPDM_OPENING_DONE,
};

/** DOE Discovery: the object that asks for one entry. */
void tspdm_doe_write_discovery(uint8_t index, struct tspdm_buffer *out);

/** DSP0287: the message types that have no body. */
enum {
	TSPDM_DSP0287_PLAIN = 0x05,
	TSPDM_DSP0287_SECURED = 0x06,
	TSPDM_DSP0287_ROLE_INQUIRY = 0xBF,
	TSPDM_DSP0287_TOO_LARGE = 0xC0,
	TSPDM_DSP0287_NOT_SUPPORTED = 0xC1,
	TSPDM_DSP0287_NO_REQUESTER = 0xC2,
	TSPDM_DSP0287_NO_RESPONDER = 0xC3,
};
void tspdm_dsp0287_write_control(uint8_t type, struct tspdm_buffer *out);

/** A larger body than `max` may only be padding. */
static inline bool tspdm_body_fits(size_t body_len, size_t max, uint8_t alignment)
{
	size_t slack = alignment > 1 ? (alignment - max % alignment) % alignment : 0;

	return body_len <= max || body_len - max <= slack;
}

/** Takes what the frame used off the stream. */
static inline void tspdm_stream_advance(struct tspdm_view *stream, size_t used)
{
	stream->ptr += used;
	stream->len -= used;
}

#endif
