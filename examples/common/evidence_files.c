/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What evidence is verified and judged by, from files: bounded, and all of it or nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "evidence_files.h"

static bool fail(char *why, const char *path)
{
	snprintf(why, WHY_MAX, "%.300s: %s", path, strerror(errno));
	return false;
}

bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool add_file(const char *path, struct files *out, char *why)
{
	const char *name;

	if (out->count == sizeof out->items / sizeof out->items[0]) {
		snprintf(why, WHY_MAX, "%.200s: too many files", path);
		return false;
	}
	if (!file_read(path, &out->items[out->count], why))
		return false;
	name = strrchr(path, '/');
	snprintf(out->names[out->count], sizeof out->names[0], "%.63s", name != NULL ? name + 1 : path);
	out->count++;
	return true;
}

static bool read_names(const char *directory, struct dirent **names, int count, struct files *out, char *why)
{
	char path[4096];

	for (int i = 0; i < count; i++) {
		if (snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name) >= (int)sizeof path) {
			snprintf(why, WHY_MAX, "%.200s: a name in it is too long", directory);
			return false;
		}
		if (!is_directory(path) && !add_file(path, out, why))
			return false;
	}
	return true;
}

bool files_read(const char *path, struct files *out, char *why)
{
	struct dirent **names;
	bool is_good;
	int count;

	if (!is_directory(path))
		return add_file(path, out, why);
	count = scandir(path, &names, NULL, alphasort);
	if (count < 0)
		return fail(why, path);
	is_good = read_names(path, names, count, out, why);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return is_good;
}

void files_free(struct files *files)
{
	for (unsigned i = 0; i < files->count; i++)
		free(files->items[i].bytes);
	files->count = 0;
}

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

/* ---- What they are ---- */

/* What a file of this name holds, as the provisioning certification service's tools name them. */
static void take_collateral(struct tspdm_dcap_collateral *c, const char *name, struct tspdm_view content)
{
	const struct {
		const char *name;
		struct tspdm_view *field;
	} rows[] = {
		{ "tcb_info.json", &c->tcb_info },
		{ "qe_identity.json", &c->qe_identity },
		{ "tcb_signing_chain.pem", &c->tcb_signing_chain },
		{ "qe_identity_signing_chain.pem", &c->qe_identity_signing_chain },
		{ "pck_crl.der", &c->pck_crl },
		{ "pck_crl.pem", &c->pck_crl },
		{ "pck_crl_issuer_chain.pem", &c->pck_crl_issuer_chain },
		{ "root_ca_crl.der", &c->root_ca_crl },
		{ "root_ca_crl.pem", &c->root_ca_crl },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, name) == 0)
			*rows[i].field = content;
}

void files_sort(const struct files *files, struct tspdm_view *views, struct tspdm_dcap_collateral *collateral)
{
	for (unsigned i = 0; i < files->count; i++) {
		views[i] = view_of(&files->items[i]);
		take_collateral(collateral, files->names[i], views[i]);
	}
}

/* ---- Policy ---- */

bool policy_load(const char *path, struct tspdm_policy **out, struct file *text, char *why)
{
	char detail[WHY_MAX / 2];

	if (strcmp(path, "genuine") == 0)
		return tspdm_policy_genuine(out) == TSPDM_OK;
	if (!file_read(path, text, why))
		return false;
	if (tspdm_policy_read(view_of(text), out, detail, sizeof detail) == TSPDM_OK)
		return true;
	snprintf(why, WHY_MAX, "%.200s: %s", path, detail);
	return false;
}
