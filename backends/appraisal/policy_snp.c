/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The keys of an accept entry for SEV-SNP, as tables, and reading it. docs/policy.md describes the same rows for people. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy_name tees[] = {
	{ "sev-snp", TSPDM_TEE_SEV_SNP },
	{ NULL, 0 },
};

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

#define ENTRY(field) offsetof(struct policy_entry, snp.field)
/* clang-format off */
static const struct policy_key snp_keys[] = {
	{ "tee", true, offsetof(struct policy_entry, tee), tspdm_policy_read_name, "\"sev-snp\"", .extra = tees },
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

		if ((entry->snp.products & 1U << p) == 0 || floors->by_product[p].is_given)
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

bool tspdm_policy_read_snp(struct policy_reader *r, const void *json, struct policy_entry *entry)
{
	const json_t *value = (const json_t *)json;
	const struct policy_snp *snp = &entry->snp;

	if (!tspdm_policy_read_object(r, snp_keys, COUNT(snp_keys), value, entry))
		return false;
	if (!has_floors(r, "min_tcb", entry, &snp->min_tcb))
		return false;
	return !snp->min_launch_tcb.is_given || has_floors(r, "min_launch_tcb", entry, &snp->min_launch_tcb);
}

void tspdm_policy_free_snp(struct policy_snp *snp)
{
	free(snp->measurement.items);
	free(snp->host_data.items);
	free(snp->id_key_digest.items);
	free(snp->author_key_digest.items);
	free(snp->family_id.items);
	free(snp->image_id.items);
	free(snp->report_id.items);
	free(snp->chip_id.items);
	free(snp->csp_id.items);
}
