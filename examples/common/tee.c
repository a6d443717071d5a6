/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Which TEE gives the evidence: the hardware around the program, found and used by the library, or the software TEE. Both
 * programs may run in one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/hardware_tee.h>

#include "tee.h"

/* ---- Hardware ---- */

/* Says in the log why the hardware gave no evidence: its peers learn only that it did not. */
struct told_source {
	struct tspdm_evidence_source base; /* first: the instance is found by it */
	struct tspdm_evidence_source_ops ops;
	struct tspdm_evidence_source *hardware;
	void (*say)(enum tee_word word, const char *text);
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
	const struct told_source *told = (const struct told_source *)source;
	enum tspdm_status status = told->hardware->ops->poll(told->hardware, job, out, retry_us);
	char text[WHY_MAX];

	if (status < 0) {
		snprintf(text, sizeof text, "%s: %s", told->hardware->ops->name,
			tspdm_hardware_tee_reason(told->hardware));
		told->say(TEE_FAILED, text);
	}
	return status;
}

static void told_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct tspdm_evidence_source *hardware = ((struct told_source *)source)->hardware;

	hardware->ops->end(hardware, job);
}

/* Takes over `hardware`. */
static struct tspdm_evidence_source *tell(
	struct tspdm_evidence_source *hardware, void (*say)(enum tee_word word, const char *text))
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
	told->say = say;
	return &told->base;
}

/* ---- Which ---- */

/* By enum tee_choice. */
static const char *const names[] = { "auto", "soft", "none", "sev-snp", "tdx", "sgx" };

bool tee_take(enum tee_choice *out, const char *value, char *why)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			*out = (enum tee_choice)i;
			return true;
		}
	return refuse(why, "tee", value, "must be auto, sev-snp, tdx, sgx, soft or none");
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

static enum tspdm_status open_hardware(const struct tee_options *o, struct tee *out, char *why)
{
	char search[TSPDM_HARDWARE_TEE_TEXT_MAX] = "", text[TSPDM_HARDWARE_TEE_TEXT_MAX + 32];
	const struct tspdm_hardware_tee_config config = {
		.size = sizeof config,
		.kind = kind_of(o->choice),
		.text = search,
		.text_cap = sizeof search,
	};
	struct tspdm_evidence_source *hardware = NULL;
	enum tspdm_status status = tspdm_hardware_tee_open(&config, &hardware);

	if (status == TSPDM_ERR_EVIDENCE_SOURCE)
		snprintf(why, WHY_MAX, "--tee %s: %.*s. Without hardware: --tee soft, or --tee none", names[o->choice],
			WHY_MAX - 80, search);
	else if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "--tee %s: %s", names[o->choice], tspdm_status_text(status));
	if (status != TSPDM_OK)
		return status;
	snprintf(text, sizeof text, "--tee %s: %s", names[o->choice], search);
	o->say(TEE_FOUND, text);
	out->source = tell(hardware, o->say);
	return out->source != NULL ? TSPDM_OK : TSPDM_ERR_MEMORY;
}

/* ---- The software TEE ---- */

static enum tspdm_status open_soft(const struct tee_options *o, struct tee *out, char *why)
{
	enum tspdm_status status = tspdm_soft_tee_new(&o->soft, &out->source);

	if (status != TSPDM_OK) {
		snprintf(why, WHY_MAX, "the software TEE cannot play this: %s", tspdm_status_text(status));
		return status;
	}
	o->say(TEE_SOFT,
		"WARNING: SOFTWARE TEE, NOT HARDWARE. Its keys are published and anyone can forge its evidence; "
		"for trying things out only.");
	return TSPDM_OK;
}

/* ---- Whichever it is ---- */

enum tspdm_status tee_open(const struct tee_options *o, struct tee *out, char *why)
{
	*out = (struct tee){ .choice = o->choice };
	if (o->choice == CHOICE_NONE)
		return TSPDM_OK;
	return o->choice == CHOICE_SOFT ? open_soft(o, out, why) : open_hardware(o, out, why);
}

void tee_close(struct tee *tee)
{
	struct told_source *told = (struct told_source *)tee->source;

	if (tee->choice == CHOICE_SOFT) {
		tspdm_soft_tee_free(tee->source);
	} else if (told != NULL) {
		tspdm_hardware_tee_close(told->hardware);
		free(told);
	}
	tee->source = NULL;
}
