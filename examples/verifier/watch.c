/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --watch: the same endpoint is measured again over the same session, and judged again. Who is not trusted any more is
 * not watched on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "fleet.h"
#include "forms.h"

enum { DIGEST = 32 };

struct snapshot {
	enum tspdm_verdict_kind kind;
	enum tspdm_status status;
	uint8_t blocks[DIGEST]; /* of the ordinary measurements */
	unsigned claim_count;
	struct {
		const char *name;
		uint8_t digest[DIGEST];
	} claims[];
};

static void digest(struct tspdm_view bytes, uint8_t *out)
{
	size_t len = DIGEST;

	memset(out, 0, DIGEST);
	(void)EVP_Q_digest(NULL, "SHA256", NULL, bytes.ptr, bytes.len, out, &len);
}

/* Bytes are views of the finding, which does not last: only a digest of each claim is kept. */
static void digest_claim(const struct tspdm_claim *claim, uint8_t *out)
{
	char text[512];
	size_t used;

	if (claim->kind == TSPDM_CLAIM_BYTES) {
		digest(claim->bytes, out);
		return;
	}
	used = (size_t)snprintf(text, sizeof text, "%u %llu %.64s", claim->kind, (unsigned long long)claim->number,
		claim->kind == TSPDM_CLAIM_TEXT ? claim->text : "");
	if (claim->kind == TSPDM_CLAIM_TCB)
		for (size_t i = 0; i < COUNT(claim->parts) && claim->parts[i].name != NULL && used < sizeof text; i++)
			used += (size_t)snprintf(text + used, sizeof text - used, " %.32s %u", claim->parts[i].name,
				claim->parts[i].value);
	digest((struct tspdm_view){ (const uint8_t *)text, used < sizeof text ? used : sizeof text }, out);
}

struct snapshot *snapshot_take(const struct appraisal *a)
{
	const struct tspdm_finding *f = tspdm_found_base(tspdm_subject_evidence(&a->subject));
	unsigned claims = f != NULL && f->claims.count < TSPDM_CLAIMS_MAX ? f->claims.count : 0;
	struct snapshot *s = calloc(1, sizeof *s + claims * sizeof s->claims[0]);

	if (s == NULL)
		return NULL;
	s->kind = a->verdict.kind;
	s->status = a->verdict.status;
	digest(a->measured.record, s->blocks);
	for (unsigned i = 0; i < claims; i++) {
		if (strcmp(f->claims.items[i].name, "report_data") == 0)
			continue; /* it has the nonce in it, which is another one each time */
		s->claims[s->claim_count].name = f->claims.items[i].name;
		digest_claim(&f->claims.items[i], s->claims[s->claim_count++].digest);
	}
	return s;
}

static void add(char *out, size_t cap, const char *name)
{
	size_t used = strlen(out);

	snprintf(out + used, cap - used, "%s %s", used != 0 ? "," : "", name);
}

void snapshot_compare(const struct snapshot *a, const struct snapshot *b, char *out, size_t cap)
{
	out[0] = '\0';
	if ((a->kind == TSPDM_VERDICT_ERROR) != (b->kind == TSPDM_VERDICT_ERROR)) {
		add(out, cap, "verdict"); /* and nothing is known of the rest */
		return;
	}
	if (a->kind != b->kind || a->status != b->status)
		add(out, cap, "verdict");
	if (memcmp(a->blocks, b->blocks, DIGEST) != 0)
		add(out, cap, "measurement blocks");
	if (a->claim_count != b->claim_count)
		add(out, cap, "evidence");
	for (unsigned i = 0; i < a->claim_count && a->claim_count == b->claim_count; i++)
		if (strcmp(a->claims[i].name, b->claims[i].name) != 0 ||
			memcmp(a->claims[i].digest, b->claims[i].digest, DIGEST) != 0)
			add(out, cap, b->claims[i].name);
}

static void forget(struct appraisal *a)
{
	a->subject.measured = NULL;
	a->subject.evidence = (struct tspdm_found){ 0 };
	a->subject.certificate_evidence = (struct tspdm_found){ 0 };
	a->subject.session_evidence = (struct tspdm_found){ 0 };
	memset(&a->subject.binding, 0, sizeof a->subject.binding);
	memset(&a->measured, 0, sizeof a->measured);
	memset(&a->evidence, 0, sizeof a->evidence);
	memset(&a->certificate_evidence, 0, sizeof a->certificate_evidence);
	memset(&a->session_evidence, 0, sizeof a->session_evidence);
}

/* The checks of the session are not made again; those that were made still stand. */
static void carry_over(const struct tspdm_verdict *from, struct tspdm_verdict *to)
{
	for (unsigned i = 0; i < from->checks.count && i < TSPDM_CHECKS_MAX; i++) {
		const struct tspdm_check *check = &from->checks.items[i];

		if (strncmp(check->name, "session.", strlen("session.")) == 0 &&
			tspdm_checks_find(&to->checks, check->name) == NULL)
			tspdm_checks_add(&to->checks, check->name, check->status, "%s", check->detail);
	}
}

static bool judge(struct attest *t, const struct tspdm_verdict *before)
{
	struct appraisal *a = t->a;

	forget(a);
	if (tspdm_requester_use_session(t->requester, t->session) != TSPDM_OK)
		return session_check(t, "session.watch", TSPDM_ERR_SESSION_ENDED, "the session is no more");
	if (!attest_measure(t) || !attest_session(t))
		return false;
	attest_judge(t, false);
	if ((is_good_verdict(&a->verdict) && !own_tee_present(t)) || !hand_over(t))
		return false;
	carry_over(before, &a->verdict);
	return is_good_verdict(&a->verdict);
}

void now_text(char *out)
{
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(out, NOW_CAP, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool report(struct attest *t, const char *changes)
{
	const struct options *o = t->m->options;
	char when[NOW_CAP];

	now_text(when);
	if (!o->is_json && !o->is_quiet)
		printf("%s %s%s\n", when, changes[0] != '\0' ? "CHANGED:" : "unchanged", changes);
	if (!o->is_json && changes[0] == '\0')
		return fflush(stdout) == 0;
	return t->m->report == NULL || t->m->report(t->m, t->a);
}

/* Measures and judges as of now: what expires meanwhile is noticed. */
static bool judge_now(struct attest *t)
{
	struct tspdm_verdict *before = malloc(sizeof *before);
	struct material *now = malloc(sizeof *now);
	const struct material *m = t->m;
	bool is_good = false;

	if (before != NULL && now != NULL) {
		*before = t->a->verdict;
		*now = *m;
		if (m->options->time == 0)
			now->time = (int64_t)time(NULL);
		t->a->subject.time = now->time;
		t->m = now;
		is_good = judge(t, before);
		t->m = m;
	}
	free(before);
	free(now);
	return is_good;
}

bool watch_again(struct attest *t)
{
	struct snapshot *old = snapshot_take(t->a), *new = NULL;
	char changes[512];
	/* a verdict that is lost is told in the end, by whoever tells the verdict */
	bool is_good = old != NULL && judge_now(t);

	hand_over_complain(t->a);
	if (is_good)
		new = snapshot_take(t->a);
	is_good = is_good && new != NULL;
	if (is_good) {
		snapshot_compare(old, new, changes, sizeof changes);
		is_good = report(t, changes);
	}
	free(old);
	free(new);
	return is_good;
}
