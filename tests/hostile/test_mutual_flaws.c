/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Flaws that implementations of mutual authentication are publicly known to have had, and what else a hostile requester
 * might try: nobody has a session who did not prove who he is. The names begin with the flaw's number in the project's
 * list. */
#include "guest.h"

#include <tspdm/message.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLEAR TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR

enum { OK = -1, NOTHING = -2, ALL = 100 };

static const struct guest_finish rightly;
static const struct guest_finish without_signature = { .is_unsigned = true };

static const struct form {
	const char *name;
	uint8_t form;
	bool is_clear;
} forms[] = {
	{ "plain", TSPDM_MUTUAL_AUTH, false },
	{ "plain, in the clear", TSPDM_MUTUAL_AUTH, true },
	{ "encapsulated", TSPDM_MUTUAL_AUTH_ENCAPSULATED, false },
	{ "encapsulated, in the clear", TSPDM_MUTUAL_AUTH_ENCAPSULATED, true },
	{ "implicit", TSPDM_MUTUAL_AUTH_IMPLICIT, false },
	{ "implicit, in the clear", TSPDM_MUTUAL_AUTH_IMPLICIT, true },
};

static bool is_implied(const struct form *f)
{
	return f->form == TSPDM_MUTUAL_AUTH_IMPLICIT;
}

static struct guest *guest_of(const struct form *f)
{
	struct guest *g = guest_new();

	g->config.mutual_form = f->form;
	if (f->form == TSPDM_MUTUAL_AUTH)
		g->config.requester_certificates = g->slot.certificates;
	if (f->is_clear) {
		g->config.capabilities |= CLEAR;
		g->flags |= CLEAR;
	}
	guest_start(g);
	return g;
}

/* In a handshake that asks who the requester is. */
static struct guest *asked_guest(const struct form *f)
{
	struct guest *g = guest_of(f);

	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(g->stays[0].mutual_auth, f->form);
	return g;
}

static void check_nobody(const struct guest *g)
{
	static const struct tspdm_requester_identity nobody;

	assert_int_equal(guest_sessions(g), 0);
	assert_memory_equal(tspdm_responder_requester(g->responder), &nobody, sizeof nobody);
	assert_int_equal(g->decided, 0);
}

/* The handshake is over too: the same FINISH once more finds no session. */
static void check_over(struct guest *g)
{
	struct stay *stay = &g->stays[0];
	int error;

	check_nobody(g);
	if (stay->s.is_clear)
		error = guest_send_code(g, NULL, TSPDM_FINISH);
	else
		error = guest_send_code(g, &stay->s, TSPDM_GET_ENCAPSULATED_REQUEST);
	assert_int_equal(error, stay->s.is_clear ? TSPDM_ERROR_SESSION_REQUIRED : NOTHING);
}

/* Runs the flow, where there is one, for some steps. */
static void run_flow(struct guest *g, const struct form *f, unsigned steps)
{
	if (f->form != TSPDM_MUTUAL_AUTH)
		assert_int_equal(guest_flow(g, guest_channel(&g->stays[0]), is_implied(f), steps), OK);
}

/* ---- F01, F02, F03 ---- */

static void F01_cross_protocol_finish(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct guest *g = asked_guest(&forms[i]);
		uint8_t psk_finish[36] = { TSPDM_V12, TSPDM_PSK_FINISH };
		int error;

		error = guest_send(g, guest_channel(&g->stays[0]), psk_finish, sizeof psk_finish);
		assert_true(error == TSPDM_ERROR_UNEXPECTED_REQUEST || error == TSPDM_ERROR_UNSUPPORTED_REQUEST);
		check_nobody(g);
		run_flow(g, &forms[i], ALL);
		assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
		guest_free(g);
	}
}

/* The number of deliveries that a whole flow takes. */
static unsigned flow_len(const struct form *f)
{
	struct guest *g = asked_guest(f);
	unsigned steps = 0;

	if (f->form != TSPDM_MUTUAL_AUTH)
		assert_int_equal(guest_flow(g, guest_channel(&g->stays[0]), is_implied(f), 0), OK);
	while (f->form != TSPDM_MUTUAL_AUTH && g->ack_payload == TSPDM_ACK_PRESENT) {
		guest_answer(g);
		assert_int_equal(guest_deliver(g, guest_channel(&g->stays[0]), g->ask_id), OK);
		steps++;
	}
	guest_free(g);
	return steps;
}

/* Each prefix of each flow, then FINISH: with a signature and without. */
static void F02_mutual_auth_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		unsigned whole = flow_len(&forms[i]);

		for (unsigned steps = 0; steps <= whole; steps++)
			for (unsigned is_signed = 0; is_signed < 2; is_signed++) {
				struct guest *g = asked_guest(&forms[i]);
				bool is_done = steps == whole;
				int expected = !is_done ? TSPDM_ERROR_REQUEST_IN_FLIGHT : is_signed ? OK : 1;
				int error;

				run_flow(g, &forms[i], steps);
				error = guest_finish(g, &g->stays[0], is_signed ? &rightly : &without_signature);
				if (error != expected)
					fail_msg("%s, %u steps: %d", forms[i].name, steps, error);
				if (error != OK)
					check_over(g);
				guest_free(g);
			}
	}
}

static void F02_mutual_auth_never_fetched(void **state)
{
	(void)state;
	for (size_t i = 2; i < COUNT(forms); i++)
		for (unsigned is_signed = 0; is_signed < 2; is_signed++) {
			struct guest *g = asked_guest(&forms[i]);

			assert_int_equal(guest_finish(g, &g->stays[0], is_signed ? &rightly : &without_signature),
				TSPDM_ERROR_REQUEST_IN_FLIGHT);
			check_over(g);
			guest_free(g);
		}
}

static void F02_mutual_auth_not_asked_for(void **state)
{
	struct guest *g = guest_new();

	(void)state;
	g->config.mutual = TSPDM_MUTUAL_NONE;
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(guest_finish(g, &g->stays[0], &rightly), TSPDM_ERROR_INVALID_REQUEST);
	check_over(g);
	guest_free(g);
}

/* An ERROR instead of what was asked: the flow is over, and so is the hope for a session. */
static void F02_mutual_auth_declined(void **state)
{
	(void)state;
	for (size_t i = 2; i < COUNT(forms); i++)
		for (unsigned steps = 0; steps < flow_len(&forms[i]); steps++)
			for (unsigned is_signed = 0; is_signed < 2; is_signed++) {
				struct guest *g = asked_guest(&forms[i]);
				struct session *channel = guest_channel(&g->stays[0]);

				run_flow(g, &forms[i], steps);
				memcpy(g->answer, (const uint8_t[]){ TSPDM_V12, TSPDM_ERROR, TSPDM_ERROR_BUSY, 0 }, 4);
				g->answer_len = 4;
				assert_int_equal(guest_deliver(g, channel, g->ask_id), OK);
				assert_int_equal(g->ack_payload, TSPDM_ACK_ABSENT);
				assert_int_equal(guest_fetch(g, channel), TSPDM_ERROR_UNEXPECTED_REQUEST);
				assert_int_equal(
					guest_finish(g, &g->stays[0], is_signed ? &rightly : &without_signature),
					TSPDM_ERROR_UNEXPECTED_REQUEST);
				check_over(g);
				guest_free(g);
			}
}

static void F02_mutual_auth_restarted_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (unsigned steps = 0; steps < 2; steps++) {
			struct guest *g = asked_guest(&forms[i]);
			struct stay *stay = &g->stays[0];

			run_flow(g, &forms[i], steps);
			assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_VERSION), OK);
			if (forms[i].is_clear)
				assert_int_equal(guest_finish(g, stay, &rightly), TSPDM_ERROR_UNEXPECTED_REQUEST);
			else
				assert_int_equal(guest_finish(g, stay, &rightly), NOTHING);
			check_nobody(g);
			guest_connect(g); /* and a new connection knows nothing of the flow */
			assert_int_equal(guest_fetch(g, NULL), TSPDM_ERROR_UNEXPECTED_REQUEST);
			guest_free(g);
		}
}

/* In a session GET_VERSION changes nothing. */
static void F02_mutual_auth_get_version_inside(void **state)
{
	struct guest *g = asked_guest(&forms[2]);

	(void)state;
	run_flow(g, &forms[2], 1);
	assert_int_equal(guest_send_code(g, &g->stays[0].s, TSPDM_GET_VERSION), TSPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(guest_finish(g, &g->stays[0], &without_signature), TSPDM_ERROR_REQUEST_IN_FLIGHT);
	check_over(g);
	guest_free(g);
}

/* A second KEY_EXCHANGE, by somebody who is not asked, does not help the first, nor does it take over what it showed. */
static void F02_mutual_auth_second_key_exchange(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct guest *g = asked_guest(&forms[i]);
		bool has_flow = forms[i].form != TSPDM_MUTUAL_AUTH;
		int expected = forms[i].is_clear ? TSPDM_ERROR_UNEXPECTED_REQUEST : has_flow ? TSPDM_ERROR_BUSY : OK;

		run_flow(g, &forms[i], has_flow ? 1 : 0);
		assert_int_equal(guest_key_exchange(g, &g->stays[1]), expected);
		if (!has_flow)
			assert_int_equal(
				guest_finish(g, &g->stays[0], &without_signature), TSPDM_ERROR_INVALID_REQUEST);
		else
			assert_int_equal(
				guest_finish(g, &g->stays[0], &without_signature), TSPDM_ERROR_REQUEST_IN_FLIGHT);
		check_nobody(g);
		guest_free(g);
	}
}

static void F02_mutual_auth_finish_elsewhere(void **state)
{
	struct guest *g = asked_guest(&forms[0]);
	const struct guest_finish in_the_clear = { .is_elsewhere = true };
	struct guest_finish in_another = { .is_elsewhere = true, .channel = &g->stays[1].s };

	(void)state;
	assert_int_equal(guest_finish(g, &g->stays[0], &in_the_clear), TSPDM_ERROR_SESSION_REQUIRED);
	check_nobody(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK); /* anew: the transcript above was used up */
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), TSPDM_ERROR_SESSION_LIMIT_EXCEEDED);
	guest_connect(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), OK);
	assert_int_equal(guest_finish(g, &g->stays[0], &in_another), TSPDM_ERROR_DECRYPT_ERROR);
	check_nobody(g);
	guest_free(g);
}

/* Where the handshake is in the clear a record of its session belongs to nobody yet. */
static void F02_mutual_auth_in_the_clear_finished_in_a_session(void **state)
{
	struct guest *g = asked_guest(&forms[3]);
	uint32_t id = g->stays[0].s.id;
	const uint8_t record[64] = { (uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16), (uint8_t)(id >> 24), 0, 0,
		56, 0 };
	struct tspdm_buffer response = { g->room, sizeof g->room, 0 };

	(void)state;
	run_flow(g, &forms[3], ALL);
	assert_int_equal(tspdm_responder_handle(g->responder, g->now_us, TSPDM_KIND_SECURED,
				 (struct tspdm_view){ record, sizeof record }, &response),
		TSPDM_OK);
	assert_int_equal(response.len, 0);
	check_nobody(g);
	assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
	assert_int_equal(guest_sessions(g), 1);
	guest_free(g);
}

static void F02_mutual_auth_with_another_slot(void **state)
{
	static const uint8_t slots[] = { 1, 7, 8, 0x0F, 0x80, TSPDM_SLOT_PUBLIC_KEY };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (size_t k = 0; k < COUNT(slots); k++) {
			const struct guest_finish how = { .is_slot_given = true, .slot = slots[k] };
			struct guest *g = asked_guest(&forms[i]);

			run_flow(g, &forms[i], ALL);
			assert_int_equal(guest_finish(g, &g->stays[0], &how), TSPDM_ERROR_INVALID_REQUEST);
			check_over(g);
			guest_free(g);
		}
}

static void F02_mutual_auth_signed_by_another_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct guest *g = asked_guest(&forms[i]);
		uint8_t digest[TSPDM_HASH_MAX];

		run_flow(g, &forms[i], ALL);
		memcpy(digest, g->digest, sizeof digest);
		guest_show(g, g->stranger); /* its signer; but the chain that was shown */
		memcpy(g->digest, digest, sizeof digest);
		assert_int_equal(guest_finish(g, &g->stays[0], &rightly), TSPDM_ERROR_DECRYPT_ERROR);
		check_over(g);
		guest_free(g);
	}
}

static void F03_mandatory_mut_auth_ignored(void **state)
{
	static const uint32_t lacking[] = { 0, TSPDM_CAP_MUT_AUTH, TSPDM_CAP_ENCAP, TSPDM_CAP_CERT };
	static const bool needs[COUNT(forms)][COUNT(lacking)] = { { false, true, false, true },
		{ false, true, false, true }, { false, true, true, true }, { false, true, true, true },
		{ false, true, true, true }, { false, true, true, true } };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (size_t k = 0; k < COUNT(lacking); k++)
			for (unsigned policy = TSPDM_MUTUAL_NONE; policy <= TSPDM_MUTUAL_REQUIRE; policy++) {
				struct guest *g = guest_new();
				bool can = !needs[i][k];
				bool is_let_in = policy != TSPDM_MUTUAL_REQUIRE || can;

				g->config.mutual = (uint8_t)policy;
				g->config.mutual_form = forms[i].form;
				g->config.requester_certificates = forms[i].form == TSPDM_MUTUAL_AUTH
									   ? g->slot.certificates
									   : (struct tspdm_view){ NULL, 0 };
				g->flags &= ~lacking[k];
				if (lacking[k] ==
					TSPDM_CAP_CERT) /* of a requester with a key of which nothing is known */
					g->flags |= TSPDM_CAP_PUB_KEY_ID;
				guest_start(g);
				assert_int_equal(
					guest_key_exchange(g, &g->stays[0]), is_let_in ? OK : TSPDM_ERROR_UNSPECIFIED);
				if (!is_let_in)
					assert_int_equal(tspdm_responder_last(g->responder).status, TSPDM_ERR_POLICY);
				else
					assert_int_equal(
						g->stays[0].mutual_auth != 0, policy != TSPDM_MUTUAL_NONE && can);
				check_nobody(g);
				guest_free(g);
			}
}

/* ---- F05, F07 ---- */

static void F05_identity_after_resync(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct guest *g = asked_guest(&forms[i]);

		run_flow(g, &forms[i], ALL);
		assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
		assert_true(tspdm_responder_requester(g->responder)->is_authenticated);
		assert_int_equal(guest_send_code(g, NULL, TSPDM_GET_VERSION), OK);
		g->decided = 0;
		check_nobody(g);
		guest_free(g);
	}
}

/* Nobody vouches for the requester: refused, unless the configuration says loudly that this does not matter. */
static void F07_fail_open_root(void **state)
{
	(void)state;
	for (unsigned is_allowed = 0; is_allowed < 2; is_allowed++)
		for (size_t i = 2; i < COUNT(forms); i++) {
			struct guest *g = guest_new();

			g->config.mutual_form = forms[i].form;
			g->config.requester_anchors = (struct tspdm_view){ NULL, 0 };
			g->config.allow_unanchored_requester = is_allowed != 0;
			guest_start(g);
			assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
			assert_int_equal(guest_flow(g, &g->stays[0].s, is_implied(&forms[i]), ALL),
				is_allowed ? OK : TSPDM_ERROR_UNSPECIFIED);
			if (is_allowed) {
				assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
				assert_false(tspdm_responder_requester(g->responder)->is_anchored);
			} else {
				assert_int_equal(tspdm_responder_last(g->responder).status, TSPDM_ERR_CHAIN_UNTRUSTED);
				check_over(g);
			}
			guest_free(g);
		}
}

static void a_chain_by_other_anchors_is_refused(void **state)
{
	(void)state;
	for (size_t i = 2; i < COUNT(forms); i++) {
		struct guest *g = asked_guest(&forms[i]);

		guest_show(g, g->stranger);
		assert_int_equal(guest_flow(g, guest_channel(&g->stays[0]), is_implied(&forms[i]), ALL),
			TSPDM_ERROR_UNSPECIFIED);
		assert_int_equal(tspdm_responder_last(g->responder).status, TSPDM_ERR_CHAIN_UNTRUSTED);
		check_over(g);
		guest_free(g);
	}
}

static void a_known_chain_by_other_anchors_is_refused(void **state)
{
	struct guest *g = guest_new();
	const uint8_t *other = g->device.slots[0].certificates.ptr;

	(void)state;
	g->config.requester_certificates = g->slot.certificates;
	g->config.requester_anchors = (struct tspdm_view){ other, 4 + (size_t)other[2] * 256 + other[3] };
	guest_start(g);
	assert_int_equal(guest_key_exchange(g, &g->stays[0]), OK);
	assert_int_equal(guest_finish(g, &g->stays[0], &rightly), TSPDM_ERROR_UNSPECIFIED);
	check_over(g);
	guest_free(g);
}

/* ---- Deliveries ---- */

struct bad_delivery {
	const char *name;
	unsigned step; /* of the flow; 0 is DIGESTS */
	void (*spoil)(struct guest *g);
	int error;
	bool is_survived; /* what answers nothing that was asked changes nothing */
	enum tspdm_status status;
};

static void other_id(struct guest *g)
{
	g->ask_id++;
}
static void id_zero(struct guest *g)
{
	g->ask_id = g->ask_id == 0 ? 0xFF : 0;
}
static void other_code(struct guest *g)
{
	g->answer[1] = TSPDM_CHALLENGE_AUTH;
}
static void request_code(struct guest *g)
{
	g->answer[1] = TSPDM_GET_DIGESTS;
}
static void nested(struct guest *g)
{
	g->answer[1] = TSPDM_ENCAPSULATED_RESPONSE_ACK;
}
static void other_version(struct guest *g)
{
	g->answer[0] = TSPDM_V11;
}
static void cut(struct guest *g)
{
	g->answer_len -= 1;
}
static void header_alone(struct guest *g)
{
	g->answer_len = 4;
}
static void other_slot(struct guest *g)
{
	g->answer[g->answer[1] == TSPDM_DIGESTS ? 3 : 2] ^= 3;
}
static void no_slots(struct guest *g)
{
	g->answer[3] = 0;
	g->answer_len = 4;
}
static void other_digest(struct guest *g)
{
	g->answer[4] ^= 1;
}
static void no_portion(struct guest *g)
{
	g->answer[4] = g->answer[5] = 0;
	g->answer_len = 8;
}
static void more_remains(struct guest *g)
{
	g->answer[6]++;
}
static void too_much_remains(struct guest *g)
{
	g->answer[6] = g->answer[7] = 0xFF;
}
static void beyond_the_room(struct guest *g)
{
	g->answer[6] = 0;
	g->answer[7] = 0x70;
}
static void ends_early(struct guest *g)
{
	g->answer[6] = g->answer[7] = 0;
}
static void other_bytes(struct guest *g)
{
	g->answer[60] ^= 1;
}

static const struct bad_delivery bad_deliveries[] = {
	{ "another RequestID", 0, other_id, 1, true, TSPDM_ERR_ECHO },
	{ "RequestID 0, or not", 0, id_zero, 1, true, TSPDM_ERR_ECHO },
	{ "another code", 0, other_code, 9, true, TSPDM_ERR_RESPONSE_CODE },
	{ "a request", 0, request_code, 9, true, TSPDM_ERR_RESPONSE_CODE },
	{ "a carrier", 0, nested, 9, true, TSPDM_ERR_RESPONSE_CODE },
	{ "another version", 0, other_version, 1, true, TSPDM_ERR_FIELD },
	{ "DIGESTS cut by a byte", 0, cut, 1, false, TSPDM_ERR_TRUNCATED },
	{ "the header of DIGESTS", 0, header_alone, 1, false, TSPDM_ERR_TRUNCATED },
	{ "DIGESTS of another slot", 0, other_slot, 1, false, TSPDM_ERR_SLOT },
	{ "DIGESTS of no slot", 0, no_slots, 1, false, TSPDM_ERR_SLOT },
	{ "another RequestID later", 1, other_id, 1, true, TSPDM_ERR_ECHO },
	{ "DIGESTS again", 1, request_code, 9, true, TSPDM_ERR_RESPONSE_CODE },
	{ "CERTIFICATE cut by a byte", 1, cut, 1, false, TSPDM_ERR_TRUNCATED },
	{ "the header of CERTIFICATE", 1, header_alone, 1, false, TSPDM_ERR_TRUNCATED },
	{ "CERTIFICATE of another slot", 1, other_slot, 1, false, TSPDM_ERR_SLOT },
	{ "a portion of nothing", 1, no_portion, 1, false, TSPDM_ERR_PORTION },
	{ "a portion of nothing later", 2, no_portion, 1, false, TSPDM_ERR_PORTION },
	{ "a chain that is longer than any", 1, too_much_remains, 1, false, TSPDM_ERR_PORTION },
	{ "a chain that grows", 2, more_remains, 1, false, TSPDM_ERR_PORTION },
	{ "a chain that is longer than the room", 1, beyond_the_room, 5, false, TSPDM_ERR_BUFFER },
	{ "a chain that ends early", 1, ends_early, 5, false, TSPDM_ERR_DIGEST },
	{ "a certificate that is not the digest's", 1, other_bytes, 5, false, TSPDM_ERR_DIGEST },
	{ "a digest that is not the chain's", 0, other_digest, 5, false, TSPDM_ERR_DIGEST },
};

static void deliver_rest(struct guest *g, int *error)
{
	while (*error == OK && g->ack_payload == TSPDM_ACK_PRESENT) {
		guest_answer(g);
		*error = guest_deliver(g, guest_channel(&g->stays[0]), g->ask_id);
	}
}

static void a_delivery_that_is_wrong_helps_nobody(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_deliveries); i++)
		for (size_t k = 2; k < COUNT(forms); k++) {
			const struct bad_delivery *bad = &bad_deliveries[i];
			struct guest *g = asked_guest(&forms[k]);
			struct session *channel = guest_channel(&g->stays[0]);
			uint8_t id;
			int error;

			run_flow(g, &forms[k], bad->step);
			id = g->ask_id;
			guest_answer(g);
			bad->spoil(g);
			error = guest_deliver(g, channel, g->ask_id);
			deliver_rest(g, &error);
			if (error != bad->error || tspdm_responder_last(g->responder).status != bad->status)
				fail_msg("%s, %s: %d %s", bad->name, forms[k].name, error,
					tspdm_status_name(tspdm_responder_last(g->responder).status));
			if (!bad->is_survived) {
				check_over(g);
			} else {
				g->ask_id = id;
				error = OK;
				deliver_rest(g, &error);
				assert_int_equal(error, OK);
				assert_int_equal(guest_finish(g, &g->stays[0], &rightly), OK);
			}
			guest_free(g);
		}
}

static void an_overlong_delivery_in_a_session_is_refused(void **state)
{
	struct guest *g = asked_guest(&forms[2]);

	(void)state;
	assert_int_equal(guest_fetch(g, &g->stays[0].s), OK);
	guest_answer(g);
	g->answer[g->answer_len++] = 0;
	assert_int_equal(guest_deliver(g, &g->stays[0].s, g->ask_id), TSPDM_ERROR_INVALID_REQUEST);
	check_over(g);
	guest_free(g);
}

/* Portions of one byte go on for as long as a chain may be, and no longer. */
static void F31_endless_loop(void **state)
{
	struct guest *g = asked_guest(&forms[2]);
	unsigned steps = 0;
	int error = OK;

	(void)state;
	g->portion = 1;
	g->chain_len = 4000;
	run_flow(g, &forms[2], 1);
	while (error == OK && g->ack_payload == TSPDM_ACK_PRESENT) {
		guest_answer(g);
		error = guest_deliver(g, &g->stays[0].s, g->ask_id);
		assert_true(++steps <= 2049);
	}
	assert_int_equal(error, TSPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(tspdm_responder_last(g->responder).status, TSPDM_ERR_PORTION);
	check_over(g);
	guest_free(g);
}

/* A handshake that stops half-way does not keep others out for ever. */
static void F28_abort_leak(void **state)
{
	struct guest *g = asked_guest(&forms[2]);

	(void)state;
	run_flow(g, &forms[2], 1);
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), TSPDM_ERROR_BUSY);
	g->now_us += 61000000;
	assert_int_equal(guest_key_exchange(g, &g->stays[1]), OK);
	assert_int_equal(guest_send_code(g, &g->stays[0].s, TSPDM_GET_ENCAPSULATED_REQUEST), NOTHING);
	assert_int_equal(guest_flow(g, &g->stays[1].s, false, ALL), OK);
	assert_int_equal(guest_finish(g, &g->stays[1], &rightly), OK);
	assert_int_equal(guest_sessions(g), 1);
	guest_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F01_cross_protocol_finish),
		cmocka_unit_test(F02_mutual_auth_skipped),
		cmocka_unit_test(F02_mutual_auth_never_fetched),
		cmocka_unit_test(F02_mutual_auth_not_asked_for),
		cmocka_unit_test(F02_mutual_auth_declined),
		cmocka_unit_test(F02_mutual_auth_restarted_connection),
		cmocka_unit_test(F02_mutual_auth_get_version_inside),
		cmocka_unit_test(F02_mutual_auth_second_key_exchange),
		cmocka_unit_test(F02_mutual_auth_finish_elsewhere),
		cmocka_unit_test(F02_mutual_auth_in_the_clear_finished_in_a_session),
		cmocka_unit_test(F02_mutual_auth_with_another_slot),
		cmocka_unit_test(F02_mutual_auth_signed_by_another_key),
		cmocka_unit_test(F03_mandatory_mut_auth_ignored),
		cmocka_unit_test(F05_identity_after_resync),
		cmocka_unit_test(F07_fail_open_root),
		cmocka_unit_test(a_chain_by_other_anchors_is_refused),
		cmocka_unit_test(a_known_chain_by_other_anchors_is_refused),
		cmocka_unit_test(a_delivery_that_is_wrong_helps_nobody),
		cmocka_unit_test(an_overlong_delivery_in_a_session_is_refused),
		cmocka_unit_test(F31_endless_loop),
		cmocka_unit_test(F28_abort_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
