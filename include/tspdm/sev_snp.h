/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * AMD SEV-SNP evidence: the report's layout, the certificate table, and offline verification against pinned roots.
 * Facts: AMD 56860 (firmware ABI), 57230 (VCEK), 58369 (VLEK).
 *
 *	struct tspdm_snp_input in = { .size = sizeof in, .evidence = evidence, .time = time(NULL) };
 *	struct tspdm_snp_finding *finding = calloc(1, sizeof *finding);
 *	if (tspdm_snp_verify(&in, finding) == TSPDM_OK)
 *		printf("genuine %s, policy %#llx\n", finding->product_name, (unsigned long long)finding->report.policy);
 */
#ifndef TSPDM_SEV_SNP_H
#define TSPDM_SEV_SNP_H

#include <tspdm/evidence.h>
#include <tspdm/findings.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_SNP_REPORT_LEN = 1184,
	TSPDM_SNP_SIGNED_LEN = 672,
};

/** Bits of POLICY (008). */
#define TSPDM_SNP_POLICY_SMT (UINT64_C(1) << 16)
#define TSPDM_SNP_POLICY_RESERVED_ONE (UINT64_C(1) << 17)
#define TSPDM_SNP_POLICY_MIGRATE_MA (UINT64_C(1) << 18)
#define TSPDM_SNP_POLICY_DEBUG (UINT64_C(1) << 19)
#define TSPDM_SNP_POLICY_SINGLE_SOCKET (UINT64_C(1) << 20)
#define TSPDM_SNP_POLICY_CXL (UINT64_C(1) << 21)
#define TSPDM_SNP_POLICY_AES_256_XTS (UINT64_C(1) << 22)
#define TSPDM_SNP_POLICY_RAPL_DISABLED (UINT64_C(1) << 23)
#define TSPDM_SNP_POLICY_CIPHERTEXT_HIDING (UINT64_C(1) << 24)
#define TSPDM_SNP_POLICY_PAGE_SWAP_DISABLED (UINT64_C(1) << 25)

/** Bits of PLATFORM_INFO (040). */
#define TSPDM_SNP_PLATFORM_SMT (UINT64_C(1) << 0)
#define TSPDM_SNP_PLATFORM_TSME (UINT64_C(1) << 1)
#define TSPDM_SNP_PLATFORM_ECC (UINT64_C(1) << 2)
#define TSPDM_SNP_PLATFORM_RAPL_DISABLED (UINT64_C(1) << 3)
#define TSPDM_SNP_PLATFORM_CIPHERTEXT_HIDING (UINT64_C(1) << 4)
#define TSPDM_SNP_PLATFORM_ALIAS_CHECK_COMPLETE (UINT64_C(1) << 5)
#define TSPDM_SNP_PLATFORM_SEV_TIO (UINT64_C(1) << 7)

enum tspdm_snp_product {
	TSPDM_SNP_UNKNOWN = 0,
	TSPDM_SNP_MILAN,
	TSPDM_SNP_GENOA,
	TSPDM_SNP_TURIN,
};

enum tspdm_snp_signing_key {
	TSPDM_SNP_VCEK = 0,
	TSPDM_SNP_VLEK = 1,
	TSPDM_SNP_UNSIGNED = 7,
};

/** TCB_VERSION, taken apart by the product's layout. Compared component by component, never as a number. */
struct tspdm_snp_tcb {
	uint8_t fmc; /**< Turin and later; else 0 */
	uint8_t bootloader;
	uint8_t tee;
	uint8_t snp;
	uint8_t microcode;
	bool has_fmc;
};

/** ATTESTATION_REPORT; the TCBs are raw here, since a version 2 report does not tell its product. */
struct tspdm_snp_report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t signature_algorithm;
	uint64_t current_tcb;
	uint64_t platform_info;
	uint32_t key_info;
	uint8_t signing_key;  /**< enum tspdm_snp_signing_key, or a reserved value */
	bool author_key_en;
	bool mask_chip_key;
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint64_t reported_tcb;
	uint8_t cpuid_family; /**< version 3 and later; else 0 */
	uint8_t cpuid_model;
	uint8_t cpuid_stepping;
	uint8_t chip_id[64];
	uint64_t committed_tcb;
	uint8_t current_version[3];   /**< major, minor, build */
	uint8_t committed_version[3]; /**< major, minor, build */
	uint64_t launch_tcb;
	uint64_t launch_mit_vector;  /**< version 5 and later; else 0 */
	uint64_t current_mit_vector;
	bool reserved_is_zero;       /**< all reserved bytes of the signed part are zero */
	uint8_t signature_r[72];     /**< little-endian */
	uint8_t signature_s[72];
};

/** Takes a report apart. Judges form only.
 * @param bytes  exactly TSPDM_SNP_REPORT_LEN
 * @retval TSPDM_ERR_EVIDENCE_FORM  another length, or a version below 2 */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_snp_read_report(
	struct tspdm_view bytes, struct tspdm_snp_report *out);

/** The product that a report's CPUID fields tell; UNKNOWN in version 2. */
TSPDM_API enum tspdm_snp_product tspdm_snp_product_of(const struct tspdm_snp_report *report);
/** @returns "Milan", "Genoa", "Turin" or "unknown" */
TSPDM_API const char *tspdm_snp_product_name(enum tspdm_snp_product product);
/** Takes a TCB_VERSION apart by the layout of a product. */
TSPDM_API struct tspdm_snp_tcb tspdm_snp_tcb(enum tspdm_snp_product product, uint64_t raw);

/** What the certificate table (auxblob) may hold. */
struct tspdm_snp_certificates {
	struct tspdm_view vcek; /**< DER or PEM, as the host gave it; empty where absent */
	struct tspdm_view vlek;
	struct tspdm_view ask;
	struct tspdm_view ark;
	struct tspdm_view crl;
};

/** Reads the certificate table of an extended report. Everything in it is a hint that must verify.
 * @retval TSPDM_ERR_EVIDENCE_FORM  an entry points outside, or the terminator is missing */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_snp_read_table(
	struct tspdm_view table, struct tspdm_snp_certificates *out);
/** Writes such a table. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_snp_write_table(
	struct tspdm_buffer *out, const struct tspdm_snp_certificates *certificates);

/** What to verify, and by what. Begins with its size; zero means the default. */
struct tspdm_snp_input {
	size_t size;
	struct tspdm_evidence evidence;
	const struct tspdm_view *certificates; /**< further certificates and CRLs, DER, PEM or tables, in any order */
	size_t certificate_count;
	struct tspdm_view roots;        /**< DER or PEM of ARKs to trust beside the built-in fingerprints */
	bool no_builtin_roots;          /**< trust `roots` (and the stand-in, if allowed) only */
	bool allow_standin;             /**< the software TEE's root counts as an anchor; the finding says which it was */
	bool require_crl;               /**< a missing CRL is a failure, not a skipped check */
	uint8_t reserved[5];
	int64_t time;                   /**< seconds since 1970 to judge validity at; must be given */
};

/** What was found. Large: put it on the heap. */
struct tspdm_snp_finding {
	struct tspdm_finding base; /**< status, anchor, checks, claims */
	struct tspdm_snp_report report;
	enum tspdm_snp_product product;
	const char *product_name;
	struct tspdm_snp_tcb reported, current, committed, launch;
	bool chip_id_masked;
	bool crl_checked;
	bool provisional; /**< CURRENT is newer than COMMITTED: the host can still take the firmware back */
	char csp_id[64]; /**< VLEK only; else empty */
};

/** Verifies a report offline: chain to a pinned ARK, key kind, signature, TCB and HWID extensions, CRL if there is one.
 * All checks run as far as they can; base.status is the first failure, and base.checks tells all of them.
 * @returns finding->base.status
 * @retval TSPDM_ERR_ARGUMENT           no time, or `roots` holds no certificate
 * @retval TSPDM_ERR_EVIDENCE_FORM      no SEV-SNP report
 * @retval TSPDM_ERR_EVIDENCE_SOFT      the software TEE's root, which was not allowed
 * @retval TSPDM_ERR_EVIDENCE_ANCHOR    another root than the anchors
 * @retval TSPDM_ERR_EVIDENCE_CHAIN     a certificate is not signed by the next, or is not what it should be
 * @retval TSPDM_ERR_EVIDENCE_UNSIGNED, TSPDM_ERR_EVIDENCE_SIGNATURE, TSPDM_ERR_EVIDENCE_TCB, TSPDM_ERR_EVIDENCE_HWID
 * @retval TSPDM_ERR_COLLATERAL         a certificate or a demanded CRL is missing, or one is not valid at that time
 * @retval TSPDM_ERR_REVOKED            the CRL names the intermediate */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_snp_verify(
	const struct tspdm_snp_input *input, struct tspdm_snp_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
