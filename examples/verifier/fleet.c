/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Many endpoints: as many tasks as jobs are wanted, each of which takes one endpoint after the other. One endpoint is a
 * fleet of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include <tspdm/signature_cache.h>

#include "attest.h"
#include "fleet.h"
#include "task.h"

enum {
	S_US = 1000000,
	MS_US = 1000,
	RETRY_MAX_US = 60000000, /* however often the pause was doubled */
	SIGNATURES_MAX = 65536,  /* of certificates, CRLs and collateral: 2 MiB */
	CACHE_MAX = 64 << 20,    /* bytes of certificate chains */
	OTHER_DESCRIPTORS = 32,  /* that are not an endpoint's connection */
	EXIT_INTERNAL = 1,
	EXIT_NO_CONNECTION = 3,
};

/* An endpoint; what is behind its name is for --watch alone. */
struct member {
	const char *endpoint;
	struct snapshot *last;
	int status; /* of the newest verdict; -1: there is none yet */
	bool is_busy;
};

struct fleet {
	struct material *m;
	const struct options *o;
	struct member *members;
	size_t count;
	uint64_t turns; /* taken: count of them are a round */
	uint64_t started_us;
	struct progress progress;
	int worst; /* of what has no member: the output could not be written, no memory */
};

/* ---- Telling ---- */

static bool print_outcome(struct fleet *f, const struct appraisal *a)
{
	return endpoints_are_fleet(&f->o->endpoints) ? print_in_brief(f->o, a) : print_appraisal(f->o, a);
}

/* Prints one outcome, and writes what is to stay of it. */
static int tell(struct fleet *f, struct appraisal *a)
{
	bool is_told, is_written;
	int status = exit_status_of(&a->verdict);

	progress_hide(&f->progress);
	is_told = print_outcome(f, a);
	hand_over_complain(a);
	is_written = print_received(f->o, a);
	is_written = outcome_write(f->m, a) && is_written;
	return is_told && is_written ? status : worse_exit_status(status, EXIT_INTERNAL);
}

/* Of the later rounds of --watch, a person sees what changed, and a program sees all. */
static int tell_again(struct fleet *f, struct member *e, struct appraisal *a)
{
	struct snapshot *now = snapshot_take(a);
	char changes[512] = "";
	bool is_told = true;

	if (now == NULL)
		return EXIT_INTERNAL;
	if (e->last != NULL)
		snapshot_compare(e->last, now, changes, sizeof changes);
	progress_hide(&f->progress);
	if (e->last == NULL || f->o->is_json)
		is_told = print_outcome(f, a);
	else if (changes[0] != '\0')
		is_told = print_change(f->o, a, changes);
	hand_over_complain(a);
	free(e->last);
	e->last = now;
	return is_told ? exit_status_of(&a->verdict) : EXIT_INTERNAL;
}

static void count_outcome(struct fleet *f, const struct member *e, int status)
{
	struct progress *p = &f->progress;

	if (e->status >= 0) { /* its verdict of the round before does not count any more */
		p->done--;
		p->trusted -= e->status == 0;
		p->failed -= e->status > 0 && e->status <= EXIT_NO_CONNECTION;
	}
	p->done++;
	p->trusted += status == 0;
	p->failed += status > 0 && status <= EXIT_NO_CONNECTION;
}

/* ---- One endpoint ---- */

/* Half of the pause or more, so that those who failed together do not come back together. */
static uint64_t with_jitter(uint64_t us)
{
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return us;
	return us / 2 + random % (us / 2 + 1);
}

/* False: a signal came. */
static bool pause_before_retry(struct fleet *f, unsigned attempt)
{
	uint64_t us = (uint64_t)f->o->retry_delay_ms * MS_US;

	while (attempt-- != 0 && us < RETRY_MAX_US)
		us *= 2;
	us = with_jitter(us < RETRY_MAX_US ? us : RETRY_MAX_US);
	return task_idle(f->m->tasks, -1, 0, tspdm_now_us() + us) != TSPDM_ERR_INTERRUPTED;
}

/* What a network does, and not what an endpoint is: a verdict is final, and so is all that was done in a session. */
static bool is_worth_a_retry(const struct appraisal *a)
{
	return exit_status_of(&a->verdict) == EXIT_NO_CONNECTION && a->verdict.status != TSPDM_ERR_ENDPOINT &&
	       a->subject.session == NULL;
}

void appraisal_free(struct appraisal *a)
{
	if (a == NULL)
		return;
	release_free(&a->received);
	device_free(a);
	devices_free(a);
	bundle_free(a);
	free(a->given.text);
	free(a);
}

/* NULL: no memory, or a signal came before there was an outcome. */
static struct appraisal *attest_patiently(struct fleet *f, const char *endpoint)
{
	for (unsigned attempt = 0;; attempt++) {
		struct appraisal *a = calloc(1, sizeof *a);

		if (a == NULL) {
			f->worst = worse_exit_status(f->worst, EXIT_INTERNAL);
			return NULL;
		}
		if (f->o->time == 0)
			f->m->time = (int64_t)time(NULL); /* a run may take long */
		attest_endpoint(f->m, endpoint, a);
		if (a->verdict.status == TSPDM_ERR_INTERRUPTED) {
			appraisal_free(a);
			return NULL;
		}
		if (attempt == f->o->connect_retries || !is_worth_a_retry(a))
			return a;
		appraisal_free(a);
		if (!pause_before_retry(f, attempt))
			return NULL;
	}
}

static void attend(struct fleet *f, struct member *e)
{
	struct appraisal *a;
	int status;

	e->is_busy = true;
	f->progress.running++;
	progress_show(&f->progress);
	a = attest_patiently(f, e->endpoint);
	f->progress.running--;
	e->is_busy = false;
	if (a != NULL) {
		status = f->o->rounds_s != 0 ? tell_again(f, e, a) : tell(f, a);
		count_outcome(f, e, status);
		e->status = status;
	}
	appraisal_free(a);
	progress_show(&f->progress);
}

/* ---- All of them ---- */

/* When a turn is due: the first round at once, and each later one spread over the period, an endpoint at the same place of
 * it each time. */
static uint64_t due_us(const struct fleet *f, uint64_t turn)
{
	uint64_t round = turn / f->count, place = turn % f->count;
	uint64_t period_us = (uint64_t)f->o->rounds_s * S_US;

	return round == 0 ? 0 : f->started_us + (round - 1) * period_us + (place + 1) * period_us / f->count;
}

/* The next endpoint, once it is due; NULL: there is none, or a signal came. One that still has its turn before is left out.
 */
static struct member *next_member(struct fleet *f)
{
	while (tasks_signal(f->m->tasks) == 0) {
		uint64_t turn = f->turns, due;
		struct member *e = &f->members[turn % f->count];

		if (turn >= f->count && f->o->rounds_s == 0)
			return NULL;
		f->turns++;
		due = due_us(f, turn);
		if (due > tspdm_now_us())
			(void)task_idle(f->m->tasks, -1, 0, due);
		if (!e->is_busy && tasks_signal(f->m->tasks) == 0)
			return e;
	}
	return NULL;
}

static void work(void *fleet)
{
	struct member *e;

	while ((e = next_member(fleet)) != NULL)
		attend(fleet, e);
}

/* As many descriptors as there may be; and no more jobs than there are descriptors for. */
static size_t count_jobs(const struct fleet *f)
{
	size_t wanted = f->o->jobs < f->count ? f->o->jobs : f->count;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return wanted;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY ||
		wanted + OTHER_DESCRIPTORS <= files.rlim_cur)
		return wanted;
	wanted = files.rlim_cur > 2 * (rlim_t)OTHER_DESCRIPTORS ? (size_t)files.rlim_cur - OTHER_DESCRIPTORS
								: OTHER_DESCRIPTORS;
	fprintf(stderr,
		"tspdm-verifier: %llu descriptors are allowed here (ulimit -Hn): %zu endpoints at a time, not %u\n",
		(unsigned long long)files.rlim_cur, wanted, f->o->jobs);
	return wanted;
}

static void run_tasks(struct fleet *f)
{
	size_t jobs = count_jobs(f), started = 0;

	while (started < jobs && task_start(f->m->tasks, work, f))
		started++;
	if (started == 0) {
		fprintf(stderr, "tspdm-verifier: out of memory\n");
		f->worst = EXIT_INTERNAL;
	}
	tasks_run(f->m->tasks);
}

/* The worst of all; and whether it is known of all. */
static int sum_up(struct fleet *f, bool *is_complete)
{
	char text[160];
	int worst = f->worst;

	*is_complete = true;
	for (size_t i = 0; i < f->count; i++) {
		*is_complete = *is_complete && f->members[i].status >= 0;
		worst = worse_exit_status(worst, f->members[i].status);
	}
	progress_hide(&f->progress);
	progress_sum(&f->progress, text, sizeof text);
	if (!*is_complete && tasks_signal(f->m->tasks) != 0)
		fprintf(stderr, "tspdm-verifier: interrupted; of %zu endpoints %zu were not attested\n", f->count,
			f->count - f->progress.done);
	if (endpoints_are_fleet(&f->o->endpoints) && !f->o->is_json && !f->o->is_quiet)
		printf("%s\n", text);
	return fflush(stdout) == 0 ? worst : worse_exit_status(worst, EXIT_INTERNAL);
}

/* What many of them use alike, and would each have of its own. */
static bool share(struct fleet *f)
{
	const struct tspdm_tls_config any = { .size = sizeof any };
	struct material *m = f->m;

	if (tspdm_memory_chain_cache_new(CACHE_MAX, &m->chain_cache) != TSPDM_OK ||
		tspdm_signature_cache_new(SIGNATURES_MAX, &m->signatures) != TSPDM_OK)
		return false;
	return m->tls != NULL || tspdm_tls_context_new(&any, &m->tls, NULL) == TSPDM_OK;
}

static bool fleet_begin(struct fleet *f)
{
	f->count = f->o->endpoints.count;
	f->members = calloc(f->count, sizeof *f->members);
	f->m->tasks = tasks_new();
	if (f->members == NULL || f->m->tasks == NULL)
		return false;
	for (size_t i = 0; i < f->count; i++)
		f->members[i] = (struct member){ .endpoint = f->o->endpoints.items[i], .status = -1 };
	return !endpoints_are_fleet(&f->o->endpoints) || share(f);
}

int fleet_run(struct material *m, int *signal)
{
	struct fleet f = { .m = m, .o = m->options, .started_us = tspdm_now_us() };
	bool is_complete = false;
	int worst = EXIT_INTERNAL;

	*signal = 0;
	if (fleet_begin(&f)) {
		progress_begin(&f.progress, f.o);
		run_tasks(&f);
		worst = sum_up(&f, &is_complete);
		*signal = is_complete ? 0 : tasks_signal(m->tasks);
	} else {
		fprintf(stderr, "tspdm-verifier: out of memory, or of descriptors\n");
	}
	for (size_t i = 0; f.members != NULL && i < f.count; i++)
		free(f.members[i].last);
	free(f.members);
	tasks_free(m->tasks);
	m->tasks = NULL;
	tspdm_memory_chain_cache_free(m->chain_cache);
	tspdm_signature_cache_free(m->signatures);
	m->chain_cache = NULL;
	m->signatures = NULL;
	return worst;
}
