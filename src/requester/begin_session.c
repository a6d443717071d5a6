/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How a session begins and is established, whether by KEY_EXCHANGE or by PSK_EXCHANGE. */
#include <string.h>

#include "requester/requester.h"

static const char opaque_clause[] = "DSP0277 1.2 \"Secured message opaque element data format\"";

enum tspdm_status tspdm_requester_choose_session_id(struct tspdm_requester *r)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	uint8_t id[2];

	TSPDM_TRY(crypto->ops->random(crypto, id, sizeof id));
	r->opening.session_id = (uint16_t)(id[0] | id[1] << 8);
	if (r->opening.session_id == 0) /* so that no responder can make it "no session" */
		r->opening.session_id = 1;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_write_record_offer(
	struct tspdm_requester *r, uint8_t room[RECORD_OFFER_ROOM], struct tspdm_view *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_buffer opaque = { room, RECORD_OFFER_ROOM, 0 };

	TSPDM_TRY(tspdm_write_supported_versions(
		&opaque, &shape, tspdm_record_versions, RECORD_VERSIONS, TSPDM_AEAD_LIMIT_NONE));
	*out = tspdm_buffer_view(&opaque);
	return TSPDM_OK;
}

static enum tspdm_status read_record_version(struct tspdm_requester *r, struct tspdm_view opaque, uint16_t *version)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_selected_version selection;
	enum tspdm_status status = tspdm_read_selected_version(opaque, &shape, &selection);

	*version = selection.version;
	if (status != TSPDM_OK)
		return tspdm_requester_broken(r, status, opaque_clause, 0);
	for (unsigned i = 0; i < RECORD_VERSIONS; i++)
		if (selection.version == tspdm_record_versions[i])
			return TSPDM_OK;
	return tspdm_requester_broken(r, TSPDM_ERR_NOT_OFFERED, opaque_clause, 0);
}

enum tspdm_status tspdm_requester_begin_session(struct tspdm_requester *r, const struct session_grant *granted)
{
	uint32_t id = r->opening.session_id | (uint32_t)granted->session_id << 16;
	struct session *s = tspdm_session_free_slot(&r->sessions);
	uint16_t record_version;

	TSPDM_TRY(read_record_version(r, granted->opaque, &record_version));
	if (s == NULL)
		return TSPDM_ERR_SESSION_LIMIT;
	if (tspdm_session_find(&r->sessions, id) != NULL)
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_session_begin(s, &r->c, granted->kind, id, true));
	r->opening.session = s;
	s->record_version = (uint8_t)(record_version >> 8);
	s->seal_order = r->config.sequence_order;
	s->evidence.is_must = r->config.must_attest;
	if ((r->c.own_flags & r->c.peer_flags & TSPDM_CAP_HBEAT) != 0)
		s->heartbeat_s = granted->heartbeat_period;
	s->summary_len = (uint8_t)granted->summary_hash.len;
	if (s->summary_len != 0)
		memcpy(s->summary, granted->summary_hash.ptr, s->summary_len);
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_establish(struct tspdm_requester *r)
{
	struct session *s = r->opening.session;

	TSPDM_TRY(tspdm_session_derive(s));
	TSPDM_TRY(tspdm_session_establish(s));
	s->heard_us = r->now_us;
	r->opened_id = s->id;
	r->opening.session = NULL;
	return TSPDM_OK;
}
