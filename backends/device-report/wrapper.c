/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Conceptual message wrappers: which form one has, and what it says it holds. Its first byte tells the form. DICE puts it
 * bare into the extension, into an OCTET STRING, or into a SEQUENCE of one; PKIX says CHOICE { UTF8String, OCTET STRING }.
 * None of these begins as a wrapper does. */
#include "dice.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/cursor.h"
#include "der.h"

enum cbor_major {
	CBOR_NUMBER = 0,
	CBOR_BYTES = 2,
	CBOR_TEXT = 3,
	CBOR_ARRAY = 4,
	CBOR_MAP = 5,
	CBOR_TAG = 6,
};

enum { CBOR_INDEFINITE = 31, JSON_NUMBER_MAX = 1 << 30 };

const char *tspdm_dice_wrapper_form_name(enum tspdm_dice_wrapper_form form)
{
	static const char *const names[] = { "none", "cbor-record", "cbor-tag", "cbor-collection", "json-record",
		"json-collection" };

	return (unsigned)form < sizeof names / sizeof names[0] ? names[form] : names[0];
}

/* ---- CBOR (RFC 8949) ---- */

/* A head; for an indefinite length `argument` is 0 and `is_indefinite` true. */
struct head {
	unsigned major;
	uint64_t argument;
	bool is_indefinite;
};

static struct head read_head(struct reader *r)
{
	uint8_t first = read_u8(r);
	unsigned info = first & 0x1FU;
	struct head out = { .major = first >> 5, .argument = info, .is_indefinite = info == CBOR_INDEFINITE };

	if (out.is_indefinite)
		out.argument = 0;
	if (info < 24 || out.is_indefinite)
		return out;
	if (info > 27)
		r->failed = true;
	out.argument = 0;
	for (unsigned i = 0; !r->failed && i < 1U << (info - 24); i++)
		out.argument = out.argument << 8 | read_u8(r);
	return out;
}

static struct tspdm_view read_string(struct reader *r, const struct head *head)
{
	if (head->is_indefinite || head->argument > r->left)
		r->failed = true;
	return read_view(r, r->failed ? 0 : (size_t)head->argument);
}

static bool take_type(struct tspdm_view text, struct tspdm_dice_wrapper *out)
{
	if (text.len == 0 || text.len >= sizeof out->type || memchr(text.ptr, 0, text.len) != NULL)
		return false;
	memcpy(out->type, text.ptr, text.len);
	out->type[text.len] = '\0';
	return true;
}

static bool read_cbor_type(struct reader *r, struct tspdm_dice_wrapper *out)
{
	struct head type = read_head(r);

	if (type.major == CBOR_TEXT)
		return take_type(read_string(r, &type), out);
	out->number = type.argument;
	return type.major == CBOR_NUMBER && !type.is_indefinite;
}

static bool read_cbor_value(struct reader *r)
{
	struct head value = read_head(r);

	if (value.major != CBOR_BYTES)
		return false;
	read_string(r, &value);
	return !r->failed;
}

static bool read_indicator(struct reader *r, struct tspdm_dice_wrapper *out)
{
	struct head head = read_head(r);

	out->indicator = head.argument;
	return head.major == CBOR_NUMBER && !head.is_indefinite && head.argument != 0;
}

static bool read_cbor_record(struct reader *r, const struct head *array, struct tspdm_dice_wrapper *out)
{
	bool has_third = array->argument == 3;

	out->form = TSPDM_WRAPPER_CBOR_RECORD;
	if (!array->is_indefinite && array->argument != 2 && array->argument != 3)
		return false;
	if (!read_cbor_type(r, out) || !read_cbor_value(r))
		return false;
	if (array->is_indefinite)
		has_third = r->left != 0 && *r->next != 0xFF;
	if (has_third && !read_indicator(r, out))
		return false;
	if (array->is_indefinite && read_u8(r) != 0xFF)
		return false;
	return !r->failed && r->left == 0;
}

/* Of a tag and of a collection only the outside is told. */
static bool read_cbor(struct tspdm_view whole, struct tspdm_dice_wrapper *out)
{
	struct reader r = reader_of(whole);
	struct head head = read_head(&r);

	if (r.failed)
		return false;
	out->number = head.argument;
	switch (head.major) {
	case CBOR_ARRAY:
		out->number = 0;
		return read_cbor_record(&r, &head, out);
	case CBOR_TAG:
		out->form = TSPDM_WRAPPER_CBOR_TAG;
		return !head.is_indefinite && r.left != 0;
	case CBOR_MAP:
		out->form = TSPDM_WRAPPER_CBOR_COLLECTION;
		return head.is_indefinite ? r.left != 0 : head.argument <= r.left / 2;
	default:
		return false;
	}
}

/* ---- JSON ---- */

static bool take_json_type(const json_t *type, struct tspdm_dice_wrapper *out)
{
	struct tspdm_view text = { (const uint8_t *)json_string_value(type), json_string_length(type) };

	if (json_is_string(type))
		return take_type(text, out);
	out->number = (uint64_t)json_integer_value(type);
	return json_is_integer(type) && json_integer_value(type) >= 0 && json_integer_value(type) < JSON_NUMBER_MAX;
}

static bool take_json_indicator(const json_t *indicator, struct tspdm_dice_wrapper *out)
{
	out->indicator = (uint64_t)json_integer_value(indicator);
	return json_is_integer(indicator) && json_integer_value(indicator) > 0 &&
	       json_integer_value(indicator) < JSON_NUMBER_MAX;
}

static bool take_json(const json_t *root, struct tspdm_dice_wrapper *out)
{
	size_t count = json_array_size(root);

	if (json_is_object(root)) {
		out->form = TSPDM_WRAPPER_JSON_COLLECTION;
		out->number = json_object_size(root);
		return true;
	}
	out->form = TSPDM_WRAPPER_JSON_RECORD;
	if ((count != 2 && count != 3) || !take_json_type(json_array_get(root, 0), out) ||
		!json_is_string(json_array_get(root, 1)))
		return false;
	return count == 2 || take_json_indicator(json_array_get(root, 2), out);
}

static bool read_json(struct tspdm_view whole, struct tspdm_dice_wrapper *out)
{
	json_t *root = json_loadb((const char *)whole.ptr, whole.len, JSON_REJECT_DUPLICATES, NULL);
	bool is_good = root != NULL && take_json(root, out);

	json_decref(root);
	return is_good;
}

/* ---- The extensions ---- */

static bool add(struct tspdm_view whole, bool is_pkix, bool may_be_json, bool may_be_cbor, struct tspdm_dice *out)
{
	struct tspdm_dice_wrapper *w = &out->wrappers[out->wrapper_count];
	bool is_json;

	if (out->wrapper_count == TSPDM_DICE_WRAPPERS_MAX || whole.len == 0)
		return false;
	*w = (struct tspdm_dice_wrapper){ .is_pkix = is_pkix, .whole = whole };
	out->wrapper_count++;
	is_json = whole.ptr[0] == '[' || whole.ptr[0] == '{';
	if (is_json ? !may_be_json : !may_be_cbor)
		return false;
	return is_json ? read_json(whole, w) : read_cbor(whole, w);
}

bool tspdm_dice_read_dice_wrapper(struct tspdm_view value, struct tspdm_dice *out)
{
	struct tspdm_view inner = value;

	if (value.len != 0 && value.ptr[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
		if (!tspdm_der_take(&value, V_ASN1_SEQUENCE, &inner) || value.len != 0)
			return false;
		value = inner;
		if (value.len == 0 || value.ptr[0] != V_ASN1_OCTET_STRING)
			return false;
	}
	if (value.len != 0 && value.ptr[0] == V_ASN1_OCTET_STRING &&
		(!tspdm_der_take(&value, V_ASN1_OCTET_STRING, &inner) || value.len != 0))
		return false;
	return add(inner, false, true, true, out);
}

bool tspdm_dice_read_pkix_wrapper(struct tspdm_view value, struct tspdm_dice *out)
{
	struct tspdm_view inner;
	bool is_json = value.len != 0 && value.ptr[0] == V_ASN1_UTF8STRING;

	if (!tspdm_der_take(&value, is_json ? V_ASN1_UTF8STRING : V_ASN1_OCTET_STRING, &inner) || value.len != 0)
		return false;
	return add(inner, true, is_json, !is_json, out);
}
