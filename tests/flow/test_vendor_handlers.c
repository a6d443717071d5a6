/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Vendor-defined requests and the handlers that are registered for them: who is asked what, in the clear and in sessions,
 * at once and late. */
#include "session_rig.h"

/* A handler that answers with a letter and what it was asked, the second time that it is asked where it is late. */
struct station {
	uint8_t letter;
	unsigned delay;           /* how often it says "not yet" */
	enum tspdm_status status; /* what it says then */
	unsigned asked, cancelled;
	bool is_pending;
	uint32_t session;
	size_t pad; /* further bytes of the answer */
};

static enum tspdm_status answer(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	struct station *s = context;
	size_t len = 1 + request->payload.len + s->pad;

	s->asked++;
	s->session = request->session;
	if (pending->stage == 0 && s->delay != 0) {
		assert_false(s->is_pending);
		s->is_pending = true;
		pending->stage = s->delay + 1;
	}
	if (pending->stage > 1) {
		pending->stage--;
		pending->retry_us = 2000;
		return TSPDM_AGAIN;
	}
	if (s->status != TSPDM_OK)
		return s->status;
	response->len = len;
	if (len > response->cap)
		return TSPDM_ERR_BUFFER;
	memset(response->ptr, s->letter, len);
	if (request->payload.len != 0)
		memcpy(response->ptr + 1, request->payload.ptr, request->payload.len);
	return TSPDM_OK;
}

static void cancel(void *context, struct tspdm_pending *pending)
{
	struct station *s = context;

	assert_int_not_equal(pending->stage, 0);
	assert_true(s->is_pending);
	s->is_pending = false;
	s->cancelled++;
}

enum { PCI, IANA, DMTF, SECRET, STATIONS };

static const uint8_t pci_id[] = { 0x34, 0x12 }, iana_id[] = { 1, 2, 3, 4 }, secret_id[] = { 0x35, 0x12 };
static struct station stations[STATIONS], of_device;
static struct tspdm_vendor_handler handlers[] = {
	{ .standard_id = 3, .vendor_id = { pci_id, 2 }, .context = &stations[PCI], .answer = answer, .cancel = cancel },
	{ .standard_id = 4,
		.vendor_id = { iana_id, 4 },
		.context = &stations[IANA],
		.answer = answer,
		.cancel = cancel },
	{ .standard_id = 0, .context = &stations[DMTF], .answer = answer },
	{ .standard_id = 3,
		.vendor_id = { secret_id, 2 },
		.context = &stations[SECRET],
		.answer = answer,
		.cancel = cancel,
		.needs_session = true },
};

static struct pair *new_pair(struct pair_options options)
{
	struct pair *pair;

	for (unsigned i = 0; i < STATIONS; i++)
		stations[i] = (struct station){ .letter = (uint8_t)('A' + i) };
	of_device = (struct station){ .letter = '-' };
	options.handlers = handlers;
	options.handler_count = COUNT(handlers);
	pair = pair_new(&options);
	pair->device.vendor = answer;
	pair->device.vendor_context = &of_device;
	return pair;
}

static struct tspdm_view answered; /* by the last that was asked */

static enum tspdm_status ask(struct pair *pair, uint16_t standard_id, const uint8_t *vendor_id, size_t len)
{
	static const uint8_t payload[] = { 'p', 'q' };
	const struct tspdm_vendor_defined request = {
		.standard_id = standard_id, .vendor_id = { vendor_id, len }, .payload = { payload, sizeof payload }
	};
	struct tspdm_buffer response = { room, sizeof room, 0 };
	enum tspdm_status status = tspdm_requester_vendor(pair->requester, &request, &response);

	if (status == TSPDM_OK)
		status = pair_run(pair);
	answered = tspdm_buffer_view(&response);
	return status;
}

static void assert_answered(uint8_t letter)
{
	assert_int_equal(answered.len, 3);
	assert_int_equal(answered.ptr[0], letter);
	assert_memory_equal(answered.ptr + 1, "pq", 2);
}

static enum tspdm_status ask_station(struct pair *pair, unsigned i)
{
	const struct tspdm_vendor_handler *h = &handlers[i];

	return ask(pair, h->standard_id, h->vendor_id.ptr, h->vendor_id.len);
}

static void each_handler_gets_what_is_for_its_ids(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	for (unsigned i = 0; i <= DMTF; i++) {
		assert_int_equal(ask_station(pair, i), TSPDM_OK);
		assert_answered((uint8_t)('A' + i));
		assert_int_equal(stations[i].asked, 1);
		assert_int_equal(stations[i].session, 0);
	}
	assert_int_equal(of_device.asked, 0);
	pair_free(pair);
}

static void what_no_handler_is_for_goes_to_the_device(void **state)
{
	static const struct {
		uint16_t standard_id;
		uint8_t vendor_id[6];
		size_t len;
	} cases[] = {
		{ 3, { 0x34, 0x13 }, 2 },
		{ 3, { 0x34 }, 1 },
		{ 3, { 0x34, 0x12, 0 }, 3 },
		{ 3, { 0 }, 0 },
		{ 1, { 0x34, 0x12 }, 2 },
		{ 0x0103, { 0x34, 0x12 }, 2 },
		{ 4, { 1, 2, 3, 5 }, 4 },
		{ 0, { 0 }, 1 },
	};
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ask(pair, cases[i].standard_id, cases[i].vendor_id, cases[i].len), TSPDM_OK);
		assert_answered('-');
	}
	pair->device.vendor = NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct tspdm_requester_error *error = tspdm_requester_error(pair->requester);

		assert_int_equal(ask(pair, cases[i].standard_id, cases[i].vendor_id, cases[i].len), TSPDM_ERR_PEER);
		assert_int_equal(error->peer_error, TSPDM_ERROR_UNSUPPORTED_REQUEST);
		assert_int_equal(error->peer_error_data, TSPDM_VENDOR_DEFINED_REQUEST);
	}
	assert_int_equal(stations[PCI].asked + stations[IANA].asked + stations[DMTF].asked, 0);
	pair_free(pair);
}

static void a_handler_knows_its_session(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id, other;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &other), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(ask_station(pair, PCI), TSPDM_OK);
	assert_int_equal(stations[PCI].session, id);
	assert_int_equal(tspdm_requester_use_session(pair->requester, other), TSPDM_OK);
	assert_int_equal(ask_station(pair, SECRET), TSPDM_OK);
	assert_int_equal(stations[SECRET].session, other);
	assert_answered('A' + SECRET);
	pair_free(pair);
}

static void what_needs_a_session_is_not_answered_in_the_clear(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	assert_int_equal(ask_station(pair, SECRET), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_SESSION_REQUIRED);
	assert_int_equal(stations[SECRET].asked, 0);
	assert_int_equal(of_device.asked, 0);
	pair_free(pair);
}

static void refusals_are_told_and_own_failures_are_not(void **state)
{
	static const struct {
		enum tspdm_status status;
		uint8_t error;
	} cases[] = {
		{ TSPDM_ERR_FIELD, TSPDM_ERROR_INVALID_REQUEST },
		{ TSPDM_ERR_UNSUPPORTED, TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ TSPDM_ERR_UNEXPECTED, TSPDM_ERROR_UNEXPECTED_REQUEST },
		{ TSPDM_ERR_SESSION_REQUIRED, TSPDM_ERROR_SESSION_REQUIRED },
		{ TSPDM_ERR_KEY, TSPDM_ERROR_UNSPECIFIED },
		{ TSPDM_ERR_MEMORY, TSPDM_ERROR_UNSPECIFIED },
		{ TSPDM_ERR_RESYNCH, TSPDM_ERROR_UNSPECIFIED },
		{ TSPDM_ERR_MAC, TSPDM_ERROR_UNSPECIFIED },
	};
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		stations[PCI].status = cases[i].status;
		assert_int_equal(ask_station(pair, PCI), TSPDM_ERR_PEER);
		assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, cases[i].error);
		assert_int_equal(answered.len, 0);
	}
	stations[PCI].status = TSPDM_OK;
	assert_int_equal(ask_station(pair, PCI), TSPDM_OK);
	pair_free(pair);
}

static void an_answer_that_is_too_large_is_told_as_such(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .max_message = 4096 });
	/* its header is what stands before the payload: 4, StandardID, Len, VendorID, RespLength */
	size_t largest = 4096 - 11 - 3;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	stations[PCI].pad = largest;
	assert_int_equal(ask_station(pair, PCI), TSPDM_OK);
	assert_int_equal(answered.len, largest + 3);
	stations[PCI].pad++;
	assert_int_equal(ask_station(pair, PCI), TSPDM_ERR_PEER);
	assert_int_equal(tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_RESPONSE_TOO_LARGE);
	pair_free(pair);
}

static void a_late_answer_is_fetched_and_finished_with(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_OK);
	pair->not_ready = 0;
	stations[PCI].delay = 3;
	assert_int_equal(ask_station(pair, PCI), TSPDM_OK);
	assert_answered('A' + PCI);
	assert_int_equal(pair->not_ready, 3);
	assert_int_equal(stations[PCI].asked, 4);
	assert_int_equal(stations[PCI].cancelled, 1);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(ask_station(pair, PCI), TSPDM_OK);
	assert_answered('A' + PCI);
	assert_int_equal(stations[PCI].cancelled, 2);
	stations[IANA].delay = 1;
	stations[IANA].status = TSPDM_ERR_FIELD;
	assert_int_equal(ask_station(pair, IANA), TSPDM_ERR_PEER);
	assert_int_equal(stations[IANA].cancelled, 1);
	pair_free(pair);
}

static void drop_responder(struct pair *pair)
{
	tspdm_responder_wipe(pair->responder);
	free(pair->responder);
	pair->responder = NULL;
}

/* F28: what waits is given up by whom it belongs to, whatever makes it be given up. */
static void what_is_given_up_goes_back_to_its_own_handler(void **state)
{
	static const uint8_t pci[] = { 0x12, 0xFE, 0, 0, 3, 0, 2, 0x34, 0x12, 0, 0 };
	static const uint8_t iana[] = { 0x12, 0xFE, 0, 0, 4, 0, 4, 1, 2, 3, 4, 0, 0 };
	static const uint8_t device[] = { 0x12, 0xFE, 0, 0, 1, 0, 2, 0x34, 0x12, 0, 0 };
	static const uint8_t version[] = { 0x10, 0x84, 0, 0 };
	static const struct {
		const uint8_t *first;
		size_t first_len;
		const uint8_t *second;
		size_t second_len;
		unsigned owner;
	} cases[] = {
		{ pci, sizeof pci, iana, sizeof iana, PCI },
		{ iana, sizeof iana, pci, sizeof pci, IANA },
		{ pci, sizeof pci, device, sizeof device, PCI },
		{ device, sizeof device, pci, sizeof pci, STATIONS },
		{ pci, sizeof pci, version, sizeof version, PCI },
		{ pci, sizeof pci, NULL, 0, PCI },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		stations[PCI].delay = stations[IANA].delay = of_device.delay = 5;
		(void)pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ cases[i].first, cases[i].first_len }, room);
		assert_int_equal(room[2], TSPDM_ERROR_RESPONSE_NOT_READY);
		if (cases[i].second != NULL)
			(void)pair_ask(pair, TSPDM_KIND_PLAIN,
				(struct tspdm_view){ cases[i].second, cases[i].second_len }, room);
		else
			drop_responder(pair);
		for (unsigned k = 0; k < STATIONS; k++)
			assert_int_equal(stations[k].cancelled, k == cases[i].owner);
		drop_responder(pair);
		for (unsigned k = 0; k < STATIONS; k++)
			assert_false(stations[k].is_pending);
		pair_free(pair);
	}
}

static void handlers_that_are_incomplete_are_refused(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	const struct tspdm_vendor_handler good = handlers[PCI];
	struct tspdm_vendor_handler two[2];
	static const struct {
		enum { GOOD, TWICE, NO_ANSWER, NO_BYTES, LONG, RESERVED, NO_LIST } what;
		enum tspdm_status status;
	} cases[] = {
		{ GOOD, TSPDM_OK },
		{ TWICE, TSPDM_ERR_ARGUMENT },
		{ NO_ANSWER, TSPDM_ERR_ARGUMENT },
		{ NO_BYTES, TSPDM_ERR_ARGUMENT },
		{ LONG, TSPDM_ERR_ARGUMENT },
		{ RESERVED, TSPDM_ERR_UNSUPPORTED },
		{ NO_LIST, TSPDM_ERR_ARGUMENT },
	};
	void *memory = malloc(tspdm_responder_size());

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_responder *responder = NULL;
		struct tspdm_responder_config config = { .size = sizeof config,
			.crypto = pair->crypto,
			.device = &pair->device.base,
			.binding = &tspdm_binding_mctp,
			.vendor_handlers = cases[i].what == NO_LIST ? NULL : two,
			.vendor_handler_count = COUNT(two) };

		two[0] = two[1] = good;
		two[1].standard_id = cases[i].what == TWICE ? 3 : 1;
		two[1].answer = cases[i].what == NO_ANSWER ? NULL : answer;
		if (cases[i].what == NO_BYTES)
			two[1].vendor_id.ptr = NULL;
		if (cases[i].what == LONG)
			two[1].vendor_id = (struct tspdm_view){ room, 256 };
		two[1].reserved[4] = cases[i].what == RESERVED;
		assert_int_equal(
			tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder), cases[i].status);
		tspdm_responder_wipe(responder);
	}
	free(memory);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_handler_gets_what_is_for_its_ids),
		cmocka_unit_test(what_no_handler_is_for_goes_to_the_device),
		cmocka_unit_test(a_handler_knows_its_session),
		cmocka_unit_test(what_needs_a_session_is_not_answered_in_the_clear),
		cmocka_unit_test(refusals_are_told_and_own_failures_are_not),
		cmocka_unit_test(an_answer_that_is_too_large_is_told_as_such),
		cmocka_unit_test(a_late_answer_is_fetched_and_finished_with),
		cmocka_unit_test(what_is_given_up_goes_back_to_its_own_handler),
		cmocka_unit_test(handlers_that_are_incomplete_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
