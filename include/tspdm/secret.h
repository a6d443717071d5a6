/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Handling secrets: wiping, and comparing without telling where the difference is.
 *
 *	if (!tspdm_equal_secret(mac, expected, sizeof mac))
 *		status = TSPDM_ERR_MAC;
 *	tspdm_wipe(expected, sizeof expected);
 */
#ifndef TSPDM_SECRET_H
#define TSPDM_SECRET_H

#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zeroes `len` bytes in a way that the compiler does not remove. */
TSPDM_API void tspdm_wipe(void *bytes, size_t len);

/** Compares in time that depends on `len` only. */
TSPDM_API bool tspdm_equal_secret(const void *a, const void *b, size_t len);

#ifdef __cplusplus
}
#endif
#endif
