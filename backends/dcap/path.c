/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Path validation by OpenSSL with one trusted root, RFC 5280 "Certification path validation". Times are judged by the
 * caller, who can say whose certificate is meant; revocation is in revocation.c. Many verifications meet the same issuers,
 * lists and collateral: what was found good of them is known by its digest. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "internal.h"

static bool set_up(X509_STORE_CTX *context, X509 *root)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

	X509_VERIFY_PARAM_set_depth(param, 1); /* one intermediate between leaf and root */
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_NO_CHECK_TIME) == 1 &&
	       X509_STORE_add_cert(X509_STORE_CTX_get0_store(context), root) == 1;
}

static int verify_path(X509 *leaf, X509 *intermediate, X509 *root)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	bool done = store != NULL && context != NULL && untrusted != NULL;
	int error = X509_V_ERR_UNSPECIFIED;

	if (done && intermediate != NULL)
		done = sk_X509_push(untrusted, intermediate) > 0;
	if (done && X509_STORE_CTX_init(context, store, leaf, untrusted) == 1 && set_up(context, root)) {
		bool ok = X509_verify_cert(context) == 1;

		error = X509_STORE_CTX_get_error(context);
		if (ok && error == X509_V_OK &&
			sk_X509_num(X509_STORE_CTX_get0_chain(context)) != (intermediate != NULL ? 3 : 2))
			error = X509_V_ERR_UNSPECIFIED;
		if (!ok && error == X509_V_OK)
			error = X509_V_ERR_UNSPECIFIED;
	}
	sk_X509_free(untrusted); /* what is in it is borrowed */
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return error;
}

/* ---- With a memory ---- */

/* The encodings of what an answer depends on, kept while it is looked for. */
struct encodings {
	struct tspdm_view views[3];
	size_t count;
	bool is_complete;
};

static void take_encoding(struct encodings *e, unsigned char *der, int len)
{
	e->is_complete = e->is_complete && len > 0;
	e->views[e->count++] = (struct tspdm_view){ der, len > 0 ? (size_t)len : 0 };
}

static void take_certificate(struct encodings *e, X509 *certificate)
{
	unsigned char *der = NULL;
	int len = i2d_X509(certificate, &der);

	take_encoding(e, der, len);
}

static void take_key(struct encodings *e, X509 *certificate)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	take_encoding(e, der, len);
}

static bool is_known(struct tspdm_signature_cache *cache, const char *kind, const struct encodings *e, uint8_t *digest)
{
	return tspdm_proof_is_known(e->is_complete ? cache : NULL, kind, e->views, e->count, digest);
}

static void free_encodings(struct encodings *e, size_t count)
{
	for (size_t i = 0; i < count; i++)
		OPENSSL_free((void *)(uintptr_t)e->views[i].ptr);
}

int tspdm_dcap_path_verify(struct tspdm_signature_cache *cache, X509 *leaf, X509 *intermediate, X509 *root)
{
	struct encodings e = { .is_complete = true };
	uint8_t digest[TSPDM_PROOF_LEN];
	int error = X509_V_OK;

	if (cache == NULL)
		return verify_path(leaf, intermediate, root);
	take_certificate(&e, leaf);
	take_certificate(&e, root);
	if (intermediate != NULL)
		take_certificate(&e, intermediate);
	if (!is_known(cache, "path", &e, digest)) {
		error = verify_path(leaf, intermediate, root);
		if (error == X509_V_OK && e.is_complete)
			tspdm_proof_keep(cache, digest);
	}
	free_encodings(&e, e.count);
	return error;
}

bool tspdm_dcap_crl_verify(struct tspdm_signature_cache *cache, X509_CRL *crl, X509 *issuer)
{
	struct encodings e = { .is_complete = true };
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	uint8_t digest[TSPDM_PROOF_LEN];
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);
	bool is_good;

	take_encoding(&e, der, len);
	take_key(&e, issuer);
	is_good = is_known(cache, "CRL", &e, digest);
	if (!is_good) {
		is_good = key != NULL && X509_CRL_verify(crl, key) == 1;
		if (is_good && e.is_complete)
			tspdm_proof_keep(cache, digest);
	}
	free_encodings(&e, e.count);
	return is_good;
}

bool tspdm_dcap_verify_by_signer(
	struct tspdm_signature_cache *cache, X509 *signer, struct tspdm_view data, struct tspdm_view signature)
{
	struct encodings e = { .is_complete = true };
	uint8_t digest[TSPDM_PROOF_LEN];
	bool is_good;

	take_key(&e, signer);
	e.views[e.count++] = data;
	e.views[e.count++] = signature;
	is_good = is_known(cache, "collateral", &e, digest);
	if (!is_good) {
		is_good = tspdm_dcap_verify_by_key(X509_get0_pubkey(signer), data, signature);
		if (is_good && e.is_complete)
			tspdm_proof_keep(cache, digest);
	}
	free_encodings(&e, 1); /* the other two are borrowed */
	return is_good;
}
