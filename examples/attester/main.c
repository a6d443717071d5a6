/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-attester: serves an identity, measurements and TEE evidence over SPDM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "server.h"

static enum exit_status run(struct options *o)
{
	struct attester *a = NULL;
	char why[WHY_MAX] = "";
	enum exit_status status;

	log_setup(o->log_level, o->is_log_json);
	status = descriptors_open(o, why);
	if (status == EXIT_GOOD)
		status = attester_new(o, NULL, &a, why);
	if (status == EXIT_GOOD)
		status = server_run(a);
	else
		log_line(LOG_ERROR, "failed", NULL, "tspdm-attester: %s", why);
	if (a != NULL)
		attester_release(a);
	return status;
}

int main(int argc, char **argv)
{
	struct options *o = calloc(1, sizeof *o);
	char why[WHY_MAX] = "";
	enum exit_status status = EXIT_GOOD;

	signal(SIGPIPE, SIG_IGN); /* a reader of the log that goes away is no reason to die */
	if (o == NULL)
		return EXIT_SYSTEM;
	if (!options_read(o, argc, argv, why)) {
		fprintf(stderr, "tspdm-attester: %s\n", why);
		status = EXIT_USAGE;
	} else if (o->wants_help) {
		options_help();
	} else if (o->wants_version) {
		printf("tspdm-attester %s\n", TSPDM_PROGRAM_VERSION);
	} else {
		status = run(o);
	}
	free(o);
	return (int)status;
}
