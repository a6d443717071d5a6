/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the files of the TDX and SGX verifiers share. */
#ifndef TSPDM_DCAP_INTERNAL_H
#define TSPDM_DCAP_INTERNAL_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <tspdm/tdx.h>

#include "../signature-cache/proof.h"
#include "../x509/x509.h"

enum {
	DCAP_WHY_MAX = 256,
	DCAP_CERTIFICATES_MAX = 8,
	DCAP_TIME_TEXT = 24,
	DCAP_LEVELS_MAX = 64,
	DCAP_MODULES_MAX = 16,
	DCAP_MODULE_LEVELS_MAX = 32,
	DCAP_LEVEL_ADVISORIES_MAX = 32,
	DCAP_COMPONENTS = 16,
	P256_POINT_LEN = 64,
	P256_SIGNATURE_LEN = 64,
};

bool tspdm_dcap_is_zero(struct tspdm_view view);

/* ---- certificates.c ---- */
struct dcap_certificates {
	X509 *items[DCAP_CERTIFICATES_MAX];
	unsigned count;
};

/* Reads concatenated PEM certificates and nothing else: what is written again has to be what was read, so that no byte
 * of it stands there unnoticed. @returns false for anything else; the list is empty then */
bool tspdm_dcap_read_pem(struct tspdm_view pem, struct dcap_certificates *out);
/* Roots as people have them: PEM with anything between, or DER. @returns whether there was one */
bool tspdm_dcap_read_roots(struct tspdm_view bytes, struct dcap_certificates *out);
void tspdm_dcap_certificates_free(struct dcap_certificates *list);
/* One DER or PEM object and nothing else. NULL if it is none. */
X509_CRL *tspdm_dcap_read_crl(struct tspdm_view bytes);
/* EC key on P-256 and a signature of the kind ecdsa-with-SHA256. */
bool tspdm_dcap_is_p256(const X509 *certificate);
/* @returns seconds since 1970; -1 if it is no time */
int64_t tspdm_dcap_time(const ASN1_TIME *time);
void tspdm_dcap_time_text(int64_t when, char out[DCAP_TIME_TEXT]);
bool tspdm_dcap_is_valid_at(const X509 *certificate, int64_t time);

/* ---- path.c ---- */
/* Runs X509_verify_cert() for leaf, intermediate (may be NULL) and a root that alone is trusted, without looking at
 * times. @returns X509_V_OK or the first complaint */
int tspdm_dcap_path_verify(struct tspdm_signature_cache *cache, X509 *leaf, X509 *intermediate, X509 *root);
bool tspdm_dcap_crl_verify(struct tspdm_signature_cache *cache, X509_CRL *crl, X509 *issuer);
/* As tspdm_dcap_verify_by_key(), for what many verifications meet. */
bool tspdm_dcap_verify_by_signer(
	struct tspdm_signature_cache *cache, X509 *signer, struct tspdm_view data, struct tspdm_view signature);

/* ---- signature.c: ECDSA P-256 with SHA-256; r, s, x and y big-endian ---- */
bool tspdm_dcap_verify_by_key(EVP_PKEY *key, struct tspdm_view data, struct tspdm_view signature);
/* @param point  x and y; that it lies on the curve is checked */
bool tspdm_dcap_verify_by_point(struct tspdm_view point, struct tspdm_view data, struct tspdm_view signature);

/* ---- pck.c ---- */
/* @param why  filled on failure */
enum tspdm_status tspdm_dcap_read_pck(const X509 *certificate, struct tspdm_pck *out, const char **why);

/* ---- standin.c ---- */
bool tspdm_dcap_is_standin_root(const uint8_t spki[32]);

/* ---- signed_json.c ---- */
/* Cuts {"NAME":{...},"signature":"..."}: the object exactly as it stands there, and the signature as bytes. Strict, so
 * that exactly one text has this meaning: no other member, none twice, digits in lower case. */
bool tspdm_dcap_cut_signed(
	struct tspdm_view json, const char *name, struct tspdm_view *object, uint8_t signature[P256_SIGNATURE_LEN]);

/* ---- tcb_info.c, qe_identity.c: what is in them, not yet judged ---- */
struct dcap_advisories {
	char items[DCAP_LEVEL_ADVISORIES_MAX][TSPDM_ADVISORY_LEN];
	unsigned count;
};

struct dcap_date {
	char text[DCAP_TIME_TEXT];
	int64_t seconds;
};

struct dcap_level {
	uint8_t sgx[DCAP_COMPONENTS];
	uint8_t tdx[DCAP_COMPONENTS];
	uint16_t pce_svn;
	enum tspdm_tcb_status status;
	struct dcap_date date;
	struct dcap_advisories advisories;
};

/* Of a TDX module or of a quoting enclave. */
struct dcap_isv_level {
	uint16_t isv_svn;
	enum tspdm_tcb_status status;
	struct dcap_date date;
	struct dcap_advisories advisories;
};

struct dcap_isv_levels {
	struct dcap_isv_level items[DCAP_MODULE_LEVELS_MAX]; /* newest first */
	unsigned count;
};

struct dcap_module {
	char id[8]; /* "TDX_01"; empty: the one without a number */
	uint8_t mr_signer[48];
	uint8_t attributes[8], attributes_mask[8];
	struct dcap_isv_levels levels;
};

struct dcap_validity {
	struct dcap_date issued, expires;
	uint32_t evaluation_number;
};

struct dcap_tcb_info {
	bool is_tdx;
	struct dcap_validity validity;
	uint8_t fmspc[6];
	uint8_t pce_id[2];
	struct dcap_module module;
	struct dcap_module modules[DCAP_MODULES_MAX];
	unsigned module_count;
	struct dcap_level levels[DCAP_LEVELS_MAX]; /* newest first */
	unsigned level_count;
};

struct dcap_qe_identity {
	struct dcap_validity validity;
	uint8_t misc_select[4], misc_select_mask[4]; /* as in memory */
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mr_signer[32];
	uint16_t isv_prod_id;
	struct dcap_isv_levels levels;
};

/* @param object  the text of the `tcbInfo` member; large result: on the heap
 * @param why     filled on failure: the key that is missing or wrong */
bool tspdm_dcap_read_tcb_info(struct tspdm_view object, bool is_tdx, struct dcap_tcb_info *out, const char **why);
/* @param object  the text of the `enclaveIdentity` member */
bool tspdm_dcap_read_qe_identity(struct tspdm_view object, bool is_tdx, struct dcap_qe_identity *out, const char **why);

/* ---- tcb_level.c: Intel's matching algorithm ---- */
struct dcap_platform {
	const struct tspdm_pck *pck;
	const struct tspdm_sgx_report *qe;
	const struct tspdm_td_report *td; /* NULL: SGX */
};

/* The module identity for a major version; the one without a number for 0. NULL if there is none. */
const struct dcap_module *tspdm_dcap_module_of(const struct dcap_tcb_info *info, uint8_t major);
enum tspdm_tcb_status tspdm_dcap_converge(enum tspdm_tcb_status platform, enum tspdm_tcb_status other);
/* Fills statuses, module, date and advisories. */
void tspdm_dcap_evaluate(const struct dcap_platform *platform, const struct dcap_tcb_info *info,
	const struct dcap_qe_identity *identity, struct tspdm_tcb *out);

/* ---- qe_identity.c ---- */
/* Whether a quoting enclave is the one described. NULL, or what is different. */
const char *tspdm_dcap_qe_difference(const struct dcap_qe_identity *identity, const struct tspdm_sgx_report *qe);
/* What Intel's quoting enclaves have been so far, for where there is no collateral. */
void tspdm_dcap_builtin_qe(bool is_tdx, struct dcap_qe_identity *out);

/* ---- verify.c ---- */
/* What has to have passed before anything is called genuine. A check that was left out leaves its bit clear. */
enum {
	DCAP_RAN_PARSE = 1 << 0,
	DCAP_RAN_ANCHOR = 1 << 1,
	DCAP_RAN_CHAIN = 1 << 2,
	DCAP_RAN_TIME = 1 << 3,
	DCAP_RAN_PCK = 1 << 4,
	DCAP_RAN_REVOCATION = 1 << 5, /* also where the caller did not ask for CRLs and gave none */
	DCAP_RAN_QE_SIGNATURE = 1 << 6,
	DCAP_RAN_QE_DATA = 1 << 7,
	DCAP_RAN_QUOTE_SIGNATURE = 1 << 8,
	DCAP_RAN_QE_IDENTITY = 1 << 9,
	DCAP_RAN_COLLATERAL = 1 << 10, /* this and the following also where the caller does without collateral */
	DCAP_RAN_COLLATERAL_TIME = 1 << 11,
	DCAP_RAN_PLATFORM = 1 << 12,
	DCAP_RAN_MODULE = 1 << 13, /* also for SGX, which has none */
	DCAP_RAN_EVALUATION = 1 << 14,
	DCAP_RAN_TCB_STATUS = 1 << 15,
	DCAP_RAN_DEBUG = 1 << 16,
	DCAP_RAN_ALL = (1 << 17) - 1,
	DCAP_RAN_ABOUT_COLLATERAL = DCAP_RAN_COLLATERAL | DCAP_RAN_COLLATERAL_TIME | DCAP_RAN_PLATFORM |
				    DCAP_RAN_MODULE | DCAP_RAN_EVALUATION | DCAP_RAN_TCB_STATUS,
};

/* One verification. The pointers lead into the finding of the TEE in question. */
struct dcap_job {
	const struct tspdm_dcap_input *input;
	struct tspdm_finding *finding;
	struct tspdm_checks *checks;
	const struct tspdm_quote *quote;
	const struct tspdm_td_report *td; /* NULL: SGX */
	struct tspdm_sgx_report *qe;
	struct tspdm_pck *pck;
	struct tspdm_tcb *tcb;
	bool *crl_checked;
	bool is_debug;

	struct dcap_certificates roots;   /* configured by the user */
	struct dcap_certificates given;   /* the quote's chain, or the caller's for one without */
	X509 *leaf, *intermediate, *root; /* borrowed from the lists; NULL where not found */
	X509 *tcb_signer, *qe_signer;     /* owned; NULL where not verified */
	struct dcap_tcb_info *tcb_info;   /* owned; NULL where not verified */
	struct dcap_qe_identity *identity;
	bool is_signing_root_stale; /* the root beside the TCB signing certificate is not valid at that time */
	unsigned passed;            /* set of DCAP_RAN_* */
};

void tspdm_dcap_note(
	struct dcap_job *job, const char *name, enum tspdm_status status, unsigned bit, const char *detail);
enum tspdm_status tspdm_dcap_check_input(const struct tspdm_dcap_input *input);
/* Reads the quote, which has to be one of Intel's quoting enclaves and of that TEE, and the quoting enclave's report. */
enum tspdm_status tspdm_dcap_parse(const struct tspdm_evidence *evidence, enum tspdm_tee tee, struct tspdm_quote *quote,
	struct tspdm_sgx_report *qe);
void tspdm_dcap_tell_parse(struct tspdm_checks *checks, enum tspdm_status status, const struct tspdm_evidence *evidence,
	const struct tspdm_quote *quote);
/* Everything after the parsing of the quote: the checks, the claims of the PCK, and the conclusion. */
enum tspdm_status tspdm_dcap_run(struct dcap_job *job);

/* ---- chain.c ---- */
void tspdm_dcap_find_chain(struct dcap_job *job);
/* Adds "anchor", "chain", "chain.time", "pck.extension". */
void tspdm_dcap_check_chain(struct dcap_job *job);
/* ---- revocation.c: adds "revocation" ---- */
void tspdm_dcap_check_revocation(struct dcap_job *job);
/* ---- enclave.c: adds "qe.report.signature", "qe.report.data", "quote.signature", "qe.identity" ---- */
void tspdm_dcap_check_signatures(struct dcap_job *job);
void tspdm_dcap_check_qe_identity(struct dcap_job *job);
/* ---- collateral.c: adds "collateral.signature", "collateral.time", "tcb.platform", "tdx.module", "tcb.evaluation",
 * "tcb.status" ---- */
void tspdm_dcap_read_collateral(struct dcap_job *job);
void tspdm_dcap_check_tcb(struct dcap_job *job);

/* ---- claims.c ---- */
void tspdm_dcap_claim_quote(struct tspdm_claims *claims, const struct tspdm_quote *quote);
/* PCK, quoting enclave, TCB: all that is known in the end. */
void tspdm_dcap_claim_rest(const struct dcap_job *job);

#endif
