/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the files of the SEV-SNP verifier share. */
#ifndef TSPDM_SEV_SNP_INTERNAL_H
#define TSPDM_SEV_SNP_INTERNAL_H

#include <stdio.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <tspdm/sev_snp.h>

#include "../x509/x509.h"

enum {
	SNP_SIGNATURE_PADDING = 368, /* behind R and S */
	SNP_HWID_LEN = 64,
	SNP_HWID_SHORT = 8, /* Turin */
	SNP_POOL_CERTIFICATES = 32,
	SNP_POOL_CRLS = 8,
	SNP_TCB_TEXT = 96,
	SNP_URL_MAX = 256,
};

/* ---- report.c ---- */
bool tspdm_snp_is_zero(struct tspdm_view view);
/* The product whose TCB layout a report has, also where the product itself is not known. */
enum tspdm_snp_product tspdm_snp_layout_of(enum tspdm_snp_product product, const struct tspdm_snp_report *report);
bool tspdm_snp_tcb_at_most(const struct tspdm_snp_tcb *a, const struct tspdm_snp_tcb *b); /* in every component */
bool tspdm_snp_tcb_equal(const struct tspdm_snp_tcb *a, const struct tspdm_snp_tcb *b);
void tspdm_snp_tcb_text(const struct tspdm_snp_tcb *tcb, char out[SNP_TCB_TEXT]);

/* ---- certificates.c: what was given, parsed and not yet judged ---- */
struct snp_pool {
	X509 *certificates[SNP_POOL_CERTIFICATES];
	unsigned count;
	X509_CRL *crls[SNP_POOL_CRLS];
	unsigned crl_count;
	unsigned unreadable; /* pieces that are neither */
	unsigned lost;       /* beyond what the pool takes */
};

/* Adds certificates and CRLs: DER (concatenated), PEM (with anything between) or a certificate table. */
void tspdm_snp_pool_add(struct snp_pool *pool, struct tspdm_view bytes);
void tspdm_snp_pool_add_table(struct snp_pool *pool, struct tspdm_view table);
void tspdm_snp_pool_free(struct snp_pool *pool);

/* ---- extensions.c: AMD's extensions of an endorsement key, AMD 57230 "VCEK certificate" ---- */
struct snp_extensions {
	bool has_version, has_product, has_hwid, has_csp_id;
	uint8_t version;
	char product[32];
	bool has_spl[10]; /* by the last arc of .3.1 to .3.9 */
	uint8_t spl[10];
	uint8_t hwid[SNP_HWID_LEN];
	size_t hwid_len;
	char csp_id[64];
};

enum {
	SNP_SPL_BOOTLOADER = 1,
	SNP_SPL_TEE = 2,
	SNP_SPL_SNP = 3,
	SNP_SPL_4 = 4,
	SNP_SPL_7 = 7,
	SNP_SPL_MICROCODE = 8,
	SNP_SPL_FMC = 9,
};

/* @param why  filled on failure @retval TSPDM_ERR_EVIDENCE_CHAIN  malformed, or an extension stands twice */
enum tspdm_status tspdm_snp_read_extensions(const X509 *certificate, struct snp_extensions *out, const char **why);

/* ---- chain.c ---- */
struct snp_anchors {
	struct snp_pool roots; /* configured by the user */
	bool use_builtin;
	bool allow_standin;
};

/* The certificates that are judged. Finding them is no judgement: it only picks the most promising ones. */
struct snp_chain {
	X509 *ek; /* borrowed from the pools, as all of them; NULL where none was found */
	X509 *ca;
	X509 *root;
	enum tspdm_snp_product product; /* of the root's name */
	enum tspdm_snp_product hint;    /* for addresses in messages */
	bool is_vlek;                   /* by the EK's name */
};

void tspdm_snp_chain_find(struct snp_chain *chain, const struct snp_pool *pool, const struct snp_anchors *anchors,
	const struct tspdm_snp_report *report, struct tspdm_view signed_bytes, int64_t time);
/* What has to have passed before anything is called genuine. A check that was left out leaves its bit clear. */
enum {
	SNP_RAN_PARSE = 1 << 0,
	SNP_RAN_ANCHOR = 1 << 1,
	SNP_RAN_CHAIN = 1 << 2,
	SNP_RAN_TIME = 1 << 3,
	SNP_RAN_KEY_KIND = 1 << 4,
	SNP_RAN_SIGNATURE = 1 << 5,
	SNP_RAN_TCB_MATCH = 1 << 6,
	SNP_RAN_HWID = 1 << 7,
	SNP_RAN_PRODUCT = 1 << 8,
	SNP_RAN_ALL = (1 << 9) - 1,
};

/* Adds "anchor", "chain" and "chain.time". @returns the SNP_RAN_* that passed */
unsigned tspdm_snp_chain_verify(const struct snp_chain *chain, const struct snp_anchors *anchors, int64_t time,
	const struct tspdm_snp_report *report, struct tspdm_finding *finding);
/* Adds "revocation". @returns whether a current CRL of the root was there and does not name the intermediate */
bool tspdm_snp_check_revocation(const struct snp_chain *chain, const struct snp_pool *pool, bool require, int64_t time,
	struct tspdm_checks *checks);
/* 'c' VCEK, 'l' VLEK, 0 neither: by the subject's CN. */
char tspdm_snp_ek_kind(const X509 *certificate);
/* The product in "ARK-Milan", "SEV-Genoa", "SEV-VLEK-Turin" after the prefix; UNKNOWN if the prefix or it is another.
 */
enum tspdm_snp_product tspdm_snp_product_of_name(const char *name, const char *prefix);

/* ---- signature.c ---- */
/* @param why  filled on failure */
enum tspdm_status tspdm_snp_signature_check(
	X509 *ek, const struct tspdm_snp_report *report, struct tspdm_view bytes, const char **why);

/* ---- kds.c: addresses at AMD's key distribution service, for a person ---- */
void tspdm_snp_ek_url(enum tspdm_snp_product product, const struct tspdm_snp_report *report, char out[SNP_URL_MAX]);
/* "vcek" or "vlek" as in the addresses */
const char *tspdm_snp_kds_kind(bool is_vlek);

/* ---- claims.c ---- */
void tspdm_snp_claims(struct tspdm_snp_finding *finding);

#endif
