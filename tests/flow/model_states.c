/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder in each state of the model. */
#include "model_states.h"

#include <tspdm/message.h>
#include <tspdm/psk.h>
#include <tspdm/session_messages.h>

enum { TRANSFER = 1024, LARGE_LEN = 2000, MESSAGE_MAX = 4096 };
/* What the vendor's payload begins with. */
enum { VENDOR_PLAIN = 1, VENDOR_LARGE = 2, VENDOR_LATE = 3 };

static const uint8_t secret[32] = "a secret for the model's session";
static const struct tspdm_psk keys[] = { { { (const uint8_t *)"hint", 4 }, { secret, sizeof secret } } };
static struct tspdm_psk_table psk;
static unsigned lateness;
static uint8_t token, handle; /* of what waits */

static void ok(enum tspdm_status status)
{
	assert_string_equal(tspdm_status_name(status), "TSPDM_OK");
}

static void fine(int error)
{
	assert_int_equal(error, -1);
}

/* ---- The device ---- */

static const uint8_t firmware[] = "some firmware";
static const struct tspdm_block blocks[] = {
	{ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true, { firmware, sizeof firmware } },
};

static enum tspdm_status serve_vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	size_t len = request->payload.ptr[0] == VENDOR_LARGE ? LARGE_LEN : 4;

	(void)context;
	if (request->payload.ptr[0] == VENDOR_LATE && lateness != 0) {
		lateness--;
		pending->retry_us = 1000;
		return TSPDM_AGAIN;
	}
	response->len = len;
	if (len > response->cap)
		return TSPDM_ERR_BUFFER;
	memset(response->ptr, 0x11, len);
	return TSPDM_OK;
}

/* ---- Requests ---- */

static size_t write_vendor(const struct guest *g, uint8_t what, size_t payload_len, uint8_t *message)
{
	const uint8_t head[] = { g->version, TSPDM_VENDOR_DEFINED_REQUEST, 0, 0, 3, 0, 0, (uint8_t)payload_len,
		(uint8_t)(payload_len >> 8), what };

	assert_true(payload_len >= 1 && payload_len + 9 <= MODEL_MESSAGE_MAX);
	memset(message, 0x22, payload_len + 9);
	memcpy(message, head, sizeof head);
	return payload_len + 9;
}

static int ask_vendor(struct guest *g, struct session *channel, uint8_t what)
{
	uint8_t message[MODEL_MESSAGE_MAX];
	size_t len = write_vendor(g, what, 8, message);

	return guest_send(g, channel, message, len);
}

/* A vendor's request in two chunks. */
static size_t write_chunk(const struct guest *g, bool is_last, uint8_t *message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	uint8_t large[MODEL_MESSAGE_MAX];
	size_t len = write_vendor(g, VENDOR_PLAIN, 100, large);
	const struct tspdm_chunk chunk = { .is_last = is_last,
		.handle = 7,
		.sequence = is_last ? 1 : 0,
		.message_size = is_last ? 0 : (uint32_t)len,
		.bytes = { large + (is_last ? 60 : 0), is_last ? len - 60 : 60 } };
	struct tspdm_buffer out = { message, MODEL_MESSAGE_MAX, 0 };

	ok(tspdm_write_chunk_send(&out, &shape, &chunk));
	return out.len;
}

static size_t write_chunk_get(const struct guest *g, uint8_t *message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_buffer out = { message, MODEL_MESSAGE_MAX, 0 };

	ok(tspdm_write_chunk_get(&out, &shape, &(struct tspdm_chunk_get){ .handle = handle }));
	return out.len;
}

static size_t write_delivery(struct guest *g, bool is_asked, uint8_t *message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_buffer out = { message, MODEL_MESSAGE_MAX, 0 };
	struct tspdm_encapsulated delivered;

	if (!is_asked) {
		g->ask_id = 1;
		memcpy(g->ask, (const uint8_t[]){ g->version, TSPDM_GET_DIGESTS, 0, 0 }, 4);
		g->ask_len = 4;
	}
	guest_answer(g);
	if (g->ask[1] == TSPDM_KEY_UPDATE) /* the acknowledgement comes under the new key */
		ok(tspdm_record_update(&g->stays[0].s.open));
	delivered = (struct tspdm_encapsulated){ g->ask_id, { g->answer, g->answer_len } };
	ok(tspdm_write_deliver_encapsulated(&out, &shape, &delivered));
	return out.len;
}

static size_t write_exchange(struct guest *g, uint8_t code, uint8_t *message)
{
	struct stay *stay = &g->stays[1];

	if (code == TSPDM_KEY_EXCHANGE)
		guest_write_key_exchange(g, stay);
	else
		guest_write_psk_exchange(g, stay);
	memcpy(message, stay->exchange, stay->exchange_len);
	return stay->exchange_len;
}

/* With the proof, where there is a handshake that it proves. */
static size_t write_finish(struct guest *g, const struct model_cell *cell, uint8_t *message)
{
	const struct model_state *state = cell->state;
	const struct guest_finish how = { .is_unsigned = g->stays[0].mutual_auth == 0 };
	bool is_psk = cell->code == TSPDM_PSK_FINISH;

	if (state->session != IN_HANDSHAKE || state->is_psk != is_psk)
		return 4 + 32;
	return is_psk ? guest_write_psk_finish(g, &g->stays[0], message, MODEL_MESSAGE_MAX)
		      : guest_write_finish(g, &g->stays[0], &how, message, MODEL_MESSAGE_MAX);
}

static size_t write_late(const struct model_cell *cell, uint8_t *message)
{
	message[2] = TSPDM_VENDOR_DEFINED_REQUEST;
	message[3] = cell->state->affair_in_clear == RESPONSE_LATE || cell->state->affair_in_session == RESPONSE_LATE
			     ? token
			     : 1;
	return 4;
}

static size_t write_key_update(const struct model_cell *cell, uint8_t *message)
{
	message[2] = cell->state->affair_in_session == UPDATE_PENDING ? TSPDM_VERIFY_NEW_KEY : TSPDM_UPDATE_KEY;
	message[3] = 0x33;
	return 4;
}

/* Requests whose form does not depend on what was negotiated. */
static size_t write_simple(struct guest *g, const struct model_cell *cell, uint8_t *message)
{
	switch (cell->code) {
	case TSPDM_GET_VERSION:
		message[0] = TSPDM_V10;
		return 4;
	case TSPDM_GET_CAPABILITIES: /* another CTExponent than before: no repetition */
		return guest_write_get_capabilities(g, 3, message, MODEL_MESSAGE_MAX);
	case TSPDM_GET_CERTIFICATE:
		message[6] = 0x20; /* Length */
		return 8;
	case TSPDM_CHALLENGE:
		return 4 + TSPDM_NONCE_LEN;
	case TSPDM_KEY_UPDATE:
		return write_key_update(cell, message);
	case TSPDM_VENDOR_DEFINED_REQUEST:
		return write_vendor(g, VENDOR_PLAIN, 8, message);
	case TSPDM_RESPOND_IF_READY:
		return write_late(cell, message);
	default:
		return 4;
	}
}

/* A request of the version and state, as far as there is one. */
static size_t write_request(struct guest *g, const struct model_cell *cell, uint8_t *message)
{
	bool is_asked = cell->state->affair_in_clear == FLOW_ASKED || cell->state->affair_in_session == FLOW_ASKED;
	bool has_chunk =
		cell->state->affair_in_clear == CHUNKS_COMING || cell->state->affair_in_session == CHUNKS_COMING;

	switch (cell->code) {
	case TSPDM_NEGOTIATE_ALGORITHMS: /* not the same offer as before */
		return guest_write_negotiate(g, TSPDM_HASH_SHA256 | TSPDM_HASH_SHA384, message, MODEL_MESSAGE_MAX);
	case TSPDM_CHUNK_SEND:
		return write_chunk(g, has_chunk, message);
	case TSPDM_CHUNK_GET:
		return write_chunk_get(g, message);
	case TSPDM_KEY_EXCHANGE:
	case TSPDM_PSK_EXCHANGE:
		return write_exchange(g, cell->code, message);
	case TSPDM_FINISH:
	case TSPDM_PSK_FINISH:
		return write_finish(g, cell, message);
	case TSPDM_DELIVER_ENCAPSULATED_RESPONSE:
		return write_delivery(g, is_asked, message);
	default:
		return write_simple(g, cell, message);
	}
}

/* What is needed to write it is not there before this phase, or in this version, or in this responder. */
static bool is_writable(const struct model_cell *cell)
{
	const struct model_request *r = model_request_of(cell->code);
	uint8_t phase = cell->code == TSPDM_NEGOTIATE_ALGORITHMS || cell->code == TSPDM_CHUNK_SEND
				? TSPDM_PHASE_AFTER_CAPABILITIES
				: TSPDM_PHASE_NEGOTIATED;
	bool is_lost = cell->state->affair_in_clear == LOST;
	bool is_bare = cell->code == TSPDM_GET_VERSION || cell->code == TSPDM_GET_CAPABILITIES;

	if (r == NULL || r->since > cell->version)
		return false;
	if (is_bare || (r->is_lean && !is_lost && cell->state->phase >= phase))
		return true;
	return !is_lost && (cell->state->make & MAKE_LEAN) == 0 && cell->state->phase >= phase;
}

size_t model_request(struct guest *g, const struct model_cell *cell, uint8_t message[MODEL_MESSAGE_MAX])
{
	size_t len;

	memset(message, 0, MODEL_MESSAGE_MAX);
	message[0] = cell->version;
	message[1] = cell->code;
	len = is_writable(cell) ? write_request(g, cell, message) : 64;
	assert_int_equal(message[1], cell->code);
	if (cell->is_other_version)
		message[0] = cell->version == TSPDM_V12 ? TSPDM_V11 : TSPDM_V12;
	return cell->is_short ? 3 : len;
}

struct session *model_channel(struct guest *g, const struct model_cell *cell)
{
	return cell->place == IN_CLEAR ? NULL : &g->stays[0].s;
}

/* ---- The states ---- */

static void negotiated(struct guest *g)
{
	guest_enter(g, TSPDM_PHASE_NEGOTIATED);
}

static void not_started(struct guest *g)
{
	guest_enter(g, TSPDM_PHASE_NOT_STARTED);
}

static void after_version(struct guest *g)
{
	guest_enter(g, TSPDM_PHASE_AFTER_VERSION);
}

static void after_capabilities(struct guest *g)
{
	guest_enter(g, TSPDM_PHASE_AFTER_CAPABILITIES);
}

static void authenticated(struct guest *g)
{
	negotiated(g);
	fine(guest_challenge(g));
}

static void nothing_in_common(struct guest *g)
{
	uint8_t message[128];

	after_capabilities(g);
	fine(guest_send(g, NULL, message, guest_write_negotiate(g, TSPDM_HASH_SHA512, message, sizeof message)));
}

static void handshake(struct guest *g)
{
	negotiated(g);
	fine(guest_key_exchange(g, &g->stays[0]));
}

static void psk_handshake(struct guest *g)
{
	negotiated(g);
	fine(guest_psk_exchange(g, &g->stays[0]));
}

static void fetched(struct guest *g)
{
	handshake(g);
	fine(guest_fetch(g, guest_channel(&g->stays[0])));
}

static void implied(struct guest *g)
{
	handshake(g);
	fine(guest_flow(g, guest_channel(&g->stays[0]), true, 0));
}

static void half_done(struct guest *g)
{
	handshake(g);
	fine(guest_flow(g, guest_channel(&g->stays[0]), false, 2));
	assert_int_equal(g->ack_payload, TSPDM_ACK_PRESENT);
}

static void complete(struct guest *g)
{
	handshake(g);
	fine(guest_flow(g, guest_channel(&g->stays[0]), false, 50));
	assert_int_equal(g->ack_payload, TSPDM_ACK_SLOT);
}

static void declined(struct guest *g)
{
	fetched(g);
	memcpy(g->answer, (const uint8_t[]){ g->version, TSPDM_ERROR, TSPDM_ERROR_UNSPECIFIED, 0 }, 4);
	g->answer_len = 4;
	fine(guest_deliver(g, guest_channel(&g->stays[0]), g->ask_id));
	assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
}

static void basic_fetched(struct guest *g)
{
	authenticated(g);
	fine(guest_fetch(g, NULL));
}

static void established(struct guest *g)
{
	handshake(g);
	fine(guest_finish(g, &g->stays[0], &(struct guest_finish){ .is_unsigned = true }));
}

static void mutually_established(struct guest *g)
{
	complete(g);
	fine(guest_finish(g, &g->stays[0], &(struct guest_finish){ .is_unsigned = false }));
}

static void psk_established(struct guest *g)
{
	psk_handshake(g);
	fine(guest_psk_finish(g, &g->stays[0]));
}

static void updating(struct guest *g)
{
	struct session *s = &g->stays[0].s;

	established(g);
	fine(guest_send(g, s, (const uint8_t[]){ g->version, TSPDM_KEY_UPDATE, TSPDM_UPDATE_KEY, 0x31 }, 4));
	ok(tspdm_record_update(&s->seal));
	ok(tspdm_record_confirm(&s->seal));
}

static void update_wanted(struct guest *g)
{
	established(g);
	ok(tspdm_responder_ask_key_update(g->responder, g->stays[0].s.id));
}

static void update_asked(struct guest *g)
{
	update_wanted(g);
	fine(guest_fetch(g, &g->stays[0].s));
}

static void late(struct guest *g, struct session *channel)
{
	lateness = 1;
	assert_int_equal(ask_vendor(g, channel, VENDOR_LATE), TSPDM_ERROR_RESPONSE_NOT_READY);
	assert_int_equal(g->response.ptr[5], TSPDM_VENDOR_DEFINED_REQUEST);
	token = g->response.ptr[6];
}

static void late_in_clear(struct guest *g)
{
	negotiated(g);
	late(g, NULL);
}

static void late_in_session(struct guest *g)
{
	established(g);
	late(g, &g->stays[0].s);
}

static void first_chunk(struct guest *g, struct session *channel)
{
	uint8_t message[MODEL_MESSAGE_MAX];

	fine(guest_send(g, channel, message, write_chunk(g, false, message)));
}

static void chunks_coming(struct guest *g)
{
	negotiated(g);
	first_chunk(g, NULL);
}

static void chunks_coming_inside(struct guest *g)
{
	established(g);
	first_chunk(g, &g->stays[0].s);
}

static void chunks_coming_in_handshake(struct guest *g)
{
	handshake(g);
	first_chunk(g, &g->stays[0].s);
}

static void large(struct guest *g, struct session *channel)
{
	assert_int_equal(ask_vendor(g, channel, VENDOR_LARGE), TSPDM_ERROR_LARGE_RESPONSE);
	handle = g->response.ptr[4];
}

static void chunks_going(struct guest *g)
{
	negotiated(g);
	large(g, NULL);
}

static void chunks_going_inside(struct guest *g)
{
	established(g);
	large(g, &g->stays[0].s);
}

#define START TSPDM_PHASE_NOT_STARTED
#define VERSIONED TSPDM_PHASE_AFTER_VERSION
#define CAPABLE TSPDM_PHASE_AFTER_CAPABILITIES
#define READY TSPDM_PHASE_NEGOTIATED
#define BOTH(a) a, a

/* clang-format off */
const struct model_state model_states[] = {
	/* name, since, phase, session, is_psk, affair in the clear, and in the session, make, enter */
	{ "not started", 0x10, START, 0, false, BOTH(NOTHING), MAKE_PLAIN, not_started },
	{ "after VERSION", 0x10, VERSIONED, 0, false, BOTH(NOTHING), MAKE_PLAIN, after_version },
	{ "after CAPABILITIES", 0x10, CAPABLE, 0, false, BOTH(NOTHING), MAKE_PLAIN, after_capabilities },
	{ "nothing in common", 0x10, READY, 0, false, BOTH(LOST), MAKE_PLAIN, nothing_in_common },
	{ "negotiated", 0x10, READY, 0, false, BOTH(NOTHING), MAKE_PLAIN, negotiated },
	{ "negotiated, nothing but measurements", 0x10, READY, 0, false, BOTH(NOTHING), MAKE_LEAN, negotiated },
	{ "authenticated", 0x10, READY, 0, false, BOTH(NOTHING), MAKE_PLAIN, authenticated },
	{ "late", 0x10, READY, 0, false, RESPONSE_LATE, NOTHING, MAKE_PLAIN, late_in_clear },
	{ "large request", 0x12, READY, 0, false, CHUNKS_COMING, NOTHING, MAKE_PLAIN, chunks_coming },
	{ "large response", 0x12, READY, 0, false, CHUNKS_GOING, NOTHING, MAKE_PLAIN, chunks_going },
	{ "basic mutual, not fetched", 0x11, READY, 0, false, FLOW_UNASKED, NOTHING, MAKE_BASIC, authenticated },
	{ "basic mutual, asked", 0x11, READY, 0, false, FLOW_ASKED, NOTHING, MAKE_BASIC, basic_fetched },
	{ "handshake", 0x11, READY, IN_HANDSHAKE, false, BOTH(NOTHING), MAKE_PLAIN, handshake },
	{ "handshake, large request", 0x12, READY, IN_HANDSHAKE, false, NOTHING, CHUNKS_COMING, MAKE_PLAIN,
		chunks_coming_in_handshake },
	{ "handshake in the clear", 0x11, READY, IN_HANDSHAKE, false, BOTH(NOTHING), MAKE_CLEAR, handshake },
	{ "handshake, PSK", 0x11, READY, IN_HANDSHAKE, true, BOTH(NOTHING), MAKE_PLAIN, psk_handshake },
	{ "handshake, signature wanted", 0x11, READY, IN_HANDSHAKE, false, NOTHING, SIGNATURE_WANTED, MAKE_SIGNED,
		handshake },
	{ "handshake, mutual, not fetched", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_UNASKED,
		MAKE_ENCAPSULATED, handshake },
	{ "handshake, mutual, asked", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_ASKED, MAKE_ENCAPSULATED,
		fetched },
	{ "handshake, mutual, implied", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_ASKED, MAKE_IMPLICIT,
		implied },
	{ "handshake, mutual, half done", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_ASKED, MAKE_ENCAPSULATED,
		half_done },
	{ "handshake, mutual, complete", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_COMPLETE,
		MAKE_ENCAPSULATED, complete },
	{ "handshake, mutual, declined", 0x11, READY, IN_HANDSHAKE, false, NOTHING, FLOW_BROKEN, MAKE_ENCAPSULATED,
		declined },
	{ "handshake in the clear, mutual, not fetched", 0x11, READY, IN_HANDSHAKE, false, FLOW_UNASKED, NOTHING,
		MAKE_CLEAR | MAKE_ENCAPSULATED, handshake },
	{ "handshake in the clear, mutual, asked", 0x11, READY, IN_HANDSHAKE, false, FLOW_ASKED, NOTHING,
		MAKE_CLEAR | MAKE_ENCAPSULATED, fetched },
	{ "handshake in the clear, mutual, complete", 0x11, READY, IN_HANDSHAKE, false, FLOW_COMPLETE, NOTHING,
		MAKE_CLEAR | MAKE_ENCAPSULATED, complete },
	{ "session", 0x11, READY, IN_APPLICATION, false, BOTH(NOTHING), MAKE_PLAIN, established },
	{ "session, handshake was clear", 0x11, READY, IN_APPLICATION, false, BOTH(NOTHING), MAKE_CLEAR, established },
	{ "session, mutual", 0x11, READY, IN_APPLICATION, false, BOTH(NOTHING), MAKE_ENCAPSULATED,
		mutually_established },
	{ "session, PSK", 0x11, READY, IN_APPLICATION, true, BOTH(NOTHING), MAKE_PLAIN, psk_established },
	{ "session, key update pending", 0x11, READY, IN_APPLICATION, false, NOTHING, UPDATE_PENDING, MAKE_PLAIN,
		updating },
	{ "session, responder wants new keys", 0x11, READY, IN_APPLICATION, false, NOTHING, KEY_UPDATE_WANTED,
		MAKE_PLAIN, update_wanted },
	{ "session, responder asked for new keys", 0x11, READY, IN_APPLICATION, false, NOTHING, FLOW_ASKED, MAKE_PLAIN,
		update_asked },
	{ "session, late", 0x11, READY, IN_APPLICATION, false, NOTHING, RESPONSE_LATE, MAKE_PLAIN, late_in_session },
	{ "session, large request", 0x12, READY, IN_APPLICATION, false, NOTHING, CHUNKS_COMING, MAKE_PLAIN,
		chunks_coming_inside },
	{ "session, large response", 0x12, READY, IN_APPLICATION, false, NOTHING, CHUNKS_GOING, MAKE_PLAIN,
		chunks_going_inside },
};
/* clang-format on */
const unsigned model_state_count = sizeof model_states / sizeof model_states[0];

/* ---- Making ---- */

#define LEAN_CAPS ((uint32_t)TSPDM_CAP_MEAS_NO_SIG)
#define BASE_CAPS ((uint32_t)(TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG))
#define SESSION_CAPS                                                                                                   \
	((uint32_t)(TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD |       \
		    TSPDM_CAP_ENCAP))

static void set_mutual(struct guest *g, unsigned make)
{
	struct tspdm_responder_config *c = &g->config;
	bool is_mutual = (make & (MAKE_ENCAPSULATED | MAKE_IMPLICIT | MAKE_SIGNED)) != 0;

	c->mutual = is_mutual ? TSPDM_MUTUAL_REQUIRE : TSPDM_MUTUAL_NONE;
	c->mutual_form = (make & MAKE_ENCAPSULATED) != 0 ? TSPDM_MUTUAL_AUTH_ENCAPSULATED
			 : (make & MAKE_IMPLICIT) != 0   ? TSPDM_MUTUAL_AUTH_IMPLICIT
							 : 0;
	c->basic_mutual = (make & MAKE_BASIC) != 0;
	if ((make & MAKE_SIGNED) != 0)
		c->requester_certificates = g->slot.certificates;
}

static void set_capabilities(struct guest *g, unsigned make, uint8_t version)
{
	struct tspdm_responder_config *c = &g->config;
	uint32_t both = version > TSPDM_V10 ? SESSION_CAPS : 0;

	if (version >= TSPDM_V12)
		both |= TSPDM_CAP_CHUNK;
	if ((make & MAKE_CLEAR) != 0)
		both |= TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	c->capabilities = BASE_CAPS | both | (version > TSPDM_V10 ? TSPDM_CAP_PSK_WITH_CONTEXT : 0U);
	g->flags = version > TSPDM_V10 ? BASE_CAPS | both | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_PSK : 0U;
	g->flags &= ~(uint32_t)TSPDM_CAP_MEAS_MASK;
	if ((make & MAKE_LEAN) != 0) {
		c->capabilities = LEAN_CAPS;
		g->flags = 0;
	}
}

static void set_room(struct guest *g, bool has_chunks)
{
	static uint8_t scratch[4 * MESSAGE_MAX], room[4 * MESSAGE_MAX];
	struct tspdm_responder_config *c = &g->config;

	c->scratch = scratch;
	c->scratch_len = sizeof scratch;
	if (!has_chunks)
		return;
	c->large = room;
	c->large_len = sizeof room;
	c->max_message = MESSAGE_MAX;
	g->transfer = TRANSFER;
}

struct guest *model_enter(const struct model_state *state, uint8_t version)
{
	struct guest *g = guest_new();

	tspdm_psk_table_init(&psk, keys, 1);
	g->version = version;
	g->hint = keys[0].hint;
	g->device.blocks = blocks;
	g->device.block_count = 1;
	g->device.vendor = serve_vendor;
	g->config.psk = &psk.base;
	g->config.versions = TSPDM_VERSION_BIT(version);
	set_capabilities(g, state->make, version);
	set_mutual(g, state->make);
	set_room(g, (g->config.capabilities & TSPDM_CAP_CHUNK) != 0);
	lateness = 0;
	token = handle = 0;
	guest_make(g);
	state->enter(g);
	return g;
}
