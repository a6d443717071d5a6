/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Identities: a private key in memory with its chain, as a signer and as a slot of a device. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include <tspdm/secret.h>

#include "internal.h"

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	const struct tspdm_openssl_identity *identity = (const struct tspdm_openssl_identity *)signer;

	(void)pending; /* a key in memory never has to wait */
	return tspdm_ossl_sign(identity, tbs, signature);
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	*pending = (struct tspdm_pending){ 0 };
}

static const struct tspdm_signer_ops signer_ops = {
	.size = sizeof signer_ops,
	.name = "openssl",
	.sign = sign,
	.cancel = cancel,
};

static bool store_chain(struct tspdm_openssl_identity *identity, X509 *const *certificates, unsigned count)
{
	size_t total = 0;
	uint8_t *next;

	for (unsigned i = 0; i < count; i++) {
		int len = i2d_X509(certificates[i], NULL);

		if (len <= 0)
			return false;
		total += (size_t)len;
	}
	if (total == 0)
		return false;
	identity->chain = malloc(total);
	identity->chain_len = total;
	next = identity->chain;
	for (unsigned i = 0; next != NULL && i < count; i++)
		(void)i2d_X509(certificates[i], &next);
	return identity->chain != NULL;
}

/* As the certificate has it, which is what a requester sees. */
static bool store_spki(struct tspdm_openssl_identity *identity, X509 *leaf)
{
	uint8_t *next;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), NULL);

	if (len <= 0)
		return false;
	identity->spki = malloc((size_t)len);
	identity->spki_len = (size_t)len;
	next = identity->spki;
	return next != NULL && i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &next) == len;
}

/* Owns `key` from the start, so that freeing it frees the key. */
static struct tspdm_openssl_identity *identity_of(EVP_PKEY *key)
{
	struct tspdm_openssl_identity *made = calloc(1, sizeof *made);

	if (made == NULL) {
		EVP_PKEY_free(key);
		return NULL;
	}
	made->signer.ops = &signer_ops;
	made->key = key;
	made->fits = tspdm_ossl_key_fits(key);
	made->ready = tspdm_ossl_ready(key, made->fits, true);
	tspdm_ossl_hashes_fetch(&made->hashes);
	return made;
}

enum tspdm_status tspdm_ossl_identity_new(
	EVP_PKEY *key, X509 *const *certificates, unsigned count, struct tspdm_openssl_identity **out)
{
	struct tspdm_openssl_identity *made = identity_of(key);
	enum tspdm_status status = TSPDM_OK;

	*out = NULL;
	if (made == NULL)
		return TSPDM_ERR_MEMORY;
	if (made->fits == 0 || EVP_PKEY_eq(key, X509_get0_pubkey(certificates[count - 1])) != 1)
		status = TSPDM_ERR_KEY;
	else if (!store_chain(made, certificates, count) || !store_spki(made, certificates[count - 1]))
		status = TSPDM_ERR_MEMORY;
	if (status != TSPDM_OK)
		tspdm_openssl_identity_free(made);
	else
		*out = made;
	return status;
}

void tspdm_openssl_identity_slot(struct tspdm_openssl_identity *identity, struct tspdm_slot *out)
{
	*out = (struct tspdm_slot){
		.certificates = { identity->chain, identity->chain_len },
		.spki = { identity->spki, identity->spki_len },
		.asym = identity->fits,
		.signer = &identity->signer,
	};
}

void tspdm_openssl_identity_free(struct tspdm_openssl_identity *identity)
{
	if (identity == NULL)
		return;
	tspdm_ossl_hashes_free(&identity->hashes);
	EVP_PKEY_CTX_free(identity->ready);
	EVP_PKEY_free(identity->key); /* OpenSSL clears private values */
	free(identity->chain);
	free(identity->spki);
	tspdm_wipe(identity, sizeof *identity);
	free(identity);
}

/* A program without a terminal must not be asked for a pass phrase. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer, (void)size, (void)is_writing, (void)context;
	return -1;
}

static EVP_PKEY *read_key(struct tspdm_view in)
{
	const uint8_t *next = in.ptr;
	EVP_PKEY *key;
	BIO *bio;

	if (in.len == 0 || in.len > INT_MAX)
		return NULL;
	if (in.ptr[0] == (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE))
		return d2i_AutoPrivateKey_ex(NULL, &next, (long)in.len, NULL, NULL);
	bio = BIO_new_mem_buf(in.ptr, (int)in.len);
	if (bio == NULL)
		return NULL;
	key = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

struct certificates {
	X509 *certificate[OSSL_CERTIFICATES];
	unsigned count;
};

static enum tspdm_status parse_certificates(struct tspdm_view der, struct certificates *out)
{
	struct tspdm_view one;

	for (out->count = 0; der.len != 0; out->count++) {
		if (out->count == OSSL_CERTIFICATES || !tspdm_ossl_next_der(&der, &one))
			return TSPDM_ERR_CHAIN_FORM;
		out->certificate[out->count] = tspdm_ossl_certificate(one);
		if (out->certificate[out->count] == NULL)
			return TSPDM_ERR_CHAIN_FORM;
	}
	return TSPDM_OK;
}

static bool has_issued(X509 *issuer, X509 *subject)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) == 0 &&
	       tspdm_ossl_is_signed_by(subject, X509_get0_pubkey(issuer));
}

/* Root first, whichever way they came. */
static enum tspdm_status order(struct certificates *c)
{
	if (c->count > 1 && has_issued(c->certificate[1], c->certificate[0]) &&
		!has_issued(c->certificate[0], c->certificate[1])) {
		for (unsigned i = 0; i < c->count / 2; i++) {
			X509 *other = c->certificate[c->count - 1 - i];

			c->certificate[c->count - 1 - i] = c->certificate[i];
			c->certificate[i] = other;
		}
	}
	for (unsigned i = 1; i < c->count; i++)
		if (!has_issued(c->certificate[i - 1], c->certificate[i]))
			return TSPDM_ERR_CHAIN_FORM;
	return TSPDM_OK;
}

static enum tspdm_status read_chain(struct tspdm_view chain, struct certificates *out)
{
	struct tspdm_buffer der = { .ptr = malloc(chain.len + 1), .cap = chain.len };
	enum tspdm_status status;

	if (der.ptr == NULL)
		return TSPDM_ERR_MEMORY;
	status = tspdm_openssl_certificates(chain, &der); /* DER is never longer than what it came in */
	if (status == TSPDM_OK)
		status = parse_certificates(tspdm_buffer_view(&der), out);
	if (status == TSPDM_OK)
		status = order(out);
	free(der.ptr);
	return status;
}

static enum tspdm_status load(
	struct tspdm_view chain, struct tspdm_view key, struct certificates *c, struct tspdm_openssl_identity **out)
{
	EVP_PKEY *pkey;

	TSPDM_TRY(read_chain(chain, c));
	pkey = read_key(key);
	return pkey != NULL ? tspdm_ossl_identity_new(pkey, c->certificate, c->count, out) : TSPDM_ERR_KEY;
}

enum tspdm_status tspdm_openssl_identity_load(
	struct tspdm_view chain, struct tspdm_view key, struct tspdm_openssl_identity **out)
{
	struct certificates c = { .count = 0 };
	enum tspdm_status status;

	*out = NULL;
	ERR_set_mark();
	status = load(chain, key, &c, out);
	ERR_pop_to_mark();
	for (unsigned i = 0; i < OSSL_CERTIFICATES; i++)
		X509_free(c.certificate[i]);
	return status;
}
