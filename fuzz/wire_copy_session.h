/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reads any message of <tspdm/session_messages.h> and writes again what was read, as wire_copy.h does, which includes this;
 * opaque data on the way is taken apart and put together too. */
#ifndef TSPDM_FUZZ_WIRE_COPY_SESSION_H
#define TSPDM_FUZZ_WIRE_COPY_SESSION_H

#include <stdlib.h>
#include <string.h>

#include <tspdm/session_messages.h>

static inline void copy_must(bool is_so)
{
	if (!is_so)
		abort();
}

/* What was read of an offer or a selection, written alone, is read the same. */
static inline void check_agreement(struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	struct tspdm_supported_versions offer, offer_again;
	struct tspdm_selected_version selection, selection_again;
	uint16_t versions[UINT8_MAX];
	uint8_t room[TSPDM_OPAQUE_MAX];
	struct tspdm_buffer w = { room, sizeof room, 0 };

	if (tspdm_read_supported_versions(opaque, shape, &offer) == TSPDM_OK) {
		copy_must(offer.count != 0 && offer.list.len == 2U * offer.count &&
			  offer.aead_limit <= TSPDM_AEAD_LIMIT_NONE);
		for (unsigned i = 0; i < offer.count; i++)
			versions[i] = tspdm_supported_version(&offer, i);
		copy_must(
			tspdm_write_supported_versions(&w, shape, versions, offer.count, offer.aead_limit) == TSPDM_OK);
		copy_must(tspdm_read_supported_versions(tspdm_buffer_view(&w), shape, &offer_again) == TSPDM_OK);
		copy_must(offer_again.count == offer.count && offer_again.aead_limit == offer.aead_limit &&
			  memcmp(offer_again.list.ptr, offer.list.ptr, offer.list.len) == 0);
	}
	w.len = 0;
	if (tspdm_read_selected_version(opaque, shape, &selection) == TSPDM_OK) {
		copy_must(tspdm_write_selected_version(&w, shape, &selection) == TSPDM_OK);
		copy_must(tspdm_read_selected_version(tspdm_buffer_view(&w), shape, &selection_again) == TSPDM_OK);
		copy_must(selection_again.version == selection.version &&
			  selection_again.aead_limit == selection.aead_limit);
	}
}

/* The same bytes come out, but for reserved ones and padding. */
static inline void check_opaque(struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	uint8_t room[TSPDM_OPAQUE_MAX];
	struct tspdm_buffer w = { room, sizeof room, 0 };
	struct tspdm_opaque container;

	check_agreement(opaque, shape);
	if (tspdm_read_opaque(opaque, shape, &container) != TSPDM_OK)
		return;
	copy_must(tspdm_write_opaque_header(&w, shape, container.count) == TSPDM_OK);
	for (unsigned i = 0; i < container.count; i++) {
		struct tspdm_opaque_element element;
		size_t at = w.len;

		copy_must(tspdm_next_opaque_element(&container.elements, &element) == TSPDM_OK);
		copy_must(tspdm_write_opaque_element(&w, &element) == TSPDM_OK);
		copy_must(memcmp(room + at, opaque.ptr + at, 4 + element.vendor_id.len + element.data.len) == 0);
	}
	copy_must(container.elements.len == 0 && w.len == opaque.len);
}

#define SESSION_COPY(name, type, look)                                                                                 \
	static inline enum tspdm_status copy_##name(                                                                   \
		struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)    \
	{                                                                                                              \
		struct tspdm_##type m;                                                                                 \
                                                                                                                       \
		TSPDM_TRY(tspdm_read_##name(message, shape, &m, used));                                                \
		look;                                                                                                  \
		return tspdm_write_##name(out, shape, &m);                                                             \
	}

#define SESSION_COPY_BARE(name)                                                                                        \
	static inline enum tspdm_status copy_##name(                                                                   \
		struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)    \
	{                                                                                                              \
		TSPDM_TRY(tspdm_read_##name(message, shape, used));                                                    \
		return tspdm_write_##name(out, shape);                                                                 \
	}

SESSION_COPY(key_exchange, key_exchange, check_opaque(m.opaque, shape))
SESSION_COPY(key_exchange_rsp, key_exchange_rsp, check_opaque(m.opaque, shape))
SESSION_COPY(finish, finish, check_opaque(m.opaque, shape))
SESSION_COPY(finish_rsp, finish_rsp, check_opaque(m.opaque, shape))
SESSION_COPY(psk_exchange, psk_exchange, check_opaque(m.opaque, shape))
SESSION_COPY(psk_exchange_rsp, psk_exchange_rsp, check_opaque(m.opaque, shape))
SESSION_COPY(psk_finish, psk_finish, check_opaque(m.opaque, shape))
SESSION_COPY(psk_finish_rsp, psk_finish_rsp, check_opaque(m.opaque, shape))
SESSION_COPY_BARE(heartbeat)
SESSION_COPY_BARE(heartbeat_ack)
SESSION_COPY(key_update, key_update, (void)m)
SESSION_COPY(key_update_ack, key_update, (void)m)
SESSION_COPY(end_session, end_session, (void)m)
SESSION_COPY_BARE(end_session_ack)
SESSION_COPY_BARE(get_encapsulated_request)
SESSION_COPY(encapsulated_request, encapsulated, copy_must(m.message.len >= 4))
SESSION_COPY(deliver_encapsulated, encapsulated, copy_must(m.message.len >= 4))
SESSION_COPY(encapsulated_ack, encapsulated_ack, copy_must(m.message.len == 0 || m.message.len >= 4))
SESSION_COPY(chunk_send, chunk, copy_must(m.bytes.len != 0))
SESSION_COPY(chunk_send_ack, chunk_send_ack, copy_must(m.response.len >= 4 || !m.is_early_error))
SESSION_COPY(chunk_get, chunk_get, (void)m)
SESSION_COPY(chunk_response, chunk, copy_must(m.bytes.len != 0))
SESSION_COPY(get_csr, get_csr, check_opaque(m.opaque, shape))
SESSION_COPY(csr, csr, copy_must(m.csr.len != 0))
SESSION_COPY(set_certificate, set_certificate, copy_must(m.is_erase == (m.chain.len == 0)))
SESSION_COPY(set_certificate_rsp, set_certificate_rsp, (void)m)

/* Whether the message ends with another, which tells no length: then less of it may be whole too, and what follows it
 * cannot be told from it. */
static inline bool ends_with_message(uint8_t code)
{
	return code == TSPDM_ENCAPSULATED_REQUEST || code == TSPDM_DELIVER_ENCAPSULATED_RESPONSE ||
	       code == TSPDM_ENCAPSULATED_RESPONSE_ACK || code == TSPDM_CHUNK_SEND_ACK;
}

#endif
