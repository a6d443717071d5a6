/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attested channels under attack: a man in the middle who speaks to the verifier with a key of his own, or with one that he
 * stole from the honest attester, and who gets whatever evidence he wants from the honest attester over a session of his own.
 * He answers as a responder whose evidence comes from there. Each attack is refused for its own reason; the one that no
 * check of certificates and measurements can see is shown to pass those, and is stopped by the session's binding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/appraisal.h>

#include "pair.h"
#include "responder/responder.h"

#define SECURE (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The man in the middle's TEE: it shows what he has got, whatever it is asked for ---- */

struct forger {
	struct tspdm_evidence_source base;
	struct tspdm_evidence shown;
	uint8_t raw[PAIR_MESSAGE_MAX];
	size_t raw_len;
	/* How he gets it, with the report data that would be right; NULL: he has it already. */
	enum tspdm_status (*fetch)(struct forger *forger, const uint8_t *wanted);
	void *context;
};

static enum tspdm_status keep(struct forger *f, const struct tspdm_evidence *evidence)
{
	struct tspdm_buffer raw = { f->raw, sizeof f->raw, 0 };

	assert_int_equal(tspdm_write_evidence(&raw, evidence), TSPDM_OK);
	f->raw_len = raw.len;
	return tspdm_read_evidence(tspdm_buffer_view(&raw), &f->shown);
}

static enum tspdm_status forge_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct forger *f = (struct forger *)source;

	*out = NULL;
	return f->fetch != NULL ? f->fetch(f, report_data) : TSPDM_OK;
}

static enum tspdm_status forge_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	(void)job;
	*retry_us = 0;
	*out = ((struct forger *)source)->shown;
	return TSPDM_OK;
}

static void forge_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	(void)source, (void)job;
}

static const struct tspdm_evidence_source_ops forge_ops = {
	.size = sizeof forge_ops,
	.name = "forger",
	.tee = TSPDM_TEE_SEV_SNP,
	.begin = forge_begin,
	.poll = forge_poll,
	.end = forge_end,
};

/* ---- Who takes part ---- */

struct scene {
	struct pair *honest; /* the honest attester, and the man in the middle's own requester at it */
	struct pair *victim; /* the verifier, and the man in the middle as its responder */
	struct forger forger;
	uint32_t honest_session, victim_session;
	uint8_t room[PAIR_MESSAGE_MAX];
};

static void open_session(struct pair *pair, uint32_t *id)
{
	assert_int_equal(pair_open(pair, id), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(pair->requester, *id), TSPDM_OK);
}

/* He has the honest attester's key, or one of his own that the verifier's authority certified just the same. */
static struct scene *scene_new(bool has_honest_key)
{
	const struct pair_options honest = {
		.has_evidence = true, .session_capabilities = SECURE, .asym = TSPDM_ASYM_ECDSA_P256
	};
	struct pair_options victim = honest;
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	if (!has_honest_key)
		victim.asym = TSPDM_ASYM_ECDSA_P384;
	s->honest = pair_new(&honest);
	s->victim = pair_new(&victim);
	s->forger.base.ops = &forge_ops;
	s->forger.context = s;
	s->victim->device.evidence = &s->forger.base;
	open_session(s->honest, &s->honest_session);
	open_session(s->victim, &s->victim_session);
	return s;
}

static void scene_free(struct scene *s)
{
	s->victim->device.evidence = s->victim->evidence;
	pair_free(s->honest);
	pair_free(s->victim);
	free(s);
}

static enum tspdm_status get(struct pair *pair, uint8_t *room)
{
	const struct tspdm_get_evidence job = {
		.flags = TSPDM_EVIDENCE_WANT_CERTIFICATES, .room = room, .room_cap = PAIR_MESSAGE_MAX
	};

	TSPDM_TRY(tspdm_requester_get_evidence(pair->requester, &job));
	return pair_run(pair);
}

/* ---- What the verifier makes of it ---- */

struct outcome {
	struct tspdm_any_finding finding;
	struct tspdm_verdict verdict;
};

static const char *const demands[] = { "none", "required" };

/* A policy that trusts this guest, and demands the session's binding or does not. */
static struct tspdm_policy *policy_with(bool session_required, bool measurement_required)
{
	char text[1024], why[256];
	struct tspdm_policy *policy;
	int len = snprintf(text, sizeof text,
		"{ \"version\": 1, \"anchors\": { \"snp\": [], \"standin\": [\"builtin\"] }, \"accept\": [ { "
		"\"tee\": \"sev-snp\", \"product\": \"any\", \"measurement\": \"any\", \"min_tcb\": \"any\","
		" \"policy\": { \"debug\": false, \"migrate_ma\": false, \"smt\": true }, \"vmpl\": \"any\","
		" \"host_data\": \"any\", \"signer\": [\"vcek\"], \"require_crl\": false } ],"
		" \"binding\": { \"certificate\": \"none\", \"measurement\": \"%s\", \"session\": \"%s\" } }",
		demands[measurement_required], demands[session_required]);

	if (tspdm_policy_read((struct tspdm_view){ (const uint8_t *)text, (size_t)len }, &policy, why, sizeof why) !=
		TSPDM_OK)
		fail_msg("%s", why);
	return policy;
}

static void verify(struct tspdm_view raw, struct tspdm_any_finding *finding)
{
	const struct tspdm_verify_input input = {
		.size = sizeof input, .evidence = raw, .allow_standin = true, .time = (int64_t)time(NULL)
	};

	(void)!tspdm_verify_evidence(&input, finding);
}

static struct tspdm_subject subject_of(const struct pair *pair)
{
	return (struct tspdm_subject){ .name = "the peer",
		.negotiated = tspdm_requester_negotiated(pair->requester),
		.identity = tspdm_requester_identity(pair->requester),
		.evidence_wanted = true,
		.time = (int64_t)time(NULL) };
}

/* The verifier's final verdict on what it was shown in its session. */
static struct outcome *judge_session(struct pair *pair)
{
	struct outcome *o = calloc(1, sizeof *o);
	struct tspdm_subject *subject = calloc(1, sizeof *subject);
	struct tspdm_policy *policy = policy_with(true, false);
	struct tspdm_session_check check = { .crypto = pair->crypto, .requester = pair->requester };
	static uint8_t raw[PAIR_MESSAGE_MAX];
	struct tspdm_buffer whole = { raw, sizeof raw, 0 };

	assert_true(o != NULL && subject != NULL);
	*subject = subject_of(pair);
	assert_int_equal(tspdm_write_evidence(&whole, &tspdm_requester_evidence(pair->requester)->evidence), TSPDM_OK);
	verify(tspdm_buffer_view(&whole), &o->finding);
	subject->session_evidence = check.found = o->finding.found;
	tspdm_check_session_binding(&check, &subject->binding);
	tspdm_appraise(policy, subject, &o->verdict);
	tspdm_policy_free(policy);
	free(subject);
	return o;
}

static void expect_refusal(struct pair *pair, const char *reason)
{
	struct outcome *o = judge_session(pair);
	const struct tspdm_check *check = tspdm_checks_find(&o->verdict.checks, "binding.session");

	assert_int_equal(tspdm_found_base(&o->finding.found)->status, TSPDM_OK); /* genuine, and yet */
	assert_non_null(check);
	assert_int_equal(o->verdict.kind, TSPDM_VERDICT_REJECT);
	assert_int_equal(o->verdict.status, TSPDM_ERR_EVIDENCE_NONCE);
	if (strstr(check->detail, reason) == NULL || strstr(o->verdict.reason, reason) == NULL)
		fail_msg("refused, but since \"%s\", not \"%s\"", check->detail, reason);
	free(o);
}

/* ---- Without an attack ---- */

static void the_honest_attester_is_accepted(void **state)
{
	struct scene *s = scene_new(true);
	struct outcome *o;

	(void)state;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	o = judge_session(s->honest);
	if (o->verdict.kind != TSPDM_VERDICT_WARN) /* a software TEE */
		fail_msg("%s", o->verdict.reason);
	free(o);
	scene_free(s);
}

/* ---- Relay: evidence is fetched from the honest attester while the verifier waits ---- */

static enum tspdm_status fetch_by_session(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;

	(void)wanted; /* what would be right cannot be asked for: the honest attester computes its own */
	TSPDM_TRY(get(s->honest, s->room));
	return keep(f, &tspdm_requester_evidence(s->honest->requester)->evidence);
}

static void evidence_relayed_from_another_session_is_refused(void **state)
{
	(void)state;
	for (unsigned has_key = 0; has_key < 2; has_key++) {
		struct scene *s = scene_new(has_key != 0);

		s->forger.fetch = fetch_by_session;
		assert_int_equal(get(s->victim, s->room), TSPDM_OK);
		expect_refusal(s->victim, "not made in this session");
		scene_free(s);
	}
}

/* He forwards the verifier's own nonce by hand, with the messages of his own session. */
static enum tspdm_status fetch_with_victims_nonce(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;
	uint8_t id[4] = { 0xD9, 0x7E, 0, 0 }, payload[64], answer_room[PAIR_MESSAGE_MAX];
	struct tspdm_buffer ask = { payload, sizeof payload, 0 }, answer_bytes = { answer_room, sizeof answer_room, 0 };
	struct tspdm_evidence_request request = { .opcode = TSPDM_EVIDENCE_GET,
		.flags = TSPDM_EVIDENCE_WANT_CERTIFICATES };
	struct tspdm_evidence_answer answer;
	struct tspdm_evidence evidence;
	struct tspdm_vendor_defined message = { .standard_id = TSPDM_EVIDENCE_STANDARD,
		.vendor_id = { id, sizeof id } };

	(void)wanted;
	request.nonce = *(const struct tspdm_view *)s->victim->hook_context;
	TSPDM_TRY(tspdm_write_evidence_request(&ask, &request));
	message.payload = tspdm_buffer_view(&ask);
	TSPDM_TRY(tspdm_requester_vendor(s->honest->requester, &message, &answer_bytes));
	TSPDM_TRY(pair_run(s->honest));
	TSPDM_TRY(tspdm_read_evidence_answer(tspdm_buffer_view(&answer_bytes), &answer));
	TSPDM_TRY(tspdm_evidence_of_items(answer.items, &evidence));
	return keep(f, &evidence);
}

/* Even so: the nonce is right, the session is not. The responder that he is knows the nonce from its own session. */
static enum tspdm_status fetch_same_nonce(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;
	struct tspdm_view nonce = { s->victim->responder->evidence.nonce, TSPDM_NONCE_LEN };

	s->victim->hook_context = &nonce;
	return fetch_with_victims_nonce(f, wanted);
}

static void a_relay_that_forwards_the_nonce_is_refused(void **state)
{
	struct scene *s = scene_new(true);

	(void)state;
	s->forger.fetch = fetch_same_nonce;
	assert_int_equal(get(s->victim, s->room), TSPDM_OK);
	expect_refusal(s->victim, "not made in this session");
	scene_free(s);
}

/* ---- Replay ---- */

static void old_evidence_of_the_same_session_is_refused(void **state)
{
	struct scene *s = scene_new(true);

	(void)state;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	assert_int_equal(keep(&s->forger, &tspdm_requester_evidence(s->honest->requester)->evidence), TSPDM_OK);
	s->honest->device.evidence = &s->forger.base; /* the host shows its TEE's old quote once more */
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	expect_refusal(s->honest, "replayed");
	s->honest->device.evidence = s->honest->evidence;
	scene_free(s);
}

static void evidence_of_an_earlier_session_of_the_same_peers_is_refused(void **state)
{
	struct scene *s = scene_new(true);
	uint32_t second;

	(void)state;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	assert_int_equal(keep(&s->forger, &tspdm_requester_evidence(s->honest->requester)->evidence), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(s->honest->requester, 0), TSPDM_OK);
	assert_int_equal(pair_open_another(s->honest, &second), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(s->honest->requester, second), TSPDM_OK);
	s->honest->device.evidence = &s->forger.base;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	expect_refusal(s->honest, "not made in this session");
	s->honest->device.evidence = s->honest->evidence;
	scene_free(s);
}

/* ---- The right TEE, asked for the wrong thing ---- */

enum wrong { WRONG_ROLE, WRONG_NONCE, WRONG_SESSION, WRONG_CHANNEL, MEASUREMENT, CERTIFICATE };

static struct tspdm_view nonce_of(const struct pair *pair)
{
	return (struct tspdm_view){ pair->responder->evidence.nonce, TSPDM_NONCE_LEN };
}

/* Report data that a TEE with code of the attacker's could be given. */
static void wrong_report_data(const struct scene *s, enum wrong what, uint8_t *out)
{
	static const uint8_t other[TSPDM_NONCE_LEN] = { 1 };
	static const uint8_t claims[] = { 0xA0 };
	const struct pair *v = s->victim;
	const struct tspdm_view none = { NULL, 0 };
	struct tspdm_view nonce = what == WRONG_NONCE ? (struct tspdm_view){ other, sizeof other } : nonce_of(v);
	struct tspdm_measurement_binding measurement = { .role = TSPDM_ROLE_RESPONDER,
		.version = TSPDM_V12,
		.spki = tspdm_requester_identity(v->requester)->spki,
		.nonce = nonce };

	if (what == MEASUREMENT)
		assert_int_equal(tspdm_bind_measurement_evidence(v->crypto, &measurement, out), TSPDM_OK);
	else if (what == CERTIFICATE)
		assert_int_equal(
			tspdm_bind_certificate_evidence(v->crypto, (struct tspdm_view){ claims, sizeof claims }, out),
			TSPDM_OK);
	else if (what == WRONG_SESSION)
		assert_int_equal(tspdm_responder_bind_evidence(s->honest->responder, s->honest_session,
					 TSPDM_ROLE_RESPONDER, nonce, none, out),
			TSPDM_OK);
	else
		assert_int_equal(tspdm_responder_bind_evidence(v->responder, s->victim_session,
					 what == WRONG_ROLE ? TSPDM_ROLE_REQUESTER : TSPDM_ROLE_RESPONDER, nonce,
					 what == WRONG_CHANNEL ? nonce : none, out),
			TSPDM_OK);
}

static enum wrong wrong_now;

static enum tspdm_status fetch_wrong(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;
	struct tspdm_evidence_source *tee = s->victim->evidence;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	uint32_t retry_us;

	wrong_report_data(s, wrong_now, report_data);
	assert_memory_not_equal(report_data, wanted, sizeof report_data);
	TSPDM_TRY(tee->ops->begin(tee, report_data, &job));
	assert_int_equal(tee->ops->poll(tee, job, &evidence, &retry_us), TSPDM_OK);
	TSPDM_TRY(keep(f, &evidence));
	tee->ops->end(tee, job);
	return TSPDM_OK;
}

static void evidence_made_for_something_else_is_refused_for_what_it_is(void **state)
{
	static const struct {
		enum wrong what;
		const char *reason;
	} cases[] = {
		{ WRONG_ROLE, "reflected" },
		{ WRONG_NONCE, "not made in this session for this nonce" },
		{ WRONG_SESSION, "not made in this session for this nonce" },
		{ WRONG_CHANNEL, "not made in this session for this nonce" },
		{ MEASUREMENT, "made for measurements, not for a session" },
		{ CERTIFICATE, "made for a certificate, not for a session" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scene *s = scene_new(true);

		wrong_now = cases[i].what;
		s->forger.fetch = fetch_wrong;
		assert_int_equal(get(s->victim, s->room), TSPDM_OK);
		expect_refusal(s->victim, cases[i].reason);
		scene_free(s);
	}
}

/* ---- What else tells where it comes from ---- */

static struct tspdm_any_finding *found_in(const struct tspdm_evidence *evidence)
{
	struct tspdm_any_finding *finding = calloc(1, sizeof *finding);
	static uint8_t raw[2][PAIR_MESSAGE_MAX];
	static unsigned turn;
	struct tspdm_buffer whole = { raw[turn++ % 2], PAIR_MESSAGE_MAX, 0 };

	assert_non_null(finding);
	assert_int_equal(tspdm_write_evidence(&whole, evidence), TSPDM_OK);
	verify(tspdm_buffer_view(&whole), finding);
	return finding;
}

static void expect_reason(struct tspdm_session_check *check, enum tspdm_status status, const char *reason)
{
	struct tspdm_checks *checks = calloc(1, sizeof *checks);

	assert_non_null(checks);
	tspdm_check_session_binding(check, checks);
	assert_int_equal(checks->count, 1);
	assert_int_equal(checks->items[0].status, status);
	if (strstr(checks->items[0].detail, reason) == NULL)
		fail_msg("\"%s\", not \"%s\"", checks->items[0].detail, reason);
	free(checks);
}

/* The man in the middle is a TEE too, and shows another one's evidence in his session. */
static void evidence_of_another_machine_than_the_certificate_s_is_told_to_be_relayed(void **state)
{
	const struct tspdm_soft_tee_config config = { .size = sizeof config, .seed = 9 };
	const uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { 1 };
	struct scene *s = scene_new(false);
	struct tspdm_session_check check = { .crypto = s->victim->crypto, .requester = s->victim->requester };
	struct tspdm_any_finding *relayed, *own;
	struct tspdm_evidence_source *tee;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	(void)state;
	s->forger.fetch = fetch_by_session;
	assert_int_equal(get(s->victim, s->room), TSPDM_OK);
	assert_int_equal(tspdm_soft_tee_new(&config, &tee), TSPDM_OK);
	assert_int_equal(tee->ops->begin(tee, report_data, &job), TSPDM_OK);
	assert_int_equal(tee->ops->poll(tee, job, &evidence, &retry_us), TSPDM_OK);
	relayed = found_in(&tspdm_requester_evidence(s->victim->requester)->evidence);
	own = found_in(&evidence);
	check.found = relayed->found;
	expect_reason(&check, TSPDM_ERR_EVIDENCE_NONCE, "not made in this session");
	check.other = own->found;
	expect_reason(&check, TSPDM_ERR_EVIDENCE_KEY, "another attester's, made elsewhere (relayed)");
	tee->ops->end(tee, job);
	tspdm_soft_tee_free(tee);
	free(relayed);
	free(own);
	scene_free(s);
}

/* A proxy that ends TLS has another exporter on each side, and evidence without any is not good enough. */
static void evidence_not_bound_to_the_tls_connection_is_refused(void **state)
{
	static const uint8_t exporter[32] = { 7 }, elsewhere[32] = { 8 };
	struct scene *s = scene_new(true);
	struct tspdm_session_check check = { .crypto = s->honest->crypto, .requester = s->honest->requester };
	struct tspdm_any_finding *finding;

	(void)state;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	finding = found_in(&tspdm_requester_evidence(s->honest->requester)->evidence);
	check.found = finding->found;
	expect_reason(&check, TSPDM_OK, "commits to this session");
	check.channel = (struct tspdm_view){ exporter, sizeof exporter };
	expect_reason(&check, TSPDM_ERR_EVIDENCE_NONCE, "not bound to the TLS connection");
	free(finding);

	s->honest->responder->config.channel = check.channel;
	assert_int_equal(get(s->honest, s->room), TSPDM_OK);
	finding = found_in(&tspdm_requester_evidence(s->honest->requester)->evidence);
	check.found = finding->found;
	expect_reason(&check, TSPDM_OK, "and to the TLS connection around it");
	check.channel.ptr = elsewhere;
	expect_reason(&check, TSPDM_ERR_EVIDENCE_NONCE, "not made in this session");
	free(finding);
	scene_free(s);
}

/* ---- Key swap: the session binding names the keys of KEY_EXCHANGE ---- */

static void a_session_with_another_key_has_another_binding(void **state)
{
	struct scene *s = scene_new(false);
	struct tspdm_session_binding binding = { .role = TSPDM_ROLE_RESPONDER, .version = TSPDM_V12, .session_id = 1 };
	static const uint8_t th2[48] = { 2 }, exporter[TSPDM_EVIDENCE_EXPORTER_LEN] = { 3 }, nonce[TSPDM_NONCE_LEN];
	uint8_t honest[TSPDM_REPORT_DATA_LEN], swapped[TSPDM_REPORT_DATA_LEN];

	(void)state;
	binding.hash = TSPDM_HASH_SHA384;
	binding.th2 = (struct tspdm_view){ th2, sizeof th2 };
	binding.exporter = (struct tspdm_view){ exporter, sizeof exporter };
	binding.nonce = (struct tspdm_view){ nonce, sizeof nonce };
	binding.own_spki = tspdm_requester_identity(s->honest->requester)->spki;
	assert_int_equal(tspdm_bind_session_evidence(s->honest->crypto, &binding, honest), TSPDM_OK);
	binding.own_spki = tspdm_requester_identity(s->victim->requester)->spki;
	assert_int_equal(tspdm_bind_session_evidence(s->honest->crypto, &binding, swapped), TSPDM_OK);
	assert_memory_not_equal(honest, swapped, sizeof honest);
	scene_free(s);
}

/* The honest TEE vouches for its own key; he, whom the verifier's authority certified, has opened the session with another. All
 * else in the quote is right: this very session, its secrets, the nonce. */
static enum tspdm_status fetch_for_the_honest_key(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;
	struct session *session = tspdm_session_find(&s->victim->responder->sessions, s->victim_session);
	const struct session *honest = tspdm_session_find(&s->honest->responder->sessions, s->honest_session);
	struct bound_key his = session->evidence.key[0];
	const struct tspdm_view none = { NULL, 0 };
	struct tspdm_evidence_source *tee = s->honest->evidence;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	uint32_t retry_us;

	assert_memory_not_equal(his.digest, honest->evidence.key[0].digest, sizeof his.digest);
	session->evidence.key[0] = honest->evidence.key[0];
	assert_int_equal(tspdm_responder_bind_evidence(s->victim->responder, s->victim_session, TSPDM_ROLE_RESPONDER,
				 nonce_of(s->victim), none, report_data),
		TSPDM_OK);
	session->evidence.key[0] = his;
	assert_memory_not_equal(report_data, wanted, sizeof report_data);
	TSPDM_TRY(tee->ops->begin(tee, report_data, &job));
	assert_int_equal(tee->ops->poll(tee, job, &evidence, &retry_us), TSPDM_OK);
	TSPDM_TRY(keep(f, &evidence));
	tee->ops->end(tee, job);
	return TSPDM_OK;
}

static void evidence_about_another_key_than_the_session_s_is_refused(void **state)
{
	struct scene *s = scene_new(false);

	(void)state;
	s->forger.fetch = fetch_for_the_honest_key;
	assert_int_equal(get(s->victim, s->room), TSPDM_OK);
	expect_refusal(s->victim, "not made in this session");
	scene_free(s);
}

/* ---- What certificates and measurements cannot stop ---- */

/* The signed measurements of block 0xFD, asked for in the clear. With the honest key he need not even sign himself: he forwards
 * the verifier's requests, so that every signature and quote is the honest attester's own. */
static struct outcome *judge_measurements(struct pair *pair)
{
	struct outcome *o = calloc(1, sizeof *o);
	struct tspdm_subject *subject = calloc(1, sizeof *subject);
	struct tspdm_policy *policy = policy_with(false, true);
	const struct tspdm_measured *measured = tspdm_requester_measured(pair->requester);
	struct tspdm_measurement_binding binding = { .role = TSPDM_ROLE_RESPONDER,
		.version = TSPDM_V12,
		.spki = tspdm_requester_identity(pair->requester)->spki,
		.nonce = { measured->nonce, TSPDM_NONCE_LEN } };
	struct tspdm_measurement_block block;
	struct tspdm_view left = measured->record;
	uint8_t expected[TSPDM_REPORT_DATA_LEN];
	bool is_bound;

	assert_true(o != NULL && subject != NULL);
	assert_int_equal(tspdm_next_block(&left, &block), TSPDM_OK);
	verify(block.value, &o->finding);
	*subject = subject_of(pair);
	subject->measured = measured;
	subject->evidence = o->finding.found;
	assert_int_equal(tspdm_bind_measurement_evidence(pair->crypto, &binding, expected), TSPDM_OK);
	is_bound = memcmp(expected, tspdm_found_report_data(&o->finding.found).ptr, sizeof expected) == 0;
	tspdm_checks_add(&subject->binding, "binding.measurement", is_bound ? TSPDM_OK : TSPDM_ERR_EVIDENCE_NONCE, "%s",
		"the quote is about the key and this nonce");
	tspdm_appraise(policy, subject, &o->verdict);
	tspdm_policy_free(policy);
	free(subject);
	return o;
}

/* He has the honest TEE make evidence for what the verifier asks, by a GET_MEASUREMENTS of his own with the verifier's nonce.
 * The report data depends on the key and that nonce alone, so it comes out as the verifier wants it. */
static enum tspdm_status fetch_by_measurement(struct forger *f, const uint8_t *wanted)
{
	struct scene *s = f->context;
	struct tspdm_evidence_source *tee = s->honest->evidence;
	struct tspdm_view key = tspdm_requester_identity(s->honest->requester)->spki;
	struct tspdm_measurement_binding binding = { .role = TSPDM_ROLE_RESPONDER,
		.version = TSPDM_V12,
		.spki = key,
		.nonce = *(const struct tspdm_view *)s->victim->hook_context };
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	uint32_t retry_us;

	assert_int_equal(tspdm_bind_measurement_evidence(s->honest->crypto, &binding, report_data), TSPDM_OK);
	assert_memory_equal(report_data, wanted, sizeof report_data); /* what the honest attester computes, he needs */
	TSPDM_TRY(tee->ops->begin(tee, report_data, &job));
	assert_int_equal(tee->ops->poll(tee, job, &evidence, &retry_us), TSPDM_OK);
	TSPDM_TRY(keep(f, &evidence));
	tee->ops->end(tee, job);
	return TSPDM_OK;
}

static uint8_t seen_nonce[TSPDM_NONCE_LEN];
static struct tspdm_view seen_nonce_view = { seen_nonce, sizeof seen_nonce };

static void see_nonce(void *context, struct pair_message *m)
{
	(void)context;
	if (m->is_request && m->kind == TSPDM_KIND_PLAIN && m->bytes[1] == TSPDM_GET_MEASUREMENTS && m->len >= 36)
		memcpy(seen_nonce, m->bytes + 4, sizeof seen_nonce);
}

static void a_stolen_key_passes_a_policy_of_certificates_and_is_stopped_by_the_session(void **state)
{
	struct scene *s = scene_new(true);
	struct outcome *o;

	(void)state;
	assert_int_equal(tspdm_requester_use_session(s->victim->requester, 0), TSPDM_OK);
	s->victim->hook = see_nonce;
	s->victim->hook_context = &seen_nonce_view;
	s->forger.fetch = fetch_by_measurement;
	assert_int_equal(pair_measure(s->victim, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	o = judge_measurements(s->victim);
	if (o->verdict.kind != TSPDM_VERDICT_WARN)
		fail_msg("the limit is not where the papers say: %s", o->verdict.reason);
	free(o);
	s->victim->hook = NULL;

	assert_int_equal(tspdm_requester_use_session(s->victim->requester, s->victim_session), TSPDM_OK);
	s->forger.fetch = fetch_by_session;
	assert_int_equal(get(s->victim, s->room), TSPDM_OK);
	expect_refusal(s->victim, "not made in this session");
	scene_free(s);
}

/* The other way round: a quote of a session is no answer to GET_MEASUREMENTS. */
static void session_evidence_shown_as_a_measurement_is_refused(void **state)
{
	struct scene *s = scene_new(true);
	struct outcome *o;

	(void)state;
	assert_int_equal(tspdm_requester_use_session(s->victim->requester, 0), TSPDM_OK);
	assert_int_equal(fetch_by_session(&s->forger, NULL), TSPDM_OK);
	assert_int_equal(pair_measure(s->victim, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	o = judge_measurements(s->victim);
	assert_int_equal(tspdm_found_base(&o->finding.found)->status, TSPDM_OK); /* genuine, and yet */
	assert_int_equal(o->verdict.kind, TSPDM_VERDICT_REJECT);
	assert_int_equal(o->verdict.status, TSPDM_ERR_EVIDENCE_NONCE);
	free(o);
	scene_free(s);
}

static int end(void **state)
{
	(void)state;
	pair_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_honest_attester_is_accepted),
		cmocka_unit_test(evidence_relayed_from_another_session_is_refused),
		cmocka_unit_test(a_relay_that_forwards_the_nonce_is_refused),
		cmocka_unit_test(old_evidence_of_the_same_session_is_refused),
		cmocka_unit_test(evidence_of_an_earlier_session_of_the_same_peers_is_refused),
		cmocka_unit_test(evidence_made_for_something_else_is_refused_for_what_it_is),
		cmocka_unit_test(evidence_of_another_machine_than_the_certificate_s_is_told_to_be_relayed),
		cmocka_unit_test(evidence_not_bound_to_the_tls_connection_is_refused),
		cmocka_unit_test(a_session_with_another_key_has_another_binding),
		cmocka_unit_test(evidence_about_another_key_than_the_session_s_is_refused),
		cmocka_unit_test(session_evidence_shown_as_a_measurement_is_refused),
		cmocka_unit_test(a_stolen_key_passes_a_policy_of_certificates_and_is_stopped_by_the_session),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, end);
}
