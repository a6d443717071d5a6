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

/* ---- Reading ---- */

/* A compact JWS taken apart: the text that is signed, and its three parts decoded. */
struct jose_token {
	struct tspdm_view signed_text; /* of the token's */
	struct tspdm_view header, payload, signature;
	uint8_t *room;
};

/* False where it is none. Free it in any case. White space around it does not count. */
bool tspdm_jose_split(struct tspdm_view jwt, struct jose_token *out);
void tspdm_jose_free(struct jose_token *token);
/* JSON in which no member comes twice; NULL: it is none. */
json_t *tspdm_jose_json(struct tspdm_view text);
/* Reads a public key that ES256 or ES384 verify with: SubjectPublicKeyInfo or a certificate, PEM or DER. NULL: it is none. */
EVP_PKEY *tspdm_jose_public_key(struct tspdm_view bytes);
/* "ES256" or "ES384", as the key has it; "" for another key. */
const char *tspdm_jose_algorithm(const EVP_PKEY *key);
/* Whether the key made the signature, by its one algorithm. */
bool tspdm_jose_verify(EVP_PKEY *key, const struct jose_token *token);

#endif
