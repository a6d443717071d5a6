/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SM2, SM3 and SM4: what the backend may have, and nobody offers or selects unless the configuration names it. */
#include "core/negotiation.h"
#include "session_rig.h"

#define V11 TSPDM_VERSION_BIT(TSPDM_V11)

static bool has_sm(void)
{
	struct tspdm_crypto_support support;
	struct tspdm_crypto *crypto;

	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	crypto->ops->supported(crypto, &support);
	tspdm_openssl_free(crypto);
	return (support.asym & TSPDM_ASYM_SM2) != 0 && (support.hash & TSPDM_HASH_SM3) != 0;
}

/* ---- The rule ---- */

static void only_sm_is_left_out_of_the_defaults(void **state)
{
	static const struct {
		enum tspdm_algorithm_kind kind;
		uint32_t left_out;
	} rows[] = {
		{ TSPDM_KIND_ASYM, TSPDM_ASYM_SM2 },
		{ TSPDM_KIND_HASH, TSPDM_HASH_SM3 },
		{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_HASH_SM3 << 1 },
		{ TSPDM_KIND_DHE, TSPDM_DHE_SM2_P256 },
		{ TSPDM_KIND_AEAD, TSPDM_AEAD_SM4_GCM },
		{ TSPDM_KIND_KEY_SCHEDULE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(tspdm_default_algorithms(rows[i].kind, UINT32_MAX), ~rows[i].left_out);
}

/* ---- The requester ---- */

struct seen {
	struct tspdm_negotiate_algorithms offer;
	bool has_offer;
};

static void look_at_offer(void *context, struct pair_message *m)
{
	struct seen *seen = context;
	struct tspdm_shape shape = { .version = TSPDM_V12 };
	size_t used;

	if (!m->is_request || m->bytes[1] != TSPDM_NEGOTIATE_ALGORITHMS)
		return;
	seen->has_offer = true;
	assert_int_equal(
		tspdm_read_negotiate_algorithms((struct tspdm_view){ m->bytes, m->len }, &shape, &seen->offer, &used),
		TSPDM_OK);
}

static void a_requester_offers_none_of_it_by_itself(void **state)
{
	struct seen seen = { .has_offer = false };
	struct pair *pair = pair_new(
		&(struct pair_options){ .session_capabilities = FULL, .mutual_form = TSPDM_MUTUAL_AUTH, .retries = 1 });
	const uint16_t *tables = seen.offer.tables.supported;

	(void)state;
	pair->hook = look_at_offer;
	pair->hook_context = &seen;
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_true(seen.has_offer);
	assert_true(seen.offer.base_asym != 0 && seen.offer.base_hash != 0 && tables[TSPDM_ALG_AEAD] != 0);
	assert_int_equal(seen.offer.base_asym & TSPDM_ASYM_SM2, 0);
	assert_int_equal(seen.offer.base_hash & TSPDM_HASH_SM3, 0);
	assert_int_equal(tables[TSPDM_ALG_DHE] & TSPDM_DHE_SM2_P256, 0);
	assert_int_equal(tables[TSPDM_ALG_AEAD] & TSPDM_AEAD_SM4_GCM, 0);
	assert_int_equal(tables[TSPDM_ALG_REQ_ASYM] & TSPDM_ASYM_SM2, 0);
	pair_free(pair);
}

/* ---- The responder ---- */

static void a_responder_selects_none_of_it_by_itself(void **state)
{
	struct pair *pair;

	(void)state;
	if (!has_sm())
		skip();
	pair = pair_new(&(struct pair_options){ .hash = TSPDM_HASH_SM3, .leaves_open = true });
	assert_int_equal(pair_connect(pair), TSPDM_ERR_NO_COMMON_ALGORITHM);
	pair_free(pair);
}

static void where_both_name_it_with_others_it_comes_last(void **state)
{
	struct pair *pair;

	(void)state;
	if (!has_sm())
		skip();
	pair = pair_new(&(struct pair_options){ .hash = TSPDM_HASH_SHA3_256 | TSPDM_HASH_SM3 });
	assert_int_equal(pair_connect(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->hash, TSPDM_HASH_SHA3_256);
	pair_free(pair);
	pair = pair_new(&(struct pair_options){ .hash = TSPDM_HASH_SM3 });
	assert_int_equal(pair_attest(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->hash, TSPDM_HASH_SM3);
	assert_int_equal(tspdm_requester_negotiated(pair->requester)->measurement_hash, TSPDM_HASH_SM3 << 1);
	pair_free(pair);
}

static enum tspdm_status init_responder(struct pair *pair, const struct tspdm_slot *slot, uint32_t asym)
{
	struct tspdm_basic_device device;
	struct tspdm_responder *responder;
	const struct tspdm_responder_config config = { .size = sizeof config,
		.crypto = pair->crypto,
		.device = &device.base,
		.binding = &tspdm_binding_mctp,
		.asym = asym };
	void *memory = malloc(tspdm_responder_size());
	enum tspdm_status status;

	tspdm_basic_device_init(&device);
	device.slots[0] = *slot;
	assert_non_null(memory);
	status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);
	free(memory);
	return status;
}

static void a_key_for_sm2_alone_has_to_be_named(void **state)
{
	struct pair *pair;

	(void)state;
	if (!has_sm())
		skip();
	pair = pair_new(&(struct pair_options){ .asym = TSPDM_ASYM_SM2 });
	assert_int_equal(init_responder(pair, &pair->device.slots[0], 0), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(init_responder(pair, &pair->device.slots[0], TSPDM_ASYM_SM2), TSPDM_OK);
	pair_free(pair);
}

/* ---- Before 1.2 ---- */

static void before_1_2_there_is_nothing_to_select(void **state)
{
	struct pair *pair;

	(void)state;
	if (!has_sm())
		skip();
	pair = pair_new(&(struct pair_options){ .asym = TSPDM_ASYM_SM2, .requester_versions = V11 });
	assert_int_equal(pair_connect(pair), TSPDM_ERR_NO_COMMON_ALGORITHM);
	pair_free(pair);
	pair = pair_new(&(struct pair_options){ .hash = TSPDM_HASH_SM3, .requester_versions = V11 });
	assert_int_equal(pair_connect(pair), TSPDM_ERR_NO_COMMON_ALGORITHM);
	pair_free(pair);
}

/* A device whose digests are by SM3 has no name for that before 1.2: no measurements then, rather than misnamed ones. */
static void measurements_by_sm3_do_not_go_by_another_name(void **state)
{
	const struct algorithm_offer own = {
		.asym = TSPDM_ASYM_ECDSA_P256, .hash = TSPDM_HASH_SHA256, .measurement_hash = TSPDM_HASH_SM3 << 1
	};
	const struct algorithm_needs needs = { .asym = true, .hash = true, .measurement = true };
	const struct tspdm_negotiate_algorithms offered = { .measurement_specification = TSPDM_MEASUREMENT_SPEC_DMTF,
		.base_asym = TSPDM_ASYM_ECDSA_P256,
		.base_hash = TSPDM_HASH_SHA256 };
	struct tspdm_algorithms out;

	(void)state;
	assert_int_equal(tspdm_select_algorithms(&own, &needs, TSPDM_V12, &offered, &out), TSPDM_OK);
	assert_int_equal(out.measurement_specification, TSPDM_MEASUREMENT_SPEC_DMTF);
	assert_int_equal(out.measurement_hash, TSPDM_HASH_SM3 << 1);
	assert_int_equal(tspdm_select_algorithms(&own, &needs, TSPDM_V11, &offered, &out), TSPDM_OK);
	assert_int_equal(out.measurement_specification, 0);
	assert_int_equal(out.measurement_hash, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_sm_is_left_out_of_the_defaults),
		cmocka_unit_test(a_requester_offers_none_of_it_by_itself),
		cmocka_unit_test(a_responder_selects_none_of_it_by_itself),
		cmocka_unit_test(where_both_name_it_with_others_it_comes_last),
		cmocka_unit_test(a_key_for_sm2_alone_has_to_be_named),
		cmocka_unit_test(before_1_2_there_is_nothing_to_select),
		cmocka_unit_test(measurements_by_sm3_do_not_go_by_another_name),
	};
	int failed = cmocka_run_group_tests_name("unasked", tests, NULL, NULL);

	pair_end();
	return failed;
}
