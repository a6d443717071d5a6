/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The readers behind the tables of a policy's keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"

/* What a file says is shown to a person: nothing of it may steer the terminal. */
static void append_place(struct policy_reader *r, const char *text)
{
	size_t at = strlen(r->place);

	for (; *text != '\0' && at + 1 < sizeof r->place; text++)
		r->place[at++] = *text >= ' ' && *text <= '~' ? *text : '?';
	r->place[at] = '\0';
}

size_t tspdm_policy_enter(struct policy_reader *r, const char *key)
{
	size_t mark = strlen(r->place);

	if (mark != 0)
		append_place(r, ".");
	append_place(r, key);
	return mark;
}

size_t tspdm_policy_enter_item(struct policy_reader *r, size_t item)
{
	size_t mark = strlen(r->place);
	char text[32];

	snprintf(text, sizeof text, "[%zu]", item);
	append_place(r, text);
	return mark;
}

void tspdm_policy_leave(struct policy_reader *r, size_t mark)
{
	r->place[mark] = '\0';
}

bool tspdm_policy_refuse(struct policy_reader *r, const char *text)
{
	if (r->status != TSPDM_OK)
		return false;
	r->status = TSPDM_ERR_POLICY_FORM;
	if (r->why != NULL && r->why_len != 0)
		snprintf(r->why, r->why_len, "%s: %s", r->place[0] != '\0' ? r->place : "policy", text);
	return false;
}

bool tspdm_policy_out_of_memory(struct policy_reader *r)
{
	tspdm_policy_refuse(r, "out of memory");
	r->status = TSPDM_ERR_MEMORY;
	return false;
}

static bool refuse_expected(struct policy_reader *r, const char *prefix, const struct policy_key *key)
{
	char text[160];

	snprintf(text, sizeof text, "%smust be %s", prefix, key->expects);
	return tspdm_policy_refuse(r, text);
}

static const struct policy_key *find_key(const struct policy_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static bool read_member(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *base)
{
	if (key == NULL)
		return tspdm_policy_refuse(r, "unknown key");
	if (key->read(r, key, value, (char *)base + key->offset))
		return r->status == TSPDM_OK;
	return refuse_expected(r, "", key);
}

static bool is_complete(struct policy_reader *r, const struct policy_key *keys, size_t count, const json_t *value)
{
	for (size_t i = 0; i < count; i++) {
		size_t mark;

		if (!keys[i].is_required || json_object_get(value, keys[i].name) != NULL)
			continue;
		mark = tspdm_policy_enter(r, keys[i].name);
		refuse_expected(r, "is missing; ", &keys[i]);
		tspdm_policy_leave(r, mark);
		return false;
	}
	return true;
}

bool tspdm_policy_read_object(
	struct policy_reader *r, const struct policy_key *keys, size_t count, const json_t *value, void *base)
{
	json_t *object = (json_t *)(uintptr_t)value; /* iterators take no const, and change nothing */

	if (!json_is_object(value))
		return false;
	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at);
		size_t mark = tspdm_policy_enter(r, name);
		bool is_good = read_member(r, find_key(keys, count, name), json_object_iter_value(at), base);

		tspdm_policy_leave(r, mark);
		if (!is_good)
			return false;
	}
	return is_complete(r, keys, count, value);
}

bool tspdm_policy_read_bool(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)r;
	(void)key;
	*(bool *)field = json_is_true(value);
	return json_is_boolean(value);
}

bool tspdm_policy_read_u32(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	json_int_t number = json_integer_value(value);

	(void)r;
	if (!json_is_integer(value) || number < 0 || (uint64_t)number > key->len)
		return false;
	*(uint32_t *)field = (uint32_t)number;
	return true;
}

bool tspdm_policy_read_u8(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	json_int_t number = json_integer_value(value);

	(void)r;
	(void)key;
	if (!json_is_integer(value) || number < 0 || number > UINT8_MAX)
		return false;
	*(uint8_t *)field = (uint8_t)number;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool tspdm_policy_read_mask(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	const char *text = json_string_value(value);
	uint64_t mask = 0;

	(void)r;
	(void)key;
	if (text == NULL || strncmp(text, "0x", 2) != 0 || text[2] == '\0' || strlen(text) > 18)
		return false;
	for (text += 2; *text != '\0'; text++) {
		int digit = hex_digit(*text);

		if (digit < 0)
			return false;
		mask = mask << 4 | (uint64_t)digit;
	}
	*(uint64_t *)field = mask;
	return true;
}

static bool is_any(const struct policy_key *key, const json_t *value)
{
	return key->may_be_any && json_is_string(value) && strcmp(json_string_value(value), "any") == 0;
}

static bool is_list(const struct policy_key *key, const json_t *value)
{
	return json_is_array(value) && (key->may_be_empty || json_array_size(value) != 0);
}

static bool name_bit(const struct policy_name *names, const json_t *value, uint32_t *bit)
{
	const char *text = json_string_value(value);

	for (; text != NULL && names->name != NULL; names++)
		if (strcmp(names->name, text) == 0) {
			*bit = names->bit;
			return true;
		}
	return false;
}

static bool refuse_item(struct policy_reader *r, const struct policy_key *key, size_t item)
{
	size_t mark = tspdm_policy_enter_item(r, item);
	char text[160];

	snprintf(text, sizeof text, "%s has to be %s", key->name, key->expects);
	tspdm_policy_refuse(r, text);
	tspdm_policy_leave(r, mark);
	return false;
}

static uint32_t all_bits(const struct policy_name *names)
{
	uint32_t bits = 0;

	for (; names->name != NULL; names++)
		bits |= names->bit;
	return bits;
}

bool tspdm_policy_read_names(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	const struct policy_name *names = (const struct policy_name *)key->extra;
	uint32_t bits = 0;

	if (is_any(key, value)) {
		*(uint32_t *)field = all_bits(names);
		return true;
	}
	if (!is_list(key, value))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		uint32_t bit;

		if (!name_bit(names, json_array_get(value, i), &bit))
			return refuse_item(r, key, i);
		bits |= bit;
	}
	*(uint32_t *)field = bits;
	return true;
}

bool tspdm_policy_read_name(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	(void)r;
	return name_bit((const struct policy_name *)key->extra, value, (uint32_t *)field);
}

bool tspdm_policy_read_levels(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	uint32_t bits = 0;

	if (is_any(key, value)) {
		*(uint32_t *)field = 0xF;
		return true;
	}
	if (!is_list(key, value))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		json_int_t level = json_integer_value(item);

		if (!json_is_integer(item) || level < 0 || level > 3)
			return refuse_item(r, key, i);
		bits |= 1U << level;
	}
	*(uint32_t *)field = bits;
	return true;
}

static bool is_digest_len(size_t len)
{
	return len == 32 || len == 48 || len == 64;
}

bool tspdm_policy_hex(const json_t *text, size_t len, struct policy_value *out)
{
	const char *digits = json_string_value(text);
	size_t count = digits != NULL ? strlen(digits) : 0;

	if (count == 0 || count % 2 != 0 || count / 2 > sizeof out->bytes)
		return false;
	if (len != 0 ? count / 2 != len : !is_digest_len(count / 2))
		return false;
	for (size_t i = 0; i < count / 2; i++) {
		int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->bytes[i] = (uint8_t)(high << 4 | low);
	}
	out->len = (uint8_t)(count / 2);
	return true;
}

static bool take_text(const json_t *text, size_t len, struct policy_value *out)
{
	size_t count = json_string_length(text);

	(void)len;
	if (!json_is_string(text) || count == 0 || count > 63)
		return false;
	memcpy(out->bytes, json_string_value(text), count);
	out->len = (uint8_t)count;
	return true;
}

static bool read_values(struct policy_reader *r, const struct policy_key *key, const json_t *value,
	struct policy_values *out, bool (*take)(const json_t *, size_t, struct policy_value *))
{
	if (is_any(key, value)) {
		out->is_any = true;
		return true;
	}
	if (!is_list(key, value))
		return false;
	out->items = calloc(json_array_size(value) + 1, sizeof *out->items);
	if (out->items == NULL)
		return tspdm_policy_out_of_memory(r);
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!take(json_array_get(value, i), key->len, &out->items[i]))
			return refuse_item(r, key, i);
		out->count++;
	}
	return true;
}

bool tspdm_policy_read_hex(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	return read_values(r, key, value, (struct policy_values *)field, tspdm_policy_hex);
}

bool tspdm_policy_read_texts(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field)
{
	return read_values(r, key, value, (struct policy_values *)field, take_text);
}
