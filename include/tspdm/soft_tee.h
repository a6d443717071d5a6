/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE: an evidence source whose reports and quotes have the genuine structure under throw-away roots, for
 * trying things out and for tests. Its root keys are published with the library, so anyone can forge its evidence: no
 * verifier accepts it without being told to, and every output says "not hardware".
 *
 *	struct tspdm_soft_tee_config config = { .size = sizeof config, .kind = TSPDM_TEE_SEV_SNP };
 *	struct tspdm_evidence_source *source;
 *	status = tspdm_soft_tee_new(&config, &source);
 *	...
 *	tspdm_soft_tee_free(source);
 */
#ifndef TSPDM_SOFT_TEE_H
#define TSPDM_SOFT_TEE_H

#include <tspdm/evidence.h>
#include <tspdm/sev_snp.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Defects for tests, a bit set; each makes one thing wrong that a verifier has to notice. What cannot be played is refused,
 * never left out: with `use_vlek` WRONG_HWID and WRONG_KEY_KIND; with TDX and SGX UNSIGNED and WRONG_KEY_KIND, with SGX
 * MIGRATION. With TDX and SGX WRONG_HWID, WRONG_TCB and REVOKED show against the collateral of tspdm_soft_tee_collateral() alone. */
enum tspdm_soft_defect {
	TSPDM_SOFT_FLIP_SIGNATURE = 1 << 0,  /**< one bit of the report's signature */
	TSPDM_SOFT_FLIP_REPORT = 1 << 1,     /**< one bit of the measurement, after signing */
	TSPDM_SOFT_DEBUG = 1 << 2,           /**< the guest policy allows debugging */
	TSPDM_SOFT_WRONG_REPORT_DATA = 1 << 3,/**< report data of another request */
	TSPDM_SOFT_REPLAY = 1 << 4,          /**< after the first, always the first evidence again */
	TSPDM_SOFT_WRONG_HWID = 1 << 5,      /**< the endorsement key of another chip; TDX: of another FMSPC */
	TSPDM_SOFT_WRONG_TCB = 1 << 6,       /**< the endorsement key of another TCB; TDX: of one out of date */
	TSPDM_SOFT_EXPIRED = 1 << 7,         /**< the endorsement key's certificate is no longer valid */
	TSPDM_SOFT_FOREIGN_ROOT = 1 << 8,    /**< fresh roots that nobody knows */
	TSPDM_SOFT_UNSIGNED = 1 << 9,        /**< SIGNING_KEY 7 and no signature */
	TSPDM_SOFT_NO_CERTIFICATES = 1 << 10,/**< an empty certificate table; TDX: an empty PCK chain */
	TSPDM_SOFT_MIGRATION = 1 << 11,      /**< a migration agent is allowed */
	TSPDM_SOFT_REVOKED = 1 << 12,        /**< the table holds a CRL with the intermediate in it; TDX: the CRL names the PCK */
	TSPDM_SOFT_WRONG_KEY_KIND = 1 << 13, /**< the report says VLEK, the certificate is a VCEK */
};

struct tspdm_soft_tee_config {
	size_t size;
	enum tspdm_tee kind;       /**< TSPDM_TEE_SEV_SNP (default), TSPDM_TEE_TDX or TSPDM_TEE_SGX */
	uint32_t report_version;   /**< SEV-SNP: 2, 3 (default) or 5; TDX: 4 (default; TD 1.0), 5 (TD 1.5); SGX: 3 */
	enum tspdm_snp_product product; /**< default TSPDM_SNP_MILAN */
	uint32_t defects;          /**< set of enum tspdm_soft_defect */
	uint32_t delay_us;         /**< poll() says TSPDM_AGAIN until this has passed since begin() */
	uint32_t seed;             /**< identity of the pretended chip; equal seeds give equal chips */
	bool use_vlek;             /**< SEV-SNP: sign with a VLEK */
	uint8_t reserved[3];
	uint8_t measurement[48];   /**< launch digest, MRTD, MRENCLAVE (32 bytes); all zero: a built-in pattern */
	uint8_t host_data[32];     /**< the beginning of MRCONFIGID or CONFIGID */
	int64_t time;              /**< "now" for certificates; 0: the system's clock */
	uint64_t (*now_us)(void);  /**< clock for `delay_us`; NULL: the system's */
};

/** Makes a source. It serves one request after the other, each in `delay_us`; the configuration is copied.
 * @retval TSPDM_ERR_ARGUMENT     a pointer is NULL, or `size` is too small
 * @retval TSPDM_ERR_UNSUPPORTED  a kind, version, product, defect or combination that it cannot play
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_soft_tee_new(
	const struct tspdm_soft_tee_config *config, struct tspdm_evidence_source **out);
/** NULL is allowed. */
TSPDM_API void tspdm_soft_tee_free(struct tspdm_evidence_source *source);

/** Takes one file of collateral. @param name  without a directory @param content  as long as the call lasts
 * @returns TSPDM_OK; anything else ends tspdm_soft_tee_collateral() with it */
typedef enum tspdm_status (*tspdm_soft_collateral_writer)(void *context, const char *name, struct tspdm_view content);

/** Hands out what the pretended manufacturer publishes about the machine of a source, valid for a month from its time on.
 * TDX and SGX: tcb_info.json, qe_identity.json, tcb_signing_chain.pem, pck_crl_issuer_chain.pem, pck_crl.der, root_ca_crl.der, by
 * which the machine is up to date. SEV-SNP: ask.der, ark.der, crl.der.
 * @param source  of tspdm_soft_tee_new()
 * @retval TSPDM_ERR_ARGUMENT  a pointer is NULL
 * @retval TSPDM_ERR_CRYPTO
 * @returns also what `write` returns */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_soft_tee_collateral(
	struct tspdm_evidence_source *source, tspdm_soft_collateral_writer write, void *context);

/** SHA-256 of the SubjectPublicKeyInfo of the software TEE's SEV-SNP root for a product: what the verifier compares with
 * when the stand-in is allowed. @param out  32 bytes
 * @retval TSPDM_ERR_ARGUMENT  `out` is NULL, or no such product
 * @retval TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_soft_tee_root(enum tspdm_snp_product product, uint8_t *out);

/** The same for the root of its TDX and SGX quotes. @param out  32 bytes
 * @retval TSPDM_ERR_ARGUMENT  `out` is NULL
 * @retval TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_soft_tee_sgx_root(uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
