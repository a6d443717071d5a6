/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading JSON by tables of keys: each row says what a key is called, whether it must be there, what it has to be, and
 * who reads it into which field. One function reads the table and knows the three refusals: unknown, missing, wrong. */
#ifndef TSPDM_APPRAISAL_POLICY_JSON_H
#define TSPDM_APPRAISAL_POLICY_JSON_H

#include <jansson.h>

#include "policy.h"

struct policy_reader {
	char place[160]; /* where in the file: "accept[0].min_tcb.Milan" */
	char *why;
	size_t why_len;
	enum tspdm_status status; /* the first failure; TSPDM_OK while there is none */
};

struct policy_key {
	const char *name;
	bool is_required;
	size_t offset; /* of the field in the struct that the object becomes */
	/* Returns false where the value is not what `expects` says, or where it has called tspdm_policy_refuse()
	 * itself. */
	bool (*read)(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
	const char *expects; /* "must be …" */
	const void *extra;   /* names, for the readers of names; algorithm kind */
	size_t len;          /* bytes of a value, for the readers of values */
	bool may_be_any;
	bool may_be_empty;
};

/* Goes down into a key or a list item for the time of reading it. Returns what to hand to tspdm_policy_leave(). */
size_t tspdm_policy_enter(struct policy_reader *r, const char *key);
size_t tspdm_policy_enter_item(struct policy_reader *r, size_t item);
void tspdm_policy_leave(struct policy_reader *r, size_t mark);
/* Records a failure at the present place; the first one counts. Returns false. */
bool tspdm_policy_refuse(struct policy_reader *r, const char *text);
bool tspdm_policy_out_of_memory(struct policy_reader *r);

/* Readers. All read one JSON value into one field of the type named. */
bool tspdm_policy_read_object(
	struct policy_reader *r, const struct policy_key *keys, size_t count, const json_t *value, void *base);
bool tspdm_policy_read_bool(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* An integer of 0 to key->len, into a uint32_t. */
bool tspdm_policy_read_u32(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
bool tspdm_policy_read_u8(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* "0x…", into a uint64_t. */
bool tspdm_policy_read_mask(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* A list of names from key->extra (struct policy_name), into a uint32_t of bits; "any" sets them all. */
bool tspdm_policy_read_names(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* One name, into a uint32_t. */
bool tspdm_policy_read_name(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* A list of integers of 0 to 3, or "any", into a uint32_t of bits. */
bool tspdm_policy_read_levels(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* A list of hex texts of key->len bytes each (0: the lengths of digests), or "any", into struct policy_values. */
bool tspdm_policy_read_hex(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* A list of texts of 1 to 63 bytes, into struct policy_values. */
bool tspdm_policy_read_texts(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);
/* A list of objects with index and digest, into struct policy_blocks; policy.c. */
bool tspdm_policy_read_blocks(struct policy_reader *r, const struct policy_key *key, const json_t *value, void *field);

/* One hex text into a value. */
bool tspdm_policy_hex(const json_t *text, size_t len, struct policy_value *out);

#endif
