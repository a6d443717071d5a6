/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Connecting with a deadline, and what a socket is told afterwards. Name resolution is the system's and has its own
 * timeouts, unless a hook does it. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "endpoint.h"

enum { QUEUE_US = 5000 }; /* between attempts to be taken by a socket file whose queue is full */

static const struct advice {
	int error;
	const char *text;
} advices[] = {
	{ ECONNREFUSED, "connection refused; is the attester listening there?" },
	{ ENOENT, "no such socket file; is the attester listening there?" },
	{ ETIMEDOUT, "no answer in time; is the address right, and does a firewall let it through?" },
	{ EHOSTUNREACH, "the host cannot be reached; is it up, and the network between?" },
	{ ENETUNREACH, "the network cannot be reached; is there a route to it?" },
	{ ECONNRESET, "the peer reset the connection; is it the attester that listens there?" },
	{ EADDRINUSE, "the address is in use; is another attester running? Else choose another port" },
	{ EADDRNOTAVAIL, "that is no address of this machine; choose one that is, or 127.0.0.1" },
	{ EACCES, "permission denied; check the file's permissions, or take a port above 1023" },
	{ ENODEV, "there is no such machine to reach by vsock, or no vsock here; is the device there (/dev/vsock)?" },
	{ EAFNOSUPPORT, "this kernel has no such sockets; is the module loaded (vsock: modprobe vsock_loopback)?" },
	{ EMFILE, "too many open files in this process; raise the limit (ulimit -n)" },
	{ ECANCELED, "given up before there was a connection" },
};

void tspdm_explain_errno(struct tspdm_endpoint_error *why, const char *url, int error)
{
	for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
		if (advices[i].error == error) {
			tspdm_explain(why, "%.130s: %s", url, advices[i].text);
			return;
		}
	}
	tspdm_explain(why, "%.130s: %s", url, strerror(error));
}

void tspdm_no_delay(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

#ifdef TCP_QUICKACK
void tspdm_quick_ack(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}
#else
void tspdm_quick_ack(int fd)
{
	(void)fd;
}
#endif

bool tspdm_unix_is_abstract(const char *path)
{
	return path[0] == '@';
}

/* unix(7) "Abstract sockets": the name begins with a zero byte, and the length of the address ends it. */
unsigned tspdm_unix_address(const char *path, struct sockaddr_un *out)
{
	memset(out, 0, sizeof *out);
	out->sun_family = AF_UNIX;
	(void)snprintf(out->sun_path, sizeof out->sun_path, "%s", path);
	if (!tspdm_unix_is_abstract(path))
		return sizeof *out;
	out->sun_path[0] = '\0';
	return (unsigned)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

/* After EINPROGRESS: 0 or an errno. */
static int await_connection(int fd, const struct tspdm_patience *patience)
{
	int error = 0;
	socklen_t len = sizeof error;
	enum tspdm_status status = tspdm_wait_by(&patience->hook, fd, POLLOUT, patience->deadline_us);

	if (status == TSPDM_ERR_TIMEOUT)
		return ETIMEDOUT;
	if (status == TSPDM_ERR_INTERRUPTED)
		return ECANCELED;
	if (status != TSPDM_OK || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return EIO;
	return error;
}

static enum tspdm_status pause_for(const struct tspdm_patience *patience, uint64_t us)
{
	return tspdm_wait_by(&patience->hook, -1, 0, tspdm_deadline_in(us));
}

/* A socket file whose queue is full says EAGAIN, and there is no event to wait for. */
static int start_connection(
	int fd, const struct sockaddr *address, socklen_t len, const struct tspdm_patience *patience)
{
	for (;;) {
		if (connect(fd, address, len) == 0)
			return 0;
		if (errno == EINPROGRESS || errno == EINTR)
			return await_connection(fd, patience);
		if (errno != EAGAIN)
			return errno;
		if (tspdm_now_us() >= patience->deadline_us)
			return ETIMEDOUT;
		if (pause_for(patience, QUEUE_US) == TSPDM_ERR_INTERRUPTED)
			return ECANCELED;
	}
}

int tspdm_socket_connect_one(
	const struct sockaddr *address, unsigned address_len, const struct tspdm_patience *patience)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	error = start_connection(fd, address, (socklen_t)address_len, patience);
	if (error == 0)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

static enum tspdm_status refuse(const char *url, int error, struct tspdm_endpoint_error *why)
{
	if (error == EADDRNOTAVAIL) /* of a listener it means something else */
		tspdm_explain(why,
			"%.100s: no local address or port is left for it; are all of net.ipv4.ip_local_port_range in "
			"use? Then make fewer connections at a time",
			url);
	else
		tspdm_explain_errno(why, url, error);
	if (error == ECANCELED)
		return TSPDM_ERR_INTERRUPTED;
	return error == ETIMEDOUT ? TSPDM_ERR_TIMEOUT : TSPDM_ERR_CONNECT;
}

static enum tspdm_status connect_unix(const char *path, const char *url, const struct tspdm_patience *patience, int *fd,
	struct tspdm_endpoint_error *why)
{
	struct sockaddr_un address;
	unsigned len = tspdm_unix_address(path, &address);

	*fd = tspdm_socket_connect_one((const struct sockaddr *)&address, len, patience);
	return *fd >= 0 ? TSPDM_OK : refuse(url, errno, why);
}

static size_t count_addresses(const struct addrinfo *list)
{
	size_t n = 0;

	for (; list != NULL; list = list->ai_next)
		n++;
	return n;
}

/* An equal share of the time left, so that an address that is silent leaves time for the others. */
static struct tspdm_patience share_of_time(const struct tspdm_patience *patience, size_t addresses_left)
{
	struct tspdm_patience share = *patience;
	uint64_t now = tspdm_now_us();

	if (share.deadline_us != UINT64_MAX && share.deadline_us > now)
		share.deadline_us = now + (share.deadline_us - now) / addresses_left;
	return share;
}

static int connect_any(const struct addrinfo *list, const struct tspdm_patience *patience)
{
	size_t left = count_addresses(list);
	int fd = -1;

	errno = EADDRNOTAVAIL;
	for (; list != NULL && fd < 0 && errno != ECANCELED; list = list->ai_next, left--) {
		struct tspdm_patience share = share_of_time(patience, left);

		fd = tspdm_socket_connect_one(list->ai_addr, list->ai_addrlen, &share);
	}
	return fd;
}

static int resolve(const struct tspdm_patience *patience, const char *host, const char *service, struct addrinfo **out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	const struct tspdm_wait_hook *hook = &patience->hook;

	if (hook->resolve == NULL)
		return getaddrinfo(host, service, &hints, out);
	return hook->resolve(hook->context, host, service, &hints, patience->deadline_us, out);
}

static enum tspdm_status refuse_name(const char *url, int result, struct tspdm_endpoint_error *why)
{
	if (result == EAI_SYSTEM && (errno == ETIMEDOUT || errno == ECANCELED))
		return refuse(url, errno, why);
	tspdm_explain(
		why, "%.100s: the host name cannot be resolved (%s); is it spelled right?", url, gai_strerror(result));
	return TSPDM_ERR_CONNECT;
}

static enum tspdm_status connect_tcp(const struct tspdm_address *address, const char *url,
	const struct tspdm_patience *patience, int *fd, struct tspdm_endpoint_error *why)
{
	struct addrinfo *list = NULL;
	char port[8];
	int error = 0;

	(void)snprintf(port, sizeof port, "%u", (unsigned)address->port);
	error = resolve(patience, address->host, port, &list);
	if (error != 0)
		return refuse_name(url, error, why);
	*fd = connect_any(list, patience);
	error = errno;
	freeaddrinfo(list);
	if (*fd < 0)
		return refuse(url, error, why);
	tspdm_no_delay(*fd);
	return TSPDM_OK;
}

enum tspdm_status tspdm_socket_connect(const struct tspdm_address *address, const char *url,
	const struct tspdm_patience *patience, int *fd, struct tspdm_endpoint_error *why)
{
	if (address->is_unix)
		return connect_unix(address->path, url, patience, fd, why);
	if (address->is_vsock) {
		*fd = tspdm_vsock_connect(address, patience);
		return *fd >= 0 ? TSPDM_OK : refuse(url, errno, why);
	}
	return connect_tcp(address, url, patience, fd, why);
}
