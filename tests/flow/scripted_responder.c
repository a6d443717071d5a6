/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder that asks for mutual authentication as a script says. */
#include "scripted_responder.h"

#include "core/chain_response.h"
#include "core/negotiation.h"
#include "core/signing.h"

enum { RSP_SESSION_ID = 0x0102 };

static void ok(enum tspdm_status status)
{
	assert_int_equal(status, TSPDM_OK);
}

/* ---- The requester's signer ---- */

static struct scripted *of_signer(struct tspdm_signer *signer)
{
	return (struct scripted *)(void *)((uint8_t *)signer - offsetof(struct scripted, slow));
}

static enum tspdm_status sign_slowly(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct scripted *t = of_signer(signer);

	if (pending->stage == 0) {
		pending->stage = 1;
		t->sign_left = t->sign_delay;
	}
	if (t->sign_left != 0) {
		t->sign_left--;
		pending->retry_us = 700000;
		return TSPDM_AGAIN;
	}
	pending->stage = 0;
	t->signatures++;
	if (t->is_sign_failing)
		return TSPDM_ERR_CRYPTO;
	return t->real->ops->sign(t->real, tbs, signature, pending);
}

static void cancel_slowly(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	assert_int_not_equal(pending->stage, 0);
	pending->stage = 0;
	of_signer(signer)->cancelled++;
}

static const struct tspdm_signer_ops slow_ops = { sizeof slow_ops, "slow", sign_slowly, cancel_slowly };

/* ---- The connection ---- */

static struct tspdm_buffer room(struct scripted *t)
{
	return (struct tspdm_buffer){ t->answer, sizeof t->answer, 0 };
}

static void on_version(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	tspdm_connection_drop(&t->c);
	t->c.own_flags = t->c.configured_flags = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | t->script.capabilities;
	ok(tspdm_write_version(out, TSPDM_VERSION_BIT(TSPDM_V12)));
	ok(tspdm_transcript_vca(&t->c.transcript, request, tspdm_buffer_view(out)));
}

static void on_capabilities(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = { .version = TSPDM_V12 };
	const struct tspdm_capabilities own = {
		.flags = t->c.own_flags, .data_transfer_size = SCRIPT_ROOM, .max_message_size = SCRIPT_ROOM
	};
	struct tspdm_capabilities theirs;
	size_t used;

	ok(tspdm_read_get_capabilities(request, &shape, &theirs, &used));
	t->c.version = TSPDM_V12;
	tspdm_connection_peer(&t->c, &theirs);
	ok(tspdm_write_capabilities(out, &shape, &own));
	ok(tspdm_transcript_vca(&t->c.transcript, request, tspdm_buffer_view(out)));
}

static void on_negotiate(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct algorithm_offer own = { .asym = TSPDM_ASYM_ECDSA_P256,
		.hash = TSPDM_HASH_SHA384,
		.dhe = TSPDM_DHE_SECP256R1,
		.aead = TSPDM_AEAD_AES_256_GCM,
		.req_asym = (uint16_t)TSPDM_ASYM_ECDSA_P256,
		.key_schedule = TSPDM_KEY_SCHEDULE_SPDM,
		.opaque_formats = TSPDM_OPAQUE_FORMAT_1 };
	const struct algorithm_needs needs = tspdm_algorithm_needs(t->c.peer_flags, t->c.own_flags);
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	struct tspdm_negotiate_algorithms offered;
	size_t used;

	ok(tspdm_read_negotiate_algorithms(request, &shape, &offered, &used));
	ok(tspdm_select_algorithms(&own, &needs, TSPDM_V12, &offered, &t->c.selected));
	ok(tspdm_write_algorithms(out, &shape, &t->c.selected));
	ok(tspdm_transcript_vca(&t->c.transcript, request, tspdm_buffer_view(out)));
	ok(tspdm_transcript_open(&t->c.transcript, TSPDM_V12, t->c.selected.base_hash));
	t->mut_b_len = t->c.transcript.vca_len;
	memcpy(t->mut_b, t->c.transcript.vca_bytes, t->mut_b_len);
}

/* ---- The responder's own identity ---- */

static void image_of(struct scripted *t, const struct tspdm_slot *slot, struct chain_image *image)
{
	ok(tspdm_chain_image(image, t->crypto, t->digest, 48, TSPDM_V12, slot));
}

static void on_digests(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	const struct tspdm_digests digests = { .provisioned_slots = 1, .digest = { { t->chain_digest, 48 } } };
	struct chain_image image;

	image_of(t, &t->slot, &image);
	ok(tspdm_chain_digest(&image, t->crypto, t->digest, t->chain_digest));
	ok(tspdm_write_digests(out, &shape, &digests));
	ok(tspdm_transcript_b(&t->c.transcript, true, request, tspdm_buffer_view(out)));
}

static void on_certificate(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	struct tspdm_get_certificate ask;
	struct chain_image image;
	size_t used;

	image_of(t, &t->slot, &image);
	ok(tspdm_read_get_certificate(request, &shape, &ask, &used));
	ok(tspdm_chain_response(&image, &shape, &ask, out));
	ok(tspdm_transcript_b(&t->c.transcript, false, request, tspdm_buffer_view(out)));
}

static void sign(struct scripted *t, enum signing_use use, const uint8_t *digest, struct tspdm_buffer *out)
{
	struct tspdm_pending pending = { 0 };
	struct signing_input input;

	ok(tspdm_signing_input(&input, TSPDM_V12, TSPDM_ROLE_RESPONDER, use, t->c.selected.base_asym,
		t->c.selected.base_hash, digest));
	ok(t->slot.signer->ops->sign(t->slot.signer, &input.tbs, out, &pending));
}

static void on_challenge(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	static const uint8_t nonce[TSPDM_NONCE_LEN] = { 9 };
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	const struct tspdm_challenge_auth auth = { .basic_mutual_auth = t->script.is_basic,
		.slot_mask = 1,
		.chain_hash = { t->chain_digest, 48 },
		.nonce = { nonce, sizeof nonce } };
	uint8_t digest[TSPDM_HASH_MAX];

	ok(tspdm_write_challenge_auth(out, &shape, &auth));
	ok(tspdm_transcript_challenge(&t->c.transcript, request, tspdm_buffer_view(out), digest));
	sign(t, SIGNING_CHALLENGE_AUTH, digest, out);
	ok(tspdm_transcript_authenticated(&t->c.transcript));
}

/* ---- KEY_EXCHANGE ---- */

static void agree(struct scripted *t, struct tspdm_view theirs, struct tspdm_buffer *own, struct tspdm_buffer *secret)
{
	struct tspdm_dhe_key *key = NULL;

	ok(t->crypto->ops->dhe_new(t->crypto, TSPDM_DHE_SECP256R1, &key, own));
	ok(t->crypto->ops->dhe_agree(t->crypto, key, theirs, secret));
	t->crypto->ops->dhe_free(t->crypto, key);
}

static void append(struct scripted *t, enum th_part part, const uint8_t *bytes, size_t len)
{
	ok(tspdm_session_transcript_append(&t->s.th, part, (struct tspdm_view){ bytes, len }));
}

static void prove(struct scripted *t, enum th_use use, enum th_part part, struct tspdm_buffer *out)
{
	uint8_t digest[TSPDM_HASH_MAX];

	ok(tspdm_session_transcript_digest(&t->s.th, use, digest));
	ok(tspdm_key_verify_data(
		&t->s.schedule, t->s.handshake.finished[KEY_DIRECTION_RESPONSE], digest, out->ptr + out->len));
	append(t, part, out->ptr + out->len, 48);
	out->len += 48;
}

static void write_key_exchange_rsp(
	struct scripted *t, const struct tspdm_key_exchange *ask, struct tspdm_buffer *secret, struct tspdm_buffer *out)
{
	static const uint8_t random[TSPDM_RANDOM_LEN] = { 7 };
	const struct tspdm_selected_version selection = { .version = 0x1200, .aead_limit = TSPDM_AEAD_LIMIT_NONE };
	struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	uint8_t exchange[512], opaque[64];
	struct tspdm_buffer own = { exchange, sizeof exchange, 0 }, chosen = { opaque, sizeof opaque, 0 };
	struct tspdm_key_exchange_rsp response = { .session_id = RSP_SESSION_ID,
		.mutual_auth = t->script.mutual,
		.slot = t->script.slot_param,
		.random = { random, sizeof random } };

	ok(tspdm_write_selected_version(&chosen, &shape, &selection));
	agree(t, ask->exchange_data, &own, secret);
	response.exchange_data = tspdm_buffer_view(&own);
	response.opaque = tspdm_buffer_view(&chosen);
	shape.has_verify_data = !t->s.is_clear;
	ok(tspdm_write_key_exchange_rsp(out, &shape, &response));
}

static void on_key_exchange(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	uint8_t digest[TSPDM_HASH_MAX], room_of_secret[512];
	struct tspdm_buffer secret = { room_of_secret, sizeof room_of_secret, 0 };
	struct tspdm_key_exchange ask;
	size_t used, unsigned_len;

	ok(tspdm_read_key_exchange(request, &shape, &ask, &used));
	if (t->script.mutual == TSPDM_MUTUAL_AUTH_IMPLICIT)
		t->request_id = 0;
	tspdm_session_wipe(&t->s);
	ok(tspdm_session_begin(
		&t->s, &t->c, SESSION_CERTIFICATE, ask.session_id | (uint32_t)RSP_SESSION_ID << 16, false));
	t->s.record_version = 0x12;
	write_key_exchange_rsp(t, &ask, &secret, out);
	append(t, TH_RESPONDER_IDENTITY, t->chain_digest, 48);
	append(t, TH_EXCHANGE, request.ptr, request.len);
	append(t, TH_EXCHANGE_RSP, out->ptr, out->len);
	ok(tspdm_session_transcript_digest(&t->s.th, TH_USE_EXCHANGE_SIGNATURE, digest));
	unsigned_len = out->len;
	sign(t, SIGNING_KEY_EXCHANGE_RSP, digest, out);
	append(t, TH_EXCHANGE_SIGNATURE, out->ptr + unsigned_len, out->len - unsigned_len);
	ok(tspdm_session_transcript_digest(&t->s.th, TH_USE_TH1, digest));
	ok(tspdm_session_handshake(&t->s, tspdm_buffer_view(&secret), digest));
	if (!t->s.is_clear)
		prove(t, TH_USE_TH1, TH_EXCHANGE_VERIFY, out);
	t->s.phase = SESSION_HANDSHAKING;
}

/* ---- What the requester signs ---- */

static const struct tspdm_slot *slot_of(struct scripted *t, uint8_t number)
{
	return number == TSPDM_SLOT_PUBLIC_KEY ? &t->key : &t->slots[number];
}

static void identity_digest(struct scripted *t, uint8_t number, uint8_t *digest)
{
	struct chain_image image;

	if (number == TSPDM_SLOT_PUBLIC_KEY) {
		ok(tspdm_digest(t->crypto, t->digest, t->key.spki, digest));
		return;
	}
	image_of(t, slot_of(t, number), &image);
	ok(tspdm_chain_digest(&image, t->crypto, t->digest, digest));
}

static void verify(struct scripted *t, uint8_t slot, enum signing_use use, const uint8_t *digest, struct tspdm_view sig)
{
	struct tspdm_public_key *key = NULL;
	struct signing_input input;

	ok(tspdm_signing_input(
		&input, TSPDM_V12, TSPDM_ROLE_REQUESTER, use, TSPDM_ASYM_ECDSA_P256, t->c.selected.base_hash, digest));
	ok(t->crypto->ops->public_key_new(t->crypto, TSPDM_ASYM_ECDSA_P256, slot_of(t, slot)->spki, &key));
	ok(t->crypto->ops->verify(t->crypto, key, &input.tbs, sig));
	t->crypto->ops->public_key_free(t->crypto, key);
}

static void on_finish(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	const struct tspdm_finish_rsp response = { .opaque = { NULL, 0 } };
	uint8_t digest[TSPDM_HASH_MAX];
	size_t used;

	ok(tspdm_read_finish(request, &shape, &t->finish, &used));
	if (t->script.mutual != 0) {
		identity_digest(t, t->finish.slot, digest);
		append(t, TH_REQUESTER_IDENTITY, digest, 48);
	}
	append(t, TH_FINISH, request.ptr, 4);
	if (t->finish.is_signed) {
		ok(tspdm_session_transcript_digest(&t->s.th, TH_USE_FINISH_SIGNATURE, digest));
		verify(t, t->finish.slot, SIGNING_FINISH, digest, t->finish.signature);
		append(t, TH_FINISH_SIGNATURE, t->finish.signature.ptr, t->finish.signature.len);
	}
	ok(tspdm_session_transcript_digest(&t->s.th, TH_USE_FINISH_VERIFY, digest));
	ok(tspdm_key_check_verify_data(
		&t->s.schedule, t->s.handshake.finished[KEY_DIRECTION_REQUEST], digest, t->finish.verify_data));
	append(t, TH_FINISH_VERIFY, t->finish.verify_data.ptr, t->finish.verify_data.len);
	t->finishes++;
	shape.has_verify_data = t->s.is_clear;
	ok(tspdm_write_finish_rsp(out, &shape, &response));
	append(t, TH_FINISH_RSP, out->ptr, out->len);
	if (t->s.is_clear)
		prove(t, TH_USE_FINISH_RSP_VERIFY, TH_FINISH_RSP_VERIFY, out);
	ok(tspdm_session_derive(&t->s));
}

/* ---- Encapsulated requests ---- */

static void refuse(struct scripted *t, uint8_t code, struct tspdm_buffer *out)
{
	const struct tspdm_error_response error = { .code = code };

	(void)t;
	out->len = 0;
	ok(tspdm_write_error(out, TSPDM_V12, &error));
}

static struct tspdm_view next_ask(struct scripted *t)
{
	size_t i = t->asked < t->script.ask_count ? t->asked : t->script.ask_count - 1;

	t->asked++;
	t->request_id++;
	return (struct tspdm_view){ t->script.asks[i].bytes, t->script.asks[i].len };
}

static void on_get_encapsulated(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	struct tspdm_encapsulated response;

	(void)request;
	if (t->script.ask_count == 0) {
		refuse(t, TSPDM_ERROR_UNEXPECTED_REQUEST, out);
		return;
	}
	response.message = next_ask(t);
	response.request_id = t->request_id;
	ok(tspdm_write_encapsulated_request(out, &shape, &response));
}

/* CHALLENGE_AUTH of the requester, over VCA and what was delivered before. */
static void check_challenge_auth(struct scripted *t, struct tspdm_view ask, struct tspdm_view inner)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	struct tspdm_challenge_auth auth;
	uint8_t digest[TSPDM_HASH_MAX];
	uint8_t slot = ask.ptr[2];
	size_t used, len = t->mut_b_len;

	ok(tspdm_read_challenge_auth(inner, &shape, &auth, &used));
	assert_int_equal(auth.slot, slot & 0x0F);
	assert_false(auth.basic_mutual_auth);
	identity_digest(t, slot, digest);
	assert_memory_equal(auth.chain_hash.ptr, digest, 48);
	memcpy(t->mut_b + len, ask.ptr, 36);
	memcpy(t->mut_b + len + 36, inner.ptr, inner.len - auth.signature.len);
	ok(tspdm_digest(t->crypto, t->digest,
		(struct tspdm_view){ t->mut_b, len + 36 + inner.len - auth.signature.len }, digest));
	verify(t, slot, SIGNING_CHALLENGE_AUTH, digest, auth.signature);
}

static void note_inner(struct scripted *t, struct tspdm_view inner)
{
	static const uint8_t lens[] = { [TSPDM_DIGESTS] = 4, [TSPDM_CERTIFICATE] = 8 };
	struct tspdm_view ask = { t->script.asks[t->asked - 1 < t->script.ask_count ? t->asked - 1 : 0].bytes, 0 };

	if (!t->script.is_basic || t->asked == 0 || t->script.is_endless)
		return;
	if (inner.ptr[1] == TSPDM_CHALLENGE_AUTH)
		check_challenge_auth(t, ask, inner);
	if (inner.ptr[1] != TSPDM_DIGESTS && inner.ptr[1] != TSPDM_CERTIFICATE)
		return;
	if (inner.ptr[1] == TSPDM_DIGESTS)
		t->mut_b_len = t->c.transcript.vca_len;
	memcpy(t->mut_b + t->mut_b_len, ask.ptr, lens[inner.ptr[1]]);
	t->mut_b_len += lens[inner.ptr[1]];
	memcpy(t->mut_b + t->mut_b_len, inner.ptr, inner.len);
	t->mut_b_len += inner.len;
}

static void keep_delivery(struct scripted *t, const struct tspdm_encapsulated *delivery)
{
	struct delivered *kept = &t->delivered[t->delivery_count % SCRIPT_KEPT];

	assert_true(delivery->message.len <= sizeof kept->bytes);
	kept->request_id = delivery->request_id;
	kept->len = delivery->message.len;
	memcpy(kept->bytes, delivery->message.ptr, kept->len);
	t->delivery_count++;
	note_inner(t, delivery->message);
}

static void on_deliver(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&t->c);
	struct tspdm_encapsulated_ack ack = { .payload = t->script.end };
	struct tspdm_encapsulated delivery;
	size_t used;

	ok(tspdm_read_deliver_encapsulated(request, &shape, &delivery, &used));
	assert_int_equal(delivery.request_id, t->request_id);
	keep_delivery(t, &delivery);
	if (t->script.error_at == t->delivery_count) {
		refuse(t, t->script.error, out);
		return;
	}
	ack.ack_request_id = (uint8_t)(delivery.request_id + (t->script.has_wrong_echo ? 1 : 0));
	if (ack.payload == TSPDM_ACK_SLOT)
		ack.slot = t->script.end_slot;
	if (t->asked < t->script.ask_count || t->script.is_endless) {
		ack = (struct tspdm_encapsulated_ack){
			.payload = TSPDM_ACK_PRESENT, .ack_request_id = ack.ack_request_id, .message = next_ask(t)
		};
		ack.request_id = t->request_id;
	}
	ok(tspdm_write_encapsulated_ack(out, &shape, &ack));
}

/* ---- Dispatch ---- */

static void on_heartbeat_like(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	(void)request;
	refuse(t, TSPDM_ERROR_UNSUPPORTED_REQUEST, out);
}

static const struct {
	uint8_t code;
	void (*answer)(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out);
} handlers[] = {
	{ TSPDM_GET_VERSION, on_version },
	{ TSPDM_GET_CAPABILITIES, on_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, on_negotiate },
	{ TSPDM_GET_DIGESTS, on_digests },
	{ TSPDM_GET_CERTIFICATE, on_certificate },
	{ TSPDM_CHALLENGE, on_challenge },
	{ TSPDM_KEY_EXCHANGE, on_key_exchange },
	{ TSPDM_FINISH, on_finish },
	{ TSPDM_GET_ENCAPSULATED_REQUEST, on_get_encapsulated },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, on_deliver },
	{ TSPDM_HEARTBEAT, on_heartbeat_like },
};

static void respond(struct scripted *t, struct tspdm_view request, struct tspdm_buffer *out)
{
	t->messages++;
	for (size_t i = 0; i < COUNT(handlers); i++)
		if (handlers[i].code == request.ptr[1]) {
			handlers[i].answer(t, request, out);
			return;
		}
	fail_msg("request 0x%02x", request.ptr[1]);
}

/* The answer to the repetition before, which took the requester's patience. */
static void repeat_last_ack(struct scripted *t, struct tspdm_view ack)
{
	if (t->last_ack_len != 0)
		ok(tspdm_requester_input(
			t->requester, TSPDM_KIND_PLAIN, (struct tspdm_view){ t->last_ack, t->last_ack_len }));
	memcpy(t->last_ack, ack.ptr, ack.len);
	t->last_ack_len = ack.len;
}

static void plain(struct scripted *t, struct tspdm_view request)
{
	struct tspdm_buffer out = room(t);
	bool is_finish = request.ptr[1] == TSPDM_FINISH;
	bool is_delivery = request.ptr[1] == TSPDM_DELIVER_ENCAPSULATED_RESPONSE;

	if (t->script.is_lossy && is_delivery) {
		t->was_lost = !t->was_lost;
		if (t->was_lost)
			return;
	}
	respond(t, request, &out);
	if (t->script.is_lossy && is_delivery)
		repeat_last_ack(t, tspdm_buffer_view(&out));
	if (is_finish)
		ok(tspdm_session_establish(&t->s));
	ok(tspdm_requester_input(t->requester, TSPDM_KIND_PLAIN, tspdm_buffer_view(&out)));
}

static void secured(struct scripted *t, struct tspdm_view request)
{
	static uint8_t record[SCRIPT_ROOM];
	struct tspdm_record_opened opened;
	struct tspdm_buffer out = room(t), sealed = { record, sizeof record, 0 };
	struct tspdm_view message;
	bool is_finish;

	memcpy(record, request.ptr, request.len);
	ok(tspdm_record_open(&t->s.open, record, request.len, &opened));
	assert_true(tspdm_session_message(&t->s, opened.data, &message));
	is_finish = message.ptr[1] == TSPDM_FINISH;
	tspdm_transcript_context(&t->c.transcript, &t->s.log);
	respond(t, message, &out);
	tspdm_transcript_context(&t->c.transcript, NULL);
	if (out.len == 0)
		return;
	if (t->script.new_key_at != 0 && t->script.new_key_at == t->delivery_count) {
		ok(tspdm_record_update(&t->s.seal));
		ok(tspdm_record_confirm(&t->s.seal));
	}
	memcpy(record + tspdm_session_head_len(&t->s), out.ptr, out.len);
	ok(tspdm_session_seal(&t->s, &sealed, out.len));
	if (is_finish)
		ok(tspdm_session_establish(&t->s));
	ok(tspdm_requester_input(t->requester, TSPDM_KIND_SECURED, tspdm_buffer_view(&sealed)));
}

/* ---- For tests ---- */

struct scripted *scripted_new(void)
{
	const struct tspdm_openssl_make make = { .size = sizeof make, .asym = TSPDM_ASYM_ECDSA_P256 };
	struct scripted *t = calloc(1, sizeof *t);

	assert_non_null(t);
	ok(tspdm_openssl_new(&t->crypto));
	ok(tspdm_openssl_identity_make(&make, &t->identity));
	ok(tspdm_openssl_identity_make(&make, &t->own));
	tspdm_openssl_identity_slot(t->identity, &t->slot);
	tspdm_openssl_identity_slot(t->own, &t->slots[0]);
	t->real = t->slots[0].signer;
	t->slow.ops = &slow_ops;
	t->slots[0].signer = &t->slow;
	t->slots[3] = t->slots[0];
	t->key = t->slots[0];
	t->key.certificates = (struct tspdm_view){ NULL, 0 };
	t->script.capabilities = SESSION_CAPS | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP;
	t->now_us = 1;
	t->sessions = malloc(tspdm_session_size());
	t->config = (struct tspdm_requester_config){ .size = sizeof t->config,
		.crypto = t->crypto,
		.binding = &tspdm_binding_mctp,
		.request = t->request,
		.request_len = sizeof t->request,
		.capabilities = SESSION_CAPS | MUTUAL_CAPS,
		.hash = TSPDM_HASH_SHA384,
		.max_message = SCRIPT_ROOM,
		.allow_unanchored_chain = true,
		.retries = TSPDM_NO_RETRIES,
		.sessions = t->sessions,
		.sessions_len = tspdm_session_size(),
		.record = t->record,
		.record_len = sizeof t->record,
		.slots = t->slots,
		.slot_count = 8 };
	return t;
}

void scripted_start(struct scripted *t)
{
	t->memory = malloc(tspdm_requester_size());
	assert_true(t->memory != NULL && t->sessions != NULL);
	tspdm_connection_init(&t->c, t->crypto, t->config.binding, 0);
	ok(t->crypto->ops->hash_new(t->crypto, TSPDM_HASH_SHA384, &t->digest));
	ok(tspdm_requester_init(t->memory, tspdm_requester_size(), &t->config, &t->requester));
}

void scripted_free(struct scripted *t)
{
	tspdm_requester_wipe(t->requester);
	tspdm_session_wipe(&t->s);
	tspdm_connection_drop(&t->c);
	t->crypto->ops->hash_free(t->crypto, t->digest);
	tspdm_openssl_identity_free(t->identity);
	tspdm_openssl_identity_free(t->own);
	tspdm_openssl_free(t->crypto);
	free(t->memory);
	free(t->sessions);
	free(t);
}

void scripted_ask(struct scripted *t, const uint8_t *request, size_t len)
{
	assert_true(t->script.ask_count < SCRIPT_ASKS && len <= sizeof t->script.asks[0].bytes);
	memcpy(t->script.asks[t->script.ask_count].bytes, request, len);
	t->script.asks[t->script.ask_count].len = len;
	t->script.ask_count++;
}

enum tspdm_status scripted_run(struct scripted *t, enum tspdm_status begun)
{
	if (begun != TSPDM_OK)
		return begun;
	for (unsigned i = 0; i < 100000; i++) {
		struct tspdm_io io;

		switch (tspdm_requester_step(t->requester, t->now_us, &io)) {
		case TSPDM_STEP_SEND:
			if (io.kind == TSPDM_KIND_PLAIN)
				plain(t, io.out);
			else
				secured(t, io.out);
			break;
		case TSPDM_STEP_WAIT:
			t->waits++;
			if (t->stops_at_wait)
				return TSPDM_AGAIN;
			/* fall through */
		case TSPDM_STEP_RECEIVE:
			assert_true(io.deadline_us > t->now_us && io.deadline_us != UINT64_MAX);
			t->now_us = io.deadline_us;
			break;
		case TSPDM_STEP_DONE:
			return TSPDM_OK;
		case TSPDM_STEP_FAILED:
			return tspdm_requester_error(t->requester)->status;
		}
	}
	fail_msg("the job does not end");
	return TSPDM_ERR_STATE;
}

static enum tspdm_status authenticate(struct scripted *t, bool require_mutual, bool skip_challenge)
{
	const struct tspdm_authenticate how = { .chain = t->chain,
		.chain_cap = sizeof t->chain,
		.skip_challenge = skip_challenge,
		.require_mutual = require_mutual };

	TSPDM_TRY(scripted_run(t, tspdm_requester_connect(t->requester)));
	return scripted_run(t, tspdm_requester_authenticate(t->requester, &how));
}

enum tspdm_status scripted_authenticate(struct scripted *t, bool require_mutual)
{
	return authenticate(t, require_mutual, false);
}

enum tspdm_status scripted_open_again(struct scripted *t, bool require_mutual)
{
	const struct tspdm_open_session how = { .require_mutual = require_mutual };

	return scripted_run(t, tspdm_requester_open_session(t->requester, &how));
}

enum tspdm_status scripted_open(struct scripted *t, bool require_mutual)
{
	TSPDM_TRY(authenticate(t, false, true));
	return scripted_open_again(t, require_mutual);
}

uint8_t scripted_error_of(const struct scripted *t, size_t delivery)
{
	const struct delivered *kept = &t->delivered[delivery];

	assert_true(delivery < t->delivery_count && kept->len >= 4);
	return kept->bytes[1] == TSPDM_ERROR ? kept->bytes[2] : 0;
}
