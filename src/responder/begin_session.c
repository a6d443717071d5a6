/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How a session begins, whether by KEY_EXCHANGE or by PSK_EXCHANGE: the version of DSP0277, the number, the slot.
 * DSP0274 1.2 "KEY_EXCHANGE request", "PSK_EXCHANGE request"; DSP0277 1.2 "Secured message opaque element data format". */
#include <string.h>

#include "responder/responder.h"

struct session *tspdm_responder_clear_handshake(struct tspdm_responder *p)
{
	for (unsigned i = 0; i < p->sessions.count; i++)
		if (p->sessions.all[i].phase == SESSION_HANDSHAKING && p->sessions.all[i].is_clear)
			return &p->sessions.all[i];
	return NULL;
}

/* The highest version of DSP0277 that both have. */
static enum tspdm_status select_record_version(const struct connection *c, struct tspdm_view opaque, uint16_t *selected)
{
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_supported_versions offer;

	*selected = 0;
	if (!tspdm_connection_has_opaque(c)) /* no form in which to agree on a version */
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_read_supported_versions(opaque, &shape, &offer));
	for (unsigned i = 0; i < offer.count; i++)
		for (unsigned k = 0; k < RECORD_VERSIONS; k++)
			if (tspdm_supported_version(&offer, i) == tspdm_record_versions[k] &&
				tspdm_record_versions[k] > *selected)
				*selected = tspdm_record_versions[k];
	return *selected != 0 ? TSPDM_OK : TSPDM_ERR_FIELD;
}

/* An identical request once more: its answer was lost, and the session that it began is of no use to anybody. */
static void drop_repeated(struct tspdm_responder *p, const struct session_wish *wish)
{
	for (unsigned i = 0; i < p->sessions.count; i++) {
		struct session *s = &p->sessions.all[i];

		bool is_waiting = s->phase == SESSION_HANDSHAKING || tspdm_session_is_unused(s);

		if (is_waiting && s->kind == wish->kind && (s->id & 0xFFFFU) == wish->session_id &&
			memcmp(s->random, wish->random, sizeof s->random) == 0)
			tspdm_responder_end(p, s);
	}
}

static enum tspdm_status choose_id(struct tspdm_responder *p, uint16_t req_id, uint32_t *id)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	uint8_t random[2];

	*id = 0;
	TSPDM_TRY(crypto->ops->random(crypto, random, sizeof random));
	for (unsigned i = 0; i <= p->sessions.count; i++) {
		uint16_t rsp_id = (uint16_t)((random[0] | random[1] << 8) + (int)i);

		*id = req_id | (uint32_t)rsp_id << 16;
		if (*id != 0 && tspdm_session_find(&p->sessions, *id) == NULL)
			return TSPDM_OK;
	}
	return TSPDM_ERR_SESSION_LIMIT;
}

static enum tspdm_status begin(
	struct tspdm_responder *p, struct request *q, const struct session_wish *wish, uint16_t record_version)
{
	struct session *s;
	uint32_t id;

	tspdm_job_begin(p, q);
	drop_repeated(p, wish);
	if (tspdm_responder_clear_handshake(p) != NULL)
		return TSPDM_ERR_UNEXPECTED;
	if ((wish->mutual_auth & MUTUAL_ENCAPSULATED_FORMS) != 0 && tspdm_flow_is_taken(p))
		return TSPDM_ERR_BUSY;
	s = tspdm_session_free_slot(&p->sessions);
	if (s == NULL)
		return TSPDM_ERR_SESSION_LIMIT;
	TSPDM_TRY(tspdm_responder_own(q, choose_id(p, wish->session_id, &id)));
	TSPDM_TRY(tspdm_responder_own(q, tspdm_session_begin(s, &p->connection, wish->kind, id, false)));
	s->record_version = (uint8_t)(record_version >> 8);
	s->mutual_auth = wish->mutual_auth;
	s->requester_slot = wish->requester_slot;
	s->heard_us = p->now_us;
	s->evidence.is_must = p->config.must_attest;
	if ((p->connection.own_flags & p->connection.peer_flags & TSPDM_CAP_HBEAT) != 0)
		s->heartbeat_s = p->config.heartbeat_s;
	memcpy(s->random, wish->random, sizeof s->random);
	p->job.opening = s;
	p->job.tail_len = s->is_clear ? 0 : tspdm_connection_shape(&p->connection).hash_len;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_begin_session(
	struct tspdm_responder *p, struct request *q, const struct session_wish *wish)
{
	uint16_t record_version;

	TSPDM_TRY(select_record_version(&p->connection, wish->opaque, &record_version));
	return q->is_resumed && p->job.opening != NULL ? TSPDM_OK : begin(p, q, wish, record_version);
}

enum tspdm_status tspdm_responder_write_record_version(struct tspdm_responder *p, struct request *q,
	const struct session *s, uint8_t room[RECORD_VERSION_ROOM], struct tspdm_view *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	const struct tspdm_selected_version selection = { .version = (uint16_t)(s->record_version << 8),
		.aead_limit = TSPDM_AEAD_LIMIT_NONE };
	struct tspdm_buffer opaque = { room, RECORD_VERSION_ROOM, 0 };

	TSPDM_TRY(tspdm_responder_own(q, tspdm_write_selected_version(&opaque, &shape, &selection)));
	*out = tspdm_buffer_view(&opaque);
	return TSPDM_OK;
}
