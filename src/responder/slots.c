/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Certificate slots as a connection sees them: only those that can sign with what was negotiated
 * (DSP0274 1.2 "Certificates and certificate chains"). */
#include <stddef.h>
#include <string.h>

#include "core/chain.h"
#include "responder/responder.h"

uint32_t tspdm_responder_generation(const struct tspdm_responder *p)
{
	struct tspdm_device *device = p->config.device;

	/* a device that was compiled against an older header has a shorter vtable */
	if (device->ops->size < offsetof(struct tspdm_device_ops, generation) + sizeof device->ops->generation)
		return 0;
	return device->ops->generation != NULL ? device->ops->generation(device) : 0;
}

enum tspdm_status tspdm_responder_reset_or_own(
	const struct tspdm_responder *p, struct request *q, enum tspdm_status status)
{
	uint8_t code = q->is_resumed ? p->job.code : q->header.code;
	/* DSP0274 1.2 "Error code and error data": these requests may be answered with ResetRequired */
	bool is_told = code == TSPDM_GET_DIGESTS || code == TSPDM_GET_CERTIFICATE || code == TSPDM_GET_CSR ||
		       code == TSPDM_SET_CERTIFICATE;

	if (status == TSPDM_ERR_RESET_REQUIRED && is_told &&
		(p->config.capabilities & TSPDM_CAP_CERT_INSTALL_RESET) != 0)
		return status;
	return tspdm_responder_own(q, status);
}

/* A responder has certificates or a public key, not both: DSP0274 1.2 "PUB_KEY_ID_CAP". */
static bool is_announced(const struct tspdm_responder *p, unsigned number)
{
	bool has_key = (p->connection.own_flags & TSPDM_CAP_PUB_KEY_ID) != 0;

	return number == TSPDM_SLOT_PUBLIC_KEY ? has_key : number < TSPDM_SLOTS && !has_key;
}

enum tspdm_status tspdm_responder_slot(
	struct tspdm_responder *p, struct request *q, unsigned number, struct tspdm_slot *out)
{
	struct tspdm_device *device = p->config.device;
	enum tspdm_status status;

	*out = (struct tspdm_slot){ 0 };
	if (!is_announced(p, number))
		return TSPDM_ERR_SLOT;
	status = device->ops->slot(device, number, out);
	if (status == TSPDM_ERR_SLOT)
		return status;
	TSPDM_TRY(tspdm_responder_reset_or_own(p, q, status));
	if (!slot_has_key(number, out) || out->signer == NULL || (out->asym & p->connection.selected.base_asym) == 0)
		return TSPDM_ERR_SLOT;
	return TSPDM_OK;
}

static bool is_same(struct tspdm_view a, struct tspdm_view b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* What a slot's views show stays the same as long as no chain is set: where they are, and how long, tells it. After that
 * the same memory may hold another chain. */
static bool is_last(const struct tspdm_responder *p, const struct tspdm_slot *slot, uint32_t generation)
{
	const struct last_chain *last = &p->last_chain;

	return last->generation == generation && is_same(last->certificates, slot->certificates) &&
	       is_same(last->root, slot->root);
}

enum tspdm_status tspdm_responder_slot_image(
	struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot, const struct chain_image **image)
{
	struct last_chain *last = &p->last_chain;
	struct tspdm_hash *hash = p->connection.transcript.scratch;
	size_t hash_len = tspdm_connection_shape(&p->connection).hash_len;
	uint32_t generation = tspdm_responder_generation(p);

	*image = &last->image;
	if (is_last(p, slot, generation))
		return TSPDM_OK;
	*last = (struct last_chain){ .has_digest = false };
	TSPDM_TRY(tspdm_responder_own(
		q, tspdm_chain_image(&last->image, p->config.crypto, hash, hash_len, p->connection.version, slot)));
	last->certificates = slot->certificates;
	last->root = slot->root;
	last->generation = generation;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_slot_digest(
	struct tspdm_responder *p, struct request *q, const struct tspdm_slot *slot, uint8_t *digest)
{
	struct last_chain *last = &p->last_chain;
	struct tspdm_hash *hash = p->connection.transcript.scratch;
	const struct chain_image *image;

	if (slot->certificates.len == 0) /* the provisioned key stands for itself */
		return tspdm_responder_own(q, tspdm_digest(p->config.crypto, hash, slot->spki, digest));
	TSPDM_TRY(tspdm_responder_slot_image(p, q, slot, &image));
	if (!last->has_digest)
		TSPDM_TRY(tspdm_responder_own(q, tspdm_chain_digest(image, p->config.crypto, hash, last->digest)));
	last->has_digest = true;
	memcpy(digest, last->digest, sizeof last->digest);
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_slot_mask(struct tspdm_responder *p, struct request *q, uint8_t *mask)
{
	*mask = 0;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		struct tspdm_slot slot;
		enum tspdm_status status = tspdm_responder_slot(p, q, i, &slot);

		if (status == TSPDM_OK)
			*mask |= (uint8_t)(1U << i);
		else if (status != TSPDM_ERR_SLOT)
			return status;
	}
	return TSPDM_OK;
}
