/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --appraise: evidence from a file, or a device's report from a directory, judged offline. Also what both ways share: verification by the material at hand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/bundle.h>
#include <tspdm/secret.h>

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

struct tspdm_verify_input verify_input(const struct material *m)
{
	return (struct tspdm_verify_input){
		.size = sizeof(struct tspdm_verify_input),
		.policy = m->policy,
		.certificates = m->views,
		.certificate_count = m->certificates.count,
		.snp_roots = { m->snp_roots.bytes, m->snp_roots.len },
		.collateral = m->collateral,
		.dcap_roots = { m->tdx_roots.bytes, m->tdx_roots.len },
		.allow_standin = m->options->allow_soft_tee,
		.time = m->time,
		.event_log = { m->event_log.bytes, m->event_log.len },
		.signatures = m->signatures,
	};
}

void verify_evidence(const struct material *m, struct tspdm_view raw, struct tspdm_any_finding *finding)
{
	struct tspdm_verify_input input = verify_input(m);

	input.evidence = raw;
	/* the finding tells it as well */
	(void)!tspdm_verify_evidence(&input, finding);
}

/* Only a connection has a peer that shows no evidence, or that is known by its key. */
static bool needs_bundle(const struct options *o)
{
	return o->evidence != EVIDENCE_REQUIRED || o->peer_key != NULL;
}

static void check_report_data(const struct options *o, struct appraisal *a)
{
	struct tspdm_view report_data = tspdm_found_report_data(&a->evidence.found);

	if (!o->has_report_data || report_data.len == 0)
		return;
	if (report_data.len == sizeof o->report_data &&
		tspdm_equal_secret(o->report_data, report_data.ptr, report_data.len))
		tspdm_checks_add(&a->subject.binding, "binding.report_data", TSPDM_OK, "as given with --report-data");
	else
		tspdm_checks_add(&a->subject.binding, "binding.report_data", TSPDM_ERR_EVIDENCE_NONCE,
			"the report data is not what --report-data says");
}

void appraise_file(const struct material *m, const char *path, struct appraisal *a)
{
	char why[WHY_MAX];

	if (is_directory(path) && !needs_bundle(m->options)) {
		appraise_device(m, path, a);
		return;
	}
	memset(a, 0, sizeof *a);
	a->subject = (struct tspdm_subject){ .name = path, .evidence_wanted = true, .time = m->time };
	if (!file_read(path, &a->source, why)) {
		give_up(a, "file", TSPDM_ERR_POLICY_FORM, "%.300s", why); /* what was typed names no file: usage */
		return;
	}
	if (tspdm_bundle_is((struct tspdm_view){ a->source.bytes, a->source.len })) {
		bundle_appraise(m, path, a);
		return;
	}
	if (needs_bundle(m->options)) {
		give_up(a, "file", TSPDM_ERR_POLICY_FORM, "%.200s is no bundle: --evidence and --peer-key go with one",
			path);
		return;
	}
	verify_evidence(m, (struct tspdm_view){ a->source.bytes, a->source.len }, &a->evidence);
	a->subject.evidence = a->evidence.found;
	check_report_data(m->options, a);
	devices_attach(m, a);
	tspdm_appraise(m->policy, &a->subject, &a->verdict);
}
