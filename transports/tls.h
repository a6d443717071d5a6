/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the files of TLS share among themselves. */
#ifndef TSPDM_TRANSPORTS_TLS_H
#define TSPDM_TRANSPORTS_TLS_H

#include <openssl/ssl.h>

#include <tspdm/tls.h>

enum { TSPDM_TLS_NAME_CAP = 256 };

struct tspdm_tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *socket;
	bool is_server, has_trust;
	struct tspdm_tls_psk *psks; /* NULL: certificates */
	size_t psk_count;
	char name[TSPDM_TLS_NAME_CAP]; /* empty: the host that is connected to */
};

/** What OpenSSL reads and writes a socket with: as its own, but without SIGPIPE. NULL: no memory. */
BIO_METHOD *tspdm_tls_socket_method(void);

/** One's own certificate and key: those of the PEM texts, or both made on the spot. */
TSPDM_NODISCARD enum tspdm_status tspdm_tls_use_certificate(
	SSL_CTX *ctx, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why);

/** Whom to trust: `trust` of the configuration, which is not empty. */
TSPDM_NODISCARD enum tspdm_status tspdm_tls_use_trust(
	SSL_CTX *ctx, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why);

/** Whom to know by a key: `psks` of the configuration, of which there is at least one. Peers without one are refused.
 * @retval TSPDM_ERR_ARGUMENT  why->text tells
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO */
TSPDM_NODISCARD enum tspdm_status tspdm_tls_use_psks(
	struct tspdm_tls_context *context, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why);
/** Wipes and frees the context's copies, after the last connection. */
void tspdm_tls_forget_psks(struct tspdm_tls_context *context);

#endif
