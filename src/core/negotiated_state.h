/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The Negotiated State that outlives a connection, DSP0274 1.2 "CACHE_CAP": the six messages that led to it. Whoever takes it up
 * again goes through them as if they came anew, so that each rule is checked again and nothing but they is believed. */
#ifndef TSPDM_CORE_NEGOTIATED_STATE_H
#define TSPDM_CORE_NEGOTIATED_STATE_H

#include "core/connection.h"

struct negotiated_state {
	struct tspdm_view messages[VCA_MESSAGES]; /* GET_VERSION, VERSION … ALGORITHMS */
};

/* Appends the state of a connection. TSPDM_ERR_STATE: nothing is negotiated; TSPDM_ERR_CAPABILITY_MISSING: the responder,
 * whose flags these are, has no CACHE_CAP; TSPDM_ERR_UNSUPPORTED: before 1.2 M1/M2 would not have it;
 * TSPDM_ERR_BUFFER: out->len tells the size needed. */
enum tspdm_status tspdm_state_write(const struct connection *c, uint32_t responder_flags, struct tspdm_buffer *out);
/* Takes it apart; views of it. TSPDM_ERR_ARGUMENT: it is none. */
enum tspdm_status tspdm_state_read(struct tspdm_view state, struct negotiated_state *out);
/* Whether two messages are the same bytes. */
bool tspdm_state_is_same(struct tspdm_view a, struct tspdm_view b);

#endif
