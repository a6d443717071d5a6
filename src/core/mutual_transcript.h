/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * M1/M2 of a requester that is authenticated by encapsulated requests, DSP0274 1.2 "Basic mutual authentication": only the
 * messages inside the encapsulation count, and from 1.2 on VCA stands before them. */
#ifndef TSPDM_CORE_MUTUAL_TRANSCRIPT_H
#define TSPDM_CORE_MUTUAL_TRANSCRIPT_H

#include "core/transcript.h"

struct mutual_transcript {
	const struct transcript *connection; /* NULL: not begun */
	struct tspdm_hash *running;
	struct tspdm_hash *scratch;
};

/* Begins one flow. `t` must be zero or closed. TSPDM_ERR_STATE: the connection has no base hash. */
enum tspdm_status tspdm_mutual_transcript_begin(struct mutual_transcript *t, const struct transcript *connection);
/* mutB: GET_DIGESTS clears it first, as outside the encapsulation. After a failure the transcript is closed. */
enum tspdm_status tspdm_mutual_transcript_b(
	struct mutual_transcript *t, bool is_digests, struct tspdm_view request, struct tspdm_view response);
/* The digest of it all with mutC: CHALLENGE ‖ (CHALLENGE_AUTH − Signature), which is not kept. */
enum tspdm_status tspdm_mutual_transcript_challenge(
	struct mutual_transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest);
/* Frees the hashes. May be called again, and on zeroes. */
void tspdm_mutual_transcript_close(struct mutual_transcript *t);

#endif
