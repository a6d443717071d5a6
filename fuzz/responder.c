/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_responder_handle() over a whole connection. The input is CONTROL_LEN control bytes (capabilities, sizes,
 * delays of the device, a failure of the crypto vtable), then messages, each behind its length (u16, little-endian).
 * Whatever comes: each response is one that its request can have and is well formed, stays in its room, is not larger
 * than the requester said to take; the connection is negotiated only by the three exchanges in order; nothing is left
 * over in the end. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/message.h>
#include <tspdm/responder.h>

#include "fake_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 8, ROOM_MAX = 4096, REPORT_LEN = 1184, MESSAGES_MAX = 64 };

struct fuzzed {
	struct fake_crypto crypto;
	struct tspdm_basic_device device;
	struct tspdm_evidence_source source;
	struct tspdm_signer signer;
	struct tspdm_responder *responder;
	unsigned evidence_delay, evidence_left, evidence_alive;
	unsigned sign_delay, sign_left;
	size_t room;
	enum tspdm_phase phase; /* as the responses tell */
	uint8_t version;        /* from CAPABILITIES on */
	uint32_t takes;         /* DataTransferSize of the requester */
	uint8_t report[REPORT_LEN];
};

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

#define FUZZED_OF(pointer, member) ((struct fuzzed *)(void *)((uint8_t *)(pointer)-offsetof(struct fuzzed, member)))

static enum tspdm_status begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct fuzzed *f = FUZZED_OF(source, source);

	memcpy(f->report + 0x50, report_data, TSPDM_REPORT_DATA_LEN);
	f->evidence_left = f->evidence_delay;
	f->evidence_alive++;
	*out = (struct tspdm_evidence_job *)(void *)f;
	return TSPDM_OK;
}

static enum tspdm_status poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct fuzzed *f = FUZZED_OF(source, source);

	check((void *)job == (void *)f);
	if (f->evidence_left != 0) {
		*retry_us = f->evidence_left-- << 20;
		return TSPDM_AGAIN;
	}
	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_SEV_SNP, .report = { f->report, sizeof f->report } };
	return TSPDM_OK;
}

static void end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	(void)job;
	FUZZED_OF(source, source)->evidence_alive--;
}

static const struct tspdm_evidence_source_ops source_ops = { sizeof source_ops, "fuzz", TSPDM_TEE_SEV_SNP, begin, poll,
	end };

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct fuzzed *f = FUZZED_OF(signer, signer);

	if (pending->stage == 0)
		f->sign_left = f->sign_delay;
	if (f->sign_left != 0) {
		f->sign_left--;
		pending->stage = 1;
		return TSPDM_AGAIN;
	}
	pending->stage = 0;
	for (size_t i = 0; i < tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym); i++)
		signature->ptr[signature->len++] = fake_signature_byte(tbs->data, i);
	return TSPDM_OK;
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	*pending = (struct tspdm_pending){ 0 };
}

static const struct tspdm_signer_ops signer_ops = { sizeof signer_ops, "fuzz", sign, cancel };

static enum tspdm_status vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	(void)context;
	(void)pending;
	if (request->vendor_id.len > 4)
		return TSPDM_ERR_UNSUPPORTED;
	for (size_t i = 0; i < request->payload.len; i++, response->len++)
		if (response->len < response->cap)
			response->ptr[response->len] = request->payload.ptr[i];
	return response->len <= response->cap ? TSPDM_OK : TSPDM_ERR_BUFFER;
}

static const uint8_t values[64] = { 1, 2, 3 };
static const uint8_t certificates[] = { 0x30, 0x03, 1, 2, 3, 0x30, 0x04, 4, 5, 6, 7 };
static const struct tspdm_block blocks[] = {
	{ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { values, 64 } },
	{ 2, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { values, 8 } },
	{ 0x20, TSPDM_MEASUREMENT_ROM, TSPDM_BLOCK_DIGEST, true, { values, 48 } },
	{ TSPDM_INDEX_MANIFEST, TSPDM_MEASUREMENT_MANIFEST, TSPDM_BLOCK_RAW_OR_DIGEST, false, { values, 30 } },
};

static void set_up(struct fuzzed *f, const uint8_t *control, struct tspdm_responder_config *config)
{
	f->crypto.base.ops = &fake_crypto_ops;
	f->crypto.fail_at = control[0];
	f->source.ops = &source_ops;
	f->signer.ops = &signer_ops;
	f->evidence_delay = control[1] & 3U;
	f->sign_delay = control[1] >> 2 & 3U;
	f->room = (size_t)control[2] * 16;
	f->takes = UINT32_MAX;
	tspdm_basic_device_init(&f->device);
	f->device.blocks = blocks;
	f->device.block_count = control[3] % 5;
	f->device.evidence = (control[3] & 0x10) != 0 ? NULL : &f->source;
	f->device.vendor = vendor;
	for (size_t i = 0; i < 8; i += 3)
		f->device.slots[i] = (struct tspdm_slot){ .certificates = { certificates, sizeof certificates },
			.spki = { values, 20 },
			.asym = TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384,
			.signer = &f->signer };
	config->crypto = &f->crypto.base;
	config->device = &f->device.base;
	config->binding = (control[4] & 1) != 0 ? &tspdm_binding_doe : &tspdm_binding_none;
	config->capabilities = control[5];
	config->evidence_in_all = (control[4] & 2) != 0 && f->device.evidence != NULL;
	config->max_message = 42 + (uint32_t)control[6] * 8;
}

static bool is_same_version(const struct fuzzed *f, uint8_t version)
{
	return version == (f->phase >= TSPDM_PHASE_AFTER_CAPABILITIES ? f->version : TSPDM_V10);
}

/* A response is of its request's code, or ERROR, or what RESPOND_IF_READY fetched. */
static void check_response(const struct fuzzed *f, const struct tspdm_header *request, struct tspdm_view response)
{
	struct tspdm_header header;
	struct tspdm_error_response error;
	size_t used;

	check(tspdm_read_header(response, &header) == TSPDM_OK);
	check(header.code < 0x80);
	check(response.len <= f->room && (response.len <= f->takes || f->takes < TSPDM_MIN_DATA_TRANSFER_SIZE));
	if (header.code == TSPDM_ERROR) {
		check(tspdm_read_error(response, &error, &used) == TSPDM_OK && used == response.len);
		check(error.code != 0);
		check(is_same_version(f, header.version) || request->code == TSPDM_GET_VERSION ||
			request->code == TSPDM_GET_CAPABILITIES);
		return;
	}
	check((header.code | 0x80) == request->code || request->code == TSPDM_RESPOND_IF_READY);
	check(header.version == (header.code == TSPDM_VERSION ? TSPDM_V10 : f->version));
}

/* Follows the phase by the responses alone. */
static void follow(struct fuzzed *f, struct tspdm_view request, struct tspdm_view response)
{
	const struct tspdm_shape shape = { .version = response.ptr[0] };
	struct tspdm_capabilities theirs;
	size_t used;

	switch (response.ptr[1]) {
	case TSPDM_VERSION:
		f->phase = TSPDM_PHASE_AFTER_VERSION;
		f->takes = UINT32_MAX;
		break;
	case TSPDM_CAPABILITIES:
		check(f->phase == TSPDM_PHASE_AFTER_VERSION || f->phase == TSPDM_PHASE_AFTER_CAPABILITIES);
		check(tspdm_read_get_capabilities(request, &shape, &theirs, &used) == TSPDM_OK);
		check(request.ptr[0] == shape.version && (shape.version == TSPDM_V11 || shape.version == TSPDM_V12));
		f->version = shape.version;
		f->takes = shape.version >= TSPDM_V12 ? theirs.data_transfer_size : UINT32_MAX;
		f->phase = TSPDM_PHASE_AFTER_CAPABILITIES;
		break;
	case TSPDM_ALGORITHMS:
		check(f->phase == TSPDM_PHASE_AFTER_CAPABILITIES || f->phase == TSPDM_PHASE_NEGOTIATED);
		if (tspdm_responder_phase(f->responder) == TSPDM_PHASE_NEGOTIATED) /* else nothing in common */
			f->phase = TSPDM_PHASE_NEGOTIATED;
		break;
	default:
		break;
	}
}

static void send_one(struct fuzzed *f, struct tspdm_view message)
{
	uint8_t *request = malloc(message.len != 0 ? message.len : 1);
	uint8_t *room = malloc(f->room != 0 ? f->room : 1);
	struct tspdm_buffer response = { room, f->room, 0 };
	struct tspdm_header header = { 0 };
	enum tspdm_status status;

	check(request != NULL && room != NULL);
	if (message.len != 0)
		memcpy(request, message.ptr, message.len);
	message.ptr = request;
	status = tspdm_responder_handle(f->responder, 0, TSPDM_KIND_PLAIN, message, &response);
	check(status == TSPDM_OK || (status == TSPDM_ERR_BUFFER && response.len == 0 && f->room < 36));
	if (status == TSPDM_OK) {
		if (tspdm_read_header(message, &header) != TSPDM_OK)
			check(response.ptr[1] == TSPDM_ERROR);
		follow(f, message, tspdm_buffer_view(&response));
		check_response(f, &header, tspdm_buffer_view(&response));
	}
	check(tspdm_responder_phase(f->responder) == f->phase);
	free(request);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzzed fuzzed;
	static uint8_t scratch[ROOM_MAX + 8192];
	struct tspdm_responder_config config = {
		.size = sizeof config, .scratch = scratch, .scratch_len = sizeof scratch
	};
	struct fuzzed *f = &fuzzed;
	void *memory;

	if (size < CONTROL_LEN)
		return 0;
	*f = (struct fuzzed){ 0 };
	set_up(f, data, &config);
	config.scratch_len >>= data[7] & 15U;
	memory = malloc(tspdm_responder_size());
	check(memory != NULL);
	if (tspdm_responder_init(memory, tspdm_responder_size(), &config, &f->responder) == TSPDM_OK) {
		size_t at = CONTROL_LEN;

		for (unsigned i = 0; i < MESSAGES_MAX && size - at >= 2; i++) {
			size_t len = data[at] | (size_t)data[at + 1] << 8;

			at += 2;
			if (len > size - at)
				len = size - at;
			send_one(f, (struct tspdm_view){ data + at, len });
			at += len;
		}
		tspdm_responder_wipe(f->responder);
	}
	check(f->crypto.hashes == 0 && f->evidence_alive == 0);
	free(memory);
	return 0;
}
