/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Which TEE gives the evidence: the hardware around the program, found and used by the library, or the software TEE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/hardware_tee.h>

#include "attester.h"

/* ---- Hardware ---- */

/* Says in the log why the hardware gave no evidence: its peers learn only that it did not. */
struct told_source {
	struct tspdm_evidence_source base; /* first: the instance is found by it */
	struct tspdm_evidence_source_ops ops;
	struct tspdm_evidence_source *hardware;
};

static enum tspdm_status told_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct tspdm_evidence_source *hardware = ((struct told_source *)source)->hardware;

	return hardware->ops->begin(hardware, report_data, out);
}

static enum tspdm_status told_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct tspdm_evidence_source *hardware = ((struct told_source *)source)->hardware;
	enum tspdm_status status = hardware->ops->poll(hardware, job, out, retry_us);

	if (status < 0)
		log_line(LOG_WARN, "no-evidence", NULL, "%s: %s", hardware->ops->name,
			tspdm_hardware_tee_reason(hardware));
	return status;
}

static void told_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct tspdm_evidence_source *hardware = ((struct told_source *)source)->hardware;

	hardware->ops->end(hardware, job);
}

/* Takes over `hardware`. */
static struct tspdm_evidence_source *tell(struct tspdm_evidence_source *hardware)
{
	struct told_source *told = calloc(1, sizeof *told);

	if (told == NULL) {
		tspdm_hardware_tee_close(hardware);
		return NULL;
	}
	told->ops = (struct tspdm_evidence_source_ops){
		.size = sizeof told->ops,
		.name = hardware->ops->name,
		.tee = hardware->ops->tee,
		.begin = told_begin,
		.poll = told_poll,
		.end = told_end,
	};
	told->base.ops = &told->ops;
	told->hardware = hardware;
	return &told->base;
}

static const char *name_of(enum tee_choice choice)
{
	static const char *const names[] = { "auto", "soft", "none", "sev-snp", "tdx", "sgx" };

	return names[choice];
}

static enum tspdm_tee kind_of(enum tee_choice choice)
{
	switch (choice) {
	case CHOICE_SEV_SNP:
		return TSPDM_TEE_SEV_SNP;
	case CHOICE_TDX:
		return TSPDM_TEE_TDX;
	case CHOICE_SGX:
		return TSPDM_TEE_SGX;
	default:
		return TSPDM_TEE_NONE;
	}
}

static enum exit_status open_hardware(struct attester *a, char *why)
{
	enum tee_choice choice = a->options->tee;
	char search[TSPDM_HARDWARE_TEE_TEXT_MAX] = "";
	const struct tspdm_hardware_tee_config config = {
		.size = sizeof config,
		.kind = kind_of(choice),
		.text = search,
		.text_cap = sizeof search,
	};
	struct tspdm_evidence_source *hardware = NULL;
	enum tspdm_status status = tspdm_hardware_tee_open(&config, &hardware);

	if (status == TSPDM_ERR_EVIDENCE_SOURCE) {
		snprintf(why, WHY_MAX, "--tee %s: %.*s. Without hardware: --tee soft, or --tee none", name_of(choice),
			WHY_MAX - 80, search);
		return EXIT_NO_TEE;
	}
	if (status != TSPDM_OK) {
		snprintf(why, WHY_MAX, "--tee %s: %s", name_of(choice), tspdm_status_text(status));
		return EXIT_SYSTEM;
	}
	log_line(LOG_ALWAYS, "tee", NULL, "--tee %s: %s", name_of(choice), search);
	a->source = tell(hardware);
	return a->source != NULL ? EXIT_GOOD : EXIT_SYSTEM;
}

/* ---- The software TEE ---- */

static enum exit_status open_soft(struct attester *a, char *why)
{
	struct tspdm_soft_tee_config config = a->options->soft_tee;
	enum tspdm_status status;

	config.delay_us = a->options->delay_us;
	status = tspdm_soft_tee_new(&config, &a->source);
	if (status != TSPDM_OK) {
		snprintf(why, WHY_MAX, "the software TEE cannot play this: %s", tspdm_status_text(status));
		return status == TSPDM_ERR_UNSUPPORTED ? EXIT_USAGE : EXIT_SYSTEM;
	}
	log_line(LOG_ALWAYS, "soft-tee", NULL,
		"WARNING: SOFTWARE TEE, NOT HARDWARE. Its keys are published and anyone can forge its evidence; "
		"for trying things out only.");
	return EXIT_GOOD;
}

/* ---- Whichever it is ---- */

enum exit_status tee_open(struct attester *a, char *why)
{
	enum exit_status status = EXIT_GOOD;

	if (a->options->tee == CHOICE_NONE)
		return EXIT_GOOD;
	status = a->options->tee == CHOICE_SOFT ? open_soft(a, why) : open_hardware(a, why);
	a->device.evidence = a->source;
	return status;
}

void tee_close(struct attester *a)
{
	struct told_source *told = (struct told_source *)a->source;

	if (a->options == NULL || a->options->tee == CHOICE_SOFT) {
		tspdm_soft_tee_free(a->source);
	} else if (told != NULL) {
		tspdm_hardware_tee_close(told->hardware);
		free(told);
	}
	a->source = NULL;
}
