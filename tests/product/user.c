/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A user of the installed library: includes a public header, calls a function of the core, is linked and run. */
#include <stdio.h>
#include <string.h>
#include <tspdm/spdm.h>
#include <tspdm/status.h>

int main(void)
{
	const char *name = tspdm_code_name(TSPDM_GET_VERSION);

	printf("%s: %s\n", name, tspdm_status_text(TSPDM_OK));
	return strcmp(name, "GET_VERSION") == 0 ? 0 : 1;
}
