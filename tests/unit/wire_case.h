/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Messages for the tests of the codecs, as text: hexadecimal bytes, "aa*32" for thirty-two of them, spaces where they help
 * to read. Each stands in a block of exactly its size, so that valgrind and the sanitizers see a read past its end. */
#ifndef TSPDM_TEST_WIRE_CASE_H
#define TSPDM_TEST_WIRE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/message.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HASH 48
#define SIGNATURE 96
#define EXCHANGE 96

static inline uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len != 0 ? len : 1);

	assert_non_null(block);
	if (len != 0)
		memcpy(block, bytes, len);
	return block;
}

/* To be freed by the caller: free((void *)view.ptr). */
static inline struct tspdm_view message_of(const char *text)
{
	static uint8_t room[1 << 17];
	size_t len = 0;

	while (*text != '\0') {
		char digits[3] = { text[0], text[1], '\0' };
		unsigned long times = 1;
		char *end;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (text[2] == '*')
			times = strtoul(text + 3, &end, 10);
		text = text[2] == '*' ? end : text + 2;
		assert_true(times <= sizeof room - len);
		memset(room + len, (int)strtoul(digits, NULL, 16), times);
		len += times;
	}
	return (struct tspdm_view){ copy_of(room, len), len };
}

/* A connection with SHA-384, ECDSA P-384 and secp384r1. */
static inline struct tspdm_shape shape_of(uint8_t version)
{
	return (struct tspdm_shape){ .version = version,
		.hash_len = HASH,
		.measurement_hash_len = HASH,
		.summary_hash_len = HASH,
		.signature_len = SIGNATURE,
		.is_signed = true,
		.has_verify_data = true,
		.exchange_data_len = EXCHANGE };
}

static inline void assert_status(enum tspdm_status is, enum tspdm_status should, const char *name)
{
	if (is != should)
		fail_msg("%s: %s, not %s", name, tspdm_status_name(is), tspdm_status_name(should));
}

#endif
