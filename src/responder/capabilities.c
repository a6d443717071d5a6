/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_CAPABILITIES: selects the version, and tells sizes and flags. */
#include "core/capabilities.h"
#include "responder/responder.h"

/* TSPDM_VERSION_BIT looks at the minor version only. */
static bool is_listed(const struct tspdm_responder *p, uint8_t version)
{
	return version >> 4 == 1 && (p->config.versions & TSPDM_VERSION_BIT(version)) != 0;
}

static enum tspdm_status write_response(const struct tspdm_responder *p, uint8_t version, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = { .version = version };
	const struct tspdm_capabilities own = {
		.ct_exponent = p->config.ct_exponent,
		.flags = p->config.capabilities & tspdm_flags_of_version(version),
		.data_transfer_size = p->config.data_transfer_size,
		.max_message_size = p->config.max_message,
	};

	return tspdm_write_capabilities(out, &shape, &own);
}

enum tspdm_status tspdm_responder_capabilities(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	uint8_t version = q->header.version;
	const struct tspdm_shape shape = { .version = version };
	struct tspdm_capabilities theirs;
	uint16_t at = c->transcript.vca_len;

	if (!is_listed(p, version))
		return TSPDM_ERR_VERSION;
	q->error_version = version; /* it is the selected one, even if the request fails otherwise */
	TSPDM_TRY(tspdm_read_get_capabilities(q->message, &shape, &theirs, &q->used));
	TSPDM_TRY(tspdm_check_requester_capabilities(version, &theirs));
	if (version >= TSPDM_V13 && (theirs.param1 & 1U) != 0) /* Supported Algorithms demands CHUNK_CAP of both */
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(write_response(p, version, out));
	TSPDM_TRY(
		tspdm_responder_own(q, tspdm_transcript_vca(&c->transcript, request_bytes(q), tspdm_buffer_view(out))));
	c->version = version;
	tspdm_connection_peer(c, &theirs);
	c->phase = TSPDM_PHASE_AFTER_CAPABILITIES;
	p->retry =
		(struct retry){ q->header.code, at, (uint16_t)q->used, (uint16_t)(at + q->used), (uint16_t)out->len };
	return TSPDM_OK;
}
