/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --device-report: what this attester hands on of the devices that are attached to it, beside evidence of its own. The
 * reports are the devices' word, for whoever asks to verify. */
#include <stdio.h>
#include <stdlib.h>

#include "../common/device_files.h"
#include "attester.h"

static enum tspdm_status make_item(
	const struct tspdm_device_record *record, struct tspdm_evidence_item *item, uint8_t **value)
{
	struct tspdm_buffer out = { NULL, 0, 0 };

	(void)!tspdm_write_device_item(&out, record); /* tells the size */
	out = (struct tspdm_buffer){ malloc(out.len + 1), out.len, 0 };
	*value = out.ptr;
	if (out.ptr == NULL)
		return TSPDM_ERR_MEMORY;
	TSPDM_TRY(tspdm_write_device_item(&out, record));
	*item = (struct tspdm_evidence_item){ TSPDM_ITEM_DEVICE_REPORT, tspdm_buffer_view(&out) };
	return TSPDM_OK;
}

static bool read_one(struct device_list *list, const char *directory, char *why)
{
	struct device_files files = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	enum tspdm_status status = device_files_read(directory, &files, why);

	if (status == TSPDM_OK) {
		const struct tspdm_device_record record = device_files_record(&files);

		status = make_item(&record, &list->items[list->count], &list->values[list->count]);
		list->count++;
		if (status != TSPDM_OK)
			snprintf(why, WHY_MAX, "--device-report %.200s: %s", directory, tspdm_status_text(status));
	}
	device_files_free(&files);
	return status == TSPDM_OK;
}

bool devices_open(struct attester *a, char *why)
{
	const struct text_list *directories = &a->options->device_reports;

	for (unsigned i = 0; i < directories->count; i++)
		if (!read_one(&a->devices, directories->items[i], why))
			return false;
	if (directories->count == 0 || a->source != NULL)
		return true;
	snprintf(why, WHY_MAX, "--device-report goes with evidence of the attester's own: --tee none has none");
	return false;
}

void devices_free(struct attester *a)
{
	for (unsigned i = 0; i < a->devices.count; i++)
		free(a->devices.values[i]);
	a->devices.count = 0;
}
