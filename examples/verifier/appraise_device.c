/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --appraise DIRECTORY: the signed measurements of a device, recorded as the files get_measurements.bin, measurements.bin,
 * chain.pem (or chain.der) and, from SPDM 1.2 on, vca.bin. Other files in it do not count: a root is not trusted because
 * it lies beside what it vouches for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier.h"

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

void device_free(struct appraisal *a)
{
	if (a->device != NULL)
		device_report_free(a->device);
	free(a->device);
	a->device = NULL;
}

void device_report_free(struct device_report *d)
{
	free(d->request.bytes);
	free(d->response.bytes);
	free(d->vca.bytes);
	free(d->chain.bytes);
}

struct tspdm_device_record device_record(const struct device_report *d)
{
	return (struct tspdm_device_record){ view_of(&d->request), view_of(&d->response), view_of(&d->vca),
		view_of(&d->chain) };
}

static bool join(const char *directory, const char *name, char *out, size_t cap, char *why)
{
	if (snprintf(out, cap, "%s/%s", directory, name) < (int)cap)
		return true;
	snprintf(why, WHY_MAX, "%.200s: the name is too long", directory);
	return false;
}

static bool read_one(const char *directory, const char *name, bool is_optional, struct file *out, char *why)
{
	char path[4096];

	if (!join(directory, name, path, sizeof path, why))
		return false;
	return (is_optional && access(path, F_OK) != 0) || file_read(path, out, why);
}

/* A file that is not there is what was typed; one that cannot be read is what the device is said to have. */
static enum tspdm_status take_chain(const struct file *text, const char *directory, struct file *out, char *why)
{
	struct tspdm_buffer der = { .ptr = malloc(text->len + 1), .cap = text->len }; /* DER is shorter than PEM */
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	out->bytes = der.ptr;
	if (der.ptr != NULL)
		status = tspdm_openssl_certificates(view_of(text), &der);
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "%.200s: its chain is not a list of certificates", directory);
	out->len = der.len;
	return status;
}

static enum tspdm_status read_chain(const char *directory, struct file *out, char *why)
{
	struct file text = { 0 };
	enum tspdm_status status;

	if (!read_one(directory, "chain.der", true, &text, why))
		return TSPDM_ERR_POLICY_FORM;
	if (text.bytes == NULL && !read_one(directory, "chain.pem", false, &text, why))
		return TSPDM_ERR_POLICY_FORM;
	status = take_chain(&text, directory, out, why);
	free(text.bytes);
	return status;
}

enum tspdm_status device_read(const char *directory, struct device_report *d, char *why)
{
	if (!read_one(directory, "get_measurements.bin", false, &d->request, why) ||
		!read_one(directory, "measurements.bin", false, &d->response, why) ||
		!read_one(directory, "vca.bin", true, &d->vca, why))
		return TSPDM_ERR_POLICY_FORM;
	return read_chain(directory, &d->chain, why);
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
	char why[WHY_MAX] = "out of memory";
	enum tspdm_status status;

	memset(a, 0, sizeof *a);
	a->subject = (struct tspdm_subject){ .name = path, .evidence_wanted = true, .time = m->time };
	a->device = calloc(1, sizeof *a->device);
	status = a->device != NULL ? device_read(path, a->device, why) : TSPDM_ERR_MEMORY;
	if (status != TSPDM_OK) {
		give_up(a, "file", status, "%.300s", why);
		return;
	}
	report.request = view_of(&a->device->request);
	report.response = view_of(&a->device->response);
	report.vca = view_of(&a->device->vca);
	report.certificates = view_of(&a->device->chain);
	report.anchors = view_of(&m->anchors);
	report.strict = m->options->is_strict ? TSPDM_STRICT_ALL : 0;
	(void)!tspdm_device_verify(m->crypto, &report, &a->device->finding); /* the finding tells it as well */
	fill_subject(a);
	devices_attach(m, a);
	tspdm_appraise(m->policy, &a->subject, &a->verdict);
}
