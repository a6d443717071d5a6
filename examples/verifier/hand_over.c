/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --give-result: the attester is handed the signed result about itself, for it to show to others (RFC 9334 "Passport
 * Model"), in the session whose evidence was judged. It is given whatever it says, since it says so itself. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms.h"

enum { AROUND = 64 }; /* bytes of VENDOR_DEFINED_REQUEST around a result */

static const char check_name[] = "session.result";

bool hand_over_on_give_result(struct options *o, const char *value, char *why)
{
	(void)value;
	o->gives_result = true;
	return session_demand(o, "give-result", "", why);
}

/* What the attester does with it is no part of what it is: the verdict stands. */
__attribute__((format(printf, 2, 3))) static void note_refusal(struct appraisal *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is right above */
	vsnprintf(a->given.why_not, sizeof a->given.why_not, format, args);
	va_end(args);
	tspdm_checks_skip(&a->verdict.checks, check_name, "%s", a->given.why_not);
}

static bool make(struct attest *t)
{
	struct appraisal *a = t->a;
	enum tspdm_status status;

	free(a->given.text);
	a->given = (struct given_result){ .kind = a->verdict.kind, .status = a->verdict.status };
	status = result_sign(t->m, &a->subject, &a->verdict, &a->given.text);
	if (status != TSPDM_OK)
		note_refusal(a, "no result can be made: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}

/* Seen beforehand: a request that is too large for the attester is a failure of the connection. 0: before SPDM 1.2 nobody
 * says. */
static uint32_t room_of(const struct tspdm_negotiated *n)
{
	return (n->peer_capabilities & TSPDM_CAP_CHUNK) != 0 ? n->peer_max_message : n->peer_data_transfer_size;
}

/* What was answered, and the session goes on. */
static void note_answer(struct attest *t, enum tspdm_status status)
{
	const struct tspdm_requester_error *e = tspdm_requester_error(t->requester);
	char text[256];

	if (e->peer_error == TSPDM_ERROR_UNSUPPORTED_REQUEST) {
		note_refusal(t->a, "the attester takes no results (its --accept-result)");
	} else if (status == TSPDM_ERR_EVIDENCE_REFUSED) {
		note_refusal(t->a, "the attester refuses it, for what its log says");
	} else {
		describe_failure(t, text, sizeof text);
		note_refusal(t->a, "the attester does not take it: %s", text);
	}
}

bool hand_over(struct attest *t)
{
	uint32_t room = room_of(&t->a->negotiated);
	struct tspdm_view result;
	enum tspdm_status status;

	if (!t->m->options->gives_result || !make(t))
		return true;
	result = (struct tspdm_view){ (const uint8_t *)t->a->given.text, strlen(t->a->given.text) };
	if (room != 0 && result.len + AROUND > room) {
		note_refusal(t->a, "it has %zu bytes, and the attester takes requests of %u (its --max-message)",
			result.len, room);
		return true;
	}
	status = tspdm_requester_give_result(t->requester, TSPDM_ITEM_RESULT_JWT, result);
	if (status == TSPDM_OK)
		status = tspdm_run(t->requester, t->transport);
	if (status == TSPDM_OK)
		return session_check(t, check_name, TSPDM_OK, "the attester has taken the result about itself");
	if (status != TSPDM_ERR_EVIDENCE_REFUSED && status != TSPDM_ERR_PEER)
		return session_job_failed(t, check_name, status);
	note_answer(t, status);
	return true;
}

/* Where nothing was agreed with an attester there is no session to give it in. Why not is the verdict's reason; one that is
 * no verdict on the attester is told by itself. */
void hand_over_end(struct attest *t)
{
	struct appraisal *a = t->a;

	if (!t->m->options->gives_result || tspdm_checks_find(&a->verdict.checks, check_name) != NULL)
		return;
	note_refusal(a, "%s",
		t->session == 0 ? "there was no session to give it in" : "the attestation ended before it could be");
	if (a->verdict.kind == TSPDM_VERDICT_ERROR)
		a->given.why_not[0] = '\0';
}

const char *hand_over_text(const struct appraisal *a)
{
	const struct given_result *given = &a->given;
	bool is_same = given->kind == a->verdict.kind && given->status == a->verdict.status;

	return is_same ? given->text : NULL;
}

void hand_over_complain(struct appraisal *a)
{
	if (a->given.why_not[0] == '\0')
		return;
	fprintf(stderr, "tspdm-verifier: %s: the result was not handed over: %s\n", a->subject.name, a->given.why_not);
	a->given.why_not[0] = '\0';
}
