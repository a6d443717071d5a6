/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Intel TDX evidence: the TD report of quote versions 4 and 5, and offline verification against the pinned Intel SGX
 * Root CA. Facts: Intel TDX DCAP quote formats, Intel TDX module specification.
 *
 *	struct tspdm_dcap_input in = { .size = sizeof in, .evidence = evidence, .time = time(NULL) };
 *	struct tspdm_tdx_finding *finding = calloc(1, sizeof *finding);
 *	in.collateral.tcb_info = ...;	// <tspdm/dcap.h>
 *	if (tspdm_tdx_verify(&in, finding) == TSPDM_OK)
 *		printf("genuine, TCB %s of %s\n", tspdm_tcb_status_name(finding->tcb.status), finding->tcb.date);
 */
#ifndef TSPDM_TDX_H
#define TSPDM_TDX_H

#include <tspdm/dcap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** TDATTRIBUTES. Any of the lowest eight bits: the TD is under debug. */
#define TSPDM_TDX_ATTRIBUTE_DEBUG (UINT64_C(1) << 0)
#define TSPDM_TDX_ATTRIBUTE_DEBUG_GROUP UINT64_C(0xFF)
#define TSPDM_TDX_ATTRIBUTE_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TSPDM_TDX_ATTRIBUTE_MIGRATABLE (UINT64_C(1) << 29)
#define TSPDM_TDX_ATTRIBUTE_PKS (UINT64_C(1) << 30)
#define TSPDM_TDX_ATTRIBUTE_KL (UINT64_C(1) << 31)
#define TSPDM_TDX_ATTRIBUTE_TPA (UINT64_C(1) << 62)
#define TSPDM_TDX_ATTRIBUTE_PERFMON (UINT64_C(1) << 63)

/** The body of a TD's quote. */
struct tspdm_td_report {
	uint8_t tee_tcb_svn[16]; /**< [0] module SVN, [1] module major version, [2] SEAM loader */
	uint8_t mr_seam[48];
	uint8_t mr_signer_seam[48];
	uint8_t seam_attributes[8];
	uint8_t td_attributes[8]; /**< as in memory, little-endian */
	uint8_t xfam[8];
	uint8_t mr_td[48];
	uint8_t mr_config_id[48];
	uint8_t mr_owner[48];
	uint8_t mr_owner_config[48];
	uint8_t rtmr[4][48];
	uint8_t report_data[64];
	bool is_td15;              /**< the next two are there; else zero */
	uint8_t tee_tcb_svn_2[16]; /**< of the module loaded now */
	uint8_t mr_service_td[48]; /**< zero unless a service TD is bound */
	uint64_t attributes;       /**< td_attributes as a number */
	bool is_debug;             /**< any bit of the debug group */
};

/** Takes a TD report apart.
 * @param bytes  584 bytes (TDX 1.0) or 648 (TDX 1.5)
 * @retval TSPDM_ERR_EVIDENCE_FORM  another length */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tdx_read_report(
	struct tspdm_view bytes, struct tspdm_td_report *out);

/** What was found. Large: put it on the heap. */
struct tspdm_tdx_finding {
	struct tspdm_finding base; /**< status, anchor, checks, claims */
	struct tspdm_quote quote;  /**< views of the evidence given: as long as that lives */
	struct tspdm_td_report report;
	struct tspdm_sgx_report qe_report;
	struct tspdm_pck pck;
	struct tspdm_tcb tcb;
	bool crl_checked; /**< current CRLs of root and PCK issuer were there, and name none of the certificates */
};

/** Verifies a TD's quote offline: PCK chain to a pinned root, CRLs, the quoting enclave's report and identity, the
 * attestation key, the quote's signature; then, with collateral, TDX module and TCB status. All checks run as far as
 * they can; base.status is the first failure, and base.checks tells all of them.
 * @returns finding->base.status
 * @retval TSPDM_ERR_ARGUMENT            no time, or `roots` holds no certificate
 * @retval TSPDM_ERR_UNSUPPORTED         an option, or a key type, that this version does not know
 * @retval TSPDM_ERR_EVIDENCE_FORM       no quote of a TD
 * @retval TSPDM_ERR_EVIDENCE_SOFT       the software TEE's root, which was not allowed
 * @retval TSPDM_ERR_EVIDENCE_ANCHOR     another root than the anchors
 * @retval TSPDM_ERR_EVIDENCE_CHAIN      a certificate is not signed by the next, or is not what it should be; or the
 *                                       quoting enclave is not Intel's
 * @retval TSPDM_ERR_EVIDENCE_SIGNATURE  "quote.signature", "qe.report.signature" or "qe.report.data"
 * @retval TSPDM_ERR_COLLATERAL          collateral is missing, malformed, forged, of another platform, or not valid at that
 *                                       time; or a certificate is not
 * @retval TSPDM_ERR_REVOKED             a CRL names a certificate
 * @retval TSPDM_ERR_TCB_STATUS          the TCB's status is not an accepted one, or the module is not Intel's
 * @retval TSPDM_ERR_POLICY              the TD is under debug, which was not allowed
 * @retval TSPDM_ERR_MEMORY */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_tdx_verify(
	const struct tspdm_dcap_input *input, struct tspdm_tdx_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
