/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A case of the genuine TDX or SGX samples: the quote, its sets of collateral, and what is expected of them. */
#ifndef TESTS_DCAP_CASE_H
#define TESTS_DCAP_CASE_H

#include <jansson.h>

#include <tspdm/sgx.h>
#include <tspdm/tdx.h>

enum { DCAP_SETS_MAX = 4 };

struct dcap_set {
	const char *name;       /* "collateral-2025-06-19" */
	const json_t *expected; /* one of "evaluations" */
	struct tspdm_dcap_collateral collateral;
	int64_t time;
};

struct dcap_case {
	char name[96]; /* "tdx/01-…" */
	enum tspdm_tee tee;
	struct tspdm_view quote;
	json_t *expected;
	struct dcap_set sets[DCAP_SETS_MAX];
	size_t set_count;
};

/* What both findings have. */
struct dcap_result {
	const struct tspdm_finding *base;
	const struct tspdm_tcb *tcb;
	bool is_debug;
	bool crl_checked;
};

extern const char *const dcap_tdx_names[], *const dcap_sgx_names[]; /* NULL ends each */

/* Whether the samples are there; where not, a test skips. */
bool dcap_samples_exist(void);
/* @param name  below testdata; an empty view if the file is not there. Exactly as large as the file. */
struct tspdm_view dcap_sample(const char *name);
void dcap_sample_free(struct tspdm_view view);

/* @param name  "tdx/01-…" or "sgx/…" */
bool dcap_case_open(struct dcap_case *out, const char *name);
void dcap_case_close(struct dcap_case *c);

struct tspdm_dcap_input dcap_case_input(const struct dcap_case *c, const struct dcap_set *set);
/* Verifies as what the case is. The result is of the last verification only. */
enum tspdm_status dcap_verify(const struct tspdm_dcap_input *in, struct dcap_result *out);

#endif
