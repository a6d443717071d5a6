/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes large messages in both roles, after a connection that is as it should be. The input is CONTROL_LEN control bytes
 * (role, sizes, length of what is asked), then messages, each behind its length (u8; 255 in front: CHUNK_* messages are made
 * to fit what is awaited, and only the rest is the input's).
 * Whatever comes: a responder's answers are well formed and no larger than a transfer, and its large responses are whole; a
 * requester ends its job, or waits; no chunk is written beyond the room for it. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/requester.h>
#include <tspdm/responder.h>
#include <tspdm/session_messages.h>

#include "fake_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 4, MESSAGES_MAX = 200, ROOM = 1024, MOST = 700, BYTES_MAX = 255 };

struct fuzzed {
	struct fake_crypto crypto;
	struct fake_crypto requester_crypto;
	struct tspdm_basic_device device;
	struct tspdm_responder *responder;
	struct tspdm_requester *requester;
	uint32_t transfer;
	struct tspdm_chunk_get fetch; /* the CHUNK_GET that would be next */
	uint8_t handle;               /* of the CHUNK_SEND that would be next */
	uint32_t sequence;
	uint8_t *request_large, *response_large;
	uint8_t request_room[512], answer_room[ROOM];
};

static struct tspdm_crypto_ops ops;
static const struct tspdm_shape shape = { .version = TSPDM_V12 };

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static enum tspdm_status vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	(void)context;
	(void)pending;
	response->len = request->payload.len * 2;
	if (response->len > response->cap)
		return TSPDM_ERR_BUFFER;
	memset(response->ptr, 0x5A, response->len);
	return TSPDM_OK;
}

/* Nobody is authenticated here. */
static void key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	(void)crypto;
	check(key == NULL);
}

static void set_up(struct fuzzed *f, const uint8_t *control, void *responder, void *requester)
{
	const struct tspdm_binding *binding = (control[0] & 2) != 0 ? &tspdm_binding_doe : &tspdm_binding_tcp;
	const struct tspdm_responder_config answering = { .size = sizeof answering,
		.crypto = &f->crypto.base,
		.device = &f->device.base,
		.binding = binding,
		.capabilities = TSPDM_CAP_MEAS_NO_SIG | TSPDM_CAP_CHUNK,
		.max_message = MOST,
		.data_transfer_size = f->transfer,
		.large = f->response_large,
		.large_len = 2 * MOST };
	const struct tspdm_requester_config asking = { .size = sizeof asking,
		.crypto = &f->requester_crypto.base,
		.binding = binding,
		.request = f->request_room,
		.request_len = sizeof f->request_room,
		.max_message = MOST,
		.data_transfer_size = f->transfer,
		.large = f->request_large,
		.large_len = MOST };
	static const struct tspdm_block block = { 1, TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false,
		{ (const uint8_t *)"12345678", 8 } };

	tspdm_basic_device_init(&f->device);
	ops = fake_crypto_ops;
	ops.public_key_free = key_free;
	f->crypto.base.ops = f->requester_crypto.base.ops = &ops;
	f->device.blocks = &block;
	f->device.block_count = 1;
	f->device.vendor = vendor;
	check(tspdm_responder_init(responder, tspdm_responder_size(), &answering, &f->responder) == TSPDM_OK);
	check(tspdm_requester_init(requester, tspdm_requester_size(), &asking, &f->requester) == TSPDM_OK);
}

static size_t ask(struct fuzzed *f, struct tspdm_view message, uint8_t *room)
{
	struct tspdm_buffer response = { room, ROOM, 0 };

	check(tspdm_responder_handle(f->responder, 0, TSPDM_KIND_PLAIN, message, &response) == TSPDM_OK);
	check(response.len >= 4);
	return response.len;
}

static void connect(struct fuzzed *f)
{
	struct tspdm_io io;

	check(tspdm_requester_connect(f->requester) == TSPDM_OK);
	while (tspdm_requester_step(f->requester, 0, &io) == TSPDM_STEP_SEND) {
		struct tspdm_view answer = { f->answer_room, ask(f, io.out, f->answer_room) };

		check(tspdm_requester_input(f->requester, TSPDM_KIND_PLAIN, answer) == TSPDM_OK);
	}
	check(tspdm_requester_error(f->requester)->status == TSPDM_OK);
}

/* ---- The responder ---- */

/* Makes the fields of a chunk message those that are awaited. */
static void make_right(const struct fuzzed *f, uint8_t *message, size_t len)
{
	if (len < 6)
		return;
	message[0] = TSPDM_V12;
	message[1] = message[1] % 2 == 0 ? TSPDM_CHUNK_SEND : TSPDM_CHUNK_GET;
	message[3] = message[1] == TSPDM_CHUNK_GET ? f->fetch.handle : f->handle;
	message[4] = (uint8_t)(message[1] == TSPDM_CHUNK_GET ? f->fetch.sequence : f->sequence);
	message[5] = (uint8_t)((message[1] == TSPDM_CHUNK_GET ? f->fetch.sequence : f->sequence) >> 8);
}

static void look(struct fuzzed *f, struct tspdm_view response)
{
	struct tspdm_error_response error;
	struct tspdm_chunk_send_ack ack;
	struct tspdm_chunk chunk;
	size_t used;

	check(response.len <= f->transfer);
	if (response.ptr[1] == TSPDM_ERROR) {
		check(tspdm_read_error(response, &error, &used) == TSPDM_OK && used == response.len);
		if (error.code == TSPDM_ERROR_LARGE_RESPONSE)
			f->fetch = (struct tspdm_chunk_get){ .handle = error.extended.ptr[0] };
	}
	if (response.ptr[1] == TSPDM_CHUNK_SEND_ACK) {
		check(tspdm_read_chunk_send_ack(response, &shape, &ack, &used) == TSPDM_OK);
		f->handle = ack.handle;
		f->sequence = ack.is_early_error || ack.response.len != 0 ? 0 : ack.sequence + 1;
	}
	if (response.ptr[1] == TSPDM_CHUNK_RESPONSE) {
		check(tspdm_read_chunk_response(response, &shape, &chunk, &used) == TSPDM_OK && used == response.len);
		check(chunk.handle == f->fetch.handle && chunk.sequence <= f->fetch.sequence);
		check(chunk.sequence != 0 || chunk.message_size <= MOST);
		f->fetch.sequence = chunk.sequence + 1;
	}
}

/* ---- The requester ---- */

static void begin_job(struct fuzzed *f, size_t len, struct tspdm_buffer *answer)
{
	static const uint8_t id[2], payload[256] = { 1 };
	const struct tspdm_vendor_defined request = {
		.standard_id = 3, .vendor_id = { id, sizeof id }, .payload = { payload, len }
	};

	check(tspdm_requester_vendor(f->requester, &request, answer) == TSPDM_OK);
}

/* The answer that the responder gives, with what the input says exclusive-ored into it. */
static void run_requester(struct fuzzed *f, size_t payload, struct tspdm_view input)
{
	static uint8_t room[ROOM];
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	uint64_t now = 1;
	struct tspdm_io io;

	begin_job(f, payload, &answer);
	for (unsigned i = 0; i < MESSAGES_MAX; i++) {
		enum tspdm_step step = tspdm_requester_step(f->requester, now, &io);
		size_t len, count;

		if (step == TSPDM_STEP_DONE || step == TSPDM_STEP_FAILED)
			return;
		now = io.deadline_us != UINT64_MAX && step != TSPDM_STEP_SEND ? io.deadline_us : now;
		if (step != TSPDM_STEP_SEND)
			continue;
		check(io.out.len <= f->transfer);
		len = ask(f, io.out, f->answer_room);
		count = input.len != 0 ? input.ptr[0] % 8 : 0;
		for (size_t at = 1; at < input.len && at + 1 < 1 + 2 * count && at + 1 < input.len; at += 2)
			f->answer_room[input.ptr[at] % len] ^= input.ptr[at + 1];
		count = 1 + 2 * count < input.len ? 1 + 2 * count : input.len;
		input.ptr += count;
		input.len -= count;
		(void)!tspdm_requester_input(
			f->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ f->answer_room, len });
	}
}

static void run_responder(struct fuzzed *f, struct tspdm_view input)
{
	for (unsigned i = 0; i < MESSAGES_MAX && input.len >= 2; i++) {
		bool is_right = input.ptr[0] == 255;
		size_t at = is_right ? 2 : 1, len = input.ptr[at - 1];
		uint8_t *message;

		if (len > input.len - at)
			len = input.len - at;
		message = malloc(len != 0 ? len : 1);
		check(message != NULL);
		memcpy(message, input.ptr + at, len);
		if (is_right)
			make_right(f, message, len);
		look(f, (struct tspdm_view){
				f->answer_room, ask(f, (struct tspdm_view){ message, len }, f->answer_room) });
		free(message);
		input.ptr += at + len;
		input.len -= at + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzzed f;
	void *responder, *requester;
	struct tspdm_view input = { data + CONTROL_LEN, size - CONTROL_LEN };

	if (size < CONTROL_LEN)
		return 0;
	f = (struct fuzzed){ .transfer = TSPDM_MIN_DATA_TRANSFER_SIZE + data[1] };
	f.request_large = malloc(MOST); /* of exactly this size, so that a sanitizer sees what goes beyond */
	f.response_large = malloc(2 * MOST);
	responder = malloc(tspdm_responder_size());
	requester = malloc(tspdm_requester_size());
	check(f.request_large != NULL && f.response_large != NULL && responder != NULL && requester != NULL);
	set_up(&f, data, responder, requester);
	connect(&f);
	if ((data[0] & 1) != 0)
		run_requester(&f, data[2], input);
	else
		run_responder(&f, input);
	tspdm_requester_wipe(f.requester);
	tspdm_responder_wipe(f.responder);
	check(f.crypto.hashes == 0 && f.requester_crypto.hashes == 0);
	free(f.request_large);
	free(f.response_large);
	free(responder);
	free(requester);
	return 0;
}
