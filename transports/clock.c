/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The monotonic clock, and waiting for a descriptor until a time on it. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "endpoint.h"

enum { US_PER_MS = 1000, US_PER_S = 1000000, NS_PER_US = 1000 };

uint64_t tspdm_now_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

uint64_t tspdm_deadline_in(uint64_t delay_us)
{
	uint64_t now = tspdm_now_us();

	return delay_us < UINT64_MAX - now ? now + delay_us : UINT64_MAX;
}

/* For poll(2): rounded up, so that it is not called again just before the deadline; -1 waits without end. */
static int milliseconds_left(uint64_t deadline_us)
{
	uint64_t now = tspdm_now_us();
	uint64_t ms = 0;

	if (deadline_us == UINT64_MAX)
		return -1;
	if (deadline_us <= now)
		return 0;
	ms = (deadline_us - now - 1) / US_PER_MS + 1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

enum tspdm_status tspdm_wait_fd(int fd, short events, uint64_t deadline_us)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int ready = poll(&p, 1, milliseconds_left(deadline_us));

		if (ready > 0)
			return p.revents & POLLNVAL ? TSPDM_ERR_IO : TSPDM_OK;
		if (ready < 0 && errno != EINTR)
			return TSPDM_ERR_IO;
		if (tspdm_now_us() >= deadline_us)
			return TSPDM_ERR_TIMEOUT;
	}
}

enum tspdm_status tspdm_wait_by(const struct tspdm_wait_hook *hook, int fd, short events, uint64_t deadline_us)
{
	return hook->wait != NULL ? hook->wait(hook->context, fd, events, deadline_us)
				  : tspdm_wait_fd(fd, events, deadline_us);
}
