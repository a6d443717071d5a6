/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester with an identity of its own, that says what fails: mutual-requester URL ROOT CHAIN FORM [SIZE], where it writes
 * its certificates to CHAIN, and FORM says what is wanted: encrypted, clear, mac or mac-clear, a session with mutual
 * authentication; updated, a session whose responder also renews its keys; basic, a responder that challenges in turn. SIZE
 * is its DataTransferSize.
 * Its signer says "not yet" each time it is asked first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/transport.h>

#define MUTUAL (TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_CERT | TSPDM_CAP_CHAL)
#define SESSIONS (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)

enum { MESSAGE_MAX = 4096, LARGE_MAX = 65000 };

struct slow_signer {
	struct tspdm_signer base;
	struct tspdm_signer *real;
};

static uint8_t request[1024], record[MESSAGE_MAX + 64], chain[65536], root[8192], large[LARGE_MAX];
static struct tspdm_requester *requester;
static struct tspdm_transport *transport;
static struct tspdm_openssl_identity *identity;
static struct slow_signer slow;

static enum tspdm_status sign_later(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct slow_signer *me = (struct slow_signer *)(void *)signer;

	if (pending->stage++ == 0) {
		pending->retry_us = 2000;
		return TSPDM_AGAIN;
	}
	pending->stage = 0;
	return me->real->ops->sign(me->real, tbs, signature, pending);
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	pending->stage = 0;
}

static const struct tspdm_signer_ops slow_ops = { sizeof slow_ops, "slow", sign_later, cancel };

static void check(const char *what, enum tspdm_status status)
{
	if (status == TSPDM_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, tspdm_status_name(status));
	if (requester != NULL)
		fprintf(stderr, "%s, detail %u, peer error %u\n", tspdm_requester_error(requester)->clause,
			tspdm_requester_error(requester)->detail, tspdm_requester_error(requester)->peer_error);
	exit(1);
}

static void run(const char *what, enum tspdm_status begun)
{
	check(what, begun);
	check(what, tspdm_run(requester, transport));
}

static struct tspdm_view read_root(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t len = file != NULL ? fread(root, 1, sizeof root, file) : 0;

	if (file != NULL)
		fclose(file);
	return (struct tspdm_view){ root, len };
}

static void write_chain(const char *path, struct tspdm_view certificates)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(certificates.ptr, 1, certificates.len, file) != certificates.len ||
		fclose(file) != 0)
		check("chain", TSPDM_ERR_SYSTEM);
}

static void make_identity(struct tspdm_slot *slot)
{
	const struct tspdm_openssl_make make = { .size = sizeof make, .asym = TSPDM_ASYM_ECDSA_P256 };

	check("identity", tspdm_openssl_identity_make(&make, &identity));
	tspdm_openssl_identity_slot(identity, slot);
	slow = (struct slow_signer){ { &slow_ops }, slot->signer };
	slot->signer = &slow.base;
}

static void authenticate(bool is_basic)
{
	const struct tspdm_authenticate how = { .chain = chain, .chain_cap = sizeof chain, .require_mutual = is_basic };

	run("authenticate", tspdm_requester_authenticate(requester, &how));
	if (tspdm_requester_identity(requester)->is_mutual != is_basic)
		check("authenticate", TSPDM_ERR_DOWNGRADE);
}

static void serve(uint32_t session, unsigned expected)
{
	run("serve", tspdm_requester_serve_encapsulated(requester, session));
	if (tspdm_requester_served(requester) == expected)
		return;
	fprintf(stderr, "served %u\n", tspdm_requester_served(requester));
	exit(1);
}

static void use_session(bool is_updated)
{
	const struct tspdm_open_session how = { .require_mutual = true };
	struct tspdm_session_info info;
	uint32_t id;

	run("open", tspdm_requester_open_session(requester, &how));
	id = tspdm_requester_opened(requester);
	check("info", tspdm_requester_session(requester, id, &info));
	if (!info.is_mutual || info.requester_slot != 0)
		check("info", TSPDM_ERR_DOWNGRADE);
	run("heartbeat", tspdm_requester_heartbeat(requester, id));
	serve(id, is_updated ? 2 : 0);
	run("heartbeat", tspdm_requester_heartbeat(requester, id));
	run("update", tspdm_requester_update_keys(requester, id, true));
	run("heartbeat", tspdm_requester_heartbeat(requester, id));
	serve(id, 0);
	run("close", tspdm_requester_close_session(requester, id));
}

static void take_form(struct tspdm_requester_config *config, const char *form)
{
	if (strstr(form, "clear") != NULL)
		config->capabilities |= TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	if (strncmp(form, "mac", 3) == 0)
		config->capabilities &= ~(uint32_t)TSPDM_CAP_ENCRYPT;
}

static void take_size(struct tspdm_requester_config *config, const char *size)
{
	config->data_transfer_size = (uint32_t)strtoul(size, NULL, 10);
	config->max_message = LARGE_MAX;
	config->large = large;
	config->large_len = sizeof large;
	config->capabilities |= TSPDM_CAP_CHUNK;
}

int main(int argc, char **argv)
{
	void *sessions = malloc(2 * tspdm_session_size()), *memory = malloc(tspdm_requester_size());
	struct tspdm_slot slot = { .asym = 0 };
	struct tspdm_requester_config config = { .size = sizeof config,
		.request = request,
		.request_len = sizeof request,
		.capabilities = SESSIONS | MUTUAL,
		.max_message = MESSAGE_MAX,
		.sessions = sessions,
		.sessions_len = 2 * tspdm_session_size(),
		.record = record,
		.record_len = sizeof record,
		.slots = &slot,
		.slot_count = 1 };

	if (argc < 5 || argc > 6 || memory == NULL || sessions == NULL)
		return 2;
	take_form(&config, argv[4]);
	if (argc == 6)
		take_size(&config, argv[5]);
	check("crypto", tspdm_openssl_new(&config.crypto));
	check("transport", tspdm_transport_open(argv[1], NULL, &transport, NULL));
	config.binding = transport->binding;
	config.anchors = read_root(argv[2]);
	make_identity(&slot);
	write_chain(argv[3], slot.certificates);
	check("init", tspdm_requester_init(memory, tspdm_requester_size(), &config, &requester));
	run("connect", tspdm_requester_connect(requester));
	authenticate(strcmp(argv[4], "basic") == 0);
	serve(0, 0);
	if (strcmp(argv[4], "basic") != 0)
		use_session(strcmp(argv[4], "updated") == 0);
	tspdm_requester_wipe(requester);
	tspdm_transport_close(transport);
	tspdm_openssl_identity_free(identity);
	tspdm_openssl_free(config.crypto);
	free(memory);
	free(sessions);
	return 0;
}
