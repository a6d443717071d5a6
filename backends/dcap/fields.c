/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fields of collateral: each has to be there, of its kind, and within its bounds. Intel PCS API version 4. */
#include "fields.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

json_t *tspdm_dcap_parse_json(struct tspdm_view text)
{
	json_t *object = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

void tspdm_dcap_wrong(struct dcap_fields *fields, const char *key)
{
	if (fields->wrong == NULL)
		fields->wrong = key;
}

uint32_t tspdm_dcap_field_number(struct dcap_fields *fields, const json_t *object, const char *key, uint32_t max)
{
	const json_t *value = json_object_get(object, key);
	json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= 0 && number <= (json_int_t)max)
		return (uint32_t)number;
	tspdm_dcap_wrong(fields, key);
	return 0;
}

static int nibble(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

const char *tspdm_dcap_field_text(struct dcap_fields *fields, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		tspdm_dcap_wrong(fields, key);
	return text != NULL ? text : "";
}

/* Both cases occur: "B0C06F000000" and "b0c06f000000". */
void tspdm_dcap_field_hex(struct dcap_fields *fields, const json_t *object, const char *key, uint8_t *out, size_t len)
{
	const char *text = tspdm_dcap_field_text(fields, object, key);

	memset(out, 0, len);
	if (strlen(text) != 2 * len) {
		tspdm_dcap_wrong(fields, key);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		int high = nibble(text[2 * i]);
		int low = nibble(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			tspdm_dcap_wrong(fields, key);
			return;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
}

const json_t *tspdm_dcap_field_object(struct dcap_fields *fields, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_object(value))
		tspdm_dcap_wrong(fields, key);
	return value;
}

const json_t *tspdm_dcap_field_array(
	struct dcap_fields *fields, const json_t *object, const char *key, size_t min, size_t max)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_array(value) && json_array_size(value) >= min && json_array_size(value) <= max)
		return value;
	tspdm_dcap_wrong(fields, key);
	return NULL; /* of which json_array_size() is 0 */
}

/* Only "YYYY-MM-DDThh:mm:ssZ"; what strptime() would be lenient about, writing it again shows. */
void tspdm_dcap_field_date(struct dcap_fields *fields, const json_t *object, const char *key, struct dcap_date *out)
{
	const char *text = tspdm_dcap_field_text(fields, object, key);
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	*out = (struct dcap_date){ .seconds = -1 };
	if (end != NULL && *end == '\0') {
		out->seconds = (int64_t)timegm(&tm);
		tspdm_dcap_time_text(out->seconds, out->text);
	}
	if (out->seconds < 0 || strcmp(out->text, text) != 0)
		tspdm_dcap_wrong(fields, key);
}

enum tspdm_tcb_status tspdm_dcap_field_status(struct dcap_fields *fields, const json_t *object)
{
	enum tspdm_tcb_status status = tspdm_tcb_status_of_name(tspdm_dcap_field_text(fields, object, "tcbStatus"));

	/* the two names that are ours, and those that are the result of a comparison, do not stand in collateral */
	if (status == TSPDM_TCB_NOT_SUPPORTED || status == TSPDM_TCB_TD_RELAUNCH_ADVISED ||
		status == TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED)
		status = TSPDM_TCB_NOT_EVALUATED;
	if (status == TSPDM_TCB_NOT_EVALUATED)
		tspdm_dcap_wrong(fields, "tcbStatus");
	return status;
}

static bool take_advisory(const json_t *value, char out[TSPDM_ADVISORY_LEN])
{
	const char *text = json_string_value(value);
	size_t len = text != NULL ? strlen(text) : 0;

	if (len == 0 || len >= TSPDM_ADVISORY_LEN || len != json_string_length(value))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)text[i]))
			return false;
	memcpy(out, text, len + 1);
	return true;
}

void tspdm_dcap_field_advisories(struct dcap_fields *fields, const json_t *object, struct dcap_advisories *out)
{
	const json_t *list;

	out->count = 0;
	if (json_object_get(object, "advisoryIDs") == NULL)
		return;
	list = tspdm_dcap_field_array(fields, object, "advisoryIDs", 0, DCAP_LEVEL_ADVISORIES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (take_advisory(json_array_get(list, i), out->items[out->count]))
			out->count++;
		else
			tspdm_dcap_wrong(fields, "advisoryIDs");
}

void tspdm_dcap_field_validity(struct dcap_fields *fields, const json_t *object, struct dcap_validity *out)
{
	tspdm_dcap_field_date(fields, object, "issueDate", &out->issued);
	tspdm_dcap_field_date(fields, object, "nextUpdate", &out->expires);
	out->evaluation_number = tspdm_dcap_field_number(fields, object, "tcbEvaluationDataNumber", INT32_MAX);
}

/* Newest first, as served; put in order should it ever be otherwise. Equal ones keep their order. */
static void sort_isv_levels(struct dcap_isv_levels *levels)
{
	for (unsigned i = 1; i < levels->count; i++)
		for (unsigned k = i; k > 0 && levels->items[k - 1].isv_svn < levels->items[k].isv_svn; k--) {
			struct dcap_isv_level swap = levels->items[k];

			levels->items[k] = levels->items[k - 1];
			levels->items[k - 1] = swap;
		}
}

void tspdm_dcap_field_isv_levels(struct dcap_fields *fields, const json_t *object, struct dcap_isv_levels *out)
{
	const json_t *list = tspdm_dcap_field_array(fields, object, "tcbLevels", 1, DCAP_MODULE_LEVELS_MAX);

	out->count = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const json_t *tcb = tspdm_dcap_field_object(fields, item, "tcb");
		struct dcap_isv_level *level = &out->items[out->count++];

		level->isv_svn = (uint16_t)tspdm_dcap_field_number(fields, tcb, "isvsvn", UINT16_MAX);
		level->status = tspdm_dcap_field_status(fields, item);
		tspdm_dcap_field_date(fields, item, "tcbDate", &level->date);
		tspdm_dcap_field_advisories(fields, item, &level->advisories);
	}
	sort_isv_levels(out);
}
