/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * tspdm-verifier: attests endpoints, or appraises evidence from a file, and says by its exit status whether the policy
 * trusts them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "forms.h"

enum {
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,
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

/* Prints one outcome, writes what is to stay of it, and lets go of what it held. */
static int tell(const struct material *m, struct appraisal *a)
{
	bool is_told = print_appraisal(m->options, a), is_written = print_received(m->options, a);
	int status = exit_status_of(&a->verdict);

	is_written = outcome_write(m, a) && is_written;
	release_free(&a->received);
	device_free(a);
	devices_free(a);
	bundle_free(a);
	return is_told && is_written ? status : worse_exit_status(status, EXIT_INTERNAL);
}

static int judge_all(const struct material *m, struct appraisal *a)
{
	const struct options *o = m->options;
	int worst = 0;

	if (o->appraise != NULL) {
		appraise_file(m, o->appraise, a);
		return tell(m, a);
	}
	for (unsigned i = 0; i < o->endpoints.count; i++) {
		attest_endpoint(m, o->endpoints.items[i], a);
		worst = worse_exit_status(worst, tell(m, a));
	}
	return worst;
}

static int begin(struct material *m, struct appraisal *a)
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
	return judge_all(m, a);
}

static int run(const struct options *o)
{
	struct appraisal *a = calloc(1, sizeof *a);
	struct material *m = malloc(sizeof *m);
	char why[WHY_MAX] = "out of memory";
	int status = EXIT_INTERNAL;

	if (a == NULL || m == NULL) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
	} else if (!material_read(m, o, why) || !outcome_prepare(m, why)) {
		fprintf(stderr, "tspdm-verifier: %s\n", why);
		material_free(m);
		status = EXIT_USAGE;
	} else {
		status = begin(m, a);
		material_free(m);
	}
	free(m);
	free(a);
	return status;
}

int main(int argc, char **argv)
{
	struct options *o = calloc(1, sizeof *o);
	char why[WHY_MAX] = "";
	int status = 0;

	signal(SIGPIPE, SIG_IGN); /* a peer or reader that goes away is an error to tell, not a death */
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
		status = o->check_result != NULL ? check_result(o) : run(o);
	}
	free(o);
	return status;
}
