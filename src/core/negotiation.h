/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Selecting versions and algorithms, and checking the peer's selection: DSP0274 "NEGOTIATE_ALGORITHMS request",
 * "ALGORITHMS response". Pure functions of masks. */
#ifndef TSPDM_CORE_NEGOTIATION_H
#define TSPDM_CORE_NEGOTIATION_H

#include <tspdm/message.h>

/* The versions that this release implements completely (a version is offered only when every rule of it is here). 1.0 has
 * no sessions and signs no negotiation into its measurements: it is offered only to who asks for it. */
#define DEFAULT_VERSIONS (TSPDM_VERSION_BIT(TSPDM_V11) | TSPDM_VERSION_BIT(TSPDM_V12))
#define IMPLEMENTED_VERSIONS (TSPDM_VERSION_BIT(TSPDM_V10) | DEFAULT_VERSIONS)

/* What one side can and wants to do, as masks. */
struct algorithm_offer {
	uint32_t asym;
	uint32_t hash;
	uint32_t measurement_hash; /* responder: one bit, or 0 for the one that fits the base hash */
	uint16_t dhe;
	uint16_t aead;
	uint16_t req_asym;
	uint16_t key_schedule;
	uint8_t opaque_formats;
};

/* Which selections the two sides' capability flags make necessary, DSP0274 "Selection rules". */
struct algorithm_needs {
	bool asym;
	bool hash;
	bool measurement;
	bool dhe;
	bool aead;
	bool req_asym;
	bool key_schedule;
};
struct algorithm_needs tspdm_algorithm_needs(uint32_t requester_flags, uint32_t responder_flags);

/* The bits of a mask that exist in a version. */
uint32_t tspdm_algorithms_of_version(enum tspdm_algorithm_kind kind, uint32_t mask, uint8_t version);

/* What of `mask` is offered and selected where the configuration leaves it open. SM2, SM3 and SM4 never are, though the
 * backend may have them: two peers that both do would come to use them unasked, and how deployed peers sign with SM2 is
 * unconfirmed. */
uint32_t tspdm_default_algorithms(enum tspdm_algorithm_kind kind, uint32_t mask);

/* Requester: the highest version of `own` (a set of TSPDM_VERSION_BIT) that the responder lists.
 * TSPDM_ERR_NO_COMMON_VERSION; TSPDM_ERR_FIELD for an empty list. */
enum tspdm_status tspdm_select_version(const struct tspdm_version_response *listed, uint32_t own, uint8_t *version);

/* Requester: what to send. Only kinds of algorithms that the needs ask for are offered beyond the base. */
void tspdm_write_offer(const struct algorithm_offer *own, const struct algorithm_needs *needs, uint8_t version,
	struct tspdm_negotiate_algorithms *out);

/* Responder: what to answer. TSPDM_ERR_NO_COMMON_ALGORITHM where something needed has nothing in common: `out` is the
 * answer all the same, with zero there, and later requests get RequestResynch. */
enum tspdm_status tspdm_select_algorithms(const struct algorithm_offer *own, const struct algorithm_needs *needs,
	uint8_t version, const struct tspdm_negotiate_algorithms *offered, struct tspdm_algorithms *out);

/* Requester: TSPDM_ERR_NOT_OFFERED, TSPDM_ERR_AMBIGUOUS, TSPDM_ERR_NO_COMMON_ALGORITHM for a selection that breaks a
 * rule. */
enum tspdm_status tspdm_check_selection(const struct tspdm_negotiate_algorithms *offered,
	const struct algorithm_needs *needs, uint8_t version, const struct tspdm_algorithms *selected);

#endif
