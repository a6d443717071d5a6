/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --accept-result: what verifiers have found of this attester, kept for it to show to others. */
#ifndef ATTESTER_RESULTS_H
#define ATTESTER_RESULTS_H

#include "attest_peer.h"

/* Reads the keys, and sees whether there is a place to keep results at. */
bool results_open(struct attester *a, char *why);
void results_free(struct attester *a);
/* Makes responders take results, if the options say so. `judge` may be NULL for a trial; it is the context of all that
 * requesters present. */
void results_configure(const struct attester *a, struct peer_judge *judge, struct tspdm_responder_config *config);

#endif
