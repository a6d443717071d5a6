/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What an attester counts, and --metrics, where others read it in the text format of Prometheus. */
#ifndef ATTESTER_METRICS_H
#define ATTESTER_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "crowd.h"

enum { EVIDENCE_BUCKETS = 10 };

/* Since the start. Connections that are open, and memory, are counted where they are kept. */
struct metrics {
	uint64_t accepted, dropped;
	uint64_t refused[ADMISSIONS];
	uint64_t requests;
	uint64_t errors[UINT8_MAX + 1]; /* answered, by ErrorCode */
	uint64_t authenticated;         /* connections with a CHALLENGE that was answered, */
	uint64_t attested;              /* and with evidence outside of sessions */
	uint64_t sessions_opened;
	uint64_t sessions; /* that are open */
	uint64_t evidence_wanted, evidence_given, evidence_failed;
	uint64_t evidence_us;                       /* how long those given took together, */
	uint64_t evidence_within[EVIDENCE_BUCKETS]; /* and how many each of the times sufficed for */
	uint64_t reloads, reloads_failed;
};

void metrics_evidence(struct metrics *m, uint64_t took_us);

struct server;
struct metrics_endpoint;

/* Serves HTTP there. NULL, with the reason in `why`: that cannot be. */
struct metrics_endpoint *metrics_open(struct server *s, const char *endpoint, char *why);
/* NULL is allowed. */
void metrics_close(struct metrics_endpoint *endpoint);

#endif
