/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One digest with a hash of its own, where no running hash of that algorithm is at hand. */
#ifndef TSPDM_CORE_DIGEST_H
#define TSPDM_CORE_DIGEST_H

#include <tspdm/crypto.h>

enum tspdm_status tspdm_digest_once(
	struct tspdm_crypto *crypto, uint32_t algorithm, struct tspdm_view data, uint8_t *out);

#endif
