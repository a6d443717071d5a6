/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Telling the application the secrets of sessions, where it asked for them. Nothing here has an effect unless it did. */
#ifndef TSPDM_CORE_KEY_LOG_H
#define TSPDM_CORE_KEY_LOG_H

#include <tspdm/psk.h>

#include "core/session.h"

/* RandomData of KEY_EXCHANGE, or RequesterContext: its first 32 bytes name the secrets. */
void tspdm_key_log_name(struct session *s, struct tspdm_view random);
/* `generation` is of the data secrets. */
void tspdm_key_log(const struct session *s, enum tspdm_secret_kind kind, unsigned generation, struct tspdm_view secret);
/* The PSK, where the store gives it out; one that keeps it inside does not, and the Handshake-Secret has to do. */
void tspdm_key_log_psk(const struct session *s, struct tspdm_psk_store *store, struct tspdm_view hint);

#endif
