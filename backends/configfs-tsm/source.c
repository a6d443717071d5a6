/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The configfs-tsm source: configuration, and the question who the provider is. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "internal.h"

enum {
	DEFAULT_ATTEMPTS = 8,
	DEFAULT_BACKOFF_US = 50000,
};

/* ---- The system's calls ---- */

static int make_directory(const char *path)
{
	return mkdir(path, 0700);
}

static int open_file(const char *path, int flags)
{
	return open(path, flags);
}

static const struct tspdm_configfs_tsm_calls system_calls = {
	.size = sizeof system_calls,
	.make_directory = make_directory,
	.remove_directory = rmdir,
	.open_file = open_file,
	.read_file = read,
	.write_file = write,
	.close_file = close,
};

/* ---- Configuration ---- */

static enum tspdm_status take(struct tspdm_configfs_tsm_config *to, const struct tspdm_configfs_tsm_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->root == NULL)
		to->root = "/sys/kernel/config/tsm/report";
	if (to->calls == NULL)
		to->calls = &system_calls;
	if (strlen(to->root) >= TSM_ROOT_MAX || to->privlevel > 3 || to->calls->size < sizeof system_calls)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

static void configure(struct tspdm_tsm_source *source, const struct tspdm_configfs_tsm_config *config)
{
	memcpy(source->root, config->root, strlen(config->root) + 1);
	source->calls = *config->calls;
	source->attempts = config->attempts != 0 ? config->attempts : DEFAULT_ATTEMPTS;
	source->backoff_us = config->backoff_us != 0 ? config->backoff_us : DEFAULT_BACKOFF_US;
	source->has_privlevel = config->has_privlevel;
	source->privlevel = config->privlevel;
}

/* ---- The provider ---- */

static enum tspdm_tee tee_of(const char *provider)
{
	static const struct {
		const char *name;
		enum tspdm_tee tee;
	} known[] = { { "sev_guest", TSPDM_TEE_SEV_SNP }, { "tdx_guest", TSPDM_TEE_TDX } };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, provider) == 0)
			return known[i].tee;
	return TSPDM_TEE_NONE;
}

static enum tspdm_status ask_provider(
	struct tspdm_tsm_source *source, const struct tspdm_configfs_tsm_config *config, char *provider)
{
	struct tspdm_tsm_request q = {
		.source = source,
		.reason = config->reason,
		.reason_cap = config->reason != NULL ? config->reason_cap : 0,
	};
	enum tspdm_status status;

	TSPDM_TRY(tspdm_tsm_make_instance(&q));
	status = tspdm_tsm_read_text(&q, "provider", provider);
	tspdm_tsm_remove_instance(&q);
	return status;
}

enum tspdm_status tspdm_configfs_tsm_new(
	const struct tspdm_configfs_tsm_config *config, struct tspdm_evidence_source **out)
{
	struct tspdm_configfs_tsm_config complete;
	struct tspdm_tsm_source *source;
	char provider[TSM_TEXT_MAX] = "";
	enum tspdm_status status;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&complete, config));
	source = calloc(1, sizeof *source);
	if (source == NULL)
		return TSPDM_ERR_MEMORY;
	configure(source, &complete);
	status = tspdm_worker_init(&source->worker, tspdm_tsm_produce);
	if (status != TSPDM_OK) {
		free(source);
		return status;
	}
	status = ask_provider(source, &complete, provider);
	if (status != TSPDM_OK) {
		tspdm_worker_free(&source->worker.base);
		return status;
	}
	source->tee = tee_of(provider);
	tspdm_worker_describe(&source->worker, source->tee, "configfs-tsm, provider %s", provider);
	*out = &source->worker.base;
	return TSPDM_OK;
}

void tspdm_configfs_tsm_free(struct tspdm_evidence_source *source)
{
	tspdm_worker_free(source);
}

const char *tspdm_configfs_tsm_reason(const struct tspdm_evidence_source *source)
{
	return tspdm_worker_reason(source);
}
