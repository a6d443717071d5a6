/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester that is authenticated in turn, and asked by encapsulated requests: by a responder as it should be, and by
 * those that break the rules. */
#include "scripted_responder.h"

#include <stdio.h>

#include "core/chain.h"
#include "inside.h"

#define CLEAR TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR

static const uint8_t get_digests[] = { TSPDM_V12, TSPDM_GET_DIGESTS, 0, 0 };
static const uint8_t get_certificate[] = { TSPDM_V12, TSPDM_GET_CERTIFICATE, 3, 0, 0, 0, 0xFF, 0xFF };
static const uint8_t get_empty_slot[] = { TSPDM_V12, TSPDM_GET_CERTIFICATE, 5, 0, 0, 0, 0xFF, 0xFF };
static const uint8_t challenge[36] = { TSPDM_V12, TSPDM_CHALLENGE, 3, 0, 0x44 };
static const uint8_t update_key[] = { TSPDM_V12, TSPDM_KEY_UPDATE, TSPDM_UPDATE_KEY, 0x10 };
static const uint8_t update_all[] = { TSPDM_V12, TSPDM_KEY_UPDATE, TSPDM_UPDATE_ALL_KEYS, 0x10 };
static const uint8_t verify_key[] = { TSPDM_V12, TSPDM_KEY_UPDATE, TSPDM_VERIFY_NEW_KEY, 0x11 };

#define ASK(t, message) scripted_ask(t, message, sizeof(message))

static const struct tspdm_requester_error *error_of(const struct scripted *t)
{
	return tspdm_requester_error(t->requester);
}

static void check_no_session(const struct scripted *t)
{
	assert_int_equal(tspdm_requester_opened(t->requester), 0);
	for (unsigned i = 0; i < requester_sessions(t->requester)->count; i++)
		assert_int_equal(requester_sessions(t->requester)->all[i].phase, SESSION_FREE);
}

/* ---- In the handshake ---- */

struct form {
	uint8_t mutual, slot_param;
	bool asks; /* for digests and a certificate, beyond what is implied */
	uint8_t end, end_slot;
	uint8_t slot; /* that FINISH has to name */
};

static void give_public_key(struct scripted *t)
{
	t->config.public_key = &t->key;
	t->config.capabilities =
		SESSION_CAPS | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_CHAL | TSPDM_CAP_PUB_KEY_ID;
}

static struct scripted *with_form(const struct form *form, uint32_t more)
{
	struct scripted *t = scripted_new();

	t->script.mutual = form->mutual;
	t->script.slot_param = form->slot_param;
	t->script.end = form->end;
	t->script.end_slot = form->end_slot;
	t->script.capabilities |= more;
	if (form->slot == TSPDM_SLOT_PUBLIC_KEY)
		give_public_key(t);
	t->config.capabilities |= more;
	if (form->asks && form->mutual == TSPDM_MUTUAL_AUTH_ENCAPSULATED)
		ASK(t, get_digests);
	if (form->asks)
		ASK(t, get_certificate);
	return t;
}

/* DIGESTS of slots 0 and 3, which are alike, and the whole chain. */
static void check_delivered(struct scripted *t)
{
	const struct delivered *digests = &t->delivered[0], *certificate = &t->delivered[1];
	uint8_t digest[TSPDM_HASH_MAX];

	assert_int_equal(t->delivery_count, 2);
	assert_int_equal(digests->bytes[1], TSPDM_DIGESTS);
	assert_int_equal(digests->bytes[3], 0x09);
	assert_int_equal(digests->len, 4 + 2 * 48);
	assert_int_equal(certificate->bytes[1], TSPDM_CERTIFICATE);
	assert_int_equal(certificate->bytes[2], 3);
	assert_int_equal(certificate->len, 8 + (certificate->bytes[4] | certificate->bytes[5] << 8));
	if ((certificate->bytes[6] | certificate->bytes[7]) != 0) /* it did not fit one message */
		return;
	assert_int_equal(tspdm_digest(t->crypto, t->digest,
				 (struct tspdm_view){ certificate->bytes + 8, certificate->len - 8 }, digest),
		TSPDM_OK);
	assert_memory_equal(digests->bytes + 4 + 48, digest, 48);
}

static void each_form_ends_with_the_slot_that_the_responder_wants(void **state)
{
	static const struct form forms[] = {
		{ TSPDM_MUTUAL_AUTH, 0, false, 0, 0, 0 }, { TSPDM_MUTUAL_AUTH, 3, false, 0, 0, 3 },
		{ TSPDM_MUTUAL_AUTH, 0x0F, false, 0, 0, TSPDM_SLOT_PUBLIC_KEY },
		{ TSPDM_MUTUAL_AUTH_ENCAPSULATED, 0, true, TSPDM_ACK_SLOT, 3, 3 },
		{ TSPDM_MUTUAL_AUTH_ENCAPSULATED, 0, true, TSPDM_ACK_SLOT, 0, 0 },
		{ TSPDM_MUTUAL_AUTH_ENCAPSULATED, 7, true, TSPDM_ACK_ABSENT, 0, 0 }, /* as deployed responders do */
		{ TSPDM_MUTUAL_AUTH_IMPLICIT, 0, true, TSPDM_ACK_SLOT, 3, 3 },
		{ TSPDM_MUTUAL_AUTH_IMPLICIT, 0, false, TSPDM_ACK_SLOT, 3, 3 }, /* the chain is known */
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(forms); i++) {
		const struct form *form = &forms[i / 2];
		struct scripted *t = with_form(form, i % 2 != 0 ? CLEAR : 0);
		struct tspdm_session_info info;

		scripted_start(t);
		assert_int_equal(scripted_open(t, true), TSPDM_OK);
		assert_int_equal(t->finishes, 1);
		assert_true(t->finish.is_signed);
		assert_int_equal(t->finish.slot, form->slot);
		assert_int_equal(
			tspdm_requester_session(t->requester, tspdm_requester_opened(t->requester), &info), TSPDM_OK);
		assert_true(info.is_mutual);
		assert_int_equal(info.requester_slot, form->slot);
		assert_int_equal(info.is_handshake_clear, i % 2 != 0);
		if (form->asks)
			check_delivered(t);
		assert_int_equal(tspdm_requester_negotiated(t->requester)->req_asym, (uint32_t)TSPDM_ASYM_ECDSA_P256);
		scripted_free(t);
	}
}

static void a_session_without_it_does_not_claim_it(void **state)
{
	struct scripted *t = scripted_new();
	struct tspdm_session_info info;

	(void)state;
	scripted_start(t);
	assert_int_equal(scripted_open(t, false), TSPDM_OK);
	assert_false(t->finish.is_signed);
	assert_int_equal(tspdm_requester_session(t->requester, tspdm_requester_opened(t->requester), &info), TSPDM_OK);
	assert_false(info.is_mutual);
	scripted_free(t);
}

static void what_may_not_be_asked_for_is_refused(void **state)
{
	static const struct {
		const char *name;
		uint8_t mutual, slot_param;
		uint32_t without, peer_without;
		bool is_required;
		enum tspdm_status status;
		uint8_t detail;
	} cases[] = {
		{ "two forms", 3, 0, 0, 0, false, TSPDM_ERR_FIELD, 3 },
		{ "two other forms", 5, 0, 0, 0, false, TSPDM_ERR_FIELD, 5 },
		{ "the two encapsulated forms", 6, 0, 0, 0, true, TSPDM_ERR_FIELD, 6 },
		{ "all forms", 7, 0, 0, 0, false, TSPDM_ERR_FIELD, 7 },
		{ "an empty slot", 1, 5, 0, 0, false, TSPDM_ERR_SLOT, 5 },
		{ "no slot", 1, 8, 0, 0, false, TSPDM_ERR_SLOT, 8 },
		{ "a public key that is not there", 1, 0x0F, 0, 0, false, TSPDM_ERR_SLOT, 0xFF },
		{ "this side cannot", 1, 0, MUTUAL_CAPS, 0, false, TSPDM_ERR_DOWNGRADE, 1 },
		{ "that side cannot", 1, 0, 0, TSPDM_CAP_MUT_AUTH, false, TSPDM_ERR_DOWNGRADE, 1 },
		{ "this side has no ENCAP", 2, 0, TSPDM_CAP_ENCAP, 0, false, TSPDM_ERR_CAPABILITY_MISSING, 2 },
		{ "that side has no ENCAP", 4, 0, 0, TSPDM_CAP_ENCAP, false, TSPDM_ERR_CAPABILITY_MISSING, 4 },
		{ "required and not asked for", 0, 0, 0, 0, true, TSPDM_ERR_DOWNGRADE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		uint32_t clear = i % 2 != 0 ? CLEAR : 0;
		struct scripted *t = scripted_new();

		print_message("# %s\n", cases[i / 2].name);
		t->script.mutual = cases[i / 2].mutual;
		t->script.slot_param = cases[i / 2].slot_param;
		t->script.capabilities = (t->script.capabilities & ~cases[i / 2].peer_without) | clear;
		t->config.capabilities = (t->config.capabilities & ~cases[i / 2].without) | clear;
		scripted_start(t);
		assert_int_equal(scripted_open(t, cases[i / 2].is_required), cases[i / 2].status);
		assert_string_equal(error_of(t)->clause, "DSP0274 1.2 \"MutAuthRequested\"");
		assert_int_equal(error_of(t)->detail, cases[i / 2].detail);
		assert_int_equal(t->finishes + t->delivery_count, 0);
		check_no_session(t);
		scripted_free(t);
	}
}

static void what_nobody_can_do_is_not_required(void **state)
{
	struct scripted *t = scripted_new();

	(void)state;
	t->script.capabilities &= ~(uint32_t)TSPDM_CAP_MUT_AUTH;
	scripted_start(t);
	assert_int_equal(scripted_open(t, true), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(scripted_authenticate(t, true), TSPDM_ERR_CAPABILITY_MISSING);
	scripted_free(t);
}

/* A public key has no certificates that could be asked for. */
static void a_public_key_is_not_asked_for_certificates(void **state)
{
	const struct form form = { TSPDM_MUTUAL_AUTH_ENCAPSULATED, 0, true, 0, 0, TSPDM_SLOT_PUBLIC_KEY };
	struct scripted *t = with_form(&form, 0);

	(void)state;
	scripted_start(t);
	assert_int_equal(scripted_open(t, false), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(t->delivery_count, 0);
	scripted_free(t);
}

static const struct form encapsulated = { TSPDM_MUTUAL_AUTH_ENCAPSULATED, 0, true, TSPDM_ACK_SLOT, 3, 3 };

static void check_flow(struct scripted *t, enum tspdm_status status)
{
	scripted_start(t);
	assert_int_equal(scripted_open(t, false), status);
	assert_int_equal(t->finishes, 0);
	check_no_session(t);
	scripted_free(t);
}

static void a_flow_that_breaks_the_rules_opens_nothing(void **state)
{
	(void)state;
	for (unsigned clear = 0; clear < 2; clear++) {
		struct scripted *t = with_form(&encapsulated, clear ? CLEAR : 0);

		t->script.has_wrong_echo = true;
		check_flow(t, TSPDM_ERR_ECHO);
		t = with_form(&encapsulated, clear ? CLEAR : 0);
		t->script.end_slot = 5;
		check_flow(t, TSPDM_ERR_SLOT);
		t = with_form(&encapsulated, clear ? CLEAR : 0);
		t->script.end_slot = TSPDM_SLOT_PUBLIC_KEY;
		check_flow(t, TSPDM_ERR_SLOT);
		t = with_form(&encapsulated, clear ? CLEAR : 0);
		t->script.error_at = 1;
		t->script.error = TSPDM_ERROR_INVALID_RESPONSE_CODE;
		check_flow(t, TSPDM_ERR_PEER);
		t = with_form(&encapsulated, clear ? CLEAR : 0);
		t->script.error_at = 2;
		t->script.error = TSPDM_ERROR_REQUEST_RESYNCH;
		check_flow(t, TSPDM_ERR_RESYNCH);
		t = with_form(&encapsulated, clear ? CLEAR : 0);
		t->script.ask_count = 0; /* GET_ENCAPSULATED_REQUEST is refused by who wanted it */
		check_flow(t, TSPDM_ERR_PEER);
	}
}

static void a_flow_without_end_is_left(void **state)
{
	(void)state;
	for (unsigned clear = 0; clear < 2; clear++) {
		struct scripted *t = with_form(&encapsulated, clear ? CLEAR : 0);

		t->script.is_endless = true;
		scripted_start(t);
		assert_int_equal(scripted_open(t, false), TSPDM_ERR_ENDLESS);
		assert_in_range(t->delivery_count, 2048, 5000);
		check_no_session(t);
		scripted_free(t);
	}
}

/* This side could not show what was asked for, so the responder cannot know whom it authenticates. */
static void a_flow_that_ends_after_a_refusal_opens_nothing(void **state)
{
	struct scripted *t = with_form(&encapsulated, 0);

	(void)state;
	t->script.ask_count = 0;
	ASK(t, get_empty_slot);
	t->script.end = TSPDM_ACK_ABSENT;
	scripted_start(t);
	assert_int_equal(scripted_open(t, false), TSPDM_ERR_SLOT);
	assert_int_equal(scripted_error_of(t, 0), TSPDM_ERROR_INVALID_REQUEST);
	check_no_session(t);
	scripted_free(t);
}

static void a_handshake_is_not_for_other_requests(void **state)
{
	static const uint8_t codes[] = { TSPDM_CHALLENGE, TSPDM_KEY_UPDATE, TSPDM_GET_MEASUREMENTS, TSPDM_GET_VERSION,
		TSPDM_GET_ENCAPSULATED_REQUEST, TSPDM_DELIVER_ENCAPSULATED_RESPONSE, TSPDM_END_SESSION, 0x01, 0x7F };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(codes); i++) {
		const uint8_t ask[] = { TSPDM_V12, codes[i / 2], 0, 0 };
		struct scripted *t = with_form(&encapsulated, i % 2 != 0 ? CLEAR : 0);

		t->script.ask_count = 1;
		ASK(t, ask);
		ASK(t, get_digests);
		scripted_start(t);
		assert_int_equal(scripted_open(t, false), TSPDM_ERR_UNEXPECTED);
		assert_int_equal(t->delivery_count, 2);
		assert_int_equal(scripted_error_of(t, 1), TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(t->finishes, 0);
		check_no_session(t);
		scripted_free(t);
	}
}

/* ---- The signer ---- */

static void a_slow_signer_is_waited_for(void **state)
{
	(void)state;
	for (unsigned clear = 0; clear < 2; clear++) {
		struct scripted *t = with_form(&encapsulated, clear ? CLEAR : 0);

		t->sign_delay = 3;
		scripted_start(t);
		assert_int_equal(scripted_open(t, true), TSPDM_OK);
		assert_int_equal(t->waits, 3);
		assert_int_equal(t->signatures, 1);
		assert_int_equal(t->cancelled, 0);
		scripted_free(t);
	}
}

static void a_signer_is_not_waited_for_without_end(void **state)
{
	struct scripted *t = with_form(&encapsulated, 0);

	(void)state;
	t->sign_delay = 1000000;
	scripted_start(t);
	assert_int_equal(scripted_open(t, true), TSPDM_ERR_NOT_READY);
	assert_int_equal(t->cancelled, 1);
	assert_int_equal(t->finishes, 0);
	check_no_session(t);
	scripted_free(t);
}

/* The transport fails, or the requester is wiped, while the signer works. */
static void a_signature_under_way_is_given_up_with_its_job(void **state)
{
	(void)state;
	for (unsigned is_wiped = 0; is_wiped < 2; is_wiped++) {
		const struct form form = { .mutual = TSPDM_MUTUAL_AUTH };
		struct scripted *t = with_form(&form, 0);

		t->sign_delay = 1000000;
		t->stops_at_wait = true;
		scripted_start(t);
		assert_int_equal(scripted_open(t, true), TSPDM_AGAIN);
		assert_int_equal(t->cancelled, 0);
		if (is_wiped) {
			tspdm_requester_wipe(t->requester);
			t->requester = NULL;
		} else {
			tspdm_requester_fail(t->requester, TSPDM_ERR_CLOSED);
			check_no_session(t);
		}
		assert_int_equal(t->cancelled, 1);
		assert_int_equal(t->finishes, 0);
		scripted_free(t);
	}
}

static void a_signer_that_fails_opens_nothing(void **state)
{
	struct scripted *t = with_form(&encapsulated, 0);

	(void)state;
	t->is_sign_failing = true;
	check_flow(t, TSPDM_ERR_CRYPTO);
}

/* ---- After CHALLENGE_AUTH ---- */

static struct scripted *basic(void)
{
	struct scripted *t = scripted_new();

	t->script.is_basic = true;
	return t;
}

static bool is_mutual(const struct scripted *t)
{
	return tspdm_requester_identity(t->requester)->is_mutual;
}

static void a_challenge_in_turn_is_answered(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 4; form++) {
		struct scripted *t = basic();

		t->sign_delay = form;
		if (form != 1) /* the chain may be known */
			ASK(t, get_digests);
		if (form == 2) /* GET_DIGESTS begins anew */
			ASK(t, get_digests);
		if (form != 1)
			ASK(t, get_certificate);
		ASK(t, challenge);
		scripted_start(t);
		assert_int_equal(scripted_authenticate(t, true), TSPDM_OK);
		assert_int_equal(t->delivered[t->delivery_count - 1].bytes[1], TSPDM_CHALLENGE_AUTH);
		assert_int_equal(t->delivered[t->delivery_count - 1].bytes[3], 0x09);
		assert_true(tspdm_requester_identity(t->requester)->is_authenticated);
		assert_true(is_mutual(t));
		assert_int_equal(t->waits, form);
		scripted_free(t);
	}
}

static void a_provisioned_key_answers_a_challenge(void **state)
{
	const uint8_t for_key[36] = { TSPDM_V12, TSPDM_CHALLENGE, TSPDM_SLOT_PUBLIC_KEY, 0 };
	struct scripted *t = basic();

	(void)state;
	give_public_key(t);
	ASK(t, get_digests);
	ASK(t, for_key);
	scripted_start(t);
	assert_int_equal(scripted_authenticate(t, true), TSPDM_OK);
	assert_int_equal(scripted_error_of(t, 0), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_int_equal(t->delivered[1].bytes[1], TSPDM_CHALLENGE_AUTH);
	assert_int_equal(t->delivered[1].bytes[3], 0);
	assert_true(is_mutual(t));
	scripted_free(t);
}

static void a_challenge_that_cannot_be_is_refused(void **state)
{
	static const uint8_t slots[][2] = { { 5, 0 }, { 8, 0 }, { TSPDM_SLOT_PUBLIC_KEY, 0 }, { 0, 1 }, { 0, 0xFF } };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(slots); i++) {
		const uint8_t ask[36] = { TSPDM_V12, TSPDM_CHALLENGE, slots[i / 2][0], slots[i / 2][1] };
		struct scripted *t = basic();

		ASK(t, ask);
		scripted_start(t);
		assert_int_equal(scripted_authenticate(t, i % 2 != 0), i % 2 != 0 ? TSPDM_ERR_DOWNGRADE : TSPDM_OK);
		assert_int_equal(scripted_error_of(t, 0), TSPDM_ERROR_INVALID_REQUEST);
		assert_false(is_mutual(t));
		assert_int_equal(tspdm_requester_identity(t->requester)->is_authenticated, i % 2 == 0);
		scripted_free(t);
	}
}

static void a_responder_that_does_not_challenge_is_not_believed(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 2; form++) {
		struct scripted *t = basic();

		t->script.is_basic = form != 0; /* not at all, or only half of it */
		ASK(t, get_digests);
		scripted_start(t);
		assert_int_equal(scripted_authenticate(t, true), TSPDM_ERR_DOWNGRADE);
		assert_false(tspdm_requester_identity(t->requester)->is_authenticated);
		assert_int_equal(scripted_authenticate(t, false), TSPDM_OK);
		assert_false(is_mutual(t));
		scripted_free(t);
	}
}

static void basic_mutual_authentication_needs_what_it_needs(void **state)
{
	static const struct {
		uint32_t without, peer_without;
		uint8_t end;
		enum tspdm_status status;
	} cases[] = {
		{ MUTUAL_CAPS, 0, 0, TSPDM_ERR_FIELD }, { 0, TSPDM_CAP_MUT_AUTH, 0, TSPDM_ERR_FIELD },
		{ TSPDM_CAP_ENCAP, 0, 0, TSPDM_ERR_CAPABILITY_MISSING },
		{ 0, TSPDM_CAP_ENCAP, 0, TSPDM_ERR_CAPABILITY_MISSING },
		{ TSPDM_CAP_CHAL, 0, 0, TSPDM_ERR_CAPABILITY_MISSING },
		{ 0, 0, TSPDM_ACK_SLOT, TSPDM_ERR_FIELD }, /* a slot is for FINISH */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scripted *t = basic();

		t->config.capabilities &= ~cases[i].without;
		t->script.capabilities &= ~cases[i].peer_without;
		t->script.end = cases[i].end;
		ASK(t, challenge);
		scripted_start(t);
		assert_int_equal(scripted_authenticate(t, false), cases[i].status);
		assert_false(tspdm_requester_identity(t->requester)->is_authenticated);
		scripted_free(t);
	}
}

/* ---- Asking whether there is something ---- */

static enum tspdm_status serve(struct scripted *t, uint32_t id)
{
	t->asked = 0;
	t->delivery_count = 0;
	return scripted_run(t, tspdm_requester_serve_encapsulated(t->requester, id));
}

static uint32_t start_session(struct scripted *t)
{
	scripted_start(t);
	assert_int_equal(scripted_open(t, false), TSPDM_OK);
	return tspdm_requester_opened(t->requester);
}

static void requests_are_answered_as_they_deserve(void **state)
{
	static const struct {
		uint8_t bytes[40];
		size_t len;
		uint8_t in_clear, in_session; /* ErrorCode; 0: the response */
	} cases[] = {
		{ { 0x12, TSPDM_GET_DIGESTS }, 4, 0, 0 },
		{ { 0x12, TSPDM_GET_DIGESTS }, 5, TSPDM_ERROR_INVALID_REQUEST, TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x11, TSPDM_GET_DIGESTS }, 4, TSPDM_ERROR_VERSION_MISMATCH, TSPDM_ERROR_VERSION_MISMATCH },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 16, 0 }, 8, 0, 0 },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 3, 0, 10, 0, 0xFF, 0xFF }, 8, 0, 0 },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 16 }, 7, TSPDM_ERROR_INVALID_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 0, 0, 0xFF, 0xFF, 16, 0 }, 8, TSPDM_ERROR_INVALID_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 5, 0, 0, 0, 16, 0 }, 8, TSPDM_ERROR_INVALID_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_GET_CERTIFICATE, 15, 0, 0, 0, 16, 0 }, 8, TSPDM_ERROR_INVALID_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_CHALLENGE }, 36, TSPDM_ERROR_UNEXPECTED_REQUEST, TSPDM_ERROR_UNEXPECTED_REQUEST },
		{ { 0x12, TSPDM_KEY_UPDATE, TSPDM_VERIFY_NEW_KEY }, 4, TSPDM_ERROR_UNEXPECTED_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_KEY_UPDATE, TSPDM_UPDATE_ALL_KEYS }, 4, TSPDM_ERROR_UNEXPECTED_REQUEST,
			TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_KEY_UPDATE, 9 }, 4, TSPDM_ERROR_UNEXPECTED_REQUEST, TSPDM_ERROR_INVALID_REQUEST },
		{ { 0x12, TSPDM_GET_ENCAPSULATED_REQUEST }, 4, TSPDM_ERROR_UNEXPECTED_REQUEST,
			TSPDM_ERROR_UNEXPECTED_REQUEST },
		{ { 0x12, TSPDM_DELIVER_ENCAPSULATED_RESPONSE }, 8, TSPDM_ERROR_UNEXPECTED_REQUEST,
			TSPDM_ERROR_UNEXPECTED_REQUEST },
		{ { 0x12, TSPDM_GET_MEASUREMENTS }, 4, TSPDM_ERROR_UNSUPPORTED_REQUEST,
			TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ { 0x12, TSPDM_END_SESSION }, 4, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ { 0x12, TSPDM_DIGESTS }, 4, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_ERROR_UNSUPPORTED_REQUEST },
		{ { 0x12, 0xC0 }, 40, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_ERROR_UNSUPPORTED_REQUEST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scripted *t = scripted_new();
		uint32_t id;

		scripted_ask(t, cases[i].bytes, cases[i].len);
		id = start_session(t);
		assert_int_equal(serve(t, 0), TSPDM_OK);
		assert_int_equal(scripted_error_of(t, 0), cases[i].in_clear);
		assert_int_equal(tspdm_requester_served(t->requester), cases[i].in_clear == 0);
		if (cases[i].in_clear == TSPDM_ERROR_UNSUPPORTED_REQUEST)
			assert_int_equal(t->delivered[0].bytes[3], cases[i].bytes[1]);
		assert_int_equal(serve(t, id), TSPDM_OK);
		assert_int_equal(scripted_error_of(t, 0), cases[i].in_session);
		assert_int_equal(tspdm_requester_served(t->requester), cases[i].in_session == 0);
		scripted_free(t);
	}
}

static void nothing_to_answer_is_no_failure(void **state)
{
	struct scripted *t = scripted_new();
	uint32_t id = start_session(t);

	(void)state;
	assert_int_equal(serve(t, 0), TSPDM_OK);
	assert_int_equal(serve(t, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_served(t->requester), 0);
	assert_int_equal(serve(t, id + 1), TSPDM_ERR_SESSION);
	scripted_free(t);
}

static void serving_needs_both_sides(void **state)
{
	struct scripted *t = scripted_new();
	uint32_t id;

	(void)state;
	t->script.capabilities &= ~(uint32_t)TSPDM_CAP_ENCAP;
	scripted_start(t);
	assert_int_equal(serve(t, 0), TSPDM_ERR_STATE);
	assert_int_equal(scripted_open(t, false), TSPDM_OK);
	id = tspdm_requester_opened(t->requester);
	assert_int_equal(serve(t, 0), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(serve(t, id), TSPDM_ERR_CAPABILITY_MISSING);
	scripted_free(t);
}

/* Over a transport that loses messages, or is late with them. */
static void an_acknowledgement_that_comes_again_is_known(void **state)
{
	struct scripted *t = basic();

	(void)state;
	t->script.is_lossy = true;
	t->config.retries = 2;
	ASK(t, get_digests);
	ASK(t, get_certificate);
	ASK(t, get_certificate);
	ASK(t, challenge);
	scripted_start(t);
	assert_int_equal(scripted_authenticate(t, true), TSPDM_OK);
	assert_int_equal(t->delivery_count, 4);
	scripted_free(t);
}

/* ---- The responder's own key ---- */

static void the_responder_renews_its_key(void **state)
{
	struct scripted *t = scripted_new();
	uint32_t id = start_session(t);

	(void)state;
	ASK(t, update_key);
	ASK(t, verify_key);
	t->script.new_key_at = 1;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(serve(t, id), TSPDM_OK);
		assert_int_equal(tspdm_requester_served(t->requester), 2);
		assert_memory_equal(t->delivered[0].bytes + 2, update_key + 2, 2);
		assert_memory_equal(t->delivered[1].bytes + 2, verify_key + 2, 2);
		assert_int_equal(t->delivered[1].bytes[1], TSPDM_KEY_UPDATE_ACK);
	}
	scripted_free(t);
}

/* The record is under the old key: the update did not happen at the other side. */
static void a_key_that_is_not_used_is_forgotten(void **state)
{
	struct scripted *t = scripted_new();
	uint32_t id = start_session(t);

	(void)state;
	ASK(t, update_key);
	ASK(t, verify_key);
	assert_int_equal(serve(t, id), TSPDM_OK);
	assert_int_equal(scripted_error_of(t, 0), 0);
	assert_int_equal(scripted_error_of(t, 1), TSPDM_ERROR_INVALID_REQUEST);
	t->script.error_at = 1;
	t->script.error = TSPDM_ERROR_UNSPECIFIED;
	assert_int_equal(serve(t, id), TSPDM_ERR_PEER);
	t->script.error_at = 0;
	t->script.new_key_at = 1;
	assert_int_equal(serve(t, id), TSPDM_OK); /* and the session goes on */
	assert_int_equal(tspdm_requester_served(t->requester), 2);
	scripted_free(t);
}

static void a_new_key_without_verification_ends_the_session(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 4; form++) {
		struct scripted *t = scripted_new();
		uint32_t id = start_session(t);

		ASK(t, update_key);
		if (form == 1)
			ASK(t, get_digests);
		if (form == 2)
			ASK(t, update_all);
		if (form == 3) {
			t->script.error_at = 1;
			t->script.error = TSPDM_ERROR_UNSPECIFIED;
		}
		t->script.new_key_at = 1;
		assert_int_equal(serve(t, id), form == 3 ? TSPDM_ERR_PEER : TSPDM_ERR_UNEXPECTED);
		assert_int_equal(serve(t, id), TSPDM_ERR_SESSION);
		scripted_free(t);
	}
}

/* ---- Configurations ---- */

static void an_identity_that_is_not_there_is_not_announced(void **state)
{
	static const struct {
		const char *name;
		uint32_t capabilities;
		size_t slot_count, request_len;
		bool has_key;
		uint32_t req_asym;
		enum tspdm_status status;
	} cases[] = {
		{ "slots", MUTUAL_CAPS, 8, 640, false, 0, TSPDM_OK },
		{ "one algorithm of them", MUTUAL_CAPS, 8, 640, false, TSPDM_ASYM_ECDSA_P256, TSPDM_OK },
		{ "another one", MUTUAL_CAPS, 8, 640, false, TSPDM_ASYM_ECDSA_P384, TSPDM_ERR_UNSUPPORTED },
		{ "no slots", MUTUAL_CAPS, 0, 640, false, 0, TSPDM_ERR_ARGUMENT },
		{ "too many slots", MUTUAL_CAPS, 9, 640, false, 0, TSPDM_ERR_ARGUMENT },
		{ "no room for answers", TSPDM_CAP_ENCAP, 0, 639, false, 0, TSPDM_ERR_ARGUMENT },
		{ "no key", TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_CHAL, 8, 640, false, 0,
			TSPDM_ERR_ARGUMENT },
		{ "a key", TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_CHAL, 8, 640, true, 0, TSPDM_OK },
		{ "both", MUTUAL_CAPS | TSPDM_CAP_PUB_KEY_ID, 8, 640, true, 0, TSPDM_ERR_CAPABILITIES },
		{ "MUT_AUTH alone", TSPDM_CAP_MUT_AUTH, 0, 640, false, 0, TSPDM_ERR_UNSUPPORTED },
		{ "CHAL alone", TSPDM_CAP_CHAL, 8, 640, false, 0, TSPDM_ERR_CAPABILITIES },
		{ "ENCAP alone", TSPDM_CAP_ENCAP, 0, 640, false, 0, TSPDM_OK },
	};
	struct scripted *t = scripted_new();
	void *memory = malloc(tspdm_requester_size());

	(void)state;
	scripted_start(t);
	assert_non_null(memory);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_requester_config config = t->config;
		struct tspdm_requester *r = NULL;

		print_message("# %s\n", cases[i].name);
		config.capabilities = cases[i].capabilities;
		config.slot_count = cases[i].slot_count;
		config.request_len = cases[i].request_len;
		config.public_key = cases[i].has_key ? &t->key : NULL;
		config.req_asym = cases[i].req_asym;
		assert_int_equal(tspdm_requester_init(memory, tspdm_requester_size(), &config, &r), cases[i].status);
		tspdm_requester_wipe(r);
	}
	free(memory);
	scripted_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_ends_with_the_slot_that_the_responder_wants),
		cmocka_unit_test(a_session_without_it_does_not_claim_it),
		cmocka_unit_test(what_may_not_be_asked_for_is_refused),
		cmocka_unit_test(what_nobody_can_do_is_not_required),
		cmocka_unit_test(a_public_key_is_not_asked_for_certificates),
		cmocka_unit_test(a_flow_that_breaks_the_rules_opens_nothing),
		cmocka_unit_test(a_flow_without_end_is_left),
		cmocka_unit_test(a_flow_that_ends_after_a_refusal_opens_nothing),
		cmocka_unit_test(a_handshake_is_not_for_other_requests),
		cmocka_unit_test(a_slow_signer_is_waited_for),
		cmocka_unit_test(a_signer_is_not_waited_for_without_end),
		cmocka_unit_test(a_signature_under_way_is_given_up_with_its_job),
		cmocka_unit_test(a_signer_that_fails_opens_nothing),
		cmocka_unit_test(a_challenge_in_turn_is_answered),
		cmocka_unit_test(a_provisioned_key_answers_a_challenge),
		cmocka_unit_test(a_challenge_that_cannot_be_is_refused),
		cmocka_unit_test(a_responder_that_does_not_challenge_is_not_believed),
		cmocka_unit_test(basic_mutual_authentication_needs_what_it_needs),
		cmocka_unit_test(requests_are_answered_as_they_deserve),
		cmocka_unit_test(nothing_to_answer_is_no_failure),
		cmocka_unit_test(an_acknowledgement_that_comes_again_is_known),
		cmocka_unit_test(serving_needs_both_sides),
		cmocka_unit_test(the_responder_renews_its_key),
		cmocka_unit_test(a_key_that_is_not_used_is_forgotten),
		cmocka_unit_test(a_new_key_without_verification_ends_the_session),
		cmocka_unit_test(an_identity_that_is_not_there_is_not_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
