/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The bytes of a connection: a socket, bare or inside TLS. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

void wire_open(struct wire *w, int fd, struct tspdm_tls_context *context)
{
	*w = (struct wire){ .fd = fd, .events = POLLIN, .context = context };
}

/* TLS takes the more memory: who has not said a word costs as little there as elsewhere. */
static enum tspdm_status begin(struct wire *w)
{
	return w->context == NULL || w->tls != NULL ? TSPDM_OK : tspdm_tls_new(w->context, w->fd, NULL, &w->tls);
}

void wire_close(struct wire *w)
{
	tspdm_tls_free(w->tls);
	close(w->fd);
}

static enum tspdm_status judge_errno(struct wire *w, short events)
{
	w->events = events;
	if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
		return TSPDM_AGAIN;
	snprintf(w->reason, sizeof w->reason, "%s", strerror(errno));
	return TSPDM_ERR_IO;
}

enum tspdm_status wire_receive(struct wire *w, struct tspdm_buffer *in)
{
	ssize_t got;

	TSPDM_TRY(begin(w));
	if (w->tls != NULL)
		return tspdm_tls_read(w->tls, in, &w->events);
	got = recv(w->fd, in->ptr + in->len, in->cap - in->len, 0);
	if (got < 0)
		return judge_errno(w, POLLIN);
	if (got == 0)
		return TSPDM_ERR_CLOSED;
	tspdm_quick_ack(w->fd);
	in->len += (size_t)got;
	return TSPDM_OK;
}

enum tspdm_status wire_send(struct wire *w, struct tspdm_view *left)
{
	ssize_t sent;

	TSPDM_TRY(begin(w));
	if (w->tls != NULL)
		return tspdm_tls_write(w->tls, left, &w->events);
	sent = send(w->fd, left->ptr, left->len, MSG_NOSIGNAL);
	if (sent < 0)
		return judge_errno(w, POLLOUT);
	left->ptr += sent;
	left->len -= (size_t)sent;
	return TSPDM_OK;
}

enum tspdm_status wire_channel(const struct wire *w, uint8_t *room, struct tspdm_view *channel)
{
	*channel = (struct tspdm_view){ NULL, 0 };
	if (w->tls == NULL)
		return TSPDM_OK;
	TSPDM_TRY(tspdm_tls_channel(w->tls, room));
	*channel = (struct tspdm_view){ room, TSPDM_CHANNEL_LEN };
	return TSPDM_OK;
}

bool wire_is_pending(const struct wire *w)
{
	return w->tls != NULL && tspdm_tls_pending(w->tls) != 0;
}

const char *wire_reason(struct wire *w, enum tspdm_status status)
{
	if (w->tls != NULL && tspdm_tls_error(w->tls)[0] != '\0')
		snprintf(w->reason, sizeof w->reason, "TLS: %.190s", tspdm_tls_error(w->tls));
	if (w->reason[0] != '\0')
		return w->reason;
	return status == TSPDM_ERR_CLOSED ? "closed by the peer" : tspdm_status_text(status);
}
