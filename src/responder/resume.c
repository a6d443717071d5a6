/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Going on with the Negotiated State of a connection before a Reset: DSP0274 1.2 "CACHE_CAP". */
#include <string.h>

#include "core/negotiated_state.h"
#include "responder/responder.h"

enum tspdm_status tspdm_responder_save_state(const struct tspdm_responder *p, struct tspdm_buffer *state)
{
	if (p == NULL || state == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (p->is_state_cleared || p->needs_resynch)
		return TSPDM_ERR_STATE;
	return tspdm_state_write(&p->connection, p->config.capabilities, state);
}

/* What this responder would answer now has to be what it answered then. */
static enum tspdm_status replay(struct tspdm_responder *p, const struct negotiated_state *state)
{
	for (unsigned i = 0; i < VCA_MESSAGES; i += 2) {
		uint8_t room[VCA_MAX];
		struct tspdm_buffer out = { room, sizeof room, 0 };

		TSPDM_TRY(tspdm_responder_handle(p, p->now_us, TSPDM_KIND_PLAIN, state->messages[i], &out));
		if (!tspdm_state_is_same(tspdm_buffer_view(&out), state->messages[i + 1]))
			return TSPDM_ERR_ARGUMENT;
	}
	if (p->connection.phase < TSPDM_PHASE_NEGOTIATED || p->needs_resynch || p->connection.version < TSPDM_V12 ||
		(p->config.capabilities & TSPDM_CAP_CACHE) == 0)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_restore_state(struct tspdm_responder *p, struct tspdm_view saved)
{
	struct tspdm_observer_hook observer;
	struct negotiated_state state;
	enum tspdm_status status;

	if (p == NULL)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_state_read(saved, &state));
	observer = p->config.observer;
	p->config.observer = (struct tspdm_observer_hook){ 0 }; /* nothing of this came, or is sent */
	tspdm_responder_drop(p);
	status = replay(p, &state);
	if (status != TSPDM_OK)
		tspdm_responder_drop(p);
	p->config.observer = observer;
	p->last = (struct tspdm_responder_outcome){ 0 };
	return status;
}
