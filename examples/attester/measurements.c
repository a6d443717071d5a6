/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Measurement blocks: a list of them, what a plain device says of itself, and --measurements, a JSON list of
 *	{ "index": 1, "type": "firmware", "digest" | "raw": HEX, or "file": PATH, "tcb": true } */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attester.h"

/* ---- The list ---- */

bool blocks_add(struct block_list *list, const struct tspdm_block *block)
{
	size_t at = list->count;
	uint8_t *copy;

	while (at > 0 && list->items[at - 1].index > block->index)
		at--;
	if (list->count == BLOCKS_MAX || (at > 0 && list->items[at - 1].index == block->index))
		return false;
	copy = malloc(block->value.len + 1); /* + 1: also an empty value has an address */
	if (copy == NULL)
		return false;
	if (block->value.len != 0)
		memcpy(copy, block->value.ptr, block->value.len);
	memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof list->items[0]);
	list->items[at] = *block;
	list->items[at].value.ptr = copy;
	list->count++;
	return true;
}

void blocks_free(struct block_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((void *)(uintptr_t)list->items[i].value.ptr);
	list->count = 0;
}

static bool has_index(const struct block_list *list, unsigned index)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].index == index)
			return true;
	return false;
}

/* ---- Digests ---- */

static uint32_t hash_of(uint32_t measurement_hash)
{
	return measurement_hash == TSPDM_MEASUREMENT_HASH_RAW_ONLY ? TSPDM_HASH_SHA384 : measurement_hash >> 1;
}

bool digest_file(
	struct tspdm_crypto *crypto, uint32_t measurement_hash, const char *path, struct tspdm_buffer *out, char *why)
{
	const struct tspdm_crypto_ops *ops = crypto->ops;
	struct tspdm_hash *hash = NULL;
	struct file file;
	enum tspdm_status status;

	if (!file_read(path, &file, why))
		return false;
	status = ops->hash_new(crypto, hash_of(measurement_hash), &hash);
	if (status == TSPDM_OK)
		status = ops->hash_update(crypto, hash, (struct tspdm_view){ file.bytes, file.len });
	if (status == TSPDM_OK)
		status = ops->hash_final(crypto, hash, out->ptr);
	out->len = tspdm_algorithm_size(TSPDM_KIND_HASH, hash_of(measurement_hash));
	ops->hash_free(crypto, hash);
	free(file.bytes);
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "%.200s: %s", path, tspdm_status_text(status));
	return status == TSPDM_OK;
}

/* ---- A plain device ---- */

bool blocks_of_program(struct block_list *list, struct tspdm_crypto *crypto, uint32_t measurement_hash, char *why)
{
	static const char version[] = TSPDM_PROGRAM_VERSION;
	static const uint8_t mode[16] = { 1 << 2, 0, 0, 0, 1 << 2 }; /* can be and is in normal mode; no debugging */
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_buffer room = { digest, sizeof digest, 0 };

	if (!digest_file(crypto, measurement_hash, "/proc/self/exe", &room, why))
		return false;
	if (blocks_add(list, &(struct tspdm_block){ .index = 1,
				     .type = TSPDM_MEASUREMENT_FIRMWARE,
				     .form = TSPDM_BLOCK_DIGEST,
				     .is_tcb = true,
				     .value = { digest, room.len } }) &&
		blocks_add(list, &(struct tspdm_block){ .index = 2,
					 .type = TSPDM_MEASUREMENT_VERSION,
					 .form = TSPDM_BLOCK_RAW_ONLY,
					 .value = { (const uint8_t *)version, sizeof version - 1 } }) &&
		blocks_add(list, &(struct tspdm_block){ .index = TSPDM_INDEX_DEVICE_MODE,
					 .type = TSPDM_MEASUREMENT_DEVICE_MODE,
					 .form = TSPDM_BLOCK_RAW_ONLY,
					 .value = { mode, sizeof mode } }))
		return true;
	snprintf(why, WHY_MAX, "out of memory");
	return false;
}

/* ---- JSON ---- */

enum { VALUE_MAX = 65532 };

static const struct type_row {
	const char *name;
	uint8_t type;
	bool is_raw_only;
	size_t len; /* 0: any */
} types[] = {
	{ "rom", TSPDM_MEASUREMENT_ROM, false, 0 },
	{ "firmware", TSPDM_MEASUREMENT_FIRMWARE, false, 0 },
	{ "hardware-config", TSPDM_MEASUREMENT_HARDWARE_CONFIG, false, 0 },
	{ "firmware-config", TSPDM_MEASUREMENT_FIRMWARE_CONFIG, false, 0 },
	{ "manifest", TSPDM_MEASUREMENT_MANIFEST, false, 0 },
	{ "device-mode", TSPDM_MEASUREMENT_DEVICE_MODE, true, 16 },
	{ "version", TSPDM_MEASUREMENT_VERSION, true, 0 },
	{ "svn", TSPDM_MEASUREMENT_SVN, true, 8 },
};

/* One entry on its way from JSON to a block. */
struct entry {
	const char *path;
	size_t number;
	json_t *json;
	struct tspdm_crypto *crypto;
	uint32_t measurement_hash;
	bool has_tee;
	struct tspdm_block block;
	const struct type_row *type;
	struct tspdm_buffer value;
	char *why;
};

static bool blame(const struct entry *e, const char *key, const char *what)
{
	snprintf(
		e->why, WHY_MAX, "%.200s: [%zu]%s%s: %.200s", e->path, e->number, key[0] != '\0' ? "." : "", key, what);
	return false;
}

static bool read_keys(struct entry *e)
{
	static const char *const known[] = { "index", "type", "digest", "raw", "file", "tcb" };
	const char *key;
	json_t *value;

	if (!json_is_object(e->json))
		return blame(e, "", "must be an object");
	json_object_foreach(e->json, key, value)
	{
		size_t i = 0;

		while (i < COUNT(known) && strcmp(known[i], key) != 0)
			i++;
		if (i == COUNT(known))
			return blame(e, key, "unknown key");
	}
	return true;
}

static bool read_index(struct entry *e, const struct block_list *list)
{
	json_t *json = json_object_get(e->json, "index");
	json_int_t index = json_integer_value(json);

	if (!json_is_integer(json) || index < 1 || index > TSPDM_INDEX_DEVICE_MODE ||
		(index > 0xEF && index < TSPDM_INDEX_MANIFEST))
		return blame(e, "index", "must be an integer of 1 to 239, 253 or 254");
	if (index == TSPDM_INDEX_MANIFEST && e->has_tee)
		return blame(e, "index", "253 is for the evidence of the TEE");
	if (has_index(list, (unsigned)index))
		return blame(e, "index", "is taken, by another entry or by the TEE's own blocks");
	e->block.index = (uint8_t)index;
	return true;
}

static bool read_type(struct entry *e)
{
	const char *name = json_string_value(json_object_get(e->json, "type"));
	bool is_mode, is_manifest;

	for (size_t i = 0; name != NULL && i < COUNT(types); i++)
		if (strcmp(types[i].name, name) == 0)
			e->type = &types[i];
	if (e->type == NULL)
		return blame(e, "type",
			"must be rom, firmware, hardware-config, firmware-config, manifest, device-mode, version or "
			"svn");
	is_mode = e->type->type == TSPDM_MEASUREMENT_DEVICE_MODE;
	is_manifest = e->type->type == TSPDM_MEASUREMENT_MANIFEST;
	if (is_mode != (e->block.index == TSPDM_INDEX_DEVICE_MODE))
		return blame(e, "type", "device-mode goes with index 254, and nothing else does");
	if (e->block.index == TSPDM_INDEX_MANIFEST && !is_manifest)
		return blame(e, "type", "index 253 is for a manifest");
	e->block.type = e->type->type;
	return true;
}

static bool read_tcb(struct entry *e)
{
	json_t *json = json_object_get(e->json, "tcb");

	e->block.is_tcb = json_is_true(json);
	return json == NULL || json_is_boolean(json) || blame(e, "tcb", "must be true or false");
}

static bool read_digest(struct entry *e, const char *text)
{
	bool is_raw_only = e->measurement_hash == TSPDM_MEASUREMENT_HASH_RAW_ONLY;
	size_t len = tspdm_algorithm_size(TSPDM_KIND_MEASUREMENT_HASH, e->measurement_hash);

	e->block.form = TSPDM_BLOCK_DIGEST;
	if (text == NULL || !take_hex(text, e->value.ptr, e->value.cap, &e->value.len) || e->value.len == 0)
		return blame(e, "digest", "must be a digest in hex");
	if (e->type->is_raw_only)
		return blame(e, "digest", "this type has a raw value only");
	return is_raw_only || e->value.len == len ||
	       blame(e, "digest", "its length is not that of the measurement hash (--meas-hash)");
}

static bool read_raw(struct entry *e, const char *text)
{
	e->block.form = e->type->is_raw_only ? TSPDM_BLOCK_RAW_ONLY : TSPDM_BLOCK_RAW_OR_DIGEST;
	if (text == NULL || !take_hex(text, e->value.ptr, e->value.cap, &e->value.len))
		return blame(e, "raw", "must be at most 65532 bytes in hex");
	return e->type->len == 0 || e->value.len == e->type->len ||
	       blame(e, "raw", "has another length than the standard gives to this type");
}

static bool read_file(struct entry *e, const char *path)
{
	char detail[WHY_MAX];

	e->block.form = TSPDM_BLOCK_DIGEST;
	if (path == NULL)
		return blame(e, "file", "must be the path of a file to hash");
	if (e->type->is_raw_only)
		return blame(e, "file", "this type has a raw value, which no digest is");
	return digest_file(e->crypto, e->measurement_hash, path, &e->value, detail) || blame(e, "file", detail);
}

static bool read_value(struct entry *e)
{
	static const struct {
		const char *key;
		bool (*read)(struct entry *e, const char *text);
	} sources[] = { { "digest", read_digest }, { "raw", read_raw }, { "file", read_file } };
	const json_t *json = NULL;
	size_t found = 0;

	for (size_t i = 0; i < COUNT(sources); i++) {
		const json_t *this = json_object_get(e->json, sources[i].key);

		if (this != NULL && json != NULL)
			return blame(e, sources[i].key, "only one of digest, raw and file");
		if (this != NULL) {
			json = this;
			found = i;
		}
	}
	if (json == NULL)
		return blame(e, "", "needs one of digest, raw and file");
	return sources[found].read(e, json_string_value(json));
}

static bool read_entry(struct entry *e, struct block_list *list)
{
	if (!read_keys(e) || !read_index(e, list) || !read_type(e) || !read_tcb(e) || !read_value(e))
		return false;
	e->block.value = tspdm_buffer_view(&e->value);
	return blocks_add(list, &e->block) || blame(e, "", "out of memory");
}

static bool read_entries(struct block_list *list, const struct entry *common, json_t *json)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct entry e = *common;

		e.number = i;
		e.json = json_array_get(json, i);
		if (!read_entry(&e, list))
			return false;
	}
	return true;
}

bool blocks_read(struct block_list *list, const struct options *o, struct tspdm_crypto *crypto, char *why)
{
	struct entry common = { .path = o->measurements,
		.crypto = crypto,
		.measurement_hash = o->measurement_hash,
		.has_tee = o->tee.choice != CHOICE_NONE,
		.value = { malloc(VALUE_MAX), VALUE_MAX, 0 },
		.why = why };
	struct file file = { NULL, 0 };
	json_error_t error;
	json_t *json = NULL;
	bool is_good = false;

	snprintf(why, WHY_MAX, "out of memory");
	if (common.value.ptr != NULL && file_read(o->measurements, &file, why)) {
		json = json_loadb((const char *)file.bytes, file.len, JSON_REJECT_DUPLICATES, &error);
		if (json == NULL)
			snprintf(why, WHY_MAX, "%.200s:%d: %s", o->measurements, error.line, error.text);
		else if (!json_is_array(json))
			snprintf(why, WHY_MAX, "%.200s: must be a list", o->measurements);
		else
			is_good = read_entries(list, &common, json);
	}
	json_decref(json);
	free(file.bytes);
	free(common.value.ptr);
	return is_good;
}
