/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --caps: capability flags by the standard's names. */
#include <string.h>

#include "common.h"

#define EXPECTED "must be a list as +HBEAT,-ENCRYPT, with the standard's names"

struct capability_list {
	uint32_t flags;
	const char *(*reason_against)(uint32_t flags);
	const char *reason;
};

static const struct tspdm_capability_name *find_row(const char *name)
{
	const struct tspdm_capability_name *row;

	for (unsigned i = 0; (row = tspdm_capability_row(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static bool take_capability(const char *item, void *to)
{
	struct capability_list *list = to;
	const struct tspdm_capability_name *row = find_row(item + 1);

	list->reason = EXPECTED;
	if ((item[0] != '+' && item[0] != '-') || row == NULL)
		return false;
	list->reason = item[0] == '+' ? list->reason_against(row->value) : NULL;
	if (list->reason != NULL)
		return false;
	if (item[0] == '+')
		list->flags = (list->flags & ~row->mask) | row->value;
	else if ((list->flags & row->mask) == row->value)
		list->flags &= ~row->mask;
	return true;
}

bool take_capabilities(uint32_t *out, const char *value, const char *(*reason_against)(uint32_t flags), char *why)
{
	struct capability_list list = { *out, reason_against, EXPECTED };

	if (!take_list(value, take_capability, &list))
		return refuse(why, "caps", value, list.reason != NULL ? list.reason : EXPECTED);
	*out = list.flags;
	return true;
}
