/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Where the model is not mounted: those cases are skipped, and say so. */
#include "tsm_model.h"

const char *tsm_mount(const char **why)
{
	*why = "the model is not mounted in this build";
	return NULL;
}

void tsm_unmount(void)
{
}
