/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Devices and signers that need time: ResponseNotReady, RESPOND_IF_READY, and what may come between. */
#include "responder_rig.h"

static struct tspdm_view respond(uint8_t code, uint8_t token)
{
	static uint8_t message[4];

	memcpy(message, (const uint8_t[]){ 0x12, 0xFF, code, token }, 4);
	return (struct tspdm_view){ message, 4 };
}

/* Checks ERROR(ResponseNotReady) and gives its token. */
static uint8_t not_ready(struct tspdm_view response, uint8_t code, uint8_t exponent)
{
	assert_error(response, TSPDM_ERROR_RESPONSE_NOT_READY);
	assert_int_equal(response.len, 8);
	assert_int_equal(response.ptr[3], 0);
	assert_int_equal(response.ptr[4], exponent);
	assert_int_equal(response.ptr[5], code);
	assert_true(response.ptr[7] > 1); /* RDTM */
	return response.ptr[6];
}

static void evidence_comes_when_it_is_ready(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->source.delay = 3;
	rig->source.retry_us = 5000; /* 2^13 is the first above */
	token = not_ready(rig_send(rig, get_measurements(3, 0xFD, 0)), 0xE0, 13);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(not_ready(rig_send(rig, respond(0xE0, token)), 0xE0, 13), token);
	rig_send(rig, respond(0xE0, token));
	assert_int_equal(rig->response.ptr[1], TSPDM_MEASUREMENTS);
	assert_int_equal(rig->source.begun, 1);
	assert_int_equal(rig->source.ended, 1);
	assert_error(rig_send(rig, respond(0xE0, token)), TSPDM_ERROR_UNEXPECTED_REQUEST);
	rig_free(rig);
}

/* Both evidence and signature late; nonce and evidence are made once, and the signature is over what was written first:
 * the fake signer compares. */
static void each_part_is_made_once(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;
	unsigned rounds = 0;

	(void)state;
	rig->source.delay = 2;
	rig->signer.delay = 3;
	token = rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6];
	do {
		assert_true(rounds++ < 20);
		rig_send(rig, respond(0xE0, token));
	} while (error_of(rig->response) == TSPDM_ERROR_RESPONSE_NOT_READY);
	assert_int_equal(rig->response.ptr[1], TSPDM_MEASUREMENTS);
	assert_int_equal(rounds, 5);
	assert_int_equal(rig->source.begun, 1);
	rig_free(rig);
}

static void a_retry_of_the_request_itself_goes_on_too(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->signer.delay = 2;
	token = not_ready(rig_send(rig, challenge(0, 0xFF)), 0x83, 12);
	assert_int_equal(not_ready(rig_send(rig, challenge(0, 0xFF)), 0x83, 12), token);
	assert_int_equal(rig_send(rig, challenge(0, 0xFF)).ptr[1], TSPDM_CHALLENGE_AUTH);
	assert_int_equal(rig->signer.cancelled, 0);
	rig_free(rig);
}

static void only_the_right_code_and_token_are_taken(void **state)
{
	static const struct {
		uint8_t code, token_xor;
	} wrong[] = { { 0xE0, 1 }, { 0xE0, 0x80 }, { 0x83, 0 }, { 0, 0 }, { 0xFF, 0 } };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->source.delay = 1;
	token = rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6];
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_error(
			rig_send(rig, respond(wrong[i].code, token ^ wrong[i].token_xor)), TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(rig_send(rig, respond(0xE0, token)).ptr[1], TSPDM_MEASUREMENTS); /* nothing was lost */
	rig_free(rig);
}

static void tokens_differ_from_one_request_to_the_next(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t first;

	(void)state;
	rig->source.delay = 1;
	first = rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6];
	rig_send(rig, respond(0xE0, first));
	assert_int_not_equal(rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6], first);
	rig_free(rig);
}

static void other_requests_are_answered_meanwhile(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->signer.delay = 1;
	token = rig_send(rig, challenge(0, 0)).ptr[6];
	assert_int_equal(rig_send(rig, VIEW(0x12, 0x81, 0, 0)).ptr[1], TSPDM_DIGESTS);
	assert_error(rig_send(rig, challenge(1, 0)), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12, 0xE4, 0, 0)), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(rig_send(rig, respond(0x83, token)).ptr[1], TSPDM_CHALLENGE_AUTH);
	rig_free(rig);
}

static void a_new_request_that_uses_the_device_replaces_the_old_one(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->source.delay = 5;
	token = rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6];
	assert_int_equal(rig_send(rig, get_measurements(0, 1, 0)).ptr[1], TSPDM_MEASUREMENTS);
	assert_int_equal(rig->source.ended, 1);
	assert_error(rig_send(rig, respond(0xE0, token)), TSPDM_ERROR_UNEXPECTED_REQUEST);
	rig_free(rig);
}

/* F28 abort_leak: the evidence source and the signer are told, at whatever stage. */
static void get_version_and_wiping_cancel(void **state)
{
	(void)state;
	for (unsigned late = 0; late < 4; late++) {
		struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

		rig->source.delay = late & 1 ? 1 : 0;
		rig->signer.delay = late & 1 ? 0 : 1;
		rig_send(rig, get_measurements(3, 0xFD, 0));
		if ((late & 2) == 0) {
			uint8_t token = rig->response.ptr[6];

			rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
			assert_int_equal(rig->source.ended, 1);
			assert_error(rig_send(rig, respond(0xE0, token)), TSPDM_ERROR_UNEXPECTED_REQUEST);
			assert_int_equal(rig->signer.cancelled, late & 1 ? 0 : 1);
		}
		rig_free(rig); /* begun equals ended */
	}
}

static void without_scratch_the_answer_is_busy(void **state)
{
	/* none; not even the request; the request but not the response */
	static const size_t sizes[] = { 0, 36, 37, 500 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct rig *rig = rig_new();

		rig->config.scratch_len = sizes[i];
		rig->config.scratch = sizes[i] != 0 ? rig->scratch : NULL;
		rig_start(rig);
		rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
		rig->signer.delay = 1;
		assert_error(rig_send(rig, get_measurements(3, 0xFD, 0)), TSPDM_ERROR_BUSY);
		assert_int_equal(rig->source.ended, 1);
		assert_int_equal(rig->signer.cancelled, 1);
		rig->signer.delay = 0;
		assert_int_equal(rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[1], TSPDM_MEASUREMENTS);
		rig_free(rig);
	}
}

/* F20 exponent_shift: whatever a device estimates. */
static void the_announced_time_covers_the_estimate_and_is_capped(void **state)
{
	static const struct {
		uint32_t retry_us;
		uint8_t exponent;
	} rows[] = { { 0, 10 }, { 1, 10 }, { 1024, 10 }, { 1025, 11 }, { 1U << 20, 20 }, { (1U << 20) + 1, 21 },
		{ 1U << 25, 25 }, { (1U << 25) + 1, 25 }, { 1U << 31, 25 }, { UINT32_MAX, 25 } };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	rig->source.delay = 1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t token;

		rig->source.retry_us = rows[i].retry_us;
		token = not_ready(rig_send(rig, get_measurements(3, 0xFD, 0)), 0xE0, rows[i].exponent);
		rig_send(rig, respond(0xE0, token));
	}
	rig_free(rig);
}

static void a_source_that_fails_in_the_end_fails_the_request(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	rig->source.delay = 1;
	rig->source.outcome = TSPDM_ERR_EVIDENCE_SOURCE;
	token = rig_send(rig, get_measurements(3, 0xFD, 0)).ptr[6];
	assert_error(rig_send(rig, respond(0xE0, token)), TSPDM_ERROR_UNSPECIFIED);
	assert_int_equal(tspdm_responder_last(rig->responder).status, TSPDM_ERR_EVIDENCE_SOURCE);
	assert_error(rig_send(rig, respond(0xE0, token)), TSPDM_ERROR_UNEXPECTED_REQUEST);
	rig_free(rig);
}

static void a_vendor_handler_may_need_time(void **state)
{
	static unsigned delay;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t token;

	(void)state;
	delay = 2;
	rig->device.vendor_context = &delay;
	token = not_ready(rig_send(rig, VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 1, 0, 9)), 0xFE, 10);
	not_ready(rig_send(rig, respond(0xFE, token)), 0xFE, 10);
	assert_int_equal(rig_send(rig, respond(0xFE, token)).ptr[1], TSPDM_VENDOR_DEFINED_RESPONSE);
	rig_free(rig);
}

/* F41: never part of a signature. */
static void a_signature_of_the_wrong_size_is_not_sent(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	rig->signer.is_short = true;
	assert_error(rig_send(rig, challenge(0, 0)), TSPDM_ERROR_UNSPECIFIED);
	assert_int_equal(rig->response.len, 4);
	assert_error(rig_send(rig, get_measurements(1, 1, 0)), TSPDM_ERROR_UNSPECIFIED);
	rig_free(rig);
}

/* DSP0274 1.2 "Timing requirements": RESPOND_IF_READY that finds less room is no reason to lose the request's bytes. */
static void a_late_response_fits_the_room_or_is_refused(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t room[100];
	struct tspdm_buffer out = { room, sizeof room, 0 };
	uint8_t token;

	(void)state;
	rig->signer.delay = 1;
	token = rig_send(rig, challenge(0, 0)).ptr[6];
	assert_int_equal(
		tspdm_responder_handle(rig->responder, 0, TSPDM_KIND_PLAIN, respond(0x83, token), &out), TSPDM_OK);
	assert_error(tspdm_buffer_view(&out), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_memory_equal(room + 4, ((const uint8_t[]){ 182, 0, 0, 0 }), 4);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_comes_when_it_is_ready),
		cmocka_unit_test(each_part_is_made_once),
		cmocka_unit_test(a_retry_of_the_request_itself_goes_on_too),
		cmocka_unit_test(only_the_right_code_and_token_are_taken),
		cmocka_unit_test(tokens_differ_from_one_request_to_the_next),
		cmocka_unit_test(other_requests_are_answered_meanwhile),
		cmocka_unit_test(a_new_request_that_uses_the_device_replaces_the_old_one),
		cmocka_unit_test(get_version_and_wiping_cancel),
		cmocka_unit_test(without_scratch_the_answer_is_busy),
		cmocka_unit_test(the_announced_time_covers_the_estimate_and_is_capped),
		cmocka_unit_test(a_source_that_fails_in_the_end_fails_the_request),
		cmocka_unit_test(a_vendor_handler_may_need_time),
		cmocka_unit_test(a_signature_of_the_wrong_size_is_not_sent),
		cmocka_unit_test(a_late_response_fits_the_room_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
