/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The job that connects: GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. */
#include <string.h>

#include "core/capabilities.h"
#include "requester/requester.h"

/* Where the connection stands after each, so that a failure leaves no later phase behind. */
enum { STAGE_VERSION, STAGE_CAPABILITIES, STAGE_ALGORITHMS, STAGE_DONE };

static enum tspdm_status write_get_version(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_header header = { TSPDM_V10, TSPDM_GET_VERSION, 0, 0 };

	(void)r;
	return tspdm_write_header(request, &header);
}

static enum tspdm_status read_version(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_version_response version;
	size_t used;

	TSPDM_TRY(tspdm_read_version(message, &version, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_select_version(&version, r->config.versions, &r->c.version));
	TSPDM_TRY(tspdm_transcript_vca(&r->c.transcript, tspdm_requester_request(r), message));
	r->c.phase = TSPDM_PHASE_AFTER_VERSION;
	r->connect_stage = STAGE_CAPABILITIES;
	return TSPDM_OK;
}

static enum tspdm_status write_get_capabilities(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_capabilities own = r->own;

	own.flags &= tspdm_flags_of_version(r->c.version);
	return tspdm_write_get_capabilities(request, &shape, &own);
}

static enum tspdm_status read_capabilities(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_capabilities theirs;
	size_t used;

	TSPDM_TRY(tspdm_read_capabilities(message, &shape, &theirs, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_check_responder_capabilities(r->c.version, &theirs));
	TSPDM_TRY(tspdm_transcript_vca(&r->c.transcript, tspdm_requester_request(r), message));
	tspdm_connection_peer(&r->c, &theirs);
	r->c.phase = TSPDM_PHASE_AFTER_CAPABILITIES;
	r->connect_stage = STAGE_ALGORITHMS;
	return TSPDM_OK;
}

static enum tspdm_status write_negotiate(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct algorithm_needs needs = tspdm_algorithm_needs(r->c.own_flags, r->c.peer_flags);

	tspdm_write_offer(&r->offer, &needs, r->c.version, &r->offered);
	return tspdm_write_negotiate_algorithms(request, &shape, &r->offered);
}

static enum tspdm_status read_algorithms(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct algorithm_needs needs = tspdm_algorithm_needs(r->c.own_flags, r->c.peer_flags);
	struct tspdm_crypto *crypto = r->config.crypto;
	struct tspdm_algorithms selected;
	size_t used;

	TSPDM_TRY(tspdm_read_algorithms(message, &shape, &selected, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_check_selection(&r->offered, &needs, r->c.version, &selected));
	TSPDM_TRY(tspdm_transcript_vca(&r->c.transcript, tspdm_requester_request(r), message));
	r->c.selected = selected;
	TSPDM_TRY(tspdm_transcript_open(&r->c.transcript, r->c.version, selected.base_hash));
	crypto->ops->hash_free(crypto, r->digest);
	r->digest = NULL;
	if (selected.base_hash != 0)
		TSPDM_TRY(crypto->ops->hash_new(crypto, selected.base_hash, &r->digest));
	r->negotiated = tspdm_connection_negotiated(&r->c);
	r->c.phase = TSPDM_PHASE_NEGOTIATED;
	r->connect_stage = STAGE_DONE;
	return TSPDM_OK;
}

static const struct exchange exchanges[] = {
	[STAGE_VERSION] = { TSPDM_GET_VERSION, TSPDM_VERSION, false, false, "DSP0274 1.2 \"VERSION response\"",
		write_get_version, read_version, NULL },
	[STAGE_CAPABILITIES] = { TSPDM_GET_CAPABILITIES, TSPDM_CAPABILITIES, false, false,
		"DSP0274 1.2 \"CAPABILITIES response\"", write_get_capabilities, read_capabilities, NULL },
	[STAGE_ALGORITHMS] = { TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS, false, false,
		"DSP0274 1.2 \"ALGORITHMS response\"", write_negotiate, read_algorithms, NULL },
};

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->connect_stage < STAGE_DONE ? &exchanges[r->connect_stage] : NULL;
	return TSPDM_OK;
}

static void drop(struct tspdm_requester *r)
{
	tspdm_requester_forget_identity(r);
	tspdm_requester_drop(r);
	memset(&r->negotiated, 0, sizeof r->negotiated);
	r->has_digests = false;
	r->is_state_cleared = false;
	r->connect_stage = STAGE_VERSION;
}

static const struct job connect_job = { next, drop };

void tspdm_requester_forget_negotiation(struct tspdm_requester *r)
{
	tspdm_requester_fail(r, TSPDM_ERR_ARGUMENT);
	drop(r);
}

enum tspdm_status tspdm_requester_connect(struct tspdm_requester *r)
{
	if (r->engine.job != NULL)
		return TSPDM_ERR_STATE;
	drop(r);
	return tspdm_requester_begin_in(r, &connect_job, TSPDM_PHASE_NOT_STARTED, NULL);
}
