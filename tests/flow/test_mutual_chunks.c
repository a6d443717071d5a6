/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Mutual authentication by large messages: flows of encapsulated requests that begin with, are carried in, and are not to be
 * disturbed by chunks. */
#include <tspdm/session_messages.h>

#include "session_rig.h"

enum { SMALLEST = TSPDM_MIN_DATA_TRANSFER_SIZE, REQUEST_LEN = 50, FIRST_LEN = SMALLEST - 16 };

#define CLEAR TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR

static struct pair_options small_options(uint8_t form, uint32_t more)
{
	return (struct pair_options){ .session_capabilities = FULL | more,
		.transfer = SMALLEST,
		.hash = TSPDM_HASH_SHA256,
		.dhe = TSPDM_DHE_SECP256R1,
		.heartbeat_s = 5,
		.mutual_form = form,
		.basic_mutual = form == 0 };
}

struct tally {
	unsigned delivered, sent_in_chunks;
};

static void count(void *context, struct pair_message *m)
{
	struct tally *tally = context;

	if (m->kind == TSPDM_KIND_SECURED || !m->is_request)
		return;
	assert_true(m->len <= SMALLEST);
	tally->delivered += m->bytes[1] == TSPDM_DELIVER_ENCAPSULATED_RESPONSE;
	tally->sent_in_chunks += m->bytes[1] == TSPDM_CHUNK_SEND;
}

/* KEY_EXCHANGE_RSP and CHALLENGE_AUTH, which begin a flow, have to be fetched while it is open already. */
static void a_flow_begins_with_a_large_response(void **state)
{
	static const uint8_t forms[] = { TSPDM_MUTUAL_AUTH, TSPDM_MUTUAL_AUTH_ENCAPSULATED,
		TSPDM_MUTUAL_AUTH_IMPLICIT };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(forms); i++) {
		const struct pair_options options = small_options(forms[i / 2], i % 2 != 0 ? CLEAR : 0);
		struct pair *pair = pair_new(&options);
		uint32_t id;

		assert_int_equal(pair_open(pair, &id), TSPDM_OK);
		assert_true(tspdm_responder_requester(pair->responder)->is_authenticated);
		assert_int_equal(tspdm_responder_requester(pair->responder)->session, id);
		pair_free(pair);
	}
}

static void a_large_answer_is_delivered_in_chunks(void **state)
{
	const struct pair_options options = small_options(0, 0);
	struct tally tally = { 0, 0 };
	struct pair *pair = pair_new(&options);

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->hook = count;
	pair->hook_context = &tally;
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_true(tspdm_responder_requester(pair->responder)->is_authenticated);
	assert_true(tally.sent_in_chunks > 5); /* a chain and a signature */
	assert_int_equal(tally.delivered, 1);  /* DIGESTS fits */
	pair_free(pair);
}

/* ---- While the flow is open ---- */

static size_t send_chunk(struct pair *pair, const struct tspdm_chunk *chunk)
{
	const struct tspdm_shape shape = { .version = TSPDM_V12 };
	uint8_t bytes[SMALLEST + 16];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	assert_int_equal(tspdm_write_chunk_send(&out, &shape, chunk), TSPDM_OK);
	return pair_ask(pair, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out), room);
}

struct intruder {
	struct pair *pair;
	uint8_t code;
	unsigned answers;
};

/* Between the first encapsulated request and its answer: another request, in two chunks. */
static void intrude(void *context, struct pair_message *m)
{
	struct intruder *who = context;
	const uint8_t request[REQUEST_LEN] = { TSPDM_V12, who->code };
	const struct tspdm_chunk first = { false, 9, 0, sizeof request, { request, FIRST_LEN } },
				 second = { true, 9, 1, 0, { request + FIRST_LEN, sizeof request - FIRST_LEN } };
	size_t len;

	if (who->answers != 0 || m->is_request || m->kind != TSPDM_KIND_PLAIN ||
		m->bytes[1] != TSPDM_ENCAPSULATED_REQUEST)
		return;
	who->answers++;
	(void)send_chunk(who->pair, &first);
	len = send_chunk(who->pair, &second);
	assert_true(len >= 10);
	assert_int_equal(room[1], TSPDM_CHUNK_SEND_ACK);
	assert_int_equal(room[len - 3], TSPDM_ERROR);
	assert_int_equal(room[len - 2], TSPDM_ERROR_REQUEST_IN_FLIGHT);
}

static void a_request_in_chunks_does_not_slip_past_an_open_flow(void **state)
{
	static const uint8_t codes[] = { TSPDM_GET_DIGESTS, TSPDM_GET_CERTIFICATE, TSPDM_CHALLENGE,
		TSPDM_GET_MEASUREMENTS, TSPDM_KEY_EXCHANGE, TSPDM_VENDOR_DEFINED_REQUEST };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		const struct pair_options options = small_options(0, 0);
		struct pair *pair = pair_new(&options);
		struct intruder who = { pair, codes[i], 0 };

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->hook = intrude;
		pair->hook_context = &who;
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		assert_int_equal(who.answers, 1);
		assert_true(tspdm_responder_requester(pair->responder)->is_authenticated);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_begins_with_a_large_response),
		cmocka_unit_test(a_large_answer_is_delivered_in_chunks),
		cmocka_unit_test(a_request_in_chunks_does_not_slip_past_an_open_flow),
	};

	return cmocka_run_group_tests_name("mutual_chunks", tests, NULL, end);
}
