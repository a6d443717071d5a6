/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The signing context: combined_spdm_prefix and what follows it. */
#include <string.h>

#include "core/signing.h"

enum { REPEATED_LEN = 16, REPETITIONS = 4 };

/* DSP0274 1.2 "Signature generation": spdm_context, by who signs what. */
static const struct {
	enum tspdm_role signer;
	enum signing_use use;
	uint8_t len;
	const char *text;
} contexts[] = {
	{ TSPDM_ROLE_RESPONDER, SIGNING_CHALLENGE_AUTH, 32, "responder-challenge_auth signing" },
	{ TSPDM_ROLE_REQUESTER, SIGNING_CHALLENGE_AUTH, 32, "requester-challenge_auth signing" },
	{ TSPDM_ROLE_RESPONDER, SIGNING_MEASUREMENTS, 30, "responder-measurements signing" },
	{ TSPDM_ROLE_RESPONDER, SIGNING_KEY_EXCHANGE_RSP, 34, "responder-key_exchange_rsp signing" },
	{ TSPDM_ROLE_REQUESTER, SIGNING_FINISH, 24, "requester-finish signing" },
	{ TSPDM_ROLE_RESPONDER, SIGNING_ENDPOINT_INFO, 31, "responder-endpoint_info signing" },
	{ TSPDM_ROLE_REQUESTER, SIGNING_ENDPOINT_INFO, 31, "requester-endpoint_info signing" },
};

static struct tspdm_view context_of(enum tspdm_role signer, enum signing_use use)
{
	for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++)
		if (contexts[i].signer == signer && contexts[i].use == use)
			return (struct tspdm_view){ (const uint8_t *)contexts[i].text, contexts[i].len };
	return (struct tspdm_view){ NULL, 0 };
}

/* "dmtf-spdm-v1.X.*" four times, zeros, the context; 100 bytes in all. */
static void write_prefix(uint8_t *out, uint8_t version, struct tspdm_view context)
{
	static const char repeated[] = "dmtf-spdm-v1.0.*";

	memset(out, 0, SIGNING_PREFIX_LEN);
	for (size_t i = 0; i < REPETITIONS; i++) {
		memcpy(out + i * REPEATED_LEN, repeated, REPEATED_LEN);
		out[i * REPEATED_LEN + 13] = (uint8_t)('0' + (version & 0x0F));
	}
	memcpy(out + SIGNING_PREFIX_LEN - context.len, context.ptr, context.len);
}

enum tspdm_status tspdm_signing_input(struct signing_input *input, uint8_t version, enum tspdm_role signer,
	enum signing_use use, uint32_t asym, uint32_t hash, const uint8_t *digest)
{
	struct tspdm_view context = context_of(signer, use);
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, hash);
	size_t prefix_len = version >= TSPDM_V12 ? SIGNING_PREFIX_LEN : 0;

	if (context.len == 0 || hash_len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (prefix_len != 0)
		write_prefix(input->message, version, context);
	memcpy(input->message + prefix_len, digest, hash_len);
	input->tbs = (struct tspdm_to_be_signed){
		.asym = asym,
		.hash = hash,
		.is_digest = prefix_len == 0, /* 1.0, 1.1: no prefix, and the digest is not hashed again */
		.data = { input->message, prefix_len + hash_len },
		.context = context,
	};
	return TSPDM_OK;
}

/* ---- Verifying ---- */

#define ECDSA (TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384 | TSPDM_ASYM_ECDSA_P521)

enum { SIGNATURE_MAX = 512 };

static void reverse(uint8_t *to, const uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[len - 1 - i];
}

/* r and s each by itself, or the integer of RSA. */
static void reverse_integers(uint32_t asym, struct tspdm_view signature, uint8_t *out)
{
	size_t count = (asym & ECDSA) != 0 ? 2 : 1;
	size_t len = signature.len / count;

	for (size_t i = 0; i < count; i++)
		reverse(out + i * len, signature.ptr + i * len, len);
}

/* The first editions of 1.0 and 1.1 did not say in which order the integers of a signature stand, and devices exist that
 * write them the other way round. That is as good a proof: who made it has the key. */
enum tspdm_status tspdm_verify_signature(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	struct signing_input *input, struct tspdm_view signature, uint32_t strict)
{
	uint8_t reversed[SIGNATURE_MAX];
	enum tspdm_status status;

	input->tbs.is_strict = (strict & TSPDM_STRICT_ED448_CONTEXT) != 0;
	status = crypto->ops->verify(crypto, key, &input->tbs, signature);
	if (status != TSPDM_ERR_SIGNATURE || !input->tbs.is_digest || (strict & TSPDM_STRICT_SIGNATURE_ORDER) != 0 ||
		signature.len > sizeof reversed)
		return status;
	reverse_integers(input->tbs.asym, signature, reversed);
	return crypto->ops->verify(crypto, key, &input->tbs, (struct tspdm_view){ reversed, signature.len });
}
