/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The keys of accept entries for devices, as tables, and reading them. docs/policy.md describes the same rows for people. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy_name device_only[] = {
	{ "device", TSPDM_TEE_DEVICE },
	{ NULL, 0 },
};

static const struct policy_name flag_names[] = {
	{ "not_configured", TSPDM_DICE_NOT_CONFIGURED },
	{ "not_secure", TSPDM_DICE_NOT_SECURE },
	{ "recovery", TSPDM_DICE_RECOVERY },
	{ "debug", TSPDM_DICE_DEBUG },
	{ "not_replay_protected", TSPDM_DICE_NOT_REPLAY_PROTECTED },
	{ "not_integrity_protected", TSPDM_DICE_NOT_INTEGRITY_PROTECTED },
	{ "not_runtime_measured", TSPDM_DICE_NOT_RUNTIME_MEASURED },
	{ "not_immutable", TSPDM_DICE_NOT_IMMUTABLE },
	{ "not_tcb", TSPDM_DICE_NOT_TCB },
	{ NULL, 0 },
};

#define FWID(position, digits, bytes)                                                                                  \
	offsetof(struct policy_device, fwids) + (position) * sizeof(struct policy_values), tspdm_policy_read_hex,      \
		"a list of " digits " hex digits each", .len = (bytes)

static const struct policy_key fwid_keys[] = {
	{ "sha256", false, FWID(0, "64", 32) },
	{ "sha384", false, FWID(1, "96", 48) },
	{ "sha512", false, FWID(2, "128", 64) },
	{ "sha3-256", false, FWID(3, "64", 32) },
	{ "sha3-384", false, FWID(4, "96", 48) },
	{ "sha3-512", false, FWID(5, "128", 64) },
};

/* An object by hash, with at least one; or "any". */
static bool read_fwids(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_device *device = (struct policy_device *)field;

	(void)key;
	device->is_any_fwid = json_is_string(value) && strcmp(json_string_value(value), "any") == 0;
	if (device->is_any_fwid)
		return true;
	return json_object_size(value) != 0 && tspdm_policy_read_object(r, fwid_keys, COUNT(fwid_keys), value, device);
}

#define DEVICE(field) offsetof(struct policy_device, field)
#define FLAGS_EXPECTED "a list of flags as \"debug\""

static const struct policy_key flag_keys[] = {
	{ "forbidden", true, DEVICE(flags_forbidden), tspdm_policy_read_names, FLAGS_EXPECTED, .extra = flag_names,
		.may_be_empty = true },
	{ "required", false, DEVICE(flags_required), tspdm_policy_read_names, FLAGS_EXPECTED, .extra = flag_names,
		.may_be_empty = true },
};

/* "any": whatever the flags say. */
static bool read_flags(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	if (json_is_string(value))
		return strcmp(json_string_value(value), "any") == 0;
	return tspdm_policy_read_object(r, flag_keys, COUNT(flag_keys), value, field);
}

static bool read_svn(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_device *device = (struct policy_device *)field;

	device->is_svn_given = true;
	return tspdm_policy_read_u32(r, key, value, &device->min_svn);
}

#define ENTRY offsetof(struct policy_entry, device)

static const struct policy_key device_keys[] = {
	{ "tee", true, offsetof(struct policy_entry, tee), tspdm_policy_read_name, "\"device\"", .extra = device_only },
	{ "measurements", true, ENTRY + DEVICE(measurements), tspdm_policy_read_blocks,
		"a list of objects with index and digest, or \"any\"", .may_be_any = true },
	{ "fwids", true, ENTRY, read_fwids, "an object by hash as \"sha384\", or \"any\"" },
	{ "flags", true, ENTRY, read_flags, "an object with forbidden and required, or \"any\"" },
	{ "min_svn", false, ENTRY, read_svn, "an integer of 0 to 4294967295", .len = UINT32_MAX },
	{ "device_info", false, ENTRY + DEVICE(device_info), tspdm_policy_read_texts,
		"a list of names as \"VENDOR:PRODUCT:SERIAL\", or \"any\"", .may_be_any = true },
};

/* An empty list would ask for nothing, which has to be written as what it is. */
bool tspdm_policy_read_device(struct policy_reader *r, const void *json, struct policy_entry *entry)
{
	if (!tspdm_policy_read_object(r, device_keys, COUNT(device_keys), (const json_t *)json, entry))
		return false;
	return entry->device.measurements.is_any || entry->device.measurements.count != 0 ||
	       tspdm_policy_refuse(r, "measurements is empty; name some, or write \"any\"");
}

void tspdm_policy_free_blocks(struct policy_blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++)
		free(blocks->items[i].digest.items);
	free(blocks->items);
}

void tspdm_policy_free_device(struct policy_device *device)
{
	tspdm_policy_free_blocks(&device->measurements);
	for (unsigned i = 0; i < POLICY_FWID_HASHES; i++)
		free(device->fwids[i].items);
	free(device->device_info.items);
}
