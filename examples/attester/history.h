/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What happened on a connection, for its line in the log. */
#ifndef ATTESTER_HISTORY_H
#define ATTESTER_HISTORY_H

#include <tspdm/message.h>

#include "attester.h"

enum {
	HISTORY_PEER_MAX = 64,
	HISTORY_MAX = 24,
};

/* Requests in a row that had the same outcome. */
struct history_entry {
	uint8_t request_code;
	uint8_t error_code; /* 0: answered */
	unsigned count;
};

struct history {
	char peer[HISTORY_PEER_MAX];
	struct history_entry entries[HISTORY_MAX];
	unsigned entry_count;
	unsigned requests, errors;
	unsigned not_shown;
	bool is_authenticated, is_measured, is_attested;
	uint8_t slot;
	struct tspdm_header waiting; /* of the request that is not ready; all zero: none */
};

void history_note(struct history *h, struct tspdm_view request, struct tspdm_responder_outcome outcome);
void history_log(const struct history *h, const char *reason);

#endif
