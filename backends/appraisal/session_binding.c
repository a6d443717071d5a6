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

static bool is_session_form(const struct tspdm_session_check *what, enum tspdm_role role, struct tspdm_view channel,
	struct tspdm_view report_data)
{
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(what->requester);
	uint8_t other[TSPDM_REPORT_DATA_LEN];

	return tspdm_requester_bind_evidence(what->requester, shown->session, role,
		       (struct tspdm_view){ shown->nonce, sizeof shown->nonce }, channel, other) == TSPDM_OK &&
	       is_equal(report_data, other);
}

static bool is_measurement_form(
	const struct tspdm_session_check *what, const uint8_t *nonce, struct tspdm_view report_data)
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
static const char *what_is_left(const struct tspdm_session_check *what)
{
	return what->channel.len != 0
		       ? "it was not made in this session for this nonce over this TLS connection (relayed "
			 "through another TLS connection or session, or replayed)"
		       : "it was not made in this session for this nonce (replayed, or relayed from another session)";
}

static void tell(const struct tspdm_session_check *what, struct tspdm_view seen, struct tspdm_checks *checks)
{
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(what->requester);
	const struct tspdm_view none = { NULL, 0 };
	const char *difference = NULL;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_NONCE;
	const char *why = what_is_left(what);

	if (tspdm_found_base(&what->other) != NULL)
		difference = tspdm_found_difference(&what->found, &what->other);
	if (is_session_form(what, TSPDM_ROLE_REQUESTER, what->channel, seen)) {
		why = "it is about the requester, not about the responder (reflected)";
	} else if (what->channel.len != 0 && is_session_form(what, TSPDM_ROLE_RESPONDER, none, seen)) {
		why = "it is not bound to the TLS connection around the session";
	} else if (is_certificate_form(seen)) {
		why = "it was made for a certificate, not for a session";
	} else if (is_measurement_form(what, tspdm_requester_measured(what->requester)->nonce, seen) ||
		   is_measurement_form(what, shown->nonce, seen)) {
		why = "it was made for measurements, not for a session";
	} else if (difference != NULL) {
		status = TSPDM_ERR_EVIDENCE_KEY;
		why = "it is another attester's, made elsewhere (relayed)";
	}
	tspdm_checks_add(checks, "binding.session", status, "%s", why);
}

void tspdm_check_session_binding(const struct tspdm_session_check *what, struct tspdm_checks *checks)
{
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(what->requester);
	struct tspdm_view seen = tspdm_found_report_data(&what->found);

	if (shown->session == 0) {
		tspdm_checks_add(checks, "binding.session", TSPDM_ERR_EVIDENCE_MISSING, "no evidence was shown");
		return;
	}
	if (seen.len != TSPDM_REPORT_DATA_LEN)
		return;
	if (!is_session_form(what, TSPDM_ROLE_RESPONDER, what->channel, seen)) {
		tell(what, seen, checks);
		return;
	}
	tspdm_checks_add(checks, "binding.session", TSPDM_OK,
		"the quote commits to this session, its keys and this request's nonce%s",
		what->channel.len != 0 ? ", and to the TLS connection around it" : "");
}
