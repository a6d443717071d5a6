/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of the /dev/sev-guest source share. */
#ifndef TSPDM_SEV_GUEST_INTERNAL_H
#define TSPDM_SEV_GUEST_INTERNAL_H

#include <tspdm/sev_guest.h>

#include "../evidence-worker/worker.h"
#include "driver.h"

enum { SEV_PATH_MAX = 256 };

struct tspdm_sev_source {
	struct tspdm_worker worker; /* first: the instance is found by it */
	char path[SEV_PATH_MAX];
	struct tspdm_sev_guest_calls calls;
	uint32_t attempts, backoff_us;
	uint32_t vmpl, certificate_cap;
	bool no_certificates;
	bool is_dead; /* the driver has no key any more; the worker's thread alone has it */
};

/* Opens the device. @param reason  room for why not, of `cap` bytes, which may be 0 */
enum tspdm_status tspdm_sev_open(const struct tspdm_sev_source *source, int *out, char *reason, size_t cap);
/* Makes evidence: struct tspdm_worker's produce. */
enum tspdm_status tspdm_sev_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out);

#endif
