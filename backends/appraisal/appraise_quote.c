/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One accept entry of a policy against the claims of a genuine TDX or SGX quote. Every check of the entry runs, so that
 * a person sees all reasons at once. */
#include <stdio.h>
#include <string.h>

#include "entry_checks.h"

#define BYTES(array) ((struct tspdm_view){ (array), sizeof(array) })

/* What the quotes of both TEEs are judged by. */
struct quote_context {
	struct entry_checks entry_checks;
	const struct policy_quote *want;
	const struct tspdm_tcb *tcb;
	const struct tspdm_pck *pck;
	bool is_debug;
	bool crl_checked;
};

/* Verification says that there is none as well, with the same name; here is why it counts. */
static void check_debug(const struct quote_context *c)
{
	if (!c->is_debug)
		return;
	tspdm_entry_tell(&c->entry_checks, "policy.debug", c->want->may_debug,
		c->want->may_debug ? "under debug: its memory is NOT private; the policy allows it"
				   : "under debug: its host can read and change it; start it without");
}

static void check_status(const struct quote_context *c)
{
	const struct tspdm_tcb *tcb = c->tcb;
	bool is_evaluated = tcb->status != TSPDM_TCB_NOT_EVALUATED;
	bool is_good = (c->want->tcb_statuses & TSPDM_TCB_BIT(tcb->status)) != 0;
	char text[200];

	if (!is_evaluated) {
		tspdm_checks_add(c->entry_checks.checks, "policy.tcb",
			c->want->without_collateral ? TSPDM_OK : TSPDM_ERR_COLLATERAL, "accept[%zu]: %s",
			c->entry_checks.number,
			c->want->without_collateral
				? "warning: without TCB info and QE identity the TCB is not judged; allowed"
				: "the policy wants the TCB judged; give TCB info and QE identity with --collateral");
		return;
	}
	snprintf(text, sizeof text, "%s%s%s%s", tspdm_tcb_status_name(tcb->status),
		tcb->date[0] != '\0' ? ", TCB of " : "", tcb->date, is_good ? "" : ", which is not listed");
	tspdm_checks_add(c->entry_checks.checks, "policy.tcb", is_good ? TSPDM_OK : TSPDM_ERR_TCB_STATUS,
		"accept[%zu]: %s", c->entry_checks.number, text);
}

static void check_evaluation(const struct quote_context *c)
{
	uint32_t least = c->want->min_evaluation_number;
	uint32_t seen = c->tcb->evaluation_number < c->tcb->qe_evaluation_number ? c->tcb->evaluation_number
										 : c->tcb->qe_evaluation_number;
	char text[200];

	if (least == 0)
		return;
	snprintf(text, sizeof text, "the collateral's tcbEvaluationDataNumber is %u, at least %u is wanted", seen,
		least);
	tspdm_entry_tell(&c->entry_checks, "policy.tcb_evaluation", seen >= least, text);
}

static bool is_tolerated(const struct policy_quote *want, const char *advisory)
{
	return want->advisories.is_any || tspdm_entry_has_value(&want->advisories,
						  (struct tspdm_view){ (const uint8_t *)advisory, strlen(advisory) });
}

static void check_advisories(const struct quote_context *c)
{
	char text[200] = "";
	size_t at = 0;
	bool is_good = true;

	if (!c->want->is_advisories_given)
		return;
	for (unsigned i = 0; i < c->tcb->advisory_count && i < TSPDM_ADVISORIES_MAX; i++) {
		if (is_tolerated(c->want, c->tcb->advisories[i]))
			continue;
		is_good = false;
		if (at < sizeof text)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%s",
				at != 0 ? ", " : "not tolerated: ", c->tcb->advisories[i]);
	}
	if (is_good)
		snprintf(text, sizeof text, "%u advisories, all tolerated", c->tcb->advisory_count);
	tspdm_entry_tell(&c->entry_checks, "policy.advisories", is_good, text);
}

static void check_crl(const struct quote_context *c)
{
	if (!c->want->require_crl)
		return;
	tspdm_checks_add(c->entry_checks.checks, "policy.revocation", c->crl_checked ? TSPDM_OK : TSPDM_ERR_COLLATERAL,
		"accept[%zu]: %s", c->entry_checks.number,
		c->crl_checked ? "CRLs were checked" : "CRLs are required; give them with --collateral");
}

/* A platform is named by what its PCK certificate says; without one it is none of those listed. */
static void check_platform(const struct quote_context *c)
{
	tspdm_entry_check_values(&c->entry_checks, "policy.fmspc", &c->want->fmspc, BYTES(c->pck->fmspc));
	tspdm_entry_check_values(&c->entry_checks, "policy.ppid", &c->want->ppid, BYTES(c->pck->ppid));
}

static void check_quote(const struct quote_context *c)
{
	check_debug(c);
	check_status(c);
	check_evaluation(c);
	check_advisories(c);
	check_crl(c);
	check_platform(c);
}

/* ---- TDX ---- */

static void check_service_td(
	const struct entry_checks *c, const struct policy_values *want, const struct tspdm_td_report *report)
{
	static const uint8_t zero[sizeof report->mr_service_td];
	bool is_zero = memcmp(report->mr_service_td, zero, sizeof zero) == 0;

	if (want->is_any || want->count != 0) {
		tspdm_entry_check_values(c, "policy.mr_service_td", want, BYTES(report->mr_service_td));
		return;
	}
	tspdm_entry_tell(c, "policy.mr_service_td", is_zero,
		is_zero ? "no service TD is bound"
			: "a service TD is bound, which may migrate this one; the policy wants none");
}

void tspdm_appraise_tdx_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_tdx_finding *finding)
{
	static const char *const rtmrs[] = { "policy.rtmr0", "policy.rtmr1", "policy.rtmr2", "policy.rtmr3" };
	const struct tspdm_td_report *report = &finding->report;
	const struct policy_tdx *want = &entry->tdx;
	const struct quote_context quote = { { checks, number }, &entry->quote, &finding->tcb, &finding->pck,
		report->is_debug, finding->crl_checked };
	const struct entry_checks *c = &quote.entry_checks;

	check_quote(&quote);
	tspdm_entry_check_values(c, "policy.measurement", &want->mr_td, BYTES(report->mr_td));
	for (unsigned i = 0; i < POLICY_RTMRS; i++)
		tspdm_entry_check_values(c, rtmrs[i], &want->rtmr[i], BYTES(report->rtmr[i]));
	tspdm_entry_check_bits(c, "policy.attributes", &want->attributes, BYTES(report->td_attributes));
	tspdm_entry_check_bits(c, "policy.xfam", &want->xfam, BYTES(report->xfam));
	check_service_td(c, &want->mr_service_td, report);
	tspdm_entry_check_values(c, "policy.mr_seam", &want->mr_seam, BYTES(report->mr_seam));
	tspdm_entry_check_values(c, "policy.mr_config_id", &want->mr_config_id, BYTES(report->mr_config_id));
	tspdm_entry_check_values(c, "policy.mr_owner", &want->mr_owner, BYTES(report->mr_owner));
	tspdm_entry_check_values(c, "policy.mr_owner_config", &want->mr_owner_config, BYTES(report->mr_owner_config));
}

/* ---- SGX ---- */

static void check_least(const struct entry_checks *c, const char *name, uint32_t least, uint32_t seen)
{
	char text[200];

	if (least == 0)
		return;
	snprintf(text, sizeof text, "%u, at least %u is wanted", seen, least);
	tspdm_entry_tell(c, name, seen >= least, text);
}

static void check_product(const struct entry_checks *c, const struct policy_sgx *want, uint32_t seen)
{
	char text[200];

	if (!want->is_product_given)
		return;
	snprintf(text, sizeof text, "expected %u, seen %u", want->isv_prod_id, seen);
	tspdm_entry_tell(c, "policy.product", want->isv_prod_id == seen, text);
}

void tspdm_appraise_sgx_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_sgx_finding *finding)
{
	const struct tspdm_sgx_report *report = &finding->report;
	const struct policy_sgx *want = &entry->sgx;
	const struct quote_context quote = { { checks, number }, &entry->quote, &finding->tcb, &finding->pck,
		finding->is_debug, finding->crl_checked };
	const struct entry_checks *c = &quote.entry_checks;

	check_quote(&quote);
	tspdm_entry_check_values(c, "policy.measurement", &want->mr_enclave, BYTES(report->mr_enclave));
	tspdm_entry_check_values(c, "policy.mr_signer", &want->mr_signer, BYTES(report->mr_signer));
	check_product(c, want, report->isv_prod_id);
	check_least(c, "policy.isv_svn", want->min_isv_svn, report->isv_svn);
	check_least(c, "policy.config_svn", want->min_config_svn, report->config_svn);
	tspdm_entry_check_bits(c, "policy.attributes", &want->attributes, BYTES(report->attributes));
	tspdm_entry_check_values(c, "policy.config_id", &want->config_id, BYTES(report->config_id));
	tspdm_entry_check_values(c, "policy.isv_family_id", &want->isv_family_id, BYTES(report->isv_family_id));
	tspdm_entry_check_values(c, "policy.isv_ext_prod_id", &want->isv_ext_prod_id, BYTES(report->isv_ext_prod_id));
}
