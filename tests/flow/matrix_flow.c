/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A flow through all that a requester and a responder do together. */
#include "matrix_flow.h"

#include "psk_rig.h"

static const struct tspdm_binding *const bindings[MATRIX_BINDINGS] = { &tspdm_binding_mctp, &tspdm_binding_doe,
	&tspdm_binding_tcp };
static const char *const binding_names[MATRIX_BINDINGS] = { "mctp", "doe", "tcp" };

static const struct {
	const char *name;
	uint8_t mutual_form;
	bool is_basic, has_key;
	uint32_t psk; /* the responder's PSK_CAP */
} forms[MATRIX_FORMS] = {
	[MATRIX_CERTIFICATE] = { "certificate", 0, false, false, 0 },
	[MATRIX_MUTUAL] = { "mutual", TSPDM_MUTUAL_AUTH, false, false, 0 },
	[MATRIX_MUTUAL_KEY] = { "mutual by provisioned key", TSPDM_MUTUAL_AUTH, false, true, 0 },
	[MATRIX_ENCAPSULATED] = { "mutual, encapsulated", TSPDM_MUTUAL_AUTH_ENCAPSULATED, false, false, 0 },
	[MATRIX_IMPLICIT] = { "mutual, implicit", TSPDM_MUTUAL_AUTH_IMPLICIT, false, false, 0 },
	[MATRIX_BASIC] = { "basic mutual", 0, true, false, 0 },
	[MATRIX_PSK] = { "PSK with context", 0, false, false, WITH_CONTEXT },
	[MATRIX_PSK_ALONE] = { "PSK alone", 0, false, false, ALONE },
};

static const struct {
	enum tspdm_algorithm_kind kind;
	const char *none;
} algorithms[MATRIX_DIMENSIONS] = {
	[MATRIX_ASYM] = { TSPDM_KIND_ASYM, "?" },
	[MATRIX_HASH] = { TSPDM_KIND_HASH, "?" },
	[MATRIX_DHE] = { TSPDM_KIND_DHE, "no DHE" },
	[MATRIX_AEAD] = { TSPDM_KIND_AEAD, "no AEAD" },
	[MATRIX_REQ_ASYM] = { TSPDM_KIND_ASYM, "requester unknown" },
};

static char last[256];

const char *matrix_last(void)
{
	return last;
}

static const char *name_of(const struct matrix_case *c, enum matrix_dimension d)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(algorithms[d].kind, c->value[d]);

	return row != NULL ? row->name : algorithms[d].none;
}

static void remember(const struct matrix_case *c)
{
	const uint32_t *v = c->value;

	snprintf(last, sizeof last, "1.%u %s %s %s %s %s %s%s%s%s%s over %s", v[MATRIX_VERSION] & 0x0F,
		forms[v[MATRIX_FORM]].name, name_of(c, MATRIX_ASYM), name_of(c, MATRIX_HASH), name_of(c, MATRIX_DHE),
		name_of(c, MATRIX_AEAD), name_of(c, MATRIX_REQ_ASYM), v[MATRIX_CLEAR] ? " clear" : "",
		v[MATRIX_MAC_ONLY] ? " MAC-only" : "", v[MATRIX_CHUNKED] ? " chunked" : "",
		v[MATRIX_SLOW] ? " slow" : "", binding_names[v[MATRIX_BINDING]]);
}

/* ---- What there is, and what is legal ---- */

uint32_t matrix_supported(enum matrix_dimension dimension)
{
	struct tspdm_crypto_support support;
	struct tspdm_crypto *crypto;

	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	crypto->ops->supported(crypto, &support);
	tspdm_openssl_free(crypto);
	return dimension == MATRIX_HASH   ? support.hash
	       : dimension == MATRIX_DHE  ? support.dhe
	       : dimension == MATRIX_AEAD ? support.aead
					  : support.asym;
}

static bool is_psk(uint32_t form)
{
	return forms[form].psk != 0;
}

static bool is_mutual(uint32_t form)
{
	return forms[form].mutual_form != 0 || forms[form].is_basic;
}

static bool is_since(const struct matrix_case *c, enum matrix_dimension d)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(algorithms[d].kind, c->value[d]);

	return row == NULL || row->since <= c->value[MATRIX_VERSION];
}

#define KNOWS(known, a) (((known) >> (a)&1U) != 0)

/* What a version has: EdDSA and chunks came with 1.2; 1.0 knows of no sessions and no way to ask the requester anything. */
static bool is_of_version(const struct matrix_case *c, uint32_t known)
{
	static const enum matrix_dimension picked[] = { MATRIX_ASYM, MATRIX_HASH, MATRIX_DHE, MATRIX_AEAD,
		MATRIX_REQ_ASYM };
	const uint32_t *v = c->value;

	for (size_t i = 0; i < COUNT(picked); i++)
		if (KNOWS(known, picked[i]) && !is_since(c, picked[i]))
			return false;
	if (KNOWS(known, MATRIX_CHUNKED) && v[MATRIX_CHUNKED] != 0 && v[MATRIX_VERSION] < TSPDM_V12)
		return false;
	return v[MATRIX_VERSION] > TSPDM_V10 || !KNOWS(known, MATRIX_FORM) || v[MATRIX_FORM] == MATRIX_CERTIFICATE;
}

/* What a form has: Diffie-Hellman and a handshake that may be in the clear, or a pre-shared key; a requester's signature. */
static bool is_of_form(const struct matrix_case *c, uint32_t known)
{
	const uint32_t *v = c->value;

	if (KNOWS(known, MATRIX_DHE) && (v[MATRIX_DHE] == 0) != is_psk(v[MATRIX_FORM]))
		return false;
	if (KNOWS(known, MATRIX_REQ_ASYM) && (v[MATRIX_REQ_ASYM] != 0) != is_mutual(v[MATRIX_FORM]))
		return false;
	return !KNOWS(known, MATRIX_CLEAR) || v[MATRIX_CLEAR] == 0 || !is_psk(v[MATRIX_FORM]);
}

static bool is_of_backend(const struct matrix_case *c, uint32_t known)
{
	const uint32_t *v = c->value;

	if (!KNOWS(known, MATRIX_HASH))
		return true;
	return (!KNOWS(known, MATRIX_ASYM) || pair_can_sign(v[MATRIX_ASYM], v[MATRIX_HASH])) &&
	       (!KNOWS(known, MATRIX_REQ_ASYM) || pair_can_sign(v[MATRIX_REQ_ASYM], v[MATRIX_HASH]));
}

bool matrix_is_legal(const struct matrix_case *c, uint32_t known)
{
	return is_of_backend(c, known) && (!KNOWS(known, MATRIX_VERSION) || is_of_version(c, known)) &&
	       (!KNOWS(known, MATRIX_FORM) || is_of_form(c, known));
}

/* ---- The flow ---- */

static uint32_t capabilities_of(const struct matrix_case *c)
{
	const uint32_t *v = c->value;

	return (is_psk(v[MATRIX_FORM]) ? 0U : (uint32_t)TSPDM_CAP_KEY_EX) | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT |
	       TSPDM_CAP_KEY_UPD | (v[MATRIX_MAC_ONLY] != 0 ? 0U : (uint32_t)TSPDM_CAP_ENCRYPT) |
	       (v[MATRIX_CLEAR] != 0 ? (uint32_t)TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR : 0U);
}

static struct pair *new_pair(const struct matrix_case *c)
{
	const uint32_t *v = c->value, form = v[MATRIX_FORM];
	const struct pair_options options = { .version = (uint8_t)v[MATRIX_VERSION],
		.asym = v[MATRIX_ASYM],
		.hash = v[MATRIX_HASH],
		.dhe = v[MATRIX_DHE],
		.aead = v[MATRIX_AEAD],
		.requester_asym = v[MATRIX_REQ_ASYM],
		.mutual_form = forms[form].mutual_form,
		.basic_mutual = forms[form].is_basic,
		.has_requester_key = forms[form].has_key,
		.binding = bindings[v[MATRIX_BINDING]],
		.transfer = v[MATRIX_CHUNKED] != 0 ? TSPDM_MIN_DATA_TRANSFER_SIZE : 0,
		.signature_delay_us = v[MATRIX_SLOW] != 0 ? 30000 : 0,
		.requester_delay_us = v[MATRIX_SLOW] != 0 ? 20000 : 0,
		.heartbeat_s = 200,
		.session_capabilities = v[MATRIX_VERSION] == TSPDM_V10 ? 0 : capabilities_of(c) };

	return is_psk(form) ? psk_pair(forms[form].psk, options) : pair_new(&options);
}

static void check_negotiated(struct pair *pair, const struct matrix_case *c)
{
	const struct tspdm_negotiated *n = tspdm_requester_negotiated(pair->requester);
	const uint32_t *v = c->value;

	assert_int_equal(n->version, v[MATRIX_VERSION]);
	assert_int_equal(n->asym, v[MATRIX_ASYM]);
	assert_int_equal(n->hash, v[MATRIX_HASH]);
	assert_int_equal(n->dhe, v[MATRIX_DHE]);
	assert_int_equal(n->aead, v[MATRIX_AEAD]);
	assert_int_equal(n->req_asym, v[MATRIX_REQ_ASYM]);
}

/* Both agree on who the requester is, or that it is nobody. */
static void check_requester(struct pair *pair, const struct matrix_case *c, uint32_t session)
{
	const struct tspdm_requester_identity *who = tspdm_responder_requester(pair->responder);
	bool has_key = forms[c->value[MATRIX_FORM]].has_key, is_in_session = session != 0;

	if (!is_mutual(c->value[MATRIX_FORM])) {
		assert_false(who->is_authenticated);
		return;
	}
	assert_true(who->is_authenticated);
	assert_int_equal(who->is_provisioned, c->value[MATRIX_FORM] == MATRIX_MUTUAL || has_key);
	assert_int_equal(who->is_anchored, !has_key);
	assert_int_equal(who->slot, has_key ? TSPDM_SLOT_PUBLIC_KEY : 0);
	assert_int_equal(who->session, is_in_session ? session : 0);
	assert_int_equal(who->spki.len, pair->requester_slot.spki.len);
	assert_memory_equal(who->spki.ptr, pair->requester_slot.spki.ptr, who->spki.len);
	assert_int_equal(who->digest.len, tspdm_algorithm_size(TSPDM_KIND_HASH, c->value[MATRIX_HASH]));
}

static void attest(struct pair *pair, const struct matrix_case *c)
{
	bool is_basic = c->value[MATRIX_FORM] == MATRIX_BASIC;

	assert_int_equal(pair_connect(pair), TSPDM_OK);
	check_negotiated(pair, c);
	assert_int_equal(pair_authenticate(pair), TSPDM_OK);
	assert_true(tspdm_requester_identity(pair->requester)->is_authenticated);
	assert_true(tspdm_requester_identity(pair->requester)->is_anchored);
	assert_int_equal(tspdm_requester_identity(pair->requester)->is_mutual, is_basic);
	if (is_basic)
		check_requester(pair, c, 0);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	if (c->value[MATRIX_CHUNKED] == 0) /* the observer takes part */
		assert_true(pair->seen_ok >= 2);
	if (c->value[MATRIX_SLOW] != 0)
		assert_true(pair->not_ready >= 2);
}

static void check_session(struct pair *pair, const struct matrix_case *c, uint32_t id)
{
	const uint32_t *v = c->value;
	bool is_mutual_session = forms[v[MATRIX_FORM]].mutual_form != 0;
	struct tspdm_session_info info;
	struct tspdm_served_session served;

	assert_int_equal(tspdm_requester_session(pair->requester, id, &info), TSPDM_OK);
	assert_int_equal(tspdm_responder_session(pair->responder, id, &served), TSPDM_OK);
	assert_int_equal(info.is_psk, is_psk(v[MATRIX_FORM]));
	assert_int_equal(info.is_mac_only, v[MATRIX_MAC_ONLY]);
	assert_int_equal(info.is_handshake_clear, v[MATRIX_CLEAR]);
	assert_int_equal(info.is_mutual, is_mutual_session);
	assert_int_equal(info.summary_len, tspdm_algorithm_size(TSPDM_KIND_HASH, v[MATRIX_HASH]));
	assert_int_equal(served.is_mac_only, info.is_mac_only);
	assert_int_equal(served.is_handshake_clear, info.is_handshake_clear);
	assert_int_equal(served.is_mutual, is_mutual_session);
	if (is_mutual_session)
		check_requester(pair, c, id);
}

static void open_session(struct pair *pair, const struct matrix_case *c, uint32_t *id)
{
	if (is_psk(c->value[MATRIX_FORM]))
		assert_int_equal(open_by_psk(pair, first_hint, id), TSPDM_OK);
	else
		assert_int_equal(pair_open_another(pair, id), TSPDM_OK);
	check_session(pair, c, *id);
}

static void measure_in_session(struct pair *pair, uint32_t id)
{
	assert_int_equal(tspdm_requester_use_session(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false), TSPDM_OK);
	assert_true(tspdm_requester_measured(pair->requester)->is_verified);
	assert_int_equal(tspdm_requester_use_session(pair->requester, 0), TSPDM_OK);
}

static void exchange_application_data(struct pair *pair, uint32_t id)
{
	static const uint8_t data[] = { 0x7E, 1, 2, 3, 0x7F };
	uint8_t record[128];
	struct tspdm_buffer out = { record, sizeof record, 0 };
	struct tspdm_view message = { data, sizeof data };
	unsigned taken = pair->taken;
	size_t len;

	assert_int_equal(tspdm_requester_seal(pair->requester, id, message, &out), TSPDM_OK);
	len = pair_ask(pair, TSPDM_KIND_SECURED, tspdm_buffer_view(&out), room);
	assert_int_equal(pair->taken, taken + 1);
	assert_int_equal(
		tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, (struct tspdm_view){ room, len }), TSPDM_OK);
	assert_int_equal(pair->taken_back_len, sizeof data);
	assert_int_equal(pair->taken_back[0], 0x7F); /* the other way round */
	assert_int_equal(tspdm_responder_seal(pair->responder, id, message, &out), TSPDM_OK);
	assert_int_equal(tspdm_requester_input(pair->requester, TSPDM_KIND_SECURED, tspdm_buffer_view(&out)), TSPDM_OK);
	assert_memory_equal(pair->taken_back, data, sizeof data);
}

/* The responder's own update: it has to ask for it, by an encapsulated request. */
static void update_by_responder(struct pair *pair, uint32_t id)
{
	assert_int_equal(tspdm_responder_ask_key_update(pair->responder, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_serve_encapsulated(pair->requester, id), TSPDM_OK);
	assert_int_equal(pair_run(pair), TSPDM_OK);
	assert_int_equal(tspdm_requester_served(pair->requester), 2);
}

static void check_exported(struct pair *pair, uint32_t id)
{
	uint8_t ours[TSPDM_HASH_MAX] = { 0 }, theirs[TSPDM_HASH_MAX] = { 1 };
	struct tspdm_buffer a = { ours, sizeof ours, 0 }, b = { theirs, sizeof theirs, 0 };

	assert_int_equal(tspdm_requester_export_secret(pair->requester, id, &a), TSPDM_OK);
	assert_int_equal(tspdm_responder_export_secret(pair->responder, id, &b), TSPDM_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(ours, theirs, a.len);
}

static void use_session(struct pair *pair, const struct matrix_case *c, uint32_t id)
{
	bool has_application = c->value[MATRIX_BINDING] != 1; /* records of DOE carry SPDM alone */

	assert_int_equal(heartbeat(pair, id), TSPDM_OK);
	assert_int_equal(update(pair, id, true), TSPDM_OK);
	assert_int_equal(update(pair, id, false), TSPDM_OK);
	if (is_mutual(c->value[MATRIX_FORM]))
		update_by_responder(pair, id);
	measure_in_session(pair, id);
	if (has_application)
		exchange_application_data(pair, id);
	check_exported(pair, id);
	assert_int_equal(close_session(pair, id), TSPDM_OK);
	check_no_session(pair);
}

void matrix_run(const struct matrix_case *c)
{
	struct pair *pair;
	uint32_t id;

	remember(c);
	pair = new_pair(c);
	attest(pair, c);
	if (c->value[MATRIX_VERSION] > TSPDM_V10) {
		open_session(pair, c, &id);
		use_session(pair, c, id);
	}
	assert_int_equal(pair->seen_bad, 0);
	pair_free(pair);
}
