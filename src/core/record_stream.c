/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The state of one direction of a session: making it, its generations of keys, its sizes. */
#include <string.h>

#include "core/record.h"

#include <tspdm/secret.h>

#include "base/config.h"

static bool is_one_bit(uint32_t mask)
{
	return mask != 0 && (mask & (mask - 1)) == 0;
}

static void drop_generation(struct tspdm_record_stream *s, struct record_generation *g)
{
	s->schedule.crypto->ops->aead_free(s->schedule.crypto, g->key);
	tspdm_wipe(g, sizeof *g);
}

static enum tspdm_status set_keys(
	struct tspdm_record_stream *s, struct record_generation *g, const uint8_t *key, const uint8_t *iv)
{
	const struct key_schedule *k = &s->schedule;
	struct tspdm_view view = { key, tspdm_algorithm_size(TSPDM_KIND_AEAD, k->aead) };

	memcpy(g->iv, iv, sizeof g->iv);
	return k->crypto->ops->aead_new(k->crypto, k->aead, s->is_seal, view, &g->key);
}

/* Key and IV from the generation's own secret. */
static enum tspdm_status derive_keys(struct tspdm_record_stream *s, struct record_generation *g)
{
	struct record_keys keys;
	enum tspdm_status status = tspdm_key_record(&s->schedule, g->secret, &keys);

	if (status == TSPDM_OK)
		status = set_keys(s, g, keys.key, keys.iv);
	tspdm_key_wipe_record(&keys);
	return status;
}

static enum tspdm_status take_config(struct tspdm_record_config *to, const struct tspdm_record_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->record_version == 0)
		to->record_version = 0x12;
	if (to->sequence_limit == 0)
		to->sequence_limit = UINT64_MAX;
	return to->crypto == NULL || to->binding == NULL ? TSPDM_ERR_ARGUMENT : TSPDM_OK;
}

/* Either the direction's secret, or key and IV. */
static bool is_keyed_well(const struct tspdm_record_config *c)
{
	if (c->secret.len == 0)
		return c->key.len == tspdm_algorithm_size(TSPDM_KIND_AEAD, c->aead) && c->iv.len == AEAD_IV_LEN;
	return is_one_bit(c->hash) && c->secret.len == tspdm_algorithm_size(TSPDM_KIND_HASH, c->hash) &&
	       c->key.len == 0 && c->iv.len == 0;
}

/* DSP0277 1.2 fixed the order; who opens may find out, who seals has to know. */
static bool may_have_order(uint8_t record_version, bool is_seal, unsigned order)
{
	if (order == TSPDM_SEQUENCE_LITTLE_ENDIAN)
		return true;
	return record_version < 0x12 &&
	       (order == TSPDM_SEQUENCE_BIG_ENDIAN || (order == TSPDM_SEQUENCE_EITHER && !is_seal));
}

static enum tspdm_status check_config(const struct tspdm_record_config *c)
{
	uint8_t padding_cap = c->is_seal && !c->is_mac_only ? c->binding->random_max : 0;

	if (!is_one_bit(c->aead) || tspdm_algorithm_size(TSPDM_KIND_AEAD, c->aead) == 0)
		return TSPDM_ERR_ARGUMENT;
	if (!is_keyed_well(c) || c->padding_max > padding_cap || c->binding->sequence_len > sizeof(uint64_t))
		return TSPDM_ERR_ARGUMENT;
	if (c->record_version < 0x10 || c->record_version > 0x13)
		return TSPDM_ERR_ARGUMENT;
	if (c->spare.cap != 0 && (c->spare.ptr == NULL || c->is_seal))
		return TSPDM_ERR_ARGUMENT;
	return may_have_order(c->record_version, c->is_seal, c->sequence_order) ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

static void fill(struct tspdm_record_stream *s, const struct tspdm_record_config *c)
{
	memset(s, 0, sizeof *s);
	s->schedule = (struct key_schedule){ c->crypto, c->hash, c->aead, c->spdm_version };
	s->binding = c->binding;
	s->limit = c->sequence_limit;
	s->session_id = c->session_id;
	s->order = (enum tspdm_sequence_order)c->sequence_order;
	s->record_version = c->record_version;
	s->padding_max = c->padding_max;
	s->is_seal = c->is_seal;
	s->is_mac_only = c->is_mac_only;
	s->has_secret = c->secret.len != 0;
	s->spare = c->spare;
}

static enum tspdm_status first_generation(struct tspdm_record_stream *s, const struct tspdm_record_config *c)
{
	if (!s->has_secret)
		return set_keys(s, &s->current, c->key.ptr, c->iv.ptr);
	memcpy(s->current.secret, c->secret.ptr, c->secret.len);
	return derive_keys(s, &s->current);
}

size_t tspdm_record_size(void)
{
	return sizeof(struct tspdm_record_stream);
}

enum tspdm_status tspdm_record_init(
	void *memory, size_t memory_len, const struct tspdm_record_config *config, struct tspdm_record_stream **out)
{
	struct tspdm_record_stream *s = memory;
	struct tspdm_record_config c;
	enum tspdm_status status;

	*out = NULL;
	if (memory_len < sizeof *s)
		return TSPDM_ERR_BUFFER;
	TSPDM_TRY(take_config(&c, config));
	TSPDM_TRY(check_config(&c));
	fill(s, &c);
	status = first_generation(s, &c);
	if (status != TSPDM_OK) {
		tspdm_record_wipe(s);
		return status;
	}
	*out = s;
	return TSPDM_OK;
}

void tspdm_record_fail(struct tspdm_record_stream *stream)
{
	drop_generation(stream, &stream->current);
	drop_generation(stream, &stream->pending);
}

void tspdm_record_wipe(struct tspdm_record_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->schedule.crypto != NULL)
		tspdm_record_fail(stream);
	tspdm_wipe(stream, sizeof *stream);
}

uint64_t tspdm_record_left(const struct tspdm_record_stream *stream)
{
	const struct record_generation *newest = stream->pending.key != NULL ? &stream->pending : &stream->current;

	return newest->key != NULL && newest->sequence < stream->limit ? stream->limit - newest->sequence : 0;
}

enum tspdm_status tspdm_record_update(struct tspdm_record_stream *stream)
{
	struct record_generation *next = &stream->pending;
	enum tspdm_status status;

	if (!stream->has_secret || stream->is_spent || stream->current.key == NULL || next->key != NULL)
		return TSPDM_ERR_STATE;
	status = tspdm_key_update(&stream->schedule, stream->current.secret, next->secret);
	if (status == TSPDM_OK)
		status = derive_keys(stream, next);
	next->number = stream->current.number + 1;
	if (status != TSPDM_OK)
		drop_generation(stream, next);
	return status;
}

enum tspdm_status tspdm_record_confirm(struct tspdm_record_stream *stream)
{
	if (stream->pending.key == NULL)
		return TSPDM_ERR_STATE;
	drop_generation(stream, &stream->current);
	stream->current = stream->pending;
	tspdm_wipe(&stream->pending, sizeof stream->pending);
	return TSPDM_OK;
}

void tspdm_record_cancel(struct tspdm_record_stream *stream)
{
	if (stream->pending.key == NULL)
		return;
	stream->is_spent = stream->is_spent || stream->pending.sequence != 0;
	drop_generation(stream, &stream->pending);
}

bool tspdm_record_is_pending(const struct tspdm_record_stream *stream)
{
	return stream->pending.key != NULL;
}

enum tspdm_sequence_order tspdm_record_order(const struct tspdm_record_stream *stream)
{
	return stream->order;
}

enum tspdm_status tspdm_record_set_order(struct tspdm_record_stream *stream, enum tspdm_sequence_order order)
{
	if (!may_have_order(stream->record_version, stream->is_seal, order))
		return TSPDM_ERR_ARGUMENT;
	stream->order = order;
	return TSPDM_OK;
}
