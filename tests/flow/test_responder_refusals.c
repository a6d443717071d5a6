/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder refuses, and with which ERROR: each request code in each phase with each version, each request cut at
 * each byte, sizes, retries, and negotiations that come to nothing. */
#include "responder_rig.h"

static const char *const phase_names[] = { "before GET_VERSION", "after VERSION", "after CAPABILITIES", "negotiated" };

/* What this responder implements; the rest of 0x80 to 0xFF it does not know. `legal` is the one phase where the request
 * is allowed; every request below is complete. */
static const struct known {
	uint8_t code;
	enum tspdm_phase legal;
	int answer; /* to the bare bytes below in the right place: a response code, or -ErrorCode */
	size_t len;
	uint8_t bytes[40];
} known[] = {
	{ 0x81, TSPDM_PHASE_NEGOTIATED, 0x01, 4, { 0x12, 0x81 } },
	{ 0x82, TSPDM_PHASE_NEGOTIATED, 0x02, 8, { 0x12, 0x82, 0, 0, 0, 0, 9, 0 } },
	{ 0x83, TSPDM_PHASE_NEGOTIATED, 0x03, 36, { 0x12, 0x83, 0, 1 } },
	{ 0xE0, TSPDM_PHASE_NEGOTIATED, 0x60, 37, { 0x12, 0xE0, 1, 1 } },
	{ 0xE1, TSPDM_PHASE_AFTER_VERSION, 0x61, 20,
		{ 0x12, 0xE1, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0 } },
	{ 0xE3, TSPDM_PHASE_AFTER_CAPABILITIES, 0x63, 32, { 0x12, 0xE3, 0, 0, 32, 0, 1, 2, 0x90, 0, 0, 0, 3 } },
	{ 0xFE, TSPDM_PHASE_NEGOTIATED, 0x7E, 12, { 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 1, 0, 9 } },
	{ 0xFF, TSPDM_PHASE_NEGOTIATED, -0x04, 4, { 0x12, 0xFF } },
};

static const struct known *known_of(unsigned code)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].code == code)
			return &known[i];
	return NULL;
}

/* What is shorter in the older versions. */
static size_t len_of(const struct known *row, uint8_t version)
{
	if (row->code == 0xE1)
		return version == 0x10 ? 4 : version == 0x11 ? 12 : 20;
	return row->code == 0xE0 && version == 0x10 ? 36 : row->len;
}

/* The sheet's rules once more, in its order: a response code, or -ErrorCode. */
static int expected(unsigned code, uint8_t version, uint8_t selected, enum tspdm_phase phase)
{
	const struct known *row = known_of(code);
	bool is_selected = phase >= TSPDM_PHASE_AFTER_CAPABILITIES;

	if (code == 0x84)
		return version == 0x10 ? 0x04 : -0x41;
	if (row == NULL)
		return -0x07;
	if (is_selected && version != selected)
		return -0x41;
	if (phase != row->legal)
		return -0x04;
	if (code == 0xE1 && version != selected)
		return -0x41;
	return row->answer;
}

static void check_cell(struct rig *rig, unsigned code, uint8_t version, enum tspdm_phase phase)
{
	const struct known *row = known_of(code);
	uint8_t message[40] = { 0 };
	int answer = expected(code, version, rig->version, phase);
	uint8_t own_version = phase >= TSPDM_PHASE_AFTER_CAPABILITIES && code != 0x84 ? rig->version : 0x10;

	if (row != NULL)
		memcpy(message, row->bytes, row->len);
	message[0] = version;
	message[1] = (uint8_t)code;
	rig_send(rig, (struct tspdm_view){ message, row != NULL ? len_of(row, rig->version) : 4 });
	if ((answer < 0 ? -error_of(rig->response) : rig->response.ptr[1]) != answer)
		fail_msg("code %02x version %02x %s: expected %d, got %02x %02x", code, version, phase_names[phase],
			answer, rig->response.ptr[1], rig->response.ptr[2]);
	if (answer > 0)
		return;
	assert_int_equal(rig->response.len, 4);
	assert_int_equal(rig->response.ptr[0], own_version);
	assert_int_equal(rig->response.ptr[3], answer == -0x07 ? code : 0);
	assert_int_equal(tspdm_responder_last(rig->responder).error_code, -answer);
	assert_int_equal(tspdm_responder_last(rig->responder).request_code, code);
	assert_int_equal(tspdm_responder_phase(rig->responder), phase); /* F11: a refusal changes nothing */
}

static void each_request_in_each_phase(uint8_t selected)
{
	static const uint8_t versions[] = { 0x10, 0x11, 0x12, 0x13 };
	struct rig *rig = rig_new();

	rig->version = selected;
	rig->config.versions = TSPDM_VERSION_BIT(selected);
	rig_start(rig);
	for (enum tspdm_phase phase = TSPDM_PHASE_NOT_STARTED; phase <= TSPDM_PHASE_NEGOTIATED; phase++) {
		bool is_fresh = false;

		for (unsigned code = 0x80; code <= 0xFF; code++)
			for (size_t v = 0; v < COUNT(versions); v++) {
				if (!is_fresh) {
					if (phase == TSPDM_PHASE_NOT_STARTED) {
						tspdm_responder_wipe(rig->responder);
						free(rig->memory);
						rig_start(rig);
					}
					rig_enter(rig, phase);
				}
				check_cell(rig, code, versions[v], phase);
				is_fresh = tspdm_responder_phase(rig->responder) == phase;
			}
	}
	rig_free(rig);
}

static void each_request_in_each_phase_and_version(void **state)
{
	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++)
		each_request_in_each_phase(version);
}

/* F23 read_before_size_check */
static void a_request_cut_at_any_byte_is_refused(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (size_t i = 0; i < COUNT(known); i++) {
		rig_enter(rig, known[i].legal);
		for (size_t len = 0; len < known[i].len; len++) {
			rig_send(rig, (struct tspdm_view){ known[i].bytes, len });
			assert_error(rig->response, TSPDM_ERROR_INVALID_REQUEST);
			assert_int_equal(tspdm_responder_phase(rig->responder), known[i].legal);
		}
		rig_send(rig, (struct tspdm_view){ known[i].bytes, known[i].len });
		assert_int_equal(
			known[i].answer < 0 ? -error_of(rig->response) : rig->response.ptr[1], known[i].answer);
	}
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	for (size_t len = 0; len < 4; len++) {
		assert_error(rig_send(rig, (struct tspdm_view){ rig_get_version, len }), TSPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	}
	rig_free(rig);
}

static void fields_out_of_range_are_refused(void **state)
{
	const struct {
		const char *name;
		struct tspdm_view request;
		uint8_t error;
	} rows[] = {
		{ "GET_CERTIFICATE of an empty slot", VIEW(0x12, 0x82, 1, 0, 0, 0, 1, 0), 0x01 },
		{ "GET_CERTIFICATE of slot 8", VIEW(0x12, 0x82, 8, 0, 0, 0, 1, 0), 0x01 },
		{ "GET_CERTIFICATE of slot 15", VIEW(0x12, 0x82, 15, 0, 0, 0, 1, 0), 0x01 },
		{ "GET_MEASUREMENTS of a reserved index", VIEW(0x12, 0xE0, 0, 0xF3), 0x01 },
		{ "GET_MEASUREMENTS of an index that is not there", VIEW(0x12, 0xE0, 0, 3), 0x01 },
		{ "KEY_EXCHANGE, which needs a capability", VIEW(0x12, 0xE4, 0, 0), 0x07 },
		{ "HEARTBEAT, which needs a session", VIEW(0x12, 0xE8, 0, 0), 0x07 },
		{ "a response code", VIEW(0x12, 0x01, 0, 0), 0x07 },
		{ "RESPOND_IF_READY with nothing outstanding", VIEW(0x12, 0xFF, 0x83, 0), 0x04 },
	};
	static const uint8_t slots[] = { 1, 7, 8, 0x0F, 0x10, 0xFE, 0xFF };
	static const uint8_t summaries[] = { 2, 3, 0x7F, 0xFE };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("# %s\n", rows[i].name);
		assert_error(rig_send(rig, rows[i].request), rows[i].error);
	}
	for (size_t i = 0; i < COUNT(slots); i++)
		assert_error(rig_send(rig, challenge(slots[i], 0)), TSPDM_ERROR_INVALID_REQUEST);
	for (size_t i = 0; i < COUNT(summaries); i++)
		assert_error(rig_send(rig, challenge(0, summaries[i])), TSPDM_ERROR_INVALID_REQUEST);
	for (size_t i = 0; i < 4; i++)
		assert_error(rig_send(rig, get_measurements(1, 1, slots[i])), TSPDM_ERROR_INVALID_REQUEST);
	rig_free(rig);
}

static void capabilities_that_contradict_each_other_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t flags, data_transfer_size, max_message;
		int error; /* -1: none */
	} rows[] = {
		{ "none at all", 0, 42, 42, -1 },
		{ "DataTransferSize too small", 0, 41, 41, 1 },
		{ "DataTransferSize above MaxSPDMmsgSize", 0, 100, 99, 1 },
		{ "unequal sizes without CHUNK_CAP", 0, 100, 101, 1 },
		{ "unequal sizes with CHUNK_CAP", TSPDM_CAP_CHUNK, 100, 101, -1 },
		{ "a reserved PSK_CAP", TSPDM_CAP_PSK_MASK | TSPDM_CAP_MAC, 100, 100, 1 },
		{ "KEY_EX_CAP without ENCRYPT or MAC", TSPDM_CAP_KEY_EX, 100, 100, 1 },
		{ "ENCRYPT_CAP without KEY_EX or PSK", TSPDM_CAP_ENCRYPT, 100, 100, 1 },
		{ "CERT and PUB_KEY_ID", TSPDM_CAP_CERT | TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CHAL, 100, 100, 1 },
		{ "CHAL without CERT", TSPDM_CAP_CHAL, 100, 100, 1 },
		{ "MUT_AUTH without CERT", TSPDM_CAP_MUT_AUTH | TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC, 100, 100, 1 },
		{ "flags that only responders have", TSPDM_CAP_MEAS_MASK | TSPDM_CAP_CSR, 100, 100, -1 },
		{ "flags of later versions", (uint32_t)TSPDM_CAP_EP_INFO_MASK, 100, 100, -1 },
	};
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("# %s\n", rows[i].name);
		rig_enter(rig, TSPDM_PHASE_AFTER_VERSION);
		rig->peer.flags = rows[i].flags;
		rig->peer.data_transfer_size = rows[i].data_transfer_size;
		rig->peer.max_message_size = rows[i].max_message;
		rig_send(rig, rig_get_capabilities(rig));
		assert_int_equal(error_of(rig->response), rows[i].error);
		assert_int_equal(rig->response.ptr[0], 0x12); /* the version is selected all the same */
	}
	rig_free(rig);
}

/* F20 exponent_shift: a requester's CTExponent is any byte. */
static void any_ct_exponent_is_taken(void **state)
{
	struct rig *rig = rig_new();
	uint8_t message[20];

	(void)state;
	rig_start(rig);
	memcpy(message, rig_get_capabilities(rig).ptr, sizeof message);
	for (unsigned exponent = 0; exponent < 256; exponent++) {
		rig_enter(rig, TSPDM_PHASE_AFTER_VERSION);
		message[5] = (uint8_t)exponent;
		assert_int_equal(rig_send(rig, (struct tspdm_view){ message, 20 }).ptr[1], TSPDM_CAPABILITIES);
	}
	rig_free(rig);
}

static void malformed_algorithms_are_refused(void **state)
{
	const struct {
		const char *name;
		struct tspdm_view tail; /* behind the 32 bytes */
		uint8_t tables;
		int length; /* added to Length */
		int error;
	} rows[] = {
		{ "two tables in order", VIEW(2, 0x20, 0x10, 0, 3, 0x20, 2, 0), 2, 0, -1 },
		{ "Length too small", VIEW(2, 0x20, 0x10, 0), 1, -4, 1 },
		{ "Length too large", VIEW(2, 0x20, 0x10, 0), 1, 4, 1 },
		{ "a table fewer than told", VIEW(2, 0x20, 0x10, 0), 2, 0, 1 },
		{ "tables out of order", VIEW(3, 0x20, 2, 0, 2, 0x20, 0x10, 0), 2, 0, 1 },
		{ "a table twice", VIEW(2, 0x20, 0x10, 0, 2, 0x20, 0x10, 0), 2, 0, 1 },
		{ "FixedAlgCount 3", VIEW(2, 0x30, 0x10, 0), 1, 0, 1 },
		{ "a table of 1.4", VIEW(7, 0x20, 0x10, 0), 1, 0, 1 },
		{ "an unknown table", VIEW(9, 0x20, 0x10, 0), 1, 0, 1 },
	};
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t message[64];
		size_t len = 32 + rows[i].tail.len;

		print_message("# %s\n", rows[i].name);
		rig_enter(rig, TSPDM_PHASE_AFTER_CAPABILITIES);
		memcpy(message, rig_negotiate, 32);
		memcpy(message + 32, rows[i].tail.ptr, rows[i].tail.len);
		message[2] = rows[i].tables;
		message[4] = (uint8_t)((int)len + rows[i].length);
		rig_send(rig, (struct tspdm_view){ message, len });
		assert_int_equal(error_of(rig->response), rows[i].error);
		assert_int_equal(tspdm_responder_phase(rig->responder),
			rows[i].error < 0 ? TSPDM_PHASE_NEGOTIATED : TSPDM_PHASE_AFTER_CAPABILITIES);
	}
	rig_free(rig);
}

/* F09 no_common_algorithm */
static void nothing_in_common_is_told_by_zero_and_then_resynch(void **state)
{
	static const size_t fields[] = { 8, 12 }; /* BaseAsymAlgo, BaseHashAlgo */
	static const size_t answers[] = { 12, 16 };
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (size_t i = 0; i < COUNT(fields); i++) {
		uint8_t message[32];

		memcpy(message, rig_negotiate, sizeof message);
		message[fields[i]] = 1; /* RSASSA-2048, SHA-256 */
		rig_enter(rig, TSPDM_PHASE_AFTER_CAPABILITIES);
		rig_send(rig, (struct tspdm_view){ message, sizeof message });
		assert_int_equal(rig->response.ptr[1], TSPDM_ALGORITHMS);
		assert_memory_equal(rig->response.ptr + answers[i], ((const uint8_t[]){ 0, 0, 0, 0 }), 4);
		for (unsigned code = 0x80; code <= 0xFF; code++)
			if (code != 0x84)
				assert_error(
					rig_send(rig, VIEW(0x12, (uint8_t)code, 0, 0)), TSPDM_ERROR_REQUEST_RESYNCH);
		assert_error(rig_send(rig, (struct tspdm_view){ message, 32 }), TSPDM_ERROR_REQUEST_RESYNCH);
		assert_int_not_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	}
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED); /* GET_VERSION makes it good again */
	rig_free(rig);
}

static void the_same_request_again_is_answered_with_the_same_bytes(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_AFTER_CAPABILITIES);
	uint8_t other[32];
	const struct tspdm_view requests[] = { rig_get_capabilities(rig), { rig_negotiate, 32 } };

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct bytes *before = calloc(1, sizeof *before);

		rig_enter(rig, (enum tspdm_phase)(i + 2));
		put(before, rig->response);
		for (unsigned again = 0; again < 3; again++) {
			rig_send(rig, requests[i]);
			assert_int_equal(rig->response.len, before->len);
			assert_memory_equal(rig->response.ptr, before->b, before->len);
		}
		memcpy(other, requests[i].ptr, requests[i].len);
		other[i == 0 ? 5 : 8] ^= 1; /* CTExponent, BaseAsymAlgo */
		assert_error(
			rig_send(rig, (struct tspdm_view){ other, requests[i].len }), TSPDM_ERROR_UNEXPECTED_REQUEST);
		rig_send(rig, VIEW(0x12, 0x81, 0, 0)); /* no retry any more */
		assert_error(rig_send(rig, requests[i]), TSPDM_ERROR_UNEXPECTED_REQUEST);
		free(before);
	}
	assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	rig_free(rig);
}

static void a_version_that_is_not_listed_is_refused(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_AFTER_VERSION);
	uint8_t message[20];

	(void)state;
	memcpy(message, rig_get_capabilities(rig).ptr, sizeof message);
	for (unsigned version = 0; version < 256; version++) {
		message[0] = (uint8_t)version;
		if (version == 0x12)
			continue;
		assert_error(rig_send(rig, (struct tspdm_view){ message, 20 }), TSPDM_ERROR_VERSION_MISMATCH);
		assert_int_equal(rig->response.ptr[0], 0x10);
	}
	rig_free(rig);
}

static void requests_and_responses_too_large_are_told_so(void **state)
{
	static uint8_t large[200] = { 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 100, 0 };
	static uint8_t small[111] = { 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 100, 0 };
	struct rig *rig = rig_new();

	(void)state;
	rig->config.max_message = 128;
	rig->peer.data_transfer_size = rig->peer.max_message_size = 64;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	assert_error(rig_send(rig, (struct tspdm_view){ large, sizeof large }), TSPDM_ERROR_REQUEST_TOO_LARGE);
	assert_error(rig_send(rig, (struct tspdm_view){ large, 129 }), TSPDM_ERROR_REQUEST_TOO_LARGE);
	assert_error(rig_send(rig, (struct tspdm_view){ small, sizeof small }), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_int_equal(rig->response.len, 8);
	assert_memory_equal(rig->response.ptr + 4, ((const uint8_t[]){ 111, 0, 0, 0 }), 4);
	assert_error(rig_send(rig, challenge(0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_memory_equal(rig->response.ptr + 4, ((const uint8_t[]){ 182, 0, 0, 0 }), 4);
	assert_error(rig_send(rig, get_measurements(3, 0xFD, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_memory_equal(rig->response.ptr + 4, ((const uint8_t[]){ 0x59, 0x05, 0, 0 }), 4);
	assert_error(rig_send(rig, VIEW(0x12, 0x81, 0, 0)), TSPDM_ERROR_RESPONSE_TOO_LARGE);
	rig_free(rig);
}

/* The room of the caller, in every size: never overrun, and what was in it before stays. */
static void any_room_for_the_response_will_do(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	const struct tspdm_view requests[] = { VIEW(0x12, 0x81, 0, 0), VIEW(0x12, 0x82, 0, 0, 0, 0, 200, 0),
		VIEW(0x12, 0xE0, 2, 0xFF), VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 1, 0, 9), { rig_get_version, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++)
		for (size_t room = 0; room < 400; room++) {
			uint8_t *block = malloc(3 + room);
			struct tspdm_buffer out = { block, 3 + room, 3 };
			enum tspdm_status status;

			memset(block, 0xA5, 3);
			status = tspdm_responder_handle(rig->responder, 0, TSPDM_KIND_PLAIN, requests[i], &out);
			assert_int_equal(status, room < 4 || (room < 8 && out.len == 3) ? TSPDM_ERR_BUFFER : TSPDM_OK);
			assert_true(status == TSPDM_OK ? out.len > 3 && out.len <= 3 + room : out.len == 3);
			assert_memory_equal(block, "\xA5\xA5\xA5", 3);
			free(block);
		}
	rig_free(rig);
}

static void records_of_unknown_sessions_are_dropped(void **state)
{
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	struct tspdm_buffer out = { rig->room, sizeof rig->room, 0 };

	(void)state;
	assert_int_equal(tspdm_responder_handle(rig->responder, 0, TSPDM_KIND_SECURED,
				 VIEW(1, 0, 2, 0, 0, 0, 20, 0, 4, 0, 0x12, 0xE8, 0, 0), &out),
		TSPDM_OK);
	assert_int_equal(out.len, 0);
	assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	rig_free(rig);
}

static void get_version_begins_anew_in_every_phase(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (unsigned phase = 0; phase <= TSPDM_PHASE_NEGOTIATED; phase++) {
		rig_enter(rig, (enum tspdm_phase)phase);
		for (unsigned again = 0; again < 3; again++)
			assert_int_equal(
				rig_send(rig, (struct tspdm_view){ rig_get_version, 4 }).ptr[1], TSPDM_VERSION);
		assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_AFTER_VERSION);
	}
	rig_free(rig);
}

/* Configurations: one change to a good one, and what comes of it. */
enum change {
	NO_CHANGE,
	SHORT_SIZE,
	LONG_SIZE,
	NO_CRYPTO,
	NO_DEVICE,
	NO_BINDING,
	RESERVED_SET,
	VERSION_13,
	CAP_KEY_EX,
	CAP_CHAL_ONLY,
	FRESH_ONLY,
	OTHER_ASYM,
	NO_SUCH_HASH,
	TWO_MEASUREMENT_HASHES,
	TINY_MESSAGE,
	HUGE_EXPONENT,
	NO_KEY,
	NO_EVIDENCE,
};

static void change_config(struct rig *rig, enum change change)
{
	struct tspdm_responder_config *c = &rig->config;

	switch (change) {
	case NO_CHANGE:
		break;
	case SHORT_SIZE:
		c->size--;
		break;
	case LONG_SIZE:
		c->size += 8;
		break;
	case NO_CRYPTO:
		c->crypto = NULL;
		break;
	case NO_DEVICE:
		c->device = NULL;
		break;
	case NO_BINDING:
		c->binding = NULL;
		break;
	case RESERVED_SET:
		c->reserved[5] = 1;
		break;
	case VERSION_13:
		c->versions = TSPDM_VERSION_BIT(TSPDM_V12) | TSPDM_VERSION_BIT(TSPDM_V13);
		break;
	case CAP_KEY_EX:
		c->capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC;
		break;
	case CAP_CHAL_ONLY:
		c->capabilities = TSPDM_CAP_CHAL;
		break;
	case FRESH_ONLY:
		c->capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_FRESH;
		break;
	case OTHER_ASYM:
		c->asym = TSPDM_ASYM_ECDSA_P256;
		break;
	case NO_SUCH_HASH:
		c->hash = TSPDM_HASH_SHA384 | 1U << 30;
		break;
	case TWO_MEASUREMENT_HASHES:
		c->measurement_hash = 6;
		break;
	case TINY_MESSAGE:
		c->max_message = 41;
		break;
	case HUGE_EXPONENT:
		c->ct_exponent = 64;
		break;
	case NO_KEY:
		memset(rig->device.slots, 0, sizeof rig->device.slots);
		c->capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL;
		break;
	case NO_EVIDENCE:
		c->evidence_in_all = true;
		rig->device.evidence = NULL;
		break;
	}
}

static void configurations_that_cannot_work_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum change change;
		enum tspdm_status status;
	} rows[] = {
		{ "nothing changed", NO_CHANGE, TSPDM_OK },
		{ "a size that was never released", SHORT_SIZE, TSPDM_ERR_ARGUMENT },
		{ "a longer struct whose tail is set", LONG_SIZE, TSPDM_ERR_UNSUPPORTED },
		{ "no crypto", NO_CRYPTO, TSPDM_ERR_ARGUMENT },
		{ "no device", NO_DEVICE, TSPDM_ERR_ARGUMENT },
		{ "no binding", NO_BINDING, TSPDM_ERR_ARGUMENT },
		{ "a reserved byte", RESERVED_SET, TSPDM_ERR_UNSUPPORTED },
		{ "a version that is not implemented", VERSION_13, TSPDM_ERR_UNSUPPORTED },
		{ "sessions without room for records", CAP_KEY_EX, TSPDM_ERR_ARGUMENT },
		{ "CHAL_CAP alone", CAP_CHAL_ONLY, TSPDM_ERR_CAPABILITIES },
		{ "MEAS_FRESH_CAP alone", FRESH_ONLY, TSPDM_ERR_CAPABILITIES },
		{ "an algorithm that the key is not for", OTHER_ASYM, TSPDM_ERR_UNSUPPORTED },
		{ "a hash that the backend lacks", NO_SUCH_HASH, TSPDM_ERR_UNSUPPORTED },
		{ "two bits of MeasurementHashAlgo", TWO_MEASUREMENT_HASHES, TSPDM_ERR_UNSUPPORTED },
		{ "a message size below the least", TINY_MESSAGE, TSPDM_ERR_UNSUPPORTED },
		{ "CTExponent 64", HUGE_EXPONENT, TSPDM_ERR_UNSUPPORTED },
		{ "CERT_CAP without a key", NO_KEY, TSPDM_ERR_UNSUPPORTED },
		{ "evidence in all without evidence", NO_EVIDENCE, TSPDM_ERR_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rig *rig = rig_new();
		/* what follows the struct in a caller of a later release */
		struct {
			struct tspdm_responder_config config;
			uint64_t later;
		} longer;

		print_message("# %s\n", rows[i].name);
		change_config(rig, rows[i].change);
		longer.config = rig->config;
		longer.later = 1;
		rig->memory = malloc(tspdm_responder_size());
		assert_int_equal(
			tspdm_responder_init(rig->memory, tspdm_responder_size(), &longer.config, &rig->responder),
			rows[i].status);
		assert_true((rig->responder != NULL) == (rows[i].status == TSPDM_OK));
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_request_in_each_phase_and_version),
		cmocka_unit_test(a_request_cut_at_any_byte_is_refused),
		cmocka_unit_test(fields_out_of_range_are_refused),
		cmocka_unit_test(capabilities_that_contradict_each_other_are_refused),
		cmocka_unit_test(any_ct_exponent_is_taken),
		cmocka_unit_test(malformed_algorithms_are_refused),
		cmocka_unit_test(nothing_in_common_is_told_by_zero_and_then_resynch),
		cmocka_unit_test(the_same_request_again_is_answered_with_the_same_bytes),
		cmocka_unit_test(a_version_that_is_not_listed_is_refused),
		cmocka_unit_test(requests_and_responses_too_large_are_told_so),
		cmocka_unit_test(any_room_for_the_response_will_do),
		cmocka_unit_test(records_of_unknown_sessions_are_dropped),
		cmocka_unit_test(get_version_begins_anew_in_every_phase),
		cmocka_unit_test(configurations_that_cannot_work_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
