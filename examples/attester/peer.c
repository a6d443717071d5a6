/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Where a connection comes from: in words for the log, and as an address to be counted by. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "connection.h"

enum { IPV6_SITE_LEN = 8 /* whoever has one address there has all of them */ };

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_vm vm;
	struct sockaddr_storage room;
};

static void set_address(struct peer_address *address, const void *bytes, size_t len)
{
	*address = (struct peer_address){ .len = (uint8_t)len };
	memcpy(address->bytes, bytes, len);
}

static void take_address(const union socket_address *from, struct peer_address *out)
{
	const uint8_t *v6 = from->v6.sin6_addr.s6_addr;

	*out = (struct peer_address){ 0 };
	if (from->any.sa_family == AF_INET)
		set_address(out, &from->v4.sin_addr, sizeof from->v4.sin_addr);
	else if (from->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr))
		set_address(out, v6 + 12, sizeof from->v4.sin_addr);
	else if (from->any.sa_family == AF_INET6)
		set_address(out, v6, IPV6_SITE_LEN);
	else if (from->any.sa_family == AF_VSOCK)
		set_address(out, &from->vm.svm_cid, sizeof from->vm.svm_cid);
}

void peer_look(int fd, unsigned number, char name[HISTORY_PEER_MAX], struct peer_address *address)
{
	union socket_address from = { 0 };
	socklen_t len = sizeof from;
	char host[INET6_ADDRSTRLEN] = "";

	if (getpeername(fd, &from.any, &len) != 0)
		from.any.sa_family = AF_UNSPEC;
	take_address(&from, address);
	if (from.any.sa_family == AF_INET && inet_ntop(AF_INET, &from.v4.sin_addr, host, sizeof host) != NULL)
		snprintf(name, HISTORY_PEER_MAX, "%s:%u", host, ntohs(from.v4.sin_port));
	else if (from.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &from.v6.sin6_addr, host, sizeof host) != NULL)
		snprintf(name, HISTORY_PEER_MAX, "[%s]:%u", host, ntohs(from.v6.sin6_port));
	else if (from.any.sa_family == AF_VSOCK)
		snprintf(name, HISTORY_PEER_MAX, "vsock %u:%u", from.vm.svm_cid, from.vm.svm_port);
	else
		snprintf(name, HISTORY_PEER_MAX, "connection %u", number);
}
