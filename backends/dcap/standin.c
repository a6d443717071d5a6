/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's root, by the software TEE's own word. */
#include <string.h>

#include <tspdm/soft_tee.h>

#include "internal.h"

bool tspdm_dcap_is_standin_root(const uint8_t spki[32])
{
	uint8_t root[32];

	return tspdm_soft_tee_sgx_root(root) == TSPDM_OK && memcmp(root, spki, sizeof root) == 0;
}
