/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Files into memory, bounded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

enum { FILE_MAX = 16 * 1024 * 1024 };

static bool fail(char *why, const char *path)
{
	snprintf(why, WHY_MAX, "%.300s: %s", path, strerror(errno));
	return false;
}

/* Reads to the end, so that pipes and kernel files of unknown size work too. */
static bool read_stream(FILE *stream, struct file *out)
{
	size_t cap = 0;

	*out = (struct file){ NULL, 0 };
	do {
		uint8_t *larger;

		cap = cap == 0 ? 16384 : 2 * cap;
		larger = cap <= 2 * (size_t)FILE_MAX ? realloc(out->bytes, cap) : NULL;
		if (larger == NULL) {
			errno = cap <= 2 * (size_t)FILE_MAX ? ENOMEM : EFBIG;
			free(out->bytes);
			return false;
		}
		out->bytes = larger;
		out->len += fread(out->bytes + out->len, 1, cap - out->len, stream);
	} while (out->len == cap);
	if (!ferror(stream))
		return true;
	free(out->bytes);
	return false;
}

bool file_read(const char *path, struct file *out, char *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *stream = is_stdin ? stdin : fopen(path, "rb");
	bool is_good;

	if (stream == NULL)
		return fail(why, path);
	is_good = read_stream(stream, out) || fail(why, path);
	if (!is_stdin)
		fclose(stream);
	if (!is_good)
		*out = (struct file){ NULL, 0 };
	return is_good;
}

bool file_write_all(int fd, struct tspdm_view bytes)
{
	while (bytes.len != 0) {
		ssize_t written = write(fd, bytes.ptr, bytes.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes.ptr += written;
		bytes.len -= (size_t)written;
	}
	return true;
}
