/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The thread behind the evidence sources of real hardware. A request is queued by begin(), made on the thread, and looked
 * at by poll(). One that nobody waits for any more is finished, so that the hardware is left in order, and dropped. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker.h"

enum {
	BACKOFF_MAX_US = 2000000,
	FIRST_EXPECTED_US = 200000, /* until there is experience; published figures are 0.14 s for SNP, 1 s for TDX */
	RETRY_MIN_US = 5000,
	RETRY_MAX_US = 1000000,
};

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE };

struct tspdm_evidence_job {
	struct tspdm_evidence_job *next;
	enum job_state state;
	bool is_abandoned;
	enum tspdm_status status;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_worker_product product;
};

uint64_t tspdm_worker_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

void tspdm_worker_product_clear(struct tspdm_worker_product *product)
{
	free(product->report.ptr);
	free(product->certificates.ptr);
	memset(product, 0, sizeof *product);
}

static void job_free(struct tspdm_evidence_job *job)
{
	tspdm_worker_product_clear(&job->product);
	free(job);
}

static void unlink_job(struct tspdm_worker *worker, const struct tspdm_evidence_job *job)
{
	struct tspdm_evidence_job **at = &worker->jobs;

	while (*at != NULL && *at != job)
		at = &(*at)->next;
	if (*at != NULL)
		*at = job->next;
}

/* ---- The thread ---- */

static struct tspdm_evidence_job *first_queued(const struct tspdm_worker *worker)
{
	struct tspdm_evidence_job *job = worker->jobs;

	while (job != NULL && job->state != JOB_QUEUED)
		job = job->next;
	return job;
}

/* With the mutex held, but for the time that the request takes. */
static void run_job(struct tspdm_worker *worker, struct tspdm_evidence_job *job)
{
	job->state = JOB_RUNNING;
	worker->running = job;
	worker->started_us = tspdm_worker_now();
	pthread_mutex_unlock(&worker->mutex);
	job->status = worker->produce(worker, job->report_data, &job->product);
	pthread_mutex_lock(&worker->mutex);
	worker->running = NULL;
	worker->expected_us = (worker->expected_us + tspdm_worker_now() - worker->started_us) / 2;
	job->state = JOB_DONE;
	if (!job->is_abandoned)
		return;
	unlink_job(worker, job);
	job_free(job);
}

static void *work(void *context)
{
	struct tspdm_worker *worker = context;

	pthread_mutex_lock(&worker->mutex);
	while (!worker->is_stopping) {
		struct tspdm_evidence_job *job = first_queued(worker);

		if (job != NULL)
			run_job(worker, job);
		else
			pthread_cond_wait(&worker->changed, &worker->mutex);
	}
	pthread_mutex_unlock(&worker->mutex);
	return NULL;
}

/* The program's signals are not for this thread: they would interrupt the kernel's work. */
static bool start_thread(struct tspdm_worker *worker)
{
	sigset_t all, before;

	if (worker->has_thread)
		return true;
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	worker->has_thread = pthread_create(&worker->thread, NULL, work, worker) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return worker->has_thread;
}

bool tspdm_worker_pause(struct tspdm_worker *worker, uint64_t us)
{
	uint64_t until = tspdm_worker_now() + us;
	struct timespec time = { .tv_sec = (time_t)(until / 1000000), .tv_nsec = (long)(until % 1000000) * 1000 };
	bool is_wanted;

	pthread_mutex_lock(&worker->mutex);
	for (;;) {
		is_wanted = !worker->is_stopping && (worker->running == NULL || !worker->running->is_abandoned);
		if (!is_wanted || tspdm_worker_now() >= until)
			break;
		(void)pthread_cond_timedwait(&worker->changed, &worker->mutex, &time);
	}
	pthread_mutex_unlock(&worker->mutex);
	return is_wanted;
}

enum tspdm_status tspdm_worker_try(struct tspdm_worker *worker, const struct tspdm_worker_tries *tries,
	const uint8_t *report_data, struct tspdm_worker_product *out)
{
	uint64_t pause = tries->backoff_us;

	for (uint32_t tried = 1;; tried++) {
		enum tspdm_status status;

		tspdm_worker_product_clear(out);
		*tries->is_transient = false;
		status = tries->once(tries->request, report_data, out);
		if (status == TSPDM_OK || !*tries->is_transient || tried >= tries->attempts)
			return status;
		if (!tspdm_worker_pause(worker, pause))
			return status;
		pause = pause * 2 < BACKOFF_MAX_US ? pause * 2 : BACKOFF_MAX_US;
	}
}

/* ---- The source's operations, on the caller's thread ---- */

static enum tspdm_status worker_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct tspdm_worker *worker = (struct tspdm_worker *)source;
	struct tspdm_evidence_job **end = &worker->jobs;
	struct tspdm_evidence_job *job = calloc(1, sizeof *job);

	*out = NULL;
	if (job == NULL)
		return TSPDM_ERR_MEMORY;
	memcpy(job->report_data, report_data, sizeof job->report_data);
	if (!start_thread(worker)) {
		free(job);
		return TSPDM_ERR_SYSTEM;
	}
	pthread_mutex_lock(&worker->mutex);
	while (*end != NULL)
		end = &(*end)->next;
	*end = job;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->mutex);
	*out = job;
	return TSPDM_OK;
}

/* How long a job will still take, by experience. One that takes longer than expected is asked for now and then. */
static uint32_t time_left(const struct tspdm_worker *worker, const struct tspdm_evidence_job *job)
{
	uint64_t elapsed = worker->running != NULL ? tspdm_worker_now() - worker->started_us : 0, left = 0;

	for (const struct tspdm_evidence_job *other = worker->jobs; other != NULL; other = other->next) {
		left += other->state != JOB_DONE ? worker->expected_us : 0;
		if (other == job)
			break;
	}
	left = left > elapsed ? left - elapsed : worker->expected_us / 4;
	if (left < RETRY_MIN_US)
		return RETRY_MIN_US;
	return left < RETRY_MAX_US ? (uint32_t)left : RETRY_MAX_US;
}

static enum tspdm_status worker_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct tspdm_worker *worker = (struct tspdm_worker *)source;
	enum tspdm_status status = TSPDM_AGAIN;

	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_NONE };
	*retry_us = 0;
	pthread_mutex_lock(&worker->mutex);
	if (job->state == JOB_DONE)
		status = job->status;
	else
		*retry_us = time_left(worker, job);
	pthread_mutex_unlock(&worker->mutex);
	if (status == TSPDM_OK)
		*out = job->product.evidence;
	else if (status != TSPDM_AGAIN)
		memcpy(worker->reason, job->product.reason, sizeof worker->reason);
	return status;
}

static void worker_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct tspdm_worker *worker = (struct tspdm_worker *)source;
	bool is_running;

	if (job == NULL)
		return;
	pthread_mutex_lock(&worker->mutex);
	is_running = job->state == JOB_RUNNING;
	job->is_abandoned = true;
	if (!is_running)
		unlink_job(worker, job);
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->mutex);
	if (!is_running)
		job_free(job);
}

const char *tspdm_worker_reason(const struct tspdm_evidence_source *source)
{
	return ((const struct tspdm_worker *)source)->reason;
}

/* ---- Beginning and end ---- */

void tspdm_worker_describe(struct tspdm_worker *worker, enum tspdm_tee tee, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	(void)vsnprintf(worker->name, sizeof worker->name, name, arguments);
	va_end(arguments);
	worker->ops.tee = tee;
}

enum tspdm_status tspdm_worker_init(struct tspdm_worker *worker,
	enum tspdm_status (*produce)(struct tspdm_worker *, const uint8_t *, struct tspdm_worker_product *))
{
	pthread_condattr_t monotonic;

	worker->ops = (struct tspdm_evidence_source_ops){
		.size = sizeof worker->ops,
		.name = worker->name,
		.begin = worker_begin,
		.poll = worker_poll,
		.end = worker_end,
	};
	worker->base.ops = &worker->ops;
	worker->produce = produce;
	worker->expected_us = FIRST_EXPECTED_US;
	if (pthread_mutex_init(&worker->mutex, NULL) != 0)
		return TSPDM_ERR_SYSTEM;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	if (pthread_cond_init(&worker->changed, &monotonic) != 0) {
		pthread_mutex_destroy(&worker->mutex);
		return TSPDM_ERR_SYSTEM;
	}
	pthread_condattr_destroy(&monotonic);
	return TSPDM_OK;
}

void tspdm_worker_free(struct tspdm_evidence_source *source)
{
	struct tspdm_worker *worker = (struct tspdm_worker *)source;

	if (worker == NULL)
		return;
	pthread_mutex_lock(&worker->mutex);
	worker->is_stopping = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->mutex);
	if (worker->has_thread)
		(void)pthread_join(worker->thread, NULL);
	while (worker->jobs != NULL) {
		struct tspdm_evidence_job *job = worker->jobs;

		worker->jobs = job->next;
		job_free(job);
	}
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->mutex);
	free(worker);
}
