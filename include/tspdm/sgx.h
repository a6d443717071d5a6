/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Intel SGX evidence: offline verification of an enclave's quote (version 3; also versions 4 and 5 with an enclave's
 * body) against the pinned Intel SGX Root CA. Facts: Intel SGX ECDSA quote library reference, PCS API version 4.
 *
 *	struct tspdm_dcap_input in = { .size = sizeof in, .evidence = evidence, .time = time(NULL) };
 *	struct tspdm_sgx_finding *finding = calloc(1, sizeof *finding);
 *	in.accept_tcb = TSPDM_TCB_BIT(TSPDM_TCB_SW_HARDENING_NEEDED);	// common on SGX platforms
 *	if (tspdm_sgx_verify(&in, finding) == TSPDM_OK)
 *		puts("genuine");
 */
#ifndef TSPDM_SGX_H
#define TSPDM_SGX_H

#include <tspdm/dcap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What was found. Large: put it on the heap. */
struct tspdm_sgx_finding {
	struct tspdm_finding base; /**< status, anchor, checks, claims */
	struct tspdm_quote quote;  /**< views of the evidence given: as long as that lives */
	struct tspdm_sgx_report report;
	struct tspdm_sgx_report qe_report;
	struct tspdm_pck pck;
	struct tspdm_tcb tcb;
	bool is_debug;    /**< ATTRIBUTES.DEBUG of the enclave */
	bool crl_checked; /**< current CRLs of root and PCK issuer were there, and name none of the certificates */
};

/** Verifies an enclave's quote offline, as tspdm_tdx_verify() does a TD's, without what is about the TDX module.
 * @returns finding->base.status; the same as of tspdm_tdx_verify()
 * @retval TSPDM_ERR_EVIDENCE_FORM  no quote of an enclave, or its report says that it was not initialised */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_sgx_verify(
	const struct tspdm_dcap_input *input, struct tspdm_sgx_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
