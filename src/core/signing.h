/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a signature is made over, DSP0274 "Signature generation". */
#ifndef TSPDM_CORE_SIGNING_H
#define TSPDM_CORE_SIGNING_H

#include <tspdm/crypto.h>
#include <tspdm/evidence.h>

enum signing_use {
	SIGNING_CHALLENGE_AUTH,
	SIGNING_MEASUREMENTS,
	SIGNING_KEY_EXCHANGE_RSP,
	SIGNING_FINISH,
	SIGNING_ENDPOINT_INFO,
};

enum { SIGNING_PREFIX_LEN = 100 };

/* The message M (prefix and transcript hash), and the input for the signer or verifier that points into it. */
struct signing_input {
	uint8_t message[SIGNING_PREFIX_LEN + TSPDM_HASH_MAX];
	struct tspdm_to_be_signed tbs;
};

/* `digest` is the transcript's, of the connection's base hash. TSPDM_ERR_ARGUMENT where the role does not sign this
 * use. */
enum tspdm_status tspdm_signing_input(struct signing_input *input, uint8_t version, enum tspdm_role signer,
	enum signing_use use, uint32_t asym, uint32_t hash, const uint8_t *digest);

/* Verifies a peer's signature with the tolerance that `strict` (enum tspdm_strict) leaves. */
enum tspdm_status tspdm_verify_signature(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	struct signing_input *input, struct tspdm_view signature, uint32_t strict);

#endif
