/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What both roles know of a connection. */
#include "core/capabilities.h"
#include "core/connection.h"

void tspdm_connection_init(
	struct connection *c, struct tspdm_crypto *crypto, const struct tspdm_binding *binding, uint32_t own_flags)
{
	*c = (struct connection){ .crypto = crypto,
		.binding = binding,
		.configured_flags = own_flags,
		.own_flags = own_flags,
		.version = TSPDM_V10 };
	tspdm_transcript_init(&c->transcript, crypto);
}

void tspdm_connection_drop(struct connection *c)
{
	struct tspdm_crypto *crypto = c->crypto;
	const struct tspdm_binding *binding = c->binding;
	uint32_t own_flags = c->configured_flags, strict = c->strict;
	const struct tspdm_key_log_hook key_log = c->key_log;

	tspdm_transcript_drop(&c->transcript);
	tspdm_connection_init(c, crypto, binding, own_flags);
	c->strict = strict;
	c->key_log = key_log;
}

void tspdm_connection_peer(struct connection *c, const struct tspdm_capabilities *capabilities)
{
	bool has_sizes = c->version >= TSPDM_V12;

	c->peer_ct_exponent = capabilities->ct_exponent;
	c->own_flags = c->configured_flags & tspdm_flags_of_version(c->version);
	c->peer_flags = capabilities->flags & tspdm_flags_of_version(c->version);
	c->peer_data_transfer_size = has_sizes ? capabilities->data_transfer_size : UINT32_MAX;
	c->peer_max_message = has_sizes ? capabilities->max_message_size : UINT32_MAX;
}

struct tspdm_shape tspdm_connection_shape(const struct connection *c)
{
	const struct tspdm_algorithms *s = &c->selected;

	return (struct tspdm_shape){
		.version = c->version,
		.hash_len = (uint8_t)tspdm_algorithm_size(TSPDM_KIND_HASH, s->base_hash),
		.measurement_hash_len = (uint8_t)tspdm_algorithm_size(TSPDM_KIND_MEASUREMENT_HASH, s->measurement_hash),
		.signature_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_ASYM, s->base_asym),
		.exchange_data_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_DHE, s->tables.supported[TSPDM_ALG_DHE]),
		.is_exact = c->transcript.session_log != NULL,
	};
}

struct tspdm_negotiated tspdm_connection_negotiated(const struct connection *c)
{
	const struct tspdm_algorithms *s = &c->selected;

	return (struct tspdm_negotiated){
		.version = c->version,
		.measurement_specification = s->measurement_specification,
		.opaque_format = c->version >= TSPDM_V12 ? s->other_params & 0x0FU : 0,
		.ct_exponent = c->peer_ct_exponent,
		.asym = s->base_asym,
		.hash = s->base_hash,
		.measurement_hash = s->measurement_hash,
		.dhe = s->tables.supported[TSPDM_ALG_DHE],
		.aead = s->tables.supported[TSPDM_ALG_AEAD],
		.req_asym = s->tables.supported[TSPDM_ALG_REQ_ASYM],
		.peer_capabilities = c->peer_flags,
		.peer_data_transfer_size = c->peer_data_transfer_size,
		.peer_max_message = c->peer_max_message,
	};
}

bool tspdm_connection_has_opaque(const struct connection *c)
{
	if (c->version < TSPDM_V12)
		return c->version == TSPDM_V11;
	return (c->selected.other_params & TSPDM_OPAQUE_FORMAT_1) != 0;
}

uint8_t tspdm_connection_summary_len(const struct connection *c, uint32_t responder_flags, uint8_t summary_type)
{
	if (summary_type == TSPDM_SUMMARY_NONE || (responder_flags & TSPDM_CAP_MEAS_MASK) == 0)
		return 0;
	return (uint8_t)tspdm_algorithm_size(TSPDM_KIND_HASH, c->selected.base_hash);
}

enum tspdm_status tspdm_check_padding(const struct tspdm_binding *binding, struct tspdm_view message, size_t used)
{
	size_t extra = message.len - used;

	if (extra == 0)
		return TSPDM_OK;
	if (extra >= binding->alignment)
		return TSPDM_ERR_TRAILING;
	for (size_t i = used; i < message.len; i++)
		if (message.ptr[i] != 0)
			return TSPDM_ERR_TRAILING;
	return TSPDM_OK;
}
