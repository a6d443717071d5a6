/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder without certificates, known by its public key: what it and the requester do, and what neither takes for it.
 * DSP0274 1.2 "PUB_KEY_ID_CAP". */
#include "session_rig.h"

static const uint32_t key_capabilities = TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG;

static struct pair *new_pair(struct pair_options options)
{
	options.is_by_key = true;
	return pair_new(&options);
}

/* A key that is good, and another's. */
static struct tspdm_view another_key(uint32_t asym)
{
	static struct tspdm_openssl_identity *identity;
	const struct tspdm_openssl_make make = { .size = sizeof make, .asym = asym };
	struct tspdm_slot slot;

	tspdm_openssl_identity_free(identity);
	assert_int_equal(tspdm_openssl_identity_make(&make, &identity), TSPDM_OK);
	tspdm_openssl_identity_slot(identity, &slot);
	return slot.spki;
}

static enum tspdm_status authenticate(struct pair *pair, uint8_t slot, bool skip_challenge)
{
	const struct tspdm_authenticate job = {
		.slot = slot, .skip_challenge = skip_challenge, .chain = pair->chain, .chain_cap = sizeof pair->chain
	};

	TSPDM_TRY(tspdm_requester_authenticate(pair->requester, &job));
	return pair_run(pair);
}

/* ---- What goes well ---- */

static void check_identity(struct pair *pair)
{
	const struct tspdm_identity *identity = tspdm_requester_identity(pair->requester);
	struct tspdm_view spki = pair->device.public_key.spki;

	assert_true(identity->is_authenticated);
	assert_true(identity->is_provisioned);
	assert_false(identity->is_anchored);
	assert_int_equal(identity->slot, TSPDM_SLOT_PUBLIC_KEY);
	assert_int_equal(identity->slot_mask, 0);
	assert_int_equal(identity->chain.len, 0);
	assert_int_equal(identity->certificates.len, 0);
	assert_int_equal(identity->leaf.len, 0);
	assert_int_equal(identity->spki.len, spki.len);
	assert_memory_equal(identity->spki.ptr, spki.ptr, spki.len);
}

static void whole_run(struct pair_options options)
{
	struct pair *pair = new_pair(options);
	uint32_t id;

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_true(pair->messages >= 2);
	check_identity(pair);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(tspdm_requester_measured(pair->requester)->slot, TSPDM_SLOT_PARAM_PUBLIC_KEY);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, true), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	assert_int_equal(pair->seen_bad, 0);
	pair_free(pair);
}

static void a_key_alone_authenticates_measures_and_opens_sessions(void **state)
{
	static const uint32_t asym[] = { TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P384, TSPDM_ASYM_ED25519,
		TSPDM_ASYM_RSAPSS_3072 };
	static const uint32_t hash[] = { TSPDM_HASH_SHA256, TSPDM_HASH_SHA384, TSPDM_HASH_SHA3_512 };

	(void)state;
	for (size_t i = 0; i < COUNT(asym); i++)
		for (size_t k = 0; k < COUNT(hash); k++)
			whole_run((struct pair_options){
				.asym = asym[i], .hash = hash[k], .session_capabilities = FULL });
	whole_run((struct pair_options){ .session_capabilities = SECURE | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR });
	whole_run((struct pair_options){ .session_capabilities = SECURE, .signature_delay_us = 30000 });
}

static void no_digest_and_no_certificate_is_asked_for(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	const struct tspdm_authenticate job = { .slot = TSPDM_SLOT_PUBLIC_KEY }; /* no room for a chain either */

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(pair->messages, 2);
	check_identity(pair);
	pair_free(pair);
}

static void without_a_challenge_nothing_is_proved_until_something_is_signed(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	assert_int_equal(authenticate(pair, TSPDM_SLOT_PUBLIC_KEY, true), TSPDM_OK);
	assert_int_equal(pair->messages, 0);
	assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_true(tspdm_requester_identity(pair->requester)->is_provisioned);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(pair_open_another(pair, &id), TSPDM_OK);
	pair_free(pair);
}

static void evidence_is_bound_to_the_key(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .has_evidence = true });

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_true(tspdm_requester_measured(pair->requester)->record.len > 500);
	pair_free(pair);
}

static void a_key_is_judged_anew_on_each_connection(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_false(tspdm_requester_identity(pair->requester)->is_provisioned);
		assert_int_equal(pair_authenticate(pair), TSPDM_OK);
		check_identity(pair);
	}
	pair_free(pair);
}

/* ---- The requester refuses ---- */

static void another_key_authenticates_nobody(void **state)
{
	struct pair *pair = new_pair((struct pair_options){
		.session_capabilities = SECURE, .known_key = another_key(TSPDM_ASYM_ECDSA_P256) });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	/* the digest tells before the signature does */
	assert_int_equal(pair_authenticate(pair), TSPDM_ERR_DIGEST);
	assert_false(tspdm_requester_identity(pair->requester)->is_provisioned);
	assert_int_equal(authenticate(pair, TSPDM_SLOT_PUBLIC_KEY, true), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_ERR_SIGNATURE);
	assert_false(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(pair_open_another(pair, &id), TSPDM_ERR_SIGNATURE);
	check_wiped(requester_sessions(pair->requester));
	pair_free(pair);
}

static void a_key_is_no_word_on_a_responder_with_certificates(void **state)
{
	const struct pair_options options = { .known_key = another_key(TSPDM_ASYM_ECDSA_P256) };
	struct pair *pair = pair_new(&options);
	const struct tspdm_authenticate job = { .slot = TSPDM_SLOT_PUBLIC_KEY };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	pair->messages = 0;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(pair->messages, 0);
	/* by its certificates it is known as ever */
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_false(tspdm_requester_identity(pair->requester)->is_provisioned);
	pair_free(pair);
}

static void a_responder_without_certificates_is_not_asked_for_them(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	struct tspdm_authenticate job = { .chain = pair->chain, .chain_cap = sizeof pair->chain };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_CAPABILITY_MISSING);
	assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_ERR_CAPABILITY_MISSING);
	job.slot = 8;
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_ARGUMENT);
	pair_free(pair);
}

static void without_a_provisioned_key_there_is_no_authentication_by_key(void **state)
{
	const struct pair_options options = { .capabilities = key_capabilities };
	struct pair *pair = pair_new(&options);
	const struct tspdm_authenticate job = { .slot = TSPDM_SLOT_PUBLIC_KEY };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_ERR_ARGUMENT);
	pair_free(pair);
}

/* Bits of a response that change on the way. */
struct change {
	uint8_t code;
	size_t at;
	uint8_t flip;
};

static void change_response(void *context, struct pair_message *m)
{
	const struct change *change = context;

	if (!m->is_request && m->len > change->at && m->bytes[1] == change->code)
		m->bytes[change->at] ^= change->flip;
}

static void answers_that_name_a_slot_are_refused(void **state)
{
	static const struct {
		struct change change;
		enum tspdm_status status;
	} cases[] = {
		{ { TSPDM_CHALLENGE_AUTH, 2, 0xF }, TSPDM_ERR_SLOT },
		{ { TSPDM_CHALLENGE_AUTH, 2, 8 }, TSPDM_ERR_SLOT },
		{ { TSPDM_CHALLENGE_AUTH, 2, 1 }, TSPDM_ERR_SLOT },
		{ { TSPDM_CHALLENGE_AUTH, 3, 1 }, TSPDM_ERR_SLOT },
		{ { TSPDM_CHALLENGE_AUTH, 3, 0xFF }, TSPDM_ERR_SLOT },
		{ { TSPDM_CHALLENGE_AUTH, 4, 1 }, TSPDM_ERR_DIGEST },
		{ { TSPDM_MEASUREMENTS, 3, 0xF }, TSPDM_ERR_SLOT },
		{ { TSPDM_MEASUREMENTS, 3, 1 }, TSPDM_ERR_SLOT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
		struct change change = cases[i].change;

		assert_int_equal(pair_connect(pair), TSPDM_OK);
		pair->hook = change_response;
		pair->hook_context = &change;
		if (change.code == TSPDM_CHALLENGE_AUTH) {
			assert_int_equal(pair_authenticate(pair), cases[i].status);
		} else {
			assert_int_equal(pair_authenticate(pair), TSPDM_OK);
			assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), cases[i].status);
		}
		pair_free(pair);
	}
}

static void keys_that_are_none_are_refused_when_the_requester_is_made(void **state)
{
	static const uint8_t rubbish[700] = { 0x30, 0x82, 0x02, 0xB8 };
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	struct tspdm_view good = pair->device.public_key.spki;
	const struct {
		struct tspdm_view key;
		uint32_t asym;
		enum tspdm_status status;
	} cases[] = {
		{ good, 0, TSPDM_OK },
		{ good, TSPDM_ASYM_ECDSA_P256, TSPDM_OK },
		{ good, TSPDM_ASYM_ECDSA_P384, TSPDM_ERR_KEY },
		{ { good.ptr, good.len - 1 }, 0, TSPDM_ERR_KEY },
		{ { rubbish, 100 }, 0, TSPDM_ERR_KEY },
		{ { rubbish, sizeof rubbish }, 0, TSPDM_ERR_KEY },
		{ { NULL, 91 }, 0, TSPDM_ERR_ARGUMENT },
	};
	void *memory = malloc(tspdm_requester_size());

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tspdm_requester_config config = { .size = sizeof config,
			.crypto = pair->crypto,
			.binding = &tspdm_binding_mctp,
			.request = room,
			.request_len = 1024,
			.asym = cases[i].asym,
			.peer_key = cases[i].key };
		struct tspdm_requester *requester = NULL;

		assert_int_equal(
			tspdm_requester_init(memory, tspdm_requester_size(), &config, &requester), cases[i].status);
		tspdm_requester_wipe(requester);
	}
	free(memory);
	pair_free(pair);
}

/* ---- The responder refuses ---- */

static void check_error(struct pair *pair, const uint8_t *request, size_t len, uint8_t code, uint8_t data)
{
	size_t got = pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ request, len }, room);

	assert_int_equal(got, 4);
	assert_int_equal(room[1], TSPDM_ERROR);
	assert_int_equal(room[2], code);
	assert_int_equal(room[3], data);
}

static void a_responder_with_a_key_alone_has_no_slots(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .session_capabilities = SECURE });
	uint8_t challenge[36] = { TSPDM_V12, TSPDM_CHALLENGE };
	uint8_t measure[37] = { TSPDM_V12, TSPDM_GET_MEASUREMENTS, 1, 0xFF };
	const uint8_t digests[4] = { TSPDM_V12, TSPDM_GET_DIGESTS };
	const uint8_t certificate[8] = { TSPDM_V12, TSPDM_GET_CERTIFICATE, 0, 0, 0, 0, 0xFF, 0 };

	(void)state;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	for (unsigned slot = 0; slot < 0xFF; slot++) {
		challenge[2] = (uint8_t)slot;
		check_error(pair, challenge, sizeof challenge, TSPDM_ERROR_INVALID_REQUEST, 0);
	}
	for (unsigned slot = 0; slot < 0xF; slot++) {
		measure[36] = (uint8_t)slot;
		check_error(pair, measure, sizeof measure, TSPDM_ERROR_INVALID_REQUEST, 0);
	}
	check_error(pair, digests, sizeof digests, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_GET_DIGESTS);
	check_error(pair, certificate, sizeof certificate, TSPDM_ERROR_UNSUPPORTED_REQUEST, TSPDM_GET_CERTIFICATE);
	pair_free(pair);
}

static void a_responder_with_certificates_has_no_key_alone(void **state)
{
	struct pair *pair = pair_new(NULL);
	const uint8_t challenge[36] = { TSPDM_V12, TSPDM_CHALLENGE, 0xFF };
	uint8_t measure[37] = { TSPDM_V12, TSPDM_GET_MEASUREMENTS, 1, 0xFF };
	const uint8_t certificate[8] = { TSPDM_V12, TSPDM_GET_CERTIFICATE, 0xF, 0, 0, 0, 0xFF, 0 };

	(void)state;
	measure[36] = 0xF;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_not_equal(pair->device.public_key.spki.len, 0);
	check_error(pair, challenge, sizeof challenge, TSPDM_ERROR_INVALID_REQUEST, 0);
	check_error(pair, measure, sizeof measure, TSPDM_ERROR_INVALID_REQUEST, 0);
	check_error(pair, certificate, sizeof certificate, TSPDM_ERROR_INVALID_REQUEST, 0);
	pair_free(pair);
}

static enum tspdm_status make_responder(struct pair *pair, struct tspdm_device *device, uint32_t capabilities)
{
	const struct tspdm_responder_config config = { .size = sizeof config,
		.crypto = pair->crypto,
		.device = device,
		.binding = &tspdm_binding_mctp,
		.capabilities = capabilities };
	struct tspdm_responder *responder = NULL;
	void *memory = malloc(tspdm_responder_size());
	enum tspdm_status status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);

	tspdm_responder_wipe(responder);
	free(memory);
	return status;
}

static void what_cannot_be_is_not_announced(void **state)
{
	struct pair *pair = new_pair((struct pair_options){ .heartbeat_s = 0 });
	struct tspdm_basic_device device = pair->device;

	(void)state;
	assert_int_equal(make_responder(pair, &device.base, key_capabilities), TSPDM_OK);
	assert_int_not_equal(make_responder(pair, &device.base, key_capabilities | TSPDM_CAP_CERT), TSPDM_OK);
	assert_int_not_equal(make_responder(pair, &device.base, key_capabilities | TSPDM_CAP_ALIAS_CERT), TSPDM_OK);
	assert_int_not_equal(make_responder(pair, &device.base, TSPDM_CAP_PUB_KEY_ID), TSPDM_OK);
	/* a slot's key is not the provisioned one */
	device.public_key = (struct tspdm_slot){ 0 };
	assert_int_equal(make_responder(pair, &device.base, key_capabilities), TSPDM_ERR_UNSUPPORTED);
	device.public_key = pair->device.public_key;
	device.public_key.signer = NULL;
	assert_int_equal(make_responder(pair, &device.base, key_capabilities), TSPDM_ERR_UNSUPPORTED);
	/* what has certificates is a slot */
	device.public_key = pair->device.slots[0];
	assert_int_equal(make_responder(pair, &device.base, key_capabilities), TSPDM_ERR_UNSUPPORTED);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_alone_authenticates_measures_and_opens_sessions),
		cmocka_unit_test(no_digest_and_no_certificate_is_asked_for),
		cmocka_unit_test(without_a_challenge_nothing_is_proved_until_something_is_signed),
		cmocka_unit_test(evidence_is_bound_to_the_key),
		cmocka_unit_test(a_key_is_judged_anew_on_each_connection),
		cmocka_unit_test(another_key_authenticates_nobody),
		cmocka_unit_test(a_key_is_no_word_on_a_responder_with_certificates),
		cmocka_unit_test(a_responder_without_certificates_is_not_asked_for_them),
		cmocka_unit_test(without_a_provisioned_key_there_is_no_authentication_by_key),
		cmocka_unit_test(answers_that_name_a_slot_are_refused),
		cmocka_unit_test(keys_that_are_none_are_refused_when_the_requester_is_made),
		cmocka_unit_test(a_responder_with_a_key_alone_has_no_slots),
		cmocka_unit_test(a_responder_with_certificates_has_no_key_alone),
		cmocka_unit_test(what_cannot_be_is_not_announced),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
