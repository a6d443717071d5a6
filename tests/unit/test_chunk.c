/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The arithmetic of chunks at its limits: how much they can carry, how ChunkSeqNo ends, and that what is cut is put together
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/chunk.h"

enum { LARGE = 3 * 1024 * 1024 };

static uint8_t whole[LARGE], joined[LARGE];

/* Cuts and joins a message; the number of chunks. */
static unsigned long carry(size_t total, uint32_t most, uint8_t version)
{
	const struct chunk_limits limits = { .transfer = most, .message = LARGE };
	struct chunk_out out;
	struct chunk_in in = { .is_begun = false };
	unsigned long chunks = 0;

	assert_int_equal(tspdm_chunk_begin(&out, 5, total, most, version), TSPDM_OK);
	for (;;) {
		struct tspdm_chunk chunk = tspdm_chunk_current(&out, whole);
		size_t used = chunk.bytes.len + (chunk.sequence == 0 ? 16 : 12);

		assert_true(used <= most);
		assert_true(chunk.is_last || used == most);
		assert_int_equal(tspdm_chunk_take(&in, &chunk, used, &limits, joined), TSPDM_OK);
		assert_true(tspdm_chunk_is_repeated(&in, &chunk, joined));
		chunks++;
		if (chunk.is_last)
			break;
		tspdm_chunk_advance(&out);
	}
	assert_false(in.is_active);
	assert_int_equal(in.have, total);
	assert_memory_equal(whole, joined, total);
	return chunks;
}

static void what_is_cut_is_put_together_again(void **state)
{
	(void)state;
	for (uint32_t most = 42; most < 60; most++)
		for (size_t total = 43; total < 300; total++)
			if (total > most - 16)
				(void)carry(total, most, TSPDM_V12);
	assert_int_equal(carry(LARGE, 4096, TSPDM_V12), 1 + (LARGE - 4080 + 4083) / 4084);
}

/* 65536 chunks, and not one more: ChunkSeqNo does not wrap. */
static void the_capacity_is_what_sequence_numbers_tell(void **state)
{
	uint32_t capacity = tspdm_chunk_capacity(42, TSPDM_V12);
	struct chunk_out out;

	(void)state;
	assert_int_equal(capacity, 26 + 65535 * 30);
	assert_int_equal(carry(capacity, 42, TSPDM_V12), 65536);
	assert_int_equal(tspdm_chunk_begin(&out, 0, capacity + 1, 42, TSPDM_V12), TSPDM_ERR_TOO_LARGE);
	assert_int_equal(carry(capacity + 1, 42, TSPDM_V14), 65537);
	assert_int_equal(tspdm_chunk_capacity(41, TSPDM_V12), 0);
	assert_int_equal(tspdm_chunk_capacity(0, TSPDM_V12), 0);
	assert_int_equal(tspdm_chunk_capacity(UINT32_MAX, TSPDM_V12), UINT32_MAX);
	assert_int_equal(tspdm_chunk_capacity(UINT32_MAX, TSPDM_V14), UINT32_MAX);
	assert_int_equal(tspdm_chunk_capacity(42, TSPDM_V14), UINT32_MAX);
	assert_int_equal(tspdm_chunk_begin(&out, 0, SIZE_MAX, 42, TSPDM_V14), TSPDM_ERR_TOO_LARGE);
	assert_int_equal(tspdm_chunk_begin(&out, 0, 26, 42, TSPDM_V12), TSPDM_ERR_LENGTH);
	assert_int_equal(tspdm_chunk_begin(&out, 0, 27, 42, TSPDM_V12), TSPDM_OK);
}

/* A sender whose ChunkSeqNo wraps to 0 does not begin anew in the middle. */
static void a_sequence_number_that_wraps_is_refused(void **state)
{
	const struct chunk_limits limits = { .transfer = 42, .message = LARGE };
	struct chunk_in in = { .is_active = true, .is_begun = true, .total = LARGE, .have = 65536 * 30, .next = 65536 };
	struct tspdm_chunk chunk = { .bytes = { whole, 30 } };

	(void)state;
	assert_int_equal(tspdm_chunk_take(&in, &chunk, 42, &limits, joined), TSPDM_ERR_CHUNK_SEQUENCE);
	chunk.message_size = LARGE;
	assert_int_equal(tspdm_chunk_take(&in, &chunk, 42, &limits, joined), TSPDM_ERR_CHUNK_SEQUENCE);
	assert_int_equal(in.have, 65536 * 30);
	in.next = UINT64_C(1) << 32;
	assert_int_equal(tspdm_chunk_take(&in, &chunk, 42, &limits, joined), TSPDM_ERR_CHUNK_SEQUENCE);
}

static void a_small_message_is_taken_only_where_it_may_be(void **state)
{
	struct chunk_limits limits = { .transfer = 42, .message = LARGE };
	const struct tspdm_chunk chunk = { .message_size = 37, .bytes = { whole, 26 } };
	struct chunk_in in = { .is_begun = false };

	(void)state;
	assert_int_equal(tspdm_chunk_take(&in, &chunk, 42, &limits, joined), TSPDM_ERR_CHUNK_SIZE);
	assert_false(in.is_begun);
	limits.may_be_small = true;
	assert_int_equal(tspdm_chunk_take(&in, &chunk, 42, &limits, joined), TSPDM_OK);
	assert_true(in.is_active);
}

static void chunk_messages_are_a_multiple_of_the_alignment(void **state)
{
	static const struct {
		size_t most;
		unsigned alignment;
		size_t transfer;
	} rows[] = { { 42, 1, 42 }, { 42, 0, 42 }, { 43, 1, 43 }, { 42, 4, 42 }, { 43, 4, 43 }, { 44, 4, 44 },
		{ 47, 4, 44 }, { 48, 4, 48 }, { 1023, 4, 1020 }, { 41, 4, 41 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(tspdm_chunk_transfer(rows[i].most, rows[i].alignment), rows[i].transfer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_cut_is_put_together_again),
		cmocka_unit_test(the_capacity_is_what_sequence_numbers_tell),
		cmocka_unit_test(a_sequence_number_that_wraps_is_refused),
		cmocka_unit_test(a_small_message_is_taken_only_where_it_may_be),
		cmocka_unit_test(chunk_messages_are_a_multiple_of_the_alignment),
	};

	for (size_t i = 0; i < sizeof whole; i++)
		whole[i] = (uint8_t)(i * 7 + i / 251);
	return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
