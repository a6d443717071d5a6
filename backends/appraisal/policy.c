/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The policy's keys, as tables, and reading it. docs/policy.md describes the same rows for people. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy_name builtin_only[] = {
	{ "builtin", POLICY_ANCHOR_BUILTIN },
	{ NULL, 0 },
};

static const struct policy_name demands[] = {
	{ "none", POLICY_NONE },
	{ "optional", POLICY_OPTIONAL },
	{ "required", POLICY_REQUIRED },
	{ NULL, 0 },
};

static const struct policy_name versions[] = {
	{ "1.0", TSPDM_VERSION_BIT(TSPDM_V10) },
	{ "1.1", TSPDM_VERSION_BIT(TSPDM_V11) },
	{ "1.2", TSPDM_VERSION_BIT(TSPDM_V12) },
	{ "1.3", TSPDM_VERSION_BIT(TSPDM_V13) },
	{ "1.4", TSPDM_VERSION_BIT(TSPDM_V14) },
	{ NULL, 0 },
};

/* ---- Readers of this file's own types ---- */

static bool read_algorithms(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	enum tspdm_algorithm_kind kind = (enum tspdm_algorithm_kind)key->len;

	if (!json_is_array(value) || json_array_size(value) == 0)
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *name = json_string_value(json_array_get(value, i));
		const struct tspdm_algorithm *row = name != NULL ? tspdm_algorithm_by_name(kind, name) : NULL;
		size_t mark;

		if (row != NULL) {
			*(uint32_t *)field |= row->bit;
			continue;
		}
		mark = tspdm_policy_enter_item(r, i);
		tspdm_policy_refuse(r, "is no algorithm of this kind");
		tspdm_policy_leave(r, mark);
		return false;
	}
	return true;
}

/* By "tee": what the rest of the entry has to be. */
static bool read_entry(struct policy_reader *r, const json_t *value, struct policy_entry *entry)
{
	static const struct {
		enum tspdm_tee tee;
		bool (*read)(struct policy_reader *r, const void *json, struct policy_entry *entry);
	} readers[] = {
		{ TSPDM_TEE_SEV_SNP, tspdm_policy_read_snp },
		{ TSPDM_TEE_TDX, tspdm_policy_read_tdx },
		{ TSPDM_TEE_SGX, tspdm_policy_read_sgx },
		{ TSPDM_TEE_DEVICE, tspdm_policy_read_device },
	};
	const char *tee = json_string_value(json_object_get(value, "tee"));
	bool is_good;
	size_t mark;

	if (!json_is_object(value))
		return tspdm_policy_refuse(r, "must be an object");
	for (size_t i = 0; tee != NULL && i < COUNT(readers); i++)
		if (strcmp(tee, tspdm_tee_name(readers[i].tee)) == 0)
			return readers[i].read(r, value, entry);
	mark = tspdm_policy_enter(r, "tee");
	is_good = tspdm_policy_refuse(r, json_object_get(value, "tee") == NULL
						 ? "is missing; must be \"sev-snp\", \"tdx\", \"sgx\" or \"device\""
						 : "must be \"sev-snp\", \"tdx\", \"sgx\" or \"device\"");
	tspdm_policy_leave(r, mark);
	return is_good;
}

static bool read_entries(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_entries *entries = (struct policy_entries *)field;

	(void)key;
	if (!json_is_array(value))
		return false;
	entries->items = calloc(json_array_size(value) + 1, sizeof *entries->items);
	if (entries->items == NULL)
		return tspdm_policy_out_of_memory(r);
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t mark = tspdm_policy_enter_item(r, i);
		bool is_good;

		entries->count++; /* also of one half read: what it holds is freed with the policy */
		is_good = read_entry(r, json_array_get(value, i), &entries->items[i]);
		tspdm_policy_leave(r, mark);
		if (!is_good)
			return false;
	}
	return true;
}

/* A list of "builtin", "configured", and pinned digests of roots. */
static bool read_root_anchors(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_anchors *anchors = (struct policy_anchors *)field;

	(void)key;
	if (!json_is_array(value))
		return false;
	anchors->is_given = true;
	anchors->pins.items = calloc(json_array_size(value) + 1, sizeof *anchors->pins.items);
	if (anchors->pins.items == NULL)
		return tspdm_policy_out_of_memory(r);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const char *text = json_string_value(item);

		if (text != NULL && strcmp(text, "builtin") == 0)
			anchors->kinds |= POLICY_ANCHOR_BUILTIN;
		else if (text != NULL && strcmp(text, "configured") == 0)
			anchors->kinds |= POLICY_ANCHOR_CONFIGURED;
		else if (tspdm_policy_hex(item, 32, &anchors->pins.items[anchors->pins.count]))
			anchors->pins.count++;
		else
			return false;
	}
	return true;
}

#define ANCHORS(field) offsetof(struct policy_all_anchors, field)
#define ROOTS_EXPECTED "a list of \"builtin\", \"configured\", or 64 hex digits (SHA-256 of a root's public key)"
static const struct policy_key anchor_keys[] = {
	{ "snp", false, ANCHORS(snp), read_root_anchors, ROOTS_EXPECTED },
	{ "tdx", false, ANCHORS(tdx), read_root_anchors, ROOTS_EXPECTED },
	{ "sgx", false, ANCHORS(sgx), read_root_anchors, ROOTS_EXPECTED },
	{ "device", false, ANCHORS(device), read_root_anchors, ROOTS_EXPECTED },
	{ "standin", false, ANCHORS(standin), tspdm_policy_read_names, "a list, empty or with \"builtin\"",
		.extra = builtin_only, .may_be_empty = true },
};

static bool read_anchors(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	return tspdm_policy_read_object(r, anchor_keys, COUNT(anchor_keys), value, field);
}

enum { AGE_MAX_S = 31536000 };

static bool read_age(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	return tspdm_policy_read_u32(r, key, value, field) && *(uint32_t *)field != 0;
}

#define DEMAND_EXPECTED "\"required\", \"optional\" or \"none\""
#define BINDING(field) offsetof(struct policy_binding, field)
static const struct policy_key binding_keys[] = {
	{ "certificate", true, BINDING(certificate), tspdm_policy_read_name, DEMAND_EXPECTED, .extra = demands },
	{ "measurement", true, BINDING(measurement), tspdm_policy_read_name, DEMAND_EXPECTED, .extra = demands },
	{ "session", false, BINDING(session), tspdm_policy_read_name, DEMAND_EXPECTED, .extra = demands },
	{ "max_age_s", false, BINDING(max_age_s), read_age, "an integer of 1 to 31536000 seconds", .len = AGE_MAX_S },
};

static bool read_binding(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	return tspdm_policy_read_object(r, binding_keys, COUNT(binding_keys), value, field);
}

#define BLOCK(field) offsetof(struct policy_block, field)
static const struct policy_key block_keys[] = {
	{ "index", true, BLOCK(index), tspdm_policy_read_u32, "an integer of 1 to 254", .len = 254 },
	{ "digest", true, BLOCK(digest), tspdm_policy_read_hex, "a list of 64, 96 or 128 hex digits each, or \"any\"",
		.may_be_any = true },
};

static bool read_block(struct policy_reader *r, const json_t *value, struct policy_block *block)
{
	if (!tspdm_policy_read_object(r, block_keys, COUNT(block_keys), value, block))
		return tspdm_policy_refuse(r, "must be an object with index and digest");
	return block->index != 0 || tspdm_policy_refuse(r, "index must be an integer of 1 to 254");
}

bool tspdm_policy_read_blocks(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_blocks *blocks = (struct policy_blocks *)field;

	blocks->is_any = key->may_be_any && json_is_string(value) && strcmp(json_string_value(value), "any") == 0;
	if (blocks->is_any)
		return true;
	if (!json_is_array(value))
		return false;
	blocks->items = calloc(json_array_size(value) + 1, sizeof *blocks->items);
	if (blocks->items == NULL)
		return tspdm_policy_out_of_memory(r);
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t mark = tspdm_policy_enter_item(r, i);
		bool is_good;

		blocks->count++;
		is_good = read_block(r, json_array_get(value, i), &blocks->items[i]);
		tspdm_policy_leave(r, mark);
		if (!is_good)
			return false;
	}
	return true;
}

#define SPDM(field) offsetof(struct policy_spdm, field)
#define NAMES_EXPECTED "a list of algorithm names"
static const struct policy_key spdm_keys[] = {
	{ "versions", false, SPDM(versions), tspdm_policy_read_names, "a list of versions as \"1.2\"",
		.extra = versions },
	{ "asym", false, SPDM(asym), read_algorithms, NAMES_EXPECTED, .len = TSPDM_KIND_ASYM },
	{ "hash", false, SPDM(hash), read_algorithms, NAMES_EXPECTED, .len = TSPDM_KIND_HASH },
	{ "dhe", false, SPDM(dhe), read_algorithms, NAMES_EXPECTED, .len = TSPDM_KIND_DHE },
	{ "aead", false, SPDM(aead), read_algorithms, NAMES_EXPECTED, .len = TSPDM_KIND_AEAD },
	{ "measurements", false, SPDM(measurements), tspdm_policy_read_blocks,
		"a list of objects with index and digest" },
};

static bool read_spdm(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	return tspdm_policy_read_object(r, spdm_keys, COUNT(spdm_keys), value, field);
}

static bool read_version(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	return tspdm_policy_read_u32(r, key, value, field) && *(uint32_t *)field == 1;
}

#define TOP(field) offsetof(struct tspdm_policy, field)
static const struct policy_key top_keys[] = {
	{ "version", true, TOP(version), read_version, "1", .len = 1 },
	{ "anchors", true, TOP(anchors), read_anchors, "an object with snp" },
	{ "accept", true, TOP(accept), read_entries, "a list of objects" },
	{ "binding", true, TOP(binding), read_binding, "an object with certificate and measurement" },
	{ "spdm", false, TOP(spdm), read_spdm, "an object" },
	{ "devices", false, TOP(devices), tspdm_policy_read_u32, "an integer of 0 to 8", .len = TSPDM_DEVICES_MAX },
};

static const struct policy_anchors *anchors_of(const struct policy_all_anchors *all, uint32_t tee)
{
	if (tee == TSPDM_TEE_DEVICE)
		return &all->device;
	return tee == TSPDM_TEE_SEV_SNP ? &all->snp : tee == TSPDM_TEE_TDX ? &all->tdx : &all->sgx;
}

/* Which roots count for a TEE that may be accepted has to be written, be it that none does. */
static bool has_anchors(struct policy_reader *r, const struct tspdm_policy *policy)
{
	static const char *const names[] = { [TSPDM_TEE_SEV_SNP] = "snp",
		[TSPDM_TEE_TDX] = "tdx",
		[TSPDM_TEE_SGX] = "sgx",
		[TSPDM_TEE_DEVICE] = "device" };

	for (size_t i = 0; i < policy->accept.count; i++) {
		uint32_t tee = policy->accept.items[i].tee;
		size_t mark, name_mark;

		if (anchors_of(&policy->anchors, tee)->is_given)
			continue;
		mark = tspdm_policy_enter(r, "anchors");
		name_mark = tspdm_policy_enter(r, names[tee]);
		tspdm_policy_refuse(r, "is missing; an accept entry is for this TEE, so it must be " ROOTS_EXPECTED);
		tspdm_policy_leave(r, name_mark);
		tspdm_policy_leave(r, mark);
		return false;
	}
	return true;
}

static enum tspdm_status read_text(struct policy_reader *r, struct tspdm_view json, struct tspdm_policy *policy)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);

	if (root == NULL) {
		char text[JSON_ERROR_TEXT_LENGTH + 64];
		int length = snprintf(text, sizeof text, "line %d, column %d: ", error.line, error.column);

		for (const char *c = error.text; *c != '\0' && length < (int)sizeof text - 1; c++)
			text[length++] = *c >= ' ' && *c <= '~' ? *c : '?';
		text[length] = '\0';
		tspdm_policy_refuse(r, text);
		return r->status;
	}
	if (!tspdm_policy_read_object(r, top_keys, COUNT(top_keys), root, policy))
		tspdm_policy_refuse(r, "must be a JSON object");
	else
		has_anchors(r, policy);
	json_decref(root);
	return r->status;
}

enum tspdm_status tspdm_policy_read(struct tspdm_view json, struct tspdm_policy **out, char *why, size_t why_len)
{
	struct policy_reader r = { .why = why, .why_len = why_len };
	struct tspdm_policy *policy;

	if (out == NULL || (json.ptr == NULL && json.len != 0))
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	if (why != NULL && why_len != 0)
		why[0] = '\0';
	policy = calloc(1, sizeof *policy);
	if (policy == NULL)
		return TSPDM_ERR_MEMORY;
	if (json.len == 0)
		json = (struct tspdm_view){ (const uint8_t *)"", 0 };
	if (read_text(&r, json, policy) != TSPDM_OK) {
		tspdm_policy_free(policy);
		return r.status;
	}
	*out = policy;
	return TSPDM_OK;
}

/* Genuine hardware, nobody may look in; everything else is said to be "any" where a stricter policy would name values.
 */
static const char genuine[] =
	"{ \"version\": 1,"
	"  \"anchors\": { \"snp\": [\"builtin\"], \"tdx\": [\"builtin\"], \"sgx\": [\"builtin\"],"
	"    \"device\": [\"builtin\"], \"standin\": [] },"
	"  \"accept\": [ { \"tee\": \"sev-snp\", \"product\": \"any\", \"measurement\": \"any\", \"min_tcb\": \"any\","
	"    \"policy\": { \"debug\": false, \"migrate_ma\": false, \"smt\": true, \"cxl\": true },"
	"    \"vmpl\": \"any\", \"host_data\": \"any\", \"signer\": [\"vcek\", \"vlek\"],"
	"    \"require_crl\": false, \"allow_provisional\": true },"
	"  { \"tee\": \"tdx\", \"mrtd\": \"any\", \"rtmr\": \"any\", \"xfam\": \"any\","
	"    \"attributes\": { \"value\": \"0000000000000000\", \"mask\": \"ff00002000000000\" },"
	"    \"tcb_status\": [\"UpToDate\"], \"require_collateral\": false },"
	"  { \"tee\": \"sgx\", \"mrenclave\": \"any\", \"mrsigner\": \"any\", \"isv_prod_id\": \"any\", "
	"\"min_isv_svn\": 0,"
	"    \"tcb_status\": [\"UpToDate\"], \"require_collateral\": false },"
	"  { \"tee\": \"device\", \"measurements\": \"any\", \"fwids\": \"any\","
	"    \"flags\": { \"forbidden\": [\"not_configured\", \"not_secure\", \"recovery\", \"debug\"] } } ],"
	"  \"binding\": { \"certificate\": \"optional\", \"measurement\": \"optional\" } }";

enum tspdm_status tspdm_policy_genuine(struct tspdm_policy **out)
{
	return tspdm_policy_read((struct tspdm_view){ (const uint8_t *)genuine, sizeof genuine - 1 }, out, NULL, 0);
}

void tspdm_policy_free(struct tspdm_policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->accept.count; i++) {
		tspdm_policy_free_snp(&policy->accept.items[i].snp);
		tspdm_policy_free_quote(&policy->accept.items[i]);
		tspdm_policy_free_device(&policy->accept.items[i].device);
	}
	tspdm_policy_free_blocks(&policy->spdm.measurements);
	free(policy->accept.items);
	free(policy->anchors.snp.pins.items);
	free(policy->anchors.tdx.pins.items);
	free(policy->anchors.sgx.pins.items);
	free(policy->anchors.device.pins.items);
	free(policy);
}

bool tspdm_policy_allows_standin(const struct tspdm_policy *policy)
{
	return policy != NULL && policy->anchors.standin != 0;
}
