/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verifying a responder's signature with OpenSSL, from a transcript put together by hand. */
#ifndef TSPDM_TESTS_RESPONDER_SIGNATURE_H
#define TSPDM_TESTS_RESPONDER_SIGNATURE_H

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "responder_rig.h"

enum { H = 48, SIGNATURE = 96, NONCE = 32 };

static inline void sha384(struct tspdm_view data, uint8_t out[H])
{
	assert_true(EVP_Digest(data.ptr, data.len, out, NULL, EVP_sha384(), NULL));
}

/* r ‖ s over combined_spdm_prefix ‖ SHA-384(transcript) */
static inline bool is_signed(
	const struct rig *rig, const char *context, const struct bytes *transcript, struct tspdm_view raw)
{
	struct tspdm_view spki = rig->device.slots[0].spki;
	const unsigned char *at = spki.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	uint8_t m[100 + H] = { 0 };
	int der_len, result;

	for (size_t i = 0; i < 4; i++)
		memcpy(m + 16 * i, "dmtf-spdm-v1.2.*", 16);
	memcpy(m + 100 - strlen(context), context, strlen(context));
	sha384((struct tspdm_view){ transcript->b, transcript->len }, m + 100);
	ECDSA_SIG_set0(signature, BN_bin2bn(raw.ptr, 48, NULL), BN_bin2bn(raw.ptr + 48, 48, NULL));
	der_len = i2d_ECDSA_SIG(signature, &der);
	assert_true(EVP_DigestVerifyInit(md, NULL, EVP_sha384(), NULL, key));
	result = EVP_DigestVerify(md, der, (size_t)der_len, m, sizeof m);
	OPENSSL_free(der);
	ECDSA_SIG_free(signature);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return result == 1;
}

static inline struct tspdm_view part(struct tspdm_view whole, size_t at, size_t len)
{
	assert_true(at <= whole.len && len <= whole.len - at);
	return (struct tspdm_view){ whole.ptr + at, len };
}

#endif
