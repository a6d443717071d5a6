/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Values that no message can carry are refused before a byte is written. Each case makes a good message and spoils one
 * thing. */
#include "wire_case.h"

static uint8_t room[1 << 17];

#define VIEW(n) ((struct tspdm_view){ room, n })

/* Writes one good message but for what `spoil` says; 0 spoils nothing. */
typedef enum tspdm_status writer(struct tspdm_buffer *out, unsigned spoil);

static enum tspdm_status version(struct tspdm_buffer *out, unsigned spoil)
{
	static const uint32_t sets[] = { 0x1F, 0, 1U << 16, 0xFFFFFFFF };

	return tspdm_write_version(out, sets[spoil]);
}

static enum tspdm_status capabilities(struct tspdm_buffer *out, unsigned spoil)
{
	static const uint8_t block[] = { 0, 0, 30, 0, 1, 2, [30] = 0 };
	static const uint8_t other_length[] = { 0, 0, 31, 0, 1, 2, [30] = 0 };
	struct tspdm_capabilities m = { .param1 = 1, .supported_algorithms = { block, 30 } };
	struct tspdm_shape shape = shape_of(TSPDM_V13);

	switch (spoil) {
	case 1:
		m.supported_algorithms.len = 0;
		break;
	case 2:
		m.supported_algorithms.len = 29;
		break;
	case 3:
		m.supported_algorithms.len = 31;
		break;
	case 4:
		m.supported_algorithms.ptr = other_length;
		break;
	}
	return tspdm_write_capabilities(out, &shape, &m);
}

static enum tspdm_status negotiate_algorithms(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_negotiate_algorithms m = { .base_asym = 0x80, .tables.present = 1 << 2 | 1 << 5 };
	struct tspdm_shape shape = shape_of(TSPDM_V12);

	switch (spoil) {
	case 1:
		m.ext_asym_count = 1;
		break;
	case 2:
		m.ext_hash_count = 1;
		break;
	case 3:
		m.tables.external_count[TSPDM_ALG_DHE] = 1;
		break;
	case 4:
		m.tables.present |= 1;
		break;
	case 5:
		m.tables.present |= 2;
		break;
	case 6:
		m.tables.present |= 1 << TSPDM_ALG_KEM;
		break;
	case 7:
		m.tables.present |= 1 << 15;
		break;
	case 8:
		shape.version = TSPDM_V10;
		break;
	}
	return tspdm_write_negotiate_algorithms(out, &shape, &m);
}

static enum tspdm_status algorithms(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_algorithms m = { .base_asym = 0x80, .tables.present = 1 << 2 | 1 << 7 };
	struct tspdm_shape shape = shape_of(TSPDM_V14);

	switch (spoil) {
	case 1:
		m.ext_asym_count = 1;
		break;
	case 2:
		m.ext_hash_count = 1;
		break;
	case 3:
		m.tables.external_count[TSPDM_ALG_KEM] = 1;
		break;
	case 4:
		m.tables.present |= 1 << 8;
		break;
	case 5:
		shape.version = TSPDM_V13;
		break;
	}
	return tspdm_write_algorithms(out, &shape, &m);
}

static enum tspdm_status digests(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_digests m = { .provisioned_slots = 1, .digest[0] = VIEW(HASH) };
	struct tspdm_shape shape = shape_of(TSPDM_V12);

	switch (spoil) {
	case 1:
		m.digest[0].len--;
		break;
	case 2:
		m.digest[0].len++;
		break;
	case 3:
		m.digest[0] = VIEW(0);
		break;
	case 4:
		m.digest[7] = VIEW(HASH);
		break;
	case 5:
		m.provisioned_slots = 3;
		break;
	case 6:
		m.digest[0].ptr = NULL;
		break;
	}
	return tspdm_write_digests(out, &shape, &m);
}

static enum tspdm_status get_certificate(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_get_certificate m = { .offset = 0xFFFF, .length = 0xFFFF };
	struct tspdm_shape shape = shape_of(TSPDM_V14);

	switch (spoil) {
	case 1:
		m.offset++;
		break;
	case 2:
		m.length++;
		break;
	case 3:
		m.slot = 16;
		break;
	case 4:
		m.is_large = true;
		shape.version = TSPDM_V13;
		break;
	}
	return tspdm_write_get_certificate(out, &shape, &m);
}

static enum tspdm_status certificate(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_certificate m = { .portion = VIEW(0xFFFF), .remainder = 0xFFFF };
	struct tspdm_shape shape = shape_of(TSPDM_V14);

	switch (spoil) {
	case 1:
		m.portion.len++;
		break;
	case 2:
		m.remainder++;
		break;
	case 3:
		m.slot = 16;
		break;
	case 4:
		m.portion.len = SIZE_MAX;
		break;
	case 5:
		m.is_large = true;
		shape.version = TSPDM_V12;
		break;
	}
	return tspdm_write_certificate(out, &shape, &m);
}

static enum tspdm_status challenge(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_challenge m = { .nonce = VIEW(32), .requester_context = VIEW(8) };
	struct tspdm_shape shape = shape_of(TSPDM_V13);

	switch (spoil) {
	case 1:
		m.nonce.len = 31;
		break;
	case 2:
		m.nonce.len = 33;
		break;
	case 3:
		m.nonce = VIEW(0);
		break;
	case 4:
		m.requester_context.len = 7;
		break;
	case 5:
		m.requester_context = VIEW(0);
		break;
	case 6:
		m.nonce.ptr = NULL;
		break;
	}
	return tspdm_write_challenge(out, &shape, &m);
}

static enum tspdm_status challenge_auth(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_challenge_auth m = { .chain_hash = VIEW(HASH),
		.nonce = VIEW(32),
		.summary_hash = VIEW(HASH),
		.opaque = VIEW(1024),
		.signature = VIEW(SIGNATURE) };

	switch (spoil) {
	case 1:
		m.chain_hash.len = 32;
		break;
	case 2:
		m.nonce.len = 31;
		break;
	case 3:
		m.summary_hash = VIEW(0);
		break;
	case 4:
		m.opaque.len = 1025;
		break;
	case 5:
		m.signature.len = 95;
		break;
	case 6:
		m.slot = 16;
		break;
	case 7:
		shape.summary_hash_len = 0;
		break;
	}
	return tspdm_write_challenge_auth(out, &shape, &m);
}

static enum tspdm_status get_measurements(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_get_measurements m = { .is_signed = true, .nonce = VIEW(32), .requester_context = VIEW(8) };
	struct tspdm_shape shape = shape_of(TSPDM_V13);

	switch (spoil) {
	case 1:
		m.nonce.len = 31;
		break;
	case 2:
		m.nonce = VIEW(0);
		break;
	case 3:
		m.requester_context = VIEW(0);
		break;
	case 4:
		m.slot = 16;
		break;
	}
	return tspdm_write_get_measurements(out, &shape, &m);
}

static enum tspdm_status measurements(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_measurements m = {
		.block_count = 1, .record = VIEW(70), .nonce = VIEW(32), .signature = VIEW(SIGNATURE)
	};

	switch (spoil) {
	case 1:
		m.block_count = 0;
		break;
	case 2:
		m.record = VIEW(0);
		break;
	case 3:
		m.record.len = 0x1000000;
		break;
	case 4:
		m.nonce = VIEW(0);
		break;
	case 5:
		m.opaque = VIEW(1025);
		break;
	case 6:
		m.signature.len = 64;
		break;
	case 7:
		shape.is_signed = false;
		break;
	case 8:
		m.slot = 16;
		break;
	case 9:
		m.content_changed = 4;
		break;
	}
	return tspdm_write_measurements(out, &shape, &m);
}

static enum tspdm_status block(struct tspdm_buffer *out, unsigned spoil)
{
	static const size_t sizes[] = { 65532, 65533, 65536, SIZE_MAX };

	return tspdm_write_block(out, 1, 1, VIEW(sizes[spoil]));
}

static enum tspdm_status vendor_defined(struct tspdm_buffer *out, unsigned spoil)
{
	struct tspdm_vendor_defined m = { .vendor_id = VIEW(255), .payload = VIEW(0xFFFF) };
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	uint8_t code = TSPDM_VENDOR_DEFINED_REQUEST;

	switch (spoil) {
	case 1:
		m.vendor_id.len++;
		break;
	case 2:
		m.payload.len++;
		break;
	case 3:
		m.is_large = true;
		break;
	case 4:
		code = TSPDM_ERROR;
		break;
	}
	return tspdm_write_vendor_defined(out, &shape, code, &m);
}

static enum tspdm_status error(struct tspdm_buffer *out, unsigned spoil)
{
	static const uint8_t vendor[33] = { 31 };
	static const uint8_t long_vendor[33] = { 32 };
	struct tspdm_error_response m = { .code = TSPDM_ERROR_VENDOR_DEFINED, .extended = { vendor, 32 } };

	switch (spoil) {
	case 1:
		m.extended.len = 33;
		break;
	case 2:
		m.extended.len = 31;
		break;
	case 3:
		m.extended.ptr = long_vendor;
		break;
	case 4:
		m.code = TSPDM_ERROR_BUSY;
		break;
	case 5:
		m.code = TSPDM_ERROR_RESPONSE_NOT_READY;
		break;
	case 6:
		m.extended.len = 0;
		break;
	}
	return tspdm_write_error(out, TSPDM_V12, &m);
}

static void what_no_message_can_carry_is_refused(void **state)
{
	static const struct {
		const char *name;
		writer *write;
		unsigned spoils;
	} cases[] = {
		{ "VERSION", version, 3 },
		{ "CAPABILITIES", capabilities, 4 },
		{ "NEGOTIATE_ALGORITHMS", negotiate_algorithms, 8 },
		{ "ALGORITHMS", algorithms, 5 },
		{ "DIGESTS", digests, 6 },
		{ "GET_CERTIFICATE", get_certificate, 4 },
		{ "CERTIFICATE", certificate, 5 },
		{ "CHALLENGE", challenge, 6 },
		{ "CHALLENGE_AUTH", challenge_auth, 7 },
		{ "GET_MEASUREMENTS", get_measurements, 4 },
		{ "MEASUREMENTS", measurements, 9 },
		{ "measurement block", block, 3 },
		{ "VENDOR_DEFINED_REQUEST", vendor_defined, 4 },
		{ "ERROR", error, 6 },
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

static void a_certificate_leaves_room_that_the_caller_fills(void **state)
{
	uint8_t bytes[8 + 100];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_certificate m = { .slot = 1, .remainder = 5, .portion = { NULL, 100 } };

	(void)state;
	memset(bytes, 0xA5, sizeof bytes);
	assert_int_equal(tspdm_write_certificate(&out, &shape, &m), TSPDM_OK);
	assert_int_equal(out.len, sizeof bytes);
	assert_memory_equal(bytes, "\x12\x02\x01\x00\x64\x00\x05\x00", 8);
	for (size_t i = 8; i < sizeof bytes; i++)
		assert_int_equal(bytes[i], 0xA5);
	out = (struct tspdm_buffer){ bytes, sizeof bytes - 1, 0 };
	assert_int_equal(tspdm_write_certificate(&out, &shape, &m), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, sizeof bytes);
}

static void without_a_signature_the_message_ends_before_it(void **state)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_challenge_auth auth = { .chain_hash = VIEW(HASH), .nonce = VIEW(32), .summary_hash = VIEW(HASH) };
	struct tspdm_measurements measured = { .nonce = VIEW(32) };
	uint8_t bytes[256];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	(void)state;
	assert_int_equal(tspdm_write_challenge_auth(&out, &shape, &auth), TSPDM_OK);
	assert_int_equal(out.len, 4 + HASH + 32 + HASH + 2);
	out.len = 0;
	assert_int_equal(tspdm_write_measurements(&out, &shape, &measured), TSPDM_OK);
	assert_int_equal(out.len, 8 + 32 + 2);
}

static void a_writer_appends(void **state)
{
	uint8_t bytes[8];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
	struct tspdm_header header = { TSPDM_V12, TSPDM_GET_DIGESTS, 0, 0 };

	(void)state;
	assert_int_equal(tspdm_write_header(&out, &header), TSPDM_OK);
	header.code = TSPDM_RESPOND_IF_READY;
	assert_int_equal(tspdm_write_header(&out, &header), TSPDM_OK);
	assert_memory_equal(bytes, "\x12\x81\x00\x00\x12\xFF\x00\x00", 8);
	assert_int_equal(tspdm_write_header(&out, &header), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, 12);
}

static void what_the_version_lacks_is_not_written(void **state)
{
	struct tspdm_shape shape = shape_of(TSPDM_V11);
	struct tspdm_capabilities m = { .param1 = 1, .ext_flags = 1, .flags = 2, .data_transfer_size = 3 };
	uint8_t bytes[64];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	(void)state;
	m.supported_algorithms = VIEW(5);
	assert_int_equal(tspdm_write_capabilities(&out, &shape, &m), TSPDM_OK);
	assert_int_equal(out.len, 12);
	assert_memory_equal(bytes, "\x11\x61\0\0\0\0\0\0\x02\0\0\0", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_message_can_carry_is_refused),
		cmocka_unit_test(a_certificate_leaves_room_that_the_caller_fills),
		cmocka_unit_test(without_a_signature_the_message_ends_before_it),
		cmocka_unit_test(a_writer_appends),
		cmocka_unit_test(what_the_version_lacks_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
