/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence of the TEE: the identity that carries it in its certificate (docs/profile.md), and the measurement blocks
 * that repeat what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tspdm/appraisal.h>

#include "attester.h"

enum {
	EVIDENCE_MAX = 65532, /* value of a measurement block */
	POLL_US = 1000,
};

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
		status = tee_blocks(&a->blocks, &evidence, a->options->measurement_hash);
	if (status == TSPDM_OK && is_in_certificate && !add_manifest(a))
		status = TSPDM_ERR_MEMORY;
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "the TEE's measurements: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}
