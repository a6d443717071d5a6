/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of the /dev/attestation source share: the source, and one request. */
#ifndef TSPDM_SGX_ATTESTATION_INTERNAL_H
#define TSPDM_SGX_ATTESTATION_INTERNAL_H

#include <tspdm/sgx_attestation.h>

#include "../evidence-worker/worker.h"

enum {
	SGX_ROOT_MAX = 256,
	SGX_NAME_MAX = 32, /* of a file */
};

struct tspdm_sgx_source {
	struct tspdm_worker worker; /* first: the instance is found by it */
	char root[SGX_ROOT_MAX];
	struct tspdm_sgx_attestation_calls calls;
	uint32_t attempts, backoff_us;
};

struct tspdm_sgx_request {
	const struct tspdm_sgx_source *source;
	char *reason;
	size_t reason_cap;
	bool is_transient; /* another try may do */
};

/* Each returns TSPDM_OK, or TSPDM_ERR_EVIDENCE_SOURCE with the request's reason and is_transient set. */

/* Is there attestation by DCAP here? */
enum tspdm_status tspdm_sgx_ask_type(struct tspdm_sgx_request *q);

/* Makes evidence: struct tspdm_worker's produce. */
enum tspdm_status tspdm_sgx_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out);

#endif
