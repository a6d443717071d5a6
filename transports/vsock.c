/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * AF_VSOCK, between a machine and the confidential VM in it: addresses are a context identifier and a port of 32 bits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "endpoint.h"

#define EXPECTED "write vsock://CID:PORT, the CID a number, host or local"

static const struct {
	const char *name;
	uint32_t cid;
	bool is_listener_only;
} names[] = {
	{ "host", VMADDR_CID_HOST, false },
	{ "local", VMADDR_CID_LOCAL, false },
	{ "any", VMADDR_CID_ANY, true },
};

static bool read_number(const char *text, size_t len, uint32_t *out)
{
	uint64_t value = 0;

	if (len == 0 || len > 10 || strspn(text, "0123456789") < len)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	*out = (uint32_t)value;
	return value < UINT32_MAX; /* which means "any", for CIDs and for ports */
}

static bool read_cid(const char *text, size_t len, bool is_listener, uint32_t *out)
{
	if (len == 0 && is_listener) {
		*out = VMADDR_CID_ANY;
		return true;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strlen(names[i].name) != len || strncasecmp(names[i].name, text, len) != 0)
			continue;
		*out = names[i].cid;
		return is_listener || !names[i].is_listener_only;
	}
	return read_number(text, len, out);
}

enum tspdm_status tspdm_vsock_parse(const char *url, const char *rest, bool is_listener, struct tspdm_address *out,
	struct tspdm_endpoint_error *why)
{
	size_t cid_len = strcspn(rest, ":/");
	const char *port = rest + cid_len;
	size_t port_len = 0;

	if (!read_cid(rest, cid_len, is_listener, &out->cid)) {
		tspdm_explain(why, "%.80s: that is no context identifier; " EXPECTED, url);
		return TSPDM_ERR_ENDPOINT;
	}
	if (port[0] == ':') {
		port_len = strcspn(++port, "/");
		if (!read_number(port, port_len, &out->port) || (out->port == 0 && !is_listener)) {
			tspdm_explain(why, "%.80s: that is no port; write a number from 1 to 4294967294", url);
			return TSPDM_ERR_ENDPOINT;
		}
	}
	if (port[port_len] != '\0' && strcmp(port + port_len, "/") != 0) {
		tspdm_explain(why, "%.80s: nothing may follow the port; " EXPECTED, url);
		return TSPDM_ERR_ENDPOINT;
	}
	return TSPDM_OK;
}

int tspdm_vsock_connect(const struct tspdm_address *address, const struct tspdm_patience *patience)
{
	const struct sockaddr_vm to = { .svm_family = AF_VSOCK, .svm_cid = address->cid, .svm_port = address->port };

	return tspdm_socket_connect_one((const struct sockaddr *)&to, sizeof to, patience);
}

int tspdm_vsock_listen(const struct tspdm_address *address)
{
	const struct sockaddr_vm at = {
		.svm_family = AF_VSOCK,
		.svm_cid = address->cid,
		.svm_port = address->port != 0 ? address->port : VMADDR_PORT_ANY,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static void write_cid(uint32_t cid, char *out, size_t cap)
{
	if (cid == VMADDR_CID_ANY)
		(void)snprintf(out, cap, "any");
	else
		(void)snprintf(out, cap, "%u", (unsigned)cid);
}

void tspdm_vsock_url(int fd, const struct tspdm_address *address, char *out, size_t cap)
{
	struct sockaddr_vm bound = { .svm_cid = address->cid, .svm_port = address->port };
	socklen_t len = sizeof bound;
	char cid[16];

	(void)getsockname(fd, (struct sockaddr *)&bound, &len);
	write_cid(bound.svm_cid, cid, sizeof cid);
	(void)snprintf(out, cap, "vsock://%s:%u", cid, (unsigned)bound.svm_port);
}
