/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Every message, in each version that lays it out differently, byte by byte as the tables of DSP0274 have it: it is read,
 * and written again the same; every shorter one is truncated; what follows it is padding. */
#include "../../fuzz/wire_copy.h"
#include "wire_case.h"

/* How the connection of a case differs from shape_of(). */
enum {
	UNSIGNED = 1,
	MULTI_KEY = 2,
	NO_SUMMARY = 4,
	HAS_NO_END = 8, /* a shorter message is whole too */
};

static const struct layout {
	const char *name;
	uint8_t version;
	unsigned differs;
	const char *message;
} layouts[] = {
	{ "GET_VERSION", 0x10, 0, "10 84 00 00" },
	{ "VERSION, one", 0x10, 0, "10 04 00 00 00 01 0010" },
	{ "VERSION, five", 0x12, 0, "10 04 00 00 00 05 0014 0013 0012 0011 0010" },
	{ "GET_CAPABILITIES 1.0", 0x10, 0, "10 e1 00 00" },
	{ "GET_CAPABILITIES 1.1", 0x11, 0, "11 e1 00 00 00 0c 0000 c6020100" },
	{ "GET_CAPABILITIES 1.2", 0x12, 0, "12 e1 00 00 00 0c 0000 c6020300 00100000 00000100" },
	{ "GET_CAPABILITIES 1.3", 0x13, 0, "13 e1 01 00 00 0c 0000 c6020300 00100000 00000100" },
	{ "GET_CAPABILITIES 1.4", 0x14, 0, "14 e1 01 00 00 0c 0201 c6020380 00100000 00000100" },
	{ "CAPABILITIES 1.0", 0x10, 0, "10 61 00 00 00 0a 0000 36000000" },
	{ "CAPABILITIES 1.1", 0x11, 0, "11 61 00 00 00 0a 0000 f6020100" },
	{ "CAPABILITIES 1.2", 0x12, 0, "12 61 00 00 00 ff 0000 f6021300 2a000000 ffffffff" },
	{ "CAPABILITIES 1.3", 0x13, 0, "13 61 00 00 00 0a 0000 f6021300 2a000000 ffffffff" },
	{ "CAPABILITIES 1.3, algorithms", 0x13, 0,
		"13 61 01 00 00 0a 0000 f6021300 2a000000 ffffffff"
		" 02 00 2e00 01 02 90000000 02000000 00*12 01 01 00 01 aa*8 02 20 1000 03 20 0200" },
	{ "CAPABILITIES 1.3, algorithms, Length of the request", 0x13, 0,
		"13 61 01 00 00 0a 0000 f6021300 2a000000 ffffffff 00 00 2000 01 02 90000000 02000000 00*16" },
	{ "CAPABILITIES 1.4, algorithms", 0x14, 0,
		"14 61 01 00 00 0a 0100 f6021380 2a000000 ffffffff"
		" 02 00 2a00 01 02 90000000 02000000 07000000 00*8 00 00 00 01 06 21 0300 bb*4 07 20 0700" },
	{ "NEGOTIATE_ALGORITHMS 1.0", 0x10, 0, "10 e3 00 00 2000 01 00 90000000 03000000 00*12 00 00 00 00" },
	{ "NEGOTIATE_ALGORITHMS 1.1", 0x11, 0,
		"11 e3 04 00 3000 01 00 90000000 03000000 00*12 00 00 00 00"
		" 02 20 1800 03 20 0200 04 20 8000 05 20 0100" },
	{ "NEGOTIATE_ALGORITHMS 1.2", 0x12, 0, "12 e3 00 00 2000 01 02 90010000 03000000 00*12 00 00 00 00" },
	{ "NEGOTIATE_ALGORITHMS 1.3", 0x13, 0,
		"13 e3 01 00 2400 01 12 90010000 03000000 00*12 00 00 00 01 05 20 0100" },
	{ "NEGOTIATE_ALGORITHMS 1.4", 0x14, 0,
		"14 e3 06 00 3800 01 12 90010000 03000000 07000000 00*8 00 00 00 01"
		" 02 20 1800 03 20 0200 04 20 8000 05 20 0100 06 20 0300 07 20 0600" },
	{ "ALGORITHMS 1.0", 0x10, 0, "10 63 00 00 2400 01 00 04000000 80000000 02000000 00*12 00 00 0000" },
	{ "ALGORITHMS 1.1", 0x11, 0,
		"11 63 02 00 2c00 01 00 04000000 80000000 02000000 00*12 00 00 0000 02 20 1000 05 20 0100" },
	{ "ALGORITHMS 1.2", 0x12, 0, "12 63 00 00 2400 01 02 04000000 80000000 02000000 00*12 00 00 0000" },
	{ "ALGORITHMS 1.3", 0x13, 0, "13 63 00 00 2400 01 12 04000000 80000000 02000000 00*11 01 00 00 0000" },
	{ "ALGORITHMS 1.4", 0x14, 0,
		"14 63 01 00 2800 01 02 04000000 00000000 02000000 02000000 00*7 01 00 00 0000 07 20 0200" },
	{ "GET_DIGESTS", 0x12, 0, "12 81 00 00" },
	{ "DIGESTS 1.2, no slot", 0x12, 0, "12 01 00 00" },
	{ "DIGESTS 1.2, slots 0 and 7", 0x12, 0, "12 01 00 81 a0*48 a7*48" },
	{ "DIGESTS 1.3", 0x13, 0, "13 01 07 02 a1*48" },
	{ "DIGESTS 1.3, multi-key", 0x13, MULTI_KEY, "13 01 07 06 a1*48 a2*48 11 12 01 03 0700 0240" },
	{ "DIGESTS 1.2, multi-key means nothing", 0x12, MULTI_KEY, "12 01 00 02 a1*48" },
	{ "GET_CERTIFICATE 1.0", 0x10, 0, "10 82 07 00 0004 ffff" },
	{ "GET_CERTIFICATE 1.3, size", 0x13, 0, "13 82 01 01 0000 0000" },
	{ "GET_CERTIFICATE 1.4, large", 0x14, 0, "14 82 81 00 0000 0000 00000100 ffffffff" },
	{ "CERTIFICATE 1.0", 0x10, 0, "10 02 03 00 0500 3412 c0*5" },
	{ "CERTIFICATE 1.2, nothing", 0x12, 0, "12 02 00 00 0000 0000" },
	{ "CERTIFICATE 1.3", 0x13, 0, "13 02 03 02 0001 ffff c0*256" },
	{ "CERTIFICATE 1.4, large", 0x14, 0, "14 02 83 02 0000 0000 03000000 00000100 c0*3" },
	{ "CHALLENGE 1.2", 0x12, 0, "12 83 ff 01 ee*32" },
	{ "CHALLENGE 1.3", 0x13, 0, "13 83 00 ff ee*32 cc*8" },
	{ "CHALLENGE_AUTH 1.0", 0x10, NO_SUMMARY, "10 03 0f 00 ab*48 ee*32 0000 51*96" },
	{ "CHALLENGE_AUTH 1.1", 0x11, 0, "11 03 81 03 ab*48 ee*32 5a*48 0300 0b*3 51*96" },
	{ "CHALLENGE_AUTH 1.2, longest", 0x12, 0, "12 03 01 03 ab*48 ee*32 5a*48 0004 0b*1024 51*96" },
	{ "CHALLENGE_AUTH 1.3", 0x13, 0, "13 03 01 03 ab*48 ee*32 5a*48 0000 cc*8 51*96" },
	{ "GET_MEASUREMENTS 1.0", 0x10, 0, "10 e0 00 ff" },
	{ "GET_MEASUREMENTS 1.0, signed", 0x10, 0, "10 e0 01 ff ee*32" },
	{ "GET_MEASUREMENTS 1.1, signed", 0x11, 0, "11 e0 01 00 ee*32 07" },
	{ "GET_MEASUREMENTS 1.2, signed, raw", 0x12, 0, "12 e0 03 fd ee*32 0f" },
	{ "GET_MEASUREMENTS 1.3", 0x13, 0, "13 e0 06 01 cc*8" },
	{ "GET_MEASUREMENTS 1.3, signed", 0x13, 0, "13 e0 07 01 ee*32 02 cc*8" },
	{ "MEASUREMENTS 1.0", 0x10, UNSIGNED, "10 60 00 00 01 070000 01 01 0300 81 0000 ee*32 0000" },
	{ "MEASUREMENTS 1.1, count only", 0x11, UNSIGNED, "11 60 04 00 00 000000 ee*32 0000" },
	{ "MEASUREMENTS 1.2", 0x12, 0,
		"12 60 00 21 02 410000 01 01 3300 01 3000 a1*48 fd 01 0600 84 0300 fd*3 ee*32 0100 0b 51*96" },
	{ "MEASUREMENTS 1.2, a record beyond 16 bits", 0x12, UNSIGNED,
		"12 60 00 00 02 0a0001 01 01 ffff 81 fcff aa*65532 02 01 0300 81 0000 ee*32 0000" },
	{ "MEASUREMENTS 1.3", 0x13, 0, "13 60 00 11 01 050000 01 02 0100 77 ee*32 0000 cc*8 51*96" },
	{ "VENDOR_DEFINED_REQUEST 1.0", 0x10, 0, "10 fe 00 00 0300 02 3412 0300 77*3" },
	{ "VENDOR_DEFINED_REQUEST, nothing in it", 0x12, 0, "12 fe 00 00 0000 00 0000" },
	{ "VENDOR_DEFINED_RESPONSE, longest VendorID", 0x12, 0, "12 7e 00 00 0400 ff 1d*255 0100 77" },
	{ "VENDOR_DEFINED_REQUEST 1.4, large", 0x14, 0, "14 fe 80 00 0300 02 3412 0000 00000100 77*65536" },
	{ "ERROR, InvalidRequest", 0x12, 0, "12 7f 01 00" },
	{ "ERROR, UnsupportedRequest", 0x12, 0, "12 7f 07 fe" },
	{ "ERROR, ResponseTooLarge", 0x12, 0, "12 7f 0d 00 00100000" },
	{ "ERROR, LargeResponse", 0x12, 0, "12 7f 0f 00 07" },
	{ "ERROR, DataTooLarge", 0x14, 0, "14 7f 12 00 00000100" },
	{ "ERROR, ResponseNotReady", 0x10, 0, "10 7f 42 00 14 e0 05 02" },
	{ "ERROR, VendorDefined", 0x12, 0, "12 7f ff 03 02 3412" },
	{ "ERROR, VendorDefined, longest", 0x12, HAS_NO_END, "12 7f ff 03 02 3412 0d*29" },
	{ "ERROR, reserved code", 0x12, 0, "12 7f 80 55" },
	{ "RESPOND_IF_READY", 0x12, 0, "12 ff e0 05" },
};

static struct tspdm_shape shape_for(const struct layout *layout)
{
	struct tspdm_shape shape = shape_of(layout->version);

	shape.is_signed = (layout->differs & UNSIGNED) == 0;
	shape.multi_key = (layout->differs & MULTI_KEY) != 0;
	if ((layout->differs & NO_SUMMARY) != 0)
		shape.summary_hash_len = 0;
	return shape;
}

static enum tspdm_status copy(
	struct tspdm_view message, const struct layout *layout, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_shape shape = shape_for(layout);
	struct tspdm_view golden = message_of(layout->message);
	const struct copier *copier = copier_of(golden.ptr[1]);

	free((void *)golden.ptr);
	assert_non_null(copier);
	return copier->copy(message, &shape, out, used);
}

static void a_message_is_written_as_it_was_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		struct tspdm_view message = message_of(layouts[i].message);
		struct tspdm_buffer out = { malloc(message.len), message.len, 0 };
		size_t used = 0;

		assert_status(copy(message, &layouts[i], &out, &used), TSPDM_OK, layouts[i].name);
		assert_int_equal(used, message.len);
		assert_int_equal(out.len, message.len);
		assert_memory_equal(out.ptr, message.ptr, message.len);
		free(out.ptr);
		free((void *)message.ptr);
	}
}

static void a_message_cut_at_any_byte_is_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		struct tspdm_view message = message_of(layouts[i].message);

		if ((layouts[i].differs & HAS_NO_END) != 0)
			message.len = 7;
		for (size_t len = 0; len<message.len; len += len> 512 && message.len > 4096 ? 997 : 1) {
			struct tspdm_view cut = { copy_of(message.ptr, len), len };
			struct tspdm_buffer out = { 0 };
			size_t used = 0;

			assert_status(copy(cut, &layouts[i], &out, &used), TSPDM_ERR_TRUNCATED, layouts[i].name);
			free((void *)cut.ptr);
		}
		free((void *)message.ptr);
	}
}

static void padding_is_not_of_the_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		struct tspdm_view message = message_of(layouts[i].message);
		uint8_t *padded = malloc(message.len + 3);
		struct tspdm_buffer out = { malloc(message.len), message.len, 0 };
		size_t used = 0;

		memcpy(padded, message.ptr, message.len);
		memset(padded + message.len, 0xFF, 3);
		if (message.ptr[1] != TSPDM_ERROR || message.ptr[2] != TSPDM_ERROR_VENDOR_DEFINED ||
			message.len == 36) {
			struct tspdm_view view = { padded, message.len + 3 };

			assert_status(copy(view, &layouts[i], &out, &used), TSPDM_OK, layouts[i].name);
			assert_int_equal(used, message.len);
			assert_memory_equal(out.ptr, message.ptr, message.len);
		}
		free(out.ptr);
		free(padded);
		free((void *)message.ptr);
	}
}

/* Measuring with no room at all, and with every smaller room: nothing is written past it. */
static void a_writer_without_room_tells_the_size_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		struct tspdm_view message = message_of(layouts[i].message);

		for (size_t cap = 0; cap<message.len; cap += cap> 512 ? 997 : 1) {
			struct tspdm_buffer out = { cap != 0 ? malloc(cap) : NULL, cap, 0 };
			size_t used = 0;

			assert_status(copy(message, &layouts[i], &out, &used), TSPDM_ERR_BUFFER, layouts[i].name);
			assert_int_equal(out.len, message.len);
			free(out.ptr);
		}
		free((void *)message.ptr);
	}
}

static void reserved_bits_are_not_judged_and_not_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(meanings); i++) {
		const struct meaning *meaning = &meanings[i];

		for (size_t k = 0; k < COUNT(layouts); k++) {
			struct tspdm_view message = message_of(layouts[k].message);
			uint8_t *dirty = copy_of(message.ptr, message.len);
			struct tspdm_buffer out = { malloc(message.len), message.len, 0 };
			size_t used = 0;

			if (message.ptr[1] == meaning->code && layouts[k].version >= meaning->from &&
				layouts[k].version <= meaning->to &&
				message.len >= (size_t)meaning->at + meaning->count) {
				for (unsigned at = meaning->at; at < (unsigned)meaning->at + meaning->count; at++)
					dirty[at] |= (uint8_t)~meaning->bits;
				assert_status(copy((struct tspdm_view){ dirty, message.len }, &layouts[k], &out, &used),
					TSPDM_OK, layouts[k].name);
				assert_memory_equal(out.ptr, message.ptr, message.len);
			}
			free(out.ptr);
			free(dirty);
			free((void *)message.ptr);
		}
	}
}

static void a_reader_takes_no_other_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		struct tspdm_view message = message_of(layouts[i].message);
		struct tspdm_shape shape = shape_for(&layouts[i]);

		for (size_t k = 0; k < COUNT(copiers); k++) {
			const struct copier *other = &copiers[k];
			struct tspdm_buffer out = { 0 };
			size_t used = 0;

			if (other->copy == copier_of(message.ptr[1])->copy || other->copy == copy_header)
				continue;
			assert_status(other->copy(message, &shape, &out, &used), TSPDM_ERR_CODE, layouts[i].name);
		}
		free((void *)message.ptr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_written_as_it_was_read),
		cmocka_unit_test(a_message_cut_at_any_byte_is_truncated),
		cmocka_unit_test(padding_is_not_of_the_message),
		cmocka_unit_test(a_writer_without_room_tells_the_size_needed),
		cmocka_unit_test(reserved_bits_are_not_judged_and_not_written),
		cmocka_unit_test(a_reader_takes_no_other_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
