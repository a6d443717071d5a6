/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whether evidence is about this peer's key and about this exchange, and which of the two it is not: a replayed quote
 * and a relayed one look alike from the report data, which is one hash over key and nonce. What the certificate's
 * evidence says about the guest tells them apart. */
#include <string.h>

#include <tspdm/secret.h>

#include "verifier.h"

void bind_certificate(const struct material *m, struct appraisal *a, const struct tspdm_tagged_evidence *tagged)
{
	struct tspdm_checks *checks = &a->subject.binding;
	struct tspdm_view report_data = tspdm_found_report_data(&a->certificate_evidence.found);
	enum tspdm_status status;

	if (report_data.len == 0) /* it could not even be taken apart */
		return;
	status = tspdm_check_certificate_binding(m->crypto, tagged, a->identity.spki, report_data.ptr);
	if (status == TSPDM_OK)
		tspdm_checks_add(checks, "binding.certificate", TSPDM_OK,
			"certificate slot %u: the leaf's key is the one in the quote", a->identity.slot);
	else if (status == TSPDM_ERR_EVIDENCE_KEY)
		tspdm_checks_add(checks, "binding.certificate", status,
			"certificate slot %u: the leaf's key is not the one in the quote", a->identity.slot);
	else
		tspdm_checks_add(checks, "binding.certificate", status, "certificate slot %u: %s", a->identity.slot,
			tspdm_status_text(status));
}

static bool is_seen(struct tspdm_view report_data, const uint8_t *expected)
{
	return report_data.len == TSPDM_REPORT_DATA_LEN &&
	       tspdm_equal_secret(expected, report_data.ptr, TSPDM_REPORT_DATA_LEN);
}

static void tell_mismatch(struct appraisal *a)
{
	const struct tspdm_check *certificate = tspdm_checks_find(&a->subject.binding, "binding.certificate");
	struct tspdm_checks *checks = &a->subject.binding;

	if (certificate == NULL)
		tspdm_checks_add(checks, "binding.measurement", TSPDM_ERR_EVIDENCE_NONCE,
			"the quote was not made for this exchange: it is about another nonce (replayed) or another key "
			"(relayed)");
	else if (certificate->result != TSPDM_CHECK_OK)
		tspdm_checks_add(checks, "binding.measurement", TSPDM_ERR_EVIDENCE_KEY,
			"the fresh quote is not about the key that signs here");
	else if (tspdm_found_difference(&a->evidence.found, &a->certificate_evidence.found) == NULL)
		tspdm_checks_add(checks, "binding.measurement", TSPDM_ERR_EVIDENCE_NONCE,
			"the quote is this attester's, but an old one: it does not answer this nonce (replayed)");
	else
		tspdm_checks_add(checks, "binding.measurement", TSPDM_ERR_EVIDENCE_KEY,
			"the quote is another attester's: neither its guest nor its report data are this peer's "
			"(relayed)");
}

/* What a good quote commits to. */
static void tell_match(struct appraisal *a, const struct fresh_evidence *fresh)
{
	struct tspdm_checks *checks = &a->subject.binding;

	if (fresh->is_in_session)
		tspdm_checks_add(checks, "binding.measurement", TSPDM_OK,
			"the quote commits to the session that it was asked for in, and to this request's nonce");
	else if (a->identity.is_provisioned)
		tspdm_checks_add(checks, "binding.measurement", TSPDM_OK,
			"the quote commits to the provisioned key and to this request's nonce");
	else
		tspdm_checks_add(checks, "binding.measurement", TSPDM_OK,
			"the quote commits to the key of slot %u and to this request's nonce", a->identity.slot);
}

void bind_measurement(struct appraisal *a, const struct fresh_evidence *fresh)
{
	struct tspdm_view report_data = tspdm_found_report_data(&a->evidence.found);

	if (report_data.len == 0)
		return;
	if (fresh->status != TSPDM_OK)
		tspdm_checks_add(&a->subject.binding, "binding.measurement", fresh->status, "%s",
			tspdm_status_text(fresh->status));
	else if (is_seen(report_data, fresh->expected))
		tell_match(a, fresh);
	else
		tell_mismatch(a);
}

void bind_report_data(const struct options *o, struct appraisal *a)
{
	struct tspdm_view report_data = tspdm_found_report_data(&a->evidence.found);

	if (!o->has_report_data || report_data.len == 0)
		return;
	if (is_seen(report_data, o->report_data))
		tspdm_checks_add(&a->subject.binding, "binding.report_data", TSPDM_OK, "as given with --report-data");
	else
		tspdm_checks_add(&a->subject.binding, "binding.report_data", TSPDM_ERR_EVIDENCE_NONCE,
			"the report data is not what --report-data says");
}
