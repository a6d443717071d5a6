/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --tee of both programs, and what the software TEE plays: --soft-kind and its like. */
#ifndef EXAMPLES_TEE_H
#define EXAMPLES_TEE_H

#include <tspdm/soft_tee.h>

#include "common.h"

enum tee_choice {
	CHOICE_AUTO,
	CHOICE_SOFT,
	CHOICE_NONE,
	CHOICE_SEV_SNP,
	CHOICE_TDX,
	CHOICE_SGX,
};

/* What there is to be said of a TEE. */
enum tee_word {
	TEE_FOUND,  /* which hardware it is, and why not another */
	TEE_SOFT,   /* it is none, which nobody may miss */
	TEE_FAILED, /* it gave no evidence */
};

struct tee_options {
	enum tee_choice choice;
	const char *given; /* the last option given that needs --tee soft; NULL: none was */
	struct tspdm_soft_tee_config soft;
	void (*say)(enum tee_word word, const char *text);
};

/* Takes the value of --tee. */
bool tee_take(enum tee_choice *out, const char *value, char *why);

/* soft_options.c: what every option has before any is given, and the values of --soft-kind and its like. */
void soft_default(struct tee_options *o);
bool soft_take_kind(struct tee_options *o, const char *value, char *why);
bool soft_take_seed(struct tee_options *o, const char *value, char *why);
bool soft_take_measurement(struct tee_options *o, const char *value, char *why);
bool soft_take_defect(struct tee_options *o, const char *value, char *why);
bool soft_take_report_version(struct tee_options *o, const char *value, char *why);
/* Whether they go together. */
bool soft_check(const struct tee_options *o, char *why);

struct tee {
	enum tee_choice choice;
	struct tspdm_evidence_source *source; /* NULL: there is none */
};

/* Sets up the evidence source. On failure `why` has the reason.
 * TSPDM_ERR_EVIDENCE_SOURCE: there is no such TEE; TSPDM_ERR_UNSUPPORTED: the software TEE does not play that. */
enum tspdm_status tee_open(const struct tee_options *o, struct tee *out, char *why);
void tee_close(struct tee *tee);

#endif
