/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A device's report in a directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tspdm/openssl.h>

#include "device_files.h"

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

void device_files_free(struct device_files *d)
{
	free(d->request.bytes);
	free(d->response.bytes);
	free(d->vca.bytes);
	free(d->chain.bytes);
}

struct tspdm_device_record device_files_record(const struct device_files *d)
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

enum tspdm_status device_files_read(const char *directory, struct device_files *d, char *why)
{
	if (!read_one(directory, "get_measurements.bin", false, &d->request, why) ||
		!read_one(directory, "measurements.bin", false, &d->response, why) ||
		!read_one(directory, "vca.bin", true, &d->vca, why))
		return TSPDM_ERR_POLICY_FORM;
	return read_chain(directory, &d->chain, why);
}
