/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of the OpenSSL backend share: cmocka with its includes, hex, and reading files. */
#ifndef TSPDM_TESTS_OPENSSL_SUPPORT_H
#define TSPDM_TESTS_OPENSSL_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/openssl.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";

	return (int)(strchr(digits, c) - digits);
}

/* Lower case; the test fails where the room does not suffice. */
static inline struct tspdm_view from_hex(const char *hex, uint8_t *room, size_t cap)
{
	size_t len = strlen(hex) / 2;

	assert_true(len <= cap);
	for (size_t i = 0; i < len; i++)
		room[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	return (struct tspdm_view){ room, len };
}

static inline struct tspdm_view from_text(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

/* An empty view where there is no such file; the caller frees `ptr`. */
static inline struct tspdm_view read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);
	size_t len = 0;

	assert_non_null(bytes);
	if (file != NULL) {
		len = fread(bytes, 1, 1 << 20, file);
		fclose(file);
	}
	return (struct tspdm_view){ bytes, len };
}

static inline int new_crypto(void **state)
{
	struct tspdm_crypto *crypto = NULL;

	if (tspdm_openssl_new(&crypto) != TSPDM_OK)
		return -1;
	*state = crypto;
	return 0;
}

static inline int free_crypto(void **state)
{
	tspdm_openssl_free(*state);
	return 0;
}

#endif
