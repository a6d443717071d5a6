/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder answers to chunks that do not fit together, come from elsewhere, or stop in the middle: DSP0274 1.2
 * "CHUNK_SEND request", "CHUNK_GET request". */
#include "responder_rig.h"

enum { TRANSFER = 42, MOST = 1024, FIRST = TRANSFER - 16, LATER = TRANSFER - 12 };

static uint8_t large[MOST + 8192];

static struct rig *chunk_rig(void)
{
	struct rig *rig = rig_new();

	memset(large, 0, sizeof large);
	rig->config.max_message = MOST;
	rig->config.data_transfer_size = TRANSFER;
	rig->config.large = large;
	rig->config.large_len = sizeof large;
	rig->peer = (struct tspdm_capabilities){
		.flags = TSPDM_CAP_CHUNK, .data_transfer_size = TRANSFER, .max_message_size = 8192
	};
	return rig;
}

/* Everything that is not a chunk itself comes in chunks, where it is too long. */
static struct tspdm_view whole_send(struct rig *rig, struct tspdm_view message, uint8_t handle);

static struct rig *chunk_rig_in(enum tspdm_phase phase)
{
	struct rig *rig = chunk_rig();

	rig_start(rig);
	rig_enter(rig, phase < TSPDM_PHASE_NEGOTIATED ? phase : TSPDM_PHASE_AFTER_CAPABILITIES);
	if (phase == TSPDM_PHASE_NEGOTIATED) {
		/* ALGORITHMS has 36 bytes without tables: one piece */
		assert_int_equal(rig_send(rig, (struct tspdm_view){ rig_negotiate, 32 }).ptr[1], TSPDM_ALGORITHMS);
		assert_int_equal(tspdm_responder_phase(rig->responder), phase);
	}
	return rig;
}

/* A CHUNK_SEND, by its fields. */
struct send {
	uint8_t param1, handle;
	uint16_t sequence;
	uint32_t size;  /* ChunkSize */
	uint32_t total; /* LargeMessageSize; in the first only */
	size_t bytes;   /* that are there */
	const uint8_t *from;
};

static struct tspdm_view chunk_of(const struct send *s)
{
	static uint8_t message[2 * MOST];
	const uint8_t head[] = { 0x12, TSPDM_CHUNK_SEND, s->param1, s->handle, (uint8_t)s->sequence,
		(uint8_t)(s->sequence >> 8), 0, 0, (uint8_t)s->size, (uint8_t)(s->size >> 8), (uint8_t)(s->size >> 16),
		(uint8_t)(s->size >> 24), (uint8_t)s->total, (uint8_t)(s->total >> 8), (uint8_t)(s->total >> 16),
		(uint8_t)(s->total >> 24) };
	size_t len = s->sequence == 0 ? 16 : 12;

	memcpy(message, head, len);
	memset(message + len, 0, s->bytes);
	if (s->from != NULL)
		memcpy(message + len, s->from, s->bytes);
	return (struct tspdm_view){ message, len + s->bytes };
}

/* A vendor-defined request with 50 bytes of payload: chunks of 26, 30, 5 bytes. As many again as a wrong chunk may say. */
enum { VENDOR_LEN = 61 };
static const uint8_t vendor[VENDOR_LEN + LATER + 1] = { 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 50, 0, 9, 9 };

static const struct send good[] = {
	{ 0, 7, 0, FIRST, VENDOR_LEN, FIRST, vendor },
	{ 0, 7, 1, LATER, 0, LATER, vendor + FIRST },
	{ 1, 7, 2, 5, 0, 5, vendor + FIRST + LATER },
};

static void assert_ack(struct tspdm_view response, uint8_t handle, uint16_t sequence)
{
	assert_int_equal(response.len, 6);
	assert_memory_equal(response.ptr,
		((const uint8_t[]){
			0x12, TSPDM_CHUNK_SEND_ACK, 0, handle, (uint8_t)sequence, (uint8_t)(sequence >> 8) }),
		6);
}

static void assert_early(struct tspdm_view response, uint8_t handle, uint8_t code)
{
	assert_true(response.len >= 10);
	assert_int_equal(response.ptr[1], TSPDM_CHUNK_SEND_ACK);
	assert_int_equal(response.ptr[2], 1);
	assert_int_equal(response.ptr[3], handle);
	assert_int_equal(response.ptr[7], TSPDM_ERROR);
	assert_int_equal(response.ptr[8], code);
}

/* Sends a message in chunks of the largest size; the answer to the last. */
static struct tspdm_view whole_send(struct rig *rig, struct tspdm_view message, uint8_t handle)
{
	struct tspdm_view response = { NULL, 0 };
	uint16_t sequence = 0;

	for (size_t at = 0; at < message.len; sequence++) {
		size_t most = sequence == 0 ? FIRST : LATER;
		size_t n = message.len - at < most ? message.len - at : most;
		struct send s = { n == message.len - at, handle, sequence, (uint32_t)n, (uint32_t)message.len, n,
			message.ptr + at };

		if (sequence != 0)
			assert_ack(response, handle, (uint16_t)(sequence - 1));
		response = rig_send(rig, chunk_of(&s));
		at += n;
	}
	return response;
}

static struct tspdm_view get(struct rig *rig, uint8_t handle, uint16_t sequence)
{
	return rig_send(rig, VIEW(0x12, TSPDM_CHUNK_GET, 0, handle, (uint8_t)sequence, (uint8_t)(sequence >> 8)));
}

/* Fetches what ERROR(LargeResponse) announced. */
static size_t fetch(struct rig *rig, uint8_t *to)
{
	uint8_t handle;
	size_t len = 0;

	assert_error(rig->response, TSPDM_ERROR_LARGE_RESPONSE);
	assert_int_equal(rig->response.len, 5);
	handle = rig->response.ptr[4];
	for (uint16_t sequence = 0;; sequence++) {
		struct tspdm_view r = get(rig, handle, sequence);
		size_t head = sequence == 0 ? 16 : 12;

		assert_int_equal(r.ptr[1], TSPDM_CHUNK_RESPONSE);
		assert_int_equal(r.ptr[3], handle);
		assert_int_equal(r.ptr[4] | r.ptr[5] << 8, sequence);
		assert_int_equal(r.ptr[8], r.len - head);
		assert_true(r.len == TRANSFER || r.ptr[2] == 1);
		memcpy(to + len, r.ptr + head, r.len - head);
		len += r.len - head;
		if (r.ptr[2] == 1)
			return len;
	}
}

/* ---- Large requests ---- */

static void check_vendor_answer(const uint8_t *answer, size_t len)
{
	assert_int_equal(len, VENDOR_LEN);
	assert_int_equal(answer[1], TSPDM_VENDOR_DEFINED_RESPONSE);
	for (size_t i = 11; i < len; i++)
		assert_int_equal(answer[i], vendor[i] ^ 0xFF);
}

static void send_good(struct rig *rig, size_t from)
{
	uint8_t answer[256];

	for (size_t i = from; i < 2; i++)
		assert_ack(rig_send(rig, chunk_of(&good[i])), 7, (uint16_t)i);
	(void)rig_send(rig, chunk_of(&good[2]));
	check_vendor_answer(answer, fetch(rig, answer));
}

static void a_chunk_that_is_wrong_ends_its_transfer(void **state)
{
	static const struct {
		const char *what;
		size_t after; /* good chunks before it */
		struct send send;
		uint8_t code;
	} rows[] = {
		/* clang-format off */
		{ "first: is the last", 0, { 1, 7, 0, FIRST, VENDOR_LEN, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: ChunkSeqNo 1", 0, { 0, 7, 1, LATER, 0, LATER, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: ChunkSeqNo 65535", 0, { 0, 7, 65535, LATER, 0, LATER, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: empty", 0, { 0, 7, 0, 0, VENDOR_LEN, 0, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: smaller than it may be", 0, { 0, 7, 0, FIRST - 1, VENDOR_LEN, FIRST - 1, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: larger than DataTransferSize", 0, { 0, 7, 0, FIRST + 1, VENDOR_LEN, FIRST + 1, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: much larger", 0, { 0, 7, 0, 900, 1000, 900, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: larger than everything", 0, { 0, 7, 0, 2000, 0xFFFFFFFF, 2000, NULL }, TSPDM_ERROR_REQUEST_TOO_LARGE },
		{ "first: less than it says", 0, { 0, 7, 0, FIRST, VENDOR_LEN, FIRST - 1, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: 4 GiB", 0, { 0, 7, 0, 0xFFFFFFFF, 0xFFFFFFFF, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: total 0", 0, { 0, 7, 0, FIRST, 0, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: total as the chunk", 0, { 0, 7, 0, FIRST, FIRST, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: total not large", 0, { 0, 7, 0, FIRST, 42, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "first: total too large", 0, { 0, 7, 0, FIRST, MOST + 1, FIRST, vendor }, TSPDM_ERROR_REQUEST_TOO_LARGE },
		{ "first: total 4 GiB", 0, { 0, 7, 0, FIRST, 0xFFFFFFFF, FIRST, vendor }, TSPDM_ERROR_REQUEST_TOO_LARGE },
		{ "second: handle", 1, { 0, 8, 1, LATER, 0, LATER, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: the first of another", 1, { 0, 8, 0, FIRST, VENDOR_LEN, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: ChunkSeqNo 2", 1, { 0, 7, 2, LATER, 0, LATER, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: ChunkSeqNo 257", 1, { 0, 7, 257, LATER, 0, LATER, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: the first, with other bytes", 1, { 0, 7, 0, FIRST, VENDOR_LEN, FIRST, vendor + 1 }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: the first, with another total", 1, { 0, 7, 0, FIRST, VENDOR_LEN + 1, FIRST, vendor }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: empty", 1, { 0, 7, 1, 0, 0, 0, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: smaller than it may be", 1, { 0, 7, 1, LATER - 1, 0, LATER - 1, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: larger than DataTransferSize", 1, { 0, 7, 1, LATER + 1, 0, LATER + 1, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "second: last too early", 1, { 1, 7, 1, LATER, 0, LATER, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: last too late", 2, { 0, 7, 2, 5, 0, 5, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: beyond the end", 2, { 1, 7, 2, 6, 0, 6, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: far beyond the end", 2, { 0, 7, 2, LATER, 0, LATER, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: not to the end", 2, { 1, 7, 2, 4, 0, 4, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: not to the end, nor the last", 2, { 0, 7, 2, 4, 0, 4, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		{ "third: less than it says", 2, { 1, 7, 2, 5, 0, 4, NULL }, TSPDM_ERROR_INVALID_REQUEST },
		/* clang-format on */
	};
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t n = 0; n < rows[i].after; n++)
			assert_ack(rig_send(rig, chunk_of(&good[n])), 7, (uint16_t)n);
		(void)rig_send(rig, chunk_of(&rows[i].send));
		if (rig->response.len < 10 || rig->response.ptr[8] != rows[i].code)
			fail_msg("%s: ERROR %d", rows[i].what, rig->response.len < 10 ? -1 : rig->response.ptr[8]);
		assert_early(rig->response, rows[i].send.handle, rows[i].code);
		assert_int_equal(tspdm_responder_last(rig->responder).error_code, rows[i].code);
		/* the transfer is over: nothing goes on with it, and another can begin */
		assert_early(rig_send(rig, chunk_of(&good[1])), 7, TSPDM_ERROR_INVALID_REQUEST);
		assert_error(get(rig, 7, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
		send_good(rig, 0);
	}
	rig_free(rig);
}

static void a_repeated_chunk_is_acknowledged_again(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t answer[256];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (unsigned n = 0; n < 3; n++)
			assert_ack(rig_send(rig, chunk_of(&good[i])), 7, (uint16_t)i);
	for (unsigned n = 0; n < 3; n++) {
		assert_error(rig_send(rig, chunk_of(&good[2])), TSPDM_ERROR_LARGE_RESPONSE);
		check_vendor_answer(answer, fetch(rig, answer));
	}
	rig_free(rig);
}

static void requests_between_chunks_are_unexpected(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);
	const struct tspdm_view requests[] = { VIEW(0x12, 0x81, 0, 0), VIEW(0x12, 0x82, 0, 0, 0, 0, 20, 0),
		challenge(0, 0), get_measurements(0, 0, 0), VIEW(0x12, TSPDM_CHUNK_GET, 0, 7, 0, 0),
		VIEW(0x12, TSPDM_RESPOND_IF_READY, 0x83, 0), rig_get_capabilities(rig), { rig_negotiate, 32 } };

	(void)state;
	assert_ack(rig_send(rig, chunk_of(&good[0])), 7, 0);
	for (size_t i = 0; i < COUNT(requests); i++)
		assert_error(rig_send(rig, requests[i]), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12, 0xEE, 0, 0)), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_error(rig_send(rig, VIEW(0x11, 0x81, 0, 0)), TSPDM_ERROR_VERSION_MISMATCH);
	assert_error(rig_send(rig, VIEW(0x12, 0x84, 0, 0)), TSPDM_ERROR_VERSION_MISMATCH);
	send_good(rig, 1); /* the transfer goes on */
	rig_free(rig);
}

static void get_version_ends_transfers(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	assert_ack(rig_send(rig, chunk_of(&good[0])), 7, 0);
	rig_enter(rig, TSPDM_PHASE_AFTER_CAPABILITIES);
	assert_early(rig_send(rig, chunk_of(&good[1])), 7, TSPDM_ERROR_INVALID_REQUEST);
	(void)rig_send(rig, (struct tspdm_view){ rig_negotiate, 32 });
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_LARGE_RESPONSE);
	rig_enter(rig, TSPDM_PHASE_AFTER_CAPABILITIES);
	assert_error(get(rig, 1, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	for (size_t i = 0; i < sizeof large; i++)
		assert_int_equal(large[i], 0);
	rig_free(rig);
}

static void what_may_not_be_large_is_refused(void **state)
{
	static const uint8_t codes[] = { TSPDM_CHUNK_SEND, TSPDM_CHUNK_GET, TSPDM_GET_VERSION, TSPDM_GET_CAPABILITIES };
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t message[60] = { 0x12 };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		message[0] = codes[i] == TSPDM_GET_VERSION ? 0x10 : 0x12;
		message[1] = codes[i];
		(void)whole_send(rig, (struct tspdm_view){ message, sizeof message }, 9);
		assert_int_equal(rig->response.len, 10);
		assert_int_equal(rig->response.ptr[2], 0);
		assert_int_equal(rig->response.ptr[7], TSPDM_ERROR);
		assert_int_equal(rig->response.ptr[8], TSPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	}
	/* what is refused in one piece is refused in chunks */
	message[0] = 0x12, message[1] = 0xEE;
	(void)whole_send(rig, (struct tspdm_view){ message, sizeof message }, 10);
	assert_int_equal(rig->response.ptr[8], TSPDM_ERROR_UNSUPPORTED_REQUEST);
	message[0] = 0x11, message[1] = 0x81;
	(void)whole_send(rig, (struct tspdm_view){ message, sizeof message }, 11);
	assert_int_equal(rig->response.ptr[8], TSPDM_ERROR_VERSION_MISMATCH);
	send_good(rig, 0);
	rig_free(rig);
}

/* ---- Large responses ---- */

static void chunks_that_are_not_the_next_are_not_given(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t handle, answer[512], first[TRANSFER];

	(void)state;
	assert_error(get(rig, 0, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_LARGE_RESPONSE);
	handle = rig->response.ptr[4];
	assert_error(get(rig, (uint8_t)(handle + 1), 0), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(get(rig, handle, 1), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(get(rig, handle, 65535), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12, TSPDM_CHUNK_GET, 0, handle, 0)), TSPDM_ERROR_INVALID_REQUEST);
	memcpy(first, get(rig, handle, 0).ptr, TRANSFER);
	assert_memory_equal(get(rig, handle, 0).ptr, first, TRANSFER); /* once more */
	assert_error(get(rig, handle, 2), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(get(rig, handle, 1).ptr[1], TSPDM_CHUNK_RESPONSE);
	assert_error(get(rig, handle, 0), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(get(rig, handle, 2).ptr[1], TSPDM_CHUNK_RESPONSE);
	/* a request gives the response up, and has another handle */
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_LARGE_RESPONSE);
	assert_int_equal(rig->response.ptr[4], (uint8_t)(handle + 1));
	/* 4 bytes and two digests of 48: 26 + 30 + 30 + 14 */
	assert_int_equal(fetch(rig, answer), 100);
	assert_int_equal(get(rig, (uint8_t)(handle + 1), 3).ptr[2], 1);
	assert_error(get(rig, (uint8_t)(handle + 1), 4), TSPDM_ERROR_UNEXPECTED_REQUEST);
	rig_free(rig);
}

static void a_response_is_no_larger_than_the_requester_takes(void **state)
{
	struct rig *rig = chunk_rig();
	uint8_t answer[512];

	(void)state;
	rig->peer.max_message_size = 99;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_memory_equal(rig->response.ptr + 4, ((const uint8_t[]){ 100, 0, 0, 0 }), 4);
	assert_error(get(rig, 1, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	/* of a certificate it gets as much as it takes */
	(void)rig_send(rig, VIEW(0x12, 0x82, 0, 0, 0, 0, 0xFF, 0xFF));
	assert_int_equal(fetch(rig, answer), 99);
	rig_free(rig);
}

static void a_responder_without_room_has_no_large_responses(void **state)
{
	struct rig *rig = chunk_rig();

	(void)state;
	rig->config.large_len = MOST + 60;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	rig_free(rig);
	rig = chunk_rig();
	rig->config.large_len = MOST;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	(void)whole_send(rig, (struct tspdm_view){ vendor, VENDOR_LEN }, 1);
	assert_error(rig->response.ptr[1] == TSPDM_ERROR
			     ? rig->response
			     : (struct tspdm_view){ rig->response.ptr + 6, rig->response.len - 6 },
		TSPDM_ERROR_RESPONSE_TOO_LARGE);
	rig_free(rig);
}

/* ---- Where there are no chunks ---- */

static void chunks_need_both_sides_and_a_version(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		struct rig *rig = chunk_rig();

		if (who == 0) {
			rig->config.large = NULL, rig->config.large_len = 0;
			rig->config.max_message = rig->config.data_transfer_size = 200;
		} else {
			rig->peer.flags = 0;
			rig->peer.max_message_size = TRANSFER;
		}
		rig_start(rig);
		rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
		assert_error(rig_send(rig, chunk_of(&good[0])), TSPDM_ERROR_UNSUPPORTED_REQUEST);
		assert_error(get(rig, 0, 0), TSPDM_ERROR_UNSUPPORTED_REQUEST);
		if (who == 1)
			assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
		rig_free(rig);
	}
}

static void chunks_come_after_capabilities(void **state)
{
	struct rig *rig = chunk_rig();
	static const enum tspdm_phase early[] = { TSPDM_PHASE_NOT_STARTED, TSPDM_PHASE_AFTER_VERSION };

	(void)state;
	rig_start(rig);
	for (size_t i = 0; i < COUNT(early); i++) {
		rig_enter(rig, early[i]);
		assert_error(rig_send(rig, chunk_of(&good[0])), TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_error(get(rig, 0, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	rig_enter(rig, TSPDM_PHASE_AFTER_CAPABILITIES);
	assert_ack(rig_send(rig, chunk_of(&good[0])), 7, 0);
	rig_free(rig);
}

static void a_request_of_one_piece_is_no_larger_than_a_transfer(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	assert_error(rig_send(rig, (struct tspdm_view){ vendor, VENDOR_LEN }), TSPDM_ERROR_REQUEST_TOO_LARGE);
	rig_free(rig);
}

static void configurations_that_contradict_themselves_are_refused(void **state)
{
	static const struct {
		uint32_t capabilities, transfer, most;
		size_t large_len;
		enum tspdm_status status;
	} rows[] = {
		{ 0, 42, 1024, 1024, TSPDM_OK },
		{ 0, 42, 1024, 0, TSPDM_ERR_CAPABILITIES }, /* two sizes and no chunks */
		{ 0, 42, 1024, 1023, TSPDM_ERR_ARGUMENT },
		{ 0, 41, 1024, 1024, TSPDM_ERR_CAPABILITIES },
		{ 0, 1025, 1024, 1024, TSPDM_ERR_CAPABILITIES },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, 42, 1024, 1024, TSPDM_ERR_CAPABILITIES },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, 1024, 1024, 1024, TSPDM_OK },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_CHUNK, 42, 1024, 0, TSPDM_ERR_ARGUMENT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rig *rig = chunk_rig();
		struct tspdm_responder *responder = NULL;
		void *memory = malloc(tspdm_responder_size());
		enum tspdm_status status;

		rig->config.versions = TSPDM_VERSION_BIT(TSPDM_V12);
		rig->config.capabilities = rows[i].capabilities;
		rig->config.data_transfer_size = rows[i].transfer;
		rig->config.max_message = rows[i].most;
		rig->config.large = rows[i].large_len != 0 ? large : NULL;
		rig->config.large_len = rows[i].large_len;
		status = tspdm_responder_init(memory, tspdm_responder_size(), &rig->config, &responder);
		if (status != rows[i].status)
			fail_msg("row %zu: %s", i, tspdm_status_name(status));
		tspdm_responder_wipe(responder);
		free(memory);
		rig_free(rig);
	}
}

/* Whatever comes, in any order: the responder answers each, never more than a transfer, and is whole afterwards. */
static void any_sequence_of_chunks_is_survived(void **state)
{
	struct rig *rig = chunk_rig_in(TSPDM_PHASE_NEGOTIATED);
	uint32_t seed = 12345;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct send s = { 0 };
		uint32_t a, b;

		seed = seed * 1664525 + 1013904223;
		a = seed >> 8;
		seed = seed * 1664525 + 1013904223;
		b = seed >> 8;
		s = good[a % 3];
		if (b % 4 == 0) {
			s.param1 = (uint8_t)(b >> 4 & 1);
			s.handle = (uint8_t)(7 + (b >> 5 & 1));
			s.sequence = (uint16_t)(b >> 6 & 3);
			s.bytes = s.size = b >> 8 & 31;
		}
		if (b % 7 == 0)
			(void)get(rig, (uint8_t)(a & 3), (uint16_t)(a >> 2 & 3));
		else if (b % 11 == 0)
			(void)rig_send(rig, VIEW(0x12, 0x81, 0, 0));
		else
			(void)rig_send(rig, chunk_of(&s));
		assert_in_range(rig->response.len, 4, TRANSFER);
	}
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	send_good(rig, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_that_is_wrong_ends_its_transfer),
		cmocka_unit_test(a_repeated_chunk_is_acknowledged_again),
		cmocka_unit_test(requests_between_chunks_are_unexpected),
		cmocka_unit_test(get_version_ends_transfers),
		cmocka_unit_test(what_may_not_be_large_is_refused),
		cmocka_unit_test(chunks_that_are_not_the_next_are_not_given),
		cmocka_unit_test(a_response_is_no_larger_than_the_requester_takes),
		cmocka_unit_test(a_responder_without_room_has_no_large_responses),
		cmocka_unit_test(chunks_need_both_sides_and_a_version),
		cmocka_unit_test(chunks_come_after_capabilities),
		cmocka_unit_test(a_request_of_one_piece_is_no_larger_than_a_transfer),
		cmocka_unit_test(configurations_that_contradict_themselves_are_refused),
		cmocka_unit_test(any_sequence_of_chunks_is_survived),
	};

	return cmocka_run_group_tests_name("responder_chunks", tests, NULL, NULL);
}
