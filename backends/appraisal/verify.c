/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verification of evidence of any kind. What a policy's entries allow is allowed here if any of them allows it: which
 * entry it was is judged afterwards, in appraisal. */
#include <string.h>

#include <tspdm/ccel.h>

#include "../findings/complete.h"
#include "base/config.h"
#include "policy.h"

/* Every status that a policy can name. Revoked and NotSupported are refused by verification itself. */
#define ANY_STATUS                                                                                                     \
	(TSPDM_TCB_BIT(TSPDM_TCB_UP_TO_DATE) | TSPDM_TCB_BIT(TSPDM_TCB_SW_HARDENING_NEEDED) |                          \
		TSPDM_TCB_BIT(TSPDM_TCB_CONFIGURATION_NEEDED) |                                                        \
		TSPDM_TCB_BIT(TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED) |                                       \
		TSPDM_TCB_BIT(TSPDM_TCB_OUT_OF_DATE) | TSPDM_TCB_BIT(TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED) |     \
		TSPDM_TCB_BIT(TSPDM_TCB_TD_RELAUNCH_ADVISED) |                                                         \
		TSPDM_TCB_BIT(TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED))

static bool requires_snp_crl(const struct tspdm_policy *policy)
{
	for (size_t i = 0; policy != NULL && i < policy->accept.count; i++)
		if (policy->accept.items[i].tee == TSPDM_TEE_SEV_SNP && policy->accept.items[i].snp.require_crl)
			return true;
	return false;
}

static void allow(struct tspdm_dcap_input *in, const struct policy_quote *entry)
{
	in->accept_tcb |= entry->tcb_statuses;
	in->allow_debug = in->allow_debug || entry->may_debug;
	in->without_collateral = in->without_collateral || entry->without_collateral;
	if (entry->grace_s > in->grace_s)
		in->grace_s = entry->grace_s;
}

/* Without a policy nothing is trusted, so that everything may be shown. */
static void take_policy(struct tspdm_dcap_input *in, const struct tspdm_policy *policy, enum tspdm_tee tee)
{
	if (policy == NULL) {
		in->accept_tcb = ANY_STATUS;
		in->allow_debug = in->without_collateral = true;
		return;
	}
	for (size_t i = 0; i < policy->accept.count; i++)
		if (policy->accept.items[i].tee == (uint32_t)tee)
			allow(in, &policy->accept.items[i].quote);
}

static enum tspdm_status verify_snp(
	const struct tspdm_verify_input *in, const struct tspdm_evidence *evidence, struct tspdm_any_finding *out)
{
	const struct tspdm_snp_input input = {
		.size = sizeof input,
		.evidence = *evidence,
		.certificates = in->certificates,
		.certificate_count = in->certificate_count,
		.roots = in->snp_roots,
		.no_builtin_roots = in->no_builtin_roots,
		.allow_standin = in->allow_standin,
		.require_crl = requires_snp_crl(in->policy),
		.time = in->time,
	};

	out->found.snp = &out->of.snp;
	return tspdm_snp_verify(&input, &out->of.snp);
}

static enum tspdm_status verify_quote(
	const struct tspdm_verify_input *in, const struct tspdm_evidence *evidence, struct tspdm_any_finding *out)
{
	struct tspdm_dcap_input input = {
		.size = sizeof input,
		.evidence = *evidence,
		.collateral = in->collateral,
		.pck_chain = in->pck_chain,
		.roots = in->dcap_roots,
		.no_builtin_roots = in->no_builtin_roots,
		.allow_standin = in->allow_standin,
		.time = in->time,
		.signatures = in->signatures,
	};

	take_policy(&input, in->policy, evidence->tee);
	if (evidence->tee == TSPDM_TEE_TDX) {
		out->found.tdx = &out->of.tdx;
		return tspdm_tdx_verify(&input, &out->of.tdx);
	}
	out->found.sgx = &out->of.sgx;
	return tspdm_sgx_verify(&input, &out->of.sgx);
}

/* The log is the host's word until it leads to registers that the quote signs. */
static enum tspdm_status check_log(struct tspdm_view log, struct tspdm_tdx_finding *finding)
{
	enum { REPLAYED = 3 }; /* RTMR3 is left to the running system */
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	unsigned count;
	enum tspdm_status status = tspdm_ccel_replay(log, rtmr, &count);

	if (status != TSPDM_OK) {
		tspdm_checks_add(&finding->base.checks, "event_log", status, "the event log cannot be read");
		return status;
	}
	for (unsigned i = 0; i < REPLAYED; i++)
		if (memcmp(rtmr[i], finding->report.rtmr[i], TSPDM_RTMR_LEN) != 0) {
			tspdm_checks_add(&finding->base.checks, "event_log", TSPDM_ERR_EVIDENCE_LOG,
				"%u events replayed do not lead to RTMR%u: the log is of another TD, cut, or changed",
				count, i);
			return TSPDM_ERR_EVIDENCE_LOG;
		}
	tspdm_checks_add(
		&finding->base.checks, "event_log", TSPDM_OK, "%u events lead to RTMR0, RTMR1 and RTMR2", count);
	return TSPDM_OK;
}

static struct tspdm_finding *base_of(struct tspdm_any_finding *out)
{
	if (out->found.tdx != NULL)
		return &out->of.tdx.base;
	return out->found.sgx != NULL ? &out->of.sgx.base : &out->of.snp.base;
}

static enum tspdm_status refuse(struct tspdm_any_finding *out, enum tspdm_status status, const char *text)
{
	out->found.snp = &out->of.snp;
	out->of.snp.base.status = status;
	tspdm_checks_add(&out->of.snp.base.checks, "parse", status, "%s", text);
	return status;
}

enum tspdm_status tspdm_verify_evidence(const struct tspdm_verify_input *input, struct tspdm_any_finding *out)
{
	struct tspdm_verify_input in;
	struct tspdm_evidence evidence;
	struct tspdm_finding *base;
	enum tspdm_status status;

	out->found = (struct tspdm_found){ 0 };
	tspdm_finding_clear(&out->of, sizeof out->of);                             /* each kind begins with one */
	status = tspdm_take_config(&in, sizeof in, input, input->size, sizeof in); /* all fields are of 0.1 */
	if (status == TSPDM_OK)
		status = tspdm_check_reserved(in.reserved, sizeof in.reserved);
	if (status != TSPDM_OK)
		return refuse(out, status, "an option that this version does not know");
	if (tspdm_read_evidence(in.evidence, &evidence) != TSPDM_OK)
		return refuse(out, TSPDM_ERR_EVIDENCE_FORM, "neither an SEV-SNP report nor a TDX or SGX quote");
	status =
		evidence.tee == TSPDM_TEE_SEV_SNP ? verify_snp(&in, &evidence, out) : verify_quote(&in, &evidence, out);
	base = base_of(out);
	if (in.event_log.len != 0 && out->found.tdx != NULL && out->of.tdx.quote.body.len != 0 && status == TSPDM_OK)
		status = check_log(in.event_log, &out->of.tdx);
	if (base->status == TSPDM_OK) /* they are one; if not, the failure counts */
		base->status = status;
	return base->status;
}
