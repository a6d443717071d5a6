/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the TLS connections of one end have in common: TLS 1.3 and nothing older, no resumption, no early data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "endpoint.h"
#include "tls.h"

/* RFC 7301: each name is preceded by its length. */
static const uint8_t alpn[] = { 4, 's', 'p', 'd', 'm' };

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *offered,
	unsigned offered_len, void *context)
{
	unsigned char *chosen = NULL;

	(void)ssl, (void)context;
	if (SSL_select_next_proto(&chosen, out_len, alpn, sizeof alpn, offered, offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A session that is resumed would have another channel value than the handshake that showed the certificate; so there
 * are no tickets, and with them no early data. Buffers are let go of between records: most connections are idle. */
static bool set_up(SSL_CTX *ctx, bool is_server)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(
		ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	/* reading returns after a record without data, or a peer that sends nothing but KeyUpdate never lets it return */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx, 2);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	if (is_server)
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	       SSL_CTX_set_max_early_data(ctx, 0) == 1 &&
	       (is_server || SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn) == 0);
}

static enum tspdm_status take_config(const struct tspdm_tls_config *from, struct tspdm_tls_config *to)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->name != NULL && strlen(to->name) >= TSPDM_TLS_NAME_CAP)
		return TSPDM_ERR_ARGUMENT;
	return (to->certificate.len == 0) == (to->key.len == 0) ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

static enum tspdm_status fill(
	struct tspdm_tls_context *c, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why)
{
	c->is_server = config->is_server;
	c->has_trust = config->trust.len != 0;
	(void)snprintf(c->name, sizeof c->name, "%s", config->name != NULL ? config->name : "");
	c->socket = tspdm_tls_socket_method();
	c->ssl = SSL_CTX_new(config->is_server ? TLS_server_method() : TLS_client_method());
	if (c->socket == NULL || c->ssl == NULL)
		return TSPDM_ERR_MEMORY;
	if (!set_up(c->ssl, config->is_server))
		return TSPDM_ERR_CRYPTO;
	if (config->psk_count != 0) /* and no certificate, so that nobody gets in by anything else */
		return tspdm_tls_use_psks(c, config, why);
	TSPDM_TRY(tspdm_tls_use_certificate(c->ssl, config, why));
	return c->has_trust ? tspdm_tls_use_trust(c->ssl, config, why) : TSPDM_OK;
}

enum tspdm_status tspdm_tls_context_new(
	const struct tspdm_tls_config *config, struct tspdm_tls_context **out, struct tspdm_endpoint_error *why)
{
	struct tspdm_tls_config taken;
	struct tspdm_tls_context *c = NULL;
	enum tspdm_status status = TSPDM_OK;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	tspdm_explain(why, "%s", "");
	TSPDM_TRY(take_config(config, &taken));
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return TSPDM_ERR_MEMORY;
	status = fill(c, &taken, why);
	if (status == TSPDM_OK)
		*out = c;
	else
		tspdm_tls_context_free(c);
	return status;
}

void tspdm_tls_context_free(struct tspdm_tls_context *context)
{
	if (context == NULL)
		return;
	SSL_CTX_free(context->ssl);
	tspdm_tls_forget_psks(context);
	BIO_meth_free(context->socket);
	free(context);
}
