/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading what a kernel or a library OS shows as a file: its size is not known before its end. */
#include <stdlib.h>

#include "worker.h"

enum {
	FIRST_CAP = 4096,
	EVIDENCE_MAX = 1 << 20, /* newer kernels let a provider hand out 16 MiB; no message could carry it */
};

static bool grow(struct tspdm_buffer *buffer)
{
	size_t cap = buffer->cap == 0 ? FIRST_CAP : buffer->cap * 2;
	uint8_t *bytes = realloc(buffer->ptr, cap);

	if (bytes == NULL)
		return false;
	buffer->ptr = bytes;
	buffer->cap = cap;
	return true;
}

/* The value is made at the open() or at the first read() and served from there: read until there is no more. */
enum tspdm_status tspdm_worker_read(ssize_t (*read_file)(int, void *, size_t), int fd, struct tspdm_buffer *out)
{
	for (;;) {
		ssize_t got;

		if (out->len == out->cap && out->cap >= EVIDENCE_MAX)
			return TSPDM_ERR_TOO_LARGE;
		if (out->len == out->cap && !grow(out))
			return TSPDM_ERR_MEMORY;
		got = read_file(fd, out->ptr + out->len, out->cap - out->len);
		if (got < 0)
			return TSPDM_ERR_SYSTEM;
		if (got == 0)
			return TSPDM_OK;
		out->len += (size_t)got;
	}
}
