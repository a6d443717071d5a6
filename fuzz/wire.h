/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the harnesses of the codecs share. An input is four bytes that say what the connection is, then one message:
 *
 *	0  version: 1.n, n = byte modulo 5
 *	1  BaseHashSel and MeasurementHashAlgo: 32, 48, 64 bytes, modulo 3
 *	2  bit 0 signed, bit 1 multi-key, bit 2 a summary hash was asked for, bit 3 verify data is there, bit 4 the size is
 *	   exact
 *	3  SigLen: modulo 4 of { 64, 96, 132, 512 }; D: bits 3:2 of { 64, 96, 132, 512 }
 *
 * Whatever the message: nothing outside it is read (it stands in a block of its own size), and if it is accepted, then
 * what is written from it is the same bytes; a writer that lacks one byte of room says how many it needs; the message
 * without its last byte is truncated, and what follows its end changes nothing. */
#ifndef TSPDM_FUZZ_WIRE_H
#define TSPDM_FUZZ_WIRE_H

#include "wire_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIRE_CONTROL = 4 };

static inline void wire_check(bool is_so)
{
	if (!is_so)
		abort();
}

static inline uint8_t *wire_block(const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len != 0 ? len : 1);

	wire_check(block != NULL);
	if (len != 0)
		memcpy(block, bytes, len);
	return block;
}

static inline struct tspdm_shape wire_shape(const uint8_t control[WIRE_CONTROL])
{
	static const uint8_t hash_len[] = { 32, 48, 64 };
	static const uint16_t signature_len[] = { 64, 96, 132, 512 };
	struct tspdm_shape shape = {
		.version = (uint8_t)(TSPDM_V10 + control[0] % 5),
		.hash_len = hash_len[control[1] % 3],
		.measurement_hash_len = hash_len[control[1] % 3],
		.signature_len = signature_len[control[3] % 4],
		.is_signed = (control[2] & 1U) != 0,
		.multi_key = (control[2] & 2U) != 0,
		.has_verify_data = (control[2] & 8U) != 0,
		.is_exact = (control[2] & 16U) != 0,
		.exchange_data_len = signature_len[control[3] >> 2 & 3U],
	};

	if ((control[2] & 4U) != 0)
		shape.summary_hash_len = shape.hash_len;
	return shape;
}

/* VERSION is written from a set: in descending order, each version once, with no update or alpha number. */
static inline bool wire_is_canonical(const uint8_t *message, size_t len)
{
	if (message[1] != TSPDM_VERSION)
		return true;
	for (size_t at = 6; at + 1 < len; at += 2) {
		bool falls = at == 6 || message[at + 1] < message[at - 1];

		if (!falls || message[at] != 0 || message[at + 1] >> 4 != 1)
			return false;
	}
	return true;
}

static inline void wire_check_again(
	const struct copier *copier, const struct tspdm_shape *shape, const uint8_t *message, size_t len)
{
	uint8_t *expected = wire_block(message, len);
	struct tspdm_buffer w = { malloc(len), len, 0 };
	struct tspdm_buffer less = { w.ptr, len - 1, 0 };
	struct tspdm_view view = { expected, len };
	size_t used = 0;

	clear_reserved(expected, len, shape->version);
	wire_check(w.ptr != NULL);
	wire_check(copier->copy(view, shape, &w, &used) == TSPDM_OK);
	wire_check(used == len && w.len == len && memcmp(w.ptr, expected, len) == 0);
	wire_check(copier->copy(view, shape, &less, &used) == TSPDM_ERR_BUFFER && less.len == len);
	free(w.ptr);
	free(expected);
}

/* VendorDefined has no length for its last field, nor has a message in another, so that less of it may be whole too. */
static inline void wire_check_cut(
	const struct copier *copier, const struct tspdm_shape *shape, const uint8_t *message, size_t len)
{
	uint8_t *cut = wire_block(message, len - 1);
	struct tspdm_buffer w = { 0 };
	size_t used = 0;
	bool has_no_end = ends_with_message(message[1]) ||
			  (message[1] == TSPDM_ERROR && message[2] == TSPDM_ERROR_VENDOR_DEFINED);

	wire_check(has_no_end ||
		   copier->copy((struct tspdm_view){ cut, len - 1 }, shape, &w, &used) == TSPDM_ERR_TRUNCATED);
	free(cut);
}

static inline void wire_fuzz_message(const struct tspdm_shape *shape, uint8_t *message, size_t len)
{
	const struct copier *copier = copier_of(message[1]);
	struct tspdm_buffer w = { 0 };
	enum tspdm_status status;
	size_t used = 0;

	if (copier == NULL)
		return;
	message[0] = copier->copy == copy_version ? TSPDM_V10 : shape->version;
	status = copier->copy((struct tspdm_view){ message, len }, shape, &w, &used);
	if (status != TSPDM_ERR_BUFFER) { /* refused on reading; or it has extended algorithms, which are not written */
		wire_check(status == TSPDM_ERR_TRUNCATED || status == TSPDM_ERR_LENGTH || status == TSPDM_ERR_FIELD ||
			   status == TSPDM_ERR_ARGUMENT || (status == TSPDM_ERR_TRAILING && shape->is_exact));
		return;
	}
	wire_check(used >= 4 && used <= len);
	wire_check_cut(copier, shape, message, used);
	if (wire_is_canonical(message, used))
		wire_check_again(copier, shape, message, used);
}

/* Any family refuses the messages of the others by their code alone. */
static inline int wire_fuzz(const uint8_t *data, size_t size, const uint8_t *codes, size_t count)
{
	struct tspdm_shape shape;
	uint8_t *message;

	if (size < WIRE_CONTROL + 2)
		return 0;
	shape = wire_shape(data);
	message = wire_block(data + WIRE_CONTROL, size - WIRE_CONTROL);
	for (size_t i = 0; i < count; i++) {
		const struct copier *copier = copier_of(codes[i]);
		struct tspdm_buffer w = { 0 };
		size_t used;

		if (message[1] == codes[i])
			wire_fuzz_message(&shape, message, size - WIRE_CONTROL);
		else if (size - WIRE_CONTROL >= 4 && copier->copy != copy_header && copier->copy != copy_vendor_defined)
			wire_check(copier->copy((struct tspdm_view){ message, size - WIRE_CONTROL }, &shape, &w,
					   &used) == TSPDM_ERR_CODE);
	}
	free(message);
	return 0;
}

/* A harness is the list of its codes. */
#define WIRE_HARNESS(...)                                                                                              \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                                   \
	{                                                                                                              \
		static const uint8_t codes[] = { __VA_ARGS__ };                                                        \
                                                                                                                       \
		return wire_fuzz(data, size, codes, sizeof codes);                                                     \
	}

#endif
