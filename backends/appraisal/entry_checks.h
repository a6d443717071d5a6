/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The checks that accept entries of all TEEs have in common: what was expected and seen, under the entry's number. */
#ifndef TSPDM_APPRAISAL_ENTRY_CHECKS_H
#define TSPDM_APPRAISAL_ENTRY_CHECKS_H

#include "policy.h"

struct entry_checks {
	struct tspdm_checks *checks;
	size_t number; /* of the entry */
};

/* "accept[2]: ", and what the check has to say. A failure is always the policy's. */
void tspdm_entry_tell(const struct entry_checks *c, const char *name, bool is_good, const char *text);
bool tspdm_entry_has_value(const struct policy_values *values, struct tspdm_view seen);
/* Digests are shown so that two differing ones can be told apart; the whole value is among the claims. Nothing where the
 * policy has no such key. */
void tspdm_entry_check_values(
	const struct entry_checks *c, const char *name, const struct policy_values *values, struct tspdm_view seen);
/* Bits of a field under the policy's mask. */
void tspdm_entry_check_bits(
	const struct entry_checks *c, const char *name, const struct policy_bits *bits, struct tspdm_view seen);

#endif
