/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Signing a response, also by a signer that says "not yet". */
#include <string.h>

#include "responder/responder.h"

static size_t signature_len(const struct tspdm_responder *p)
{
	return tspdm_algorithm_size(TSPDM_KIND_ASYM, p->connection.selected.base_asym);
}

enum tspdm_status tspdm_responder_signature_room(const struct tspdm_responder *p, struct tspdm_buffer *out)
{
	size_t len = signature_len(p) + p->job.tail_len;

	if (out->len <= out->cap && out->cap - out->len >= len)
		return TSPDM_OK;
	out->len += len;
	return TSPDM_ERR_BUFFER;
}

/* What a signed response does to the transcripts once it is complete. */
static enum tspdm_status complete(struct tspdm_responder *p)
{
	struct transcript *t = &p->connection.transcript;

	if (p->job.use == SIGNING_KEY_EXCHANGE_RSP) /* in the transcript of its session */
		return TSPDM_OK;
	if (p->job.use != SIGNING_CHALLENGE_AUTH)
		return tspdm_transcript_reset_l(t);
	TSPDM_TRY(tspdm_transcript_authenticated(t));
	return tspdm_mutual_wants_basic(p) ? tspdm_flow_begin(p, NULL) : TSPDM_OK;
}

/* Puts the unsigned response behind the request, where RESPOND_IF_READY finds it. */
static enum tspdm_status keep_response(struct tspdm_responder *p, const struct request *q, struct tspdm_view response)
{
	struct job *job = &p->job;
	size_t at = job->is_waiting ? job->request_len : q->used;

	if (job->is_signing)
		return TSPDM_AGAIN;
	if (p->config.scratch == NULL || at > p->config.scratch_len || response.len > p->config.scratch_len - at)
		return TSPDM_ERR_BUSY;
	memcpy(p->config.scratch + at, response.ptr, response.len);
	job->response_len = response.len;
	job->is_signing = true;
	return TSPDM_AGAIN;
}

static enum tspdm_status call_signer(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct job *job = &p->job;
	struct tspdm_buffer signature = { out->ptr + out->len, signature_len(p), 0 };
	enum tspdm_status status = job->signer->ops->sign(job->signer, &job->input.tbs, &signature, &job->signature);

	if (status == TSPDM_AGAIN) {
		(void)tspdm_job_note(p, q, status, &job->signature);
		return keep_response(p, q, tspdm_buffer_view(out));
	}
	if (status == TSPDM_OK && signature.len != signature.cap)
		status = TSPDM_ERR_CRYPTO;
	TSPDM_TRY(tspdm_responder_own(q, status));
	TSPDM_TRY(tspdm_responder_own(q, complete(p)));
	out->len += signature.len;
	if (job->use == SIGNING_KEY_EXCHANGE_RSP)
		return tspdm_responder_own(q, tspdm_responder_key_exchange_signed(p, out, signature.len));
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_sign(struct tspdm_responder *p, struct request *q, enum signing_use use,
	struct tspdm_signer *signer, const uint8_t *digest, struct tspdm_buffer *out)
{
	const struct connection *c = &p->connection;
	struct job *job = &p->job;

	TSPDM_TRY(tspdm_responder_signature_room(p, out));
	TSPDM_TRY(tspdm_responder_own(q, tspdm_signing_input(&job->input, c->version, TSPDM_ROLE_RESPONDER, use,
						 c->selected.base_asym, c->selected.base_hash, digest)));
	job->input.tbs.is_strict = (c->strict & TSPDM_STRICT_ED448_CONTEXT) != 0;
	job->use = use;
	job->signer = signer;
	return call_signer(p, q, out);
}

enum tspdm_status tspdm_responder_sign_on(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct job *job = &p->job;

	if (job->response_len > out->cap) {
		out->len = job->response_len + signature_len(p) + job->tail_len;
		return TSPDM_ERR_BUFFER;
	}
	memcpy(out->ptr, p->config.scratch + job->request_len, job->response_len);
	out->len = job->response_len;
	TSPDM_TRY(tspdm_responder_signature_room(p, out));
	return call_signer(p, q, out);
}
