/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Secured messages: a record sealed and opened, beside the AEAD calls alone, for each suite and length. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/record.h>

#include "bench.h"

enum { LENGTHS = 4, LENGTH_MAX = 65536, IV_LEN = 12, TAG_LEN = 16, KEY_MAX = 32, SAMPLE_BYTES = 1 << 18 };

static const size_t lengths[LENGTHS] = { 64, 1024, 16384, LENGTH_MAX };

static const struct cipher {
	const char *name;
	const char *openssl;
	uint32_t aead;
	size_t key_len;
} ciphers[] = {
	{ "AES-128-GCM", "AES-128-GCM", TSPDM_AEAD_AES_128_GCM, 16 },
	{ "AES-256-GCM", "AES-256-GCM", TSPDM_AEAD_AES_256_GCM, 32 },
	{ "ChaCha20-Poly1305", "ChaCha20-Poly1305", TSPDM_AEAD_CHACHA20_POLY1305, 32 },
};
enum { CIPHERS = sizeof ciphers / sizeof ciphers[0] };

struct stream {
	struct tspdm_crypto *crypto;
	struct tspdm_record_stream *seal, *open;
	void *memory[2];
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *in, *out;
	uint8_t *room;
};

static const uint8_t key[KEY_MAX] = "a key of thirty-two bytes or so";
static const uint8_t iv[IV_LEN] = "nonce";

static struct tspdm_record_stream *make_stream(struct stream *s, const struct cipher *c, bool is_seal)
{
	const struct tspdm_record_config config = {
		.size = sizeof config,
		.crypto = s->crypto,
		.binding = &tspdm_binding_tcp,
		.session_id = 1,
		.aead = c->aead,
		.spdm_version = TSPDM_V12,
		.is_seal = is_seal,
		.key = { key, c->key_len },
		.iv = { iv, sizeof iv },
	};
	struct tspdm_record_stream *stream;

	s->memory[is_seal] = malloc(tspdm_record_size());
	CHECK(s->memory[is_seal] != NULL);
	CHECK(tspdm_record_init(s->memory[is_seal], tspdm_record_size(), &config, &stream) == TSPDM_OK);
	return stream;
}

static void open_streams(struct stream *s, const struct cipher *c)
{
	CHECK(tspdm_openssl_new(&s->crypto) == TSPDM_OK);
	s->seal = make_stream(s, c, true);
	s->open = make_stream(s, c, false);
	s->cipher = EVP_CIPHER_fetch(NULL, c->openssl, NULL);
	s->in = EVP_CIPHER_CTX_new();
	s->out = EVP_CIPHER_CTX_new();
	s->room = calloc(1, LENGTH_MAX + 256);
	CHECK(s->cipher != NULL && s->in != NULL && s->out != NULL && s->room != NULL);
	CHECK(EVP_EncryptInit_ex2(s->in, s->cipher, key, iv, NULL) == 1);
	CHECK(EVP_DecryptInit_ex2(s->out, s->cipher, key, iv, NULL) == 1);
}

static void close_streams(struct stream *s)
{
	tspdm_record_wipe(s->seal);
	tspdm_record_wipe(s->open);
	free(s->memory[0]);
	free(s->memory[1]);
	EVP_CIPHER_CTX_free(s->in);
	EVP_CIPHER_CTX_free(s->out);
	EVP_CIPHER_free(s->cipher);
	free(s->room);
	tspdm_openssl_free(s->crypto);
}

/* In place, there and back. */
static void run_record(struct stream *s, size_t len)
{
	struct tspdm_buffer record = { s->room, LENGTH_MAX + 256, 0 };
	struct tspdm_record_opened opened;

	CHECK(tspdm_record_seal(s->seal, &record, len) == TSPDM_OK);
	CHECK(tspdm_record_open(s->open, s->room, record.len, &opened) == TSPDM_OK);
	CHECK(opened.data.len == len);
}

/* What a record is at least: the associated data, the application data behind its length, the tag; contexts keep the key. */
static void run_floor(struct stream *s, size_t len)
{
	uint8_t tag[TAG_LEN], associated[14] = { 1 };
	int written, more;

	CHECK(EVP_EncryptInit_ex2(s->in, NULL, NULL, iv, NULL) == 1);
	CHECK(EVP_EncryptUpdate(s->in, NULL, &written, associated, sizeof associated) == 1);
	CHECK(EVP_EncryptUpdate(s->in, s->room, &written, s->room, (int)len + 2) == 1);
	CHECK(EVP_EncryptFinal_ex(s->in, s->room + written, &more) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(s->in, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);
	CHECK(EVP_DecryptInit_ex2(s->out, NULL, NULL, iv, NULL) == 1);
	CHECK(EVP_DecryptUpdate(s->out, NULL, &written, associated, sizeof associated) == 1);
	CHECK(EVP_DecryptUpdate(s->out, s->room, &written, s->room, (int)len + 2) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(s->out, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1);
	CHECK(EVP_DecryptFinal_ex(s->out, s->room + written, &more) == 1);
}

static double time_of(struct stream *s, size_t len, void (*run)(struct stream *s, size_t len))
{
	unsigned repeat = (unsigned)(SAMPLE_BYTES / (len + 1024)) + 1;
	uint64_t begun = bench_now_ns();

	for (unsigned i = 0; i < repeat; i++)
		run(s, len);
	return (double)(bench_now_ns() - begun) / 1000 / repeat;
}

static json_t *row_of(struct stream *s, const struct cipher *c, size_t len, unsigned rounds)
{
	static struct series run, floor, ratio;
	struct heap heap;

	run.count = floor.count = ratio.count = 0;
	run_record(s, len);
	run_floor(s, len);
	bench_heap_start();
	run_record(s, len);
	heap = bench_heap_stop();
	for (unsigned round = 0; round < rounds; round++) {
		double bare = round % 2 != 0 ? time_of(s, len, run_floor) : 0;
		double taken = time_of(s, len, run_record);

		if (round % 2 == 0)
			bare = time_of(s, len, run_floor);
		bench_add(&run, taken);
		bench_add(&floor, bare);
		bench_add(&ratio, taken / bare);
	}
	return json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "suite", c->name, "bytes", (json_int_t)len,
		"allocations", (json_int_t)(heap.own_count + heap.openssl_count), "tspdm_us", bench_quantile(&run, 0.5),
		"floor_us", bench_quantile(&floor, 0.5), "ratio", bench_quantile(&ratio, 0.5), "ratio_p10",
		bench_quantile(&ratio, 0.1), "ratio_p90", bench_quantile(&ratio, 0.9));
}

/* A record's length has two bytes: 64 KiB of data are a little too much for one. */
static size_t longest(const struct stream *s, size_t len)
{
	size_t most = tspdm_record_data_max(s->seal);

	return len < most ? len : most;
}

json_t *bench_records(unsigned rounds)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < CIPHERS; i++) {
		struct stream s = { NULL };

		open_streams(&s, &ciphers[i]);
		for (unsigned k = 0; k < LENGTHS; k++)
			json_array_append_new(rows, row_of(&s, &ciphers[i], longest(&s, lengths[k]), rounds));
		close_streams(&s);
	}
	return rows;
}
