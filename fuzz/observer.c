/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_observer_see() and tspdm_observer_record(): a whole connection with its sessions, as a hostile capture tells
 * it. CONTROL_LEN control bytes (binding, a failure of the crypto vtable, which secrets are known, room for chunks), then
 * steps: a kind (in the clear, a record as it stands, a record that the harness seals around the bytes), who speaks, the
 * length (u16, little-endian) and the bytes. A record whose tag is zero is authentic, so that what stands behind
 * authentication is reached. Whatever comes: nothing is said of messages that were not given, `used` never exceeds the
 * message, nothing is said to be ok of a session without keys, and nothing is left over in the end. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/observer.h>

#include "fake_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_LEN = 4, STEPS_MAX = 128, CHUNKS = 4096, HEAD_MAX = 16 };
enum { STEP_CLEAR, STEP_RECORD, STEP_SEALED, STEPS };
enum { KNOWS_DHE = 1, KNOWS_PSK = 2, KNOWS_HANDSHAKE = 4, KNOWS_DATA = 8, HAS_CHUNKS = 16 };

struct tspdm_public_key {
	int nothing;
};

struct fuzzed {
	struct fake_crypto crypto;
	struct tspdm_crypto_ops ops;
	const struct tspdm_binding *binding;
	uint8_t knows;
	unsigned keys; /* alive */
	uint32_t session_id;
	bool is_mac_only;
	uint8_t phase;
	unsigned sequence[2];
	uint8_t chunks[CHUNKS];
};

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

#define FUZZED_OF(pointer) ((struct fuzzed *)(void *)(pointer))

static enum tspdm_status verify(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	(void)key, (void)tbs;
	if (fake_fails(crypto))
		return TSPDM_ERR_CRYPTO;
	return signature.len != 0 && signature.ptr[0] == 0 ? TSPDM_OK : TSPDM_ERR_SIGNATURE;
}

static enum tspdm_status new_key(struct tspdm_crypto *crypto, struct tspdm_public_key **out)
{
	if (fake_fails(crypto))
		return TSPDM_ERR_CHAIN_FORM;
	*out = malloc(sizeof **out);
	check(*out != NULL);
	FUZZED_OF(crypto)->keys++;
	return TSPDM_OK;
}

static enum tspdm_status check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *c, struct tspdm_chain_result *result)
{
	check(c->certificates.len != 0 && c->asym != 0);
	result->leaf = c->certificates;
	return new_key(crypto, &result->leaf_key);
}

static enum tspdm_status key_new(
	struct tspdm_crypto *crypto, uint32_t asym, struct tspdm_view spki, struct tspdm_public_key **out)
{
	check(asym != 0);
	return spki.len != 0 ? new_key(crypto, out) : TSPDM_ERR_KEY;
}

static void key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	if (key == NULL)
		return;
	FUZZED_OF(crypto)->keys--;
	free(key);
}

static void note_session(struct fuzzed *f, const struct tspdm_seen_session *s)
{
	if (f->session_id != s->id || f->phase != s->phase)
		f->sequence[0] = f->sequence[1] = 0;
	f->session_id = s->id;
	f->phase = s->phase;
	f->is_mac_only = s->is_mac_only;
}

static void see(void *context, const struct tspdm_seen *seen)
{
	struct fuzzed *f = context;

	check(seen->result_count <= TSPDM_SEEN_RESULTS_MAX && seen->used <= seen->message.len);
	for (unsigned i = 0; i < seen->result_count; i++) {
		const struct tspdm_seen_result *r = &seen->results[i];

		check(tspdm_check_name(r->kind) != NULL && r->result != TSPDM_SEEN_NOTHING && r->count != 0);
		check(r->kind != TSPDM_CHECK_RECORD || seen->session != NULL);
	}
	if (seen->what == TSPDM_SEEN_RECORD) {
		check(f->knows != 0 && seen->session != NULL);
		f->sequence[!seen->is_from_requester]++;
	}
	if (seen->session != NULL)
		note_session(f, seen->session);
}

static bool secret(void *context, const struct tspdm_secret_name *name, struct tspdm_buffer *out)
{
	static const uint8_t known[TSPDM_SECRET_KINDS] = { KNOWS_DHE, KNOWS_PSK, KNOWS_HANDSHAKE, KNOWS_DATA,
		KNOWS_DATA };
	struct fuzzed *f = context;

	check(name->kind < TSPDM_SECRET_KINDS && name->random.len == 32);
	if ((f->knows & known[name->kind]) == 0 || out->cap - out->len < 32)
		return false;
	memset(out->ptr + out->len, name->kind, 32);
	out->len += 32;
	return true;
}

/* A record of the session seen last, with the sequence number that would be the next. */
static size_t seal(const struct fuzzed *f, bool is_request, const uint8_t *bytes, size_t len, uint8_t *record)
{
	size_t inner = f->is_mac_only ? 0 : 2, at = 4;
	size_t whole = inner + len + FAKE_TAG_LEN;

	for (size_t i = 0; i < 4; i++)
		record[i] = (uint8_t)(f->session_id >> 8 * i);
	for (size_t i = 0; i < f->binding->sequence_len; i++)
		record[at++] = (uint8_t)(f->sequence[!is_request] >> 8 * i);
	record[at++] = (uint8_t)whole;
	record[at++] = (uint8_t)(whole >> 8);
	if (inner != 0) {
		record[at++] = (uint8_t)len;
		record[at++] = (uint8_t)(len >> 8);
	}
	memcpy(record + at, bytes, len);
	memset(record + at + len, 0, FAKE_TAG_LEN);
	return at + len + FAKE_TAG_LEN;
}

static void step(struct fuzzed *f, struct tspdm_observer *o, uint8_t kind, bool is_request, struct tspdm_view bytes)
{
	uint8_t *exact = malloc(bytes.len + HEAD_MAX + FAKE_TAG_LEN);
	struct tspdm_seen seen;

	check(exact != NULL);
	if (bytes.len != 0)
		memcpy(exact, bytes.ptr, bytes.len);
	if (kind == STEP_SEALED)
		bytes.len = seal(f, is_request, bytes.ptr, bytes.len, exact);
	if (kind == STEP_CLEAR)
		tspdm_observer_see(o, is_request, (struct tspdm_view){ exact, bytes.len }, &seen);
	else
		tspdm_observer_record(o, is_request, (struct tspdm_view){ exact, bytes.len });
	free(exact);
}

static void run(struct fuzzed *f, struct tspdm_observer *o, const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < STEPS_MAX && size >= 4; i++) {
		size_t len = data[2] | (size_t)data[3] << 8;

		if (len > size - 4)
			len = size - 4;
		step(f, o, data[0] % STEPS, (data[1] & 1) != 0, (struct tspdm_view){ data + 4, len });
		data += 4 + len;
		size -= 4 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe,
		&tspdm_binding_tcp };
	struct fuzzed *f = calloc(1, sizeof *f);
	void *memory = malloc(tspdm_observer_size());
	struct tspdm_observer_config config = { .size = sizeof config, .see = see, .secret = secret, .context = f };
	struct tspdm_observer *o;

	check(f != NULL && memory != NULL);
	if (size >= CONTROL_LEN) {
		f->ops = fake_crypto_ops;
		f->ops.verify = verify;
		f->ops.check_chain = check_chain;
		f->ops.public_key_new = key_new;
		f->ops.public_key_free = key_free;
		f->crypto.base.ops = &f->ops;
		f->crypto.fail_at = data[1] | (uint32_t)(data[3] & 3U) << 8;
		f->binding = config.binding = bindings[data[0] % 3];
		f->knows = data[2] & 15U;
		if ((data[2] & HAS_CHUNKS) != 0)
			config.chunks = (struct tspdm_buffer){ f->chunks, sizeof f->chunks, 0 };
		check(tspdm_observer_init(memory, tspdm_observer_size(), &f->crypto.base, &o) == TSPDM_OK);
		check(tspdm_observer_follow(o, &config) == TSPDM_OK);
		run(f, o, data + CONTROL_LEN, size - CONTROL_LEN);
		tspdm_observer_wipe(o);
		check(f->keys == 0 && f->crypto.hashes == 0 && f->crypto.keys == 0);
	}
	free(memory);
	free(f);
	return 0;
}
