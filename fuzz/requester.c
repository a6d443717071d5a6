/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_requester_step() and tspdm_requester_input() in whole flows: the library's own responder answers, and the
 * input says what a hostile wire makes of each message. CONTROL_LEN control bytes (jobs, sizes, a failure of the crypto
 * vtable), then instructions: kind, a u16 argument, and for some of them bytes behind a u16 length.
 * Whatever comes: the requester ends each job; nobody is authenticated and nothing is verified unless all that the
 * signature covers arrived as it was sent; nothing is left over in the end. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/requester.h>
#include <tspdm/responder.h>

#include "fake_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 4, ROOM = 4096, STEPS_MAX = 2000 };

struct input {
	const uint8_t *next;
	size_t left;
};

struct tspdm_public_key {
	int nothing;
};

struct fuzzed {
	struct fake_crypto crypto;
	struct fake_crypto responder_crypto;
	struct tspdm_basic_device device;
	struct tspdm_signer signer;
	struct tspdm_responder *responder;
	struct tspdm_requester *requester;
	struct input input;
	bool is_spoilt;        /* since GET_VERSION something was accepted that did not arrive as it was sent */
	bool is_series_spoilt; /* likewise since the last series of GET_MEASUREMENTS began */
	bool is_suspect;       /* so it will be, if what arrived last turns out to be accepted */
	size_t asked_len;      /* the request that went out last */
	uint8_t asked[ROOM];
	unsigned keys; /* alive */
	uint64_t now_us;
	uint8_t request_room[512], chain[ROOM], record[ROOM], vendor_room[256];
};

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

#define FUZZED_OF(pointer, member) ((struct fuzzed *)(void *)((uint8_t *)(pointer)-offsetof(struct fuzzed, member)))

/* ---- The rest of the fake crypto: what a requester needs ---- */

static enum tspdm_status verify(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	(void)key;
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	for (size_t i = 0; i < signature.len; i++)
		if (signature.ptr[i] != fake_signature_byte(tbs->data, i))
			return TSPDM_ERR_SIGNATURE;
	return signature.len != 0 ? TSPDM_OK : TSPDM_ERR_SIGNATURE;
}

static enum tspdm_status check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *c, struct tspdm_chain_result *result)
{
	if (fake_fails(crypto) || c->certificates.len == 0)
		return TSPDM_ERR_CHAIN_FORM;
	result->leaf_key = malloc(sizeof *result->leaf_key);
	check(result->leaf_key != NULL);
	result->leaf = c->certificates;
	FUZZED_OF(crypto, crypto)->keys++;
	return TSPDM_OK;
}

static enum tspdm_status spki(struct tspdm_crypto *crypto, const struct tspdm_public_key *key, struct tspdm_buffer *out)
{
	(void)key;
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	memset(out->ptr, 1, 20);
	out->len = 20;
	return TSPDM_OK;
}

static void key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	if (key == NULL)
		return;
	FUZZED_OF(crypto, crypto)->keys--;
	free(key);
}

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	(void)signer;
	(void)pending;
	for (size_t i = 0; i < tspdm_algorithm_size(TSPDM_KIND_ASYM, tbs->asym); i++)
		signature->ptr[signature->len++] = fake_signature_byte(tbs->data, i);
	return TSPDM_OK;
}

static const struct tspdm_signer_ops signer_ops = { sizeof signer_ops, "fuzz", sign, NULL };

static enum tspdm_status vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	(void)context;
	(void)pending;
	if (request->payload.len > response->cap)
		return TSPDM_ERR_BUFFER;
	memcpy(response->ptr, request->payload.ptr, request->payload.len);
	response->len = request->payload.len;
	return TSPDM_OK;
}

/* ---- The hostile wire ---- */

static uint8_t take_u8(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->next++;
}

static size_t take_u16(struct input *in)
{
	size_t low = take_u8(in);

	return low | (size_t)take_u8(in) << 8;
}

/* Makes of a message what the next instruction says. @returns how often it arrives */
static unsigned spoil(struct fuzzed *f, uint8_t *bytes, size_t *len)
{
	struct input *in = &f->input;
	uint8_t kind = take_u8(in) % 8;
	size_t argument = kind < 3 ? 0 : take_u16(in);

	if (kind < 3) /* most messages pass, or no flow would come far */
		return 1;
	if (kind == 3 && argument < *len)
		*len = argument;
	if (kind == 4 && *len != 0)
		bytes[argument % *len] ^= (uint8_t)(take_u8(in) | 1U);
	if (kind == 5) {
		*len = argument < in->left ? argument : in->left;
		*len = *len < ROOM ? *len : ROOM;
		memcpy(bytes, in->next, *len);
		in->next += *len;
		in->left -= *len;
	}
	if (kind == 6)
		return 0;
	return kind == 7 ? 2 : 1;
}

/* Bytes behind a message are padding: they change nothing. */
static bool is_as_sent(const uint8_t *sent, size_t sent_len, const uint8_t *arrived, size_t arrived_len)
{
	return arrived_len >= sent_len && memcmp(sent, arrived, sent_len) == 0;
}

static size_t answer(struct fuzzed *f, struct tspdm_view request, uint8_t *room)
{
	struct tspdm_buffer response = { room, ROOM, 0 };
	static uint8_t there[ROOM];
	size_t len = request.len;
	unsigned times;

	check(len <= ROOM);
	memcpy(there, request.ptr, len);
	times = spoil(f, there, &len);
	f->is_suspect = !is_as_sent(request.ptr, request.len, there, len);
	for (unsigned i = 0; i < times; i++) {
		response.len = 0;
		check(tspdm_responder_handle(f->responder, f->now_us, TSPDM_KIND_PLAIN,
			      (struct tspdm_view){ there, len }, &response) == TSPDM_OK);
	}
	return response.len;
}

/* What arrived last was accepted if now another request goes out than before, or none. */
static void settle(struct fuzzed *f, struct tspdm_view request)
{
	bool is_repeated =
		request.len == f->asked_len && request.len != 0 && memcmp(request.ptr, f->asked, request.len) == 0;

	if (f->is_suspect && !is_repeated)
		*(f->asked[1] == TSPDM_GET_MEASUREMENTS ? &f->is_series_spoilt : &f->is_spoilt) = true;
	if (request.len >= 2 && request.ptr[1] == TSPDM_GET_VERSION && !is_repeated)
		f->is_spoilt = f->is_series_spoilt = false;
	/* a series begins with the count; what came before is not believed any more */
	if (request.len >= 4 && request.ptr[1] == TSPDM_GET_MEASUREMENTS && request.ptr[3] == TSPDM_MEASUREMENT_COUNT)
		f->is_series_spoilt = false;
	f->is_suspect = false;
	check(request.len <= sizeof f->asked);
	if (request.len != 0)
		memcpy(f->asked, request.ptr, request.len);
	f->asked_len = request.len;
}

static void exchange(struct fuzzed *f, struct tspdm_view request)
{
	static uint8_t room[ROOM], sent[ROOM];
	size_t len, sent_len;
	unsigned times;

	settle(f, request);
	sent_len = len = answer(f, request, room);
	memcpy(sent, room, len);
	times = len != 0 ? spoil(f, room, &len) : 0;
	f->is_suspect |= !is_as_sent(sent, sent_len, room, len);
	if (times == 0 || (len >= 2 && room[1] == TSPDM_ERROR)) /* an ERROR enters no transcript */
		f->is_suspect = false;
	for (unsigned i = 0; i < times; i++)
		(void)!tspdm_requester_input(f->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ room, len });
}

static enum tspdm_status run(struct fuzzed *f)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		struct tspdm_io io;

		switch (tspdm_requester_step(f->requester, f->now_us, &io)) {
		case TSPDM_STEP_SEND:
			exchange(f, io.out);
			break;
		case TSPDM_STEP_RECEIVE:
		case TSPDM_STEP_WAIT:
			check(io.deadline_us > f->now_us && io.deadline_us != UINT64_MAX);
			f->now_us = io.deadline_us;
			break;
		case TSPDM_STEP_DONE:
			settle(f, (struct tspdm_view){ NULL, 0 });
			return TSPDM_OK;
		case TSPDM_STEP_FAILED:
			check(tspdm_requester_error(f->requester)->status != TSPDM_OK);
			check(tspdm_requester_error(f->requester)->clause != NULL);
			return tspdm_requester_error(f->requester)->status;
		}
	}
	abort(); /* a job that does not end */
}

/* ---- Jobs ---- */

static void check_claims(const struct fuzzed *f, enum tspdm_status status)
{
	const struct tspdm_measured *m = tspdm_requester_measured(f->requester);

	if ((f->is_spoilt || f->is_series_spoilt) &&
		status == TSPDM_OK) /* a vendor-defined answer is in no transcript, and comes later */
		check(!tspdm_requester_identity(f->requester)->is_authenticated || !m->is_verified);
	if (status != TSPDM_OK)
		check(!m->is_verified && m->record.len == 0);
}

static enum tspdm_status attest(struct fuzzed *f, uint8_t how)
{
	const struct tspdm_authenticate who = { .summary_type = (how & 1) != 0 ? TSPDM_SUMMARY_ALL : TSPDM_SUMMARY_NONE,
		.skip_challenge = (how & 2) != 0,
		.chain = f->chain,
		.chain_cap = sizeof f->chain };
	const struct tspdm_measure what = { .operation = TSPDM_MEASUREMENT_ALL,
		.is_signed = true,
		.is_raw = (how & 4) != 0,
		.one_by_one = (how & 8) != 0,
		.record = f->record,
		.record_cap = sizeof f->record };

	TSPDM_TRY(tspdm_requester_connect(f->requester));
	TSPDM_TRY(run(f));
	TSPDM_TRY(tspdm_requester_authenticate(f->requester, &who));
	TSPDM_TRY(run(f));
	if (f->is_spoilt && !who.skip_challenge)
		check(!tspdm_requester_identity(f->requester)->is_authenticated);
	TSPDM_TRY(tspdm_requester_measure(f->requester, &what));
	return run(f);
}

static enum tspdm_status ask_vendor(struct fuzzed *f)
{
	static const uint8_t id[2] = { 1, 2 };
	static const uint8_t payload[5] = { 1, 2, 3, 4, 5 };
	const struct tspdm_vendor_defined request = {
		.standard_id = 3, .vendor_id = { id, sizeof id }, .payload = { payload, sizeof payload }
	};
	struct tspdm_buffer response = { f->vendor_room, sizeof f->vendor_room, 0 };

	TSPDM_TRY(tspdm_requester_vendor(f->requester, &request, &response));
	return run(f);
}

static const uint8_t values[64] = { 1, 2, 3 };
static const uint8_t certificates[] = { 0x30, 0x03, 1, 2, 3, 0x30, 0x04, 4, 5, 6, 7 };
static const struct tspdm_block blocks[] = {
	{ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { values, 64 } },
	{ 3, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { values, 8 } },
};

static void set_up(struct fuzzed *f, const uint8_t *control, struct tspdm_crypto_ops *ops)
{
	struct tspdm_requester_config requester = { .size = sizeof requester,
		.crypto = &f->crypto.base,
		.request = f->request_room,
		.request_len = sizeof f->request_room,
		.retries = 1,
		.busy_retries = 2 };
	struct tspdm_responder_config responder = { .size = sizeof responder,
		.crypto = &f->responder_crypto.base,
		.device = &f->device.base,
		.max_message = ROOM };

	*ops = fake_crypto_ops;
	ops->verify = verify;
	ops->check_chain = check_chain;
	ops->public_key_spki = spki;
	ops->public_key_free = key_free;
	f->crypto.base.ops = ops;
	f->crypto.fail_at = control[0];
	f->responder_crypto.base.ops = &fake_crypto_ops;
	f->responder_crypto.counter = 100;
	f->signer.ops = &signer_ops;
	tspdm_basic_device_init(&f->device);
	f->device.blocks = blocks;
	f->device.block_count = 2;
	f->device.vendor = vendor;
	f->device.slots[0] = (struct tspdm_slot){ .certificates = { certificates, sizeof certificates },
		.spki = { values, 20 },
		.asym = TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384,
		.signer = &f->signer };
	requester.binding = responder.binding = (control[1] & 1) != 0 ? &tspdm_binding_doe : &tspdm_binding_mctp;
	requester.max_message = (control[1] & 2) != 0 ? 300 : ROOM;
	check(tspdm_requester_init(f->requester, tspdm_requester_size(), &requester, &f->requester) == TSPDM_OK);
	check(tspdm_responder_init(f->responder, tspdm_responder_size(), &responder, &f->responder) == TSPDM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed *f = calloc(1, sizeof *f);
	struct tspdm_crypto_ops ops;

	check(f != NULL);
	if (size >= CONTROL_LEN) {
		f->now_us = 1;
		f->input = (struct input){ data + CONTROL_LEN, size - CONTROL_LEN };
		f->requester = malloc(tspdm_requester_size());
		f->responder = malloc(tspdm_responder_size());
		check(f->requester != NULL && f->responder != NULL);
		set_up(f, data, &ops);
		check_claims(f, attest(f, data[2]));
		if (ask_vendor(f) == TSPDM_OK)
			check_claims(f, attest(f, data[3]));
		tspdm_requester_wipe(f->requester);
		tspdm_responder_wipe(f->responder);
		check(f->crypto.hashes == 0 && f->responder_crypto.hashes == 0 && f->keys == 0);
		free(f->requester);
		free(f->responder);
	}
	free(f);
	return 0;
}
