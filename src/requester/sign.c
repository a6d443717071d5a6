/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester's own signatures, also by a signer that says "not yet": the exchange's `write` hands TSPDM_AGAIN up, and is
 * called again once the signer's estimate is over. */
#include "requester/requester.h"

static enum tspdm_status call_signer(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	struct own_signature *s = &r->signing;
	size_t len = tspdm_requester_own_shape(r).signature_len;
	struct tspdm_buffer signature = { out->ptr + out->len, len, 0 };
	enum tspdm_status status;

	if (out->len > out->cap || out->cap - out->len < len)
		return TSPDM_ERR_BUFFER;
	s->is_under_way = true;
	status = s->signer->ops->sign(s->signer, &s->input.tbs, &signature, &s->pending);
	if (status == TSPDM_AGAIN)
		return status;
	s->is_under_way = false;
	if (status == TSPDM_OK && signature.len != signature.cap)
		status = TSPDM_ERR_CRYPTO;
	TSPDM_TRY(status);
	out->len += len;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_sign(struct tspdm_requester *r, enum signing_use use, struct tspdm_signer *signer,
	const uint8_t *digest, struct tspdm_buffer *out)
{
	struct own_signature *s = &r->signing;

	s->signer = signer;
	s->body_len = out->len;
	s->pending = (struct tspdm_pending){ 0 };
	TSPDM_TRY(tspdm_signing_input(&s->input, r->c.version, TSPDM_ROLE_REQUESTER, use, tspdm_requester_own_asym(r),
		r->c.selected.base_hash, digest));
	return call_signer(r, out);
}

enum tspdm_status tspdm_requester_sign_on(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	out->len = r->signing.body_len; /* written by the first call, and still there */
	return call_signer(r, out);
}

void tspdm_requester_cancel_signature(struct tspdm_requester *r)
{
	struct own_signature *s = &r->signing;

	if (s->is_under_way)
		s->signer->ops->cancel(s->signer, &s->pending);
	*s = (struct own_signature){ .is_under_way = false };
}
