/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Going on with the Negotiated State of a connection before, without GET_VERSION to NEGOTIATE_ALGORITHMS: DSP0274 1.2
 * "CACHE_CAP". */
#include <string.h>

#include "core/negotiated_state.h"
#include "requester/requester.h"

enum tspdm_status tspdm_requester_save_state(const struct tspdm_requester *r, struct tspdm_buffer *state)
{
	if (r == NULL || state == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL || r->is_state_cleared)
		return TSPDM_ERR_STATE;
	return tspdm_state_write(&r->c, r->c.peer_flags, state);
}

/* What this requester would ask now has to be what it asked then. */
static enum tspdm_status replay(struct tspdm_requester *r, const struct negotiated_state *state)
{
	struct tspdm_io io;

	for (unsigned i = 0; i < VCA_MESSAGES; i += 2) {
		if (tspdm_requester_step(r, r->now_us, &io) != TSPDM_STEP_SEND)
			return TSPDM_ERR_ARGUMENT;
		if (!tspdm_state_is_same(io.out, state->messages[i]))
			return TSPDM_ERR_ARGUMENT;
		(void)tspdm_requester_step(r, r->now_us, &io);
		TSPDM_TRY(tspdm_requester_input(r, TSPDM_KIND_PLAIN, state->messages[i + 1]));
	}
	if (tspdm_requester_step(r, r->now_us, &io) != TSPDM_STEP_DONE)
		return TSPDM_ERR_ARGUMENT;
	return r->c.version < TSPDM_V12 || (r->c.peer_flags & TSPDM_CAP_CACHE) == 0 ? TSPDM_ERR_ARGUMENT : TSPDM_OK;
}

enum tspdm_status tspdm_requester_resume(struct tspdm_requester *r, struct tspdm_view saved)
{
	struct tspdm_observer_hook observer;
	struct negotiated_state state;
	enum tspdm_status status;

	if (r == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(tspdm_state_read(saved, &state));
	observer = r->config.observer;
	r->config.observer = (struct tspdm_observer_hook){ 0 }; /* nothing of this is sent */
	status = tspdm_requester_connect(r);
	if (status == TSPDM_OK)
		status = replay(r, &state);
	if (status != TSPDM_OK)
		tspdm_requester_forget_negotiation(r);
	r->config.observer = observer;
	return status;
}
