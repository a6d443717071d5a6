/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "CHALLENGE request", "CHALLENGE_AUTH response". */
#include "wire/wire.h"

enum { BASIC_MUT_AUTH = 0x80, SLOT_MASK = 0x0F };

enum tspdm_status tspdm_read_challenge(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_challenge *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_challenge){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CHALLENGE, &header));
	out->slot = header.param1;
	out->summary_type = header.param2;
	out->nonce = read_view(&r, TSPDM_NONCE_LEN);
	out->requester_context = read_view(&r, wire_context_len(shape));
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_challenge(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_challenge *challenge)
{
	if (!wire_has_len(challenge->nonce, TSPDM_NONCE_LEN) ||
		!wire_has_len(challenge->requester_context, wire_context_len(shape)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_CHALLENGE, challenge->slot, challenge->summary_type);
	write_view(out, challenge->nonce);
	write_view(out, challenge->requester_context);
	return write_end(out);
}

enum tspdm_status tspdm_read_challenge_auth(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_challenge_auth *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_challenge_auth){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CHALLENGE_AUTH, &header));
	out->slot = header.param1 & SLOT_MASK;
	out->basic_mutual_auth = shape->version >= TSPDM_V11 && (header.param1 & BASIC_MUT_AUTH) != 0;
	out->slot_mask = header.param2;
	out->chain_hash = read_view(&r, shape->hash_len);
	out->nonce = read_view(&r, TSPDM_NONCE_LEN);
	out->summary_hash = read_view(&r, shape->summary_hash_len);
	TSPDM_TRY(tspdm_wire_read_opaque(&r, &out->opaque));
	out->requester_context = read_view(&r, wire_context_len(shape));
	out->signature = read_view(&r, shape->signature_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_challenge_auth(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_challenge_auth *auth)
{
	uint8_t param1 = auth->slot;

	if (!wire_has_len(auth->chain_hash, shape->hash_len) || !wire_has_len(auth->nonce, TSPDM_NONCE_LEN) ||
		!wire_has_len(auth->summary_hash, shape->summary_hash_len) ||
		!wire_has_len(auth->requester_context, wire_context_len(shape)) ||
		(auth->signature.len != 0 && !wire_has_len(auth->signature, shape->signature_len)) ||
		auth->opaque.len > TSPDM_OPAQUE_MAX || auth->slot > SLOT_MASK)
		return TSPDM_ERR_ARGUMENT;
	if (auth->basic_mutual_auth && shape->version >= TSPDM_V11)
		param1 |= BASIC_MUT_AUTH;
	tspdm_wire_put_header(out, shape->version, TSPDM_CHALLENGE_AUTH, param1, auth->slot_mask);
	write_view(out, auth->chain_hash);
	write_view(out, auth->nonce);
	write_view(out, auth->summary_hash);
	tspdm_wire_put_opaque(out, auth->opaque);
	write_view(out, auth->requester_context);
	write_view(out, auth->signature);
	return write_end(out);
}
