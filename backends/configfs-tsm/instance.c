/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The directory of a request and its attributes, call by call; and what each error of the kernel means here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

enum {
	NAMES_TRIED = 64, /* of directories that others left */
	REMOVALS_TRIED = 10,
	REMOVAL_PAUSE_US = 1000,
};

/* ---- Errors ---- */

struct meaning {
	int error;
	bool is_transient;
	const char *text;
};

/* Linux, Documentation/ABI/testing/configfs-tsm, and drivers/virt/coco as far as the fact sheets tell. EWOULDBLOCK is
 * EAGAIN. */
static const struct meaning meanings[] = {
	{ EBUSY, true, "busy: an earlier request is still with the host (EBUSY)" },
	{ EINTR, true, "interrupted every time (EINTR)" },
	{ EAGAIN, true, "the report went stale every time (EWOULDBLOCK)" },
	{ ETXTBSY, true, "the file is open elsewhere (ETXTBSY)" },
	{ EEXIST, true, "all the names tried are taken (EEXIST)" },
	{ EFBIG, false, "larger than the kernel allows (EFBIG)" },
	{ ENXIO, false, "no TEE provider is registered; is this a confidential VM, with its driver loaded? (ENXIO)" },
	{ ETIMEDOUT, false, "the TEE's quoting service did not answer in time (ETIMEDOUT)" },
	{ EIO, false, "the TEE failed to make evidence (EIO)" },
	{ EINVAL, false, "the kernel refuses the value, or it lacks one (EINVAL)" },
	{ ENOENT, false, "not there; needs Linux 6.7 or later with TSM reports, and configfs mounted (ENOENT)" },
	{ EACCES, false, "not allowed; only root may (EACCES)" },
	{ EPERM, false, "not allowed; only root may (EPERM)" },
	{ ENOMEM, false, "the kernel is out of memory (ENOMEM)" },
};

enum tspdm_status tspdm_tsm_refuse(struct tspdm_tsm_request *q, const char *what, const char *why, bool is_transient)
{
	q->error = 0;
	q->is_transient = is_transient;
	if (q->reason_cap != 0)
		snprintf(q->reason, q->reason_cap, "%s: %s: %s", q->source->root, what, why);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

static enum tspdm_status fail(struct tspdm_tsm_request *q, const char *what, int error)
{
	struct meaning meaning = { error, false, NULL };
	char other[40];

	snprintf(other, sizeof other, "the system says error %d", error);
	meaning.text = other;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].error == error)
			meaning = meanings[i];
	(void)tspdm_tsm_refuse(q, what, meaning.text, meaning.is_transient);
	q->error = error;
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

/* ---- The directory ---- */

enum tspdm_status tspdm_tsm_make_instance(struct tspdm_tsm_request *q)
{
	struct tspdm_tsm_source *source = q->source;

	for (unsigned tries = 0; tries < NAMES_TRIED; tries++) {
		snprintf(q->directory, sizeof q->directory, "%s/tspdm-%ld-%u", source->root, (long)getpid(),
			source->next_number++);
		if (source->calls.make_directory(q->directory) == 0)
			return TSPDM_OK;
		if (errno != EEXIST)
			return fail(q, "mkdir", errno);
	}
	return fail(q, "mkdir", EEXIST);
}

/* What stands in the way of removal passes; the pauses end early where the source is closed, the tries do not. */
void tspdm_tsm_remove_instance(struct tspdm_tsm_request *q)
{
	for (unsigned tries = 0; tries < REMOVALS_TRIED; tries++) {
		if (q->source->calls.remove_directory(q->directory) == 0 || errno == ENOENT)
			return;
		(void)tspdm_worker_pause(&q->source->worker, (uint64_t)REMOVAL_PAUSE_US << tries);
	}
}

/* ---- Attributes ---- */

static enum tspdm_status open_attribute(struct tspdm_tsm_request *q, const char *attribute, int flags, int *out)
{
	char path[TSM_PATH_MAX + TSM_TEXT_MAX];

	snprintf(path, sizeof path, "%s/%s", q->directory, attribute);
	*out = q->source->calls.open_file(path, flags | O_CLOEXEC);
	return *out >= 0 ? TSPDM_OK : fail(q, attribute, errno);
}

/* One write: what a binary attribute gets is its value at close(), and the kernel tells nobody if it does not like it. The
 * generation does. */
enum tspdm_status tspdm_tsm_write(struct tspdm_tsm_request *q, const char *attribute, struct tspdm_view bytes)
{
	enum tspdm_status status = TSPDM_OK;
	ssize_t written;
	int fd;

	TSPDM_TRY(open_attribute(q, attribute, O_WRONLY, &fd));
	written = q->source->calls.write_file(fd, bytes.ptr, bytes.len);
	if (written < 0)
		status = fail(q, attribute, errno);
	else if ((size_t)written != bytes.len)
		status = tspdm_tsm_refuse(q, attribute, "only a part was written", true);
	(void)q->source->calls.close_file(fd);
	return status;
}

/* The kernel makes the value at the first read() and serves it from there. */
static enum tspdm_status read_all(struct tspdm_tsm_request *q, const char *attribute, int fd, struct tspdm_buffer *out)
{
	switch (tspdm_worker_read(q->source->calls.read_file, fd, out)) {
	case TSPDM_OK:
		return TSPDM_OK;
	case TSPDM_ERR_SYSTEM:
		return fail(q, attribute, errno);
	case TSPDM_ERR_TOO_LARGE:
		return tspdm_tsm_refuse(q, attribute, "larger than any evidence", false);
	default:
		return tspdm_tsm_refuse(q, attribute, "out of memory", false);
	}
}

enum tspdm_status tspdm_tsm_read(struct tspdm_tsm_request *q, const char *attribute, struct tspdm_buffer *out)
{
	enum tspdm_status status;
	int fd;

	TSPDM_TRY(open_attribute(q, attribute, O_RDONLY, &fd));
	status = read_all(q, attribute, fd, out);
	(void)q->source->calls.close_file(fd);
	return status;
}

enum tspdm_status tspdm_tsm_read_text(struct tspdm_tsm_request *q, const char *attribute, char *text)
{
	struct tspdm_buffer value = { NULL, 0, 0 };
	enum tspdm_status status = tspdm_tsm_read(q, attribute, &value);

	if (status == TSPDM_OK) {
		while (value.len > 0 && (value.ptr[value.len - 1] == '\n' || value.ptr[value.len - 1] == '\0'))
			value.len--;
		if (value.len == 0 || value.len >= TSM_TEXT_MAX)
			status = tspdm_tsm_refuse(q, attribute, "not a line of text", false);
		else
			snprintf(text, TSM_TEXT_MAX, "%.*s", (int)value.len, (const char *)value.ptr);
	}
	free(value.ptr);
	return status;
}

enum tspdm_status tspdm_tsm_read_number(struct tspdm_tsm_request *q, const char *attribute, uint64_t *out)
{
	char text[TSM_TEXT_MAX];
	char *end;

	TSPDM_TRY(tspdm_tsm_read_text(q, attribute, text));
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		return tspdm_tsm_refuse(q, attribute, "not a number", false);
	return TSPDM_OK;
}
