/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Connections that want nothing but to be in the way. Where the attester hangs up on one, another takes its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum {
	TICK_US = 1000000,
	ANEW_AT_ONCE = 500, /* for each tick, in turn */
};

static const uint8_t version_request[] = { 0x06, 0x00, 0x01, 0x05, 0x10, 0x84, 0x00, 0x00 };
static const uint8_t long_header[] = { 0xff, 0x0f, 0x01, 0x05 };

enum habit {
	SILENT,   /* says nothing */
	DRIPPING, /* a byte of a long frame with each tick, as slow-loris does */
	HALF,     /* half a request */
	DEAF,     /* asks, and asks, and never reads */
	RUBBISH,  /* what is no frame */
	TALKING,  /* the first request of a good one, again and again, so that it does not count as idle */
	HABITS,
};

struct hostile {
	struct source source;
	struct load *load;
	enum habit habit;
	int fd; /* -1: none */
	bool is_connected;
};

static uint64_t last_tick_us;

static void hang_up(struct hostile *h)
{
	close(h->fd);
	h->fd = -1;
	h->load->hostile_open--;
}

static bool put(struct hostile *h, const uint8_t *bytes, size_t len)
{
	return send(h->fd, bytes, len, MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
}

static bool flood(struct hostile *h)
{
	for (unsigned i = 0; i < 64; i++)
		if (!put(h, version_request, sizeof version_request))
			return false;
	return true;
}

/* What it says when it is connected, and with each tick after that. */
static bool say(struct hostile *h, bool is_first)
{
	static const uint8_t zeros[64];

	switch (h->habit) {
	case DRIPPING:
		return is_first ? put(h, long_header, sizeof long_header) : put(h, zeros, 1);
	case HALF:
		return !is_first || put(h, version_request, sizeof version_request / 2);
	case DEAF:
		return flood(h);
	case RUBBISH:
		return put(h, zeros, sizeof zeros);
	case TALKING:
		return put(h, version_request, sizeof version_request);
	default:
		return true;
	}
}

static void on_ready(void *self, uint32_t events)
{
	struct hostile *h = self;
	uint8_t ignored[512];
	ssize_t n = 1;

	if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
		n = 0;
	} else if (!h->is_connected) {
		h->is_connected = true;
		load_watch(h->load, &h->source, h->fd, h->habit == DEAF ? EPOLLRDHUP : EPOLLIN, false);
		n = say(h, true) ? 1 : 0;
	} else if (h->habit != DEAF) {
		n = recv(h->fd, ignored, sizeof ignored, 0);
		h->load->hostile_answered += n > 0;
	} else {
		n = 0;
	}
	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	h->load->hostile_closed++;
	hang_up(h);
}

static bool begin(struct hostile *h)
{
	static const int little = 4096;

	h->fd = load_connect(h->load);
	if (h->fd < 0)
		return false;
	if (h->habit == DEAF)
		(void)setsockopt(h->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
	h->is_connected = false;
	h->load->hostile_open++;
	h->load->hostile_begun++;
	load_watch(h->load, &h->source, h->fd, EPOLLOUT, true);
	return true;
}

bool hostile_open(struct load *l)
{
	l->hostile = calloc(l->o.hostile != 0 ? l->o.hostile : 1, sizeof *l->hostile);
	if (l->hostile == NULL)
		return false;
	for (unsigned i = 0; i < l->o.hostile; i++)
		l->hostile[i] = (struct hostile){ { on_ready }, l, (enum habit)(i % HABITS), -1, false };
	return true;
}

void hostile_tick(struct load *l)
{
	static unsigned first;
	unsigned anew = 0, count = l->o.hostile, from = first;
	uint64_t now_us = tspdm_now_us();

	if (now_us - last_tick_us < TICK_US)
		return;
	last_tick_us = now_us;
	for (unsigned i = 0; i < count; i++) {
		struct hostile *h = &l->hostile[(from + i) % count];

		if (h->fd < 0 && anew < ANEW_AT_ONCE) {
			anew += begin(h);
			first = (from + i + 1) % count;
		} else if (h->fd >= 0 && h->is_connected && !say(h, false)) {
			hang_up(h);
		}
	}
}

void hostile_close(struct load *l)
{
	for (unsigned i = 0; i < l->o.hostile; i++)
		if (l->hostile[i].fd >= 0)
			hang_up(&l->hostile[i]);
	free(l->hostile);
}
