/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a verdict to the trust vector of AR4SI (draft-ietf-rats-ar4si "Trustworthiness claims"). A claim is affirmed only
 * where a check that passed says so; what nobody looked at is no claim, what was refused is never better than a warning. */
#include <string.h>

#include <tspdm/result.h>

#include "policy.h"

enum {
	NO_CLAIM = 0,
	/* hardware */
	HARDWARE_GENUINE = 2,
	HARDWARE_UNSAFE = 32,
	HARDWARE_CONTRAINDICATED = 96,
	HARDWARE_UNKNOWN = 97,
	/* executables */
	EXECUTABLES_RUNTIME = 2,
	EXECUTABLES_BOOT = 3,
	EXECUTABLES_UNKNOWN = 33,
	/* configuration */
	CONFIGURATION_KNOWN = 2,
	CONFIGURATION_SAFE = 3,
	CONFIGURATION_WEAK = 32,
	CONFIGURATION_UNSAFE = 96,
	/* instance-identity */
	INSTANCE_KNOWN = 2,
	INSTANCE_UNKNOWN = 97,
	/* runtime-opaque */
	RUNTIME_ENCRYPTED = 2,
	RUNTIME_NO_ENCRYPTION = 32,
	RUNTIME_VISIBLE = 96,

	SIGNATURE_FAILED = 99, /* of every claim */
};

const char *tspdm_trust_tier_name(enum tspdm_trust_tier tier)
{
	switch (tier) {
	case TSPDM_TRUST_AFFIRMING:
		return "affirming";
	case TSPDM_TRUST_WARNING:
		return "warning";
	case TSPDM_TRUST_CONTRAINDICATED:
		return "contraindicated";
	case TSPDM_TRUST_NONE:
		break;
	}
	return "none";
}

enum tspdm_trust_tier tspdm_trust_tier_of(int value)
{
	if (value >= -1 && value <= 1)
		return TSPDM_TRUST_NONE;
	if (value >= -32 && value <= 31)
		return TSPDM_TRUST_AFFIRMING;
	return value >= -96 && value <= 95 ? TSPDM_TRUST_WARNING : TSPDM_TRUST_CONTRAINDICATED;
}

/* ---- What was found ---- */

struct context {
	const struct tspdm_subject *subject;
	const struct tspdm_checks *checks;
	const struct tspdm_found *found;
	const struct tspdm_finding *finding; /* NULL: no evidence */
	const struct policy_entry *entry;    /* the one that accepts; NULL: none does */
	bool is_genuine, is_debug, is_migratable;
};

static bool has_result(const struct context *c, const char *name, enum tspdm_check_result result)
{
	const struct tspdm_check *check = tspdm_checks_find(c->checks, name);

	return check != NULL && check->result == result;
}

static bool failed(const struct context *c, const char *name)
{
	return has_result(c, name, TSPDM_CHECK_FAILED);
}

static bool any_failed(const struct context *c, const char *const *names)
{
	for (; *names != NULL; names++)
		if (failed(c, *names))
			return true;
	return false;
}

static void look_at_guest(struct context *c)
{
	if (c->found->snp != NULL) {
		c->is_debug = (c->found->snp->report.policy & TSPDM_SNP_POLICY_DEBUG) != 0;
		c->is_migratable = (c->found->snp->report.policy & TSPDM_SNP_POLICY_MIGRATE_MA) != 0;
	} else if (c->found->tdx != NULL) {
		c->is_debug = c->found->tdx->report.is_debug;
		c->is_migratable = (c->found->tdx->report.attributes & TSPDM_TDX_ATTRIBUTE_MIGRATABLE) != 0;
	} else if (c->found->sgx != NULL) {
		c->is_debug = c->found->sgx->is_debug;
	}
}

/* Verification refuses a TD or enclave under debug, and a TCB, by policy: the evidence is genuine all the same. */
static bool is_about_policy(enum tspdm_status status)
{
	return status == TSPDM_OK || status == TSPDM_ERR_POLICY || status == TSPDM_ERR_TCB_STATUS;
}

static bool is_genuine(const struct tspdm_finding *finding)
{
	if (finding->anchor == TSPDM_ANCHOR_NONE || finding->checks.count == 0 || finding->checks.lost != 0 ||
		!is_about_policy(finding->status))
		return false;
	for (unsigned i = 0; i < finding->checks.count; i++)
		if (finding->checks.items[i].result == TSPDM_CHECK_FAILED &&
			!is_about_policy(finding->checks.items[i].status))
			return false;
	return true;
}

/* ---- Claims ---- */

static int8_t worse(int8_t a, int8_t b)
{
	return a > b ? a : b;
}

/* What a failed check of verification says of the hardware. */
static int8_t hardware_fault(const struct tspdm_check *check)
{
	switch (check->status) {
	case TSPDM_ERR_EVIDENCE_SIGNATURE:
	case TSPDM_ERR_EVIDENCE_UNSIGNED:
	case TSPDM_ERR_EVIDENCE_CHAIN:
		return SIGNATURE_FAILED;
	case TSPDM_ERR_REVOKED:
	case TSPDM_ERR_TCB_STATUS:
	case TSPDM_ERR_EVIDENCE_TCB:
		return HARDWARE_CONTRAINDICATED;
	case TSPDM_ERR_COLLATERAL: /* of another FMSPC: not known; else what would vouch for it is missing or out of date */
		return strcmp(check->name, "tcb.platform") == 0 ? HARDWARE_UNKNOWN : HARDWARE_CONTRAINDICATED;
	case TSPDM_ERR_POLICY:
		return NO_CLAIM; /* debug: the configuration's */
	default:
		return HARDWARE_UNKNOWN;
	}
}

/* Genuine, but not the best that there is; or nobody judged that. */
static bool has_remark(const struct context *c)
{
	const struct tspdm_tcb *tcb = c->found->tdx != NULL   ? &c->found->tdx->tcb
				      : c->found->sgx != NULL ? &c->found->sgx->tcb
							      : NULL;

	if (c->finding->anchor == TSPDM_ANCHOR_STANDIN || c->entry == NULL)
		return true;
	if (tcb != NULL)
		return tcb->status != TSPDM_TCB_UP_TO_DATE;
	return c->found->snp == NULL || c->found->snp->provisional || !has_result(c, "policy.tcb", TSPDM_CHECK_OK) ||
	       c->entry->snp.min_tcb.by_product[c->found->snp->product].is_any;
}

static int8_t hardware(const struct context *c)
{
	static const char *const unknown[] = { "policy.anchor", "policy.product", "policy.fmspc", "policy.signer",
		NULL };
	static const char *const refused[] = { "policy.tcb", "policy.launch_tcb", "policy.provisional",
		"policy.revocation", "policy.advisories", "policy.tcb_evaluation", "policy.mitigations",
		"policy.platform_info", NULL };
	int8_t worst = NO_CLAIM;

	if (c->finding == NULL)
		return NO_CLAIM;
	for (unsigned i = 0; i < c->finding->checks.count && i < TSPDM_CHECKS_MAX; i++)
		if (c->finding->checks.items[i].result == TSPDM_CHECK_FAILED)
			worst = worse(worst, hardware_fault(&c->finding->checks.items[i]));
	if (worst == NO_CLAIM && !c->is_genuine)
		worst = HARDWARE_UNKNOWN;
	if (any_failed(c, refused))
		worst = worse(worst, HARDWARE_CONTRAINDICATED);
	/* an enclave's product is what it runs, not what it runs on */
	if (any_failed(c,
		    c->found->sgx != NULL ? (const char *const[]){ "policy.anchor", "policy.fmspc", NULL } : unknown))
		worst = worse(worst, HARDWARE_UNKNOWN);
	if (worst != NO_CLAIM)
		return worst;
	return has_remark(c) ? HARDWARE_UNSAFE : HARDWARE_GENUINE;
}

/* How far the policy's reference values reach. "any" compares nothing. */
static int8_t compared_executables(const struct policy_entry *entry)
{
	bool is_booted;

	if (entry->tee == TSPDM_TEE_SEV_SNP)
		return entry->snp.measurement.count != 0 ? EXECUTABLES_BOOT : EXECUTABLES_UNKNOWN;
	if (entry->tee == TSPDM_TEE_SGX)
		return entry->sgx.mr_enclave.count != 0 ? EXECUTABLES_BOOT : EXECUTABLES_UNKNOWN;
	is_booted = entry->tdx.mr_td.count != 0;
	for (unsigned i = 0; i < 3; i++)
		is_booted = is_booted && entry->tdx.rtmr[i].count != 0;
	if (!is_booted)
		return EXECUTABLES_UNKNOWN;
	return entry->tdx.rtmr[3].count != 0 ? EXECUTABLES_RUNTIME : EXECUTABLES_BOOT;
}

static int8_t executables(const struct context *c)
{
	if (!c->is_genuine)
		return NO_CLAIM;
	return c->entry != NULL ? compared_executables(c->entry) : EXECUTABLES_UNKNOWN;
}

static bool is_configuration_compared(const struct policy_entry *entry)
{
	switch (entry->tee) {
	case TSPDM_TEE_SEV_SNP:
		return entry->snp.host_data.count != 0;
	case TSPDM_TEE_TDX:
		return entry->tdx.mr_config_id.count != 0;
	default:
		return entry->sgx.config_id.count != 0;
	}
}

static int8_t configuration(const struct context *c)
{
	static const char *const names[] = { "policy.debug", "policy.migrate_ma", "policy.mr_service_td",
		"policy.attributes", "policy.xfam", "policy.guest_policy", "policy.vmpl", "policy.host_data",
		"policy.mr_config_id", "policy.mr_owner", "policy.mr_owner_config", "policy.config_id",
		"policy.config_svn", NULL };

	if (!c->is_genuine)
		return NO_CLAIM;
	if (c->is_debug || any_failed(c, names))
		return CONFIGURATION_UNSAFE;
	if (c->is_migratable || c->entry == NULL)
		return CONFIGURATION_WEAK;
	return is_configuration_compared(c->entry) ? CONFIGURATION_KNOWN : CONFIGURATION_SAFE;
}

/* What is wrong with the platform alone leaves the key whose it is. */
static bool is_forged(const struct tspdm_check *check)
{
	return check != NULL && check->result == TSPDM_CHECK_FAILED && !is_about_policy(check->status) &&
	       check->status != TSPDM_ERR_COLLATERAL && check->status != TSPDM_ERR_REVOKED;
}

static int8_t instance_identity(const struct context *c)
{
	static const char *const unknown[] = { "binding", "binding.certificate", "binding.measurement",
		"binding.same_tee", "binding.report_data", "policy.chip_id", "policy.csp_id", "policy.ppid",
		"policy.report_id", "spdm.anchor", NULL };
	bool is_bound = has_result(c, "binding.certificate", TSPDM_CHECK_OK) ||
			has_result(c, "binding.measurement", TSPDM_CHECK_OK);

	if (failed(c, "spdm.signature"))
		return SIGNATURE_FAILED;
	if (any_failed(c, unknown) || is_forged(tspdm_checks_find(c->checks, "certificate.evidence")))
		return INSTANCE_UNKNOWN;
	if (c->subject->negotiated == NULL)
		return c->is_genuine && has_result(c, "binding.report_data", TSPDM_CHECK_OK) ? INSTANCE_KNOWN
											     : NO_CLAIM;
	if (!has_result(c, "spdm.signature", TSPDM_CHECK_OK))
		return NO_CLAIM;
	if (c->finding == NULL)
		return has_result(c, "spdm.anchor", TSPDM_CHECK_OK) ? INSTANCE_KNOWN : NO_CLAIM;
	return c->is_genuine && is_bound ? INSTANCE_KNOWN : NO_CLAIM;
}

static int8_t runtime_opaque(const struct context *c)
{
	if (!c->is_genuine)
		return NO_CLAIM;
	if (c->is_debug)
		return RUNTIME_VISIBLE;
	return c->finding->anchor == TSPDM_ANCHOR_STANDIN ? RUNTIME_NO_ENCRYPTION : RUNTIME_ENCRYPTED;
}

void tspdm_result_vector(const struct tspdm_policy *policy, const struct tspdm_subject *subject,
	const struct tspdm_verdict *verdict, struct tspdm_trust_vector *out)
{
	struct context c = { .subject = subject, .checks = &verdict->checks };

	c.found = tspdm_found_base(&subject->evidence) != NULL ? &subject->evidence : &subject->certificate_evidence;
	c.finding = tspdm_found_base(c.found);
	c.is_genuine = c.finding != NULL && is_genuine(c.finding);
	if (policy != NULL && verdict->entry >= 0 && (size_t)verdict->entry < policy->accept.count)
		c.entry = &policy->accept.items[verdict->entry];
	look_at_guest(&c);
	*out = (struct tspdm_trust_vector){
		.instance_identity = instance_identity(&c),
		.configuration = configuration(&c),
		.executables = executables(&c),
		.hardware = hardware(&c),
		.runtime_opaque = runtime_opaque(&c),
	};
}

/* ---- The status ---- */

static enum tspdm_trust_tier tier_of_verdict(const struct tspdm_verdict *verdict)
{
	switch (verdict->kind) {
	case TSPDM_VERDICT_ACCEPT:
		return verdict->status == TSPDM_OK ? TSPDM_TRUST_AFFIRMING : TSPDM_TRUST_CONTRAINDICATED;
	case TSPDM_VERDICT_WARN:
		return TSPDM_TRUST_WARNING;
	case TSPDM_VERDICT_REJECT:
		return TSPDM_TRUST_CONTRAINDICATED;
	case TSPDM_VERDICT_ERROR:
		break;
	}
	return TSPDM_TRUST_NONE;
}

enum tspdm_trust_tier tspdm_result_status(const struct tspdm_verdict *verdict, const struct tspdm_trust_vector *vector)
{
	const int8_t values[] = { vector->instance_identity, vector->configuration, vector->executables,
		vector->file_system, vector->hardware, vector->runtime_opaque, vector->storage_opaque,
		vector->sourced_data };
	enum tspdm_trust_tier worst = tier_of_verdict(verdict);
	bool is_error = worst == TSPDM_TRUST_NONE;

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (tspdm_trust_tier_of(values[i]) > worst)
			worst = tspdm_trust_tier_of(values[i]);
	/* nothing was concluded: what was affirmed on the way does not count */
	return is_error && worst == TSPDM_TRUST_AFFIRMING ? TSPDM_TRUST_NONE : worst;
}
