/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --appraise: evidence from a file, judged offline. Also what both ways share: verification by the material at hand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier.h"

void give_up(struct appraisal *a, const char *check, enum tspdm_status status, const char *format, ...)
{
	struct tspdm_verdict *v = &a->verdict;
	enum tspdm_status_class class = tspdm_status_class(status);
	char detail[TSPDM_DETAIL_MAX - 64];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is right above */
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	memset(v, 0, sizeof *v);
	v->entry = -1;
	v->status = status;
	v->kind = class == TSPDM_CLASS_CRYPTO || class == TSPDM_CLASS_EVIDENCE ? TSPDM_VERDICT_REJECT
									       : TSPDM_VERDICT_ERROR;
	tspdm_checks_add(&v->checks, check, status, "%s", detail);
	snprintf(v->reason, sizeof v->reason, "%s: %s", check, detail);
}

/* Evidence of a kind that is known but cannot be judged is not genuine as far as this program can tell. */
static void refuse_kind(struct tspdm_snp_finding *finding, enum tspdm_tee tee)
{
	memset(finding, 0, sizeof *finding);
	finding->base.tee = tee;
	finding->base.status = TSPDM_ERR_EVIDENCE_FORM;
	if (tee == TSPDM_TEE_NONE)
		tspdm_checks_add(&finding->base.checks, "parse", TSPDM_ERR_EVIDENCE_FORM,
			"neither an SEV-SNP report nor a TDX or SGX quote");
	else
		tspdm_checks_add(&finding->base.checks, "parse", TSPDM_ERR_EVIDENCE_FORM,
			"this is %s evidence, whose verification is not in this release", tspdm_tee_name(tee));
}

void verify_evidence(const struct material *m, struct tspdm_view raw, struct tspdm_snp_finding *finding)
{
	struct tspdm_snp_input input = {
		.size = sizeof input,
		.certificates = m->views,
		.certificate_count = m->certificates.count,
		.roots = { m->snp_roots.bytes, m->snp_roots.len },
		.allow_standin = m->options->allow_soft_tee,
		.require_crl = tspdm_policy_requires_crl(m->policy),
		.time = m->time,
	};
	enum tspdm_status status = tspdm_read_evidence(raw, &input.evidence);

	if (status != TSPDM_OK || input.evidence.tee != TSPDM_TEE_SEV_SNP) {
		refuse_kind(finding, status == TSPDM_OK ? input.evidence.tee : TSPDM_TEE_NONE);
		return;
	}
	status = tspdm_snp_verify(&input, finding);
	if (finding->base.status == TSPDM_OK) /* they are one; if not, the failure counts */
		finding->base.status = status;
}

void appraise_file(const struct material *m, const char *path, struct appraisal *a)
{
	struct file file;
	char why[WHY_MAX];

	memset(a, 0, sizeof *a);
	a->subject = (struct tspdm_subject){ .name = path, .evidence_wanted = true, .time = m->time };
	if (!file_read(path, &file, why)) {
		give_up(a, "file", TSPDM_ERR_POLICY_FORM, "%.300s", why); /* what was typed names no file: usage */
		return;
	}
	verify_evidence(m, (struct tspdm_view){ file.bytes, file.len }, &a->evidence);
	a->subject.evidence = &a->evidence;
	bind_report_data(m->options, a);
	tspdm_appraise(m->policy, &a->subject, &a->verdict);
	free(file.bytes);
}
