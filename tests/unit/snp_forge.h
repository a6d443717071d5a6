/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * SEV-SNP evidence under roots of the test's own, with one thing made wrong: what genuine samples cannot show. */
#ifndef TESTS_SNP_FORGE_H
#define TESTS_SNP_FORGE_H

#include <openssl/x509.h>

#include <tspdm/sev_snp.h>

enum { FORGE_TIME = 1750000000, FORGE_DER_MAX = 4096 };

/* What is to be made. Begin with forge_plan() and change something. */
struct forge_plan {
	const char *root_name, *ca_name, *ek_name;
	const char *ek_product;
	const char *csp_id; /* NULL: none */
	uint8_t spl[10];    /* by the last arc of the OID */
	bool has_spl[10];
	uint8_t hwid[64];
	size_t hwid_len;      /* 0: none */
	bool hwid_octets;     /* as an OCTET STRING */
	const char *repeated; /* an OID to put in a second time */
	bool long_integer;    /* INTEGERs with a leading zero too many */
	bool ca_is_no_ca;
	bool sign_ca_by_other; /* not by the root's key */
	bool p256;             /* the endorsement key is on another curve */
	long ek_from, ek_to;   /* seconds from FORGE_TIME */
	long ca_to;
	uint8_t report[TSPDM_SNP_REPORT_LEN]; /* unsigned; changes are signed */
	bool crl, crl_revokes, crl_by_other;
	long crl_to;
	/* after signing */
	void (*tamper)(uint8_t *report);
};

struct forged {
	uint8_t room[4][FORGE_DER_MAX];
	struct tspdm_view ek, ca, root, crl;
	uint8_t report[TSPDM_SNP_REPORT_LEN];
};

bool forge_keys_new(void); /* slow: once for a program */
void forge_keys_free(void);

/* @param product  "Milan", "Genoa" or "Turin" */
struct forge_plan forge_plan(const char *product, bool vlek);
bool forge(const struct forge_plan *plan, struct forged *out);

#endif
