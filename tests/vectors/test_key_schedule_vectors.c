/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Worked values of key-schedule.json, computed by others from the standard's definitions: key schedules, signing prefixes,
 * nonces, records, and one whole session reproduced byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <tspdm/message.h>
#include <tspdm/openssl.h>

#include "core/record.h"
#include "core/session_transcript.h"
#include "core/signing.h"

enum { HEX_MAX = 4096, SESSION_ID = 0x22221111 };

static json_t *vectors;
static struct tspdm_crypto *crypto;

struct bytes {
	size_t len;
	uint8_t at[HEX_MAX];
};

static const char *text(json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (value == NULL)
		fail_msg("the vectors have no %s", name);
	return value;
}

static struct bytes hex(json_t *object, const char *name)
{
	const char *digits = text(object, name);
	struct bytes b = { .len = strlen(digits) / 2 };

	assert_true(b.len <= sizeof b.at);
	for (size_t i = 0; i < b.len; i++) {
		char byte[3] = { digits[2 * i], digits[2 * i + 1], 0 };

		b.at[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return b;
}

static struct tspdm_view view(const struct bytes *b)
{
	return (struct tspdm_view){ b->at, b->len };
}

static void same(json_t *object, const char *name, const uint8_t *got, size_t len)
{
	struct bytes want = hex(object, name);

	if (want.len != len || memcmp(want.at, got, len) != 0)
		fail_msg("%s differs (%s)", name, json_string_value(json_object_get(object, "name")));
}

static uint8_t version_of(json_t *object)
{
	return (uint8_t)(0x10 + (text(object, "spdm_version")[2] - '0'));
}

static uint32_t algorithm(enum tspdm_algorithm_kind kind, const char *name)
{
	const struct tspdm_algorithm *a = tspdm_algorithm_by_name(kind, name);

	assert_non_null(a);
	return a->bit;
}

/* ---- Key schedules ---- */

static struct key_schedule schedule_of(json_t *v)
{
	return (struct key_schedule){
		.crypto = crypto,
		.hash = algorithm(TSPDM_KIND_HASH, text(v, "hash")),
		.aead = algorithm(TSPDM_KIND_AEAD, text(v, "aead")),
		.version = version_of(v),
	};
}

static void check_bin_strs(json_t *v, const struct key_schedule *k, size_t h)
{
	struct bytes th1 = hex(v, "th1"), th2 = hex(v, "th2");
	size_t key_len = tspdm_algorithm_size(TSPDM_KIND_AEAD, k->aead);

	for (unsigned i = 0; i <= KEY_LABEL_TRAFFIC_UPDATE; i++) {
		uint8_t room[KEY_BIN_STR_MAX];
		struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
		struct tspdm_view context = { NULL, 0 };
		size_t len = i == KEY_LABEL_KEY ? key_len : i == KEY_LABEL_IV ? AEAD_IV_LEN : h;
		char name[] = "bin_str0";

		if (i == KEY_LABEL_REQUEST_HANDSHAKE || i == KEY_LABEL_RESPONSE_HANDSHAKE)
			context = view(&th1);
		if (i == KEY_LABEL_REQUEST_DATA || i == KEY_LABEL_RESPONSE_DATA || i == KEY_LABEL_EXPORT_MASTER)
			context = view(&th2);
		name[7] = (char)('0' + i);
		assert_int_equal(
			tspdm_key_bin_str(k->version, (enum key_label)i, (uint16_t)len, context, &out), TSPDM_OK);
		same(v, name, room, out.len);
	}
}

static void check_record_keys(
	json_t *v, const struct key_schedule *k, const uint8_t *secret, const char *key, const char *iv)
{
	struct record_keys keys;

	assert_int_equal(tspdm_key_record(k, secret, &keys), TSPDM_OK);
	same(v, key, keys.key, tspdm_algorithm_size(TSPDM_KIND_AEAD, k->aead));
	same(v, iv, keys.iv, sizeof keys.iv);
}

static void check_intermediate(json_t *v, const struct key_schedule *k, enum key_source source, size_t h)
{
	struct bytes ikm = hex(v, "ikm");
	uint8_t handshake[TSPDM_HASH_MAX], out[TSPDM_HASH_MAX];

	assert_int_equal(tspdm_key_handshake_secret(k, source, view(&ikm), handshake), TSPDM_OK);
	same(v, "handshake_secret", handshake, h);
	assert_int_equal(
		tspdm_key_expand(k, handshake, KEY_LABEL_DERIVED, (struct tspdm_view){ NULL, 0 }, out, h), TSPDM_OK);
	same(v, "salt_1", out, h);
}

static void check_verify_data(json_t *v, const struct key_schedule *k, const struct handshake_secrets *s, size_t h)
{
	struct bytes th1 = hex(v, "th1"), th2 = hex(v, "th2");
	uint8_t out[TSPDM_HASH_MAX];

	if (json_object_get(v, "response_verify_data_over_th1") == NULL)
		return;
	assert_int_equal(tspdm_key_verify_data(k, s->finished[KEY_DIRECTION_RESPONSE], th1.at, out), TSPDM_OK);
	same(v, "response_verify_data_over_th1", out, h);
	assert_int_equal(tspdm_key_verify_data(k, s->finished[KEY_DIRECTION_REQUEST], th2.at, out), TSPDM_OK);
	same(v, "request_verify_data_over_th2", out, h);
	assert_int_equal(tspdm_key_check_verify_data(
				 k, s->finished[KEY_DIRECTION_REQUEST], th2.at, (struct tspdm_view){ out, h }),
		TSPDM_OK);
}

static void check_update(json_t *v, const struct key_schedule *k, struct data_secrets *d, size_t h)
{
	static const char *const names[KEY_DIRECTIONS][3] = {
		{ "request_direction_data_secret", "request_data_key", "request_data_iv" },
		{ "response_direction_data_secret", "response_data_key", "response_data_iv" },
	};
	json_t *update = json_object_get(v, "key_update_1");

	assert_non_null(update);
	for (size_t i = 0; i < KEY_DIRECTIONS; i++) {
		assert_int_equal(tspdm_key_update(k, d->direction[i], d->direction[i]), TSPDM_OK);
		same(update, names[i][0], d->direction[i], h);
		check_record_keys(update, k, d->direction[i], names[i][1], names[i][2]);
	}
}

static void check_schedule(json_t *v, enum key_source source)
{
	struct key_schedule k = schedule_of(v);
	size_t h = tspdm_algorithm_size(TSPDM_KIND_HASH, k.hash);
	struct bytes ikm = hex(v, "ikm"), th1 = hex(v, "th1"), th2 = hex(v, "th2");
	struct handshake_secrets s;
	struct data_secrets d;
	static const uint8_t zeros[TSPDM_HASH_MAX];

	check_bin_strs(v, &k, h);
	check_intermediate(v, &k, source, h);
	assert_int_equal(tspdm_key_handshake(&k, source, view(&ikm), th1.at, &s), TSPDM_OK);
	same(v, "request_direction_handshake_secret", s.direction[KEY_DIRECTION_REQUEST], h);
	same(v, "response_direction_handshake_secret", s.direction[KEY_DIRECTION_RESPONSE], h);
	same(v, "request_finished_key", s.finished[KEY_DIRECTION_REQUEST], h);
	same(v, "response_finished_key", s.finished[KEY_DIRECTION_RESPONSE], h);
	same(v, "master_secret", s.master, h);
	check_record_keys(v, &k, s.direction[0], "request_handshake_key", "request_handshake_iv");
	check_record_keys(v, &k, s.direction[1], "response_handshake_key", "response_handshake_iv");
	check_verify_data(v, &k, &s, h);
	assert_int_equal(tspdm_key_data(&k, &s, th2.at, &d), TSPDM_OK);
	assert_memory_equal(s.master, zeros, sizeof zeros);
	same(v, "request_direction_data_secret", d.direction[KEY_DIRECTION_REQUEST], h);
	same(v, "response_direction_data_secret", d.direction[KEY_DIRECTION_RESPONSE], h);
	same(v, "export_master_secret", d.export_master, h);
	check_record_keys(v, &k, d.direction[0], "request_data_key", "request_data_iv");
	check_record_keys(v, &k, d.direction[1], "response_data_key", "response_data_iv");
	check_update(v, &k, &d, h);
}

static void check_schedules(const char *list, enum key_source source, size_t at_least)
{
	json_t *all = json_object_get(vectors, list), *v;
	size_t i;

	assert_true(json_array_size(all) >= at_least);
	json_array_foreach(all, i, v) check_schedule(v, source);
}

static void key_schedules_from_dhe_have_the_worked_values(void **state)
{
	(void)state;
	check_schedules("key_schedule", KEY_SOURCE_DHE, 6);
}

static void key_schedules_from_psk_have_the_worked_values(void **state)
{
	(void)state;
	check_schedules("key_schedule_psk", KEY_SOURCE_PSK, 4);
}

/* ---- Signing ---- */

static const struct {
	const char *operation;
	enum signing_use use;
} operations[] = {
	{ "challenge_auth signing", SIGNING_CHALLENGE_AUTH },
	{ "measurements signing", SIGNING_MEASUREMENTS },
	{ "key_exchange_rsp signing", SIGNING_KEY_EXCHANGE_RSP },
	{ "finish signing", SIGNING_FINISH },
	{ "endpoint_info signing", SIGNING_ENDPOINT_INFO },
};

static void input_for(json_t *v, uint32_t hash, const uint8_t *digest, struct signing_input *input)
{
	const char *context = text(v, "spdm_context");
	bool is_responder = strncmp(context, "responder-", 10) == 0;
	enum tspdm_role signer = is_responder ? TSPDM_ROLE_RESPONDER : TSPDM_ROLE_REQUESTER;

	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
		if (strcmp(context + 10, operations[i].operation) == 0) {
			assert_int_equal(tspdm_signing_input(input, version_of(v), signer, operations[i].use,
						 TSPDM_ASYM_ECDSA_P256, hash, digest),
				TSPDM_OK);
			return;
		}
	fail_msg("no such context: %s", context);
}

static void signing_prefixes_have_the_worked_values(void **state)
{
	json_t *all = json_object_get(vectors, "combined_spdm_prefix"), *v;
	uint8_t digest[TSPDM_HASH_MAX] = { 0x5A };
	struct signing_input input;
	size_t i;

	(void)state;
	assert_true(json_array_size(all) >= 19);
	json_array_foreach(all, i, v)
	{
		input_for(v, TSPDM_HASH_SHA384, digest, &input);
		assert_int_equal(input.tbs.data.len, SIGNING_PREFIX_LEN + 48);
		same(v, "combined_spdm_prefix", input.tbs.data.ptr, SIGNING_PREFIX_LEN);
		assert_memory_equal(input.tbs.data.ptr + SIGNING_PREFIX_LEN, digest, 48);
	}
}

static void digest_of(uint32_t algorithm_bit, struct tspdm_view data, uint8_t *out)
{
	struct tspdm_hash *hash;

	assert_int_equal(crypto->ops->hash_new(crypto, algorithm_bit, &hash), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_update(crypto, hash, data), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_final(crypto, hash, out), TSPDM_OK);
	crypto->ops->hash_free(crypto, hash);
}

static void the_message_to_be_signed_has_the_worked_value(void **state)
{
	json_t *v = json_object_get(vectors, "message_M_example");
	struct bytes digest = hex(v, "transcript_hash");
	struct signing_input input;
	uint8_t out[TSPDM_HASH_MAX];

	(void)state;
	input_for(v, TSPDM_HASH_SHA256, digest.at, &input);
	same(v, "M", input.tbs.data.ptr, input.tbs.data.len);
	digest_of(TSPDM_HASH_SHA256, input.tbs.data, out);
	same(v, "sha256_of_M", out, 32);
}

/* ---- Records ---- */

static void nonces_have_the_worked_values(void **state)
{
	json_t *all = json_object_get(vectors, "aead_iv"), *v;
	uint8_t nonce[AEAD_IV_LEN];
	size_t i;

	(void)state;
	assert_true(json_array_size(all) >= 4);
	json_array_foreach(all, i, v)
	{
		struct bytes iv = hex(v, "iv");
		uint64_t sequence = (uint64_t)json_integer_value(json_object_get(v, "sequence_number"));

		tspdm_record_nonce(iv.at, sequence, false, nonce);
		same(v, "record_iv_little_endian", nonce, sizeof nonce);
	}
}

/* Random bytes from the vector: first the count of them, which a stream reduces modulo padding_max + 1. */
static struct bytes random_data;
static bool count_was_drawn;

static enum tspdm_status given_random(struct tspdm_crypto *unused, uint8_t *out, size_t len)
{
	(void)unused;
	if (!count_was_drawn) {
		assert_int_equal(len, 1);
		*out = (uint8_t)random_data.len;
		count_was_drawn = true;
		return TSPDM_OK;
	}
	assert_int_equal(len, random_data.len);
	memcpy(out, random_data.at, len);
	return TSPDM_OK;
}

static struct tspdm_record_config config_of(json_t *v, const struct bytes *key, const struct bytes *iv)
{
	size_t sequence_len = (size_t)json_integer_value(json_object_get(v, "sequence_bytes_on_wire"));

	return (struct tspdm_record_config){
		.size = sizeof(struct tspdm_record_config),
		.crypto = crypto,
		.binding = sequence_len == 2 ? &tspdm_binding_mctp : &tspdm_binding_doe,
		.session_id = SESSION_ID,
		.aead = algorithm(TSPDM_KIND_AEAD, text(v, "aead")),
		.is_mac_only = strcmp(text(v, "mode"), "mac only") == 0,
		.key = view(key),
		.iv = view(iv),
	};
}

/* Seals and opens what the record of a vector holds. */
static void check_record(struct tspdm_record_stream *out, struct tspdm_record_stream *in, json_t *v)
{
	struct bytes data = hex(v, "application_data"), record = hex(v, "record");
	uint8_t room[HEX_MAX];
	struct tspdm_buffer buffer = { .ptr = room, .cap = sizeof room };
	struct tspdm_record_opened opened;

	memcpy(room + tspdm_record_head_len(out), data.at, data.len);
	assert_int_equal(tspdm_record_seal(out, &buffer, data.len), TSPDM_OK);
	same(v, "record", room, buffer.len);
	assert_int_equal(tspdm_record_open(in, record.at, record.len, &opened), TSPDM_OK);
	assert_false(opened.is_pending);
	same(v, "application_data", opened.data.ptr, opened.data.len);
}

static void check_record_vector(json_t *v)
{
	struct bytes key = hex(v, "key"), iv = hex(v, "iv");
	struct tspdm_record_config config = config_of(v, &key, &iv);
	struct tspdm_record_stream memory[2], *in, *out;
	uint64_t sequence = (uint64_t)json_integer_value(json_object_get(v, "sequence_number"));

	random_data = hex(v, "random_data");
	count_was_drawn = false;
	assert_int_equal(tspdm_record_init(&memory[0], sizeof memory[0], &config, &in), TSPDM_OK);
	config.is_seal = true;
	config.padding_max = random_data.len != 0 ? config.binding->random_max : 0;
	assert_int_equal(tspdm_record_init(&memory[1], sizeof memory[1], &config, &out), TSPDM_OK);
	in->current.sequence = out->current.sequence = sequence;
	check_record(out, in, v);
	tspdm_record_wipe(in);
	tspdm_record_wipe(out);
}

static void records_have_the_worked_values(void **state)
{
	json_t *all = json_object_get(vectors, "secured_message_records"), *v;
	const struct tspdm_crypto_ops *ops = crypto->ops;
	struct tspdm_crypto_ops patched = *ops;
	size_t i;

	(void)state;
	assert_true(json_array_size(all) >= 4);
	patched.random = given_random;
	crypto->ops = &patched;
	json_array_foreach(all, i, v) check_record_vector(v);
	crypto->ops = ops;
}

/* ---- The session ---- */

static void append_vca(struct transcript *t, json_t *v)
{
	static const char *const names[][2] = { { "GET_VERSION", "VERSION" }, { "GET_CAPABILITIES", "CAPABILITIES" },
		{ "NEGOTIATE_ALGORITHMS", "ALGORITHMS" } };

	tspdm_transcript_init(t, crypto);
	for (size_t i = 0; i < 3; i++) {
		struct bytes request = hex(v, names[i][0]), response = hex(v, names[i][1]);

		assert_int_equal(tspdm_transcript_vca(t, view(&request), view(&response)), TSPDM_OK);
	}
	assert_int_equal(tspdm_transcript_open(t, TSPDM_V12, TSPDM_HASH_SHA256), TSPDM_OK);
}

static void append(struct session_transcript *t, enum th_part part, const uint8_t *bytes, size_t len)
{
	assert_int_equal(tspdm_session_transcript_append(t, part, (struct tspdm_view){ bytes, len }), TSPDM_OK);
}

static void take(struct session_transcript *t, enum th_use use, uint8_t *digest)
{
	assert_int_equal(tspdm_session_transcript_digest(t, use, digest), TSPDM_OK);
}

static void verify_signature(json_t *v, const struct signing_input *input)
{
	struct bytes leaf = hex(v, "leaf_certificate_der"), root = hex(v, "root_certificate_der"), both = root;
	struct bytes chain = hex(v, "certificate_chain"), signature = hex(v, "signature_r_s");
	struct tspdm_chain_check check = { .hash = TSPDM_HASH_SHA256, .asym = TSPDM_ASYM_ECDSA_P256 };
	struct tspdm_chain_result result;

	memcpy(both.at + both.len, leaf.at, leaf.len);
	both.len += leaf.len;
	check.certificates = view(&both);
	check.root_hash = (struct tspdm_view){ chain.at + 4, 32 };
	check.anchors = view(&root);
	assert_int_equal(crypto->ops->check_chain(crypto, &check, &result), TSPDM_OK);
	assert_int_equal(crypto->ops->verify(crypto, result.leaf_key, &input->tbs, view(&signature)), TSPDM_OK);
	crypto->ops->public_key_free(crypto, result.leaf_key);
}

/* KEY_EXCHANGE and its response: the signature, TH1, ResponderVerifyData. */
static void check_exchange(
	json_t *v, struct session_transcript *t, const struct key_schedule *k, struct handshake_secrets *s)
{
	struct bytes chain = hex(v, "certificate_chain"), request = hex(v, "KEY_EXCHANGE");
	struct bytes response = hex(v, "KEY_EXCHANGE_RSP"), dhe = hex(v, "dhe_secret");
	struct signing_input input;
	uint8_t digest[TSPDM_HASH_MAX];
	size_t unsigned_len = response.len - 64 - 32;

	digest_of(TSPDM_HASH_SHA256, view(&chain), digest);
	same(v, "certificate_chain_digest", digest, 32);
	append(t, TH_RESPONDER_IDENTITY, digest, 32);
	append(t, TH_EXCHANGE, request.at, request.len);
	append(t, TH_EXCHANGE_RSP, response.at, unsigned_len);
	take(t, TH_USE_EXCHANGE_SIGNATURE, digest);
	same(v, "transcript_for_key_exchange_rsp_signature_sha256", digest, 32);
	assert_int_equal(tspdm_signing_input(&input, TSPDM_V12, TSPDM_ROLE_RESPONDER, SIGNING_KEY_EXCHANGE_RSP,
				 TSPDM_ASYM_ECDSA_P256, TSPDM_HASH_SHA256, digest),
		TSPDM_OK);
	same(v, "M", input.tbs.data.ptr, input.tbs.data.len);
	same(v, "signature_r_s", response.at + unsigned_len, 64);
	verify_signature(v, &input);
	append(t, TH_EXCHANGE_SIGNATURE, response.at + unsigned_len, 64);
	take(t, TH_USE_TH1, digest);
	same(v, "th1", digest, 32);
	assert_int_equal(tspdm_key_handshake(k, KEY_SOURCE_DHE, view(&dhe), digest, s), TSPDM_OK);
	assert_int_equal(tspdm_key_verify_data(k, s->finished[KEY_DIRECTION_RESPONSE], digest, digest), TSPDM_OK);
	same(v, "ResponderVerifyData", digest, 32);
	assert_memory_equal(digest, response.at + unsigned_len + 64, 32);
	append(t, TH_EXCHANGE_VERIFY, digest, 32);
}

/* FINISH and its response: RequesterVerifyData and TH2. */
static void check_finish(json_t *v, struct session_transcript *t, const struct key_schedule *k,
	struct handshake_secrets *s, struct data_secrets *d)
{
	struct bytes request = hex(v, "FINISH"), response = hex(v, "FINISH_RSP");
	uint8_t digest[TSPDM_HASH_MAX];

	append(t, TH_FINISH, request.at, 4);
	take(t, TH_USE_FINISH_VERIFY, digest);
	same(v, "finish_hmac_transcript_hash", digest, 32);
	assert_int_equal(tspdm_key_check_verify_data(k, s->finished[KEY_DIRECTION_REQUEST], digest,
				 (struct tspdm_view){ request.at + 4, 32 }),
		TSPDM_OK);
	append(t, TH_FINISH_VERIFY, request.at + 4, 32);
	append(t, TH_FINISH_RSP, response.at, response.len);
	take(t, TH_USE_TH2, digest);
	same(v, "th2", digest, 32);
	assert_int_equal(tspdm_key_data(k, s, digest, d), TSPDM_OK);
}

static void check_session_record(json_t *v, const struct key_schedule *k, const uint8_t *secret)
{
	struct tspdm_record_stream memory[2], *in, *out;
	struct tspdm_record_config config = {
		.size = sizeof config,
		.crypto = crypto,
		.binding = &tspdm_binding_tcp,
		.session_id = SESSION_ID,
		.hash = k->hash,
		.aead = k->aead,
		.spdm_version = k->version,
		.secret = { secret, 32 },
	};

	assert_int_equal(json_integer_value(json_object_get(v, "sequence_number")), 0);
	assert_int_equal(tspdm_record_init(&memory[0], sizeof memory[0], &config, &in), TSPDM_OK);
	config.is_seal = true;
	assert_int_equal(tspdm_record_init(&memory[1], sizeof memory[1], &config, &out), TSPDM_OK);
	check_record(out, in, v);
	tspdm_record_wipe(in);
	tspdm_record_wipe(out);
}

static void check_session_records(
	json_t *v, const struct key_schedule *k, const struct handshake_secrets *s, const struct data_secrets *d)
{
	const struct {
		const char *keys;
		const uint8_t *secret;
	} rows[] = {
		{ "request_handshake", s->direction[0] },
		{ "response_handshake", s->direction[1] },
		{ "request_data", d->direction[0] },
		{ "response_data", d->direction[1] },
	};
	json_t *records = json_object_get(v, "records"), *record;
	size_t i, done = 0;

	json_array_foreach(records, i, record) for (size_t row = 0; row < 4;
						    row++) if (strcmp(text(record, "keys"), rows[row].keys) == 0)
	{
		check_session_record(record, k, rows[row].secret);
		done++;
	}
	assert_int_equal(done, json_array_size(records));
	assert_true(done >= 4);
}

static void the_worked_session_is_reproduced(void **state)
{
	json_t *v = json_object_get(vectors, "full_session_example");
	struct key_schedule k = schedule_of(json_object_get(v, "key_schedule"));
	struct transcript connection;
	struct session_transcript t;
	struct handshake_secrets s;
	struct data_secrets d;

	(void)state;
	check_schedule(json_object_get(v, "key_schedule"), KEY_SOURCE_DHE);
	append_vca(&connection, v);
	assert_int_equal(tspdm_session_transcript_open(&t, &connection, TH_CERTIFICATE), TSPDM_OK);
	check_exchange(v, &t, &k, &s);
	check_finish(v, &t, &k, &s, &d);
	check_session_records(v, &k, &s, &d);
	tspdm_session_transcript_close(&t);
	tspdm_transcript_drop(&connection);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_schedules_from_dhe_have_the_worked_values),
		cmocka_unit_test(key_schedules_from_psk_have_the_worked_values),
		cmocka_unit_test(signing_prefixes_have_the_worked_values),
		cmocka_unit_test(the_message_to_be_signed_has_the_worked_value),
		cmocka_unit_test(nonces_have_the_worked_values),
		cmocka_unit_test(records_have_the_worked_values),
		cmocka_unit_test(the_worked_session_is_reproduced),
	};
	int failed;

	vectors = json_load_file(TSPDM_SHARED_DIR "/vectors/key-schedule.json", 0, NULL);
	if (vectors == NULL) {
		printf("1..0 # SKIP no " TSPDM_SHARED_DIR "/vectors/key-schedule.json\n");
		return 77;
	}
	if (tspdm_openssl_new(&crypto) != TSPDM_OK)
		return 2;
	failed = cmocka_run_group_tests_name("key schedule vectors", tests, NULL, NULL);
	tspdm_openssl_free(crypto);
	json_decref(vectors);
	return failed;
}
