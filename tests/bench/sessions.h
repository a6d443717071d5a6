/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the measurement of sessions and its floor share. */
#ifndef TESTS_BENCH_SESSIONS_H
#define TESTS_BENCH_SESSIONS_H

#include "bench.h"

enum { RECORDS_MAX = 64 };

enum session_form {
	SESSION_FORM_CERTIFICATE,
	SESSION_FORM_MUTUAL, /* with encapsulated requests: the requester's chain is fetched each time */
	SESSION_FORM_PSK,
	SESSION_FORMS,
};

/* The records that went to and fro in one session, from KEY_EXCHANGE to END_SESSION_ACK. */
struct traffic {
	unsigned count;
	size_t len[RECORDS_MAX];
};

struct session_floor;
struct session_floor *bench_session_floor_new(
	const struct rig *rig, enum session_form form, const struct traffic *traffic);
void bench_session_floor_free(struct session_floor *floor);
/* Opens and closes one. */
struct pair;
void bench_session(struct pair *pair);
enum bench_role { BENCH_BOTH, BENCH_REQUESTER, BENCH_RESPONDER, BENCH_ROLES };
/* The cryptography of one session. */
void bench_session_floor(struct session_floor *floor, enum bench_role who);

#endif
