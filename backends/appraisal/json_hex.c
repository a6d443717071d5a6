/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Bytes in JSON, as lower-case hex. */
#include "json_hex.h"

#include <stdlib.h>

json_t *tspdm_json_hex(struct tspdm_view bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = malloc(2 * bytes.len + 1);
	json_t *string;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.len; i++) {
		out[2 * i] = digits[bytes.ptr[i] >> 4];
		out[2 * i + 1] = digits[bytes.ptr[i] & 0xF];
	}
	out[2 * bytes.len] = '\0';
	string = json_string(out);
	free(out);
	return string;
}
