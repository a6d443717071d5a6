/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A case of the genuine SEV-SNP samples: report, certificates and what is expected of them. */
#ifndef TESTS_SNP_CASE_H
#define TESTS_SNP_CASE_H

#include <jansson.h>

#include <tspdm/sev_snp.h>

enum { SNP_CASE_COUNT = 10 };

struct snp_case {
	const char *name;
	struct tspdm_view report, ek, ca, ark, auxblob; /* freed by snp_case_close() */
	json_t *expected;
	int64_t not_before, not_after; /* of the endorsement key */
	bool is_vlek;
};

extern const char *const snp_case_names[SNP_CASE_COUNT];

/* Whether the samples are there; where not, a test skips. */
bool snp_samples_exist(void);
/* @param name  below testdata/snp; an empty view if the file is not there */
struct tspdm_view snp_sample(const char *name);
void snp_sample_free(struct tspdm_view view);

bool snp_case_open(struct snp_case *out, const char *name);
void snp_case_close(struct snp_case *c);

/* An input with the case's three certificates, judged a day after the endorsement key was made.
 * @param certificates  room for three */
struct tspdm_snp_input snp_case_input(const struct snp_case *c, struct tspdm_view certificates[3]);

#endif
