/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whether evidence was made for the session that it was shown in. The report data is one hash over everything, so why it is
 * another one cannot be read from it: the likely mistakes, and attacks, are computed and compared. */
#include <tspdm/appraisal.h>
#include <tspdm/secret.h>

static bool is_equal(struct tspdm_view report_data, const uint8_t *expected)
{
	return report_data.len == TSPDM_REPORT_DATA_LEN &&
	       tspdm_equal_secret(expected, report_data.ptr, TSPDM_REPORT_DATA_LEN);
}

/* Evidence that was shown in a session, at whichever end: the session's state is that end's own. */
struct shown {
	const struct tspdm_requester *requester; /* NULL: at the responder */
	const struct tspdm_responder *responder;
	enum tspdm_role whose; /* that it has to be about */
	uint32_t session;
	const uint8_t *nonce;
	struct tspdm_view channel, seen;
};

static bool is_session_form(const struct shown *s, enum tspdm_role role, struct tspdm_view channel)
{
	const struct tspdm_view nonce = { s->nonce, TSPDM_NONCE_LEN };
	uint8_t other[TSPDM_REPORT_DATA_LEN];
	enum tspdm_status status =
		s->requester != NULL
			? tspdm_requester_bind_evidence(s->requester, s->session, role, nonce, channel, other)
			: tspdm_responder_bind_evidence(s->responder, s->session, role, nonce, channel, other);

	return status == TSPDM_OK && is_equal(s->seen, other);
}

/* In the clear, for a nonce of either request. */
static bool is_clear_form(const struct tspdm_session_check *what, const uint8_t *nonce, struct tspdm_view report_data)
{
	const struct tspdm_identity *identity = tspdm_requester_identity(what->requester);
	const struct tspdm_measurement_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = tspdm_requester_negotiated(what->requester)->version,
		.slot = identity->slot,
		.spki = identity->spki,
		.nonce = { nonce, TSPDM_NONCE_LEN },
	};
	uint8_t other[TSPDM_REPORT_DATA_LEN];

	return identity->spki.len != 0 && tspdm_bind_measurement_evidence(what->crypto, &binding, other) == TSPDM_OK &&
	       is_equal(report_data, other);
}

static bool is_measurement_form(const struct tspdm_session_check *what, const struct shown *s)
{
	const struct tspdm_measured *measured = tspdm_requester_measured(what->requester);
	struct shown in_session = *s;

	in_session.session = measured->session;
	in_session.nonce = measured->nonce;
	return is_clear_form(what, measured->nonce, s->seen) || is_clear_form(what, s->nonce, s->seen) ||
	       is_session_form(&in_session, TSPDM_ROLE_RESPONDER, s->channel);
}

/* CCC's form: a digest of 32 bytes, and zeros. */
static bool is_certificate_form(struct tspdm_view report_data)
{
	uint8_t any = 0;

	for (size_t i = TSPDM_REPORT_DATA_LEN / 2; i < report_data.len; i++)
		any |= report_data.ptr[i];
	return any == 0;
}

/* The other connection's value is not known here, so it can only be left over. Inside TLS that is what is most likely: without,
 * SPDM's own handshake would have had to be broken. */
static const char *what_is_left(const struct shown *s)
{
	return s->channel.len != 0
		       ? "it was not made in this session for this nonce over this TLS connection (relayed "
			 "through another TLS connection or session, or replayed)"
		       : "it was not made in this session for this nonce (replayed, or relayed from another session)";
}

/* What can be told from the session's state alone; NULL: nothing. */
static const char *what_it_is(const struct shown *s)
{
	const struct tspdm_view none = { NULL, 0 };
	bool is_responder = s->whose == TSPDM_ROLE_RESPONDER;

	if (is_session_form(s, is_responder ? TSPDM_ROLE_REQUESTER : TSPDM_ROLE_RESPONDER, s->channel))
		return is_responder ? "it is about the requester, not about the responder (reflected)"
				    : "it is about the responder, not about the requester (reflected)";
	if (s->channel.len != 0 && is_session_form(s, s->whose, none))
		return "it is not bound to the TLS connection around the session";
	return is_certificate_form(s->seen) ? "it was made for a certificate, not for a session" : NULL;
}

static void tell(const struct tspdm_session_check *what, const struct shown *s, struct tspdm_checks *checks)
{
	const char *difference = NULL;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_NONCE;
	const char *why = what_it_is(s);

	if (tspdm_found_base(&what->other) != NULL)
		difference = tspdm_found_difference(&what->found, &what->other);
	if (why == NULL && is_measurement_form(what, s))
		why = "it was made for measurements, not for a session";
	if (why == NULL && difference != NULL) {
		status = TSPDM_ERR_EVIDENCE_KEY;
		why = "it is another attester's, made elsewhere (relayed)";
	}
	tspdm_checks_add(checks, "binding.session", status, "%s", why != NULL ? why : what_is_left(s));
}

/* Whether it is what it has to be; says so, if it is. */
static bool is_good(const struct shown *s, struct tspdm_checks *checks)
{
	if (!is_session_form(s, s->whose, s->channel))
		return false;
	tspdm_checks_add(checks, "binding.session", TSPDM_OK,
		"the quote commits to this session, its keys and this request's nonce%s",
		s->channel.len != 0 ? ", and to the TLS connection around it" : "");
	return true;
}

void tspdm_check_session_binding(const struct tspdm_session_check *what, struct tspdm_checks *checks)
{
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(what->requester);
	const struct shown s = {
		.requester = what->requester,
		.whose = TSPDM_ROLE_RESPONDER,
		.session = shown->session,
		.nonce = shown->nonce,
		.channel = what->channel,
		.seen = tspdm_found_report_data(&what->found),
	};

	if (shown->session == 0)
		tspdm_checks_add(checks, "binding.session", TSPDM_ERR_EVIDENCE_MISSING, "no evidence was shown");
	else if (s.seen.len == TSPDM_REPORT_DATA_LEN && !is_good(&s, checks))
		tell(what, &s, checks);
}

void tspdm_check_presented_binding(const struct tspdm_presented_check *what, struct tspdm_checks *checks)
{
	const struct shown s = {
		.responder = what->responder,
		.whose = TSPDM_ROLE_REQUESTER,
		.session = what->presented->session,
		.nonce = what->presented->nonce,
		.channel = what->channel,
		.seen = tspdm_found_report_data(&what->found),
	};
	const char *why = NULL;

	if (s.seen.len != TSPDM_REPORT_DATA_LEN || is_good(&s, checks))
		return;
	why = what_it_is(&s);
	tspdm_checks_add(
		checks, "binding.session", TSPDM_ERR_EVIDENCE_NONCE, "%s", why != NULL ? why : what_is_left(&s));
}
