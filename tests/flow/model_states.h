/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder in each state of the model, and a well-formed request of each code for it. */
#ifndef TEST_MODEL_STATES_H
#define TEST_MODEL_STATES_H

#include "guest.h"
#include "model_responder.h"

enum { MODEL_MESSAGE_MAX = 512 };

extern const struct model_state model_states[];
extern const unsigned model_state_count;

/* A responder in this state. */
struct guest *model_enter(const struct model_state *state, uint8_t version);
/* The request's bytes, as right as they can be. @returns their length */
size_t model_request(struct guest *g, const struct model_cell *cell, uint8_t message[MODEL_MESSAGE_MAX]);
/* Where a request of the cell goes: the session, or NULL for the clear. */
struct session *model_channel(struct guest *g, const struct model_cell *cell);

#endif
