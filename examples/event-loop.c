/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester without blocking, on plain poll(2): connects to a Unix socket and authenticates whoever answers there. One
 * such struct for each peer, all descriptors in one poll(), and a thread attests as many as it likes.
 *	event-loop /run/attester.sock root.der */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>

/* One peer. */
struct peer {
	struct tspdm_requester *requester;
	struct tspdm_framer framer;
	int fd;
	uint8_t in[70000], out[70000]; /* what was received and not taken; what is to be sent */
	size_t in_len, out_len;
	uint64_t deadline_us;
	uint8_t request[256], chain[65535];
};

/* Moves the job on as far as it goes without waiting. Returns false when it is over. */
static bool step(struct peer *p)
{
	struct tspdm_buffer frame = { p->out, sizeof p->out, 0 };
	struct tspdm_io io;

	for (;;) {
		switch (tspdm_requester_step(p->requester, tspdm_now_us(), &io)) {
		case TSPDM_STEP_SEND:
			if (tspdm_framer_wrap(&p->framer, io.kind, io.out, &frame) != TSPDM_OK)
				return false;
			p->out_len = frame.len;
			break;
		case TSPDM_STEP_RECEIVE:
		case TSPDM_STEP_WAIT:
			p->deadline_us = io.deadline_us;
			return true;
		default:
			return false;
		}
	}
}

/* Takes the frames that have arrived. */
static void take(struct peer *p)
{
	struct tspdm_view stream = { p->in, p->in_len };
	struct tspdm_frame frame;

	while (tspdm_framer_pull(&p->framer, &stream, sizeof p->in / 2, &frame) == TSPDM_OK)
		if (frame.event == TSPDM_FRAME_MESSAGE &&
			tspdm_requester_input(p->requester, frame.kind, frame.body) != TSPDM_OK)
			break;
	memmove(p->in, stream.ptr, stream.len);
	p->in_len = stream.len;
}

/* One turn of the loop: waits for the socket or for the requester's deadline. */
static bool turn(struct peer *p)
{
	struct pollfd ready = { .fd = p->fd, .events = (short)(POLLIN | (p->out_len != 0 ? POLLOUT : 0)) };
	uint64_t now = tspdm_now_us();
	ssize_t moved = 0;

	poll(&ready, 1, p->deadline_us > now ? (int)((p->deadline_us - now) / 1000 + 1) : 0);
	if ((ready.revents & POLLOUT) != 0 && (moved = write(p->fd, p->out, p->out_len)) > 0)
		memmove(p->out, p->out + moved, p->out_len -= (size_t)moved);
	if ((ready.revents & (POLLIN | POLLHUP)) != 0) {
		moved = read(p->fd, p->in + p->in_len, sizeof p->in - p->in_len);
		if (moved <= 0)
			tspdm_requester_fail(p->requester, TSPDM_ERR_CLOSED);
		p->in_len += moved > 0 ? (size_t)moved : 0;
	}
	take(p);
	return step(p);
}

static bool run(struct peer *p, enum tspdm_status begun)
{
	for (bool goes_on = begun == TSPDM_OK && step(p); goes_on;)
		goes_on = turn(p);
	return begun == TSPDM_OK && tspdm_requester_error(p->requester)->status == TSPDM_OK;
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) < sizeof address.sun_path)
		memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum tspdm_status authenticate(struct peer *p, struct tspdm_requester_config *config, void *memory)
{
	const struct tspdm_authenticate job = { .chain = p->chain, .chain_cap = sizeof p->chain };

	TSPDM_TRY(tspdm_openssl_new(&config->crypto));
	TSPDM_TRY(tspdm_requester_init(memory, tspdm_requester_size(), config, &p->requester));
	tspdm_framer_init(&p->framer, &tspdm_framing_dsp0287, false);
	if (run(p, tspdm_requester_connect(p->requester)))
		(void)run(p, tspdm_requester_authenticate(p->requester, &job));
	return tspdm_requester_error(p->requester)->status;
}

int main(int argc, char **argv)
{
	static struct peer p;
	static uint8_t root[8192];
	struct tspdm_requester_config config = { .size = sizeof config,
		.binding = &tspdm_binding_tcp,
		.request = p.request,
		.request_len = sizeof p.request,
		.anchors = { .ptr = root } };
	FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
	void *memory = malloc(tspdm_requester_size());
	enum tspdm_status status = TSPDM_ERR_ARGUMENT;

	p.fd = -1;
	if (file != NULL && memory != NULL) {
		config.anchors.len = fread(root, 1, sizeof root, file);
		p.fd = open_socket(argv[1]);
		status = p.fd >= 0 ? authenticate(&p, &config, memory) : TSPDM_ERR_CONNECT;
	}
	if (status == TSPDM_OK)
		puts("authenticated");
	else
		fprintf(stderr, "event-loop: %s\n", tspdm_status_text(status));
	tspdm_requester_wipe(p.requester);
	tspdm_openssl_free(config.crypto);
	free(memory);
	if (p.fd >= 0)
		close(p.fd);
	if (file != NULL)
		fclose(file);
	return status == TSPDM_OK ? 0 : status == TSPDM_ERR_CONNECT ? 3 : 1;
}
