/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Which bytes of a message of <tspdm/session_messages.h> a member gets: a round trip cannot tell two members that are swapped
 * both ways. */
#include <tspdm/session_messages.h>

#include "wire_case.h"

#define assert_view(view, text) assert_bytes(view, message_of(text))

static void assert_bytes(struct tspdm_view is, struct tspdm_view should)
{
	assert_int_equal(is.len, should.len);
	assert_memory_equal(is.ptr, should.ptr, should.len);
	free((void *)should.ptr);
}

#define READ(name, type, version, text)                                                                                \
	struct tspdm_shape shape = shape_of(version);                                                                  \
	struct tspdm_view message = message_of(text);                                                                  \
	struct tspdm_##type m;                                                                                         \
	size_t used = 0;                                                                                               \
                                                                                                                       \
	(void)state;                                                                                                   \
	assert_status(tspdm_read_##name(message, &shape, &m, &used), TSPDM_OK, #name);                                 \
	assert_int_equal(used, message.len)

static void key_exchange_has_its_fields(void **state)
{
	READ(key_exchange, key_exchange, TSPDM_V13, "13 e4 ff 07 3412 ff ff ee*32 d1*96 0400 0b*4");
	assert_int_equal(m.summary_type, TSPDM_SUMMARY_ALL);
	assert_int_equal(m.slot, 7);
	assert_int_equal(m.session_id, 0x1234);
	assert_int_equal(m.session_policy, TSPDM_POLICY_TERMINATION | TSPDM_POLICY_ALL_EVENTS);
	assert_view(m.random, "ee*32");
	assert_view(m.exchange_data, "d1*96");
	assert_view(m.opaque, "0b*4");
	free((void *)message.ptr);
}

static void a_session_policy_has_the_bits_of_its_version(void **state)
{
	static const uint8_t policies[][2] = { { 0x11, 0 }, { 0x12, 1 }, { 0x13, 3 }, { 0x14, 3 } };

	(void)state;
	for (size_t i = 0; i < COUNT(policies); i++) {
		struct tspdm_shape shape = shape_of(policies[i][0]);
		struct tspdm_view message = message_of("12 e4 00 00 3412 ff ff ee*32 d1*96 0000");
		struct tspdm_view psk = message_of("12 e6 00 ff 3412 0000 2000 0000 cc*32");
		struct tspdm_key_exchange m;
		struct tspdm_psk_exchange p;
		size_t used;

		assert_int_equal(tspdm_read_key_exchange(message, &shape, &m, &used), TSPDM_OK);
		assert_int_equal(m.session_policy, policies[i][1]);
		assert_int_equal(tspdm_read_psk_exchange(psk, &shape, &p, &used), TSPDM_OK);
		assert_int_equal(p.session_policy, policies[i][1]);
		free((void *)message.ptr);
		free((void *)psk.ptr);
	}
}

static void key_exchange_rsp_has_its_fields(void **state)
{
	READ(key_exchange_rsp, key_exchange_rsp, TSPDM_V12,
		"12 64 3c 99 7856 fa f7 ee*32 d2*96 5a*48 0200 0b*2 51*96 ac*48");
	assert_int_equal(m.heartbeat_period, 60);
	assert_int_equal(m.session_id, 0x5678);
	assert_int_equal(m.mutual_auth, TSPDM_MUTUAL_AUTH_ENCAPSULATED);
	assert_int_equal(m.slot, 7);
	assert_view(m.random, "ee*32");
	assert_view(m.exchange_data, "d2*96");
	assert_view(m.summary_hash, "5a*48");
	assert_view(m.opaque, "0b*2");
	assert_view(m.signature, "51*96");
	assert_view(m.verify_data, "ac*48");
	free((void *)message.ptr);
}

static void finish_has_its_fields(void **state)
{
	READ(finish, finish, TSPDM_V14, "14 e5 01 ff 0200 0b*2 51*96 ac*48");
	assert_true(m.is_signed);
	assert_int_equal(m.slot, TSPDM_SLOT_PUBLIC_KEY);
	assert_view(m.opaque, "0b*2");
	assert_view(m.signature, "51*96");
	assert_view(m.verify_data, "ac*48");
	free((void *)message.ptr);
}

static void finish_without_a_signature_has_no_slot(void **state)
{
	READ(finish, finish, TSPDM_V12, "12 e5 fe 05 ac*48");
	assert_false(m.is_signed);
	assert_int_equal(m.slot, 0);
	assert_int_equal(m.signature.len, 0);
	assert_view(m.verify_data, "ac*48");
	free((void *)message.ptr);
}

static void finish_rsp_has_its_fields(void **state)
{
	READ(finish_rsp, finish_rsp, TSPDM_V14, "14 65 00 00 0300 0b*3 ac*48");
	assert_view(m.opaque, "0b*3");
	assert_view(m.verify_data, "ac*48");
	free((void *)message.ptr);
}

static void psk_exchange_has_its_fields(void **state)
{
	READ(psk_exchange, psk_exchange, TSPDM_V12, "12 e6 01 01 3412 0300 2100 0200 70*3 cc*33 0b*2");
	assert_int_equal(m.summary_type, TSPDM_SUMMARY_TCB);
	assert_int_equal(m.session_policy, TSPDM_POLICY_TERMINATION);
	assert_int_equal(m.session_id, 0x1234);
	assert_view(m.hint, "70*3");
	assert_view(m.requester_context, "cc*33");
	assert_view(m.opaque, "0b*2");
	free((void *)message.ptr);
}

static void psk_exchange_rsp_has_its_fields(void **state)
{
	READ(psk_exchange_rsp, psk_exchange_rsp, TSPDM_V12, "12 66 3c 99 7856 9999 2100 0200 5a*48 c2*33 0b*2 ac*48");
	assert_int_equal(m.heartbeat_period, 60);
	assert_int_equal(m.session_id, 0x5678);
	assert_view(m.summary_hash, "5a*48");
	assert_view(m.responder_context, "c2*33");
	assert_view(m.opaque, "0b*2");
	assert_view(m.verify_data, "ac*48");
	free((void *)message.ptr);
}

static void key_update_has_its_fields(void **state)
{
	READ(key_update, key_update, TSPDM_V12, "12 e9 02 fe");
	assert_int_equal(m.operation, TSPDM_UPDATE_ALL_KEYS);
	assert_int_equal(m.tag, 0xFE);
	free((void *)message.ptr);
}

static void end_session_has_one_bit(void **state)
{
	READ(end_session, end_session, TSPDM_V12, "12 ec fe ff");
	assert_false(m.clears_state);
	free((void *)message.ptr);
}

static void encapsulated_request_has_its_fields(void **state)
{
	READ(encapsulated_request, encapsulated, TSPDM_V12, "12 6a 07 99 12 81 00 00 55");
	assert_int_equal(m.request_id, 7);
	assert_view(m.message, "12 81 00 00 55");
	free((void *)message.ptr);
}

static void encapsulated_ack_has_its_fields(void **state)
{
	READ(encapsulated_ack, encapsulated_ack, TSPDM_V12, "12 6b 08 01 07 99*3 12 81 00 00");
	assert_int_equal(m.request_id, 8);
	assert_int_equal(m.payload, TSPDM_ACK_PRESENT);
	assert_int_equal(m.ack_request_id, 7);
	assert_int_equal(m.slot, 0);
	assert_view(m.message, "12 81 00 00");
	free((void *)message.ptr);
}

static void encapsulated_ack_names_a_slot(void **state)
{
	READ(encapsulated_ack, encapsulated_ack, TSPDM_V11, "11 6b 08 02 05");
	assert_int_equal(m.request_id, 8);
	assert_int_equal(m.payload, TSPDM_ACK_SLOT);
	assert_int_equal(m.ack_request_id, 0);
	assert_int_equal(m.slot, 5);
	assert_int_equal(m.message.len, 0);
	free((void *)message.ptr);
}

static void a_first_chunk_has_the_size_of_all(void **state)
{
	READ(chunk_send, chunk, TSPDM_V12, "12 85 fe 09 0000 9999 02000000 04030201 77 78");
	assert_false(m.is_last);
	assert_int_equal(m.handle, 9);
	assert_int_equal(m.sequence, 0);
	assert_int_equal(m.message_size, 0x01020304);
	assert_view(m.bytes, "77 78");
	free((void *)message.ptr);
}

static void a_later_chunk_has_only_its_own(void **state)
{
	READ(chunk_response, chunk, TSPDM_V14, "14 06 01 09 04030201 02000000 77 78");
	assert_true(m.is_last);
	assert_int_equal(m.handle, 9);
	assert_int_equal(m.sequence, 0x01020304);
	assert_int_equal(m.message_size, 0);
	assert_view(m.bytes, "77 78");
	free((void *)message.ptr);
}

static void chunk_send_ack_has_its_fields(void **state)
{
	READ(chunk_send_ack, chunk_send_ack, TSPDM_V12, "12 05 01 09 0201 12 7f 01 00");
	assert_true(m.is_early_error);
	assert_int_equal(m.handle, 9);
	assert_int_equal(m.sequence, 0x0102);
	assert_view(m.response, "12 7f 01 00");
	free((void *)message.ptr);
}

/* PCI DOE pads the six bytes to eight. */
static void two_bytes_are_no_response(void **state)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_view message = message_of("12 05 00 09 0201 0000");
	struct tspdm_chunk_send_ack m;
	size_t used;

	(void)state;
	assert_int_equal(tspdm_read_chunk_send_ack(message, &shape, &m, &used), TSPDM_OK);
	assert_int_equal(used, 6);
	assert_int_equal(m.response.len, 0);
	free((void *)message.ptr);
}

static void chunk_get_has_its_fields(void **state)
{
	READ(chunk_get, chunk_get, TSPDM_V13, "13 86 99 09 0201");
	assert_int_equal(m.handle, 9);
	assert_int_equal(m.sequence, 0x0102);
	free((void *)message.ptr);
}

static void get_csr_has_its_fields(void **state)
{
	READ(get_csr, get_csr, TSPDM_V13, "13 ed 04 9a 0200 0300 30*2 0b*3");
	assert_int_equal(m.key_pair_id, 4);
	assert_int_equal(m.model, 2);
	assert_int_equal(m.tag, 3);
	assert_true(m.is_overwrite);
	assert_view(m.requester_info, "30*2");
	assert_view(m.opaque, "0b*3");
	free((void *)message.ptr);
}

static void get_csr_1_2_has_no_parameters(void **state)
{
	READ(get_csr, get_csr, TSPDM_V12, "12 ed 04 9a 0000 0000");
	assert_int_equal(m.key_pair_id | m.model | m.tag, 0);
	assert_false(m.is_overwrite);
	free((void *)message.ptr);
}

static void set_certificate_has_its_fields(void **state)
{
	READ(set_certificate, set_certificate, TSPDM_V13, "13 ee 35 04 3500 0000 ab*48 30");
	assert_int_equal(m.slot, 5);
	assert_int_equal(m.model, 3);
	assert_int_equal(m.key_pair_id, 4);
	assert_false(m.is_erase);
	assert_view(m.chain, "3500 0000 ab*48 30");
	free((void *)message.ptr);
}

static void set_certificate_1_2_has_a_slot_only(void **state)
{
	READ(set_certificate, set_certificate, TSPDM_V12, "12 ee b5 04 3500 0000 ab*48 30");
	assert_int_equal(m.slot, 5);
	assert_int_equal(m.model | m.key_pair_id, 0);
	assert_false(m.is_erase);
	free((void *)message.ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_exchange_has_its_fields),
		cmocka_unit_test(a_session_policy_has_the_bits_of_its_version),
		cmocka_unit_test(key_exchange_rsp_has_its_fields),
		cmocka_unit_test(finish_has_its_fields),
		cmocka_unit_test(finish_without_a_signature_has_no_slot),
		cmocka_unit_test(finish_rsp_has_its_fields),
		cmocka_unit_test(psk_exchange_has_its_fields),
		cmocka_unit_test(psk_exchange_rsp_has_its_fields),
		cmocka_unit_test(key_update_has_its_fields),
		cmocka_unit_test(end_session_has_one_bit),
		cmocka_unit_test(encapsulated_request_has_its_fields),
		cmocka_unit_test(encapsulated_ack_has_its_fields),
		cmocka_unit_test(encapsulated_ack_names_a_slot),
		cmocka_unit_test(a_first_chunk_has_the_size_of_all),
		cmocka_unit_test(a_later_chunk_has_only_its_own),
		cmocka_unit_test(chunk_send_ack_has_its_fields),
		cmocka_unit_test(two_bytes_are_no_response),
		cmocka_unit_test(chunk_get_has_its_fields),
		cmocka_unit_test(get_csr_has_its_fields),
		cmocka_unit_test(get_csr_1_2_has_no_parameters),
		cmocka_unit_test(set_certificate_has_its_fields),
		cmocka_unit_test(set_certificate_1_2_has_a_slot_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
