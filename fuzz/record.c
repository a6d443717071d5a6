/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_record_open() and tspdm_record_seal() (src/core/record.c). The first byte chooses binding, mode, byte order
 * and generations, the second the alignment; the rest is three things in turn: a record of somebody who has no key, the
 * protected part of a record of a peer who has it, and application data for the round trip. Nothing but what the key
 * sealed is opened, once, and after a failure nothing of it is left. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/openssl.h>

#include "core/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096, ROOM = INPUT_MAX + 128, SESSION = 0x22221111 };

enum {
	BINDING = 3, /* of the first byte */
	MAC_ONLY = 4,
	EITHER_ORDER = 8,
	PENDING = 16,
	PADDED = 32,
	LATER = 64, /* not the first record */
};

static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe, &tspdm_binding_tcp,
	&tspdm_binding_none };
static const uint8_t secret[48] = { 0x5A, 0xA5 };
static struct tspdm_crypto_ops ops;

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

/* Deterministic, or an input that crashes would not do so again. */
static enum tspdm_status counted_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	(void)crypto;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(17 + i * 7);
	return TSPDM_OK;
}

static struct tspdm_crypto *crypto_once(void)
{
	static struct tspdm_crypto *crypto;

	if (crypto != NULL)
		return crypto;
	check(tspdm_openssl_new(&crypto) == TSPDM_OK);
	ops = *crypto->ops;
	ops.random = counted_random;
	crypto->ops = &ops;
	return crypto;
}

static struct tspdm_record_stream *make(struct tspdm_record_stream *memory, uint8_t how, bool is_seal)
{
	struct tspdm_record_config c = {
		.size = sizeof c,
		.crypto = crypto_once(),
		.binding = bindings[how & BINDING],
		.session_id = SESSION,
		.hash = TSPDM_HASH_SHA384,
		.aead = TSPDM_AEAD_CHACHA20_POLY1305,
		.spdm_version = TSPDM_V12,
		.record_version = 0x11,
		.sequence_order =
			(how & EITHER_ORDER) && !is_seal ? TSPDM_SEQUENCE_EITHER : TSPDM_SEQUENCE_LITTLE_ENDIAN,
		.is_seal = is_seal,
		.is_mac_only = (how & MAC_ONLY) != 0,
		.secret = { secret, sizeof secret },
	};
	struct tspdm_record_stream *s;

	if ((how & PADDED) && is_seal && !c.is_mac_only)
		c.padding_max = c.binding->random_max;
	check(tspdm_record_init(memory, sizeof *memory, &c, &s) == TSPDM_OK);
	s->current.sequence = how & LATER ? 1 : 0;
	if ((how & PENDING) && !is_seal)
		check(tspdm_record_update(s) == TSPDM_OK);
	return s;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void check_inside(const struct tspdm_record_opened *opened, const uint8_t *record, size_t len)
{
	if (opened->data.ptr == NULL)
		check(opened->data.len == 0);
	else
		check(opened->data.ptr >= record && opened->data.ptr + opened->data.len <= record + len);
}

/* No key: never opened, whatever it says; also with a header that is right. */
static void open_hostile(uint8_t how, const uint8_t *data, size_t len, uint8_t *room)
{
	struct tspdm_record_stream memory, *in = make(&memory, how, false);
	struct tspdm_record_opened opened;
	size_t head = tspdm_record_head_len(in) - (in->is_mac_only ? 0 : 2);

	memcpy(room, data, len);
	check(tspdm_record_open(in, room, len, &opened) != TSPDM_OK);
	check_inside(&opened, room, len);
	if (len >= head + 2) {
		memcpy(room, data, len);
		memcpy(room, "\x11\x11\x22\x22", 4);
		memset(room + 4, 0, in->binding->sequence_len);
		room[4] = in->binding->sequence_len != 0 ? (uint8_t)in->current.sequence : room[4];
		room[head - 2] = (uint8_t)(len - head);
		room[head - 1] = (uint8_t)((len - head) >> 8);
		check(tspdm_record_open(in, room, len, &opened) != TSPDM_OK);
		check_inside(&opened, room, len);
	}
	check(in->current.sequence == (how & LATER ? 1 : 0));
	tspdm_record_wipe(in);
}

/* Writes a record whose protected part is `data`, with no regard to what it says. */
static size_t seal_anything(struct tspdm_record_stream *out, const uint8_t *data, size_t len, uint8_t *room)
{
	struct tspdm_crypto *crypto = out->schedule.crypto;
	const struct record_generation *g = &out->current;
	size_t head = 6 + (size_t)out->binding->sequence_len;
	size_t length = len + TSPDM_RECORD_TAG_LEN;
	uint8_t nonce[AEAD_IV_LEN];

	memset(room, 0, head);
	memcpy(room, "\x11\x11\x22\x22", 4);
	room[4] = (uint8_t)g->sequence;
	room[head - 2] = (uint8_t)length;
	room[head - 1] = (uint8_t)(length >> 8);
	memcpy(room + head, data, len);
	tspdm_record_nonce(g->iv, g->sequence, false, nonce);
	check(crypto->ops->aead_seal(crypto, g->key, nonce,
		      (struct tspdm_view){ room, head + (out->is_mac_only ? len : 0) }, room + head,
		      out->is_mac_only ? 0 : len, room + head + len) == TSPDM_OK);
	return head + length;
}

/* The key is right: opened if, and only if, the inner length fits. A record too long for a second try may be refused. */
static void open_authentic(uint8_t how, const uint8_t *data, size_t len, uint8_t *room)
{
	struct tspdm_record_stream memory[2], *out = make(&memory[0], how, true), *in = make(&memory[1], how, false);
	struct tspdm_record_opened opened;
	size_t head = 6 + (size_t)out->binding->sequence_len, sealed = seal_anything(out, data, len, room);
	size_t inner = len >= 2 ? data[0] | (size_t)data[1] << 8 : 0;
	bool fits = out->is_mac_only || (len >= 2 && inner <= len - 2 && len - 2 - inner <= out->binding->random_max);
	enum tspdm_status status = tspdm_record_open(in, room, sealed, &opened);

	check_inside(&opened, room, sealed);
	if (status == TSPDM_OK) {
		check(fits && !opened.is_pending);
		check(opened.data.len == (out->is_mac_only ? len : inner));
		check(opened.data.len == 0 ||
			memcmp(opened.data.ptr, data + (out->is_mac_only ? 0 : 2), opened.data.len) == 0);
	} else {
		check(!fits || (status == TSPDM_ERR_MAC && (how & PENDING) && len > TSPDM_RECORD_SPARE_LEN));
		check(opened.data.ptr == NULL);
		check(status != TSPDM_ERR_LENGTH || len < 2 || is_zero(room + head, len));
	}
	tspdm_record_wipe(in);
	tspdm_record_wipe(out);
}

static void round_trip(uint8_t how, const uint8_t *data, size_t len, uint8_t *room)
{
	struct tspdm_record_stream memory[2];
	struct tspdm_record_stream *out = make(&memory[0], how, true),
				   *in = make(&memory[1], (uint8_t)(how & ~(unsigned)PENDING), false);
	struct tspdm_buffer record = { .ptr = room, .cap = ROOM };
	struct tspdm_record_opened opened;
	uint8_t *copy = malloc(ROOM);

	check(copy != NULL);
	if (len != 0)
		memcpy(room + tspdm_record_head_len(out), data, len);
	check(tspdm_record_seal(out, &record, len) == TSPDM_OK);
	memcpy(copy, room, record.len);
	check(tspdm_record_open(in, room, record.len, &opened) == TSPDM_OK);
	check(opened.data.len == len && (len == 0 || memcmp(opened.data.ptr, data, len) == 0));
	check(tspdm_record_open(in, copy, record.len, &opened) != TSPDM_OK); /* a replay */
	check(opened.data.ptr == NULL);
	free(copy);
	tspdm_record_wipe(in);
	tspdm_record_wipe(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *room;

	if (size < 2 || size - 2 > INPUT_MAX)
		return 0;
	room = malloc(ROOM + 8);
	check(room != NULL);
	open_hostile(data[0], data + 2, size - 2, room + data[1] % 8);
	open_authentic(data[0], data + 2, size - 2, room + data[1] % 8);
	round_trip(data[0], data + 2, size - 2, room + data[1] % 8);
	free(room);
	return 0;
}
