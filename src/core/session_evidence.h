/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a session keeps for evidence that is bound to it. The session's own functions fill it, and wipe it with the rest. */
#ifndef TSPDM_CORE_SESSION_EVIDENCE_H
#define TSPDM_CORE_SESSION_EVIDENCE_H

#include "core/binding.h"

struct session;

enum { EVIDENCE_ROLES = 2 };

/* What evidence commits to of a session. Kept apart from the export master secret, which the application may take out.
 * Arrays by role, the responder first. */
struct session_bound {
	uint8_t th2[TSPDM_HASH_MAX];
	uint8_t exporter[EVIDENCE_ROLES][TSPDM_EVIDENCE_EXPORTER_LEN];
};

struct session_evidence {
	bool is_must; /* established, not attested: nothing but evidence and upkeep passes */
	struct bound_key key[EVIDENCE_ROLES];
	bool is_challenged; /* responder: `challenge` was given out, and no evidence for it came yet */
	uint8_t challenge[TSPDM_NONCE_LEN];
};

/* TSPDM_ERR_NOT_ATTESTED: nothing of the application's passes yet. */
enum tspdm_status tspdm_session_is_open_to_application(const struct session *s);
/* The key that a role proved to have in the handshake. */
enum tspdm_status tspdm_session_knows(struct session *s, enum tspdm_role role, struct tspdm_view spki);
/* TH2 is there, and the export master secret still is. */
enum tspdm_status tspdm_session_keep_binding(struct session *s, const uint8_t *th2);
/* Report data of evidence in an established session; `role` is the attester's. TSPDM_ERR_ARGUMENT, TSPDM_ERR_SESSION */
enum tspdm_status tspdm_session_bind(const struct session *s, enum tspdm_role role, struct tspdm_view nonce,
	struct tspdm_view channel, uint8_t *report_data);

#endif
