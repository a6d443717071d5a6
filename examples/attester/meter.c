/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Counts the evidence that peers get, and measures how long it takes. */
#include <stdlib.h>

#include "attester.h"

/* Evidence on its way. */
struct metered_job {
	struct tspdm_evidence_job *inner;
	uint64_t since_us;
	bool is_over;
};

static struct metered_source *metered_of(struct tspdm_evidence_source *source)
{
	return (struct metered_source *)source; /* base is the first member */
}

static enum tspdm_status begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct metered_source *m = metered_of(source);
	struct metered_job *job = calloc(1, sizeof *job);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	m->metrics->evidence_wanted++;
	if (job != NULL) {
		job->since_us = tspdm_now_us();
		status = m->inner->ops->begin(m->inner, report_data, &job->inner);
	}
	if (status == TSPDM_OK) {
		*out = (struct tspdm_evidence_job *)job;
		return TSPDM_OK;
	}
	free(job);
	m->metrics->evidence_failed++;
	return status;
}

static enum tspdm_status poll_job(struct tspdm_evidence_source *source, struct tspdm_evidence_job *opaque,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct metered_source *m = metered_of(source);
	struct metered_job *job = (struct metered_job *)opaque;
	enum tspdm_status status = m->inner->ops->poll(m->inner, job->inner, out, retry_us);

	if (status == TSPDM_AGAIN || job->is_over)
		return status;
	job->is_over = true;
	if (status == TSPDM_OK)
		metrics_evidence(m->metrics, tspdm_now_us() - job->since_us);
	else
		m->metrics->evidence_failed++;
	return status;
}

static void end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *opaque)
{
	struct metered_source *m = metered_of(source);
	struct metered_job *job = (struct metered_job *)opaque;

	if (job == NULL)
		return;
	m->inner->ops->end(m->inner, job->inner);
	free(job);
}

struct tspdm_evidence_source *meter(
	struct metered_source *m, struct tspdm_evidence_source *inner, struct metrics *metrics)
{
	m->ops = (struct tspdm_evidence_source_ops){
		.size = sizeof m->ops,
		.name = inner->ops->name,
		.tee = inner->ops->tee,
		.begin = begin,
		.poll = poll_job,
		.end = end,
	};
	m->base.ops = &m->ops;
	m->inner = inner;
	m->metrics = metrics;
	return &m->base;
}
