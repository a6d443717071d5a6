/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One accept entry of a policy against the signed measurements of a device and what its certificates say. Every check of
 * the entry runs, so that a person sees all reasons at once. */
#include <stdio.h>
#include <string.h>

#include "entry_checks.h"
#include "text.h"

struct context {
	struct entry_checks entry_checks;
	const struct policy_device *want;
	const struct tspdm_device_finding *finding;
};

static void tell(const struct context *c, const char *name, bool is_good, const char *text)
{
	tspdm_entry_tell(&c->entry_checks, name, is_good, text);
}

/* ---- Measurement blocks: what fits is counted, what does not is told ---- */

static bool block_fits(const struct context *c, const struct policy_block *want, char *text, size_t cap)
{
	struct tspdm_measurement_block block;
	char seen[108];

	if (!tspdm_device_block(c->finding, want->index, &block)) {
		snprintf(text, cap, "block %u is not among the measurements", want->index);
		return false;
	}
	if ((block.type & TSPDM_MEASUREMENT_RAW) != 0 || block.value.len == 0) {
		snprintf(text, cap, "block %u is raw; a digest is wanted", want->index);
		return false;
	}
	if (want->digest.is_any || tspdm_entry_has_value(&want->digest, block.value))
		return true;
	snprintf(text, cap, "block %u has none of the digests wanted; seen %s", want->index,
		short_hex(seen, block.value, 48));
	return false;
}

static void check_blocks(const struct context *c)
{
	const struct policy_blocks *want = &c->want->measurements;
	unsigned misfits = 0;
	char text[200] = "", other[200] = "";

	for (size_t i = 0; i < want->count; i++)
		if (!block_fits(c, &want->items[i], misfits == 0 ? text : other, sizeof text))
			misfits++;
	if (want->is_any)
		snprintf(text, sizeof text, "any will do; blocks: %u", c->finding->block_count);
	else if (misfits == 0)
		snprintf(text, sizeof text, "blocks as wanted: %zu", want->count);
	else if (misfits > 1)
		snprintf(text + strlen(text), sizeof text - strlen(text), "; and %u more", misfits - 1);
	tell(c, "policy.device.measurements", misfits == 0, text);
}

/* ---- TcbInfos ---- */

/* The n-th of the chain, from the root on; NULL behind the last. */
static const struct tspdm_dice_tcb_info *tcb_info(const struct context *c, unsigned n)
{
	for (unsigned i = 0; i < c->finding->certificate_count; i++) {
		const struct tspdm_dice *dice = &c->finding->certificates[i].dice;

		if (n < dice->tcb_info_count)
			return &dice->tcb_infos[n];
		n -= dice->tcb_info_count;
	}
	return NULL;
}

static bool has_fwid(const struct context *c, const struct tspdm_dice_fwid *fwid)
{
	for (unsigned i = 0; i < POLICY_FWID_HASHES; i++)
		if (fwid->hash == 1U << i && tspdm_entry_has_value(&c->want->fwids[i], fwid->digest))
			return true;
	return false;
}

/* All of them: firmware that nobody knows, beside firmware that somebody does, is unknown firmware. */
static void check_fwids(const struct context *c)
{
	const struct tspdm_dice_tcb_info *info;
	const struct tspdm_dice_fwid *unknown = NULL;
	unsigned count = 0;
	char text[200], seen[108];

	for (unsigned n = 0; (info = tcb_info(c, n)) != NULL; n++)
		for (unsigned i = 0; i < info->fwid_count; i++, count++)
			if (unknown == NULL && !c->want->is_any_fwid && !has_fwid(c, &info->fwids[i]))
				unknown = &info->fwids[i];
	if (c->want->is_any_fwid)
		snprintf(text, sizeof text, "any will do; firmware digests: %u", count);
	else if (count == 0)
		snprintf(text, sizeof text, "the certificates name no firmware");
	else if (unknown != NULL)
		snprintf(text, sizeof text, "not listed: %s", short_hex(seen, unknown->digest, 48));
	else
		snprintf(text, sizeof text, "firmware digests, all listed: %u", count);
	tell(c, "policy.device.fwids", c->want->is_any_fwid || (count != 0 && unknown == NULL), text);
}

static const char *first_name(uint32_t flags)
{
	for (unsigned bit = 0; bit < 32; bit++)
		if ((flags & 1U << bit) != 0 && tspdm_dice_flag_name(bit) != NULL)
			return tspdm_dice_flag_name(bit);
	return "?";
}

/* Returns false, and says why, where a TcbInfo's flags are not as wanted. Flags that are left out are not set (TCG DICE
 * "OperationalFlags"); those outside of a mask that is there are not told. */
static bool flags_fit(const struct context *c, const struct tspdm_dice_tcb_info *info, char *text, size_t cap)
{
	uint32_t known = info->has_flags_mask ? info->flags_mask : UINT32_MAX;
	uint32_t bad = info->flags & c->want->flags_forbidden;
	uint32_t untold = ~known & (c->want->flags_forbidden | c->want->flags_required);
	uint32_t missing = ~info->flags & c->want->flags_required;

	if (bad != 0)
		snprintf(text, cap, "the device says of itself: %s", first_name(bad));
	else if (untold != 0)
		snprintf(text, cap, "the device does not tell whether: %s", first_name(untold));
	else if (missing != 0)
		snprintf(text, cap, "the device does not say: %s", first_name(missing));
	return (bad | untold | missing) == 0;
}

static void check_flags(const struct context *c)
{
	const struct tspdm_dice_tcb_info *info = tcb_info(c, 0);
	char text[200] = "none of the forbidden ones";
	bool is_good = true;

	if ((c->want->flags_forbidden | c->want->flags_required) == 0)
		return;
	if (info == NULL && c->want->flags_required != 0) {
		tell(c, "policy.device.flags", false, "the certificates have no TcbInfo");
		return;
	}
	for (unsigned n = 0; is_good && (info = tcb_info(c, n)) != NULL; n++)
		is_good = flags_fit(c, info, text, sizeof text);
	tell(c, "policy.device.flags", is_good, text);
}

static void check_svn(const struct context *c)
{
	const struct tspdm_dice_tcb_info *info;
	bool has_any = false, is_good = true;
	char text[200] = "no TcbInfo tells one";

	for (unsigned n = 0; is_good && (info = tcb_info(c, n)) != NULL; n++) {
		if (!info->has_svn)
			continue;
		has_any = true;
		is_good = info->svn >= c->want->min_svn;
		snprintf(text, sizeof text, "at least %u is wanted, seen %llu", c->want->min_svn,
			(unsigned long long)info->svn);
	}
	if (c->want->is_svn_given)
		tell(c, "policy.device.svn", has_any && is_good, text);
}

static void check_name(const struct context *c)
{
	const struct policy_values *want = &c->want->device_info;
	unsigned last = c->finding->certificate_count - 1;
	struct tspdm_view seen = c->finding->certificates[last].dice.device_info;
	bool is_good = want->is_any || tspdm_entry_has_value(want, seen);
	char text[200];

	if (!want->is_any && want->count == 0)
		return;
	snprintf(text, sizeof text, "%s%.*s", is_good ? "" : "not listed: ", (int)(seen.len < 100 ? seen.len : 100),
		seen.len != 0 ? (const char *)seen.ptr : "");
	tell(c, "policy.device.name", is_good, seen.len != 0 ? text : "the leaf has no device name");
}

void tspdm_appraise_device_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_device_finding *finding)
{
	const struct context c = { { checks, number }, &entry->device, finding };

	check_blocks(&c);
	check_fwids(&c);
	check_flags(&c);
	check_svn(&c);
	if (finding->certificate_count != 0)
		check_name(&c);
}
