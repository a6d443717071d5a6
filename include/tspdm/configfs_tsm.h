/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence of real hardware through the kernel's configfs-tsm interface (Linux 6.7 and later): SEV-SNP, TDX, and whatever
 * provider the kernel names. Requests are made by a thread of the source's own, one after the other; each in a directory of
 * its own, which is removed afterwards. Nothing is kept from one request to the next.
 *
 *	char why[256];
 *	struct tspdm_configfs_tsm_config config = { .size = sizeof config, .reason = why, .reason_cap = sizeof why };
 *	struct tspdm_evidence_source *source;
 *	if (tspdm_configfs_tsm_new(&config, &source) != TSPDM_OK)
 *		fprintf(stderr, "%s\n", why);
 *	...
 *	tspdm_configfs_tsm_free(source);
 */
#ifndef TSPDM_CONFIGFS_TSM_H
#define TSPDM_CONFIGFS_TSM_H

#include <sys/types.h>

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The system calls that the source makes, for tests: each returns -1 and sets errno, as the system's. They are called from
 * the source's thread, and from tspdm_configfs_tsm_new(). */
struct tspdm_configfs_tsm_calls {
	size_t size;
	int (*make_directory)(const char *path);
	int (*remove_directory)(const char *path);
	int (*open_file)(const char *path, int flags);
	ssize_t (*read_file)(int fd, void *out, size_t cap);
	ssize_t (*write_file)(int fd, const void *bytes, size_t len);
	int (*close_file)(int fd);
};

struct tspdm_configfs_tsm_config {
	size_t size;
	const char *root;       /**< NULL: /sys/kernel/config/tsm/report; copied */
	const struct tspdm_configfs_tsm_calls *calls; /**< NULL: the system's; must outlive the source */
	char *reason;           /**< where tspdm_configfs_tsm_new() writes why it failed; may be NULL */
	size_t reason_cap;
	uint32_t attempts;      /**< for one request, where a failure may pass (EBUSY, EINTR, EWOULDBLOCK, a race); 0: 8 */
	uint32_t backoff_us;    /**< after the first; doubles up to 2 s; 0: 50 ms */
	bool has_privlevel;     /**< ask for `privlevel`; otherwise for the lowest that the kernel takes */
	uint8_t privlevel;      /**< SEV-SNP: the VMPL, 0 to 3 */
	uint8_t reserved[6];
};

/** Makes a source; it is asked for its provider, and no evidence is made yet.
 * @retval TSPDM_ERR_ARGUMENT         a pointer is NULL, `size` is too small, `root` too long, or `privlevel` above 3
 * @retval TSPDM_ERR_UNSUPPORTED      a field that is unknown here is not zero
 * @retval TSPDM_ERR_EVIDENCE_SOURCE  there is no such interface or no provider, or it may not be used; see `reason`
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_SYSTEM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_configfs_tsm_new(
	const struct tspdm_configfs_tsm_config *config, struct tspdm_evidence_source **out);
/** Waits for the request that is under way (a quote may take the kernel 30 s), removes its directory, drops those that have
 * not begun. All jobs end with it. NULL is allowed. */
TSPDM_API void tspdm_configfs_tsm_free(struct tspdm_evidence_source *source);
/** @returns why poll() last failed, for a person; "" if it never did. Lives until the next poll() */
TSPDM_API const char *tspdm_configfs_tsm_reason(const struct tspdm_evidence_source *source);

#ifdef __cplusplus
}
#endif
#endif
