/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One digest with a hash of its own. */
#include "core/digest.h"

enum tspdm_status tspdm_digest_once(
	struct tspdm_crypto *crypto, uint32_t algorithm, struct tspdm_view data, uint8_t *out)
{
	struct tspdm_hash *hash = NULL;
	enum tspdm_status status = crypto->ops->hash_new(crypto, algorithm, &hash);

	if (status != TSPDM_OK)
		return status;
	status = crypto->ops->hash_update(crypto, hash, data);
	if (status == TSPDM_OK)
		status = crypto->ops->hash_final(crypto, hash, out);
	crypto->ops->hash_free(crypto, hash);
	return status;
}
