/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes the cursors (src/base/cursor.h): the input is a program of reads, byte by byte an operation and its operand, run
 * over the input itself. Whatever the order: a read stays inside, a failure lasts, a writer counts what it was given and
 * writes nothing past its room, and what was written is read back. */
#include <stdlib.h>

#include "base/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_inside(const struct reader *r, struct tspdm_view whole)
{
	if (r->failed) {
		check(r->left == 0 && r->next == NULL);
		return;
	}
	check(r->left <= whole.len);
	check(r->left == 0 || r->next + r->left == whole.ptr + whole.len);
}

/* One read of each kind, written back as it was read. */
static void copy_one(struct reader *r, struct tspdm_buffer *w, uint8_t operation, uint8_t operand)
{
	struct reader sub;

	switch (operation % 8) {
	case 0:
		write_u8(w, read_u8(r));
		break;
	case 1:
		write_u16(w, read_u16(r));
		break;
	case 2:
		write_u24(w, read_u24(r));
		break;
	case 3:
		write_u32(w, read_u32(r));
		break;
	case 4:
		write_u32(w, (uint32_t)(read_u64(r) >> 32));
		break;
	case 5:
		write_view(w, read_view(r, operand));
		break;
	case 6:
		sub = read_sub(r, operand);
		check(sub.failed == r->failed);
		check(sub.failed || sub.left == operand);
		write_view(w, read_view(&sub, sub.left));
		break;
	default:
		write_zeros(w, operand);
		write_fill16(w, operand, 0);
		break;
	}
}

static void check_end(const struct reader *r, struct tspdm_view whole)
{
	size_t used = whole.len + 1;
	enum tspdm_status status = read_finish(r, whole, &used);

	check(status == (r->failed ? TSPDM_ERR_TRUNCATED : TSPDM_OK));
	check(used == (r->failed ? 0 : whole.len - r->left));
	check((read_end(r) == TSPDM_OK) == (!r->failed && r->left == 0));
}

static void check_round_trip(struct tspdm_view bytes)
{
	uint8_t room[64];
	struct tspdm_buffer w = { .ptr = room, .cap = sizeof room };
	struct reader r = reader_of(bytes);
	uint64_t value = read_u64(&r);
	struct reader back;

	write_u32(&w, (uint32_t)value);
	write_u32(&w, (uint32_t)(value >> 32));
	write_u24(&w, (uint32_t)value & 0xFFFFFFU);
	check(write_end(&w) == TSPDM_OK);
	back = reader_of(tspdm_buffer_view(&w));
	check(read_u64(&back) == value);
	check(read_u24(&back) == ((uint32_t)value & 0xFFFFFFU));
	check(read_end(&back) == TSPDM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_view whole = { data, size };
	struct reader program = reader_of(whole);
	struct reader r = reader_of(whole);
	uint8_t room[256 + 1];
	struct tspdm_buffer w = { .ptr = room, .cap = size < 256 ? size : 256 };
	uint8_t *guard = room + w.cap;

	*guard = 0xA5;
	while (program.left >= 2) {
		uint8_t operation = read_u8(&program);
		uint8_t operand = read_u8(&program);
		bool had_failed = r.failed;
		size_t had = w.len;

		copy_one(&r, &w, operation, operand);
		check(r.failed || !had_failed);
		check(w.len >= had);
		check_inside(&r, whole);
	}
	check(*guard == 0xA5);
	check((write_end(&w) == TSPDM_OK) == (w.len <= w.cap));
	check_end(&r, whole);
	check_round_trip(whole);
	return 0;
}
