/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester and a responder joined by a function call, and each of them with the recorded messages of the other. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

const struct suite bench_suites[] = {
	{ "P-256/SHA-256", TSPDM_ASYM_ECDSA_P256, TSPDM_HASH_SHA256, TSPDM_DHE_SECP256R1, TSPDM_AEAD_AES_128_GCM, 8 },
	{ "P-384/SHA-384", TSPDM_ASYM_ECDSA_P384, TSPDM_HASH_SHA384, TSPDM_DHE_SECP384R1, TSPDM_AEAD_AES_256_GCM, 1 },
	{ "RSAPSS-3072/SHA-384", TSPDM_ASYM_RSAPSS_3072, TSPDM_HASH_SHA384, TSPDM_DHE_SECP384R1, TSPDM_AEAD_AES_256_GCM,
		1 },
	{ "Ed25519/SHA-512", TSPDM_ASYM_ED25519, TSPDM_HASH_SHA512, TSPDM_DHE_SECP256R1, TSPDM_AEAD_AES_128_GCM, 8 },
};
const unsigned bench_suite_count = sizeof bench_suites / sizeof bench_suites[0];

/* Real random numbers are made, as always, and then not used: only so can recorded answers be taken again. */
static enum tspdm_status (*real_random)(struct tspdm_crypto *crypto, uint8_t *out, size_t len);

static enum tspdm_status known_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	CHECK(real_random(crypto, out, len) == TSPDM_OK);
	memset(out, 0x5A, len);
	return TSPDM_OK;
}

/* ---- Making ---- */

static void set_blocks(struct rig *rig)
{
	static const uint8_t rom[48] = "immutable rom, version one";
	static const uint8_t firmware[1024] = "firmware, build 4711";
	static const uint8_t svn[8] = { 7 };
	static const uint8_t manifest[256] = "a manifest";
	static const uint8_t mode[16] = { 4, 0, 0, 0, 4 };
	const struct tspdm_block blocks[BLOCKS] = {
		{ 1, TSPDM_MEASUREMENT_ROM, TSPDM_BLOCK_RAW_OR_DIGEST, true, { rom, sizeof rom } },
		{ 2, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { firmware, sizeof firmware } },
		{ 3, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { svn, sizeof svn } },
		{ TSPDM_INDEX_MANIFEST, TSPDM_MEASUREMENT_MANIFEST, TSPDM_BLOCK_RAW_OR_DIGEST, false,
			{ manifest, sizeof manifest } },
		{ TSPDM_INDEX_DEVICE_MODE, TSPDM_MEASUREMENT_DEVICE_MODE, TSPDM_BLOCK_RAW_ONLY, false,
			{ mode, sizeof mode } },
	};

	memcpy(rig->blocks, blocks, sizeof blocks);
	rig->device.blocks = rig->blocks;
	rig->device.block_count = BLOCKS;
}

/* The first certificate: DER with a two-byte length. */
static struct tspdm_view first_of(struct tspdm_view all)
{
	CHECK(all.len > 4 && all.ptr[1] == 0x82);
	return (struct tspdm_view){ all.ptr, 4 + (size_t)all.ptr[2] * 256 + all.ptr[3] };
}

void bench_rig_requester(struct rig *rig, struct asking *asking, void *memory)
{
	const struct tspdm_requester_config config = {
		.size = sizeof config,
		.crypto = rig->asker_crypto,
		.binding = &tspdm_binding_tcp,
		.request = asking->request,
		.request_len = sizeof asking->request,
		.asym = rig->suite->asym,
		.hash = rig->suite->hash,
		.anchors = rig->root,
		.time = rig->time,
	};

	CHECK(tspdm_requester_init(memory, tspdm_requester_size(), &config, &asking->requester) == TSPDM_OK);
}

void bench_rig_responder(struct rig *rig, struct tspdm_responder **responder, void *memory)
{
	const struct tspdm_responder_config config = {
		.size = sizeof config,
		.crypto = rig->crypto,
		.device = &rig->device.base,
		.binding = &tspdm_binding_tcp,
	};

	CHECK(tspdm_responder_init(memory, tspdm_responder_size(), &config, responder) == TSPDM_OK);
}

/* ---- Stepping ---- */

static bool begin_measure(struct asking *asking)
{
	const struct tspdm_measure job = {
		.operation = TSPDM_MEASUREMENT_ALL,
		.is_signed = true,
		.record = asking->record,
		.record_cap = sizeof asking->record,
	};

	return tspdm_requester_measure(asking->requester, &job) == TSPDM_OK;
}

static bool begin_authenticate(struct asking *asking, size_t known_len)
{
	const struct tspdm_authenticate job = {
		.chain = asking->chain, .chain_cap = sizeof asking->chain, .known_len = known_len
	};

	return tspdm_requester_authenticate(asking->requester, &job) == TSPDM_OK;
}

bool bench_begin(struct asking *asking, unsigned *stage, size_t known_len)
{
	switch ((*stage)++) {
	case 0:
		CHECK(tspdm_requester_connect(asking->requester) == TSPDM_OK);
		return true;
	case 1:
		CHECK(begin_authenticate(asking, known_len));
		return true;
	case 2:
		CHECK(begin_measure(asking));
		return true;
	default:
		CHECK(tspdm_requester_identity(asking->requester)->is_authenticated);
		CHECK(tspdm_requester_identity(asking->requester)->is_anchored);
		CHECK(tspdm_requester_measured(asking->requester)->is_verified);
		return false;
	}
}

static struct tspdm_view keep(struct recording *recording, struct tspdm_view message)
{
	if (recording == NULL)
		return message;
	CHECK(recording->count < MESSAGES_MAX && message.len <= MESSAGE_MAX);
	memcpy(recording->bytes[recording->count], message.ptr, message.len);
	recording->len[recording->count++] = message.len;
	return message;
}

static struct tspdm_view ask(struct asking *asking, unsigned *stage, size_t known_len)
{
	struct tspdm_io io;
	enum tspdm_step step = tspdm_requester_step(asking->requester, 1, &io);

	while (step == TSPDM_STEP_DONE) {
		if (!bench_begin(asking, stage, known_len))
			return (struct tspdm_view){ NULL, 0 };
		step = tspdm_requester_step(asking->requester, 1, &io);
	}
	CHECK(step == TSPDM_STEP_SEND);
	return io.out;
}

static void attest(struct asking *asking, struct tspdm_responder *responder, size_t known_len, struct recording *into)
{
	static uint8_t room[MESSAGE_MAX];
	unsigned stage = 0;

	for (;;) {
		struct tspdm_view request = ask(asking, &stage, known_len);
		struct tspdm_buffer response = { room, sizeof room, 0 };

		if (request.len == 0)
			return;
		keep(into, request);
		CHECK(tspdm_responder_handle(responder, 1, TSPDM_KIND_PLAIN, request, &response) == TSPDM_OK);
		keep(into, tspdm_buffer_view(&response));
		CHECK(tspdm_requester_input(asking->requester, TSPDM_KIND_PLAIN, tspdm_buffer_view(&response)) ==
			TSPDM_OK);
	}
}

void bench_attest(struct asking *asking, struct tspdm_responder *responder)
{
	attest(asking, responder, 0, NULL);
}

static void full(struct rig *rig, struct recording *into)
{
	bench_rig_requester(rig, &rig->asking, rig->requester_memory);
	bench_rig_responder(rig, &rig->responder, rig->responder_memory);
	attest(&rig->asking, rig->responder, 0, into);
	tspdm_requester_wipe(rig->asking.requester);
	tspdm_responder_wipe(rig->responder);
}

void bench_full(struct rig *rig)
{
	full(rig, NULL);
}

void bench_full_responder(struct rig *rig)
{
	static uint8_t room[MESSAGE_MAX];
	const struct recording *recorded = &rig->full;

	bench_rig_responder(rig, &rig->responder, rig->responder_memory);
	for (unsigned i = 0; i < recorded->count; i += 2) {
		struct tspdm_buffer response = { room, sizeof room, 0 };
		struct tspdm_view request = { recorded->bytes[i], recorded->len[i] };

		CHECK(tspdm_responder_handle(rig->responder, 1, TSPDM_KIND_PLAIN, request, &response) == TSPDM_OK);
		CHECK(tspdm_responder_last(rig->responder).status == TSPDM_OK);
	}
	tspdm_responder_wipe(rig->responder);
}

void bench_full_requester(struct rig *rig)
{
	const struct recording *recorded = &rig->full;
	unsigned stage = 0;

	bench_rig_requester(rig, &rig->asking, rig->requester_memory);
	for (unsigned i = 1;; i += 2) {
		struct tspdm_view response = { recorded->bytes[i], recorded->len[i] };

		if (ask(&rig->asking, &stage, 0).len == 0)
			break;
		CHECK(i < recorded->count);
		CHECK(tspdm_requester_input(rig->asking.requester, TSPDM_KIND_PLAIN, response) == TSPDM_OK);
	}
	tspdm_requester_wipe(rig->asking.requester);
}

void bench_again_open(struct rig *rig)
{
	bench_rig_requester(rig, &rig->asking, rig->requester_memory);
	bench_rig_responder(rig, &rig->responder, rig->responder_memory);
	attest(&rig->asking, rig->responder, 0, NULL);
}

void bench_again(struct rig *rig)
{
	size_t known = tspdm_requester_identity(rig->asking.requester)->chain.len;

	attest(&rig->asking, rig->responder, known, NULL);
	CHECK(tspdm_requester_identity(rig->asking.requester)->was_known);
}

void bench_again_close(struct rig *rig)
{
	tspdm_requester_wipe(rig->asking.requester);
	tspdm_responder_wipe(rig->responder);
}

static void record_again(struct rig *rig)
{
	bench_again_open(rig);
	attest(&rig->asking, rig->responder, tspdm_requester_identity(rig->asking.requester)->chain.len, &rig->again);
	bench_again_close(rig);
}

void bench_rig_new(struct rig *rig, const struct suite *suite)
{
	struct tspdm_openssl_make make = { .size = sizeof make, .asym = suite->asym, .hash = suite->hash };

	memset(rig, 0, sizeof *rig);
	rig->suite = suite;
	rig->time = time(NULL);
	CHECK(tspdm_openssl_new(&rig->crypto) == TSPDM_OK);
	CHECK(tspdm_openssl_new(&rig->asker_crypto) == TSPDM_OK);
	rig->asker_ops = *rig->asker_crypto->ops;
	real_random = rig->asker_ops.random;
	rig->asker_ops.random = known_random;
	rig->asker_crypto->ops = &rig->asker_ops;
	CHECK(tspdm_openssl_identity_make(&make, &rig->identity) == TSPDM_OK);
	tspdm_openssl_identity_slot(rig->identity, &rig->slot);
	rig->root = first_of(rig->slot.certificates);
	tspdm_basic_device_init(&rig->device);
	rig->device.slots[0] = rig->slot;
	set_blocks(rig);
	rig->requester_memory = malloc(tspdm_requester_size());
	rig->responder_memory = malloc(tspdm_responder_size());
	CHECK(rig->requester_memory != NULL && rig->responder_memory != NULL);
	full(rig, &rig->full);
	record_again(rig);
}

void bench_rig_free(struct rig *rig)
{
	free(rig->requester_memory);
	free(rig->responder_memory);
	tspdm_openssl_identity_free(rig->identity);
	tspdm_openssl_free(rig->asker_crypto);
	tspdm_openssl_free(rig->crypto);
}
