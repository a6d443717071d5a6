/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The caller's memory, lent and taken back: between two messages most of it holds nothing. */
#include "responder/responder.h"

static bool has_sessions(const struct tspdm_responder *p)
{
	for (unsigned i = 0; i < p->sessions.count; i++)
		if (p->sessions.all[i].phase != SESSION_FREE)
			return true;
	return false;
}

uint32_t tspdm_responder_rooms_in_use(const struct tspdm_responder *responder)
{
	const struct tspdm_responder *p = responder;
	uint32_t rooms = 0;

	if (p->job.is_waiting)
		rooms |= TSPDM_ROOM_SCRATCH;
	if (p->chunking.in.is_begun || p->chunking.out.is_active)
		rooms |= TSPDM_ROOM_LARGE;
	if (p->flow.purpose != FLOW_NONE || p->requester.told.is_authenticated)
		rooms |= TSPDM_ROOM_REQUESTER_CHAIN;
	if (has_sessions(p))
		rooms |= TSPDM_ROOM_SESSIONS;
	return rooms;
}

size_t tspdm_responder_scratch_used(const struct tspdm_responder *responder)
{
	const struct job *job = &responder->job;

	return job->is_waiting ? job->request_len + job->response_len : 0;
}

/* Which of them the configuration has. */
static uint32_t configured(const struct tspdm_responder_config *c)
{
	return (c->scratch_len != 0 ? TSPDM_ROOM_SCRATCH : 0U) | (c->record_len != 0 ? TSPDM_ROOM_RECORD : 0U) |
	       (c->large_len != 0 ? TSPDM_ROOM_LARGE : 0U) |
	       (c->requester_chain_len != 0 ? TSPDM_ROOM_REQUESTER_CHAIN : 0U) |
	       (c->sessions_len != 0 ? TSPDM_ROOM_SESSIONS : 0U);
}

static uint32_t given(const struct tspdm_responder_rooms *r)
{
	return (r->scratch != NULL ? TSPDM_ROOM_SCRATCH : 0U) | (r->record != NULL ? TSPDM_ROOM_RECORD : 0U) |
	       (r->large != NULL ? TSPDM_ROOM_LARGE : 0U) |
	       (r->requester_chain != NULL ? TSPDM_ROOM_REQUESTER_CHAIN : 0U) |
	       (r->sessions != NULL ? TSPDM_ROOM_SESSIONS : 0U);
}

static uint32_t moved(const struct tspdm_responder_config *c, const struct tspdm_responder_rooms *r)
{
	return (r->scratch != c->scratch ? TSPDM_ROOM_SCRATCH : 0U) |
	       (r->record != c->record ? TSPDM_ROOM_RECORD : 0U) | (r->large != c->large ? TSPDM_ROOM_LARGE : 0U) |
	       (r->requester_chain != c->requester_chain ? TSPDM_ROOM_REQUESTER_CHAIN : 0U) |
	       (r->sessions != c->sessions ? TSPDM_ROOM_SESSIONS : 0U);
}

enum tspdm_status tspdm_responder_move_rooms(
	struct tspdm_responder *responder, const struct tspdm_responder_rooms *rooms)
{
	struct tspdm_responder *p = responder;
	struct tspdm_responder_config *c = &p->config;
	uint32_t change = rooms != NULL ? moved(c, rooms) : 0;
	size_t scratch_len = c->scratch_len;

	if (rooms == NULL || (given(rooms) & ~configured(c)) != 0)
		return TSPDM_ERR_ARGUMENT;
	if (rooms->scratch_len != 0 && rooms->scratch_len < scratch_len)
		scratch_len = rooms->scratch_len;
	if ((change & tspdm_responder_rooms_in_use(p) & ~(uint32_t)TSPDM_ROOM_SCRATCH) != 0)
		return TSPDM_ERR_STATE;
	if ((rooms->scratch != NULL ? scratch_len : 0) < tspdm_responder_scratch_used(p))
		return TSPDM_ERR_STATE;
	c->scratch = rooms->scratch;
	p->scratch_len = scratch_len;
	c->record = rooms->record;
	c->large = rooms->large;
	c->requester_chain = rooms->requester_chain;
	p->is_homeless = given(rooms) != configured(c) || scratch_len < c->scratch_len;
	if ((change & TSPDM_ROOM_SESSIONS) == 0)
		return TSPDM_OK;
	c->sessions = rooms->sessions;
	p->sessions = (struct session_table){ .count = 0 };
	return c->sessions != NULL ? tspdm_responder_table_sessions(p) : TSPDM_OK;
}
