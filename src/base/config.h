/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Taking a configuration struct that begins with its size, so that it can grow without breaking callers. */
#ifndef TSPDM_BASE_CONFIG_H
#define TSPDM_BASE_CONFIG_H

#include <string.h>

#include <tspdm/status.h>

/* Copies `from`, whose first `given` bytes are the caller's, to `to` of `known` bytes. A caller built against an older header
 * passes a shorter struct, at least `first_len` long as in the first release: the tail is zero. One built against a newer
 * header may set a field unknown here: refused, not ignored. */
static inline enum tspdm_status tspdm_take_config(
	void *to, size_t known, const void *from, size_t given, size_t first_len)
{
	const uint8_t *bytes = from;

	if (given < first_len)
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = known; i < given; i++)
		if (bytes[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	memset(to, 0, known);
	memcpy(to, from, given < known ? given : known);
	return TSPDM_OK;
}

/* Reserved fields must be zero, or a field put there later reads rubbish from an old caller. */
static inline enum tspdm_status tspdm_check_reserved(const uint8_t *reserved, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (reserved[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	return TSPDM_OK;
}

#endif
