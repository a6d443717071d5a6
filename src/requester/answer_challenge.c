/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester proves that it has the key of a slot: CHALLENGE_AUTH in answer to an encapsulated CHALLENGE, DSP0274 1.2
 * "Basic mutual authentication". */
#include "requester/requester.h"

enum { SLOT_MASK = 0x0F };

static enum tspdm_status write_unsigned(
	struct tspdm_requester *r, const struct tspdm_challenge *ask, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_requester_own_shape(r);
	uint8_t digest[TSPDM_HASH_MAX], nonce[TSPDM_NONCE_LEN];
	const struct tspdm_challenge_auth auth = {
		.slot = ask->slot & SLOT_MASK,
		.slot_mask = ask->slot == TSPDM_SLOT_PUBLIC_KEY ? 0 : tspdm_requester_own_slots(r),
		.chain_hash = { digest, shape.hash_len },
		.nonce = { nonce, sizeof nonce },
		.requester_context = ask->requester_context,
	};

	TSPDM_TRY(tspdm_requester_own_digest(r, ask->slot, digest));
	TSPDM_TRY(r->config.crypto->ops->random(r->config.crypto, nonce, sizeof nonce));
	return tspdm_write_challenge_auth(out, &shape, &auth);
}

enum tspdm_status tspdm_requester_answer_challenge(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_requester_own_shape(r);
	struct tspdm_view request = { r->flow.ask, r->flow.ask_len };
	const struct tspdm_slot *slot;
	struct tspdm_challenge ask;
	uint8_t digest[TSPDM_HASH_MAX];
	size_t used;

	TSPDM_TRY(tspdm_read_challenge(request, &shape, &ask, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &request, used));
	if (ask.summary_type != TSPDM_SUMMARY_NONE) /* a requester has no measurements */
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_requester_own_slot(r, ask.slot, &slot));
	TSPDM_TRY(write_unsigned(r, &ask, out));
	TSPDM_TRY(tspdm_mutual_transcript_challenge(&r->flow.transcript, request, tspdm_buffer_view(out), digest));
	r->flow.is_challenged = true;
	return tspdm_requester_sign(r, SIGNING_CHALLENGE_AUTH, slot->signer, digest, out);
}
