/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attacks on an attester that wants to know its requester's TEE: a man in the middle presents, in a session of his own, whatever
 * evidence he can get. The other victims are here those who attest themselves to others as requesters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/appraisal.h>

#include "pair.h"
#include "responder/responder.h"

#define SECURE (TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC | TSPDM_CAP_ENCRYPT)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The attester, and what it made of the evidence that was presented last. */
struct judge {
	struct pair *pair;
	uint32_t sessions[2]; /* the second is used for relays */
	struct tspdm_any_finding finding;
	struct tspdm_verdict verdict;
	uint8_t raw[PAIR_MESSAGE_MAX];
	uint64_t challenged_us;
};

static struct tspdm_policy *policy;

static void read_policy(void)
{
	static const char text[] =
		"{ \"version\": 1, \"anchors\": { \"snp\": [], \"standin\": [\"builtin\"] }, \"accept\": [ { "
		"\"tee\": \"sev-snp\", \"product\": \"any\", \"measurement\": \"any\", \"min_tcb\": \"any\","
		" \"policy\": { \"debug\": false, \"migrate_ma\": false, \"smt\": true }, \"vmpl\": \"any\","
		" \"host_data\": \"any\", \"signer\": [\"vcek\"], \"require_crl\": false } ],"
		" \"binding\": { \"certificate\": \"required\", \"measurement\": \"required\", \"session\": \"none\" } "
		"}";
	char why[256];

	if (tspdm_policy_read((struct tspdm_view){ (const uint8_t *)text, sizeof text - 1 }, &policy, why,
		    sizeof why) != TSPDM_OK)
		fail_msg("%s", why);
}

static enum tspdm_status judge_presented(void *context, const struct tspdm_presented *presented)
{
	struct judge *j = context;
	struct tspdm_buffer raw = { j->raw, sizeof j->raw, 0 };
	struct tspdm_verify_input input = {
		.size = sizeof input, .allow_standin = true, .time = (int64_t)time(NULL), .policy = policy
	};
	struct tspdm_presented_check check = { .responder = j->pair->responder, .presented = presented };
	struct tspdm_negotiated negotiated;
	struct tspdm_subject *subject = calloc(1, sizeof *subject);

	assert_non_null(subject);
	assert_int_equal(tspdm_write_evidence(&raw, &presented->evidence), TSPDM_OK);
	input.evidence = tspdm_buffer_view(&raw);
	(void)!tspdm_verify_evidence(&input, &j->finding);
	tspdm_responder_negotiated(j->pair->responder, &negotiated);
	assert_int_equal(negotiated.version, TSPDM_V12);
	assert_int_not_equal(negotiated.aead, 0);
	*subject = (struct tspdm_subject){ .name = "the requester",
		.negotiated = &negotiated,
		.evidence_wanted = true,
		.is_requester = true,
		.session_evidence = j->finding.found,
		.time = input.time };
	check.found = j->finding.found;
	tspdm_check_presented_binding(&check, &subject->binding);
	tspdm_appraise(policy, subject, &j->verdict);
	free(subject);
	j->challenged_us = presented->challenged_us;
	if (j->verdict.kind == TSPDM_VERDICT_WARN) /* a software TEE */
		return TSPDM_OK;
	return j->verdict.status != TSPDM_OK ? j->verdict.status : TSPDM_ERR_POLICY;
}

static struct judge *judge_new(bool must_attest)
{
	struct judge *j = calloc(1, sizeof *j);
	struct pair_options options = { .has_evidence = true,
		.session_capabilities = SECURE,
		.presented = { judge_presented, NULL, NULL },
		.responder_must_attest = must_attest,
		.request_len = 16384 };

	assert_non_null(j);
	options.presented.context = j;
	j->pair = pair_new(&options);
	assert_int_equal(pair_open(j->pair, &j->sessions[0]), TSPDM_OK);
	assert_int_equal(pair_open_another(j->pair, &j->sessions[1]), TSPDM_OK);
	assert_int_equal(tspdm_requester_use_session(j->pair->requester, j->sessions[0]), TSPDM_OK);
	return j;
}

static void judge_free(struct judge *j)
{
	pair_free(j->pair);
	free(j);
}

/* ---- What is presented: a TEE that commits to what the attacker could have it commit to ---- */

enum cheat { HONEST, REFLECTED, REPLAYED, CROSS_SESSION, KEY_SWAP, MEASUREMENT, CERTIFICATE, CHEATS };

struct cheater {
	struct tspdm_evidence_source base;
	struct tspdm_evidence_source *tee;
	struct judge *judge;
	enum cheat how;
};

static void report_data_of(const struct cheater *c, uint8_t *out)
{
	static const uint8_t claims[] = { 0xA0 }, old[TSPDM_NONCE_LEN] = { 1 };
	const struct pair *p = c->judge->pair;
	const struct tspdm_view none = { NULL, 0 };
	struct session *session = tspdm_session_find(&p->responder->sessions, c->judge->sessions[0]);
	struct tspdm_view nonce = { session->evidence.challenge, TSPDM_NONCE_LEN };
	uint32_t id = c->how == CROSS_SESSION ? c->judge->sessions[1] : c->judge->sessions[0];
	enum tspdm_role role = c->how == REFLECTED ? TSPDM_ROLE_RESPONDER : TSPDM_ROLE_REQUESTER;
	struct bound_key key = session->evidence.key[1];
	const struct tspdm_measurement_binding measurement = { .role = TSPDM_ROLE_REQUESTER,
		.version = TSPDM_V12,
		.spki = tspdm_requester_identity(p->requester)->spki,
		.nonce = nonce };

	if (c->how == MEASUREMENT) {
		assert_int_equal(tspdm_bind_measurement_evidence(p->crypto, &measurement, out), TSPDM_OK);
		return;
	}
	if (c->how == CERTIFICATE) {
		assert_int_equal(
			tspdm_bind_certificate_evidence(p->crypto, (struct tspdm_view){ claims, sizeof claims }, out),
			TSPDM_OK);
		return;
	}
	if (c->how == REPLAYED)
		nonce.ptr = old;
	if (c->how == KEY_SWAP)
		session->evidence.key[1] = session->evidence.key[0]; /* any key but the requester's, who has none */
	assert_int_equal(tspdm_responder_bind_evidence(p->responder, id, role, nonce, none, out), TSPDM_OK);
	session->evidence.key[1] = key;
}

static enum tspdm_status cheat_begin(
	struct tspdm_evidence_source *source, const uint8_t *report_data, struct tspdm_evidence_job **out)
{
	struct cheater *c = (struct cheater *)source;
	uint8_t other[TSPDM_REPORT_DATA_LEN];

	report_data_of(c, other);
	assert_int_equal(memcmp(other, report_data, sizeof other) == 0, c->how == HONEST);
	return c->tee->ops->begin(c->tee, other, out);
}

static enum tspdm_status cheat_poll(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job,
	struct tspdm_evidence *out, uint32_t *retry_us)
{
	struct cheater *c = (struct cheater *)source;

	return c->tee->ops->poll(c->tee, job, out, retry_us);
}

static void cheat_end(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct cheater *c = (struct cheater *)source;

	c->tee->ops->end(c->tee, job);
}

static const struct tspdm_evidence_source_ops cheat_ops = {
	.size = sizeof cheat_ops,
	.name = "cheater",
	.tee = TSPDM_TEE_SEV_SNP,
	.begin = cheat_begin,
	.poll = cheat_poll,
	.end = cheat_end,
};

static enum tspdm_status present(struct judge *j, enum cheat how)
{
	struct cheater cheater = { .base = { &cheat_ops }, .tee = j->pair->evidence, .judge = j, .how = how };
	const struct tspdm_present_evidence job = { .source = &cheater.base };

	TSPDM_TRY(tspdm_requester_present_evidence(j->pair->requester, &job));
	return pair_run(j->pair);
}

static bool is_attested(const struct judge *j)
{
	struct tspdm_served_session served;

	assert_int_equal(tspdm_responder_session(j->pair->responder, j->sessions[0], &served), TSPDM_OK);
	return served.is_attested;
}

/* ---- The tests ---- */

static void an_honest_requester_is_accepted(void **state)
{
	(void)state;
	struct judge *j = judge_new(true);

	assert_false(is_attested(j));
	assert_int_equal(present(j, HONEST), TSPDM_OK);
	assert_true(is_attested(j));
	assert_true(j->challenged_us <= pair_now_us());
	judge_free(j);
}

static void evidence_that_a_requester_has_from_elsewhere_is_refused(void **state)
{
	(void)state;
	static const struct {
		enum cheat how;
		const char *reason;
	} rows[] = {
		{ REFLECTED, "about the responder, not about the requester (reflected)" },
		{ REPLAYED, "not made in this session for this nonce" },
		{ CROSS_SESSION, "not made in this session for this nonce" },
		{ KEY_SWAP, "not made in this session for this nonce" },
		{ MEASUREMENT, "not made in this session for this nonce" },
		{ CERTIFICATE, "made for a certificate, not for a session" },
	};

	assert_int_equal(COUNT(rows), CHEATS - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct judge *j = judge_new(true);

		assert_int_equal(present(j, rows[i].how), TSPDM_ERR_EVIDENCE_REFUSED);
		assert_false(is_attested(j));
		assert_int_equal(tspdm_found_base(&j->finding.found)->status, TSPDM_OK); /* genuine, and yet */
		assert_int_equal(j->verdict.kind, TSPDM_VERDICT_REJECT);
		assert_int_equal(j->verdict.status, TSPDM_ERR_EVIDENCE_NONCE);
		if (strstr(j->verdict.reason, rows[i].reason) == NULL)
			fail_msg("refused, but since \"%s\", not \"%s\"", j->verdict.reason, rows[i].reason);
		judge_free(j);
	}
}

/* Whatever was accepted before: a TEE that changed for the worse is not the one that was attested. */
static void a_session_whose_later_evidence_is_refused_is_held_back(void **state)
{
	(void)state;
	for (unsigned must_attest = 0; must_attest < 2; must_attest++) {
		struct judge *j = judge_new(must_attest != 0);

		assert_int_equal(present(j, HONEST), TSPDM_OK);
		assert_true(is_attested(j));
		assert_int_equal(present(j, REPLAYED), TSPDM_ERR_EVIDENCE_REFUSED);
		assert_false(is_attested(j));
		assert_int_equal(present(j, HONEST), TSPDM_OK);
		assert_true(is_attested(j));
		judge_free(j);
	}
}

static int begin(void **state)
{
	(void)state;
	read_policy();
	return 0;
}

static int end(void **state)
{
	(void)state;
	tspdm_policy_free(policy);
	pair_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_requester_is_accepted),
		cmocka_unit_test(evidence_that_a_requester_has_from_elsewhere_is_refused),
		cmocka_unit_test(a_session_whose_later_evidence_is_refused_is_held_back),
	};

	return cmocka_run_group_tests_name("mutual_relay", tests, begin, end);
}
