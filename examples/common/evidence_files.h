/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What evidence is verified and judged by, from files: certificates, collateral, a policy. */
#ifndef EXAMPLES_EVIDENCE_FILES_H
#define EXAMPLES_EVIDENCE_FILES_H

#include <tspdm/appraisal.h>

#include "common.h"

enum { FILES_MAX = 256 };

struct files {
	struct file items[FILES_MAX];
	char names[FILES_MAX][64]; /* without the directory; cut to fit */
	unsigned count;
};

bool is_directory(const char *path);
/* Reads a file, or each file of a directory in the order of their names. */
bool files_read(const char *path, struct files *out, char *why);
void files_free(struct files *files);
/* Views of them all, FILES_MAX at most, and which of them are collateral, by their names. */
void files_sort(const struct files *files, struct tspdm_view *views, struct tspdm_dcap_collateral *collateral);

/* A policy file, or "genuine", the one that is built in. `text` is its text, and empty for that; to be freed. */
bool policy_load(const char *path, struct tspdm_policy **out, struct file *text, char *why);

#endif
