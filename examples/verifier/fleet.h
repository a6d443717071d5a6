/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The endpoints of a run, attested many at a time from one thread. */
#ifndef VERIFIER_FLEET_H
#define VERIFIER_FLEET_H

#include "verifier.h"

/* Attests all endpoints, tells each outcome when it is there, and says the worst of their exit statuses. A signal that came
 * before all was done is in `signal`, else it is 0. */
int fleet_run(struct material *m, int *signal);

/* With all that it holds. NULL is allowed. */
void appraisal_free(struct appraisal *a);

/* ---- fleet_options.c ---- */

/* Takes the values of --jobs, --connect-retries and --retry-delay. */
bool fleet_on_jobs(struct options *o, const char *value, char *why);
bool fleet_on_connect_retries(struct options *o, const char *value, char *why);
bool fleet_on_retry_delay(struct options *o, const char *value, char *why);
/* What --watch means is known once all endpoints are. */
bool fleet_settle_watch(struct options *o, char *why);

/* ---- watch.c ---- */

/* What a change is seen by. */
struct snapshot;
struct snapshot *snapshot_take(const struct appraisal *a);
/* Lists what changed; empty: nothing. */
void snapshot_compare(const struct snapshot *before, const struct snapshot *after, char *out, size_t cap);

/* ---- progress.c: a line on a terminal, and nothing elsewhere ---- */

struct progress {
	bool is_shown;
	bool is_drawn; /* it stands there now */
	uint64_t drawn_us, started_us;
	size_t total, done, running, trusted, failed; /* failed: status 3 and what is not the endpoint's fault */
};

void progress_begin(struct progress *p, const struct options *o);
/* Takes it away, so that something else can be printed. */
void progress_hide(struct progress *p);
/* Draws it anew, not more often than anybody can read it. */
void progress_show(struct progress *p);
/* One sentence on all of it, for the end. */
void progress_sum(const struct progress *p, char *out, size_t cap);

#endif
