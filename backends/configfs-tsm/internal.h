/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of the configfs-tsm source share: the source, and one request with its directory. */
#ifndef TSPDM_CONFIGFS_TSM_INTERNAL_H
#define TSPDM_CONFIGFS_TSM_INTERNAL_H

#include <tspdm/configfs_tsm.h>

#include "../evidence-worker/worker.h"

enum {
	TSM_ROOT_MAX = 256,
	TSM_PATH_MAX = TSM_ROOT_MAX + 96,
	TSM_TEXT_MAX = 64, /* of a text attribute */
};

struct tspdm_tsm_source {
	struct tspdm_worker worker; /* first: the instance is found by it */
	char root[TSM_ROOT_MAX];
	struct tspdm_configfs_tsm_calls calls;
	uint32_t attempts, backoff_us;
	bool has_privlevel;
	uint8_t privlevel;
	enum tspdm_tee tee; /* by the provider's name; TSPDM_TEE_NONE: unknown, the evidence tells */
	unsigned next_number;
};

struct tspdm_tsm_request {
	struct tspdm_tsm_source *source;
	char directory[TSM_PATH_MAX];
	char *reason;
	size_t reason_cap;
	int error;         /* errno of the last failure, or 0 */
	bool is_transient; /* another try may do */
};

/* Each returns TSPDM_OK, or TSPDM_ERR_EVIDENCE_SOURCE with the request's reason, error and is_transient set. */
enum tspdm_status tspdm_tsm_refuse(struct tspdm_tsm_request *q, const char *what, const char *why, bool is_transient);
enum tspdm_status tspdm_tsm_make_instance(struct tspdm_tsm_request *q);
enum tspdm_status tspdm_tsm_write(struct tspdm_tsm_request *q, const char *attribute, struct tspdm_view bytes);
/* @param out  becomes a malloc'ed buffer, also on failure; the caller's to free */
enum tspdm_status tspdm_tsm_read(struct tspdm_tsm_request *q, const char *attribute, struct tspdm_buffer *out);
enum tspdm_status tspdm_tsm_read_text(struct tspdm_tsm_request *q, const char *attribute, char *text);
enum tspdm_status tspdm_tsm_read_number(struct tspdm_tsm_request *q, const char *attribute, uint64_t *out);
void tspdm_tsm_remove_instance(struct tspdm_tsm_request *q);

/* Makes evidence: struct tspdm_worker's produce. */
enum tspdm_status tspdm_tsm_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out);

#endif
