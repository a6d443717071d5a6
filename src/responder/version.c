/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_VERSION: a connection begins, whatever was before it. */
#include "responder/responder.h"

enum { GET_VERSION_LEN = 4 };

enum tspdm_status tspdm_responder_version(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	/* an illegal GET_VERSION changes nothing: DSP0274 1.2 "GET_VERSION request and VERSION response" */
	if (q->header.version != TSPDM_V10)
		return TSPDM_ERR_VERSION;
	q->used = GET_VERSION_LEN;
	TSPDM_TRY(tspdm_write_version(out, p->config.versions));
	tspdm_responder_drop(p);
	TSPDM_TRY(tspdm_responder_own(
		q, tspdm_transcript_vca(&p->connection.transcript, request_bytes(q), tspdm_buffer_view(out))));
	p->connection.phase = TSPDM_PHASE_AFTER_VERSION;
	return TSPDM_OK;
}
