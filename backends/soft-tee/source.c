/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE as an evidence source: configuration, and requests that take as long as they are told to. As a real
 * TEE it does one request after the other; a request that has begun runs on when nobody waits for it any more. */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/config.h"
#include "soft_tee.h"

struct soft_source {
	struct tspdm_evidence_source base; /* first: the instance is found by it */
	struct tspdm_soft_machine machine;
	struct tspdm_evidence_job *jobs; /* in the order of begin() */
	uint64_t busy_until_us;          /* when the request that was started last is done */
	bool has_first;
	uint8_t *first;
	struct tspdm_evidence first_evidence;
};

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED };

struct tspdm_evidence_job {
	struct tspdm_evidence_job *next;
	enum job_state state;
	uint64_t begun_us, due_us;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	uint8_t *bytes;
	struct tspdm_evidence evidence;
};

bool tspdm_soft_has(const struct tspdm_soft_machine *machine, enum tspdm_soft_defect defect)
{
	return (machine->config.defects & (uint32_t)defect) != 0;
}

static void clear_authority(struct tspdm_soft_authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->certificate);
}

void tspdm_soft_machine_clear(struct tspdm_soft_machine *machine)
{
	clear_authority(&machine->root);
	clear_authority(&machine->intermediate);
	clear_authority(&machine->endorsement);
	X509_CRL_free(machine->crl);
	EVP_PKEY_free(machine->attestation);
	free(machine->bundle);
}

/* ---- Time and queue ---- */

static uint64_t now_us(const struct soft_source *soft)
{
	struct timespec now;

	if (soft->machine.config.now_us != NULL)
		return soft->machine.config.now_us();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* Starts what can be started by now: each request when the one before it is done. */
static void advance(struct soft_source *soft, uint64_t now)
{
	for (struct tspdm_evidence_job *job = soft->jobs; job != NULL; job = job->next) {
		if (job->state != JOB_QUEUED)
			continue;
		if (now < soft->busy_until_us)
			return;
		job->state = JOB_RUNNING;
		job->due_us = (job->begun_us > soft->busy_until_us ? job->begun_us : soft->busy_until_us) +
			      soft->machine.config.delay_us;
		soft->busy_until_us = job->due_us;
	}
}

/* How long a job will still take, if nothing in front of it goes away. */
static uint32_t time_left(const struct soft_source *soft, const struct tspdm_evidence_job *job, uint64_t now)
{
	uint64_t left = soft->busy_until_us > now ? soft->busy_until_us - now : 0;

	if (job->state == JOB_RUNNING)
		left = job->due_us > now ? job->due_us - now : 0;
	else
		for (const struct tspdm_evidence_job *other = soft->jobs; other != NULL; other = other->next) {
			left += other->state == JOB_QUEUED ? soft->machine.config.delay_us : 0;
			if (other == job)
				break;
		}
	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

/* ---- Evidence ---- */

static enum tspdm_status make(
	struct soft_source *soft, const uint8_t *report_data, uint8_t **bytes, struct tspdm_evidence *out)
{
	uint8_t used[TSPDM_REPORT_DATA_LEN];
	bool is_wrong = tspdm_soft_has(&soft->machine, TSPDM_SOFT_WRONG_REPORT_DATA);

	for (size_t i = 0; i < sizeof used; i++)
		used[i] = is_wrong ? report_data[i] ^ 0xFF : report_data[i];
	if (soft->machine.config.kind != TSPDM_TEE_SEV_SNP)
		return tspdm_soft_tdx_evidence(&soft->machine, used, bytes, out);
	return tspdm_soft_snp_evidence(&soft->machine, used, bytes, out);
}

/* The defect REPLAY: the first evidence is kept, and shown to everybody. */
static enum tspdm_status replay(struct soft_source *soft, struct tspdm_evidence_job *job)
{
	if (!soft->has_first)
		TSPDM_TRY(make(soft, job->report_data, &soft->first, &soft->first_evidence));
	soft->has_first = true;
	job->evidence = soft->first_evidence;
	return TSPDM_OK;
}

static void finish(struct soft_source *soft, struct tspdm_evidence_job *job)
{
	enum tspdm_status status = tspdm_soft_has(&soft->machine, TSPDM_SOFT_REPLAY)
					   ? replay(soft, job)
					   : make(soft, job->report_data, &job->bytes, &job->evidence);

	job->state = status == TSPDM_OK ? JOB_DONE : JOB_FAILED;
}

/* ---- The source's operations ---- */

static enum tspdm_status soft_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct soft_source *soft = (struct soft_source *)source;
	struct tspdm_evidence_job **end = &soft->jobs;
	struct tspdm_evidence_job *job = calloc(1, sizeof *job);

	*out = NULL;
	if (job == NULL)
		return TSPDM_ERR_MEMORY;
	while (*end != NULL)
		end = &(*end)->next;
	*end = job;
	memcpy(job->report_data, report_data, sizeof job->report_data);
	job->begun_us = now_us(soft);
	advance(soft, job->begun_us);
	*out = job;
	return TSPDM_OK;
}

static enum tspdm_status soft_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct soft_source *soft = (struct soft_source *)source;
	uint64_t now = now_us(soft);

	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_NONE };
	*retry_us = 0;
	advance(soft, now);
	if (job->state == JOB_RUNNING && now >= job->due_us)
		finish(soft, job);
	if (job->state == JOB_FAILED)
		return TSPDM_ERR_EVIDENCE_SOURCE;
	if (job->state != JOB_DONE) {
		*retry_us = time_left(soft, job, now);
		return TSPDM_AGAIN;
	}
	*out = job->evidence;
	return TSPDM_OK;
}

static void soft_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct soft_source *soft = (struct soft_source *)source;
	struct tspdm_evidence_job **at = &soft->jobs;

	if (job == NULL)
		return;
	while (*at != NULL && *at != job)
		at = &(*at)->next;
	if (*at == job)
		*at = job->next;
	free(job->bytes);
	free(job);
}

static const struct tspdm_evidence_source_ops snp_ops = {
	.size = sizeof snp_ops,
	.name = "software TEE, SEV-SNP (not hardware)",
	.tee = TSPDM_TEE_SEV_SNP,
	.begin = soft_begin,
	.poll = soft_poll,
	.end = soft_end,
};

static const struct tspdm_evidence_source_ops tdx_ops = {
	.size = sizeof tdx_ops,
	.name = "software TEE, TDX (not hardware)",
	.tee = TSPDM_TEE_TDX,
	.begin = soft_begin,
	.poll = soft_poll,
	.end = soft_end,
};

static const struct tspdm_evidence_source_ops sgx_ops = {
	.size = sizeof sgx_ops,
	.name = "software TEE, SGX (not hardware)",
	.tee = TSPDM_TEE_SGX,
	.begin = soft_begin,
	.poll = soft_poll,
	.end = soft_end,
};

static const struct tspdm_evidence_source_ops *ops_of(enum tspdm_tee kind)
{
	if (kind == TSPDM_TEE_SGX)
		return &sgx_ops;
	return kind == TSPDM_TEE_TDX ? &tdx_ops : &snp_ops;
}

/* ---- Configuration ---- */

enum {
	KNOWN_DEFECTS = (TSPDM_SOFT_WRONG_KEY_KIND << 1) - 1,
	/* Defects of the report that only SEV-SNP has. */
	SNP_DEFECTS = TSPDM_SOFT_UNSIGNED | TSPDM_SOFT_WRONG_KEY_KIND,
};

static enum tspdm_status take(struct tspdm_soft_tee_config *to, const struct tspdm_soft_tee_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	return tspdm_check_reserved(to->reserved, sizeof to->reserved);
}

static void fill_defaults(struct tspdm_soft_tee_config *config)
{
	static const uint8_t zero[sizeof config->measurement];
	static const uint8_t pattern[4] = { 0x50, 0xF7, 0x7E, 0xE0 }; /* reads "SOFT TEE" */

	if (config->kind == TSPDM_TEE_NONE)
		config->kind = TSPDM_TEE_SEV_SNP;
	if (config->report_version == 0)
		config->report_version = config->kind == TSPDM_TEE_TDX ? 4 : 3;
	if (config->product == TSPDM_SNP_UNKNOWN)
		config->product = TSPDM_SNP_MILAN;
	if (config->time == 0)
		config->time = (int64_t)time(NULL);
	if (memcmp(config->measurement, zero, sizeof zero) == 0)
		for (size_t i = 0; i < sizeof config->measurement; i++)
			config->measurement[i] = pattern[i % sizeof pattern];
}

/* A combination that cannot be played is refused: a defect that is silently left out would make a test pass for
 * nothing. */
static bool can_play(const struct tspdm_soft_tee_config *config)
{
	if ((config->defects & ~(uint32_t)KNOWN_DEFECTS) != 0)
		return false;
	if (config->kind == TSPDM_TEE_SGX)
		return config->report_version == 3 && !config->use_vlek &&
		       (config->defects & (SNP_DEFECTS | TSPDM_SOFT_MIGRATION)) == 0;
	if (config->kind == TSPDM_TEE_TDX)
		return (config->report_version == 4 || config->report_version == 5) && !config->use_vlek &&
		       (config->defects & SNP_DEFECTS) == 0;
	if (config->use_vlek && (config->defects & (TSPDM_SOFT_WRONG_HWID | TSPDM_SOFT_WRONG_KEY_KIND)) != 0)
		return false; /* a VLEK names no chip; and is no VCEK */
	return config->kind == TSPDM_TEE_SEV_SNP && tspdm_soft_snp_can(config->report_version) &&
	       tspdm_soft_product(config->product) != NULL;
}

static enum tspdm_status setup(struct soft_source *soft)
{
	struct tspdm_soft_machine *machine = &soft->machine;

	if (RAND_bytes(machine->instance, sizeof machine->instance) != 1)
		return TSPDM_ERR_CRYPTO;
	if (machine->config.kind == TSPDM_TEE_SEV_SNP)
		return tspdm_soft_snp_setup(machine);
	return tspdm_soft_tdx_setup(machine);
}

enum tspdm_status tspdm_soft_tee_new(const struct tspdm_soft_tee_config *config, struct tspdm_evidence_source **out)
{
	struct tspdm_soft_tee_config complete;
	struct soft_source *soft;
	enum tspdm_status status;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&complete, config));
	fill_defaults(&complete);
	if (!can_play(&complete))
		return TSPDM_ERR_UNSUPPORTED;
	soft = calloc(1, sizeof *soft);
	if (soft == NULL)
		return TSPDM_ERR_MEMORY;
	soft->base.ops = ops_of(complete.kind);
	soft->machine.config = complete;
	status = setup(soft);
	if (status != TSPDM_OK) {
		tspdm_soft_tee_free(&soft->base);
		return status;
	}
	*out = &soft->base;
	return TSPDM_OK;
}

enum tspdm_status tspdm_soft_tee_collateral(
	struct tspdm_evidence_source *source, tspdm_soft_collateral_writer write, void *context)
{
	const struct soft_source *soft = (const struct soft_source *)source;

	if (source == NULL || write == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (soft->machine.config.kind == TSPDM_TEE_SEV_SNP)
		return tspdm_soft_snp_publish(&soft->machine, write, context);
	return tspdm_soft_tdx_publish(&soft->machine, write, context);
}

void tspdm_soft_tee_free(struct tspdm_evidence_source *source)
{
	struct soft_source *soft = (struct soft_source *)source;

	if (soft == NULL)
		return;
	while (soft->jobs != NULL)
		soft_end(source, soft->jobs);
	tspdm_soft_machine_clear(&soft->machine);
	free(soft->first);
	free(soft);
}
