/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verifying a report: DSP0274 "MEASUREMENTS response", L1/L2 as it was on the connection that the report was made on. */
#include "report.h"

#include <string.h>

#include <tspdm/secret.h>

#include "base/config.h"
#include "core/signing.h"

enum { INDEX_LAST = 0xFE };

/* ---- Form ---- */

/* The response is exactly as long as it is: what is behind its last field but the signature is the signature. */
static enum tspdm_status read_response(struct report_job *job)
{
	const struct tspdm_shape shape = { .version = job->out->version };
	struct tspdm_view message = job->in.response;
	size_t used;

	TSPDM_TRY(tspdm_read_measurements(message, &shape, &job->response, &used));
	job->response.signature = (struct tspdm_view){ message.ptr + used, message.len - used };
	if (job->response.signature.len == 0)
		return TSPDM_ERR_EVIDENCE_UNSIGNED;
	return job->response.signature.len <= TSPDM_SIGNATURE_MAX ? TSPDM_OK : TSPDM_ERR_TRAILING;
}

static enum tspdm_status read_request(struct report_job *job)
{
	const struct tspdm_shape shape = { .version = job->out->version, .is_exact = true };
	size_t used;

	TSPDM_TRY(tspdm_read_get_measurements(job->in.request, &shape, &job->request, &used));
	if (used != job->in.request.len)
		return TSPDM_ERR_TRAILING;
	return job->request.is_signed ? TSPDM_OK : TSPDM_ERR_EVIDENCE_UNSIGNED;
}

/* What the response repeats of the request. GET_MEASUREMENTS of 1.0 names no slot. */
static enum tspdm_status check_echo(const struct report_job *job)
{
	struct tspdm_view a = job->request.requester_context, b = job->response.requester_context;

	if (job->out->version >= TSPDM_V11 && job->request.slot != job->response.slot)
		return TSPDM_ERR_SLOT;
	if (a.len != b.len || (a.len != 0 && memcmp(a.ptr, b.ptr, a.len) != 0))
		return TSPDM_ERR_ECHO;
	return TSPDM_OK;
}

static enum tspdm_status read_version(struct report_job *job)
{
	struct tspdm_header request, response;

	TSPDM_TRY(tspdm_read_header(job->in.request, &request));
	TSPDM_TRY(tspdm_read_header(job->in.response, &response));
	if (request.version != response.version || request.version < TSPDM_V10 || request.version > TSPDM_V14)
		return TSPDM_ERR_VERSION;
	job->out->version = request.version;
	return TSPDM_OK;
}

static void keep(struct report_job *job)
{
	struct tspdm_device_finding *out = job->out;

	out->slot = job->response.slot;
	out->content_changed = job->response.content_changed;
	out->block_count = job->response.block_count;
	out->record = job->response.record;
	out->requester_nonce = job->request.nonce;
	out->responder_nonce = job->response.nonce;
	out->opaque = job->response.opaque;
	out->measurement_hash = job->vca.measurement_hash;
}

static enum tspdm_status parse(struct report_job *job)
{
	TSPDM_TRY(read_version(job));
	TSPDM_TRY(read_request(job));
	TSPDM_TRY(read_response(job));
	TSPDM_TRY(check_echo(job));
	if (job->in.vca.len != 0 || job->out->version >= TSPDM_V12)
		TSPDM_TRY(tspdm_report_read_vca(job->in.vca, job->out->version, &job->vca));
	keep(job);
	return TSPDM_OK;
}

/* ---- Signature ---- */

static enum tspdm_status digest_l1(const struct report_job *job, uint32_t hash, uint8_t *out)
{
	struct tspdm_crypto *crypto = job->crypto;
	const struct tspdm_view vca = job->in.vca, request = job->in.request;
	const struct tspdm_view response = { job->in.response.ptr, job->in.response.len - job->response.signature.len };
	struct tspdm_hash *running = NULL;
	enum tspdm_status status = crypto->ops->hash_new(crypto, hash, &running);

	if (status == TSPDM_OK && job->out->version >= TSPDM_V12)
		status = crypto->ops->hash_update(crypto, running, vca);
	if (status == TSPDM_OK)
		status = crypto->ops->hash_update(crypto, running, request);
	if (status == TSPDM_OK)
		status = crypto->ops->hash_update(crypto, running, response);
	if (status == TSPDM_OK)
		status = crypto->ops->hash_final(crypto, running, out);
	crypto->ops->hash_free(crypto, running);
	return status;
}

static enum tspdm_status try_one(struct report_job *job, uint32_t asym, uint32_t hash)
{
	struct signing_input input;
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(digest_l1(job, hash, digest));
	TSPDM_TRY(tspdm_signing_input(
		&input, job->out->version, TSPDM_ROLE_RESPONDER, SIGNING_MEASUREMENTS, asym, hash, digest));
	return tspdm_verify_signature(job->crypto, job->leaf_key, &input, job->response.signature, job->in.strict);
}

/* Where ALGORITHMS is not part of what was signed, the key and the signature tell: under any of these hashes nobody but the
 * key's owner can have made it. */
static enum tspdm_status try_all(struct report_job *job, uint32_t hashes)
{
	struct tspdm_device_finding *out = job->out;

	for (unsigned a = 0; a < 32; a++) {
		uint32_t asym = job->fits & 1U << a;

		if (asym == 0 || tspdm_algorithm_size(TSPDM_KIND_ASYM, asym) != job->response.signature.len)
			continue;
		for (unsigned h = 0; h < 32; h++)
			if ((hashes & 1U << h) != 0 && try_one(job, asym, 1U << h) == TSPDM_OK) {
				out->asym = asym;
				out->hash = 1U << h;
				return TSPDM_OK;
			}
	}
	return TSPDM_ERR_SIGNATURE;
}

static const char *name_of(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? row->name : "none";
}

static void check_signature(struct report_job *job)
{
	struct tspdm_device_finding *out = job->out;
	struct tspdm_crypto_support support = { 0 };
	uint32_t hashes = job->vca.hash != 0 ? job->vca.hash : job->in.hash != 0 ? job->in.hash : UINT32_MAX;
	enum tspdm_status status;

	job->crypto->ops->supported(job->crypto, &support);
	status = try_all(job, hashes & support.hash);
	out->is_signed = status == TSPDM_OK;
	if (out->is_signed)
		tspdm_checks_add(&out->base.checks, "report.signature", TSPDM_OK, "by the key of slot %u, %s with %s",
			out->slot, name_of(TSPDM_KIND_ASYM, out->asym), name_of(TSPDM_KIND_HASH, out->hash));
	else
		tspdm_checks_add(&out->base.checks, "report.signature", status,
			"the signature does not cover these messages, or is not by the key of the chain");
}

/* ---- Blocks ---- */

static enum tspdm_status check_block(
	const struct tspdm_measurement_block *block, uint32_t measurement_hash, unsigned last_index)
{
	size_t digest_len = tspdm_algorithm_size(TSPDM_KIND_MEASUREMENT_HASH, measurement_hash);
	bool is_raw = (block->type & TSPDM_MEASUREMENT_RAW) != 0;

	if (block->index == 0 || block->index > INDEX_LAST || block->index <= last_index)
		return TSPDM_ERR_MEASUREMENT;
	if (block->specification != TSPDM_MEASUREMENT_SPEC_DMTF)
		return TSPDM_ERR_MEASUREMENT;
	if (!is_raw && measurement_hash != 0 && block->value.len != digest_len)
		return TSPDM_ERR_MEASUREMENT;
	return TSPDM_OK;
}

enum tspdm_status tspdm_report_walk_blocks(
	const struct tspdm_measurements *m, uint32_t measurement_hash, unsigned *index)
{
	struct tspdm_view rest = m->record;
	struct tspdm_measurement_block block = { 0 };
	unsigned last = 0;

	for (unsigned i = 0; i < m->block_count; i++, last = block.index) {
		TSPDM_TRY(tspdm_next_block(&rest, &block));
		*index = block.index;
		TSPDM_TRY(check_block(&block, measurement_hash, last));
	}
	return rest.len == 0 ? TSPDM_OK : TSPDM_ERR_TRAILING;
}

static void check_blocks(struct report_job *job)
{
	uint8_t operation = job->request.operation;
	unsigned index = 0;
	enum tspdm_status status = tspdm_report_walk_blocks(&job->response, job->vca.measurement_hash, &index);

	if (status == TSPDM_OK && operation == 0 && job->response.block_count != 0)
		status = TSPDM_ERR_MEASUREMENT;
	if (status == TSPDM_OK && operation != 0 && operation != TSPDM_MEASUREMENT_ALL &&
		(job->response.block_count != 1 || index != operation))
		status = TSPDM_ERR_MEASUREMENT;
	if (status == TSPDM_OK)
		tspdm_checks_add(&job->out->base.checks, "report.blocks", TSPDM_OK, "%u", job->response.block_count);
	else
		tspdm_checks_add(&job->out->base.checks, "report.blocks", status, "block %u: %s", index,
			tspdm_status_text(status));
}

bool tspdm_device_block(const struct tspdm_device_finding *finding, unsigned index, struct tspdm_measurement_block *out)
{
	struct tspdm_view rest = finding->record;

	while (rest.len != 0 && tspdm_next_block(&rest, out) == TSPDM_OK)
		if (out->index == index)
			return true;
	return false;
}

/* ---- The rest ---- */

static void check_nonce(struct report_job *job)
{
	struct tspdm_checks *checks = &job->out->base.checks;
	struct tspdm_view want = job->in.nonce, seen = job->request.nonce;

	if (want.len == 0)
		tspdm_checks_skip(checks, "report.nonce", "a record: nobody says here which nonce it has to answer");
	else if (want.len == seen.len && tspdm_equal_secret(want.ptr, seen.ptr, seen.len))
		tspdm_checks_add(checks, "report.nonce", TSPDM_OK, "the one that was given");
	else
		tspdm_checks_add(checks, "report.nonce", TSPDM_ERR_EVIDENCE_NONCE,
			"the report was made for another nonce: it is an old one, or somebody else's");
}

static void read_certificates(struct report_job *job)
{
	struct tspdm_device_finding *out = job->out;
	unsigned infos = 0, fwids = 0;

	for (unsigned i = 0; i < out->certificate_count; i++) {
		struct tspdm_device_certificate *c = &out->certificates[i];

		c->dice_status = tspdm_dice_read(c->der, &c->dice);
		if (c->dice_status != TSPDM_OK) {
			tspdm_checks_add(&out->base.checks, "dice", c->dice_status,
				"certificate %u: an extension about the device is malformed", i);
			return;
		}
		infos += c->dice.tcb_info_count;
		for (unsigned k = 0; k < c->dice.tcb_info_count; k++)
			fwids += c->dice.tcb_infos[k].fwid_count;
	}
	if (infos == 0)
		tspdm_checks_skip(&out->base.checks, "dice", "no certificate has a TcbInfo");
	else
		tspdm_checks_add(
			&out->base.checks, "dice", TSPDM_OK, "TcbInfos: %u, with firmware digests: %u", infos, fwids);
}

static enum tspdm_status verify(struct report_job *job)
{
	struct tspdm_checks *checks = &job->out->base.checks;
	struct tspdm_crypto_support support = { 0 };
	enum tspdm_status status = parse(job);

	if (status != TSPDM_OK) {
		tspdm_checks_add(checks, "parse", status, "%s", tspdm_status_text(status));
		return status;
	}
	tspdm_checks_add(checks, "parse", TSPDM_OK, "SPDM %u.%u", job->out->version >> 4, job->out->version & 0xFU);
	job->crypto->ops->supported(job->crypto, &support);
	job->fits = support.asym & (job->vca.asym != 0 ? job->vca.asym : job->in.asym != 0 ? job->in.asym : UINT32_MAX);
	TSPDM_TRY(tspdm_report_check_chain(job));
	check_signature(job);
	check_blocks(job);
	check_nonce(job);
	read_certificates(job);
	tspdm_report_claims(job->out);
	return tspdm_checks_status(checks);
}

static enum tspdm_status take_report(struct report_job *job, const struct tspdm_device_report *report)
{
	TSPDM_TRY(tspdm_take_config(&job->in, sizeof job->in, report, report->size, sizeof job->in));
	TSPDM_TRY(tspdm_check_reserved(job->in.reserved, sizeof job->in.reserved));
	if (job->in.nonce.len != 0 && job->in.nonce.len != TSPDM_NONCE_LEN)
		return TSPDM_ERR_ARGUMENT;
	return job->in.time != 0 ? TSPDM_OK : TSPDM_ERR_ARGUMENT; /* dates would not be judged */
}

enum tspdm_status tspdm_device_verify(
	struct tspdm_crypto *crypto, const struct tspdm_device_report *report, struct tspdm_device_finding *finding)
{
	struct report_job job = { .crypto = crypto, .out = finding };
	enum tspdm_status status;

	memset(finding, 0, sizeof *finding);
	finding->base.status = TSPDM_ERR_ARGUMENT;
	finding->base.tee = TSPDM_TEE_DEVICE;
	status = take_report(&job, report);
	if (status == TSPDM_OK)
		status = verify(&job);
	else
		tspdm_checks_add(&finding->base.checks, "parse", status, "an option that is missing or not known");
	crypto->ops->public_key_free(crypto, job.leaf_key);
	finding->base.status = status;
	return status;
}
