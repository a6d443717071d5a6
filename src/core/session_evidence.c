/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence bound to a session: what has to be kept of the handshake, and what comes of it. */
#include <string.h>

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

enum tspdm_status tspdm_session_keep_binding(struct session *s, const uint8_t *th2)
{
	static const enum tspdm_role roles[EVIDENCE_ROLES] = { TSPDM_ROLE_RESPONDER, TSPDM_ROLE_REQUESTER };
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash);

	memcpy(s->bound.th2, th2, hash_len);
	for (unsigned i = 0; i < EVIDENCE_ROLES; i++)
		TSPDM_TRY(tspdm_evidence_exporter(s->schedule.crypto, s->schedule.hash,
			(struct tspdm_view){ s->data.export_master, hash_len }, roles[i], s->bound.exporter[i]));
	return TSPDM_OK;
}

enum tspdm_status tspdm_session_bind(const struct session *s, enum tspdm_role role, struct tspdm_view nonce,
	struct tspdm_view channel, uint8_t *report_data)
{
	const struct session_evidence *e = &s->evidence;
	unsigned own = place_of(role);
	struct tspdm_session_binding binding;

	if (s->phase != SESSION_ESTABLISHED)
		return TSPDM_ERR_SESSION;
	if (own == EVIDENCE_ROLES)
		return TSPDM_ERR_ARGUMENT;
	binding = (struct tspdm_session_binding){
		.role = role,
		.version = s->schedule.version,
		.hash = s->schedule.hash,
		.session_id = s->id,
		.th2 = { s->bound.th2, tspdm_algorithm_size(TSPDM_KIND_HASH, s->schedule.hash) },
		.exporter = { s->bound.exporter[own], sizeof s->bound.exporter[own] },
		.nonce = nonce,
		.channel = channel,
	};
	return tspdm_bind_session_keys(s->schedule.crypto, &binding, &e->key[own], &e->key[1 - own], report_data);
}
