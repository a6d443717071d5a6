/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The blocking drivers against engines and a carrier that play a script. Built without the library, whose engines have
 * the same names. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/requester.h>
#include <tspdm/responder.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct script {
	const enum tspdm_step *steps;
	const enum tspdm_status *receives;
	const enum tspdm_status *handles;
	enum tspdm_status send, input;
	unsigned step_count, receive_count, handle_count;
	unsigned sends, inputs;
	bool no_response;
	uint64_t wait_us, deadline_us, now_us;
	enum tspdm_status failed_with;
	enum tspdm_message_kind sent_kind;
	size_t sent_len;
} script;

static struct tspdm_requester_error error;

/* ---- The engines ---- */

enum tspdm_step tspdm_requester_step(struct tspdm_requester *requester, uint64_t now_us, struct tspdm_io *io)
{
	(void)requester;
	script.now_us = now_us;
	io->out = (struct tspdm_view){ (const uint8_t *)"ask", 3 };
	io->deadline_us = now_us + script.wait_us;
	return script.steps[script.step_count++];
}

enum tspdm_status tspdm_requester_input(
	struct tspdm_requester *requester, enum tspdm_message_kind kind, struct tspdm_view message)
{
	(void)requester;
	assert_int_equal(kind, TSPDM_KIND_SECURED);
	assert_int_equal(message.len, 6);
	script.inputs++;
	return script.input;
}

void tspdm_requester_fail(struct tspdm_requester *requester, enum tspdm_status status)
{
	(void)requester;
	script.failed_with = status;
}

const struct tspdm_requester_error *tspdm_requester_error(const struct tspdm_requester *requester)
{
	(void)requester;
	return &error;
}

enum tspdm_status tspdm_responder_handle(struct tspdm_responder *responder, uint64_t now_us,
	enum tspdm_message_kind kind, struct tspdm_view request, struct tspdm_buffer *response)
{
	(void)responder;
	(void)now_us;
	assert_int_equal(kind, TSPDM_KIND_SECURED);
	assert_int_equal(request.len, 6);
	assert_int_equal(response->len, 0);
	assert_int_equal(response->cap, 64);
	response->len = script.no_response ? 0 : 5;
	return script.handles[script.handle_count++];
}

/* ---- The carrier ---- */

static enum tspdm_status play_send(struct tspdm_transport *transport, enum tspdm_message_kind kind,
	struct tspdm_view message, uint64_t deadline_us)
{
	(void)transport;
	assert_true(deadline_us > tspdm_now_us() && deadline_us != UINT64_MAX);
	script.sends++;
	script.sent_kind = kind;
	script.sent_len = message.len;
	return script.send;
}

static enum tspdm_status play_receive(struct tspdm_transport *transport, enum tspdm_message_kind *kind,
	struct tspdm_view *message, uint64_t deadline_us)
{
	(void)transport;
	script.deadline_us = deadline_us;
	*kind = TSPDM_KIND_SECURED;
	*message = (struct tspdm_view){ (const uint8_t *)"answer", 6 };
	return script.receives[script.receive_count++];
}

static const struct tspdm_transport_ops ops = { .size = sizeof ops, .send = play_send, .receive = play_receive };
static struct tspdm_transport transport = { .ops = &ops };

static int reset(void **state)
{
	(void)state;
	script = (struct script){ .wait_us = 1000 };
	error = (struct tspdm_requester_error){ 0 };
	return 0;
}

/* ---- tspdm_run ---- */

static void a_job_is_stepped_until_it_is_done(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_SEND, TSPDM_STEP_RECEIVE, TSPDM_STEP_DONE };
	static const enum tspdm_status receives[] = { TSPDM_OK };

	script.steps = steps;
	script.receives = receives;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_OK);
	assert_int_equal(script.sends, 1);
	assert_int_equal(script.sent_len, 3);
	assert_int_equal(script.inputs, 1);
	assert_true(script.deadline_us < UINT64_MAX);
}

static void silence_is_for_the_requester_to_judge(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_RECEIVE, TSPDM_STEP_SEND, TSPDM_STEP_RECEIVE,
		TSPDM_STEP_DONE };
	static const enum tspdm_status receives[] = { TSPDM_ERR_TIMEOUT, TSPDM_OK };

	script.steps = steps;
	script.receives = receives;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_OK);
	assert_int_equal(script.sends, 1);
	assert_int_equal(script.inputs, 1);
	assert_int_equal(script.failed_with, TSPDM_OK);
}

static void a_message_that_was_not_awaited_is_ignored(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_RECEIVE, TSPDM_STEP_DONE };
	static const enum tspdm_status receives[] = { TSPDM_OK };

	script.steps = steps;
	script.receives = receives;
	script.input = TSPDM_ERR_STATE;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_OK);
}

static void a_failed_job_tells_its_own_reason(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_FAILED };

	script.steps = steps;
	error.status = TSPDM_ERR_SIGNATURE;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_ERR_SIGNATURE);
	assert_int_equal(script.failed_with, TSPDM_OK);
}

static void failures_of_the_transport_end_the_job(void **state)
{
	(void)state;
	static const enum tspdm_status failures[] = { TSPDM_ERR_CLOSED, TSPDM_ERR_FRAME, TSPDM_ERR_FRAME_REFUSED,
		TSPDM_ERR_TOO_LARGE, TSPDM_ERR_IO, TSPDM_ERR_MEMORY };
	static const enum tspdm_step receiving[] = { TSPDM_STEP_RECEIVE };
	static const enum tspdm_step sending[] = { TSPDM_STEP_SEND };

	for (size_t i = 0; i < LEN(failures); i++) {
		reset(NULL);
		script.steps = receiving;
		script.receives = &failures[i];
		assert_int_equal(tspdm_run(NULL, &transport), failures[i]);
		assert_int_equal(script.failed_with, failures[i]);
		assert_int_equal(script.inputs, 0);
		reset(NULL);
		script.steps = sending;
		script.send = failures[i];
		assert_int_equal(tspdm_run(NULL, &transport), failures[i]);
		assert_int_equal(script.failed_with, failures[i]);
	}
}

static void a_peer_that_does_not_read_ends_the_job(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_SEND };

	script.steps = steps;
	script.send = TSPDM_ERR_TIMEOUT;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_ERR_TIMEOUT);
	assert_int_equal(script.failed_with, TSPDM_ERR_TIMEOUT);
}

static void a_wait_lasts_until_its_time(void **state)
{
	(void)state;
	static const enum tspdm_step steps[] = { TSPDM_STEP_WAIT, TSPDM_STEP_DONE };
	uint64_t before = tspdm_now_us();

	script.steps = steps;
	script.wait_us = 20000;
	assert_int_equal(tspdm_run(NULL, &transport), TSPDM_OK);
	assert_true(script.now_us >= before + 20000);
}

static struct {
	uint64_t until_us;
	enum tspdm_status status;
	unsigned count;
} rest;

static enum tspdm_status play_rest(struct tspdm_transport *resting, uint64_t deadline_us)
{
	(void)resting;
	rest.until_us = deadline_us;
	rest.count++;
	return rest.status;
}

static enum tspdm_status run_with_rest(size_t size, enum tspdm_status status)
{
	static const enum tspdm_step steps[] = { TSPDM_STEP_WAIT, TSPDM_STEP_DONE };
	const struct tspdm_transport_ops resting = {
		.size = size, .send = play_send, .receive = play_receive, .rest = play_rest
	};
	struct tspdm_transport t = { .ops = &resting };

	reset(NULL);
	script.steps = steps;
	script.wait_us = 1000;
	rest.status = status;
	rest.count = 0;
	return tspdm_run(NULL, &t);
}

static void a_carrier_that_waits_in_its_own_way_is_asked_to(void **state)
{
	(void)state;
	const size_t whole = sizeof(struct tspdm_transport_ops);

	assert_int_equal(run_with_rest(whole, TSPDM_ERR_TIMEOUT), TSPDM_OK);
	assert_int_equal(rest.count, 1);
	assert_true(rest.until_us >= script.now_us - 1000 && rest.until_us != UINT64_MAX);
	assert_int_equal(run_with_rest(whole, TSPDM_OK), TSPDM_OK);
	assert_int_equal(run_with_rest(whole, TSPDM_ERR_INTERRUPTED), TSPDM_ERR_INTERRUPTED);
	assert_int_equal(script.failed_with, TSPDM_ERR_INTERRUPTED);
	/* a table of an older header ends before */
	assert_int_equal(run_with_rest(offsetof(struct tspdm_transport_ops, rest), TSPDM_ERR_IO), TSPDM_OK);
	assert_int_equal(rest.count, 0);
}

/* ---- tspdm_serve ---- */

static enum tspdm_status serve(const enum tspdm_status *receives, const enum tspdm_status *handles)
{
	uint8_t room[64] = { 0 };
	struct tspdm_buffer buffer = { .ptr = room, .cap = sizeof room, .len = 9 };

	script.receives = receives;
	script.handles = handles;
	return tspdm_serve(NULL, &transport, buffer);
}

static void requests_are_answered_until_the_peer_closes(void **state)
{
	(void)state;
	static const enum tspdm_status receives[] = { TSPDM_OK, TSPDM_OK, TSPDM_ERR_CLOSED };
	static const enum tspdm_status handles[] = { TSPDM_OK, TSPDM_OK };

	assert_int_equal(serve(receives, handles), TSPDM_ERR_CLOSED);
	assert_int_equal(script.sends, 2);
	assert_int_equal(script.sent_len, 5);
	assert_int_equal(script.sent_kind, TSPDM_KIND_SECURED);
}

static void a_request_without_a_response_is_not_answered(void **state)
{
	(void)state;
	static const enum tspdm_status receives[] = { TSPDM_OK, TSPDM_ERR_FRAME };
	static const enum tspdm_status handles[] = { TSPDM_OK };

	script.no_response = true;
	assert_int_equal(serve(receives, handles), TSPDM_ERR_FRAME);
	assert_int_equal(script.sends, 0);
}

static void what_ends_serving_is_told(void **state)
{
	(void)state;
	static const enum tspdm_status receives[] = { TSPDM_OK };
	static const enum tspdm_status no_room[] = { TSPDM_ERR_BUFFER }, fine[] = { TSPDM_OK };

	assert_int_equal(serve(receives, no_room), TSPDM_ERR_BUFFER);
	assert_int_equal(script.sends, 0);
	reset(NULL);
	script.send = TSPDM_ERR_IO;
	assert_int_equal(serve(receives, fine), TSPDM_ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_job_is_stepped_until_it_is_done, reset),
		cmocka_unit_test_setup(silence_is_for_the_requester_to_judge, reset),
		cmocka_unit_test_setup(a_message_that_was_not_awaited_is_ignored, reset),
		cmocka_unit_test_setup(a_failed_job_tells_its_own_reason, reset),
		cmocka_unit_test_setup(failures_of_the_transport_end_the_job, reset),
		cmocka_unit_test_setup(a_peer_that_does_not_read_ends_the_job, reset),
		cmocka_unit_test_setup(a_wait_lasts_until_its_time, reset),
		cmocka_unit_test_setup(a_carrier_that_waits_in_its_own_way_is_asked_to, reset),
		cmocka_unit_test_setup(requests_are_answered_until_the_peer_closes, reset),
		cmocka_unit_test_setup(a_request_without_a_response_is_not_answered, reset),
		cmocka_unit_test_setup(what_ends_serving_is_told, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
