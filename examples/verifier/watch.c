/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --watch: the same endpoint is measured again over the same session, and judged again. Who is not trusted any more is
 * not watched on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "attest.h"

/* What a change is seen by. */
struct snapshot {
	enum tspdm_verdict_kind kind;
	enum tspdm_status status;
	uint8_t blocks[32]; /* SHA-256 of the ordinary measurements */
	bool has_evidence;
	uint8_t measurement[48];
	uint64_t policy;
	struct tspdm_snp_tcb tcb;
};

static void take_snapshot(const struct appraisal *a, struct snapshot *s)
{
	const struct tspdm_snp_finding *f = a->subject.evidence;
	size_t len = sizeof s->blocks;

	memset(s, 0, sizeof *s);
	s->kind = a->verdict.kind;
	s->status = a->verdict.status;
	if (a->measured.record.len != 0)
		(void)EVP_Q_digest(
			NULL, "SHA256", NULL, a->measured.record.ptr, a->measured.record.len, s->blocks, &len);
	if (f == NULL)
		return;
	s->has_evidence = true;
	memcpy(s->measurement, f->report.measurement, sizeof s->measurement);
	s->policy = f->report.policy;
	s->tcb = f->reported;
}

static bool is_tcb_same(const struct tspdm_snp_tcb *a, const struct tspdm_snp_tcb *b)
{
	return a->has_fmc == b->has_fmc && a->fmc == b->fmc && a->bootloader == b->bootloader && a->tee == b->tee &&
	       a->snp == b->snp && a->microcode == b->microcode;
}

/* Lists what changed; empty: nothing. */
static void compare(const struct snapshot *a, const struct snapshot *b, char *out, size_t cap)
{
	const struct {
		const char *name;
		bool is_changed;
	} rows[] = {
		{ " verdict", a->kind != b->kind || a->status != b->status },
		{ " measurement blocks", memcmp(a->blocks, b->blocks, sizeof a->blocks) != 0 },
		{ " evidence", a->has_evidence != b->has_evidence },
		{ " launch measurement", memcmp(a->measurement, b->measurement, sizeof a->measurement) != 0 },
		{ " guest policy", a->policy != b->policy },
		{ " TCB", !is_tcb_same(&a->tcb, &b->tcb) },
	};
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].is_changed && used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s", used != 0 ? "," : "", rows[i].name);
}

static void forget(struct appraisal *a)
{
	a->subject.measured = NULL;
	a->subject.evidence = NULL;
	a->subject.certificate_evidence = NULL;
	memset(&a->subject.binding, 0, sizeof a->subject.binding);
	memset(&a->measured, 0, sizeof a->measured);
	memset(&a->evidence, 0, sizeof a->evidence);
	memset(&a->certificate_evidence, 0, sizeof a->certificate_evidence);
}

/* The checks of the session are not made again; those that were made still stand. */
static void carry_over(const struct tspdm_verdict *from, struct tspdm_verdict *to)
{
	for (unsigned i = 0; i < from->checks.count && i < TSPDM_CHECKS_MAX; i++) {
		const struct tspdm_check *check = &from->checks.items[i];

		if (strncmp(check->name, "session.", strlen("session.")) == 0)
			tspdm_checks_add(&to->checks, check->name, check->status, "%s", check->detail);
	}
}

static bool judge(struct attest *t, const struct tspdm_verdict *before)
{
	struct appraisal *a = t->a;

	forget(a);
	if (tspdm_requester_use_session(t->requester, t->session) != TSPDM_OK)
		return session_check(t, "session.watch", TSPDM_ERR_SESSION_ENDED, "the session is no more");
	if (!attest_measure(t))
		return false;
	tspdm_appraise(t->m->policy, &a->subject, &a->verdict);
	carry_over(before, &a->verdict);
	return is_good_verdict(&a->verdict);
}

static bool report(struct attest *t, const char *changes)
{
	const struct options *o = t->m->options;
	time_t now = time(NULL);
	struct tm utc;
	char when[32];

	gmtime_r(&now, &utc);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (!o->is_json && !o->is_quiet)
		printf("%s %s%s\n", when, changes[0] != '\0' ? "CHANGED:" : "unchanged", changes);
	if (!o->is_json && changes[0] == '\0')
		return fflush(stdout) == 0;
	return t->m->report == NULL || t->m->report(o, t->a);
}

bool watch_again(struct attest *t)
{
	struct tspdm_verdict *before = malloc(sizeof *before);
	struct material *now = malloc(sizeof *now);
	const struct material *m = t->m;
	struct snapshot old, new;
	char changes[128];
	bool is_good = false;

	if (before != NULL && now != NULL) {
		*before = t->a->verdict;
		take_snapshot(t->a, &old);
		*now = *m;
		if (m->options->time == 0)
			now->time = (int64_t)time(NULL); /* what expires meanwhile is noticed */
		t->a->subject.time = now->time;
		t->m = now;
		is_good = judge(t, before);
		t->m = m;
		take_snapshot(t->a, &new);
		compare(&old, &new, changes, sizeof changes);
		/* a verdict that is lost is told in the end, by whoever tells the verdict */
		is_good = is_good && report(t, changes);
	}
	free(before);
	free(now);
	return is_good;
}
