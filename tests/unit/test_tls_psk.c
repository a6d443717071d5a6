/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TLS by pre-shared key: both ends in one thread, and what either says when the other has not the right one. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <tspdm/tls.h>

#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(text)                                                                                                     \
	{                                                                                                              \
		(const uint8_t *)(text), sizeof(text) - 1                                                              \
	}

enum { ROUNDS = 1000 /* of a dialogue; it takes a handful */ };

static const struct tspdm_psk keys[] = {
	{ TEXT("guest-7"), TEXT("0123456789abcdef0123456789abcdef") },
	{ TEXT("guest-8"), TEXT("fedcba9876543210") },
	{ TEXT("guest-77"), TEXT("a third one, of another identity") },
};
static const struct tspdm_psk other_secret = { TEXT("guest-7"), TEXT("0123456789abcdef0123456789abcdeF") };
static const struct tspdm_psk longer_secret = { TEXT("guest-7"), TEXT("0123456789abcdef0123456789abcdef0") };
static const struct tspdm_psk other_id = { TEXT("guest-9"), TEXT("0123456789abcdef0123456789abcdef") };
static const struct tspdm_psk id_begins_so = { TEXT("guest-"), TEXT("0123456789abcdef0123456789abcdef") };
static const struct tspdm_psk id_of_another = { TEXT("guest-8"), TEXT("0123456789abcdef0123456789abcdef") };

static struct tspdm_tls_context *new_context(bool is_server, const struct tspdm_psk *psks, size_t count)
{
	const struct tspdm_tls_config config = {
		.size = sizeof config, .is_server = is_server, .psks = psks, .psk_count = count
	};
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_tls_context *context = NULL;

	if (tspdm_tls_context_new(&config, &context, &why) != TSPDM_OK)
		fail_msg("%s", why.text);
	return context;
}

/* Client and server, and how far each has come. */
struct rig {
	struct tspdm_tls_context *contexts[2];
	struct tspdm_tls *ends[2];
	enum tspdm_status status[2];
	int fds[2];
};

/* A handshake to its end, whatever that is: an end that has failed hangs up, so that the other sees it. A client of TLS 1.3
 * is through before the server has judged it; what it reads then, a byte or the refusal, tells. */
static struct rig shake_hands(struct tspdm_tls_context *client, struct tspdm_tls_context *server)
{
	struct rig rig = { .contexts = { client, server }, .status = { TSPDM_AGAIN, TSPDM_AGAIN } };
	uint8_t byte[1] = { 0x5A }, got[4];
	struct tspdm_buffer in = { got, sizeof got, 0 };
	struct tspdm_view left = { byte, 1 };
	short events = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, rig.fds), 0);
	assert_int_equal(tspdm_tls_new(client, rig.fds[0], "host", &rig.ends[0]), TSPDM_OK);
	assert_int_equal(tspdm_tls_new(server, rig.fds[1], NULL, &rig.ends[1]), TSPDM_OK);
	for (unsigned i = 0; i < ROUNDS && (rig.status[0] == TSPDM_AGAIN || rig.status[1] == TSPDM_AGAIN); i++) {
		if (rig.status[0] == TSPDM_AGAIN)
			rig.status[0] = tspdm_tls_read(rig.ends[0], &in, &events);
		else if (rig.status[0] != TSPDM_OK)
			(void)shutdown(rig.fds[0], SHUT_WR);
		if (rig.status[1] == TSPDM_AGAIN)
			rig.status[1] = tspdm_tls_write(rig.ends[1], &left, &events);
		else if (rig.status[1] != TSPDM_OK)
			(void)shutdown(rig.fds[1], SHUT_WR);
	}
	return rig;
}

static void free_rig(struct rig *rig)
{
	for (size_t i = 0; i < 2; i++) {
		tspdm_tls_free(rig->ends[i]);
		tspdm_tls_context_free(rig->contexts[i]);
		close(rig->fds[i]);
	}
}

static void who_has_the_key_is_let_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(keys); i++) {
		struct rig rig = shake_hands(new_context(false, &keys[i], 1), new_context(true, keys, LEN(keys)));
		uint8_t channels[2][TSPDM_CHANNEL_LEN];

		assert_int_equal(rig.status[0], TSPDM_OK);
		assert_int_equal(rig.status[1], TSPDM_OK);
		for (size_t end = 0; end < 2; end++)
			assert_int_equal(tspdm_tls_channel(rig.ends[end], channels[end]), TSPDM_OK);
		assert_memory_equal(channels[0], channels[1], TSPDM_CHANNEL_LEN);
		free_rig(&rig);
	}
}

/* The key is the same, the ephemeral exchange is not. */
static void two_connections_by_one_key_have_two_channels(void **state)
{
	(void)state;
	uint8_t channels[2][TSPDM_CHANNEL_LEN];

	for (size_t i = 0; i < 2; i++) {
		struct rig rig = shake_hands(new_context(false, keys, 1), new_context(true, keys, 1));

		assert_int_equal(tspdm_tls_channel(rig.ends[1], channels[i]), TSPDM_OK);
		free_rig(&rig);
	}
	assert_memory_not_equal(channels[0], channels[1], TSPDM_CHANNEL_LEN);
}

static void the_longest_identity_and_secret_do(void **state)
{
	(void)state;
	uint8_t id[TSPDM_TLS_PSK_ID_MAX], secret[TSPDM_PSK_MAX];
	const struct tspdm_psk psk = { { id, sizeof id }, { secret, sizeof secret } };
	struct tspdm_tls_context *client = NULL, *server = NULL;
	struct rig rig;

	memset(id, 0, sizeof id);
	memset(secret, 0xA5, sizeof secret);
	client = new_context(false, &psk, 1);
	server = new_context(true, &psk, 1);
	memset(secret, 0, sizeof secret); /* they have copies */
	rig = shake_hands(client, server);
	assert_int_equal(rig.status[0], TSPDM_OK);
	assert_int_equal(rig.status[1], TSPDM_OK);
	free_rig(&rig);
}

static void who_has_not_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const struct tspdm_psk *client, *server; /* NULL: certificates */
		enum tspdm_status client_says, server_says;
		const char *client_words, *server_words;
	} rows[] = {
		{ "another secret", &other_secret, keys, TSPDM_ERR_TLS, TSPDM_ERR_MAC, "does the peer have this",
			"another pre-shared key" },
		{ "a longer secret", &longer_secret, keys, TSPDM_ERR_TLS, TSPDM_ERR_MAC, "does the peer have this",
			"another pre-shared key" },
		{ "the secret of another identity", &id_of_another, keys, TSPDM_ERR_TLS, TSPDM_ERR_MAC,
			"does the peer have this", "another pre-shared key" },
		{ "another identity", &other_id, keys, TSPDM_ERR_TLS, TSPDM_ERR_PSK, "does the peer have this",
			"identity that is known" },
		{ "an identity that begins so", &id_begins_so, keys, TSPDM_ERR_TLS, TSPDM_ERR_PSK,
			"does the peer have this", "identity that is known" },
		{ "a client without a key", NULL, keys, TSPDM_ERR_TLS, TSPDM_ERR_PSK, "", "identity that is known" },
		{ "a server without a key", keys, NULL, TSPDM_ERR_PSK, TSPDM_ERR_TLS, "shows a certificate instead",
			"" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct rig rig = shake_hands(new_context(false, rows[i].client, rows[i].client != NULL),
			new_context(true, rows[i].server, rows[i].server != NULL ? LEN(keys) : 0));
		const char *said[] = { tspdm_tls_error(rig.ends[0]), tspdm_tls_error(rig.ends[1]) };

		if (rig.status[0] != rows[i].client_says || strstr(said[0], rows[i].client_words) == NULL)
			fail_msg("%s: the client: %s: %s", rows[i].name, tspdm_status_text(rig.status[0]), said[0]);
		if (rows[i].server != NULL && rig.status[1] != rows[i].server_says)
			fail_msg("%s: the server: %s: %s", rows[i].name, tspdm_status_text(rig.status[1]), said[1]);
		if (strstr(said[1], rows[i].server_words) == NULL)
			fail_msg("%s: the server says: %s", rows[i].name, said[1]);
		free_rig(&rig);
	}
}

static void what_is_no_key_for_tls_is_refused(void **state)
{
	(void)state;
	static const uint8_t zeros[TSPDM_PSK_MAX + 1];
	const struct tspdm_view text = TEXT("-----BEGIN");
	const struct tspdm_psk no_id = { { zeros, 0 }, { zeros, 32 } }, short_secret = { { zeros, 1 }, { zeros, 15 } },
			       long_id = { { zeros, TSPDM_TLS_PSK_ID_MAX + 1 }, { zeros, 32 } },
			       long_secret = { { zeros, 1 }, { zeros, TSPDM_PSK_MAX + 1 } };
	const struct {
		const char *words;
		struct tspdm_tls_config config;
	} rows[] = {
		{ "1 to 128 bytes", { .psks = &no_id, .psk_count = 1 } },
		{ "1 to 128 bytes", { .psks = &long_id, .psk_count = 1, .is_server = true } },
		{ "16 to 512 bytes", { .psks = &short_secret, .psk_count = 1 } },
		{ "16 to 512 bytes", { .psks = &long_secret, .psk_count = 1, .is_server = true } },
		{ "fewer keys", { .psk_count = 1 } },
		{ "one pre-shared key", { .psks = keys, .psk_count = 2 } },
		{ "too many", { .psks = keys, .psk_count = TSPDM_TLS_PSKS_MAX + 1, .is_server = true } },
		{ "no certificates", { .psks = keys, .psk_count = 1, .trust = text } },
		{ "no certificates", { .psks = keys, .psk_count = 1, .certificate = text, .key = text } },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_tls_config config = rows[i].config;
		struct tspdm_tls_context *context = NULL;
		struct tspdm_endpoint_error why = { "" };

		config.size = sizeof config;
		assert_int_equal(tspdm_tls_context_new(&config, &context, &why), TSPDM_ERR_ARGUMENT);
		assert_null(context);
		if (strstr(why.text, rows[i].words) == NULL)
			fail_msg("%zu: %s", i, why.text);
	}
}

/* ---- Peers with other settings for the same key ---- */

static int plain_session(SSL *ssl, SSL_SESSION **session)
{
	static const uint8_t suite[] = { 0x13, 0x01 };

	*session = SSL_SESSION_new();
	assert_int_equal(SSL_SESSION_set1_master_key(*session, keys[0].secret.ptr, keys[0].secret.len), 1);
	assert_int_equal(SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite)), 1);
	assert_int_equal(SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION), 1);
	return 1;
}

static int plain_offers(SSL *ssl, const EVP_MD *hash, const unsigned char **id, size_t *id_len, SSL_SESSION **session)
{
	(void)hash;
	*id = keys[0].hint.ptr;
	*id_len = keys[0].hint.len;
	return plain_session(ssl, session);
}

static int plain_finds(SSL *ssl, const unsigned char *id, size_t id_len, SSL_SESSION **session)
{
	assert_int_equal(id_len, keys[0].hint.len);
	assert_memory_equal(id, keys[0].hint.ptr, id_len);
	return plain_session(ssl, session);
}

static SSL_CTX *plain_context(bool is_server, const char *suites, const char *groups)
{
	SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());

	assert_non_null(ctx);
	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, suites), 1);
	assert_int_equal(SSL_CTX_set1_groups_list(ctx, groups), 1);
	if (is_server)
		SSL_CTX_set_psk_find_session_callback(ctx, plain_finds);
	else
		SSL_CTX_set_psk_use_session_callback(ctx, plain_offers);
	return ctx;
}

static bool meets_plain(bool is_plain_server, const char *suites, const char *groups)
{
	struct tspdm_tls_context *context = new_context(!is_plain_server, keys, 1);
	SSL_CTX *ctx = plain_context(is_plain_server, suites, groups);
	SSL *plain = SSL_new(ctx);
	struct tspdm_tls *end = NULL;
	bool is_done[2] = { false, false };
	short events = 0;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(tspdm_tls_new(context, fds[1], NULL, &end), TSPDM_OK);
	assert_int_equal(SSL_set_fd(plain, fds[0]), 1);
	for (unsigned i = 0; i < ROUNDS && (!is_done[0] || !is_done[1]); i++) {
		is_done[0] = (is_plain_server ? SSL_accept(plain) : SSL_connect(plain)) == 1;
		is_done[1] = tspdm_tls_handshake(end, &events) == TSPDM_OK;
	}
	SSL_free(plain);
	SSL_CTX_free(ctx);
	tspdm_tls_free(end);
	tspdm_tls_context_free(context);
	close(fds[0]);
	close(fds[1]);
	return is_done[0] && is_done[1];
}

static void other_peers_are_met_by_the_hash_of_the_key(void **state)
{
	(void)state;
	static const struct {
		const char *suites;
		bool is_met;
	} rows[] = {
		{ "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", true },
		{ "TLS_AES_128_GCM_SHA256", true },
		{ "TLS_CHACHA20_POLY1305_SHA256", true },
		{ "TLS_AES_256_GCM_SHA384", false },
	};

	for (size_t i = 0; i < LEN(rows); i++)
		for (unsigned is_server = 0; is_server < 2; is_server++)
			if (meets_plain(is_server != 0, rows[i].suites, "X25519:P-256") != rows[i].is_met)
				fail_msg("%s: %s", is_server ? "server" : "client", rows[i].suites);
}

/* A server that wants another group than that of the first share asks for a second hello, and the binder is made anew. */
static void a_second_hello_offers_the_key_again(void **state)
{
	(void)state;
	assert_true(meets_plain(true, "TLS_AES_128_GCM_SHA256", "P-384"));
	assert_true(meets_plain(true, "TLS_CHACHA20_POLY1305_SHA256", "P-521"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_the_key_is_let_in),
		cmocka_unit_test(two_connections_by_one_key_have_two_channels),
		cmocka_unit_test(the_longest_identity_and_secret_do),
		cmocka_unit_test(who_has_not_is_refused),
		cmocka_unit_test(what_is_no_key_for_tls_is_refused),
		cmocka_unit_test(other_peers_are_met_by_the_hash_of_the_key),
		cmocka_unit_test(a_second_hello_offers_the_key_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
