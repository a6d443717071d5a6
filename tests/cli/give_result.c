/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whoever can connect: give-result URL FILE FORM [TIMES]. It judges nobody, and hands over what FILE holds as a result, in
 * a session, by FORM
 *	jwt      as a JWT
 *	cwt      as a CWT
 *	both     as a CWT, then as a JWT, in one message
 *	twice    as two JWTs in one message
 *	clear    as a JWT, outside of sessions
 * so many times, and says on standard output what came of the last one, and how often it was taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/evidence_messages.h>
#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/transport.h>

enum { ROOM = 65000 };

static uint8_t request[ROOM], record[ROOM + 64], chain[65536], large[ROOM];
static struct tspdm_requester *requester;
static struct tspdm_transport *transport;

static const struct form {
	const char *name;
	uint16_t types[2];
	uint8_t count;
	bool is_clear;
} forms[] = {
	{ "jwt", { TSPDM_ITEM_RESULT_JWT }, 1, false },
	{ "cwt", { TSPDM_ITEM_RESULT_CWT }, 1, false },
	{ "both", { TSPDM_ITEM_RESULT_CWT, TSPDM_ITEM_RESULT_JWT }, 2, false },
	{ "twice", { TSPDM_ITEM_RESULT_JWT, TSPDM_ITEM_RESULT_JWT }, 2, false },
	{ "clear", { TSPDM_ITEM_RESULT_JWT }, 1, true },
};

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

/* Whether it was taken. */
static bool give(const struct form *form, struct tspdm_view value, const char **said)
{
	static uint8_t items_room[ROOM], payload_room[ROOM], answer_room[ROOM];
	static const uint8_t enterprise[] = { 0xD9, 0x7E, 0, 0 }; /* 32473 */
	static char error[32];
	struct tspdm_buffer items = { items_room, ROOM, 0 }, payload = { payload_room, ROOM, 0 };
	struct tspdm_buffer room = { answer_room, ROOM, 0 };
	struct tspdm_evidence_request what = { .opcode = TSPDM_EVIDENCE_RESULT, .item_count = form->count };
	struct tspdm_vendor_defined message = { .standard_id = TSPDM_EVIDENCE_STANDARD,
		.vendor_id = { enterprise, sizeof enterprise } };
	struct tspdm_evidence_answer answer;

	for (unsigned i = 0; i < form->count; i++)
		check("item", tspdm_write_evidence_item(&items, form->types[i], value));
	what.items = tspdm_buffer_view(&items);
	check("payload", tspdm_write_evidence_request(&payload, &what));
	message.payload = tspdm_buffer_view(&payload);
	if (run(tspdm_requester_vendor(requester, &message, &room)) != TSPDM_OK) {
		snprintf(error, sizeof error, "error %u", tspdm_requester_error(requester)->peer_error);
		*said = error;
		return false;
	}
	check("answer", tspdm_read_evidence_answer(tspdm_buffer_view(&room), &answer));
	*said = answer.status == TSPDM_EVIDENCE_OK ? "taken" : "refused";
	return answer.status == TSPDM_EVIDENCE_OK;
}

static void open_session(void)
{
	const struct tspdm_open_session how = { .summary_type = TSPDM_SUMMARY_NONE };

	check("open", run(tspdm_requester_open_session(requester, &how)));
	check("use", tspdm_requester_use_session(requester, tspdm_requester_opened(requester)));
}

static void connect_to(const char *url, struct tspdm_requester_config *config, void *memory)
{
	const struct tspdm_authenticate authenticate = { .chain = chain, .chain_cap = sizeof chain };

	check("transport", tspdm_transport_open(url, NULL, &transport, NULL));
	config->binding = transport->binding;
	check("init", tspdm_requester_init(memory, tspdm_requester_size(), config, &requester));
	check("connect", run(tspdm_requester_connect(requester)));
	check("authenticate", run(tspdm_requester_authenticate(requester, &authenticate)));
}

static size_t read_file(const char *path, uint8_t *out)
{
	FILE *file = fopen(path, "rb");
	size_t len = file != NULL ? fread(out, 1, ROOM, file) : 0;

	if (file == NULL)
		exit(2);
	fclose(file);
	while (len != 0 && out[len - 1] == '\n')
		len--;
	return len;
}

int main(int argc, char **argv)
{
	static uint8_t value[ROOM];
	struct tspdm_requester_config config = { .size = sizeof config,
		.request = request,
		.request_len = sizeof request,
		.max_message = ROOM,
		.capabilities = TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT | TSPDM_CAP_CHUNK,
		.sessions_len = tspdm_session_size(),
		.record = record,
		.record_len = sizeof record,
		.large = large,
		.large_len = sizeof large,
		.allow_unanchored_chain = true };
	const struct form *form = NULL;
	long times = argc == 5 ? strtol(argv[4], NULL, 10) : 1, taken = 0;
	const char *said = "nothing";
	void *memory;
	size_t len;

	for (size_t i = 0; argc >= 4 && i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i].name, argv[3]) == 0)
			form = &forms[i];
	if (form == NULL)
		return 2;
	memory = malloc(tspdm_requester_size());
	config.sessions = malloc(tspdm_session_size());
	if (memory == NULL || config.sessions == NULL)
		abort();
	len = read_file(argv[2], value);
	check("crypto", tspdm_openssl_new(&config.crypto));
	connect_to(argv[1], &config, memory);
	if (!form->is_clear)
		open_session();
	for (long i = 0; i < times; i++)
		taken += give(form, (struct tspdm_view){ value, len }, &said);
	printf("%s\n%ld\n", said, taken);
	tspdm_requester_wipe(requester);
	tspdm_transport_close(transport);
	tspdm_openssl_free(config.crypto);
	free(config.sessions);
	free(memory);
	return 0;
}
