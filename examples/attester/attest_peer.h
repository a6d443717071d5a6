/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --attest-peer: requesters that prove in their sessions which TEE they run in, and what is demanded of them. */
#ifndef ATTEST_PEER_H
#define ATTEST_PEER_H

#include "attester.h"

/* What a connection judges by what its requester presents. Lasts as long as its responder. */
struct peer_judge {
	const struct attester *attester;
	const char *peer;                         /* for the log */
	struct tspdm_responder *const *responder; /* where it is, once it is made */
	struct tspdm_view channel;                /* of TLS; evidence is bound to it */
	struct log_brake refusals, results;       /* a requester may try as often as it likes */
};

/* Reads what the options name. */
bool attest_peer_open(struct attester *a, char *why);
void attest_peer_free(struct attester *a);
/* Makes responders ask for evidence, if the options say so. `judge` may be NULL for a trial. */
void attest_peer_configure(const struct attester *a, struct peer_judge *judge, struct tspdm_responder_config *config);

#endif
