/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What was found in an attestation result, as JSON: docs/policy.md "A result that is relied on". */
#include <stdlib.h>

#include <jansson.h>

#include <tspdm/result.h>

#include "device_json.h"

int tspdm_result_exit_status(const struct tspdm_result *result)
{
	if (result->status != TSPDM_OK)
		return tspdm_exit_status(result->status);
	return result->tier == TSPDM_TRUST_AFFIRMING || result->tier == TSPDM_TRUST_WARNING
		       ? 0
		       : tspdm_exit_status(TSPDM_ERR_POLICY);
}

static json_t *vector(const struct tspdm_trust_vector *v)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "instance-identity", v->instance_identity,
		"configuration", v->configuration, "executables", v->executables, "file-system", v->file_system,
		"hardware", v->hardware, "runtime-opaque", v->runtime_opaque, "storage-opaque", v->storage_opaque,
		"sourced-data", v->sourced_data);
}

/* Names are the verifier's, which may have any that JSON has. */
static json_t *parts(const struct tspdm_result *result)
{
	json_t *object = json_object();

	for (unsigned i = 0; object != NULL && i < result->part_count; i++) {
		const struct tspdm_result_part *part = &result->parts[i];
		json_t *item = json_pack(
			"{s:s, s:o}", "status", tspdm_trust_tier_name(part->status), "vector", vector(&part->vector));

		if (json_object_set_new(object, part->name, item) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *time_or_null(int64_t seconds)
{
	return seconds != 0 ? tspdm_json_time(seconds) : json_null();
}

enum tspdm_status tspdm_result_json(const char *subject, const struct tspdm_result *result, char **json)
{
	json_t *name = json_string(subject);
	json_t *root = json_pack("{s:s, s:o, s:b, s:s, s:i, s:o, s:o, s:{s:s, s:s}, s:o, s:o}", "schema",
		"tspdm.result/1", "subject", name != NULL ? name : json_null(), "valid", result->status == TSPDM_OK,
		"result", tspdm_trust_tier_name(result->tier), "status", tspdm_result_exit_status(result), "issued",
		time_or_null(result->issued), "expires", time_or_null(result->expires), "verifier", "developer",
		result->developer, "build", result->build, "submods", parts(result), "checks",
		tspdm_json_checks(&result->checks));

	*json = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return *json != NULL ? TSPDM_OK : TSPDM_ERR_MEMORY;
}
