/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Which bytes of a message a member gets: a round trip cannot tell two members that are swapped both ways. */
#include "wire_case.h"

#define assert_view(view, text) assert_bytes(view, message_of(text))

static void assert_bytes(struct tspdm_view is, struct tspdm_view should)
{
	assert_int_equal(is.len, should.len);
	assert_memory_equal(is.ptr, should.ptr, should.len);
	free((void *)should.ptr);
}

#define READ(name, version, text)                                                                                      \
	struct tspdm_shape shape = shape_of(version);                                                                  \
	struct tspdm_view message = message_of(text);                                                                  \
	struct tspdm_##name m;                                                                                         \
	size_t used = 0;                                                                                               \
                                                                                                                       \
	(void)state;                                                                                                   \
	assert_status(tspdm_read_##name(message, &shape, &m, &used), TSPDM_OK, #name);                                 \
	assert_int_equal(used, message.len)

static void the_header_has_four_fields(void **state)
{
	struct tspdm_view message = message_of("12 e0 05 fd 99");
	struct tspdm_header m;

	(void)state;
	assert_int_equal(tspdm_read_header(message, &m), TSPDM_OK);
	assert_int_equal(m.version, 0x12);
	assert_int_equal(m.code, TSPDM_GET_MEASUREMENTS);
	assert_int_equal(m.param1, 5);
	assert_int_equal(m.param2, 0xFD);
	free((void *)message.ptr);
}

static void version_entries_are_counted_and_little_endian(void **state)
{
	struct tspdm_view message = message_of("10 04 00 00 00 02 0012 3411 9999");
	struct tspdm_version_response m;
	size_t used;

	(void)state;
	assert_int_equal(tspdm_read_version(message, &m, &used), TSPDM_OK);
	assert_int_equal(used, 10);
	assert_int_equal(m.entry_count, 2);
	assert_int_equal(tspdm_version_entry(&m, 0), 0x1200);
	assert_int_equal(tspdm_version_entry(&m, 1), 0x1134);
	assert_int_equal(tspdm_version_entry(&m, 2), 0);
	assert_int_equal(tspdm_version_entry(&m, UINT32_MAX), 0);
	free((void *)message.ptr);
}

static void a_1_4_capabilities_response_has_all_fields(void **state)
{
	READ(capabilities, TSPDM_V14,
		"14 61 01 00 00 0a 0102 78563412 2a000000 00000100"
		" 00 00 1e00 01 02 90000000 02000000 07000000 00*8 00 00 00 01");
	assert_int_equal(m.param1, 1);
	assert_int_equal(m.ct_exponent, 10);
	assert_int_equal(m.ext_flags, 0x0201);
	assert_int_equal(m.flags, 0x12345678);
	assert_int_equal(m.data_transfer_size, 42);
	assert_int_equal(m.max_message_size, 65536);
	assert_ptr_equal(m.supported_algorithms.ptr, message.ptr + 20);
	assert_int_equal(m.supported_algorithms.len, 30);
	free((void *)message.ptr);
}

static void what_a_version_lacks_is_zero(void **state)
{
	READ(capabilities, TSPDM_V11, "11 61 01 00 00 0a 0102 78563412");
	assert_int_equal(m.param1, 0);
	assert_int_equal(m.ext_flags, 0);
	assert_int_equal(m.flags, 0x12345678);
	assert_int_equal(m.data_transfer_size, 0);
	assert_int_equal(m.max_message_size, 0);
	assert_int_equal(m.supported_algorithms.len, 0);
	free((void *)message.ptr);
}

static void an_offer_has_all_fields(void **state)
{
	READ(negotiate_algorithms, TSPDM_V14,
		"14 e3 03 00 3800 01 12 90010000 03000000 07000000 00*8 01 02 00 01 aa*12"
		" 02 20 1800 05 20 0100 07 20 0600");
	assert_int_equal(m.measurement_specification, 1);
	assert_int_equal(m.other_params, 0x12);
	assert_int_equal(m.base_asym, 0x190);
	assert_int_equal(m.base_hash, 3);
	assert_int_equal(m.pqc_asym, 7);
	assert_int_equal(m.mel_specification, 1);
	assert_int_equal(m.ext_asym_count, 1);
	assert_int_equal(m.ext_hash_count, 2);
	assert_int_equal(m.tables.present, 1 << 2 | 1 << 5 | 1 << 7);
	assert_int_equal(m.tables.supported[TSPDM_ALG_DHE], 0x18);
	assert_int_equal(m.tables.supported[TSPDM_ALG_AEAD], 0);
	assert_int_equal(m.tables.supported[TSPDM_ALG_KEY_SCHEDULE], 1);
	assert_int_equal(m.tables.supported[TSPDM_ALG_KEM], 6);
	free((void *)message.ptr);
}

static void twenty_extended_algorithms_are_read(void **state)
{
	READ(negotiate_algorithms, TSPDM_V12,
		"12 e3 01 00 7400 01 02 90010000 03000000 00*12 0a 09 00 00 aa*76 03 21 0200 aa*4");
	assert_int_equal(m.ext_asym_count, 10);
	assert_int_equal(m.ext_hash_count, 9);
	assert_int_equal(m.tables.external_count[TSPDM_ALG_AEAD], 1);
	assert_int_equal(m.tables.supported[TSPDM_ALG_AEAD], 2);
	free((void *)message.ptr);
}

static void a_selection_has_all_fields(void **state)
{
	READ(algorithms, TSPDM_V14,
		"14 63 01 00 3400 01 02 04000000 80000000 02000000 05000000 00*7 01 01 01 0000 aa*8 04 21 8000 bb*4");
	assert_int_equal(m.measurement_specification, 1);
	assert_int_equal(m.other_params, 2);
	assert_int_equal(m.measurement_hash, 4);
	assert_int_equal(m.base_asym, 0x80);
	assert_int_equal(m.base_hash, 2);
	assert_int_equal(m.pqc_asym, 5);
	assert_int_equal(m.mel_specification, 1);
	assert_int_equal(m.ext_asym_count, 1);
	assert_int_equal(m.ext_hash_count, 1);
	assert_int_equal(m.tables.present, 1 << 4);
	assert_int_equal(m.tables.supported[TSPDM_ALG_REQ_ASYM], 0x80);
	assert_int_equal(m.tables.external_count[TSPDM_ALG_REQ_ASYM], 1);
	free((void *)message.ptr);
}

static void digests_go_to_the_slots_whose_bits_are_set(void **state)
{
	READ(digests, TSPDM_V12, "12 01 07 84 a2*48 a7*48");
	assert_int_equal(m.supported_slots, 0);
	assert_int_equal(m.provisioned_slots, 0x84);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		assert_int_equal(m.digest[slot].len, slot == 2 || slot == 7 ? HASH : 0);
	assert_view(m.digest[2], "a2*48");
	assert_view(m.digest[7], "a7*48");
	free((void *)message.ptr);
}

static void multi_key_fields_stand_behind_all_digests(void **state)
{
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	struct tspdm_view message = message_of("13 01 07 06 a1*48 a2*48 11 12 01 03 0700 0240");
	struct tspdm_digests m;
	size_t used;

	(void)state;
	shape.multi_key = true;
	assert_int_equal(tspdm_read_digests(message, &shape, &m, &used), TSPDM_OK);
	assert_int_equal(m.supported_slots, 7);
	assert_int_equal(m.key_pair_id[1], 0x11);
	assert_int_equal(m.key_pair_id[2], 0x12);
	assert_int_equal(m.certificate_info[1], 1);
	assert_int_equal(m.certificate_info[2], 3);
	assert_int_equal(m.key_usage[1], 7);
	assert_int_equal(m.key_usage[2], 0x4002);
	assert_int_equal(m.key_usage[0], 0);
	free((void *)message.ptr);
}

static void a_certificate_request_has_offset_then_length(void **state)
{
	READ(get_certificate, TSPDM_V14, "14 82 85 01 0000 0000 00000100 02000000");
	assert_int_equal(m.slot, 5);
	assert_true(m.is_large);
	assert_true(m.size_requested);
	assert_int_equal(m.offset, 65536);
	assert_int_equal(m.length, 2);
	free((void *)message.ptr);
}

static void a_large_bit_before_1_4_is_reserved(void **state)
{
	READ(get_certificate, TSPDM_V13, "13 82 85 01 0400 0002");
	assert_false(m.is_large);
	assert_int_equal(m.slot, 5);
	assert_int_equal(m.offset, 4);
	assert_int_equal(m.length, 512);
	free((void *)message.ptr);
}

static void a_certificate_has_portion_then_remainder(void **state)
{
	READ(certificate, TSPDM_V13, "13 02 03 0a 0500 3412 c0*5");
	assert_int_equal(m.slot, 3);
	assert_false(m.is_large);
	assert_int_equal(m.certificate_info, 2);
	assert_int_equal(m.remainder, 0x1234);
	assert_view(m.portion, "c0*5");
	free((void *)message.ptr);
}

static void a_challenge_has_all_fields(void **state)
{
	READ(challenge, TSPDM_V13, "13 83 ff 01 ee*32 cc*8");
	assert_int_equal(m.slot, TSPDM_SLOT_PUBLIC_KEY);
	assert_int_equal(m.summary_type, TSPDM_SUMMARY_TCB);
	assert_view(m.nonce, "ee*32");
	assert_view(m.requester_context, "cc*8");
	free((void *)message.ptr);
}

static void a_challenge_answer_has_all_fields(void **state)
{
	READ(challenge_auth, TSPDM_V13, "13 03 83 09 ab*48 ee*32 5a*48 0300 0b*3 cc*8 51*96");
	assert_int_equal(m.slot, 3);
	assert_true(m.basic_mutual_auth);
	assert_int_equal(m.slot_mask, 9);
	assert_view(m.chain_hash, "ab*48");
	assert_view(m.nonce, "ee*32");
	assert_view(m.summary_hash, "5a*48");
	assert_view(m.opaque, "0b*3");
	assert_view(m.requester_context, "cc*8");
	assert_view(m.signature, "51*96");
	free((void *)message.ptr);
}

static void a_measurement_request_has_all_fields(void **state)
{
	READ(get_measurements, TSPDM_V13, "13 e0 07 fd ee*32 f2 cc*8");
	assert_true(m.is_signed);
	assert_true(m.is_raw);
	assert_true(m.is_new);
	assert_int_equal(m.operation, TSPDM_INDEX_MANIFEST);
	assert_int_equal(m.slot, 2);
	assert_view(m.nonce, "ee*32");
	assert_view(m.requester_context, "cc*8");
	free((void *)message.ptr);
}

static void an_unsigned_1_1_measurement_request_is_its_header(void **state)
{
	READ(get_measurements, TSPDM_V11, "11 e0 06 ff");
	assert_false(m.is_signed);
	assert_false(m.is_raw);
	assert_false(m.is_new);
	assert_int_equal(m.nonce.len, 0);
	assert_int_equal(m.requester_context.len, 0);
	free((void *)message.ptr);
}

static void a_measurement_answer_has_all_fields(void **state)
{
	READ(measurements, TSPDM_V13, "13 60 04 2f 01 050000 01 02 0100 77 ee*32 0100 0b cc*8 51*96");
	assert_int_equal(m.total, 4);
	assert_int_equal(m.slot, 15);
	assert_int_equal(m.content_changed, 2);
	assert_int_equal(m.block_count, 1);
	assert_view(m.record, "01 02 0100 77");
	assert_view(m.nonce, "ee*32");
	assert_view(m.opaque, "0b");
	assert_view(m.requester_context, "cc*8");
	assert_view(m.signature, "51*96");
	free((void *)message.ptr);
}

static void blocks_are_taken_off_a_record_one_by_one(void **state)
{
	struct tspdm_view record = message_of("05 01 0500 81 0200 1234 06 02 0300 abcdef");
	struct tspdm_view left = record;
	struct tspdm_measurement_block block;

	(void)state;
	assert_int_equal(tspdm_next_block(&left, &block), TSPDM_OK);
	assert_int_equal(block.index, 5);
	assert_int_equal(block.specification, 1);
	assert_int_equal(block.type, TSPDM_MEASUREMENT_FIRMWARE | TSPDM_MEASUREMENT_RAW);
	assert_view(block.value, "1234");
	assert_view(block.measurement, "81 0200 1234");
	assert_view(block.whole, "05 01 0500 81 0200 1234");
	assert_int_equal(tspdm_next_block(&left, &block), TSPDM_OK);
	assert_int_equal(block.index, 6);
	assert_int_equal(block.type, 0);
	assert_int_equal(block.value.len, 0);
	assert_view(block.measurement, "abcdef");
	assert_view(block.whole, "06 02 0300 abcdef");
	assert_int_equal(left.len, 0);
	assert_int_equal(tspdm_next_block(&left, &block), TSPDM_ERR_TRUNCATED);
	free((void *)record.ptr);
}

static void a_vendor_message_has_all_fields(void **state)
{
	READ(vendor_defined, TSPDM_V14, "14 7e 80 00 0300 02 3412 0000 03000000 77*3");
	assert_true(m.is_large);
	assert_int_equal(m.standard_id, 3);
	assert_view(m.vendor_id, "3412");
	assert_view(m.payload, "77*3");
	free((void *)message.ptr);
}

static void an_error_tells_when_to_come_back(void **state)
{
	struct tspdm_view message = message_of("12 7f 42 00 ff e0 05 02 00*4");
	struct tspdm_error_response m;
	struct tspdm_not_ready not_ready;
	size_t used;

	(void)state;
	assert_int_equal(tspdm_read_error(message, &m, &used), TSPDM_OK);
	assert_int_equal(used, 8);
	assert_int_equal(m.code, TSPDM_ERROR_RESPONSE_NOT_READY);
	assert_int_equal(m.data, 0);
	assert_int_equal(tspdm_read_not_ready(&m, &not_ready), TSPDM_OK);
	assert_int_equal(not_ready.rdt_exponent, 255);
	assert_int_equal(not_ready.request_code, TSPDM_GET_MEASUREMENTS);
	assert_int_equal(not_ready.token, 5);
	assert_int_equal(not_ready.rdtm, 2);
	m.code = TSPDM_ERROR_BUSY;
	assert_int_equal(tspdm_read_not_ready(&m, &not_ready), TSPDM_ERR_CODE);
	free((void *)message.ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_has_four_fields),
		cmocka_unit_test(version_entries_are_counted_and_little_endian),
		cmocka_unit_test(a_1_4_capabilities_response_has_all_fields),
		cmocka_unit_test(what_a_version_lacks_is_zero),
		cmocka_unit_test(an_offer_has_all_fields),
		cmocka_unit_test(twenty_extended_algorithms_are_read),
		cmocka_unit_test(a_selection_has_all_fields),
		cmocka_unit_test(digests_go_to_the_slots_whose_bits_are_set),
		cmocka_unit_test(multi_key_fields_stand_behind_all_digests),
		cmocka_unit_test(a_certificate_request_has_offset_then_length),
		cmocka_unit_test(a_large_bit_before_1_4_is_reserved),
		cmocka_unit_test(a_certificate_has_portion_then_remainder),
		cmocka_unit_test(a_challenge_has_all_fields),
		cmocka_unit_test(a_challenge_answer_has_all_fields),
		cmocka_unit_test(a_measurement_request_has_all_fields),
		cmocka_unit_test(an_unsigned_1_1_measurement_request_is_its_header),
		cmocka_unit_test(a_measurement_answer_has_all_fields),
		cmocka_unit_test(blocks_are_taken_off_a_record_one_by_one),
		cmocka_unit_test(a_vendor_message_has_all_fields),
		cmocka_unit_test(an_error_tells_when_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
