/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The TEE: where evidence comes from, the identity that carries it in its certificate (docs/profile.md), and the
 * measurement blocks that repeat what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tspdm/appraisal.h>

#include "attester.h"

enum {
	EVIDENCE_MAX = 65532, /* value of a measurement block */
	POLL_US = 1000,
};

/* ---- The source ---- */

static enum exit_status refuse_auto(char *why)
{
	static const char *const devices[] = { "/sys/kernel/config/tsm/report", "/dev/sev-guest", "/dev/tdx_guest" };
	const char *found = NULL;

	for (size_t i = 0; i < COUNT(devices) && found == NULL; i++)
		if (access(devices[i], F_OK) == 0)
			found = devices[i];
	snprintf(why, WHY_MAX,
		"--tee auto: looked for %s, %s and %s: %s%s. The hardware backends are not in this release; "
		"try --tee soft, or --tee none",
		devices[0], devices[1], devices[2], found != NULL ? "found " : "none is there",
		found != NULL ? found : "");
	return EXIT_NO_TEE;
}

static void warn_of_soft_tee(void)
{
	log_line(LOG_ALWAYS, "soft-tee", NULL,
		"WARNING: SOFTWARE TEE, NOT HARDWARE. Its keys are published and anyone can forge its evidence; "
		"for trying things out only.");
}

enum exit_status evidence_open(struct attester *a, char *why)
{
	struct tspdm_soft_tee_config config = a->options->soft_tee;
	enum tspdm_status status;

	if (a->options->tee == CHOICE_AUTO)
		return refuse_auto(why);
	if (a->options->tee == CHOICE_NONE)
		return EXIT_GOOD;
	config.delay_us = a->options->delay_us;
	status = tspdm_soft_tee_new(&config, &a->source);
	if (status != TSPDM_OK) {
		snprintf(why, WHY_MAX, "the software TEE: %s", tspdm_status_text(status));
		return status == TSPDM_ERR_UNSUPPORTED ? EXIT_USAGE : EXIT_SYSTEM;
	}
	a->device.evidence = a->source;
	warn_of_soft_tee();
	return EXIT_GOOD;
}

/* ---- Evidence about a key ---- */

/* Waits for evidence. The job is the caller's to end. */
static enum tspdm_status wait_for_evidence(
	struct tspdm_evidence_source *source, struct tspdm_evidence_job *job, struct tspdm_evidence *out)
{
	for (;;) {
		uint32_t retry_us = 0;
		enum tspdm_status status = source->ops->poll(source, job, out, &retry_us);
		struct timespec pause;

		if (status != TSPDM_AGAIN)
			return status;
		if (retry_us < POLL_US)
			retry_us = POLL_US;
		pause = (struct timespec){ .tv_sec = retry_us / 1000000, .tv_nsec = (long)(retry_us % 1000000) * 1000 };
		(void)nanosleep(&pause, NULL);
	}
}

/* Keeps the raw form, for the measurement blocks. */
static enum tspdm_status keep(struct attester *a, const struct tspdm_evidence *evidence)
{
	struct tspdm_buffer raw = { malloc(EVIDENCE_MAX), EVIDENCE_MAX, 0 };
	enum tspdm_status status = raw.ptr != NULL ? tspdm_write_evidence(&raw, evidence) : TSPDM_ERR_MEMORY;

	free(a->evidence);
	a->evidence = raw.ptr;
	a->evidence_len = status == TSPDM_OK ? raw.len : 0;
	return status;
}

/* Evidence that commits to a key: in its raw form in `a`, and as the value of a certificate's extension in `out`. */
static enum tspdm_status prove_key(struct attester *a, struct tspdm_view spki, struct tspdm_buffer *out)
{
	uint8_t claims_room[TSPDM_CLAIMS_BUFFER_MAX], report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_buffer claims = { claims_room, sizeof claims_room, 0 };
	struct tspdm_evidence_source *source = a->source;
	struct tspdm_evidence_job *job = NULL;
	struct tspdm_evidence evidence = { 0 };
	enum tspdm_status status;

	TSPDM_TRY(tspdm_write_claims(a->crypto, spki, &claims));
	TSPDM_TRY(tspdm_bind_certificate_evidence(a->crypto, tspdm_buffer_view(&claims), report_data));
	TSPDM_TRY(source->ops->begin(source, report_data, &job));
	status = wait_for_evidence(source, job, &evidence);
	if (status == TSPDM_OK)
		status = keep(a, &evidence);
	if (status == TSPDM_OK)
		status = tspdm_write_tagged_evidence(out, &evidence, tspdm_buffer_view(&claims));
	source->ops->end(source, job);
	return status;
}

/* ---- The identity ---- */

struct certification {
	struct attester *attester;
	struct tspdm_buffer value;
	struct tspdm_openssl_extension extension;
};

static enum tspdm_status add_evidence(
	void *context, struct tspdm_view spki, const struct tspdm_openssl_extension **out, size_t *count)
{
	struct certification *c = context;

	TSPDM_TRY(prove_key(c->attester, spki, &c->value));
	c->extension =
		(struct tspdm_openssl_extension){ TSPDM_OID_TAGGED_EVIDENCE, false, tspdm_buffer_view(&c->value) };
	*out = &c->extension;
	*count = 1;
	return TSPDM_OK;
}

enum tspdm_status evidence_identity(struct attester *a, const struct tspdm_openssl_make *base, unsigned slot)
{
	struct tspdm_openssl_make make = *base;
	struct certification c = { .attester = a, .value = { NULL, TSPDM_CHAIN_MAX, 0 } };
	enum tspdm_status status;

	if (a->source == NULL)
		return tspdm_openssl_identity_make(&make, &a->identities[slot]);
	c.value.ptr = malloc(c.value.cap);
	if (c.value.ptr == NULL)
		return TSPDM_ERR_MEMORY;
	make.extensions = add_evidence;
	make.context = &c;
	status = tspdm_openssl_identity_make(&make, &a->identities[slot]);
	free(c.value.ptr);
	return status;
}

/* ---- Blocks ---- */

enum {
	INDEX_LAUNCH_DIGEST = 0x10,
	INDEX_HOST_DATA,
	INDEX_GUEST_POLICY,
	MODE_NORMAL = 1 << 2,         /* DSP0274 1.2 "Device mode field": normal operation */
	MODE_INVASIVE_DEBUG = 1 << 1, /* invasive debug mode is active */
	MODE_WAS_DEBUGGED = 1 << 3,   /* and has been active since the last reset */
};

static void put_u32(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static bool add_mode(struct block_list *list, bool is_debug)
{
	uint8_t mode[16];
	uint32_t debug = MODE_INVASIVE_DEBUG | MODE_WAS_DEBUGGED;

	put_u32(mode, MODE_NORMAL);
	put_u32(mode + 4, MODE_NORMAL);
	put_u32(mode + 8, debug);
	put_u32(mode + 12, is_debug ? debug : 0);
	return blocks_add(list, &(struct tspdm_block){ .index = TSPDM_INDEX_DEVICE_MODE,
					.type = TSPDM_MEASUREMENT_DEVICE_MODE,
					.form = TSPDM_BLOCK_RAW_ONLY,
					.value = { mode, sizeof mode } });
}

static bool add_report(struct block_list *list, const struct tspdm_snp_report *r, uint32_t measurement_hash)
{
	/* a launch digest is made with SHA-384, and is shown as a digest only where that is the measurement hash */
	bool is_sha384 = measurement_hash == TSPDM_MEASUREMENT_HASH(TSPDM_HASH_SHA384);
	uint8_t policy[8];
	const struct tspdm_block blocks[] = {
		{ .index = INDEX_LAUNCH_DIGEST,
			.type = TSPDM_MEASUREMENT_FIRMWARE,
			.form = is_sha384 ? TSPDM_BLOCK_DIGEST : TSPDM_BLOCK_RAW_ONLY,
			.is_tcb = true,
			.value = { r->measurement, sizeof r->measurement } },
		{ .index = INDEX_HOST_DATA,
			.type = TSPDM_MEASUREMENT_FIRMWARE_CONFIG,
			.form = TSPDM_BLOCK_RAW_ONLY,
			.value = { r->host_data, sizeof r->host_data } },
		{ .index = INDEX_GUEST_POLICY,
			.type = TSPDM_MEASUREMENT_HARDWARE_CONFIG,
			.form = TSPDM_BLOCK_RAW_ONLY,
			.is_tcb = true,
			.value = { policy, sizeof policy } },
	};

	put_u32(policy, (uint32_t)r->policy);
	put_u32(policy + 4, (uint32_t)(r->policy >> 32));
	for (size_t i = 0; i < COUNT(blocks); i++)
		if (!blocks_add(list, &blocks[i]))
			return false;
	return add_mode(list, (r->policy & TSPDM_SNP_POLICY_DEBUG) != 0);
}

/* The certificate's evidence, as 0xFD: those who know only SPDM see its digest. */
static bool add_manifest(struct attester *a)
{
	return blocks_add(&a->blocks, &(struct tspdm_block){ .index = TSPDM_INDEX_MANIFEST,
					      .type = TSPDM_MEASUREMENT_MANIFEST,
					      .form = TSPDM_BLOCK_RAW_OR_DIGEST,
					      .value = { a->evidence, a->evidence_len } });
}

bool evidence_blocks(struct attester *a, char *why)
{
	bool is_in_certificate = a->evidence != NULL;
	struct tspdm_buffer extension = { NULL, 0, 0 }; /* with a certificate from a file: for the blocks alone */
	struct tspdm_evidence evidence;
	struct tspdm_snp_report report;
	enum tspdm_status status = TSPDM_OK;

	if (a->source == NULL)
		return true;
	if (!is_in_certificate)
		status = prove_key(a, attester_slot(a)->spki, &extension);
	if (status == TSPDM_ERR_BUFFER)
		status = TSPDM_OK;
	if (status == TSPDM_OK)
		status = tspdm_read_evidence((struct tspdm_view){ a->evidence, a->evidence_len }, &evidence);
	if (status == TSPDM_OK)
		status = tspdm_snp_read_report(evidence.report, &report);
	if (status == TSPDM_OK && !add_report(&a->blocks, &report, a->options->measurement_hash))
		status = TSPDM_ERR_MEMORY;
	if (status == TSPDM_OK && is_in_certificate && !add_manifest(a))
		status = TSPDM_ERR_MEMORY;
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "the TEE's measurements: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}
