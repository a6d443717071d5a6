/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sealing and opening records in place, DSP0277 1.2 "Secured message format". */
#include <tspdm/secret.h>

#include "base/cursor.h"
#include "core/connection.h"
#include "core/record.h"

enum {
	SESSION_ID_LEN = 4,
	LENGTH_LEN = 2,
	INNER_LENGTH_LEN = 2, /* Application Data Length, where data is encrypted */
	PAYLOAD_MAX = UINT16_MAX,
	TRIES_MAX = 4, /* two generations, two byte orders */
};

/* The bytes of a record by what they are for. */
struct record_parts {
	uint8_t *head; /* up to and with Length */
	size_t head_len;
	uint8_t *body; /* up to the MAC */
	size_t body_len;
	uint8_t *tag;
	struct tspdm_view sequence; /* its explicit bytes */
};

/* What a record is tried with. */
struct attempt {
	struct record_generation *generation;
	bool is_big_endian;
};

static size_t header_len(const struct tspdm_record_stream *s)
{
	return SESSION_ID_LEN + (size_t)s->binding->sequence_len + LENGTH_LEN;
}

static size_t inner_len(const struct tspdm_record_stream *s)
{
	return s->is_mac_only ? 0 : INNER_LENGTH_LEN;
}

size_t tspdm_record_head_len(const struct tspdm_record_stream *stream)
{
	return header_len(stream) + inner_len(stream);
}

size_t tspdm_record_tail_len(const struct tspdm_record_stream *stream)
{
	return (size_t)stream->padding_max + TSPDM_RECORD_TAG_LEN;
}

size_t tspdm_record_data_max(const struct tspdm_record_stream *stream)
{
	return PAYLOAD_MAX - inner_len(stream) - tspdm_record_tail_len(stream);
}

enum tspdm_status tspdm_record_session(struct tspdm_view record, uint32_t *session_id)
{
	struct reader r = reader_of(record);

	*session_id = read_u32(&r);
	return r.failed ? TSPDM_ERR_TRUNCATED : TSPDM_OK;
}

void tspdm_record_nonce(const uint8_t *iv, uint64_t sequence, bool is_big_endian, uint8_t *nonce)
{
	memcpy(nonce, iv, AEAD_IV_LEN);
	for (size_t i = 0; i < sizeof sequence; i++)
		nonce[is_big_endian ? AEAD_IV_LEN - 1 - i : i] ^= (uint8_t)(sequence >> (8 * i));
}

/* DSP0277 1.2 "Associated data": the header, and with MACs alone the application data too. */
static struct tspdm_view associated_of(const struct tspdm_record_stream *s, const struct record_parts *p)
{
	return (struct tspdm_view){ p->head, p->head_len + (s->is_mac_only ? p->body_len : 0) };
}

static size_t encrypted_len(const struct tspdm_record_stream *s, const struct record_parts *p)
{
	return s->is_mac_only ? 0 : p->body_len;
}

/* ---- Sealing ---- */

/* How many random bytes this record gets. The slight preference of a remainder for low values tells nothing. */
static enum tspdm_status choose_padding(const struct tspdm_record_stream *s, uint8_t *padding)
{
	struct tspdm_crypto *crypto = s->schedule.crypto;

	*padding = 0;
	if (s->padding_max == 0)
		return TSPDM_OK;
	TSPDM_TRY(crypto->ops->random(crypto, padding, 1));
	*padding = (uint8_t)(*padding % (s->padding_max + 1U));
	return TSPDM_OK;
}

/* All of a record but its MAC; the application data stands in its place. */
static enum tspdm_status write_plain(struct tspdm_record_stream *s, const struct record_generation *g,
	struct tspdm_buffer *record, size_t data_len, struct record_parts *p)
{
	struct tspdm_crypto *crypto = s->schedule.crypto;
	uint8_t padding;
	uint8_t *random;

	TSPDM_TRY(choose_padding(s, &padding));
	p->head = record->ptr;
	p->head_len = header_len(s);
	p->body = record->ptr + p->head_len;
	p->body_len = inner_len(s) + data_len + padding;
	p->tag = p->body + p->body_len;
	write_u32(record, s->session_id);
	for (size_t i = 0; i < s->binding->sequence_len; i++)
		write_u8(record, (uint8_t)(g->sequence >> (8 * i)));
	write_u16(record, (uint16_t)(p->body_len + TSPDM_RECORD_TAG_LEN));
	if (!s->is_mac_only)
		write_u16(record, (uint16_t)data_len);
	(void)write_space(record, data_len);
	random = write_space(record, padding);
	(void)write_space(record, TSPDM_RECORD_TAG_LEN);
	TSPDM_TRY(write_end(record));
	return padding != 0 ? crypto->ops->random(crypto, random, padding) : TSPDM_OK;
}

static enum tspdm_status seal_parts(
	struct tspdm_record_stream *s, const struct record_generation *g, const struct record_parts *p)
{
	struct tspdm_crypto *crypto = s->schedule.crypto;
	uint8_t nonce[AEAD_IV_LEN];
	enum tspdm_status status;

	tspdm_record_nonce(g->iv, g->sequence, s->order == TSPDM_SEQUENCE_BIG_ENDIAN, nonce);
	status = crypto->ops->aead_seal(
		crypto, g->key, nonce, associated_of(s, p), p->body, encrypted_len(s, p), p->tag);
	tspdm_wipe(nonce, sizeof nonce);
	return status;
}

static struct record_generation *newest(struct tspdm_record_stream *s)
{
	return s->pending.key != NULL ? &s->pending : &s->current;
}

static enum tspdm_status check_seal(struct tspdm_record_stream *s, struct tspdm_buffer *record, size_t data_len)
{
	size_t needed;

	record->len = 0;
	if (s->schedule.crypto == NULL || newest(s)->key == NULL)
		return TSPDM_ERR_STATE;
	if (!s->is_seal)
		return TSPDM_ERR_ARGUMENT;
	if (newest(s)->sequence >= s->limit)
		return TSPDM_ERR_SEQUENCE_LIMIT;
	if (data_len > tspdm_record_data_max(s))
		return TSPDM_ERR_TOO_LARGE;
	needed = tspdm_record_head_len(s) + data_len + tspdm_record_tail_len(s);
	if (needed > record->cap)
		record->len = needed;
	return write_end(record);
}

enum tspdm_status tspdm_record_seal(struct tspdm_record_stream *stream, struct tspdm_buffer *record, size_t data_len)
{
	struct record_parts parts;
	struct record_generation *g;
	enum tspdm_status status;

	TSPDM_TRY(check_seal(stream, record, data_len));
	g = newest(stream);
	status = write_plain(stream, g, record, data_len, &parts);
	if (status != TSPDM_OK) { /* no random bytes: nothing was sealed, the nonce is not used */
		record->len = 0;
		return status;
	}
	status = seal_parts(stream, g, &parts);
	if (status == TSPDM_OK) {
		g->sequence++;
		return TSPDM_OK;
	}
	tspdm_wipe(record->ptr, record->len);
	record->len = 0;
	tspdm_record_fail(stream);
	return status;
}

/* ---- Opening ---- */

/* Form alone: no key is needed for these refusals. */
static enum tspdm_status read_parts(
	const struct tspdm_record_stream *s, uint8_t *record, size_t len, struct record_parts *p)
{
	struct reader r = reader_of((struct tspdm_view){ record, len });
	uint32_t session_id = read_u32(&r);
	uint16_t length;

	p->sequence = read_view(&r, s->binding->sequence_len);
	length = read_u16(&r);
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	if (session_id != s->session_id)
		return TSPDM_ERR_SESSION;
	if (length < inner_len(s) + TSPDM_RECORD_TAG_LEN)
		return TSPDM_ERR_LENGTH;
	if (read_bytes(&r, length) == NULL)
		return TSPDM_ERR_TRUNCATED;
	p->head = record;
	p->head_len = header_len(s);
	p->body = record + p->head_len;
	p->body_len = (size_t)length - TSPDM_RECORD_TAG_LEN;
	p->tag = p->body + p->body_len;
	return tspdm_check_padding(s->binding, (struct tspdm_view){ record, len }, p->head_len + length);
}

/* TSPDM_OK: the record can be the next of this generation. */
static enum tspdm_status is_next(
	const struct tspdm_record_stream *s, const struct record_generation *g, const struct record_parts *p)
{
	if (g->sequence >= s->limit)
		return TSPDM_ERR_SEQUENCE_LIMIT;
	for (size_t i = 0; i < p->sequence.len; i++)
		if (p->sequence.ptr[i] != (uint8_t)(g->sequence >> (8 * i)))
			return TSPDM_ERR_SEQUENCE;
	return TSPDM_OK;
}

/* With sequence number 0 both orders make the same nonce. */
static size_t add_attempts(const struct tspdm_record_stream *s, struct record_generation *g, struct attempt *out)
{
	size_t count = 0;

	if (s->order != TSPDM_SEQUENCE_BIG_ENDIAN || g->sequence == 0)
		out[count++] = (struct attempt){ g, false };
	if (s->order != TSPDM_SEQUENCE_LITTLE_ENDIAN && g->sequence != 0)
		out[count++] = (struct attempt){ g, true };
	return count;
}

/* The newest generation first. Where there is nothing to try the status tells why. */
static enum tspdm_status list_attempts(
	struct tspdm_record_stream *s, const struct record_parts *p, struct attempt *out, size_t *count)
{
	struct record_generation *const all[] = { &s->pending, &s->current };
	enum tspdm_status status = TSPDM_ERR_STATE;

	*count = 0;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (all[i]->key == NULL)
			continue;
		status = is_next(s, all[i], p);
		if (status == TSPDM_OK)
			*count += add_attempts(s, all[i], out + *count);
	}
	return *count != 0 ? TSPDM_OK : status;
}

static enum tspdm_status open_parts(
	struct tspdm_record_stream *s, const struct attempt *attempt, const struct record_parts *p)
{
	struct tspdm_crypto *crypto = s->schedule.crypto;
	const struct record_generation *g = attempt->generation;
	uint8_t nonce[AEAD_IV_LEN];
	enum tspdm_status status;

	tspdm_record_nonce(g->iv, g->sequence, attempt->is_big_endian, nonce);
	status = crypto->ops->aead_open(
		crypto, g->key, nonce, associated_of(s, p), p->body, encrypted_len(s, p), p->tag);
	tspdm_wipe(nonce, sizeof nonce);
	return status;
}

/* A failed try leaves nothing of the record, so a second one needs its copy: of the ciphertext, which is no secret. */
static enum tspdm_status try_each(struct tspdm_record_stream *s, const struct record_parts *p,
	const struct attempt *attempts, size_t count, const struct attempt **taken)
{
	uint8_t *spare = s->spare.cap != 0 ? s->spare.ptr : s->room;
	size_t spare_cap = s->spare.cap != 0 ? s->spare.cap : sizeof s->room;
	size_t len = encrypted_len(s, p);
	enum tspdm_status status = TSPDM_ERR_MAC;

	if (count > 1 && len > spare_cap)
		count = 1;
	if (count > 1)
		memcpy(spare, p->body, len);
	for (size_t i = 0; i < count && status == TSPDM_ERR_MAC; i++) {
		if (i != 0)
			memcpy(p->body, spare, len);
		*taken = &attempts[i];
		status = open_parts(s, *taken, p);
	}
	return status;
}

/* The record is authentic; what it says of itself can still be wrong. */
static enum tspdm_status read_body(
	const struct tspdm_record_stream *s, const struct record_parts *p, struct tspdm_view *data)
{
	struct reader r = reader_of((struct tspdm_view){ p->body, p->body_len });
	size_t data_len = s->is_mac_only ? p->body_len : read_u16(&r);

	*data = read_view(&r, data_len);
	if (r.failed || r.left > s->binding->random_max) {
		*data = (struct tspdm_view){ NULL, 0 };
		return TSPDM_ERR_LENGTH;
	}
	return TSPDM_OK;
}

static enum tspdm_status accept(struct tspdm_record_stream *s, const struct attempt *taken,
	const struct record_parts *p, struct tspdm_record_opened *opened)
{
	opened->is_pending = taken->generation == &s->pending;
	if (s->order == TSPDM_SEQUENCE_EITHER && taken->generation->sequence != 0)
		s->order = taken->is_big_endian ? TSPDM_SEQUENCE_BIG_ENDIAN : TSPDM_SEQUENCE_LITTLE_ENDIAN;
	taken->generation->sequence++;
	return read_body(s, p, &opened->data);
}

enum tspdm_status tspdm_record_open(
	struct tspdm_record_stream *stream, uint8_t *record, size_t len, struct tspdm_record_opened *opened)
{
	struct attempt attempts[TRIES_MAX];
	const struct attempt *taken = NULL;
	struct record_parts parts;
	size_t count;
	enum tspdm_status status;

	*opened = (struct tspdm_record_opened){ 0 };
	if (stream->schedule.crypto == NULL)
		return TSPDM_ERR_STATE;
	if (stream->is_seal)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(read_parts(stream, record, len, &parts));
	TSPDM_TRY(list_attempts(stream, &parts, attempts, &count));
	status = try_each(stream, &parts, attempts, count, &taken);
	if (status == TSPDM_OK)
		status = accept(stream, taken, &parts, opened);
	if (status != TSPDM_OK) {
		tspdm_wipe(parts.body, parts.body_len);
		*opened = (struct tspdm_record_opened){ 0 };
	}
	return status;
}
