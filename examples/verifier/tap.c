/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A transport that lets through what another one carries, and writes it to a capture. */
#include <stdlib.h>
#include <string.h>

#include "tap.h"

struct tap {
	struct tspdm_transport base;
	struct tspdm_transport *inner;
	struct pcap_stream stream;
};

/* base is the first member */
static struct tap *tap_of(struct tspdm_transport *transport)
{
	return (struct tap *)transport;
}

static enum tspdm_status tap_send(struct tspdm_transport *transport, enum tspdm_message_kind kind,
	struct tspdm_view message, uint64_t deadline_us)
{
	struct tap *t = tap_of(transport);

	pcap_message(&t->stream, t->base.binding, true, kind, message);
	return t->inner->ops->send(t->inner, kind, message, deadline_us);
}

static enum tspdm_status tap_receive(struct tspdm_transport *transport, enum tspdm_message_kind *kind,
	struct tspdm_view *message, uint64_t deadline_us)
{
	struct tap *t = tap_of(transport);
	enum tspdm_status status = t->inner->ops->receive(t->inner, kind, message, deadline_us);

	if (status == TSPDM_OK)
		pcap_message(&t->stream, t->base.binding, false, *kind, *message);
	return status;
}

static int tap_poll_handle(struct tspdm_transport *transport)
{
	struct tap *t = tap_of(transport);

	return t->inner->ops->poll_handle(t->inner);
}

static enum tspdm_status tap_channel(struct tspdm_transport *transport, uint8_t *out)
{
	return tspdm_transport_channel(tap_of(transport)->inner, out);
}

static void tap_close(struct tspdm_transport *transport)
{
	struct tap *t = tap_of(transport);

	pcap_end(&t->stream);
	tspdm_transport_close(t->inner);
	free(t);
}

static enum tspdm_status tap_rest(struct tspdm_transport *transport, uint64_t deadline_us)
{
	struct tap *t = tap_of(transport);

	return t->inner->ops->rest(t->inner, deadline_us);
}

static const struct tspdm_transport_ops ops = {
	.size = sizeof ops,
	.name = "tap",
	.send = tap_send,
	.receive = tap_receive,
	.poll_handle = tap_poll_handle,
	.close = tap_close,
	.channel = tap_channel,
	.rest = tap_rest,
};

bool tap_open(struct tspdm_transport **transport, struct pcap_file *file, const char *endpoint)
{
	struct tap *t;

	if (file == NULL)
		return true;
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return false;
	t->base = (struct tspdm_transport){ .ops = &ops, .binding = (*transport)->binding };
	t->inner = *transport;
	pcap_begin(&t->stream, file, strncmp(endpoint, "emu", 3) != 0);
	*transport = &t->base;
	return true;
}
