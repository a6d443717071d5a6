/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What was expected and seen, for the checks that accept entries of all TEEs have in common. */
#include "entry_checks.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

void tspdm_entry_tell(const struct entry_checks *c, const char *name, bool is_good, const char *text)
{
	tspdm_checks_add(c->checks, name, is_good ? TSPDM_OK : TSPDM_ERR_POLICY, "accept[%zu]: %s", c->number, text);
}

bool tspdm_entry_has_value(const struct policy_values *values, struct tspdm_view seen)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->items[i].len == seen.len && memcmp(values->items[i].bytes, seen.ptr, seen.len) == 0)
			return true;
	return false;
}

void tspdm_entry_check_values(
	const struct entry_checks *c, const char *name, const struct policy_values *values, struct tspdm_view seen)
{
	char text[200], seen_hex[108], expected_hex[44] = "";
	struct tspdm_view expected = { NULL, 0 };

	if (!values->is_any && values->count == 0)
		return;
	short_hex(seen_hex, seen, 48);
	if (values->is_any) {
		snprintf(text, sizeof text, "any will do; seen %s", seen_hex);
		tspdm_entry_tell(c, name, true, text);
		return;
	}
	expected = (struct tspdm_view){ values->items[0].bytes, values->items[0].len };
	short_hex(expected_hex, expected, 16);
	if (tspdm_entry_has_value(values, seen))
		snprintf(text, sizeof text, "%s", seen_hex);
	else if (values->count == 1)
		snprintf(text, sizeof text, "expected %s, seen %s", expected_hex, seen_hex);
	else
		snprintf(text, sizeof text, "expected %s or %zu other%s, seen %s", expected_hex, values->count - 1,
			values->count > 2 ? "s" : "", seen_hex);
	tspdm_entry_tell(c, name, tspdm_entry_has_value(values, seen), text);
}

void tspdm_entry_check_bits(
	const struct entry_checks *c, const char *name, const struct policy_bits *bits, struct tspdm_view seen)
{
	char text[200], seen_hex[44], value_hex[44], mask_hex[44];
	bool is_good = seen.len <= POLICY_MASK_MAX;

	if (!bits->is_given)
		return;
	short_hex(seen_hex, seen, POLICY_MASK_MAX);
	if (bits->is_any) {
		snprintf(text, sizeof text, "any will do; seen %s", seen_hex);
		tspdm_entry_tell(c, name, true, text);
		return;
	}
	for (size_t i = 0; is_good && i < seen.len; i++)
		is_good = ((seen.ptr[i] ^ bits->value[i]) & bits->mask[i]) == 0;
	short_hex(value_hex, (struct tspdm_view){ bits->value, seen.len }, POLICY_MASK_MAX);
	short_hex(mask_hex, (struct tspdm_view){ bits->mask, seen.len }, POLICY_MASK_MAX);
	if (is_good)
		snprintf(text, sizeof text, "%s", seen_hex);
	else
		snprintf(text, sizeof text, "expected %s under the mask %s, seen %s", value_hex, mask_hex, seen_hex);
	tspdm_entry_tell(c, name, is_good, text);
}
