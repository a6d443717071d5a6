/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What TDX and SGX evidence have in common: quotes, the certificate of the provisioning certification key (PCK),
 * collateral, and the TCB status that follows from it. Facts: Intel SGX DCAP quote formats, PCK certificate profile,
 * PCS API version 4.
 *
 *	struct tspdm_dcap_input in = { .size = sizeof in, .evidence = evidence, .time = time(NULL) };
 *	in.collateral.tcb_info = tcb_info;	// tcb_info.json as served: not reformatted
 *	in.collateral.qe_identity = qe_identity;
 *	in.collateral.tcb_signing_chain = chain;
 *	status = tspdm_tdx_verify(&in, finding);	// <tspdm/tdx.h>; or tspdm_sgx_verify(), <tspdm/sgx.h>
 */
#ifndef TSPDM_DCAP_H
#define TSPDM_DCAP_H

#include <tspdm/evidence.h>
#include <tspdm/findings.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_signature_cache; /* <tspdm/signature_cache.h> */

enum {
	TSPDM_QUOTE_HEADER_LEN = 48,
	TSPDM_SGX_REPORT_LEN = 384,
	TSPDM_ADVISORIES_MAX = 64,
	TSPDM_ADVISORY_LEN = 32,
};

/** What stands behind the header of a quote. */
enum tspdm_quote_body {
	TSPDM_QUOTE_BODY_NONE = 0,
	TSPDM_QUOTE_BODY_SGX,  /**< SGX report, 384 bytes */
	TSPDM_QUOTE_BODY_TD10, /**< TD report of TDX 1.0, 584 bytes */
	TSPDM_QUOTE_BODY_TD15, /**< TD report of TDX 1.5, 648 bytes */
};
/** @returns "sgx", "td10", "td15" or "none" */
TSPDM_API const char *tspdm_quote_body_name(enum tspdm_quote_body body);

/** Kinds of certification data. */
enum tspdm_certification_data {
	TSPDM_CERTIFICATION_PPID = 1,
	TSPDM_CERTIFICATION_PPID_RSA2048 = 2,
	TSPDM_CERTIFICATION_PPID_RSA3072 = 3,
	TSPDM_CERTIFICATION_PCK_LEAF = 4,
	TSPDM_CERTIFICATION_PCK_CHAIN = 5,
	TSPDM_CERTIFICATION_QE_REPORT = 6,
};

/** A quote, taken apart. Views are of the bytes that were read. */
struct tspdm_quote {
	uint16_t version;
	uint16_t attestation_key_type; /**< 2: ECDSA P-256 */
	uint32_t tee_type;             /**< 0 SGX, 0x81 TDX */
	uint8_t header_8_12[4];        /**< reserved, or SVNs: sources disagree, nothing is decided by them */
	uint8_t qe_vendor_id[16];
	uint8_t user_data[20];
	enum tspdm_quote_body body_kind;
	uint32_t signature_data_len;
	uint16_t outer_certification_type; /**< 6; 0 in version 3, which has none */
	uint16_t certification_type;       /**< enum tspdm_certification_data */
	struct tspdm_view signed_bytes;    /**< what the attestation key signs */
	struct tspdm_view body;
	struct tspdm_view signature;       /**< r and s, 64 bytes */
	struct tspdm_view attestation_key; /**< x and y, 64 bytes */
	struct tspdm_view qe_report;       /**< TSPDM_SGX_REPORT_LEN */
	struct tspdm_view qe_report_signature;
	struct tspdm_view qe_authentication;
	struct tspdm_view certification;
};

/** Takes a quote apart, version 3, 4 or 5. Judges form only: each length has to fit into what encloses it, and to fill it.
 * Zeros behind the quote are passed over, as drivers hand out buffers of a fixed size.
 * @retval TSPDM_ERR_UNSUPPORTED    another key type than ECDSA P-256
 * @retval TSPDM_ERR_EVIDENCE_FORM  no such quote */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_quote(struct tspdm_view bytes, struct tspdm_quote *out);

/** The body of an enclave's REPORT: the evidence in an SGX quote, and the quoting enclave's in every quote. */
struct tspdm_sgx_report {
	uint8_t cpu_svn[16];
	uint32_t misc_select;
	uint8_t isv_ext_prod_id[16];
	uint8_t attributes[16]; /**< flags, then XFRM, as in memory */
	uint8_t mr_enclave[32];
	uint8_t mr_signer[32];
	uint8_t config_id[64];
	uint16_t isv_prod_id;
	uint16_t isv_svn;
	uint16_t config_svn;
	uint8_t isv_family_id[16];
	uint8_t report_data[64];
};

/** Flags in the first byte of `attributes`. */
#define TSPDM_SGX_INIT 0x01U
#define TSPDM_SGX_DEBUG 0x02U
#define TSPDM_SGX_MODE64BIT 0x04U
#define TSPDM_SGX_PROVISIONKEY 0x10U
#define TSPDM_SGX_EINITTOKENKEY 0x20U
#define TSPDM_SGX_CET 0x40U
#define TSPDM_SGX_KSS 0x80U

/** @param bytes  exactly TSPDM_SGX_REPORT_LEN
 * @retval TSPDM_ERR_EVIDENCE_FORM  another length */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_sgx_report(
	struct tspdm_view bytes, struct tspdm_sgx_report *out);

/** What the PCK certificate says of the platform: its extension 1.2.840.113741.1.13.1, and the certificate itself. */
struct tspdm_pck {
	bool is_read; /**< else the rest is zero */
	bool has_platform;             /**< the Platform CA's: the next four fields are there */
	bool dynamic_platform, cached_keys, smt_enabled;
	uint8_t platform_instance[16];
	uint8_t ppid[16];
	uint8_t component_svn[16];
	uint16_t pce_svn;
	uint8_t cpu_svn[16];
	uint8_t pce_id[2];
	uint8_t fmspc[6];
	uint8_t sgx_type;     /**< 0 standard, 1 scalable, 2 scalable with integrity */
	char issuer[64];      /**< CN */
	char serial[48];      /**< hexadecimal */
	int64_t not_before;   /**< seconds since 1970 */
	int64_t not_after;
};

/** What collateral says of a TCB. Zero is "nobody asked". */
enum tspdm_tcb_status {
	TSPDM_TCB_NOT_EVALUATED = 0,
	TSPDM_TCB_UP_TO_DATE,
	TSPDM_TCB_SW_HARDENING_NEEDED,
	TSPDM_TCB_CONFIGURATION_NEEDED,
	TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TSPDM_TCB_OUT_OF_DATE,
	TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TSPDM_TCB_TD_RELAUNCH_ADVISED,
	TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	TSPDM_TCB_REVOKED,
	TSPDM_TCB_NOT_SUPPORTED, /**< below every level that Intel published; ours, not Intel's word */
};
/** @returns Intel's word, as "UpToDate"; "NotEvaluated", "NotSupported" */
TSPDM_API const char *tspdm_tcb_status_name(enum tspdm_tcb_status status);
/** @returns the status of this name; TSPDM_TCB_NOT_EVALUATED if there is none */
TSPDM_API enum tspdm_tcb_status tspdm_tcb_status_of_name(const char *name);

/** The bit of a status in `accept_tcb`. */
#define TSPDM_TCB_BIT(status) (UINT32_C(1) << (status))

/** How the TCB was judged. */
struct tspdm_tcb {
	enum tspdm_tcb_status status; /**< all of the following together */
	enum tspdm_tcb_status sgx;    /**< of the first level that the PCK's SVNs reach */
	enum tspdm_tcb_status tdx;    /**< of the first level that TEE_TCB_SVN reaches as well; TDX only */
	enum tspdm_tcb_status module; /**< of the TDX module, where it has an identity of its own */
	enum tspdm_tcb_status qe;     /**< of the quoting enclave */
	char module_id[8];            /**< "TDX_01"; empty if there is none */
	char date[24];                /**< tcbDate of the level; empty if there is none */
	int64_t date_s;               /**< the same, in seconds since 1970 */
	uint32_t evaluation_number;   /**< tcbEvaluationDataNumber of the TCB info */
	uint32_t qe_evaluation_number;/**< and of the QE identity */
	int64_t tcb_info_issued, tcb_info_expires;
	int64_t qe_identity_issued, qe_identity_expires;
	char advisories[TSPDM_ADVISORIES_MAX][TSPDM_ADVISORY_LEN]; /**< sorted, each once */
	unsigned advisory_count;
	unsigned advisories_lost; /**< found no room; not 0 is a failure of "tcb.status" */
};

/** Collateral of the provisioning certification service, each as served. Empty views: not at hand. */
struct tspdm_dcap_collateral {
	struct tspdm_view tcb_info;          /**< JSON: `tcbInfo` and `signature`; the signed bytes are taken verbatim */
	struct tspdm_view qe_identity;       /**< JSON: `enclaveIdentity` and `signature` */
	struct tspdm_view tcb_signing_chain; /**< PEM: TCB signing certificate, root */
	struct tspdm_view qe_identity_signing_chain; /**< PEM; empty: `tcb_signing_chain` serves both */
	struct tspdm_view pck_crl;           /**< DER or PEM */
	struct tspdm_view pck_crl_issuer_chain; /**< PEM: used for quotes that do not bring their chain */
	struct tspdm_view root_ca_crl;       /**< DER or PEM */
};

/** What to verify, and by what. Begins with its size; zero means the default, which is the strictest. */
struct tspdm_dcap_input {
	size_t size;
	struct tspdm_evidence evidence;
	struct tspdm_dcap_collateral collateral;
	struct tspdm_view pck_chain; /**< PEM: the PCK certificate and its issuers, for quotes without a chain (types 1 to 4) */
	struct tspdm_view roots;     /**< PEM or DER of roots to trust beside the built-in fingerprint */
	uint32_t accept_tcb;         /**< set of TSPDM_TCB_BIT() beside UpToDate; Revoked and NotSupported are never accepted */
	uint32_t min_evaluation_number; /**< of TCB info and QE identity: older ones may hide a TCB recovery */
	uint32_t grace_s;            /**< for how long TCB info, QE identity and CRLs count after their end; default not at all */
	bool no_builtin_roots;       /**< trust `roots` (and the stand-in, if allowed) only */
	bool allow_standin;          /**< the software TEE's root counts as an anchor; the finding says which it was */
	bool require_crl;            /**< a missing CRL is a failure, not a skipped check */
	bool without_collateral;     /**< missing TCB info and QE identity are a skipped check: "TCB not evaluated" */
	bool allow_debug;            /**< a TD or enclave under debug is not refused; the finding says that it is one */
	uint8_t reserved[7];
	int64_t time;                /**< seconds since 1970 to judge everything at; must be given */
	struct tspdm_signature_cache *signatures; /**< of certificates, CRLs and collateral, found good by other verifications
	                                               (<tspdm/signature_cache.h>); optional */
};

#ifdef __cplusplus
}
#endif
#endif
