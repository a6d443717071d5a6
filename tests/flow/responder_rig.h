/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder to send requests to: OpenSSL behind it, and a device whose parts say "not yet" as often as a test likes. */
#ifndef TSPDM_TESTS_RESPONDER_RIG_H
#define TSPDM_TESTS_RESPONDER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/message.h>
#include <tspdm/openssl.h>
#include <tspdm/responder.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VIEW(...)                                                                                                      \
	(struct tspdm_view)                                                                                            \
	{                                                                                                              \
		(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })                             \
	}

enum { RIG_ROOM = 16384, REPORT_LEN = 1184, REPORT_DATA_AT = 0x50, CERTIFICATES_LEN = 40 };

/* Bytes that a test puts together by hand. */
struct bytes {
	uint8_t b[65536];
	size_t len;
};

/* Evidence that tells only which report data it was made for. */
struct fake_source {
	struct tspdm_evidence_source base;
	unsigned delay; /* how often poll says "not yet" */
	unsigned left;
	uint32_t retry_us;
	unsigned begun, ended;
	enum tspdm_status outcome;
	uint8_t report[REPORT_LEN];
	uint8_t certificates[CERTIFICATES_LEN];
};

/* Signs with the identity's own signer, later. */
struct fake_signer {
	struct tspdm_signer base;
	struct tspdm_signer *real;
	unsigned delay, left;
	unsigned cancelled;
	bool is_busy;
	bool is_short;      /* gives too few bytes */
	uint8_t first[256]; /* what it was asked first, to be asked the same again */
	size_t first_len;
};

struct rig {
	struct tspdm_crypto *crypto;
	struct tspdm_openssl_identity *identity;
	struct fake_source source;
	struct fake_signer signer;
	struct tspdm_basic_device device;
	struct tspdm_responder_config config;
	struct tspdm_responder *responder;
	void *memory;
	uint8_t room[RIG_ROOM];
	uint8_t scratch[RIG_ROOM];
	struct bytes vca; /* the three exchanges that begin a connection */
	struct tspdm_view response;
	struct tspdm_capabilities peer; /* of the requester */
	uint8_t version;                /* that rig_enter() selects */
};

static inline enum tspdm_status fake_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct fake_source *fake = (struct fake_source *)source;

	fake->begun++;
	fake->left = fake->delay;
	memset(fake->report, 0x5A, sizeof fake->report);
	memcpy(fake->report + REPORT_DATA_AT, report_data, TSPDM_REPORT_DATA_LEN);
	*out = malloc(1); /* valgrind tells if it is not ended */
	return TSPDM_OK;
}

static inline enum tspdm_status fake_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct fake_source *fake = (struct fake_source *)source;

	assert_non_null(job);
	if (fake->left != 0) {
		fake->left--;
		*retry_us = fake->retry_us;
		return TSPDM_AGAIN;
	}
	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_SEV_SNP,
		.report = { fake->report, sizeof fake->report },
		.certificates = { fake->certificates, sizeof fake->certificates } };
	return fake->outcome;
}

static inline void fake_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	((struct fake_source *)source)->ended++;
	free(job);
}

static const struct tspdm_evidence_source_ops fake_source_ops = { sizeof fake_source_ops, "fake", TSPDM_TEE_SEV_SNP,
	fake_begin, fake_poll, fake_end };

static inline enum tspdm_status fake_sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct fake_signer *fake = (struct fake_signer *)signer;

	if (!fake->is_busy) {
		fake->is_busy = true;
		fake->left = fake->delay;
		fake->first_len = tbs->data.len;
		memcpy(fake->first, tbs->data.ptr, tbs->data.len);
	}
	assert_int_equal(tbs->data.len, fake->first_len);
	assert_memory_equal(tbs->data.ptr, fake->first, fake->first_len);
	if (fake->left != 0) {
		fake->left--;
		pending->stage = 1;
		pending->retry_us = 3000;
		return TSPDM_AGAIN;
	}
	fake->is_busy = false;
	pending->stage = 0;
	if (fake->is_short) {
		signature->len += 5;
		return TSPDM_OK;
	}
	return fake->real->ops->sign(fake->real, tbs, signature, pending);
}

static inline void fake_cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	struct fake_signer *fake = (struct fake_signer *)signer;

	fake->cancelled++;
	fake->is_busy = false;
	*pending = (struct tspdm_pending){ 0 };
}

static const struct tspdm_signer_ops fake_signer_ops = { sizeof fake_signer_ops, "fake", fake_sign, fake_cancel };

static inline enum tspdm_status echo_vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	unsigned *delay = context;

	if (request->standard_id != 3 || request->vendor_id.len != 2)
		return TSPDM_ERR_UNSUPPORTED;
	if (request->payload.len == 0)
		return TSPDM_ERR_FIELD;
	if (*delay != 0) {
		--*delay;
		pending->retry_us = 1;
		return TSPDM_AGAIN;
	}
	for (size_t i = 0; i < request->payload.len; i++) {
		if (response->len < response->cap)
			response->ptr[response->len] = (uint8_t)(request->payload.ptr[i] ^ 0xFF);
		response->len++;
	}
	return response->len <= response->cap ? TSPDM_OK : TSPDM_ERR_BUFFER;
}

static const uint8_t rig_values[5][40] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } };
static const struct tspdm_block rig_blocks[] = {
	{ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { rig_values[0], 40 } },
	{ 2, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { rig_values[1], 8 } },
	{ 5, TSPDM_MEASUREMENT_ROM, TSPDM_BLOCK_RAW_OR_DIGEST, true, { rig_values[2], 20 } },
	{ TSPDM_INDEX_MANIFEST, TSPDM_MEASUREMENT_MANIFEST, TSPDM_BLOCK_RAW_OR_DIGEST, false, { rig_values[3], 30 } },
	{ TSPDM_INDEX_DEVICE_MODE, TSPDM_MEASUREMENT_DEVICE_MODE, TSPDM_BLOCK_RAW_ONLY, false, { rig_values[4], 16 } },
};

/* A rig with everything at its default; a test changes `config` or `device` and then calls rig_start(). */
static inline struct rig *rig_new(void)
{
	static unsigned no_delay;
	struct rig *rig = calloc(1, sizeof *rig);
	const struct tspdm_openssl_make make = { .size = sizeof make };

	assert_non_null(rig);
	no_delay = 0;
	assert_int_equal(tspdm_openssl_new(&rig->crypto), TSPDM_OK);
	assert_int_equal(tspdm_openssl_identity_make(&make, &rig->identity), TSPDM_OK);
	tspdm_basic_device_init(&rig->device);
	tspdm_openssl_identity_slot(rig->identity, &rig->device.slots[0]);
	rig->signer = (struct fake_signer){ .base = { &fake_signer_ops }, .real = rig->device.slots[0].signer };
	rig->device.slots[0].signer = &rig->signer.base;
	rig->device.slots[3] = rig->device.slots[0];
	rig->device.blocks = rig_blocks;
	rig->device.block_count = COUNT(rig_blocks);
	rig->source.base.ops = &fake_source_ops;
	rig->device.evidence = &rig->source.base;
	rig->device.vendor = echo_vendor;
	rig->device.vendor_context = &no_delay;
	rig->config = (struct tspdm_responder_config){ .size = sizeof rig->config,
		.crypto = rig->crypto,
		.device = &rig->device.base,
		.binding = &tspdm_binding_tcp,
		.versions = TSPDM_VERSION_BIT(TSPDM_V12),
		.hash = TSPDM_HASH_SHA384,
		.scratch = rig->scratch,
		.scratch_len = sizeof rig->scratch };
	rig->peer = (struct tspdm_capabilities){ .data_transfer_size = 8192, .max_message_size = 8192 };
	rig->version = TSPDM_V12;
	return rig;
}

static inline void rig_start(struct rig *rig)
{
	rig->memory = malloc(tspdm_responder_size());
	assert_int_equal(
		tspdm_responder_init(rig->memory, tspdm_responder_size(), &rig->config, &rig->responder), TSPDM_OK);
}

static inline void rig_free(struct rig *rig)
{
	tspdm_responder_wipe(rig->responder);
	assert_int_equal(rig->source.begun, rig->source.ended);
	free(rig->memory);
	tspdm_openssl_identity_free(rig->identity);
	tspdm_openssl_free(rig->crypto);
	free(rig);
}

/* Sends one request out of a block of exactly its size. */
static inline struct tspdm_view rig_send(struct rig *rig, struct tspdm_view request)
{
	struct tspdm_buffer out = { rig->room, sizeof rig->room, 0 };
	uint8_t *copy = malloc(request.len != 0 ? request.len : 1);

	memcpy(copy, request.ptr, request.len);
	assert_int_equal(tspdm_responder_handle(
				 rig->responder, 0, TSPDM_KIND_PLAIN, (struct tspdm_view){ copy, request.len }, &out),
		TSPDM_OK);
	free(copy);
	rig->response = tspdm_buffer_view(&out);
	return rig->response;
}

static inline void put(struct bytes *to, struct tspdm_view what)
{
	assert_true(what.len <= sizeof to->b - to->len);
	memcpy(to->b + to->len, what.ptr, what.len);
	to->len += what.len;
}

static inline void rig_vca(struct rig *rig, struct tspdm_view request)
{
	struct tspdm_view response = rig_send(rig, request);

	assert_int_equal(response.ptr[1] | 0x80, request.ptr[1]);
	put(&rig->vca, request);
	put(&rig->vca, response);
}

static const uint8_t rig_get_version[] = { 0x10, 0x84, 0, 0 };

static inline struct tspdm_view rig_get_capabilities(const struct rig *rig)
{
	static uint8_t message[20];
	const uint8_t head[] = { rig->version, 0xE1, 0, 0, 0, 14, 0, 0 };
	const uint32_t fields[] = { rig->peer.flags, rig->peer.data_transfer_size, rig->peer.max_message_size };

	memcpy(message, head, sizeof head);
	for (size_t i = 0; i < 12; i++)
		message[8 + i] = (uint8_t)(fields[i / 4] >> 8 * (i % 4));
	return (struct tspdm_view){ message, rig->version == TSPDM_V10 ? 4 : rig->version == TSPDM_V11 ? 12 : 20 };
}

/* P-384 and SHA-384 offered, no tables. */
static const uint8_t rig_negotiate[32] = { 0x12, 0xE3, 0, 0, 32, 0, 1, 2, 0x90, 0, 0, 0, 3, 0, 0, 0 };

/* Brings the connection into a phase. */
static inline void rig_enter(struct rig *rig, enum tspdm_phase phase)
{
	uint8_t negotiate[32];
	const struct tspdm_view steps[] = { { rig_get_version, 4 }, rig_get_capabilities(rig), { negotiate, 32 } };

	memcpy(negotiate, rig_negotiate, sizeof negotiate);
	negotiate[0] = rig->version;
	rig->vca.len = 0;
	for (unsigned i = 0; i < (unsigned)phase; i++)
		rig_vca(rig, steps[i]);
	assert_int_equal(tspdm_responder_phase(rig->responder), phase);
}

static inline struct rig *rig_in(enum tspdm_phase phase)
{
	struct rig *rig = rig_new();

	rig_start(rig);
	rig_enter(rig, phase);
	return rig;
}

/* The ErrorCode; -1 for a response that is no ERROR. */
static inline int error_of(struct tspdm_view response)
{
	assert_true(response.len >= 4);
	return response.ptr[1] == TSPDM_ERROR ? response.ptr[2] : -1;
}

static inline void assert_error(struct tspdm_view response, uint8_t code)
{
	assert_int_equal(error_of(response), code);
}

static inline struct tspdm_view challenge(uint8_t slot, uint8_t summary)
{
	static uint8_t message[36];

	memset(message, 0x77, sizeof message);
	memcpy(message, (const uint8_t[]){ 0x12, 0x83, slot, summary }, 4);
	return (struct tspdm_view){ message, sizeof message };
}

/* Param1: 1 signed, 2 raw. */
static inline struct tspdm_view get_measurements(uint8_t param1, uint8_t operation, uint8_t slot)
{
	static uint8_t message[37];

	memset(message, 0x66, sizeof message);
	memcpy(message, (const uint8_t[]){ 0x12, 0xE0, param1, operation }, 4);
	message[36] = slot;
	return (struct tspdm_view){ message, param1 & 1 ? 37 : 4 };
}

#endif
