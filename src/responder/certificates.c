/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_DIGESTS and GET_CERTIFICATE: the chains of the slots. */
#include "core/chain_response.h"
#include "responder/responder.h"

enum { GET_DIGESTS_LEN = 4 };

enum tspdm_status tspdm_responder_digests(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_digests digests = { 0 };
	uint8_t room[TSPDM_SLOTS][TSPDM_HASH_MAX];

	q->used = GET_DIGESTS_LEN;
	if (shape.is_exact && q->message.len != q->used)
		return TSPDM_ERR_TRAILING;
	p->last_chain = (struct last_chain){ .has_digest = false }; /* here B begins: nothing of before is taken over */
	TSPDM_TRY(tspdm_responder_slot_mask(p, q, &digests.provisioned_slots));
	if (digests.provisioned_slots == 0)
		return tspdm_responder_own(q, TSPDM_ERR_SLOT);
	digests.supported_slots = digests.provisioned_slots;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		struct tspdm_slot slot;

		if ((digests.provisioned_slots & 1U << i) == 0)
			continue;
		TSPDM_TRY(tspdm_responder_own(q, tspdm_responder_slot(p, q, i, &slot)));
		TSPDM_TRY(tspdm_responder_slot_digest(p, q, &slot, room[i]));
		digests.digest[i] = (struct tspdm_view){ room[i], shape.hash_len };
	}
	TSPDM_TRY(tspdm_write_digests(out, &shape, &digests));
	return tspdm_responder_own(
		q, tspdm_transcript_b(&c->transcript, true, request_bytes(q), tspdm_buffer_view(out)));
}

enum tspdm_status tspdm_responder_certificate(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_get_certificate request;
	struct tspdm_slot slot;
	const struct chain_image *image;

	TSPDM_TRY(tspdm_read_get_certificate(q->message, &shape, &request, &q->used));
	TSPDM_TRY(tspdm_responder_slot(p, q, request.slot, &slot));
	TSPDM_TRY(tspdm_responder_slot_image(p, q, &slot, &image));
	TSPDM_TRY(tspdm_chain_response(image, &shape, &request, out));
	return tspdm_responder_own(
		q, tspdm_transcript_b(&c->transcript, false, request_bytes(q), tspdm_buffer_view(out)));
}
