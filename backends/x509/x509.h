/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What verifiers of TEE evidence ask of certificates and keys beside what OpenSSL has a call for. */
#ifndef TSPDM_BACKENDS_X509_H
#define TSPDM_BACKENDS_X509_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <tspdm/types.h>

enum { X509_NAME_TEXT_MAX = 64 };

/* Empty where there is none, more than one, or one that does not fit or is not printable: who compares it then refuses. */
void tspdm_x509_common_name(const X509_NAME *name, char out[X509_NAME_TEXT_MAX]);

/* SHA-256 of the SubjectPublicKeyInfo, by which anchors are pinned. */
bool tspdm_x509_spki_digest(const X509 *certificate, uint8_t out[32]);

/* Takes over the two numbers, NULL too.
 * @returns the length of the signature in DER, 0 if it does not fit or a number is missing */
size_t tspdm_x509_ecdsa_der(BIGNUM *r, BIGNUM *s, unsigned char *out, size_t cap);

bool tspdm_x509_verifies(EVP_PKEY *key, const EVP_MD *hash, struct tspdm_view data, struct tspdm_view signature);

#endif
