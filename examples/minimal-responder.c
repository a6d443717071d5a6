/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The smallest responder: a device with a key made in memory and one measurement, which serves one peer after the other.
 *	minimal-responder tcp://127.0.0.1:4194 root.der */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <tspdm/openssl.h>
#include <tspdm/responder.h>
#include <tspdm/transport.h>

static uint8_t room[65535], scratch[70000];
static const uint8_t firmware[] = "what this device runs";
static const struct tspdm_block blocks[] = { { .index = 1,
	.type = TSPDM_MEASUREMENT_FIRMWARE,
	.form = TSPDM_BLOCK_RAW_OR_DIGEST,
	.is_tcb = true,
	.value = { firmware, sizeof firmware - 1 } } };

/* The root is the first certificate of the chain: an ASN.1 SEQUENCE with a length of two bytes. */
static enum tspdm_status write_root(const char *path, struct tspdm_view chain)
{
	size_t len = 4 + ((size_t)chain.ptr[2] << 8 | chain.ptr[3]), written = 0;
	FILE *out = fopen(path, "wb");

	if (out != NULL)
		written = fwrite(chain.ptr, 1, len, out);
	return out != NULL && fclose(out) == 0 && written == len ? TSPDM_OK : TSPDM_ERR_SYSTEM;
}

static void serve(struct tspdm_responder_config *config, struct tspdm_transport *transport, void *memory)
{
	struct tspdm_responder *responder = NULL;
	enum tspdm_status status;

	config->binding = transport->binding;
	status = tspdm_responder_init(memory, tspdm_responder_size(), config, &responder);
	if (status == TSPDM_OK)
		status = tspdm_serve(responder, transport, (struct tspdm_buffer){ room, sizeof room, 0 });
	fprintf(stderr, "a peer was served: %s\n", tspdm_status_text(status));
	tspdm_responder_wipe(responder);
}

static void serve_all(struct tspdm_responder_config *config, struct tspdm_listener *listener, void *memory)
{
	struct pollfd ready = { .fd = tspdm_listener_fd(listener), .events = POLLIN };
	struct tspdm_transport *transport;
	int fd;

	while (poll(&ready, 1, -1) >= 0) {
		if (tspdm_listener_accept(listener, &fd) != TSPDM_OK)
			continue;
		if (tspdm_transport_from_fd(fd, tspdm_listener_framing(listener), true, NULL, &transport) != TSPDM_OK) {
			close(fd);
			continue;
		}
		serve(config, transport, memory);
		tspdm_transport_close(transport);
	}
}

int main(int argc, char **argv)
{
	struct tspdm_openssl_make make = { .size = sizeof make };
	struct tspdm_responder_config config = {
		.size = sizeof config, .scratch = scratch, .scratch_len = sizeof scratch
	};
	struct tspdm_openssl_identity *identity = NULL;
	struct tspdm_listener *listener = NULL;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_basic_device device;
	void *memory = malloc(tspdm_responder_size());
	enum tspdm_status status = argc == 3 && memory != NULL ? TSPDM_OK : TSPDM_ERR_ARGUMENT;

	tspdm_basic_device_init(&device);
	device.blocks = blocks;
	device.block_count = 1;
	config.device = &device.base;
	if (status == TSPDM_OK)
		status = tspdm_openssl_new(&config.crypto);
	if (status == TSPDM_OK)
		status = tspdm_openssl_identity_make(&make, &identity);
	if (status == TSPDM_OK) {
		tspdm_openssl_identity_slot(identity, &device.slots[0]);
		status = write_root(argv[2], device.slots[0].certificates);
	}
	if (status == TSPDM_OK)
		status = tspdm_listener_open(argv[1], &listener, &why);
	if (status != TSPDM_OK) {
		fprintf(stderr, "minimal-responder: %s %s\n", why.text, tspdm_status_text(status));
		free(memory);
		return 1;
	}
	fprintf(stderr, "listening on %s\n", tspdm_listener_url(listener));
	serve_all(&config, listener, memory);
	free(memory);
	return 1;
}
