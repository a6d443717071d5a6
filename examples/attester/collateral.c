/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --write-collateral: what the software TEE's pretended manufacturer publishes, as files for the verifier's
 * --collateral. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attester.h"

struct place {
	const char *directory;
	char *why;
};

static enum tspdm_status write_file(void *context, const char *name, struct tspdm_view content)
{
	const struct place *place = context;
	char path[4096];
	FILE *out = NULL;
	bool is_good;

	errno = ENAMETOOLONG;
	if (snprintf(path, sizeof path, "%s/%s", place->directory, name) < (int)sizeof path)
		out = fopen(path, "wb");
	is_good = out != NULL && fwrite(content.ptr, 1, content.len, out) == content.len;
	if (out != NULL && fclose(out) != 0)
		is_good = false;
	if (!is_good)
		snprintf(place->why, WHY_MAX, "--write-collateral %.200s: %s: %s", place->directory, name,
			strerror(errno));
	return is_good ? TSPDM_OK : TSPDM_ERR_SYSTEM;
}

bool collateral_write(const struct attester *a, char *why)
{
	struct place place = { .directory = a->options->write_collateral, .why = why };
	enum tspdm_status status;

	if (place.directory == NULL)
		return true;
	if (mkdir(place.directory, 0777) != 0 && errno != EEXIST) {
		snprintf(why, WHY_MAX, "--write-collateral %.200s: %s", place.directory, strerror(errno));
		return false;
	}
	status = tspdm_soft_tee_collateral(a->source, write_file, &place);
	if (status != TSPDM_OK && status != TSPDM_ERR_SYSTEM)
		snprintf(why, WHY_MAX, "--write-collateral: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}
