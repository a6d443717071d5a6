/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --tee: the verifier runs in a TEE itself, and proves so to the attesters that it trusts. Its evidence is bound to the
 * session as the attester's is, with the requester's role. */
#include <stdio.h>

#include "forms.h"

bool own_tee_on_tee(struct options *o, const char *value, char *why)
{
	if (!tee_take(&o->tee.choice, value, why))
		return false;
	return o->tee.choice == CHOICE_NONE || session_demand(o, "tee", value, why);
}

static void say(enum tee_word word, const char *text)
{
	(void)word;
	fprintf(stderr, "tspdm-verifier: %s\n", text);
}

static void say_warnings(enum tee_word word, const char *text)
{
	if (word != TEE_FOUND)
		say(word, text);
}

enum tspdm_status own_tee_open(struct material *m, char *why)
{
	struct tee_options o = m->options->tee;

	o.say = m->options->is_quiet || m->options->is_json ? say_warnings : say;
	return tee_open(&o, &m->tee, why);
}

bool own_tee_present(struct attest *t)
{
	const struct tspdm_present_evidence job = { .source = t->m->tee.source, .channel = attest_channel(t) };
	enum tspdm_status status;

	if (job.source == NULL)
		return true;
	status = tspdm_requester_present_evidence(t->requester, &job);
	if (status == TSPDM_OK)
		status = tspdm_run(t->requester, t->transport);
	if (status == TSPDM_ERR_EVIDENCE_REFUSED)
		return session_check(t, "session.tee", status,
			"the attester does not accept the evidence of this verifier, or asks for none (its "
			"--attest-peer, "
			"and what its log says)");
	if (status == TSPDM_ERR_EVIDENCE_SOURCE)
		return session_check(t, "session.tee", status, "the verifier's own TEE gave no evidence");
	if (status != TSPDM_OK)
		return session_job_failed(t, "session.tee", status);
	return session_check(t, "session.tee", TSPDM_OK, "the attester accepts this verifier's own evidence");
}
