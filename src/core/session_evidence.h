/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a session keeps for evidence that is bound to it. The session's own functions fill it, and wipe it with the rest. */
#ifndef TSPDM_CORE_SESSION_EVIDENCE_H
#define TSPDM_CORE_SESSION_EVIDENCE_H

#include "core/binding.h"

struct session;

enum { EVIDENCE_ROLES = 2 };

/* What evidence commits to of a session. The exporter values are derived when they are wanted, or before the application
 * takes the export master secret out. Arrays by role, the responder first. */
struct session_bound {
	uint8_t th2[TSPDM_HASH_MAX];
	uint8_t exporter[EVIDENCE_ROLES][TSPDM_EVIDENCE_EXPORTER_LEN]; /* once that is taken out */
};

struct session_evidence {
	bool is_must;       /* established, not attested: nothing but evidence and upkeep passes */
	bool is_challenged; /* responder: `challenge` was given out, and no evidence for it came yet */
	struct bound_key key[EVIDENCE_ROLES];
	uint8_t challenge[TSPDM_NONCE_LEN];
	uint64_t challenged_us; /* when */
};

/* TSPDM_ERR_NOT_ATTESTED: nothing of the application's passes yet. */
enum tspdm_status tspdm_session_is_open_to_application(const struct session *s);
/* The key that a role proved to have in the handshake. */
enum tspdm_status tspdm_session_knows(struct session *s, enum tspdm_role role, struct tspdm_view spki);
/* The data secrets are derived. */
void tspdm_session_keep_binding(struct session *s, const uint8_t *th2);
/* The export master secret is about to go. */
enum tspdm_status tspdm_session_keep_exporters(struct session *s);
/* The exporter value of a role's evidence. TSPDM_ERR_ARGUMENT, TSPDM_ERR_SESSION */
enum tspdm_status tspdm_session_exporter(const struct session *s, enum tspdm_role role, uint8_t *exporter);
/* Report data of evidence in an established session; `role` is the attester's. TSPDM_ERR_ARGUMENT, TSPDM_ERR_SESSION */
enum tspdm_status tspdm_session_bind(const struct session *s, enum tspdm_role role, struct tspdm_view nonce,
	struct tspdm_view channel, uint8_t *report_data);

#endif
