/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --appraise DIRECTORY: the signed measurements of a device, recorded as files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier.h"

void device_free(struct appraisal *a)
{
	if (a->device != NULL)
		device_files_free(&a->device->files);
	free(a->device);
	a->device = NULL;
}

/* What a connection would have shown, for output. */
static void fill_subject(struct appraisal *a)
{
	const struct tspdm_device_finding *f = &a->device->finding;

	a->subject.evidence.device = f;
	if (f->version == 0 || f->spki_len == 0)
		return;
	a->identity = (struct tspdm_identity){
		.is_anchored = f->base.anchor != TSPDM_ANCHOR_NONE,
		.slot = f->slot,
		.leaf = f->certificates[f->certificate_count - 1].der,
		.spki = { f->spki, f->spki_len },
	};
	a->measured = (struct tspdm_measured){
		.is_verified = f->is_signed,
		.total = (uint8_t)f->block_count,
		.content_changed = f->content_changed,
		.slot = f->slot,
		.record = f->record,
	};
	memcpy(a->measured.nonce, f->requester_nonce.ptr, TSPDM_NONCE_LEN);
	a->subject.identity = &a->identity;
	a->subject.measured = &a->measured;
}

void appraise_device(const struct material *m, const char *path, struct appraisal *a)
{
	struct tspdm_device_report report = { .size = sizeof report, .time = m->time };
	struct tspdm_device_record record;
	char why[WHY_MAX] = "out of memory";
	enum tspdm_status status;

	memset(a, 0, sizeof *a);
	a->subject = (struct tspdm_subject){ .name = path, .evidence_wanted = true, .time = m->time };
	a->device = calloc(1, sizeof *a->device);
	status = a->device != NULL ? device_files_read(path, &a->device->files, why) : TSPDM_ERR_MEMORY;
	if (status != TSPDM_OK) {
		give_up(a, "file", status, "%.300s", why);
		return;
	}
	record = device_files_record(&a->device->files);
	report.request = record.request;
	report.response = record.response;
	report.vca = record.vca;
	report.certificates = record.certificates;
	report.anchors = (struct tspdm_view){ m->anchors.bytes, m->anchors.len };
	report.strict = m->options->is_strict ? TSPDM_STRICT_ALL : 0;
	(void)!tspdm_device_verify(m->crypto, &report, &a->device->finding); /* the finding tells it as well */
	fill_subject(a);
	devices_attach(m, a);
	tspdm_appraise(m->policy, &a->subject, &a->verdict);
}
