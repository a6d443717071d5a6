/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Large messages in chunks, both roles in one process: everything that can be done in one piece can be done at the smallest
 * DataTransferSize too, in the clear, in handshakes and in sessions; and what a requester refuses. */
#include "session_rig.h"

enum { SMALLEST = TSPDM_MIN_DATA_TRANSFER_SIZE };

/* What went over the wire in the clear. */
struct tally {
	unsigned codes[256];
	unsigned records;
	size_t longest, longest_record;
	unsigned large_responses;
};

static void count(void *context, struct pair_message *m)
{
	struct tally *tally = context;

	if (m->kind == TSPDM_KIND_SECURED) {
		tally->records++;
		if (m->len > tally->longest_record)
			tally->longest_record = m->len;
		return;
	}
	tally->codes[m->bytes[1]]++;
	tally->large_responses += m->bytes[1] == TSPDM_ERROR && m->bytes[2] == TSPDM_ERROR_LARGE_RESPONSE;
	if (m->len > tally->longest)
		tally->longest = m->len;
}

static struct pair *new_pair(const struct pair_options *options, struct tally *tally)
{
	struct pair *pair = pair_new(options);

	*tally = (struct tally){ 0 };
	pair->hook = count;
	pair->hook_context = tally;
	return pair;
}

/* ---- What goes ---- */

static void an_attestation_goes_at_every_transfer_size(void **state)
{
	static const uint32_t sizes[] = { SMALLEST, 43, 44, 47, 48, 49, 50, 51, 52, 64, 100, 255, 256, 1000, 1500,
		4096 };
	struct tally tally;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct pair_options options = { .transfer = sizes[i], .has_evidence = true };
		struct pair *pair = new_pair(&options, &tally);

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		assert_true(tspdm_requester_measured(pair->requester)->is_verified);
		assert_true(tally.longest <= sizes[i]);
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->peer_data_transfer_size, sizes[i]);
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->peer_max_message, PAIR_MESSAGE_MAX);
		if (sizes[i] == SMALLEST) {
			assert_true(
				tally.large_responses >= 4); /* ALGORITHMS, CERTIFICATE, CHALLENGE_AUTH, MEASUREMENTS */
			assert_true(tally.codes[TSPDM_CHUNK_GET] > 20);
			assert_int_equal(tally.codes[TSPDM_CHUNK_GET], tally.codes[TSPDM_CHUNK_RESPONSE]);
			/* DSP0274 1.2 "Length": one request for all of the chain */
			assert_int_equal(tally.codes[TSPDM_GET_CERTIFICATE], 1);
		}
		pair_free(pair);
	}
}

static void one_side_without_chunks_gets_none(void **state)
{
	const struct pair_options options = {
		.transfer = 4096, .requester_transfer = 4096, .requester_max = 4096, .max_message = 4096
	};
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(tally.codes[TSPDM_CHUNK_SEND] + tally.codes[TSPDM_CHUNK_GET], 0);
	pair_free(pair);
}

static void run_session(const struct pair_options *options, struct tally *tally)
{
	struct pair *pair = new_pair(options, tally);
	uint32_t id;

	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, true, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_OK);
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	check_no_session(pair);
	pair_free(pair);
}

static void the_two_sides_may_have_different_sizes(void **state)
{
	static const uint32_t sizes[][2] = { { SMALLEST, 4096 }, { 4096, SMALLEST }, { 64, 65 } };
	struct tally tally;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct pair_options options = { .session_capabilities = FULL,
			.heartbeat_s = 5,
			.transfer = sizes[i][0],
			.requester_transfer = sizes[i][1] };

		run_session(&options, &tally);
		assert_int_equal(tally.codes[TSPDM_CHUNK_SEND] != 0, sizes[i][0] < 4096);
		assert_int_equal(tally.codes[TSPDM_CHUNK_GET] != 0, sizes[i][1] < 4096);
	}
}

static void sessions_go_at_the_smallest_size(void **state)
{
	static const uint32_t forms[] = { FULL, FULL & ~(uint32_t)TSPDM_CAP_ENCRYPT,
		FULL | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR };
	static const uint32_t sizes[] = { SMALLEST, 60, 140 };
	static const uint32_t hashes[] = { TSPDM_HASH_SHA256, TSPDM_HASH_SHA384, TSPDM_HASH_SHA512 };
	struct tally tally;

	(void)state;
	for (size_t f = 0; f < COUNT(forms); f++)
		for (size_t s = 0; s < COUNT(sizes); s++) {
			const struct pair_options options = { .session_capabilities = forms[f],
				.transfer = sizes[s],
				.hash = hashes[s],
				.heartbeat_s = 5,
				.has_evidence = true };

			run_session(&options, &tally);
			assert_true(tally.longest <= sizes[s]);
			assert_true(tally.longest_record <= sizes[s] + 64);
			assert_true(tally.records > 20); /* a record for each chunk */
			assert_int_equal(tally.codes[TSPDM_KEY_EXCHANGE], 0);
			assert_true(sizes[s] > SMALLEST || tally.codes[TSPDM_NEGOTIATE_ALGORITHMS] == 0);
		}
}

static void every_binding_carries_chunks(void **state)
{
	const struct tspdm_binding *const bindings[] = { &tspdm_binding_mctp, &tspdm_binding_doe, &tspdm_binding_tcp };
	struct tally tally;

	(void)state;
	for (size_t i = 0; i < COUNT(bindings); i++) {
		const struct pair_options options = { .session_capabilities = FULL,
			.binding = bindings[i],
			.transfer = SMALLEST,
			.heartbeat_s = 5,
			.has_evidence = true };

		run_session(&options, &tally);
	}
}

static void what_is_not_ready_yet_is_large_later(void **state)
{
	const struct pair_options options = {
		.transfer = SMALLEST, .has_evidence = true, .evidence_delay_us = 3000000, .signature_delay_us = 3000000
	};
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);

	(void)state;
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_true(tally.codes[TSPDM_RESPOND_IF_READY] > 1);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	pair_free(pair);
}

/* A vendor's request of some size, given back. */
static enum tspdm_status turn_around(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	const size_t *more = context;
	size_t len = request->payload.len + *more;

	(void)pending;
	response->len = len;
	if (len > response->cap)
		return TSPDM_ERR_BUFFER;
	memset(response->ptr, 0x3C, len);
	for (size_t i = 0; i < request->payload.len; i++)
		response->ptr[i] = request->payload.ptr[request->payload.len - 1 - i];
	return TSPDM_OK;
}

static enum tspdm_status ask_vendor(struct pair *pair, size_t len, struct tspdm_buffer *answer)
{
	static const uint8_t vendor[] = { 0x34, 0x12 };
	static uint8_t payload[1000];
	const struct tspdm_vendor_defined ask = {
		.standard_id = 3, .vendor_id = { vendor, 2 }, .payload = { payload, len }
	};

	for (size_t i = 0; i < len; i++)
		payload[i] = (uint8_t)(i * 7 + 1);
	answer->len = 0;
	TSPDM_TRY(tspdm_requester_vendor(pair->requester, &ask, answer));
	TSPDM_TRY(pair_run(pair));
	assert_true(answer->len >= len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(answer->ptr[i], payload[len - 1 - i]);
	return TSPDM_OK;
}

/* Each length of request and of response around every limit: one piece, just not one piece, behind CHUNK_SEND_ACK or not,
 * and the last chunk of one byte. */
static void every_length_of_request_and_response_arrives(void **state)
{
	static const uint32_t capabilities[] = { 0, FULL };
	struct tspdm_buffer answer = { room, sizeof room, 0 };

	(void)state;
	for (size_t c = 0; c < COUNT(capabilities); c++) {
		const struct pair_options options = {
			.session_capabilities = capabilities[c], .transfer = SMALLEST, .heartbeat_s = 5
		};
		struct tally tally;
		struct pair *pair = new_pair(&options, &tally);
		size_t more = 0;
		uint32_t id = 0;

		pair->device.vendor = turn_around;
		pair->device.vendor_context = &more;
		assert_int_equal(capabilities[c] != 0 ? pair_open(pair, &id) : pair_connect(pair), TSPDM_OK);
		assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
		for (size_t len = 1; len < 130; len++)
			assert_int_equal(ask_vendor(pair, len, &answer), TSPDM_OK);
		for (more = 1; more < 40; more++)
			assert_int_equal(ask_vendor(pair, 36, &answer), TSPDM_OK);
		more = 20000;
		assert_int_equal(ask_vendor(pair, 900, &answer), TSPDM_OK);
		assert_int_equal(answer.len, 20900);
		pair_free(pair);
	}
}

static void what_is_larger_than_the_peer_takes_is_not_sent(void **state)
{
	const struct pair_options options = { .transfer = SMALLEST, .max_message = 300, .requester_max = 200 };
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);
	size_t more = 0;

	(void)state;
	pair->device.vendor = turn_around;
	pair->device.vendor_context = &more;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(ask_vendor(pair, 189, &answer), TSPDM_OK);
	assert_int_equal(ask_vendor(pair, 190, &answer), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_int_equal(ask_vendor(pair, 289, &answer), TSPDM_ERR_PEER);
	pair->messages = 0;
	assert_int_equal(ask_vendor(pair, 290, &answer), TSPDM_ERR_TOO_LARGE);
	assert_int_equal(pair->messages, 0);
	assert_string_equal(tspdm_requester_error(pair->requester)->clause, "DSP0274 1.2 \"MaxSPDMmsgSize\"");
	assert_int_equal(ask_vendor(pair, 100, &answer), TSPDM_OK); /* and the connection goes on */
	pair_free(pair);
}

/* ---- A chain with a quote in its leaf ---- */

enum { QUOTE_LEN = 16000 };

static enum tspdm_status put_quote(
	void *context, struct tspdm_view spki, const struct tspdm_openssl_extension **out, size_t *count)
{
	static uint8_t quote[QUOTE_LEN];
	static const struct tspdm_openssl_extension extension = { .oid = "1.3.6.1.4.1.99999.1",
		.value = { quote, sizeof quote } };

	(void)context;
	assert_true(spki.len != 0);
	for (size_t i = 0; i < sizeof quote; i++)
		quote[i] = (uint8_t)(i * 31);
	*out = &extension;
	*count = 1;
	return TSPDM_OK;
}

static void a_chain_with_a_quote_arrives(void **state)
{
	static const struct tspdm_openssl_make make = {
		.size = sizeof make, .asym = TSPDM_ASYM_ECDSA_P256, .extensions = put_quote
	};
	const struct pair_options options = { .session_capabilities = FULL,
		.transfer = SMALLEST,
		.heartbeat_s = 5,
		.no_anchor = true,
		.allow_unanchored = true };
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);
	struct tspdm_openssl_identity *identity;
	const struct tspdm_authenticate again = {
		.skip_challenge = true, .chain = pair->chain, .chain_cap = sizeof pair->chain
	};
	uint32_t id;

	(void)state;
	assert_int_equal(tspdm_openssl_identity_make(&make, &identity), TSPDM_OK);
	tspdm_openssl_identity_slot(identity, &pair->device.slots[0]);
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_true(tspdm_requester_identity(pair->requester)->leaf.len > QUOTE_LEN);
	assert_int_equal(tally.codes[TSPDM_GET_CERTIFICATE], 1);
	assert_true(tally.codes[TSPDM_CHUNK_GET] > QUOTE_LEN / (SMALLEST - 12));
	tally.records = 0;
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &again), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_true(tally.records > QUOTE_LEN / (SMALLEST - 12));
	assert_true(tspdm_requester_identity(pair->requester)->leaf.len > QUOTE_LEN);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	/* nothing of the session is left where chunks were put together */
	for (size_t i = 0; i < sizeof pair->request_large; i++)
		assert_int_equal(pair->request_large[i], 0);
	pair_free(pair);
	tspdm_openssl_identity_free(identity);
}

/* ---- What gets lost ---- */

struct loss {
	unsigned every, seen;
	bool doubles;
};

static void lose(void *context, struct pair_message *m)
{
	struct loss *loss = context;

	loss->seen++;
	if (loss->seen % loss->every != 0)
		return;
	m->is_dropped = !loss->doubles;
	m->is_doubled = loss->doubles;
}

static void lost_and_doubled_chunks_are_made_good(void **state)
{
	(void)state;
	for (unsigned every = 5; every < 14; every++)
		for (unsigned doubles = 0; doubles < 2; doubles++) {
			const struct pair_options options = { .transfer = 60 };
			struct pair *pair = pair_new(&options);
			struct tspdm_buffer answer = { room, sizeof room, 0 };
			struct loss loss = { every, 0, doubles != 0 };
			size_t more = 7;

			pair->device.vendor = turn_around;
			pair->device.vendor_context = &more;
			assert_int_equal(pair_connect(pair), TSPDM_OK);
			pair->hook = lose;
			pair->hook_context = &loss;
			for (size_t len = 30; len < 400; len += 37)
				assert_int_equal(ask_vendor(pair, len, &answer), TSPDM_OK);
			pair_free(pair);
		}
}

/* Answers that come so late that the request was repeated: each chunk message is answered twice. */
static void late_answers_to_repeated_chunks_are_passed_over(void **state)
{
	static const uint8_t vendor[] = { 0x34, 0x12 };
	static const uint8_t payload[120] = { 1 };
	static uint8_t request[PAIR_MESSAGE_MAX], first[PAIR_MESSAGE_MAX], second[PAIR_MESSAGE_MAX];
	const struct tspdm_vendor_defined ask = {
		.standard_id = 3, .vendor_id = { vendor, 2 }, .payload = { payload, sizeof payload }
	};
	const struct pair_options options = { .transfer = SMALLEST };
	struct pair *pair = pair_new(&options);
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	size_t more = 0;
	uint64_t now = pair_now_us();
	struct tspdm_io io;
	unsigned repeated = 0;

	(void)state;
	pair->device.vendor = turn_around;
	pair->device.vendor_context = &more;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_vendor(pair->requester, &ask, &answer), TSPDM_OK);
	while (tspdm_requester_step(pair->requester, now, &io) == TSPDM_STEP_SEND) {
		struct tspdm_view message = { request, io.out.len };
		size_t first_len, second_len = 0;

		memcpy(request, io.out.ptr, io.out.len);
		first_len = pair_ask(pair, TSPDM_KIND_PLAIN, message, first);
		if (first[1] == TSPDM_CHUNK_RESPONSE || first[1] == TSPDM_CHUNK_SEND_ACK) {
			now = io.deadline_us;
			assert_int_equal(tspdm_requester_step(pair->requester, now, &io), TSPDM_STEP_SEND);
			assert_int_equal(io.out.len, message.len);
			assert_memory_equal(io.out.ptr, request, message.len);
			second_len = pair_ask(pair, TSPDM_KIND_PLAIN, message, second);
			assert_int_equal(first_len, second_len);
			assert_memory_equal(first, second, first_len);
			repeated++;
		}
		assert_int_equal(tspdm_requester_input(
					 pair->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ first, first_len }),
			TSPDM_OK);
		if (second_len == 0 || tspdm_requester_step(pair->requester, now, &io) != TSPDM_STEP_SEND)
			continue;
		memcpy(request, io.out.ptr, io.out.len);
		message.len = io.out.len;
		assert_int_equal(tspdm_requester_input(
					 pair->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ second, second_len }),
			TSPDM_OK);
		assert_int_equal(tspdm_requester_step(pair->requester, now, &io), TSPDM_STEP_RECEIVE);
		first_len = pair_ask(pair, TSPDM_KIND_PLAIN, message, first);
		assert_int_equal(tspdm_requester_input(
					 pair->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ first, first_len }),
			TSPDM_OK);
	}
	assert_int_equal(tspdm_requester_error(pair->requester)->status, TSPDM_OK);
	assert_true(repeated >= 4);
	assert_int_equal(answer.len, sizeof payload);
	pair_free(pair);
}

/* ---- What belongs elsewhere ---- */

/* The next message of the requester, answered by the responder but not given to it yet. */
static size_t step_by_hand(struct pair *pair, uint8_t *answer)
{
	static uint8_t request[PAIR_MESSAGE_MAX];
	struct tspdm_io io;

	assert_int_equal(tspdm_requester_step(pair->requester, pair_now_us(), &io), TSPDM_STEP_SEND);
	memcpy(request, io.out.ptr, io.out.len);
	return pair_ask(pair, io.kind, (struct tspdm_view){ request, io.out.len }, answer);
}

static void ask_in_the_clear(struct pair *pair, struct tspdm_view request, uint8_t *answer, size_t *len)
{
	*len = pair_ask(pair, TSPDM_KIND_PLAIN, request, answer);
	assert_true(*len >= 4);
}

/* In the clear, the whole wire is an attacker's: a transfer of a session neither goes on with his chunks, nor gives him any,
 * nor ends because of them. */
static void chunks_of_a_session_stay_in_it(void **state)
{
	static const uint8_t vendor[] = { 0x34, 0x12 };
	static const uint8_t payload[90] = { 1, 2, 3 };
	const struct tspdm_vendor_defined ask = {
		.standard_id = 3, .vendor_id = { vendor, 2 }, .payload = { payload, sizeof payload }
	};
	const struct pair_options options = { .session_capabilities = FULL, .transfer = SMALLEST, .heartbeat_s = 5 };
	static uint8_t answer[PAIR_MESSAGE_MAX], foreign[PAIR_MESSAGE_MAX];
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);
	struct tspdm_buffer taken = { room, sizeof room, 0 };
	size_t more = 0, foreign_len;
	unsigned rounds = 0;
	struct tspdm_io io;
	uint32_t id;

	(void)state;
	pair->device.vendor = turn_around;
	pair->device.vendor_context = &more;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_vendor(pair->requester, &ask, &taken), TSPDM_OK);
	for (;; rounds++) {
		size_t len = step_by_hand(pair, answer);
		const struct chunking *c = &pair->responder->chunking;
		uint8_t chunk[SMALLEST] = { 0x12, TSPDM_CHUNK_SEND, 0, c->in.handle, (uint8_t)c->in.next, 0, 0, 0,
			SMALLEST - 12 };
		uint8_t get[6] = { 0x12, TSPDM_CHUNK_GET, 0, c->out.handle, (uint8_t)c->out.sequence };

		if (c->in.is_active) {
			assert_int_equal(c->in_session, id);
			ask_in_the_clear(pair, (struct tspdm_view){ chunk, sizeof chunk }, foreign, &foreign_len);
			assert_int_equal(foreign[1], TSPDM_CHUNK_SEND_ACK);
			assert_int_equal(foreign[2], 1);
			assert_int_equal(foreign[8], TSPDM_ERROR_INVALID_REQUEST);
			assert_true(c->in.is_active);
		}
		for (unsigned next = 0; c->out.is_active && next < 2; next++) {
			assert_int_equal(c->out_session, id);
			get[4] = (uint8_t)(c->out.sequence + next);
			ask_in_the_clear(pair, (struct tspdm_view){ get, sizeof get }, foreign, &foreign_len);
			assert_int_equal(foreign[1], TSPDM_ERROR);
			assert_int_equal(foreign[2], TSPDM_ERROR_UNEXPECTED_REQUEST);
		}
		assert_int_equal(
			tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, (struct tspdm_view){ answer, len }),
			TSPDM_OK);
		if (pair->responder->chunking.out.total == 0 && rounds > 4 &&
			tspdm_requester_step(pair->requester, pair_now_us(), &io) == TSPDM_STEP_DONE)
			break;
	}
	assert_int_equal(taken.len, sizeof payload);
	assert_true(rounds > 6);
	/* nothing of it is left */
	for (size_t i = 0; i < sizeof pair->response_large; i++)
		assert_true(pair->response_large[i] == 0 || i < 512);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	pair_free(pair);
}

/* A transfer that somebody began in the clear is in nobody's way. */
static void a_transfer_in_the_clear_does_not_hold_up_a_session(void **state)
{
	static uint8_t chunk[SMALLEST] = { 0x12, TSPDM_CHUNK_SEND, 0, 3, 0, 0, 0, 0, SMALLEST - 16, 0, 0, 0, 90 };
	const struct pair_options options = { .session_capabilities = FULL, .transfer = SMALLEST, .heartbeat_s = 5 };
	static uint8_t foreign[PAIR_MESSAGE_MAX];
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	struct tally tally;
	struct pair *pair = new_pair(&options, &tally);
	size_t more = 0, len;
	uint32_t id;

	(void)state;
	pair->device.vendor = turn_around;
	pair->device.vendor_context = &more;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	ask_in_the_clear(pair, (struct tspdm_view){ chunk, sizeof chunk }, foreign, &len);
	assert_int_equal(foreign[2], 0);
	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(ask_vendor(pair, 20, &answer), TSPDM_OK);
	assert_int_equal(ask_vendor(pair, 90, &answer), TSPDM_OK);
	/* the session's transfer took its place */
	chunk[4] = 1;
	ask_in_the_clear(pair, (struct tspdm_view){ chunk, sizeof chunk }, foreign, &len);
	assert_int_equal(foreign[1], TSPDM_CHUNK_SEND_ACK);
	assert_int_equal(foreign[2], 1);
	chunk[4] = 0;
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	pair_free(pair);
}

/* ---- What a requester refuses ---- */

struct spoil {
	uint8_t code;    /* of the message that is changed */
	unsigned which;  /* which of them, from 0 */
	unsigned offset; /* byte that is changed */
	uint8_t value;
	int longer; /* bytes that are added to, or cut off, its end */
	unsigned seen;
};

static void spoil(void *context, struct pair_message *m)
{
	struct spoil *s = context;

	if (m->bytes[1] != s->code || s->seen++ != s->which)
		return;
	m->bytes[s->offset] = s->value;
	if (s->longer > 0)
		memset(m->bytes + m->len, 0, (size_t)s->longer);
	m->len = (size_t)((int)m->len + s->longer);
}

/* A vendor's answer of 101 bytes to a request of 101: CHUNK_SEND of 26, 30, 30, 15, then LargeResponse, CHUNK_RESPONSE
 * likewise. */
static void answers_to_chunks_that_lie_are_refused(void **state)
{
	static const struct {
		const char *what;
		struct spoil spoil;
		enum tspdm_status status;
	} rows[] = {
		/* clang-format off */
		{ "ack: version", { TSPDM_CHUNK_SEND_ACK, 0, 0, 0x11, 0, 0 }, TSPDM_ERR_VERSION },
		{ "ack: another code", { TSPDM_CHUNK_SEND_ACK, 0, 1, TSPDM_CHUNK_RESPONSE, 0, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "ack: the code of the response", { TSPDM_CHUNK_SEND_ACK, 0, 1, TSPDM_VENDOR_DEFINED_RESPONSE, 0, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "ack: early error without one", { TSPDM_CHUNK_SEND_ACK, 1, 2, 1, 0, 0 }, TSPDM_ERR_TRUNCATED },
		{ "ack: early error that is none", { TSPDM_CHUNK_SEND_ACK, 1, 2, 1, 4, 0 }, TSPDM_ERR_FIELD },
		{ "ack: handle", { TSPDM_CHUNK_SEND_ACK, 1, 3, 77, 0, 0 }, TSPDM_ERR_CHUNK_HANDLE },
		{ "ack: sequence", { TSPDM_CHUNK_SEND_ACK, 1, 4, 2, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "ack: sequence, high", { TSPDM_CHUNK_SEND_ACK, 1, 5, 1, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "ack: the one before", { TSPDM_CHUNK_SEND_ACK, 1, 4, 0, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "ack: a response before the last", { TSPDM_CHUNK_SEND_ACK, 0, 1, TSPDM_CHUNK_SEND_ACK, 4, 0 }, TSPDM_ERR_TRAILING },
		{ "ack: cut off", { TSPDM_CHUNK_SEND_ACK, 0, 1, TSPDM_CHUNK_SEND_ACK, -1, 0 }, TSPDM_ERR_TRUNCATED },
		{ "large: another error", { TSPDM_ERROR, 0, 2, TSPDM_ERROR_UNSPECIFIED, 0, 0 }, TSPDM_ERR_PEER },
		{ "large: not ready", { TSPDM_ERROR, 0, 2, TSPDM_ERROR_RESPONSE_NOT_READY, 4, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "large: handle cut off", { TSPDM_ERROR, 0, 1, TSPDM_ERROR, -1, 0 }, TSPDM_ERR_TRUNCATED },
		{ "large: another handle", { TSPDM_ERROR, 0, 4, 99, 0, 0 }, TSPDM_ERR_PEER },
		{ "chunk: version", { TSPDM_CHUNK_RESPONSE, 0, 0, 0x10, 0, 0 }, TSPDM_ERR_VERSION },
		{ "chunk: another code", { TSPDM_CHUNK_RESPONSE, 0, 1, TSPDM_CHUNK_SEND_ACK, 0, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "chunk: the code of the response", { TSPDM_CHUNK_RESPONSE, 0, 1, TSPDM_VENDOR_DEFINED_RESPONSE, 0, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "chunk: the first is the last", { TSPDM_CHUNK_RESPONSE, 0, 2, 1, 0, 0 }, TSPDM_ERR_FIELD },
		{ "chunk: last too early", { TSPDM_CHUNK_RESPONSE, 1, 2, 1, 0, 0 }, TSPDM_ERR_CHUNK_LAST_EARLY },
		{ "chunk: last too late", { TSPDM_CHUNK_RESPONSE, 3, 2, 0, 0, 0 }, TSPDM_ERR_CHUNK_SIZE },
		{ "chunk: handle of the first", { TSPDM_CHUNK_RESPONSE, 0, 3, 99, 0, 0 }, TSPDM_ERR_CHUNK_HANDLE },
		{ "chunk: handle of another", { TSPDM_CHUNK_RESPONSE, 2, 3, 99, 0, 0 }, TSPDM_ERR_CHUNK_HANDLE },
		{ "chunk: sequence back", { TSPDM_CHUNK_RESPONSE, 2, 4, 1, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "chunk: sequence on", { TSPDM_CHUNK_RESPONSE, 2, 4, 3, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "chunk: sequence, high", { TSPDM_CHUNK_RESPONSE, 2, 5, 1, 0, 0 }, TSPDM_ERR_CHUNK_SEQUENCE },
		{ "chunk: empty", { TSPDM_CHUNK_RESPONSE, 1, 8, 0, 0, 0 }, TSPDM_ERR_LENGTH },
		{ "chunk: smaller than it may be", { TSPDM_CHUNK_RESPONSE, 1, 8, 29, -1, 0 }, TSPDM_ERR_CHUNK_SIZE },
		{ "chunk: smaller than it says", { TSPDM_CHUNK_RESPONSE, 1, 8, 31, 0, 0 }, TSPDM_ERR_TRUNCATED },
		{ "chunk: more than there is", { TSPDM_CHUNK_RESPONSE, 3, 8, 16, 1, 0 }, TSPDM_ERR_CHUNK_BEYOND },
		{ "chunk: last, but not all", { TSPDM_CHUNK_RESPONSE, 3, 8, 14, -1, 0 }, TSPDM_ERR_CHUNK_LAST_EARLY },
		{ "chunk: longer than a transfer", { TSPDM_CHUNK_RESPONSE, 1, 8, 31, 1, 0 }, TSPDM_ERR_TOO_LARGE },
		{ "chunk: bytes behind it", { TSPDM_CHUNK_RESPONSE, 3, 1, TSPDM_CHUNK_RESPONSE, 1, 0 }, TSPDM_ERR_TRAILING },
		{ "chunk: cut off", { TSPDM_CHUNK_RESPONSE, 3, 1, TSPDM_CHUNK_RESPONSE, -1, 0 }, TSPDM_ERR_TRUNCATED },
		{ "total: more than taken", { TSPDM_CHUNK_RESPONSE, 0, 14, 1, 0, 0 }, TSPDM_ERR_TOO_LARGE },
		{ "total: much more than taken", { TSPDM_CHUNK_RESPONSE, 0, 15, 0xFF, 0, 0 }, TSPDM_ERR_TOO_LARGE },
		{ "total: less than a chunk", { TSPDM_CHUNK_RESPONSE, 0, 12, 20, 0, 0 }, TSPDM_ERR_LENGTH },
		{ "total: one less", { TSPDM_CHUNK_RESPONSE, 0, 12, 100, 0, 0 }, TSPDM_ERR_CHUNK_BEYOND },
		{ "total: one more", { TSPDM_CHUNK_RESPONSE, 0, 12, 102, 0, 0 }, TSPDM_ERR_CHUNK_LAST_EARLY },
		{ "total: as much as the first three", { TSPDM_CHUNK_RESPONSE, 0, 12, 86, 0, 0 }, TSPDM_ERR_CHUNK_LAST_LATE },
		{ "content: ERROR", { TSPDM_CHUNK_RESPONSE, 0, 17, TSPDM_ERROR, 0, 0 }, TSPDM_ERR_CHUNK_CONTENT },
		{ "content: chunks again", { TSPDM_CHUNK_RESPONSE, 0, 17, TSPDM_CHUNK_RESPONSE, 0, 0 }, TSPDM_ERR_CHUNK_CONTENT },
		{ "content: an ack", { TSPDM_CHUNK_RESPONSE, 0, 17, TSPDM_CHUNK_SEND_ACK, 0, 0 }, TSPDM_ERR_CHUNK_CONTENT },
		{ "content: another response", { TSPDM_CHUNK_RESPONSE, 0, 17, TSPDM_DIGESTS, 0, 0 }, TSPDM_ERR_UNEXPECTED },
		{ "content: another version", { TSPDM_CHUNK_RESPONSE, 0, 16, 0x11, 0, 0 }, TSPDM_ERR_VERSION },
		{ "content: less than its fields", { TSPDM_CHUNK_RESPONSE, 0, 25, 91, 0, 0 }, TSPDM_ERR_TRUNCATED },
		{ "content: more than its fields", { TSPDM_CHUNK_RESPONSE, 0, 25, 89, 0, 0 }, TSPDM_ERR_TRAILING },
		{ "untouched", { 0, 0, 0, 0, 0, 0 }, TSPDM_OK },
		/* clang-format on */
	};
	const struct pair_options options = {
		.transfer = SMALLEST, .max_message = 65535, .binding = &tspdm_binding_tcp
	};
	struct tspdm_buffer answer = { room, sizeof room, 0 };
	size_t more = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair_options small = options;
		struct pair *pair;
		struct spoil s = rows[i].spoil;
		enum tspdm_status status;

		small.max_message = 1024;
		pair = pair_new(&small);
		pair->device.vendor = turn_around;
		pair->device.vendor_context = &more;
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->hook = spoil;
		pair->hook_context = &s;
		status = ask_vendor(pair, 90, &answer);
		if (status != rows[i].status)
			fail_msg("%s: %s instead of %s", rows[i].what, tspdm_status_name(status),
				tspdm_status_name(rows[i].status));
		if (rows[i].status != TSPDM_OK)
			assert_true(tspdm_requester_error(pair->requester)->clause[0] != '\0');
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attestation_goes_at_every_transfer_size),
		cmocka_unit_test(the_two_sides_may_have_different_sizes),
		cmocka_unit_test(one_side_without_chunks_gets_none),
		cmocka_unit_test(sessions_go_at_the_smallest_size),
		cmocka_unit_test(every_binding_carries_chunks),
		cmocka_unit_test(what_is_not_ready_yet_is_large_later),
		cmocka_unit_test(every_length_of_request_and_response_arrives),
		cmocka_unit_test(what_is_larger_than_the_peer_takes_is_not_sent),
		cmocka_unit_test(a_chain_with_a_quote_arrives),
		cmocka_unit_test(lost_and_doubled_chunks_are_made_good),
		cmocka_unit_test(late_answers_to_repeated_chunks_are_passed_over),
		cmocka_unit_test(chunks_of_a_session_stay_in_it),
		cmocka_unit_test(a_transfer_in_the_clear_does_not_hold_up_a_session),
		cmocka_unit_test(answers_to_chunks_that_lie_are_refused),
	};

	return cmocka_run_group_tests_name("chunking", tests, NULL, end);
}
