/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Inside of the software TEE: its keys, its certificates, and the two makers of evidence. */
#ifndef TSPDM_SOFT_TEE_INTERNAL_H
#define TSPDM_SOFT_TEE_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <tspdm/soft_tee.h>

/* ---- Keys ---- */

enum { TSPDM_SOFT_RSA_KEY_LEN = 2348 };
extern const uint8_t tspdm_soft_ark_key[TSPDM_SOFT_RSA_KEY_LEN];
extern const uint8_t tspdm_soft_ask_key[TSPDM_SOFT_RSA_KEY_LEN];

/* One of the two published keys. NULL on failure. */
EVP_PKEY *tspdm_soft_rsa_key(const uint8_t *der);
/* A key of 4096 bits that nobody has seen before. NULL on failure. */
EVP_PKEY *tspdm_soft_fresh_rsa_key(void);
/* A key that follows from a text and a number: equal arguments, equal keys. As public as the RSA keys are. */
EVP_PKEY *tspdm_soft_ec_key(int curve, const char *label, uint64_t number);
/* Signs; r and s come out big-endian, half of `len` each. */
enum tspdm_status tspdm_soft_sign(EVP_PKEY *key, const EVP_MD *hash, struct tspdm_view data, uint8_t *rs, size_t len);
/* Bytes that follow from a text and a number, for chip identities and pretended measurements; at most 64. */
enum tspdm_status tspdm_soft_bytes(const char *label, uint64_t number, uint8_t *out, size_t len);

/* ---- Certificates ---- */

struct tspdm_soft_authority {
	EVP_PKEY *key;
	X509 *certificate;
};

/* An extension whose content OpenSSL does not know. Not critical. */
struct tspdm_soft_extension {
	char oid[32];
	uint8_t value[640];
	size_t len;
};

struct tspdm_soft_certificate {
	const char *common_name;
	EVP_PKEY *key;                             /* the subject's; also the issuer's where there is none */
	const struct tspdm_soft_authority *issuer; /* NULL: self-signed */
	const EVP_MD *hash;
	bool is_pss;      /* the issuer's RSA key signs with PSS */
	bool has_key_ids; /* subject and authority key identifiers */
	uint64_t serial;
	int64_t not_before, not_after;
	const char *constraints, *usage, *crl_at; /* in OpenSSL's notation; NULL: no such extension */
	const struct tspdm_soft_extension *extensions;
	size_t extension_count;
};

enum tspdm_status tspdm_soft_certify(const struct tspdm_soft_certificate *what, X509 **out);
/* A CRL that names one serial number; 0: none. */
enum tspdm_status tspdm_soft_revoke(
	const struct tspdm_soft_authority *issuer, uint64_t serial, int64_t time, X509_CRL **out);

/* ---- A pretended machine ---- */

/* Root, intermediate and endorsement key with their certificates, and the form in which evidence carries them. */
struct tspdm_soft_machine {
	struct tspdm_soft_tee_config config; /* complete: no defaults left to fill in */
	struct tspdm_soft_authority root, intermediate, endorsement;
	X509_CRL *crl;         /* SEV-SNP only, by defect */
	EVP_PKEY *attestation; /* TDX and SGX: the quoting enclave's key */
	uint8_t instance[32];  /* random, REPORT_ID */
	uint8_t *bundle;       /* certificate table, or PCK chain in PEM; malloc()ed */
	size_t bundle_len;
};

bool tspdm_soft_has(const struct tspdm_soft_machine *machine, enum tspdm_soft_defect defect);
/* Frees what the machine holds, not itself. */
void tspdm_soft_machine_clear(struct tspdm_soft_machine *machine);

/* A product's constants. Each of the TCBs is its raw TCB_VERSION. */
struct tspdm_soft_product {
	enum tspdm_snp_product product;
	const char *name, *vcek_name; /* as in the names of certificates, as in productName */
	uint8_t family, model, stepping;
	uint8_t chip_id_len;
	uint32_t serial; /* of the ARK */
	uint8_t struct_version;
	struct tspdm_snp_tcb tcb;
};

/* NULL for an unknown product. */
const struct tspdm_soft_product *tspdm_soft_product(enum tspdm_snp_product product);
enum tspdm_status tspdm_soft_chip_id(const struct tspdm_soft_machine *machine, uint8_t *chip_id); /* 64 bytes */

/* Whether there is such a version of the report. */
bool tspdm_soft_snp_can(uint32_t report_version);

/* Makes keys and certificates by machine->config, with the defects that are in the certificates. */
enum tspdm_status tspdm_soft_snp_setup(struct tspdm_soft_machine *machine);
enum tspdm_status tspdm_soft_tdx_setup(struct tspdm_soft_machine *machine);
/* Hands out collateral, file by file. */
enum tspdm_status tspdm_soft_snp_publish(
	const struct tspdm_soft_machine *machine, tspdm_soft_collateral_writer write, void *context);
enum tspdm_status tspdm_soft_tdx_publish(
	const struct tspdm_soft_machine *machine, tspdm_soft_collateral_writer write, void *context);

/* What the PCK certificate, the quote and the collateral have in common. */
enum {
	TSPDM_SOFT_PCE_SVN = 11,
	TSPDM_SOFT_PCK_SERIAL = 0x1000, /* and the seed on top */
	TSPDM_SOFT_EVALUATION_NUMBER = 17,
};
extern const uint8_t tspdm_soft_cpu_svn[16], tspdm_soft_fmspc[6], tspdm_soft_td_qe_signer[32], tspdm_soft_qe_signer[32];

/* Makes evidence. `bytes` is malloc()ed and freed by the caller; it holds what `out` is views of, but for the bundle.
 */
enum tspdm_status tspdm_soft_snp_evidence(
	struct tspdm_soft_machine *machine, const uint8_t *report_data, uint8_t **bytes, struct tspdm_evidence *out);
enum tspdm_status tspdm_soft_tdx_evidence(
	struct tspdm_soft_machine *machine, const uint8_t *report_data, uint8_t **bytes, struct tspdm_evidence *out);

#endif
