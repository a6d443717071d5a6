/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_CSR and SET_CERTIFICATE: certificate requests that the device makes, chains that it takes into its slots. */
#include <stddef.h>
#include <string.h>

#include "core/chain.h"
#include "responder/responder.h"

enum {
	CSR_AT = 8, /* CSRdata in CSR */
	SPKI_ROOM = 640,
};

/* A device that was compiled against an older header has a shorter vtable. */
#define HAS_OP(ops, op) ((ops)->size >= offsetof(struct tspdm_device_ops, op) + sizeof((ops)->op) && (ops)->op != NULL)

bool tspdm_responder_can_provision(const struct tspdm_responder *p)
{
	const struct tspdm_device_ops *ops = p->config.device->ops;
	const struct tspdm_crypto_ops *crypto = p->config.crypto->ops;
	uint32_t flags = p->config.capabilities;

	if ((flags & TSPDM_CAP_CSR) != 0 && !HAS_OP(ops, csr))
		return false;
	if ((flags & TSPDM_CAP_SET_CERT) == 0)
		return true;
	return HAS_OP(ops, set_certificate) && HAS_OP(ops, generation) && crypto->check_chain != NULL &&
	       crypto->public_key_spki != NULL;
}

/* ---- GET_CSR ---- */

/* DSP0274 1.2 "Opaque data": in the form that was negotiated, or none. */
static enum tspdm_status check_opaque(const struct connection *c, struct tspdm_view opaque)
{
	const struct tspdm_shape shape = tspdm_connection_shape(c);
	struct tspdm_opaque elements;

	if (opaque.len == 0)
		return TSPDM_OK;
	if ((c->selected.other_params & 0x0FU) == 0)
		return TSPDM_ERR_FIELD;
	return tspdm_read_opaque(opaque, &shape, &elements);
}

/* 1.3 has one key pair and no model where a connection is not one of several keys, and tags only where a reset stands
 * between the request and its answer, which is the device's to tell. */
static enum tspdm_status check_get_csr(const struct connection *c, const struct tspdm_get_csr *request)
{
	if (request->key_pair_id != 0 || request->model != 0 || request->tag != 0 || request->is_overwrite)
		return TSPDM_ERR_FIELD;
	return check_opaque(c, request->opaque);
}

static enum tspdm_status ask_csr(
	struct tspdm_responder *p, struct request *q, const struct tspdm_get_csr *request, struct tspdm_buffer *csr)
{
	struct tspdm_device *device = p->config.device;
	const struct tspdm_algorithms *selected = &p->connection.selected;
	struct tspdm_pending *pending = &p->job.answering;
	const struct tspdm_csr_request wish = { .requester_info = request->requester_info,
		.opaque = request->opaque,
		.asym = selected->base_asym,
		.hash = selected->base_hash };
	enum tspdm_status status = device->ops->csr(device, &wish, csr, pending);

	if (status == TSPDM_ERR_FIELD || status == TSPDM_ERR_UNSUPPORTED || status == TSPDM_ERR_BUFFER ||
		status == TSPDM_ERR_BUSY)
		return status;
	if (status == TSPDM_ERR_RESET_REQUIRED)
		return tspdm_responder_reset_or_own(p, q, status);
	return tspdm_job_note(p, q, status, pending);
}

enum tspdm_status tspdm_responder_csr(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_buffer csr = { NULL, 0, 0 };
	struct tspdm_get_csr request;
	struct tspdm_csr response;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_read_get_csr(q->message, &shape, &request, &q->used));
	TSPDM_TRY(check_get_csr(&p->connection, &request));
	tspdm_job_begin(p, q);
	if (out->cap > CSR_AT) { /* where it stands in the response; writing that moves nothing */
		csr.ptr = out->ptr + CSR_AT;
		csr.cap = out->cap - CSR_AT < UINT16_MAX ? out->cap - CSR_AT : UINT16_MAX;
	}
	status = ask_csr(p, q, &request, &csr);
	if (status == TSPDM_ERR_BUFFER)
		out->len = csr.len > SIZE_MAX - CSR_AT ? SIZE_MAX : CSR_AT + csr.len;
	TSPDM_TRY(status);
	if (csr.len == 0 || csr.len > csr.cap)
		return tspdm_responder_own(q, TSPDM_ERR_LENGTH);
	response.csr = tspdm_buffer_view(&csr);
	return tspdm_responder_own(q, tspdm_write_csr(out, &shape, &response));
}

/* ---- SET_CERTIFICATE ---- */

/* DSP0274 1.2 "SET_CERTIFICATE request": slot 0 at any time, the others where somebody answers for the requester. */
static enum tspdm_status check_set(const struct tspdm_responder *p, const struct tspdm_set_certificate *request)
{
	if (request->slot >= TSPDM_SLOTS)
		return TSPDM_ERR_SLOT;
	if (request->model != 0 || request->key_pair_id != 0)
		return TSPDM_ERR_FIELD;
	if (request->is_erase) /* of 1.3: a chain once set is replaced, not taken away */
		return TSPDM_ERR_UNSUPPORTED;
	if (request->slot != 0 && p->session == NULL && !p->config.is_trusted_environment)
		return TSPDM_ERR_UNEXPECTED;
	return TSPDM_OK;
}

/* The root itself is in the chain: this responder has nowhere else to know it from. */
static enum tspdm_status check_root_hash(struct tspdm_responder *p, struct request *q, const struct chain_parts *parts)
{
	struct tspdm_view root = { NULL, 0 };
	uint8_t digest[TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_responder_own(q, tspdm_chain_first(parts->certificates, &root)));
	TSPDM_TRY(
		tspdm_responder_own(q, tspdm_digest(p->config.crypto, p->connection.transcript.scratch, root, digest)));
	return memcmp(digest, parts->root_hash.ptr, parts->root_hash.len) == 0 ? TSPDM_OK : TSPDM_ERR_CHAIN_ROOT_HASH;
}

/* Whether the chain is sound, by the part that its last certificate plays; and the key of that. Who its root is the device
 * cannot know, and need not: the key is its own. */
static enum tspdm_status check_chain(
	struct tspdm_responder *p, const struct chain_parts *parts, bool is_device_ca, struct tspdm_buffer *spki)
{
	struct tspdm_crypto *crypto = p->config.crypto;
	const struct tspdm_algorithms *selected = &p->connection.selected;
	struct tspdm_crypto_support support = { 0 };
	struct tspdm_chain_result result = { 0 };
	struct tspdm_chain_check check = { .certificates = parts->certificates,
		.root_hash = parts->root_hash,
		.hash = selected->base_hash,
		.asym = selected->base_asym,
		.is_device_ca = is_device_ca,
		.allow_unanchored = true };
	enum tspdm_status status;

	crypto->ops->supported(crypto, &support);
	if (is_device_ca) /* which signs certificates only, so that nothing negotiated its algorithm */
		check.asym = support.asym;
	TSPDM_TRY(crypto->ops->check_chain(crypto, &check, &result));
	status = crypto->ops->public_key_spki(crypto, result.leaf_key, spki);
	crypto->ops->public_key_free(crypto, result.leaf_key);
	return status;
}

/* What is about the request is told; that another key's chain came is, as deployed responders have it, Unspecified. */
static enum tspdm_status store(struct tspdm_responder *p, struct request *q, const struct tspdm_new_chain *chain)
{
	struct tspdm_device *device = p->config.device;
	struct tspdm_pending *pending = &p->job.answering;
	enum tspdm_status status = device->ops->set_certificate(device, chain, pending);

	if (status == TSPDM_ERR_SLOT || status == TSPDM_ERR_UNSUPPORTED || status == TSPDM_ERR_STORAGE ||
		status == TSPDM_ERR_BUSY)
		return status;
	if (status == TSPDM_ERR_RESET_REQUIRED)
		return tspdm_responder_reset_or_own(p, q, status);
	return tspdm_job_note(p, q, status, pending);
}

enum tspdm_status tspdm_responder_set_certificate(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_new_chain chain = { .is_device_ca = (p->config.capabilities & TSPDM_CAP_ALIAS_CERT) != 0,
		.is_in_session = p->session != NULL };
	struct tspdm_set_certificate_rsp response;
	struct tspdm_set_certificate request;
	struct chain_parts parts;
	uint8_t room[SPKI_ROOM];
	struct tspdm_buffer spki = { room, sizeof room, 0 };

	TSPDM_TRY(tspdm_read_set_certificate(q->message, &shape, &request, &q->used));
	TSPDM_TRY(check_set(p, &request));
	if (tspdm_chain_read(request.chain, p->connection.version, shape.hash_len, &parts) != TSPDM_OK)
		return TSPDM_ERR_LENGTH; /* without certificates */
	TSPDM_TRY(check_root_hash(p, q, &parts));
	TSPDM_TRY(tspdm_responder_own(q, check_chain(p, &parts, chain.is_device_ca, &spki)));
	chain.slot = request.slot;
	chain.certificates = parts.certificates;
	chain.last_spki = tspdm_buffer_view(&spki);
	tspdm_job_begin(p, q);
	TSPDM_TRY(store(p, q, &chain));
	response.slot = request.slot;
	return tspdm_responder_own(q, tspdm_write_set_certificate_rsp(out, &shape, &response));
}
