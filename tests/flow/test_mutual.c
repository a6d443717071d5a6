/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Mutual authentication as the responder does it: every form, what it comes to, and how it goes on after what goes wrong on
 * the way. */
#include "guest.h"

#include <tspdm/message.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLEAR TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR

enum { OK = -1, NOTHING = -2, ALL = 100 };

static const struct guest_finish rightly;

/* A way to be asked, encrypted or in the clear. */
static const struct form {
	const char *name;
	uint8_t form;
	bool is_provisioned, has_key_alone, is_clear;
} forms[] = {
	{ "plain", TSPDM_MUTUAL_AUTH, true, false, false },
	{ "plain, in the clear", TSPDM_MUTUAL_AUTH, true, false, true },
	{ "a provisioned key", TSPDM_MUTUAL_AUTH, true, true, false },
	{ "a provisioned key, in the clear", TSPDM_MUTUAL_AUTH, true, true, true },
	{ "encapsulated", TSPDM_MUTUAL_AUTH_ENCAPSULATED, false, false, false },
	{ "encapsulated, in the clear", TSPDM_MUTUAL_AUTH_ENCAPSULATED, false, false, true },
	{ "implicit", TSPDM_MUTUAL_AUTH_IMPLICIT, false, false, false },
	{ "implicit, in the clear", TSPDM_MUTUAL_AUTH_IMPLICIT, false, false, true },
};

static struct guest *guest_of(const struct form *f)
{
	struct guest *g = guest_new();
	static uint8_t spki[640];

	g->config.mutual_form = f->form;
	if (f->is_clear) {
		g->config.capabilities |= CLEAR;
		g->flags |= CLEAR;
	}
	if (f->has_key_alone) {
		memcpy(spki, g->slot.spki.ptr, g->slot.spki.len);
		g->config.requester_key = (struct tspdm_view){ spki, g->slot.spki.len };
		g->has_key_alone = true;
		g->flags = (g->flags & ~(uint32_t)TSPDM_CAP_CERT) | TSPDM_CAP_PUB_KEY_ID;
	} else if (f->is_provisioned) {
		g->config.requester_certificates = g->slot.certificates;
	}
	return g;
}

static int run_flow(struct guest *g, const struct form *f, struct stay *stay, unsigned steps)
{
	if (f->is_provisioned)
		return OK;
	return guest_flow(g, guest_channel(stay), f->form == TSPDM_MUTUAL_AUTH_IMPLICIT, steps);
}

static void check_unknown(const struct guest *g)
{
	const struct tspdm_requester_identity *who = tspdm_responder_requester(g->responder);
	static const struct tspdm_requester_identity nobody;

	assert_memory_equal(who, &nobody, sizeof nobody);
}

static void check_known(const struct guest *g, const struct form *f, const struct stay *stay)
{
	const struct tspdm_requester_identity *who = tspdm_responder_requester(g->responder);
	struct tspdm_served_session session;

	assert_true(who->is_authenticated);
	assert_int_equal(who->is_anchored, !f->has_key_alone);
	assert_int_equal(who->is_provisioned, f->is_provisioned);
	assert_int_equal(who->slot, f->has_key_alone ? TSPDM_SLOT_PUBLIC_KEY : 0);
	assert_int_equal(who->session, stay->s.id);
	assert_int_equal(who->digest.len, 32);
	assert_memory_equal(who->digest.ptr, g->digest, 32);
	assert_int_equal(who->spki.len, g->slot.spki.len);
	assert_memory_equal(who->spki.ptr, g->slot.spki.ptr, who->spki.len);
	assert_int_equal(who->chain.len, f->is_provisioned ? 0 : g->chain_len);
	assert_int_equal(who->leaf.len != 0, !f->has_key_alone);
	assert_int_equal(tspdm_responder_session(g->responder, stay->s.id, &session), TSPDM_OK);
	assert_true(session.is_mutual);
	assert_int_equal(session.requester_slot, who->slot);
	assert_int_equal(session.digest_len, 32);
	assert_memory_equal(session.requester_digest, g->digest, 32);
	assert_int_equal(session.is_handshake_clear, f->is_clear);
}

static void each_form_makes_the_requester_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const struct form *f = &forms[i];
		struct guest *g = guest_of(f);
		struct stay *stay = &g->stays[0];

		guest_start(g);
		assert_int_equal(guest_key_exchange(g, stay), OK);
		assert_int_equal(stay->mutual_auth, f->form);
		assert_int_equal(stay->slot_param, f->has_key_alone ? 0x0F : 0);
		check_unknown(g);
		if (run_flow(g, f, stay, ALL) != OK || guest_finish(g, stay, &rightly) != OK)
			fail_msg("%s", f->name);
		check_known(g, f, stay);
		assert_int_equal(g->decided, 1);
		assert_int_equal(g->seen.session, stay->s.id);
		assert_int_equal(guest_send_code(g, &stay->s, TSPDM_GET_DIGESTS), OK);
		assert_int_equal(guest_send_code(g, &stay->s, TSPDM_END_SESSION), OK);
		check_unknown(g);
		assert_int_equal(guest_sessions(g), 0);
		guest_free(g);
	}
}

static void the_last_acknowledgement_tells_the_slot(void **state)
{
	struct guest *g = guest_new();

	(void)state;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(guest_flow(g, &g->stays[0].s, false, ALL), OK);
	assert_int_equal(g->ack_payload, TSPDM_ACK_SLOT);
	assert_int_equal(g->ack_slot, 0);
	guest_free(g);
}

static void a_second_session_is_authenticated_by_itself(void **state)
{
	struct guest *g = guest_new();
	struct tspdm_served_session first;

	(void)state;
	guest_start(g);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(guest_key_exchange(g, &g->stays[i]), OK);
		if (i == 1) /* its chain is being fetched anew */
			check_unknown(g);
		assert_int_equal(guest_flow(g, &g->stays[i].s, false, ALL), OK);
		assert_int_equal(guest_finish(g, &g->stays[i], &rightly), OK);
		check_known(g, &forms[4], &g->stays[i]);
	}
	assert_int_equal(tspdm_responder_session(g->responder, g->stays[0].s.id, &first), TSPDM_OK);
	assert_true(first.is_mutual);
	assert_int_equal(guest_send_code(g, &g->stays[0].s, TSPDM_END_SESSION), OK);
	check_known(g, &forms[4], &g->stays[1]);
	assert_int_equal(tspdm_responder_session(g->responder, first.id, &first), TSPDM_ERR_SESSION);
	guest_free(g);
}

static void while_one_chain_is_fetched_no_other_handshake_begins(void **state)
{
	struct guest *g = guest_new();

	(void)state;
	g->config.basic_mutual = true;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(guest_flow(g, &g->stays[0].s, false, 1), OK);
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), TSPDM_ERROR_BUSY);
	assert_int_equal(guest_send_code(g, NULL, TSPDM_CHALLENGE), TSPDM_ERROR_BUSY);
	g->answer_len = 0;
	while (g->ack_payload == TSPDM_ACK_PRESENT) {
		guest_answer(g);
		assert_int_equal(guest_deliver(g, &g->stays[0].s, g->ask_id), OK);
	}
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), TSPDM_ERROR_BUSY);
	assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), OK);
	guest_free(g);
}

static void a_repeated_key_exchange_begins_its_flow_anew(void **state)
{
	(void)state;
	for (unsigned is_clear = 0; is_clear < 2; is_clear++) {
		struct guest *g = guest_of(&forms[4 + is_clear]);
		struct stay *stay = &g->stays[0];

		guest_start(g);
		assert_int_equal(guest_key_exchange(g, stay), OK);
		assert_int_equal(guest_flow(g, guest_channel(stay), false, 1), OK);
		assert_int_equal(guest_send(g, NULL, stay->exchange, stay->exchange_len), OK);
		assert_int_equal(g->response.ptr[1], TSPDM_KEY_EXCHANGE_RSP);
		assert_int_equal(
			guest_key_exchange(g, stay), is_clear ? TSPDM_ERROR_UNEXPECTED_REQUEST : TSPDM_ERROR_BUSY);
		guest_free(g);
	}
}

/* ---- Repetitions in the clear ---- */

static void in_the_clear_messages_may_come_twice(void **state)
{
	struct guest *g = guest_of(&forms[5]);
	struct stay *stay = &g->stays[0];
	uint8_t first[GUEST_ROOM];
	size_t len;

	(void)state;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, stay), OK);
	assert_int_equal(guest_fetch(g, NULL), OK);
	assert_int_equal(guest_fetch(g, NULL), OK); /* the same once more, with the same RequestID */
	g->ack_payload = TSPDM_ACK_PRESENT;
	while (g->ack_payload == TSPDM_ACK_PRESENT) {
		uint8_t id = g->ask_id;

		guest_answer(g);
		assert_int_equal(guest_deliver(g, NULL, id), OK);
		len = g->response.len;
		memcpy(first, g->response.ptr, len);
		assert_int_equal(guest_deliver(g, NULL, id), OK);
		assert_int_equal(g->response.len, len);
		assert_memory_equal(g->response.ptr, first, len);
		assert_int_equal(guest_fetch(g, NULL), g->ack_payload == TSPDM_ACK_PRESENT
							       ? TSPDM_ERROR_REQUEST_IN_FLIGHT
							       : TSPDM_ERROR_UNEXPECTED_REQUEST);
	}
	assert_int_equal(guest_finish(g, stay, &rightly), OK);
	guest_free(g);
}

static void in_a_session_nothing_is_repeated(void **state)
{
	struct guest *g = guest_new();
	struct stay *stay = &g->stays[0];

	(void)state;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, stay), OK);
	assert_int_equal(guest_fetch(g, &stay->s), OK);
	assert_int_equal(guest_fetch(g, &stay->s), TSPDM_ERROR_REQUEST_IN_FLIGHT);
	guest_answer(g);
	assert_int_equal(guest_deliver(g, &stay->s, g->ask_id), OK);
	assert_int_equal(guest_deliver(g, &stay->s, (uint8_t)(g->ask_id - 1)), TSPDM_ERROR_INVALID_REQUEST);
	guest_free(g);
}

/* ---- What may come between ---- */

static const struct between {
	uint8_t code;
	int clear, session; /* while a handshake's flow waits, in the clear and in its session */
	int basic;          /* while basic mutual authentication waits */
} between[] = {
	{ TSPDM_GET_CAPABILITIES, 4, 4, 4 },
	{ TSPDM_GET_DIGESTS, 8, 4, 8 },
	{ TSPDM_GET_CERTIFICATE, 8, 4, 8 },
	{ TSPDM_CHALLENGE, 8, 4, 8 },
	{ TSPDM_VENDOR_DEFINED_REQUEST, 8, 4, 8 },
	{ TSPDM_RESPOND_IF_READY, 8, 4, 8 },
	{ TSPDM_KEY_UPDATE, 11, 4, 11 },
	{ TSPDM_END_SESSION, 11, 4, 11 },
	{ TSPDM_PSK_FINISH, 7, 4, 7 },
};

static void only_the_flow_goes_on_while_it_waits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(between); i++)
		for (unsigned is_clear = 0; is_clear < 2; is_clear++) {
			struct guest *g = guest_of(&forms[4 + is_clear]);
			struct stay *stay = &g->stays[0];
			int expected = is_clear ? between[i].clear : between[i].session;

			guest_start(g);
			assert_int_equal(guest_key_exchange(g, stay), OK);
			assert_int_equal(guest_flow(g, guest_channel(stay), false, 1), OK);
			if (guest_send_code(g, guest_channel(stay), between[i].code) != expected)
				fail_msg("%02X, %s: %d", between[i].code, forms[4 + is_clear].name, g->response.ptr[2]);
			while (g->ack_payload == TSPDM_ACK_PRESENT) { /* and it was no harm */
				guest_answer(g);
				assert_int_equal(guest_deliver(g, guest_channel(stay), g->ask_id), OK);
			}
			assert_int_equal(guest_finish(g, stay, &rightly), OK);
			guest_free(g);
		}
}

/* ---- Basic mutual authentication ---- */

static struct guest *basic_guest(const struct form *f)
{
	struct guest *g = guest_of(f);

	g->config.mutual = TSPDM_MUTUAL_NONE;
	g->config.basic_mutual = true;
	guest_start(g);
	assert_int_equal(guest_challenge(g), OK);
	assert_int_equal(g->response.ptr[2], 0x80); /* BasicMutAuthReq, slot 0 */
	return g;
}

static void basic_mutual_authentication_makes_the_requester_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i += 2) { /* its chain is known, its key is, neither */
		struct guest *g = basic_guest(&forms[i]);
		const struct tspdm_requester_identity *who = tspdm_responder_requester(g->responder);

		check_unknown(g);
		assert_int_equal(guest_flow(g, NULL, false, ALL), OK);
		assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
		assert_true(who->is_authenticated);
		assert_int_equal(who->session, 0);
		assert_memory_equal(who->digest.ptr, g->digest, 32);
		assert_int_equal(g->decided, 1);
		assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_DIGESTS), OK);
		guest_connect(g);
		check_unknown(g);
		guest_free(g);
	}
}

static void until_it_is_over_other_requests_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(between); i++) {
		struct guest *g = basic_guest(&forms[4]);

		assert_int_equal(guest_flow(g, NULL, false, 1), OK);
		if (guest_send_code(g, NULL, between[i].code) != between[i].basic)
			fail_msg("%02X: %d", between[i].code, g->response.ptr[2]);
		assert_int_equal(guest_key_exchange(g, &g->stays[0]), TSPDM_ERROR_REQUEST_IN_FLIGHT);
		guest_free(g);
	}
}

static void a_repeated_challenge_asks_anew(void **state)
{
	struct guest *g = basic_guest(&forms[4]);

	(void)state;
	assert_int_equal(guest_challenge(g), OK);
	assert_int_equal(guest_flow(g, NULL, false, ALL), OK);
	assert_true(tspdm_responder_requester(g->responder)->is_authenticated);
	guest_free(g);
}

static const struct wrong_auth {
	const char *name;
	unsigned at, flip;
	int error;
} wrong_auths[] = {
	{ "another version", 0, 1, TSPDM_ERROR_INVALID_REQUEST },
	{ "another slot", 2, 1, TSPDM_ERROR_INVALID_REQUEST },
	{ "BasicMutAuthReq", 2, 0x80, TSPDM_ERROR_INVALID_REQUEST },
	{ "a slot that is not provisioned", 3, 1, TSPDM_ERROR_INVALID_REQUEST },
	{ "another chain", 4, 1, TSPDM_ERROR_UNSPECIFIED },
	{ "another nonce", 36, 1, TSPDM_ERROR_DECRYPT_ERROR },
	{ "opaque data that is not there", 68, 1, TSPDM_ERROR_INVALID_REQUEST },
	{ "a forged signature", 100, 1, TSPDM_ERROR_DECRYPT_ERROR },
};

static void a_wrong_challenge_auth_proves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong_auths); i++) {
		const struct wrong_auth *w = &wrong_auths[i];
		struct guest *g = basic_guest(&forms[0]);

		assert_int_equal(guest_fetch(g, NULL), OK);
		assert_int_equal(g->ask[1], TSPDM_CHALLENGE);
		guest_answer(g);
		g->answer[w->at] = (uint8_t)(g->answer[w->at] ^ w->flip);
		if (guest_deliver(g, NULL, g->ask_id) != w->error)
			fail_msg("%s: %d", w->name, g->response.ptr[2]);
		check_unknown(g);
		assert_int_equal(g->decided, 0);
		guest_free(g);
	}
}

static void an_error_ends_basic_mutual_authentication(void **state)
{
	struct guest *g = basic_guest(&forms[4]);

	(void)state;
	assert_int_equal(guest_fetch(g, NULL), OK);
	memcpy(g->answer, (const uint8_t[]){ TSPDM_V12, TSPDM_ERROR, TSPDM_ERROR_UNSUPPORTED_REQUEST, 0x81 }, 4);
	g->answer_len = 4;
	assert_int_equal(guest_deliver(g, NULL, g->ask_id), OK);
	assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
	check_unknown(g);
	assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_DIGESTS), OK);
	guest_free(g);
}

static void who_cannot_be_asked_is_not(void **state)
{
	static const uint32_t lacking[] = { TSPDM_CAP_MUT_AUTH, TSPDM_CAP_ENCAP, TSPDM_CAP_CHAL };

	(void)state;
	for (size_t i = 0; i < COUNT(lacking); i++) {
		struct guest *g = guest_new();

		g->config.mutual = TSPDM_MUTUAL_NONE;
		g->config.basic_mutual = true;
		g->flags &= ~lacking[i];
		guest_start(g);
		assert_int_equal(guest_challenge(g), OK);
		assert_int_equal(g->response.ptr[2], 0);
		assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_DIGESTS), OK);
		check_unknown(g);
		guest_free(g);
	}
}

/* ---- The application's word ---- */

static void the_application_can_refuse_a_requester(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct guest *g = guest_of(&forms[i]);

		g->verdict = TSPDM_ERR_STATE;
		guest_start(g);
		assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
		assert_int_equal(run_flow(g, &forms[i], &g->stays[0], ALL), OK);
		assert_int_equal(guest_finish(g, &g->stays[0], &rightly), TSPDM_ERROR_UNSPECIFIED);
		assert_int_equal(tspdm_responder_last(g->responder).status, TSPDM_ERR_POLICY);
		assert_int_equal(g->decided, 1);
		assert_int_equal(guest_sessions(g), 0);
		check_unknown(g);
		guest_free(g);
	}
}

static void it_is_not_asked_about_what_is_not_proved(void **state)
{
	static const struct guest_finish wrong[] = { { .is_forged_signature = true }, { .is_forged_mac = true } };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct guest *g = guest_new();

		guest_start(g);
		assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
		assert_int_equal(guest_flow(g, &g->stays[0].s, false, ALL), OK);
		assert_int_equal(guest_finish(g, &g->stays[0], &wrong[i]), TSPDM_ERROR_DECRYPT_ERROR);
		assert_int_equal(g->decided, 0);
		check_unknown(g);
		guest_free(g);
	}
}

/* ---- Configurations ---- */

struct setting {
	const char *name;
	void (*set)(struct guest *g);
	enum tspdm_status expected;
};

static void no_room(struct guest *g)
{
	g->config.requester_chain = NULL;
	g->config.requester_chain_len = 0;
}
static void plain_of_nobody(struct guest *g)
{
	g->config.mutual_form = TSPDM_MUTUAL_AUTH;
}
static void two_forms(struct guest *g)
{
	g->config.mutual_form = 3;
}
static void unknown_policy(struct guest *g)
{
	g->config.mutual = 3;
}
static void slot_eight(struct guest *g)
{
	g->config.requester_slot = 8;
}
static void no_sessions(struct guest *g)
{
	g->config.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL;
}
static void no_challenge(struct guest *g)
{
	g->config.capabilities &= ~(uint32_t)TSPDM_CAP_CHAL;
	g->config.basic_mutual = true;
}
static void flag_alone(struct guest *g)
{
	g->config.mutual = TSPDM_MUTUAL_NONE;
	g->config.capabilities |= TSPDM_CAP_MUT_AUTH;
}
static void no_such_algorithm(struct guest *g)
{
	g->config.req_asym = UINT32_C(1) << 15;
}
static void key_of_another_algorithm(struct guest *g)
{
	g->config.requester_key = g->slot.spki;
	g->config.req_asym = TSPDM_ASYM_ECDSA_P384;
}
static void reserved(struct guest *g)
{
	g->config.reserved3[2] = 1;
}
static void reserved_too(struct guest *g)
{
	g->config.reserved4[0] = 1;
}

static void what_does_not_go_together_is_refused_at_once(void **state)
{
	static const struct setting settings[] = {
		{ "no room for chains", no_room, TSPDM_ERR_ARGUMENT },
		{ "the plain form of nobody", plain_of_nobody, TSPDM_ERR_ARGUMENT },
		{ "two forms", two_forms, TSPDM_ERR_ARGUMENT },
		{ "an unknown policy", unknown_policy, TSPDM_ERR_ARGUMENT },
		{ "slot 8", slot_eight, TSPDM_ERR_ARGUMENT },
		{ "no sessions", no_sessions, TSPDM_ERR_UNSUPPORTED },
		{ "no CHALLENGE", no_challenge, TSPDM_ERR_UNSUPPORTED },
		{ "MUT_AUTH alone", flag_alone, TSPDM_ERR_UNSUPPORTED },
		{ "an algorithm that nobody has", no_such_algorithm, TSPDM_ERR_UNSUPPORTED },
		{ "a key of another algorithm", key_of_another_algorithm, TSPDM_ERR_KEY },
		{ "a reserved byte", reserved, TSPDM_ERR_UNSUPPORTED },
		{ "another reserved byte", reserved_too, TSPDM_ERR_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(settings); i++) {
		struct guest *g = guest_new();
		enum tspdm_status status;

		settings[i].set(g);
		g->memory = malloc(tspdm_responder_size());
		status = tspdm_responder_init(g->memory, tspdm_responder_size(), &g->config, &g->responder);
		if (status != settings[i].expected)
			fail_msg("%s: %s", settings[i].name, tspdm_status_name(status));
		guest_free(g);
	}
}

/* ---- A key update that the responder asks for ---- */

static struct guest *guest_in_session(void)
{
	struct guest *g = guest_new();

	g->config.mutual = TSPDM_MUTUAL_NONE;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(g->stays[0].mutual_auth, 0);
	assert_int_equal(guest_finish(g, &g->stays[0], &(const struct guest_finish){ .is_unsigned = true }), OK);
	return g;
}

static bool is_update_pending(const struct guest *g)
{
	struct tspdm_served_session session;

	assert_int_equal(tspdm_responder_session(g->responder, g->stays[0].s.id, &session), TSPDM_OK);
	assert_false(session.is_mutual);
	return session.is_update_pending;
}

static void the_responder_updates_its_keys(void **state)
{
	struct guest *g = guest_in_session();
	struct session *s = &g->stays[0].s;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(guest_fetch(g, s), TSPDM_ERROR_UNEXPECTED_REQUEST); /* nothing is wanted */
		assert_int_equal(tspdm_responder_ask_key_update(g->responder, s->id), TSPDM_OK);
		assert_int_equal(tspdm_responder_ask_key_update(g->responder, s->id), TSPDM_ERR_STATE);
		assert_int_equal(guest_send_code(g, s, TSPDM_GET_DIGESTS), OK); /* it can wait */
		assert_int_equal(guest_fetch(g, s), OK);
		assert_int_equal(g->ask[1], TSPDM_KEY_UPDATE);
		assert_int_equal(g->ask[2], TSPDM_UPDATE_KEY);
		assert_int_equal(guest_fetch(g, s), TSPDM_ERROR_REQUEST_IN_FLIGHT);
		assert_int_equal(guest_send_code(g, s, TSPDM_GET_DIGESTS), TSPDM_ERROR_REQUEST_IN_FLIGHT);
		guest_answer(g);
		assert_int_equal(tspdm_record_update(&s->open), TSPDM_OK);
		assert_int_equal(guest_deliver(g, s, g->ask_id), OK);
		assert_int_equal(g->ask[2], TSPDM_VERIFY_NEW_KEY);
		assert_int_equal(
			tspdm_record_confirm(&s->open), TSPDM_OK); /* it came under the new key, or this fails next */
		assert_true(is_update_pending(g));
		guest_answer(g);
		assert_int_equal(guest_deliver(g, s, g->ask_id), OK);
		assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
		assert_false(is_update_pending(g));
		assert_int_equal(guest_send_code(g, s, TSPDM_GET_DIGESTS), OK);
	}
	guest_free(g);
}

static const struct wrong_update {
	const char *name;
	unsigned at, flip;
	int id;
	int error;
} wrong_updates[] = {
	{ "another RequestID", 0, 0, 1, TSPDM_ERROR_INVALID_REQUEST },
	{ "another version", 0, 1, 0, TSPDM_ERROR_INVALID_REQUEST },
	{ "another code", 1, 1, 0, TSPDM_ERROR_INVALID_RESPONSE_CODE },
	{ "another operation", 2, 2, 0, TSPDM_ERROR_INVALID_REQUEST },
	{ "another tag", 3, 1, 0, TSPDM_ERROR_INVALID_REQUEST },
};

static void an_acknowledgement_of_something_else_updates_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong_updates); i++) {
		const struct wrong_update *w = &wrong_updates[i];
		struct guest *g = guest_in_session();
		struct session *s = &g->stays[0].s;

		assert_int_equal(tspdm_responder_ask_key_update(g->responder, s->id), TSPDM_OK);
		assert_int_equal(guest_fetch(g, s), OK);
		guest_answer(g);
		g->answer[w->at] = (uint8_t)(g->answer[w->at] ^ w->flip);
		if (guest_deliver(g, s, (uint8_t)(g->ask_id + w->id)) != w->error)
			fail_msg("%s: %d", w->name, g->response.ptr[2]);
		assert_true(is_update_pending(g));
		guest_free(g);
	}
}

static void a_refused_update_leaves_the_keys(void **state)
{
	struct guest *g = guest_in_session();
	struct session *s = &g->stays[0].s;

	(void)state;
	assert_int_equal(tspdm_responder_ask_key_update(g->responder, s->id), TSPDM_OK);
	assert_int_equal(guest_fetch(g, s), OK);
	memcpy(g->answer, (const uint8_t[]){ TSPDM_V12, TSPDM_ERROR, TSPDM_ERROR_UNSUPPORTED_REQUEST, 0xE9 }, 4);
	g->answer_len = 4;
	assert_int_equal(guest_deliver(g, s, g->ask_id), OK);
	assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
	assert_false(is_update_pending(g));
	assert_int_equal(guest_send_code(g, s, TSPDM_GET_DIGESTS), OK);
	guest_free(g);
}

static void a_refusal_after_the_new_key_ends_the_session(void **state)
{
	struct guest *g = guest_in_session();
	struct session *s = &g->stays[0].s;

	(void)state;
	assert_int_equal(tspdm_responder_ask_key_update(g->responder, s->id), TSPDM_OK);
	assert_int_equal(guest_fetch(g, s), OK);
	guest_answer(g);
	assert_int_equal(tspdm_record_update(&s->open), TSPDM_OK);
	assert_int_equal(guest_deliver(g, s, g->ask_id), OK);
	memcpy(g->answer, (const uint8_t[]){ TSPDM_V12, TSPDM_ERROR, TSPDM_ERROR_UNSPECIFIED, 0 }, 4);
	assert_int_equal(guest_deliver(g, s, g->ask_id), OK);
	assert_int_equal(guest_sessions(g), 0);
	guest_free(g);
}

static void an_update_needs_a_session_and_capabilities(void **state)
{
	static const uint32_t lacking[] = { TSPDM_CAP_KEY_UPD, TSPDM_CAP_ENCAP };

	(void)state;
	for (size_t i = 0; i < COUNT(lacking); i++) {
		struct guest *g = guest_new();

		g->config.mutual = TSPDM_MUTUAL_NONE;
		g->flags &= ~lacking[i];
		guest_start(g);
		assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
		assert_int_equal(tspdm_responder_ask_key_update(g->responder, g->stays[0].s.id), TSPDM_ERR_SESSION);
		assert_int_equal(
			guest_finish(g, &g->stays[0], &(const struct guest_finish){ .is_unsigned = true }), OK);
		assert_int_equal(
			tspdm_responder_ask_key_update(g->responder, g->stays[0].s.id), TSPDM_ERR_CAPABILITY_MISSING);
		assert_int_equal(tspdm_responder_ask_key_update(g->responder, 77), TSPDM_ERR_SESSION);
		guest_free(g);
	}
}

static void unasked_encapsulated_messages_are_unexpected(void **state)
{
	struct guest *g = guest_in_session();

	(void)state;
	memcpy(g->answer, (const uint8_t[]){ TSPDM_V12, TSPDM_DIGESTS, 0, 0 }, 4);
	g->answer_len = 4;
	assert_int_equal(guest_fetch(g, NULL), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(guest_deliver(g, NULL, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(guest_deliver(g, &g->stays[0].s, 0), TSPDM_ERROR_UNEXPECTED_REQUEST);
	guest_free(g);
}

static void without_the_capability_they_are_unsupported(void **state)
{
	struct guest *g = guest_new();

	(void)state;
	g->config.mutual = TSPDM_MUTUAL_NONE;
	g->config.capabilities &= ~(uint32_t)TSPDM_CAP_ENCAP;
	guest_start(g);
	assert_int_equal(guest_fetch(g, NULL), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	guest_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_makes_the_requester_known),
		cmocka_unit_test(the_last_acknowledgement_tells_the_slot),
		cmocka_unit_test(a_second_session_is_authenticated_by_itself),
		cmocka_unit_test(while_one_chain_is_fetched_no_other_handshake_begins),
		cmocka_unit_test(a_repeated_key_exchange_begins_its_flow_anew),
		cmocka_unit_test(in_the_clear_messages_may_come_twice),
		cmocka_unit_test(in_a_session_nothing_is_repeated),
		cmocka_unit_test(only_the_flow_goes_on_while_it_waits),
		cmocka_unit_test(basic_mutual_authentication_makes_the_requester_known),
		cmocka_unit_test(until_it_is_over_other_requests_wait),
		cmocka_unit_test(a_repeated_challenge_asks_anew),
		cmocka_unit_test(a_wrong_challenge_auth_proves_nothing),
		cmocka_unit_test(an_error_ends_basic_mutual_authentication),
		cmocka_unit_test(who_cannot_be_asked_is_not),
		cmocka_unit_test(the_application_can_refuse_a_requester),
		cmocka_unit_test(it_is_not_asked_about_what_is_not_proved),
		cmocka_unit_test(what_does_not_go_together_is_refused_at_once),
		cmocka_unit_test(the_responder_updates_its_keys),
		cmocka_unit_test(an_acknowledgement_of_something_else_updates_nothing),
		cmocka_unit_test(a_refused_update_leaves_the_keys),
		cmocka_unit_test(a_refusal_after_the_new_key_ends_the_session),
		cmocka_unit_test(an_update_needs_a_session_and_capabilities),
		cmocka_unit_test(unasked_encapsulated_messages_are_unexpected),
		cmocka_unit_test(without_the_capability_they_are_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
