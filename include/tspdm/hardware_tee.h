/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Finds the TEE that the program runs in: configfs-tsm first, then /dev/sev-guest, /dev/tdx_guest with the host's quote
 * generation service, and an enclave's /dev/attestation; and says what it found, and why not the others.
 *
 *	char text[TSPDM_HARDWARE_TEE_TEXT_MAX];
 *	struct tspdm_hardware_tee_config config = { .size = sizeof config, .text = text, .text_cap = sizeof text };
 *	struct tspdm_evidence_source *source;
 *	status = tspdm_hardware_tee_open(&config, &source);
 *	fprintf(stderr, "%s\n", text);
 *	...
 *	tspdm_hardware_tee_close(source);
 */
#ifndef TSPDM_HARDWARE_TEE_H
#define TSPDM_HARDWARE_TEE_H

#include <tspdm/configfs_tsm.h>
#include <tspdm/sev_guest.h>
#include <tspdm/sgx_attestation.h>
#include <tspdm/tdx_guest.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSPDM_HARDWARE_TEE_TEXT_MAX = 1024 };

struct tspdm_hardware_tee_config {
	size_t size;
	enum tspdm_tee kind;         /**< TSPDM_TEE_NONE: whatever there is; or the one kind wanted */
	uint32_t reserved;
	char *text;                  /**< where the search is told, on success too; may be NULL */
	size_t text_cap;
	const struct tspdm_configfs_tsm_config *configfs_tsm; /**< how to use it; NULL: the default */
	const struct tspdm_sev_guest_config *sev_guest;       /**< how to use it; NULL: the default */
	const struct tspdm_tdx_guest_config *tdx_guest;       /**< how to use it; NULL: the default */
	const struct tspdm_sgx_attestation_config *sgx_attestation; /**< how to use it; NULL: the default */
};

/** Tries one after the other and takes the first that is there and of the kind wanted.
 * @param config  the texts of the inner configurations are not used
 * @retval TSPDM_ERR_ARGUMENT         a pointer is NULL, or `size` is too small
 * @retval TSPDM_ERR_UNSUPPORTED      a field that is unknown here is not zero
 * @retval TSPDM_ERR_EVIDENCE_SOURCE  none is there; `text` says why for each
 * @returns also what the _new() functions of the sources return for their configurations */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_hardware_tee_open(
	const struct tspdm_hardware_tee_config *config, struct tspdm_evidence_source **out);
/** As the source's own _free(). NULL is allowed. */
TSPDM_API void tspdm_hardware_tee_close(struct tspdm_evidence_source *source);
/** @returns why poll() of a source that was opened here last failed; "" if it never did. Lives until the next poll() */
TSPDM_API const char *tspdm_hardware_tee_reason(const struct tspdm_evidence_source *source);

#ifdef __cplusplus
}
#endif
#endif
