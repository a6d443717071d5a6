/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The policy's keys, as tables, and reading it. docs/policy.md describes the same rows for people. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy_name products[] = {
	{ "Milan", 1U << TSPDM_SNP_MILAN },
	{ "Genoa", 1U << TSPDM_SNP_GENOA },
	{ "Turin", 1U << TSPDM_SNP_TURIN },
	{ NULL, 0 },
};

static const struct policy_name signers[] = {
	{ "vcek", 1U << TSPDM_SNP_VCEK },
	{ "vlek", 1U << TSPDM_SNP_VLEK },
	{ NULL, 0 },
};

static const struct policy_name anchor_kinds[] = {
	{ "builtin", POLICY_ANCHOR_BUILTIN },
	{ "configured", POLICY_ANCHOR_CONFIGURED },
	{ NULL, 0 },
};

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

/* This release opens no sessions: "required" could never be met, and is refused where it is written. */
static const struct policy_name session_demands[] = {
	{ "none", POLICY_NONE },
	{ "optional", POLICY_OPTIONAL },
	{ NULL, 0 },
};

static const struct policy_name tees[] = {
	{ "sev-snp", TSPDM_TEE_SEV_SNP },
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

const struct policy_name tspdm_policy_platform_bits[] = {
	{ "smt", TSPDM_SNP_PLATFORM_SMT },
	{ "tsme", TSPDM_SNP_PLATFORM_TSME },
	{ "ecc", TSPDM_SNP_PLATFORM_ECC },
	{ "rapl_disabled", TSPDM_SNP_PLATFORM_RAPL_DISABLED },
	{ "ciphertext_hiding", TSPDM_SNP_PLATFORM_CIPHERTEXT_HIDING },
	{ "alias_check_complete", TSPDM_SNP_PLATFORM_ALIAS_CHECK_COMPLETE },
	{ "sev_tio", TSPDM_SNP_PLATFORM_SEV_TIO },
	{ NULL, 0 },
};

/* ---- Readers of this file's own types ---- */

/* "1.51": the ABI version as POLICY carries it, AMD 56860 "Guest policy". */
static bool read_abi(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	const char *text = json_string_value(value);
	unsigned part[2] = { 0, 0 };
	size_t at = 0;

	(void)r;
	(void)key;
	for (unsigned i = 0; text != NULL && i < 2; i++) {
		size_t first = at;

		while (text[at] >= '0' && text[at] <= '9' && at - first < 3)
			part[i] = part[i] * 10 + (unsigned)(text[at++] - '0');
		if (at == first || part[i] > UINT8_MAX || text[at] != (i == 0 ? '.' : '\0'))
			return false;
		at++;
	}
	*(uint16_t *)field = (uint16_t)(part[0] << 8 | part[1]);
	return text != NULL;
}

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

#define U8_EXPECTED "an integer of 0 to 255"
#define TCB_ROW(name, is_required)                                                                                     \
	{                                                                                                              \
#name, is_required, offsetof(struct tspdm_snp_tcb, name), tspdm_policy_read_u8, U8_EXPECTED            \
	}

static const struct policy_key tcb_keys[] = {
	TCB_ROW(bootloader, true), TCB_ROW(tee, true), TCB_ROW(snp, true), TCB_ROW(microcode, true),
	TCB_ROW(fmc, true), /* Turin only, so last: the others do without this row */
};

static bool read_floor(
	struct policy_reader *r, const json_t *value, enum tspdm_snp_product product, struct policy_floor *floor)
{
	bool has_fmc = product == TSPDM_SNP_TURIN;

	floor->is_given = true;
	if (json_is_string(value) && strcmp(json_string_value(value), "any") == 0) {
		floor->is_any = true;
		return true;
	}
	floor->tcb.has_fmc = has_fmc;
	if (tspdm_policy_read_object(r, tcb_keys, COUNT(tcb_keys) - (has_fmc ? 0 : 1), value, &floor->tcb))
		return true;
	return tspdm_policy_refuse(r, "must be an object of TCB components, or \"any\"");
}

static enum tspdm_snp_product product_by_name(const char *name)
{
	for (unsigned p = TSPDM_SNP_MILAN; p < POLICY_PRODUCTS; p++)
		if (strcmp(tspdm_snp_product_name((enum tspdm_snp_product)p), name) == 0)
			return (enum tspdm_snp_product)p;
	return TSPDM_SNP_UNKNOWN;
}

static bool read_product_floor(
	struct policy_reader *r, const char *name, const json_t *value, struct policy_floors *floors)
{
	enum tspdm_snp_product product = product_by_name(name);
	size_t mark = tspdm_policy_enter(r, name);
	bool is_good;

	is_good = product != TSPDM_SNP_UNKNOWN ? read_floor(r, value, product, &floors->by_product[product])
					       : tspdm_policy_refuse(r, "unknown key: not Milan, Genoa or Turin");
	tspdm_policy_leave(r, mark);
	return is_good;
}

static bool read_floors(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_floors *floors = (struct policy_floors *)field;
	json_t *object = (json_t *)(uintptr_t)value; /* iterators take no const */

	(void)key;
	floors->is_given = true;
	if (json_is_string(value) && strcmp(json_string_value(value), "any") == 0) {
		for (unsigned p = TSPDM_SNP_MILAN; p < POLICY_PRODUCTS; p++)
			floors->by_product[p] = (struct policy_floor){ .is_given = true, .is_any = true };
		return true;
	}
	if (!json_is_object(value) || json_object_size(value) == 0)
		return false;
	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
		if (!read_product_floor(r, json_object_iter_key(at), json_object_iter_value(at), floors))
			return false;
	return true;
}

#define BOOL_EXPECTED "true or false"
#define GUEST_ROW(name, is_required, field)                                                                            \
	{                                                                                                              \
		name, is_required, offsetof(struct policy_guest, field), tspdm_policy_read_bool, BOOL_EXPECTED         \
	}

/* The guest policy's bits that widen what the host may do have to be written; "smt" since both are usual. */
static const struct policy_key guest_keys[] = {
	GUEST_ROW("debug", true, may_debug),
	GUEST_ROW("migrate_ma", true, may_migrate_ma),
	GUEST_ROW("smt", true, may_smt),
	GUEST_ROW("cxl", false, may_cxl),
	GUEST_ROW("single_socket", false, must_single_socket),
	GUEST_ROW("aes_256_xts", false, must_aes_256_xts),
	GUEST_ROW("rapl_disabled", false, must_disable_rapl),
	GUEST_ROW("ciphertext_hiding", false, must_hide_ciphertext),
	GUEST_ROW("page_swap_disabled", false, must_disable_page_swap),
	{ "min_abi", false, offsetof(struct policy_guest, min_abi), read_abi, "a version as \"1.51\"" },
};

static bool read_guest(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	return tspdm_policy_read_object(r, guest_keys, COUNT(guest_keys), value, field);
}

#define PLATFORM_EXPECTED "a list of smt, tsme, ecc, rapl_disabled, ciphertext_hiding, alias_check_complete, sev_tio"

static const struct policy_key platform_keys[] = {
	{ "must_set", false, offsetof(struct policy_platform, must_set), tspdm_policy_read_names, PLATFORM_EXPECTED,
		.extra = tspdm_policy_platform_bits, .may_be_empty = true },
	{ "must_clear", false, offsetof(struct policy_platform, must_clear), tspdm_policy_read_names, PLATFORM_EXPECTED,
		.extra = tspdm_policy_platform_bits, .may_be_empty = true },
};

static bool read_platform(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	const struct policy_platform *platform = (const struct policy_platform *)field;

	(void)key;
	if (!tspdm_policy_read_object(r, platform_keys, COUNT(platform_keys), value, field))
		return false;
	if ((platform->must_set & platform->must_clear) != 0)
		return tspdm_policy_refuse(r, "asks for a bit both set and clear");
	return true;
}

#define ENTRY(field) offsetof(struct policy_entry, field)
/* clang-format off */
static const struct policy_key snp_keys[] = {
	{ "tee", true, ENTRY(tee), tspdm_policy_read_name, "\"sev-snp\"", .extra = tees },
	{ "product", true, ENTRY(products), tspdm_policy_read_names, "a list of Milan, Genoa, Turin, or \"any\"",
	  .extra = products, .may_be_any = true },
	{ "measurement", true, ENTRY(measurement), tspdm_policy_read_hex, "a list of 96 hex digits each, or \"any\"",
	  .len = 48, .may_be_any = true },
	{ "min_tcb", true, ENTRY(min_tcb), read_floors, "an object by product, or \"any\"" },
	{ "policy", true, ENTRY(guest), read_guest, "an object with debug, migrate_ma and smt" },
	{ "vmpl", true, ENTRY(vmpls), tspdm_policy_read_levels, "a list of 0 to 3, or \"any\"", .may_be_any = true },
	{ "host_data", true, ENTRY(host_data), tspdm_policy_read_hex, "a list of 64 hex digits each, or \"any\"",
	  .len = 32, .may_be_any = true },
	{ "signer", true, ENTRY(signers), tspdm_policy_read_names, "a list of vcek, vlek", .extra = signers },
	{ "require_crl", true, ENTRY(require_crl), tspdm_policy_read_bool, BOOL_EXPECTED },
	{ "allow_provisional", false, ENTRY(allow_provisional), tspdm_policy_read_bool, BOOL_EXPECTED },
	{ "require_chip_id", false, ENTRY(require_chip_id), tspdm_policy_read_bool, BOOL_EXPECTED },
	{ "platform_info", false, ENTRY(platform), read_platform, "an object with must_set and must_clear" },
	{ "min_guest_svn", false, ENTRY(min_guest_svn), tspdm_policy_read_u32, "an integer of 0 to 4294967295",
	  .len = UINT32_MAX },
	{ "min_launch_tcb", false, ENTRY(min_launch_tcb), read_floors, "an object by product, or \"any\"" },
	{ "launch_mit_vector", false, ENTRY(launch_mit_vector), tspdm_policy_read_mask, "a mask as \"0x1\"" },
	{ "current_mit_vector", false, ENTRY(current_mit_vector), tspdm_policy_read_mask, "a mask as \"0x1\"" },
	{ "id_key_digest", false, ENTRY(id_key_digest), tspdm_policy_read_hex, "a list of 96 hex digits each, or \"any\"",
	  .len = 48, .may_be_any = true },
	{ "author_key_digest", false, ENTRY(author_key_digest), tspdm_policy_read_hex,
	  "a list of 96 hex digits each, or \"any\"", .len = 48, .may_be_any = true },
	{ "family_id", false, ENTRY(family_id), tspdm_policy_read_hex, "a list of 32 hex digits each, or \"any\"",
	  .len = 16, .may_be_any = true },
	{ "image_id", false, ENTRY(image_id), tspdm_policy_read_hex, "a list of 32 hex digits each, or \"any\"",
	  .len = 16, .may_be_any = true },
	{ "report_id", false, ENTRY(report_id), tspdm_policy_read_hex, "a list of 64 hex digits each, or \"any\"",
	  .len = 32, .may_be_any = true },
	{ "chip_id", false, ENTRY(chip_id), tspdm_policy_read_hex, "a list of 128 hex digits each, or \"any\"",
	  .len = 64, .may_be_any = true },
	{ "csp_id", false, ENTRY(csp_id), tspdm_policy_read_texts, "a list of texts of up to 63 bytes, or \"any\"",
	  .may_be_any = true },
};
/* clang-format on */

/* A product that may be accepted but has no floor would be accepted with any TCB: that has to be written. */
static bool has_floors(
	struct policy_reader *r, const char *name, const struct policy_entry *entry, const struct policy_floors *floors)
{
	for (unsigned p = TSPDM_SNP_MILAN; p < POLICY_PRODUCTS; p++) {
		size_t mark, product_mark;

		if ((entry->products & 1U << p) == 0 || floors->by_product[p].is_given)
			continue;
		mark = tspdm_policy_enter(r, name);
		product_mark = tspdm_policy_enter(r, tspdm_snp_product_name((enum tspdm_snp_product)p));
		tspdm_policy_refuse(r, "is missing; \"product\" lists it, so give its components, or \"any\"");
		tspdm_policy_leave(r, product_mark);
		tspdm_policy_leave(r, mark);
		return false;
	}
	return true;
}

/* Other TEEs are known by name, so that a person does not hunt for a misspelling. */
static bool is_known_tee(struct policy_reader *r, const json_t *value)
{
	const char *tee = json_string_value(json_object_get(value, "tee"));
	size_t mark;

	if (tee == NULL || (strcmp(tee, "tdx") != 0 && strcmp(tee, "sgx") != 0))
		return true;
	mark = tspdm_policy_enter(r, "tee");
	tspdm_policy_refuse(r, strcmp(tee, "tdx") == 0 ? "\"tdx\" is not in this release; only \"sev-snp\" is"
						       : "\"sgx\" is not in this release; only \"sev-snp\" is");
	tspdm_policy_leave(r, mark);
	return false;
}

static bool read_entry(struct policy_reader *r, const json_t *value, struct policy_entry *entry)
{
	if (!is_known_tee(r, value))
		return false;
	if (!tspdm_policy_read_object(r, snp_keys, COUNT(snp_keys), value, entry))
		return tspdm_policy_refuse(r, "must be an object");
	if (!has_floors(r, "min_tcb", entry, &entry->min_tcb))
		return false;
	return !entry->min_launch_tcb.is_given || has_floors(r, "min_launch_tcb", entry, &entry->min_launch_tcb);
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
static bool read_snp_anchors(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_anchors *anchors = (struct policy_anchors *)field;

	(void)key;
	if (!json_is_array(value))
		return false;
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
static const struct policy_key anchor_keys[] = {
	{ "snp", true, ANCHORS(snp), read_snp_anchors,
		"a list of \"builtin\", \"configured\", or 64 hex digits (SHA-256 of a root's public key)" },
	{ "tdx", false, ANCHORS(tdx), tspdm_policy_read_names, "a list of \"builtin\", \"configured\"",
		.extra = anchor_kinds, .may_be_empty = true },
	{ "sgx", false, ANCHORS(sgx), tspdm_policy_read_names, "a list of \"builtin\", \"configured\"",
		.extra = anchor_kinds, .may_be_empty = true },
	{ "standin", false, ANCHORS(standin), tspdm_policy_read_names, "a list, empty or with \"builtin\"",
		.extra = builtin_only, .may_be_empty = true },
};

static bool read_anchors(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)key;
	return tspdm_policy_read_object(r, anchor_keys, COUNT(anchor_keys), value, field);
}

#define DEMAND_EXPECTED "\"required\", \"optional\" or \"none\""
#define BINDING(field) offsetof(struct policy_binding, field)
static const struct policy_key binding_keys[] = {
	{ "certificate", true, BINDING(certificate), tspdm_policy_read_name, DEMAND_EXPECTED, .extra = demands },
	{ "measurement", true, BINDING(measurement), tspdm_policy_read_name, DEMAND_EXPECTED, .extra = demands },
	{ "session", false, BINDING(session), tspdm_policy_read_name,
		"\"optional\" or \"none\": sessions are not in this release", .extra = session_demands },
	{ "max_age_s", false, 0, tspdm_policy_read_nothing,
		"is not in this release; fresh evidence is made for each exchange" },
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

static bool read_blocks(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	struct policy_blocks *blocks = (struct policy_blocks *)field;

	(void)key;
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
	{ "measurements", false, SPDM(measurements), read_blocks, "a list of objects with index and digest" },
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
};

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
	"  \"anchors\": { \"snp\": [\"builtin\"], \"tdx\": [\"builtin\"], \"sgx\": [\"builtin\"], \"standin\": [] },"
	"  \"accept\": [ { \"tee\": \"sev-snp\", \"product\": \"any\", \"measurement\": \"any\", \"min_tcb\": \"any\","
	"    \"policy\": { \"debug\": false, \"migrate_ma\": false, \"smt\": true, \"cxl\": true },"
	"    \"vmpl\": \"any\", \"host_data\": \"any\", \"signer\": [\"vcek\", \"vlek\"],"
	"    \"require_crl\": false, \"allow_provisional\": true } ],"
	"  \"binding\": { \"certificate\": \"optional\", \"measurement\": \"optional\" } }";

enum tspdm_status tspdm_policy_genuine(struct tspdm_policy **out)
{
	return tspdm_policy_read((struct tspdm_view){ (const uint8_t *)genuine, sizeof genuine - 1 }, out, NULL, 0);
}

static void free_entry(struct policy_entry *entry)
{
	free(entry->measurement.items);
	free(entry->host_data.items);
	free(entry->id_key_digest.items);
	free(entry->author_key_digest.items);
	free(entry->family_id.items);
	free(entry->image_id.items);
	free(entry->report_id.items);
	free(entry->chip_id.items);
	free(entry->csp_id.items);
}

void tspdm_policy_free(struct tspdm_policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->accept.count; i++)
		free_entry(&policy->accept.items[i]);
	for (size_t i = 0; i < policy->spdm.measurements.count; i++)
		free(policy->spdm.measurements.items[i].digest.items);
	free(policy->accept.items);
	free(policy->spdm.measurements.items);
	free(policy->anchors.snp.pins.items);
	free(policy);
}

bool tspdm_policy_allows_standin(const struct tspdm_policy *policy)
{
	return policy != NULL && policy->anchors.standin != 0;
}

bool tspdm_policy_requires_crl(const struct tspdm_policy *policy)
{
	for (size_t i = 0; policy != NULL && i < policy->accept.count; i++)
		if (policy->accept.items[i].require_crl)
			return true;
	return false;
}
