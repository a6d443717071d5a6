/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the versions of SPDM have apart: which one is taken and that nobody in the middle lowers it, what each knows, and the
 * tolerances for deployed peers. */
#include "session_rig.h"

#include "core/capabilities.h"

#define V10 TSPDM_VERSION_BIT(TSPDM_V10)
#define V11 TSPDM_VERSION_BIT(TSPDM_V11)
#define V12 TSPDM_VERSION_BIT(TSPDM_V12)

/* ---- Which version ---- */

static void the_highest_version_of_both_is_taken(void **state)
{
	static const struct {
		uint32_t requester, responder; /* 0: the default */
		uint8_t version;               /* 0: none */
	} rows[] = {
		{ 0, 0, TSPDM_V12 },
		{ V10 | V11 | V12, V10 | V11 | V12, TSPDM_V12 },
		{ 0, V11, TSPDM_V11 },
		{ V11, 0, TSPDM_V11 },
		{ V10 | V12, V10 | V11, TSPDM_V10 },
		{ V10 | V11, V11 | V12, TSPDM_V11 },
		{ 0, V10, 0 }, /* 1.0 only for who asks for it */
		{ V10, 0, 0 },
		{ V12, V10 | V11, 0 },
		{ V10, V11 | V12, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair *pair = pair_new(&(struct pair_options){
			.requester_versions = rows[i].requester, .versions = rows[i].responder });
		enum tspdm_status status = pair_connect(pair);

		assert_int_equal(status, rows[i].version != 0 ? TSPDM_OK : TSPDM_ERR_NO_COMMON_VERSION);
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->version, rows[i].version);
		pair_free(pair);
	}
}

/* A man in the middle who lets VERSION list one version only. */
static void list_one(void *context, struct pair_message *m)
{
	const uint8_t *version = context;

	if (m->is_request || m->bytes[1] != TSPDM_VERSION)
		return;
	m->bytes[5] = 1;
	m->bytes[6] = 0;
	m->bytes[7] = *version;
	m->len = 8;
}

static void a_lowered_version_is_noticed_by_challenge(void **state)
{
	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V11; version++) {
		struct pair *pair = pair_new(
			&(struct pair_options){ .requester_versions = V10 | V11 | V12, .versions = V10 | V11 | V12 });

		pair->hook = list_one;
		pair->hook_context = &version;
		assert_int_equal(pair_connect(pair), TSPDM_OK);
		assert_int_equal(tspdm_requester_negotiated(pair->requester)->version, version);
		assert_int_equal(pair_authenticate(pair), TSPDM_ERR_SIGNATURE);
		assert_false(tspdm_requester_identity(pair->requester)->is_authenticated);
		pair_free(pair);
	}
}

static void a_lowered_version_is_noticed_by_key_exchange(void **state)
{
	uint8_t version = TSPDM_V11;
	struct pair *pair = pair_new(&(struct pair_options){ .session_capabilities = FULL });
	const struct tspdm_authenticate job = {
		.skip_challenge = true, .chain = pair->chain, .chain_cap = sizeof pair->chain
	};
	uint32_t id;

	(void)state;
	pair->hook = list_one;
	pair->hook_context = &version;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_authenticate(pair->requester, &job), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(pair_open_another(pair, &id), TSPDM_ERR_SIGNATURE);
	check_wiped(requester_sessions(pair->requester));
	pair_free(pair);
}

static void a_version_below_what_is_offered_is_refused_at_once(void **state)
{
	uint8_t version = TSPDM_V11;
	struct pair *pair = pair_new(&(struct pair_options){ .requester_versions = V12 });

	(void)state;
	pair->hook = list_one;
	pair->hook_context = &version;
	assert_int_equal(pair_connect(pair), TSPDM_ERR_NO_COMMON_VERSION);
	assert_int_equal(pair->messages, 2); /* GET_VERSION, VERSION, and nothing that the list asks for */
	pair_free(pair);
}

/* ---- The header's version ---- */

struct change {
	uint8_t code, version;
	bool is_done;
};

static void change_version(void *context, struct pair_message *m)
{
	struct change *change = context;

	if (m->bytes[1] != change->code)
		return;
	m->bytes[0] = change->version;
	change->is_done = true;
}

static void another_version_in_a_header_is_refused(void **state)
{
	static const uint8_t requests[] = { TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_GET_DIGESTS, TSPDM_GET_CERTIFICATE,
		TSPDM_CHALLENGE, TSPDM_GET_MEASUREMENTS };
	unsigned runs = 0;

	(void)state;
	for (unsigned i = 0; i < 3 * 5 * COUNT(requests); i++) {
		uint8_t own = (uint8_t)(TSPDM_V10 + i % 3), other = (uint8_t)(TSPDM_V10 + i / 3 % 5);
		uint8_t code = requests[i / 15];

		for (unsigned is_response = 0; is_response < 2 && own != other; is_response++) {
			struct change change = { is_response ? code & 0x7FU : code, other, false };
			struct pair *pair = pair_new(&(struct pair_options){ .version = own });

			pair->hook = change_version;
			pair->hook_context = &change;
			assert_int_equal(pair_attest(pair), is_response ? TSPDM_ERR_VERSION : TSPDM_ERR_PEER);
			assert_true(change.is_done);
			if (!is_response)
				assert_int_equal(tspdm_requester_error(pair->requester)->peer_error,
					TSPDM_ERROR_VERSION_MISMATCH);
			pair_free(pair);
			runs++;
		}
	}
	printf("# %u headers\n", runs);
}

/* ---- What a version has ---- */

static void requests_of_later_versions_are_unsupported(void **state)
{
	static const struct {
		uint8_t since, code;
	} rows[] = {
		{ TSPDM_V11, TSPDM_KEY_EXCHANGE },
		{ TSPDM_V11, TSPDM_FINISH },
		{ TSPDM_V11, TSPDM_PSK_EXCHANGE },
		{ TSPDM_V11, TSPDM_PSK_FINISH },
		{ TSPDM_V11, TSPDM_HEARTBEAT },
		{ TSPDM_V11, TSPDM_KEY_UPDATE },
		{ TSPDM_V11, TSPDM_GET_ENCAPSULATED_REQUEST },
		{ TSPDM_V11, TSPDM_DELIVER_ENCAPSULATED_RESPONSE },
		{ TSPDM_V11, TSPDM_END_SESSION },
		{ TSPDM_V12, TSPDM_CHUNK_SEND },
		{ TSPDM_V12, TSPDM_CHUNK_GET },
		{ TSPDM_V12, TSPDM_GET_CSR },
		{ TSPDM_V12, TSPDM_SET_CERTIFICATE },
		{ TSPDM_V13, TSPDM_GET_MEASUREMENT_EXTENSION_LOG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (uint8_t version = TSPDM_V10; version < rows[i].since && version <= TSPDM_V12; version++) {
			const uint8_t message[64] = { version, rows[i].code };
			struct pair *pair =
				pair_new(&(struct pair_options){ .version = version, .session_capabilities = FULL });

			assert_int_equal(pair_connect(pair), TSPDM_OK);
			assert_int_equal(
				pair_ask(pair, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, sizeof message }, room),
				4);
			assert_memory_equal(room,
				((const uint8_t[]){
					version, TSPDM_ERROR, TSPDM_ERROR_UNSUPPORTED_REQUEST, rows[i].code }),
				4);
			pair_free(pair);
		}
}

static void in_1_0_there_are_no_sessions(void **state)
{
	struct pair *pair = pair_new(
		&(struct pair_options){ .version = TSPDM_V10, .session_capabilities = FULL, .heartbeat_s = 5 });
	uint32_t id;

	(void)state;
	assert_int_equal(pair_open(pair, &id), TSPDM_ERR_CAPABILITY_MISSING);
	assert_true(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->dhe, 0);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->peer_capabilities & FULL, 0);
	pair_free(pair);
}

struct sizes {
	size_t get_capabilities, capabilities, get_measurements;
	uint32_t flags;
};

static void note_sizes(void *context, struct pair_message *m)
{
	struct sizes *sizes = context;

	if (m->bytes[1] == TSPDM_GET_CAPABILITIES)
		sizes->get_capabilities = m->len;
	if (m->bytes[1] == TSPDM_GET_MEASUREMENTS)
		sizes->get_measurements = m->len;
	if (m->bytes[1] != TSPDM_CAPABILITIES)
		return;
	sizes->capabilities = m->len;
	sizes->flags = m->bytes[8] | (uint32_t)m->bytes[9] << 8 | (uint32_t)m->bytes[10] << 16;
}

static void messages_have_the_form_of_their_version(void **state)
{
	static const struct sizes expected[] = { { 4, 12, 36, 0x3F }, { 12, 12, 37, 0x1FFFF },
		{ 20, 20, 37, 0x3FFFFF } };

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		struct sizes sizes = { 0 };
		struct pair *pair = pair_new(&(struct pair_options){ .version = (uint8_t)(TSPDM_V10 + i),
			.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG | TSPDM_CAP_ALIAS_CERT,
			.session_capabilities = FULL });

		pair->hook = note_sizes;
		pair->hook_context = &sizes;
		assert_int_equal(pair_attest(pair), TSPDM_OK);
		assert_int_equal(sizes.get_capabilities, expected[i].get_capabilities);
		assert_int_equal(sizes.capabilities, expected[i].capabilities);
		assert_int_equal(sizes.get_measurements, expected[i].get_measurements);
		assert_int_equal(sizes.flags & ~expected[i].flags, 0);
		assert_int_equal((sizes.flags & TSPDM_CAP_ALIAS_CERT) != 0, i == 2);
		assert_int_equal((sizes.flags & TSPDM_CAP_KEY_EX) != 0, i >= 1);
		pair_free(pair);
	}
}

/* ---- Configurations ---- */

static void versions_in_which_the_flags_are_illegal_are_not_offered(void **state)
{
	/* MUT_AUTH without ENCAP is legal in 1.2, not in 1.1; CERT without CHAL in 1.1, not in 1.0 */
	const struct {
		uint32_t flags, asked;
		enum tspdm_status status;
		uint32_t versions;
	} rows[] = {
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, 0, TSPDM_OK, V11 | V12 },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, V10 | V11, TSPDM_OK, V10 | V11 },
		{ TSPDM_CAP_CERT | SECURE | TSPDM_CAP_MUT_AUTH, 0, TSPDM_OK, V12 },
		{ TSPDM_CAP_CERT | SECURE | TSPDM_CAP_MUT_AUTH, V11 | V12, TSPDM_ERR_CAPABILITIES, 0 },
		{ TSPDM_CAP_CERT | SECURE, V10, TSPDM_ERR_CAPABILITIES, 0 },
		{ TSPDM_CAP_CERT | SECURE, V11, TSPDM_OK, V11 },
		{ TSPDM_CAP_CHAL, 0, TSPDM_ERR_CAPABILITIES, 0 },
		/* illegal in 1.2 alone: not a reason to offer 1.1 instead */
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_CSR, 0, TSPDM_ERR_CAPABILITIES, 0 },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, TSPDM_VERSION_BIT(TSPDM_V13), TSPDM_ERR_UNSUPPORTED, 0 },
		{ TSPDM_CAP_CERT | TSPDM_CAP_CHAL, V12 | 1U << 15, TSPDM_ERR_UNSUPPORTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tspdm_capabilities own = {
			.flags = rows[i].flags, .data_transfer_size = 4096, .max_message_size = 4096
		};
		uint32_t versions = 0;

		assert_int_equal(tspdm_choose_versions(rows[i].asked, false, &own, &versions), rows[i].status);
		if (rows[i].status == TSPDM_OK)
			assert_int_equal(versions, rows[i].versions);
	}
}

static void switches_that_are_not_known_are_refused(void **state)
{
	struct pair *pair = pair_new(NULL);
	struct tspdm_requester_config asks = *requester_config(pair->requester);
	struct tspdm_responder_config answers = pair->responder->config;
	void *memory = malloc(tspdm_requester_size() + tspdm_responder_size());
	struct tspdm_requester *requester;
	struct tspdm_responder *responder;

	(void)state;
	assert_non_null(memory);
	asks.strict = answers.strict = TSPDM_STRICT_ALL + 1;
	assert_int_equal(
		tspdm_requester_init(memory, tspdm_requester_size(), &asks, &requester), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(
		tspdm_responder_init(memory, tspdm_responder_size(), &answers, &responder), TSPDM_ERR_UNSUPPORTED);
	asks.strict = TSPDM_STRICT_ALL;
	asks.sequence_order = TSPDM_SEQUENCE_BIG_ENDIAN; /* strict is little-endian */
	assert_int_equal(
		tspdm_requester_init(memory, tspdm_requester_size(), &asks, &requester), TSPDM_ERR_UNSUPPORTED);
	asks.strict = 0;
	asks.sequence_order = TSPDM_SEQUENCE_EITHER; /* who seals has to know */
	assert_int_equal(
		tspdm_requester_init(memory, tspdm_requester_size(), &asks, &requester), TSPDM_ERR_UNSUPPORTED);
	free(memory);
	pair_free(pair);
}

/* ---- Tolerances ---- */

/* Writes the integers of a signature the other way round, as devices of the first editions do. */
static void turn_signature(void *context, struct pair_message *m)
{
	const uint32_t *asym = context;
	size_t len = tspdm_algorithm_size(TSPDM_KIND_ASYM, *asym);
	size_t part = (*asym & (TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P521)) != 0 ? len / 2 : len;

	if (m->is_request || (m->bytes[1] != TSPDM_CHALLENGE_AUTH && m->bytes[1] != TSPDM_MEASUREMENTS))
		return;
	for (uint8_t *at = m->bytes + m->len - len; at < m->bytes + m->len; at += part)
		for (size_t i = 0; i < part / 2; i++) {
			uint8_t byte = at[i];

			at[i] = at[part - 1 - i];
			at[part - 1 - i] = byte;
		}
}

static void turned_signatures_are_taken_before_1_2_unless_strict(void **state)
{
	static const uint32_t asyms[] = { TSPDM_ASYM_ECDSA_P256, TSPDM_ASYM_ECDSA_P521, TSPDM_ASYM_RSASSA_2048,
		TSPDM_ASYM_RSAPSS_2048 };

	(void)state;
	for (unsigned i = 0; i < COUNT(asyms) * 6; i++) {
		const struct pair_options options = { .asym = asyms[i / 6],
			.version = (uint8_t)(TSPDM_V10 + i % 6 / 2),
			.strict = i % 2 != 0 ? TSPDM_STRICT_SIGNATURE_ORDER : 0 };
		bool is_taken = options.version < TSPDM_V12 && options.strict == 0;
		uint32_t asym = options.asym;
		struct pair *pair = pair_new(&options);

		pair->hook = turn_signature;
		pair->hook_context = &asym;
		assert_int_equal(pair_attest(pair), is_taken ? TSPDM_OK : TSPDM_ERR_SIGNATURE);
		assert_int_equal(tspdm_requester_identity(pair->requester)->is_authenticated, is_taken);
		pair_free(pair);
	}
}

static void spoil_signature(void *context, struct pair_message *m)
{
	turn_signature(context, m);
	if (!m->is_request && m->bytes[1] == TSPDM_CHALLENGE_AUTH)
		m->bytes[m->len - 1] ^= 1;
}

static void a_wrong_signature_is_wrong_either_way_round(void **state)
{
	uint32_t asym = TSPDM_ASYM_ECDSA_P256;

	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
		struct pair *pair = pair_new(&(struct pair_options){ .version = version });

		pair->hook = spoil_signature;
		pair->hook_context = &asym;
		assert_int_equal(pair_attest(pair), TSPDM_ERR_SIGNATURE);
		pair_free(pair);
	}
}

static void certificates_in_a_session_of_1_1_are_a_tolerance(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct pair_options options = { .version = i < 2 ? TSPDM_V11 : TSPDM_V12,
			.responder_strict = i % 2 != 0 ? TSPDM_STRICT_IN_SESSION : 0,
			.heartbeat_s = 5,
			.session_capabilities = FULL,
			.dhe = TSPDM_DHE_SECP256R1 };
		struct pair *pair = pair_new(&options);
		bool is_refused = options.version == TSPDM_V11 && options.responder_strict != 0;
		uint32_t id;

		assert_int_equal(pair_open(pair, &id), TSPDM_OK);
		assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
		assert_int_equal(tspdm_requester_get_digests(pair->requester), TSPDM_OK);
		assert_int_equal(pair_run(pair), is_refused ? TSPDM_ERR_PEER : TSPDM_OK);
		if (is_refused)
			assert_int_equal(
				tspdm_requester_error(pair->requester)->peer_error, TSPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(heartbeat(pair, id), TSPDM_OK); /* the session goes on */
		pair_free(pair);
	}
}

static void two_strict_ends_understand_each_other(void **state)
{
	(void)state;
	for (uint8_t version = TSPDM_V10; version <= TSPDM_V12; version++) {
		struct pair *pair = pair_new(&(struct pair_options){ .version = version,
			.strict = TSPDM_STRICT_ALL,
			.responder_strict = TSPDM_STRICT_ALL,
			.session_capabilities = FULL });
		uint32_t id;

		assert_int_equal(pair_attest(pair), TSPDM_OK);
		if (version != TSPDM_V10)
			assert_int_equal(pair_open_another(pair, &id), TSPDM_OK);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_version_of_both_is_taken),
		cmocka_unit_test(a_lowered_version_is_noticed_by_challenge),
		cmocka_unit_test(a_lowered_version_is_noticed_by_key_exchange),
		cmocka_unit_test(a_version_below_what_is_offered_is_refused_at_once),
		cmocka_unit_test(another_version_in_a_header_is_refused),
		cmocka_unit_test(requests_of_later_versions_are_unsupported),
		cmocka_unit_test(in_1_0_there_are_no_sessions),
		cmocka_unit_test(messages_have_the_form_of_their_version),
		cmocka_unit_test(versions_in_which_the_flags_are_illegal_are_not_offered),
		cmocka_unit_test(switches_that_are_not_known_are_refused),
		cmocka_unit_test(turned_signatures_are_taken_before_1_2_unless_strict),
		cmocka_unit_test(a_wrong_signature_is_wrong_either_way_round),
		cmocka_unit_test(certificates_in_a_session_of_1_1_are_a_tolerance),
		cmocka_unit_test(two_strict_ends_understand_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
