/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The bytes under the stream carrier: a socket, bare or inside TLS. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "stream_bytes.h"

static enum tspdm_status judge_errno(short wanted, short *events)
{
	*events = wanted;
	switch (errno) {
	case EINTR: /* as any readiness that was none: poll(2) tells */
	case EAGAIN:
		return TSPDM_AGAIN;
	case EPIPE:
	case ECONNRESET:
		return TSPDM_ERR_CLOSED;
	default:
		return TSPDM_ERR_IO;
	}
}

enum tspdm_status tspdm_wire_receive(const struct tspdm_wire *wire, struct tspdm_buffer *in, short *events)
{
	ssize_t n = 0;

	if (wire->tls != NULL)
		return tspdm_tls_read(wire->tls, in, events);
	n = recv(wire->fd, in->ptr + in->len, in->cap - in->len, 0);
	if (n < 0)
		return judge_errno(POLLIN, events);
	if (n == 0)
		return TSPDM_ERR_CLOSED;
	tspdm_quick_ack(wire->fd);
	in->len += (size_t)n;
	return TSPDM_OK;
}

enum tspdm_status tspdm_wire_send(const struct tspdm_wire *wire, struct tspdm_view *left, short *events)
{
	ssize_t n = 0;

	if (wire->tls != NULL)
		return tspdm_tls_write(wire->tls, left, events);
	n = send(wire->fd, left->ptr, left->len, MSG_NOSIGNAL);
	if (n < 0)
		return judge_errno(POLLOUT, events);
	left->ptr += n;
	left->len -= (size_t)n;
	return TSPDM_OK;
}

static enum tspdm_status shake_hands(const struct tspdm_wire *wire, uint64_t deadline_us)
{
	for (bool is_late = false;; is_late = tspdm_now_us() >= deadline_us) {
		short events = 0;
		enum tspdm_status status = tspdm_tls_handshake(wire->tls, &events);

		if (status != TSPDM_AGAIN)
			return status;
		if (is_late) /* a peer that sends it byte by byte has as long as any other */
			return TSPDM_ERR_TIMEOUT;
		TSPDM_TRY(tspdm_wait_by(&wire->wait, wire->fd, events, deadline_us));
	}
}

enum tspdm_status tspdm_wire_secure(struct tspdm_wire *wire, struct tspdm_tls_context *context, const char *host,
	uint64_t deadline_us, struct tspdm_endpoint_error *why)
{
	enum tspdm_status status = tspdm_tls_new(context, wire->fd, host, &wire->tls);

	if (status != TSPDM_OK)
		return status;
	status = shake_hands(wire, deadline_us);
	if (status == TSPDM_ERR_TIMEOUT)
		tspdm_explain(why, "TLS: no handshake in time; is it a TLS endpoint?");
	else if (status != TSPDM_OK)
		tspdm_explain(why, "TLS: %.200s", tspdm_tls_error(wire->tls));
	return status;
}
