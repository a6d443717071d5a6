/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Every request in every state of a connection and of a session, in every version, in the clear and as a record: the answer is
 * what the model says. */
#include "model_states.h"

#include <stdio.h>

static const uint8_t versions[] = { TSPDM_V10, TSPDM_V11, TSPDM_V12 };

struct tally {
	unsigned cells, legal, refused;
};

static void tell(const struct model_cell *cell, const struct model_answer *want, struct tspdm_view got)
{
	const struct model_request *r = model_request_of(cell->code);

	printf("# %x.%x, %s, %s, %s 0x%02X%s%s: ", cell->version >> 4, cell->version & 15, cell->state->name,
		cell->place == IN_CLEAR ? "in the clear" : "as a record", r != NULL ? r->name : "reserved", cell->code,
		cell->is_other_version ? ", of another version" : "", cell->is_short ? ", short" : "");
	if (got.len >= 4)
		printf("got %02X %02X %02X %02X, not", got.ptr[0], got.ptr[1], got.ptr[2], got.ptr[3]);
	else
		printf("got nothing, not");
	if (want->response != 0)
		printf(" %02X", want->response);
	for (unsigned i = 0; i < want->error_count; i++)
		printf(" ERROR(%02X)", want->errors[i]);
	printf("\n");
}

/* SPDMVersion of an ERROR: the selected one, or 1.0 where none is. */
static bool is_error_version(const struct model_cell *cell, uint8_t version)
{
	bool is_selected = cell->state->phase >= TSPDM_PHASE_AFTER_CAPABILITIES;

	if (cell->code == TSPDM_GET_VERSION && cell->place == IN_CLEAR)
		return version == TSPDM_V10 || cell->is_short;
	return version == (is_selected ? cell->version : TSPDM_V10);
}

static bool is_right(const struct model_cell *cell, const struct model_answer *want, struct tspdm_view got)
{
	if (got.len < 4)
		return false;
	if (got.ptr[1] != TSPDM_ERROR)
		return want->response != 0 && got.ptr[1] == want->response;
	if (!is_error_version(cell, got.ptr[0]))
		return false;
	if (got.ptr[2] == TSPDM_ERROR_UNSUPPORTED_REQUEST && got.ptr[3] != cell->code)
		return false;
	for (unsigned i = 0; i < want->error_count; i++)
		if (want->errors[i] == got.ptr[2])
			return true;
	return false;
}

/* What a response makes of the connection and the session; a refusal makes nothing. */
static bool is_consequent(const struct model_cell *cell, const struct guest *g, bool is_error)
{
	size_t before = cell->state->session == IN_APPLICATION, sessions = guest_sessions(g);
	unsigned phase = (unsigned)tspdm_responder_phase(g->responder);

	if (is_error)
		return sessions == before && (phase == cell->state->phase || cell->state->affair_in_clear == LOST);
	switch (cell->code) {
	case TSPDM_GET_VERSION:
		return sessions == 0 && phase == TSPDM_PHASE_AFTER_VERSION;
	case TSPDM_GET_CAPABILITIES:
		return phase == TSPDM_PHASE_AFTER_CAPABILITIES;
	case TSPDM_NEGOTIATE_ALGORITHMS:
		return phase == TSPDM_PHASE_NEGOTIATED;
	case TSPDM_FINISH:
	case TSPDM_PSK_FINISH:
		return sessions == before + 1;
	case TSPDM_END_SESSION:
		return sessions == before - 1;
	default:
		return sessions == before && phase == cell->state->phase;
	}
}

/* @returns whether the answer was an ERROR */
static bool check(struct guest *g, const struct model_cell *cell, struct tally *tally, unsigned *wrong)
{
	uint8_t message[MODEL_MESSAGE_MAX];
	struct model_answer want;
	size_t len = model_request(g, cell, message);
	bool is_error;

	model_expect(cell, &want);
	(void)guest_send(g, model_channel(g, cell), message, len);
	is_error = g->response.len >= 4 && g->response.ptr[1] == TSPDM_ERROR;
	if (!is_right(cell, &want, g->response)) {
		tell(cell, &want, g->response);
		++*wrong;
	} else if (!is_consequent(cell, g, is_error)) {
		tell(cell, &want, g->response);
		printf("# ... and the state is not what it should be\n");
		++*wrong;
	}
	tally->cells++;
	tally->refused += is_error;
	tally->legal += !is_error;
	return is_error;
}

/* A responder is asked on only where all that it was asked before has no meaning. */
static void check_place(
	const struct model_state *state, uint8_t version, uint8_t place, struct tally *tally, unsigned *wrong)
{
	bool is_fragile = state->affair_in_clear == CHUNKS_GOING || state->affair_in_session == CHUNKS_GOING;
	struct guest *g = NULL;

	for (unsigned code = 0x80; code <= 0xFF; code++) {
		for (unsigned form = 0; form < 3; form++) {
			const struct model_cell cell = { state, version, (uint8_t)code, place, form == 1, form == 2 };

			if (g == NULL)
				g = model_enter(state, version);
			if (check(g, &cell, tally, wrong) && model_request_of(cell.code) == NULL && !is_fragile)
				continue;
			guest_free(g);
			g = NULL;
		}
	}
	if (g != NULL)
		guest_free(g);
}

static void every_request_in_every_state_is_answered_as_the_model_says(void **test)
{
	struct tally tally = { 0 };
	unsigned wrong = 0;

	(void)test;
	for (unsigned v = 0; v < sizeof versions; v++)
		for (unsigned i = 0; i < model_state_count; i++) {
			const struct model_state *state = &model_states[i];

			if (state->since > versions[v])
				continue;
			check_place(state, versions[v], IN_CLEAR, &tally, &wrong);
			if (state->session == IN_APPLICATION ||
				(state->session == IN_HANDSHAKE && (state->make & MAKE_CLEAR) == 0))
				check_place(state, versions[v], state->session, &tally, &wrong);
		}
	printf("# %u states, %u cells of state, request and version: %u answered, %u refused\n", model_state_count,
		tally.cells, tally.legal, tally.refused);
	assert_int_equal(wrong, 0);
	assert_true(tally.legal > 300 && tally.refused > 20000);
}

/* A record for a session that is not there, or has no keys yet, gets no answer; nor does one that was made for it. */
static unsigned check_silence(const struct model_state *state, uint8_t version)
{
	static const uint32_t ids[] = { 0, 1, 0x10000, 0x12345678, 0xFFFFFFFF };
	struct guest *g = model_enter(state, version);
	uint8_t record[64] = { 0 };
	uint32_t own = g->stays[0].s.id;
	unsigned count = 0;

	for (unsigned i = 0; i <= sizeof ids / sizeof ids[0]; i++) {
		uint32_t id = i < sizeof ids / sizeof ids[0] ? ids[i] : own;
		struct tspdm_buffer out = { g->room, sizeof g->room, 0 };

		if (id == own && (state->session == IN_APPLICATION || (state->make & MAKE_CLEAR) == 0) && own != 0)
			continue;
		for (unsigned k = 0; k < 4; k++)
			record[k] = (uint8_t)(id >> 8 * k);
		record[6] = 40;
		assert_int_equal(tspdm_responder_handle(g->responder, g->now_us, TSPDM_KIND_SECURED,
					 (struct tspdm_view){ record, sizeof record }, &out),
			TSPDM_OK);
		assert_int_equal(out.len, 0);
		count++;
	}
	assert_int_equal(guest_sessions(g), state->session == IN_APPLICATION);
	guest_free(g);
	return count;
}

static void a_record_of_no_session_gets_no_answer_in_any_state(void **test)
{
	unsigned count = 0;

	(void)test;
	for (unsigned v = 0; v < sizeof versions; v++)
		for (unsigned i = 0; i < model_state_count; i++)
			if (model_states[i].since <= versions[v])
				count += check_silence(&model_states[i], versions[v]);
	printf("# %u records dropped\n", count);
}

/* END_SESSION_ACK is the last word. */
static void a_session_that_ended_gives_no_answer(void **test)
{
	const uint8_t codes[] = { TSPDM_HEARTBEAT, TSPDM_END_SESSION, TSPDM_GET_DIGESTS, TSPDM_KEY_UPDATE, 0x99 };

	(void)test;
	for (unsigned v = 1; v < sizeof versions; v++)
		for (unsigned i = 0; i < model_state_count; i++) {
			const struct model_state *state = &model_states[i];
			struct guest *g;

			if (state->session != IN_APPLICATION || state->affair_in_session != NOTHING ||
				state->since > versions[v])
				continue;
			g = model_enter(state, versions[v]);
			assert_int_equal(guest_send_code(g, &g->stays[0].s, TSPDM_END_SESSION), -1);
			for (unsigned k = 0; k < sizeof codes; k++)
				assert_int_equal(guest_send_code(g, &g->stays[0].s, codes[k]), -2);
			assert_int_equal(guest_sessions(g), 0);
			guest_free(g);
		}
}

static int end(void **test)
{
	(void)test;
	guest_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_in_every_state_is_answered_as_the_model_says),
		cmocka_unit_test(a_record_of_no_session_gets_no_answer_in_any_state),
		cmocka_unit_test(a_session_that_ended_gives_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
