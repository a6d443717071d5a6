/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester that has to prove its TEE and cheats: false-peer URL CHEAT. It presents, by CHEAT,
 *	honest       evidence made for this, for comparison
 *	reflected    the attester's own evidence, which that made for the very nonce that it had given
 *	replayed     evidence made for an earlier nonce of this session
 *	relayed      evidence made in another session with the same attester
 *	other-key    evidence made for a certificate's key
 *	unchallenged evidence without having asked for a nonce
 *	none         nothing
 * It says on standard output what came of it, and of a message that nobody may send who is not attested. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/appraisal.h>
#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/soft_tee.h>
#include <tspdm/transport.h>

#define SECURE (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT | TSPDM_CAP_CHUNK)

enum { ROOM = 65000, SESSIONS = 2 };

static uint8_t request[ROOM], record[ROOM + 64], chain[65536], large[ROOM];
static struct tspdm_requester *requester;
static struct tspdm_transport *transport;
static struct tspdm_evidence_source *tee;
static struct tspdm_crypto *crypto;
static uint32_t sessions[SESSIONS];

static void check(const char *what, enum tspdm_status status)
{
	if (status == TSPDM_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, tspdm_status_name(status));
	exit(1);
}

static enum tspdm_status run(enum tspdm_status begun)
{
	return begun == TSPDM_OK ? tspdm_run(requester, transport) : begun;
}

/* ---- Evidence messages as they are on the wire ---- */

static uint8_t answer_room[ROOM];

static enum tspdm_status ask(const struct tspdm_evidence_request *what, struct tspdm_evidence_answer *answer)
{
	static uint8_t payload_room[ROOM];
	static const uint8_t enterprise[] = { 0xD9, 0x7E, 0, 0 }; /* 32473 */
	struct tspdm_buffer payload = { payload_room, sizeof payload_room, 0 }, room = { answer_room, ROOM, 0 };
	struct tspdm_vendor_defined message = { .standard_id = TSPDM_EVIDENCE_STANDARD,
		.vendor_id = { enterprise, sizeof enterprise } };
	enum tspdm_status status = TSPDM_OK;

	check("payload", tspdm_write_evidence_request(&payload, what));
	message.payload = tspdm_buffer_view(&payload);
	status = run(tspdm_requester_vendor(requester, &message, &room));
	if (status == TSPDM_OK)
		check("answer", tspdm_read_evidence_answer(tspdm_buffer_view(&room), answer));
	return status;
}

static void challenge(uint8_t *nonce)
{
	const struct tspdm_evidence_request what = { .opcode = TSPDM_EVIDENCE_CHALLENGE };
	struct tspdm_evidence_answer answer = { 0 };
	struct tspdm_evidence_item item = { 0 };

	check("CHALLENGE", ask(&what, &answer));
	check("nonce", tspdm_next_evidence_item(&answer.items, &item));
	if (item.type != TSPDM_ITEM_NONCE || item.value.len != TSPDM_NONCE_LEN)
		check("nonce", TSPDM_ERR_FIELD);
	memcpy(nonce, item.value.ptr, TSPDM_NONCE_LEN);
}

static void present(struct tspdm_view items, uint8_t count)
{
	const struct tspdm_evidence_request what = {
		.opcode = TSPDM_EVIDENCE_PRESENT, .item_count = count, .items = items
	};
	struct tspdm_evidence_answer answer = { 0 };
	enum tspdm_status status = ask(&what, &answer);

	if (status != TSPDM_OK)
		printf("presented: error %u\n", tspdm_requester_error(requester)->peer_error);
	else
		printf("presented: %s\n", answer.status == TSPDM_EVIDENCE_OK ? "accepted" : "refused");
}

/* Shows evidence with this report data. */
static void present_made(const uint8_t *report_data)
{
	static uint8_t room[ROOM];
	struct tspdm_buffer bytes = { room, sizeof room, 0 };
	struct tspdm_evidence evidence = { 0 };
	struct tspdm_evidence_item items[2];
	struct tspdm_evidence_job *job = NULL;
	uint32_t retry_us = 0;
	unsigned count = 0;

	check("begin", tee->ops->begin(tee, report_data, &job));
	check("poll", tee->ops->poll(tee, job, &evidence, &retry_us));
	count = tspdm_evidence_items(&evidence, items);
	for (unsigned i = 0; i < count; i++)
		check("item", tspdm_write_evidence_item(&bytes, items[i].type, items[i].value));
	tee->ops->end(tee, job);
	present(tspdm_buffer_view(&bytes), (uint8_t)count);
}

static void bind(uint32_t session, const uint8_t *nonce, uint8_t *report_data)
{
	check("bind",
		tspdm_requester_bind_evidence(requester, session, TSPDM_ROLE_REQUESTER,
			(struct tspdm_view){ nonce, TSPDM_NONCE_LEN }, (struct tspdm_view){ NULL, 0 }, report_data));
}

/* ---- The cheats ---- */

static void honest(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN], report_data[TSPDM_REPORT_DATA_LEN];

	challenge(nonce);
	bind(sessions[0], nonce, report_data);
	present_made(report_data);
}

static void reflected(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN];
	static uint8_t items[ROOM];
	struct tspdm_evidence_request what = { .opcode = TSPDM_EVIDENCE_GET,
		.flags = TSPDM_EVIDENCE_WANT_CERTIFICATES,
		.nonce = { nonce, sizeof nonce } };
	struct tspdm_evidence_answer answer = { 0 };

	challenge(nonce);
	check("GET", ask(&what, &answer));
	if (answer.status != TSPDM_EVIDENCE_OK || answer.items.len > sizeof items)
		check("GET", TSPDM_ERR_EVIDENCE_MISSING);
	memcpy(items, answer.items.ptr, answer.items.len);
	present((struct tspdm_view){ items, answer.items.len }, answer.item_count);
}

static void replayed(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN], later[TSPDM_NONCE_LEN], report_data[TSPDM_REPORT_DATA_LEN];

	challenge(nonce);
	challenge(later);
	bind(sessions[0], nonce, report_data);
	present_made(report_data);
}

static void relayed(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN], report_data[TSPDM_REPORT_DATA_LEN];

	challenge(nonce);
	bind(sessions[1], nonce, report_data);
	present_made(report_data);
}

static void other_key(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN], report_data[TSPDM_REPORT_DATA_LEN];
	const uint8_t claims[] = "claims";

	challenge(nonce);
	check("bind",
		tspdm_bind_certificate_evidence(crypto, (struct tspdm_view){ claims, sizeof claims }, report_data));
	present_made(report_data);
}

static void unchallenged(void)
{
	uint8_t nonce[TSPDM_NONCE_LEN] = { 0 }, report_data[TSPDM_REPORT_DATA_LEN];

	bind(sessions[0], nonce, report_data);
	present_made(report_data);
}

static void none(void)
{
}

static const struct {
	const char *name;
	void (*cheat)(void);
} cheats[] = {
	{ "honest", honest },
	{ "reflected", reflected },
	{ "replayed", replayed },
	{ "relayed", relayed },
	{ "other-key", other_key },
	{ "unchallenged", unchallenged },
	{ "none", none },
};

/* ---- */

static void open_sessions(void)
{
	const struct tspdm_open_session how = { .summary_type = TSPDM_SUMMARY_NONE };

	for (unsigned i = 0; i < SESSIONS; i++) {
		check("open", run(tspdm_requester_open_session(requester, &how)));
		sessions[i] = tspdm_requester_opened(requester);
	}
	check("use", tspdm_requester_use_session(requester, sessions[0]));
}

static void try_more(void)
{
	enum tspdm_status status = run(tspdm_requester_get_digests(requester));

	if (status == TSPDM_OK)
		printf("more: answered\n");
	else
		printf("more: error %u\n", tspdm_requester_error(requester)->peer_error);
}

static void connect_to(const char *url, const struct tspdm_requester_config *config, void *memory)
{
	const struct tspdm_authenticate authenticate = { .chain = chain, .chain_cap = sizeof chain };
	const struct tspdm_soft_tee_config soft = { .size = sizeof soft, .kind = TSPDM_TEE_SEV_SNP };
	struct tspdm_requester_config c = *config;

	check("transport", tspdm_transport_open(url, NULL, &transport, NULL));
	check("TEE", tspdm_soft_tee_new(&soft, &tee));
	c.binding = transport->binding;
	check("init", tspdm_requester_init(memory, tspdm_requester_size(), &c, &requester));
	check("connect", run(tspdm_requester_connect(requester)));
	check("authenticate", run(tspdm_requester_authenticate(requester, &authenticate)));
}

int main(int argc, char **argv)
{
	struct tspdm_requester_config config = { .size = sizeof config,
		.request = request,
		.request_len = sizeof request,
		.max_message = ROOM,
		.capabilities = SECURE,
		.sessions = malloc(SESSIONS * tspdm_session_size()),
		.sessions_len = SESSIONS * tspdm_session_size(),
		.record = record,
		.record_len = sizeof record,
		.large = large,
		.large_len = sizeof large,
		.allow_unanchored_chain = true };
	void *memory = malloc(tspdm_requester_size());
	void (*cheat)(void) = NULL;

	for (size_t i = 0; argc == 3 && i < sizeof cheats / sizeof cheats[0]; i++)
		if (strcmp(cheats[i].name, argv[2]) == 0)
			cheat = cheats[i].cheat;
	if (cheat == NULL || memory == NULL || config.sessions == NULL)
		return 2;
	check("crypto", tspdm_openssl_new(&crypto));
	config.crypto = crypto;
	connect_to(argv[1], &config, memory);
	open_sessions();
	cheat();
	try_more();
	tspdm_requester_wipe(requester);
	tspdm_transport_close(transport);
	tspdm_soft_tee_free(tee);
	tspdm_openssl_free(crypto);
	free(config.sessions);
	free(memory);
	return 0;
}
