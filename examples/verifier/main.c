/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-verifier: attests endpoints, or appraises evidence from a file, and says by its exit status whether the policy
 * trusts them. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"
#include "forms.h"

enum {
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,
	SPARSE_LEN = 32768, /* bytes: what is as long as this is a mapping of its own */
};

int exit_status_of(const struct tspdm_verdict *verdict)
{
	bool is_good = verdict->kind == TSPDM_VERDICT_ACCEPT || verdict->kind == TSPDM_VERDICT_WARN;
	int status = tspdm_exit_status(verdict->status);

	return status == 0 && !is_good ? EXIT_INTERNAL : status;
}

/* The highest of 4 to 8 wins over 3, 3 over what is the caller's or the system's fault, and that over 0. */
int worse_exit_status(int a, int b)
{
	return a > b ? a : b;
}

static bool report(const struct material *m, const struct appraisal *a)
{
	return print_appraisal(m->options, a) && result_write(m, a);
}

static int judge_file(const struct material *m)
{
	struct appraisal *a = calloc(1, sizeof *a);
	bool is_told, is_written;
	int status;

	if (a == NULL)
		return EXIT_INTERNAL;
	appraise_file(m, m->options->appraise, a);
	is_told = print_appraisal(m->options, a);
	is_written = outcome_write(m, a);
	status = exit_status_of(&a->verdict);
	appraisal_free(a);
	return is_told && is_written ? status : worse_exit_status(status, EXIT_INTERNAL);
}

/* `signal` is the one that ended the run before all was done, or 0. */
static int begin(struct material *m, int *signal)
{
	char why[WHY_MAX] = "";

	if (tspdm_openssl_new(&m->crypto) != TSPDM_OK) {
		fprintf(stderr, "tspdm-verifier: OpenSSL cannot be used\n");
		return EXIT_INTERNAL;
	}
	m->report = report;
	switch (own_tee_open(m, why)) {
	case TSPDM_OK:
		break;
	case TSPDM_ERR_EVIDENCE_SOURCE:
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		return tspdm_exit_status(TSPDM_ERR_EVIDENCE_MISSING);
	default:
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		return EXIT_USAGE;
	}
	if (m->options->appraise == NULL && !session_check_options(m, why)) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		return EXIT_USAGE;
	}
	return m->options->appraise != NULL ? judge_file(m) : fleet_run(m, signal);
}

static int run(const struct options *o, int *signal)
{
	struct material *m = malloc(sizeof *m);
	char why[WHY_MAX] = "out of memory";
	int status = EXIT_INTERNAL;

	if (m == NULL) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
	} else if (!material_read(m, o, why) || !outcome_prepare(m, why)) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		material_free(m);
		status = EXIT_USAGE;
	} else {
		status = begin(m, signal);
		material_free(m);
	}
	free(m);
	return status;
}

int main(int argc, char **argv)
{
	struct options *o = calloc(1, sizeof *o);
	char why[WHY_MAX] = "";
	int status = 0, ended_by = 0;

	signal(SIGPIPE, SIG_IGN); /* a peer or reader that goes away is an error to tell, not a death */
	/* what is mostly never written to is not to be cleared, and what was freed is given back */
	(void)mallopt(M_MMAP_THRESHOLD, SPARSE_LEN);
	if (o == NULL)
		return EXIT_INTERNAL;
	if (!options_read(o, argc, argv, why)) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		status = EXIT_USAGE;
	} else if (o->wants_help) {
		options_help();
	} else if (o->wants_version) {
		printf("tspdm-verifier %s\n", TSPDM_PROGRAM_VERSION);
	} else {
		status = o->check_result != NULL ? check_result(o) : run(o, &ended_by);
	}
	endpoints_free(&o->endpoints);
	free(o);
	if (ended_by != 0) /* so that who started the program knows: a shell's loop ends, too */
		(void)raise(ended_by);
	return status;
}
