/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of the /dev/tdx_guest source share: the source, and one request. */
#ifndef TSPDM_TDX_GUEST_INTERNAL_H
#define TSPDM_TDX_GUEST_INTERNAL_H

#include <tspdm/tdx_guest.h>

#include "../evidence-worker/worker.h"
#include "driver.h"

enum { TDX_PATH_MAX = 256 };

struct tspdm_tdx_source {
	struct tspdm_worker worker; /* first: the instance is found by it */
	char path[TDX_PATH_MAX];
	struct tspdm_tdx_guest_calls calls;
	uint32_t cid, port, timeout_ms;
	uint32_t attempts, backoff_us;
};

struct tspdm_tdx_request {
	struct tspdm_tdx_source *source;
	char *reason;
	size_t reason_cap;
	bool is_transient;    /* another try may do */
	uint64_t patience_us; /* when the service's time is over, by tspdm_worker_now() */
};

/* Each returns TSPDM_OK, or TSPDM_ERR_EVIDENCE_SOURCE with the request's reason and is_transient set. */

/* @param error  errno, or 0 */
enum tspdm_status tspdm_tdx_refuse(
	struct tspdm_tdx_request *q, const char *whose, const char *why, int error, bool is_transient);
enum tspdm_status tspdm_tdx_open(struct tspdm_tdx_request *q, int *out);
/* The TDREPORT over these report data. @param report  TDX_REPORT_LEN bytes */
enum tspdm_status tspdm_tdx_report(struct tspdm_tdx_request *q, const uint8_t *report_data, uint8_t *report);
enum tspdm_status tspdm_qgs_connect(struct tspdm_tdx_request *q, int *out);
/* A quote of a TDREPORT. @param out  becomes a malloc()ed buffer, also on failure; the caller's to free */
enum tspdm_status tspdm_qgs_quote(struct tspdm_tdx_request *q, const uint8_t *report, struct tspdm_buffer *out);

/* Makes evidence: struct tspdm_worker's produce. */
enum tspdm_status tspdm_tdx_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out);

#endif
