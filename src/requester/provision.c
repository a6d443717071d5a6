/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The jobs that provision a responder: GET_CSR, SET_CERTIFICATE. */
#include "core/chain.h"
#include "requester/requester.h"
#include "wire/wire.h"

static const char csr_clause[] = "DSP0274 1.2 \"CSR response\"";
static const char set_clause[] = "DSP0274 1.2 \"SET_CERTIFICATE_RSP response\"";

static enum tspdm_status begin(struct tspdm_requester *r, const struct job *job, uint32_t needed)
{
	enum tspdm_status status;

	if ((r->c.peer_flags & needed) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	r->provisioning.is_done = false;
	status = tspdm_requester_begin(r, job, TSPDM_PHASE_NEGOTIATED);
	/* the request is written, or will never be */
	r->provisioning.requester_info = r->provisioning.certificates = (struct tspdm_view){ NULL, 0 };
	return status;
}

static bool is_ready(const struct tspdm_requester *r)
{
	return r->engine.job == NULL && r->c.phase >= TSPDM_PHASE_NEGOTIATED;
}

/* ---- GET_CSR ---- */

static enum tspdm_status write_get_csr(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	const struct tspdm_get_csr wish = { .requester_info = r->provisioning.requester_info };

	return tspdm_write_get_csr(request, &shape, &wish);
}

static enum tspdm_status read_csr(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_csr response;
	size_t used;

	TSPDM_TRY(tspdm_read_csr(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	r->provisioning.csr->len = 0;
	write_view(r->provisioning.csr, response.csr);
	r->provisioning.is_done = true;
	return write_end(r->provisioning.csr);
}

static const struct exchange csr_exchange = { TSPDM_GET_CSR, TSPDM_CSR, true, true, csr_clause, write_get_csr, read_csr,
	NULL };

static enum tspdm_status next_csr(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->provisioning.is_done ? NULL : &csr_exchange;
	return TSPDM_OK;
}

/* What did not fit tells its size; nothing else of a failure is left. */
static void abandon_csr(struct tspdm_requester *r)
{
	struct tspdm_buffer *csr = r->provisioning.csr;

	if (csr->len <= csr->cap)
		csr->len = 0;
}

static const struct job csr_job = { next_csr, abandon_csr };

enum tspdm_status tspdm_requester_get_csr(
	struct tspdm_requester *r, struct tspdm_view requester_info, struct tspdm_buffer *csr)
{
	if (csr == NULL || requester_info.len > UINT16_MAX || (requester_info.ptr == NULL && requester_info.len != 0))
		return TSPDM_ERR_ARGUMENT;
	if (!is_ready(r))
		return TSPDM_ERR_STATE;
	csr->len = 0;
	r->provisioning.csr = csr;
	r->provisioning.requester_info = requester_info;
	return begin(r, &csr_job, TSPDM_CAP_CSR);
}

/* ---- SET_CERTIFICATE ---- */

static enum tspdm_status write_set_certificate(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	const struct tspdm_slot slot = { .certificates = r->provisioning.certificates };
	struct chain_image image;

	TSPDM_TRY(tspdm_chain_image(&image, r->config.crypto, r->digest, shape.hash_len, r->c.version, &slot));
	return tspdm_wire_write_chain(request, &shape, r->provisioning.slot,
		(struct tspdm_view){ image.head, image.head_len }, image.certificates);
}

/* What was known of the slot is not so any more, or may not be after a failure on the way. */
static void forget(struct tspdm_requester *r)
{
	r->has_digests = false;
	if (r->identity.leaf.len != 0 && r->identity.slot == r->provisioning.slot)
		tspdm_requester_forget_identity(r);
}

static enum tspdm_status read_set_certificate_rsp(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_set_certificate_rsp response;
	size_t used;

	TSPDM_TRY(tspdm_read_set_certificate_rsp(message, &shape, &response, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	if (response.slot != r->provisioning.slot)
		return TSPDM_ERR_ECHO;
	forget(r);
	r->provisioning.is_done = true;
	return TSPDM_OK;
}

static const struct exchange set_exchange = { TSPDM_SET_CERTIFICATE, TSPDM_SET_CERTIFICATE_RSP, true, true, set_clause,
	write_set_certificate, read_set_certificate_rsp, NULL };

static enum tspdm_status next_set(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->provisioning.is_done ? NULL : &set_exchange;
	return TSPDM_OK;
}

/* An ERROR says that nothing changed, or will after a reset; silence, or an answer that is none, says nothing. */
static void abandon_set(struct tspdm_requester *r)
{
	if (r->error.status != TSPDM_ERR_PEER)
		forget(r);
}

static const struct job set_job = { next_set, abandon_set };

enum tspdm_status tspdm_requester_set_certificate(
	struct tspdm_requester *r, uint8_t slot, struct tspdm_view certificates)
{
	if (slot >= TSPDM_SLOTS || certificates.ptr == NULL || certificates.len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (!is_ready(r))
		return TSPDM_ERR_STATE;
	r->provisioning.slot = slot;
	r->provisioning.certificates = certificates;
	return begin(r, &set_job, TSPDM_CAP_SET_CERT);
}
