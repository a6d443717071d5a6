/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Devices that are attached to what is appraised: their reports come from directories (--device), or from the peer in its
 * session, and count for the one verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier.h"

static enum tspdm_status verify(
	const struct material *m, const struct tspdm_device_record *record, struct tspdm_device_finding **out)
{
	const struct tspdm_device_report report = {
		.size = sizeof report,
		.request = record->request,
		.response = record->response,
		.vca = record->vca,
		.certificates = record->certificates,
		.anchors = { m->anchors.bytes, m->anchors.len },
		.strict = m->options->is_strict ? TSPDM_STRICT_ALL : 0,
		.time = m->time,
	};

	*out = malloc(sizeof **out);
	if (*out == NULL)
		return TSPDM_ERR_MEMORY;
	(void)!tspdm_device_verify(m->crypto, &report, *out); /* the finding tells it as well */
	return TSPDM_OK;
}

/* One that finds no room, or no memory, is one that nobody has vouched for: it shows as such. */
static void attach(struct appraisal *a, const char *name, const struct tspdm_device_record *record,
	struct tspdm_device_finding *finding)
{
	struct attached_device *d = &a->attached.items[a->attached.count];

	d->record = *record;
	d->finding = finding;
	snprintf(d->name, sizeof d->name, "%s", name);
	a->attached.subjects[a->attached.count++] = (struct tspdm_subject_device){ d->name, finding };
}

static void add(
	const struct material *m, struct appraisal *a, const char *name, const struct tspdm_device_record *record)
{
	struct tspdm_device_finding *finding = NULL;

	if (a->attached.count < TSPDM_DEVICES_MAX && verify(m, record, &finding) == TSPDM_OK)
		attach(a, name, record, finding);
	else
		tspdm_checks_add(&a->subject.binding, "device", TSPDM_ERR_MEMORY,
			"%.100s: too many devices, or no memory", name);
}

/* Those that the subject brings itself, out of a bundle. */
static void take_own(struct appraisal *a)
{
	const struct tspdm_subject_device *own = a->subject.devices;
	uint32_t count = own != a->attached.subjects ? a->subject.device_count : 0;

	for (uint32_t i = 0; i < count && a->attached.count < TSPDM_DEVICES_MAX; i++)
		a->attached.subjects[a->attached.count++] = own[i];
}

void devices_attach(const struct material *m, struct appraisal *a)
{
	a->attached.count = 0;
	take_own(a);
	for (unsigned i = 0; i < m->device_count; i++) {
		const struct tspdm_device_record record = device_files_record(&m->devices[i]);

		add(m, a, m->options->devices.items[i], &record);
	}
	a->subject.devices = a->attached.subjects;
	a->subject.device_count = a->attached.count;
}

void devices_take_items(const struct material *m, struct appraisal *a, struct tspdm_view items)
{
	struct tspdm_evidence_item item;
	unsigned number = 0;
	char name[32];

	devices_free(a);
	devices_attach(m, a);
	while (tspdm_next_evidence_item(&items, &item) == TSPDM_OK) {
		struct tspdm_device_record record;
		enum tspdm_status status;

		if (item.type != TSPDM_ITEM_DEVICE_REPORT)
			continue;
		snprintf(name, sizeof name, "the peer's device %u", ++number);
		status = tspdm_read_device_item(item.value, &record);
		if (status == TSPDM_OK)
			add(m, a, name, &record);
		else
			tspdm_checks_add(
				&a->subject.binding, "device", status, "%s: %s", name, tspdm_status_text(status));
	}
	a->subject.device_count = a->attached.count;
}

void devices_free(struct appraisal *a)
{
	for (unsigned i = 0; i < TSPDM_DEVICES_MAX; i++) {
		free(a->attached.items[i].finding);
		a->attached.items[i].finding = NULL;
	}
	a->attached.count = 0;
}

bool devices_read(struct material *m, const struct options *o, char *why)
{
	for (unsigned i = 0; i < o->devices.count; i++) {
		if (device_files_read(o->devices.items[i], &m->devices[i], why) != TSPDM_OK)
			return false;
		m->device_count++;
	}
	return true;
}
