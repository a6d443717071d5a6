/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The session's form of tspdm_bind_session_evidence(): a session keeps digests of the identity keys, not the keys. */
#ifndef TSPDM_CORE_BINDING_H
#define TSPDM_CORE_BINDING_H

#include <tspdm/evidence.h>

enum { BOUND_KEY_LEN = 48 };

/* Whose key evidence is bound to, as SHA-384 of its SubjectPublicKeyInfo. */
struct bound_key {
	bool is_there; /* false: he showed none */
	uint8_t digest[BOUND_KEY_LEN];
};

/* An empty SPKI is no key. */
enum tspdm_status tspdm_bind_key(struct tspdm_crypto *crypto, struct tspdm_view spki, struct bound_key *out);

/* As tspdm_bind_session_evidence(), whose keys are given here and not in `binding`. */
enum tspdm_status tspdm_bind_session_keys(struct tspdm_crypto *crypto, const struct tspdm_session_binding *binding,
	const struct bound_key *own, const struct bound_key *peer, uint8_t *report_data);

#endif
