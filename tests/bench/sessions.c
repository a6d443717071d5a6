/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sessions on a connection that is there, from KEY_EXCHANGE or PSK_EXCHANGE to END_SESSION_ACK, both roles, beside their
 * floor. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/psk.h>

#include "sessions.h"

enum { LARGE = 8192, RECORD = LARGE + 64, CHAIN = 4096 };

static const char *const names[SESSION_FORMS][BENCH_ROLES] = {
	{ "session, both roles", "session, requester", "session, responder" },
	{ "mutual, both roles", "mutual, requester", "mutual, responder" },
	{ "PSK, both roles", "PSK, requester", "PSK, responder" },
};

struct results {
	struct series run, bare, ratio;
};

struct pair {
	struct rig rig;
	enum session_form form;
	struct tspdm_requester *requester;
	struct tspdm_responder *responder;
	struct tspdm_psk psk;
	struct tspdm_psk_table psks;
	struct traffic traffic;
	struct session_floor *floor;
	uint8_t request[2048], chain[CHAIN], requester_chain[CHAIN];
	uint8_t response[LARGE], asker_record[RECORD], responder_record[RECORD];
	void *sessions[2];
	bool is_recording;
	bool is_splitting; /* the clock is asked twice for each request, which both roles together need not pay for */
	uint64_t responder_ns; /* since splitting began */
	struct results results[BENCH_ROLES];
};

static uint32_t capabilities(const struct pair *p)
{
	uint32_t flags = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_KEY_EX;

	if (p->form == SESSION_FORM_MUTUAL)
		flags |= TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP;
	return flags | (p->form == SESSION_FORM_PSK ? TSPDM_CAP_PSK : 0);
}

static void make_requester(struct pair *p)
{
	const struct tspdm_requester_config config = {
		.size = sizeof config,
		.crypto = p->rig.crypto,
		.binding = &tspdm_binding_tcp,
		.request = p->request,
		.request_len = sizeof p->request,
		.versions = TSPDM_VERSION_BIT(TSPDM_V12),
		.capabilities = capabilities(p) &
				~(uint32_t)(p->form == SESSION_FORM_MUTUAL ? 0 : TSPDM_CAP_CERT | TSPDM_CAP_CHAL),
		.asym = p->rig.suite->asym,
		.hash = p->rig.suite->hash,
		.dhe = p->rig.suite->dhe,
		.aead = p->rig.suite->aead,
		.anchors = p->rig.root,
		.time = p->rig.time,
		.sessions = p->sessions[0],
		.sessions_len = tspdm_session_size(),
		.record = p->asker_record,
		.record_len = sizeof p->asker_record,
		.psk = p->form == SESSION_FORM_PSK ? &p->psks.base : NULL,
		.slots = p->form == SESSION_FORM_MUTUAL ? &p->rig.slot : NULL,
		.slot_count = p->form == SESSION_FORM_MUTUAL ? 1 : 0,
	};

	CHECK(tspdm_requester_init(p->rig.requester_memory, tspdm_requester_size(), &config, &p->requester) ==
		TSPDM_OK);
}

static void make_responder(struct pair *p)
{
	const struct tspdm_responder_config config = {
		.size = sizeof config,
		.crypto = p->rig.crypto,
		.device = &p->rig.device.base,
		.binding = &tspdm_binding_tcp,
		.versions = TSPDM_VERSION_BIT(TSPDM_V12),
		.capabilities = (capabilities(p) & ~(uint32_t)TSPDM_CAP_PSK) |
				(p->form == SESSION_FORM_PSK ? TSPDM_CAP_PSK_WITH_CONTEXT : 0),
		.asym = p->rig.suite->asym,
		.dhe = p->rig.suite->dhe,
		.aead = p->rig.suite->aead,
		.sessions = p->sessions[1],
		.sessions_len = tspdm_session_size(),
		.record = p->responder_record,
		.record_len = sizeof p->responder_record,
		.psk = p->form == SESSION_FORM_PSK ? &p->psks.base : NULL,
		.mutual = p->form == SESSION_FORM_MUTUAL ? TSPDM_MUTUAL_REQUIRE : TSPDM_MUTUAL_NONE,
		.requester_anchors = p->rig.root,
		.time = p->rig.time,
		.requester_chain = p->form == SESSION_FORM_MUTUAL ? p->requester_chain : NULL,
		.requester_chain_len = p->form == SESSION_FORM_MUTUAL ? sizeof p->requester_chain : 0,
	};

	CHECK(tspdm_responder_init(p->rig.responder_memory, tspdm_responder_size(), &config, &p->responder) ==
		TSPDM_OK);
}

static void note(struct pair *p, enum tspdm_message_kind kind, size_t len)
{
	if (!p->is_recording || kind != TSPDM_KIND_SECURED)
		return;
	CHECK(p->traffic.count < RECORDS_MAX);
	p->traffic.len[p->traffic.count++] = len;
}

static void respond(struct pair *p, const struct tspdm_io *io, struct tspdm_buffer *response)
{
	uint64_t since = p->is_splitting ? bench_now_ns() : 0;

	CHECK(tspdm_responder_handle(p->responder, 1, io->kind, io->out, response) == TSPDM_OK);
	if (p->is_splitting)
		p->responder_ns += bench_now_ns() - since;
}

/* Runs the job that was begun. */
static void run(struct pair *p, enum tspdm_status begun)
{
	struct tspdm_io io;

	CHECK(begun == TSPDM_OK);
	while (tspdm_requester_step(p->requester, 1, &io) == TSPDM_STEP_SEND) {
		struct tspdm_buffer response = { p->response, sizeof p->response, 0 };

		note(p, io.kind, io.out.len);
		respond(p, &io, &response);
		note(p, io.kind, response.len);
		/* FINISH under the handshake's keys is answered with them; KEY_EXCHANGE in the clear, in the clear */
		CHECK(tspdm_requester_input(p->requester, io.kind, tspdm_buffer_view(&response)) == TSPDM_OK);
	}
	CHECK(tspdm_requester_error(p->requester)->status == TSPDM_OK);
}

void bench_session(struct pair *p)
{
	const struct tspdm_open_session how = { .require_mutual = p->form == SESSION_FORM_MUTUAL };
	const struct tspdm_open_psk_session by_key = { .hint = p->psk.hint };

	run(p, p->form == SESSION_FORM_PSK ? tspdm_requester_open_psk_session(p->requester, &by_key)
					   : tspdm_requester_open_session(p->requester, &how));
	run(p, tspdm_requester_close_session(p->requester, tspdm_requester_opened(p->requester)));
}

static void open_pair(struct pair *p, const struct suite *suite, enum session_form form)
{
	const struct tspdm_authenticate who = { .chain = p->chain, .chain_cap = sizeof p->chain };

	p->form = form;
	bench_rig_new(&p->rig, suite);
	p->psk = (struct tspdm_psk){ { (const uint8_t *)"bench", 5 },
		{ (const uint8_t *)"a secret of thirty-two bytes....", 32 } };
	tspdm_psk_table_init(&p->psks, &p->psk, 1);
	for (unsigned i = 0; i < 2; i++) {
		p->sessions[i] = calloc(1, tspdm_session_size());
		CHECK(p->sessions[i] != NULL);
	}
	make_requester(p);
	make_responder(p);
	run(p, tspdm_requester_connect(p->requester));
	run(p, tspdm_requester_authenticate(p->requester, &who));
	p->is_recording = true;
	bench_session(p);
	p->is_recording = false;
	p->floor = bench_session_floor_new(&p->rig, form, &p->traffic);
}

static void close_pair(struct pair *p)
{
	tspdm_requester_wipe(p->requester);
	tspdm_responder_wipe(p->responder);
	bench_session_floor_free(p->floor);
	bench_rig_free(&p->rig);
	free(p->sessions[0]);
	free(p->sessions[1]);
	free(p);
}

static double time_sessions(struct pair *p)
{
	uint64_t begun = bench_now_ns();

	for (unsigned i = 0; i < p->rig.suite->repeat; i++)
		bench_session(p);
	return (double)(bench_now_ns() - begun) / 1000 / p->rig.suite->repeat;
}

/* Both roles take turns in one thread: the responder's part is what its calls take, the requester's the rest. */
static void time_run(struct pair *p, double taken[BENCH_ROLES])
{
	double whole;

	taken[BENCH_BOTH] = time_sessions(p);
	p->is_splitting = true;
	p->responder_ns = 0;
	whole = time_sessions(p);
	p->is_splitting = false;
	taken[BENCH_RESPONDER] = (double)p->responder_ns / 1000 / p->rig.suite->repeat;
	taken[BENCH_REQUESTER] = whole - taken[BENCH_RESPONDER];
}

static double time_floor(struct pair *p, enum bench_role who)
{
	unsigned repeat = p->rig.suite->repeat;
	uint64_t begun = bench_now_ns();

	for (unsigned i = 0; i < repeat; i++)
		bench_session_floor(p->floor, who);
	return (double)(bench_now_ns() - begun) / 1000 / repeat;
}

static void take_sample(struct pair *p, bool is_floor_first)
{
	double taken[BENCH_ROLES], bare[BENCH_ROLES];

	if (!is_floor_first)
		time_run(p, taken);
	for (unsigned who = 0; who < BENCH_ROLES; who++)
		bare[who] = time_floor(p, (enum bench_role)who);
	if (is_floor_first)
		time_run(p, taken);
	for (unsigned who = 0; who < BENCH_ROLES; who++) {
		bench_add(&p->results[who].run, taken[who]);
		bench_add(&p->results[who].bare, bare[who]);
		bench_add(&p->results[who].ratio, taken[who] / bare[who]);
	}
}

static void add_rows(struct pair *p, unsigned rounds, json_t *rows)
{
	struct heap heap;

	bench_session(p);
	bench_session_floor(p->floor, BENCH_BOTH);
	bench_heap_start();
	bench_session(p);
	heap = bench_heap_stop();
	for (unsigned round = 0; round < rounds; round++)
		take_sample(p, round % 2 != 0);
	for (unsigned who = 0; who < BENCH_ROLES; who++) {
		struct results *r = &p->results[who];

		json_array_append_new(rows,
			json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "suite", p->rig.suite->name, "what",
				names[p->form][who], "records", (json_int_t)p->traffic.count, "peak_heap",
				(json_int_t)heap.peak, "tspdm_us", bench_quantile(&r->run, 0.5), "floor_us",
				bench_quantile(&r->bare, 0.5), "ratio", bench_quantile(&r->ratio, 0.5), "ratio_p10",
				bench_quantile(&r->ratio, 0.1), "ratio_p90", bench_quantile(&r->ratio, 0.9)));
	}
}

json_t *bench_sessions(unsigned rounds)
{
	json_t *rows = json_array();

	for (unsigned s = 0; s < bench_suite_count; s++)
		for (unsigned form = 0; form < SESSION_FORMS; form++) {
			struct pair *p = calloc(1, sizeof *p);

			CHECK(p != NULL);
			open_pair(p, &bench_suites[s], (enum session_form)form);
			add_rows(p, rounds, rows);
			close_pair(p);
		}
	return rows;
}

void bench_sessions_once(unsigned suite, unsigned form)
{
	struct pair *p = calloc(1, sizeof *p);

	CHECK(p != NULL);
	open_pair(p, &bench_suites[suite], (enum session_form)form);
	bench_session(p);
	close_pair(p);
}
