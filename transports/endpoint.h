/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the carriers share among themselves: parsed endpoints, waiting with a deadline, and saying what went wrong. */
#ifndef TSPDM_TRANSPORTS_ENDPOINT_H
#define TSPDM_TRANSPORTS_ENDPOINT_H

#include <tspdm/transport.h>

enum {
	TSPDM_HOST_CAP = 256, /* a DNS name has at most 253 bytes */
	TSPDM_PATH_CAP = 108, /* sun_path */
	TSPDM_URL_CAP = 320,
};

/** An endpoint's URL, taken apart. */
struct tspdm_address {
	const char *scheme; /**< with what separates it from the rest: "tcp://", "unix:" */
	const struct tspdm_framing *framing;
	bool is_unix, is_tls, is_vsock;
	uint32_t port, cid;
	char host[TSPDM_HOST_CAP]; /**< without brackets; empty: all addresses, listener only */
	char path[TSPDM_PATH_CAP]; /**< is_unix; one that begins with @ is no file (abstract) */
};

/** @retval TSPDM_ERR_ENDPOINT  why->text tells */
TSPDM_NODISCARD enum tspdm_status tspdm_address_parse(
	const char *url, bool is_listener, struct tspdm_address *out, struct tspdm_endpoint_error *why);

/** Fills `why`, if it is wanted. */
__attribute__((format(printf, 2, 3))) void tspdm_explain(struct tspdm_endpoint_error *why, const char *format, ...);

/** Says what the system answered about an endpoint, and what to do about it. */
void tspdm_explain_errno(struct tspdm_endpoint_error *why, const char *url, int error);

/** The address of a socket file, or of an abstract socket. @returns its length */
struct sockaddr_un;
unsigned tspdm_unix_address(const char *path, struct sockaddr_un *out);
bool tspdm_unix_is_abstract(const char *path);

/** vsock:// : what stands behind it, connecting to it, and listening there. The descriptors are -1 and errno on failure.
 * @retval TSPDM_ERR_ENDPOINT  why->text tells */
TSPDM_NODISCARD enum tspdm_status tspdm_vsock_parse(const char *url, const char *rest, bool is_listener,
	struct tspdm_address *out, struct tspdm_endpoint_error *why);
struct tspdm_patience;
int tspdm_vsock_connect(const struct tspdm_address *address, const struct tspdm_patience *patience);
int tspdm_vsock_listen(const struct tspdm_address *address);
/** The URL of a listening socket, port in force. */
void tspdm_vsock_url(int fd, const struct tspdm_address *address, char *out, size_t cap);

/** How long to wait for a connection, and in which way. */
struct tspdm_patience {
	uint64_t deadline_us;
	struct tspdm_wait_hook hook;
};

/** A connected, non-blocking descriptor.
 * @retval TSPDM_ERR_CONNECT, TSPDM_ERR_TIMEOUT  why->text tells */
TSPDM_NODISCARD enum tspdm_status tspdm_socket_connect(const struct tspdm_address *address, const char *url,
	const struct tspdm_patience *patience, int *fd, struct tspdm_endpoint_error *why);

/** Connects one socket of its own to one address; the descriptor, or -1 and errno. ETIMEDOUT after the deadline, ECANCELED
 * where the hook ended it. */
struct sockaddr;
int tspdm_socket_connect_one(
	const struct sockaddr *address, unsigned address_len, const struct tspdm_patience *patience);

/** TCP_NODELAY: a frame goes out when it is written. No effect on other sockets. */
void tspdm_no_delay(int fd);

/** Waits until `fd` shows one of `events` of poll(2), or an error to be read from it.
 * @retval TSPDM_ERR_TIMEOUT, TSPDM_ERR_IO */
TSPDM_NODISCARD enum tspdm_status tspdm_wait_fd(int fd, short events, uint64_t deadline_us);

/** The same, through a hook where there is one. */
TSPDM_NODISCARD enum tspdm_status tspdm_wait_by(
	const struct tspdm_wait_hook *hook, int fd, short events, uint64_t deadline_us);

/** The deadline `delay_us` from now; never wraps around. */
uint64_t tspdm_deadline_in(uint64_t delay_us);

#endif
