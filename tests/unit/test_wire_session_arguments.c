/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Values that no message of <tspdm/session_messages.h> can carry are refused before a byte is written. Each case makes a good
 * message and spoils one thing. */
#include <tspdm/session_messages.h>

#include "wire_case.h"

static uint8_t room[1 << 17];

#define VIEW(n) ((struct tspdm_view){ room, n })
#define SPOIL(number, change)                                                                                          \
	if (spoil == (number))                                                                                         \
	change

/* Writes one good message but for what `spoil` says; 0 spoils nothing. */
typedef enum tspdm_status writer(struct tspdm_buffer *out, unsigned spoil);

static enum tspdm_status key_exchange(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_key_exchange m = {
		.random = VIEW(32), .exchange_data = VIEW(EXCHANGE), .opaque = VIEW(TSPDM_OPAQUE_MAX)
	};

	SPOIL(1, m.random.len--);
	SPOIL(2, m.random.ptr = NULL);
	SPOIL(3, m.exchange_data.len--);
	SPOIL(4, m.exchange_data.len++);
	SPOIL(5, m.opaque.len++);
	return tspdm_write_key_exchange(out, &shape, &m);
}

static enum tspdm_status key_exchange_rsp(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_key_exchange_rsp m = { .mutual_auth = 7,
		.slot = 15,
		.random = VIEW(32),
		.exchange_data = VIEW(EXCHANGE),
		.summary_hash = VIEW(HASH),
		.opaque = VIEW(TSPDM_OPAQUE_MAX),
		.signature = VIEW(SIGNATURE),
		.verify_data = VIEW(HASH) };

	SPOIL(1, m.mutual_auth++);
	SPOIL(2, m.slot++);
	SPOIL(3, m.random.len++);
	SPOIL(4, m.exchange_data.len--);
	SPOIL(5, m.summary_hash.len = 0);
	SPOIL(6, m.opaque.len++);
	SPOIL(7, m.signature.len--);
	SPOIL(8, m.signature.len++);
	SPOIL(9, m.signature.len = 0);
	SPOIL(10, m.verify_data.len--);
	SPOIL(11, m.verify_data.ptr = NULL);
	SPOIL(12, shape.has_verify_data = false);
	SPOIL(13, shape.summary_hash_len = 0);
	return tspdm_write_key_exchange_rsp(out, &shape, &m);
}

static enum tspdm_status finish(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_finish m = {
		.is_signed = true, .slot = 0xFF, .signature = VIEW(SIGNATURE), .verify_data = VIEW(HASH)
	};

	SPOIL(1, m.opaque = VIEW(1));
	SPOIL(2, m.signature.len--);
	SPOIL(3, m.signature.len = 0);
	SPOIL(4, m.verify_data.len++);
	SPOIL(5, (m.is_signed = false, m.slot = 0));
	SPOIL(6, (m.is_signed = false, m.signature.len = 0));
	SPOIL(7, m.verify_data.ptr = NULL);
	return tspdm_write_finish(out, &shape, &m);
}

static enum tspdm_status finish_rsp(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V14);
	struct tspdm_finish_rsp m = { .opaque = VIEW(TSPDM_OPAQUE_MAX), .verify_data = VIEW(HASH) };

	SPOIL(1, m.opaque.len++);
	SPOIL(2, m.verify_data.len--);
	SPOIL(3, shape.has_verify_data = false);
	SPOIL(4, shape.version = TSPDM_V13);
	return tspdm_write_finish_rsp(out, &shape, &m);
}

static enum tspdm_status psk_exchange(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_psk_exchange m = {
		.hint = VIEW(UINT16_MAX), .requester_context = VIEW(32), .opaque = VIEW(TSPDM_OPAQUE_MAX)
	};

	SPOIL(1, m.hint.len++);
	SPOIL(2, m.requester_context.len--);
	SPOIL(3, m.requester_context.len = 0);
	SPOIL(4, m.requester_context.len = UINT16_MAX + 1);
	SPOIL(5, m.opaque.len++);
	return tspdm_write_psk_exchange(out, &shape, &m);
}

static enum tspdm_status psk_exchange_rsp(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_psk_exchange_rsp m = { .summary_hash = VIEW(HASH),
		.responder_context = VIEW(UINT16_MAX),
		.opaque = VIEW(TSPDM_OPAQUE_MAX),
		.verify_data = VIEW(HASH) };

	SPOIL(1, m.summary_hash.len--);
	SPOIL(2, m.responder_context.len++);
	SPOIL(3, m.opaque.len++);
	SPOIL(4, m.verify_data.len++);
	return tspdm_write_psk_exchange_rsp(out, &shape, &m);
}

static enum tspdm_status psk_finish(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_psk_finish m = { .verify_data = VIEW(HASH) };

	SPOIL(1, m.opaque = VIEW(1));
	SPOIL(2, m.verify_data.len--);
	SPOIL(3, (shape.version = TSPDM_V14, m.opaque = VIEW(TSPDM_OPAQUE_MAX + 1)));
	return tspdm_write_psk_finish(out, &shape, &m);
}

static enum tspdm_status psk_finish_rsp(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V14);
	struct tspdm_psk_finish_rsp m = { .opaque = VIEW(TSPDM_OPAQUE_MAX) };

	SPOIL(1, m.opaque.len++);
	SPOIL(2, shape.version = TSPDM_V13);
	return tspdm_write_psk_finish_rsp(out, &shape, &m);
}

static enum tspdm_status encapsulated_request(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_encapsulated m = { .message = VIEW(4) };

	SPOIL(1, m.message.len--);
	SPOIL(2, m.message = VIEW(0));
	SPOIL(3, m.message.ptr = NULL);
	return tspdm_write_encapsulated_request(out, &shape, &m);
}

static enum tspdm_status deliver_encapsulated(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_encapsulated m = { .message = VIEW(4) };

	SPOIL(1, m.message.len--);
	SPOIL(2, m.message = VIEW(0));
	return tspdm_write_deliver_encapsulated(out, &shape, &m);
}

static enum tspdm_status encapsulated_ack(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_encapsulated_ack m = { .payload = TSPDM_ACK_PRESENT, .message = VIEW(4) };

	SPOIL(1, m.message.len--);
	SPOIL(2, m.payload = TSPDM_ACK_ABSENT);
	SPOIL(3, m.payload = TSPDM_ACK_SLOT);
	SPOIL(4, m.payload = 3);
	SPOIL(5, m.slot = 1);
	SPOIL(6, m.message = VIEW(0));
	return tspdm_write_encapsulated_ack(out, &shape, &m);
}

static enum tspdm_status first_chunk(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_chunk m = { .message_size = 101, .bytes = VIEW(100) };

	SPOIL(1, m.is_last = true);
	SPOIL(2, m.message_size = 100);
	SPOIL(3, m.message_size = 0);
	SPOIL(4, m.bytes.len = 0);
	SPOIL(5, m.bytes.ptr = NULL);
	return tspdm_write_chunk_send(out, &shape, &m);
}

static enum tspdm_status later_chunk(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_chunk m = { .is_last = true, .sequence = UINT16_MAX, .bytes = VIEW(100) };

	SPOIL(1, m.sequence++);
	SPOIL(2, m.message_size = 101);
	SPOIL(3, m.bytes.len = 0);
	return tspdm_write_chunk_response(out, &shape, &m);
}

static enum tspdm_status chunk_send_ack(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_chunk_send_ack m = { .is_early_error = true, .sequence = UINT16_MAX, .response = VIEW(4) };

	SPOIL(1, m.sequence++);
	SPOIL(2, m.response.len--);
	SPOIL(3, m.response = VIEW(0));
	SPOIL(4, (m.is_early_error = false, m.response.len = 1));
	return tspdm_write_chunk_send_ack(out, &shape, &m);
}

static enum tspdm_status chunk_get(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_chunk_get m = { .sequence = UINT16_MAX };

	SPOIL(1, m.sequence++);
	return tspdm_write_chunk_get(out, &shape, &m);
}

static enum tspdm_status get_csr(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_get_csr m = {
		.model = 7, .tag = 7, .requester_info = VIEW(UINT16_MAX), .opaque = VIEW(TSPDM_OPAQUE_MAX)
	};

	SPOIL(1, m.model++);
	SPOIL(2, m.tag++);
	SPOIL(3, m.requester_info.len++);
	SPOIL(4, m.opaque.len++);
	return tspdm_write_get_csr(out, &shape, &m);
}

static enum tspdm_status csr(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_csr m = { .csr = VIEW(UINT16_MAX) };

	SPOIL(1, m.csr.len++);
	SPOIL(2, m.csr.len = 0);
	return tspdm_write_csr(out, &shape, &m);
}

static enum tspdm_status set_certificate(struct tspdm_buffer *out, unsigned spoil)
{
	static const uint8_t chain[4 + HASH + 10] = { 4 + HASH + 9 };
	static const uint8_t bare[4 + HASH] = { 4 + HASH - 1 };
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_set_certificate m = { .slot = 15, .model = 7, .chain = { chain, 4 + HASH + 9 } };

	SPOIL(1, m.slot++);
	SPOIL(2, m.model++);
	SPOIL(3, m.is_erase = true);
	SPOIL(4, m.chain.len++);
	SPOIL(5, m.chain.len--);
	SPOIL(6, m.chain.len = 0);
	SPOIL(7, m.chain.len = 3);
	SPOIL(8, (m.chain = (struct tspdm_view){ bare, 4 + HASH - 1 }));
	SPOIL(9, (shape.version = TSPDM_V12, m.is_erase = true, m.chain.len = 0));
	return tspdm_write_set_certificate(out, &shape, &m);
}

static enum tspdm_status set_certificate_rsp(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_set_certificate_rsp m = { .slot = 15 };

	SPOIL(1, m.slot++);
	return tspdm_write_set_certificate_rsp(out, &shape, &m);
}

static void what_no_message_can_carry_is_refused(void **state)
{
	static const struct {
		const char *name;
		writer *write;
		unsigned spoils;
	} cases[] = {
		{ "KEY_EXCHANGE", key_exchange, 5 },
		{ "KEY_EXCHANGE_RSP", key_exchange_rsp, 13 },
		{ "FINISH", finish, 7 },
		{ "FINISH_RSP", finish_rsp, 4 },
		{ "PSK_EXCHANGE", psk_exchange, 5 },
		{ "PSK_EXCHANGE_RSP", psk_exchange_rsp, 4 },
		{ "PSK_FINISH", psk_finish, 3 },
		{ "PSK_FINISH_RSP", psk_finish_rsp, 2 },
		{ "ENCAPSULATED_REQUEST", encapsulated_request, 3 },
		{ "DELIVER_ENCAPSULATED_RESPONSE", deliver_encapsulated, 2 },
		{ "ENCAPSULATED_RESPONSE_ACK", encapsulated_ack, 6 },
		{ "CHUNK_SEND", first_chunk, 5 },
		{ "CHUNK_RESPONSE", later_chunk, 3 },
		{ "CHUNK_SEND_ACK", chunk_send_ack, 4 },
		{ "CHUNK_GET", chunk_get, 1 },
		{ "GET_CSR", get_csr, 4 },
		{ "CSR", csr, 2 },
		{ "SET_CERTIFICATE", set_certificate, 9 },
		{ "SET_CERTIFICATE_RSP", set_certificate_rsp, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned spoil = 0; spoil <= cases[i].spoils; spoil++) {
			static uint8_t bytes[1 << 17];
			struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
			char name[64];

			snprintf(name, sizeof name, "%s, case %u", cases[i].name, spoil);
			assert_status(cases[i].write(&out, spoil), spoil == 0 ? TSPDM_OK : TSPDM_ERR_ARGUMENT, name);
			assert_true((out.len != 0) == (spoil == 0));
		}
	}
}

static void what_is_made_over_the_message_may_be_left_to_the_caller(void **state)
{
	uint8_t bytes[512];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_key_exchange_rsp response = {
		.random = VIEW(32), .exchange_data = VIEW(EXCHANGE), .summary_hash = VIEW(HASH)
	};
	struct tspdm_finish finish_request = { .is_signed = true };
	struct tspdm_finish_rsp finish_response = { 0 };
	struct tspdm_psk_finish psk_request = { 0 };
	struct tspdm_psk_exchange_rsp psk_response = { .summary_hash = VIEW(HASH) };

	(void)state;
	assert_int_equal(tspdm_write_key_exchange_rsp(&out, &shape, &response), TSPDM_OK);
	assert_int_equal(out.len, 40 + EXCHANGE + HASH + 2);
	response.signature = VIEW(SIGNATURE);
	out.len = 0;
	assert_int_equal(tspdm_write_key_exchange_rsp(&out, &shape, &response), TSPDM_OK);
	assert_int_equal(out.len, 40 + EXCHANGE + HASH + 2 + SIGNATURE);
	out.len = 0;
	assert_int_equal(tspdm_write_finish(&out, &shape, &finish_request), TSPDM_OK);
	assert_int_equal(out.len, 4);
	finish_request.signature = VIEW(SIGNATURE);
	out.len = 0;
	assert_int_equal(tspdm_write_finish(&out, &shape, &finish_request), TSPDM_OK);
	assert_int_equal(out.len, 4 + SIGNATURE);
	out.len = 0;
	assert_int_equal(tspdm_write_finish_rsp(&out, &shape, &finish_response), TSPDM_OK);
	assert_int_equal(tspdm_write_psk_finish(&out, &shape, &psk_request), TSPDM_OK);
	assert_int_equal(out.len, 8);
	out.len = 0;
	assert_int_equal(tspdm_write_psk_exchange_rsp(&out, &shape, &psk_response), TSPDM_OK);
	assert_int_equal(out.len, 12 + HASH);
}

/* What a version lacks cannot be had by asking for it. */
static void parameters_that_the_version_lacks_are_not_written(void **state)
{
	uint8_t bytes[64];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_get_csr m = { .key_pair_id = 1, .model = 2, .tag = 3, .is_overwrite = true };

	(void)state;
	assert_int_equal(tspdm_write_get_csr(&out, &shape, &m), TSPDM_OK);
	assert_int_equal(out.len, 8);
	assert_memory_equal(bytes, "\x12\xED\0\0\0\0\0\0", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_message_can_carry_is_refused),
		cmocka_unit_test(what_is_made_over_the_message_may_be_left_to_the_caller),
		cmocka_unit_test(parameters_that_the_version_lacks_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
