/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The keys of accept entries for TDX and SGX, as tables, and reading them. docs/policy.md describes the same rows for
 * people. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy_name tdx_only[] = {
	{ "tdx", TSPDM_TEE_TDX },
	{ NULL, 0 },
};

static const struct policy_name sgx_only[] = {
	{ "sgx", TSPDM_TEE_SGX },
	{ NULL, 0 },
};

/* Revoked and NotSupported are not here: nobody can ask for them to be accepted. */
static const struct policy_name statuses[] = {
	{ "UpToDate", TSPDM_TCB_BIT(TSPDM_TCB_UP_TO_DATE) },
	{ "SWHardeningNeeded", TSPDM_TCB_BIT(TSPDM_TCB_SW_HARDENING_NEEDED) },
	{ "ConfigurationNeeded", TSPDM_TCB_BIT(TSPDM_TCB_CONFIGURATION_NEEDED) },
	{ "ConfigurationAndSWHardeningNeeded", TSPDM_TCB_BIT(TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED) },
	{ "OutOfDate", TSPDM_TCB_BIT(TSPDM_TCB_OUT_OF_DATE) },
	{ "OutOfDateConfigurationNeeded", TSPDM_TCB_BIT(TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED) },
	{ "TDRelaunchAdvised", TSPDM_TCB_BIT(TSPDM_TCB_TD_RELAUNCH_ADVISED) },
	{ "TDRelaunchAdvisedConfigurationNeeded", TSPDM_TCB_BIT(TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED) },
	{ NULL, 0 },
};

/* ---- Readers of this file's own types ---- */

/* The opposite of a field that is zero where the strict choice is made. */
static bool read_not(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)r;
	(void)key;
	*(bool *)field = json_is_false(value);
	return json_is_boolean(value);
}

static bool read_advisories(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_quote *quote = (struct policy_quote *)field;

	quote->is_advisories_given = true;
	return tspdm_policy_read_texts(r, key, value, &quote->advisories);
}

static bool read_bits_of(const json_t *value, size_t len, uint8_t *out)
{
	struct policy_value bytes;

	if (!tspdm_policy_hex(value, len, &bytes))
		return false;
	memcpy(out, bytes.bytes, len);
	return true;
}

static bool is_known_member(const char *name)
{
	return strcmp(name, "value") == 0 || strcmp(name, "mask") == 0;
}

/* { "value", "mask" }, both in hex as in memory; or "any". */
static bool read_bits(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_bits *bits = (struct policy_bits *)field;
	json_t *object = (json_t *)(uintptr_t)value; /* iterators take no const */

	bits->is_given = true;
	bits->is_any = key->may_be_any && json_is_string(value) && strcmp(json_string_value(value), "any") == 0;
	if (bits->is_any)
		return true;
	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
		if (!is_known_member(json_object_iter_key(at))) {
			size_t mark = tspdm_policy_enter(r, json_object_iter_key(at));

			tspdm_policy_refuse(r, "unknown key");
			tspdm_policy_leave(r, mark);
			return false;
		}
	return read_bits_of(json_object_get(value, "value"), key->len, bits->value) &&
	       read_bits_of(json_object_get(value, "mask"), key->len, bits->mask);
}

/* "zero", a list, or "any". */
static bool read_service_td(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	if (json_is_string(value) && strcmp(json_string_value(value), "zero") == 0)
		return true; /* nothing given: zero */
	return tspdm_policy_read_hex(r, key, value, field);
}

#define RTMR_EXPECTED "a list of 96 hex digits each, or \"any\""
#define RTMR_ROW(name, index)                                                                                          \
	{                                                                                                              \
		name, false, (index) * sizeof(struct policy_values), tspdm_policy_read_hex, RTMR_EXPECTED,             \
			.len = 48, .may_be_any = true                                                                  \
	}

static const struct policy_key rtmr_keys[] = {
	RTMR_ROW("0", 0),
	RTMR_ROW("1", 1),
	RTMR_ROW("2", 2),
	RTMR_ROW("3", 3),
};

/* An object by register; those that are not named may be anything, which "any" says of all. */
static bool read_rtmrs(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	if (json_is_string(value))
		return strcmp(json_string_value(value), "any") == 0;
	return json_object_size(value) != 0 && tspdm_policy_read_object(r, rtmr_keys, COUNT(rtmr_keys), value, field);
}

/* An integer, or "any", which is nothing given. */
static bool read_product(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_sgx *sgx = (struct policy_sgx *)field;

	sgx->is_product_given = !json_is_string(value);
	if (!sgx->is_product_given)
		return strcmp(json_string_value(value), "any") == 0;
	return tspdm_policy_read_u32(r, key, value, &sgx->isv_prod_id);
}

/* ---- Tables ---- */

#define BOOL_EXPECTED "true or false"
#define HEX_EXPECTED(digits) "a list of " digits " hex digits each, or \"any\""
#define QUOTE(field) offsetof(struct policy_entry, quote.field)
#define TDX(field) offsetof(struct policy_entry, tdx.field)
#define SGX(field) offsetof(struct policy_entry, sgx.field)

/* clang-format off */
#define QUOTE_ROWS                                                                                                     \
	{ "tcb_status", true, QUOTE(tcb_statuses), tspdm_policy_read_names, "a list of Intel's words as \"UpToDate\"", \
	  .extra = statuses },                                                                                         \
	{ "require_collateral", false, QUOTE(without_collateral), read_not, BOOL_EXPECTED },                           \
	{ "require_crl", false, QUOTE(require_crl), tspdm_policy_read_bool, BOOL_EXPECTED },                           \
	{ "advisories_tolerated", false, offsetof(struct policy_entry, quote), read_advisories,                        \
	  "a list of advisories as \"INTEL-SA-00615\", or \"any\"", .may_be_any = true, .may_be_empty = true },        \
	{ "min_tcb_evaluation_number", false, QUOTE(min_evaluation_number), tspdm_policy_read_u32,                     \
	  "an integer of 0 to 4294967295", .len = UINT32_MAX },                                                        \
	{ "collateral_grace_s", false, QUOTE(grace_s), tspdm_policy_read_u32, "an integer of 0 to 31536000",           \
	  .len = 31536000 },                                                                                           \
	{ "debug", false, QUOTE(may_debug), tspdm_policy_read_bool, BOOL_EXPECTED },                                   \
	{ "fmspc", false, QUOTE(fmspc), tspdm_policy_read_hex, HEX_EXPECTED("12"), .len = 6, .may_be_any = true },     \
	{ "ppid", false, QUOTE(ppid), tspdm_policy_read_hex, HEX_EXPECTED("32"), .len = 16, .may_be_any = true }

static const struct policy_key tdx_keys[] = {
	{ "tee", true, offsetof(struct policy_entry, tee), tspdm_policy_read_name, "\"tdx\"", .extra = tdx_only },
	{ "mrtd", true, TDX(mr_td), tspdm_policy_read_hex, HEX_EXPECTED("96"), .len = 48, .may_be_any = true },
	{ "rtmr", true, TDX(rtmr), read_rtmrs, "an object by register 0 to 3, or \"any\"" },
	{ "attributes", true, TDX(attributes), read_bits, "an object with value and mask, 16 hex digits each", .len = 8 },
	{ "xfam", true, TDX(xfam), read_bits, "an object with value and mask, 16 hex digits each, or \"any\"", .len = 8,
	  .may_be_any = true },
	QUOTE_ROWS,
	{ "mr_service_td", false, TDX(mr_service_td), read_service_td, "\"zero\", " HEX_EXPECTED("96"), .len = 48,
	  .may_be_any = true },
	{ "mr_seam", false, TDX(mr_seam), tspdm_policy_read_hex, HEX_EXPECTED("96"), .len = 48, .may_be_any = true },
	{ "mr_config_id", false, TDX(mr_config_id), tspdm_policy_read_hex, HEX_EXPECTED("96"), .len = 48,
	  .may_be_any = true },
	{ "mr_owner", false, TDX(mr_owner), tspdm_policy_read_hex, HEX_EXPECTED("96"), .len = 48, .may_be_any = true },
	{ "mr_owner_config", false, TDX(mr_owner_config), tspdm_policy_read_hex, HEX_EXPECTED("96"), .len = 48,
	  .may_be_any = true },
};

static const struct policy_key sgx_keys[] = {
	{ "tee", true, offsetof(struct policy_entry, tee), tspdm_policy_read_name, "\"sgx\"", .extra = sgx_only },
	{ "mrenclave", true, SGX(mr_enclave), tspdm_policy_read_hex, HEX_EXPECTED("64"), .len = 32, .may_be_any = true,
	  .may_be_empty = true },
	{ "mrsigner", true, SGX(mr_signer), tspdm_policy_read_hex, HEX_EXPECTED("64"), .len = 32, .may_be_any = true,
	  .may_be_empty = true },
	{ "isv_prod_id", true, offsetof(struct policy_entry, sgx), read_product, "an integer of 0 to 65535, or \"any\"",
	  .len = 65535 },
	{ "min_isv_svn", true, SGX(min_isv_svn), tspdm_policy_read_u32, "an integer of 0 to 65535", .len = 65535 },
	QUOTE_ROWS,
	{ "attributes", false, SGX(attributes), read_bits, "an object with value and mask, 32 hex digits each", .len = 16 },
	{ "min_config_svn", false, SGX(min_config_svn), tspdm_policy_read_u32, "an integer of 0 to 65535", .len = 65535 },
	{ "config_id", false, SGX(config_id), tspdm_policy_read_hex, HEX_EXPECTED("128"), .len = 64, .may_be_any = true },
	{ "isv_family_id", false, SGX(isv_family_id), tspdm_policy_read_hex, HEX_EXPECTED("32"), .len = 16,
	  .may_be_any = true },
	{ "isv_ext_prod_id", false, SGX(isv_ext_prod_id), tspdm_policy_read_hex, HEX_EXPECTED("32"), .len = 16,
	  .may_be_any = true },
};
/* clang-format on */

/* ---- Entries ---- */

bool tspdm_policy_read_tdx(struct policy_reader *r, const void *json, struct policy_entry *entry)
{
	return tspdm_policy_read_object(r, tdx_keys, COUNT(tdx_keys), (const json_t *)json, entry);
}

/* An enclave is known by its measurement or by its signer: one of the two lists may be empty, which leaves it to the
 * other. */
static bool names_enclaves(struct policy_reader *r, const struct policy_sgx *sgx)
{
	bool has_enclave = sgx->mr_enclave.count != 0 || sgx->mr_enclave.is_any;
	bool has_signer = sgx->mr_signer.count != 0 || sgx->mr_signer.is_any;

	if (has_enclave || has_signer)
		return true;
	return tspdm_policy_refuse(r, "mrenclave and mrsigner are both empty; name one, or write \"any\"");
}

bool tspdm_policy_read_sgx(struct policy_reader *r, const void *json, struct policy_entry *entry)
{
	return tspdm_policy_read_object(r, sgx_keys, COUNT(sgx_keys), (const json_t *)json, entry) &&
	       names_enclaves(r, &entry->sgx);
}

void tspdm_policy_free_quote(struct policy_entry *entry)
{
	free(entry->quote.advisories.items);
	free(entry->quote.fmspc.items);
	free(entry->quote.ppid.items);
	free(entry->tdx.mr_td.items);
	for (unsigned i = 0; i < POLICY_RTMRS; i++)
		free(entry->tdx.rtmr[i].items);
	free(entry->tdx.mr_service_td.items);
	free(entry->tdx.mr_seam.items);
	free(entry->tdx.mr_config_id.items);
	free(entry->tdx.mr_owner.items);
	free(entry->tdx.mr_owner_config.items);
	free(entry->sgx.mr_enclave.items);
	free(entry->sgx.mr_signer.items);
	free(entry->sgx.config_id.items);
	free(entry->sgx.isv_family_id.items);
	free(entry->sgx.isv_ext_prod_id.items);
}
