/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a PSKHint to the Handshake-Secret, DSP0274 "Key schedule". */
#ifndef TSPDM_CORE_PSK_H
#define TSPDM_CORE_PSK_H

#include <tspdm/psk.h>

#include "core/key_schedule.h"

/* Whether a store keeps its contract as far as can be seen. */
bool tspdm_psk_store_is_usable(const struct tspdm_psk_store *store);

/* HMAC-Hash(Salt_0, PSK). `out` belongs to the caller, who wipes it; after a failure it is wiped. Statuses as of the
 * store; TSPDM_ERR_CRYPTO: it gave a secret that is none. */
enum tspdm_status tspdm_psk_handshake_secret(
	struct tspdm_psk_store *store, const struct key_schedule *k, struct tspdm_view hint, uint8_t *out);

#endif
