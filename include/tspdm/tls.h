/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TLS 1.3 around the frames of DSP0287 ("tls://"), without blocking: what an event loop needs. tspdm_transport_open() and
 * tspdm_transport_from_fd() do all of this by themselves, given a context in their options or none.
 *
 *	struct tspdm_tls_config config = { .size = sizeof config, .is_server = true };	// a certificate made on the spot
 *	status = tspdm_tls_context_new(&config, &context, &why);	// once
 *	status = tspdm_tls_new(context, fd, NULL, &tls);		// for each connection
 *	status = tspdm_tls_read(tls, &in, &events);			// TSPDM_AGAIN: poll for `events` and call again
 *
 * TLS by itself authenticates nobody here: without `trust` any certificate is taken, and none of a client is asked for.
 * Who the peer is, SPDM tells inside, by evidence or a certificate chain. The channel's value (RFC 9266), put into that
 * evidence, is what then shows that nobody sits in between. */
#ifndef TSPDM_TLS_H
#define TSPDM_TLS_H

#include <tspdm/psk.h>
#include <tspdm/status.h>
#include <tspdm/transport.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The name of RFC 7301 that both ends offer: frames of DSP0287. A peer that speaks of none is taken too. */
#define TSPDM_TLS_ALPN "spdm"

enum {
	TSPDM_TLS_PSK_ID_MAX = 128, /**< longest identity, bytes */
	TSPDM_TLS_PSK_MIN = 16,     /**< shortest secret: it could be found by trying (RFC 9257 "Recommendations") */
	TSPDM_TLS_PSKS_MAX = 4096   /**< of one context */
};

/** What a context is made of; begins with its size, zero means the default. Texts are read before the call returns. */
struct tspdm_tls_config {
	size_t size;
	struct tspdm_view certificate; /**< PEM, one's own first, then those above it. Empty: a server makes one, which
	                                    certifies nothing; a client shows none */
	struct tspdm_view key;         /**< PEM, the private key of that certificate; the caller wipes it */
	struct tspdm_view trust; /**< PEM, whom to trust: roots, or the peer's certificate itself. A server then demands
	                                    a certificate, a client looks at the name too. Empty: any peer is taken */
	const char *name;        /**< client: the DNS name or IP address that the certificate has to be for; NULL: the
	                                    host that is connected to */
	bool is_server;
	uint8_t reserved[7];
	const struct tspdm_psk
		*psks;    /**< keys that both ends have beforehand, instead of `certificate` and `trust`: a peer
	                                    without one of them is refused. `hint` is the identity, in the clear on
	                                    the wire, 1 to TSPDM_TLS_PSK_ID_MAX bytes; `secret` TSPDM_TLS_PSK_MIN to
	                                    TSPDM_PSK_MAX random bytes, for this purpose and these two ends alone.
	                                    Copied; the context wipes its copies */
	size_t psk_count; /**< of a client 1 at most; 0: certificates */
};

/** What connections have in common. Several threads may make connections of it at the same time. */
struct tspdm_tls_context;

/** @param why  filled on failure; NULL if not wanted
 * @retval TSPDM_ERR_ARGUMENT     config->size is none that was ever released, or a key is given without certificate, or a
 *                                certificate without key; or a pre-shared key is none for TLS, or stands beside a
 *                                certificate (why->text tells)
 * @retval TSPDM_ERR_UNSUPPORTED  a field is set that this release does not know
 * @retval TSPDM_ERR_KEY          the key cannot be read, or is not that of the certificate
 * @retval TSPDM_ERR_CHAIN_FORM   `certificate` or `trust` holds no certificate that can be read
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_context_new(
	const struct tspdm_tls_config *config, struct tspdm_tls_context **out, struct tspdm_endpoint_error *why);
/** After the last of its connections. NULL is allowed. */
TSPDM_API void tspdm_tls_context_free(struct tspdm_tls_context *context);

/** One connection. */
struct tspdm_tls;

/** Begins TLS on a connected, non-blocking stream socket, which stays the caller's; nothing is sent or read yet.
 * @param host  client: the host that was connected to, for the name in the certificate; NULL: unknown
 * @retval TSPDM_ERR_ARGUMENT  a client's context has `trust`, and there is no name to hold the certificate against
 * @retval TSPDM_ERR_MEMORY */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_new(
	struct tspdm_tls_context *context, int fd, const char *host, struct tspdm_tls **out);

/** Goes on with the handshake; reading and writing do so too.
 * @param events  on TSPDM_AGAIN: what to wait for, POLLIN or POLLOUT of poll(2)
 * @retval TSPDM_OK     it is complete
 * @retval TSPDM_AGAIN  wait, and call again
 * @retval TSPDM_ERR_CHAIN_UNTRUSTED, TSPDM_ERR_CHAIN_TIME, TSPDM_ERR_CHAIN_SIGNATURE, TSPDM_ERR_CHAIN_USAGE  the peer's
 *                      certificate, or that there is none
 * @retval TSPDM_ERR_PSK  with pre-shared keys: the peer has none that is known
 * @retval TSPDM_ERR_MAC  the peer has another key by the same identity
 * @retval TSPDM_ERR_TLS, TSPDM_ERR_CLOSED, TSPDM_ERR_IO  close it; tspdm_tls_error() has the words */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_handshake(struct tspdm_tls *tls, short *events);

/** Appends what has come to `in`, at most what there is room for.
 * @retval TSPDM_OK          at least one byte
 * @retval TSPDM_ERR_BUFFER  `in` is full
 * @retval TSPDM_ERR_CLOSED  the peer said close_notify
 * @retval TSPDM_ERR_TLS     also: the stream ended without close_notify, so that something may be missing
 * @retval others            as of tspdm_tls_handshake() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_read(
	struct tspdm_tls *tls, struct tspdm_buffer *in, short *events);

/** Bytes that were decrypted and not read yet, which poll(2) does not show: read on before waiting. */
TSPDM_API size_t tspdm_tls_pending(const struct tspdm_tls *tls);

/** Writes some of `left` and takes it off the front. After TSPDM_AGAIN the same bytes have to be given again.
 * @retval as of tspdm_tls_handshake() */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_write(
	struct tspdm_tls *tls, struct tspdm_view *left, short *events);

/** The value that both ends of this connection have, and no other connection: "EXPORTER-Channel-Binding" of RFC 9266.
 * @param out  TSPDM_CHANNEL_LEN bytes
 * @retval TSPDM_ERR_STATE  the handshake is not complete */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tls_channel(const struct tspdm_tls *tls, uint8_t *out);

/** What went wrong, for a person. @returns never NULL; good until the next call */
TSPDM_API const char *tspdm_tls_error(const struct tspdm_tls *tls);

/** Says close_notify, where that can be done without waiting, and frees. The socket stays open. NULL is allowed. */
TSPDM_API void tspdm_tls_free(struct tspdm_tls *tls);

#ifdef __cplusplus
}
#endif
#endif
