/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --attest-peer: what a requester presents of its TEE is verified, has to be bound to the session, and is judged by
 * --peer-policy. Until it is accepted nothing of the application passes, where it is required. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/evidence_files.h"
#include "attest_peer.h"

enum { S_US = 1000000 };

struct peer_material {
	struct tspdm_policy *policy;
	struct file policy_text;
	struct files files; /* of --peer-collateral */
	struct tspdm_view views[FILES_MAX];
	struct tspdm_dcap_collateral collateral;
};

/* ---- Beginning and end ---- */

bool attest_peer_open(struct attester *a, char *why)
{
	const struct options *o = a->options;
	struct peer_material *m = NULL;

	if (o->attest_peer == PEER_NONE)
		return true;
	m = a->peers = calloc(1, sizeof *m);
	if (m == NULL) {
		snprintf(why, WHY_MAX, "out of memory");
		return false;
	}
	if (!policy_load(o->peer_policy, &m->policy, &m->policy_text, why) ||
		(o->peer_collateral != NULL && !files_read(o->peer_collateral, &m->files, why)))
		return false;
	files_sort(&m->files, m->views, &m->collateral);
	return true;
}

void attest_peer_free(struct attester *a)
{
	if (a->peers == NULL)
		return;
	tspdm_policy_free(a->peers->policy);
	free(a->peers->policy_text.bytes);
	files_free(&a->peers->files);
	free(a->peers);
	a->peers = NULL;
}

/* ---- A requester's evidence ---- */

/* Large, so on the heap. */
struct judgement {
	struct tspdm_any_finding finding;
	struct tspdm_negotiated negotiated;
	struct tspdm_subject subject;
	struct tspdm_verdict verdict;
	uint8_t raw[UINT16_MAX]; /* as much as a payload carries */
};

static void verify(const struct attester *a, struct judgement *j, const struct tspdm_presented *presented)
{
	const struct peer_material *m = a->peers;
	struct tspdm_buffer raw = { j->raw, sizeof j->raw, 0 };
	struct tspdm_verify_input input = {
		.size = sizeof input,
		.policy = m->policy,
		.certificates = m->views,
		.certificate_count = m->files.count,
		.collateral = m->collateral,
		.allow_standin = a->options->allow_soft_tee,
		.time = j->subject.time,
	};

	if (tspdm_write_evidence(&raw, &presented->evidence) == TSPDM_OK) /* else it is none of a known kind */
		input.evidence = tspdm_buffer_view(&raw);
	(void)!tspdm_verify_evidence(&input, &j->finding); /* the finding tells it as well */
	j->subject.session_evidence = j->finding.found;
}

static void appraise(const struct peer_judge *judge, struct judgement *j, const struct tspdm_presented *presented)
{
	uint64_t age_s = (tspdm_now_us() - presented->challenged_us) / S_US;
	struct tspdm_presented_check check = {
		.responder = *judge->responder, .presented = presented, .channel = judge->channel
	};

	tspdm_responder_negotiated(*judge->responder, &j->negotiated);
	j->subject = (struct tspdm_subject){
		.name = judge->peer,
		.negotiated = &j->negotiated,
		.evidence_wanted = true,
		.time = (int64_t)time(NULL),
		.evidence_age_s = age_s < UINT32_MAX ? (uint32_t)age_s : UINT32_MAX,
		.is_requester = true,
	};
	verify(judge->attester, j, presented);
	check.found = j->finding.found;
	tspdm_check_presented_binding(&check, &j->subject.binding);
	tspdm_appraise(judge->attester->peers->policy, &j->subject, &j->verdict);
}

static enum tspdm_status tell(struct peer_judge *judge, const struct judgement *j)
{
	const struct tspdm_finding *finding = tspdm_found_base(&j->finding.found);
	const char *tee = finding != NULL ? tspdm_tee_name(finding->tee) : "none";
	bool is_good = j->verdict.kind == TSPDM_VERDICT_ACCEPT || j->verdict.kind == TSPDM_VERDICT_WARN;
	unsigned more = 0;

	if (is_good || log_may(&judge->refusals, &more))
		log_line(is_good ? LOG_INFO : LOG_WARN, "requester-tee",
			json_pack("{ss, ss, ss, ss, si}", "peer", judge->peer, "tee", tee, "verdict",
				tspdm_verdict_name(j->verdict.kind), "reason", j->verdict.reason, "more", (int)more),
			"%s: the requester's evidence (%s) is %s: %s", judge->peer, tee,
			is_good ? "accepted" : "refused", j->verdict.reason);
	if (is_good)
		return TSPDM_OK;
	return j->verdict.status != TSPDM_OK ? j->verdict.status : TSPDM_ERR_POLICY;
}

static enum tspdm_status judge_presented(void *context, const struct tspdm_presented *presented)
{
	struct peer_judge *judge = context;
	struct judgement *j = calloc(1, sizeof *j);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	if (j == NULL)
		return status;
	appraise(judge, j, presented);
	status = tell(judge, j);
	free(j);
	return status;
}

void attest_peer_configure(const struct attester *a, struct peer_judge *judge, struct tspdm_responder_config *config)
{
	if (a->peers == NULL)
		return;
	config->presented.judge = judge_presented;
	config->presented.context = judge;
	config->must_attest = a->options->attest_peer == PEER_REQUIRE;
}
