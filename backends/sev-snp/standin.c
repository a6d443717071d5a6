/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's roots, by the software TEE's own word. */
#include "standin.h"

#include <string.h>

#include <tspdm/soft_tee.h>

bool tspdm_snp_is_standin_root(const uint8_t spki_digest[32])
{
	static const enum tspdm_snp_product products[] = { TSPDM_SNP_MILAN, TSPDM_SNP_GENOA, TSPDM_SNP_TURIN };
	uint8_t root[32];

	for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
		if (tspdm_soft_tee_root(products[i], root) == TSPDM_OK && memcmp(root, spki_digest, sizeof root) == 0)
			return true;
	return false;
}
