/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Collateral as served: {"tcbInfo":{...},"signature":"..."}. The signature is over the bytes of the object as they stand,
 * so they are cut out and never written again by a JSON library. Intel PCS API version 4 "Get TCB info". */
#include <string.h>

#include "base/cursor.h"
#include "internal.h"

static void skip_space(struct reader *r)
{
	while (r->left != 0 && (*r->next == ' ' || *r->next == '\t' || *r->next == '\n' || *r->next == '\r'))
		read_u8(r);
}

static bool expect(struct reader *r, char wanted)
{
	skip_space(r);
	return read_u8(r) == (uint8_t)wanted && !r->failed;
}

/* Behind the opening quotation mark. Escapes are passed over: a name with one is none of ours. */
static struct tspdm_view read_string(struct reader *r)
{
	const uint8_t *start = r->next;
	size_t len = 0;

	for (;;) {
		uint8_t c = read_u8(r);

		if (r->failed)
			return (struct tspdm_view){ NULL, 0 };
		if (c == '"')
			return (struct tspdm_view){ start, len };
		len++;
		if (c == '\\') {
			read_u8(r);
			len++;
		}
	}
}

/* An object with all that is in it. Only braces and strings matter: whether it is JSON is for the JSON library. */
static struct tspdm_view read_object(struct reader *r)
{
	struct reader start;
	size_t depth = 0;

	skip_space(r);
	start = *r;
	do {
		uint8_t c = read_u8(r);

		if (r->failed || (depth == 0 && c != '{'))
			return (struct tspdm_view){ NULL, 0 };
		if (c == '"')
			read_string(r);
		depth += c == '{';
		depth -= c == '}';
	} while (depth != 0);
	return (struct tspdm_view){ start.next, start.left - r->left };
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_signature(struct reader *r, uint8_t out[P256_SIGNATURE_LEN])
{
	struct tspdm_view digits;

	if (!expect(r, '"'))
		return false;
	digits = read_string(r);
	if (digits.len != 2 * (size_t)P256_SIGNATURE_LEN)
		return false;
	for (size_t i = 0; i < P256_SIGNATURE_LEN; i++) {
		int high = nibble(digits.ptr[2 * i]);
		int low = nibble(digits.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool is_text(struct tspdm_view view, const char *text)
{
	return view.len == strlen(text) && memcmp(view.ptr, text, view.len) == 0;
}

bool tspdm_dcap_cut_signed(
	struct tspdm_view json, const char *name, struct tspdm_view *object, uint8_t signature[P256_SIGNATURE_LEN])
{
	struct reader r = reader_of(json);
	bool has_signature = false;

	*object = (struct tspdm_view){ NULL, 0 };
	for (unsigned member = 0; member < 2; member++) {
		struct tspdm_view key;

		if (!expect(&r, member == 0 ? '{' : ',') || !expect(&r, '"'))
			return false;
		key = read_string(&r);
		if (r.failed || !expect(&r, ':'))
			return false;
		if (is_text(key, name) && object->len == 0)
			*object = read_object(&r);
		else if (is_text(key, "signature") && !has_signature)
			has_signature = read_signature(&r, signature);
		else
			return false;
	}
	if (!expect(&r, '}'))
		return false;
	skip_space(&r);
	return read_end(&r) == TSPDM_OK && object->len != 0 && has_signature;
}
