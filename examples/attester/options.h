/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the files of the command line share. Functions that return false have said why. */
#ifndef ATTESTER_OPTIONS_H
#define ATTESTER_OPTIONS_H

#include "attester.h"

typedef bool take_option(struct options *o, const char *value, char *why);

/* ---- limits.c ---- */

extern const struct limits limits_default;

take_option on_max_connections;
take_option on_max_per_peer;
take_option on_max_handshakes;
take_option on_max_memory;
take_option on_first_timeout;
take_option on_frame_timeout;
take_option on_idle_timeout;
take_option on_grace;
take_option on_metrics;

/* ---- results.c ---- */

take_option on_accept_result;
take_option on_result_key;
take_option on_unverified_result;
/* Whether they go together. */
bool results_check(const struct options *o, char *why);

#endif
