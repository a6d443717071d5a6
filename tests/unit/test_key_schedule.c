/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The key schedule's edges and the order of a session's transcript. The values themselves are held against worked ones in
 * tests/vectors. */
#include "core/key_schedule.h"
#include "core/session_transcript.h"
#include "openssl_support.h"

static const uint8_t th[TSPDM_HASH_MAX] = { 7 };
static const uint8_t zeros[sizeof(struct handshake_secrets)];
static const struct tspdm_view secret = { (const uint8_t *)"a shared secret", 15 };
static const struct tspdm_view nothing = { NULL, 0 };

static struct key_schedule schedule(void **state)
{
	return (struct key_schedule){ *state, TSPDM_HASH_SHA256, TSPDM_AEAD_AES_128_GCM, TSPDM_V12 };
}

/* The blocks of HKDF-Expand, made by hand with HMAC. */
static void expansion_chains_blocks(void **state)
{
	struct key_schedule k = schedule(state);
	uint8_t prk[32] = { 3 }, room[KEY_BIN_STR_MAX], out[80], first[32], second[32];
	struct tspdm_buffer info = { .ptr = room, .cap = sizeof room };
	struct tspdm_view parts[3];

	assert_int_equal(tspdm_key_bin_str(TSPDM_V12, KEY_LABEL_KEY, sizeof out, nothing, &info), TSPDM_OK);
	assert_int_equal(tspdm_key_expand(&k, prk, KEY_LABEL_KEY, nothing, out, sizeof out), TSPDM_OK);
	parts[0] = tspdm_buffer_view(&info);
	parts[1] = from_text("\x01");
	assert_int_equal(
		k.crypto->ops->hmac(*state, k.hash, (struct tspdm_view){ prk, 32 }, parts, 2, first), TSPDM_OK);
	assert_memory_equal(out, first, 32);
	parts[0] = (struct tspdm_view){ first, 32 };
	parts[1] = tspdm_buffer_view(&info);
	parts[2] = from_text("\x02");
	assert_int_equal(
		k.crypto->ops->hmac(*state, k.hash, (struct tspdm_view){ prk, 32 }, parts, 3, second), TSPDM_OK);
	assert_memory_equal(out + 32, second, 32);
	assert_int_equal(tspdm_key_expand(&k, prk, KEY_LABEL_KEY, nothing, out, 255 * 32 + 1), TSPDM_ERR_ARGUMENT);
}

/* openssl kdf -keylen 42 -kdfopt digest:SM3 -kdfopt mode:EXPAND_ONLY -kdfopt hexkey:KEY -kdfopt info:information HKDF, where
 * KEY is 32 times 07; Python's hmac, block by block, has the same. */
static void expansion_by_sm3_is_that_of_the_openssl_command(void **state)
{
	struct key_schedule k = schedule(state);
	struct tspdm_crypto_support support;
	uint8_t prk[32], out[42], room[42];
	struct tspdm_view want = from_hex("3be0ef604c0073245a2d3265d9584ef8259765cd46d4cdc9096ce0f3f02165944203ea82acf6"
					  "66b16edf",
		room, sizeof room);

	k.crypto->ops->supported(k.crypto, &support);
	if ((support.hash & TSPDM_HASH_SM3) == 0)
		skip();
	memset(prk, 7, sizeof prk);
	k.hash = TSPDM_HASH_SM3;
	assert_int_equal(tspdm_key_hkdf_expand(&k, prk, from_text("information"), out, sizeof out), TSPDM_OK);
	assert_memory_equal(out, want.ptr, want.len);
}

static void a_schedule_that_cannot_be_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		uint32_t hash;
		uint8_t version;
		size_t secret_len;
		enum tspdm_status want;
	} rows[] = {
		{ 0, TSPDM_V12, 15, TSPDM_ERR_ARGUMENT },
		{ 3, TSPDM_V12, 15, TSPDM_ERR_ARGUMENT },
		{ 1U << 30, TSPDM_V12, 15, TSPDM_ERR_ARGUMENT },
		{ TSPDM_HASH_SHA256, TSPDM_V12, 0, TSPDM_ERR_ARGUMENT },
		{ TSPDM_HASH_SHA256, TSPDM_V10, 15, TSPDM_ERR_UNSUPPORTED },
		{ TSPDM_HASH_SHA256, 0x15, 15, TSPDM_ERR_UNSUPPORTED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key_schedule k = schedule(state);
		struct handshake_secrets s;

		memset(&s, 0xA5, sizeof s);
		k.hash = rows[i].hash;
		k.version = rows[i].version;
		assert_int_equal(tspdm_key_handshake(&k, KEY_SOURCE_DHE,
					 (struct tspdm_view){ secret.ptr, rows[i].secret_len }, th, &s),
			rows[i].want);
		assert_memory_equal(&s, zeros, sizeof s);
	}
}

static unsigned calls_left;
static const struct tspdm_crypto_ops *true_ops;

static enum tspdm_status counted_hmac(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view key,
	const struct tspdm_view *parts, size_t count, uint8_t *out)
{
	if (calls_left-- == 0)
		return TSPDM_ERR_CRYPTO;
	return true_ops->hmac(crypto, hash, key, parts, count, out);
}

static enum tspdm_status whole_schedule(void **state, struct handshake_secrets *s, struct data_secrets *d)
{
	struct key_schedule k = schedule(state);

	memset(d, 0, sizeof *d);
	TSPDM_TRY(tspdm_key_handshake(&k, KEY_SOURCE_DHE, secret, th, s));
	return tspdm_key_data(&k, s, th, d);
}

static void a_failure_at_any_step_leaves_no_secret(void **state)
{
	struct tspdm_crypto *crypto = *state;
	struct tspdm_crypto_ops broken = *crypto->ops;
	struct handshake_secrets s;
	struct data_secrets d;
	unsigned n = 0;

	true_ops = crypto->ops;
	broken.hmac = counted_hmac;
	crypto->ops = &broken;
	for (calls_left = 0; whole_schedule(state, &s, &d) != TSPDM_OK; calls_left = ++n) {
		assert_memory_equal(&s, zeros, sizeof s);
		assert_memory_equal(&d, zeros, sizeof d);
	}
	crypto->ops = true_ops;
	assert_int_equal(n, 10); /* secret, S0, S1, two finished, salt, master; S2, S3, export */
	tspdm_key_wipe_handshake(&s);
	tspdm_key_wipe_data(&d);
	assert_memory_equal(&s, zeros, sizeof s);
	assert_memory_equal(&d, zeros, sizeof d);
}

static void verify_data_differs_in_any_byte_and_is_refused(void **state)
{
	struct key_schedule k = schedule(state);
	uint8_t out[TSPDM_HASH_MAX];

	assert_int_equal(tspdm_key_verify_data(&k, th, th, out), TSPDM_OK);
	assert_int_equal(tspdm_key_check_verify_data(&k, th, th, (struct tspdm_view){ out, 32 }), TSPDM_OK);
	for (size_t i = 0; i < 32; i++) {
		out[i] ^= 1;
		assert_int_equal(
			tspdm_key_check_verify_data(&k, th, th, (struct tspdm_view){ out, 32 }), TSPDM_ERR_MAC);
		out[i] ^= 1;
		assert_int_equal(tspdm_key_check_verify_data(&k, th, th, (struct tspdm_view){ out, i }), TSPDM_ERR_MAC);
	}
	assert_int_equal(tspdm_key_check_verify_data(&k, th, th, nothing), TSPDM_ERR_MAC);
}

/* ---- The transcript of a session ---- */

enum { NONE = 99, PARTS_MAX = 12, USES = TH_USE_TH2 + 1 };

/* A handshake by its parts; behind which of them each digest is taken, NONE: never. */
static const struct flow {
	enum th_form form;
	size_t count;
	uint8_t parts[PARTS_MAX];
	uint8_t use[USES]; /* the part after which it is taken */
} flows[] = {
	{ TH_CERTIFICATE, 8,
		{ TH_RESPONDER_IDENTITY, TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, TH_EXCHANGE_VERIFY,
			TH_FINISH, TH_FINISH_VERIFY, TH_FINISH_RSP },
		{ TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, NONE, TH_FINISH, NONE, TH_FINISH_RSP } },
	{ TH_CERTIFICATE, 12,
		{ TH_RESPONDER_DIGESTS, TH_RESPONDER_IDENTITY, TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE,
			TH_EXCHANGE_VERIFY, TH_REQUESTER_DIGESTS, TH_REQUESTER_IDENTITY, TH_FINISH, TH_FINISH_SIGNATURE,
			TH_FINISH_VERIFY, TH_FINISH_RSP },
		{ TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, TH_FINISH, TH_FINISH_SIGNATURE, NONE, TH_FINISH_RSP } },
	{ TH_CERTIFICATE_CLEAR, 8,
		{ TH_RESPONDER_IDENTITY, TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, TH_FINISH,
			TH_FINISH_VERIFY, TH_FINISH_RSP, TH_FINISH_RSP_VERIFY },
		{ TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, NONE, TH_FINISH, TH_FINISH_RSP, TH_FINISH_RSP_VERIFY } },
	{ TH_CERTIFICATE_CLEAR, 10,
		{ TH_RESPONDER_IDENTITY, TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, TH_REQUESTER_IDENTITY,
			TH_FINISH, TH_FINISH_SIGNATURE, TH_FINISH_VERIFY, TH_FINISH_RSP, TH_FINISH_RSP_VERIFY },
		{ TH_EXCHANGE_RSP, TH_EXCHANGE_SIGNATURE, TH_FINISH, TH_FINISH_SIGNATURE, TH_FINISH_RSP,
			TH_FINISH_RSP_VERIFY } },
	{ TH_PSK, 6, { TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_VERIFY, TH_FINISH, TH_FINISH_VERIFY, TH_FINISH_RSP },
		{ NONE, TH_EXCHANGE_RSP, NONE, TH_FINISH, NONE, TH_FINISH_RSP } },
	{ TH_PSK_ALONE, 3, { TH_EXCHANGE, TH_EXCHANGE_RSP, TH_EXCHANGE_VERIFY },
		{ NONE, TH_EXCHANGE_RSP, NONE, NONE, NONE, TH_EXCHANGE_VERIFY } },
};

static void open_connection(struct transcript *t, void **state)
{
	tspdm_transcript_init(t, *state);
	assert_int_equal(tspdm_transcript_vca(t, from_text("vca request"), from_text("vca response")), TSPDM_OK);
	assert_int_equal(tspdm_transcript_open(t, TSPDM_V12, TSPDM_HASH_SHA256), TSPDM_OK);
}

/* Each part is one byte, its number. */
static enum tspdm_status add(struct session_transcript *t, uint8_t part)
{
	return tspdm_session_transcript_append(t, (enum th_part)part, (struct tspdm_view){ &part, 1 });
}

static void expect_digest(void **state, const struct flow *flow, size_t parts, const uint8_t *got)
{
	struct tspdm_crypto *crypto = *state;
	uint8_t want[TSPDM_HASH_MAX];
	struct tspdm_hash *hash;

	assert_int_equal(crypto->ops->hash_new(crypto, TSPDM_HASH_SHA256, &hash), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_update(crypto, hash, from_text("vca requestvca response")), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ flow->parts, parts }), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_final(crypto, hash, want), TSPDM_OK);
	crypto->ops->hash_free(crypto, hash);
	assert_memory_equal(got, want, 32);
}

static void check_uses(void **state, const struct flow *flow, size_t parts, struct session_transcript *t)
{
	uint8_t digest[TSPDM_HASH_MAX];

	for (unsigned use = 0; use < USES; use++) {
		bool is_due = flow->use[use] == flow->parts[parts - 1];
		enum tspdm_status status = tspdm_session_transcript_digest(t, (enum th_use)use, digest);

		if (status != (is_due ? TSPDM_OK : TSPDM_ERR_STATE))
			fail_msg("form %u, use %u, after %zu parts: %s", (unsigned)flow->form, use, parts,
				tspdm_status_name(status));
		if (is_due)
			expect_digest(state, flow, parts, digest);
	}
}

static void digests_are_taken_where_the_standard_takes_them(void **state)
{
	struct transcript connection;

	open_connection(&connection, state);
	for (size_t i = 0; i < COUNT(flows); i++) {
		struct session_transcript t;

		assert_int_equal(tspdm_session_transcript_open(&t, &connection, flows[i].form), TSPDM_OK);
		for (size_t n = 0; n < flows[i].count; n++) {
			assert_int_equal(add(&t, flows[i].parts[n]), TSPDM_OK);
			check_uses(state, &flows[i], n + 1, &t);
		}
		tspdm_session_transcript_close(&t);
	}
	tspdm_transcript_drop(&connection);
}

/* Where a handshake with certificates may go on in more than one way. */
static bool is_fork(enum th_form form, uint8_t after, uint8_t part)
{
	uint8_t answered = form == TH_CERTIFICATE_CLEAR ? TH_EXCHANGE_SIGNATURE : TH_EXCHANGE_VERIFY;

	if (form == TH_PSK || form == TH_PSK_ALONE)
		return false;
	if (after == TH_VCA)
		return part == TH_RESPONDER_DIGESTS || part == TH_RESPONDER_IDENTITY;
	if (after == answered)
		return part == TH_REQUESTER_DIGESTS || part == TH_REQUESTER_IDENTITY || part == TH_FINISH;
	return false;
}

/* The flow up to part n, then `part` instead. */
static bool may_go_on(struct transcript *connection, const struct flow *flow, size_t n, uint8_t part)
{
	uint8_t digest[TSPDM_HASH_MAX];
	struct session_transcript t;
	bool is_taken;

	assert_int_equal(tspdm_session_transcript_open(&t, connection, flow->form), TSPDM_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(add(&t, flow->parts[i]), TSPDM_OK);
	is_taken = add(&t, part) == TSPDM_OK;
	if (!is_taken) {
		assert_int_equal(add(&t, n < flow->count ? flow->parts[n] : TH_FINISH), TSPDM_ERR_STATE);
		for (unsigned use = 0; use < USES; use++)
			assert_int_equal(
				tspdm_session_transcript_digest(&t, (enum th_use)use, digest), TSPDM_ERR_STATE);
	}
	tspdm_session_transcript_close(&t);
	return is_taken;
}

static void a_part_out_of_order_closes_the_transcript(void **state)
{
	struct transcript connection;

	open_connection(&connection, state);
	for (size_t i = 0; i < COUNT(flows); i++)
		for (size_t n = 0; n <= flows[i].count; n++)
			for (uint8_t part = 0; part <= TH_FINISH_RSP_VERIFY; part++) {
				uint8_t after = n == 0 ? TH_VCA : flows[i].parts[n - 1];
				bool is_next = n < flows[i].count && flows[i].parts[n] == part;

				if (may_go_on(&connection, &flows[i], n, part) !=
					(is_next || is_fork(flows[i].form, after, part)))
					fail_msg("flow %zu: part %u after part %u", i, part, after);
			}
	tspdm_transcript_drop(&connection);
}

static void a_session_needs_a_connection_with_a_hash(void **state)
{
	struct transcript connection;
	struct session_transcript t;

	tspdm_transcript_init(&connection, *state);
	assert_int_equal(tspdm_session_transcript_open(&t, &connection, TH_PSK), TSPDM_ERR_STATE);
	assert_int_equal(add(&t, TH_EXCHANGE), TSPDM_ERR_STATE);
	tspdm_session_transcript_close(&t);
	tspdm_transcript_drop(&connection);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expansion_chains_blocks),
		TEST(expansion_by_sm3_is_that_of_the_openssl_command),
		TEST(a_schedule_that_cannot_be_is_refused_and_leaves_nothing),
		TEST(a_failure_at_any_step_leaves_no_secret),
		TEST(verify_data_differs_in_any_byte_and_is_refused),
		TEST(digests_are_taken_where_the_standard_takes_them),
		TEST(a_part_out_of_order_closes_the_transcript),
		TEST(a_session_needs_a_connection_with_a_hash),
	};

	return cmocka_run_group_tests_name("key_schedule", tests, new_crypto, free_crypto);
}
