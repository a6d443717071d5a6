/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/attestation source: configuration. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "internal.h"

enum {
	DEFAULT_ATTEMPTS = 4,
	DEFAULT_BACKOFF_US = 50000,
};

static int open_file(const char *path, int flags)
{
	return open(path, flags);
}

static const struct tspdm_sgx_attestation_calls system_calls = {
	.size = sizeof system_calls,
	.open_file = open_file,
	.read_file = read,
	.write_file = write,
	.close_file = close,
};

static enum tspdm_status take(struct tspdm_sgx_attestation_config *to, const struct tspdm_sgx_attestation_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	if (to->root == NULL)
		to->root = "/dev/attestation";
	if (to->calls == NULL)
		to->calls = &system_calls;
	if (strlen(to->root) >= SGX_ROOT_MAX || to->calls->size < sizeof system_calls)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

static void configure(struct tspdm_sgx_source *source, const struct tspdm_sgx_attestation_config *config)
{
	memcpy(source->root, config->root, strlen(config->root) + 1);
	source->calls = *config->calls;
	source->attempts = config->attempts != 0 ? config->attempts : DEFAULT_ATTEMPTS;
	source->backoff_us = config->backoff_us != 0 ? config->backoff_us : DEFAULT_BACKOFF_US;
}

enum tspdm_status tspdm_sgx_attestation_new(
	const struct tspdm_sgx_attestation_config *config, struct tspdm_evidence_source **out)
{
	struct tspdm_sgx_attestation_config complete;
	struct tspdm_sgx_source *source;
	struct tspdm_sgx_request q = { .source = NULL };
	enum tspdm_status status;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&complete, config));
	source = calloc(1, sizeof *source);
	if (source == NULL)
		return TSPDM_ERR_MEMORY;
	configure(source, &complete);
	q.source = source;
	q.reason = complete.reason;
	q.reason_cap = complete.reason != NULL ? complete.reason_cap : 0;
	status = tspdm_sgx_ask_type(&q);
	if (status == TSPDM_OK)
		status = tspdm_worker_init(&source->worker, tspdm_sgx_produce);
	if (status != TSPDM_OK) {
		free(source);
		return status;
	}
	tspdm_worker_describe(&source->worker, TSPDM_TEE_SGX, "%.64s, DCAP", source->root);
	*out = &source->worker.base;
	return TSPDM_OK;
}

void tspdm_sgx_attestation_free(struct tspdm_evidence_source *source)
{
	tspdm_worker_free(source);
}

const char *tspdm_sgx_attestation_reason(const struct tspdm_evidence_source *source)
{
	return tspdm_worker_reason(source);
}
