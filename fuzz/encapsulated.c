/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes a requester that answers encapsulated requests: tspdm_requester_input() in the flow of
 * tspdm_requester_serve_encapsulated(), of basic mutual authentication, and of a handshake. The input is CONTROL_LEN control
 * bytes (which flow, which binding, a failure of the crypto vtable), then responses: a kind (as it stands, or wrapped as
 * the flow wants it next), the length (u16, little-endian) and the bytes.
 * Whatever comes, the flow ends, each answer is a response that belongs into that flow and can be read, nothing is signed
 * where nothing may be, and nothing is left over in the end. */
#include <stdlib.h>
#include <string.h>

#include "core/chain_response.h"
#include "fake_crypto.h"
#include "requester/requester.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 3, ROOM = 2048, STEPS_MAX = 20000 };

struct fuzzed {
	struct fake_crypto crypto;
	struct tspdm_signer signer;
	struct tspdm_slot slots[2];
	struct tspdm_requester *r;
	const uint8_t *next;
	size_t left;
	uint64_t now_us;
	enum flow_use use;
	unsigned signatures;
	bool is_late; /* the signer says "not yet" first */
	bool is_negotiated;
	uint8_t request[700], answer[ROOM];
};

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct fuzzed *f = (struct fuzzed *)(void *)((uint8_t *)signer - offsetof(struct fuzzed, signer));

	if (f->is_late && pending->stage++ == 0)
		return TSPDM_AGAIN;
	pending->stage = 0;
	f->signatures++;
	for (size_t i = 0; i < tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym); i++)
		signature->ptr[signature->len++] = fake_signature_byte(tbs->data, i);
	return TSPDM_OK;
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	pending->stage = 0;
}

static const struct tspdm_signer_ops signer_ops = { sizeof signer_ops, "fuzz", sign, cancel };

/* ---- The connection: answered as it should be ---- */

static void write_algorithms(struct tspdm_buffer *out, const struct tspdm_shape *shape)
{
	struct tspdm_algorithms chosen = { .base_asym = TSPDM_ASYM_ECDSA_P256, .base_hash = TSPDM_HASH_SHA256 };

	chosen.tables.present = 1U << TSPDM_ALG_REQ_ASYM;
	chosen.tables.supported[TSPDM_ALG_REQ_ASYM] = TSPDM_ASYM_ECDSA_P256;
	check(tspdm_write_algorithms(out, shape, &chosen) == TSPDM_OK);
}

static void negotiate(struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = { .version = TSPDM_V12 };
	const struct tspdm_capabilities own = { .flags = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH |
							 TSPDM_CAP_ENCAP,
		.data_transfer_size = ROOM,
		.max_message_size = ROOM };

	if (request.ptr[1] == TSPDM_GET_VERSION)
		check(tspdm_write_version(out, TSPDM_VERSION_BIT(TSPDM_V12)) == TSPDM_OK);
	else if (request.ptr[1] == TSPDM_GET_CAPABILITIES)
		check(tspdm_write_capabilities(out, &shape, &own) == TSPDM_OK);
	else
		write_algorithms(out, &shape);
}

/* ---- The flow: answered as the input says ---- */

static void check_answer(const struct fuzzed *f, struct tspdm_view inner)
{
	const struct tspdm_shape shape = tspdm_requester_own_shape(f->r);
	struct tspdm_challenge_auth auth;
	struct tspdm_certificate certificate;
	struct tspdm_error_response error;
	struct tspdm_digests digests;
	size_t used = 0;

	check(inner.len >= 4 && inner.ptr[0] == TSPDM_V12);
	switch (inner.ptr[1]) {
	case TSPDM_DIGESTS:
		check(tspdm_read_digests(inner, &shape, &digests, &used) == TSPDM_OK);
		check(digests.provisioned_slots == 2);
		break;
	case TSPDM_CERTIFICATE:
		check(tspdm_read_certificate(inner, &shape, &certificate, &used) == TSPDM_OK);
		check(certificate.slot == 1);
		break;
	case TSPDM_CHALLENGE_AUTH:
		check(f->use == FLOW_BASIC && f->signatures != 0);
		check(tspdm_read_challenge_auth(inner, &shape, &auth, &used) == TSPDM_OK);
		break;
	default:
		check(tspdm_read_error(inner, &error, &used) == TSPDM_OK);
	}
	check(used == inner.len);
}

static uint8_t take_u8(struct fuzzed *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->next++;
}

/* What the request wants for an answer, up to the inner message. */
static void wrap(struct tspdm_view request, uint8_t kind, struct tspdm_buffer *out)
{
	const uint8_t first[] = { TSPDM_V12, TSPDM_ENCAPSULATED_REQUEST, kind, 0 };
	const uint8_t later[] = { TSPDM_V12, TSPDM_ENCAPSULATED_RESPONSE_ACK, kind, 1, request.ptr[2], 0, 0, 0 };
	bool is_first = request.ptr[1] == TSPDM_GET_ENCAPSULATED_REQUEST;

	out->len = is_first ? sizeof first : sizeof later;
	memcpy(out->ptr, is_first ? first : later, out->len);
}

static void next_response(struct fuzzed *f, struct tspdm_view request, struct tspdm_buffer *out)
{
	uint8_t kind = take_u8(f);
	size_t len = take_u8(f);

	len |= (size_t)take_u8(f) << 8;
	if (len > f->left)
		len = f->left;
	if (kind % 4 != 0)
		wrap(request, kind, out);
	if (len > out->cap - out->len)
		len = out->cap - out->len;
	memcpy(out->ptr + out->len, f->next, len);
	f->next += len;
	f->left -= len;
	out->len += len;
}

static void exchange(struct fuzzed *f, struct tspdm_view request)
{
	struct tspdm_buffer out = { f->answer, sizeof f->answer, 0 };

	check(request.len >= 4);
	if (!f->is_negotiated) {
		negotiate(request, &out);
	} else {
		if (request.ptr[1] == TSPDM_DELIVER_ENCAPSULATED_RESPONSE)
			check_answer(f, (struct tspdm_view){ request.ptr + 4, request.len - 4 });
		if (f->left == 0)
			return;
		next_response(f, request, &out);
	}
	(void)!tspdm_requester_input(f->r, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out));
}

static enum tspdm_status run(struct fuzzed *f)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		struct tspdm_io io;

		switch (tspdm_requester_step(f->r, f->now_us, &io)) {
		case TSPDM_STEP_SEND:
			exchange(f, io.out);
			break;
		case TSPDM_STEP_RECEIVE:
		case TSPDM_STEP_WAIT:
			check(io.deadline_us > f->now_us && io.deadline_us != UINT64_MAX);
			f->now_us = io.deadline_us;
			break;
		case TSPDM_STEP_DONE:
			return TSPDM_OK;
		case TSPDM_STEP_FAILED:
			check(tspdm_requester_error(f->r)->status != TSPDM_OK);
			return tspdm_requester_error(f->r)->status;
		}
	}
	abort(); /* a flow that does not end */
}

static const struct job flow_job = { tspdm_requester_next_in_flow, tspdm_requester_end_flow };

static void run_flow(struct fuzzed *f, bool is_implicit)
{
	if (f->use == FLOW_CLEAR) {
		check(tspdm_requester_serve_encapsulated(f->r, 0) == TSPDM_OK);
	} else {
		if (tspdm_requester_begin_flow(f->r, f->use, is_implicit) != TSPDM_OK)
			return;
		check(tspdm_requester_begin_in(f->r, &flow_job, TSPDM_PHASE_NEGOTIATED, NULL) == TSPDM_OK);
	}
	(void)!run(f);
}

static const uint8_t certificates[] = { 0x30, 0x03, 1, 2, 3, 0x30, 0x04, 4, 5, 6, 7 };

/* There is no key: nobody is authenticated here. */
static void key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	(void)crypto;
	check(key == NULL);
}

static void set_up(struct fuzzed *f, const uint8_t *control, struct tspdm_crypto_ops *ops)
{
	struct tspdm_requester_config config = { .size = sizeof config,
		.crypto = &f->crypto.base,
		.request = f->request,
		.request_len = sizeof f->request,
		.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP,
		.max_message = ROOM,
		.slots = f->slots,
		.slot_count = 2,
		.retries = TSPDM_NO_RETRIES,
		.busy_retries = 1 };

	*ops = fake_crypto_ops;
	ops->public_key_free = key_free;
	f->crypto.base.ops = ops;
	f->crypto.fail_at = control[0];
	f->signer.ops = &signer_ops;
	f->slots[1] = (struct tspdm_slot){ .certificates = { certificates, sizeof certificates },
		.asym = TSPDM_ASYM_ECDSA_P256,
		.signer = &f->signer };
	config.binding = (control[1] & 1) != 0 ? &tspdm_binding_doe : &tspdm_binding_mctp;
	f->is_late = (control[1] & 2) != 0;
	f->use = (enum flow_use)(1U << control[2] % 3);
	check(tspdm_requester_init(f->r, tspdm_requester_size(), &config, &f->r) == TSPDM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed *f = calloc(1, sizeof *f);
	struct tspdm_crypto_ops ops;

	check(f != NULL);
	if (size >= CONTROL_LEN) {
		f->now_us = 1;
		f->next = data + CONTROL_LEN;
		f->left = size - CONTROL_LEN;
		f->r = malloc(tspdm_requester_size());
		check(f->r != NULL);
		set_up(f, data, &ops);
		check(tspdm_requester_connect(f->r) == TSPDM_OK);
		if (run(f) == TSPDM_OK) {
			f->is_negotiated = true;
			run_flow(f, (data[1] & 4) != 0);
		}
		tspdm_requester_wipe(f->r);
		check(f->crypto.hashes == 0 && f->crypto.keys == 0);
		free(f->r);
	}
	free(f);
	return 0;
}
