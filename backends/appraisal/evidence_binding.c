/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whether evidence is about this peer's key and about this exchange, and which of the two it is not: a replayed quote
 * and a relayed one look alike from the report data, which is one hash over key and nonce. What the certificate's
 * evidence says about the guest tells them apart. */
#include <tspdm/appraisal.h>
#include <tspdm/secret.h>

#define CERTIFICATE "binding.certificate"
#define MEASUREMENT "binding.measurement"

void tspdm_check_leaf_binding(const struct tspdm_leaf_check *what, struct tspdm_checks *checks)
{
	const struct tspdm_identity *identity = what->identity;
	struct tspdm_view report_data = tspdm_found_report_data(&what->found);
	enum tspdm_status status;
	const char *text;

	if (report_data.len != TSPDM_REPORT_DATA_LEN)
		return;
	status = tspdm_check_certificate_binding(what->crypto, what->tagged, identity->spki, report_data.ptr);
	text = status == TSPDM_OK                 ? "the leaf's key is the one in the quote"
	       : status == TSPDM_ERR_EVIDENCE_KEY ? "the leaf's key is not the one in the quote"
						  : tspdm_status_text(status);
	tspdm_checks_add(checks, CERTIFICATE, status, "certificate slot %u: %s", identity->slot, text);
}

static void tell_mismatch(const struct tspdm_fresh_check *what, struct tspdm_checks *checks)
{
	const struct tspdm_check *certificate = tspdm_checks_find(checks, CERTIFICATE);

	if (certificate == NULL)
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_ERR_EVIDENCE_NONCE,
			"the quote was not made for this exchange: it is about another nonce (replayed) or another key "
			"(relayed)");
	else if (certificate->result != TSPDM_CHECK_OK)
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_ERR_EVIDENCE_KEY,
			"the fresh quote is not about the key that signs here");
	else if (tspdm_found_difference(&what->found, &what->certificate) == NULL)
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_ERR_EVIDENCE_NONCE,
			"the quote is this attester's, but an old one: it does not answer this nonce (replayed)");
	else
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_ERR_EVIDENCE_KEY,
			"the quote is another attester's: neither its guest nor its report data are this peer's "
			"(relayed)");
}

/* What a good quote commits to. */
static void tell_match(const struct tspdm_fresh_check *what, struct tspdm_checks *checks)
{
	if (what->is_in_session)
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_OK,
			"the quote commits to the session that it was asked for in, and to this request's nonce");
	else if (what->identity->is_provisioned)
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_OK,
			"the quote commits to the provisioned key and to this request's nonce");
	else
		tspdm_checks_add(checks, MEASUREMENT, TSPDM_OK,
			"the quote commits to the key of slot %u and to this request's nonce", what->identity->slot);
}

void tspdm_check_fresh_binding(const struct tspdm_fresh_check *what, struct tspdm_checks *checks)
{
	struct tspdm_view report_data = tspdm_found_report_data(&what->found);

	if (report_data.len != TSPDM_REPORT_DATA_LEN)
		return;
	if (what->status != TSPDM_OK)
		tspdm_checks_add(checks, MEASUREMENT, what->status, "%s", tspdm_status_text(what->status));
	else if (tspdm_equal_secret(what->expected, report_data.ptr, TSPDM_REPORT_DATA_LEN))
		tell_match(what, checks);
	else
		tell_mismatch(what, checks);
}
