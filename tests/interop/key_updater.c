/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder that wants new keys in each session, again and again: key-updater --listen emu+mctp:... --write-root FILE. It
 * serves one connection of the emulator's framing on any port, and says which; at the end how many updates were done. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tspdm/openssl.h>
#include <tspdm/responder.h>

enum { MESSAGE_MAX = 4096, ROOM = 65536, SESSIONS = 4 };

static uint8_t in[ROOM], answer[ROOM], out[ROOM], record[MESSAGE_MAX + 64];
static struct tspdm_responder *responder;
static unsigned updates;

static void check(const char *what, bool is_good)
{
	if (is_good)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

static void write_root(const char *path, struct tspdm_view certificates)
{
	FILE *file = fopen(path, "wb");

	check("root", file != NULL && certificates.len > 4 && certificates.ptr[1] == 0x82);
	fwrite(certificates.ptr, 1, 4 + (size_t)certificates.ptr[2] * 256 + certificates.ptr[3], file);
	fclose(file);
}

static int accept_one(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0), peer;

	check("listen", bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 1) == 0);
	check("listen", getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	fprintf(stderr, "listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
	peer = accept(fd, NULL, NULL);
	close(fd);
	check("accept", peer >= 0);
	return peer;
}

/* Each session is to have new keys as soon as the last ones are in use. */
static void want_keys(void)
{
	uint32_t ids[SESSIONS];
	size_t count = tspdm_responder_sessions(responder, ids, SESSIONS);

	for (size_t i = 0; i < count; i++)
		if (tspdm_responder_ask_key_update(responder, ids[i]) == TSPDM_OK)
			updates++;
}

static void serve(int fd, struct tspdm_framer *framer, const struct tspdm_frame *frame)
{
	struct tspdm_buffer response = { answer, MESSAGE_MAX, 0 }, framed = { out, sizeof out, 0 };
	struct tspdm_view bytes = frame->body;

	if (frame->event == TSPDM_FRAME_MESSAGE) {
		check("handle", tspdm_responder_handle(
					responder, tspdm_now_us(), frame->kind, frame->body, &response) == TSPDM_OK);
		want_keys();
		if (response.len == 0)
			return;
		check("wrap",
			tspdm_framer_wrap(framer, frame->kind, tspdm_buffer_view(&response), &framed) == TSPDM_OK);
		bytes = tspdm_buffer_view(&framed);
	}
	check("write", bytes.len == 0 || write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
}

static void serve_all(int fd)
{
	struct tspdm_framer framer;
	size_t len = 0;
	ssize_t got;

	tspdm_framer_init(&framer, &tspdm_framing_emu_mctp, true);
	while ((got = read(fd, in + len, sizeof in - len)) > 0) {
		struct tspdm_view stream = { in, len + (size_t)got };
		struct tspdm_frame frame;

		while (tspdm_framer_pull(&framer, &stream, sizeof record, &frame) == TSPDM_OK)
			serve(fd, &framer, &frame);
		memmove(in, stream.ptr, stream.len);
		len = stream.len;
	}
}

int main(int argc, char **argv)
{
	const struct tspdm_openssl_make make = { .size = sizeof make };
	struct tspdm_responder_config config = { .size = sizeof config,
		.binding = &tspdm_binding_mctp,
		.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC |
				TSPDM_CAP_KEY_UPD | TSPDM_CAP_ENCAP | TSPDM_CAP_HBEAT,
		.max_message = MESSAGE_MAX,
		.record = record,
		.record_len = sizeof record,
		.sessions_len = SESSIONS * tspdm_session_size() };
	struct tspdm_openssl_identity *identity = NULL;
	struct tspdm_basic_device device;
	void *memory = malloc(tspdm_responder_size());
	int fd;

	config.sessions = malloc(config.sessions_len);
	check("openssl", tspdm_openssl_new(&config.crypto) == TSPDM_OK &&
				 tspdm_openssl_identity_make(&make, &identity) == TSPDM_OK);
	tspdm_basic_device_init(&device);
	tspdm_openssl_identity_slot(identity, &device.slots[0]);
	config.device = &device.base;
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--write-root") == 0)
			write_root(argv[i + 1], device.slots[0].certificates);
	check("init", tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder) == TSPDM_OK);
	fd = accept_one();
	serve_all(fd);
	fprintf(stderr, "%u updates were wanted\n", updates);
	close(fd);
	tspdm_responder_wipe(responder);
	tspdm_openssl_identity_free(identity);
	tspdm_openssl_free(config.crypto);
	free(config.sessions);
	free(memory);
	return 0;
}
