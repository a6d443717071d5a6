/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence bound to a session: what has to be kept of the handshake, and what comes of it. */
#include <string.h>

#include <tspdm/secret.h>

#include "core/session.h"

/* Which place a role has in the arrays; EVIDENCE_ROLES: it is none. */
static unsigned place_of(enum tspdm_role role)
{
	switch (role) {
	case TSPDM_ROLE_RESPONDER:
		return 0;
	case TSPDM_ROLE_REQUESTER:
		return 1;
	}
	return EVIDENCE_ROLES;
}

enum tspdm_status tspdm_session_is_open_to_application(const struct session *s)
{
	return s->evidence.is_must ? TSPDM_ERR_NOT_ATTESTED : TSPDM_OK;
}

enum tspdm_status tspdm_session_knows(struct session *s, enum tspdm_role role, struct tspdm_view spki)
{
	return tspdm_bind_key(s->schedule.crypto, spki, &s->evidence.key[place_of(role)]);
}

void tspdm_session_keep_binding(struct session *s, const uint8_t *th2)
{
	memcpy(s->bound.th2, th2, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash));
}

static enum tspdm_status derive_exporter(const struct session *s, unsigned place, uint8_t *out)
{
	static const enum tspdm_role roles[EVIDENCE_ROLES] = { TSPDM_ROLE_RESPONDER, TSPDM_ROLE_REQUESTER };
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);

	return tspdm_evidence_exporter(s->schedule.crypto, s->schedule.hash,
		(struct tspdm_view){ s->data.export_master, hash_len }, roles[place], out);
}

enum tspdm_status tspdm_session_keep_exporters(struct session *s)
{
	for (unsigned i = 0; i < EVIDENCE_ROLES; i++)
		TSPDM_TRY(derive_exporter(s, i, s->bound.exporter[i]));
	return TSPDM_OK;
}

enum tspdm_status tspdm_session_exporter(const struct session *s, enum tspdm_role role, uint8_t *exporter)
{
	unsigned place = place_of(role);

	if (s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	if (place == EVIDENCE_ROLES)
		return TSPDM_ERR_ARGUMENT;
	if (s->has_export)
		return derive_exporter(s, place, exporter);
	memcpy(exporter, s->bound.exporter[place], TSPDM_EVIDENCE_EXPORTER_LEN);
	return TSPDM_OK;
}

enum tspdm_status tspdm_session_bind(const struct session *s, enum tspdm_role role, struct tspdm_view nonce,
	struct tspdm_view channel, uint8_t *report_data)
{
	const struct session_evidence *e = &s->evidence;
	unsigned own = place_of(role);
	struct tspdm_session_binding binding;
	uint8_t exporter[TSPDM_EVIDENCE_EXPORTER_LEN];
	enum tspdm_status status;

	TSPDM_TRY(tspdm_session_exporter(s, role, exporter));
	binding = (struct tspdm_session_binding){
		.role = role,
		.version = s->schedule.version,
		.hash = s->schedule.hash,
		.session_id = s->id,
		.th2 = { s->bound.th2, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) },
		.exporter = { exporter, sizeof exporter },
		.nonce = nonce,
		.channel = channel,
	};
	status = tspdm_bind_session_keys(s->schedule.crypto, &binding, &e->key[own], &e->key[1 - own], report_data);
	tspdm_wipe(exporter, sizeof exporter);
	return status;
}
