/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Certificates of TLS: one's own from PEM, or made on the spot where nobody is to be convinced by it; and the trusted ones.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "endpoint.h"
#include "tls.h"

enum {
	MADE_DAYS = 3650,
	MADE_EARLIER_S = 86400, /* clocks differ */
	X509_VERSION_OF_3 = 2,
};

static BIO *open_text(struct tspdm_view text)
{
	return text.len <= INT32_MAX ? BIO_new_mem_buf(text.ptr, (int)text.len) : NULL;
}

/* ---- Made on the spot ---- */

static bool set_fields(X509 *x, EVP_PKEY *key)
{
	static const unsigned char name[] = "tspdm";
	X509_NAME *subject = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_OF_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -(long)MADE_EARLIER_S) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(x), MADE_DAYS, 0, NULL) != NULL && X509_set_pubkey(x, key) == 1 &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, subject) == 1 && X509_sign(x, key, EVP_sha256()) > 0;
}

static enum tspdm_status make_certificate(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	bool is_made = key != NULL && x != NULL && set_fields(x, key) && SSL_CTX_use_certificate(ctx, x) == 1 &&
		       SSL_CTX_use_PrivateKey(ctx, key) == 1;

	X509_free(x);
	EVP_PKEY_free(key);
	return is_made ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

/* ---- From PEM ---- */

/* An encrypted key has to be decrypted first: nobody is there to be asked. */
static int no_passphrase(char *room, int cap, int is_writing, void *context)
{
	(void)room, (void)cap, (void)is_writing, (void)context;
	return -1;
}

/* The first certificate is one's own, the others are sent with it. */
static enum tspdm_status read_chain(SSL_CTX *ctx, BIO *in)
{
	X509 *x = PEM_read_bio_X509_AUX(in, NULL, no_passphrase, NULL);
	bool is_good = x != NULL && SSL_CTX_use_certificate(ctx, x) == 1;

	X509_free(x);
	while (is_good) {
		x = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
		if (x == NULL)
			break;
		is_good = SSL_CTX_add0_chain_cert(ctx, x) == 1;
		if (!is_good)
			X509_free(x);
	}
	if (!is_good || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return TSPDM_ERR_CHAIN_FORM;
	ERR_clear_error();
	return TSPDM_OK;
}

static enum tspdm_status read_key(SSL_CTX *ctx, BIO *in)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	bool is_good = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(key);
	return is_good ? TSPDM_OK : TSPDM_ERR_KEY;
}

static enum tspdm_status read_text(SSL_CTX *ctx, struct tspdm_view text, enum tspdm_status (*read)(SSL_CTX *, BIO *))
{
	BIO *in = open_text(text);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	ERR_clear_error();
	if (in != NULL)
		status = read(ctx, in);
	BIO_free(in);
	return status;
}

enum tspdm_status tspdm_tls_use_certificate(
	SSL_CTX *ctx, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why)
{
	enum tspdm_status status = TSPDM_OK;

	if (config->certificate.len == 0)
		return config->is_server ? make_certificate(ctx) : TSPDM_OK;
	status = read_text(ctx, config->certificate, read_chain);
	if (status != TSPDM_OK) {
		tspdm_explain(why, "the certificate for TLS cannot be read; it has to be PEM, one's own first");
		return status;
	}
	status = read_text(ctx, config->key, read_key);
	if (status != TSPDM_OK)
		tspdm_explain(why,
			"the key for TLS cannot be read, or is not that of the certificate; it has to be PEM "
			"without a passphrase");
	return status;
}

/* ---- Whom to trust ---- */

/* Clients are told whose certificates are welcome (RFC 8446 "Certificate Authorities"). */
static bool trust_one(SSL_CTX *ctx, X509 *x, bool is_server)
{
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1 &&
	       (!is_server || SSL_CTX_add_client_CA(ctx, x) == 1);
}

static enum tspdm_status read_trust(SSL_CTX *ctx, BIO *in, bool is_server)
{
	bool is_good = true;
	size_t count = 0;

	while (is_good) {
		X509 *x = PEM_read_bio_X509_AUX(in, NULL, no_passphrase, NULL);

		if (x == NULL)
			break;
		is_good = trust_one(ctx, x, is_server);
		X509_free(x);
		count++;
	}
	if (!is_good || count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return TSPDM_ERR_CHAIN_FORM;
	ERR_clear_error();
	return TSPDM_OK;
}

enum tspdm_status tspdm_tls_use_trust(
	SSL_CTX *ctx, const struct tspdm_tls_config *config, struct tspdm_endpoint_error *why)
{
	BIO *in = open_text(config->trust);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	ERR_clear_error();
	if (in != NULL)
		status = read_trust(ctx, in, config->is_server);
	BIO_free(in);
	if (status != TSPDM_OK) {
		tspdm_explain(why, "the certificates to trust in TLS cannot be read; they have to be PEM");
		return status;
	}
	/* a certificate that is trusted by itself needs no root above it */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (config->is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return TSPDM_OK;
}
