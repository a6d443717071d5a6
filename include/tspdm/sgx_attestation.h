/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SGX quotes through the files that a library OS shows an enclave as /dev/attestation: report data are written to
 * user_report_data, and quote is read. Requests are made by a thread of the source's own, one after the other. Nothing is
 * kept from one request to the next.
 *
 * The report data written are the whole process's. A quote about others, which somebody else in the process wrote in
 * between, is discarded and asked for again.
 *
 *	struct tspdm_sgx_attestation_config config = { .size = sizeof config };
 *	struct tspdm_evidence_source *source;
 *	status = tspdm_sgx_attestation_new(&config, &source);
 *	...
 *	tspdm_sgx_attestation_free(source);
 */
#ifndef TSPDM_SGX_ATTESTATION_H
#define TSPDM_SGX_ATTESTATION_H

#include <sys/types.h>

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The system calls that the source makes, for tests: each returns -1 and sets errno, as the system's. They are called from
 * the source's thread, all but write_file also from tspdm_sgx_attestation_new(). */
struct tspdm_sgx_attestation_calls {
	size_t size;
	int (*open_file)(const char *path, int flags);
	ssize_t (*read_file)(int fd, void *out, size_t cap);
	ssize_t (*write_file)(int fd, const void *bytes, size_t len);
	int (*close_file)(int fd);
};

struct tspdm_sgx_attestation_config {
	size_t size;
	const char *root;       /**< NULL: /dev/attestation; copied */
	const struct tspdm_sgx_attestation_calls *calls; /**< NULL: the system's; must outlive the source */
	char *reason;           /**< where tspdm_sgx_attestation_new() writes why it failed; may be NULL */
	size_t reason_cap;
	uint32_t attempts;      /**< for one request, where a failure may pass (EBUSY, EINTR, EAGAIN, a race); 0: 4 */
	uint32_t backoff_us;    /**< after the first; doubles up to 2 s; 0: 50 ms */
};

/** Makes a source; the kind of attestation is read, and no evidence is made yet.
 * @retval TSPDM_ERR_ARGUMENT         a pointer is NULL, `size` is too small, or `root` too long
 * @retval TSPDM_ERR_UNSUPPORTED      a field that is unknown here is not zero
 * @retval TSPDM_ERR_EVIDENCE_SOURCE  this is no such enclave, or its manifest has no DCAP attestation; see `reason`
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_SYSTEM */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_sgx_attestation_new(
	const struct tspdm_sgx_attestation_config *config, struct tspdm_evidence_source **out);
/** Waits for the request that is under way, drops those that have not begun. All jobs end with it. NULL is allowed. */
TSPDM_API void tspdm_sgx_attestation_free(struct tspdm_evidence_source *source);
/** @returns why poll() last failed, for a person; "" if it never did. Lives until the next poll() */
TSPDM_API const char *tspdm_sgx_attestation_reason(const struct tspdm_evidence_source *source);

#ifdef __cplusplus
}
#endif
#endif
