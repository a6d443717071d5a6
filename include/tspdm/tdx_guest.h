/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TDX quotes through /dev/tdx_guest, for kernels without configfs-tsm: the device makes a TDREPORT, which only the same
 * machine can check, and the host's quote generation service makes a quote of it, asked over vsock. Requests are made by a
 * thread of the source's own, one after the other. Nothing is kept from one request to the next.
 *
 * The service is not trusted: what it answers is looked at as anything from a wire is, and a quote that is not about the
 * report data asked for is refused. Whether it is genuine, the verifier finds out.
 *
 *	struct tspdm_tdx_guest_config config = { .size = sizeof config };
 *	struct tspdm_evidence_source *source;
 *	status = tspdm_tdx_guest_new(&config, &source);
 *	...
 *	tspdm_tdx_guest_free(source);
 */
#ifndef TSPDM_TDX_GUEST_H
#define TSPDM_TDX_GUEST_H

#include <sys/types.h>

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The system calls that the source makes, for tests: each returns -1 and sets errno, as the system's. They are called from
 * the source's thread; all but control, wait, read_file and write_file also from tspdm_tdx_guest_new(). */
struct tspdm_tdx_guest_calls {
	size_t size;
	int (*open_file)(const char *path, int flags);
	int (*control)(int fd, unsigned long request, void *argument);
	/** Connects a stream to a port of AF_VSOCK. @returns a descriptor that never blocks */
	int (*connect_service)(uint32_t cid, uint32_t port, uint32_t timeout_ms);
	/** Waits until the descriptor can be written to, or read from. @returns 1, or 0 when the time is over */
	int (*wait)(int fd, bool to_write, uint32_t timeout_ms);
	ssize_t (*read_file)(int fd, void *out, size_t cap);
	ssize_t (*write_file)(int fd, const void *bytes, size_t len);
	int (*close_file)(int fd);
};

enum {
	TSPDM_QUOTE_SERVICE_CID = 2,     /**< the host, to every guest */
	TSPDM_QUOTE_SERVICE_PORT = 4050, /**< where the service listens unless it is told otherwise */
};

struct tspdm_tdx_guest_config {
	size_t size;
	const char *path;       /**< NULL: /dev/tdx_guest; copied */
	const struct tspdm_tdx_guest_calls *calls; /**< NULL: the system's; must outlive the source */
	char *reason;           /**< where tspdm_tdx_guest_new() writes why it failed; may be NULL */
	size_t reason_cap;
	uint32_t cid;           /**< of the quote generation service; 0: TSPDM_QUOTE_SERVICE_CID */
	uint32_t port;          /**< 0: TSPDM_QUOTE_SERVICE_PORT */
	uint32_t timeout_ms;    /**< for one answer of the service, and at most 5 s of it for connecting; 0: 30 s */
	uint32_t attempts;      /**< for one request, where a failure may pass (the service restarts, EINTR); 0: 4 */
	uint32_t backoff_us;    /**< after the first; doubles up to 2 s; 0: 100 ms */
	uint8_t reserved[4];
};

/** Makes a source; the device is opened and the service connected to once, to see that they can be.
 * @retval TSPDM_ERR_ARGUMENT         a pointer is NULL, `size` is too small, or `path` too long
 * @retval TSPDM_ERR_UNSUPPORTED      a field that is unknown here is not zero
 * @retval TSPDM_ERR_EVIDENCE_SOURCE  there is no such device or no service, or it may not be used; see `reason`
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_SYSTEM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tdx_guest_new(
	const struct tspdm_tdx_guest_config *config, struct tspdm_evidence_source **out);
/** Waits for the request that is under way (`timeout_ms` at most), drops those that have not begun. All jobs end with it.
 * NULL is allowed. */
TSPDM_API void tspdm_tdx_guest_free(struct tspdm_evidence_source *source);
/** @returns why poll() last failed, for a person; "" if it never did. Lives until the next poll() */
TSPDM_API const char *tspdm_tdx_guest_reason(const struct tspdm_evidence_source *source);

#ifdef __cplusplus
}
#endif
#endif
