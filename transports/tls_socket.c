/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A socket as OpenSSL's BIO. OpenSSL's own one writes with write(2), and so a peer that has gone away ends the whole
 * process by SIGPIPE unless that process ignores the signal, which is not for a library to demand. */
#include <errno.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "tls.h"

static bool is_for_later(int error)
{
	return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

static int socket_write(BIO *bio, const char *bytes, int len)
{
	ssize_t n = send((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (n < 0 && is_for_later(errno))
		BIO_set_retry_write(bio);
	return (int)n;
}

static int socket_read(BIO *bio, char *bytes, int len)
{
	int fd = (int)(intptr_t)BIO_get_data(bio);
	ssize_t n = recv(fd, bytes, (size_t)len, 0);

	BIO_clear_retry_flags(bio);
	if (n < 0 && is_for_later(errno))
		BIO_set_retry_read(bio);
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	if (n > 0)
		tspdm_quick_ack(fd);
	return (int)n;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
	(void)number, (void)pointer;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tspdm_tls_socket_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tspdm socket");

	if (method == NULL)
		return NULL;
	if (BIO_meth_set_write(method, socket_write) == 1 && BIO_meth_set_read(method, socket_read) == 1 &&
		BIO_meth_set_ctrl(method, socket_control) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}
