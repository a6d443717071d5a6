/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The devices that are attached to what is appraised: each is verified and accepted by itself, and all of them count for the
 * one verdict. Two lines for each, as there may be several. */
#include <stdio.h>

#include "policy.h"

static const struct tspdm_check *first_failure(const struct tspdm_checks *checks)
{
	for (unsigned i = 0; i < checks->count && i < TSPDM_CHECKS_MAX; i++)
		if (checks->items[i].result == TSPDM_CHECK_FAILED)
			return &checks->items[i];
	return NULL;
}

static bool is_genuine(const struct tspdm_finding *f)
{
	return f->status == TSPDM_OK && tspdm_checks_status(&f->checks) == TSPDM_OK;
}

static void tell_finding(struct tspdm_checks *checks, const struct tspdm_subject_device *d)
{
	const struct tspdm_finding *f = &d->finding->base;
	const struct tspdm_check *failure = first_failure(&f->checks);

	if (is_genuine(f))
		tspdm_checks_add(checks, "device", TSPDM_OK, "%.100s: genuine, %s (%s)", d->name, f->anchor_name,
			tspdm_anchor_kind_name(f->anchor));
	else
		tspdm_checks_add(checks, "device", f->status < 0 ? f->status : TSPDM_ERR_EVIDENCE_FORM,
			"%.100s: %s: %.250s", d->name, failure != NULL ? failure->name : "report",
			failure != NULL ? failure->detail : tspdm_status_text(f->status));
}

/* Which entry takes the device; the reason why the last one for devices does not is put into `why`. */
static bool find_entry(const struct tspdm_policy *policy, const struct tspdm_device_finding *finding, size_t *number,
	struct tspdm_checks *room, char *why, size_t cap)
{
	snprintf(why, cap, "the policy has no accept entry for devices");
	for (size_t i = 0; i < policy->accept.count; i++) {
		const struct tspdm_check *failure;

		if (policy->accept.items[i].tee != TSPDM_TEE_DEVICE)
			continue;
		room->count = room->lost = 0;
		tspdm_appraise_device_entry(room, &policy->accept.items[i], i, finding);
		*number = i;
		if (tspdm_checks_status(room) == TSPDM_OK)
			return true;
		failure = first_failure(room);
		snprintf(why, cap, "%s: %.250s", failure != NULL ? failure->name : "policy.device",
			failure != NULL ? failure->detail : "nothing was checked");
	}
	return false;
}

static void judge(const struct tspdm_policy *policy, const struct tspdm_subject_device *d, struct tspdm_checks *checks)
{
	struct tspdm_checks room = { .count = 0 };
	char why[300];
	size_t number = 0;

	if (!is_genuine(&d->finding->base))
		tspdm_checks_skip(checks, "policy.device", "%.100s: not judged: the report is not genuine", d->name);
	else if (!tspdm_policy_allows_anchor(policy, &d->finding->base))
		tspdm_checks_add(checks, "policy.device", TSPDM_ERR_POLICY,
			"%.100s: %s is not among the policy's anchors for devices", d->name,
			d->finding->base.anchor_name);
	else if (find_entry(policy, d->finding, &number, &room, why, sizeof why))
		tspdm_checks_add(checks, "policy.device", TSPDM_OK, "%.100s: accept[%zu] matches", d->name, number);
	else
		tspdm_checks_add(checks, "policy.device", TSPDM_ERR_POLICY, "%.100s: %s", d->name, why);
}

void tspdm_appraise_devices(
	const struct tspdm_policy *policy, const struct tspdm_subject *subject, struct tspdm_checks *checks)
{
	for (uint32_t i = 0; i < subject->device_count; i++) {
		tell_finding(checks, &subject->devices[i]);
		if (policy != NULL)
			judge(policy, &subject->devices[i], checks);
	}
	if (policy == NULL || policy->devices == 0 || subject->is_preliminary)
		return;
	if (subject->device_count < policy->devices)
		tspdm_checks_add(checks, "policy.devices", TSPDM_ERR_POLICY, "devices wanted, at least: %u; shown: %u",
			policy->devices, subject->device_count);
	else
		tspdm_checks_add(checks, "policy.devices", TSPDM_OK, "%u", subject->device_count);
}
