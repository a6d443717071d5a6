/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * External pre-shared keys of TLS 1.3 (RFC 8446 "Pre-Shared Key Extension"), always with an ephemeral exchange beside them
 * (psk_dhe_ke), so that who learns the key later still cannot read what was said. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "endpoint.h"
#include "tls.h"

struct tspdm_tls_psk {
	size_t id_len, secret_len;
	uint8_t id[TSPDM_TLS_PSK_ID_MAX], secret[TSPDM_PSK_MAX];
};

/* RFC 8446 4.2.11: the hash of a key that was agreed without one is SHA-256; no suite with another can use it. */
static const uint8_t suite_of_keys[] = { 0x13, 0x01 }; /* TLS_AES_128_GCM_SHA256 */
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";

/* OpenSSL takes an external key as a session to resume. */
static SSL_SESSION *session_of(SSL *ssl, const struct tspdm_tls_psk *key)
{
	const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, suite_of_keys);
	SSL_SESSION *session = SSL_SESSION_new();

	if (session != NULL && suite != NULL && SSL_SESSION_set_cipher(session, suite) == 1 &&
		SSL_SESSION_set1_master_key(session, key->secret, key->secret_len) == 1 &&
		SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1)
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

/* `hash` is known once the server has asked for a second hello; any but that of the key is of no use then. */
static int offer_key(SSL *ssl, const EVP_MD *hash, const unsigned char **id, size_t *id_len, SSL_SESSION **session)
{
	const struct tspdm_tls_psk *key = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	*session = NULL;
	if (hash != NULL && !EVP_MD_is_a(hash, "SHA256"))
		return 1;
	*id = key->id;
	*id_len = key->id_len;
	*session = session_of(ssl, key);
	return *session != NULL;
}

/* An identity that is not known leaves the handshake without a key, and it fails for want of a certificate. */
static int find_key(SSL *ssl, const unsigned char *id, size_t id_len, SSL_SESSION **session)
{
	const struct tspdm_tls_psk *key = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	*session = NULL;
	for (; key->id_len != 0; key++)
		if (key->id_len == id_len && memcmp(key->id, id, id_len) == 0) {
			*session = session_of(ssl, key);
			return *session != NULL;
		}
	return 1;
}

static const char *what_is_wrong(const struct tspdm_tls_config *config)
{
	if (config->psks == NULL)
		return "there are fewer keys than are counted";
	if (config->certificate.len != 0 || config->trust.len != 0)
		return "a handshake by pre-shared key shows no certificates";
	if (config->psk_count > (config->is_server ? TSPDM_TLS_PSKS_MAX : 1))
		return config->is_server ? "too many pre-shared keys" : "a client offers one pre-shared key";
	for (size_t i = 0; i < config->psk_count; i++) {
		const struct tspdm_psk *psk = &config->psks[i];

		if (psk->hint.len == 0 || psk->hint.len > TSPDM_TLS_PSK_ID_MAX)
			return "the identity of a pre-shared key for TLS has to have 1 to 128 bytes";
		if (psk->secret.len < TSPDM_TLS_PSK_MIN || psk->secret.len > TSPDM_PSK_MAX)
			return "a pre-shared key for TLS has to have 16 to 512 bytes, random ones";
	}
	return NULL;
}

/* One more than there are: its empty identity, which nobody may have, ends the table. */
static enum tspdm_status copy_keys(struct tspdm_tls_context *c, const struct tspdm_tls_config *config)
{
	c->psks = calloc(config->psk_count + 1, sizeof *c->psks);
	if (c->psks == NULL)
		return TSPDM_ERR_MEMORY;
	c->psk_count = config->psk_count;
	for (size_t i = 0; i < config->psk_count; i++) {
		const struct tspdm_psk *from = &config->psks[i];
		struct tspdm_tls_psk *to = &c->psks[i];

		to->id_len = from->hint.len;
		to->secret_len = from->secret.len;
		memcpy(to->id, from->hint.ptr, from->hint.len);
		memcpy(to->secret, from->secret.ptr, from->secret.len);
	}
	return TSPDM_OK;
}

enum tspdm_status tspdm_tls_use_psks(
	struct tspdm_tls_context *c, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why)
{
	const char *wrong = what_is_wrong(config);

	if (wrong != NULL) {
		tspdm_explain(why, "%s", wrong);
		return TSPDM_ERR_ARGUMENT;
	}
	TSPDM_TRY(copy_keys(c, config));
	if (SSL_CTX_set_ciphersuites(c->ssl, suites) != 1 || SSL_CTX_set_app_data(c->ssl, c->psks) != 1)
		return TSPDM_ERR_CRYPTO;
	if (c->is_server) {
		SSL_CTX_set_psk_find_session_callback(c->ssl, find_key);
		return TSPDM_OK;
	}
	SSL_CTX_set_psk_use_session_callback(c->ssl, offer_key);
	/* a server that does not know the key may show a certificate instead; nobody is trusted to issue one */
	SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
	return TSPDM_OK;
}

void tspdm_tls_forget_psks(struct tspdm_tls_context *c)
{
	if (c->psks != NULL)
		OPENSSL_cleanse(c->psks, c->psk_count * sizeof *c->psks);
	free(c->psks);
	c->psks = NULL;
}
