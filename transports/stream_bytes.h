/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The bytes under the stream carrier: a socket, bare or inside TLS. */
#ifndef TSPDM_TRANSPORTS_STREAM_BYTES_H
#define TSPDM_TRANSPORTS_STREAM_BYTES_H

#include <tspdm/tls.h>

struct tspdm_wire {
	int fd;
	struct tspdm_tls *tls; /**< NULL: the bytes are as they are */
	struct tspdm_wait_hook wait;
};

/** Appends what has come to `in`, which has room.
 * @retval TSPDM_AGAIN  nothing yet; wait for `events` of poll(2)
 * @retval TSPDM_ERR_CLOSED, TSPDM_ERR_IO, TSPDM_ERR_TLS */
TSPDM_NODISCARD enum tspdm_status tspdm_wire_receive(
	const struct tspdm_wire *wire, struct tspdm_buffer *in, short *events);

/** Writes some of `left` and takes it off the front; the results as above. */
TSPDM_NODISCARD enum tspdm_status tspdm_wire_send(
	const struct tspdm_wire *wire, struct tspdm_view *left, short *events);

/** The handshake, waited for.
 * @param host  see tspdm_tls_new()
 * @param why   filled on failure; NULL if not wanted */
TSPDM_NODISCARD enum tspdm_status tspdm_wire_secure(struct tspdm_wire *wire, struct tspdm_tls_context *context,
	const char *host, uint64_t deadline_us, struct tspdm_endpoint_error *why);

#endif
