/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Small texts for details of checks. */
#ifndef TSPDM_APPRAISAL_TEXT_H
#define TSPDM_APPRAISAL_TEXT_H

#include <stdio.h>

#include <tspdm/types.h>

/* Lower-case hex of at most `most` bytes, then "..." where something was left out. `out` has room for 2 * most + 4. */
static inline const char *short_hex(char *out, struct tspdm_view bytes, size_t most)
{
	static const char digits[] = "0123456789abcdef";
	size_t shown = bytes.len < most ? bytes.len : most;
	char *p = out;

	for (size_t i = 0; i < shown; i++) {
		*p++ = digits[bytes.ptr[i] >> 4];
		*p++ = digits[bytes.ptr[i] & 0xF];
	}
	snprintf(p, 4, "%s", shown < bytes.len ? "..." : "");
	return out;
}

#endif
