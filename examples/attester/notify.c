/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Telling the service manager how things stand: sd_notify(3)'s protocol, datagrams to the socket in $NOTIFY_SOCKET. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tspdm/transport.h>

#include "notify.h"

/* A path, or an abstract name as "@name". Returns its length; 0: nobody wants to know, or not here. */
static socklen_t find_socket(struct sockaddr_un *address)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name != NULL ? strlen(name) : 0;

	if (len < 2 || len >= sizeof address->sun_path || (name[0] != '/' && name[0] != '@'))
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

/* A manager that does not listen is no reason to stop serving. */
static void tell(const char *state)
{
	struct sockaddr_un address;
	socklen_t len = find_socket(&address);
	int fd = len != 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, len);
	close(fd);
}

void notify_ready(void)
{
	tell("READY=1");
}

void notify_reloading(void)
{
	char state[64];

	/* systemd tells by the time that this is the answer to its signal: CLOCK_MONOTONIC, as of tspdm_now_us() */
	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)tspdm_now_us());
	tell(state);
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_alive(void)
{
	tell("WATCHDOG=1");
}

uint64_t notify_alive_us(void)
{
	const char *period = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
	char *end = NULL;
	unsigned long long us;

	if (period == NULL || (whose != NULL && strtoll(whose, NULL, 10) != (long long)getpid()))
		return 0;
	us = strtoull(period, &end, 10);
	return *end == '\0' ? us / 2 : 0;
}
