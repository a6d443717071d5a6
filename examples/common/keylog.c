/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Writing key logs: LABEL, session id, exchange random, secret. Each line is one write, so that several processes can add
 * to the same file. */
#include "keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tspdm/psk.h>
#include <tspdm/secret.h>

enum {
	OWNER_ONLY = 0600,
	OTHERS = 0077,
	RANDOM_LEN = 32,
	HEAD_MAX = 64, /* label, session id and spaces */
	LINE_MAX_LEN = HEAD_MAX + 2 * RANDOM_LEN + 2 * TSPDM_PSK_MAX,
};

struct keylog {
	int fd;
	const char *path;
	bool is_broken;
};

/* Judged by the open file, so that nobody can change it in between. */
static bool is_private(int fd, const char *path, char *why)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		snprintf(why, WHY_MAX, "--keylog %.300s: %s", path, strerror(errno));
	else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
		snprintf(why, WHY_MAX, "--keylog %.300s: is no file", path);
	else if ((status.st_mode & OTHERS) != 0 || status.st_uid != geteuid())
		snprintf(why, WHY_MAX, "--keylog %.300s: others may read it; chmod 600, or give another file", path);
	else
		return true;
	return false;
}

bool keylog_open(struct keylog **out, const char *program, const char *path, char *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, OWNER_ONLY);
	struct keylog *log = calloc(1, sizeof *log);

	*out = NULL;
	if (fd < 0 || log == NULL) {
		snprintf(why, WHY_MAX, "--keylog %.300s: %s", path, strerror(errno));
	} else if (is_private(fd, path, why)) {
		*log = (struct keylog){ .fd = fd, .path = path };
		*out = log;
		fprintf(stderr,
			"%s: WARNING: --keylog writes all secrets of all sessions to %s: who reads it reads them\n",
			program, path);
		return true;
	}
	if (fd >= 0)
		(void)close(fd);
	free(log);
	return false;
}

void keylog_close(struct keylog *log)
{
	if (log == NULL)
		return;
	(void)close(log->fd);
	free(log);
}

static size_t put_hex(char *at, struct tspdm_view bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		at[2 * i] = digits[bytes.ptr[i] >> 4];
		at[2 * i + 1] = digits[bytes.ptr[i] & 15];
	}
	return 2 * bytes.len;
}

static size_t put_head(char *at, const struct tspdm_secret_name *name)
{
	bool is_counted = name->kind == TSPDM_SECRET_REQUEST_DATA || name->kind == TSPDM_SECRET_RESPONSE_DATA;
	char number[16] = "";

	if (is_counted)
		snprintf(number, sizeof number, "_%u", name->generation);
	return (size_t)snprintf(
		at, HEAD_MAX, "%s%s %08x ", tspdm_secret_label(name->kind), number, (unsigned)name->session_id);
}

static void add(void *context, const struct tspdm_secret_name *name, struct tspdm_view secret)
{
	struct keylog *log = context;
	char line[LINE_MAX_LEN];
	size_t len;

	if (log->is_broken || tspdm_secret_label(name->kind) == NULL || name->random.len != RANDOM_LEN ||
		secret.len > TSPDM_PSK_MAX)
		return;
	len = put_head(line, name);
	len += put_hex(line + len, name->random);
	line[len++] = ' ';
	len += put_hex(line + len, secret);
	line[len++] = '\n';
	if (write(log->fd, line, len) != (ssize_t)len) {
		fprintf(stderr, "--keylog %s: the log is not complete: %s\n", log->path, strerror(errno));
		log->is_broken = true;
	}
	tspdm_wipe(line, sizeof line);
}

struct tspdm_key_log_hook keylog_hook(struct keylog *log)
{
	if (log == NULL)
		return (struct tspdm_key_log_hook){ NULL, NULL };
	return (struct tspdm_key_log_hook){ add, log };
}
