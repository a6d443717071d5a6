/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One TLS connection on a non-blocking socket, and what OpenSSL's answers mean to those who wait for it. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "endpoint.h"
#include "tls.h"

struct tspdm_tls {
	SSL *ssl;
	bool is_by_key; /* a pre-shared one */
	bool is_broken; /* nothing may be written any more, not even close_notify */
	char text[200];
};

/* ---- What went wrong ---- */

__attribute__((format(printf, 3, 4))) static enum tspdm_status broken(
	struct tspdm_tls *t, enum tspdm_status status, const char *format, ...)
{
	va_list args;

	t->is_broken = true;
	va_start(args, format);
	(void)vsnprintf(t->text, sizeof t->text, format, args);
	va_end(args);
	return status;
}

static enum tspdm_status status_of_verification(long result)
{
	switch (result) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TSPDM_ERR_CHAIN_TIME;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return TSPDM_ERR_CHAIN_SIGNATURE;
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_INVALID_CA:
		return TSPDM_ERR_CHAIN_USAGE;
	default:
		return TSPDM_ERR_CHAIN_UNTRUSTED;
	}
}

/* What can go wrong with a pre-shared key; TSPDM_OK: it is something else. A peer that refuses it gives no reason. */
static enum tspdm_status judge_key(struct tspdm_tls *t, unsigned long error)
{
	const char *reason = ERR_reason_error_string(error);

	if (!t->is_by_key || ERR_GET_LIB(error) != ERR_LIB_SSL)
		return TSPDM_OK;
	switch (ERR_GET_REASON(error)) {
	case SSL_R_BINDER_DOES_NOT_VERIFY:
		return broken(t, TSPDM_ERR_MAC, "the peer has another pre-shared key by this identity");
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_SHARED_CIPHER:
		return broken(t, TSPDM_ERR_PSK, "the peer has no pre-shared key by an identity that is known");
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return broken(
			t, TSPDM_ERR_PSK, "the peer does not know the pre-shared key; it shows a certificate instead");
	case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER:
		return broken(
			t, TSPDM_ERR_TLS, "%s; does the peer have this pre-shared key, by this identity?", reason);
	default:
		return TSPDM_OK;
	}
}

/* What TLS itself, or the certificate, is at fault for. */
static enum tspdm_status judge_protocol(struct tspdm_tls *t)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);
	long verification = SSL_get_verify_result(t->ssl);

	TSPDM_TRY(judge_key(t, error));
	if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return broken(t, TSPDM_ERR_TLS, "the stream ended without close_notify; it may have been cut off");
	if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return broken(t, status_of_verification(verification), "the peer's certificate is refused: %s",
			X509_verify_cert_error_string(verification));
	if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		return broken(t, TSPDM_ERR_CHAIN_UNTRUSTED, "the peer shows no certificate");
	return broken(t, TSPDM_ERR_TLS, "%s", reason != NULL ? reason : "TLS failed");
}

static enum tspdm_status judge_system(struct tspdm_tls *t, int error)
{
	if (error == 0)
		return broken(t, TSPDM_ERR_TLS, "the stream ended without close_notify; it may have been cut off");
	if (error == EPIPE || error == ECONNRESET)
		return broken(t, TSPDM_ERR_CLOSED, "%s", strerror(error));
	return broken(t, TSPDM_ERR_IO, "%s", strerror(error));
}

static enum tspdm_status judge(struct tspdm_tls *t, int result, short *events)
{
	int error = errno;

	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_NONE:
		return TSPDM_OK;
	case SSL_ERROR_WANT_READ:
		*events = POLLIN;
		return TSPDM_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*events = POLLOUT;
		return TSPDM_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return TSPDM_ERR_CLOSED;
	case SSL_ERROR_SYSCALL:
		return judge_system(t, error);
	default:
		return judge_protocol(t);
	}
}

/* ---- The beginning ---- */

static bool is_address(const char *name)
{
	uint8_t room[16];

	return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

/* RFC 6066 "Server Name Indication": names only, addresses are not sent. */
static enum tspdm_status expect_name(struct tspdm_tls *t, const struct tspdm_tls_context *context, const char *host)
{
	const char *name = context->name[0] != '\0' ? context->name : host;
	bool is_named = name != NULL && name[0] != '\0';
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);

	if (!is_named)
		return context->has_trust ? TSPDM_ERR_ARGUMENT : TSPDM_OK;
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? TSPDM_OK : TSPDM_ERR_MEMORY;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set_tlsext_host_name(t->ssl, name) != 1 || X509_VERIFY_PARAM_set1_host(param, name, 0) != 1)
		return TSPDM_ERR_MEMORY;
	return TSPDM_OK;
}

static enum tspdm_status begin(struct tspdm_tls *t, struct tspdm_tls_context *context, int fd, const char *host)
{
	BIO *socket = NULL;

	t->is_by_key = context->psk_count != 0;
	t->ssl = SSL_new(context->ssl);
	socket = BIO_new(context->socket);
	if (t->ssl == NULL || socket == NULL) {
		BIO_free(socket);
		return TSPDM_ERR_MEMORY;
	}
	BIO_set_data(socket, (void *)(intptr_t)fd);
	BIO_set_init(socket, 1);
	SSL_set_bio(t->ssl, socket, socket);
	if (context->is_server) {
		SSL_set_accept_state(t->ssl);
		return TSPDM_OK;
	}
	SSL_set_connect_state(t->ssl);
	return expect_name(t, context, host);
}

enum tspdm_status tspdm_tls_new(struct tspdm_tls_context *context, int fd, const char *host, struct tspdm_tls **out)
{
	struct tspdm_tls *t = NULL;
	enum tspdm_status status = TSPDM_OK;

	if (context == NULL || fd < 0 || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return TSPDM_ERR_MEMORY;
	status = begin(t, context, fd, host);
	if (status == TSPDM_OK) {
		*out = t;
		return TSPDM_OK;
	}
	SSL_free(t->ssl);
	free(t);
	return status;
}

/* ---- Bytes ---- */

/* What earlier calls, of anybody in this thread, left in OpenSSL's queue would be taken for this one's. */
static void forget_errors(void)
{
	ERR_clear_error();
	errno = 0;
}

enum tspdm_status tspdm_tls_handshake(struct tspdm_tls *tls, short *events)
{
	int result = 0;

	if (tls->is_broken)
		return TSPDM_ERR_STATE;
	forget_errors();
	result = SSL_do_handshake(tls->ssl);
	return result == 1 ? TSPDM_OK : judge(tls, result, events);
}

enum tspdm_status tspdm_tls_read(struct tspdm_tls *tls, struct tspdm_buffer *in, short *events)
{
	size_t got = 0;
	int result = 0;

	if (tls->is_broken)
		return TSPDM_ERR_STATE;
	if (in->len >= in->cap)
		return TSPDM_ERR_BUFFER;
	forget_errors();
	result = SSL_read_ex(tls->ssl, in->ptr + in->len, in->cap - in->len, &got);
	if (result != 1)
		return judge(tls, result, events);
	in->len += got;
	return TSPDM_OK;
}

size_t tspdm_tls_pending(const struct tspdm_tls *tls)
{
	int pending = SSL_pending(tls->ssl);

	return pending > 0 ? (size_t)pending : 0;
}

enum tspdm_status tspdm_tls_write(struct tspdm_tls *tls, struct tspdm_view *left, short *events)
{
	size_t taken = 0;
	int result = 0;

	if (tls->is_broken)
		return TSPDM_ERR_STATE;
	if (left->len == 0)
		return TSPDM_OK;
	forget_errors();
	result = SSL_write_ex(tls->ssl, left->ptr, left->len, &taken);
	if (result != 1)
		return judge(tls, result, events);
	left->ptr += taken;
	left->len -= taken;
	return TSPDM_OK;
}

enum tspdm_status tspdm_tls_channel(const struct tspdm_tls *tls, uint8_t *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (out == NULL)
		return TSPDM_ERR_ARGUMENT;
	memset(out, 0, TSPDM_CHANNEL_LEN);
	if (!SSL_is_init_finished(tls->ssl))
		return TSPDM_ERR_STATE;
	/* RFC 9266 "Channel Binding Data": the context is empty */
	if (SSL_export_keying_material(tls->ssl, out, TSPDM_CHANNEL_LEN, label, sizeof label - 1, NULL, 0, 0) != 1)
		return TSPDM_ERR_CRYPTO;
	return TSPDM_OK;
}

const char *tspdm_tls_error(const struct tspdm_tls *tls)
{
	return tls->text;
}

void tspdm_tls_free(struct tspdm_tls *tls)
{
	if (tls == NULL)
		return;
	forget_errors();
	if (!tls->is_broken && SSL_is_init_finished(tls->ssl))
		(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	free(tls);
}
