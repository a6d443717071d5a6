/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How often a request is sent that nobody answers, and how long it is waited for, over what loses messages and what does
 * not: DSP0274 "Timing specification for SPDM messages". */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>

enum { MS = 1000, S = 1000 * MS, ST1 = 100 * MS, PATIENCE = 60 * S };

struct rig {
	struct tspdm_crypto *crypto;
	void *memory;
	struct tspdm_requester *requester;
	uint8_t request[256];
};

struct silence {
	unsigned sendings;
	uint64_t first_us, whole_us; /* until the second sending, or the end; until the end */
};

static struct silence ask_nobody(struct tspdm_requester_config config)
{
	struct rig *rig = calloc(1, sizeof *rig);
	struct silence s = { 0 };
	const uint64_t begin_us = 12345;
	uint64_t now_us = begin_us;
	struct tspdm_io io;
	enum tspdm_step step;

	assert_non_null(rig);
	rig->memory = malloc(tspdm_requester_size());
	assert_int_equal(tspdm_openssl_new(&rig->crypto), TSPDM_OK);
	config.size = sizeof config;
	config.crypto = rig->crypto;
	config.request = rig->request;
	config.request_len = sizeof rig->request;
	assert_int_equal(tspdm_requester_init(rig->memory, tspdm_requester_size(), &config, &rig->requester), TSPDM_OK);
	assert_int_equal(tspdm_requester_connect(rig->requester), TSPDM_OK);
	while ((step = tspdm_requester_step(rig->requester, now_us, &io)) != TSPDM_STEP_FAILED) {
		assert_true(step == TSPDM_STEP_SEND || step == TSPDM_STEP_RECEIVE);
		s.sendings += step == TSPDM_STEP_SEND;
		if (step == TSPDM_STEP_SEND)
			continue;
		/* until then nothing changes, however often it is looked at */
		assert_int_equal(tspdm_requester_step(rig->requester, io.deadline_us - 1, &io), TSPDM_STEP_RECEIVE);
		now_us = io.deadline_us;
		if (s.sendings == 1)
			s.first_us = now_us - begin_us;
	}
	assert_int_equal(tspdm_requester_error(rig->requester)->status, TSPDM_ERR_TIMEOUT);
	s.whole_us = now_us - begin_us;
	tspdm_requester_wipe(rig->requester);
	tspdm_openssl_free(rig->crypto);
	free(rig->memory);
	free(rig);
	return s;
}

static void expect(struct tspdm_requester_config config, unsigned sendings, uint64_t first_us, uint64_t whole_us)
{
	struct silence s = ask_nobody(config);

	assert_int_equal(s.sendings, sendings);
	assert_int_equal(s.first_us, first_us);
	assert_int_equal(s.whole_us, whole_us);
}

static void what_may_be_lost_is_repeated(void **state)
{
	const struct tspdm_binding *lossy[] = { &tspdm_binding_mctp, &tspdm_binding_doe, &tspdm_binding_none };

	(void)state;
	for (size_t i = 0; i < sizeof lossy / sizeof lossy[0]; i++) {
		uint64_t once = (uint64_t)lossy[i]->rtt_us + ST1;

		expect((struct tspdm_requester_config){ .binding = lossy[i] }, 4, once, 4 * once);
		expect((struct tspdm_requester_config){ .binding = lossy[i], .retries = 1 }, 2, once, 2 * once);
		expect((struct tspdm_requester_config){ .binding = lossy[i], .retries = TSPDM_NO_RETRIES }, 1, once,
			once);
		expect((struct tspdm_requester_config){ .binding = lossy[i], .rtt_us = 5 * MS }, 4, 5 * MS + ST1,
			4 * (5 * MS + ST1));
	}
}

static void what_cannot_be_lost_is_waited_for(void **state)
{
	const struct tspdm_framing *streams[] = { &tspdm_framing_dsp0287, &tspdm_framing_emu_mctp,
		&tspdm_framing_emu_doe, &tspdm_framing_emu_tcp, &tspdm_framing_emu_none };

	(void)state;
	for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
		struct tspdm_framer framer;
		const struct tspdm_binding *stream;

		tspdm_framer_init(&framer, streams[i], false);
		stream = tspdm_framer_binding(&framer);
		expect((struct tspdm_requester_config){ .binding = stream }, 1, PATIENCE, PATIENCE);
		expect((struct tspdm_requester_config){ .binding = stream, .patience_us = 3 * S }, 1, 3 * S, 3 * S);
		expect((struct tspdm_requester_config){ .binding = stream, .patience_us = UINT64_MAX }, 1,
			(uint64_t)UINT32_MAX + ST1, (uint64_t)UINT32_MAX + ST1);
	}
}

static void over_a_stream_too_it_is_as_it_was_asked_for(void **state)
{
	const struct tspdm_binding *stream = &tspdm_binding_tcp;
	uint64_t once = (uint64_t)stream->rtt_us + ST1;

	(void)state;
	expect((struct tspdm_requester_config){ .binding = stream, .retries = 2 }, 3, once, 3 * once);
	expect((struct tspdm_requester_config){ .binding = stream, .rtt_us = 20 * MS }, 1, 20 * MS + ST1,
		20 * MS + ST1);
}

static void patience_is_for_all_repetitions_together(void **state)
{
	uint64_t once = (uint64_t)tspdm_binding_mctp.rtt_us + ST1;

	(void)state;
	expect((struct tspdm_requester_config){ .binding = &tspdm_binding_mctp, .patience_us = 2 * S }, 2, once, 2 * S);
	expect((struct tspdm_requester_config){ .binding = &tspdm_binding_mctp, .patience_us = 500 * MS }, 1, 500 * MS,
		500 * MS);
}

static void a_kind_of_binding_is_known_over_a_stream_too(void **state)
{
	struct tspdm_framer framer;

	(void)state;
	tspdm_framer_init(&framer, &tspdm_framing_emu_mctp, false);
	assert_true(tspdm_binding_is(tspdm_framer_binding(&framer), &tspdm_binding_mctp));
	assert_true(tspdm_binding_is(&tspdm_binding_mctp, &tspdm_binding_mctp));
	assert_false(tspdm_binding_is(tspdm_framer_binding(&framer), &tspdm_binding_doe));
	assert_false(tspdm_binding_is(NULL, &tspdm_binding_mctp));
	assert_false(tspdm_binding_is(&tspdm_binding_mctp, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_lost_is_repeated),
		cmocka_unit_test(what_cannot_be_lost_is_waited_for),
		cmocka_unit_test(over_a_stream_too_it_is_as_it_was_asked_for),
		cmocka_unit_test(patience_is_for_all_repetitions_together),
		cmocka_unit_test(a_kind_of_binding_is_known_over_a_stream_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
