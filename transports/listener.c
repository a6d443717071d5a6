/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Listening endpoints: bind, tell the URL in force, accept, and leave no socket file behind. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "endpoint.h"

struct tspdm_listener {
	int fd;
	struct tspdm_address address;
	bool has_file; /* the socket file at address.path is ours: these two tell it from a successor */
	dev_t device;
	ino_t inode;
	char url[TSPDM_URL_CAP];
};

static enum tspdm_status fail(const char *url, int error, struct tspdm_endpoint_error *why)
{
	tspdm_explain_errno(why, url, error);
	return TSPDM_ERR_CONNECT;
}

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* ---- unix: ---- */

/* A socket file that nobody listens on is left over from a process that was killed. Anything else stays. */
static enum tspdm_status clear_stale(
	const struct sockaddr_un *address, const char *url, struct tspdm_endpoint_error *why)
{
	const struct tspdm_patience at_once = { 0 };
	struct stat st;
	int fd = -1;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? TSPDM_OK : fail(url, errno, why);
	if (!S_ISSOCK(st.st_mode)) {
		tspdm_explain(why, "%.130s: the file is there and is no socket; choose another path", url);
		return TSPDM_ERR_CONNECT;
	}
	fd = tspdm_socket_connect_one((const struct sockaddr *)address, sizeof *address, &at_once);
	if (fd >= 0)
		(void)close(fd);
	if (fd >= 0 || errno != ECONNREFUSED)
		return fail(url, EADDRINUSE, why);
	return unlink(address->sun_path) == 0 || errno == ENOENT ? TSPDM_OK : fail(url, errno, why);
}

static enum tspdm_status listen_unix(struct tspdm_listener *l, const char *url, struct tspdm_endpoint_error *why)
{
	struct sockaddr_un address;
	unsigned len = tspdm_unix_address(l->address.path, &address);
	bool is_file = !tspdm_unix_is_abstract(l->address.path);
	struct stat st;

	if (is_file)
		TSPDM_TRY(clear_stale(&address, url, why));
	l->fd = new_socket(AF_UNIX);
	if (l->fd < 0 || bind(l->fd, (const struct sockaddr *)&address, len) != 0)
		return fail(url, errno, why);
	if (is_file && lstat(l->address.path, &st) == 0) {
		l->has_file = true;
		l->device = st.st_dev;
		l->inode = st.st_ino;
	}
	if (listen(l->fd, SOMAXCONN) != 0)
		return fail(url, errno, why);
	(void)snprintf(l->url, sizeof l->url, "unix:%s", l->address.path);
	return TSPDM_OK;
}

static void remove_file(const struct tspdm_listener *l)
{
	struct stat st;

	if (!l->has_file || lstat(l->address.path, &st) != 0)
		return;
	if (st.st_dev == l->device && st.st_ino == l->inode)
		(void)unlink(l->address.path);
}

/* ---- TCP ---- */

/* The port in force, and the numeric address where the URL named none. */
static enum tspdm_status tell_url(struct tspdm_listener *l, const char *url, struct tspdm_endpoint_error *why)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	char host[TSPDM_HOST_CAP], port[8];
	const char *shown = l->address.host[0] != '\0' ? l->address.host : host;
	bool is_ipv6 = false;

	if (getsockname(l->fd, (struct sockaddr *)&bound, &len) != 0)
		return fail(url, errno, why);
	if (getnameinfo((const struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return fail(url, EIO, why);
	is_ipv6 = strchr(shown, ':') != NULL;
	(void)snprintf(l->url, sizeof l->url, "%s%s%s%s:%s", l->address.scheme, is_ipv6 ? "[" : "", shown,
		is_ipv6 ? "]" : "", port);
	return TSPDM_OK;
}

static int listen_on(const struct addrinfo *a)
{
	int fd = new_socket(a->ai_family);
	int on = 1, error = 0;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static enum tspdm_status listen_tcp(struct tspdm_listener *l, const char *url, struct tspdm_endpoint_error *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *list = NULL;
	const char *host = l->address.host[0] != '\0' ? l->address.host : NULL;
	char port[8];
	int error = 0;

	(void)snprintf(port, sizeof port, "%u", (unsigned)l->address.port);
	error = getaddrinfo(host, port, &hints, &list);
	if (error != 0) {
		tspdm_explain(why, "%.100s: the host name cannot be resolved (%s); is it spelled right?", url,
			gai_strerror(error));
		return TSPDM_ERR_CONNECT;
	}
	for (const struct addrinfo *a = list; a != NULL && l->fd < 0; a = a->ai_next)
		l->fd = listen_on(a);
	error = errno;
	freeaddrinfo(list);
	return l->fd >= 0 ? tell_url(l, url, why) : fail(url, error, why);
}

/* ---- The public face ---- */

static enum tspdm_status listen_vsock(struct tspdm_listener *l, const char *url, struct tspdm_endpoint_error *why)
{
	l->fd = tspdm_vsock_listen(&l->address);
	if (l->fd < 0)
		return fail(url, errno, why);
	tspdm_vsock_url(l->fd, &l->address, l->url, sizeof l->url);
	return TSPDM_OK;
}

static enum tspdm_status listen_anywhere(struct tspdm_listener *l, const char *url, struct tspdm_endpoint_error *why)
{
	if (l->address.is_unix)
		return listen_unix(l, url, why);
	return l->address.is_vsock ? listen_vsock(l, url, why) : listen_tcp(l, url, why);
}

enum tspdm_status tspdm_listener_open(const char *url, struct tspdm_listener **out, struct tspdm_endpoint_error *why)
{
	struct tspdm_listener *l = NULL;
	enum tspdm_status status = TSPDM_OK;

	if (url == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return TSPDM_ERR_MEMORY;
	l->fd = -1;
	status = tspdm_address_parse(url, true, &l->address, why);
	if (status == TSPDM_OK)
		status = listen_anywhere(l, url, why);
	if (status == TSPDM_OK)
		*out = l;
	else
		tspdm_listener_close(l);
	return status;
}

int tspdm_listener_fd(const struct tspdm_listener *listener)
{
	return listener->fd;
}

const char *tspdm_listener_url(const struct tspdm_listener *listener)
{
	return listener->url;
}

const struct tspdm_framing *tspdm_listener_framing(const struct tspdm_listener *listener)
{
	return listener->address.framing;
}

bool tspdm_listener_is_tls(const struct tspdm_listener *listener)
{
	return listener->address.is_tls;
}

/* accept(2) "Error handling": what is wrong with the one connection is reported here and is no fault of the listener's.
 */
static bool is_of_the_connection(int error)
{
	static const int errors[] = { EAGAIN, EINTR, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET,
		EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH };

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (errors[i] == error)
			return true;
	return false;
}

enum tspdm_status tspdm_listener_accept(struct tspdm_listener *listener, int *fd)
{
	*fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (*fd < 0)
		return is_of_the_connection(errno) ? TSPDM_AGAIN : TSPDM_ERR_SYSTEM;
	if (!listener->address.is_unix && !listener->address.is_vsock)
		tspdm_no_delay(*fd);
	return TSPDM_OK;
}

void tspdm_listener_close(struct tspdm_listener *listener)
{
	if (listener == NULL)
		return;
	remove_file(listener);
	if (listener->fd >= 0)
		(void)close(listener->fd);
	free(listener);
}
