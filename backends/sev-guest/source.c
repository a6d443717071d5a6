/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/sev-guest source: configuration. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/config.h"
#include "internal.h"

enum {
	DEFAULT_ATTEMPTS = 4,
	DEFAULT_BACKOFF_US = 1000000,
};

/* ---- The system's calls ---- */

static int open_file(const char *path, int flags)
{
	return open(path, flags);
}

static int control(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument);
}

static const struct tspdm_sev_guest_calls system_calls = {
	.size = sizeof system_calls,
	.open_file = open_file,
	.control = control,
	.close_file = close,
};

/* ---- Configuration ---- */

static enum tspdm_status take(struct tspdm_sev_guest_config *to, const struct tspdm_sev_guest_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->path == NULL)
		to->path = "/dev/sev-guest";
	if (to->calls == NULL)
		to->calls = &system_calls;
	if (strlen(to->path) >= SEV_PATH_MAX || to->vmpl > 3 || to->certificate_cap > SEV_CERTIFICATES_MAX ||
		to->calls->size < sizeof system_calls)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

static void configure(struct tspdm_sev_source *source, const struct tspdm_sev_guest_config *config)
{
	memcpy(source->path, config->path, strlen(config->path) + 1);
	source->calls = *config->calls;
	source->attempts = config->attempts != 0 ? config->attempts : DEFAULT_ATTEMPTS;
	source->backoff_us = config->backoff_us != 0 ? config->backoff_us : DEFAULT_BACKOFF_US;
	source->vmpl = config->vmpl;
	source->certificate_cap = config->certificate_cap != 0 ? config->certificate_cap : SEV_CERTIFICATES_DEFAULT;
	source->no_certificates = config->no_certificates;
}

/* Is it there, and may it be used? */
static enum tspdm_status look(struct tspdm_sev_source *source, const struct tspdm_sev_guest_config *config)
{
	size_t cap = config->reason != NULL ? config->reason_cap : 0;
	int fd;

	TSPDM_TRY(tspdm_sev_open(source, &fd, config->reason, cap));
	(void)source->calls.close_file(fd);
	return TSPDM_OK;
}

enum tspdm_status tspdm_sev_guest_new(const struct tspdm_sev_guest_config *config, struct tspdm_evidence_source **out)
{
	struct tspdm_sev_guest_config complete;
	struct tspdm_sev_source *source;
	enum tspdm_status status;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&complete, config));
	source = calloc(1, sizeof *source);
	if (source == NULL)
		return TSPDM_ERR_MEMORY;
	configure(source, &complete);
	status = look(source, &complete);
	if (status == TSPDM_OK)
		status = tspdm_worker_init(&source->worker, tspdm_sev_produce);
	if (status != TSPDM_OK) {
		free(source);
		return status;
	}
	tspdm_worker_describe(&source->worker, TSPDM_TEE_SEV_SNP, "/dev/sev-guest");
	*out = &source->worker.base;
	return TSPDM_OK;
}

void tspdm_sev_guest_free(struct tspdm_evidence_source *source)
{
	tspdm_worker_free(source);
}

const char *tspdm_sev_guest_reason(const struct tspdm_evidence_source *source)
{
	return tspdm_worker_reason(source);
}
