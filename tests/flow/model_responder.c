/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder may answer. */
#include "model_responder.h"

#define CLEAR_ONLY IN_CLEAR
#define SECURE_TOO (IN_CLEAR | IN_APPLICATION)
#define ANYWHERE (IN_CLEAR | IN_HANDSHAKE | IN_APPLICATION)

/* clang-format off */
static const struct model_request requests[] = {
	{ 0x81, 0x01, 0x10, SECURE_TOO,     false, false, "GET_DIGESTS" },
	{ 0x82, 0x02, 0x10, SECURE_TOO,     false, false, "GET_CERTIFICATE" },
	{ 0x83, 0x03, 0x10, CLEAR_ONLY,     false, false, "CHALLENGE" },
	{ 0x84, 0x04, 0x10, CLEAR_ONLY,     false, true,  "GET_VERSION" },
	{ 0x85, 0x05, 0x12, ANYWHERE,       false, false, "CHUNK_SEND" },
	{ 0x86, 0x06, 0x12, ANYWHERE,       false, false, "CHUNK_GET" },
	{ 0x87, 0x07, 0x13, SECURE_TOO,     false, false, "GET_ENDPOINT_INFO" },
	{ 0x88, 0x08, 0x14, SECURE_TOO,     false, false, "SLOT_MANAGEMENT" },
	{ 0xE0, 0x60, 0x10, SECURE_TOO,     false, true,  "GET_MEASUREMENTS" },
	{ 0xE1, 0x61, 0x10, CLEAR_ONLY,     false, true,  "GET_CAPABILITIES" },
	{ 0xE2, 0x62, 0x13, IN_APPLICATION, true,  false, "GET_SUPPORTED_EVENT_TYPES" },
	{ 0xE3, 0x63, 0x10, CLEAR_ONLY,     false, true,  "NEGOTIATE_ALGORITHMS" },
	{ 0xE4, 0x64, 0x11, CLEAR_ONLY,     false, false, "KEY_EXCHANGE" },
	{ 0xE5, 0x65, 0x11, IN_HANDSHAKE,   true,  false, "FINISH" },
	{ 0xE6, 0x66, 0x11, CLEAR_ONLY,     false, false, "PSK_EXCHANGE" },
	{ 0xE7, 0x67, 0x11, IN_HANDSHAKE,   true,  false, "PSK_FINISH" },
	{ 0xE8, 0x68, 0x11, IN_APPLICATION, true,  false, "HEARTBEAT" },
	{ 0xE9, 0x69, 0x11, IN_APPLICATION, true,  false, "KEY_UPDATE" },
	{ 0xEA, 0x6A, 0x11, ANYWHERE,       false, false, "GET_ENCAPSULATED_REQUEST" },
	{ 0xEB, 0x6B, 0x11, ANYWHERE,       false, false, "DELIVER_ENCAPSULATED_RESPONSE" },
	{ 0xEC, 0x6C, 0x11, IN_APPLICATION, true,  false, "END_SESSION" },
	{ 0xED, 0x6D, 0x12, SECURE_TOO,     false, false, "GET_CSR" },
	{ 0xEE, 0x6E, 0x12, SECURE_TOO,     false, false, "SET_CERTIFICATE" },
	{ 0xEF, 0x6F, 0x13, SECURE_TOO,     false, false, "GET_MEASUREMENT_EXTENSION_LOG" },
	{ 0xF0, 0x70, 0x13, IN_APPLICATION, true,  false, "SUBSCRIBE_EVENT_TYPES" },
	{ 0xF1, 0x71, 0x13, IN_APPLICATION, true,  false, "SEND_EVENT" },
	{ 0xFC, 0x7C, 0x13, SECURE_TOO,     false, false, "GET_KEY_PAIR_INFO" },
	{ 0xFD, 0x7D, 0x13, SECURE_TOO,     false, false, "SET_KEY_PAIR_INFO" },
	/* the device of this test takes its requests where measurements are asked for */
	{ 0xFE, 0x7E, 0x10, SECURE_TOO,     false, true,  "VENDOR_DEFINED_REQUEST" },
	{ 0xFF, 0x7E, 0x10, SECURE_TOO,     false, true,  "RESPOND_IF_READY" },
};
/* clang-format on */

const struct model_request *model_request_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		if (requests[i].code == code)
			return &requests[i];
	return NULL;
}

static bool is_selected(const struct model_cell *cell)
{
	return cell->state->phase >= TSPDM_PHASE_AFTER_CAPABILITIES;
}

static enum model_affair affair_of(const struct model_cell *cell)
{
	return cell->place == IN_CLEAR ? cell->state->affair_in_clear : cell->state->affair_in_session;
}

static void add(struct model_answer *out, uint8_t error)
{
	out->errors[out->error_count++] = error;
}

static bool is_encapsulated(uint8_t code)
{
	return code == TSPDM_GET_ENCAPSULATED_REQUEST || code == TSPDM_DELIVER_ENCAPSULATED_RESPONSE;
}

/* ---- The code, the version, the capability ---- */

/* GET_CSR, SET_CERTIFICATE: in the version, but the responders of this test do not announce them. */
static bool is_announced(const struct model_cell *cell, const struct model_request *r)
{
	if ((cell->state->make & MAKE_LEAN) != 0)
		return r->is_lean;
	return r->code != TSPDM_GET_CSR && r->code != TSPDM_SET_CERTIFICATE;
}

static void judge_code(const struct model_cell *cell, const struct model_request *r, struct model_answer *out)
{
	if (r == NULL || r->since > cell->version || !is_announced(cell, r))
		add(out, TSPDM_ERROR_UNSUPPORTED_REQUEST);
	if (!cell->is_other_version)
		return;
	add(out, TSPDM_ERROR_VERSION_MISMATCH);
	if (cell->code == TSPDM_GET_VERSION) /* whose version is a field with one value */
		add(out, TSPDM_ERROR_INVALID_REQUEST);
}

/* ---- The state of the connection ---- */

/* DSP0274 1.2 "Requester and Responder sequence": VERSION, CAPABILITIES, ALGORITHMS, in that order and once. */
static bool is_in_order(const struct model_cell *cell)
{
	unsigned phase = cell->state->phase;

	switch (cell->code) {
	case TSPDM_GET_VERSION:
		return true;
	case TSPDM_GET_CAPABILITIES:
		return phase == TSPDM_PHASE_AFTER_VERSION;
	case TSPDM_NEGOTIATE_ALGORITHMS:
		return phase == TSPDM_PHASE_AFTER_CAPABILITIES;
	case TSPDM_CHUNK_SEND:
	case TSPDM_CHUNK_GET:
		return phase >= TSPDM_PHASE_AFTER_CAPABILITIES;
	default:
		return phase >= TSPDM_PHASE_NEGOTIATED;
	}
}

/* ---- Where it came ---- */

static bool is_handshake_in_clear(const struct model_state *state)
{
	return state->session == IN_HANDSHAKE && (state->make & MAKE_CLEAR) != 0;
}

static void judge_place(const struct model_cell *cell, const struct model_request *r, struct model_answer *out)
{
	const struct model_state *state = cell->state;
	unsigned place = cell->place;

	if (cell->code == TSPDM_FINISH && place == IN_CLEAR && is_handshake_in_clear(state))
		return;
	/* a finish of the session's other kind has no place in it */
	if (place == IN_HANDSHAKE && cell->code == (state->is_psk ? TSPDM_FINISH : TSPDM_PSK_FINISH))
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	if ((r->places & place) != 0)
		return;
	if (place != IN_CLEAR)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	else if (is_selected(cell) && cell->version >= TSPDM_V12)
		add(out, TSPDM_ERROR_SESSION_REQUIRED);
	else
		add(out, TSPDM_ERROR_UNSPECIFIED);
}

/* ---- What else is under way ---- */

/* Encapsulated requests: nothing goes between them, and nothing is fetched or delivered without them. What they carry may be
 * large: chunks are judged by the message that they make up. */
static void judge_flow(const struct model_cell *cell, enum model_affair affair, struct model_answer *out)
{
	bool is_open = affair == FLOW_UNASKED || affair == FLOW_ASKED;
	bool is_end = cell->code == TSPDM_END_SESSION && cell->place == IN_APPLICATION;

	if (is_open && !is_end && !is_encapsulated(cell->code) && cell->code != TSPDM_GET_VERSION &&
		cell->code != TSPDM_CHUNK_SEND) {
		add(out, TSPDM_ERROR_REQUEST_IN_FLIGHT);
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	if (cell->code == TSPDM_GET_ENCAPSULATED_REQUEST && !is_open && affair != KEY_UPDATE_WANTED)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST); /* NoPendingRequests is 1.3's */
	if (cell->code == TSPDM_DELIVER_ENCAPSULATED_RESPONSE && affair != FLOW_ASKED)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	/* it was asked already; in the clear its answer may have been lost */
	if (cell->code == TSPDM_GET_ENCAPSULATED_REQUEST && affair == FLOW_ASKED &&
		(cell->place != IN_CLEAR || (cell->state->make & MAKE_IMPLICIT) != 0))
		add(out, TSPDM_ERROR_REQUEST_IN_FLIGHT);
	if (affair == FLOW_BROKEN && cell->code == TSPDM_FINISH)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
}

static void judge_chunks(const struct model_cell *cell, enum model_affair affair, struct model_answer *out)
{
	if (affair == CHUNKS_COMING && cell->code != TSPDM_CHUNK_SEND && cell->code != TSPDM_GET_VERSION)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	if (affair != CHUNKS_GOING && cell->code == TSPDM_CHUNK_GET)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
}

static void judge_affairs(const struct model_cell *cell, struct model_answer *out)
{
	enum model_affair affair = affair_of(cell);
	uint8_t code = cell->code;

	judge_flow(cell, affair, out);
	judge_chunks(cell, affair, out);
	if (affair == LOST && code != TSPDM_GET_VERSION)
		add(out, TSPDM_ERROR_REQUEST_RESYNCH);
	if (affair == UPDATE_PENDING && code != TSPDM_KEY_UPDATE)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	if (affair != RESPONSE_LATE && code == TSPDM_RESPOND_IF_READY)
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	/* one handshake in the clear at a time */
	if (is_handshake_in_clear(cell->state) && (code == TSPDM_KEY_EXCHANGE || code == TSPDM_PSK_EXCHANGE))
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
}

/* Where the rules leave a choice between a response and an ERROR. */
static void judge_choices(const struct model_cell *cell, struct model_answer *out)
{
	enum model_affair inside = cell->state->affair_in_session;
	bool is_asked_mutually = inside == FLOW_UNASKED || inside == FLOW_ASKED || inside == FLOW_COMPLETE;

	/* "second KEY_EXCHANGE during an encrypted handshake may get Busy" */
	if (cell->code == TSPDM_KEY_EXCHANGE && cell->place == IN_CLEAR && is_asked_mutually)
		add(out, TSPDM_ERROR_BUSY);
}

/* Requests that are taken for a retry, whose answer was lost: they are the same bytes as the one before. GET_CAPABILITIES of
 * 1.0 has no field in which it could differ. */
static bool is_retry(const struct model_cell *cell)
{
	const struct model_state *state = cell->state;

	if (cell->place != IN_CLEAR || cell->is_other_version)
		return false;
	if (cell->code == TSPDM_CHALLENGE)
		return state->affair_in_clear == FLOW_UNASKED && (state->make & MAKE_BASIC) != 0;
	return cell->code == TSPDM_GET_CAPABILITIES && cell->version == TSPDM_V10 &&
	       state->phase == TSPDM_PHASE_AFTER_CAPABILITIES;
}

void model_expect(const struct model_cell *cell, struct model_answer *out)
{
	const struct model_request *r = model_request_of(cell->code);

	*out = (struct model_answer){ 0 };
	if (cell->is_short) {
		add(out, TSPDM_ERROR_INVALID_REQUEST);
		return;
	}
	judge_code(cell, r, out);
	if (!is_in_order(cell))
		add(out, TSPDM_ERROR_UNEXPECTED_REQUEST);
	if (r != NULL)
		judge_place(cell, r, out);
	judge_affairs(cell, out);
	if (r != NULL && (out->error_count == 0 || is_retry(cell)))
		out->response = r->response;
	judge_choices(cell, out);
}
