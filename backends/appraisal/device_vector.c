/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The trust vector of a device that is attached to a subject. Its checks stand among the verdict's, two for each device, in
 * the order of the devices: appraise_devices.c. */
#include <string.h>

#include <tspdm/result.h>

/* Values of AR4SI; docs/policy.md "The verdict as EAR" says when which is claimed. */
enum {
	IDENTITY_RECOGNISED = 2,
	HARDWARE_GENUINE = 2,
	HARDWARE_UNKNOWN = 97,
	EXECUTABLES_APPROVED = 3,
	EXECUTABLES_UNRECOGNISED = 33,
	FORGED = 99,
};

/* The n-th check of this name; NULL: there are fewer. */
static const struct tspdm_check *find(const struct tspdm_checks *checks, const char *name, unsigned n)
{
	for (unsigned i = 0; i < checks->count && i < TSPDM_CHECKS_MAX; i++)
		if (strcmp(checks->items[i].name, name) == 0 && n-- == 0)
			return &checks->items[i];
	return NULL;
}

static bool passed(const struct tspdm_check *check)
{
	return check != NULL && check->result == TSPDM_CHECK_OK;
}

static bool failed(const struct tspdm_check *check)
{
	return check != NULL && check->result != TSPDM_CHECK_OK && check->result != TSPDM_CHECK_SKIPPED;
}

enum tspdm_trust_tier tspdm_result_device(const struct tspdm_subject *subject, const struct tspdm_verdict *verdict,
	unsigned device, struct tspdm_trust_vector *out)
{
	const struct tspdm_check *report = find(&verdict->checks, "device", device);
	const struct tspdm_check *policy = find(&verdict->checks, "policy.device", device);

	*out = (struct tspdm_trust_vector){ 0 };
	if (device >= subject->device_count || report == NULL)
		return TSPDM_TRUST_NONE;
	if (!passed(report)) {
		out->hardware = report->status == TSPDM_ERR_EVIDENCE_ANCHOR ? HARDWARE_UNKNOWN : FORGED;
		return TSPDM_TRUST_CONTRAINDICATED;
	}
	out->hardware = HARDWARE_GENUINE;
	out->instance_identity = IDENTITY_RECOGNISED;
	if (passed(policy))
		out->executables = EXECUTABLES_APPROVED;
	else if (failed(policy))
		out->executables = EXECUTABLES_UNRECOGNISED;
	if (policy == NULL)
		return TSPDM_TRUST_NONE;
	return passed(policy) ? TSPDM_TRUST_AFFIRMING : TSPDM_TRUST_CONTRAINDICATED;
}
