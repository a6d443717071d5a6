/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The little of JOSE that attestation results need: base64url, keys as JWK, and the compact JWS with ES256 and ES384. */
#ifndef TSPDM_APPRAISAL_JOSE_H
#define TSPDM_APPRAISAL_JOSE_H

#include <jansson.h>
#include <openssl/evp.h>

#include <tspdm/status.h>
#include <tspdm/types.h>

/* Without padding, malloc()ed. NULL: there is no memory. RFC 4648 "Base 64 Encoding with URL and Filename Safe Alphabet" */
char *tspdm_jose_base64url(struct tspdm_view bytes);
bool tspdm_jose_sha256(struct tspdm_view bytes, uint8_t out[32]);

/* A public key (SubjectPublicKeyInfo) as JWK with the members that RFC 7638 wants for a thumbprint, and no others. NULL:
 * JWK has no such key, or it cannot be read. */
json_t *tspdm_jose_jwk(struct tspdm_view spki);

/* Reads a private key that can sign by ES256 or ES384, PEM or DER. NULL: it is none. */
EVP_PKEY *tspdm_jose_private_key(struct tspdm_view bytes);

/* Signs claims; the header has "alg", "typ" and "kid", the key's thumbprint by RFC 7638. @param jwt  malloc()ed */
enum tspdm_status tspdm_jose_sign(EVP_PKEY *key, const char *type, json_t *claims, char **jwt);

#endif
