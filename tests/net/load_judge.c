/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The verdict on one of many: what the verifier judges of a connection without session, by the library's public functions. */
#include <string.h>
#include <time.h>

#include "load.h"

enum { RAW_MAX = 20000 };

/* One connection is judged after the other. */
static struct {
	struct tspdm_any_finding certificate, fresh;
	struct tspdm_verdict verdict;
	struct tspdm_subject subject;
	uint8_t extension[RAW_MAX], raw[RAW_MAX];
} at;

static void verify(const struct load *l, struct tspdm_view evidence, struct tspdm_any_finding *out)
{
	struct tspdm_verify_input input = { .size = sizeof input,
		.evidence = evidence,
		.policy = l->policy,
		.allow_standin = true,
		.time = at.subject.time };

	(void)!tspdm_verify_evidence(&input, out); /* the verdict counts its checks */
}

static void judge_certificate(const struct load *l, const struct tspdm_identity *identity)
{
	struct tspdm_buffer room = { at.extension, sizeof at.extension, 0 }, raw = { at.raw, sizeof at.raw, 0 };
	struct tspdm_tagged_evidence tagged;

	if (tspdm_read_certificate_evidence(identity->leaf, &room, &tagged) != TSPDM_OK ||
		tspdm_write_evidence(&raw, &tagged.evidence) != TSPDM_OK)
		return;
	verify(l, tspdm_buffer_view(&raw), &at.certificate);
	at.subject.certificate_evidence = at.certificate.found;
	tspdm_check_leaf_binding(
		&(struct tspdm_leaf_check){ l->crypto, identity, &tagged, at.certificate.found }, &at.subject.binding);
}

static void judge_fresh(const struct load *l, const struct tspdm_requester *r)
{
	struct tspdm_view record = tspdm_requester_measured(r)->record;
	struct tspdm_measurement_block block;
	struct tspdm_fresh_check check;

	if (tspdm_next_block(&record, &block) != TSPDM_OK)
		return;
	verify(l, block.value, &at.fresh);
	at.subject.evidence = at.fresh.found;
	check = (struct tspdm_fresh_check){
		.identity = tspdm_requester_identity(r), .found = at.fresh.found, .certificate = at.certificate.found
	};
	check.status = tspdm_requester_bind_measured(r, (struct tspdm_view){ NULL, 0 }, check.expected);
	tspdm_check_fresh_binding(&check, &at.subject.binding);
}

enum tspdm_status judge(const struct load *l, const struct tspdm_requester *r, struct tspdm_view *why)
{
	memset(&at, 0, sizeof at);
	at.subject.name = "one of many";
	at.subject.negotiated = tspdm_requester_negotiated(r);
	at.subject.identity = tspdm_requester_identity(r);
	at.subject.measured = tspdm_requester_measured(r);
	at.subject.evidence_wanted = true;
	at.subject.time = (int64_t)time(NULL);
	judge_certificate(l, at.subject.identity);
	judge_fresh(l, r);
	tspdm_appraise(l->policy, &at.subject, &at.verdict);
	*why = (struct tspdm_view){ (const uint8_t *)at.verdict.reason, strlen(at.verdict.reason) };
	return at.verdict.status;
}
