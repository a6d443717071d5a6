/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Flaws of requesters with sessions, one test for each way: a responder, or somebody in the middle, that lessens what was
 * asked for does not get a session out of it. docs/known-flaws.md. */
#include "psk_rig.h"

/* Changes the first message of a code that passes, in the clear. */
struct change {
	uint8_t code;
	void (*apply)(const struct change *change, struct pair_message *m);
	size_t at;
	unsigned value;
	bool is_done;
};

static void change_one(void *context, struct pair_message *m)
{
	struct change *change = context;

	if (m->kind != TSPDM_KIND_PLAIN || change->is_done || m->bytes[1] != change->code)
		return;
	change->apply(change, m);
	change->is_done = true;
}

static void set_byte(const struct change *change, struct pair_message *m)
{
	assert_true(change->at < m->len);
	m->bytes[change->at] = (uint8_t)change->value;
}

/* Without the last `value` bytes. */
static void cut(const struct change *change, struct pair_message *m)
{
	assert_true(change->value < m->len);
	m->len -= change->value;
}

/* `value` zeros at `at` bytes from the end. */
static void blank(const struct change *change, struct pair_message *m)
{
	assert_true(change->at <= m->len && change->value <= change->at);
	memset(m->bytes + m->len - change->at, 0, change->value);
}

static struct pair *new_pair(uint8_t version)
{
	return pair_new(&(struct pair_options){ .version = version,
		.session_capabilities = SECURE,
		.hash = TSPDM_HASH_SHA256,
		.retries = TSPDM_NO_RETRIES });
}

static void check_nothing_believed(struct pair *pair)
{
	struct tspdm_session_info info;

	check_wiped(requester_sessions(pair->requester));
	assert_int_equal(tspdm_requester_opened(pair->requester), 0);
	assert_int_equal(tspdm_requester_session(pair->requester, 0, &info), TSPDM_ERR_SESSION);
	assert_false(info.is_mutual);
}

/* ---- The slot ---- */

static void F04_slot_downgrade(void **state)
{
	static const uint8_t versions[] = { TSPDM_V10, TSPDM_V11, TSPDM_V12 };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++)
		for (unsigned slot = 1; slot < 16; slot++) {
			struct change change = { TSPDM_CHALLENGE_AUTH, set_byte, 2, slot, false };
			struct pair *pair =
				pair_new(&(struct pair_options){ .version = versions[i], .retries = TSPDM_NO_RETRIES });

			pair->hook = change_one;
			pair->hook_context = &change;
			assert_int_equal(pair_connect(pair), TSPDM_OK);
			assert_int_equal(tspdm_status_class(pair_authenticate(pair)), TSPDM_CLASS_RULE);
			assert_true(change.is_done);
			assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
			pair_free(pair);
		}
}

/* A chain of another slot than the one asked for. */
static void F04_certificate_of_another_slot(void **state)
{
	(void)state;
	for (unsigned slot = 1; slot < 8; slot++) {
		struct change change = { TSPDM_CERTIFICATE, set_byte, 2, slot, false };
		struct pair *pair = new_pair(TSPDM_V12);

		pair->hook = change_one;
		pair->hook_context = &change;
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_not_equal(pair_authenticate(pair), TSPDM_OK);
		assert_true(change.is_done);
		assert_int_equal(tspdm_requester_identity(pair->requester)->chain.len, 0);
		pair_free(pair);
	}
}

/* ---- The signature ---- */

enum { SIGNATURE = 64, VERIFY_DATA = 32 };

static void F04_signature_downgrade(void **state)
{
	static const struct change changes[] = {
		{ TSPDM_KEY_EXCHANGE_RSP, cut, 0, SIGNATURE, false },
		{ TSPDM_KEY_EXCHANGE_RSP, cut, 0, SIGNATURE + VERIFY_DATA, false },
		{ TSPDM_KEY_EXCHANGE_RSP, cut, 0, VERIFY_DATA, false },
		{ TSPDM_KEY_EXCHANGE_RSP, cut, 0, 1, false },
		{ TSPDM_KEY_EXCHANGE_RSP, blank, SIGNATURE + VERIFY_DATA, SIGNATURE, false },
		{ TSPDM_KEY_EXCHANGE_RSP, blank, VERIFY_DATA, VERIFY_DATA, false },
		{ TSPDM_KEY_EXCHANGE_RSP, blank, SIGNATURE + VERIFY_DATA, SIGNATURE + VERIFY_DATA, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(changes) * 2; i++) {
		struct change change = changes[i / 2];
		struct pair *pair = new_pair(i % 2 != 0 ? TSPDM_V12 : TSPDM_V11);
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		pair->hook = change_one;
		pair->hook_context = &change;
		assert_int_not_equal(pair_open_another(pair, &id), TSPDM_OK);
		assert_true(change.is_done);
		check_nothing_believed(pair);
		pair_free(pair);
	}
}

/* ---- Mutual authentication ---- */

/* MutAuthRequested taken away, or set where both sides did not agree on it. */
static void F03_mutual_auth_taken_away(void **state)
{
	static const uint8_t forms[] = { TSPDM_MUTUAL_AUTH, TSPDM_MUTUAL_AUTH_ENCAPSULATED,
		TSPDM_MUTUAL_AUTH_IMPLICIT };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (unsigned is_required = 0; is_required < 2; is_required++) {
			struct change change = { TSPDM_KEY_EXCHANGE_RSP, set_byte, 6, 0, false };
			const uint32_t both = SECURE | TSPDM_CAP_ENCAP;
			struct pair *pair = pair_new(&(struct pair_options){ .session_capabilities = both,
				.requester_capabilities = both | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_CERT | TSPDM_CAP_CHAL,
				.mutual_form = forms[i],
				.retries = TSPDM_NO_RETRIES });
			const struct tspdm_open_session job = { .require_mutual = is_required != 0 };
			enum tspdm_status status;

			assert_int_equal(pair_connect(pair), TSPDM_OK);
			assert_int_equal(pair_authenticate(pair), TSPDM_OK);
			pair->hook = change_one;
			pair->hook_context = &change;
			assert_int_equal(tspdm_requester_open_session(pair->requester, &job), TSPDM_OK);
			status = pair_run(pair);
			assert_true(change.is_done);
			assert_int_equal(status, is_required != 0 ? TSPDM_ERR_DOWNGRADE : TSPDM_ERR_SIGNATURE);
			check_nothing_believed(pair);
			assert_int_equal(tspdm_responder_sessions(pair->responder, NULL, 0), 0);
			pair_free(pair);
		}
}

/* A responder that honestly does not ask: the session is there where that is enough, and does not say that it is mutual. */
static void F03_mutual_auth_not_asked_for(void **state)
{
	(void)state;
	for (unsigned is_required = 0; is_required < 2; is_required++) {
		struct pair *pair = new_pair(TSPDM_V12);
		const struct tspdm_open_session job = { .require_mutual = is_required != 0 };
		struct tspdm_session_info info;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		assert_int_equal(tspdm_requester_open_session(pair->requester, &job),
			is_required != 0 ? TSPDM_ERR_CAPABILITY_MISSING : TSPDM_OK);
		if (is_required == 0) {
			assert_int_equal(pair_run(pair), TSPDM_OK);
			assert_int_equal(tspdm_requester_session(
						 pair->requester, tspdm_requester_opened(pair->requester), &info),
				TSPDM_OK);
			assert_false(info.is_mutual);
		}
		pair_free(pair);
	}
}

/* ---- F01: the kind of session ---- */

/* PSK_EXCHANGE_RSP for KEY_EXCHANGE, and the reverse: the kind is the requester's, not the answer's. */
static void F01_exchange_of_the_other_kind(void **state)
{
	(void)state;
	for (unsigned is_psk = 0; is_psk < 2; is_psk++) {
		struct change change = { is_psk ? TSPDM_PSK_EXCHANGE_RSP : TSPDM_KEY_EXCHANGE_RSP, set_byte, 1,
			is_psk ? TSPDM_KEY_EXCHANGE_RSP : TSPDM_PSK_EXCHANGE_RSP, false };
		struct pair *pair =
			is_psk ? psk_pair(WITH_CONTEXT, (struct pair_options){ .retries = TSPDM_NO_RETRIES })
			       : new_pair(TSPDM_V12);
		uint32_t id;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		pair->hook = change_one;
		pair->hook_context = &change;
		assert_int_equal(is_psk ? open_by_psk(pair, first_hint, &id) : pair_open_another(pair, &id),
			TSPDM_ERR_UNEXPECTED);
		check_nothing_believed(pair);
		pair_free(pair);
	}
}

/* ---- F05 ---- */

static void demand_resynch(const struct change *change, struct pair_message *m)
{
	const uint8_t error[] = { m->bytes[0], TSPDM_ERROR, TSPDM_ERROR_REQUEST_RESYNCH, 0 };

	(void)change;
	memcpy(m->bytes, error, sizeof error);
	m->len = sizeof error;
}

static void F05_requester_secrets_after_resync(void **state)
{
	struct change change = { TSPDM_DIGESTS, demand_resynch, 0, 0, false };
	uint32_t id;
	struct pair *pair = open_pair(SECURE, NULL, &id);

	(void)state;
	pair->hook = change_one;
	pair->hook_context = &change;
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_ERR_RESYNCH);
	check_nothing_believed(pair);
	assert_int_equal(tspdm_requester_heartbeat(pair->requester, id), TSPDM_ERR_SESSION);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	pair_free(pair);
}

/* ---- F22: portions ---- */

static void tell_portion(const struct change *change, struct pair_message *m)
{
	m->bytes[change->at] = (uint8_t)change->value;
	m->bytes[change->at + 1] = (uint8_t)(change->value >> 8);
}

/* PortionLength and RemainderLength that lead beyond the message, the request, or what 16 bits hold. */
static void F22_portion_beyond_the_end(void **state)
{
	static const unsigned lengths[] = { 0x7FFF, 0x8000, 0xFFF8, 0xFFFE, 0xFFFF };

	(void)state;
	for (size_t at = 4; at <= 6; at += 2)
		for (size_t i = 0; i < COUNT(lengths); i++) {
			struct change change = { TSPDM_CERTIFICATE, tell_portion, at, lengths[i], false };
			struct pair *pair = new_pair(TSPDM_V12);

			pair->hook = change_one;
			pair->hook_context = &change;
			assert_int_equal(pair_connect(pair), TSPDM_OK);
			assert_int_not_equal(pair_authenticate(pair), TSPDM_OK);
			assert_true(change.is_done);
			assert_int_equal(tspdm_requester_identity(pair->requester)->chain.len, 0);
			pair_free(pair);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F01_exchange_of_the_other_kind),
		cmocka_unit_test(F03_mutual_auth_taken_away),
		cmocka_unit_test(F03_mutual_auth_not_asked_for),
		cmocka_unit_test(F04_slot_downgrade),
		cmocka_unit_test(F04_certificate_of_another_slot),
		cmocka_unit_test(F04_signature_downgrade),
		cmocka_unit_test(F05_requester_secrets_after_resync),
		cmocka_unit_test(F22_portion_beyond_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
