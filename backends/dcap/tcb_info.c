/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TCB info, version 3: which levels of a platform's TCB there are and what Intel says of each. Intel PCS API version 4
 * "Get TCB info". */
#include <stdlib.h>
#include <string.h>

#include "fields.h"

enum { TCB_INFO_VERSION = 3, TCB_TYPE = 0 };

static void read_components(
	struct dcap_fields *fields, const json_t *tcb, const char *key, uint8_t out[DCAP_COMPONENTS])
{
	const json_t *list = tspdm_dcap_field_array(fields, tcb, key, DCAP_COMPONENTS, DCAP_COMPONENTS);

	for (size_t i = 0; i < json_array_size(list); i++)
		out[i] = (uint8_t)tspdm_dcap_field_number(fields, json_array_get(list, i), "svn", UINT8_MAX);
}

static void read_level(struct dcap_fields *fields, const json_t *item, bool is_tdx, struct dcap_level *out)
{
	const json_t *tcb = tspdm_dcap_field_object(fields, item, "tcb");

	read_components(fields, tcb, "sgxtcbcomponents", out->sgx);
	if (is_tdx)
		read_components(fields, tcb, "tdxtcbcomponents", out->tdx);
	out->pce_svn = (uint16_t)tspdm_dcap_field_number(fields, tcb, "pcesvn", UINT16_MAX);
	out->status = tspdm_dcap_field_status(fields, item);
	tspdm_dcap_field_date(fields, item, "tcbDate", &out->date);
	tspdm_dcap_field_advisories(fields, item, &out->advisories);
}

static bool at_least(const struct dcap_level *a, const struct dcap_level *b)
{
	for (size_t i = 0; i < DCAP_COMPONENTS; i++)
		if (a->sgx[i] < b->sgx[i] || a->tdx[i] < b->tdx[i])
			return false;
	return a->pce_svn >= b->pce_svn;
}

/* Levels are served newest first. Should one stand behind another that it surpasses, it is moved before that; levels
 * of which neither surpasses the other stay as Intel has them. */
static void sort_levels(struct dcap_tcb_info *info)
{
	for (unsigned i = 1; i < info->level_count; i++) {
		unsigned to = 0;
		struct dcap_level moved;

		while (to < i && !(at_least(&info->levels[i], &info->levels[to]) &&
					 !at_least(&info->levels[to], &info->levels[i])))
			to++;
		if (to == i)
			continue;
		moved = info->levels[i];
		memmove(&info->levels[to + 1], &info->levels[to], (i - to) * sizeof info->levels[0]);
		info->levels[to] = moved;
	}
}

static void read_levels(struct dcap_fields *fields, const json_t *object, struct dcap_tcb_info *out)
{
	const json_t *list = tspdm_dcap_field_array(fields, object, "tcbLevels", 1, DCAP_LEVELS_MAX);

	for (size_t i = 0; i < json_array_size(list); i++)
		read_level(fields, json_array_get(list, i), out->is_tdx, &out->levels[out->level_count++]);
	sort_levels(out);
}

static void read_module_identity(struct dcap_fields *fields, const json_t *object, struct dcap_module *out)
{
	tspdm_dcap_field_hex(fields, object, "mrsigner", out->mr_signer, sizeof out->mr_signer);
	tspdm_dcap_field_hex(fields, object, "attributes", out->attributes, sizeof out->attributes);
	tspdm_dcap_field_hex(fields, object, "attributesMask", out->attributes_mask, sizeof out->attributes_mask);
}

static void read_numbered_module(struct dcap_fields *fields, const json_t *object, struct dcap_module *out)
{
	const char *id = tspdm_dcap_field_text(fields, object, "id");

	if (strlen(id) < sizeof out->id)
		memcpy(out->id, id, strlen(id) + 1);
	else
		tspdm_dcap_wrong(fields, "id");
	read_module_identity(fields, object, out);
	tspdm_dcap_field_isv_levels(fields, object, &out->levels);
}

/* Infos from before 2024 have no tdxModuleIdentities. */
static void read_modules(struct dcap_fields *fields, const json_t *object, struct dcap_tcb_info *out)
{
	const json_t *list = NULL;

	read_module_identity(fields, tspdm_dcap_field_object(fields, object, "tdxModule"), &out->module);
	if (json_object_get(object, "tdxModuleIdentities") != NULL)
		list = tspdm_dcap_field_array(fields, object, "tdxModuleIdentities", 0, DCAP_MODULES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		read_numbered_module(fields, json_array_get(list, i), &out->modules[out->module_count++]);
}

static void read_info(struct dcap_fields *fields, const json_t *object, struct dcap_tcb_info *out)
{
	if (strcmp(tspdm_dcap_field_text(fields, object, "id"), out->is_tdx ? "TDX" : "SGX") != 0)
		tspdm_dcap_wrong(fields, "id");
	if (tspdm_dcap_field_number(fields, object, "version", UINT8_MAX) != TCB_INFO_VERSION)
		tspdm_dcap_wrong(fields, "version");
	if (tspdm_dcap_field_number(fields, object, "tcbType", UINT8_MAX) != TCB_TYPE)
		tspdm_dcap_wrong(fields, "tcbType");
	tspdm_dcap_field_validity(fields, object, &out->validity);
	tspdm_dcap_field_hex(fields, object, "fmspc", out->fmspc, sizeof out->fmspc);
	tspdm_dcap_field_hex(fields, object, "pceId", out->pce_id, sizeof out->pce_id);
	if (out->is_tdx)
		read_modules(fields, object, out);
	read_levels(fields, object, out);
}

bool tspdm_dcap_read_tcb_info(struct tspdm_view text, bool is_tdx, struct dcap_tcb_info *out, const char **why)
{
	struct dcap_fields fields = { .wrong = NULL };
	json_t *object = tspdm_dcap_parse_json(text);

	memset(out, 0, sizeof *out);
	out->is_tdx = is_tdx;
	if (object == NULL)
		tspdm_dcap_wrong(&fields, "tcbInfo");
	else
		read_info(&fields, object, out);
	json_decref(object);
	*why = fields.wrong;
	return fields.wrong == NULL;
}
