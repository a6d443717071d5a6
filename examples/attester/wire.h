/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The bytes of a connection: a socket, bare or inside TLS. */
#ifndef ATTESTER_WIRE_H
#define ATTESTER_WIRE_H

#include <tspdm/tls.h>

struct wire {
	int fd;
	short events;                      /* of poll(2): what the last TSPDM_AGAIN waits for */
	struct tspdm_tls_context *context; /* NULL: the bytes are as they are */
	struct tspdm_tls *tls;             /* from the first read or write on */
	char reason[200];
};

/* Takes over a socket; inside TLS where there is a context, which lives as long. The handshake comes with reading. */
void wire_open(struct wire *w, int fd, struct tspdm_tls_context *context);
/* Says that this is the end, where TLS has a way to, and closes. */
void wire_close(struct wire *w);

/* Appends what has come; takes what could be written off the front. TSPDM_AGAIN: wait. */
enum tspdm_status wire_receive(struct wire *w, struct tspdm_buffer *in);
enum tspdm_status wire_send(struct wire *w, struct tspdm_view *left);
/* The value of the connection that evidence is bound to: of TLS, whose handshake is complete when something was read. Without
 * TLS it is empty. The bytes are `room`, of TSPDM_CHANNEL_LEN. */
enum tspdm_status wire_channel(const struct wire *w, uint8_t *room, struct tspdm_view *channel);
/* Whether there is something to be read that poll(2) does not show. */
bool wire_is_pending(const struct wire *w);
/* Why it failed. */
const char *wire_reason(struct wire *w, enum tspdm_status status);

#endif
