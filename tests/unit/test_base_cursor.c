/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The cursors: every bound of every parser is theirs to keep. */
#include "base/cursor.h"
#include "wire_case.h"

static void integers_are_little_endian(void **state)
{
	struct tspdm_view bytes = message_of("01 0203 040506 0708090a 0b0c0d0e0f101112");
	struct reader r = reader_of(bytes);

	(void)state;
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0302);
	assert_int_equal(read_u24(&r), 0x060504);
	assert_int_equal(read_u32(&r), 0x0A090807);
	assert_true(read_u64(&r) == UINT64_C(0x1211100F0E0D0C0B));
	assert_int_equal(read_end(&r), TSPDM_OK);
	free((void *)bytes.ptr);
}

/* A read one byte too long, of each kind: zero, and the reader stays failed though smaller reads would fit. */
static void a_read_past_the_end_gives_zero_and_lasts(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 8, 5 };

	(void)state;
	for (size_t kind = 0; kind < COUNT(sizes); kind++) {
		for (size_t len = 0; len < sizes[kind]; len++) {
			struct tspdm_view bytes = { memset(malloc(len + 1), 0xFF, len + 1), len };
			struct reader r = reader_of(bytes);
			uint64_t value = 0;
			size_t used = 99;

			switch (kind) {
			case 0:
				value = read_u8(&r);
				break;
			case 1:
				value = read_u16(&r);
				break;
			case 2:
				value = read_u24(&r);
				break;
			case 3:
				value = read_u32(&r);
				break;
			case 4:
				value = read_u64(&r) >> 32;
				break;
			default:
				value = read_view(&r, 5).len;
				break;
			}
			assert_true(value == 0);
			assert_true(r.failed);
			assert_int_equal(read_u8(&r), 0);
			assert_null(read_bytes(&r, 0));
			assert_int_equal(read_finish(&r, bytes, &used), TSPDM_ERR_TRUNCATED);
			assert_int_equal(used, 0);
			assert_int_equal(read_end(&r), TSPDM_ERR_TRUNCATED);
			free((void *)bytes.ptr);
		}
	}
}

static void a_length_that_wraps_is_refused(void **state)
{
	static const uint8_t bytes[4] = { 1, 2, 3, 4 };
	static const size_t sizes[] = { 5, SIZE_MAX / 2, SIZE_MAX - 3, SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct reader r = reader_of((struct tspdm_view){ bytes, sizeof bytes });

		assert_int_equal(read_u8(&r), 1);
		assert_null(read_view(&r, sizes[i]).ptr);
		assert_true(r.failed);
	}
}

static void a_sub_reader_cannot_leave_its_field(void **state)
{
	static const uint8_t bytes[4] = { 1, 2, 3, 4 };
	struct reader r = reader_of((struct tspdm_view){ bytes, sizeof bytes });
	struct reader sub = read_sub(&r, 2);
	struct reader beyond;

	(void)state;
	assert_int_equal(read_u8(&r), 3);
	assert_int_equal(read_u24(&sub), 0);
	assert_true(sub.failed);
	assert_false(r.failed);
	beyond = read_sub(&r, 2);
	assert_true(beyond.failed);
	assert_true(r.failed);
	assert_int_equal(read_u8(&beyond), 0);
}

static void an_empty_view_needs_no_bytes(void **state)
{
	struct tspdm_view none = { NULL, 0 };
	struct reader r = reader_of(none);
	size_t used = 1;

	(void)state;
	assert_int_equal(read_view(&r, 0).len, 0);
	assert_int_equal(read_finish(&r, none, &used), TSPDM_OK);
	assert_int_equal(used, 0);
	assert_int_equal(read_u8(&r), 0);
	assert_true(r.failed);
}

static void what_is_left_is_padding_or_an_error(void **state)
{
	static const uint8_t bytes[3] = { 1, 2, 3 };
	struct tspdm_view message = { bytes, sizeof bytes };
	struct reader r = reader_of(message);
	size_t used;

	(void)state;
	read_u16(&r);
	assert_int_equal(read_finish(&r, message, &used), TSPDM_OK);
	assert_int_equal(used, 2);
	assert_int_equal(read_end(&r), TSPDM_ERR_TRAILING);
}

static void a_writer_counts_on_past_its_end(void **state)
{
	static const uint8_t expected[] = { 1, 3, 2, 0xA5, 0xA5 };
	uint8_t bytes[5];
	struct tspdm_buffer w = { bytes, 3, 0 };

	(void)state;
	memset(bytes, 0xA5, sizeof bytes);
	write_u8(&w, 1);
	write_u16(&w, 0x0203);
	assert_int_equal(write_end(&w), TSPDM_OK);
	write_u32(&w, 0x01020304);
	write_u24(&w, 0x010203);
	write_zeros(&w, 10);
	write_view(&w, (struct tspdm_view){ expected, 5 });
	assert_int_equal(w.len, 25);
	assert_int_equal(write_end(&w), TSPDM_ERR_BUFFER);
	assert_int_equal(tspdm_buffer_view(&w).len, 0);
	assert_memory_equal(bytes, expected, sizeof bytes);
}

static void a_count_that_wraps_stays_too_large(void **state)
{
	uint8_t bytes[4];
	struct tspdm_buffer w = { bytes, sizeof bytes, 2 };

	(void)state;
	assert_null(write_space(&w, SIZE_MAX));
	assert_int_equal(w.len, SIZE_MAX);
	write_u8(&w, 1);
	assert_int_equal(w.len, SIZE_MAX);
	assert_int_equal(write_end(&w), TSPDM_ERR_BUFFER);
}

static void no_room_at_all_measures(void **state)
{
	struct tspdm_buffer w = { 0 };

	(void)state;
	write_view(&w, (struct tspdm_view){ NULL, 0 });
	write_zeros(&w, 0);
	assert_int_equal(write_end(&w), TSPDM_OK);
	write_u32(&w, 1);
	write_fill16(&w, 0, 1);
	assert_int_equal(w.len, 4);
	assert_int_equal(write_end(&w), TSPDM_ERR_BUFFER);
}

static void a_length_is_filled_in_where_it_fits(void **state)
{
	uint8_t bytes[4] = { 0, 0, 0, 0xA5 };
	struct tspdm_buffer w = { bytes, 3, 0 };

	(void)state;
	write_fill16(&w, 1, 0x0102);
	assert_memory_equal(bytes, "\x00\x02\x01\xA5", 4);
	write_fill16(&w, 2, 0xFFFF);
	write_fill16(&w, 3, 0xFFFF);
	write_fill16(&w, SIZE_MAX, 0xFFFF);
	assert_memory_equal(bytes, "\x00\x02\x01\xA5", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_little_endian),
		cmocka_unit_test(a_read_past_the_end_gives_zero_and_lasts),
		cmocka_unit_test(a_length_that_wraps_is_refused),
		cmocka_unit_test(a_sub_reader_cannot_leave_its_field),
		cmocka_unit_test(an_empty_view_needs_no_bytes),
		cmocka_unit_test(what_is_left_is_padding_or_an_error),
		cmocka_unit_test(a_writer_counts_on_past_its_end),
		cmocka_unit_test(a_count_that_wraps_stays_too_large),
		cmocka_unit_test(no_room_at_all_measures),
		cmocka_unit_test(a_length_is_filled_in_where_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
