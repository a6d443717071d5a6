/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester that does in sessions all that there is to do, and says what fails: session-opener URL ROOT FORM [SIZE],
 * where FORM is encrypted, clear, mac or mac-clear, and says which sessions are wanted, and SIZE is DataTransferSize.
 * session-opener URL ROOT psk|psk-mac HINT SECRET opens them by a pre-shared key; where ROOT is "-" the peer has no
 * certificates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/transport.h>

#define PSK (TSPDM_CAP_PSK | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)
#define BASIC (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)

enum { MESSAGE_MAX = 4096, LARGE_MAX = 65000 };

static uint8_t request[1024], record[MESSAGE_MAX + 64], chain[65536], measurements[65536], root[8192];
static uint8_t large[LARGE_MAX];
static struct tspdm_requester *requester;
static struct tspdm_transport *transport;
static struct tspdm_psk key; /* no hint: sessions are opened by certificate */
static bool has_key, is_anonymous;

static const struct {
	const char *name;
	uint32_t capabilities;
} forms[] = {
	{ "encrypted", BASIC | TSPDM_CAP_ENCRYPT },
	{ "clear", BASIC | TSPDM_CAP_ENCRYPT | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR },
	{ "mac", BASIC },
	{ "mac-clear", BASIC | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR },
	{ "psk", PSK | TSPDM_CAP_ENCRYPT },
	{ "psk-mac", PSK },
};

static void check(const char *what, enum tspdm_status status)
{
	if (status == TSPDM_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, tspdm_status_name(status));
	if (requester != NULL)
		fprintf(stderr, "%s, peer error %u\n", tspdm_requester_error(requester)->clause,
			tspdm_requester_error(requester)->peer_error);
	exit(1);
}

static void run(const char *what, enum tspdm_status begun)
{
	check(what, begun);
	check(what, tspdm_run(requester, transport));
}

static void measure(void)
{
	const struct tspdm_measure once = { .operation = TSPDM_MEASUREMENT_ALL,
		.is_signed = !is_anonymous,
		.record = measurements,
		.record_cap = sizeof measurements };
	struct tspdm_measure series = once;

	series.one_by_one = true;
	run("measure", tspdm_requester_measure(requester, &once));
	if (tspdm_requester_measured(requester)->is_verified == is_anonymous)
		check("measure", TSPDM_ERR_SIGNATURE);
	run("measure one by one", tspdm_requester_measure(requester, &series));
	if (!is_anonymous)
		run("digests", tspdm_requester_get_digests(requester));
}

static uint32_t open_session(void)
{
	const struct tspdm_open_session how = { .summary_type = TSPDM_SUMMARY_ALL };
	const struct tspdm_open_psk_session by_key = { .hint = key.hint, .summary_type = TSPDM_SUMMARY_ALL };

	run("open", has_key ? tspdm_requester_open_psk_session(requester, &by_key)
			    : tspdm_requester_open_session(requester, &how));
	return tspdm_requester_opened(requester);
}

static void use(uint32_t id)
{
	struct tspdm_session_info info;

	check("info", tspdm_requester_session(requester, id, &info));
	if (info.heartbeat_s != 0)
		run("heartbeat", tspdm_requester_heartbeat(requester, id));
	for (unsigned i = 0; i < 10; i++)
		run("update", tspdm_requester_update_keys(requester, id, i % 2 == 0));
	check("use", tspdm_requester_use_session(requester, id));
	measure();
	check("use", tspdm_requester_use_session(requester, 0));
}

static struct tspdm_view read_root(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t len = file != NULL ? fread(root, 1, sizeof root, file) : 0;

	if (file != NULL)
		fclose(file);
	return (struct tspdm_view){ root, len };
}

static uint32_t capabilities_of(const char *form)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i].name, form) == 0)
			return forms[i].capabilities;
	return 0;
}

int main(int argc, char **argv)
{
	void *sessions = malloc(2 * tspdm_session_size());
	struct tspdm_requester_config config = { .size = sizeof config,
		.request = request,
		.request_len = sizeof request,
		.max_message = MESSAGE_MAX,
		.sessions = sessions,
		.sessions_len = 2 * tspdm_session_size(),
		.record = record,
		.record_len = sizeof record };
	const struct tspdm_authenticate authenticate = {
		.chain = chain, .chain_cap = sizeof chain, .skip_challenge = argc == 6
	};
	void *memory = malloc(tspdm_requester_size());
	struct tspdm_psk_table keys;
	uint32_t first, second;

	has_key = argc == 6;
	if (argc < 4 || argc > 6 || memory == NULL || sessions == NULL)
		return 2;
	check("crypto", tspdm_openssl_new(&config.crypto));
	check("transport", tspdm_transport_open(argv[1], NULL, &transport, NULL));
	config.binding = transport->binding;
	is_anonymous = strcmp(argv[2], "-") == 0;
	if (!is_anonymous)
		config.anchors = read_root(argv[2]);
	if (has_key) {
		key.hint = (struct tspdm_view){ (const uint8_t *)argv[4], strlen(argv[4]) };
		key.secret = (struct tspdm_view){ (const uint8_t *)argv[5], strlen(argv[5]) };
		tspdm_psk_table_init(&keys, &key, 1);
		config.psk = &keys.base;
	}
	config.capabilities = capabilities_of(argv[3]);
	if (argc == 5) {
		config.data_transfer_size = (uint32_t)strtoul(argv[4], NULL, 10);
		config.max_message = LARGE_MAX;
		config.large = large;
		config.large_len = sizeof large;
		config.capabilities |= TSPDM_CAP_CHUNK;
	}
	check("init", tspdm_requester_init(memory, tspdm_requester_size(), &config, &requester));
	run("connect", tspdm_requester_connect(requester));
	if (!is_anonymous)
		run("authenticate", tspdm_requester_authenticate(requester, &authenticate));
	first = open_session();
	use(first);
	second = open_session();
	use(second);
	use(first);
	measure();
	run("close", tspdm_requester_close_session(requester, first));
	use(second);
	run("close", tspdm_requester_close_session(requester, second));
	tspdm_requester_wipe(requester);
	tspdm_transport_close(transport);
	tspdm_openssl_free(config.crypto);
	free(memory);
	free(sessions);
	return 0;
}
