/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester that does each step of mutual authentication by hand. */
#include "guest.h"

#include <tspdm/message.h>
#include <tspdm/session_messages.h>

#include "core/psk.h"

enum { MESSAGE_MAX = 4096 };

static struct tspdm_view view(const uint8_t *bytes, size_t len)
{
	return (struct tspdm_view){ bytes, len };
}

static void ok(enum tspdm_status status)
{
	assert_string_equal(tspdm_status_name(status), "TSPDM_OK");
}

static struct tspdm_view root_of(struct tspdm_view certificates)
{
	assert_int_equal(certificates.ptr[1], 0x82);
	return view(certificates.ptr, 4 + (size_t)certificates.ptr[2] * 256 + certificates.ptr[3]);
}

/* ---- Making ---- */

static enum tspdm_status decide(void *context, const struct tspdm_requester_identity *who)
{
	struct guest *g = context;

	assert_true(who->is_authenticated);
	g->decided++;
	g->seen = *who;
	return g->verdict;
}

static void take(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	(void)context, (void)session, (void)data, (void)answer;
}

/* Made once for the whole program. */
static struct tspdm_openssl_identity *identities[3];

static struct tspdm_openssl_identity *identity_of(unsigned who)
{
	const struct tspdm_openssl_make make = { .size = sizeof make, .asym = TSPDM_ASYM_ECDSA_P256 };

	if (identities[who] == NULL)
		ok(tspdm_openssl_identity_make(&make, &identities[who]));
	return identities[who];
}

void guest_end(void)
{
	for (unsigned i = 0; i < 3; i++) {
		tspdm_openssl_identity_free(identities[i]);
		identities[i] = NULL;
	}
}

struct guest *guest_new(void)
{
	struct guest *g = calloc(1, sizeof *g);

	assert_non_null(g);
	ok(tspdm_openssl_new(&g->crypto));
	g->version = TSPDM_V12;
	g->host_identity = identity_of(0);
	g->identity = identity_of(1);
	g->stranger = identity_of(2);
	tspdm_basic_device_init(&g->device);
	tspdm_openssl_identity_slot(g->host_identity, &g->device.slots[0]);
	tspdm_openssl_identity_slot(g->identity, &g->slot);
	g->sessions = malloc(GUEST_SESSIONS * tspdm_session_size());
	g->flags = GUEST_FLAGS;
	g->portion = 300;
	g->now_us = 1;
	g->config = (struct tspdm_responder_config){
		.size = sizeof g->config,
		.crypto = g->crypto,
		.device = &g->device.base,
		.binding = &tspdm_binding_mctp,
		.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC |
				TSPDM_CAP_KEY_UPD | TSPDM_CAP_ENCAP,
		.hash = TSPDM_HASH_SHA256,
		.dhe = TSPDM_DHE_SECP256R1,
		.sessions = g->sessions,
		.sessions_len = GUEST_SESSIONS * tspdm_session_size(),
		.record = g->record,
		.record_len = sizeof g->record,
		.application = { take, g },
		.mutual = TSPDM_MUTUAL_REQUIRE,
		.requester_anchors = root_of(g->slot.certificates),
		.requester_chain = g->chain_room,
		.requester_chain_len = sizeof g->chain_room,
		.requester_hook = { decide, g },
	};
	return g;
}

void guest_make(struct guest *g)
{
	g->memory = malloc(tspdm_responder_size());
	ok(tspdm_responder_init(g->memory, tspdm_responder_size(), &g->config, &g->responder));
	tspdm_connection_init(&g->c, g->crypto, g->config.binding, g->flags);
}

void guest_start(struct guest *g)
{
	guest_make(g);
	guest_connect(g);
}

void guest_free(struct guest *g)
{
	for (unsigned i = 0; i < GUEST_SESSIONS; i++)
		tspdm_session_wipe(&g->stays[i].s);
	g->crypto->ops->hash_free(g->crypto, g->m);
	g->crypto->ops->hash_free(g->crypto, g->hash);
	if (g->c.crypto != NULL) /* it was started */
		tspdm_connection_drop(&g->c);
	tspdm_responder_wipe(g->responder);
	free(g->memory);
	free(g->sessions);
	tspdm_openssl_free(g->crypto);
	free(g);
}

/* ---- Sending ---- */

static int outcome(const struct guest *g)
{
	if (g->response.len == 0)
		return -2;
	assert_true(g->response.len >= 4);
	return g->response.ptr[1] == TSPDM_ERROR ? g->response.ptr[2] : -1;
}

static void handle(struct guest *g, enum tspdm_message_kind kind, struct tspdm_view request)
{
	struct tspdm_buffer response = { g->room, sizeof g->room, 0 };

	g->now_us += 1000;
	ok(tspdm_responder_handle(g->responder, g->now_us, kind, request, &response));
	g->response = tspdm_buffer_view(&response);
}

static void send_record(struct guest *g, struct session *s, const uint8_t *message, size_t len)
{
	struct tspdm_record_opened opened;
	struct tspdm_buffer record = { g->opened, sizeof g->opened, 0 };

	memcpy(g->opened + tspdm_session_head_len(s), message, len);
	ok(tspdm_session_seal(s, &record, len));
	handle(g, TSPDM_KIND_SECURED, tspdm_buffer_view(&record));
	if (g->response.len == 0)
		return;
	memcpy(g->opened, g->response.ptr, g->response.len);
	ok(tspdm_record_open(&s->open, g->opened, g->response.len, &opened));
	assert_true(tspdm_session_message(s, opened.data, &g->response));
}

int guest_send(struct guest *g, struct session *s, const uint8_t *message, size_t len)
{
	if (s != NULL)
		send_record(g, s, message, len);
	else
		handle(g, TSPDM_KIND_PLAIN, view(message, len));
	return outcome(g);
}

int guest_send_code(struct guest *g, struct session *s, uint8_t code)
{
	const uint8_t message[48] = { code == TSPDM_GET_VERSION ? TSPDM_V10 : g->version, code };

	return guest_send(g, s, message, code == TSPDM_CHALLENGE ? 36 : code == TSPDM_GET_CERTIFICATE ? 8 : 4);
}

/* ---- The connection ---- */

void guest_show(struct guest *g, struct tspdm_openssl_identity *identity)
{
	struct chain_image image;

	tspdm_openssl_identity_slot(identity, &g->slot);
	ok(tspdm_chain_image(&image, g->crypto, g->hash, 32, g->version, &g->slot));
	assert_true(image.len <= sizeof g->chain);
	g->chain_len = image.len;
	tspdm_chain_copy(&image, 0, image.len, g->chain);
	ok(tspdm_digest(g->crypto, g->hash, g->has_key_alone ? g->slot.spki : view(g->chain, g->chain_len), g->digest));
}

static void exchange_vca(struct guest *g, const uint8_t *message, size_t len)
{
	assert_int_equal(guest_send(g, NULL, message, len), -1);
	ok(tspdm_transcript_vca(&g->c.transcript, view(message, len), g->response));
}

size_t guest_write_negotiate(const struct guest *g, uint32_t hashes, uint8_t *message, size_t cap)
{
	const struct algorithm_offer offer = { .asym = TSPDM_ASYM_ECDSA_P256,
		.hash = hashes,
		.dhe = TSPDM_DHE_SECP256R1,
		.aead = TSPDM_AEAD_AES_256_GCM,
		.req_asym = TSPDM_ASYM_ECDSA_P256,
		.key_schedule = TSPDM_KEY_SCHEDULE_SPDM,
		.opaque_formats = TSPDM_OPAQUE_FORMAT_1 };
	struct algorithm_needs needs = tspdm_algorithm_needs(g->c.own_flags, g->c.peer_flags);
	struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_negotiate_algorithms ask;
	struct tspdm_buffer out = { message, cap, 0 };

	tspdm_write_offer(&offer, &needs, g->version, &ask);
	ok(tspdm_write_negotiate_algorithms(&out, &shape, &ask));
	return out.len;
}

static void enter_negotiated(struct guest *g)
{
	struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	uint8_t message[128];
	size_t used;

	exchange_vca(g, message, guest_write_negotiate(g, TSPDM_HASH_SHA256, message, sizeof message));
	ok(tspdm_read_algorithms(g->response, &shape, &g->c.selected, &used));
	ok(tspdm_transcript_open(&g->c.transcript, g->version, g->c.selected.base_hash));
	if (g->hash == NULL)
		ok(g->crypto->ops->hash_new(g->crypto, TSPDM_HASH_SHA256, &g->hash));
	guest_show(g, g->identity);
}

size_t guest_write_get_capabilities(const struct guest *g, uint8_t ct_exponent, uint8_t *message, size_t cap)
{
	const struct tspdm_shape shape = { .version = g->version };
	const struct tspdm_capabilities own = { .ct_exponent = ct_exponent,
		.flags = g->flags,
		.data_transfer_size = g->transfer != 0 ? g->transfer : MESSAGE_MAX,
		.max_message_size = MESSAGE_MAX };
	struct tspdm_buffer out = { message, cap, 0 };

	ok(tspdm_write_get_capabilities(&out, &shape, &own));
	return out.len;
}

static void enter_capable(struct guest *g)
{
	const struct tspdm_shape shape = { .version = g->version };
	struct tspdm_capabilities peer;
	uint8_t message[32];
	size_t used;

	exchange_vca(g, message, guest_write_get_capabilities(g, 0, message, sizeof message));
	ok(tspdm_read_capabilities(g->response, &shape, &peer, &used));
	tspdm_connection_peer(&g->c, &peer);
}

void guest_enter(struct guest *g, enum tspdm_phase phase)
{
	tspdm_connection_drop(&g->c);
	if (phase == TSPDM_PHASE_NOT_STARTED)
		return;
	exchange_vca(g, (const uint8_t[]){ 0x10, TSPDM_GET_VERSION, 0, 0 }, 4);
	g->c.version = g->version;
	if (phase >= TSPDM_PHASE_AFTER_CAPABILITIES)
		enter_capable(g);
	if (phase >= TSPDM_PHASE_NEGOTIATED)
		enter_negotiated(g);
}

void guest_connect(struct guest *g)
{
	guest_enter(g, TSPDM_PHASE_NEGOTIATED);
}

int guest_challenge(struct guest *g)
{
	int error = guest_send_code(g, NULL, TSPDM_CHALLENGE);

	g->crypto->ops->hash_free(g->crypto, g->m);
	g->m = NULL;
	ok(tspdm_transcript_new_log(&g->c.transcript, &g->m));
	return error;
}

/* ---- KEY_EXCHANGE ---- */

struct session *guest_channel(struct stay *stay)
{
	return stay->s.is_clear && stay->s.phase != SESSION_ESTABLISHED ? NULL : &stay->s;
}

static void write_opaque(struct guest *g, struct tspdm_buffer *opaque)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);

	ok(tspdm_write_supported_versions(
		opaque, &shape, tspdm_record_versions, RECORD_VERSIONS, TSPDM_AEAD_LIMIT_NONE));
}

static struct tspdm_dhe_key *write_key_exchange(struct guest *g, struct stay *stay)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_buffer out = { stay->exchange, sizeof stay->exchange, 0 };
	uint8_t random[TSPDM_RANDOM_LEN], own_room[64], opaque_room[32];
	struct tspdm_buffer own = { own_room, sizeof own_room, 0 }, opaque = { opaque_room, sizeof opaque_room, 0 };
	struct tspdm_key_exchange ask = { .session_id = (uint16_t)(1 + (stay - g->stays)) };
	struct tspdm_dhe_key *key;

	ok(g->crypto->ops->random(g->crypto, random, sizeof random));
	ok(g->crypto->ops->dhe_new(g->crypto, TSPDM_DHE_SECP256R1, &key, &own));
	write_opaque(g, &opaque);
	ask.random = view(random, sizeof random);
	ask.exchange_data = tspdm_buffer_view(&own);
	ask.opaque = tspdm_buffer_view(&opaque);
	ok(tspdm_write_key_exchange(&out, &shape, &ask));
	stay->exchange_len = out.len;
	return key;
}

void guest_write_key_exchange(struct guest *g, struct stay *stay)
{
	g->crypto->ops->dhe_free(g->crypto, write_key_exchange(g, stay));
}

/* Up to TH1, and ResponderVerifyData where there is one. */
static void agree(struct guest *g, struct stay *stay, struct tspdm_dhe_key *key, const struct tspdm_key_exchange_rsp *r)
{
	struct session *s = &stay->s;
	size_t tail = r->signature.len + r->verify_data.len;
	struct chain_image image;
	uint8_t host[TSPDM_HASH_MAX], th1[TSPDM_HASH_MAX], secret_room[DHE_SECRET_MAX];
	struct tspdm_buffer secret = { secret_room, sizeof secret_room, 0 };

	ok(tspdm_chain_image(&image, g->crypto, g->hash, 32, g->version, &g->device.slots[0]));
	ok(tspdm_chain_digest(&image, g->crypto, g->hash, host));
	ok(tspdm_session_transcript_append(&s->th, TH_RESPONDER_IDENTITY, view(host, 32)));
	ok(tspdm_session_transcript_append(&s->th, TH_EXCHANGE, view(stay->exchange, stay->exchange_len)));
	ok(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_RSP, view(g->response.ptr, g->response.len - tail)));
	ok(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_SIGNATURE, r->signature));
	ok(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	ok(g->crypto->ops->dhe_agree(g->crypto, key, r->exchange_data, &secret));
	ok(tspdm_session_handshake(s, tspdm_buffer_view(&secret), th1));
	if (s->is_clear)
		return;
	ok(tspdm_key_check_verify_data(
		&s->schedule, s->handshake.finished[KEY_DIRECTION_RESPONSE], th1, r->verify_data));
	ok(tspdm_session_transcript_append(&s->th, TH_EXCHANGE_VERIFY, r->verify_data));
}

int guest_key_exchange(struct guest *g, struct stay *stay)
{
	struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_dhe_key *key = write_key_exchange(g, stay);
	struct tspdm_key_exchange_rsp r;
	struct tspdm_selected_version selection;
	int error = guest_send(g, NULL, stay->exchange, stay->exchange_len);
	size_t used;

	if (error == -1) {
		shape.has_verify_data = !tspdm_session_is_clear(&g->c);
		ok(tspdm_read_key_exchange_rsp(g->response, &shape, &r, &used));
		ok(tspdm_read_selected_version(r.opaque, &shape, &selection));
		tspdm_session_wipe(&stay->s);
		ok(tspdm_session_begin(&stay->s, &g->c, SESSION_CERTIFICATE,
			(uint32_t)(1 + (stay - g->stays)) | (uint32_t)r.session_id << 16, true));
		stay->s.record_version = (uint8_t)(selection.version >> 8);
		agree(g, stay, key, &r);
		stay->s.phase = SESSION_HANDSHAKING;
		stay->mutual_auth = r.mutual_auth;
		stay->slot_param = r.slot;
	}
	g->crypto->ops->dhe_free(g->crypto, key);
	return error;
}

/* ---- Encapsulated messages ---- */

static void note_ask(struct guest *g, uint8_t id, struct tspdm_view message)
{
	assert_true(message.len <= sizeof g->ask);
	g->ask_id = id;
	memcpy(g->ask, message.ptr, message.len);
	g->ask_len = message.len;
}

int guest_fetch(struct guest *g, struct session *channel)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_encapsulated asked;
	int error = guest_send_code(g, channel, TSPDM_GET_ENCAPSULATED_REQUEST);
	size_t used;

	if (error != -1)
		return error;
	ok(tspdm_read_encapsulated_request(g->response, &shape, &asked, &used));
	note_ask(g, asked.request_id, asked.message);
	return error;
}

static void answer_certificate(struct guest *g, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	struct tspdm_get_certificate ask;
	struct tspdm_certificate answer;
	uint32_t len;
	size_t used;

	ok(tspdm_read_get_certificate(view(g->ask, g->ask_len), shape, &ask, &used));
	assert_true(ask.offset < g->chain_len);
	len = g->chain_len - ask.offset;
	len = len < ask.length ? len : ask.length;
	len = len < g->portion ? len : g->portion;
	answer = (struct tspdm_certificate){ .slot = ask.slot,
		.remainder = g->chain_len - ask.offset - len,
		.portion = view(g->chain + ask.offset, len) };
	ok(tspdm_write_certificate(out, shape, &answer));
}

static struct tspdm_view sign(struct guest *g, enum signing_use use, const uint8_t *digest, uint8_t *room)
{
	struct signing_input input;
	struct tspdm_buffer signature = { room, 64, 0 };
	struct tspdm_pending pending = { 0 };

	ok(tspdm_signing_input(
		&input, g->version, TSPDM_ROLE_REQUESTER, use, TSPDM_ASYM_ECDSA_P256, TSPDM_HASH_SHA256, digest));
	ok(g->slot.signer->ops->sign(g->slot.signer, &input.tbs, &signature, &pending));
	return tspdm_buffer_view(&signature);
}

static void answer_challenge(struct guest *g, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	const struct tspdm_crypto_ops *ops = g->crypto->ops;
	const uint8_t nonce[TSPDM_NONCE_LEN] = { 7 };
	const struct tspdm_challenge_auth auth = { .slot = g->ask[2] & 0x0FU,
		.slot_mask = g->has_key_alone ? 0 : 1,
		.chain_hash = view(g->digest, 32),
		.nonce = view(nonce, sizeof nonce) };
	uint8_t digest[TSPDM_HASH_MAX];

	ok(tspdm_write_challenge_auth(out, shape, &auth));
	ok(ops->hash_update(g->crypto, g->m, view(g->ask, g->ask_len)));
	ok(ops->hash_update(g->crypto, g->m, tspdm_buffer_view(out)));
	ok(ops->hash_copy(g->crypto, g->hash, g->m));
	ok(ops->hash_final(g->crypto, g->hash, digest));
	out->len += sign(g, SIGNING_CHALLENGE_AUTH, digest, out->ptr + out->len).len;
}

static void answer_digests(struct guest *g, const struct tspdm_shape *shape, struct tspdm_buffer *out)
{
	struct tspdm_digests digests = { .provisioned_slots = 1, .digest = { view(g->digest, 32) } };

	ok(tspdm_write_digests(out, shape, &digests));
}

void guest_answer(struct guest *g)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_buffer out = { g->answer, sizeof g->answer, 0 };

	switch (g->ask[1]) {
	case TSPDM_GET_DIGESTS:
		answer_digests(g, &shape, &out);
		break;
	case TSPDM_GET_CERTIFICATE:
		answer_certificate(g, &shape, &out);
		break;
	case TSPDM_CHALLENGE:
		answer_challenge(g, &shape, &out);
		break;
	default:
		assert_int_equal(g->ask[1], TSPDM_KEY_UPDATE);
		memcpy(out.ptr, g->ask, 4);
		out.ptr[1] = TSPDM_KEY_UPDATE_ACK;
		out.len = 4;
	}
	g->answer_len = out.len;
	if (g->m == NULL || g->ask[1] == TSPDM_CHALLENGE)
		return;
	ok(g->crypto->ops->hash_update(g->crypto, g->m, view(g->ask, g->ask_len)));
	ok(g->crypto->ops->hash_update(g->crypto, g->m, tspdm_buffer_view(&out)));
}

int guest_deliver(struct guest *g, struct session *channel, uint8_t id)
{
	static uint8_t message[GUEST_ROOM];
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	const struct tspdm_encapsulated delivered = { id, view(g->answer, g->answer_len) };
	struct tspdm_buffer out = { message, sizeof message, 0 };
	struct tspdm_encapsulated_ack ack;
	size_t used;
	int error;

	ok(tspdm_write_deliver_encapsulated(&out, &shape, &delivered));
	error = guest_send(g, channel, message, out.len);
	if (error != -1)
		return error;
	ok(tspdm_read_encapsulated_ack(g->response, &shape, &ack, &used));
	assert_int_equal(ack.ack_request_id, g->version >= TSPDM_V12 ? id : 0); /* 1.1 has no such field */
	g->ack_payload = ack.payload;
	g->ack_slot = ack.slot;
	if (ack.payload == TSPDM_ACK_PRESENT) {
		assert_int_not_equal(ack.request_id, id);
		note_ask(g, ack.request_id, ack.message);
	}
	return error;
}

int guest_flow(struct guest *g, struct session *channel, bool is_implied, unsigned steps)
{
	int error = -1;

	if (is_implied)
		note_ask(g, 0, view((const uint8_t[]){ g->version, TSPDM_GET_DIGESTS, 0, 0 }, 4));
	else
		error = guest_fetch(g, channel);
	g->ack_payload = TSPDM_ACK_PRESENT;
	for (unsigned i = 0; i < steps && error == -1 && g->ack_payload == TSPDM_ACK_PRESENT; i++) {
		guest_answer(g);
		error = guest_deliver(g, channel, g->ask_id);
	}
	return error;
}

/* ---- FINISH ---- */

static void establish(struct guest *g, struct stay *stay)
{
	struct session *s = &stay->s;
	size_t tail = s->is_clear ? 32 : 0;
	struct tspdm_view rest = view(g->response.ptr + g->response.len - tail, tail);
	uint8_t digest[TSPDM_HASH_MAX];

	ok(tspdm_session_transcript_append(&s->th, TH_FINISH_RSP, view(g->response.ptr, g->response.len - tail)));
	if (s->is_clear) {
		ok(tspdm_session_transcript_digest(&s->th, TH_USE_FINISH_RSP_VERIFY, digest));
		ok(tspdm_key_check_verify_data(
			&s->schedule, s->handshake.finished[KEY_DIRECTION_RESPONSE], digest, rest));
		ok(tspdm_session_transcript_append(&s->th, TH_FINISH_RSP_VERIFY, rest));
	}
	ok(tspdm_session_derive(s));
	ok(tspdm_session_establish(s));
}

static void append_signature(
	struct guest *g, struct session *s, const struct guest_finish *how, struct tspdm_buffer *out)
{
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_view signature;

	ok(tspdm_session_transcript_digest(&s->th, TH_USE_FINISH_SIGNATURE, digest));
	signature = sign(g, SIGNING_FINISH, digest, out->ptr + out->len);
	if (how->is_forged_signature)
		out->ptr[out->len + 40] ^= 1;
	ok(tspdm_session_transcript_append(&s->th, TH_FINISH_SIGNATURE, signature));
	out->len += signature.len;
}

size_t guest_write_finish(
	struct guest *g, struct stay *stay, const struct guest_finish *how, uint8_t *message, size_t cap)
{
	struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct session *s = &stay->s;
	struct tspdm_finish finish = { .is_signed = !how->is_unsigned };
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_buffer out = { message, cap, 0 };

	if (finish.is_signed) {
		finish.slot = how->is_slot_given ? how->slot : g->has_key_alone ? TSPDM_SLOT_PUBLIC_KEY : 0;
		ok(tspdm_session_transcript_append(&s->th, TH_REQUESTER_IDENTITY, view(g->digest, 32)));
	}
	ok(tspdm_write_finish(&out, &shape, &finish));
	ok(tspdm_session_transcript_append(&s->th, TH_FINISH, tspdm_buffer_view(&out)));
	if (finish.is_signed)
		append_signature(g, s, how, &out);
	assert_true(cap - out.len >= 32);
	ok(tspdm_session_transcript_digest(&s->th, TH_USE_FINISH_VERIFY, digest));
	ok(tspdm_key_verify_data(
		&s->schedule, s->handshake.finished[KEY_DIRECTION_REQUEST], digest, message + out.len));
	ok(tspdm_session_transcript_append(&s->th, TH_FINISH_VERIFY, view(message + out.len, 32)));
	out.len += 32;
	if (how->is_forged_mac)
		message[out.len - 1] ^= 1;
	return out.len;
}

int guest_finish(struct guest *g, struct stay *stay, const struct guest_finish *how)
{
	uint8_t message[256];
	size_t len = guest_write_finish(g, stay, how, message, sizeof message);
	int error = guest_send(g, how->is_elsewhere ? how->channel : guest_channel(stay), message, len);

	if (error == -1)
		establish(g, stay);
	return error;
}

/* ---- PSK_EXCHANGE, PSK_FINISH ---- */

void guest_write_psk_exchange(struct guest *g, struct stay *stay)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_buffer out = { stay->exchange, sizeof stay->exchange, 0 };
	uint8_t context[32], opaque_room[32];
	struct tspdm_buffer opaque = { opaque_room, sizeof opaque_room, 0 };
	struct tspdm_psk_exchange ask = { .session_id = (uint16_t)(1 + (stay - g->stays)) };

	ok(g->crypto->ops->random(g->crypto, context, sizeof context));
	write_opaque(g, &opaque);
	ask.hint = g->hint;
	ask.requester_context = view(context, sizeof context);
	ask.opaque = tspdm_buffer_view(&opaque);
	ok(tspdm_write_psk_exchange(&out, &shape, &ask));
	stay->exchange_len = out.len;
}

static void agree_by_psk(struct guest *g, struct stay *stay, const struct tspdm_psk_exchange_rsp *r)
{
	struct session *s = &stay->s;
	uint8_t th1[TSPDM_HASH_MAX], secret[TSPDM_HASH_MAX];

	ok(tspdm_session_transcript_append(&s->th, TH_EXCHANGE, view(stay->exchange, stay->exchange_len)));
	ok(tspdm_session_transcript_append(
		&s->th, TH_EXCHANGE_RSP, view(g->response.ptr, g->response.len - r->verify_data.len)));
	ok(tspdm_session_transcript_digest(&s->th, TH_USE_TH1, th1));
	ok(tspdm_psk_handshake_secret(g->config.psk, &s->schedule, g->hint, secret));
	ok(tspdm_session_handshake_from(s, secret, th1));
	ok(tspdm_session_check_verify_data(s, VERIFY_EXCHANGE_RSP, r->verify_data));
	s->phase = SESSION_HANDSHAKING;
}

int guest_psk_exchange(struct guest *g, struct stay *stay)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	struct tspdm_psk_exchange_rsp r;
	struct tspdm_selected_version selection;
	size_t used;
	int error;

	guest_write_psk_exchange(g, stay);
	error = guest_send(g, NULL, stay->exchange, stay->exchange_len);
	if (error != -1)
		return error;
	ok(tspdm_read_psk_exchange_rsp(g->response, &shape, &r, &used));
	ok(tspdm_read_selected_version(r.opaque, &shape, &selection));
	tspdm_session_wipe(&stay->s);
	ok(tspdm_session_begin(
		&stay->s, &g->c, SESSION_PSK, (uint32_t)(1 + (stay - g->stays)) | (uint32_t)r.session_id << 16, true));
	stay->s.record_version = (uint8_t)(selection.version >> 8);
	agree_by_psk(g, stay, &r);
	return error;
}

size_t guest_write_psk_finish(struct guest *g, struct stay *stay, uint8_t *message, size_t cap)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&g->c);
	const struct tspdm_psk_finish finish = { .opaque = { NULL, 0 } };
	struct tspdm_buffer out = { message, cap, 0 };

	ok(tspdm_write_psk_finish(&out, &shape, &finish));
	ok(tspdm_session_transcript_append(&stay->s.th, TH_FINISH, tspdm_buffer_view(&out)));
	ok(tspdm_session_write_verify_data(&stay->s, VERIFY_FINISH, &out));
	return out.len;
}

int guest_psk_finish(struct guest *g, struct stay *stay)
{
	uint8_t message[64];
	size_t len = guest_write_psk_finish(g, stay, message, sizeof message);
	int error = guest_send(g, &stay->s, message, len);

	if (error == -1)
		establish(g, stay);
	return error;
}

size_t guest_sessions(const struct guest *g)
{
	return tspdm_responder_sessions(g->responder, NULL, 0);
}
