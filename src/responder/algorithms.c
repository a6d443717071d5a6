/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * NEGOTIATE_ALGORITHMS: selects, and starts the running hashes. */
#include "responder/responder.h"

/* The tables that a version knows; an unknown one is refused, DSP0274 1.2 "AlgStructure". */
static bool has_unknown_table(uint8_t version, const struct tspdm_algorithm_tables *tables)
{
	uint16_t known =
		1U << TSPDM_ALG_DHE | 1U << TSPDM_ALG_AEAD | 1U << TSPDM_ALG_REQ_ASYM | 1U << TSPDM_ALG_KEY_SCHEDULE;

	if (version >= TSPDM_V14)
		known |= 1U << TSPDM_ALG_REQ_PQC_ASYM | 1U << TSPDM_ALG_KEM;
	return (tables->present & ~known) != 0;
}

/* Hash states for what was selected; made before anything of the connection changes. */
static enum tspdm_status open_hashes(struct tspdm_responder *p, const struct tspdm_algorithms *selected)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	uint32_t hash = selected->measurement_hash >> 1; /* bit 0 is "raw bit stream only" */

	if (hash != 0)
		TSPDM_TRY(crypto->ops->hash_new(crypto, hash, &p->measurement_hash));
	return tspdm_transcript_open(&p->connection.transcript, p->connection.version, selected->base_hash);
}

static enum tspdm_status enter(struct tspdm_responder *p, const struct request *q,
	const struct tspdm_algorithms *selected, struct tspdm_view response)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	struct transcript *t = &p->connection.transcript;
	uint16_t mark = t->vca_len;
	enum tspdm_status status = tspdm_transcript_vca(t, request_bytes(q), response);

	if (status == TSPDM_OK)
		status = open_hashes(p, selected);
	if (status == TSPDM_OK)
		return TSPDM_OK;
	tspdm_transcript_rewind(t, mark);
	crypto->ops->hash_free(crypto, p->measurement_hash);
	p->measurement_hash = NULL;
	return status;
}

enum tspdm_status tspdm_responder_algorithms(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	struct connection *c = &p->connection;
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	const struct algorithm_needs needs = tspdm_algorithm_needs(c->peer_flags, c->own_flags);
	struct tspdm_negotiate_algorithms offered;
	struct tspdm_algorithms selected;
	uint16_t at = c->transcript.vca_len;
	enum tspdm_status common;

	TSPDM_TRY(tspdm_read_negotiate_algorithms(q->message, &shape, &offered, &q->used));
	if (has_unknown_table(c->version, &offered.tables))
		return TSPDM_ERR_FIELD;
	common = tspdm_select_algorithms(&p->offer, &needs, c->version, &offered, &selected);
	TSPDM_TRY(tspdm_write_algorithms(out, &shape, &selected));
	if (common != TSPDM_OK) { /* told to the requester by zeros; what follows gets RequestResynch */
		p->needs_resynch = true;
		return TSPDM_OK;
	}
	TSPDM_TRY(tspdm_responder_own(q, enter(p, q, &selected, tspdm_buffer_view(out))));
	c->selected = selected;
	c->phase = TSPDM_PHASE_NEGOTIATED;
	p->retry =
		(struct retry){ q->header.code, at, (uint16_t)q->used, (uint16_t)(at + q->used), (uint16_t)out->len };
	return TSPDM_OK;
}
