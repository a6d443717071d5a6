/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes a responder with a session. A connection is negotiated and KEY_EXCHANGE answered first, then, unless the control
 * byte says otherwise, FINISH. The input is CONTROL_LEN control bytes, then steps: a kind (in the clear, a record that the
 * harness seals around the bytes, a record as it stands, time that passes, application data of ours), the length (u16,
 * little-endian) and the bytes. Cryptography is not: a record whose tag is zero is authentic, so that what stands behind
 * authentication is reached. Whatever comes, responses to records are records of the same session, no session is
 * established without FINISH, and nothing is left over in the end. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/message.h>
#include <tspdm/responder.h>

#include "core/key_schedule.h"
#include "core/session.h"
#include "fake_crypto.h"
#include "responder/responder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 4, ROOM = 2048, STEPS_MAX = 64, HEAD_MAX = 16 };
enum { STEP_CLEAR, STEP_SEALED, STEP_RECORD, STEP_TIME, STEP_DATA, STEPS };
enum { CONTROL_CLEAR = 1, CONTROL_MAC = 2, CONTROL_UNFINISHED = 4, CONTROL_NO_HOOK = 8 };

struct fuzzed {
	struct fake_crypto crypto;
	struct tspdm_basic_device device;
	struct tspdm_signer signer;
	struct tspdm_responder *p;
	const struct tspdm_binding *binding;
	uint64_t now_us;
	struct session sessions[4];
	uint8_t record[ROOM];
};

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	(void)signer, (void)pending;
	for (size_t i = 0; i < tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym); i++)
		signature->ptr[signature->len++] = fake_signature_byte(tbs->data, i);
	return TSPDM_OK;
}

static const struct tspdm_signer_ops signer_ops = { sizeof signer_ops, "fuzz", sign, NULL };

static void take(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	(void)context;
	check(session != 0);
	for (size_t i = 0; i < data.len && answer->len < answer->cap; i++)
		answer->ptr[answer->len++] = data.ptr[i];
}

static const uint8_t values[64] = { 1, 2, 3 };
static const uint8_t certificates[] = { 0x30, 0x03, 1, 2, 3, 0x30, 0x04, 4, 5, 6, 7 };
static const struct tspdm_block blocks[] = {
	{ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { values, 64 } },
	{ 2, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { values, 8 } },
};

static size_t send(struct fuzzed *f, enum tspdm_message_kind kind, struct tspdm_view message, uint8_t *room)
{
	uint8_t *exact = malloc(message.len != 0 ? message.len : 1);
	struct tspdm_buffer response = { room, ROOM, 0 };

	check(exact != NULL);
	if (message.len != 0)
		memcpy(exact, message.ptr, message.len);
	message.ptr = exact;
	(void)!tspdm_responder_handle(f->p, f->now_us, kind, message, &response);
	if (kind == TSPDM_KIND_SECURED && response.len != 0)
		check(response.len >= 4 + 2 + 16 && memcmp(response.ptr, exact, 4) == 0);
	check(response.len <= ROOM);
	free(exact);
	return response.len;
}

static uint32_t flags_of(uint8_t control)
{
	uint32_t flags = TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD;

	if ((control & CONTROL_CLEAR) != 0)
		flags |= TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	if ((control & CONTROL_MAC) == 0)
		flags |= TSPDM_CAP_ENCRYPT;
	return flags;
}

static bool set_up(struct fuzzed *f, const uint8_t *control, void *memory)
{
	static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_tcp,
		&tspdm_binding_doe };
	struct tspdm_responder_config config = { .size = sizeof config,
		.crypto = &f->crypto.base,
		.device = &f->device.base,
		.binding = bindings[control[1] % 3],
		.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG | flags_of(control[0]),
		.sessions = f->sessions,
		.sessions_len = (size_t)(1 + control[2] % 4) * sizeof f->sessions[0],
		.heartbeat_s = control[2] >> 4,
		.record = f->record,
		.record_len = sizeof f->record,
		.application = { (control[0] & CONTROL_NO_HOOK) != 0 ? NULL : take, f } };

	f->crypto.base.ops = &fake_crypto_ops;
	f->crypto.fail_at = control[3];
	f->signer.ops = &signer_ops;
	f->binding = config.binding;
	tspdm_basic_device_init(&f->device);
	f->device.blocks = blocks;
	f->device.block_count = 2;
	f->device.slots[0] = (struct tspdm_slot){ .certificates = { certificates, sizeof certificates },
		.spki = { values, 20 },
		.asym = TSPDM_ASYM_ECDSA_P256,
		.signer = &f->signer };
	return tspdm_responder_init(memory, tspdm_responder_size(), &config, &f->p) == TSPDM_OK;
}

static void negotiate(struct fuzzed *f, uint8_t control)
{
	const struct tspdm_shape shape = { .version = TSPDM_V12 };
	const struct tspdm_capabilities own = {
		.flags = flags_of(control), .data_transfer_size = ROOM, .max_message_size = ROOM
	};
	struct tspdm_negotiate_algorithms offer = { .measurement_specification = TSPDM_MEASUREMENT_SPEC_DMTF,
		.other_params = TSPDM_OPAQUE_FORMAT_1,
		.base_asym = TSPDM_ASYM_ECDSA_P256,
		.base_hash = TSPDM_HASH_SHA256 };
	uint8_t message[256], room[ROOM];
	struct tspdm_buffer out = { message, sizeof message, 0 };

	offer.tables.present = 1U << TSPDM_ALG_DHE | 1U << TSPDM_ALG_AEAD | 1U << TSPDM_ALG_KEY_SCHEDULE;
	offer.tables.supported[TSPDM_ALG_DHE] = TSPDM_DHE_SECP256R1;
	offer.tables.supported[TSPDM_ALG_AEAD] = TSPDM_AEAD_AES_128_GCM;
	offer.tables.supported[TSPDM_ALG_KEY_SCHEDULE] = TSPDM_KEY_SCHEDULE_SPDM;
	(void)send(f, TSPDM_KIND_PLAIN, (struct tspdm_view){ (const uint8_t[]){ 0x10, 0x84, 0, 0 }, 4 }, room);
	check(tspdm_write_get_capabilities(&out, &shape, &own) == TSPDM_OK);
	(void)send(f, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out), room);
	out.len = 0;
	check(tspdm_write_negotiate_algorithms(&out, &shape, &offer) == TSPDM_OK);
	(void)send(f, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out), room);
}

static void exchange_keys(struct fuzzed *f)
{
	const struct tspdm_shape shape = { .version = TSPDM_V12, .exchange_data_len = FAKE_DHE_LEN };
	uint8_t message[256], room[ROOM], opaque_room[32];
	struct tspdm_buffer out = { message, sizeof message, 0 };
	struct tspdm_buffer opaque = { opaque_room, sizeof opaque_room, 0 };
	struct tspdm_key_exchange ask = { .session_id = 1, .random = { values, 32 }, .exchange_data = { values, 64 } };

	check(tspdm_write_supported_versions(
		      &opaque, &shape, tspdm_record_versions, RECORD_VERSIONS, TSPDM_AEAD_LIMIT_NONE) == TSPDM_OK);
	ask.opaque = tspdm_buffer_view(&opaque);
	check(tspdm_write_key_exchange(&out, &shape, &ask) == TSPDM_OK);
	(void)send(f, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out), room);
}

/* A record of the session, as its requester would write it; the tag is zero. */
static size_t seal(const struct fuzzed *f, const struct session *s, struct tspdm_view message, uint8_t *out)
{
	const struct record_generation *g = s->open.pending.key != NULL ? &s->open.pending : &s->open.current;
	struct tspdm_buffer w = { out, ROOM, 0 };
	size_t inner = f->binding->inner_header == TSPDM_INNER_TCP ? 4 : f->binding->inner_header;
	size_t len = inner + message.len + (s->is_mac_only ? 0 : 2) + 16;

	memset(out, 0, ROOM);
	for (size_t i = 0; i < 4; i++)
		out[w.len++] = (uint8_t)(s->id >> (8 * i));
	for (size_t i = 0; i < f->binding->sequence_len; i++)
		out[w.len++] = (uint8_t)(g->sequence >> (8 * i));
	out[w.len++] = (uint8_t)len;
	out[w.len++] = (uint8_t)(len >> 8);
	if (!s->is_mac_only) {
		out[w.len++] = (uint8_t)(inner + message.len);
		out[w.len++] = (uint8_t)((inner + message.len) >> 8);
	}
	if (f->binding->inner_header == TSPDM_INNER_MCTP)
		out[w.len++] = 5;
	if (f->binding->inner_header == TSPDM_INNER_TCP) {
		w.len += 2;
		out[w.len++] = 1;
		out[w.len++] = 5;
	}
	memcpy(out + w.len, message.ptr, message.len);
	return w.len + message.len + 16;
}

static struct session *any_session(struct fuzzed *f, unsigned from)
{
	for (unsigned i = 0; i < f->p->sessions.count; i++)
		if (f->p->sessions.all[(from + i) % f->p->sessions.count].phase >= SESSION_HANDSHAKING)
			return &f->p->sessions.all[(from + i) % f->p->sessions.count];
	return NULL;
}

/* FINISH, with verify data from the responder's own transcript: only that makes a session. */
static void finish(struct fuzzed *f)
{
	struct session *s = any_session(f, 0);
	uint8_t message[4 + 32] = { TSPDM_V12, TSPDM_FINISH }, record[ROOM], room[ROOM], digest[TSPDM_HASH_MAX];
	struct tspdm_hash *hash = NULL;
	struct tspdm_crypto *crypto = &f->crypto.base;
	bool is_made;

	if (s == NULL || crypto->ops->hash_new(crypto, TSPDM_HASH_SHA256, &hash) != TSPDM_OK)
		return;
	is_made = crypto->ops->hash_copy(crypto, hash, s->th.running) == TSPDM_OK &&
		  crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ message, 4 }) == TSPDM_OK &&
		  crypto->ops->hash_final(crypto, hash, digest) == TSPDM_OK &&
		  tspdm_key_verify_data(
			  &s->schedule, s->handshake.finished[KEY_DIRECTION_REQUEST], digest, message + 4) == TSPDM_OK;
	crypto->ops->hash_free(crypto, hash);
	if (!is_made)
		return;
	if (s->is_clear) {
		(void)send(f, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, sizeof message }, room);
		return;
	}
	(void)send(f, TSPDM_KIND_SECURED,
		(struct tspdm_view){ record, seal(f, s, (struct tspdm_view){ message, sizeof message }, record) },
		room);
}

static void step(struct fuzzed *f, uint8_t kind, struct tspdm_view bytes)
{
	struct session *s = any_session(f, kind / STEPS);
	uint8_t record[ROOM], room[ROOM];
	struct tspdm_buffer out = { room, sizeof room, 0 };

	switch (kind % STEPS) {
	case STEP_CLEAR:
		(void)send(f, TSPDM_KIND_PLAIN, bytes, room);
		break;
	case STEP_SEALED:
		if (s != NULL && bytes.len < ROOM / 2)
			(void)send(
				f, TSPDM_KIND_SECURED, (struct tspdm_view){ record, seal(f, s, bytes, record) }, room);
		break;
	case STEP_RECORD:
		if (s != NULL && bytes.len < ROOM - HEAD_MAX) {
			memcpy(record, &s->id, 4);
			if (bytes.len != 0)
				memcpy(record + 4, bytes.ptr, bytes.len);
			(void)send(f, TSPDM_KIND_SECURED, (struct tspdm_view){ record, 4 + bytes.len }, room);
		}
		break;
	case STEP_TIME:
		f->now_us += (uint64_t)bytes.len << 20;
		break;
	default:
		if (s != NULL)
			(void)!tspdm_responder_seal(f->p, s->id, bytes, &out);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzzed fuzzed;
	struct fuzzed *f = &fuzzed;
	void *memory = malloc(tspdm_responder_size());
	size_t at = CONTROL_LEN;

	check(memory != NULL);
	*f = (struct fuzzed){ .now_us = 1 };
	if (size >= CONTROL_LEN && set_up(f, data, memory)) {
		negotiate(f, data[0]);
		exchange_keys(f);
		if ((data[0] & CONTROL_UNFINISHED) == 0)
			finish(f);
		check(tspdm_responder_sessions(f->p, NULL, 0) <= ((data[0] & CONTROL_UNFINISHED) == 0 ? 1U : 0U));
		for (unsigned i = 0; i < STEPS_MAX && size - at >= 3; i++) {
			uint8_t kind = data[at];
			size_t len = data[at + 1] | (size_t)data[at + 2] << 8;

			at += 3;
			if (len > size - at)
				len = size - at;
			step(f, kind, (struct tspdm_view){ data + at, len });
			at += len;
		}
		tspdm_responder_wipe(f->p);
	}
	check(f->crypto.hashes == 0 && f->crypto.keys == 0);
	free(memory);
	return 0;
}
