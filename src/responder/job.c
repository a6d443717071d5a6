/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Requests that take longer: what is kept until RESPOND_IF_READY comes, DSP0274 1.2 "Timing requirements". */
#include <string.h>

#include <tspdm/secret.h>

#include "responder/responder.h"

static void cancel_device(struct tspdm_device *device, struct tspdm_pending *pending)
{
	bool is_used = pending->job != NULL || pending->stage != 0;

	if (is_used && device->ops->cancel != NULL)
		device->ops->cancel(device, pending);
}

void tspdm_job_end(struct tspdm_responder *p)
{
	struct job *job = &p->job;
	bool is_used = job->signature.job != NULL || job->signature.stage != 0;

	if (!job->is_begun)
		return;
	cancel_device(p->config.device, &job->measuring);
	if (job->owner != NULL)
		tspdm_responder_cancel_vendor(job->owner, &job->answering);
	else
		cancel_device(p->config.device, &job->answering);
	if (is_used && job->signer != NULL && job->signer->ops->cancel != NULL)
		job->signer->ops->cancel(job->signer, &job->signature);
	if (job->opening != NULL)
		tspdm_responder_abandon(job->opening);
	if (job->is_waiting) /* it may be of a session, and the room is lent to others */
		tspdm_wipe(p->config.scratch, job->request_len + job->response_len);
	tspdm_wipe(job, sizeof *job);
}

void tspdm_job_begin(struct tspdm_responder *p, const struct request *q)
{
	if (q->is_resumed)
		return;
	tspdm_job_end(p);
	p->job.is_begun = true;
	p->job.code = q->header.code;
	p->job.session_id = p->session != NULL ? p->session->id : 0;
}

enum tspdm_status tspdm_job_note(
	struct tspdm_responder *p, struct request *q, enum tspdm_status status, const struct tspdm_pending *pending)
{
	if (status == TSPDM_AGAIN)
		p->job.retry_us = pending->retry_us;
	return tspdm_responder_own(q, status);
}

enum tspdm_status tspdm_job_wait(struct tspdm_responder *p, const struct request *q)
{
	struct job *job = &p->job;

	if (job->is_waiting)
		return TSPDM_OK;
	if (!job->is_begun || p->config.scratch == NULL || q->used > p->config.scratch_len)
		return TSPDM_ERR_BUSY;
	memcpy(p->config.scratch, q->message.ptr, q->used);
	job->request_len = q->used;
	job->token = p->next_token++;
	job->is_waiting = true;
	return TSPDM_OK;
}

bool tspdm_job_is_retry(const struct tspdm_responder *p, struct tspdm_view message)
{
	const struct job *job = &p->job;

	return job->is_waiting && job->session_id == (p->session != NULL ? p->session->id : 0) &&
	       message.len >= job->request_len && memcmp(message.ptr, p->config.scratch, job->request_len) == 0;
}
