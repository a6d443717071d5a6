/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Transports: the constants of a binding, framing as a pure function of bytes, carriers behind a vtable, and the blocking
 * drivers for those who want connect(); attest();.
 *
 *	struct tspdm_transport *t;
 *	struct tspdm_endpoint_error why;
 *	if (tspdm_transport_open("tcp://127.0.0.1:4194", NULL, &t, &why) != TSPDM_OK)
 *		fprintf(stderr, "%s\n", why.text);
 *	status = tspdm_run(requester, t);	// steps the requester until its job is done
 *	tspdm_transport_close(t);
 */
#ifndef TSPDM_TRANSPORT_H
#define TSPDM_TRANSPORT_H

#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo; /* <netdb.h> */
struct tspdm_requester;
struct tspdm_responder;
struct tspdm_tls_context; /* <tspdm/tls.h> */

/** What tells an SPDM message from other application data of a record. */
enum tspdm_inner_header {
	TSPDM_INNER_NONE = 0, /**< nothing: records carry SPDM messages alone */
	TSPDM_INNER_MCTP = 1, /**< the MCTP message type, 1 byte */
	TSPDM_INNER_TCP = 2,  /**< the header of DSP0287, 4 bytes */
};

/** What SPDM and secured records depend on in a transport. */
struct tspdm_binding {
	const char *name;
	uint8_t alignment;    /**< messages are padded with zeros to a multiple of this: 1 or 4 */
	uint8_t sequence_len; /**< bytes of the sequence number that a record carries */
	uint8_t random_max;   /**< most random bytes that a record may carry */
	uint8_t inner_header; /**< enum tspdm_inner_header: what an SPDM message in a record begins with */
	uint32_t rtt_us;      /**< worst round trip, for T1 and T2 of DSP0274 "Timing requirements" */
	uint32_t max_message; /**< largest SPDM message that fits a frame, bytes */
	bool is_lossless;     /**< a message arrives once and in order, or the transport fails. To repeat a request there is worse
	                           than to wait: what is late comes all the same, and the second answer would be taken for that
	                           to the next request. So a requester repeats nothing unless it is told to */
	uint8_t reserved[3];  /**< 0 */
};

TSPDM_API extern const struct tspdm_binding tspdm_binding_mctp; /**< DSP0275, DSP0276 */
TSPDM_API extern const struct tspdm_binding tspdm_binding_doe;  /**< PCIe data object exchange */
TSPDM_API extern const struct tspdm_binding tspdm_binding_tcp;  /**< DSP0287 */
TSPDM_API extern const struct tspdm_binding tspdm_binding_none; /**< bare messages; no sessions */

/** Whether two bindings have one name: what is carried over a stream has the rules of tspdm_binding_mctp, say, but is
 * lossless. NULL is none. */
TSPDM_API bool tspdm_binding_is(const struct tspdm_binding *binding, const struct tspdm_binding *kind);

/** Whether a frame holds a message in the clear or a DSP0277 record. */
enum tspdm_message_kind {
	TSPDM_KIND_PLAIN = 0,
	TSPDM_KIND_SECURED = 1,
};

/* ---- Framing: pure, for event loops and tests ---- */

/** A way to put messages into a byte stream. */
struct tspdm_framing;
TSPDM_API extern const struct tspdm_framing tspdm_framing_dsp0287;  /**< tcp://, tls://, unix:, vsock:// */
TSPDM_API extern const struct tspdm_framing tspdm_framing_emu_mctp; /**< the emulator's socket, carrying MCTP */
TSPDM_API extern const struct tspdm_framing tspdm_framing_emu_doe;
TSPDM_API extern const struct tspdm_framing tspdm_framing_emu_tcp;
TSPDM_API extern const struct tspdm_framing tspdm_framing_emu_none;
TSPDM_API extern const struct tspdm_framing tspdm_framing_emu_any;  /**< listener: the first packet tells */

/** The state of one end of one stream. The caller's memory; initialise it with tspdm_framer_init(). */
struct tspdm_framer {
	const struct tspdm_framing *framing;
	bool is_listener;  /**< the end that answers hellos, discovery and role inquiries */
	bool is_strict;    /**< DSP0287: PayloadLength is taken only in the de-facto reading. Otherwise a listener notices a
	                        peer whose GET_VERSION counts the message alone, and speaks its way. DOE: an object has to have
	                        its padding. Otherwise the carrier's size may leave it out */
	bool is_swapped;   /**< DSP0287: the listener is the Requester, and the connecting end the Responder, which says so
	                        with a Role-Inquiry. Set it after tspdm_framer_init() */
	uint8_t state;     /**< the framing's own, as are the next two */
	uint8_t index;     /**< DOE Discovery: the entry asked for */
	uint8_t found;     /**< DOE Discovery: the peer takes CMA-SPDM */
	uint8_t reserved[2];
};

enum tspdm_frame_event {
	TSPDM_FRAME_MESSAGE,  /**< `body` is an SPDM message or record for the core */
	TSPDM_FRAME_REPLY,    /**< not for the core: write `body` to the peer as it is */
	TSPDM_FRAME_HELLO,    /**< connecting end: the listener has answered; go on with tspdm_framer_open() if that said
	                           TSPDM_AGAIN. Also a Role-Inquiry, which asks for what this end does anyway */
	TSPDM_FRAME_SHUTDOWN, /**< the peer ends the dialogue in order; if `body` is not empty write it first */
	TSPDM_FRAME_REFUSED,  /**< the peer answered with an error message of the transport; `detail` says which */
};

struct tspdm_frame {
	enum tspdm_frame_event event;
	enum tspdm_message_kind kind;
	struct tspdm_view body; /**< in the stream's memory, or in `room` */
	uint8_t detail;         /**< REFUSED: the DSP0287 message type 0xC0…; 0: the emulator's UNKNOWN */
	uint8_t room[32];       /**< where replies are built */
};

TSPDM_API void tspdm_framer_init(struct tspdm_framer *framer, const struct tspdm_framing *framing, bool is_listener);

/** The binding in force. @returns NULL for tspdm_framing_emu_any before the first packet */
TSPDM_API const struct tspdm_binding *tspdm_framer_binding(const struct tspdm_framer *framer);

/** Bytes that framing adds in front of a message, and at most behind it. */
enum { TSPDM_FRAME_OVERHEAD = 32 };

/** What the connecting end sends before anything else (hello, discovery); nothing for most framings. What it sends is
 * appended to `out`. Messages go out once it has returned TSPDM_OK.
 * @retval TSPDM_OK               the opening is complete
 * @retval TSPDM_AGAIN            send what `out` holds (nothing, if the answer to the last is still awaited) and call again
 *                                after TSPDM_FRAME_HELLO
 * @retval TSPDM_ERR_BUFFER       `out` is too small; TSPDM_FRAME_OVERHEAD suffices for each call
 * @retval TSPDM_ERR_STATE        tspdm_framing_emu_any: the binding is not known
 * @retval TSPDM_ERR_UNSUPPORTED  DOE: the peer's discovery does not list CMA-SPDM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_framer_open(struct tspdm_framer *framer, struct tspdm_buffer *out);

/** What ends the dialogue in order (the emulator's SHUTDOWN); nothing for most framings. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_framer_close(struct tspdm_framer *framer, struct tspdm_buffer *out);

/** Takes one frame off the front of the bytes received so far.
 * @param stream  in: what was received and not taken yet; out, on TSPDM_OK: what is left
 * @param max     largest body to accept, bytes, padding aside; a longer one is refused as soon as its header has arrived
 * @retval TSPDM_AGAIN               the frame is not complete; give the same bytes and more
 * @retval TSPDM_ERR_FRAME           the stream cannot be understood any more; close it. frame->body, if not empty, is an
 *                                   error message to be written first
 * @retval TSPDM_ERR_TOO_LARGE       as above, because of `max` */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_framer_pull(
	struct tspdm_framer *framer, struct tspdm_view *stream, size_t max, struct tspdm_frame *frame);

/** Frames one message, header and padding and all, so that it can be written with one call. Appended to `out`.
 * @retval TSPDM_ERR_BUFFER       out->len tells the size needed
 * @retval TSPDM_ERR_TOO_LARGE    the framing's length field cannot hold it
 * @retval TSPDM_ERR_ARGUMENT     the message is empty
 * @retval TSPDM_ERR_STATE        tspdm_framing_emu_any: no packet has come yet
 * @retval TSPDM_ERR_UNSUPPORTED  a record, and the framing carries bare messages only */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_framer_wrap(struct tspdm_framer *framer,
	enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out);

/* ---- Carriers ---- */

struct tspdm_transport;

/** Contract of a carrier. A transport is used by one thread at a time. */
struct tspdm_transport_ops {
	size_t size;
	const char *name;

	/** Sends one message. Blocks until the system took it or the deadline passed.
	 * @param deadline_us  on the clock of tspdm_now_us(); UINT64_MAX: none
	 * @retval TSPDM_ERR_TIMEOUT, TSPDM_ERR_CLOSED, TSPDM_ERR_IO, TSPDM_ERR_TOO_LARGE */
	enum tspdm_status (*send)(struct tspdm_transport *transport, enum tspdm_message_kind kind,
		struct tspdm_view message, uint64_t deadline_us);

	/** Receives one message; hellos, discovery and the like are dealt with inside.
	 * @param message  a view of the transport's memory, good until the next call on it
	 * @retval TSPDM_ERR_TIMEOUT        nothing came; the transport can be used on
	 * @retval TSPDM_ERR_CLOSED         the peer closed, or ended the dialogue in order
	 * @retval TSPDM_ERR_FRAME, TSPDM_ERR_FRAME_REFUSED, TSPDM_ERR_TOO_LARGE, TSPDM_ERR_IO  close it */
	enum tspdm_status (*receive)(struct tspdm_transport *transport, enum tspdm_message_kind *kind,
		struct tspdm_view *message, uint64_t deadline_us);

	/** A descriptor that poll(2) reports readable when receive() has something to do; -1 where there is none. What was
	 * read ahead does not show there: call receive() with a deadline of 0 until TSPDM_ERR_TIMEOUT, then poll. */
	int (*poll_handle)(struct tspdm_transport *transport);

	/** Ends the dialogue in order where the framing has a way to, closes, frees. */
	void (*close)(struct tspdm_transport *transport);

	/** A value that both ends of this connection have and no other connection; see tspdm_transport_channel(). NULL or
	 * beyond `size`: there is none.
	 * @param out  TSPDM_CHANNEL_LEN bytes */
	enum tspdm_status (*channel)(struct tspdm_transport *transport, uint8_t *out);

	/** Lets time pass until a moment, in the way that the carrier waits for its peer: tspdm_run() does so between a
	 * ResponseNotReady and the next question. NULL or beyond `size`: the thread sleeps.
	 * @retval TSPDM_ERR_TIMEOUT  it is over
	 * @retval others             give the job up, as of struct tspdm_wait_hook */
	enum tspdm_status (*rest)(struct tspdm_transport *transport, uint64_t deadline_us);
};

/** The head of every transport. */
struct tspdm_transport {
	const struct tspdm_transport_ops *ops;
	const struct tspdm_binding *binding;
};

/** Why an endpoint could not be opened, for a person. */
struct tspdm_endpoint_error {
	char text[256];
};

/** How to wait, for those who do something else meanwhile: a coroutine of an event loop lets others run until its descriptor
 * is ready, and so one thread attests thousands of endpoints by the same straight code that attests one. */
struct tspdm_wait_hook {
	/** Returns when `fd` shows one of `events` of poll(2), or an error to be read from it, or when it is too late. Early
	 * and false alarms are allowed. Others may run also where nothing has to be waited for.
	 * @param fd           -1: only for the time to pass
	 * @param deadline_us  on the clock of tspdm_now_us(); UINT64_MAX: none; one that is past asks whether it is ready now
	 * @retval TSPDM_OK           it is ready
	 * @retval TSPDM_ERR_TIMEOUT  the deadline has passed
	 * @retval others             ends the connection, or the attempt to make one, with this status: TSPDM_ERR_INTERRUPTED
	 *                            for an end from outside */
	enum tspdm_status (*wait)(void *context, int fd, short events, uint64_t deadline_us);
	void *context;

	/** Looks a host up as getaddrinfo(3) does, which blocks. What it finds is freed with freeaddrinfo(3). Default:
	 * getaddrinfo(3).
	 * @returns 0, or an EAI_ value; EAI_SYSTEM with errno ETIMEDOUT after the deadline, or ECANCELED as
	 *          TSPDM_ERR_INTERRUPTED above */
	int (*resolve)(void *context, const char *host, const char *service, const struct addrinfo *hints,
		uint64_t deadline_us, struct addrinfo **out);
};

/** How to open an endpoint; begins with its size, zero means the default. */
struct tspdm_transport_options {
	size_t size;
	uint64_t timeout_us;  /**< for connecting and the opening dialogue; default 10 s */
	uint32_t max_message; /**< largest message to receive, bytes, a record counted whole; default: what the binding
	                           allows, at most 1 MiB */
	bool is_strict;       /**< see struct tspdm_framer */
	bool is_swapped;      /**< see struct tspdm_framer */
	uint8_t reserved[2];
	struct tspdm_tls_context *tls; /**< tspdm_transport_open(): for tls://, NULL takes any certificate and shows none.
	                                    tspdm_transport_from_fd(): the frames are inside TLS. It has to outlast the
	                                    transport */
	struct tspdm_wait_hook wait;   /**< for the connection, the handshakes, and each message until it is closed; default:
	                                    poll(2). Its context has to outlast the transport */
};

/** Opens an endpoint as the connecting side: "tcp://HOST[:PORT]", "unix:PATH", "emu+mctp://HOST[:PORT]", "emu+doe://…",
 * "emu+tcp://…", "emu+none://…", "tls://HOST[:PORT]", "unix:@NAME" for an abstract socket, "vsock://CID[:PORT]" where CID
 * is a number, "host" or "local". IPv6 addresses stand in brackets.
 * @param options  NULL for the defaults
 * @param why      filled on failure; NULL if not wanted
 * @retval TSPDM_ERR_ENDPOINT     the URL cannot be understood, or names a scheme that this build lacks
 * @retval TSPDM_ERR_CONNECT      no connection
 * @retval TSPDM_ERR_TIMEOUT      no connection, or no answer to the opening, in time
 * @retval TSPDM_ERR_TLS, TSPDM_ERR_CHAIN_UNTRUSTED and others of tspdm_tls_handshake()  tls://
 * @retval others                 the opening failed, as of tspdm_transport_from_fd() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_transport_open(const char *url,
	const struct tspdm_transport_options *options, struct tspdm_transport **out, struct tspdm_endpoint_error *why);

/** Whether tspdm_transport_open() could understand an endpoint; nothing is connected to.
 * @param why  filled on failure; NULL if not wanted
 * @retval TSPDM_ERR_ENDPOINT  it could not */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_endpoint_check(const char *url, struct tspdm_endpoint_error *why);

/** Wraps a connected stream socket, which the transport then owns; after a failure it is still the caller's. The
 * connecting end (is_listener false) also goes through the opening dialogue, if the framing has one.
 * @retval TSPDM_ERR_ARGUMENT     `fd` is none, or options->size is none that was ever released
 * @retval TSPDM_ERR_UNSUPPORTED  an option is set that this release does not know; DOE: the peer does not list CMA-SPDM
 * @retval TSPDM_ERR_TIMEOUT, TSPDM_ERR_CLOSED, TSPDM_ERR_FRAME, TSPDM_ERR_FRAME_REFUSED, TSPDM_ERR_TOO_LARGE  the opening */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_transport_from_fd(int fd, const struct tspdm_framing *framing,
	bool is_listener, const struct tspdm_transport_options *options, struct tspdm_transport **out);

/** Two ends joined in this process ("mem:"): what one sends the other receives. Each is closed by itself. One thread may
 * drive both, or one each; receive() on an empty queue waits for its deadline, so a single thread gives one that is past. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_loopback_pair(
	const struct tspdm_binding *binding, struct tspdm_transport *ends[2]);

enum { TSPDM_CHANNEL_LEN = 32 };

/** The value that ties what is said inside to this very connection: for tls:// the exporter of RFC 9266. Evidence that
 * holds it cannot have come through a man in the middle.
 * @param out  TSPDM_CHANNEL_LEN bytes
 * @retval TSPDM_ERR_UNSUPPORTED  this transport has none */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_transport_channel(struct tspdm_transport *transport, uint8_t *out);

/** NULL is allowed. */
TSPDM_API void tspdm_transport_close(struct tspdm_transport *transport);

/** A listening endpoint. */
struct tspdm_listener;

/** Opens an endpoint as the listening side: the schemes of tspdm_transport_open() and "emu://", which takes the binding
 * from the first packet. Port 0 takes a free one; an empty host means all addresses ("tcp://:4194"). A stale socket file
 * of unix: is replaced, any other file is not. "vsock://any:PORT" takes connections to any CID of this machine. With tls://
 * what is accepted is a plain socket still: hand it to tspdm_tls_new(), or to tspdm_transport_from_fd() with options->tls.
 * @retval TSPDM_ERR_ENDPOINT, TSPDM_ERR_CONNECT  as above */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_listener_open(
	const char *url, struct tspdm_listener **out, struct tspdm_endpoint_error *why);
/** @returns the listening descriptor, non-blocking */
TSPDM_API int tspdm_listener_fd(const struct tspdm_listener *listener);
/** @returns the endpoint as it can be connected to, with the port in force */
TSPDM_API const char *tspdm_listener_url(const struct tspdm_listener *listener);
TSPDM_API const struct tspdm_framing *tspdm_listener_framing(const struct tspdm_listener *listener);
/** @returns whether the endpoint is tls:// */
TSPDM_API bool tspdm_listener_is_tls(const struct tspdm_listener *listener);
/** Accepts one connection: a non-blocking descriptor with TCP_NODELAY set.
 * @retval TSPDM_AGAIN       none is waiting
 * @retval TSPDM_ERR_SYSTEM  the system refused, as for want of descriptors */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_listener_accept(struct tspdm_listener *listener, int *fd);
/** Closes, removes the socket file of unix:, frees. NULL is allowed. */
TSPDM_API void tspdm_listener_close(struct tspdm_listener *listener);

/** Re-arms quick acknowledgement after a read, where the system has it: a peer that writes a frame's header by itself
 * otherwise waits some 40 ms for each message. Event loops call it, the carriers do so themselves. */
TSPDM_API void tspdm_quick_ack(int fd);

/* ---- Blocking drivers ---- */

/** @returns a monotonic clock in microseconds */
TSPDM_API uint64_t tspdm_now_us(void);

/** Steps a requester until the job that was begun is done or has failed.
 * @returns the job's outcome; tspdm_requester_error() has the details, also of transport failures */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_run(struct tspdm_requester *requester, struct tspdm_transport *transport);

/** Answers requests until the peer closes.
 * @param room  where responses are built; its size is the largest response
 * @returns TSPDM_ERR_CLOSED after an orderly end, else what ended it */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_serve(
	struct tspdm_responder *responder, struct tspdm_transport *transport, struct tspdm_buffer room);

#ifdef __cplusplus
}
#endif
#endif
