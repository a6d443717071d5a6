/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What holds for every row of a table of layouts. */
#include "wire_layout.h"

#include "../../fuzz/wire_copy.h"
#include "wire_case.h"

static struct tspdm_shape shape_for(const struct layout *layout)
{
	struct tspdm_shape shape = shape_of(layout->version);

	shape.is_signed = (layout->differs & UNSIGNED) == 0;
	shape.multi_key = (layout->differs & MULTI_KEY) != 0;
	if ((layout->differs & NO_SUMMARY) != 0)
		shape.summary_hash_len = 0;
	shape.has_verify_data = (layout->differs & NO_VERIFY_DATA) == 0;
	if ((layout->differs & KEM) != 0)
		shape.exchange_data_len = 1568;
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
	for (size_t i = 0; i < layout_count; i++) {
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
	for (size_t i = 0; i < layout_count; i++) {
		struct tspdm_view message = message_of(layouts[i].message);

		if (layouts[i].whole_from != 0)
			message.len = layouts[i].whole_from;
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
	for (size_t i = 0; i < layout_count; i++) {
		struct tspdm_view message = message_of(layouts[i].message);
		struct tspdm_view padded = { malloc(message.len + 3), message.len + 3 };
		struct tspdm_buffer out = { malloc(message.len), message.len, 0 };
		size_t used = 0;

		memcpy((uint8_t *)(uintptr_t)padded.ptr, message.ptr, message.len);
		memset((uint8_t *)(uintptr_t)padded.ptr + message.len, 0xFF, 3);
		if ((layouts[i].differs & HAS_NO_PADDING) == 0) {
			assert_status(copy(padded, &layouts[i], &out, &used), TSPDM_OK, layouts[i].name);
			assert_int_equal(used, message.len);
			assert_memory_equal(out.ptr, message.ptr, message.len);
		}
		free(out.ptr);
		free((void *)padded.ptr);
		free((void *)message.ptr);
	}
}

/* Messages that no session carries, and those without a shape, do not ask. */
static bool asks_for_the_size(uint8_t code)
{
	static const uint8_t others[] = { TSPDM_GET_VERSION, TSPDM_VERSION, TSPDM_GET_CAPABILITIES, TSPDM_CAPABILITIES,
		TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS, TSPDM_GET_DIGESTS, TSPDM_ERROR, TSPDM_RESPOND_IF_READY };

	return memchr(others, code, sizeof others) == NULL;
}

static void nothing_may_follow_a_message_whose_size_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < layout_count; i++) {
		struct tspdm_view message = message_of(layouts[i].message);
		struct tspdm_view longer = { calloc(1, message.len + 1), message.len + 1 };
		struct tspdm_buffer out = { malloc(message.len), message.len, 0 };
		struct tspdm_shape shape = shape_for(&layouts[i]);
		copy_function *copy_it = copier_of(message.ptr[1])->copy;
		size_t used = 0;

		shape.is_exact = true;
		assert_status(copy_it(message, &shape, &out, &used), TSPDM_OK, layouts[i].name);
		memcpy((uint8_t *)(uintptr_t)longer.ptr, message.ptr, message.len);
		if ((layouts[i].differs & HAS_NO_PADDING) == 0 && asks_for_the_size(message.ptr[1]))
			assert_status(copy_it(longer, &shape, &out, &used), TSPDM_ERR_TRAILING, layouts[i].name);
		free(out.ptr);
		free((void *)longer.ptr);
		free((void *)message.ptr);
	}
}

/* Measuring with no room at all, and with every smaller room: nothing is written past it. */
static void a_writer_without_room_tells_the_size_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < layout_count; i++) {
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

		for (size_t k = 0; k < layout_count; k++) {
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
	for (size_t i = 0; i < layout_count; i++) {
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
		cmocka_unit_test(nothing_may_follow_a_message_whose_size_is_known),
		cmocka_unit_test(a_writer_without_room_tells_the_size_needed),
		cmocka_unit_test(reserved_bits_are_not_judged_and_not_written),
		cmocka_unit_test(a_reader_takes_no_other_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
