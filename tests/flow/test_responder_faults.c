/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The n-th call of the crypto vtable fails, for every n until nothing fails any more: each time one request is answered
 * with Unspecified, nothing leaks (valgrind), and the same request again is answered as if nothing had been. */
#include "responder_signature.h"

struct failing_crypto {
	struct tspdm_crypto base;
	struct tspdm_crypto *real;
	unsigned left; /* calls until the one that fails; UINT_MAX: none */
	bool has_failed;
};

static bool fails(struct tspdm_crypto *crypto)
{
	struct failing_crypto *f = (struct failing_crypto *)crypto;

	if (f->left == UINT32_MAX || f->left-- != 0)
		return false;
	f->left = UINT32_MAX;
	f->has_failed = true;
	return true;
}

static struct tspdm_crypto *real_of(struct tspdm_crypto *crypto)
{
	return ((struct failing_crypto *)crypto)->real;
}

static void f_supported(struct tspdm_crypto *crypto, struct tspdm_crypto_support *out)
{
	real_of(crypto)->ops->supported(real_of(crypto), out);
}

static enum tspdm_status f_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	return fails(crypto) ? TSPDM_ERR_RANDOM : real_of(crypto)->ops->random(real_of(crypto), out, len);
}

static enum tspdm_status f_hash_new(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_hash **out)
{
	return fails(crypto) ? TSPDM_ERR_MEMORY : real_of(crypto)->ops->hash_new(real_of(crypto), hash, out);
}

/* A status of the "form" class: it must not be mistaken for the request's fault. */
static enum tspdm_status f_hash_reset(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	return fails(crypto) ? TSPDM_ERR_FIELD : real_of(crypto)->ops->hash_reset(real_of(crypto), hash);
}

static enum tspdm_status f_hash_update(struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data)
{
	return fails(crypto) ? TSPDM_ERR_UNSUPPORTED : real_of(crypto)->ops->hash_update(real_of(crypto), hash, data);
}

static enum tspdm_status f_hash_copy(struct tspdm_crypto *crypto, struct tspdm_hash *to, const struct tspdm_hash *from)
{
	return fails(crypto) ? TSPDM_ERR_CRYPTO : real_of(crypto)->ops->hash_copy(real_of(crypto), to, from);
}

static enum tspdm_status f_hash_final(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out)
{
	return fails(crypto) ? TSPDM_ERR_SLOT : real_of(crypto)->ops->hash_final(real_of(crypto), hash, out);
}

static void f_hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	real_of(crypto)->ops->hash_free(real_of(crypto), hash);
}

static const struct tspdm_crypto_ops failing_ops = {
	.size = sizeof failing_ops,
	.name = "failing",
	.supported = f_supported,
	.random = f_random,
	.hash_new = f_hash_new,
	.hash_reset = f_hash_reset,
	.hash_update = f_hash_update,
	.hash_copy = f_hash_copy,
	.hash_final = f_hash_final,
	.hash_free = f_hash_free,
};

/* Sends a request; once more if it fails by the injected fault. */
static struct tspdm_view ask(struct rig *rig, struct failing_crypto *crypto, struct tspdm_view request)
{
	static uint8_t copy[64]; /* the builders have one buffer each */
	bool had_failed = crypto->has_failed;

	memcpy(copy, request.ptr, request.len);
	rig_send(rig, request);
	if (crypto->has_failed && !had_failed && error_of(rig->response) != -1) {
		assert_error(rig->response, TSPDM_ERROR_UNSPECIFIED);
		assert_int_equal(rig->response.len, 4);
		rig_send(rig, (struct tspdm_view){ copy, request.len });
	}
	assert_int_equal(rig->response.ptr[1] | 0x80, copy[1]);
	return rig->response;
}

/* Signed, and over just what was answered: a half-hashed exchange would show. */
static void ask_signed(struct rig *rig, struct failing_crypto *crypto, struct tspdm_view request, const char *context,
	struct bytes *transcript)
{
	uint8_t copy[64];
	struct tspdm_view response;

	memcpy(copy, request.ptr, request.len);
	response = ask(rig, crypto, request);
	put(transcript, (struct tspdm_view){ copy, request.len });
	put(transcript, part(response, 0, response.len - SIGNATURE));
	assert_true(is_signed(rig, context, transcript, part(response, response.len - SIGNATURE, SIGNATURE)));
}

static void run_flow(struct rig *rig, struct failing_crypto *crypto)
{
	static struct bytes vca, m;
	const struct tspdm_view opening[] = { { rig_get_version, 4 }, rig_get_capabilities(rig),
		{ rig_negotiate, 32 } };
	const struct tspdm_view b[] = { VIEW(0x12, 0x81, 0, 0), VIEW(0x12, 0x82, 0, 0, 0, 0, 0xFF, 0xFF) };

	vca.len = 0;
	for (size_t i = 0; i < COUNT(opening); i++) {
		struct tspdm_view response = ask(rig, crypto, opening[i]);

		put(&vca, opening[i]);
		put(&vca, response);
	}
	m = vca;
	for (size_t i = 0; i < COUNT(b); i++) {
		struct tspdm_view response = ask(rig, crypto, b[i]);

		put(&m, b[i]);
		put(&m, response);
	}
	ask_signed(rig, crypto, challenge(0, 0xFF), "responder-challenge_auth signing", &m);
	m = vca;
	ask_signed(rig, crypto, get_measurements(3, 0xFD, 0), "responder-measurements signing", &m);
	m = vca;
	ask_signed(rig, crypto, get_measurements(1, 0xFF, 0), "responder-measurements signing", &m);
	ask(rig, crypto, get_measurements(0, 1, 0));
}

static void any_failure_of_the_backend_fails_one_request_only(void **state)
{
	unsigned n = 0;
	bool has_failed = true;

	(void)state;
	for (; has_failed; n++) {
		struct rig *rig = rig_new();
		struct failing_crypto crypto = { .base = { &failing_ops }, .real = rig->crypto, .left = n };

		assert_true(n < 1000);
		rig->config.crypto = &crypto.base;
		rig_start(rig);
		run_flow(rig, &crypto);
		has_failed = crypto.has_failed;
		rig_free(rig);
	}
	print_message("# %u calls\n", n - 1);
	assert_true(n > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(any_failure_of_the_backend_fails_one_request_only) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
