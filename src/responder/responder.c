/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Making and wiping a responder; what a configuration may say, and its defaults. */
#include <stddef.h>
#include <string.h>

#include <tspdm/secret.h>

#include "base/config.h"
#include "core/capabilities.h"
#include "core/psk.h"
#include "responder/responder.h"

enum {
	DEFAULT_MAX_MESSAGE = 4096,
	DEFAULT_CT_EXPONENT = 20,
	CT_EXPONENT_MAX = 31, /* more than half an hour; what is beyond is a mistake */
};

size_t tspdm_responder_size(void)
{
	return sizeof(struct tspdm_responder);
}

static bool has_pointers(const struct tspdm_responder_config *c)
{
	return c->crypto != NULL && c->device != NULL && c->device->ops != NULL && c->device->ops->slot != NULL &&
	       c->binding != NULL && (c->scratch != NULL || c->scratch_len == 0) &&
	       (c->record != NULL || c->record_len == 0) &&
	       (c->requester_chain != NULL || c->requester_chain_len == 0) && (c->large != NULL || c->large_len == 0);
}

bool tspdm_responder_has_evidence(const struct tspdm_responder *p)
{
	struct tspdm_device *device = p->config.device;
	const struct tspdm_device_ops *ops = device->ops;

	if (ops->evidence == NULL)
		return false;
	if (ops->size < offsetof(struct tspdm_device_ops, has_evidence) + sizeof ops->has_evidence)
		return true;
	return ops->has_evidence == NULL || ops->has_evidence(device);
}

static uint32_t asym_of_slot(struct tspdm_device *device, unsigned number)
{
	struct tspdm_slot slot = { 0 };

	if (device->ops->slot(device, number, &slot) != TSPDM_OK || slot.signer == NULL || !slot_has_key(number, &slot))
		return 0;
	return slot.asym;
}

static bool has_key_alone(const struct tspdm_responder_config *c)
{
	return (c->capabilities & TSPDM_CAP_PUB_KEY_ID) != 0;
}

/* What some slot's key, or the provisioned one, can sign with. */
static uint32_t signing_algorithms(const struct tspdm_responder_config *c)
{
	uint32_t asym = 0;

	if (has_key_alone(c))
		return asym_of_slot(c->device, TSPDM_SLOT_PUBLIC_KEY);
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		asym |= asym_of_slot(c->device, i);
	return asym;
}

static bool can_measure(const struct tspdm_responder *p)
{
	return p->config.device->ops->measure != NULL || tspdm_responder_has_evidence(p);
}

static uint32_t default_capabilities(const struct tspdm_responder *p, uint32_t signs)
{
	uint32_t flags = signs != 0 ? TSPDM_CAP_CERT | TSPDM_CAP_CHAL : 0;

	if (can_measure(p))
		flags |= signs != 0 ? TSPDM_CAP_MEAS_SIG : TSPDM_CAP_MEAS_NO_SIG;
	if (p->config.large != NULL)
		flags |= TSPDM_CAP_CHUNK;
	return flags;
}

/* Whether the device can do what the flags announce. */
static enum tspdm_status check_capabilities(struct tspdm_responder *p, uint32_t signs)
{
	struct tspdm_responder_config *c = &p->config;
	uint32_t flags = c->capabilities;
	const struct tspdm_capabilities announced = {
		.flags = flags, .data_transfer_size = c->data_transfer_size, .max_message_size = c->max_message
	};

	if ((flags & ~tspdm_responder_parts()) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(tspdm_choose_versions(c->versions, false, &announced, &c->versions));
	TSPDM_TRY(tspdm_responder_take_sessions(p));
	if ((flags & TSPDM_CAP_CHUNK) != 0 && (c->large == NULL || c->large_len < c->max_message))
		return TSPDM_ERR_ARGUMENT;
	if ((flags & (TSPDM_CAP_CERT | TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX)) != 0 && signs == 0)
		return TSPDM_ERR_UNSUPPORTED;
	if ((flags & TSPDM_CAP_MEAS_MASK) != 0 && !can_measure(p))
		return TSPDM_ERR_UNSUPPORTED;
	if (!tspdm_responder_can_provision(p))
		return TSPDM_ERR_UNSUPPORTED;
	return c->evidence_in_all && !tspdm_responder_has_evidence(p) ? TSPDM_ERR_UNSUPPORTED : TSPDM_OK;
}

static bool is_measurement_hash_supported(uint32_t measurement_hash, uint32_t hashes)
{
	if (measurement_hash == 0 || measurement_hash == TSPDM_MEASUREMENT_HASH_RAW_ONLY)
		return true;
	return tspdm_algorithm_by_bit(TSPDM_KIND_MEASUREMENT_HASH, measurement_hash) != NULL &&
	       (measurement_hash >> 1 & hashes) != 0;
}

/* Algorithms: what is asked for has to be there. */
static enum tspdm_status take_algorithms(struct tspdm_responder *p, uint32_t signs)
{
	struct tspdm_responder_config *c = &p->config;
	struct tspdm_crypto_support support = { 0 };
	uint32_t first = has_key_alone(c) ? 0 : asym_of_slot(c->device, 0);

	c->crypto->ops->supported(c->crypto, &support);
	if ((c->asym & ~signs) != 0 || (c->hash & ~support.hash) != 0 || (c->dhe & ~support.dhe) != 0 ||
		(c->aead & ~support.aead) != 0 || !is_measurement_hash_supported(c->measurement_hash, support.hash))
		return TSPDM_ERR_UNSUPPORTED;
	if (c->asym == 0)
		c->asym = tspdm_default_algorithms(TSPDM_KIND_ASYM, first != 0 ? first : signs);
	if (c->asym == 0 && signs != 0) /* keys that serve only where they are named */
		return TSPDM_ERR_UNSUPPORTED;
	if (c->hash == 0)
		c->hash = tspdm_default_algorithms(TSPDM_KIND_HASH, support.hash);
	p->offer = (struct algorithm_offer){
		.dhe = (uint16_t)(c->dhe != 0 ? c->dhe : tspdm_default_algorithms(TSPDM_KIND_DHE, support.dhe)),
		.aead = (uint16_t)(c->aead != 0 ? c->aead : tspdm_default_algorithms(TSPDM_KIND_AEAD, support.aead)),
		.key_schedule = TSPDM_KEY_SCHEDULE_SPDM,
		.asym = c->asym,
		.hash = c->hash,
		.measurement_hash = c->measurement_hash,
		.opaque_formats = TSPDM_OPAQUE_FORMAT_1,
	};
	return TSPDM_OK;
}

static enum tspdm_status take_sizes(struct tspdm_responder_config *c)
{
	if (c->max_message == 0)
		c->max_message = DEFAULT_MAX_MESSAGE;
	if (c->max_message > c->binding->max_message && c->large == NULL)
		c->max_message = c->binding->max_message;
	if (c->data_transfer_size == 0)
		c->data_transfer_size = c->max_message;
	if (c->data_transfer_size > c->binding->max_message)
		c->data_transfer_size = c->binding->max_message;
	if (c->ct_exponent == 0)
		c->ct_exponent = DEFAULT_CT_EXPONENT;
	if (c->max_message < TSPDM_MIN_DATA_TRANSFER_SIZE || c->ct_exponent > CT_EXPONENT_MAX)
		return TSPDM_ERR_UNSUPPORTED;
	return TSPDM_OK;
}

static enum tspdm_status configure(struct tspdm_responder *p)
{
	struct tspdm_responder_config *c = &p->config;
	uint32_t signs = signing_algorithms(c);

	if ((c->versions & ~(uint32_t)IMPLEMENTED_VERSIONS) != 0 || (c->strict & ~(uint32_t)TSPDM_STRICT_ALL) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(take_sizes(c));
	TSPDM_TRY(tspdm_responder_check_vendors(c));
	TSPDM_TRY(take_algorithms(p, signs));
	if (c->capabilities == 0)
		c->capabilities = default_capabilities(p, signs);
	TSPDM_TRY(tspdm_mutual_configure(p));
	TSPDM_TRY(tspdm_responder_configure_evidence(c));
	return check_capabilities(p, signs);
}

enum tspdm_status tspdm_responder_init(
	void *memory, size_t memory_len, const struct tspdm_responder_config *config, struct tspdm_responder **out)
{
	struct tspdm_responder *p = memory;
	enum tspdm_status status;

	if (memory == NULL || config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	if (memory_len < sizeof *p)
		return TSPDM_ERR_BUFFER;
	memset(p, 0, sizeof *p);
	TSPDM_TRY(tspdm_take_config(&p->config, sizeof p->config, config, config->size, sizeof p->config));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved, sizeof p->config.reserved));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved2, sizeof p->config.reserved2));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved3, sizeof p->config.reserved3));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved4, sizeof p->config.reserved4));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved5, sizeof p->config.reserved5));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved6, sizeof p->config.reserved6));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved7, sizeof p->config.reserved7));
	TSPDM_TRY(tspdm_check_reserved(p->config.reserved8, sizeof p->config.reserved8));
	if (!has_pointers(&p->config))
		return TSPDM_ERR_ARGUMENT;
	status = configure(p);
	if (status != TSPDM_OK)
		return status;
	tspdm_connection_init(&p->connection, p->config.crypto, p->config.binding, p->config.capabilities);
	p->scratch_len = p->config.scratch_len;
	p->connection.strict = p->config.strict;
	p->connection.key_log = p->config.key_log;
	*out = p;
	return TSPDM_OK;
}

void tspdm_responder_drop(struct tspdm_responder *p)
{
	struct tspdm_crypto *crypto = p->config.crypto;

	tspdm_job_end(p);
	tspdm_responder_evidence_drop(p);
	tspdm_flow_drop(p);
	tspdm_mutual_forget(p);
	tspdm_responder_chunk_drop(p);
	tspdm_responder_drop_sessions(p);
	p->session = NULL;
	crypto->ops->hash_free(crypto, p->measurement_hash);
	p->measurement_hash = NULL;
	p->needs_resynch = false;
	p->is_state_cleared = false;
	p->retry = (struct retry){ 0 };
	p->last_chain = (struct last_chain){ .has_digest = false };
	tspdm_connection_drop(&p->connection);
}

void tspdm_responder_wipe(struct tspdm_responder *responder)
{
	if (responder == NULL)
		return;
	tspdm_responder_drop(responder);
	if (responder->config.scratch != NULL)
		tspdm_wipe(responder->config.scratch, responder->scratch_len);
	if (responder->config.record != NULL)
		tspdm_wipe(responder->config.record, responder->config.record_len);
	if (responder->config.large != NULL)
		tspdm_wipe(responder->config.large, responder->config.large_len);
	tspdm_wipe(responder, sizeof *responder);
}

struct tspdm_responder_outcome tspdm_responder_last(const struct tspdm_responder *responder)
{
	return responder->last;
}

void tspdm_responder_negotiated(const struct tspdm_responder *responder, struct tspdm_negotiated *out)
{
	*out = (struct tspdm_negotiated){ 0 };
	if (responder->connection.phase >= TSPDM_PHASE_NEGOTIATED)
		*out = tspdm_connection_negotiated(&responder->connection);
}

enum tspdm_phase tspdm_responder_phase(const struct tspdm_responder *responder)
{
	return responder->connection.phase;
}
