/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SEV-SNP evidence through the ioctls of /dev/sev-guest, for kernels without configfs-tsm. Requests are made by a thread of
 * the source's own, one after the other.
 *
 *	struct tspdm_sev_guest_config config = { .size = sizeof config };
 *	struct tspdm_evidence_source *source;
 *	status = tspdm_sev_guest_new(&config, &source);
 *	...
 *	tspdm_sev_guest_free(source);
 */
#ifndef TSPDM_SEV_GUEST_H
#define TSPDM_SEV_GUEST_H

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The system calls that the source makes, for tests: each returns -1 and sets errno, as the system's. They are called from
 * the source's thread, open_file and close_file also from tspdm_sev_guest_new(). */
struct tspdm_sev_guest_calls {
	size_t size;
	int (*open_file)(const char *path, int flags);
	int (*control)(int fd, unsigned long request, void *argument);
	int (*close_file)(int fd);
};

struct tspdm_sev_guest_config {
	size_t size;
	const char *path;       /**< NULL: /dev/sev-guest; copied */
	const struct tspdm_sev_guest_calls *calls; /**< NULL: the system's; must outlive the source */
	char *reason;           /**< where tspdm_sev_guest_new() writes why it failed; may be NULL */
	size_t reason_cap;
	uint32_t attempts;      /**< for one request, where the host is too busy; 0: 4 */
	uint32_t backoff_us;    /**< after the first; doubles up to 8 s; 0: 1 s */
	uint32_t vmpl;          /**< asked for, 0 to 3; below the guest's own the firmware refuses */
	uint32_t certificate_cap; /**< bytes to begin with, rounded up to pages; 0: 16384, the driver's limit */
	bool no_certificates;   /**< ask for the report alone */
	uint8_t reserved[7];
};

/** Makes a source; the device is opened once, to see that it can be.
 * @retval TSPDM_ERR_ARGUMENT         a pointer is NULL, `size` is too small, `path` too long, `vmpl` above 3 or
 *                                    `certificate_cap` above 1 MiB
 * @retval TSPDM_ERR_UNSUPPORTED      a field that is unknown here is not zero
 * @retval TSPDM_ERR_EVIDENCE_SOURCE  there is no such device, or it may not be used; see `reason`
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_SYSTEM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_sev_guest_new(
	const struct tspdm_sev_guest_config *config, struct tspdm_evidence_source **out);
/** Waits for the request that is under way (the driver gives a busy host 60 s), drops those that have not begun. All jobs
 * end with it. NULL is allowed. */
TSPDM_API void tspdm_sev_guest_free(struct tspdm_evidence_source *source);
/** @returns why poll() last failed, for a person; "" if it never did. Lives until the next poll() */
TSPDM_API const char *tspdm_sev_guest_reason(const struct tspdm_evidence_source *source);

#ifdef __cplusplus
}
#endif
#endif
