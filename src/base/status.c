/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Names, texts and classes of statuses, all from the one table in the header. */
#include <tspdm/status.h>

struct row {
	int value;
	const char *name;
	const char *text;
};

#define ROW(name, value, text) { value, #name, text },
static const struct row rows[] = { TSPDM_STATUS_ROWS(ROW) };

static const struct row *find(enum tspdm_status status)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].value == (int)status)
			return &rows[i];
	return NULL;
}

const char *tspdm_status_text(enum tspdm_status status)
{
	const struct row *row = find(status);

	return row != NULL ? row->text : "unknown status";
}

const char *tspdm_status_name(enum tspdm_status status)
{
	const struct row *row = find(status);

	return row != NULL ? row->name : "unknown status";
}

enum tspdm_status_class tspdm_status_class(enum tspdm_status status)
{
	int value = (int)status;

	if (value >= 0)
		return TSPDM_CLASS_SUCCESS;
	if (find(status) == NULL)
		return TSPDM_CLASS_CALLER;
	return (enum tspdm_status_class)(TSPDM_CLASS_CALLER + (-value / 100 - 1));
}
