/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The carrier for stream sockets: a descriptor, a framer and two buffers that grow only with what has really arrived or
 * is really to be sent. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint.h"
#include "stream_bytes.h"

enum {
	FIRST_CAP = 4096,
	DEFAULT_TIMEOUT_US = 10000000,
	DEFAULT_MAX = 1048576,
	CLOSE_US = 500000,     /* for the peer's answer when the dialogue is ended in order */
	LAST_WORD_US = 100000, /* for an error message before the stream is given up */
	READS_MAX = 16,        /* that a peer may keep this end busy with */
};

struct stream {
	struct tspdm_transport base;
	struct tspdm_framer framer;
	struct tspdm_wire wire;
	struct tspdm_tls_context *own_tls; /* made for this stream alone; NULL: none was */
	enum tspdm_status over;            /* what ended the stream; TSPDM_OK: it can be used */
	size_t max;                        /* largest body to receive */
	uint8_t *in;                       /* received, begin to end not taken yet */
	size_t in_cap, begin, end;
	unsigned reads; /* since the peer was last waited for */
	uint8_t *out;   /* where a frame is put together */
	size_t out_cap;
};

/* The head of every transport is its first member. */
static struct stream *stream_of(struct tspdm_transport *transport)
{
	return (struct stream *)(void *)transport;
}

static enum tspdm_status give_up(struct stream *s, enum tspdm_status status)
{
	if (s->over == TSPDM_OK)
		s->over = status;
	return status;
}

/* ---- Bytes out ---- */

static enum tspdm_status write_some(struct stream *s, struct tspdm_view *left, uint64_t deadline_us)
{
	short events = 0;
	enum tspdm_status status = tspdm_wire_send(&s->wire, left, &events);

	return status == TSPDM_AGAIN ? tspdm_wait_by(&s->wire.wait, s->wire.fd, events, deadline_us) : status;
}

/* A frame of which only a part went out cannot be repeated: the stream is lost then. TLS may have begun a record even
 * where it says that it took nothing. */
static enum tspdm_status write_all(struct stream *s, struct tspdm_view bytes, uint64_t deadline_us)
{
	struct tspdm_view left = bytes;
	enum tspdm_status status = TSPDM_OK;

	while (left.len != 0 && status == TSPDM_OK)
		status = write_some(s, &left, deadline_us);
	if (status == TSPDM_ERR_TIMEOUT && (left.len != bytes.len || s->wire.tls != NULL))
		give_up(s, TSPDM_ERR_IO);
	else if (status != TSPDM_OK && status != TSPDM_ERR_TIMEOUT)
		give_up(s, status);
	return status;
}

static enum tspdm_status grow(uint8_t **room, size_t *cap, size_t wanted)
{
	uint8_t *larger = realloc(*room, wanted);

	if (larger == NULL)
		return TSPDM_ERR_MEMORY;
	*room = larger;
	*cap = wanted;
	return TSPDM_OK;
}

static enum tspdm_status send_message(struct tspdm_transport *transport, enum tspdm_message_kind kind,
	struct tspdm_view message, uint64_t deadline_us)
{
	struct stream *s = stream_of(transport);
	struct tspdm_buffer out = { .ptr = s->out, .cap = s->out_cap };
	enum tspdm_status status = TSPDM_OK;

	TSPDM_TRY(s->over);
	status = tspdm_framer_wrap(&s->framer, kind, message, &out);
	if (status == TSPDM_ERR_BUFFER) {
		TSPDM_TRY(grow(&s->out, &s->out_cap, out.len));
		out = (struct tspdm_buffer){ .ptr = s->out, .cap = s->out_cap };
		status = tspdm_framer_wrap(&s->framer, kind, message, &out);
	}
	TSPDM_TRY(status);
	return write_all(s, tspdm_buffer_view(&out), deadline_us);
}

/* ---- Bytes in ---- */

/* Room behind what is there: moved to the front, doubled when full. The framer refuses or takes a frame before the
 * limit is reached, so a full buffer at the limit means that it does neither. */
static enum tspdm_status make_room(struct stream *s)
{
	size_t limit = s->max + 2 * (size_t)TSPDM_FRAME_OVERHEAD;
	size_t wanted = s->in_cap * 2 < limit ? s->in_cap * 2 : limit;

	if (s->begin != 0) {
		memmove(s->in, s->in + s->begin, s->end - s->begin);
		s->end -= s->begin;
		s->begin = 0;
	}
	if (s->end < s->in_cap)
		return TSPDM_OK;
	return wanted > s->in_cap ? grow(&s->in, &s->in_cap, wanted) : TSPDM_ERR_FRAME;
}

/* A peer that never pauses must not keep others of the same thread from running. */
static enum tspdm_status let_others_run(struct stream *s)
{
	enum tspdm_status status = TSPDM_OK;

	if (s->wire.wait.wait == NULL || s->reads++ < READS_MAX)
		return TSPDM_OK;
	s->reads = 0;
	status = tspdm_wait_by(&s->wire.wait, -1, 0, 0);
	return status == TSPDM_ERR_TIMEOUT ? TSPDM_OK : status;
}

static enum tspdm_status read_more(struct stream *s, uint64_t deadline_us)
{
	TSPDM_TRY(make_room(s));
	TSPDM_TRY(let_others_run(s));
	for (bool is_late = false;; is_late = tspdm_now_us() >= deadline_us) {
		struct tspdm_buffer in = { s->in, s->in_cap, s->end };
		short events = 0;
		enum tspdm_status status = tspdm_wire_receive(&s->wire, &in, &events);

		s->end = in.len;
		if (status != TSPDM_AGAIN)
			return status;
		if (s->wire.tls != NULL &&
			is_late) /* what came in time was read; records without data come to no end */
			return TSPDM_ERR_TIMEOUT;
		s->reads = 0;
		TSPDM_TRY(tspdm_wait_by(&s->wire.wait, s->wire.fd, events, deadline_us));
	}
}

static enum tspdm_status next_frame(struct stream *s, uint64_t deadline_us, struct tspdm_frame *frame)
{
	for (;;) {
		struct tspdm_view left = { s->in + s->begin, s->end - s->begin };
		enum tspdm_status status = tspdm_framer_pull(&s->framer, &left, s->max, frame);

		s->base.binding = tspdm_framer_binding(&s->framer);
		s->begin = s->end - left.len;
		if (status == TSPDM_AGAIN)
			status = read_more(s, deadline_us);
		else if (status != TSPDM_OK && frame->body.len != 0)
			(void)write_all(s, frame->body, tspdm_deadline_in(LAST_WORD_US));
		else if (status == TSPDM_OK)
			return TSPDM_OK;
		if (status == TSPDM_ERR_TIMEOUT)
			return status;
		if (status != TSPDM_OK)
			return give_up(s, status);
	}
}

/* What the carrier does by itself with a frame that is no message. */
static enum tspdm_status attend(struct stream *s, const struct tspdm_frame *frame, uint64_t deadline_us)
{
	switch (frame->event) {
	case TSPDM_FRAME_REPLY:
		return write_all(s, frame->body, deadline_us);
	case TSPDM_FRAME_SHUTDOWN:
		(void)write_all(s, frame->body, tspdm_deadline_in(LAST_WORD_US));
		return give_up(s, TSPDM_ERR_CLOSED);
	case TSPDM_FRAME_REFUSED:
		return give_up(s, TSPDM_ERR_FRAME_REFUSED);
	case TSPDM_FRAME_HELLO:
	case TSPDM_FRAME_MESSAGE:
		break;
	}
	return TSPDM_OK;
}

/* The time is also looked at here, because a peer that never pauses never lets read_more() wait. */
static enum tspdm_status receive_message(struct tspdm_transport *transport, enum tspdm_message_kind *kind,
	struct tspdm_view *message, uint64_t deadline_us)
{
	struct stream *s = stream_of(transport);

	TSPDM_TRY(s->over);
	for (;;) {
		struct tspdm_frame frame;

		TSPDM_TRY(next_frame(s, deadline_us, &frame));
		if (frame.event == TSPDM_FRAME_MESSAGE) {
			*kind = frame.kind;
			*message = frame.body;
			return TSPDM_OK;
		}
		TSPDM_TRY(attend(s, &frame, deadline_us));
		if (tspdm_now_us() >= deadline_us)
			return TSPDM_ERR_TIMEOUT;
	}
}

/* ---- Opening and closing ---- */

static enum tspdm_status await_hello(struct stream *s, uint64_t deadline_us)
{
	for (;;) {
		struct tspdm_frame frame;

		TSPDM_TRY(next_frame(s, deadline_us, &frame));
		if (frame.event == TSPDM_FRAME_HELLO)
			return TSPDM_OK;
		if (frame.event == TSPDM_FRAME_MESSAGE)
			return give_up(s, TSPDM_ERR_FRAME);
		TSPDM_TRY(attend(s, &frame, deadline_us));
	}
}

static enum tspdm_status open_dialogue(struct stream *s, uint64_t deadline_us)
{
	for (;;) {
		uint8_t room[TSPDM_FRAME_OVERHEAD];
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		enum tspdm_status status = tspdm_framer_open(&s->framer, &out);

		if (status != TSPDM_OK && status != TSPDM_AGAIN)
			return status;
		TSPDM_TRY(write_all(s, tspdm_buffer_view(&out), deadline_us));
		if (status == TSPDM_OK)
			return TSPDM_OK;
		TSPDM_TRY(await_hello(s, deadline_us));
		if (tspdm_now_us() >= deadline_us)
			return TSPDM_ERR_TIMEOUT;
	}
}

/* The peer's answer is awaited for a moment: closing with unread bytes would reset the connection, and could take our
 * SHUTDOWN from the peer before it read it. */
static void end_dialogue(struct stream *s)
{
	uint8_t room[TSPDM_FRAME_OVERHEAD];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
	uint64_t deadline_us = tspdm_deadline_in(CLOSE_US);
	struct tspdm_frame frame;

	if (s->over != TSPDM_OK || tspdm_framer_close(&s->framer, &out) != TSPDM_OK || out.len == 0)
		return;
	if (write_all(s, tspdm_buffer_view(&out), deadline_us) != TSPDM_OK)
		return;
	while (tspdm_now_us() < deadline_us && next_frame(s, deadline_us, &frame) == TSPDM_OK)
		if (frame.event == TSPDM_FRAME_SHUTDOWN)
			return;
}

/* The descriptor stays open: after a failure it is the caller's. */
static void release(struct stream *s)
{
	tspdm_tls_free(s->wire.tls);
	tspdm_tls_context_free(s->own_tls);
	free(s->in);
	free(s->out);
	free(s);
}

static void close_stream(struct tspdm_transport *transport)
{
	struct stream *s = stream_of(transport);

	int fd = s->wire.fd;

	end_dialogue(s);
	release(s);
	(void)close(fd);
}

static int poll_handle(struct tspdm_transport *transport)
{
	return stream_of(transport)->wire.fd;
}

static enum tspdm_status channel(struct tspdm_transport *transport, uint8_t *out)
{
	const struct stream *s = stream_of(transport);

	return s->wire.tls != NULL ? tspdm_tls_channel(s->wire.tls, out) : TSPDM_ERR_UNSUPPORTED;
}

static enum tspdm_status rest(struct tspdm_transport *transport, uint64_t deadline_us)
{
	return tspdm_wait_by(&stream_of(transport)->wire.wait, -1, 0, deadline_us);
}

static const struct tspdm_transport_ops ops = {
	.size = sizeof ops,
	.name = "stream",
	.send = send_message,
	.receive = receive_message,
	.poll_handle = poll_handle,
	.close = close_stream,
	.channel = channel,
	.rest = rest,
};

/* A caller built against an older header passes a shorter struct: the tail is zero. One built against a newer header may
 * set a field unknown here: refused, not ignored. */
static enum tspdm_status take_options(const struct tspdm_transport_options *from, struct tspdm_transport_options *to)
{
	const uint8_t *bytes = (const uint8_t *)from;

	*to = (struct tspdm_transport_options){ .size = sizeof *to };
	if (from == NULL)
		return TSPDM_OK;
	if (from->size < offsetof(struct tspdm_transport_options, tls)) /* the fields of 0.1 */
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = sizeof *to; i < from->size; i++)
		if (bytes[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
	for (size_t i = 0; i < sizeof to->reserved; i++)
		if (to->reserved[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	return TSPDM_OK;
}

static uint64_t timeout_of(const struct tspdm_transport_options *options)
{
	return options->timeout_us != 0 ? options->timeout_us : DEFAULT_TIMEOUT_US;
}

static size_t max_of(const struct tspdm_transport_options *options, const struct tspdm_binding *binding)
{
	if (options->max_message != 0)
		return options->max_message;
	return binding != NULL && binding->max_message < DEFAULT_MAX ? binding->max_message : DEFAULT_MAX;
}

static enum tspdm_status new_stream(int fd, const struct tspdm_framing *framing, bool is_listener,
	const struct tspdm_transport_options *options, struct stream **out)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return TSPDM_ERR_MEMORY;
	tspdm_framer_init(&s->framer, framing, is_listener);
	s->framer.is_strict = options->is_strict;
	s->framer.is_swapped = options->is_swapped;
	s->base.ops = &ops;
	s->base.binding = tspdm_framer_binding(&s->framer);
	s->wire.fd = fd;
	s->wire.wait = options->wait;
	s->max = max_of(options, s->base.binding);
	if (grow(&s->in, &s->in_cap, FIRST_CAP) != TSPDM_OK || grow(&s->out, &s->out_cap, FIRST_CAP) != TSPDM_OK) {
		release(s);
		return TSPDM_ERR_MEMORY;
	}
	*out = s;
	return TSPDM_OK;
}

static bool set_non_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* How a stream is opened on a descriptor, beyond its options. */
struct opening {
	const struct tspdm_framing *framing;
	bool is_listener, is_tls;
	const char *host; /* that was connected to; NULL: unknown */
	uint64_t deadline_us;
	struct tspdm_endpoint_error *why; /* NULL if not wanted */
};

/* Without a context of the caller's: a client that shows nothing and takes any certificate. */
static enum tspdm_status secure(
	struct stream *s, const struct tspdm_transport_options *options, const struct opening *opening)
{
	const struct tspdm_tls_config any = { .size = sizeof any };
	struct tspdm_tls_context *context = options->tls;

	if (context == NULL) {
		TSPDM_TRY(tspdm_tls_context_new(&any, &s->own_tls, opening->why));
		context = s->own_tls;
	}
	return tspdm_wire_secure(&s->wire, context, opening->host, opening->deadline_us, opening->why);
}

static enum tspdm_status open_stream(
	struct stream *s, const struct tspdm_transport_options *options, const struct opening *opening)
{
	if (opening->is_tls)
		TSPDM_TRY(secure(s, options, opening));
	return open_dialogue(s, opening->deadline_us);
}

static enum tspdm_status wrap_fd(int fd, const struct tspdm_transport_options *options, const struct opening *opening,
	struct tspdm_transport **out)
{
	struct stream *s = NULL;
	enum tspdm_status status = TSPDM_OK;

	TSPDM_TRY(new_stream(fd, opening->framing, opening->is_listener, options, &s));
	status = open_stream(s, options, opening);
	if (status != TSPDM_OK) {
		release(s);
		return status;
	}
	*out = &s->base;
	return TSPDM_OK;
}

enum tspdm_status tspdm_transport_from_fd(int fd, const struct tspdm_framing *framing, bool is_listener,
	const struct tspdm_transport_options *options, struct tspdm_transport **out)
{
	struct tspdm_transport_options taken;
	struct opening opening = { .framing = framing, .is_listener = is_listener };

	if (framing == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take_options(options, &taken));
	if (!set_non_blocking(fd))
		return TSPDM_ERR_ARGUMENT;
	tspdm_no_delay(fd);
	opening.is_tls = taken.tls != NULL;
	opening.deadline_us = tspdm_deadline_in(timeout_of(&taken));
	return wrap_fd(fd, &taken, &opening, out);
}

static void explain_opening(struct tspdm_endpoint_error *why, const char *url, enum tspdm_status status)
{
	static const struct {
		enum tspdm_status status;
		const char *text;
	} rows[] = {
		{ TSPDM_ERR_TIMEOUT, "connected, but the hello was not answered in time; is it an emulator's socket?" },
		{ TSPDM_ERR_CLOSED,
			"the peer closed the connection during the hello; does it carry the same binding?" },
		{ TSPDM_ERR_FRAME, "the peer answered the hello with something else; does it carry the same binding?" },
		{ TSPDM_ERR_TOO_LARGE, "the peer answered the hello with something else; is it an emulator's socket?" },
		{ TSPDM_ERR_FRAME_REFUSED, "the peer does not know the hello; is it an emulator's socket?" },
		{ TSPDM_ERR_UNSUPPORTED, "the peer's DOE discovery does not list CMA-SPDM; is it an SPDM responder?" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].status == status) {
			tspdm_explain(why, "%.130s: %s", url, rows[i].text);
			return;
		}
	}
	tspdm_explain(why, "%.130s: %s", url, tspdm_status_text(status));
}

enum tspdm_status tspdm_transport_open(const char *url, const struct tspdm_transport_options *options,
	struct tspdm_transport **out, struct tspdm_endpoint_error *why)
{
	struct tspdm_transport_options taken;
	struct tspdm_address address;
	struct tspdm_endpoint_error of_tls = { "" };
	struct opening opening = { .why = &of_tls };
	struct tspdm_patience patience;
	int fd = -1;
	enum tspdm_status status = TSPDM_OK;

	if (url == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take_options(options, &taken));
	opening.deadline_us = tspdm_deadline_in(timeout_of(&taken));
	TSPDM_TRY(tspdm_address_parse(url, false, &address, why));
	patience = (struct tspdm_patience){ opening.deadline_us, taken.wait };
	TSPDM_TRY(tspdm_socket_connect(&address, url, &patience, &fd, why));
	opening.framing = address.framing;
	opening.is_tls = address.is_tls;
	opening.host = address.host;
	status = wrap_fd(fd, &taken, &opening, out);
	if (status != TSPDM_OK) {
		if (of_tls.text[0] != '\0')
			tspdm_explain(why, "%.120s: %.130s", url, of_tls.text);
		else
			explain_opening(why, url, status);
		(void)close(fd);
	}
	return status;
}

enum tspdm_status tspdm_transport_channel(struct tspdm_transport *transport, uint8_t *out)
{
	const struct tspdm_transport_ops *o = transport->ops;

	if (out == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (o->size < offsetof(struct tspdm_transport_ops, channel) + sizeof o->channel || o->channel == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	return o->channel(transport, out);
}

void tspdm_transport_close(struct tspdm_transport *transport)
{
	if (transport != NULL)
		transport->ops->close(transport);
}
