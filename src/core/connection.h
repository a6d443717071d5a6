/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What both roles know of a connection. */
#ifndef TSPDM_CORE_CONNECTION_H
#define TSPDM_CORE_CONNECTION_H

#include <tspdm/observer.h>
#include <tspdm/transport.h>

#include "core/negotiation.h"
#include "core/transcript.h"

struct connection {
	struct tspdm_crypto *crypto;
	const struct tspdm_binding *binding;
	enum tspdm_phase phase;
	uint8_t version; /* TSPDM_V10 before one is selected */
	uint8_t peer_ct_exponent;
	uint32_t configured_flags; /* of this side, whatever the version */
	uint32_t own_flags;        /* those of them that the version defines; before one is selected all */
	uint32_t peer_flags;       /* only those that the version defines */
	uint32_t peer_data_transfer_size;
	uint32_t peer_max_message;
	struct tspdm_algorithms selected;
	struct transcript transcript;
	uint32_t strict; /* enum tspdm_strict */
	struct tspdm_key_log_hook key_log;
};

void tspdm_connection_init(
	struct connection *c, struct tspdm_crypto *crypto, const struct tspdm_binding *binding, uint32_t own_flags);

/* The flags that both sides have. PSK_CAP is a field of two bits whose values differ by role: where neither is 0, both are
 * set. */
static inline uint32_t tspdm_flags_of_both(uint32_t own, uint32_t peer)
{
	bool psk = (own & TSPDM_CAP_PSK_MASK) != 0 && (peer & TSPDM_CAP_PSK_MASK) != 0;

	return (own & peer & ~(uint32_t)TSPDM_CAP_PSK_MASK) | (psk ? TSPDM_CAP_PSK_MASK : 0U);
}

/* Back to NOT_STARTED: GET_VERSION, RequestResynch. */
void tspdm_connection_drop(struct connection *c);

/* Takes the peer's capabilities: masks the flags, and sets sizes that a version does not tell to no limit. */
void tspdm_connection_peer(struct connection *c, const struct tspdm_capabilities *capabilities);

/* The shape of messages on this connection; the signature is the responder's. */
struct tspdm_shape tspdm_connection_shape(const struct connection *c);

/* What was negotiated, for the application. */
struct tspdm_negotiated tspdm_connection_negotiated(const struct connection *c);

/* Whether the sides can agree on a version of DSP0277: 1.1 has a container of its own for opaque data, later versions the
 * one that was negotiated, 1.0 has no sessions. */
bool tspdm_connection_has_opaque(const struct connection *c);

/* MSHLength: H if a summary was asked for and the responder measures at all. */
uint8_t tspdm_connection_summary_len(const struct connection *c, uint32_t responder_flags, uint8_t summary_type);

/* Whether what follows a message's fields can be the binding's padding: zero bytes, fewer than the alignment.
 * TSPDM_ERR_TRAILING where it cannot. */
enum tspdm_status tspdm_check_padding(const struct tspdm_binding *binding, struct tspdm_view message, size_t used);

#endif
