/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Wiping and comparing secrets. */
#include <string.h>

#include <tspdm/secret.h>

void tspdm_wipe(void *bytes, size_t len)
{
	if (len == 0)
		return;
	memset(bytes, 0, len);
	__asm__ volatile("" : : "r"(bytes) : "memory"); /* the stores are seen: not optimised away */
}

bool tspdm_equal_secret(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a;
	const uint8_t *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= (uint8_t)(x[i] ^ y[i]);
	__asm__ volatile("" : "+r"(difference)); /* no early exit by a clever compiler */
	return difference == 0;
}
