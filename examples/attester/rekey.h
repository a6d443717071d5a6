/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --update-keys: the attester's side wants new keys for its answers from time to time. */
#ifndef ATTESTER_REKEY_H
#define ATTESTER_REKEY_H

#include "application.h"

/* The sessions of one connection, and when each is to have new keys. */
struct rekey {
	struct {
		uint32_t session; /* 0: free */
		uint64_t due_us;
	} all[SESSIONS];
};

/* After each request: wants new keys where it is time. The requester hears of it when it asks. */
void rekey_settle(struct rekey *rekey, struct tspdm_responder *responder, const struct options *o, const char *peer);

#endif
